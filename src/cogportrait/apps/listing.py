"""``cogportrait labels``."""

import json

from cogportrait.apps.console import say
from cogportrait.behavior.labels import ALIASES, DESCRIPTIONS, LABELS


def print_labels(*, as_json: bool) -> None:
    """Print every label with its description and everyday words."""
    if as_json:
        rows = [
            {"label": name, "description": DESCRIPTIONS[name], "aliases": list(ALIASES[name])}
            for name in LABELS
        ]
        say(json.dumps(rows, ensure_ascii=False))
        return
    width = max(map(len, LABELS))
    for name in LABELS:
        say(f"{name:<{width}}  {DESCRIPTIONS[name]}")
        say(f"{'':<{width}}  also: {', '.join(ALIASES[name])}")
