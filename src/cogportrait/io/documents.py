"""JSON documents with a format name, a frame rate and rows of numbers: what their readers share."""

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, Union

import numpy as np
from numpy.typing import NDArray

from cogportrait.errors import ControlsError, InputError

FPS: Final = (1.0, 240.0)  # what videos can have (io.video)
_TOLERANCE: Final = 1e-5  # rounding of whoever wrote the file

JsonValue = Union[  # noqa: UP007 - a recursive alias needs the name in quotes
    None, bool, int, float, str, Sequence["JsonValue"], Mapping[str, "JsonValue"]
]


def read_document(
    file: Path, what: str, form: str, keys: Sequence[str], max_bytes: int
) -> Mapping[str, JsonValue]:
    """Return the JSON object in a file, if its ``format`` is `form` and its keys are of `keys`.

    Parameters
    ----------
    what
        What the file is to be, for messages: "a controls file".

    Raises
    ------
    ControlsError
        The file is missing, too large, or no such document.
    """
    text = read_text(file, what, max_bytes)
    try:
        document = parse_json(text)
    except NotJsonError as error:
        raise ControlsError(f"{file}: {error}") from error
    if not isinstance(document, Mapping):
        raise ControlsError(f"{file}: expected a JSON object, got {kind_of(document)}")
    if document.get("format") != form:
        raise ControlsError(
            f'{file}: expected "format": "{form}", got {brief(document.get("format"))}'
        )
    for key in document:
        if key not in keys:
            more = "; what else there is to say goes into meta" if "meta" in keys else ""
            raise ControlsError(
                f"{file}: unknown key {brief(key)}; expected {', '.join(keys)}{more}"
            )
    return document


def read_text(
    file: Path, what: str, max_bytes: int, error: type[InputError] = ControlsError, fix: str = ""
) -> str:
    """Return the text of a file of JSON; `what` it is to be, for messages.

    Parameters
    ----------
    fix
        What to do about a file that is empty, or none.

    Raises
    ------
    InputError
        Of the class `error`: the file is missing, too large, empty, or no text.
    """
    mend = f"; {fix}" if fix else ""
    try:
        size = file.stat().st_size
        if not file.is_file():
            kind = "a folder" if file.is_dir() else "a device or pipe"
            raise error(f"{file}: expected {what}, got {kind}{mend}")
        if size > max_bytes:
            raise error(
                f"{file}: expected at most {max_bytes / 2**20:.0f} MiB, got {size / 2**20:.0f} "
                "MiB; split it"
            )
        text = file.read_text(encoding="utf-8-sig")
    except FileNotFoundError as missing:
        raise error(f"{file}: no such file; check the path") from missing
    except UnicodeDecodeError as binary:
        raise error(f"{file}: expected JSON text, got a binary file") from binary
    except OSError as failed:
        raise error(f"{file}: cannot be read: {failed.strerror}") from failed
    if not text.strip():
        raise error(f"{file}: expected {what}, got an empty one{mend}")
    return text


class NotJsonError(ValueError):
    """A text that is no JSON value; the message says where and why, without a file's name."""


def parse_json(text: str, *, one_line: bool = False) -> JsonValue:
    """Return the value of a JSON text; NaN and Infinity pass, as Python takes them.

    Parameters
    ----------
    one_line
        Whether errors name the column alone, since the text has no lines.

    Raises
    ------
    NotJsonError
        It is none, gives a key twice, or cannot be read by its depth or by the length of a number.
    """
    try:
        return json.loads(text, object_pairs_hook=_once)
    except _DoubleKeyError as error:
        raise NotJsonError(f"{error} is given twice; leave one out") from error
    except json.JSONDecodeError as error:
        line = "" if one_line else f"line {error.lineno}, "
        raise NotJsonError(f"not JSON at {line}column {error.colno}: {error.msg}") from error
    except RecursionError as error:
        raise NotJsonError("not JSON that can be read: nested too deeply") from error
    except ValueError as error:
        raise NotJsonError("not JSON that can be read: a number of thousands of digits") from error


class _DoubleKeyError(ValueError):
    """A key that a JSON object holds twice."""


