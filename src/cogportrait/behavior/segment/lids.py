"""Lid events in controls: blinks, long closures, drooping, winks."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from cogportrait.behavior.segment.face_event import (
    EDGE,
    EventType,
    FaceEvent,
    baseline,
    excursions,
    noise,
    stands_out,
)
from cogportrait.behavior.segment.timeline import Timeline
from cogportrait.spans import runs

_Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class LidLimits:
    """Thresholds. FACS: a blink closes and reopens without a pause, within half a second."""

    least: float = 0.22  # closure above its surroundings; half of clips' partial blinks reach 0.3
    complete: float = 0.60  # closure from which a blink counts as complete
    longest_blink_s: float = 0.5  # at half height (FACS, AU45)
    feet_s: float = 1.0  # a blink's feet lie within it
    double_s: float = 0.6  # second after 0.3 to 0.6 s (physiology section 1)
    shut: float = 0.55  # closure that counts as shut in long closures
    long_s: float = 0.5
    droop: float = 0.15  # rise of the resting closure
    droop_s: float = 0.8  # for so long at least
    rest_s: float = 2.0  # over which the resting closure is taken
    one_sided: float = 0.35  # closure by which a winking eye is ahead of the other
    other_open: float = 0.45  # the other eye's closure, above which both shut: planned 0.35 at most


def lid_events(
    closure: NDArray[np.floating], fps: float, limits: LidLimits = LidLimits()
) -> list[FaceEvent]:
    """Return the lid events in closures [T, 2] (left, right; 0 open .. 1 shut)."""
    both = np.asarray(closure, np.float64)
    mean = both.mean(1)
    long = _held(mean >= limits.shut, mean, EventType.LONG_CLOSURE, fps, limits.long_s)
    winks = _winks(both, fps, limits)
    taken = (Timeline(long), Timeline([_core(both, wink, fps) for wink in winks]))
    blinks: list[FaceEvent] = []
    rough = max(noise(mean), 0.01)
    longest = limits.longest_blink_s * fps
    for one in excursions(mean, limits.least, longest=limits.feet_s * fps):
        if one.half_width > longest or any(t.about(one.apex / fps, 0.5 / fps) for t in taken):
            continue
        complete = mean[one.apex] >= limits.complete
        kind = EventType.BLINK if complete else EventType.PARTIAL_BLINK
        blinks.append(
            FaceEvent(
                kind, one.onset / fps, one.apex / fps, one.offset / fps, float(mean[one.apex]),
                quality=stands_out(one.height, rough),
            )
        )  # fmt: skip
    return sorted(
        [*_doubled(blinks, limits), *long, *winks, *_droops(mean, fps, limits)],
        key=lambda e: e.onset_s,
    )


def _doubled(blinks: list[FaceEvent], limits: LidLimits) -> list[FaceEvent]:
    """Return the blinks, the second of two close ones as the second of a double blink."""
    out: list[FaceEvent] = []
    for blink in blinks:
        close = bool(out) and blink.apex_s - out[-1].apex_s <= limits.double_s
        second = close and out[-1].kind != EventType.DOUBLE_BLINK and blink.kind == EventType.BLINK
        out.append(replace(blink, kind=EventType.DOUBLE_BLINK) if second else blink)
    return out


def _held(
    held: NDArray[np.bool_], closure: _Array, kind: EventType, fps: float, least_s: float
) -> list[FaceEvent]:
    """Return an event for each stretch of at least `least_s` in which `held` [T] is true."""
    out: list[FaceEvent] = []
    for first, stop in runs(held):
        if (stop - first) / fps >= least_s:
            apex = first + int(closure[first:stop].argmax())
            out.append(
                FaceEvent(kind, first / fps, apex / fps, (stop - 1) / fps, float(closure[apex]))
            )
    return out


def _winks(both: _Array, fps: float, limits: LidLimits) -> list[FaceEvent]:
    """Return the closures of one eye while the other stays open, unevenly closed eyes left out."""
    out: list[FaceEvent] = []
    for k, side in enumerate("LR"):
        own, other = both[:, k], both[:, 1 - k]
        for one in excursions(own - other, limits.one_sided, longest=2 * limits.feet_s * fps):
            at = one.apex
            if own[at] < max(limits.complete, other[at] + limits.one_sided):
                continue
            if other[at] > limits.other_open:
                continue
            first, last = _around(own > EDGE * own[at], at)
            out.append(
                FaceEvent(
                    EventType.WINK, max(one.onset, first) / fps, at / fps,
                    min(one.offset, last) / fps, float(own[at]), side=side,
                )
            )  # fmt: skip
    return out


def _core(both: _Array, wink: FaceEvent, fps: float) -> FaceEvent:
    """Return a wink without its feet: where its eye is ahead by half of its most."""
    k = "LR".index(wink.side)
    ahead, at = both[:, k] - both[:, 1 - k], round(wink.apex_s * fps)
    first, last = _around(ahead >= ahead[at] / 2, at)
    return replace(wink, onset_s=first / fps, offset_s=last / fps)


def _around(held: NDArray[np.bool_], at: int) -> tuple[int, int]:
    """Return the first and the last frame of the stretch of `held` [T] that holds frame `at`."""
    return next((first, stop - 1) for first, stop in runs(held) if first <= at < stop)


def _droops(mean: _Array, fps: float, limits: LidLimits) -> list[FaceEvent]:
    """Return the times in which the lids rest lower than they do elsewhere in the recording."""
    if len(mean) < 2 * limits.droop_s * fps:
        return []
    resting = baseline(mean, limits.rest_s * fps)
    usual = float(np.percentile(resting, 10))
    low = (resting - usual >= limits.droop) & (resting < limits.shut)
    return _held(low, resting, EventType.DROOP, fps, limits.droop_s)
