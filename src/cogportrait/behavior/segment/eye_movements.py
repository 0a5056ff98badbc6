"""Samples of gaze to saccades, fixations, slow movements and gaps: for eye trackers.

Velocity thresholds follow the noise of the recording (Nyström & Holmqvist 2010, Behav Res Methods
42:188), from medians instead of means, so that saccades do not raise them. What rushes into or out
of a gap in the data is a lid, not an eye. The movement that ends a saccade (post-saccadic
oscillation) is told apart. Checked against hand-coded recordings: docs/segment.md.

It needs 100 samples a second or more; videos are read by :mod:`.gaze_shifts`.
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, savgol_filter, sosfiltfilt

from cogportrait.errors import InputError, shown
from cogportrait.spans import runs
from cogportrait.types import check_array

_Array = NDArray[np.float64]
MIN_RATE_HZ: Final = 100.0
_MAD_TO_SD: Final = 1.4826  # of a normal distribution
_ROUNDS: Final = 50
_SETTLED_DEG_S: Final = 0.5


class EyeMovement(IntEnum):
    """What an eye does at one sample; numbers as in the recordings of Andersson et al. 2017."""

    NONE = 0  # no data, or a blink
    FIXATION = 1
    SACCADE = 2
    OSCILLATION = 3  # right after a saccade
    SLOW = 4  # pursuit or drift


@dataclass(frozen=True, slots=True)
class EyeMovementLimits:
    """Thresholds; those without a source were set on every second hand-coded recording."""

    smoothing_s: float = 0.018  # Savitzky-Golay window, second order (Nyström & Holmqvist: 20 ms)
    first_deg_s: float = 100.0  # where the search for the thresholds starts (the same)
    peak_sd: float = 8.0  # peak velocity above the noise; they take 6 standard deviations
    peak_least_deg_s: float = 25.0
    edge_sd: float = 3.0  # onset and end, the same
    edge_least_deg_s: float = 12.0
    edge_share: float = 0.12  # nor below this share of the saccade's own peak
    shortest_s: float = 0.012  # of a saccade; REMoDNaV takes 10 ms (Dar, Wagner & Hanke 2021)
    smallest_deg: float = 0.25
    oscillation_s: float = 0.050  # how long after a saccade; REMoDNaV 40 ms
    oscillation_share: float = 0.5  # a second peak below this share of the first is no saccade
    gap_s: float = 0.060  # next to missing data fast motion is the lid's
    slow_deg_s: float = 4.0  # of pursuit and drift; REMoDNaV takes 2, which cuts fixations up
    slow_lowpass_hz: float = 4.0  # the same
    slow_shortest_s: float = 0.10


def eye_movements(
    gaze_deg: NDArray[np.floating[Any]],
    rate_hz: float,
    limits: EyeMovementLimits = EyeMovementLimits(),
) -> NDArray[np.int8]:
    """Return what the eye does at each sample.

    Parameters
    ----------
    gaze_deg : array, shape [T, 2]
        Yaw and pitch in degrees; NaN where the tracker saw no eye.
    rate_hz : float
        Samples a second, at least 100.
    limits : EyeMovementLimits
        Thresholds.

    Returns
    -------
    array, shape [T]
        Values of :class:`EyeMovement`.

    Raises
    ------
    InputError
        The rate is too low, or the shape is wrong.
    """
    check_array("gaze_deg", gaze_deg, (None, 2), finite=False)
    if not rate_hz >= MIN_RATE_HZ:
        raise InputError(
            f"rate_hz: expected at least {MIN_RATE_HZ:.0f} samples a second, got {shown(rate_hz)}"
        )
    seen: NDArray[np.bool_] = np.isfinite(gaze_deg[:, 0]) & np.isfinite(gaze_deg[:, 1])
    labels = np.where(seen, EyeMovement.FIXATION, EyeMovement.NONE).astype(np.int8)
    window = max(5, round(limits.smoothing_s * rate_hz) | 1)
    if seen.sum() < 2 * window or len(labels) < 2 * window:
        return labels
    place = _filled(np.asarray(gaze_deg, np.float64), seen)
    speed = _speed_deg_s(place, seen, rate_hz, window)
    labels[np.isnan(speed)] = EyeMovement.NONE
    peak, edge = _thresholds(speed[np.isfinite(speed)], limits)
    speed = _without_lids(speed, edge, round(limits.gap_s * rate_hz), labels)
    _mark_saccades(labels, place, speed, rate_hz, (peak, edge), limits)
    _mark_slow(labels, place, rate_hz, limits)
    return labels


def _filled(gaze: _Array, seen: NDArray[np.bool_]) -> _Array:
    """Return `gaze` with straight lines across gaps, so that it can be filtered."""
    t = np.arange(len(gaze))
    return np.stack([np.interp(t, t[seen], gaze[seen, k]) for k in (0, 1)], axis=1)


def _speed_deg_s(place: _Array, seen: NDArray[np.bool_], rate_hz: float, window: int) -> _Array:
    """Return the speed, [T]; NaN where its window touches a gap."""
    velocity = np.asarray(
        savgol_filter(place, window, 2, deriv=1, delta=1 / rate_hz, axis=0, mode="nearest"),
        np.float64,
    )
    speed = np.hypot(velocity[:, 0], velocity[:, 1])
    near_gap = np.convolve(~seen, np.ones(window), "same") > 0
    return np.where(near_gap, np.nan, speed)


def _thresholds(speed: _Array, limits: EyeMovementLimits) -> tuple[float, float]:
    """Return the speeds that a saccade's peak and its edges exceed, degrees a second."""
    peak, middle, sd = limits.first_deg_s, 0.0, 0.0
    for _ in range(_ROUNDS):
        calm = speed[speed < peak]
        if len(calm) == 0:
            break
        middle = float(np.median(calm))
        sd = _MAD_TO_SD * float(np.median(np.abs(calm - middle)))
        before, peak = peak, middle + limits.peak_sd * sd
        if abs(before - peak) < _SETTLED_DEG_S:
            break
    return (
        max(peak, limits.peak_least_deg_s),
        max(middle + limits.edge_sd * sd, limits.edge_least_deg_s),
    )


