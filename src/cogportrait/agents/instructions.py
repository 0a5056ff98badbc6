"""A small, honest reader of English instructions: "first opens the eyes, then looks left".

``instruction_steps`` makes steps of words, this module makes events of steps and joins them with
those of the label. What was not understood is reported, never guessed. Left and right are the
subject's own, as in FACS.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from cogportrait.agents.action_patterns import Action
from cogportrait.agents.instruction_events import step_events
from cogportrait.agents.instruction_steps import (
    Script,
    Step,
    find_actions,
    read_steps,
    unread,
    words_in,
)
from cogportrait.agents.instruction_times import read_when
from cogportrait.agents.instruction_words import GLUE, NO_BLINK, REWRITES, STILL_HEAD, STRAIGHT
from cogportrait.behavior.labels import label_words
from cogportrait.errors import InstructionError, shown
from cogportrait.types import EventKind, Interval, PlannedEvent

_DENIED: Final = re.compile(
    r"\b(?:(?:does|do|is|are|has|did|should|must|will|can)(?:n't| not)|without(?: any)?|never|not"
    r"|no"
    r"(?! longer)|cannot|avoid(?:s|ing)? (?!eye contact))\b"
    r"[^.,;:!]*?(?=$|[.,;:!]|\b(?:then|but|finally|while|followed)\b|\band (?!\w+ing\b))"
)


@dataclass(frozen=True, slots=True)
class Denied:
    """What an instruction forbids: the label does not do it either."""

    aus: frozenset[str] = frozenset()
    kinds: frozenset[EventKind] = frozenset()


@dataclass(frozen=True, slots=True)
class Reading:
    """What an instruction was understood to ask for."""

    events: tuple[PlannedEvent, ...] = ()
    free: frozenset[int] = frozenset()  # numbers of those that may go to either side
    # "lids", "brows", "gaze", "head", "mouth", "expression": when each is not the label's.
    taken: tuple[tuple[str, Interval], ...] = ()
    may_blink: bool = True
    denied: Denied = Denied()
    not_understood: tuple[str, ...] = ()
    understood: bool = True  # whether anything was, be it that it cannot be done

    @property
    def groups(self) -> frozenset[str]:
        """The groups of channels that the instruction moves at some time."""
        return frozenset(group for group, _ in self.taken)

    @property
    def withheld(self) -> frozenset[str]:
        """What the label does not decide (``EventPlan.withheld``)."""
        aus = self.denied.aus.union(
            *(_WHOLE_FACE if g == "expression" else _GROUP_AUS.get(g, ()) for g in self.groups)
        )
        kinds = self.denied.kinds.union(*(_GROUP_KINDS.get(g, ()) for g in self.groups))
        named = (("gaze", _GAZE_KINDS), ("head", _HEAD_KINDS), ("closure", {EventKind.CLOSURE}))
        moved = {name for name, own in named if kinds & own}
        return aus | moved | (frozenset() if self.may_blink else {"blink"})


_HEAD_KINDS: Final = frozenset({EventKind.HEAD, EventKind.PULSE, EventKind.NOD, EventKind.SHAKE})
_GAZE_KINDS: Final = frozenset({EventKind.GAZE, EventKind.DRIFT})
_GROUP_AUS: Final = {
    "lids": frozenset({"AU05", "AU07", "AU43"}),
    "brows": frozenset({"AU01", "AU02", "AU04"}),
    "mouth": frozenset(f"AU{n}" for n in (10, 12, 14, 15, 17, 18, 20, 22, 23, 24, 25, 26, 27, 28)),
}
_WHOLE_FACE: Final = frozenset({"AU06"}).union(*_GROUP_AUS.values()) - {"AU43"}
_GROUP_KINDS: Final = {
    "lids": frozenset({EventKind.CLOSURE}),
    "gaze": _GAZE_KINDS,
    "head": _HEAD_KINDS,
}
_OF_LIDS: Final = (EventKind.BLINK, EventKind.WINK, EventKind.CLOSURE)
_LABEL_WORD: Final = re.compile(
    rf"\b(?:{'|'.join(re.escape(w).replace('_', '[-_ ]') for w in label_words())})\b", re.IGNORECASE
)
_LEAD_S: Final = 0.3  # the label lets go of a channel this long before the instruction takes it


def _forbids(action: Action, side: str) -> Denied | None:
    """Return what a denied movement keeps from happening; None when nothing can keep it."""
    match action.kind:
        case EventKind.GAZE if action.sides.get(side) == STRAIGHT or not action.sides:
            return None  # somewhere else, but where?
        case EventKind.GAZE:
            return Denied(kinds=_GAZE_KINDS)
        case EventKind.HEAD:
            return Denied(kinds=_HEAD_KINDS)
        case EventKind.EXPRESSION | EventKind.LAUGH:
            aus = frozenset(c for c in action.targets if c.startswith("AU"))
            return None if action.stops else Denied(aus=aus)
        case _:
            return Denied(kinds=frozenset({action.kind}))


def _deny(phrases: Sequence[str]) -> tuple[Denied, list[str]]:
    """Return what denials forbid, and the words of them that were not understood."""
    aus: frozenset[str] = frozenset()
    kinds: frozenset[EventKind] = frozenset()
    unknown: list[str] = []
    for phrase in phrases:
        found = [a for part in re.split(r"\b(?:or|nor|and)\b", phrase) for a in find_actions(part)]
        forbidden = [_forbids(action, side) for action, side in found]
        if not found or None in forbidden or read_when(phrase, 1.0)[0]:
            unknown.append(phrase)
            continue
        aus = aus.union(*(f.aus for f in forbidden if f))
        kinds = kinds.union(*(f.kinds for f in forbidden if f))
        no = r"\b(?:\w+n't|not|without|any|never|no|cannot|avoid\w*|or|nor)\b"
        unknown += unread(re.sub(no, " ", phrase), found, names=True)
    return Denied(aus, kinds), unknown


def _stopped_before_it_began(script: Script) -> tuple[list[Step], Denied]:
    """Return the steps that do or end something, and what is ended although only a label did it."""
    kept: list[Step] = []
    aus: frozenset[str] = frozenset()
    for step in script.steps:
        group = step.action.group
        before = [s for s in kept if group in ("*", s.action.group) and not s.stops]
        if step.stops and not before:
            aus |= {c for c in step.action.targets if c.startswith("AU")}
        else:
            kept.append(step)
    return kept, Denied(aus=aus)


def _taken(
    steps: Sequence[Step], events: Sequence[PlannedEvent], still: bool, duration_s: float
) -> tuple[tuple[str, Interval], ...]:
    """Return when the groups belong to the instruction: from its first movement to its last.

    What is said without a time belongs to it from the beginning.
    """
    whole = Interval(0.0, duration_s)
    taken: list[tuple[str, Interval]] = [("head", whole)] if still else []
    for group in dict.fromkeys(s.action.group for s in steps):
        own = [s for s in steps if s.action.group == group]
        mine = [e for s in own for e in events if e.reason.endswith(f": {s.words}")]
        if not mine:
            continue
        timed = all(s.when.start_s is not None or s.when.later_s is not None for s in own)
        start = min(e.start_s for e in mine) - _LEAD_S if timed else 0.0
        stays = any(e.sustain or e.kind in (EventKind.GAZE, EventKind.HEAD) for e in mine)
        back = timed and all(e.reason.startswith("back") for e in _last_of(mine))
        end = duration_s if stays and not back else max(e.end_s for e in mine) + _LEAD_S
        taken.append((group, Interval(start, end)))
    return tuple(taken)


def _last_of(events: Sequence[PlannedEvent]) -> list[PlannedEvent]:
    """Return the last event that moves to stay."""
    poses = [e for e in events if e.sustain or e.kind in (EventKind.GAZE, EventKind.HEAD)]
    return sorted(poses, key=lambda e: e.start_s)[-1:]


def _plain(text: str) -> str:
    plain = " ".join(text.lower().split())
    for pattern, instead in REWRITES:
        plain = re.sub(pattern, instead, plain)
    return plain.strip()


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
    plain = _plain(text)
    if not plain:
        return Reading()
    no_blink, still = NO_BLINK.search(plain), STILL_HEAD.search(plain)
    said = STILL_HEAD.sub(" ", NO_BLINK.sub(" ", plain))
    phrases = [m.group().strip() for m in _DENIED.finditer(said)]
    denied, unknown = _deny(phrases)
    script = read_steps(_DENIED.sub(" ", said), duration_s)
    steps, ended = _stopped_before_it_began(script)
    scripted = step_events(steps, duration_s, script.manner, intensity)
    events = scripted.events
    denied = Denied(denied.aus | ended.aus, denied.kinds)
    if steps or no_blink or still or denied != Denied():
        unknown = script.unknown + unknown
    elif not unknown:
        unknown = [w for w in words_in(plain) if w not in GLUE]
    return Reading(
        events=events,
        free=scripted.free,
        taken=_taken(steps, events, bool(still), duration_s),
        may_blink=no_blink is None and EventKind.BLINK not in denied.kinds,
        denied=denied,
        not_understood=tuple(dict.fromkeys([*unknown, *scripted.too_late])),
        understood=bool(script.steps or no_blink or still or any(map(find_actions, phrases))),
    )


def check_understood(text: str) -> None:
    """Raise unless something in an instruction is understood: a movement, a denial, a label.

    An empty text asks for nothing. What is understood in part is no error: the words left out are
    in ``Reading.not_understood``.

    Raises
    ------
    InstructionError
        Nothing is.
    """
    seconds = 1.0  # what is understood does not depend on the length of the clip
    if not text.strip() or read_instruction(text, seconds).understood or _LABEL_WORD.search(text):
        return
    raise InstructionError(
        f"instruction: nothing in {shown(text)} is understood; expected movements in English such "
        'as "looks down, then smiles": see docs/stage1.md#instructions'
    )


def _overlap(one: PlannedEvent, other: PlannedEvent) -> bool:
    late = other.sustain or one.start_s < other.end_s + 0.2
    return late and other.start_s - 0.2 < one.end_s


def _taken_from(event: PlannedEvent, reading: Reading) -> tuple[frozenset[str], bool]:
    """Return the AUs that the instruction takes from an event, and whether it takes all of it."""
    aus = reading.denied.aus
    whole = event.kind in reading.denied.kinds
    for group, time in reading.taken:
        if event.start_s < time.end_s and time.start_s < max(event.end_s, event.start_s + 1e-6):
            aus |= _WHOLE_FACE if group == "expression" else _GROUP_AUS.get(group, frozenset())
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
        targets = tuple(t for t in event.targets if t.channel not in aus)
        if targets or not event.targets:
            kept.append(replace(event, targets=targets))
    return kept + list(reading.events)
