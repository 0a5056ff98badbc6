"""How deep the head is: the face from landmarks, hair as a ball, and both under a turn.

A turn moves every place of the picture by its depth. Where the surface turns away from the viewer
the picture is pressed together, where it turns toward him it is pulled apart; both are bounded by
making the surface gentler along the direction of the turn, and only along it.
"""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from cogportrait.face import landmarks as lm
from cogportrait.face.rig import portrait_frame
from cogportrait.renderers.warp.grid import Grid
from cogportrait.renderers.warp.sampling import (
    Floats,
    blur,
    inside_distance,
    nearest,
    remap,
    smoothstep,
)
from cogportrait.types import Portrait

# What is pressed together keeps at least this share of its width: on the face, and in the hair
# beyond it, which slides behind the head's outline instead.
LEAST_WIDTH: Final = (0.22, 0.45)
USUAL_GAIN: Final = 1.22  # push over the sine of the turn (field.TURN_GAIN)
MOST_WIDTH: Final = 1.5  # what is pulled apart gets at most so many times as wide
DIRECTIONS: Final = 24  # turns for which surfaces are made, all around
PUSHES: Final = (0.06, 0.14, 0.22, 0.32, 0.44, 0.60, 0.85)  # px moved per px of depth
HAIRLINE: Final = 0.68  # height of the hairline on a ball whose radius reaches the crown
EVEN_IOD: Final = 0.35  # blur of depth across a turn, beside the face
HAIR_IOD: Final = 1.0  # how far from the face hair still is part of the ball
_REACH_IOD: Final = 1.4  # how far the face pushes what lies beside it


@dataclass(frozen=True, slots=True, eq=False)
class Surface:
    """The depth of head, hair and neck relative to the pivot, for turns of every direction."""

    measured: Floats  # [rows, cols] px, away from the viewer
    jutting: Floats  # [rows, cols] 1 on the face, which may turn past the head's outline, 0 far off
    face_width: Floats  # [rows, cols, 1] 1 where a turn narrows the head, 0 at its outline
    face: Floats  # [rows, cols] 1 on the face, 0 beside it
    cell_iod: float  # interocular distance in cells
    step: int  # px per cell
    gentle: dict[tuple[int, int], Floats]  # by push and direction, made when first needed

    def under(self, push: NDArray[np.floating]) -> Floats:
        """Return the depth to use, [rows, cols] px, when 1 px of depth moves by ``-push`` [2]."""
        size = float(np.hypot(*push))
        k = float(np.interp(size, PUSHES, range(len(PUSHES))))
        low = min(int(k), len(PUSHES) - 2)
        turn = float(np.arctan2(push[1], push[0])) / (2 * np.pi) * DIRECTIONS % DIRECTIONS
        way = int(turn)
        a, b = np.float32(k - low), np.float32(turn - way)
        first, second = way % DIRECTIONS, (way + 1) % DIRECTIONS
        out = self._made(low, first) * ((1 - a) * (1 - b))
        out += self._made(low, second) * ((1 - a) * b)
        out += self._made(low + 1, first) * (a * (1 - b))
        out += self._made(low + 1, second) * (a * b)
        return out

    def _made(self, push: int, way: int) -> Floats:
        """Return the surface for one of ``PUSHES`` and ``DIRECTIONS``, [rows, cols]."""
        key = push, way
        if key not in self.gentle:
            angle = 2 * np.pi * way / DIRECTIONS
            toward = float(np.cos(angle)), float(np.sin(angle))
            self.gentle[key] = _gentle(
                self.measured, self.face, toward, PUSHES[push], self.cell_iod, self.step
            )
        return self.gentle[key]


def head_surface(portrait: Portrait, grid: Grid, face_depth: Floats, person: Floats) -> Surface:
    """Return the surface of a portrait.

    Parameters
    ----------
    portrait : Portrait
        Tracked.
    grid : Grid
        Over head, hair and neck.
    face_depth : Floats, shape [rows, cols]
        Depth through the landmarks, relative to the pivot, falling back to it beyond them.
    person : Floats, shape [H, W]
        The person's opacity.
    """
    _, _, iod = portrait_frame(portrait)
    nodes = grid.nodes()
    beyond = _beyond_face(portrait, grid, iod)
    face = 1 - smoothstep((beyond - 0.05) / 0.12)
    opacity = remap(
        blur(np.asarray(person, np.float32), grid.step / 2), nodes[..., 0], nodes[..., 1]
    )
    ball, out = _ball(face_depth, face > 0.5, opacity > 0.5, iod / grid.step)
    p = portrait.landmarks_px[:, :2].astype(np.float64)
    up = p[lm.FOREHEAD_TOP] - p[lm.CHIN]
    height = ((nodes - p[lm.CHIN]) @ up) / float(up @ up)
    hair = (1 - face) * smoothstep((height - 0.15) / 0.35)
    depth = face_depth + hair * (ball - face_depth)
    depth = ndimage.gaussian_filter(depth, 0.05 * iod / grid.step, mode="nearest")
    narrow = ndimage.gaussian_filter(1 - hair * out, 0.1 * iod / grid.step)[..., None]
    fade = 0.2 + 1.2 * smoothstep((height - 0.4) / 0.3)  # hair above the temples goes along
    jutting = 1 - smoothstep((beyond - 0.05) / fade)
    return Surface(
        depth.astype(np.float32), jutting.astype(np.float32), narrow.astype(np.float32), face,
        iod / grid.step, grid.step, {},
    )  # fmt: skip


