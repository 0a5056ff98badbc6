"""Where a person looks while with somebody: bouts on the partner's face, looks away, and back.

Everything here is a sequence of looks; the composer makes saccades of them. The partner is behind
the camera at conversational distance, so the partner's eyes are about 2 degrees apart from the
centre and the mouth 3 below it.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from cogportrait.agents.setting import Setting, lognormal, look, pulse
from cogportrait.facs.limits import constant
from cogportrait.types import PlannedEvent

_FACE_POINTS: Final = ((1.7, 0.3), (-1.7, 0.3), (0.2, -3.0), (0.0, 0.0))
_FACE_ODDS: Final = (0.33, 0.33, 0.16, 0.18)
_EYE_ONLY_DEG: Final = constant("headeye.deadzone_near").parts["letters"]
_CONTACT_MAX_S: Final = constant("gaze.preferred_contact_extremes").span[1]


@dataclass(frozen=True, slots=True)
class Manners:
    """How a label divides its gaze between the partner and elsewhere."""

    partner_s: float  # mean bout on the partner
    away_s: float  # mean time away; 0 = never looks away
    size_deg: float  # how far away, as an angle of the eye
    side: float = 0.5  # odds of the directions of looking away
    up: float = 0.2
    down: float = 0.3
    face_fixation_s: float = 0.9  # mean fixation on one part of the partner's face
    away_fixation_s: float = 0.9  # mean fixation while looking away
    head_share: float = 0.6  # of what exceeds the eye-only zone (headeye.model)
    base: tuple[float, float] = (0.0, 0.0)  # head pose from which looks away are measured
    reason: str = "looks away"
    source: str = "PRIOR"


def away_direction(setting: Setting, manners: Manners) -> tuple[float, float]:
    """Return yaw and pitch of a look away, relative to the manners' base."""
    odds = np.asarray((manners.side, manners.up, manners.down))
    kind = int(setting.rng.choice(3, p=odds / odds.sum()))
    size = manners.size_deg * setting.between(0.8, 1.25)
    yaw = setting.sign() * size
    match kind:
        case 0:
            return yaw, size * setting.between(-0.25, 0.12)
        case 1:
            return yaw * setting.between(0.35, 0.85), min(size * 0.75, 13.0)
        case _:
            return yaw * setting.between(0.1, 0.6), -size * setting.between(0.75, 1.0)


def scan_face(setting: Setting, start_s: float, stop_s: float, mean_s: float) -> list[PlannedEvent]:
    """Return looks from one part of the partner's face to another, from `start_s` on."""
    looks: list[PlannedEvent] = []
    t, last = start_s, -1
    while t < stop_s:
        odds = np.asarray(_FACE_ODDS)
        if last >= 0:
            odds = np.where(np.arange(len(odds)) == last, 0.0, odds)
        last = int(setting.rng.choice(len(odds), p=odds / odds.sum()))
        yaw, pitch = _FACE_POINTS[last]
        looks.append(look(t, yaw, pitch, "scans the partner's face", "ROG18"))
        t += float(np.clip(lognormal(setting.rng, mean_s), 0.25, 3.0))
    return looks


def dwell(
    setting: Setting, start_s: float, stop_s: float, at: tuple[float, float], mean_s: float
) -> list[PlannedEvent]:
    """Return small refixations around a direction in space, after the first at `start_s`."""
    looks: list[PlannedEvent] = []
    t = start_s + float(np.clip(lognormal(setting.rng, mean_s), 0.3, 3.0))
    while t < stop_s - 0.25:
        yaw = at[0] + setting.sign() * setting.between(1.0, 3.5)
        pitch = at[1] + setting.between(-2.0, 2.0)
        looks.append(look(t, yaw, pitch, "refixates while looking away", "BEN17"))
        t += float(np.clip(lognormal(setting.rng, mean_s), 0.3, 3.0))
    return looks


def follow_with_head(
    setting: Setting, start_s: float, length_s: float, step: tuple[float, float], share: float
) -> list[PlannedEvent]:
    """Return the head's part of a look of `step` degrees: none for small ones (headeye.model)."""
    size = float(np.hypot(*step))
    extra = share * (size - _EYE_ONLY_DEG)
    if extra < 1.0:
        return []
    lag = float(np.clip(setting.rng.normal(0.02, 0.05), -0.1, 0.15))  # TAP01: most start together
    move = 0.3 + 0.02 * extra
    return [
        pulse(
            max(start_s + lag, 0.0),
            (move, max(length_s - move, 0.1), move * 1.2),
            {"yaw": extra * step[0] / size, "pitch": extra * step[1] / size},
            "the head takes part in a large shift of gaze",
            "NEAR TAP01",
        )
    ]


def look_away(
    setting: Setting, start_s: float, length_s: float, manners: Manners
) -> list[PlannedEvent]:
    """Return one look away with refixations and the head's part in it, without the return."""
    yaw, pitch = away_direction(setting, manners)
    at = (manners.base[0] + yaw, manners.base[1] + pitch)
    return [
        look(start_s, *at, manners.reason, manners.source),
        *dwell(setting, start_s, start_s + length_s, at, manners.away_fixation_s),
        *follow_with_head(setting, start_s, length_s, (yaw, pitch), manners.head_share),
    ]


def attend(
    setting: Setting, start_s: float, stop_s: float, manners: Manners, *, away_first: bool = False
) -> list[PlannedEvent]:
    """Return looks at and away from the partner between two times."""
    events: list[PlannedEvent] = []
    t, away = start_s, away_first
    while t < stop_s:
        if away and manners.away_s > 0:
            length = float(np.clip(lognormal(setting.rng, manners.away_s), 0.35, 6.0))
            events += look_away(setting, t, min(length, stop_s - t), manners)
        else:
            mean = manners.partner_s if manners.away_s > 0 else stop_s - t
            length = float(np.clip(lognormal(setting.rng, mean), 0.6, _CONTACT_MAX_S))
            events += scan_face(setting, t, min(t + length, stop_s), manners.face_fixation_s)
        t, away = t + length, not away
    return events


def bouts_for_share(share: float, away_s: float) -> float:
    """Return the mean bout on the partner that gives this share of time with looks of `away_s`."""
    return away_s * share / max(1 - share, 0.02)
