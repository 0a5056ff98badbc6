"""Phrases that name a side, a path, a round of movements or a part of the face in a roundabout way.

Each is written as plain movements one after the other, with the subject's own left and right:
"from left to right" is left, then right; the viewer's left, like that of the screen or the frame,
is the subject's right.
"""

import re
from typing import Final

from cogportrait.agents.instruction_words import OWN

_SIDE: Final = r"(left|right)"
_ONLOOKERS: Final = r"(?:viewer|camera|audience|observer|spectator|onlooker|watcher)s?(?:'s?)?"
_PICTURES: Final = r"(?:screen|frame|picture|image|photo|video|shot)"
_SWAPS: Final[tuple[str, ...]] = (
    rf"\b(?:the )?(?:{_ONLOOKERS}|{_PICTURES}(?:'s)?)[- ]{_SIDE}\b(?! in the eyes?)",
    rf"\b{_SIDE}(?:-hand)?(?: (?:side|edge|border|half|part|corner))? (?:of"
    rf"|in) (?:the )?{_PICTURES}\b",
    rf"\b{_SIDE}(?: side)?,? (?:\(?as )?(?:seen )?(?:by|from) (?:the )?{_ONLOOKERS}"
    r"(?: (?:point of view|perspective|side|view))?\)?",
    rf"\b{_SIDE}(?: side)? of (?:the )?(?:viewer|audience|observer|spectator|onlooker)s?\b",
)  # fmt: skip
_SEEN_FROM: Final = re.compile(  # and then everything is as seen from there
    rf"(?:^|(?<=[.;] ))(?:as seen )?(?:from|by) (?:the )?{_ONLOOKERS}"
    r"(?: (?:own )?(?:point of view|perspective|side|view))?,([^.;]*)"
)
_OTHER: Final = {"left": "right", "right": "left"}

