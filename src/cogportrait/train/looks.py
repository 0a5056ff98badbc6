"""More faces than there are: footage in another light and shape, and faces mixed of two.

A network that has seen a few dozen people draws others worse. What is changed is changed alike in
every frame of a clip, its reference and its keypoints. Our definition.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.spatial import Delaunay

from cogportrait.face.mesh_warp import border_points, mesh_warped
from cogportrait.types import Frame, Portrait

GAMMA: Final = (0.7, 2.2)  # above 1: dark skin and hair, beside bright eyes
TINTED: Final = 0.08  # by which a color's gamma differs, at most
GAIN: Final = (0.7, 1.15)
SHIFT: Final = (-15.0, 15.0)  # levels
TINT: Final = (-10.0, 10.0)  # levels, of each color
SIDE: Final = (0.0, 0.45)  # by which one side is brighter, and the other darker
WIDER: Final = (0.9, 1.1)
LARGER: Final = (0.9, 1.1)
TURNED: Final = (-8.0, 8.0)  # degrees
MOVED: Final = (-0.04, 0.04)  # of the view's side
MIXED: Final = (0.35, 0.65)  # share of the second face
LEVELS: Final = 256


@dataclass(frozen=True, slots=True)
class Look:
    """In which light and shape a clip is shown; without arguments, in its own."""

    gamma: tuple[float, float, float] = (1.0, 1.0, 1.0)  # of red, green, blue
    gain: float = 1.0  # of levels
    shift: tuple[float, float, float] = (0.0, 0.0, 0.0)  # levels of red, green, blue
    side: tuple[float, float] = (0.0, 0.0)  # brighter to the right and down: per half a view
    wider: float = 1.0  # of the face, about the view's middle
    larger: float = 1.0
    turned_deg: float = 0.0  # clockwise, as seen
    moved: tuple[float, float] = (0.0, 0.0)  # right and down, of the view's side


def draw_look(rng: np.random.Generator) -> Look:
    """Return a look at random."""

    def between(limits: tuple[float, float]) -> float:
        return round(float(rng.uniform(*limits)), 3)

    gamma = float(np.exp(rng.uniform(*np.log(GAMMA))))
    red, green, blue = (round(gamma * (1 + between((-TINTED, TINTED))), 3) for _ in range(3))
    shift = between(SHIFT)
    angle, side = float(rng.uniform(0, 2 * np.pi)), between(SIDE)
    return Look(
        (red, green, blue), between(GAIN),
        (shift + between(TINT), shift + between(TINT), shift + between(TINT)),
        (round(side * float(np.cos(angle)), 3), round(side * float(np.sin(angle)), 3)),
        between(WIDER), between(LARGER), between(TURNED), (between(MOVED), between(MOVED)),
    )  # fmt: skip


def looks(name: str, count: int, seed: int) -> Iterator[Look]:
    """Yield looks of a clip; equal arguments give equal ones."""
    rng = np.random.default_rng([0x100C, seed, *name.encode()])
    for _ in range(count):
        yield draw_look(rng)


def looking(
    frames: NDArray[np.uint8], points_px: NDArray[np.floating], look: Look
) -> tuple[NDArray[np.uint8], NDArray[np.floating]]:
    """Return frames [T, S, S, 3] and their keypoints [T, N, 2] in another light and shape."""
    if look == Look():
        return frames, points_px
    size = frames.shape[1]
    onto = _placing(look, size)
    lit = _Light(look, size)
    seen = [
        lit(np.asarray(cv2.warpAffine(
            frame, onto, (size, size), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101
        ), np.uint8))
        for frame in frames
    ]  # fmt: skip
    placed = points_px @ onto[:, :2].T.astype(points_px.dtype) + onto[:, 2].astype(points_px.dtype)
    return np.stack(seen) if seen else frames, placed


def _placing(look: Look, size: int) -> NDArray[np.float64]:
    """Return the map [2, 3] from pixels of the view onto where they are shown."""
    middle = np.full(2, (size - 1) / 2)
    angle = np.deg2rad(look.turned_deg)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    shape = look.larger * turn @ np.diag([look.wider, 1.0])
    moved = middle + size * np.array(look.moved) - shape @ middle
    return np.concatenate([shape, moved[:, None]], 1)


class _Light:
    """Lights frames."""

    def __init__(self, look: Look, size: int) -> None:
        level = np.arange(LEVELS) / (LEVELS - 1)
        curves = level[:, None] ** np.array(look.gamma) * look.gain * (LEVELS - 1)
        self.curves = (curves + np.array(look.shift)).astype(np.float32)  # [256, 3]
        across = np.linspace(-1, 1, size, dtype=np.float32)
        right, down = look.side
        self.side = (1 + right * across[None, :] + down * across[:, None])[..., None]

    def __call__(self, frame: Frame) -> Frame:
        bands = [self.curves[frame[..., k], k] for k in range(3)]
        lit = np.stack(bands, -1) * self.side
        return np.rint(lit.clip(0, LEVELS - 1)).astype(np.uint8)


def mixed(one: Portrait, other: Portrait, share: float) -> Frame:
    """Return a face between two, of pictures of one size: shapes and colors of both.

    Parameters
    ----------
    one, other : Portrait
        The first one's size and place are kept.
    share : float
        Of the other, 0..1.
    """
    border = border_points(one.image)
    a, b = (
        np.concatenate([p.landmarks_px[:, :2].astype(np.float64), border]) for p in (one, other)
    )
    between = (1 - share) * a + share * b
    triangles = Delaunay(between).simplices
    first = mesh_warped(one.image, a, between, triangles)
    second = mesh_warped(other.image, b, between, triangles)
    both = (1 - share) * first.astype(np.float32) + share * second
    return np.rint(both).astype(np.uint8)
