"""The transformer: Wan's, with the paper's audio cross attention and pose tokens.

A block is norm, self attention with rotary positions in time, height and width, text cross
attention, norm, audio cross attention, norm, feed forward, modulated by the noise level. Latent
frames of the drawn keypoints become tokens by a 3-D convolution and are added to those of the noisy
latents; this convolution and the way out of every audio attention start at zero, so a network with
Wan's weights and new parts does what Wan's does. Reference latents come by channels, with a mask
that says which frames they are true for, as in Wan's image-to-video.

Parts that Wan has are diffusers' own, under their own names, so public checkpoints load by name.
"""

import math
from dataclasses import dataclass
from typing import Any, Final

import torch
from diffusers.configuration_utils import ConfigMixin, register_to_config
from diffusers.loaders.peft import PeftAdapterMixin
from diffusers.models.attention import AttentionMixin
from diffusers.models.cache_utils import CacheMixin
from diffusers.models.modeling_utils import ModelMixin
from diffusers.models.normalization import FP32LayerNorm
from diffusers.models.transformers.transformer_wan import (
    WanAttention,
    WanAttnProcessor,
    WanRotaryPosEmbed,
    WanTimeTextImageEmbedding,
    WanTransformerBlock,
)
from torch import Tensor, nn

MOST_FACTOR_LOG: Final = 3.0  # of deviations: a twentieth to twenty times
STEPS: Final = 1000  # what Wan calls noise alone; a noise level sigma is told as STEPS * sigma


@dataclass(frozen=True, slots=True, eq=False)
class Conditions:
    """What a batch of B windows of L latent frames is made from; zeros, or None, for nothing."""

    text: Tensor  # [B, tokens, text_dim]
    audio: Tensor | None = None  # [B, L, tokens, audio_dim] of the sound of each latent frame
    pose: Tensor | None = None  # [B, pose_channels, L, h, w] of the drawn keypoints
    reference: Tensor | None = None  # [B, reference_channels, L, h, w], mask included
    hint: Tensor | None = None  # [B, hint_channels, L, h, w] of the reference, warped

    def only(self, *, keypoints: bool, audio: bool, text: bool) -> "Conditions":
        """Return these with zeros for what is not kept; reference and hint are.

        Zeros and not None, since a network that was trained with some clips of a batch without a
        condition knows it by zeros. Guidance away from a picture without the hint would exaggerate
        all that the hint shows, also outside the eyes.
        """
        return Conditions(
            self.text if text else torch.zeros_like(self.text),
            self.audio if audio else _zeros(self.audio),
            self.pose if keypoints else _zeros(self.pose),
            self.reference,
            self.hint,
        )


def _zeros(tensor: Tensor | None) -> Tensor | None:
    return None if tensor is None else torch.zeros_like(tensor)


class CogPortraitBlock(WanTransformerBlock):
    """Wan's block with audio cross attention between text cross attention and feed forward."""

    def __init__(self, dim: int, ffn_dim: int, num_heads: int, eps: float = 1e-6) -> None:
        super().__init__(
            dim, ffn_dim, num_heads, "rms_norm_across_heads", cross_attn_norm=True, eps=eps
        )
        self.norm_audio = FP32LayerNorm(dim, eps, elementwise_affine=True)
        self.attn_audio = WanAttention(
            dim=dim, heads=num_heads, dim_head=dim // num_heads, eps=eps,
            cross_attention_dim_head=dim // num_heads, processor=WanAttnProcessor(),
        )  # fmt: skip
        _silence(self.attn_audio.to_out[0])

    def forward(  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        hidden_states: Tensor,
        encoder_hidden_states: Tensor,
        temb: Tensor,
        rotary_emb: tuple[Tensor, Tensor],
        audio: Tensor | None = None,
        frames: int = 1,
    ) -> Tensor:
        """Return tokens [B, L * P, dim] after the block.

        `temb` [B, 6, dim] modulates; `audio` [B * L, tokens, dim] is heard by the `frames` L of the
        window each for itself.
        """
        shift, scale, gate, shift_ffn, scale_ffn, gate_ffn = (
            self.scale_shift_table + temb.float()
        ).chunk(6, dim=1)
        x = hidden_states
        normed = (self.norm1(x.float()) * (1 + scale) + shift).type_as(x)
        x = (x.float() + self.attn1(normed, None, None, rotary_emb) * gate).type_as(x)
        x = x + self.attn2(self.norm2(x.float()).type_as(x), encoder_hidden_states, None, None)
        if audio is not None:
            batch, tokens, dim = x.shape
            each = self.norm_audio(x.float()).type_as(x).reshape(batch * frames, -1, dim)
            x = x + self.attn_audio(each, audio, None, None).reshape(batch, tokens, dim)
        normed = (self.norm3(x.float()) * (1 + scale_ffn) + shift_ffn).type_as(x)
        return (x.float() + self.ffn(normed).float() * gate_ffn).type_as(x)


