"""From a brief to controls: plan, compose, criticize, again if need be, repair what is left."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from cogportrait.agents.ablation_names import Ablation
from cogportrait.agents.ablations import direct_label, planner_only, rule_retrieval
from cogportrait.agents.casting import TEMPLATE
from cogportrait.agents.checks_reading import compared
from cogportrait.agents.composer import compose_brief
from cogportrait.agents.critic import criticize, join
from cogportrait.agents.mending import concerned, meaning_of, mended
from cogportrait.agents.planner import check_brief
from cogportrait.agents.reasoner import (
    EXPERT,
    Drawn,
    ExpertReasoner,
    FallbackReasoner,
    Reasoner,
    Verdict,
)
from cogportrait.agents.repair import repair
from cogportrait.agents.repair_order import head_with_eyes
from cogportrait.agents.repair_plan import repair_plan, smoothed
from cogportrait.behavior.compose import fit_to_frames
from cogportrait.behavior.library.retrieve import Library
from cogportrait.behavior.sampling import fine_steps, sample
from cogportrait.types import (
    TOLD,
    Brief,
    Casting,
    CompiledBrief,
    ControlSequence,
    Critique,
    EventPlan,
    JsonValue,
    PlannedEvent,
)

ROUNDS: Final = 3


def _draw(plan: EventPlan, brief: Brief) -> Drawn:
    """Return the frames of a plan and what is wrong with them and with the curves behind them."""
    fine = compose_brief(plan, brief)
    frames = sample(fine, fine_steps(brief.fps))
    found = join(criticize(frames, plan), criticize(fine, plan))
    return Drawn(plan, frames, found, meaning_of(frames, plan, brief))


def compile_brief(
    brief: Brief, reasoner: Reasoner | None = None, ablation: Ablation | None = None
) -> CompiledBrief:
    """Return what Stage 2 is to draw: possible, with a reason for everything.

    Parameters
    ----------
    brief : Brief
        Label (canonical), duration 0.5..600 s, fps 10..120, seed, intensity 0.25..1.5, speech,
        instruction of at most 5000 characters.
    reasoner : Reasoner or None
        Who plans, chooses recordings and judges; None is the built-in expert, which is
        deterministic.
    ablation : Ablation or None
        A part to leave out, for comparisons. What the critic would have refused is left in.

    Returns
    -------
    CompiledBrief
        ``round(duration * fps)`` frames (at least 1); without an ablation no hard violation.

    Raises
    ------
    LabelError, PlanError
        The brief asks for something that cannot be planned, or for nothing that a face can do.
    """
    check_brief(brief)
    loop = _Loop(brief, reasoner or ExpertReasoner())
    return loop.run(None) if ablation is None else loop.without(ablation)


def compile_plan(brief: Brief, plan: EventPlan, reasoner: Reasoner | None = None) -> CompiledBrief:
    """Return the controls of a plan, whoever made it, however wild it is.

    Parameters
    ----------
    brief : Brief
        Gives frame rate, seed and speech; its label and instruction are only quoted in the trace.
    plan : EventPlan
        From ``plan_events`` or from elsewhere. What is impossible in it is mended or left out.
    reasoner : Reasoner or None
        Who chooses recordings and judges.

    Returns
    -------
    CompiledBrief
        As of `compile_brief`.
    """
    return _Loop(brief, reasoner or ExpertReasoner()).run(plan)


def curves_behind(compiled: CompiledBrief, brief: Brief) -> ControlSequence:
    """Return the curves that a brief's frames were sampled from, at 240 Hz or more.

    What was repaired in the curves is repaired again; what was repaired in the frames alone is not
    in them. Not for ablations.
    """
    fine = compose_brief(compiled.plan, brief)
    return repair(fine, compiled.plan).controls if compiled.trace["repairs"] else fine


class _Loop:
    """One compilation: at most `ROUNDS` drawings, each with the reasons for the next.

    As many again of the expert, where it is to stand in and a model's plan is still not what was
    asked for.
    """

    def __init__(self, brief: Brief, reasoner: Reasoner) -> None:
        self.brief, self.reasoner = brief, reasoner
        self.rounds: list[JsonValue] = []
        self.given = False  # whether the plan is another's than the reasoner's
        self.ended = ""  # why no further round was drawn

    def run(self, plan: EventPlan | None) -> CompiledBrief:
        brief, self.given = self.brief, plan is not None
        best = self._best(plan)
        if isinstance(self.reasoner, FallbackReasoner) and self.reasoner.replaces(best):
            best = self._best(None)
        actions: tuple[str, ...] = ()
        if best.critique.hard:
            best, actions = mended(best.plan, brief)
            best = self._read_again(best)
        return CompiledBrief(
            best.controls, best.plan, best.critique, len(self.rounds), self._trace(best, actions)
        )

    def _best(self, plan: EventPlan | None) -> Drawn:
        """Return the best of at most `ROUNDS` drawings; without a plan the reasoner makes it."""
        most = len(self.rounds) + ROUNDS
        self.ended = f"{ROUNDS} rounds are over"
        plan = self._possible(plan if plan is not None else self.reasoner.plan(self.brief, ()))
        drawn, verdict = self._round(plan, ())
        best = drawn
        while len(self.rounds) < most and (drawn.critique.hard or not verdict.accepted):
            feedback = _feedback(drawn, verdict)
            replanned = verdict.send_to == "planner" and not drawn.critique.hard and not self.given
            before, plan = plan, self._next(drawn, verdict, feedback, replanned=replanned)
            if plan in (before, drawn.plan):
                self.ended = f"{verdict.send_to}: knows nothing better"
                break
            drawn, verdict = self._round(plan, feedback)
            best = _better(best, drawn)
        if not drawn.critique.hard and verdict.accepted:
            self.ended = "accepted"
        return best

    def without(self, part: Ablation) -> CompiledBrief:
        """Return what comes out without one part of Stage 1."""
        brief = self.brief
        if part in (Ablation.DIRECT_LABEL, Ablation.RULE_RETRIEVAL):
            self.given = True  # nobody's plan
        if part is Ablation.DIRECT_LABEL:
            plan, frames = direct_label(brief)
        elif part is Ablation.RULE_RETRIEVAL:
            plan, frames = rule_retrieval(brief, self.reasoner.library)
        else:
            plan = self.reasoner.plan(brief, ())
            if part is Ablation.PLANNER_ONLY:
                frames = planner_only(plan, brief)
            else:
                plan = self.reasoner.cast(fit_to_frames(plan, brief.fps), brief, ())
                frames = sample(compose_brief(plan, brief), fine_steps(brief.fps))
        found = join(criticize(frames, plan))
        drawn = self._read_again(Drawn(plan, frames, found, meaning_of(frames, plan, brief)))
        trace = self._trace(drawn, ())
        trace["ablation"] = part.value
        trace["hard_findings_left_in"] = _texts(v.message for v in drawn.critique.hard)
        trace["ended"] = "nothing was judged"
        trace["rounds"] = [{"accepted": None, "asked": self.reasoner.notes()}]
        return CompiledBrief(frames, plan, drawn.critique, 1, trace)

    def _next(
        self, drawn: Drawn, verdict: Verdict, feedback: tuple[str, ...], *, replanned: bool
    ) -> EventPlan:
        """Return the plan of the next round: made anew, or the last one drawn more gently."""
        if replanned:
            return self._possible(self.reasoner.plan(self.brief, feedback))
        return self._possible(calmer(drawn.plan, _hit_by(drawn, verdict)))

    def _possible(self, plan: EventPlan) -> EventPlan:
        return head_with_eyes(fit_to_frames(repair_plan(plan), self.brief.fps))

    def _round(self, plan: EventPlan, feedback: tuple[str, ...]) -> tuple[Drawn, Verdict]:
        """Return what is drawn of a plan, and the verdict on it, and write both down."""
        plan = self.reasoner.cast(plan, self.brief, feedback)
        drawn = self._read_again(_draw(plan, self.brief))
        verdict = Verdict(accepted=False)
        if not drawn.critique.hard:  # what cannot be is not worth judging
            verdict = self.reasoner.judge(drawn, self.brief)
        accepted = verdict.accepted and not drawn.critique.hard
        self.rounds.append({
            "accepted": accepted,
            "hard_findings": _texts(v.message for v in drawn.critique.hard),
            "semantic_findings": _texts(verdict.findings),
            "reasoning": verdict.reasoning,
            "sent_to": None if accepted else verdict.send_to,
            "asked": self.reasoner.notes(),
        })  # fmt: skip
        return drawn, verdict

    def _read_again(self, drawn: Drawn) -> Drawn:
        """Return a drawing with what its plan lacks of the instruction, if the reasoner made it."""
        unmet = () if self.given else self.reasoner.unmet(drawn.plan, self.brief)
        return replace(drawn, meaning=(*unmet, *drawn.meaning)) if unmet else drawn

    def _trace(self, drawn: Drawn, actions: tuple[str, ...]) -> dict[str, JsonValue]:
        brief = self.brief
        read: dict[str, JsonValue] = {}
        if brief.instruction and not self.given and self.reasoner.name != EXPERT:
            n, words = compared(brief.instruction, brief.duration_s)
            read = {"instruction_compared": {"movements": n, "not_understood": _texts(words)}}
        soft = [v.message for v in drawn.critique.violations if v.severity == "soft"]
        return {
            "label": brief.label,
            "seed": brief.seed,
            "duration_s": brief.duration_s,
            "fps": brief.fps,
            "instruction": brief.instruction,
            "reasoner": self.reasoner.name,
            "library": library_record(self.reasoner.library),
            "not_understood": _texts(drawn.plan.not_understood),
            "events": [event_record(event, drawn.plan) for event in drawn.plan.events],
            "rounds": self.rounds,
            "ended": self.ended,
            "repairs": _texts(actions),
            "soft_findings": _texts(soft),
            "semantic_findings": _texts(v.message for v in drawn.meaning),
            **read,
        }


def _better(best: Drawn, new: Drawn) -> Drawn:
    """Return the drawing with fewer hard findings, then with fewer semantic ones; else the new."""
    if best is new:
        return new
    old_cost, new_cost = ((len(d.critique.hard), len(d.meaning)) for d in (best, new))
    return best if old_cost < new_cost else new


def _feedback(drawn: Drawn, verdict: Verdict) -> tuple[str, ...]:
    """Return what is told to who is to do better: all findings, each once, with their reasons."""
    checks = (*drawn.critique.hard, *(() if verdict.accepted else drawn.meaning))
    return tuple(dict.fromkeys((*(v.message for v in checks), *verdict.findings)))


def _hit_by(drawn: Drawn, verdict: Verdict) -> Critique:
    """Return the findings that say which events the composer has to draw more gently."""
    return Critique(drawn.critique.hard or (() if verdict.accepted else drawn.meaning))


def calmer(plan: EventPlan, critique: Critique) -> EventPlan:
    """Return the plan with the events under each finding made possible, or slower.

    A recorded movement is played by its template instead; where there is none, and the finding is
    hard, the movements of the channel concerned take half as long again.
    """
    plan = repair_plan(plan)
    events: list[PlannedEvent] = []
    for event in plan.events:
        hits = {v.severity for v in critique.violations if concerned(plan, event, v)}
        events.append(_calmed(event, hits) if hits else event)
    return repair_plan(replace(plan, events=tuple(events)))


def _calmed(event: PlannedEvent, severities: set[str]) -> PlannedEvent:
    if event.prototype == TOLD:
        return smoothed(event) if "hard" in severities else event
    if event.shape:
        return replace(event, prototype=TEMPLATE, shape=(), casting=None)
    if "hard" not in severities:
        return event
    return replace(event, onset_s=1.5 * event.onset_s, offset_s=1.5 * event.offset_s)


def _texts(values: Iterable[str]) -> list[JsonValue]:
    return [*values]


def library_record(library: Library) -> dict[str, JsonValue]:
    """Return which library it is, as JSON values for a trace."""
    edition = library.edition
    return {
        "name": edition.name,
        "format": edition.format,
        "sha256": edition.sha256,
        "prototypes": len(library),
    }


def event_record(event: PlannedEvent, plan: EventPlan) -> dict[str, JsonValue]:
    """Return an event of a plan as JSON values for a trace: when, what, why, played by what.

    One that is sustained ends with the clip.
    """
    return {
        "kind": str(event.kind),
        "start_s": round(event.start_s, 3),
        "end_s": round(plan.end_of(event), 3),
        "onset_s": round(event.onset_s, 3),
        "hold_s": round(event.hold_s, 3),
        "offset_s": round(event.offset_s, 3),
        "sustained": event.sustain,
        "side": event.side,
        "targets": {t.channel: round(t.value, 3) for t in event.targets},
        "delays_s": {t.channel: round(t.delay_s, 3) for t in event.targets if t.delay_s},
        "rate_hz": round(event.rate_hz, 3),
        "cycles": round(event.cycles, 3),
        "reason": event.reason,
        "source": event.source,
        "origin": event.origin,
        "prototype": event.prototype or TEMPLATE,
        "casting": None if event.casting is None else _casting_record(event.casting),
    }


def _casting_record(how: Casting) -> dict[str, JsonValue]:
    return {
        "person": how.person,
        "time_factor": round(how.time_factor, 3),
        "gain": round(how.gain, 3),
        "mirrored": how.mirrored,
        "reasons": _texts(how.reasons),
    }
