"""Prototypes as shapes: courses without size or length, which events are drawn with.

Recordings are noisy and coarse, and a face starts and ends at rest. A shape is smoothed by about a
frame, its line from first to last row is taken off, its ends are eased, and its apex is 1.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator
from scipy.ndimage import gaussian_filter1d
from scipy.signal import find_peaks

from cogportrait.behavior.kinematics import min_jerk
from cogportrait.behavior.library.prototype import GAZE_PAIR, Prototype
from cogportrait.behavior.segment.face_event import EventType
from cogportrait.spans import runs

SAMPLES: Final = 97
SMOOTH_S: Final = 0.03  # less than a frame of what was recorded
EASE: Final = 0.4  # share of the way out, and of the way back, over which it is eased
APEX: Final = 0.9  # share of the peak from which a movement is at its apex
BEND: Final = 3.5  # how much longer or shorter the way out, or the way back, may be played
HEAD_BEND: Final = 3.0  # the same for a head, whose start is compared with that of the eyes
HOLD_BEND: Final = 6.0  # the same for the apex between them
MOST_DIP: Final = 0.75  # of the peak: an expression that sinks deeper in between is two
PLAYED_DIP: Final = 0.12  # of the peak, to which dips of an expression are made shallow
SWING_EASE: Final = 0.15  # share of a nod's length over which its ends are eased
SWING_SEEN: Final = 0.3  # of the largest swing, from which one counts
PROMPT: Final = 0.3  # share of a head's way out within which it has visibly started
STARTED_SPEED: Final = 0.1  # of the peak: where a movement starts
_STARTED: Final = 0.1
_LEFT: Final = 0.75
_HALT: Final = 0.02
_SHORT: Final = 0.02
_HEAD_SMOOTH_S: Final = 0.06
_CORNER: Final = 1.0  # samples, over which the corners of what was filled are rounded
# Movements that a face holds: what sinks and comes back in between is the tracker, or another one.
_HELD: Final = frozenset((
    EventType.SMILE, EventType.FROWN, EventType.SQUINT, EventType.WIDENING, EventType.BROW_RAISE,
    EventType.BROW_FLASH, EventType.LONG_CLOSURE, EventType.DROOP,
))  # fmt: skip
_LEAST_ROWS: Final = 4
# Peak over mean speed of a saccade that is no slip of the tracker: 1.65 is usual (physiology).
PULSE_FACTOR: Final = (1.35, 2.4)
_LEAST: Final = 1e-3

_Array = NDArray[np.float64]


def excursion_shape(prototype: Prototype, phases: tuple[float, float]) -> _Array | None:
    """Return the course of a movement out and back, 0..1..0, [SAMPLES]; None where it has none.

    Parameters
    ----------
    prototype : Prototype
        Any but a shift of gaze.
    phases : tuple of float
        Shares of the length at which the apex is reached and left. Time is bent so that the
        recorded apex, what is above ``APEX`` of the peak, lies there; the ways are bent by at
        most ``BEND`` and the apex by ``HOLD_BEND``, else there is no shape.
    """
    columns = _leading(prototype)
    curve = np.abs(prototype.values[:, columns].astype(np.float64).mean(1)) if columns else None
    if curve is None or curve.max() < _LEAST:
        return None
    heads = prototype.channels[0].startswith("head")
    smooth_s = _HEAD_SMOOTH_S if heads else SMOOTH_S
    smooth = gaussian_filter1d(curve, smooth_s * prototype.rate_hz, mode="nearest")
    at = np.linspace(0, 1, len(smooth))
    smooth = smooth - np.interp(at, [0, 1], smooth[[0, -1]])
    if smooth.max() < _LEAST:
        return None
    course = PchipInterpolator(at, smooth.clip(0) / smooth.max())
    fine = np.linspace(0, 1, SAMPLES)
    high = np.flatnonzero(course(fine) >= APEX)
    apex = float(fine[high[0]]), float(fine[high[-1]])
    bent = _bent(fine, (apex, phases), HEAD_BEND if heads else BEND)
    if bent is None:
        return None
    first, last = max(phases[0], _SHORT), max(1 - phases[1], _SHORT)
    played = course(bent)
    if prototype.kind in _HELD:
        played = _filled(played)
        if played is None:
            return None
    eased = played * min_jerk(fine / (EASE * first)) * min_jerk((1 - fine) / (EASE * last))
    if eased.max() <= _LEAST:
        return None
    shape = eased / eased.max()
    lids = prototype.channels[0].startswith("AU43")
    prompt = not heads or (_prompt(shape, phases[0]) and _prompt_back(shape, phases[1]))
    good = _opens_slower(shape) if lids else prompt
    return shape if good else None


def _filled(course: _Array) -> _Array | None:
    """Return a course that comes and goes once, its dips made shallow; None for two movements.

    A dip is how far the course is below both a level before it and one after it.
    """
    before = np.maximum.accumulate(course)
    after = np.maximum.accumulate(course[::-1])[::-1]
    level = np.minimum(before, after)
    deepest = float((level - course).max() / course.max())
    if deepest > MOST_DIP:
        return None
    share = min(PLAYED_DIP / max(deepest, _LEAST), 1.0)
    filled = level - share * (level - course)
    return filled if share == 1.0 else gaussian_filter1d(filled, _CORNER, mode="nearest")


def _opens_slower(shape: _Array) -> bool:
    """Return whether lids take longer to open than to close, as they do in all people."""
    moved, shut = np.flatnonzero(shape >= _STARTED), np.flatnonzero(shape >= APEX)
    return moved[-1] - shut[-1] >= 1.1 * (shut[0] - moved[0])


def _prompt(shape: _Array, way: float) -> bool:
    """Return whether a head moves soon after its onset: noise before it is no part of the way."""
    first = np.flatnonzero(shape >= _STARTED)[0] / (SAMPLES - 1)
    return first <= PROMPT * max(way, _SHORT)


def _prompt_back(shape: _Array, left: float) -> bool:
    """Return whether a head leaves its apex, at a share of the length, at once and in one go."""
    soon = left + PROMPT * max(1 - left, _SHORT)
    back = shape[int(left * (SAMPLES - 1)) :]
    halts = float((back - np.minimum.accumulate(back)).max()) > _HALT
    return not halts and float(np.interp(soon, np.linspace(0, 1, SAMPLES), shape)) <= _LEFT


def _bent(
    at: _Array, apexes: tuple[tuple[float, float], tuple[float, float]], most: float
) -> _Array | None:
    """Return which part of a recording is played at each share of the length.

    `apexes` say where the apex begins and ends, as recorded and as wanted.
    """
    recorded, wanted = (np.array([0.0, *apex, 1.0]) for apex in apexes)
    lengths = np.maximum(np.diff(recorded), _SHORT), np.maximum(np.diff(wanted), _SHORT)
    factors = np.abs(np.log(lengths[1] / lengths[0]))
    hold = factors[1] if lengths[1][1] > _SHORT else 0.0
    if max(factors[0], factors[2]) > np.log(most) or hold > np.log(HOLD_BEND):
        return None
    return np.interp(at, wanted, recorded)


def way_shape(prototype: Prototype) -> _Array | None:
    """Return the way out alone, from onset to apex, 0..1, [SAMPLES]; None where it has none."""
    columns = _leading(prototype)
    curve = np.abs(prototype.values[:, columns].astype(np.float64).mean(1))
    smooth = gaussian_filter1d(curve, _HEAD_SMOOTH_S * prototype.rate_hz, mode="nearest")
    apex = int(smooth.argmax())
    if apex < _LEAST_ROWS:
        return None
    rising = np.maximum.accumulate(smooth[: apex + 1] - smooth[0])
    if rising[-1] < _LEAST:
        return None
    at = np.linspace(0, 1, SAMPLES)
    course = PchipInterpolator(np.linspace(0, 1, len(rising)), rising / rising[-1])(at)
    share = min_jerk(at / EASE) * min_jerk((1 - at) / EASE)
    shape = min_jerk(at) + share * (course - min_jerk(at))
    return shape if _prompt(shape, 1.0) else None


def swing_shape(prototype: Prototype) -> _Array | None:
    """Return a nod or a shake, its first way positive, its swing from top to bottom 1, [SAMPLES].

    It begins and ends at rest; nods of a template go one way alone, recorded ones both.
    """
    name = "head_pitch" if prototype.kind is EventType.NOD else "head_yaw"
    curve = prototype.values[:, prototype.channels.index(name)].astype(np.float64)
    smooth = gaussian_filter1d(curve, _HEAD_SMOOTH_S * prototype.rate_hz, mode="nearest")
    at = np.linspace(0, 1, len(smooth))
    smooth = smooth - np.interp(at, [0, 1], smooth[[0, -1]])
    swing = float(np.ptp(smooth))
    if swing < _LEAST:
        return None
    fine = np.linspace(0, 1, SAMPLES)
    course = PchipInterpolator(at, smooth / swing)(fine)
    course *= min_jerk(fine / SWING_EASE) * min_jerk((1 - fine) / SWING_EASE)
    first = np.flatnonzero(np.abs(course) > 0.5 * np.abs(course).max())[0]
    return course * np.sign(course[first])


def swings(shape: _Array) -> int:
    """Return how often a nod or a shake goes its first way: its cycles."""
    padded = np.concatenate(([0.0], shape, [0.0]))
    return len(find_peaks(padded, prominence=SWING_SEEN)[0])


def steepest(shape: NDArray[np.floating]) -> tuple[float, float]:
    """Return the largest slope and bend of a shape, per length and per length squared."""
    step = 1 / (len(shape) - 1)
    slope = np.diff(np.asarray(shape, np.float64)) / step
    return float(np.abs(slope).max()), float(np.abs(np.diff(slope)).max() / step)


def starts_s(shape: NDArray[np.floating], size: float, length_s: float, seen: float) -> float:
    """Return when a movement of some `size` and length starts to rise visibly, s; NaN if never.

    What counts is the longest way covered faster than `seen` per second; it starts where its speed
    passes a tenth of its peak, as the critic asks of heads that turn with the eyes. So a movement
    that starts, halts and starts anew is late. Of the negative of a shape it is the way back.
    """
    step_s = length_s / (len(shape) - 1)
    speed = np.diff(np.asarray(shape, np.float64)) * size / step_s
    fast = runs(speed > seen)
    if not fast:
        return float("nan")
    first, last = max(fast, key=lambda run: float(speed[run[0] : run[1]].sum()))
    slow = np.flatnonzero(speed[:first] < STARTED_SPEED * speed[first:last].max())
    return float(int(slow[-1]) + 1 if slow.size else 0) * step_s


def _leading(prototype: Prototype) -> list[int]:
    """Return the columns that carry a movement: its side's, or the angle that moves most."""
    names = prototype.channels
    if prototype.kind in (EventType.HEAD_TURN, EventType.TILT, EventType.HEAD_DROP):
        wanted = {"head_turn": "head_yaw", "tilt": "head_roll", "head_drop": "head_pitch"}
        return [names.index(wanted[prototype.kind])]
    first = names[0][:4]  # both sides of the first action unit: lids, AU12 of a smile ...
    columns = [i for i, name in enumerate(names) if name.startswith(first)]
    if prototype.kind in (EventType.BROW_RAISE, EventType.BROW_FLASH):
        columns = list(range(len(names)))
    sided = [i for i in columns if names[i].endswith(f"_{prototype.side}")]
    return sided or columns


def saccade_shape(prototype: Prototype) -> _Array | None:
    """Return the share of a saccade's way that is covered, 0..1, [SAMPLES]; None for a bad one."""
    if prototype.channels != GAZE_PAIR:
        return None
    path = prototype.values.astype(np.float64)
    way = path[-1] - path[0]
    size = float(np.hypot(*way))
    if size < _LEAST:
        return None
    along = gaussian_filter1d((path - path[0]) @ way / size**2, 1.0, mode="nearest")
    along = np.maximum.accumulate(along - along[0])
    if along[-1] < 0.5:
        return None
    course = PchipInterpolator(np.linspace(0, 1, len(along)), along / along[-1])
    out = course(np.linspace(0, 1, SAMPLES))
    pulse = float(np.diff(out).max()) * (SAMPLES - 1)
    return out if PULSE_FACTOR[0] <= pulse <= PULSE_FACTOR[1] else None
