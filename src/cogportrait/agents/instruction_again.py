"""The same again: "slightly, then fully", "once slowly, once fast", "then a third time"."""

import re
from collections.abc import Sequence
from typing import Final

from cogportrait.agents.action_patterns import Action
from cogportrait.agents.instruction_clauses import ORDER
from cogportrait.agents.instruction_context import WIDE
from cogportrait.agents.instruction_script import Step
from cogportrait.agents.instruction_vocabulary import (
    TIMES,
    degree_in,
    factor,
    find_actions,
    says_only_how_much,
)
from cogportrait.agents.instruction_words import SPEEDS
from cogportrait.types import EventKind

ONCE_MORE: Final = re.compile(
    r"\b(?:once (?:more|again)|(?:one|yet another|another) (?:more )?time|an? (?:second|third"
    r"|fourth|fifth|last|final|further) time)\b"
)
AGAIN: Final = re.compile(
    rf"^\W*(?:(?:and|then|yet|but|he|she|they|it|does (?:it|so)) )*(?:{ONCE_MORE.pattern}|again)"
    r"(?: \w+ly)?\W*$"
)
_COUNTED: Final = re.compile(rf"{TIMES.pattern}|\b(?:an?|one|two|three)\b")


def more_of_it(steps: Sequence[Step], part: str, before: str) -> list[tuple[Action, str]]:
    """Return the movement before, for words that say only how: "slightly, then fully".

    Or how often and how once more: "once slowly, once fast".
    """
    if steps and AGAIN.match(part):
        return [(s.action, s.side) for s in steps if not s.stops and not s.denied][-1:]
    last = steps[-1] if steps else None
    faster = factor(part, SPEEDS) != 1.0 and last and _says_how(last.words)  # "slowly, then fast"
    if not last or not says_only_how_much(part, speed=bool(faster)):
        return []
    again = TIMES.search(part) and _COUNTED.search(last.words) and _says_how(last.words)
    if not again and not ORDER.search(before):
        return []
    if last.action.kind is EventKind.CLOSURE and WIDE.search(part):
        return find_actions("eyes wide")  # "eyes closed, then wide"
    return [] if last.stops else [(last.action, last.side)]


def _says_how(words: str) -> bool:
    return degree_in(words) != 1.0 or factor(words, SPEEDS) != 1.0
