"""How the critic says what it found: one violation, or all the stretches outside some bounds."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cogportrait.agents.evidence import Evidence
from cogportrait.spans import Run, runs
from cogportrait.types import PlannedEvent, Violation

Span = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Rule:
    """What a check says of one channel."""

    check: str  # name in the table of checks
    channel: str
    says: str  # format of the message: `worst` and `bound`, with the unit
    slack: float = 0.0  # beyond the bounds, in the channel's unit: rounding of float32


def violation(
    evidence: Evidence,
    check: str,
    severity: str,
    channel: str,
    rows: Run,
    found: tuple[float, float, str],
) -> Violation:
    """Return a violation over rows [first, last]; `found` is measured, bound and the message."""
    start, end = rows[0] * evidence.step_s, rows[1] * evidence.step_s
    message = f"{channel} at {start:.2f} s: {found[2]}"
    return Violation(check, severity, channel, start, end, found[0], found[1], message)


def planned(
    event: PlannedEvent, check: str, severity: str, channel: str, found: tuple[float, float, str]
) -> Violation:
    """Return a violation of an event of the plan: the same at every frame rate."""
    message = f"{channel} at {event.start_s:.2f} s: {found[2]}"
    return Violation(
        check, severity, channel, event.start_s, event.end_s, found[0], found[1], message
    )


def outside(
    evidence: Evidence, rule: Rule, values: NDArray[np.floating[Any]], bounds: Mapping[str, Span]
) -> list[Violation]:
    """Return a violation for each stretch of `values` [n] outside (low, high) of each severity."""
    found: list[Violation] = []
    for severity, (low, high) in bounds.items():
        for run in runs((values < low - rule.slack) | (values > high + rule.slack)):
            part = values[slice(*run)]
            worst = float(part[np.maximum(low - part, part - high).argmax()])
            bound = low if worst < low else high
            text = rule.says.format(worst=worst, bound=bound)
            found.append(
                violation(evidence, rule.check, severity, rule.channel, run, (worst, bound, text))
            )
    return found


def at_most(bounds: Mapping[str, float]) -> dict[str, Span]:
    """Return spans open below, hard first: ``at_most({"hard": 2, "soft": 1})``."""
    return {s: (-np.inf, bounds[s]) for s in ("hard", "soft")}
