"""How often several movements are made: "closes and opens the eyes twice".

A movement and its way back are one, as often as was said: what comes back does so each time.
A count behind a comma is that of the whole clause before it, "blinks and nods, twice", but not of
what stays beside what is over: "narrows the eyes and nods, twice".
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from cogportrait.agents.instruction_movements import EACH_LEAST_S
from cogportrait.agents.instruction_script import Step
from cogportrait.agents.instruction_vocabulary import (
    TIMES,
    degree_in,
    factor,
    times_in,
    words_in,
)
from cogportrait.agents.instruction_words import OWN, SPEEDS

_COUNT: Final = (
    r"(?=,? (?:twice|thrice|(?:two|three|four|five|six|seven|eight|nine|ten|several|\d+) times)\b)"
)
_ENDS: Final = r"(?:e|s|es|ing|ses|ps|ping)?"
_UNDONE_BY: Final = (
    (rf"(?:rais|lift|arch){_ENDS}", rf"(?:lower|drop){_ENDS}"),
    (rf"(?:lower|drop){_ENDS}", rf"(?:rais|lift){_ENDS}"),
    (rf"(?:clos|shut|shutt){_ENDS}", rf"(?:re)?open{_ENDS}"),
    (rf"open{_ENDS}", rf"(?:clos|shut|shutt){_ENDS}"),
)
_PARTS: Final = (
    rf"(?:{OWN}|both ){{0,4}}(?:left |right )?"
    r"(?:eyes?|eye ?lids?|(?:eye)?brows?|head|chin|mouth|jaw)"
)
_AND: Final = r",? and (?:then )?"
_OPPOSITE: Final = (("left", "right"), ("right", "left"), ("up", "down"), ("down", "up"))
_TO: Final = r"(?:to )?(?:the |his |her )?"
_ROUNDS: Final[tuple[tuple[str, str], ...]] = (
    # eyes are open before they open and close
    (rf"\bopen(s|ing)? and (?:clos|shut|shutt){_ENDS} ({OWN}?(?:both )?eyes){_COUNT}",
     r"closes \2"),
    (rf"\b({OWN}?(?:both )?(?:eyes|lids)) open and close{_COUNT}", r"\1 close"),
    *((rf"\b({a}) and {b} ({_PARTS}){_COUNT}", r"\1 \2") for a, b in _UNDONE_BY),
    *((rf"\b({a}) ({_PARTS}){_AND}{b} (?:them|it|\2|{_PARTS})(?: again)?{_COUNT}", r"\1 \2")
      for a, b in _UNDONE_BY),
    *((rf"\b({_PARTS}) ({a}){_AND}{b}(?: again)?{_COUNT}", r"\1 \2") for a, b in _UNDONE_BY),
    (rf"\b((?:eye)?brows) (?:go|move|jump) up and down{_COUNT}", r"raises \1"),
    *((rf"\b({a}){_AND}(?:{_TO}{b} again|back {_TO}{b}(?: again)?){_COUNT}", r"\1")
      for a, b in _OPPOSITE),
    (rf"{_AND}back(?: again| to {OWN}?(?:front|cent(?:er|re)|middle))?{_COUNT}", ""),
)  # fmt: skip
_REPEAT: Final = re.compile(rf"^\W*(?:(?:and|then) )*repeat(?: (?:{TIMES.pattern}))?\W*$")
_ROUND_S: Final = EACH_LEAST_S  # of each place in a round, at least
_VERBS: Final = (
    r"\b(?P<do>open|clos|shut)(?:e|s|es|ing)? and (?P<undo>open|clos|shut)(?:e|s|es|ing)?"
)
_PAIR: Final = re.compile(rf"{_VERBS} (?P<what>{OWN}(?:eyes|mouth))\b")
_NAMES: Final = {"open": "opens", "clos": "closes", "shut": "closes"}


def plain_repeats(text: str) -> str:
    """Return a lower-case text in which movements that come back each time are said once."""
    for pattern, instead in _ROUNDS:
        text = re.sub(pattern, instead, text)
    return _PAIR.sub(
        lambda m: f"{_NAMES[m['do']]} {m['what']} then {_NAMES[m['undo']]} {m['what']}", text
    )


def played_again(
    steps: Sequence[Step], part: str, duration_s: float, most: int
) -> tuple[list[Step], list[str]] | None:
    """Return all steps as often again as "repeat twice" says, and the words of what is not done.

    None for other words. What has a time of its own is not made again, and no more than `most`.
    """
    if not _REPEAT.match(part) or not steps:
        return None
    if any(s.denied or s.when.start_s is not None for s in steps):
        return list(steps), [part.strip()]
    times = times_in(part, steps[-1].action)
    once_s = _ROUND_S * len({s.place for s in steps})
    fit = min(times, max(min(int(duration_s / once_s), most // len(steps)) - 1, 0))
    lost = [] if fit == times else [f"{part.strip()} ({fit} of {times} times fit)"]
    shift = 1 + max(s.place for s in steps) - min(s.place for s in steps)
    rounds = [replace(s, place=s.place + n * shift) for n in range(fit + 1) for s in steps]
    return rounds, lost


def counted(steps: Sequence[Step], first: int, part: str, *, comma: bool) -> list[Step]:
    """Return the steps, the last of them as often and in the manner that a part says.

    Behind a comma a count alone is that of all steps from `first` on.
    """
    last = steps[-1]
    times, degree, speed = times_in(part, last.action), degree_in(part), factor(part, SPEEDS)
    whole = comma and not words_in(TIMES.sub(" ", part))
    rounds = _repeated(steps, first, times) if whole else None
    if rounds:
        return rounds
    manner = (degree, speed) != (1.0, 1.0)  # "two nods, one slow, one fast"
    words = f"{last.words}, {part.strip()}" if manner else last.words
    degree, speed = last.degree * degree, last.speed * speed
    return [*steps[:-1], replace(last, times=times, degree=degree, speed=speed, words=words)]


def _repeated(steps: Sequence[Step], first: int, times: int) -> list[Step] | None:
    """Return the steps with those from `first` on made that often, None where only one is."""
    while first and steps[first:] and all(s.stops for s in steps[first:]):
        first = min(i for i, s in enumerate(steps) if s.place == steps[first - 1].place)
    told = steps[first:]
    if len(told) < 2 or any(s.denied or s.times > 1 for s in told):
        return None
    places = {s.place for s in told}
    if len(places) == 1:  # "blinks and nods, twice"; "narrows the eyes and nods, twice"
        brief = [s for s in told if not s.action.sustains] or told
        counted_ones = (replace(s, times=times) if s in brief else s for s in told)
        return [*steps[:first], *counted_ones]
    shift = 1 + max(places) - min(places)
    rounds = [
        replace(
            s,
            place=s.place + n * shift,
            when=replace(s.when, start_s=None, end_s=None) if n else s.when,
        )
        for n in range(times)
        for s in told
    ]
    return [*steps[:first], *rounds]
