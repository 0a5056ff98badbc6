"""Checks of eyes: range, saccades without glides, reflex, two eyes as one."""

from itertools import pairwise
from typing import Final

import numpy as np

from cogportrait.agents.evidence import Evidence, Run, runs
from cogportrait.facs.limits import channel_limits, constant
from cogportrait.types import Violation

_STEP: Final = constant("check.saccade.step_speed").parts
_GAP: Final = constant("check.fixation.gap").parts
_VOR_HARD: Final = constant("check.vor.gain_hard").span
_VOR_SOFT: Final = constant("check.vor.gain_soft").span
_CONJUGACY: Final = {s: constant(f"check.conjugacy.{s}").parts for s in ("soft", "hard")}
_VERGENCE_REST_DEG: Final = constant("vergence.rest").number
_VERGENCE_HARD: Final = constant("check.vergence.hard").span
_VERGENCE_SOFT_DEG: Final = constant("check.vergence.soft_max").number
_VERGENCE_DEG_S: Final = constant("vergence.speed").number
_HEAD_MOVES_DEG_S: Final = 8.0  # slower head motion says nothing about the reflex (assumption)
_VOR_LEAST_S: Final = 0.1
_VOR_LEAST_DEG: Final = 2.0
_SLACK_DEG: Final = 0.01  # of float32 angles
_GAP_MEASURABLE_HZ: Final = 100.0


def violation(
    evidence: Evidence,
    check: str,
    severity: str,
    channel: str,
    rows: Run,
    found: tuple[float, float, str],
) -> Violation:
    """Return a violation over rows [first, last]; `found` is measured, bound and the message."""
    start, end = rows[0] * evidence.step_s, rows[1] * evidence.step_s
    message = f"{channel} at {start:.2f} s: {found[2]}"
    return Violation(check, severity, channel, start, end, found[0], found[1], message)


def eye_range(evidence: Evidence) -> list[Violation]:
    """Eye in head within 45 / 28 up / 45 down degrees (KIM19); comfort is soft."""
    found: list[Violation] = []
    gaze = evidence.controls.gaze_deg
    for eye, side in enumerate("LR"):
        for axis, name in enumerate(("yaw", "pitch")):
            channel = f"gaze_{name}_{side}"
            limits = channel_limits(channel)
            for severity, (low, high) in (("hard", limits.hard), ("soft", limits.soft)):
                values = gaze[:, eye, axis]
                for run in runs((values < low - _SLACK_DEG) | (values > high + _SLACK_DEG)):
                    worst = float(values[slice(*run)][np.abs(values[slice(*run)]).argmax()])
                    bound = low if worst < 0 else high
                    text = f"{worst:.1f} deg in the head, bound {bound:g} deg"
                    found.append(
                        violation(
                            evidence, "eye_range", severity, channel, run, (worst, bound, text)
                        )
                    )
    return found


def saccade_duration(evidence: Evidence) -> list[Violation]:
    """Gaze moves by saccades: as many frames as 2.2 A + 21 ms allows, else it is a glide."""
    found: list[Violation] = []
    for run in evidence.shifts:
        size, length = evidence.shift_size(run), run[1] - run[0]
        if length <= evidence.intervals_allowed(size, "soft"):
            continue
        hard = evidence.intervals_allowed(size, "hard")
        severity = "hard" if length > hard else "soft"
        text = f"a shift of {size:.1f} deg takes {length} frames, at most {hard}: a glide"
        found.append(
            violation(
                evidence, "saccade", severity, "gaze", run, (float(length), float(hard), text)
            )
        )
    return found


