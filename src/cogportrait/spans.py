"""Stretches of a mask."""

import numpy as np
from numpy.typing import NDArray

Run = tuple[int, int]  # first and one past the last


def runs(mask: NDArray[np.bool_]) -> list[Run]:
    """Return first and past-the-end index of every run of True in `mask` [n], in order."""
    if not mask.any():
        return []
    edges = np.flatnonzero(np.diff(np.concatenate(([False], mask, [False])).astype(np.int8)))
    return [(int(a), int(b)) for a, b in edges.reshape(-1, 2)]
