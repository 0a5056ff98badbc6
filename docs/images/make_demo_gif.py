"""Make ``docs/images/demo.gif`` from the videos of ``cogportrait demo``.

``python docs/images/make_demo_gif.py out/demo docs/images/demo.gif``
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from cogportrait.apps.demo import LABELS
from cogportrait.io.reader import read_video
from cogportrait.io.video import VideoWriter
from cogportrait.types import Frame

CROP: Final = (slice(12, 232), slice(112, 332))  # rows, columns of the 512 px portrait
PANEL_PX: Final = 240
EVERY: Final = 2  # of 25 frames a second
LIMIT_BYTES: Final = 3_000_000


def panels(folder: Path) -> Iterator[Frame]:
    """Yield frames with all labels side by side, each named."""
    videos = [read_video(folder / f"{label}.mp4") for label in LABELS]
    for number, frames in enumerate(zip(*videos, strict=True)):
        if number % EVERY == 0:
            row = [_panel(frame, label) for frame, label in zip(frames, LABELS, strict=True)]
            yield np.hstack(row)


def _panel(frame: Frame, label: str) -> Frame:
    size = (PANEL_PX, PANEL_PX)
    panel = np.asarray(cv2.resize(frame[CROP], size, interpolation=cv2.INTER_AREA), np.uint8)
    for color, width in (((0, 0, 0), 3), ((255, 255, 255), 1)):
        place = (8, PANEL_PX - 10)
        text = label.replace("_", " ")
        cv2.putText(panel, text, place, cv2.FONT_HERSHEY_SIMPLEX, 0.5, color, width, cv2.LINE_AA)
    return panel


def main(folder: Path, output: Path) -> None:
    """Write the picture."""
    fps = read_video(folder / f"{LABELS[0]}.mp4").fps / EVERY
    size = (PANEL_PX * len(LABELS), PANEL_PX)
    with VideoWriter(output, fps=fps, size_px=size) as writer:
        for frame in panels(folder):
            writer.write(frame)
    if output.stat().st_size > LIMIT_BYTES:
        sys.exit(f"{output}: {output.stat().st_size} bytes, expected at most {LIMIT_BYTES}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
