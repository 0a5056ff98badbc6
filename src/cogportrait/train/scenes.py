"""What drawn footage shows: requests that reach wide, so that keypoints of all kinds are seen.

Labels alone rarely wink or look far aside. The movements here are for training; those that a
network is judged by, ``cogportrait.train.boundary``, are others. Our definition.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from cogportrait.behavior.labels import LABELS
from cogportrait.request import Request

SECONDS: Final = 3.0
FPS: Final = 25.0
INTENSITIES: Final = (0.7, 1.4)
SPOKEN: Final = 3  # every third scene has speech, where there is some
MOVEMENTS: Final = (
    "Looks far left, then looks far right.",
    "Looks up, then looks down.",
    "Blinks twice, then squints.",
    "Closes the eyes for one second, then raises the brows.",
    "Winks with the left eye, then winks with the right eye.",
    "Turns the head to the left, then turns the head to the right.",
    "Looks up left, then looks down right.",
    "Raises the left brow, then frowns.",
    "Tilts the head, smiles broadly and blinks.",
    "Opens the mouth wide, then presses the lips.",
)
PLAIN: Final = 2  # every second scene is in the portrait's own light and shape
GAIN: Final = (0.55, 1.15)
SHIFT: Final = (-20.0, 20.0)  # levels
TINT: Final = (-12.0, 12.0)  # levels, of each color
WIDER: Final = (0.92, 1.08)


@dataclass(frozen=True, slots=True)
class Look:
    """In which light, and how wide, a portrait is shown: more faces than there are portraits."""

    gain: float = 1.0  # of levels
    shift: tuple[float, float, float] = (0.0, 0.0, 0.0)  # levels of red, green, blue
    wider: float = 1.0  # of the face, about the view's middle


def scenes(
    name: str, count: int, seed: int, speech: Sequence[Path] = ()
) -> Iterator[tuple[str, Request, Look]]:
    """Yield names, requests and looks for a portrait: labels and movements in turn.

    Parameters
    ----------
    name : str
        Of the portrait; different ones begin elsewhere.
    count : int
        How many.
    seed : int
        Equal arguments give equal requests.
    speech
        Sound files that some of them speak.
    """
    rng = np.random.default_rng([0x5CE7E5, seed, *name.encode()])
    labels, movements = rng.permutation(len(LABELS)), rng.permutation(len(MOVEMENTS))
    for k in range(count):
        told = k % 2 == 1
        label = LABELS[labels[k // 2 % len(labels)]] if not told else "neutral"
        instruction = MOVEMENTS[movements[k // 2 % len(movements)]] if told else ""
        spoken = bool(speech) and k % SPOKEN == SPOKEN - 1
        request = Request(
            label=label, instruction=instruction, duration_s=SECONDS, fps=FPS,
            audio=speech[int(rng.integers(len(speech)))] if spoken else None,
            seed=int(rng.integers(2**31)), intensity=round(float(rng.uniform(*INTENSITIES)), 2),
        )  # fmt: skip
        yield f"{name}_{k:02d}", request, Look() if k % PLAIN == 0 else _look(rng)


def _look(rng: np.random.Generator) -> Look:
    shift = rng.uniform(*SHIFT) + rng.uniform(*TINT, 3)
    red, green, blue = (round(float(v), 1) for v in shift)
    gain, wider = (round(float(rng.uniform(*limits)), 3) for limits in (GAIN, WIDER))
    return Look(gain, (red, green, blue), wider)
