"""What the ruler is tried with: perturbations, how strong, and what scores ought to do then."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

# Scores that are tried, keys of cogportrait.bench.measures.
SHARES: Final = (
    "au_f1", "au_f1_frame", "au_temp", "au_temp_strict", "gaze_ccc", "closure_ccc", "head_ccc",
    "blink_f1",
)  # fmt: skip
ERRORS: Final = ("gaze_error_deg", "head_error_deg", "eye_lmd")
SCORES: Final = (*SHARES, *ERRORS)


class Family(StrEnum):
    """Kinds of perturbations; the value is how tables call them."""

    SAME = "nothing"
    DELAY = "delay, s"
    WEAKER = "movement times (weaker)"
    STRONGER = "movement times (stronger)"
    BLINKS = "share of blinks dropped"
    SIDES = "sides swapped"
    MIRRORED = "mirrored"
    SHUFFLED = "frames shuffled"
    OTHER = "another clip"
    DELAY_PX = "pixels: delay, s"
    MIRRORED_PX = "pixels: mirrored"
    SHUFFLED_PX = "pixels: frames shuffled"
    BACK_PX = "pixels: mirrored, reading mirrored back"
    SIZE = "pixels: resolution times"
    CRF = "pixels: H.264, crf"
    LIGHT = "pixels: levels times"
    BLUR = "pixels: blur, sigma px"
    RATE = "pixels: every second frame"


class Ought(StrEnum):
    """What a score ought to do."""

    MOVE = "move"
    STAY = "stay"
    FREE = ""  # it depends on the clip, or nobody asks


@dataclass(frozen=True, slots=True)
class Case:
    """A perturbation of one strength."""

    family: Family
    level: float  # in the family's unit; 0 where there is none

    @property
    def name(self) -> str:
        """As tables have it."""
        return f"{self.family.value} {self.level:g}" if self.level or self.graded else (
            self.family.value
        )  # fmt: skip

    @property
    def graded(self) -> bool:
        """Whether the family has strengths."""
        return len(LEVELS[self.family]) > 1


# Levels from nothing to most, so that scores ought to fall from one to the next.
LEVELS: Final[Mapping[Family, tuple[float, ...]]] = MappingProxyType({
    Family.SAME: (0.0,),
    Family.DELAY: (0.04, 0.08, 0.12, 0.2, 0.32, 0.5, 0.75, 1.0),
    Family.WEAKER: (0.9, 0.75, 0.5, 0.25, 0.0),
    Family.STRONGER: (1.1, 1.25, 1.5),
    Family.BLINKS: (0.25, 0.5, 0.75, 1.0),
    Family.SIDES: (0.0,),
    Family.MIRRORED: (0.0,),
    Family.SHUFFLED: (0.0,),
    Family.OTHER: (0.0,),
    Family.DELAY_PX: (0.2,),
    Family.MIRRORED_PX: (0.0,),
    Family.SHUFFLED_PX: (0.0,),
    Family.BACK_PX: (0.0,),
    Family.SIZE: (0.7, 0.5),
    Family.CRF: (23.0, 28.0, 35.0),
    Family.LIGHT: (0.7, 1.3),
    Family.BLUR: (1.0,),
    Family.RATE: (0.0,),
})  # fmt: skip
INVARIANT: Final = (
    Family.BACK_PX, Family.SIZE, Family.CRF, Family.LIGHT, Family.BLUR, Family.RATE,
)  # fmt: skip
SENSITIVE: Final = tuple(f for f in Family if f not in (Family.SAME, *INVARIANT))
ORDERED: Final = (Family.DELAY, Family.WEAKER, Family.STRONGER, Family.BLINKS)

_NOT_LANDMARKS: Final = (Family.BLINKS, Family.SIDES)  # which leave them as they are
_TIMES: Final = ("au_f1_frame", "au_temp", "au_temp_strict", *SHARES[4:], *ERRORS)


def _moves(*keys: str, stay: tuple[str, ...] = ()) -> Mapping[str, Ought]:
    return {**dict.fromkeys(keys, Ought.MOVE), **dict.fromkeys(stay, Ought.STAY)}


_EXPECTED: Final[Mapping[Family, Mapping[str, Ought]]] = MappingProxyType({
    # AU-F1 asks what is shown, not when.
    Family.DELAY: _moves(*_TIMES, stay=("au_f1",)),
    Family.WEAKER: _moves(*SCORES),
    Family.STRONGER: _moves(
        "au_f1_frame", "au_temp", "au_temp_strict", "gaze_ccc", "closure_ccc", "head_ccc", *ERRORS
    ),
    Family.BLINKS: _moves(
        "au_f1", "au_f1_frame", "au_temp", "au_temp_strict", "closure_ccc", "blink_f1",
        stay=("gaze_ccc", "head_ccc", "gaze_error_deg", "head_error_deg"),
    ),
    # Lids move together, and a nod has no side.
    Family.SIDES: _moves(
        "au_f1", "au_f1_frame", "au_temp", "au_temp_strict", stay=("head_ccc", "head_error_deg")
    ),
    Family.MIRRORED: _moves(
        "au_f1", "au_f1_frame", "au_temp", "au_temp_strict", "gaze_ccc", "head_ccc", *ERRORS,
        stay=("blink_f1",),
    ),
    Family.MIRRORED_PX: _moves(
        "au_f1", "au_f1_frame", "au_temp", "au_temp_strict", "gaze_ccc", "head_ccc", *ERRORS,
        stay=("blink_f1",),
    ),
    Family.SHUFFLED: _moves(*_TIMES),
    Family.SHUFFLED_PX: _moves(*_TIMES),
    Family.OTHER: _moves(*SCORES),
    # AU-Temp forgives what comes within half a second, and blinks within 0.2 s.
    Family.DELAY_PX: _moves(
        *(k for k in _TIMES if k not in ("blink_f1", "au_temp")), stay=("au_f1", "au_temp")
    ),
})  # fmt: skip


def expected(family: Family, key: str) -> Ought:
    """Return what a score ought to do where a clip is perturbed so."""
    if family in INVARIANT or family is Family.SAME:
        return Ought.STAY
    return _EXPECTED[family].get(key, Ought.FREE)


def cases() -> tuple[Case, ...]:
    """Return all cases, in the order of tables."""
    return tuple(Case(family, level) for family in Family for level in LEVELS[family])


def has_landmarks(family: Family) -> bool:
    """Return whether landmarks are perturbed as controls are."""
    return family not in _NOT_LANDMARKS
