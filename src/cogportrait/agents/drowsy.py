"""How the planner plays drowsiness: droop, slow closures, drift, a head that nods off and jerks up.

The cycle of physiology, section 7: the lids droop, blinks grow long, the eyes drift; then the lids
stay shut for a second or more, the head sinks only after half a second of that, and a jerk brings
it up with wide eyes for a moment. The share of time with lids more than 80 % closed (PERCLOS) is
kept between 10 and 40 %.
"""

from typing import Final

from cogportrait.agents.attention import dwell
from cogportrait.agents.habits import mood
from cogportrait.agents.setting import (
    Scene,
    Setting,
    closure,
    expression,
    lognormal,
    look,
    pose,
    sway,
)
from cogportrait.facs.limits import constant
from cogportrait.types import EventKind, Interval, PlannedEvent, Target

_CLOSED_BEFORE_SINKING_S: Final = 0.5  # head fall only after this long a closure
_FIRST_SINK_FROM_S: Final = 4.2  # clips at least this long show the whole cycle once
_WHOLE_CYCLE_S: Final = 8.0
_YAWN_FROM_S: Final = 15.0
_CLOSURES_APART_S: Final = 7.0  # mean, open: with their own length some 7 a minute
_PEAK_VELOCITY: Final = constant("minjerk.peak_velocity").number  # of a minimum-jerk path, x A / D
_JERK_MOST_DEG_S: Final = 0.9 * constant("head.soft.velocity").parts["pitch"]  # sway comes on top


def _awake(setting: Setting, start_s: float, stop_s: float) -> list[PlannedEvent]:
    """Return heavy lids with slow closures and drifting eyes between two times."""
    events: list[PlannedEvent] = []
    level = min(setting.au(43) * min(setting.intensity, 1.3), 0.62)
    onset = max(0.7 * setting.hurry, 0.12)
    stay = max(stop_s - start_s - onset, 0.1)
    # Longer than the wait for what follows: the lids do not lift before they close.
    droop = (onset, stay + 0.35, 0.6)
    events.append(closure(start_s, droop, level, "lids droop", "FACS02 JOH21"))
    t = start_s + onset + setting.hurry * setting.between(0.15, 0.4)
    while t < stop_s - 0.8:
        shut = setting.between(0.6, 1.3) if t > start_s + 3 else setting.between(0.15, 0.35)
        phases = (setting.between(0.28, 0.45), shut, setting.between(0.4, 0.6))
        if t + sum(phases) > stop_s:
            break
        events.append(closure(t, phases, 1.0, "a slow closure", "WIER94 PERV12"))
        t += sum(phases) + max(0.9, lognormal(setting.rng, _CLOSURES_APART_S, 0.4))
    return [*events, *_drift(setting, start_s + 0.4, stop_s)]


def _drift(setting: Setting, start_s: float, stop_s: float) -> list[PlannedEvent]:
    """Return few, sluggish looks with a slow drift under them (drowsy.sem)."""
    events: list[PlannedEvent] = []
    if stop_s - start_s > 1.5:
        targets = (
            Target("gaze_yaw", setting.sign() * setting.between(4.0, 9.0)),
            Target("gaze_pitch", setting.between(1.0, 3.0)),
        )
        events.append(
            PlannedEvent(
                EventKind.DRIFT, start_s, 0.5, stop_s - start_s - 1.0, 0.5, targets,
                rate_hz=setting.draw("sem.frequency"),
                reason="the eyes drift slowly", source="OGI88 ALPF",
            )
        )  # fmt: skip
    t = start_s
    while t < stop_s:
        at = (setting.sign() * setting.between(0.0, 6.0), -setting.between(2.0, 10.0))
        events.append(look(t, *at, "a sluggish look", "SEMREV"))
        held = max(1.2, lognormal(setting.rng, 2.4))
        events += dwell(setting, t, min(t + held, stop_s), at, 2.0)
        t += held
    return events


