"""Libraries of prototypes as Parquet files, format ``cogportrait-library/1``.

One row per prototype. ``values`` holds the curve row by row, half precision is not used: single
precision compresses as well. The schema's version stands in the file's metadata.
"""

import hashlib
import os
from collections.abc import Collection, Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import numpy as np

from cogportrait.behavior.labels import LABELS
from cogportrait.behavior.library.prototype import CHANNELS_OF, Prototype
from cogportrait.behavior.library.retrieve import DIRECTIONS, SIDES_OF, Edition, Library
from cogportrait.behavior.segment.face_event import EventType
from cogportrait.errors import CogPortraitError, InputError, shown

FORMAT: Final = "cogportrait-library/1"
FILE_NAME: Final = "library.parquet"
SHIPPED: Final = "shipped"  # what the library that comes with the package is called
MAX_ROWS: Final = 2_000_000
LONGEST_TEXT: Final = 500  # characters of a name, source or licence
_KEY: Final = b"cogportrait_format"
_MAGIC: Final = b"PAR1"  # with which files of Parquet begin
_SAME_S: Final = 1e-4  # what single precision may change
_FULL: Final[Mapping[str, str]] = {  # what no row may lack
    "id": "a name", "kind": "a kind", "side": "both, L or R", "amplitude": "a number",
    "duration_s": "a number", "apex_s": "a number", "rate_hz": "a number",
    "person": "a pseudonym", "quality": "a number", "channels": "names", "values": "numbers",
}  # fmt: skip


def _schema() -> Any:  # noqa: ANN401 - pyarrow carries no types
    import pyarrow as pa

    text, number = pa.string(), pa.float32()
    return pa.schema(
        [
            ("id", text), ("kind", text), ("side", text), ("direction", text),
            ("amplitude", number), ("duration_s", number), ("apex_s", number),
            ("rate_hz", number), ("labels", pa.list_(text)), ("speaking", pa.bool_()),
            ("person", text), ("quality", number), ("source", text), ("licence", text),
            ("channels", pa.list_(text)), ("values", pa.list_(number)),
        ],
        metadata={_KEY: FORMAT.encode()},
    )  # fmt: skip


def library_bytes(prototypes: Sequence[Prototype]) -> bytes:
    """Return a file of prototypes, sorted by kind and name."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows = [_row(p) for p in sorted(prototypes, key=lambda p: (p.kind, p.id))]
    sink = pa.BufferOutputStream()
    pq.write_table(
        pa.Table.from_pylist(rows, schema=_schema()), sink, compression="zstd",
        compression_level=12,
    )  # fmt: skip
    return sink.getvalue().to_pybytes()


def _row(p: Prototype) -> dict[str, Any]:
    return {
        "id": p.id, "kind": str(p.kind), "side": p.side, "direction": p.direction,
        "amplitude": p.amplitude, "duration_s": p.duration_s, "apex_s": p.apex_s,
        "rate_hz": p.rate_hz, "labels": list(p.labels), "speaking": p.speaking,
        "person": p.person, "quality": p.quality, "source": p.source, "licence": p.licence,
        "channels": list(p.channels), "values": p.values.astype(np.float32).ravel(),
    }  # fmt: skip


def library_file(path: str | os.PathLike[str]) -> Path:
    """Return the file of a library: itself, or the ``library.parquet`` of a folder.

    ``shipped`` is the one that comes with the package, whatever else has this name.

    Raises
    ------
    InputError
        There is no such file, or it may not be read.
    """
    file = Path(path)
    if str(file) == SHIPPED:
        return Path(str(files("cogportrait.behavior.library") / "data" / FILE_NAME))
    try:
        file = file / FILE_NAME if file.is_dir() else file
        there = file.is_file()
    except PermissionError as error:
        raise InputError(f"{file}: cannot be read: {error.strerror}; change its rights") from error
    except (OSError, ValueError):  # a name that no file can have
        there = False
    if not there:
        raise InputError(
            f"{file}: no such library; build one with cogportrait library build, or name the one "
            f"that comes with the package: {SHIPPED}"
        )
    return file


def open_library(path: str | os.PathLike[str], name: str = "") -> Library:
    """Return a library ready to be searched, which knows where it is from.

    Parameters
    ----------
    path : path
        A file, or a folder with a ``library.parquet``.
    name : str
        What traces call it; empty is the path as it is given.

    Raises
    ------
    InputError
        See :func:`read_library`.
    """
    file = library_file(path)
    prototypes = read_library(file)
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    return Library(prototypes, Edition(name or str(path), FORMAT, digest))


def read_library(path: str | os.PathLike[str]) -> list[Prototype]:
    """Return the prototypes in a file, or in the ``library.parquet`` of a folder.

    Raises
    ------
    InputError
        The file is missing, is no library of this format, or a row of it is damaged.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    file = library_file(path)
    try:
        schema = pq.read_schema(file)
        found = (schema.metadata or {}).get(_KEY, b"another table")
        if found != FORMAT.encode():
            got = shown(found.decode("utf-8", "replace"))
            raise InputError(f"{file}: expected the format {FORMAT}, got {got}")
        if missing := [name for name in _schema().names if name not in schema.names]:
            raise InputError(
                f"{file}: expected the columns of {FORMAT}, got a table without "
                f"{', '.join(missing)}; build it again"
            )
        if pq.read_metadata(file).num_rows > MAX_ROWS:
            raise InputError(f"{file}: expected at most {MAX_ROWS} rows, got more")
        table = pq.read_table(file, schema=_schema())
    except (pa.ArrowException, OSError) as error:
        if not _is_parquet(file):
            raise InputError(
                f"{file}: expected a library in Parquet, got another kind of file; libraries are "
                "what cogportrait library build makes"
            ) from error
        text = " ".join(str(error).split())[:120]
        raise InputError(
            f"{file}: expected a library in Parquet, got a damaged one: {text}"
        ) from error
    out: list[Prototype] = []
    names: set[str] = set()
    for number, row in enumerate(table.to_pylist(), 1):
        try:
            out.append(_prototype(row))
            if out[-1].id in names:
                raise InputError(f"id: expected one of its own, got {shown(row['id'])} again")
            names.add(out[-1].id)
        except (CogPortraitError, ValueError, TypeError) as error:
            raise InputError(f"{file}: row {number}: {error}") from error
    return out


