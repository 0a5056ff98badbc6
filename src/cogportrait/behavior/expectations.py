"""What the priors of a label let one expect of the statistics of a clip.

Where a label's priors say nothing of a feature, the expectation is that of a calm, attentive face:
no action unit, eyes open and on the partner, head straight. Spreads without a source are our
definition (docs/assumptions.md).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Final

from cogportrait.behavior.labels import LabelPriors, priors
from cogportrait.facs.limits import AU_SCALE, Quantity

ABSENT_AU_SPREAD: Final = 0.10  # of an action unit that the label does not have, 0..1
SHARE_SPREAD: Final = 0.15  # of shares of time without a spread
CLOSED_SPREAD: Final = 0.04  # of the share of shut eyes of who is awake
PITCH_SPREAD_DEG: Final = 4.0  # of gaze and head
YAW_SPREAD_DEG: Final = 4.0
ROLL_SPREAD_DEG: Final = 2.5
SHIFTS_HZ: Final = (0.6, 0.5)  # of 3 degrees or more, mean and spread, calm
_SPREAD_OF_MEAN: Final = 0.3  # spread of a number that is given without one


@dataclass(frozen=True, slots=True)
class Expectation:
    """One feature: its mean and spread (standard deviation), in the feature's unit."""

    mean: float
    spread: float


def _of(quantity: Quantity, least: float, scale: float = 1.0) -> Expectation:
    """Return a prior's mean and spread, divided by `scale`; the spread is at least `least`."""
    number = quantity.number
    spread = quantity.sd
    if spread is None and quantity.low is not None and quantity.high is not None:
        spread = (quantity.high - quantity.low) / 4  # the range as 4 standard deviations
    if spread is None:
        spread = _SPREAD_OF_MEAN * abs(number)
    return Expectation(number / scale, max(spread / scale, least))


def _first(found: LabelPriors, names: tuple[str, ...]) -> Quantity | None:
    """Return the label's own prior of the first of these names that it has."""
    return next((found.others[n] for n in names if n in found.others), None)


def _action_units(found: LabelPriors) -> dict[str, Expectation]:
    none = Expectation(0.0, ABSENT_AU_SPREAD)
    out = {f"AU{n:02d}": none for n in (1, 2, 4, 5, 6, 7, 10, 12)}
    for number, quantity in found.aus.items():
        shown = 10 if number == 9 else number  # AU9 is no channel, its neighbor is (AU10)
        if f"AU{shown:02d}" in out:
            out[f"AU{shown:02d}"] = _of(quantity, ABSENT_AU_SPREAD, AU_SCALE)
    pressed = found.others.get("AU14_24.intensity")
    out["AU14+24"] = _of(pressed, ABSENT_AU_SPREAD / 2, AU_SCALE) if pressed else none
    lowered = found.aus.get(43)
    # Of laughter the closure is of the peaks, not of the time between them.
    rests = lowered if lowered is not None and "bout_duration" not in found.others else None
    out["resting closure"] = _of(rests, ABSENT_AU_SPREAD, AU_SCALE) if rests else none
    return out


def _eyes(found: LabelPriors, speaking: bool) -> dict[str, Expectation]:
    closed = found.others.get("perclos_P80")
    blinks = found.blink_rate(speaking=speaking)
    return {
        "closed share": _of(closed, CLOSED_SPREAD) if closed else Expectation(0.02, CLOSED_SPREAD),
        "blinks a minute": _of(blinks, 1.0),
        "averted share": _averted(found, speaking),
        "gaze pitch": _gaze_pitch(found),
        "gaze shifts a second": Expectation(*SHIFTS_HZ),
    }


def _averted(found: LabelPriors, speaking: bool) -> Expectation:
    """Return the share of time that gaze is off the partner: 1 less the share on it."""
    away = _first(found, ("gaze_averted_share", "gaze_down_share"))
    if away is not None:
        return _of(away, SHARE_SPREAD)
    usual = f"gaze_on_partner.{'speaking' if speaking else 'listening'}"
    names = ("gaze_on_partner", "gaze_on_partner.thinking", "gaze_fixate_event", usual)
    on = _first(found, names)
    share = _of(on or priors("neutral").other(usual), SHARE_SPREAD)
    return Expectation(1 - share.mean, min(share.spread, 0.25))


def _gaze_pitch(found: LabelPriors) -> Expectation:
    """Return the mean of (averted share x pitch of averted gaze), degrees, up positive."""
    down = found.others.get("gaze_down_angle")
    if down is None:
        return Expectation(0.0, PITCH_SPREAD_DEG)
    return Expectation(-down.number * found.other("gaze_down_share").number, PITCH_SPREAD_DEG)


def _head(found: LabelPriors) -> dict[str, Expectation]:
    pitch = _first(found, ("head.pitch_bias", "head.pitch_down", "head.back_pitch_up"))
    yaw = _first(found, ("head.yaw_away",))
    roll = _first(found, ("head.roll", "head.tilt"))
    none = {"yaw": YAW_SPREAD_DEG, "pitch": PITCH_SPREAD_DEG, "roll": ROLL_SPREAD_DEG}
    return {
        f"head {axis}": Expectation(0.0, none[axis]) if q is None else _of(q, none[axis])
        for axis, q in (("yaw", yaw), ("pitch", pitch), ("roll", roll))
    }


def _laughing(found: LabelPriors) -> Expectation:
    """Return the share of the time in a laugh: bouts a minute times their length."""
    bouts = found.others.get("bouts_when_label_set")
    if bouts is None:
        return Expectation(0.0, CLOSED_SPREAD)
    share = bouts.number * found.other("bout_duration").number / 60
    return Expectation(max(share, 0.5), 0.3)  # a clip of a laugh is cut around its bouts


@cache
def expectations(label: str, *, speaking: bool = False) -> Mapping[str, Expectation]:
    """Return what is expected of a label, by feature (see ``signature.features``).

    Who is `speaking` blinks more and looks at the partner less than who listens.

    Raises
    ------
    KeyError
        Not one of ``labels.LABELS``.
    """
    found = priors(label)
    return MappingProxyType(
        {
            **_action_units(found),
            **_eyes(found, speaking),
            **_head(found),
            "laugh share": _laughing(found),
        }
    )
