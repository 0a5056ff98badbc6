"""Where the irises are, read from the pixels.

The tracker's own iris points move only about 0.7 of the way sideways and 0.4 up and down
(``docs/measure.md``). The edge of the iris is a dark disc of known size: its middle is where the
brightness gradients of a ring point outward most, its sides more than its top and bottom, which
lids hide (after Daugman 1993 and Timm & Barth 2011).
"""

from functools import cache
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from cogportrait.face import landmarks as lm
from cogportrait.types import Frame

EYE_PX: Final = 44  # width of an eye, corner to corner, at which it is looked at
_WIDTH: Final = 72
_HEIGHT: Final = 48
_BLUR_PX: Final = 1.2
_RING: Final = 0.12  # softness of the ring, in iris radii
_CORE: Final = 0.7  # radius of the dark core, in iris radii
_DARK: Final = 0.35  # what darkness counts against gradients
# How far, in eye widths, the iris may be from the tracker's; beyond it a lash or a brow is found.
REACH: Final = (0.24, 0.17)
_PULL: Final = (0.20, 0.14)  # eye widths from the tracker's iris that cost what follows
_COST: Final = 0.075
_FROM_MIDDLE: Final = 0.30  # eye widths up or down from the middle of the lids
FIT_RADII: Final = (0.90, 0.95, 1.0)  # of the tracked radius, which is rather too large
FIT_LEAST: Final = 0.65  # score below which the tracker's iris is kept: blurred, dark or hidden
FIT_REACH: Final = 0.06  # eye widths from the tracker's beyond which it is kept as well
_STEPS: Final = 50  # kernels a radius: one for each fiftieth of an eye width

_Array = NDArray[np.float32]


@cache
def _kernels(step: int) -> tuple[_Array, _Array, _Array]:
    """Return the ring's kernels for gradients across and down, and the core's."""
    radius = step / _STEPS * EYE_PX
    reach = int(np.ceil(1.25 * radius)) + 1
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1].astype(np.float32)
    d = np.hypot(x, y) + np.float32(1e-6)
    ring = np.exp(-0.5 * ((d - radius) / (_RING * radius)) ** 2) * np.abs(x / d)
    core = (d <= _CORE * radius).astype(np.float32)
    total = ring.sum()
    return (
        np.asarray(ring * x / d / total, np.float32),
        np.asarray(ring * y / d / total, np.float32),
        core / core.sum(),
    )


def iris_radius(points: NDArray[np.floating], side: int) -> float:
    """Return the tracked radius of an iris in widths of its eye."""
    p = np.asarray(points, np.float64)[:, :2]
    width = np.linalg.norm(p[lm.OUTER_CANTHUS[side]] - p[lm.INNER_CANTHUS[side]])
    ring = np.linalg.norm(p[lm.IRIS_RING[side]] - p[lm.IRIS_CENTER[side]], axis=1)
    return float(ring.mean() / max(width, 1e-6))


def find_iris(
    frame: Frame, points: NDArray[np.floating], side: int, radius: float
) -> NDArray[np.float32]:
    """Return where an iris is.

    Parameters
    ----------
    frame : Frame, shape [H, W, 3]
        The picture.
    points : array, shape [478, >=2]
        Landmarks in its pixels.
    side : int
        0 left, 1 right.
    radius : float
        Of the iris, in widths of the eye; a person's median, so that a lid does not change it.

    Returns
    -------
    array, shape [3]
        From the middle of the eye's corners: along their line toward the image's right and across
        it downward, in eye widths; and how well a disc was found, about 0 to 0.6.
    """
    p = np.asarray(points, np.float64)[:, :2]
    outer, inner = p[lm.OUTER_CANTHUS[side]], p[lm.INNER_CANTHUS[side]]
    a, b = (inner, outer) if side == 0 else (outer, inner)
    turn = _to_patch(a, b)
    part, corner = _gray_around(frame, a, b)
    from_part = np.column_stack([turn[:, :2], _placed(corner, turn)])
    patch = cv2.warpAffine(
        part, from_part, (_WIDTH, _HEIGHT), flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )  # fmt: skip
    soft = cv2.GaussianBlur(np.asarray(patch, np.float32), (0, 0), _BLUR_PX)
    light = np.asarray(soft, np.float32)
    bright = 2 * _WIDTH  # as many pixels are brighter than what counts as white
    light /= np.float32(max(float(np.partition(light.ravel(), -bright)[-bright]), 1.0))
    score = _score(light, [_placed(p[i], turn) for i in _lids(side)],
                   _placed(p[[lm.IRIS_CENTER[side]]], turn)[0], radius)  # fmt: skip
    y, x = divmod(int(score.argmax()), _WIDTH)
    dx, dy = _peak(score[y], x), _peak(score[:, x], y)
    return np.array(
        [(x + dx - _WIDTH / 2) / EYE_PX, (y + dy - _HEIGHT / 2) / EYE_PX, score[y, x]], np.float32
    )


