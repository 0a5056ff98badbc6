"""How commands talk: exit codes, streams, usage errors, missing libraries."""

import re
from collections.abc import Callable
from dataclasses import fields
from inspect import signature
from pathlib import Path
from typing import Any

import pytest

from cogportrait import __version__
from cogportrait.apps import console, listing, reference
from cogportrait.apps.option_values import either
from cogportrait.apps.options import ablation, asked, thought
from cogportrait.behavior.labels import LABELS
from cogportrait.request import Request

Run = Callable[..., Any]
REPOSITORY = Path(__file__).parents[2]


def test_version(run: Run) -> None:
    assert run("--version").stdout == f"{__version__}\n"


def test_labels_lists_every_label(run: Run) -> None:
    result = run("labels")
    assert result.exit_code == 0
    assert all(label in result.stdout for label in LABELS)


@pytest.mark.parametrize(
    "words",
    [
        ("animate",),
        ("animate", "a.png", "-o", "o.mp4"),
        ("animate", "a.png", "-o", "o.mp4", "-l", "joy", "--seed", "x"),
        ("animate", "a.png", "-o", "o.mp4", "-l", "joy", "--face", "0"),
        ("animate", "a.png", "-o", "o.mp4", "-l", "joy", "--renderer", "magic"),
        ("plan", "-l", "joy"),
        ("nonsense",),
    ],
)
def test_wrong_usage_is_one_line_and_exits_2(run: Run, words: tuple[str, ...]) -> None:
    result = run(*words)
    assert result.exit_code == 2
    (line,) = result.stderr.splitlines()
    assert line.startswith("error: ")
    assert re.search(r"; see cogportrait( \w+)? --help$", line)
    assert result.stdout == ""


@pytest.mark.parametrize("error", [ImportError, OSError])
def test_a_missing_system_library_is_named(
    run: Run, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    text = "libGL.so.1: cannot open shared object file: No such file or directory"

    def broken(**_: object) -> None:
        raise error(text)

    monkeypatch.setattr(listing, "print_labels", broken)
    result = run("labels")
    assert result.exit_code == 1
    assert result.stderr.splitlines() == [
        "error: the system library libGL.so.1 is missing; on Debian or Ubuntu: "
        "apt-get install libgl1 libegl1 libgles2 libglib2.0-0"
    ]


def test_an_interrupt_is_one_line_and_130(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(**_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(listing, "print_labels", interrupted)
    result = run("labels")
    assert result.exit_code == 130
    assert len(result.stderr.splitlines()) == 1


def test_the_reference_page_is_current() -> None:
    page = (REPOSITORY / "docs" / "cli.md").read_text(encoding="utf-8")
    assert page == reference.reference(), "run: make docs"


def test_the_options_have_the_defaults_of_a_request() -> None:
    names = {"duration": "duration_s"}
    wanted = {field.name: field.default for field in fields(Request)} | {"label": None}
    apart = {"reasoning": thought(), "ablation": ablation(None)}  # options of their own
    options = {names.get(name, name): p.default for name, p in signature(asked).parameters.items()}
    turn = either("--speaking", options["speaking"], "--listening", options.pop("listening"))
    assert options | {"speaking": turn} | apart == wanted


def test_a_log_gets_a_line_of_progress_a_minute(capsys: pytest.CaptureFixture[str]) -> None:
    now = iter([0.0, 59.0, 61.0, 120.0, 200.0])
    advance = console.logged("run", 5, clock=lambda: next(now))
    for done in range(1, 5):
        advance(done)
    assert capsys.readouterr().err == "run: 2 of 5 after 61 s\nrun: 4 of 5 after 200 s\n"


def test_progress_is_silent_in_a_quiet_log(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(console, "LOG_EVERY_S", 0.0)
    for quiet in (True, False):
        with console.Console(quiet=quiet).progress("run", None) as advance:
            advance(3)
        assert capsys.readouterr().err == ("" if quiet else "run: 3 after 0 s\n")
