"""Tables that name clips and recordings for a library: judged whole before anything is measured."""

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cogportrait.apps.console import Console
from cogportrait.behavior.labels import resolve_label
from cogportrait.errors import CogPortraitError, InputError, plain, shown
from cogportrait.face.clips import (
    Clip,
    cells_of,
    read_clips,
    read_rows,
    speaking_of,
    words_of,
)
from cogportrait.io.images import check_media_file
from cogportrait.io.reader import read_video

# Licences under which what is derived may be passed on: all but those of the GPL family, unless the
# same data are in the public domain elsewhere.
_COPYLEFT: Final = ("GPL",)
_PUBLIC: Final = ("PDDL", "CC0")
_CODE: Final = re.compile(r"[A-Za-z]{0,2}\d{1,4}")  # of a person, as data sets have it: TH20, S1
_HEAD_BYTES: Final = 4096


class RecordingKind(StrEnum):
    """What a recording without pixels is."""

    LIVELINK = "livelink"
    OPENFACE = "openface"
    GAZE = "gaze"  # of an eye tracker


@dataclass(frozen=True, slots=True)
class Recording:
    """One recording without pixels."""

    path: Path
    kind: RecordingKind
    person: str  # pseudonym
    licence: str
    labels: tuple[str, ...] = ()  # canonical
    speaking: bool | None = None  # None: not known
    rate_hz: float | None = None  # true frame rate, for files whose own times cannot be


def checked_clips(table: Path, least: int = 1) -> list[Clip]:
    """Return the clips of a table, labels canonical.

    Raises
    ------
    InputError
        The table, a label or a clip cannot be used; the message names table and row.
    """
    check_media_file(table, "a table of clips")
    out: list[Clip] = []
    for clip in read_clips(table, least):
        try:
            check_media_file(clip.path, "a clip")
        except CogPortraitError as error:
            raise type(error)(f"{table}: row {clip.line}: {error}") from error
        labels = _labels(table, clip.line, clip.labels)
        out.append(Clip(clip.name, clip.path, clip.person, labels, clip.licence, clip.speaking,
                        clip.line))  # fmt: skip
    for clip in out:
        _check_video(table, clip)
    return out


def _check_video(table: Path, clip: Clip) -> None:
    """Raise, with table and row, unless the first frame of a clip can be read."""
    try:
        read_video(clip.path, quick=True)
    except CogPortraitError as error:
        raise type(error)(f"{table}: row {clip.line}: {error}") from error


def _labels(table: Path, line: int, words: tuple[str, ...]) -> tuple[str, ...]:
    try:
        return tuple(dict.fromkeys(resolve_label(word) for word in words))
    except CogPortraitError as error:
        raise type(error)(f"{table}: row {line}: labels: {error}") from error


def read_recordings(table: Path, console: Console) -> list[Recording]:
    """Return the recordings of a table that are read and may be passed on; say what is left out.

    Parameters
    ----------
    table : Path
        Tab-separated UTF-8 with columns ``file`` (or a folder) and ``licence``; the files lie in
        ``recordings/`` beside it or in the same folder. Columns ``person`` (pseudonym), ``labels``
        (separated by ``;``), ``speaking`` (yes, no or -) and ``rate_hz`` may be there as well.
    console : Console
        Is told what is left out: by its licence, or because it is no recording that is read.

    Raises
    ------
    InputError
        The file is no such table, a row of it is incomplete, or a file is missing or empty; the
        message names table and row.
    """
    check_media_file(table, "a table of recordings")
    header, rows = read_rows(table)
    missing = [name for name in ("file", "licence") if name not in header]
    if missing:
        raise InputError(
            f"{table}: expected the columns file and licence separated by tabs; "
            f"missing {', '.join(missing)}"
        )
    if not rows:
        raise InputError(f"{table}: expected a row for each recording, got only the header")
    out: list[Recording] = []
    for line, row in rows:
        cells = cells_of(table, header, line, row)
        where, licence = f"{table}: row {line}", cells["licence"].strip()
        if any(w in licence for w in _COPYLEFT) and not any(w in licence for w in _PUBLIC):
            console.warn(f"left out: {where}: {cells['file']}: its licence, {licence[:40]}, does "
                         "not let what is derived be passed on")  # fmt: skip
            continue
        out += _of_row(table, line, cells, console)
    return out


