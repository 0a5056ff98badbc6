"""From steps to planned events: each in its slot of time, as large and as fast as was said."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from cogportrait.agents.action_patterns import Action, mood
from cogportrait.agents.instruction_denials import Denied
from cogportrait.agents.instruction_looks import settle_looks
from cogportrait.agents.instruction_script import Step
from cogportrait.agents.instruction_slots import SETTLES_S, Slot, place_slots
from cogportrait.agents.instruction_vocabulary import slant_deg
from cogportrait.agents.instruction_words import EITHER_SIDE
from cogportrait.behavior.reach import DOWN_REACH_DEG, UP_REACH_DEG, YAW_REACH_DEG
from cogportrait.facs.limits import channel_limits
from cogportrait.types import EventKind, Interval, PlannedEvent, Target

_DEGREE_CEILING: Final = 0.95
_EACH_LEAST_S: Final = 0.45  # a blink and the open eye after it; faster ones are not told apart
_AGAIN_S: Final = 0.9  # one of several repetitions of a movement
_BACK_S: Final = 0.5
_EVERY_S: Final = 1.0  # from one to the next of what is kept up
_PERSISTENT: Final = (EventKind.GAZE, EventKind.HEAD)
_RHYTHMIC: Final = (EventKind.NOD, EventKind.SHAKE)
_ALSO: Final = re.compile(r"\b(?:also|too|as well)\b")
_LIDS: Final = (EventKind.BLINK, EventKind.WINK)


@dataclass(frozen=True, slots=True)
class _Way:
    """How the steps of a text are done."""

    duration_s: float
    manner: float  # factor on times
    intensity: float


def _side(step: Step) -> str:
    sided = step.action.one_sided
    return {"left": "L", "right": "R"}.get(step.side, "both") if sided else "both"


def _targets(step: Step, way: _Way) -> tuple[Target, ...]:
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
    length = step.when.lasts_s or slot[1] - slot[0]
    times = max(step.times, round(length / _EVERY_S)) if step.goes_on else step.times
    each = max(sum(phases) + 0.15, length / times)
    each = min(each, _EVERY_S if step.goes_on else 0.6 * slow)
    winks = step.action.kind is EventKind.WINK
    targets = (Target("closure", 1.0), Target("other_closure", 0.12 if winks else 0.0))
    starts = [slot[0] + i * each for i in range(times)]
    return [replace(_made(step, t, phases), targets=targets, source="FACS02") for t in starts]


def _rhythm(step: Step, slot: Slot, way: _Way) -> list[PlannedEvent]:
    """Return the nods or shakes of a step as one event."""
    length = min(step.when.lasts_s or np.inf, slot[1] - slot[0])
    goes_on = step.times == 1 and "ing" in step.words
    single = step.action.kind is EventKind.NOD and not goes_on
    least = 1 if single or "once" in step.words.split() else 2
    usual = step.action.rate_hz / (step.speed * way.manner)
    timed = step.when.lasts_s is not None or step.when.end_s is not None
    filled = step.goes_on or (timed and step.times == 1)
    cycles = max(step.times, least, round(usual * length) if filled else 0)
    rate = max(usual, cycles / length)
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


def _once(
    step: Step, slot: Slot, way: _Way, *, stays: bool, release_s: float | None = None
) -> list[PlannedEvent]:
    """Return one movement that fills its slot; `stays`: it is kept to the end of the clip."""
    action, length = step.action, slot[1] - slot[0]
    usual = min(max(action.onset_s * step.speed * way.manner, 0.12), 0.4 * length)
    persistent = action.kind in _PERSISTENT
    offset = min(release_s or 1.25 * usual, (0.8 if release_s else 0.5) * length)
    offset = 0.0 if persistent else offset
    over = None if action.kind is EventKind.GAZE else step.when.over_s  # see ``settle_looks``
    sustain = stays and action.kind in (EventKind.EXPRESSION, EventKind.CLOSURE)
    onset = usual if over is None else min(over, length if sustain else length - offset)
    phases = (onset, length - onset - offset, offset)
    event = _made(step, slot[0], phases, sustain=sustain, rate_hz=action.rate_hz)
    event = replace(event, targets=_targets(step, way))
    return [event, _back(event)] if persistent and not stays else [event]


def _movements(
    step: Step, slot: Slot, way: _Way, *, stays: bool, release_s: float | None = None
) -> list[PlannedEvent]:
    """Return all events of one step."""
    action = step.action
    if step.when.every_s:
        return _every(step, slot, way)
    if action.kind in _LIDS:
        return _blinks(step, slot)
    if action.kind in _RHYTHMIC:
        return _rhythm(step, slot, way)
    if action.path:
        return _looks(step, slot, way)
    asked = step.goes_on or step.when.lasts_s is not None or step.when.end_s is not None
    if action.lasts_s and step.times == 1 and not stays and not asked:
        slot = (slot[0], min(slot[1], slot[0] + action.lasts_s * step.speed))
    if step.times == 1:
        if step.when.lasts_s is not None and not step.when.over_s:  # shorter than others there
            slot = (slot[0], min(slot[1], slot[0] + step.when.lasts_s + SETTLES_S))
        return _once(step, slot, way, stays=stays, release_s=release_s)
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


def _every(step: Step, slot: Slot, way: _Way) -> list[PlannedEvent]:
    """Return what happens "every two seconds" until the end of its slot."""
    every = max(step.when.every_s or 1.0, _EACH_LEAST_S)
    once = replace(step, when=replace(step.when, every_s=None, lasts_s=None, end_s=None))
    starts = np.arange(slot[0], max(slot[1] - 0.2, slot[0] + 0.01), every)
    return [
        event
        for start in starts
        for event in _movements(
            once, (float(start), float(start) + min(0.8 * every, _AGAIN_S * step.speed)), way,
            stays=False,
        )
    ]  # fmt: skip


def _soon_replaced(step: Step, end_s: float, later: Sequence[Step], slots: dict[int, Slot]) -> bool:
    """Return True when the next movement of the group comes before one could go back to rest."""
    starts = [slots[s.place][0] for s in later if s.action.group == step.action.group]
    return any(0 <= t - end_s < _BACK_S for t in starts)


def _ended_by(step: Step, later: Sequence[Step]) -> Step | None:
    """Return the later step that ends this one, takes its place at a stated time, or changes it."""
    for other in later:
        same = other.action.group in ("*", step.action.group) or _unseen_behind(step, other)
        anchored = other.when.start_s is not None or other.when.later_s is not None
        more = other.action is step.action and other.side == step.side and step.action.sustains
        lids = other.action.kind is step.action.kind is EventKind.CLOSURE
        more = (
            (more or lids)
            and step.times == other.times == 1
            and step.action.kind not in _PERSISTENT
        )
        if step.apart(other.action, other.side) and (other.stops or _ALSO.search(other.words)):
            continue
        moves_on = other.action.group == step.action.group and not (other.stops or anchored)
        if moves_on and step.action.kind in _PERSISTENT and other.place != step.place:
            return None
        if _contrary(step, other):
            return other
        if same and (other.stops or anchored or more) and other.place != step.place:
            return other
    return None


def _contrary(step: Step, other: Step) -> bool:
    """Return whether a later step shows another feeling: "frowns, then smiles"."""
    moods = mood(step.action), mood(other.action)
    later = other.place > step.place and step.when.end_s is None and step.action.sustains
    later = later and not other.stops
    return all(moods) and moods[0] != moods[1] and later


def _unseen_behind(step: Step, other: Step) -> bool:
    """Return whether `other` is a look that closed lids would hide."""
    looks = other.action.kind is EventKind.GAZE and other.place != step.place
    return step.shuts and looks


def _impossible(step: Step, duration_s: float, words: list[str]) -> bool:
    """Return whether no time is left for a step; `words` then gets what was asked, and why."""
    start, end = step.when.start_s, step.when.end_s
    if step.when.lasts_s is not None and step.when.lasts_s <= 0:
        words.append(f"{step.words} (for {step.when.lasts_s:g} s)")
        return True
    if start is None:
        return False
    if start >= duration_s - 0.1:
        words.append(f"{step.words} (at {start:g} s of {duration_s:g} s)")
        return True
    if end is not None and end <= start:
        words.append(f"{step.words} (from {start:g} to {end:g} s: ends before it starts)")
        return True
    return False


def _within_reach(step: Step, steps: Sequence[Step], words: list[str]) -> Step:
    """Return the step with no larger an angle or degree than there is; `words` gets the rest."""
    if step.degree > 1 and re.search(r"%|percent", step.words):
        words.append(f"{step.words} (100 % at most)")
        return replace(step, degree=1.0)
    if step.angle_deg is None or step.action.kind not in _PERSISTENT:
        return step
    most = _reach_deg(step)
    if step.action.kind is EventKind.GAZE:  # a head that turns as well carries the eyes further
        turns = [s for s in steps if s.action.kind is EventKind.HEAD]
        most += max((min(s.angle_deg or 0.0, _reach_deg(s)) for s in turns), default=0.0)
    if step.angle_deg <= most:
        return step
    words.append(f"{step.words} ({round(most, 1):g} of {round(step.angle_deg, 1):g} degrees)")
    return replace(step, angle_deg=most)


def _reach_deg(step: Step) -> float:
    """Return how far eyes or head go in the direction of a step."""
    if step.slanting and step.angle_deg:  # until one of the two axes is at its end
        ways = ((step.slanting[0], 0.0), (0.0, step.slanting[1]))
        each = [(_reach_deg(replace(step, slanting=None, side="", action=_along(step.action, way))),
                 slant_deg(step.action, way)) for way in ways if any(way)]  # fmt: skip
        return min(most / size for most, size in each if size) * step.angle_deg
    x, y = step.action.sides.get(step.side, (1.0, 1.0))
    if step.action.kind is EventKind.GAZE:
        vertical = (UP_REACH_DEG if y > 0 else DOWN_REACH_DEG) if y else np.inf
        return float(min(YAW_REACH_DEG if x else np.inf, vertical))
    most = np.inf
    for channel, value in step.action.targets.items():
        sign = value * (y if channel.endswith("pitch") else x)
        if sign and channel.startswith("head_") and channel != "head_z":
            low, high = channel_limits(channel).soft  # no drawn head goes further
            most = min(most, high if sign > 0 else -low)
    return float(most)


def _along(action: Action, way: tuple[float, float]) -> Action:
    """Return a movement that only goes along a way."""
    return replace(action, sides={"": way})


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
    denied: tuple[tuple[Denied, Interval], ...]  # what is forbidden at its place in the order
    not_done: tuple[str, ...]  # words of what there is no time or no reach for


def _events_of(
    step: Step, later: Sequence[Step], slots: dict[int, Slot], way: _Way
) -> list[PlannedEvent]:
    """Return the events of one step, given those after it."""
    slot, action = slots[step.place], step.action
    ends = step.when.end_s is not None and step.when.end_s < way.duration_s - 1e-6
    whole = step.when.end_s is not None and not ends  # eyes closed throughout hide later looks
    last = all(
        (
            s.action.group != action.group
            or s.place == step.place  # the head tilts while it turns
            or (step.apart(s.action, s.side) and (s.stops or _ALSO.search(s.words)))
        )
        and (whole or not _unseen_behind(step, s))
        for s in later
    )
    ender = _ended_by(step, later)
    limited = ends or step.when.lasts_s is not None or ender is not None
    release: float | None = None
    if ender is not None and not ends and step.when.lasts_s is None and action.sustains:
        slot, release = _let_go(step, ender, slot, slots[ender.place][0], way)
    elif (step.goes_on or step.when.every_s) and not limited and not _follows(step, later):
        slot = (slot[0], way.duration_s - 0.1)
    once = step.times == 1 and action.sustains
    stays = last and not limited and once
    follows = not last and action.kind in _PERSISTENT and not limited and once
    made = _movements(step, slot, way, stays=stays or follows, release_s=release)
    returns = len(made) > 1 and made[-1].reason.startswith("back")
    if returns and _soon_replaced(step, made[-1].start_s, later, slots):
        made.pop()
    return made


def _follows(step: Step, later: Sequence[Step]) -> bool:
    return any(s.place > step.place for s in later)


def _let_go(
    step: Step, ender: Step, slot: Slot, until_s: float, way: _Way
) -> tuple[Slot, float | None]:
    """Return the slot of what a later step ends, and how long letting go takes when that is said.

    Letting go begins when the later step does.
    """
    said = ender.when.over_s if ender.stops else None
    if said is None and ender.stops and ender.speed > 1:
        said = 1.25 * step.action.onset_s * ender.speed * way.manner
    release = said or 1.25 * step.action.onset_s * step.speed * way.manner
    return (slot[0], max(until_s + release, slot[0] + 0.2)), said


def step_events(
    steps: Sequence[Step], duration_s: float, manner: float, intensity: float
) -> Scripted:
    """Return the events of steps, and the words of those that the clip is too short for."""
    way = _Way(duration_s, manner, intensity)
    words: list[str] = []
    steps = [s for s in steps if not _impossible(s, duration_s, words)]
    steps = [_within_reach(s, steps, words) for s in steps]
    slots = place_slots(steps, duration_s)
    made: list[tuple[PlannedEvent, Step]] = []
    denied: list[tuple[Denied, Interval]] = []
    for i, step in enumerate(steps):
        start, end = slots[step.place]
        later = steps[i + 1 :]
        if step.denied:
            lasts = not later and step.when.end_s is None and step.when.lasts_s is None
            until = duration_s if lasts else max(step.when.end_s or 0.0, end)
            since = start if made else 0.0
            denied.append((step.denied, Interval(since, min(until, duration_s))))
        elif not step.stops:
            step = _as_often_as_fits(step, duration_s - start, words)  # noqa: PLW2901
            made += [(e, step) for e in _events_of(step, later, slots, way)]
    settled = settle_looks(made, duration_s)
    free = frozenset(i for i, (_, step) in enumerate(settled) if _is_free(step))
    return Scripted(tuple(e for e, _ in settled), free, tuple(denied), tuple(words))
