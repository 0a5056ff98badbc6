"""Head events in controls: turns, tilts, drops, jerks, nods and shakes."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, find_peaks, sosfiltfilt

from cogportrait.behavior.segment.face_event import (
    EventType,
    FaceEvent,
    excursions,
    noise,
    stands_out,
)
from cogportrait.behavior.segment.timeline import Timeline

_Array = NDArray[np.float64]
_NEAR_S: Final = 0.2  # beside a nod or a shake, in which a swing of it may still be


@dataclass(frozen=True, slots=True)
class HeadLimits:
    """Thresholds; nods and shakes as in physiology section 5, the rest is our definition."""

    turn_deg: float = 6.0
    tilt_deg: float = 5.0
    drop_deg: float = 7.0  # drowsy heads fall by 8 to 35 degrees
    feet_s: float = 6.0
    lowpass_hz: float = 8.0
    nod_hz: tuple[float, float] = (0.8, 6.5)  # ordinary 1 to 3 Hz, fast 2.6 to 6.5
    shake_hz: tuple[float, float] = (0.8, 2.5)
    nod_deg: float = 2.0  # peak to peak
    shake_deg: float = 4.0
    swings: int = 3  # successive extremes that make a nod or a shake
    jerk_deg: float = 6.0
    jerk_s: float = 0.6  # a head that jerks up takes 0.2 to 0.6 s


def head_events(
    head_deg: NDArray[np.floating], fps: float, limits: HeadLimits = HeadLimits()
) -> list[FaceEvent]:
    """Return the head events of angles [T, 3] (yaw, pitch, roll), degrees."""
    head = np.asarray(head_deg, np.float64)
    if len(head) < 8:
        return []
    if fps > 2.5 * limits.lowpass_hz:
        calm = butter(2, limits.lowpass_hz, fs=fps, output="sos")
        head = np.asarray(sosfiltfilt(calm, head, axis=0, padlen=min(15, len(head) - 1)))
    yaw, pitch, roll = head.T
    nods = _swinging(pitch, fps, (limits.nod_hz, limits.nod_deg), EventType.NOD, limits)
    shakes = _swinging(yaw, fps, (limits.shake_hz, limits.shake_deg), EventType.SHAKE, limits)
    slow = [
        *_ways(yaw, fps, EventType.HEAD_TURN, ("left", "right"), limits.turn_deg, limits),
        *_ways(roll, fps, EventType.TILT, ("left", "right"), limits.tilt_deg, limits),
        *_ways(-pitch, fps, EventType.HEAD_DROP, ("down", ""), limits.drop_deg, limits),
    ]
    swings = Timeline([*nods, *shakes])
    kept = [e for e in slow if not any(_same(e, s) for s in swings.about(e.apex_s, _NEAR_S))]
    return sorted([*nods, *shakes, *kept, *_jerks(pitch, fps, limits)], key=lambda e: e.onset_s)


def _same(slow: FaceEvent, swing: FaceEvent) -> bool:
    """Return whether a slow movement is but one swing of a nod or a shake about its apex."""
    pair = (slow.kind, swing.kind)
    alike = pair in ((EventType.HEAD_DROP, EventType.NOD), (EventType.HEAD_TURN, EventType.SHAKE))
    return alike and slow.duration_s < swing.duration_s + 0.4


def _ways(
    angle: _Array, fps: float, kind: EventType, names: tuple[str, str], least: float,
    limits: HeadLimits,
) -> list[FaceEvent]:  # fmt: skip
    """Return the ways out and back of an angle [T] from where the head is held most."""
    rel = angle - np.median(angle)
    rough = max(noise(angle), 0.05)
    out: list[FaceEvent] = []
    for name, sign in zip(names, (1.0, -1.0), strict=True):
        if not name:
            continue
        for one in excursions(sign * rel, least, longest=limits.feet_s * fps):
            if sign * rel[one.apex] < 0.5 * least:
                continue  # a way back past the middle
            out.append(
                FaceEvent(
                    kind, one.onset / fps, one.apex / fps, one.offset / fps, one.height,
                    direction=name, quality=stands_out(one.height, rough),
                )
            )  # fmt: skip
    return out


def _swinging(
    angle: _Array, fps: float, band: tuple[tuple[float, float], float], kind: EventType,
    limits: HeadLimits,
) -> list[FaceEvent]:  # fmt: skip
    """Return the times in which an angle [T] goes to and fro at such a rate, so far at least."""
    (low, high), least = band
    high = min(high, 0.45 * fps)
    if len(angle) < fps:
        return []
    sos = butter(2, (low, high), "bandpass", fs=fps, output="sos")
    swing = sosfiltfilt(sos, angle, padlen=min(3 * round(fps), len(angle) - 1))
    peaks = find_peaks(swing, prominence=least / 2)[0]
    troughs = find_peaks(-swing, prominence=least / 2)[0]
    turns = np.sort(np.concatenate([peaks, troughs]))
    out: list[FaceEvent] = []
    run: list[int] = []
    for t in [*(int(t) for t in turns), None]:
        near = t is not None and bool(run) and (t - run[-1]) / fps <= 0.6 / low
        far = t is not None and bool(run) and abs(swing[t] - swing[run[-1]]) >= least
        if t is not None and (not run or (near and far)):
            run.append(t)
            continue
        if len(run) >= limits.swings:
            out.append(_swing_event(swing, run, fps, kind))
        run = [] if t is None else [t]
    return out


def _swing_event(swing: _Array, run: list[int], fps: float, kind: EventType) -> FaceEvent:
    half = (run[-1] - run[0]) / (len(run) - 1)
    first, last = max(run[0] - half / 2, 0), min(run[-1] + half / 2, len(swing) - 1)
    spans = np.abs(np.diff(swing[run]))
    apex = run[int(spans.argmax())]
    return FaceEvent(kind, first / fps, apex / fps, last / fps, float(spans.max()))


def _jerks(pitch: _Array, fps: float, limits: HeadLimits) -> list[FaceEvent]:
    """Return fast ways up after the head had sunk."""
    w = max(2, round(limits.jerk_s * fps))
    if len(pitch) <= w:
        return []
    rise = pitch[w:] - pitch[:-w]
    low = pitch[:-w] <= np.median(pitch) - limits.jerk_deg / 2
    out: list[FaceEvent] = []
    t = 0
    while t < len(rise):
        if low[t] and rise[t] >= limits.jerk_deg:
            best = t + int(rise[t : t + w].argmax())
            out.append(
                FaceEvent(
                    EventType.HEAD_JERK, best / fps, (best + w) / fps, (best + w) / fps,
                    float(rise[best]), direction="up",
                )
            )  # fmt: skip
            t = best + 2 * w
        else:
            t += 1
    return out
