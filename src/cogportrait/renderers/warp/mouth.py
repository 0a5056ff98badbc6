"""The mouth: two lips that part over a plausible interior.

Coordinates are the mouth's own: ``u`` along the corners toward the image's right and ``v`` across,
downward, both in mouth widths from the middle of the corners of the photograph. A photograph with
an open mouth keeps what it shows between the lips, fixed to the skull; what it does not show is
painted (:mod:`cogportrait.renderers.warp.inside`).
"""

from dataclasses import dataclass, replace
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from cogportrait.face import landmarks as lm
from cogportrait.renderers.warp.inside import (
    InsideColors,
    inside_colors,
    lip_color,
    paint_inside,
)
from cogportrait.renderers.warp.sampling import (
    Floats,
    along_axes,
    blur,
    lay,
    monotone_curve,
    per_channel,
    remap,
    rise,
    smoothstep,
    split,
)
from cogportrait.renderers.warp.teeth import (
    LEAST_TOOTH,
    PLATE_U,
    PLATE_V,
    photographed_inside,
    tooth_row,
)
from cogportrait.types import Frame, Portrait

SAMPLES: Final = 121
U_HALF: Final = 0.75
OPEN_AT_REST: Final = 0.045  # mouth widths: a wider gap in the photograph is an open mouth
# In a dark or toothless mouth the tracker sets the lower lip's edge too high, so what lies between
# the lips is looked for in the pixels as well. A photograph shows an open mouth there if the gap is
# this wide with what the tracker does not see, and this much of that is as dark as a hole; lips
# that meet have a dark line between them, drawn ones a broader and lighter one.
SEEN_OPEN: Final = 0.055  # mouth widths: 0.059 and 0.065 in the one such portrait of 15
DARK_DEPTH: Final = 0.010  # mouth widths: 0.015 and 0.027 there, at most 0.005 in the others
DARK_HOLE: Final = 0.45  # of the lip's own brightness
DARK_INSIDE: Final = 0.65  # of the lip's own brightness
TOOTH_OVER_LIP: Final = 1.25  # of the lip's brightness: so light it is one after all
LIP_RED: Final = 0.05  # (r - g) / (r + g + b) from which on paler places are teeth
ACTIVE_FROM: Final = 0.004
ACTIVE_FULL: Final = 0.020
SEAM_GAP: Final = 0.035  # mouth widths: lips closer than this meet
SEAM_COVER: Final = 0.85  # brightness over the lips' of the rim that turns inward beside the line
SEAM_WIDTH: Final = 0.020  # mouth widths, standard deviation times the square root of 2
LIP_LINE: Final = 0.42  # brightness of the line where they meet over the lips'
LINE_WIDTH: Final = 0.009
THIN: Final = 0.13  # mouth widths: photographed teeth between lips that are parted by less
FULL_ROW: Final = 0.7  # share of the mouth's width from which seen teeth are the whole row
THIN_UNTIL: Final = 1.0  # of how far lips are parted in the photograph, up to which they stay
THIN_GONE: Final = 1.35  # of that, from which painted ones have taken their place
LIFTED: Final = (0.05, 0.25)  # or where the upper lip has risen by this share of the gap
THIN_FROM: Final = (0.4, 0.8)  # and before: lips that nearly meet would show the middle of it
SHADED: Final = 0.5  # share of the teeth's usual color in what is painted beside such a strip
HOLE_RED: Final = 0.6  # how red the inside of a photographed gray hole is, 1 as red as any
SLIT: Final = 0.08  # mouth widths: between lips closer than this light fades
SLIT_LIGHT: Final = 0.28  # brightness over the lips' between lips that nearly meet
TOOTH_SHOW: Final = 0.062  # mouth widths by which upper teeth hang below the closed lip line


@dataclass(frozen=True, slots=True, eq=False)
class MouthLayer:
    """What does not change from frame to frame."""

    origin: Floats  # [2] px
    across: Floats  # [2]
    down: Floats  # [2]
    width: float
    inset: tuple[Floats, Floats]  # [11] by which the upper, lower lip's edge lies below its points
    open_at_rest: bool
    colors: InsideColors
    hang: float  # v down to which painted upper teeth reach; far up where there are none
    plate: Floats  # [h, w, 3] interior of the photograph, float
    plate_known: Floats  # [h, w] where the photograph shows it
    plate_until: float  # mouth widths: between lips farther apart it gives way to painted teeth
    bared_to: float  # v up to which the photograph bares it in the middle
    lip: Floats  # [3] colour of the lower lip
    shade: Floats  # [3] that colour with less light, which has gone through skin: redder
    slit: float  # mouth widths: between lips closer than this light fades
    rest: Floats  # [22, 2] inner lip points, u, v


