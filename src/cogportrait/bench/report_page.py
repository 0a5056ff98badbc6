"""The page of a benchmark's report: one file that loads nothing, plots before tables."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape
from typing import Final

from cogportrait.behavior.labels import wording
from cogportrait.bench.measures import Measure
from cogportrait.bench.published import HEADING, note, published, source
from cogportrait.bench.report_clips import Shown, Worst
from cogportrait.bench.report_curves import CURVES_STYLE
from cogportrait.bench.report_known import GENERATOR
from cogportrait.bench.report_plots import (
    RUN_COLORS,
    Values,
    categories_figure,
    categories_there,
    differences_figure,
    radar_figure,
    radar_measures,
    values_figure,
)
from cogportrait.bench.report_tables import (
    Grid,
    category_table,
    compared,
    differences_table,
    html_of,
    html_text,
    lacks_table,
    lines_table,
    main_table,
    measures_table,
    ours_like,
    published_table,
    reading_notes,
    stamp_table,
)
from cogportrait.bench.rows import ClipRow
from cogportrait.bench.summary import SUBSET, Summary
from cogportrait.errors import plain
from cogportrait.io.figures import svg_of
from cogportrait.io.pages import cards, framed, page_of
from cogportrait.metrics.aggregate import LEAST

_STYLE: Final = (
    """
