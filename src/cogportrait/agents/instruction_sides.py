"""To which side somebody looks or turns "away" or "aside", when no side is said.

The reader writes such events to the person's left. Where the head is turned they go to its side:
eyes that look the other way would have to cross to the far corner. Else they go where the label
itself looks aside, and where it never does the seed decides.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from cogportrait.types import EventKind, PlannedEvent, Target

AHEAD_S: Final = 1.0  # after a look, in which the head that goes with it has arrived
FACES_DEG: Final = 2.0  # yaw of a head that is turned to a side
ASIDE_DEG: Final = 4.0  # yaw of a look to a side
_YAWS: Final = ("gaze_yaw", "head_yaw")


def choose_sides(
    events: Sequence[PlannedEvent],
    free: Collection[int],
    label_looks: Sequence[PlannedEvent],
    seeded: float,
) -> list[PlannedEvent]:
    """Return the events with those that are free to go to either side on the side of the head.

    Parameters
    ----------
    events : sequence of PlannedEvent
        Of label and instruction.
    free : collection of int
        Which of them have no side of their own, by number.
    label_looks : sequence of PlannedEvent
        What the label would have looked at, instructed or not.
    seeded : float
        1 is left, -1 right: the side where nothing else says one.
    """
    chosen = list(events)
    open_ = sorted(free, key=lambda i: (events[i].start_s, events[i].kind is EventKind.GAZE))
    sides: dict[str, float] = {}  # of what was said once and is done several times
    for n, i in enumerate(open_):
        event = events[i]
        if not any(event.value(yaw) for yaw in _YAWS):
            continue  # the way back
        undecided = {*open_[n:]}
        known = [e for j, e in enumerate(chosen) if j not in undecided]
        side = _returned(event, known) or _posed(event, known) or sides.get(event.reason)
        side = side or _usual(event, label_looks)
        side = side or seeded
        sides[event.reason] = side
        chosen[i] = replace(event, targets=tuple(_to_side(t, side) for t in event.targets))
    return chosen


def _to_side(target: Target, side: float) -> Target:
    return replace(target, value=side * abs(target.value)) if target.channel in _YAWS else target


def _posed(event: PlannedEvent, known: Sequence[PlannedEvent]) -> float:
    """Return 1 for left, -1 for right, 0 where neither head nor eyes are turned."""
    looks = [e for e in known if e.kind is EventKind.GAZE]
    if event.kind is EventKind.GAZE:
        until = min((e.start_s for e in looks if e.start_s > event.start_s), default=np.inf)
        until = min(until, event.start_s + AHEAD_S)
        yaws = [_head_yaw(known, float(t)) for t in np.linspace(event.start_s, until, 9)]
    else:
        yaws = [_head_yaw(known, event.start_s)]
    head = float(np.mean(yaws))
    if abs(head) >= FACES_DEG:
        return float(np.sign(head))
    before = [e for e in looks if e.start_s <= event.start_s + AHEAD_S / 2]
    if event.kind is EventKind.HEAD and before:  # a head that turns away follows the eyes
        look = max(before, key=lambda e: e.start_s).value("gaze_yaw")
        if abs(look) >= ASIDE_DEG:
            return float(np.sign(look))
    return 0.0


def _returned(event: PlannedEvent, known: Sequence[PlannedEvent]) -> float:
    """Return the side of the look that a way back leads to again, 0 for what is no way back."""
    if not event.reason.startswith("back") or event.kind is not EventKind.GAZE:
        return 0.0
    yaw = abs(event.value("gaze_yaw"))
    same = (e for e in known if e.start_s < event.start_s and e.kind is EventKind.GAZE
            and abs(e.value("gaze_yaw")) == yaw)  # fmt: skip
    last = max(same, key=lambda e: e.start_s, default=None)
    return float(np.sign(last.value("gaze_yaw"))) if last else 0.0


def _usual(event: PlannedEvent, label_looks: Sequence[PlannedEvent]) -> float:
    """Return the side of the label's own look aside that is nearest in time, 0 without one."""
    aside = [e for e in label_looks if abs(e.value("gaze_yaw")) >= ASIDE_DEG]
    nearest = min(aside, key=lambda e: abs(e.start_s - event.start_s), default=None)
    return float(np.sign(nearest.value("gaze_yaw"))) if nearest else 0.0


def _head_yaw(events: Sequence[PlannedEvent], t: float) -> float:
    """Return the planned yaw of the head: the last pose, and the turns that are under way."""
    poses = [e for e in events if e.kind is EventKind.HEAD and e.start_s <= t]
    poses = [e for e in poses if any(target.channel == "head_yaw" for target in e.targets)]
    last = max(poses, key=lambda e: e.start_s, default=None)
    turns = (e for e in events if e.kind is EventKind.PULSE and e.start_s <= t <= e.end_s)
    return (last.value("head_yaw") if last else 0.0) + sum(e.value("head_yaw") for e in turns)
