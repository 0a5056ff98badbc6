"""Controls files, format ``cogportrait-controls/1``.

A JSON object ``{"format", "fps", "channels": [...], "values": [[...], ...], "meta": {...}}`` with
one row of `values` per frame. `channels` may be any subset of ``facs.channels.CHANNELS`` in any
order; what is missing is 0. Units are those of :mod:`cogportrait.facs.channels`.
"""

import difflib
import json
import math
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, Union

import numpy as np
from numpy.typing import NDArray

from cogportrait.errors import ControlsError
from cogportrait.facs.channels import (
    AU_CHANNELS,
    CHANNEL_INDEX,
    CHANNELS,
    GAZE_CHANNELS,
    HEAD_CHANNELS,
    SHIFT_CHANNELS,
)
from cogportrait.io.atomic import write_text
from cogportrait.types import ControlSequence

FORMAT: Final = "cogportrait-controls/1"
MAX_BYTES: Final = 256 * 2**20  # ten minutes at 240 Hz, all channels, take about 60 MB
FPS: Final = (1.0, 240.0)  # what videos can have (io.video)
KEYS: Final = ("format", "fps", "channels", "values", "meta")

CHANNEL_RANGES: Final[Mapping[str, tuple[float, float]]] = (
    dict.fromkeys(AU_CHANNELS, (0.0, 1.0))
    | dict.fromkeys(GAZE_CHANNELS, (-60.0, 60.0))  # degrees; eyes reach about 55
    | dict.fromkeys(HEAD_CHANNELS, (-90.0, 90.0))  # degrees
    | dict.fromkeys(SHIFT_CHANNELS, (-2.0, 2.0))  # interocular distances
)
_DECIMALS: Final = {name: 4 if name in GAZE_CHANNELS + HEAD_CHANNELS else 5 for name in CHANNELS}
_TOLERANCE: Final = 1e-5  # rounding of whoever wrote the file

JsonValue = Union[  # noqa: UP007 - a recursive alias needs the name in quotes
    None, bool, int, float, str, Sequence["JsonValue"], Mapping[str, "JsonValue"]
]


def read_controls(path: str | os.PathLike[str]) -> ControlSequence:
    """Return the control sequence in a controls file.

    Raises
    ------
    ControlsError
        The file is missing, is no JSON of this format, names an unknown channel, or holds a value
        that is no finite number within the range of its channel; says at which row and channel.
    """
    file = Path(path)
    document = _load(file)
    fps = _fps(file, document.get("fps"))
    channels = _channels(file, document.get("channels"))
    values = _values(file, document.get("values"), channels)
    _check_ranges(str(file), values, channels)
    full = np.zeros((values.shape[0], len(CHANNELS)), np.float32)
    full[:, [CHANNEL_INDEX[name] for name in channels]] = values
    return ControlSequence.from_matrix(full, fps)


def read_meta(path: str | os.PathLike[str]) -> Mapping[str, JsonValue]:
    """Return the ``meta`` object of a controls file, empty when it has none.

    Raises
    ------
    ControlsError
        The file is no controls file.
    """
    meta = _load(Path(path)).get("meta", {})
    return meta if isinstance(meta, Mapping) else {}


def write_controls(
    path: str | os.PathLike[str],
    controls: ControlSequence,
    *,
    meta: Mapping[str, JsonValue] | None = None,
) -> None:
    """Write `controls` as a controls file, all channels, one frame a line.

    AUs and shifts are rounded to 5 decimals, angles to 4.

    Raises
    ------
    ControlsError
        A value is outside the range of its channel, or `meta` is not JSON.
    OutputError
        The file cannot be written.
    """
    values = controls.to_matrix().astype(np.float64)
    for column, name in enumerate(CHANNELS):
        values[:, column] = np.round(values[:, column], _DECIMALS[name])
    values += 0.0  # -0.0 becomes 0.0
    _check_ranges("controls", values, CHANNELS)
    try:
        about = json.dumps(meta or {}, allow_nan=False, ensure_ascii=False)
    except (TypeError, ValueError) as error:
        raise ControlsError(f"meta: expected JSON values, got {error}") from error
    rows = ",\n".join(json.dumps(row, separators=(",", ":")) for row in values.tolist())
    write_text(
        path,
        f'{{"format": "{FORMAT}",\n"fps": {json.dumps(controls.fps)},\n'
        f'"channels": {json.dumps(CHANNELS)},\n"meta": {about},\n"values": [\n{rows}\n]}}\n',
    )


