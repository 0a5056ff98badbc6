"""Rate limits hold, keep zeros and never raise a curve."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from cogportrait.speech.curves import limit_rate, smooth_step

RATE_HZ = 240.0


@settings(max_examples=50)
@given(
    seed=st.integers(0, 2**32 - 1),
    rate=st.floats(0.5, 8.0),
    count=st.integers(1, 400),
)
def test_a_limited_curve_is_under_the_curve_slow_enough_and_keeps_zeros(
    seed: int, rate: float, count: int
) -> None:
    rng = np.random.default_rng(seed)
    curve = rng.uniform(0, 1, (count, 2)).astype(np.float32)
    curve[rng.random(count) < 0.1] = 0.0
    limited = limit_rate(curve, rate, RATE_HZ)
    assert (limited <= curve).all()
    assert (limited[curve == 0] == 0).all()
    assert np.abs(np.diff(limited, axis=0)).max(initial=0) <= rate / RATE_HZ + 1e-5
    assert (limited >= 0).all()


def test_a_slow_curve_is_hardly_changed() -> None:
    t = np.arange(480) / RATE_HZ
    slow: NDArray[np.float32] = (0.5 - 0.5 * np.cos(2 * np.pi * t)).astype(np.float32)[:, None]
    assert np.abs(limit_rate(slow, 4.0, RATE_HZ) - slow).max() < 0.02


def test_a_limited_curve_has_no_corners_at_zero() -> None:
    curve = np.ones((240, 1), np.float32)
    curve[100:120] = 0
    limited = limit_rate(curve, 6.0, RATE_HZ)[:, 0]
    assert limited[121] < 0.5 * 6.0 / RATE_HZ * 2


def test_a_soft_step_goes_from_zero_to_one() -> None:
    x = np.linspace(-1, 2, 301)
    y = smooth_step(x)
    assert y[0] == 0
    assert y[-1] == 1
    assert (np.diff(y) >= 0).all()
    assert y[150] == 0.5
