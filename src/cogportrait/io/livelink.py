"""Live Link Face CSV: 61 columns of ARKit blendshapes and angles, as the iPhone app writes them.

Columns are written in the app's own order, jaw and mouth with Right before Left, and read by name.
Angles are radians, + toward the subject's right and + down, as measured on two takes of the app
(:mod:`cogportrait.facs.blendshapes`); head roll + is taken as toward the subject's right as well.
A take's time codes count frames of a clock of 60 a second, and give the rate.
"""

import csv
import math
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
from cogportrait.io.tables import Table, check_order, read_table
from cogportrait.types import ControlSequence

ANGLES: Final = (
    "HeadYaw", "HeadPitch", "HeadRoll", "LeftEyeYaw", "LeftEyePitch", "LeftEyeRoll",
    "RightEyeYaw", "RightEyePitch", "RightEyeRoll",
)  # fmt: skip
SHAPES: Final = tuple(name[0].upper() + name[1:] for name in ARKIT_NAMES)
COLUMNS: Final = ("Timecode", "BlendShapeCount", *SHAPES, *ANGLES)
CLOCK_HZ: Final = 60  # frames a second that the app's time codes count
DECIMALS: Final = 10  # of shapes and angles
DAY_S: Final = 24 * 3600.0  # after which time codes begin again
STEP_S: Final = 2.5 / (1000 * CLOCK_HZ)  # by which rounding can change a step of time codes

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
        cells = (f"{v:.{DECIMALS}f}" for v in row.round(DECIMALS) + 0.0)  # + 0.0: no -0.000
        writer.writerow([_timecode(i / controls.fps), len(columns[0]), *cells])
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
    return -np.deg2rad(np.concatenate([head, *eyes], axis=1))


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
        The file is no such table, a cell of it is no number, or its rows are not in order.
    """
    table = read_table(Path(path), "Live Link Face")
    missing = table.first_missing((*COLUMNS[:1], *SHAPES), count=4)
    if missing:
        raise InputError(
            f"{table.file}: expected the columns of Live Link Face, got a table without {missing}"
        )
    shapes = np.zeros((len(table.rows), len(ARKIT_NAMES)))
    for name, shape in zip(SHAPES, ARKIT_NAMES, strict=True):
        shapes[:, ARKIT_INDEX[shape]] = table.numbers(name)
    values = from_arkit(shapes)
    for channel, name in (
        ("head_yaw", "HeadYaw"), ("head_pitch", "HeadPitch"), ("head_roll", "HeadRoll"),
        ("gaze_yaw_L", "LeftEyeYaw"), ("gaze_pitch_L", "LeftEyePitch"),
        ("gaze_yaw_R", "RightEyeYaw"), ("gaze_pitch_R", "RightEyePitch"),
    ):  # fmt: skip
        if name in table.names:
            values[:, CHANNEL_INDEX[channel]] = -np.rad2deg(table.numbers(name))
    return ControlSequence.from_matrix(values.astype(np.float32), _rate_hz(table))


def _rate_hz(table: Table) -> float:
    """Return frames per second, by the time codes.

    One over their median step, whatever frames the app dropped; if all of them are about as far
    apart as that, over the mean step, which does not suffer from rounding to 1/60000 s.
    """
    column = table.column(COLUMNS[0])
    codes = [row[column] for row in table.rows]
    times = np.array([_seconds(table.file, i, code) for i, code in enumerate(codes, 2)])
    times += DAY_S * np.cumsum(np.diff(times, prepend=times[0]) < -DAY_S / 2)  # past midnight
    check_order(table.file, times, codes)
    steps = np.diff(times)
    if not (steps > 0).any():
        raise InputError(
            f"{table.file}: expected time codes that go on, got the same one in every row"
        )
    step = float(np.median(steps[steps > 0]))
    if (abs(steps - step) < STEP_S).all():
        step = float(steps.mean())
    return float(round(1 / step, 2))


def _seconds(file: Path, row: int, timecode: str) -> float:
    try:
        if not timecode.isascii() or "_" in timecode:
            raise ValueError
        hours, minutes, seconds, frames = timecode.split(":")
        whole = 3600 * int(hours) + 60 * int(minutes) + int(seconds) + float(frames) / CLOCK_HZ
        if not 0 <= whole < math.inf:
            raise ValueError
        return whole
    except ValueError as error:
        raise InputError(
            f"{file}: row {row}: expected a time code such as 13:13:04:31.652, got "
            f"{shown(timecode)}"
        ) from error
