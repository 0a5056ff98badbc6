"""Known controls to render: excursions of everything at random, and planned clips."""

import numpy as np
from numpy.typing import NDArray

from cogportrait.agents.loop import compile_brief
from cogportrait.behavior.labels import LABELS
from cogportrait.facs.channels import CHANNEL_INDEX, CHANNELS
from cogportrait.types import Brief, ControlSequence

FPS = 25.0
RANDOM_FRAMES = 200
PLANNED_S = 4.0
REST_FRAMES = 12
# Channel or action unit: share of excursions that take place, and how far they go.
SIDED = {
    "AU43": (0.36, 1.0), "AU01": (0.16, 1.0), "AU02": (0.16, 1.0), "AU04": (0.16, 1.0),
    "AU05": (0.14, 1.0), "AU06": (0.11, 1.0), "AU07": (0.16, 1.0), "AU12": (0.14, 1.0),
    "AU14": (0.07, 0.7), "AU15": (0.09, 0.8), "AU20": (0.05, 0.7),
}  # fmt: skip
MIDDLE = {
    "AU10": (0.05, 0.8), "AU17": (0.07, 0.8), "AU18": (0.05, 0.8), "AU22": (0.04, 0.8),
    "AU23": (0.05, 0.8), "AU24": (0.05, 0.8), "AU25": (0.14, 0.8), "AU26": (0.14, 0.9),
    "AU27": (0.02, 0.8), "AU28": (0.04, 0.8),
}  # fmt: skip
ONE_SIDE = 0.5  # share of one-sided excursions among those of both sides
HEAD = {
    "head_yaw": 22.0, "head_pitch": 15.0, "head_roll": 12.0, "head_x": 0.15, "head_y": 0.1,
    "head_z": 0.3,
}  # fmt: skip
GAZE = {"yaw": 30.0, "pitch": 18.0}
_Seconds = tuple[float, float]


def random_controls(rng: np.random.Generator, frames: int = RANDOM_FRAMES) -> ControlSequence:
    """Return excursions of all channels, independent of each other, after some frames of rest."""
    values = np.zeros((frames, len(CHANNELS)))

    def column(name: str) -> NDArray[np.float64]:
        return values[:, CHANNEL_INDEX[name]]

    for stem, (share, most) in SIDED.items():
        both = _excursions(rng, frames, share, (0.3 * most, most))
        for side in "LR":
            column(f"{stem}_{side}")[:] = both * rng.uniform(0.85, 1.15)
        alone = column(f"{stem}_{rng.choice(['L', 'R'])}")
        alone[:] = np.maximum(alone, _excursions(rng, frames, share * ONE_SIDE, (0.3 * most, most)))
    for name, (share, most) in MIDDLE.items():
        column(name)[:] = _excursions(rng, frames, share, (0.2 * most, most))
    for axis, most in GAZE.items():
        look = _excursions(rng, frames, 0.9, (-most, most), (0.04, 0.08), (0.3, 1.2))
        for side in "LR":
            column(f"gaze_{axis}_{side}")[:] = look
    for name, most in HEAD.items():
        column(name)[:] = _excursions(rng, frames, 0.5, (-most, most), (0.3, 0.8), (0.2, 1.2))
    units = [i for i, name in enumerate(CHANNELS) if name.startswith("AU")]
    values[:, units] = values[:, units].clip(0, 1)
    values[:REST_FRAMES] = 0
    return ControlSequence.from_matrix(values.astype(np.float32), FPS)


def _excursions(
    rng: np.random.Generator,
    frames: int,
    share: float,
    size: tuple[float, float],
    ramp_s: _Seconds = (0.08, 0.4),
    hold_s: _Seconds = (0.1, 0.9),
) -> NDArray[np.float64]:
    """Return a train of ramps, holds and ramps back, some of them left out, [T]."""
    at = np.arange(frames) / FPS
    out = np.zeros(frames)
    t = rng.uniform(0, 1.0)
    while t < at[-1]:
        rise, hold, fall = rng.uniform(*ramp_s), rng.uniform(*hold_s), rng.uniform(*ramp_s)
        height, wanted = rng.uniform(*size), rng.random() < share
        end = t + rise + hold + fall
        if wanted:
            out += height * np.clip(np.minimum((at - t) / rise, (end - at) / fall), 0, 1)
        t = end + rng.uniform(0.1, 1.0)
    return out


def planned_controls(
    rng: np.random.Generator, number: int, seconds: float = PLANNED_S
) -> ControlSequence:
    """Return what is planned for the label number `number`, counted round and round."""
    labels = list(LABELS)
    brief = Brief(labels[number % len(labels)], seconds, FPS, int(rng.integers(1_000_000)),
                  intensity=float(rng.uniform(0.8, 1.3)))  # fmt: skip
    return compile_brief(brief).controls
