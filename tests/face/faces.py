"""A face of the rig's own mean shape: symmetric, frontal, lips closed, eyes on the camera."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from cogportrait.face import landmarks as lm
from cogportrait.face.eye_geometry import eye_rest, iris_shift_px
from cogportrait.face.rig import rig_data
from cogportrait.facs.channels import CHANNEL_INDEX, CHANNELS
from cogportrait.types import N_BLENDSHAPES, ControlSequence, Portrait

FPS = 25.0
IOD_PX = 80.0
SIDES = (0, 1)


def mean_face(gaze_deg: tuple[float, float] = (0.0, 0.0)) -> Portrait:
    """Return the mean face, 80 px between the eyes, both eyes turned by yaw and pitch."""
    points = rig_data().shape * IOD_PX + (200.0, 160.0, 0.0)
    lips = (points[lm.LIP_UPPER_INNER] + points[lm.LIP_LOWER_INNER]) / 2
    points[lm.LIP_UPPER_INNER] = points[lm.LIP_LOWER_INNER] = lips
    for side in SIDES:
        eye = eye_rest(points, side)
        to_camera = iris_shift_px(eye, -eye.gaze_deg[None])[0]
        points[[lm.IRIS_CENTER[side], *lm.IRIS_RING[side]], :2] += to_camera
        away = iris_shift_px(eye_rest(points, side), np.array([gaze_deg]))[0]
        points[[lm.IRIS_CENTER[side], *lm.IRIS_RING[side]], :2] += away
    return Portrait(
        np.full((400, 400, 3), 150, np.uint8),
        points.astype(np.float32),
        np.zeros(N_BLENDSHAPES, np.float32),
        np.eye(4, dtype=np.float32),
    )


def controls(*rows: dict[str, float]) -> ControlSequence:
    """Return one frame per row of channel values; all else is 0."""
    values = np.zeros((len(rows), len(CHANNELS)), np.float32)
    for row, commanded in zip(values, rows, strict=True):
        for name, value in commanded.items():
            row[CHANNEL_INDEX[name]] = value
    return ControlSequence.from_matrix(values, FPS)


def sweep(names: Iterable[str], steps: NDArray[np.floating]) -> ControlSequence:
    """Return one frame per step, the same value on all the named channels."""
    names = tuple(names)
    return controls(*(dict.fromkeys(names, float(step)) for step in steps))
