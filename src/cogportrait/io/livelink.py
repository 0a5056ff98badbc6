"""Live Link Face CSV: 61 columns of ARKit blendshapes and angles, as the iPhone app writes them.

Columns are written in the app's own order, jaw and mouth with Right before Left, and read by name.
Angles are radians, + toward the subject's right and + down, as measured on two takes of the app
(:mod:`cogportrait.facs.blendshapes`); head roll + is taken as toward the subject's right as well.
A take's time codes count frames of a clock of 60 a second, and give the rate.
"""

import csv
import os
from io import StringIO
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cogportrait.errors import InputError, shown
from cogportrait.facs.blendshapes import ARKIT_INDEX, ARKIT_NAMES, from_arkit, to_arkit
from cogportrait.facs.channels import CHANNEL_INDEX
from cogportrait.io.atomic import write_text
from cogportrait.types import ControlSequence

ANGLES: Final = (
    "HeadYaw", "HeadPitch", "HeadRoll", "LeftEyeYaw", "LeftEyePitch", "LeftEyeRoll",
    "RightEyeYaw", "RightEyePitch", "RightEyeRoll",
)  # fmt: skip
SHAPES: Final = tuple(name[0].upper() + name[1:] for name in ARKIT_NAMES)
COLUMNS: Final = ("Timecode", "BlendShapeCount", *SHAPES, *ANGLES)
CLOCK_HZ: Final = 60  # frames a second that the app's time codes count
MAX_BYTES: Final = 512 * 2**20

_Array = NDArray[np.float64]


def write_livelink(controls: ControlSequence, path: str | os.PathLike[str]) -> None:
    """Write controls as the app would.

    Raises
    ------
    OutputError
        The file cannot be written.
    """
    values = controls.to_matrix().astype(np.float64)
    columns = np.concatenate([to_arkit(values), _angles(values)], axis=1)
    stream = StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(COLUMNS)
    for i, row in enumerate(columns):
        writer.writerow([_timecode(i / controls.fps), len(columns[0]), *(f"{v:.10f}" for v in row)])
    write_text(path, stream.getvalue())


def _angles(values: _Array) -> _Array:
    head = values[:, [CHANNEL_INDEX[n] for n in ("head_yaw", "head_pitch", "head_roll")]]
    eyes = [
        np.column_stack(
            [values[:, CHANNEL_INDEX[f"gaze_{axis}_{side}"]] for axis in ("yaw", "pitch")]
            + [np.zeros(len(values))]
        )
        for side in "LR"
    ]
    return -np.deg2rad(np.concatenate([head, *eyes], axis=1)) + 0.0


def _timecode(seconds: float) -> str:
    whole = int(seconds)
    frames = (seconds - whole) * CLOCK_HZ
    return (
        f"{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}:"
        f"{min(frames, CLOCK_HZ - 0.001):06.3f}"
    )


def read_livelink(path: str | os.PathLike[str]) -> ControlSequence:
    """Return the controls in a take of the app.

    Raises
    ------
    InputError
        The file is no such table, or a cell of it is no number.
    """
    file = Path(path)
    names, rows = _table(file)
    missing = [name for name in (*COLUMNS[:1], *SHAPES) if name not in names]
    if missing:
        raise InputError(
            f"{file}: expected the columns of Live Link Face, got a table without "
            f"{', '.join(missing[:4])}"
        )
    shapes = np.zeros((len(rows), len(ARKIT_NAMES)))
    for name, shape in zip(SHAPES, ARKIT_NAMES, strict=True):
        shapes[:, ARKIT_INDEX[shape]] = _numbers(file, names, rows, name)
    values = from_arkit(shapes)
    for channel, name in (
        ("head_yaw", "HeadYaw"), ("head_pitch", "HeadPitch"), ("head_roll", "HeadRoll"),
        ("gaze_yaw_L", "LeftEyeYaw"), ("gaze_pitch_L", "LeftEyePitch"),
        ("gaze_yaw_R", "RightEyeYaw"), ("gaze_pitch_R", "RightEyePitch"),
    ):  # fmt: skip
        if name in names:
            values[:, CHANNEL_INDEX[channel]] = -np.rad2deg(_numbers(file, names, rows, name))
    return ControlSequence.from_matrix(values.astype(np.float32), _rate_hz(file, rows))


def _table(file: Path) -> tuple[list[str], list[list[str]]]:
    try:
        if file.stat().st_size > MAX_BYTES:
            raise InputError(f"{file}: expected at most {MAX_BYTES >> 20} MiB, got more")
        with file.open(newline="", encoding="utf-8-sig") as stream:
            lines = list(csv.reader(stream))
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{file}: expected a table of Live Link Face, got another file") from error
    except OSError as error:
        raise InputError(f"{file}: cannot be read: {error.strerror}") from error
    rows = [line for line in lines[1:] if line]
    if len(rows) < 2:
        raise InputError(f"{file}: expected a header and at least two rows, got {len(lines)}")
    for number, row in enumerate(rows, 2):
        if len(row) < len(lines[0]):
            raise InputError(
                f"{file}: row {number}: expected {len(lines[0])} cells, got {len(row)}"
            )
    return [name.strip() for name in lines[0]], rows


def _numbers(file: Path, names: list[str], rows: list[list[str]], name: str) -> _Array:
    column = names.index(name)
    out = np.zeros(len(rows))
    for i, row in enumerate(rows):
        try:
            out[i] = float(row[column])
        except ValueError:
            out[i] = np.nan
        if not np.isfinite(out[i]):
            raise InputError(
                f"{file}: row {i + 2}, {name}: expected a number, got {shown(row[column])}"
            )
    return out


def _rate_hz(file: Path, rows: list[list[str]]) -> float:
    """Return frames per second: the median step of the time codes."""
    times = np.array([_seconds(file, i + 2, row[0]) for i, row in enumerate(rows)])
    steps = np.diff(times)
    steps = steps[steps > 0]
    if len(steps) == 0:
        raise InputError(f"{file}: expected time codes that go on, got the same one in every row")
    return float(round(1 / float(np.median(steps)), 2))


def _seconds(file: Path, row: int, timecode: str) -> float:
    try:
        hours, minutes, seconds, frames = timecode.split(":")
        whole = 3600 * int(hours) + 60 * int(minutes) + int(seconds)
        return whole + float(frames) / CLOCK_HZ
    except ValueError as error:
        raise InputError(
            f"{file}: row {row}: expected a time code such as 13:13:04:31.652, got "
            f"{shown(timecode)}"
        ) from error
