"""BRISQUE, how unnatural the pixels of generated frames are, without a reference; lower is better.

A frame's luminance is centred and divided by its local deviation; distributions of what is left,
and of its products with neighbours in four directions, are fitted by (asymmetric) generalized
Gaussians at two scales; their 36 parameters go through a support vector regression to opinions of
the LIVE database. About 0 (natural) to 100; values beyond either end happen. Mean over frames;
those without texture are left out, and NaN if none has any. It knows noise, blur and compression,
and nothing of faces; read it beside the real clip's.

Several implementations are called so, with different numbers: this one gives those of the package
``brisque`` 0.2.0, whose regression it reads. The package's scale of features is a pickle, which is
not opened: its 72 numbers, the ranges of the features over the LIVE database, stand below. In flat
regions the signs of rounding errors count: there the package itself differs by up to about 0.2
between versions of the libraries below it, and so does this.

References
----------
Mittal, A., Moorthy, A. & Bovik, A. (2012). No-reference image quality assessment in the spatial
domain. IEEE Trans. Image Processing 21.
"""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from scipy.optimize import brentq
from scipy.special import gammaln
from skimage.color import rgb2gray

from cogportrait.errors import ModelError, shown
from cogportrait.metrics.scored import Floats
from cogportrait.metrics.standard import published
from cogportrait.metrics.standard.files import Found, Given, find
from cogportrait.metrics.standard.measure import (
    ClipStart,
    FramePair,
    MeasureName,
    Missing,
    Scope,
)
from cogportrait.types import Frame

WINDOW_PX: Final = 7
SIGMA_PX: Final = 7 / 6
STEADY: Final = 1 / 255  # added to deviations
SHAPES: Final = 0.05, 100.0  # of distributions, that are looked among
N_FEATURES: Final = 36
LOW: Final = np.array([
    0.336999, 0.019667, 0.23, -0.125959, 0.000167, 0.000616, 0.231, -0.125873, 0.000165, 0.0006,
    0.241, -0.128814, 0.000179, 0.000386, 0.243, -0.13308, 0.000182, 0.000421, 0.436998, 0.016929,
    0.247, -0.200231, 0.000104, 0.000834, 0.257, -0.200017, 0.000112, 0.000876, 0.257, -0.155072,
    0.000112, 0.000356, 0.258, -0.154374, 0.000117, 0.000351,
])  # fmt: skip
HIGH: Final = np.array([
    9.999411, 0.807472, 1.644021, 0.202917, 0.712384, 0.468672, 1.644021, 0.169548, 0.713132,
    0.467896, 1.553016, 0.101368, 0.687324, 0.533087, 1.554016, 0.101, 0.689177, 0.533133, 3.639918,
    0.800955, 1.096995, 0.175286, 0.755547, 0.39927, 1.095995, 0.155928, 0.751488, 0.402398,
    1.041992, 0.093209, 0.623516, 0.532925, 1.042992, 0.093714, 0.621958, 0.534484,
])  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Regression:
    """A support vector regression with Gaussian kernels."""

    vectors: Floats  # [N, 36]
    weights: Floats  # [N]
    gamma: float
    rho: float

    def predict(self, features: Floats) -> float:
        """Return the value at features [36], scaled to about -1..1."""
        near = np.exp(-self.gamma * ((self.vectors - features) ** 2).sum(1))
        return float(self.weights @ near) - self.rho


class Brisque:
    """BRISQUE of a clip's generated frames."""

    scope = Scope.CLIP

    def __init__(self, regression: Regression, source: str) -> None:
        self.source = source
        self._regression = regression
        self._total, self._count = 0.0, 0

    def begin(self, clip: ClipStart) -> None:
        """Take up a clip."""
        self._total, self._count = 0.0, 0

    def update(self, pair: FramePair) -> None:
        """Take a frame; the real one is not looked at."""
        score = brisque(pair.generated, self._regression)
        if np.isfinite(score):
            self._total += score
            self._count += 1

    def compute(self) -> float:
        """Return the mean over the clip's frames that have texture; NaN for none."""
        return self._total / self._count if self._count else float("nan")


def brisque(frame: Frame, regression: Regression) -> float:
    """Return BRISQUE of a frame [H, W, 3] of sRGB; NaN if it has no texture."""
    features = brisque_features(frame)
    return regression.predict(2 * (features - LOW) / (HIGH - LOW) - 1)


