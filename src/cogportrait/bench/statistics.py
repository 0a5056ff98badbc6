"""How many clips and actors a benchmark has, how long clips are, and how large faces."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from cogportrait.behavior.labels import LABELS
from cogportrait.bench.clips import EMH_CATEGORIES, Emh, EmhClip, by_category

LENGTHS_S: Final = (1.0, 3.0, 5.0, 7.0)  # where the paper's buckets of lengths begin
FACES_PX: Final = (64, 448)  # the paper's range of face sizes
FACE_STEP_PX: Final = 32  # of the histogram
TABLE_HEAD: Final = ("| category | videos | actors | minutes |", "|---|---|---|---|")


@dataclass(frozen=True, slots=True)
class Row:
    """What there is of one category, or of all."""

    category: str | None  # None: not known
    clips: int
    actors: int  # different ones that are known
    nameless: int  # clips whose actor is not known
    seconds: float


@dataclass(frozen=True, slots=True)
class Bucket:
    """How many clips lie between two bounds, the upper one left out."""

    name: str
    clips: int
    usual: bool = True  # whether the paper's figure has it


@dataclass(frozen=True, slots=True)
class Statistics:
    """What a benchmark is made of."""

    name: str
    rows: tuple[Row, ...]  # the 12 categories, and neutral and unknown where there are such
    total: Row
    lengths: tuple[Bucket, ...]
    faces: tuple[Bucket, ...]
    unmeasured: int  # clips whose face was not measured or not found
    frontal: float  # median of the share of frontal frames; NaN where it is not known


def statistics_of(emh: Emh) -> Statistics:
    """Return what a benchmark is made of; categories without clips have rows of zeros."""
    found = by_category(emh.clips)
    wanted = [*EMH_CATEGORIES, *(one for one in (LABELS[0], None) if one in found)]
    frontal = [clip.frontal for clip in emh.clips if clip.frontal is not None]
    faces = [clip.face_px for clip in emh.clips if clip.face_px is not None]
    return Statistics(
        name=emh.name,
        rows=tuple(_row(category, found.get(category, [])) for category in wanted),
        total=_row(None, emh.clips),
        lengths=tuple(_lengths([clip.seconds for clip in emh.clips])),
        faces=tuple(_faces(faces)),
        unmeasured=len(emh.clips) - len(faces),
        frontal=float(np.median(frontal)) if frontal else float("nan"),
    )


def table_lines(found: Statistics) -> Iterator[str]:
    """Yield the table of categories, Markdown."""
    yield from TABLE_HEAD
    for row in found.rows:
        yield _line(_named(row.category), row)
    yield _line("all", found.total)


def told_actors(row: Row) -> str:
    """Return how many actors are known, and of how many clips they are not."""
    if row.nameless and not row.actors:
        return "actors unknown"
    return f"{row.actors} actor{'s' * (row.actors != 1)}{_of_unknown(row)}"


def _named(category: str | None) -> str:
    return "not known" if category is None else category


def _line(name: str, row: Row) -> str:
    nobody_known = row.nameless and not row.actors
    actors = "unknown" if nobody_known else f"{row.actors}{_of_unknown(row)}"
    return f"| {name} | {row.clips} | {actors} | {row.seconds / 60:.1f} |"


def _of_unknown(row: Row) -> str:
    clips = f"{row.nameless} clip{'s' * (row.nameless != 1)}"
    return f" + {clips} of unknown" if row.nameless else ""


def _row(category: str | None, clips: Sequence[EmhClip]) -> Row:
    actors = {clip.actor for clip in clips if clip.actor is not None}
    nameless = sum(clip.actor is None for clip in clips)
    return Row(category, len(clips), len(actors), nameless, sum(clip.seconds for clip in clips))


def _lengths(seconds: Sequence[float]) -> Iterator[Bucket]:
    """Yield the paper's buckets, and one of shorter clips where there are any."""
    bounds = (0.0, *LENGTHS_S, np.inf)
    counts, _ = np.histogram(seconds, bounds)
    for low, high, clips in zip(bounds, bounds[1:], counts.tolist(), strict=False):
        name = f"{low:g}-{high:g} s" if np.isfinite(high) else f">{low:g} s"
        if low > 0 or clips:
            yield Bucket(name if low > 0 else f"<{high:g} s", clips, low > 0)


def _faces(sides_px: Sequence[float]) -> Iterator[Bucket]:
    """Yield the steps of the paper's range, and what is beyond it where there is any."""
    steps = range(FACES_PX[0], FACES_PX[1] + 1, FACE_STEP_PX)
    bounds = (0.0, *steps, np.inf)
    counts, _ = np.histogram(sides_px, bounds)
    for low, high, clips in zip(bounds, bounds[1:], counts.tolist(), strict=False):
        inside = FACES_PX[0] <= low < FACES_PX[1]
        if inside or clips:
            name = f"{low:g}-{high:g}" if inside else f"<{high:g}" if low == 0 else f">{low:g}"
            yield Bucket(name, clips, inside)
