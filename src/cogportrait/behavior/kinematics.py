"""How lids, eyes, head and face move: curves over time, pure and vectorised.

Time is in seconds and counts from the start of the movement; curves are 0 before it. All laws are
meant to be drawn at :data:`PLAN_RATE_HZ` or faster and sampled afterwards (physiology, section 8:
a blink is 2 to 8 frames of a 25 fps video and a saccade may be one).
"""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline
from scipy.special import betainc

from cogportrait.facs.limits import constant

Curve = NDArray[np.float64]
ArrayLike = NDArray[np.floating[Any]] | float

PLAN_RATE_HZ: Final = constant("internal_rate").number
MIN_JERK_PEAK_VELOCITY: Final = constant("minjerk.peak_velocity").number  # x A / D
MIN_JERK_PEAK_ACCELERATION: Final = constant("minjerk.peak_acceleration").number  # x A / D^2

_SLOPE_S: Final = constant("saccade.duration.slope").number / 1000
_INTERCEPT_S: Final = constant("saccade.duration.intercept").number / 1000
_PULSE_FACTOR: Final = constant("saccade.duration.pulse_factor").number / 1000
_TOLERANCE: Final = constant("saccade.duration.tolerance").span[1]
_PEAK_H: Final = constant("saccade.vpeak.h.asymptote").number
_SCALE_H: Final = constant("saccade.vpeak.h.scale").number
_PEAK_V: Final = constant("saccade.vpeak.v.asymptote").number
_SCALE_V: Final = constant("saccade.vpeak.v.scale").number
_SHARE_10: Final = constant("saccade.acceleration_share.at_10deg").number
_SHARE_50: Final = constant("saccade.acceleration_share.at_50deg").number

# Sum of the two exponents of the beta-shaped velocity pulse of a saccade: 2.8 makes the peak 1.66
# times the mean velocity in a symmetric pulse, which `saccade.duration.pulse_factor` assumes.
_PULSE_EXPONENTS: Final = 2.8
_SPLINE_RMS: Final = 1.44  # a B-spline of unit knots has an rms of about 0.69
# A lid opens fast at first and creeps home (blink.template_25fps: .5 1 .65 .25 .05).
_OPENING_SHAPE: Final = (1.9, 3.4)


def min_jerk(progress: ArrayLike) -> Curve:
    r"""Return the minimum-jerk path from 0 to 1.

    Parameters
    ----------
    progress : array
        Time over duration; below 0 gives 0, above 1 gives 1.

    Returns
    -------
    array
        :math:`10 x^3 - 15 x^4 + 6 x^5`; peak velocity 1.875 and peak acceleration 5.77, in units of
        distance over duration and over duration squared.
    """
    x = np.clip(np.asarray(progress, np.float64), 0.0, 1.0)
    return x * x * x * (10.0 + x * (6.0 * x - 15.0))  # x**3 would go through pow


def rise(t_s: Curve, duration_s: float) -> Curve:
    """Return `min_jerk` over `duration_s`; a step when the duration is 0."""
    return min_jerk(t_s / max(duration_s, 1e-9))


def expression_pulse(t_s: Curve, onset_s: float, hold_s: float, offset_s: float) -> Curve:
    """Return rise, apex and fall, 0..1..0, of a facial movement [T]."""
    return rise(t_s, onset_s) - rise(t_s - onset_s - hold_s, offset_s)


def blink_pulse(t_s: Curve, closing_s: float, closed_s: float, opening_s: float) -> Curve:
    """Return lid closure 0..1..0 of one blink [T].

    Closing is minimum-jerk (peak over mean velocity 1.875; `lid.profile.peak_over_mean_velocity`
    1.9 to 2.3); opening is slower and skewed, fast at first with a long tail. Scale the result for
    a partial blink.
    """
    opening = np.clip((t_s - closing_s - closed_s) / max(opening_s, 1e-9), 0.0, 1.0)
    return rise(t_s, closing_s) - betainc(*_OPENING_SHAPE, opening)


def recorded(t_s: Curve, duration_s: float, shape: Sequence[float]) -> Curve:
    """Return a recorded course stretched over `duration_s` [T]; at its ends it rests."""
    at = np.linspace(0.0, max(duration_s, 1e-9), len(shape))
    course = CubicSpline(at, np.asarray(shape, np.float64), bc_type="clamped")
    return np.asarray(course(np.clip(t_s, 0.0, at[-1])))


def saccade_peak_velocity_deg_s(yaw_deg: ArrayLike, pitch_deg: ArrayLike = 0.0) -> Curve:
    """Return the main-sequence peak velocity of a saccade of this size and direction.

    Notes
    -----
    500 (1 - exp(-A/10.9)) horizontally and 418 (1 - exp(-A/7.5)) vertically, blended by direction
    (fit to VOG18 and COL88).
    """
    size = np.hypot(yaw_deg, pitch_deg)
    share = np.abs(yaw_deg) / np.maximum(np.abs(yaw_deg) + np.abs(pitch_deg), 1e-9)
    horizontal = _PEAK_H * -np.expm1(-size / _SCALE_H)
    vertical = _PEAK_V * -np.expm1(-size / _SCALE_V)
    return share * horizontal + (1 - share) * vertical


