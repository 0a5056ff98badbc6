"""A clip read once: what is kept of it to be scored."""

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from cogportrait.errors import FaceError, MediaError
from cogportrait.face.features import FaceRows
from cogportrait.face.measure import face_rows
from cogportrait.face.skin import Reference
from cogportrait.io.reader import read_video
from cogportrait.metrics.color_shift import region_colors
from cogportrait.metrics.flicker import BorderFlicker
from cogportrait.types import FloatArray, Frame

COLORED: Final = 5  # every so many frames colors are looked at


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """One face followed through a video."""

    name: str
    fps: float
    size_px: tuple[int, int]  # width, height, as filmed
    rows: FaceRows  # T frames, in pixels of the size asked for
    colors: NDArray[np.float64]  # [C, 2, 3] of some frames; see metrics.color_shift.region_colors
    border: float  # flicker along the border, 8-bit levels

    @property
    def found(self) -> NDArray[np.bool_]:
        """Whether there was a face, [T]."""
        return self.rows.found


def read_clip(
    path: str | os.PathLike[str],
    *,
    face: int | None = None,
    size_px: tuple[int, int] | None = None,
    seen: Callable[[], None] | None = None,
    reference: Reference | None = None,
) -> Reading:
    """Follow the face in a clip, frame by frame; memory for pixels does not grow with its length.

    Parameters
    ----------
    path
        A video.
    face : int or None
        Which face of each frame, counted from 1 = the largest.
    size_px : pair of int or None
        Width and height that frames are brought to before they are looked at; None leaves them.
    seen : callable or None
        Called after every frame.
    reference : Reference or None
        What the motion of skin is measured against; a generated clip takes that of the real one.

    Raises
    ------
    FaceError
        No frame has a face.
    MediaError
        The video cannot be read, or has no more than one frame.
    """
    source = read_video(path, quick=True)
    size = size_px or source.size_px

    def frames() -> Iterator[Frame]:
        for frame in source:
            yield resized(frame, size)
            if seen is not None:
                seen()

    name = Path(path).name
    return reading_of(name, frames(), source.fps, source.size_px, face=face, reference=reference)


def reading_of(
    name: str,
    frames: Iterable[Frame],
    fps: float,
    size_px: tuple[int, int],
    *,
    face: int | None = None,
    reference: Reference | None = None,
) -> Reading:
    """Follow the face in frames [H, W, 3], read once; see :func:`read_clip`.

    Raises
    ------
    FaceError
        No frame has a face.
    MediaError
        There is no more than one frame.
    """
    tap = _Tap()
    rows = face_rows(frames, fps, face=face, watch=tap.look, reference=reference)
    if len(rows) < 2:
        raise MediaError(
            f"{name}: expected a clip of 2 frames or more, got {len(rows)}; use a longer one, or "
            "leave it out"
        )
    if not rows.found.any():
        raise FaceError(
            f"{name}: expected a face, found none in any of {len(rows)} frames; use a clip in "
            "which both eyes are visible, or leave it out"
        )
    colors = np.array(tap.colors, np.float64).reshape(-1, 2, 3)
    return Reading(Path(name).stem, fps, size_px, rows, colors, tap.border.mean)


class _Tap:
    """Looks at each frame on its way and keeps little of it."""

    def __init__(self) -> None:
        self.colors: list[NDArray[np.float64]] = []
        self.border = BorderFlicker()
        self._number = 0

    def look(self, frame: Frame, points: FloatArray | None) -> None:
        """Look at the next frame and its landmarks [478, 3] px, None without a face."""
        self.border.add(frame)
        if points is not None and self._number % COLORED == 0:
            self.colors.append(region_colors(frame, points))
        self._number += 1


def resized(frame: Frame, size_px: tuple[int, int]) -> Frame:
    """Return a frame at another size; one a pixel off, as encoders ask, is cut or padded."""
    h, w = frame.shape[:2]
    right, down = size_px[0] - w, size_px[1] - h
    if max(abs(right), abs(down)) <= 1:
        if min(right, down) < 0:
            frame = frame[: size_px[1], : size_px[0]]
        if max(right, down) > 0:
            frame = np.pad(frame, ((0, max(down, 0)), (0, max(right, 0)), (0, 0)), "edge")
        return np.ascontiguousarray(frame)
    smaller = size_px[0] < frame.shape[1]
    way = cv2.INTER_AREA if smaller else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(frame, size_px, interpolation=way), np.uint8)
