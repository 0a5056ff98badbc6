"""What a clause leaves unsaid because the one before said it: its subject, its verb, its object.

"The eyes widen, then narrow", "closes the left eye, then the other", "looks down, then away",
"turns the head to the left, then returns".
"""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from cogportrait.agents.action_patterns import Action
from cogportrait.agents.instruction_vocabulary import (
    EYES_FOLLOW,
    FOLLOWS,
    LEVEL,
    RETURNS,
    STOPPED,
    THE_OTHER,
    find_actions,
    side_in,
    unread,
)
from cogportrait.agents.instruction_words import STRAIGHT, WHO
from cogportrait.types import EventKind

if TYPE_CHECKING:
    from cogportrait.agents.instruction_script import Step

_WAYS_OF_VERBS: Final = (
    ("down", r"\b(?:fall|drop|sink|lower|dip)s?\b"), ("up", r"\b(?:rise|lift|climb)s?\b"),
)  # fmt: skip
_THEIRS: Final = (  # what is said of parts of a face and hardly of people
    r"(?=(?: (?:then|both|slowly|quickly|suddenly))* (?:open|reopen|clos|shut|stay|remain|narrow"
    r"|widen|snap"
    r"|drop|sink|ris|flutter|are (?:open|clos|shut|rais|narrow))\w*\b(?! (?:the|his|her|their"
    r"|its|to)\b))"
)
_PLURALS: Final = re.compile(
    rf"\b(eyes|eyelids|lids|eyebrows|brows|lips)\b|\bthem\b|\bthey\b{_THEIRS}"
)
_SINGULARS: Final = re.compile(
    r"\b(head|chin|mouth|jaw|gaze|smile|smiles(?=,| for| then| until| at| from)|grins?|frowns?"
    r"|(?:(?:left|right|one) )?(?:eye|eyebrow|brow|eyelid))\b|\b(?:it|which)\b"
)
_DONE_TO: Final = re.compile(  # "raises the brows, lowers them, raises it again"
    r"\b(?:rais|lift|lower|drop|clos|shut|open|mov|turn|tilt|widen|narrow|furrow|relax|purs|press"
    r"|part|squint|arch|shift)\w* (?:up |down |back )?$"
)
_BOTH: Final = re.compile(
    r"\b(?:rais|lift|lower|drop|clos|shut|open|widen|narrow|relax|squint)\w* (?:up |down )?both"
    r"(?=\W*(?:$|[.,;:]|and\b|then\b|again\b|at\b))"
)
_BARE_AGAIN: Final = re.compile(
    r"(?:(?<=^)|(?<=[.,;:] )|(?<=\band )|(?<=\bthen ))((?:clos|shut|open|rais|lift|lower|purs)\w*)"
    r" again\b(?! (?:the|his|her|their|both|one|left|right|eyes|mouth)\b)"
)
_AT_IT: Final = re.compile(
    r"\b((?:look|glanc|gaz|star|peer|peek)\w*(?: \w+)? (?:at|into|to)) (?:it|them)\b"
)
_PLURAL_NOUN: Final = re.compile(r"\b(?:eyes|eyelids|lids|eyebrows|brows|lips)\b")
_OTHER: Final = {"left": "right", "right": "left"}
_DELIMITERS: Final = re.compile(
    r"(\.(?!\d)|[;:!?,\n]|\b(?:and )?(?:then|finally|next|afterwards?|lastly|while|and|but|as)\b)"
)
_NOUNS: Final = (
    r"(?:eyes?|eye ?lids?|lids?|(?:inner |outer )?(?:eye)?brows?|head|gaze|mouth|lips|jaw|chin"
    r"|smile|grin|frown)"
)
_SUBJECT: Final = re.compile(
    r"^\W*(?:[a-z]+ly |first )?((?:(?:the|his|her|their|its|my|your|both) )*(?:left |right "
    r"|upper )?"
    rf"{_NOUNS}|(?:a|an|the) (?:(?!left|right)\w+ )?(?:smile|grin|frown))"
    r" (?=[a-z])"
)
_SOMEBODY: Final = re.compile(r"^\W*(?:he|she|they|it|the (?:man|woman|person|subject|girl|boy))\b")
_OWN_VERBS: Final = re.compile(  # of parts of a face, without an object
    r"^\W*(?:(?:[a-z]+ly|again|is|are|being|been|gets?|to) )*(?:open|reopen|clos|shut|narrow"
    r"|widen|return|mov|shift"
    r"|dart|drift|go|com"
    r"|travel|flick|snap|turn|fall|drop|ris|lower|lift|settl|droop|flutter|sweep|dip|sink|sag|tilt"
    r"|jerk|rotat|swing|draw|pull|furrow|relax|contract|part|tighten|fad|grow|broaden|vanish|rais"
    r"|remain|stay|press|purs|pucker|curl|stretch|wander|jump|roll|glid|squeez|disappear|dissolv"
    r"|deepen|melt|di|reappear)"
    r"(?:e|s|es|ed|d|ing|ses|ps|ped|ping|en)?\b"
)
_EYES_VERBS: Final = re.compile(r"^\W*(?:[a-z]+ly )?(?:squint|wink|blink|twitche)s\b")
_ACTS: Final = re.compile(r"(?:[a-z]+ly )?[a-z]{2,}s\b")  # does something: "the eye looks"
_BARE_NOUN: Final = re.compile(
    r"^\W*(?:only |also |again )?(?:(?:the|his|her|their|its) )?(?:(?:left|right|both|two|all) ?)*"
    rf"(?:of them|ones?|side|{_NOUNS})?(?: ?(?:too|again|as well|at once|alone))*\W*$"
)
_OBJECT_VERB: Final = re.compile(
    r"\b((?:half-)?(?:clos|shut|open|rais|lift|arch|furrow|knit|lower|droop|widen|narrow|wink"
    r"|squint)\w*)\b"
)
_ONLY_STOPS: Final = re.compile(
    r"^\W*(?:and )?(?:he |she |it )?(?:[a-z]+ly )?(?:stops?|ceases?|quits?|fades?"
    r"|vanish|disappears?|releases?|relax|fade out|lets? go)"
    r"(?: (?:away|out|again|himself|herself|themselves|it))?(?: [a-z]+ly)?\W*$"
)
_NO_WAY: Final = re.compile(r"\b(?:calm|slow|settle|cool|quiet|quieten|wind)s? down\b")
_OBJECT: Final = re.compile(r"\b(eyes?|eye ?lids?|lids?|(?:eye)?brows?)\b")


