"""Checks of lids: the shape of a blink, how often, both sides alike."""

from typing import Final

import numpy as np

from cogportrait.agents.checks_gaze import violation
from cogportrait.agents.evidence import Evidence, Run, runs
from cogportrait.behavior.labels import priors
from cogportrait.behavior.sampling import blink_frames_min
from cogportrait.facs.limits import constant
from cogportrait.types import EventKind, Violation

_CLOSING_MIN_S: Final = constant("blink.hard.closing_min").number / 1000
_OPENING_MIN_S: Final = constant("blink.hard.opening_min").number / 1000
_TOTAL_MAX_S: Final = constant("blink.hard.total_max_alert").number / 1000
_TOTAL_DROWSY_S: Final = constant("blink.hard.total_max_drowsy").number / 1000
_RATIO: Final = constant("check.lids.closure_ratio").parts
_RATE: Final = constant("check.blink_rate.hard").span
_SLOPE: Final = constant("lid.main_sequence.closing_slope").number
_MAIN_HARD: Final = constant("check.lid_main_sequence.hard").span
_MAIN_DROWSY: Final = constant("check.lid_main_sequence.drowsy_min").number
_RISE_SHARE: Final = 0.5  # a minimum-jerk path spends half its time between 10 and 90 %
_FINE_HZ: Final = 150.0  # below this lid velocity cannot be measured (blink.fps_for_peak_velocity)


def _slope(rows: np.ndarray, top: int) -> int:
    """Return how many intervals a curve takes from a tenth of its rise to row `top`.

    The rise begins where the curve last turned upwards: what came before (the end of a droop, of
    another blink) is none of it.
    """
    falling = np.flatnonzero(np.diff(rows[: top + 1]) <= 0)
    foot = int(falling[-1]) + 1 if falling.size else 0
    level = rows[foot] + 0.1 * (rows[top] - rows[foot])
    under = np.flatnonzero(rows[foot : top + 1] <= level)
    return top - foot - int(under[-1]) if under.size else top - foot


def _quarters(part: np.ndarray, run: Run) -> tuple[int, int]:
    """Return the intervals of closing (10 to 90 %) and of opening (90 to 10 %)."""
    rows = part[max(run[0] - 1, 0) : run[1] + 1]
    high = np.flatnonzero(rows >= 0.9 * rows.max())
    return _slope(rows, int(high[0])), _slope(rows[::-1], len(rows) - 1 - int(high[-1]))


def blink_shape(evidence: Evidence) -> list[Violation]:
    """Each blink closes in 35 ms or more, opens no faster than that, and shows in enough frames.

    Blinks cut off by the start or end of the clip are left out.
    """
    found: list[Violation] = []
    part, step = evidence.blink.max(axis=1), evidence.step_s
    need = 0 if evidence.controls.fps > _FINE_HZ else blink_frames_min(evidence.controls.fps)
    for run in evidence.blink_runs:
        if run[0] == 0 or run[1] == len(part):
            continue
        closing, opening = _quarters(part, run)
        checks = (
            ((closing + 1) * step, _RISE_SHARE * _CLOSING_MIN_S, "s to close"),
            ((opening + 2) * step, (closing - 1) * step, "s to open, less than to close"),
            (float(run[1] - run[0]), float(need), "frames to be seen"),
        )
        for measured, bound, what in checks:
            if measured < bound - 1e-6:
                text = f"a blink has {measured:.3g} {what}, at least {bound:.3g}"
                found.append(
                    violation(evidence, "blink_shape", "hard", "AU43", run, (measured, bound, text))
                )
    return found