def fit_irises(frame: Frame, points: NDArray[np.floating]) -> NDArray[np.float32]:
    """Return the circles of both irises in a picture.

    The tracked circles are some 5 % too large and lie up to 0.05 eye widths off
    (``docs/renderer.md``). Both irises are of one size: the radius is the one that fits both best.

    Returns
    -------
    array, shape [2, 3]
        Of left and right eye: centre relative to the tracked one, along the corners toward the
        image's right and across them downward, and radius over the tracked one; zeros and a
        common radius where no disc is found.
    """
    tracked = [_tracked(points, side) for side in (0, 1)]
    found = np.array([
        [find_iris(frame, points, side, share * iris_radius(points, side)) for side in (0, 1)]
        for share in FIT_RADII
    ])  # fmt: skip
    best = int(found[..., 2].sum(1).argmax())
    out = np.zeros((2, 3), np.float32)
    out[:, 2] = FIT_RADII[best] if found[best, :, 2].max() >= FIT_LEAST else 1.0
    for side in (0, 1):
        off = found[best, side, :2] - tracked[side]
        if found[best, side, 2] >= FIT_LEAST and float(np.hypot(*off)) <= FIT_REACH:
            out[side, :2] = off
    return out


def _tracked(points: NDArray[np.floating], side: int) -> NDArray[np.float64]:
    """Return the tracked centre of an iris as `find_iris` gives centres."""
    p = np.asarray(points, np.float64)[:, :2]
    outer, inner = p[lm.OUTER_CANTHUS[side]], p[lm.INNER_CANTHUS[side]]
    a, b = (inner, outer) if side == 0 else (outer, inner)
    at = _placed(p[[lm.IRIS_CENTER[side]]], _to_patch(a, b))[0]
    return (at - np.array([_WIDTH, _HEIGHT]) / 2) / EYE_PX


def _lids(side: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    return lm.UPPER_LID[side], lm.LOWER_LID[side]


def _to_patch(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the map [2, 3] of a picture to the patch in which the corners lie level."""
    along = b - a
    scale = EYE_PX / max(float(np.hypot(*along)), 1e-6)
    c, s = scale * along / max(float(np.hypot(*along)), 1e-6)
    turn = np.array([[c, s], [-s, c]])
    shift = np.array([_WIDTH, _HEIGHT]) / 2 - turn @ (a + b) / 2
    return np.column_stack([turn, shift])


def _gray_around(
    frame: Frame, a: NDArray[np.float64], b: NDArray[np.float64]
) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    """Return the part of the picture around the eye in gray, and its corner in the picture."""
    h, w = frame.shape[:2]
    wide = float(np.hypot(*(b - a)))
    x0, y0 = np.clip(np.floor((a + b) / 2 - 1.2 * wide), 0, (w - 2, h - 2)).astype(int)
    x1, y1 = np.clip(np.ceil((a + b) / 2 + 1.2 * wide), (x0 + 2, y0 + 2), (w, h)).astype(int)
    part = cv2.cvtColor(np.ascontiguousarray(frame[y0:y1, x0:x1]), cv2.COLOR_RGB2GRAY)
    if wide > 2 * EYE_PX:  # else the patch would skip pixels
        part = cv2.blur(part, (round(0.7 * wide / EYE_PX),) * 2)
    return np.asarray(part, np.uint8), np.array([x0, y0], np.float64)


def _placed(points: NDArray[np.float64], turn: NDArray[np.float64]) -> NDArray[np.float64]:
    return points @ turn[:, :2].T + turn[:, 2]


def _score(
    light: _Array, lids: list[NDArray[np.float64]], near: NDArray[np.float64], radius: float
) -> _Array:
    ring_x, ring_y, core = _kernels(max(3, round(radius * _STEPS)))
    edge = cv2.BORDER_REPLICATE
    out = cv2.filter2D(cv2.Sobel(light, cv2.CV_32F, 1, 0, ksize=3), -1, ring_x, borderType=edge)
    out = out + cv2.filter2D(
        cv2.Sobel(light, cv2.CV_32F, 0, 1, ksize=3), -1, ring_y, borderType=edge
    )
    opening = np.zeros(light.shape, np.uint8)
    rim = np.concatenate([lids[0], lids[1][::-1]]).round().astype(np.int32)
    cv2.fillPoly(opening, [rim], 1)
    inside = cv2.filter2D(opening.astype(np.float32), -1, core)
    dark = 1 - cv2.filter2D(light * opening, -1, core) / np.maximum(inside, 0.15)
    out = out + _DARK * dark * np.minimum(2 * inside, 1)
    y, x = np.ogrid[:_HEIGHT, :_WIDTH]
    u, v = (x - near[0]) / EYE_PX, (y - near[1]) / EYE_PX
    out = out - _COST * ((u / _PULL[0]) ** 2 + (v / _PULL[1]) ** 2)
    middle = (lids[0][1:-1, 1].mean() + lids[1][1:-1, 1].mean()) / 2
    away = (np.abs(u) > REACH[0]) | (np.abs(v) > REACH[1])
    away = away | (np.abs(y - middle) > _FROM_MIDDLE * EYE_PX)
    return np.where(away, np.float32(-9), out).astype(np.float32)


def _peak(values: _Array, at: int) -> float:
    """Return how far from `at` the parabola through its neighbours peaks, -1..1."""
    if not 0 < at < len(values) - 1:
        return 0.0
    before, here, after = (float(v) for v in values[at - 1 : at + 2])
    bend = before - 2 * here + after
    if min(before, after) < -5 or bend >= -1e-9:
        return 0.0
    return float(np.clip(0.5 * (before - after) / bend, -1, 1))
