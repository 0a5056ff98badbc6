"""The tables of a report, as texts in cells: one source of the page and of the Markdown file."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

from cogportrait.behavior.labels import wording
from cogportrait.bench.measures import Measure, measure_of, measures_of
from cogportrait.bench.published import HEADING, PublishedTable
from cogportrait.bench.rows import Stamp
from cogportrait.bench.summary import Part, RunSummary, Summary
from cogportrait.errors import plain
from cogportrait.metrics.aggregate import LEAST, Aggregate

OURS: Final = "*"  # behind measures of our own definition
# What somebody else's clip scores, as docs/validity.md measured it.
CHANCE: Final = (("au_f1", "AU-F1", 0.41), ("au_temp", "AU-Temp", 0.25))
_COMMAND: Final = re.compile(r"`([\w .,:/=-]+)`")  # what a message quotes to be typed


@dataclass(frozen=True, slots=True)
class Grid:
    """A table."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    texts: int = 1  # columns of words, from the left
    note: str = ""
    strong: tuple[int, ...] = ()  # rows in bold print


def html_of(grid: Grid, *, sortable: bool = False) -> str:
    """Return a table without its title; texts are escaped."""

    def cell(tag: str, i: int, text: str) -> str:
        kind = ' class="text"' if i < grid.texts else ""
        return f"<{tag}{kind}>{html_text(text)}</{tag}>"

    def line(tag: str, cells: Sequence[str], *, bold: bool = False) -> str:
        kind = ' class="strong"' if bold else ""
        return f"<tr{kind}>{''.join(cell(tag, i, text) for i, text in enumerate(cells))}</tr>"

    kind = ' class="sort"' if sortable else ""
    body = "".join(line("td", row, bold=i in grid.strong) for i, row in enumerate(grid.rows))
    note = f'<p class="dim">{html_text(grid.note)}</p>' if grid.note else ""
    return (
        f'<div class="table"><table{kind}><thead>{line("th", grid.head)}</thead>'
        f"<tbody>{body}</tbody></table></div>{note}"
    )


def markdown_of(grid: Grid) -> str:
    """Return a table with its title, as Markdown in which no cell is markup."""
    rule = ["---"] * grid.texts + ["--:"] * (len(grid.head) - grid.texts)
    lines = [_line(markdown_text(cell) for cell in grid.head), _line(rule)]
    lines += [_line(markdown_text(cell) for cell in row) for row in grid.rows]
    note = f"\n{markdown_text(grid.note)}\n" if grid.note else ""
    return f"### {markdown_text(grid.title)}\n\n" + "\n".join(lines) + f"\n{note}"


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def html_text(text: str) -> str:
    """Return a text as a page shows it literally, commands as such."""
    return _COMMAND.sub(r"<code>\1</code>", escape(plain(text)))


def markdown_text(text: str) -> str:
    """Return a text as Markdown shows it literally, commands as such."""
    words = _COMMAND.split(plain(text))  # every other one is a command
    return "".join(f"`{word}`" if i % 2 else _safe(word) for i, word in enumerate(words))


def _safe(text: str) -> str:
    for sign in "\\`*_[]|#":
        text = text.replace(sign, f"\\{sign}")
    return escape(text, quote=False)


def title_of(m: Measure) -> str:
    """Return name, direction, unit, and a star where the definition is ours."""
    unit = f", {m.unit}" if m.unit else ""
    return f"{m.title}{unit}{OURS if m.ours else ''}"


def interval_of(m: Measure, a: Aggregate) -> str:
    """Return the bounds of an interval; empty where there is none, as of few clips."""
    return "" if a.bounds is None else " … ".join(m.shown(bound) for bound in a.bounds)


