"""Action units that OpenFace or Py-Feat read off a video, one row a frame.

OpenFace 2 (``FeatureExtraction -f VIDEO``) gives intensities 0..5, columns ``AU01_r``, frames
counted from 1, ``success`` 0 where there is no face. Its AU45, the blink, stands for our AU43.
Py-Feat (``Detector().detect_video(VIDEO).to_csv()``) gives how likely a unit is, 0..1, columns
``AU01``, frames counted from 0, cells empty where there is no face.

From where a unit counts as there, intensity 1 and a likelihood of a half, is put where our scale
has the channel's threshold, and the rest is linear on either side (our definition): of OpenFace
that leaves all units but AU45 as they are, divided by 5. Neither knows left from right: both sides
get the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cogportrait.bench.au_names import AuSource
from cogportrait.errors import InputError
from cogportrait.facs.channels import AU_INDEX, SIDES, au_channel
from cogportrait.io.openface import FULL, PRESENT
from cogportrait.io.tables import Table, read_table
from cogportrait.metrics.scored import AU_ACTIVE, CLOSURE_ACTIVE
from cogportrait.types import ControlSequence

UNITS: Final = (1, 2, 4, 5, 6, 7, 43)  # those that are scored
LIKELY: Final = 0.5  # Py-Feat's, from which a unit counts as there
LEAST_ROWS: Final = 0.9  # of a video's frames, that a table has at least
ENDING: Final = ".csv"
SLACK: Final = 0.1  # of a scale, that numbers may lie beyond its ends: regressions overshoot


@dataclass(frozen=True, slots=True)
class _Kind:
    named: str
    full: float  # the largest value
    present: float  # from where a unit is there
    first: int  # number of the first frame


_KINDS: Final[Mapping[AuSource, _Kind]] = {
    AuSource.OPENFACE: _Kind("OpenFace", FULL, PRESENT, 1),
    AuSource.PYFEAT: _Kind("Py-Feat", 1.0, LIKELY, 0),
}


@dataclass(frozen=True, slots=True, eq=False)
class AuTable:
    """What a table says of a video of T frames."""

    values: NDArray[np.float64]  # [T, len(UNITS)] 0..1, bridged where nothing was read
    found: NDArray[np.bool_]  # [T] whether something was read

    def put_into(self, controls: ControlSequence) -> ControlSequence:
        """Return controls of T frames with these action units in place of theirs, on both sides."""
        aus = controls.aus.copy()
        for k, unit in enumerate(UNITS):
            for side in SIDES:
                aus[:, AU_INDEX[au_channel(unit, side)]] = self.values[:, k]
        return replace(controls, aus=aus)


def table_of(video: Path) -> Path:
    """Return where the table of a video has to be: beside it, with its name."""
    return video.with_suffix(ENDING)


def read_au_table(file: Path, source: AuSource, frames: int) -> AuTable:
    """Return the scored action units in a table.

    Parameters
    ----------
    file : path
        The table.
    source : AuSource
        Whose; not our own reading.
    frames : int
        T of the video that it was made of.

    Raises
    ------
    InputError
        The file is no such table, or that of another video.
    """
    kind = _KINDS[source]
    if not file.exists():
        raise InputError(
            f"{file}: is not there; --au {source} wants the table of {kind.named} beside its "
            "video, and docs/emh.md says how it is made"
        )
    table = read_table(file, kind.named)
    columns = [_column(source, unit) for unit in UNITS]
    asked = ("frame", *columns, *(("success",) if source is AuSource.OPENFACE else ()))
    if missing := table.first_missing(asked, len(asked)):
        raise InputError(
            f"{file}: expected a table of {kind.named}, cells separated by commas, got one without "
            f"{missing}"
        )
    at = _frames(table, kind, frames)
    read = _read(table, source, columns)
    if not read.any():
        raise InputError(f"{file}: expected a frame with a face, got none in {len(read)} rows")
    found = np.zeros(frames, np.bool_)
    found[at[read]] = True
    values = np.empty((frames, len(UNITS)))
    for k, (name, unit) in enumerate(zip(columns, UNITS, strict=True)):
        limit = CLOSURE_ACTIVE if unit == 43 else AU_ACTIVE
        told = _within(table, kind, name, read)
        ours = np.interp(told, [0, kind.present, kind.full], [0, limit, 1])
        values[:, k] = np.interp(np.arange(frames), at[read], ours)
    return AuTable(values, found)


def _within(table: Table, kind: _Kind, name: str, read: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return a column's numbers in the rows that are `read`, which are in range."""
    numbers = table.numbers(name, read)
    low, high = -SLACK * kind.full, (1 + SLACK) * kind.full
    wrong = np.flatnonzero(read & ~((numbers >= low) & (numbers <= high)))
    if len(wrong):
        row = int(wrong[0])
        raise InputError(
            f"{table.file}: row {row + 2}, {name}: expected 0 to {kind.full:g}, as {kind.named} "
            f"gives, got {numbers[row]:g}; is it on another scale?"
        )
    return numbers[read]


def _column(source: AuSource, unit: int) -> str:
    if source is AuSource.PYFEAT:
        return f"AU{unit:02d}"
    return f"AU{45 if unit == 43 else unit:02d}_r"


def _frames(table: Table, kind: _Kind, frames: int) -> NDArray[np.intp]:
    """Return the number of each row's frame, counted from 0."""
    numbers = table.numbers("frame")
    if not (numbers == np.rint(numbers)).all():
        raise InputError(f"{table.file}: frame: expected whole numbers, got others")
    told = numbers.astype(np.intp)
    back = np.flatnonzero(np.diff(told) <= 0)
    if len(back):
        row = int(back[0]) + 1
        raise InputError(
            f"{table.file}: row {row + 2}: expected a frame after {told[row - 1]}, got "
            f"{told[row]}; keep one face, in order of time"
        )
    at = told - kind.first
    beyond = told[(at < 0) | (at >= frames)]
    if len(beyond):
        raise InputError(
            f"{table.file}: expected rows of frames {kind.first} to {frames - 1 + kind.first}, "
            f"those of the video, got one of frame {beyond[0]}; let {kind.named} read this video"
        )
    if len(at) < LEAST_ROWS * frames:
        raise InputError(
            f"{table.file}: expected a row for each of the video's {frames} frames, got {len(at)}; "
            f"let {kind.named} read every frame of this video"
        )
    return at


def _read(table: Table, source: AuSource, columns: list[str]) -> NDArray[np.bool_]:
    """Return in which rows there is a face."""
    if source is AuSource.OPENFACE:
        return table.numbers("success") > 0
    places = [table.column(name) for name in columns]
    return np.array(
        [any(row[k].strip().lower() not in ("", "nan") for k in places) for row in table.rows]
    )
