"""What a movement that words can ask for is made of: a pattern of words and what it moves."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

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


SIDED: Final[Mapping[str, tuple[float, float]]] = {"left": (1.0, 1.0), "right": (1.0, 1.0)}
ROLL: Final[Mapping[str, tuple[float, float]]] = {"left": (1.0, 0.0), "right": (-1.0, 0.0)}
GAZE: Final = {"gaze_yaw": 20.0, "gaze_pitch": 14.0}
TURN: Final = {"head_yaw": 18.0, "head_pitch": 12.0}
RAISE: Final = r"rais\w*|lift\w*|arch\w*|rise\w*|rose|rising|climb\w*|hik\w*|jump\w*|pop\w*"
LOWER: Final = r"lower\w*|furrow\w*|knit\w*|draw\w*|contract\w*|pull\w*|pinch\w*"
SHUT: Final = r"clos\w*|shut\w*"
EYES: Final = r"eye ?lids?|eyes?|lids?"
BROWS: Final = r"(?:eye)?brows?"
ONE: Final = r"(?:left|right|one|an?|single)"
HEAD: Final = r"head|face|chin"


def do(verbs: str, things: str) -> str:
    """Return a pattern for a verb and its object in either order, only small words in between."""
    small = (
        r"(?:the|his|her|their|its|my|your|own|both|two|one|an?|single|left|right|up|to|wide|very"
        r"|is|are|should|must|will|shall|may|can|stays?|staying|remains?|remaining|kept|held|upper|again|back|slightly|alone"
        r"|gr[eo]ws?|gets?|becomes?|goes|go|being|be|was|were|been|first|still|had|have|has"
        r"|(?!only)[a-z]+ly|,)"
    )
    return rf"\b(?:{verbs})(?: {small})* (?:{things})\b|\b(?:{things})(?: {small})* (?:{verbs})\b"


def face(aus: Mapping[int, float]) -> dict[str, float]:
    """Return targets, AU number to 0 to 1, by the names that plans use."""
    return {f"AU{number:02d}": value for number, value in aus.items()}


SHOW: Final = EventKind.EXPRESSION
NOTHING: Final = Action("-", "", EventKind.SWAY, {}, sustains=False)  # a time without movement


def show(
    group: str, pattern: str, aus: Mapping[int, float], onset_s: float, *, one: bool = False
) -> Action:
    """Return an expression of these AUs; `one`: of one side of the face, left if none is said."""
    if not one:
        return Action(group, pattern, SHOW, face(aus), onset_s)
    return Action(group, pattern, SHOW, face(aus), onset_s, SIDED, one_sided=True,
                  default_side="left")  # fmt: skip


def mood(action: Action) -> str:
    """Return what feeling a movement of the face shows, "" for none."""
    if action.stops or action.kind not in (EventKind.EXPRESSION, EventKind.LAUGH):
        return ""
    if action.group == "expression":
        return action.pattern
    if action.targets.get("AU12", 0.0) > 0:
        return "glad"
    low = max(action.targets.get("AU15", 0.0), action.targets.get("AU10", 0.0))
    return "displeased" if low > 0 else ""
