"""What a renderer has to beat: the portrait as it is, and a mesh warp that knows nothing of eyes.

Both draw the same keypoints as every renderer, so that only the drawing differs.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.spatial import Delaunay

from cogportrait.types import FloatArray, Frame, KeypointSequence, Portrait


@dataclass(frozen=True, slots=True)
class StillRenderer:
    """Shows the portrait as it is; see ``renderers.protocol.Renderer``."""

    def render(
        self, portrait: Portrait, motion: Iterable[KeypointSequence], *, seed: int = 0
    ) -> Iterator[Frame]:
        """Yield the portrait once per row of `motion`."""
        for piece in motion:
            for _ in range(len(piece)):
                yield portrait.image.copy()


@dataclass(frozen=True, slots=True)
class NaiveWarpRenderer:
    """Warps the portrait by the triangles of its landmarks, irises and lids among them.

    Piecewise affine (e.g. Goshtasby 1986), over the Delaunay triangles of landmarks, picture
    corners and middles of its sides. There are no layers: a lid that closes squeezes the iris.
    """

    def render(
        self, portrait: Portrait, motion: Iterable[KeypointSequence], *, seed: int = 0
    ) -> Iterator[Frame]:
        """Yield one frame per row of `motion`."""
        frame = _border(portrait.image)
        source = np.concatenate([portrait.landmarks_px[:, :2].astype(np.float64), frame])
        triangles = Delaunay(source).simplices
        for piece in motion:
            for points in piece.points_px:
                yield _warped(portrait.image, source, _moved(points, frame), triangles)


def _border(image: Frame) -> NDArray[np.float64]:
    """Return corners and middles of the sides, [8, 2] px."""
    h, w = image.shape[:2]
    x, y = (0, (w - 1) / 2, w - 1), (0, (h - 1) / 2, h - 1)
    return np.array([(a, b) for a in x for b in y if (a, b) != (x[1], y[1])], np.float64)


def _moved(points: FloatArray, border: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.concatenate([points[:, :2].astype(np.float64), border])


def _warped(
    image: Frame,
    source: NDArray[np.float64],
    target: NDArray[np.float64],
    triangles: NDArray[np.int32],
) -> Frame:
    """Return the picture whose points `source` [N, 2] px are moved to `target`."""
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
    flat = np.abs(np.linalg.det(corners)) < 1e-6  # shut lids: shown by their neighbours
    corners[flat] = np.eye(3)
    return np.asarray(np.linalg.solve(corners, onto), np.float64).transpose(0, 2, 1)
