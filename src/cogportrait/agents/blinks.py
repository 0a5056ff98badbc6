"""When the planner lets a person blink, and how.

Renewal process with log-normal intervals around the label's rate (always positively skewed, IBI10),
on top of the blinks that something causes: a large shift of gaze (EVI94), a pause in speech
(NAK10), a startle. A caused blink restarts the clock, and its share of the rate is taken off the
others', so causes do not add to the rate.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np

from cogportrait.agents.setting import Setting, draw, lognormal
from cogportrait.facs.limits import Quantity, constant
from cogportrait.types import EventKind, Interval, PlannedEvent, Target

_SIGMA: Final = 0.7  # blink.ibi.within_person_lognormal_sigma, default
_SIGMA_MOST: Final = constant("blink.ibi.within_person_lognormal_sigma").span[1]
_INTERVAL_MIN_S: Final = constant("blink.ibi.hard_min_onset_to_onset").number
COMPLETE_SHARE: Final = constant("blink.visible_complete_share_prior").number
_DOUBLE_SHARE: Final = constant("blink.double_share").number
_DOUBLE_ODDS: Final = _DOUBLE_SHARE / (1 - _DOUBLE_SHARE)  # of a second blink after one
_CURVE: Final = constant("blink.gaze_evoked.prob_curve").parts
_TOTAL_ALERT_MAX_S: Final = 0.46  # below blink.hard.total_max_alert even when lengthened a little
_TOTAL_DROWSY_MAX_S: Final = 0.9
_RATE_MOST: Final = 44.0  # 1/min, below the hard 50 in any minute
_PAUSE_ODDS: Final = 0.6
_CAUSED_APART: Final = 0.45  # of a mean interval, between blinks that something causes
_FIRST_BY_S: Final = 0.55  # of a mean interval: a viewer waits for the first blink
PARTIAL: Final = constant("blink.common_partial_closure").span
_SECOND_S: Final = (0.36, 0.56)  # second blink of a double after the first (blink.double_share)
_OPEN_BEFORE_SECOND_S: Final = 0.09  # or the two read as one
_OWN_LEAST: Final = 0.15  # of the rate, that nothing causes
_OPEN_LEAST: Final = 0.4  # share of the time in which blinking is not forbidden


def _phases(setting: Setting) -> tuple[float, float, float]:
    """Return closing, closed and opening time of one blink, seconds."""
    own = setting.priors.others

    def part(name: str) -> float:
        prior: Quantity = own.get(f"blink.{name}") or constant(f"blink.prior.{name}")
        return draw(setting.rng, prior) / 1000

    drowsy = setting.priors.label == "drowsiness"
    most = _TOTAL_DROWSY_MAX_S if drowsy else _TOTAL_ALERT_MAX_S
    total = min(draw(setting.rng, setting.priors.blink_total) / 1000, most)
    closing, closed = part("closing"), part("closed")
    if not drowsy:
        closing = float(np.clip(closing * total / 0.25, 0.05, 0.13))
    opening = float(np.clip(total - closing - closed, max(1.25 * closing, 0.1), 0.45))
    return closing, closed, opening


def blink(
    setting: Setting, start_s: float, reason: str, source: str = "PRIOR", origin: str = "label"
) -> PlannedEvent:
    """Return a blink whose shape fits the label; three in ten stay incomplete."""
    complete = setting.chance(COMPLETE_SHARE)
    closure = 1.0 if complete else setting.between(*PARTIAL)
    return PlannedEvent(
        EventKind.BLINK, start_s, *_phases(setting), (Target("closure", closure),),
        reason=reason, source=source, origin=origin,
    )  # fmt: skip


def blinks_of_looks(
    setting: Setting, events: Sequence[PlannedEvent]
) -> tuple[list[PlannedEvent], list[PlannedEvent]]:
    """Return blinks that go with shifts of gaze: p = 0.05 at 10 degrees to 0.97 at 33.

    First those of the largest shifts, which hardly ever come without, then the others.
    """
    sure: list[PlannedEvent] = []
    likely: list[PlannedEvent] = []
    at = np.zeros(2)
    sizes = [float(k) for k in _CURVE]
    for event in events:
        if event.kind is not EventKind.GAZE:
            continue
        goal = np.asarray((event.value("gaze_yaw"), event.value("gaze_pitch")))
        size, at = float(np.hypot(*(goal - at))), goal
        if setting.chance(float(np.interp(size, sizes, list(_CURVE.values()), left=0.0))):
            start = event.start_s + setting.between(-0.04, 0.04)
            one = blink(setting, start, "blinks with a large shift of gaze", "EVI94")
            (sure if size >= sizes[-1] else likely).append(one)
    return sure, likely


def blinks_of_pauses(setting: Setting, pauses: Sequence[Interval]) -> list[PlannedEvent]:
    """Return blinks at pauses of speech; a listener's come 0.25 to 0.5 s later (NAK10)."""
    late = (0.0, 0.2) if setting.speaking else (0.25, 0.5)
    return [
        blink(setting, p.start_s + setting.between(*late), "blinks at a pause", "NAK10", "speech")
        for p in pauses
        if setting.chance(_PAUSE_ODDS)
    ]


def _free(
    start_s: float, taken: Sequence[PlannedEvent], quiet: Sequence[Interval], apart_s: float
) -> bool:
    if any(i.start_s - 0.35 <= start_s <= i.end_s for i in quiet):
        return False
    return all(
        abs(start_s - b.start_s) >= apart_s and not (b.start_s - 0.3 < start_s < b.end_s + 0.06)
        for b in taken
    )


