"""The curves of one clip: the real face gray and thick, generated ones thin and in their color.

Drawn by hand as SVG, with coordinates in whole units and straight stretches as one line: fifty
clips of twelve panels would be tens of megabytes and minutes otherwise.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from cogportrait.bench.rows import Curves
from cogportrait.facs.channels import SIDES, au_channel
from cogportrait.io.figures import BAND
from cogportrait.metrics.scored import SCORED, active_frames, thresholds
from cogportrait.spans import runs

_Floats = NDArray[np.float64]

_COLUMNS: Final = 3
_WIDTH: Final = 2400  # of the picture, units; a page shows it about half as wide, in pixels
_LEFT: Final = 62  # room for the axis
_PLOT: Final = (720, 170)  # width and height of a panel's inside
_CELL: Final = (800, 256)  # with title and times, without strips
_TOP: Final = 46  # from a cell's top to the inside
_STRIP: Final = 9  # height of the strip that says when a generated face is active
_STRAIGHT: Final = 0.9  # units that a line may be off its curve
_LEAST_DEG: Final = 15.0  # an axis of degrees reaches at least this far
_SAME: Final = 0.06  # sides that are nearer than this are drawn as one


@dataclass(frozen=True, slots=True)
class _Panel:
    title: str
    over: tuple[str, ...]  # channels drawn upward: left and right, or one way
    under: tuple[str, ...] = ()  # the other way, drawn downward


def _unit(title: str, number: int) -> _Panel:
    return _Panel(title, tuple(au_channel(number, side) for side in SIDES))


# Reading order: eyes, gaze and lids on the left, head on the right.
_PANELS: Final = (
    _unit("lids closed (43)", 43),
    _Panel("gaze, + subject's left", ("61",), ("62",)),
    _Panel("head turned, + left", ("51",), ("52",)),
    _unit("upper lids raised (5)", 5),
    _Panel("gaze, + up", ("63",), ("64",)),
    _Panel("head, + up", ("53",), ("54",)),
    _unit("lids tightened (7)", 7),
    _unit("inner brows (1)", 1),
    _Panel("head tilted, + left", ("55",), ("56",)),
    _unit("brows lowered (4)", 4),
    _unit("outer brows (2)", 2),
    _unit("cheeks raised (6)", 6),
)


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """A generated face and its color."""

    color: str
    curves: Curves


def curves_svg(drawn: Sequence[Drawn], title: str) -> str:
    """Return the curves of one clip, by one or more runs, as an SVG element.

    Parameters
    ----------
    drawn
        At least one; the real curves are those of the first.
    title
        What a screen reader says; escaped here.
    """
    rows = -(-len(_PANELS) // _COLUMNS)
    height = _CELL[1] + _STRIP * len(drawn)
    parts = [
        f'<svg viewBox="0 0 {_WIDTH} {rows * height}" class="curves" role="img" '
        f'aria-label="{escape(title)}">'
    ]
    for i, panel in enumerate(_PANELS):
        row, column = divmod(i, _COLUMNS)
        parts.append(f'<g transform="translate({column * _CELL[0] + _LEFT},{row * height})">')
        parts += _panel(panel, drawn)
        parts.append("</g>")
    return "".join([*parts, "</svg>"])


def differing_frames(curves: Curves, count: int) -> list[int]:
    """Return up to `count` frames in order in which both faces differ most, well apart.

    Difference is summed over channels in units of their thresholds, over frames with both faces.
    """
    off = (np.abs(curves.real - curves.generated) / thresholds()).sum(1)
    off = np.where(curves.found, off, -1.0)
    apart = max(1, len(off) // (2 * count))
    picked: list[int] = []
    while len(picked) < count and off.size and off.max() >= 0:
        at = int(off.argmax())
        picked.append(at)
        off[max(0, at - apart) : at + apart + 1] = -1.0
    return sorted(picked)


@dataclass(frozen=True, slots=True)
class _Frame:
    """Where values are in a panel."""

    seconds: float
    low: float
    high: float

    def x(self, times_s: _Floats) -> _Floats:
        return times_s / max(self.seconds, 1e-6) * _PLOT[0]

    def y(self, values: _Floats) -> _Floats:
        return _TOP + (self.high - values) / (self.high - self.low) * _PLOT[1]


def _panel(panel: _Panel, drawn: Sequence[Drawn]) -> Iterator[str]:
    seconds = max(len(d.curves.real) / d.curves.fps for d in drawn)
    low, high = _reach(panel, drawn)
    first = drawn[0].curves
    yield f'<text class="t" x="0" y="{_TOP - 14}">{escape(panel.title)}</text>'
    frame = _Frame(seconds, low, high)
    yield from _axis(panel, frame, _STRIP * len(drawn))
    yield _spans(panel, first.real, first, frame)
    for curve in _lines(panel, first.real, first, frame):
        yield f'<path class="r" d="{curve}"/>'
    for k, d in enumerate(drawn):
        yield _strip(panel, d, k, frame)
        for j, curve in enumerate(_lines(panel, d.curves.generated, d.curves, frame)):
            dash = ' stroke-dasharray="10 7"' if j else ""
            yield f'<path class="g" stroke="{d.color}"{dash} d="{curve}"/>'


def _columns(names: Sequence[str]) -> list[int]:
    return [SCORED.index(name) for name in names]


def _any(on: NDArray[np.bool_], names: Sequence[str]) -> NDArray[np.bool_]:
    """Return where any of some channels is active, [T]."""
    return np.asarray(on[:, _columns(names)].any(1), np.bool_)


def _reach(panel: _Panel, drawn: Sequence[Drawn]) -> tuple[float, float]:
    if not panel.under:
        return 0.0, 1.0
    columns = _columns((*panel.over, *panel.under))
    most = max((float(v[:, columns].max(initial=0)) for d in drawn
                for v in (d.curves.real, d.curves.generated)), default=0.0)  # fmt: skip
    reach = 5.0 * np.ceil(max(most, _LEAST_DEG) / 5)
    return -float(reach), float(reach)


def _axis(panel: _Panel, frame: _Frame, strips: int) -> Iterator[str]:
    low, high = frame.low, frame.high
    bottom, (width, height) = _TOP + _PLOT[1], _PLOT
    sign = "°" if panel.under else ""
    middle = _TOP + height // 2 if panel.under else bottom
    yield f'<path class="a" d="M0 {_TOP}V{bottom}M0 {middle}H{width}"/>'
    for value, y in ((high, _TOP + 8), (low, bottom + 6)):
        yield f'<text class="n" x="-8" y="{y}" text-anchor="end">{value:g}{sign}</text>'
    y = bottom + strips + 24
    yield f'<text class="n" x="{width}" y="{y}" text-anchor="end">{frame.seconds:.1f} s</text>'
    limit = thresholds()[_columns(panel.over)[0]]
    for way in (1, -1) if panel.under else (1,):
        y = _TOP + (high - way * limit) / (high - low) * height
        yield f'<path class="d" d="M0 {y:.0f}H{width}"/>'


def _spans(panel: _Panel, values: NDArray[np.float32], curves: Curves, frame: _Frame) -> str:
    """Return where the real face is active: shaded, above or below the middle."""
    on = active_frames(values.astype(np.float64), curves.fps)
    out: list[str] = []
    for names, top, bottom in (
        (panel.over, frame.high, max(frame.low, 0.0)),
        (panel.under, 0.0, frame.low),
    ):
        if not names:
            continue
        y = frame.y(np.array([top, bottom]))
        for first, stop in runs(_any(on, names)):
            x = frame.x(np.array([first, stop]) / curves.fps)
            out.append(f"M{x[0]:.0f} {y[0]:.0f}H{x[1]:.0f}V{y[1]:.0f}H{x[0]:.0f}z")
    return f'<path class="s" d="{"".join(out)}"/>' if out else ""


def _strip(panel: _Panel, d: Drawn, k: int, frame: _Frame) -> str:
    """Return when a generated face is active: a strip of its color under the panel, one a run."""
    on = active_frames(d.curves.generated.astype(np.float64), d.curves.fps)
    y = _TOP + _PLOT[1] + _STRIP * (k + 1)
    out: list[str] = []
    for first, stop in runs(_any(on, (*panel.over, *panel.under))):
        x = frame.x(np.array([first, stop]) / d.curves.fps)
        out.append(f"M{x[0]:.0f} {y}H{max(x[1], x[0] + 3):.0f}")
    style = f'stroke="{d.color}" stroke-width="{_STRIP - 3}"'
    return f'<path fill="none" {style} d="{"".join(out)}"/>' if out else ""


def _lines(
    panel: _Panel, values: NDArray[np.float32], curves: Curves, frame: _Frame
) -> Iterator[str]:
    """Yield the curve of a panel; of two sides that differ both, left first."""
    v = values.astype(np.float64)
    sides = [v[:, k] for k in _columns(panel.over)]
    if panel.under:
        sides = [sides[0] - v[:, _columns(panel.under)[0]]]
    elif np.abs(sides[0] - sides[1]).max(initial=0) < _SAME:
        sides = sides[:1]
    times = (np.arange(len(v), dtype=np.float64) + 0.5) / float(curves.fps)
    for side in sides:
        points = np.column_stack([frame.x(times), frame.y(side)])
        yield "".join(_path(points[a:b]) for a, b in runs(curves.found))


def _path(points: _Floats) -> str:
    """Return points as a path of whole, relative steps, straight stretches as one."""
    whole = np.rint(points).astype(np.int32)
    kept = np.asarray(cv2.approxPolyDP(whole[:, None], _STRAIGHT, closed=False))[:, 0]
    steps = np.diff(kept, axis=0)
    x, y = kept[0].tolist()
    text = f"M{x} {y}l"
    for number in steps.ravel().tolist() or [1, 0]:
        text += f"{number}" if number < 0 or text.endswith("l") else f" {number}"
    return text


CURVES_STYLE: Final = f"""
svg.curves path{{fill:none}}svg.curves .s{{fill:{BAND};fill-opacity:.2}}
svg.curves .r{{stroke:{BAND};stroke-width:8;stroke-linejoin:round;stroke-opacity:.75}}
svg.curves .g{{stroke-width:3;stroke-linejoin:round}}
svg.curves .a{{stroke:{BAND};stroke-width:1.5}}
svg.curves .d{{stroke:{BAND};stroke-width:1.5;stroke-dasharray:2 7}}
svg.curves text{{fill:currentColor;font-size:22px}}svg.curves .t{{font-weight:600}}
svg.curves .n{{fill:var(--dim);font-size:20px}}
"""
