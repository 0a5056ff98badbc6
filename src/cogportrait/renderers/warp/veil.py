"""What hangs in front of an eye: hair, the side of a pair of glasses.

It is drawn over lids and eyeball as photographed. The eye itself tells nothing about it (an iris is
as dark as hair), so it is followed from the skin above the eye to the skin below: a straight line
through the eye, upright or slanted, lies behind hair where both of its ends do. It hangs
in from the temple: a dark streak in the middle of an eye is a shadow. Thin hair lets the
open eye through; where the lids have shut behind it, the hair above goes on to that below.
"""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from cogportrait.face import landmarks as lm
from cogportrait.face.eye_geometry import EyeRest, eye_coordinates
from cogportrait.renderers.warp.sampling import Floats, blur, remap, smoothstep
from cogportrait.spans import runs
from cogportrait.types import Portrait

VEIL_U: Final = 0.95  # plate extent to both sides of the eye's middle, eye widths
VEIL_V: Final = 0.60
_PX: Final = 96.0  # plate pixels to an eye width
_ODD: Final = 0.26  # brightness, up or down from that of the skin, from which it may be hair
_BLACK: Final = 0.5  # brightness below which it is no shaded skin
_ROUGH: Final = 0.10  # spread of brightness over its mean, from which it is no skin
_TEMPLE: Final = 0.52  # eye widths outward of the middle, where the skin beside the eye begins
_SOME: Final = 0.1
_ROUGH_OVER: Final = 0.06  # eye widths
_PAST: Final = 0.19  # eye widths above and below the middle from which skin is looked at
_SLANTS: Final = np.linspace(-0.6, 0.6, 13)  # eye widths across per eye width down
_FROM: Final = 0.45  # share of a line's end, the lesser one, that is odd: from here it may be hair
_SURE: Final = 0.75
_STRANDS: Final = 0.07  # eye widths: hair closer together than this is one lock
HAIR: Final = 0.3  # opacity from which it is neither skin nor lash
_ROOM: Final = 0.09  # eye widths beyond the margins that lashes reach
_SEEN_LEAST: Final = 8  # plate pixels of a line's end that must not be brow
_LEAST_SKIN: Final = 40  # pixels from which skin can be told


@dataclass(frozen=True, slots=True, eq=False)
class Veil:
    """What hangs in front of an eye, over ``u`` in ``+-VEIL_U`` and ``v`` in ``+-VEIL_V``."""

    opacity: Floats  # [rows, cols] 0..1
    bridged: Floats  # [rows, cols, 4] the same across an eye that is shut: colour and where it is
    hangs: bool  # whether there is anything


def build_veil(portrait: Portrait, rest: EyeRest, eye: tuple[Floats, Floats, Floats]) -> Veil:
    """Return what hangs in front of an eye.

    Parameters
    ----------
    portrait : Portrait
        The picture.
    rest : EyeRest
        The eye in it.
    eye : three arrays, shape [S]
        ``u`` of the margin curves, and the upper and the lower margin there, eye widths.
    """
    u, v = _plate_grid()
    xy = rest.origin + rest.width * (u[..., None] * rest.across + v[..., None] * rest.down)
    picture = remap(portrait.image, xy[..., 0], xy[..., 1])[..., :3].astype(np.float32)
    at, upper, lower = eye
    over, under = np.interp(u, at, upper) - v, v - np.interp(u, at, lower)
    open_eye = (over < 0.03) & (under < 0.03) & (np.abs(u) < 0.54)
    skin = ~_brow(portrait, rest) & ~open_eye
    # Hair beside the eye may be brighter than the skin: that before it tells the skin's light.
    outer = u if rest.side == 0 else -u
    held = np.clip(u, -_TEMPLE, None) if rest.side else np.clip(u, None, _TEMPLE)
    ratio = over_skin(picture.mean(-1), held, v, skin & (outer < _TEMPLE))
    odd = _hair_like(picture.mean(-1), ratio) & skin
    lock = np.ones((1, max(3, round(_STRANDS * _PX) | 1)))
    plate = np.asarray(cv2.morphologyEx(odd.astype(np.float32), cv2.MORPH_CLOSE, lock), np.float32)
    opacity, best, most = np.zeros(u.shape, np.float32), 0.0, 0.0
    for slant in map(float, _SLANTS):
        hidden = _from_temple(_hidden_lines(plate, skin.astype(np.float32), slant), rest.side)
        np.maximum(opacity, _along_lines(hidden, slant), out=opacity)
        if hidden.sum() > most:
            best, most = slant, float(hidden.sum())
    closed = np.asarray(cv2.morphologyEx(opacity, cv2.MORPH_CLOSE, lock))
    opacity = blur(closed.astype(np.float32), 0.8)
    return Veil(opacity, _bridged(picture, (over, under), best), bool((opacity > _SOME).any()))


def _bridged(picture: Floats, margins: tuple[Floats, Floats], slant: float) -> Floats:
    """Return what goes on from above the eye to below it along lines of one slant, and where."""
    u, v = _plate_grid()
    over, under = margins
    ends: list[Floats] = []
    for height in (v + over - _ROOM, v - under + _ROOM):  # a little beyond each margin
        x = ((u + slant * (height - v) + VEIL_U) * _PX).astype(np.float32)
        ends.append(remap(picture, x, ((height + VEIL_V) * _PX).astype(np.float32)))
    share = smoothstep((_ROOM - over) / np.maximum(2 * _ROOM - over - under, 1e-3))[..., None]
    bridged = ends[0] + share * (ends[1] - ends[0])
    inside = (np.minimum(_ROOM - over, _ROOM - under) / np.float32(0.03)).clip(0, 1)[..., None]
    return np.concatenate([bridged, inside], -1).astype(np.float32)


