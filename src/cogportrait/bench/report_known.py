"""Whether a file is one of a report of ours: each says so by how it begins.

A report takes the place of an earlier one, file by file, and of nothing that is anybody else's.
"""

from pathlib import Path
from typing import Final

from cogportrait.bench.summary_files import FORMAT, KEYS
from cogportrait.errors import InputError
from cogportrait.io.documents import read_document

_MOST_READ: Final = 50_000_000  # bytes of a file that may be an earlier summary
_BEGINNING: Final = 400  # bytes that tell
_TITLE: Final = "<title>Benchmark report</title>"  # pages of before there was a generator mark
GENERATOR: Final = "cogportrait bench report"
HEADING: Final = "# Benchmark report\n\ncogportrait "  # then the version
COLUMNS: Final = "run,name,category,actor,seconds,fps,"


def is_ours(file: Path) -> bool:
    """Return whether a file that is called as one of a report is one; an empty one is not."""
    if not file.is_file():
        return False
    return _is_summary(file) if file.suffix == ".json" else _begins(file)


def _is_summary(file: Path) -> bool:
    try:
        read_document(file, "a summary", FORMAT, KEYS, _MOST_READ)
    except InputError:
        return False
    return True


def _begins(file: Path) -> bool:
    try:
        with file.open("rb") as opened:
            text = opened.read(_BEGINNING).decode("utf-8", "replace")
    except OSError:
        return False
    if file.suffix == ".html":
        made = f'<meta name="generator" content="{GENERATOR}">'
        return text.startswith("<!doctype html>") and (made in text or _TITLE in text)
    return text.startswith(HEADING if file.suffix == ".md" else COLUMNS)
