"""Live Link and OpenFace tables: written as others write them, read back as they were."""

import csv
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from cogportrait.errors import InputError
from cogportrait.facs.blendshapes import ARKIT_INDEX, ARKIT_NAMES, LOOK_DEG, from_arkit, to_arkit
from cogportrait.facs.channels import CHANNEL_INDEX, CHANNELS
from cogportrait.io.controls import write_controls
from cogportrait.io.livelink import COLUMNS as LIVELINK_COLUMNS
from cogportrait.io.livelink import read_livelink, write_livelink
from cogportrait.io.openface import COLUMNS as OPENFACE_COLUMNS
from cogportrait.io.openface import read_openface, write_openface
from cogportrait.types import ControlSequence

THREE = "\N{ARABIC-INDIC DIGIT THREE}"  # which float() reads

# Channels of one side or of the whole face that a blendshape stands for alone.
LOSSLESS = [
    name for name in CHANNELS if not name.startswith(("AU01", "AU23", "AU26", "AU27", "head"))
]


def controls(**channels: float) -> ControlSequence:
    """Return three frames: rest, these values, rest."""
    values = np.zeros((3, len(CHANNELS)), np.float32)
    for name, value in channels.items():
        values[1, CHANNEL_INDEX[name]] = value
    return ControlSequence.from_matrix(values, 30.0)


def rows_of(path: Path) -> list[list[str]]:
    return list(csv.reader(path.read_text().splitlines()))


def test_controls_are_no_table_of_another_program(tmp_path: Path) -> None:
    file = tmp_path / "c.json"
    write_controls(file, controls(AU12_L=0.5))
    for read in (read_livelink, read_openface):
        with pytest.raises(InputError, match="CSV, got JSON"):
            read(file)


def test_arkit_has_its_52_names_once_each() -> None:
    assert len(ARKIT_NAMES) == len(set(ARKIT_NAMES)) == 52


@pytest.mark.parametrize("name", LOSSLESS)
def test_a_channel_survives_arkit(name: str) -> None:
    value = 12.0 if name.startswith("gaze") else 0.6
    values = controls(**{name: value}).to_matrix()
    back = from_arkit(to_arkit(values))
    np.testing.assert_allclose(back, values, atol=1e-6)


def test_arkit_is_clipped_to_its_legal_range_at_extreme_gaze() -> None:
    shapes = to_arkit(controls(gaze_yaw_L=60.0, gaze_pitch_R=-60.0, AU27=1.0, AU26=1.0).to_matrix())
    assert shapes.min() >= 0
    assert shapes.max() <= 1
    assert shapes[1, ARKIT_INDEX["eyeLookOutLeft"]] == 1
    assert shapes[1, ARKIT_INDEX["eyeLookDownRight"]] == 1


def test_the_left_eye_looks_out_to_the_subjects_left() -> None:
    shapes = to_arkit(controls(gaze_yaw_L=LOOK_DEG[0] / 2, gaze_yaw_R=LOOK_DEG[0] / 2).to_matrix())
    assert shapes[1, ARKIT_INDEX["eyeLookOutLeft"]] == pytest.approx(0.5)
    assert shapes[1, ARKIT_INDEX["eyeLookInRight"]] == pytest.approx(0.5)


def test_a_jaw_drops_and_stretches_through_one_shape() -> None:
    for name, value in (("AU26", 0.5), ("AU26", 1.0)):
        back = from_arkit(to_arkit(controls(**{name: value}).to_matrix()))
        assert back[1, CHANNEL_INDEX[name]] == pytest.approx(value)
        assert back[1, CHANNEL_INDEX["AU27"]] == 0
    stretched = from_arkit(to_arkit(controls(AU27=1.0).to_matrix()))
    assert stretched[1, CHANNEL_INDEX["AU27"]] == pytest.approx(1)


