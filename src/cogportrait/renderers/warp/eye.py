"""One eye, layered: a still eyeball under lids whose skin slides over it.

A pixel of the frame is first carried to the portrait's own pose (``q``); everything here is a
function of its eye coordinates there. Above the upper margin the strip of lid that the photograph
shows moves with the margin, unstretched, lashes and all; what emerges above it from under the fold
is synthesized lid skin; what lies above the fold stays. Below, the lower lid's skin gives way
smoothly. Between the margins the eyeball shows.
"""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline

from cogportrait.face import landmarks as lm
from cogportrait.face.eye_geometry import EyeRest, eye_rest
from cogportrait.face.pose import head_rotation
from cogportrait.renderers.warp.eye_plates import (
    IRIS_EXTENT,
    U_HALF,
    V_HALF,
    EyePlates,
    build_plates,
    lid_shadow,
)
from cogportrait.types import Frame, Portrait

_F32 = NDArray[np.float32]
_F64 = NDArray[np.float64]
SAMPLES: Final = 161  # of the margin curves
FOLD_MARGIN: Final = 0.015  # eye widths above the landmark ring where untouched skin begins
FOLD_LEAST: Final = 0.09
LASH_BAND: Final = 0.055  # eye widths at the margin that never stretch
LOWER_BAND: Final = 0.035
LOWER_REACH: Final = 0.34  # eye widths below the margin over which the lower lid gives way
WIDEN_REACH: Final = 0.22
SEAM_BELOW: Final = 0.020  # eye widths: the shut upper lid laps over the lower rim
GLINT_FOLLOW: Final = 0.5  # of the iris: the cornea's centre lies half as far out (5.6 of 10.4 mm)
ACTIVE_FROM: Final = 0.002  # motion, eye widths, below which the photograph is shown
ACTIVE_FULL: Final = 0.020


@dataclass(frozen=True, slots=True, eq=False)
class EyeLayer:
    """Everything about one eye that does not change from frame to frame."""

    rest: EyeRest
    curve: _F64  # [SAMPLES, 9] margin points' v -> curve
    upper: _F64  # [SAMPLES] rest margins, v(u)
    lower: _F64
    fold: _F64  # [SAMPLES] from the margin up to where skin stays put: above crease and lashes
    above: _F32  # [1, SAMPLES, 3] colour of the skin just above the fold
    strip: _F32  # [1, SAMPLES, 3] colour of the lid next to its margin
    beneath: _F32  # [1, SAMPLES, 3] colour of the skin right below the lower lashes
    grain: _F32  # [h, w, 3] fine texture of the skin below the eye, zero mean
    lash: _F64  # [3] colour of the lash line
    plates: EyePlates


def _grid() -> _F64:
    return np.linspace(-U_HALF, U_HALF, SAMPLES)


def _curve_operator(u: _F64) -> _F64:
    """Return the natural cubic spline through points at `u` [9] as a matrix [SAMPLES, 9]."""
    order = np.argsort(u)
    at = np.clip(_grid(), u.min(), u.max())
    out = np.zeros((SAMPLES, len(u)))
    for i in range(len(u)):
        unit = np.zeros(len(u))
        unit[i] = 1.0
        out[:, i] = CubicSpline(u[order], unit[order], bc_type="natural")(at)
    return out


def _eye_coordinates(rest: EyeRest, points: NDArray[np.floating]) -> tuple[_F64, _F64]:
    rel = np.asarray(points, np.float64)[..., :2] - rest.origin
    return rel @ rest.across / rest.width, rel @ rest.down / rest.width


