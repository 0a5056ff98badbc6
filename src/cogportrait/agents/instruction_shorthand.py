"""Notes, tags and time codes written as sentences: "blink x2 @ 3s -> look_left, 0:05 smile".

Scripts of games, shot lists and coding sheets are terse. What they abbreviate is spelled out here,
before anything else is read.
"""

import re
from itertools import pairwise
from typing import Final

from cogportrait.agents.instruction_times import number
from cogportrait.agents.instruction_words import NUMBERS, UNIT

_ITEM_CHARACTERS: Final = 60  # in a line of a list; longer ones are a text with wrapped lines
_N: Final = r"\d+(?:\.\d+)?"
# "At 1, 3 and 5 s blinks": the times go behind what is done then.
_TIMES_FIRST: Final = re.compile(
    r"(?:^|(?<=[.;:] )|(?<=\bthen ))(at \d+(?:\.\d+)? s(?: and at \d+(?:\.\d+)? s)+),? (?=[a-z])"
    r"((?:[^,.;:]|(?<=\d)\.(?=\d))+?)(?=$|[,.;:]|\b(?:then|while|and|but)\b)"
)
_SPAN: Final = rf"{_N}(?: ?{UNIT})? ?(?:to|until|till|-|\u2013) ?{_N}(?: ?{UNIT})?"
_SPANS: Final = re.compile(  # each behind "and" or a comma
    rf"\b(?:from )?{_SPAN}(?:(?:,? and |, )(?:from )?{_SPAN})+(?=\W*(?:$|[.;,:]|then\b|while\b))"
)
_COUNTED: Final = re.compile(  # "blinks twice: at 1 s and at 5 s" are two blinks
    rf" (twice|thrice|(?:\d+|{'|'.join(NUMBERS)}) times)([:,]?)"
    rf" ((?:once )?at {_N} ?{UNIT}(?:(?:,? and|,) (?:(?:once|again) )?at {_N} ?{UNIT})+)"
    r"(?=\W*(?:$|[.;:]|then\b|while\b))"
)
_LONG_NUMBER: Final = re.compile(r"(?<![\d.])\d{7,}")
_LONG_FRACTION: Final = re.compile(r"(?<=\d\.\d{6})\d+")
_LARGEST: Final = "999999"  # more than any clip can hold; longer numbers pass what floats can
_HALVES: Final = {"half": 0.5, "quarter": 0.25, "third": 1 / 3}
_CODE: Final = r"(\d{1,2}):(\d\d)(?:\.(\d+))?"
_FEW: Final = rf"(\d+|{'|'.join(w for w in NUMBERS if w not in ('half', 'a', 'an'))})"
_SIDE_OF: Final = {"l": "left", "r": "right", "c": "center"}
# Pattern and what stands instead, in this order; the text is in lower case.
_SIGNS: Final[tuple[tuple[str, str], ...]] = (
    (r"[\u2018\u2019\u00b4`]", "'"),
    (r"[\u201c\u201d]", '"'),
    (r"\s*(?:[-=]+>|[\u2192\u21d2\u27a1]|>>)\s*", ", then "),
    (r"(?<=\S) (?:>|/|\|) (?=\S)", ", then "),
    (r"\*([a-z][^*]*[a-z])\*", r", \1, "),
    (r"\b([a-z]+) ?\((\d+(?:\.\d+)? ?(?:%|s\b|secs?\b|seconds?\b|x\b)|x ?\d+)\)", r"\1 \2"),
    (r"[<\[{]([^\][<>{}]*)[\]}>]", r", \1, "),
    (r" ?\((?:for )?(\d[^()]*)\)", r" \1"),
    (r"(?<=[a-z])_(?=[a-z\d])", " "),
    (r"(?:^|(?<=\s))\(?\d{1,2}\)\.? +(?=[a-z])", ", then "),
    (r"\bi\.e\.,?", ""),
    (r"\bw/ ?", "with "),
    (r"\bcam\b", "camera"),
    (r"\b(left|right)-sided\b", r"\1"),
    (r"(?: |(?<=\d))(?:\*|\u00d7|x) ?(\d+)\b", r" \1 times"),
    (r"(?<=[a-z])[*\u00d7] ?(\d+)\b", r" \1 times"),
    (r"(?<=[a-z])[ -]x(\d+)\b", r" \1 times"),
    (r"\b(until|till|to|from|by|at) @ ?", r"\1 "),
    (rf"(?:@|\bt ?[=+]) ?(?!{_N} ?%)({_N})(?: ?{UNIT})?(?:\s*[:,])?", r"at \1 s,"),
    (rf"(^|[.;,\n] ?)({_N}) ?{UNIT}: ?", r"\1 at \2 s, "),
    (r"(?<=[a-z]) ?&(?= ?[a-z\d])", " and"),
    (r"(?<=[a-z]) \+ (?=[a-z])", " and "),
)  # fmt: skip
_WAY: Final = r"(left|right|up|down|center)"
# A share of a movement and not of a time: "closes the eyes a third", "a quarter closed".
_OF_WAY: Final = (
    r"(?<!for a quarter)(?<!for a third)(?<!after a quarter)(?<!after a third)(?<!in a third)"
    r"(?: of (?:the|its|their) way)?"
    r"(?=\W*$| ?[,.;:]| (?:and|then|while|but|for|at|until|till|over|from|in|after|before|slow\w*"
    r"|quick\w*)\b| (?:\w+ )?(?:clos|shut|open)\w*)"
)
_WAYS: Final[tuple[tuple[str, str], ...]] = (
    (rf"(?<!/)\b{_WAY} ?/ ?{_WAY}\b(?! ?/)", r"\1 and \2"),  # longer: ``compounds``
    (r"\b(left|right)wards?\b", r"\1"),
    (r"\bin(?:to)? (?:the )?direction of\b", "towards"),
    (r"\bthree[- ]quarters\b(?: of (?:the|its|their) way)?", "75%"),
    (r"\btwo[- ]thirds\b(?: of (?:the|its|their) way)?", "67%"),
    (rf"\b(?:an?|one)[- ]quarter{_OF_WAY}", "25%"),
    (rf"\b(?:an?|one)[- ]third{_OF_WAY}", "33%"),
)
_TIMES: Final[tuple[tuple[str, str], ...]] = (
    (rf"\b(?:the )?(\d+)(?:st|nd|rd|th)?(?: ?{UNIT})? (and|to|until|till) (?:the )?"
     rf"(\d+)(?:st|nd|rd|th) ?{UNIT}", r"\1 \2 \3 s"),
    (r"\bsecond (\d+(?:\.\d+)?) (to|and|until|till|through) (?:second )?(\d+(?:\.\d+)?)",
     r"\1 s to \3 s"),
    (rf"\b(at|from|on|in|until|by) (?:the )?(\d+)(?:st|nd|rd|th) {UNIT}", r"\1 \2 s"),
    (rf"\b((?:{_N}|an?|{_FEW}) ?{UNIT}) after (?:that|this|which)\b", r"\1 later"),
    (r"\b(at|from|on|in|until) second (\d+(?:\.\d+)?)\b", r"\1 \2 s"),
    (rf"\b{_FEW} ?{UNIT} (?:in|into (?:it|the \w+))(?=\W*(?:,|$))", r"at \1 s"),
    (rf"\bevery {UNIT} {UNIT}", "every 2 seconds"),
    (rf"\bfor ({_N}|{_FEW}) (?:to|or) (?=(?:{_N}|{_FEW}) ?{UNIT})", "for "),
    (rf"\bafter (?:another|a further) ({_N}|{_FEW}) ?{UNIT}", r"\1 s later"),
    # "over three seconds, keeps them closed for two": of the unit that was named
    (rf"(?<=\bfor )({_FEW})(?=\s*(?:$|[,;]|\.(?!\d)|then\b|and (?:then )?\w+s?\b))", r"\1 s"),
)  # fmt: skip


