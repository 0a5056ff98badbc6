"""``bench``: manifests built, judged, divided and counted, and HDTF prepared."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.emh.emhs import line, manifest
from tests.io.clips import noise, write

from cogportrait.bench.manifest import read_manifest
from cogportrait.io.reader import read_video

Run = Callable[..., Any]
Fails = Callable[..., str]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder of three videos, the second of which is corrupt."""
    for name in ("joy/a.mp4", "joy/b.mp4", "c.mp4"):
        path = tmp_path / "videos" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        write(path, [noise(i) for i in range(5)])
    (tmp_path / "videos" / "joy" / "b.mp4").write_bytes(b"no video")
    return tmp_path / "videos"


def test_what_is_corrupt_is_named_and_the_rest_is_built(
    run: Run, folder: Path, tmp_path: Path
) -> None:
    out = tmp_path / "emh.jsonl"
    said = run("bench", "build", folder, "-o", out, "--quick", "--licence", "CC0", "--name", "x")
    assert said.exit_code == 1
    assert said.stdout == f"{out}\n"
    warning, error = said.stderr.splitlines()
    assert warning.startswith(f"warning: left out: {folder}/joy/b.mp4: expected a video")
    assert error.startswith(f"error: {folder}: 1 of 3 clips left out, the others are in {out}: ")
    found = read_manifest(out, check_files=True)
    assert [(c.clip, c.category) for c in found.clips] == [
        ("videos/c.mp4", None), ("videos/joy/a.mp4", "happiness"),
    ]  # fmt: skip
    assert (found.name, found.licence, found.clips[0].licence) == ("x", "CC0", "CC0")


def test_a_folder_that_can_be_read_is_built_in_silence(
    run: Run, folder: Path, tmp_path: Path
) -> None:
    (folder / "joy" / "b.mp4").unlink()
    words = ("bench", "build", folder, "-o", tmp_path / "emh.jsonl", "--quick")
    assert (first := run(*words)).exit_code == 0, first.output
    assert first.stderr == ""
    one = (tmp_path / "emh.jsonl").read_bytes()
    record = json.loads(run(*words, "--json").stdout)
    assert record["categories"] == {"happiness": 1, "not known": 1}
    assert record["left_out"] == []
    assert (tmp_path / "emh.jsonl").read_bytes() == one


def test_clips_of_one_name_are_told(run: Run, folder: Path, tmp_path: Path) -> None:
    write(folder / "a.webm", [noise(1)])
    said = run("bench", "build", folder, "-o", tmp_path / "e.jsonl", "--quick", "--json", "-q")
    assert said.exit_code == 1
    first, second = json.loads(said.stdout)["left_out"]
    assert first.startswith(f"{folder}/joy/a.mp4: has the name of {folder}/a.webm")
    assert second.startswith(f"{folder}/joy/b.mp4: ")
    assert len(said.stderr.splitlines()) == 1  # the error


def test_a_table_says_what_folders_do_not(run: Run, folder: Path, tmp_path: Path) -> None:
    rows = ["file\tlabels\tperson\taudio", "joy/a.mp4\tsleepy\tanna\tc.mp4", "gone.mp4\t-\t-\t-"]
    (tmp_path / "t.tsv").write_text("\n".join(rows) + "\n")
    out = tmp_path / "emh.jsonl"
    said = run("bench", "build", folder, "-o", out, "--table", tmp_path / "t.tsv")
    assert said.exit_code == 1
    assert f"does not name 2 of 3 videos in {folder}, such as c.mp4: left out" in said.stderr
    assert "gone.mp4: expected a video, but there is no such file" in said.stderr
    assert "warning: videos/joy/a.mp4: no face found" in said.stderr
    (clip,) = read_manifest(out).clips
    assert (clip.category, clip.actor, clip.audio) == ("drowsiness", "anna", "videos/c.mp4")
    assert (clip.face_px, clip.frontal) == (None, 0.0)


