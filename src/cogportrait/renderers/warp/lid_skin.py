"""Skin that the photograph does not show: behind the lashes, and on the lids of a shut eye.

Both are relaxed from the skin around (Laplace's equation), so that they have its light where they
meet it: a socket that lies in shadow at the nose and under the brow goes on over the lid.
"""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from cogportrait.face.eye_geometry import EyeRest, eye_coordinates
from cogportrait.renderers.warp.backdrop import membrane
from cogportrait.renderers.warp.eye_plates import U_HALF
from cogportrait.renderers.warp.sampling import Floats, blur, resize, smoothstep
from cogportrait.renderers.warp.veil import HAIR, brow_points, over_skin, veil_at
from cogportrait.types import Frame, Portrait

WORK_PX: Final = 96.0  # eye width at which both are made: skin is smooth, small is quick
LASH_LENGTH: Final = 0.17  # eye widths: thinner dark things are lashes
LASHES_WITHIN: Final = 0.95  # eye widths beside the eye's middle, half as much above the lid
THIN_DARK: Final = 12.0  # levels of 255 that lashes are darker than what is around them
ROOTS: Final = 0.10  # eye widths above the margin: lashes' roots and their shadow
SKIN_DARKEST_AT_ROOTS: Final = 0.84
SKIN_DARKEST: Final = 0.70  # brightness over that of the skin around, below which it is no skin
NO_SKIN: Final = 0.6  # the same of what lends the skin behind lashes no color: hair
EYE_RIM: Final = 0.03  # eye widths beyond the margins that belong to the eye, not to the skin
LID_U: Final = 0.56  # eye widths beside the middle up to which a lid has a color of its own
LID_SIDE: Final = 0.5  # of the way from there to the middle over which it comes up,
LID_TOP: Final = 0.6  # and of the lid's height downward from the fold
LID_OWN: Final = 0.75  # of the way from the light around to the lid's own, where it is all there
LID_LIMITS: Final = (0.65, 1.30)  # its own light over that around
LID_BULGE: Final = 0.04  # how much brighter its middle is: it is a ball's front
LASH_SHADE: Final = 0.08  # how much darker it is at the lashes


@dataclass(frozen=True, slots=True, eq=False)
class _View:
    """The surroundings of an eye, made small."""

    part: Frame  # [H, W, 3] of the photograph
    corner: tuple[int, int]  # its left, top pixel
    small: Frame  # [h, w, 3]
    scale: float
    width: float  # of the eye, px of `small`
    u: Floats  # [h, w]
    v: Floats
    over: Floats  # [h, w] eye widths above the upper margin
    under: Floats  # and below the lower one
    brow: Floats  # [h, w] 0 or 1
    hair: NDArray[np.bool_]  # in front of the eye
    lash: NDArray[np.uint8]  # a disc that no lash is as wide as

    def full(self, small: Floats) -> Frame:
        """Return a picture of this view at the photograph's size."""
        large = resize(small, self.part.shape[1], self.part.shape[0], cv2.INTER_LINEAR)
        return np.asarray(large.round().clip(0, 255), np.uint8)


@dataclass(frozen=True, slots=True, eq=False)
class LidSkin:
    """Two pictures of one size: skin behind eye and lashes, and the skin of a shut upper lid."""

    bare: Frame  # [h, w, 4], as opaque as eye, lashes or make-up hide the skin
    lid: Frame  # [h, w, 3]
    corner: tuple[int, int]  # their left, top pixel in the photograph


def build_lid_skin(
    portrait: Portrait,
    rest: EyeRest,
    eye: tuple[Floats, Floats, Floats],
    own: tuple[Floats, Floats],
    veil: Floats,
) -> LidSkin:
    """Return the hidden skin of one eye.

    Parameters
    ----------
    portrait : Portrait
        The picture.
    rest : EyeRest
        The eye.
    eye : three arrays, shape [S]
        ``v`` of upper and lower margin over ``u`` from -U_HALF to U_HALF, and the fold's height
        above the upper one, eye widths.
    own : two arrays, shape [S, 3]
        The lid's own color at its lashes and at the fold.
    veil : array
        Opacity of what hangs in front of the eye.
    """
    view = _view(portrait, rest, eye[:2], veil)
    closed = np.asarray(cv2.morphologyEx(view.small, cv2.MORPH_CLOSE, view.lash), np.float32)
    hole, skin = _skin(view)
    bare = _bare(view, closed, hole, skin, rest.side)
    # The corner at the nose may lie in any shadow: no hair hangs there.
    lid = _lid(view, skin | (_outward(view, rest.side) < -LID_U), eye, own)
    return LidSkin(view.full(bare), view.full(lid), view.corner)


def _view(portrait: Portrait, rest: EyeRest, margins: tuple[Floats, Floats], veil: Floats) -> _View:
    reach = 1.1 * rest.width
    x0, y0 = (max(0, int(c - reach)) for c in rest.origin)
    x1, y1 = int(rest.origin[0] + reach) + 2, int(rest.origin[1] + reach) + 2
    part = np.ascontiguousarray(portrait.image[y0:y1, x0:x1, :3])
    scale = min(1.0, WORK_PX / rest.width)
    h, w = max(1, round(part.shape[0] * scale)), max(1, round(part.shape[1] * scale))
    small = np.asarray(cv2.resize(part, (w, h), interpolation=cv2.INTER_AREA), np.uint8)
    y, x = np.mgrid[:h, :w]
    u, v = eye_coordinates(rest, np.stack([x / scale + x0, y / scale + y0], -1))
    points = (brow_points(portrait, rest)[:, :2] - (x0, y0)) * scale
    brow = np.zeros((h, w), np.float32)
    cv2.fillConvexPoly(brow, cv2.convexHull(points.round().astype(np.int32)), 1.0)
    disc = cv2.getStructuringElement(
        cv2.MORPH_ELLIPSE, (_odd(LASH_LENGTH * scale * rest.width),) * 2
    )
    return _View(
        part, (x0, y0), small, scale, scale * rest.width, u, v,
        _at(margins[0], u) - v, v - _at(margins[1], u), brow, veil_at(veil, u, v) > HAIR,
        np.asarray(disc, np.uint8),
    )  # fmt: skip


