"""Rests between movements: "a beat", "after a long pause", "waits two seconds, then".

Each is written as a clause of its own, "pause 2 s", which the next movement waits for.
"""

import re
from typing import Final

from cogportrait.agents.instruction_times import number
from cogportrait.agents.instruction_words import NUMBERS, UNIT

# Our definitions of how long a rest is that is not counted (docs/assumptions.md).
BEAT_S: Final = 1.0
SHORT_PAUSE_S: Final = 0.5
LONG_PAUSE_S: Final = 2.0

PAUSE: Final = re.compile(r"^\W*pause (\d+(?:\.\d+)?) s\W*$")
_N: Final = rf"(?:\d+(?:\.\d+)?|{'|'.join(NUMBERS)})"
_LONG: Final = r"long(?:er|ish)?|lengthy|extended|good"
_SHORT: Final = r"short|brief|tiny|quick|little|slight|half"
_HOW: Final = rf"(?:{_LONG}|{_SHORT}|\w+ly|small|single|dramatic|silent)[- ]"
_REST: Final = rf"(?:{_HOW})?(?:pause|beat|break|lull)"
_WAITS: Final = r"(?:waits?|waiting|pauses?|pausing|counts?)"
_ABOUT: Final = r"(?:about |around |roughly |exactly )?"
_COUNTED: Final = re.compile(
    rf"(?:\band )?(?:\bthen )?(?:\bafter )?\b(?:(?:he|she|they|it) )?{_WAITS}(?: for)? {_ABOUT}"
    rf"(?P<wait>{_N})[- ]?{UNIT}"
    rf"|(?:\bafter )?\ban? {_ABOUT}(?P<noun>{_N})[- ]?{UNIT} (?:pause|beat|break|wait)\b"
    rf"|(?:\bafter )?(?:an? )?\b(?:pause|beat|wait|break):? (?:of |for |lasting )?{_ABOUT}"
    rf"(?P<after>{_N})[- ]?{UNIT}"
)
_NAMED: Final = re.compile(
    rf"(?:\band )?(?:\bthen )?(?:\b(?:after|following|there(?:'s| is)|with|takes?|taking|makes?"
    rf"|making) )?"
    rf"\b(?:another|an?|one|the|\d) {_REST}s?(?: later)?\b(?! (?:of|in|with|between)\b)"
    rf"|(?:^|(?<=[.,;:!]))\W{{0,4}}{_REST}s?\b(?=\W*(?:$|[.,;:!]|then\b|and\b))"
    rf"|(?:\band )?(?:\bthen )?\b(?:(?:he|she|they|it) )?{_WAITS}(?: for)?(?: (?:a|an) (?:while"
    rf"|moment|bit|second|instant))?"
    r"(?: briefly)?(?=\W*(?:$|[.,;:!]|then\b|and\b|before\b))"
)  # fmt: skip
_NO_REST: Final = re.compile(
    r"\b(?:without|with no|no) (?:an? |any |further )?(?:pause|break|delay|beat|hesitation)s?"
    r"(?: (?:in )?between(?: (?:them|these|those))?)?(?=\W*(?:$|[.,;:!]|\w+s\b))"
)
_BEATS: Final = re.compile(
    r"(?:\bafter |\b(?:(?:holds?|waits?|pauses?) )?for |\b(?:holds?|waits?|pauses?) )?"
    r"\b(\d+|two|three|four) (?:\w+ )?(?:beats|pauses)(?: later)?\b"
)
_FOR_A_BEAT: Final = re.compile(rf"\b(?:for|holds?|held) (?:an?|one) (?:{_HOW})?(?:beat|pause)\b")


def with_pauses(text: str) -> str:
    """Return a lower-case text in which each rest is a clause "pause N s"."""
    text = _NO_REST.sub("", text)
    text = _BEATS.sub(lambda m: _clause(BEAT_S * (number(m[1]) or 1)), text)
    text = _FOR_A_BEAT.sub(lambda m: f"for {_length_s(m):g} s", text)
    text = _COUNTED.sub(
        lambda m: _clause(number(m["wait"] or m["noun"] or m["after"]) or BEAT_S), text
    )
    return _NAMED.sub(lambda m: _clause(_length_s(m)), text)


def _length_s(match: re.Match[str]) -> float:
    if re.search(rf"\b(?:{_LONG}|while)\b", match[0]):
        return LONG_PAUSE_S
    return SHORT_PAUSE_S if re.search(rf"\b(?:{_SHORT}|briefly)\b", match[0]) else BEAT_S


def _clause(seconds: float) -> str:
    return f", pause {seconds:g} s, "
