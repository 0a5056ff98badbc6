"""Controls files, format ``cogportrait-controls/1``.

A JSON object ``{"format", "fps", "channels": [...], "values": [[...], ...], "meta": {...}}`` with
one row of `values` per frame. `channels` may be any subset of ``facs.channels.CHANNELS`` in any
order; what is missing is 0. Units are those of :mod:`cogportrait.facs.channels`.
"""

import difflib
import json
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

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
from cogportrait.io.documents import (
    JsonValue,
    brief,
    check_within,
    frame_rate,
    item,
    kind_of,
    numbers,
    read_document,
)
from cogportrait.types import ControlSequence

FORMAT: Final = "cogportrait-controls/1"
MAX_BYTES: Final = 256 * 2**20  # ten minutes at 240 Hz, all channels, take about 60 MB
KEYS: Final = ("format", "fps", "channels", "values", "meta")

CHANNEL_RANGES: Final[Mapping[str, tuple[float, float]]] = (
    dict.fromkeys(AU_CHANNELS, (0.0, 1.0))
    | dict.fromkeys(GAZE_CHANNELS, (-60.0, 60.0))  # degrees; eyes reach about 55
    | dict.fromkeys(HEAD_CHANNELS, (-90.0, 90.0))  # degrees
    | dict.fromkeys(SHIFT_CHANNELS, (-2.0, 2.0))  # interocular distances
)
_DECIMALS: Final = {name: 4 if name in GAZE_CHANNELS + HEAD_CHANNELS else 5 for name in CHANNELS}


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
    fps = frame_rate(file, document.get("fps"))
    channels = _channels(file, document.get("channels"))
    values = numbers(file, "values", document.get("values"), channels)
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


def as_filed(controls: ControlSequence) -> ControlSequence:
    """Return `controls` as they come back from a file: rounded as :func:`write_controls` does."""
    return ControlSequence.from_matrix(_rounded(controls), controls.fps)


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
    values = _rounded(controls)
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


def _rounded(controls: ControlSequence) -> NDArray[np.float64]:
    """Return the values of all channels, [T, len(CHANNELS)], with the decimals of a file."""
    values = controls.to_matrix().astype(np.float64)
    for column, name in enumerate(CHANNELS):
        values[:, column] = np.round(values[:, column], _DECIMALS[name])
    return values + 0.0  # -0.0 becomes 0.0


def _load(file: Path) -> Mapping[str, JsonValue]:
    document = read_document(file, "a controls file", FORMAT, KEYS, MAX_BYTES)
    if not isinstance(document.get("meta", {}), Mapping):
        raise ControlsError(f"{file}: meta: expected an object, got {kind_of(document['meta'])}")
    return document


def _channels(file: Path, names: JsonValue) -> tuple[str, ...]:
    if not isinstance(names, Sequence) or isinstance(names, str) or not names:
        got = "an empty list" if names == [] else brief(names)
        raise ControlsError(f"{file}: channels: expected a list of channel names, got {got}")
    known: list[str] = []
    for position, name in enumerate(names):
        if not isinstance(name, str) or name not in CHANNEL_INDEX:
            raise ControlsError(
                f"{file}: channels[{position}]: unknown channel {item(name)}; "
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


def check_ranges(controls: ControlSequence) -> None:
    """Raise :class:`ControlsError` for a value outside the range of its channel."""
    _check_ranges("controls", controls.to_matrix().astype(np.float64), CHANNELS)


def _check_ranges(where: str, values: NDArray[np.float64], channels: Sequence[str]) -> None:
    """Raise for the first value that is not finite or not within the range of its channel."""
    ranges = np.array([CHANNEL_RANGES[name] for name in channels])
    check_within(f"{where}: values", values, channels, ranges)
