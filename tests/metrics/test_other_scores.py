"""Eye-LMD, angular errors, blink F1, flicker, colour shift, aggregates."""

from dataclasses import replace

import numpy as np
import pytest

from cogportrait.errors import MetricError
from cogportrait.face import landmarks as lm
from cogportrait.facs.channels import AU_INDEX
from cogportrait.metrics.aggregate import aggregate
from cogportrait.metrics.angles import gaze_error_deg, head_error_deg
from cogportrait.metrics.blink_f1 import blink_f1
from cogportrait.metrics.color_shift import color_shift, region_colors
from cogportrait.metrics.eye_lmd import eye_lmd
from cogportrait.metrics.flicker import border_flicker
from cogportrait.types import ControlSequence, Portrait


def test_eye_lmd_is_in_widths_of_both_eyes(portrait: Portrait) -> None:
    real = np.repeat(portrait.landmarks_px[None, lm.EYE_REGION], 4, 0)
    whole = portrait.landmarks_px
    width = np.linalg.norm(whole[lm.OUTER_CANTHUS[0], :2] - whole[lm.OUTER_CANTHUS[1], :2])
    moved = real + np.array([0.03 * width, 0.04 * width, 7.0], np.float32)
    assert eye_lmd(real, real) == 0
    assert eye_lmd(real, moved) == pytest.approx(0.05, rel=1e-4)
    assert eye_lmd(real, moved / 2, scale=(2.0, 2.0)) == pytest.approx(0.05, rel=1e-4)


def test_eye_lmd_is_the_mean_over_the_landmarks_of_the_eye_region(portrait: Portrait) -> None:
    real = portrait.landmarks_px[None]
    iris = real.copy()
    iris[:, lm.IRIS_CENTER[0], 0] += len(lm.EYE_REGION)
    width = np.linalg.norm(real[0, lm.OUTER_CANTHUS[0], :2] - real[0, lm.OUTER_CANTHUS[1], :2])
    off = eye_lmd(real[:, lm.EYE_REGION], iris[:, lm.EYE_REGION])
    assert off == pytest.approx(1 / width, rel=1e-5)
    with pytest.raises(MetricError, match="landmarks of the eye region"):
        eye_lmd(real, iris)


def test_frames_without_a_face_are_left_out_of_eye_lmd(portrait: Portrait) -> None:
    real = np.repeat(portrait.landmarks_px[None, lm.EYE_REGION], 3, 0)
    gone = real + 5
    gone[1] = np.nan
    assert eye_lmd(real, gone) == pytest.approx(eye_lmd(real[:1], gone[:1]))
    assert np.isnan(eye_lmd(real, np.full_like(real, np.nan)))


def _controls(**columns: float) -> ControlSequence:
    out = ControlSequence.zeros(5, 25.0)
    gaze, head = out.gaze_deg.copy(), out.head_deg.copy()
    gaze[..., 0], gaze[..., 1] = columns.get("yaw", 0.0), columns.get("pitch", 0.0)
    head[:, 0] = columns.get("turn", 0.0)
    return replace(out, gaze_deg=gaze, head_deg=head)


def test_angular_errors_are_angles() -> None:
    assert gaze_error_deg(_controls(), _controls(yaw=12.0)) == pytest.approx(12.0, abs=1e-3)
    assert gaze_error_deg(_controls(pitch=-4.0), _controls(pitch=3.0)) == pytest.approx(7, abs=1e-3)
    up = gaze_error_deg(_controls(yaw=20, pitch=10), _controls(yaw=-20, pitch=10))
    assert up < 40  # meridians meet
    assert head_error_deg(_controls(turn=5.0), _controls(turn=-6.0)) == pytest.approx(11, abs=1e-3)
    assert head_error_deg(_controls(turn=5.0), _controls(turn=5.0)) == pytest.approx(0, abs=1e-4)


def test_gaze_behind_shut_lids_does_not_count() -> None:
    shut = _controls(yaw=30.0)
    aus = shut.aus.copy()
    aus[:, [AU_INDEX["AU43_L"], AU_INDEX["AU43_R"]]] = 1.0
    assert np.isnan(gaze_error_deg(_controls(), replace(shut, aus=aus)))


@pytest.mark.parametrize(
    ("real", "generated", "score"),
    [
        ([1.0, 2.0], [1.1, 2.15], 1.0), ([1.0, 2.0], [1.1], 2 / 3), ([1.0], [1.3], 0.0),
        ([1.0], [0.9, 1.1], 2 / 3), ([], [1.0], 0.0), ([1.0], [], 0.0),
    ],
)  # fmt: skip
def test_a_blink_is_found_once_and_near(
    real: list[float], generated: list[float], score: float
) -> None:
    assert blink_f1(real, generated) == pytest.approx(score)


def test_no_blinks_at_all_tell_nothing() -> None:
    assert np.isnan(blink_f1([], []))


def test_flicker_is_that_of_the_border() -> None:
    frames = [np.full((60, 80, 3), 100, np.uint8) for _ in range(3)]
    frames[1][20:40, 20:40] = 250
    assert border_flicker(iter(frames)) == 0
    frames[1][:2] = 102
    assert 0.3 < border_flicker(iter(frames)) < 2
    assert np.isnan(border_flicker(iter(frames[:1])))
    with pytest.raises(MetricError, match=r"frame 1: expected \[60, 80, 3\], got \[60, 81, 3\]"):
        border_flicker([frames[0], np.zeros((60, 81, 3), np.uint8)])


def test_another_tint_is_a_shift_and_movement_is_none(portrait: Portrait) -> None:
    image, points = portrait.image, portrait.landmarks_px
    reference = region_colors(image, points)
    moved = np.roll(image, 6, axis=1)
    tinted = np.clip(image * np.array([1.0, 1.0, 0.8]), 0, 255).astype(np.uint8)
    still = color_shift(reference, region_colors(moved, points + np.array([6, 0, 0]))[None])
    shifted = color_shift(reference, region_colors(tinted, points)[None])
    assert still < 0.5
    assert shifted > 5


def test_what_is_painted_at_the_eyes_is_no_shift(portrait: Portrait) -> None:
    image, points = portrait.image.copy(), portrait.landmarks_px
    reference = region_colors(image, points)
    low, high = (f(points[lm.UPPER_LID[0], :2], 0).astype(int) for f in (np.min, np.max))
    image[low[1] : high[1], low[0] : high[0]] = (0, 255, 0)
    assert color_shift(reference, region_colors(image, points)[None]) < 0.05


def test_aggregates_count_what_is_undefined() -> None:
    found = aggregate([0.5, 0.7, float("nan"), 0.9])
    assert found.mean == pytest.approx(0.7)
    assert (found.n, found.undefined) == (3, 1)
    assert 0.5 <= found.low < 0.7 < found.high <= 0.9
    assert aggregate([0.5, 0.7, 0.9]) == aggregate([0.5, 0.7, 0.9])
    assert np.isnan(aggregate([float("nan")]).mean)


def test_an_interval_narrows_with_clips() -> None:
    rng = np.random.default_rng(0)
    few, many = aggregate(rng.normal(size=10).tolist()), aggregate(rng.normal(size=400).tolist())
    assert many.high - many.low < 0.4 * (few.high - few.low)
    assert many.high - many.low == pytest.approx(2 * 1.96 / 20, rel=0.2)
