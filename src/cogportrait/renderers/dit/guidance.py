"""Dynamic, eye-aware classifier-free guidance, as functions of arrays.

Guidance (Ho and Salimans 2022) goes from what the network predicts without a condition to beyond
what it predicts with it: v = v_0 + w (v_c - v_0). With one scale for all steps and all pixels, a
scale that makes eyes obey also shifts the colors of skin and background. So the weight depends on
time and place:

    w(sigma, f, p) = 1 + (omega(sigma) - 1) M_f(p)

omega is a plateau ``high`` while there is much noise, a linear ramp, and a plateau ``low``; it is
a function of the noise level sigma and not of the number of the step, since shifted schedules spend
their few steps at high noise. M_f is a Gaussian between the eyes of frame f, 1 in its middle and
``floor`` far away. The paper has the product omega_t G_f and does not publish numbers: that the
product is applied to what guidance adds to the conditional prediction, so that 1 is no guidance,
and all constants are our definitions. Where the weight is 1 everywhere the unconditional pass is
skipped.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from cogportrait.errors import InputError
from cogportrait.face import landmarks as lm
from cogportrait.types import FloatArray

FIXED_SCALE: Final = 3.5  # the paper's baseline
MOST_SCALE: Final = 20.0
# Of the Gaussian, in distances between the middles of the eyes: along their line and across it.
# Both irises then lie at 0.86, brows at about 0.5, the mouth below 0.02.
ALONG_IOD: Final = 0.9
ACROSS_IOD: Final = 0.45

_Array = TypeVar("_Array", bound=Any)  # of numpy or torch: only +, - and * are used
Weights = NDArray[np.float32]


class Guided(StrEnum):
    """Which of the paper's variants: what the weight depends on."""

    FIXED = "fixed"
    TEMPORAL = "temporal"
    SPATIAL = "spatial"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class Guidance:
    """How strongly a condition is followed, when and where."""

    by: Guided = Guided.BOTH
    high: float = FIXED_SCALE  # at much noise
    low: float = 1.0  # at little noise
    ramp_from: float = 0.9  # noise level, 1 = noise alone, at which omega leaves `high`
    # At which it has reached `low`: with 12 steps shifted by 3, 6 of them are guided.
    ramp_to: float = 0.75
    floor: float = 0.0  # of the spatial map, far from the eyes
    fixed: float = FIXED_SCALE  # of the variants that do not depend on time

    def __post_init__(self) -> None:
        for name in ("high", "low", "fixed"):
            value = getattr(self, name)
            if not (math.isfinite(value) and 0 <= value <= MOST_SCALE):
                raise InputError(
                    f"{name}: expected a guidance scale of 0 to {MOST_SCALE:.0f}, got {value}"
                )
        if not 0 <= self.ramp_to <= self.ramp_from <= 1:
            raise InputError(
                "ramp_from, ramp_to: expected noise levels, 1 >= ramp_from >= ramp_to >= 0, got "
                f"{self.ramp_from}, {self.ramp_to}"
            )
        if not 0 <= self.floor <= 1:
            raise InputError(f"floor: expected 0 to 1, got {self.floor}")

    def scaled(self, scale: float) -> "Guidance":
        """Return the same with another scale: where it is strongest, or everywhere if fixed.

        What `low` adds to the conditional prediction stays the same share of what `high` adds.
        """
        share = 0.0 if self.high == 1 else (self.low - 1) / (self.high - 1)
        return replace(self, high=scale, low=1 + share * (scale - 1), fixed=scale)

    @property
    def of_place(self) -> bool:
        """Whether the weight depends on the place."""
        return self.by in (Guided.SPATIAL, Guided.BOTH)


def omega(sigma: float, guidance: Guidance) -> float:
    """Return the scale at a noise level, 0 (data) .. 1 (noise)."""
    if guidance.by in (Guided.FIXED, Guided.SPATIAL):
        return guidance.fixed
    if sigma >= guidance.ramp_from:
        return guidance.high
    if sigma <= guidance.ramp_to:
        return guidance.low
    share = (sigma - guidance.ramp_to) / (guidance.ramp_from - guidance.ramp_to)
    return guidance.low + share * (guidance.high - guidance.low)


