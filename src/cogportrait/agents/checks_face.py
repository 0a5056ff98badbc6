"""Checks of action units and head: ranges, speeds, what excludes what, how long it lasts."""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_dilation

from cogportrait.agents.evidence import Evidence, Mask
from cogportrait.agents.findings import Rule, Span, at_most, outside, planned
from cogportrait.facs.channels import (
    AU_CHANNELS,
    HEAD_CHANNELS,
    SHIFT_CHANNELS,
    UPPER_AUS,
    au_columns,
)
from cogportrait.facs.limits import (
    AU_RATE_HARD_S,
    AU_RATE_SOFT_S,
    AU_SCALE,
    HEAD_ACCELERATION_HARD_DEG_S2,
    HEAD_ACCELERATION_SOFT_DEG_S2,
    channel_limits,
    constant,
)
from cogportrait.types import EventKind, PlannedEvent, Violation

# The rate prior is stated for AU1, 2, 4, 5, 6, 7, 12; articulation moves the others faster.
RATED_AUS: Final = (1, 2, 4, 5, 6, 7, 12)
_LEVATOR: Final = 5
PAIRED_AUS: Final = (*(n for n in UPPER_AUS if n != 43), 12, 14, 15, 20)
_EXCLUSIVE: Final = {k: v / AU_SCALE for k, v in constant("check.au_exclusive").parts.items()}
_ASYMMETRY: Final = {k: v / AU_SCALE for k, v in constant("check.asymmetry").parts.items()}
_RATE: Final = {"soft": AU_RATE_SOFT_S * AU_SCALE, "hard": AU_RATE_HARD_S * AU_SCALE}
_HEAD_ACCELERATION: Final = (HEAD_ACCELERATION_SOFT_DEG_S2, HEAD_ACCELERATION_HARD_DEG_S2)
_LASTING_S: Final = {s: constant(f"check.expression_duration.{s}").span for s in ("hard", "soft")}
_FLASH_MAX_S: Final = constant("brow.flash.range").span[1] + 1e-6
_LID_MOVES_PER_S: Final = (
    1.5  # a lid in motion silences the levator: AU5 may go as fast (AU45 exempt)
)
_RATE_SLACK: Final = 0.005  # of the hard bound: float32
_PERCLOS_CLOSED: Final = 0.8


def au_range(evidence: Evidence) -> list[Violation]:
    """Intensities lie in 0..1."""
    found: list[Violation] = []
    for column, channel in enumerate(AU_CHANNELS):
        rule = Rule("au_range", channel, "intensity {worst:.2f}, expected 0 to 1", slack=1e-6)
        found += outside(evidence, rule, evidence.controls.aus[:, column], {"hard": (0.0, 1.0)})
    return found


def lid_in_motion(evidence: Evidence, side: int) -> Mask:
    """Return the intervals around a moving lid [n - 1], in which AU5 may change at lid speed."""
    speed = np.abs(np.diff(evidence.closure[:, side])) / evidence.step_s
    return np.asarray(binary_dilation(speed > _LID_MOVES_PER_S, iterations=2), np.bool_)


def au_rate(evidence: Evidence) -> list[Violation]:
    """No muscle of brows, lids and cheeks moves faster than 40 AU units (of 0..5) a second."""
    found: list[Violation] = []
    says = "{worst:.0f} AU/s, at most {bound:.0f} AU/s"
    for number in RATED_AUS:
        for side, column in enumerate(au_columns(number)):
            track = evidence.controls.aus[:, column].astype(np.float64) * AU_SCALE
            rate = np.abs(np.diff(track)) / evidence.step_s
            if rate.max(initial=0.0) <= _RATE["soft"]:
                continue
            if number == 5:
                rate = np.where(lid_in_motion(evidence, side), 0.0, rate)
            rule = Rule("AU_rate", AU_CHANNELS[column], says, slack=0.2)
            found += outside(evidence, rule, rate, at_most(_RATE))
    return found


def au_exclusive(evidence: Evidence) -> list[Violation]:
    """AU5 (lid raised) and a held droop (AU43) exclude each other; blinks are exempt."""
    found: list[Violation] = []
    says = "AU5 and AU43 both at {worst:.2f}, at most {bound:.2f}"
    for side, column in enumerate(au_columns(5)):
        both = np.minimum(evidence.controls.aus[:, column], evidence.held_closure[:, side])
        rule = Rule("AU_exclusive", AU_CHANNELS[column], says, slack=1e-4)
        found += outside(evidence, rule, both, at_most(_EXCLUSIVE))
    return found


def one_sided_rows(evidence: Evidence, number: int) -> Mask:
    """Return the rows in which a one-sided movement of this AU was planned [n]."""
    mask = np.zeros(len(evidence.controls), np.bool_)
    if evidence.plan is None:
        return mask
    for event in evidence.plan.events:
        named = any(t.channel == f"AU{number:02d}" for t in event.targets)
        silenced = event.kind is EventKind.CLOSURE and number == _LEVATOR  # by a shut lid
        if event.side != "both" and (named or silenced or event.kind is EventKind.WINK):
            end = (
                len(mask) if event.sustain else int((event.end_s + 0.2) * evidence.controls.fps) + 1
            )
            mask[max(int((event.start_s - 0.1) * evidence.controls.fps), 0) : end] = True
    return mask


