"""Looks that depend on where the eyes were before: slow ones, and glances at the camera.

Eyes cannot glide where nothing moves that they could follow (NEUT): whoever lets them wander slowly
makes a row of small saccades. So does a look that is asked to be slow or to take some seconds.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cogportrait.agents.instruction_script import Step
from cogportrait.types import EventKind, PlannedEvent, Target

SLOWLY_DEG_S: Final = 12.0  # a look that is asked to be slow, without a time
SLOW_FROM: Final = 1.9  # factor on times from which a look is slow
STRIDE_S: Final = 0.4  # from one small saccade to the next
LEAST_STRIDE_DEG: Final = 1.5
_SHARE: Final = 0.9  # of its time that a slow look may take
ON_THE_WAY: Final = "on the way"  # reason of all but the last of a row of saccades
_Point = NDArray[np.float64]  # yaw, pitch


def is_slow(step: Step) -> bool:
    """Return whether a look is to take its time."""
    looks = step.action.kind is EventKind.GAZE and not step.action.path
    timed = step.when.over_s is not None and step.times == 1  # else of all of them together
    return looks and (timed or step.speed >= SLOW_FROM)


def _place(event: PlannedEvent) -> _Point:
    return np.asarray((event.value("gaze_yaw"), event.value("gaze_pitch")), np.float64)


def _aimed(goal: _Point) -> tuple[Target, ...]:
    return Target("gaze_yaw", float(goal[0])), Target("gaze_pitch", float(goal[1]))


def _strides(
    look: PlannedEvent, origin: _Point, over_s: float, room_s: float
) -> list[PlannedEvent]:
    """Return the small saccades of a slow look, the last one at its goal."""
    way = _place(look) - origin
    size = float(np.hypot(*way))
    length = min(over_s or size / SLOWLY_DEG_S, _SHARE * room_s)
    n = int(min(round(length / STRIDE_S) + 1, size / LEAST_STRIDE_DEG))
    if n < 2:
        return [look]
    made: list[PlannedEvent] = []
    words = look.reason.partition(": ")[2]
    for i in range(n - 1):
        goal = origin + way * (i + 1) / n
        made.append(
            replace(look, start_s=look.start_s + i * length / (n - 1), hold_s=length / (n - 1),
                    targets=_aimed(goal), reason=f"{ON_THE_WAY}: {words}")
        )  # fmt: skip
    hold = max(look.hold_s - length, 0.0)
    return [*made, replace(look, start_s=look.start_s + length, hold_s=hold)]


def _repeats(
    before: int, after: int, made: Sequence[tuple[PlannedEvent, Step]], at: _Point
) -> bool:
    """Return whether a look asks for the way back that a glance has made, nothing in between."""
    (back, one), (look, other) = made[before], made[after]
    returned = back.reason.startswith("back after") and not one.action.sustains
    same = np.allclose(_place(look), at) and other.when.start_s is None and one.times == 1
    between = (e for e, _ in made if back.start_s < e.start_s < look.start_s)
    return bool(returned and same and other.action.sustains and not any(between))


def settle_looks(made: Sequence[tuple[PlannedEvent, Step]], duration_s: float) -> list[
    tuple[PlannedEvent, Step]
]:  # fmt: skip
    """Return events, each with its step, with slow looks in strides and glances that return.

    A glance goes back to where the eyes were before.
    """
    looks = sorted(
        (i for i, (e, _) in enumerate(made) if e.kind is EventKind.GAZE),
        key=lambda i: made[i][0].start_s,
    )
    instead: dict[int, list[PlannedEvent]] = {}
    owners: dict[int, Step] = {}  # of ways back: what was free to go to either side, is so again
    at = held = np.zeros(2)
    holds: Step | None = None  # the look to which a glance returns
    for n, i in enumerate(looks):
        event, step = made[i]
        glance = not step.action.sustains and not step.action.path
        back = event.reason.startswith("back after")
        if glance and back:
            event = replace(event, targets=_aimed(held))
            owners[i] = holds or step
        until = made[looks[n + 1]][0].start_s if n + 1 < len(looks) else duration_s
        if back and np.allclose(_place(event), at):
            instead[i] = []  # it is there already
            continue
        before = looks[n - 1] if n else i
        if not back and _repeats(before, i, made, at):  # "glances left, then back": only once
            event = replace(event, start_s=made[before][0].start_s)
            instead[before] = []
        slow = is_slow(step) and not back
        strides = [event]
        if slow:
            strides = _strides(event, at, step.when.over_s or 0.0, until - event.start_s)
        instead[i] = strides
        at = _place(event)
        held, holds = (held, holds) if glance else (at, step)
    return [
        (e, owners.get(i, step))
        for i, (old, step) in enumerate(made)
        for e in instead.get(i, [old])
    ]