def _is_parquet(file: Path) -> bool:
    try:
        with file.open("rb") as stream:
            return stream.read(len(_MAGIC)) == _MAGIC
    except OSError:
        return True  # of what kind, nobody can say


def _prototype(row: dict[str, Any]) -> Prototype:
    for name in _FULL:
        if row[name] is None or row[name] == "":
            raise InputError(f"{name}: expected {_FULL[name]}, got nothing")
    _check_texts(row)
    _check_words(row)
    channels = tuple(row["channels"])
    if len(row["values"]) % len(channels) or None in row["values"]:
        raise InputError(
            f"values: expected {len(channels)} numbers a frame, got {len(row['values'])} in all"
        )
    one = Prototype(
        EventType(row["kind"]), float(row["rate_hz"]), channels,
        np.array(row["values"], np.float32).reshape(-1, len(channels)), float(row["amplitude"]),
        float(row["apex_s"]), row["side"], row["direction"] or "", tuple(row["labels"] or ()),
        row["speaking"], row["person"], float(row["quality"]), row["source"] or "",
        row["licence"] or "", row["id"],
    )  # fmt: skip
    if not abs(row["duration_s"] - one.duration_s) <= _SAME_S + 1e-4 * one.duration_s:
        raise InputError(
            f"duration_s: expected {one.duration_s:.4g}, which rate and values give, "
            f"got {row['duration_s']:.4g}"
        )
    return one


def _check_texts(row: dict[str, Any]) -> None:
    """Raise :class:`InputError` for a name that is blank, endless, or would move a terminal."""
    for name in ("id", "person", "source", "licence"):
        text = row[name] or ""
        if not text.isprintable() or len(text) > LONGEST_TEXT or (text and not text.strip()):
            raise InputError(
                f"{name}: expected a plain text of at most {LONGEST_TEXT} characters, got "
                f"{shown(text)}"
            )


def _check_words(row: dict[str, Any]) -> None:
    """Raise :class:`InputError` for a kind, side, direction, channel or label that is none."""
    known: dict[str, Collection[str]] = {
        "kind": [str(kind) for kind in EventType], "side": SIDES_OF, "direction": DIRECTIONS,
    }  # fmt: skip
    for name, words in known.items():
        if (row[name] or "") not in words:
            raise InputError(
                f"{name}: expected one of {', '.join(filter(None, words))}, got {shown(row[name])}"
            )
    wanted = CHANNELS_OF[EventType(row["kind"])]
    if tuple(row["channels"]) != wanted:
        got = ", ".join(map(str, row["channels"]))[:60]
        raise InputError(
            f"channels: expected {', '.join(wanted)}, those of the kind {row['kind']}, "
            f"got {got or 'none'}"
        )
    for label in row["labels"] or ():
        if label not in LABELS:
            raise InputError(f"labels: expected names of labels, got {shown(label)}")