def one_line(text: str) -> str:
    """Return a text in lower case without line breaks; short lines are the items of a list."""
    lines = [_few_signs(" ".join(line.lower().split())) for line in text.splitlines()]
    lines = [line for line in lines if line]
    listed = len(lines) > 1 and all(len(line) <= _ITEM_CHARACTERS for line in lines)
    if not listed:
        return " ".join(lines)
    return " ".join(line if line[-1] in ".,;:!?" else f"{line};" for line in lines).rstrip(";")


def _few_signs(line: str) -> str:
    """Return a line with signs that are repeated, "left...!!", said once."""
    line = re.sub(r"([.,;:!?])(?:\.{2,}| ?[.,;:!?]){2,}", r"\1 ", line)
    return " ".join(re.sub(r"([^\w\s])\1{3,}", r"\1", line).split())


def spelled_out(text: str) -> str:
    """Return a lower-case text with its signs, time codes and abbreviations as words."""
    text = _LONG_NUMBER.sub(_LARGEST, _LONG_FRACTION.sub("", text))
    text = re.sub(rf"{_CODE} ?(?:-|\u2013|to|until) ?{_CODE}:?", _between_codes, text)
    text = re.sub(
        rf"(?:\bat )?\b{_CODE}(?:\s*[:,-])?(?=\W|$)", lambda m: f"at {_code(*m.groups())} s,", text
    )
    text = re.sub(rf"\b({_N}) ?(?:ms|msecs?|milliseconds?)\b", _milliseconds, text)
    text = re.sub(
        r"\baus? ?\d+[lr]?[a-e]?(?: ?\+ ?(?:au ?)?\d+[lr]?[a-e]?)*\b", _code_of_units, text
    )
    for pattern, instead in _SIGNS:
        text = re.sub(pattern, instead, text)
    text = _abbreviated(text)
    for pattern, instead in _WAYS:
        text = re.sub(pattern, instead, text)
    text = _fractions(text)
    for pattern, instead in _TIMES:
        text = re.sub(pattern, instead, text)
    text = re.sub(r"\b(blink|nod|wink)s?((?: \1s?)+)\b(?! \w+ times)", _repeated, text)
    return _since_the_start(_several_times(text))


