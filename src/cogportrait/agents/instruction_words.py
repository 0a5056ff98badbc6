"""The words that the instruction reader knows beside movements: how much, how fast, how many."""

import re
from collections.abc import Mapping
from typing import Final

# Signs of (yaw or roll, pitch) of a direction. The order is the order in which words are tried.
_TO: Final = r"(?:to )?(?:the |his |her |their |its )?"
_ASIDE: Final = "aside|sideways|sidelong|the side"
_AWAY: Final = "away"
_WHO: Final = "camera|viewers?|audience|lens|partner"
WAYS: Final[Mapping[str, tuple[float, float]]] = {
    rf"(?:at|into|to|towards?|on|facing|faces) (?:the )?(?:{_WHO})|at (?:me|you|us)": (0.0, 0.0),
    rf"up(?:wards?)? (?:and )?{_TO}left": (0.8, 0.8),
    rf"up(?:wards?)? (?:and )?{_TO}right": (-0.8, 0.8),
    rf"down(?:wards?)? (?:and )?{_TO}left": (0.8, -0.8),
    rf"down(?:wards?)? (?:and )?{_TO}right": (-0.8, -0.8),
    "left": (1.0, 0.0),
    "right": (-1.0, 0.0),
    "up(?:wards?)?|ceiling|sky|above|overhead": (0.0, 1.0),
    "down(?:wards?)?|floor|ground|feet|lap|below|beneath|desk|table": (0.0, -1.0),
    _ASIDE: (1.0, 0.0),
    _AWAY: (1.0, -0.2),
    rf"{_WHO}|forwards?|ahead|straight|back|front|cent(?:er|re)": (0.0, 0.0),
}
STRAIGHT: Final = (0.0, 0.0)
EITHER_SIDE: Final = frozenset({_ASIDE, _AWAY})  # of `WAYS`: left here, see ``instruction_sides``