def saccade_line_s(size_deg: ArrayLike) -> Curve:
    """Return the duration on the line 2.2 A + 21 ms (KNOX)."""
    return np.asarray(_SLOPE_S * np.asarray(size_deg) + _INTERCEPT_S)


def saccade_duration_s(yaw_deg: ArrayLike, pitch_deg: ArrayLike = 0.0) -> Curve:
    """Return how long a saccade takes: max(2.2 A + 21 ms, 1.65 A / peak velocity).

    The two measured laws are not jointly exact (a 10 degree saccade on the line would need a pulse
    flatter than any smooth one), hence the maximum; it stays within 1.6 times the line, the band
    that the critic accepts (saccade.duration.tolerance).
    """
    size = np.hypot(yaw_deg, pitch_deg)
    line = saccade_line_s(size)
    peak = np.maximum(saccade_peak_velocity_deg_s(yaw_deg, pitch_deg), 1e-9)
    pulse = np.where(size > 0, _PULSE_FACTOR * size / peak, 0)
    return np.clip(pulse, line, _TOLERANCE * line)


def acceleration_share(size_deg: float) -> float:
    """Return the share of a saccade spent speeding up: 0.45 to 10 degrees, 0.20 from 50 (COL88)."""
    return float(np.interp(size_deg, (10.0, 50.0), (_SHARE_10, _SHARE_50)))


def saccade_path(t_s: Curve, duration_s: float, size_deg: float) -> Curve:
    """Return the way covered by a saccade, 0..1 [T]: a skewed pulse of velocity."""
    x = np.clip(t_s / max(duration_s, 1e-9), 0.0, 1.0)
    share = acceleration_share(size_deg)
    up, down = 1 + share * _PULSE_EXPONENTS, 1 + (1 - share) * _PULSE_EXPONENTS
    return np.asarray(betainc(up, down, x))


def nod_curve(t_s: Curve, cycles: float, rate_hz: float) -> Curve:
    """Return a nod, 0 = up, 1 = the depth of the first cycle [T].

    Cycles shrink and the last is the smallest (MORI25). Starts and ends at rest.
    """
    length = cycles / rate_hz
    x = np.clip(t_s, 0.0, length)
    shrink = 1.0 - 0.5 * x / length
    return shrink * (1 - np.cos(2 * np.pi * rate_hz * x)) / 2


def shake_curve(t_s: Curve, cycles: float, rate_hz: float) -> Curve:
    """Return a head shake, about -1..1, starting to the left (+) [T]; starts and ends at rest."""
    length = cycles / rate_hz
    x = np.clip(t_s, 0.0, length)
    ramp = min(0.5 / rate_hz, length / 2)
    window = rise(x, ramp) - rise(x - (length - ramp), ramp)
    return window * (1.0 - 0.4 * x / length) * np.sin(2 * np.pi * rate_hz * x)


def nod_amplitude_limit_deg(rate_hz: float, acceleration_deg_s2: float) -> float:
    """Return the largest peak-to-peak swing within an acceleration: 2 a / (2 pi f)^2."""
    return 2 * acceleration_deg_s2 / (2 * np.pi * rate_hz) ** 2


def smooth_noise(
    rng: np.random.Generator, n: int, rate_hz: float, knot_s: float, columns: int = 1
) -> Curve:
    """Return slow random motion without tremor [n, columns], about unit rms, starting at 0.

    A uniform cubic B-spline over random knots `knot_s` apart: smooth to the second derivative, with
    hardly any power above 1 / knot_s.
    """
    t = np.arange(n) / rate_hz / knot_s
    knots = rng.standard_normal((int(t[-1] if n else 0) + 4, columns))
    first = t.astype(np.int64)
    u = (t - first)[:, None]
    v = 1 - u
    path = (
        v * v * v * knots[first]
        + (3 * u * u * u - 6 * u * u + 4) * knots[first + 1]
        + (3 * v * v * v - 6 * v * v + 4) * knots[first + 2]
        + u * u * u * knots[first + 3]
    ) / 6
    return path * min_jerk(t / 2)[:, None] * _SPLINE_RMS


def soft_limit(values: Curve, low: float, high: float, knee: float = 0.75) -> Curve:
    """Return `values` kept inside (low, high): unchanged to `knee` of the way, then bending.

    Slopes never grow, so what obeyed a speed limit still does.
    """
    out = values.copy()
    for limit, sign in ((high, 1.0), (-low, -1.0)):
        start = knee * limit
        over = sign * out > start
        if over.any():
            room = limit - start
            out[over] = sign * (start + room * np.tanh((sign * out[over] - start) / room))
    return out


def eye_in_head_deg(gaze_deg: Curve, head_deg: Curve) -> Curve:
    """Return the eye's angles in the head [T, 2] that keep the direction `gaze_deg` in space.

    The vestibulo-ocular reflex of gain 1 (VORA): the eye turns against the head (yaw, pitch). Head
    roll is left out; at portrait angles it would move the gaze by less than 3 degrees.
    """
    return gaze_deg - head_deg[:, :2]