def with_subjects(text: str) -> str:
    """Return the text with the part of the face that a clause means but the one before names."""
    subject, acts = "", None
    pieces = _DELIMITERS.split(text)
    for i in range(0, len(pieces), 2):
        piece = pieces[i]
        if not piece.strip():
            continue
        found = _SUBJECT.match(piece)
        if found:
            subject, acts = found[1], _ACTS.match(piece, found.end())
        elif _SOMEBODY.match(piece):
            subject = ""
        elif (
            subject
            and (_OWN_VERBS.match(piece) or (acts and _eye_does(subject, piece)))
            and not re.search(rf"\b{_NOUNS}\b", piece)
        ):
            pieces[i] = f" {subject}{' ' if not piece.startswith(' ') else ''}{piece}"
        elif i and pieces[i - 1] in (".", ";"):
            subject = ""
    return "".join(pieces)


def _eye_does(subject: str, piece: str) -> bool:
    """Return whether a clause without a subject says what an eye does: "looks up, then winks"."""
    return subject.endswith(("eye", "eyelid", "lid")) and _EYES_VERBS.match(piece) is not None


def without_pronouns(text: str) -> str:
    """Return the text with "them" and "it" replaced by the part of the face that they mean."""
    text = _AT_IT.sub(_at_who_was_named, _BARE_AGAIN.sub(_object_again, _BOTH.sub(_both_of, text)))
    for pattern in (_PLURALS, _SINGULARS):
        last = ""
        out: list[str] = []
        end = 0
        for match in pattern.finditer(text):
            last = _noun(match[1]) if match[1] else last
            meant = last or _several(text[: match.start()], match[0])
            out += [text[end : match.start()], match[1] or meant or match[0]]
            end = match.end()
        text = "".join(out) + text[end:]
    return text


def _at_who_was_named(match: re.Match[str]) -> str:
    """Return "glances back at the camera" for "at it", where a camera or a viewer was named."""
    named = re.search(rf"\b(?:{WHO})\b", match.string[: match.start()])
    return f"{match[1]} the camera" if named or " back " in match[0] else match[0]


def _object_again(match: re.Match[str]) -> str:
    """Return "closes eyes again" for "closes again", by the part that was named last."""
    nouns = re.findall(rf"\b({_NOUNS})\b", match.string[: match.start()])
    return f"{match[1]} {nouns[-1]} again" if nouns else match[0]


def _both_of(match: re.Match[str]) -> str:
    """Return "lowers both brows" for "lowers both", by the part that was named last."""
    nouns = re.findall(r"\b(eye|eyebrow|brow|eyelid|lid)s?\b", match.string[: match.start()])
    return f"{match[0]} {nouns[-1]}s" if nouns else match[0]


def _several(before: str, pronoun: str) -> str:
    """Return the last plural noun for an "it" to which something is done, "" for none."""
    nouns = _PLURAL_NOUN.findall(before)
    return nouns[-1] if nouns and pronoun == "it" and _DONE_TO.search(before) else ""


def _noun(word: str) -> str:
    return word.removesuffix("s") if word in ("smiles", "grins", "frowns") else word


