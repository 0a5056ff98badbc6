"""What a face does, as events: kinds, and the excursions of a curve that most of them are."""

import warnings
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

_Array = NDArray[np.float64]

EDGE: Final = 0.1  # share of an excursion's height at which it begins and ends


class EventType(StrEnum):
    """Kinds of events that are told apart in controls."""

    BLINK = "blink"
    PARTIAL_BLINK = "partial_blink"
    DOUBLE_BLINK = "double_blink"
    LONG_CLOSURE = "long_closure"
    DROOP = "droop"
    WINK = "wink"
    GAZE_SHIFT = "gaze_shift"
    FIXATION = "fixation"
    AVERSION = "aversion"
    RETURN = "return"
    DRIFT = "drift"
    BROW_RAISE = "brow_raise"
    BROW_FLASH = "brow_flash"
    FROWN = "frown"
    SQUINT = "squint"
    WIDENING = "widening"
    SMILE = "smile"
    LAUGH = "laugh"
    HEAD_TURN = "head_turn"
    NOD = "nod"
    SHAKE = "shake"
    TILT = "tilt"
    HEAD_DROP = "head_drop"
    HEAD_JERK = "head_jerk"


@dataclass(frozen=True, slots=True)
class FaceEvent:
    """One thing that a face did."""

    kind: EventType
    onset_s: float
    apex_s: float
    offset_s: float
    amplitude: float  # of action units 0..1, of gaze and head in degrees
    side: str = "both"  # "L", "R" or "both"
    direction: str = ""  # "left", "right", "up", "down" and pairs such as "up-left"; of the subject
    quality: float = 1.0  # 0..1: how far it stands out of the noise

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return self.offset_s - self.onset_s


@dataclass(frozen=True, slots=True)
class Excursion:
    """A curve's way away from its baseline and back; frame numbers, edges with fractions."""

    onset: float
    apex: int
    offset: float
    height: float  # above the higher of its two feet
    half_width: float  # frames at half of that


def excursions(
    curve: NDArray[np.floating[Any]], least: float, *, longest: float | None = None
) -> list[Excursion]:
    """Return the excursions of a curve [T] that rise at least so far above their surroundings.

    Parameters
    ----------
    curve : array, shape [T]
        Upward excursions are found; turn the sign for others.
    least : float
        Least prominence, in the curve's unit.
    longest : float or None
        Frames around a peak within which its feet are looked for; None takes all.
    """
    # Here and not above: who refuses a library needs the kinds of events alone.
    from scipy.signal import find_peaks, peak_widths

    padded = np.concatenate([[curve.min()], np.asarray(curve, np.float64), [curve.min()]])
    window = None if longest is None else max(3, 2 * round(longest) + 1)
    with warnings.catch_warnings():  # within a window some peaks stand out by nothing
        warnings.simplefilter("ignore", RuntimeWarning)
        peaks, found = find_peaks(padded, prominence=least, wlen=window)
    if len(peaks) == 0:
        return []
    feet = (found["prominences"], found["left_bases"], found["right_bases"])
    left, right = peak_widths(padded, peaks, 1 - EDGE, prominence_data=feet)[2:]
    half = peak_widths(padded, peaks, 0.5, prominence_data=feet)[0]
    last = len(curve) - 1
    return [
        Excursion(max(a - 1, 0.0), int(p) - 1, min(b - 1, float(last)), float(h), float(w))
        for p, a, b, h, w in zip(peaks, left, right, feet[0], half, strict=True)
    ]


def baseline(curve: NDArray[np.floating[Any]], frames: float, percent: float = 20.0) -> _Array:
    """Return the running percentile of a curve [T] over so many frames."""
    from scipy.ndimage import percentile_filter

    size = max(3, round(frames) | 1)
    return np.asarray(percentile_filter(np.asarray(curve, np.float64), percent, size), np.float64)


def noise(curve: NDArray[np.floating[Any]]) -> float:
    """Return the standard deviation of what jumps from sample to sample in a curve [T]."""
    second = np.diff(np.asarray(curve, np.float64), 2)
    if len(second) == 0:
        return 0.0
    return float(1.4826 * np.median(np.abs(second - np.median(second))) / np.sqrt(6))


def stands_out(height: float, rough: float) -> float:
    """Return the quality of an event, 0..1: full where it is ten times the noise."""
    return float(np.clip(height / max(10 * rough, 1e-6), 0, 1))


def direction_of(yaw_deg: float, pitch_deg: float) -> str:
    """Return where an angle points, as the subject has it: one of eight directions."""
    turn = int(np.round(np.arctan2(pitch_deg, yaw_deg) / (np.pi / 4))) % 8
    names = ("left", "up-left", "up", "up-right", "right", "down-right", "down", "down-left")
    return names[turn]