@dataclass(frozen=True, slots=True, eq=False)
class MouthMotion:
    """The mouth in one frame, on ``linspace(-U_HALF, U_HALF, SAMPLES)``."""

    upper: Floats  # inner edge of the upper lip, v(u)
    lower: Floats
    left: float  # u of the corners
    right: float
    jaw: float  # how far the lower teeth went down, mouth widths
    active: float


_GAP: Final = (0.3, 0.45, 0.6, 0.75)  # of the way from the upper to the lower lip


def _coordinates(layer_axes: tuple[Floats, Floats, Floats, float], points: Floats) -> Floats:
    origin, across, down, width = layer_axes
    rel = points[..., :2] - origin
    return np.stack([rel @ across, rel @ down], -1) / width


def build_mouth(portrait: Portrait) -> MouthLayer:
    """Return the mouth layer of a portrait."""
    p = portrait.landmarks_px.astype(np.float64)[:, :2]
    a, b = p[lm.MOUTH_CORNER[1]], p[lm.MOUTH_CORNER[0]]  # image left to right
    width = float(np.linalg.norm(b - a))
    across = (b - a) / width
    down = np.array([-across[1], across[0]])
    origin = (a + b) / 2
    axes = (origin, across, down, width)
    upper = _coordinates(axes, p[lm.LIP_UPPER_INNER])
    lower = _coordinates(axes, p[lm.LIP_LOWER_INNER])
    gap = lower[:, 1] - upper[:, 1]
    is_open = bool(gap.max() > OPEN_AT_REST)
    half = np.zeros_like(gap) if is_open else gap / 2
    inset = half, -half
    unseen = _unseen_gap(portrait.image, p, width, DARK_INSIDE)
    hole = _unseen_gap(portrait.image, p, width, DARK_HOLE)
    if np.median((gap + unseen)[2:-2]) > SEEN_OPEN and np.median(hole[2:-2]) > DARK_DEPTH:
        is_open = True
    if is_open:
        inset = np.zeros_like(gap), unseen
    edges = upper + _down(inset[0]), lower + _down(inset[1])
    colors = inside_colors(portrait.image, p)
    lip = lip_color(portrait.image, p)
    parted = float(np.max(edges[1][:, 1] - edges[0][:, 1]))
    below_lip = float(np.clip(gap[5], TOOTH_SHOW, 1.5 * TOOTH_SHOW))
    hang = float(upper[5, 1]) + below_lip
    shown = None
    if is_open:
        tooth, hole_color = _between(portrait.image, axes, edges, lip)
        least = min(LEAST_TOOTH * colors.tooth.mean(), TOOTH_OVER_LIP * lip.mean())
        if tooth.mean() > least:
            # Painted beside those that are seen; further down they would be a second row.
            hang = float(edges[1][3:8, 1].min()) - 0.01
            shown = tooth, lip
            if parted < THIN:  # it lies in the lip's shade
                tooth = tooth + SHADED * (colors.tooth - tooth)
            colors = replace(colors, tooth=tooth.astype(np.float32))
        elif hole_color is not None:
            hang, shown = -1.0, (None, lip)
            dark = float(np.clip(hole_color.mean() / colors.cavity.mean(), 0.4, 1.0))
            tongue = (dark * colors.tongue).astype(np.float32)
            red = hole_color.mean() * colors.cavity / colors.cavity.mean()
            cavity = hole_color + HOLE_RED * (red - hole_color)  # further in than what is seen
            colors = replace(colors, cavity=cavity.astype(np.float32), tongue=tongue)
    slit = 0.75 * min(SLIT, parted) if is_open else SLIT  # as light as photographed
    plate, known = photographed_inside(portrait.image, axes, edges, shown)
    few = shown is not None and (parted < THIN or tooth_row(known) < FULL_ROW)
    until = THIN_UNTIL * parted if few else np.inf  # some teeth say nothing of the rest
    return MouthLayer(
        origin, across, down, width, inset, is_open, colors, hang, plate, known, until,
        float(edges[0][5, 1]), lip, lip * np.sqrt(colors.cavity / colors.cavity.mean()), slit,
        np.concatenate([upper, lower]),
    )  # fmt: skip


def _down(v: Floats) -> Floats:
    return np.stack([np.zeros_like(v), v], -1)


