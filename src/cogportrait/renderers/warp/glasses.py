"""Glasses: whether a portrait wears any, and where their frame lies.

Skin slides behind a frame that stays where it is. A frame is a dark line that crosses the bridge of
the nose *and* passes below both eyes; a brow, a bag under an eye or a fold of the nose does one of
these at most. Only dark, full rims are found; others move with the skin as if they were part of it.
"""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from scipy import ndimage

from cogportrait.face import landmarks as lm
from cogportrait.face.rig import portrait_frame
from cogportrait.renderers.warp.sampling import Floats, blur, remap
from cogportrait.types import Portrait

# Lengths are interocular distances, darkness is a share of the skin's brightness. Bounds lie between
# what 15 portraits measure: with glasses bridge 0.39 and 0.57, rims 0.38 to 0.54, even to 0.00;
# without at most 0.10, 0.25, and rims that dark are uneven by 0.09 or lie on the lid.
BRIDGE_DARK: Final = 0.14
RIM_DARK: Final = 0.14
RIM_UNEVEN: Final = 0.035  # mean step from one column to the next, 0.02 away
RIM_BELOW: Final = 0.20  # of the eye's corners
BAR: Final = 0.15  # thicker dark bars are no frame
STEP: Final = 0.01
CAP: Final = 0.35  # darkness beyond which a line is no better: brows are dark as well
NEARER: Final = 0.05  # darkness that a rim may lack per interocular distance it lies nearer
ANGLES: Final = 96
RADII: Final = np.arange(0.18, 0.80, STEP)
TEMPLE: Final = 0.35  # how far the frame goes on outward from its rims
STILL: Final = 0.03  # around the middle of a rim nothing moves,
LOOSE: Final = 0.18  # and this far from it skin moves freely
_CHEEKS_AND_NOSE: Final = [50, 280, 5, 195, 151]


@dataclass(frozen=True, slots=True, eq=False)
class _View:
    """Brightness of a portrait's face in a frame of its own."""

    light: Floats  # [H, W] over the skin's
    right: Floats  # [2] px, one interocular distance toward the image's right
    down: Floats  # [2]

    def at(self, origin: Floats, u: Floats, v: Floats) -> Floats:
        xy = origin + u[..., None] * self.right + v[..., None] * self.down
        return remap(self.light, xy[..., 0], xy[..., 1])


def _view(portrait: Portrait) -> _View:
    turn, _, iod = portrait_frame(portrait)
    light = blur(portrait.image.astype(np.float32).mean(-1), max(0.006 * iod, 0.5))
    h, w = light.shape
    at = portrait.landmarks_px[_CHEEKS_AND_NOSE, :2].round().astype(int).clip(0, (w - 1, h - 1))
    skin = max(float(np.median(light[at[:, 1], at[:, 0]])), 1.0)
    across = turn[:2, 0] / np.linalg.norm(turn[:2, 0])
    down = np.array([-across[1], across[0]])
    return _View(light / np.float32(skin), across * iod, down * iod)


def _bars(light: Floats) -> Floats:
    """Return how much darker each place is than both ends of a short column through it."""
    tall = round(BAR / STEP)
    return ndimage.grey_closing(light, size=(tall, 1), mode="nearest") - light


def find_frame(portrait: Portrait) -> tuple[Floats, ...] | None:
    """Return the lines [N, 2] px of a glasses frame, or None where none is worn."""
    view = _view(portrait)
    p = portrait.landmarks_px[:, :2].astype(np.float64)
    bridge = _bridge(view, p[list(lm.INNER_CANTHUS)].mean(0))
    if bridge is None:
        return None
    eyes = [p[[lm.OUTER_CANTHUS[k], lm.INNER_CANTHUS[k]]].mean(0) for k in (0, 1)]
    if not all(_has_rim_below(view, eye) for eye in eyes):
        return None
    rims = [_rim(view, eye) for eye in eyes]
    ends = [rim[np.linalg.norm(rim - bridge, axis=1).argmin()] for rim in rims]
    lines = [*rims, np.stack([ends[1], bridge, ends[0]])]
    for rim, sign in zip(rims, (1.0, -1.0), strict=True):
        side = sign * (rim @ view.right)
        outer = rim[side >= np.quantile(side, 0.9)]
        upper = outer[(outer @ view.down).argmin()]
        lines.append(np.stack([upper, upper + sign * TEMPLE * view.right]))
    return tuple(lines)


