"""What is told point by point, drawn; and controls that are written down."""

import numpy as np

from cogportrait.agents.loop import compile_brief, compile_plan
from cogportrait.facs.channels import CHANNELS
from cogportrait.types import (
    TOLD,
    Brief,
    CompiledBrief,
    ControlSequence,
    EventKind,
    EventPlan,
    PlannedEvent,
    Target,
)

QUIET = " Nothing else."
FPS = 25.0
WILD = [(), (1.0,), (float("nan"), 1.0), (0.0, 9.0, -9.0), (0.0, 1.0) * 400]  # courses


def compiled(
    text: str, label: str = "neutral", duration_s: float = 4.0, fps: float = FPS
) -> CompiledBrief:
    """Return what an instruction becomes."""
    return compile_brief(Brief(label, duration_s, fps, instruction=text))


def of_others(
    kind: EventKind, targets: tuple[Target, ...], shape: tuple[float, ...], times: int = 1
) -> CompiledBrief:
    """Return what becomes of an event with a course that no notation has told."""
    event = PlannedEvent(kind, 0.5, 0.5, 0.0, 0.5, targets, prototype=TOLD, shape=shape)
    return compile_plan(Brief("neutral", 3.0), EventPlan("neutral", 3.0, (event,) * times))


def still(n: int = 50) -> np.ndarray:
    """Return controls at rest, [n, channels]."""
    return np.zeros((n, len(CHANNELS)), np.float32)


def sequence(matrix: np.ndarray) -> ControlSequence:
    """Return controls [T, channels] as a sequence."""
    return ControlSequence.from_matrix(matrix, FPS)
