"""AU-F1, AU-F1-frame, AU-Temp: what they see, what they do not, and what is undefined."""

from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from cogportrait.errors import MetricError
from cogportrait.metrics.au_f1 import au_f1, au_f1_frame, f1
from cogportrait.metrics.au_temp import au_temp, au_temp_strict, warping_paths
from cogportrait.metrics.scored import SCORED, active, active_frames

FPS = 25.0
Floats = NDArray[np.float64]


def bumps(*channels: str, at: int = 30, frames: int = 100, height: float = 0.8) -> Floats:
    """Return values in which channels rise and fall, half a second each."""
    out = np.zeros((frames, len(SCORED)))
    course = np.sin(np.linspace(0, np.pi, 13))
    for name in channels:
        k = SCORED.index(name)
        out[at : at + 13, k] = course * (height if name.startswith("AU") else 20 * height)
    return out


def test_a_clip_against_itself_scores_one() -> None:
    values = bumps("AU43_L", "AU43_R", "61", "AU01_L")
    for score in (au_f1, au_f1_frame, au_temp, au_temp_strict):
        assert score(values, values, FPS) == pytest.approx(1.0)


def test_clips_without_anything_are_undefined() -> None:
    nothing = np.zeros((50, len(SCORED)))
    for score in (au_f1, au_f1_frame, au_temp, au_temp_strict):
        assert np.isnan(score(nothing, nothing, FPS))


def test_what_is_missing_and_what_is_too_much_count_alike() -> None:
    both, one = bumps("AU43_L", "AU43_R"), bumps("AU43_L")
    assert au_f1(both, one, FPS) == au_f1(one, both, FPS) == pytest.approx(2 / 3)


def test_the_other_side_is_another_channel() -> None:
    assert au_f1(bumps("AU02_L"), bumps("AU02_R"), FPS) == 0
    assert au_f1(bumps("61"), bumps("62"), FPS) == 0
    assert au_temp(bumps("61"), bumps("62"), FPS) == 0


def test_a_clip_level_score_does_not_see_when_and_the_others_do() -> None:
    early, late = bumps("AU01_L", at=10), bumps("AU01_L", at=60)
    assert au_f1(early, late, FPS) == 1
    assert au_f1_frame(early, late, FPS) == 0
    assert au_temp(early, late, FPS) < 0.05
    assert au_temp_strict(early, late, FPS) < 0.05


def test_warping_forgives_what_comes_within_half_a_second() -> None:
    values, late = bumps("AU01_L", at=30), bumps("AU01_L", at=38)
    assert au_temp(values, late, FPS) > 0.95
    assert au_temp_strict(values, late, FPS) < 0.4
    assert au_temp(values, bumps("AU01_L", at=55), FPS) < 0.5


def test_strength_counts_also_when_warped() -> None:
    values = bumps("AU01_L", "63", height=1.0)
    scores = [au_temp(values, values * share, FPS) for share in (1.0, 0.8, 0.6, 0.4, 0.2)]
    assert all(a - b > 0.005 for a, b in pairwise(scores))
    assert scores[-1] < 0.5


@pytest.mark.parametrize(
    ("channel", "frames", "level", "is_active"),
    [
        ("AU01_L", 3, 0.2, True), ("AU01_L", 2, 0.9, False), ("AU01_L", 9, 0.19, False),
        ("AU43_R", 2, 0.4, True), ("AU43_R", 1, 1.0, False), ("AU43_R", 9, 0.39, False),
        ("61", 3, 6.0, True), ("64", 9, 5.9, False), ("55", 3, 6.0, True), ("55", 2, 40.0, False),
    ],
)  # fmt: skip
def test_a_channel_is_active_over_its_threshold_for_long_enough(
    channel: str, frames: int, level: float, is_active: bool
) -> None:
    values = np.zeros((30, len(SCORED)))
    values[5 : 5 + frames, SCORED.index(channel)] = level
    assert active(values, FPS).tolist().count(True) == int(is_active)
    assert active_frames(values, FPS).sum() == (frames if is_active else 0)


def test_lengths_are_in_seconds_at_any_frame_rate() -> None:
    values = np.zeros((60, len(SCORED)))
    values[10:14, SCORED.index("AU01_L")] = 1.0
    assert active(values, 25.0).any()
    assert not active(values, 60.0).any()


@pytest.mark.parametrize("band", [0, 3, 12])
def test_paths_go_from_first_to_last_in_single_steps_within_the_band(band: int) -> None:
    rng = np.random.default_rng(0)
    a, b = rng.random((2, 40, 3))
    for rows, columns in warping_paths(a, b, band):
        assert (rows[0], columns[0]) == (0, 0)
        assert (rows[-1], columns[-1]) == (39, 39)
        steps = np.stack([np.diff(rows), np.diff(columns)])
        assert set(steps.ravel().tolist()) <= {0, 1}
        assert (steps.sum(0) >= 1).all()
        assert np.abs(rows - columns).max() <= band


def test_a_path_costs_no_more_than_any_other() -> None:
    rng = np.random.default_rng(1)
    a, b = rng.random((2, 6, 1))
    rows, columns = warping_paths(a, b, 5)[0]
    cost = np.abs(a[:, None, 0] - b[None, :, 0])

    def least(i: int, j: int) -> float:
        if i == j == 0:
            return float(cost[0, 0])
        ways = [least(i - di, j - dj) for di, dj in ((1, 1), (1, 0), (0, 1)) if i >= di and j >= dj]
        return float(cost[i, j]) + min(ways)

    assert cost[rows, columns].sum() == pytest.approx(least(5, 5))


def test_clips_of_other_lengths_are_refused() -> None:
    with pytest.raises(MetricError, match=r"of one shape, got \[100, 24\] and \[99, 24\]"):
        au_temp(bumps("61"), bumps("61")[:-1], FPS)


def test_numbers_that_are_none_are_refused() -> None:
    broken = bumps("61")
    broken[3, 2] = np.nan
    with pytest.raises(MetricError, match=r"generated: expected finite numbers, got nan"):
        au_f1(bumps("61"), broken, FPS)


def test_f1_is_that_of_sets() -> None:
    a, b = np.array([True, True, False, True]), np.array([True, False, True, True])
    assert f1(a, b) == pytest.approx(2 * 2 / (3 + 3))
