"""``cogportrait export`` and ``import``: controls to the files of other programs and back."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cogportrait.apps.console import Console
from cogportrait.apps.options import ExchangeFormat
from cogportrait.errors import InputError, shown
from cogportrait.facs.channels import CHANNEL_INDEX, CHANNELS, SHIFT_CHANNELS
from cogportrait.io.arkit_json import read_arkit_json, write_arkit_json
from cogportrait.io.atomic import check_distinct, check_output
from cogportrait.io.controls import CHANNEL_RANGES, read_controls, write_controls
from cogportrait.io.documents import FPS, JsonValue
from cogportrait.io.facs_csv import read_facs_csv, write_facs_csv
from cogportrait.io.livelink import read_livelink, write_livelink
from cogportrait.io.openface import read_openface, write_openface
from cogportrait.spans import runs
from cogportrait.types import ControlSequence

LEFT_OUT: Final[Mapping[ExchangeFormat, tuple[str, ...]]] = {
    ExchangeFormat.LIVELINK: ("AU23", *SHIFT_CHANNELS),
    ExchangeFormat.OPENFACE: ("AU18", "AU22", "AU24", "AU27", "AU28"),
    ExchangeFormat.ARKIT_JSON: ("AU23", *SHIFT_CHANNELS),
    ExchangeFormat.FACS_CSV: (),
}
"""The channels that a format has no place for."""


def run_export(source: Path, to: ExchangeFormat, output: Path, console: Console) -> None:
    """Write the controls in a file as another program does and say where they are."""
    check_output(output, ".json" if to is ExchangeFormat.ARKIT_JSON else ".csv")
    check_distinct([source], [output])
    controls = read_controls(source)
    values = controls.to_matrix()
    lost = [name for name in LEFT_OUT[to] if values[:, CHANNEL_INDEX[name]].any()]
    match to:
        case ExchangeFormat.LIVELINK:
            write_livelink(controls, output)
        case ExchangeFormat.OPENFACE:
            write_openface(controls, None, output)
        case ExchangeFormat.ARKIT_JSON:
            write_arkit_json(controls, output)
        case ExchangeFormat.FACS_CSV:
            write_facs_csv(controls, output)
    if lost:
        console.warn(f"{to} has no place for {', '.join(lost)}: left out")
    if len(controls) == 1 and to is not ExchangeFormat.ARKIT_JSON:
        console.warn(f"{output.name}: one row tells no frame rate; import needs two")
    about = {"format": str(to), "frames": len(controls), "fps": controls.fps, "left_out": lost}
    console.result(output, about)


def run_import(
    source: Path, kind: ExchangeFormat, output: Path, console: Console, *, fps: float | None = None
) -> None:
    """Write what another program's file holds as controls and say where they are.

    `fps` is its frame rate, whatever the file says; None is what it says.
    """
    if fps is not None and not FPS[0] <= fps <= FPS[1]:
        raise InputError(
            f"--fps: expected {FPS[0]:g} to {FPS[1]:g} frames a second, got {shown(fps)}"
        )
    check_output(output, ".json")
    check_distinct([source], [output])
    controls, found = _read(source, kind, fps)
    check_rate(source, controls.fps)
    meta: dict[str, JsonValue] = {"imported_from": source.name, "imported_as": str(kind)}
    if not found.all():
        console.warn(f"{source.name}: no face in {int((~found).sum())} of {len(found)} frames")
        meta["missing_frames"] = [[first, stop - 1] for first, stop in runs(~found)]
    legal, beyond = _within_ranges(controls)
    if beyond:
        console.warn(f"{source.name}: values out of range were cut: {', '.join(beyond)}")
    write_controls(output, legal, meta=meta)
    about = {"format": str(kind), "frames": len(legal), "fps": legal.fps, "cut": beyond}
    console.result(output, about)


def check_rate(source: Path, fps: float) -> None:
    """Raise :class:`InputError` for a frame rate that no camera of faces has."""
    if not FPS[0] <= fps <= FPS[1]:
        raise InputError(
            f"{source}: expected {FPS[0]:g} to {FPS[1]:g} frames a second, got {fps:g} by its "
            "times; if these are wrong, say the true rate: import with --fps, library build with "
            "a column rate_hz"
        )


def _read(
    source: Path, kind: ExchangeFormat, fps: float | None
) -> tuple[ControlSequence, NDArray[np.bool_]]:
    """Return the controls in a file, and which frames had a face, [T]."""
    match kind:
        case ExchangeFormat.LIVELINK:
            controls = read_livelink(source)
        case ExchangeFormat.OPENFACE:
            return read_openface(source, fps)
        case ExchangeFormat.ARKIT_JSON:
            controls = read_arkit_json(source)
        case ExchangeFormat.FACS_CSV:
            controls = read_facs_csv(source)
    controls = controls if fps is None else replace(controls, fps=fps)
    return controls, np.ones(len(controls), np.bool_)


def _within_ranges(controls: ControlSequence) -> tuple[ControlSequence, list[str]]:
    """Return controls cut to what controls files may hold, and the names of what was cut."""
    values = controls.to_matrix()
    low, high = np.array([CHANNEL_RANGES[name] for name in CHANNELS], np.float32).T
    legal = values.clip(low, high)
    off = abs(legal - values) > 1e-5  # less is rounding
    names = [name for i, name in enumerate(CHANNELS) if off[:, i].any()]
    return ControlSequence.from_matrix(legal, controls.fps), names
