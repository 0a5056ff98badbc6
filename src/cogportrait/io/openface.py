"""OpenFace-2-style CSV: gaze, pose and action units, one row per frame.

Conventions (Baltrušaitis et al. 2018, OpenFace 2.0, and its documentation): gaze vectors point
from the eye, x toward the image's right, y down, z away from the camera, in camera coordinates;
``gaze_0`` is the eye that lies leftmost in the image, the subject's right one; ``pose_R*`` are
radians of the rotation about x, y and z, ``pose_T*`` millimetres; ``_r`` are intensities 0..5,
``_c`` presence. AU45, the blink, stands for our AU43. Columns that nobody measured here (landmarks,
shape parameters, AU9) are not written.
"""

import csv
import os
from io import StringIO
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cogportrait.errors import InputError
from cogportrait.facs.channels import CHANNEL_INDEX, CHANNELS, SIDES
from cogportrait.io.atomic import write_text
from cogportrait.io.tables import Table, check_order, read_table
from cogportrait.types import ControlSequence

FULL: Final = 5.0  # OpenFace's highest intensity
NO_LOOK: Final = 1e-3  # of a gaze vector, below which it is none: looks have length 1
PRESENT: Final = 1.0  # its lowest that counts as present
SHOULDER_MM: Final = 63.0  # interocular distance of adults (Dodgson 2004), for translations
AUS: Final = (1, 2, 4, 5, 6, 7, 10, 12, 14, 15, 17, 20, 23, 25, 26, 45)
_GAZE: Final = tuple(f"gaze_{eye}_{axis}" for eye in (0, 1) for axis in "xyz")
_POSE: Final = tuple(f"pose_{kind}{axis}" for kind in "TR" for axis in "xyz")
COLUMNS: Final = (
    "frame", "face_id", "timestamp", "confidence", "success", *_GAZE, "gaze_angle_x",
    "gaze_angle_y", *_POSE, *(f"AU{n:02d}_r" for n in AUS), *(f"AU{n:02d}_c" for n in AUS),
)  # fmt: skip
_EYES: Final = ("R", "L")  # gaze_0 and gaze_1

_Array = NDArray[np.float64]


def write_openface(
    controls: ControlSequence, found: NDArray[np.bool_] | None, path: str | os.PathLike[str]
) -> None:
    """Write controls as OpenFace would; frames not `found` [T] have success 0.

    Raises
    ------
    OutputError
        The file cannot be written.
    """
    values = controls.to_matrix().astype(np.float64)
    n = len(values)
    seen = np.ones(n, np.bool_) if found is None else found
    gaze, angles = _gaze(values)
    intensity = np.column_stack([FULL * _unit(values, number).clip(0, 1) for number in AUS])
    numbers = np.concatenate(
        [gaze, angles, _pose(values), intensity, (intensity >= PRESENT).astype(float)], axis=1
    )
    stream = StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(COLUMNS)
    counts = len(AUS)
    for i in range(n):
        ok = int(seen[i])
        cells = [f"{v:.5f}" for v in numbers[i, :-counts]]
        cells += [f"{int(v)}" for v in numbers[i, -counts:]]
        writer.writerow([i + 1, 0, f"{i / controls.fps:.6f}", f"{0.98 * ok:.2f}", ok, *cells])
    write_text(path, stream.getvalue())


def _unit(values: _Array, number: int) -> _Array:
    """Return one action unit, 0..1, [T]: the stronger side."""
    stem = f"AU{43 if number == 45 else number:02d}"
    names = [name for name in CHANNELS if name == stem or name[:-2] == stem]
    return values[:, [CHANNEL_INDEX[name] for name in names]].max(1)


def _pose(values: _Array) -> _Array:
    """Return translation in millimetres and rotation in radians, [T, 6]."""
    x, y, z = (values[:, CHANNEL_INDEX[name]] for name in ("head_x", "head_y", "head_z"))
    yaw, pitch, roll = (
        np.deg2rad(values[:, CHANNEL_INDEX[n]]) for n in ("head_yaw", "head_pitch", "head_roll")
    )
    return np.column_stack(
        [x * SHOULDER_MM, -y * SHOULDER_MM, -z * SHOULDER_MM, -pitch, -yaw, roll]
    )


