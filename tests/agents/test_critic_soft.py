"""Soft ranges: what is unusual is reported and left."""

from pathlib import Path

import numpy as np
import pytest
from tests.agents.sequences import (
    FPS,
    N,
    eye_too_far,
    head_late,
    look_and_turn,
    never_blinks,
    pulse,
    still,
    with_au,
    with_gaze,
)

from cogportrait.agents import checks_face, checks_gaze, checks_head_eye, checks_lids
from cogportrait.agents.checks_face import perclos
from cogportrait.agents.critic import CHECKS, criticize
from cogportrait.agents.loop import compile_brief
from cogportrait.agents.repair import repair
from cogportrait.agents.repair_order import head_with_eyes
from cogportrait.behavior.kinematics import blink_pulse, min_jerk
from cogportrait.face.eye_geometry import UPPER_GAIN_DOWN, UPPER_GAIN_UP
from cogportrait.facs.limits import document
from cogportrait.types import (
    Brief,
    ControlSequence,
    EventKind,
    EventPlan,
    PlannedEvent,
    Target,
)


def _soft(controls: ControlSequence, plan: EventPlan | None = None) -> set[str]:
    return {v.check for v in criticize(controls, plan).violations if v.severity == "soft"}


def test_every_check_of_the_data_file_is_made_here_or_in_the_rig() -> None:
    named = {entry["check"] for entry in document()["critic_checks"]}
    code = "".join(
        Path(m.__file__).read_text()
        for m in (checks_face, checks_gaze, checks_head_eye, checks_lids)
    )
    assert len(named) == 21
    assert {name for name in named if f'"{name}"' not in code} == {"lid_gaze"}
    low, high = 0.7, 1.1  # soft gain of lid_gaze
    assert low <= UPPER_GAIN_UP <= UPPER_GAIN_DOWN <= high


def test_a_late_head_is_waited_for_and_still_turns() -> None:
    mended = repair(head_late())
    assert mended.actions == ("gaze: saccades re-timed to the head",)
    assert np.array_equal(mended.controls.head_deg, head_late().head_deg)
    assert np.abs(mended.controls.gaze_deg - head_late().gaze_deg).max() > 5


def test_a_head_that_moves_much_later_moves_on_its_own() -> None:
    t = np.arange(N) / FPS
    own = look_and_turn(25 * (t >= 1.0), 15 * min_jerk((t - 2.2) / 0.5))
    assert not criticize(own).hard


def test_a_plan_brings_the_head_to_the_eyes() -> None:
    look = PlannedEvent(EventKind.GAZE, 1.0, 0, 0, 0, (Target("gaze_yaw", 25.0),))
    turn = PlannedEvent(EventKind.HEAD, 1.5, 0.5, 0, 0, (Target("head_yaw", 15.0),))
    nod = PlannedEvent(EventKind.HEAD, 1.5, 0.5, 0, 0, (Target("head_pitch", -15.0),))
    moved = head_with_eyes(EventPlan("neutral", 4.0, (look, turn))).of_kind(EventKind.HEAD)
    assert 1.0 <= moved[0].start_s <= 1.4
    plan = EventPlan("neutral", 4.0, (look, nod))
    assert head_with_eyes(plan) == plan  # another direction is no part of the shift
    once = head_with_eyes(EventPlan("neutral", 4.0, (look, turn)))
    assert head_with_eyes(once) == once


def test_a_large_shift_without_blink_or_head_is_reported() -> None:
    jump = with_gaze(still(), 40 * (np.arange(N) >= 30) - 20 * np.ones(N))
    assert {"gaze_blink", "head_eye_order"} <= _soft(jump)
    blink = with_au(jump, 43, pulse(28, 0.5, 1.0, 0.65, 0.25, 0.05))
    assert "gaze_blink" not in _soft(blink)
    assert "gaze_blink" not in _soft(jump, EventPlan("neutral", 4.0, (), may_blink=False))


@pytest.mark.parametrize(
    ("lasts", "severity"), [(0.1, "hard"), (0.35, "soft"), (2.0, None), (6.0, "soft"), (20, "hard")]
)
def test_the_length_of_an_expression_is_judged(lasts: float, severity: str | None) -> None:
    event = PlannedEvent(
        EventKind.EXPRESSION, 0.1, lasts / 4, lasts / 2, lasts / 4, (Target("AU04", 0.3),)
    )
    found = criticize(still(), EventPlan("anger", 1.0, (event,))).violations
    assert [v.severity for v in found if v.check == "expression_duration"] == (
        [severity] if severity else []
    )


def test_a_brow_flash_is_as_short_as_flashes_are() -> None:
    targets = (Target("AU01", 0.3), Target("AU02", 0.3))
    flash = PlannedEvent(EventKind.EXPRESSION, 0.1, 0.1, 0.05, 0.1, targets)
    assert "expression_duration" not in _soft(still(), EventPlan("happiness", 1.0, (flash,)))


