"""Pixels to latents and back: Wan's video codec, or a small one for single frames.

Both look alike from outside: latents are normalized (mean 0, deviation 1 per channel), and a codec
says how many frames a latent one stands for.
"""

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol, Self

import torch
from diffusers.configuration_utils import ConfigMixin, register_to_config
from diffusers.models.modeling_utils import ModelMixin
from torch import Tensor, nn

from cogportrait.errors import InputError

if TYPE_CHECKING:
    from diffusers.models.autoencoders.autoencoder_kl_wan import AutoencoderKLWan

BLOCK: Final = 8


class Codec(Protocol):
    """What brings frames to latents and back."""

    @property
    def channels(self) -> int:
        """Of a latent."""
        ...

    @property
    def spatial(self) -> int:
        """Pixels along a side of a latent's."""
        ...

    def frames_of(self, latent_frames: int) -> list[int]:
        """Return how many frames each of so many latent ones stands for."""
        ...

    def encode(self, frames: Tensor) -> Tensor:
        """Return latents [B, C, L, h, w] of frames [B, 3, T, H, W], -1..1."""
        ...

    def decode(self, latents: Tensor) -> Tensor:
        """Return frames [B, 3, T, H, W], -1..1 but for little, of latents [B, C, L, h, w]."""
        ...

    def save_pretrained(self, folder: Path, /) -> None:
        """Write it into a folder of its own, as safetensors."""
        ...


class FrameCodec(ModelMixin, ConfigMixin):
    """A small autoencoder of single frames: 8 x 8 pixels to one latent of some channels.

    Both ways are a linear map, which is the best there is for blocks of pixels (principal
    components, fitted), and a convolutional network that adds what a linear map cannot: context
    from the neighbors, so that no blocks are seen.
    """

    @register_to_config
    def __init__(
        self,
        channels: int = 16,
        width: int = 48,
        latents_mean: tuple[float, ...] = (),
        latents_std: tuple[float, ...] = (),
    ) -> None:
        super().__init__()
        if not all(0 < deviation < math.inf for deviation in latents_std):
            raise ValueError("latents_std: expected numbers above 0")
        self.linear_in = nn.Conv2d(3, channels, BLOCK, BLOCK)
        self.linear_out = nn.ConvTranspose2d(channels, 3, BLOCK, BLOCK)
        self.encoder = nn.Sequential(
            nn.PixelUnshuffle(2), nn.Conv2d(12, width, 3, padding=1), _Residual(width),
            nn.Conv2d(width, width, 4, 2, 1), _Residual(width),
            nn.Conv2d(width, 2 * width, 4, 2, 1), _Residual(2 * width),
            nn.GroupNorm(8, 2 * width), nn.SiLU(), nn.Conv2d(2 * width, channels, 3, padding=1),
        )  # fmt: skip
        self.decoder = nn.Sequential(
            nn.Conv2d(channels, 2 * width, 3, padding=1), _Residual(2 * width),
            _Residual(2 * width), nn.Conv2d(2 * width, 4 * width, 1), nn.PixelShuffle(2),
            _Residual(width), _Residual(width), nn.Conv2d(width, 4 * width, 1), nn.PixelShuffle(2),
            _Residual(width), nn.GroupNorm(8, width), nn.SiLU(),
            nn.Conv2d(width, 12, 3, padding=1), nn.PixelShuffle(2),
        )  # fmt: skip
        self.register_buffer("_mean", _row(latents_mean, channels, 0.0), persistent=False)
        self.register_buffer("_std", _row(latents_std, channels, 1.0), persistent=False)

    @property
    def channels(self) -> int:
        """Of a latent."""
        return int(self.linear_in.out_channels)

    @property
    def spatial(self) -> int:
        """Pixels along a side of a latent's."""
        return BLOCK

    def frames_of(self, latent_frames: int) -> list[int]:
        """Return ones: a latent frame is one frame."""
        return [1] * latent_frames

    @torch.no_grad()
    def encode(self, frames: Tensor) -> Tensor:
        """Return latents [B, C, T, h, w] of frames [B, 3, T, H, W], -1..1."""
        return _joined((self.raw(_apart(frames)) - self._mean) / self._std, len(frames))

    @torch.no_grad()
    def decode(self, latents: Tensor) -> Tensor:
        """Return frames [B, 3, T, H, W] of latents [B, C, T, h, w]."""
        return _joined(self.drawn(_apart(latents) * self._std + self._mean), len(latents))

    def raw(self, pictures: Tensor) -> Tensor:
        """Return latents [N, C, h, w] of pictures [N, 3, H, W], not normalized."""
        if pictures.shape[-1] % BLOCK or pictures.shape[-2] % BLOCK:
            raise InputError(
                f"frames: expected sides that {BLOCK} divides, got {list(pictures.shape[-2:])}"
            )
        return self.linear_in(pictures) + self.encoder(pictures)

    def drawn(self, latents: Tensor) -> Tensor:
        """Return pictures [N, 3, H, W] of latents [N, C, h, w] that are not normalized."""
        return self.linear_out(latents) + self.decoder(latents)


