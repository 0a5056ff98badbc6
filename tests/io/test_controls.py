"""Controls files come back as they were written, and say where they are wrong."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cogportrait.errors import ControlsError
from cogportrait.facs.channels import AU_CHANNELS, CHANNELS, GAZE_CHANNELS, HEAD_CHANNELS
from cogportrait.io.controls import (
    CHANNEL_RANGES,
    FORMAT,
    as_filed,
    nearest_channels,
    read_controls,
    read_meta,
    write_controls,
)
from cogportrait.types import ControlSequence


def random_controls(seed: int, n_frames: int = 40, fps: float = 25.0) -> ControlSequence:
    low, high = np.array([CHANNEL_RANGES[name] for name in CHANNELS]).T
    rng = np.random.default_rng(seed)
    return ControlSequence.from_matrix(rng.uniform(low, high, (n_frames, len(CHANNELS))), fps)


def document(**changes: Any) -> dict[str, Any]:
    base: dict[str, Any] = {
        "format": FORMAT,
        "fps": 25,
        "channels": ["AU43_L", "gaze_yaw_L"],
        "values": [[0, 0], [0.5, -10], [1, 12.5]],
        "meta": {"label": "drowsiness"},
    }
    return {name: value for name, value in (base | changes).items() if value is not None}


def save(path: Path, content: Any) -> Path:
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


@settings(max_examples=20)
@given(seed=st.integers(0, 2**32 - 1), fps=st.sampled_from([1.0, 24.0, 29.97, 240.0]))
def test_a_round_trip_is_exact_to_a_ten_thousandth(
    tmp_path_factory: pytest.TempPathFactory, seed: int, fps: float
) -> None:
    path = tmp_path_factory.mktemp("c") / "c.json"
    controls = random_controls(seed, fps=fps)
    write_controls(path, controls, meta={"seed": seed})
    back = read_controls(path)
    assert back.fps == fps
    assert np.abs(back.to_matrix() - controls.to_matrix()).max() < 1e-4
    assert read_meta(path) == {"seed": seed}


def test_a_subset_may_be_given_and_the_rest_is_zero(tmp_path: Path) -> None:
    controls = read_controls(save(tmp_path / "c.json", document()))
    assert len(controls) == 3
    assert controls.au("AU43_L").tolist() == [0, 0.5, 1]
    assert controls.gaze_deg[:, 0, 0].tolist() == [0, -10, 12.5]
    assert np.count_nonzero(controls.to_matrix()) == 4


def test_channels_may_come_in_any_order(tmp_path: Path) -> None:
    values = list(range(len(CHANNELS)))
    path = save(
        tmp_path / "c.json",
        document(channels=list(reversed(CHANNELS)), values=[[v / 100 for v in values]]),
    )
    row = read_controls(path).to_matrix()[0]
    assert row == pytest.approx([v / 100 for v in reversed(values)], abs=1e-6)


@pytest.mark.parametrize(
    ("name", "nearest"),
    [("AU43", "AU43_L"), ("au1_l", "AU01_L"), ("gaze_yaw", "gaze_yaw_L"), ("head yaw", "head_yaw")],
)
def test_an_unknown_channel_gets_the_nearest_names(tmp_path: Path, name: str, nearest: str) -> None:
    path = save(tmp_path / "c.json", document(channels=["AU43_R", name]))
    with pytest.raises(ControlsError, match=r"channels\[1\]: unknown channel") as caught:
        read_controls(path)
    assert nearest in str(caught.value)
    assert nearest_channels("zzzzzz")


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("NaN", "finite number.*got nan"),
        ("Infinity", "finite number.*got inf"),
        ("-Infinity", "got -inf"),
        ("1e999", "got inf"),
        ('"0.5"', "expected a number"),
        ("true", "expected a number, got true"),
        ("null", "expected a number, got null"),
        ("[1]", "expected a number, got a list"),
        ("-0.2", "expected 0 to 1, got -0.2"),
        ("1.01", "expected 0 to 1, got 1.01"),
    ],
)
def test_a_bad_value_is_located(tmp_path: Path, value: str, message: str) -> None:
    text = json.dumps(document()).replace("[0.5, -10]", f"[{value}, -10]")
    with pytest.raises(ControlsError, match="row 1, channel AU43_L") as caught:
        read_controls(save(tmp_path / "c.json", text))
    assert "\n" not in str(caught.value)
    with pytest.raises(ControlsError, match=message):
        read_controls(tmp_path / "c.json")


@pytest.mark.parametrize(
    ("channel", "value"),
    [("gaze_pitch_R", 61), ("head_yaw", -91), ("head_z", 2.1), ("AU12_L", 1.2)],
)
def test_a_value_beyond_the_range_of_its_channel_is_refused(
    tmp_path: Path, channel: str, value: float
) -> None:
    low, high = CHANNEL_RANGES[channel]
    path = save(tmp_path / "c.json", document(channels=[channel], values=[[0], [value]]))
    with pytest.raises(
        ControlsError, match=rf"row 1, channel {channel}: expected {low:g} to {high:g}"
    ):
        read_controls(path)


@pytest.mark.parametrize("name", CHANNELS)
def test_every_channel_takes_the_ends_of_its_range(tmp_path: Path, name: str) -> None:
    ends = list(CHANNEL_RANGES[name])
    path = save(tmp_path / "c.json", document(channels=[name], values=[[v] for v in ends]))
    column = read_controls(path).to_matrix()[:, CHANNELS.index(name)]
    assert column.tolist() == ends
    expected = 1 if name in AU_CHANNELS else 60 if name in GAZE_CHANNELS else 90
    assert ends[1] == (expected if name in (*AU_CHANNELS, *GAZE_CHANNELS, *HEAD_CHANNELS) else 2)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "empty"),
        ("   ", "empty"),
        ("{", "not JSON at line 1"),
        ("[]", "expected a JSON object, got a list"),
        ("[" * 100_000, "not JSON"),
        (document(format="cogportrait-controls/2"), 'expected "format"'),
        (document(format=None), 'expected "format"'),
        (document(fps=None), "fps: expected a number, got nothing"),
        (document(fps=True), "fps: expected a number, got true"),
        (document(fps=0), "fps: expected 1 to 240"),
        (document(fps=10_000), "fps: expected 1 to 240"),
        (document(fps=float("nan")), "fps: expected 1 to 240"),
        (document(channels=None), "channels: expected a list"),
        (document(channels=[]), "channels: expected a list"),
        (document(channels="AU43_L"), "channels: expected a list"),
        (document(channels=["AU43_L", "AU43_L"]), "listed twice"),
        (document(channels=["AU43_L", 3]), "unknown channel 3"),
        (document(values=None), "values: expected a list"),
        (document(values=[]), "at least one row"),
        (document(values=[[0, 0], [0]]), "row 1: expected 2 numbers"),
        (document(channels=["AU43_L"], values=[[0, 0]]), "row 0: expected 1 number, as there is 1"),
        (document(channels=["AU43_L", None]), r"channels\[1\]: unknown channel null"),
        (document(values=[[0, 0], 0.5]), "row 1: expected a list, got 0.5"),
        (document(values=[[0, 10**400]]), "too large"),
        (document() | {"foo": 1}, 'unknown key "foo"'),
        (document() | {"meta": "me"}, "meta: expected an object, got a text"),
    ],
)
def test_a_malformed_file_is_one_clear_line(tmp_path: Path, content: Any, message: str) -> None:
    path = save(tmp_path / "c.json", content)
    with pytest.raises(ControlsError, match=message) as caught:
        read_controls(path)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 500


def test_missing_binary_and_giant_files_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ControlsError, match="no such file"):
        read_controls(tmp_path / "no.json")
    with pytest.raises(ControlsError, match="got a folder"):
        read_controls(tmp_path)
    path = tmp_path / "c.json"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ControlsError, match="binary"):
        read_controls(path)
    monkeypatch.setattr("cogportrait.io.controls.MAX_BYTES", 10)
    with pytest.raises(ControlsError, match="expected at most"):
        read_controls(save(path, document()))


def test_what_could_not_be_read_back_is_not_written(tmp_path: Path) -> None:
    path = tmp_path / "c.json"
    controls = ControlSequence.zeros(2, 25)
    controls.aus[1, 0] = 1.5
    with pytest.raises(ControlsError, match="row 1, channel AU01_L"):
        write_controls(path, controls)
    with pytest.raises(ControlsError, match="meta"):
        write_controls(path, ControlSequence.zeros(2, 25), meta={"x": float("nan")})
    assert not path.exists()


def test_a_key_that_is_given_twice_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "c.json"
    path.write_text(json.dumps(document()).replace('"fps"', '"fps": 50, "fps"', 1))
    with pytest.raises(ControlsError, match='"fps" is given twice'):
        read_controls(path)


def test_controls_as_filed_are_those_that_come_back(tmp_path: Path) -> None:
    controls = random_controls(5)
    write_controls(tmp_path / "c.json", controls)
    back = read_controls(tmp_path / "c.json")
    np.testing.assert_array_equal(as_filed(controls).to_matrix(), back.to_matrix())
    np.testing.assert_array_equal(as_filed(back).to_matrix(), back.to_matrix())
    assert back.fps == as_filed(controls).fps
