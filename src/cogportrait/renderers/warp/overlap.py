"""Where the head covers what lies behind it: a chin that sinks in front of the neck.

There the map of the pose is no map: two places of the photograph land on one, and its inverse on
the grid's nodes jumps from one to the other, cell by cell, which draws a chin in steps. Between
such nodes every pixel is inverted for itself, first from the head's side: what the head covers
shows the head.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cogportrait.renderers.warp.field import PoseField, invert
from cogportrait.renderers.warp.grid import Grid
from cogportrait.renderers.warp.sampling import Floats, longer_side
from cogportrait.types import Frame

JUMP: Final = 1.5  # cells between the sources of neighboring nodes, from which the map overlaps
BESIDE: Final = 3  # cells beside a jump in which the head may lie over what is behind it
ALIKE: Final = 0.2  # how much less a place may follow the head than the most near it
TRUE_PX: Final = 1.5  # error of an inverse that was found
AT_FOLD: Final = 0.5  # growth of area up to which the head's skin is seen along its edge alone
FACE: Final = 0.9  # how much a place juts out of the head's outline if it is of the face
_ROW: Final = 1024  # pixels side by side: OpenCV maps no line of more than 32767


@dataclass(frozen=True, slots=True, eq=False)
class Overlap:
    """Pixels that are inverted one by one."""

    rows: NDArray[np.intp]  # [N] of the grid's picture
    columns: NDArray[np.intp]  # [N]
    q: Floats  # [N, 2] px where they came from under the pose
    source: Floats  # [N, 2] px where they came from
    face: NDArray[np.bool_]  # [N] those that show the face

    def put(
        self, at: Floats, corner: tuple[int, int], but: tuple[Floats, Floats] | None = None
    ) -> None:
        """Write the sources into `at` [h, w, 2], a part of the grid's picture from a corner on.

        Not those that the pose took from between the corners `but` [2] px.
        """
        (rows, columns), here = self._within(at.shape, corner)
        source = self.source[here]
        if but is not None:
            q = self.q[here]
            free = ((q < but[0]) | (q > but[1])).any(-1)
            rows, columns, source = rows[free], columns[free], source[free]
        at[rows, columns] = source

    def bare_face(self, hidden: Frame, corner: tuple[int, int]) -> None:
        """Write 0 into `hidden` [h, w], a part of the grid's picture, where the face is shown."""
        where, here = self._within(hidden.shape, corner)
        hidden[where] *= ~self.face[here]

    def _within(
        self, shape: tuple[int, ...], corner: tuple[int, int]
    ) -> tuple[tuple[NDArray[np.intp], NDArray[np.intp]], NDArray[np.bool_]]:
        rows, columns = self.rows - corner[0], self.columns - corner[1]
        here = (rows >= 0) & (rows < shape[0]) & (columns >= 0) & (columns < shape[1])
        return (rows[here], columns[here]), here


def find_overlap(
    grid: Grid,
    forward: Floats,
    q: Floats,
    pose: PoseField,
    before: Callable[[Floats], Floats],
) -> Overlap | None:
    """Return the pixels where the pose lays the head over what is behind it, or None.

    Parameters
    ----------
    grid : Grid
        Of rows x cols cells.
    forward : array, shape [rows, cols, 2]
        Displacement of the pose, px.
    q : array, shape [rows, cols, 2]
        Its inverse at the nodes, px.
    pose : PoseField
        It tells what follows the head, and how much of it is face.
    before : callable
        Takes places [h, w, 2] px under the pose to where the expression took them from.
    """
    cells = _torn(q, grid.step)
    if not cells.any():
        return None
    step = grid.step
    nodes = grid.nodes()
    row, column = np.nonzero(cells)
    inner = np.indices((step, step)).reshape(2, -1)
    rows = (row[:, None] * step + inner[0]).ravel()
    columns = (column[:, None] * step + inner[1]).ravel()
    at = np.stack([columns + grid.x0, rows + grid.y0], -1).astype(np.float32)
    head = _headmost(grid.sample(pose.follow[..., 0], q), np.stack([row, column], -1))
    head = np.repeat(head, step * step, axis=0)
    guess = q[head[:, 0], head[:, 1]] + (at - nodes[head[:, 0], head[:, 1]])
    from_head = _solved(grid, forward, at, guess)
    found = longer_side(from_head + _at(grid, forward, from_head) - at) < TRUE_PX
    found &= _at(grid, growth(forward, step)[..., None], from_head)[:, 0] > AT_FOLD
    behind = _solved(grid, forward, at, at)
    under_pose = np.where(found[:, None], from_head, behind)
    source = before(lined(under_pose)).reshape(-1, 2)[: len(at)]
    face = found & (_at(grid, pose.surface.jutting[..., None], under_pose)[:, 0] > FACE)
    return Overlap(rows, columns, under_pose, source, face)


def _torn(q: Floats, step: int) -> NDArray[np.bool_]:
    """Return the cells, [rows, cols], beside which sources jump."""
    apart = np.zeros(q.shape[:2], np.bool_)
    for axis in (0, 1):
        jump = longer_side(np.diff(q, axis=axis)) > JUMP * step
        first = jump.nonzero()
        for k in range(1 - BESIDE, 1 + BESIDE):
            index = list(first)
            index[axis] = np.clip(first[axis] + k, 0, q.shape[axis] - 1)
            apart[index[0], index[1]] = True
    return apart


def _headmost(follows: Floats, near: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return the node [N, 2] among those around each of `near` [N, 2] that is most of the head."""
    rows, cols = follows.shape
    around = np.indices((2 * BESIDE + 1, 2 * BESIDE + 1)).reshape(2, -1).T - BESIDE
    places = near[:, None] + around
    places = np.clip(places, 0, (rows - 1, cols - 1))
    # The nearest of those that follow the head about as much as any: their guess is the best.
    follow = follows[places[..., 0], places[..., 1]]
    far = np.hypot(*around.T) + 100 * (follow < follow.max(1, keepdims=True) - ALIKE)
    score = -far
    return np.take_along_axis(places, score.argmax(1)[:, None, None], axis=1)[:, 0]


def growth(forward: Floats, step: int) -> Floats:
    """Return by how much the area of places grows, [rows, cols]: 0 where the map folds over."""
    slope_y, slope_x = (np.asarray(a) for a in np.gradient(forward, np.float32(step), axis=(0, 1)))
    return (1 + slope_x[..., 0]) * (1 + slope_y[..., 1]) - slope_x[..., 1] * slope_y[..., 0]


def lined(values: Floats) -> Floats:
    """Return values [N, C] as a picture of lines, [M, ``_ROW``, C], the last value repeated."""
    n = len(values)
    full = -(-n // _ROW) * _ROW
    return np.concatenate([values, np.repeat(values[-1:], full - n, 0)]).reshape(
        -1, _ROW, values.shape[-1]
    )


def _at(grid: Grid, field: Floats, places: Floats) -> Floats:
    return grid.sample(field, lined(places)).reshape(-1, field.shape[-1])[: len(places)]


def _solved(grid: Grid, forward: Floats, at: Floats, guess: Floats) -> Floats:
    """Return where `at` [N, 2] came from, by Newton's method from `guess`."""
    found = invert(grid, forward, lined(at), 8, start=lined(guess))
    return found.reshape(-1, 2)[: len(at)]
