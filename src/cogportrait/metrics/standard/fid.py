"""FID, the Fréchet Inception distance, between all real and all generated frames; lower is better.

Frames are resized to 299 x 299 as TensorFlow 1 does, and described by the 2048 features before the
last layer of the Inception network of 2015-12-05; the Fréchet distance is between both sets of
features. 0 upwards, 0 only for equal distributions. One number for a whole run: it compares
distributions, says nothing of a single clip, and grows when frames are few (fewer than 2048 do not
span the features; papers use 10,000 and more). Frames are those of the measured clips as they are:
cropping, frame rate and number of frames have to be equal to compare with others.

Reference implementation: torch-fidelity (``FeatureExtractorInceptionV3``, ``metric_fid``).

References
----------
Heusel, M. et al. (2017). GANs trained by a two time-scale update rule converge to a local Nash
equilibrium. NeurIPS.
"""

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cogportrait.metrics.scored import Floats
from cogportrait.metrics.standard import published
from cogportrait.metrics.standard.files import Given, find, lacking
from cogportrait.metrics.standard.frechet import Spread, frechet_distance
from cogportrait.metrics.standard.measure import (
    ClipStart,
    FramePair,
    MeasureName,
    Missing,
    Scope,
)
from cogportrait.types import Frame

BATCH: Final = 8  # frames a call of the network
Features = Callable[[NDArray[np.uint8]], Floats]  # frames [N, H, W, 3] -> [N, D]


class Fid:
    """FID of a run. `features` describes frames, `source` says by which weights."""

    scope = Scope.RUN

    def __init__(self, features: Features, source: str) -> None:
        self.source = source
        self._real = FrameSet(features)
        self._generated = FrameSet(features)

    def begin(self, clip: ClipStart) -> None:
        """Take up a clip: nothing changes."""

    def update(self, pair: FramePair) -> None:
        """Take a frame of both."""
        self._real.add(pair.real)
        self._generated.add(pair.generated)

    def compute(self) -> float:
        """Return FID of all frames so far; NaN for fewer than two."""
        return frechet_distance(self._real.spread(), self._generated.spread())


class FrameSet:
    """The features of frames, described in batches of frames of one size."""

    def __init__(self, features: Features) -> None:
        self._features = features
        self._spread = Spread()
        self._waiting: list[Frame] = []

    def add(self, frame: Frame) -> None:
        """Take a frame [H, W, 3]."""
        if self._waiting and self._waiting[0].shape != frame.shape:
            self._describe()
        self._waiting.append(frame)
        if len(self._waiting) == BATCH:
            self._describe()

    def spread(self) -> Spread:
        """Return mean and covariance of all frames so far."""
        self._describe()
        return self._spread

    def _describe(self) -> None:
        if self._waiting:
            self._spread.add(self._features(np.stack(self._waiting)))
            self._waiting.clear()


def open_fid(given: Given) -> Fid | Missing:
    """Return FID, or what is missing for it.

    Raises
    ------
    ModelError
        The file of weights is not the published one.
    """
    gone = lacking(MeasureName.FID, "torch")
    if gone is not None:
        return gone
    file = find(MeasureName.FID, published.INCEPTION, given)
    if isinstance(file, Missing):
        return file
    from cogportrait.metrics.standard.inception import inception_features

    return Fid(inception_features(file), str(file))
