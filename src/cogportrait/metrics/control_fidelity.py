"""Control fidelity: command a channel through its range, draw it, read it back, compare.

Three figures of one channel: Spearman's rank correlation (does more always show as more), the slope
of read over commanded values by least squares (1: as much as was asked for; with an offset, which
it does not see), and the mean absolute error in the channel's unit (0..1, or degrees). A frame that
could not be read makes all three NaN: a channel that loses the face is not followed. Our
definition. ``python -m bench.fidelity`` sweeps portraits, with this correlation and, of heads, this
slope.

References
----------
Spearman, C. (1904). The proof and measurement of association between two things. American Journal
of Psychology 15.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.stats import rankdata

from cogportrait.errors import MetricError
from cogportrait.metrics.scored import Floats

LEAST_STEPS: Final = 3


@dataclass(frozen=True, slots=True)
class ControlFidelity:
    """How a channel is followed; NaN where it was not read throughout."""

    spearman: float  # -1..1, higher is better; 0 where nothing moved
    slope: float  # 1 is best
    mae: float  # 0.., in the channel's unit, lower is better


def control_fidelity(commanded: Floats, read: Floats) -> ControlFidelity:
    """Return how a channel follows what was commanded.

    Parameters
    ----------
    commanded : array, shape [T]
        Values of a channel, not all the same.
    read : array, shape [T]
        What was measured in the frames drawn of them; NaN where nothing was.

    Raises
    ------
    MetricError
        There are fewer than three values, other numbers of both, or they do not move.

    Examples
    --------
    >>> control_fidelity(np.array([0, 0.5, 1]), np.array([0.1, 0.3, 0.9]))
    ControlFidelity(spearman=1.0, slope=0.8, mae=0.13333333333333333)
    """
    if commanded.ndim != 1 or commanded.shape != read.shape or len(commanded) < LEAST_STEPS:
        raise MetricError(
            f"control fidelity: expected two series of {LEAST_STEPS} values or more, got shapes "
            f"{list(commanded.shape)}, {list(read.shape)}"
        )
    if not np.isfinite(commanded).all() or np.ptp(commanded) == 0:
        raise MetricError("control fidelity: expected commanded values that move, got none")
    mae = float(np.abs(read - commanded).mean())
    return ControlFidelity(spearman(commanded, read), slope(commanded, read), mae)


def spearman(commanded: Floats, read: Floats) -> float:
    """Return the rank correlation; NaN where a value is missing, 0 where nothing moved."""
    if not np.isfinite(read).all():
        return float("nan")
    if np.ptp(commanded) == 0 or np.ptp(read) == 0:
        return 0.0
    return float(np.corrcoef(rankdata(commanded), rankdata(read))[0, 1])


def slope(commanded: Floats, read: Floats) -> float:
    """Return the slope of the line through values read over those commanded; NaN if one is lost."""
    off = commanded - commanded.mean()
    return float((off * read).sum() / (off * off).sum())
