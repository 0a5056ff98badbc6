"""Seeds have one range in all commands, and one line says so."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cogportrait.apps.option_values import seed_number

Run = Callable[..., Any]
MOST = 2**63 - 1
COMMANDS = (
    ("plan", "-l", "joy", "-o", "c.json"),
    ("animate", "a.png", "-l", "joy", "-o", "o.mp4"),
    ("render", "a.png", "c.json", "-o", "o.mp4"),
    ("demo", "-o", "d"),
    ("bench", "emh", "--data", "e.jsonl", "-o", "r"),
    ("bench", "hdtf", "--data", "e.jsonl", "-o", "r"),
    ("bench", "ablate", "--data", "e.jsonl", "-o", "r"),
    ("bench", "validity", "--data", "e.jsonl", "-o", "r"),
    ("bench", "split", "e.jsonl", "-o", "f.jsonl"),
)


@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: " ".join(words[:2]))
@pytest.mark.parametrize("seed", ["-1", str(MOST + 1), "1.5", "x"])
def test_other_numbers_are_refused(run: Run, words: tuple[str, ...], seed: str) -> None:
    said = run(*words, "--seed", seed)
    assert said.exit_code == 2
    (line,) = said.stderr.splitlines()
    assert f"'--seed': expected a whole number, 0 to 2^63 - 1, got '{seed}'" in line


@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: " ".join(words[:2]))
def test_help_says_the_range(run: Run, words: tuple[str, ...]) -> None:
    command = words[:2] if words[0] == "bench" else words[:1]
    assert "0 to 2^63 - 1" in " ".join(run(*command, "--help").stdout.split())


def test_the_greatest_seed_works(run: Run, tmp_path: Path) -> None:
    assert seed_number(str(MOST)) == MOST
    words = ("plan", "-l", "joy", "--duration", "1", "-o", tmp_path / "c.json")
    assert run(*words, "--seed", MOST).exit_code == 0
