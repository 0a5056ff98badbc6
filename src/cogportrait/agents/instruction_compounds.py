"""Several words for one movement, or one word for several: "left-right-left", "one raised brow".

What belongs together is brought together, what is apart is set apart, before clauses are read: a
slanting way with sizes of its own is one way, a chain of ways is one after the other, a participle
goes behind its noun, "one slow, one fast" are two, and a comparison moves both sides.
"""

import re
from typing import Final

from cogportrait.agents.instruction_words import DEGREES, OWN, SPEEDS

# How far the other side goes in a comparison, of what the further one does, percent.
_LITTLE_LESS: Final = 80
_LESS: Final = 60
_MUCH_LESS: Final = 35
_START: Final = r"(?:^|(?<=[.;:,] )|(?<=\bthen )|(?<=\band ))"
_ANGLE: Final = r"\d+(?:\.\d+)?[ -]?(?:°|deg(?:rees?)?\b\.?)"
_SIZE: Final = (
    rf"(?:(?:by )?{_ANGLE}|slightly|far|a (?:little|bit)|very slightly|all the way|somewhat|barely)"
)
_NO_PART: Final = r"(?!-| (?:hand|eye|eyelid|lid|brow|eyebrow|corner|half|one|side of|mouth)s?\b)"


def _way(name: str, ways: str) -> str:
    """Return the pattern of a way with its size before or after it, in groups `name` 1 to 3."""
    return (
        rf"(?:\b(?P<{name}1>{_SIZE}) )?(?:\bto )?{OWN}?\b(?P<{name}2>(?:far )?(?:{ways}))"
        rf"(?:wards?)?\b{_NO_PART}(?: (?P<{name}3>(?:by )?{_ANGLE}))?"
    )


_AND: Final = r",?(?: and| but)? "
_SLANTING: Final = (
    re.compile(rf"{_way('h', 'left|right')}{_AND}{_way('v', 'up|down')}"),
    re.compile(rf"{_way('v', 'up|down')}{_AND}{_way('h', 'left|right')}"),
)
_WORD: Final = r"(?:left|right|up|down|cent(?:er|re)|ahead|open|closed|shut)"
_TIMES: Final = {"twice": 2, "thrice": 3, "two": 2, "three": 3, "four": 4, "five": 5}
_CHAIN: Final = re.compile(
    rf"(?P<swing>\b(?:nod|bob|shak)\w* )?\b(?P<ways>{_WORD}(?: ?[-/] ?{_WORD})+)\b"
    r"(?P<times>,? (?:twice|thrice|(?:two|three|four|five|[2-9]) times))?(?P<how> (?!only)\w+ly)?"
)
_PARTICIPLES: Final = (
    r"(?:half[- ])?(?:rais|lift|arch|cock|quirk|hik|lower|furrow|clos|narrow|squint|widen|open)ed"
    r"|shut|half[- ]shut|(?:droop|squint)ing"
)
_ONE_AND_ONE: Final = re.compile(
    r"\b(?P<side>one|left|right) (?P<part>eye ?lid|lid|eye ?brow|brow|eye) (?:is )?"
    rf"(?P<a>{_PARTICIPLES}|open|wide(?: open)?),?(?: (?:and|but|while|with))?"
    rf" (?:one|the other)(?: (?:(?P=part)|one))? (?:is )?(?P<b>{_PARTICIPLES})\b"
)
_BEHIND: Final = re.compile(
    rf"\b(?P<one>one|an?|single|left|right) (?P<how>{_PARTICIPLES})"
    r" (?P<part>(?:upper )?(?:eye ?brow|brow|eye ?lid|lid|eye))\b"
)
_MANNER: Final = rf"(?:{'|'.join(p for p, _ in (*SPEEDS, *DEGREES))}|normal(?:ly)?)"
_EACH: Final = re.compile(
    r"(?:(?<=,)|(?<=:)|(?<=\band)|(?<=\bthen)|(?<=\bby)) ?(?:an?|one|another|first|the (?:first"
    rf"|second|third|other|last)(?: one)?)(?: is)? (?P<how>{_MANNER})(?: ones?)?"
    r"(?=\W*(?:$|[.,;:]|and\b|then\b))"
)
_HOW_MUCH: Final = rf"(?:an? )?(?:{'|'.join(p for p, _ in DEGREES)}|\d+(?:\.\d+)? ?(?:%|percent))"
_GROWS: Final = re.compile(  # "from barely there to a broad grin" ends broad
    rf"\bfrom {_HOW_MUCH}(?=\W)[^,.;:]*? to (?={_HOW_MUCH}(?=\W|$))"
)
_VERBS: Final = r"clos|shut|open|widen|narrow|squint|rais|lift|ris|lower|droop|smil|go"
_VERB_OF: Final = (("clos", "closes"), ("shut", "closes"), ("open", "opens"), ("wid", "opens"),
                   ("narrow", "narrows"), ("squint", "squints"), ("low", "lowers"),
                   ("droop", "lowers"))  # fmt: skip
