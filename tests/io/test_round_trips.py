"""What a file of another program can carry comes back within its rounding, at any frame rate."""

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from cogportrait.errors import InputError
from cogportrait.facs.blendshapes import APPLE_NAMES, ARKIT_NAMES
from cogportrait.facs.channels import AU_CHANNELS, CHANNEL_INDEX, CHANNELS, SHIFT_CHANNELS
from cogportrait.io.arkit_json import ANGLES, read_arkit_json, write_arkit_json
from cogportrait.io.controls import CHANNEL_RANGES, read_controls, write_controls
from cogportrait.io.facs_csv import COLUMNS, read_facs_csv, write_facs_csv
from cogportrait.io.livelink import read_livelink, write_livelink
from cogportrait.io.openface import AUS, read_openface, write_openface
from cogportrait.types import ControlSequence

Read = Callable[[Path], ControlSequence]

# A take of the app in a public repository has exactly this header, Right before Left.
LIVE_LINK_HEADER = (
    "Timecode,BlendShapeCount,EyeBlinkLeft,EyeLookDownLeft,EyeLookInLeft,EyeLookOutLeft,"
    "EyeLookUpLeft,EyeSquintLeft,EyeWideLeft,EyeBlinkRight,EyeLookDownRight,EyeLookInRight,"
    "EyeLookOutRight,EyeLookUpRight,EyeSquintRight,EyeWideRight,JawForward,JawRight,JawLeft,"
    "JawOpen,MouthClose,MouthFunnel,MouthPucker,MouthRight,MouthLeft,MouthSmileLeft,"
    "MouthSmileRight,MouthFrownLeft,MouthFrownRight,MouthDimpleLeft,MouthDimpleRight,"
    "MouthStretchLeft,MouthStretchRight,MouthRollLower,MouthRollUpper,MouthShrugLower,"
    "MouthShrugUpper,MouthPressLeft,MouthPressRight,MouthLowerDownLeft,MouthLowerDownRight,"
    "MouthUpperUpLeft,MouthUpperUpRight,BrowDownLeft,BrowDownRight,BrowInnerUp,BrowOuterUpLeft,"
    "BrowOuterUpRight,CheekPuff,CheekSquintLeft,CheekSquintRight,NoseSneerLeft,NoseSneerRight,"
    "TongueOut,HeadYaw,HeadPitch,HeadRoll,LeftEyeYaw,LeftEyePitch,LeftEyeRoll,RightEyeYaw,"
    "RightEyePitch,RightEyeRoll"
)

# Channels that have no place in ARKit, or share one (docs/files.md).
NOT_IN_ARKIT = {"AU01_L", "AU01_R", "AU23", "AU26", "AU27", *SHIFT_CHANNELS}
NOT_IN_OPENFACE = {"AU18", "AU22", "AU24", "AU27", "AU28", *SHIFT_CHANNELS}

rates = st.one_of(
    st.sampled_from([10.0, 23.976, 25.0, 29.97, 59.94, 60.0, 120.0, 240.0]), st.floats(10, 240)
)
seeds = st.integers(0, 2**32 - 1)
few = settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])


def controls(seed: int, fps: float, n: int = 30, share: float = 1.0) -> ControlSequence:
    """Return random controls over `share` of the range of each channel, ends included."""
    low, high = np.array([CHANNEL_RANGES[name] for name in CHANNELS]).T * share
    values = np.random.default_rng(seed).uniform(low, high, (n, len(CHANNELS)))
    values[:2] = low, high
    return ControlSequence.from_matrix(values.astype(np.float32), fps)


def assert_same(
    one: ControlSequence, other: ControlSequence, but: set[str], unit: float, deg: float
) -> None:
    for name in CHANNELS:
        if name not in but:
            a, b = (c.to_matrix()[:, CHANNEL_INDEX[name]] for c in (one, other))
            np.testing.assert_allclose(
                a, b, rtol=0, atol=unit if name in AU_CHANNELS else deg, err_msg=name
            )


