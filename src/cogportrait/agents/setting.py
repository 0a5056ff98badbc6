"""What every planner module shares: the situation, random draws, and short ways to name events."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from cogportrait.behavior.labels import LabelPriors
from cogportrait.facs.limits import AU_RATE_HARD_S, Quantity
from cogportrait.types import EventKind, Interval, PlannedEvent, Target

_SPREAD: Final = 0.5  # share of a prior's SD that is drawn from: one clip must read as its label
_AU_MOST: Final = 0.95
_AU5_MOST: Final = 0.85  # wider than that looks like a mask
# An onset of a full AU takes at least this long: min-jerk peak velocity 1.875 within the hard rate,
# halved because two movements of one AU can start together.
_ONSET_PER_AU_S: Final = 1.875 / AU_RATE_HARD_S * 1.3
_SHORT_CLIP_S: Final = 2.5  # below this, onsets are hurried so that the label still appears


@dataclass(frozen=True, slots=True)
class Setting:
    """The situation in which a label is played."""

    priors: LabelPriors
    duration_s: float
    fps: float
    speaking: bool
    intensity: float  # 0.25..1.5
    rng: np.random.Generator

    @property
    def begin_s(self) -> float:
        """When the first movement starts: soon, but after a frame of rest."""
        return min(0.2, 0.08 * self.duration_s)

    @property
    def hurry(self) -> float:
        """Factor 0.3..1 on the times of slow movements in clips too short for them."""
        return float(np.clip(self.duration_s / _SHORT_CLIP_S, 0.3, 1.0))

    @property
    def posture(self) -> float:
        """Factor on head poses: intensity acts on them half as much as on the face."""
        return 0.5 + 0.5 * self.intensity

    def draw(self, name: str, scale: float = 1.0) -> float:
        """Return a value of a named prior of the label."""
        return draw(self.rng, self.priors.other(name)) * scale

    def chance(self, probability: float) -> bool:
        """Return True with this probability."""
        return bool(self.rng.random() < probability)

    def between(self, low: float, high: float) -> float:
        """Return a uniform value."""
        return float(self.rng.uniform(low, high))

    def sign(self) -> float:
        """Return -1 or 1."""
        return 1.0 if self.chance(0.5) else -1.0

    def au(self, number: int, fallback: float = 0.0) -> float:
        """Return an intensity 0..1 of the label's prior for an AU, before `intensity` scales it."""
        prior = self.priors.aus.get(number)
        return draw(self.rng, prior) / 5.0 if prior else fallback * self.between(0.9, 1.1)


@dataclass(frozen=True, slots=True)
class Scene:
    """What a label does, and when no blink may come in between."""

    events: tuple[PlannedEvent, ...]
    no_blink: tuple[Interval, ...] = ()


def draw(rng: np.random.Generator, prior: Quantity) -> float:
    """Return a value near the mean of a prior, inside its range; the middle when it has no SD."""
    mean = prior.number
    if prior.sd is None:
        low, high = (prior.low, prior.high)
        return float(rng.uniform(low, high)) if low is not None and high is not None else mean
    value = mean + _SPREAD * prior.sd * float(np.clip(rng.standard_normal(), -1.7, 1.7))
    least = 0.0 if prior.low is None and mean > 0 else prior.low
    return float(np.clip(value, least, prior.high))


def lognormal(rng: np.random.Generator, mean: float, sigma: float = 0.5) -> float:
    """Return a positively skewed duration with this mean (blink.ibi.skewness_min)."""
    return float(mean * np.exp(sigma * rng.standard_normal() - sigma**2 / 2))


def expression(
    setting: Setting,
    start_s: float,
    phases_s: tuple[float, float, float],
    aus: dict[int, float],
    reason: str,
    *,
    source: str = "PRIOR",
) -> PlannedEvent:
    """Return an expression of these AUs (number -> 0..1), scaled by intensity within limits.

    Onset and offset are stretched where the amplitude would need too fast a muscle.
    """
    most = {5: _AU5_MOST}
    scaled = {
        n: round(min(v * setting.intensity, most.get(n, _AU_MOST)), 4) for n, v in aus.items()
    }
    least = _ONSET_PER_AU_S * max(scaled.values(), default=0.0)
    onset, hold, offset = phases_s
    return PlannedEvent(
        EventKind.EXPRESSION,
        start_s,
        max(onset * setting.hurry, least),
        hold,
        max(offset, least),
        tuple(Target(f"AU{n:02d}", v) for n, v in scaled.items() if v >= 0.02),
        reason=reason,
        source=source,
    )


def look(
    start_s: float, yaw_deg: float, pitch_deg: float, reason: str, source: str = "PRIOR"
) -> PlannedEvent:
    """Return a look in a direction in space; (0, 0) is the partner."""
    targets = (Target("gaze_yaw", float(yaw_deg)), Target("gaze_pitch", float(pitch_deg)))
    return PlannedEvent(
        EventKind.GAZE, start_s, 0.0, 0.0, 0.0, targets, reason=reason, source=source
    )


def pose(
    start_s: float, move_s: float, angles: dict[str, float], reason: str, source: str = "PRIOR"
) -> PlannedEvent:
    """Return a head move to a pose, kept until the next; keys yaw, pitch, roll, x, y, z."""
    targets = tuple(Target(f"head_{k}", float(v)) for k, v in angles.items())
    return PlannedEvent(
        EventKind.HEAD, start_s, move_s, 0.0, 0.0, targets, reason=reason, source=source
    )


def pulse(
    start_s: float,
    phases_s: tuple[float, float, float],
    angles: dict[str, float],
    reason: str,
    source: str = "PRIOR",
) -> PlannedEvent:
    """Return a head movement that comes back; keys as in `pose`."""
    targets = tuple(Target(f"head_{k}", float(v)) for k, v in angles.items())
    return PlannedEvent(EventKind.PULSE, start_s, *phases_s, targets, reason=reason, source=source)


def closure(
    start_s: float,
    phases_s: tuple[float, float, float],
    amount: float,
    reason: str,
    source: str = "PRIOR",
) -> PlannedEvent:
    """Return a slow closure or droop of both lids, `amount` 0..1."""
    onset, hold, offset = phases_s
    offset = max(offset, 1.2 * onset)  # lids open no faster than they close (SFO08)
    targets = (Target("closure", min(amount, 1.0)),)
    return PlannedEvent(
        EventKind.CLOSURE, start_s, onset, hold, offset, targets, reason=reason, source=source
    )


def nod(
    setting: Setting, start_s: float, depth_deg: float, rate_hz: float, cycles: float, reason: str
) -> PlannedEvent:
    """Return a nod of `cycles`, down first; its rate stays visible at the frame rate."""
    rate = min(rate_hz, setting.fps / 5)  # five samples a cycle (nod.min_fps_for_6.5Hz)
    return PlannedEvent(
        EventKind.NOD,
        start_s,
        0.0,
        cycles / rate,
        0.0,
        (Target("head_pitch", -depth_deg),),
        rate_hz=rate,
        cycles=cycles,
        reason=reason,
        source="HALE20 MORI25",
    )


def sway(setting: Setting, factor: float = 1.0) -> PlannedEvent:
    """Return the small motion of a head that is held, for the whole clip."""
    manner = "speaking" if setting.speaking else "listening"
    rms = setting.draw(f"head.motion_rms.{manner}") * factor
    targets = (Target("head_yaw", rms),)
    return PlannedEvent(
        EventKind.SWAY, 0.0, 0.0, setting.duration_s, 0.0, targets, reason="a held head still moves"
    )