def asymmetry(evidence: Evidence) -> list[Violation]:
    """Left and right differ by at most one AU unit, unless a plan asks for one side (OSC99)."""
    found: list[Violation] = []
    for number in PAIRED_AUS:
        left, right = au_columns(number)
        aus = evidence.controls.aus
        difference = np.abs(aus[:, left] - aus[:, right])
        if difference.max(initial=0.0) <= _ASYMMETRY["soft"]:
            continue
        difference = np.where(one_sided_rows(evidence, number), 0.0, difference)
        says = "sides differ by {worst:.2f}, at most {bound:.2f}"
        rule = Rule("asymmetry", f"AU{number:02d}", says, slack=1e-4)
        found += outside(evidence, rule, difference, at_most(_ASYMMETRY))
    return found


def head_range(evidence: Evidence) -> list[Violation]:
    """Head pose within the neck's range (FER02); what a portrait shows well is soft."""
    found: list[Violation] = []
    poses = np.concatenate([evidence.controls.head_deg, evidence.controls.head_shift_iod], axis=1)
    for axis, channel in enumerate((*HEAD_CHANNELS, *SHIFT_CHANNELS)):
        limits = channel_limits(channel)
        says = f"{{worst:.1f}} {limits.unit}, bound {{bound:g}}"
        rule = Rule("head_range", channel, says, slack=1e-3)
        bounds = {"hard": limits.hard, "soft": limits.soft}
        found += outside(evidence, rule, poses[:, axis], bounds)
    return found


def _too_fast(
    evidence: Evidence, channel: str, values: NDArray[np.float64], bounds: Span, unit: str
) -> list[Violation]:
    """Return where a speed or acceleration is above (soft, hard)."""
    says = f"{{worst:.0f}} {unit}, at most {{bound:.0f}} {unit}"
    rule = Rule("head_kin", channel, says, slack=_RATE_SLACK * bounds[1])
    return outside(evidence, rule, values, at_most({"soft": bounds[0], "hard": bounds[1]}))


def head_kinematics(evidence: Evidence) -> list[Violation]:
    """Velocity and acceleration of the head (GRO88)."""
    found: list[Violation] = []
    step = evidence.step_s
    for axis, channel in enumerate(HEAD_CHANNELS):
        limits = channel_limits(channel)
        velocity = np.diff(evidence.head_deg[:, axis]) / step
        acceleration = np.abs(np.diff(velocity)) / step
        speeds = (limits.soft_speed, limits.hard_speed)
        found += _too_fast(evidence, channel, np.abs(velocity), speeds, "deg/s")
        found += _too_fast(evidence, channel, acceleration, _HEAD_ACCELERATION, "deg/s2")
    for axis, channel in enumerate(SHIFT_CHANNELS):
        limits = channel_limits(channel)
        shift = evidence.controls.head_shift_iod[:, axis].astype(np.float64)
        speeds = (limits.soft_speed, limits.hard_speed)
        found += _too_fast(evidence, channel, np.abs(np.diff(shift)) / step, speeds, "iod/s")
    return found


def _is_flash(event: PlannedEvent, lasts_s: float) -> bool:
    """Return True for a brow flash, whose own duration is known (brow.flash.range)."""
    return {t.channel for t in event.targets} == {"AU01", "AU02"} and lasts_s <= _FLASH_MAX_S


def expression_duration(evidence: Evidence) -> list[Violation]:
    """Expressions last 0.5 to 4 s, 0.15 to 15 s at the most, onset to offset (MICRO).

    What an instruction holds may last; a brow flash may be as short as flashes are.
    """
    if evidence.plan is None:
        return []
    found: list[Violation] = []
    for event in evidence.plan.of_kind(EventKind.EXPRESSION, EventKind.LAUGH):
        lasts = event.onset_s + event.hold_s + event.offset_s
        if event.origin == "instruction" or not event.targets:
            continue
        for severity, (low, high) in _LASTING_S.items():
            if low <= lasts <= high or (severity == "soft" and _is_flash(event, lasts)):
                continue
            bound = low if lasts < low else high
            text = f"lasts {lasts:.2f} s, expected {low:g} to {high:g} s"
            channel = event.targets[0].channel
            found.append(
                planned(event, "expression_duration", severity, channel, (lasts, bound, text))
            )
            break
    return found


def perclos(closure: NDArray[np.floating]) -> float:
    """Return the share of rows in which both lids are more than 80 % closed (P80, ABE23)."""
    return float((closure.min(axis=1) > _PERCLOS_CLOSED).mean()) if len(closure) else float("nan")