.legend{position:sticky;top:0;z-index:2;display:flex;flex-wrap:wrap;gap:4px 18px;padding:9px 2px;
background:var(--bg);border-bottom:1px solid var(--line);font-weight:600}
.legend i{display:inline-block;width:13px;height:13px;border-radius:3px;margin-right:7px;
vertical-align:-1px}
.legend span.dim{font-weight:400}
.head{display:grid;grid-template-columns:minmax(0,11fr) minmax(0,7fr);gap:18px;align-items:start}
.head figure svg{min-width:0}.head .cards{display:grid;grid-template-columns:1fr 1fr}
@media(max-width:860px){.head{grid-template-columns:minmax(0,1fr)}}
.caution{border-left:4px solid #e69f00;padding:2px 12px;margin:14px 0;background:var(--card)}
.paper{border:2px dashed var(--line);border-radius:10px;padding:6px 16px 12px;margin:18px 0;
background:repeating-linear-gradient(135deg,transparent 0 9px,rgba(138,143,152,.07) 9px 18px)}
.paper h3,.paper h4{margin:14px 0 6px}.paper h3{color:var(--dim)}tr.strong td{font-weight:700}
.wrap td{white-space:normal;overflow-wrap:anywhere;vertical-align:top;min-width:10ch}
.cases{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(420px,100%),1fr));gap:14px}
.cases figure{margin:0}details,.cases div{scroll-margin-top:48px}
.cases img{display:block;width:100%;height:auto;border-radius:5px}
details{border-bottom:1px solid var(--line)}summary{cursor:pointer;padding:5px 2px;
overflow-wrap:anywhere}
summary:hover{background:var(--card)}summary b{margin-right:10px}
details figure svg.curves{min-width:900px}.narrow{width:max-content;max-width:100%}
table.sort th{cursor:pointer}table.sort th:hover{color:var(--fg)}
table.clips td{padding:3px 9px}.scroll{max-height:560px;overflow:auto;margin:14px 0}
.scroll thead th{position:sticky;top:0;background:var(--bg)}
"""
    + CURVES_STYLE
)

# Sorts a table by the column whose head is clicked, and unfolds what a link leads to; without it
# tables stand as they are.
_SCRIPT: Final = """<script>
for(const table of document.querySelectorAll("table.sort"))table.querySelectorAll("th").forEach(
(th,i)=>th.addEventListener("click",()=>{const up=th.dataset.up=th.dataset.up==="1"?"0":"1",
value=row=>{const t=row.cells[i].textContent,n=parseFloat(t);
return isNaN(n)?(t==="–"?Infinity:t.toLowerCase()):n};
const rows=[...table.tBodies[0].rows].sort((a,b)=>{const x=value(a),y=value(b);
return(typeof x===typeof y?(x<y?-1:x>y?1:0):typeof x==="number"?-1:1)*(up==="1"?1:-1)});
table.tBodies[0].append(...rows)}));
const unfold=()=>{const at=document.getElementById(location.hash.slice(1));
if(at&&at.tagName==="DETAILS"){at.open=true;at.scrollIntoView()}};
addEventListener("hashchange",unfold);unfold()
</script>"""


@dataclass(frozen=True, slots=True)
class Told:
    """Everything that a page is made of."""

    summary: Summary
    values: Values
    rows: Mapping[str, Mapping[str, ClipRow]]  # run -> clip -> row of a scored clip
    every: Mapping[str, ClipRow]  # clips in order, as any run has them
    worst: tuple[Worst, ...]
    shown: Shown
    about: str


def page(told: Told) -> str:
    """Return the report."""
    parts = [
        f'<h1>Benchmark report</h1><p class="dim">{escape(told.about)}</p>',
        _legend(told.summary),
        *_cautions(told),
        *_head(told),
        *(f'<p class="dim">{html_text(line)}</p>' for line in reading_notes(told.summary)),
        *_compared(told.summary),
        *_categories(told.summary),
        *_worst(told),
        *_clips(told),
        *_tables(told.summary),
        _SCRIPT,
    ]
    return page_of("Benchmark report", parts, style=_STYLE, generator=GENERATOR)


def _legend(summary: Summary) -> str:
    keys = "".join(
        f'<span><i style="background:{color}"></i>{escape(plain(run.name))}</span>'
        for run, color in zip(summary.runs, RUN_COLORS, strict=False)
    )
    return f'<div class="legend">{keys}</div>'


def _cautions(told: Told) -> Iterator[str]:
    for line in (*told.summary.cautions, *told.shown.remarks):
        yield f'<p class="caution">{html_text(line)}</p>'


def _main(summary: Summary) -> list[Measure]:
    """Return the measures that are looked at first; all where none of those is there."""
    return [m for m in summary.measures if m.main] or list(summary.measures)


def _head(told: Told) -> Iterator[str]:
    summary = told.summary
    first = summary.runs[0]
    figures = [(m.shown(first.every.scores[m.key].mean) + f" {m.unit}".rstrip(), m.title)
               for m in _main(summary)]  # fmt: skip
    counts = [_counted(first.every.clips, "scored"), _counted(len(first.failed), "failed")]
    told_of = f"<h3>{escape(plain(first.name))}</h3>{cards([*figures, *counts])}"
    radar = ""
    if len(radar_measures(summary)) >= 3:
        radar = framed(
            svg_of(radar_figure(summary), "radar"),
            "Means over clips. Outside is better; under each name what the center and the "
            "outside are, the same in every report. What is beyond an end is drawn on it; where a "
            "line has a gap, nothing is defined.",
        )
    yield f'<div class="head">{radar}<div>{told_of}</div></div>'
    if len(summary.runs) > 1:
        yield html_of(main_table(summary, _main(summary)))
    if not summary.measures:
        yield "<p>No clip has a score.</p>"
        return
    yield "<h2>Every measure</h2>"
    yield framed(
        svg_of(values_figure(summary, summary.measures, told.values), "values"),
        f"Dots: clips. Disc and bar: mean and its 95 % bootstrap interval, of {LEAST} clips and "
        "more. Right is better wherever a name has an arrow.",
    )


def _counted(clips: int, what: str) -> tuple[str, str]:
    return str(clips), f"clip{'s' * (clips != 1)} {what}"


def _compared(summary: Summary) -> Iterator[str]:
    measures = compared(summary)
    if not measures:
        return
    yield f"<h2>Differences from {escape(plain(summary.runs[0].name))}</h2>"
    clips = ", ".join(f"{plain(one.name)}: {one.clips}" for one in summary.paired)
    yield framed(
        svg_of(differences_figure(summary, measures), "differences"),
        f"Mean of the differences clip by clip, with its 95 % bootstrap interval, of {LEAST} clips "
        f"and more. Right of the line is better. Filled: the interval does not hold 0. "
        f"Clips in both: {clips}.",
    )


def _categories(summary: Summary) -> Iterator[str]:
    if not categories_there(summary) or not summary.measures:
        return
    yield "<h2>By category</h2>"
    main = _main(summary)
    caption = (
        f"Mean with its 95 % bootstrap interval, of {LEAST} clips and more; ×: none is defined. "
        "Categories without a clip are left out."
    )
    yield framed(svg_of(categories_figure(summary, main), "categories"), caption)
    if others := [m for m in summary.measures if m not in main]:
        picture = framed(svg_of(categories_figure(summary, others), "others"), caption)
        yield f"<details><summary>The other measures by category</summary>{picture}</details>"


def _worst(told: Told) -> Iterator[str]:
    if not told.worst:
        return
    first = told.summary.runs[0].name
    yield f"<h2>Where {escape(plain(first))} is worst</h2>"
    if told.shown.sheets:
        yield (
            '<p class="dim">Three moments in which its curves and the real ones differ most. '
            "Top row: the real clip, where it is at hand (<code>--real FOLDER</code>).</p>"
        )
    seen: set[str] = set()
    for one in told.worst:
        links = ", ".join(
            f'<a href="#{_anchor(told, name)}">{escape(name)}</a> {one.measure.shown(score)}'
            for name, score in one.cases
        )
        yield f"<p><b>{escape(one.measure.title)}</b> &ensp;{links}</p>"
        new = [name for name, _ in one.cases if name in told.shown.sheets and name not in seen]
        seen.update(new)
        pictures = "".join(
            f'<div id="{_anchor(told, name, "frames")}">{framed(_image(told, name), name)}</div>'
            for name in new
        )
        if pictures:
            yield f'<div class="cases">{pictures}</div>'


def _image(told: Told, name: str) -> str:
    address = told.shown.sheets[name]
    return f'<img src="{address}" alt="frames of {escape(name)}" loading="lazy">'


def _anchor(told: Told, name: str, part: str = "clip") -> str:
    """Return the fragment of a clip's part, which has no sign of the clip's name in it."""
    return f"{part}-{list(told.every).index(name)}"


def _clips(told: Told) -> Iterator[str]:
    if not told.every:
        return
    yield f"<h2>Clips of {escape(plain(told.summary.runs[0].name))}</h2>"
    yield _clip_table(told)
    yield "<h2>Curves</h2>"
    shown, every = len(told.shown.names), len(told.every)
    less = (
        f" {shown} of {every} clips: the worst ones, and others spread over the categories."
        if shown < every
        else ""
    )
    yield (
        '<p class="dim">Gray: the real face; shaded where it is active. Colored: generated, with a '
        "strip below where active. Dashed: the subject's right side, where sides differ. Dotted: "
        f"from where a channel counts as active.{less}</p>"
    )
    for name in told.shown.names:
        yield _clip_part(told, name)


def _clip_table(told: Told) -> str:
    """Return a line a clip of the first run, cells the redder the worse."""
    measures = _main(told.summary)
    rows = told.rows[told.summary.runs[0].name]
    head = "".join(f"<th>{escape(m.title)}</th>" for m in measures)
    body: list[str] = []
    for name, row in ((name, rows[name]) for name in told.every if name in rows):
        cells = "".join(_tinted(m, row.scores.get(m.key, math.nan)) for m in measures)
        label = escape(name)
        if name in told.shown.names:
            label = f'<a href="#{_anchor(told, name)}">{label}</a>'
        body.append(
            f'<tr><td>{label}</td><td class="text">{escape(wording(row.category))}</td>'
            f"<td>{row.seconds:.1f}</td><td>{row.face_px:.0f}</td>{cells}</tr>"
        )
    return (
        '<div class="scroll"><table class="sort clips"><thead><tr><th>clip</th>'
        f'<th class="text">category</th><th>s</th><th>face px</th>{head}</tr></thead>'
        f"<tbody>{''.join(body)}</tbody></table></div>"
    )


def _tinted(m: Measure, value: float) -> str:
    if math.isnan(value) or math.isnan(m.rim):
        return f"<td>{m.shown(value)}</td>"
    bad = round(0.55 * (1 - m.outward(value)), 2)
    return f'<td style="background:rgba(213,94,0,{bad})">{m.shown(value)}</td>'


def _clip_part(told: Told, name: str) -> str:
    row = told.every[name]
    main = _main(told.summary)
    first = told.rows[told.summary.runs[0].name].get(name)
    scores = {} if first is None else first.scores
    brief = ", ".join(f"{m.name} {m.shown(scores[m.key])}" for m in main[:2] if m.key in scores)
    kind = wording(row.category) or "no category"
    inner = told.shown.curves.get(name, "")
    picture = framed(inner) if inner else '<p class="dim">No curves were kept.</p>'
    frames = ""
    if name in told.shown.sheets:
        frames = f'<p><a href="#{_anchor(told, name, "frames")}">frames</a></p>'
    return (
        f'<details id="{_anchor(told, name)}"><summary><b>{escape(name)}</b>'
        f'<span class="dim">{escape(kind)}, {row.seconds:.1f} s'
        f"{', ' if brief else ''}{escape(brief)}</span></summary>{picture}"
        f'{frames}<div class="narrow">{html_of(_scores_of(told, name))}</div></details>'
    )


def _scores_of(told: Told, name: str) -> Grid:
    """Return every measure of one clip, a column a run."""
    found = {run: rows[name].scores for run, rows in told.rows.items() if name in rows}
    rows = [
        (m.title, *(m.shown(scores.get(m.key, math.nan)) for scores in found.values()))
        for m in told.summary.measures
        if any(m.key in scores for scores in found.values())
    ]
    return Grid(name, ("", *found), tuple(rows))


def _tables(summary: Summary) -> Iterator[str]:
    yield "<h2>Tables</h2>"
    yield from _titled(measures_table(summary, "All clips"))
    if summary.lacks:
        title, table = _titled(lacks_table(summary))
        yield f'{title}<div class="wrap">{table}</div>'
    if any(run.subset.clips for run in summary.runs):
        yield from _titled(measures_table(summary, f"Clips that are {SUBSET}", lambda r: r.subset))
    else:
        yield f'<p class="dim">No clip is known to be {escape(SUBSET)}.</p>'
    if summary.paired:
        yield from _titled(differences_table(summary))
    for run in summary.runs if categories_there(summary) else ():
        yield _folded(category_table(run, _main(summary)))
    yield from _published(summary)
    yield "<h2>Clips that failed</h2>"
    failed = lines_table(summary, "Clips that failed", "failed")
    yield f'<div class="wrap">{html_of(failed)}</div>' if failed.rows else "<p>None.</p>"
    warned = lines_table(summary, "Warnings", "warned")
    if warned.rows:
        yield f'<div class="wrap">{_folded(warned)}</div>'
    stamps = stamp_table(summary)
    yield f'<h2>{escape(stamps.title)}</h2><div class="wrap">{html_of(stamps)}</div>'


def _folded(grid: Grid) -> str:
    title = f"{grid.title} ({len(grid.rows)})" if grid.texts > 1 else grid.title
    inner = f"<summary>{escape(plain(title))}</summary>{html_of(grid, sortable=True)}"
    return f"<details>{inner}</details>"


def _titled(grid: Grid) -> tuple[str, str]:
    return f"<h3>{escape(plain(grid.title))}</h3>", html_of(grid)


def _published(summary: Summary) -> Iterator[str]:
    tables = published(summary.runs[0].stamp.protocol)
    if not tables:
        return
    yield "<h2>Beside the paper</h2>"
    yield from _titled(ours_like(summary, tables[0]))
    yield f'<div class="paper"><h3>{escape(HEADING.capitalize())}</h3>'
    yield f'<p class="dim">{escape(source())}. {escape(note())}</p>'
    for table in tables:
        yield f"<h4>{escape(table.title)}</h4>{html_of(published_table(table))}"
    yield "</div>"
