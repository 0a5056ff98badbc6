"""A small clip of a face that blinks, looks aside and turns, and others made of it."""

import json
from collections.abc import Iterable
from pathlib import Path

import cv2
import numpy as np
from skimage import data
from tests.emh.emhs import manifest

from cogportrait.face.landmarker import track_portrait
from cogportrait.facs.channels import CHANNEL_INDEX, CHANNELS
from cogportrait.io.reader import read_video
from cogportrait.io.video import VideoWriter
from cogportrait.pipeline import keypoints
from cogportrait.renderers.warp import WarpRenderer
from cogportrait.types import ControlSequence, Frame, Portrait

FPS = 25.0
SIDE_PX = 320
FRAMES = 26
FEW = 14  # frames of the short clip
CLOSING = slice(6, 11)
LOOKING = slice(13, 20)
LOOK_DEG = 18.0
TURN_DEG = 12.0


def close_up() -> Portrait:
    """Return the head of the NASA portrait."""
    head = data.astronaut()[:260, 90:350]
    image = cv2.resize(head, (SIDE_PX, SIDE_PX), interpolation=cv2.INTER_CUBIC)
    return track_portrait(np.asarray(image, np.uint8), name="close-up")


def shown() -> ControlSequence:
    """Return what the face does: a blink, a look to the left, a turn of the head."""
    values = np.zeros((FRAMES, len(CHANNELS)), np.float32)
    for side in "LR":
        values[CLOSING, CHANNEL_INDEX[f"AU43_{side}"]] = [0.5, 1, 1, 0.7, 0.3]
        values[LOOKING, CHANNEL_INDEX[f"gaze_yaw_{side}"]] = LOOK_DEG
    turn = np.interp(np.arange(FRAMES), [17, 22], [0, TURN_DEG])
    values[:, CHANNEL_INDEX["head_yaw"]] = turn
    return ControlSequence.from_matrix(values, FPS)


def drawn(portrait: Portrait, controls: ControlSequence) -> list[Frame]:
    """Return the frames of controls."""
    return list(WarpRenderer().render(portrait, keypoints(portrait, controls), seed=0))


def film(path: Path, frames: Iterable[Frame], fps: float = FPS, audio: Path | None = None) -> Path:
    """Write frames of one size as a video."""
    first, *others = frames
    size = first.shape[1], first.shape[0]
    with VideoWriter(path, fps=fps, size_px=size, audio=audio) as writer:
        for frame in (first, *others):
            writer.write(frame)
    return path


def scaled(frame: Frame, width: int, height: int) -> Frame:
    """Return a frame at another size."""
    return np.asarray(cv2.resize(frame, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def black_in(frames: list[Frame], *numbers: int) -> list[Frame]:
    """Return frames some of which show nothing."""
    return [np.zeros_like(f) if i in numbers else f for i, f in enumerate(frames)]


def read_frames(path: Path) -> list[Frame]:
    return list(read_video(path))


def listing(folder: Path, *clips: Path, **more: object) -> Path:
    """Write a manifest of clips of happiness."""
    known = {"seconds": FRAMES / FPS, "fps": FPS, "size": [SIDE_PX, SIDE_PX]}
    lines = [{"clip": str(c), "category": "happiness", **known, **more} for c in clips]
    return manifest(folder, *lines)


def leftovers(folder: Path) -> list[Path]:
    """Return the unfinished files in a folder."""
    return [path for path in folder.rglob("*") if ".part" in path.name]


def record(path: Path) -> dict[str, object]:
    return json.loads(path.read_text())
