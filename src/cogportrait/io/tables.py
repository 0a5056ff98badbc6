"""Comma-separated tables of other programs: a header and one row a frame."""

import csv
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cogportrait.errors import InputError, shown

MAX_BYTES: Final = 512 * 2**20
LARGEST: Final = 1e30  # of a cell: single precision, and what is reckoned with it, goes no further


@dataclass(frozen=True, slots=True)
class Table:
    """The cells of a table, as texts."""

    file: Path
    names: tuple[str, ...]  # of the columns, without spaces around them
    rows: list[list[str]]  # at least two, each at least as long as `names`

    def first_missing(self, names: Iterable[str], count: int = 1) -> str:
        """Return the first of `names` that are no columns, with commas; empty if all are there."""
        return ", ".join([name for name in names if name not in self.names][:count])

    def column(self, name: str) -> int:
        """Return which cell of a row belongs to a column.

        Raises
        ------
        InputError
            The column is there twice.
        """
        if self.names.count(name) > 1:
            raise InputError(f"{self.file}: row 1: expected one column {name}, got several")
        return self.names.index(name)

    def numbers(self, name: str, where: NDArray[np.bool_] | None = None) -> NDArray[np.float64]:
        """Return a column, [T]; NaN in rows that are not `where` [T], which are not read.

        Raises
        ------
        InputError
            A cell is no number, or an endless one, or the column is there twice.
        """
        column = self.column(name)
        out = np.full(len(self.rows), np.nan)
        for i in range(len(self.rows)) if where is None else np.flatnonzero(where):
            cell = self.rows[i][column]
            out[i] = plain_number(cell)
            if not abs(out[i]) <= LARGEST:
                most = f" of at most {LARGEST:g}" if abs(out[i]) > LARGEST else ""
                raise InputError(
                    f"{self.file}: row {i + 2}, {name}: expected a number{most}, got {shown(cell)}"
                )
        return out


def plain_number(cell: str) -> float:
    """Return the number in a cell; NaN where none is.

    Python also takes ``1_0`` and digits of other scripts, which no table of numbers holds.
    """
    if not cell.isascii() or "_" in cell:
        return math.nan
    try:
        return float(cell)
    except ValueError:
        return math.nan


def check_order(file: Path, times_s: NDArray[np.float64], given: Sequence[str]) -> None:
    """Raise :class:`InputError` if a row is earlier than the one before; `given` is what they say.

    Equal times pass: programs repeat them when they drop a frame.
    """
    back = np.flatnonzero(np.diff(times_s) < 0)
    if len(back):
        i = int(back[0])
        raise InputError(
            f"{file}: row {i + 3}: expected a time no earlier than that of the row before, "
            f"{shown(given[i])}, got {shown(given[i + 1])}; sort the rows by time"
        )


def read_table(file: Path, kind: str) -> Table:
    """Return the table in a file; `kind` is what it is to be, for messages.

    Raises
    ------
    InputError
        The file is no table of two rows and more, or a row is too short or too long.
    """
    try:
        if not file.stat().st_size <= MAX_BYTES:
            raise InputError(f"{file}: expected at most {MAX_BYTES >> 20} MiB, got more")
        if not file.is_file():
            got = "a folder" if file.is_dir() else "a device or pipe"
            raise InputError(f"{file}: expected a table of {kind}, got {got}")
        with file.open(newline="", encoding="utf-8-sig") as stream:
            lines = [line for line in csv.reader(stream) if line]
        if lines and lines[0][0].lstrip()[:1] in ("{", "["):
            raise InputError(f"{file}: expected a table of {kind}, CSV, got JSON")
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{file}: expected a table of {kind}, got another file") from error
    except FileNotFoundError as error:
        raise InputError(f"{file}: no such file; check the path") from error
    except OSError as error:
        raise InputError(f"{file}: cannot be read: {error.strerror}") from error
    if len(lines) < 3:
        raise InputError(f"{file}: expected a header and at least two rows, got {len(lines)} lines")
    for number, row in enumerate(lines[1:], 2):
        if len(row) < len(lines[0]):
            raise InputError(
                f"{file}: row {number}: expected {len(lines[0])} cells, got {len(row)}; is it a "
                f"table of {kind}, CSV?"
            )
        beyond = next((cell for cell in row[len(lines[0]) :] if cell.strip()), None)
        if beyond is not None:  # as of decimal commas: the cells before are not where they belong
            raise InputError(
                f"{file}: row {number}: expected {len(lines[0])} cells, got {len(row)}: "
                f"{shown(beyond)} has no column; write decimals with a point"
            )
    # Real files of OpenFace have a space before each name.
    return Table(file, tuple(name.strip() for name in lines[0]), lines[1:])
