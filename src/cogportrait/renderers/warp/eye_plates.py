"""What lies behind the lids: sclera plate, completed iris and highlight, built once per eye.

All three are pictures in the eye's own frame: ``u`` along the corners toward the image's right,
``v`` across the opening, downward, both in eye widths from the middle of the corners.
"""

from dataclasses import dataclass, replace
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from cogportrait.face.eye_geometry import EyeRest
from cogportrait.renderers.warp.sampling import Floats, blur, inside_distance, remap, resize
from cogportrait.renderers.warp.veil import veil_at
from cogportrait.types import Frame

U_HALF: Final = 0.62  # plate extent, eye widths
V_HALF: Final = 0.50
IRIS_EXTENT: Final = 1.35  # iris picture reaches this many radii
LIMBUS: Final = (0.94, 1.10)  # iris opacity falls from 1 to 0 between these radii
_LID_INSET: Final = 0.020  # eye widths left out next to a margin: lashes, wet rim
_SHADOW_DEPTH: Final = 0.40  # darkening of the eyeball right below the upper lid
_SHADOW_REACH: Final = 0.055  # eye widths
_VEILED: Final = 0.2  # opacity of hair from which it, not the eye, is seen
_BESIDE: Final = 0.03  # plate widths: how far the light of seen white reaches
HIDDEN_FROM: Final = 0.8  # share of the opening that is seen, below which the other eye is asked
DARK_WHITE: Final = 0.6  # of the other eye's white: darker is no white
SHADED_WHITE: Final = 0.8  # of the other eye's white, under hair
_GLINT_WITHIN: Final = 0.80  # iris radii: beyond them sclera and the wet rim are bright, too
_GLINT_STEP: Final = 38.0  # brighter than the iris ring by this much of 255: a reflection


@dataclass(frozen=True, slots=True, eq=False)
class EyePlates:
    """The eyeball's pictures."""

    sclera: Floats  # [h, w, 3] unshadowed, 0..255, over u in +-U_HALF, v in +-V_HALF
    glint: Floats  # [h, w, 3] light to add, same frame
    iris: Floats  # [n, n, 4] colour and opacity over +-IRIS_EXTENT radii
    seen: float  # share of the eye's opening in front of which nothing hangs


def white_of_other(plates: EyePlates, other: EyePlates) -> EyePlates:
    """Return `plates` with the other eye's white, mirrored, where hair hides and darkens its own.

    What is seen of an eye behind hair is hair's shadow and hair's edge: carried on as white when
    the eye turns, it fills the eye with brown.
    """
    if plates.seen > HIDDEN_FROM or other.seen <= HIDDEN_FROM:
        return plates
    own, white = plates.sclera, other.sclera
    if _middle_light(own) > DARK_WHITE * _middle_light(white):
        return plates
    mirrored = np.ascontiguousarray(white[:, ::-1])
    fitting = resize(mirrored, own.shape[1], own.shape[0], cv2.INTER_LINEAR)
    return replace(plates, sclera=(SHADED_WHITE * fitting).astype(np.float32))