class _Residual(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.GroupNorm(8, width), nn.SiLU(), nn.Conv2d(width, width, 3, padding=1),
            nn.GroupNorm(8, width), nn.SiLU(), nn.Conv2d(width, width, 3, padding=1),
        )  # fmt: skip

    def forward(self, x: Tensor) -> Tensor:
        return x + self.layers(x)


class WanCodec:
    """Wan's codec of diffusers behind the same interface.

    Wherever it lies, what it returns lies where what it was given does.
    """

    def __init__(self, vae: "AutoencoderKLWan") -> None:
        self._vae = vae
        config = vae.config
        shape = (1, config["z_dim"], 1, 1, 1)
        self._mean = torch.tensor(config["latents_mean"]).view(shape)
        self._deviation = torch.tensor(config["latents_std"]).view(shape)

    @property
    def channels(self) -> int:
        """Of a latent."""
        return int(self._vae.config["z_dim"])

    @property
    def spatial(self) -> int:
        """Pixels along a side of a latent's."""
        return int(self._vae.config["scale_factor_spatial"])

    def save_pretrained(self, folder: Path) -> None:
        """Write it into a folder of its own, as diffusers does."""
        self._vae.save_pretrained(folder)

    @property
    def temporal(self) -> int:
        """Frames that a latent one stands for, but for the first, which is one frame."""
        return int(self._vae.config["scale_factor_temporal"])

    def frames_of(self, latent_frames: int) -> list[int]:
        """Return 1, and then `temporal` again and again."""
        return [1] + [self.temporal] * (latent_frames - 1)

    @torch.no_grad()
    def encode(self, frames: Tensor) -> Tensor:
        """Return latents [B, C, L, h, w] of frames [B, 3, 1 + 4 k, H, W], -1..1."""
        placed = frames.to(self._device(), self._vae.dtype)
        found = self._vae.encode(placed, return_dict=False)[0].mode()
        return ((found - self._mean.to(found)) / self._deviation.to(found)).to(frames.device)

    @torch.no_grad()
    def decode(self, latents: Tensor) -> Tensor:
        """Return frames [B, 3, 1 + 4 k, H, W] of latents [B, C, L, h, w]."""
        z = latents.to(self._device(), self._vae.dtype)
        z = z * self._deviation.to(z) + self._mean.to(z)
        return self._vae.decode(z, return_dict=False)[0].to(latents.device)

    def _device(self) -> torch.device:
        """Return where it works: a hook of accelerate may bring it there only when it is asked."""
        hook = getattr(self._vae, "_hf_hook", None)
        return getattr(hook, "execution_device", None) or self._vae.device

    def to(self, device: torch.device, *, tiled: bool = False) -> Self:
        """Move it, and let it work in tiles, which needs less memory; return it."""
        vae: Any = self._vae  # diffusers' `to` has no types
        vae.to(device)
        if tiled:
            vae.enable_tiling()
        return self


def _row(values: tuple[float, ...], channels: int, default: float) -> Tensor:
    if values and len(values) != channels:
        raise InputError(f"mean, deviation: expected {channels} numbers, got {len(values)}")
    return torch.tensor(values or [default] * channels).view(1, channels, 1, 1)


def _apart(video: Tensor) -> Tensor:
    """Return the frames [B * T, ...] of a video [B, C, T, ...]."""
    return video.transpose(1, 2).flatten(0, 1)


def _joined(frames: Tensor, batch: int) -> Tensor:
    """Return the video of frames."""
    return frames.unflatten(0, (batch, -1)).transpose(1, 2)
