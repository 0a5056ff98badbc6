"""From the rows of runs to what a report says: means with intervals, and paired differences.

A clip that failed has no scores and is listed with its line. A measure that is undefined for a clip
is left out of its mean and counted. Runs are compared clip by clip over the clips that both have
(differences have much narrower intervals than the means they are between).
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from cogportrait.behavior.labels import LABELS
from cogportrait.bench.measures import ABSENT, OF_CLIPS, Measure, measures_of
from cogportrait.bench.remarks import UNKNOWN, Remarks, read_remarks, reason_of
from cogportrait.bench.rows import ClipRow, Stamp
from cogportrait.bench.store import Run
from cogportrait.metrics.aggregate import Aggregate, aggregate

SUBSET: Final = "frontal, face ≥ 120 px, ≥ 24 fps"
LEAST_FACE_PX: Final = 120.0
LEAST_FPS: Final = 23.97  # 24000/1001 is what everybody calls 24
EMH_CATEGORIES: Final = tuple(label for label in LABELS if label != "neutral")


@dataclass(frozen=True, slots=True)
class Part:
    """Some clips of a run, and every measure over them."""

    name: str
    clips: int  # that were scored
    scores: Mapping[str, Aggregate]  # by key of the measure; one for every measure of the summary


@dataclass(frozen=True, slots=True)
class RunSummary:
    """What a run came to."""

    name: str
    stamp: Stamp
    every: Part
    categories: tuple[Part, ...]  # the same of every run of a summary, some maybe without a clip
    subset: Part
    whole: tuple[str, ...]  # keys of measures that are of the run and not means over clips
    failed: tuple[tuple[str, str], ...]  # clip, why
    warned: tuple[tuple[str, str], ...]  # clip, a warning


@dataclass(frozen=True, slots=True)
class Paired:
    """A run less the first one, over the clips that both have."""

    name: str  # of the run
    clips: int  # scored in both
    scores: Mapping[str, Aggregate]  # measure -> differences, in the measure's unit


@dataclass(frozen=True, slots=True)
class Lack:
    """A measure that runs have no number of: a standard one, or any where all clips failed."""

    measure: Measure
    runs: tuple[str, ...]
    reason: str  # and what gives it one


@dataclass(frozen=True, slots=True)
class Summary:
    """Runs side by side; the first is what the others are compared with."""

    measures: tuple[Measure, ...]
    runs: tuple[RunSummary, ...]
    paired: tuple[Paired, ...]  # one for every run but the first
    cautions: tuple[str, ...]  # what speaks against comparing the runs
    lacks: tuple[Lack, ...] = ()
    damaged: tuple[str, ...] = ()  # clips with curves that cannot be read; cautions tell why

    @property
    def absent(self) -> tuple[Measure, ...]:
        """Measures that are lacked and no run has: they are in tables, without a number."""
        here = {m.key for m in self.measures}
        return measures_of({lack.measure.key for lack in self.lacks} - here)


def summarize(runs: Mapping[str, Run]) -> Summary:
    """Return the summary of runs by name; the first is what others are compared with."""
    rows = [row for run in runs.values() for row in run.rows]
    keys = {key for row in rows for key in row.scores}
    keys |= {key for run in runs.values() for key in run.whole}
    measures = measures_of(keys)
    remarks = {name: read_remarks(run.folder) for name, run in runs.items()}
    lacks = tuple(_lacks(runs, remarks)) if measures or rows else ()
    categories = _categories(runs.values())
    every = measures_of({*keys, *(lack.measure.key for lack in lacks)})
    told = tuple(_of_run(name, run, every, categories) for name, run in runs.items())
    first, *others = runs.items()
    paired = tuple(_paired(name, run, first[1], measures) for name, run in others)
    cautions = (*_noted(runs, remarks), *_cautions(runs))
    return Summary(measures, told, paired, cautions, lacks)


def in_subset(row: ClipRow) -> bool:
    """Return whether a clip is known to be frontal, large and quick enough for fine measures."""
    return row.frontal == "yes" and row.face_px >= LEAST_FACE_PX and row.fps >= LEAST_FPS


def _categories(runs: Iterable[Run]) -> tuple[str, ...]:
    """Return the categories of clips, in the usual order; of EMH all twelve."""
    found = {row.category for run in runs for row in run.rows}
    if any(run.stamp.protocol == "emh" for run in runs):
        found |= {*EMH_CATEGORIES}
    known = [label for label in LABELS if label in found]
    return (*known, *sorted(found - {*LABELS, ""}), *([""] if "" in found else []))


def _of_run(
    name: str, run: Run, measures: Sequence[Measure], categories: Sequence[str]
) -> RunSummary:
    scored = [row for row in run.rows if not row.error]

    def part(title: str, belongs: Callable[[ClipRow], bool] = lambda _: True) -> Part:
        rows = [row for row in scored if belongs(row)]
        return Part(title, len(rows), {m.key: _over(rows, m.key) for m in measures})

    every = part("all")
    whole = {k: _known(v, len(scored)) for k, v in run.whole.items()}
    parts = [part(c, lambda row, c=c: row.category == c) for c in categories]
    return RunSummary(
        name,
        run.stamp,
        Part(every.name, every.clips, {**every.scores, **whole}),
        tuple(parts),
        part(SUBSET, in_subset),
        tuple(whole),
        tuple((row.name, row.error) for row in run.rows if row.error),
        tuple((row.name, line) for row in run.rows for line in row.warnings),
    )


def _over(rows: Iterable[ClipRow], key: str) -> Aggregate:
    return aggregate([row.scores.get(key, math.nan) for row in rows])


def _known(value: float, clips: int) -> Aggregate:
    """Return a score of a whole run: without an interval, as there is one of it."""
    n = clips if math.isfinite(value) else 0
    return Aggregate(value, math.nan, math.nan, n, clips - n)


def _paired(name: str, run: Run, first: Run, measures: Sequence[Measure]) -> Paired:
    theirs = {row.name: row.scores for row in first.rows if not row.error}
    both = [(row.scores, theirs[row.name]) for row in run.rows
            if not row.error and row.name in theirs]  # fmt: skip
    scores = {
        m.key: aggregate([a.get(m.key, math.nan) - b.get(m.key, math.nan) for a, b in both])
        for m in measures
    }
    return Paired(name, len(both), scores)


def _lacks(runs: Mapping[str, Run], remarks: Mapping[str, Remarks | None]) -> Iterable[Lack]:
    """Yield the measures that runs lack, those of one reason together.

    These are standard ones, and all of runs in which every clip failed.
    """
    failed = {name for name, run in runs.items() if run.rows and all(r.error for r in run.rows)}
    for m in measures_of({*ABSENT, *OF_CLIPS}):
        by_reason: dict[str, list[str]] = {}
        for name, run in runs.items():
            if name in failed:
                lacking = not math.isfinite(run.whole.get(m.key, math.nan))
            else:
                there = m.key in run.whole or any(m.key in row.scores for row in run.rows)
                lacking = m.key in ABSENT and not there
            if lacking:
                reason = reason_of(m, remarks[name], scored=name not in failed)
                by_reason.setdefault(reason, []).append(name)
        for reason, names in by_reason.items():
            yield Lack(m, tuple(names), reason)


def _noted(runs: Mapping[str, Run], remarks: Mapping[str, Remarks | None]) -> Iterable[str]:
    """Yield what each run has to be cautioned of by itself."""
    for name, run in runs.items():
        found = remarks[name]
        if found is not None:
            yield from (f"{name}: {line}" for line in found.cautions)
        elif run.stamp.protocol == "hdtf":
            yield f"{name}: {UNKNOWN}"


def _cautions(runs: Mapping[str, Run]) -> Iterable[str]:
    """Yield what speaks against laying these runs side by side."""
    (first, one), *others = runs.items()
    for name, run in others:
        for what, a, b in (
            ("protocol", one.stamp.protocol, run.stamp.protocol),
            ("data", one.stamp.data, run.stamp.data),
            ("tracker", one.stamp.tracker, run.stamp.tracker),
        ):
            if a != b:
                yield f"{name} has another {what} than {first}"
        mine, theirs = ({row.name for row in r.rows if not row.error} for r in (run, one))
        if mine != theirs:
            yield (
                f"{name} and {first} do not have the same clips scored: {len(mine & theirs)} in "
                f"both, {len(mine - theirs)} in {name} alone, {len(theirs - mine)} in {first} "
                "alone; means are over each run's own, differences over those of both"
            )
