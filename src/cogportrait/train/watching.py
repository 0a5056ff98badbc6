"""Where a face is looked at: what training gives more weight.

The Gaussian between the eyes holds brows and the bridge of the nose as much as eyes. Irises are few
of a view's latents (two to four of 256 each) and say where a face looks, so they weigh alone.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from cogportrait.face import landmarks as lm
from cogportrait.renderers.dit.guidance import Weights, eye_map, per_latent_frame
from cogportrait.types import FloatArray

EYES, IRISES = 0, 1
# Of the Gaussian at an iris, in distances of the eyes: an eye's opening is 0.4 to 0.45 wide.
IRIS_IOD: Final = 0.12
LEAST_CELLS: Final = 0.5  # how wide it is at least, so that it does not fall between cells


def watched(
    points_px: FloatArray, size_px: int, grid: Sequence[int], frames: Sequence[int] | None = None
) -> Tensor:
    """Return how much each cell of a view is looked at, [2, L, h, w], 0..1.

    First the Gaussian between the eyes (:func:`guidance.eye_map`), then those at the irises.

    Parameters
    ----------
    points_px : array, shape [T, 478, 2]
        Keypoints in the view.
    size_px : int
        Side of the view.
    grid : (h, w)
        Cells of the view: latent pixels.
    frames
        How many frames of the video each latent frame stands for; None: one.
    """
    sides, cells = (size_px, size_px), (int(grid[0]), int(grid[1]))
    maps: list[Weights] = [eye_map(points_px, sides, cells), iris_map(points_px, size_px, cells)]
    if frames is not None:
        maps = [per_latent_frame(one, frames) for one in maps]
    return torch.from_numpy(np.stack(maps))


def iris_map(points_px: FloatArray, size_px: int, grid: tuple[int, int]) -> Weights:
    """Return the Gaussians at both irises of each frame, [T, h, w], 1 at their peaks.

    They are where the keypoints have the irises, also behind a lid.
    """
    points = points_px[..., :2].astype(np.float64)
    corners = points[:, [*lm.OUTER_CANTHUS, *lm.INNER_CANTHUS]]
    line = corners[:, [0, 2]].mean(1) - corners[:, [1, 3]].mean(1)
    width = IRIS_IOD * np.linalg.norm(line, axis=1)
    width = np.maximum(width, LEAST_CELLS * size_px / min(grid))[:, None, None]
    ys, xs = (_middles(count, size_px) for count in grid)
    found: list[NDArray[np.float64]] = []
    for iris in lm.IRIS_CENTER:
        at = points[:, iris]
        dx, dy = xs[None, None, :] - at[:, 0, None, None], ys[None, :, None] - at[:, 1, None, None]
        found.append(np.exp(-0.5 * (dx * dx + dy * dy) / (width * width)))
    return np.maximum(*found).astype(np.float32)


def _middles(count: int, size_px: int) -> NDArray[np.float64]:
    """Return where the middles of cells are, in pixels."""
    return (np.arange(count) + 0.5) * size_px / count - 0.5
