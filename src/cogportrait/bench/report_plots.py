"""Plots of a benchmark's report: the radar chart, values with intervals, differences, categories.

Right is better in every panel whose measure has a better way; runs have one color throughout.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from cogportrait.behavior.labels import wording
from cogportrait.bench.measures import RADAR, Better, Measure
from cogportrait.bench.summary import RunSummary, Summary
from cogportrait.errors import plain
from cogportrait.io.figures import BAND, COLORS, INK, new_figure, plain_axes, titled
from cogportrait.metrics.aggregate import LEAST, Aggregate

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.projections.polar import PolarAxes

Values = Mapping[str, Mapping[str, NDArray[np.float64]]]  # run -> measure -> known scores of clips

RUN_COLORS: Final = (*COLORS, "#7b4fa3", "#8c6d31")
_COLUMNS: Final = 4
_MOST_TICKS: Final = 5  # along an axis: numbers have up to six characters
_MOST_DOTS: Final = 150  # clips of a run in a panel; more are thinned out evenly
_NAME: Final = 18  # characters of a run's name in a plot
_LEAST_PLACES: Final = 4  # for categories in a panel, and
_MOST_BAR: Final = 0.4  # of a place that one bar takes: a few bars are no walls
_MOST_PLACES: Final = 14  # in the panels of one row


def short(name: str, most: int = _NAME) -> str:
    """Return a name as plots have it: no formula, not too long."""
    text = plain(name)
    text = text if len(text) <= most else f"{text[: most - 1]}…"
    return text.replace("$", r"\$")


def radar_measures(summary: Summary) -> tuple[Measure, ...]:
    """Return the measures of the radar chart's axes that have a value in some run."""
    return tuple(
        m for m in RADAR if any(np.isfinite(_mean(run, m)) for run in summary.runs)
    )  # fmt: skip


def _mean(run: RunSummary, m: Measure) -> float:
    """Return a run's mean; NaN where it has none."""
    found = run.every.scores.get(m.key)
    return float("nan") if found is None else found.mean


def radar_figure(summary: Summary) -> "Figure":
    """Return all runs on axes that start at the center, scaled so that outside is better.

    The axes are the same ones in the same places in every report.
    """
    measures, there = RADAR, radar_measures(summary)
    figure = new_figure(7.0, 5.7)
    axes: PolarAxes = figure.subplots(subplot_kw={"projection": "polar"})  # pyright: ignore[reportAssignmentType]
    turns = np.linspace(0, 2 * np.pi, len(measures), endpoint=False)
    axes.set_theta_zero_location("N")
    axes.set_theta_direction(-1)
    for run, color in reversed(list(zip(summary.runs, RUN_COLORS, strict=False))):
        means = [_mean(run, m) for m in measures]
        at = np.array([m.outward(v) if np.isfinite(v) else np.nan
                       for m, v in zip(measures, means, strict=True)])  # fmt: skip
        axes.plot([*turns, turns[0]], [*at, at[0]], color=color, linewidth=2, marker="o",
                  markersize=4.5, solid_joinstyle="round")  # fmt: skip
        if np.isfinite(at).all():
            axes.fill(turns, at, color=color, alpha=0.09, linewidth=0)
    axes.set_ylim(0, 1)
    axes.set_yticks([0.25, 0.5, 0.75, 1], ["", "", "", ""])
    axes.set_xticks(turns, [""] * len(turns))
    axes.grid(color=BAND, alpha=0.35, linewidth=0.7)
    axes.spines["polar"].set_color(BAND)
    axes.set_facecolor("none")
    for turn, m in zip(turns, measures, strict=True):
        _name_axis(axes, float(turn), m, known=m in there)
    return figure


def _name_axis(axes: "PolarAxes", turn: float, m: Measure, *, known: bool) -> None:
    x, y = float(np.sin(turn)), float(np.cos(turn))
    place = "left" if x > 0.1 else "right" if x < -0.1 else "center"
    stand = "bottom" if y > 0.3 else "top" if y < -0.3 else "center"
    ends = f"{m.hub:g} to {m.rim:g}{f' {m.unit}' if m.unit else ''}" if known else "undefined"
    axes.text(turn, 1.07, f"{m.name}\n", fontsize=10.5, fontweight="bold",
              color=INK if known else BAND, ha=place, va=stand, linespacing=1.05)  # fmt: skip
    axes.text(turn, 1.07, f"\n{ends}", fontsize=8.5, color=BAND, ha=place, va=stand,
              linespacing=1.35)  # fmt: skip


