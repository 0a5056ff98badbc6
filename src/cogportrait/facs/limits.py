"""Physical constants, ranges and speeds, each with its unit and source.

Everything is read from ``physiology.json`` beside this module: our own data file, with an address
for each source and an honest ``basis`` for each number (read in a source, computed, textbook, or an
engineering prior; the latter are argued in ``docs/assumptions.md``).

AU intensities are 0..5 in the file, as FACS coders write them, and 0..1 in every array of this
package (``AU_SCALE``).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Any, Final

from cogportrait.facs.channels import AU_CHANNELS, CHANNEL_INDEX

AU_SCALE: Final = 5.0  # FACS A..E = 1..5 outside, 0.2..1.0 inside


@dataclass(frozen=True, slots=True)
class Quantity:
    """One number of the literature, as the data file gives it.

    Only the fields that the source states are set: a plain number is `value`, a normal one `mean`
    and `sd`, a range `low` and `high`, a table by name `parts`, a rule in words `text`.
    """

    name: str
    unit: str
    source: str  # key into `sources()`
    basis: str  # sourced, derived, textbook_unverified or engineering_prior
    verified: bool  # the number was read in the source itself
    note: str = ""
    value: float | None = None
    mean: float | None = None
    sd: float | None = None
    low: float | None = None
    high: float | None = None
    parts: Mapping[str, float] = field(default_factory=dict[str, float])
    items: tuple[float, ...] = ()
    text: str = ""

    @property
    def number(self) -> float:
        """The value, else the mean, else the middle of the range.

        Raises
        ------
        ValueError
            The quantity is a table or a rule in words.
        """
        if self.value is not None:
            return self.value
        if self.mean is not None:
            return self.mean
        if self.low is not None and self.high is not None:
            return (self.low + self.high) / 2
        raise ValueError(f"{self.name}: expected a number, the data file has {self.text!r}")

    @property
    def span(self) -> tuple[float, float]:
        """The range (low, high).

        Raises
        ------
        ValueError
            The quantity states none.
        """
        if self.low is None or self.high is None:
            raise ValueError(f"{self.name}: the data file states no range")
        return self.low, self.high


@dataclass(frozen=True, slots=True)
class Source:
    """Where a number was read."""

    key: str
    cite: str
    url: str  # "none" when the reading is not public


@dataclass(frozen=True, slots=True)
class ChannelLimits:
    """How far and how fast one channel can go; soft = comfortable, hard = humanly possible."""

    channel: str
    unit: str
    soft: tuple[float, float]
    hard: tuple[float, float]
    soft_speed: float  # unit per second
    hard_speed: float  # unit per second
    source: str


@cache
def document() -> Mapping[str, Any]:
    """Return the whole data file; other modules use the typed accessors below."""
    text = resources.files("cogportrait.facs").joinpath("physiology.json").read_text("utf-8")
    return MappingProxyType(json.loads(text))


def _numbers(raw: Mapping[str, Any]) -> dict[str, float]:
    return {k: float(v) for k, v in raw.items() if isinstance(v, int | float)}


def quantity(name: str, entry: Mapping[str, Any]) -> Quantity:
    """Build a `Quantity` from one entry of the data file."""
    raw = entry["value"]
    common = (name, entry["unit"], entry["source"], entry["basis"], bool(entry["verified"]))
    note = entry.get("note", "")
    if isinstance(raw, bool | str):
        return Quantity(*common, note=note, text=str(raw))
    if isinstance(raw, int | float):
        return Quantity(*common, note=note, value=float(raw))
    if isinstance(raw, list):
        numbers = tuple(float(v) for v in raw if isinstance(v, int | float))
        return Quantity(*common, note=note, items=numbers, text=str(raw))
    known = _numbers(raw)
    return Quantity(
        *common,
        note=note,
        mean=known.get("mean"),
        sd=known.get("sd"),
        low=known.get("min"),
        high=known.get("max"),
        parts=MappingProxyType(known),
        text=str(raw),
    )


@cache
def constants() -> Mapping[str, Quantity]:
    """Return every constant of the data file (physiology, FACS rules, sampling) by name."""
    found: dict[str, Quantity] = {}
    for section in ("constants", "facs_rules", "sampling"):
        found |= {name: quantity(name, entry) for name, entry in document()[section].items()}
    return MappingProxyType(found)


def constant(name: str) -> Quantity:
    """Return one constant: ``constant("saccade.duration.slope").number == 2.2`` ms per degree.

    Raises
    ------
    KeyError
        The data file has no such constant.
    """
    return constants()[name]


@cache
def sources() -> Mapping[str, Source]:
    """Return where the numbers come from, by key."""
    entries = document()["sources"]
    return MappingProxyType({k: Source(k, e["cite"], e["url"]) for k, e in entries.items()})


# Gaze is per eye and relative to the head; "in" is not told apart from "out" because the sourced
# difference (0.7 degrees) is far below the spread over people.
_EYE = constant("omr.hard_limit").parts
_EYE_SOFT = constant("omr.comfort_soft").parts
_HEAD = constant("head.hard_limit").parts
_HEAD_SOFT = constant("head.portrait_soft_limit").parts
_HEAD_SPEED = constant("head.hard.velocity").parts
_HEAD_SPEED_SOFT = constant("head.soft.velocity").parts

EYE_YAW_HARD_DEG: Final = _EYE["horizontal"]
EYE_UP_HARD_DEG: Final = _EYE["up"]
EYE_DOWN_HARD_DEG: Final = _EYE["down"]
EYE_SPEED_HARD_DEG_S: Final = constant("saccade.vpeak.hard_max").number
EYE_SPEED_SOFT_DEG_S: Final = constant("saccade.vpeak.asymptote").number
HEAD_ACCELERATION_SOFT_DEG_S2: Final = constant("head.soft.acceleration").number
HEAD_ACCELERATION_HARD_DEG_S2: Final = constant("head.hard.acceleration").number
AU_RATE_SOFT_S: Final = constant("AU.rate.soft").number / AU_SCALE
AU_RATE_HARD_S: Final = constant("AU.rate.hard").number / AU_SCALE
HEAD_SHIFT_HARD_IOD: Final = 0.5  # a lean; beyond it the portrait's framing breaks (assumption)
HEAD_SHIFT_SOFT_IOD: Final = 0.25
HEAD_SHIFT_SPEED_HARD_IOD_S: Final = 4.0  # about 25 cm/s (assumption)

PORTRAIT_YAW_DEG: Final = _HEAD_SOFT["yaw"]
PORTRAIT_UP_DEG: Final = _HEAD_SOFT["pitch_up"]
PORTRAIT_DOWN_DEG: Final = _HEAD_SOFT["pitch_down"]
PORTRAIT_ROLL_DEG: Final = _HEAD_SOFT["roll"]


def _au_limits(channel: str) -> ChannelLimits:
    if channel.startswith("AU43"):  # lids: the fastest closing of the lid main sequence
        fastest = constant("minjerk.peak_velocity").number * 1000
        fastest /= constant("blink.hard.closing_min").number
        return ChannelLimits(channel, "0..1", (0, 1), (0, 1), fastest, fastest, "FACS02")
    return ChannelLimits(channel, "0..1", (0, 1), (0, 1), AU_RATE_SOFT_S, AU_RATE_HARD_S, "PRIOR")


def _gaze_limits(channel: str) -> ChannelLimits:
    if "yaw" in channel:
        soft = (-_EYE_SOFT["horizontal"], _EYE_SOFT["horizontal"])
        hard = (-EYE_YAW_HARD_DEG, EYE_YAW_HARD_DEG)
    else:
        soft = (-_EYE_SOFT["down"], _EYE_SOFT["up"])
        hard = (-EYE_DOWN_HARD_DEG, EYE_UP_HARD_DEG)
    return ChannelLimits(
        channel, "deg", soft, hard, EYE_SPEED_SOFT_DEG_S, EYE_SPEED_HARD_DEG_S, "KIM19"
    )


def _head_limits(channel: str) -> ChannelLimits:
    axis = channel.removeprefix("head_")
    if axis in ("x", "y", "z"):
        soft = (-HEAD_SHIFT_SOFT_IOD, HEAD_SHIFT_SOFT_IOD)
        hard = (-HEAD_SHIFT_HARD_IOD, HEAD_SHIFT_HARD_IOD)
        speed = HEAD_SHIFT_SPEED_HARD_IOD_S
        return ChannelLimits(channel, "iod", soft, hard, speed / 2, speed, "PRIOR")
    if axis == "pitch":
        soft = (-_HEAD_SOFT["pitch_down"], _HEAD_SOFT["pitch_up"])
        hard = (-_HEAD["pitch_down"], _HEAD["pitch_up"])
    else:
        soft = (-_HEAD_SOFT[axis], _HEAD_SOFT[axis])
        hard = (-_HEAD[axis], _HEAD[axis])
    return ChannelLimits(
        channel, "deg", soft, hard, _HEAD_SPEED_SOFT[axis], _HEAD_SPEED[axis], "FER02"
    )


@cache
def channel_limits(channel: str) -> ChannelLimits:
    """Return the range and speed of one channel of ``facs.channels.CHANNELS``.

    Raises
    ------
    KeyError
        No such channel.
    """
    if channel not in CHANNEL_INDEX:
        raise KeyError(channel)
    if channel in AU_CHANNELS:
        return _au_limits(channel)
    return _gaze_limits(channel) if channel.startswith("gaze") else _head_limits(channel)