def _silence(layer: nn.Module) -> None:
    """Let a layer say nothing until it is trained."""
    for parameter in layer.parameters():
        nn.init.zeros_(parameter)


class AudioProjection(nn.Module):
    """Features of the sound to tokens of the network: the paper's MLP behind wav2vec."""

    def __init__(self, audio_dim: int, dim: int) -> None:
        super().__init__()
        self.norm_in = nn.LayerNorm(audio_dim)
        self.up = nn.Linear(audio_dim, dim)
        self.act = nn.GELU(approximate="tanh")
        self.down = nn.Linear(dim, dim)
        self.norm_out = nn.LayerNorm(dim)

    def forward(self, audio: Tensor) -> Tensor:
        """Return tokens [..., dim] of features [..., audio_dim]."""
        return self.norm_out(self.down(self.act(self.up(self.norm_in(audio)))))


def around(
    x: Tensor, base: Tensor, predicted: Tensor, sigma: Tensor, deviation: Tensor | float
) -> Tensor:
    """Return the velocity whose part that follows from `base` is taken off the network's hands.

    With data = base + s d and noise n, d and n of variance 1, r = x - (1 - sigma) base is what is
    seen of both, and of r alone follows

        E[n - data] = -base + r (sigma - (1 - sigma) s^2) / D^2,   D^2 = (1 - sigma)^2 s^2 + sigma^2

    with a variance of s^2 / D^2, so the network predicts the rest in units of s / D (as Karras et
    al. 2022 do around 0, for straight paths). `deviation` is s, one for all or one for each latent:
    where it is small, base is drawn.
    """
    rest = x - (1 - sigma) * base
    deviation = torch.as_tensor(deviation, dtype=x.dtype, device=x.device)
    square = (1 - sigma) ** 2 * deviation**2 + sigma**2
    likely = rest * ((sigma - (1 - sigma) * deviation**2) / square) - base
    return likely + predicted * (deviation / square.sqrt())


class LocalHead(nn.Module):
    """What is seen of a latent's neighbors, added to the velocity: eyes finer than tokens.

    Convolutions over the velocity, all that came in and the drawn keypoints, modulated by the noise
    level. Tokens hold 2 x 2 latents; with it they leave no seams. It also tells how far each latent
    is from what it is likely to be, as a factor. It says nothing, and 1, until it is trained.
    """

    def __init__(self, in_channels: int, out_channels: int, width: int, dim: int) -> None:
        super().__init__()
        self.out_channels = out_channels
        self.up = nn.Conv3d(in_channels + out_channels, width, (1, 3, 3), padding=(0, 1, 1))
        self.modulate = nn.Linear(dim, 2 * width)
        self.act = nn.SiLU()
        self.wider = nn.Conv3d(width, width, (1, 3, 3), padding=(0, 1, 1))
        self.down = nn.Conv3d(width, 2 * out_channels, (1, 3, 3), padding=(0, 1, 1))
        _silence(self.modulate)
        _silence(self.wider)
        _silence(self.down)

    def forward(self, velocity: Tensor, beside: Tensor, temb: Tensor) -> tuple[Tensor, Tensor]:
        """Return velocity and factors [B, C, L, h, w]; `temb` [B, dim] is the noise level's."""
        shift, scale = self.modulate(self.act(temb))[..., None, None, None].chunk(2, dim=1)
        hidden = self.up(torch.cat([velocity, beside], dim=1))
        hidden = self.act(hidden * (1 + scale) + shift)
        found = self.down(hidden + self.act(self.wider(hidden)))
        added, factors = found.split(self.out_channels, dim=1)
        bounded = MOST_FACTOR_LOG * torch.tanh(factors.float() / MOST_FACTOR_LOG)
        return velocity + added, bounded.exp()


