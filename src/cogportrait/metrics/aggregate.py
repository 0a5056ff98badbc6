"""From scores of clips to one number with its uncertainty.

The mean over the clips for which a measure is defined, and a percentile bootstrap interval over
clips (Efron 1979): clips are what is sampled, so they are what is drawn again. Of fewer than
``LEAST`` clips the bounds are hardly more than the least and the greatest of them: they are not
shown as an interval.

References
----------
Efron, B. (1979). Bootstrap methods: another look at the jackknife. Ann. Statist. 7.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

DRAWS: Final = 2000
LEVEL: Final = 0.95
LEAST: Final = 5  # clips of which an interval says something


@dataclass(frozen=True, slots=True)
class Aggregate:
    """A measure over clips."""

    mean: float  # NaN where no clip is defined
    low: float  # bounds of the interval; NaN for fewer than two clips
    high: float
    n: int  # clips for which it is defined
    undefined: int  # the others

    @property
    def bounds(self) -> tuple[float, float] | None:
        """The interval; None where fewer than ``LEAST`` clips would make it up."""
        known = self.n >= LEAST and bool(np.isfinite(self.low) and np.isfinite(self.high))
        return (self.low, self.high) if known else None


def aggregate(values: Sequence[float], *, seed: int = 0) -> Aggregate:
    """Return the mean of values over clips, NaN left out and counted, with its 95 % interval."""
    every = np.asarray(values, np.float64)
    known = every[np.isfinite(every)]
    missing = len(every) - len(known)
    nan = float("nan")
    if not len(known):
        return Aggregate(nan, nan, nan, 0, missing)
    mean = float(known.mean())
    if len(known) < 2:
        return Aggregate(mean, nan, nan, 1, missing)
    draws = np.random.default_rng(seed).integers(len(known), size=(DRAWS, len(known)))
    tail = 100 * (1 - LEVEL) / 2
    low, high = np.percentile(known[draws].mean(1), [tail, 100 - tail])
    return Aggregate(mean, float(low), float(high), len(known), missing)
