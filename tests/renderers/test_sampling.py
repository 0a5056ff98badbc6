"""What all layers resample with."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.interpolate import PchipInterpolator

from cogportrait.renderers.warp.sampling import monotone_curve

_STEPS = st.lists(st.floats(0.01, 3.0), min_size=2, max_size=14)


@given(_STEPS, st.data())
def test_the_monotone_curve_is_the_one_of_scipy(steps: list[float], data: st.DataObject) -> None:
    x = np.concatenate([[0.0], np.cumsum(steps)])
    values = st.lists(st.floats(-2, 2), min_size=len(x), max_size=len(x))
    y = np.array(data.draw(values)).round(3)
    at = np.linspace(-0.5, x[-1] + 0.5, 57)
    expected = PchipInterpolator(x, y)(np.clip(at, x[0], x[-1]))
    np.testing.assert_allclose(monotone_curve(x, y, at), expected, atol=1e-9)


@pytest.mark.parametrize("y", [[0.0, 1.0, 1.0, 3.0], [2.0, 1.5, -1.0, -1.1]])
def test_a_monotone_curve_never_turns_back(y: list[float]) -> None:
    line = monotone_curve(np.arange(4.0), np.array(y), np.linspace(0, 3, 200))
    change = np.diff(line) * np.sign(y[-1] - y[0])
    assert change.min() > -1e-12
