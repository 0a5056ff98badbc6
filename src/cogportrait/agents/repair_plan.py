"""Make planned events possible: re-time first, shrink second, delete last.

Each rule looks at one event and gives it back unchanged when it is possible already: a legal plan
comes out as it went in, and repairing twice is repairing once.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

import numpy as np
from scipy.ndimage import gaussian_filter1d

from cogportrait.behavior.kinematics import (
    MIN_JERK_PEAK_ACCELERATION,
    MIN_JERK_PEAK_VELOCITY,
    nod_amplitude_limit_deg,
)
from cogportrait.behavior.library.shape import steepest
from cogportrait.behavior.sampling import blink_most_s
from cogportrait.facs.channels import AU_CHANNELS
from cogportrait.facs.limits import (
    AU_RATE_HARD_S,
    HEAD_ACCELERATION_SOFT_DEG_S2,
    channel_limits,
    constant,
)
from cogportrait.types import TOLD, EventKind, EventPlan, PlannedEvent, Target

_CLOSING_MIN_S: Final = constant("blink.hard.closing_min").number / 1000 + 0.005
_OPENING_MIN_S: Final = constant("blink.hard.opening_min").number / 1000 + 0.005
_CLOSED_MAX_S: Final = constant("blink.hard.closed_max_AU45").number / 1000
_LASTING_S: Final = constant("check.expression_duration.hard").span
_RATE: Final = AU_RATE_HARD_S * 0.8  # room for asymmetry and waver
_CLOSURE_ONSET_MIN_S: Final = 0.12
_SHUT: Final = 0.6  # more is a closure, less a droop
_NOD_MAX_HZ: Final = constant("nod.fast_listener").span[1]
_DRIFT_MAX_DEG_S: Final = constant("drowsy.sem.velocity_max").number * 0.9
_DRIFT_MAX_HZ: Final = constant("drowsy.sem.frequency").span[1]
_SWAY_MAX_DEG: Final = 6.0
_LONGEST_S: Final = 600.0
_FASTEST_HZ: Final = 20.0
SMOOTHER_S: Final = 0.03  # standard deviation by which a course that is too fast is smoothed
_SMOOTHINGS: Final = 40  # at most
_HEAD_KINDS: Final = (
    EventKind.HEAD,
    EventKind.PULSE,
    EventKind.NOD,
    EventKind.SHAKE,
    EventKind.SWAY,
)
_LID_KINDS: Final = (EventKind.BLINK, EventKind.WINK, EventKind.CLOSURE)
_BY_POINTS: Final = (EventKind.EXPRESSION, EventKind.PULSE)
# Which channels an event of each kind can name.
_MEANS: Final[Mapping[EventKind, tuple[str, ...]]] = MappingProxyType(
    {
        EventKind.EXPRESSION: ("AU",),
        EventKind.LAUGH: ("AU", "head_"),
        **dict.fromkeys(_LID_KINDS, ("closure", "other_closure")),
        **dict.fromkeys((EventKind.GAZE, EventKind.DRIFT), ("gaze_",)),
        **dict.fromkeys(_HEAD_KINDS, ("head_",)),
    }
)
_AU_NAMES: Final = frozenset(name.split("_")[0] for name in AU_CHANNELS)


def _clipped(event: PlannedEvent) -> PlannedEvent:
    """Return the event with its targets inside the hard ranges of their channels."""
    targets: list[Target] = []
    for target in event.targets:
        name = target.channel
        if not name.startswith(_MEANS[event.kind]):
            continue  # says nothing in an event of this kind
        if name in _AU_NAMES or "closure" in name:
            low, high = 0.0, 1.0
        elif name in ("gaze_yaw", "gaze_pitch"):
            low, high = channel_limits(f"{name}_L").hard
        elif name.startswith("head_"):
            low, high = channel_limits(name).hard
        else:
            continue  # an unknown channel is nothing that can be moved
        delay = target.delay_s if 0 <= target.delay_s < 5 else 0.0
        value = min(max(target.value, low), high) if np.isfinite(target.value) else 0.0
        same = (value, delay) == (target.value, target.delay_s)
        targets.append(target if same else replace(target, value=value, delay_s=delay))
    return event if tuple(targets) == event.targets else replace(event, targets=tuple(targets))


def _expression(event: PlannedEvent) -> PlannedEvent:
    most = max((t.value for t in event.targets if t.channel in _AU_NAMES), default=0.0)
    least = MIN_JERK_PEAK_VELOCITY * most / _RATE
    onset, offset = max(event.onset_s, least), max(event.offset_s, least)
    hold = event.hold_s
    if event.origin != "instruction":
        spare = _LASTING_S[1] - onset - offset
        hold = min(hold, max(spare, 0.0))
        hold = max(hold, _LASTING_S[0] - onset - offset)
    if event.sustain:
        offset, hold = event.offset_s, event.hold_s
    if event.origin != "instruction" and onset + hold + offset > _LASTING_S[1]:
        most = 0.999 * _LASTING_S[1]  # for rounding
        k = min(1.0, most / (onset + offset))
        least_offset = 0.0 if event.sustain else least
        onset = min(max(k * onset, least), most - least_offset)
        offset = min(max(k * offset, least_offset), most - onset)
        hold = min(hold, max(most - onset - offset, 0.0))
    return _retimed(event, onset, hold, offset)


def _retimed(event: PlannedEvent, onset: float, hold: float, offset: float) -> PlannedEvent:
    if (onset, hold, offset) == (event.onset_s, event.hold_s, event.offset_s):
        return event
    return replace(event, onset_s=onset, hold_s=hold, offset_s=offset)


def _blink(event: PlannedEvent, label: str) -> PlannedEvent:
    """Return a blink with possible phases; one of one eye is a wink."""
    most = blink_most_s(event, label) - 0.005
    total = event.onset_s + event.hold_s + event.offset_s
    closing = max(event.onset_s, _CLOSING_MIN_S)
    opening = max(event.offset_s, closing, _OPENING_MIN_S)
    hold = min(event.hold_s, _CLOSED_MAX_S)
    if total > most + 0.005 or closing + hold + opening > most + 0.005:
        hold = min(hold, 0.3 * most)
        scale = min(1.0, (most - hold) / (closing + opening))
        closing = max(closing * scale, _CLOSING_MIN_S)
        opening = min(opening, most - hold - closing)
    kind = EventKind.WINK if event.side != "both" else event.kind
    event = event if kind is event.kind else replace(event, kind=kind)
    return _retimed(event, closing, hold, opening)


def _closure(event: PlannedEvent) -> PlannedEvent:
    onset = max(event.onset_s, _CLOSURE_ONSET_MIN_S)
    # No blink opens faster than it closes (blink.order.opening_not_faster_than_closing). Eyes that
    # are held shut are none: they may close slowly and be asked to snap open.
    held = event.origin == "instruction" and event.hold_s > _CLOSED_MAX_S
    closing = _CLOSURE_ONSET_MIN_S if held else onset
    opening = 1.2 * closing if event.value("closure") > _SHUT else _CLOSURE_ONSET_MIN_S
    return _retimed(event, onset, max(event.hold_s, 0.0), max(event.offset_s, opening))


def _move_time(event: PlannedEvent, change: dict[str, float]) -> float:
    """Return the shortest time of the head moves of an event: speed and acceleration."""
    least = 0.08
    for channel, size in change.items():
        limits = channel_limits(channel)
        least = max(least, MIN_JERK_PEAK_VELOCITY * size / (0.8 * limits.soft_speed))
        if limits.unit == "deg":
            apk = MIN_JERK_PEAK_ACCELERATION * size / HEAD_ACCELERATION_SOFT_DEG_S2
            least = max(least, float(np.sqrt(apk)))
    return least if event.onset_s < least else event.onset_s


def _pulse(event: PlannedEvent) -> PlannedEvent:
    sizes = {t.channel: abs(t.value) for t in event.targets if t.channel.startswith("head_")}
    # A comfortable move takes this long; people can be twice as quick (hard = 4 x acceleration).
    least = _move_time(replace(event, onset_s=0.0), sizes) * 0.55
    return _retimed(
        event, max(event.onset_s, least), max(event.hold_s, 0.0), max(event.offset_s, least)
    )


def _oscillation(event: PlannedEvent) -> PlannedEvent:
    rate = min(max(event.rate_hz, 0.2), _NOD_MAX_HZ)
    cycles = max(event.cycles, 0.5)
    most = 1.5 * nod_amplitude_limit_deg(rate, HEAD_ACCELERATION_SOFT_DEG_S2)
    targets = tuple(
        t if abs(t.value) <= most else replace(t, value=float(np.copysign(most, t.value)))
        for t in event.targets
    )
    if (rate, cycles) != (event.rate_hz, event.cycles):
        event = replace(event, rate_hz=rate, cycles=cycles, hold_s=cycles / rate)
    return event if targets == event.targets else replace(event, targets=targets)


def _shrunk(event: PlannedEvent, most: float) -> PlannedEvent:
    """Return the event with every target within +-most."""
    if all(abs(t.value) <= most for t in event.targets):
        return event
    targets = (replace(t, value=min(max(t.value, -most), most)) for t in event.targets)
    return replace(event, targets=tuple(targets))


def _drift(event: PlannedEvent) -> PlannedEvent:
    rate = min(max(event.rate_hz, 0.1), _DRIFT_MAX_HZ)
    event = event if rate == event.rate_hz else replace(event, rate_hz=rate)
    ramp = 0.4
    event = _retimed(
        event, max(event.onset_s, ramp), max(event.hold_s, 0.0), max(event.offset_s, ramp)
    )
    return _shrunk(event, _DRIFT_MAX_DEG_S / (np.pi * rate) / 1.5)


def _sway(event: PlannedEvent) -> PlannedEvent:
    return _shrunk(event, _SWAY_MAX_DEG)


_RULES: Final[Mapping[EventKind, Callable[[PlannedEvent], PlannedEvent]]] = MappingProxyType(
    {
        EventKind.EXPRESSION: _expression,
        EventKind.LAUGH: _expression,
        EventKind.CLOSURE: _closure,
        EventKind.PULSE: _pulse,
        EventKind.NOD: _oscillation,
        EventKind.SHAKE: _oscillation,
        EventKind.DRIFT: _drift,
        EventKind.SWAY: _sway,
    }
)


def smoothed(event: PlannedEvent) -> PlannedEvent:
    """Return an event that is told point by point with a smoother course."""
    if not event.shape:
        return event
    length = event.onset_s + event.hold_s + event.offset_s
    sigma = SMOOTHER_S / max(length, SMOOTHER_S) * len(event.shape)
    course = gaussian_filter1d(np.asarray(event.shape), sigma, mode="nearest")
    return replace(event, shape=tuple(float(v) for v in course))


def _told(event: PlannedEvent) -> PlannedEvent:
    """Return an event that is told point by point with a course that a face can follow."""
    shape = np.asarray(event.shape, np.float64)
    if len(shape) < 2 or not np.isfinite(shape).all():
        return replace(event, prototype="", shape=())
    if np.abs(shape).max() > 1:
        event = replace(event, shape=tuple(float(v) for v in shape.clip(-1, 1)))
    length = max(event.onset_s + event.hold_s + event.offset_s, 1e-3)
    for _ in range(_SMOOTHINGS):
        slope, bend = steepest(np.asarray(event.shape))
        if not any(_too_fast(t, slope / length, bend / length**2) for t in event.targets):
            break
        event = smoothed(event)
    return event


def _too_fast(target: Target, slope: float, bend: float) -> bool:
    """Return whether a channel cannot follow a course of these rates, 1/s and 1/s^2."""
    size = abs(target.value)
    if not target.channel.startswith("head_"):
        return size * slope > _RATE
    # People can be twice as quick as is comfortable.
    limits = channel_limits(target.channel)
    most = 2 * HEAD_ACCELERATION_SOFT_DEG_S2 if limits.unit == "deg" else np.inf
    return size * slope > limits.soft_speed or size * bend > most


def _bounded(event: PlannedEvent) -> PlannedEvent:
    """Return the event with times, rates and counts that a clip can hold; NaN becomes 0."""
    bounds = {
        "onset_s": _LONGEST_S, "hold_s": _LONGEST_S, "offset_s": _LONGEST_S,
        "rate_hz": _FASTEST_HZ, "cycles": _LONGEST_S * _FASTEST_HZ,
    }  # fmt: skip
    changes: dict[str, float] = {}
    for name, most in bounds.items():
        value = float(getattr(event, name))
        kept = min(max(value, 0.0), most) if np.isfinite(value) else 0.0
        if kept != value:
            changes[name] = kept
    side = event.side if event.side in ("both", "L", "R") else "both"
    return replace(event, side=side, **changes) if changes or side != event.side else event


def legal_event(event: PlannedEvent, label: str) -> PlannedEvent:
    """Return the event as a body could do it; unchanged when it already is."""
    event = _clipped(event)
    if event.prototype == TOLD and event.shape and event.kind not in _BY_POINTS:
        event = replace(event, shape=())  # blinks and saccades keep their own laws
    elif event.prototype == TOLD and event.kind in _BY_POINTS:
        event = _told(event)
        if event.prototype == TOLD:
            return event
    if event.kind in (EventKind.BLINK, EventKind.WINK):
        return _blink(event, label)
    rule = _RULES.get(event.kind)
    return rule(event) if rule else event


def _head_moves(events: list[PlannedEvent]) -> list[PlannedEvent]:
    """Return the events with each move to a pose slow enough for its size."""
    pose: dict[str, float] = {}
    done: list[PlannedEvent] = []
    for event in events:
        if event.kind is EventKind.HEAD:
            change = {t.channel: abs(t.value - pose.get(t.channel, 0.0)) for t in event.targets}
            pose |= {t.channel: t.value for t in event.targets}
            least = 0.55 * _move_time(replace(event, onset_s=0.0), change)
            event = _retimed(event, max(event.onset_s, least), event.hold_s, event.offset_s)  # noqa: PLW2901
        done.append(event)
    return done


def repair_plan(plan: EventPlan) -> EventPlan:
    """Return the plan with every event possible; events that cannot be are left out."""
    times_ok = [
        e for e in plan.events
        if np.isfinite((e.start_s, e.onset_s, e.hold_s, e.offset_s)).all()
        and 0 <= e.start_s < plan.duration_s
    ]  # fmt: skip
    bounded = [_bounded(e) for e in sorted(times_ok, key=lambda e: e.start_s)]
    events = [legal_event(e, plan.label) for e in bounded]
    return replace(plan, events=tuple(e for e in _head_moves(events) if e.targets))