def measures_table(
    summary: Summary, title: str, pick: Callable[[RunSummary], Part] | None = None
) -> Grid:
    """Return a row a measure: mean, interval and clips of every run side by side.

    Without `pick` it is of all clips, with the measures that are lacked.
    """
    several = len(summary.runs) > 1
    head = ["measure"]
    for run in summary.runs:
        head += [run.name if several else "mean", "95 %", "n"]
    rows: list[tuple[str, ...]] = []
    every = (*summary.measures, *(summary.absent if pick is None else ()))
    lacked = {one.measure.key for one in summary.lacks if pick is None}
    for m in measures_of(m.key for m in every):
        parts = [run.every if pick is None else pick(run) for run in summary.runs]
        found = [(run, part.scores[m.key]) for run, part in zip(summary.runs, parts, strict=True)]
        whole = any(m.key in run.whole for run in summary.runs)
        if whole and m.key not in lacked and not any(a.n for _, a in found):
            continue  # of all clips together, and these are some
        cells = [(m.shown(a.mean), interval_of(m, a), _clips_of(a, whole=whole)) for _, a in found]
        rows.append((title_of(m), *(text for three in cells for text in three)))
    note = f"95 %: bootstrap over clips, of {LEAST} and more; n: clips, run: of all together. "
    note += _ours_note(every)
    return Grid(title, tuple(head), tuple(rows), note=note)


def _clips_of(a: Aggregate, *, whole: bool) -> str:
    """Return over how many clips a mean is, and how many are left out."""
    if whole:
        return "run" if a.n else ""
    if not a.n:
        return "0"
    return f"{a.n} ({a.undefined} undefined)" if a.undefined else str(a.n)


def compared(summary: Summary) -> list[Measure]:
    """Return the measures of which some run has a difference from the first."""
    return [m for m in summary.measures if any(one.scores[m.key].n for one in summary.paired)]


def main_table(summary: Summary, measures: Iterable[Measure]) -> Grid:
    """Return the means of some measures, a column a run."""
    rows = [
        (m.title, *(m.shown(run.every.scores[m.key].mean) for run in summary.runs))
        for m in measures
    ]
    return Grid("Means", ("", *(run.name for run in summary.runs)), tuple(rows))


def reading_notes(summary: Summary) -> Iterator[str]:
    """Yield what has to be known before scores are read: where they begin, what they are of."""
    keys = {m.key for m in summary.measures}
    chance = [f"{title} {value:g}" for key, title, value in CHANCE if key in keys]
    if chance:
        yield (
            f"Scores do not begin at 0: somebody else's clip gets {', '.join(chance)} (16 clips, "
            "docs/validity.md), and compression alone costs some hundredths."
        )
    stamps = [run.stamp for run in summary.runs]
    if any(stamp.mode == "gt" and int(stamp.options.get("refine") or 0) for stamp in stamps):
        yield (
            "Mode gt draws what was measured of the real clip, corrected against it by the tracker "
            "that scores: it tells what can be drawn and read, not what can be guessed."
        )


def _ours_note(measures: Iterable[Measure]) -> str:
    return f"{OURS} our own definition." if any(m.ours for m in measures) else ""


def differences_table(summary: Summary) -> Grid:
    """Return a row a measure: how far each run is from the first."""
    head = ["measure"]
    for one in summary.paired:
        head += [one.name, "95 %", "n"]
    rows = [
        (
            title_of(m),
            *(cell for one in summary.paired for cell in _difference(m, one.scores[m.key])),
        )
        for m in compared(summary)
    ]
    note = (
        f"Less {plain(summary.runs[0].name)}, clip by clip over the clips of both; 95 %: bootstrap "
        f"over clips, of {LEAST} and more."
    )
    return Grid("Differences", tuple(head), tuple(rows), note=note)


def _difference(m: Measure, a: Aggregate) -> tuple[str, str, str]:
    sign = "+" if a.mean > 0 else ""
    return f"{sign}{m.shown(a.mean)}", interval_of(m, a), str(a.n)


def category_table(run: RunSummary, measures: Sequence[Measure]) -> Grid:
    """Return a row a category of one run."""
    rows: list[tuple[str, ...]] = []
    for part in (*run.categories, run.subset, run.every):
        found = [(m, part.scores[m.key]) for m in measures]
        name = wording(part.name) or "none"
        rows.append((name, str(part.clips), *(m.shown(a.mean) for m, a in found)))
    head = ("category", "clips", *(m.title for m in measures))
    return Grid(f"By category: {run.name}", head, tuple(rows))


