"""Creases: the fine shading by which skin shows that a muscle pulls under it.

A warp alone gives rubber foreheads. Each channel below has a pattern of soft dark lines with a
lighter ridge beside them, laid along landmarks of the photograph and multiplied into it before
warping, so that creases ride with the skin. Where they run follows FACS (Ekman, Friesen & Hager
2002, appearance changes of each unit); their depth is our own, judged by eye on 15 portraits.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

import cv2
import numpy as np
from scipy import ndimage

from cogportrait.face.rig import portrait_frame
from cogportrait.facs.channels import AU_INDEX
from cogportrait.renderers.warp.sampling import Floats, blur
from cogportrait.types import FloatArray, Frame, Portrait

LEAST: Final = 0.03  # intensity below which nothing is drawn


# A fold lies in light that has gone through skin: the channels that skin swallows get darker than
# the others, by this power of how much it swallows. 0 would be a gray line.
SKIN_TINT: Final = 0.7
# No line is even: it strays and thins out along its way, and on each side in its own manner.
STRAY: Final = 0.010  # interocular distances, standard deviation
THINNING: Final = 0.35  # share of its depth
RIDGE: Final = 0.30  # light beside a line, of its depth
# Hair and frames over the skin have no folds: nothing is drawn where the brightness differs from
# the skin's by more than the second of these natural logarithms, all up to the first.
SKIN_WITHIN: Final = (0.7, 1.2)
_SKIN: Final = [151, 9, 108, 337, 50, 280, 101, 330]


@dataclass(frozen=True, slots=True)
class Line:
    """One crease."""

    depth: float  # share of light it takes at full intensity
    width: float  # standard deviation, interocular distances
    ridge: tuple[float, float]  # where the lighter ridge lies from it, interocular distances
    through: tuple[tuple[int, float, float], ...]  # landmark, offset right and up, interocular
    start: float = 0.0  # how strong it begins, 0..1: half where both sides meet in the middle


def _sided(line: Line, mirror: dict[int, int], sign: float) -> Line:
    points = tuple((mirror.get(i, i) if sign < 0 else i, sign * x, y) for i, x, y in line.through)
    return replace(line, ridge=(sign * line.ridge[0], line.ridge[1]), through=points)


# For the subject's left side (image right); mirrored for the right. Offsets: + outward, + up.
_LEFT: Final[dict[str, tuple[Line, ...]]] = {
    "AU01_L": (
        Line(0.070, 0.020, (0, 0.05), ((9, 0.0, 0.24), (336, 0.02, 0.20), (296, 0.02, 0.21)), 0.5),
        Line(0.050, 0.022, (0, 0.05), ((9, 0.0, 0.39), (336, 0.02, 0.36), (296, 0.0, 0.35)), 0.5),
    ),
    "AU02_L": (
        Line(0.060, 0.020, (0, 0.05), ((296, 0.0, 0.22), (334, 0.0, 0.17), (293, 0.0, 0.15))),
        Line(0.045, 0.022, (0, 0.05), ((296, 0.0, 0.36), (334, 0.0, 0.31), (293, -0.02, 0.27))),
    ),
    "AU04_L": (
        Line(0.085, 0.022, (0.05, 0), ((9, 0.100, 0.06), (9, 0.082, 0.0), (8, 0.095, -0.03))),
        Line(0.050, 0.050, (0.0, 0.10), ((9, 0.09, 0.02), (8, 0.07, -0.02))),
        Line(0.055, 0.020, (0, -0.05), ((8, 0.0, -0.10), (193, 0.0, 0.08)), 0.5),
    ),
    "AU06_L": (
        Line(0.100, 0.012, (0, -0.03), ((263, 0.06, 0.05), (263, 0.20, 0.09))),
        Line(0.110, 0.012, (0, -0.03), ((263, 0.06, 0.0), (263, 0.22, -0.01))),
        Line(0.095, 0.012, (0, -0.03), ((263, 0.05, -0.05), (263, 0.18, -0.11))),
        Line(0.085, 0.018, (0, -0.05), ((362, 0.0, -0.12), (374, 0.0, -0.11), (263, 0.0, -0.09))),
    ),
    "AU07_L": (
        Line(0.10, 0.014, (0, 0.04), ((362, 0.04, -0.07), (374, 0.0, -0.085), (263, -0.02, -0.05))),
    ),
    "AU12_L": (
        Line(
            0.070, 0.036, (0.09, 0.02), ((358, 0.03, 0.04), (423, -0.01, 0.03), (287, 0.05, 0.04))
        ),
    ),
    "AU15_L": (Line(0.10, 0.022, (0.05, 0), ((291, 0.03, -0.02), (291, 0.06, -0.13))),),
}
_MIRROR: Final = {
    336: 107, 296: 66, 334: 105, 293: 63, 193: 417, 263: 33, 362: 133, 374: 145, 358: 129,
    423: 203, 287: 57, 291: 61,
}  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Crease:
    """The pattern of one channel on one portrait."""

    column: int  # in AU_CHANNELS
    box: tuple[slice, slice]  # rows, columns of the picture
    pattern: Floats  # [h, w, 4] relative change of light at full intensity, none of opacity
    photographed: bool = False  # taken off by negative intensities, instead of put on

    def strength(self, aus: FloatArray) -> float:
        """Return how strongly it is drawn under action units [K], from the photograph."""
        now = float(aus[self.column])
        return max(0.0, (-now if self.photographed else now) - LEAST)


def build_creases(portrait: Portrait) -> tuple[Crease, ...]:
    """Return the patterns of all channels that have any, fitted to a portrait."""
    creases: list[Crease] = []
    for name, lines in _LEFT.items():
        for side, sign in (("L", 1.0), ("R", -1.0)):
            placed = [_sided(line, _MIRROR, sign) for line in lines]
            crease = _draw(portrait, AU_INDEX[f"{name[:-1]}{side}"], placed)
            if crease is not None:
                creases.append(crease)
    return tuple(creases)


def fold_paths(portrait: Portrait, name: str) -> list[Floats]:
    """Return the smooth polylines [N, 2] px along which channel `name` folds the skin."""
    sign = 1.0 if name.endswith("L") else -1.0
    lines = [_sided(line, _MIRROR, sign) for line in _LEFT[f"{name[:-1]}L"]]
    return [_path(portrait, line)[0] for line in lines]


def _path(portrait: Portrait, line: Line) -> tuple[Floats, Floats]:
    """Return a smooth polyline through a line's points and its normals, [N, 2] px each."""
    turn, _, iod = portrait_frame(portrait)
    right, up = turn[:2, 0] * iod, -turn[:2, 1] * iod
    p = portrait.landmarks_px[:, :2].astype(np.float64)
    knots = np.stack([p[i] + x * right + y * up for i, x, y in line.through])
    t = np.linspace(0, len(knots) - 1, 24)
    dense = np.stack([np.interp(t, range(len(knots)), knots[:, k]) for k in (0, 1)], -1)
    dense = ndimage.gaussian_filter1d(dense, 3, axis=0, mode="nearest")
    along = np.gradient(dense, axis=0)
    across = np.stack([-along[:, 1], along[:, 0]], -1)
    return dense, across / np.maximum(np.linalg.norm(across, axis=1, keepdims=True), 1e-9)


