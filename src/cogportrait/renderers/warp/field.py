"""Smooth displacement fields, expression and head pose, on a coarse grid, and their inverses.

All maps are backward: for a pixel of the frame they say where to look in the portrait. The face
is first un-posed (frame -> portrait pose), then un-expressed (portrait pose -> photograph). Both
forward fields are linear in few numbers and smooth, so a grid of about fourteen cells per
interocular distance carries them, and Newton's method inverts them.
"""

from dataclasses import dataclass, replace
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from cogportrait.face import landmarks as lm
from cogportrait.face.pose import rotation
from cogportrait.face.rig import CAMERA_DISTANCE_IOD, portrait_frame
from cogportrait.face.templates import FIXED
from cogportrait.renderers.warp.glasses import skin_freedom
from cogportrait.renderers.warp.grid import Cells, Grid
from cogportrait.renderers.warp.relief import Surface, head_surface
from cogportrait.renderers.warp.sampling import (
    Floats,
    merged,
    remap_at,
    smoothstep,
    split,
)
from cogportrait.types import Portrait

EXPRESSION_ITERATIONS: Final = 3  # at most
STILL_FROM: Final = 1.45  # times the face's oval: expressions move nothing further out
POSE_ITERATIONS: Final = 14  # at most; turns up to 5 degrees need 3, of 20 and more 8 to 12
CLOSE: Final = 0.07  # cells: error of an inverse that is good enough; sampling leaves 0.06
# Where a lip's field is held to the lip's own motion, beyond its inner edge.
GAP_ANCHORS_IOD: Final = (0.06, 0.14)
# What the relief's limited slope (relief.py) takes at the rim of the face is given back in the
# middle, and on a given portrait fitted (turning.py): by how much depth counts in turns sideways,
# and up and down.
TURN_GAIN: Final = (1.22, 1.08)
# The tracker reads small turns sideways as larger than told where it reads one of 17 degrees
# (turning.py) as told: the gain of theirs, by the sine of the turn. On five faces.
EASED: Final = ((0.09, 0.29), (0.80, 1.0))
# A map of one picture shows no more: up to the first angle a head moves as told, from there on less
# and less, by the second at most; yaw and pitch, degrees.
SHOWN_DEG: Final = ((22.0, 6.0), (15.0, 4.0))
SHOWN_RATE_DEG: Final = (12.0, 8.0)
# MediaPipe's depth from nose tip to ear is 1.5 interocular distances where heads measure about
# 1.9: our choice, not checked against a survey (docs/rig.md).
DEPTH_GAIN: Final = 1.25


def _thin_plate(a: Floats, b: Floats) -> Floats:
    r2 = (a[:, :1] - b[:, 0]) ** 2 + (a[:, 1:] - b[:, 1]) ** 2
    return 0.5 * r2 * np.log(np.maximum(r2, 1e-12))


def interpolation_weights(points: Floats, at: Floats, *, smooth: float = 1e-3) -> Floats:
    """Return W [M, N] so that ``W @ values`` is the thin-plate spline of N points at M places.

    Lengths should be of order one (interocular distances). Duchon 1977; `smooth` is added to the
    diagonal against noise of the tracker.
    """
    n = len(points)
    points, at = points.astype(np.float64), at.astype(np.float64)
    k = np.zeros((n + 3, n + 3))
    k[:n, :n] = _thin_plate(points, points) + smooth * np.eye(n)
    k[:n, n:] = np.c_[np.ones(n), points]
    k[n:, :n] = k[:n, n:].T
    right = np.c_[_thin_plate(at, points), np.ones(len(at)), at]
    return right @ np.linalg.inv(k)[:, :n]


