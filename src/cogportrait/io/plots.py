"""Pictures of a result: control curves as small multiples, frames as a contact sheet."""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Final

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from cogportrait.errors import InputError
from cogportrait.facs.channels import CHANNEL_INDEX
from cogportrait.io.atomic import write_bytes
from cogportrait.io.figures import COLORS, INK
from cogportrait.io.images import write_png
from cogportrait.types import ControlSequence, FloatArray, Frame, Interval, Phone

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MAX_SHEET_SIDE_PX: Final = 16_000
_PAUSE: Final = "#e8edf2"

SIDE_NAMES: Final = ("subject's left, or both alike", "subject's right, where it differs")


@dataclass(frozen=True, slots=True)
class _Panel:
    """One small multiple. A channel name without side draws left solid, right dashed."""

    title: str
    unit: str
    channels: tuple[str, ...]
    least: float  # the axis spans at least this


_PANELS: Final = (
    _Panel("Lids", "0 to 1", ("AU43", "AU05", "AU07"), 1.0),
    _Panel("Gaze", "deg", ("gaze_yaw", "gaze_pitch"), 10.0),
    _Panel("Brows", "0 to 1", ("AU01", "AU02", "AU04"), 1.0),
    _Panel("Cheeks, corners", "0 to 1", ("AU06", "AU12", "AU14", "AU15", "AU20"), 1.0),
    _Panel("Mouth", "0 to 1", ("AU25", "AU26", "AU18", "AU22", "AU24", "AU10"), 1.0),
    _Panel("Head", "deg", ("head_yaw", "head_pitch", "head_roll"), 10.0),
    _Panel("Head's place", "eye distances", ("head_x", "head_y", "head_z"), 0.2),
)
_LABELS: Final = {
    "AU43": "43 closure",
    "AU05": "5 upper lid",
    "AU07": "7 tightener",
    "AU01": "1 inner",
    "AU02": "2 outer",
    "AU04": "4 lowerer",
    "AU06": "6 cheek",
    "AU12": "12 smile",
    "AU14": "14 dimple",
    "AU15": "15 frown",
    "AU20": "20 stretch",
    "AU25": "25 part",
    "AU26": "26 jaw",
    "AU18": "18 pucker",
    "AU22": "22 funnel",
    "AU24": "24 press",
    "AU10": "10 upper lip",
    "gaze_yaw": "yaw, + left",
    "gaze_pitch": "pitch, + up",
    "head_yaw": "yaw, + left",
    "head_pitch": "pitch, + up",
    "head_roll": "roll, + left",
    "head_x": "x, + left",
    "head_y": "y, + up",
    "head_z": "z, + nearer",
}


def plot_controls(
    controls: ControlSequence,
    path: str | os.PathLike[str],
    *,
    title: str = "",
    phones: Sequence[Phone] = (),
    pauses: Sequence[Interval] = (),
) -> None:
    """Write the curves of `controls` as a PNG: lids, gaze, brows, cheeks, mouth, head, its place.

    Left is drawn solid, right dashed, which a line at the top says; `pauses` are shaded, `phones`
    named under the mouth curves.

    Raises
    ------
    OutputError
        The file cannot be written.
    """
    write_bytes(path, controls_png(controls, title=title, phones=phones, pauses=pauses))


def controls_png(
    controls: ControlSequence,
    *,
    title: str = "",
    phones: Sequence[Phone] = (),
    pauses: Sequence[Interval] = (),
) -> bytes:
    """Return the picture that `plot_controls` writes."""
    # Here and not above: it takes half a second that most runs need not spend.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    width_in = float(np.clip(4.0 + controls.duration_s * 1.1, 11.0, 40.0))
    figure = Figure(figsize=(width_in, 1.75 * len(_PANELS) + 0.6), dpi=110, layout="constrained")
    FigureCanvasAgg(figure)
    all_axes = figure.subplots(len(_PANELS), 1, sharex=True)
    for axes, panel in zip(all_axes, _PANELS, strict=True):
        _draw_panel(axes, panel, controls)
        for pause in pauses:
            axes.axvspan(pause.start_s, pause.end_s, color=_PAUSE, zorder=0, linewidth=0)
        if panel.title == "Mouth":
            _name_phones(axes, phones)
    all_axes[-1].set_xlabel("seconds", color=INK)
    all_axes[-1].set_xlim(0, max(controls.duration_s, 1e-3))
    _name_lines(figure)
    if title:
        figure.suptitle(title, x=0.01, ha="left", fontsize=12, fontweight="bold", color=INK)
    buffer = BytesIO()
    figure.savefig(buffer, format="png")
    return buffer.getvalue()


