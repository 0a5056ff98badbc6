"""FVD, the Fréchet video distance, between all real and all generated clips; lower is better.

Every clip is cut into windows of 16 frames that follow each other without overlap, what is left at
its end is not used; a window is described by the 400 outputs before the last layer of an I3D
network trained on Kinetics-400, and the Fréchet distance is between both sets of windows. 0
upwards, 0 only for equal distributions. One number for a whole run; with fewer than some 400
windows the covariances are not determined and the number grows. Frames are resized to 224 x 224 by
the network; 16 frames are 0.64 s at 25 fps, so that runs at other frame rates do not compare.

Reference implementation: StyleGAN-V's (``fvd2048_16f``), whose authors show that it equals that of
Unterthiner et al.; the windows are our choice, as protocols differ in how they sample.

The network is a TorchScript file: a program. It is run only with the published SHA-256, or if the
user gives its path and vouches for it.

References
----------
Unterthiner, T. et al. (2018). Towards accurate generative models of video: a new metric and
challenges. arXiv:1812.01717.
Skorokhodov, I. et al. (2022). StyleGAN-V. CVPR.
"""

import io
import warnings
from collections.abc import Callable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cogportrait.errors import ModelError, shown
from cogportrait.metrics.scored import Floats
from cogportrait.metrics.standard import published
from cogportrait.metrics.standard.files import Found, Given, find, lacking
from cogportrait.metrics.standard.frechet import Spread, frechet_distance
from cogportrait.metrics.standard.measure import (
    ClipStart,
    FramePair,
    MeasureName,
    Missing,
    Scope,
)
from cogportrait.types import Frame

WINDOW: Final = 16  # frames
Features = Callable[[NDArray[np.uint8]], Floats]  # windows [N, T, H, W, 3] -> [N, D]


class Fvd:
    """FVD of a run. `features` describes windows, `source` says by which network."""

    scope = Scope.RUN

    def __init__(self, features: Features, source: str) -> None:
        self.source = source
        self._features = features
        self._spreads = Spread(), Spread()  # real, generated
        self._windows: tuple[list[Frame], list[Frame]] = [], []

    def begin(self, clip: ClipStart) -> None:
        """Take up a clip: windows do not reach from one into another."""
        for window in self._windows:
            window.clear()

    def update(self, pair: FramePair) -> None:
        """Take a frame of both."""
        for frame, window, spread in zip(
            (pair.real, pair.generated), self._windows, self._spreads, strict=True
        ):
            window.append(frame)
            if len(window) == WINDOW:
                spread.add(self._features(np.stack(window)[None]))
                window.clear()

    def compute(self) -> float:
        """Return FVD of all windows so far; NaN for fewer than two."""
        return frechet_distance(*self._spreads)


def open_fvd(given: Given) -> Fvd | Missing:
    """Return FVD, or what is missing for it.

    Raises
    ------
    ModelError
        The file of the network is not the published one, or is none.
    """
    gone = lacking(MeasureName.FVD, "torch")
    if gone is not None:
        return gone
    file = find(MeasureName.FVD, published.I3D, given)
    if isinstance(file, Missing):
        return file
    return Fvd(_window_features(file), str(file))


def _window_features(file: Found) -> Features:
    import torch

    try:
        with warnings.catch_warnings():  # TorchScript is deprecated, and this file is one
            warnings.simplefilter("ignore", DeprecationWarning)
            # Typed as what it is called with: the published program names its options so.
            network: Any = torch.jit.load(io.BytesIO(file.content), map_location="cpu").eval()
    except (RuntimeError, ValueError) as error:
        raise ModelError(
            f"{file.path}: expected a TorchScript file: {shown(str(error))}"
        ) from error

    def features(windows: NDArray[np.uint8]) -> Floats:
        video = torch.from_numpy(windows).permute(0, 4, 1, 2, 3).float()  # [N, 3, T, H, W], 0..255
        with torch.inference_mode():
            out = network(video, rescale=True, resize=True, return_features=True)
        return out.numpy().astype(np.float64)

    return features
