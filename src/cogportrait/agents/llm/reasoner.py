"""The three agents by a language model, each with its prompt and its typed reply."""

from collections.abc import Sequence
from dataclasses import replace
from importlib.resources import files
from string import Template
from typing import Final, TypeVar

import numpy as np
from pydantic import BaseModel

from cogportrait.agents.casting import candidates, cast, shipped_library
from cogportrait.agents.checks_reading import CHECKS as READING
from cogportrait.agents.checks_reading import check_reading
from cogportrait.agents.instructions import read_instruction
from cogportrait.agents.llm.client import Client, Question
from cogportrait.agents.llm.pictures import curves_png, film_strip_png, portrait_png
from cogportrait.agents.llm.schema import (
    CastReply,
    PlanReply,
    ShortCast,
    ShortPlan,
    ShortVerdict,
    VerdictReply,
)
from cogportrait.agents.llm.settings import LlmSettings
from cogportrait.agents.planner import with_life
from cogportrait.agents.reasoner import Drawn, Verdict
from cogportrait.behavior.labels import priors
from cogportrait.behavior.library.retrieve import Library, Match
from cogportrait.types import (
    Brief,
    ControlSequence,
    EventPlan,
    JsonValue,
    PlannedEvent,
    Portrait,
    Violation,
)

CANDIDATES: Final = 4  # recordings offered for an event
OFFERED: Final = 40  # events of a plan that a model chooses recordings for; the rest are cast
SHORT_OFFERED: Final = 6  # for small models
TOLD_EVENTS: Final = 60
TOLD_PRIORS: Final = 30
TOLD_S: Final = 60.0  # of curves that are told in numbers

_Reply = TypeVar("_Reply", bound=BaseModel)


class LanguageReasoner:
    """Planner, composer and critic by one language model.

    Parameters
    ----------
    settings : LlmSettings
        Which model, and what it may cost.
    portrait : Portrait or None
        Whose face it is; shown to models with vision.
    library : Library or None
        Recordings to choose from; None is the library that comes with the package.

    Raises
    ------
    InputError, OutputError
        The files of recorded replies cannot be used.
    """

    def __init__(
        self,
        settings: LlmSettings,
        portrait: Portrait | None = None,
        library: Library | None = None,
    ) -> None:
        self.library = shipped_library() if library is None else library
        self._client = Client(settings)
        self._portrait = portrait if settings.vision else None
        short = settings.short
        self._plan_form = ShortPlan if short else PlanReply
        self._cast_form = ShortCast if short else CastReply
        self._verdict_form = ShortVerdict if short else VerdictReply

    @property
    def name(self) -> str:
        """Return the model's name."""
        return f"llm: {self._client.settings.model}"

    def plan(self, brief: Brief, feedback: Sequence[str]) -> EventPlan:
        """Return the model's plan, with the blinks and the life that it leaves out."""
        if not feedback:
            self._client.start()
        pictures = () if self._portrait is None else (portrait_png(self._portrait),)
        told = {
            "label": brief.label, "duration": f"{brief.duration_s:g}",
            "turn": "speaking" if brief.speaking else "listening", "priors": _priors(brief.label),
            "pauses": _pauses(brief), "instruction": _quoted(brief.instruction),
            "feedback": _feedback(feedback),
        }  # fmt: skip
        reply = self._ask("planner", told, self._plan_form, pictures)
        plan = reply.plan(
            brief.label, brief.duration_s, speaking=brief.speaking, intensity=brief.intensity
        )
        reading = read_instruction(brief.instruction, brief.duration_s)
        return replace(with_life(brief, plan), withheld=reading.withheld)

    def cast(self, plan: EventPlan, brief: Brief, feedback: Sequence[str]) -> EventPlan:
        """Return the plan with the recordings that the model chose from the closed list."""
        offered = candidates(plan, self.library, CANDIDATES)
        most = SHORT_OFFERED if self._client.settings.short else OFFERED
        asked = [i for i, found in enumerate(offered) if len(found) > 1][:most]
        chosen: dict[int, str] = {}
        if asked:
            told = {
                "label": brief.label, "feedback": _feedback(feedback),
                "events": "\n".join(_offer(i, plan.events[i], offered[i]) for i in asked),
            }  # fmt: skip
            for choice in self._ask("composer", told, self._cast_form, ()).choices:
                if choice.event in asked and 0 <= choice.candidate < len(offered[choice.event]):
                    match = offered[choice.event][choice.candidate]
                    chosen[choice.event] = match.prototype.id
        return cast(plan, self.library, brief.seed, chosen)

    def unmet(self, plan: EventPlan, brief: Brief) -> tuple[Violation, ...]:
        """Return what the expert reads in the instruction and the model did not plan."""
        return tuple(check_reading(plan, brief.instruction))

    def judge(self, drawn: Drawn, brief: Brief) -> Verdict:
        """Return the model's verdict; what physical checks found is beyond it.

        It cannot accept a plan that lacks what the expert reads in the instruction.
        """
        told = {
            "label": brief.label, "instruction": _quoted(brief.instruction),
            "events": "\n".join(_event(e) for e in drawn.plan.events[:TOLD_EVENTS]),
            "summary": summary(drawn.controls),
            "findings": "\n".join(v.message for v in drawn.meaning) or "nothing",
        }  # fmt: skip
        pictures: tuple[bytes, ...] = ()
        if self._portrait is not None:
            strip = film_strip_png(self._portrait, drawn.controls)
            pictures = portrait_png(self._portrait), strip, curves_png(drawn.controls)
        reply = self._ask("critic", told, self._verdict_form, pictures)
        unmet = [v.message for v in drawn.meaning if v.check in READING]
        return Verdict(
            reply.accepted and not unmet, "planner" if unmet else reply.send_to,
            (*unmet, *reply.findings), reply.reasoning,
        )  # fmt: skip

    def notes(self) -> list[JsonValue]:
        """Return what was asked and answered since the last call."""
        return self._client.notes()

    def _ask(
        self, role: str, told: dict[str, str], form: type[_Reply], pictures: tuple[bytes, ...]
    ) -> _Reply:
        system, _, text = prompt(role).partition("===\n")
        question = Question(role, system.strip(), Template(text).substitute(told), pictures)
        return self._client.ask(question, form)


