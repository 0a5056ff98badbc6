"""Redraw an impossible gaze as saccades and fixations that go to the same places."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from cogportrait.behavior.gaze_track import fixation_gap_s
from cogportrait.behavior.kinematics import Curve, saccade_duration_s, saccade_path
from cogportrait.facs.limits import constant
from cogportrait.types import ControlSequence

_OFF_TARGET_DEG: Final = 2.5  # gaze this far from the fixation has gone somewhere else
_AHEAD_S: Final = 0.08  # where gaze is after a saccade is where it was going
_EYE: Final = constant("omr.hard_limit").parts
_INSIDE: Final = 0.93  # of the oculomotor range
_LEAST_FIXATION_S: Final = 0.2


def _reachable(goal: Curve, head: Curve) -> Curve:
    """Return the direction nearest to `goal` that the eye can hold over head poses [n, 2]."""
    low = head.max(axis=0) - _INSIDE * np.asarray((_EYE["horizontal"], _EYE["down"]))
    high = head.min(axis=0) + _INSIDE * np.asarray((_EYE["horizontal"], _EYE["up"]))
    middle = (low + high) / 2
    return np.clip(goal, np.minimum(low, middle), np.maximum(high, middle))


def _fixations(space: Curve, fps: float) -> list[tuple[int, Curve]]:
    """Return where gaze rests [2], with the row from which it goes there."""
    ahead = max(1, round(_AHEAD_S * fps))
    rest = max(1, int(np.ceil(max(_LEAST_FIXATION_S, 2 * fixation_gap_s(fps)) * fps)))
    at = np.median(space[: max(rest // 2, 1)], axis=0)
    found = [(0, at)]
    row = 1
    while row < len(space):
        away = np.hypot(*(space[row:] - at).T) > _OFF_TARGET_DEG
        if not away.any():
            break
        row += int(away.argmax())
        at = (
            np.median(space[row + ahead : row + ahead + rest], axis=0)
            if (row + ahead < len(space))
            else space[-1]
        )
        found.append((row, at))
        row += rest + ahead
    return found


def redraw_gaze(
    controls: ControlSequence, without: Sequence[tuple[float, float]] = ()
) -> ControlSequence:
    """Return the sequence with both eyes jumping between the places where gaze was.

    Gaze is held in space between the jumps (the eyes turn against the head), inside the eyes'
    range; each jump is a saccade of the main sequence. `without` are times, from and to in
    seconds, in which there is to be none: gaze stays where it was.
    """
    fps = controls.fps
    head = controls.head_deg[:, :2].astype(np.float64)
    space = controls.gaze_deg.astype(np.float64).mean(axis=1) + head
    found = _fixations(space, fps)
    goals = found[:1] + [
        (row, at) for row, at in found[1:] if not any(a <= row / fps <= b for a, b in without)
    ]
    edges = [row for row, _ in goals] + [len(space)]
    out = np.empty_like(space)
    at = _reachable(goals[0][1], head[: edges[1]])
    for (row, goal), end in zip(goals, edges[1:], strict=True):
        to = _reachable(goal, head[row:end])
        step = to - at
        t = np.arange(end - row) / fps
        way = saccade_path(t, float(saccade_duration_s(*step)), float(np.hypot(*step)))
        out[row:end] = at + way[:, None] * step
        at = to
    gaze = np.repeat((out - head)[:, None, :], 2, axis=1).astype(np.float32)
    return replace(controls, gaze_deg=gaze)
