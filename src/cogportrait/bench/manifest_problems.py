"""One thing that is wrong with an EMH manifest, as it is told."""

from dataclasses import dataclass

from cogportrait.errors import plain


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong."""

    line: int | None  # of the manifest, from 1; None where it is not asked
    field: str  # "" where it is the line
    expected: str
    got: str
    fix: str = ""  # what to do, where what is expected does not say so

    def __str__(self) -> str:
        """Return it on one line."""
        where = [] if self.line is None else [f"line {self.line}"]
        where += [self.field] if self.field else []
        return plain(
            f"{''.join(f'{one}: ' for one in where)}expected {self.expected}, got {self.got}"
            f"{f'; {self.fix}' if self.fix else ''}"
        )