_COMPARED: Final = re.compile(
    rf"(?:\b(?P<do>(?:{_VERBS})\w*) )?{OWN}?\b(?P<side>left|right)"
    rf" (?P<part>eye ?lid|lid|eye|eye ?brow|brow|(?:mouth |lip )?(?:corner|side|half)"
    rf"(?: of {OWN}?(?:mouth|lips|face))?)(?: (?:is |stays |should )?(?P<verb>(?:{_VERBS})\w*))?"
    r"(?: up)?(?: is)?"
    r"(?:,? (?P<how>a (?:little|bit|touch|tad)(?: bit)?|slightly|somewhat|much|far|a lot|even))?"
    r" (?P<more>more|less|wider|higher|further|farther|tighter|harder|narrower|lower)"
    r"(?: (?:strongly|widely|tightly))?(?: (?P<state>closed|shut|open|raised|narrowed|lowered))?"
    rf" than (?:{OWN}?(?:left|right|other)|on {OWN}?(?:left|right|other))"
    r"(?: (?:one|eye|eye ?lid|lid|eyebrow|brow|side|corner))?\b"
)


_PART: Final = r"(?P<part>eye ?lid|lid|eye|eye ?brow|brow)s"


def _of_both(both: str) -> re.Pattern[str]:
    """Return the pattern of "both eyes close, the right one a little more"."""
    return re.compile(
        rf"{both},? (?:and |but |with )?{OWN}?(?P<side>left|right)"
        r"(?: (?:one|eye|eye ?lid|lid|eyebrow|brow))?"
        r"(?: (?P<how>a (?:little|bit|touch|tad)(?: bit)?|slightly|somewhat|much|far|a lot|even))?"
        r" (?P<more>more|less|wider|higher|further|farther|tighter|harder)(?P<do>)(?P<state>)"
        rf"(?: than {OWN}?(?:left|right|other)(?: (?:one|eye|eye ?lid|lid|eyebrow|brow))?)?\b"
    )


_BOTH_COMPARED: Final = (
    _of_both(rf"\bboth {_PART} (?P<verb>(?:{_VERBS})\w*)[^,.;:]*?"),
    _of_both(rf"\b(?P<verb>(?:{_VERBS})\w*) (?:{OWN}|both )+{_PART}[^,.;:]*?"),
)
_THAN_SIDE: Final = re.compile(  # of what is no comparison that is understood, "than" is reported
    rf"(?<!rather )\bthan {OWN}?(?:left|right|other)\b"
    r"(?: (?:one|eye|eye ?lid|lid|eyebrow|brow|side))?"
)
_ONE_LASTING: Final = re.compile(  # "a blink of 0.3 s and one of 0.9 s"
    r"\b(?:one|another)(?= (?:lasting|of|for|that (?:takes|lasts)) (?:about )?\d)"
)
_COUNTABLE: Final = re.compile(r"\b(blink|wink|nod|smile|frown|glance|look)s?\b")


