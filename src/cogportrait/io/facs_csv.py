"""FACS CSV: one row a frame, intensities as coders score them, 0 to 5.

``time_s`` counts from the first frame. Action units are named as channels, ``AU12_L`` and
``AU12_R`` where the sides are apart, ``AU17`` where they are not; 0 is absent, 1 to 5 are the
letters A to E, 5 times the intensity of a control. AU43 is the closure of the lids, 5 = closed.
``gaze_*_deg`` and ``head_*_deg`` are degrees and ``head_x_iod``, ``_y_``, ``_z_`` interocular
distances, signed as in :mod:`cogportrait.facs.channels`. Everything that controls hold is there.
"""

import csv
import os
from io import StringIO
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cogportrait.errors import InputError
from cogportrait.facs.channels import AU_CHANNELS, CHANNEL_INDEX, CHANNELS, SHIFT_CHANNELS
from cogportrait.io.atomic import write_text
from cogportrait.io.controls import CHANNEL_RANGES
from cogportrait.io.documents import FPS, check_within
from cogportrait.io.tables import Table, read_table
from cogportrait.types import ControlSequence

FULL: Final = 5.0  # intensity E
TIME: Final = "time_s"
UNEVEN: Final = 0.1  # of a frame: times further than that from a steady rate are refused


def _column(channel: str) -> str:
    if channel in AU_CHANNELS:
        return channel
    return f"{channel}_iod" if channel in SHIFT_CHANNELS else f"{channel}_deg"


CHANNEL_OF_COLUMN: Final = {_column(channel): channel for channel in CHANNELS}
COLUMNS: Final = (TIME, *CHANNEL_OF_COLUMN)
_SCALE: Final = np.array([FULL if name in AU_CHANNELS else 1.0 for name in CHANNELS])
_DECIMALS: Final = tuple(4 if name.endswith("_deg") else 5 for name in CHANNEL_OF_COLUMN)


def write_facs_csv(controls: ControlSequence, path: str | os.PathLike[str]) -> None:
    """Write controls as FACS intensities with 5 decimals, angles with 4, times with 10.

    Raises
    ------
    OutputError
        The file cannot be written.
    """
    low, high = np.array([CHANNEL_RANGES[name] for name in CHANNELS]).T
    values = controls.to_matrix().astype(np.float64).clip(low, high) * _SCALE
    for column, decimals in enumerate(_DECIMALS):
        values[:, column] = values[:, column].round(decimals)
    stream = StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(COLUMNS)
    for i, row in enumerate(values + 0.0):  # -0.0 becomes 0.0
        cells = [f"{v:.{d}f}" for v, d in zip(row, _DECIMALS, strict=True)]
        writer.writerow([f"{i / controls.fps:.10f}", *cells])
    write_text(path, stream.getvalue())


def read_facs_csv(path: str | os.PathLike[str]) -> ControlSequence:
    """Return the controls in a FACS table. Columns may be any subset; what is missing is 0.

    Raises
    ------
    InputError
        The file is no such table, its times are not evenly spaced, a column is unknown or there
        twice, or a cell is no number in its range.
    """
    table = read_table(Path(path), "FACS intensities")
    missing = table.first_missing((TIME,))
    if missing:
        raise InputError(f"{table.file}: expected a table of FACS, got one without {missing}")
    for i, name in enumerate(table.names):
        if name not in COLUMNS:
            raise InputError(
                f"{table.file}: unknown column {name[:40]!r}; expected names such as "
                f"{', '.join(COLUMNS[1:4])}, {COLUMNS[-1]}"
            )
        if name in table.names[:i]:
            raise InputError(f"{table.file}: column {name} is there twice; leave one out")
    out = np.zeros((len(table.rows), len(CHANNELS)))
    for name in table.names:
        if name != TIME:
            out[:, CHANNEL_INDEX[CHANNEL_OF_COLUMN[name]]] = table.numbers(name)
    ranges = np.array([CHANNEL_RANGES[name] for name in CHANNELS]) * _SCALE[:, None]
    check_within(f"{table.file}:", out, tuple(CHANNEL_OF_COLUMN), ranges, first=2)
    return ControlSequence.from_matrix((out / _SCALE).astype(np.float32), _rate_hz(table))


def _rate_hz(table: Table) -> float:
    """Return frames per second of evenly spaced times, to 3 decimals."""
    times = table.numbers(TIME)
    step = float(times[-1] - times[0]) / (len(times) - 1)
    if not step > 0:
        raise InputError(f"{table.file}: expected {TIME} that goes on, got steps of {step:g} s")
    off: NDArray[np.float64] = abs(times - times[0] - step * np.arange(len(times))) / step
    if off.max() > UNEVEN:
        row = int(off.argmax())
        raise InputError(
            f"{table.file}: row {row + 2}, {TIME}: expected evenly spaced times, "
            f"{times[0] + row * step:.4f} here, got {times[row]:.4f}"
        )
    fps = round(1 / step, 3)
    if not FPS[0] <= fps <= FPS[1]:
        raise InputError(
            f"{table.file}: expected {FPS[0]:g} to {FPS[1]:g} frames a second, got {fps:g}"
        )
    return fps
