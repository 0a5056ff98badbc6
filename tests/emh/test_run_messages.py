"""What ``cogportrait bench`` refuses, says and keeps when clips, folders or weights are wrong."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from tests.emh.filmed import black_in, film, listing, scaled
from tests.emh_report.invented import STAMP

from cogportrait.apps import bench_running
from cogportrait.bench import build, pairs
from cogportrait.bench.baselines import StillRenderer
from cogportrait.bench.build import sources_in, videos_in
from cogportrait.bench.reenact import How, Mode, Reenactment
from cogportrait.bench.rows import ClipRow
from cogportrait.bench.runner import run_tasks
from cogportrait.bench.store import read_run, read_stamp, write_stamp
from cogportrait.errors import FaceError, InputError, MediaError
from cogportrait.io.reader import read_video
from cogportrait.types import Frame, Portrait

Run = Callable[..., Any]
LABEL = ("--mode", "label", "--renderer", "still")


@pytest.fixture(autouse=True)
def _few_measures(no_networks: None) -> None:
    """Tests of pictures look at the others."""


@pytest.fixture
def no_report(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the plots out, which take long."""
    monkeypatch.setattr(bench_running, "run_report", lambda *_, **__: None)


@pytest.fixture
def black(tmp_path: Path, frames: list[Frame]) -> Path:
    """Return a clip without a face."""
    return film(tmp_path / "black.mp4", black_in(frames[:2], 0, 1))


def refused(run: Run, *words: object) -> str:
    """Return the one line that a refused command ends with."""
    said = run("bench", *words)
    assert said.exit_code == 1, said.output
    assert said.stdout == ""
    (told,) = said.stderr.splitlines()
    return told


def copied(folder: Path, video: Path, *names: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / name).write_bytes(video.read_bytes())
    return folder