def _bridge(view: _View, between: Floats) -> Floats | None:
    """Return where a dark bar crosses the nose, [2] px, or None."""
    u, v = np.meshgrid(np.arange(-0.07, 0.071, STEP), np.arange(-0.30, 0.26, STEP))
    dark = np.median(_bars(view.at(between, u, v)), axis=1)
    row = int(dark.argmax())
    if dark[row] < BRIDGE_DARK:
        return None
    return between + v[row, 0] * view.down


def _has_rim_below(view: _View, eye: Floats) -> bool:
    u, v = np.meshgrid(np.arange(-0.2, 0.201, 2 * STEP), np.arange(0.16, 0.62, STEP))
    dark = _bars(view.at(eye, u, v))
    below = v[dark.argmax(0), 0]
    return bool(
        np.quantile(dark.max(0), 0.25) > RIM_DARK
        and np.abs(np.diff(below)).mean() < RIM_UNEVEN
        and np.median(below) > RIM_BELOW
    )


def _rim(view: _View, eye: Floats) -> Floats:
    """Return the rim around an eye, [N, 2] px: the darkest closed line that bends gently."""
    turn = np.linspace(0, 2 * np.pi, ANGLES, endpoint=False)
    center = eye + 0.05 * view.down
    u, v = RADII[:, None] * np.cos(turn), RADII[:, None] * np.sin(turn)
    # Of two dark lines the nearer one is the rim, the other a brow.
    dark = np.minimum(_bars(view.at(center, u, v)), CAP) - NEARER * RADII[:, None]
    # Around twice, so that beginning and end agree; the second half counts.
    twice = np.concatenate([dark, dark], axis=1)
    score, steps = twice[:, 0].copy(), np.arange(-3, 4)
    came = np.zeros(twice.shape, np.intp)
    rows = np.arange(len(RADII))
    for k in range(1, twice.shape[1]):
        back = np.clip(rows[:, None] + steps, 0, len(RADII) - 1)
        worth = score[back] - 0.05 * np.abs(steps)
        best = worth.argmax(1)
        came[:, k] = back[rows, best]
        score = worth[rows, best] + twice[:, k]
    row, line = int(score.argmax()), np.zeros(twice.shape[1], np.intp)
    for k in range(twice.shape[1] - 1, -1, -1):
        line[k] = row
        row = int(came[row, k])
    half = ANGLES // 2
    radius = np.roll(RADII[line[half : half + ANGLES]], half)
    xy = radius[:, None] * np.stack([np.cos(turn), np.sin(turn)], -1)
    rim = center + xy[:, :1] * view.right + xy[:, 1:] * view.down
    return np.concatenate([rim, rim[:1]])


def skin_freedom(portrait: Portrait, at: Floats) -> Floats:
    """Return how freely skin moves at places [M, 2] px: 0 on a glasses frame, 1 away from it, [M].

    1 everywhere on a portrait without glasses.
    """
    lines = find_frame(portrait)
    if lines is None:
        return np.ones(len(at))
    _, _, iod = portrait_frame(portrait)
    h, w = portrait.image.shape[:2]
    away = np.full((h, w), 255, np.uint8)
    for line in lines:
        drawn = line.round().astype(np.int32)[:, None]
        if np.array_equal(line[0], line[-1]):  # a rim: skin seen through its lens stays as well
            cv2.fillPoly(away, [drawn], 0)
        cv2.polylines(away, [drawn], False, 0, 1)
    distance = cv2.distanceTransform(away, cv2.DIST_L2, 5)
    x, y = np.asarray(at, np.float64).T
    d = remap(np.asarray(distance, np.float32), x[None], y[None])[0] / iod
    return np.clip((d - STILL) / (LOOSE - STILL), 0, 1)