def lacks_table(summary: Summary) -> Grid:
    """Return the measures without a number: of which runs, why, and what to do."""
    alike: dict[tuple[str, str], list[str]] = {}
    for one in summary.lacks:
        which = _which(one.runs, len(summary.runs))
        alike.setdefault((which, one.reason), []).append(one.measure.name)
    rows = tuple((", ".join(names), which, reason) for (which, reason), names in alike.items())
    head = ("measure", "runs", "why, and what to do")
    return Grid("Measures without a number", head, rows, texts=3)


def _which(names: Sequence[str], of: int) -> str:
    return "all" if len(names) == of else ", ".join(plain(name) for name in names)


def lines_table(summary: Summary, title: str, kind: str) -> Grid:
    """Return clips that failed (kind ``failed``) or were warned of (``warned``), by run."""
    rows = [
        (run.name, clip, line)
        for run in summary.runs
        for clip, line in (run.failed if kind == "failed" else run.warned)
    ]
    return Grid(title, ("run", "clip", "what"), tuple(rows), texts=3)


def ours_like(summary: Summary, table: PublishedTable) -> Grid:
    """Return our runs in the columns of a table of the paper, a dash where nothing is measured."""
    columns: list[Measure] = []
    for key in table.measures:
        # Which network tells identities apart is not published: each of ours stands there.
        columns += [
            m for m in summary.measures
            if m.key == key or (key == "id_sim" and m.key.startswith("id_sim_"))
        ] or [measure_of(key)]  # fmt: skip
    rows: list[tuple[str, ...]] = []
    for run in summary.runs:
        found = [(m, run.every.scores.get(m.key)) for m in columns]
        rows.append((run.name, *("–" if a is None else m.shown(a.mean) for m, a in found)))
    head = ("run", *(title_of(m) for m in columns))
    return Grid(f"{table.title}: these runs", head, tuple(rows), note=_ours_note(columns))


def published_table(table: PublishedTable) -> Grid:
    """Return a table of the paper as it prints it."""
    rows = tuple((row.name, *row.values) for row in table.rows)
    own = tuple(i for i, row in enumerate(table.rows) if row.own)
    strong = own if len(own) < len(rows) else ()
    return Grid(f"{table.title}: {HEADING}", ("method", *table.columns), rows, strong=strong)


def stamp_table(summary: Summary) -> Grid:
    """Return what each run was made with, a column a run; what no run says is left out."""
    packages = sorted({name for run in summary.runs for name in run.stamp.versions})
    options = sorted({name for run in summary.runs for name in run.stamp.options})
    head = ("", *(run.name for run in summary.runs))
    stamps = [run.stamp for run in summary.runs]
    rows: list[tuple[str, ...]] = [
        ("protocol", *(s.protocol for s in stamps)),
        ("mode", *(s.mode for s in stamps)),
        ("renderer", *(s.renderer for s in stamps)),
        ("clips scored", *(str(run.every.clips) for run in summary.runs)),
        ("clips that failed", *(str(len(run.failed)) for run in summary.runs)),
        ("seed", *(str(s.seed) if seeded(s) else "" for s in stamps)),
        ("data, SHA-256 of the manifest", *(s.data for s in stamps)),
        ("tracker", *(s.tracker for s in stamps)),
        *((f"option {name}", *(s.options.get(name, "") for s in stamps)) for name in options),
        *((name, *(s.versions.get(name, "") for s in stamps)) for name in packages),
    ]
    told = tuple(
        (what, *(value or "–" for value in values)) for what, *values in rows if any(values)
    )
    return Grid("What the runs were made with", head, told, texts=1 + len(stamps))


def seeded(stamp: Stamp) -> bool:
    """Return whether anything of a run can depend on its seed: not where videos were given."""
    return stamp.protocol != "score"
