"""The table of clips that the rig is fitted on, judged as a whole before any clip is tracked."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cogportrait.errors import InputError, shown

COLUMNS: Final = ("file", "person", "use")
LEAST_CLIPS: Final = 3


@dataclass(frozen=True, slots=True)
class Clip:
    """One recording to learn from."""

    name: str  # as the table and the rig's card give it
    path: Path
    person: str
    labels: tuple[str, ...] = ()  # as the table gives them, if it does
    licence: str = ""


def read_clips(table: Path) -> list[Clip]:
    """Return the clips of a table whose ``use`` is ``numbers``.

    Parameters
    ----------
    table : Path
        Tab-separated UTF-8, columns ``file``, ``use``, ``person``; the files lie in ``clips/``
        beside it or in the same folder.

    Raises
    ------
    InputError
        The file is no such table, a row of it is incomplete, or fewer than three rows count.
    """
    header, rows = _read(table)
    missing = sorted(set(COLUMNS) - set(header))
    if missing:
        raise InputError(
            f"{table}: expected the columns file, use, person separated by tabs; "
            f"missing {', '.join(missing)}"
        )
    if not rows:
        raise InputError(f"{table}: expected a row for each clip, got only the header; add rows")
    found = [_clip(table, header, line, row) for line, row in rows]
    clips = [clip for clip in found if clip is not None]
    if len(clips) < LEAST_CLIPS:
        raise InputError(
            f"{table}: expected at least {LEAST_CLIPS} rows whose use is numbers, "
            f"got {len(clips)}; add clips"
        )
    return clips


def _read(table: Path) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """Return the header, and the other rows that are not empty, each with its line."""
    try:
        with table.open(newline="", encoding="utf-8-sig") as stream:
            lines = _lines(table, stream)
            header = next(lines, (0, []))[1]
            return header, list(lines)
    except UnicodeDecodeError as error:
        raise InputError(f"{table}: expected a table in UTF-8, got a binary file") from error
    except OSError as error:
        raise InputError(f"{table}: cannot be read: {error.strerror}") from error


def _lines(table: Path, stream: Iterator[str]) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(stream, delimiter="\t")
    first = 1  # line of the row, which quotes may spread over more
    try:
        for row in reader:
            if row:
                yield first, row
            first = reader.line_num + 1
    except csv.Error as error:
        raise InputError(
            f"{table}: row {first}: expected cells separated by tabs, got what is no table "
            f"({error}); mend the row"
        ) from error


def _clip(table: Path, header: Sequence[str], line: int, row: Sequence[str]) -> Clip | None:
    """Return the clip of a row, or None if the row is for something else."""
    if len(row) < len(header):
        raise InputError(
            f"{table}: row {line}: expected {len(header)} cells, got {len(row)}; fill the row"
        )
    cells = dict(zip(header, row, strict=False))
    name = cells["file"]
    if not name.strip():
        raise InputError(
            f"{table}: row {line}: expected a file name, got {shown(name)}; name the clip"
        )
    if cells["use"] != "numbers":
        return None
    labels = tuple(w.strip() for w in cells.get("labels", "").split(";") if w.strip(" -"))
    return Clip(
        name, _path(table.parent, name), cells["person"], labels, cells.get("licence", "").strip()
    )


def _path(folder: Path, name: str) -> Path:
    """Return where the file of a clip lies."""
    inner = folder / "clips" / name
    try:
        return inner if inner.exists() else folder / name
    except OSError:  # a name that no file can have: said when the file is looked for
        return folder / name