def _load(file: Path) -> Mapping[str, JsonValue]:
    try:
        size = file.stat().st_size
        if not file.is_file():
            kind = "a folder" if file.is_dir() else "a device or pipe"
            raise ControlsError(f"{file}: expected a controls file, got {kind}")
        if size > MAX_BYTES:
            raise ControlsError(
                f"{file}: expected at most {MAX_BYTES / 2**20:.0f} MiB, got {size / 2**20:.0f} "
                "MiB; split it"
            )
        text = file.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise ControlsError(f"{file}: no such file; check the path") from error
    except UnicodeDecodeError as error:
        raise ControlsError(f"{file}: expected JSON text, got a binary file") from error
    except OSError as error:
        raise ControlsError(f"{file}: cannot be read: {error.strerror}") from error
    if not text.strip():
        raise ControlsError(f"{file}: expected a controls file, got an empty one")
    try:
        document: JsonValue = json.loads(text, object_pairs_hook=_once)
    except _DoubleKeyError as error:
        raise ControlsError(f"{file}: {error} is given twice; leave one out") from error
    except json.JSONDecodeError as error:
        raise ControlsError(
            f"{file}: not JSON at line {error.lineno}, column {error.colno}: {error.msg}"
        ) from error
    except RecursionError as error:
        raise ControlsError(f"{file}: not JSON that can be read: nested too deeply") from error
    except ValueError as error:
        raise ControlsError(
            f"{file}: not JSON that can be read: a number of thousands of digits"
        ) from error
    return _checked(file, document)


def _checked(file: Path, document: JsonValue) -> Mapping[str, JsonValue]:
    """Return `document` if its outer form is that of the format."""
    if not isinstance(document, Mapping):
        raise ControlsError(f"{file}: expected a JSON object, got {_kind(document)}")
    if document.get("format") != FORMAT:
        raise ControlsError(
            f'{file}: expected "format": "{FORMAT}", got {_short(document.get("format"))}'
        )
    for key in document:
        if key not in KEYS:
            raise ControlsError(
                f"{file}: unknown key {_short(key)}; expected {', '.join(KEYS)}; "
                "what else there is to say goes into meta"
            )
    if not isinstance(document.get("meta", {}), Mapping):
        raise ControlsError(f"{file}: meta: expected an object, got {_kind(document['meta'])}")
    return document


class _DoubleKeyError(ValueError):
    """A key that a JSON object holds twice."""


def _once(pairs: list[tuple[str, JsonValue]]) -> dict[str, JsonValue]:
    """Return a JSON object; of keys given twice Python's reader would silently keep the last."""
    found: dict[str, JsonValue] = {}
    for key, value in pairs:
        if key in found:
            raise _DoubleKeyError(_short(key))
        found[key] = value
    return found


def _fps(file: Path, fps: JsonValue) -> float:
    if isinstance(fps, bool) or not isinstance(fps, int | float):
        raise ControlsError(f"{file}: fps: expected a number, got {_short(fps)}")
    if not FPS[0] <= fps <= FPS[1]:
        raise ControlsError(f"{file}: fps: expected {FPS[0]:g} to {FPS[1]:g}, got {_short(fps)}")
    return float(fps)