def _once(pairs: list[tuple[str, JsonValue]]) -> dict[str, JsonValue]:
    """Return a JSON object; of keys given twice Python's reader would silently keep the last."""
    found: dict[str, JsonValue] = {}
    for key, value in pairs:
        if key in found:
            raise _DoubleKeyError(brief(key))
        found[key] = value
    return found


def frame_rate(file: Path, fps: JsonValue) -> float:
    """Return ``fps`` of a document, frames per second.

    Raises
    ------
    ControlsError
        It is no number, or no rate that a video can have.
    """
    if isinstance(fps, bool) or not isinstance(fps, int | float):
        raise ControlsError(f"{file}: fps: expected a number, got {brief(fps)}")
    if not FPS[0] <= fps <= FPS[1]:
        raise ControlsError(f"{file}: fps: expected {FPS[0]:g} to {FPS[1]:g}, got {brief(fps)}")
    return float(fps)


def numbers(file: Path, key: str, rows: JsonValue, columns: Sequence[str]) -> NDArray[np.float64]:
    """Return the rows of a document, [T, len(columns)]; they may still be NaN or infinite.

    Raises
    ------
    ControlsError
        There are none, one has another length, or holds what is no number.
    """
    if not isinstance(rows, Sequence) or isinstance(rows, str):
        raise ControlsError(f"{file}: {key}: expected a list of rows, got {brief(rows)}")
    if not rows:
        raise ControlsError(f"{file}: {key}: expected at least one row, got none")
    for number, row in enumerate(rows):
        if not isinstance(row, Sequence) or isinstance(row, str):
            raise ControlsError(f"{file}: {key} row {number}: expected a list, got {item(row)}")
        if len(row) != len(columns):
            n = len(columns)
            wanted = f"{n} numbers, one a channel" if n != 1 else "1 number, as there is 1 channel"
            raise ControlsError(f"{file}: {key} row {number}: expected {wanted}, got {len(row)}")
        if not set(map(type, row)) <= {int, float}:
            column = next(i for i, v in enumerate(row) if type(v) not in (int, float))
            where = f"channel {columns[column]}"
            raise bad_value(f"{file}: {key}", number, where, item(row[column]), "a number")
    try:
        return np.array(rows, dtype=np.float64)
    except OverflowError as error:
        raise ControlsError(f"{file}: {key}: a number is too large: {error}") from error


def check_within(
    where: str,
    values: NDArray[np.float64],
    columns: Sequence[str],
    ranges: NDArray[np.float64],
    *,
    first: int = 0,
) -> None:
    """Raise for the first value that is not finite or not in its range.

    Parameters
    ----------
    values : [T, K]
    ranges : [K, 2]
        Lowest and highest value of each column; 1e-5 beyond them is rounding.
    first
        Number of the first row, for messages.
    """
    low, high = ranges.T
    fine = (values >= low - _TOLERANCE) & (values <= high + _TOLERANCE)  # NaN is not fine
    if not fine.all():
        row, column = (int(i) for i in np.argwhere(~fine)[0])
        value = float(values[row, column])
        wanted = f"{low[column]:g} to {high[column]:g}"
        if not math.isfinite(value):
            wanted = f"a finite number, {wanted}"
        raise bad_value(where, row + first, f"channel {columns[column]}", f"{value:g}", wanted)


def bad_value(where: str, row: int, column: str, got: str, wanted: str) -> ControlsError:
    """Return the error of one value, told by its row and column."""
    return ControlsError(f"{where} row {row}, {column}: expected {wanted}, got {got}")


def kind_of(value: JsonValue) -> str:
    """Return what kind of JSON value this is, in words."""
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


def item(value: JsonValue) -> str:
    """Return a value of a list as a message repeats it: there is no list without its values."""
    return "null" if value is None else brief(value)


def brief(value: JsonValue) -> str:
    """Return a JSON value as a message repeats it: short ones as they are, else their kind."""
    if value is None:
        return "nothing"
    if isinstance(value, str | int | float):
        text = json.dumps(value)
        return text if len(text) <= 40 else text[:37] + "..."
    return kind_of(value)


def listed(value: JsonValue) -> str:
    """Return a JSON value as a message repeats it: also a list, if it is short."""
    if not isinstance(value, Sequence) or isinstance(value, str):
        return brief(value)
    text = json.dumps(value)
    return text if len(text) <= 40 else f"{kind_of(value)} of {len(value)} values"