class CogPortraitTransformer3DModel(
    ModelMixin, ConfigMixin, PeftAdapterMixin, CacheMixin, AttentionMixin
):
    """Velocity of noisy video latents, given keypoints, reference, sound and text.

    The velocity is Wan's, noise - data: the derivative of (1 - sigma) data + sigma noise by sigma.

    Parameters
    ----------
    in_channels, out_channels : int
        Of the noisy latents; of the velocity.
    reference_channels, hint_channels : int
        Of what is laid beside the noisy latents: reference latents and their mask; latents of the
        reference as the warp renderer draws it under the keypoints. 0 for none.
    pose_channels : int
        Of the drawn keypoints, in latents or in pixels folded to the latents' grid.
    text_dim, audio_dim : int
        Of a token of text, of a feature of sound.
    head_width : int
        Channels of a :class:`LocalHead` behind the transformer; 0 for none, as Wan has it.
    base_deviation : float
        How far data is from what it is likely to be, the hint or else the reference, as a standard
        deviation of latents, before a :class:`LocalHead` says more of each; the network then
        predicts what this does not: see :func:`around`. 0 for a network that predicts the velocity
        itself, as Wan does.
    """

    _supports_gradient_checkpointing = True
    _no_split_modules = ["CogPortraitBlock"]  # noqa: RUF012 - as diffusers reads it
    _repeated_blocks = ["CogPortraitBlock"]  # noqa: RUF012
    _keep_in_fp32_modules = [  # noqa: RUF012
        "rope", "time_embedder", "scale_shift_table", "norm1", "norm2", "norm3", "norm_audio",
    ]  # fmt: skip
    _skip_layerwise_casting_patterns = [  # noqa: RUF012
        "patch_embedding", "pose_embedding", "condition_embedder", "norm", "head",
    ]  # fmt: skip

    @register_to_config
    def __init__(  # noqa: PLR0913, PLR0917 - a flat configuration, as diffusers keeps it
        self,
        patch_size: tuple[int, int, int] = (1, 2, 2),
        num_attention_heads: int = 12,
        attention_head_dim: int = 128,
        in_channels: int = 16,
        out_channels: int = 16,
        reference_channels: int = 20,
        hint_channels: int = 0,
        pose_channels: int = 16,
        text_dim: int = 4096,
        audio_dim: int = 768,
        freq_dim: int = 256,
        ffn_dim: int = 8960,
        num_layers: int = 30,
        eps: float = 1e-6,
        rope_max_seq_len: int = 1024,
        head_width: int = 0,
        base_deviation: float = 0.0,
    ) -> None:
        super().__init__()
        if len(patch_size) != 3 or min(patch_size) < 1:
            raise ValueError(f"patch_size: expected three numbers of 1 or more, got {patch_size}")
        if attention_head_dim % 2:
            raise ValueError(
                f"attention_head_dim: expected an even number, got {attention_head_dim}"
            )
        for name, value in (("num_layers", num_layers), ("rope_max_seq_len", rope_max_seq_len)):
            if value < 1:
                raise ValueError(f"{name}: expected 1 or more, got {value}")
        if not 0 < eps < 1:
            raise ValueError(f"eps: expected more than 0 and less than 1, got {eps}")
        if not 0 <= base_deviation < math.inf:
            raise ValueError(f"base_deviation: expected 0 or more, got {base_deviation}")
        dim = num_attention_heads * attention_head_dim
        patch = (patch_size[0], patch_size[1], patch_size[2])  # a list in a configuration file
        self.rope = WanRotaryPosEmbed(attention_head_dim, patch, rope_max_seq_len)
        self.patch_embedding = nn.Conv3d(
            in_channels + reference_channels + hint_channels, dim, kernel_size=patch, stride=patch
        )
        self.pose_embedding = nn.Conv3d(pose_channels, dim, kernel_size=patch, stride=patch)
        _silence(self.pose_embedding)
        self.condition_embedder = WanTimeTextImageEmbedding(dim, freq_dim, dim * 6, text_dim)
        self.audio_embedder = AudioProjection(audio_dim, dim)
        self.blocks = nn.ModuleList(
            [CogPortraitBlock(dim, ffn_dim, num_attention_heads, eps) for _ in range(num_layers)]
        )
        self.norm_out = FP32LayerNorm(dim, eps, elementwise_affine=False)
        self.proj_out = nn.Linear(dim, out_channels * patch[0] * patch[1] * patch[2])
        self.scale_shift_table = nn.Parameter(torch.randn(1, 2, dim) / dim**0.5)
        self.head = None
        if head_width:
            given = in_channels + reference_channels + hint_channels + pose_channels
            self.head = LocalHead(given, out_channels, head_width, dim)
        self.gradient_checkpointing = False

    def forward(self, latents: Tensor, timestep: Tensor, given: Conditions) -> Tensor:
        """Return the velocity [B, out_channels, L, h, w] of noisy latents.

        Parameters
        ----------
        latents : Tensor, shape [B, in_channels, L, h, w]
            (1 - sigma) data + sigma noise.
        timestep : Tensor, shape [B]
            1000 sigma.
        given : Conditions
            What is missing is left out: without reference its channels are 0.
        """
        batch, _, frames, height, width = latents.shape
        rotary = self.rope(latents)
        beside = self._beside(latents, given)
        tokens = self.patch_embedding(beside)
        if given.pose is not None:
            tokens = tokens + self.pose_embedding(given.pose)
        tokens = tokens.flatten(2).transpose(1, 2).contiguous()
        temb, modulation, text, _ = self.condition_embedder(timestep, given.text, None)
        modulation = modulation.unflatten(1, (6, -1))
        audio = None
        if given.audio is not None:
            audio = self.audio_embedder(given.audio).flatten(0, 1)
        steps = frames // self.config.patch_size[0]  # pyright: ignore[reportAttributeAccessIssue]
        for block in self.blocks:
            inputs = (tokens, text, modulation, rotary, audio, steps)
            if torch.is_grad_enabled() and self.gradient_checkpointing:
                tokens = self._gradient_checkpointing_func(block, *inputs)  # pyright: ignore[reportOptionalCall]
            else:
                tokens = block(*inputs)
        shift, scale = (self.scale_shift_table + temb.unsqueeze(1)).chunk(2, dim=1)
        tokens = (self.norm_out(tokens.float()) * (1 + scale) + shift).type_as(tokens)
        velocity = self._pixels(self.proj_out(tokens), batch, (frames, height, width))
        factors: Tensor | float = 1.0
        if self.head is not None:
            pose = given.pose
            if pose is None:
                shape = (batch, self.pose_embedding.in_channels, frames, height, width)
                pose = beside.new_zeros(shape)
            seen = torch.cat([beside, pose.to(beside)], dim=1)
            velocity, factors = self.head(velocity, seen, temb.type_as(velocity))
        deviation: float = self.config.base_deviation  # pyright: ignore[reportAttributeAccessIssue]
        if not deviation:
            return velocity
        sigma = timestep.view(-1, 1, 1, 1, 1) / STEPS
        likely = self._likely(latents, given)
        return around(latents, likely, velocity, sigma, deviation * factors)

    def _beside(self, latents: Tensor, given: Conditions) -> Tensor:
        """Return noisy latents with the channels of reference and hint behind theirs."""
        parts = [latents]
        for name, held in (("reference", given.reference), ("hint", given.hint)):
            channels: int = getattr(self.config, f"{name}_channels")
            if channels:
                shape = (len(latents), channels, *latents.shape[2:])
                parts.append(latents.new_zeros(shape) if held is None else held.to(latents.dtype))
        return torch.cat(parts, dim=1)

    @staticmethod
    def _likely(latents: Tensor, given: Conditions) -> Tensor:
        """Return what the data is likely to be: the hint, where there is one, or the reference."""
        base = torch.zeros_like(latents)
        if given.reference is not None:
            base = given.reference[:, : latents.shape[1]].to(base)
        if given.hint is not None:
            there = (given.hint != 0).any(1, keepdim=True)
            base = torch.where(there, given.hint.to(base), base)
        return base

    def _pixels(self, tokens: Tensor, batch: int, size: tuple[int, int, int]) -> Tensor:
        """Return latents [B, C, L, h, w] of tokens that hold a patch each."""
        p: Any = self.config.patch_size  # pyright: ignore[reportAttributeAccessIssue]
        steps = [n // k for n, k in zip(size, p, strict=True)]
        out = tokens.reshape(batch, *steps, *p, -1).permute(0, 7, 1, 4, 2, 5, 3, 6)
        return out.flatten(6, 7).flatten(4, 5).flatten(2, 3)
