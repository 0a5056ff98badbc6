"""What was drawn of a face's view, laid back into the picture, softly at the face's outline."""

from enum import StrEnum
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from cogportrait.errors import InputError
from cogportrait.face import landmarks as lm
from cogportrait.face.view import View
from cogportrait.types import FloatArray, Frame

EDGE_SHARE: Final = 0.06  # of the view's side, over which what is laid back fades
# What the codec loses of the picture is kept where what was drawn agrees with it: fading with the
# square of the difference in levels, collected over so many pixels of the view.
AGREES: Final = 30.0
AROUND_PX: Final = 1.5


class Lay(StrEnum):
    """What is laid back into the portrait."""

    DIFFERENCE = "difference"
    FACE = "face"


def laid(
    picture: Frame,
    face: Frame,
    view: View,
    points_px: FloatArray,
    lay: Lay,
    coded: Frame | None = None,
) -> Frame:
    """Return a picture [H, W, 3] with what was drawn of its view, [size, size, 3], in it.

    Parameters
    ----------
    picture : Frame
        That the view was cut from.
    face : Frame
        What was drawn.
    view : View
        Where it belongs.
    points_px : array, shape [478, 2 or 3]
        Keypoints in pixels of the picture: within their oval is the face.
    lay : Lay
        Itself, or only how it differs from the view of the picture, so that the picture keeps its
        resolution.
    coded : Frame or None
        The view of the picture as the codec leaves it, [size, size, 3]: where what was drawn is
        about that, the picture stays as it is, and what the codec lost does not show.

    Raises
    ------
    InputError
        The view lies beside the picture.
    """
    mask = _mask(points_px[:, :2], view)
    drawn = _enlarged(face, view)
    if lay is Lay.DIFFERENCE:
        cut = view.cut(picture)
        shown = cut if coded is None else _lossless(cut, coded, face)
        drawn = _part(picture, view) + drawn - _enlarged(shown, view)
    return _put(picture, drawn, mask, view)


def _lossless(
    cut: NDArray[np.uint8], coded: NDArray[np.uint8], face: NDArray[np.uint8]
) -> NDArray[np.float32]:
    """Return what a face is compared with: the coded view where it agrees, else the view itself."""
    apart = np.abs(face.astype(np.float32) - coded).max(axis=-1)
    apart = cv2.GaussianBlur(apart, (0, 0), AROUND_PX)
    agrees = np.exp(-((apart / AGREES) ** 2))[..., None]
    return np.asarray(cut + agrees * (coded.astype(np.float32) - cut), np.float32)


def _enlarged(frame: Frame | NDArray[np.float32], view: View) -> NDArray[np.float32]:
    """Return a view at the size that it has in the picture, [side, side, 3]."""
    side = (view.side_px, view.side_px)
    how = cv2.INTER_CUBIC if view.side_px >= view.size_px else cv2.INTER_AREA
    return np.asarray(cv2.resize(frame.astype(np.float32), side, interpolation=how), np.float32)


def _mask(points_px: FloatArray, view: View) -> NDArray[np.float32]:
    """Return where the face is in the view, [side, side, 1], soft at its outline."""
    corner = np.array([view.left, view.top])
    oval = np.rint(points_px[lm.FACE_OVAL] - corner).astype(np.int32)
    mask = np.zeros((view.side_px, view.side_px), np.float32)
    cv2.fillConvexPoly(mask, cv2.convexHull(oval), 1.0)
    edge = max(1, round(EDGE_SHARE * view.side_px))
    border = np.ones_like(mask)
    border[:edge] = border[-edge:] = border[:, :edge] = border[:, -edge:] = 0
    inner = cv2.erode(mask * border, np.ones((edge, edge), np.uint8), borderValue=0.0)
    return np.asarray(cv2.GaussianBlur(inner, (0, 0), edge / 3), np.float32)[..., None]


def _span(view: View, shape: tuple[int, ...]) -> tuple[slice, slice, slice, slice]:
    """Return the rows and columns of a picture in a view, and where they are in the view."""
    y0, y1 = max(0, view.top), min(shape[0], view.top + view.side_px)
    x0, x1 = max(0, view.left), min(shape[1], view.left + view.side_px)
    if y1 <= y0 or x1 <= x0:
        raise InputError("portrait: expected the face inside the picture, it lies beside it")
    inside = slice(y0 - view.top, y1 - view.top), slice(x0 - view.left, x1 - view.left)
    return slice(y0, y1), slice(x0, x1), *inside


def _part(picture: Frame, view: View) -> NDArray[np.float32]:
    """Return the view of a picture at its own size; past the border it is 0."""
    out = np.zeros((view.side_px, view.side_px, 3), np.float32)
    rows, columns, v, u = _span(view, picture.shape)
    out[v, u] = picture[rows, columns]
    return out


def _put(
    picture: Frame, drawn: NDArray[np.float32], mask: NDArray[np.float32], view: View
) -> Frame:
    out = picture.copy()
    rows, columns, v, u = _span(view, picture.shape)
    there, m = picture[rows, columns].astype(np.float32), mask[v, u]
    mixed = there + m * (drawn[v, u] - there)
    out[rows, columns] = np.rint(mixed.clip(0, 255)).astype(np.uint8)
    return out