_POINT: Final = (
    r"((?:the )?(?:far |upper |lower |top |bottom )?(?:left|right)(?: (?:side|corner))?|up|down"
    r"|(?:the )?(?:top|bottom|cent(?:er|re)|middle)"
    r"|the (?:floor|ceiling|sky|ground|viewer|camera|lens|audience))"
)
_PLACES: Final = {"top": "up", "the top": "up", "bottom": "down", "the bottom": "down"}
_PATH: Final = re.compile(
    rf"\bfrom {_POINT} (?:over |across |back |up |down |all the way )*(?:to|towards?|into) {_POINT}"
    rf"(?P<back>,? and (?:then )?back(?: again| to {_POINT})?)?"
    r"(?P<times> (?:twice|(?:two|three|four|\d) times))?(?P<how> (?!only)\w+ly)?(?=\W|$)"
)
_NOUN_OR_ONE: Final = re.compile(
    r"\b(eye|eyebrow|brow)s?\b|\b(left|right) one\b|\b(?:clos|shut|open|reopen|rais|lift|lower|wink"
    r"|squint)\w* (?:only )?(?:the |his |her )(?:left|right)(?=\W*(?:$|[.,;:]|and\b|then\b"
    r"|while\b))"
)
_TIMES: Final = {"twice": 2, "two": 2, "three": 3, "four": 4}
_ROUNDS: Final = r"(?P<times>,? (?:twice|thrice|(?:two|three|four|\d) times)(?: each)?)?"
_TURNS: Final = re.compile(
    rf"\balternat(?:es?|ing) between (?P<a>[^,.;:!]*?) and (?P<b>[^,.;:!]*?){_ROUNDS}"
    r"(?=$|[,.;:!]|\b(?:then|while|and)\b)"
)
_IN_TURN: Final = re.compile(
    r"\b(?P<first>(?:alternat(?:ely|es?|ing)|in turn) )?(?P<do>\w+s?)(?P<what> (?:with )?(?:the "
    r"|his |her |their )?)"
    r"left (?:\w+ )?and (?:the |his |her |their )?right (?P<part>eyebrow|brow|eye)s?\b"
    rf"(?P<last> (?:alternately|in turn|by turns))?{_ROUNDS}"
)
_TO_AND_FRO: Final = re.compile(
    r"\b(?P<do>(?:look|glanc|gaz|turn|tilt|shift|dart|mov)\w*(?: (?:(?:the|his|her|their) )?"
    r"(?:head|eyes|gaze))?)"
    r" (?P<a>(?:to the )?(?:left|right|up|down)),? (?:and |then |and then )"
    r"(?P<b>(?:to the )?(?:left|right|up|down))"
    r"(?P<times>,? (?:twice|thrice|(?:two|three|four|\d) times))(?! each)"
)
_EYES: Final = r"(?:eye|eyelid|lid|brow|eyebrow)"
_DET: Final = r"(?:the|his|her|their|its|my|your|one|both)"
_LIMP: Final = r"(?:sink|drop|fall|droop|loll|lean|flop|sag|slump|list|hang)(?:s|ing|ped|ed)?"
_NOSE: Final = rf"(?:pull|lift|rais|hik|quirk|tug|curl)\w*(?: up)? (?:up )?(?:only )?{OWN}?"
_NOTED: Final = r"(?:fully|completely|entirely|totally|quite|all the way)"
_HOW_FAR: Final = (
    r"(?:(?:slightly|far|a (?:little|bit)|very slightly|all the way|somewhat|barely) )"
)
_PHRASES: Final[tuple[tuple[str, str], ...]] = (
    # what only sounds like a denial
    (r"\b(?:(?:does|do|is|are) )?not (?:only|just"
     r"|merely) ([^,;.]*?),? but (?:(?:he|she|it) )?(?:also )?",
     r"\1 and "),
    (r"\b(?:never|without ever|doesn't|does not|don't|do not|can't|cannot) (?:stop|quit|ceas)\w*\b",
     "keeps"),
    (r"\b(?:can't|cannot) help(?: but)?\b", ""),
    (rf",? ?(?:but |though |yet )?\bnot (?:yet )?{_NOTED}\b", " partly"),
    (rf"\b(?:doesn't|does not|don't|do not) {_NOTED} (?=\w)", "partly "),
    (r",? ?\b(?:but |though |yet )?not (?:too|very|so) (?:wide|broad|much|far|strong|hard)\w*\b",
     " somewhat"),
    (r",? \bnot both(?: eyes)?\b", ""),
    (r"\bnothing but\b", ""),
    (r"\bnot (?:to )?(?:the )?(?:left|right|up|down)(?:wards?)?,? but\b", ""),
    (r"\b(?:isn't|is not|doesn't|does not) (?:look|gaz|glanc)\w* (?:to the )?(?:left|right|up|down)"
     r"(?:wards?)?,? but\b", "looks"),
    # whose mouth shows no teeth
    (r"\b(?:tight|close|closed|sealed)[- ](?:lip(?:ped)?|mouth(?:ed)?) (smile|grin)(?:s|ing)?\b",
     r"closed-lip smile"),
    (r"\b(?:smil|grin)\w*((?: \w+){0,2}),? (?:(?:but )?without (?:showing|baring|revealing)"
     rf" (?:any |{OWN})?teeth|with (?:{OWN})?(?:lips|mouth) (?:closed|shut|together|sealed)"
     r"|with (?:closed|sealed|tight) lips)\b", r"closed-lip smile\1"),
    # from above, with the chin up
    (rf"\b(look|gaz|star|peer)(\w*(?: \w+ly)?) down {OWN}?noses?\b"
     r"(?: (?:at|on|upon) (?:the )?\w+)?", r"lifts chin while \1\2 at the camera"),
    (r"\b(look|gaz|star|peer)(\w*(?: \w+ly)?) (?:deep )?(?:into|in|at) (?:my|our|your) eyes?\b",
     r"\1\2 at the camera"),
    # what smiles with the mouth alone, and eyes that do not go along
    (rf"\b(smil|grin)(\w*),? (?:but )?(?:(?:only|just) with {OWN}?(?:mouth|lips)"
     rf"|with (?:only |just ){OWN}?(?:mouth|lips)|with {OWN}?(?:mouth|lips) (?:only|alone))\b",
     r"\1\2 not with the eyes"),
    (rf"\bonly {OWN}?(?:mouth|lips) (smil|grin)(\w*)", r"\1\2 not with the eyes"),
    (r"\b(?:mouth|lip|lips)[- ]only (smile|grin)\b", r"\1 not with the eyes"),
    (rf",? (?:but |(?:that|which|it) )?(?:does(?:n't| not)|never) (?:quite |really )?reach(?:es)?"
     rf" {OWN}?eyes\b", " not with the eyes"),
    (r"(?<=\w)(?: not with the eyes)?(?:,|,? (?:but|and|yet|though))"
     rf" {OWN}?eyes (?:stay|remain|are|keep|look)(?:s|ing)? (?=(?:\w+ly )?(?:sad|unhappy|sorrowful"
     r"|angry|furious|mad|scared|afraid|fearful|frightened|terrified|worried|surprised|shocked"
     r"|astonished|startled|disgusted|thoughtful|pensive)\b)",
     " not with the eyes, while the eyes stay "),
    # only this one: sides and parts
    (rf"\b(?:only|just|solely|merely) (?=(?:{_DET}|left|right|with|inner|outer)\b)", ""),
    (rf"\b((?:left|right) (?:{_EYES}|side|corner)) only\b", r"\1"),
    (r"\bonly (?=(?:blink|wink|squint|smirk|smil|rais|clos)\w*\b(?!(?: \w+ly)? (?:once|twice|\w+"
     r" times)))", ""),
    (rf"\bwith {OWN}?(left|right) (eye|eyebrow|brow),? ((?:he |she |it )?)"
     r"(blink|wink|squint)(\w*)\b", r"\3\4\5 with the \1 \2"),
    (r"\b(smil|grin|smirk)(\w*),? but (?:only )?with\b", r"\1\2 with"),
    (rf"\bblink(?:s|ing)?((?: \w+ly| for [^,.;:]{{1,20}}?)?) (?:with )?{OWN}?(left|right)"
     r"(?: eye)?\b", r"winks\1 with the \2 eye"),
    (rf"\b{OWN}?(left|right) eye blinks\b", r"winks with the \1 eye"),
    (rf"\b(squint|narrow|frown|scowl|clos|shut)(\w*)((?: \w+ly)?) with {OWN}?(left|right)"
     rf"((?: {_EYES})?)\b", r"\1\2\3 the \4\5"),
    (r"\b(squint|narrow)(\w*) the (left|right)(?! \w*(?:eye|lid|brow))\b", r"\1\2 the \3 eye"),
    (rf"\b(?:(?:the|his|her|their) )?inner (?:ends?|corners?|parts?|edges?|tips?)"
     rf" of {OWN}?(?:eye)?brows?\b", "the inner eyebrows"),
    (r"\binner (?:brow|eyebrow) (?:ends?|corners?)\b", "inner eyebrows"),
    (r"\b(?:the |his |her |their )?inner (?:ends?|corners?) (?=(?:ris|lift|go|come|climb"
     r"|are rais)\w*)",
     "the inner eyebrows "),
    (rf"\b(?:(?:the|his|her|their) )?outer (?:ends?|corners?|parts?|edges?|tips?)"
     rf" of {OWN}?(?:eye)?brows?\b", "the outer eyebrows"),
    (rf"\b{_NOSE}(left|right) (?:corner|side) of {OWN}?(?:mouth|lips)\b", r"one-sided smile \1"),
    (rf"\b{_NOSE}(left|right) (?:mouth|lip) corner\b", r"one-sided smile \1"),
    (rf"\b{OWN}?(left|right) (?:corner of {OWN}?(?:mouth|lips)|mouth corner|lip corner)"
     r" (?:ris|lift|curl|go(?:es)? up|pull|turn|twitch)\w*(?: up(?:wards?)?)?", r"one-sided smile"
     r" \1"),
    (rf"\b{OWN}?(left|right) (?:half|side|part) of {OWN}?(?:mouth|face|lips)"
     r" (?:smil|grin|smirk)\w*", r"one-sided smile \1"),
    (rf"\bsmirk\w*((?: \w+ly)?) (?:only )?with (?:only )?(?:{OWN}|one )?(left|right)"
     rf" (?:corner|side|half)(?: of {OWN}?(?:mouth|face|lips))?", r"one-sided smile \2\1"),
    (rf"\b{_NOSE}corners? of {OWN}?(?:mouth|lips)\b", "smiles"),
    # a head that sinks
    (rf"\b(?:(?:the|his|her|their) )?head ((?:\w+ly )?){_LIMP} (?:over |down )?(?:to|towards?|onto"
     r"|on)"
     rf" {OWN}?(left|right)(?: side| shoulder)?\b", r"tilts head \1to the \2"),
    (rf"\b(?:let|lets|letting) {OWN}?head {_LIMP} (?:to|towards?|onto) {OWN}?(left|right)"
     r"(?: side| shoulder)?\b", r"tilts head to the \1"),
    (rf"\bhead ((?:\w+ly )?)(?:{_LIMP}|nods) (?:down(?:wards?)?|forwards?)"
     rf"(?: (?:to|onto|on) {OWN}?chest)?", r"head \1lowers"),
    (r"\bhead ((?:\w+ly )?)(?:droop|sag|slump|hang|loll)(?:s|ing|ped)?\b", r"head \1lowers"),
    (r"\bhang(?:s|ing)? (?:his |her |the |their )?head\b", "lowers head"),
    (r"\bnods? off\b", "falls asleep"),
    (rf"\blook(?:s|ing)?((?: \w+ly)?) (?:back )?over {OWN}?(left|right) shoulder\b",
     r"looks\1 far to the \2 and turns head far to the \2"),
    (rf"\b((?:gaze|eyes)) (?:drop|fall|sink|lower|dip)s?((?: \w+ly)?)(?: down)?(?: and)?"
     rf" (?:to|towards) {OWN}?(left|right)\b", r"\1 moves\2 down \3"),
    (rf"\b((?:gaze|eyes)) (?:ris|lift|climb)(?:e|s|es)?((?: \w+ly)?)(?: up)?(?: and)?"
     rf" (?:to|towards) {OWN}?(left|right)\b", r"\1 moves\2 up \3"),
    (rf"\b(?:lower|drop|cast)\w* {OWN}?(?:gaze|eyes)((?: \w+ly)?)(?: down(?:wards?)?)?(?: and)?"
     rf" (?:to|towards) {OWN}?(left|right)\b", r"looks\1 down \2"),
    (rf"\b(?:rais|lift)\w* {OWN}?(?:gaze|eyes)((?: \w+ly)?)(?: up(?:wards?)?)?(?: and)?"
     rf" (?:to|towards) {OWN}?(left|right)\b", r"looks\1 up \2"),
    (rf"\b(?:rais|lift|return|bring)\w* {OWN}?(?:gaze|eyes)(?: back)?(?: up)? (?:to|towards)"
     rf" {OWN}?(?:viewer|camera|lens|audience|partner)\b", "looks at the camera"),
    (rf"\b(?:rais|lift)\w* {OWN}?(?:gaze|eyes)(?: to {OWN}?\w+)? straight ahead\b",
     "looks straight ahead"),
    (r"\bas (?:high|low|much|hard|strongly|tightly|tight) as possible\b", "fully"),
    (r"\bas wide(?:ly)? as possible\b", "very wide"),
    (r"\bas far ((?:\w+ ){0,3})as possible\b", r"far \1"),
    (r"\b(?:the |his |her )?left and (?:the |his |her )?right (eye|eyebrow|brow)s?\b", r"both \1s"),
    # one slanting look
    (rf"\b(up|down)(?:wards?)?,? (?:and|but) ({_HOW_FAR}(?:to )?(?:the |his |her |their )?)"
     r"(left|right)\b", r"\1 \2\3"),
    (rf"\b({_HOW_FAR}?)(?:to )?(?:the |his |her |their )?(left|right),? (?:and|but)"
     rf" ({_HOW_FAR}?)(up|down)(?:wards?)?\b", r"\3\4 \1\2"),
    # round and round
    (r"\bin (?:a )?(?:counter-?|anti-?)clockwise(?: circle| direction| order)?\b",
     "counterclockwise"),
    (r"\b(?:counter|anti)-?clockwise\b(?=(?: direction)?: (?:up|down|left|right)\b):?", ""),
    (r"(?<!counter)(?<!anti)\bclockwise\b(?=: (?:up|down|left|right)\b):?", ""),
    (r"\breopen", "open"),
    (r"\bin between(?: (?:these|those|the two|them))?,? (?=\S)", "in-between "),
    (r",? and in-between\b", ", in-between"),
)  # fmt: skip


