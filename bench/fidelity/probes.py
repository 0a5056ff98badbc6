"""What is commanded: short sweeps of one channel each, all else at rest."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from cogportrait.facs.channels import CHANNEL_INDEX, CHANNELS
from cogportrait.types import ControlSequence, FloatArray

FPS = 25.0
FACE_AUS = (1, 2, 4, 5, 6, 7)  # scored one side at a time
AU_STEPS = np.linspace(0, 1, 11)
YAW_STEPS = np.linspace(-30, 30, 13)
PITCH_STEPS = np.linspace(-20, 20, 9)
GROUPS = ("lids", "gaze", "face", "head", "still")
HEAD_STEPS = {
    "head_yaw": np.linspace(-20, 20, 9),
    "head_pitch": np.linspace(-15, 15, 7),
    "head_roll": np.linspace(-15, 15, 7),
}


@dataclass(frozen=True, slots=True, eq=False)
class Probe:
    """One sweep: the same value commanded on some channels, all others 0."""

    name: str
    channels: tuple[str, ...]
    steps: FloatArray  # [N]

    def matrix(self) -> FloatArray:
        """Return the controls, [N, len(CHANNELS)]."""
        values = np.zeros((len(self.steps), len(CHANNELS)), np.float32)
        for channel in self.channels:
            values[:, CHANNEL_INDEX[channel]] = self.steps
        return values


def _sides(stem: str, steps: np.ndarray) -> list[Probe]:
    values = steps.astype(np.float32)
    both = (f"{stem}_L", f"{stem}_R")
    return [
        Probe(f"{stem}_both", both, values),
        *(Probe(channel, (channel,), values) for channel in both),
    ]


def probes_of(groups: Collection[str]) -> list[Probe]:
    """Return the sweeps of some of the groups ``lids``, ``gaze``, ``face``, ``head``."""
    probes: list[Probe] = []
    if "lids" in groups:
        probes += _sides("AU43", AU_STEPS)
    if "gaze" in groups:
        probes += _sides("gaze_yaw", YAW_STEPS) + _sides("gaze_pitch", PITCH_STEPS)
    if "face" in groups:
        for number in FACE_AUS:
            probes += _sides(f"AU{number:02d}", AU_STEPS)[1:]
    if "head" in groups:
        for channel, steps in HEAD_STEPS.items():
            probes.append(Probe(channel, (channel,), steps.astype(np.float32)))
    return probes


def joined(probes: Sequence[Probe]) -> ControlSequence:
    """Return all sweeps one after the other, so that they are rendered in one go."""
    return ControlSequence.from_matrix(np.concatenate([p.matrix() for p in probes]), FPS)
