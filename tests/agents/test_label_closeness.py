"""The check that a clip is like its label, and not more like another one."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from tests.agents.signals import random_speech

from cogportrait.agents.checks_label import (
    CLOSER_BY,
    LEAST_S,
    excused_features,
    features_of,
    label_closeness,
)
from cogportrait.agents.critic import criticize
from cogportrait.agents.loop import compile_brief
from cogportrait.agents.reasoner import ExpertReasoner
from cogportrait.behavior.expectations import expectations
from cogportrait.behavior.labels import LABELS
from cogportrait.types import Brief, CompiledBrief, ControlSequence, EventPlan, Violation


def closeness(compiled: CompiledBrief, label: str = "") -> list[Violation]:
    plan = compiled.plan
    return label_closeness(compiled.controls, replace(plan, label=label or plan.label))


@pytest.mark.parametrize("speaking", [False, True])
@pytest.mark.parametrize("label", LABELS)
def test_a_planned_label_is_like_itself_and_unlike_most_others(label: str, speaking: bool) -> None:
    for seed, seconds in ((11, 10.0), (12, 4.0)):
        compiled = compile_brief(Brief(label, seconds, seed=seed, speaking=speaking))
        assert not closeness(compiled)
        assert compiled.rounds == 1
        hits = sum(bool(closeness(compiled, other)) for other in LABELS if other != label)
        assert hits >= len(LABELS) - 2  # friendly faces and happy ones are near each other


@pytest.mark.parametrize("intensity", [0.25, 0.5, 1.5])
@pytest.mark.parametrize("label", ["laughter", "fear", "evasive_response"])
def test_faint_and_strong_ones_are_still_themselves(label: str, intensity: float) -> None:
    assert not closeness(compile_brief(Brief(label, 6.0, seed=3, intensity=intensity)))


def test_the_finding_names_the_other_label_and_the_features() -> None:
    (found,) = closeness(compile_brief(Brief("anger", 6.0, seed=1)), "happiness")
    assert (found.severity, found.channel) == ("soft", "label")
    assert found.measured > CLOSER_BY == found.bound
    assert found.message.startswith("label_closeness: more like anger than happiness")
    assert "AU12 0" in found.message
    assert "expected 0.6" in found.message


def test_a_short_clip_is_not_judged() -> None:
    short = compile_brief(Brief("anger", LEAST_S - 0.1, seed=1))
    assert not closeness(short, "happiness")


def test_what_an_instruction_decides_is_no_evidence() -> None:
    brief = Brief("happiness", 8.0, seed=2, instruction="doesn't smile, frowns, looks down")
    compiled = compile_brief(brief)
    assert not closeness(compiled)
    bare = replace(
        compiled.plan, withheld=frozenset(),
        events=tuple(replace(e, origin="label") for e in compiled.plan.events),
    )  # fmt: skip
    assert label_closeness(compiled.controls, bare)
    assert not any(v.check == "label_priors" for v in compiled.critique.violations)
    assert any(v.check == "label_priors" for v in criticize(compiled.controls, bare).violations)


@pytest.mark.parametrize(
    ("instruction", "excused", "kept"),
    [
        ("doesn't smile", {"AU12", "laugh share"}, {"AU04"}),
        ("raises the eyebrows", {"AU01", "AU02", "AU04"}, {"AU12", "averted share"}),
        ("without blinking", {"blinks a minute"}, {"resting closure"}),
        ("closes the eyes", {"resting closure", "closed share"}, {"AU12"}),
        ("keeps her head still", {"head yaw", "head roll"}, {"gaze pitch"}),
        ("looks left", {"averted share", "gaze pitch"}, {"head yaw"}),
    ],
)
def test_instructions_excuse_what_they_move(
    instruction: str, excused: set[str], kept: set[str]
) -> None:
    plan = compile_brief(Brief("neutral", 4.0, instruction=instruction)).plan
    found = excused_features(plan)
    assert excused <= found
    assert not kept & found


def test_every_feature_but_the_shared_one_belongs_to_a_channel() -> None:
    channels = ("AU01", "AU02", "AU04", "AU05", "AU06", "AU07", "AU12", "AU43", "closure", "blink",
                "gaze_yaw", "head_roll", "laugh")  # fmt: skip
    named = frozenset[str]().union(*map(features_of, channels))
    assert named == set(expectations("neutral")) - {"gaze shifts a second"}
    assert not features_of("sway")


def test_a_speaking_mouth_is_no_laugh() -> None:
    speech = random_speech(np.random.default_rng(2), 8.0)
    compiled = compile_brief(Brief("happiness", 8.0, seed=2, speaking=True, speech=speech))
    assert not compiled.trace["semantic_findings"]
    assert closeness(compiled)  # as it would be without a word of the speech


def test_who_speaks_may_blink_and_look_away_more() -> None:
    listens, speaks = (expectations("neutral", speaking=s) for s in (False, True))
    assert speaks["averted share"].mean > listens["averted share"].mean
    assert speaks["blinks a minute"].mean > listens["blinks a minute"].mean
    faint = expectations("anger", intensity=0.5)
    assert faint["AU04"].mean == pytest.approx(expectations("anger")["AU04"].mean / 2)
    assert faint["resting closure"] == expectations("anger")["resting closure"]


class _Mistaken(ExpertReasoner):
    """Plans another label first, and does as it is told then."""

    def __init__(self) -> None:
        self.told: list[tuple[str, ...]] = []

    def plan(self, brief: Brief, feedback: Sequence[str]) -> EventPlan:
        self.told.append(tuple(feedback))
        wrong = brief if feedback else replace(brief, label="drowsiness")
        return replace(super().plan(wrong, feedback), label=brief.label)


def test_the_planner_is_told_and_does_better() -> None:
    planner = _Mistaken()
    compiled = compile_brief(Brief("surprise", 6.0, seed=4), planner)
    first, second = planner.told
    assert not first
    assert second[0].startswith("label_closeness: more like drowsiness than surprise")
    assert compiled.rounds == 2
    assert not compiled.trace["semantic_findings"]
    assert not closeness(compiled)


class _Stubborn(ExpertReasoner):
    def plan(self, brief: Brief, feedback: Sequence[str]) -> EventPlan:
        return replace(super().plan(replace(brief, label="sadness"), ()), label=brief.label)


def test_who_plans_the_same_again_is_not_asked_a_third_time() -> None:
    compiled = compile_brief(Brief("happiness", 6.0, seed=4), _Stubborn())
    assert compiled.rounds == 1
    assert str(compiled.trace["semantic_findings"]).count("label_closeness") == 1


def test_the_expert_draws_the_plan_anew_when_chance_made_it_another_label() -> None:
    brief = Brief("low_arousal_negative", 6.0, 25.0, 8, "keeps looking down and frowns")
    compiled = compile_brief(brief)
    first, second = compiled.trace["rounds"]  # type: ignore[misc]
    assert first["sent_to"] == "planner"
    assert "more like drowsiness" in first["semantic_findings"][0]
    assert second["accepted"] is True
    assert not closeness(compiled)
    assert (compile_brief(brief).controls.to_matrix() == compiled.controls.to_matrix()).all()


def test_what_eyes_do_behind_shut_lids_is_no_evidence() -> None:
    for label in ("low_arousal_negative", "surprise"):
        for seed in range(6):
            brief = Brief(label, 6.0, seed=seed, instruction="frowns and closes the eyes slowly")
            compiled = compile_brief(brief)
            assert {"averted share", "gaze pitch"} <= excused_features(compiled.plan)
            assert compiled.trace["semantic_findings"] == []
    brief = Brief("surprise", 6.0, instruction="closes the eyes for half a second")
    assert "averted share" not in excused_features(compile_brief(brief).plan)


def test_no_frame_is_like_nothing() -> None:
    assert not label_closeness(ControlSequence.zeros(0, 25.0), EventPlan("anger", 6.0, ()))
