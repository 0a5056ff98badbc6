"""Which frames a contact sheet shows, and how they are kept while the video streams by."""

from itertools import pairwise
from typing import Final

import cv2
import numpy as np

from cogportrait.facs.channels import AU_CHANNELS, GAZE_CHANNELS, HEAD_CHANNELS
from cogportrait.types import ControlSequence, Frame

TILES: Final = 12
TILE_WIDTH_PX: Final = 480
GAZE_UNIT_DEG: Final = 10.0  # this much gaze counts as much as a full action unit
HEAD_UNIT_DEG: Final = 8.0


def notable_frames(controls: ControlSequence, count: int = TILES) -> list[int]:
    """Return `count` frame numbers in order: of equal stretches, each one's most eventful frame.

    Eventful is far from the clip's median, over all channels.
    """
    n_au, n_gaze, n_head = len(AU_CHANNELS), len(GAZE_CHANNELS), len(HEAD_CHANNELS)
    units = np.ones(controls.to_matrix().shape[1], np.float32)
    units[n_au : n_au + n_gaze] = GAZE_UNIT_DEG
    units[n_au + n_gaze : n_au + n_gaze + n_head] = HEAD_UNIT_DEG
    values = controls.to_matrix() / units
    score = np.abs(values - np.median(values, axis=0)).sum(1)
    edges = np.linspace(0, len(controls), min(count, len(controls)) + 1).astype(int)
    return [int(start + np.argmax(score[start:stop])) for start, stop in pairwise(edges)]


class SheetFrames:
    """Keeps small copies of some frames of a video."""

    def __init__(self, controls: ControlSequence) -> None:
        """Want the notable frames of `controls`."""
        self._wanted = frozenset(notable_frames(controls))
        self._fps = controls.fps
        self.kept: list[tuple[float, Frame]] = []  # time in seconds, frame

    def offer(self, number: int, frame: Frame) -> None:
        """Keep the frame if it is wanted."""
        if number in self._wanted:
            scale = min(1.0, TILE_WIDTH_PX / frame.shape[1])
            size = (round(frame.shape[1] * scale), max(1, round(frame.shape[0] * scale)))
            small = cv2.resize(frame, size, interpolation=cv2.INTER_AREA)
            self.kept.append((number / self._fps, np.asarray(small, np.uint8)))
