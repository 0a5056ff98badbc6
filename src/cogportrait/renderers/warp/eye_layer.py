"""One eye's still parts: rest margins, lid colours, plates; built once per portrait."""

from dataclasses import dataclass, replace
from typing import Final

import cv2
import numpy as np
from scipy.interpolate import CubicSpline

from cogportrait.face import landmarks as lm
from cogportrait.face.eye_geometry import EyeRest, eye_coordinates, eye_rest
from cogportrait.face.iris import fit_irises
from cogportrait.face.pose import head_rotation
from cogportrait.renderers.warp.backdrop import membrane
from cogportrait.renderers.warp.eye_plates import U_HALF, EyePlates, build_plates, white_of_other
from cogportrait.renderers.warp.lashes import Lashes, build_lashes
from cogportrait.renderers.warp.sampling import Floats, blur, remap, resize, smoothstep
from cogportrait.renderers.warp.veil import HAIR, Veil, brow_points, build_veil, over_skin, veil_at
from cogportrait.types import Frame, Portrait

SAMPLES: Final = 161  # of the margin curves
FOLD_MARGIN: Final = 0.04  # eye widths above the landmark ring where untouched skin begins
FOLD_LEAST: Final = 0.09
LID_ABOVE: Final = 0.6  # the lid's colour: this share from above the fold, the rest from below
BULGE: Final = 1.15  # brightness of the lid's middle over that of the skin around the eye
GLARE: Final = 240.0  # brightest channel, of 255, up to which the bulge may lift skin
RIM_LIMITS: Final = (0.75, 1.15)  # beyond them it is brow or shine, not skin
LASH_LENGTH: Final = 0.17  # eye widths: thinner dark things are lashes
LASH_WORK_PX: Final = 96.0  # eye width at which lashes are taken off
LASHES_WITHIN: Final = 0.95  # eye widths beside the eye's middle, half as much above the lid
THIN_DARK: Final = 12.0  # levels of 255 that lashes are darker than what is around them
ROOTS: Final = 0.10  # eye widths above the margin: lashes' roots and their shadow
SKIN_DARKEST_AT_ROOTS: Final = 0.84
SKIN_DARKEST: Final = 0.70  # brightness over that of the skin around, below which it is no skin
NO_SKIN: Final = 0.6  # the same of what lends the skin behind lashes no color: hair
LID_ENDS: Final = 0.42  # eye widths outward of the middle: there skin and painted lid are alike
TINT_FADES: Final = 0.32  # eye widths over which the lid's light goes over into the skin's own
TINT_LIMITS: Final = (0.75, 1.15)
EYE_RIM: Final = 0.03  # eye widths beyond the margins that belong to the eye, not to the skin
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
    above: Floats  # [1, SAMPLES, 3] colour of the skin just above the fold
    strip: Floats  # [1, SAMPLES, 3] colour of the lid next to its margin
    rim: Floats  # [1, SAMPLES, 3] light around a shut lid over that painted at its upper edge
    beneath: Floats  # [1, SAMPLES, 3] colour of the skin right below the lower lashes
    bare: Frame  # [h, w, 4] skin behind eye and lashes, opaque where they are
    bare_at: tuple[int, int]  # its left, top pixel
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
    rim = _rim(image, rest, (lower, fold + lower - upper), above)
    lash = _lash_color(image, rest, upper, lit)
    bare, bare_at = _without_lashes(portrait, rest, (upper, lower), veil.opacity)
    bare = _toward_lid(bare, bare_at, rest, (upper - 0.5 * fold, 0.5 * (strip + above)))
    grain = _grain(image, rest, lower)
    plates = build_plates(image, rest, (upper, lower), veil.opacity, np.median(above, axis=0))
    return EyeLayer(
        rest, np.array(seat), tracked_radius, curve, curve_lower, upper, lower, fold,
        above[None].astype(np.float32), strip[None].astype(np.float32), rim,
        beneath[None].astype(np.float32), bare, bare_at, veil, lashes, grain, lash, plates,
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


def roundness(u: Floats, depth: Floats, brightest: Floats) -> Floats:
    """Return the factor by which a lid's shape lights it, `depth` 0 at the lashes, 1 at the fold.

    It is a ball's surface: brightest across its middle, darker to fold, lashes and corners. Skin
    whose brightest channel is near `GLARE` is not lifted beyond it.
    """
    most = np.maximum(np.float32(GLARE) / np.maximum(brightest, 1), 1)
    bulge = np.minimum(np.float32(BULGE), most)
    bulge = bulge - 0.08 * np.clip(np.abs(u) / np.float32(0.5), 0, 1) ** 2
    round_ = 1 - 0.10 * (2 * np.clip(depth, 0, 1) - np.float32(0.9)) ** 2
    crease = 1 - 0.03 * np.exp(-(((depth - np.float32(0.80)) / np.float32(0.05)) ** 2))
    return bulge * round_ * crease


def _rim(image: Frame, rest: EyeRest, lid: tuple[Floats, Floats], above: Floats) -> Floats:
    """Return the light around a shut lid over what is painted at its edge, [1, SAMPLES, 3].

    `lid` is its margin and its height up to the fold, both [SAMPLES].
    """
    margin, height = lid
    top = unfolded_height(rest.side, curve_grid(), height)
    around = _band_color(image, rest, margin - top, (-0.08, -0.01), 0.5)
    depth = top / np.maximum(height, 1e-4)
    painted = above * roundness(curve_grid(), depth, above.max(-1))[:, None]
    ratio = np.clip(around / np.maximum(painted, 1.0), *RIM_LIMITS)
    return blur(ratio[None], 8).astype(np.float32)


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


def _without_lashes(
    portrait: Portrait, rest: EyeRest, margins: tuple[Floats, Floats], veil: Floats
) -> tuple[Frame, tuple[int, int]]:
    """Return the skin behind eye and lashes, and this picture's left, top pixel.

    The picture [h, w, 4] is as opaque as eye, lashes or make-up hide the skin: the eye, what is
    thin and dark above it (lashes) and what is darker than the skin around it (liner, the lashes'
    root) are filled in from around them (Laplace's equation). Brow and hair are kept.
    """
    upper, lower = margins
    reach = 1.1 * rest.width
    x0, y0 = (max(0, int(c - reach)) for c in rest.origin)
    x1, y1 = int(rest.origin[0] + reach) + 2, int(rest.origin[1] + reach) + 2
    part = np.ascontiguousarray(portrait.image[y0:y1, x0:x1, :3])
    # Skin is smooth: small is enough, and quick.
    scale = min(1.0, LASH_WORK_PX / rest.width)
    h, w = max(1, round(part.shape[0] * scale)), max(1, round(part.shape[1] * scale))
    small = np.asarray(cv2.resize(part, (w, h), interpolation=cv2.INTER_AREA), np.uint8)
    width = scale * rest.width
    y, x = np.mgrid[:h, :w]
    u, v = eye_coordinates(rest, np.stack([x / scale + x0, y / scale + y0], -1))
    over = np.interp(u, curve_grid(), upper) - v
    under = v - np.interp(u, curve_grid(), lower)
    points = (brow_points(portrait, rest)[:, :2] - (x0, y0)) * scale
    brow = np.zeros((h, w), np.float32)
    cv2.fillConvexPoly(brow, cv2.convexHull(points.round().astype(np.int32)), 1.0)
    eye = (over < EYE_RIM) & (under < EYE_RIM) & (np.abs(u) < 0.54)
    near = (np.abs(u) < LASHES_WITHIN) & (over < LASHES_WITHIN / 2) & (under < 0.12) & (brow == 0)
    window = (np.abs(u) < LASHES_WITHIN) & (np.abs(v) < LASHES_WITHIN / 2) & (brow == 0)
    ratio = over_skin(small.mean(-1), u, v, window & ~eye)
    hair = veil_at(veil, u, v) > HAIR
    skin_darkest = np.where(over < ROOTS, SKIN_DARKEST_AT_ROOTS, SKIN_DARKEST)
    dark = near & ~eye & ~hair & (ratio < skin_darkest)
    hole = cv2.dilate((dark | eye).astype(np.uint8), np.ones((_odd(0.06 * width),) * 2, np.uint8))
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (_odd(LASH_LENGTH * width),) * 2)
    closed = np.asarray(cv2.morphologyEx(small, cv2.MORPH_CLOSE, kernel), np.float32)
    soft = max(0.8, 0.03 * width)
    skin = (hole == 0) & ~(cv2.dilate((ratio < NO_SKIN).astype(np.uint8), kernel) > 0)
    bare = blur(membrane(closed, skin | (brow > 0)), soft)
    thin = near & ((closed - small).max(-1) > THIN_DARK)
    share = cv2.dilate((thin | (hole > 0)).astype(np.float32), np.ones((3, 3), np.uint8))
    share *= (1 - np.asarray(cv2.dilate(brow, kernel))) * ~hair
    outer = u if rest.side == 0 else -u
    # No corner of it shows: it fades out along an ellipse, around wings of liner as well.
    ellipse = np.hypot((outer - 0.08) / 0.84, (v + 0.05) / 0.46)
    share = blur(np.asarray(share), 2 * soft) * smoothstep((1 - ellipse) / 0.35)
    out = np.dstack([bare, 255 * share])
    out = resize(out, part.shape[1], part.shape[0], cv2.INTER_LINEAR)
    return np.asarray(out.round().clip(0, 255), np.uint8), (x0, y0)