def brisque_features(frame: Frame) -> Floats:
    """Return the 36 parameters of a frame's distributions, unscaled; NaN where there is none."""
    gray = np.asarray(rgb2gray(frame), np.float64)
    half = cv2.resize(gray, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_CUBIC)
    return np.concatenate([_of_scale(gray), _of_scale(np.asarray(half, np.float64))])


def _of_scale(gray: Floats) -> Floats:
    at = np.arange(WINDOW_PX) - WINDOW_PX // 2
    kernel = np.exp(-(at**2) / (2 * SIGMA_PX**2))
    kernel /= kernel.sum()
    zeros = cv2.BORDER_CONSTANT  # beyond the picture
    mean, square = (
        cv2.sepFilter2D(x, -1, kernel, kernel, borderType=zeros) for x in (gray, gray**2)
    )
    x = (gray - mean) / (np.sqrt(np.abs(mean**2 - square)) + STEADY)
    shape, _, left, right = _fit(x)
    out = [shape, (left + right) / 2]
    for product in (
        x[:, :-1] * x[:, 1:], x[:-1] * x[1:], x[:-1, :-1] * x[1:, 1:], x[1:, :-1] * x[:-1, 1:],
    ):  # fmt: skip
        out += _fit(product)
    return np.array(out)


def _fit(x: Floats) -> tuple[float, float, float, float]:
    """Return shape, mean and variances of either side of an asymmetric generalized Gaussian."""
    below, above = x[x < 0], x[x >= 0]
    nan = float("nan")
    if not len(below) or not above.any():
        return nan, nan, nan, nan
    left, right = float((below**2).mean()), float((above**2).mean())
    skew = np.sqrt(left / right)
    flat = np.abs(x).mean() ** 2 / (x**2).mean()
    wanted = float(flat * (skew**3 + 1) * (skew + 1) / (skew**2 + 1) ** 2)
    if not _ratio(SHAPES[0]) < wanted < _ratio(SHAPES[1]):
        return nan, nan, nan, nan

    def off(shape: float) -> float:
        return _ratio(shape) - wanted

    shape = float(np.asarray(brentq(off, *SHAPES, xtol=1e-12)))
    spread = gammaln(2 / shape) - (gammaln(1 / shape) + gammaln(3 / shape)) / 2
    return shape, float((np.sqrt(right) - np.sqrt(left)) * np.exp(spread)), left, right


def _ratio(shape: float) -> float:
    """Return the squared mean magnitude over the mean square of a generalized Gaussian."""
    return float(np.exp(2 * gammaln(2 / shape) - gammaln(1 / shape) - gammaln(3 / shape)))


def read_regression(file: Found) -> Regression:
    """Return the regression in a model file of LIBSVM, which is text.

    Raises
    ------
    ModelError
        It is no such file.
    """
    try:
        head, body = file.content.decode("ascii").split("\nSV\n")
        given = dict(line.split(" ", 1) for line in head.splitlines())
        rows = [line.split() for line in body.splitlines()]
        vectors = np.zeros((len(rows), N_FEATURES))
        for vector, row in zip(vectors, rows, strict=True):
            for cell in row[1:]:
                place, value = cell.split(":")
                vector[int(place) - 1] = float(value)  # what is not there is 0
        kind = given["svm_type"], given["kernel_type"]
        if kind != ("epsilon_svr", "rbf"):
            raise ModelError(f"{file.path}: expected epsilon_svr rbf, got {' '.join(kind)}")
        weights = np.array([float(row[0]) for row in rows])
        return Regression(vectors, weights, float(given["gamma"]), float(given["rho"]))
    except (ValueError, KeyError, IndexError) as error:
        raise ModelError(f"{file.path}: expected a model of LIBSVM: {shown(str(error))}") from error


def open_brisque(given: Given) -> Brisque | Missing:
    """Return BRISQUE, or what is missing for it.

    Raises
    ------
    ModelError
        The file of the regression is not the published one.
    """
    file = find(MeasureName.BRISQUE, published.BRISQUE, given)
    if isinstance(file, Missing):
        return file
    return Brisque(read_regression(file), str(file))
