"""A picture moved by the triangles of its points: piecewise affine (e.g. Goshtasby 1986)."""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from cogportrait.types import Frame

FLAT: Final = 1e-6  # twice a triangle's area in px^2, below which it is no triangle


def border_points(image: Frame) -> NDArray[np.float64]:
    """Return corners of a picture and middles of its sides, [8, 2] px."""
    h, w = image.shape[:2]
    x, y = (0, (w - 1) / 2, w - 1), (0, (h - 1) / 2, h - 1)
    return np.array([(a, b) for a in x for b in y if (a, b) != (x[1], y[1])], np.float64)


def mesh_warped(
    image: Frame,
    source: NDArray[np.float64],
    target: NDArray[np.float64],
    triangles: NDArray[np.int32],
) -> Frame:
    """Return a picture whose points were moved.

    Parameters
    ----------
    image : array, shape [H, W, 3]
        The picture.
    source, target : array, shape [N, 2]
        Where the points are in it, and where they shall be; px, x and y.
    triangles : array, shape [M, 3]
        Numbers of points; later ones lie over earlier ones.
    """
    h, w = image.shape[:2]
    which = np.zeros((h, w), np.int32)
    corners = np.rint(target[triangles] * 16).astype(np.int32)  # in sixteenths of a pixel
    for number, corner in enumerate(corners):
        cv2.fillConvexPoly(which, corner, number, lineType=cv2.LINE_8, shift=4)
    back = _affine(target[triangles], source[triangles]).astype(np.float32)[which]  # [h, w, 2, 3]
    y, x = np.mgrid[:h, :w].astype(np.float32)
    at = back[..., 0] * x[..., None] + back[..., 1] * y[..., None] + back[..., 2]
    return np.asarray(
        cv2.remap(
            image, np.ascontiguousarray(at[..., 0]), np.ascontiguousarray(at[..., 1]),
            cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE,
        ),
        np.uint8,
    )  # fmt: skip


def _affine(of: NDArray[np.float64], onto: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the maps [N, 2, 3] that take triangles [N, 3, 2] onto others."""
    ones = np.ones((*of.shape[:2], 1))
    corners = np.concatenate([of, ones], -1)
    flat = np.abs(np.linalg.det(corners)) < FLAT  # shut lids: shown by their neighbors
    corners[flat] = np.eye(3)
    return np.asarray(np.linalg.solve(corners, onto), np.float64).transpose(0, 2, 1)