def _toward_lid(
    bare: Frame, bare_at: tuple[int, int], rest: EyeRest, lid: tuple[Floats, Floats]
) -> Frame:
    """Return the skin beside the outer corner in the painted lid's light where they meet.

    `lid` is the height of the lid's middle, v(u) [SAMPLES], and the colour there [SAMPLES, 3].
    """
    x0, y0 = bare_at
    at = LID_ENDS if rest.side == 0 else -LID_ENDS
    v, *color = (float(np.interp(at, curve_grid(), c)) for c in (lid[0], *lid[1].T))
    x, y = rest.origin + rest.width * (at * rest.across + v * rest.down)
    seen = remap(bare, np.array([[x - x0]]), np.array([[y - y0]]))[0, 0, :3].astype(np.float64)
    tint = np.clip(np.array(color) / np.maximum(seen, 1.0), *TINT_LIMITS)
    rows, cols = np.mgrid[: bare.shape[0], : bare.shape[1]]
    u, _ = eye_coordinates(rest, np.stack([cols + x0, rows + y0], -1))
    outer = u if rest.side == 0 else -u
    near = 1 - smoothstep((outer - LID_ENDS) / TINT_FADES)
    out = bare.astype(np.float32)
    out[..., :3] *= 1 + near[..., None] * (tint - 1)
    return np.asarray(out.round().clip(0, 255), np.uint8)


def _odd(size: float) -> int:
    return max(3, round(size) | 1)


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
