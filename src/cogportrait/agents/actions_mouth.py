"""Movements of the mouth and of the whole face that words can ask for."""

from typing import Final

from cogportrait.agents.action_patterns import (
    SHOW,
    SHUT,
    Action,
    do,
    face,
    show,
)
from cogportrait.types import EventKind

# More specific movements come first: the first match of a group wins in a clause.
MOUTH: Final[tuple[Action, ...]] = (
    show(
        "mouth",
        r"\bsmirk\w*|\b(?:half|crooked|lopsided|one-sided|wry)[- ]smil\w*",
        {12: 0.45, 14: 0.3},
        0.45,
        one=True,
    ),
    show("mouth", r"\bclosed-lip smil\w*", {12: 0.6, 6: 0.45, 24: 0.12}, 0.55),
    show(
        "mouth",
        r"\b(?:duchenne )?smil\w*|\bgrin\w*|\bbeam\w*|\bhapp(?:y|ily)\b|\bjoyful(?:ly)?\b"
        r"|\bcheerful(?:ly)?\b",
        {12: 0.65, 6: 0.5, 25: 0.2},
        0.55,
    ),
    Action(
        "mouth",
        r"\b(?:(?:burst|break)(?:s|ing)? (?:out |into )?(?:a )?)?(?:laugh|giggl|chuckl)\w*",
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
    Action(
        "mouth", do(SHUT, "mouth|lips|jaw"), SHOW, face({25: 0.0, 26: 0.0, 27: 0.0}), stops=True
    ),
    show(
        "mouth",
        rf"{do('open[a-z]*|drop[a-z]*|fall[a-z]*|hang[a-z]*', 'mouth|jaw')}"
        r"|\bgap(?:es|ing)\b|\bagape\b|\bopen[- ]mouth\w*|\bslack[- ]jaw\w*|\bjaw slack\b",
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
        r"\b(?:sad|sadly|sadness|unhapp(?:y|ily)|sorrow(?:ful(?:ly)?)?|grief|tearful(?:ly)?"
        r"|cry(?:ing)?|cries|cried|weep(?:s|ing)?|sob(?:s|bing)?)\b",
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
        r"\b(?:return|go|come)\w*(?: back)? to (?:an? |the |its |their )?(?:neutral|normal|rest"
        r"|baseline|resting|default)\b(?: \w*position)?|^\W*(?:(?:he|she|it|starts?|ends?"
        r"|starting|ending|back|to|is|goes|again) )*neutral"
        r"(?: again)?\W*$|\brelax\w*"
        r"(?: (?:his|her|the) face)?\b|\bneutral (?:face|expression"
        r"|look)\b",
        SHOW,
        {},
        stops=True,
    ),
)
