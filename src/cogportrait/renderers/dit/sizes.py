"""Sizes of the transformer: Wan 2.1's two, whose public weights fit, and one for a CPU."""

from dataclasses import asdict, dataclass
from typing import Final

from cogportrait.errors import InputError
from cogportrait.renderers.dit.model import CogPortraitTransformer3DModel


@dataclass(frozen=True, slots=True)
class Size:
    """What a transformer is built with; names are its own (see its class)."""

    num_attention_heads: int
    attention_head_dim: int
    ffn_dim: int
    num_layers: int
    in_channels: int = 16
    out_channels: int = 16
    reference_channels: int = 20  # 16 of the reference, 4 of the mask: one a frame of a latent one
    hint_channels: int = 0
    pose_channels: int = 16  # the drawing in latents
    text_dim: int = 4096  # umT5-XXL
    audio_dim: int = 768  # wav2vec 2.0, base
    patch_size: tuple[int, int, int] = (1, 2, 2)
    freq_dim: int = 256
    head_width: int = 0
    base_deviation: float = 0.0


SIZES: Final[dict[str, Size]] = {
    "wan-1.3b": Size(12, 128, 8960, 30),
    "wan-14b": Size(40, 128, 13824, 40),
    # One frame of mask, since a latent frame is one; the drawing in pixels, 8 x 8 of each color
    # folded to one of the latents'.
    "tiny": Size(
        6,
        44,
        1056,
        6,
        reference_channels=17,
        hint_channels=16,
        pose_channels=192,
        text_dim=64,
        audio_dim=64,
        head_width=64,
        base_deviation=0.5,
    ),
}


def build(size: str | Size) -> CogPortraitTransformer3DModel:
    """Return a transformer with random weights.

    Raises
    ------
    InputError
        No such size.
    """
    if isinstance(size, str):
        if size not in SIZES:
            raise InputError(f"size: expected one of {', '.join(SIZES)}, got {size}")
        size = SIZES[size]
    return CogPortraitTransformer3DModel(**asdict(size))