@few
@given(seed=seeds, fps=rates, n=st.integers(2, 40))
@example(seed=0, fps=29.97, n=2)
@example(seed=0, fps=240.0, n=2)
def test_facs_carries_everything(tmp_path: Path, seed: int, fps: float, n: int) -> None:
    sent = controls(seed, fps, n)
    write_facs_csv(sent, tmp_path / "f.csv")
    back = read_facs_csv(tmp_path / "f.csv")
    assert back.fps == pytest.approx(fps, abs=6e-4)
    assert_same(back, sent, set(), unit=2e-6, deg=6e-5)


def test_a_controls_file_comes_back_from_facs_exactly(tmp_path: Path) -> None:
    write_controls(tmp_path / "c.json", controls(7, 29.97, n=500))
    write_facs_csv(read_controls(tmp_path / "c.json"), tmp_path / "f.csv")
    write_controls(tmp_path / "back.json", read_facs_csv(tmp_path / "f.csv"))
    assert (tmp_path / "back.json").read_bytes() == (tmp_path / "c.json").read_bytes()


@few
@given(seed=seeds, fps=rates)
@example(seed=0, fps=29.97)
def test_arkit_json_carries_what_arkit_has(tmp_path: Path, seed: int, fps: float) -> None:
    sent = controls(seed, fps)
    write_arkit_json(sent, tmp_path / "a.json")
    back = read_arkit_json(tmp_path / "a.json")
    assert back.fps == fps
    assert_same(back, sent, NOT_IN_ARKIT, unit=6e-6, deg=6e-5)  # gaze beyond 34.5 degrees too
    brow = sent.to_matrix()[:, [CHANNEL_INDEX["AU01_L"], CHANNEL_INDEX["AU01_R"]]].mean(1)
    np.testing.assert_allclose(back.au("AU01_L"), brow, atol=6e-6)


@few
@given(seed=seeds, fps=rates)
@example(seed=0, fps=239.6)
def test_live_link_carries_what_arkit_has(tmp_path: Path, seed: int, fps: float) -> None:
    sent = controls(seed, fps, n=60)
    write_livelink(sent, tmp_path / "l.csv")
    back = read_livelink(tmp_path / "l.csv")
    assert back.fps == pytest.approx(fps, rel=1e-4, abs=0.006)
    assert_same(back, sent, NOT_IN_ARKIT, unit=1e-6, deg=1e-5)


@few
@given(seed=seeds, fps=rates)
@example(seed=0, fps=29.97)
def test_open_face_carries_the_stronger_side_of_its_units(
    tmp_path: Path, seed: int, fps: float
) -> None:
    sent = controls(seed, fps, share=0.5)  # gaze and head together must stay before the camera
    write_openface(sent, None, tmp_path / "o.csv")
    back, found = read_openface(tmp_path / "o.csv")
    assert found.all()
    assert back.fps == pytest.approx(fps, rel=1e-4, abs=0.006)
    values = sent.to_matrix()
    for number in AUS:  # AU45, the blink, is the closure AU43
        stem = f"AU{43 if number == 45 else number:02d}"
        columns = [CHANNEL_INDEX[n] for n in CHANNELS if n.split("_")[0] == stem]
        values[:, columns] = values[:, columns].max(axis=1, keepdims=True)
    as_carried = ControlSequence.from_matrix(values, fps)
    assert_same(back, as_carried, NOT_IN_OPENFACE, unit=2e-6, deg=0.02)


def numbers_in(path: Path) -> dict[str, Any]:
    """Return the columns of a table of numbers or of an ARKit file, by name."""
    if path.suffix == ".json":
        document = json.loads(path.read_text())
        names = [*document["blendshapes"], *document["angles_deg"]]
        return dict(zip(names, np.array(document["rows"]).T, strict=True))
    header, *rows = csv.reader(path.read_text().splitlines())
    skip = header[0] == "Timecode"
    numbers = np.array([row[skip:] for row in rows], dtype=float)
    return dict(zip(header[skip:], numbers.T, strict=True))


