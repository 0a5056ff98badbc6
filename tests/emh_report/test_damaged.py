"""Files of a scored clip that are lost or damaged: told once, and the report goes on without."""

import csv
import io
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.emh_report.invented import STAMP, complete, rows, run_folder, video
from typer.testing import CliRunner

from cogportrait.apps.cli import app
from cogportrait.bench.losses import losses, video_fault
from cogportrait.bench.rows import Stamp
from cogportrait.bench.store import read_run


def report(folder: Path, out: Path) -> Any:
    return CliRunner().invoke(app, ["bench", "report", str(folder), "-o", str(out)])


def whole(folder: Path, stamp: Stamp = STAMP) -> Path:
    complete(run_folder(folder, rows(), stamp=stamp), rows())
    return folder


def fix(folder: Path) -> str:
    return f"; `cogportrait bench emh` as it was run for {folder} scores the clip again"


def test_damaged_curves_are_named_and_the_rest_is_written(tmp_path: Path) -> None:
    folder, out = whole(tmp_path / "r"), tmp_path / "o"
    curves = (folder / "clips/joy_2.npz").read_bytes()
    (folder / "clips/joy_2.npz").write_bytes(b"PK\x03\x04")
    video(folder / "videos" / "joy_2.mp4", 90)  # frames are chosen by curves
    said = report(folder, out)
    assert said.exit_code == 1
    assert said.stdout == f"{out / 'report.html'}\n"
    *warned, error = said.stderr.splitlines()
    assert error == (
        f"error: {out / 'report.html'}: is written without 1 file of curves that cannot be read: "
        "joy_2"
    )
    (line,) = warned
    file = folder / "clips" / "joy_2"
    assert line.startswith(f"warning: joy_2: shown without curves: {file}.npz: damaged: ")
    assert line.endswith(fix(folder))
    for name in ("report.html", "report.md", "summary.json"):
        assert "joy_2: shown without curves" in (out / name).read_text().replace("\\_", "_")
    table = csv.DictReader(io.StringIO((out / "scores.csv").read_text()))
    assert "joy_2" in [line["name"] for line in table]
    (folder / "clips/joy_2.npz").write_bytes(curves)
    assert report(folder, out).exit_code == 0


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-3])


def overwritten(file: Path) -> None:
    file.write_bytes(b"thesis")


@pytest.mark.parametrize("spoil", [Path.unlink, cut, overwritten])
def test_lost_videos_are_told_a_line_a_clip(tmp_path: Path, spoil: Callable[[Path], None]) -> None:
    folder, out = whole(tmp_path / "r"), tmp_path / "o"
    assert report(folder, out).stderr == ""
    for name in ("joy_1", "joy_3"):
        spoil(folder / "videos" / f"{name}.mp4")
    (folder / "clips" / "joy_3.npz").unlink()
    said = report(folder, out)
    assert said.exit_code == 0, said.output
    one, two = said.stderr.splitlines()
    assert one.startswith(f"warning: joy_1: generated video: {folder / 'videos/joy_1.mp4'}: ")
    lost = folder / "clips/joy_3.npz"
    assert two.startswith(f"warning: joy_3: shown without curves: {lost}: is not there; generated")
    assert one.endswith(fix(folder))
    assert two.endswith(fix(folder))
    cautions = json.loads((out / "summary.json").read_text())["cautions"]
    assert [f"warning: {line}" for line in cautions] == [one, two]
    page, text = (out / "report.html").read_text("utf-8"), (out / "report.md").read_text("utf-8")
    assert page.count("joy_1: generated video: ") == 1
    assert "<code>cogportrait bench emh</code> as it was run" in page
    assert "`cogportrait bench emh` as it was run" in text
    assert "run it with <code>--measure fid</code>, " in page
    assert "run it with `--measure fid`, " in text
    assert "`" not in page


def test_lost_controls_are_told(tmp_path: Path) -> None:
    folder = whole(tmp_path / "r")
    file = folder / "controls" / "joy_2.json"
    file.write_text(file.read_text()[:-20])
    (line,), _ = losses([read_run(folder)])
    assert line.startswith(f"joy_2: controls: {file}: ")
    assert line.endswith(fix(folder))


@pytest.mark.parametrize(
    ("part", "named"), [("videos", "generated videos"), ("controls", "files of controls")]
)
def test_a_run_without_any_of_a_kind_is_one_line(tmp_path: Path, part: str, named: str) -> None:
    folder = whole(tmp_path / "r")
    for file in (folder / part).iterdir():
        file.unlink()
    (line,), damaged = losses([read_run(folder)])
    assert f"none of 6 {named} is there" in line
    assert damaged == ()


def test_runs_that_draw_nothing_lack_no_video(tmp_path: Path) -> None:
    folder = whole(tmp_path / "r", replace(STAMP, protocol="score"))
    (folder / "videos" / "joy_1.mp4").unlink()
    assert losses([read_run(folder)]) == ((), ())


def test_a_video_that_was_written_is_whole_and_every_cut_is_seen(tmp_path: Path) -> None:
    file = tmp_path / "videos" / "a.mp4"
    video(file, 90)
    assert video_fault(tmp_path, "a") == ""
    content = file.read_bytes()
    for length in (0, 7, 40, len(content) // 2, len(content) - 1):
        file.write_bytes(content[:length])
        assert video_fault(tmp_path, "a") == f"{file}: damaged: cut off, or no video"
