"""Public Wan weights into our transformer, by name, with a list of what went where."""

import json
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from cogportrait.errors import InputError, ModelError, shown
from cogportrait.renderers.dit.model import CogPortraitTransformer3DModel

FOLDER: Final = "transformer"  # of a diffusers pipeline
_MASK: Final = 4  # channels that image-to-video has: one a frame of a latent one
# Of names: the parts that no public Wan has, and start as they are.
NEW: Final = (".pose_embedding.", ".audio_embedder.", ".attn_audio.", ".norm_audio.", ".head.")
_WHOLE: Final = "diffusion_pytorch_model.safetensors"  # as diffusers calls it; or its parts
_SHARDS: Final = "diffusion_pytorch_model-[0-9]*-of-[0-9]*.safetensors"
_WIDENED: Final = "patch_embedding.weight"  # ours has more channels coming in


@dataclass(frozen=True, slots=True)
class Loaded:
    """What became of the tensors of a checkpoint and of a network, by name."""

    loaded: tuple[str, ...]
    widened: tuple[str, ...]  # loaded into the first of more channels, the others are 0
    new: tuple[str, ...]  # of the network alone: as they were
    unused: tuple[str, ...]  # of the checkpoint alone

    def lines(self) -> list[str]:
        """Return a report: numbers, and the names of what did not simply fit."""
        out = [
            f"{len(self.loaded)} tensors loaded, {len(self.widened)} widened, {len(self.new)} new, "
            f"{len(self.unused)} unused"
        ]
        for what in ("widened", "new", "unused"):
            out += [f"{what}: {name}" for name in getattr(self, what)]
        return out


def load_wan(network: CogPortraitTransformer3DModel, folder: Path) -> Loaded:
    """Load a Wan transformer of diffusers from disk into a network, tensor by tensor.

    Parameters
    ----------
    network : CogPortraitTransformer3DModel
        Changed in place, once everything fits.
    folder : Path
        Of a pipeline or of its transformer: one safetensors file, or several.

    Raises
    ------
    InputError
        There are no safetensors files.
    ModelError
        A file cannot be read, a tensor is missing that Wan has, there twice or no number, or it is
        of another size.
    """
    files = _files(folder)
    own = dict(network.state_dict())
    fitting: dict[str, Tensor] = {}
    unused: list[str] = []
    for name, tensor in _tensors(files):
        if name in fitting or name in unused:
            raise ModelError(
                f"{folder}: expected one transformer, found {name} in two files; name a folder "
                "with one of its variants"
            )
        if name not in own:
            unused.append(name)
            continue
        if not torch.isfinite(tensor).all():
            raise ModelError(f"{folder}: {name}: expected numbers, found NaN; fetch it again")
        if tensor.shape != own[name].shape and not _fits_wider(name, tensor, own[name]):
            raise ModelError(
                f"{folder}: {name}: expected the shape {list(own[name].shape)}, got "
                f"{list(tensor.shape)}; it is of another size of Wan"
            )
        fitting[name] = _ordered(name, tensor, network)
    if not fitting:
        raise ModelError(f"{folder}: expected tensors of a Wan transformer, found none by name")
    _check_whole(folder, [name for name in own if name not in fitting], unused)
    widened: list[str] = []
    with torch.no_grad():
        for name, tensor in fitting.items():
            if tensor.shape == own[name].shape:
                own[name].copy_(tensor)
            else:
                own[name].zero_()
                own[name][:, : tensor.shape[1]] = tensor.to(own[name])
                widened.append(name)
    return Loaded(
        tuple(name for name in fitting if name not in widened),
        tuple(widened),
        tuple(name for name in own if name not in fitting),
        tuple(unused),
    )


def _check_whole(folder: Path, missing: list[str], unused: list[str]) -> None:
    """Raise :class:`ModelError` for blocks too few or too many, or files that were not fetched."""
    wanted = [name for name in missing if not any(part in f".{name}" for part in NEW)]
    if wanted:
        raise ModelError(
            f"{folder}: expected a whole Wan transformer, {len(wanted)} of its tensors are missing "
            f"such as {wanted[0]}; a file was not fetched, or it is of another size of Wan"
        )
    blocks = {name.split(".")[1] for name in missing if name.startswith("blocks.")}
    more = [n for n in unused if n.startswith("blocks.") and n.split(".")[1] not in blocks]
    if more:
        raise ModelError(
            f"{folder}: expected as many blocks as the network's {len(blocks)}, got more, such as "
            f"{more[0]}; it is of another size of Wan"
        )


def _ordered(name: str, tensor: Tensor, network: CogPortraitTransformer3DModel) -> Tensor:
    """Return the first convolution of image-to-video with its channels in our order.

    Wan's are noisy latents, mask, reference latents; ours noisy latents, reference, mask.
    """
    count = int(network.config["in_channels"])
    if name != _WIDENED or tensor.shape[1] != 2 * count + _MASK:
        return tensor
    mask = slice(count, count + _MASK)
    return torch.cat([tensor[:, :count], tensor[:, count + _MASK :], tensor[:, mask]], dim=1)


def _fits_wider(name: str, tensor: Tensor, own: Tensor) -> bool:
    same = tensor.ndim == own.ndim and tensor.shape[2:] == own.shape[2:]
    return name == _WIDENED and same and len(tensor) == len(own) and tensor.shape[1] < own.shape[1]


def _files(folder: Path) -> list[Path]:
    for place in (folder / FOLDER, folder):
        if (place / _WHOLE).is_file():  # other variants may lie beside it
            return [place / _WHOLE]
        for pattern in (_SHARDS, "*.safetensors"):
            if files := sorted(place.glob(pattern)):
                return files
    raise InputError(f"{folder}: expected a folder with safetensors files, found none")


def _tensors(files: list[Path]) -> Iterator[tuple[str, Tensor]]:
    for file in files:
        try:
            with safe_open(file, framework="pt") as held:
                for name in held.keys():  # noqa: SIM118 - it is no dictionary
                    yield name, held.get_tensor(name)
        except (SafetensorError, OSError, struct.error, json.JSONDecodeError) as error:
            raise ModelError(
                f"{file}: expected a safetensors file, got one that cannot be read: "
                f"{shown(str(error))}; fetch it again"
            ) from error
