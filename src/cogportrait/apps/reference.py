"""``docs/cli.md``: every ``--help``, so that the page cannot be out of date unnoticed.

``python -m cogportrait.apps.reference docs/cli.md [--check]``
"""

import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from typer.core import TyperGroup
from typer.main import get_group
from typer.testing import CliRunner

from cogportrait.apps.cli import app

WIDTH: Final = 100
HEAD: Final = """# Command line

Written by `make docs` from each command's own `--help`.

A result's path goes to stdout, progress (in a log: a line a minute) and warnings to stderr. Exit
codes: 0 done, 1 the input or output cannot be used (one line says why), 2 wrong usage or a named
file without the permission to read it; of what was interrupted 130 (Ctrl-C), 143 (SIGTERM) or 129
(SIGHUP), 128 and the signal's number.
"""


def reference() -> str:
    """Return the page."""
    os.environ["COLUMNS"] = str(WIDTH)
    root = get_group(app)
    parts = [HEAD]
    for words in _commands(root, ("cogportrait",)):
        parts.append(f"## {' '.join(words)}\n\n```\n{_help(words)}\n```\n")
    return "\n".join(parts)


def _commands(group: TyperGroup, words: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    yield words
    for name, command in group.commands.items():
        if isinstance(command, TyperGroup):
            yield from _commands(command, (*words, name))
        else:
            yield (*words, name)


def _help(words: Sequence[str]) -> str:
    environment = {"COLUMNS": str(WIDTH), "TERMINAL_WIDTH": str(WIDTH), "NO_COLOR": "1"}
    run = CliRunner().invoke(
        app, [*words[1:], "--help"], prog_name=words[0], env=environment, color=False
    )
    return "\n".join(line.rstrip() for line in run.output.strip().splitlines())


def main(arguments: Sequence[str]) -> int:
    """Write the page, or with ``--check`` only compare it."""
    path = Path(arguments[0])
    page = reference()
    if "--check" not in arguments[1:]:
        path.write_text(page, encoding="utf-8")
    elif not path.is_file() or path.read_text(encoding="utf-8") != page:
        sys.stderr.write(f"{path} is out of date; run: make docs\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
