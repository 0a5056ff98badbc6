"""Figures of reports: SVG that stands in a page and takes the color of its text."""

import re
import warnings
from io import StringIO
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK: Final = "#222222"  # becomes the color of the page's text
BAND: Final = "#8a8f98"
OUT: Final = "#c4003b"
COLORS: Final = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")  # Okabe-Ito
_NAMED: Final = re.compile(r'\bid="(?=[A-Za-z][\w.]*_\d+")')  # figure_1, xtick_12 ...


def new_figure(width_in: float, height_in: float) -> "Figure":
    """Return an empty figure that lays itself out."""
    from matplotlib.figure import Figure

    return Figure(figsize=(width_in, height_in), layout="constrained")


def svg_of(figure: "Figure", salt: str) -> str:
    """Return the figure as an SVG element whose ink is ``currentColor``.

    Parameters
    ----------
    figure
        What is drawn.
    salt
        A word that no other figure of the page has: names inside begin with it.
    """
    import matplotlib as mpl

    buffer = StringIO()
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": salt}), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph")  # the reader's fonts have them
        figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None})
    text = buffer.getvalue()
    text = text[text.index("<svg") :]
    # Several figures stand in one page: their names must not clash, nor their sizes be fixed.
    text = _NAMED.sub(rf'id="{salt}-', text)
    text = re.sub(r'(<svg[^>]*?) height="[^"]*"', r"\1", text, count=1)
    text = re.sub(r'(<svg[^>]*?) width="[^"]*"', r"\1", text, count=1)
    return text.replace(INK, "currentColor")


def plain_axes(axes: "Axes") -> None:
    """Leave only what is needed to read values."""
    axes.tick_params(labelsize=8, colors=INK, length=2)
    axes.set_facecolor("none")
    for name, spine in axes.spines.items():
        spine.set_visible(name in ("left", "bottom"))
        spine.set_color(BAND)
    axes.grid(color=BAND, alpha=0.25, linewidth=0.6)


def titled(axes: "Axes", title: str, unit: str = "") -> None:
    """Set the title, and what stands under the axis."""
    axes.set_title(title, fontsize=9.5, color=INK, loc="left", fontweight="bold")
    axes.set_xlabel(unit, fontsize=8, color=INK)
