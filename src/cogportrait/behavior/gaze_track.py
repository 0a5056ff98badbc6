"""Planned looks -> where both eyes point.

Looks are directions in space, (0, 0) being the partner behind the camera. Between two looks the eye
jumps (a saccade of the main sequence) and then holds still in space: it turns against the head
(vestibulo-ocular reflex). It never glides, save for the slow drift of a sleepy person.
"""

from dataclasses import replace
from typing import Final

import numpy as np

from cogportrait.behavior.face_track import Grid
from cogportrait.behavior.kinematics import (
    Curve,
    expression_pulse,
    eye_in_head_deg,
    recorded,
    saccade_duration_s,
    saccade_path,
)
from cogportrait.behavior.reach import DOWN_REACH_DEG, UP_REACH_DEG, YAW_REACH_DEG
from cogportrait.facs.limits import constant
from cogportrait.types import EventKind, EventPlan, PlannedEvent

SMALLEST_LOOK_DEG: Final = 0.4  # smaller changes of direction are not worth a saccade in a video
_GAP_S: Final = constant("check.fixation.gap").parts["soft"] / 1000


def fixation_gap_s(fps: float) -> float:
    """Return the shortest stillness between saccades that shows in a video of `fps`.

    One whole frame interval must be still, or two saccades read as one glide.
    """
    return max(_GAP_S, 2.2 / fps)


def _direction(event: PlannedEvent) -> tuple[float, float]:
    return event.value("gaze_yaw"), event.value("gaze_pitch")


def settle_gaze(plan: EventPlan, fps: float) -> EventPlan:
    """Return the plan with its looks re-timed so that each saccade ends in a fixation.

    A look that comes too soon waits; one that would then come after its successor, or that goes
    nowhere, is left out. `onset_s` becomes the duration of the saccade.
    """
    others = [e for e in plan.events if e.kind is not EventKind.GAZE]
    looks = sorted(plan.of_kind(EventKind.GAZE), key=lambda e: e.start_s)
    kept: list[PlannedEvent] = []
    at, free_s, gap = (0.0, 0.0), fixation_gap_s(fps), fixation_gap_s(fps)
    for i, look in enumerate(looks):
        goal = _direction(look)
        step = (goal[0] - at[0], goal[1] - at[1])
        start = max(look.start_s, free_s)
        late = i + 1 < len(looks) and start >= looks[i + 1].start_s
        if np.hypot(*step) < SMALLEST_LOOK_DEG or late or start > plan.duration_s - 1 / fps:
            continue
        length = float(saccade_duration_s(*step))
        kept.append(replace(look, start_s=start, onset_s=length))
        at, free_s = goal, start + length + gap
    return replace(plan, events=tuple(sorted(others + kept, key=lambda e: e.start_s)))


def _reachable(goal: Curve, head: Curve) -> Curve:
    """Return the direction nearest to `goal` [2] that the eye can hold while `head` [n, 2] moves.

    `head` is yaw and pitch during the fixation; the eye reaches less far up than down.
    """
    low = head.max(axis=0) - np.asarray((YAW_REACH_DEG, DOWN_REACH_DEG))
    high = head.min(axis=0) + np.asarray((YAW_REACH_DEG, UP_REACH_DEG))
    return np.clip(goal, np.minimum(low, high), np.maximum(low, high))


def draw_gaze_in_space(plan: EventPlan, grid: Grid, head: Curve) -> Curve:
    """Return the common direction of both eyes in space [n, 2] yaw, pitch; steps and holds."""
    looks = plan.of_kind(EventKind.GAZE)
    gaze = np.zeros((grid.n, 2))
    edges = [grid.span(e.start_s, e.start_s)[0].start for e in looks] + [grid.n]
    at = _reachable(np.zeros(2), head[: max(edges[0], 1), :2])
    gaze[: edges[0]] = at
    for look, first, last in zip(looks, edges[:-1], edges[1:], strict=True):
        if last <= first:
            continue
        goal = _reachable(np.asarray(_direction(look)), head[first:last, :2])
        step = goal - at
        length = float(saccade_duration_s(*step))
        t = np.arange(first, last) / grid.rate_hz - look.start_s
        moving = int(np.searchsorted(t, length))
        size = float(np.hypot(*step))
        if look.shape:
            way = recorded(t[:moving], length, look.shape)
        else:
            way = saccade_path(t[:moving], length, size)
        gaze[first : first + moving] = at + way[:, None] * step
        gaze[first + moving : last] = goal
        at = goal
    return gaze


def _add_drift(gaze: Curve, event: PlannedEvent, grid: Grid) -> None:
    """Add a slow eye movement: a sine of `rate_hz`, peak to peak as targeted (drowsy.sem)."""
    rows, t = grid.span(event.start_s, event.end_s)
    window = expression_pulse(t, event.onset_s, event.hold_s, event.offset_s)
    wave = window * np.sin(2 * np.pi * event.rate_hz * t) / 2
    gaze[rows, 0] += event.value("gaze_yaw") * wave
    gaze[rows, 1] += event.value("gaze_pitch") * wave


def draw_gaze(plan: EventPlan, grid: Grid, head: Curve) -> Curve:
    """Return the angles of both eyes in the head [n, 2 eyes, 2 (yaw, pitch)], degrees.

    Both eyes turn alike: vergence stays as it is in the portrait.
    """
    gaze = draw_gaze_in_space(plan, grid, head)
    for event in plan.of_kind(EventKind.DRIFT):
        _add_drift(gaze, event, grid)
    return np.repeat(eye_in_head_deg(gaze, head)[:, None, :], 2, axis=1)