def own_sides(text: str) -> str:
    """Return a lower-case text with the sides of viewer and screen as the subject's own."""
    text = _SEEN_FROM.sub(lambda m: re.sub(r"\b(left|right)\b", _swapped, m[1]), text)
    for pattern in _SWAPS:
        text = re.sub(pattern, _swapped, text)
    return text


def plain_phrases(text: str) -> str:
    """Return a lower-case text with its roundabout phrases written as plain movements."""
    text = _TURNS.sub(_in_turns, text)
    text = _IN_TURN.sub(_side_by_side, text)
    text = _TO_AND_FRO.sub(_to_and_fro, text)
    text = _PATH.sub(_path, text)
    text = _one(text)
    for pattern, instead in _PHRASES:
        text = re.sub(pattern, instead, text)
    return text


def _swapped(match: re.Match[str]) -> str:
    return _OTHER[match[1]]


def _rounds(match: re.Match[str], usual: int) -> int:
    words = (match["times"] or "").strip(", ").split()
    if not words:
        return usual
    return 3 if words[0] == "thrice" else _TIMES.get(words[0]) or int(words[0])


def _in_turns(match: re.Match[str]) -> str:
    """Return "A, then B, then A, then B" for "alternates between A and B"."""
    first, other = match["a"].strip(), match["b"].strip()
    head = re.match(r"(\w+ing)\b", first)
    if head and not re.match(r"\w+ing\b", other):  # "winking the left and the right eye"
        part = re.search(r"\b(eye|eyebrow|brow)\b", other)
        first += f" {part[1]}" if part and part[1] not in first else ""
        other = f"{head[1]} {other}"
    if not re.match(r"(?:look|glanc|turn|tilt|wink|blink|nod)", first):  # what else would stay
        first, other = f"{first} for 1 s", f"{other} for 1 s"
    return ", then ".join([first, other] * _rounds(match, 2))


