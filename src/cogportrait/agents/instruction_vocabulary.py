"""Movements and their manner in a few words: what, to which side, how much, how often, how fast."""

import re
from collections.abc import Sequence
from math import hypot
from typing import Final

from cogportrait.agents.action_patterns import Action
from cogportrait.agents.actions_codes import coded_actions
from cogportrait.agents.instruction_actions import ACTIONS
from cogportrait.agents.instruction_times import number
from cogportrait.agents.instruction_words import DEGREES, GLUE, NAMES, NUMBERS, SPEEDS
from cogportrait.types import EventKind

TIMES: Final = re.compile(
    r"\b(once|twice|thrice|double|triple|repeatedly|\d+ ?x(?!\w)|(?:(?:a )?(?:couple(?: of)?|few)"
    rf"|\d+|{'|'.join(NUMBERS)}) times|(?:two|three|four|five|six|\d+) time)\b"
)
_COUNTS: Final = {"once": 1, "twice": 2, "double": 2, "thrice": 3, "triple": 3, "repeatedly": 3}
_MANY: Final = re.compile(r"\b(?:rapid|rapidly|fast|flutter\w*|bats?|lots?)\b")
_MANY_BLINKS: Final = 3
_PERCENT: Final = re.compile(r"\b(\d+(?:\.\d+)?) ?(?:%|percent\b)")
ANGLE: Final = re.compile(r"\b(?:by )?(\d+(?:\.\d+)?)[ -]?(?:°|deg(?:rees?)?\b)")
HELD: Final = re.compile(
    r"\b(?:keep|hold|stay|remain|leav|linger|persist|maintain)(?:s|es|e|ed|ing)?\b|\b(?:kept"
    r"|held)\b"
)
GOES_ON: Final = re.compile(
    r"\b(?:keep(?:s|ing)?|continu(?:es?|ing)(?: to)?|goes on|go on)(?: (?:on|\w+ly))? (?=\w+)"
    r"|\b(?:constantly|continuously|continually|incessantly|(?:over and over|again and again)(?:"
    r" again)?)\b"
)
STOPPED: Final = re.compile(
    r"\b(?:stop|quit|ceas)(?:s|es|e|ping|ting|ing)?\b|\bno longer\b|\b(?:is|are) (?:all )?gone\b"
    r"|\b(?:fad|disappear|vanish)(?:s|es|e|ed|ing)?(?: away)?\b"
    r"|\b(?:smile|grin|frown|laugh)(?:'s)? (?:\w+ly )?(?:drop|die|fall|slip|evaporate|melt"
    r"|dissolve|leave|end|go|wane)s?(?: away| off)?\b"
    r"|\blet(?:s|ting)? (?:[a-z]+ ){1,3}(?:go|fade|drop|fall|settle|die)\b|\blet(?:s|ting)? go of\b"
    r"|\b(?:releas|eras|eas|los|relax|wip)(?:es|e|ing)? (?:the |his |her |their )?"
    r"(?:smile|grin|frown|brows?|eyebrows?|lips|mouth|face|squint)\b"
    r"|\bdrop(?:s|ping)? (?:the |his |her |their )?(?:smile|grin|frown|squint)\b"
)
THE_OTHER: Final = re.compile(r"\bthe other(?: (?:one|side|eye|eyebrow|brow|way))?\b")
FOLLOWS: Final = re.compile(
    r"\bhead (?:turns? )?(?:to )?follow\w*"
    r"|\bfollow\w* (?:it )?with (?:the |his |her )?(?:whole )?head\b"
)
EYES_FOLLOW: Final = re.compile(r"\b(?:eyes|gaze) (?:then )?follow\w*")
RETURNS: Final = re.compile(
    r"\b(?:(?:return|revert)(?:s|ing|ed)?|(?:go|goes|come|comes|move|moves|coming|going) back"
    r"|(?<!to )back(?= again)?)\b"
)
MORE: Final = re.compile(
    r"\b(?:even|still|yet|much|a little|a bit) (?:more|harder|closer)\b|\bmore and more\b"
    r"|(?<!once )(?<!one )(?<!two )(?<!three )(?<!no )\bmore\b"
    r"(?! (?:than|times?|\w+ly|seconds?|s|nods?|blinks?|winks?|shakes?)\b)"
    r"|\b(?:broaden|deepen|intensif)\w*\b"
    r"|\b(?:(?:even|still) )?(?:wid|broad|bigg|deep|strong|tight|furth|farth|high|hard)er\b"
)
LEVEL: Final = re.compile(r"\b(?:upright|level|straight(?:ens?)?|cent(?:er|re)d?)\b")
LESS: Final = re.compile(r"\b(?:even |still |a little |a bit )?less\b")
_BARE_MORE: Final = re.compile(r"\bmore\b")
_WORD: Final = re.compile(
    r"[^\W\d_]+(?:'[^\W\d_]+)*|(?<![\w])-?\d+(?:\.\d+)?|\d+(?:\.\d+)?"
    r"|[^\w\s!-/:-@\[-`{-~°«»“”„…¿¡]+"
)
_ANGLE: Final = r"\d+(?:\.\d+)?[ -]?(?:°|deg(?:rees?)?\b)"
_DEGREE_WORD: Final = rf"(?:{'|'.join(p for p, _ in DEGREES)}|{_ANGLE}) "
_DIAGONAL: Final = re.compile(
    rf"\b(?P<v>{_DEGREE_WORD})?(?P<one>diagonally )?(?P<up>up|down)(?:wards?)? "
    rf"(?:and |but )?(?P<h>{_DEGREE_WORD})?(?:to )?(?:the |his |her |their |its )?"
    r"(?P<hh>far )?(?P<side>left|right)\b"
)
_OF_A_PART: Final = re.compile(r"\b(?:left|right) (?:eye ?lid|lid|eye ?brow|brow|eye|cheek)\b")
_DIAGONAL_SHARE: Final = 0.8  # of the size of a straight look, along each axis
_SIGNS: Final = {"up": 1.0, "down": -1.0, "left": 1.0, "right": -1.0}


