"""The network that reads action units and gaze from a face's features.

Those of some frames before and after are put beside each other, and two layers lead to the left
side's channels and those of the middle. The right side's come from the mirror image, so that both
sides are read alike. Weights ship as data with a card (``measure_data/``); ``bench.inverse`` fits
them on rendered portraits.
"""

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cogportrait.facs.channels import AU_CHANNELS, AU_INDEX

LEAK: Final = 0.05  # slope of the layers' units below zero
FARTHEST: Final = 5.0  # standard deviations beyond which a feature says no more
GAZE_SCALE_DEG: Final = 15.0  # what the network calls 1
LEFT: Final = tuple(name for name in AU_CHANNELS if name.endswith("_L"))
MIDDLE: Final = tuple(name for name in AU_CHANNELS if name[-2:] not in ("_L", "_R"))
# Units that an estimated neutral face may show. There is no less than none of them: where a
# twentieth of the frames reads so by more than the error, with open eyes and the head held as in
# the neutral face, that is how much of them it shows.
HELD: Final = ("AU01", "AU02", "AU04", "AU05", "AU07")
HELD_SHARE: Final = 0.05
HELD_ERROR: Final = 0.10
HELD_FRAMES: Final = 10  # fewer say nothing
HELD_HEAD_DEG: Final = 10.0
HELD_CLOSURE: Final = 0.3

_Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Inverse:
    """The fitted network. Outputs: ``LEFT``, gaze yaw and pitch of the left eye, ``MIDDLE``."""

    mean: NDArray[np.float32]  # [F]
    spread: NDArray[np.float32]  # [F]
    context: int  # frames before and as many after
    weights: tuple[NDArray[np.float32], ...]
    offsets: tuple[NDArray[np.float32], ...]

    def inputs(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return features [T, F] brought to one size, with those of frames around, [T, C]."""
        parts = np.clip((features - self.mean) / self.spread, -FARTHEST, FARTHEST)
        k = self.context
        wide = np.pad(parts, ((k, k), (0, 0)), "edge")
        return np.concatenate([wide[i : i + len(parts)] for i in range(2 * k + 1)], axis=1)

    def outputs(self, inputs: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return what the layers make of inputs [T, C], [T, O]."""
        x, last = inputs, len(self.weights) - 1
        for i, (weight, offset) in enumerate(zip(self.weights, self.offsets, strict=True)):
            x = x @ weight + offset
            if i < last:
                x = np.maximum(x, np.float32(LEAK) * x)
        return x


@cache
def inverse() -> Inverse:
    """Return the shipped network."""
    path = files("cogportrait.face") / "measure_data" / "inverse.npz"
    with path.open("rb") as stream, np.load(stream, allow_pickle=False) as z:
        layers = range(int(z["layers"]))
        return Inverse(
            z["mean"].astype(np.float32), z["spread"].astype(np.float32), int(z["context"]),
            tuple(z[f"weight{i}"].astype(np.float32) for i in layers),
            tuple(z[f"offset{i}"].astype(np.float32) for i in layers),
        )  # fmt: skip


@cache
def inverse_card() -> dict[str, object]:
    """Return what the network was fitted on."""
    text = (files("cogportrait.face") / "measure_data" / "inverse_card.json").read_text("utf-8")
    return json.loads(text)


def read_controls_of(
    features: NDArray[np.float32],
    mirrored: NDArray[np.float32],
    net: Inverse,
    *,
    ahead: NDArray[np.bool_] | None = None,
) -> tuple[_Array, _Array]:
    """Return action units [T, K], 0..1, and gaze [T, 2, 2] degrees from features [T, F].

    `mirrored` are the features of the mirror image. Where the neutral face is an estimate, `ahead`
    says which frames have the head held as in it, and what it shows of brows and lids is added.
    """
    left, right = (net.outputs(net.inputs(x)).astype(np.float64) for x in (features, mirrored))
    aus = np.zeros((len(features), len(AU_CHANNELS)))
    n = len(LEFT)
    for i, name in enumerate(LEFT):
        aus[:, AU_INDEX[name]] = left[:, i]
        aus[:, AU_INDEX[name[:-1] + "R"]] = right[:, i]
    for i, name in enumerate(MIDDLE, n + 2):
        aus[:, AU_INDEX[name]] = (left[:, i] + right[:, i]) / 2
    if ahead is not None:
        held = [i for name, i in AU_INDEX.items() if name[:4] in HELD]
        shut = aus[:, [AU_INDEX["AU43_L"], AU_INDEX["AU43_R"]]].max(1)
        aus[:, held] += shown_by_neutral(aus[ahead & (shut < HELD_CLOSURE)][:, held])
    gaze = np.stack([left[:, n : n + 2], right[:, n : n + 2] * np.array([-1, 1])], axis=1)
    return np.clip(aus, 0, 1), gaze * GAZE_SCALE_DEG


def shown_by_neutral(readings: NDArray[np.floating]) -> _Array:
    """Return how much of action units an estimated neutral face shows, [K].

    By readings [T, K] that are relative to it: the 5th percentile below zero, less 0.1.
    """
    if len(readings) < HELD_FRAMES:
        return np.zeros(readings.shape[1])
    return np.maximum(-np.quantile(readings, HELD_SHARE, axis=0) - HELD_ERROR, 0)