def build_eye(portrait: Portrait, side: int) -> EyeLayer:
    """Return the layer of one eye (0 left, 1 right) of a portrait."""
    turn = head_rotation(portrait.head_matrix)
    points = portrait.landmarks_px.astype(np.float64)
    rest = eye_rest(points, side, turn)
    u, v_up = _eye_coordinates(rest, rest.upper)
    _, v_low = _eye_coordinates(rest, rest.lower)
    curve = _curve_operator(u)
    upper, lower = curve @ v_up, curve @ v_low
    lower = np.maximum(lower, upper)
    ring_u, ring_v = _eye_coordinates(rest, points[lm.EYE_RING_UPPER[side][0]])
    order = np.argsort(ring_u)
    ring = np.interp(_grid(), ring_u[order], ring_v[order])
    dome = np.sqrt(np.maximum(1 - (_grid() / 0.58) ** 2, 0.0))
    fold = np.maximum(upper - ring + FOLD_MARGIN, FOLD_LEAST * dome)
    image = portrait.image
    above = _band_color(image, rest, upper - fold, (-0.05, 0.02), 0.6)
    below = _band_color(image, rest, lower, (0.10, 0.18), 0.5)
    shown = _band_color(image, rest, upper - 0.5 * fold, (-0.3, 0.3), 0.75, scale=fold)
    # Unfolded skin is lit like the skin around the eye; make-up of the lid tints its lower part.
    above = _unless_hidden(above, below)
    lit = (above + below) / 2
    strip = 0.25 * np.maximum(shown, 0.88 * lit) + 0.75 * lit
    beneath = _band_color(image, rest, lower, (0.07, 0.13), 0.5)
    lash = _lash_color(image, rest, upper)
    grain = _grain(image, rest, lower)
    plates = build_plates(image, rest, upper, lower, np.median(above, axis=0))
    return EyeLayer(
        rest, curve, upper, lower, fold, above[None].astype(np.float32),
        strip[None].astype(np.float32), beneath[None].astype(np.float32), grain, lash, plates,
    )  # fmt: skip


def _band_color(
    image: Frame,
    rest: EyeRest,
    base: _F64,
    span: tuple[float, float],
    quantile: float,
    scale: _F64 | float = 1.0,
) -> _F64:
    """Return the colour along a band beside a curve, [SAMPLES, 3], smoothed along it."""
    offsets = np.linspace(*span, 9)[:, None]
    u = np.broadcast_to(_grid(), (9, SAMPLES))
    v = base + offsets * scale
    xy = rest.origin + rest.width * (u[..., None] * rest.across + v[..., None] * rest.down)
    color = cv2.remap(
        image, xy[..., 0].astype(np.float32), xy[..., 1].astype(np.float32), cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    ).astype(np.float64)  # fmt: skip
    row = np.quantile(color, quantile, axis=0)
    return cv2.GaussianBlur(row[None], (0, 0), 14, borderType=cv2.BORDER_REPLICATE)[0]


def _unless_hidden(above: _F64, below: _F64) -> _F64:
    """Return the skin above the lid, [SAMPLES, 3], or that below it, shaded, where brow or glasses
    hide it (under 0.62 of the brightness below)."""
    ratio = above.mean(-1, keepdims=True) / np.maximum(below.mean(-1, keepdims=True), 1.0)
    trust = np.clip((ratio - 0.50) / 0.14, 0, 1)
    return trust * above + (1 - trust) * 0.82 * below


