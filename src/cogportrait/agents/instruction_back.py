"""How far eyes and head come back or go on: "then 10 degrees back", "20 degrees further left".

What comes back up was cast down before and ends where it was; an angle of the way back is one of
that way, and what is left of the way there stays. One that goes further begins where they are.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import hypot
from typing import Final

from cogportrait.agents.action_patterns import Action
from cogportrait.agents.instruction_ellipsis import straight
from cogportrait.agents.instruction_script import Step
from cogportrait.agents.instruction_vocabulary import find_actions
from cogportrait.types import EventKind

_AT_REST: Final = replace(find_actions("lowers the head")[0][0], targets={"head_pitch": 0.0})
_BACK: Final = re.compile(r"\bback\b")
FURTHER: Final = re.compile(r"\b(?:further|farther|more)\b")
_UPRIGHT: Final = re.compile(
    r"\bback (?:up|down)\b(?!.*\b(?:ceiling|sky|above|overhead|floor|ground|chest|lap|feet|table"
    r"|desk|left|right)\b)"
)
_PAST: Final = re.compile(  # where it was: who wakes with a jerk goes too far
    r"\b(?:far|further|farther|all the way|beyond|past|(?:jerk|jolt)\w*)\b"
)
_SAME_DEG: Final = 0.5  # ways that differ less are one
Pose = tuple[Action, str, float | None]


def way_back(pose: Pose, part: str, steps: Sequence[Step]) -> Pose:
    """Return a movement, its side and its angle, given where eyes or head are."""
    action, side, angle = pose
    posed = action.kind in (EventKind.GAZE, EventKind.HEAD) and not action.path
    own = [s for s in steps if s.action.group == action.group and not s.stops]
    own = [s for s in own if s.action.sustains and s.times == 1 and s.action.kind is action.kind]
    if posed and own and angle is not None and FURTHER.search(part) and not _BACK.search(part):
        return _further(pose, own[-1])
    if not posed or not own or not _BACK.search(part):
        return pose
    there = _leads(own[-1].action, own[-1].side, own[-1])
    new = _leads(action, side)
    if angle is not None:
        return _part_way(pose, own[-1], there, new)
    pitch = _pitch(new)
    turned = pitch * _pitch(there) < 0 and _UPRIGHT.search(part) and not _PAST.search(part)
    if not turned or any(_pitch(_leads(s.action, s.side, s)) * pitch > 0 for s in own[:-1]):
        return pose  # "up, down, back up" is up again
    return (_AT_REST, "", None) if action.kind is EventKind.HEAD else (*_straight(action), None)


def _part_way(pose: Pose, last: Step, there: Mapping[str, float], new: Mapping[str, float]) -> Pose:
    """Return the pose that is left of the last one after a way back of some degrees."""
    action, side, angle = pose
    if len(there) != 1 or len(new) > 1 or set(new) - set(there):
        return pose
    ((channel, was),) = there.items()
    if new and new[channel] * was > 0:
        return pose
    left = abs(was) - (angle or 0.0)
    if left > _SAME_DEG:
        return last.action, last.side, left
    if left < -_SAME_DEG and new:
        return action, side, -left
    return *_straight(action), None


def _further(pose: Pose, last: Step) -> Pose:
    """Return the pose that is some degrees further than the last one, along the same axis."""
    action, side, angle = pose
    there, new = _leads(last.action, last.side, last), _leads(action, side)
    if len(there) != 1 or set(new) != set(there):
        return pose
    ((channel, was),) = there.items()
    towards = 1.0 if new[channel] > 0 else -1.0
    goal = towards * was + (angle or 0.0)
    if abs(goal) <= _SAME_DEG:
        return *_straight(action), None
    return (action, side, goal) if goal > 0 else (last.action, last.side, -goal)


def _straight(action: Action) -> tuple[Action, str]:
    return straight(action.group)[0]


def _pitch(leads: Mapping[str, float]) -> float:
    return next((v for c, v in leads.items() if c.endswith("pitch")), 0.0)


def _leads(action: Action, side: str, step: Step | None = None) -> dict[str, float]:
    """Return where a movement leads, degrees along each axis, zeros left out."""
    scale = action.sides.get(side, (1.0, 1.0))
    degree = 1.0
    if step is not None:
        scale, degree = step.slanting or scale, step.degree
    sizes = {c: v * degree * scale[1 if c.endswith("pitch") else 0]
             for c, v in action.targets.items()}  # fmt: skip
    most = hypot(*sizes.values())
    if step is not None and step.angle_deg is not None and most:
        sizes = {c: v * step.angle_deg / most for c, v in sizes.items()}
    return {c: v for c, v in sizes.items() if v}
