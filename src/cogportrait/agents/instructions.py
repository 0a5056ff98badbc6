"""A small, honest reader of English instructions: "first opens the eyes, then looks left".

``instruction_steps`` makes steps of words, this module makes events of steps and joins them with
those of the label. What was not understood is reported, never guessed. Left and right are the
subject's own, as in FACS.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from cogportrait.agents.instruction_denials import (
    BROW_AUS,
    GAZE_KINDS,
    HEAD_KINDS,
    LID_AUS,
    MOUTH_AUS,
    NOTHING_DENIED,
    WHOLE_FACE,
    Denied,
    cut_conditions,
    cut_denials,
    without_denied,
)
from cogportrait.agents.instruction_events import step_events
from cogportrait.agents.instruction_eyes import not_shown
from cogportrait.agents.instruction_rewrites import plain_text
from cogportrait.agents.instruction_script import Script, Step
from cogportrait.agents.instruction_steps import read_steps
from cogportrait.agents.instruction_times import When
from cogportrait.agents.instruction_vocabulary import words_in
from cogportrait.agents.instruction_words import GLUE
from cogportrait.agents.notation import ALL, Notation, read_notation, tells_points
from cogportrait.behavior.labels import label_words
from cogportrait.errors import InstructionError, shown
from cogportrait.facs.channels import SHIFT_CHANNELS
from cogportrait.types import EventKind, Interval, PlannedEvent


@dataclass(frozen=True, slots=True)
class Reading:
    """What an instruction was understood to ask for."""

    events: tuple[PlannedEvent, ...] = ()
    free: frozenset[int] = frozenset()  # numbers of those that may go to either side
    # "lids", "brows", "gaze", "head", "mouth", "expression": when each is not the label's.
    taken: tuple[tuple[str, Interval], ...] = ()
    may_blink: bool = True
    denied: Denied = NOTHING_DENIED  # throughout
    denied_for: tuple[tuple[Denied, Interval], ...] = ()  # for a part of the clip
    not_understood: tuple[str, ...] = ()
    understood: bool = True  # whether anything was, be it that it cannot be done

    @property
    def groups(self) -> frozenset[str]:
        """The groups of channels that the instruction moves at some time."""
        return frozenset(group for group, _ in self.taken)

    @property
    def withheld(self) -> frozenset[str]:
        """What the label does not decide (``EventPlan.withheld``)."""
        denied = self.denied
        for part, _ in self.denied_for:
            denied |= part
        aus = denied.aus.union(
            *(WHOLE_FACE if g == "expression" else _GROUP_CHANNELS.get(g, ()) for g in self.groups)
        )
        kinds = denied.kinds.union(*(_GROUP_KINDS.get(g, ()) for g in self.groups))
        named = (("gaze", GAZE_KINDS), ("head", HEAD_KINDS), ("closure", {EventKind.CLOSURE}))
        moved = {name for name, own in named if kinds & own}
        return aus | moved | ({"blink"} if EventKind.BLINK in kinds else frozenset())

    @property
    def no_blink(self) -> tuple[Interval, ...]:
        """When no blink may come by itself, besides where none may at all."""
        return tuple(time for part, time in self.denied_for if EventKind.BLINK in part.kinds)


_GROUP_CHANNELS: Final[Mapping[str, frozenset[str]]] = {
    "lids": LID_AUS, "brows": BROW_AUS, "mouth": MOUTH_AUS,
    "shift": frozenset(SHIFT_CHANNELS),  # a label's head that also leans turns as it would
    **{name: frozenset({name}) for name in WHOLE_FACE | LID_AUS},  # told by their numbers
}  # fmt: skip
_GROUP_KINDS: Final = {
    "lids": frozenset({EventKind.CLOSURE}),
    "gaze": GAZE_KINDS,
    "head": HEAD_KINDS,
    "blink": frozenset({EventKind.BLINK, EventKind.WINK}),
    "AU43": frozenset({EventKind.CLOSURE}),
    ALL: frozenset(EventKind),
}
_TOLD_ALL: Final = (ALL, "expression", "gaze", "head", "lids", "mouth", "shift")
_OF_LIDS: Final = (EventKind.BLINK, EventKind.WINK, EventKind.CLOSURE)
_LABEL_WORD: Final = re.compile(
    rf"\b(?:{'|'.join(re.escape(w).replace('_', '[-_ ]') for w in label_words())})\b", re.IGNORECASE
)
_FADES: Final = re.compile(  # of what is seen before: "stops smiling" may be the label's smile
    r"\b(?:fad|disappear|vanish|dissolv|evaporat|melt|wan|slip|drop|fall|releas|eras|wip)\w*"
    r"|\b(?:dies?|dying|leaves?)\b|\blet(?:s|ting)? \w"
)
_LEAD_S: Final = 0.3  # the label lets go of a channel this long before the instruction takes it


def _stopped_before_it_began(script: Script) -> tuple[list[Step], list[tuple[Denied, When]]]:
    """Return the steps that do or end something, and what is ended although only a label did it.

    "The smile fades" wants one to be there: it smiles from the start.
    """
    kept: list[Step] = []
    ended: list[tuple[Denied, When]] = []
    for step in script.steps:
        group = step.action.group
        before = [s for s in kept if group in ("*", s.action.group) and not s.stops]
        if step.stops and not before and _FADES.search(step.words) and step.action.targets:
            first = min(s.place for s in script.steps)
            timed = any(s.when.start_s is not None for s in script.steps if s.place == first)
            place = first - 1 if timed or first == step.place else first
            kept += [replace(step, stops=False, speed=1.0, when=When(), place=place), step]
        elif step.stops and not before:
            aus = frozenset(c for c in step.action.targets if c.startswith("AU"))
            ended += [(Denied(aus=aus), step.when)] if aus else []
        else:
            kept.append(step)
    return kept, ended


def _denials(
    said: Sequence[tuple[Denied, When]],
    ordered: Sequence[tuple[Denied, Interval]],
    duration_s: float,
) -> tuple[Denied, tuple[tuple[Denied, Interval], ...]]:
    """Return what is denied throughout, and what for a part of the clip."""
    whole, parts = Denied(), list(ordered)
    for denied, when in said:
        start = when.start_s if when.start_s is not None else when.later_s or 0.0
        lasts = start + when.lasts_s if when.lasts_s is not None else duration_s
        end = when.end_s if when.end_s is not None else lasts
        if start <= 0 and end >= duration_s:
            whole |= denied
        elif start < end:
            parts.append((denied, Interval(start, min(end, duration_s))))
    return whole, tuple(parts)


def _taken(
    steps: Sequence[Step], events: Sequence[PlannedEvent], duration_s: float
) -> tuple[tuple[str, Interval], ...]:
    """Return when the groups belong to the instruction: from its first movement to its last.

    What is said without a time belongs to it from the beginning.
    """
    taken: list[tuple[str, Interval]] = []
    for group in dict.fromkeys(s.action.group for s in steps):
        own = [s for s in steps if s.action.group == group]
        said = dict.fromkeys(f": {s.words}" for s in own)
        mine = [e for words in said for e in events if e.reason.endswith(words)]
        if not mine:
            continue
        timed = all(s.when.start_s is not None or s.when.later_s is not None for s in own)
        start = min(e.start_s for e in mine) - _LEAD_S if timed else 0.0
        stays = any(e.sustain or e.kind in (EventKind.GAZE, EventKind.HEAD) for e in mine)
        over = own[-1].when.end_s is not None or own[-1].when.lasts_s is not None
        back = timed and (over or all(e.reason.startswith("back") for e in _last_of(mine)))
        ended = own[-1].stops  # a smile that fades does not come back with the label
        kept = ended or (stays and not back)
        end = duration_s if kept else max(e.end_s for e in mine) + _LEAD_S
        taken.append((group, Interval(start, end)))
    return tuple(taken)


def _last_of(events: Sequence[PlannedEvent]) -> list[PlannedEvent]:
    """Return the last event that moves to stay."""
    poses = [e for e in events if e.sustain or e.kind in (EventKind.GAZE, EventKind.HEAD)]
    return sorted(poses, key=lambda e: e.start_s)[-1:]


@lru_cache(maxsize=16)
def read_instruction(text: str, duration_s: float, intensity: float = 1.0) -> Reading:
    """Return the events that an instruction asks for, in order.

    Parameters
    ----------
    text : str
        English; empty gives an empty reading.
    duration_s : float
        Length of the clip; steps share it evenly, 3 s at most each, unless they say when.
    intensity : float
        Scales the expressions asked for.
    """
    notation = read_notation(text, duration_s)
    plain = plain_text(notation.rest)
    if not plain:
        empty = Reading(understood=not notation.not_understood)
        return _with_notation(empty, notation, duration_s)
    sure, unsure = cut_conditions(plain)
    marked, denials = cut_denials(sure, duration_s)
    script = read_steps(marked, duration_s, denials)
    steps, ended = _stopped_before_it_began(script)
    scripted = step_events(steps, duration_s, script.manner, intensity)
    denied, denied_for = _denials([*script.forbidden, *ended], scripted.denied, duration_s)
    unsure += not_shown(text)
    unknown = [*unsure, *(w for d in denials for w in d.unknown)]
    if steps or denied or denied_for:
        unknown = script.unknown + unknown
    elif not unknown:
        unknown = [w for w in words_in(plain) if w not in GLUE]
    reading = Reading(
        events=tuple(_without(e, denied.aus) for e in scripted.events),
        free=scripted.free,
        taken=_taken(steps, scripted.events, duration_s),
        may_blink=EventKind.BLINK not in denied.kinds,
        denied=denied,
        denied_for=denied_for,
        not_understood=tuple(dict.fromkeys([*unknown, *scripted.not_done])),
        understood=bool(script.steps or denied or denied_for or any(d.groups for d in denials)),
    )
    return _with_notation(reading, notation, duration_s)


def _with_notation(reading: Reading, notation: Notation, duration_s: float) -> Reading:
    """Return a reading with what is told point by point, which is the instruction's throughout.

    Whatever else the text says of the same channels is left out, and told.
    """
    told = notation.told
    if not told and not notation.not_understood:
        return reading
    whole = Interval(0.0, duration_s)
    groups = tuple((name, whole) for name in sorted(_TOLD_ALL if ALL in told else told))
    own = replace(reading, taken=tuple((name, whole) for name in sorted(told - {ALL})))
    kept = [(i, _not_taken(e, own)) for i, e in enumerate(reading.events)]
    events = {i: e for i, e in kept if e is not None}
    lost = [reading.events[i].reason.removeprefix("asked: ") for i, e in kept if e is None]
    return replace(
        reading,
        events=(*events.values(), *notation.events),
        free=frozenset(n for n, i in enumerate(events) if i in reading.free),
        taken=(*reading.taken, *groups),
        may_blink=reading.may_blink and not told & {ALL, "blink"},
        not_understood=tuple(
            dict.fromkeys((*reading.not_understood, *notation.not_understood, *lost))
        ),
        understood=reading.understood or bool(told),
    )


def _not_taken(event: PlannedEvent, reading: Reading) -> PlannedEvent | None:
    """Return what is left of an event beside what a reading takes, None if nothing is."""
    aus, whole = _taken_from(event, reading)
    targets = tuple(t for t in event.targets if t.channel not in aus)
    return None if whole or (event.targets and not targets) else replace(event, targets=targets)


def _without(event: PlannedEvent, aus: frozenset[str]) -> PlannedEvent:
    """Return an event without the forbidden AUs that only go along with others."""
    kept = tuple(t for t in event.targets if t.channel not in aus)
    main = max((t.value for t in event.targets), default=0.0)
    alone = event.kind is EventKind.EXPRESSION and max((t.value for t in kept), default=0.0) >= main
    return replace(event, targets=kept) if alone and kept != event.targets else event


def check_understood(text: str, duration_s: float = 1.0) -> None:
    """Raise unless something in an instruction is understood: a movement, a denial, a label.

    An empty text asks for nothing. What is understood in part is no error: the words left out are
    in ``Reading.not_understood``.

    Raises
    ------
    InstructionError
        Nothing is.
    """
    if not text.strip() or _LABEL_WORD.search(text) or tells_points(text):
        return
    if read_instruction(text, duration_s, 1.0).understood:
        return
    raise InstructionError(
        f"instruction: nothing in {shown(text)} is understood; expected movements in English such "
        'as "looks down, then smiles": see docs/stage1.md#instructions'
    )


def _overlap(one: PlannedEvent, other: PlannedEvent) -> bool:
    late = other.sustain or one.start_s < other.end_s + 0.2
    return late and other.start_s - 0.2 < one.end_s


def _taken_from(event: PlannedEvent, reading: Reading) -> tuple[frozenset[str], bool]:
    """Return the channels that the instruction takes from an event, and whether it takes all."""
    aus = reading.denied.aus
    whole = event.kind in reading.denied.kinds
    for group, time in reading.taken:
        if event.start_s < time.end_s and time.start_s < max(event.end_s, event.start_s + 1e-6):
            aus |= WHOLE_FACE if group == "expression" else _GROUP_CHANNELS.get(group, frozenset())
            whole = whole or event.kind in _GROUP_KINDS.get(group, ())
    return aus, whole


def apply_reading(events: Sequence[PlannedEvent], reading: Reading) -> list[PlannedEvent]:
    """Return the label's events without what the instruction takes or forbids, plus its own.

    The reading's own come last, in its order.
    """
    lids = [e for e in reading.events if e.kind in _OF_LIDS]
    kept: list[PlannedEvent] = []
    for event in events:
        if event.kind is EventKind.BLINK and any(_overlap(event, e) for e in lids):
            continue
        shuts = event.kind is EventKind.BLINK or event.value("closure") > 0.6
        aus, whole = _taken_from(event, reading)
        if whole or (shuts and not reading.may_blink):
            continue
        left, forbidden = without_denied(event, reading.denied_for)
        if left is None:
            continue
        targets = tuple(t for t in left.targets if t.channel not in aus | forbidden)
        if targets or not event.targets:
            kept.append(replace(left, targets=targets))
    return kept + list(reading.events)
