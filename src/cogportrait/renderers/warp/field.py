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
from scipy import ndimage

from cogportrait.face import landmarks as lm
from cogportrait.face.pose import rotation
from cogportrait.face.rig import CAMERA_DISTANCE_IOD, portrait_frame
from cogportrait.face.templates import FIXED
from cogportrait.renderers.warp.glasses import skin_freedom
from cogportrait.renderers.warp.sampling import Floats, Scalar, remap, resize, smoothstep
from cogportrait.types import Portrait

CELLS_PER_IOD: Final = 14
EXPRESSION_ITERATIONS: Final = 3
STILL_FROM: Final = 1.45  # times the face's oval: expressions move nothing further out
POSE_ITERATIONS: Final = 5
# Where a lip's field is held to the lip's own motion, beyond its inner edge.
GAP_ANCHORS_IOD: Final = (0.06, 0.14)
# The relief is made gentler the further the head turns, so that turns stay one-to-one: where the
# surface turns away from the viewer it keeps at least this share of its width.
LEAST_WIDTH: Final = 0.12
TURNS_DEG: Final = (12.0, 16.0, 20.0, 26.0, 34.0, 48.0)
# What is lost by that at the rim of the face is given back in the middle, and on a given portrait
# fitted (turning.py): by how much depth counts in turns sideways, and up and down.
TURN_GAIN: Final = (1.22, 1.08)
# MediaPipe's depth from nose tip to ear is 1.5 interocular distances where heads measure about
# 1.9: our choice, not checked against a survey (docs/rig.md).
DEPTH_GAIN: Final = 1.25


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

    def nodes(self) -> Floats:
        """Return node positions, [rows, cols, 2] px."""
        x = self.x0 + (np.arange(self.cols) + 0.5) * self.step - 0.5
        y = self.y0 + (np.arange(self.rows) + 0.5) * self.step - 0.5
        return np.stack(np.meshgrid(x, y), -1).astype(np.float32)

    def sample(self, field: Floats, at: Floats) -> Floats:
        """Return `field` [rows, cols, C] at pixel positions [..., 2], linear, edges held."""
        u = (at[..., 0] - self.x0 + 0.5) / self.step - 0.5
        v = (at[..., 1] - self.y0 + 0.5) / self.step - 0.5
        return remap(field, u, v)

    def upsample(self, field: NDArray[Scalar]) -> NDArray[Scalar]:
        """Return `field` [rows, cols, C] at every pixel of the region."""
        return resize(field, self.width, self.height, cv2.INTER_LINEAR)

    def upsample_places(self, places: Floats) -> Floats:
        """Return positions [rows, cols, 2] at every pixel; past the last nodes they go on."""
        step = self.step
        wider = np.pad(places, ((1, 1), (1, 1), (0, 0)), "reflect", reflect_type="odd")
        out = resize(wider, self.width + 2 * step, self.height + 2 * step, cv2.INTER_LINEAR)
        return out[step:-step, step:-step]


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
    return ExpressionField(grid, moved, reached, upper, lower)