def _gaze(values: _Array) -> tuple[_Array, _Array]:
    """Return unit vectors of both eyes, [T, 6], and their mean angles, radians, [T, 2].

    In camera coordinates: the head's angles are added to those of the eyes in the head.
    """
    vectors: list[_Array] = []
    for side in _EYES:
        yaw = values[:, CHANNEL_INDEX[f"gaze_yaw_{side}"]] + values[:, CHANNEL_INDEX["head_yaw"]]
        pitch = values[:, CHANNEL_INDEX[f"gaze_pitch_{side}"]]
        pitch = pitch + values[:, CHANNEL_INDEX["head_pitch"]]
        a, b = np.deg2rad(yaw), np.deg2rad(pitch)
        vectors.append(np.column_stack([np.sin(a) * np.cos(b), -np.sin(b), -np.cos(a) * np.cos(b)]))
    mean = (vectors[0] + vectors[1]) / 2
    angles = np.column_stack([np.arctan2(mean[:, 0], -mean[:, 2]),
                              np.arctan2(mean[:, 1], -mean[:, 2])])  # fmt: skip
    return np.concatenate(vectors, axis=1), angles


def read_openface(
    path: str | os.PathLike[str], fps: float | None = None
) -> tuple[ControlSequence, NDArray[np.bool_]]:
    """Return the controls in a CSV of OpenFace 1 or 2, and which frames had a face, [T].

    Frames without a face, or with a look of (0, 0, 0), which is none, are bridged from their
    neighbours. Both sides of an action unit get the same value, which may exceed 1 where the table
    has more than 5.

    Parameters
    ----------
    path : path
        The table.
    fps : float or None
        Its frame rate, whatever the times say: OpenFace 1 counts the frames of image sequences as
        milliseconds. None reads the times.

    Raises
    ------
    InputError
        The file is no such table, no frame of it has a face and a look, a cell of it is no number,
        or its rows are not in order.
    """
    table = read_table(Path(path), "OpenFace")
    missing = table.first_missing(("timestamp", "pose_Rx", "pose_Ry", "pose_Rz", *_GAZE))
    if missing:
        raise InputError(f"{table.file}: expected a table of OpenFace, got one without {missing}")
    n = len(table.rows)
    found = np.ones(n, np.bool_)
    if "success" in table.names:
        found = table.numbers("success") > 0
    if not found.any():
        raise InputError(f"{table.file}: expected a frame with a face, got success 0 in all rows")
    found = found & ~_blind(table, found)
    if not found.any():
        raise InputError(f"{table.file}: expected a look in some row, got (0, 0, 0) in all with a "
                         "face; let OpenFace write gaze")  # fmt: skip
    at = np.arange(n)

    def read(name: str) -> _Array:
        return np.interp(at, at[found], table.numbers(name, found)[found])

    out = np.zeros((n, len(CHANNELS)))
    out[:, CHANNEL_INDEX["head_pitch"]] = -np.rad2deg(read("pose_Rx"))
    out[:, CHANNEL_INDEX["head_yaw"]] = -np.rad2deg(read("pose_Ry"))
    out[:, CHANNEL_INDEX["head_roll"]] = np.rad2deg(read("pose_Rz"))
    for eye, side in enumerate(_EYES):
        x, y, z = (read(f"gaze_{eye}_{axis}") for axis in "xyz")
        yaw, pitch = np.rad2deg(np.arctan2(x, -z)), np.rad2deg(np.arctan2(-y, np.hypot(x, z)))
        out[:, CHANNEL_INDEX[f"gaze_yaw_{side}"]] = yaw - out[:, CHANNEL_INDEX["head_yaw"]]
        out[:, CHANNEL_INDEX[f"gaze_pitch_{side}"]] = pitch - out[:, CHANNEL_INDEX["head_pitch"]]
    for number in AUS:
        name = f"AU{number:02d}_r"
        if name in table.names:
            stem = f"AU{43 if number == 45 else number:02d}"
            for channel in (stem, *(f"{stem}_{side}" for side in SIDES)):
                if channel in CHANNEL_INDEX:
                    out[:, CHANNEL_INDEX[channel]] = read(name) / FULL
    rate_hz = _rate_hz(table) if fps is None else fps
    return ControlSequence.from_matrix(out.astype(np.float32), rate_hz), found


def _blind(table: Table, found: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return in which of the frames with a face an eye has no look, [T]."""
    gaze = np.column_stack([table.numbers(name, found) for name in _GAZE])
    return (np.abs(gaze).reshape(-1, 2, 3).max(axis=2) < NO_LOOK).any(axis=1)


def _rate_hz(table: Table) -> float:
    """Return frames per second: of all rows, because OpenFace rounds single steps to 1 ms."""
    times_s, column = table.numbers("timestamp"), table.names.index("timestamp")
    check_order(table.file, times_s, [row[column] for row in table.rows])
    lasted = float(np.ptp(times_s))
    if lasted <= 0:
        raise InputError(
            f"{table.file}: expected timestamps that go on, got the same one in every row"
        )
    return round((len(table.rows) - 1) / lasted, 2)
