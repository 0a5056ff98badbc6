"""Colour shift outside the eyes: CIEDE2000 against the reference portrait; lower is better.

Guidance in diffusion models shifts the colour of a face and of what is behind it. Per frame, the
mean colour of the face without eyes, brows and mouth, and that of the picture well outside the
face, are each compared with the reference's; the mean of both differences, over frames. Means of
regions and not pixels are compared, so that movement is not taken for a shift. A difference of 1
is about what can just be seen beside each other, 2.3 is the usual "just noticeable" (Mahy et al.).
Our definition.

References
----------
Sharma, G., Wu, W. & Dalal, E. (2005). The CIEDE2000 color-difference formula. Color Res. Appl. 30.
Mahy, M. et al. (1994). Evaluation of uniform color spaces. Color Res. Appl. 19.
"""

from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray
from skimage.color import deltaE_ciede2000, rgb2lab

from cogportrait.face import landmarks as lm
from cogportrait.metrics.scored import Floats
from cogportrait.types import Frame

AWAY: Final = 1.6  # times the face's size, from which the picture is well outside it
BIG: Final = 1.25  # times the size of eyes and mouth that is left out


def region_colors(frame: Frame, landmarks_px: NDArray[np.floating[Any]]) -> Floats:
    """Return the mean CIELAB colour of the face and of what is well outside it, [2, 3].

    Parameters
    ----------
    frame : array, shape [H, W, 3]
        sRGB.
    landmarks_px : array, shape [478, 2 or 3]
        Of the face in it.

    Returns
    -------
    array, shape [2, 3]
        NaN for a region that the picture does not have.
    """
    face = np.zeros(frame.shape[:2], np.uint8)
    beside = np.ones(frame.shape[:2], np.uint8)
    points = landmarks_px[:, :2].astype(np.float64)
    cv2.fillConvexPoly(face, _hull(points[lm.FACE_OVAL], 1.0), 1)
    cv2.fillConvexPoly(beside, _hull(points[lm.FACE_OVAL], AWAY), 0)
    for part in _parts():
        cv2.fillConvexPoly(face, _hull(points[part], BIG), 0)
    out = np.full((2, 3), np.nan)
    for k, mask in enumerate((face, beside)):
        if mask.any():
            rgb = np.array(cv2.mean(frame, mask)[:3]) / 255
            out[k] = rgb2lab(rgb[None, None])[0, 0]
    return out


def color_shift(reference: Floats, frames: Floats) -> float:
    """Return the mean CIEDE2000 of frames [T, 2, 3] against a reference [2, 3], regions of CIELAB.

    Regions that either picture lacks are left out; NaN if none is left.
    """
    against = np.broadcast_to(reference, frames.shape)
    known = np.isfinite(frames).all(-1) & np.isfinite(against).all(-1)
    if not known.any():
        return float("nan")
    return float(np.mean(deltaE_ciede2000(against[known], frames[known])))


def _parts() -> list[NDArray[np.intp]]:
    eyes = [
        np.concatenate([lm.UPPER_LID[s], lm.LOWER_LID[s], lm.BROW_UPPER[s], lm.BROW_LOWER[s]])
        for s in (0, 1)
    ]
    return [*eyes, np.concatenate([lm.LIP_UPPER_OUTER, lm.LIP_LOWER_OUTER])]


def _hull(points: Floats, size: float) -> NDArray[np.int32]:
    middle = points.mean(0)
    around = (middle + (points - middle) * size).round().astype(np.int32)
    return np.asarray(cv2.convexHull(around), np.int32)
