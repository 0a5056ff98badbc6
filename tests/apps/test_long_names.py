"""Names that no file can have for their length are one line, wherever they are given."""

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.emh.emhs import line, manifest

Fails = Callable[..., str]
LONG = "x" * 300
FOLDER = f"{LONG[:40]}…: expected a folder name of at most 200 bytes, got 300; choose a shorter one"
READ = f"{LONG[:40]}…: expected a name of at most 255 bytes, got 300; check the path"


@pytest.mark.parametrize("where", ["", "no/", "./"])
@pytest.mark.parametrize("command", ["emh", "hdtf", "ablate", "validity"])
def test_folders_of_runs(fails: Fails, tmp_path: Path, command: str, where: str) -> None:
    data = manifest(tmp_path, line("a.mp4", category="joy"))
    assert FOLDER in fails("bench", command, "--data", data, "-o", f"{where}{LONG}")
    assert FOLDER in fails("bench", command, "--data", data, "-o", tmp_path / LONG)
    mild = fails("bench", command, "--data", data, "-o", tmp_path / LONG[:220])
    assert "expected a folder name of at most 200 bytes, got 220" in mild


def test_folders_of_scores_and_reports(fails: Fails, tmp_path: Path) -> None:
    videos = ("--real", tmp_path, "--generated", tmp_path)
    assert FOLDER in fails("bench", "score", *videos, "-o", LONG)
    assert FOLDER in fails("bench", "report", tmp_path, "-o", LONG)
    inside = fails("bench", "score", *videos, "-o", f"{LONG}/run")
    assert "expected a name of at most 255 bytes, got 300" in inside


@pytest.mark.parametrize(
    "words",
    [
        ("emh", "--data", LONG, "-o", "r"), ("emh", "--data", f"{LONG}/a.jsonl", "-o", "r"),
        ("hdtf", "--data", LONG, "-o", "r"), ("ablate", "--data", LONG, "-o", "r"),
        ("score", "--real", LONG, "--generated", ".", "-o", "r"),
        ("score", "--real", ".", "--generated", LONG, "-o", "r"),
        ("score", "--real", ".", "--generated", ".", "--portraits", LONG, "-o", "r"),
        ("build", LONG, "-o", "a.jsonl"), ("build", ".", "--table", LONG, "-o", "a.jsonl"),
        ("report", LONG), ("report", ".", "--real", LONG), ("stats", LONG), ("validate", LONG),
        ("split", LONG, "-o", "a.jsonl"), ("hdtf-prepare", LONG, ".", "-o", "d"),
    ],
    ids=lambda words: " ".join(words).replace(LONG, "L"),
)  # fmt: skip
def test_what_is_read(
    fails: Fails, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert READ in fails("bench", *words)
    assert list(tmp_path.iterdir()) == []


def test_paths_that_are_too_long(fails: Fails, tmp_path: Path) -> None:
    path = "/".join(["y" * 250] * 20)
    said = fails("bench", "build", path, "-o", tmp_path / "a.jsonl")
    assert "expected a path of at most 4095 bytes, got 5019; check the path" in said
