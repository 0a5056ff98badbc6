"""Movements of lids and brows that words can ask for."""

from typing import Final

from cogportrait.agents.action_patterns import (
    BROWS,
    EYES,
    LOWER,
    ONE,
    RAISE,
    SHUT,
    SIDED,
    Action,
    do,
    face,
    show,
)
from cogportrait.types import EventKind

_EYES: Final = rf"(?:{EYES})"
_ONE_LID: Final = rf"{ONE} (?:upper )?(?:eye ?lid|lid)"
_ALMOST: Final = r"(?:half|part[a-z]*|almost|nearly|practically)"
_PARTLY: Final = r"(?:half(?:[- ]?way)?|partly|partially|part way)"
_LIDS: Final = r"(?:(?:upper )?eye ?lids?|(?:upper )?lids?)"
_SHARE: Final = r"\d+(?:\.\d+)? ?(?:%|percent)"
_LIFTS: Final = (
    rf"{RAISE}|go(?:es)? up|(?:shoot|move|creep|inch|drift|come)s? up|cock\w*|quirk\w*|perk\w*"
)
_SINKS: Final = r"(?:lower|droop|drop|sink|sag|fall|come)(?:s|ing|ped|ed)?(?: down)?"
# More specific movements come first: the first match of a group wins in a clause.
UPPER: Final[tuple[Action, ...]] = (
    Action(
        "blink",
        r"\bwink\w*",
        EventKind.WINK,
        {},
        sides=SIDED,
        one_sided=True,
        default_side="left",
        sustains=False,
    ),
    Action(
        "blink",
        r"\bblink\w*|\bbats? (?:his|her|the) eye ?lashes|\bflutter\w*(?: \w+){0,2}"
        r" eye ?(?:lids|lashes)\b|\b(?:eyes|eye ?lids|lids|lashes) flutter\w*",
        EventKind.BLINK,
        {},
        sustains=False,
    ),
    Action(
        "blink",
        r"\byawn\w*",
        EventKind.CLOSURE,
        {"closure": 0.95},
        0.9,
        sustains=False,
        lasts_s=4.0,
    ),
    Action(
        "lids",
        rf"{do(rf'{_ALMOST}[- ](?:{SHUT})', f'{ONE} eye')}"
        rf"|{do(_SINKS, _ONE_LID)}(?: \w+ly)? {_PARTLY}\b"
        rf"|\b(?:clos|shut)\w* (?:\w+ )?{ONE} eye {_PARTLY}\b",
        EventKind.CLOSURE,
        {"closure": 0.9},
        0.5,
        sides=SIDED,
        one_sided=True,
        default_side="left",
    ),
    Action(
        "lids",
        rf"{do(rf'{_SHARE} (?:clos[a-z]*|shut)', EYES)}",
        EventKind.CLOSURE,
        {"closure": 1.0},
        0.5,
    ),
    Action(
        "lids",
        rf"\bhalf[- ](?:closed|shut|open|lidded)\b(?: {EYES})?"
        rf"|{do(rf'{_ALMOST}[- ](?:clos[a-z]*|shut[a-z]*|open[a-z]*)', EYES)}"
        rf"|\b(?:clos|shut)\w* (?:\w+ )?{_EYES} {_PARTLY}\b|\b{_EYES} (?:clos|shut)\w* {_PARTLY}\b"
        rf"|\b{_LIDS} {_SINKS}(?: \w+){{0,4}} half[- ](?:closed|shut)\b"
        rf"|\b{_SINKS} (?:\w+ )?{_LIDS} {_PARTLY}\b|\b{_LIDS} {_SINKS} (?:\w+ )?{_PARTLY}\b"
        rf"|\b{_PARTLY} (?:clos|shut|lower|droop)\w* (?:\w+ )?{_EYES}\b",
        EventKind.CLOSURE,
        {"closure": 0.9},
        0.5,  # "half" itself is a degree
    ),
    Action(
        "lids",
        do(SHUT, rf"{ONE} eye"),
        EventKind.CLOSURE,
        {"closure": 1.0},
        0.35,
        sides=SIDED,
        one_sided=True,
        default_side="left",
    ),
    Action(
        "lids",
        rf"\b(?:lower|drop)\w* (?:\w+ )?{_LIDS} (?:all the way|complete|full|entire)\w*"
        rf"|\b(?:complete|full)ly lower\w* (?:\w+ )?{_LIDS}\b|\b{_LIDS} (?:{_SINKS} )(?:all the way"
        rf"|completely|fully)",
        EventKind.CLOSURE,
        {"closure": 1.0},
        0.5,
    ),
    Action("lids", do(SHUT, EYES), EventKind.CLOSURE, {"closure": 1.0}, 0.35),
    Action(
        "lids",
        r"\bfall(?:s|ing)? asleep\b|\b(?:drift|doz)\w* off(?: to sleep)?\b",
        EventKind.CLOSURE,
        {"closure": 1.0},
        1.2,
    ),
    Action(
        "lids",
        do(r"droop\w*|sag\w*|heavy|hooded", rf"{ONE} (?:upper )?(?:eye ?lid|lid|eye)"),
        EventKind.CLOSURE,
        {"closure": 0.45},
        0.8,
        sides=SIDED,
        one_sided=True,
        default_side="left",
    ),
    show(
        "lids",
        do(r"squint\w*|narrow\w*", rf"{ONE} eye"),
        {7: 0.75, 6: 0.3, 4: 0.2},
        0.5,
        one=True,
    ),
    show(
        "lids",
        rf"{do('narrow[a-z]*', EYES)}|\bsquint\w*|\bnarrow\w*",
        {7: 0.75, 6: 0.3, 4: 0.2},
        0.5,
    ),
    Action(
        "lids",
        rf"{do('droop[a-z]*', EYES)}|{do('sink[a-z]*|sag[a-z]*|fall[a-z]*', 'eye ?lids?|lids?')}"
        rf"|{do('heavy|hooded', EYES)}|{do('lower[a-z]*', _LIDS)}|\bdroop\w*|\b(?:sleepy"
        rf"|sleepily|drowsy"
        r"|drowsily|tired|tiredly)\b(?: eyes)?",
        EventKind.CLOSURE,
        {"closure": 0.45},
        0.8,
    ),
    show("lids", do("open[a-z]*|widen[a-z]*|wide", rf"{ONE} eye"), {5: 0.55}, 0.3, one=True),
    show(
        "lids",
        rf"{do('open[a-z]*|widen[a-z]*|wide', EYES)}|{do(RAISE, _LIDS)}|\bwiden\w*|\bwide(?:-"
        r"| )?(?:eyes|eyed"
        rf"|open)\b",
        {5: 0.55},
        0.3,
    ),
    Action(
        "brows",
        rf"\b{BROWS} flash\w*|\bflash\w* (?:\w+ )?{BROWS}\b",
        EventKind.EXPRESSION,
        face({1: 0.6, 2: 0.6}),
        0.2,
        sustains=False,
        lasts_s=0.8,
    ),
    show("brows", do(rf"{RAISE}|go(?:es)? up|come(?:s)? up", rf"inner {BROWS}"), {1: 0.65}, 0.35),
    show("brows", do(rf"{RAISE}|go(?:es)? up", rf"outer {BROWS}"), {2: 0.65}, 0.35),
    show(
        "brows",
        rf"\b{BROWS} (?:come|move|draw|pull|press|pinch)\w* (?:close )?together\b"
        rf"|\b(?:bring|draw|pull|press|mov)\w* (?:\w+ )?{BROWS} (?:close(?:r)? )?together\b",
        {4: 0.65},
        0.35,
    ),
    show(
        "brows",
        rf"{do(LOWER, rf'{ONE} (?:eye)?brow')}|\b{ONE} (?:eye)?brow (?:goes |comes )?down\b",
        {4: 0.65},
        0.35,
        one=True,
    ),
    show(
        "brows",
        rf"{do(rf'{LOWER}|fall[a-z]*|drop[a-z]*|sink[a-z]*|come down|go down', BROWS)}|\b{BROWS}"
        rf" down\b",
        {4: 0.65},
        0.35,
    ),
    show(
        "brows",
        rf"{do(rf'{_LIFTS}', rf'{ONE}(?: quizzical)? (?:eye)?brow')}|\b{ONE} (?:eye)?brow (?:up"
        rf"|high)\b"
        rf"|\b{ONE} (?:eye)?brow (?:{RAISE})\b",
        {1: 0.6, 2: 0.6},
        0.3,
        one=True,
    ),
    show("brows", rf"{do(_LIFTS, BROWS)}|\b{BROWS} (?:up|high)\b", {1: 0.6, 2: 0.6}, 0.3),
    show("brows", do(r"wrinkl\w*|creas\w*", "forehead"), {1: 0.6, 2: 0.6}, 0.35),
    show("brows", r"\b(?:frown|scowl|glar|glower)\w*", {4: 0.6, 15: 0.3}, 0.4),
    show(
        "brows",
        r"\bwinc\w*"
        r"|\bgrimac\w*",
        {4: 0.55, 7: 0.6, 6: 0.4, 20: 0.4},
        0.25,
    ),
)
