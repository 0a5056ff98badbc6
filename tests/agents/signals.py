"""Shared by the tests of Stage 1: briefs, and measures of what a clip shows."""

import numpy as np
from numpy.typing import NDArray

from cogportrait.agents.loop import compile_brief
from cogportrait.behavior.labels import LABELS
from cogportrait.facs.channels import au_columns
from cogportrait.types import Brief, ControlSequence, Interval, Phone, SpeechTimeline

INSTRUCTIONS = (
    "looks left quickly, then smiles and nods twice",
    "closes the eyes for 2 seconds then looks up",
    "shakes the head fast without blinking",
    "winks with the right eye",
    "yawns, then smirks and raises one eyebrow",
    "rolls her eyes twice, then laughs",
    "at 1 s closes her left eye, opens it at 1.5 s and looks around",
    "turns head 30 degrees to the left and looks right in the second half",
    "surprised, then angry, then returns to neutral",
    "glances left then down, blinks rapidly and nods three times",
    "eyes half closed from 0.2 to 1 s, don't smile, never nods",
    "looks left for half a second, then right for half a second, tilts her head",
    "first opens the eyes wide, then narrows them, then looks down, then raises the brows",
)
_PHONES = ("AA", "IY", "P", "B", "M", "UW", "S", "T", "OW", "L", "F", "W")


def clip(label: str, duration_s: float = 6.0, seed: int = 0, fps: float = 25.0) -> ControlSequence:
    return compile_brief(Brief(label, duration_s, fps=fps, seed=seed)).controls


def au(controls: ControlSequence, number: int) -> NDArray[np.float32]:
    return controls.aus[:, list(au_columns(number))].mean(axis=1)


def random_speech(rng: np.random.Generator, duration_s: float) -> SpeechTimeline:
    t, phones, pauses = 0.0, [], []
    while t < duration_s:
        silent = rng.random() < 0.15
        end = min(t + rng.uniform(0.15, 1.2) if silent else t + rng.uniform(0.03, 0.2), duration_s)
        if silent and end - t >= 0.15:
            pauses.append(Interval(t, end))
        phones.append(Phone("SIL" if silent else str(rng.choice(_PHONES)), t, end))
        t = end
    loudness = rng.random(int(duration_s * 100) + 1).astype(np.float32)
    return SpeechTimeline(duration_s, tuple(phones), tuple(pauses), loudness, 100.0, "pocketsphinx")


def random_brief(rng: np.random.Generator, durations: tuple[float, ...]) -> Brief:
    duration = float(rng.choice(durations))
    speech = random_speech(rng, duration * rng.uniform(0.6, 1.3)) if rng.random() < 0.3 else None
    known = (10, 15, 23.976, 24, 25, 29.97, 30, 60, 120)
    fps = rng.choice(known) if rng.random() < 0.7 else rng.uniform(10, 120)
    return Brief(
        label=str(rng.choice(LABELS)),
        duration_s=duration,
        fps=float(fps),
        seed=int(rng.integers(-(2**31), 2**62)),
        instruction=str(rng.choice(INSTRUCTIONS)) if rng.random() < 0.3 else "",
        intensity=float(rng.uniform(0.25, 1.5)),
        speaking=bool(rng.random() < 0.5),
        speech=speech,
    )
