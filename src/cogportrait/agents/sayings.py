"""Events as sentences that the instruction reader understands: one event, one sentence, with times.

Sides and directions are the subject's own. Poses of eyes and head are in ``sayings_pose``.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from cogportrait.behavior.segment.events import EventType, FaceEvent
from cogportrait.behavior.segment.timeline import within_others

# Our definitions (docs/assumptions.md).
LATEST_S: Final = 0.3  # a movement that begins so shortly before the end is not told
NEAR_END_S: Final = 0.25  # what ends so shortly before the end lasts until the end
_LONG_LAUGH_S: Final = 3.2  # "laughs" takes 2.4 s at most, "a long laugh" 4.6 s
END_S: Final = 0.02  # before the end, a stated end is no "until the end"
# Lids fall and rise this long around what counts as shut; a droop is found where the resting
# closure of two seconds has risen, which is later than the lids have fallen.
_EDGES_S: Final[Mapping[EventType, tuple[float, float]]] = {
    EventType.LONG_CLOSURE: (0.2, 0.3),
    EventType.DROOP: (1.0, 0.6),
}
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
# "Lowers the eyebrows" would but end a raise that came before (instruction_steps).
_BOTH: Final[Mapping[EventType, str]] = {
    EventType.BROW_RAISE: "raises the eyebrows",
    EventType.BROW_FLASH: "raises the eyebrows",
    EventType.FROWN: "furrows the eyebrows",
    EventType.SQUINT: "narrows the eyes",
    EventType.WIDENING: "widens the eyes",
    EventType.SMILE: "smiles",
    EventType.LAUGH: "laughs",
}
_ONE: Final[Mapping[EventType, str]] = {
    EventType.BROW_RAISE: "raises the {} eyebrow",
    EventType.BROW_FLASH: "raises the {} eyebrow",
    EventType.FROWN: "furrows the {} eyebrow",
    EventType.SQUINT: "narrows the {} eye",
    EventType.SMILE: "smirks with the {} corner of the mouth",
}
_GROUPS: Final[Mapping[EventType, str]] = {
    EventType.BROW_RAISE: "brows",
    EventType.BROW_FLASH: "brows",
    EventType.FROWN: "brows",
    EventType.SQUINT: "lids",
    EventType.WIDENING: "lids",
    EventType.SMILE: "mouth",
    EventType.LAUGH: "mouth",
}
_SIDES: Final[Mapping[str, str]] = {"L": "left", "R": "right"}


@dataclass(frozen=True, slots=True)
class Saying:
    """One movement in words, when it is, and the event that it tells."""

    group: str  # "lids", "brows", "mouth", "gaze", "head": what the reader's later movements end
    start_s: float
    end_s: float | None  # None: said with its start alone
    words: str  # "looks 12 degrees to the left"
    event: FaceEvent | None = None  # None: a pose that no event of its own tells


def seconds(time_s: float) -> str:
    """Return a time as text, to a hundredth: "1.2", "0"."""
    return f"{max(time_s, 0.0):.2f}".rstrip("0").rstrip(".")


def sentences(sayings: Sequence[Saying], duration_s: float) -> list[str]:
    """Return sayings, in order, as sentences with times.

    "Until the end" is said of the last movement of a group alone, since the reader ends by the
    next one what has no stated end; closed eyes it ends by a look, too.
    """
    last = {saying.group: i for i, saying in enumerate(sayings)}
    last["lids"] = max(last.get("lids", -1), last.get("gaze", -1))
    out: list[str] = []
    for i, saying in enumerate(sayings):
        start, end = seconds(saying.start_s), saying.end_s
        if end is None:
            when = f"At {start} s"
        elif end >= duration_s - NEAR_END_S and last[saying.group] <= i:
            when = f"From {start} s until the end"
        else:
            when = f"From {start} to {seconds(min(end, duration_s - END_S))} seconds"
        out.append(f"{when} {saying.words}.")
    return out


def degree(amplitude: float, usual: float) -> str:
    """Return the word, with a blank after it, whose factor makes `usual` nearest to `amplitude`."""
    ratio = max(amplitude, 1e-3) / usual
    return min(_DEGREES, key=lambda pair: abs(np.log(ratio / pair[1])))[0]


def outermost(events: Sequence[FaceEvent]) -> list[FaceEvent]:
    """Return the events without those that lie within a larger one of the same kind and side."""
    alike: defaultdict[tuple[EventType, str, str], list[FaceEvent]] = defaultdict(list)
    for event in events:
        alike[event.kind, event.side, event.direction].append(event)
    inner = {id(e) for group in alike.values() for e in within_others(group)}
    return [e for e in events if id(e) not in inner]


def say_face(events: Sequence[FaceEvent], duration_s: float) -> list[Saying]:
    """Return the sayings for lids, brows, mouth and swings of the head.

    Parameters
    ----------
    events : sequence of FaceEvent
        All that ``segment`` found, by onset.
    duration_s : float
        Length of the clip.
    """
    out: list[Saying] = []
    blinks = [e for e in events if e.kind in (EventType.BLINK, EventType.PARTIAL_BLINK)]
    blinks.sort(key=lambda e: e.apex_s)
    for event in outermost(events):
        if event.onset_s >= duration_s - LATEST_S:
            continue
        match event.kind:
            case EventType.LONG_CLOSURE | EventType.DROOP | EventType.WINK:
                out.append(_lids(event))
            case EventType.DOUBLE_BLINK:
                out += _double(event, blinks)
            case EventType.NOD | EventType.SHAKE:
                out.append(_swing(event))
            case kind if kind in _BOTH:
                out.append(_unit(event))
            case _:
                pass  # routine, or told as a pose
    return out


def _lids(event: FaceEvent) -> Saying:
    if event.kind is EventType.WINK:
        words = f"winks with the {_SIDES[event.side]} eye"
        return Saying("blink", event.onset_s, None, words, event)
    before, after = _EDGES_S[event.kind]
    start, end = max(event.onset_s - before, 0.0), event.offset_s + after
    words = "closes the eyes"
    if event.kind is EventType.DROOP:
        usual = _USUAL[event.kind]  # more would count as shut
        words = f"{degree(min(event.amplitude, usual), usual)}droops the eyelids"
    return Saying("lids", start, end, words, event)


def _unit(event: FaceEvent) -> Saying:
    words = _BOTH[event.kind]
    if event.side != "both" and event.kind in _ONE:
        words = _ONE[event.kind].format(_SIDES[event.side])
    words = degree(event.amplitude, _USUAL[event.kind]) + words
    if event.kind is EventType.BROW_FLASH:
        words = f"quickly {words}"
    if event.kind is EventType.LAUGH and event.duration_s > _LONG_LAUGH_S:
        words = "gives a long laugh"
    return Saying(_GROUPS[event.kind], event.onset_s, event.offset_s, words, event)


def _double(second: FaceEvent, blinks: Sequence[FaceEvent]) -> list[Saying]:
    """Return two blinks, of those by apex, from the first one's onset to the second's offset."""
    before = bisect_left(blinks, second.apex_s, key=lambda e: e.apex_s)
    if not before:
        return []  # the first one reaches into frames without a face
    first = blinks[before - 1]
    return [Saying("blink", first.onset_s, second.offset_s, "blinks twice", second)]


def _swing(event: FaceEvent) -> Saying:
    number = max(2, round(event.duration_s * _NOD_HZ))  # what swings less is no nod to `segment`
    times = "twice" if number == 2 else f"{number} times"
    word = degree(event.amplitude, _SWING_DEG[event.kind])
    verb = "nods" if event.kind is EventType.NOD else "shakes the head"
    return Saying("head", event.onset_s, event.offset_s, f"{word}{verb} {times}", event)
