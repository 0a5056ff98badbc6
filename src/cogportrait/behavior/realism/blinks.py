"""Blinks in lid curves of 200 Hz and more: their phases, size and speed, and the times between.

A phase is bounded by the lid's own speed: the lids close from where they are faster than 5 % of the
fastest closing to where they are slower again, and reopen likewise. "Held" is, as in the data file
(``blink.prior.closed``), the time with a closure of at least 0.9.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cogportrait.behavior.segment.face_event import EventType, FaceEvent
from cogportrait.facs.limits import constant
from cogportrait.spans import runs

_Array = NDArray[np.float64]

BLINKS: Final = (EventType.BLINK, EventType.PARTIAL_BLINK, EventType.DOUBLE_BLINK)
COMPLETE: Final = 0.9  # closure of a complete blink (blink.visible_complete_share_prior)
MOVING: Final = 0.05  # share of the fastest speed above which lids count as moving
DOUBLE_S: Final = 0.6  # onset to onset of a double blink (blink.double_share)
BURST_S: Final = constant("blink.burst.ibi").span[1]
BURST_LEAST: Final = 3
REACH_S: Final = 0.6  # around the apex, in which the phases of a blink lie


@dataclass(frozen=True, slots=True, eq=False)
class Blinks:
    """B blinks, in order; NaN where a phase cannot be told."""

    onset_s: _Array  # [B]
    closing_s: _Array  # [B]
    held_s: _Array  # [B] with closure of 0.9 or more; NaN for partial blinks
    reopening_s: _Array  # [B]
    total_s: _Array  # [B] from the onset to the end
    closure: _Array  # [B] at the apex, 0..1
    depth: _Array  # [B] the same as a share of how far the lids were open before
    speed_s: _Array  # [B] fastest closing over its height, 1/s (lid main sequence)

    def __len__(self) -> int:
        """Return the number of blinks."""
        return len(self.onset_s)

    @property
    def intervals_s(self) -> _Array:
        """Onset to onset, [B - 1]."""
        return np.diff(self.onset_s)

    @property
    def doubled(self) -> NDArray[np.bool_]:
        """Which are the second of a double blink, [B]: no other blink is near the two."""
        close = self.intervals_s <= DOUBLE_S
        burst = self.in_burst
        return np.concatenate([[False], close & ~burst[1:]])[: len(self)]

    @property
    def in_burst(self) -> NDArray[np.bool_]:
        """Which belong to a burst, [B]: three or more, each within a second of the last."""
        out = np.zeros(len(self), np.bool_)
        for first, stop in runs(self.intervals_s <= BURST_S):
            if stop - first + 1 >= BURST_LEAST:
                out[first : stop + 1] = True
        return out


def blinks_in(closure: _Array, rate_hz: float, events: Sequence[FaceEvent]) -> Blinks:
    """Return the blinks among `events` with their phases.

    Parameters
    ----------
    closure : array, shape [T]
        Mean closure of both lids, 0..1.
    rate_hz : float
        Its rate.
    events : sequence of FaceEvent
        What ``segment.lids`` found in it.
    """
    found = [e for e in events if e.kind in BLINKS]
    apexes = [round(e.apex_s * rate_hz) for e in found]
    rows: list[tuple[float, ...]] = []
    for i, apex in enumerate(apexes):
        reach = round(REACH_S * rate_hz)
        first = max(apex - reach, apexes[i - 1] if i else 0, 0)
        last = min(apex + reach, apexes[i + 1] if i + 1 < len(apexes) else len(closure) - 1)
        rows.append(_phases(closure, rate_hz, (first, apex, last)))
    return Blinks(*np.asarray(rows, np.float64).reshape(-1, 8).T)


def _phases(closure: _Array, rate_hz: float, around: tuple[int, int, int]) -> tuple[float, ...]:
    """Return a row of :class:`Blinks`, in the order of its fields."""
    first, apex, last = around
    nan = float("nan")
    closing = np.diff(closure[first : apex + 1]) * rate_hz
    opening = -np.diff(closure[apex : last + 1]) * rate_hz
    height = float(closure[apex])
    if not (len(closing) and len(opening) and closing.max() > 0 and opening.max() > 0):
        return first / rate_hz, nan, nan, nan, nan, height, nan, nan
    down, down_end = _fast(closing)
    up, up_end = _fast(opening)
    onset, end = first + down, apex + up_end
    rest = float(closure[onset])
    rise = height - rest
    return (
        onset / rate_hz,
        (down_end - down) / rate_hz,
        _held(closure, first, apex, last) / rate_hz if height >= COMPLETE else nan,
        (up_end - up) / rate_hz,
        (end - onset) / rate_hz,
        height,
        rise / max(1 - rest, 1e-9),
        float(closing.max()) / rise if rise > 0 else nan,
    )


def _fast(speed: _Array) -> tuple[int, int]:
    """Return first and past-the-end step around the fastest that is above the share `MOVING`."""
    top = int(speed.argmax())
    slow = speed < MOVING * speed[top]
    before, after = np.flatnonzero(slow[:top]), np.flatnonzero(slow[top:])
    return (
        int(before[-1]) + 1 if len(before) else 0,
        top + int(after[0]) if len(after) else len(speed),
    )


def _held(closure: _Array, first: int, apex: int, last: int) -> float:
    """Return for how many steps around the apex the closure is complete, with fractions."""
    before = np.flatnonzero(closure[first:apex] < COMPLETE)
    after = np.flatnonzero(closure[apex : last + 1] < COMPLETE)
    start = float(first + before[-1]) if len(before) else float(first)
    stop = float(apex + after[0]) if len(after) else float(last)
    if len(before):
        a = int(start)
        start += (COMPLETE - closure[a]) / max(closure[a + 1] - closure[a], 1e-9)
    if len(after):
        b = int(stop)
        stop -= (COMPLETE - closure[b]) / max(closure[b - 1] - closure[b], 1e-9)
    return float(stop - start)


def free_intervals_s(blinks: Blinks, closures: Sequence[FaceEvent]) -> _Array:
    """Return the intervals between blinks of which the log-normal law speaks, [N].

    Double blinks and bursts have priors of their own and count as one blink here; an interval in
    which the eyes were shut for long is left out.
    """
    burst = blinks.in_burst
    close = np.concatenate([[False], blinks.intervals_s <= BURST_S])[: len(blinks)]
    onset = blinks.onset_s[~(blinks.doubled | (burst & close))]
    shut = np.array([e.onset_s for e in closures])
    cut = np.diff(np.searchsorted(shut, onset)) > 0
    return np.diff(onset)[~cut]


def skewness(values: _Array) -> float:
    """Return the third standardized moment of values [N]; NaN for fewer than three."""
    if len(values) < 3 or values.std() == 0:
        return float("nan")
    return float((((values - values.mean()) / values.std()) ** 3).mean())


def log_sd(values: _Array) -> float:
    """Return the standard deviation of the logarithm of positive values [N]: lognormal sigma."""
    return float(np.log(values).std(ddof=1)) if len(values) > 2 else float("nan")
