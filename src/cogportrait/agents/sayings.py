"""Events as sentences that the instruction reader understands: one event, one sentence, with times.

Sides and directions are the subject's own. Poses of eyes and head are in ``sayings_pose``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from cogportrait.behavior.segment.events import EventType, FaceEvent

# Our definitions (docs/assumptions.md).
LATEST_S: Final = 0.3  # a movement that begins so shortly before the end is not told
NEAR_END_S: Final = 0.25  # what ends so shortly before the end lasts until the end
_LONG_LAUGH_S: Final = 3.2  # "laughs" takes 2.4 s at most, "a long laugh" 4.6 s
_SHUT_EDGE_S: Final = 0.2  # lids fall and rise this long around the time in which they are shut
_NOD_HZ: Final = 1.6  # rate at which the reader's heads nod and shake
_SWING_DEG: Final[Mapping[EventType, float]] = {EventType.NOD: 9.0, EventType.SHAKE: 18.0}

# What the reader's own words do without a word of degree; AU 0..1 or closure.
_USUAL: Final[Mapping[EventType, float]] = {
    EventType.BROW_RAISE: 0.6,
    EventType.BROW_FLASH: 0.6,
    EventType.FROWN: 0.65,
    EventType.SQUINT: 0.75,
    EventType.WIDENING: 0.55,
    EventType.SMILE: 0.65,
    EventType.LAUGH: 0.75,
    EventType.DROOP: 0.45,
}
# Degrees of the reader (agents.instruction_words.DEGREES), each with the word that we say.
_DEGREES: Final[tuple[tuple[str, float], ...]] = (
    ("very slightly ", 0.35),
    ("slightly ", 0.55),
    ("somewhat ", 0.8),
    ("", 1.0),
    ("strongly ", 1.35),
)
_BOTH: Final[Mapping[EventType, str]] = {
    EventType.BROW_RAISE: "raises the eyebrows",
    EventType.BROW_FLASH: "raises the eyebrows",
    EventType.FROWN: "lowers the eyebrows",
    EventType.SQUINT: "narrows the eyes",
    EventType.WIDENING: "widens the eyes",
    EventType.SMILE: "smiles",
    EventType.LAUGH: "laughs",
    EventType.DROOP: "droops the eyelids",
}
_ONE: Final[Mapping[EventType, str]] = {
    EventType.BROW_RAISE: "raises the {} eyebrow",
    EventType.BROW_FLASH: "raises the {} eyebrow",
    EventType.FROWN: "lowers the {} eyebrow",
    EventType.SQUINT: "narrows the {} eye",
    EventType.SMILE: "smirks with the {} corner of the mouth",
}
_SIDES: Final[Mapping[str, str]] = {"L": "left", "R": "right"}


@dataclass(frozen=True, slots=True)
class Saying:
    """One sentence, without its full stop, and the event that it tells."""

    start_s: float
    text: str
    event: FaceEvent | None = None  # None: a pose that no event of its own tells


def seconds(time_s: float) -> str:
    """Return a time as text, to a hundredth: "1.2", "0"."""
    return f"{max(time_s, 0.0):.2f}".rstrip("0").rstrip(".")


def during(start_s: float, end_s: float, duration_s: float) -> str:
    """Return the words for a stretch of a clip: "from 1 to 2.5 seconds"."""
    if end_s >= duration_s - NEAR_END_S:
        return f"from {seconds(start_s)} s until the end"
    return f"from {seconds(start_s)} to {seconds(end_s)} seconds"


def degree(amplitude: float, usual: float) -> str:
    """Return the word, with a blank after it, whose factor makes `usual` nearest to `amplitude`."""
    ratio = max(amplitude, 1e-3) / usual
    return min(_DEGREES, key=lambda pair: abs(np.log(ratio / pair[1])))[0]


def outermost(events: Sequence[FaceEvent]) -> list[FaceEvent]:
    """Return the events without those that lie within a larger one of the same kind and side."""
    return [
        e
        for e in events
        if not any(
            o is not e
            and (o.kind, o.side, o.direction) == (e.kind, e.side, e.direction)
            and o.onset_s - 1e-6 <= e.onset_s
            and e.offset_s <= o.offset_s + 1e-6
            and o.duration_s > e.duration_s
            for o in events
        )
    ]


def say_face(events: Sequence[FaceEvent], duration_s: float) -> list[Saying]:
    """Return the sentences for lids, brows, mouth and swings of the head.

    Parameters
    ----------
    events : sequence of FaceEvent
        All that ``segment`` found, by onset.
    duration_s : float
        Length of the clip.
    """
    out: list[Saying] = []
    for event in outermost(events):
        text = _sentence(event, events, duration_s)
        if text and event.onset_s < duration_s - LATEST_S:
            out.append(Saying(event.onset_s, text, event))
    return out


def _sentence(event: FaceEvent, events: Sequence[FaceEvent], duration_s: float) -> str:
    """Return one event in words, "" for what is no event of the face or not worth a sentence."""
    match event.kind:
        case EventType.LONG_CLOSURE:
            start = max(event.onset_s - _SHUT_EDGE_S, 0.0)
            return f"{during(start, event.offset_s + _SHUT_EDGE_S, duration_s)} closes the eyes"
        case EventType.WINK:
            return f"at {seconds(event.onset_s)} s winks with the {_SIDES[event.side]} eye"
        case EventType.DOUBLE_BLINK:
            return _double(event, events)
        case EventType.NOD | EventType.SHAKE:
            return _swing(event)
        case EventType.LAUGH if event.duration_s > _LONG_LAUGH_S:
            return f"{during(event.onset_s, event.offset_s, duration_s)} gives a long laugh"
        case kind if kind in _BOTH:
            return _unit(event, duration_s)
        case _:
            return ""


def _unit(event: FaceEvent, duration_s: float) -> str:
    words = _BOTH[event.kind]
    if event.side != "both" and event.kind in _ONE:
        words = _ONE[event.kind].format(_SIDES[event.side])
    word = degree(event.amplitude, _USUAL[event.kind])
    speed = "quickly " if event.kind is EventType.BROW_FLASH else ""
    return f"{during(event.onset_s, event.offset_s, duration_s)} {speed}{word}{words}"


def _double(second: FaceEvent, events: Sequence[FaceEvent]) -> str:
    """Return two blinks in words, from the first one's onset to the second one's offset."""
    before = [e for e in events if e.kind in (EventType.BLINK, EventType.PARTIAL_BLINK)]
    earlier = [e for e in before if e.apex_s < second.apex_s]
    if not earlier:
        return ""  # the first one reaches into frames without a face
    first = max(earlier, key=lambda e: e.apex_s)
    return f"from {seconds(first.onset_s)} to {seconds(second.offset_s)} seconds blinks twice"


def _swing(event: FaceEvent) -> str:
    number = max(1 if event.kind is EventType.NOD else 2, round(event.duration_s * _NOD_HZ))
    times = {1: "once", 2: "twice"}.get(number, f"{number} times")
    word = degree(event.amplitude, _SWING_DEG[event.kind])
    verb = "nods" if event.kind is EventType.NOD else "shakes the head"
    span = f"from {seconds(event.onset_s)} to {seconds(event.offset_s)} seconds"
    return f"{span} {word}{verb} {times}"