def _name_lines(figure: "Figure") -> None:
    """Say at the top right what solid and dashed lines are."""
    from matplotlib.lines import Line2D

    lines = [Line2D([], [], color=INK, linewidth=1.2, linestyle=style) for style in ("-", "--")]
    figure.legend(
        lines, SIDE_NAMES, loc="outside upper right", ncols=2, fontsize=8, frameon=False,
        labelcolor=INK,
    )  # fmt: skip


def _draw_panel(axes: "Axes", panel: _Panel, controls: ControlSequence) -> None:
    times_s = np.arange(len(controls)) / controls.fps
    values = controls.to_matrix()
    low, high = (0.0, panel.least) if panel.least == 1 else (-panel.least, panel.least)
    for color, channel in zip(COLORS, panel.channels, strict=False):
        for style, curve in _curves(values, channel):
            label = _LABELS[channel] if style == "-" else None
            axes.plot(times_s, curve, style, color=color, linewidth=1.2, label=label)
            if curve.size:
                low, high = min(low, float(curve.min())), max(high, float(curve.max()))
    margin = 0.06 * (high - low)
    axes.set_ylim(low - margin, high + margin)
    axes.set_ylabel(f"{panel.title}\n{panel.unit}", fontsize=9, color=INK)
    axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), fontsize=8, frameon=False)
    axes.grid(axis="x", color="#dddddd", linewidth=0.6)
    axes.axhline(0, color="#bbbbbb", linewidth=0.6, zorder=1)
    axes.tick_params(labelsize=8, colors=INK)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)


def _curves(values: FloatArray, channel: str) -> list[tuple[str, FloatArray]]:
    """Return line style and values of a channel: the one column, or left and right."""
    if channel in CHANNEL_INDEX:
        return [("-", values[:, CHANNEL_INDEX[channel]])]
    left, right = (values[:, CHANNEL_INDEX[f"{channel}_{side}"]] for side in ("L", "R"))
    return [("-", left)] if np.array_equal(left, right) else [("-", left), ("--", right)]


def _name_phones(axes: "Axes", phones: Sequence[Phone]) -> None:
    for phone in phones:
        if phone.symbol != "SIL":
            axes.text(
                (phone.start_s + phone.end_s) / 2,
                0.98,
                phone.symbol,
                fontsize=6,
                color="#666666",
                ha="center",
                va="top",
                transform=axes.get_xaxis_transform(),
                clip_on=True,
            )


def contact_sheet(
    frames_with_times: Iterable[tuple[float, Frame]],
    path: str | os.PathLike[str],
    *,
    columns: int = 4,
    tile_width_px: int = 480,
) -> None:
    """Write frames side by side as one PNG, each labelled with its time.

    Parameters
    ----------
    frames_with_times
        Pairs of time in seconds and [H, W, 3] sRGB frame, all of one size, in reading order.
    path
        Where to.
    columns
        Frames in a row.
    tile_width_px
        Width of a frame on the sheet; larger frames are scaled down, smaller ones kept.

    Raises
    ------
    InputError
        There are no frames, or their sizes differ.
    OutputError
        The file cannot be written.
    """
    if columns < 1:
        raise InputError(f"columns: expected at least 1, got {columns}")
    tiles = [_tile(time_s, frame, tile_width_px) for time_s, frame in frames_with_times]
    if not tiles:
        raise InputError("contact sheet: expected at least one frame, got none")
    if len({tile.size for tile in tiles}) > 1:
        raise InputError("contact sheet: expected frames of one size, got several sizes")
    width, height = tiles[0].size
    columns = min(columns, len(tiles))
    rows = -(-len(tiles) // columns)
    gap = 4
    sheet = Image.new(
        "RGB", (columns * (width + gap) + gap, rows * (height + gap) + gap), (255, 255, 255)
    )
    for index, tile in enumerate(tiles):
        row, column = divmod(index, columns)
        sheet.paste(tile, (gap + column * (width + gap), gap + row * (height + gap)))
    largest = max(sheet.size)
    if largest > MAX_SHEET_SIDE_PX:
        sheet = sheet.reduce(-(-largest // MAX_SHEET_SIDE_PX))
    write_png(path, np.asarray(sheet, dtype=np.uint8))


def _tile(time_s: float, frame: Frame, width_px: int) -> Image.Image:
    """Return the frame at tile size with its time in a bar below."""
    picture = Image.fromarray(frame)
    if picture.width > width_px:
        height = max(1, round(picture.height * width_px / picture.width))
        picture = picture.resize((width_px, height), Image.Resampling.LANCZOS)
    bar = max(16, picture.width // 20)
    tile = Image.new("RGB", (picture.width, picture.height + bar), (34, 34, 34))
    tile.paste(picture, (0, 0))
    ImageDraw.Draw(tile).text(
        (bar // 3, picture.height + bar // 2),
        f"{time_s:.2f} s",
        fill=(255, 255, 255),
        font=ImageFont.load_default(bar * 0.7),
        anchor="lm",
    )
    return tile
