"""Libraries of prototypes as Parquet files, format ``cogportrait-library/1``.

One row per prototype. ``values`` holds the curve row by row, half precision is not used: single
precision compresses as well. The schema's version stands in the file's metadata.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from cogportrait.behavior.library.prototype import Prototype
from cogportrait.behavior.segment.face_event import EventType
from cogportrait.errors import CogPortraitError, InputError

FORMAT: Final = "cogportrait-library/1"
FILE_NAME: Final = "library.parquet"
MAX_ROWS: Final = 2_000_000
_KEY: Final = b"cogportrait_format"


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


def read_library(path: str | os.PathLike[str]) -> list[Prototype]:
    """Return the prototypes in a file, or in the ``library.parquet`` of a folder.

    Raises
    ------
    InputError
        The file is missing, is no library of this format, or a row of it is damaged.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    file = Path(path)
    if file.is_dir():
        file = file / FILE_NAME
    if not file.is_file():
        raise InputError(f"{file}: no such library; build one with cogportrait library build")
    try:
        found = pq.read_schema(file).metadata or {}
        if found.get(_KEY) != FORMAT.encode():
            got = found.get(_KEY, b"another table").decode("utf-8", "replace")
            raise InputError(f"{file}: expected the format {FORMAT}, got {got}")
        if pq.read_metadata(file).num_rows > MAX_ROWS:
            raise InputError(f"{file}: expected at most {MAX_ROWS} rows, got more")
        table = pq.read_table(file, schema=_schema())
    except (pa.ArrowException, OSError) as error:
        text = " ".join(str(error).split())[:120]
        raise InputError(f"{file}: expected a library in Parquet, got {text}") from error
    out: list[Prototype] = []
    for number, row in enumerate(table.to_pylist(), 1):
        try:
            out.append(_prototype(row))
        except (CogPortraitError, ValueError, TypeError) as error:
            raise InputError(f"{file}: row {number}: {error}") from error
    return out


def _prototype(row: dict[str, Any]) -> Prototype:
    channels = tuple(row["channels"])
    values = np.array(row["values"], np.float32).reshape(-1, len(channels))
    return Prototype(
        EventType(row["kind"]), float(row["rate_hz"]), channels, values, float(row["amplitude"]),
        float(row["apex_s"]), row["side"], row["direction"], tuple(row["labels"]),
        row["speaking"], row["person"], float(row["quality"]), row["source"], row["licence"],
        row["id"],
    )  # fmt: skip
