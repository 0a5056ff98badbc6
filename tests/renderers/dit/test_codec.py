"""Codecs: the small one fitted, Wan's behind the same interface."""

from pathlib import Path

import numpy as np
import pytest
import torch
from diffusers.models.autoencoders.autoencoder_kl_wan import AutoencoderKLWan
from tests.train.made import footage

from cogportrait.errors import InputError
from cogportrait.renderers.dit.codec import FrameCodec, WanCodec
from cogportrait.train.codec_fit import Fit, eye_weights, fit_codec, psnr_db


@pytest.fixture(scope="module")
def fitted() -> FrameCodec:
    clips = [footage(seed=k) for k in range(3)]
    return fit_codec(clips, Fit(0, channels=8, width=8))


def test_principal_components_are_where_a_fit_begins(fitted: FrameCodec) -> None:
    """Pictures of few kinds of blocks come back well from few numbers."""
    frames = footage().frames
    flat = np.broadcast_to(frames.mean((1, 2), keepdims=True), frames.shape)
    blank = 20 * np.log10(255 / np.sqrt(np.square(frames - flat).mean()))
    assert psnr_db(fitted, frames).mean() > blank + 8


def test_a_fit_makes_it_better() -> None:
    clips = [footage(seed=k) for k in range(3)]
    told: list[float] = []
    longer = fit_codec(clips, Fit(60, channels=4, width=8, batch=8), lambda _, db: told.append(db))
    begun = fit_codec(clips, Fit(0, channels=4, width=8))
    before, after = (psnr_db(c, footage().frames).mean() for c in (begun, longer))
    assert after > before + 1
    assert told


@torch.no_grad()
def test_latents_are_normalized(fitted: FrameCodec) -> None:
    x = torch.from_numpy(footage(seed=1).frames).permute(3, 0, 1, 2)[None].float() / 127.5 - 1
    z = fitted.encode(x)
    assert z.shape == (1, 8, 14, 4, 4)
    assert fitted.frames_of(3) == [1, 1, 1]
    assert float(z.mean()) == pytest.approx(0, abs=0.3)
    assert float(z.std()) == pytest.approx(1, abs=0.3)


@torch.no_grad()
def test_it_comes_back_from_disk(fitted: FrameCodec, tmp_path: Path) -> None:
    fitted.save_pretrained(tmp_path)
    assert sorted(p.suffix for p in tmp_path.iterdir()) == [".json", ".safetensors"]
    back = FrameCodec.from_pretrained(tmp_path)
    x = torch.rand(1, 3, 2, 32, 32) * 2 - 1
    torch.testing.assert_close(back.encode(x), fitted.encode(x), atol=0, rtol=0)
    torch.testing.assert_close(
        back.decode(back.encode(x)), fitted.decode(fitted.encode(x)), atol=0, rtol=0
    )


def test_sides_that_do_not_fit_are_told(fitted: FrameCodec) -> None:
    with pytest.raises(InputError, match=r"frames: expected sides that 8 divides, got \[30, 32\]"):
        fitted.encode(torch.zeros(1, 3, 1, 30, 32))
    with pytest.raises(InputError, match="expected 4 numbers, got 2"):
        FrameCodec(4, 8, (0.0, 1.0))


@torch.no_grad()
def test_wans_codec_is_called_as_its_pipeline_calls_it() -> None:
    torch.manual_seed(0)
    vae = AutoencoderKLWan(
        base_dim=3, z_dim=16, dim_mult=[1, 1, 1, 1], num_res_blocks=1,
        temperal_downsample=[False, True, True],
    ).eval()  # fmt: skip
    codec = WanCodec(vae)
    assert (codec.channels, codec.spatial, codec.temporal) == (16, 8, 4)
    assert codec.frames_of(3) == [1, 4, 4]
    x = torch.rand(1, 3, 9, 16, 16) * 2 - 1
    z = codec.encode(x)
    assert z.shape == (1, 16, 3, 2, 2)
    mean = torch.tensor(vae.config.latents_mean).view(1, 16, 1, 1, 1)
    std = torch.tensor(vae.config.latents_std).view(1, 16, 1, 1, 1)
    raw = vae.encode(x).latent_dist.mode()
    torch.testing.assert_close(z, (raw - mean) / std)
    torch.testing.assert_close(codec.decode(z), vae.decode(raw).sample, atol=1e-5, rtol=1e-5)


def test_eyes_weigh_more_than_the_rest_and_a_missing_face_weighs_nothing() -> None:
    clip = footage()
    weights = eye_weights(clip.points_px[0], 32)
    assert weights[16, 16] == weights.max() == 4
    assert weights.min() == 1
    assert (eye_weights(np.full((478, 2), np.nan, np.float32), 32) == 1).all()
