"""When the steps of an instruction are: those with a time then, the others one after the other."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from cogportrait.agents.instruction_script import Step
from cogportrait.types import EventKind

_SLOT_MAX_S: Final = 3.0
_GAP_S: Final = 0.08  # rest between two steps, so that they are seen apart
_START_S: Final = 0.15
_LAST_S: Final = 0.1  # of the clip, left free
_SETTLES_S: Final = 0.6  # onset and offset that a stated duration does not count
_LOOK_SETTLES_S: Final = 0.08  # the saccade there
_LEAST_S: Final = 0.3
_BRIEF_S: Final = 0.6  # what a short movement takes before a pause
Slot = tuple[float, float]


def _anchors(steps: Sequence[Step], duration_s: float) -> dict[int, float]:
    """Return when the places start for which a time was said."""
    starts: dict[int, float] = {}
    before: float | None = None
    places = sorted({s.place for s in steps})
    for place in places:
        here = [s.when for s in steps if s.place == place]
        start = next((w.start_s for w in here if w.start_s is not None), None)
        later = next((w.later_s for w in here if w.later_s is not None), None)
        if start is None and later is not None:
            start = (before or 0.0) + later
        if start is None and place == places[0]:
            before = _START_S
            continue
        if start is not None:
            starts[place] = start
        before = start
    return {p: t for p, t in starts.items() if t < duration_s}


def settles_s(step: Step) -> float:
    """Return the onset and offset of a step that a stated duration does not count, seconds."""
    return _LOOK_SETTLES_S if step.action.kind is EventKind.GAZE else _SETTLES_S


def _asked_s(steps: Sequence[Step], place: int, start_s: float | None) -> float:
    """Return how long the steps of a place were asked to take, 0 when nothing was said."""
    longest = 0.0
    for step in (s for s in steps if s.place == place):
        when = step.when
        settles = (
            0.0
            if step.denied
            else settles_s(step) + (_GAP_S if step.action.kind is EventKind.GAZE else 0.0)
        )
        if when.over_s is not None:
            longest = max(longest, when.over_s + (when.lasts_s or 0.0) + settles)
        elif when.lasts_s is not None and not step.lasts_each:
            longest = max(longest, when.lasts_s + settles)
        elif when.end_s is not None and start_s is not None:
            longest = max(longest, when.end_s - start_s)
        elif when.end_s is not None:
            longest = max(longest, when.end_s - _START_S)
        elif step.action.sustains and step.action.lasts_s:  # eyes that dart
            longest = max(longest, step.action.lasts_s * step.speed)
        elif step.action.path and (step.times > 1 or step.speed > 1):
            usual = step.action.lasts_s * step.times * step.speed
            longest = max(longest, usual if usual > _SLOT_MAX_S else 0.0)
    return longest


def _until_s(steps: Sequence[Step], place: int) -> float | None:
    """Return the end that was said of a place without a start, None for none."""
    whens = [s.when for s in steps if s.place == place]
    return max((w.end_s for w in whens if w.end_s is not None and w.start_s is None), default=None)


def _rest_s(steps: Sequence[Step], place: int) -> float:
    """Return how long a place waits before it begins."""
    return max(s.rest_s for s in steps if s.place == place)


def _usual_s(steps: Sequence[Step], place: int) -> float:
    """Return how long the movements of a place take by themselves, before a pause."""
    longest = _BRIEF_S
    for step in (s for s in steps if s.place == place):
        action, times = step.action, step.times
        rhythm = times / action.rate_hz if action.rate_hz and not action.lasts_s else 0.0
        several = times * (_BRIEF_S if times > 1 else 0.0)
        longest = max(
            longest, rhythm, several, action.lasts_s * times, 2 * action.onset_s * step.speed
        )
    return longest


def _share(
    steps: Sequence[Step], places: Sequence[int], span: Slot, timed: bool
) -> dict[int, Slot]:
    """Return the slots of places that follow each other between two times."""
    start = span[0]
    asked = {p: _asked_s(steps, p, start if timed and p == places[0] else None) for p in places}
    ends = {p: _until_s(steps, p) for p in places[1:]}
    reached = start + asked[places[0]]
    for p, end in ends.items():  # "smiles until 3 s, then frowns until 6 s"
        asked[p] = max(end - reached, _LEAST_S) if end is not None else asked[p]
        reached += asked[p]
    rests = {p: 0.0 if timed and p == places[0] else _rest_s(steps, p) for p in places}
    for p, following in pairwise(places):
        asked[p] = asked[p] or (_usual_s(steps, p) if rests[following] else 0.0)
    room = max(span[1] - start, 0.05)
    fixed = sum(asked.values()) + sum(rests.values())
    free = sum(1 for p in places if not asked[p])
    even = min((room - fixed) / free, _SLOT_MAX_S) if free and room > fixed else _SLOT_MAX_S
    lengths = {p: asked[p] or max(even, _LEAST_S) for p in places}
    squeeze = min(1.0, room / (sum(lengths.values()) + sum(rests.values())))
    slots: dict[int, Slot] = {}
    t = start
    for p in places:
        length = lengths[p] * squeeze
        t += rests[p] * squeeze
        end = ends.get(p)
        length = max(end - t, _LEAST_S) if end is not None else length
        slots[p] = (t, t + max(length - _GAP_S, 0.05))
        t += length
    return slots


def place_slots(steps: Sequence[Step], duration_s: float) -> dict[int, Slot]:
    """Return start and end of each place.

    Places with a stated time start then; the others share what is left evenly, at most 3 s each.
    What holds all the time takes none of it.
    """
    slots = {s.place: (_START_S, duration_s - _LAST_S - _GAP_S) for s in steps if s.when.whole}
    steps = [s for s in steps if not s.when.whole]
    anchors = _anchors(steps, duration_s)
    runs: list[list[int]] = []
    for place in sorted({s.place for s in steps}):
        if place in anchors or not runs:
            runs.append([place])
        else:
            runs[-1].append(place)
    for run in runs:
        start = max(anchors.get(run[0], _START_S), 0.0)
        ends = [t for t in anchors.values() if t > start + 1e-6]
        end = min(ends, default=duration_s - _LAST_S)
        overlap = run[0] in anchors and len(run) == 1  # its own length may pass the next start
        span = (start, max(duration_s - _LAST_S if overlap else end, start + 0.05))
        slots |= _share(steps, run, span, timed=run[0] in anchors)
    return slots
