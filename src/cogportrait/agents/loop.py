"""From a brief to controls: plan, compose, criticize, again if need be, repair what is left."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from cogportrait.agents.casting import TEMPLATE, cast, shipped_library
from cogportrait.agents.composer import compose_brief
from cogportrait.agents.critic import criticize, join
from cogportrait.agents.planner import plan_events
from cogportrait.agents.repair import repair
from cogportrait.agents.repair_order import head_with_eyes
from cogportrait.agents.repair_plan import repair_plan
from cogportrait.behavior.compose import fit_to_frames
from cogportrait.behavior.sampling import fine_steps, sample
from cogportrait.types import (
    Brief,
    CompiledBrief,
    ControlSequence,
    Critique,
    EventPlan,
    JsonValue,
    PlannedEvent,
)

ROUNDS: Final = 3


def _fitted(plan: EventPlan, brief: Brief) -> EventPlan:
    """Return the plan on the frames of the video, the head with the eyes, recordings cast."""
    fitted = head_with_eyes(fit_to_frames(plan, brief.fps))
    return cast(fitted, shipped_library(), brief.seed)


def _draw(plan: EventPlan, brief: Brief) -> tuple[ControlSequence, Critique]:
    """Return the frames of a plan and what is wrong with them and with the curves behind them."""
    fine = compose_brief(plan, brief)
    frames = sample(fine, fine_steps(brief.fps))
    return frames, join(criticize(frames, plan), criticize(fine, plan))


def compile_brief(brief: Brief) -> CompiledBrief:
    """Return what Stage 2 is to draw: possible, deterministic, with a reason for everything.

    Parameters
    ----------
    brief : Brief
        Label (canonical), duration 0.5..600 s, fps 10..120, seed, intensity 0.25..1.5, speech.

    Returns
    -------
    CompiledBrief
        ``round(duration * fps)`` frames (at least 1) without any hard violation.

    Raises
    ------
    LabelError, PlanError
        The brief asks for something that cannot be planned.
    """
    return compile_plan(brief, plan_events(brief))


def compile_plan(brief: Brief, plan: EventPlan) -> CompiledBrief:
    """Return the controls of a plan, whoever made it, however wild it is.

    Parameters
    ----------
    brief : Brief
        Gives frame rate, seed and speech; its label and instruction are only quoted in the trace.
    plan : EventPlan
        From ``plan_events`` or from elsewhere. What is impossible in it is mended or left out.

    Returns
    -------
    CompiledBrief
        As of `compile_brief`.
    """
    plan = _fitted(repair_plan(plan), brief)
    history: list[JsonValue] = []
    frames, critique = _draw(plan, brief)
    rounds = 1
    while critique.hard and rounds < ROUNDS:
        history.append(_texts(v.message for v in critique.hard))
        plan = _fitted(calmer(plan, critique), brief)
        frames, critique = _draw(plan, brief)
        rounds += 1
    actions: tuple[str, ...] = ()
    if critique.hard:
        history.append(_texts(v.message for v in critique.hard))
        frames, critique, actions = _mended(plan, brief)
    return CompiledBrief(
        frames, plan, critique, rounds, _trace(brief, plan, critique, history, actions)
    )


def _mended(plan: EventPlan, brief: Brief) -> tuple[ControlSequence, Critique, tuple[str, ...]]:
    """Return the frames of a plan whose curves are projected onto what is possible.

    The curves are repaired where velocities can be seen, before they are sampled; frames that
    sampling has spoiled are repaired once more.
    """
    fine = repair(compose_brief(plan, brief), plan)
    frames = repair(sample(fine.controls, fine_steps(brief.fps)), plan)
    critique = join(criticize(frames.controls, plan), criticize(fine.controls, plan))
    return frames.controls, critique, (*fine.actions, *frames.actions)


def calmer(plan: EventPlan, critique: Critique) -> EventPlan:
    """Return the plan with the events under each hard finding made possible, or slower.

    A recorded movement is played by its template instead; where there is none, the movements of the
    channel concerned take half as long again.
    """
    plan = repair_plan(plan)
    events: list[PlannedEvent] = []
    for event in plan.events:
        channels = {t.channel for t in event.targets}
        hit = any(
            v.start_s <= event.end_s and event.start_s <= v.end_s and _concerns(v.channel, channels)
            for v in critique.hard
        )
        events.append(_calmed(event) if hit else event)
    return repair_plan(replace(plan, events=tuple(events)))


def _calmed(event: PlannedEvent) -> PlannedEvent:
    if event.shape:
        return replace(event, prototype=TEMPLATE, shape=())
    return replace(event, onset_s=1.5 * event.onset_s, offset_s=1.5 * event.offset_s)


def _concerns(channel: str, targets: set[str]) -> bool:
    name = channel.removesuffix("_L").removesuffix("_R")
    heads = name == "head" and any(target.startswith("head") for target in targets)
    return heads or name in targets or (name == "AU43" and "closure" in targets)


def _texts(values: Iterable[str]) -> list[JsonValue]:
    return [*values]


def _trace(
    brief: Brief,
    plan: EventPlan,
    critique: Critique,
    history: list[JsonValue],
    actions: tuple[str, ...],
) -> dict[str, JsonValue]:
    return {
        "label": brief.label,
        "seed": brief.seed,
        "duration_s": brief.duration_s,
        "fps": brief.fps,
        "instruction": brief.instruction,
        "not_understood": _texts(plan.not_understood),
        "events": [describe(event) for event in plan.events],
        "rounds": history,
        "repairs": _texts(actions),
        "soft_findings": _texts(v.message for v in critique.violations if v.severity == "soft"),
    }


def describe(event: PlannedEvent) -> dict[str, JsonValue]:
    """Return one event for a trace: when, what, why."""
    return {
        "kind": str(event.kind),
        "start_s": round(event.start_s, 3),
        "end_s": round(event.end_s, 3),
        "side": event.side,
        "targets": {t.channel: round(t.value, 3) for t in event.targets},
        "reason": event.reason,
        "source": event.source,
        "origin": event.origin,
        "prototype": event.prototype or TEMPLATE,
    }