def _code(minutes: str, seconds: str, rest: str | None) -> str:
    return f"{60 * int(minutes) + float(f'{seconds}.{rest or 0}'):g}"


def _between_codes(match: re.Match[str]) -> str:
    parts = match.groups()
    return f"from {_code(*parts[:3])} to {_code(*parts[3:])} s"


def _repeated(match: re.Match[str]) -> str:
    return f"{match[1]} {1 + len(match[2].split())} times"


def _milliseconds(match: re.Match[str]) -> str:
    return f"{float(match[1]) / 1000:g} s"


def _code_of_units(match: re.Match[str]) -> str:
    return "au" + re.sub(r"aus?|\s", "", match[0])


def _abbreviated(text: str) -> str:
    """Return the text with L, R and C as left, right and center."""
    if not re.search(r"(?<![\w'])[lr](?![\w'])", text):
        return text
    return re.sub(r"(?<![\w'])([lrc])(?![\w'])", lambda m: _SIDE_OF[m[1]], text)


def _fractions(text: str) -> str:
    """Return the text with "a second and a half" and "half a second" as numbers."""
    parts = "|".join(_HALVES)
    text = re.sub(rf"\b(a|one|{_FEW}) (?:full|whole|entire|good|solid) (?={UNIT})", r"\1 ", text)
    text = re.sub(
        rf"\b{_FEW} and (?:a |one )?({parts}) {UNIT}",
        lambda m: f"{(number(m[1]) or 0) + _HALVES[m[2]]:g} s", text,
    )  # fmt: skip
    text = re.sub(
        rf"\b(a|{_FEW}) {UNIT} and a ({parts})\b",
        lambda m: f"{(number(m[1]) or 0) + _HALVES[m[3]]:g} s", text,
    )  # fmt: skip
    return re.sub(
        r"\b(?:a )?((?:half|quarter)(?= an?| of| ?-?sec)|third(?= of))(?: an?| of an?|-)?"
        r" ?(?:second|sec)\b",
        lambda m: f"{_HALVES[m[1]]:.2g} s", text,
    )  # fmt: skip


def _several_times(text: str) -> str:
    """Return "at 1 s and at 3 s and at 5 s" for "at 1 s, 3 s and 5 s"."""
    one = rf"{_N}(?: ?{UNIT})?"

    def spread(match: re.Match[str]) -> str:
        return " and ".join(f"at {n} s" for n in re.findall(_N, match[0]))

    text = re.sub(
        rf"\b(at|on) (?:the )?seconds ({_N}(?:, {_N})*,? and {_N})\b(?! ?{UNIT})", r"\1 \2 s", text
    )
    text = re.sub(rf"\bat {_N}(?:, {_N})+ ?{UNIT}(?! (?:later|after|long|each)\b)", spread, text)
    text = re.sub(
        rf"\bat {one}(?:, {_N} ?{UNIT}){{2,}}(?=\W*(?:$|[.;:]|then\b|while\b))", spread, text
    )
    several = (
        rf"\bat (?:the )?{one}(?:, (?:at )?{one})*,? and (?:at )?(?:the )?{_N} ?{UNIT}(?: marks?)?"
    )
    text = _COUNTED.sub(_counted_once, re.sub(several, spread, _SPANS.sub(_each_span, text)))
    return _TIMES_FIRST.sub(lambda m: f"{m[2].strip()} {m[1]}", text)


def _counted_once(match: re.Match[str]) -> str:
    """Return the times of a movement without its count where there are as many of them."""
    count = {"twice": 2, "thrice": 3}.get(match[1]) or number(match[1].split()[0])
    times = re.findall(_N, match[3])
    told = match[2] or match[3].startswith("once") or len(times) > 2
    if count != len(times) or not told:  # "nods twice at 1 s and at 4 s": each time
        return match[0]
    return " " + " and ".join(f"at {time} s" for time in times)


def _each_span(match: re.Match[str]) -> str:
    """Return "from 1 to 2 s and from 4 to 5 s" for "from 1 to 2 s, 4 to 5 s"."""
    ends = re.findall(_N, match[0])
    return " and ".join(
        f"from {start} to {end} s" for start, end in zip(ends[::2], ends[1::2], strict=True)
    )


def _since_the_start(text: str) -> str:
    """Return "at 2 s ... at 5 s" for "after 2 s ... after 5 s": times that rise are of the clip."""
    after = re.compile(rf"\bafter ({_N}|{_FEW}) ?{UNIT}")
    times = [number(m[1]) or 0.0 for m in after.finditer(text)]
    if len(times) < 2 or any(b <= a for a, b in pairwise(times)):
        return text
    return after.sub(lambda m: f"at {number(m[1]) or 0:g} s", text)
