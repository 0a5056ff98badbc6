"""Words of trades and turns of phrase, as plain movements: "gaze aversion", "holds on the lens".

Directors, coders of faces and people who learnt English later say the same in their own ways. What
is here reads alike for all of them; ``instruction_phrases`` and ``instruction_rewrites`` follow.
"""

import re
from typing import Final

from cogportrait.agents.instruction_words import NUMBERS, OWN, WHO

_PEOPLE: Final = r"(?:he|she|it|they|(?:the )?(?:\w+ )?(?:man|woman|person|subject|girl|boy))"
_PARTS: Final = (
    r"(?:head|eyes|eye ?lids|lids|gaze|brows|eyebrows|forehead|mouth|lips|jaw|chin|face)"
)
_NOT: Final = (
    r"(?:(?:does|do|is|are|should|must|will|may|can)(?: not|n't)|cannot|never|hardly"
    r"|barely)(?: ever)?"
)
_MOVES: Final = (
    r"(?:mov|turn|tilt|shift|rotat|stir|budg|clos|shut|open|ris|rais|low|part|chang|nod)\w*"
)
_TIMES: Final = r"(?P<n>,? (?:twice|thrice|(?:two|three|four|five|six|\d+) times))"
_CLOSED: Final = r"(?:closed|shut|together|sealed)"
_FACES: Final = r"(?:smile|grin|smirk|frown|scowl|laugh(?:ter)?)"
_TURNS_TO: Final = (
    r"(?:fad|turn|melt|chang|dissolv|morph|giv|becom|widen|break|slid|collaps)(?:e|es|s|ing|ening)?"
    r"(?: way)?(?: away)?(?: slowly| gradually| quickly)? (?:in)?to"
)
_EYES: Final = r"(?:eye|eyelid|lid|brow|eyebrow)"
_REST: Final = r"(?:[^,.;:]|(?<=\d)\.(?=\d))"  # of a clause
_STARTS: Final = r"(?:^|(?<=[.;:,] )|(?<=\bthen )|(?<=\band ))"
_HAS: Final = (
    rf"(?:once|when|after|as soon as) {_PEOPLE} (?:(?:has|have|had|'s|'ve)(?: finished| done)?"
    r"|is (?:finished|done))"
)
# Pattern and what stands instead, in this order; the text is in lower case.
_ANGLE_WORD: Final = re.compile(
    rf"\b({'|'.join(w for w, n in NUMBERS.items() if n > 1 or w == 'one')})(?=[ -]degrees?\b)"
)
_ABOUT: Final = r"(?:about|around|approximately|approx\.?|roughly|circa|ca\.?|some|nearly|almost)"
_TENSE: Final = r"(?:tighten|tens|rais|ris|lift|contract|squeez|narrow|push|pull|stretch)"
_ENDS: Final = r"(?:e|es|s|ed|ing)?"
_LIDS: Final = r"(?:eye ?)?lids?"
_TERMS: Final[tuple[tuple[str, str], ...]] = (
    (rf"\b{_ABOUT} (?=\d+(?:\.\d+)? ?(?:°|deg|%|percent))", ""),
    # lower lids that tighten: no lids are lowered
    (rf"\b{OWN}?lower {_LIDS} (?:is |are )?(\w+ly )?(?:{_TENSE}{_ENDS}(?: up)?|tight|tense)\b",
     r"\1au7"),
    (rf"\b(?:{_TENSE}{_ENDS} (?:up )?{OWN}?lower {_LIDS}"
     rf"|(?:tighten|tens){_ENDS} (?:up )?{OWN}?{_LIDS}"
     rf"|{OWN}?{_LIDS} (?:tighten|tense)s?)\b", "au7"),
    # of directors
    (r"\b(?:in |on )?(?:an? |the )?(?:extreme |tight |medium )?close[- ]?ups?\b", ""),
    (r"\boff(?:-| )?(?:screen|camera|stage)\b(?=,? (?:to |left|right|up|down))", ""),
    (r"\boff (?=(?:to (?:the |his |her )?)?(?:left|right)\b)", ""),
    (rf"\bholds? on (?=(?:the )?(?:{WHO}))", "looks at "),
    (r"\b(snap|pop|fly|flies|spring|burst|flick|shoot)s? open\b", "open quickly"),
    (r"\blocked[- ](?:off|in place)\b|(?<=head )locked\b(?! on)|\bfixed in place\b", "still"),
    (r"\b(?:takes? |gives? |has |have )?an? (?:quick|brief|short|fleeting|furtive|stolen|swift)"
     r" ((?:\w+ )?)looks?\b",
     r"\1glances"),
    (r"\b(?:quick|brief|short|fleeting|furtive|stolen|sidelong|swift) ((?:\w+ )?)looks?\b",
    r"\1glance"),
    (r"\b(?:briefly|fleetingly|furtively) (?:look|gaz)(?:s|es|ing)?\b", "glances"),
    (r"\b(?:look|gaz)(?:s|es|ing)? (?:briefly|fleetingly|furtively)\b", "glances"),
    (r"\b(look|glanc|gaz|star|peer|eye|head|chin)(\w*) (?:sky|heaven)wards?\b", r"\1\2 up"),
    (r"\b(?:gives? |giving )?(?:\w+ )?(?:the |a )?side[- ]eyes?\b(?! of)", "looks sideways"),
    (r"\ba long way\b", "far"),
    (r"\b(?:avoid|break)\w* eye contact(?: by|,) (?=(?:look|gaz|glanc|star)\w*)", ""),
    (r"\bfad(?:e|es|ed|ing)[- ]in\b", ""),
    (r"\b(an?|one|two|three|four|five|\d+) seconds? of (?=\w+ing\b)", r"for \1 seconds "),
    (rf"\b(?:settl|land|rest)(?:e|es|s|ing)? (?:back )?(?:on|at) (?=(?:the )?(?:{WHO})\b)",
    "looks at "),
    (r"\b(flick|dart|shift|sweep|turn) of (?:the |his |her )(eyes|gaze|head)\b", r"\2 \1"),
    (r"\baccompanied by\b", "with"),
    (r",? not (?:only |just )?(?:the )?one(?: of them)?(?=\W*(?:$|[.,;:]))", ""),
    (r"\b(?:meet|find|catch|hold)(?:s|es|ing)? (?:the (?:lens|camera)|(?:our|your|my) (?:eyes?"
     r"|gaze)"
     r"|(?:the )?(?:viewer|audience|partner|camera)'s (?:eyes?|gaze))\b", "looks at the camera"),
    (r"\b(?:attention|focus|eyeline|line of sight)(?= (?:is|shift|drift|mov|go|turn|return"
     r"|wander|com|snap|drop)\w*)",
     "gaze"),
    (r"\b(eyes|gaze) (?:never|not|do not|don't|does not|doesn't) leav(?:e|es|ing) (?=(?:the"
     r" )?(?:camera|lens|viewer))",
     r"\1 stay on "),
    (r"\b(?:(?:keep|maintain|hold|put)(?:s|ing)? (?:on )?|with )?(?:a|an|the) (?:straight|blank"
     r"|poker|expressionless|deadpan)"
     r"[- ](?:face|expression)\b", "no expression"),
    (r"\b(?:no|without)[- ]teeth (smile|grin)\b", "closed-lip smile"),
    (r"\b(?:no more than|not more than|at most) (once|twice|(?:one|two|three|\d+) times?)\b",
    r"only \1"),
    # of those who code faces
    (r"\bbilaterally\b", ""),
    (r"\bbilateral\b", "both"),
    (r"\binner and outer (?=(?:eye)?brow)", ""),
    (r"\bunilateral(?:ly)?\b", ""),
    (r"\belevat(?:e|es|ed|ing|ion)\b", "raise"),
    (r"\b(?:lip|mouth) corners? (?:depress\w*|down\w*)", "mouthcorners down"),
    (r"\bbrows? depress\w*|\beyebrows? depress\w*", "lowers brows"),
    (r"\b(left|right) (?:lip|mouth) corners? (?:rais\w*|pull(?:er)?|lift\w*|up)\b(?! down)",
    r"one-sided smile \1"),
    (r"\b(?:lip|mouth) corners? (?:rais\w*|pull(?:er)?|lift\w*|up)\b(?! down)", "smiles"),
    (rf"\b(?:(complete|full|partial|slow|quick) )?{_EYES}s? closure\b"
     r"(?: \((?:complete|full)\))?", r"closes the eyes"),
    (r"\bclosure of (?:the |both )?(?:eyes|eyelids|lids)\b", "closes the eyes"),
    (rf"\b(?:gaze|eye) aversion\b|\baversion of {OWN}?(?:gaze|eyes)\b", "averts gaze"),
    (r"\bmutual gaze\b|\bdirect gaze\b", "eye contact"),
    (r"\b(?:re-?)?(?:establish|resum|regain|mak|seek|return|restor)\w* (?:to )?(?=eye contact\b)",
    ""),
    (r"\bsaccad\w*", "look"),
    (r"\bfixat(?:ion|es|ing)?(?= (?:for|of|lasting)? ?\d)", "hold"),
    (rf"(?:^|(?<=[.;,] ))({_PARTS}|eyes?): ?(?=(?:the )?(?:up|down|left|right|floor|ceiling"
     rf"|camera|lens|closed|open|shut|still"
     rf"|wide)\b)", r"\1 "),
    (r"\bbrow lower(?:er|ing)\b", "furrows the brows"),
    (r"\beye contact is (?:broken|avoided|lost)(?: by)?\b", "breaks eye contact by"),
    (r"\bbreaks eye contact by (?=(?:look|gaz|glanc)\w*)", ""),
    (r"\bis (?:re-?established|resumed|regained|restored)\b", "eye contact"),
    (r"\bonset(?= at\b)", ""),
    (r"\bonset of (?:the |an? )?(\w+)|\b(\w+) onset\b", r"\1\2"),
    (r"\boffset of (?:the |an? )?(\w+)|\b(smile|frown|grin) offset\b", r"\1\2 fades"),
    (r"\boffset(?= at\b)", "it fades"),
    (r"\bhead roll(?:s|ed|ing)?\b", "head tilt"),
    (r"\bhead yaw(?:s|ed|ing)?\b", "head turn"),
    (r"\b(?:\w+ )?(?:successive |consecutive )?(?:gaze|eye) (?:shift|movement)s?: ?", "looks "),
    (r"\b(?:\w+ )?(?:successive |consecutive )?head (?:turn|movement)s?: ?", "turns head "),
    (r"\ba total of ", ""),
    (rf"\b{OWN}?(gaze|eyes) (?:is|are) averted\b", r"averts \1"),
    (r"\b(?:an? |the |any |all |his |her )?(\w+?)s? (?:is|are) (?:suppressed|avoided|withheld"
     r"|held back|inhibited"
     r"|absent)\b", r"no \1"),
    # which side
    (rf"\b(?:smil|grin)\w* (?:only |just )?(?:on|with) {OWN}?(left|right)(?: side)?(?: only)?(?!"
     rf" (?:eye|brow|corner))\b",
     r"one-sided smile \1"),
    (r"\b(eye|eyebrow|brow|eyelid) (?:on|at) (?:the |his |her )?(left|right)(?: side)?\b",
    r"\2 \1"),
    (r"\b(left|right)[- ]hand side\b(?! (?:of|in) (?:the )?(?:screen|frame|picture|image|photo"
     r"|video|shot))",
     r"\1"),
    (r"\bto (?:the |his |her )?(left|right) corners?(?: of (?:the|his|her) eyes?)?\b", r"to the"
                                                                                       r" \1"),
    (r"\bwink(\w*)((?: \w+)?) (?:with )?(?:each|either) eye(?: (?:once|in turn))?\b",
     r"wink\1\2 with the left eye, then wink\1\2 with the right eye"),
    (r"\bone side\b(?=.*\bother\b)", "the left side"),
    (rf"\b(?:(?:brings?|lowers?|drops?|puts?) )?{OWN}?(?:left |right )?ear (?:down )?(?:to"
     rf"|towards?) {OWN}?(left|right)"
     r" shoulder\b", r"tilts head to the \1"),
    (rf"\b(turn|mov|shift)(\w*) {OWN}?(head|eyes|gaze) and {OWN}?(eyes|head|gaze) ((?:to (?:the "
     rf"|his |her )?)?"
     r"(?:left|right|up|down)|away|aside)\b", r"\1\2 the \3 \5 and shift the \4 \5"),
    (rf"\bhead (?:is )?(?:bend|inclin|lean)\w* (?:to|towards?) {OWN}?(left|right)\b", r"head"
                                                                                      r" tilts"
                                                                                      r" to the"
                                                                                      r" \1"),
    (rf"\b(?:bend|inclin)\w* {OWN}?head (?:to|towards?) {OWN}?(left|right)\b", r"tilts head to"
                                                                               r" the \1"),
    (rf"\b{OWN}?({_PARTS}) and (?:{OWN}|both |upper )*({_PARTS}) ((?:(?:are|is|stay|remain)s?"
     rf" )?(?:\w+ly )?(?:rais|lift"
     r"|lower|clos|shut|open|narrow|widen|ris|drop|mov|shift|turn)\w*(?: (?:to the )?(?:left"
     r"|right|up|down))?)",
     r"the \1 \3 and the \2 \3"),
    (rf"\b(?:turn|look|mov)\w* ((?:to (?:the |his |her )?)?(?:left|right|up|down)) with (?:both"
     rf" )?{OWN}?(?:head|eyes|gaze) and"
     rf" {OWN}?(?:eyes|head|gaze)\b", r"turns the head \1 and looks \1"),
    (r"\b((?:bigg|wid|broad|deep|strong)er) and \1\b", r"\1"),
    (r"\b((?:open|clos|rais|lower|widen|narrow|tilt|turn|lift|purs|press|furrow)ing) of (?=the "
     r"|his |her )", r"\1 "),
    (rf"\bshak(es?|ing) of {OWN}?head\b", r"head shak\1"),
    (r"\b(?:a )?couple of ((?:\w+ )?(?:nods|blinks|winks|shakes))\b", r"\1 two times"),
    (r"\b(once|twice|(?:one|two|three|\d+) times?),? (?:and |but )?(?:no|not|nothing) more\b",
    r"only \1"),
    # several times, there and back
    (r"\bback and forth(?: between (?:the )?left and (?:the )?right)?\b", "from side to side"),
    (r"\b(?:in a row|in (?:quick )?succession|consecutively|back to back)\b", ""),
    (rf"\b(rais\w*|lift\w*) and (?:then )?(?:lower\w*|drop\w*) {OWN}?((?:eye)?brows|head"
     rf"|chin){_TIMES}",
     r"\1 \2\g<n>"),
    (rf"\b(rais\w*|lift\w*) and (?:then )?(lower\w*|drop\w*) {OWN}?((?:eye)?brows|head|chin)\b",
     r"\1 \3, then \2 \3"),
    (r"\b(?:twice|two times|three times|much) as (slow|quick)(?:ly)?(?: as (?:usual|normal"
     r"|before))?", r"very \1ly"),
    (rf"\bopen(\w*) and (?:clos|shut)\w* {OWN}?(mouth|jaw){_TIMES}", r"open\1 the \2\g<n>"),
    (rf"\bopen(\w*) and (?:clos|shut)\w* {OWN}?eyes{_TIMES}", r"closes the eyes\g<n>"),
    (r"\b(shak\w*),? (?:\w+ly )?(?:(?:as if )?(?:to |for )?say(?:ing)? )?['\"]?no\b['\"]?(?! \w)",
    "shakes head"),
    (rf"\b(?:mak|do|sa[iy])\w* (?:an? )?['\"]?no['\"]? with {OWN}?head\b", "shakes head"),
    (rf"\b(?:mak|do|sa[iy])\w* (?:an? )?['\"]?yes['\"]? with {OWN}?head\b", "nods"),
    (rf"\b(shak\w* {OWN}?head|nod\w*)(?: {OWN}?head)?,? (?:as if )?(?:for|to|meaning)"
     rf" (?:say(?:ing)? )?"
     r"['\"]?(?:no|yes)\b['\"]?", r"\1"),
    # one face after the other
    (rf"(?:^|(?<=[.;:,] ))an? ((?:\w+ )?{_FACES}) {_TURNS_TO} (?:an? )?", r"\1, then the smile"
                                                                          r" fades and "),
    (rf"\b((?:the|his|her|that) {_FACES}) {_TURNS_TO} (?:an? )?", r"\1 fades and "),
    (rf"\b((?:smile|grin|frown)) {_NOT} (?:fade|stop|end|drop|leav|disappear|vanish)\w*",
    r"keeps the \1"),
    # teeth
    (r"\b(?:with |showing )?no teeth(?: (?:showing|visible|shown|seen))?\b|\bteeth (?:hidden"
     r"|covered|not (?:showing"
     r"|visible|shown))\b|\b(?:not showing|does(?:n't| not) show|do(?:n't| not) show|hiding"
     r"|without) (?:any |the |his"
     r" |her |their )?teeth\b", "without showing teeth"),
    (rf"\b((?:smil|grin)\w*(?: \w+){{0,2}}),? (?:but )?(?:the |his |her |their )?(?:lips|mouth)"
     rf" (?:\w+ )?{_CLOSED}\b", r"\1 without showing teeth"),
    # what does not move
    (rf"\b{OWN}?({_PARTS}) ({_NOT})(?: \w+ly)? ({_MOVES})(?: be)?", r"\2 \3 the \1"),
    (r"\blips (?:(?:are|is) )?(?:drawn|pulled|stretched|curl\w*|pull|draw|stretch) into"
     r" (?=(?:an? )?(?:\w+ )?(?:smile|grin))", ""),
    (r"\b(eyes|gaze) (?:is|are) (?:\w+ly )?(?:turned|moved|shifted)\b", r"\1 shift"),
    (r"\bas (?:far|wide|high|hard|low) as (?:they|it|he|she|the \w+)(?: (?:can|will"
     r"|possibly))?(?: (?:go|get|can)(?:es)?)?\b",
     "all the way"),
    # clauses
    (r" (?:when|until) ((?:the |his |her )?(?:eyes|lids|eyelids)|they|it) (?=open|clos)",
    r", then \1 "),
    (rf"(?:,? (?:and )?)?\b(?:when|once|after|as soon as) {_PEOPLE} (?:has|have|is|'s|was)"
     rf" (?:done|finished)"
     r"(?: so| that| this)?,?(?! \w+ing\b)", ", then "),
    # "after having blinked, looks up", "smiles once she has nodded": what is done comes first
    (rf"{_STARTS}(?:{_HAS}|(?:after )?having) (?P<x>\w{_REST}*?)(?:,|(?= {_PEOPLE} \w))",
     r"\g<x>, then"),
    (rf"{_STARTS}(?P<y>(?:and |then )*)(?P<z>(?!and\b|then\b)\w{_REST}*?)"
     rf"(?:,? (?:{_HAS}|after having)|, having) (?P<x>\w{_REST}*)", r"\g<y>\g<x>, then \g<z>"),
    (r",? ?\b(?:having done (?:so|that)|once done|when done|when finished|that done),?", ", then "),
    (r"\bhaving (?!look|glanc|star)(?=\w+(?:ed|wn|pt|nt|de)\b)", ""),
    (rf"\bafter (\w+ing\b[^,.;:]*?) (?={_PEOPLE} \w)", r"\1 then "),
    (r",? which (?:is |are |was )?then ", ", then it "),
    (r",? (?:that|which) (?=(?:(?:\w+ly|soon) )?(?:fad|disappear|vanish|grow|deepen|broaden|die"
     r"|drop|melt)\w*\b)", ", it "),
    # "nods after she smiles" is smiling, then nodding
    (rf"(?:^|(?<=[.;] ))(?:after|once|as soon as) ({_PEOPLE} (?!ha[sd]\b)\w[^,.;:]*), ",
    r"\1, then "),
    (rf"(?:^|(?<=[.;:,] ))((?!and\b|then\b)\w[^,.;:]*?) after ({_PEOPLE} [^,.;:]+)", r"\2 then \1"),
    (rf"\b(?:and|then|,) after (?={_PEOPLE} \w|(?:open|clos|look|smil|blink|nod|turn|to the|rais"
     r"|frown|wink)\w*\b(?<!ing))", ", then "),
    (r", after (?=(?:look|big|small|open|clos|smil|blink|nod|turn|that)\w*\b(?<!ing))", ", then "),
    (r"\bto (?:start|begin)(?: with| off)?\b", ""),
)  # fmt: skip


def plain_terms(text: str) -> str:
    """Return a lower-case text with terms of trades as plain movements."""
    text = _ANGLE_WORD.sub(lambda m: f"{NUMBERS[m[1]]:g}", text)
    for pattern, instead in _TERMS:
        text = re.sub(pattern, instead, text)
    return _that_way(" ".join(text.split()))


def _that_way(text: str) -> str:
    """Return the text with "in that direction" as the direction that was named last."""
    way = re.compile(
        r"\bin (?:that|the same) direction\b|(?<=look )that way\b|(?<=looks )that way\b"
    )
    while match := way.search(text):
        before = re.findall(r"\b(?:left|right|up|down)\b", text[: match.start()])
        if not before:
            return text
        text = f"{text[: match.start()]}{before[-1]}{text[match.end() :]}"
    return text
