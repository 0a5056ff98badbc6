"""Plots of a realism report, as SVG that takes the color of the page's text."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from cogportrait.behavior.kinematics import saccade_line_s, saccade_peak_velocity_deg_s
from cogportrait.behavior.labels import LABELS, wording
from cogportrait.behavior.realism.judge import Judged, inside_of
from cogportrait.behavior.realism.observe import Observed
from cogportrait.behavior.realism.saccades import Saccades
from cogportrait.io.figures import BAND, INK, OUT, new_figure, plain_axes, svg_of, titled

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_Array = NDArray[np.float64]

SPEAKING: Final = "#d55e00"  # Okabe-Ito
LISTENING: Final = "#0072b2"
MOST_POINTS: Final = 6000  # in a scatter
_GAZE_REACH_DEG: Final = 35.0


@dataclass(frozen=True, slots=True, eq=False)
class Played:
    """One label, played once and judged."""

    label: str
    speaking: bool
    seen: Observed
    judged: tuple[Judged, ...]
    fits: dict[str, float]  # log likelihood by label, less the best one's

    @property
    def nearest(self) -> str:
        """The label whose priors fit best."""
        return max(self.fits, key=lambda name: self.fits[name])

    @property
    def color(self) -> str:
        """Of its marks."""
        return SPEAKING if self.speaking else LISTENING

    def quantity(self, name: str) -> Judged | None:
        """Return one of its quantities."""
        return next((one for one in self.judged if one.name == name), None)


def _labels_of(played: Sequence[Played]) -> list[str]:
    return [name for name in LABELS if any(p.label == name for p in played)]


def shares_plot(played: Sequence[Played]) -> str:
    """Return bars of the share of quantities inside their range, by label."""
    names = _labels_of(played)
    figure = new_figure(9, 0.32 * len(names) + 1.0)
    axes = figure.subplots()
    for one in played:
        y = names.index(one.label) + (0.19 if one.speaking else -0.19)
        good, known = inside_of(one.judged)
        share = 100 * good / max(known, 1)
        axes.barh(y, share, height=0.34, color=one.color)
        axes.text(share + 0.6, y, f"{good}/{known}", fontsize=7.5, va="center", color=INK)
    axes.axvline(90, color=INK, linewidth=1, linestyle="--")
    axes.set_yticks(range(len(names)), [wording(n) for n in names])
    axes.set_xlim(0, 108)
    axes.invert_yaxis()
    plain_axes(axes)
    titled(axes, "Quantities inside their range", "%; dashed: 90")
    _manners(figure)
    return svg_of(figure, "shares")


def _manners(figure: "Figure") -> None:
    from matplotlib.lines import Line2D

    keys = [
        Line2D([], [], marker="o", linestyle="", color=color, label=name)
        for name, color in (("listening", LISTENING), ("speaking", SPEAKING))
    ]
    figure.legend(
        handles=keys, loc="outside upper right", ncols=2, fontsize=8, frameon=False, labelcolor=INK
    )


def fits_plot(played: Sequence[Played]) -> str:
    """Return played label against prior's label: how far the log likelihood is below the best."""
    names = _labels_of(played)
    figure = new_figure(11, 0.36 * len(names) + 2.0)
    for axes, speaking in zip(figure.subplots(1, 2, sharey=True), (False, True), strict=True):
        rows = {p.label: p for p in played if p.speaking is speaking}
        values = np.full((len(names), len(LABELS)), np.nan)
        for i, name in enumerate(names):
            if name in rows:
                values[i] = [rows[name].fits[other] for other in LABELS]
        axes.imshow(values, vmin=-40, vmax=0, cmap="cividis", aspect="auto")
        for i, j in np.argwhere(np.isfinite(values)):
            best = values[i, j] == 0
            axes.text(
                j, i, "best" if best else f"{values[i, j]:.0f}", ha="center", va="center",
                fontsize=7, color="#111111" if values[i, j] > -18 else "#f2f2f2",
                fontweight="bold" if best else "normal",
            )  # fmt: skip
        axes.set_xticks(range(len(LABELS)), [wording(n) for n in LABELS], rotation=55, ha="right")
        axes.set_yticks(range(len(names)), [wording(n) for n in names])
        axes.tick_params(labelsize=8, colors=INK, length=0)
        titled(axes, "speaking" if speaking else "listening", "priors of")
    figure.axes[0].set_ylabel("played", fontsize=8, color=INK)
    return svg_of(figure, "fits")


