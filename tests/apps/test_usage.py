"""How the command line is called: as a module, with short help, with options that clash."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from cogportrait.apps.cli import app
from cogportrait.io.pngs import is_ours
from cogportrait.version import __version__

Run = Callable[..., Any]


def test_the_module_of_the_command_line_runs_it(tmp_path: Path) -> None:
    command = [sys.executable, "-W", "error", "-m", "cogportrait.apps.cli"]
    done = subprocess.run([*command, "--version"], check=True, capture_output=True, text=True)
    assert done.stdout == f"{__version__}\n"
    words = [*command, "plan", "-l", "jooy", "-o", "c.json"]
    done = subprocess.run(words, check=False, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 1
    assert "unknown label 'jooy'" in done.stderr


@pytest.mark.parametrize("words", [[], ["plan"], ["rig"], ["library", "build"], ["report"]])
def test_short_help_is_help(run: Run, words: list[str]) -> None:
    short, long = run(*words, "-h"), run(*words, "--help")
    assert short.exit_code == 0
    assert short.stdout == long.stdout
    assert "Usage: cogportrait" in short.stdout


@pytest.mark.parametrize(
    ("command", "one", "other"),
    [
        (("plan", "-l", "joy"), "--speaking", "--listening"),
        (("plan", "-l", "joy"), "--listening", "--speaking"),
        (("render", "me.png", "c.json"), "--neutralize", "--as-photographed"),
    ],
)
def test_options_that_exclude_each_other_are_wrong_usage(
    run: Run, tmp_path: Path, command: tuple[str, ...], one: str, other: str
) -> None:
    result = run(*command, "-o", tmp_path / "o.json", one, other)
    assert result.exit_code == 2
    assert "exclude each other; give one of them" in result.stderr
    assert one in result.stderr
    assert other in result.stderr
    assert result.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("option", "meant"), [("--speaking", True), ("--listening", False)])
def test_whose_turn_it_is_reaches_the_plan(
    run: Run, tmp_path: Path, option: str, meant: bool
) -> None:
    trace = tmp_path / "t.json"
    words = ("plan", "-l", "joy", "--duration", "1", "-o", tmp_path / "c.json", "--trace", trace)
    assert run(*words, option).exit_code == 0
    assert f'"speaking": {str(meant).lower()}' in trace.read_text()


@pytest.mark.parametrize("name", [".", "../here"])
def test_frames_go_into_the_folder_one_is_in(
    run: Run,
    picture: Path,
    curves: Callable[..., Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
) -> None:
    still = curves(channels=["AU43_L"], values=[[0.0], [0.5]])
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    result = run("render", picture, still, "-o", name)
    assert (result.exit_code, result.stdout) == (0, f"{name}\n"), result.output
    assert sorted(path.name for path in here.iterdir()) == ["frame_00000.png", "frame_00001.png"]
    assert all(is_ours(path) for path in here.iterdir())
    assert {path.name for path in tmp_path.iterdir()} == {"here", "curves.json"}


def test_an_empty_name_is_not_the_folder_one_is_in(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = run("animate", "gone.png", "-l", "joy", "-o", "")
    assert result.exit_code == 1
    assert result.stderr == (
        "error: output: expected a file name, got ''; name one, or . for this folder\n"
    )


def _commands(group: Any, *before: str) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _commands(command, *before, name)
        else:
            yield (*before, name), command


ONCE = [
    (path, max(param.opts, key=len))
    for path, command in _commands(get_command(app))
    for param in command.params
    if param.param_type_name == "option" and not param.is_flag and not param.multiple
]


@pytest.mark.parametrize(("command", "option"), ONCE)
def test_of_two_values_of_an_option_the_last_does_not_win(
    run: Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    command: tuple[str, ...],
    option: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    result = run(*command, option, "1", option, "1")
    assert result.exit_code == 2, result.output
    assert result.stderr == (
        f"error: {option}: expected one value, got the option 2 times; leave one; "
        f"see cogportrait {' '.join(command)} --help\n"
    )
    assert list(tmp_path.iterdir()) == []


def test_flags_and_what_is_made_to_be_given_several_times_may_be(run: Run, tmp_path: Path) -> None:
    words = ("plan", "-l", "joy", "--duration", "1", "-o", tmp_path / "c.json")
    assert run(*words, "-q", "-q", "--json", "--json").exit_code == 0
    result = run("library", "merge", "gone", "-o", tmp_path, "--without", "a", "--without", "b")
    assert "gone: no such library" in result.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("export", "c.json", "--to", "foo", "-o", "o.csv"), "'--to': 'foo' is not one of"),
        (("plan", "--ablate", "foo", "-o", "o.json"), "'--ablate': 'foo' is not one of"),
    ],
)
def test_a_word_that_is_no_choice_is_said_in_our_words(
    run: Run, words: tuple[str, ...], said: str
) -> None:
    result = run(*words)
    assert result.exit_code == 2
    assert said in result.stderr
    assert "Value error" not in result.stderr
