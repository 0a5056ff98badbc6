"""The events of one step alone: its targets, its blinks, its nods, its looks along a path."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from cogportrait.agents.instruction_script import Step
from cogportrait.agents.instruction_slots import Slot
from cogportrait.types import EventKind, PlannedEvent, Target

_DEGREE_CEILING: Final = 0.95
EACH_LEAST_S: Final = 0.45  # a blink and the open eye after it; faster ones are not told apart
BLINK_LEAST_S: Final = 0.33  # of those that are to be made within a time
_EVERY_S: Final = 1.0  # from one to the next of what is kept up
_BLINK_MOST_S: Final = 0.45  # a closing that is asked to be longer is no blink
_CLOSING: Final = 0.3  # share of a closing that is asked to take a time, and the most of it
_CLOSING_MOST_S: Final = 0.35
_OPENING: Final = 0.4
_OPENING_MOST_S: Final = 0.44
_COUNTED: Final = re.compile(r"\b(?:once|twice|thrice|double|triple|times?|\d+ ?x)\b")
PERSISTENT: Final = (EventKind.GAZE, EventKind.HEAD)


@dataclass(frozen=True, slots=True)
class Way:
    """How the steps of a text are done."""

    duration_s: float
    manner: float  # factor on times
    intensity: float


def _side(step: Step) -> str:
    sided = step.action.one_sided
    return {"left": "L", "right": "R"}.get(step.side, "both") if sided else "both"


def targets_of(step: Step, way: Way) -> tuple[Target, ...]:
    """Return where a step leads, as large as was said."""
    action = step.action
    scale = action.sides.get(step.side, (1.0, 1.0)) if not action.one_sided else (1.0, 1.0)
    scale = step.slanting or scale
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
    if step.angle_deg is not None and action.kind in PERSISTENT:
        most = float(np.hypot.reduce(list(sizes.values())))
        sizes = {c: v * step.angle_deg / most if most else 0.0 for c, v in sizes.items()}
    # Zero is a place to look at, the camera, and a pose: the head comes up to where it was.
    keep = action.kind is EventKind.GAZE or not any(action.targets.values())
    return tuple(Target(c, v) for c, v in sizes.items() if v or keep)


def event_of(
    step: Step, start_s: float, phases: Sequence[float], **more: float | bool
) -> PlannedEvent:
    """Return an event of a step without targets; `phases`: onset, hold and offset, seconds."""
    onset, hold, offset = phases
    return PlannedEvent(
        step.action.kind, start_s, onset, max(hold, 0.0), offset, (), side=_side(step),
        origin="instruction", reason=f"asked: {step.words}", source="PRIOR",
        sustain=bool(more.get("sustain", False)), rate_hz=float(more.get("rate_hz", 0.0)),
        cycles=float(more.get("cycles", 0.0)),
    )  # fmt: skip


def within_s(step: Step) -> float | None:
    """Return the time that all blinks of a step have together: "three times in two seconds".

    A length is that of all of them, too, where nobody counts: "blinks rapidly for a second".
    """
    lids = step.action.kind in (EventKind.BLINK, EventKind.WINK)
    several = step.times > 1 and not step.goes_on and not re.search(r"\beach\b", step.words)
    together = step.when.over_s
    if together is None and not _COUNTED.search(step.words):
        together = step.when.lasts_s
    return together if lids and several and not step.shares_time else None


def blinks_of(step: Step, slot: Slot) -> list[PlannedEvent]:
    """Return the blinks or winks of a step, one after the other.

    One that is to take a time is a closing of that length, or each is; several share it.
    """
    said = None if step.shares_time else step.when.lasts_s or step.when.over_s
    alone = step.times == 1 or re.search(r"\beach\b", step.words)
    together = within_s(step)
    short = not together and said and said < step.times * EACH_LEAST_S
    alone = alone or short  # no room for all of them
    if said and alone and not step.goes_on:
        every = max(said + 0.15, EACH_LEAST_S)
        return [_closing(step, slot[0] + i * every, said) for i in range(step.times)]
    slow = min(max(step.speed, 0.8), 2.0)
    phases = (0.08 * slow, 0.03 * slow, 0.16 * slow)
    length = said or slot[1] - slot[0]
    times = max(step.times, round(length / _EVERY_S)) if step.goes_on else step.times
    if together:  # "ten blinks in three seconds" are quick ones
        quick = min(1.0, together / step.times / (sum(phases) + 0.15))
        phases = (quick * phases[0], quick * phases[1], quick * phases[2])
        return [_blink(step, slot[0] + i * together / times, phases) for i in range(times)]
    each = max(sum(phases) + 0.15, length / times)
    each = (
        each if said and not step.goes_on else min(each, _EVERY_S if step.goes_on else 0.6 * slow)
    )
    starts = [slot[0] + i * each for i in range(times)]
    return [_blink(step, t, phases) for t in starts]


def _blink(step: Step, start_s: float, phases: Sequence[float]) -> PlannedEvent:
    other = 0.12 if step.action.kind is EventKind.WINK else 0.0
    goal = (Target("closure", 1.0), Target("other_closure", other))
    return replace(event_of(step, start_s, phases), targets=goal, source="FACS02")


def _closing(step: Step, start_s: float, length_s: float) -> PlannedEvent:
    """Return a blink or a wink that takes a time; a closure where no blink takes so long."""
    onset, offset = _CLOSING * length_s, _OPENING * length_s
    if length_s <= _BLINK_MOST_S:
        return _blink(step, start_s, (onset, length_s - onset - offset, offset))
    onset, offset = min(onset, _CLOSING_MOST_S), min(offset, _OPENING_MOST_S)
    event = event_of(step, start_s, (onset, length_s - onset - offset, offset))
    return replace(event, kind=EventKind.CLOSURE, targets=(Target("closure", 1.0),))


def swings_of(step: Step, slot: Slot, way: Way) -> list[PlannedEvent]:
    """Return the nods or shakes of a step as one event."""
    length = min(step.when.lasts_s or np.inf, slot[1] - slot[0])
    goes_on = step.times == 1 and "ing" in step.words
    single = step.action.kind is EventKind.NOD and not goes_on
    least = 1 if single or "once" in step.words.split() else 2
    usual = step.action.rate_hz / (step.speed * way.manner)
    timed = step.when.lasts_s is not None or step.when.end_s is not None
    filled = step.goes_on or (timed and step.times == 1)
    cycles = max(step.times, least, round(usual * length) if filled else 0)
    spread = (step.when.over_s or step.when.lasts_s) if step.times > 1 else None
    rate = cycles / min(spread, slot[1] - slot[0]) if spread else max(usual, cycles / length)
    event = event_of(step, slot[0], (0.0, cycles / rate, 0.0), rate_hz=rate, cycles=cycles)
    return [replace(event, targets=targets_of(step, way))]


def looks_of(step: Step, slot: Slot, way: Way) -> list[PlannedEvent]:
    """Return the looks of a path, one after the other, as often as was said."""
    usual, said = step.action.lasts_s * step.speed, step.when.lasts_s
    times = max(step.times, round(said / usual)) if said else step.times
    path = step.action.path * times
    each = min(said or usual * times, slot[1] - slot[0]) / len(path)
    looks: list[PlannedEvent] = []
    for i, (yaw, pitch) in enumerate(path):
        goal = (Target("gaze_yaw", yaw * step.degree), Target("gaze_pitch", pitch * step.degree))
        look = replace(event_of(step, slot[0] + i * each, (0.0, each, 0.0)), targets=goal)
        if (yaw, pitch) == (0.0, 0.0):
            look = replace(look, reason=f"back: {step.words}")
        looks.append(look)
    return looks


def way_back(event: PlannedEvent) -> PlannedEvent:
    """Return the movement back to rest after the time asked for."""
    targets = tuple(replace(t, value=0.0) for t in event.targets)
    reason = event.reason.replace("asked", "back after what was asked", 1)
    return replace(event, start_s=event.end_s, hold_s=0.0, targets=targets, reason=reason)
