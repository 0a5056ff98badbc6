"""Planned events -> head pose over time.

Every voluntary move is a minimum-jerk path (peak velocity 1.875 A/D, peak acceleration 5.77 A/D^2);
moves that overlap add up. A held head sways slowly (head.idle_sway); there is no tremor.
"""

from typing import Final

import numpy as np

from cogportrait.behavior.face_track import Grid
from cogportrait.behavior.kinematics import (
    Curve,
    expression_pulse,
    nod_curve,
    recorded,
    rise,
    shake_curve,
    smooth_noise,
    soft_limit,
)
from cogportrait.facs.channels import HEAD_CHANNELS, SHIFT_CHANNELS
from cogportrait.facs.limits import (
    HEAD_SHIFT_HARD_IOD,
    HEAD_SHIFT_SOFT_IOD,
    PORTRAIT_DOWN_DEG,
    PORTRAIT_ROLL_DEG,
    PORTRAIT_UP_DEG,
    PORTRAIT_YAW_DEG,
)
from cogportrait.types import TOLD, EventKind, EventPlan, PlannedEvent

AXES: Final[tuple[str, ...]] = HEAD_CHANNELS + SHIFT_CHANNELS
_LOW: Final = (-PORTRAIT_YAW_DEG, -PORTRAIT_DOWN_DEG, -PORTRAIT_ROLL_DEG)
_HIGH: Final = (PORTRAIT_YAW_DEG, PORTRAIT_UP_DEG, PORTRAIT_ROLL_DEG)
_SWAY_PER_AXIS: Final = (1.0, 0.75, 0.55, 0.004, 0.003, 0.003)  # of yaw rms; shifts per degree
_SWAY_KNOT_S: Final = 1.1  # no power above about 1 Hz (head.idle_sway band)
_LAUGH_SHIFT_IOD: Final = 0.006  # up and down with each note, per degree of bounce
_TOLD_KNEE: Final = 0.9  # of the hard limit, up to which shifts are as they are told


def _add_moves(track: Curve, events: tuple[PlannedEvent, ...], grid: Grid) -> None:
    """Add the poses of HEAD events, each a step along a minimum-jerk path from the one before."""
    steps = np.zeros_like(track)
    pose = dict.fromkeys(AXES, 0.0)
    for event in events:
        for target in event.targets:
            axis = AXES.index(target.channel)
            change = target.value - pose[target.channel]
            pose[target.channel] = target.value
            start = event.start_s + target.delay_s
            rows, t = grid.span(start, start + event.onset_s + 2 / grid.rate_hz)
            if t.size:
                way = recorded(t, event.onset_s, event.shape) if event.shape else None
                course = rise(t, event.onset_s) if way is None else way
                steps[rows, axis] += change * np.diff(course, prepend=0.0)
    track += np.cumsum(steps, axis=0)


def _add_gesture(track: Curve, event: PlannedEvent, grid: Grid) -> None:
    rows, t = grid.span(event.start_s, event.end_s)
    for target in event.targets:
        if target.channel not in AXES:
            continue
        axis, size = AXES.index(target.channel), target.value
        match event.kind:
            case EventKind.NOD | EventKind.SHAKE if event.shape:
                track[rows, axis] += size * recorded(t, event.end_s - event.start_s, event.shape)
            case EventKind.NOD:
                track[rows, axis] += size * nod_curve(t, event.cycles, event.rate_hz)
            case EventKind.SHAKE:
                track[rows, axis] += size / 2 * shake_curve(t, event.cycles, event.rate_hz)
            case EventKind.LAUGH:
                envelope = expression_pulse(t, event.onset_s, event.hold_s, event.offset_s)
                beat = envelope * (np.cos(2 * np.pi * event.rate_hz * t) - 1) / 2
                track[rows, axis] += size * beat
                track[rows, AXES.index("head_y")] += size * _LAUGH_SHIFT_IOD * beat
            case _:
                late = t - target.delay_s
                pulse = _pulse(late, event)
                track[rows, axis] += size * pulse


def _pulse(t: Curve, event: PlannedEvent) -> Curve:
    """Return the way there and back, 0..1..0 [T]."""
    if event.shape:
        return recorded(t, event.onset_s + event.hold_s + event.offset_s, event.shape)
    return expression_pulse(t, event.onset_s, event.hold_s, event.offset_s)


def _add_sway(track: Curve, event: PlannedEvent, grid: Grid, rng: np.random.Generator) -> None:
    # To the last row: a clip is whole frames long, up to half a frame more than its duration.
    rows, t = grid.span(event.start_s, event.end_s + 0.1)
    if not t.size:
        return
    noise = smooth_noise(rng, t.size, grid.rate_hz, _SWAY_KNOT_S, columns=len(AXES))
    track[rows] += event.value("head_yaw") * noise * np.asarray(_SWAY_PER_AXIS)


def draw_head(plan: EventPlan, grid: Grid, rng: np.random.Generator) -> Curve:
    """Return yaw, pitch, roll (degrees) and x, y, z (interocular distances) [n, 6].

    Poses bend softly into what a portrait can show (head.portrait_soft_limit); shifts that are told
    point by point may go on to the hard limit.
    """
    track = np.zeros((grid.n, len(AXES)))
    told = np.zeros_like(track)
    _add_moves(track, plan.of_kind(EventKind.HEAD), grid)
    for event in plan.of_kind(EventKind.PULSE, EventKind.NOD, EventKind.SHAKE, EventKind.LAUGH):
        _add_gesture(told if event.prototype == TOLD else track, event, grid)
    for event in plan.of_kind(EventKind.SWAY):
        _add_sway(track, event, grid, rng)
    for axis in range(3):
        track[:, axis] = soft_limit(track[:, axis] + told[:, axis], _LOW[axis], _HIGH[axis])
    soft, hard = HEAD_SHIFT_SOFT_IOD, HEAD_SHIFT_HARD_IOD
    for axis in range(3, 6):
        shift = soft_limit(track[:, axis], -soft, soft) + told[:, axis]
        track[:, axis] = soft_limit(shift, -hard, hard, _TOLD_KNEE)
    return track
