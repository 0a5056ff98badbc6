"""Events in order of time: those about a time, and those within others, without all pairs."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import Final

from cogportrait.behavior.segment.face_event import FaceEvent

_SAME_S: Final = 1e-6  # times that differ by no more are the same


class Timeline:
    """Events by their onset, to be asked which of them a time lies in.

    A question takes as long as few events reach over others: those of one kind.
    """

    def __init__(self, events: Iterable[FaceEvent]) -> None:
        self._events = sorted(events, key=lambda e: e.onset_s)
        self._reach = list(accumulate((e.offset_s for e in self._events), max))

    def about(self, time_s: float, margin_s: float) -> list[FaceEvent]:
        """Return the events that a time lies in, or no further than a margin from."""
        last = bisect_right(self._events, time_s, key=lambda e: e.onset_s - margin_s)
        found: list[FaceEvent] = []
        for i in range(last - 1, -1, -1):
            if self._reach[i] + margin_s < time_s:
                break  # nothing that began earlier reaches so far
            if time_s <= self._events[i].offset_s + margin_s:
                found.append(self._events[i])
        return found


def within_others(events: Sequence[FaceEvent]) -> list[FaceEvent]:
    """Return the events that lie within a longer one of the same list."""
    starts = sorted(events, key=lambda e: e.onset_s)
    reach = list(accumulate((e.offset_s for e in starts), max))
    ends = sorted(events, key=lambda e: e.offset_s)

    def within(event: FaceEvent) -> bool:
        before = bisect_right(starts, event.onset_s + _SAME_S, key=lambda e: e.onset_s)
        latest = reach[before - 1]  # of all that began no later
        longer = latest > event.offset_s + 2 * _SAME_S
        return longer or (latest >= event.offset_s - _SAME_S and _same_end(event, ends))

    return [event for event in events if within(event)]


def _same_end(event: FaceEvent, ends: Sequence[FaceEvent]) -> bool:
    """Return whether a longer event, of those sorted by offset, ends with this one."""
    low = bisect_left(ends, event.offset_s - _SAME_S, key=lambda e: e.offset_s)
    high = bisect_right(ends, event.offset_s + 3 * _SAME_S, key=lambda e: e.offset_s)
    return any(
        o.onset_s - _SAME_S <= event.onset_s and o.duration_s > event.duration_s
        for o in ends[low:high]
    )
