"""Eyes that are said in a way of their own: one that looks alone, closed ones that open.

Both eyes look together: "the left eye looks to the right" is a look to the right, and that one eye
alone was asked for is reported. Who "opens her closed eyes" has them closed at the start.
"""

import re
from typing import Final

from cogportrait.agents.instruction_ellipsis import with_subjects, without_pronouns
from cogportrait.agents.instruction_words import OWN, WHO

_NOT_BOTH: Final = r"(?<!and )(?<!and the )(?<!and his )(?<!and her )(?<!and their )"
_ONE: Final = rf"(?:{OWN}|only |just )*\b{_NOT_BOTH}(?P<side>left|right|one) eye"
_LOOK: Final = r"(?:look|gaz|glanc|star|peer)(?:e|s|es|ing)?"
_MOVE: Final = r"(?:mov|turn|shift|dart|drift|roll|rotat|swivel|flick|slid|point|wander|go)"
_WAY: Final = (
    rf"(?:[a-z]+ly |far |a (?:little|bit) )*(?:(?:back )?(?:to|towards?|at|into) )?{OWN}?(?:far )?"
    rf"(?:(?:up|down)(?:wards?)?|left|right|away|aside|ahead|ceiling|floor|{WHO}|\d+)\b"
)
_ALONE: Final[tuple[tuple[re.Pattern[str], str], ...]] = (
    (re.compile(rf"{_ONE} (?:is |was )?(?P<do>(?:[a-z]+ly )?(?:{_LOOK}|{_MOVE}(?:e|s|es|ing)?))"
                rf" (?={_WAY})"),
     r"the eyes \g<do> "),
    (re.compile(rf"\b(?P<do>{_MOVE}(?:e|s|es|ing)?) {_ONE} (?={_WAY})"), r"\g<do> the eyes "),
    (re.compile(rf"\b(?P<do>{_LOOK}\b[^,.;:]*?) with {_ONE}(?: (?:only|alone))?\b"
                r"(?! (?:\w+ly )?(?:clos|shut|open|half|narrow|squint|wid|twitch|rais))"),
     r"\g<do>"),
    (re.compile(rf"\bwith {_ONE},? (?P<do>(?:(?:he|she|they) )?{_LOOK}\b)"), r"\g<do>"),
)  # fmt: skip
_SHUT: Final = re.compile(r"\b(?:clos|shut|asleep|wink)\w*")
_DOWN_AT: Final = re.compile(
    rf"\b{_LOOK} (?:\w+ly )?(?P<way>down (?:at|on|upon)) (?:(?:the )?(?:{WHO})|me|you|us)\b(?!')"
)
_FROM_BELOW: Final = re.compile(rf"\b{_LOOK}\b[^.;:]*\b(?P<way>from (?:below|beneath|above))\b")
_TEARS: Final = re.compile(
    r"(?<!not )(?<!n't )(?<!without )(?<!never )(?<!no )"
    r"\b(?:tearful(?:ly)?|cry(?:ing)?|cries|cried|weep(?:s|ing)?|sob(?:s|bing)?)\b"
)
_CLOSED: Final = r"(?:half[- ])?(?:closed|shut)"
_HOW: Final = r"(?: (?!only)[a-z]+ly)?"
_THE: Final = rf"(?:{OWN}|both ){{0,4}}"
_OPEN: Final = rf"(?:(?:re)?open(?:s|ing)?{_HOW} {_THE}eyes|{_THE}eyes{_HOW} open(?:s|ing)?)"
_FROM: Final = r"from (?:(?:fully|being|completely) )*"
_CLOSED_OPEN: Final = re.compile(
    rf"\b(?P<a>(?:re)?open(?:s|ing)?{_HOW}) {_THE}(?P<s1>{_CLOSED}) (?:eyes|eye ?lids)"
    rf"|\b{_THE}(?P<s2>{_CLOSED}) (?:eyes|eye ?lids)(?P<b>{_HOW} open(?:s|ing)?)\b"
    rf"|\b(?P<c>{_OPEN}{_HOW}) {_FROM}(?P<s3>{_CLOSED})\b"
    rf"|\b{_FROM}(?P<s4>{_CLOSED}),? (?P<d>{_OPEN})"
    rf"|\b{_THE}eyes{_HOW} (?:go|mov|chang)(?:e|es|ing)? from (?P<s5>{_CLOSED}) to(?P<e> open)"
)  # fmt: skip


def eyes_together(text: str) -> str:
    """Return a lower-case text in which both eyes look where one is said to.

    What that eye does then, it does alone: "the left eye looks down, then closes".
    """
    if _ALONE[0][0].search(text):
        text = with_subjects(without_pronouns(text))
    for pattern, instead in _ALONE:
        text = pattern.sub(instead, text)
    return text


def not_shown(text: str) -> list[str]:
    """Return what cannot be shown as it is said: looks of one eye or from below, tears."""
    text = " ".join(text.lower().split())
    found: list[str] = []
    alone = [match["side"] for pattern, _ in _ALONE for match in pattern.finditer(text)]
    told = with_subjects(without_pronouns(text)) if alone else text
    for side in alone:
        others = re.sub(rf"\b{side} eye (?:\w+ly )?{_SHUT.pattern}", " ", told)
        if not _SHUT.search(others):  # the other one is closed
            found.append(f"{side} eye alone")
    down = _DOWN_AT.search(text)
    if down and not re.search(r"\b(?:up|rais|lift|ceiling|sky)\w*", text[: down.start()]):
        found.append(down["way"])
    if _TEARS.search(text):
        found.append("tears")
    below = _FROM_BELOW.search(text)
    return [*found, below["way"]] if below else found


def closed_at_first(text: str) -> str:
    """Return a lower-case text in which closed eyes that open are closed from the start."""
    match = _CLOSED_OPEN.search(text)
    if not match:
        return text
    before, after = text[: match.start()], text[match.end() :]
    opens = f"{match['a']} the eyes" if match["a"] else match["c"] or match["d"]
    opens = opens or f"the eyes{match['b'] or match['e']}"
    state = next(match[f"s{i}"] for i in range(1, 6) if match[f"s{i}"])
    text = f"{before}{opens}{after}"
    if _SHUT.search(before):
        return text
    first = not re.search(r"[\d,.;]|\bthen\b", before)
    return f"eyes {state} at the start, then {'at 1 s ' if first else ''}{text}"
