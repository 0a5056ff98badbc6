"""What an instruction forbids: "without blinking", "neither nods nor smiles", "instead of smiling".

A denial reaches to the end of its clause, over "or", "nor" and lists that lead to them. Each is cut
out of the text and leaves a mark where it stood, since one with a time has its place in the order:
"no blinking for three seconds, then blinks twice".
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from cogportrait.agents.action_patterns import Action
from cogportrait.agents.instruction_times import When, read_when
from cogportrait.agents.instruction_vocabulary import find_actions, unread
from cogportrait.agents.instruction_words import OWN, STRAIGHT
from cogportrait.types import EventKind, Interval, PlannedEvent

HEAD_KINDS: Final = frozenset({EventKind.HEAD, EventKind.PULSE, EventKind.NOD, EventKind.SHAKE})
GAZE_KINDS: Final = frozenset({EventKind.GAZE, EventKind.DRIFT})
SHUTTING: Final = frozenset({EventKind.BLINK, EventKind.CLOSURE})
MOUTH_AUS: Final = frozenset(
    f"AU{n}" for n in (10, 12, 14, 15, 17, 18, 20, 22, 23, 24, 25, 26, 27, 28)
)
BROW_AUS: Final = frozenset({"AU01", "AU02", "AU04"})
LID_AUS: Final = frozenset({"AU05", "AU07", "AU43"})
WHOLE_FACE: Final = frozenset({"AU06", "AU05", "AU07"}) | BROW_AUS | MOUTH_AUS


@dataclass(frozen=True, slots=True)
class Denied:
    """What an instruction forbids: the label does not do it either."""

    aus: frozenset[str] = frozenset()
    kinds: frozenset[EventKind] = frozenset()

    def __bool__(self) -> bool:
        """Return True when anything is forbidden."""
        return bool(self.aus or self.kinds)

    def __or__(self, other: "Denied") -> "Denied":
        """Return what either of two forbids."""
        return Denied(self.aus | other.aus, self.kinds | other.kinds)


@dataclass(frozen=True, slots=True)
class Denial:
    """One denial of a text."""

    words: str
    denied: Denied
    groups: frozenset[str]  # of the movements that it denies: "lids", "mouth" ...
    when: When  # as its own words say it
    unknown: tuple[str, ...]  # what of it was not understood


NOTHING_DENIED: Final = Denied()
_MARK: Final = "\ue000"  # a private character; stands before the number of a denial
_MARKS: Final = re.compile(rf"{_MARK}(\d+){_MARK}")
_INSERTED: Final = re.compile(  # "turns the eyes, not the head, to the left"
    rf",( *{_MARK}\d+{_MARK} *), *(?=(?:to|towards?|at|for|in|from|until) )"
)
_CLOSING: Final = frozenset({EventKind.CLOSURE})
_COUNTED: Final = {"blink": EventKind.BLINK, "nod": EventKind.NOD, "shak": EventKind.SHAKE}
_AUXILIARY: Final = r"(?:does|do|is|are|has|have|had|did|should|must|will|would|can|could)"
_NEGATOR: Final = (
    rf"(?:{_AUXILIARY}(?:n't| not)|won't|can't|cannot|without(?: ever)?(?: any)?|never|not"
    r"|no(?! longer)"
    r"|neither|nor|nobody|no one|avoid(?:s|ing)? (?!eye contact)"
    r"|refrain(?:s|ing)? from|instead of|rather than"
    r"|(?:refus|fail|declin|forget|omit)(?:es|e|s|ing|ting)? to|unable to|far from|free (?:of|from)"
    r"|(?:abstain|keep|desist)(?:s|ing)? from"
    r"|(?:suppress|resist|stifl|hid|lack|conceal)(?:es|e|s|ing)?"
    r"|(?:hold|fight|bit)(?:e|es|s|ing)? (?:back|off)"
    r"|(?:does |do )?(?:anything|everything) (?:but|except(?: for)?)"
    r"|(?:hardly|barely|rarely|seldom|scarcely)(?: ever)? (?=(?:blink|mov|smil)\w*)"
    r"|(?:stop|quit|ceas)(?:s|es|ping|ting|ing)? (?:to )?(?=blink))"
)
_ITEM: Final = r"(?:(?!\b(?:then|but|while|finally|followed|and)\b)[^.,;:!])"
_LISTS: Final = rf",(?= ?(?:or|nor)\b|(?:{_ITEM}{{1,40}},){{0,4}}{_ITEM}{{1,40}}\b(?:or|nor)\b)"
_DENIED: Final = re.compile(
    rf"\b(?P<no>{_NEGATOR})(?:(?=\W)|(?<=\s))(?P<what>(?:[^.,;:!]|{_LISTS}|(?<=\d)\.(?=\d))*?)"
    rf"(?=$|[.;:!]|(?!{_LISTS}),|\b(?:then|but|finally|while|when|whenever|followed)\b"
    r"|\band (?!\w+ing\b)|\b(?:no|nor|without)\b)"
)
_LIST_COMMA: Final = re.compile(_LISTS)
_TIME_AFTER: Final = (
    r"(?: (?:for|until|till|during|in|from|throughout|the whole)\b[^.,;:!]*?"
    r"(?=$|[.;:!,]|\b(?:then|but|and|while)\b))?"
)
_ONE_EYE: Final = rf"{OWN}?(?:left|right|other)(?: eye| one)?"
_OPEN: Final = re.compile(
    rf"\b(?:(?:keep|hold|leav)(?:s|es|ing|e)? (?:{OWN}?eyes|both eyes|them|{_ONE_EYE}) open"
    rf"|(?:{OWN}?eyes|{_ONE_EYE}) (?:stays?|remains?|are kept|is kept|are held) open)\b(?! wide)"
    rf"{_TIME_AFTER}"
)
_FIXED: Final = (
    r"(?:very |completely |perfectly |absolutely )?(?:still|motionless|frozen|unmoved|unmoving"
    r"|immobile|put|in place)(?! (?:\w+ing|\w+ed|closed|open|shut|up|down|wide|held)\b)"
)
_STILL: Final = re.compile(
    rf"\b(?:(?:(?:keep|hold)(?:s|ing)? |with )?{OWN}?(?P<part>head|(?:eye)?brows|mouth|lips)"
    rf" (?:(?:stays?|remains?"
    rf"|is|are|held|kept|staying|remaining|being)(?: held| kept)? )?{_FIXED}"
    r"|with an? (?:still|motionless|unmoving) (?P<other>head|mouth)"
    r"|(?:stays|stay|remains|remain|holds|hold|keeps|keep) (?:very |completely )?still)\b"
    rf"{_TIME_AFTER}"
)
_STILL_PARTS: Final = (("brow", "brows"), ("mouth", "mouth"), ("lips", "mouth"))
_STATED: Final = re.compile(  # at the beginning, before anything closes them
    rf"(?:^\W*|^[^.;]*\bwith )(?P<eyes>(?:{OWN}|both ){{0,4}}eyes(?: are)? open(?=[.,;:]|$| (?:and"
    rf"|with|but)\b))"
)
_ONE_SIDE: Final = re.compile(
    rf",? ?\b(?:but )?(?:not|never|rather than|instead of)(?: with| to)? {OWN}?(?P<side>left|right)"
    r"(?: (?:one|eye|brow|eyebrow|side|lid|eyelid))?(?=\W*$|[.,;:!]| (?:and|then|while)\b)"
)
_SO_OFTEN: Final = re.compile(
    r"\b(?P<kind>blink|nod|shak|wink)\w*(?: [^,.;:!]*?)? (?:only|just|exactly)"
    r" (?:once|twice|(?:one|a single|two|three|four|five|\d+) times?)\b"
    r"|\b(?:only|just|exactly) (?:one|a single|two|three|four|five|\d+) (?:\w+ )?(?P<noun>blink"
    r"|nod|wink)s?\b"
    r"|\b(?:only|just) (?P<verb>blink|nod|wink)s?(?: \w+ly)? (?:once|twice|(?:two|three|four"
    r"|five|\d+) times)\b"
)
_ONE_OPEN: Final = re.compile(
    rf"(?P<comma>,|\band\b) ?(?P<what>{OWN}?(?P<side>left|right|other) (?:eye|one)"
    rf" open(?=\W*(?:$|[.,;:])))"
)
_AS_IT_IS: Final = re.compile(
    rf"\b{OWN}?(?:left|right|other) (?P<part>eye ?lid|lid|eyebrow|eye|brow|corner|one|side)s?"
    r" (?:(?:stays?|remains?|is|are|left|kept|staying|remaining|being) )?(?:unchanged|untouched"
    r"|unaffected|relaxed"
    r"|neutral|still|motionless|unmoved|as (?:it|they) (?:is|are))\b"
)
# "The right eyebrow does not move": what is asked of the other side leaves this one alone anyway.
_SIDED: Final = re.compile(
    rf"\b{OWN}?(?:left|right|other)(?: (?P<part>eye ?lid|lid|eyebrow|eye|brow|(?:mouth )?corner"
    rf"(?: of (?:the|his|her|their) mouth)?|one|side)s?)? {_AUXILIARY}(?:n't| not)"
    r"(?: (?:mov|shift|stir|budg|clos|shut|open|ris|rais|blink|narrow|widen|lift|lower|follow)\w*)?"
    r"(?: at all)?(?=\W*$|[.,;:!]| (?:and|but|while|then|for|until|till|during|as)\b)"
    rf"{_TIME_AFTER}"
)
_GROUPS_OF_PARTS: Final = (("corner", "mouth"), ("brow", "brows"), ("eye", "lids"), ("lid", "lids"))
_CONDITION: Final = re.compile(
    r"(?<!as )(?<!even )(?<!see )\b(?:if|unless|provided|in case)\b(?! not\b)"
)
_JOINTS: Final = re.compile(r"([.;!?,:]|\b(?:then|and|but)\b)")
_SENTENCE_ENDS: Final = (".", ";", "!", "?")
_HEADS: Final = r"(?:head|chin)"
_MOVING: Final = r"(?:mov|shift|turn|rotat|tilt|stir|budg)\w*"
# What is denied as a noun, or of a whole part of the face: pattern, group, what that forbids.
_WHOLES: Final[tuple[tuple[str, str, Denied], ...]] = (
    (r"\bblink\w*", "blink", Denied(kinds=frozenset({EventKind.BLINK}))),
    (rf"\b{_HEADS} (?:\w+ )?(?:mov\w*|motions?)\b|\b{_MOVING} (?:\w+ )?{_HEADS}\b",
     "head", Denied(kinds=HEAD_KINDS)),
    (r"\b(?:mouth|lips|jaw) (?:open|part)\w*", "mouth",
     Denied(aus=frozenset({"AU25", "AU26", "AU27"}))),
    (rf"\b(?:eyes?|gaze) (?:mov\w*|motions?)\b|\b{_MOVING} (?:\w+ )?(?:eyes|gaze)\b"
     r"|\b(?:mov\w*|motions?) of (?:\w+ )?(?:eyes|gaze)\b|\blook\w* (?:away|around|aside)\b",
     "gaze", Denied(kinds=GAZE_KINDS)),
    (rf"\b(?:eye)?brows? (?:mov\w*|motions?)\b|\b{_MOVING} (?:\w+ )?(?:eye)?brows?\b",
     "brows", Denied(aus=BROW_AUS)),
    (rf"\b(?:mouth|lips?) (?:mov\w*|motions?)\b|\b{_MOVING} (?:\w+ )?(?:mouth|lips?)\b",
     "mouth", Denied(aus=MOUTH_AUS)),
    (r"\b(?:facial )?expressions?\b|\bemotions?\b", "expression", Denied(aus=WHOLE_FACE)),
    (r"\bshak(?:e|es|ing)\b", "head", Denied(kinds=frozenset({EventKind.SHAKE}))),
    (r"\b(?:show|bar|reveal)\w* (?:\w+ )?teeth\b", "mouth",
     Denied(aus=frozenset({"AU25", "AU26", "AU27"}))),
    (r"\bshut(?:s|ting)? (?:\w+ )?eyes\b|\bclos\w* (?:\w+ )?eyes\b|\beyes? clos\w*", "lids",
     Denied(kinds=frozenset({EventKind.CLOSURE}))),
    (r"\b(?:mov(?:e|es|ing)|movements?|motions?)\b", "head", Denied(kinds=HEAD_KINDS)),
    (r"^\W*with (?:the |his |her )?eyes\W*$", "mouth", Denied(aus=frozenset({"AU06"}))),
    (r"^\W*(?:the |his |her )?head\W*$", "head", Denied(kinds=HEAD_KINDS)),
    (r"^\W*(?:the |his |her )?(?:eyes|gaze)\W*$", "gaze", Denied(kinds=GAZE_KINDS)),
    (r"^\W*(?:the |his |her )?(?:eye)?brows\W*$", "brows", Denied(aus=BROW_AUS)),
    (r"^\W*(?:the |his |her )?(?:mouth|lips)\W*$", "mouth", Denied(aus=MOUTH_AUS)),
)  # fmt: skip
_VERB: Final = re.compile(
    rf"\b({_MOVING}|(?:clos|shut|open|rais|lift|lower|nod|shak|wrinkl|press|purs)\w*)\b"
)
_BARE_VERB: Final = re.compile(
    r"^\W*(?:\w+ly )?(?:clos|shut|open|narrow|widen|mov|turn|tilt|rais|lift|lower|furrow|purs"
    r"|part)\w*\W*$"
)
_THING: Final = re.compile(
    r"\b((?:the |his |her |their )?(?:head|eyes|eyelids|gaze|brows|eyebrows|mouth|lips|chin))\b"
)
_PART: Final = re.compile(r"^\W*(?:the|his|her|their|its|any)? ?(?:head|eyes?|gaze|brows?|eyebrows?"
                          r"|eyelids|lids|mouth|lips|chin)\W*$")  # fmt: skip


def cut_conditions(text: str) -> tuple[str, list[str]]:
    """Return a text without what depends on a condition, and those words: nothing can tell.

    That is the clause with the "if" and what follows in its sentence.
    """
    kept: list[str] = []
    found: list[str] = []
    dropping = False
    for i, piece in enumerate(_JOINTS.split(text)):
        dropping = dropping and not (i % 2 and piece in _SENTENCE_ENDS)
        if not dropping and _CONDITION.search(piece):
            dropping = True
            found.append("")
        if dropping:
            found[-1] += piece
        else:
            kept.append(piece)
    return "".join(kept), [f.strip(" ,") for f in found]


def cut_denials(text: str, duration_s: float) -> tuple[str, list[Denial]]:
    """Return a text with a mark for each denial, and the denials in the order of the marks."""
    found: list[Denial] = []

    def mark(match: re.Match[str], denial: Denial) -> str:
        found.append(denial)
        return f" {_MARK}{len(found) - 1}{_MARK} "

    text = text.replace(_MARK, " ")

    def alone(match: re.Match[str]) -> str:
        other = {"left": "right", "right": "left"}[match["side"]]
        named = re.search(rf"\b{other}\b", match.string[: match.start()])
        return mark(match, _left_alone(match.group(), "", duration_s)) if named else match.group()

    def stated(match: re.Match[str]) -> str:
        before = match.group()[: match.start("eyes") - match.start()]
        if re.search(r"\b(?:clos|shut|blink)", before):
            return match.group()
        return before + mark(match, _kept(match["eyes"], "lids", _CLOSING, duration_s))

    def open_(match: re.Match[str]) -> str:
        before = match.string[: match.start()]
        closed = re.search(rf"\b(?:both|eyes|{match['side']})\b", before)
        if closed and match["side"] != "other":
            return match.group()
        return f"{match['comma']}{mark(match, _left_alone(match['what'], 'eye', duration_s))}"

    def counted(match: re.Match[str]) -> str:
        word = match["kind"] or match["noun"] or match["verb"]
        return match.group() + mark(match, _no_others(match.group(), word, duration_s))

    text = _STILL.sub(lambda m: mark(m, _still(m, duration_s)), text)
    text = _STATED.sub(stated, text)
    text = _ONE_SIDE.sub(alone, text)
    text = _SO_OFTEN.sub(counted, text)
    text = _OPEN.sub(lambda m: mark(m, _kept(m.group(), "lids", SHUTTING, duration_s)), text)
    text = _ONE_OPEN.sub(open_, text)
    text = _AS_IT_IS.sub(lambda m: mark(m, _left_alone(m.group(), m["part"], duration_s)), text)
    text = _SIDED.sub(lambda m: mark(m, _left_alone(m.group(), m["part"] or "", duration_s)), text)
    text = _DENIED.sub(lambda m: mark(m, _read(m["no"], m["what"], duration_s)), text)
    return _INSERTED.sub(r"\1", text), found


def take_marks(part: str) -> tuple[str, list[int]]:
    """Return a part without the marks of denials, and their numbers."""
    return _MARKS.sub(" ", part), [int(m[1]) for m in _MARKS.finditer(part)]


def _kept(words: str, group: str, kinds: frozenset[EventKind], duration_s: float) -> Denial:
    """Return the denial that is said as a state: "keeps the head still", "the eyes stay open"."""
    when, _ = read_when(words, duration_s)
    return Denial(words.strip(), Denied(kinds=kinds), frozenset({group}), when, ())


def _still(match: re.Match[str], duration_s: float) -> Denial:
    """Return the denial of a part that keeps still, of the head where none is named."""
    part = match["part"] or match["other"] or "head"
    group = next((group for word, group in _STILL_PARTS if word in part), "head")
    when, _ = read_when(match.group(), duration_s)
    denied = {"brows": Denied(aus=BROW_AUS), "mouth": Denied(aus=MOUTH_AUS)}.get(group)
    return Denial(
        match.group().strip(), denied or Denied(kinds=HEAD_KINDS), frozenset({group}), when, ()
    )


def _no_others(words: str, kind: str, duration_s: float) -> Denial:
    """Return the denial of more than was counted: "blinks only once"."""
    kinds = frozenset({_COUNTED[kind]}) if kind in _COUNTED else frozenset[EventKind]()
    return Denial(words, Denied(kinds=kinds), frozenset(), When(), ())


def _left_alone(words: str, part: str, duration_s: float) -> Denial:
    """Return the denial of one side's movement, which forbids nothing of the other."""
    when, _ = read_when(words, duration_s)
    group = next((group for word, group in _GROUPS_OF_PARTS if word in part), "expression")
    return Denial(words.strip(), Denied(), frozenset({group}), when, ())


