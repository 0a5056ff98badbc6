"""What instructions become, in the order in which it begins."""

from collections.abc import Callable, Sequence

from cogportrait.agents.instruction_looks import ON_THE_WAY
from cogportrait.agents.instructions import Reading, read_instruction
from cogportrait.types import PlannedEvent

SECONDS = 10.0
Check = Callable[[Sequence[PlannedEvent], Reading], bool]


def near(value: float, wanted: float, tolerance: float = 0.25) -> bool:
    return abs(value - wanted) <= tolerance


def seen(text: str) -> tuple[list[PlannedEvent], Reading]:
    """Return the events of a text in the order in which they begin, and its reading."""
    reading = read_instruction(text, SECONDS)
    events = [e for e in reading.events if not e.reason.startswith(ON_THE_WAY)]
    return sorted(events, key=lambda e: e.start_s), reading
