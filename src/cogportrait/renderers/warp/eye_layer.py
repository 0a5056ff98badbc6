"""One eye's still parts: rest margins, lid colours, plates; built once per portrait."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline

from cogportrait.face import landmarks as lm
from cogportrait.face.eye_geometry import EyeRest, eye_rest
from cogportrait.face.pose import head_rotation
from cogportrait.renderers.warp.eye_plates import U_HALF, EyePlates, build_plates
from cogportrait.renderers.warp.sampling import Floats, blur, remap
from cogportrait.types import Frame, Portrait

SAMPLES: Final = 161  # of the margin curves
FOLD_MARGIN: Final = 0.015  # eye widths above the landmark ring where untouched skin begins
FOLD_LEAST: Final = 0.09
LASH_DARKEST: Final = 0.34  # brightness of a lash line over that of the skin, at most


@dataclass(frozen=True, slots=True, eq=False)
class EyeLayer:
    """Everything about one eye that does not change from frame to frame."""

    rest: EyeRest
    curve: Floats  # [SAMPLES, 9] upper margin points' v -> curve
    curve_lower: Floats  # [SAMPLES, 9] the same below
    upper: Floats  # [SAMPLES] rest margins, v(u)
    lower: Floats
    fold: Floats  # [SAMPLES] from the margin up to where skin stays put: above crease and lashes
    above: Floats  # [1, SAMPLES, 3] colour of the skin just above the fold
    strip: Floats  # [1, SAMPLES, 3] colour of the lid next to its margin
    beneath: Floats  # [1, SAMPLES, 3] colour of the skin right below the lower lashes
    grain: Floats  # [h, w, 3] fine texture of the skin below the eye, zero mean
    lash: Floats  # [3] colour of the lash line
    plates: EyePlates


def curve_grid() -> Floats:
    """Return the ``u`` of the samples of a margin curve, [SAMPLES]."""
    return np.linspace(-U_HALF, U_HALF, SAMPLES)


def _curve_operator(u: Floats) -> Floats:
    """Return the natural cubic spline through points at `u` [9] as a matrix [SAMPLES, 9]."""
    order = np.argsort(u)
    at = np.clip(curve_grid(), u.min(), u.max())
    out = np.zeros((SAMPLES, len(u)))
    for i in range(len(u)):
        unit = np.zeros(len(u))
        unit[i] = 1.0
        out[:, i] = CubicSpline(u[order], unit[order], bc_type="natural")(at)
    return out


def eye_coordinates(rest: EyeRest, points: NDArray[np.floating]) -> tuple[Floats, Floats]:
    """Return ``u``, ``v`` in eye widths of points [..., >=2] px."""
    rel = np.asarray(points, np.float64)[..., :2] - rest.origin
    return rel @ rest.across / rest.width, rel @ rest.down / rest.width


def build_eye(portrait: Portrait, side: int) -> EyeLayer:
    """Return the layer of one eye (0 left, 1 right) of a portrait."""
    turn = head_rotation(portrait.head_matrix)
    points = portrait.landmarks_px.astype(np.float64)
    rest = eye_rest(points, side, turn)
    u, v_up = eye_coordinates(rest, rest.upper)
    u_low, v_low = eye_coordinates(rest, rest.lower)
    curve, curve_lower = _curve_operator(u), _curve_operator(u_low)
    upper, lower = curve @ v_up, curve_lower @ v_low
    lower = np.maximum(lower, upper)
    ring_u, ring_v = eye_coordinates(rest, points[lm.EYE_RING_UPPER[side][0]])
    order = np.argsort(ring_u)
    ring = np.interp(curve_grid(), ring_u[order], ring_v[order])
    dome = np.sqrt(np.maximum(1 - (curve_grid() / 0.58) ** 2, 0.0))
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
    lash = _lash_color(image, rest, upper, lit)
    grain = _grain(image, rest, lower)
    plates = build_plates(image, rest, upper, lower, np.median(above, axis=0))
    return EyeLayer(
        rest, curve, curve_lower, upper, lower, fold, above[None].astype(np.float32),
        strip[None].astype(np.float32), beneath[None].astype(np.float32), grain, lash, plates,
    )  # fmt: skip


def _band_color(
    image: Frame,
    rest: EyeRest,
    base: Floats,
    span: tuple[float, float],
    quantile: float,
    scale: Floats | float = 1.0,
) -> Floats:
    """Return the colour along a band beside a curve, [SAMPLES, 3], smoothed along it."""
    offsets = np.linspace(*span, 9)[:, None]
    u = np.broadcast_to(curve_grid(), (9, SAMPLES))
    v = base + offsets * scale
    xy = rest.origin + rest.width * (u[..., None] * rest.across + v[..., None] * rest.down)
    color = remap(image, xy[..., 0], xy[..., 1]).astype(np.float64)
    row = np.quantile(color, quantile, axis=0)
    return blur(row[None], 14)[0]


def _unless_hidden(above: Floats, below: Floats) -> Floats:
    """Return the skin above the lid, [SAMPLES, 3], or a shaded copy of that below where it is hid.

    Brow hair or the rim of glasses is told by a brightness under 0.62 of that below the eye.
    """
    ratio = above.mean(-1, keepdims=True) / np.maximum(below.mean(-1, keepdims=True), 1.0)
    trust = np.clip((ratio - 0.50) / 0.14, 0, 1)
    return trust * above + (1 - trust) * 0.82 * below


def _lash_color(image: Frame, rest: EyeRest, upper: Floats, lit: Floats) -> Floats:
    dark = _band_color(image, rest, upper, (-0.05, 0.01), 0.15)
    seen = dark[SAMPLES // 4 : -SAMPLES // 4].mean(0)
    # Even fair lashes lie in the shadow of the fold: never lighter than this share of the skin.
    skin = np.median(lit, axis=0)
    return seen * min(1.0, LASH_DARKEST * float(skin.mean()) / max(float(seen.mean()), 1.0))


def _grain(image: Frame, rest: EyeRest, lower: Floats) -> Floats:
    """Return the fine texture of the skin below the eye, [h, w, 3], within 12 of 255 of 0."""
    cols, rows = int(max(48, rest.width)), int(max(16, 0.24 * rest.width))
    u, depth = np.meshgrid(np.linspace(-0.45, 0.45, cols), np.linspace(0.10, 0.32, rows))
    v = np.interp(u, curve_grid(), lower) + depth
    xy = rest.origin + rest.width * (u[..., None] * rest.across + v[..., None] * rest.down)
    patch = remap(image, xy[..., 0], xy[..., 1]).astype(np.float32)
    return np.clip(patch - blur(patch, max(1.0, 0.02 * rest.width)), -12, 12)


def along(table: Floats, u: Floats) -> Floats:
    """Return columns of a table [1, SAMPLES, C] at eye coordinate `u` [h, w], linear."""
    x = (u + np.float32(U_HALF)) * np.float32((SAMPLES - 1) / (2 * U_HALF))
    return remap(table, x, np.zeros_like(x))


@dataclass(frozen=True, slots=True, eq=False)
class EyeMotion:
    """One eye in one frame, in eye coordinates."""

    upper: Floats  # [SAMPLES]
    lower: Floats
    iris: Floats  # [2] u, v of the centre
    flat: Floats  # [2] iris foreshortening across and down, relative to rest
    closure: float
    active: float  # 0 shows the photograph, 1 the layers
