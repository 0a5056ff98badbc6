"""What has a side and a manner of its own: "slight tilt with raised brows", "then both".

A part of the face that stands behind "with" takes neither side nor manner of what stands before it,
and both eyes that wink blink.
"""

import re
from typing import Final

from cogportrait.agents.instruction_words import DEGREES, OWN, SPEEDS

_STATES: Final = (
    r"(?:rais|lift|arch|cock|quirk|lower|furrow|knit|clos|narrow|squint|widen|open|part|purs"
    r"|press|clench|droop|pucker)(?:t?ed|ing)|knit|open|shut|half[- ](?:closed|shut|open)|wide"
)
_PART: Final = (
    r"(?:eyes?|eye ?lids?|lids?|(?:inner |outer )?(?:eye)?brows?|mouth|lips|jaw|head|chin|gaze)"
)
_SIDES: Final = r"(?:left|right|both|one)"
_HOW: Final = rf"(?:{'|'.join(p for p, _ in (*DEGREES, *SPEEDS))})"
_TIME: Final = r"(?: (?:for|until|till|from|over|at|during) [^,.;:]*)?"
_WITH: Final = re.compile(
    rf"(?P<a>(?:^|(?<=[,.;:]))[^,.;:]*?\w) with (?P<b>(?:an? |{OWN})?(?:{_HOW} )?"
    rf"(?:(?:{_SIDES} )?(?:{_STATES}) (?:{_SIDES} )?{_PART}"
    rf"|(?:{_SIDES} )?{_PART} (?:{_HOW} )?(?:{_STATES})))\b"
    rf"(?P<t>{_TIME})(?=\W*(?:$|[,.;:]|and\b|then\b))"
)
_OWN_MANNER: Final = re.compile(rf"\b(?:left|right|{_HOW}|twice|thrice|\w+ times|\d+)\b")
_BOTH_WINK: Final = re.compile(rf"\bwink(s|ing)? (?:with )?{OWN}?both(?: (?:of )?{OWN}?eyes)?\b")
_ONE_BY_ONE: Final = re.compile(
    rf"\b(?P<do>(?:wink|clos|shut|open|rais|lift|lower|arch)\w*)(?: with)? (?:{OWN}|both ){{0,4}}"
    r"(?P<part>eye|eye ?lid|eyebrow|brow)s?,? (?:one after (?:the other|another)|one by one"
    r"|one at a time|alternately|alternatingly|in turns?|by turns|successively)\b"
)
_ONES: Final = re.compile(  # "two quick blinks at 1 s and a slow one at 5 s"
    r"(?P<before>\b(?P<noun>nod|blink|wink|smile|grin|frown|glance)s?\b[^.;]*?"
    r"\b(?:an?|another|one|two|three|four|five) (?!left\b|right\b|other\b)(?:\w+ )?)"
    r"(?<!\ba )one(?P<s>s?)\b(?! \w*(?:eye|brow|lid|time|second))"
)


def plain_each(text: str) -> str:
    """Return a lower-case text in which each part of the face has a clause of its own."""
    text = _ONES.sub(r"\g<before>\g<noun>\g<s>", _ONE_BY_ONE.sub(_in_turn, text))
    return _WITH.sub(_apart, _BOTH_WINK.sub(r"blink\1", text))


def _in_turn(match: re.Match[str]) -> str:
    """Return "closes left eye, then closes right eye" for "closes the eyes one by one"."""
    do, part = match["do"], match["part"]
    return ", then ".join(f"{do} the {side} {part}" for side in ("left", "right"))


def _apart(match: re.Match[str]) -> str:
    """Return "slight tilt while raised brows" where the brows would be raised slightly, too."""
    if not _OWN_MANNER.search(match["a"]):
        return match[0]
    return f"{match['a']}{match['t']} while {match['b']}{match['t']}"
