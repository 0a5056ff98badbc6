"""Checks of lids: the shape of a blink, how often, both sides alike."""

from typing import Final

import numpy as np
from scipy.signal import find_peaks

from cogportrait.agents.evidence import SHUT, Evidence
from cogportrait.agents.findings import Rule, outside, planned, violation
from cogportrait.behavior.labels import priors
from cogportrait.behavior.sampling import blink_frames_min, blink_most_s
from cogportrait.facs.limits import constant
from cogportrait.spans import Run, runs
from cogportrait.types import EventKind, EventPlan, PlannedEvent, Violation

_CLOSING_MIN_S: Final = constant("blink.hard.closing_min").number / 1000
_OPENING_MIN_S: Final = constant("blink.hard.opening_min").number / 1000
_CLOSED_MAX_S: Final = constant("blink.hard.closed_max_AU45").number / 1000
_PHASES: Final = ("closing", "closed", "opening")
_PEAK_RISE: Final = 0.2  # a lid that falls and rises again by less than this has one peak
_RATIO: Final = constant("check.lids.closure_ratio").parts
_RATE_ALERT: Final = {
    state: constant(f"blink.rate.ci95.{state}").span for state in ("primary_gaze", "conversation")
}
_RATE: Final = constant("check.blink_rate.hard").span
_SLOPE: Final = constant("lid.main_sequence.closing_slope").number
_MAIN_HARD: Final = constant("check.lid_main_sequence.hard").span
_MAIN_SOFT: Final = constant("lid.main_sequence.tolerance").span
_MAIN_DROWSY: Final = constant("check.lid_main_sequence.drowsy_min").number
_RISE_SHARE: Final = 0.5  # a minimum-jerk path spends half its time between 10 and 90 %
_RATE_WINDOW_S: Final = 60.0
_RATE_EVERY_S: Final = 10.0
_FINE_HZ: Final = constant("blink.fps_for_peak_velocity").number  # lid velocity needs that


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


def _peaks(rows: np.ndarray) -> int:
    """Return how often a curve rises to a peak, dips of less than `_PEAK_RISE` left out."""
    found = find_peaks(np.concatenate(([0.0], rows, [0.0])), prominence=_PEAK_RISE)[0]
    return len(found)


