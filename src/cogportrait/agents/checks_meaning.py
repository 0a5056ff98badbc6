"""Checks of an instruction: each movement asked for is there, on its side, its way, in order.

Our definitions. What an instruction asks for is known from the plan (events of origin
``instruction``); whether it is there is read from the curves alone. All findings are soft: a face
that misses an instruction is possible, it is only not what was wanted.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cogportrait.facs.channels import AU_INDEX, HEAD_CHANNELS, SHIFT_CHANNELS
from cogportrait.types import TOLD, ControlSequence, EventKind, EventPlan, PlannedEvent, Violation

SHOWN: Final = 0.5  # of what was planned, from which a movement is there
LAUGH_SHOWN: Final = 0.2  # of a laugh, whose action units beat below what is planned
OTHER_SIDE: Final = 0.6  # of the own side's, up to which the other side is left out
LATE_S: Final = 0.35  # how far beyond its own end a movement may still come
ORDER_SLACK_S: Final = 0.15  # by which a later movement may be seen earlier
LEAST_DEG: Final = 1.5  # smaller turns and looks are not looked for
LEAST_AU: Final = 0.08
LEAST_IOD: Final = 0.05  # of a shift of the head

_Array = NDArray[np.float64]
_SWINGS: Final = (EventKind.NOD, EventKind.SHAKE)
_LEFT_OUT: Final = (EventKind.SWAY, EventKind.DRIFT)
_AXES: Final = {name: axis for axis, name in enumerate(HEAD_CHANNELS)}
_SHIFTS: Final = {name: axis for axis, name in enumerate(SHIFT_CHANNELS)}


def instructed(plan: EventPlan) -> tuple[PlannedEvent, ...]:
    """Return the events that an instruction asked for and that can be looked for, by start."""
    events = [
        e for e in plan.events
        if e.origin == "instruction" and e.kind not in _LEFT_OUT and _size(e) > 0
    ]  # fmt: skip
    return tuple(sorted(events, key=lambda e: e.start_s))


def check_instruction(controls: ControlSequence, plan: EventPlan) -> list[Violation]:
    """Return what was asked for and is not in the curves.

    Parameters
    ----------
    controls : ControlSequence
        Frames, or the fine curves.
    plan : EventPlan
        Its events of origin ``instruction`` are looked for.

    Returns
    -------
    list of Violation
        Checks ``instruction_shown``, ``instruction_side`` and ``instruction_order``.
    """
    found: list[Violation] = []
    seen: list[tuple[float, PlannedEvent]] = []
    events = instructed(plan)
    for i, event in enumerate(events):
        if event.prototype == TOLD and event.shape:
            found += _told_course(controls, event)
            continue
        course = course_of(controls, event)
        window = _window(controls, event, events[i + 1 :])
        peak = float(course[window].max(initial=0.0))
        least = LAUGH_SHOWN if event.kind is EventKind.LAUGH else SHOWN
        if peak < least:
            found.append(_finding("instruction_shown", event, peak, least, "is hardly seen"))
            continue
        if event.prototype == TOLD:  # at its own time, in whatever order it was written
            continue
        rises = np.flatnonzero(course[window] >= SHOWN * peak)
        seen.append(((window.start + int(rises[0])) / controls.fps, event))
        nexts = [e.start_s for e in events[i + 1 :]] + _own_blinks(plan, event)
        until = min((round(start * controls.fps) for start in nexts), default=window.stop)
        alone = slice(window.start, max(min(window.stop, until), window.start + 1))
        other = _other_side(controls, event, alone)
        if other > OTHER_SIDE and not _both_sides(event, events):
            said = "is as strong on the other side"
            found.append(_finding("instruction_side", event, other, OTHER_SIDE, said))
    return found + _disordered(seen)


def _told_course(controls: ControlSequence, event: PlannedEvent) -> list[Violation]:
    """Return a finding if a course that was told point by point is hardly seen."""
    at = np.arange(len(controls)) / controls.fps
    times = np.linspace(event.start_s, event.end_s, len(event.shape))
    told = np.interp(at, times, event.shape)
    power = float(told @ told)
    share = float(course_of(controls, event) @ told) / power if power else 1.0
    if share >= SHOWN:
        return []
    return [_finding("instruction_shown", event, share, SHOWN, "is hardly seen")]


def course_of(controls: ControlSequence, event: PlannedEvent) -> _Array:
    """Return how far an event is carried out in every frame [T]: 1 is as planned, 0 not at all.

    A laugh is measured by its face: where the head is, other events say as well, and its degrees
    would count for more than all action units.
    """
    total = np.zeros(len(controls))
    weight = 0.0
    for target in event.targets:
        if event.kind is EventKind.LAUGH and not _is_au(target.channel):
            continue
        signal = _signal(controls, target.channel, event.side)
        if signal is None or not target.value:
            continue
        if event.kind in _SWINGS:
            signal = _swing(signal, controls.fps, event)
        total += signal * target.value
        weight += target.value**2
    return total / weight if weight else total


def _both_sides(event: PlannedEvent, events: Sequence[PlannedEvent]) -> bool:
    """Return whether the other side was asked for as well: eyes that close, and open apart."""
    return any(
        o.kind is event.kind and {o.side, event.side} == {"L", "R"} and o.start_s == event.start_s
        for o in events
    )


def _own_blinks(plan: EventPlan, event: PlannedEvent) -> list[float]:
    """Return when both lids blink, by themselves, after one lid was asked to move."""
    if event.kind not in (EventKind.CLOSURE, EventKind.WINK):
        return []
    return [b.start_s for b in plan.of_kind(EventKind.BLINK) if b.start_s > event.start_s]


def _size(event: PlannedEvent) -> float:
    """Return whether an event is large enough to be looked for: 1 or 0."""
    aus = max((abs(t.value) for t in event.targets if _is_au(t.channel)), default=0.0)
    degrees = max((abs(t.value) for t in event.targets if t.channel in _SEEN_DEG), default=0.0)
    shift = max((abs(t.value) for t in event.targets if t.channel in _SHIFTS), default=0.0)
    return float(aus >= LEAST_AU or degrees >= LEAST_DEG or shift >= LEAST_IOD)


_SEEN_DEG: Final = frozenset((*_AXES, "gaze_yaw", "gaze_pitch"))


def _is_au(channel: str) -> bool:
    return channel.startswith("AU") or channel == "closure"


def _signal(controls: ControlSequence, channel: str, side: str) -> _Array | None:
    """Return one channel in every frame [T]: of one side, or of both; looks in space."""
    if channel in _AXES:
        return controls.head_deg[:, _AXES[channel]].astype(np.float64)
    if channel in _SHIFTS:
        return controls.head_shift_iod[:, _SHIFTS[channel]].astype(np.float64)
    if channel in ("gaze_yaw", "gaze_pitch"):
        axis = int(channel == "gaze_pitch")
        eyes = controls.gaze_deg[:, :, axis].mean(1).astype(np.float64)
        return eyes + controls.head_deg[:, axis]
    name = "AU43" if channel == "closure" else channel
    sides = ("L", "R") if side == "both" else (side,)
    columns = [AU_INDEX[n] for n in (name, *(f"{name}_{s}" for s in sides)) if n in AU_INDEX]
    return controls.aus[:, columns].mean(1).astype(np.float64) if columns else None


def _swing(signal: _Array, fps: float, event: PlannedEvent) -> _Array:
    """Return the range of a signal within one cycle before each frame, signed as planned."""
    n = max(2, round(fps / max(event.rate_hz, 0.5)))
    padded = np.concatenate([np.full(n - 1, signal[0] if len(signal) else 0.0), signal])
    views = np.lib.stride_tricks.sliding_window_view(padded, n)
    return np.sign(event.targets[0].value) * np.ptp(views, axis=1)


def _window(controls: ControlSequence, event: PlannedEvent, later: Sequence[PlannedEvent]) -> slice:
    """Return the frames in which an event has to be seen."""
    n, fps = len(controls), controls.fps
    end = event.end_s + LATE_S
    if event.kind in (EventKind.GAZE, EventKind.HEAD):  # kept until the next of its kind
        following = [e.start_s for e in later if e.kind is event.kind]
        end = max(min(following, default=np.inf), end)
    first = min(max(int(event.start_s * fps), 0), n - 1)
    return slice(first, max(min(n, int(min(end, n / fps) * fps) + 1), first + 1))


def _other_side(controls: ControlSequence, event: PlannedEvent, window: slice) -> float:
    """Return the rise of the side left alone over that of the side meant, by AUs with sides."""
    if event.side not in ("L", "R"):
        return 0.0
    rises: list[tuple[float, float]] = []
    for target in event.targets:
        name = "AU43" if target.channel == "closure" else target.channel
        if f"{name}_L" in AU_INDEX and target.value > LEAST_AU:
            other = "R" if event.side == "L" else "L"
            own = float(np.ptp(controls.au(f"{name}_{event.side}")[window]))
            rises.append((own, float(np.ptp(controls.au(f"{name}_{other}")[window]))))
    return max((b / max(a, 1e-6) for a, b in rises), default=0.0)


def _disordered(seen: Sequence[tuple[float, PlannedEvent]]) -> list[Violation]:
    """Return a finding for each event that is seen before one that is planned to end earlier."""
    found: list[Violation] = []
    for i, (before_s, before) in enumerate(seen):
        for after_s, after in seen[i + 1 :]:
            apart = after.start_s >= before.start_s + ORDER_SLACK_S
            if apart and after_s < before_s - ORDER_SLACK_S:
                said = f"is seen before '{before.reason or before.kind}'"
                found.append(
                    _finding("instruction_order", after, after_s - before_s, -ORDER_SLACK_S, said)
                )
    return found


def _finding(
    check: str, event: PlannedEvent, measured: float, bound: float, said: str
) -> Violation:
    what = event.reason or str(event.kind)
    message = (
        f"{check}: '{what}' at {event.start_s:.2f} s {said} ({measured:.2f}, bound {bound:.2f})"
    )
    channel = event.targets[0].channel if event.targets else str(event.kind)
    return Violation(check, "soft", channel, event.start_s, event.end_s, measured, bound, message)
