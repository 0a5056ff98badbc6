"""Temporal flicker: how much pixels change from frame to frame, in 8-bit levels; lower is better.

Mean absolute difference of successive frames over a region in which nothing should move: by
default the outer border of the picture. Also of a whole clip, where it measures motion as well and
is only to be read beside the real clip's.
"""

from collections.abc import Iterable, Sequence
from typing import Final

import cv2

from cogportrait.errors import MetricError
from cogportrait.types import Frame

BORDER: Final = 0.04  # of the shorter side


def border_flicker(frames: Iterable[Frame]) -> float:
    """Return the mean absolute difference of successive frames [H, W, 3] along the border.

    Frames are read once, one at a time. NaN for fewer than two.

    Raises
    ------
    MetricError
        A frame has another size than the first.
    """
    flicker = BorderFlicker()
    for frame in frames:
        flicker.add(frame)
    return flicker.mean


class BorderFlicker:
    """Takes frames one after another; keeps the border of the last."""

    def __init__(self) -> None:
        self._before: tuple[tuple[int, ...], Sequence[Frame]] | None = None
        self._total = 0.0
        self._count = 0

    def add(self, frame: Frame) -> None:
        """Take the next frame, [H, W, 3]."""
        h, w = frame.shape[:2]
        band = max(1, round(BORDER * min(h, w)))
        middle = frame[band : h - band]
        parts = [frame[:band], frame[h - band :], middle[:, :band], middle[:, w - band :]]
        border = [part.copy() for part in parts]
        if self._before is not None:
            size, before = self._before
            if frame.shape != size:
                raise MetricError(
                    f"frame {self._count + 1}: expected {list(size)}, got {list(frame.shape)}"
                )
            pairs = zip(border, before, strict=True)
            change = sum(float(cv2.norm(a, b, cv2.NORM_L1)) for a, b in pairs if a.size)
            self._total += change / sum(part.size for part in border)
            self._count += 1
        self._before = frame.shape, border

    @property
    def mean(self) -> float:
        """Mean absolute difference of successive frames; NaN for fewer than two."""
        return self._total / self._count if self._count else float("nan")