@dataclass(frozen=True, slots=True, eq=False)
class ExpressionField:
    """Linear maps from landmark displacements to grid displacements, one per lip."""

    grid: Grid
    moved: NDArray[np.intp]  # [N] landmarks that drive the field
    reached: NDArray[np.intp]  # [M] nodes that may move, of rows*cols
    upper: Floats  # [M, N] everything but lower lip and chin
    lower: Floats  # [M, N] everything but upper lip
    cells: Cells  # that hold all nodes that may move, and one still one around them
    part: Grid  # of these cells

    def displacement(self, shift_px: NDArray[np.floating]) -> tuple[Floats, Floats]:
        """Return both forward fields, [T, rows, cols, 2] px each, of shifts [T, 478, 2] px."""
        n = len(shift_px)
        s = np.asarray(shift_px[:, self.moved], np.float32).transpose(1, 0, 2).reshape(-1, 2 * n)
        out: list[Floats] = []
        for weights in (self.upper, self.lower):
            field = np.zeros((self.grid.rows * self.grid.cols, 2 * n), np.float32)
            field[self.reached] = weights @ s
            shape = (self.grid.rows, self.grid.cols, n, 2)
            out.append(np.ascontiguousarray(field.reshape(shape).transpose(2, 0, 1, 3)))
        return out[0], out[1]


def _lip_sets(portrait: Portrait) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return which landmarks belong to the part above and to the part below the mouth line."""
    turn, _, iod = portrait_frame(portrait)
    local = (portrait.landmarks_px @ turn) / iod
    corner = local[list(lm.MOUTH_CORNER)].mean(0)
    rel = local - corner
    low = (rel[:, 1] > 0) & (np.abs(rel[:, 0]) < 0.62)
    high = (rel[:, 1] < 0) & (rel[:, 1] > -0.26) & (np.abs(rel[:, 0]) < 0.40)
    for ix in lm.LIP_UPPER:
        low[ix], high[ix[1:-1]] = False, True
    for ix in lm.LIP_LOWER:
        high[ix], low[ix[1:-1]] = False, True
    return high, low


def expression_field(portrait: Portrait, grid: Grid) -> ExpressionField:
    """Return the expression field of a portrait."""
    turn, _, iod = portrait_frame(portrait)
    points = portrait.landmarks_px[:, :2].astype(np.float64)
    high, low = _lip_sets(portrait)
    free = np.ones(len(points), np.bool_)
    free[list(FIXED)] = False
    center = points[lm.FACE_OVAL].mean(0)
    oval = points[lm.FACE_OVAL]
    still = np.concatenate([center + (oval - center) * k for k in (1.30, STILL_FROM, 1.8)])
    still = np.concatenate([still, points[[*lm.OUTER_CANTHUS, *lm.INNER_CANTHUS]]])
    nodes = grid.nodes().reshape(-1, 2).astype(np.float64)
    rim = (center + (oval - center) * STILL_FROM).astype(np.float32)
    inside = [cv2.pointPolygonTest(rim, (float(x), float(y)), False) >= 0 for x, y in nodes]
    reached = np.flatnonzero(inside)
    nodes = nodes[reached]

    def weights(use: NDArray[np.bool_], lip: NDArray[np.intp], beyond: float) -> Floats:
        # Across the gap the lip's own motion goes on: left alone, the spline would overshoot
        # between corners that are pulled down and fold the lip.
        gap = np.repeat(lip[1:-1], len(GAP_ANCHORS_IOD))
        away = np.tile(GAP_ANCHORS_IOD, len(lip) - 2)[:, None] * beyond * iod
        anchors = np.concatenate([points[use], points[gap] + away * turn[:2, 1], still])
        w = interpolation_weights((anchors - center) / iod, (nodes - center) / iod)
        n = int(use.sum())
        out = np.zeros((len(nodes), len(points)))
        out[:, use] = w[:, :n]
        np.add.at(out.T, gap, w[:, n : n + len(gap)].T)
        return (freedom * out[:, free]).astype(np.float32)

    freedom = skin_freedom(portrait, nodes)[:, None]
    moved = np.flatnonzero(free)
    upper = weights(free & ~low, lm.LIP_UPPER_INNER, 1.0)
    lower = weights(free & ~high, lm.LIP_LOWER_INNER, -1.0)
    cells = _around(reached, grid)
    return ExpressionField(grid, moved, reached, upper, lower, cells, grid.part(cells))


def _around(reached: NDArray[np.intp], grid: Grid) -> Cells:
    """Return the rows and columns that hold some nodes, of rows*cols, and one more on each side."""
    spans = [
        slice(max(int(at.min()) - 1, 0), min(int(at.max()) + 2, most))
        for at, most in zip(divmod(reached, grid.cols), (grid.rows, grid.cols), strict=True)
    ]
    return spans[0], spans[1]


@dataclass(frozen=True, slots=True, eq=False)
class PoseField:
    """Depth of head, hair and neck, and how much each place follows the head."""

    pivot: Floats  # [2] px
    around: Floats  # [rows, cols, 2] nodes relative to the pivot, px
    surface: Surface
    follow: Floats  # [rows, cols, 1] 1 head .. 0 shoulders and background
    turn: Floats  # [3, 3] photographed rotation
    iod: float
    gain: tuple[float, float]  # by which depth counts sideways, up and down

    def rotations(self, head_deg: NDArray[np.floating]) -> Floats:
        """Return what head angles [T, 3] do in the picture's frame, [T, 3, 3]."""
        out = (self.turn @ rotation(shown_deg(head_deg)) @ self.turn.T).astype(np.float32)
        out[~np.any(head_deg, axis=1)] = np.eye(3, dtype=np.float32)
        return out

    def displacement(self, delta: Floats, shift_iod: NDArray[np.floating]) -> Floats:
        """Return the forward field [rows, cols, 2] px of a rotation [3, 3] and translation [3]."""
        if np.array_equal(delta, np.eye(3)) and not np.any(shift_iod):
            return np.zeros_like(self.around)
        push = delta[:2, 2] * np.array(self.gain, np.float32)
        push[0] *= np.interp(abs(delta[0, 2]), *EASED)
        rolled = _in_plane(delta)
        moved = self.around @ (delta[:2, :2] - rolled).T
        moved *= self.surface.face_width
        moved += self.surface.under(-push)[..., None] * push
        moved += self.around @ rolled.T
        moved *= np.float32(1.0 / (1.0 - float(shift_iod[2]) / CAMERA_DISTANCE_IOD))
        moved += np.array([shift_iod[0], -shift_iod[1]], np.float32) * np.float32(self.iod)
        moved -= self.around
        moved *= self.follow
        return moved

    def outline_place(self, delta: Floats, shift_iod: NDArray[np.floating]) -> Floats:
        """Return where nodes of the outline came from, [rows, cols, 2] px: turns leave it alone."""
        grown = 1.0 / (1.0 - float(shift_iod[2]) / CAMERA_DISTANCE_IOD)
        shift = np.array([shift_iod[0], -shift_iod[1]]) * self.iod
        back = (_in_plane(delta).T / grown).astype(np.float32)
        moved = (self.around - shift.astype(np.float32)) @ back.T
        moved -= self.around
        moved *= self.follow
        moved += self.around
        moved += self.pivot
        return moved


