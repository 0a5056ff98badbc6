"""Who does the thinking: what planner, composer and critic are asked, whoever answers.

The loop (:mod:`cogportrait.agents.loop`) asks a reasoner for a plan, for the recordings that play
it, and for a verdict on what was drawn. Physical checks are not asked for: they are made by
:mod:`cogportrait.agents.critic`, and no reasoner overrules them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, Protocol

from cogportrait.agents.casting import cast, shipped_library
from cogportrait.agents.checks_meaning import check_meaning, instructed
from cogportrait.agents.planner import plan_events
from cogportrait.types import (
    Brief,
    ControlSequence,
    Critique,
    EventPlan,
    JsonValue,
    Violation,
)

Role = Literal["planner", "composer"]
EXPERT: Final = "expert"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a critic says about one drawing."""

    accepted: bool
    send_to: Role = "composer"  # who is to do better, where it is not accepted
    findings: tuple[str, ...] = ()  # one line each, for the one who is to do better
    reasoning: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """A plan, its frames, and what the physical checks found."""

    plan: EventPlan
    controls: ControlSequence
    critique: Critique


class Reasoner(Protocol):
    """Three agents: planner, composer, critic."""

    @property
    def name(self) -> str:
        """How it is called in traces."""
        ...

    def plan(self, brief: Brief, feedback: Sequence[str]) -> EventPlan:
        """Return what happens; `feedback` is what the critic found wrong with the last plan."""
        ...

    def cast(self, plan: EventPlan, brief: Brief, feedback: Sequence[str]) -> EventPlan:
        """Return the plan, fitted to frames, with a recorded movement for each event it can."""
        ...

    def judge(self, drawn: Drawn, brief: Brief) -> Verdict:
        """Return whether it means what was asked for."""
        ...

    def notes(self) -> list[JsonValue]:
        """Return what was asked and answered since the last call, for the trace."""
        ...


class ExpertReasoner:
    """The built-in reasoner: offline, deterministic, by rules with sources."""

    @property
    def name(self) -> str:
        """Return ``expert``."""
        return EXPERT

    def plan(self, brief: Brief, feedback: Sequence[str]) -> EventPlan:
        """Return the plan of label and instruction; the same whatever the critic said."""
        return plan_events(brief)

    def cast(self, plan: EventPlan, brief: Brief, feedback: Sequence[str]) -> EventPlan:
        """Return the plan with recordings of the shipped library."""
        return cast(plan, shipped_library(), brief.seed)

    def judge(self, drawn: Drawn, brief: Brief) -> Verdict:
        """Return a verdict by the semantic checks."""
        wrong = check_meaning(drawn.controls, drawn.plan)
        asked = len(instructed(drawn.plan))
        reasoning = f"{asked - len({v.start_s for v in wrong})} of {asked} instructed events seen"
        findings = tuple(v.message for v in wrong)
        return Verdict(not wrong, "composer", findings, reasoning if asked else "")

    def notes(self) -> list[JsonValue]:
        """Return nothing: its reasons stand at the events."""
        return []


def meaning(drawn: Drawn) -> tuple[Violation, ...]:
    """Return the semantic findings on a drawing."""
    return tuple(check_meaning(drawn.controls, drawn.plan))
