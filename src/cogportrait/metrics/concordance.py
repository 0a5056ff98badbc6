"""Lin's concordance correlation coefficient.

References
----------
Lin, L. I. (1989). A concordance correlation coefficient to evaluate reproducibility. Biometrics 45.
Valstar et al. (2016). AVEC 2016: the same for continuous affect, over frames.
"""

from cogportrait.metrics.scored import Floats


def ccc(a: Floats, b: Floats) -> float:
    """Return the concordance of two series [T], -1..1; 1 only if they are equal.

    Unlike Pearson's correlation, an offset or another scale lowers it. Two equal constants agree
    in full but tell nothing: NaN. Variances are those of the population (divided by T).
    """
    mean_a, mean_b = float(a.mean()), float(b.mean())
    spread = float(a.var() + b.var()) + (mean_a - mean_b) ** 2
    if spread <= 1e-12:
        return float("nan")
    return 2 * float(((a - mean_a) * (b - mean_b)).mean()) / spread
