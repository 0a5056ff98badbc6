"""What is said in one way is read in another: sentences into the words that the reader knows.

Patterns and what stands instead, in a fixed order: first whose left and right is meant, then
phrases (``instruction_phrases``), then the single movements here.
"""

import re
from typing import Final

from cogportrait.agents.instruction_compounds import plain_compounds
from cogportrait.agents.instruction_each import plain_each
from cogportrait.agents.instruction_eyes import closed_at_first, eyes_together
from cogportrait.agents.instruction_pauses import with_pauses
from cogportrait.agents.instruction_phrases import own_sides, plain_phrases
from cogportrait.agents.instruction_repeats import plain_repeats
from cogportrait.agents.instruction_shorthand import one_line, spelled_out
from cogportrait.agents.instruction_terms import plain_terms
from cogportrait.agents.instruction_words import OWN as _OWN
from cogportrait.agents.instruction_words import TO as _TO
from cogportrait.agents.instruction_words import WHO

_HEADS: Final = rf"{_OWN}?head"
_COUNT: Final = r"a|one|two|three|four|five|several|\d+"
_MORE: Final = r"two|three|four|five|six|several|\d+"
_SINK: Final = r"turn|go|pull|drop|drag|droop|sink|bend|curve|sag|fall"
_VERBS: Final = (
    r"(?:look|glanc|star(?!t)|clos|shut|open|blink|wink|smil|grin|nod|turn|tilt|shak|rais|lift"
    r"|lower"
    r"|frown|squint|narrow|widen|laugh|yawn|purs|press)\w*"
)
_CORNERS: Final = rf"corners? of {_OWN}?(?:mouth|lips)|{_OWN}?mouth corners?|{_OWN}?lip corners?"
# What is said in one way is read in another: pattern and replacement, in this order.
_REWRITES: Final[tuple[tuple[str, str], ...]] = (
    (r"\s-+\s", ", "),
    (r"\b(?:another|an? (?:further|additional|extra)|further|additional)"
     r" (\d+(?:\.\d+)? ?(?:°|deg(?:rees?)?\b))", r"\1 further"),
    (r"\bmore and more\b(?! \w+ly\b)", "gradually"),
    (r",? except ((?:at|from \d+(?:\.\d+)? ?s? to) \d+(?:\.\d+)? ?s(?:ec(?:onds?)?)?)\b,? when"
     r" (?=(?:he|she|they|it|\w+ing) )",
     r", then \1 "),
    # "keeps eye contact except for one glance down": what is excepted is done
    (r"(?<!everything)(?<!anything)(?<!nothing),? (?:except|apart|aside|save)(?: (?:for|from))?"
     rf" (?=(?:an?|{_MORE}|one)(?: \w+)? (?:glance|look|blink|nod|wink|smile|frown|shake)s?\b)",
     ", then "),
    # "without moving her head she looks left": what is denied ends where somebody acts
    (r"\b(without [^,.;:]{3,60}?) (?=(?:she|he|they|you"
     r"|the (?:man|woman|person|actor|girl|boy|avatar|character)) \w)", r"\1, "),
    # "nod at 1 s, and at 4 s look left": the time is the second's, not the first's once more
    (rf",? and,? (?=at \d+(?:\.\d+)? ?s(?:ec(?:onds?)?)?,? {_VERBS})", ", then "),
    (r"\bnod(s|ding)?((?: \w+){0,3}) up and down\b", r"nod\1\2"),
    (rf"\b(?:mov|bob)\w* {_HEADS} up and down\b", "nods"),
    (rf"\b(?:mov|turn|shak)\w* {_HEADS} (?:from )?(?:side to side|left and right|back and forth)\b",
     "shakes head"),
    (r"\bhead,? (?:as if )?(?:to |saying |to say )?['\"]?no\b['\"]?", "head"),
    (r"\bnod(s|ding)?,? (?:as if )?(?:to |saying |to say )?['\"]?yes\b['\"]?", r"nod\1"),
    (r"\b(up|down)-(left|right)\b", r"\1 \2"),
    (r"\bpupils?\b", "eyes"),
    (r"\b(\d+(?:\.\d+)?) ?(?:s|sec)? ?- ?(\d+(?:\.\d+)?) ?s(?:ec(?:onds?)?)?\b:?",
     r"from \1 to \2 s"),
    (r"\bby (?=\d+(?:\.\d+)? ?s)", "at "),
    (rf"\bdarting {_OWN}?(eyes|gaze)\b", r"\1 dart"),
    (r"\b(move|go|dart|travel)(s?): ", r"\1\2 "),
    (r"\bscan\w* the \w+: (?:far )?(?=left|right|up|down)", "looks "),
    (r"\b(?:upper|top)[- ](left|right)\b(?! (?:eye|lip|lid))", r"up \1"),
    (r"\b(?:lower|bottom)[- ](left|right)\b(?! (?:eye|lip|lid|brow))", r"down \1"),
    (rf"\bafter ({_COUNT}) (nods?|blinks?|shakes?|winks?)\b,?", r"\2 \1 times then"),
    (rf"\b({_MORE}) ((?!s\b|sec|min)(?:\w+ )?(?:blinks|nods|winks|shakes))\b", r"\2 \1 times"),
    (rf"\b(?:tip|tilt|rais|lift|thr[oe]w|toss)\w* {_OWN}?(?:chin|head)"
     r" (?:up(?:wards?)?|back(?:wards?)?)\b",
     "lifts chin"),
    (rf"\b(?:tip|tilt)\w* {_OWN}?(?:chin|head) (?:down(?:wards?)?|forwards?)\b", "lowers head"),
    (r"\b(down|up)(?:wards?)? at (?:the |his |her )?(?:viewer|camera|partner)'s \w+", r"\1"),
    (r"\bhead (?:is |was )?(?:drawn|(?:draw|pull|jerk|snap)s|pulled|moved|jerked)"
     r" back(?:wards?)?\b", "leans back"),
    (rf"\b(?:squeez|screw|press|clench|scrunch)\w* (?:up )?({_OWN}?(?:both )?eyes|them)"
     r" (?:\w+ly )?(?:tight(?:ly)? )?(?:shut|closed)\b", r"closes \1 tightly"),
    (rf"\b(?:snap|pop|fling|flick|spring)s? ({_OWN}?(?:both )?eyes|them) open\b",
     r"opens \1 quickly"),
    (r"\b(smile|grin)s? widens?\b", r"\1 broadens"),
    (rf"\bstraighten(?:s|ing)? (?:up )?{_HEADS}(?: up(?:right)?)?\b", "turns head forward"),
    (r"(\bhead\b[^.;]*?)\bstraighten(?:s|ing)? it(?: up)?\b", r"\1turns head forward"),
    (r"[,;]?(?: and| but)? (?:otherwise (?:neutral|open|relaxed|normal|still)"
     r"|(?:neutral|open|relaxed|normal|still) otherwise)\b", ""),
    (r"(?:^|(?<=[.;] ))((?:he |she |it |the video |the clip )?)(?:ends?|finish(?:es)?)"
     r" (?:with|by)\b", r"\1at the end"),
    (r"\b(?:go|turn|become|get)(?:es|s)? neutral\b", "goes back to neutral"),
    (r"\bfac(?:e|es|ing) (?:the )?(?:front|forwards?|ahead)\b", "turns head forward"),
    (rf"\b(?:com|go|turn)\w* back to {_OWN}?(?:front|cent(?:er|re))\b", "turns head forward"),
    (rf"\bavert\w* {_OWN}?(?:gaze|eyes) (?=(?:\d+ \w+ )?(?:up|down|left|right|to ))", "looks "),
    (r"\brepeat(?:s|ed|ing)?(?: (?:it|this|that|these|them|all|everything|the|whole|entire|full"
     r"|same|sequence|series|list|cycle|routine|movements?|of))+\b", "repeat"),
    # "to the side, away from the camera" is one turn
    (rf"\b(?:to (?:the |one )?side|sideways|aside),? away from (?:the )?(?:{WHO}|me|you|us)\b",
     "away from the camera"),
    (rf"\b(turn\w*(?: {_OWN}?head)? (?:to (?:the |his |her )?)?(left|right)),? away from"
     rf" (?:the )?(?:{WHO}|me|you|us)\b", r"\1 and looks \2"),
    (r"\bhaving (look|glanc|star)ed\b", r"\1s"),
    (rf"(\b{_VERBS}(?:(?!\b(?:then|and)\b)[^,.;:])*? \d+(?:\.\d+)? ?s(?:ec(?:onds?)?)?)"
     rf" (?={_VERBS})", r"\1, "),
    # "look up at 1s look down at 2s": a time ends what it belongs to
    (rf"(\bat \d+(?:\.\d+)? ?s(?:ec(?:onds?)?)?),? (?={_VERBS})", r"\1, "),
    (r"\b((?:eyes?|eye ?lids?|lids)(?: \w+ly)?)"
     r" (?:drift|fall|slide|slip|sink|flutter|ease|squeeze|snap|press)(?:s|ing)?"
     r"(?: (?:\w+ly|tight))? (?:shut|closed)\b", r"\1 closing"),
    (r"\b(clos|shut|open|rais|lower|squint|narrow)(\w*) only\b", r"\1\2"),
    (rf"\bpeek(?:s|ing)? (?:out )?(?:with|through) (?:only )?(?:{_OWN}|one )?(left|right)(?: eye)?"
     r"(?:,? while (?:the )?(?:left|right|other)(?: one| eye)? (?:stays|remains|is)"
     r" (?:closed|shut))?",
     r"closes the eye opposite the \1"),
    (r"\b(look|glanc)(\w*) (left|right) and (left|right) again and again\b", r"\1\2 \3 and \4 3"
                                                                             r" times"),
    (rf"\b(?:smil|grin)\w* (?:only )?with (?:only )?(?:{_OWN}|one )?(left|right)"
     rf" (?:corner|side|half)(?: of {_OWN}?(?:mouth|face|lips))?", r"one-sided smile \1"),
    (rf"\b(?:pull|draw|jerk|mov)(?:s|es|e|ing)? {_HEADS} back(?:wards?)?\b", "leans back"),
    (rf"\b(?:mov|push|bring)(?:s|es|e|ing)? {_HEADS} (?:forwards?|closer)\b", "leans forward"),
    (r"\beye opposite the left\b", "right eye"),
    (r"\beye opposite the right\b", "left eye"),
    (r"\b(left|right) (?:eye|eyelid) twitch(?:es|ing)?\b", r"winks slightly with \1 eye"),
    (rf"\broll(?:s|ing)? ({_OWN}?eyes) (?:to )?(?:the )?(up|down)(?:wards?)?(?: and)?"
     rf" {_TO}(left|right)\b", r"looks \2 \3"),
    (rf"\b(?:{_CORNERS}) (?:(?:(?:is |are )?(?:turn|go|pull|curl|rais|lift)(?:s|ing|ed)?|are"
     rf" drawn)(?: \w+ly)? up(?:wards?)?|(?:lift|rise)(?:s|ing)?"
     r"(?: up(?:wards?)?)?)\b",
     "smiles"),
    (rf"\b(?:{_CORNERS}) (?:{_SINK})(?:s|es|ing)?(?: \w+ly)?"
     r"(?: down(?:wards?)?)?\b", "mouthcorners down"),
    (r"\b((?:eye)?brows) (?:go|move|jump) up and down\b", r"raises \1, then lowers \1"),
    (rf"\b(up|down)(?:wards?)? and {_TO}(left|right)\b(?! (?:eye|brow|lid|corner))", r"\1 \2"),
    (r"\bbetween (\S+(?: \w+)?) and (?=\S+ s)", r"from \1 to "),
    (r"(?<=from )(\S+) and (?=\S+ s)", r"\1 to "),
    (r"(?:^|(?<=[.;] ))before (\w+ing\b[^,.;]*), ([^.;]*)", r"\2 then \1"),
    (r"\bbefore (?!\d|the end|that\b)", "then "),
    (r"\bafter (\w+ing\b[^,.;]*),", r"\1 then"),
    (r"(?:^|(?<=[,.;]))([^\w,.;]*)(\w[^,.;]*?) after (?!th)(\w+ing\b[^,.;]*)", r"\1\3 then \2"),
)  # fmt: skip


