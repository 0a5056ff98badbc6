"""The quantities by which behaviour is judged: names, units, values.

Every value is one number of one recording, with how many events (or seconds) stand behind it; NaN
where too few do.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cogportrait.behavior.realism.blinks import COMPLETE, free_intervals_s, log_sd, skewness
from cogportrait.behavior.realism.observe import WITHIN_DEG, Curves, Observed
from cogportrait.behavior.realism.saccades import (
    duration_at,
    duration_law,
    peak_velocity_law,
    velocity_at,
)
from cogportrait.behavior.segment.face_event import EventType, FaceEvent
from cogportrait.facs.channels import au_columns
from cogportrait.facs.limits import AU_SCALE
from cogportrait.spans import runs

_Array = NDArray[np.float64]

LEAST_EVENTS: Final = 5  # behind a mean or a share
LEAST_SPREAD: Final = 20  # behind a skewness or a spread
LONG_BLINK_S: Final = 0.4  # drowsy.blink.duration_threshold_400
DOWN_DEG: Final = 5.0  # below level: gaze that is lowered, the least of gaze_down_angle
RATED: Final = (1, 2, 4, 5, 6, 7, 10, 12)  # action units that priors of labels are about


@dataclass(frozen=True, slots=True)
class Value:
    """One measured number."""

    value: float  # NaN: not to be told
    n: int  # events behind it; of shares of time, frames


def measured(seen: Observed) -> dict[str, Value]:
    """Return all quantities of a recording by name; those of curves only where there are curves."""
    values = {**_looks(seen), **_units(seen), **_head(seen), **_bouts(seen)}
    if seen.curves is None:
        return {**_video_lids(seen), **values}
    return {**_lids(seen, seen.curves), **_eyes(seen.curves), **values}


def _mean(values: _Array) -> Value:
    known = values[np.isfinite(values)]
    enough = len(known) >= LEAST_EVENTS
    return Value(float(known.mean()) if enough else float("nan"), len(known))


def _share(mask: NDArray[np.bool_]) -> Value:
    enough = len(mask) >= LEAST_EVENTS
    return Value(float(mask.mean()) if enough else float("nan"), len(mask))


def _per_minute(n: int, seen: Observed) -> Value:
    return Value(60 * n / seen.duration_s, n)


def _video_lids(seen: Observed) -> dict[str, Value]:
    rate = seen.signature.blink_rate_per_min
    return {"blink rate": Value(rate, round(rate * seen.duration_s / 60))}


def _lids(seen: Observed, curves: Curves) -> dict[str, Value]:
    blinks, single = curves.blinks, free_intervals_s(curves.blinks, curves.closures)
    intervals = blinks.intervals_s
    enough = len(single) >= LEAST_SPREAD
    partial = blinks.depth[blinks.closure < COMPLETE]
    many = len(partial) >= LEAST_EVENTS
    return {
        "blink rate": _per_minute(len(blinks), seen),
        "blink interval": _mean(intervals),
        "blink interval skewness": Value(
            skewness(intervals) if enough else float("nan"), len(intervals)
        ),
        "blink interval log sd": Value(log_sd(single) if enough else float("nan"), len(single)),
        "double blinks": _share(blinks.doubled),
        "blink closing": _mean(1000 * blinks.closing_s),
        "blink held": _mean(1000 * blinks.held_s),
        "blink reopening": _mean(1000 * blinks.reopening_s),
        "blink total": _mean(1000 * blinks.total_s),
        "complete blinks": _share(blinks.closure >= COMPLETE),
        "partial closure": Value(float(np.median(partial)) if many else float("nan"), len(partial)),
        "long blinks": _share(blinks.total_s > LONG_BLINK_S),
        "lid speed": _mean(blinks.speed_s),
        "PERCLOS P80": Value(curves.slow_closed, round(seen.duration_s * seen.fps)),
        "slow closures": _per_minute(len(curves.closures), seen),
        "slow closure length": _mean(np.array([e.duration_s for e in curves.closures])),
        "microsleeps": _per_minute(len(_with_fall(curves.closures, seen.events)), seen),
    }


def _with_fall(closures: Sequence[FaceEvent], events: Sequence[FaceEvent]) -> list[FaceEvent]:
    """Return the long closures in which the head sinks: microsleeps, by our definition."""
    falls = [e for e in events if e.kind is EventType.HEAD_DROP]
    return [c for c in closures if any(c.onset_s <= f.apex_s <= c.offset_s + 0.5 for f in falls)]


def _eyes(curves: Curves) -> dict[str, Value]:
    saccades = curves.saccades
    across, up = peak_velocity_law(saccades, 0), peak_velocity_law(saccades, 1)
    length = duration_law(saccades)
    near = np.hypot(*curves.fixations_deg.T) < WITHIN_DEG
    enough = {True: near.sum() >= LEAST_EVENTS, False: (~near).sum() >= LEAST_EVENTS}
    medians = {
        where: float(np.median(curves.fixations_s[near == where])) if many else float("nan")
        for where, many in enough.items()
    }
    return {
        **{f"peak velocity, {a:g}° sideways": Value(velocity_at(across, a), across.near(a))
           for a in (5.0, 15.0, 30.0)},
        **{f"peak velocity, {a:g}° up or down": Value(velocity_at(up, a), up.near(a))
           for a in (5.0, 10.0, 20.0)},
        **{f"saccade duration, {a:g}°": Value(1000 * duration_at(length, a), length.near(a))
           for a in (5.0, 10.0, 20.0)},
        "saccade rate": Value(len(saccades) / _span(curves), len(saccades)),
        "fixation on partner": Value(medians[True], int(near.sum())),
        "fixation elsewhere": Value(medians[False], int((~near).sum())),
    }  # fmt: skip


def _span(curves: Curves) -> float:
    """Return the time from the first saccade to the last, seconds."""
    if len(curves.saccades) < 2:
        return float("inf")
    return float(curves.saccades.onset_s[-1] - curves.saccades.onset_s[0])


def _looks(seen: Observed) -> dict[str, Value]:
    room, n = seen.room_deg[seen.is_open], int(seen.is_open.sum())
    if n == 0:
        return {}
    low = room[:, 1] <= -DOWN_DEG
    away = seen.looks_away
    on = np.hypot(*seen.room_deg.T) < WITHIN_DEG
    stays = np.array([(b - a) / seen.fps for a, b in runs(on & seen.is_open)])
    enough = len(stays) >= LEAST_EVENTS
    sides = np.array([_side(e.direction) for e in away], np.str_)
    return {
        "gaze on partner": Value(float((np.hypot(*room.T) < WITHIN_DEG).mean()), n),
        "gaze lowered": Value(float(low.mean()), n),
        "lowered by": Value(float(-room[low, 1].mean()) if low.any() else np.nan, int(low.sum())),
        "looks away": _per_minute(len(away), seen),
        "look away length": _mean(np.array([e.duration_s for e in away])),
        "look away size": _mean(np.array([e.amplitude for e in away])),
        **{f"looks away {side}": _share(sides == side) for side in ("aside", "up", "down")},
        "stay on partner": Value(float(np.median(stays)) if enough else np.nan, len(stays)),
    }


def _side(direction: str) -> str:
    for word in ("up", "down"):
        if word in direction:
            return word
    return "aside"


def _units(seen: Observed) -> dict[str, Value]:
    """Return levels of action units, 0..5: 90th percentiles of the stronger side."""
    signature, n = seen.signature, round(seen.duration_s * seen.fps)
    flashes = [e.amplitude for e in seen.events if e.kind is EventType.BROW_FLASH]
    level = {f"AU{k:02d}": signature.au(k) for k in RATED}
    level["AU14+24"] = (signature.au(14) + signature.au(24)) / 2
    level["AU01+02"] = (signature.au(1) + signature.au(2)) / 2
    level["AU43 at rest"] = signature.resting_closure
    level["AU43 at most"] = float(signature.au_p90[list(au_columns(43))].max())
    return {
        **{name: Value(AU_SCALE * value, n) for name, value in level.items()},
        "brow flash": _mean(AU_SCALE * np.array(flashes)),
        "brow flashes": _per_minute(len(flashes), seen),
    }


def _head(seen: Observed) -> dict[str, Value]:
    head, n = seen.head_deg, len(seen.head_deg)
    away = np.hypot(*seen.room_deg.T) >= WITHIN_DEG
    least = {"yaw": np.abs(head[:, 0]), "roll": np.abs(head[:, 2])}
    reach = {f"head reach, {k}": Value(float(np.percentile(v, 95)), n) for k, v in least.items()}
    low, high = np.percentile(head[:, 1], [5, 95])
    turned = float(np.abs(head[away, 0]).mean()) if away.any() else np.nan
    values = {
        **reach,
        "head reach, down": Value(float(max(-low, 0.0)), n),
        "head reach, up": Value(float(max(high, 0.0)), n),
        "head motion": Value(float(np.sqrt(head.var(0).mean())), n),
        "head pitch": Value(float(np.median(head[:, 1])), n),
        "head pitch, raised": Value(float(np.percentile(head[:, 1], 90)), n),
        "head roll": Value(float(np.median(least["roll"])), n),
        "head turned away": Value(turned, int(away.sum())),
        "nods": _per_minute(_count(seen.events, EventType.NOD), seen),
    }
    if seen.curves is not None:
        for axis, peak in zip(("yaw", "pitch", "roll"), seen.curves.head_peak_deg_s, strict=True):
            values[f"head speed, {axis}"] = Value(peak, n)
    return values


def _count(events: Iterable[FaceEvent], kind: EventType) -> int:
    return sum(e.kind is kind for e in events)


def _bouts(seen: Observed) -> dict[str, Value]:
    """Return what laughs and sinking heads are like."""
    laughs = [e for e in seen.events if e.kind is EventType.LAUGH]
    falls = [e for e in seen.events if e.kind is EventType.HEAD_DROP]
    shut = [_shut_share(seen, laugh) for laugh in laughs]
    return {
        "laughs": _per_minute(len(laughs), seen),
        "laugh length": _mean(np.array([e.duration_s for e in laughs])),
        "eyes shut in laughs": _mean(np.array(shut, np.float64)),
        "head falls": _per_minute(len(falls), seen),
        "head fall": _mean(np.array([e.amplitude for e in falls])),
        "head fall time": _mean(np.array([e.apex_s - e.onset_s for e in falls])),
    }


def _shut_share(seen: Observed, laugh: FaceEvent) -> float:
    first, last = round(laugh.onset_s * seen.fps), round(laugh.offset_s * seen.fps)
    return float((~seen.is_open[first : last + 1]).mean())


UNITS: Final[Mapping[str, str]] = {
    "blink rate": "1/min", "blink interval": "s", "blink interval skewness": "",
    "blink interval log sd": "", "double blinks": "share", "blink closing": "ms",
    "blink held": "ms", "blink reopening": "ms", "blink total": "ms", "complete blinks": "share",
    "partial closure": "share", "long blinks": "share", "lid speed": "1/s", "PERCLOS P80": "share",
    "slow closures": "1/min", "slow closure length": "s", "microsleeps": "1/min",
    "saccade rate": "1/s", "fixation on partner": "s", "fixation elsewhere": "s",
    "gaze on partner": "share", "gaze lowered": "share", "lowered by": "deg",
    "looks away": "1/min", "look away length": "s", "look away size": "deg",
    "looks away aside": "share", "looks away up": "share", "looks away down": "share",
    "stay on partner": "s", "brow flash": "0..5", "brow flashes": "1/min", "nods": "1/min",
    "laughs": "1/min", "laugh length": "s", "eyes shut in laughs": "share",
    "head falls": "1/min", "head fall": "deg", "head fall time": "s",
}  # fmt: skip


def unit_of(name: str) -> str:
    """Return the unit of a quantity; empty for pure numbers."""
    if name in UNITS:
        return UNITS[name]
    for start, unit in (
        ("peak velocity", "deg/s"), ("saccade duration", "ms"), ("head speed", "deg/s"),
        ("head", "deg"), ("AU", "0..5"),
    ):  # fmt: skip
        if name.startswith(start):
            return unit
    raise KeyError(name)
