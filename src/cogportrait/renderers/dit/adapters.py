"""LoRA adapters beside a checkpoint's transformer, merged into it when it is opened.

FOLDER/lora/pytorch_lora_weights.safetensors, as diffusers' ``save_lora_adapter`` writes it
"""

import logging
from pathlib import Path
from typing import Any, Final

from safetensors import SafetensorError, safe_open

from cogportrait.errors import ModelError, shown

LORA: Final = "lora"
LORA_FILE: Final = "pytorch_lora_weights.safetensors"  # as diffusers calls it


def adapters_of(checkpoint: Path) -> Path | None:
    """Return the file of a checkpoint's adapters, if it has any."""
    path = checkpoint / LORA / LORA_FILE
    return path if path.is_file() else None


def save_adapters(network: Any, checkpoint: Path) -> None:  # noqa: ANN401 - any of diffusers' models
    """Write the adapters of a network into a checkpoint's folder."""
    # diffusers calls `to` of the network without a type, and then warns of types.
    told = logging.getLogger("diffusers.models.modeling_utils")
    before = told.level
    told.setLevel(logging.ERROR)
    try:
        network.save_lora_adapter(str(checkpoint / LORA))
    finally:
        told.setLevel(before)


def merge_adapters(network: Any, path: Path) -> None:  # noqa: ANN401 - any of diffusers' models
    """Add what adapters in a file say to the weights of a network.

    Raises
    ------
    ModelError
        The file is damaged, or its adapters are of another network.
    """
    try:
        with safe_open(path, framework="pt") as held:
            asked = {name.partition(".lora_")[0] for name in held.keys()}  # noqa: SIM118
        unknown = sorted(asked - {name for name, _ in network.named_modules()})
        if unknown or not asked:
            raise ValueError(f"no part is called {unknown[0]!r}" if unknown else "it is empty")
        network.load_lora_adapter(
            str(path.parent), prefix=None, weight_name=path.name, use_safetensors=True,
            local_files_only=True,
        )  # fmt: skip
        network.fuse_lora()
        network.unload_lora()
    except (SafetensorError, OSError, ValueError, RuntimeError, TypeError, KeyError) as error:
        raise ModelError(
            f"{path}: expected adapters of the transformer beside it, got what does not fit: "
            f"{shown(str(error))}; remove the folder {LORA}, or refine again"
        ) from error
