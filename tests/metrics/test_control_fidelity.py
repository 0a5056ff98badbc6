"""How a channel follows what was commanded."""

import numpy as np
import pytest

from cogportrait.errors import MetricError
from cogportrait.metrics.control_fidelity import control_fidelity

STEPS = np.linspace(0, 1, 11)


def test_what_is_followed_exactly_is_perfect() -> None:
    found = control_fidelity(STEPS, STEPS)
    assert (found.spearman, found.slope) == (pytest.approx(1), pytest.approx(1))
    assert found.mae == 0


def test_half_of_it_has_half_the_slope_and_its_error() -> None:
    found = control_fidelity(STEPS, 0.5 * STEPS + 0.1)
    assert found.spearman == pytest.approx(1)
    assert found.slope == pytest.approx(0.5)
    assert found.mae == pytest.approx(np.abs(0.5 * STEPS - 0.1).mean())


def test_order_is_all_that_ranks_see() -> None:
    assert control_fidelity(STEPS, STEPS**4).spearman == pytest.approx(1)
    assert control_fidelity(STEPS, -STEPS).spearman == pytest.approx(-1)
    assert control_fidelity(STEPS, -STEPS).slope == pytest.approx(-1)


def test_what_does_not_move_is_not_followed() -> None:
    found = control_fidelity(STEPS, np.full(11, 0.3))
    assert (found.spearman, found.slope) == (0, pytest.approx(0))


def test_a_lost_frame_makes_all_undefined() -> None:
    read = STEPS.copy()
    read[4] = np.nan
    found = control_fidelity(STEPS, read)
    assert np.isnan([found.spearman, found.slope, found.mae]).all()


@pytest.mark.parametrize(
    ("commanded", "read", "said"),
    [
        (STEPS, STEPS[:5], r"two series of 3 values or more, got shapes \[11\], \[5\]"),
        (STEPS[:2], STEPS[:2], r"got shapes \[2\], \[2\]"),
        (np.ones(4), STEPS[:4], "values that move, got none"),
    ],
)
def test_what_cannot_be_compared_is_told(
    commanded: np.ndarray, read: np.ndarray, said: str
) -> None:
    with pytest.raises(MetricError, match=said):
        control_fidelity(commanded, read)
