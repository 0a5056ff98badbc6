"""Keypoints drawn as a picture: what a network is shown of a face's pose.

Every part has a color of its own, so that a lid's margin, a brow and an iris that lie on one
another can be told apart: red is the upper lid, green the lower one and, darker, the brows, blue
the iris and, darker, the outline of face and lips, purple the inner lips. Lines are anti-aliased
and placed to a sixteenth of a pixel, since an iris moves by some pixels only. Our definition; the
paper's drawing is not published.
"""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from cogportrait.face import landmarks as lm
from cogportrait.face.view import View
from cogportrait.types import FloatArray, Frame

SHIFT_BITS: Final = 4  # of a pixel: OpenCV's fixed point
LINE_SHARE: Final = 1 / 128  # of the view's side: a line's width, at least a pixel
_UPPER: Final = (255, 64, 0)
_LOWER: Final = (64, 255, 0)
_IRIS: Final = (0, 64, 255)
_BROW: Final = (0, 160, 0)
_OUTLINE: Final = (0, 0, 160)
_LIPS: Final = (160, 0, 160)


def draw_keypoints(points_px: FloatArray, view: View) -> NDArray[np.uint8]:
    """Return the drawing of each frame, [T, size, size, 3].

    Parameters
    ----------
    points_px : array, shape [T, 478, 2 or 3]
        In pixels of the picture.
    view : View
        What is seen of it.
    """
    size = view.size_px
    return draw_placed(view.placed(points_px[..., :2]), (size, size), size)


def draw_placed(
    points_px: NDArray[np.floating], size: tuple[int, int], view_px: float
) -> NDArray[np.uint8]:
    """Return the drawing of each frame on a picture that need not be square, [T, H, W, 3].

    Parameters
    ----------
    points_px : array, shape [T, 478, 2 or 3]
        In pixels of the drawing.
    size : (H, W)
        Of the drawing.
    view_px : float
        Side of the face's view in the drawing, which lines get their width from.
    """
    width = max(1, round(view_px * LINE_SHARE))
    placed = points_px[..., :2].astype(np.float64)
    return np.stack([_drawn(points, size, width) for points in placed])


def _drawn(points: NDArray[np.float64], size: tuple[int, int], width: int) -> Frame:
    picture = np.zeros((*size, 3), np.uint8)
    _line(picture, points[lm.FACE_OVAL], _OUTLINE, width, closed=True)
    for lips in (lm.LIP_UPPER_OUTER, lm.LIP_LOWER_OUTER):
        _line(picture, points[lips], _OUTLINE, width)
    for lips in (lm.LIP_UPPER_INNER, lm.LIP_LOWER_INNER):
        _line(picture, points[lips], _LIPS, width)
    for side in (0, 1):
        for brow in (lm.BROW_UPPER, lm.BROW_LOWER):
            _line(picture, points[brow[side]], _BROW, width)
        _iris(picture, points, side)
        _line(picture, points[lm.LOWER_LID[side]], _LOWER, width)
        _line(picture, points[lm.UPPER_LID[side]], _UPPER, width)
    return picture


def _iris(picture: Frame, points: NDArray[np.float64], side: int) -> None:
    """Fill the part of the iris that is between the lids."""
    opening = np.concatenate([points[lm.UPPER_LID[side]], points[lm.LOWER_LID[side]][::-1]])
    iris, between = np.zeros(picture.shape[:2], np.uint8), np.zeros(picture.shape[:2], np.uint8)
    center = points[lm.IRIS_CENTER[side]]
    radius = float(np.linalg.norm(points[lm.IRIS_RING[side]] - center, axis=1).mean())
    scale = 1 << SHIFT_BITS
    x, y = (round(float(v) * scale) for v in center)
    cv2.circle(iris, (x, y), max(1, round(radius * scale)), 255, -1, cv2.LINE_AA, SHIFT_BITS)
    cv2.fillPoly(between, [_fixed(opening)], 255, cv2.LINE_AA, SHIFT_BITS)
    seen = np.minimum(iris, between).astype(np.float32)[..., None] / 255
    picture[:] = np.rint(picture * (1 - seen) + np.array(_IRIS) * seen).astype(np.uint8)


def _line(
    picture: Frame,
    points: NDArray[np.float64],
    color: tuple[int, int, int],
    width: int,
    *,
    closed: bool = False,
) -> None:
    cv2.polylines(picture, [_fixed(points)], closed, color, width, cv2.LINE_AA, SHIFT_BITS)


def _fixed(points: NDArray[np.float64]) -> NDArray[np.int32]:
    return np.rint(points * (1 << SHIFT_BITS)).astype(np.int32)