def values_figure(summary: Summary, measures: Sequence[Measure], values: Values) -> "Figure":
    """Return a panel a measure: every clip as a dot, the mean with its interval, by run."""
    names = [run.name for run in summary.runs]
    figure, panels = _grid(len(measures), 0.42 * len(names) + 0.95)
    for axes, m in zip(panels, measures, strict=True):
        for y, (run, color) in enumerate(zip(summary.runs, RUN_COLORS, strict=False)):
            _dots(axes, values[run.name][m.key], y, color)
            _interval(axes, run, y, color, m)
        _runs_down(axes, names, m)
        shown = [v for run in summary.runs for v in (*values[run.name][m.key], _mean(run, m))]
        _end_well(axes, m, np.array([v for v in shown if np.isfinite(v)]))
        _keep_inside(axes)
        titled(axes, m.title, m.unit)
    return figure


def _dots(axes: "Axes", clips: NDArray[np.float64], y: float, color: str) -> None:
    every = max(1, -(-len(clips) // _MOST_DOTS))
    few = np.sort(clips)[::every]
    # Golden-ratio steps spread dots evenly within the row, equal from one report to the next.
    lift = 0.26 * (((np.arange(len(few)) * 0.618) % 1) - 0.5) + 0.2
    axes.plot(few, y + lift, "o", color=color, markersize=3.4, alpha=0.5, markeredgewidth=0)


def _interval(axes: "Axes", run: RunSummary, y: float, color: str, m: Measure) -> None:
    a = run.every.scores[m.key]
    if not np.isfinite(a.mean):
        axes.text(0.5, y, "undefined", fontsize=7.5, color=BAND, ha="center", va="center",
                  transform=axes.get_yaxis_transform())  # fmt: skip
        return
    at = y - 0.14
    if a.bounds is not None:
        axes.plot([*a.bounds], [at, at], color=color, linewidth=2.4, solid_capstyle="butt")
    axes.plot(a.mean, at, "o", color=color, markersize=5.5, markeredgewidth=0)
    few = f" (n = {a.n})" if a.n < LEAST and m.key not in run.whole else ""
    axes.annotate(m.shown(a.mean) + few, (a.mean, at), (0, 4), textcoords="offset points",
                  fontsize=7.5, color=INK, ha="center", va="bottom")  # fmt: skip


def _runs_down(axes: "Axes", names: Sequence[str], m: Measure) -> None:
    axes.set_yticks(range(len(names)), [short(name) for name in names])
    axes.set_ylim(len(names) - 0.45, -0.65)
    axes.margins(x=0.12)
    axes.locator_params(axis="x", nbins=_MOST_TICKS)
    plain_axes(axes)
    if m.better is Better.LOWER:
        axes.invert_xaxis()


def _keep_inside(axes: "Axes") -> None:
    """Let numbers at the ends of an axis stand inwards of what they belong to."""
    from matplotlib.text import Annotation

    worse, best = axes.get_xlim()
    for text in axes.texts:
        if isinstance(text, Annotation):
            along = (text.xy[0] - worse) / (best - worse)
            text.set_horizontalalignment(
                "left" if along < 0.15 else "right" if along > 0.85 else "center"
            )


def _end_well(axes: "Axes", m: Measure, shown: NDArray[np.float64]) -> None:
    """Let an axis end at the best value there is, if it would go on far beyond.

    Where no two values differ there is no range to show, and it is that of the measure's scale.
    """
    if np.isfinite(m.rim) and (not shown.size or np.ptp(shown) == 0):
        ends = np.array([m.hub, m.rim, *shown])
        low, high = float(ends.min()), float(ends.max())
        margin = 0.06 * (high - low)
        low, high = low - margin, high + margin
        axes.set_xlim(*((low, high) if m.better is Better.HIGHER else (high, low)))
        return
    worse, best = axes.get_xlim()
    most = m.rim + 0.06 * (best - worse)
    if m.rim in (0.0, 1.0) and (best > most) == (best > worse):
        axes.set_xlim(worse, most)


def differences_figure(summary: Summary, measures: Sequence[Measure]) -> "Figure":
    """Return a panel a measure: how far each run is from the first, over the same clips."""
    names = [paired.name for paired in summary.paired]
    figure, panels = _grid(len(measures), 0.3 * len(names) + 0.95)
    for axes, m in zip(panels, measures, strict=True):
        axes.axvline(0, color=INK, linewidth=0.9)
        reach = 0.0
        for y, (paired, color) in enumerate(zip(summary.paired, RUN_COLORS[1:], strict=False)):
            a = paired.scores[m.key]
            low, high = a.bounds or (np.nan, np.nan)
            axes.plot([low, high], [y, y], color=color, linewidth=2.4, solid_capstyle="butt")
            sure = low > 0 or high < 0
            axes.plot(a.mean, y, "o", color=color, markersize=6, markeredgewidth=1.4,
                      markerfacecolor=color if sure else "none")  # fmt: skip
            reach = max([reach, *(abs(v) for v in (low, high, a.mean) if np.isfinite(v))])
        _runs_down(axes, names, m)
        reach = 1.15 * reach or 1.0
        axes.set_xlim(*((reach, -reach) if m.better is Better.LOWER else (-reach, reach)))
        titled(axes, m.title, m.unit)
    return figure


def categories_figure(summary: Summary, measures: Sequence[Measure]) -> "Figure":
    """Return a row of bars a measure: the mean of each category, by run, with intervals.

    Categories of which no run has a clip are left out.
    """
    there = categories_there(summary)
    parts = [summary.runs[0].categories[i] for i in there]
    places = max(len(parts), _LEAST_PLACES)
    columns = max(1, min(_COLUMNS, _MOST_PLACES // places))
    figure, panels = _grid(len(measures), 1.95 if columns > 1 else 1.75, columns, below=0.8)
    steep = len(parts) > 8
    for axes, m in zip(panels, measures, strict=True):
        for k, (run, color) in enumerate(zip(summary.runs, RUN_COLORS, strict=False)):
            of = [run.categories[i].scores[m.key] for i in there]
            _bars(axes, of, (k, len(summary.runs)), color)
        plain_axes(axes)
        axes.grid(visible=False, axis="x")
        titled(axes, m.title)
        axes.set_ylabel(m.unit, fontsize=8, color=INK)
        heights = [run.categories[i].scores[m.key] for run in summary.runs for i in there]
        _from_zero(axes, m, heights)
        axes.set_xticks(range(len(parts)), [""] * len(parts))
        axes.set_xlim(-0.6, places - 0.4)
    ticks = [f"{_category(p.name)}\nn {_counts(summary, i)}"
             for i, p in zip(there, parts, strict=True)]  # fmt: skip
    for axes in panels[-columns:]:  # with none below
        axes.set_xticks(range(len(parts)), ticks, rotation=35 if steep else 0,
                        ha="right" if steep else "center")  # fmt: skip
    return figure


def categories_there(summary: Summary) -> list[int]:
    """Return the places of the categories that have a clip; none where no category is known."""
    parts = [[run.categories[i] for run in summary.runs]
             for i in range(len(summary.runs[0].categories))]  # fmt: skip
    there = [i for i, of in enumerate(parts) if any(part.clips for part in of)]
    return there if any(parts[i][0].name for i in there) else []


def _from_zero(axes: "Axes", m: Measure, shown: Sequence[Aggregate]) -> None:
    """Let bars stand on zero; where none has a height the axis is that of the measure's scale."""
    if any(a.mean for a in shown if np.isfinite(a.mean)):
        axes.set_ylim(bottom=min(0.0, axes.get_ylim()[0]))
    elif np.isfinite(m.rim):
        axes.set_ylim(0.0, max(m.rim, m.hub))
    else:
        axes.set_ylim(0.0, 1.0)


def _bars(axes: "Axes", of: Sequence[Aggregate], place: tuple[int, int], color: str) -> None:
    """Draw the bars of run k of n."""
    k, n = place
    width = min(0.8 / n, _MOST_BAR)
    for i, a in enumerate(of):
        x = i + (k - (n - 1) / 2) * width
        if not np.isfinite(a.mean):
            axes.text(x, 0, "×", fontsize=8, color=color, ha="center", va="bottom")
            continue
        axes.bar(x, a.mean, 0.92 * width, color=color, alpha=0.8, linewidth=0)
        axes.plot([x - 0.46 * width, x + 0.46 * width], [a.mean, a.mean], color=color, linewidth=2,
                  solid_capstyle="butt")  # fmt: skip
        if a.bounds is not None:
            axes.plot([x, x], [*a.bounds], color=INK, linewidth=1.1, solid_capstyle="butt")


def _category(name: str) -> str:
    return short(wording(name), 24) if name else "none"


def _counts(summary: Summary, i: int) -> str:
    """Return how many clips of a category were scored: one number where all runs agree."""
    counts = sorted(run.categories[i].clips for run in summary.runs)
    return str(counts[0]) if counts[0] == counts[-1] else f"{counts[0]} to {counts[-1]}"


def _grid(
    panels: int, height_in: float, columns: int = _COLUMNS, below: float = 0.1
) -> tuple["Figure", list["Axes"]]:
    rows = max(1, -(-panels // columns))
    figure = new_figure(12, rows * height_in + below)
    if (engine := figure.get_layout_engine()) is not None:
        engine.set(hspace=0.09)  # pyright: ignore[reportCallIssue] - of the constrained layout
    every = list(figure.subplots(rows, columns, squeeze=False).flat)
    for axes in every[panels:]:
        axes.set_visible(False)
    return figure, every[:panels]