def names_in(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def test_generated_videos_where_results_are_to_be_stay(
    run: Run, short: Path, tmp_path: Path
) -> None:
    real = copied(tmp_path / "real", short, "x.mp4")
    generated = copied(tmp_path / "out" / "videos", short, "x.mp4")
    told = refused(run, "score", "--real", real, "--generated", generated, "-o", tmp_path / "out")
    assert "x.mp4: is to be scored and lies in the run's folder" in told
    assert names_in(tmp_path / "out") == ["videos", "videos/x.mp4"]


@pytest.mark.parametrize("protocol", ["emh", "ablate"])
def test_clips_of_a_manifest_where_results_are_to_be_stay(
    run: Run, short: Path, tmp_path: Path, protocol: str
) -> None:
    out = tmp_path / "out"
    videos = copied((out if protocol == "emh" else out / "no_critic") / "videos", short, "x.mp4")
    if protocol == "ablate":
        videos = copied(out / "full" / "videos", short, "x.mp4")
    data = listing(tmp_path, videos / "x.mp4")
    before = names_in(out)
    told = refused(run, protocol, "--data", data, "-o", out)
    assert "is to be scored and lies in the run's folder" in told
    assert names_in(out) == before


def test_foreign_files_of_a_reports_name_are_told_before_the_work(
    run: Run, short: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "scores.csv").write_text("mine")
    data = listing(tmp_path, short)
    videos = ("--real", short, "--generated", short)
    for words in (("emh", "--data", data), ("ablate", "--data", data), ("score", *videos)):
        told = refused(run, *words, "-o", out)
        assert "scores.csv: is there and is of no earlier report: name another folder" in told
        assert names_in(out) == ["scores.csv"]


def test_clips_that_all_failed_have_a_report(run: Run, black: Path, tmp_path: Path) -> None:
    real = copied(tmp_path / "real", black, *(f"{name}.mp4" for name in "abcde"))
    generated = copied(tmp_path / "generated", black, "a.mp4")
    out = tmp_path / "out"
    said = run("bench", "score", "--real", real, "--generated", generated, "-o", out, "--json")
    assert said.exit_code == 1
    told = json.loads(said.stdout)
    assert (told["clips"], told["failed"], told["path"]) == (0, 5, str(out / "report.html"))
    last = said.stderr.splitlines()[-1]
    assert last.startswith(
        f"error: 5 of 5 clips could not be scored: a: real clip {real / 'a.mp4'}: expected a "
        "face, found none in any of 2 frames; "
    )
    assert "; b: there is a real clip of this name and no generated one; c: " in last
    assert last.endswith("; and 2 more, in the report")
    assert told["errors"][4] == "e: there is a real clip of this name and no generated one"
    for name in ("report.html", "report.md", "scores.csv"):
        assert "there is a real clip of this name" in (out / name).read_text()


def test_messages_say_which_clip_and_its_name_once(
    run: Run, short: Path, black: Path, frames: list[Frame], tmp_path: Path, no_report: None
) -> None:
    real = copied(tmp_path / "real", short, "blind.mp4", "shape.mp4")
    generated = copied(tmp_path / "generated", black, "blind.mp4")
    film(generated / "shape.mp4", [scaled(f, 400, 320) for f in frames[:3]])
    said = run("bench", "score", "--real", real, "--generated", generated, "-o", tmp_path / "o")
    assert said.stderr.splitlines()[-1].startswith(
        f"error: 2 of 2 clips could not be scored: blind: generated clip {generated}/blind.mp4: "
        "expected a face, found none in any of 2 frames; use a clip in which both eyes are "
        f"visible, or leave it out; shape: generated clip {generated}/shape.mp4: expected the "
        f"shape of the real clip {real}/shape.mp4, "
    )


def test_a_real_clip_without_a_face_is_called_real(black: Path, tmp_path: Path) -> None:
    task = Reenactment("a", black, How(Mode.GT, StillRenderer()))
    told = rf"^real clip {black}: expected a face, found none in any of 2 frames; "
    with pytest.raises(FaceError, match=told):
        task.run(tmp_path)


def test_a_label_is_asked_for_before_the_clip_is_read(tmp_path: Path) -> None:
    task = Reenactment("a", tmp_path / "gone.mp4", How(Mode.LABEL, StillRenderer()))
    with pytest.raises(InputError, match=r"got none; give its `category` in the manifest"):
        task.run(tmp_path)


def test_clips_that_all_lack_a_category_are_told_before_anything_is_made(
    run: Run, short: Path, tmp_path: Path
) -> None:
    data = listing(tmp_path, short, category=None)
    told = refused(run, "emh", "--data", data, "-o", tmp_path / "out", *LABEL)
    assert told.endswith("got none; give its `category` in the manifest")
    assert not (tmp_path / "out").exists()


def test_who_speaks_counts_where_it_is_planned_for() -> None:
    task = Reenactment("a", Path("a.mp4"), How(Mode.LABEL, StillRenderer()), speaking=True)
    assert task.details != replace(task, speaking=None).details
    measured = replace(task, how=How(Mode.GT, StillRenderer()))
    assert measured.details == replace(measured, speaking=None).details


def test_a_video_that_is_cut_off_is_to_be_copied_again(short: Path, tmp_path: Path) -> None:
    content = short.read_bytes()
    begins = content.index(b"ftyp") - 4, content.index(b"mdat") - 4
    parts = content[begins[0] : begins[0] + 32], content[begins[1] :]
    (tmp_path / "cut.mp4").write_bytes(b"".join(parts))  # most cameras write the index last
    with pytest.raises(MediaError, match=r"damaged or cut off; copy or download it again$"):
        read_video(tmp_path / "cut.mp4")


def test_a_clip_without_its_picture_fails_alone(
    run: Run, short: Path, face: Portrait, tmp_path: Path, no_report: None
) -> None:
    real = copied(tmp_path / "real", short, "a.mp4", "b.mp4", "c.mp4")
    shown = tmp_path / "shown"
    shown.mkdir()
    Image.fromarray(face.image).save(shown / "a.png")
    Image.fromarray(np.zeros_like(face.image)).save(shown / "c.png")
    out = tmp_path / "out"
    said = run(
        "bench", "score", "--real", real, "--generated", real, "--portraits", shown, "-o", out
    )
    assert said.exit_code == 1
    errors = {row.name: row.error for row in read_run(out).rows}
    assert errors["a"] == ""
    assert errors["b"].startswith(f"{shown}: expected a picture of each clip, found none of this")
    assert errors["c"].startswith(f"portrait {shown / 'c.png'}: no face found; use a picture in")


def test_the_same_folders_are_the_same_run_however_they_are_named(
    run: Run, short: Path, tmp_path: Path, no_report: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    copied(tmp_path / "real", short, "a.mp4")
    monkeypatch.chdir(tmp_path)
    words = ("--generated", "real", "-o", "out")
    assert run("bench", "score", "--real", "real", *words).exit_code == 0
    before = (tmp_path / "out" / "clips" / "a.json").stat().st_mtime_ns
    assert run("bench", "score", "--real", tmp_path / "real", *words).exit_code == 0
    assert (tmp_path / "out" / "clips" / "a.json").stat().st_mtime_ns == before


def test_a_manifest_may_lose_a_clip_and_a_row_be_damaged(
    run: Run, short: Path, tmp_path: Path, no_report: None
) -> None:
    clips = [copied(tmp_path / "all", short, f"{n}.mp4") / f"{n}.mp4" for n in "ab"]
    out = tmp_path / "out"
    words = ("-o", out, *LABEL)
    assert run("bench", "emh", "--data", listing(tmp_path, *clips), *words).exit_code == 0
    data = read_stamp(out).data
    (out / "clips" / "a.json").write_text('{\n"cut')
    said = run("bench", "emh", "--data", listing(tmp_path, clips[0]), *words)
    assert said.exit_code == 0, said.output
    assert said.stderr.startswith(f"warning: {out / 'clips' / 'a.json'}: not JSON at line 2")
    assert [(row.name, row.error) for row in read_run(out).rows] == [("a", "")]
    assert read_stamp(out).data != data


@pytest.mark.parametrize("command", ["emh", "ablate"])
def test_what_a_manifest_says_otherwise_than_its_files_is_told(
    run: Run, short: Path, tmp_path: Path, no_report: None, command: str
) -> None:
    data = listing(tmp_path, short, seconds=9, fps=50)
    said = run("bench", command, "--data", data, "-o", tmp_path / "out", *LABEL)
    assert said.exit_code == 0, said.output
    assert said.stderr.splitlines() == [
        f"warning: {data}: line 2: seconds: expected 0.560 as the file says, got 9; the file "
        "counts",
        f"warning: {data}: line 2: fps: expected 25 as the file says, got 50; the file counts",
    ]


def test_two_files_that_are_no_videos_are_told_before_the_work(
    run: Run, short: Path, tmp_path: Path
) -> None:
    real, generated, out = tmp_path / "a.txt", tmp_path / "b.txt", tmp_path / "out"
    for path in (real, generated):
        path.write_text("no video")
    wanted = "expected a video (mp4, mov, webm, mkv, gif), got something else or one that is"
    told = refused(run, "score", "--real", real, "--generated", generated, "-o", out)
    assert told.startswith(f"error: real clip {real}: {wanted}")
    assert f"; generated clip {generated}: {wanted}" in told
    told = refused(run, "score", "--real", short, "--generated", generated, "-o", out)
    assert told.startswith(f"error: generated clip {generated}: {wanted}")
    assert not out.exists()


def test_a_run_is_not_made_where_a_link_leads_to_nothing(
    run: Run, short: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    out.symlink_to(tmp_path / "gone")
    data = listing(tmp_path, short)
    for words in (("emh", "--data", data), ("score", "--real", short, "--generated", short)):
        told = refused(run, *words, "-o", out)
        assert told.startswith(f"error: {out}: is a link to {tmp_path / 'gone'}, and there is noth")


def test_there_is_one_list_of_endings() -> None:
    assert pairs.VIDEOS is build.VIDEOS


def test_videos_in_folders_inside_are_told(
    run: Run, short: Path, tmp_path: Path, no_report: None
) -> None:
    real = copied(tmp_path / "real", short, "a.mp4")
    copied(real / "more", short, "b.mpg", "c.wmv")
    words = ("score", "--real", real, "--generated", real, "-o", tmp_path / "out")
    said = run("bench", *words)
    assert said.exit_code == 0, said.output
    assert said.stderr.splitlines()[0] == (
        f"warning: {real}: 2 videos in folders inside it, such as {real / 'more' / 'b.mpg'}, are "
        "not scored; move them into it"
    )
    (real / "a.mp4").unlink()
    told = refused(run, *words)
    assert told.endswith("found none; those in folders inside it are not looked at")


def test_weights_that_are_not_there_are_told_before_the_work(
    run: Run, short: Path, tmp_path: Path
) -> None:
    data, out = listing(tmp_path, short), tmp_path / "out"
    videos = ("score", "--real", short, "--generated", short)
    for words in (("emh", "--data", data), ("hdtf", "--data", data), videos):
        for place, what in ((tmp_path / "nope", "nothing of that name"), (short, "a file")):
            told = refused(run, *words, "-o", out, "--weights", place)
            assert told == (
                f"error: {place}: expected the folder of weights (--weights), got {what}; check "
                "the path"
            )
    assert not out.exists()


def test_drawn_videos_are_not_taken_for_real_ones(run: Run, short: Path, tmp_path: Path) -> None:
    clips = copied(tmp_path / "clips", short, "a.mp4")
    copied(clips / "run" / "videos", short, "drawn.mp4")
    write_stamp(clips / "run", STAMP)
    data = tmp_path / "emh.jsonl"
    said = run("bench", "build", clips, "-o", data, "--quick")
    assert said.exit_code == 0, said.output
    assert said.stderr.splitlines()[0].startswith(f"warning: {clips / 'run'}: holds a run")
    assert "drawn" not in data.read_text()
    passed: list[Path] = []
    assert videos_in(clips, passed.append) == [clips / "a.mp4"]
    assert passed == [clips / "run"]
    with pytest.raises(InputError, match="found none in it"):
        sources_in(clips / "run")
    (clips / "run" / "run.json").write_text("{}")
    assert len(videos_in(clips)) == 2


def test_clips_that_failed_are_named_in_the_order_of_the_report(
    run: Run, short: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, no_report: None
) -> None:
    def as_it_comes(*given: Any, tell: Callable[[ClipRow], None], **more: Any) -> None:
        rows: list[ClipRow] = []
        run_tasks(*given, tell=rows.append, **more)
        for row in reversed(rows):
            tell(row)

    monkeypatch.setattr(bench_running, "run_tasks", as_it_comes)
    real = copied(tmp_path / "real", short, "a.mp4", "b.mp4", "c.mp4", "d.mp4")
    generated = copied(tmp_path / "generated", short, "x.mp4")
    said = run("bench", "score", "--real", real, "--generated", generated, "-o", tmp_path / "o")
    error = said.stderr.splitlines()[-1]
    assert re.findall(r"[;:] ([a-dx]): there is", error) == ["a", "b", "c"]
    assert error.endswith("; and 2 more, in the report")