def saccade_step(evidence: Evidence) -> list[Violation]:
    """No eye goes faster than 700 deg/s between two rows."""
    found: list[Violation] = []
    for eye, side in enumerate("LR"):
        steps = np.diff(evidence.controls.gaze_deg[:, eye].astype(np.float64), axis=0)
        speed = np.hypot(steps[:, 0], steps[:, 1]) / evidence.step_s
        for severity, bound in _STEP.items():
            for run in runs(speed > bound + 1.0):
                worst = float(speed[slice(*run)].max())
                text = f"{worst:.0f} deg/s, bound {bound:.0f} deg/s"
                found.append(
                    violation(evidence, "saccade_step_per_frame", severity, f"gaze_{side}", run,
                              (worst, bound, text))
                )  # fmt: skip
    return found


def fixation_gap(evidence: Evidence) -> list[Violation]:
    """Saccades are at least 50 ms apart; measured on fine grids only, a frame is too coarse."""
    if evidence.controls.fps < _GAP_MEASURABLE_HZ:
        return []
    found: list[Violation] = []
    large = [r for r in evidence.shifts if evidence.shift_size(r) >= 1.0]
    for before, after in pairwise(large):
        gap_ms = (after[0] - before[1] + 1) * evidence.step_s * 1000
        for severity, bound in _GAP.items():
            if gap_ms < bound:
                text = f"{gap_ms:.0f} ms after the saccade before, at least {bound:.0f} ms"
                found.append(
                    violation(evidence, "fixation_min", severity, "gaze", (before[1], after[0]),
                              (gap_ms, bound, text))
                )  # fmt: skip
    return found


def vor(evidence: Evidence) -> list[Violation]:
    """While the head moves and gaze is held, the eye turns against it with a gain near 1 (VORA)."""
    head = evidence.head_deg[:, :2]
    speed = np.hypot(*np.diff(head, axis=0).T) / evidence.step_s
    free = ~evidence.saccades & ~evidence.drifting & ~evidence.hidden
    found: list[Violation] = []
    for run in runs((speed > _HEAD_MOVES_DEG_S) & free):
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


def conjugacy(evidence: Evidence) -> list[Violation]:
    """Both eyes turn alike: no vertical difference, no sudden horizontal one."""
    gaze = evidence.controls.gaze_deg.astype(np.float64)
    vertical = np.abs(gaze[:, 0, 1] - gaze[:, 1, 1])
    jump = np.abs(np.diff(gaze[:, 1, 0] - gaze[:, 0, 0], prepend=gaze[0, 1, 0] - gaze[0, 0, 0]))
    found: list[Violation] = []
    for severity in ("hard", "soft"):
        tolerance = _CONJUGACY[severity]
        # Vergence itself may change, slowly.
        slow = tolerance["horizontal"] + _VERGENCE_DEG_S * evidence.step_s
        for channel, size, bound in (
            ("gaze_pitch", vertical, tolerance["vertical"]),
            ("gaze_yaw", jump, slow),
        ):
            for run in runs(size > bound + _SLACK_DEG):
                worst = float(size[slice(*run)].max())
                text = f"the eyes differ by {worst:.1f} deg, at most {bound:.1f} deg"
                found.append(
                    violation(evidence, "conjugacy", severity, channel, run, (worst, bound, text))
                )
    return found


def vergence(evidence: Evidence) -> list[Violation]:
    """Lines of sight may not diverge, and cross no nearer than people can."""
    gaze = evidence.controls.gaze_deg.astype(np.float64)
    angle = _VERGENCE_REST_DEG + gaze[:, 1, 0] - gaze[:, 0, 0]
    low, high = _VERGENCE_HARD
    found: list[Violation] = []
    hard = (angle < low - _SLACK_DEG) | (angle > high + _SLACK_DEG)
    for severity, mask in (("hard", hard), ("soft", angle > _VERGENCE_SOFT_DEG)):
        for run in runs(mask):
            part = angle[slice(*run)]
            worst = float(part[np.abs(part).argmax()])
            bound = low if worst < low else (high if severity == "hard" else _VERGENCE_SOFT_DEG)
            text = f"vergence {worst:.1f} deg, bound {bound:g} deg"
            found.append(
                violation(evidence, "vergence", severity, "gaze_yaw", run, (worst, bound, text))
            )
    return found
