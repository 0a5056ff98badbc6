"""When an instruction wants something: "at 2 s", "from 1 to 3 seconds", "in the second half"."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from cogportrait.agents.instruction_words import NUMBERS

# Our definitions of vague times (docs/assumptions.md).
_MOMENT_S: Final = 1.0
_END_S: Final = 1.5  # "at the end" begins this long before it, at most 40 % of the clip


@dataclass(frozen=True, slots=True)
class When:
    """What a clause says about time, seconds; None where it says nothing."""

    start_s: float | None = None  # since the beginning of the clip
    end_s: float | None = None
    lasts_s: float | None = None
    later_s: float | None = None  # after the step before began
    over_s: float | None = None  # how long the way there takes
    every_s: float | None = None  # from one repetition to the next
    whole: bool = False  # said of the whole clip: "throughout"

    def __bool__(self) -> bool:
        """Return True when anything is said."""
        return self != When()

    def joined(self, other: "When") -> "When":
        """Return this time, with what only the other one says."""
        pairs = (
            (self.start_s, other.start_s),
            (self.end_s, other.end_s),
            (self.lasts_s, other.lasts_s),
            (self.later_s, other.later_s),
            (self.over_s, other.over_s),
            (self.every_s, other.every_s),
        )
        unsaid = self.start_s is None and self.end_s is None and self.lasts_s is None
        whole = self.whole or (other.whole and unsaid)
        return When(*(a if a is not None else b for a, b in pairs), whole=whole)


def number(text: str) -> float | None:
    """Return the number that digits or a word name; "nan" and "inf" are words without one."""
    return float(text) if _DIGITS.fullmatch(text) else NUMBERS.get(text)


_DIGITS: Final = re.compile(r"\d+(?:\.\d+)?")
_WORDS: Final = "|".join(NUMBERS)
_N: Final = rf"(\d+(?:\.\d+)?|{_WORDS})"
_S: Final = r"(?: an?)? ?-?(?:seconds?|secs?|s)\b(?: marks?\b)?"
_LENGTH: Final = rf"(\d+(?:\.\d+)?|{'|'.join(w for w in NUMBERS if w not in ('a', 'an', 'half'))})"
_ABOUT: Final = (
    r"(?:about |around |roughly |exactly |precisely |approximately |circa |at least |at most "
    r"|nearly |almost |(?:a little )?(?:more|less) than |up to |just |only |second )?"
)
_WHOLE: Final = r"(?:clip|video|shot|scene|time|duration)"
_ALL_OF_IT: Final = (
    r"\bfrom (?:the )?(?:(?:very )?(?:start|beginning) to (?:the )?(?:very )?(?:end|finish)"
    r"|first to (?:the )?last (?:frame|second))\b|\bat all times\b"
)
WHOLE: Final = re.compile(
    rf"\b(?:the )?(?:whole|entire|full) {_WHOLE}\b|\ball (?:the time|along)\b|\bthroughout\b"
    rf"|{_ALL_OF_IT}"
)
_PARTS: Final = {"half": 2, "third": 3, "quarter": 4}
_ORDINALS: Final = {"first": 0, "second": 1, "third": 2, "fourth": 3}


def _value(text: str) -> float:
    return number(text) or 0.0


def _near_end_s(duration_s: float) -> float:
    return max(duration_s - _END_S, 0.6 * duration_s)


def _share(match: re.Match[str], duration_s: float) -> When:
    """Return the time of "in the second half"."""
    parts = _PARTS[match[2]]
    index = parts - 1 if match[1] in ("last", "final") else min(_ORDINALS[match[1]], parts - 1)
    return When(index * duration_s / parts, (index + 1) * duration_s / parts)


def _negative(match: re.Match[str], _duration_s: float) -> When:
    """Return a time before the beginning, which ``step_events`` reports."""
    value = -_value(match[2])
    match match[1]:
        case "at" | "from" | "on":
            return When(start_s=value)
        case "until" | "till":
            return When(end_s=value)
        case _:
            return When(later_s=value)


_Rule = tuple[str, Callable[[re.Match[str], float], When]]
# The order matters: what is more specific comes first.
_RULES: Final[tuple[_Rule, ...]] = (
    (
        rf"\b(at|from|on|until|till|after|over|in|within|every) {_ABOUT}(?:minus |-){_N}(?:{_S})?",
        _negative,
    ),
    (
        r"\b(?:(?:in|during|for|through|throughout) )?(?:the )?(first|second|third|fourth|last"
        r"|final)"
        r" (half|third|quarter)\b(?: of the \w+)?",
        _share,
    ),
    (
        rf"\bfor (?:about )?(?:an? |one )?(half|third|quarter)(?: of)? (?:the |this ){_WHOLE}\b",
        lambda m, d: When(lasts_s=d / _PARTS[m[1]]),
    ),
    (
        rf"\b(?:in|during|for|within) the first {_N}{_S}",
        lambda m, d: When(0.0, min(_value(m[1]), d)),
    ),
    (
        rf"\b(?:in|during|for|within) the last {_N}{_S}",
        lambda m, d: When(max(d - _value(m[1]), 0.0), d),
    ),
    (
        rf"\b{_ABOUT}{_N}{_S} before (?:the )?(?:very )?end\b(?: of the \w+)?",
        lambda m, d: When(start_s=max(d - _value(m[1]), 0.0)),
    ),
    (
        rf"\b(?:from|between) {_ABOUT}{_N}(?:{_S})? (?:to|and|until|till"
        rf"|through) {_ABOUT}{_N}(?:{_S})?",
        lambda m, _d: When(_value(m[1]), _value(m[2])),
    ),
    (
        r"\b(\d+(?:\.\d+)?) ?(?:s )?- ?(\d+(?:\.\d+)?) ?(?:seconds?|secs?|s)\b",
        lambda m, _d: When(_value(m[1]), _value(m[2])),
    ),
    (
        rf"\b(?:taking|over|during|in|through) (?:the )?(?:course|space|span) of {_ABOUT}{_N}{_S}"
        rf"|\b(?:taking|takes?|over) (?:the next )?{_ABOUT}{_N}{_S}(?! (?:look|glance)s?\b)",
        lambda m, _d: When(over_s=_value(m[1] or m[2])),
    ),
    (
        rf"\b(?:(?:once )?every|each|once (?:in|per)) (?:(other) )?(?:{_N} )?(?:seconds?|secs?|s)\b"
        r"|\b(?:once a|per) second\b",
        lambda m, _d: When(every_s=2.0 if m[1] else _value(m[2]) if m[2] else 1.0),
    ),
    (
        rf"\b(?:at )?(\d+(?:\.\d+)?) ?(?:%|percent) (?:of|into|through) (?:the |this )?{_WHOLE}\b",
        lambda m, d: When(start_s=min(_value(m[1]) / 100, 1.0) * d),
    ),
    (rf"\b(?:for|during) {_ABOUT}(?:minus |(-))?{_N}(?: more)?{_S}",
     lambda m, _d: When(lasts_s=-_value(m[2]) if m[1] else _value(m[2]))),
    (rf"\bfor the (?:next |following ){_N}{_S}", lambda m, _d: When(lasts_s=_value(m[1]))),
    (r"\bfor (?:just )?an? (?:short )?(?:moment|instant)\b|\bmomentarily\b",
     lambda _m, _d: When(lasts_s=_MOMENT_S)),
    (r"\bfor a (?:long )?while\b", lambda _m, _d: When(lasts_s=2 * _MOMENT_S)),
    (
        rf"\bafter {_ABOUT}{_N}(?: more)?{_S}|\b{_N}{_S} later\b",
        lambda m, _d: When(later_s=_value(m[1] or m[2])),
    ),
    (r"\bafter an? (?:short )?(?:moment|while)\b|\ba (?:moment|little|bit) later\b",
     lambda _m, _d: When(later_s=_MOMENT_S)),
    (r"\bfor (?:just )?a (?:split second|fraction of a second|blink of an eye)\b",
     lambda _m, _d: When(lasts_s=0.3 * _MOMENT_S)),
    (
        rf"\b(?:starting |beginning )?(?:at|from|on) (?:the )?{_ABOUT}{_N}"
        rf"(?:{_S}|(?=$|[ ,]*$| (?:he|she|it|they|the|and|then)\b))(?: onwards?\b)?",
        lambda m, _d: When(start_s=_value(m[1])),
    ),
    (
        r"\b(?:until|till|to) (?:the )?(?:very )?end\b(?: of the \w+)?",
        lambda _m, d: When(end_s=d),
    ),
    (
        r"\b(?:in|at|by|near|towards?) (?:the )?(?:very )?end\b(?: of the \w+)?",
        lambda _m, d: When(start_s=_near_end_s(d)),
    ),
    (rf"\b(?:until|till) {_ABOUT}{_N}(?:{_S})?", lambda m, _d: When(end_s=_value(m[1]))),
    (
        rf"\b(?:during |for |throughout )?(?:all )?(?:the )?(?:whole|entire|full) {_WHOLE}\b"
        rf"|\b(?:during|for|throughout) all (?:of )?(?:the |this )?{_WHOLE}\b"
        rf"|\ball (?:the time|along)\b|\bthroughout(?: the {_WHOLE})?\b|{_ALL_OF_IT}",
        lambda _m, d: When(end_s=d, whole=True),
    ),
    (rf"\b(?:for |throughout )?the rest of the {_WHOLE}\b", lambda _m, d: When(end_s=d)),
    (r"\b(?:halfway|midway) (?:through|in)(?: the \w+)?\b|^ *(?:at )?(?:halfway|midway) *$"
        r"|\bat (?:the )?(?:half ?way|mid(?:way)?) ?-?(?:point|mark)\b(?: of the \w+)?|\b(?:in"
        r"|at) the middle(?: of the \w+)?\b",
     lambda _m, d: When(start_s=d / 2)),
    (r"\b(?:at|in|from) the (?:very )?(?:start|beginning|outset)(?: of the \w+)?\b(?! to\b)",
     lambda _m, _d: When(start_s=0.0)),
    (rf"^\W*in {_ABOUT}{_N}{_S}\W*$", lambda m, _d: When(start_s=_value(m[1]))),
    (rf"\b(?:in|within) {_ABOUT}{_N}{_S}", lambda m, _d: When(over_s=_value(m[1]))),
    # a length without a preposition: "looks left 2 s", "a smile lasting one second"
    (rf"(?:\b(?:lasting|lasts?|of) )?{_ABOUT}\b{_LENGTH}(?:{_S})(?: (?:long|in duration"
     rf"|duration))?(?! ?later)(?!(?<=(?:one|two) second) (?:wink|blink))",
     lambda m, _d: When(lasts_s=_value(m[1]))),
)  # fmt: skip


def read_when(clause: str, duration_s: float) -> tuple[When, str]:
    """Return what a clause says about time, and the clause without those words."""
    when = When()
    for pattern, meaning in _RULES:
        match = re.search(pattern, clause)
        if match:
            when = when.joined(meaning(match, duration_s))
            clause = clause[: match.start()] + " " + clause[match.end() :]
    return when, clause


def shared(whens: Sequence[When], before: When) -> list[When]:
    """Return the time of each part: one start said for the whole clause is that of all parts."""
    said = [w for w in whens if w]
    alone = len(said) == 1 and said[0].lasts_s is None
    common = said[0] if alone and (whens[0] or said[0].later_s is None) else When()
    common = replace(common, over_s=None, every_s=None)  # of its own movement
    common = common.joined(before) if not any(w.start_s is not None for w in said) else common
    return [w.joined(common) if not w or len(said) == 1 else w for w in whens]