def _read(no: str, what: str, duration_s: float) -> Denial:
    """Return the denial of one negator and what it reaches over."""
    words = f"{no}{what}".strip()
    when, rest = read_when(what, duration_s)
    parts = [p for p in re.split(rf"\b(?:or|nor|and)\b|{_LISTS}", rest) if p.strip()]
    denied, groups, unknown = Denied(), set[str](), list[str]()
    verb = ""
    thing = _THING.search(parts[-1]) if len(parts) > 1 else None
    if thing:  # "without closing or narrowing the eyes"
        parts = [f"{p.strip()} {thing[1]}" if _BARE_VERB.match(p) else p for p in parts]
    for part in parts:
        said = _VERB.search(part)
        if said:
            verb = said[1]
        elif verb and _PART.match(part):
            part = f"{verb} {part}"  # noqa: PLW2901
        own, names, left = _forbidden(part)
        if not own:
            unknown.append(f"{no} {part.strip()}" if len(parts) > 1 else words)
        denied, groups = denied | own, groups | names
        unknown += left
    if not parts:
        unknown.append(words)
    return Denial(words, denied, frozenset(groups), _since(no, when), tuple(unknown))


def _since(no: str, when: When) -> When:
    """Return the time of a denial; "stops after two seconds" names a start."""
    if no.startswith(("stop", "quit", "ceas")) and when.later_s is not None and not when.start_s:
        return When(start_s=when.later_s)
    return when


