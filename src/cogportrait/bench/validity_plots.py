"""Curves of the scores over how much is wrong with a clip."""

from collections.abc import Sequence
from io import BytesIO
from typing import TYPE_CHECKING, Final

import numpy as np

from cogportrait.bench.measures import BY_KEY
from cogportrait.bench.validity import Validity
from cogportrait.bench.validity_cases import ERRORS, LEVELS, SHARES, Case, Family
from cogportrait.io.figures import BAND, COLORS, INK, new_figure, plain_axes, titled

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_COLORS: Final = (*COLORS, "#7b4fa3", "#8c6d31")
_SAME: Final = Case(Family.SAME, 0)
# Panels: title, unit below, and the cases from left to right with the level of nothing among them.
_PANELS: Final[tuple[tuple[str, str, tuple[tuple[float, Case], ...]], ...]] = (
    ("Delay", "s", (
        (0.0, _SAME), *((v, Case(Family.DELAY, v)) for v in LEVELS[Family.DELAY]),
    )),
    ("Strength", "times", (
        *((v, Case(Family.WEAKER, v)) for v in reversed(LEVELS[Family.WEAKER])), (1.0, _SAME),
        *((v, Case(Family.STRONGER, v)) for v in LEVELS[Family.STRONGER]),
    )),
    ("Blinks dropped", "share", (
        (0.0, _SAME), *((v, Case(Family.BLINKS, v)) for v in LEVELS[Family.BLINKS]),
    )),
)  # fmt: skip


def validity_png(found: Validity) -> bytes:
    """Return shares on top, errors as shares of another clip's below, with intervals."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    figure = new_figure(13, 7.2)
    FigureCanvasAgg(figure)
    panels = figure.subplots(2, len(_PANELS), squeeze=False)
    for column, (title, unit, steps) in enumerate(_PANELS):
        _shares(panels[0, column], found, steps)
        _errors(panels[1, column], found, steps)
        titled(panels[0, column], title)
        titled(panels[1, column], "", unit)
    panels[0, 0].set_ylabel("score", fontsize=9, color=INK)
    panels[1, 0].set_ylabel("error / another clip's (Eye-LMD: still face's)", fontsize=9, color=INK)
    for row in panels:  # the panel of delays has all scores
        handles, names = row[0].get_legend_handles_labels()
        row[-1].legend(handles, names, loc="center left", bbox_to_anchor=(1.01, 0.5),
                       fontsize=8, frameon=False)  # fmt: skip
    buffer = BytesIO()
    figure.savefig(buffer, format="png", dpi=110, metadata={"Software": None})
    return buffer.getvalue()


_Steps = Sequence[tuple[float, Case]]


def _shares(axes: "Axes", found: Validity, steps: _Steps) -> None:
    at = [level for level, _ in steps]
    for key, color in zip(SHARES, _COLORS, strict=True):
        every = [found.of(case, key) for _, case in steps]
        axes.plot(at, [a.mean for a in every], "o-", color=color, markersize=3, linewidth=1.6,
                  label=BY_KEY[key].name)  # fmt: skip
        low, high = np.array([a.bounds or (np.nan, np.nan) for a in every]).T
        axes.fill_between(at, low, high, color=color, alpha=0.10, linewidth=0)
    axes.set_ylim(-0.1, 1.03)
    plain_axes(axes)


def _errors(axes: "Axes", found: Validity, steps: _Steps) -> None:
    at = [level for level, _ in steps]
    for key, color in zip(ERRORS, _COLORS, strict=False):
        falls = [found.fall(case, key) for _, case in steps]
        if np.isfinite(falls[1:]).any():
            axes.plot(at, falls, "o-", color=color, markersize=3, linewidth=1.6,
                      label=BY_KEY[key].name)  # fmt: skip
    axes.axhline(1, color=BAND, linewidth=0.9, linestyle=":")
    plain_axes(axes)