def prompt(role: str) -> str:
    """Return the prompt of an agent: what it is told once, ``===``, and what each time."""
    return (files("cogportrait.agents") / "prompts" / f"{role}.md").read_text("utf-8")


def summary(controls: ControlSequence) -> str:
    """Return what curves show, second by second, in numbers."""
    rows: list[str] = []
    n = round(controls.fps)
    for start in range(0, min(len(controls), round(TOLD_S * controls.fps)), max(n, 1)):
        part = controls.rows(start, start + n)
        aus = {
            f"AU{k:02d}": float(np.mean([part.au(f"AU{k:02d}_{s}").max() for s in "LR"]))
            for k in (1, 2, 4, 5, 6, 7, 12, 43)
        }
        strong = " ".join(f"{name} {value:.2f}" for name, value in aus.items() if value >= 0.1)
        yaw, pitch = np.median(part.gaze_deg.mean(1) + part.head_deg[:, :2], axis=0)
        head = ", ".join(f"{v:.0f}" for v in np.median(part.head_deg, axis=0))
        rows.append(
            f"{start / controls.fps:.0f} s: {strong or 'calm'}; looks at ({yaw:.0f}, {pitch:.0f}); "
            f"head ({head})"
        )
    return "\n".join(rows)


def _priors(label: str) -> str:
    known = priors(label)
    rows = [f"order: {known.order}", f"together: {known.cooccurrence}"]
    rows += [f"AU{n:02d}: {known.au(n):.2f}" for n in sorted(known.aus)]
    for name, quantity in known.others.items():
        if quantity.mean is not None and quantity.low is not None and quantity.high is not None:
            rows.append(f"{name}: {quantity.mean:g}, {quantity.low:g} to {quantity.high:g}, "
                        f"{quantity.unit}")  # fmt: skip
    return "\n".join(f"- {row}" for row in rows[:TOLD_PRIORS])


def _pauses(brief: Brief) -> str:
    if brief.speech is None:
        return "there is no sound"
    told = [f"{p.start_s:.1f} to {p.end_s:.1f} s" for p in brief.speech.pauses[:30]]
    return ", ".join(told) or "none"


def _quoted(instruction: str) -> str:
    """Return the instruction without what could end its tags, and without `$`."""
    return instruction.replace("<", "(").replace(">", ")").strip() or "(none)"


def _feedback(lines: Sequence[str]) -> str:
    if not lines:
        return ""
    return "The critic found this wrong with the last attempt; do better:\n" + "\n".join(
        f"- {line}" for line in lines[:20]
    )


def _offer(i: int, event: PlannedEvent, found: Sequence[Match]) -> str:
    rows = [f"Event {i}: {_event(event)}"]
    for k, match in enumerate(found):
        about = match.prototype
        rows.append(
            f"  {k}: {about.kind} of person {about.person[:8]}, {about.duration_s:.2f} s, "
            f"size {about.amplitude:.2f}, played {match.time_factor:.2f} times as long, "
            f"{match.gain:.2f} times as large; {', '.join(match.reasons)}"
        )
    return "\n".join(rows)


def _event(event: PlannedEvent) -> str:
    moves = ", ".join(f"{t.channel} {t.value:.2f}" for t in event.targets)
    return f"{event.start_s:.2f} to {event.end_s:.2f} s: {event.kind} {event.side} ({moves})"
