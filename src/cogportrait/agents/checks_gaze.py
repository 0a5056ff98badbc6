"""Checks of eyes: range, saccades without glides, two eyes as one."""

from itertools import pairwise
from typing import Final

import numpy as np

from cogportrait.agents.evidence import Evidence
from cogportrait.agents.findings import Rule, at_most, outside, violation
from cogportrait.behavior.kinematics import saccade_line_s
from cogportrait.facs.channels import GAZE_CHANNELS
from cogportrait.facs.limits import channel_limits, constant
from cogportrait.types import Violation

_STEP: Final = constant("check.saccade.step_speed").parts
_GAP: Final = constant("check.fixation.gap").parts
_CONJUGACY: Final = {s: constant(f"check.conjugacy.{s}").parts for s in ("soft", "hard")}
_VERGENCE_REST_DEG: Final = constant("vergence.rest").number
_VERGENCE_HARD: Final = constant("check.vergence.hard").span
_VERGENCE_SOFT_DEG: Final = constant("check.vergence.soft_max").number
_VERGENCE_DEG_S: Final = constant("vergence.speed").number
_SLACK_DEG: Final = 0.01  # of float32 angles
_GLIDE_S: Final = constant("check.glide.duration").number / 1000
_FASTEST: Final = constant("saccade.duration.tolerance").span[0]
MEASURABLE_HZ: Final = 100.0  # below this, times between rows are too coarse for saccades


def eye_range(evidence: Evidence) -> list[Violation]:
    """Eye in head within 45 / 28 up / 45 down degrees (KIM19); comfort is soft."""
    found: list[Violation] = []
    gaze = evidence.controls.gaze_deg.reshape(len(evidence.controls), -1)
    for column, channel in enumerate(GAZE_CHANNELS):
        limits = channel_limits(channel)
        says = "{worst:.1f} deg in the head, bound {bound:g} deg"
        rule = Rule("eye_range", channel, says, slack=_SLACK_DEG)
        bounds = {"hard": limits.hard, "soft": limits.soft}
        found += outside(evidence, rule, gaze[:, column], bounds)
    return found


def saccade_duration(evidence: Evidence) -> list[Violation]:
    """Gaze moves by saccades: as many frames as 2.2 A + 21 ms allows, else it is a glide.

    A glide of more than 200 ms is called what it is (`smooth_gaze`); a saccade faster than the law
    is seen on fine grids only.
    """
    found: list[Violation] = []
    fine = evidence.controls.fps >= MEASURABLE_HZ
    for run in evidence.shifts:
        size, length = evidence.shift_size(run), run[1] - run[0]
        bound = evidence.intervals_allowed(size, "hard")
        if length > evidence.intervals_allowed(size, "soft"):
            severity = "hard" if length > bound else "soft"
            check = "smooth_gaze" if length * evidence.step_s > _GLIDE_S else "saccade"
            away = evidence.shift_reach(run)
            way = f"{size:.1f} deg" if away < size + 1.0 else f"{away:.1f} deg and back"
            text = f"a shift of {way} takes {length} frames, at most {bound}: a glide"
        elif fine and (length + 1) * evidence.step_s < _FASTEST * float(saccade_line_s(size)):
            severity, check = "soft", "saccade"
            bound = int(_FASTEST * float(saccade_line_s(size)) / evidence.step_s)
            text = f"a shift of {size:.1f} deg takes {length} rows, at least {bound}"
        else:
            continue
        found.append(
            violation(evidence, check, severity, "gaze", run, (float(length), float(bound), text))
        )
    return found


def saccade_step(evidence: Evidence) -> list[Violation]:
    """No eye goes faster than 700 deg/s between two rows."""
    found: list[Violation] = []
    says = "{worst:.0f} deg/s, bound {bound:.0f} deg/s"
    for eye, side in enumerate("LR"):
        steps = np.diff(evidence.controls.gaze_deg[:, eye].astype(np.float64), axis=0)
        speed = np.hypot(steps[:, 0], steps[:, 1]) / evidence.step_s
        rule = Rule("saccade_step_per_frame", f"gaze_{side}", says, slack=1.0)
        found += outside(evidence, rule, speed, at_most(_STEP))
    return found


def fixation_gap(evidence: Evidence) -> list[Violation]:
    """Saccades are at least 50 ms apart; measured on fine grids only, a frame is too coarse."""
    if evidence.controls.fps < MEASURABLE_HZ:
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


def conjugacy(evidence: Evidence) -> list[Violation]:
    """Both eyes turn alike: no vertical difference, no sudden horizontal one."""
    gaze = evidence.controls.gaze_deg.astype(np.float64)
    vertical = np.abs(gaze[:, 0, 1] - gaze[:, 1, 1])
    jump = np.abs(np.diff(gaze[:, 1, 0] - gaze[:, 0, 0], prepend=gaze[0, 1, 0] - gaze[0, 0, 0]))
    says = "the eyes differ by {worst:.1f} deg, at most {bound:.1f} deg"
    found: list[Violation] = []
    # Vergence itself may change, slowly.
    slow = _VERGENCE_DEG_S * evidence.step_s
    for channel, size, way, more in (
        ("gaze_pitch", vertical, "vertical", 0.0),
        ("gaze_yaw", jump, "horizontal", slow),
    ):
        bounds = {severity: parts[way] + more for severity, parts in _CONJUGACY.items()}
        rule = Rule("conjugacy", channel, says, slack=_SLACK_DEG)
        found += outside(evidence, rule, size, at_most(bounds))
    return found


def vergence(evidence: Evidence) -> list[Violation]:
    """Lines of sight may not diverge, and cross no nearer than people can."""
    gaze = evidence.controls.gaze_deg.astype(np.float64)
    angle = _VERGENCE_REST_DEG + gaze[:, 1, 0] - gaze[:, 0, 0]
    rule = Rule("vergence", "gaze_yaw", "vergence {worst:.1f} deg, bound {bound:g} deg", _SLACK_DEG)
    bounds = {"hard": _VERGENCE_HARD, "soft": (-np.inf, _VERGENCE_SOFT_DEG)}
    return outside(evidence, rule, angle, bounds)