def _unseen_gap(image: Frame, p: Floats, width: float, dark: float) -> Floats:
    """Return how far below the lower lip's tracked edge the picture still shows no lip, [11].

    From the tracked edge toward the middle of the lip: what is darker than `dark` times the lip
    is the inside of the mouth, what is lighter and not red is a tooth. Mouth widths.
    """
    inner, outer = p[lm.LIP_LOWER_INNER], p[lm.LIP_LOWER_OUTER]
    along = np.linspace(0, 1, 41)
    at = inner[:, None] + (outer - inner)[:, None] * along[:, None]
    color = remap(blur(image, max(0.8, 0.008 * width)), at[..., 0], at[..., 1]).astype(np.float64)
    light = color.mean(-1)
    red = (color[..., 0] - color[..., 1]) / np.maximum(color.sum(-1), 1)
    lip_light, lip_red = (np.median(x[:, 20:34], axis=1)[:, None] for x in (light, red))
    tooth = (light > 1.1 * lip_light) & (red < 0.35 * lip_red) & (lip_red > LIP_RED)
    absent = (light < dark * lip_light) | tooth
    absent[:, 22:] = False
    share = np.argmin(absent, axis=1) / 40
    share[[0, -1]] = 0
    thick = np.linalg.norm(outer - inner, axis=1) / width
    return ndimage.gaussian_filter1d(ndimage.median_filter(share * thick, 3), 0.7)


def _between(
    image: Frame,
    axes: tuple[Floats, Floats, Floats, float],
    edges: tuple[Floats, Floats],
    lip: Floats,
) -> tuple[Floats, Floats | None]:
    """Return the lighter colour between parted lips, [3], and that of the hole if they show one."""
    origin, across, down, width = axes
    at = np.concatenate([edges[0][3:8] * (1 - k) + edges[1][3:8] * k for k in _GAP])
    xy = origin + width * (at[:, :1] * across + at[:, 1:] * down)
    seen = remap(image, xy[None, :, 0], xy[None, :, 1])[0].astype(np.float64)
    is_hole = np.median(seen.mean(-1)) < DARK_INSIDE * lip.mean()
    hole = np.quantile(seen, 0.25, axis=0) if is_hole else None
    return np.quantile(seen, 0.8, axis=0), hole


def mouth_motion(layer: MouthLayer, face_px: NDArray[np.floating]) -> MouthMotion:
    """Return the motion of the mouth from landmarks [478, 3] in the portrait's own pose."""
    axes = (layer.origin, layer.across, layer.down, layer.width)
    face = np.asarray(face_px, np.float64)
    upper = _coordinates(axes, face[lm.LIP_UPPER_INNER])
    lower = _coordinates(axes, face[lm.LIP_LOWER_INNER])
    moved = float(np.abs(np.concatenate([upper, lower]) - layer.rest).max())
    active = float(np.clip((moved - ACTIVE_FROM) / (ACTIVE_FULL - ACTIVE_FROM), 0, 1))
    jaw = max(0.0, float(lower[5, 1] - layer.rest[16, 1]))
    upper[:, 1] += layer.inset[0]
    lower[:, 1] += layer.inset[1]
    grid = np.linspace(-U_HALF, U_HALF, SAMPLES)
    left, right = float(upper[0, 0]), float(upper[-1, 0])
    top, bottom = _edge(grid, upper), _edge(grid, lower)
    meet = np.minimum(top, bottom)
    crossed = bottom < top
    middle = (top + bottom) / 2
    top, bottom = np.where(crossed, middle, meet), np.where(crossed, middle, bottom)
    return MouthMotion(top, bottom, left, right, jaw, active)


def _edge(grid: Floats, points: Floats) -> Floats:
    """Return a lip's inner edge v(u) through its points [11, 2], flat beyond the corners."""
    u = np.maximum.accumulate(points[:, 0] + np.arange(len(points)) * 1e-6)
    line = monotone_curve(u, points[:, 1], grid)
    return blur(line[None], 2.0)[0]


def lower_share(layer: MouthLayer, motion: MouthMotion, q: Floats, soft_px: float) -> Floats:
    """Return how much each place [h, w, 2] px belongs to the lower lip's field, 0..1.

    Sharp (over `soft_px`) at the mouth, ever softer to the sides, where both fields agree.
    """
    u, v = _uv(layer, q)
    middle = (motion.upper + motion.lower) / 2
    line = _lookup(np.asarray(middle[None, :, None], np.float32), u)
    beyond = np.maximum(np.maximum(u - np.float32(motion.right), np.float32(motion.left) - u), 0)
    soft = np.float32(soft_px / layer.width) + np.float32(1.1) * beyond
    return np.clip((v - line) / (2 * soft) + np.float32(0.5), 0, 1)


def _uv(layer: MouthLayer, q: Floats) -> tuple[Floats, Floats]:
    return along_axes(q, layer.origin, (layer.across / layer.width, layer.down / layer.width))


def _lookup(table: Floats, u: Floats) -> Floats:
    x = (u + np.float32(U_HALF)) * np.float32((SAMPLES - 1) / (2 * U_HALF))
    return remap(table, x, np.zeros_like(x))


