"""``cogportrait describe``: controls to words and a guess at their label."""

import json
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cogportrait.agents.describe import as_record, describe
from cogportrait.agents.notation_writing import in_notation
from cogportrait.apps.console import Console, say
from cogportrait.errors import ControlsError
from cogportrait.io.controls import JsonValue, read_controls, read_meta

_GUESSES: Final = 3  # that are printed for people
CAUTION: Final = (
    "guesses on recordings are not validated: scores are not calibrated, and of 7 filmed faces "
    "2 were guessed right"
)
_RECORDED: Final = ("measured_from", "imported_from")  # in the meta of controls of real faces


def print_description(file: Path, console: Console, *, notation: bool = False) -> None:
    """Print what a controls file does: an instruction, the routine rest, the likeliest labels.

    With `notation`, only the instruction, point by point in FACS notation. A file that was
    measured or imported is told with a caution: its label is a guess.

    Raises
    ------
    ControlsError
        The file is no controls file, or a stretch that it calls missing is not in it.
    """
    controls = read_controls(file)
    meta = read_meta(file)
    missing = meta.get("missing_frames", [])
    found = _found(file, missing, len(controls))
    if notation:
        text = in_notation(controls, found)
        say(json.dumps({"path": str(file), "text": text}) if console.as_json else text)
        return
    recorded = any(name in meta for name in _RECORDED)
    description = describe(controls, found)
    if console.as_json:
        caution = {"caution": CAUTION} if recorded else {}
        record = {"path": str(file), **as_record(description), **caution}
        say(json.dumps(record, allow_nan=False))
        return
    say(description.text or "(no more than routine movements)")
    say(f"besides: {description.summary}")
    if recorded:
        say(f"caution: {CAUTION}")
    for guess in description.guesses[:_GUESSES]:
        say(f"{guess.label} {guess.score:.2f}: {'; '.join(guess.reasons)}")


def _found(file: Path, missing: JsonValue, n_frames: int) -> NDArray[np.bool_]:
    """Return in which frames a face was seen, from the first and last frames of the gaps."""
    found = np.ones(n_frames, np.bool_)
    for pair in missing if isinstance(missing, list) else [missing]:
        first, last = _stretch(pair)
        if not 0 <= first <= last < n_frames:
            raise ControlsError(
                f"{file}: meta missing_frames: expected pairs (first, last) of {n_frames} frames, "
                f"got {pair!r:.40}"
            )
        found[first : last + 1] = False
    if not found.any():
        raise ControlsError(f"{file}: no face in any of {n_frames} frames, so nothing to describe")
    return found


def _stretch(pair: JsonValue) -> tuple[int, int]:
    """Return the first and the last frame of a gap; (-1, -1) for what is no pair of numbers."""
    match pair:
        case [int(first), int(last)]:
            return first, last
        case _:
            return -1, -1
