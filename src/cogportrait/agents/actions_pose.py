"""Movements of head and gaze that words can ask for."""

from typing import Final

from cogportrait.agents.action_patterns import (
    GAZE,
    HEAD,
    RAISE,
    ROLL,
    TURN,
    Action,
    do,
)
from cogportrait.agents.instruction_words import WAYS, WHO
from cogportrait.types import EventKind

DART_S: Final = 0.45  # from one quick look to the next
_CASTS: Final = r"lower\w*|drop\w*|cast\w*(?: down)?|sink\w*|fall\w*(?! (?:shut|closed))"
_NOT_THERE: Final = r"(?! (?:\w+ly )?(?:up|down|left|right|away|to|towards?)\b)"
_ROUND: Final = r"(?:circles?|circling|circled|(?:counter|anti)?-?clockwise|round and round)"
_BETWEEN: Final = (
    r"(?: (?:mov|go|roll|rotat|travel|turn|run|wander|trac|draw|describ|mak|sweep|spin)\w*"
    r"| (?:the|his|her|their|its|my|your|all|both|around|round|about|in|a|full|complete|whole"
    r"|large|big|wide|small|single|one|once|twice|with|by|moving|\w+ly|slow|quick))*"
)
_CIRCLES: Final = (
    rf"\b(?:(?:mov|roll|rotat|turn|spin)\w* (?:the |his |her |their )?)?(?:eyes|gaze"
    rf"|look(?:s|ing)?|glanc(?:es?|ing)){_BETWEEN} {_ROUND}(?:{_BETWEEN} {_ROUND})?"
    rf"(?: direction)?\b|\b(?:(?:trac|draw|describ|mak|do|go)\w*{_BETWEEN} )?{_ROUND}"
    rf"(?: circles?)?{_BETWEEN} (?:eyes|gaze)(?:{_BETWEEN} {_ROUND})?\b"
)
_CIRCLE: Final = (  # clockwise for the subject, whose right is negative
    (0.0, 14.0), (-13.0, 10.0), (-18.0, 0.0), (-13.0, -10.0), (0.0, -14.0), (13.0, -10.0),
    (18.0, 0.0), (13.0, 10.0), (0.0, 14.0), (0.0, 0.0),
)  # fmt: skip
# More specific movements come first: the first match of a group wins in a clause.
POSE: Final[tuple[Action, ...]] = (
    Action(
        "head",
        rf"{do('nod[a-z]*', 'head')}|\bnod(?:s|ded|ding)?\b",
        EventKind.NOD,
        {"head_pitch": -9.0},
        sustains=False,
        rate_hz=1.6,
    ),
    Action(
        "head",
        rf"{do('sh[ao][ok][a-z]*', 'head')}|\bhead shak(?:es?|ing)\b",
        EventKind.SHAKE,
        {"head_yaw": 18.0},
        sustains=False,
        rate_hz=1.5,
    ),
    Action(
        "head",
        rf"{do('tilt[a-z]*|cock[a-z]*|tip[a-z]*|lean(?:s|ed|ing)?|roll[a-z]*', HEAD)}|\bhead tilt\b"
        rf"|\btilts?\b",
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
        r"(?<!gaze )(?<!eyes )\b(?:jerk|snap|start|jolt)\w* (?:back )?(?:awake|up(?:right)?)\b"
        r"|\bwak\w*(?: up)? with a (?:start|jerk)\b",
        EventKind.HEAD,
        {"head_pitch": 8.0},
        0.35,
    ),
    Action("head", do(RAISE, HEAD), EventKind.HEAD, {"head_pitch": 11.0}, 0.7),
    Action(
        "head",
        r"\b(?:lean|move)s?(?:ing)? (?:in(?! (?:an?|the|his|her|their)\b)|forwards?|closer)\b",
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
        rf"{do('turn[a-z]*|mov[a-z]*|rotat[a-z]*|swivel[a-z]*|swing[a-z]*|pivot[a-z]*', HEAD)}"
        rf"|(?<!eyes )(?<!gaze )\bturn\w*\b"
        r"(?! (?:\w+ )?(?:eyes|gaze)\b)|\bhead\b"
        r"|\bchin (?:up|down)\b|\bfac(?:es|ing)\b",
        EventKind.HEAD,
        TURN,
        0.7,
        sides=WAYS,
        needs_side=True,
    ),
    *(
        Action(
            "gaze",
            rf"(?:{_CIRCLES})"
            if way > 0
            else rf"(?={_CIRCLES})(?=.*\b(?:counter|anti)-?clockwise\b)(?:{_CIRCLES})",
            EventKind.GAZE,
            {},
            0.0,
            path=tuple((way * yaw, pitch) for yaw, pitch in _CIRCLE),
            sustains=False,
            lasts_s=3.6,
        )
        for way in (-1.0, 1.0)
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
        rf"\blook\w* (?:all )?around\b|\b(?:eyes|gaze) wander\w*\b{_NOT_THERE}"
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
        r"\b(?:(?:look|glanc|gaz)\w*|(?:eyes|gaze) \w+) from side to side\b|\beyes dart\w*"
        r" (?:around|about)\b",
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
        rf"(?:{do(_CASTS, 'gaze|eyes')})(?: (?:down )?to (?:the |his |her )?(?:floor|ground|feet"
        r"|lap|table|desk|hands?|notes|phone|keyboard))?",
        EventKind.GAZE,
        {"gaze_pitch": -14.0},
        0.0,
    ),
    Action(
        "gaze",
        rf"(?:{do(RAISE, 'gaze|eyes')})(?: (?:to|towards?) (?:the )?(?:ceiling"
        rf"|sky))?(?!.*\b(?:{WHO}|ahead|forwards?)\b)",
        EventKind.GAZE,
        {"gaze_pitch": 14.0},
        0.0,
    ),
    Action(
        "gaze",
        r"\b(?:glanc(?:e|es|ed|ing)|(?:peek|peep)(?:s|ed|ing)?)\b",
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
        r"\b(?:eyes?|gaze) dart(?:s|ed|ing)?\b"
        r"|\bdart(?:s|ed|ing)? (?:only )?(?:(?:his|her|the|their) )?(?:eyes|gaze)\b",
        EventKind.GAZE,
        GAZE,
        0.0,
        sides=WAYS,
        needs_side=True,
        lasts_s=DART_S,
    ),
    Action(
        "gaze",
        rf"\b(?:eyes|gaze|eyeline):?(?: (?:is |are )?(?:directed|pointed|aimed|fixed|cast|turned))?"
        rf"(?: \w+ly| far| slightly)?(?= (?:back |straight )?(?:(?:to|at|towards?|on|into)"
        rf" )?(?:the |his |her |your )?(?:\w+'s )?"
        rf"(?:(?:up|down)(?:wards?)?|left|right|cent(?:er|re)|floor|ceiling|front|ahead|straight"
        rf"|forwards?|away|aside|{WHO})\b(?! (?:shut|closed)))"
        r"|\b(?:eyes?|gaze) (?:shift|move|dart|turn|go|drop|flick|drift|snap|swing|jump|travel"
        r"|slide|cut|track"
        r"|sweep|fall|dip|wander|return|glide|roam|slip|stray|swivel|rotate|settle|come)(?:s|es"
        r"|ing)?\b"
        r"|\b(?:shift|mov|turn|dart|flick|swivel|return|bring|rais|lift)(?:e|s|es"
        r"|ing)? (?:only )?(?:(?:his|her|the"
        r"|their) )?(?:eyes|gaze)\b"
        r"|\beyes (?:(?:are|kept|(?:stay|remain|rest)(?:ing|s)?) )?"
        r"(?:(?:fixed|locked|trained|glued|fastened) )?on\b"
        r"|\b(?:look|gaz|star|glar|check|watch|scan|peer|fixat|focus)(?:e|s|es|ed|ing|ning)?\b",
        EventKind.GAZE,
        GAZE,
        0.0,
        sides=WAYS,
        needs_side=True,
    ),
)
