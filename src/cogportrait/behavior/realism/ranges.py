"""In which range a quantity of a label is to lie, and where that range is from.

Three rules make a range of what the data file has (docs/realism.md):

``stated``
    The file gives a least and a greatest value; they stand.
``2 sd``
    It gives a mean and a standard deviation: mean +- 2 of them.
``tolerance``
    It gives one number: shares of time or of events +- 0.15, within 0..1.

A range that follows from others says so: ``derived``. Nothing else makes a range; a quantity for
which the file has nothing is measured and not judged.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from cogportrait.behavior.expectations import SHARE_SPREAD
from cogportrait.behavior.kinematics import saccade_line_s
from cogportrait.behavior.labels import LabelPriors, priors
from cogportrait.behavior.realism.quantities import RATED
from cogportrait.facs.limits import Quantity, constant, document

SDS: Final = 2.0  # of a range around a mean: 95 % of a normal distribution


class Rule(StrEnum):
    """How a range came about."""

    STATED = "stated"
    TWO_SD = "2 sd"
    TOLERANCE = "tolerance"
    DERIVED = "derived"


@dataclass(frozen=True, slots=True)
class Range:
    """Where a quantity is expected; an open end is infinite."""

    low: float
    high: float
    rule: Rule
    source: str  # key of ``facs.limits.sources``
    published: bool  # the numbers were read in a publication; else they are our own priors
    prior: str  # name in the data file
    how: str = ""  # what was done to it, if anything
    mean: float = float("nan")
    own: bool = False  # the label's own prior, not one that holds for everybody

    def holds(self, value: float) -> bool:
        """Return whether a value lies inside."""
        return self.low <= value <= self.high


def range_of(quantity: Quantity, scale: float = 1.0) -> Range:
    """Return the range that a prior makes, times `scale`."""
    published = quantity.basis in ("sourced", "derived")
    mean = quantity.number * scale
    if quantity.low is not None and quantity.high is not None:
        low, high, rule = quantity.low * scale, quantity.high * scale, Rule.STATED
    elif quantity.sd is not None:
        spread = SDS * quantity.sd * scale
        low, high, rule = mean - spread, mean + spread, Rule.TWO_SD
    else:
        low, high = max(mean - SHARE_SPREAD, 0.0), min(mean + SHARE_SPREAD, 1.0)
        rule = Rule.TOLERANCE
    return Range(low, high, rule, quantity.source, published, quantity.name, mean=mean)


def _part(quantity: Quantity, key: str) -> Range:
    """Return the range of one share of a table of shares."""
    mean = quantity.parts[key]
    low, high = max(mean - SHARE_SPREAD, 0.0), min(mean + SHARE_SPREAD, 1.0)
    return Range(
        low, high, Rule.TOLERANCE, quantity.source, False, quantity.name, how=key, mean=mean
    )  # fmt: skip


def _derived(low: float, high: float, of: Quantity, how: str) -> Range:
    published = of.basis in ("sourced", "derived")
    return Range(low, high, Rule.DERIVED, of.source, published, of.name, how)


def ranges(label: str, *, speaking: bool) -> Mapping[str, Range]:
    """Return the ranges of a label's quantities, by the names of ``quantities.measured``.

    Raises
    ------
    KeyError
        Not one of ``labels.LABELS``.
    """
    found = priors(label)
    made = {
        **_blinks(found, speaking),
        **_lids(found),
        **_saccades(label),
        **_looks(found, speaking),
        **_units(found),
        **_head(found, speaking),
        **_own(found, speaking),
    }
    names = document()["labels"][label]["priors"]
    return {name: replace(one, own=one.prior in names) for name, one in made.items()}


def _blinks(found: LabelPriors, speaking: bool) -> dict[str, Range]:
    rate = found.blink_rate(speaking=speaking)
    if rate.low is None:  # neutral: one number; the study of that state gives a range (DOU01)
        rate = constant(f"blink.rate.ci95.{'conversation' if speaking else 'primary_gaze'}")
    of_rate = range_of(rate)
    return {
        "blink rate": of_rate,
        "blink interval": _derived(60 / of_rate.high, 60 / of_rate.low, rate, "60 / rate"),
        "blink interval skewness": _derived(
            constant("blink.ibi.skewness_min").number, float("inf"),
            constant("blink.ibi.skewness_min"), "",
        ),
        "blink interval log sd": range_of(constant("blink.ibi.within_person_lognormal_sigma")),
        "double blinks": range_of(constant("blink.double_share")),
    }  # fmt: skip


def _lids(found: LabelPriors) -> dict[str, Range]:
    own, drowsy = found.others, found.label == "drowsiness"
    slope, band = (
        constant("lid.main_sequence.closing_slope"),
        constant("lid.main_sequence.tolerance"),
    )
    slowest = constant("check.lid_main_sequence.drowsy_min").number if drowsy else band.span[0]
    phases = {
        f"blink {name}": range_of(own.get(f"blink.{key}") or constant(f"blink.prior.{key}"))
        for name, key in (("closing", "closing"), ("held", "closed"), ("reopening", "opening"))
    }
    closed = own.get("perclos_P80")
    alert = constant("drowsy.perclos.threshold")
    values = {
        **phases,
        "blink total": range_of(found.blink_total),
        "complete blinks": range_of(constant("blink.visible_complete_share_prior")),
        "partial closure": range_of(constant("blink.common_partial_closure")),
        "lid speed": _derived(
            slowest * slope.number, band.span[1] * slope.number, band, "x closing_slope"
        ),
        "PERCLOS P80": range_of(closed)
        if closed
        else _derived(0.0, alert.number, alert, "below it"),
    }
    if drowsy:
        values["long blinks"] = range_of(constant("drowsy.blink.share_gt_400ms"))
    return values


_VELOCITIES: Final = (
    ("5° sideways", "h5deg"), ("15° sideways", "h15deg"), ("30° sideways", "h30deg"),
    ("5° up or down", "v5deg"), ("10° up or down", "v10deg"), ("20° up or down", "v20deg"),
)  # fmt: skip


def _saccades(label: str) -> dict[str, Range]:
    """Return the main sequence; drowsy eyes are slower by a factor of the file."""
    slower = 1.0
    if label == "drowsiness":
        slower = constant("drowsy.saccade_velocity_factor").span[0]
    values: dict[str, Range] = {}
    for name, key in _VELOCITIES:
        alert = range_of(constant(f"saccade.vpeak.{key}"))
        values[f"peak velocity, {name}"] = replace(alert, low=slower * alert.low)
    line, band = constant("saccade.duration.line"), constant("saccade.duration.tolerance").span
    for size in (5.0, 10.0, 20.0):
        on = 1000 * float(saccade_line_s(size))
        values[f"saccade duration, {size:g}°"] = Range(
            band[0] * on, band[1] * on / slower, Rule.DERIVED, line.source, True,
            line.name, "x saccade.duration.tolerance", on,
        )  # fmt: skip
    return values


_ON_PARTNER: Final = ("gaze_on_partner", "gaze_on_partner.thinking", "gaze_fixate_event")
_GAZE_OF_THEIR_OWN: Final = ("gaze_on_threat_or_scan", "gaze_down_share", "gaze_averted_share",
                             "sem.frequency")  # fmt: skip
_LOOKS: Final = (
    ("gaze lowered", "gaze_down_share"), ("lowered by", "gaze_down_angle"),
    ("looks away", "aversion.rate"), ("look away length", "aversion.duration"),
    ("look away size", "aversion.amplitude"), ("fixation elsewhere", "fixation_in_aversion"),
    ("stay on partner", "furtive_glance.duration"), ("saccade rate", "saccade_rate"),
)  # fmt: skip


def _looks(found: LabelPriors, speaking: bool) -> dict[str, Range]:
    own, manner = found.others, "speaking" if speaking else "listening"
    values = {name: range_of(own[key]) for name, key in _LOOKS if key in own}
    on = next((own[key] for key in _ON_PARTNER if key in own), None)
    if "gaze_averted_share" in own:
        away = range_of(own["gaze_averted_share"])
        values["gaze on partner"] = _derived(
            1 - away.high, 1 - away.low, own["gaze_averted_share"], "1 - share"
        )
    elif on is None and not any(key in own for key in _GAZE_OF_THEIR_OWN):
        on = priors("neutral").other(f"gaze_on_partner.{manner}")
    if on is not None:
        values["gaze on partner"] = range_of(on)
    if f"aversion.rate.{manner}" in own:
        values["looks away"] = range_of(own[f"aversion.rate.{manner}"])
    if (odds := own.get("aversion.direction")) is not None:
        keys = {key.split("_")[0]: key for key in odds.parts}
        for name, key in (("aside", "side"), ("up", "up"), ("down", "down")):
            values[f"looks away {name}"] = _part(odds, keys[key])
    stare = own.get("fixation_bout") or constant("fixation.on_partner_face")
    values["fixation on partner"] = range_of(stare, 1.0 if stare.unit == "s" else 1e-3)
    return values


def _units(found: LabelPriors) -> dict[str, Range]:
    values: dict[str, Range] = {}
    for number, quantity in found.aus.items():
        shown = 10 if number == 9 else number  # AU9 is no channel, its neighbor is
        if shown in RATED:
            values[f"AU{shown:02d}"] = range_of(quantity)
        elif shown == 43:
            # Of laughter the closure is of the peaks, not of the time between them.
            place = "at most" if "bout_duration" in found.others else "at rest"
            values[f"AU43 {place}"] = range_of(quantity)
    for name, key in (
        ("AU14+24", "AU14_24.intensity"),
        ("AU01+02", "AU1_2_compensatory.intensity"),
        ("brow flash", "AU1_2_flash.intensity"),
        ("brow flashes", "brow_flash.rate"),
    ):
        if key in found.others:
            values[name] = range_of(found.others[key])
    return values


def _head(found: LabelPriors, speaking: bool) -> dict[str, Range]:
    own, manner = found.others, "speaking" if speaking else "listening"
    speed, reach = constant("head.soft.velocity"), constant("head.portrait_soft_limit")
    values = {
        f"head speed, {axis}": _derived(0.0, speed.parts[axis], speed, axis)
        for axis in ("yaw", "pitch", "roll")
    }
    for name, key in (("yaw", "yaw"), ("roll", "roll"), ("down", "pitch_down"), ("up", "pitch_up")):
        values[f"head reach, {name}"] = _derived(0.0, reach.parts[key], reach, key)
    for name, keys in (
        ("head pitch", ("head.pitch_bias", "head.pitch_down")),
        ("head pitch, raised", ("head.back_pitch_up",)),
        ("head roll", ("head.roll", "head.tilt")),
        ("head turned away", ("head.yaw_away",)),
    ):
        prior = next((own[key] for key in keys if key in own), None)
        if prior is not None:
            values[name] = range_of(prior)
    usual = priors("neutral").other(f"head.motion_rms.{manner}")
    if found.label == "neutral":
        values["head motion"] = range_of(usual)
    elif (factor := own.get("head.motion_factor")) is not None:
        (a, b), (low, high) = factor.span, usual.span
        values["head motion"] = _derived(a * low, b * high, usual, "x head.motion_factor")
    return values


_OWN: Final = (
    ("laughs", "bouts_when_label_set"), ("laugh length", "bout_duration"),
    ("eyes shut in laughs", "eyes_closed_share_in_bout"),
    ("slow closures", "slow_closure.rate"), ("slow closures", "sigh_or_slow_closure"),
    ("slow closure length", "slow_closure.duration"), ("microsleeps", "microsleep.rate"),
    ("head falls", "head_nod.rate"), ("head fall", "head_nod.fall"),
    ("head fall time", "head_nod.fall_time"), ("nods", "head.nods"),
)  # fmt: skip


def _own(found: LabelPriors, speaking: bool) -> dict[str, Range]:
    own = found.others
    values = {name: range_of(own[key]) for name, key in _OWN if key in own}
    nods = own.get(f"nods.{'speaking' if speaking else 'listening'}")
    return values if nods is None else {**values, "nods": range_of(nods)}