def _beyond_face(portrait: Portrait, grid: Grid, iod: float) -> Floats:
    """Return how far beyond the face a node lies, [rows, cols] interocular distances."""
    oval = portrait.landmarks_px[lm.FACE_OVAL, :2]
    at = ((oval - (grid.x0, grid.y0) + 0.5) / grid.step - 0.5) * 16
    inside = np.zeros((grid.rows, grid.cols), np.uint8)
    cv2.fillPoly(inside, [at.round().astype(np.int32)], 1, shift=4)
    if not inside.any():
        return np.full(inside.shape, np.inf, np.float32)
    return inside_distance(inside == 0) * np.float32(grid.step / iod)


def _ball(
    depth: Floats, face: NDArray[np.bool_], person: NDArray[np.bool_], iod: float
) -> tuple[Floats, Floats]:
    """Return the depth of hair: the rim of the face, rounded off to the pivot's at the outline.

    And how far out it is: 0 at the face, 1 at the outline.
    """
    if not face.any():
        return np.zeros_like(depth), np.zeros_like(depth)
    from_face, row, col = nearest(face)
    hair = (person | face) & (from_face < HAIR_IOD * iod)
    padded = np.pad(hair, 1)  # where the picture ends, the head ends
    padded[-1] = padded[-2]
    to_outline = inside_distance(padded)[1:-1, 1:-1]
    out = from_face / np.maximum(from_face + to_outline, 1e-6)
    height = HAIRLINE + (1 - HAIRLINE) * np.clip(out, 0, 1)
    fall = np.sqrt(np.maximum(1 - height**2, 0)) / np.sqrt(1 - HAIRLINE**2)
    rim = ndimage.gaussian_filter(np.minimum(depth, 0)[row, col], 0.12 * iod, mode="nearest")
    return rim * fall * hair, np.where(hair, out, 1.0)


def _gentle(
    depth: Floats, face: Floats, way: tuple[float, float], push: float, iod: float, step: int
) -> Floats:
    """Return the deepest surface in front of `depth` that a push along `way` leaves one-to-one."""
    least = LEAST_WIDTH[1] + face * (LEAST_WIDTH[0] - LEAST_WIDTH[1])
    kept = np.sqrt(max(1 - (push / USUAL_GAIN) ** 2, 0.2))  # a turned plane is narrower by itself
    pressed = np.maximum(kept - least, 0.05) / push * step
    pulled = np.full_like(pressed, (MOST_WIDTH - kept) / push * step)
    depth = _sweep(depth, pulled, (-way[0], -way[1]), _REACH_IOD * iod)
    depth = _sweep(depth, pressed, way, _REACH_IOD * iod)
    depth = ndimage.gaussian_filter(depth, 0.05 * iod, mode="nearest")
    # Beside the face the sweeps draw its brow and nose out into ridges, which make hair wavy.
    even = cv2.filter2D(depth, -1, _line(way, EVEN_IOD * iod), borderType=cv2.BORDER_REPLICATE)
    return depth + (1 - face) * (even - depth)


def _line(way: tuple[float, float], sigma: float) -> Floats:
    """Return the kernel of a blur across a direction, [n, n], `sigma` in cells."""
    reach = int(np.ceil(2.5 * sigma))
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1].astype(np.float32)
    along = x * way[0] + y * way[1]
    across = y * way[0] - x * way[1]
    weight = np.exp(-0.5 * (across / sigma) ** 2) * np.maximum(1 - np.abs(along), 0)
    return np.asarray(weight / weight.sum(), np.float32)


def _sweep(depth: Floats, rise: Floats, way: tuple[float, float], reach: float) -> Floats:
    """Return the surface that rises by at most `rise` per cell going along `way`.

    Every place takes the nearest surface among its own and those before it, each deeper by what
    the rise allows on the way; the distance looked back doubles in every round.
    """
    both = np.stack([depth, rise], -1).astype(np.float32)
    rows, cols = depth.shape
    back = 1.0
    while back <= reach:
        move = np.array([[1, 0, back * way[0]], [0, 1, back * way[1]]], np.float64)
        before = cv2.warpAffine(
            both, move, (cols, rows), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )
        both[..., 0] = np.minimum(both[..., 0], before[..., 0] + both[..., 1])
        both[..., 1] += before[..., 1]
        back *= 2
    return both[..., 0]