def test_labels_that_nobody_knows_are_told(run: Run, folder: Path, tmp_path: Path) -> None:
    (folder / "joy" / "b.mp4").unlink()
    rows = ["file\tlabels", "joy/a.mp4\tgrumpiness; zest", "c.mp4\t-"]
    (tmp_path / "t.tsv").write_text("\n".join(rows) + "\n")
    words = ("bench", "build", folder, "-o", tmp_path / "e.jsonl", "--table", tmp_path / "t.tsv")
    said = run(*words, "--quick")
    assert said.exit_code == 0
    (warning,) = said.stderr.splitlines()
    assert "videos/joy/a.mp4: none of its labels is known: 'grumpiness', 'zest'; " in warning


def test_what_cannot_be_built(fails: Fails, folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "emh.jsonl"
    (tmp_path / "empty").mkdir()
    assert "found none in it" in fails("bench", "build", tmp_path / "empty", "-o", out)
    assert "got nothing of that name" in fails("bench", "build", tmp_path / "no", "-o", out)
    (folder / "joy" / "a.mp4").rename(folder / "joy" / "a.txt")
    said = fails("bench", "build", folder / "joy", "-o", out)
    assert "expected clips that can be read, got none; " in said
    assert "expected a name ending in .jsonl" in fails("bench", "build", folder, "-o", folder / "a")
    missing = fails("bench", "build", folder, "-o", out, "--table", tmp_path / "t.tsv")
    assert "expected a table of clips, but there is no such file" in missing


def test_every_problem_of_a_manifest_is_printed(run: Run, tmp_path: Path) -> None:
    path = manifest(tmp_path, line(fps=0), line("b.mp4", split="val"))
    said = run("bench", "validate", path)
    assert said.exit_code == 1
    assert said.stdout.splitlines() == [
        f"{path}: line 2: fps: expected a number from 1 to 240, got 0",
        f"{path}: line 2: clip: expected a file that can be read, got nothing at "
        f"{tmp_path / 'a.mp4'}; put the file there, or mend the path",
        f'{path}: line 3: split: expected train, test or null, got "val"',
        f"{path}: line 3: clip: expected a file that can be read, got nothing at "
        f"{tmp_path / 'b.mp4'}; put the file there, or mend the path",
    ]
    assert said.stderr == f"error: {path}: 4 problems\n"
    said = run("bench", "validate", path, "--without-files")
    assert said.stderr == f"error: {path}: 2 problems\n"
    record = json.loads(run("bench", "validate", path, "--json").stdout)
    assert len(record["problems"]) == 4


def test_a_manifest_without_problems(run: Run, tmp_path: Path) -> None:
    path = manifest(tmp_path, line(seconds=0.2, size=[64, 48]))
    said = run("bench", "validate", path)
    assert said.exit_code == 1
    assert "line 2: clip: expected a file that can be read, got nothing" in said.stdout
    said = run("bench", "validate", path, "--without-files")
    assert (said.exit_code, said.stdout) == (0, f"{path}\n")
    assert said.stderr == "1 clip, no problems\n"
    (tmp_path / "a.mp4").write_bytes(b"x")
    said = run("bench", "validate", path)
    assert said.exit_code == 1
    assert "line 2: clip: expected a video (mp4, " in said.stdout
    write(tmp_path / "a.mp4", [noise(i) for i in range(5)])
    said = run("bench", "validate", path, "--json")
    assert json.loads(said.stdout) == {"path": str(path), "clips": 1, "problems": []}
    assert said.stderr == ""


def people(folder: Path) -> Path:
    lines = [
        line(f"in/{label}_{i}.mp4", category=label, actor=f"p{i % 5}")
        for label in ("joy", "fear") for i in range(10)
    ]  # fmt: skip
    return manifest(folder, *lines)


def test_a_split_says_what_it_reached(run: Run, tmp_path: Path) -> None:
    path = people(tmp_path)
    (tmp_path / "other").mkdir()
    out = tmp_path / "other" / "split.jsonl"
    said = run("bench", "split", path, "-o", out, "--test", "0.4", "--seed", "3")
    assert (said.exit_code, said.stdout) == (0, f"{out}\n")
    assert "| happiness | 4 of 10 | 40% | 2 of 5 |" in said.stderr
    assert "| all | 8 of 20 | 40% | 2 of 5 |" in said.stderr
    found = read_manifest(out)
    assert found.clips[0].clip == str(tmp_path / "in" / "joy_0.mp4")  # in another folder
    beside = tmp_path / "beside.jsonl"
    said = run("bench", "split", path, "-o", beside, "--test", "0.4", "--json")
    assert json.loads(said.stdout)["categories"]["fear"] == [4, 10]
    assert said.stderr == ""
    assert read_manifest(beside).clips[0].clip == "in/joy_0.mp4"


def test_what_cannot_be_split(fails: Fails, run: Run, tmp_path: Path) -> None:
    path = people(tmp_path)
    out = tmp_path / "o.jsonl"
    assert "is an input of this run" in fails("bench", "split", path, "-o", path)
    assert "expected a share between 0 and 1" in fails(
        "bench", "split", path, "-o", out, "--test", "1"
    )
    nameless = manifest(tmp_path, line(), name="n.jsonl")
    assert "expected an actor of each clip" in fails("bench", "split", nameless, "-o", out)
    assert run("bench", "split", path, "-o", out, "--seed", "-1").exit_code == 2


def test_statistics_are_printed_or_written(run: Run, tmp_path: Path) -> None:
    path = people(tmp_path)
    said = run("bench", "stats", path)
    assert said.exit_code == 0
    assert "| fear | 10 | 5 | 0.7 |" in said.stdout.splitlines()
    assert json.loads(run("bench", "stats", path, "--json").stdout)["lengths"]["3-5 s"] == 20
    said = run("bench", "stats", path, "-o", tmp_path / "stats")
    assert said.stdout == f"{tmp_path / 'stats'}\n"
    assert (tmp_path / "stats" / "statistics.png").stat().st_size > 10_000
    assert "| fear | 10 | 5 | 0.7 |" in (tmp_path / "stats" / "statistics.md").read_text()


def hdtf(folder: Path, times: str, windows: str, heights: str) -> tuple[Path, Path]:
    """Return a folder of annotations and one for videos."""
    made = folder / "annotations"
    made.mkdir()
    tables = {"annotion_time": times, "crop_wh": windows, "resolution": heights,
              "video_url": "Two https://youtu.be/2"}  # fmt: skip
    for name, text in tables.items():
        (made / f"WRA_{name}.txt").write_text(text.replace("; ", "\n") + "\n")
    (folder / "videos").mkdir()
    return made, folder / "videos"


def test_hdtf_is_cut_as_far_as_it_is_there_and_goes_on_later(run: Run, tmp_path: Path) -> None:
    made, videos = hdtf(
        tmp_path,
        "One0.mp4 00:00-00:01 00:01-00:02; Two 00:00-00:01; Three.mp4 00:00-00:01",
        "One0_0.mp4 10 30 4 30; One0_1 0 40 0 40; Two_0 0 9 0 9; Three_0 1 2 3 2",
        "One0 48; Two 48; Three 48",
    )
    frames = [np.full((96, 128, 3), 4 * i, np.uint8) for i in range(60)]
    write(videos / "One0.mp4", frames, fps=30)
    (videos / "WRA_Two.mp4").write_bytes(b"no video")
    out = tmp_path / "out"
    said = run("bench", "hdtf-prepare", made, videos, "-o", out, "--quick")
    assert said.exit_code == 1
    assert said.stdout == f"{out / 'hdtf.jsonl'}\n"
    assert "warning: 1 video missing: Three" in said.stderr
    assert "warning: 2 clips without sound: One0_0, One0_1" in said.stderr
    assert "failed: Two_0: " in said.stderr
    assert "fetch it again from https://youtu.be/2" in said.stderr
    assert said.stderr.splitlines()[-1].startswith(f"error: {out}: what could be made is there; ")
    found = read_manifest(out / "hdtf.jsonl", check_files=True)
    assert [(c.clip, c.seconds, c.actor) for c in found.clips] == [
        ("clips/One0_0.mp4", 1, "One"), ("clips/One0_1.mp4", 1, "One"),
    ]  # fmt: skip
    levels = [float(frame.mean()) for frame in read_video(out / "clips" / "One0_1.mp4")]
    assert levels[0] == pytest.approx(120, abs=3)
    assert len(levels) == 25
    before = {p: p.stat().st_mtime_ns for p in (out / "clips").iterdir()}

    for name in ("Two", "Three"):
        write(videos / f"{name}.mp4", [noise(i) for i in range(25)])
    said = run("bench", "hdtf-prepare", made, videos, "-o", out, "--quick", "--json")
    assert said.exit_code == 0, said.output
    record = json.loads(said.stdout)
    assert (record["clips"], record["made"], record["kept"]) == (4, 2, 2)
    assert all(path.stat().st_mtime_ns == time for path, time in before.items())
    assert sorted(p.suffix for p in (out / "clips").iterdir()) == [".mp4"] * 4


def test_hdtf_without_a_window_is_found_by_the_face_or_left_out(
    run: Run, picture: Path, tmp_path: Path
) -> None:
    made, videos = hdtf(
        tmp_path, "A 00:00-00:01; B 00:00-00:01; C 00:00-00:01", "C_0 0 900 0 900", "C 0"
    )
    (made / "WRA_crop_ratio.txt").write_text("A_0.mp4 1.2\nC_0 1.0\n")
    from cogportrait.io.images import read_image

    still = read_image(picture)
    for name, frames in (("A", [still] * 6), ("B", [still] * 6), ("C", [still[:99, :99] * 0] * 6)):
        write(videos / f"{name}.mp4", frames, fps=6)
    said = run("bench", "hdtf-prepare", made, videos, "-o", tmp_path / "out")
    assert said.exit_code == 1
    assert "1 clip without an annotated window and zoom, left out as in HDTF: B_0" in said.stderr
    assert "1 clip with a window found by the face, since none is annotated" in said.stderr
    assert "failed: C_0: " in said.stderr
    assert "no face found from 0 to 1 s" in said.stderr
    (clip,) = read_manifest(tmp_path / "out" / "hdtf.jsonl").clips
    assert clip.face_px == pytest.approx(512 / 1.2, rel=0.1)


def test_hdtf_without_annotations_or_videos(fails: Fails, tmp_path: Path) -> None:
    made, videos = hdtf(tmp_path, "One 00:00-00:01", "One_0 0 9 0 9", "One 9")
    out = tmp_path / "out"
    said = fails("bench", "hdtf-prepare", made, videos, "-o", out)
    assert "expected videos of HDTF called as" in said
    assert "such as One.mp4, found none" in said
    said = fails("bench", "hdtf-prepare", videos, videos, "-o", out)
    assert "expected HDTF's annotations, such as RD_annotion_time.txt, found none" in said
    (made / "WRA_crop_wh.txt").write_text("One_0 1 2 3\n")
    said = fails("bench", "hdtf-prepare", made, videos, "-o", out)
    assert "WRA_crop_wh.txt: row 1: expected x, width, y, height in pixels, got '1 2 3'" in said
    (made / "WRA_crop_wh.txt").write_text("One_0 0 9 0 9\n")
    write(videos / "One.mp4", [noise(i) for i in range(3)])
    said = fails("bench", "hdtf-prepare", made, videos, "-o", out)
    assert f"error: {out}: no clip could be made: One_0: " in said


@pytest.mark.parametrize(
    "words",
    [
        ("build", "", "-o", "o.jsonl"),
        ("build", ".", "--table", "", "-o", "o.jsonl"),
        ("validate", ""),
        ("split", " ", "-o", "o.jsonl"),
        ("stats", ""),
        ("hdtf-prepare", "", "v", "-o", "o"),
        ("hdtf-prepare", "a", "", "-o", "o"),
    ],
)
def test_an_empty_name_is_not_the_folder_one_is_in(fails: Fails, words: tuple[str, ...]) -> None:
    assert "expected the name of a file or folder, got ''" in fails("bench", *words)