def test_live_link_has_the_apps_columns_in_its_order(tmp_path: Path) -> None:
    write_livelink(controls(AU43_L=0.7), tmp_path / "take.csv")
    header, first, second = rows_of(tmp_path / "take.csv")[:3]
    assert tuple(header) == LIVELINK_COLUMNS
    assert len(header) == 2 + 61
    jaw = header.index("JawForward")  # the trap: Right comes before Left in these
    assert header[jaw : jaw + 3] == ["JawForward", "JawRight", "JawLeft"]
    mouth = header.index("MouthPucker")
    assert header[mouth : mouth + 3] == ["MouthPucker", "MouthRight", "MouthLeft"]
    assert first[:2] == ["00:00:00:00.000", "61"]
    assert second[0] == "00:00:00:02.000"  # a clock of 60 a second
    assert float(second[header.index("EyeBlinkLeft")]) == pytest.approx(0.7)


@pytest.mark.parametrize("fps", [10.0, 25.0, 29.97, 60.0])
def test_live_link_comes_back_at_any_rate(tmp_path: Path, fps: float) -> None:
    rng = np.random.default_rng(0)
    values = np.zeros((200, len(CHANNELS)), np.float32)
    for name in [*LOSSLESS, "head_yaw", "head_pitch", "head_roll"]:
        wide = 25.0 if name.startswith(("gaze", "head")) else 1.0
        low = -wide if wide > 1 else 0.0
        values[:, CHANNEL_INDEX[name]] = rng.uniform(low, wide, len(values))
    values[:, [CHANNEL_INDEX["head_x"], CHANNEL_INDEX["head_y"], CHANNEL_INDEX["head_z"]]] = 0
    write_livelink(ControlSequence.from_matrix(values, fps), tmp_path / "t.csv")
    back = read_livelink(tmp_path / "t.csv")
    assert back.fps == pytest.approx(fps, rel=0.002)
    np.testing.assert_allclose(back.to_matrix(), values, atol=2e-4)


def test_live_link_writes_no_negative_zero(tmp_path: Path) -> None:
    values = np.zeros((2, len(CHANNELS)), np.float32)
    values[1, CHANNEL_INDEX["head_yaw"]] = 1e-12  # less than a cell shows
    write_livelink(ControlSequence.from_matrix(values, 30.0), tmp_path / "l.csv")
    assert "-0." not in (tmp_path / "l.csv").read_text()


def test_open_face_has_the_subjects_right_eye_first(tmp_path: Path) -> None:
    write_openface(controls(gaze_yaw_R=20.0), None, tmp_path / "o.csv")
    header, _, second, _ = rows_of(tmp_path / "o.csv")
    assert tuple(header) == OPENFACE_COLUMNS
    row = dict(zip(header, second, strict=True))
    assert float(row["gaze_0_x"]) == pytest.approx(np.sin(np.deg2rad(20)), abs=1e-4)
    assert float(row["gaze_1_x"]) == 0
    assert float(row["gaze_0_z"]) < 0  # toward the camera


def test_open_face_comes_back(tmp_path: Path) -> None:
    sent = controls(
        gaze_yaw_L=10.0, gaze_yaw_R=12.0, gaze_pitch_L=-8.0, gaze_pitch_R=-8.0, head_yaw=-15.0,
        head_pitch=6.0, head_roll=4.0, AU43_L=0.8, AU43_R=0.8, AU12_L=0.5, AU12_R=0.5, AU26=0.4,
    )  # fmt: skip
    write_openface(sent, np.array([True, True, False]), tmp_path / "o.csv")
    back, found = read_openface(tmp_path / "o.csv")
    assert found.tolist() == [True, True, False]
    assert back.fps == pytest.approx(30, abs=0.1)
    np.testing.assert_allclose(back.to_matrix()[1], sent.to_matrix()[1], atol=0.02)