DEGREES: Final[tuple[tuple[str, float], ...]] = (
    ("very slight(?:ly)?|barely|hardly", 0.35),
    ("slight(?:ly)?|a little bit|a little|a bit|subtl[ey]|faint(?:ly)?|small|tiny|soft(?:ly)?"
        "|half|half ?way"
     "|partly|partially", 0.55),
    ("moderate(?:ly)?|somewhat|gentl[ey]", 0.8),
    ("wide(?:ly)?|full(?:y)?|strong(?:ly)?|deep(?:ly)?|complete(?:ly)?|broad(?:ly)?|big|very|hard"
     "|tight(?:ly)?|intense(?:ly)?|extremely|really", 1.35),
)  # fmt: skip
SPEEDS: Final[tuple[tuple[str, float], ...]] = (
    ("gradual(?:ly)?|slow(?:ly)?|gentl[ey]|deliberate(?:ly)?|long", 1.9),
    ("smooth(?:ly)?|calm(?:ly)?|steadi?l?y", 1.4),
    ("quick(?:ly)?|fast|sudden(?:ly)?|rapid(?:ly)?|abrupt(?:ly)?|sharp(?:ly)?|brief(?:ly)?|short",
     0.55),
)  # fmt: skip
NUMBERS: Final[Mapping[str, float]] = {
    "half": 0.5, "a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6,
    "seven": 7, "eight": 8, "nine": 9, "ten": 10, "several": 3, "few": 3, "many": 5, "couple": 2,
}  # fmt: skip
NO_BLINK: Final = re.compile(
    r"\b(?:without (?:any )?|no |never |not |doesn't |does not |don't |do not |isn't |is not )"
    r"blink(?:s|ing)?\b"
)
_HEADS: Final = r"(?:the |his |her |their |its )?head"
STILL_HEAD: Final = re.compile(
    rf"\b(?:keep|hold)(?:s|ing)? {_HEADS} (?:very |completely )?still\b"
    rf"|\b{_HEADS} (?:stays|remains|is|held|kept) (?:very |completely )?(?:still|motionless)\b"
    rf"|\b(?:without|doesn't|does not|don't|do not|not|never) mov(?:e|es|ing) {_HEADS}\b"
    rf"|\b(?:stays|stay|remains|remain|holds|hold|keeps|keep) (?:very |completely )?still\b"
)
_OWN: Final = r"(?:the |his |her |their |its )"
_COUNT: Final = r"a|one|two|three|four|five|several|\d+"
_MORE: Final = r"two|three|four|five|six|several|\d+"
_SINK: Final = r"turn|go|pull|drop|drag|droop|sink|bend|curve|sag|fall"
_VERBS: Final = (
    r"(?:look|glanc|star|clos|shut|open|blink|wink|smil|grin|nod|turn|tilt|shak|rais|lift|lower"
    r"|frown|squint|narrow|widen|laugh|yawn|purs|press)\w*"
)
_CORNERS: Final = rf"corners? of {_OWN}?(?:mouth|lips)|{_OWN}?mouth corners?|{_OWN}?lip corners?"
# What is said in one way is read in another: pattern and replacement, in this order.
REWRITES: Final[tuple[tuple[str, str], ...]] = (
    ("[‘’´`]", "'"),
    ("[—–]", "-"),
    (r"\s-+\s", ", "),
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
    (r"\bhead (?:is |was )?(?:drawn|pulled|moved|jerked) back(?:wards?)?\b", "leans back"),
    (r"\bfac(?:e|es|ing) (?:the )?(?:front|forwards?|ahead)\b", "turns head forward"),
    (rf"\b(?:com|go|turn)\w* back to {_OWN}?(?:front|cent(?:er|re))\b", "turns head forward"),
    (rf"\bavert\w* {_OWN}?(?:gaze|eyes) (?=up|down|left|right|to )", "looks "),
    (r"\bhaving (look|glanc|star)ed\b", r"\1s"),
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
    (r"\b(look|glanc)(\w*) (left|right) and (left|right) (?:twice|two times|again and again)\b",
     r"\1\2 \3, \1\2 \4, \1\2 \3, \1\2 \4"),
    (rf"\b(?:smil|grin)\w* (?:only )?with (?:only )?(?:{_OWN}|one )?(left|right)"
     rf" (?:corner|side|half)(?: of {_OWN}?(?:mouth|face|lips))?", r"one-sided smile \1"),
    (rf"\b(?:pull|draw|jerk|mov)(?:s|es|e|ing)? {_HEADS} back(?:wards?)?\b", "leans back"),
    (rf"\b(?:mov|push|bring)(?:s|es|e|ing)? {_HEADS} (?:forwards?|closer)\b", "leans forward"),
    (r"\beye opposite the left\b", "right eye"),
    (r"\beye opposite the right\b", "left eye"),
    (r"\b(left|right) (?:eye|eyelid) twitch(?:es|ing)?\b", r"winks slightly with \1 eye"),
    (rf"\broll(?:s|ing)? ({_OWN}?eyes) (?:to )?(?:the )?(up|down)(?:wards?)?(?: and)?"
     rf" {_TO}(left|right)\b", r"looks \2 \3"),
    (rf"\b(?:{_CORNERS}) (?:turn|go|pull|curl|lift|rise)(?:s|ing)?(?: \w+ly)? up(?:wards?)?",
     "smiles"),
    (rf"\b(?:{_CORNERS}) (?:{_SINK})(?:s|es|ing)?(?: \w+ly)?"
     r"(?: down(?:wards?)?)?\b", "mouthcorners down"),
    (r"\b((?:eye)?brows) (?:go|move|jump) up and down\b", r"raises \1, then lowers \1"),
    (rf"\b(up|down)(?:wards?)? and {_TO}(left|right)\b", r"\1 \2"),
    (r"\b(open|clos|shut)(?:e|s|es|ing)? and (open|clos|shut)(?:e|s|es|ing)?"
     r" ((?:his |her |the |their |its )?(?:eyes|mouth))\b", r"\1 \3 then \2 \3"),
    (r"\bbetween (?=\S+(?: \w+)? and \S+ s)", "from "),
    (r"(?<=from )(\S+) and (?=\S+ s)", r"\1 to "),
    (r"(?:^|(?<=[.;] ))before (\w+ing\b[^,.;]*), ([^.;]*)", r"\2 then \1"),
    (r"\bbefore (?!\d|the end|that\b)", "then "),
    (r"\bafter (\w+ing\b[^,.;]*),", r"\1 then"),
    (r"\b(\w[^,.;]*?) after (?!th)(\w+ing\b[^,.;]*)", r"\2 then \1"),
)  # fmt: skip
# Words that carry no movement of their own.
GLUE: Final = frozenset(
    re.findall(
        r"[a-z']+",
        """
        a an the this that these those person man woman girl boy subject someone portrait he she
        they it its his her their my your own him is are be being was to of in into on at by from
        for through with toward towards onto first firstly second third start starts starting begin
        begins beginning both again overall clearly sequential then and but or as so while when
        who which also just still only please make makes making let lets have has hers can will
        should would does do doing did video clip scene same time times moment simultaneously
        together after before until once now there them you me us i gives give does other there's
        he's she's it's even if expression young old lady guy child kid actor character model
        directly what take takes taking giving appears appear possible far alone only now
        crosses follows follow without though were
        """,
    )
)
# Parts of a face and ways to move: said along with a movement, but none by themselves.
NAMES: Final = frozenset(
    re.findall(
        r"\w+",
        """
        motion motions movement movements move moves moving shift shifts face facial direction
        side all head eye eyes eyelid eyelids lid lids gaze brow brows eyebrow eyebrows mouth lips
        lip jaw chin left right up down upward upwards downward downwards away aside camera viewer
        partner forward ahead straight back center centre keeps keep keeping stays stay holds hold
        holding remains remain shows show showing turn turns turning become becomes inner outer
        look looks looking slowly open opened closed shut raised one contact maintains maintain
        steady whole shoulder rest frozen motionless
        """,
    )
)