def veil_at(plate: Floats, u: Floats, v: Floats) -> Floats:
    """Return a plate of a veil at eye coordinates `u`, `v`, [h, w] or [h, w, 3]; 0 beyond it."""
    x, y = u + np.float32(VEIL_U), v + np.float32(VEIL_V)
    return remap(plate, x * np.float32(_PX), y * np.float32(_PX), border=cv2.BORDER_CONSTANT)


def over_skin(luma: Floats, u: Floats, v: Floats, use: NDArray[np.bool_]) -> Floats:
    """Return the brightness over that of skin, [h, w]: of a quadratic surface through `use`.

    The surface starts from the brighter half and leaves out what lies well off it (Tukey's
    biweight, iterated; Beaton & Tukey 1974).
    """
    basis = np.stack([np.ones_like(u), u, v, u * u, u * v, v * v], -1)
    inside, light = basis[use], luma[use].astype(np.float64)
    if len(inside) < _LEAST_SKIN:
        return np.ones(luma.shape)
    fit = np.full(len(light), np.quantile(light, 0.65))
    normal_ridge = np.diag([0.0, 1e-3, 1e-3, 1e-2, 1e-2, 1e-2]) * len(inside)
    surface = np.full(luma.shape, fit[0])
    for spread in (0.6, 0.40, 0.30, 0.25):  # shares of the brightness
        off = (light - fit) / (spread * np.maximum(fit, 1.0))
        weight = np.where(np.abs(off) < 1, (1 - off**2) ** 2, 0.0)
        if weight.sum() < _LEAST_SKIN / 2:
            break
        weighted = inside * weight[:, None]
        k = np.linalg.solve(weighted.T @ inside + normal_ridge, weighted.T @ light)
        fit, surface = inside @ k, basis @ k
    return luma / np.maximum(surface, 1.0)


def _hair_like(luma: Floats, ratio: Floats) -> NDArray[np.bool_]:
    """Return where it is no skin, not even shaded: other brightness, and nearly black or rough."""
    size = (max(3, round(_ROUGH_OVER * _PX) | 1),) * 2
    mean = np.asarray(cv2.blur(luma, size), np.float64)
    spread = np.sqrt(np.maximum(np.asarray(cv2.blur(luma * luma, size)) - mean**2, 0))
    rough = spread > _ROUGH * np.maximum(mean, 1.0)
    return (np.abs(ratio - 1) > _ODD) & ((ratio < _BLACK) | rough)


def _from_temple(lines: Floats, side: int) -> Floats:
    """Return `lines` [1, cols] without what does not reach in from the outer side of the eye."""
    u = _plate_grid()[0][0]
    beside = (u if side == 0 else -u) > _TEMPLE
    out = np.zeros_like(lines)
    for first, past in runs(lines[0] > _SOME):
        if beside[first:past].any():
            out[:, first:past] = lines[:, first:past]
    return out


def _plate_grid() -> tuple[Floats, Floats]:
    cols, rows = round(2 * VEIL_U * _PX) + 1, round(2 * VEIL_V * _PX) + 1
    u, v = np.meshgrid(np.linspace(-VEIL_U, VEIL_U, cols), np.linspace(-VEIL_V, VEIL_V, rows))
    return u, v


def brow_points(portrait: Portrait, rest: EyeRest) -> Floats:
    """Return the landmarks around the brow over an eye, [N, 3] px; their hull is the brow."""
    return portrait.landmarks_px[[*lm.BROW_UPPER[rest.side], *lm.BROW_LOWER[rest.side]]]


def _brow(portrait: Portrait, rest: EyeRest) -> NDArray[np.bool_]:
    u, v = eye_coordinates(rest, brow_points(portrait, rest))
    hull = np.stack([(u + VEIL_U) * _PX, (v + VEIL_V) * _PX], -1).round().astype(np.int32)
    out = np.zeros(_plate_grid()[0].shape, np.uint8)
    cv2.fillConvexPoly(out, np.asarray(cv2.convexHull(hull)), 1.0)
    return out > 0


def _hidden_lines(odd: Floats, skin: Floats, slant: float) -> Floats:
    """Return how surely each line lies behind hair, [1, cols], by where it crosses ``v`` = 0."""
    u, v = _plate_grid()
    x = ((u + slant * v + VEIL_U) * _PX).astype(np.float32)
    y = ((v + VEIL_V) * _PX).astype(np.float32)
    odd, skin = (remap(plate, x, y, border=cv2.BORDER_CONSTANT) for plate in (odd, skin))
    shares: list[Floats] = []
    for end in (v < -_PAST, v > _PAST):
        seen = (skin * end).sum(0)
        shares.append((odd * end).sum(0) / np.maximum(seen, _SEEN_LEAST))
    return smoothstep((np.minimum(*shares) - _FROM) / (_SURE - _FROM))[None].astype(np.float32)


def _along_lines(lines: Floats, slant: float) -> Floats:
    u, v = _plate_grid()
    x = ((u - slant * v + VEIL_U) * _PX).astype(np.float32)
    return remap(lines, x, np.zeros_like(x))
