"""Nothing impossible leaves Stage 1, however long the clip and whoever planned it."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from bench.possible import SHUT, compiled_brief, compiled_plan, sweep
from cogportrait.agents import mending
from cogportrait.agents.checks_face import asymmetry
from cogportrait.agents.checks_lids import blink_rate
from cogportrait.agents.critic import criticize
from cogportrait.agents.evidence import Evidence
from cogportrait.agents.loop import compile_brief, compile_plan
from cogportrait.agents.mending import Mended
from cogportrait.agents.repair_plan import repair_plan
from cogportrait.errors import PlanError
from cogportrait.facs.channels import AU_INDEX, au_columns
from cogportrait.types import (
    Brief,
    ControlSequence,
    Critique,
    EventKind,
    EventPlan,
    PlannedEvent,
    Target,
    Violation,
)

FPS = 25.0


def lids(
    *shut: tuple[float, float], blinks: tuple[float, ...] = (), seconds: float = 90.0
) -> Evidence:
    """Return the evidence of lids that are shut from, to, and blink at these times."""
    t = np.arange(round(seconds * FPS)) / FPS
    closure = np.zeros(len(t))
    for first, last in shut:
        closure = np.maximum(closure, np.clip(np.minimum(t - first, last - t) / 0.3, 0, 1))
    for at in blinks:
        closure = np.maximum(closure, np.clip(1 - np.abs(t - at) / 0.12, 0, 1))
    controls = ControlSequence.zeros(len(t), FPS)
    aus = controls.aus.copy()
    aus[:, list(au_columns(43))] = closure[:, None]
    return Evidence(replace(controls, aus=aus), EventPlan("neutral", seconds, ()))


def hard(evidence: Evidence) -> list[Violation]:
    return [v for v in blink_rate(evidence) if v.severity == "hard"]


def test_open_eyes_have_to_blink_and_shut_ones_do_not() -> None:
    assert hard(lids())
    assert not hard(lids((2.0, 90.5)))
    assert not hard(lids((2.0, 60.0)))  # open for half a minute in all
    assert hard(lids((2.0, 20.0)))  # open for 72 s
    assert hard(lids((10.0, 14.0), (30.0, 34.0)))
    assert not hard(lids((10.0, 14.0), (30.0, 34.0), (50.0, 54.0), (70.0, 74.0)))  # wetted


def test_blinks_of_the_open_time_count_against_the_open_time() -> None:
    every_20_s = (5.0, 25.0, 45.0, 65.0, 85.0)
    assert not hard(lids(blinks=every_20_s))
    assert hard(lids(blinks=(5.0, 85.0)))
    many = tuple(np.arange(1.0, 89.0, 0.9).tolist())
    assert {v.bound for v in hard(lids(blinks=many))} == {50.0}


@pytest.mark.parametrize("said", SHUT)
def test_instructions_that_shut_eyes_for_long_are_possible(said: str) -> None:
    made = compile_brief(Brief("neutral", 75.0, instruction=said))
    assert not made.critique.hard
    assert made.trace["repairs"] == [] or "40 times" in said


def test_random_briefs_and_hostile_plans_leave_nothing_impossible() -> None:
    for make, n in ((compiled_brief, 12), (compiled_plan, 60)):
        counts, left = sweep(make, range(500, 500 + n))
        assert not left
        assert sum(c for name, c in counts.items() if name.endswith("rounds")) == n


def test_a_blink_between_a_nod_and_a_turn_keeps_its_length() -> None:
    blink = PlannedEvent(EventKind.BLINK, 2.3587, 0, 1e-6, 5.999, (Target("closure", 0.5),), "L")
    pulse = PlannedEvent(EventKind.PULSE, 4.5867, 0, 0, 1e-6, (Target("head_pitch", 90.0),))
    head = PlannedEvent(EventKind.HEAD, 4.0866, 1e-6, 0, 600.0, (Target("head_pitch", -90.0),))
    plan = EventPlan("neutral", 6.0, (blink, head, pulse))
    assert not compile_plan(Brief("neutral", 6.0, 30.0, 773), plan).critique.hard


@pytest.mark.parametrize("times", [(600.0, 0.0, 0.01), (0.01, 600.0, 600.0), (14.9, 0.2, 0.2)])
def test_expressions_of_a_plan_last_no_longer_than_faces_hold_them(
    times: tuple[float, float, float],
) -> None:
    event = PlannedEvent(EventKind.EXPRESSION, 0.0, *times, (Target("AU24", 1.0),))
    (kept,) = repair_plan(EventPlan("neutral", 20.0, (event,))).events
    assert kept.onset_s + kept.hold_s + kept.offset_s <= 15.0


def test_a_blink_of_one_eye_is_a_wink() -> None:
    event = PlannedEvent(EventKind.BLINK, 1.0, 0.1, 0.0, 0.2, (Target("closure", 1.0),), "R")
    (kept,) = repair_plan(EventPlan("neutral", 4.0, (event,))).events
    assert kept.kind is EventKind.WINK


def test_a_plan_that_never_blinks_gets_blinks_and_says_so() -> None:
    made = compile_plan(Brief("neutral", 75.0), EventPlan("neutral", 75.0, ()))
    assert not made.critique.hard
    assert len(made.plan.of_kind(EventKind.BLINK)) >= 3
    assert "plan: blinks added, there were too few" in str(made.trace["repairs"])


def test_a_plan_that_blinks_without_end_gets_fewer() -> None:
    blinks = tuple(
        PlannedEvent(EventKind.BLINK, float(t), 0.08, 0.02, 0.17, (Target("closure", 1.0),))
        for t in np.arange(0.5, 69.0, 0.6)
    )
    made = compile_plan(Brief("neutral", 70.0), EventPlan("neutral", 70.0, blinks))
    assert not made.critique.hard
    assert 40 <= len(made.plan.of_kind(EventKind.BLINK)) <= 59


def test_the_raiser_of_a_shut_lid_may_rest_while_the_other_works() -> None:
    shut = PlannedEvent(
        EventKind.CLOSURE, 0.5, 0.3, 1.0, 0.4, (Target("closure", 1.0),), "R", sustain=True
    )
    aus = np.zeros((100, len(AU_INDEX)), np.float32)
    aus[20:, AU_INDEX["AU05_L"]] = 0.5
    controls = replace(ControlSequence.zeros(100, FPS), aus=aus)
    assert asymmetry(Evidence(controls, EventPlan("surprise", 4.0, ())))
    assert not asymmetry(Evidence(controls, EventPlan("surprise", 4.0, (shut,))))


def _stuck(of: str) -> Callable[[EventPlan, Brief], Mended]:
    """Return a projection that never gets rid of a finding while events of a kind are planned."""
    real = mending.project

    def project(plan: EventPlan, brief: Brief) -> Mended:
        drawn, actions = real(plan, brief)
        at = next((e for e in plan.events if of in ("", str(e.kind))), None)
        if at is None and of:
            return drawn, actions
        start = 0.0 if at is None else at.start_s
        found = Violation("x", "hard", "head_yaw", start, start + 0.1, 2.0, 1.0, "stuck")
        return replace(drawn, critique=Critique((found,))), actions

    return project


WILD = EventPlan("anger", 4.0, (
    PlannedEvent(EventKind.HEAD, 1.0, 0.1, 0.0, 0.0, (Target("head_yaw", 70.0),)),
    PlannedEvent(EventKind.SHAKE, 1.1, 0, 0, 0, (Target("head_yaw", 60.0),), rate_hz=9, cycles=9),
    PlannedEvent(EventKind.GAZE, 2.0, 0.05, 0.0, 0.0, (Target("gaze_yaw", 10.0),)),
))  # fmt: skip


def test_what_no_repair_helps_is_left_out_with_its_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mending, "project", _stuck("shake"))
    drawn, said = mending.mended(WILD, Brief("anger", 4.0))
    assert not drawn.critique.hard
    assert not drawn.plan.of_kind(EventKind.SHAKE)
    assert drawn.plan.of_kind(EventKind.GAZE)
    assert "plan: shake at 1.10 s left out" in said


def test_what_stays_impossible_is_an_error_and_no_result(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mending, "project", _stuck(""))
    assert criticize(ControlSequence.zeros(100, FPS), WILD).hard == ()
    with pytest.raises(PlanError, match="stays impossible whatever is left out: stuck"):
        mending.mended(WILD, Brief("anger", 4.0))