def _at(row: Floats, u: Floats) -> Floats:
    """Return a row over ``u`` from -U_HALF to U_HALF at `u`."""
    return np.interp(u, np.linspace(-U_HALF, U_HALF, len(row)), row)


def _skin(view: _View) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return where eye or make-up hide the skin, and where skin is seen: there it has its color."""
    beside = (np.abs(view.u) < LASHES_WITHIN) & (view.brow == 0)
    near = beside & (view.over < LASHES_WITHIN / 2) & (view.under < 0.12)
    eye = (view.over < EYE_RIM) & (view.under < EYE_RIM) & (np.abs(view.u) < 0.54)
    window = beside & (np.abs(view.v) < LASHES_WITHIN / 2)
    ratio = over_skin(view.small.mean(-1), view.u, view.v, window & ~eye)
    darkest = np.where(view.over < ROOTS, SKIN_DARKEST_AT_ROOTS, SKIN_DARKEST)
    dark = near & ~eye & ~view.hair & (ratio < darkest)
    grown = np.ones((_odd(0.06 * view.width),) * 2, np.uint8)
    hole = np.asarray(cv2.dilate((dark | eye).astype(np.uint8), grown)) > 0
    odd = np.asarray(cv2.dilate((ratio < NO_SKIN).astype(np.uint8), view.lash)) > 0
    return hole, ~hole & ~odd


def _bare(
    view: _View,
    closed: Floats,
    hole: NDArray[np.bool_],
    skin: NDArray[np.bool_],
    side: int,
) -> Floats:
    """Return the skin behind eye and lashes, [h, w, 4].

    The eye, what is thin and dark above it (lashes) and what is darker than the skin around it
    (liner, the lashes' root) are filled in from around them. Brow and hair are kept.
    """
    soft = max(0.8, 0.03 * view.width)
    bare = blur(membrane(closed, skin | (view.brow > 0)), soft)
    near = (np.abs(view.u) < LASHES_WITHIN) & (view.over < LASHES_WITHIN / 2) & (view.under < 0.12)
    thin = near & (view.brow == 0) & ((closed - view.small).max(-1) > THIN_DARK)
    grown = np.ones((3, 3), np.uint8)
    lash, gone = (np.asarray(cv2.dilate(m.astype(np.float32), grown)) for m in (thin, hole))
    # A wing's soft edge belongs to it, or a ring of it would stay.
    share = np.maximum(blur(lash, 2 * soft), smoothstep(1.5 * blur(gone, 2 * soft)))
    share = share * (1 - blur(np.asarray(cv2.dilate(view.brow, view.lash)), soft))
    share = share * (1 - blur(view.hair.astype(np.float32), soft))
    outer = _outward(view, side)
    # No corner of it shows: it fades out along an ellipse, around wings of liner as well.
    ellipse = np.hypot((outer - 0.13) / 0.88, (view.v + 0.05) / 0.46)
    share = share * smoothstep((1 - ellipse) / 0.30)
    return np.dstack([bare, 255 * share])


def _lid(
    view: _View,
    skin: NDArray[np.bool_],
    eye: tuple[Floats, Floats, Floats],
    own: tuple[Floats, Floats],
) -> Floats:
    """Return the skin of a shut upper lid, [h, w, 3]: toward its border it is the skin around.

    In its middle it has the lid's own hue, and most of its light.
    """
    upper, lower, fold = eye
    u, height = view.u, _at(fold + lower - upper, view.u)
    # A cheek stands in a light of its own.
    within = (np.abs(u) < LID_U) & (view.over < _at(fold, u))
    soft = blur(view.small.astype(np.float32), max(0.8, 0.02 * view.width))
    thin = np.asarray(cv2.morphologyEx(soft, cv2.MORPH_CLOSE, view.lash)) - soft
    known = skin & ~within & (view.brow == 0) & ~view.hair & (thin.max(-1) < THIN_DARK)
    around = blur(membrane(soft, known), max(0.8, 0.05 * view.width))
    depth = np.clip(-view.under / np.maximum(height, 1e-3), 0, 1)[..., None]
    lashes, top = (np.stack([_at(c, u) for c in color.T], -1) for color in own)
    color = lashes + smoothstep(depth) * (top - lashes)
    share = np.clip((1 - depth) / LID_TOP, 0, 1)
    share = share * np.clip((1 - np.abs(u) / LID_U) / LID_SIDE, 0, 1)[..., None]
    share = smoothstep(share)
    lit, seen = (np.maximum(c.mean(-1, keepdims=True), 1) for c in (around, color))
    hue = around / lit + share * (color / seen - around / lit)
    light = lit * (1 + LID_OWN * share * (np.clip(seen / lit, *LID_LIMITS) - 1))
    shade = 1 - LASH_SHADE * (1 - smoothstep(depth / 0.5))
    ball = 1 + LID_BULGE * share * (4 * depth * (1 - depth))
    return hue * light * shade * ball


def _outward(view: _View, side: int) -> Floats:
    return view.u if side == 0 else -view.u


def _odd(size: float) -> int:
    return max(3, round(size) | 1)
