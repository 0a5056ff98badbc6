"""Which clips a report shows, and what it shows of them: curves, and frames of the worst."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from cogportrait.behavior.labels import LABELS
from cogportrait.bench.measures import Measure
from cogportrait.bench.report_curves import Drawn, curves_svg, differing_frames
from cogportrait.bench.report_frames import (
    MOMENTS,
    Strip,
    face_region,
    frames_at,
    real_video,
    sheet,
)
from cogportrait.bench.report_plots import RUN_COLORS
from cogportrait.bench.rows import ClipRow, Curves
from cogportrait.bench.store import Run
from cogportrait.errors import InputError, MediaError, plain
from cogportrait.io.figures import BAND

MOST_CLIPS: Final = 60  # with curves; all are in the tables
WORST: Final = 2  # clips a measure

Advance = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Worst:
    """The clips in which a measure comes out worst in the first run."""

    measure: Measure
    cases: tuple[tuple[str, float], ...]  # clip, score; the worst first


@dataclass(frozen=True, slots=True)
class Shown:
    """What is drawn of clips, by name."""

    names: tuple[str, ...]  # of those with curves or scores on the page, by category and name
    curves: Mapping[str, str]  # SVG
    sheets: Mapping[str, str]  # JPEG as data: address
    remarks: tuple[str, ...]  # videos that could not be read


def worst_cases(run: Run, measures: Sequence[Measure]) -> tuple[Worst, ...]:
    """Return the worst clips of a run, of measures of which one way is better.

    Clips that cannot be better are none.
    """
    found: list[Worst] = []
    for m in measures:
        scored = [(row.name, row.scores.get(m.key, math.nan)) for row in run.rows if not row.error]
        known = [(name, score) for name, score in scored
                 if math.isfinite(m.badness(score)) and score != m.rim]  # fmt: skip
        known.sort(key=lambda one: (-m.badness(one[1]), one[0]))
        if known:
            found.append(Worst(m, tuple(known[:WORST])))
    return tuple(found)


def every_row(runs: Mapping[str, Run]) -> dict[str, ClipRow]:
    """Return a row of every clip that any run has scored, by category and name."""
    rows: dict[str, ClipRow] = {}
    for run in runs.values():
        for row in run.rows:
            if not row.error:
                rows.setdefault(row.name, row)

    def place(one: tuple[str, ClipRow]) -> tuple[int, str, str]:
        known = one[1].category in LABELS
        return LABELS.index(one[1].category) if known else len(LABELS), one[1].category, one[0]

    return dict(sorted(rows.items(), key=place))


@dataclass(frozen=True, slots=True)
class Originals:
    """Where videos are that no run's folder holds."""

    real: Path | Mapping[str, Path] | None = None  # a folder of real clips, or each by its name
    generated: Mapping[str, Path] = field(default_factory=dict[str, Path])  # of the first run


def show_clips(
    runs: Mapping[str, Run],
    worst: Iterable[Worst],
    films: Originals,
    advance: Advance,
) -> Shown:
    """Draw the clips of a report; `advance` is told how many are done.

    What cannot be read is told and left out.
    """
    rows = every_row(runs)
    bad = dict.fromkeys(name for one in worst for name, _ in one.cases)
    names = _chosen(list(rows), list(bad))
    curves: dict[str, str] = {}
    sheets: dict[str, str] = {}
    remarks: list[str] = []
    for done, name in enumerate(names, 1):
        kept = [_curves_of(run, name) for run in runs.values()]
        if svg := _curves(kept, name):
            curves[name] = svg
        if name in bad:
            try:
                if picture := _sheet(runs, rows[name], kept[0], films):
                    sheets[name] = picture
            except MediaError as error:
                remarks.append(str(error))
        advance(done)
    return Shown(tuple(names), curves, sheets, tuple(remarks))


def _chosen(every: list[str], bad: list[str]) -> list[str]:
    """Return the clips to draw: all, or the worst ones and others evenly spread, in order."""
    if len(every) <= MOST_CLIPS:
        return every
    kept = set(bad)
    others = [name for name in every if name not in kept]
    room = max(MOST_CLIPS - len(kept), 0)
    kept.update(others[i * len(others) // room] for i in range(room))
    return [name for name in every if name in kept]


def _curves_of(run: Run, name: str) -> Curves | None:
    """Return the curves of a clip, None where there are none that can be read."""
    try:
        return run.curves(name)
    except InputError:  # cogportrait.bench.losses tells of them
        return None


def _curves(kept: Sequence[Curves | None], name: str) -> str:
    drawn = [
        Drawn(color, curves)
        for color, curves in zip(RUN_COLORS, kept, strict=False)
        if curves is not None and len(curves.real)
    ]
    return curves_svg(drawn, f"curves of {name}") if drawn else ""


def _sheet(runs: Mapping[str, Run], row: ClipRow, curves: Curves | None, films: Originals) -> str:
    """Return the moments of a clip in which real and generated differ most; empty without video.

    `curves` are those of the first run.
    """
    videos = {run: of.video(row.name) for run, of in runs.items()}
    if not any(videos.values()):  # of a run that scored somebody's videos where they are
        videos = {next(iter(runs)): films.generated.get(row.name)}
    if not any(videos.values()):
        return ""
    times = _moments(curves, row)
    strips: list[Strip] = []
    if original := _real(runs.values(), row.name, films.real):
        strips.append(Strip("real", BAND, frames_at(original, times)))
    for (run, video), color in zip(videos.items(), RUN_COLORS, strict=False):
        if video is not None:
            strips.append(Strip(plain(run)[:24], color, frames_at(video, times)))
    return sheet(strips, times, face_region(strips[0].frames.values()))


def _real(runs: Iterable[Run], name: str, real: Path | Mapping[str, Path] | None) -> Path | None:
    kept = (run.video(name, "real") for run in runs)
    found = next((video for video in kept if video is not None), None)
    if found is not None or real is None:
        return found
    return real_video(real, name) if isinstance(real, Path) else real.get(name)


def _moments(curves: Curves | None, row: ClipRow) -> list[float]:
    """Return when both faces differ most, seconds; without curves evenly spread times."""
    picked = differing_frames(curves, MOMENTS) if curves is not None else []
    if curves is not None and picked:
        return [frame / curves.fps for frame in picked]
    seconds = row.seconds if math.isfinite(row.seconds) else 1.0
    return [(k + 0.5) * seconds / MOMENTS for k in range(MOMENTS)]
