"""Checks of eyes and head together: the reflex, who starts first, blinks with large shifts."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from cogportrait.agents.evidence import Evidence
from cogportrait.agents.findings import violation
from cogportrait.behavior.kinematics import Curve
from cogportrait.facs.limits import constant
from cogportrait.spans import Run, runs
from cogportrait.types import EventKind, Violation

_VOR_HARD: Final = constant("check.vor.gain_hard").span
_VOR_SOFT: Final = constant("check.vor.gain_soft").span
HEAD_MOVES_DEG_S: Final = 8.0  # slower head motion says nothing about the reflex (assumption)
_VOR_LEAST_S: Final = 0.1
_VOR_LEAST_DEG: Final = 2.0
_ORDER: Final = {s: constant(f"check.head_eye_order.{s}").span for s in ("hard", "soft")}
ORDER_HARD_S: Final = (_ORDER["hard"][0] / 1000, _ORDER["hard"][1] / 1000)
ORDER_SOFT_S: Final = (_ORDER["soft"][0] / 1000, _ORDER["soft"][1] / 1000)
SHARED_DEG: Final = constant("headeye.deadzone_near").parts["letters"]  # smaller: eyes alone
_EYES_ALONE_DEG: Final = constant("headeye.monkey_eye_saturation").number
_BLINKS_FROM_DEG: Final = max(float(k) for k in constant("blink.gaze_evoked.prob_curve").parts)
# Which head movement belongs to a shift of gaze, our definitions (docs/assumptions.md).
_PART_LEAST: Final = 0.25  # of the shift; less is posture
_PART_LEAST_DEG: Final = 3.0
OWN_FROM_S: Final = 0.2  # beyond the hard bounds a head movement is one of its own
_ONSET_SHARE: Final = 0.1  # of its peak velocity: where a movement starts
_HEAD_NEAR_S: Final = 4.0  # of a shift: later or earlier no head movement can belong to it
_LIDS_MOVE: Final = 0.2  # closure of a blink that goes with a shift; it can be partial (EVI94)
_BLINK_NEAR_S: Final = 0.1  # of the shift; frames are coarse and lids start slowly


def vor(evidence: Evidence) -> list[Violation]:
    """While the head moves and gaze is held, the eye turns against it with a gain near 1 (VORA)."""
    head = evidence.head_deg[:, :2]
    speed = np.hypot(*np.diff(head, axis=0).T) / evidence.step_s
    free = ~evidence.saccades & ~evidence.drifting & ~evidence.hidden
    found: list[Violation] = []
    for run in runs((speed > HEAD_MOVES_DEG_S) & free):
        turn = head[run[1]] - head[run[0]]
        size = float(np.hypot(*turn))
        if (run[1] - run[0]) * evidence.step_s < _VOR_LEAST_S or size < _VOR_LEAST_DEG:
            continue
        slip = evidence.space_deg[run[1]] - evidence.space_deg[run[0]]
        gain = 1.0 - float(slip @ turn) / size**2
        for severity, (low, high) in (("hard", _VOR_HARD), ("soft", _VOR_SOFT)):
            if not low <= gain <= high:
                bound = low if gain < low else high
                text = f"gain {gain:.2f} over a head turn of {size:.1f} deg, {low:g} to {high:g}"
                found.append(violation(evidence, "vor", severity, "gaze", run, (gain, bound, text)))
                break
    return found


@dataclass(frozen=True, slots=True)
class Shared:
    """A shift of gaze, and the head movement that belongs to it, if any."""

    eyes: Run  # intervals of the saccade
    size_deg: float
    head: Run | None  # intervals of the head's movement
    lag_s: float  # head minus eye onset; NaN without a head movement


def _head_moves(evidence: Evidence, along: Curve, near: int) -> list[tuple[Run, float]]:
    """Return the head movements in a direction [2] about a row, with how far they go, degrees."""
    reach = round(_HEAD_NEAR_S / evidence.step_s)
    skipped = max(near - reach, 0)
    head = evidence.head_deg[skipped : near + reach, :2]
    velocity = np.diff(head @ along) / evidence.step_s
    found: list[tuple[Run, float]] = []
    for first, last in runs(velocity > HEAD_MOVES_DEG_S):
        slow = velocity < _ONSET_SHARE * velocity[first:last].max()
        before = np.flatnonzero(slow[:first])
        start = int(before[-1]) + 1 if before.size else 0
        way = float(velocity[start:last].sum() * evidence.step_s)
        found.append(((start + skipped, last + skipped), way))
    return found


def least_part_deg(size_deg: float) -> float:
    """Return how far the head must go to have a part in a shift of this size."""
    return max(_PART_LEAST * size_deg, _PART_LEAST_DEG)


def shared_shifts(evidence: Evidence) -> list[Shared]:
    """Return the shifts of gaze beyond the eyes' own zone, each with its head movement.

    A head movement goes the same way, at least a quarter as far, and starts near the shift; one
    that starts nearer to another shift is that one's. Nods, shakes and laughs go with no shift.
    """
    large = [r for r in evidence.shifts if evidence.shift_size(r) > SHARED_DEG]
    onsets = np.asarray([r[0] for r in large])
    gesture = evidence.during(EventKind.NOD, EventKind.SHAKE, EventKind.LAUGH)
    earliest, latest = ORDER_HARD_S[0] - OWN_FROM_S, ORDER_HARD_S[1] + OWN_FROM_S
    found: list[Shared] = []
    for i, run in enumerate(large):
        step = evidence.space_deg[run[1]] - evidence.space_deg[run[0]]
        size = float(np.hypot(*step))
        lags = [
            ((move[0] - run[0]) * evidence.step_s, move)
            for move, way in _head_moves(evidence, step / size, run[0])
            if way >= least_part_deg(size)
            and not gesture[move[0]]
            and int(np.abs(onsets - move[0]).argmin()) == i
        ]
        near = [(lag, move) for lag, move in lags if earliest <= lag <= latest]
        lag, head = min(near, key=lambda n: abs(n[0]), default=(float("nan"), None))
        found.append(Shared(run, size, head, lag))
    return found


def head_eye_order(evidence: Evidence) -> list[Violation]:
    """Head and eyes start together in a shift that both share: -0.3 to 0.4 s (TAP01, JIBI78).

    A shift too large for the eyes alone (35 degrees, FREE97) without the head is reported.
    """
    found: list[Violation] = []
    for shared in shared_shifts(evidence):
        if shared.head is None:
            if shared.size_deg > _EYES_ALONE_DEG and not evidence.hidden[slice(*shared.eyes)].any():
                text = f"a shift of {shared.size_deg:.1f} deg without the head"
                measured = (shared.size_deg, _EYES_ALONE_DEG, text)
                found.append(
                    violation(evidence, "head_eye_order", "soft", "head", shared.eyes, measured)
                )
            continue
        rows = (min(shared.eyes[0], shared.head[0]), max(shared.eyes[1], shared.head[0]))
        slack = evidence.step_s / 2  # onsets are known to half a row
        for severity, (low, high) in (("hard", ORDER_HARD_S), ("soft", ORDER_SOFT_S)):
            if not low - slack <= shared.lag_s <= high + slack:
                bound = low if shared.lag_s < low else high
                text = (
                    f"the head starts {1000 * shared.lag_s:.0f} ms after the eyes, "
                    f"expected {1000 * low:.0f} to {1000 * high:.0f} ms"
                )
                measured = (shared.lag_s, bound, text)
                found.append(
                    violation(evidence, "head_eye_order", severity, "head", rows, measured)
                )
                break
    return found


def gaze_blink(evidence: Evidence) -> list[Violation]:
    """Report shifts of gaze above 33 degrees without a blink; 97 % have one (EVI94)."""
    if evidence.plan is not None and not evidence.plan.may_blink:
        return []
    near = round(_BLINK_NEAR_S / evidence.step_s)
    lids = evidence.closure.max(axis=1) > _LIDS_MOVE
    found: list[Violation] = []
    for run in evidence.shifts:
        size = evidence.shift_size(run)
        if size <= _BLINKS_FROM_DEG or lids[max(run[0] - near, 0) : run[1] + near + 1].any():
            continue
        text = f"a shift of {size:.1f} deg without a blink"
        found.append(
            violation(evidence, "gaze_blink", "soft", "AU43", run, (size, _BLINKS_FROM_DEG, text))
        )
    return found
