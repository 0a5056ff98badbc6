"""The 256 colors of a GIF, chosen for faces.

Colors are clustered in OKLab (Ottosson 2020), where distance is difference seen. A color counts by
the root of how often it occurs, so lips and irises keep their color beside large plain
backgrounds, which counting pixels alone takes away from them.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from cogportrait.types import Frame

PALETTE_SIZE: Final = 255  # the 256th entry is "unchanged since the last frame"
_BITS: Final = 5  # of each channel tell histogram bins apart
_BINS: Final = 1 << (3 * _BITS)
_ROUNDS: Final = 12  # of k-means; more changes nothing that is seen

# Linear sRGB -> cone responses -> OKLab, from the reference implementation.
_TO_CONES: Final = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_TO_LAB: Final = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)

FloatRows = NDArray[np.float64]


class ColorCount:
    """How often which colors occur in the frames seen so far, in constant memory."""

    def __init__(self) -> None:
        self._counts = np.zeros(_BINS)
        self._sums = np.zeros((3, _BINS))

    def add(self, frame: Frame) -> None:
        """Count the colors of a frame, [H, W, 3] sRGB."""
        pixels = frame.reshape(-1, 3)
        coarse = (pixels >> (8 - _BITS)).astype(np.int32)
        bins = (coarse[:, 0] << (2 * _BITS)) | (coarse[:, 1] << _BITS) | coarse[:, 2]
        self._counts += np.bincount(bins, minlength=_BINS)
        for channel in range(3):
            self._sums[channel] += np.bincount(bins, pixels[:, channel], minlength=_BINS)

    def palette(self) -> NDArray[np.uint8]:
        """Return at most ``PALETTE_SIZE`` colors, [P, 3] sRGB."""
        seen = self._counts > 0
        colors = (self._sums[:, seen] / self._counts[seen]).T
        if colors.shape[0] > PALETTE_SIZE:
            colors = _cluster(colors, np.sqrt(self._counts[seen]))
        return np.rint(colors).astype(np.uint8)


def to_oklab(colors: FloatRows) -> FloatRows:
    """Return sRGB colors 0..255, [N, 3], in OKLab."""
    encoded = colors / 255
    linear = np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)
    return np.cbrt(linear @ _TO_CONES.T) @ _TO_LAB.T


def _cluster(colors: FloatRows, weights: NDArray[np.float64]) -> FloatRows:
    """Return ``PALETTE_SIZE`` weighted means of `colors`: greedy seeds, then k-means."""
    points = to_oklab(colors)
    centers = np.empty((PALETTE_SIZE, 3))
    nearest = np.full(points.shape[0], np.inf)
    choice = int(np.argmax(weights))
    for index in range(PALETTE_SIZE):
        centers[index] = points[choice]
        nearest = np.minimum(nearest, ((points - centers[index]) ** 2).sum(axis=1))
        choice = int(np.argmax(nearest * weights))
    owner = np.zeros(points.shape[0], np.int64)
    for _ in range(_ROUNDS):
        distances = (centers**2).sum(axis=1) - 2 * points @ centers.T
        owner = np.argmin(distances, axis=1)
        total = np.bincount(owner, weights, PALETTE_SIZE)
        kept = total > 0
        for axis in range(3):
            sums = np.bincount(owner, weights * points[:, axis], PALETTE_SIZE)
            centers[kept, axis] = sums[kept] / total[kept]
    total = np.bincount(owner, weights, PALETTE_SIZE)
    used = total > 0
    sums = np.stack([np.bincount(owner, weights * c, PALETTE_SIZE) for c in colors.T], axis=1)
    return sums[used] / total[used, None]