def words_in(text: str) -> list[str]:
    """Return the words, numbers and pictographs of a text, in order."""
    return _WORD.findall(text)


def factor(part: str, table: Sequence[tuple[str, float]]) -> float:
    """Return the factor of the first row of a table whose words are in a part, else 1."""
    return next((f for pattern, f in table if re.search(rf"\b(?:{pattern})\b", part)), 1.0)


def percent_in(part: str) -> float | None:
    """Return the share that a part names, None where it names none."""
    found = _PERCENT.search(part)
    return float(found[1]) / 100 if found else None


def degree_in(part: str) -> float:
    """Return how much is said, as a factor on the usual size."""
    percent = percent_in(part)
    return factor(part, DEGREES) if percent is None else percent


def diagonal_in(part: str, action: Action) -> tuple[float, float] | None:
    """Return the shares of yaw and pitch of a slanting way with a size of its own on an axis.

    "Slightly up and far to the left" is one look, further left than up; "20 degrees left and 10
    degrees down" is one of these two angles, "20 degrees down and to the left" one of this angle.
    """
    found = _DIAGONAL.search(part)
    sized = found and (found["v"] or found["h"] or found["hh"])
    if not found or not (sized or "head_roll" in action.targets):
        return None
    shares: list[float] = []
    across, along = (found["h"] or "") + (found["hh"] or ""), found["v"] or ""
    if found["one"]:
        across = along = ""
    for words, way, pitch in ((across, found["side"], False), (along, found["up"], True)):
        share = factor(words, DEGREES) if words else _DIAGONAL_SHARE
        angle = ANGLE.search(words)
        whole = next((v for c, v in action.targets.items() if c.endswith("pitch") is pitch), 0.0)
        if angle and whole:
            share = float(angle[1]) / whole
        shares.append(share * _SIGNS[way])
    return shares[0], shares[1]


