"""What a language model may reply: typed, bounded, closed."""

from typing import Annotated, Literal, cast

from pydantic import BaseModel, ConfigDict, Field, field_validator

from cogportrait.errors import plain
from cogportrait.types import EventKind, EventPlan, PlannedEvent, Target

MOST_EVENTS = 120
MOST_MOVES = 10
_Text = Annotated[str, Field(max_length=6000)]
_Clause = Annotated[str, Field(max_length=300)]
_Seconds = Annotated[float, Field(ge=0, le=600, allow_inf_nan=False)]

Kind = Literal[
    "expression", "laugh", "closure", "blink", "wink", "gaze", "drift", "head", "pulse", "nod",
    "shake",
]  # fmt: skip
Channel = Literal[
    "AU01", "AU02", "AU04", "AU05", "AU06", "AU07", "AU10", "AU12", "AU14", "AU15", "AU17",
    "AU18", "AU20", "AU22", "AU23", "AU24", "AU25", "AU26", "AU27", "closure",
    "gaze_yaw", "gaze_pitch", "head_yaw", "head_pitch", "head_roll",
]  # fmt: skip
_OF_FACE = frozenset(("expression", "laugh"))
_OF_LIDS = frozenset(("closure", "blink", "wink"))
_OF_EYES = frozenset(("gaze", "drift"))


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


class Move(_Strict):
    """One channel and where it goes."""

    channel: Channel
    value: Annotated[float, Field(ge=-90, le=90)]


class EventReply(_Strict):
    """One movement."""

    kind: Kind
    start_s: _Seconds
    rise_s: _Seconds = 0.3
    hold_s: _Seconds = 0.0
    fall_s: _Seconds = 0.3
    side: Literal["both", "L", "R"] = "both"
    moves: Annotated[list[Move], Field(min_length=1, max_length=MOST_MOVES)]
    cycles: Annotated[float, Field(ge=0, le=20)] = 0.0
    why: _Clause = ""
    instructed: bool = False

    def event(self) -> PlannedEvent | None:
        """Return it as a planned event; None where nothing of it belongs to its kind."""
        targets = tuple(
            Target(m.channel, m.value) for m in self.moves if _belongs(self.kind, m.channel)
        )
        if not targets:
            return None
        swings = self.kind in ("nod", "shake")
        length = self.rise_s + self.hold_s + self.fall_s
        cycles = (self.cycles or 2.0) if swings else 0.0
        rate = cycles / length if swings and length > 0 else 0.0
        return PlannedEvent(
            EventKind(self.kind), self.start_s, self.rise_s, self.hold_s, self.fall_s, targets,
            side=self.side, rate_hz=4.5 if self.kind == "laugh" else rate, cycles=cycles,
            origin="instruction" if self.instructed else "label",
            reason=plain(" ".join(self.why.split())), source="PRIOR",
        )  # fmt: skip


class PlanReply(_Strict):
    """What a planner replies."""

    reasoning: _Text
    may_blink: bool = True
    events: Annotated[list[EventReply], Field(max_length=MOST_EVENTS)]

    @field_validator("events", mode="before")
    @classmethod
    def _not_too_many(cls, events: object) -> object:
        """Refuse a million events before the first of them is read."""
        if isinstance(events, list) and len(cast("list[object]", events)) > MOST_EVENTS:
            raise ValueError(f"expected at most {MOST_EVENTS} events")
        return events  # pyright: ignore[reportUnknownVariableType]

    def plan(
        self, label: str, duration_s: float, *, speaking: bool, intensity: float = 1.0
    ) -> EventPlan:
        """Return its events as a plan, those beyond the clip's end left out."""
        events = [e for reply in self.events if (e := reply.event()) is not None]
        inside = sorted((e for e in events if e.start_s < duration_s), key=lambda e: e.start_s)
        return EventPlan(
            label, duration_s, tuple(inside), speaking, self.may_blink, intensity=intensity
        )


class Choice(_Strict):
    """Which candidate plays an event; -1 is none."""

    event: Annotated[int, Field(ge=0, le=10_000)]
    candidate: Annotated[int, Field(ge=-1, le=100)]


class CastReply(_Strict):
    """What a composer replies."""

    reasoning: _Text
    choices: Annotated[list[Choice], Field(max_length=MOST_EVENTS)]


class VerdictReply(_Strict):
    """What a critic replies."""

    reasoning: _Text
    accepted: bool
    send_to: Literal["planner", "composer"] = "planner"
    findings: Annotated[list[_Clause], Field(max_length=20)] = Field(default_factory=list[str])


# The same for models so small that they do not find an end.
_ShortText = Annotated[str, Field(max_length=300)]
_ShortClause = Annotated[str, Field(max_length=80)]


class ShortEvent(EventReply):
    """One movement."""

    moves: Annotated[list[Move], Field(min_length=1, max_length=3)]
    why: _ShortClause = ""


class ShortPlan(PlanReply):
    """What a planner replies."""

    reasoning: _ShortText
    events: Annotated[list[ShortEvent], Field(max_length=6)]  # type: ignore[assignment]


class ShortCast(CastReply):
    """What a composer replies."""

    reasoning: _ShortText
    choices: Annotated[list[Choice], Field(max_length=12)]


class ShortVerdict(VerdictReply):
    """What a critic replies."""

    reasoning: _ShortText
    findings: Annotated[list[_ShortClause], Field(max_length=3)] = Field(default_factory=list[str])


def _belongs(kind: str, channel: str) -> bool:
    if kind in _OF_FACE:
        return channel.startswith("AU")
    if kind in _OF_LIDS:
        return channel == "closure"
    if kind in _OF_EYES:
        return channel.startswith("gaze")
    return channel.startswith("head")
