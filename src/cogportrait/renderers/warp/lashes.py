"""Upper lashes as a layer of their own: combed off the photograph, hung on the moving margin.

Unrolled along the lid's margin, a lash stands upright and the crease above it lies level: what a
closing by a level line fills in is lashes. They are kept as the share of light that they let
through. As the lid comes down they turn with it: they stand up, point at the viewer, hang down.
"""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from cogportrait.face.eye_geometry import EyeRest, eye_coordinates
from cogportrait.renderers.warp.eye_plates import along
from cogportrait.renderers.warp.sampling import (
    Floats,
    blur,
    lay,
    per_channel,
    remap,
    rise,
    smoothstep,
    without_opacity,
)
from cogportrait.renderers.warp.veil import HAIR, brow_points, veil_at
from cogportrait.types import Portrait

_U: Final = 0.95  # eye widths beside the eye's middle that the plates reach
_UP: Final = 0.45  # eye widths above the margin
_DOWN: Final = 0.05
_PX_MOST: Final = 160.0  # of plates, per eye width
_CORNER: Final = 0.48  # eye widths from the middle where the margin ends
_STRAND: Final = 0.10  # eye widths: what is thinner across is lashes
_LEAST: Final = 0.045  # eye widths: shorter ones are specks
_FAINT: Final = 0.05  # share of light taken, below which it is the skin's grain
_LONGEST: Final = 0.30  # eye widths
_LAST_ROOT: Final = 0.42  # eye widths outward of the middle, from where hanging ones thin out,
_ROOTS_END: Final = 0.14  # over this much
_FAN: Final = 1.3  # how far the outermost lashes lean outward, of their height
_RAISED_DEG: Final = 40.0  # how far lashes of an open eye point up, and how far they turn
_TURN_DEG: Final = 72.0
_FORESHORTENED: Final = 0.22  # of their length that is seen of lashes that point at the viewer
_SHOWN: Final = 0.06  # of the way down, from which the layer stands for the photographed lashes


@dataclass(frozen=True, slots=True, eq=False)
class Lashes:
    """Plates unrolled along the margin: what one eye's lashes let through, skin behind them."""

    light: Floats  # [h, w] 0..1, 1 where there is no lash; a row is a height above the margin
    combed: Floats  # [h, w, 4] 0..255 skin without lashes, and 0..1 where they stood
    px: float  # of plates, per eye width
    base: Floats  # [1, w, 1] what they are unrolled along: v(u) of the margin, going on beyond it
    side: int


def build_lashes(
    portrait: Portrait, rest: EyeRest, margin: tuple[Floats, Floats], veil: Floats
) -> Lashes:
    """Return the upper lashes of an eye.

    Parameters
    ----------
    portrait : Portrait
        The picture.
    rest : EyeRest
        The eye.
    margin : two arrays, shape [S]
        ``u`` and ``v`` of the upper margin at rest, eye widths.
    veil : array
        Opacity of what hangs in front of the eye.
    """
    px = float(min(max(rest.width, 48.0), _PX_MOST))
    u, over = np.meshgrid(
        np.arange(-round(_U * px), round(_U * px) + 1) / px,
        np.arange(round(_UP * px), -round(_DOWN * px) - 1, -1) / px,
    )
    base = _continued(u[0], *margin)
    v = base - over
    xy = rest.origin + rest.width * (u[..., None] * rest.across + v[..., None] * rest.down)
    picture = remap(portrait.image, xy[..., 0], xy[..., 1], cv2.INTER_CUBIC)[..., :3]
    line = np.ones((1, max(3, round(_STRAND * px) | 1)), np.uint8)
    closed = np.asarray(cv2.morphologyEx(picture, cv2.MORPH_CLOSE, line), np.float32)
    taken = 1 - picture.astype(np.float32).mean(-1) / np.maximum(closed.mean(-1), 1.0)
    taken = _long_ones(np.clip(taken, 0, 1).astype(np.float32), max(3, round(_LEAST * px) | 1))
    taken *= smoothstep((taken - np.float32(_FAINT)) / np.float32(2 * _FAINT))
    outer = u if rest.side == 0 else -u
    longest = _LONGEST + 0.6 * np.clip(outer - 0.4, 0, 0.3)  # beyond the corner the base falls
    taken *= smoothstep(over / 0.02 + 1) * smoothstep((longest - over) / 0.10)
    taken *= smoothstep((1 - np.hypot((outer - 0.13) / 0.88, (v + 0.05) / 0.44)) / 0.25)
    taken *= ~_brow(portrait, rest, (u, v)) & (veil_at(veil, u, v) <= HAIR)
    taken = taken.astype(np.float32)
    stood = blur(np.asarray(cv2.dilate(taken, np.ones((3, 3), np.uint8))), 0.6)
    stood = smoothstep(stood / np.float32(2 * _FAINT))
    combed = np.concatenate([blur(closed, 0.01 * px + 0.3), stood[..., None]], -1)
    return Lashes(
        (1 - taken).astype(np.float32), combed.astype(np.float32), px,
        base[None, :, None].astype(np.float32), rest.side,
    )  # fmt: skip


