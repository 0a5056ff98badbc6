"""What is commanded: short sweeps of one channel each, all else at rest."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from cogportrait.facs.channels import CHANNEL_INDEX, CHANNELS
from cogportrait.types import ControlSequence, FloatArray

FPS = 25.0
FACE_AUS = (1, 2, 4, 5, 6, 7)  # scored one side at a time
AU_STEPS = np.linspace(0, 1, 11)
YAW_STEPS = np.linspace(-30, 30, 13)
PITCH_STEPS = np.linspace(-20, 20, 9)
GROUPS = ("lids", "gaze", "face", "head", "turned", "still")
HEAD_STEPS = {
    "head_yaw": np.linspace(-20, 20, 9),
    "head_pitch": np.linspace(-15, 15, 7),
    "head_roll": np.linspace(-15, 15, 7),
}
# Poses in which lids close, too: what is drawn in place must land where the head has gone.
TURNS: dict[str, dict[str, float]] = {
    "head_turned_left": {"head_yaw": 15.0},
    "head_turned_right": {"head_yaw": -15.0},
    "head_turned_up": {"head_pitch": 12.0},
    "head_turned_down": {"head_pitch": -12.0},
}
TURNED_STEPS = np.array([0.0, 0.5, 1.0])


@dataclass(frozen=True, slots=True, eq=False)
class Probe:
    """One sweep: the same value commanded on some channels, others held, all the rest 0."""

    name: str
    channels: tuple[str, ...]
    steps: FloatArray  # [N]
    held: Mapping[str, float] = field(default_factory=dict[str, float])

    def matrix(self) -> FloatArray:
        """Return the controls, [N, len(CHANNELS)]."""
        values = np.zeros((len(self.steps), len(CHANNELS)), np.float32)
        for channel, value in self.held.items():
            values[:, CHANNEL_INDEX[channel]] = value
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
    """Return the sweeps of some of `GROUPS`; ``still`` has none."""
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
    if "turned" in groups:
        closing = TURNED_STEPS.astype(np.float32)
        probes += [Probe(n, ("AU43_L", "AU43_R"), closing, held) for n, held in TURNS.items()]
    return probes


def joined(probes: Sequence[Probe]) -> ControlSequence:
    """Return all sweeps one after the other, so that they are rendered in one go."""
    return ControlSequence.from_matrix(np.concatenate([p.matrix() for p in probes]), FPS)
