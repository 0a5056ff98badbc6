"""SSIM and PSNR."""

import numpy as np
import pytest
from skimage.metrics import structural_similarity

from cogportrait.errors import MetricError
from cogportrait.metrics.picture_quality import EQUAL_DB, picture_quality, psnr_db, ssim
from cogportrait.types import Frame


def _noisy(frame: Frame, sigma: float) -> Frame:
    noise = np.random.default_rng(0).normal(0, sigma, frame.shape)
    return np.clip(frame + noise, 0, 255).round().astype(np.uint8)


def test_equal_frames_are_perfect(astronaut: Frame) -> None:
    found = picture_quality([(astronaut, astronaut), (astronaut, astronaut)])
    assert (found.ssim, found.psnr_db, found.frames) == (pytest.approx(1.0), EQUAL_DB, 2)


def test_psnr_is_that_of_its_formula(astronaut: Frame) -> None:
    other = np.where(astronaut < 128, astronaut + 5, astronaut - 5).astype(np.uint8)
    assert psnr_db(astronaut, other) == pytest.approx(10 * np.log10(255**2 / 25))


def test_ssim_is_that_of_its_authors_window_on_every_channel(astronaut: Frame) -> None:
    other = _noisy(astronaut, 20)
    channels = [
        structural_similarity(
            astronaut[..., k].astype(float), other[..., k].astype(float), data_range=255,
            gaussian_weights=True, sigma=1.5, use_sample_covariance=False, K1=0.01, K2=0.03,
        )
        for k in range(3)
    ]  # fmt: skip
    assert ssim(astronaut, other) == pytest.approx(np.mean(channels), abs=1e-6)


def test_both_fall_with_noise_and_are_means_over_frames(astronaut: Frame) -> None:
    little, much = _noisy(astronaut, 5), _noisy(astronaut, 25)
    assert ssim(astronaut, much) < ssim(astronaut, little) < 1
    assert psnr_db(astronaut, much) < psnr_db(astronaut, little) < EQUAL_DB
    found = picture_quality((astronaut, f) for f in (little, much))
    assert found.ssim == pytest.approx((ssim(astronaut, little) + ssim(astronaut, much)) / 2)
    assert found.psnr_db == pytest.approx(
        (psnr_db(astronaut, little) + psnr_db(astronaut, much)) / 2
    )


def test_no_frames_is_undefined() -> None:
    found = picture_quality([])
    assert np.isnan(found.ssim)
    assert np.isnan(found.psnr_db)


def test_frames_of_two_sizes_or_too_small_ones_are_refused(astronaut: Frame) -> None:
    with pytest.raises(MetricError, match=r"one size, got \[512, 512\] and \[256, 256\]"):
        psnr_db(astronaut, astronaut[::2, ::2])
    with pytest.raises(MetricError, match="at least 11 px"):
        ssim(astronaut[:8, :8], astronaut[:8, :8])
    with pytest.raises(MetricError, match="generated: expected a frame"):
        ssim(astronaut, astronaut.astype(np.float32))  # pyright: ignore[reportArgumentType]