def _middle_light(sclera: Floats) -> float:
    rows, cols = sclera.shape[:2]
    return float(sclera[rows // 3 : -rows // 3, cols // 5 : -cols // 5].mean())


def lid_shadow(below: Floats) -> Floats:
    """Return the factor by which the upper lid darkens the eyeball `below` eye widths under it."""
    return 1 - _SHADOW_DEPTH * np.exp(-np.maximum(below, 0) / _SHADOW_REACH)


def _crop(image: Frame, eye: EyeRest, u: Floats, v: Floats) -> Floats:
    """Return the picture at eye coordinates (two arrays of one shape), float 0..255."""
    xy = eye.origin + eye.width * (u[..., None] * eye.across + v[..., None] * eye.down)
    return remap(image, xy[..., 0], xy[..., 1]).astype(np.float32)


def _fit_color(color: Floats, u: Floats, v: Floats, use: NDArray[np.bool_]) -> Floats:
    """Return a quadratic colour surface [h, w, 3] through the pixels in `use`, robustly."""

    def basis(a: Floats, b: Floats) -> Floats:
        return np.stack([np.ones_like(a), a, b, a * a, a * b, b * b], -1)

    keep = use.copy()
    coefficients = np.zeros((6, 3))
    for _ in range(3):
        x, y = basis(u[keep], v[keep]), color[keep]
        ridge = np.diag([1e-6, 1e-2, 1e-2, 5e-2, 5e-2, 5e-2]) * len(x)
        coefficients = np.linalg.solve(x.T @ x + ridge, x.T @ y)
        luma_error = (color - basis(u, v) @ coefficients).mean(-1)
        spread = 1.48 * np.median(np.abs(luma_error[keep])) + 2.0
        keep = use & (np.abs(luma_error) < 2.2 * spread)
        if keep.sum() < 30:
            break
    # Beyond what was seen the surface is held, not extrapolated.
    held_u = np.clip(u, np.quantile(u[use], 0.03), np.quantile(u[use], 0.97))
    held_v = np.clip(v, np.quantile(v[use], 0.03), np.quantile(v[use], 0.97))
    return basis(held_u, held_v) @ coefficients


def build_plates(
    image: Frame, eye: EyeRest, margins: tuple[Floats, Floats], veil: Floats, skin: Floats
) -> EyePlates:
    """Return the plates of one eye.

    Parameters
    ----------
    image : array, shape [H, W, 3]
        The portrait.
    eye : EyeRest
        Its geometry.
    margins : two arrays, shape [S]
        Upper and lower margin curves ``v(u)`` on ``linspace(-U_HALF, U_HALF, S)``.
    veil : array, shape [rows, cols]
        Opacity of what hangs in front of the eye.
    skin : array, shape [3]
        Colour of the skin around the eye, for eyes that show no white.
    """
    cols = int(np.clip(round(2 * U_HALF * eye.width), 96, 1024))
    rows = int(np.clip(round(2 * V_HALF * eye.width), 78, 826))
    u, v = np.meshgrid(np.linspace(-U_HALF, U_HALF, cols), np.linspace(-V_HALF, V_HALF, rows))
    source = _crop(image, eye, u, v)
    grid = np.linspace(-U_HALF, U_HALF, len(margins[0]))
    top, bottom = (np.interp(u, grid, margin) for margin in margins)
    inside = (v > top + _LID_INSET) & (v < bottom - _LID_INSET)
    hidden = veil_at(veil, u.astype(np.float32), v.astype(np.float32)) > _VEILED
    open_px = int(inside.sum())
    inside &= ~hidden
    center = np.array([(eye.iris - eye.origin) @ eye.across, (eye.iris - eye.origin) @ eye.down])
    radius = eye.iris_radius / eye.width
    rho = np.hypot(u - center[0] / eye.width, v - center[1] / eye.width) / radius
    source = source / lid_shadow((v - top).astype(np.float32))[..., None]
    sclera = _sclera(source, u, v, inside & (rho > 1.16), skin)
    iris, glint = _iris(source, eye, rho, (u, v), inside, center / eye.width)
    return EyePlates(sclera, glint, iris, float(inside.sum()) / max(open_px, 1))


def _sclera(source: Floats, u: Floats, v: Floats, white: NDArray[np.bool_], skin: Floats) -> Floats:
    if white.sum() >= 40:
        luma = source.mean(-1)
        bright = white & (luma > np.quantile(luma[white], 0.25))
        surface = _fit_color(source, u, v, bright)
        typical = np.median(source[bright], axis=0)
        surface = np.clip(surface, 0.55 * typical, 1.15 * typical)
    else:
        # No white is seen: a greyish white as bright as the skin beside it allows.
        surface = np.broadcast_to(
            np.clip(0.5 * skin + 0.5 * skin.mean() + 18, 0, 235), source.shape
        )
    surface = surface * _light_beside(source, surface, white)
    distance = inside_distance(white)
    feather = np.clip(distance / max(2.0, 0.02 * source.shape[1]), 0, 1)[..., None]
    return (feather * source + (1 - feather) * surface).astype(np.float32)


def _light_beside(source: Floats, surface: Floats, white: NDArray[np.bool_]) -> Floats:
    """Return the light of the white seen nearby over the fitted surface, [h, w, 1]; 1 far off.

    White in a corner's shadow goes on as dark as it is seen, or a bright line would frame it.
    """
    weight = white.astype(np.float32)
    spread = _BESIDE * source.shape[1]
    ratio = np.clip(source.mean(-1) / np.maximum(surface.mean(-1), 1), 0.3, 1.3) * weight
    near = blur(weight, spread)
    light = blur(ratio.astype(np.float32), spread) / np.maximum(near, 1e-4)
    return (1 + np.clip(8 * near, 0, 1) * (light - 1))[..., None]


def _iris(
    source: Floats,
    eye: EyeRest,
    rho: Floats,
    uv: tuple[Floats, Floats],
    inside: NDArray[np.bool_],
    center: Floats,
) -> tuple[Floats, Floats]:
    """Return the completed iris [n, n, 4] and the highlight [h, w, 3] taken off it."""
    profile = _radial_profile(source, rho, inside)
    bins = np.linspace(0, IRIS_EXTENT, len(profile))
    ring = np.stack([np.interp(rho, bins, profile[:, k]) for k in range(3)], -1)
    extra = (source - ring).mean(-1)
    spot = inside & (rho < _GLINT_WITHIN) & (extra > _GLINT_STEP)
    spot = cv2.dilate(spot.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    soft = blur((spot & inside).astype(np.float32), 0.8)[..., None]
    glint = (np.maximum(source - ring, 0) * soft).astype(np.float32)
    clean = source - (source - ring) * np.maximum(soft, spot[..., None])
    n = int(np.clip(round(2 * IRIS_EXTENT * eye.iris_radius), 64, 700))
    axis = np.linspace(-IRIS_EXTENT, IRIS_EXTENT, n)
    x, y = np.meshgrid(axis, axis)
    radius = eye.iris_radius / eye.width
    texture, seen = _resample(clean, inside, uv, center + radius * np.stack([x, y], -1))
    r = np.hypot(x, y)
    full = np.stack([np.interp(r, bins, profile[:, k]) for k in range(3)], -1)
    for flip in (np.s_[::-1], np.s_[:, ::-1]):
        other, other_seen = texture[flip], seen[flip]
        # A mirrored half keeps its detail but takes the ring's brightness, not its shadow.
        full = full * (1 - other_seen[..., None]) + other * other_seen[..., None]
    full = full * (1 - seen[..., None]) + texture * seen[..., None]
    alpha = np.clip((LIMBUS[1] - r) / (LIMBUS[1] - LIMBUS[0]), 0, 1)
    alpha = alpha * alpha * (3 - 2 * alpha)
    return np.concatenate([full, alpha[..., None]], -1).astype(np.float32), glint


def _radial_profile(source: Floats, rho: Floats, inside: NDArray[np.bool_]) -> Floats:
    """Return the median colour per ring, [24, 3], gaps interpolated."""
    edges = np.linspace(0, IRIS_EXTENT, 25)
    middle = (edges[1:] + edges[:-1]) / 2
    rows = np.full((24, 3), np.nan)
    for i in range(24):
        ring = inside & (rho >= edges[i] - 0.02) & (rho < edges[i + 1] + 0.02)
        if ring.sum() >= 4:
            rows[i] = np.quantile(source[ring], 0.42, axis=0)
    known = np.isfinite(rows[:, 0])
    if not known.any():
        rows[:] = np.clip(np.median(source.reshape(-1, 3), axis=0) * 0.4, 0, 255)
        known[:] = True
    profile = np.stack([np.interp(middle, middle[known], rows[known, k]) for k in range(3)], -1)
    # A pupil is never brighter than its iris: what is brighter there is a reflection.
    pupil = middle < 0.4
    profile[pupil] = np.minimum(profile[pupil], profile[~pupil][0])
    return profile


def _resample(
    color: Floats, seen: NDArray[np.bool_], uv: tuple[Floats, Floats], at: Floats
) -> tuple[Floats, Floats]:
    """Return colour and soft visibility of plate pixels at eye coordinates `at` [n, n, 2]."""
    u, v = uv
    x = ((at[..., 0] - u[0, 0]) / (u[0, 1] - u[0, 0])).astype(np.float32)
    y = ((at[..., 1] - v[0, 0]) / (v[1, 0] - v[0, 0])).astype(np.float32)
    distance = inside_distance(seen)
    soft = np.clip(distance / max(2.0, 0.03 * color.shape[1]), 0, 1).astype(np.float32)
    picked = remap(color.astype(np.float32), x, y)
    visible = remap(soft, x, y, border=cv2.BORDER_CONSTANT)
    return picked.astype(np.float64), visible.astype(np.float64)


def along(table: Floats, u: Floats) -> Floats:
    """Return columns of a table [1, S, C] over ``u`` -U_HALF to U_HALF at `u` [h, w], linear."""
    x = (u + np.float32(U_HALF)) * np.float32((table.shape[1] - 1) / (2 * U_HALF))
    return remap(table, x, np.zeros_like(x))