def places_plot(played: Sequence[Played]) -> str:
    """Return where each quantity lies in its range, by label: 0 least, 1 greatest."""
    names = _labels_of(played)
    figure = new_figure(9, 0.34 * len(names) + 1.1)
    axes = figure.subplots()
    axes.axvspan(0, 1, color=BAND, alpha=0.18, linewidth=0)
    for one in played:
        y = names.index(one.label) + (0.17 if one.speaking else -0.17)
        for q in one.judged:
            if q.inside is None or q.expected is None or not np.isfinite(q.expected.high):
                continue
            at = (q.value - q.expected.low) / (q.expected.high - q.expected.low)
            color = one.color if q.inside else OUT
            axes.plot(np.clip(at, -0.28, 1.28), y, "o" if q.inside else "X", color=color,
                      markersize=3.2 if q.inside else 6, alpha=0.75, markeredgewidth=0)  # fmt: skip
    axes.set_yticks(range(len(names)), [wording(n) for n in names])
    axes.set_xticks([0, 0.5, 1], ["least", "middle", "greatest"])
    axes.set_xlim(-0.3, 1.3)
    axes.invert_yaxis()
    plain_axes(axes)
    titled(axes, "Where the quantities lie in their ranges", "crosses: outside")
    _manners(figure)
    return svg_of(figure, "places")


