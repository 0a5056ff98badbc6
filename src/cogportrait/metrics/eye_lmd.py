"""Eye-LMD: how far the landmarks of the eyes are from where they are in the real clip.

Mean distance of lid contours, iris centres and brows in the picture, divided by the distance of the
outer eye corners in the same real frame, over frames in which both faces are found. Lower is
better; 0.01 is about a hundredth of the width of both eyes. Our definition: the paper names the
measure and gives no formula; the landmark distance of talking heads (LMD, Chen et al. 2018) is the
same of the mouth, in pixels.

Head movement counts: a head that is not turned has its eyes elsewhere. Pictures of another size are
taken for the same picture resized.

References
----------
Chen, L. et al. (2018). Lip movements generation at a glance. ECCV.
"""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cogportrait.errors import MetricError
from cogportrait.face import landmarks as lm
from cogportrait.metrics.pairs import check_pair

_OUTER: Final = np.searchsorted(lm.EYE_REGION, lm.OUTER_CANTHUS)


def eye_lmd(
    real: NDArray[np.floating[Any]],
    generated: NDArray[np.floating[Any]],
    *,
    scale: tuple[float, float] = (1.0, 1.0),
) -> float:
    """Return Eye-LMD of tracked landmarks.

    Parameters
    ----------
    real, generated : arrays, shape [T, M, 2 or 3]
        MediaPipe landmarks ``landmarks.EYE_REGION`` in pixels, NaN in frames without a face.
    scale : pair of float
        What generated x and y are multiplied by to be in the real picture's pixels.

    Returns
    -------
    float
        NaN if no frame has both faces.

    Raises
    ------
    MetricError
        The arrays are not a pair of landmarks.
    """
    check_pair(real, generated, finite=False)
    if real.ndim != 3 or real.shape[1] != len(lm.EYE_REGION) or real.shape[2] < 2:
        want = f"[T, {len(lm.EYE_REGION)}, 2 or 3]"
        raise MetricError(f"expected landmarks of the eye region {want}, got {list(real.shape)}")
    a = real[:, :, :2].astype(np.float64)
    b = generated[:, :, :2].astype(np.float64) * scale
    both = np.isfinite(a).all((1, 2)) & np.isfinite(b).all((1, 2))
    if not both.any():
        return float("nan")
    a, b = a[both], b[both]
    width = np.linalg.norm(a[:, _OUTER[0]] - a[:, _OUTER[1]], axis=-1)
    off = np.linalg.norm(a - b, axis=-1).mean(1)
    return float((off / np.maximum(width, 1e-6)).mean())
