"""Measured quantities beside their ranges, and the label whose priors fit best."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from cogportrait.behavior.labels import LABELS
from cogportrait.behavior.realism.observe import Observed
from cogportrait.behavior.realism.quantities import Value, measured, unit_of
from cogportrait.behavior.realism.ranges import Range, ranges
from cogportrait.behavior.signature import Signature, label_evidence


@dataclass(frozen=True, slots=True)
class Judged:
    """One quantity of one recording."""

    name: str
    unit: str
    value: float  # NaN: too few events
    n: int
    expected: Range | None  # None: the data file has none

    @property
    def inside(self) -> bool | None:
        """Whether it lies in its range; None where that cannot be told."""
        if self.expected is None or np.isnan(self.value):
            return None
        return self.expected.holds(self.value)


def judge(seen: Observed, label: str, *, speaking: bool) -> tuple[Judged, ...]:
    """Return every quantity, in the order in which they are measured."""
    wanted = ranges(label, speaking=speaking)
    values = measured(seen)
    missing = {name: Value(float("nan"), 0) for name in wanted if name not in values}
    return tuple(
        Judged(name, unit_of(name), one.value, one.n, wanted.get(name))
        for name, one in {**values, **missing}.items()
    )


def inside_of(judged: Iterable[Judged], *, own: bool = False) -> tuple[int, int]:
    """Return how many quantities lie inside, and how many have a value and a range.

    With `own` those alone that the label has a prior of its own for.
    """
    known = [
        one.inside
        for one in judged
        if one.inside is not None and one.expected is not None and (one.expected.own or not own)
    ]
    return sum(known), len(known)


def fits(signature: Signature, *, speaking: bool) -> dict[str, float]:
    """Return the log likelihood of a signature under each label's priors, less the best one's."""
    found = {
        name: sum(e.fit for e in label_evidence(signature, name, speaking=speaking))
        for name in LABELS
    }
    best = max(found.values())
    return {name: fit - best for name, fit in found.items()}
