"""From steps to planned events: each in its slot of time, as large and as fast as was said."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from cogportrait.agents.instruction_steps import Step
from cogportrait.agents.instruction_words import EITHER_SIDE
from cogportrait.types import EventKind, PlannedEvent, Target

_SLOT_MAX_S: Final = 3.0
_GAP_S: Final = 0.08  # rest between two steps, so that they are seen apart
_START_S: Final = 0.15
_LAST_S: Final = 0.1  # of the clip, left free
_SETTLES_S: Final = 0.6  # onset and offset that a stated duration does not count
_LEAST_S: Final = 0.3
_DEGREE_CEILING: Final = 0.95
_EACH_LEAST_S: Final = 0.45  # a blink and the open eye after it; faster ones are not told apart
_AGAIN_S: Final = 0.9  # one of several repetitions of a movement
_BACK_S: Final = 0.5
_PERSISTENT: Final = (EventKind.GAZE, EventKind.HEAD)
_RHYTHMIC: Final = (EventKind.NOD, EventKind.SHAKE)
_SHUT: Final = 0.8  # closure at which nothing is seen of the eye
_LIDS: Final = (EventKind.BLINK, EventKind.WINK)
Slot = tuple[float, float]


@dataclass(frozen=True, slots=True)
class _Way:
    """How the steps of a text are done."""

    duration_s: float
    manner: float  # factor on times
    intensity: float


def _anchors(steps: Sequence[Step], duration_s: float) -> dict[int, float]:
    """Return when the places start for which a time was said."""
    starts: dict[int, float] = {}
    before: float | None = None
    for place in sorted({s.place for s in steps}):
        here = [s.when for s in steps if s.place == place]
        start = next((w.start_s for w in here if w.start_s is not None), None)
        later = next((w.later_s for w in here if w.later_s is not None), None)
        if start is None and later is not None:
            start = (before or 0.0) + later
        if start is None and place == 0:
            before = _START_S
            continue
        if start is not None:
            starts[place] = start
        before = start
    return {p: t for p, t in starts.items() if t < duration_s}


def _asked_s(steps: Sequence[Step], place: int, start_s: float | None) -> float:
    """Return how long the steps of a place were asked to take, 0 when nothing was said."""
    longest = 0.0
    for when in (s.when for s in steps if s.place == place):
        if when.lasts_s is not None:
            longest = max(longest, when.lasts_s + _SETTLES_S)
        elif when.end_s is not None and start_s is not None:
            longest = max(longest, when.end_s - start_s)
        elif when.end_s is not None:
            longest = max(longest, when.end_s - _START_S)
    return longest


def _share(
    steps: Sequence[Step], places: Sequence[int], span: Slot, timed: bool
) -> dict[int, Slot]:
    """Return the slots of places that follow each other between two times."""
    start = span[0]
    asked = {p: _asked_s(steps, p, start if timed and p == places[0] else None) for p in places}
    room = max(span[1] - start, 0.05)
    fixed = sum(asked.values())
    free = sum(1 for p in places if not asked[p])
    even = min((room - fixed) / free, _SLOT_MAX_S) if free and room > fixed else _SLOT_MAX_S
    lengths = {p: asked[p] or max(even, _LEAST_S) for p in places}
    squeeze = min(1.0, room / sum(lengths.values()))
    slots: dict[int, Slot] = {}
    t = start
    for p in places:
        length = lengths[p] * squeeze
        slots[p] = (t, t + max(length - _GAP_S, 0.05))
        t += length
    return slots


def place_slots(steps: Sequence[Step], duration_s: float) -> dict[int, Slot]:
    """Return start and end of each place.

    Places with a stated time start then; the others share what is left evenly, at most 3 s each.
    """
    anchors = _anchors(steps, duration_s)
    runs: list[list[int]] = []
    for place in sorted({s.place for s in steps}):
        if place in anchors or not runs:
            runs.append([place])
        else:
            runs[-1].append(place)
    slots: dict[int, Slot] = {}
    for run in runs:
        start = max(anchors.get(run[0], _START_S), 0.0)
        ends = [t for t in anchors.values() if t > start + 1e-6]
        end = min(ends, default=duration_s - _LAST_S)
        overlap = run[0] in anchors and len(run) == 1  # its own length may pass the next start
        span = (start, max(duration_s - _LAST_S if overlap else end, start + 0.05))
        slots |= _share(steps, run, span, timed=run[0] in anchors)
    return slots


def _side(step: Step) -> str:
    sided = step.action.one_sided
    return {"left": "L", "right": "R"}.get(step.side, "both") if sided else "both"


def _targets(step: Step, way: _Way) -> tuple[Target, ...]:
    action = step.action
    scale = action.sides.get(step.side, (1.0, 1.0)) if not action.one_sided else (1.0, 1.0)
    if action.needs_side and scale == (0.0, 0.0) and action.kind is EventKind.HEAD:
        return tuple(Target(f"head_{axis}", 0.0) for axis in ("yaw", "pitch", "roll"))
    sizes: dict[str, float] = {}
    for channel, value in action.targets.items():
        axis = scale[1 if channel.endswith("pitch") else 0] if action.sides else 1.0
        size = value * step.degree * axis
        if channel.startswith(("AU", "closure")):
            gain = way.intensity if channel.startswith("AU") else 1.0
            size = min(abs(size) * gain, _DEGREE_CEILING if channel != "closure" else 1.0)
        sizes[channel] = size
    if step.angle_deg is not None and action.kind in _PERSISTENT:
        most = float(np.hypot.reduce(list(sizes.values())))
        sizes = {c: v * step.angle_deg / most if most else 0.0 for c, v in sizes.items()}
    keep = action.kind is EventKind.GAZE  # (0, 0) is a place to look at: the camera
    return tuple(Target(c, v) for c, v in sizes.items() if v or keep)


def _made(
    step: Step, start_s: float, phases: Sequence[float], **more: float | bool
) -> PlannedEvent:
    onset, hold, offset = phases
    return PlannedEvent(
        step.action.kind, start_s, onset, max(hold, 0.0), offset, (), side=_side(step),
        origin="instruction", reason=f"asked: {step.words}", source="PRIOR",
        sustain=bool(more.get("sustain", False)), rate_hz=float(more.get("rate_hz", 0.0)),
        cycles=float(more.get("cycles", 0.0)),
    )  # fmt: skip


def _blinks(step: Step, slot: Slot) -> list[PlannedEvent]:
    """Return the blinks or winks of a step, one after the other."""
    slow = min(max(step.speed, 0.8), 2.0)
    phases = (0.08 * slow, 0.03 * slow, 0.16 * slow)
    each = max(sum(phases) + 0.15, (slot[1] - slot[0]) / step.times)
    each = min(each, 0.6 * slow)
    winks = step.action.kind is EventKind.WINK
    targets = (Target("closure", 1.0), Target("other_closure", 0.12 if winks else 0.0))
    starts = [slot[0] + i * each for i in range(step.times)]
    return [replace(_made(step, t, phases), targets=targets, source="FACS02") for t in starts]


def _rhythm(step: Step, slot: Slot, way: _Way) -> list[PlannedEvent]:
    """Return the nods or shakes of a step as one event."""
    length = slot[1] - slot[0]
    goes_on = step.times == 1 and "ing" in step.words
    least = 1 if step.action.kind is EventKind.NOD and not goes_on else 2
    cycles = max(step.times, least)
    rate = max(step.action.rate_hz / (step.speed * way.manner), cycles / length)
    event = _made(step, slot[0], (0.0, cycles / rate, 0.0), rate_hz=rate, cycles=cycles)
    return [replace(event, targets=_targets(step, way))]


def _looks(step: Step, slot: Slot, way: _Way) -> list[PlannedEvent]:
    """Return the looks of a path, one after the other, as often as was said."""
    path = step.action.path * step.times
    each = min(step.action.lasts_s * step.times * step.speed, slot[1] - slot[0]) / len(path)
    looks: list[PlannedEvent] = []
    for i, (yaw, pitch) in enumerate(path):
        goal = (Target("gaze_yaw", yaw * step.degree), Target("gaze_pitch", pitch * step.degree))
        look = replace(_made(step, slot[0] + i * each, (0.0, each, 0.0)), targets=goal)
        if (yaw, pitch) == (0.0, 0.0):
            look = replace(look, reason=f"back: {step.words}")
        looks.append(look)
    return looks


def _back(event: PlannedEvent) -> PlannedEvent:
    """Return the movement back to rest after the time asked for."""
    targets = tuple(replace(t, value=0.0) for t in event.targets)
    reason = event.reason.replace("asked", "back after what was asked", 1)
    return replace(event, start_s=event.end_s, hold_s=0.0, targets=targets, reason=reason)


def _once(step: Step, slot: Slot, way: _Way, *, stays: bool) -> list[PlannedEvent]:
    """Return one movement that fills its slot; `stays`: it is kept to the end of the clip."""
    action, length = step.action, slot[1] - slot[0]
    onset = min(max(action.onset_s * step.speed * way.manner, 0.12), 0.4 * length)
    persistent = action.kind in _PERSISTENT
    offset = 0.0 if persistent else min(1.25 * onset, 0.5 * length)
    sustain = stays and action.kind in (EventKind.EXPRESSION, EventKind.CLOSURE)
    phases = (onset, length - onset - offset, offset)
    event = _made(step, slot[0], phases, sustain=sustain, rate_hz=action.rate_hz)
    event = replace(event, targets=_targets(step, way))
    return [event, _back(event)] if persistent and not stays else [event]


def _movements(step: Step, slot: Slot, way: _Way, *, stays: bool) -> list[PlannedEvent]:
    """Return all events of one step."""
    action = step.action
    if action.kind in _LIDS:
        return _blinks(step, slot)
    if action.kind in _RHYTHMIC:
        return _rhythm(step, slot, way)
    if action.path:
        return _looks(step, slot, way)
    if action.lasts_s and step.times == 1 and not stays:
        slot = (slot[0], min(slot[1], slot[0] + action.lasts_s * step.speed))
    if step.times == 1:
        return _once(step, slot, way, stays=stays)
    each = min((slot[1] - slot[0]) / step.times, 2 * _AGAIN_S * step.speed)
    return [
        event
        for i in range(step.times)
        for event in _once(
            replace(step, speed=0.6 * step.speed),
            (slot[0] + i * each, slot[0] + i * each + min(0.8 * each, _AGAIN_S * step.speed)),
            way,
            stays=False,
        )
    ]


def _soon_replaced(step: Step, end_s: float, later: Sequence[Step], slots: dict[int, Slot]) -> bool:
    """Return True when the next movement of the group comes before one could go back to rest."""
    starts = [slots[s.place][0] for s in later if s.action.group == step.action.group]
    return any(0 <= t - end_s < _BACK_S for t in starts)


def _until(step: Step, later: Sequence[Step], slots: dict[int, Slot]) -> float | None:
    """Return when a later step ends this one, or takes its place at a stated time."""
    for other in later:
        same = other.action.group in ("*", step.action.group) or _unseen_behind(step, other)
        anchored = other.when.start_s is not None or other.when.later_s is not None
        if same and (other.stops or anchored) and other.place != step.place:
            return slots[other.place][0]
    return None


def _unseen_behind(step: Step, other: Step) -> bool:
    """Return whether `other` is a look that closed lids would hide."""
    shut = step.action.kind is EventKind.CLOSURE and step.action.targets["closure"] >= _SHUT
    return shut and other.action.kind is EventKind.GAZE and other.place != step.place


def _impossible(step: Step, duration_s: float, words: list[str]) -> bool:
    """Return whether no time is left for a step; `words` then gets what was asked, and why."""
    start, end = step.when.start_s, step.when.end_s
    if start is None:
        return False
    if start >= duration_s - 0.1:
        words.append(f"{step.words} (at {start:g} s of {duration_s:g} s)")
        return True
    if end is not None and end <= start:
        words.append(f"{step.words} (from {start:g} to {end:g} s: ends before it starts)")
        return True
    return False


def _as_often_as_fits(step: Step, room_s: float, words: list[str]) -> Step:
    """Return the step with no more repetitions than there is time for; `words` gets the rest."""
    most = max(1, int(room_s / _EACH_LEAST_S))
    if step.times <= most:
        return step
    words.append(f"{step.words} ({most} of {step.times} times fit)")
    return replace(step, times=most)


def _is_free(step: Step) -> bool:
    """Return whether a look or a turn may go to either side: "away", "averts the gaze"."""
    if step.action.kind not in _PERSISTENT or step.action.path:
        return False
    return step.side in EITHER_SIDE or (not step.action.sides and bool(step.action.targets))


@dataclass(frozen=True, slots=True)
class Scripted:
    """What steps became."""

    events: tuple[PlannedEvent, ...]
    free: frozenset[int]  # numbers of the events that may go to either side, written to the left
    too_late: tuple[str, ...]  # words of what the clip is too short for


def step_events(
    steps: Sequence[Step], duration_s: float, manner: float, intensity: float
) -> Scripted:
    """Return the events of steps, and the words of those that the clip is too short for."""
    way = _Way(duration_s, manner, intensity)
    words: list[str] = []
    steps = [s for s in steps if not _impossible(s, duration_s, words)]
    slots = place_slots(steps, duration_s)
    events: list[PlannedEvent] = []
    free: set[int] = set()
    for i, step in enumerate(steps):
        if step.stops:
            continue
        slot, later = slots[step.place], steps[i + 1 :]
        step = _as_often_as_fits(step, duration_s - slot[0], words)  # noqa: PLW2901
        last = all(
            s.action.group != step.action.group and not _unseen_behind(step, s) for s in later
        )
        until = _until(step, later, slots)
        ends = step.when.end_s is not None and step.when.end_s < duration_s - 1e-6
        limited = ends or step.when.lasts_s is not None or until is not None
        if until is not None and not ends and step.when.lasts_s is None and step.action.sustains:
            release = 1.25 * step.action.onset_s * step.speed * manner  # begins when the next does
            slot = (slot[0], max(until + release, slot[0] + 0.2))
        stays = last and not limited and step.action.sustains and step.times == 1
        follows = not last and step.action.kind in _PERSISTENT and not limited
        made = _movements(
            step, slot, way, stays=stays or (follows and step.action.sustains and step.times == 1)
        )
        returns = len(made) > 1 and made[-1].reason.startswith("back")
        if returns and _soon_replaced(step, made[-1].start_s, later, slots):
            made.pop()
        free |= set(range(len(events), len(events) + len(made))) if _is_free(step) else set()
        events += made
    return Scripted(tuple(events), frozenset(free), tuple(words))
