"""Plots and contact sheets are pictures of the right size with something on them."""

from pathlib import Path

import numpy as np
import pytest

from cogportrait.errors import InputError, OutputError
from cogportrait.io.images import read_image
from cogportrait.io.plots import SIDE_NAMES, contact_sheet, plot_controls
from cogportrait.types import ControlSequence, Interval, Phone


def test_curves_are_drawn(tmp_path: Path) -> None:
    controls = ControlSequence.zeros(50, 25)
    plot_controls(controls, tmp_path / "still.png", title="neutral")
    controls.aus[10:14] = 1.0
    controls.gaze_deg[20:, 0, 1] = -12
    plot_controls(
        controls,
        tmp_path / "moving.png",
        phones=[Phone("AA", 0.5, 0.7), Phone("SIL", 0.7, 1.0)],
        pauses=[Interval(0.7, 1.0)],
    )
    still, moving = (read_image(tmp_path / name) for name in ("still.png", "moving.png"))
    assert min(moving.shape[:2]) > 1000
    assert still.std() > 5
    assert moving.shape != still.shape or np.abs(moving.astype(int) - still).mean() > 0.1


def test_a_single_frame_can_be_plotted(tmp_path: Path) -> None:
    plot_controls(ControlSequence.zeros(1, 25), tmp_path / "a.png")
    assert (tmp_path / "a.png").stat().st_size > 1000


def test_a_contact_sheet_shows_every_frame_large_with_its_time(tmp_path: Path) -> None:
    frames = [(i / 5, np.full((300, 400, 3), 30 * i, np.uint8)) for i in range(7)]
    contact_sheet(frames, tmp_path / "sheet.png", columns=3)
    sheet = read_image(tmp_path / "sheet.png")
    assert sheet.shape[1] == 3 * 404 + 4  # frames under the tile width keep their size
    for index, (_, frame) in enumerate(frames):
        row, column = divmod(index, 3)
        tile = sheet[4 + row * 324 :, 4 + column * 404 :][:320, :400]
        assert np.array_equal(tile[:300], frame)
        assert tile[300:].max() > 200  # the label


def test_large_frames_are_scaled_to_the_tile(tmp_path: Path) -> None:
    contact_sheet(
        [(0.0, np.zeros((600, 1000, 3), np.uint8))], tmp_path / "a.png", tile_width_px=500
    )
    assert read_image(tmp_path / "a.png").shape == (300 + 25 + 8, 508, 3)


def test_an_impossible_sheet_is_refused(tmp_path: Path) -> None:
    small, large = np.zeros((8, 8, 3), np.uint8), np.zeros((9, 9, 3), np.uint8)
    with pytest.raises(InputError, match="at least one frame"):
        contact_sheet([], tmp_path / "a.png")
    with pytest.raises(InputError, match="one size"):
        contact_sheet([(0.0, small), (1.0, large)], tmp_path / "a.png")
    with pytest.raises(InputError, match="columns"):
        contact_sheet([(0.0, small)], tmp_path / "a.png", columns=0)
    with pytest.raises(OutputError, match="does not exist"):
        contact_sheet([(0.0, small)], tmp_path / "no" / "a.png")


def test_a_plot_says_which_line_is_which_side_and_shows_the_heads_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from matplotlib.figure import Figure

    drawn: list[Figure] = []
    save = Figure.savefig

    def keep(figure: Figure, *args: object, **known: object) -> None:
        drawn.append(figure)
        save(figure, *args, **known)  # type: ignore[arg-type]

    monkeypatch.setattr(Figure, "savefig", keep)
    controls = ControlSequence.zeros(50, 25)
    controls.head_shift_iod[:, 2] = np.linspace(0, 0.5, 50)
    plot_controls(controls, tmp_path / "a.png", title="measured from a.mp4")
    (figure,) = drawn
    (key,) = figure.legends
    told = [(line.get_linestyle(), text.get_text())
            for line, text in zip(key.get_lines(), key.get_texts(), strict=True)]  # fmt: skip
    assert told == list(zip(("-", "--"), SIDE_NAMES, strict=True))
    place = figure.axes[-1]
    curves = {line.get_label(): np.asarray(line.get_ydata()) for line in place.get_lines()}
    np.testing.assert_allclose(curves["z, + nearer"], controls.head_shift_iod[:, 2])
    assert figure.get_suptitle() == "measured from a.mp4"
