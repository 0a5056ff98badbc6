"""The coarse grid over the head that carries displacement fields."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from cogportrait.face.rig import portrait_frame
from cogportrait.renderers.warp.sampling import Floats, Scalar, affine, remap_at, resize
from cogportrait.types import Frame, Portrait

CELLS_PER_IOD: Final = 14
BAND_PX: Final = 2e6  # of a region that are drawn at once
Cells = tuple[slice, slice]  # rows and columns of a grid


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """A region of the picture and the coarse grid that covers it."""

    x0: int  # left, top pixel of the region
    y0: int
    step: int  # pixels per cell
    cols: int
    rows: int

    @property
    def width(self) -> int:
        """Region width in pixels."""
        return self.cols * self.step

    @property
    def height(self) -> int:
        """Region height in pixels."""
        return self.rows * self.step

    def part(self, cells: Cells) -> "Grid":
        """Return the grid of some cells alone."""
        rows, cols = cells
        x0, y0 = self.x0 + cols.start * self.step, self.y0 + rows.start * self.step
        return Grid(x0, y0, self.step, cols.stop - cols.start, rows.stop - rows.start)

    def holds(self, at: Floats) -> NDArray[np.bool_]:
        """Return which pixel positions [..., 2] lie in the region."""
        x, y = at[..., 0] - self.x0, at[..., 1] - self.y0
        return (x >= 0) & (x < self.width) & (y >= 0) & (y < self.height)

    def nodes(self) -> Floats:
        """Return node positions, [rows, cols, 2] px."""
        x = self.x0 + (np.arange(self.cols) + 0.5) * self.step - 0.5
        y = self.y0 + (np.arange(self.rows) + 0.5) * self.step - 0.5
        return np.stack(np.meshgrid(x, y), -1).astype(np.float32)

    def pixels(self, cells: Cells, frame: Frame) -> tuple[slice, slice]:
        """Return rows and columns of `frame` [H, W, 3] that some cells cover."""
        h, w = frame.shape[:2]
        (top, left), step = (self.y0, self.x0), self.step
        return (
            slice(top + cells[0].start * step, min(top + cells[0].stop * step, h)),
            slice(left + cells[1].start * step, min(left + cells[1].stop * step, w)),
        )

    def bands(self, cells: Cells) -> Iterator[tuple[Cells, Cells]]:
        """Yield some cells in bands of about ``BAND_PX`` pixels, and each with a row more around.

        Memory of the size of a band is used again; that of a large picture is not, and clearing
        it takes as long as drawing. What is drawn in the rows more is not used: there fields end.
        """
        rows, cols = cells
        tall = max(4, int(BAND_PX / ((cols.stop - cols.start) * self.step**2)))
        for top in range(rows.start, rows.stop, tall):
            bottom = min(top + tall, rows.stop)
            wider = slice(max(top - 1, rows.start), min(bottom + 1, rows.stop))
            yield (slice(top, bottom), cols), (wider, cols)

    def sample(self, field: Floats, at: Floats) -> Floats:
        """Return `field` [rows, cols, C] at pixel positions [h, w, 2], linear, edges held.

        Positions [N, 2] give [N, 1, C].
        """
        return remap_at(field, self.columns_and_rows(at if at.ndim > 2 else at[:, None]))

    def columns_and_rows(self, at: Floats) -> Floats:
        """Return where pixel positions [h, w, 2] lie in fields, nodes at whole numbers."""
        scale, half = 1 / self.step, 0.5 / self.step - 0.5
        first = np.array([half - self.x0 * scale, half - self.y0 * scale])
        return affine(at, np.eye(2) * scale, first)

    def upsample(self, field: NDArray[Scalar]) -> NDArray[Scalar]:
        """Return `field` [rows, cols, C], of some cells or all, at every pixel of these cells."""
        rows, cols = field.shape[:2]
        return resize(field, cols * self.step, rows * self.step, cv2.INTER_LINEAR)

    def upsample_places(self, places: Floats, cells: Cells) -> Floats:
        """Return positions [rows, cols, 2] at every pixel of some cells, and go on past nodes."""
        step = self.step
        wider = np.pad(places[cells], ((1, 1), (1, 1), (0, 0)), "reflect", reflect_type="odd")
        rows, cols = wider.shape[:2]
        out = resize(wider, cols * step, rows * step, cv2.INTER_LINEAR)
        return out[step:-step, step:-step]

    def upsample_box(
        self, fields: Sequence[Floats], box: tuple[int, int, int, int], frame: Frame
    ) -> tuple[tuple[slice, slice], list[Floats]] | None:
        """Return a region of the frame and `fields` at its pixels, or None where it is empty."""
        h, w = frame.shape[:2]
        x0, y0 = max(box[0], self.x0, 0), max(box[1], self.y0, 0)
        x1 = min(box[2], self.x0 + self.width, w)
        y1 = min(box[3], self.y0 + self.height, h)
        if x1 - x0 < 2 or y1 - y0 < 2:
            return None
        step = self.step
        c0, c1 = max((x0 - self.x0) // step - 1, 0), min((x1 - self.x0) // step + 2, self.cols)
        r0, r1 = max((y0 - self.y0) // step - 1, 0), min((y1 - self.y0) // step + 2, self.rows)
        ox, oy = x0 - self.x0 - c0 * step, y0 - self.y0 - r0 * step
        out: list[Floats] = []
        for field in fields:
            part = np.ascontiguousarray(field[r0:r1, c0:c1])
            big = resize(part, (c1 - c0) * step, (r1 - r0) * step, cv2.INTER_LINEAR)
            out.append(big[oy : oy + y1 - y0, ox : ox + x1 - x0])
        return (slice(y0, y1), slice(x0, x1)), out


def head_grid(portrait: Portrait) -> Grid:
    """Return the grid over head, hair and neck. It may reach past the picture's border."""
    _, _, iod = portrait_frame(portrait)
    p = portrait.landmarks_px[:468, :2].astype(np.float64)
    around = np.array([1.60, 1.75]) * iod  # as far as anything follows the head
    left, top = p.min(0) - around
    right, bottom = p.max(0) + around
    h, w = portrait.image.shape[:2]
    left, top = max(left, 0.0), max(top, 0.0)
    right, bottom = min(right, w - 1.0), min(bottom, h - 1.0)
    step = max(2, round(iod / CELLS_PER_IOD))
    cols = int(np.ceil((right - left) / step))
    rows = int(np.ceil((bottom - top) / step))
    return Grid(int(left), int(top), step, cols, rows)