def _channels(file: Path, names: JsonValue) -> tuple[str, ...]:
    if not isinstance(names, Sequence) or isinstance(names, str) or not names:
        got = "an empty list" if names == [] else _short(names)
        raise ControlsError(f"{file}: channels: expected a list of channel names, got {got}")
    known: list[str] = []
    for position, name in enumerate(names):
        if not isinstance(name, str) or name not in CHANNEL_INDEX:
            raise ControlsError(
                f"{file}: channels[{position}]: unknown channel {_short(name)}; "
                f"nearest: {', '.join(nearest_channels(str(name)))}"
            )
        if name in known:
            raise ControlsError(f"{file}: channels[{position}]: {name} is listed twice")
        known.append(name)
    return tuple(known)


def nearest_channels(name: str, count: int = 3) -> tuple[str, ...]:
    """Return the channel names most like `name`, best first."""
    lowered = {channel.lower(): channel for channel in CHANNELS}
    wanted = re.sub(r"[\s-]+", "_", name.strip().lower())[:40]
    wanted = re.sub(r"^au_?(\d)(?!\d)", r"au0\1", wanted)  # AU1 means AU01
    found = difflib.get_close_matches(wanted, list(lowered), n=count, cutoff=0.5)
    return tuple(lowered[match] for match in found) or CHANNELS[:count]


def _values(file: Path, rows: JsonValue, channels: Sequence[str]) -> NDArray[np.float64]:
    if not isinstance(rows, Sequence) or isinstance(rows, str):
        raise ControlsError(f"{file}: values: expected a list of rows, got {_short(rows)}")
    if not rows:
        raise ControlsError(f"{file}: values: expected at least one row, got none")
    for number, row in enumerate(rows):
        if not isinstance(row, Sequence) or isinstance(row, str):
            raise ControlsError(f"{file}: values row {number}: expected a list, got {_short(row)}")
        if len(row) != len(channels):
            raise ControlsError(
                f"{file}: values row {number}: expected {len(channels)} numbers, one a channel, "
                f"got {len(row)}"
            )
        if not set(map(type, row)) <= {int, float}:
            column = next(i for i, v in enumerate(row) if type(v) not in (int, float))
            raise _bad_value(str(file), number, channels[column], _short(row[column]), "a number")
    try:
        return np.array(rows, dtype=np.float64)
    except OverflowError as error:
        raise ControlsError(f"{file}: values: a number is too large: {error}") from error


def check_ranges(controls: ControlSequence) -> None:
    """Raise :class:`ControlsError` for a value outside the range of its channel."""
    _check_ranges("controls", controls.to_matrix().astype(np.float64), CHANNELS)


def _check_ranges(where: str, values: NDArray[np.float64], channels: Sequence[str]) -> None:
    """Raise for the first value that is not finite or not within the range of its channel."""
    low, high = np.array([CHANNEL_RANGES[name] for name in channels]).T
    fine = (values >= low - _TOLERANCE) & (values <= high + _TOLERANCE)  # NaN is not fine
    if not fine.all():
        row, column = (int(i) for i in np.argwhere(~fine)[0])
        value = float(values[row, column])
        name = channels[column]
        wanted = f"{low[column]:g} to {high[column]:g}"
        if not math.isfinite(value):
            wanted = f"a finite number, {wanted}"
        raise _bad_value(where, row, name, f"{value:g}", wanted)


def _bad_value(where: str, row: int, channel: str, got: str, wanted: str) -> ControlsError:
    return ControlsError(
        f"{where}: values row {row}, channel {channel}: expected {wanted}, got {got}"
    )


def _kind(value: JsonValue) -> str:
    match value:
        case None:
            return "nothing"
        case bool():
            return "true or false"
        case int() | float():
            return "a number"
        case str():
            return "a text"
        case Mapping():
            return "an object"
        case _:
            return "a list"


def _short(value: JsonValue) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, str | int | float):
        text = json.dumps(value)
        return text if len(text) <= 40 else text[:37] + "..."
    return _kind(value)