def lid_main_sequence(evidence: Evidence) -> list[Violation]:
    """Peak closing velocity goes with amplitude, 29 per second (KINC); on fine grids only."""
    if evidence.controls.fps < _FINE_HZ:
        return []
    part = evidence.closure.max(axis=1)
    low = _MAIN_DROWSY if evidence.drowsy else _MAIN_HARD[0]
    found: list[Violation] = []
    for run in evidence.blink_runs:
        first = max(run[0] - 2, 0)
        rows = part[first : run[1]]
        rise = rows[: int(rows.argmax()) + 1]
        size = float(rise.max() - rise[0])
        if len(rise) < 3 or size < 0.2 or first == 0:
            continue
        ratio = float(np.diff(rise).max()) * evidence.controls.fps / (_SLOPE * size)
        if not low <= ratio <= _MAIN_HARD[1]:
            bound = low if ratio < low else _MAIN_HARD[1]
            text = f"lid velocity is {ratio:.2f} of the main sequence, bound {bound:g}"
            found.append(
                violation(evidence, "lid_main_sequence", "hard", "AU43", run, (ratio, bound, text))
            )
    return found


def lids_alike(evidence: Evidence) -> list[Violation]:
    """Both lids close alike, within 70 % and one frame, save in a wink."""
    closure = evidence.closure
    wide = np.maximum.reduce([closure, np.roll(closure, 1, axis=0), np.roll(closure, -1, axis=0)])
    most = closure.max(axis=1)
    least = wide.min(axis=1)  # the other lid may be one frame early or late
    excused = evidence.during(EventKind.WINK, margin_s=0.1)
    found: list[Violation] = []
    for severity, ratio in _RATIO.items():
        for run in runs((most > 0.3) & (least < ratio * most - 1e-6) & ~excused):
            worst = float((least / np.maximum(most, 1e-6))[slice(*run)].min())
            text = f"one lid closes {worst:.2f} as far as the other, at least {ratio:g}"
            found.append(
                violation(evidence, "LR_lids", severity, "AU43", run, (worst, ratio, text))
            )
    return found


def blink_rate(evidence: Evidence) -> list[Violation]:
    """3 to 50 blinks in any minute of an alert person; the label's own range is soft."""
    duration = evidence.controls.duration_s
    if duration < 60 or evidence.plan is None or not evidence.plan.may_blink:
        return []
    starts = np.asarray([r[0] for r in evidence.blink_runs]) * evidence.step_s
    low, high = _RATE
    found: list[Violation] = []
    for window in np.arange(0.0, duration - 60 + 1e-6, 10.0):
        count = float(((starts >= window) & (starts < window + 60)).sum())
        rows = (int(window / evidence.step_s), int((window + 60) / evidence.step_s))
        if count > high or (count < low and not evidence.drowsy):
            bound = high if count > high else low
            text = f"{count:.0f} blinks in a minute, bound {bound:g}"
            found.append(
                violation(evidence, "blink_rate", "hard", "AU43", rows, (count, bound, text))
            )
    expected = priors(evidence.plan.label).blink_rate(speaking=evidence.plan.speaking)
    rate = 60 * len(starts) / duration
    if expected.high is not None and rate > 1.25 * expected.high:
        text = f"{rate:.0f} blinks a minute, {evidence.plan.label} has up to {expected.high:g}"
        whole = (0, len(evidence.controls))
        found.append(
            violation(evidence, "blink_rate", "soft", "AU43", whole, (rate, expected.high, text))
        )
    return found


def planned_blinks(evidence: Evidence) -> list[Violation]:
    """Planned blinks obey the phases of physiology, section 1 (hard bounds)."""
    if evidence.plan is None:
        return []
    most = _TOTAL_DROWSY_S if evidence.drowsy else _TOTAL_MAX_S
    found: list[Violation] = []
    for event in evidence.plan.of_kind(EventKind.BLINK, EventKind.WINK):
        total = event.onset_s + event.hold_s + event.offset_s
        limit = _TOTAL_DROWSY_S if event.origin == "instruction" else most
        checks = (
            (event.onset_s, _CLOSING_MIN_S, "closing"),
            (event.offset_s, max(event.onset_s, _OPENING_MIN_S), "opening"),
            (limit, total, "total, bound above"),
        )
        rows = (round(event.start_s / evidence.step_s), round(event.end_s / evidence.step_s))
        for measured, bound, what in checks:
            if measured < bound - 1e-6:
                text = f"planned blink: {what} {measured:.3f} s against {bound:.3f} s"
                found.append(
                    violation(
                        evidence, "blink_shape", "hard", "AU43", rows, (measured, bound, text)
                    )
                )
    return found
