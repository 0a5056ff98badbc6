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
    TOOTH_LENGTH,
    InsideColors,
    inside_colors,
    lip_color,
    paint_inside,
)
from cogportrait.renderers.warp.sampling import (
    Floats,
    blur,
    inside_distance,
    monotone_curve,
    remap,
    smoothstep,
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
LIP_RIM: Final = 0.014  # mouth widths above the lower lip that its blurred edge takes
LEAST_TOOTH: Final = 0.60  # of a tooth's brightness in this light: darker is no tooth
TOOTH_OVER_LIP: Final = 1.25  # of the lip's brightness: so light it is one after all
TEETH_APART: Final = 0.05  # mouth widths: a narrower gap shows no teeth to carry on
LIP_RED: Final = 0.05  # (r - g) / (r + g + b) from which on paler places are teeth
ACTIVE_FROM: Final = 0.004
ACTIVE_FULL: Final = 0.020
SEAM_GAP: Final = 0.035  # mouth widths: lips closer than this meet
SEAM_COVER: Final = 0.85  # brightness over the lips' of the rim that turns inward beside the line
SEAM_WIDTH: Final = 0.020  # mouth widths, standard deviation times the square root of 2
LIP_LINE: Final = 0.42  # brightness of the line where they meet over the lips'
LINE_WIDTH: Final = 0.009
TEETH_FADE: Final = 0.015  # mouth widths over which photographed teeth go over into painted ones
HOLE_FADE: Final = 0.07  # and a photographed hole into the painted one
SLIT: Final = 0.08  # mouth widths: between lips closer than this light fades
SLIT_LIGHT: Final = 0.28  # brightness over the lips' between lips that nearly meet
GUM_BLUR: Final = 0.06  # mouth widths along which gums take the teeth's color
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
_PLATE_U: Final = 0.62
_PLATE_V: Final = 0.50
_GUM_REACH: Final = 0.14  # mouth widths of teeth and gums above what the photograph shows


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
    below_lip = float(np.clip(gap[5], TOOTH_SHOW, 1.5 * TOOTH_SHOW))
    hang = float(upper[5, 1]) + below_lip
    shown = None
    if is_open:
        tooth, hole_color = _between(portrait.image, axes, edges, lip)
        least = min(LEAST_TOOTH * colors.tooth.mean(), TOOTH_OVER_LIP * lip.mean())
        if tooth.mean() > least:
            # Painted beside those that are seen; further down they would be a second row.
            hang = float(edges[1][3:8, 1].min()) - 0.01
            colors, shown = replace(colors, tooth=tooth.astype(np.float32)), (tooth, lip)
        elif hole_color is not None:
            hang, shown = -1.0, (None, lip)
            dark = float(np.clip(hole_color.mean() / colors.cavity.mean(), 0.4, 1.0))
            tongue = (dark * colors.tongue).astype(np.float32)
            colors = replace(colors, cavity=hole_color.astype(np.float32), tongue=tongue)
    parted = float(np.max(edges[1][:, 1] - edges[0][:, 1]))
    slit = 0.75 * min(SLIT, parted) if is_open else SLIT  # as light as photographed
    plate, known = _rest_interior(portrait.image, axes, edges, shown)
    return MouthLayer(
        origin, across, down, width, inset, is_open, colors, hang, plate, known,
        lip, lip * np.sqrt(colors.cavity / colors.cavity.mean()), slit,
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


def _rest_interior(
    image: Frame,
    axes: tuple[Floats, Floats, Floats, float],
    edges: tuple[Floats, Floats],
    colors: tuple[Floats | None, Floats] | None,
) -> tuple[Floats, Floats]:
    """Return what the photograph shows between the lips' edges, and where it does.

    `colors` are those of its teeth, if any are seen, and of its lips; None where lips are closed
    or too little is seen between them.
    """
    origin, across, down, width = axes
    cols = int(np.clip(2 * _PLATE_U * width, 64, 1024))
    mouth_width = cols / (2 * _PLATE_U)
    rows = int(np.clip(2 * _PLATE_V * width, 52, 826))
    u, v = np.meshgrid(
        np.linspace(-_PLATE_U, _PLATE_U, cols), np.linspace(-_PLATE_V, _PLATE_V, rows)
    )
    xy = origin + width * (u[..., None] * across + v[..., None] * down)
    plate = remap(image, xy[..., 0], xy[..., 1]).astype(np.float32)
    if colors is None:
        return plate, np.zeros(plate.shape[:2], np.float32)
    top, bottom = (np.interp(u, *edge.T) for edge in edges)
    inside = (v > top + 0.004) & (v < bottom - LIP_RIM) & (np.abs(u) < 0.5)
    above = (v <= top + 0.004) & (v > top - _GUM_REACH) & (np.abs(u) < 0.46)
    above &= bottom - top > TEETH_APART
    teeth, lips = colors
    if teeth is not None:
        far = np.linalg.norm(plate - teeth, axis=-1)
        teeth_like = inside & (far < np.linalg.norm(plate - lips, axis=-1))
        inside &= np.arange(rows)[:, None] < _even_edge(teeth_like, mouth_width)
        # Only columns of teeth stay and go on upward; dark corners would look like gaps.
        light = np.where(inside, plate.mean(-1), 0).sum(0) / np.maximum(inside.sum(0), 1)
        bright = blur(light[None], 0.02 * cols)[0] > LEAST_TOOTH * teeth.mean()
        inside, above = inside & bright, above & bright
    plate = _extend_upward(plate, inside)
    # A lip that rises uncovers more of the same teeth and gums, not a hole.
    inside |= above
    distance = inside_distance(inside)
    fade = TEETH_FADE if teeth is not None else HOLE_FADE
    return plate, np.clip(distance / max(2.0, fade * mouth_width), 0, 1).astype(np.float32)


def _even_edge(inside: NDArray[np.bool_], mouth_width: float) -> Floats:
    """Return the row down to which each column shows upper teeth, [cols].

    An even line: what hangs out below it is a lower tooth or the lip.
    """
    rows, cols = inside.shape
    some = np.flatnonzero(inside.any(0))
    if not some.size:
        return np.zeros(cols)
    last = rows - inside[::-1].argmax(0)
    line = np.interp(np.arange(cols), some, last[some])
    line = ndimage.percentile_filter(line, 40, max(3, round(0.12 * mouth_width)))
    return ndimage.gaussian_filter1d(line.astype(np.float64), 0.03 * mouth_width)


def _extend_upward(plate: Floats, inside: NDArray[np.bool_]) -> Floats:
    """Return the plate with every column's topmost seen colours carried up, reddening to gums."""
    rows, cols = inside.shape
    skip = max(2, round(0.012 * cols))
    tall = inside.sum(0)
    # The lip's shadow at the top is left out, as far as something remains.
    first = inside.argmax(0) + np.minimum(skip, tall // 3)
    first = np.where(tall > 0, first, rows - 1)
    last = np.where(tall > 0, inside.argmax(0) + tall * 9 // 20, rows - 1)
    y = np.arange(rows)[:, None]
    # Teeth are mirrored about the edge, so that their texture goes on, but no lip with them.
    source = np.where(y < first, np.minimum(2 * first - y, np.maximum(last, first)), y)
    grown = np.take_along_axis(plate, source[..., None].repeat(3, 2), axis=0)
    mouth_width = cols / (2 * _PLATE_U)
    covered = np.maximum(TOOTH_LENGTH * mouth_width - tall, 0.04 * mouth_width)
    up = np.clip((first - y - 0.5 * covered) / (0.5 * covered), 0, 1)[..., None]
    # Gums know nothing of the gaps between teeth.
    wide = ndimage.gaussian_filter1d(grown, GUM_BLUR * mouth_width, axis=1, mode="nearest")
    gum = wide * np.array([0.92, 0.66, 0.64])
    return blur((grown + up * (gum - grown)).astype(np.float32), 0.8)


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
    rel = (q - layer.origin.astype(np.float32)) / np.float32(layer.width)
    return rel @ layer.across.astype(np.float32), rel @ layer.down.astype(np.float32)


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
    upper, lower = np.moveaxis(_lookup(table, u), -1, 0)
    sealed = np.clip(1 - (lower - upper) / np.float32(SEAM_GAP), 0, 1)
    within = np.clip((np.float32(motion.right) - u) * 20, 0, 1)
    within *= np.clip((u - np.float32(motion.left)) * 20, 0, 1)
    off = np.abs(v - (upper + lower) / 2)
    share = np.float32(motion.active) * sealed * within
    rim, meet = SEAM_COVER * layer.lip, LIP_LINE * layer.shade
    for width, tone, most in ((SEAM_WIDTH, rim, 0.9), (LINE_WIDTH, meet, 0.8)):
        line = np.exp(-((off / np.float32(max(width, 0.8 / layer.width))) ** 2))
        color += (np.float32(most) * share * line)[..., None] * (tone.astype(np.float32) - color)


def draw_interior(layer: MouthLayer, motion: MouthMotion, color: Floats, q: Floats) -> None:
    """Paint what shows between the lips into `color` [h, w, 3], float 0..255."""
    u, v = _uv(layer, q)
    table = np.stack([motion.upper, motion.lower], -1)[None].astype(np.float32)
    upper, lower = np.moveaxis(_lookup(table, u), -1, 0)
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
    if layer.open_at_rest:
        inside = _with_plate(layer, inside, u, v)
    lit = smoothstep((lower - upper) / np.float32(layer.slit))
    dark = (SLIT_LIGHT * layer.shade).astype(np.float32)
    inside = dark + lit[..., None] * (inside - dark)
    color += share[..., None] * (inside - color)


def _with_plate(layer: MouthLayer, color: Floats, u: Floats, v: Floats) -> Floats:
    """Return `color` under what the photograph shows between the lips."""
    rows, cols = layer.plate.shape[:2]
    x = (u + np.float32(_PLATE_U)) * np.float32((cols - 1) / (2 * _PLATE_U))
    y = (v + np.float32(_PLATE_V)) * np.float32((rows - 1) / (2 * _PLATE_V))
    seen = remap(layer.plate, x, y)
    known = remap(layer.plate_known, x, y, border=cv2.BORDER_CONSTANT)
    return color + known[..., None] * (seen - color)