def lip_corners(points_px: NDArray[np.floating]) -> tuple[Floats, Floats]:
    """Return the corners [2] px of a box around the lips."""
    lips = np.concatenate([points_px[lm.LIP_UPPER_OUTER], points_px[lm.LIP_LOWER_OUTER]])[:, :2]
    return lips.min(0), lips.max(0)


def mouth_box(points_px: NDArray[np.floating]) -> tuple[int, int, int, int]:
    """Return the region x0, y0, x1, y1 of a frame in which lips meet."""
    low, high = lip_corners(points_px)
    w = float(high[0] - low[0])
    return (
        round(low[0] - 0.30 * w), round(low[1] - 0.15 * w),
        round(high[0] + 0.30 * w), round(high[1] + 0.20 * w),
    )  # fmt: skip


def draw_seam(layer: MouthLayer, motion: MouthMotion, color: Floats, q: Floats) -> None:
    """Draw the line where lips meet that were parted in the photograph, into `color`.

    The lips' inner edges, cut out of a picture that shows teeth, keep a sliver of them.
    """
    if not layer.open_at_rest:
        return
    u, v = _uv(layer, q)
    table = np.stack([motion.upper, motion.lower], -1)[None].astype(np.float32)
    upper, lower = split(_lookup(table, u))
    sealed = np.clip(1 - (lower - upper) / np.float32(SEAM_GAP), 0, 1)
    within = np.clip((np.float32(motion.right) - u) * 20, 0, 1)
    within *= np.clip((u - np.float32(motion.left)) * 20, 0, 1)
    off = np.abs(v - (upper + lower) / 2)
    share = np.float32(motion.active) * sealed * within
    rim, meet = SEAM_COVER * layer.lip, LIP_LINE * layer.shade
    for width, tone, most in ((SEAM_WIDTH, rim, 0.9), (LINE_WIDTH, meet, 0.8)):
        line = np.exp(-((off / np.float32(max(width, 0.8 / layer.width))) ** 2))
        lay(color, np.float32(most) * share * line, tone)


def draw_interior(layer: MouthLayer, motion: MouthMotion, color: Floats, q: Floats) -> None:
    """Paint what shows between the lips into `color` [h, w, 3], float 0..255."""
    u, v = _uv(layer, q)
    table = np.stack([motion.upper, motion.lower], -1)[None].astype(np.float32)
    upper, lower = split(_lookup(table, u))
    edge = np.float32(max(layer.width * 0.6, 1.0))
    share = np.clip((v - upper) * edge + 0.5, 0, 1) * np.clip((lower - v) * edge + 0.5, 0, 1)
    share *= np.clip((lower - upper) * edge * 1.2 - 0.6, 0, 1)
    share *= np.clip((np.float32(motion.right) - u) * 25, 0, 1)
    share *= np.clip((u - np.float32(motion.left)) * 25, 0, 1)
    share *= np.float32(motion.active)
    if float(share.max()) < 0.01:
        return
    center = (motion.left + motion.right) / 2
    inside = paint_inside(
        layer.colors, (u, v), (upper, lower), center=center, jaw=motion.jaw, hang=layer.hang
    )
    apart = float(np.max(motion.lower - motion.upper)) / layer.plate_until
    if layer.open_at_rest and apart < THIN_GONE:
        painted = inside
        inside = _with_plate(layer, inside, u, v)
        few = np.isfinite(layer.plate_until)  # it fits lips as far apart as in the photograph
        closer = 1 - rise((apart - THIN_FROM[0]) / (THIN_FROM[1] - THIN_FROM[0])) if few else 0.0
        wider = rise((apart - 1) / (THIN_GONE - 1))
        # A lip that has risen bares what is above them, which a few teeth say nothing of.
        lifted = (layer.bared_to - float(motion.upper[SAMPLES // 2])) / layer.plate_until
        higher = rise((lifted - LIFTED[0]) / (LIFTED[1] - LIFTED[0]))
        inside += np.float32(max(closer, wider, higher)) * (painted - inside)
    lit = smoothstep((lower - upper) / np.float32(layer.slit))
    dark = (SLIT_LIGHT * layer.shade).astype(np.float32)
    lay(inside, 1 - lit, dark)
    lay(color, share, inside)


def _with_plate(layer: MouthLayer, color: Floats, u: Floats, v: Floats) -> Floats:
    """Return `color` under what the photograph shows between the lips."""
    rows, cols = layer.plate.shape[:2]
    x = (u + np.float32(PLATE_U)) * np.float32((cols - 1) / (2 * PLATE_U))
    y = (v + np.float32(PLATE_V)) * np.float32((rows - 1) / (2 * PLATE_V))
    seen = remap(layer.plate, x, y)
    known = remap(layer.plate_known, x, y, border=cv2.BORDER_CONSTANT)
    return color + per_channel(known) * (seen - color)
