"""One eye's still parts: rest margins, lid colours, plates; built once per portrait."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from scipy.interpolate import CubicSpline

from cogportrait.face import landmarks as lm
from cogportrait.face.eye_geometry import EyeRest, eye_coordinates, eye_rest
from cogportrait.face.iris import fit_irises
from cogportrait.face.pose import head_rotation
from cogportrait.renderers.warp.eye_plates import U_HALF, EyePlates, build_plates, white_of_other
from cogportrait.renderers.warp.lashes import Lashes, build_lashes
from cogportrait.renderers.warp.lid_skin import LidSkin, build_lid_skin
from cogportrait.renderers.warp.sampling import Floats, blur, remap
from cogportrait.renderers.warp.veil import Veil, build_veil
from cogportrait.types import Frame, Portrait

SAMPLES: Final = 161  # of the margin curves
FOLD_MARGIN: Final = 0.04  # eye widths above the landmark ring where untouched skin begins
FOLD_LEAST: Final = 0.09
LID_ABOVE: Final = 0.6  # the lid's colour: this share from above the fold, the rest from below
LASH_DARKEST: Final = 0.34  # brightness of a lash line over that of the skin, at most


@dataclass(frozen=True, slots=True, eq=False)
class EyeLayer:
    """Everything about one eye that does not change from frame to frame."""

    rest: EyeRest  # with the iris as it is in the pixels
    seat: Floats  # [2] its centre relative to the tracked one, eye widths
    tracked_radius: float  # of the iris, px
    curve: Floats  # [SAMPLES, 9] upper margin points' v -> curve
    curve_lower: Floats  # [SAMPLES, 9] the same below
    upper: Floats  # [SAMPLES] rest margins, v(u)
    lower: Floats
    fold: Floats  # [SAMPLES] from the margin up to where skin stays put: above crease and lashes
    beneath: Floats  # [1, SAMPLES, 3] colour of the skin right below the lower lashes
    skin: LidSkin  # behind eye and lashes, and of the shut lid
    veil: Veil  # what hangs in front of the eye
    lashes: Lashes  # of the upper lid
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


def build_eyes(portrait: Portrait) -> tuple[EyeLayer, EyeLayer]:
    """Return the layers of both eyes; what hair hides of one is taken from the other."""
    left, right = build_eye(portrait, 0), build_eye(portrait, 1)
    return (
        replace(left, plates=white_of_other(left.plates, right.plates)),
        replace(right, plates=white_of_other(right.plates, left.plates)),
    )


def build_eye(portrait: Portrait, side: int) -> EyeLayer:
    """Return the layer of one eye (0 left, 1 right) of a portrait."""
    turn = head_rotation(portrait.head_matrix)
    points = portrait.landmarks_px.astype(np.float64)
    rest = eye_rest(points, side, turn)
    tracked_radius = rest.iris_radius
    *seat, size = (float(v) for v in fit_irises(portrait.image, points)[side])
    iris = rest.iris + rest.width * (seat[0] * rest.across + seat[1] * rest.down)
    rest = replace(rest, iris=iris, iris_radius=size * tracked_radius)
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
    above = _skin_along(_band_color(image, rest, upper - fold, (-0.05, 0.02), 0.6))
    below = _skin_along(_band_color(image, rest, lower, (0.10, 0.18), 0.5))
    shown = _band_color(image, rest, upper - 0.5 * fold, (-0.3, 0.3), 0.75, scale=fold)
    shown = _skin_along(shown)
    # Unfolded skin is lit like the skin around the eye; make-up of the lid tints its lower part.
    above = _unless_hidden(above, below)
    lit = LID_ABOVE * above + (1 - LID_ABOVE) * below
    strip = 0.25 * np.maximum(shown, 0.88 * lit) + 0.75 * lit
    beneath = _skin_along(_band_color(image, rest, lower, (0.07, 0.13), 0.5))
    veil = build_veil(portrait, rest, (curve_grid(), upper, lower))
    lashes = build_lashes(portrait, rest, (curve_grid(), upper), veil.opacity)
    lash = _lash_color(image, rest, upper, lit)
    skin = build_lid_skin(portrait, rest, (upper, lower, fold), (strip, above), veil.opacity)
    grain = _grain(image, rest, lower)
    plates = build_plates(image, rest, (upper, lower), veil.opacity, np.median(above, axis=0))
    return EyeLayer(
        rest, np.array(seat), tracked_radius, curve, curve_lower, upper, lower, fold,
        beneath[None].astype(np.float32), skin, veil, lashes, grain, lash, plates,
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
    return np.quantile(color, quantile, axis=0)


def unfolded_height(side: int, u: Floats, height: Floats) -> Floats:
    """Return up to where above the margin skin is painted: a dome, however tall the fold is."""
    outer = u if side == 0 else -u
    past = np.clip((outer - np.float32(0.05)) / np.float32(0.50), 0, 1)
    dome = np.sqrt(np.maximum(1 - past**2, 0))
    return np.minimum(height, height.max() * dome)


def _skin_along(row: Floats) -> Floats:
    """Return the skin's colour along a curve, [SAMPLES, 3].

    Hair, lashes and the rims of glasses are darker than the skin that they cross and bend a cubic
    through the row little: the fit starts from the brighter part of the row and leaves out what
    lies well off it (Tukey's biweight, iterated; Beaton & Tukey 1974).
    """
    x = curve_grid() / U_HALF
    basis = np.stack([np.ones_like(x), x, x * x, x**3], -1)
    bend = np.diag([0.0, 0.5, 2.0, 2.0])  # in samples: held where little skin is seen
    luma = row.mean(-1)
    fit = np.broadcast_to(np.quantile(luma, 0.65), luma.shape)
    weight = np.ones_like(luma)
    normal = basis.T @ basis + bend
    for spread in (0.45, 0.30, 0.22, 0.22):  # shares of the brightness
        off = (luma - fit) / (spread * np.maximum(fit, 1.0))
        weight = np.where(np.abs(off) < 1, (1 - off**2) ** 2, 0.0)
        if weight.sum() < SAMPLES / 8:
            return np.broadcast_to(np.quantile(row, 0.65, axis=0), row.shape)
        normal = (basis * weight[:, None]).T @ basis + bend
        fit = basis @ np.linalg.solve(normal, (basis * weight[:, None]).T @ luma)
    color = basis @ np.linalg.solve(normal, (basis * weight[:, None]).T @ row)
    return np.clip(color, 0, 255)


def _unless_hidden(above: Floats, below: Floats) -> Floats:
    """Return the skin above the lid, [SAMPLES, 3], or a shaded copy of that below where it is hid.

    Brow hair and the rim of glasses are told by a brightness under 0.62 of that below the eye, or
    under 0.8 with another hue.
    """
    light, under = (np.maximum(c.sum(-1, keepdims=True), 1.0) for c in (above, below))
    hue = np.abs(above / light - below / under).max(-1, keepdims=True)
    other_hue = np.clip((hue - 0.03) / 0.02, 0, 1)
    trust = np.clip((light / under - 0.50 - 0.18 * other_hue) / 0.14, 0, 1)
    trust = blur(trust[None], 20).reshape(-1, 1)
    return trust * above + (1 - trust) * 0.82 * below


def _lash_color(image: Frame, rest: EyeRest, upper: Floats, lit: Floats) -> Floats:
    dark = _band_color(image, rest, upper, (-0.05, 0.01), 0.15)
    seen = dark[SAMPLES // 4 : -SAMPLES // 4].mean(0)
    # Even fair lashes lie in the shadow of the fold: never lighter than this share of the skin.
    skin = np.median(lit, axis=0)
    return seen * min(1.0, LASH_DARKEST * float(skin.mean()) / max(float(seen.mean()), 1.0))


def _grain(image: Frame, rest: EyeRest, lower: Floats) -> Floats:
    """Return the fine texture of the skin below the eye, [h, w, 3], within 8 of 255 of 0."""
    cols, rows = int(max(48, rest.width)), int(max(16, 0.24 * rest.width))
    u, depth = np.meshgrid(np.linspace(-0.45, 0.45, cols), np.linspace(0.10, 0.32, rows))
    v = np.interp(u, curve_grid(), lower) + depth
    xy = rest.origin + rest.width * (u[..., None] * rest.across + v[..., None] * rest.down)
    patch = remap(image, xy[..., 0], xy[..., 1]).astype(np.float32)
    fine = patch - blur(patch, max(1.0, 0.02 * rest.width))
    most = min(8.0, 2.5 * float(np.quantile(np.abs(fine), 0.35)))  # hair is no texture
    return np.clip(fine, -most, most)


@dataclass(frozen=True, slots=True, eq=False)
class EyeMotion:
    """One eye in one frame, in eye coordinates."""

    upper: Floats  # [SAMPLES]
    lower: Floats
    iris: Floats  # [2] u, v of the centre
    flat: Floats  # [2] iris foreshortening across and down, relative to rest
    closure: float
    active: float  # 0 shows the photograph, 1 the layers
