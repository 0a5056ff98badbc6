"""Checks of a plan that somebody else made against the expert's own reading of the instruction.

What is asked for is read from the text, and looked for in the plan whatever its events are called
and whoever they are said to come from: by what they move, on which side, which way, how far, and in
which order. Only what the expert understood is judged, and of that only what the words say: no side
where none is named, no size where there is no word for it. All findings are soft.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from cogportrait.agents.instruction_vocabulary import degree_in
from cogportrait.agents.instructions import Reading, read_instruction
from cogportrait.types import EventKind, EventPlan, PlannedEvent, Violation

PLANNED: Final = 0.25  # of the expert's size, from which a movement is there
SIZES: Final = (0.4, 1.75)  # of the expert's, within which a size is the one that was said
ALONG: Final = 0.6  # cosine to the way meant, from which it is the same way
APART_S: Final = 0.15  # by which steps follow each other
ALL_OF: Final = 3  # repetitions up to which each is looked for, of more every second one
LEAST_SIZE: Final = 0.02  # of a channel that is planned, action unit or degree
AT_CAMERA_DEG: Final = 5.0  # up to which eyes and head are straight
FORBIDDEN_AU: Final = 0.15  # from which a forbidden action unit is seen

CHECKS: Final = frozenset((
    "instruction_planned", "instruction_planned_side", "instruction_planned_way",
    "instruction_planned_size", "instruction_planned_order", "instruction_forbidden",
))  # fmt: skip

_EYES: Final = (EventKind.GAZE, EventKind.DRIFT)
_HEAD: Final = (EventKind.HEAD, EventKind.PULSE)
_FACE: Final = (EventKind.EXPRESSION, EventKind.LAUGH)
_SWINGS: Final = (EventKind.NOD, EventKind.SHAKE)
# By which kinds of events a movement may be planned.
_BY: Final[dict[EventKind, tuple[EventKind, ...]]] = {
    EventKind.EXPRESSION: _FACE,
    EventKind.LAUGH: _FACE,
    EventKind.BLINK: (EventKind.BLINK, EventKind.CLOSURE),
    EventKind.CLOSURE: (EventKind.CLOSURE, EventKind.WINK),
    EventKind.WINK: (EventKind.WINK, EventKind.CLOSURE),
    EventKind.GAZE: _EYES,
    EventKind.DRIFT: _EYES,
    EventKind.HEAD: _HEAD,
    EventKind.PULSE: _HEAD,
    EventKind.NOD: (EventKind.NOD, *_HEAD),
    EventKind.SHAKE: (EventKind.SHAKE, *_HEAD),
}
_ORIGINS: Final = ("label", "instruction")  # what was planned, not added by speech or life
_TURNING: Final = ("gaze_yaw", "gaze_pitch", "head_yaw", "head_pitch", "head_roll")
_AUS: Final = tuple(
    f"AU{n:02d}" for n in (1, 2, 4, 5, 6, 7, 10, 12, 14, 15, 17, 18, 20, 22, 23, 24, 25, 26, 27)
)
_OTHERS: Final = (*_TURNING, "closure")
SAYABLE: Final = (*_AUS, *_OTHERS)
"""The channels that a plan can name; a movement of none of them cannot be missed."""
_SIDEWAYS: Final = ("gaze_yaw", "head_yaw", "head_roll")
_SIDE_SAID: Final = re.compile(r"\b(?:left|right)\b")
_SIZE_SAID: Final = re.compile(r"\bau\d+[a-e]\b|degrees?\b|°", re.IGNORECASE)
_LAST_WORDS: Final = re.compile(r"^asked: ")


@dataclass(frozen=True, slots=True)
class _Asked:
    """One movement that the text asks for."""

    event: PlannedEvent  # as the expert would plan it
    words: str
    mirrored: bool  # whether it may go to either side

    @property
    def weights(self) -> dict[str, float]:
        """What it moves, of what a plan can say."""
        face = self.event.kind in _FACE
        return {
            t.channel: t.value for t in self.event.targets
            if abs(t.value) > LEAST_SIZE and t.channel in (_AUS if face else _OTHERS)
        }  # fmt: skip

    @property
    def home(self) -> bool:
        """Whether it is a look at the camera."""
        return self.event.kind is EventKind.GAZE and not self.weights

    def share(self, event: PlannedEvent) -> float:
        """Return how much of it an event does: 1 is all, below 0 is the other way."""
        weights = self.weights
        done = {c: event.value(c) for c in weights}
        if self.event.kind in _SWINGS:
            done = {c: abs(v) for c, v in done.items()}
            weights = {c: abs(v) for c, v in weights.items()}
        elif self.mirrored:
            done = {c: abs(v) if c in _SIDEWAYS else v for c, v in done.items()}
            weights = {c: abs(v) if c in _SIDEWAYS else v for c, v in weights.items()}
        along = sum(done[c] * w for c, w in weights.items())
        if self.event.kind in (*_EYES, *_HEAD) and along > 0:
            axes = [c for c in _TURNING if c[:4] == next(iter(weights))[:4]]
            axes = [c for c in axes if c != "head_roll" or c in weights]
            far = sum(event.value(c) ** 2 for c in axes) ** 0.5
            wide = sum(w * w for w in weights.values()) ** 0.5
            if along < ALONG * far * wide:
                return 0.0
        return along / sum(w * w for w in weights.values())

    def on_its_side(self, event: PlannedEvent) -> bool:
        """Return whether an event is of one side, where one is meant, and of the one named."""
        if self.event.side == "both":
            return self.event.kind is not EventKind.CLOSURE or event.side == "both"
        return event.side != "both" and (
            event.side == self.event.side or _SIDE_SAID.search(self.words) is None
        )

    def as_large(self, share: float) -> bool:
        """Return whether a share is what the words say."""
        said = degree_in(self.words) != 1.0 or _SIZE_SAID.search(self.words)
        return share >= PLANNED if not said else SIZES[0] <= share <= SIZES[1]


def check_reading(plan: EventPlan, instruction: str) -> list[Violation]:
    """Return what an instruction asks for, as the expert reads it, and a plan does not hold.

    Parameters
    ----------
    plan : EventPlan
        Made by another than the expert.
    instruction : str
        What the plan was made from.

    Returns
    -------
    list of Violation
        Of `CHECKS`; soft.
    """
    reading = read_instruction(instruction, plan.duration_s)
    own = [e for e in plan.events if e.origin in _ORIGINS]
    events = sorted(own, key=lambda e: e.start_s)
    return [*_missing(reading, events), *_forbidden(reading, plan, events)]


def compared(instruction: str, duration_s: float) -> tuple[int, tuple[str, ...]]:
    """Return how many things of an instruction a plan is compared with, and the words left out."""
    reading = read_instruction(instruction, duration_s)
    denied = not reading.may_blink or bool(reading.denied)
    return len(list(_asked(reading))) + denied, reading.not_understood


def _missing(reading: Reading, events: Sequence[PlannedEvent]) -> Iterator[Violation]:
    """Yield a finding for each run of words whose movements are not all planned."""
    used: list[PlannedEvent] = []
    floor_s = last_s = since_s = 0.0  # where steps before end, and this one; when it was asked
    for _, group in groupby(_asked(reading), key=lambda a: a.words):
        run = list(group)
        if run[0].event.start_s > since_s + APART_S:
            floor_s, since_s = max(floor_s, last_s), run[0].event.start_s
        found = [_found(one, events, used, floor_s) for one in run]
        told = [said for said in found if isinstance(said, Violation)]
        there = [event.start_s for event in found if isinstance(event, PlannedEvent)]
        last_s = max([last_s, *there[:1]])
        least = len(run) if len(run) <= ALL_OF and not _is_path(run) else (len(run) + 1) // 2
        if told and len(there) < least:
            yield told[0]


def _asked(reading: Reading) -> Iterator[_Asked]:
    """Yield what a plan has to hold, in order: no ways back, nothing that has no name there."""
    looked = False
    for i, event in enumerate(reading.events):
        if not _LAST_WORDS.match(event.reason) or event.kind not in _BY:
            continue
        words = _LAST_WORDS.sub("", event.reason)
        named = _SIDE_SAID.search(words) is not None
        one = _Asked(event, words, mirrored=i in reading.free or not named)
        if one.weights or (one.home and looked):
            yield one
        looked = looked or event.kind is EventKind.GAZE


def _is_path(run: Sequence[_Asked]) -> bool:
    """Return whether movements are places on one way of the eyes, which may be gone otherwise."""
    ways = {tuple(sorted(one.weights.items())) for one in run}
    return len(ways) > 1


def _found(
    one: _Asked, events: Sequence[PlannedEvent], used: list[PlannedEvent], floor_s: float
) -> PlannedEvent | Violation:
    """Return the first event that does what is asked for, which is then used; or what is wrong."""
    kind = _BY[one.event.kind]
    rest = [e for e in events if e.kind in kind and not any(e is other for other in used)]
    if one.home:
        return _looked_back(one, rest, used, floor_s)
    shares = [(e, one.share(e)) for e in rest]
    sided = [(e, share) for e, share in shares if share >= PLANNED and one.on_its_side(e)]
    large = [e for e, share in sided if one.as_large(share)]
    later = [e for e in large if e.start_s >= floor_s - APART_S]
    if later:
        used.append(later[0])
        return later[0]
    if large:
        said = (
            f"is planned at {large[-1].start_s:.2f} s, before what comes first, at {floor_s:.2f} s"
        )
        return _finding(one, "instruction_planned_order", large[-1].start_s, floor_s, said)
    if sided:
        share = sided[0][1]
        said = f"is planned {share:.2g} times as large as the words say"
        return _finding(one, "instruction_planned_size", share, SIZES[int(share > 1)], said)
    return _absent(one, [share for _, share in shares])


def _absent(one: _Asked, shares: Sequence[float]) -> Violation:
    """Return what is wrong where nothing is planned that goes the way asked for on its side."""
    most, least = max(shares, default=0.0), min(shares, default=0.0)
    if most >= PLANNED:
        return _finding(one, "instruction_planned_side", 0.0, 1.0, "is planned on another side")
    if least <= -PLANNED:
        return _finding(one, "instruction_planned_way", least, PLANNED, "is planned the other way")
    return _finding(one, "instruction_planned", most, PLANNED, "is not, or hardly, planned")


def _looked_back(
    one: _Asked, rest: Sequence[PlannedEvent], used: list[PlannedEvent], floor_s: float
) -> PlannedEvent | Violation:
    """Return the look at the camera after another one."""
    for event in rest:
        far = max(abs(event.value("gaze_yaw")), abs(event.value("gaze_pitch")))
        if far <= AT_CAMERA_DEG and event.start_s >= floor_s - APART_S:
            used.append(event)
            return event
    return _finding(one, "instruction_planned", 0.0, 1.0, "is not planned")


def _forbidden(
    reading: Reading, plan: EventPlan, events: Sequence[PlannedEvent]
) -> Iterator[Violation]:
    """Yield a finding for each thing that is forbidden throughout and planned."""
    asked = {event.kind for event in reading.events}
    shown = {t.channel for event in reading.events for t in event.targets}
    blinks = plan.may_blink or (EventKind.BLINK not in asked and plan.of_kind(EventKind.BLINK))
    if not reading.may_blink and blinks:
        said = "instruction_forbidden: asked: no blink, but blinks are planned; set may_blink false"
        yield Violation("instruction_forbidden", "soft", "closure", 0.0, plan.duration_s, 1.0, 0.0,
                        said)  # fmt: skip
    for event in events:
        aus = [t.channel for t in event.targets if t.value >= FORBIDDEN_AU]
        aus = [name for name in aus if name in reading.denied.aus - shown]
        moves = any(abs(t.value) > AT_CAMERA_DEG or t.channel == "closure" for t in event.targets)
        whole = moves and event.kind in reading.denied.kinds - asked
        if event.kind is EventKind.BLINK or not (aus or whole):
            continue
        said = (
            f"instruction_forbidden: asked to do without, but planned at {event.start_s:.2f} s: "
            f"{event.kind} {' '.join(aus)}".rstrip()
        )
        yield Violation("instruction_forbidden", "soft", aus[0] if aus else str(event.kind),
                        event.start_s, event.end_s, 1.0, 0.0, said)  # fmt: skip


def _finding(one: _Asked, check: str, measured: float, bound: float, said: str) -> Violation:
    meant = " ".join(f"{c} {v:.2g}" for c, v in one.weights.items()) or "gaze at (0, 0)"
    side = "" if one.event.side == "both" else f", side {one.event.side}"
    either = " or mirrored" if one.mirrored and set(one.weights) & set(_SIDEWAYS) else ""
    message = f"{check}: '{one.words}' {said}; meant is about {meant}{either}{side}"
    channel = next(iter(one.weights), "gaze_yaw")
    return Violation(check, "soft", channel, one.event.start_s, one.event.end_s, measured, bound,
                     message)  # fmt: skip
