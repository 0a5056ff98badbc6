"""What Stage 1 does without one of its parts: the rows of the paper's ablation table.

The paper names the rows and not how they are made; what each does is our definition. Values stay
within their legal ranges. What the critic would have found is counted in the trace and left in:
that is what an ablation is for.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from cogportrait.agents.casting import TEMPLATE
from cogportrait.behavior.compose import frame_count
from cogportrait.behavior.labels import priors
from cogportrait.behavior.library.prototype import GAZE_PAIR, Prototype
from cogportrait.behavior.library.retrieve import Library
from cogportrait.facs.channels import CHANNEL_INDEX, CHANNELS
from cogportrait.facs.limits import channel_limits
from cogportrait.types import (
    Brief,
    ControlSequence,
    EventKind,
    EventPlan,
    PlannedEvent,
    Target,
)

RAMP_S: Final = 0.3  # in which a label's face comes
EVERY_S: Final = 1.5  # how often a rule plays the next recording

_Matrix = NDArray[np.float32]


def direct_label(brief: Brief) -> tuple[EventPlan, ControlSequence]:
    """Return the label's mean face, held from `RAMP_S` on; no instruction is read."""
    known = priors(brief.label)
    targets = tuple(Target(f"AU{n:02d}", known.au(n)) for n in sorted(known.aus))
    held = PlannedEvent(
        EventKind.EXPRESSION, 0.0, RAMP_S, brief.duration_s, 0.0, targets, sustain=True,
        reason="the label's mean action units", prototype=TEMPLATE,
    )  # fmt: skip
    plan = EventPlan(
        brief.label, brief.duration_s, (held,), brief.speaking, may_blink=False,
        intensity=brief.intensity, not_understood=_unread(brief),
    )  # fmt: skip
    return plan, planner_only(plan, brief)


def rule_retrieval(brief: Brief, library: Library) -> tuple[EventPlan, ControlSequence]:
    """Return recordings that show the label, pasted one after the other as they are.

    The order is that of their names, from one that the seed picks. A label without recordings gets
    those without a label; with none of either, nothing happens.
    """
    everything = library.prototypes
    mine = [p for p in everything if brief.label in p.labels]
    mine = sorted(mine or [p for p in everything if not p.labels], key=lambda p: p.id)
    n = frame_count(brief.duration_s, brief.fps)
    values = np.zeros((n, len(CHANNELS)), np.float32)
    events: list[PlannedEvent] = []
    for i, start_s in enumerate(np.arange(0.0, brief.duration_s, EVERY_S) if mine else ()):
        recorded = mine[(brief.seed + i) % len(mine)]
        _paste(values, recorded, float(start_s), brief.fps)
        events.append(
            PlannedEvent(
                EventKind.EXPRESSION, float(start_s), recorded.duration_s, 0.0, 0.0, (),
                reason=f"{recorded.kind}, because it is next", prototype=recorded.id,
            )
        )  # fmt: skip
    plan = EventPlan(
        brief.label, brief.duration_s, tuple(events), brief.speaking, intensity=brief.intensity,
        not_understood=_unread(brief),
    )  # fmt: skip
    return plan, ControlSequence.from_matrix(_legal(values), brief.fps)


def _unread(brief: Brief) -> tuple[str, ...]:
    """Return the whole instruction: what reads none leaves all of it out, and says so."""
    return (brief.instruction,) if brief.instruction.strip() else ()


def planner_only(plan: EventPlan, brief: Brief) -> ControlSequence:
    """Return the frames of a plan with straight lines from target to target."""
    n = frame_count(plan.duration_s, brief.fps)
    t = np.arange(n) / brief.fps
    values = np.zeros((n, len(CHANNELS)), np.float32)
    for event in plan.events:
        kept = event.kind in (EventKind.GAZE, EventKind.HEAD)
        stops = np.cumsum(
            [event.start_s, max(event.onset_s, 1e-3), event.hold_s, max(event.offset_s, 1e-3)]
        )
        shape = np.interp(t, stops, [0.0, 1.0, 1.0, 1.0 if kept or event.sustain else 0.0])
        for target in event.targets:
            for column in _columns(target.channel, event.side):
                if kept:  # until the next one
                    values[:, column] += shape * (target.value - values[:, column])
                else:
                    values[:, column] += shape * target.value
    return ControlSequence.from_matrix(_legal(values), brief.fps)


def _columns(channel: str, side: str) -> list[int]:
    name = "AU43" if channel == "closure" else channel
    sides = ("L", "R") if side == "both" else (side,)
    names = (name, *(f"{name}_{s}" for s in sides))
    return [CHANNEL_INDEX[n] for n in names if n in CHANNEL_INDEX]


def _paste(values: _Matrix, recorded: Prototype, start_s: float, fps: float) -> None:
    """Add a recording's deviations to the rows from `start_s` on, at its own pace."""
    first = round(start_s * fps)
    rows = min(len(values) - first, int(recorded.duration_s * fps) + 1)
    at = np.arange(rows) / fps * recorded.rate_hz
    for name, curve in zip(recorded.channels, recorded.values.T, strict=True):
        names = [f"{name}_L", f"{name}_R"] if name in GAZE_PAIR else [name]
        for column in (CHANNEL_INDEX[n] for n in names):
            values[first : first + rows, column] += np.interp(at, np.arange(len(curve)), curve)


def _legal(values: _Matrix) -> _Matrix:
    """Return the values within the hard ranges of their channels."""
    bounds = np.array([channel_limits(name).hard for name in CHANNELS], np.float32)
    return np.clip(values, bounds[:, 0], bounds[:, 1])
