"""The steps of a text as it is read, and what words mean in view of the steps before them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from cogportrait.agents.action_patterns import Action
from cogportrait.agents.instruction_context import WAKES, WIDE
from cogportrait.agents.instruction_denials import NOTHING_DENIED, Denial, Denied
from cogportrait.agents.instruction_times import When
from cogportrait.agents.instruction_vocabulary import (
    LESS,
    MORE,
    RETURNS,
    STOPPED,
    degree_in,
    factor,
    says_only_how_much,
)
from cogportrait.agents.instruction_words import SPEEDS
from cogportrait.types import EventKind

_MORE_IS: Final = 1.5  # "even wider" than before
_LESS_IS: Final = 0.6
_ALIKE: Final = 0.1  # closures that differ less are one
_DEGREE_MOST: Final = 1.6
_WHOLE: Final = (EventKind.CLOSURE, EventKind.GAZE)
_MANNER: Final = re.compile(  # how lids close and eyes go, not how far
    r"\b(?:(?:very |ever so )?(?:gentl[ey]|soft(?:ly)?)|subtly)\b"
)
GRADUAL: Final = re.compile(r"\b(?:gradual(?:ly)?|progressively|little by little|bit by bit)\b")
_JERKS: Final = re.compile(r"\b(?:jerk|snap|start|jolt)")
_FADES: Final = re.compile(r"\b(?:fad|vanish|dissolv|disappear|melt|wan)(?:e|es|s|ing)?\b")
_STARTLED: Final = 0.4  # of the usual time, in which lids fly open
_SHUT: Final = 0.8  # closure at which nothing is seen of the eye


@dataclass(frozen=True, slots=True)
class Step:
    """One movement in its place in the order."""

    action: Action
    place: int  # steps of one place happen together
    degree: float
    speed: float  # factor on times; > 1 is slower
    side: str  # "left", "right", "up", "down" ... or ""
    times: int
    when: When
    words: str
    angle_deg: float | None = None
    stops: bool = False  # ends the movement of its group
    slanting: tuple[float, float] | None = None  # shares of yaw and pitch
    goes_on: bool = False  # again and again for as long as there is time
    rest_s: float = 0.0  # that its place waits before it begins
    shares_time: bool = False  # its time is one that was said of several: "one second each"
    denied: Denied = NOTHING_DENIED  # a time in which something is forbidden moves nothing

    @property
    def lasts_each(self) -> bool:
        """Whether its length is that of one repetition: "for a second every three seconds"."""
        lasts, every = self.when.lasts_s, self.when.every_s
        return lasts is not None and every is not None and 0 < lasts < every

    @property
    def shuts(self) -> bool:
        """Whether nothing is seen of the eyes after it."""
        closed = self.action.kind is EventKind.CLOSURE and self.action.sustains
        return closed and self.action.targets["closure"] * min(self.degree, 1.0) >= _SHUT

    def apart(self, action: Action, side: str) -> bool:
        """Return whether a movement is of the other side of the face."""
        sided = self.action.one_sided and action.one_sided
        return bool(sided and self.side and side and self.side != side)

    def goes_with(self, action: Action, side: str) -> bool:
        """Return whether a movement of the same group can be made together with this one.

        The head turns while it tilts, one eye closes while the other one opens.
        """
        if self.apart(action, side):
            return True
        own, other = _axes(self.action, self.side, self.slanting), _axes(action, side, None)
        return bool(own and other) and not own & other


@dataclass(slots=True)
class Script:
    """The steps of a text, while it is read."""

    duration_s: float
    denials: Sequence[Denial] = ()
    steps: list[Step] = field(default_factory=list[Step])
    manner: float = 1.0  # of the whole, factor on times
    unknown: list[str] = field(default_factory=list[str])
    place: int = 0
    when: When = field(default_factory=When)  # said alone: of the clause that follows
    waiting: str = ""  # the words of `when`
    rest_s: float = 0.0  # of pauses, before what follows
    coming: tuple[tuple[Action, str], ...] = ()  # of one part, until the first has its place
    speed: float = 1.0  # of the clause that follows, factor on times: "slowly, she ..."
    gradual: bool = False  # and takes all its time: "gradually, from 1 to 5 s, ..."
    ahead: bool = False  # whether the words that are read stand before a comma
    at_once: bool = False  # movements of one group that go together do: "while", "meanwhile"
    since: int = 0  # number of the first step of the clause before
    told: int = 0  # and of the one before that has movements
    beyond: list[str] = field(default_factory=list[str])  # what is more than can be read
    meanwhile: bool = False  # the clause that follows happens together with the last one
    between: bool = False  # the clause that follows belongs before the last one
    forbidden: list[tuple[Denied, When]] = field(default_factory=list[tuple[Denied, When]])


def _axes(action: Action, side: str, slanting: tuple[float, float] | None) -> frozenset[str]:
    """Return the axes about which a movement moves the head, none for what moves back or else."""
    scale = slanting or action.sides.get(side, (1.0, 1.0))
    return frozenset(
        c for c in action.targets
        if c.startswith("head_") and scale[1 if c.endswith("pitch") else 0]
    )  # fmt: skip


def speed_of(action: Action, part: str) -> float:
    """Return how fast a movement is said to be, factor on times: who wakes with a jerk is quick."""
    startled = action.group == "lids" and WAKES.search(part) and _JERKS.search(part)
    return (_STARTLED if startled else 1.0) * factor(part, SPEEDS)


def in_its_time(step: Step, *, gradual: bool) -> Step:
    """Return a step; the way there of a gradual one takes from its start to its end."""
    start, end = step.when.start_s, step.when.end_s
    if step.stops and start is not None and end is not None and start < end:
        fades = _FADES.search(step.words)  # takes that long: "the smile fades from 3 to 5 s"
        return replace(step, when=replace(step.when, over_s=end - start)) if fades else step
    gradual = gradual or GRADUAL.search(step.words) is not None
    if not gradual or start is None or end is None or step.when.over_s is not None:
        return step
    if step.times > 1 or step.stops or not step.action.sustains or end <= start:
        return step
    return replace(step, when=replace(step.when, end_s=None, over_s=end - start))


def _undoes(action: Action, side: str, part: str, steps: Sequence[Step]) -> bool:
    """Return True for what only ends the step before: "closes the eyes, then opens them"."""
    own = [s for s in steps if s.action.group == action.group]
    ended = [s for s in own if s.stops]
    own = [s for s in own if not s.stops and not s.apart(action, side)]
    if not own or any(
        e.place > own[-1].place and not own[-1].apart(e.action, e.side) for e in ended
    ):
        return False
    before = own[-1].action
    if before.kind is EventKind.CLOSURE:
        return "AU05" in action.targets and not WIDE.search(part)
    lowered = re.search(r"\b(?:lower|fall|drop|sink|settl|come down|go down|down\s*$)", part)
    return "AU02" in before.targets and set(action.targets) == {"AU04"} and lowered is not None


def says_again(before: Step, action: Action, side: str, part: str, when: When) -> bool:
    """Return True for a state that lasts already: "drowsy, with heavy eyelids"."""
    size, was = (a.targets.get("closure", 0.0) for a in (action, before.action))
    if (
        size
        and was
        and side == before.side
        and abs(size * degree_in(part) - was * before.degree) < _ALIKE
    ):
        return not when and not before.when and not before.stops and "again" not in part
    same = action.targets == before.action.targets and side == before.side and action.sustains
    lasts = not action.needs_side and not before.stops and not STOPPED.search(part)
    lasts = lasts and not MORE.search(part) and not LESS.search(part)
    lasts = lasts and (degree_in(part) in (1.0, before.degree))
    return same and lasts and not when and not before.when and not re.search(r"\bagain\b", part)


def stops(action: Action, side: str, part: str, steps: Sequence[Step]) -> bool:
    """Return True for words that end what this action did."""
    if action.stops or STOPPED.search(part) or _undoes(action, side, part, steps):
        return True
    moved = action.kind in (EventKind.EXPRESSION, EventKind.CLOSURE)
    before = any(s.action is action and not s.stops for s in steps)
    return bool(moved and before and RETURNS.search(part))


def degree(action: Action, side: str, part: str, steps: Sequence[Step]) -> float:
    """Return how much is said; "even wider" is more than the step before of the same kind."""
    before = [s for s in steps if s.action is action and s.side == side and not s.stops]
    if before and LESS.search(part):
        return before[-1].degree * _LESS_IS
    more = MORE.search(part) or (says_only_how_much(part) and "more" in part)
    if before and more:
        return min(before[-1].degree * _MORE_IS, _DEGREE_MOST)
    return degree_in(_MANNER.sub(" ", part) if action.kind in _WHOLE else part)
