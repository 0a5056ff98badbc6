"""Runs that nobody made: scores, curves and videos of known content."""

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from cogportrait.bench.rows import ClipRow, Curves, Stamp
from cogportrait.bench.store import make_folders, write_curves, write_row, write_stamp
from cogportrait.io.controls import write_controls
from cogportrait.io.video import VideoWriter
from cogportrait.metrics.scored import SCORED
from cogportrait.types import ControlSequence

FPS = 25.0
STAMP = Stamp(
    "emh", "gt", "warp", 7, "0123456789abcdef" * 4, {"size": "512"},
    "mediapipe 1.2.3 face_landmarker 64184e22", {"cogportrait": "0.1.0", "numpy": "2.3.0"},
)  # fmt: skip
SCRIPT = '<script>alert("x")<!--'  # a file can be called so
NAMES = ("fear_1", "fear_2", "joy_1", "joy_2", "joy_3", SCRIPT)


def row(name: str, category: str = "fear", **scores: float) -> ClipRow:
    """Return a row that is in the subset."""
    return ClipRow(name, category, "M01", 2.0, FPS, (640, 480), 130.0, 50, scores, frontal="yes")


def failed(name: str, why: str) -> ClipRow:
    """Return the row of a clip that has no scores."""
    return ClipRow(name, "anger", "", math.nan, math.nan, (640, 480), math.nan, 0, {}, error=why)


def curves(channel: str = "AU43_L", height: float = 0.8, frames: int = 50) -> Curves:
    """Return curves in which one channel rises in the real clip, and late in the generated one."""
    real = np.zeros((frames, len(SCORED)), np.float32)
    generated = real.copy()
    real[10:20, SCORED.index(channel)] = height
    generated[14:24, SCORED.index(channel)] = height
    found = np.ones(frames, np.bool_)
    found[30:33] = False
    return Curves(FPS, real, generated, found)


def rows(shift: float = 0.0) -> list[ClipRow]:
    """Return six rows of two categories; of one clip a measure is undefined."""
    made: list[ClipRow] = []
    for i, name in enumerate(NAMES):
        blinks = math.nan if i == 2 else 0.5
        made.append(
            row(
                name, "fear" if i < 2 else "happiness", au_f1=0.9 - 0.1 * i - shift,
                eye_lmd=0.01 * (i + 1) + shift / 10, blink_f1=blinks, gaze_error_deg=2.0 + i,
            )
        )  # fmt: skip
    made[1] = replace(made[1], warnings=("the real clip is dark | see\nthere",), face_px=90.0)
    made[4] = replace(made[4], frontal="no")
    return made


def run_folder(
    folder: Path,
    scored: Sequence[ClipRow],
    *,
    stamp: Stamp = STAMP,
    with_curves: bool = True,
) -> Path:
    """Write a run and return its folder."""
    make_folders(folder)
    write_stamp(folder, stamp)
    for number, one in enumerate(scored):
        write_row(folder, one)
        if with_curves and not one.error and number != 1:  # one clip kept none
            write_curves(folder, one.name, curves(SCORED[3 * number]))
    return folder


def complete(folder: Path, scored: Sequence[ClipRow]) -> None:
    """Add what the folder of a run lacks of its clips: curves, controls, videos without frames."""
    for one in scored:
        write_curves(folder, one.name, curves())
        write_controls(folder / "controls" / f"{one.name}.json", ControlSequence.zeros(2, FPS))
        boxes = (b"\0\0\0\x08" + kind for kind in (b"ftyp", b"moov", b"mdat"))
        (folder / "videos" / f"{one.name}.mp4").write_bytes(b"".join(boxes))


def video(path: Path, level: int, frames: int = 50) -> None:
    """Write a small gray video."""
    path.parent.mkdir(exist_ok=True)
    with VideoWriter(path, fps=FPS, size_px=(64, 48)) as writer:
        for _ in range(frames):
            writer.write(np.full((48, 64, 3), level, np.uint8))