def _strayed(portrait: Portrait, line: Line, rng: np.random.Generator) -> Floats:
    """Return a line's path [N, 2] px, strayed a little: no fold is even."""
    _, _, iod = portrait_frame(portrait)
    dense, across = _path(portrait, line)
    length = float(np.linalg.norm(np.diff(dense, axis=0), axis=1).sum())
    stray = _wander(rng, len(dense)) * min(STRAY * iod, 0.025 * length)
    return dense + stray[:, None] * across


def _wander(rng: np.random.Generator, n: int) -> Floats:
    """Return a smooth random line [n] of unit standard deviation, the same for the same `rng`."""
    line = ndimage.gaussian_filter1d(rng.standard_normal(n), 2.5, mode="reflect")
    return line / max(float(line.std()), 1e-9)


def _draw(portrait: Portrait, column: int, lines: Iterable[Line]) -> Crease | None:
    turn, _, iod = portrait_frame(portrait)
    lines = list(lines)
    rng = np.random.default_rng(column)
    paths = [_strayed(portrait, line, rng) for line in lines]
    margin = 0.16 * iod
    low = np.min([p.min(0) for p in paths], axis=0) - margin
    high = np.max([p.max(0) for p in paths], axis=0) + margin
    h, w = portrait.image.shape[:2]
    x0, y0 = max(0, int(low[0])), max(0, int(low[1]))
    x1, y1 = min(w, int(high[0]) + 1), min(h, int(high[1]) + 1)
    if x1 - x0 < 4 or y1 - y0 < 4:
        return None
    total = np.zeros((y1 - y0, x1 - x0), np.float32)
    for line, path in zip(lines, paths, strict=True):
        at, n = path - (x0, y0), len(path) - 1
        fade = np.sin(np.linspace(0.15, np.pi - 0.15, n)) ** 0.6
        if line.start:
            fade = np.cos(np.linspace(0, np.pi / 2 - 0.1, n)) ** 0.6
            fade *= np.clip(np.linspace(line.start, 2, n), 0, 1)
        fade *= 1 - THINNING * np.clip(0.5 + 0.5 * _wander(rng, n), 0, 1)
        ridge = turn[:2, 0] * line.ridge[0] * iod - turn[:2, 1] * line.ridge[1] * iod
        total -= line.depth * _stroke(total.shape, at, fade, line.width * iod)
        light = _stroke(total.shape, at + ridge, fade, 1.6 * line.width * iod)
        total += RIDGE * line.depth * light
    box = (slice(y0, y1), slice(x0, x1))
    tint = (skin_color(portrait).mean() / skin_color(portrait)) ** SKIN_TINT
    share = skin_share(portrait, box, iod)
    return Crease(column, box, over_colors((total * share)[..., None] * (tint / tint.mean())))


