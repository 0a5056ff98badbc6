"""Which frames a contact sheet shows, and how they are kept while the video streams by."""

from itertools import pairwise
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from cogportrait.facs.channels import AU_CHANNELS, GAZE_CHANNELS, HEAD_CHANNELS
from cogportrait.io.plots import contact_sheet
from cogportrait.types import ControlSequence, Frame, Portrait

TILES: Final = 12
TILE_WIDTH_PX: Final = 480
HEAD_MARGIN: Final = 2.0  # side of a tile / height of the face
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
    """Keeps small copies of the head in some frames of a video."""

    def __init__(self, portrait: Portrait, controls: ControlSequence) -> None:
        """Want the notable frames of `controls`."""
        self._wanted = frozenset(notable_frames(controls))
        self._fps = controls.fps
        self._head = head_region(portrait)
        self.kept: list[tuple[float, Frame]] = []  # time in seconds, frame

    def offer(self, number: int, frame: Frame) -> None:
        """Keep the frame if it is wanted."""
        if number in self._wanted:
            head = frame[self._head]
            height = max(1, round(head.shape[0] * TILE_WIDTH_PX / head.shape[1]))
            way = cv2.INTER_AREA if head.shape[1] > TILE_WIDTH_PX else cv2.INTER_CUBIC
            tile = cv2.resize(head, (TILE_WIDTH_PX, height), interpolation=way)
            self.kept.append((number / self._fps, np.asarray(tile, np.uint8)))

    def write(self, path: Path) -> None:
        """Write the sheet."""
        contact_sheet(self.kept, path)


def head_region(portrait: Portrait) -> tuple[slice, slice]:
    """Return the rows and columns of the head, with room to move, inside the picture."""
    height, width = portrait.image.shape[:2]
    low, high = portrait.landmarks_px[:, :2].min(0), portrait.landmarks_px[:, :2].max(0)
    x, y = (low + high) / 2
    half = HEAD_MARGIN * float((high - low).max()) / 2
    rows = slice(max(0, int(y - half)), min(height, int(y + half)))
    return rows, slice(max(0, int(x - half)), min(width, int(x + half)))
