"""Controls to ARKit's 52 blendshapes and back, by the table of :mod:`cogportrait.facs.arkit`.

Where the table leaves open what to do the choice is ours: AU25 parts the lips through the lower
one (``mouthLowerDown``, AU16, which is no channel), the jaw drops by AU26 and is stretched on by
AU27. A brow that is raised in the middle has one blendshape for both sides, so AU1 comes back as
the mean of its sides; AU23 has no shape, and shapes without a channel read as nothing.

Eyes: a look of 1 is 34.5 degrees sideways and 31.5 up or down, measured on 7,839 frames of two
Live Link Face takes, whose eye angles are + toward the subject's right and + down, in radians.
"""

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cogportrait.facs.arkit import LINKS, channel_of_blendshape
from cogportrait.facs.channels import CHANNEL_INDEX, CHANNELS

ARKIT_NAMES: Final[tuple[str, ...]] = (
    "eyeBlinkLeft", "eyeLookDownLeft", "eyeLookInLeft", "eyeLookOutLeft", "eyeLookUpLeft",
    "eyeSquintLeft", "eyeWideLeft", "eyeBlinkRight", "eyeLookDownRight", "eyeLookInRight",
    "eyeLookOutRight", "eyeLookUpRight", "eyeSquintRight", "eyeWideRight", "jawForward",
    "jawRight", "jawLeft", "jawOpen", "mouthClose", "mouthFunnel", "mouthPucker", "mouthRight",
    "mouthLeft", "mouthSmileLeft", "mouthSmileRight", "mouthFrownLeft", "mouthFrownRight",
    "mouthDimpleLeft", "mouthDimpleRight", "mouthStretchLeft", "mouthStretchRight",
    "mouthRollLower", "mouthRollUpper", "mouthShrugLower", "mouthShrugUpper", "mouthPressLeft",
    "mouthPressRight", "mouthLowerDownLeft", "mouthLowerDownRight", "mouthUpperUpLeft",
    "mouthUpperUpRight", "browDownLeft", "browDownRight", "browInnerUp", "browOuterUpLeft",
    "browOuterUpRight", "cheekPuff", "cheekSquintLeft", "cheekSquintRight", "noseSneerLeft",
    "noseSneerRight", "tongueOut",
)  # fmt: skip
ARKIT_INDEX: Final[dict[str, int]] = {name: i for i, name in enumerate(ARKIT_NAMES)}
_SWAPPED: Final = {"jawLeft": "jawRight", "mouthLeft": "mouthRight"}
APPLE_NAMES: Final[tuple[str, ...]] = tuple(
    (_SWAPPED | {right: left for left, right in _SWAPPED.items()}).get(name, name)
    for name in ARKIT_NAMES
)
"""The same names in the order of Apple's documentation; Live Link Face has these Right first."""

LOOK_DEG: Final = (34.5, 31.5)  # yaw, pitch at a look of 1
JAW_DROP: Final = 0.6  # jawOpen at full AU26; AU27 stretches it on to 1

_JAW: Final = "jawOpen"
_BROW: Final = "browInnerUp"  # both sides at once


def _shapes_of_channels() -> dict[str, tuple[str, ...]]:
    """Return the blendshapes that a channel moves alone, by channel."""
    out: dict[str, tuple[str, ...]] = {"AU25": ("mouthLowerDownLeft", "mouthLowerDownRight")}
    for link in LINKS:
        channel = channel_of_blendshape(link.blendshape)
        if channel is not None and link.blendshape not in (_JAW, _BROW):
            out[channel] = (*out.get(channel, ()), link.blendshape)
    return out


_SHAPES: Final[Mapping[str, tuple[str, ...]]] = _shapes_of_channels()
_SIDES: Final = (("L", "Left"), ("R", "Right"))

_Array = NDArray[np.float64]


def to_arkit(values: NDArray[np.floating]) -> _Array:
    """Return blendshapes [T, 52], 0..1, of controls [T, len(CHANNELS)]; head motion is left out."""
    v = np.asarray(values, np.float64)
    out = np.zeros((len(v), len(ARKIT_NAMES)))

    def channel(name: str) -> _Array:
        return v[:, CHANNEL_INDEX[name]]

    for name, shapes in _SHAPES.items():
        for shape in shapes:
            out[:, ARKIT_INDEX[shape]] = channel(name)
    out[:, ARKIT_INDEX[_BROW]] = (channel("AU01_L") + channel("AU01_R")) / 2
    jaw = JAW_DROP * channel("AU26") + (1 - JAW_DROP) * channel("AU27")
    out[:, ARKIT_INDEX[_JAW]] = np.maximum(jaw, channel("AU27"))
    for side, word in _SIDES:
        outward = channel(f"gaze_yaw_{side}") / LOOK_DEG[0] * (1 if side == "L" else -1)
        upward = channel(f"gaze_pitch_{side}") / LOOK_DEG[1]
        for name, amount in (("Out", outward), ("In", -outward), ("Up", upward), ("Down", -upward)):
            out[:, ARKIT_INDEX[f"eyeLook{name}{word}"]] = amount
    return out.clip(0, 1)


def from_arkit(shapes: NDArray[np.floating]) -> _Array:
    """Return controls [T, len(CHANNELS)] of blendshapes [T, 52]; head motion is 0."""
    s = np.asarray(shapes, np.float64)
    out = np.zeros((len(s), len(CHANNELS)))

    def shape(name: str) -> _Array:
        return s[:, ARKIT_INDEX[name]]

    for channel, names in _SHAPES.items():
        out[:, CHANNEL_INDEX[channel]] = np.mean([shape(name) for name in names], axis=0)
    for side, word in _SIDES:
        out[:, CHANNEL_INDEX[f"AU01_{side}"]] = shape(_BROW)
        outward = shape(f"eyeLookOut{word}") - shape(f"eyeLookIn{word}")
        upward = shape(f"eyeLookUp{word}") - shape(f"eyeLookDown{word}")
        sign = 1 if side == "L" else -1
        out[:, CHANNEL_INDEX[f"gaze_yaw_{side}"]] = sign * outward * LOOK_DEG[0]
        out[:, CHANNEL_INDEX[f"gaze_pitch_{side}"]] = upward * LOOK_DEG[1]
    out[:, CHANNEL_INDEX["AU26"]] = np.minimum(shape(_JAW) / JAW_DROP, 1)
    stretched = (shape(_JAW) - JAW_DROP) / (1 - JAW_DROP)
    out[:, CHANNEL_INDEX["AU27"]] = np.maximum(stretched, 0)
    return out