def eye_map(points_px: FloatArray, size: tuple[int, int], grid: tuple[int, int]) -> Weights:
    """Return the Gaussian between the eyes of each frame, [T, h, w], 1 at its peak.

    Parameters
    ----------
    points_px : array, shape [T, 478, 2 or 3]
        Keypoints in pixels of the frame that is drawn.
    size : (height, width)
        Of that frame.
    grid : (h, w)
        Cells that the frame is divided into: latent pixels.

    Notes
    -----
    The middle of an eye is that of its corners, which do not move with lids and gaze. The
    Gaussian lies along the line between both, so it turns with the head's roll, and gets narrower
    as the head turns away.
    """
    corners = points_px[:, [*lm.OUTER_CANTHUS, *lm.INNER_CANTHUS], :2].astype(np.float64)
    left, right = corners[:, [0, 2]].mean(1), corners[:, [1, 3]].mean(1)
    middle, line = (left + right) / 2, left - right
    iod = np.maximum(np.linalg.norm(line, axis=1), 1e-6)[:, None, None]
    along = line / iod[:, 0]
    ys = (np.arange(grid[0]) + 0.5) * size[0] / grid[0] - 0.5
    xs = (np.arange(grid[1]) + 0.5) * size[1] / grid[1] - 0.5
    dx = xs[None, None, :] - middle[:, 0, None, None]
    dy = ys[None, :, None] - middle[:, 1, None, None]
    ax, ay = along[:, 0, None, None], along[:, 1, None, None]
    u, v = (dx * ax + dy * ay) / (ALONG_IOD * iod), (dy * ax - dx * ay) / (ACROSS_IOD * iod)
    return np.exp(-0.5 * (u * u + v * v)).astype(np.float32)


def per_latent_frame(maps: Weights, frames: Sequence[int]) -> Weights:
    """Return the mean map of the frames of each latent frame, [L, h, w].

    `frames` has how many frames of the video each latent frame stands for.
    """
    if sum(frames) != len(maps):
        raise InputError(f"frames: expected {len(maps)} in all, got {sum(frames)}")
    ends = np.cumsum(frames)
    return np.stack([maps[e - n : e].mean(0) for n, e in zip(frames, ends, strict=True)])


def weight(sigma: float, maps: Weights | None, guidance: Guidance) -> Weights | float:
    """Return the weight of each cell, shaped as `maps`, or one for all.

    Raises
    ------
    InputError
        The weight depends on the place, and there are no maps.
    """
    scale = omega(sigma, guidance)
    if not guidance.of_place or scale == 1:
        return scale
    if maps is None:
        raise InputError("maps: expected those of the frames' eyes with guidance by place")
    return 1 + (scale - 1) * (guidance.floor + (1 - guidance.floor) * maps)


@dataclass(frozen=True, slots=True)
class Shares:
    """How much of the guidance each condition gets: 1 as `Guidance` says, 0 none of it."""

    keypoints: float = 1.0
    audio: float = 1.0
    text: float = 1.0

    def __post_init__(self) -> None:
        for name in ("keypoints", "audio", "text"):
            if not 0 <= getattr(self, name) <= 5:
                raise InputError(f"{name}: expected a share of 0 to 5, got {getattr(self, name)}")

    def weights(self, whole: Weights | float) -> tuple[Weights | float, ...]:
        """Return the weights of keypoints, sound and text."""
        return tuple(1 + share * (whole - 1) for share in (self.keypoints, self.audio, self.text))


def coefficients(weights: Sequence[Weights | float]) -> tuple[Weights | float | None, ...]:
    """Return what each prediction counts in guidance by several conditions that are added in turn.

    With v_0 predicted without any, v_1 with the first, and v_n with all, and a weight each,

        v = v_0 + sum_k w_k (v_k - v_(k-1)) = (1 - w_1) v_0 + sum_k (w_k - w_(k+1)) v_k + w_n v_n

    (Brooks et al. 2023 for two.) A prediction that counts 0 everywhere is None, and is not made:
    with equal weights v_0 and v_n are left, and with weights of 1 v_n alone.
    """
    if not weights:
        raise InputError("weights: expected one or more, got none")
    steps = [1.0, *weights, 0.0]
    counts = [steps[k] - steps[k + 1] for k in range(len(steps) - 1)]
    return tuple(count if np.any(np.asarray(count) != 0) else None for count in counts)


def guided(with_condition: _Array, without: _Array, weight: _Array | float) -> _Array:
    """Return v_0 + w (v_c - v_0), for one condition; plain guidance where w is one number."""
    return without + weight * (with_condition - without)
