"""The measures of a benchmark: how each is called, printed, and which way is better.

`rim` and `hub` are where a measure touches the outside and the center of the radar chart. They are
fixed, as its axes are (``RADAR``), so that charts of different days can be laid side by side; where
a measure has no worst value the hub is our choice, about what a face that has nothing to do with
the real one gets.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Better(StrEnum):
    """Which way a measure is better."""

    HIGHER = "higher"
    LOWER = "lower"
    UNKNOWN = "unknown"

    @property
    def arrow(self) -> str:
        """As a sign beside a name."""
        return {"higher": "↑", "lower": "↓"}.get(self, "")


class Group(StrEnum):
    """What a measure looks at."""

    EYES = "eyes"
    HEAD = "head"
    PICTURE = "picture"
    IDENTITY = "identity"
    STANDARD = "standard"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Measure:
    """One measure."""

    key: str  # in ClipRow.scores
    name: str
    group: Group
    better: Better
    digits: int  # after the point
    unit: str = ""
    rim: float = (
        math.nan
    )  # value at the outside of the radar chart, if it has an axis; the best one
    hub: float = math.nan  # value at its center
    ours: bool = False  # defined by us: not to be compared with figures of others
    main: bool = False  # among those that are looked at first

    @property
    def title(self) -> str:
        """Name and direction."""
        return f"{self.name} {self.better.arrow}".rstrip()

    def shown(self, value: float) -> str:
        """Return a value with the measure's digits; a dash for NaN."""
        if not math.isfinite(value):
            return "–"
        return f"{round(value, self.digits) + 0.0:.{self.digits}f}"  # no minus before zeros

    def outward(self, value: float) -> float:
        """Return where a value is in the radar chart: 0 center, 1 outside, and not beyond."""
        return min(max((value - self.hub) / (self.rim - self.hub), 0.0), 1.0)

    def badness(self, value: float) -> float:
        """Return what is greater the worse a value is; NaN where no way is better."""
        return {Better.HIGHER: -value, Better.LOWER: value}.get(self.better, math.nan)


def _share(
    key: str, name: str, group: Group, *, ours: bool = False, main: bool = False, digits: int = 3
) -> Measure:
    """Return a measure of 0 to 1 of which more is better."""
    return Measure(key, name, group, Better.HIGHER, digits, "", 1.0, 0.0, ours, main)


_E, _H, _P, _I, _S = Group.EYES, Group.HEAD, Group.PICTURE, Group.IDENTITY, Group.STANDARD
_UP, _DOWN = Better.HIGHER, Better.LOWER

MEASURES: Final[tuple[Measure, ...]] = (
    _share("au_f1", "AU-F1", _E, ours=True, main=True),
    _share("au_f1_frame", "AU-F1-frame", _E, ours=True),
    _share("au_temp", "AU-Temp", _E, ours=True, main=True),
    _share("au_temp_strict", "AU-Temp-strict", _E, ours=True),
    Measure("eye_lmd", "Eye-LMD", _E, _DOWN, 4, "", 0.0, 0.1, ours=True, main=True),
    Measure("gaze_error_deg", "Gaze error", _E, _DOWN, 2, "deg", 0.0, 20.0, main=True),
    _share("gaze_ccc", "Gaze CCC", _E),
    _share("closure_ccc", "Closure CCC", _E),
    _share("blink_f1", "Blink F1", _E, ours=True, main=True),
    Measure("head_error_deg", "Head error", _H, _DOWN, 2, "deg", 0.0, 20.0, main=True),
    _share("head_ccc", "Head CCC", _H),
    _share("coverage", "Coverage", _H, ours=True),
    Measure("border_flicker", "Border flicker", _P, _DOWN, 2, "of 255", 0.0, 8.0, ours=True),
    Measure("color_shift", "Color shift", _P, _DOWN, 2, "CIEDE2000", 0.0, 10.0, ours=True),
    _share("ssim", "SSIM", _P),
    Measure("psnr", "PSNR", _P, _UP, 2, "dB", 40.0, 10.0),
    _share("id_sim", "ID-Sim", _I),  # of an unnamed network
    _share("id_sim_dlib", "ID-Sim (dlib)", _I),
    _share("id_sim_arcface", "ID-Sim (ArcFace)", _I),
    Measure("brisque", "BRISQUE", _S, _DOWN, 2, "", 0.0, 80.0),
    _share("dsl_fiqa", "DSL-FIQA", _S, digits=4),
    Measure("lpips", "LPIPS", _S, _DOWN, 4, "", 0.0, 0.4),
    Measure("fid", "FID", _S, _DOWN, 2, "", 0.0, 150.0),
    Measure("fvd", "FVD", _S, _DOWN, 2, "", 0.0, 300.0),
    Measure("sync_c", "Sync-C", _S, _UP, 2, "", 10.0, 0.0),
)
BY_KEY: Final[Mapping[str, Measure]] = MappingProxyType({m.key: m for m in MEASURES})

RADAR: Final[tuple[Measure, ...]] = tuple(
    BY_KEY[key]
    for key in (
        "au_f1", "au_temp", "eye_lmd", "gaze_error_deg", "blink_f1", "head_error_deg",
        "border_flicker", "color_shift", "ssim", "psnr", "id_sim_dlib", "brisque",
    )
)  # fmt: skip

# Standard measures have their place in every report, also without a number; what `--measure` calls
# those that look at every frame, which are measured where they are asked for.
ABSENT: Final[Mapping[str, str]] = MappingProxyType({
    "id_sim_dlib": "", "id_sim_arcface": "", "brisque": "", "dsl_fiqa": "dsl-fiqa", "lpips": "",
    "fid": "fid", "fvd": "fvd", "sync_c": "sync-c",
})  # fmt: skip
# What every clip has that is scored: it needs no networks.
OF_CLIPS: Final = tuple(m.key for m in MEASURES if m.key not in ABSENT and m.key != "id_sim")
OF_RUNS: Final = frozenset({"fid", "fvd"})  # and of no single clip


def measure_of(key: str) -> Measure:
    """Return a measure; one that is not known stands under its own name, no way better."""
    return BY_KEY.get(key) or Measure(key, key, Group.OTHER, Better.UNKNOWN, 4)


def measures_of(keys: Iterable[str]) -> tuple[Measure, ...]:
    """Return the measures of keys, each once: known ones as in ``MEASURES``, then others.

    Others are by name.
    """
    wanted = set(keys)
    known = [m for m in MEASURES if m.key in wanted]
    return (*known, *(measure_of(key) for key in sorted(wanted - BY_KEY.keys())))