def test_soft_ranges_of_blinks_are_reported() -> None:
    def phases(*lengths: float) -> set[str]:
        event = PlannedEvent(EventKind.BLINK, 1.0, *lengths, (Target("closure", 1.0),))
        return _soft(still(), EventPlan("neutral", 4.0, (event,)))

    assert "blink_shape" not in phases(0.075, 0.02, 0.15)
    assert "blink_shape" in phases(0.14, 0.02, 0.2)
    n, fps = 960, 240.0
    t = np.arange(n) / fps - 1
    assert "lid_main_sequence" in _soft(with_au(still(n, fps), 43, blink_pulse(t, 0.16, 0.0, 0.2)))
    late = with_au(with_au(still(), 43, pulse(40, 0.5, 1.0, 0.7, 0.3, 0.1), 0), 43,
                   pulse(41, 0.5, 1.0, 0.7, 0.3, 0.1), 1)  # fmt: skip
    assert "LR_lids" in _soft(late)
    assert not criticize(late).hard


def test_blink_rates_below_and_above_the_usual_are_reported() -> None:
    for every, expected in ((15, True), (8, True), (4, False)):
        track = np.zeros(1600)
        for start in range(20, 1560, every * 25):
            track[start : start + 5] = (0.5, 1.0, 0.6, 0.25, 0.05)
        found = _soft(with_au(still(1600), 43, track), EventPlan("neutral", 64.0, ()))
        assert ("blink_rate" in found) == expected, every


def test_one_eye_may_be_kept_closed_when_it_is_asked_for() -> None:
    shut = PlannedEvent(EventKind.CLOSURE, 0.5, 0.3, 2.0, 0.4, (Target("closure", 1.0),), side="L")
    plan = EventPlan("neutral", 4.0, (shut,))
    t = np.arange(N) / FPS
    one = with_au(still(), 43, min_jerk((t - 0.5) / 0.3) - min_jerk((t - 2.8) / 0.4), side=0)
    assert "LR_lids" not in {v.check for v in criticize(one, plan).violations}
    assert "LR_lids" in {v.check for v in criticize(one).hard}


def test_two_blinks_a_minute_are_too_few() -> None:
    silent = EventPlan("neutral", 64.0, ())
    assert "blink_rate" in {v.check for v in criticize(never_blinks(), silent).hard}


def test_an_instruction_may_forbid_blinking() -> None:
    silent = EventPlan("neutral", 64.0, (), may_blink=False)
    assert "blink_rate" not in {v.check for v in criticize(never_blinks(), silent).violations}


def test_a_hundred_blinks_a_minute_are_too_many() -> None:
    track = np.zeros(1600)
    for start in range(20, 1560, 15):
        track[start : start + 5] = (0.5, 1.0, 0.6, 0.25, 0.05)
    found = criticize(with_au(still(1600), 43, track), EventPlan("neutral", 64.0, ()))
    assert {v.check for v in found.hard} == {"blink_rate"}


def test_a_planned_blink_out_of_shape_is_found() -> None:
    events = (
        PlannedEvent(EventKind.BLINK, 1.0, 0.02, 0.02, 0.15, (Target("closure", 1.0),)),
        PlannedEvent(EventKind.BLINK, 2.0, 0.1, 0.02, 0.05, (Target("closure", 1.0),)),
        PlannedEvent(EventKind.BLINK, 3.0, 0.1, 0.4, 0.2, (Target("closure", 1.0),)),
    )
    found = criticize(still(), EventPlan("neutral", 4.0, events)).hard
    assert [round(v.start_s) for v in found if v.check == "blink_shape"] == [1, 2, 3]


def test_an_expression_may_not_last_for_ever() -> None:
    event = PlannedEvent(EventKind.EXPRESSION, 0.1, 0.5, 30.0, 0.5, (Target("AU12", 0.5),))
    found = criticize(still(), EventPlan("happiness", 4.0, (event,))).hard
    assert {v.check for v in found} == {"expression_duration"}


def test_a_wink_that_was_asked_for_is_no_violation() -> None:
    controls = compile_brief(Brief("neutral", 3.0, instruction="winks with the left eye")).controls
    assert controls.au("AU43_L").max() > 0.9


def test_perclos_counts_only_closed_eyes() -> None:
    closure = np.repeat([[0.0, 0.0], [0.79, 0.79], [0.9, 0.85], [1.0, 0.5]], 5, axis=0)
    assert perclos(closure) == 0.25
    assert np.isnan(perclos(np.zeros((0, 2))))


def test_an_empty_sequence_has_nothing_wrong() -> None:
    assert criticize(still(0)).violations == ()


def test_findings_say_where_and_in_which_unit() -> None:
    finding = criticize(eye_too_far()).hard[0]
    assert finding.start_s == pytest.approx(1.2)
    assert "50.0 deg in the head, bound 45 deg" in finding.message


def test_every_check_of_the_table_can_be_run_alone() -> None:
    from cogportrait.agents.evidence import Evidence

    evidence = Evidence(compile_brief(Brief("neutral", 2.0)).controls)
    for check in CHECKS.values():
        assert not [v for v in check(evidence) if v.severity == "hard"]
