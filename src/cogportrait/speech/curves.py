"""Shapes of movements: rate limits and soft steps."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from cogportrait.types import FloatArray

_ROUNDING_S: Final = 0.012  # corners of a limited curve are parabolas this long


def limit_rate(curves: FloatArray, rate: float, rate_hz: float) -> FloatArray:
    """Return the largest curves under `curves` that nowhere change faster than `rate`.

    Zeros stay zeros, so a movement to zero is reached in time and its neighbors give way. This is
    the infimal convolution of each curve with a cone of slope `rate` whose tip is rounded.

    Parameters
    ----------
    curves
        [N, K] >= 0.
    rate
        Units a second.
    rate_hz
        Rows a second.
    """
    count = curves.shape[0]
    tip = max(_ROUNDING_S, 1 / rate_hz)
    reach = int(np.ceil((float(curves.max(initial=0.0)) / rate + tip) * rate_hz))
    limited = curves.copy()
    for shift in range(1, min(reach, count - 1) + 1):
        lag = shift / rate_hz
        rise = np.float32(rate * (lag * lag / (2 * tip) if lag < tip else lag - tip / 2))
        np.minimum(limited[shift:], curves[:-shift] + rise, out=limited[shift:])
        np.minimum(limited[:-shift], curves[shift:] + rise, out=limited[:-shift])
    return limited


def smooth_step(x: NDArray[np.floating]) -> NDArray[np.floating]:
    """Return 0 for x <= 0, 1 for x >= 1, and 3 x^2 - 2 x^3 between."""
    t = np.clip(x, 0.0, 1.0)
    return t * t * (3 - 2 * t)
