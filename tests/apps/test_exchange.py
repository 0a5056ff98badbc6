"""``export`` and ``import``: what they write, warn of, and refuse."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cogportrait.facs.channels import CHANNEL_INDEX, CHANNELS
from cogportrait.io.controls import read_controls
from cogportrait.io.livelink import write_livelink
from cogportrait.io.openface import write_openface
from cogportrait.types import ControlSequence

Run = Callable[..., Any]
Fails = Callable[..., str]

FORMATS = {"livelink": "csv", "openface": "csv", "arkit-json": "json", "facs-csv": "csv"}


@pytest.mark.parametrize(("form", "suffix"), FORMATS.items())
def test_what_is_exported_is_imported_again(
    run: Run, curves: Callable[..., Path], tmp_path: Path, form: str, suffix: str
) -> None:
    source, there, back = curves(fps=29.97), tmp_path / f"f.{suffix}", tmp_path / "back.json"
    said = run("export", source, "--to", form, "-o", there, "--json")
    assert said.exit_code == 0, said.output
    record = {"path": str(there), "format": form, "frames": 3, "fps": 29.97, "left_out": []}
    assert json.loads(said.stdout) == record
    assert said.stderr == ""
    again = run("import", there, "--from", form, "-o", back)
    assert again.exit_code == 0, again.output
    assert again.stdout == f"{back}\n"
    assert read_controls(back).fps == 29.97
    np.testing.assert_allclose(
        read_controls(back).to_matrix(), read_controls(source).to_matrix(), atol=2e-3
    )
    meta = json.loads(back.read_text())["meta"]
    assert meta == {"imported_from": there.name, "imported_as": form}


def test_what_a_format_has_no_place_for_is_said(
    run: Run, curves: Callable[..., Path], tmp_path: Path
) -> None:
    source = curves(channels=["AU23", "AU24", "head_x"], values=[[0, 0, 0], [0.5, 0.5, -1]])
    words = ("export", source, "--to", "livelink", "-o", tmp_path / "l.csv")
    said = run(*words)
    assert said.stderr == "warning: livelink has no place for AU23, head_x: left out\n"
    assert run(*words, "--quiet").stderr == ""


def test_one_frame_is_said_to_tell_no_rate(
    run: Run, fails: Fails, curves: Callable[..., Path], tmp_path: Path
) -> None:
    source = curves(values=[[0, 0, 0]])
    said = run("export", source, "--to", "facs-csv", "-o", tmp_path / "f.csv")
    assert "one row tells no frame rate" in said.stderr
    message = fails("import", tmp_path / "f.csv", "--from", "facs-csv", "-o", tmp_path / "c.json")
    assert "at least two rows" in message
    said = run("export", source, "--to", "arkit-json", "-o", tmp_path / "a.json")
    assert said.stderr == ""


def test_what_no_controls_file_can_hold_is_cut_and_said(run: Run, tmp_path: Path) -> None:
    values = np.zeros((3, len(CHANNELS)), np.float32)
    values[1, CHANNEL_INDEX["gaze_yaw_L"]] = 75
    write_livelink(ControlSequence.from_matrix(values, 30.0), tmp_path / "l.csv")
    said = run("import", tmp_path / "l.csv", "--from", "livelink", "-o", tmp_path / "c.json")
    assert said.exit_code == 0, said.output
    assert said.stderr == "warning: l.csv: values out of range were cut: gaze_yaw_L\n"
    assert read_controls(tmp_path / "c.json").gaze_deg[1, 0, 0] == 60


def test_frames_without_a_face_are_listed(run: Run, tmp_path: Path) -> None:
    found = np.array([True, False, False, True])
    write_openface(ControlSequence.zeros(4, 25.0), found, tmp_path / "o.csv")
    said = run("import", tmp_path / "o.csv", "--from", "openface", "-o", tmp_path / "c.json")
    assert said.stderr == "warning: o.csv: no face in 2 of 4 frames\n"
    assert json.loads((tmp_path / "c.json").read_text())["meta"]["missing_frames"] == [[1, 2]]


def test_openface_units_beyond_5_are_cut_and_said_and_looks_of_0_are_none(
    run: Run, tmp_path: Path
) -> None:
    values = np.zeros((4, len(CHANNELS)), np.float32)
    values[:, CHANNEL_INDEX["gaze_yaw_L"]] = values[:, CHANNEL_INDEX["gaze_yaw_R"]] = 12
    write_openface(ControlSequence.from_matrix(values, 25.0), None, tmp_path / "o.csv")
    header, *lines = (tmp_path / "o.csv").read_text().splitlines()
    rows = [dict(zip(header.split(","), line.split(","), strict=True)) for line in lines]
    rows[1]["AU12_r"] = "7.5"
    rows[2] |= {f"gaze_0_{axis}": "0" for axis in "xyz"}
    text = "\n".join([header, *(",".join(row.values()) for row in rows), ""])
    (tmp_path / "o.csv").write_text(text)
    said = run("import", tmp_path / "o.csv", "--from", "openface", "-o", tmp_path / "c.json")
    assert said.stderr.splitlines() == [
        "warning: o.csv: no face in 1 of 4 frames",
        "warning: o.csv: values out of range were cut: AU12_L, AU12_R",
    ]
    back = read_controls(tmp_path / "c.json")
    np.testing.assert_allclose(back.gaze_deg[..., 0], 12, atol=0.02)
    assert json.loads((tmp_path / "c.json").read_text())["meta"]["missing_frames"] == [[2, 2]]


def test_rates_that_no_video_has_are_refused(fails: Fails, tmp_path: Path) -> None:
    write_livelink(ControlSequence.zeros(4, 500.0), tmp_path / "l.csv")
    message = fails("import", tmp_path / "l.csv", "--from", "livelink", "-o", tmp_path / "c.json")
    assert "expected 1 to 240 frames a second, got 500" in message


@pytest.mark.parametrize(("form", "suffix"), FORMATS.items())
def test_exports_are_refused_before_anything_is_written(
    fails: Fails, curves: Callable[..., Path], tmp_path: Path, form: str, suffix: str
) -> None:
    source = curves()
    assert f".{suffix}" in fails("export", source, "--to", form, "-o", tmp_path / "f.txt")
    missing = fails("export", tmp_path / "c.json", "--to", form, "-o", tmp_path / f"f.{suffix}")
    assert "no such file" in missing
    words = ("--from", form, "-o")
    assert ".json" in fails("import", tmp_path / "f", *words, tmp_path / "c.csv")
    assert "no such file" in fails("import", tmp_path / "f", *words, tmp_path / "c.json")
    assert "expected" in fails("import", source, *words, tmp_path / "c.json")


def test_neither_writes_over_what_it_reads(
    fails: Fails, curves: Callable[..., Path], tmp_path: Path
) -> None:
    source = curves()
    before = source.read_bytes()
    (tmp_path / "link.json").symlink_to(source)
    for name in (source, tmp_path / "link.json"):
        assert "is an input" in fails("export", source, "--to", "arkit-json", "-o", name)
        assert "is an input" in fails("import", source, "--from", "arkit-json", "-o", name)
    assert source.read_bytes() == before


def test_an_unknown_format_is_wrong_usage(
    run: Run, curves: Callable[..., Path], tmp_path: Path
) -> None:
    said = run("export", curves(), "--to", "maya", "-o", tmp_path / "f.csv")
    assert said.exit_code == 2
    assert "livelink" in said.stderr
    assert said.stderr.count("\n") == 1
