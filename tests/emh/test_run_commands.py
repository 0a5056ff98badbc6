"""``cogportrait bench emh | hdtf | score | ablate`` on a small clip."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from tests.emh.filmed import FEW, leftovers, listing, record

from cogportrait.agents.ablation_names import Ablation
from cogportrait.apps import bench_running
from cogportrait.bench import report
from cogportrait.bench.store import read_run
from cogportrait.metrics.standard.measure import MeasureName
from cogportrait.types import Portrait

Run = Callable[..., Any]
PATIENCE_S = 60.0


@pytest.fixture(autouse=True)
def _few_measures(no_networks: None) -> None:
    """Tests of pictures look at the others."""


@pytest.fixture(scope="module")
def picture(face: Portrait, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the portrait as a file."""
    path = tmp_path_factory.mktemp("picture") / "face.png"
    Image.fromarray(face.image).save(path)
    return path


@pytest.fixture
def data(tmp_path: Path, short: Path) -> Path:
    """Return a manifest of one clip."""
    return listing(tmp_path, short)


@pytest.fixture
def no_report(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the plots out, which take long."""
    monkeypatch.setattr(bench_running, "run_report", lambda *_, **__: None)


def refused(run: Run, code: int, *words: object) -> str:
    """Return the one line that a refused command ends with."""
    said = run("bench", *words)
    assert said.exit_code == code, said.output
    assert said.stdout == ""
    (line,) = said.stderr.splitlines()
    assert line.startswith("error: ")
    return line


LABEL = ("--mode", "label", "--renderer", "naive")


def test_labels_of_a_manifest_are_drawn_and_scored(
    run: Run, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "run"
    words = ("bench", "emh", "--data", data, "-o", out, *LABEL, "--seed", "3")
    said = run(*words)
    assert said.exit_code == 0, said.output
    assert said.stdout == f"{out / 'report.html'}\n"
    made = read_run(out)
    assert (made.stamp.protocol, made.stamp.mode, made.stamp.renderer, made.stamp.seed) == (
        "emh", "label", "naive", 3,
    )  # fmt: skip
    (row,) = made.rows
    assert (row.name, row.category, row.frames, row.error) == ("short", "happiness", FEW, "")
    for part in ("videos/short.mp4", "controls/short.json", "clips/short.npz", "summary.json",
                 "scores.csv", "report.md"):  # fmt: skip
        assert (out / part).exists()
    assert leftovers(out) == []
    before = (out / "clips" / "short.json").stat().st_mtime_ns

    monkeypatch.setattr(bench_running, "run_report", lambda *_, **__: None)
    assert run(*words).exit_code == 0  # there is nothing left to do
    assert (out / "clips" / "short.json").stat().st_mtime_ns == before
    line = refused(run, 1, *words[1:-1], "4")
    assert line == (
        f"error: {out}: holds a run with other settings (seed: '3' before, '4' now); name another "
        "folder"
    )


def test_a_clip_that_cannot_be_scored_is_named(
    run: Run, short: Path, tmp_path: Path, no_report: None
) -> None:
    (tmp_path / "bad.mp4").write_text("no video")
    data = listing(tmp_path, tmp_path / "bad.mp4", short)
    out = tmp_path / "run"
    said = run("bench", "emh", "--data", data, "-o", out, *LABEL)
    assert said.exit_code == 1
    last = said.stderr.splitlines()[-1]
    assert last.startswith("error: 1 of 2 clips could not be scored: bad: ")
    assert [row.name for row in read_run(out).rows if row.error] == ["bad"]

    alone = listing(tmp_path, tmp_path / "bad.mp4")
    line = refused(run, 1, "emh", "--data", alone, "-o", tmp_path / "none", *LABEL)
    assert line.startswith("error: 1 of 1 clips could not be scored: bad: ")
    assert not (tmp_path / "none" / "report.html").exists()


def test_a_clip_of_no_category_has_no_label(run: Run, short: Path, tmp_path: Path) -> None:
    data = listing(tmp_path, short, category=None)
    line = refused(run, 1, "emh", "--data", data, "-o", tmp_path / "run", *LABEL)
    assert "short: expected a category to draw its label, got none" in line


def test_hdtf_is_another_protocol(run: Run, data: Path, tmp_path: Path, no_report: None) -> None:
    out = tmp_path / "run"
    said = run("bench", "hdtf", "--data", data, "-o", out, *LABEL)
    assert said.exit_code == 0, said.output
    assert read_run(out).stamp.protocol == "hdtf"
    line = refused(run, 1, "emh", "--data", data, "-o", out, *LABEL)
    assert "holds a run with other settings (protocol: 'hdtf' before, 'emh' now)" in line


def test_two_videos_are_scored(
    run: Run, tmp_path: Path, short: Path, picture: Path, no_report: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    out = tmp_path / "run"
    said = run("bench", "score", "--real", short, "--generated", short, "-o", out,
               "--portraits", picture)  # fmt: skip
    assert said.exit_code == 0, said.output
    (row,) = read_run(out).rows
    assert (row.name, row.scores["eye_lmd"], row.scores["ssim"]) == ("short", 0, 1)
    assert record(out / "run.json")["options"] == {
        "real": str(short), "generated": str(short), "portraits": str(picture),
        "measures": "",
    }  # fmt: skip
    more = ({MeasureName.LPIPS: None}, ())
    monkeypatch.setattr(bench_running, "opened", lambda _: more)  # its network has been fetched
    words = ("--real", short, "--generated", short, "-o", out, "--portraits", picture)
    line = refused(run, 1, "score", *words)
    assert line == (
        f"error: {out}: holds a run with other settings (measures: '' before, 'LPIPS' now); name "
        "another folder"
    )
    line = refused(run, 1, "score", "--real", short, "--generated", picture.parent, "-o", out)
    assert "expected two folders or two videos, got one of each" in line


def test_parts_of_stage_1_are_left_out_one_after_the_other(
    run: Run, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report, "page", lambda *_, **__: "plots take long")
    out = tmp_path / "run"
    words = ("bench", "ablate", "--data", data, "-o", out, "--renderer", "still", "--json")
    said = run(*words)
    assert said.exit_code == 0, said.output
    names = ["full", *(part.value for part in Ablation)]
    told = json.loads(said.stdout)
    assert (told["clips"], told["failed"], told["runs"]) == (5, 0, names)
    assert told["summary"] == str(out / "summary.json")
    assert sorted(p.name for p in out.iterdir() if p.is_dir()) == sorted(names)
    for name in names:
        run_of = read_run(out / name)
        assert run_of.stamp.options["ablation"] == ("" if name == "full" else name)
        assert [row.error for row in run_of.rows] == [""]
    drawn = {(out / name / "controls" / "short.json").read_bytes() for name in names}
    assert len(drawn) >= 4  # what is left out is seen


@pytest.mark.parametrize("command", ["emh", "hdtf", "ablate"])
def test_what_cannot_be_run_is_one_line(run: Run, data: Path, tmp_path: Path, command: str) -> None:
    out = tmp_path / "run"
    line = refused(run, 1, command, "--data", tmp_path / "no.jsonl", "-o", out)
    assert "no.jsonl" in line
    (tmp_path / "text.jsonl").write_text("no manifest")
    assert "text.jsonl" in refused(run, 1, command, "--data", tmp_path / "text.jsonl", "-o", out)
    for jobs in ("0", "65", "two"):
        assert "--jobs" in refused(run, 2, command, "--data", data, "-o", out, "--jobs", jobs)
    assert "--data" in refused(run, 2, command, "-o", out)
    assert "--output" in refused(run, 2, command, "--data", data)
    line = refused(run, 1, command, "--data", data, "-o", tmp_path / "no" / "run")
    assert "does not exist; create it first" in line
    assert "emh.jsonl" in refused(run, 1, command, "--data", data, "-o", data)
    assert not out.exists()


def test_measured_controls_have_no_stage_1_to_leave_out(
    run: Run, data: Path, tmp_path: Path
) -> None:
    line = refused(run, 1, "ablate", "--data", data, "-o", tmp_path / "r", "--mode", "gt")
    assert line == ("error: mode: expected one in which Stage 1 plans, got gt; try --mode inverted")
    assert not (tmp_path / "r").exists()


def test_a_split_that_has_no_clip_is_told(run: Run, data: Path, tmp_path: Path) -> None:
    line = refused(run, 1, "emh", "--data", data, "-o", tmp_path / "run", "--split", "test")
    assert "expected clips of the split 'test', got none; `cogportrait bench split`" in line
    assert "--mode" in refused(run, 2, "emh", "--data", data, "-o", tmp_path / "r", "--mode", "x")


def test_what_cannot_be_compared_is_one_line(run: Run, short: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    gone = tmp_path / "gone.mp4"
    for words in (
        ("--real", gone, "--generated", short), ("--real", short, "--generated", gone),
        ("--real", short, "--generated", short, "--portraits", gone),
    ):  # fmt: skip
        line = refused(run, 1, "score", *words, "-o", out)
        assert line == f"error: {gone}: is not there; check the path"
    assert "--jobs" in refused(
        run, 2, "score", "--real", short, "--generated", short, "-o", out, "--jobs", "0"
    )
    assert not out.exists()


def test_measures_that_lack_a_file_are_told_and_left_out(
    run: Run, short: Path, tmp_path: Path, no_report: None
) -> None:
    out = tmp_path / "run"
    said = run("bench", "score", "--real", short, "--generated", short, "-o", out,
               "--measure", "fid", "--measure", "sync-c", "--weights", tmp_path)  # fmt: skip
    assert said.exit_code == 0, said.output
    told = [line for line in said.stderr.splitlines() if line.startswith(("FID", "Sync-C"))]
    assert len(told) == 2
    assert all(str(tmp_path) in line or "pip install" in line for line in told)
    assert read_run(out).whole == {}


def test_ctrl_c_ends_with_130_and_leaves_no_half_files(short: Path, tmp_path: Path) -> None:
    clips = [tmp_path / f"c{i}.mp4" for i in range(4)]
    for one in clips:
        one.symlink_to(short)
    data, out = listing(tmp_path, *clips), tmp_path / "run"
    code = (  # a job in the background of a shell is born deaf to Ctrl-C
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "from cogportrait.apps.cli import main; main()"
    )
    words = ["bench", "emh", *LABEL, "--data", data, "-o", out, "--jobs", "2"]
    with subprocess.Popen(
        [sys.executable, "-c", code, *words], stderr=subprocess.PIPE, text=True,
        start_new_session=True,
    ) as process:  # fmt: skip
        until = time.monotonic() + PATIENCE_S
        while not list(out.glob("controls/*")) and time.monotonic() < until:
            time.sleep(0.05)
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does
        _, said = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 130
    assert said.splitlines()[-1] == "error: interrupted; unfinished files were removed"
    assert "Traceback" not in said
    assert leftovers(tmp_path) == []
    rows = [row.name for row in read_run(out).rows]
    assert len(rows) < 4
    kept = {path.stem for path in (out / "clips").glob("*.npz")}
    assert kept >= {*rows}