def eyes_moved(portrait: Portrait, points_px: NDArray[np.floating]) -> tuple[Floats, Floats]:
    """Return the corners of both eyes in the portrait, and by how far they move, [4, 2] px."""
    corners = [*lm.OUTER_CANTHUS, *lm.INNER_CANTHUS]
    at = portrait.landmarks_px[corners, :2]
    return at, points_px[corners, :2] - at


def landed(
    pose: PoseField,
    grid: Grid,
    forward: Floats,
    eyes: tuple[Floats, Floats],
    shift_iod: NDArray[np.floating],
) -> NDArray[np.floating]:
    """Bring the eyes to where keypoints have them; return the head's translation with it, [3].

    The relief's gain makes the tracker read a turn as told, and slides the face too far by it.
    `forward` [rows, cols, 2] px is changed.
    """
    if not forward.any():
        return shift_iod
    at, wanted = eyes
    missing = (wanted - grid.sample(forward, at)[:, 0]).mean(0, dtype=np.float64)
    forward += missing.astype(np.float32) * pose.follow
    x, y = missing / pose.iod
    return shift_iod + np.array([x, -y, 0.0])


def shown_deg(head_deg: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return the head angles [T, 3] that are drawn for commanded ones: far ones are held back."""
    shown = np.array(head_deg, np.float64)
    for axis, ((free, more), rate) in enumerate(zip(SHOWN_DEG, SHOWN_RATE_DEG, strict=True)):
        over = np.maximum(np.abs(shown[:, axis]) - free, 0)
        held = np.minimum(np.abs(shown[:, axis]), free) + more * np.tanh(over / rate)
        shown[:, axis] = np.sign(shown[:, axis]) * held
    return shown


def _in_plane(delta: Floats) -> Floats:
    """Return the part of a rotation [3, 3] in the picture's plane, [2, 2]."""
    angle = np.arctan2(delta[1, 0] - delta[0, 1], delta[0, 0] + delta[1, 1])
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c, -s], [s, c]], np.float32)


