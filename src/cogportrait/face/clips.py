"""Tables of clips and recordings, judged as a whole before anything in them is looked at."""

import csv
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Final

from cogportrait.errors import InputError, shown

COLUMNS: Final = ("file", "person", "use")
PLAIN: Final = ("person", "licence", "labels")  # what goes into libraries, and is printed
LONGEST_CELL: Final = 300
LEAST_CLIPS: Final = 3  # that a rig is fitted on
_SPEAKING: Final = {"yes": True, "no": False, "": None, "-": None}


@dataclass(frozen=True, slots=True)
class Clip:
    """One recording to learn from."""

    name: str  # as the table and the rig's card give it
    path: Path
    person: str
    labels: tuple[str, ...] = ()  # as the table gives them, if it does
    licence: str = ""
    speaking: bool | None = None  # None: not known
    line: int = 0  # of the table


def read_clips(table: Path, least: int = 1) -> list[Clip]:
    """Return the clips of a table whose ``use`` is ``numbers``.

    Parameters
    ----------
    table : Path
        Tab-separated UTF-8, columns ``file``, ``use``, ``person``; the files lie in ``clips/``
        beside it or in the same folder. Columns ``labels`` (separated by ``;``), ``licence`` and
        ``speaking`` (yes, no or -) may be there as well.
    least : int
        How many rows have to count.

    Raises
    ------
    InputError
        The file is no such table, a row of it is incomplete, or too few rows count.
    """
    header, rows = read_rows(table)
    missing = sorted(set(COLUMNS) - set(header))
    if missing:
        raise InputError(
            f"{table}: expected the columns file, use, person separated by tabs; "
            f"missing {', '.join(missing)}"
        )
    if not rows and least:
        raise InputError(f"{table}: expected a row for each clip, got only the header; add rows")
    found = [_clip(table, header, line, row) for line, row in rows]
    clips = [clip for clip in found if clip is not None]
    if len(clips) < least:
        raise InputError(
            f"{table}: expected at least {least} row{'s' * (least > 1)} whose use is numbers, "
            f"got {len(clips)}; add clips"
        )
    return clips


def read_rows(table: Path, delimiter: str = "\t") -> tuple[list[str], list[tuple[int, list[str]]]]:
    """Return the header, and the other rows that are not empty, each with its line.

    Raises
    ------
    InputError
        The file cannot be read, or is no table separated by `delimiter`.
    """
    try:
        with table.open(newline="", encoding="utf-8-sig") as stream:
            lines = _lines(table, stream, delimiter)
            header = next(lines, (0, []))[1]
            rows = list(lines)
    except UnicodeDecodeError as error:
        raise InputError(f"{table}: expected a table in UTF-8, got a binary file") from error
    except OSError as error:
        raise InputError(f"{table}: cannot be read: {error.strerror}") from error
    twice = [name for name, times in Counter(filter(None, header)).items() if times > 1]
    if twice:
        raise InputError(
            f"{table}: row 1: expected each column once, got {shown(twice[0])} again; rename one"
        )
    return header, rows


def _lines(table: Path, stream: Iterator[str], delimiter: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(stream, delimiter=delimiter)
    first = 1  # line of the row, which quotes may spread over more
    try:
        for row in reader:
            if row:
                yield first, row
            first = reader.line_num + 1
    except csv.Error as error:
        raise InputError(
            f"{table}: row {first}: expected cells separated by {_named(delimiter)}, got what is "
            f"no table ({error}); mend the row"
        ) from error


def _named(delimiter: str) -> str:
    return {"\t": "tabs", ",": "commas"}.get(delimiter, shown(delimiter))


def cells_of(table: Path, header: Sequence[str], line: int, row: Sequence[str]) -> dict[str, str]:
    """Return the cells of a row by column; its ``file`` is named.

    Raises
    ------
    InputError
        A cell is missing, there is one beyond the last column, a name, licence or label is no
        plain text, or ``file`` is empty.
    """
    if len(row) < len(header):
        raise InputError(
            f"{table}: row {line}: expected {len(header)} cells, got {len(row)}; fill the row"
        )
    if beyond := next((cell for cell in row[len(header) :] if cell.strip()), None):
        raise InputError(
            f"{table}: row {line}: expected {len(header)} cells, got {len(row)}: {shown(beyond)} "
            "has no column; take it out or name its column"
        )
    cells = dict(zip(header, row, strict=False))
    for name in PLAIN:
        cell = cells.get(name, "")
        if not cell.strip().isprintable() or len(cell) > LONGEST_CELL:
            raise InputError(
                f"{table}: row {line}: {name}: expected a plain text of at most {LONGEST_CELL} "
                f"characters, got {shown(cell)}"
            )
    if not cells["file"].strip():
        raise InputError(
            f"{table}: row {line}: expected a file name, got {shown(cells['file'])}; name the file"
        )
    return cells


def words_of(cell: str) -> tuple[str, ...]:
    """Return the words in a cell that are separated by ``;``; ``-`` is none."""
    return tuple(word.strip() for word in cell.split(";") if word.strip(" -"))


def speaking_of(table: Path, line: int, cell: str) -> bool | None:
    """Return whether a cell says that somebody speaks; None where that is not known.

    Raises
    ------
    InputError
        The cell is none of yes, no, -.
    """
    word = cell.strip().lower()
    if word not in _SPEAKING:
        raise InputError(f"{table}: row {line}: speaking: expected yes, no or -, got {shown(cell)}")
    return _SPEAKING[word]


def _clip(table: Path, header: Sequence[str], line: int, row: Sequence[str]) -> Clip | None:
    """Return the clip of a row, or None if the row is for something else."""
    cells = cells_of(table, header, line, row)
    if cells["use"] != "numbers":
        return None
    name, person = cells["file"], cells["person"].strip()
    if not person:
        raise InputError(
            f"{table}: row {line}: expected a person, got {shown(cells['person'])}; give whoever "
            "it is a pseudonym"
        )
    return Clip(
        _told(name), _path(table.parent, name), person, words_of(cells.get("labels", "")),
        cells.get("licence", "").strip(), speaking_of(table, line, cells.get("speaking", "")), line,
    )  # fmt: skip


def _told(name: str) -> str:
    """Return what a clip is called; of one that lies elsewhere, nobody else's folders are told."""
    path = PurePath(name)
    return path.name if path.is_absolute() or ".." in path.parts else name


def _path(folder: Path, name: str) -> Path:
    """Return where the file of a clip lies."""
    inner = folder / "clips" / name
    try:
        return inner if inner.exists() else folder / name
    except OSError:  # a name that no file can have: said when the file is looked for
        return folder / name
