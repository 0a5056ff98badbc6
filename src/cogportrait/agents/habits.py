"""Habits that several labels share: what lingers, what recurs, how posture shifts."""

from cogportrait.agents.setting import Setting, closure, expression, lognormal, pose
from cogportrait.types import PlannedEvent


def mood(setting: Setting, aus: dict[int, float], reason: str) -> list[PlannedEvent]:
    """Return what stays of an expression between its peaks, for the whole clip.

    A chain of cross-fading events, none longer than 15 s (expr.duration; longer reads as a mask).
    """
    events: list[PlannedEvent] = []
    t = setting.begin_s
    onset = max(0.6, 0.3 / setting.hurry)  # never with a jerk: the first peak rises on top of it
    while t < setting.duration_s:
        hold = setting.between(4.0, 8.0)
        level = 1.0 if not events else setting.between(0.8, 1.15)
        scaled = {n: v * level for n, v in aus.items()}
        events.append(expression(setting, t, (onset, hold, 0.9), scaled, reason))
        t, onset = t + events[-1].onset_s + hold, 0.9
    return events


def peaks(setting: Setting, length_s: float, gap_s: float) -> list[float]:
    """Return when the peaks of an expression start: at once, then every so often."""
    times = [setting.begin_s]
    while times[-1] < setting.duration_s:
        times.append(times[-1] + length_s + max(0.4, lognormal(setting.rng, gap_s)))
    return times[:-1]


def wander(
    setting: Setting, start_s: float, bias: dict[str, float], spread_deg: float
) -> list[PlannedEvent]:
    """Return slow changes of posture around a pose, every few seconds."""
    events: list[PlannedEvent] = []
    t = start_s + setting.between(3.0, 6.0)
    while t < setting.duration_s - 1.0:
        angles = {
            axis: bias.get(axis, 0.0) + size * spread_deg * setting.rng.standard_normal()
            for axis, size in (("yaw", 1.0), ("pitch", 0.6), ("roll", 0.7))
        }
        events.append(pose(t, setting.between(0.7, 1.4), angles, "shifts posture"))
        t += setting.between(4.0, 9.0)
    return events


def brow_flash(setting: Setting, start_s: float, size: float, reason: str) -> PlannedEvent:
    """Return a quick raise of both brows, about 0.25 s in all (WIKIMD 1/6 to 1/4 s)."""
    amount = min(size, 0.32 / setting.intensity)  # higher would need a muscle faster than the limit
    aus = {1: amount, 2: amount}
    return expression(setting, start_s, (0.1, 0.05, 0.1), aus, reason, source="WIKIEF WIKIMD")


def droop(setting: Setting, start_s: float, level: float, reason: str) -> list[PlannedEvent]:
    """Return lids held low for the rest of the clip, wavering slowly (AU43 A to C)."""
    events: list[PlannedEvent] = []
    t, onset = start_s, max(0.9 * setting.hurry, 0.15)
    level *= min(setting.intensity, 1.25)
    while t < setting.duration_s:
        hold = setting.between(2.5, 6.0)
        amount = level * (1.0 if not events else setting.between(0.8, 1.2))
        events.append(closure(t, (onset, hold, 1.0), min(amount, 0.7), reason, "FACS02"))
        t, onset = t + onset + hold, 1.0
    return events
