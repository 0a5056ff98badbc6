"""What every measure of two sequences asks of them."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cogportrait.errors import MetricError
from cogportrait.types import check_array


def check_pair(
    real: NDArray[np.floating[Any]], generated: NDArray[np.floating[Any]], *, finite: bool = True
) -> None:
    """Raise :class:`MetricError` unless both are arrays of one shape, of at least one frame."""
    for name, array in (("real", real), ("generated", generated)):
        check_array(name, array, (None,) * max(np.ndim(array), 1), error=MetricError, finite=finite)
    if real.shape != generated.shape:
        raise MetricError(
            f"expected real and generated of one shape, got {list(real.shape)} and "
            f"{list(generated.shape)}; resample to one frame rate and length first"
        )
    if len(real) == 0:
        raise MetricError("expected at least one frame, got none")
