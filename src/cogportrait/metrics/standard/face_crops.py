"""Crops of the speaking face as SyncNet is shown them, 224 x 224 pixels.

The reference implementation (syncnet_python, ``run_pipeline.py``) takes the face's box, smooths its
middle and its half side by a median over 13 frames, pads the picture with gray 110, and cuts a
square that is 2.8 half sides wide, with the box's middle 1 half side below its upper edge. A face
that is lost for a while stays where it was.

The box is that of the face's oval in our landmarks; the reference's detector (S3FD) boxes a face
from forehead to chin likewise.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from cogportrait.face import landmarks as lm
from cogportrait.metrics.standard.measure import found
from cogportrait.types import Frame

SIDE_PX: Final = 224
SMOOTHED: Final = 13  # frames
AROUND: Final = 0.4  # of the half side, that is cut beside the box and below it
GRAY: Final = 110


@dataclass(frozen=True, slots=True)
class Box:
    """A face's box."""

    x: float  # of its middle, pixels
    y: float
    half: float  # half of its longer side


def face_box(points_px: NDArray[np.floating[Any]]) -> Box | None:
    """Return the box of landmarks [478, >= 2]; None for no face."""
    if not found(points_px):
        return None
    oval = points_px[lm.FACE_OVAL, :2].astype(np.float64)
    low, high = oval.min(0), oval.max(0)
    x, y = (low + high) / 2
    return Box(float(x), float(y), float((high - low).max()) / 2)


def cut(frame: Frame, box: Box) -> Frame:
    """Return the crop of a box, [224, 224, 3]."""
    pad = int(box.half * (1 + 2 * AROUND))
    padded = cv2.copyMakeBorder(
        frame, pad, pad, pad, pad, cv2.BORDER_CONSTANT, value=(GRAY, GRAY, GRAY)
    )
    x, y = box.x + pad, box.y + pad
    side, below = box.half * (1 + AROUND), box.half * (1 + 2 * AROUND)
    rows = slice(max(0, int(y - box.half)), max(0, int(y + below)))
    crop = padded[rows, max(0, int(x - side)) : max(0, int(x + side))]
    if not crop.size:  # a face far outside, or of no size
        return np.full((SIDE_PX, SIDE_PX, 3), GRAY, np.uint8)
    return np.asarray(cv2.resize(crop, (SIDE_PX, SIDE_PX)), np.uint8)


class Crops:
    """Crops of a clip, frame by frame: each comes once the boxes that smooth it are known."""

    def __init__(self) -> None:
        self._boxes: list[Box] = []
        self._waiting: deque[Frame] = deque()

    @property
    def begun(self) -> bool:
        """Whether a face has been seen."""
        return bool(self._boxes)

    def push(self, frame: Frame, box: Box | None) -> Iterator[Frame]:
        """Take the next frame; yield the crops that are ready. Nothing is cut before a face."""
        if box is None:
            if not self._boxes:
                return
            box = self._boxes[-1]
        self._boxes.append(box)
        self._waiting.append(frame)
        if len(self._waiting) > SMOOTHED // 2:
            yield self._next()

    def rest(self) -> Iterator[Frame]:
        """Yield the last crops; none if the clip is shorter than what a box is smoothed over."""
        while self._waiting and len(self._boxes) >= SMOOTHED:
            yield self._next()

    def _next(self) -> Frame:
        at = len(self._boxes) - len(self._waiting)
        near = self._boxes[max(0, at - SMOOTHED // 2) : at + SMOOTHED // 2 + 1]
        # A median filter takes what is beyond either end for zeros, and so does the reference.
        values = np.zeros((SMOOTHED, 3))
        values[: len(near)] = [(b.x, b.y, b.half) for b in near]
        return cut(self._waiting.popleft(), Box(*(float(v) for v in np.median(values, 0))))
