"""Tensors from a file of weights, and into a network; nothing else is built from the file."""

import io
from collections.abc import Mapping
from typing import Final

import torch
from torch import Tensor, nn

from cogportrait.errors import ModelError, shown
from cogportrait.metrics.standard.files import Found

_COUNTER: Final = "num_batches_tracked"  # of batch norms; old files lack it, and it changes nothing


def load_tensors(file: Found) -> dict[str, Tensor]:
    """Return the named tensors in a file of PyTorch or of safetensors.

    PyTorch's own reader of tensors (``weights_only``) builds nothing else from the file.

    Raises
    ------
    ModelError
        It holds anything but named tensors.
    """
    try:
        if file.path.suffix == ".safetensors":
            from safetensors.torch import load

            return load(file.content)
        held = torch.load(io.BytesIO(file.content), map_location="cpu", weights_only=True)
    except Exception as error:  # a file that is no such file fails in any of their parts
        raise ModelError(
            f"{file.path}: expected named tensors (a state dict), got another file: "
            f"{shown(str(error))}"
        ) from error
    named = isinstance(held, dict) and all(
        isinstance(name, str) and isinstance(value, Tensor) for name, value in held.items()
    )
    if not named:
        raise ModelError(
            f"{file.path}: expected named tensors (a state dict), got a {type(held).__name__}"
        )
    return dict(held)


def fill(network: nn.Module, tensors: Mapping[str, Tensor], file: Found) -> None:
    """Put tensors into a network, all and no others, and make it ready to be run.

    Raises
    ------
    ModelError
        A tensor is missing, left over, or of another shape.
    """
    own = network.state_dict()
    missing = [n for n in own if n not in tensors and not n.endswith(_COUNTER)]
    left = [n for n in tensors if n not in own]
    wrong = [n for n, t in tensors.items() if n in own and own[n].shape != t.shape]
    for names, what in ((missing, "is missing"), (left, "is left over"), (wrong, "has a shape")):
        if names:
            got = "" if names is not wrong else f" {list(tensors[names[0]].shape)}"
            raise ModelError(
                f"{file.path}: {shown(names[0])} {what}{got}: these are not the weights of a "
                f"{type(network).__name__}; fetch the published file"
            )
    network.load_state_dict(dict(tensors), strict=False)
    network.requires_grad_(requires_grad=False).eval()
