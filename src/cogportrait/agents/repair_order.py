"""Let head and eyes start together where both take part in a shift of gaze.

The order is that of ``checks_head_eye``: in a plan the head is moved to the eyes, in curves that
come from elsewhere the saccade is moved to the head.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from cogportrait.agents.checks_head_eye import (
    ORDER_HARD_S,
    ORDER_SOFT_S,
    OWN_FROM_S,
    SHARED_DEG,
    least_part_deg,
    shared_shifts,
)
from cogportrait.agents.evidence import Evidence
from cogportrait.behavior.kinematics import Curve
from cogportrait.types import TOLD, ControlSequence, EventKind, EventPlan, PlannedEvent

# A minimum-jerk move is at a tenth of its peak velocity, where it is seen to start, after this
# share of its time: 30 x^2 (1 - x)^2 = 0.1 * 1.875.
_SEEN_AFTER: Final = 0.087
_MARGIN_S: Final = 0.08  # inside the hard bounds: frames are coarse, other moves are added


@dataclass(frozen=True, slots=True)
class _Move:
    """One head movement of a plan: the way there, or the way back of a pulse."""

    index: int  # of the event
    onset_s: float  # when it is seen to start
    way: Curve  # [2] yaw, pitch
    back: bool


def _pose_of(event: PlannedEvent, before: Curve) -> Curve:
    return np.asarray(
        [event.value("head_yaw", float(before[0])), event.value("head_pitch", float(before[1]))]
    )


def _moves(events: Sequence[PlannedEvent]) -> list[_Move]:
    pose = np.zeros(2)
    moves: list[_Move] = []
    for i, event in enumerate(events):
        seen = event.start_s + _SEEN_AFTER * event.onset_s
        if event.kind is EventKind.HEAD:
            goal = _pose_of(event, pose)
            moves.append(_Move(i, seen, goal - pose, back=False))
            pose = goal
        elif event.kind is EventKind.PULSE and event.prototype != TOLD:
            way = _pose_of(event, np.zeros(2))
            late = event.start_s + event.onset_s + event.hold_s + _SEEN_AFTER * event.offset_s
            moves += [_Move(i, seen, way, back=False), _Move(i, late, -way, back=True)]
    return moves


def _wrong_by(lag_s: float) -> float:
    """Return by how much a head movement comes too late (+) or early (-), 0 when it is right."""
    low, high = ORDER_HARD_S[0] + _MARGIN_S, ORDER_HARD_S[1] - _MARGIN_S
    own = lag_s < ORDER_HARD_S[0] - OWN_FROM_S or lag_s > ORDER_HARD_S[1] + OWN_FROM_S
    return 0.0 if own else lag_s - min(max(lag_s, low), high)


def head_with_eyes(plan: EventPlan) -> EventPlan:
    """Return the plan with each head movement that belongs to a shift of gaze near its start.

    Only movements outside the hard bounds are moved, and no farther than just inside them.
    """
    events = list(plan.events)
    looks: list[tuple[float, Curve]] = []
    at = np.zeros(2)
    for event in plan.of_kind(EventKind.GAZE):
        goal = np.asarray([event.value("gaze_yaw"), event.value("gaze_pitch")])
        if np.hypot(*(goal - at)) > SHARED_DEG:
            looks.append((event.start_s, goal - at))
        at = goal
    if not looks:
        return plan
    starts = np.asarray([start for start, _ in looks])
    for move in _moves(events):
        start, step = looks[int(np.abs(starts - move.onset_s).argmin())]
        size = float(np.hypot(*step))
        wrong = _wrong_by(move.onset_s - start)
        if not wrong or float(move.way @ step) / size < least_part_deg(size):
            continue
        event = events[move.index]
        if move.back:
            events[move.index] = replace(event, hold_s=max(event.hold_s - wrong, 0.0))
        else:
            events[move.index] = replace(event, start_s=max(event.start_s - wrong, 0.0))
    return replace(plan, events=tuple(sorted(events, key=lambda e: e.start_s)))


def eyes_with_head(controls: ControlSequence, plan: EventPlan | None) -> ControlSequence:
    """Return the sequence with the saccades of wrong order re-timed to the head's own start."""
    evidence = Evidence(controls, plan)
    turned = evidence.head_deg[:, None, :2]
    space = controls.gaze_deg.astype(np.float64) + turned
    low, high = ORDER_HARD_S
    for shared in shared_shifts(evidence):
        if shared.head is None or low <= shared.lag_s <= high:
            continue
        lag = ORDER_SOFT_S[0] if shared.lag_s < 0 else ORDER_SOFT_S[1]
        (first, last), length = shared.eyes, shared.eyes[1] - shared.eyes[0]
        start = min(max(shared.head[0] - round(lag * controls.fps), 0), len(space) - length - 1)
        path = space[first : last + 1].copy()
        if start > first:
            space[first:start] = path[0]
        else:
            space[start + length : last + 1] = path[-1]
        space[start : start + length + 1] = path
    return replace(controls, gaze_deg=(space - turned).astype(np.float32))
