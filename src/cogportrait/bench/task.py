"""What a run is made of."""

from pathlib import Path
from typing import Protocol

from cogportrait.bench.reenact import Done


class Task(Protocol):
    """A clip to be scored."""

    @property
    def name(self) -> str:
        """What its results are named by."""
        ...

    @property
    def category(self) -> str:
        """A label, or ""; with another, the clip is scored again."""
        ...

    @property
    def actor(self) -> str:
        """A pseudonym, or ""; with another, the clip is scored again."""
        ...

    @property
    def sources(self) -> tuple[Path, ...]:
        """The files that it is made of: with others, the clip is scored again."""
        ...

    @property
    def details(self) -> tuple[str, ...]:
        """What else its score hangs on: with other words, the clip is scored again."""
        ...

    def run(self, folder: Path) -> Done:
        """Score the clip; what is drawn goes into the run's folder."""
        ...
