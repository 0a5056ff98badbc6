"""The Fréchet distance between two sets of features, each taken for a normal distribution.

d^2 = |m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2)), with means m and covariances C (divided by
n - 1), as FID and FVD take it. Sums are kept in double precision and features are not: memory does
not grow with the number of frames.

References
----------
Dowson, D. & Landau, B. (1982). The Fréchet distance between multivariate normal distributions.
J. Multivariate Analysis 12.
"""

import numpy as np

from cogportrait.errors import MetricError
from cogportrait.metrics.scored import Floats


class Spread:
    """Mean and covariance of features that come in parts."""

    def __init__(self) -> None:
        self.count = 0
        self._sum: Floats | None = None  # [D]
        self._products: Floats | None = None  # [D, D]

    def add(self, features: Floats) -> None:
        """Take features [N, D]."""
        x = np.asarray(features, np.float64)
        if self._sum is None or self._products is None:
            self._sum, self._products = np.zeros(x.shape[1]), np.zeros((x.shape[1],) * 2)
        self.count += len(x)
        self._sum += x.sum(0)
        self._products += x.T @ x

    def moments(self) -> tuple[Floats, Floats]:
        """Return mean [D] and covariance [D, D].

        Raises
        ------
        MetricError
            There are fewer than two features.
        """
        if self._sum is None or self._products is None or self.count < 2:
            raise MetricError(f"expected features of at least two samples, got {self.count}")
        mean = self._sum / self.count
        return mean, (self._products - self.count * np.outer(mean, mean)) / (self.count - 1)


def frechet_distance(one: Spread, other: Spread) -> float:
    """Return the (squared) Fréchet distance; NaN if either has fewer than two samples.

    The trace of the root of C1 C2 is that of R C2 R with R the root of C1: symmetric, so that the
    eigenvalues stay real where there are fewer samples than features.
    """
    if min(one.count, other.count) < 2:
        return float("nan")
    (m1, c1), (m2, c2) = one.moments(), other.moments()
    values, vectors = np.linalg.eigh(c1)
    root = (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T
    shared = np.sqrt(np.maximum(np.linalg.eigvalsh(root @ c2 @ root), 0)).sum()
    return float((m1 - m2) @ (m1 - m2) + np.trace(c1) + np.trace(c2) - 2 * shared)
