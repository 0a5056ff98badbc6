"""Anybody's videos against the real ones, by name."""

import errno
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from tests.emh.filmed import FEW, FPS, SIDE_PX, film, record, scaled
from tests.emh_report.invented import STAMP

from cogportrait.apps import bench_running
from cogportrait.bench.pairs import Pair, pair_up
from cogportrait.bench.runner import run_tasks
from cogportrait.bench.store import read_run
from cogportrait.errors import InputError, MediaError, MetricError
from cogportrait.types import Frame, Portrait

Run = Callable[..., Any]


@pytest.fixture(autouse=True)
def _few_measures(no_networks: None) -> None:
    """Tests of pictures look at the others."""


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """Return two folders without videos."""
    out = tmp_path / "real", tmp_path / "generated"
    for folder in out:
        folder.mkdir()
        (folder / "notes.txt").touch()
        (folder / ".hidden.mp4").touch()
        (folder / "d.mp4").mkdir()
    return out


def touched(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).touch()


def test_clips_are_paired_by_name(folders: tuple[Path, Path]) -> None:
    real, generated = folders
    touched(real, "b.mp4", "a.MOV", "alone.mkv")
    touched(generated, "a.webm", "b.gif", "other.mp4")
    pairs = {pair.name: pair for pair in pair_up(real, generated)}
    assert [*pairs] == ["a", "alone", "b", "other"]
    assert (pairs["a"].real, pairs["a"].generated) == (real / "a.MOV", generated / "a.webm")
    assert (pairs["b"].real, pairs["b"].generated) == (real / "b.mp4", generated / "b.gif")
    assert (pairs["alone"].generated, pairs["other"].real) == (None, None)
    assert all(pair.portrait is None for pair in pairs.values())


def test_two_files_of_one_name_are_refused(folders: tuple[Path, Path]) -> None:
    real, generated = folders
    touched(real, "a.mp4", "a.mov")
    touched(generated, "a.mp4")
    for pair in (folders, folders[::-1]):
        with pytest.raises(InputError, match=r"a\.mp4: a\.mov has the same name; rename one"):
            pair_up(*pair)


def test_a_folder_without_videos_is_told(folders: tuple[Path, Path]) -> None:
    real, generated = folders
    touched(real, "a.mp4")
    with pytest.raises(InputError, match=r"generated: expected videos \(\.mp4 .*, found none"):
        pair_up(real, generated)


def test_a_folder_that_is_locked_is_told(
    folders: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: Path) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "iterdir", refuse)
    with pytest.raises(InputError, match=r"real: cannot be read: Permission denied"):
        pair_up(*folders)


def test_a_folder_and_a_video_are_no_pair(folders: tuple[Path, Path]) -> None:
    real, generated = folders
    touched(real, "a.mp4")
    with pytest.raises(InputError, match="expected two folders or two videos, got one of each"):
        pair_up(real / "a.mp4", generated)


def test_two_videos_are_a_pair_whatever_their_names(folders: tuple[Path, Path]) -> None:
    real, generated = folders[0] / "a.mp4", folders[1] / "z.mp4"
    (pair,) = pair_up(real, generated)
    assert pair == Pair("a", real, generated)


def test_portraits_are_found_by_name_or_are_everybodys(folders: tuple[Path, Path]) -> None:
    real, generated = folders
    for folder in folders:
        touched(folder, "a.mp4", "b.mp4")
    shown = real.parent / "shown"
    shown.mkdir()
    touched(shown, "a.png", "b.JPG", "c.png")
    assert [p.portrait for p in pair_up(real, generated, shown)] == [
        shown / "a.png",
        shown / "b.JPG",
    ]
    assert [p.portrait for p in pair_up(real, generated, shown / "c.png")] == [shown / "c.png"] * 2
    videos = real / "a.mp4", generated / "b.mp4"
    assert [p.portrait for p in pair_up(*videos, shown / "c.png")] == [shown / "c.png"]
    assert [p.portrait for p in pair_up(*videos, shown)] == [shown / "a.png"]


def test_a_clip_without_its_portrait_is_told(folders: tuple[Path, Path]) -> None:
    real, generated = folders
    for folder in folders:
        touched(folder, "a.mp4", "b.mp4")
    touched(real, "alone.mp4")  # nothing is measured of it
    shown = real.parent / "shown"
    shown.mkdir()
    touched(shown, "c.png")
    with pytest.raises(InputError, match=r"expected a picture of each clip, found none of a, b$"):
        pair_up(real, generated, shown)
    touched(shown, "a.png")
    pairs = {pair.name: pair for pair in pair_up(real, generated, shown)}
    assert pairs["a"].portrait == shown / "a.png"
    with pytest.raises(InputError, match=r"shown: expected a picture of each clip, found none of"):
        pairs["b"].run(real)


@pytest.mark.parametrize("missing", ["real", "generated"])
def test_a_missing_partner_is_told(clip: Path, tmp_path: Path, missing: str) -> None:
    there = "generated" if missing == "real" else "real"
    pair = Pair("a", **{missing: None, there: clip})  # type: ignore[arg-type]
    with pytest.raises(InputError, match=f"a {there} clip of this name and no {missing} one"):
        pair.run(tmp_path)


