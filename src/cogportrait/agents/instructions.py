"""A small, honest reader of English instructions: "first opens the eyes, then looks left".

Rules, not a model: order words split the text into steps, each step is searched for movements of
lids, gaze, brows, head and mouth with degree, speed, side, number and duration. What was not
understood is reported, never guessed. Left and right are the subject's own, as in FACS.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from cogportrait.agents.instruction_words import (
    ACTIONS,
    DEGREES,
    GLUE,
    NO_BLINK,
    NUMBERS,
    SPEEDS,
    STILL_HEAD,
    Action,
)
from cogportrait.types import EventKind, PlannedEvent, Target

_STEP: Final = re.compile(
    r"\.(?!\d)|[;:!,]|\b(?:and )?(?:then|finally|followed by|afterwards?|next|lastly)\b"
    r"|\bafter (?:that|this)\b"
)
_TOGETHER: Final = re.compile(r"\b(?:while|as|at the same time|simultaneously|and)\b")
# "The gaze then shifts" means "then the gaze shifts".
_LATE_THEN: Final = re.compile(
    r"\b((?:the |his |her |their )?(?:gaze|eyes?|head|(?:eye)?brows?|(?:eye)?lids?|mouth)) then\b"
)
# What is denied is not done; it is reported, since nothing yet keeps a movement from happening.
_DENIED: Final = re.compile(
    r"\b(?:(?:does|do|is|are|has|did)(?:n't| not)|without(?: any)?|never|not|no|cannot|can't)\b"
    r"[^.,;:!]*?(?=$|[.,;:!]|\b(?:then|but|finally|while|followed)\b)"
)
_SECONDS: Final = re.compile(
    r"\bfor (?:about )?(\d+(?:\.\d+)?|[a-z]+)(?: a)? ?(?:s|sec|seconds?)\b"
)
_TIMES: Final = re.compile(r"\b(once|twice|thrice|(?:\d+|[a-z]+) times)\b")
_SLOT_MAX_S: Final = 3.0
_GAP_S: Final = 0.08  # rest between two steps, so that they are seen apart
_START_S: Final = 0.15
_DEGREE_CEILING: Final = 0.95


@dataclass(frozen=True, slots=True)
class Reading:
    """What an instruction was understood to ask for."""

    events: tuple[PlannedEvent, ...] = ()
    groups: frozenset[str] = (
        frozenset()
    )  # "lids", "brows", "gaze", "head", "mouth": not the label's
    may_blink: bool = True
    not_understood: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """One movement in its place in the order."""

    action: Action
    place: int  # steps of one place happen together
    degree: float
    speed: float  # factor on times; > 1 is slower
    side: str  # "left", "right", "up", "down" ... or ""
    times: int
    seconds: float | None
    words: str


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return NUMBERS.get(text)


def _factor(clause: str, table: Sequence[tuple[str, float]]) -> float:
    return next((f for pattern, f in table if re.search(rf"\b(?:{pattern})\b", clause)), 1.0)


def _times(clause: str) -> int:
    found = _TIMES.search(clause)
    if not found:
        return 1
    word = found[1].split()[0]
    return int({"once": 1, "twice": 2, "thrice": 3}.get(word) or _number(word) or 1)


def _step(action: Action, place: int, clause: str, side: str) -> Step:
    timed = _SECONDS.search(clause)
    return Step(
        action=action,
        place=place,
        degree=_factor(clause, DEGREES),
        speed=_factor(clause, SPEEDS),
        side=side,
        times=_times(clause),
        seconds=_number(timed[1]) if timed else None,
        words=clause.strip(),
    )


def _actions(clause: str) -> list[tuple[Action, str]]:
    """Return the movements of a clause with their direction; one per group, most specific first."""
    found: list[tuple[Action, str]] = []
    for action in ACTIONS:
        match = re.search(action.pattern, clause)
        if match and action.group not in [a.group for a, _ in found]:
            side = next((s for s in action.sides if re.search(rf"\b{s}", clause)), "")
            if action.needs_side and not side:
                continue
            found.append((action, side))
    return found


def _elliptic(clause: str, steps: Sequence[Step]) -> list[tuple[Action, str]]:
    """Return the movement meant by a bare direction: "looks down, then away"."""
    action = steps[-1].action if steps else None
    if action is None or not action.needs_side:
        return []
    side = next((s for s in action.sides if re.search(rf"\b{s}", clause)), "")
    return [(action, side)] if side else []


def _steps(text: str) -> tuple[list[Step], float]:
    """Return the ordered steps and the manner of the whole (factor on times)."""
    steps: list[Step] = []
    manner, place = 1.0, 0
    for clause in _STEP.split(text):
        placed = False
        for part in _TOGETHER.split(clause):
            for action, side in _actions(part) or _elliptic(part, steps):
                again = any(s.place == place and s.action.group == action.group for s in steps)
                place += int(again)  # "looks left and right": one after the other
                steps.append(_step(action, place, part, side))
                placed = True
        if placed:
            place += 1
        elif clause.strip():
            manner *= _factor(clause, SPEEDS)
    return steps, manner


def _unknown(text: str) -> tuple[str, ...]:
    """Return the words that no rule used, in order, without repeats."""
    rest = text
    patterns = [NO_BLINK.pattern, STILL_HEAD.pattern, *(a.pattern for a in ACTIONS)]
    patterns += [_SECONDS.pattern, _TIMES.pattern, _STEP.pattern, _TOGETHER.pattern]
    patterns += [rf"\b(?:{p})\b" for p, _ in (*DEGREES, *SPEEDS)]
    for pattern in patterns:
        rest = re.sub(pattern, " ", rest)
    words = re.findall(r"[a-z']+", rest)
    return tuple(dict.fromkeys(w for w in words if w not in GLUE))


def _slots(steps: Sequence[Step], duration_s: float) -> dict[int, tuple[float, float]]:
    """Return start and end of each place, filling the clip evenly up to 3 s a place."""
    places = sorted({s.place for s in steps})
    asked = {p: max((s.seconds or 0.0 for s in steps if s.place == p), default=0.0) for p in places}
    room = duration_s - _START_S - 0.1
    fixed = sum(asked.values())
    free = sum(1 for p in places if not asked[p])
    even = min((room - fixed) / free, _SLOT_MAX_S) if free and room > fixed else _SLOT_MAX_S
    lengths = {p: asked[p] + 0.6 if asked[p] else max(even, 0.3) for p in places}
    squeeze = min(1.0, room / sum(lengths.values()))
    slots: dict[int, tuple[float, float]] = {}
    t = _START_S
    for p in places:
        slots[p] = (t, t + lengths[p] * squeeze - _GAP_S)
        t += lengths[p] * squeeze
    return slots


def _targets(step: Step, intensity: float) -> tuple[Target, ...]:
    action = step.action
    scale = action.sides.get(step.side, (1.0, 1.0))
    targets: list[Target] = []
    for channel, value in action.targets.items():
        axis = scale[1 if channel.endswith("pitch") else 0]
        size = value * step.degree * (axis if action.sides else 1.0)
        if channel.startswith(("AU", "closure")):
            gain = intensity if channel.startswith("AU") else 1.0
            size = min(abs(size) * gain, _DEGREE_CEILING if channel != "closure" else 1.0)
        if size:
            targets.append(Target(channel, size))
    return tuple(targets)


def _event(
    step: Step, slot: tuple[float, float], manner: float, intensity: float, last: bool
) -> PlannedEvent:
    """Return the event of a step inside its slot; the last of its group stays to the end."""
    start, end = slot
    length = max(end - start, 0.12)
    action = step.action
    onset = min(max(action.onset_s * step.speed * manner, 0.12), 0.4 * length)
    sustain = last and step.seconds is None and action.sustains
    offset = 0.0 if action.kind in _PERSISTENT else min(1.25 * onset, 0.5 * length)
    rate, cycles = 0.0, 0.0
    if action.kind in (EventKind.NOD, EventKind.SHAKE):
        cycles = max(step.times, 1 if action.kind is EventKind.NOD else 2)
        rate = max(action.rate_hz / (step.speed * manner), cycles / length)
        onset, offset, length = 0.0, 0.0, cycles / rate
    return PlannedEvent(
        action.kind, start, onset, max(length - onset - offset, 0.0), offset,
        _targets(step, intensity), rate_hz=rate, cycles=float(cycles), sustain=sustain,
        side=_side(step), origin="instruction", reason=f"asked: {step.words}", source="PRIOR",
    )  # fmt: skip


_PERSISTENT: Final = (EventKind.GAZE, EventKind.HEAD)


def _side(step: Step) -> str:
    if step.action.kind is EventKind.WINK or step.action.one_sided:
        return {"left": "L", "right": "R"}.get(step.side, "L" if _winks(step) else "both")
    return "both"


def _winks(step: Step) -> bool:
    return step.action.kind is EventKind.WINK


def _blinks(step: Step, slot: tuple[float, float]) -> list[PlannedEvent]:
    """Return the blinks or winks of a step, one after the other."""
    slow = min(max(step.speed, 0.8), 2.0)
    phases = (0.08 * slow, 0.03 * slow, 0.16 * slow)
    each = max(sum(phases) + 0.15, (slot[1] - slot[0]) / max(step.times, 1))
    each = min(each, 0.6 * slow)
    targets = (Target("closure", 1.0), Target("other_closure", 0.12 if _winks(step) else 0.0))
    return [
        PlannedEvent(
            step.action.kind, slot[0] + i * each, *phases, targets, side=_side(step),
            origin="instruction", reason=f"asked: {step.words}", source="FACS02",
        )
        for i in range(max(step.times, 1))
    ]  # fmt: skip


def _return_to_rest(event: PlannedEvent) -> PlannedEvent:
    targets = tuple(replace(t, value=0.0) for t in event.targets)
    reason = "back, the time asked for is over"
    return replace(event, start_s=event.end_s, hold_s=0.0, targets=targets, reason=reason)


def _events(
    steps: Sequence[Step], duration_s: float, manner: float, intensity: float
) -> list[PlannedEvent]:
    slots = _slots(steps, duration_s)
    events: list[PlannedEvent] = []
    for i, step in enumerate(steps):
        slot = slots[step.place]
        if step.action.kind in (EventKind.BLINK, EventKind.WINK):
            events += _blinks(step, slot)
            continue
        last = all(s.action.group != step.action.group for s in steps[i + 1 :])
        event = _event(step, slot, manner, intensity, last)
        events.append(event)
        if step.seconds is not None and last and event.kind in _PERSISTENT:
            events.append(_return_to_rest(event))
    return events


def read_instruction(text: str, duration_s: float, intensity: float = 1.0) -> Reading:
    """Return the events that an instruction asks for, in order.

    Parameters
    ----------
    text : str
        English; empty gives an empty reading.
    duration_s : float
        Length of the clip; steps share it evenly, 3 s at most each, unless they say how long.
    intensity : float
        Scales the expressions asked for.
    """
    plain = " ".join(text.lower().split())
    if not plain:
        return Reading()
    may_blink = NO_BLINK.search(plain) is None
    still = STILL_HEAD.search(plain) is not None
    said = STILL_HEAD.sub(" ", NO_BLINK.sub(" ", plain))
    denied = tuple(dict.fromkeys(m.group().strip() for m in _DENIED.finditer(said)))
    unknown = _unknown(_DENIED.sub(" ", plain) if denied else plain) + denied
    rest = _LATE_THEN.sub(r"then \1", _DENIED.sub(" ", said))
    steps, manner = _steps(rest)
    groups = {s.action.group for s in steps} | ({"head"} if still else set())
    events = _events(steps, duration_s, manner, intensity) if steps else []
    return Reading(tuple(events), frozenset(groups), may_blink, unknown)


_GROUP_AUS: Final = {
    "lids": frozenset({"AU05", "AU07", "AU43"}),
    "brows": frozenset({"AU01", "AU02", "AU04"}),
    "mouth": frozenset(f"AU{n}" for n in (10, 12, 14, 15, 17, 18, 20, 22, 23, 24, 25, 26, 27, 28)),
}
_GROUP_KINDS: Final = {
    "lids": frozenset({EventKind.CLOSURE}),
    "gaze": frozenset({EventKind.GAZE, EventKind.DRIFT}),
    "head": frozenset({EventKind.HEAD, EventKind.PULSE, EventKind.NOD, EventKind.SHAKE}),
}


_OF_LIDS: Final = (EventKind.BLINK, EventKind.WINK, EventKind.CLOSURE)


def _overlap(one: PlannedEvent, other: PlannedEvent) -> bool:
    late = other.sustain or one.start_s < other.end_s + 0.2
    return late and other.start_s - 0.2 < one.end_s


def apply_reading(events: Sequence[PlannedEvent], reading: Reading) -> list[PlannedEvent]:
    """Return the label's events without the channels that the instruction takes, plus its own."""
    kinds = {k for g in reading.groups for k in _GROUP_KINDS.get(g, ())}
    aus = {a for g in reading.groups for a in _GROUP_AUS.get(g, ())}
    lids = [e for e in reading.events if e.kind in _OF_LIDS]
    kept: list[PlannedEvent] = []
    for event in events:
        if event.kind is EventKind.BLINK and any(_overlap(event, e) for e in lids):
            continue
        shuts = event.kind is EventKind.BLINK or event.value("closure") > 0.6
        if event.kind in kinds or (shuts and not reading.may_blink):
            continue
        targets = tuple(t for t in event.targets if t.channel not in aus)
        if targets or not event.targets:
            kept.append(replace(event, targets=targets))
    return kept + list(reading.events)
