"""What is done to the pixels of a clip before it is read again."""

from collections.abc import Sequence
from fractions import Fraction
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import cv2
import numpy as np

from cogportrait.bench.reading import resized
from cogportrait.io.containers import VideoOptions
from cogportrait.io.reader import read_video
from cogportrait.io.video import VideoWriter
from cogportrait.types import Frame

WIDEST_PX: Final = 960  # longer side from which pictures are made smaller, as all frames are kept


def frames_of(video: Path, seconds: float) -> tuple[list[Frame], Fraction]:
    """Return the first seconds of a video, no larger than ``WIDEST_PX``, and its frame rate."""
    source = read_video(video, quick=True)
    w, h = source.size_px
    factor = min(1.0, WIDEST_PX / max(w, h))
    size = (2 * round(w * factor / 2), 2 * round(h * factor / 2))
    first = islice(source, max(2, round(seconds * source.fps)))
    return [resized(frame, size) for frame in first], source.rate


def mirror_image(frames: Sequence[Frame]) -> list[Frame]:
    """Return frames with left and right exchanged."""
    return [np.ascontiguousarray(frame[:, ::-1]) for frame in frames]


def shrunk(frames: Sequence[Frame], factor: float) -> list[Frame]:
    """Return frames of less resolution, brought back to their size as generated clips are."""
    h, w = frames[0].shape[:2]
    small = (max(1, round(w * factor)), max(1, round(h * factor)))
    return [resized(resized(frame, small), (w, h)) for frame in frames]


def encoded(frames: Sequence[Frame], rate: Fraction, crf: int) -> list[Frame]:
    """Return frames after H.264 of a constant rate factor, 0 lossless to 51."""
    h, w = frames[0].shape[:2]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "clip.mp4"
        with VideoWriter(path, fps=rate, size_px=(w, h), options=VideoOptions(crf=crf)) as video:
            for frame in frames:
                video.write(frame)
        return [resized(frame, (w, h)) for frame in read_video(path, quick=True)]


def lit(frames: Sequence[Frame], factor: float) -> list[Frame]:
    """Return frames whose 8-bit levels are multiplied; what is brighter than white is white."""
    return [cv2.convertScaleAbs(frame, alpha=factor).astype(np.uint8) for frame in frames]


def blurred(frames: Sequence[Frame], sigma_px: float) -> list[Frame]:
    """Return frames blurred by a Gaussian."""
    return [np.asarray(cv2.GaussianBlur(frame, (0, 0), sigma_px), np.uint8) for frame in frames]