def elliptic(part: str, steps: "Sequence[Step]") -> list[tuple[Action, str]]:
    """Return the movement meant by a bare direction: "looks down, then away", "then the other"."""
    if not steps or _NO_WAY.search(part):
        return []
    action, before = steps[-1].action, steps[-1].side
    meant = _follower(part, steps) or _other_way(part, action) or _again(part, steps)
    if meant:
        return meant
    side = side_in(action, part)
    if THE_OTHER.search(part) and before in _OTHER:
        side = _OTHER[before]
    else:
        ended = _let_go(part, action, before)
        if ended:
            return ended
    strange = [w for w in unread(part, [(action, side)], names=True) if not w.endswith("ly")]
    if strange:  # a direction of something else: "and juggles to the right"
        return _returned(part, steps)
    if side and not (RETURNS.search(part) and action.sides[side] == STRAIGHT):
        return [(action, side)]
    return _returned(part, steps) or _directed(part, action)


def _let_go(part: str, action: Action, side: str) -> list[tuple[Action, str]]:
    """Return the movement that ends the one before: "brows up, then down"."""
    way = re.search(r"\b(up|down)\b", part) if action.group == "brows" else None
    if way and (way[1] == "down") == ("AU02" in action.targets):
        do = "lowers" if way[1] == "down" else "raises"
        return find_actions(f"{do} {side} brow" if action.one_sided else f"{do} brows")
    if action.kind is EventKind.CLOSURE and re.search(r"\bopen(?:s|ed|ing)?\b", part):
        one = re.search(r"\b(left|right)\b", part)
        return find_actions(f"opens {one[1]} eye" if one else "opens eyes")
    named = re.search(rf"\b{_NOUNS}\b", part) or _ONLY_STOPS.match(part)
    return [(action, side)] if named and STOPPED.search(part) else []  # "then lets them fall"


def _follower(part: str, steps: "Sequence[Step]") -> list[tuple[Action, str]]:
    """Return the head that follows the eyes, or the eyes that follow the head."""
    for pattern, leads, words in (
        (FOLLOWS, "gaze", "turns head {}"),
        (EYES_FOLLOW, "head", "looks {}"),
    ):
        lead = next((s for s in reversed(steps) if s.action.group == leads and s.side), None)
        if pattern.search(part) and lead is not None:
            found = find_actions(words.format(lead.side))
            return [(a, lead.side) for a, _ in found if a.group != leads]
    return []


def _other_way(part: str, action: Action) -> list[tuple[Action, str]]:
    """Return the look meant by a verb alone: "the gaze rises, then falls"."""
    if action.group != "gaze":
        return []
    for way, verbs in _WAYS_OF_VERBS:
        if re.search(verbs, part) and not unread(re.sub(verbs, " ", part), (), names=True):
            return [(a, s) for a, s in find_actions(f"looks {way}") if a.group == "gaze"]
    return []


def _again(part: str, steps: "Sequence[Step]") -> list[tuple[Action, str]]:
    """Return the movement before for another part: "closes the left eye, then both eyes"."""
    group = steps[-1].action.group
    before = next((s for s in reversed(steps) if _OBJECT_VERB.search(s.words)), None)
    verb = _OBJECT_VERB.search(before.words) if before else None
    if (
        not before
        or not verb
        or before.action.group != group
        or not re.search(r"\w", part)
        or not _BARE_NOUN.match(part)
    ):
        return []
    said = part
    if not _OBJECT.search(said):
        noun = _OBJECT.search(before.words)
        one = re.sub(r"\b(?:ones?|side|of them)\b", " ", said)
        said = f"{one} {noun[1] if noun else 'eye'}"
    if re.search(r"\bboth\b", said):
        if verb[1].startswith("wink"):
            return find_actions("blinks")
        said = re.sub(r"\b(eye|brow|eyebrow)\b", r"\1s", said)
    return find_actions(f"{verb[1]} {' '.join(said.split())}")


def straight(group: str) -> list[tuple[Action, str]]:
    """Return the movement of eyes or head back to the front, none for other groups."""
    words = {"gaze": "looks ahead", "head": "turns head ahead"}.get(group, "")
    return [(a, s) for a, s in find_actions(words) if a.group == group] if words else []


def _returned(part: str, steps: "Sequence[Step]") -> list[tuple[Action, str]]:
    """Return the way back of what moved last: "turns the head to the left, then returns"."""
    level = steps[-1].action.group == "head" and LEVEL.search(part)
    if not RETURNS.search(part) and not level:
        return []
    last = [s for s in steps if s.place == steps[-1].place and not s.stops]
    last = [s for s in last if s.action.sustains]  # a nod is over by itself
    found: list[tuple[Action, str]] = []
    for step in last:
        found += straight(step.action.group) or [(step.action, step.side)]
    return found


def _directed(part: str, action: Action) -> list[tuple[Action, str]]:
    """Return the look or turn to a direction after one without: "lowers the gaze, then left"."""
    words = {"gaze": "looks", "head": "turns head"}.get(action.group)
    if not words or action.kind not in (EventKind.GAZE, EventKind.HEAD):
        return []
    return [(a, s) for a, s in find_actions(f"{words} {part}") if a.group == action.group and s]
