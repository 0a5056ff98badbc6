"""Mel-frequency cepstral coefficients, as the package python_speech_features makes them.

SyncNet was trained on that package's coefficients with its defaults, which differ from those of
others: windows of 25 ms every 10 ms without a taper, 512-point spectra, 26 triangular filters
placed on whole bins from 0 to 8000 Hz, 13 coefficients, lifter 22, the first of them replaced by
the log of the window's energy.

References
----------
Davis, S. & Mermelstein, P. (1980). Comparison of parametric representations for monosyllabic word
recognition in continuously spoken sentences. IEEE Trans. ASSP 28.
"""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.fft import dct

from cogportrait.metrics.scored import Floats

RATE_HZ: Final = 16_000
WINDOW: Final = 400  # samples
STEP: Final = 160
POINTS: Final = 512  # of a spectrum
FILTERS: Final = 26
COEFFICIENTS: Final = 13
PREEMPHASIS: Final = 0.97
LIFTER: Final = 22
_LEAST: Final = float(np.finfo(np.float64).eps)  # what stands for no energy, before logs


def mfcc(samples: NDArray[np.integer[Any]]) -> Floats:
    """Return the coefficients of sound, [T, 13], a row every 10 ms.

    Parameters
    ----------
    samples : array, shape [N]
        16-bit samples at 16 kHz, at least one.
    """
    x = samples.astype(np.float64)
    x = np.append(x[:1], x[1:] - PREEMPHASIS * x[:-1])
    count = 1 + max(0, -(-(len(x) - WINDOW) // STEP))
    x = np.pad(x, (0, (count - 1) * STEP + WINDOW - len(x)))
    windows = np.lib.stride_tricks.sliding_window_view(x, WINDOW)[::STEP]
    power = np.abs(np.fft.rfft(windows, POINTS)) ** 2 / POINTS
    energy = _positive(power.sum(1))
    bands = np.log(_positive(power @ _filters().T))
    out = np.asarray(dct(bands, type=2, axis=1, norm="ortho"))[:, :COEFFICIENTS]
    out = out * (1 + LIFTER / 2 * np.sin(np.pi * np.arange(COEFFICIENTS) / LIFTER))
    out[:, 0] = np.log(energy)
    return np.asarray(out, np.float64)


def _positive(values: Floats) -> Floats:
    return np.where(values == 0, _LEAST, values)


def _filters() -> Floats:
    """Return the triangular filters, [26, 257]."""
    top = 2595 * np.log10(1 + RATE_HZ / 2 / 700)
    edges_hz = 700 * (10 ** (np.linspace(0, top, FILTERS + 2) / 2595) - 1)
    edges = np.floor((POINTS + 1) * edges_hz / RATE_HZ)
    bins = np.arange(POINTS // 2 + 1)
    low, middle, high = (e[:, None] for e in (edges[:-2], edges[1:-1], edges[2:]))
    rising = np.where((bins >= low) & (bins < middle), (bins - low) / (middle - low), 0)
    falling = np.where((bins >= middle) & (bins < high), (high - bins) / (high - middle), 0)
    return np.asarray(rising + falling, np.float64)
