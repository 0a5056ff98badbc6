"""What is done with a plan that is still impossible after the last round.

Its curves are projected onto what is possible; if that does not do, the events under each finding
are left out, again and again; then all but the blinks and the sway of a living face. What is
impossible even so is refused. So nothing with a hard finding leaves Stage 1, whoever planned it.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np
from scipy.ndimage import binary_erosion

from cogportrait.agents.blinks import thin
from cogportrait.agents.casting import TEMPLATE
from cogportrait.agents.composer import compose_brief
from cogportrait.agents.critic import criticize, criticize_meaning, join
from cogportrait.agents.evidence import Evidence
from cogportrait.agents.planner import with_life
from cogportrait.agents.reasoner import Drawn
from cogportrait.agents.repair import BLINK_S, repair
from cogportrait.agents.repair_plan import repair_plan
from cogportrait.behavior.compose import fit_to_frames
from cogportrait.behavior.sampling import fine_steps, sample
from cogportrait.errors import PlanError
from cogportrait.types import (
    Brief,
    ControlSequence,
    EventKind,
    EventPlan,
    PlannedEvent,
    Target,
    Violation,
)

_REMOVALS: Final = 12  # rounds of leaving events out
_WET_EVERY_S: Final = 12.0  # open eyes that nothing else makes blink (hard bound: 20 s)
_LIDS_UP: Final = 0.2  # closure below which a blink can be put in
_CLEAR_S: Final = 0.5  # on both sides of such a blink

Mended = tuple[Drawn, tuple[str, ...]]


def meaning_of(frames: ControlSequence, plan: EventPlan, brief: Brief) -> tuple[Violation, ...]:
    """Return what frames do not mean that was asked for; the mouth may be a speech's."""
    speaks = brief.speaking and brief.speech is not None
    return criticize_meaning(frames, plan, articulated=speaks)


def mended(plan: EventPlan, brief: Brief) -> Mended:
    """Return a drawing without hard findings, as near to the plan as can be, and what was done.

    Raises
    ------
    PlanError
        There is none.
    """
    (drawn, actions), done = _projected(repair_plan(plan), brief), list[str]()
    for _ in range(_REMOVALS):
        if not drawn.critique.hard:
            return drawn, (*done, *actions)
        kept, said = _without(drawn.plan, drawn.critique.hard)
        if not said:
            break
        done += said
        drawn, actions = _projected(kept, brief)
    for kinds in ((EventKind.BLINK, EventKind.SWAY), ()):
        if not drawn.critique.hard:
            break
        done.append("plan: all events left out" + (" but blinks and sway" if kinds else ""))
        drawn, actions = _projected(_bare(plan, brief, kinds), brief)
    if drawn.critique.hard:
        raise PlanError(
            f"plan of {brief.label}, {brief.duration_s:g} s: stays impossible whatever is left "
            f"out: {drawn.critique.hard[0].message}"
        )
    return drawn, (*done, *actions)


def _projected(plan: EventPlan, brief: Brief) -> Mended:
    """Return a plan drawn with blinks at a possible rate and its curves made possible."""
    drawn, actions = project(plan, brief)
    off = [v for v in drawn.critique.hard if v.check == "blink_rate"]
    if not off:
        return drawn, actions
    if any(v.measured > v.bound for v in off):
        plan, said = _thinned(plan), "plan: blinks left out, there were too many"
    else:
        plan, said = _wetted(plan, drawn.controls), "plan: blinks added, there were too few"
    drawn, actions = project(fit_to_frames(plan, brief.fps), brief)
    return drawn, (said, *actions)


def project(plan: EventPlan, brief: Brief) -> Mended:
    """Return a plan drawn with its curves projected onto what is possible, and what was done.

    The curves are repaired where velocities can be seen, before they are sampled; frames that
    sampling has spoiled are repaired once more.
    """
    fine = repair(compose_brief(plan, brief), plan)
    frames = repair(sample(fine.controls, fine_steps(brief.fps)), plan)
    critique = join(criticize(frames.controls, plan), criticize(fine.controls, plan))
    drawn = Drawn(plan, frames.controls, critique, meaning_of(frames.controls, plan, brief))
    return drawn, (*fine.actions, *frames.actions)


def _thinned(plan: EventPlan) -> EventPlan:
    """Return the plan with fewer blinks in its busiest minutes."""
    kept = thin(plan.of_kind(EventKind.BLINK), plan.of_kind(EventKind.WINK))
    events = [e for e in plan.events if e.kind is not EventKind.BLINK or e in kept]
    return replace(plan, events=tuple(events))


def _wetted(plan: EventPlan, frames: ControlSequence) -> EventPlan:
    """Return the plan with a blink wherever the eyes of these frames stay open for long."""
    evidence = Evidence(frames, plan)
    lids_up = ~evidence.in_closures & (evidence.closure.max(axis=1) < _LIDS_UP)
    near = max(1, round(_CLEAR_S * frames.fps))
    clear = np.flatnonzero(binary_erosion(lids_up, iterations=near)) / frames.fps
    added: list[PlannedEvent] = []
    while clear.size:
        added.append(_blink(float(clear[0])))
        clear = clear[clear >= clear[0] + _WET_EVERY_S]
    events = sorted([*plan.events, *added], key=lambda e: e.start_s)
    return replace(plan, events=tuple(events))


def _blink(start_s: float) -> PlannedEvent:
    return PlannedEvent(
        EventKind.BLINK, start_s, *BLINK_S, (Target("closure", 1.0),),
        reason="open eyes have to blink", source="PRIOR", prototype=TEMPLATE,
    )  # fmt: skip


def _without(plan: EventPlan, findings: Sequence[Violation]) -> tuple[EventPlan, list[str]]:
    """Return the plan without the events that findings concern, and what was left out."""
    hit = [e for e in plan.events if any(concerned(plan, e, v) for v in findings)]
    hit = hit or [e for e in plan.events if any(overlaps(plan, e, v) for v in findings)]
    kept = tuple(e for e in plan.events if e not in hit)
    said = [f"plan: {e.kind} at {e.start_s:.2f} s left out" for e in hit]
    return replace(plan, events=kept), said


def overlaps(plan: EventPlan, event: PlannedEvent, found: Violation) -> bool:
    """Return whether an event and a finding have some time in common."""
    return found.start_s <= plan.end_of(event) and event.start_s <= found.end_s


def concerned(plan: EventPlan, event: PlannedEvent, found: Violation) -> bool:
    """Return whether an event may be to blame for a finding."""
    return overlaps(plan, event, found) and _moves(found.channel, event)


def _moves(channel: str, event: PlannedEvent) -> bool:
    targets = {t.channel for t in event.targets}
    name = channel.removesuffix("_L").removesuffix("_R")
    group = name.partition("_")[0]
    whole = group in ("head", "gaze") and any(t.startswith(group) for t in targets)
    return whole or name in targets or (name == "AU43" and "closure" in targets)


def _bare(plan: EventPlan, brief: Brief, kinds: tuple[EventKind, ...]) -> EventPlan:
    """Return the plan with events of some kinds alone, of the label's own life."""
    if not kinds:
        return replace(plan, events=())
    quiet = replace(brief, speech=None)
    made = with_life(quiet, replace(plan, events=()))
    return fit_to_frames(repair_plan(made), brief.fps)
