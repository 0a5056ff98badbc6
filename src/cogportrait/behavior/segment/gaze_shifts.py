"""Gaze events in controls at the rate of a video: shifts, fixations, aversions, drifts.

At 20 to 60 frames a second a saccade is a step of one to three frames, and its velocity is not to
be had. A step is where the medians before and after a frame differ by more than the noise allows,
as fast as the main sequence lets a saccade be (physiology sections 2 and 8); what takes longer is
a drift, and drives no event but itself.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cogportrait.behavior.segment.face_event import (
    EventType,
    FaceEvent,
    direction_of,
    noise,
    stands_out,
)

_Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class GazeLimits:
    """Thresholds; those without a source are our definition."""

    window_s: float = 0.16  # before and after a step, over which medians are taken
    least_deg: float = 3.0  # of a shift: what trackers of videos resolve
    least_sd: float = 5.0  # nor below so many times the noise
    saccade_s: float = 0.021  # duration 2.2 ms/deg x amplitude + 21 ms (main sequence)
    saccade_s_per_deg: float = 0.0022
    frames_more: int = 2  # sampling spreads a step over one more frame on each side
    fixation_s: float = 0.1  # shortest fixation (physiology section 2: 100 to 500 ms)
    on_partner_deg: float = 6.0  # from the usual direction; within it the partner's face is seen
    away_deg: float = 8.0  # from which gaze is averted
    drift_deg: float = 4.0  # covered between shifts
    drift_s: float = 0.4


@dataclass(frozen=True, slots=True)
class _Step:
    first: int  # last frame before
    last: int  # first frame after
    size: _Array  # [2] degrees


def gaze_events(
    gaze_deg: NDArray[np.floating],
    head_deg: NDArray[np.floating],
    fps: float,
    limits: GazeLimits = GazeLimits(),
) -> list[FaceEvent]:
    """Return the gaze events of eyes [T, 2, 2] in a head [T, 3], degrees.

    Shifts, fixations and drifts are of the eyes in the head; aversions are of gaze in the room,
    head and eyes together, from the direction that is looked in most.
    """
    eyes = np.asarray(gaze_deg, np.float64).mean(1)
    steps = _steps(eyes, fps, limits)
    rough = max(_roughness(eyes), 0.2)
    out = [_shift(step, fps, rough) for step in steps]
    bounds = [0, *(frame for step in steps for frame in (step.first, step.last)), len(eyes) - 1]
    room = eyes + np.asarray(head_deg, np.float64)[:, :2]
    for first, last in zip(bounds[::2], bounds[1::2], strict=True):
        out += _between((eyes, room), (first, last), fps, limits)
    return sorted([*out, *aversions(room, fps, limits)], key=lambda e: e.onset_s)


def _roughness(path: _Array) -> float:
    """Return the noise of a path [T, 2], degrees."""
    return float(np.hypot(noise(path[:, 0]), noise(path[:, 1])))


def _steps(eyes: _Array, fps: float, limits: GazeLimits) -> list[_Step]:
    """Return the steps of a direction [T, 2], in order, none within another."""
    n, w = len(eyes), max(2, round(limits.window_s * fps))
    if n < 2 * w:
        return []
    rough = max(_roughness(eyes), 0.05)
    least = max(limits.least_deg, limits.least_sd * rough)
    full = np.median(np.lib.stride_tricks.sliding_window_view(eyes, w + 1, axis=0), axis=-1)
    before = np.stack([*(np.median(eyes[: t + 1], axis=0) for t in range(w)), *full])
    after = np.stack([*full, *(np.median(eyes[t:], axis=0) for t in range(n - w, n))])
    most = _most_frames(float(np.hypot(*np.ptp(eyes, axis=0))), fps, limits)
    steps: list[_Step] = []
    speed = np.hypot(*np.diff(eyes, axis=0).T)
    order = np.argsort(-speed, kind="stable")
    taken = np.zeros(n, np.bool_)
    for t in order:
        if speed[t] < least / 3 or taken[t] or taken[t + 1]:
            continue
        first, last = int(t), int(t) + 1
        edge = max(0.15 * speed[t], 1.5 * rough)
        while first > 0 and speed[first - 1] > edge and not taken[first - 1]:
            first -= 1
            if last - first > most:
                break  # no saccade, however far it goes
        while last < n - 1 and speed[last] > edge and not taken[last + 1]:
            if last - first > most:
                break
            last += 1
        size = after[last] - before[first]
        amplitude = float(np.hypot(*size))
        if amplitude < least or last - first > _most_frames(amplitude, fps, limits):
            continue
        taken[first : last + 1] = True
        steps.append(_Step(first, last, size))
    return sorted(steps, key=lambda step: step.first)


def _most_frames(amplitude_deg: float, fps: float, limits: GazeLimits) -> int:
    """Return how many frames a saccade of this size takes at most."""
    longest = limits.saccade_s + limits.saccade_s_per_deg * amplitude_deg
    return int(np.ceil(longest * fps)) + limits.frames_more


def _shift(step: _Step, fps: float, rough: float) -> FaceEvent:
    amplitude = float(np.hypot(*step.size))
    return FaceEvent(
        EventType.GAZE_SHIFT, step.first / fps, step.last / fps, step.last / fps, amplitude,
        direction=direction_of(*step.size), quality=stands_out(amplitude, rough),
    )  # fmt: skip


def _between(
    paths: tuple[_Array, _Array], span: tuple[int, int], fps: float, limits: GazeLimits
) -> list[FaceEvent]:
    """Return what gaze does between two shifts: a fixation, or a drift.

    `paths` are directions [T, 2] in the head and in the room: eyes that turn against the head
    (vestibulo-ocular reflex) fixate, and so do eyes that a moving head carries along.
    """
    first, last = span
    length = (last - first) / fps
    if length < limits.fixation_s:
        return []
    ways = [_way(path[first : last + 1], fps, limits) for path in paths]
    covered, way = min(((float(np.hypot(*w)), w) for w in ways), key=lambda pair: pair[0])
    at = first / fps, (first + last) / 2 / fps, last / fps
    if covered >= limits.drift_deg and length >= limits.drift_s:
        return [FaceEvent(EventType.DRIFT, *at, covered, direction=direction_of(*way))]
    spread = float(np.hypot(*paths[1][first : last + 1].std(0)))
    return [FaceEvent(EventType.FIXATION, *at, spread)]


def _way(part: _Array, fps: float, limits: GazeLimits) -> _Array:
    """Return how far a path [T, 2] has gone from its beginning to its end."""
    w = max(1, min(len(part) // 3, round(limits.window_s * fps)))
    return np.median(part[-w:], axis=0) - np.median(part[:w], axis=0)


def aversions(
    room: NDArray[np.floating],
    fps: float,
    limits: GazeLimits = GazeLimits(),
    home: tuple[float, float] | None = None,
) -> list[FaceEvent]:
    """Return times away from a direction, and the returns that end them.

    Parameters
    ----------
    room : array, shape [T, 2]
        Yaw and pitch of gaze in the room, degrees.
    fps : float
        Frames a second.
    limits : GazeLimits
        Thresholds.
    home : pair of float or None
        Where the partner is; None takes the direction that is looked in most.
    """
    room = np.asarray(room, np.float64)
    home_deg = _usual(room) if home is None else np.asarray(home, np.float64)
    off = np.hypot(*(room - home_deg).T)
    out: list[FaceEvent] = []
    away, start, returning = False, 0, 0
    for t, distance in enumerate(off):
        if not away and distance >= limits.away_deg:
            away, start = True, t
            while start > 0 and off[start - 1] > limits.on_partner_deg:
                start -= 1
        elif away:
            if distance >= limits.away_deg:
                returning = t
            if distance <= limits.on_partner_deg:
                out += _one_aversion(room - home_deg, (start, t), returning, fps)
                away = False
    if away:
        out += _one_aversion(room - home_deg, (start, len(off) - 1), None, fps)
    return out


def _one_aversion(
    rel: _Array, span: tuple[int, int], returning: int | None, fps: float
) -> list[FaceEvent]:
    first, last = span
    part = np.hypot(*rel[first : last + 1].T)
    apex = first + int(part.argmax())
    where = np.median(rel[first : last + 1], axis=0)
    size, toward = float(part.max()), direction_of(*where)
    out = [
        FaceEvent(EventType.AVERSION, first / fps, apex / fps, last / fps, size, direction=toward)
    ]
    if returning is not None:
        back = direction_of(*-rel[returning])
        out.append(
            FaceEvent(
                EventType.RETURN, returning / fps, last / fps, last / fps,
                float(np.hypot(*rel[returning])), direction=back,
            )
        )  # fmt: skip
    return out


def _usual(room: _Array) -> _Array:
    """Return the direction that is looked in most: where most frames lie within 4 degrees."""
    step = max(1, len(room) // 500)
    some = room[::step]
    near = (np.hypot(*(some[:, None] - some[None]).transpose(2, 0, 1)) < 4.0).sum(1)
    center = some[near.argmax()]
    return np.median(some[np.hypot(*(some - center).T) < 4.0], axis=0)
