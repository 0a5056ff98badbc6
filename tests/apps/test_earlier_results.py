"""What results of the benchmark's commands replace: earlier ones, and nothing of anybody else's."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.emh.emhs import line, manifest
from tests.io.clips import noise, write

Run = Callable[..., Any]
Fails = Callable[..., str]


@pytest.fixture
def videos(tmp_path: Path) -> Path:
    """Return a folder of one video."""
    (tmp_path / "videos").mkdir()
    write(tmp_path / "videos" / "a.mp4", [noise(i) for i in range(5)])
    return tmp_path / "videos"


def people(folder: Path) -> Path:
    lines = [line(f"{n}.mp4", category="joy", actor=n) for n in "abcd"]
    return manifest(folder, *lines)


@pytest.mark.parametrize("content", ['{"my": "list"}\n', "a list\n", "\x00\x01"])
def test_a_manifest_is_not_written_over_what_is_none(
    fails: Fails, videos: Path, tmp_path: Path, content: str
) -> None:
    data = people(tmp_path)
    mine = tmp_path / "mine.jsonl"
    mine.write_text(content)
    for words in (("build", videos, "--quick"), ("split", data)):
        said = fails("bench", *words, "-o", mine)
        assert f"{mine}: is there and is no manifest of clips: name another file" in said
        assert mine.read_text() == content


def test_a_manifest_is_written_over_an_earlier_one_and_over_nothing(
    run: Run, videos: Path, tmp_path: Path
) -> None:
    data, out = people(tmp_path), tmp_path / "out.jsonl"
    out.touch()
    for words in (("build", videos, "--quick"), ("build", videos, "--quick"), ("split", data),
                  ("split", data)):  # fmt: skip
        said = run("bench", *words, "-o", out)
        assert said.exit_code == 0, said.output
    out.write_text(out.read_text().splitlines()[0] + "\nedited, and not well\n")
    assert run("bench", "split", data, "-o", out).exit_code == 0
    assert "edited" not in out.read_text()


@pytest.mark.parametrize("name", ["statistics.png", "statistics.md"])
def test_statistics_of_somebody_else_stay(
    run: Run, fails: Fails, tmp_path: Path, name: str
) -> None:
    data, out = people(tmp_path), tmp_path / "stats"
    out.mkdir()
    (out / name).write_text("mine")
    said = fails("bench", "stats", data, "-o", out)
    assert f"{out / name}: is there and is of no earlier statistics: name another folder" in said
    assert [(path.name, path.read_text()) for path in out.iterdir()] == [(name, "mine")]
    (out / name).unlink()
    for _ in range(2):
        said = run("bench", "stats", data, "-o", out)
        assert said.exit_code == 0, said.output


@pytest.mark.parametrize("name", ["validity.md", "validity.json", "validity.png"])
def test_pages_of_validity_of_somebody_else_stay(fails: Fails, tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("{}")
    said = fails("bench", "validity", "--data", people(tmp_path), "-o", tmp_path)
    assert f"{name}: is there and is of no earlier page of validity: name another folder" in said


def test_a_manifest_of_hdtf_is_not_written_over_what_is_none(fails: Fails, tmp_path: Path) -> None:
    (tmp_path / "hdtf.jsonl").write_text("mine")
    said = fails("bench", "hdtf-prepare", tmp_path, tmp_path, "-o", tmp_path)
    assert "hdtf.jsonl: is there and is no manifest of clips: name another file" in said
