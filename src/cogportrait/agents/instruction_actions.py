"""The movements that words can ask for."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from cogportrait.agents.instruction_words import WAYS
from cogportrait.types import EventKind


@dataclass(frozen=True, slots=True)
class Action:
    """A movement that words can ask for."""

    group: str  # "lids", "brows", "gaze", "head", "mouth", "expression", "blink"
    pattern: str  # regular expression over a lower-case clause
    kind: EventKind
    targets: Mapping[str, float]
    onset_s: float = 0.35
    sides: Mapping[str, tuple[float, float]] = field(default_factory=dict[str, tuple[float, float]])
    needs_side: bool = False
    one_sided: bool = False  # left or right names the side of the face
    default_side: str = ""
    sustains: bool = True
    rate_hz: float = 0.0
    lasts_s: float = 0.0  # how long it takes when nothing is said and it does not stay
    path: tuple[tuple[float, float], ...] = ()  # yaw, pitch of one look after the other
    stops: bool = False  # ends what this group did before


_SIDED: Final[Mapping[str, tuple[float, float]]] = {"left": (1.0, 1.0), "right": (1.0, 1.0)}
_ROLL: Final[Mapping[str, tuple[float, float]]] = {"left": (1.0, 0.0), "right": (-1.0, 0.0)}
_GAZE: Final = {"gaze_yaw": 20.0, "gaze_pitch": 14.0}
_TURN: Final = {"head_yaw": 18.0, "head_pitch": 12.0}
_RAISE: Final = r"rais\w*|lift\w*|arch\w*|rise\w*|rising|climb\w*|hik\w*|jump\w*|pop\w*"
_LOWER: Final = r"lower\w*|furrow\w*|knit\w*|draw\w*|contract\w*|pull\w*|pinch\w*"
_SHUT: Final = r"clos\w*|shut\w*"
_EYES: Final = r"eye ?lids?|eyes?|lids?"
_BROWS: Final = r"(?:eye)?brows?"
_ONE: Final = r"(?:left|right|one|an?|single)"
_HEAD: Final = r"head|face|chin"


def _do(verbs: str, things: str) -> str:
    """Return a pattern for a verb and its object in either order, only small words in between."""
    small = (
        r"(?:the|his|her|their|its|my|your|own|both|one|an?|single|left|right|up|to|wide|very"
        r"|is|are|stays?|slightly|alone|gr[eo]ws?|gets?|becomes?|goes|go|being"
        r"|(?!only)[a-z]+ly|,)"
    )
    return rf"\b(?:{verbs})(?: {small})* (?:{things})\b|\b(?:{things})(?: {small})* (?:{verbs})\b"


def _face(aus: Mapping[int, float]) -> dict[str, float]:
    return {f"AU{number:02d}": value for number, value in aus.items()}


_SHOW: Final = EventKind.EXPRESSION


def _show(
    group: str, pattern: str, aus: Mapping[int, float], onset_s: float, *, one: bool = False
) -> Action:
    """Return an expression of these AUs; `one`: of one side of the face, left if none is said."""
    if not one:
        return Action(group, pattern, _SHOW, _face(aus), onset_s)
    return Action(group, pattern, _SHOW, _face(aus), onset_s, _SIDED, one_sided=True,
                  default_side="left")  # fmt: skip


# More specific movements come first: the first match of a group wins in a clause.
ACTIONS: Final[tuple[Action, ...]] = (
    Action(
        "blink", r"\bwink\w*", EventKind.WINK, {}, sides=_SIDED, one_sided=True, default_side="left"
    ),
    Action(
        "blink",
        r"\bblink\w*|\bbats? (?:his|her|the) eye ?lashes|\bflutter\w*(?: \w+){0,2}"
        r" eye ?(?:lids|lashes)\b",
        EventKind.BLINK,
        {},
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
        rf"\bhalf[- ](?:closed|shut|open|lidded)\b(?: {_EYES})?"
        rf"|{_do('(?:half|part[a-z]*|almost)[- ](?:clos[a-z]*|shut[a-z]*|open[a-z]*)', _EYES)}"
        r"|\b(?:clos|shut)\w* (?:\w+ )?eyes half ?way\b|\b(?:clos|shut)\w* (?:\w+ )?eyes partly\b",
        EventKind.CLOSURE,
        {"closure": 0.9},
        0.5,  # "half" itself is a degree
    ),
    Action(
        "lids",
        _do(_SHUT, rf"{_ONE} eye"),
        EventKind.CLOSURE,
        {"closure": 1.0},
        0.35,
        sides=_SIDED,
        one_sided=True,
        default_side="left",
    ),
    Action("lids", _do(_SHUT, _EYES), EventKind.CLOSURE, {"closure": 1.0}, 0.35),
    Action(
        "lids",
        r"\bfall(?:s|ing)? asleep\b|\b(?:drift|doz)\w* off(?: to sleep)?\b",
        EventKind.CLOSURE,
        {"closure": 1.0},
        1.2,
    ),
    _show(
        "lids",
        _do(r"squint\w*|narrow\w*", rf"{_ONE} eye"),
        {7: 0.75, 6: 0.3, 4: 0.2},
        0.5,
        one=True,
    ),
    _show(
        "lids",
        rf"{_do('narrow[a-z]*', _EYES)}|\bsquint\w*|\bnarrow\w*",
        {7: 0.75, 6: 0.3, 4: 0.2},
        0.5,
    ),
    Action(
        "lids",
        rf"{_do('droop[a-z]*', _EYES)}|{_do('sink[a-z]*|sag[a-z]*|fall[a-z]*', 'eye ?lids?|lids?')}"
        rf"|{_do('heavy|hooded', _EYES)}|\blower(?:ed)? (?:eye ?)?lids\b|\bdroop\w*|\b(?:sleepy"
        rf"|sleepily|drowsy"
        r"|drowsily|tired|tiredly)\b(?: eyes)?",
        EventKind.CLOSURE,
        {"closure": 0.45},
        0.8,
    ),
    _show(
        "lids",
        rf"{_do('open[a-z]*|widen[a-z]*|wide', _EYES)}|\bwiden\w*|\bwide(?:-| )?(?:eyes|eyed"
        rf"|open)\b",
        {5: 0.55},
        0.3,
    ),
    _show("brows", _do(_RAISE, rf"inner {_BROWS}"), {1: 0.65}, 0.35),
    _show("brows", _do(_LOWER, rf"{_ONE} (?:eye)?brow"), {4: 0.65}, 0.35, one=True),
    _show("brows", _do(_LOWER, _BROWS), {4: 0.65}, 0.35),
    _show(
        "brows",
        rf"{_do(rf'{_RAISE}|go(?:es)? up|shoots? up', rf'{_ONE} (?:eye)?brow')}"
        rf"|\b{_ONE} (?:eye)?brow (?:{_RAISE})\b",
        {1: 0.6, 2: 0.6},
        0.3,
        one=True,
    ),
    _show(
        "brows", _do(rf"{_RAISE}|go(?:es)? up|shoots? up|flash\w*", _BROWS), {1: 0.6, 2: 0.6}, 0.3
    ),
    _show("brows", _do(r"wrinkl\w*|creas\w*", "forehead"), {1: 0.6, 2: 0.6}, 0.35),
    _show("brows", r"\b(?:frown|scowl)\w*", {4: 0.6, 15: 0.3}, 0.4),
    _show(
        "brows",
        r"\bwinc\w*"
        r"|\bgrimac\w*",
        {4: 0.55, 7: 0.6, 6: 0.4, 20: 0.4},
        0.25,
    ),
    Action(
        "head",
        rf"{_do('nod[a-z]*', 'head')}|\bnod(?:s|ding)?\b",
        EventKind.NOD,
        {"head_pitch": -9.0},
        sustains=False,
        rate_hz=1.6,
    ),
    Action(
        "head",
        rf"{_do('sh[ao][ok][a-z]*', 'head')}|\bhead shak(?:e|ing)\b",
        EventKind.SHAKE,
        {"head_yaw": 18.0},
        sustains=False,
        rate_hz=1.5,
    ),
    Action(
        "head",
        rf"{_do('tilt[a-z]*|cock[a-z]*|tip[a-z]*|lean(?:s|ing)?', _HEAD)}|\bhead tilt\b|\btilts?\b",
        EventKind.HEAD,
        {"head_roll": 11.0},
        0.7,
        sides=_ROLL,
    ),
    Action(
        "head",
        rf"{_do('bow[a-z]*|lower[a-z]*|drop[a-z]*|sink[a-z]*|dip[a-z]*', _HEAD)}|\bbows\b",
        EventKind.HEAD,
        {"head_pitch": -13.0},
        0.8,
    ),
    Action(
        "head",
        r"\b(?:jerk|snap|start|jolt)\w* (?:awake|up(?:right)?)\b"
        r"|\bwak\w*(?: up)? with a (?:start|jerk)\b",
        EventKind.HEAD,
        {"head_pitch": 8.0},
        0.35,
    ),
    Action("head", _do(_RAISE, _HEAD), EventKind.HEAD, {"head_pitch": 11.0}, 0.7),
    Action(
        "head",
        r"\b(?:lean|move)s?(?:ing)? (?:in|forwards?|closer)\b",
        EventKind.HEAD,
        {"head_z": 0.12},
        0.8,
    ),
    Action(
        "head",
        r"\b(?:lean|pull|draw|mov)(?:e?s|e|ing)? (?:\w+ )?(?:back|away)\b",
        EventKind.HEAD,
        {"head_z": -0.12},
        0.8,
    ),
    Action(
        "head",
        rf"{_do('turn[a-z]*|mov[a-z]*|rotat[a-z]*', _HEAD)}|\bturn\w*|\bhead\b"
        r"|\bchin (?:up|down)\b|\bfac(?:es|ing)\b",
        EventKind.HEAD,
        _TURN,
        0.7,
        sides=WAYS,
        needs_side=True,
    ),
    Action(
        "gaze",
        r"\broll\w*(?: (?:his|her|the|their))? eyes\b|\beyes? roll\w*|\beye[- ]rolls?\b",
        EventKind.GAZE,
        {},
        0.0,
        path=((16.0, 9.0), (0.0, 18.0), (-16.0, 9.0), (0.0, 0.0)),
        sustains=False,
        lasts_s=0.9,
    ),
    Action(
        "gaze",
        r"\blook\w* (?:all )?around\b|\b(?:eyes|gaze) wander\w*"
        r"(?: (?:around|about|across)(?: the \w+)?)?|\bscan\w* (?:the|his"
        r"|her) \w+"
        r"|\blook\w* about\b",
        EventKind.GAZE,
        {},
        0.0,
        path=((20.0, 2.0), (-18.0, 4.0), (12.0, -8.0), (0.0, 0.0)),
        sustains=False,
        lasts_s=3.6,
    ),
    Action(
        "gaze",
        r"\b(?:look|glanc)\w* from side to side\b|\beyes dart\w* (?:around|about)\b",
        EventKind.GAZE,
        {},
        0.0,
        path=((18.0, 0.0), (-18.0, 0.0), (18.0, 0.0), (0.0, 0.0)),
        sustains=False,
        lasts_s=2.4,
    ),
    Action(
        "gaze",
        r"\bavert\w*(?: \w+)? (?:gaze|eyes)\b|\b(?:break|avoid)\w* eye contact\b",
        EventKind.GAZE,
        {"gaze_yaw": 20.0, "gaze_pitch": -3.0},
        0.0,
    ),
    Action("gaze", r"\beye contact\b", EventKind.GAZE, {"gaze_yaw": 0.0, "gaze_pitch": 0.0}, 0.0),
    Action(
        "gaze",
        _do(r"lower\w*|drop\w*|cast\w*(?: down)?|sink\w*|fall\w*(?! (?:shut|closed))", "gaze|eyes"),
        EventKind.GAZE,
        {"gaze_pitch": -14.0},
        0.0,
    ),
    Action("gaze", _do(_RAISE, "gaze|eyes"), EventKind.GAZE, {"gaze_pitch": 14.0}, 0.0),
    Action(
        "gaze",
        r"\b(?:glanc(?:e|es|ing)|(?:peek|peep)(?:s|ing)?)\b",
        EventKind.GAZE,
        _GAZE,
        0.0,
        sides=WAYS,
        needs_side=True,
        sustains=False,
        lasts_s=0.9,
    ),
    Action(
        "gaze",
        r"\b(?:eyes?|gaze) (?:shift|move|dart|turn|go|drop|flick|drift|snap|swing|jump|travel|slide"
        r"|sweep|fall|dip|wander)(?:s|es|ing)?\b"
        r"|\b(?:shift|move|turn|dart|flick)(?:s|ing)? (?:only )?(?:(?:his|her|the"
        r"|their) )?(?:eyes|gaze)\b"
        r"|\beyes (?:are )?(?:stay |remain |fixed |locked |kept )?on\b"
        r"|\b(?:look|gaz|star|peer|fixat|focus)(?:e|s|es|ing)?\b",
        EventKind.GAZE,
        _GAZE,
        0.0,
        sides=WAYS,
        needs_side=True,
    ),
    _show(
        "mouth",
        r"\bsmirk\w*|\b(?:half|crooked|lopsided|one-sided)[- ]smil\w*",
        {12: 0.45, 14: 0.3},
        0.45,
        one=True,
    ),
    _show(
        "mouth",
        r"\bsmil\w*|\bgrin\w*|\bbeam\w*|\bhapp(?:y|ily)\b|\bjoyful(?:ly)?\b"
        r"|\bcheerful(?:ly)?\b",
        {12: 0.65, 6: 0.5, 25: 0.2},
        0.55,
    ),
    Action(
        "mouth",
        r"\b(?:laugh|giggl|chuckl)\w*",
        EventKind.LAUGH,
        {**_face({12: 0.75, 6: 0.65, 7: 0.2, 25: 0.5, 26: 0.4}), "head_pitch": 1.5},
        0.35,
        sustains=False,
        rate_hz=4.7,
        lasts_s=2.4,
    ),
    Action(
        "mouth",
        r"\byawn\w*",
        _SHOW,
        _face({27: 0.55, 26: 0.7, 25: 0.75, 4: 0.2, 1: 0.25, 7: 0.3}),
        1.3,
        sustains=False,
        lasts_s=4.2,
    ),
    Action(
        "mouth", _do(_SHUT, "mouth|lips"), _SHOW, _face({25: 0.0, 26: 0.0, 27: 0.0}), stops=True
    ),
    _show(
        "mouth",
        rf"{_do('open[a-z]*|drop[a-z]*|fall[a-z]*|hang[a-z]*', 'mouth|jaw')}"
        r"|\bgap(?:es|ing)\b|\bagape\b",
        {26: 0.6, 25: 0.6},
        0.35,
    ),
    _show("mouth", _do(r"part\w*", "lips"), {25: 0.4}, 0.35),
    _show(
        "mouth",
        _do(r"press\w*|tighten\w*|clamp\w*|squeez\w*|seal\w*|compress\w*", "lips?"),
        {24: 0.6, 17: 0.25},
        0.35,
    ),
    _show(
        "mouth",
        rf"{_do('purs[a-z]*|pucker[a-z]*', 'lips?')}|\bpucker\w*|\bkiss(?:es"
        rf"|ing)?\b",
        {18: 0.65},
        0.35,
    ),
    _show("mouth", r"\bmouthcorners down\b", {15: 0.55, 17: 0.15}, 0.45),
    _show("mouth", r"\bpout\w*", {17: 0.5, 18: 0.4, 15: 0.2}, 0.4),
    _show(
        "mouth",
        r"\bsneer\w*|\bcontempt\w*|\bupper lip (?:lift|rais|curl|ris)\w*|\bsnarl\w*",
        {10: 0.55, 14: 0.2},
        0.35,
    ),
    _show(
        "mouth",
        rf"{_do('wrinkl[a-z]*|scrunch[a-z]*|crinkl[a-z]*', 'nose')}",
        {10: 0.45, 4: 0.35, 7: 0.3},
        0.35,
    ),  # neighbors of AU9, which is no channel
    _show(
        "expression",
        r"\b(?:sad|sadly|sadness|unhapp(?:y|ily)|sorrowful(?:ly)?)\b",
        {1: 0.5, 4: 0.35, 15: 0.4, 17: 0.2},
        0.7,
    ),
    _show(
        "expression",
        r"\b(?:angr(?:y|ily)|anger|furious(?:ly)?|mad)\b",
        {4: 0.65, 5: 0.3, 7: 0.4, 24: 0.3},
        0.4,
    ),
    _show(
        "expression",
        r"\b(?:surprised?|shock(?:ed)?|astonish(?:ed|ment)|amaze(?:d|ment)|startled?|stunned)\b",
        {1: 0.6, 2: 0.6, 5: 0.5, 26: 0.4, 25: 0.4},
        0.25,
    ),
    _show(
        "expression",
        r"\b(?:scared|afraid|fear|fearful(?:ly)?|frightened|terrified|worried)\b",
        {1: 0.6, 2: 0.4, 4: 0.45, 5: 0.5, 20: 0.4},
        0.3,
    ),
    _show("expression", r"\bdisgust(?:ed)?\b", {10: 0.5, 4: 0.4, 7: 0.45, 17: 0.35}, 0.4),
    _show(
        "expression",
        r"\b(?:thinking|pensive(?:ly)?|thoughtful(?:ly)?|ponder\w*"
        r"|concentrat\w*)\b",
        {4: 0.35, 7: 0.3},
        0.5,
    ),
    Action(
        "*",
        r"\b(?:return|go|come)\w*(?: back)? to (?:a )?(?:neutral|normal|rest)\b|\brelax\w*"
        r"(?: (?:his|her|the) face)?\b|\bneutral (?:face|expression"
        r"|look)\b",
        _SHOW,
        {},
        stops=True,
    ),
)
