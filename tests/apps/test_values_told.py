"""Messages repeat what was given: numbers out of their range, sizes, rows of tables, recipes."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.emh.emhs import line, manifest
from tests.io.clips import noise, write

Run = Callable[..., Any]
Fails = Callable[..., str]
EMH = ("emh", "--data", "d", "-o", "r")
TRIED = ("validity", "--data", "d", "-o", "r")


@pytest.mark.parametrize(
    ("words", "option", "said"),
    [
        (("bench", *EMH), ("--jobs", "0"), "expected 1 to 64, got 0"),
        (("bench", *EMH), ("--jobs", "65"), "expected 1 to 64, got 65"),
        (("bench", *EMH), ("--refine", "99"), "expected 0 to 8, got 99"),
        (("bench", *EMH), ("--refine", "-1"), "expected 0 to 8, got -1"),
        (("bench", *TRIED), ("--clips", "1"), "expected 2 or more, got 1"),
        (("bench", *TRIED), ("--seconds", "nan"), "expected 2 to 60, got nan"),
        (("bench", *TRIED), ("--seconds", "inf"), "expected 2 to 60, got inf"),
        (("bench", *TRIED), ("--seconds", "1.5"), "expected 2 to 60, got 1.5"),
        (("footage", "-o", "f"), ("--each", "0"), "expected 1 to 1000, got 0"),
        (("train", "--config", "c", "-o", "r"), ("--seconds", "0"), "expected 1 or more, got 0"),
    ],
)
def test_numbers_out_of_their_range(
    run: Run, words: tuple[str, ...], option: tuple[str, str], said: str
) -> None:
    result = run(*words, *option)
    assert result.exit_code == 2
    (told,) = result.stderr.splitlines()
    assert f"{option[0]}: {said}; see cogportrait " in told


@pytest.mark.parametrize("size", [[512], [512, 512.5], [0, 512], [True, 1], [[1], "a"]])
def test_the_size_of_a_clip(fails: Fails, tmp_path: Path, size: list[Any]) -> None:
    data = manifest(tmp_path, line("a.mp4", size=size))
    assert f", got {json.dumps(size)}" in fails("bench", "stats", data)


def test_a_size_that_is_long(fails: Fails, tmp_path: Path) -> None:
    data = manifest(tmp_path, line("a.mp4", size=[7] * 900))
    assert ", got a list of 900 values" in fails("bench", "stats", data)


def test_a_table_that_names_a_file_twice(fails: Fails, tmp_path: Path) -> None:
    write(tmp_path / "a.mp4", [noise(1)])
    table = tmp_path / "t.tsv"
    table.write_text("file\na.mp4\nb.mp4\n./a.mp4\n")
    said = fails("bench", "build", tmp_path, "-o", tmp_path / "e.jsonl", "--table", table)
    assert f"{table}: row 4: names 'a.mp4', as row 2 does; leave one out" in said


@pytest.mark.parametrize("command", ["train", "refine"])
def test_a_recipe_that_is_no_text(fails: Fails, tmp_path: Path, command: str) -> None:
    recipe = tmp_path / "r.toml"
    recipe.write_bytes(b"\x89PNG\xff\xfe\x00")
    said = fails(command, "--config", recipe, "-o", tmp_path / "run")
    assert said == (
        f"error: {recipe}: expected a recipe in TOML, got a binary file; name a text file in UTF-8"
    )


def test_labels_that_no_clip_has(fails: Fails, tmp_path: Path) -> None:
    data = manifest(tmp_path, *(line(f"{name}.mp4") for name in "abcd"))
    for words in (("emh", "--mode", "label"), ("ablate",)):
        said = fails("bench", *words, "--data", data, "-o", tmp_path / "run")
        assert f"{data}: expected a category of clips" in said
        assert "got one for none of 4 clips (a, b, c, …); give each its `category`" in said


@pytest.mark.parametrize("command", ["footage", "codec", "train", "refine", "bench validity"])
def test_help_has_no_types_of_python_and_promises_no_videos(run: Run, command: str) -> None:
    said = run(*command.split(), "--help").stdout
    for word in ("<path>", "<int range>", "<float range>", "list[", "equal videos"):
        assert word not in said


def test_footage_says_which_option_has_nothing_to_work_on(fails: Run, tmp_path: Path) -> None:
    (tmp_path / "t.tsv").write_text("file\tuse\tperson\n")
    (tmp_path / "p").mkdir()
    (tmp_path / "p" / "one.png").touch()
    out = ("-o", tmp_path / "out")
    said = fails("footage", "--portraits", tmp_path / "p", "--looks", "1", *out)
    assert "--looks: expected CLIPS.tsv, whose clips it is for, got none; name it" in said
    said = fails("footage", tmp_path / "t.tsv", "--mixed", "1", *out)
    assert "--mixed: expected --portraits, which it is for, got none; name them" in said
    said = fails("footage", "--portraits", tmp_path / "p", "--mixed", "1", *out)
    assert "--mixed: expected two portraits or more, got 1; add one" in said
    assert not (tmp_path / "out").exists()
