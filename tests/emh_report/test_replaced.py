"""What a report takes the place of: files of an earlier one, and none of anybody else's."""

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.emh.emhs import line, manifest
from tests.emh_report.invented import STAMP, row, run_folder
from typer.testing import CliRunner

from cogportrait.apps.cli import app

SCORE = replace(STAMP, protocol="score")  # which draws no videos
NAMES = ("report.html", "report.md", "scores.csv", "summary.json")


def bench(*words: object) -> Any:
    return CliRunner().invoke(app, ["bench", *map(str, words)], prog_name="cogportrait")


def refused(*words: object) -> str:
    said = bench(*words)
    assert said.exit_code == 1, said.output
    (told,) = said.stderr.splitlines()
    return told


@pytest.fixture(scope="module")
def reported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a run with its report."""
    folder = run_folder(tmp_path_factory.mktemp("runs") / "r", [row("a", au_f1=0.5)], stamp=SCORE)
    assert bench("report", folder).exit_code == 0
    return folder


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("content", ["thesis\n", "{}", "# Benchmark report\n\nmine", ""])
def test_a_file_of_somebody_else_beside_a_real_summary_stays(
    reported: Path, tmp_path: Path, name: str, content: str
) -> None:
    run = shutil.copytree(reported, tmp_path / "r")
    (run / name).write_text(content)
    before = {file.name: file.read_bytes() for file in run.iterdir() if file.is_file()}
    told = refused("report", run)
    assert f"{run / name}: is there and is of no earlier report: name another folder" in told
    after = {file.name: file.read_bytes() for file in run.iterdir() if file.is_file()}
    assert after == before


@pytest.mark.parametrize("gone", NAMES)
def test_what_is_left_of_a_report_is_ours(reported: Path, tmp_path: Path, gone: str) -> None:
    run = shutil.copytree(reported, tmp_path / "r")
    (run / gone).unlink()
    assert bench("report", run).exit_code == 0
    assert (run / gone).read_bytes() == (reported / gone).read_bytes()


def test_a_page_without_the_mark_of_its_maker_is_known_by_its_title(
    reported: Path, tmp_path: Path
) -> None:
    run = shutil.copytree(reported, tmp_path / "r")
    mark = '<meta name="generator" content="cogportrait bench report">'
    text = (run / "report.html").read_text("utf-8")
    assert text.count(mark) == 1
    (run / "report.html").write_text(text.replace(mark, ""), "utf-8")
    assert bench("report", run).exit_code == 0
    assert (run / "report.html").read_text("utf-8") == text


def test_the_report_of_another_run_stays(reported: Path, tmp_path: Path) -> None:
    other = shutil.copytree(reported, tmp_path / "other")
    before = (other / "report.md").read_bytes()
    told = refused("report", reported, "-o", other)
    assert told == (
        f"error: {other}: holds another run, whose report is there; name another folder"
    )
    data = manifest(tmp_path, line("a.mp4", category="joy"))
    assert told == refused("ablate", "--data", data, "-o", other)
    assert (other / "report.md").read_bytes() == before
    assert not (other / "full").exists()
    assert bench("report", other, "-o", f"{other}/").exit_code == 0
