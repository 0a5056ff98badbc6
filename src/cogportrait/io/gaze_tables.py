"""Tables of eye trackers: gaze in degrees, NaN where no eye was seen, hand-coded events if any.

Three layouts are read, told apart by their columns:

- CSV ``t_s, x_px, y_px[, event]``: pixels on a screen, (0, 0) for missing samples;
- NumPy structured array ``t, x, y, status[, evt]``: degrees, x right, y up;
- TSV of Tobii Studio: ``RelTimestamp`` (ms), ``[LR]GazePos2d[xy]`` (shares of the screen),
  ``[LR]Validity`` (0 = seen).
"""

import csv
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cogportrait.errors import InputError, MediaError
from cogportrait.io.tables import plain_number
from cogportrait.types import check_array

_Array = NDArray[np.float64]
_LEAST_SAMPLES: Final = 3
_TOBII_COLUMNS: Final = (
    "RelTimestamp",
    *(f"{eye}{column}" for eye in "LR" for column in ("GazePos2dx", "GazePos2dy", "Validity")),
)


@dataclass(frozen=True, slots=True)
class Screen:
    """Where a screen stood: what turns pixels into degrees."""

    width_px: int
    height_px: int
    width_m: float
    height_m: float
    distance_m: float

    def gaze_deg(self, x_px: _Array, y_px: _Array) -> _Array:
        """Return yaw and pitch [T, 2] of places on the screen, for a subject facing its middle."""
        right = (x_px / self.width_px - 0.5) * self.width_m
        down = (y_px / self.height_px - 0.5) * self.height_m
        yaw = -np.arctan2(right, self.distance_m)  # the screen's right is the subject's right
        pitch = -np.arctan2(down, np.hypot(right, self.distance_m))
        return np.rad2deg(np.stack([yaw, pitch], axis=1))


# Andersson et al. 2017 (Behav Res Methods 49:616): 380 x 300 mm at 670 mm.
ANDERSSON_SCREEN: Final = Screen(1024, 768, 0.38, 0.30, 0.67)
# Tobii TX300: 23 inch, 16:9, used at 600 to 650 mm.
TOBII_SCREEN: Final = Screen(1, 1, 0.509, 0.286, 0.65)


@dataclass(frozen=True, slots=True, eq=False)
class GazeRecording:
    """One recording of an eye tracker."""

    name: str
    rate_hz: float
    gaze_deg: _Array  # [T, 2] yaw + subject's left, pitch + up; NaN where no eye was seen
    codes: NDArray[np.int8] | None  # [T] hand-coded: 1 fixation 2 saccade 3 PSO 4 pursuit 5 blink

    def __post_init__(self) -> None:
        check_array("gaze_deg", self.gaze_deg, (None, 2), finite=False)
        if self.codes is not None:
            check_array("codes", self.codes, (len(self.gaze_deg),))

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return len(self.gaze_deg) / self.rate_hz


def read_gaze_table(
    path: str | os.PathLike[str], screen: Screen = ANDERSSON_SCREEN
) -> GazeRecording:
    """Return the recording in a table of an eye tracker.

    Parameters
    ----------
    path
        ``.csv``, ``.tsv`` or ``.npy``, see the module.
    screen
        For the CSV layout.

    Raises
    ------
    MediaError
        The file is missing, has other columns, or holds no regularly spaced samples.
    """
    file = Path(path)
    if not file.is_file():
        raise MediaError(f"{file}: no such file; check the path")
    if file.suffix.lower() == ".npy":
        return _structured(file)
    names, rows = _table(file)
    if set(_TOBII_COLUMNS) <= set(names):
        return _tobii(file, names, rows)
    if {"t_s", "x_px", "y_px"} <= set(names):
        return _pixels(file, names, rows, screen)
    raise MediaError(
        f"{file}: expected the columns t_s, x_px, y_px or those of Tobii Studio, "
        f"got {', '.join(names[:8])}"
    )


def _table(file: Path) -> tuple[list[str], _Array]:
    delimiter = "\t" if file.suffix.lower() in (".tsv", ".txt") else ","
    try:
        with file.open(newline="", encoding="utf-8-sig") as stream:
            reader = csv.reader(stream, delimiter=delimiter)
            names = [name.strip() for name in next(reader, [])]
            rows = [row for row in reader if row]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise MediaError(f"{file}: cannot be read as a table: {error}") from error
    values = np.full((len(rows), len(names)), np.nan)
    for i, row in enumerate(rows):
        if len(row) != len(names):
            raise MediaError(f"{file}: row {i + 2}: expected {len(names)} cells, got {len(row)}")
        values[i] = [plain_number(cell) for cell in row]
    return names, values


def _column(names: Sequence[str], rows: _Array, name: str) -> _Array:
    return rows[:, names.index(name)]


def _rate_hz(file: Path, time_s: _Array) -> float:
    """Return the sampling rate of regular time stamps."""
    if len(time_s) < _LEAST_SAMPLES:
        raise MediaError(f"{file}: expected at least {_LEAST_SAMPLES} samples, got {len(time_s)}")
    step = float(np.median(np.diff(time_s)))
    if not step > 0:
        raise MediaError(f"{file}: expected time stamps that rise, got steps of {step:g} s")
    return 1.0 / step


def _pixels(file: Path, names: list[str], rows: _Array, screen: Screen) -> GazeRecording:
    x, y = _column(names, rows, "x_px"), _column(names, rows, "y_px")
    gaze = screen.gaze_deg(x, y)
    gaze[(x == 0) & (y == 0)] = np.nan
    codes = None
    if "event" in names:
        events = _column(names, rows, "event")
        if not np.isfinite(events).all():
            row = int(np.argmin(np.isfinite(events))) + 2
            raise MediaError(f"{file}: row {row}: expected a number as event")
        codes = events.astype(np.int8)
    rate = _rate_hz(file, _column(names, rows, "t_s"))
    return GazeRecording(file.stem, rate, gaze, codes)


def _tobii(file: Path, names: list[str], rows: _Array) -> GazeRecording:
    eyes: list[_Array] = []
    for eye in "LR":
        x, y = (_column(names, rows, f"{eye}GazePos2d{axis}") for axis in "xy")
        gaze = TOBII_SCREEN.gaze_deg(x, y)
        gaze[_column(names, rows, f"{eye}Validity") != 0] = np.nan
        eyes.append(gaze)
    both = np.stack(eyes)
    seen = np.isfinite(both)
    mean = np.where(seen, both, 0).sum(0) / np.maximum(seen.sum(0), 1)
    mean[~seen.any(0)] = np.nan
    rate = _rate_hz(file, _column(names, rows, "RelTimestamp") / 1000)
    return GazeRecording(file.stem, rate, mean, None)


def _structured(file: Path) -> GazeRecording:
    try:
        table: NDArray[Any] = np.load(file, allow_pickle=False)
    except (OSError, ValueError) as error:
        raise MediaError(f"{file}: cannot be read as a NumPy array: {error}") from error
    names = table.dtype.names or ()
    if not {"t", "x", "y", "status"} <= set(names):
        raise MediaError(f"{file}: expected the fields t, x, y, status, got {names or 'none'}")
    gaze = np.stack([-table["x"].astype(np.float64), table["y"].astype(np.float64)], axis=1)
    gaze[~table["status"].astype(bool)] = np.nan
    codes = table["evt"].astype(np.int8) if "evt" in names else None
    try:
        return GazeRecording(file.stem, _rate_hz(file, table["t"]), gaze, codes)
    except InputError as error:
        raise MediaError(f"{file}: {error}") from error
