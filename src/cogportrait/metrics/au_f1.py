"""AU-F1 and AU-F1-frame: whether the generated face shows what the real one shows.

**AU-F1** of a clip is the F1 score between the sets of channels that are active anywhere in the
real and in the generated clip. **AU-F1-frame** is, for every channel active in either, the F1 score
over frames; their mean. Our definitions: the paper's formula is not public. F1: van Rijsbergen
1979; frame-wise F1 is what FACS detectors are scored by (BP4D, DISFA), which is why AU-F1-frame
stands beside AU-F1.

Both are 0..1, higher is better. Where no channel is active in either clip there is nothing to find
and both are NaN; aggregates leave the clip out and count it.
"""

import numpy as np
from numpy.typing import NDArray

from cogportrait.metrics.pairs import check_pair
from cogportrait.metrics.scored import Floats, active, active_frames


def f1(real: NDArray[np.bool_], generated: NDArray[np.bool_]) -> float:
    """Return the F1 score of two sets given as masks of one shape; NaN if both are empty."""
    total = int(real.sum()) + int(generated.sum())
    return 2 * int((real & generated).sum()) / total if total else float("nan")


def au_f1(real: Floats, generated: Floats, fps: float) -> float:
    """Return AU-F1 of scored channels [T, K] (:func:`cogportrait.metrics.scored.scored_values`).

    Raises
    ------
    MetricError
        The arrays are not a pair.
    """
    check_pair(real, generated)
    return f1(active(real, fps), active(generated, fps))


def au_f1_frame(real: Floats, generated: Floats, fps: float) -> float:
    """Return AU-F1-frame of scored channels [T, K]; see :func:`au_f1`."""
    check_pair(real, generated)
    one, other = active_frames(real, fps), active_frames(generated, fps)
    either = (one | other).any(0)
    scores = [f1(one[:, k], other[:, k]) for k in np.flatnonzero(either)]
    return float(np.mean(scores)) if scores else float("nan")
