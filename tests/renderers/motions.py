"""Controls for tests, one dictionary a frame."""

import numpy as np

from cogportrait.facs.channels import CHANNEL_INDEX, CHANNELS
from cogportrait.types import ControlSequence

FPS = 25.0
LIVELY = {  # every layer at once
    "AU43_L": 0.4, "AU43_R": 0.9, "AU01_L": 0.8, "AU04_R": 0.6, "AU12_L": 0.5, "AU26": 0.7,
    "gaze_yaw_L": 15.0, "gaze_yaw_R": 15.0, "head_yaw": -14.0, "head_pitch": 8.0, "head_x": 0.1,
}  # fmt: skip


def controls(*rows: dict[str, float]) -> ControlSequence:
    """Return one frame per row of channel values; all else is 0."""
    values = np.zeros((len(rows), len(CHANNELS)), np.float32)
    for row, commanded in zip(values, rows, strict=True):
        for name, value in commanded.items():
            row[CHANNEL_INDEX[name]] = value
    return ControlSequence.from_matrix(values, FPS)


def both(stem: str, value: float) -> dict[str, float]:
    """Return the same value on both sides of a channel."""
    return {f"{stem}_L": value, f"{stem}_R": value}
