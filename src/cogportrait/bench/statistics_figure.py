"""The figure of a benchmark: clips and actors by category, lengths of clips, sizes of faces."""

import warnings
from collections.abc import Sequence
from io import BytesIO
from typing import TYPE_CHECKING, Final

import numpy as np

from cogportrait.behavior.labels import LABELS
from cogportrait.bench.clips import EMH_CATEGORIES
from cogportrait.bench.statistics import Bucket, Row, Statistics, told_actors

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis

_INK: Final = "#222222"
_GRID: Final = "#dddddd"
_CLIPS: Final = "#0072b2"  # Okabe-Ito
_ACTORS: Final = "#e69f00"
_UNUSUAL: Final = "#b3bac2"  # outside the range of the paper's figure
_WORDS: Final = 1.1  # by which an axis is longer where words stand beside its bars
_CORE: Final = frozenset(LABELS[1:7])  # the six core emotions


def statistics_png(found: Statistics) -> bytes:
    """Return the figure as a PNG; no display is needed."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    layout = ConstrainedLayoutEngine(w_pad=0.1, h_pad=0.1, hspace=0.06, wspace=0.04)
    figure = Figure(figsize=(12.5, 6.6), dpi=130, layout=layout)
    FigureCanvasAgg(figure)
    grid = figure.add_gridspec(2, 2, width_ratios=(1.15, 1))
    _draw_categories(figure.add_subplot(grid[:, 0]), found.rows)
    lengths, faces = figure.add_subplot(grid[0, 1]), figure.add_subplot(grid[1, 1])
    _draw_buckets(lengths, found.lengths, "Length of clips")
    missing = f"; {found.unmeasured} not measured" if found.unmeasured else ""
    _draw_buckets(faces, found.faces, f"Side of the face's square, px{missing}")
    for text in faces.get_xticklabels():
        text.set(rotation=40, ha="right", rotation_mode="anchor")
    figure.suptitle(
        title_of(found),
        x=0.015, ha="left", fontsize=13, fontweight="bold", color=_INK, parse_math=False,
    )  # fmt: skip
    buffer = BytesIO()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph", UserWarning)  # names in any script
        figure.savefig(buffer, format="png")
    return buffer.getvalue()


def title_of(found: Statistics) -> str:
    """Return what stands above the figure."""
    total = found.total
    clips = f"{total.clips} clip{'s' * (total.clips != 1)}"
    minutes = f"{total.seconds / 60:.1f} minutes"
    return f"{_short(found.name)}: {clips}, {told_actors(total)}, {minutes}"


def actors_label(row: Row) -> str:
    """Return what stands beside the bar of a category's actors."""
    if not row.nameless:
        return str(row.actors)
    return f"{row.actors} + unknown" if row.actors else "unknown"


def _short(name: str) -> str:
    return name if len(name) <= 60 else f"{name[:59]}…"


def _draw_categories(axes: "Axes", rows: Sequence[Row]) -> None:
    """Draw two bars a category, the first category on top."""
    places = np.arange(len(rows))
    clips, actors = [row.clips for row in rows], [row.actors for row in rows]
    for shift, color, label, values, words in (
        (-0.2, _CLIPS, "videos", clips, [str(n) for n in clips]),
        (0.2, _ACTORS, "actors", actors, [actors_label(row) for row in rows]),
    ):
        bars = axes.barh(places + shift, values, 0.38, color=color, label=label)
        axes.bar_label(bars, words, padding=2, fontsize=8, color=_INK)
    axes.set_yticks(places, [_wording(row.category) for row in rows])
    axes.invert_yaxis()
    core = sum(row.category in _CORE for row in rows)
    axes.axhline(core - 0.5, color="#999999", linewidth=0.8, linestyle=":")
    for words, first, stop in (
        ("core emotions", 0, core),
        ("beyond emotion", core, len(EMH_CATEGORIES)),
    ):
        axes.text(
            1.01, (first + stop - 1) / 2, words, rotation=270, va="center", fontsize=9,
            color="#666666", transform=axes.get_yaxis_transform(),
        )  # fmt: skip
    axes.set_title("Videos and actors by category", loc="left", fontsize=10, color=_INK)
    axes.legend(
        loc="lower right", bbox_to_anchor=(1, 1), ncols=2, fontsize=9, frameon=False,
        labelcolor=_INK, borderaxespad=0.2,
    )  # fmt: skip
    axes.grid(axis="x", color=_GRID, linewidth=0.6)
    wider = _WORDS if any(row.actors and row.nameless for row in rows) else 1.0
    axes.set_xlim(0, _room([*clips, *actors]) * wider)
    _whole_numbers(axes.xaxis)
    _plain(axes)


def _wording(category: str | None) -> str:
    return "not known" if category is None else category.replace("_", " ")


def _draw_buckets(axes: "Axes", buckets: Sequence[Bucket], title: str) -> None:
    places = np.arange(len(buckets))
    colors = [_CLIPS if one.usual else _UNUSUAL for one in buckets]
    bars = axes.bar(places, [one.clips for one in buckets], 0.8, color=colors)
    axes.bar_label(bars, padding=1, fontsize=8, color=_INK)
    axes.set_xticks(places, [one.name for one in buckets])
    beyond = any(one.clips for one in buckets if not one.usual)
    title += " (gray: outside the paper's range)" if beyond else ""
    axes.set_title(title, loc="left", fontsize=10, color=_INK)
    axes.set_ylabel("videos", fontsize=9, color=_INK)
    axes.grid(axis="y", color=_GRID, linewidth=0.6)
    axes.set_ylim(0, _room([one.clips for one in buckets]))
    _whole_numbers(axes.yaxis)
    _plain(axes)


def _room(counts: Sequence[int]) -> float:
    """Return how far an axis goes: a number stands beyond the longest bar."""
    return max(*counts, 1) * 1.12


def _whole_numbers(axis: "Axis") -> None:
    from matplotlib.ticker import MaxNLocator

    axis.set_major_locator(MaxNLocator(integer=True))


def _plain(axes: "Axes") -> None:
    axes.set_axisbelow(True)
    axes.tick_params(labelsize=9, colors=_INK, length=0)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color("#999999")
