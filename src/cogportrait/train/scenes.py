"""What drawn footage shows: requests that reach wide, so that keypoints of all kinds are seen.

Labels alone rarely wink or look far aside. The movements here are for training; those that a
network is judged by, ``cogportrait.train.boundary``, are others. Our definition.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from cogportrait.behavior.labels import LABELS
from cogportrait.errors import InputError
from cogportrait.request import Request
from cogportrait.train.looks import MIXED, Look, draw_look

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
PAIRS: Final = 2  # of a label and a movement: every second is in the portrait's own light and shape


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
        yield f"{name}_{k:02d}", request, Look() if k // 2 % PAIRS == 0 else draw_look(rng)


def mixes(
    pictures: Sequence[Path], count: int, seed: int, speech: Sequence[Path] = ()
) -> Iterator[tuple[str, Request, Look, tuple[Path, Path], float]]:
    """Yield scenes of faces between two pictures, and the share of the second.

    Raises
    ------
    InputError
        There are fewer than two pictures.
    """
    if count and len(pictures) < 2:
        raise InputError(f"--mixed: expected two portraits or more, got {len(pictures)}; add one")
    rng = np.random.default_rng([0x317ED, seed])
    for name, request, look in scenes(f"mixed{seed}", count, seed, speech):
        first, second = rng.choice(len(pictures), 2, replace=False)
        share = round(float(rng.uniform(*MIXED)), 3)
        yield name, request, look, (pictures[first], pictures[second]), share
