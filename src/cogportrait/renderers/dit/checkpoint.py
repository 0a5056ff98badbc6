"""A trained transformer and its codec in one folder, as safetensors with their configurations.

FOLDER/transformer/config.json, diffusion_pytorch_model.safetensors
FOLDER/codec/config.json, diffusion_pytorch_model.safetensors
"""

from pathlib import Path
from typing import Any, Final

import torch
from safetensors import SafetensorError
from safetensors.torch import save_file

from cogportrait.errors import InputError, ModelError, shown
from cogportrait.io.atomic import atomic_path
from cogportrait.renderers.dit.codec import FrameCodec
from cogportrait.renderers.dit.model import CogPortraitTransformer3DModel
from cogportrait.renderers.dit.renderer import DitRenderer
from cogportrait.renderers.dit.sampling import Sampling

TRANSFORMER: Final = "transformer"
CODEC: Final = "codec"
CONFIG: Final = "config.json"  # as diffusers calls both
SHIPPED: Final = Path(__file__).parent / "weights"
WEIGHTS: Final = "diffusion_pytorch_model.safetensors"


def save_checkpoint(
    folder: Path,
    network: CogPortraitTransformer3DModel,
    codec: FrameCodec,
    dtype: torch.dtype = torch.float16,
) -> None:
    """Write both into a folder; the transformer's numbers as `dtype`."""
    target = folder / TRANSFORMER
    target.mkdir(parents=True, exist_ok=True)
    network.save_config(target)
    tensors = {n: t.detach().cpu().to(dtype).contiguous() for n, t in network.state_dict().items()}
    with atomic_path(target / WEIGHTS) as temporary:
        save_file(tensors, temporary, metadata={"format": "pt"})
    codec.save_pretrained(folder / CODEC)


def open_checkpoint(folder: Path | None = None, how: Sampling | None = None) -> DitRenderer:
    """Return a renderer of the networks in a folder, or of those that ship with the package.

    Raises
    ------
    InputError
        There is no such folder.
    ModelError
        A part is missing, damaged or of another network.
    """
    folder = SHIPPED if folder is None else folder
    if not folder.is_dir():
        raise InputError(f"{folder}: expected a folder with a checkpoint, found none")
    network = open_transformer(folder)
    codec = open_codec(folder / CODEC)
    config: Any = network.config
    if config.out_channels != codec.channels:
        raise ModelError(
            f"{folder}: expected a transformer and a codec of as many channels, got "
            f"{config.out_channels} and {codec.channels}"
        )
    return DitRenderer(
        network, codec, how or Sampling(), hint=config.hint_channels > 0,
        text_dim=config.text_dim, audio_dim=config.audio_dim,
    )  # fmt: skip


def open_transformer(folder: Path) -> CogPortraitTransformer3DModel:
    """Return the transformer of a checkpoint; raises as :func:`open_checkpoint` does."""
    return _opened(CogPortraitTransformer3DModel, folder / TRANSFORMER)


def open_codec(folder: Path) -> FrameCodec:
    """Return the codec in a folder of its own; raises as :func:`open_checkpoint` does."""
    return _opened(FrameCodec, folder)


def _opened(kind: Any, folder: Path) -> Any:  # noqa: ANN401 - of diffusers' classes
    """Return a network from a folder, every tensor of it, in single precision."""
    for name in (CONFIG, WEIGHTS):
        if not (folder / name).is_file():
            raise ModelError(f"{folder / name}: expected a file of the checkpoint, found none")
    try:
        network, report = kind.from_pretrained(
            folder, use_safetensors=True, local_files_only=True, output_loading_info=True,
            torch_dtype=torch.float32,
        )  # fmt: skip
    except (SafetensorError, OSError, ValueError, RuntimeError, TypeError, KeyError) as error:
        raise ModelError(
            f"{folder}: expected a network of this program, got one that cannot be read: "
            f"{shown(str(error))}; fetch or train it again"
        ) from error
    wrong = [*report["missing_keys"], *report["unexpected_keys"], *report["mismatched_keys"]]
    if wrong:
        raise ModelError(
            f"{folder}: expected the tensors of its configuration, {len(wrong)} are missing, "
            f"unknown or of another shape, such as {shown(str(wrong[0]))}"
        )
    return network.eval()