def _nod_off(
    setting: Setting, t: float, bias: dict[str, float]
) -> tuple[list[PlannedEvent], float]:
    """Return one microsleep from time `t`, and when it is over."""
    fall_s = setting.draw("head_nod.fall_time")
    if setting.duration_s < _WHOLE_CYCLE_S:
        fall_s = min(fall_s, setting.between(0.9, 1.2))  # a short clip is not all closed eyes
    fall = setting.draw("head_nod.fall") * min(setting.posture, 1.15)
    up_s = max(setting.draw("head_nod.recovery_time"), _PEAK_VELOCITY * fall / _JERK_MOST_DEG_S)
    shut_s = 0.35
    sink_at = t + shut_s + _CLOSED_BEFORE_SINKING_S
    wake = sink_at + fall_s + setting.between(0.05, 0.3)
    roll = setting.sign() * setting.between(2.0, 6.0)
    sunk = {"pitch": bias["pitch"] - fall, "roll": roll}
    wide = {5: 0.3, 1: 0.3, 2: 0.25}
    events = [
        closure(t, (shut_s, wake - t - shut_s, 0.25), 1.0, "lids stay shut", "BNID MSLEEP"),
        pose(sink_at, fall_s, sunk, "the head sinks once the eyes are shut", "ALPF"),
        pose(wake, up_s, bias, "and jerks up again"),
        expression(setting, wake + 0.16, (0.15, 0.25, 0.8), wide, "eyes wide for a moment"),
        look(wake + 0.1, 0.0, 0.0, "looks at the partner, caught"),
    ]
    return events, wake + 0.25


def _yawn(setting: Setting, t: float) -> list[PlannedEvent]:
    mouth = {27: 0.55, 26: 0.7, 25: 0.75, 4: 0.2, 1: 0.25, 7: 0.3}
    return [
        expression(setting, t, (1.3, 1.8, 1.1), mouth, "a yawn"),
        closure(t + 0.7, (0.6, 1.6, 0.7), 0.95, "eyes close in the yawn"),
        pose(t + 0.2, 1.3, {"pitch": 5.0}, "the head goes back in the yawn"),
    ]


def _first_awake(setting: Setting) -> float:
    """Return how long the person stays awake at first: short clips must show the whole cycle."""
    if setting.duration_s < 6.0:
        return setting.between(1.4, 1.8)
    return setting.between(2.5, 3.2) if setting.duration_s < 15 else setting.between(4.0, 7.0)


def drowsiness(setting: Setting) -> Scene:
    """Droop, long blinks, slow closures, drift; the head nods off and jerks up."""
    begin, end = setting.begin_s, setting.duration_s
    bias = {
        "pitch": setting.draw("head.pitch_bias") * setting.posture,
        "roll": setting.sign() * 3.0,
    }
    events = [
        sway(setting, 0.8),
        pose(begin + 0.3, 1.5 * setting.hurry, bias, "the head hangs a little"),
        *mood(setting, {1: 0.16, 2: 0.14}, "brows lift the heavy lids"),
    ]
    quiet: list[Interval] = []
    t = begin
    awake = _first_awake(setting)
    while t < end:
        stop = t + awake
        nods_off = end >= _FIRST_SINK_FROM_S and stop + 2.6 < end
        events += _awake(setting, t, min(stop, end) if nods_off else end)
        if not nods_off:
            break
        sleep, over = _nod_off(setting, stop + 0.25, bias)
        events += sleep
        quiet.append(Interval(stop, over + 0.5))
        t = over + setting.between(0.4, 0.9)
        if end > _YAWN_FROM_S and setting.chance(0.15) and t + 5.0 < end:
            events += [*_yawn(setting, t + 0.5), pose(t + 4.4, 1.2, bias, "sinks back")]
            quiet.append(Interval(t, t + 5.2))
            t += 5.0
        awake = setting.between(9.0, 16.0)
    return Scene(tuple(events), tuple(quiet))
