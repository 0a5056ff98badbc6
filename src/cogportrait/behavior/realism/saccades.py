"""Saccades in curves of 200 Hz and more, and the two laws that they obey.

The main sequence: peak velocity ``V (1 - exp(-A / c))`` and duration ``a + b A`` of amplitude A.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import curve_fit

from cogportrait.behavior.segment.eye_movements import EyeMovement, eye_movements
from cogportrait.spans import runs

_Array = NDArray[np.float64]

STILL_DEG_S: Final = 5.0  # an eye slower than that rests
STILL_SHARE: Final = 0.02  # or slower than this share of the saccade's peak velocity
STILL_TIMES: Final = 1.5  # or than so many times its usual speed around the saccade (slow drifts)
AROUND_S: Final = 0.3  # before and after, over which that is taken
STRAIGHT_DEG: Final = 20.0  # from the horizontal or the vertical
LEAST_FIT: Final = 12  # saccades that a law is fitted to
LEAST_NEAR: Final = 5  # saccades near an amplitude, for the law to be asked there
NEAR: Final = 0.3  # share of the amplitude that is near
FIT_FROM_DEG: Final = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Saccades:
    """S saccades, in order."""

    onset_s: _Array  # [S]
    end_s: _Array  # [S]
    size_deg: _Array  # [S, 2] yaw and pitch
    peak_deg_s: _Array  # [S]

    def __len__(self) -> int:
        """Return the number of saccades."""
        return len(self.onset_s)

    @property
    def amplitude_deg(self) -> _Array:
        """Size in any direction, [S]."""
        return np.hypot(self.size_deg[:, 0], self.size_deg[:, 1])

    @property
    def duration_s(self) -> _Array:
        """Length, [S]."""
        return self.end_s - self.onset_s

    def along(self, axis: int) -> NDArray[np.bool_]:
        """Return which are near the horizontal (0) or the vertical (1), [S]."""
        along, across = np.abs(self.size_deg[:, axis]), np.abs(self.size_deg[:, 1 - axis])
        return across <= np.tan(np.radians(STRAIGHT_DEG)) * along


@dataclass(frozen=True, slots=True, eq=False)
class Law:
    """A fit of two numbers; NaN where there were too few saccades, or all of one size."""

    first: float  # asymptote V in deg/s, or intercept a in s
    second: float  # scale c in deg, or slope b in s/deg
    sizes_deg: _Array  # [n] of the saccades fitted to

    def near(self, size_deg: float) -> int:
        """Return how many of the saccades have about this amplitude."""
        return int((np.abs(self.sizes_deg - size_deg) <= NEAR * size_deg).sum())


def saccades_in(room: _Array, rate_hz: float) -> Saccades:
    """Return the saccades of gaze in the room.

    Parameters
    ----------
    room : array, shape [T, 2]
        Yaw and pitch in degrees: eyes and head together, so that an eye that turns against the
        head rests.
    rate_hz : float
        Its rate, at least 100.

    Notes
    -----
    ``segment.eye_movements`` finds them; it smooths. Where each begins and ends and how fast it
    is, is read off the unsmoothed curve, which is without noise.
    """
    kinds = eye_movements(room, rate_hz)
    speed = np.hypot(*np.diff(room, axis=0).T) * rate_hz  # [T - 1] between samples
    rows: list[tuple[float, ...]] = []
    for start, stop in runs(kinds == EyeMovement.SACCADE):
        fast = speed[start : min(stop, len(speed))]
        if len(fast) == 0:
            continue
        top = start + int(fast.argmax())
        around = round(AROUND_S * rate_hz)
        usual = float(np.median(speed[max(start - around, 0) : stop + around]))
        floor = max(STILL_DEG_S, STILL_SHARE * float(speed[top]), STILL_TIMES * usual)
        first, last = _moving(speed, top, floor)
        size = room[last] - room[first]
        rows.append((first / rate_hz, last / rate_hz, size[0], size[1], float(speed[top])))
    table = np.asarray(rows, np.float64).reshape(-1, 5)
    return Saccades(table[:, 0], table[:, 1], table[:, 2:4], table[:, 4])


def _moving(speed: _Array, top: int, floor: float) -> tuple[int, int]:
    first, last = top, top + 1
    while first > 0 and speed[first - 1] > floor:
        first -= 1
    while last < len(speed) and speed[last] > floor:
        last += 1
    return first, last


def peak_velocity_law(saccades: Saccades, axis: int) -> Law:
    """Return V and c of the saccades along one axis."""
    of = saccades.along(axis) & (saccades.amplitude_deg >= FIT_FROM_DEG)
    size, peak = saccades.amplitude_deg[of], saccades.peak_deg_s[of]
    if not _enough(size):
        return Law(float("nan"), float("nan"), size)
    try:
        found, _ = curve_fit(
            _saturating, size, peak, p0=(500.0, 10.0), bounds=((50.0, 0.5), (2000.0, 100.0))
        )
    except RuntimeError:  # no convergence
        return Law(float("nan"), float("nan"), size)
    return Law(float(found[0]), float(found[1]), size)


def _enough(size: _Array) -> bool:
    return len(size) >= LEAST_FIT and bool(np.ptp(size) >= 2 * FIT_FROM_DEG)


def _saturating(size: _Array, asymptote: float, scale: float) -> _Array:
    return asymptote * -np.expm1(-size / scale)


def velocity_at(law: Law, size_deg: float) -> float:
    """Return the law's peak velocity, deg/s; NaN where too few saccades have that amplitude."""
    if law.near(size_deg) < LEAST_NEAR:
        return float("nan")
    return float(_saturating(np.array(size_deg), law.first, law.second))


def duration_law(saccades: Saccades) -> Law:
    """Return a and b of all saccades."""
    of = saccades.amplitude_deg >= FIT_FROM_DEG
    size, length = saccades.amplitude_deg[of], saccades.duration_s[of]
    if not _enough(size):
        return Law(float("nan"), float("nan"), size)
    slope, intercept = np.polyfit(size, length, 1)
    return Law(float(intercept), float(slope), size)


def duration_at(law: Law, size_deg: float) -> float:
    """Return the law's duration in seconds; NaN where too few saccades have that amplitude."""
    near = law.near(size_deg) >= LEAST_NEAR
    return law.first + law.second * size_deg if near else float("nan")
