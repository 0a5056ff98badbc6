"""Dynamic, eye-aware guidance: algebra, the schedule, and where the eyes are."""

import itertools

import numpy as np
import pytest

from cogportrait.errors import InputError
from cogportrait.face import landmarks as lm
from cogportrait.renderers.dit.guidance import (
    ACROSS_IOD,
    ALONG_IOD,
    Guidance,
    Guided,
    Shares,
    coefficients,
    eye_map,
    guided,
    omega,
    per_latent_frame,
    weight,
)
from cogportrait.types import N_LANDMARKS

SIZE, GRID = (128, 128), (16, 16)
CELL = SIZE[0] / GRID[0]


def face_at(x: float, y: float, iod: float = 32.0, roll_deg: float = 0.0) -> np.ndarray:
    """Return keypoints [1, 478, 3] whose eyes have their middle at (x, y)."""
    points = np.full((1, N_LANDMARKS, 3), -1000.0, np.float32)
    along = np.array([np.cos(np.radians(roll_deg)), np.sin(np.radians(roll_deg))])
    for side, sign in ((0, 1), (1, -1)):
        middle = np.array([x, y]) + sign * along * iod / 2
        points[0, lm.OUTER_CANTHUS[side], :2] = middle + sign * along * 5
        points[0, lm.INNER_CANTHUS[side], :2] = middle - sign * along * 5
    return points


def cell_center(row: int, column: int) -> tuple[float, float]:
    return ((column + 0.5) * CELL - 0.5, (row + 0.5) * CELL - 0.5)


def test_the_peak_is_one_between_the_eyes() -> None:
    x, y = cell_center(6, 9)
    found = eye_map(face_at(x, y), SIZE, GRID)
    assert found.shape == (1, *GRID)
    assert found[0, 6, 9] == pytest.approx(1)
    assert found.max() <= 1
    assert np.unravel_index(found[0].argmax(), GRID) == (6, 9)


def test_the_peak_goes_where_the_head_goes() -> None:
    there = [cell_center(5, 4), cell_center(6, 7), cell_center(9, 12)]
    maps = eye_map(np.concatenate([face_at(x, y) for x, y in there]), SIZE, GRID)
    peaks = [np.unravel_index(m.argmax(), GRID) for m in maps]
    assert peaks == [(5, 4), (6, 7), (9, 12)]


def test_the_width_is_that_of_the_eyes_and_turns_with_the_head() -> None:
    x, y = cell_center(8, 8)
    for iod in (32.0, 48.0):
        found = eye_map(face_at(x, y, iod), SIZE, GRID)[0]
        assert found[8, 12] == pytest.approx(np.exp(-0.5 * (4 * CELL / (ALONG_IOD * iod)) ** 2))
        assert found[12, 8] == pytest.approx(np.exp(-0.5 * (4 * CELL / (ACROSS_IOD * iod)) ** 2))
    upright = eye_map(face_at(x, y), SIZE, GRID)[0]
    turned = eye_map(face_at(x, y, roll_deg=90), SIZE, GRID)[0]
    np.testing.assert_allclose(turned[2:15, 2:15], upright[2:15, 2:15].T, atol=1e-5)


def test_both_eyes_lie_inside_and_the_mouth_does_not() -> None:
    x, y = 64.0, 48.0
    found = eye_map(face_at(x, y, 32), SIZE, SIZE)[0]
    assert found[48, 48] > 0.8
    assert found[48, 80] > 0.8
    assert found[48 + 40, 64] < 0.05


def test_a_latent_frame_has_the_mean_of_its_frames() -> None:
    maps = np.arange(5, dtype=np.float32)[:, None, None] * np.ones((1, 2, 2), np.float32)
    means = per_latent_frame(maps, [1, 4])
    np.testing.assert_allclose(means[:, 0, 0], [0, 2.5])
    with pytest.raises(InputError, match="frames: expected 5 in all, got 4"):
        per_latent_frame(maps, [1, 3])


def test_omega_is_a_plateau_a_ramp_and_a_plateau() -> None:
    g = Guidance(Guided.TEMPORAL, high=5, low=2, ramp_from=0.8, ramp_to=0.4)
    assert [omega(s, g) for s in (1.0, 0.8)] == [5, 5]
    assert omega(0.6, g) == pytest.approx(3.5)
    assert omega(0.5, g) == pytest.approx(2.75)
    assert [omega(s, g) for s in (0.4, 0.0)] == [2, 2]


