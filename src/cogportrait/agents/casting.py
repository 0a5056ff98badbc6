"""Casting: which recorded movement plays each event of a plan.

Each event asks the library for recordings of its kind, size and length; of the best
whose phases can be bent to the planned ones, one is drawn. Recordings of the plan's label come
first, and one video keeps to one person, with one person's eyes, where it can (`_lead`). An event
for which nothing fits keeps its kinematic template, and the trace says so.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cogportrait.agents.checks_head_eye import HEAD_MOVES_DEG_S
from cogportrait.behavior.library.files import SHIPPED, open_library
from cogportrait.behavior.library.prototype import Prototype
from cogportrait.behavior.library.retrieve import TIME_RANGE, Library, Match, Query
from cogportrait.behavior.library.shape import (
    excursion_shape,
    saccade_shape,
    starts_s,
    steepest,
    swing_shape,
    swings,
    way_shape,
)
from cogportrait.behavior.segment.face_event import EventType, direction_of
from cogportrait.types import TOLD, Casting, EventKind, EventPlan, PlannedEvent

TEMPLATE: Final = "template"  # instead of a prototype's name: none is to be looked for
CANDIDATES: Final = 40  # that are looked at for each event
DRAWN_FROM: Final = 5  # of these, at random
NEARLY: Final = 0.5  # beyond the best one's cost, up to which others are as good (``retrieve``)
LABELLED: Final = 3.0  # what the plan's label adds to each event that a person can play
LEADS_FROM: Final = 3  # people of whom the seed picks who plays most of a video
ABLE: Final = 0.75  # of what the ablest of them can play
LEAST_CLOSURE: Final = 0.75  # closure from which a blink is cast as a complete one
FLASH_S: Final = 0.5
MOST_AU_S: Final = 5.5  # of 1: hard bound 8, and several targets may be larger than the first
MOST_HEAD_DEG_S2: Final = 2500.0  # hard bound 6000, for what other movements add
LATE_HEAD_S: Final = 0.12  # by which a head may set out, or come back, beside its time
_MOST_SHAPES: Final = 20_000  # kept at once
LEAST_LOOK_DEG: Final = 0.5  # the smallest saccades that are cut out of recordings
LEADS: Final = 0.4  # of the strongest action unit: what an expression is also known by
LEAST_DEG: Final = 2.0  # head movement below which none is looked for

_Shape = NDArray[np.float64]
# What an expression is, by its strongest action unit.
_UNITS: Final = {
    "AU12": EventType.SMILE, "AU04": EventType.FROWN, "AU01": EventType.BROW_RAISE,
    "AU02": EventType.BROW_RAISE, "AU05": EventType.WIDENING, "AU07": EventType.SQUINT,
    "AU06": EventType.SMILE,
}  # fmt: skip
_HEAD: Final = {
    "head_yaw": EventType.HEAD_TURN, "head_roll": EventType.TILT, "head_pitch": EventType.HEAD_DROP,
}  # fmt: skip
_TURNS: Final = frozenset(_HEAD.values())
_HEADS: Final = frozenset((*_TURNS, EventType.NOD, EventType.SHAKE))
_SWINGS: Final = {
    EventKind.NOD: (EventType.NOD, "head_pitch"),
    EventKind.SHAKE: (EventType.SHAKE, "head_yaw"),
}


@cache
def shipped_library() -> Library:
    """Return the library that comes with the package."""
    return open_library(SHIPPED)


@dataclass(frozen=True, slots=True)
class _Wish:
    """What an event asks for, and how its course should be."""

    query: Query
    phases: tuple[float, float] = (0.5, 0.5)  # shares of the length: apex reached, and left
    way_s: float = 0.0  # of a move from pose to pose, how long it takes; else 0
    length_s: float = 1.0
    size: float = 0.0  # full movement, 0..1 or degrees
    cycles: int = 0  # of a nod or a shake whose number was asked for; else 0


def cast(
    plan: EventPlan, library: Library, seed: int, chosen: Mapping[int, str] | None = None
) -> EventPlan:
    """Return the plan with a recorded movement for each event that has one.

    Equal plans, libraries and seeds give equal casts. `chosen` names prototypes by the event's
    number; one that does not fit (see `candidates`) is not taken.
    """
    rng = np.random.default_rng(np.random.SeedSequence([abs(seed), len(library)]))
    wishes = list(_wishes(plan))
    # Recordings of eyes and of faces are other people's.
    looks, rest = [[w.query for e, w in wishes if w and (e.kind is EventKind.GAZE) is eyes]
                   for eyes in (True, False)]  # fmt: skip
    troupes = _Troupe(_lead(library, looks, rng)), _Troupe(_lead(library, rest, rng))
    events: list[PlannedEvent] = []
    for i, (event, wish) in enumerate(wishes):
        if event.prototype == TOLD:
            events.append(event)
            continue
        troupe = troupes[event.kind is not EventKind.GAZE]
        fitting = [] if wish is None else _fitting(library, wish, troupe.lead)
        if wish is None or not fitting:
            name = event.prototype and TEMPLATE
            events.append(replace(event, prototype=name, shape=(), casting=None))
            continue
        match, shape = troupe.drawn(fitting, rng)
        wanted = (chosen or {}).get(i)
        if wanted:
            every = [*fitting, *_fitting(library, wish, "")]
            match, shape = next((f for f in every if f[0].prototype.id == wanted), (match, shape))
        troupe.played(match.prototype)
        shaped = tuple(float(v) for v in shape)
        how = _casting(match, wish)
        events.append(replace(event, prototype=match.prototype.id, shape=shaped, casting=how))
    return replace(plan, events=tuple(events))


def _casting(match: Match, wish: _Wish) -> Casting:
    """Return what is kept of a choice for the trace."""
    p, factor, reasons = match.prototype, match.time_factor, match.reasons
    if wish.way_s:  # the query left the time open: only the way out is played
        factor = wish.way_s / max(p.apex_s, 1e-3)
        played = f"played {factor:.2f} times as long, {match.gain:.2f} times as large"
        reasons = (reasons[0], played, *reasons[2:])
    return Casting(p.person, factor, match.gain, match.mirrored, reasons)


def _lead(library: Library, queries: Sequence[Query], rng: np.random.Generator) -> str:
    """Return who is to play most of a video: one who can play the most of it, by this label."""
    scores: dict[str, float] = {}
    for query in queries:
        for person, labelled in library.people(query).items():
            scores[person] = scores.get(person, 0.0) + 1 + LABELLED * labelled
    able = sorted(scores, key=lambda who: (-scores[who], who))[:LEADS_FROM]
    able = [who for who in able if scores[who] >= ABLE * scores[able[0]]]
    return able[int(rng.integers(len(able)))] if able else ""


class _Troupe:
    """Who plays in one video, and what was played already."""

    def __init__(self, lead: str) -> None:
        self.lead = lead
        self._people: set[str] = {lead}
        self._times = Counter[str]()

    def drawn(
        self, fitting: Sequence[tuple[Match, _Shape]], rng: np.random.Generator
    ) -> tuple[Match, _Shape]:
        """Return one of the best: of those who play already, and seldom played, if it can be."""
        limit = fitting[0][0].cost + NEARLY
        good = [f for f in fitting[:DRAWN_FROM] if f[0].cost <= limit]
        known = [f for f in good if f[0].prototype.person in self._people]
        good = known or good
        least = min(self._times[m.prototype.id] for m, _ in good)
        fresh = [f for f in good if self._times[f[0].prototype.id] == least]
        return fresh[int(rng.integers(len(fresh)))]

    def played(self, prototype: Prototype) -> None:
        """Remember that a recording was chosen."""
        self._people.add(prototype.person)
        self._times[prototype.id] += 1


def candidates(plan: EventPlan, library: Library, count: int) -> list[tuple[Match, ...]]:
    """Return the recordings that fit each event of a plan, at most `count`, best first."""
    return [
        () if wish is None else tuple(m for m, _ in _fitting(library, wish, "")[:count])
        for _, wish in _wishes(plan)
    ]


def _wishes(plan: EventPlan) -> Iterator[tuple[PlannedEvent, _Wish | None]]:
    """Yield each event and what it asks for, if a recording may play it."""
    at = (0.0, 0.0)
    pose: dict[str, float] = {}
    for event in plan.events:
        wish = _move(event, pose) if event.kind is EventKind.HEAD else None
        wish = wish or _wish(event, plan.label, at)
        if event.kind is EventKind.GAZE:
            at = event.value("gaze_yaw"), event.value("gaze_pitch")
        elif event.kind is EventKind.HEAD:
            pose |= {t.channel: t.value for t in event.targets}
        if wish is not None:
            wish = replace(wish, query=replace(wish.query, speaking=plan.speaking))
        yield event, None if event.prototype in (TEMPLATE, TOLD) else wish


def _fitting(library: Library, wish: _Wish, person: str) -> list[tuple[Match, _Shape]]:
    """Return the recordings whose course can be bent to what is asked for, best first."""
    fitting: list[tuple[Match, _Shape]] = []
    for match in library.find(replace(wish.query, person=person), CANDIDATES):
        shape = _shape(match.prototype, wish)
        if shape is not None and _possible(shape, wish):
            fitting.append((match, shape))
    return fitting


@cache
def _shapes() -> dict[tuple[Prototype, float, float], _Shape | None]:
    return {}


def _shape(prototype: Prototype, wish: _Wish) -> _Shape | None:
    """Return the shape of a prototype, kept for the next time."""
    if wish.way_s:
        factor = wish.way_s / max(prototype.apex_s, 1e-3)
        if not TIME_RANGE[0] <= factor <= TIME_RANGE[1]:
            return None
    phases = (-1.0, -1.0) if wish.way_s else (round(wish.phases[0], 2), round(wish.phases[1], 2))
    key = prototype, *phases  # not its name: another library may use the same
    kept = _shapes()
    if key not in kept:
        if len(kept) > _MOST_SHAPES:
            kept.clear()
        if prototype.kind is EventType.GAZE_SHIFT:
            kept[key] = saccade_shape(prototype)
        elif prototype.kind in (EventType.NOD, EventType.SHAKE):
            kept[key] = swing_shape(prototype)
        elif wish.way_s:
            kept[key] = way_shape(prototype)
        else:
            kept[key] = excursion_shape(prototype, phases)
    return kept[key]


def _possible(shape: _Shape, wish: _Wish) -> bool:
    """Return whether a face can go so fast: AUs below their rate, heads below their force."""
    if wish.size <= 0:
        return True
    if wish.cycles and swings(shape) != wish.cycles:
        return False
    slope, bend = steepest(shape)
    length = wish.way_s or wish.length_s
    if wish.query.kind in _TURNS and not _on_time(shape, wish, length):
        return False
    if wish.query.kind in _HEADS:
        return wish.size * bend / length**2 < MOST_HEAD_DEG_S2
    return wish.size * slope / length < MOST_AU_S


def _on_time(shape: _Shape, wish: _Wish, length_s: float) -> bool:
    """Return whether a head sets out and comes back when it is to: eyes that go with it do."""
    due = (shape, 0.0), (-shape, wish.phases[1] * length_s)
    return not any(
        abs(starts_s(way, wish.size, length_s, HEAD_MOVES_DEG_S) - due_s) > LATE_HEAD_S
        for way, due_s in (due[:1] if wish.way_s else due)
    )


def _move(event: PlannedEvent, pose: dict[str, float]) -> _Wish | None:
    """Return what a move from one pose of the head to the next asks for."""
    change = {
        t.channel: t.value - pose.get(t.channel, 0.0) for t in event.targets if t.channel in _HEAD
    }
    if not change:
        return None
    channel = max(change, key=lambda name: abs(change[name]))
    if abs(change[channel]) < LEAST_DEG:
        return None
    direction = "" if channel == "head_pitch" else "left" if change[channel] > 0 else "right"
    size = abs(change[channel])
    query = Query(_HEAD[channel], None, size, direction=direction)
    return _Wish(query, way_s=event.onset_s, size=size)


def _wish(event: PlannedEvent, label: str, at: tuple[float, float]) -> _Wish | None:
    """Return what an event asks for; None where nothing recorded could play it."""
    length = event.onset_s + event.hold_s + event.offset_s
    phases = (
        event.onset_s / max(length, 1e-6),
        (event.onset_s + event.hold_s) / max(length, 1e-6),
    )
    match event.kind:
        case EventKind.BLINK:
            deep = event.value("closure", 1.0)
            kind = EventType.BLINK if deep >= LEAST_CLOSURE else EventType.PARTIAL_BLINK
            return _Wish(Query(kind, length, deep, label=label), phases)
        case EventKind.GAZE:
            return _look(event, at)
        case EventKind.CLOSURE if not event.sustain:
            deep = event.value("closure", 1.0)
            kind = EventType.LONG_CLOSURE if deep >= LEAST_CLOSURE else EventType.DROOP
            return _Wish(Query(kind, length, deep, label=label), phases, 0.0, length, deep)
        case EventKind.EXPRESSION if not event.sustain:
            return _expression(event, length, label, phases)
        case _:
            return _gesture(event, length, phases)


def _gesture(event: PlannedEvent, length: float, phases: tuple[float, float]) -> _Wish | None:
    """Return what a movement of the head asks for."""
    swing = _SWINGS.get(event.kind)
    if swing is not None:
        kind, channel = swing
        size = abs(event.value(channel))
        asked = round(event.cycles) if event.origin == "instruction" else 0
        return _Wish(Query(kind, length, size), phases, 0.0, length, size, asked)
    return _head(event, length, phases) if event.kind is EventKind.PULSE else None


def _look(event: PlannedEvent, at: tuple[float, float]) -> _Wish | None:
    step = event.value("gaze_yaw") - at[0], event.value("gaze_pitch") - at[1]
    size = float(np.hypot(*step))
    if size < LEAST_LOOK_DEG:
        return None
    return _Wish(Query(EventType.GAZE_SHIFT, event.onset_s, size, direction=direction_of(*step)))


def _expression(
    event: PlannedEvent, length: float, label: str, phases: tuple[float, float]
) -> _Wish | None:
    most = max((t.value for t in event.targets), default=0.0)
    known = [t for t in event.targets if t.channel in _UNITS and t.value >= LEADS * most > 0]
    strongest = max(known, key=lambda t: t.value, default=None)
    if strongest is None:
        return None
    kind = _UNITS[strongest.channel]
    if kind is EventType.BROW_RAISE and length <= FLASH_S:
        kind = EventType.BROW_FLASH
    side = event.side if event.side in ("L", "R") else ""
    return _Wish(
        Query(kind, length, strongest.value, side, label=label),
        phases,
        0.0,
        length,
        strongest.value,
    )


def _head(event: PlannedEvent, length: float, phases: tuple[float, float]) -> _Wish | None:
    angles = {t.channel: t.value for t in event.targets if t.channel in _HEAD}
    if not angles:
        return None
    channel = max(angles, key=lambda name: abs(angles[name]))
    value = angles[channel]
    if abs(value) < LEAST_DEG or (channel == "head_pitch" and value > 0):
        return None
    direction = "" if channel == "head_pitch" else "left" if value > 0 else "right"
    return _Wish(
        Query(_HEAD[channel], length, abs(value), direction=direction),
        phases,
        0.0,
        length,
        abs(value),
    )