@pytest.mark.parametrize("fps", [10.0, 29.97, 240.0])
def test_written_values_are_legal_even_where_controls_are_rounded_up(
    tmp_path: Path, fps: float
) -> None:
    values = np.zeros((4, len(CHANNELS)), np.float32)
    values[1, : len(AU_CHANNELS)] = 1.00001  # what controls files let pass as rounding
    values[2, : len(AU_CHANNELS)] = -0.00001
    sent = ControlSequence.from_matrix(values, fps)
    write_facs_csv(sent, tmp_path / "f.csv")
    write_arkit_json(sent, tmp_path / "a.json")
    write_livelink(sent, tmp_path / "l.csv")
    write_openface(sent, None, tmp_path / "o.csv")
    for name, top in (("f.csv", 5), ("a.json", 1), ("l.csv", 1), ("o.csv", 5)):
        columns = numbers_in(tmp_path / name)
        assert all(np.isfinite(column).all() for column in columns.values())
        units = [c for n, c in columns.items() if n.startswith(("AU", "eyeBlink", "EyeBlink"))]
        assert units
        assert min(column.min() for column in units) == 0
        assert max(column.max() for column in units) == top


def test_live_link_has_the_header_of_a_real_take(tmp_path: Path) -> None:
    write_livelink(controls(0, 30.0), tmp_path / "l.csv")
    assert (tmp_path / "l.csv").read_text().splitlines()[0] == LIVE_LINK_HEADER


def test_the_rate_of_a_take_with_dropped_frames_is_that_of_the_others(tmp_path: Path) -> None:
    write_livelink(controls(0, 30.0, n=60), tmp_path / "l.csv")
    lines = (tmp_path / "l.csv").read_text().splitlines()
    (tmp_path / "l.csv").write_text("\n".join(lines[:20] + lines[23:]))
    assert read_livelink(tmp_path / "l.csv").fps == 30.0


def test_apples_order_has_left_first() -> None:
    assert sorted(APPLE_NAMES) == sorted(ARKIT_NAMES)
    jaw, mouth = APPLE_NAMES.index("jawForward"), APPLE_NAMES.index("mouthPucker")
    assert APPLE_NAMES[jaw + 1 : jaw + 3] == ("jawLeft", "jawRight")
    assert APPLE_NAMES[mouth + 1 : mouth + 3] == ("mouthLeft", "mouthRight")


def test_arkit_json_says_what_its_columns_are(tmp_path: Path) -> None:
    write_arkit_json(controls(3, 29.97, n=2), tmp_path / "a.json")
    document = json.loads((tmp_path / "a.json").read_text())
    assert list(document) == ["format", "fps", "blendshapes", "angles_deg", "rows"]
    assert document["blendshapes"] == list(APPLE_NAMES)
    assert document["angles_deg"] == list(ANGLES)
    assert {len(row) for row in document["rows"]} == {52 + 7}


def arkit(**changes: Any) -> dict[str, Any]:
    base: dict[str, Any] = {
        "format": "cogportrait-arkit/1", "fps": 25, "blendshapes": ["jawOpen", "eyeLookOutLeft"],
        "angles_deg": [], "rows": [[0, 0], [0.3, 1]],
    }  # fmt: skip
    return {name: value for name, value in (base | changes).items() if value is not None}


def test_arkit_json_of_few_shapes_is_enough(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps(arkit(angles_deg=None)))
    back = read_arkit_json(tmp_path / "a.json")
    assert back.au("AU26")[1] == pytest.approx(0.5)
    assert back.gaze_deg[1, 0, 0] == pytest.approx(34.5)  # without angles eyes follow the shapes


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"format": "x"}, "expected \"format\": \"cogportrait-arkit/1\", got \"x\""),
        ({"fps": 0}, "fps: expected 1 to 240, got 0"),
        ({"fps": None}, "fps: expected a number, got nothing"),
        ({"blendshapes": ["jawDrop", "jawOpen"]}, r"blendshapes\[0\].* got \"jawDrop\""),
        ({"blendshapes": ["jawOpen", "jawOpen"]}, "jawOpen is listed twice"),
        ({"angles_deg": "headYaw"}, "angles_deg: expected a list of names"),
        ({"rows": []}, "rows: expected at least one row, got none"),
        ({"rows": [[0, 0], [0]]}, "rows row 1: expected 2 numbers, one a channel, got 1"),
        ({"blendshapes": ["jawOpen", None]}, r"blendshapes\[1\].* got null"),
        ({"rows": [None]}, "rows row 0: expected a list, got null"),
        ({"rows": [[0, 0], [0, 1.2]]}, "row 1, channel eyeLookOutLeft: expected 0 to 1, got 1.2"),
        ({"rows": [[0, float("nan")]]}, "eyeLookOutLeft: expected a finite number"),
        ({"rows": [[0, None]]}, "eyeLookOutLeft: expected a number, got null"),
        ({"why": 1}, "unknown key \"why\""),
    ],
)  # fmt: skip
def test_arkit_json_is_refused_with_the_place(
    tmp_path: Path, changes: dict[str, Any], message: str
) -> None:
    (tmp_path / "a.json").write_text(json.dumps(arkit(**changes)))
    with pytest.raises(InputError, match=message):
        read_arkit_json(tmp_path / "a.json")