def _forbidden(part: str) -> tuple[Denied, frozenset[str], list[str]]:
    """Return what a denied part keeps from happening, its groups, and its words without meaning."""
    for pattern, group, denied in _WHOLES:
        if re.search(pattern, part):
            left = unread(re.sub(pattern, " ", part), (), names=True)
            return denied, frozenset({group}), [w for w in left if w not in _SMALL]
    found = find_actions(part)
    each = [_forbids(action, side) for action, side in found]
    if not each or None in each:
        return Denied(), frozenset(a.group for a, _ in found), []
    total = Denied()
    for one in each:
        total = total | one if one else total
    left = unread(part, found, names=True)
    return total, frozenset(a.group for a, _ in found), [w for w in left if w not in _SMALL]


_LEAST_S: Final = 0.5  # what would be cut shorter than this is left out
_LASTING: Final = (EventKind.EXPRESSION, EventKind.LAUGH, EventKind.CLOSURE)
_SMALL: Final = frozenset(
    re.findall(
        r"\w+",
        """any else anything either at ever all much too more longer anymore single trace hint"
          " sign slightest""",
    )
)


def _forbids(action: Action, side: str) -> Denied | None:
    """Return what a denied movement keeps from happening; None when nothing can keep it."""
    match action.kind:
        case EventKind.GAZE if action.sides.get(side) == STRAIGHT or _goes_nowhere(action):
            return None  # somewhere else, but where?
        case EventKind.GAZE:
            return Denied(kinds=GAZE_KINDS)
        case EventKind.HEAD:
            return Denied(kinds=HEAD_KINDS)
        case EventKind.EXPRESSION | EventKind.LAUGH:
            aus = frozenset(c for c in action.targets if c.startswith("AU"))
            return None if action.stops else Denied(aus=aus)
        case _:
            return Denied(kinds=frozenset({action.kind}))


def _goes_nowhere(action: Action) -> bool:
    return not action.sides and not action.path and not any(action.targets.values())


def without_denied(
    event: PlannedEvent, denials: Sequence[tuple[Denied, Interval]]
) -> tuple[PlannedEvent | None, frozenset[str]]:
    """Return a label's event, cut short before what forbids it, and the AUs forbidden throughout.

    None where nothing of it is left.
    """
    aus: frozenset[str] = frozenset()
    for denied, time in denials:
        if event.start_s >= time.end_s or (event.end_s <= time.start_s and not event.sustain):
            continue
        touched = {t.channel for t in event.targets} & denied.aus
        room = time.start_s - event.start_s
        if event.kind in denied.kinds and (room <= _LEAST_S or event.kind not in _LASTING):
            return None, aus
        if room <= _LEAST_S:
            aus |= touched
        elif touched or event.kind in denied.kinds:
            onset, offset = (min(s, 0.4 * room) for s in (event.onset_s, event.offset_s))
            hold = room - onset - offset
            event = replace(event, onset_s=onset, hold_s=hold, offset_s=offset, sustain=False)
    return event, aus
