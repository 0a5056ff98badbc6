"""Regions of a frame that are drawn again at full resolution, over the head that is drawn.

A region is a rectangle around an eye or the mouth. On a turned head it reaches past the cheek, to
where nothing of the person shows, or what the turn has hidden: there the frame stays as it is.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cogportrait.renderers.warp.grid import Cells, Grid
from cogportrait.renderers.warp.sampling import Floats, lay
from cogportrait.types import Frame

SEEN: Final = 0.8  # opacity of the head up to which nothing is laid on it, and whole at 1


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """A frame with the head in it; both arrays are drawn on."""

    frame: Frame  # [H, W, 3]
    opacity: NDArray[np.uint8]  # [H, W] of the head, as it shows


def bounds(here: NDArray[np.bool_]) -> Cells | None:
    """Return the rows and columns that hold all of `here`, one more on each side."""
    rows, cols = np.flatnonzero(here.any(1)), np.flatnonzero(here.any(0))
    if not len(rows):
        return None
    (top, bottom), (left, right), (h, w) = rows[[0, -1]], cols[[0, -1]], here.shape
    return (
        slice(max(int(top) - 1, 0), min(int(bottom) + 2, h)),
        slice(max(int(left) - 1, 0), min(int(right) + 2, w)),
    )


def landing(grid: Grid, q: Floats, box: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    """Return the region of the frame in which the head's pose shows a region of the portrait.

    It is read from the same map that moves the skin: landmarks turn a little less or more.
    """
    x0, y0, x1, y1 = box
    x, y = q[..., 0], q[..., 1]
    cells = bounds((x >= x0) & (x <= x1) & (y >= y0) & (y <= y1))
    if cells is None:
        return 0, 0, 0, 0
    (rows, cols), step = cells, grid.step
    return (
        grid.x0 + cols.start * step, grid.y0 + rows.start * step,
        grid.x0 + cols.stop * step, grid.y0 + rows.stop * step,
    )  # fmt: skip


def feather_in(drawn: Drawn, box: tuple[slice, slice], color: Floats, amount: float) -> None:
    """Lay `color` over a region of the frame, faded along the region's border.

    Only where the head is opaque: the color may be the person's light alone, black beside it.
    """
    h, w = color.shape[:2]
    band = max(2, min(h, w) // 12)
    y = np.minimum(np.arange(h) + 1, np.arange(h)[::-1] + 1) / band
    x = np.minimum(np.arange(w) + 1, np.arange(w)[::-1] + 1) / band
    share = np.float32(amount) * np.minimum.outer(np.minimum(y, 1), np.minimum(x, 1))
    opacity = drawn.opacity[box]
    if opacity.min() < 255:
        seen = (opacity.astype(np.float32) / 255 - SEEN) / (1 - SEEN)
        share *= np.maximum(seen, 0)
    under = drawn.frame[box].astype(np.float32)
    lay(under, share, color)
    drawn.frame[box] = np.clip(np.rint(under), 0, 255).astype(np.uint8)
