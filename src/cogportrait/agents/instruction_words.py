"""The words that the instruction reader knows beside movements: how much, how fast, how many."""

import re
from collections.abc import Mapping
from typing import Final

# Signs of (yaw or roll, pitch) of a direction. The order is the order in which words are tried.
OWN: Final = r"(?:the |his |her |their |its |my |your )"
TO: Final = r"(?:to )?(?:the |his |her |their |its )?"
_ASIDE: Final = "aside|sideways|sidelong|the side"
_AWAY: Final = "away"
WHO: Final = "camera|viewers?|audience|lens|partner"
WAYS: Final[Mapping[str, tuple[float, float]]] = {
    rf"(?:at|into|to|towards?|on|facing|faces) (?:the )?(?:{WHO})|at (?:me|you|us)": (0.0, 0.0),
    rf"up(?:wards?)? (?:and )?{TO}left": (0.8, 0.8),
    rf"up(?:wards?)? (?:and )?{TO}right": (-0.8, 0.8),
    rf"down(?:wards?)? (?:and )?{TO}left": (0.8, -0.8),
    rf"down(?:wards?)? (?:and )?{TO}right": (-0.8, -0.8),
    "left": (1.0, 0.0),
    "right": (-1.0, 0.0),
    "up(?:wards?)?|ceiling|sky|above|overhead": (0.0, 1.0),
    "down(?:wards?)?|floor|ground|feet|lap|below|beneath|desk|table": (0.0, -1.0),
    _ASIDE: (1.0, 0.0),
    _AWAY: (1.0, -0.2),
    rf"{WHO}|forwards?|ahead|straight|back|front|cent(?:er|re)": (0.0, 0.0),
}
STRAIGHT: Final = (0.0, 0.0)
EITHER_SIDE: Final = frozenset({_ASIDE, _AWAY})  # of `WAYS`: left here, see ``instruction_sides``

UNIT: Final = r"(?:seconds?|secs?|s)\b"

DEGREES: Final[tuple[tuple[str, float], ...]] = (
    ("(?:very |ever so )(?:slight|faint|subt|gent|soft)\\w*|barely|hardly|(?:the )?(?:faint"
     "|slight|tini)est(?: of)?|(?:a|the) (?:hint|trace"
     "|flicker|suggestion|ghost|whisper) of(?: an?)?|(?:just )?a (?:crack|hair|fraction)"
     "|minimal(?:ly)?|minuscule|a tiny bit"
     "|(?:a )?(?:very|tiny) (?:little|bit)|(?:almost )?imperceptibl[ey]", 0.35),
    ("as far as (?:possible|(?:they|it|he|she) (?:can )?go(?:es)?|(?:he|she) can)|far|all the way"
     "|to the (?:extreme|limit|max(?:imum)?)|maximal(?:ly)?", 1.5),
    ("slight(?:ly)?|(?:a )?little bit|a (?:little|touch|tad|smidge(?:n)?|shade|fraction)|(?:a"
     " )?bit|subtl[ey]|faint(?:ly)?"
     "|small|tiny|little|soft(?:ly)?|mild(?:ly)?|half|half ?way|partly|partially", 0.55),
    ("moderate(?:ly)?|somewhat|gentl[ey]", 0.8),
    ("wide(?:ly)?|full(?:y)?|strong(?:ly)?|deep(?:ly)?|complete(?:ly)?|broad(?:ly)?|big"
     "|huge(?:ly)?|high|hard|heavily"
     "|(?:very|extremely|really)(?! \\w*(?:slow|quick|fast|gradual|brief|gent|soft|sudden))"
     "|tight(?:ly)?|intense(?:ly)?|wider|broader|deeper|bigger|further|farther|a (?:whole )?lot"
     "|a great deal"
     "|from ear to ear", 1.35),
)  # fmt: skip
_NO_VERB: Final = r"(?! down\b)"  # "calm down" is no manner, and no way either
SPEEDS: Final[tuple[tuple[str, float], ...]] = (
    ("(?:very|extremely|really|so) (?:slow|gradual)(?:ly)?", 2.6),
    (rf"gradual(?:ly)?|slow{_NO_VERB}(?:ly|er)?|progressively", 1.9),
    ("gentl[ey]|deliberate(?:ly)?|long", 1.8),  # no look goes in small steps for them
    (rf"smooth(?:ly)?|calm{_NO_VERB}(?:ly)?|steadi?l?y", 1.4),
    ("quick(?:ly|er)?|fast(?:er)?|sudden(?:ly)?|rapid(?:ly)?|abrupt(?:ly)?|sharp(?:ly)?|brief(?:ly)?|short",
     0.55),
)  # fmt: skip
NUMBERS: Final[Mapping[str, float]] = {
    "zero": 0, "half": 0.5, "a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5,
    "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "several": 3, "multiple": 3,
    "few": 3, "many": 5, "couple": 2, "eleven": 11, "twelve": 12, "dozen": 12, "fifteen": 15,
    "twenty": 20,
}  # fmt: skip
# Words that carry no movement of their own.
GLUE: Final = frozenset(
    re.findall(
        r"[a-z']+",
        """
        diagonally diagonal
        a an the this that these those person man woman girl boy subject someone portrait he she
        they it its his her their my your own him is are be being was to of in into on at by from
        for through with toward towards onto first firstly second third start starts starting begin
        begins beginning both again overall clearly sequential then and but or as so while when
        who which also just still only please make makes making let lets have has hers can will
        should would does do doing did video clip scene same time times moment simultaneously
        together after before until once now there them you me us i gives give does other there's
        he's she's it's even if expression young old lady guy child kid actor character model
        directly what take takes taking giving appears appear possible far alone only now
        over crosses follows follow without though were had having gone single participant patient
        respondent avatar npc presenter host hero player protagonist somebody finish ends end
        order each ending himself herself themselves itself exactly roughly
        put puts occur occurs occurring happen happens
        i'd he'll she'll they'll it'll i'll i'm let's like want wants needs need absolutely
        asked told instructed been too well everything
        definitely simply merely must concurrent concurrently accompanied simultaneous along
        """,
    )
)
# Parts of a face and ways to move: said along with a movement, but none by themselves.
NAMES: Final = frozenset(
    re.findall(
        r"\w+",
        """
        motion motions movement movements move moves moving shift shifts face facial direction
        side all head eye eyes eyelid eyelids lid lids gaze brow brows eyebrow eyebrows mouth lips
        lip jaw chin up down upward upwards downward downwards away aside camera viewer
        partner forward ahead straight back center centre keeps keep keeping stays stay holds hold
        holding remains remain shows show showing turn turns turning become becomes inner outer
        look looks looking slowly open opened opens opening closed shut raised one contact
        maintains maintain
        steady whole shoulder grows growing gets getting come comes coming way rest frozen
        motionless build builds building grow form forms spread spreads creeps lateral laterally
        corner
        corners moved appear emerges emerge visible position eyeline goes go casts cast throws
        shoots steals breaks break into swivel
        swivels maintained formed pitch rotated kept held stayed remained
        lead leads shown activity
        """,
    )
)