def _without_lids(speed: _Array, edge: float, reach: int, labels: NDArray[np.int8]) -> _Array:
    """Return the speed with 0 for gaps and fast runs beside them, which `labels` then leaves out.

    A gap where a recording starts or ends is no blink.
    """
    lids = np.zeros(len(speed), np.bool_)
    for start, stop in runs(np.isnan(speed)):
        lids[max(0, start - reach) : stop + reach] = True
    speed = np.where(np.isnan(speed), 0.0, speed)
    for start, stop in runs(speed > edge):
        if lids[start:stop].any():
            labels[start:stop] = EyeMovement.NONE
            speed[start:stop] = 0.0
    return speed


def _mark_saccades(
    labels: NDArray[np.int8],
    place: _Array,
    speed: _Array,
    rate_hz: float,
    thresholds: tuple[float, float],
    limits: EyeMovementLimits,
) -> None:
    peak, edge = thresholds
    after, before_peak = -(10**9), 0.0
    for start, stop in runs(speed > peak):
        if stop <= after:
            continue
        at = start + int(np.argmax(speed[start:stop]))
        floor = max(edge, limits.edge_share * float(speed[at]))
        first, last = _around(speed, at, floor)
        first = max(first, after)
        moved = float(np.hypot(*(place[min(last, len(place) - 1)] - place[first])))
        if last - first < limits.shortest_s * rate_hz or moved < limits.smallest_deg:
            continue
        soon = first - after < limits.oscillation_s * rate_hz
        if soon and speed[at] < limits.oscillation_share * before_peak:
            labels[after:last] = EyeMovement.OSCILLATION
            after = last
            continue
        labels[first:last] = EyeMovement.SACCADE
        after, before_peak = last, float(speed[at])
        tail = np.flatnonzero(speed[after : after + round(limits.oscillation_s * rate_hz)] > edge)
        if len(tail):
            settling = labels[after : after + int(tail[-1]) + 1]
            settling[settling == EyeMovement.FIXATION] = EyeMovement.OSCILLATION


def _around(speed: _Array, at: int, floor: float) -> tuple[int, int]:
    """Return the run of samples faster than `floor` around `at`, first and past the end."""
    below = np.flatnonzero(speed[:at] <= floor)
    above = np.flatnonzero(speed[at:] <= floor)
    return (
        int(below[-1]) + 1 if len(below) else 0,
        at + int(above[0]) if len(above) else len(speed),
    )


def _mark_slow(
    labels: NDArray[np.int8], place: _Array, rate_hz: float, limits: EyeMovementLimits
) -> None:
    """Mark what glides between saccades, after a low-pass filter within each stretch."""
    sos = butter(2, limits.slow_lowpass_hz, fs=rate_hz, output="sos")
    least = round(limits.slow_shortest_s * rate_hz)
    for start, stop in runs(labels == EyeMovement.FIXATION):
        if stop - start < max(least, 20):
            continue
        part = place[start:stop]
        padding = min(len(part) - 1, int(rate_hz / limits.slow_lowpass_hz))
        smooth = np.asarray(sosfiltfilt(sos, part, axis=0, padlen=padding), np.float64)
        velocity = np.gradient(smooth, 1 / rate_hz, axis=0)
        for a, b in runs(np.hypot(velocity[:, 0], velocity[:, 1]) > limits.slow_deg_s):
            if b - a >= least:
                labels[start + a : start + b] = EyeMovement.SLOW