def sized_as_one(part: str) -> bool:
    """Return whether a slanting way has one angle for the whole of it, and not one on each axis."""
    found = _DIAGONAL.search(part)
    return found is not None and found["one"] is not None


def slant_deg(action: Action, shares: tuple[float, float]) -> float:
    """Return the size of a slanting way, degrees, of these shares of yaw and pitch."""
    sizes = (v * shares[1 if c.endswith("pitch") else 0] for c, v in action.targets.items())
    return hypot(*sizes)


def times_in(part: str, action: Action) -> int:
    """Return how often a movement is asked for."""
    found = TIMES.search(part)
    manner = re.search(action.pattern, part)
    if manner and manner[0].endswith("ly"):
        return 1  # "sleepily blinks twice"
    if not found:
        many = action.kind is EventKind.BLINK and _MANY.search(part)
        return _MANY_BLINKS if many else 1
    words = [w for w in re.sub(r"(?<=\d)x", " x", found[1]).split() if w not in ("a", "of")]
    return max(int(_COUNTS.get(words[0]) or number(words[0]) or 1), 1)


def find_actions(part: str) -> list[tuple[Action, str]]:
    """Return the movements of a part with their direction; one per group, most specific first."""
    found = coded_actions(part)
    for action in ACTIONS:
        if action.group in [a.group for a, _ in found] or not re.search(action.pattern, part):
            continue
        side = side_in(action, part)
        if side or not action.needs_side:
            found.append((action, side or action.default_side))
    return found


def side_in(action: Action, part: str) -> str:
    """Return the first direction of an action that a part names, "" for none."""
    if action.one_sided:
        found = re.search(r"\b(?:left|right)\b", part)
        return found[0] if found and found[0] in action.sides else ""
    part = _OF_A_PART.sub(" ", part)  # "looks up with the right eyebrow raised"
    return next((s for s in action.sides if re.search(rf"\b(?:{s})\b", part)), "")


def says_only_how_much(part: str, *, speed: bool = False) -> bool:
    """Return True for degrees and nothing else: "fully", "even wider", "a little more".

    `speed`: for speeds, too.
    """
    how = speed or degree_in(part) != 1.0 or percent_in(part) is not None or any(
        p.search(part) for p in (MORE, LESS, _BARE_MORE, TIMES)
    )  # fmt: skip
    rest = part
    for pattern in (
        MORE.pattern,
        LESS.pattern,
        _BARE_MORE.pattern,
        TIMES.pattern,
        *(p for p, _ in DEGREES),
    ):
        rest = re.sub(rf"\b(?:{pattern})\b", " ", rest)
    for pattern, _ in SPEEDS:
        rest = re.sub(rf"\b(?:{pattern})\b", " ", rest)
    return bool(how) and all(w in GLUE for w in words_in(_PERCENT.sub(" ", rest)))


def unread(part: str, actions: Sequence[tuple[Action, str]], *, names: bool) -> list[str]:
    """Return the words of a part that nothing used; `names`: parts of a face count as used."""
    moves = [a.pattern for a, _ in actions] + [s for a, _ in actions for s in a.sides]
    around = (
        [p.pattern for p in (STOPPED, GOES_ON, RETURNS, LEVEL, TIMES, ANGLE, HELD, THE_OTHER,
                             FOLLOWS, EYES_FOLLOW)]
        if actions
        else []
    )  # fmt: skip
    manner = [_PERCENT.pattern, MORE.pattern, LESS.pattern, *(p for p, _ in (*DEGREES, *SPEEDS))]
    known = GLUE | NAMES if names else GLUE
    # "Lets the smile go" is gone with its smile, "jerks upright" with its upright: both ways.
    one = _left(part, [*moves, *around, *manner])
    other = _left(part, [*around, *moves, *manner])
    return [w for w in one if w in other and w.removesuffix("'s") not in known]


def _left(part: str, patterns: Sequence[str]) -> list[str]:
    for pattern in patterns:
        part = re.sub(rf"(?<!\w)(?:{pattern})(?!\w)", " ", part)
    return words_in(part)