def _to_and_fro(match: re.Match[str]) -> str:
    """Return "looks left, then right, then left" for "left and right", as often as was said."""
    do = re.sub(r"^glanc\w*", "looks", match["do"])
    return ", then ".join([f"{do} {match['a']}", f"{do} {match['b']}"] * _rounds(match, 1))


def _side_by_side(match: re.Match[str]) -> str:
    """Return "raises the left brow, then raises the right brow" for "left and right in turn"."""
    if not match["first"] and not match["last"]:
        return match.group()
    each = [f"{match['do']}{match['what']}{side} {match['part']}" for side in ("left", "right")]
    return ", then ".join(each * _rounds(match, 1))


def _path(match: re.Match[str]) -> str:
    """Return "left, then right" for "from left to right"."""
    how = match["how"] or ""
    ends = [_point(match[1]), f"{_point(match[2])}{how}"]
    if match["back"]:
        return f"{ends[0]}, then {ends[1]}, then {_point(match[4] or match[1])}{how}"
    return ", then ".join(ends * _rounds(match, 1))


def _one(text: str) -> str:
    """Return the text with "the left one" written as the part of the face named before."""
    noun = ""
    out: list[str] = []
    end = 0
    for match in _NOUN_OR_ONE.finditer(text):
        noun = match[1] or noun
        if not match[1] and noun:
            one = f"{match[2]} {noun}" if match[2] else f"{match[0]} {noun}"
            out += [text[end : match.start()], one]
            end = match.end()
    return "".join(out) + text[end:]


def _point(words: str) -> str:
    plain = words.removesuffix(" side").removesuffix(" corner").replace("middle", "center")
    if plain in _PLACES:
        return _PLACES[plain]
    return f"at {plain}" if re.search(r"viewer|camera|lens|audience", plain) else f"to {plain}"
