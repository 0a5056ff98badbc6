"""The words that the instruction reader knows."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from cogportrait.types import EventKind


@dataclass(frozen=True, slots=True)
class Action:
    """A movement that words can ask for."""

    group: str  # "lids", "brows", "gaze", "head", "mouth", "blink"
    pattern: str  # regular expression over a lower-case clause
    kind: EventKind
    targets: Mapping[str, float]
    onset_s: float = 0.35
    sides: Mapping[str, tuple[float, float]] = field(default_factory=dict[str, tuple[float, float]])
    needs_side: bool = False
    one_sided: bool = False  # left or right names the side of the face
    sustains: bool = True
    rate_hz: float = 0.0


# Signs of (yaw or roll, pitch) of a direction. The order is the order in which words are tried.
_WAYS: Final[Mapping[str, tuple[float, float]]] = {
    "up(?:wards?)? (?:and )?(?:to (?:the|his|her|their) )?left": (0.8, 0.8),
    "up(?:wards?)? (?:and )?(?:to (?:the|his|her|their) )?right": (-0.8, 0.8),
    "down(?:wards?)? (?:and )?(?:to (?:the|his|her|their) )?left": (0.8, -0.8),
    "down(?:wards?)? (?:and )?(?:to (?:the|his|her|their) )?right": (-0.8, -0.8),
    "left": (1.0, 0.0),
    "right": (-1.0, 0.0),
    "up": (0.0, 1.0),
    "down": (0.0, -1.0),
    "aside": (1.0, 0.0),
    "away": (1.0, -0.2),
    "camera": (0.0, 0.0),
    "viewer": (0.0, 0.0),
    "partner": (0.0, 0.0),
    "forward": (0.0, 0.0),
    "ahead": (0.0, 0.0),
    "straight": (0.0, 0.0),
    "back": (0.0, 0.0),
    "cent(?:er|re)": (0.0, 0.0),
}
_SIDED: Final[Mapping[str, tuple[float, float]]] = {"left": (1.0, 1.0), "right": (1.0, 1.0)}
_ROLL: Final[Mapping[str, tuple[float, float]]] = {"left": (1.0, 0.0), "right": (-1.0, 0.0)}
_GAZE: Final = {"gaze_yaw": 20.0, "gaze_pitch": 14.0}
_TURN: Final = {"head_yaw": 18.0, "head_pitch": 12.0}
_RAISE: Final = r"rais\w*|lift\w*|arch\w*|rise\w*|rising"
_LOWER: Final = r"lower\w*|furrow\w*|knit\w*|draw\w*|contract\w*"
_EYES: Final = r"eye ?lids?|eyes?|lids?"
_BROWS: Final = r"(?:eye)?brows?"
_HEAD: Final = r"head|face|chin"


def _do(verbs: str, things: str) -> str:
    """Return a pattern for a verb and its object in either order, only small words in between."""
    small = r"(?:the|his|her|their|its|both|left|right|up|to|wide|widely|slightly|,)"
    return rf"\b(?:{verbs})(?: {small})* (?:{things})\b|\b(?:{things}) (?:{verbs})\b"


def _face(aus: Mapping[int, float]) -> dict[str, float]:
    return {f"AU{number:02d}": value for number, value in aus.items()}


_SHOW: Final = EventKind.EXPRESSION
# More specific movements come first: the first match of a group wins in a clause.
ACTIONS: Final[tuple[Action, ...]] = (
    Action("blink", r"\bwink\w*", EventKind.WINK, {}, sides=_SIDED, one_sided=True),
    Action("blink", r"\bblink\w*", EventKind.BLINK, {}),
    Action("lids", _do(r"clos\w*|shut\w*", _EYES), EventKind.CLOSURE, {"closure": 1.0}, 0.35),
    Action(
        "lids", rf"{_do('narrow[a-z]*', _EYES)}|\bsquint\w*|\bnarrow\w*( them)?", _SHOW,
        _face({7: 0.75, 6: 0.3, 4: 0.2}), 0.5,
    ),
    Action(
        "lids", rf"{_do('droop[a-z]*', _EYES)}|\bheavy (?:eye)?lids\b|\bdroop\w*",
        EventKind.CLOSURE, {"closure": 0.45}, 0.8,
    ),
    Action(
        "lids", rf"{_do('open[a-z]*|widen[a-z]*', _EYES)}|\bwiden\w*|\bwide eyes\b", _SHOW,
        _face({5: 0.55}), 0.3,
    ),
    Action("brows", _do(_RAISE, rf"inner {_BROWS}"), _SHOW, _face({1: 0.65}), 0.35),
    Action(
        "brows", _do(_LOWER, _BROWS), _SHOW, _face({4: 0.65}), 0.35, one_sided=True, sides=_SIDED,
    ),
    Action(
        "brows", _do(rf"{_RAISE}|go up|shoot up|flash\w*", _BROWS), _SHOW,
        _face({1: 0.6, 2: 0.6}), 0.3, one_sided=True, sides=_SIDED,
    ),
    Action("brows", r"\bfrown\w*", _SHOW, _face({4: 0.6, 15: 0.3}), 0.4),
    Action(
        "head", rf"{_do('nod[a-z]*', 'head')}|\bnod(?:s|ding)?\b", EventKind.NOD,
        {"head_pitch": -9.0}, sustains=False, rate_hz=1.6,
    ),
    Action(
        "head", rf"{_do('sh[ao][ok][a-z]*', 'head')}|\bhead shake\b", EventKind.SHAKE,
        {"head_yaw": 18.0}, sustains=False, rate_hz=1.5,
    ),
    Action(
        "head", rf"{_do('tilt[a-z]*|cock[a-z]*', _HEAD)}|\bhead tilt\b", EventKind.HEAD,
        {"head_roll": 11.0}, 0.7, sides=_ROLL,
    ),
    Action(
        "head", rf"{_do('bow[a-z]*|lower[a-z]*|drop[a-z]*|sink[a-z]*|dip[a-z]*', _HEAD)}|\bbows\b",
        EventKind.HEAD, {"head_pitch": -13.0}, 0.8,
    ),
    Action("head", _do(_RAISE, _HEAD), EventKind.HEAD, {"head_pitch": 11.0}, 0.7),
    Action(
        "head", r"\b(?:lean|move)s?(?:ing)? (?:in|forward|closer)\b", EventKind.HEAD,
        {"head_z": 0.12}, 0.8,
    ),
    Action(
        "head", r"\b(?:lean|pull|draw)s?(?:ing)? (?:back|away)\b", EventKind.HEAD,
        {"head_z": -0.12}, 0.8,
    ),
    Action(
        "head", rf"{_do('turn[a-z]*|mov[a-z]*|rotat[a-z]*', _HEAD)}|\bturn\w*|\bhead\b",
        EventKind.HEAD, _TURN, 0.7, sides=_WAYS, needs_side=True,
    ),
    Action(
        "gaze",
        r"\b(?:look|gaz|glanc|star|peek|peer)(?:e|s|es|ing)?\b"
        r"|\beyes? (?:shift|move|dart|turn|go|drop|roll)(?:s|ing)?\b",
        EventKind.GAZE, _GAZE, 0.0, sides=_WAYS, needs_side=True,
    ),
    Action(
        "mouth", r"\bsmil\w*|\bgrin\w*|\bbeam\w*", _SHOW, _face({12: 0.65, 6: 0.5, 25: 0.2}), 0.55
    ),
    Action(
        "mouth", _do(r"open\w*|drop\w*", "mouth|jaw"), _SHOW, _face({26: 0.6, 25: 0.6}), 0.35
    ),
    Action("mouth", _do(r"press\w*", "lips?"), _SHOW, _face({24: 0.6, 17: 0.25}), 0.35),
)  # fmt: skip

DEGREES: Final[tuple[tuple[str, float], ...]] = (
    ("very slight(?:ly)?|barely|hardly", 0.35),
    ("slight(?:ly)?|a little|a bit|subtl[ey]|faint(?:ly)?|small|soft(?:ly)?|half", 0.55),
    ("moderate(?:ly)?|somewhat", 0.8),
    ("wide(?:ly)?|full(?:y)?|strong(?:ly)?|deep(?:ly)?|complete(?:ly)?|broad(?:ly)?|big|very|hard"
     "|tight(?:ly)?|intense(?:ly)?", 1.35),
)  # fmt: skip
SPEEDS: Final[tuple[tuple[str, float], ...]] = (
    ("gradual(?:ly)?|slow(?:ly)?|gentl[ey]|deliberate(?:ly)?", 1.9),
    ("smooth(?:ly)?|calm(?:ly)?|steadi?l?y", 1.4),
    ("quick(?:ly)?|fast|sudden(?:ly)?|rapid(?:ly)?|abrupt(?:ly)?|sharp(?:ly)?|brief(?:ly)?", 0.55),
)
NUMBERS: Final[Mapping[str, float]] = {
    "half": 0.5, "a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6,
    "seven": 7, "eight": 8, "nine": 9, "ten": 10, "several": 3, "few": 3, "many": 5,
}  # fmt: skip
NO_BLINK: Final = re.compile(
    r"\b(?:without (?:any )?|no |never |not |doesn't |does not |don't |do not )blink(?:s|ing)?\b"
)
STILL_HEAD: Final = re.compile(
    r"\bkeep(?:s|ing)? (?:the |his |her |their )?head still\b|\bhead (?:stays|remains) still\b"
)
GLUE: Final = frozenset(
    re.findall(
        r"\w+",
        """
        a an the this that these those person man woman subject she he they it its his her
        their them him is are be being to of in into on at by from for through with toward
        towards onto first firstly second third start starts begin begins both again overall
        clearly sequential motion motions movement movements move moves shift shifts face
        expression direction side own all head eye eyes eyelid eyelids lid lids gaze brow
        brows eyebrow eyebrows mouth lips lip jaw chin left right up down upward upwards
        downward downwards away aside camera viewer partner forward ahead straight back
        center centre keeps keep keeping stays stay times time slowly makes make does do
        gives give has have hers shows show turns turn becomes become inner outer look looks
        """,
    )
)
