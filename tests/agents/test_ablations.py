"""Each ablation runs, and changes the result the way its name says."""

import numpy as np
import pytest

from cogportrait.agents.ablation_names import Ablation
from cogportrait.agents.loop import compile_brief
from cogportrait.behavior.labels import LABELS
from cogportrait.types import Brief, CompiledBrief, EventKind

BRIEF = Brief("fear", 6.0, seed=3, instruction="Looks to the left, then nods twice.")


@pytest.fixture(scope="module")
def whole() -> CompiledBrief:
    return compile_brief(BRIEF)


def without(part: Ablation, brief: Brief = BRIEF) -> CompiledBrief:
    return compile_brief(brief, ablation=part)


@pytest.mark.parametrize("part", Ablation)
@pytest.mark.parametrize("label", LABELS)
def test_every_ablation_runs_for_every_label(part: Ablation, label: str) -> None:
    made = without(part, Brief(label, 2.0, seed=1))
    assert len(made.controls) == 50
    values = made.controls.to_matrix()
    assert np.isfinite(values).all()
    assert made.controls.aus.min() >= 0
    assert made.controls.aus.max() <= 1 + 1e-3
    assert made.trace["ablation"] == part.value


@pytest.mark.parametrize("part", Ablation)
def test_ablations_are_repeatable(part: Ablation) -> None:
    assert (without(part).controls.to_matrix() == without(part).controls.to_matrix()).all()


def test_a_label_alone_is_a_held_face(whole: CompiledBrief) -> None:
    made = without(Ablation.DIRECT_LABEL)
    held = made.controls.to_matrix()[15:]
    assert np.ptp(held, axis=0).max() == 0
    assert not np.any(made.controls.gaze_deg)
    assert np.ptp(whole.controls.gaze_deg) > 5


def test_a_rule_reads_no_instruction_and_plays_only_recordings(whole: CompiledBrief) -> None:
    made = without(Ablation.RULE_RETRIEVAL)
    assert all("-" in event.prototype for event in made.plan.events)
    assert not [e for e in made.plan.events if e.origin == "instruction"]
    assert [e for e in whole.plan.events if e.origin == "instruction"]
    starts = [e.start_s for e in made.plan.events]
    np.testing.assert_allclose(np.diff(starts), np.diff(starts)[0])


def test_a_plan_alone_has_corners_and_no_recordings(whole: CompiledBrief) -> None:
    made = without(Ablation.PLANNER_ONLY)
    assert [e for e in made.plan.events if e.origin == "instruction"]
    assert not any(e.prototype for e in made.plan.events)
    assert any(e.shape for e in whole.plan.events)

    def straight(controls: np.ndarray) -> float:
        """Return the share of moving frames that go on exactly as the one before."""
        step = np.diff(controls, axis=0)
        moving = np.abs(step[1:]) > 1e-4
        return float((np.abs(np.diff(step, axis=0))[moving] < 1e-5).mean())

    assert straight(made.controls.aus) > 3 * straight(whole.controls.aus)


def test_without_the_critic_the_impossible_stays_in() -> None:
    found = dict.fromkeys((None, *Ablation), 0)
    for seed in range(12):
        for part in found:
            made = compile_brief(Brief("fear", 6.0, seed=seed), ablation=part)
            found[part] += len(made.critique.hard)
    assert found[None] == 0
    assert found[Ablation.PLANNER_ONLY] > 0
    assert found[Ablation.RULE_RETRIEVAL] > 0


def test_without_the_critic_never_fewer_and_at_times_more_is_impossible() -> None:
    left = 0
    for label in ("laughter", "evasive_response", "cognitive_effort", "disgust"):
        for seed in range(3):
            brief = Brief(label, 30.0, seed=seed)
            assert not compile_brief(brief).critique.hard
            left += len(without(Ablation.NO_CRITIC, brief).critique.hard)
    assert left > 0


@pytest.mark.parametrize("part", [Ablation.DIRECT_LABEL, Ablation.RULE_RETRIEVAL])
def test_what_reads_no_instruction_says_that_it_is_left_out(part: Ablation) -> None:
    assert without(part).trace["not_understood"] == [BRIEF.instruction]
    assert not without(part, Brief("fear", 2.0)).trace["not_understood"]


def test_gaze_that_goes_and_comes_back_is_not_called_a_shift_of_nothing() -> None:
    found = [
        v.message
        for seed in range(4)
        for v in without(Ablation.RULE_RETRIEVAL, Brief("happiness", 20.0, seed=seed)).critique.hard
    ]
    assert any("a glide" in message for message in found)
    assert not any("a shift of 0.0 deg takes" in message for message in found)


def test_without_the_critic_nothing_is_repaired() -> None:
    wild = Brief("anger", 6.0, seed=5, instruction="Blinks 40 times, shakes the head 30 times.")
    assert not compile_brief(wild).critique.hard
    made = without(Ablation.NO_CRITIC, wild)
    assert made.rounds == 1
    assert made.trace["repairs"] == []
    assert made.plan.of_kind(EventKind.SHAKE)
