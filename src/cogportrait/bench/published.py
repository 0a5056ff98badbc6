"""The tables of the paper, as it prints them: to stand beside ours, never in one ranking with them.

Its test clips, code, weights and formulas are not public, so nothing here is comparable with a run
of ours beyond what the names say. Source: arXiv 2605.28056, CC BY 4.0.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

HEADING: Final = "reported by the paper, other data"
_KEYS: Final[Mapping[str, tuple[str, ...]]] = {"emh": ("emh", "ablations"), "hdtf": ("hdtf",)}


@dataclass(frozen=True, slots=True)
class PublishedRow:
    """A method, and its figures as printed."""

    name: str
    own: bool  # of the paper's own method
    values: tuple[str, ...]  # one a column


@dataclass(frozen=True, slots=True)
class PublishedTable:
    """A table of the paper."""

    key: str
    title: str
    columns: tuple[str, ...]  # names with an arrow for the better way
    measures: tuple[str, ...]  # what ours would be called; "id_sim" without its network
    rows: tuple[PublishedRow, ...]


@cache
def _document() -> Mapping[str, Any]:
    path = files("cogportrait.bench") / "published_data" / "published.json"
    return json.loads(path.read_text("utf-8"))


def source() -> str:
    """Return where the tables are from, with their licence."""
    return str(_document()["source"])


def note() -> str:
    """Return what is not known of them."""
    return str(_document()["note"])


def published(protocol: str) -> tuple[PublishedTable, ...]:
    """Return the tables that go with a protocol: ``emh``, ``hdtf``; none with another."""
    wanted = _KEYS.get(protocol, ())
    return tuple(table for table in _tables() if table.key in wanted)


@cache
def _tables() -> tuple[PublishedTable, ...]:
    arrows = {"higher": "↑", "lower": "↓"}
    return tuple(
        PublishedTable(
            table["key"],
            table["title"],
            tuple(f"{c['name']} {arrows[c['better']]}" for c in table["columns"]),
            tuple(c["key"] for c in table["columns"]),
            tuple(PublishedRow(r["name"], r["own"], tuple(r["values"])) for r in table["rows"]),
        )
        for table in _document()["tables"]
    )