def over_colors(change: Floats) -> Floats:
    """Return a change of colors [h, w, 3] as one of layers, [h, w, 4]."""
    return np.dstack([change, np.zeros(change.shape[:2])]).astype(np.float32)


def skin_color(portrait: Portrait) -> Floats:
    """Return the color of forehead and cheeks, [3]."""
    h, w = portrait.image.shape[:2]
    at = portrait.landmarks_px[_SKIN, :2].round().astype(int)
    at = at.clip(0, (w - 1, h - 1))
    return np.maximum(np.median(portrait.image[at[:, 1], at[:, 0]], axis=0), 4.0)


def skin_share(
    portrait: Portrait,
    box: tuple[slice, slice],
    iod: float,
    within: tuple[float, float] = SKIN_WITHIN,
) -> Floats:
    """Return how much of each place in `box` is bare skin by its brightness, [h, w]."""
    here = blur(portrait.image[box].astype(np.float32), max(0.02 * iod, 0.6)).mean(-1)
    off = np.abs(np.log(np.maximum(here, 4.0) / skin_color(portrait).mean()))
    share = np.clip((within[1] - off) / (within[1] - within[0]), 0, 1)
    return share.astype(np.float32)


def _stroke(shape: tuple[int, ...], path: Floats, strength: Floats, sigma: float) -> Floats:
    """Return a soft line, of `strength` [N - 1] along its path [N, 2]."""
    canvas = np.zeros(shape[:2], np.float32)
    for a, b, value in zip(path[:-1], path[1:], strength, strict=True):
        ends = [(round(float(q[0]) * 16), round(float(q[1]) * 16)) for q in (a, b)]
        cv2.line(canvas, ends[0], ends[1], float(value), 1, cv2.LINE_8, 4)
    soft = blur(canvas, max(sigma, 0.6))
    return soft * np.float32(max(sigma, 0.6) * np.sqrt(2 * np.pi))


def crease_picture(layered: Frame, creases: Iterable[Crease], aus: FloatArray) -> Frame:
    """Return `layered` [H, W, 3 or 4] under creases of action units [K]; itself without any."""
    active = [(c, float(a)) for c in creases if (a := c.strength(aus)) > 0]
    if not active:
        return layered
    out = layered.copy()
    for crease, strength in active:
        light = np.float32(strength) * crease.pattern[..., : out.shape[-1]]
        light += 1
        patch = out[crease.box]
        cv2.multiply(patch, light, patch, dtype=cv2.CV_8U)  # rounds, and stops at 0 and 255
    return out
