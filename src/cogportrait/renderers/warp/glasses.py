"""Glasses: whether a portrait wears any, and where their frame lies.

A frame is a dark line that crosses the bridge of
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
from cogportrait.renderers.warp.sampling import Floats, blur, remap, scaled_down
from cogportrait.types import Portrait

# Lengths are interocular distances, darkness is a share of the skin's brightness. Bounds lie
# between what 15 portraits measure: with glasses bridge 0.39 and 0.57, rims 0.38 to 0.54, even to
# 0.00; without at most 0.10, 0.25, and rims that dark are uneven by 0.09 or lie on the lid.
BRIDGE_DARK: Final = 0.14
RIM_DARK: Final = 0.14
RIM_UNEVEN: Final = 0.035  # mean step from one column to the next, 0.02 away
RIM_BELOW: Final = 0.20  # of the eye's corners
BAR: Final = 0.15  # thicker dark bars are no frame
STEP: Final = 0.01
VIEWED_PX: Final = 1600  # longest side at which frames are looked for
CAP: Final = 0.35  # darkness beyond which a line is no better: brows are dark as well
MASSED: Final = 0.7  # what darkness counts where a rim touches a brow and is no bar of its own
ALIKE: Final = 0.15  # distance of colours, over the skin's brightness
ANGLES: Final = 96
RADII: Final = np.arange(0.18, 0.80, STEP)
TEMPLE: Final = 0.35  # how far the frame goes on outward from its rims
STILL: Final = 0.03  # around the middle of a rim nothing moves,
# and this far from it, above and below, skin moves freely. Cheeks come up against the frame and
# need room, or the picture would fold; brows lie close above it.
LOOSE: Final = (0.20, 0.32)
_CHEEKS_AND_NOSE: Final = [50, 280, 5, 195, 151]


@dataclass(frozen=True, slots=True, eq=False)
class _View:
    """Brightness of a portrait's face in a frame of its own."""

    color: Floats  # [h, w, 3] over the skin's brightness
    scale: float  # of `color`, 1 at the portrait's size
    right: Floats  # [2] px, one interocular distance toward the image's right
    down: Floats  # [2]

    def at(self, origin: Floats, u: Floats, v: Floats) -> Floats:
        """Return the colour at places [h, w] of that frame, [h, w, 3]."""
        xy = origin + u[..., None] * self.right + v[..., None] * self.down
        if self.scale < 1:
            xy = (xy + 0.5) * self.scale - 0.5
        return remap(self.color, xy[..., 0], xy[..., 1])


def _view(portrait: Portrait) -> _View:
    turn, _, iod = portrait_frame(portrait)
    small, k = scaled_down(portrait, VIEWED_PX)
    color = blur(small.image.astype(np.float32), max(0.006 * iod * k, 0.5))
    h, w = color.shape[:2]
    at = small.landmarks_px[_CHEEKS_AND_NOSE, :2].round().astype(int).clip(0, (w - 1, h - 1))
    skin = max(float(np.median(color[at[:, 1], at[:, 0]].mean(-1))), 1.0)
    across = turn[:2, 0] / np.linalg.norm(turn[:2, 0])
    down = np.array([-across[1], across[0]])
    return _View(color / np.float32(skin), k, across * iod, down * iod)


def _bars(color: Floats) -> Floats:
    """Return how much darker each place is than both ends of a short column through it, [h, w]."""
    light, tall = color.mean(-1), round(BAR / STEP)
    return ndimage.grey_closing(light, size=(tall, 1), mode="nearest") - light


def find_frame(portrait: Portrait) -> tuple[Floats, ...] | None:
    """Return the lines [N, 2] px of a glasses frame, or None where none is worn."""
    view = _view(portrait)
    p = portrait.landmarks_px[:, :2].astype(np.float64)
    bridge = _bridge(view, p[list(lm.INNER_CANTHUS)].mean(0))
    if bridge is None:
        return None
    eyes = [p[[lm.OUTER_CANTHUS[k], lm.INNER_CANTHUS[k]]].mean(0) for k in (0, 1)]
    brows = [(p[lm.BROW_UPPER[k]] + p[lm.BROW_LOWER[k]]) / 2 for k in (0, 1)]
    rims: list[Floats] = []
    for eye, brow in zip(eyes, brows, strict=True):
        color = _rim_below(view, eye)
        if color is None:
            return None
        rims.append(_rim(view, eye, color, brow))
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


def _rim_below(view: _View, eye: Floats) -> Floats | None:
    """Return the colour [3] of a rim that passes below an eye, or None."""
    u, v = np.meshgrid(np.arange(-0.2, 0.201, 2 * STEP), np.arange(0.16, 0.62, STEP))
    color = view.at(eye, u, v)
    dark = _bars(color)
    row = dark.argmax(0)
    below = v[row, 0]
    if (
        np.quantile(dark.max(0), 0.25) < RIM_DARK
        or np.abs(np.diff(below)).mean() > RIM_UNEVEN
        or np.median(below) < RIM_BELOW
    ):
        return None
    return np.median(color[row, np.arange(len(row))], axis=0)


def _rim(view: _View, eye: Floats, rim_color: Floats, brow: Floats) -> Floats:
    """Return the rim around an eye, [N, 2] px: a dark closed line of one colour, gently bent.

    It may hide the lower half of the brow; above the brow's middle [5, 2] px it is not looked for.
    """
    turn = np.linspace(0, 2 * np.pi, ANGLES, endpoint=False)
    center = eye + 0.05 * view.down
    u, v = RADII[:, None] * np.cos(turn), RADII[:, None] * np.sin(turn)
    color = view.at(center, u, v)
    # A brow above the rim is dark as well, but of its own colour.
    other = np.linalg.norm(color - rim_color, axis=-1) / ALIKE
    dark = np.maximum(_bars(color), MASSED * (1 - color.mean(-1)))
    dark = np.clip(dark, 0, CAP) * np.exp(-0.5 * other**2)
    dark[RADII[:, None] > _reach(view, center, brow, turn)] = -CAP
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


def _reach(view: _View, center: Floats, brow: Floats, turn: Floats) -> Floats:
    """Return how far from `center` the brow's middle line lies at each angle, far beside it."""
    scale = float(view.right @ view.right)
    rel = brow - center
    u, v = rel @ view.right / scale, rel @ view.down / scale
    angle = np.mod(np.arctan2(v, u), 2 * np.pi)
    order = np.argsort(angle)
    far = float(RADII[-1])
    return np.interp(turn, angle[order], np.hypot(u, v)[order], left=far, right=far)


def skin_freedom(portrait: Portrait, at: Floats) -> Floats:
    """Return how freely skin moves at places [M, 2] px: 0 on a glasses frame, 1 away from it, [M].

    1 everywhere on a portrait without glasses, so also where the frame was cut out
    (:mod:`cogportrait.renderers.warp.rims`). This is for frames that cannot be.
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
    view, eyes = _view(portrait), portrait.landmarks_px[list(lm.INNER_CANTHUS), :2].mean(0)
    below = (np.asarray(at, np.float64) - eyes) @ view.down / iod**2
    loose = np.interp(below, (-0.2, 0.2), LOOSE)
    return np.clip((d - STILL) / (loose - STILL), 0, 1)
