"""SSIM and PSNR of generated frames against the real ones; higher is better.

**SSIM** (structural similarity, Wang et al. 2004) as its authors compute it: a Gaussian window of
sigma 1.5 pixels (11 x 11), population covariances, K1 = 0.01, K2 = 0.03; mean over the three
channels of sRGB and over frames. -1..1, 1 only for equal frames. **PSNR** is 10 log10(255^2 / mean
squared error over the samples of a frame), in decibels, mean over frames. Equal frames have no
finite PSNR; they count as ``EQUAL_DB``, so that one of them does not outweigh a clip.

Both compare pixel by pixel and punish a face for being a little aside; read them beside measures of
what the face does. References: scikit-image's ``structural_similarity`` and
``peak_signal_noise_ratio``.

References
----------
Wang, Z. et al. (2004). Image quality assessment: from error visibility to structural similarity.
IEEE Trans. Image Processing 13.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from cogportrait.errors import MetricError
from cogportrait.types import Frame

EQUAL_DB: Final = 100.0
SIGMA_PX: Final = 1.5
WINDOW_PX: Final = 11  # what scikit-image makes of the sigma
PEAK: Final = 255


@dataclass(frozen=True, slots=True)
class PictureQuality:
    """How near the pixels of a clip are to those of another."""

    ssim: float  # -1..1; NaN for no frame
    psnr_db: float  # at most EQUAL_DB; NaN for no frame
    frames: int  # that were compared


def picture_quality(pairs: Iterable[tuple[Frame, Frame]]) -> PictureQuality:
    """Return SSIM and PSNR of pairs of frames (real, generated), read once, one pair at a time.

    Raises
    ------
    MetricError
        The frames of a pair differ in size, or are too small.
    """
    total_ssim, total_db, count = 0.0, 0.0, 0
    for real, generated in pairs:
        total_ssim += ssim(real, generated)
        total_db += psnr_db(real, generated)
        count += 1
    if not count:
        return PictureQuality(float("nan"), float("nan"), 0)
    return PictureQuality(total_ssim / count, total_db / count, count)


def ssim(real: Frame, generated: Frame) -> float:
    """Return the structural similarity of two frames [H, W, 3], -1..1."""
    check_frames(real, generated)
    if min(real.shape[:2]) < WINDOW_PX:
        raise MetricError(
            f"SSIM: expected frames of at least {WINDOW_PX} px each way, got {list(real.shape[:2])}"
        )
    score = structural_similarity(
        real,
        generated,
        channel_axis=-1,
        data_range=PEAK,
        gaussian_weights=True,
        sigma=SIGMA_PX,
        use_sample_covariance=False,
    )
    return float(np.asarray(score))


def psnr_db(real: Frame, generated: Frame) -> float:
    """Return the peak signal-to-noise ratio of two frames [H, W, 3], decibels."""
    check_frames(real, generated)
    if np.array_equal(real, generated):
        return EQUAL_DB
    return min(EQUAL_DB, float(peak_signal_noise_ratio(real, generated, data_range=PEAK)))


def check_frames(real: Frame, generated: Frame) -> None:
    """Raise :class:`MetricError` unless both are frames [H, W, 3] of 8 bits and of one size."""
    for name, frame in (("real", real), ("generated", generated)):
        if frame.ndim != 3 or frame.shape[2] != 3 or frame.dtype != np.uint8:
            raise MetricError(
                f"{name}: expected a frame [H, W, 3] of uint8, got {list(frame.shape)} of "
                f"{frame.dtype}"
            )
    if real.shape != generated.shape:
        raise MetricError(
            f"expected real and generated frames of one size, got {list(real.shape[:2])} and "
            f"{list(generated.shape[:2])}; resize one of them first"
        )
