"""Small videos that tests write."""

from pathlib import Path

import numpy as np

from cogportrait.io.video import VideoWriter
from cogportrait.types import Frame


def flat(color: tuple[int, int, int], size_px: tuple[int, int] = (64, 48)) -> Frame:
    return np.full((size_px[1], size_px[0], 3), color, np.uint8)


def noise(number: int, size_px: tuple[int, int] = (64, 48)) -> Frame:
    rng = np.random.default_rng(number)
    return rng.integers(0, 255, (size_px[1], size_px[0], 3), np.uint8)


def write(path: Path, frames: list[Frame], fps: float = 25, **options: object) -> Path:
    height, width = frames[0].shape[:2]
    with VideoWriter(path, fps=fps, size_px=(width, height), **options) as video:  # type: ignore[arg-type]
        for frame in frames:
            video.write(frame)
    return path


def names(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir())