def test_another_scale_keeps_the_share_of_the_lower_plateau() -> None:
    g = Guidance(high=3.5, low=2.5).scaled(6)
    assert (g.high, g.low, g.fixed) == (6, 4, 6)
    none = Guidance(high=3.5, low=2.5).scaled(1)
    assert (none.high, none.low) == (1, 1)
    assert Guidance().scaled(9).low == 1


@pytest.mark.parametrize("by", [Guided.FIXED, Guided.SPATIAL])
def test_what_does_not_depend_on_time_is_the_fixed_scale(by: Guided) -> None:
    assert {omega(s, Guidance(by, fixed=3.5)) for s in (1.0, 0.7, 0.2, 0.0)} == {3.5}


def test_a_ramp_of_no_length_is_a_step() -> None:
    g = Guidance(Guided.TEMPORAL, high=4, low=1, ramp_from=0.5, ramp_to=0.5)
    assert [omega(s, g) for s in (0.51, 0.5, 0.49)] == [4, 4, 1]


def test_a_flat_weight_is_plain_guidance() -> None:
    rng = np.random.default_rng(0)
    with_it, without = rng.normal(size=(2, 1, 4, 3, 16, 16))
    plain = without + 3.5 * (with_it - without)
    fixed = weight(0.7, None, Guidance(Guided.FIXED, fixed=3.5))
    np.testing.assert_allclose(guided(with_it, without, fixed), plain)
    everywhere = Guidance(Guided.SPATIAL, fixed=3.5, floor=1)
    np.testing.assert_allclose(
        guided(with_it, without, weight(0.7, np.zeros((3, 16, 16), np.float32), everywhere)), plain
    )


def test_a_weight_of_one_is_the_conditional_prediction() -> None:
    rng = np.random.default_rng(1)
    with_it, without = rng.normal(size=(2, 1, 4, 3, 16, 16))
    np.testing.assert_allclose(guided(with_it, without, 1.0), with_it)
    assert coefficients([1.0]) == (None, 1.0)


def test_far_from_the_eyes_nothing_is_guided() -> None:
    x, y = cell_center(4, 8)
    maps = eye_map(face_at(x, y, 16), SIZE, GRID)
    there = np.asarray(weight(1.0, maps, Guidance(high=4)))
    assert there[0, 4, 8] == pytest.approx(4)
    assert there[0, 15, 0] == pytest.approx(1, abs=1e-3)
    assert np.asarray(weight(1.0, maps, Guidance(high=4, floor=0.25)))[0, 15, 0] == pytest.approx(
        1.75, abs=1e-3
    )


def test_below_the_ramp_no_second_pass_is_needed() -> None:
    maps = eye_map(face_at(64, 50), SIZE, GRID)
    g = Guidance(low=1, ramp_to=0.5)
    assert coefficients([weight(0.4, maps, g)])[0] is None
    assert coefficients([weight(0.6, maps, g)])[0] is not None


def test_maps_are_asked_for() -> None:
    with pytest.raises(InputError, match="maps: expected those of the frames' eyes"):
        weight(1.0, None, Guidance())


def test_equal_shares_need_two_predictions_and_different_ones_more() -> None:
    three = Shares().weights(3.0)
    assert coefficients(three) == (-2.0, None, None, 3.0)
    apart = coefficients(Shares(keypoints=1, audio=0.5, text=0).weights(3.0))
    assert apart == (-2.0, 1.0, 1.0, 1.0)
    assert coefficients(Shares(1, 0, 0).weights(3.0)) == (-2.0, 2.0, None, 1.0)


def test_coefficients_are_those_of_the_sum_of_differences() -> None:
    rng = np.random.default_rng(2)
    for weights in itertools.product((0.5, 1.0, 3.5), repeat=3):
        predictions = rng.normal(size=(4, 5))
        expected = predictions[0] + sum(
            w * (predictions[k + 1] - predictions[k]) for k, w in enumerate(weights)
        )
        got = sum(
            c * p for c, p in zip(coefficients(weights), predictions, strict=True) if c is not None
        )
        np.testing.assert_allclose(got, expected)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Guidance(high=-1), "high: expected a guidance scale of 0 to 20, got -1"),
        (lambda: Guidance(low=float("nan")), "low: expected a guidance scale"),
        (lambda: Guidance(ramp_from=0.3, ramp_to=0.5), "ramp_from, ramp_to: expected noise levels"),
        (lambda: Guidance(floor=1.5), "floor: expected 0 to 1, got 1.5"),
        (lambda: Shares(audio=-0.1), "audio: expected a share of 0 to 5"),
        (lambda: coefficients([]), "weights: expected one or more"),
    ],
)
def test_bad_settings_are_told(make, message: str) -> None:  # noqa: ANN001
    with pytest.raises(InputError, match=message):
        make()
