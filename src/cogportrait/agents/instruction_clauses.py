"""A text as clauses: what stands between them, and which of them happen together.

A clause that only sets the scene happens with the one that it is said for: "Smiling, she nods",
"With raised brows, he looks left", "head tilted, eyes narrowed, she ...", "happy, nods". One with
"while" behind a comma happens with the one before it: "smiles, while looking left".
"""

import re
from dataclasses import dataclass
from typing import Final

ORDER: Final = re.compile(
    r"\b(?:then|finally|followed by|afterwards?|next|lastly|subsequently|eventually|thereafter"
    r"|secondly|thirdly|later on|at last|in the end|after (?:that|this))\b"
)
_CLAUSE: Final = re.compile(rf"(\.(?!\d)|[;:!?,\n]|(?:\b(?:and|but) )?{ORDER.pattern})")
TOGETHER: Final = re.compile(r"\b(?:while|whilst|as|at the same time|simultaneously|and|but)\b")
# "The gaze then shifts" means "then the gaze shifts".
_LATE_THEN: Final = re.compile(
    r"(?:^|(?<=[.,;:!] ))((?:the |his |her |their )?(?:gaze|eyes?|head|(?:eye)?brows?"
    r"|(?:eye)?lids?|mouth)|he|she|they|it) then\b"
)
_LAST: Final = re.compile(
    r"(?:^|(?<=[.,;:!] ))(?!then\b|and\b)([^.,;:!]+?) (?:afterwards?|thereafter"
    r"|subsequently)(?=\W*(?:[.,;:!]|$))"
)
_TIMED: Final = re.compile(r"\d|\b(?:seconds?|for|until|till|at|from)\b")
_STARTS: Final = re.compile(  # at a time of its own
    r"\b(?:at|after|from|in|on) (?:the )?(?:\d|first|second|third|last|final|start|beginning"
    r"|middle|(?:very )?end)"
)
_PART: Final = r"(?:eyes?|eye ?lids?|lids?|(?:eye)?brows?|head|gaze|mouth|lips|jaw|chin|face)"
_STATE: Final = (
    r"(?:\w{3,}ing|\w{3,}ed|shut|wide(?: open)?|half[- ]\w+|agape|bent|held|thrown|knit|bowed)"
)
_WITH: Final = re.compile(r"^\W*with (?!that\b)")
_WHILE: Final = re.compile(r"^\W*(?:as|while|whilst) (?:he|she|they|it|the|his|her|their)\b")
_ALONGSIDE: Final = re.compile(  # what the one before it happens with: "smiles, while ..."
    rf"^\W*(?:while|whilst)\b|{_WHILE.pattern}"
)
_ING: Final = re.compile(
    r"^\W*(?:[a-z]+ly |still |while |when )*(?!(?:start|beginn|follow|dur|hav|be)ing)\w{3,}ing\b"
)
_ABSOLUTE: Final = re.compile(
    rf"^\W*(?:(?:the|his|her|their|its|both|left|right) )*{_PART} (?:[a-z]+ly |very |still )*"
    rf"(?:{_STATE}\b|(?<=mouth )open\b|(?<=jaw )open\b|(?<=lips )apart\b)(?! (?:the|his|her)\b)"
    rf"|^\W*(?:rais|lower|widen|narrow|dropp|purs|press|clos|furrow|knitt|part)ed {_PART}\W*$"
)  # fmt: skip
_MOOD: Final = re.compile(
    r"^\W*(?:(?:looking|feeling|being|very|slightly|a bit|a little|clearly) )*(?:un)?(?:happy"
    r"|sad|angry"
    r"|furious|mad|surprised?|shocked|astonished|amazed|startled|stunned|scared|afraid|fearful"
    r"|frightened|terrified|worried|disgusted|thoughtful|pensive|cheerful|joyful|sleepy|drowsy"
    r"|tired"
    r"|sorrowful)\W*$"
)
_FINITE: Final = re.compile(
    r"^\W*(?:(?:he|she|they|it|the (?:\w+ )?(?:man|woman|person|subject|girl|boy|actor"
    r"|character))\b"
    r"|[a-z]{2,}(?<![su])s\b)"
)
_SENTENCE_STARTS: Final = (".", ";", ":", "!", "?")


@dataclass(frozen=True, slots=True)
class Clause:
    """One clause of a text."""

    text: str
    before: str  # delimiters and order words that stand before it, and after it
    after: str
    joined: bool  # happens together with the one before


def _scene(text: str) -> str:
    """Return how a clause sets a scene, "" for one that does not."""
    if _WHILE.match(text):
        return "while"
    if _WITH.match(text):
        return "with"
    if _MOOD.match(text):
        return "mood"
    if _ABSOLUTE.match(text):
        return "" if _TIMED.search(text) else "absolute"
    return "ing" if _ING.match(text) else ""


def _pieces(text: str) -> list[tuple[str, str, str]]:
    """Return before, text and after of the clauses that have words."""
    found: list[tuple[str, str]] = []
    before = ""
    for i, piece in enumerate(_CLAUSE.split(text)):
        if i % 2 or not piece.strip():
            before += piece
        else:
            found.append((before.strip(), piece))
            before = ""
    ends = [*(b for b, _ in found), before.strip()][1:]
    return [(b, piece, after) for (b, piece), after in zip(found, ends, strict=False)]


def clauses(text: str) -> list[Clause]:
    """Return the clauses of a text, in order."""
    made: list[Clause] = []
    scenes: list[str] = []  # of the clauses since the sentence or the step in its order began
    finite = False  # whether the one before says what somebody does
    for before, piece, after in _pieces(_LATE_THEN.sub(r"then \1", _LAST.sub(r"then \1", text))):
        scene = _scene(piece)
        if before != ",":
            scenes, finite = [], False
        last = scenes[-1] if scenes else ""
        sets = bool(scenes) and all(scenes) and not (last == scene and scene in ("ing", "mood"))
        sets = (sets or (bool(made) and _ALONGSIDE.match(piece))) and not _STARTS.search(piece)
        trails = scene == "absolute" and (finite or (last == "absolute" and made[-1].joined))
        made.append(Clause(piece, before, after, before == "," and (sets or trails)))
        scenes.append(scene)
        finite = _FINITE.match(piece) is not None and not scene
    return made
