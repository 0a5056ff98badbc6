"""The report of one or more runs: a page, the same as Markdown, all scores, and the summary."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

import numpy as np

from cogportrait.bench.losses import losses
from cogportrait.bench.published import HEADING, note, published, source
from cogportrait.bench.report_clips import Advance, Originals, every_row, show_clips, worst_cases
from cogportrait.bench.report_page import Told, page
from cogportrait.bench.report_plots import RUN_COLORS, Values, categories_there
from cogportrait.bench.report_tables import (
    category_table,
    differences_table,
    lacks_table,
    lines_table,
    markdown_of,
    markdown_text,
    measures_table,
    ours_like,
    published_table,
    reading_notes,
    seeded,
    stamp_table,
)
from cogportrait.bench.store import Run
from cogportrait.bench.summary import SUBSET, RunSummary, Summary, summarize
from cogportrait.bench.summary_files import scores_csv, summary_json
from cogportrait.errors import InputError, plain
from cogportrait.version import __version__

NAMES: Final = ("report.html", "report.md", "scores.csv", "summary.json")
MOST_RUNS: Final = len(RUN_COLORS)


def report_files(
    runs: Mapping[str, Run],
    *,
    films: Originals | None = None,
    advance: Advance = lambda _: None,
) -> tuple[Summary, dict[str, bytes]]:
    """Return the summary of runs by name, and the files of their report.

    Parameters
    ----------
    runs
        The first is what the others are compared with, and whose worst clips are shown.
    films
        Where videos are that the runs do not hold, for frames side by side.
    advance
        Told how many clips are drawn.

    Raises
    ------
    InputError
        There is no run, or there are more than can be told apart.
    """
    if not 1 <= len(runs) <= MOST_RUNS:
        raise InputError(f"runs: expected 1 to {MOST_RUNS}, got {len(runs)}")
    summary = summarize(runs)
    first = next(iter(runs.values()))
    worst = worst_cases(first, [m for m in summary.measures if m.main])
    shown = show_clips(runs, worst, films or Originals(), advance)
    lost, damaged = losses(runs.values())
    summary = replace(summary, cautions=(*summary.cautions, *lost), damaged=damaged)
    rows = {name: {row.name: row for row in run.rows if not row.error}
            for name, run in runs.items()}  # fmt: skip
    told = Told(
        summary, _values(runs, summary), rows, every_row(runs), worst, shown, _about(summary)
    )
    contents = (page(told), _markdown(summary), scores_csv(runs), summary_json(summary))
    encoded = (text.encode("utf-8", "backslashreplace") for text in contents)
    return summary, dict(zip(NAMES, encoded, strict=True))


def _values(runs: Mapping[str, Run], summary: Summary) -> Values:
    return {
        name: {
            m.key: np.array(
                [v for row in run.rows
                 if not row.error and math.isfinite(v := row.scores.get(m.key, math.nan))],
                np.float64,
            )
            for m in summary.measures
        }
        for name, run in runs.items()
    }  # fmt: skip


def _about(summary: Summary) -> str:
    first = summary.runs[0]
    stamp = first.stamp
    made = " ".join(word for word in (stamp.protocol, stamp.mode, stamp.renderer) if word)
    told = [f"cogportrait {__version__}", made, _counts(summary), f"tracker {stamp.tracker}"]
    told += [f"data {stamp.data[:12]}"] if stamp.data else []
    told += [f"seed {stamp.seed}"] if seeded(stamp) else []
    return "; ".join(told)


def _counts(summary: Summary) -> str:
    """Return how many clips were scored, of each run where there are several."""

    def of(run: RunSummary) -> str:
        n = run.every.clips
        return f"{n} clip{'s' * (n != 1)} scored, {len(run.failed)} failed"

    if len(summary.runs) == 1:
        return of(summary.runs[0])
    return ", ".join(f"{run.name}: {of(run)}" for run in summary.runs)


def _markdown(summary: Summary) -> str:
    return "\n".join(_markdown_parts(summary))


def _markdown_parts(summary: Summary) -> Iterator[str]:
    yield f"# Benchmark report\n\n{plain(_about(summary))}\n\nPlots: report.html\n"
    for line in reading_notes(summary):
        yield f"{markdown_text(line)}\n"
    for line in summary.cautions:
        yield f"> {markdown_text(line)}\n"
    yield markdown_of(measures_table(summary, "All clips"))
    if summary.lacks:
        yield markdown_of(lacks_table(summary))
    if any(run.subset.clips for run in summary.runs):
        yield markdown_of(measures_table(summary, f"Clips that are {SUBSET}", lambda r: r.subset))
    if summary.paired:
        yield markdown_of(differences_table(summary))
    for run in summary.runs if categories_there(summary) else ():
        yield markdown_of(category_table(run, [m for m in summary.measures if m.main]))
    tables = published(summary.runs[0].stamp.protocol)
    if tables:
        yield markdown_of(ours_like(summary, tables[0]))
        yield f"## {HEADING.capitalize()}\n\n{source()}. {note()}\n"
        yield from (markdown_of(published_table(table)) for table in tables)
        yield "## These runs\n"
    for title, kind in (("Clips that failed", "failed"), ("Warnings", "warned")):
        if (grid := lines_table(summary, title, kind)).rows:
            yield markdown_of(grid)
    yield markdown_of(stamp_table(summary))
