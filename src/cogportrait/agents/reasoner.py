"""Who does the thinking: what planner, composer and critic are asked, whoever answers.

The loop (:mod:`cogportrait.agents.loop`) asks a reasoner for a plan, for the recordings that play
it, and for a verdict on what was drawn. Physical checks are not asked for: they are made by
:mod:`cogportrait.agents.critic`, and no reasoner overrules them.
"""

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal, Protocol, TypeVar

from cogportrait.agents.casting import cast, shipped_library
from cogportrait.agents.checks_meaning import instructed
from cogportrait.agents.checks_reading import CHECKS as READING
from cogportrait.agents.instructions import check_understood
from cogportrait.agents.planner import check_brief, plan_events
from cogportrait.behavior.library.retrieve import Library
from cogportrait.errors import ReasonerError
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

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a critic says about one drawing."""

    accepted: bool
    send_to: Role = "composer"  # who is to do better, where it is not accepted
    findings: tuple[str, ...] = ()  # one line each, for the one who is to do better
    reasoning: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """A plan, its frames, and what the checks found."""

    plan: EventPlan
    controls: ControlSequence
    critique: Critique  # of what is possible
    meaning: tuple[Violation, ...] = ()  # what is not as it was meant, by the built-in checks


class Reasoner(Protocol):
    """Three agents: planner, composer, critic."""

    @property
    def name(self) -> str:
        """How it is called in traces."""
        ...

    @property
    def library(self) -> Library:
        """Whose recordings it casts."""
        ...

    def plan(self, brief: Brief, feedback: Sequence[str]) -> EventPlan:
        """Return what happens; `feedback` is what the critic found wrong with the last plan."""
        ...

    def cast(self, plan: EventPlan, brief: Brief, feedback: Sequence[str]) -> EventPlan:
        """Return the plan, fitted to frames, with a recorded movement for each event it can."""
        ...

    def unmet(self, plan: EventPlan, brief: Brief) -> tuple[Violation, ...]:
        """Return what the last plan lacks of the instruction, as the expert reads it."""
        ...

    def judge(self, drawn: Drawn, brief: Brief) -> Verdict:
        """Return whether it means what was asked for."""
        ...

    def notes(self) -> list[JsonValue]:
        """Return what was asked and answered since the last call, for the trace."""
        ...


class ExpertReasoner:
    """The built-in reasoner: offline, deterministic, by rules with sources.

    Parameters
    ----------
    library : Library or None
        Recordings that play the events; None is the library that comes with the package.
    """

    _given: Library | None = None

    def __init__(self, library: Library | None = None) -> None:
        self._given = library

    @property
    def library(self) -> Library:
        """Return the library it was given, or the shipped one."""
        return shipped_library() if self._given is None else self._given

    @property
    def name(self) -> str:
        """Return ``expert``."""
        return EXPERT

    def plan(self, brief: Brief, feedback: Sequence[str]) -> EventPlan:
        """Return the plan of label and instruction; after feedback, another draw of it.

        What the critic sends back is a face that chance made too much like another label's. The
        seed of the next draw comes from the brief's and from the feedback.

        Raises
        ------
        InstructionError
            Nothing in the instruction is understood.
        """
        check_brief(brief)
        check_understood(brief.instruction, brief.duration_s)
        if feedback:
            told = zlib.crc32("\n".join(feedback).encode())
            brief = replace(brief, seed=brief.seed ^ told)
        return plan_events(brief)

    def cast(self, plan: EventPlan, brief: Brief, feedback: Sequence[str]) -> EventPlan:
        """Return the plan with recordings of the library."""
        return cast(plan, self.library, brief.seed)

    def unmet(self, plan: EventPlan, brief: Brief) -> tuple[Violation, ...]:
        """Return nothing: it plans what it reads."""
        return ()

    def judge(self, drawn: Drawn, brief: Brief) -> Verdict:
        """Return a verdict by the semantic checks."""
        label = [v for v in drawn.meaning if v.check in ("label_closeness", *READING)]
        missed = [v for v in drawn.meaning if v not in label]
        asked = len(instructed(drawn.plan))
        said = [*(_seen(asked, missed) if asked else []), *(v.message for v in label)]
        findings = tuple(v.message for v in drawn.meaning)
        unread = any(v.check in READING for v in drawn.meaning)
        send_to: Role = "planner" if unread or (label and not missed) else "composer"
        return Verdict(not findings, send_to, findings, "; ".join(said))

    def notes(self) -> list[JsonValue]:
        """Return nothing: its reasons stand at the events."""
        return []


def _seen(asked: int, missed: Sequence[Violation]) -> list[str]:
    """Return how many instructed events are seen, and what is wrong with those that are."""
    unseen = sum(v.check == "instruction_shown" for v in missed)
    rest = [v.message for v in missed if v.check != "instruction_shown"]
    return [f"{asked - unseen} of {asked} instructed events seen", *rest]


class _StandIn(ExpertReasoner):
    """The expert with a text that was not meant for it: what it does not understand is left out."""

    def plan(self, brief: Brief, feedback: Sequence[str]) -> EventPlan:
        return plan_events(brief)


class FallbackReasoner:
    """Another reasoner until it fails, then the expert to the end of the compilation.

    It fails too when its last plan is still not what the instruction asks for.
    """

    def __init__(self, first: Reasoner) -> None:
        self._first, self._expert = first, _StandIn(first.library)
        self._planned_by: Reasoner = first
        self.failure = ""  # what went wrong, one line; empty as long as nothing did

    @property
    def name(self) -> str:
        """Return who does the thinking now."""
        return f"{self._expert.name} instead of {self._first.name}" if self.failure else (
            self._first.name
        )  # fmt: skip

    @property
    def library(self) -> Library:
        """Return the other's library, which is the expert's too."""
        return self._first.library

    def plan(self, brief: Brief, feedback: Sequence[str]) -> EventPlan:
        """Return the other's plan, or the expert's."""
        made = self._either(lambda who: who.plan(brief, feedback))
        self._planned_by = self._expert if self.failure else self._first
        return made

    def cast(self, plan: EventPlan, brief: Brief, feedback: Sequence[str]) -> EventPlan:
        """Return the other's cast, or the expert's."""
        return self._either(lambda who: who.cast(plan, brief, feedback))

    def unmet(self, plan: EventPlan, brief: Brief) -> tuple[Violation, ...]:
        """Return what a plan of the other lacks."""
        return self._planned_by.unmet(plan, brief)

    def replaces(self, best: Drawn) -> bool:
        """Return whether the other's best plan lacks what is asked for: the expert then plans."""
        lacks = [v.message for v in best.meaning if v.check in READING]
        if lacks and not self.failure:
            self.failure = f"the model's plan is still not what was asked for: {lacks[0]}"
        return bool(lacks)

    def judge(self, drawn: Drawn, brief: Brief) -> Verdict:
        """Return the other's verdict, or the expert's."""
        return self._either(lambda who: who.judge(drawn, brief))

    def notes(self) -> list[JsonValue]:
        """Return what the other was asked, and its failure."""
        failed: list[JsonValue] = [{"failure": self.failure}] if self.failure else []
        return [*self._first.notes(), *failed]

    def _either(self, work: Callable[[Reasoner], _T]) -> _T:
        if not self.failure:
            try:
                return work(self._first)
            except ReasonerError as error:
                self.failure = str(error)
        return work(self._expert)