def test_open_face_intensities_are_of_5_and_present_from_1(tmp_path: Path) -> None:
    write_openface(controls(AU04_L=0.19, AU04_R=0.1, AU07_L=0.3), None, tmp_path / "o.csv")
    header, _, second, _ = rows_of(tmp_path / "o.csv")
    row = dict(zip(header, second, strict=True))
    assert (float(row["AU04_r"]), row["AU04_c"]) == (pytest.approx(0.95), "0")
    assert (float(row["AU07_r"]), row["AU07_c"]) == (pytest.approx(1.5), "1")


def test_names_with_spaces_before_them_are_read(tmp_path: Path) -> None:
    write_openface(controls(head_yaw=10.0), None, tmp_path / "o.csv")
    text = (tmp_path / "o.csv").read_text()
    (tmp_path / "s.csv").write_text(text.replace(",", ", "))
    back, _ = read_openface(tmp_path / "s.csv")
    assert back.head_deg[1, 0] == pytest.approx(10, abs=0.01)


@pytest.mark.parametrize("read", [read_livelink, read_openface])
@pytest.mark.parametrize(
    "text", ["", "a,b\n1,2\n", "\x00\x01", "a,b\n1,2\n3,4\n"], ids=["empty", "two", "nul", "other"]
)
def test_other_tables_are_refused_by_name(tmp_path: Path, read: object, text: str) -> None:
    (tmp_path / "t.csv").write_text(text)
    with pytest.raises(InputError, match=r"t\.csv"):
        read(tmp_path / "t.csv")  # type: ignore[operator]


def test_a_cell_that_is_no_number_is_located(tmp_path: Path) -> None:
    write_livelink(controls(), tmp_path / "t.csv")
    lines = (tmp_path / "t.csv").read_text().splitlines()
    cells = lines[2].split(",")
    cells[5] = "nan"
    (tmp_path / "t.csv").write_text("\n".join([*lines[:2], ",".join(cells), lines[3]]))
    with pytest.raises(InputError, match=r"row 3, EyeLookOutLeft: expected a number, got 'nan'"):
        read_livelink(tmp_path / "t.csv")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda rows: [*rows[:2], rows[2].replace(",0.0000000000", ",1e38", 1)],
         "row 3, EyeBlinkLeft: expected a number of at most 1e+30, got '1e38'"),
        (lambda rows: [f"{rows[0]},EyeBlinkLeft", *(f"{row},0" for row in rows[1:])],
         "row 1: expected one column EyeBlinkLeft, got several"),
        (lambda rows: [f"{rows[0]},Timecode", *(f"{row},0" for row in rows[1:])],
         "row 1: expected one column Timecode, got several"),
        (lambda rows: [*rows[:2], rows[2].replace(",0.0000000000", ",1_0", 1)],
         "row 3, EyeBlinkLeft: expected a number, got '1_0'"),
        (lambda rows: [*rows[:2], rows[2].replace(",0.0000000000", f",{THREE}", 1)],
         f"row 3, EyeBlinkLeft: expected a number, got '{THREE}'"),
        (lambda rows: [*rows[:2], rows[2].replace("00:00:00:", "00:0_0:00:", 1)],
         "row 3: expected a time code such as"),
        (lambda rows: [rows[0], rows[1], rows[2].replace(".", ",")],
         "has no column; write decimals with a point"),
    ],
)  # fmt: skip
def test_numbers_beyond_reckoning_and_cells_out_of_place_are_refused(
    tmp_path: Path, change: Callable[[list[str]], list[str]], message: str
) -> None:
    path = tmp_path / "take.csv"
    write_livelink(controls(), path)
    rows = path.read_text("utf-8").splitlines()
    path.write_text("\n".join(f"{row}, ," for row in rows) + "\n")  # as spreadsheets leave them
    assert len(read_livelink(path)) == 3
    path.write_text("\n".join(change(rows)) + "\n")
    with pytest.raises(InputError) as caught:
        read_livelink(path)
    assert message in str(caught.value)