def _long_ones(taken: Floats, length: int) -> Floats:
    """Return what lies on upright or leaning lines of an odd length, px: no specks."""
    out = np.zeros_like(taken)
    row = np.arange(length) - length // 2
    for lean in (-1.0, -0.5, 0.0, 0.5, 1.0):
        line = np.zeros((length, length), np.uint8)
        line[row + length // 2, (lean * row).round().astype(int) + length // 2] = 1
        np.maximum(out, cv2.morphologyEx(taken, cv2.MORPH_OPEN, line), out=out)
    return out


def _continued(at: Floats, u: Floats, v: Floats) -> Floats:
    """Return a margin v(u) at `at`, beyond the corners on a parabola like its own: the crease's."""
    inside = np.abs(u) < _CORNER
    arch = np.polynomial.Polynomial.fit(u[inside], v[inside], 2)
    ends = np.clip(at, -_CORNER, _CORNER)
    return np.interp(ends, u, v) + arch(at) - arch(ends)


def _brow(portrait: Portrait, rest: EyeRest, at: tuple[Floats, Floats]) -> NDArray[np.bool_]:
    """Return where places `at` [h, w] in eye coordinates belong to the brow."""
    uv = np.stack(eye_coordinates(rest, brow_points(portrait, rest)), -1)
    points = cv2.convexHull((uv * 100).astype(np.float32)).astype(np.int32)
    mask = np.zeros((200, 200), np.uint8)  # a hundredth of an eye width each
    cv2.fillConvexPoly(mask, points + 100, 1)
    mask = np.asarray(cv2.dilate(mask, np.ones((7, 7), np.uint8)))
    u, v = at
    return remap(mask, u * 100 + 100, v * 100 + 100, cv2.INTER_NEAREST) > 0


def comb(lashes: Lashes, color: Floats, at: tuple[Floats, Floats], amount: np.float32) -> None:
    """Take the lashes off photographed skin `color` [h, w, 3], whose ``u``, ``v`` are `at`."""
    u, v = at
    skin = _plate(lashes, lashes.combed, u, _base(lashes, u) - v)
    lay(color, amount * skin[..., 3], without_opacity(skin))


def hang(
    lashes: Lashes,
    color: Floats,
    at: tuple[Floats, Floats],
    lowered: Floats,
    closing: float,
    amount: np.float32,
) -> None:
    """Hang the lashes on the margin of a lid into `color` [h, w, 3].

    Parameters
    ----------
    color : array, shape [h, w, 3]
        The eye region, changed in place.
    at : two arrays, shape [h, w]
        Eye coordinates of the pixels.
    lowered : array, shape [S]
        How far their roots came down, over ``u`` from -U_HALF to U_HALF, eye widths.
    closing : float
        How far the lid came down, 0 as photographed, 1 shut: what turns the lashes.
    amount : float
        0 leaves them off.
    """
    angle = np.deg2rad(_RAISED_DEG - _TURN_DEG * closing)
    height = float(np.sin(angle) / np.sin(np.deg2rad(_RAISED_DEG)))
    # Around level they are a short fringe on both sides of the margin, which one fades over.
    up = np.float32(min(max(0.5 + 0.5 * height / _FORESHORTENED, 0.0), 1.0))
    moved = lowered[None, :, None].astype(np.float32)
    for share, seen in (
        (up, max(height, _FORESHORTENED)), (1 - up, min(height, -_FORESHORTENED)),
    ):  # fmt: skip
        if share > 0:
            light = _hung(lashes, at, moved, np.float32(seen))
            color *= per_channel(1 - (amount * share) * (1 - light))


def _hung(lashes: Lashes, at: tuple[Floats, Floats], lowered: Floats, seen: np.float32) -> Floats:
    """Return what lashes let through, [h, w], seen at a share of their height, below 0 hanging."""
    u, v = at
    outer = u if lashes.side == 0 else -u
    fan = np.float32(_FAN) * smoothstep((outer + np.float32(0.1)) / np.float32(0.6))
    lean = fan if lashes.side == 0 else -fan
    root, length = u, np.zeros_like(u)
    for _ in range(3):  # the root of the lash that reaches here: it leans outward from it
        root = u - lean * np.clip(length, 0, np.float32(_LONGEST))
        length = (_base(lashes, root) + along(lowered, root) - v) / seen
    # The plate is unrolled along the margin, so that a tip lies lower in it than above its root.
    over = length + _base(lashes, u) - _base(lashes, root)
    light = _plate(lashes, lashes.light, u, over, outside=1.0)
    # A lash has no part on the other side of its root.
    rooted = smoothstep(length / np.float32(0.02) + 1)
    if seen < 0:  # nor do any hang from the skin beyond the outer corner
        beyond = root if lashes.side == 0 else -root
        rooted *= 1 - smoothstep((beyond - np.float32(_LAST_ROOT)) / np.float32(_ROOTS_END))
    return 1 - rooted * (1 - light)


def _base(lashes: Lashes, u: Floats) -> Floats:
    x = (u + np.float32(_U)) * np.float32(lashes.px)
    return remap(lashes.base, x, np.zeros_like(x))


def _plate(lashes: Lashes, plate: Floats, u: Floats, over: Floats, outside: float = 0.0) -> Floats:
    """Return a plate at ``u`` and heights over the margin, eye widths, `outside` beyond it."""
    left, top = round(_U * lashes.px), round(_UP * lashes.px)
    x, y = u * np.float32(lashes.px) + left, top - over * np.float32(lashes.px)
    out = remap(plate - np.float32(outside), x, y, border=cv2.BORDER_CONSTANT)
    return out + np.float32(outside)


def hanging(closing: float) -> np.float32:
    """Return how far the layer stands for the photographed lashes, 0 where nothing has moved."""
    return rise(closing / _SHOWN)
