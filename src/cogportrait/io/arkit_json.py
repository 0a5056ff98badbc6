"""ARKit blendshapes and angles as JSON, format ``cogportrait-arkit/1``.

An object ``{"format", "fps", "blendshapes": [...], "angles_deg": [...], "rows": [[...], ...]}``.
A row is a frame: the blendshapes, 0 to 1, in the order of `blendshapes`, then the angles in the
order of `angles_deg`. Files are written with all 52 names in the order of Apple's documentation,
jaw and mouth with Left before Right, and read by name: any subset in any order, what is missing
is 0. Angles are degrees, + toward the subject's left, + up, roll + toward the subject's left
shoulder; those of the eyes are relative to the head. An eye without angles follows its
``eyeLook`` shapes; one with angles follows these, because the shapes end at 34.5 degrees.
"""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from cogportrait.errors import ControlsError
from cogportrait.facs.blendshapes import (
    APPLE_NAMES,
    ARKIT_INDEX,
    ARKIT_NAMES,
    from_arkit,
    to_arkit,
)
from cogportrait.facs.channels import CHANNEL_INDEX
from cogportrait.io.atomic import write_text
from cogportrait.io.controls import CHANNEL_RANGES
from cogportrait.io.documents import (
    JsonValue,
    brief,
    check_within,
    frame_rate,
    item,
    numbers,
    read_document,
)
from cogportrait.types import ControlSequence

FORMAT: Final = "cogportrait-arkit/1"
KEYS: Final = ("format", "fps", "blendshapes", "angles_deg", "rows")
MAX_BYTES: Final = 256 * 2**20
ANGLES: Final = {
    "headYaw": "head_yaw", "headPitch": "head_pitch", "headRoll": "head_roll",
    "leftEyeYaw": "gaze_yaw_L", "leftEyePitch": "gaze_pitch_L",
    "rightEyeYaw": "gaze_yaw_R", "rightEyePitch": "gaze_pitch_R",
}  # fmt: skip
"""The channel of each angle."""


def write_arkit_json(controls: ControlSequence, path: str | os.PathLike[str]) -> None:
    """Write controls as ARKit blendshapes and angles, shapes with 5 decimals, angles with 4.

    Raises
    ------
    OutputError
        The file cannot be written.
    """
    values = controls.to_matrix().astype(np.float64)
    shapes = to_arkit(values)[:, [ARKIT_INDEX[name] for name in APPLE_NAMES]]
    angles = values[:, [CHANNEL_INDEX[channel] for channel in ANGLES.values()]]
    table = np.concatenate([shapes.round(5), angles.round(4)], axis=1) + 0.0  # no -0.0
    rows = ",\n".join(json.dumps(row, separators=(",", ":")) for row in table.tolist())
    write_text(
        path,
        f'{{"format": "{FORMAT}",\n"fps": {json.dumps(controls.fps)},\n'
        f'"blendshapes": {json.dumps(APPLE_NAMES)},\n"angles_deg": {json.dumps(list(ANGLES))},\n'
        f'"rows": [\n{rows}\n]}}\n',
    )


def read_arkit_json(path: str | os.PathLike[str]) -> ControlSequence:
    """Return the controls in a file of this format.

    Raises
    ------
    ControlsError
        The file is missing, is no JSON of this format, names a blendshape or an angle that there
        is not, or holds a value out of its range; says at which row and name.
    """
    file = Path(path)
    document = read_document(file, "a file of ARKit blendshapes", FORMAT, KEYS, MAX_BYTES)
    fps = frame_rate(file, document.get("fps"))
    shapes = _names(file, "blendshapes", document.get("blendshapes"), ARKIT_NAMES)
    angles = _names(file, "angles_deg", document.get("angles_deg", []), tuple(ANGLES))
    columns = (*shapes, *angles)
    rows = numbers(file, "rows", document.get("rows"), columns)
    ranges = [(0.0, 1.0)] * len(shapes) + [CHANNEL_RANGES[ANGLES[name]] for name in angles]
    check_within(f"{file}: rows", rows, columns, np.array(ranges).reshape(-1, 2))
    full = np.zeros((len(rows), len(ARKIT_NAMES)))
    full[:, [ARKIT_INDEX[name] for name in shapes]] = rows[:, : len(shapes)]
    values = from_arkit(full)
    values[:, [CHANNEL_INDEX[ANGLES[name]] for name in angles]] = rows[:, len(shapes) :]
    return ControlSequence.from_matrix(values.astype(np.float32), fps)


def _names(file: Path, key: str, names: JsonValue, known: Sequence[str]) -> tuple[str, ...]:
    """Return a list of names, each of `known` and given once."""
    if not isinstance(names, Sequence) or isinstance(names, str):
        raise ControlsError(f"{file}: {key}: expected a list of names, got {brief(names)}")
    out: list[str] = []
    for position, name in enumerate(names):
        if not isinstance(name, str) or name not in known:
            raise ControlsError(
                f"{file}: {key}[{position}]: expected a name such as {known[0]}, got {item(name)}"
            )
        if name in out:
            raise ControlsError(f"{file}: {key}[{position}]: {name} is listed twice")
        out.append(name)
    return tuple(out)