def test_facs_intensity_a_to_e_is_1_to_5(tmp_path: Path) -> None:
    (tmp_path / "f.csv").write_text("time_s,AU12_L,AU04_R\n0,1,0\n0.04,5,3\n0.08,0,0\n")
    back = read_facs_csv(tmp_path / "f.csv")
    assert back.fps == 25
    np.testing.assert_allclose(back.au("AU12_L"), [0.2, 1, 0], atol=1e-6)
    np.testing.assert_allclose(back.au("AU04_R"), [0, 0.6, 0], atol=1e-6)
    assert not back.au("AU12_R").any()
    assert COLUMNS[0] == "time_s"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("time_s,AU12_L\n0,0\n", "at least two rows"),
        ("AU12_L,AU12_R\n0,0\n0,0\n", "without time_s"),
        ("time_s,AU12\n0,0\n1,0\n", "unknown column 'AU12'"),
        ("time_s,AU17,AU17\n0,0,0\n1,0,0\n", "AU17 is there twice"),
        ("time_s,AU17\n0,0\n1,5.1\n", "row 3, channel AU17: expected 0 to 5, got 5.1"),
        ("time_s,AU17\n0,0\n1,nan\n", "row 3, AU17: expected a number, got 'nan'"),
        ("time_s,AU17\n0,0\n1,\n", "row 3, AU17: expected a number, got ''"),
        ("time_s,AU17\n0,0\n1\n", "row 3: expected 2 cells, got 1"),
        ("time_s,AU17\n0,0\n0,0\n", "time_s that goes on"),
        ("time_s,AU17\n1,0\n0,0\n", "time_s that goes on"),
        ("time_s,AU17\n0,0\n0.1,0\n0.9,0\n", "row 3, time_s: expected evenly spaced times"),
        ("time_s,AU17\n0,0\n0.001,0\n", "expected 1 to 240 frames a second, got 1000"),
    ],
)
def test_facs_tables_are_refused_with_the_place(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "f.csv").write_text(text)
    with pytest.raises(InputError, match=message):
        read_facs_csv(tmp_path / "f.csv")


def test_open_face_cells_count_only_where_a_face_was_found(tmp_path: Path) -> None:
    write_openface(controls(0, 30.0), np.arange(30) != 4, tmp_path / "o.csv")
    lines = (tmp_path / "o.csv").read_text().splitlines()
    cells = lines[5].split(",")
    cells[5] = "-nan(ind)"
    lines[5] = ",".join(cells)
    (tmp_path / "o.csv").write_text("\n".join(lines))
    assert np.isfinite(read_openface(tmp_path / "o.csv")[0].to_matrix()).all()
    lines[6] = lines[6].replace(lines[6].split(",")[5], "nan", 1)
    (tmp_path / "o.csv").write_text("\n".join(lines))
    with pytest.raises(InputError, match="row 7, gaze_0_x: expected a number, got 'nan'"):
        read_openface(tmp_path / "o.csv")


@pytest.mark.parametrize("read", [read_livelink, read_facs_csv, read_arkit_json])
def test_folders_and_missing_files_are_said_to_be(tmp_path: Path, read: Read) -> None:
    with pytest.raises(InputError, match="got a folder"):
        read(tmp_path)
    with pytest.raises(InputError, match="no such file"):
        read(tmp_path / "none")
