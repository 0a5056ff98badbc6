"""``measure`` and ``library``: what they write, and what they refuse."""

import csv
import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cogportrait.apps.console import Console
from cogportrait.apps.measuring import rows_of_video, warn_about_gaze
from cogportrait.behavior.library.files import read_library
from cogportrait.face.measure import GAZE_DEG, measure
from cogportrait.facs.channels import CHANNEL_INDEX, CHANNELS
from cogportrait.io.controls import read_controls
from cogportrait.io.livelink import write_livelink
from cogportrait.pipeline import plan, render
from cogportrait.request import Request
from cogportrait.types import ControlSequence, Portrait

Run = Callable[..., Any]
Fails = Callable[..., str]


@pytest.fixture(scope="module")
def video(portrait: Portrait, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the NASA portrait, surprised, as a video of 3 s."""
    path = tmp_path_factory.mktemp("videos") / "surprise.mp4"
    compiled = plan(Request("surprise", duration_s=3.0, seed=2))
    render(portrait, compiled.controls, path)
    return path


def test_a_video_is_measured_to_controls_a_table_and_a_plot(
    run: Run, video: Path, picture: Path, tmp_path: Path
) -> None:
    out, table, plot = (tmp_path / name for name in ("c.json", "o.csv", "p.png"))
    result = run("measure", video, "-o", out, "--csv", table, "--plot", plot,
                 "--neutral", picture, "--json")  # fmt: skip
    assert result.exit_code == 0, result.output
    record = json.loads(result.stdout)
    assert (record["frames"], record["found"], record["fps"]) == (75, 75, 25.0)
    controls = read_controls(out)
    assert len(controls) == 75
    raised = controls.to_matrix()[:, [CHANNEL_INDEX["AU01_L"], CHANNEL_INDEX["AU02_R"]]].mean(1)
    assert raised.max() > 0.3  # the brows of somebody surprised
    meta = json.loads(out.read_text())["meta"]
    assert meta["measured_from"] == "surprise.mp4"
    assert meta["missing_frames"] == []
    assert len(list(csv.reader(table.read_text().splitlines()))) == 76
    assert plot.stat().st_size > 10_000


def test_gaze_against_a_face_that_looks_aside_is_warned_of(
    run: Run, portrait: Portrait, picture: Path, tmp_path: Path
) -> None:
    aside = np.zeros((12, len(CHANNELS)), np.float32)
    aside[:, [CHANNEL_INDEX[f"gaze_yaw_{side}"] for side in "LR"]] = 28
    render(portrait, ControlSequence.from_matrix(aside, 25.0), tmp_path / "v.mp4")
    words = ("measure", tmp_path / "v.mp4", "-o", tmp_path / "c.json")
    (line,) = run(*words).stderr.splitlines()
    assert "v.mp4: the neutral face, taken from the 5 calmest of 12 frames, looks aside" in line
    assert "give --neutral PICTURE" in line
    assert run(*words, "--neutral", picture).stderr == ""


def test_gaze_at_its_bound_is_warned_of(capsys: pytest.CaptureFixture[str], video: Path) -> None:
    rows, fps = rows_of_video(video, None, Console())
    measured = measure(rows, fps)
    stuck = measured.controls.gaze_deg.copy()
    stuck[10:20, 0, 1] = -GAZE_DEG
    for gaze, said in ((measured.controls.gaze_deg, ""), (stuck, "in 10 of 75 frames")):
        seen = replace(measured, controls=replace(measured.controls, gaze_deg=gaze))
        warn_about_gaze(seen, rows, "v.mp4", Console(), given=False)
        told = capsys.readouterr().err
        assert said in told
        assert bool(told) == bool(said)


def test_what_was_measured_can_be_rendered(
    run: Run, video: Path, picture: Path, tmp_path: Path
) -> None:
    assert run("measure", video, "-o", tmp_path / "c.json").exit_code == 0
    result = run("render", picture, tmp_path / "c.json", "-o", tmp_path / "again.mp4")
    assert result.exit_code == 0, result.output


def test_measuring_refuses_what_it_cannot_read_or_write(
    fails: Fails, video: Path, picture: Path, tmp_path: Path
) -> None:
    assert "no such file" in fails("measure", tmp_path / "none.mp4", "-o", tmp_path / "c.json")
    assert ".json" in fails("measure", video, "-o", tmp_path / "c.txt")
    assert ".csv" in fails("measure", video, "-o", tmp_path / "c.json", "--csv", tmp_path / "o.x")
    same = tmp_path / "c.json"
    fails("measure", video, "-o", same, "--plot", same)


def test_a_face_that_is_not_there_is_refused_with_the_number_of_those_that_are(
    fails: Fails, video: Path, tmp_path: Path
) -> None:
    said = fails("measure", video, "--face", 3, "-o", tmp_path / "c.json")
    assert "surprise.mp4: expected at least 3 faces, got 1 at most in any frame" in said
    assert "give --face 1" in said


def table(folder: Path, text: str, name: str = "r.tsv") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def test_a_library_is_built_counted_shown_and_merged(
    run: Run, video: Path, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("recordings")
    write_livelink(plan(Request("joy", duration_s=20.0, seed=1)).controls, folder / "joy_1.csv")
    write_livelink(plan(Request("anger", duration_s=20.0, seed=1)).controls, folder / "mad_1.csv")
    recordings = table(folder, "file\tlicence\njoy_1.csv\tMIT\nmad_1.csv\tGPL-3\n")
    clips = table(
        folder,
        "file\tuse\tperson\tlabels\tlicence\n"
        + "".join(f"{video}\tnumbers\tsomeone{i}\tsurprise\tCC0\n" for i in range(3)),
        "clips.tsv",
    )
    built = tmp_path / "built"
    built.mkdir()
    result = run("library", "build", clips, "--recordings", recordings, "-o", built, "--json")
    assert result.exit_code == 0, result.output
    kept = read_library(built)
    assert json.loads(result.stdout)["prototypes"] == len(kept)
    assert {p.licence for p in kept} <= {"MIT", "CC0"}  # not those under the GPL alone
    people = {p.person for p in kept}
    assert "someone0" in people
    assert not any("joy" in person for person in people)  # a file's name may be somebody's
    again = run("library", "build", clips, "--recordings", recordings, "-o", tmp_path)
    assert again.exit_code == 0
    both = [(folder_ / "library.parquet").read_bytes() for folder_ in (built, tmp_path)]
    assert both[0] == both[1]

    stats = run("library", "stats", built)
    assert re.search(r"\| blink \| \d+ \|", stats.stdout)
    shown = run("library", "show", built, kept[0].id)
    assert kept[0].id in shown.stdout
    assert "licence: " in shown.stdout
    names = run("library", "show", built, str(kept[0].kind))
    assert kept[0].id in names.stdout
    merged = tmp_path / "merged"
    merged.mkdir()
    assert run("library", "merge", built, tmp_path, "-o", merged).exit_code == 0
    assert len(read_library(merged)) == len(kept)


def test_the_library_refuses_what_it_cannot_read(fails: Fails, tmp_path: Path) -> None:
    assert "no such library" in fails("library", "stats", tmp_path)
    (tmp_path / "library.parquet").write_bytes(b"PAR1")
    assert "expected a library" in fails("library", "show", tmp_path, "blink")
    clips = table(tmp_path, "file\tuse\n", "clips.tsv")
    assert "missing person" in fails("library", "build", clips, "-o", tmp_path)