def _lash_color(image: Frame, rest: EyeRest, upper: _F64) -> _F64:
    dark = _band_color(image, rest, upper, (-0.05, 0.01), 0.15)
    return dark[SAMPLES // 4 : -SAMPLES // 4].mean(0)


def _lookup(table: _F32, u: _F32) -> _F32:
    """Return columns of a table [1, SAMPLES, C] at eye coordinate `u` [h, w], linear."""
    x = (u + np.float32(U_HALF)) * np.float32((SAMPLES - 1) / (2 * U_HALF))
    return cv2.remap(
        table, x, np.zeros_like(x), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )


def _smooth(x: _F32) -> _F32:
    t = np.clip(x, 0, 1)
    return t * t * (3 - 2 * t)


@dataclass(frozen=True, slots=True, eq=False)
class EyeMotion:
    """One eye in one frame, in eye coordinates."""

    upper: _F64  # [SAMPLES]
    lower: _F64
    iris: _F64  # [2] u, v of the centre
    flat: _F64  # [2] iris foreshortening across and down, relative to rest
    closure: float
    active: float  # 0 shows the photograph, 1 the layers


def eye_motion(layer: EyeLayer, face_px: NDArray[np.floating], closure: float) -> EyeMotion:
    """Return the motion of one eye from landmarks [478, 3] in the portrait's own pose."""
    rest, side = layer.rest, layer.rest.side
    _, v_up = _eye_coordinates(rest, face_px[lm.UPPER_LID[side]])
    _, v_low = _eye_coordinates(rest, face_px[lm.LOWER_LID[side]])
    upper = layer.curve @ v_up
    lower = np.maximum(layer.curve @ v_low, upper)
    iris = np.array(_eye_coordinates(rest, face_px[lm.IRIS_CENTER[side]]))
    ring = np.stack(_eye_coordinates(rest, face_px[lm.IRIS_RING[side]]), -1) - iris
    ring_rest = np.asarray(_ring_rest(rest), np.float64)
    flat = np.ptp(ring, axis=0) / np.maximum(ring_rest, 1e-6)
    still = np.array([(rest.iris - rest.origin) @ rest.across, (rest.iris - rest.origin) @ rest.down])
    moved = max(
        float(np.abs(upper - layer.upper).max()),
        float(np.abs(lower - layer.lower).max()),
        float(np.hypot(*(iris - still / rest.width))),
    )
    active = float(np.clip((moved - ACTIVE_FROM) / (ACTIVE_FULL - ACTIVE_FROM), 0, 1))
    return EyeMotion(upper, lower, iris, flat, closure, active)


def _ring_rest(rest: EyeRest) -> tuple[float, float]:
    size = 2 * rest.iris_radius / rest.width
    return size, size


def eye_box(layer: EyeLayer, points_px: NDArray[np.floating]) -> tuple[int, int, int, int]:
    """Return the region x0, y0, x1, y1 of a frame that the layer may touch."""
    side = layer.rest.side
    corners = points_px[[lm.OUTER_CANTHUS[side], lm.INNER_CANTHUS[side]], :2].astype(np.float64)
    cx, cy = corners.mean(0)
    w = float(np.linalg.norm(corners[0] - corners[1])) * 1.08
    return round(cx - 0.80 * w), round(cy - 0.66 * w), round(cx + 0.80 * w), round(cy + 0.60 * w)


def draw_eye(layer: EyeLayer, motion: EyeMotion, image: Frame, q: _F32, s: _F32) -> _F32:
    """Return the eye region of a frame, [h, w, 3] float 0..255.

    Parameters
    ----------
    layer, motion
        The eye.
    image : array, shape [H, W, 3 or more]
        The portrait; channels beyond the third are not looked at.
    q : array, shape [h, w, 2]
        Where each pixel lies in the portrait's own pose, px.
    s : array, shape [h, w, 2]
        Where its skin comes from in the photograph without lid motion, px.
    """
    rest = layer.rest
    rel = (q - rest.origin.astype(np.float32)) / np.float32(rest.width)
    u = rel @ rest.across.astype(np.float32)
    v = rel @ rest.down.astype(np.float32)
    table = np.stack([
        motion.upper, motion.lower, motion.upper - layer.upper, motion.lower - layer.lower,
    ], -1)[None].astype(np.float32)  # fmt: skip
    upper, lower, rise, drop = np.moveaxis(_lookup(table, u), -1, 0)
    fold = _lookup(layer.fold[None].astype(np.float32), u)
    skin = _skin(layer, motion, image, s, (u, v), (upper, lower, rise, drop, fold))
    aperture = _aperture(upper, lower, v, rest.width)
    if float(aperture.max()) > 0.002:
        ball = _eyeball(layer, motion, u, v, upper)
        skin += aperture[..., None] * (ball - skin)
    return skin


def _aperture(upper: _F32, lower: _F32, v: _F32, width: float) -> _F32:
    """Return how much of the eyeball each pixel shows: 1 between the margins, soft at them."""
    edge = np.float32(max(width * 0.75, 1.0))  # the margins blend over 4/3 px
    top = np.clip((v - upper) * edge + 0.5, 0, 1)
    bottom = np.clip((lower - v) * edge + 0.5, 0, 1)
    # A slit under a pixel high would glimmer: it closes.
    slit = np.clip((lower - upper) * edge * 1.4 - 0.35, 0, 1)
    return top * bottom * slit


def _skin(
    layer: EyeLayer,
    motion: EyeMotion,
    image: Frame,
    s: _F32,
    uv: tuple[_F32, _F32],
    lids: tuple[_F32, _F32, _F32, _F32, _F32],
) -> _F32:
    u, v = uv
    upper, lower, rise, drop, fold = lids
    over = upper - v  # distance above the upper margin
    under = v - lower
    closing = np.maximum(rise, 0)
    # The lash band rides the margin; above it the skin gives way up to beyond the fold.
    reach = fold + closing + np.float32(0.08 - LASH_BAND)
    shift_close = closing * (1 - _smooth((over - np.float32(LASH_BAND)) / reach))
    widen = np.minimum(rise, 0) * (1 - _smooth((over - np.float32(LASH_BAND)) / np.float32(WIDEN_REACH)))
    shift_up = np.where(rise > 0, shift_close, widen)
    shift_low = drop * (1 - _smooth((under - np.float32(LOWER_BAND)) / np.float32(LOWER_REACH)))
    middle = (upper + lower) / 2
    shift = np.where(v < middle, shift_up, shift_low)
    down = (layer.rest.down * layer.rest.width).astype(np.float32)
    at = s - shift[..., None] * down
    color = cv2.remap(
        image, at[..., 0], at[..., 1], cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )[..., :3].astype(np.float32)
    if float(closing.max()) > 0.01:
        _paint_lid(layer, motion, color, uv, (over, fold, closing))
        _paint_lower_rim(layer, motion, color, u, under)
        _paint_lash_line(layer, motion, color, u, over)
    return color


def _paint_lid(
    layer: EyeLayer,
    motion: EyeMotion,
    color: _F32,
    uv: tuple[_F32, _F32],
    lids: tuple[_F32, _F32, _F32],
) -> None:
    """Paint the unfolded skin between lash line and fold into `color`.

    While the lid is partly open the lash band rides along as photographed; as it shuts, lashes
    that pointed up are painted over too, for then they point down.
    """
    u, v = uv
    over, fold, closing = lids
    shut = np.float32(_smooth(np.float32((motion.closure - 0.45) / 0.45)))
    start = np.float32(LASH_BAND) * (1 - shut) - np.float32(SEAM_BELOW) * shut
    depth = (over - start) / np.maximum(fold + closing - start, 1e-4)  # 0 at the lashes, 1 at the fold
    edge_low = np.clip((over - start) / np.float32(0.028), 0, 1)
    edge_high = np.clip((fold + closing - over) / np.float32(0.05), 0, 1)
    amount = np.clip(np.maximum(closing, closing.max() * np.float32(0.8)) / np.float32(0.07), 0, 1)
    share = _smooth(edge_low) * _smooth(edge_high) * amount * _corner_fade(layer, u)
    t = _smooth(depth)[..., None]
    skin = _lookup(layer.strip, u) * (1 - t) + _lookup(layer.above, u) * t
    # The lid is a ball's surface: brightest across its middle, darker to fold, lashes and corners.
    bulge = 1.12 - 0.08 * np.clip(np.abs(u) / np.float32(0.5), 0, 1) ** 2
    round_ = 1 - 0.10 * (2 * np.clip(depth, 0, 1) - np.float32(0.9)) ** 2
    crease = 1 - 0.03 * np.exp(-(((depth - np.float32(0.80)) / np.float32(0.05)) ** 2))
    skin *= (bulge * round_ * crease)[..., None]
    skin += _grain_at(layer, u, v)
    color += share[..., None] * (skin - color)


def _corner_fade(layer: EyeLayer, u: _F32) -> _F32:
    """Return 1 over the lid, 0 beyond the corners; it reaches further on the outer side."""
    outer = u if layer.rest.side == 0 else -u
    return _smooth(np.clip((np.float32(0.61) - outer) / np.float32(0.14), 0, 1)) * _smooth(
        np.clip((np.float32(0.55) + outer) / np.float32(0.10), 0, 1)
    )


def _paint_lower_rim(layer: EyeLayer, motion: EyeMotion, color: _F32, u: _F32, under: _F32) -> None:
    """Cover the wet rim and the lash roots of the lower lid: the upper lid lies over them."""
    shut = np.float32(_smooth(np.float32((motion.closure - 0.6) / 0.35)))
    if shut <= 0:
        return
    share = shut * np.clip((under + np.float32(0.01)) / np.float32(0.01), 0, 1) * np.clip(
        (np.float32(0.115) - under) / np.float32(0.07), 0, 1
    )
    share *= _corner_fade(layer, u * np.float32(1.08))
    skin = _lookup(layer.beneath, u) * np.float32(0.97)
    color += (np.float32(0.85) * share)[..., None] * (skin - color)


def _grain(image: Frame, rest: EyeRest, lower: _F64) -> _F32:
    """Return the fine texture of the skin below the eye, [h, w, 3], zero mean, at most 12 of 255."""
    cols, rows = int(max(48, rest.width)), int(max(16, 0.24 * rest.width))
    u, depth = np.meshgrid(np.linspace(-0.45, 0.45, cols), np.linspace(0.10, 0.32, rows))
    v = np.interp(u, _grid(), lower) + depth
    xy = rest.origin + rest.width * (u[..., None] * rest.across + v[..., None] * rest.down)
    patch = cv2.remap(
        image, xy[..., 0].astype(np.float32), xy[..., 1].astype(np.float32), cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    ).astype(np.float32)  # fmt: skip
    return np.clip(patch - cv2.GaussianBlur(patch, (0, 0), max(1.0, 0.02 * rest.width)), -12, 12)


def _grain_at(layer: EyeLayer, u: _F32, v: _F32) -> _F32:
    rows, cols = layer.grain.shape[:2]
    x = (u + np.float32(0.45)) * np.float32((cols - 1) / 0.90)
    y = v * np.float32(layer.rest.width)
    return cv2.remap(layer.grain, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)


def _paint_lash_line(layer: EyeLayer, motion: EyeMotion, color: _F32, u: _F32, over: _F32) -> None:
    """Draw the seam of lids that meet and the lashes that then point down, outward and longer."""
    outer = u if layer.rest.side == 0 else -u
    shut = float(np.clip((motion.closure - 0.5) / 0.4, 0, 1))
    if shut <= 0:
        return
    thick = np.float32(0.040) + np.float32(0.014) * np.clip(outer + 0.5, 0, 1)
    inside = np.clip((np.float32(0.52) - np.abs(u)) / np.float32(0.06), 0, 1)
    seam = np.float32(0.92) * np.exp(-(((over + np.float32(SEAM_BELOW)) / thick) ** 2))
    length = np.float32(0.06) + np.float32(0.07) * np.clip(outer + 0.4, 0, 1)
    along = outer * np.float32(26) + over * np.float32(14) * (outer + np.float32(0.2))
    strand = np.clip(np.cos(2 * np.pi * along + 3 * np.sin(along)), 0, 1) ** 3
    fade = np.clip(1 + (over + np.float32(SEAM_BELOW)) / length, 0, 1) * (over < -SEAM_BELOW)
    share = np.float32(shut) * inside * np.maximum(seam, np.float32(0.65) * strand * fade)
    color += share[..., None] * (layer.lash.astype(np.float32) - color)


def _eyeball(layer: EyeLayer, motion: EyeMotion, u: _F32, v: _F32, upper: _F32) -> _F32:
    plates, rest = layer.plates, layer.rest
    ball = _plate(plates.sclera, u, v)
    radius = np.float32(rest.iris_radius / rest.width)
    n = plates.iris.shape[0]
    scale = np.float32((n - 1) / (2 * IRIS_EXTENT))
    x = (u - np.float32(motion.iris[0])) / (radius * np.float32(motion.flat[0]))
    y = (v - np.float32(motion.iris[1])) / (radius * np.float32(motion.flat[1]))
    iris = cv2.remap(
        plates.iris, (x + np.float32(IRIS_EXTENT)) * scale, (y + np.float32(IRIS_EXTENT)) * scale,
        cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT,
    )  # fmt: skip
    alpha = iris[..., 3:] * _caruncle(rest, u)[..., None]
    ball += alpha * (iris[..., :3] - ball)
    ball *= lid_shadow(v - upper)[..., None]
    still = np.array([(rest.iris - rest.origin) @ rest.across, (rest.iris - rest.origin) @ rest.down])
    go = GLINT_FOLLOW * (motion.iris - still / rest.width)
    ball += _plate(plates.glint, u - np.float32(go[0]), v - np.float32(go[1]))
    return np.clip(ball, 0, 255)


def _caruncle(rest: EyeRest, u: _F32) -> _F32:
    """Return 0 in the inner corner, where pink tissue covers the eyeball, 1 elsewhere."""
    inner = -u if rest.side == 0 else u  # the inner corner lies at +0.5 of this
    return 1 - _smooth((inner - np.float32(0.38)) / np.float32(0.08))


def _plate(plate: _F32, u: _F32, v: _F32) -> _F32:
    rows, cols = plate.shape[:2]
    x = (u + np.float32(U_HALF)) * np.float32((cols - 1) / (2 * U_HALF))
    y = (v + np.float32(V_HALF)) * np.float32((rows - 1) / (2 * V_HALF))
    return cv2.remap(plate, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