def quantity_plots(played: Sequence[Played], names: Sequence[str], salt: str) -> str:
    """Return one panel a quantity: by label its range (bar), its mean (tick) and the values."""
    labels = _labels_of(played)
    columns = 4
    rows = -(-len(names) // columns)
    figure = new_figure(12, rows * (0.19 * len(labels) + 0.75) + 0.3)
    grid = np.atleast_2d(figure.subplots(rows, columns, sharey=True, squeeze=False))
    for axes in grid.flat[len(names) :]:
        axes.set_visible(False)
    for axes, name in zip(grid.flat, names, strict=False):
        unit = _quantity_panel(axes, played, labels, name)
        titled(axes, name, unit)
    grid.flat[0].set_ylim(len(labels) - 0.4, -0.6)
    _manners(figure)
    return svg_of(figure, salt)


def _quantity_panel(
    axes: "Axes", played: Sequence[Played], labels: Sequence[str], name: str
) -> str:
    unit, seen = "", [p.quantity(name) for p in played]
    reach = [v for q in seen if q and np.isfinite(q.value) for v in (q.value,)]
    top = max([*reach, *(q.expected.high for q in seen if q and q.expected
                         and np.isfinite(q.expected.high))], default=1.0)  # fmt: skip
    for one, q in zip(played, seen, strict=True):
        if q is None:
            continue
        unit = q.unit
        y = labels.index(one.label) + (0.2 if one.speaking else -0.2)
        if q.expected is not None:
            high = q.expected.high if np.isfinite(q.expected.high) else 1.1 * top
            axes.plot([q.expected.low, high], [y, y], color=BAND, alpha=0.5, linewidth=3.4,
                      solid_capstyle="butt")  # fmt: skip
            axes.plot(q.expected.mean, y, "|", color=INK, markersize=5)
        if np.isfinite(q.value):
            good = q.inside is not False
            axes.plot(q.value, y, "o" if good else "X", color=one.color if good else OUT,
                      markersize=4 if good else 6.5, markeredgewidth=0)  # fmt: skip
    axes.set_yticks(range(len(labels)), [wording(n) for n in labels])
    plain_axes(axes)
    return unit


def _small_multiples(
    played: Sequence[Played], size: tuple[float, float], draw: Callable[["Axes", Played], None]
) -> "Figure":
    labels, columns = _labels_of(played), 5
    rows = -(-len(labels) // columns)
    figure = new_figure(12, rows * size[1])
    grid = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
    for axes in grid.flat[len(labels) :]:
        axes.set_visible(False)
    for axes, label in zip(grid.flat, labels, strict=False):
        for one in played:
            if one.label == label:
                draw(axes, one)
        plain_axes(axes)
        axes.set_title(wording(label), fontsize=9.5, color=INK, loc="left", fontweight="bold")
        axes.tick_params(labelbottom=True)
    return figure


def intervals_plot(played: Sequence[Played]) -> str:
    """Return the distribution of the intervals between blinks, by label."""
    edges = [0.5 * i for i in range(31)]

    def draw(axes: "Axes", one: Played) -> None:
        if one.seen.curves is not None and len(one.seen.curves.blinks) > 1:
            intervals = np.clip(one.seen.curves.blinks.intervals_s, 0, edges[-1])
            weights = np.full(len(intervals), 100 / len(intervals))
            axes.hist(intervals, edges, weights=weights, histtype="step", color=one.color)
            axes.set_xlabel("s (15: and more)", fontsize=7.5, color=INK)
            axes.set_ylabel("% of intervals", fontsize=7.5, color=INK)

    figure = _small_multiples(played, (2.4, 1.9), draw)
    _manners(figure)
    return svg_of(figure, "intervals")


def gaze_plot(played: Sequence[Played]) -> str:
    """Return where gaze is in the room, by label, listening and speaking together."""

    def draw(axes: "Axes", one: Played) -> None:
        room = one.seen.room_deg[one.seen.is_open][::5]
        # Seen from in front: the subject's left is right in the picture.
        axes.plot(room[:, 0], room[:, 1], ".", color=one.color, markersize=1.5, alpha=0.08,
                  rasterized=True)  # fmt: skip
        angle = np.linspace(0, 2 * np.pi, 90)
        axes.plot(8 * np.cos(angle), 8 * np.sin(angle), color=INK, linewidth=0.8)
        axes.set_xlim(-_GAZE_REACH_DEG, _GAZE_REACH_DEG)
        axes.set_ylim(-_GAZE_REACH_DEG, 0.7 * _GAZE_REACH_DEG)
        axes.set_aspect("equal")
        axes.set_xlabel("yaw, + the subject's left", fontsize=7.5, color=INK)
        axes.set_ylabel("pitch, + up", fontsize=7.5, color=INK)

    figure = _small_multiples(played, (2.4, 2.3), draw)
    _manners(figure)
    return svg_of(figure, "gaze")


def main_sequence_plot(played: Sequence[Played], recorded: Saccades) -> str:
    """Return peak velocity and duration by amplitude, with the laws and recorded saccades."""
    figure = new_figure(11, 4.4)
    fast, long = figure.subplots(1, 2)
    own = [p.seen.curves.saccades for p in played if p.seen.curves is not None]
    size = np.concatenate([s.amplitude_deg for s in own]) if own else np.zeros(0)
    peak = np.concatenate([s.peak_deg_s for s in own]) if own else np.zeros(0)
    time = np.concatenate([s.duration_s for s in own]) if own else np.zeros(0)
    every = slice(None, None, max(1, len(size) // MOST_POINTS))
    line = np.linspace(0.5, 40, 80)
    top = saccade_peak_velocity_deg_s
    for axes, own_y, their_y, laws in (
        (fast, peak, recorded.peak_deg_s, ((top(line), "-"), (top(0 * line, line), "--"))),
        (long, 1000 * time, 1000 * recorded.duration_s,
         ((1000 * saccade_line_s(line), "-"), (750 * saccade_line_s(line), ":"),
          (1600 * saccade_line_s(line), ":"))),
    ):  # fmt: skip
        axes.plot(size[every], own_y[every], ".", color=LISTENING, markersize=2.5, alpha=0.25,
                  rasterized=True, label="planned")  # fmt: skip
        axes.plot(recorded.amplitude_deg, their_y, "x", color="#e69f00", markersize=3, alpha=0.6,
                  rasterized=True, label="recorded (library)")  # fmt: skip
        for law, style in laws:
            axes.plot(line, law, style, color=INK, linewidth=1.2)
        axes.set_xlim(0, 40)
        axes.set_ylim(0, 700 if axes is fast else 200)
        plain_axes(axes)
        axes.legend(fontsize=8, frameon=False, labelcolor=INK, loc="lower right", markerscale=3)
    titled(fast, "Peak velocity, deg/s", "amplitude, deg; lines: law sideways (-), up or down (--)")
    titled(long, "Duration, ms", "amplitude, deg; line: 2.2 A + 21 ms, dotted: tolerance")
    return svg_of(figure, "sequence")


def units_plot(played: Sequence[Played]) -> str:
    """Return the levels of the action units that labels have priors for."""
    labels = _labels_of(played)
    units = sorted({q.name for p in played for q in p.judged if q.name.startswith("AU")
                    and q.expected is not None})  # fmt: skip
    figure = new_figure(13, 3.9)
    axes = figure.subplots()
    x = 0.0
    ticks: list[tuple[float, str]] = []
    for label in labels:
        first = x - 0.3
        for name in units:
            found = [(p, q) for p in played if p.label == label
                     if (q := p.quantity(name)) is not None and q.expected is not None]  # fmt: skip
            for one, q in found:
                expected = q.expected
                if expected is None:
                    continue
                at = x + (0.16 if one.speaking else -0.16)
                axes.plot([at, at], [expected.low, expected.high], color=BAND, alpha=0.5,
                          linewidth=3.4, solid_capstyle="butt")  # fmt: skip
                axes.plot(at, expected.mean, "_", color=INK, markersize=6)
                good = q.inside is not False
                axes.plot(at, q.value, "o" if good else "X", color=one.color if good else OUT,
                          markersize=4.5, markeredgewidth=0)  # fmt: skip
            if found:
                ticks.append((x, f"{name.removeprefix('AU')}"))
                x += 1
        if x > first + 0.3:
            axes.text(first, 5.3, wording(label), fontsize=7.5, color=INK, rotation=32)
            axes.axvline(x - 0.2, color=BAND, linewidth=0.6)
            x += 0.6
    axes.set_xticks([t for t, _ in ticks], [n for _, n in ticks], rotation=60, ha="right")
    axes.set_ylim(-0.2, 7.2)
    axes.set_yticks(range(6))
    axes.set_xlim(-0.8, max(x, 1))
    plain_axes(axes)
    axes.set_ylabel("intensity, 0 to 5", fontsize=8, color=INK)
    _manners(figure)
    return svg_of(figure, "units")
