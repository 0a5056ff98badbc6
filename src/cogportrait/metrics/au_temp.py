"""AU-Temp and AU-Temp-strict: whether it happens when, as long and as strongly as in the real clip.

For every channel active in either clip, the concordance correlation of its two courses, floored
at 0, after dynamic time warping within half a second (AU-Temp) or frame by frame (AU-Temp-strict);
their mean. Our definition: the paper's formula is not public. 0..1, higher is better; NaN where no
channel is active in either clip.

Time warping aligns what happens a little early or late, and leaves length, strength and order to
count. Each channel is warped by itself, as one eye may blink late while the head turns early.

References
----------
Sakoe, H. & Chiba, S. (1978). Dynamic programming algorithm optimization for spoken word
recognition. IEEE Trans. ASSP 26.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from cogportrait.metrics.concordance import ccc
from cogportrait.metrics.pairs import check_pair
from cogportrait.metrics.scored import Floats, active, thresholds

_Indices = NDArray[np.intp]

BAND_S: Final = 0.5  # the Sakoe-Chiba band: how far apart frames may be that are laid together


def au_temp(real: Floats, generated: Floats, fps: float) -> float:
    """Return AU-Temp of scored channels [T, K] (:func:`cogportrait.metrics.scored.scored_values`).

    Raises
    ------
    MetricError
        The arrays are not a pair.
    """
    check_pair(real, generated)
    either = np.flatnonzero(active(real, fps) | active(generated, fps))
    if not len(either):
        return float("nan")
    band = round(BAND_S * fps)
    # In units of a channel's threshold; it changes neither the path nor the concordance.
    a, b = (values[:, either] / thresholds()[either] for values in (real, generated))
    paths = warping_paths(a, b, band)
    return _mean([ccc(a[i, k], b[j, k]) for k, (i, j) in enumerate(paths)])


def au_temp_strict(real: Floats, generated: Floats, fps: float) -> float:
    """Return AU-Temp-strict of scored channels [T, K]; see :func:`au_temp`."""
    check_pair(real, generated)
    either = np.flatnonzero(active(real, fps) | active(generated, fps))
    return _mean([ccc(real[:, k], generated[:, k]) for k in either])


def _mean(scores: list[float]) -> float:
    known = [max(s, 0.0) for s in scores if not np.isnan(s)]
    return float(np.mean(known)) if known else float("nan")


def warping_paths(a: Floats, b: Floats, band: int) -> list[tuple[_Indices, _Indices]]:
    """Return for every channel of `a`, `b` [T, K] the frames that are laid together.

    The path of least summed absolute difference from the first frames to the last, by steps of
    one frame in either or both, no more than `band` frames off the diagonal. Where paths cost the
    same, the one nearest the diagonal is taken.

    Returns
    -------
    list of K pairs of arrays [N] of intp
        Frames of `a` and of `b`.
    """
    n, channels = a.shape
    width = 2 * band + 1
    # total[i % 2, d] is the least cost to frame i of a and i + d - band of b.
    total = np.full((width + 2, channels), np.inf)
    came = np.zeros((n, width, channels), np.int8)  # 0 both, 1 from a's frame before, 2 from b's
    for i in range(n):
        before = total
        total = np.full((width + 2, channels), np.inf)
        for d in range(max(0, band - i), min(width, n - i + band)):
            cost = np.abs(a[i] - b[i + d - band])
            if i == 0 and d == band:
                total[d + 1] = cost
                continue
            ways = np.stack([before[d + 1], before[d + 2], total[d]])
            best = ways.argmin(0)
            came[i, d] = best
            total[d + 1] = cost + np.take_along_axis(ways, best[None], 0)[0]
    return [_path(came[:, :, k], band) for k in range(channels)]


def _path(came: NDArray[np.int8], band: int) -> tuple[_Indices, _Indices]:
    i = j = len(came) - 1
    rows, columns = [i], [j]
    while i or j:
        step = came[i, j - i + band]
        i, j = i - (step != 2), j - (step != 1)
        rows.append(i)
        columns.append(j)
    return np.array(rows[::-1], np.intp), np.array(columns[::-1], np.intp)