def pose_field(portrait: Portrait, grid: Grid, person: Floats) -> PoseField:
    """Return the pose field of a portrait: face relief from landmarks, the rest a ball.

    The outline of hair lies at the depth of the pivot, so turning the head leaves it in place, as
    it does for a ball; the neck follows less and less down to the shoulders.
    """
    turn, pivot, iod = portrait_frame(portrait)
    p = portrait.landmarks_px[:468].astype(np.float64)
    center = p[lm.FACE_OVAL, :2].mean(0)
    oval = p[lm.FACE_OVAL, :2]
    p = p[::2]  # every other landmark tells the relief as well
    rim = np.concatenate([center + (oval - center) * k for k in (1.45, 1.9, 2.6)])
    nodes = grid.nodes().astype(np.float64)
    flat = nodes.reshape(-1, 2)
    depth = np.concatenate([p[:, 2], np.full(len(rim), pivot[2])])
    anchors = np.concatenate([p[:, :2], rim])
    # More smoothing than for expression: a relief too steep would fold over when turned.
    w = interpolation_weights((anchors - center) / iod, (flat - center) / iod, smooth=4e-3)
    z = DEPTH_GAIN * (w @ (depth - pivot[2])).reshape(grid.rows, grid.cols)
    around = (nodes - pivot[:2]).astype(np.float32)
    follow = _follow(nodes, portrait, iod)[..., None].astype(np.float32)
    surface = head_surface(portrait, grid, z, person)
    return PoseField(pivot[:2].astype(np.float32), around, surface, follow, turn, iod, TURN_GAIN)


def with_gain(pose: PoseField, gain: tuple[float, float]) -> PoseField:
    """Return the field with another gain of depth."""
    return replace(pose, gain=gain)


def _follow(nodes: Floats, portrait: Portrait, iod: float) -> Floats:
    """Return how much each node follows the head: 1 inside an ellipse around it, fading outward."""
    p = portrait.landmarks_px.astype(np.float64)
    up = p[lm.FOREHEAD_TOP, :2] - p[lm.CHIN, :2]
    tall = float(np.linalg.norm(up))
    e_up = up / tall
    e_right = np.array([-e_up[1], e_up[0]])
    half = float(np.ptp(p[lm.FACE_OVAL, :2] @ e_right)) / 2
    middle = (p[lm.FOREHEAD_TOP, :2] + p[lm.CHIN, :2]) / 2
    rel = nodes - middle
    x, y = rel @ e_right, rel @ e_up
    radius_y = np.where(y > 0, 0.5 * tall + 0.75 * iod, 0.5 * tall + 0.05 * iod)
    inside = np.hypot(x / (half + 0.45 * iod), y / radius_y)
    # How far beyond the ellipse, as a share of its radius: less above, more toward the neck.
    reach = 0.65 - 0.10 * np.tanh(y / (0.5 * iod))
    return 1 - smoothstep((inside - 1.0) / reach)


def invert(
    grid: Grid, forward: Floats, at: Floats, iterations: int, start: Floats | None = None
) -> Floats:
    """Return where `at` [h, w, 2] px came from under ``x -> x + forward(x)``.

    Newton's method from `start`, or from `at` itself, until every place is within ``CLOSE``; the
    2 x 2 Jacobians come from differences on the grid.
    """
    if not np.any(forward):
        return at
    slope_y, slope_x = np.gradient(forward, np.float32(grid.step), axis=(0, 1))
    slopes = np.concatenate([slope_x, slope_y], -1).astype(np.float32)
    source = at if start is None else start
    for i in range(iterations):
        there = grid.columns_and_rows(source)
        error = source + remap_at(forward, there) - at
        if i > 2 and float(np.abs(error).max()) < CLOSE * grid.step:
            break
        a, c, b, d = split(remap_at(slopes, there))  # du/dx dv/dx du/dy dv/dy
        a += 1
        d += 1
        det = np.maximum(a * d - b * c, np.float32(0.08))
        ex, ey = split(error)
        step = merged((d * ex - b * ey) / det, (a * ey - c * ex) / det)
        source = source - np.clip(step, -4 * grid.step, 4 * grid.step)
    return source
