"""What a renderer has to beat: the portrait as it is, and a mesh warp that knows nothing of eyes.

Both draw the same keypoints as every renderer, so that only the drawing differs.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import Delaunay

from cogportrait.face.mesh_warp import border_points, mesh_warped
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

    Piecewise affine, over the Delaunay triangles of landmarks, picture
    corners and middles of its sides. There are no layers: a lid that closes squeezes the iris.
    """

    def render(
        self, portrait: Portrait, motion: Iterable[KeypointSequence], *, seed: int = 0
    ) -> Iterator[Frame]:
        """Yield one frame per row of `motion`."""
        frame = border_points(portrait.image)
        source = np.concatenate([portrait.landmarks_px[:, :2].astype(np.float64), frame])
        triangles = Delaunay(source).simplices
        for piece in motion:
            for points in piece.points_px:
                yield mesh_warped(portrait.image, source, _moved(points, frame), triangles)


def _moved(points: FloatArray, border: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.concatenate([points[:, :2].astype(np.float64), border])