@dataclass(frozen=True, slots=True, eq=False)
class PoseField:
    """Depth of head, hair and neck, and how much each place follows the head."""

    grid: Grid
    around: Floats  # [rows, cols, 2] nodes relative to the pivot, px
    depth: Floats  # [rows, cols] relative to the pivot, px, as measured
    reliefs: tuple[Floats, ...]  # [rows, cols] the same, made gentle enough for each of TURNS_DEG
    follow: Floats  # [rows, cols, 1] 1 head .. 0 shoulders and background
    turn: Floats  # [3, 3] photographed rotation
    iod: float
    gain: tuple[float, float]  # by which depth counts sideways, up and down

    def displacement(
        self, head_deg: NDArray[np.floating], shift_iod: NDArray[np.floating]
    ) -> Floats:
        """Return the forward field [rows, cols, 2] px of a pose: angles [3], translation [3]."""
        if not (np.any(head_deg) or np.any(shift_iod)):
            return np.zeros_like(self.around)
        delta = (self.turn @ rotation(head_deg) @ self.turn.T).astype(np.float32)
        moved = self.around @ delta[:2, :2].T
        relief = self._relief(float(np.hypot(head_deg[0], head_deg[1])))
        moved += relief[..., None] * (delta[:2, 2] * np.array(self.gain, np.float32))
        moved *= np.float32(1.0 / (1.0 - float(shift_iod[2]) / CAMERA_DISTANCE_IOD))
        moved += np.array([shift_iod[0], -shift_iod[1]], np.float32) * np.float32(self.iod)
        return (moved - self.around) * self.follow

    def _relief(self, turn_deg: float) -> Floats:
        """Return the depth to use for a turn, between those made for the turns next to it."""
        at = float(np.interp(turn_deg, TURNS_DEG, range(len(TURNS_DEG))))
        low = min(int(at), len(TURNS_DEG) - 2)
        share = np.float32(at - low)
        return self.reliefs[low] * (1 - share) + self.reliefs[low + 1] * share


def pose_field(portrait: Portrait, grid: Grid) -> PoseField:
    """Return the pose field of a portrait: face relief from landmarks, the rest an ellipsoid.

    Hair and ears lie at the depth of the pivot, so turning the head leaves its outline in place,
    as it does for a ball; the neck follows less and less down to the shoulders.
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
    follow = _follow(nodes, portrait, iod)
    reliefs = _reliefs(z, grid, iod, TURN_GAIN)
    follow = follow[..., None].astype(np.float32)
    return PoseField(grid, around, z, reliefs, follow, turn, iod, TURN_GAIN)


def with_gain(pose: PoseField, gain: tuple[float, float]) -> PoseField:
    """Return the field with another gain of depth, its reliefs made for it."""
    return replace(pose, gain=gain, reliefs=_reliefs(pose.depth, pose.grid, pose.iod, gain))


def _reliefs(z: Floats, grid: Grid, iod: float, gain: tuple[float, float]) -> tuple[Floats, ...]:
    """Return the depth for each of TURNS_DEG, one-to-one under that turn."""
    turns = np.deg2rad(TURNS_DEG)
    slopes = (np.cos(turns) - LEAST_WIDTH) / (max(gain) * np.sin(turns))
    return tuple(_limit_slope(z, grid.step, iod, s).astype(np.float32) for s in slopes)


def _limit_slope(z: Floats, step: int, iod: float, slope: float) -> Floats:
    """Return the deepest surface in front of `z` that is nowhere steeper than `slope`.

    Where the cheek falls away to the ear, a turned head would fold over itself and a backward map
    could not say which fold to show. A gentler slope carries some hair along instead.
    """
    reach = max(1, round(1.1 * iod / step))
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    cone = -slope * step * np.hypot(x, y)
    low = ndimage.grey_erosion(z, structure=cone, mode="nearest")
    return ndimage.gaussian_filter(low, 0.05 * iod / step, mode="nearest")


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


def invert(grid: Grid, forward: Floats, at: Floats, iterations: int) -> Floats:
    """Return where `at` [rows, cols, 2] px came from under ``x -> x + forward(x)``.

    Newton's method; the 2 x 2 Jacobians come from differences on the grid.
    """
    if not np.any(forward):
        return at
    slope_y, slope_x = np.gradient(forward, np.float32(grid.step), axis=(0, 1))
    slopes = np.concatenate([slope_x, slope_y], -1).astype(np.float32)
    source = at
    for _ in range(iterations):
        error = source + grid.sample(forward, source) - at
        a, c, b, d = np.moveaxis(grid.sample(slopes, source), -1, 0)  # du/dx dv/dx du/dy dv/dy
        a, d = 1 + a, 1 + d
        det = np.maximum(a * d - b * c, np.float32(0.12))
        ex, ey = error[..., 0], error[..., 1]
        step = np.stack([(d * ex - b * ey) / det, (a * ey - c * ex) / det], -1)
        source = source - np.clip(step, -4 * grid.step, 4 * grid.step)
    return source