_YOURS: Final = re.compile(  # an actor's, who is told what to do: "roll your eyes"
    r"(?P<before>\b\w+ )?\b(?:your|my|our) "
    r"(?=(?:own |left |right |both |upper |lower |inner |outer )*(?P<part>eyes?|gaze|eye ?lids?"
    r"|lids?|(?:eye)?brows?|head|face|chin|mouth|lips?|jaw|nose|forehead|(?:eye ?)?lashes"
    r"|smile|frown)\b)"
)
_ONLOOKERS: Final = re.compile(  # "meets your eyes"
    r"(?:meet|find|catch|hold|return|seek|avoid|at|into|in)(?:s|es|ing)? "
)


def _the_own(match: re.Match[str]) -> str:
    before = match["before"] or ""
    onlookers = match["part"] in ("eye", "eyes", "gaze") and _ONLOOKERS.fullmatch(before)
    return match[0] if onlookers else f"{before}the "


def plain_text(text: str) -> str:
    """Return an instruction in lower case and in the words that the reader knows."""
    plain = _YOURS.sub(_the_own, spelled_out(one_line(text)))
    plain = plain_terms(with_pauses(re.sub("[\u2014\u2013]", "-", plain)))
    plain = closed_at_first(eyes_together(own_sides(plain)))
    plain = plain_phrases(plain_compounds(plain_each(plain_repeats(plain))))
    for pattern, instead in _REWRITES:
        plain = re.sub(pattern, instead, plain)
    return " ".join(plain.split())
