"""The movements that words can ask for."""

from typing import Final

from cogportrait.agents.action_patterns import (
    BROWS,
    EYES,
    GAZE,
    HEAD,
    LOWER,
    ONE,
    RAISE,
    ROLL,
    SHOW,
    SHUT,
    SIDED,
    TURN,
    Action,
    do,
    face,
    show,
)
from cogportrait.agents.instruction_words import WAYS, WHO
from cogportrait.types import EventKind

_EYES: Final = rf"(?:{EYES})"
_PARTLY: Final = r"(?:half(?:[- ]?way)?|partly|partially|part way)"
_LIDS: Final = r"(?:(?:upper )?eye ?lids?|(?:upper )?lids?)"
_SINKS: Final = r"(?:lower|droop|drop|sink|sag|fall|come)(?:s|ing|ped|ed)?(?: down)?"
_CASTS: Final = r"lower\w*|drop\w*|cast\w*(?: down)?|sink\w*|fall\w*(?! (?:shut|closed))"
# More specific movements come first: the first match of a group wins in a clause.
ACTIONS: Final[tuple[Action, ...]] = (
    Action(
        "blink", r"\bwink\w*", EventKind.WINK, {}, sides=SIDED, one_sided=True, default_side="left",
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
        rf"{do(rf'(?:half|part[a-z]*|almost)[- ](?:{SHUT})', f'{ONE} eye')}"
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
        rf"\bhalf[- ](?:closed|shut|open|lidded)\b(?: {EYES})?"
        rf"|{do('(?:half|part[a-z]*|almost)[- ](?:clos[a-z]*|shut[a-z]*|open[a-z]*)', EYES)}"
        rf"|\b(?:clos|shut)\w* (?:\w+ )?{_EYES} {_PARTLY}\b|\b{_EYES} (?:clos|shut)\w* {_PARTLY}\b"
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
    show("lids", do("open[a-z]*|widen[a-z]*", rf"{ONE} eye"), {5: 0.55}, 0.3, one=True),
    show(
        "lids",
        rf"{do('open[a-z]*|widen[a-z]*|wide', EYES)}|{do(RAISE, _LIDS)}|\bwiden\w*|\bwide(?:-| )?(?:eyes|eyed"
        rf"|open)\b",
        {5: 0.55},
        0.3,
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
    show("brows", do(LOWER, rf"{ONE} (?:eye)?brow"), {4: 0.65}, 0.35, one=True),
    show("brows", do(rf"{LOWER}|fall\w*|drop\w*|sink\w*|come down|go down", BROWS), {4: 0.65}, 0.35),
    show(
        "brows",
        rf"{do(rf'{RAISE}|go(?:es)? up|shoots? up', rf'{ONE} (?:eye)?brow')}"
        rf"|\b{ONE} (?:eye)?brow (?:{RAISE})\b",
        {1: 0.6, 2: 0.6},
        0.3,
        one=True,
    ),
    show("brows", do(rf"{RAISE}|go(?:es)? up|shoots? up|flash\w*", BROWS), {1: 0.6, 2: 0.6}, 0.3),
    show("brows", do(r"wrinkl\w*|creas\w*", "forehead"), {1: 0.6, 2: 0.6}, 0.35),
    show("brows", r"\b(?:frown|scowl)\w*", {4: 0.6, 15: 0.3}, 0.4),
    show(
        "brows",
        r"\bwinc\w*"
        r"|\bgrimac\w*",
        {4: 0.55, 7: 0.6, 6: 0.4, 20: 0.4},
        0.25,
    ),
    Action(
        "head",
        rf"{do('nod[a-z]*', 'head')}|\bnod(?:s|ding)?\b",
        EventKind.NOD,
        {"head_pitch": -9.0},
        sustains=False,
        rate_hz=1.6,
    ),
    Action(
        "head",
        rf"{do('sh[ao][ok][a-z]*', 'head')}|\bhead shak(?:e|ing)\b",
        EventKind.SHAKE,
        {"head_yaw": 18.0},
        sustains=False,
        rate_hz=1.5,
    ),
    Action(
        "head",
        rf"{do('tilt[a-z]*|cock[a-z]*|tip[a-z]*|lean(?:s|ing)?', HEAD)}|\bhead tilt\b|\btilts?\b",
        EventKind.HEAD,
        {"head_roll": 11.0},
        0.7,
        sides=ROLL,
    ),
    Action(
        "head",
        rf"{do('bow[a-z]*|lower[a-z]*|drop[a-z]*|sink[a-z]*|dip[a-z]*', HEAD)}|\bbows\b",
        EventKind.HEAD,
        {"head_pitch": -13.0},
        0.8,
    ),
    Action(
        "head",
        r"\b(?:jerk|snap|start|jolt)\w* (?:back )?(?:awake|up(?:right)?)\b"
        r"|\bwak\w*(?: up)? with a (?:start|jerk)\b",
        EventKind.HEAD,
        {"head_pitch": 8.0},
        0.35,
    ),
    Action("head", do(RAISE, HEAD), EventKind.HEAD, {"head_pitch": 11.0}, 0.7),
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
        rf"{do('turn[a-z]*|mov[a-z]*|rotat[a-z]*', HEAD)}|\bturn\w*(?! (?:\w+ )?(?:eyes|gaze)\b)|\bhead\b"
        r"|\bchin (?:up|down)\b|\bfac(?:es|ing)\b",
        EventKind.HEAD,
        TURN,
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
        rf"(?:{do(_CASTS, 'gaze|eyes')})(?: (?:down )?to (?:the |his |her )?(?:floor|ground|feet|lap))?",
        EventKind.GAZE,
        {"gaze_pitch": -14.0},
        0.0,
    ),
    Action("gaze", rf"(?:{do(RAISE, 'gaze|eyes')})(?!.*\b(?:{WHO}|ahead|forwards?)\b)", EventKind.GAZE, {"gaze_pitch": 14.0}, 0.0),
    Action(
        "gaze",
        r"\b(?:glanc(?:e|es|ing)|(?:peek|peep)(?:s|ing)?)\b",
        EventKind.GAZE,
        GAZE,
        0.0,
        sides=WAYS,
        needs_side=True,
        sustains=False,
        lasts_s=0.9,
    ),
    Action(
        "gaze",
        r"\b(?:eyes?|gaze) (?:shift|move|dart|turn|go|drop|flick|drift|snap|swing|jump|travel|slide"
        r"|sweep|fall|dip|wander|return|glide|roam|slip|stray|swivel|rotate|settle|come)(?:s|es|ing)?\b"
        r"|\b(?:shift|mov|turn|dart|flick|swivel|return|bring|rais|lift)(?:e|s|es|ing)? (?:only )?(?:(?:his|her|the"
        r"|their) )?(?:eyes|gaze)\b"
        r"|\beyes (?:are )?(?:stay |remain |fixed |locked |kept )?on\b"
        r"|\b(?:look|gaz|star|peer|fixat|focus)(?:e|s|es|ing)?\b",
        EventKind.GAZE,
        GAZE,
        0.0,
        sides=WAYS,
        needs_side=True,
    ),
    show(
        "mouth",
        r"\bsmirk\w*|\b(?:half|crooked|lopsided|one-sided)[- ]smil\w*",
        {12: 0.45, 14: 0.3},
        0.45,
        one=True,
    ),
    show("mouth", r"\bclosed-lip smil\w*", {12: 0.6, 6: 0.45, 24: 0.12}, 0.55),
    show(
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
        {**face({12: 0.75, 6: 0.65, 7: 0.2, 25: 0.5, 26: 0.4}), "head_pitch": 1.5},
        0.35,
        sustains=False,
        rate_hz=4.7,
        lasts_s=2.4,
    ),
    Action(
        "mouth",
        r"\byawn\w*",
        SHOW,
        face({27: 0.55, 26: 0.7, 25: 0.75, 4: 0.2, 1: 0.25, 7: 0.3}),
        1.3,
        sustains=False,
        lasts_s=4.2,
    ),
    Action("mouth", do(SHUT, "mouth|lips"), SHOW, face({25: 0.0, 26: 0.0, 27: 0.0}), stops=True),
    show(
        "mouth",
        rf"{do('open[a-z]*|drop[a-z]*|fall[a-z]*|hang[a-z]*', 'mouth|jaw')}"
        r"|\bgap(?:es|ing)\b|\bagape\b",
        {26: 0.6, 25: 0.6},
        0.35,
    ),
    show("mouth", do(r"part\w*", "lips"), {25: 0.4}, 0.35),
    show(
        "mouth",
        do(r"press\w*|tighten\w*|clamp\w*|squeez\w*|seal\w*|compress\w*", "lips?"),
        {24: 0.6, 17: 0.25},
        0.35,
    ),
    show(
        "mouth",
        rf"{do('purs[a-z]*|pucker[a-z]*', 'lips?')}|\bpucker\w*|\bkiss(?:es"
        rf"|ing)?\b",
        {18: 0.65},
        0.35,
    ),
    show("mouth", r"\bmouthcorners down\b", {15: 0.55, 17: 0.15}, 0.45),
    show("mouth", r"\bpout\w*", {17: 0.5, 18: 0.4, 15: 0.2}, 0.4),
    show(
        "mouth",
        r"\bsneer\w*|\bcontempt\w*|\bupper lip (?:lift|rais|curl|ris)\w*|\bsnarl\w*",
        {10: 0.55, 14: 0.2},
        0.35,
    ),
    show(
        "mouth",
        rf"{do('wrinkl[a-z]*|scrunch[a-z]*|crinkl[a-z]*', 'nose')}",
        {10: 0.45, 4: 0.35, 7: 0.3},
        0.35,
    ),  # neighbors of AU9, which is no channel
    show(
        "expression",
        r"\b(?:sad|sadly|sadness|unhapp(?:y|ily)|sorrowful(?:ly)?)\b",
        {1: 0.5, 4: 0.35, 15: 0.4, 17: 0.2},
        0.7,
    ),
    show(
        "expression",
        r"\b(?:angr(?:y|ily)|anger|furious(?:ly)?|mad)\b",
        {4: 0.65, 5: 0.3, 7: 0.4, 24: 0.3},
        0.4,
    ),
    show(
        "expression",
        r"\b(?:surprised?|shock(?:ed)?|astonish(?:ed|ment)|amaze(?:d|ment)|startled?|stunned)\b",
        {1: 0.6, 2: 0.6, 5: 0.5, 26: 0.4, 25: 0.4},
        0.25,
    ),
    show(
        "expression",
        r"\b(?:scared|afraid|fear|fearful(?:ly)?|frightened|terrified|worried)\b",
        {1: 0.6, 2: 0.4, 4: 0.45, 5: 0.5, 20: 0.4},
        0.3,
    ),
    show("expression", r"\bdisgust(?:ed)?\b", {10: 0.5, 4: 0.4, 7: 0.45, 17: 0.35}, 0.4),
    show(
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
        SHOW,
        {},
        stops=True,
    ),
)