def blink_shape(evidence: Evidence) -> list[Violation]:
    """Each blink has one peak, closes in 35 ms or more, opens no faster, shows in enough frames.

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
        wrong = [
            (measured, bound, f"a blink has {measured:.3g} {what}, at least {bound:.3g}")
            for measured, bound, what in checks
            if measured < bound - 1e-6
        ]
        if (peaks := _peaks(part[slice(*run)])) > 1:
            wrong.append((float(peaks), 1.0, f"a blink has {peaks} peaks, expected 1"))
        found += [violation(evidence, "blink_shape", "hard", "AU43", run, w) for w in wrong]
    return found


def lid_main_sequence(evidence: Evidence) -> list[Violation]:
    """Peak closing velocity goes with amplitude, 29 per second (KINC); on fine grids only."""
    if evidence.controls.fps < _FINE_HZ:
        return []
    hard = (_MAIN_DROWSY if evidence.drowsy else _MAIN_HARD[0], _MAIN_HARD[1])
    part = evidence.blink.max(axis=1)
    found: list[Violation] = []
    for run in evidence.blink_runs:
        first = max(run[0] - 2, 0)
        rows = part[first : run[1]]
        rise = rows[: int(rows.argmax()) + 1]
        size = float(rise.max() - rise[0])
        if len(rise) < 3 or size < 0.2 or first == 0:
            continue
        ratio = float(np.diff(rise).max()) * evidence.controls.fps / (_SLOPE * size)
        for severity, (low, high) in (("hard", hard), ("soft", _MAIN_SOFT)):
            if not low <= ratio <= high:
                bound = low if ratio < low else high
                text = f"lid velocity is {ratio:.2f} of the main sequence, bound {bound:g}"
                measured = (ratio, bound, text)
                found.append(
                    violation(evidence, "lid_main_sequence", severity, "AU43", run, measured)
                )
                break
    return found


def lids_alike(evidence: Evidence) -> list[Violation]:
    """Both lids close alike, within 70 % and one frame, save where one eye was asked for.

    Soft: within 82 % in the same frame.
    """
    closure = evidence.closure
    wide = np.maximum.reduce([closure, np.roll(closure, 1, axis=0), np.roll(closure, -1, axis=0)])
    most = np.maximum(closure.max(axis=1), 1e-6)
    counts = (most > 0.3) & ~evidence.one_eyed
    says = "one lid closes {worst:.2f} as far as the other, at least {bound:g}"
    rule = Rule("LR_lids", "AU43", says, slack=1e-6)
    found: list[Violation] = []
    for severity, lids in (("hard", wide), ("soft", closure)):  # hard: one frame early or late
        ratio = np.where(counts, lids.min(axis=1) / most, 1.0)
        found += outside(evidence, rule, ratio, {severity: (_RATIO[severity], np.inf)})
    return found


def _usual_rate(plan: EventPlan) -> tuple[float, float]:
    """Return the blinks a minute that are usual: of the state for neutral, else of the label."""
    if plan.label == "neutral":
        return _RATE_ALERT["conversation" if plan.speaking else "primary_gaze"]
    expected = priors(plan.label).blink_rate(speaking=plan.speaking)
    low, high = _RATE
    return expected.low or low, expected.high or high


def _open_clock(evidence: Evidence) -> np.ndarray:
    """Return how long the eyes have been open before each row, and in all [n + 1], seconds.

    Lids that are shut, and those that a plan keeps down, cannot blink.
    """
    lids_up = ~evidence.in_closures & (evidence.closure.min(axis=1) <= SHUT)
    return np.concatenate([[0.0], np.cumsum(lids_up)]) * evidence.step_s


def _rests(evidence: Evidence) -> np.ndarray:
    """Return the rows at which lids begin to wet the eyes: blinks, and closures that shut them."""
    shut = [first for first, _ in runs(evidence.closure.max(axis=1) > SHUT)]
    return np.unique([*(first for first, _ in evidence.blink_runs), *shut]).astype(np.intp)


def _windows(total_s: float) -> np.ndarray:
    """Return where the minutes begin that are looked at, every ten seconds."""
    return np.arange(0.0, total_s - _RATE_WINDOW_S + 1e-6, _RATE_EVERY_S)


def blink_rate(evidence: Evidence) -> list[Violation]:
    """3 to 50 blinks in any minute of an alert person; what is usual for the label is soft.

    The lower bound is of a minute with open eyes: time with shut lids is left out, and lids that
    shut for longer than a blink count as one.
    """
    duration, plan = evidence.controls.duration_s, evidence.plan
    if duration < _RATE_WINDOW_S or plan is None or not plan.may_blink:
        return []
    starts = np.asarray([r[0] for r in evidence.blink_runs], np.intp)
    clock = _open_clock(evidence)
    found = _too_many(evidence, starts * evidence.step_s)
    if not evidence.drowsy:
        found += _too_few(evidence, clock)
    low, high = _usual_rate(plan)
    if clock[-1] < _RATE_WINDOW_S:
        return found  # too short a time to say what is usual
    rate = 60 * len(starts) / clock[-1]
    if not low <= rate <= high:
        text = f"{rate:.0f} blinks a minute, {plan.label} has {low:g} to {high:g}"
        whole = (0, len(evidence.controls))
        measured = (rate, low if rate < low else high, text)
        found.append(violation(evidence, "blink_rate", "soft", "AU43", whole, measured))
    return found


def _too_many(evidence: Evidence, starts_s: np.ndarray) -> list[Violation]:
    """Return the minutes with more blinks than people make."""
    found: list[Violation] = []
    for window in _windows(evidence.controls.duration_s):
        end = window + _RATE_WINDOW_S
        count = float(((starts_s >= window) & (starts_s < end)).sum())
        if count > _RATE[1]:
            rows = (int(window / evidence.step_s), int(end / evidence.step_s))
            said = (count, _RATE[1], f"{count:.0f} blinks in a minute, bound {_RATE[1]:g}")
            found.append(violation(evidence, "blink_rate", "hard", "AU43", rows, said))
    return found


def _too_few(evidence: Evidence, clock: np.ndarray) -> list[Violation]:
    """Return the minutes of open eyes with fewer blinks than people need."""
    starts_s = clock[_rests(evidence)]
    found: list[Violation] = []
    for window in _windows(float(clock[-1])):
        end = window + _RATE_WINDOW_S
        count = float(((starts_s >= window) & (starts_s <= end)).sum())
        if count < _RATE[0]:
            first, last = np.searchsorted(clock, (window + 1e-9, end - 1e-9))
            text = f"{count:.0f} blinks in a minute with open eyes, bound {_RATE[0]:g}"
            said = (count, _RATE[0], text)
            rows = (max(int(first) - 1, 0), int(last))
            found.append(violation(evidence, "blink_rate", "hard", "AU43", rows, said))
    return found


def _phase_bounds(event: PlannedEvent, most_s: float) -> list[tuple[float, float, str]]:
    """Return what is wrong with the phases of a planned blink: measured, bound, message."""
    total = event.onset_s + event.hold_s + event.offset_s
    checks = (
        (event.onset_s, _CLOSING_MIN_S, "closing"),
        (event.offset_s, max(event.onset_s, _OPENING_MIN_S), "opening"),
        (_CLOSED_MAX_S, event.hold_s, "closed, bound above"),
        (most_s, total, "total, bound above"),
    )
    return [
        (measured, bound, f"planned blink: {what} {measured:.3f} s against {bound:.3f} s")
        for measured, bound, what in checks
        if measured < bound - 1e-6
    ]


def _unusual_phases(event: PlannedEvent, label: str) -> list[tuple[float, float, str]]:
    """Return which phases of a planned blink are outside the priors of its label."""
    own = priors(label).others
    found: list[tuple[float, float, str]] = []
    for phase, length in zip(_PHASES, (event.onset_s, event.hold_s, event.offset_s), strict=True):
        prior = own.get(f"blink.{phase}") or constant(f"blink.prior.{phase}")
        low, high = (bound / 1000 for bound in prior.span)
        if not low - 1e-6 <= length <= high + 1e-6:
            bound = low if length < low else high
            text = f"planned blink: {phase} {length:.3f} s, usual {low:.3f} to {high:.3f} s"
            found.append((length, bound, text))
    return found


def planned_blinks(evidence: Evidence) -> list[Violation]:
    """Planned blinks obey the phases of physiology, section 1; the label's own ranges are soft."""
    plan = evidence.plan
    if plan is None:
        return []
    found: list[Violation] = []
    for event in plan.of_kind(EventKind.BLINK, EventKind.WINK):
        asked = event.origin == "instruction"
        most = blink_most_s(event, plan.label)
        wrong = _phase_bounds(event, most)
        found += [planned(event, "blink_shape", "hard", "AU43", w) for w in wrong]
        if not wrong and not asked:
            unusual = _unusual_phases(event, plan.label)
            found += [planned(event, "blink_shape", "soft", "AU43", w) for w in unusual]
    return found
