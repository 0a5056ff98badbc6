"""What commands warn of: a video that may not be what is meant; one line each."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import numpy as np

from cogportrait.apps.console import Console
from cogportrait.errors import plain
from cogportrait.io.audio import audio_duration_s
from cogportrait.io.video import carries_sound
from cogportrait.request import PathOrStr
from cogportrait.types import CompiledBrief, ControlSequence, JsonValue

# Head movements that are warned of beyond, degrees and interocular distances. Our choice: turns and
# nods of which a picture shows 1.5 degrees less than asked; below what was seen to tear faces.
DRAWABLE: Final[Mapping[str, float]] = {
    "head_yaw": 25.0,
    "head_pitch": 18.0,
    "head_roll": 35.0,
    "head_x": 0.6,
    "head_y": 0.6,
    "head_z": 1.5,
}
_SHOWN: Final = {
    "head_yaw": "the head is turned by 28 at most",
    "head_pitch": "the head nods by 19 at most",
}
# Seconds by which a sound may be shorter than its video unnoticed: a video ends with a whole frame
# (0.1 s at 10 fps), and some formats pad.
UNHEARD_S: Final = 0.1
# How the reader reports what it made as large as it can be.
_REDUCED: Final = re.compile(r"\((?:[\d.]+ of [\d.]+ (?:degrees|eye distances)|100 % at most)\)$")


def warn_about_format(output: Path, audio: object, console: Console) -> None:
    """Say what the name of the output leads to that may not be meant."""
    if not output.suffix and not output.is_dir():
        console.warn(f"{output}: a folder of PNG files; for a video: {output}.mp4")
    if audio is not None and not carries_sound(output):
        console.warn(f"{output}: this format holds no sound; use mp4 or webm")


def warn_about_sound(
    audio: PathOrStr | None, controls: ControlSequence, output: Path, console: Console
) -> None:
    """Say when the sound of a video ends before it; read so much of it as will be heard.

    Raises
    ------
    MediaError
        It cannot be read, or has no samples or some that are no numbers.
    """
    if audio is None or not carries_sound(output):
        return
    lasts_s = audio_duration_s(audio, first_s=controls.duration_s)
    if lasts_s < controls.duration_s - UNHEARD_S:
        console.warn(
            f"{audio}: the sound lasts {lasts_s:.2f} s, the video {controls.duration_s:.2f} s; "
            "silence follows it"
        )


def warn_about_plan(compiled: CompiledBrief, console: Console) -> None:
    """Say what is not as it should be: what is left in, not seen or not read, and who planned."""
    if compiled.critique.hard:
        n = len(compiled.critique.hard)
        console.warn(f"{compiled.trace['ablation']}: {n} impossible movements are left in")
    findings = compiled.trace["semantic_findings"]
    for finding in findings if isinstance(findings, list) else []:
        console.warn(f"critic: {finding}")
    _warn_about_model(compiled, console)
    library = compiled.trace["library"]
    if isinstance(library, dict) and library["prototypes"] == 0:
        said = "holds no movements, so all are played by templates"
        console.warn(f"library: {library['name']}: {said}")
    words = compiled.trace["instruction"]
    if isinstance(words, str) and words and not words.strip():
        console.warn("instruction: is blank, so the label alone is played")
    asked_for = any(event.origin == "instruction" for event in compiled.plan.events)
    by_model = compiled.trace["reasoner"] != "expert"
    read = compiled.trace.get("instruction_compared")
    judged = isinstance(read, dict) and bool(read["movements"])
    if by_model and str(words).strip() and not (asked_for or judged):
        console.warn(
            "instruction: the model planned nothing that it says was instructed; whether the plan "
            "does what is asked was not checked"
        )
    smaller = [words for words in compiled.plan.not_understood if _REDUCED.search(words)]
    without = [words for words in compiled.plan.not_understood if words not in smaller]
    for how, which in (("left out", without), ("made smaller", smaller)):
        if which:
            console.warn(f"instruction: {how}: {', '.join(map(repr, which))}")


def _warn_about_model(compiled: CompiledBrief, console: Console) -> None:
    """Say why the expert planned instead of a model, or that the model's own critic is unhappy."""
    rounds = _records(compiled.trace["rounds"])
    notes = [note for done in rounds for note in _records(done.get("asked"))]
    failures = [note["failure"] for note in notes if "failure" in note]
    if failures:
        console.warn(f"the expert planned instead: {failures[0]}")
        return
    judged = [done for done in rounds if done.get("accepted") is False]
    critics = [note for note in notes if note.get("role") == "critic"]
    if not critics or len(judged) < len(rounds):
        return
    last = critics[-1].get("reply")
    if not isinstance(last, dict) or last.get("accepted") is not False:
        return  # it is content; what the checks found is said
    found = last.get("findings")
    reasons = found if isinstance(found, list) and found else [last.get("reasoning")]
    n = f"{len(rounds)} round{'s' if len(rounds) > 1 else ''}"
    said = plain(" ".join(str(reasons[0] or "it gave no reason").split()))
    console.warn(f"the model's critic did not accept in {n}: {said}")


def _records(value: JsonValue) -> list[dict[str, JsonValue]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def warn_beyond_picture(controls: ControlSequence, console: Console) -> None:
    """Say which head movements are larger than what one picture can show."""
    commanded = np.concatenate([controls.head_deg, controls.head_shift_iod], axis=1)
    for name, column in zip(DRAWABLE, np.abs(commanded).max(axis=0).tolist(), strict=True):
        if column > DRAWABLE[name]:
            console.warn(
                f"{name} reaches {column:g}; beyond {DRAWABLE[name]:g} one picture does not show "
                f"what would be seen, and {_SHOWN.get(name, 'the face tears')}"
            )
