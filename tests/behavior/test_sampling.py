import numpy as np
import pytest

from cogportrait.behavior.compose import compose, fit_to_frames, frame_count
from cogportrait.behavior.gaze_track import fixation_gap_s
from cogportrait.behavior.sampling import blink_frames_min, fine_steps, sample
from cogportrait.types import EventKind, EventPlan, PlannedEvent, Target

FPS = [10, 15, 23.976, 24, 25, 29.97, 30, 50, 60, 90, 120]


def blink(start_s: float, closure: float = 1.0, opening_s: float = 0.15) -> PlannedEvent:
    targets = (Target("closure", closure),)
    return PlannedEvent(EventKind.BLINK, start_s, 0.07, 0.015, opening_s, targets)


def gaze(start_s: float, yaw: float, pitch: float = 0.0) -> PlannedEvent:
    targets = (Target("gaze_yaw", yaw), Target("gaze_pitch", pitch))
    return PlannedEvent(EventKind.GAZE, start_s, 0, 0, 0, targets)


def plan(*events: PlannedEvent, duration_s: float = 3.0) -> EventPlan:
    return EventPlan("neutral", duration_s, tuple(events))


@pytest.mark.parametrize("fps", FPS)
def test_the_fine_grid_is_a_whole_multiple_of_the_frame_rate_at_240_hz_or_more(fps: float) -> None:
    steps = fine_steps(fps)
    assert steps * fps >= 240 - 1e-6
    assert (steps - 1) * fps < 240


@pytest.mark.parametrize("fps", FPS)
@pytest.mark.parametrize("start", [0.3, 0.511, 0.7337, 1.001])
def test_the_lids_meet_on_a_frame_and_the_blink_shows_long_enough(fps: float, start: float) -> None:
    fitted = fit_to_frames(plan(blink(start)), fps)
    frames = sample(compose(fitted, fps, 0), fine_steps(fps))
    for side in "LR":
        closure = frames.au(f"AU43_{side}")
        assert closure.max() >= 0.95
        assert (closure > 0.1).sum() >= blink_frames_min(fps)
    moved = fitted.events[0].start_s - start
    assert abs(moved) <= 0.5 / fps + 1e-9


def test_blinks_show_in_3_4_and_7_frames_at_25_30_and_60_fps() -> None:
    assert [blink_frames_min(f) for f in (25, 30, 60)] == [3, 4, 7]


def test_both_lids_move_on_the_same_frame() -> None:
    fitted = fit_to_frames(plan(blink(0.9)), 25)
    frames = sample(compose(fitted, 25, 0), fine_steps(25))
    assert np.array_equal(frames.au("AU43_L"), frames.au("AU43_R"))


def test_fitting_twice_is_fitting_once() -> None:
    once = fit_to_frames(plan(blink(0.3), gaze(0.5, 12), gaze(0.55, -9), blink(1.4)), 25)
    assert fit_to_frames(once, 25) == once


def test_a_blink_that_would_leave_the_clip_is_left_out() -> None:
    assert not fit_to_frames(plan(blink(2.9)), 25).of_kind(EventKind.BLINK)


def test_two_blinks_too_close_become_one() -> None:
    assert len(fit_to_frames(plan(blink(0.5), blink(0.7)), 25).of_kind(EventKind.BLINK)) == 1


def test_a_look_waits_until_the_fixation_before_has_been_seen() -> None:
    fitted = fit_to_frames(plan(gaze(0.5, 12), gaze(0.52, -8), gaze(2.0, 0)), 25)
    first, second, _ = fitted.of_kind(EventKind.GAZE)
    assert second.start_s >= first.start_s + first.onset_s + fixation_gap_s(25) - 1e-9


def test_a_look_overtaken_by_its_successor_is_left_out() -> None:
    fitted = fit_to_frames(plan(gaze(0.5, 12), gaze(0.52, -8), gaze(0.6, 20)), 25)
    assert [e.value("gaze_yaw") for e in fitted.of_kind(EventKind.GAZE)] == [12, 20]


def test_gaze_is_still_between_saccades_whatever_the_head_does() -> None:
    turn = PlannedEvent(EventKind.HEAD, 0.6, 0.8, 0, 0, (Target("head_yaw", 15.0),))
    fine = compose(fit_to_frames(plan(gaze(0.3, 10), turn), 25), 25, 3)
    space = fine.gaze_deg.mean(axis=1) + fine.head_deg[:, :2]
    after = space[int(0.45 * fine.fps) :]
    assert np.abs(after - after[0]).max() < 1e-4


def test_the_eye_never_leaves_its_range_when_head_and_look_part() -> None:
    turn = PlannedEvent(EventKind.HEAD, 0.3, 0.6, 0, 0, (Target("head_yaw", -35.0),))
    fine = compose(fit_to_frames(plan(turn, gaze(1.0, 44)), 25), 25, 0)
    assert np.abs(fine.gaze_deg[..., 0]).max() <= 45


@pytest.mark.parametrize("fps", FPS)
@pytest.mark.parametrize("duration", [0.5, 1.234, 2.0, 7.77])
def test_a_clip_has_exactly_as_many_frames_as_asked(fps: float, duration: float) -> None:
    frames = sample(compose(plan(duration_s=duration), fps, 0), fine_steps(fps))
    assert len(frames) == frame_count(duration, fps) == max(1, round(duration * fps))
    assert frames.fps == pytest.approx(fps)


def test_a_blink_silences_the_lid_raiser() -> None:
    wide = PlannedEvent(EventKind.EXPRESSION, 0.1, 0.3, 2.0, 0.4, (Target("AU05", 0.7),))
    fine = compose(fit_to_frames(plan(wide, blink(1.0)), 25), 25, 0)
    shut = fine.au("AU43_L") > 0.98
    assert fine.au("AU05_L")[shut].max() < 0.05
    assert fine.au("AU05_L").max() > 0.5


def test_a_wink_closes_one_eye() -> None:
    targets = (Target("closure", 1.0), Target("other_closure", 0.1))
    wink = PlannedEvent(EventKind.WINK, 0.6, 0.08, 0.05, 0.16, targets, side="R")
    frames = sample(compose(fit_to_frames(plan(wink), 25), 25, 0), fine_steps(25))
    assert frames.au("AU43_R").max() > 0.95
    assert frames.au("AU43_L").max() < 0.35
