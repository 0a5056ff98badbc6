"""Gaze samples are told apart as an eye-tracking laboratory would."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cogportrait.behavior.kinematics import saccade_duration_s
from cogportrait.behavior.segment.eye_movements import EyeMovement, eye_movements
from cogportrait.errors import InputError
from cogportrait.spans import runs

RATE_HZ = 500.0


def still(seconds: float, at: tuple[float, float] = (0.0, 0.0)) -> np.ndarray:
    return np.tile(np.array(at), (round(seconds * RATE_HZ), 1))


def noisy(gaze: np.ndarray, seed: int = 0, sd: float = 0.01) -> np.ndarray:
    return gaze + np.random.default_rng(seed).normal(0, sd, gaze.shape)


def jump(size_deg: float, angle_rad: float = 0.0) -> np.ndarray:
    """Return half a second of rest, a minimum-jerk saccade, half a second of rest."""
    t = np.clip(np.arange(round(RATE_HZ)) / RATE_HZ - 0.5, 0, None) / saccade_duration_s(size_deg)
    t = np.clip(t, 0, 1)
    way = 10 * t**3 - 15 * t**4 + 6 * t**5
    return size_deg * way[:, None] * np.array([np.cos(angle_rad), np.sin(angle_rad)])


def saccades(labels: np.ndarray) -> list[tuple[int, int]]:
    return runs(labels == EyeMovement.SACCADE)


@settings(max_examples=40)
@given(st.floats(1.0, 30.0), st.floats(-np.pi, np.pi), st.integers(0, 1000))
def test_one_saccade_of_any_size_and_direction_is_found_where_it_is(
    size_deg: float, angle: float, seed: int
) -> None:
    found = saccades(eye_movements(noisy(jump(size_deg, angle), seed), RATE_HZ))
    assert len(found) == 1
    start, stop = (i / RATE_HZ for i in found[0])
    assert abs(start - 0.5) < 0.015
    assert abs(stop - 0.5 - saccade_duration_s(size_deg)) < 0.02


def test_noise_alone_holds_no_saccade() -> None:
    labels = eye_movements(noisy(still(10), sd=0.03), RATE_HZ)
    assert (labels == EyeMovement.FIXATION).mean() > 0.99


def test_a_gap_with_fast_edges_is_a_blink_and_no_saccade() -> None:
    gaze = noisy(still(2))
    gaze[490:500] += np.linspace(0, -6, 10)[:, None]  # the lid drags the reading down
    gaze[500:560] = np.nan
    gaze[560:570] += np.linspace(-6, 0, 10)[:, None]
    labels = eye_movements(gaze, RATE_HZ)
    assert not saccades(labels)
    assert (labels[495:565] == EyeMovement.NONE).all()


def test_pursuit_is_slow_and_no_saccade() -> None:
    gaze = np.concatenate([still(1), np.outer(np.arange(500) / RATE_HZ, (12.0, 0.0))])
    labels = eye_movements(noisy(gaze), RATE_HZ)
    assert (labels[600:900] == EyeMovement.SLOW).all()
    assert (labels[100:400] == EyeMovement.FIXATION).all()
    assert not saccades(labels)


def test_what_rings_after_a_saccade_is_an_oscillation() -> None:
    gaze = jump(10.0)
    end = 250 + round(saccade_duration_s(10.0) * RATE_HZ)
    t = np.arange(25) / RATE_HZ
    gaze[end : end + 25, 0] += 0.6 * np.sin(2 * np.pi * 40 * t) * np.exp(-t / 0.02)
    labels = eye_movements(noisy(gaze), RATE_HZ)
    assert len(saccades(labels)) == 1
    assert (labels[end : end + 30] == EyeMovement.OSCILLATION).sum() >= 5


def test_nothing_seen_is_nothing_said() -> None:
    assert (eye_movements(np.full((300, 2), np.nan), RATE_HZ) == EyeMovement.NONE).all()
    assert len(eye_movements(np.zeros((0, 2)), RATE_HZ)) == 0


@pytest.mark.parametrize("rate_hz", [25.0, 0.0, float("nan")])
def test_a_rate_that_cannot_show_saccades_is_refused(rate_hz: float) -> None:
    with pytest.raises(InputError, match="rate_hz: expected at least 100"):
        eye_movements(still(1), rate_hz)
