"""What recordings of people show of the same quantities: clips with labels, or the library.

The library holds movements, not recordings, so it says how long and how large they are and nothing
of how often they come. Its blinks are from videos of 20 to 30 frames a second, from 10 % of their
height to 10 % (``segment.face_event``), so their lengths are coarser than those of the curves.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.signal import savgol_filter

from cogportrait.behavior.library.prototype import Prototype
from cogportrait.behavior.realism.quantities import Value
from cogportrait.behavior.realism.saccades import Saccades, saccades_in
from cogportrait.behavior.segment.eye_movements import MIN_RATE_HZ, EyeMovementLimits
from cogportrait.behavior.segment.face_event import EventType
from cogportrait.facs.limits import AU_SCALE

_Array = NDArray[np.float64]

_REST_ROWS: Final = 30  # put before and after a recorded saccade, so that it can be segmented


@dataclass(frozen=True, slots=True)
class Recorded:
    """One quantity of people."""

    median: float
    least: float
    greatest: float
    n: int  # clips or movements
    source: str  # "clips" or "library"


def _recorded(values: Sequence[float], source: str) -> Recorded:
    some = np.asarray(values, np.float64)
    return Recorded(float(np.median(some)), float(some.min()), float(some.max()), len(some), source)


_LENGTHS: Final = (
    ("blink total", (EventType.BLINK, EventType.PARTIAL_BLINK, EventType.DOUBLE_BLINK), 1000.0),
    ("look away length", (EventType.AVERSION,), 1.0),
    ("slow closure length", (EventType.LONG_CLOSURE,), 1.0),
    ("laugh length", (EventType.LAUGH,), 1.0),
)
_SIZES: Final = (
    ("look away size", EventType.AVERSION, 1.0),
    ("partial closure", EventType.PARTIAL_BLINK, 1.0),
    ("brow flash", EventType.BROW_FLASH, AU_SCALE),
    ("head fall", EventType.HEAD_DROP, 1.0),
)


def from_library(prototypes: Sequence[Prototype], label: str) -> dict[str, Recorded]:
    """Return what the movements recorded under a label are like, by quantity."""
    of = [p for p in prototypes if label in p.labels]
    found = {
        name: [scale * p.duration_s for p in of if p.kind in kinds]
        for name, kinds, scale in _LENGTHS
    }
    found |= {
        name: [scale * p.amplitude for p in of if p.kind is kind] for name, kind, scale in _SIZES
    }
    return {name: _recorded(values, "library") for name, values in found.items() if values}


def from_clips(clips: Sequence[Mapping[str, Value]]) -> dict[str, Recorded]:
    """Return the median over the clips of a label, by quantity."""
    names = dict.fromkeys(name for clip in clips for name in clip)
    out: dict[str, Recorded] = {}
    for name in names:
        values = [c[name].value for c in clips if name in c and np.isfinite(c[name].value)]
        if values:
            out[name] = _recorded(values, "clips")
    return out


def recorded_saccades(prototypes: Sequence[Prototype]) -> Saccades:
    """Return the recorded shifts of gaze of eye trackers, smoothed and measured as planned ones."""
    rows: list[tuple[float, ...]] = []
    for p in prototypes:
        if p.kind is not EventType.GAZE_SHIFT or p.rate_hz < MIN_RATE_HZ or p.values.shape[1] != 2:
            continue
        way = _smooth(p.values.astype(np.float64), p.rate_hz)
        rest = np.repeat(way[[0, -1]], _REST_ROWS, axis=0)
        found = saccades_in(np.concatenate([rest[:_REST_ROWS], way, rest[_REST_ROWS:]]), p.rate_hz)
        if len(found) == 1:
            yaw, pitch = found.size_deg[0]
            rows.append((found.onset_s[0], found.end_s[0], yaw, pitch, found.peak_deg_s[0]))
    table = np.asarray(rows, np.float64).reshape(-1, 5)
    return Saccades(table[:, 0], table[:, 1], table[:, 2:4], table[:, 4])


def _smooth(way: _Array, rate_hz: float) -> _Array:
    """Return a recorded way [T, 2] without the tracker's noise, as ``eye_movements`` smooths it."""
    window = max(5, round(EyeMovementLimits().smoothing_s * rate_hz) | 1)
    padded = np.concatenate([
        np.repeat(way[:1], window, axis=0), way, np.repeat(way[-1:], window, axis=0)
    ])  # fmt: skip
    return np.asarray(savgol_filter(padded, window, 2, axis=0)[window:-window], np.float64)
