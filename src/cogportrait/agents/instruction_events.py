"""From steps to planned events: each in its slot of time, as large and as fast as was said."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from cogportrait.agents.action_patterns import Action, mood
from cogportrait.agents.instruction_denials import Denied
from cogportrait.agents.instruction_looks import settle_looks
from cogportrait.agents.instruction_movements import (
    BLINK_LEAST_S,
    EACH_LEAST_S,
    PERSISTENT,
    Way,
    blinks_of,
    event_of,
    looks_of,
    swings_of,
    targets_of,
    way_back,
    within_s,
)
from cogportrait.agents.instruction_script import Step
from cogportrait.agents.instruction_slots import Slot, place_slots, settles_s
from cogportrait.agents.instruction_vocabulary import slant_deg
from cogportrait.agents.instruction_words import EITHER_SIDE
from cogportrait.behavior.reach import DOWN_REACH_DEG, UP_REACH_DEG, YAW_REACH_DEG
from cogportrait.facs.limits import channel_limits
from cogportrait.types import EventKind, Interval, PlannedEvent

_AGAIN_S: Final = 0.9  # one of several repetitions of a movement
_BACK_S: Final = 0.5
_RHYTHMIC: Final = (EventKind.NOD, EventKind.SHAKE)
_ALSO: Final = re.compile(r"\b(?:also|too|as well|follow(?:s|ing)?|joins?)\b")
_LIDS: Final = (EventKind.BLINK, EventKind.WINK)


def _once(
    step: Step, slot: Slot, way: Way, *, stays: bool, release_s: float | None = None
) -> list[PlannedEvent]:
    """Return one movement that fills its slot; `stays`: it is kept to the end of the clip."""
    action, length = step.action, slot[1] - slot[0]
    usual = min(max(action.onset_s * step.speed * way.manner, 0.12), 0.4 * length)
    persistent = action.kind in PERSISTENT
    offset = min(release_s or 1.25 * usual, (0.8 if release_s else 0.5) * length)
    offset = 0.0 if persistent else offset
    over = None if action.kind is EventKind.GAZE else step.when.over_s  # see ``settle_looks``
    sustain = stays and action.kind in (EventKind.EXPRESSION, EventKind.CLOSURE)
    onset = usual if over is None else min(over, length if sustain else length - offset)
    phases = (onset, length - onset - offset, offset)
    event = event_of(step, slot[0], phases, sustain=sustain, rate_hz=action.rate_hz)
    event = replace(event, targets=targets_of(step, way))
    return [event, way_back(event)] if persistent and not stays else [event]


def _movements(
    step: Step, slot: Slot, way: Way, *, stays: bool, release_s: float | None = None
) -> list[PlannedEvent]:
    """Return all events of one step."""
    action = step.action
    if step.when.every_s:
        return _every(step, slot, way)
    if action.kind in _LIDS:
        return blinks_of(step, slot)
    if action.kind in _RHYTHMIC:
        return swings_of(step, slot, way)
    if action.path:
        return looks_of(step, slot, way)
    asked = step.goes_on or step.when.lasts_s is not None or step.when.end_s is not None
    if action.lasts_s and step.times == 1 and not stays and not asked:
        slot = (slot[0], min(slot[1], slot[0] + action.lasts_s * step.speed))
    if step.times == 1:
        if step.when.lasts_s is not None and not step.when.over_s:  # shorter than others there
            slot = (slot[0], min(slot[1], slot[0] + step.when.lasts_s + settles_s(step)))
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


def _every(step: Step, slot: Slot, way: Way) -> list[PlannedEvent]:
    """Return what happens "every two seconds" until the end of its slot."""
    every = max(step.when.every_s or 1.0, EACH_LEAST_S)
    own = step.when.lasts_s if step.lasts_each else None
    once = replace(step, when=replace(step.when, every_s=None, lasts_s=own, end_s=None))
    lasts = None if step.lasts_each else step.when.lasts_s
    length = _AGAIN_S * step.speed if own is None else own + settles_s(step)
    until = slot[1] - 0.2 if lasts is None else min(slot[0] + lasts - 0.05, slot[1])
    starts = np.arange(slot[0], max(until, slot[0] + 0.01), every)
    return [
        event
        for start in starts
        for event in _movements(
            once, (float(start), float(start) + min(0.8 * every, length)), way, stays=False
        )
    ]  # fmt: skip


def _soon_replaced(step: Step, end_s: float, later: Sequence[Step], slots: dict[int, Slot]) -> bool:
    """Return True when the next movement of the group comes before one could go back to rest."""
    starts = [slots[s.place][0] for s in later if s.action.group == step.action.group]
    return any(0 <= t - end_s < _BACK_S for t in starts)


def _ended_by(step: Step, later: Sequence[Step]) -> Step | None:
    """Return the later step that ends this one, takes its place at a stated time, or changes it."""
    for other in later:
        brief = not (other.action.sustains or other.stops)
        if step.when.whole and brief and other.action.kind is not EventKind.GAZE:
            continue  # a nod of a head that is tilted all the time
        same = other.action.group in ("*", step.action.group) or _unseen_behind(step, other)
        anchored = other.when.start_s is not None or other.when.later_s is not None
        more = other.action is step.action and other.side == step.side and step.action.sustains
        lids = other.action.kind is step.action.kind is EventKind.CLOSURE
        more = (
            (more or lids) and step.times == other.times == 1 and step.action.kind not in PERSISTENT
        )
        if step.apart(other.action, other.side) and (
            other.stops or _ALSO.search(other.words) or _ended_for_both(step, other, later)
        ):
            continue
        moves_on = other.action.group == step.action.group and not (other.stops or anchored)
        if moves_on and step.action.kind in PERSISTENT and other.place != step.place:
            return None
        if _contrary(step, other):
            return other
        if moves_on and not more and other.action.sustains and other.place != step.place:
            return None  # "widens, narrows, widens again"
        if same and (other.stops or anchored or more) and other.place != step.place:
            return other
    return None


def _ended_for_both(step: Step, other: Step, later: Sequence[Step]) -> bool:
    """Return whether one side stays until both are let go: "raises one brow, ... lowers both"."""
    return any(
        s.stops and s.place > other.place and s.action.group == step.action.group
        and not (step.apart(s.action, s.side) or other.apart(s.action, s.side))
        for s in later
    )  # fmt: skip


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
    when = step.when
    start, end, later = when.start_s, when.end_s, when.later_s
    why = ""
    if when.lasts_s is not None and when.lasts_s <= 0:
        why = f"for {when.lasts_s:g} s"
    elif later is not None and not 0 <= later < duration_s - 0.1:
        why = f"after {later:g} s of {duration_s:g} s"
    elif start is not None and not 0 <= start < duration_s - 0.1:
        why = f"at {start:g} s of {duration_s:g} s"
    elif start is not None and end is not None and end <= start:
        why = f"from {start:g} to {end:g} s: ends before it starts"
    elif start is None and end is not None and end <= 0:
        why = f"until {end:g} s"
    if why:
        words.append(f"{step.words} ({why})")
    return bool(why)


def _report_too_long(step: Step, duration_s: float, words: list[str]) -> None:
    """Report a length that is more than that of the whole clip; it is kept to the end."""
    for how, length in (("for", step.when.lasts_s), ("over", step.when.over_s)):
        if length is not None and length > duration_s:
            words.append(f"{step.words} ({how} {length:g} s of {duration_s:g} s)")


def _within_reach(step: Step, steps: Sequence[Step], words: list[str]) -> Step:
    """Return the step with no larger an angle or degree than there is; `words` gets the rest."""
    if step.degree > 1 and re.search(r"%|percent", step.words):
        words.append(f"{step.words} (100 % at most)")
        return replace(step, degree=1.0)
    if step.angle_deg is None or step.action.kind not in PERSISTENT:
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
    within = within_s(step)
    least = BLINK_LEAST_S if within else EACH_LEAST_S
    most = max(1, int(min(room_s, within or room_s) / least))
    if step.times <= most:
        return step
    words.append(f"{step.words} ({most} of {step.times} times fit)")
    return replace(step, times=most)


def _each_as_long(step: Step) -> Step:
    """Return the step with the time of all its repetitions where that of one was said."""
    lasts = step.when.lasts_s
    if step.action.kind in (*_LIDS, *_RHYTHMIC) or not lasts or step.times == 1:
        return step
    if lasts / step.times >= EACH_LEAST_S:
        return step
    return replace(step, when=replace(step.when, lasts_s=lasts * step.times))


def _is_free(step: Step) -> bool:
    """Return whether a look or a turn may go to either side: "away", "averts the gaze"."""
    if step.action.kind not in PERSISTENT or step.action.path:
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
    step: Step, later: Sequence[Step], slots: dict[int, Slot], way: Way
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
    kept_up = step.goes_on or step.when.every_s
    ender = _ended_by(step, later) if action.sustains or kept_up else None
    lasts = step.when.lasts_s is not None and not step.lasts_each
    limited = ends or lasts or ender is not None
    release: float | None = None
    if (
        ender is not None
        and action.sustains
        and (not (ends or step.when.lasts_s) or _slowly_ended(ender, slots, slot))
    ):
        slot, release = _let_go(step, ender, slot, slots[ender.place][0], way)
    elif kept_up and not limited and not _follows(step, later):
        slot = (slot[0], way.duration_s - 0.1)
    once = step.times == 1 and action.sustains
    stays = last and not limited and once
    follows = not last and action.kind in PERSISTENT and not limited and once
    made = _movements(step, slot, way, stays=stays or follows, release_s=release)
    returns = len(made) > 1 and made[-1].reason.startswith("back")
    timed = ends or step.when.lasts_s is not None
    moved_on = ender is not None and not timed and _leads_elsewhere(step, ender, way)
    if returns and (moved_on or _soon_replaced(step, made[-1].start_s, later, slots)):
        made.pop()  # "turns left, at 4 s turns right": from there, not from rest
    return made


def _leads_elsewhere(step: Step, ender: Step, way: Way) -> bool:
    """Return whether a later step takes eyes or head from where they are to another place."""
    same = ender.action.kind is step.action.kind and not ender.stops
    return same and any(t.value for t in targets_of(ender, way))


def _slowly_ended(ender: Step, slots: dict[int, Slot], slot: Slot) -> bool:
    """Return whether what ends after a stated time is said to end so fast: "and fades slowly"."""
    said = ender.stops and (ender.when.over_s is not None or ender.speed != 1.0)
    return bool(said and slots[ender.place][0] - slot[1] <= _BACK_S)


def _follows(step: Step, later: Sequence[Step]) -> bool:
    return any(s.place > step.place for s in later)


def _let_go(
    step: Step, ender: Step, slot: Slot, until_s: float, way: Way
) -> tuple[Slot, float | None]:
    """Return the slot of what a later step ends, and how long letting go takes when that is said.

    Letting go begins when the later step does.
    """
    said = ender.when.over_s if ender.stops else None
    if said is None and ender.stops and (ender.speed != 1.0 or step.speed != 1.0):
        said = 1.25 * step.action.onset_s * ender.speed * way.manner
    release = said or 1.25 * step.action.onset_s * step.speed * way.manner
    return (slot[0], max(until_s + release, slot[0] + 0.2)), said


def step_events(
    steps: Sequence[Step], duration_s: float, manner: float, intensity: float
) -> Scripted:
    """Return the events of steps, and the words of those that the clip is too short for."""
    way = Way(duration_s, manner, intensity)
    words: list[str] = []
    steps = [s for s in steps if not _impossible(s, duration_s, words)]
    for step in steps:
        _report_too_long(step, duration_s, words)
    steps = [_each_as_long(_within_reach(s, steps, words)) for s in steps]
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