def _spaced(
    blinks: Sequence[PlannedEvent],
    fixed: Sequence[PlannedEvent],
    quiet: Sequence[Interval],
    apart_s: float = _INTERVAL_MIN_S,
) -> list[PlannedEvent]:
    """Return `fixed` and those blinks that start `apart_s` from all others, earlier ones first."""
    kept = sorted(fixed, key=lambda e: e.start_s)
    near = 0  # index of the first kept blink that can still matter
    for candidate in sorted(blinks, key=lambda e: e.start_s):
        while near < len(kept) and kept[near].end_s < candidate.start_s - 8.0:
            near += 1
        if candidate.start_s > 0.08 and _free(
            candidate.start_s, kept[near : near + 12], quiet, apart_s
        ):
            kept.append(candidate)
            kept.sort(key=lambda e: e.start_s)
    return kept


def _renewals(setting: Setting, taken: Sequence[PlannedEvent], mean_s: float) -> list[PlannedEvent]:
    """Return the blinks that nothing causes, and the seconds of double blinks.

    A caused blink restarts the clock. That cuts long intervals short, so the others spread more.
    """
    cut = min(len(taken) * mean_s / setting.duration_s, 1.0)
    sigma = _SIGMA + cut * (_SIGMA_MOST - _SIGMA)
    own: list[PlannedEvent] = []
    t = setting.between(0.15, _FIRST_BY_S) * min(mean_s, 5.0) + 0.2
    i = 0
    while t < setting.duration_s:
        if i < len(taken) and taken[i].start_s < t + 0.5:
            one = taken[i]  # the cause takes its place
            i += 1
        else:
            one = blink(setting, t, "it is time for a blink", "BENT97 IBI10")
            own.append(one)
        t = one.start_s
        if setting.chance(_DOUBLE_ODDS):
            second = max(t + setting.between(*_SECOND_S), one.end_s + _OPEN_BEFORE_SECOND_S)
            if second <= t + _SECOND_S[1]:
                own.append(blink(setting, second, "blinks twice", "IBI10"))
                t = second
        t += max(0.4, lognormal(setting.rng, mean_s, sigma))
    return own


def _own_interval_s(
    setting: Setting, taken: Sequence[PlannedEvent], quiet: Sequence[Interval], rate: float
) -> float:
    """Return the mean interval that brings caused and other blinks together to a rate, 1/min.

    What causes account for is left out, and so is the time in which blinking is forbidden.
    """
    caused = 60 * len(taken) / setting.duration_s
    own = max(rate / (1 + _DOUBLE_ODDS) - caused, _OWN_LEAST * rate)
    shut_s = _covered_s(quiet, setting.duration_s)
    return 60 / own * max(1 - shut_s / setting.duration_s, _OPEN_LEAST)


def _covered_s(intervals: Sequence[Interval], duration_s: float) -> float:
    """Return how much of the clip intervals cover, overlapping ones once."""
    covered, last = 0.0, 0.0
    for one in sorted(intervals, key=lambda i: i.start_s):
        start, end = max(one.start_s, last), min(one.end_s, duration_s)
        covered += max(end - start, 0.0)
        last = max(last, end)
    return covered


def plan_blinks(
    setting: Setting,
    events: Sequence[PlannedEvent],
    quiet: Sequence[Interval],
    pauses: Sequence[Interval],
) -> list[PlannedEvent]:
    """Return all blinks that the label's own events do not hold already.

    Parameters
    ----------
    events : sequence
        The plan so far; its blinks and closures are respected.
    quiet : sequence
        When the label forbids blinking.
    pauses : sequence
        Silences of the speech, if any.
    """
    closures = [e for e in events if e.kind is EventKind.CLOSURE and e.value("closure") > 0.6]
    lead = 0.65 if setting.priors.label == "drowsiness" else 0.2  # long blinks end before that
    shut = [
        Interval(e.start_s - lead, setting.duration_s if e.sustain else e.end_s + 0.15)
        for e in closures
    ]
    quiet = [*quiet, *shut]
    fixed = [e for e in events if e.kind is EventKind.BLINK]
    sure, likely = blinks_of_looks(setting, events)
    caused = likely + blinks_of_pauses(setting, pauses)
    rate = draw(setting.rng, setting.priors.blink_rate(speaking=setting.speaking))
    mean_s = 60 / min(max(rate, 4.0), _RATE_MOST)
    # Who looks around a lot does not blink at every look, or the rate would double.
    sure = _spaced(sure, fixed, quiet)
    taken = _spaced(caused, sure, quiet, apart_s=max(_CAUSED_APART * mean_s, _INTERVAL_MIN_S))
    own = _renewals(setting, taken, _own_interval_s(setting, taken, quiet, 60 / mean_s))
    every = _spaced(own, taken, quiet)
    return thin([b for b in every if b not in fixed], fixed)


def thin(blinks: Sequence[PlannedEvent], fixed: Sequence[PlannedEvent]) -> list[PlannedEvent]:
    """Return the blinks that keep every minute below the rate that people reach (blink_rate)."""
    most = int(_RATE_MOST)
    kept: list[PlannedEvent] = []
    times = [b.start_s for b in fixed]
    for candidate in blinks:
        recent = sum(candidate.start_s - 60 < t <= candidate.start_s for t in times)
        if recent < most:
            kept.append(candidate)
            times.append(candidate.start_s)
    return kept
