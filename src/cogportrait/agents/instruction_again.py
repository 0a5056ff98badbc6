"""The same again: "slightly, then fully", "once slowly, once fast", "then a third time"."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from cogportrait.agents.action_patterns import Action
from cogportrait.agents.instruction_back import FURTHER
from cogportrait.agents.instruction_clauses import ORDER
from cogportrait.agents.instruction_context import WIDE
from cogportrait.agents.instruction_script import Step
from cogportrait.agents.instruction_times import When
from cogportrait.agents.instruction_vocabulary import (
    ANGLE,
    TIMES,
    degree_in,
    factor,
    find_actions,
    says_only_how_much,
    times_in,
    words_in,
)
from cogportrait.agents.instruction_words import GLUE, SPEEDS
from cogportrait.types import EventKind

ONCE_MORE: Final = re.compile(
    r"\b(?:once (?:more|again)|(?:one|yet another|another) (?:more )?time|an? (?:second|third"
    r"|fourth|fifth|last|final|further) time)\b"
)
AGAIN: Final = re.compile(
    rf"^\W*(?:(?:and|then|yet|but|he|she|they|it|does (?:it|so)) )*(?:{ONCE_MORE.pattern}|again)"
    r"(?: \w+ly)?\W*$"
)
_OFTEN: Final = re.compile(rf"{ONCE_MORE.pattern}|{TIMES.pattern}|\b(?:again|also|too)\b")
_SEEN_S: Final = 1.0  # how long what stays is seen before it is made again, at most
_COUNTED: Final = re.compile(rf"{TIMES.pattern}|\b(?:an?|one|two|three)\b")


def is_made_again(steps: Sequence[Step], part: str, *, joined: bool) -> bool:
    """Return whether a part with a time of its own says only how often: "once", "and again".

    `joined`: it goes with a movement, so that the time alone is enough.
    """
    bare = _OFTEN.sub(" ", part)
    if not steps or words_in(re.sub(r"\b(?:and|then|he|she|they|it)\b", " ", bare)):
        return False
    before = steps[-1]
    return joined or (_OFTEN.search(part) is not None and before.when.start_s is not None
                      and not before.stops and not before.denied)  # fmt: skip


def made_again(steps: Sequence[Step], place: int, part: str, when: When) -> list[Step]:
    """Return the steps and the last one once more: "looks left at 1 s and at 3 s".

    What would stay is over before it is made again.
    """
    *before, last = steps
    counted = TIMES.search(ONCE_MORE.sub(" ", part))
    times = times_in(part, last.action) if counted else last.times
    words = f"{TIMES.sub(' ', last.words)} {part}" if counted else last.words
    words = " ".join(words.split())
    start, again = last.when.start_s, when.start_s
    endless = last.when.end_s is None and last.when.lasts_s is None
    if last.action.sustains and endless and start is not None and again is not None:
        seen = min(_SEEN_S, max(0.5 * (again - start), 0.1))
        last = replace(last, when=replace(last.when, lasts_s=seen))
    lasts = when.lasts_s if when.lasts_s is not None or endless else last.when.lasts_s
    when = replace(when, lasts_s=lasts)
    once_more = replace(last, place=place, times=times, when=when, words=words)
    return [*before, last, once_more]


def more_of_it(
    steps: Sequence[Step], part: str, before: str, when: When
) -> list[tuple[Action, str]]:
    """Return the movement before, for words that say only how: "slightly, then fully".

    Or how often and how once more, "once slowly, once fast", or how at another time, "a little at
    1 s, fully at 3 s".
    """
    if steps and AGAIN.match(part):
        return [(s.action, s.side) for s in steps if not s.stops and not s.denied][-1:]
    last = steps[-1] if steps else None
    if last and _goes_further(part) and last.action.kind in (EventKind.GAZE, EventKind.HEAD):
        return [(last.action, last.side)]
    faster = factor(part, SPEEDS) != 1.0 and last and _says_how(last.words)  # "slowly, then fast"
    if not last or not says_only_how_much(part, speed=bool(faster)):
        return []
    again = TIMES.search(part) and _COUNTED.search(last.words) and _says_how(last.words)
    timed = None not in (when.start_s, last.when.start_s) and when.start_s != last.when.start_s
    if not again and not timed and not ORDER.search(before):
        return []
    if last.action.kind is EventKind.CLOSURE and WIDE.search(part):
        return find_actions("eyes wide")  # "eyes closed, then wide"
    return [] if last.stops else [(last.action, last.side)]


def _goes_further(part: str) -> bool:
    """Return whether a part says by how many degrees more, and nothing else: "10 degrees more"."""
    rest = words_in(FURTHER.sub(" ", ANGLE.sub(" ", part)))
    more = ANGLE.search(part) and FURTHER.search(part)
    return bool(more) and all(w in GLUE or w.endswith("ly") for w in rest)


def _says_how(words: str) -> bool:
    return degree_in(words) != 1.0 or factor(words, SPEEDS) != 1.0