def plain_compounds(text: str) -> str:
    """Return a lower-case text with its compounds written as plain movements."""
    text = _GROWS.sub("to ", _CHAIN.sub(_in_order, text))
    for pattern in _SLANTING:
        text = pattern.sub(_one_way, text)
    for pattern in (*_BOTH_COMPARED, _COMPARED):
        text = pattern.sub(_both, text)
    text = _ONE_LASTING.sub(_one_more, _THAN_SIDE.sub("than", text))
    text = _BEHIND.sub(lambda m: f"{m['one']} {m['part']} {m['how']}", text)
    text = _ONE_AND_ONE.sub(_one_and_one, text)
    return _EACH.sub(lambda m: f" once {m['how']}", text)


def _one_way(match: re.Match[str]) -> str:
    """Return "10 degrees down 20 degrees left" for "20 degrees left and 10 degrees down".

    A size of the first way alone is that of both: "8 degrees down and left".
    """
    sizes = [(match[f"{axis}1"] or match[f"{axis}3"] or "") for axis in ("v", "h")]
    joined = re.search(r"\b(?:and|but)\b", match[0])
    if not joined and not all(re.search(r"\d", size) for size in sizes):
        return match[0]  # "up, left" may be one after the other
    first = 0 if match.start("v2") < match.start("h2") else 1
    if re.search(r"\d", sizes[first]) and not sizes[1 - first]:
        way = f"{sizes[first].removeprefix('by ')} diagonally {match['v2']} {match['h2']}"
        return f"{' ' if match[0].startswith(' ') else ''}{way}"
    ways = [f"{size.removeprefix('by ')} {match[f'{axis}2']}".strip()
            for size, axis in zip(sizes, ("v", "h"), strict=True)]  # fmt: skip
    return f"{' ' if match[0].startswith(' ') else ''}{' '.join(ways)}"


def _one_and_one(match: re.Match[str]) -> str:
    """Return "left brow raised while right brow lowered" for "one brow raised and one lowered"."""
    sides = ("right", "left") if match["side"] == "right" else ("left", "right")
    part = match["part"]
    return f"{sides[0]} {part} {match['a']} while {sides[1]} {part} {match['b']}"


def _one_more(match: re.Match[str]) -> str:
    """Return "one blink" for a "one" that follows a blink."""
    nouns = _COUNTABLE.findall(match.string[: match.start()])
    return f"one {nouns[-1]}" if nouns else match[0]


def _in_order(match: re.Match[str]) -> str:
    """Return "left, then right, then left" for "left-right-left"; "up-left" is one way."""
    swing = match["swing"] or ""
    ways = re.findall(_WORD, match["ways"])
    times = (match["times"] or "").strip(", ").split()
    if swing:
        rounds = f"{swing}{len(ways) // 2} times"
        return rounds if len(ways) > 3 else f"{swing}{' and '.join(ways[:2])}"
    upright = [way in ("up", "down") for way in ways]
    if len(ways) == 2 and upright[0] != upright[1]:
        return match[0]
    many = (_TIMES.get(times[0]) or int(times[0])) if times else 1
    return ", then ".join([f"{way}{match['how'] or ''}" for way in ways] * many)


def _both(match: re.Match[str]) -> str:
    """Return both movements of "the right eye closes a little more than the left"."""
    said = match["state"] or match["verb"] or match["do"]
    side, part, how, more = match["side"], match["part"], match["how"] or "", match["more"]
    if not said:
        return match[0]
    usual = "raises" if "brow" in part else "closes"
    verb = next((verb for stem, verb in _VERB_OF if said.startswith(stem)), usual)
    other = {"left": "right", "right": "left"}[side]
    most, least = (other, side) if more == "less" else (side, other)
    share = _LITTLE_LESS if re.search(r"little|slight|bit|touch|tad", how) else _LESS
    share = _MUCH_LESS if re.search(r"much|far|lot", how) else share
    if re.search("corner|side|half", part):
        return f"one-sided smile {most} while one-sided smile {least} {share}%"
    return f"{verb} the {most} {part} while {verb} the {least} {part} {share}%"
