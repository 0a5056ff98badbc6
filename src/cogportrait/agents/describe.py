"""The inverse of the planner: from controls to words that plan them again, and to a label."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cogportrait.agents.sayings import Saying, say_face, sentences
from cogportrait.agents.sayings_pose import say_head, say_looks
from cogportrait.behavior.labels import LABELS
from cogportrait.behavior.segment.events import EventType, FaceEvent, segment
from cogportrait.behavior.signature import (
    Evidence,
    Signature,
    label_evidence,
    label_scores,
    measure_signature,
)
from cogportrait.types import ControlSequence, JsonValue

# Our definitions (docs/assumptions.md).
NO_BLINK_FROM_S: Final = 4.0  # no blink in so long a clip is worth saying
STILL_HEAD_DEG: Final = 4.0  # a head that stays within it on all axes is still
RATE_FROM_S: Final = 2.0  # of a shorter clip blinks are counted, without a rate
REASONS: Final = 3  # features named for a guess

_RATE: Final = "blinks a minute"  # name of a feature
_ROUTINE: Final[Mapping[EventType, str]] = {
    EventType.BLINK: "blink",
    EventType.PARTIAL_BLINK: "partial blink",
    EventType.GAZE_SHIFT: "small shift of gaze",
    EventType.DRIFT: "slow drift of gaze",
}


@dataclass(frozen=True, slots=True)
class Guess:
    """One label for a sequence."""

    label: str
    score: float  # 0..1; those of all labels sum to 1
    reasons: tuple[str, ...]  # features that speak most for it against the other labels


@dataclass(frozen=True, slots=True, eq=False)
class Description:
    """A control sequence in words."""

    text: str  # an instruction: what ``read_instruction`` makes the told events of; may be ""
    summary: str  # the routine rest, for people
    told: tuple[Saying, ...]  # the sentences of `text`, in order, each with its event
    events: tuple[FaceEvent, ...]  # all that was found, told or not
    signature: Signature
    guesses: tuple[Guess, ...]  # of all labels, best first


def describe(controls: ControlSequence, found: NDArray[np.bool_] | None = None) -> Description:
    """Return what a control sequence does, in words.

    Parameters
    ----------
    controls : ControlSequence
        T frames, planned or measured.
    found : array of bool, shape [T], or None
        Frames in which a face was seen; events that reach into others are not told.

    Raises
    ------
    ControlsError
        There is no frame.
    """
    events = segment(controls, found) if len(controls) else []
    seen = controls if found is None or found.all() else _rows(controls, found)
    signature = measure_signature(seen, events)
    told = [
        *say_face(events, controls.duration_s),
        *say_looks(controls, events),
        *say_head(controls, events),
    ]
    told.sort(key=lambda saying: saying.start_s)
    lines = sentences(told, controls.duration_s)
    text = " ".join([*lines, *_still(controls, events, signature)])
    return Description(
        text, _summary(events, told, signature), tuple(told), tuple(events), signature,
        _guesses(signature),
    )  # fmt: skip


def caption(controls: ControlSequence, found: NDArray[np.bool_] | None = None) -> str:
    """Return the most likely label and what is told of the curves: words for a network."""
    told = describe(controls, found)
    return f"{told.guesses[0].label}. {told.text}".strip()


def _rows(controls: ControlSequence, found: NDArray[np.bool_]) -> ControlSequence:
    """Return the frames in which a face was seen."""
    return ControlSequence(
        controls.fps, controls.aus[found], controls.gaze_deg[found], controls.head_deg[found],
        controls.head_shift_iod[found],
    )  # fmt: skip


def _still(
    controls: ControlSequence, events: Sequence[FaceEvent], signature: Signature
) -> list[str]:
    """Return the sentences for what does not happen, but would by itself."""
    out: list[str] = []
    closes = (EventType.BLINK, EventType.PARTIAL_BLINK, EventType.LONG_CLOSURE, EventType.WINK)
    if controls.duration_s >= NO_BLINK_FROM_S and not any(e.kind in closes for e in events):
        out.append("Does not blink.")
    swings = (EventType.NOD, EventType.SHAKE, EventType.HEAD_TURN, EventType.HEAD_DROP,
              EventType.TILT, EventType.HEAD_JERK)  # fmt: skip
    poses = np.hypot.reduce(signature.head_mean_deg) >= STILL_HEAD_DEG
    moves = poses or max(signature.head_range_deg) >= STILL_HEAD_DEG
    if not moves and not any(e.kind in swings for e in events):
        out.append("Keeps the head still.")
    return out


def _summary(events: Sequence[FaceEvent], told: Sequence[Saying], signature: Signature) -> str:
    """Return the routine rest in words: rates, shares, counts."""
    said = {id(saying.event) for saying in told}
    rest = Counter(_ROUTINE[e.kind] for e in events if e.kind in _ROUTINE and id(e) not in said)
    parts = [_blinks(signature)]
    parts.append(f"eyes shut {signature.perclos:.0%} of the time")
    if not np.isnan(signature.aversion_share):
        parts.append(f"gaze off the camera {signature.aversion_share:.0%}")
    for name in ("small shift of gaze", "slow drift of gaze"):
        if rest[name]:
            head, _, tail = name.partition(" of ")
            parts.append(f"{rest[name]} {head}{'s' if rest[name] > 1 else ''} of {tail}")
    parts.append(f"head moves at {signature.head_speed_deg_s:.1f} deg/s on average")
    return ", ".join(parts)


def _blinks(signature: Signature) -> str:
    """Return how often it blinks: a rate, or of a short clip the number."""
    if signature.duration_s >= RATE_FROM_S:
        return f"{signature.blink_rate_per_min:.0f} blinks a minute"
    n = round(signature.blink_rate_per_min * signature.duration_s / 60)
    return f"{n or 'no'} blink{'s' if n != 1 else ''} in {signature.duration_s:.2g} s"


def _guesses(signature: Signature) -> tuple[Guess, ...]:
    evidence = {label: label_evidence(signature, label) for label in LABELS}
    told = signature.duration_s >= RATE_FROM_S
    usual: dict[str, float] = {
        e.feature: float(np.mean([o.fit for other in evidence.values() for o in other
                                  if o.feature == e.feature]))
        for e in evidence[LABELS[0]]
    }  # fmt: skip
    return tuple(
        Guess(
            label,
            score,
            _reasons([e for e in evidence[label] if told or e.feature != _RATE], usual),
        )
        for label, score in label_scores(signature).items()
    )


def _reasons(evidence: Sequence[Evidence], usual: Mapping[str, float]) -> tuple[str, ...]:
    """Return the features that fit this label most above the mean of all labels, in words."""
    best = sorted(evidence, key=lambda e: usual[e.feature] - e.fit)[:REASONS]
    return tuple(_reason(e) for e in best if e.fit > usual[e.feature])


def _reason(evidence: Evidence) -> str:
    if round(evidence.measured, 2) == 0 == evidence.expected.mean:
        return f"no {evidence.feature}"
    mean, spread = evidence.expected.mean, evidence.expected.spread
    return f"{evidence.feature} {evidence.measured:.2g} (expected {mean:.2g} ± {spread:.2g})"


def as_record(description: Description) -> dict[str, JsonValue]:
    """Return a description as JSON values: text, summary, events, signature, guesses."""
    sign = description.signature
    values: dict[str, JsonValue] = {}
    for name in ("duration_s", "blink_rate_per_min", "perclos", "resting_closure",
                 "aversion_share", "gaze_shift_rate_hz", "laugh_share",
                 "head_speed_deg_s"):  # fmt: skip
        value = float(getattr(sign, name))
        short = name == "blink_rate_per_min" and sign.duration_s < RATE_FROM_S
        values[name] = None if short or np.isnan(value) else round(value, 4)
    for name in ("head_mean_deg", "head_range_deg", "aversion_deg"):
        numbers: tuple[float, ...] = getattr(sign, name)
        values[name] = [None if np.isnan(v) else round(v, 3) for v in numbers]
    return {
        "text": description.text,
        "summary": description.summary,
        "label": description.guesses[0].label,
        "guesses": [
            {"label": g.label, "score": round(g.score, 6), "reasons": list[JsonValue](g.reasons)}
            for g in description.guesses
        ],
        "signature": values,
        "events": [_event(saying) for saying in description.told],
    }


def _event(saying: Saying) -> JsonValue:
    event = saying.event
    if event is None:
        return {"words": saying.words, "start_s": round(saying.start_s, 3), "kind": None}
    return {
        "words": saying.words,
        "start_s": round(event.onset_s, 3),
        "end_s": round(event.offset_s, 3),
        "kind": str(event.kind),
        "side": event.side,
        "direction": event.direction,
        "amplitude": round(event.amplitude, 3),
    }