def test_another_shape_is_refused(tmp_path: Path, clip: Path, frames: list[Frame]) -> None:
    wide = film(tmp_path / "wide.mp4", [scaled(f, 400, 320) for f in frames[:3]])
    message = (
        f"generated clip {wide}: expected the shape of the real clip {clip}, 320 x 320, got "
        "400 x 320; crop the real clips as the generated ones were"
    )
    with pytest.raises(InputError, match=f"^{re.escape(message)}$"):
        Pair("a", clip, wide).run(tmp_path)


@pytest.mark.parametrize("size_px", [(240, 240), (320, 324)])
def test_another_size_is_scored(
    tmp_path: Path, clip: Path, frames: list[Frame], size_px: tuple[int, int]
) -> None:
    other = film(tmp_path / "other.mp4", [scaled(f, *size_px) for f in frames[:19]])
    row = Pair("a", clip, other, category="joy", actor="anna").run(tmp_path).row
    assert (row.name, row.category, row.actor, row.frames) == ("a", "joy", "anna", 19)
    assert (row.size_px, row.fps) == ((SIDE_PX, SIDE_PX), FPS)
    assert row.scores["eye_lmd"] < 0.03
    assert row.scores["ssim"] > 0.8
    assert row.warnings[0].startswith("real 1.04 s, generated 0.76 s")


def test_a_clip_that_is_too_short_is_told_by_its_path(
    tmp_path: Path, clip: Path, frames: list[Frame]
) -> None:
    other = film(tmp_path / "other.mp4", frames[:10])
    said = rf"^generated clip {re.escape(str(other))}: expected a face in 70% .* ends after 0\.40 "
    with pytest.raises(MetricError, match=said):
        Pair("a", clip, other).run(tmp_path)


def test_a_clip_against_itself_is_perfect(tmp_path: Path, short: Path) -> None:
    done = Pair("a", short, short).run(tmp_path)
    row = done.row
    assert (row.frames, row.seconds, row.frontal, row.error) == (FEW, FEW / FPS, "yes", "")
    assert (row.scores["au_f1"], row.scores["ssim"], row.scores["eye_lmd"]) == (1, 1, 0)
    assert done.curves is not None
    assert list(tmp_path.iterdir()) == []  # nothing is drawn


def test_the_portrait_given_is_the_neutral_face(
    tmp_path: Path, frames: list[Frame], face: Portrait
) -> None:
    rest, turned = tmp_path / "rest.png", tmp_path / "turned.png"
    Image.fromarray(face.image).save(rest)
    Image.fromarray(frames[-1]).save(turned)
    clip = film(tmp_path / "turning.mp4", frames[16:])
    at_rest = Pair("a", clip, clip, rest).run(tmp_path).curves
    from_turned = Pair("a", clip, clip, turned).run(tmp_path).curves
    assert at_rest is not None
    assert from_turned is not None
    left, right = -6, -5  # columns of the head's yaw
    assert at_rest.real[-2:, left].mean() == pytest.approx(12, abs=3)
    assert at_rest.real[:2, [left, right]].max() < 3
    assert from_turned.real[-2:, [left, right]].max() < 3
    assert from_turned.real[:2, right].mean() == pytest.approx(12, abs=3)


def test_a_clip_that_cannot_be_read_is_named_and_the_rest_scored(
    tmp_path: Path, folders: tuple[Path, Path], frames: list[Frame], run: Run,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    real, generated = folders
    content = film(tmp_path / "few.mp4", frames[:FEW]).read_bytes()
    for name in ("a", "b", "c"):
        (real / f"{name}.mp4").write_bytes(content)
        (generated / f"{name}.mp4").write_bytes(content)
    (generated / "b.mp4").write_bytes(content[: len(content) // 2])
    touched(real, "d.mkv")
    monkeypatch.setattr(bench_running, "run_report", lambda *_, **__: None)
    out = tmp_path / "run"
    said = run("bench", "score", "--real", real, "--generated", generated, "-o", out)
    assert said.exit_code == 1
    last = said.stderr.splitlines()[-1]
    assert last.startswith("error: 2 of 4 clips could not be scored: b: ")
    assert "; d: there is a real clip of this name and no generated one" in last
    rows = read_run(out).rows
    assert [row.name for row in rows if not row.error] == ["a", "c"]
    before = {p.name: p.stat().st_mtime_ns for p in (out / "clips").glob("[ac].*")}
    (generated / "b.mp4").write_bytes(content)
    (real / "d.mkv").unlink()
    (out / "clips" / "d.json").unlink()
    said = run("bench", "score", "--real", real, "--generated", generated, "-o", out)
    assert said.exit_code == 0, said.output
    assert {p.name: p.stat().st_mtime_ns for p in (out / "clips").glob("[ac].*")} == before
    assert record(out / "run.json")["protocol"] == "score"


def test_what_is_no_video_is_told(tmp_path: Path, clip: Path) -> None:
    (tmp_path / "text.mp4").write_text("no video")
    with pytest.raises(MediaError, match=r"text\.mp4"):
        Pair("a", clip, tmp_path / "text.mp4").run(tmp_path)
    run_tasks([Pair("a", clip, tmp_path / "text.mp4")], tmp_path / "run", STAMP)
    (row,) = read_run(tmp_path / "run").rows
    assert "text.mp4" in row.error
    assert np.isnan(row.seconds)