def _of_row(
    table: Path, line: int, cells: Mapping[str, str], console: Console
) -> Iterator[Recording]:
    where = f"{table}: row {line}"
    labels = _labels(table, line, words_of(cells.get("labels", "")))
    speaking = speaking_of(table, line, cells.get("speaking", ""))
    rate_hz = _rate_hz(where, cells.get("rate_hz", ""))
    person = cells.get("person", "").strip(" -")
    place = _place(table.parent, cells["file"])
    kinds = {path: _kind(path) for path in _files(where, place)}
    if len(kinds) > 1 and not any(kinds.values()):
        console.warn(f"left out: {where}: {place}: expected tables of Live Link Face, OpenFace or "
                     f"eye trackers, got {len(kinds)} other files")  # fmt: skip
        return
    for path, kind in kinds.items():
        if kind is None:
            console.warn(f"left out: {where}: {path}: expected a table of Live Link Face, OpenFace "
                         "or an eye tracker, got another file")  # fmt: skip
            continue
        yield Recording(
            path, kind, person or pseudonym(kind, path), cells["licence"].strip(), labels, speaking,
            rate_hz,
        )  # fmt: skip


def _files(where: str, path: Path) -> list[Path]:
    """Return the files that a row names: one, or those of a folder."""
    if path.is_dir():
        files = sorted(file for file in path.iterdir() if file.is_file())
        if not files:
            raise InputError(f"{where}: {path}: expected recordings, got an empty folder")
        return files
    try:
        check_media_file(path, "a recording")
    except CogPortraitError as error:
        raise type(error)(f"{where}: {error}") from error
    return [path]


def _rate_hz(where: str, cell: str) -> float | None:
    if not cell.strip(" -"):
        return None
    try:
        rate = float(cell)
    except ValueError:
        rate = 0.0
    if not 0 < rate < np.inf:
        raise InputError(f"{where}: rate_hz: expected a positive number, got {shown(cell)}")
    return rate


def _place(folder: Path, name: str) -> Path:
    """Return where a recording lies; inventories say ``name (34 files)`` of a folder."""
    tried = [folder / part / text for text in (name, name.split(" (", maxsplit=1)[0])
             for part in ("recordings", "")]  # fmt: skip
    try:
        return next((path for path in tried if path.exists()), tried[1])
    except (OSError, ValueError):  # a name that no file can have: said when it is looked for
        return tried[1]


def pseudonym(kind: RecordingKind, path: Path) -> str:
    """Return what a person is called of whom there is but a file name.

    Codes of data sets stay (``dots_TH20_trial1``, ``lookAtPoint_EL_S1``, ``p1_t2``); of anything
    else, which may be a name, a short hash.
    """
    parts = path.stem.split("_")
    if kind is RecordingKind.LIVELINK:
        group, name = str(kind), parts[0]
    elif kind is RecordingKind.OPENFACE:
        group, name = str(kind), f"{path.parent.name}/{path.stem}"
    elif parts[0] in ("dots", "img", "video") and len(parts) > 1:
        group, name = "andersson", parts[1]
    else:
        group, name = path.parent.name, parts[-1] if path.suffix == ".npy" else parts[0]
    if _CODE.fullmatch(name) is None:
        name = hashlib.sha256(name.encode("utf-8", "backslashreplace")).hexdigest()[:6]
    return plain(f"{group}_{name}")


def _kind(path: Path) -> RecordingKind | None:
    """Return what a file is, by its head; None for what is not read, or cannot be."""
    if path.suffix.lower() == ".npy":
        return RecordingKind.GAZE if _is_gaze_array(path) else None
    try:
        with path.open("rb") as stream:
            head = stream.readline(_HEAD_BYTES).decode("utf-8", "replace")
    except OSError:
        return None
    if "BlendShapeCount" in head:
        return RecordingKind.LIVELINK
    if "pose_Rx" in head:
        return RecordingKind.OPENFACE
    return RecordingKind.GAZE if "x_px" in head or "GazePos2dx" in head else None


def _is_gaze_array(path: Path) -> bool:
    try:
        array: NDArray[Any] = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError):
        return False
    return {"t", "x", "y", "status"} <= set(array.dtype.names or ())
