"""Whether scores measure what they say: a clip against itself, perturbed.

A score has to be perfect for a clip against itself, to fall where something is wrong, farther the
more is wrong, and to stay where only the picture is another one. What counts as far is told by
another clip: its score is what chance gives, and every fall is given as a share of that one.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cogportrait.bench.perturbations import (
    Seen,
    delayed,
    delayed_places,
    mirrored,
    scaled,
    shuffled,
    shuffled_places,
    sides_swapped,
    without_blinks,
)
from cogportrait.bench.perturbed_frames import blurred, encoded, lit, mirror_image, shrunk
from cogportrait.bench.reading import Reading, reading_of
from cogportrait.bench.score import compare
from cogportrait.bench.validity_cases import (
    ERRORS,
    LEVELS,
    ORDERED,
    SCORES,
    Case,
    Family,
    Ought,
    expected,
    has_landmarks,
)
from cogportrait.face.features import Neutral
from cogportrait.face.measure import measure
from cogportrait.face.neutral import calm_frames, estimate_neutral, estimated_from
from cogportrait.metrics.aggregate import Aggregate, aggregate
from cogportrait.types import Frame

Scores = Mapping[str, float]  # score -> value; NaN where it is undefined

MOVED: Final = 0.10  # share of what another clip falls by, from which a score has moved
STAYED: Final = 0.25  # and up to which one has stayed, of pixels; of controls nothing may move
CHANCE: Final = 0.9  # of that, from which a score is at chance and may go up and down
RISE: Final = 0.02  # of that, by which a score may rise again from one level to the next
STRANGER: Final = Case(Family.OTHER, 0)
STILL: Final = Case(Family.WEAKER, 0)


@dataclass(frozen=True, slots=True, eq=False)
class Film:
    """The frames of a clip."""

    name: str
    frames: Sequence[Frame]
    rate: Fraction

    @property
    def size_px(self) -> tuple[int, int]:
        """Width and height."""
        h, w = self.frames[0].shape[:2]
        return w, h


def seen_of(film: Film) -> Seen:
    """Read a clip and measure it against its own calmest frames."""
    reading = _read(film, film.frames, film.rate)
    neutral = estimate_neutral(reading.rows)
    return Seen(reading, measure(reading.rows, reading.fps, neutral=neutral))


def control_scores(seen: Seen, other: Seen | None, *, seed: int = 0) -> dict[Case, Scores]:
    """Return the scores of a clip against itself with its controls perturbed, and another clip."""
    ways: dict[Family, Callable[[float], Seen]] = {
        Family.SAME: lambda level: seen,
        Family.DELAY: lambda level: delayed(seen, level),
        Family.WEAKER: lambda level: scaled(seen, level),
        Family.STRONGER: lambda level: scaled(seen, level),
        Family.BLINKS: lambda level: without_blinks(seen, level, seed),
        Family.SIDES: lambda level: sides_swapped(seen),
        Family.MIRRORED: lambda level: mirrored(seen),
        Family.SHUFFLED: lambda level: shuffled(seen, seed),
    }
    if other is not None:
        ways[Family.OTHER] = lambda level: _fitted(other, seen.reading.size_px)
    return {
        Case(family, level): scores_of(seen, way(level), family)
        for family, way in ways.items()
        for level in LEVELS[family]
    }


def pixel_scores(film: Film, seen: Seen, *, seed: int = 0) -> dict[Case, Scores]:
    """Return the scores of a clip against itself with its pixels perturbed and read again."""
    frames, neutral, n = film.frames, seen.measured.neutral, len(film.frames)
    fps = float(film.rate)
    out: dict[Case, Scores] = {}
    flipped = _read(film, mirror_image(frames), film.rate, seen)
    out[Case(Family.MIRRORED_PX, 0)] = _against(seen, flipped, neutral, Family.MIRRORED_PX)
    flipped = _read(film, mirror_image(frames), film.rate)
    calm = flipped.rows[_both_found(calm_frames(seen.reading.rows), flipped)]
    back = Seen(flipped, measure(flipped.rows, flipped.fps, neutral=estimated_from(calm)))
    out[Case(Family.BACK_PX, 0)] = scores_of(seen, mirrored(back), Family.BACK_PX)
    ways: dict[Family, Callable[[float], list[Frame]]] = {
        Family.DELAY_PX: lambda level: [frames[i] for i in delayed_places(n, level, fps)],
        Family.SHUFFLED_PX: lambda level: [frames[i] for i in shuffled_places(n, seed)],
        Family.SIZE: lambda level: shrunk(frames, level),
        Family.CRF: lambda level: encoded(frames, film.rate, int(level)),
        Family.LIGHT: lambda level: lit(frames, level),
        Family.BLUR: lambda level: blurred(frames, level),
        Family.RATE: lambda level: list(frames[::2]),
    }
    for family, way in ways.items():
        rate = film.rate / 2 if family is Family.RATE else film.rate
        for level in LEVELS[family]:
            again = _read(film, way(level), rate, seen)
            out[Case(family, level)] = _against(seen, again, neutral, family)
    return out


def scores_of(seen: Seen, changed: Seen, family: Family) -> Scores:
    """Return the scores of a changed clip; Eye-LMD only where landmarks were changed as well."""
    scores = compare(seen.pair, changed.pair).scores
    kept = {key: scores[key] for key in SCORES}
    return kept if has_landmarks(family) else {**kept, "eye_lmd": float("nan")}


def _read(film: Film, frames: Sequence[Frame], rate: Fraction, like: Seen | None = None) -> Reading:
    """Read frames as a generated clip is read: by the skin of the real one."""
    reference = None if like is None else like.reading.rows.reference
    return reading_of(film.name, frames, float(rate), film.size_px, reference=reference)


def _against(seen: Seen, again: Reading, neutral: Neutral, family: Family) -> Scores:
    measured = measure(again.rows, again.fps, neutral=neutral)
    return scores_of(seen, Seen(again, measured), family)


def _both_found(numbers: NDArray[np.intp], other: Reading) -> NDArray[np.intp]:
    kept = numbers[other.found[numbers]]
    return kept if len(kept) else calm_frames(other.rows)


def _fitted(seen: Seen, size_px: tuple[int, int]) -> Seen:
    """Return a clip whose landmarks are in the pixels of a picture of another size."""
    rows = seen.reading.rows
    w, h = seen.reading.size_px
    factor = np.array([size_px[0] / w, size_px[1] / h, 1], np.float32)
    rows = replace(rows, eyes_px=rows.eyes_px * factor)
    return Seen(replace(seen.reading, size_px=size_px, rows=rows), seen.measured)


@dataclass(frozen=True, slots=True)
class Finding:
    """How a score went along with a family of perturbations."""

    family: Family
    key: str
    ought: Ought
    share: float  # of another clip's fall, at the strongest level; NaN where one is undefined
    monotone: bool | None  # None: no levels, or nothing to be said
    fine: bool | None  # None: nothing was expected, or nothing can be said


@dataclass(frozen=True, slots=True)
class Validity:
    """The scores of all clips."""

    clips: tuple[str, ...]
    frames: int
    seed: int
    scores: Mapping[Case, tuple[Scores, ...]]  # one a clip

    def of(self, case: Case, key: str) -> Aggregate:
        """Return a score over clips, with its interval."""
        return aggregate([s[key] for s in self.scores.get(case, ())], seed=self.seed)

    def fall(self, case: Case, key: str) -> float:
        """Return how far from perfect, as a share of how far another clip is.

        Over clips for which both are defined. 0 perfect, 1 as another clip; NaN if unknown.
        Eye-LMD is compared with the clip held still: another clip's face is elsewhere in the
        picture, which says nothing of what it does.
        """
        yardstick = STILL if key == "eye_lmd" else STRANGER
        both = [
            (_lost(a[key], key), _lost(b[key], key))
            for a, b in zip(self.scores.get(case, ()), self.scores.get(yardstick, ()), strict=False)
        ]
        known = np.array([pair for pair in both if np.isfinite(pair).all()]).reshape(-1, 2)
        lost, worst = known.sum(0)
        return float(lost / worst) if worst > 0 else float("nan")

    def findings(self) -> list[Finding]:
        """Return what every score did, family by family."""
        there = {case.family for case in self.scores}
        return [self._finding(family, key) for family in Family if family in there
                for key in SCORES]  # fmt: skip

    def _finding(self, family: Family, key: str) -> Finding:
        falls = [self.fall(Case(family, level), key) for level in LEVELS[family]]
        ought, last = expected(family, key), falls[-1]
        worst = float(np.nanmax(falls)) if np.isfinite(falls).any() else float("nan")
        monotone = None
        if family in ORDERED and np.isfinite(falls).all() and ought is Ought.MOVE:
            # Beyond chance there is nothing left to fall.
            monotone = bool((np.diff(np.minimum([0.0, *falls], CHANCE)) >= -RISE).all())
        fine = None
        if np.isfinite(last) and ought is Ought.MOVE:
            fine = last >= MOVED and monotone is not False
        elif np.isfinite(worst) and ought is Ought.STAY:
            fine = worst <= STAYED
        return Finding(family, key, ought, worst if ought is Ought.STAY else last, monotone, fine)


def _lost(value: float, key: str) -> float:
    """Return how far a score is from perfect."""
    return value if key in ERRORS else 1 - value
