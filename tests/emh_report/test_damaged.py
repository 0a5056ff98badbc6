"""Curves that cannot be read any more: named, and the report goes on without them."""

import csv
import io
from pathlib import Path
from typing import Any

from tests.emh_report.invented import rows, run_folder, video
from typer.testing import CliRunner

from cogportrait.apps.cli import app


def report(folder: Path, out: Path) -> Any:
    return CliRunner().invoke(app, ["bench", "report", str(folder), "-o", str(out)])


def test_damaged_curves_are_named_and_the_rest_is_written(tmp_path: Path) -> None:
    folder, out = run_folder(tmp_path / "r", rows()), tmp_path / "o"
    whole = (folder / "clips/joy_2.npz").read_bytes()
    (folder / "clips/joy_2.npz").write_bytes(b"PK\x03\x04")
    video(folder / "videos" / "joy_2.mp4", 90)  # frames are chosen by curves
    said = report(folder, out)
    assert said.exit_code == 1
    assert said.stdout == f"{out / 'report.html'}\n"
    *warned, error = said.stderr.splitlines()
    file = folder / "clips" / "joy_2"
    assert warned == [error.replace(
        f"error: {out / 'report.html'}: is written without 1 file of curves that cannot be read",
        "warning",
    )]  # fmt: skip
    assert f"warning: joy_2: shown without curves: {file}.npz: damaged: " in warned[0]
    assert warned[0].endswith(f"remove {file}.json and run the same command")
    for name in ("report.html", "report.md", "summary.json"):
        assert "joy_2: shown without curves" in (out / name).read_text().replace("\\_", "_")
    table = csv.DictReader(io.StringIO((out / "scores.csv").read_text()))
    assert "joy_2" in [line["name"] for line in table]
    (folder / "clips/joy_2.npz").write_bytes(whole)
    assert report(folder, out).exit_code == 0
