"""Where networks are held and in which numbers: a CPU in single precision, a GPU in half of it.

Windows, noise and steps stay on the CPU in single precision; only what a network is asked goes to
where it lies, and its answer comes back.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import torch
from torch import Tensor, nn

from cogportrait.renderers.dit.model import Conditions


class Precision(StrEnum):
    """Numbers that a network counts with."""

    FP32 = "fp32"
    BF16 = "bf16"


@dataclass(frozen=True, slots=True)
class Placing:
    """Where networks are held."""

    device: str = ""  # as torch names it; a GPU if there is one without it
    # Less memory, more time: of Wan's pipelines one network on the GPU at a time, of a transformer
    # of ours one block; pictures to latents in tiles.
    offload: bool = False
    precision: Precision | None = None  # of transformer and text encoder; None: as `dtype` says
    compiled: bool = False  # the transformer's blocks, by torch.compile

    def place(self) -> torch.device:
        """Return the device."""
        return torch.device(self.device or ("cuda" if torch.cuda.is_available() else "cpu"))

    def dtype(self) -> torch.dtype:
        """Return the numbers of transformer and text encoder: bfloat16 but on a CPU."""
        if self.precision is not None:
            return torch.bfloat16 if self.precision is Precision.BF16 else torch.float32
        return torch.float32 if self.place().type == "cpu" else torch.bfloat16


@dataclass(frozen=True, slots=True, eq=False)
class PlacedNetwork:
    """A network that is asked with tensors of the CPU, wherever it lies."""

    network: Any  # as sampling.Network
    device: torch.device
    dtype: torch.dtype  # of what it is given
    autocast: torch.dtype | None = None  # what it counts with, if that is another

    def __call__(self, latents: Tensor, timestep: Tensor, given: Conditions) -> Tensor:
        """Return the velocity [B, C, L, h, w], in single precision on the CPU."""

        def there(tensor: Tensor | None) -> Tensor | None:
            return None if tensor is None else tensor.to(self.device, self.dtype)

        placed = Conditions(
            given.text.to(self.device, self.dtype), there(given.audio), there(given.pose),
            there(given.reference), there(given.hint),
        )  # fmt: skip
        with torch.autocast(self.device.type, self.autocast, enabled=self.autocast is not None):
            found = self.network(
                latents.to(self.device, self.dtype), timestep.to(self.device), placed
            )
        return found.to("cpu", torch.float32)


def placed(network: Any, placing: Placing) -> Any:  # noqa: ANN401 - a network of diffusers
    """Return a transformer where it is to lie; what is asked of it may lie on the CPU."""
    device, dtype = placing.place(), placing.dtype()
    if placing.offload:
        network.enable_group_offload(device, num_blocks_per_group=1)
    else:
        network.to(device)
    if placing.compiled:
        network.compile_repeated_blocks()
    if device.type == "cpu" and dtype is torch.float32:
        return network
    return PlacedNetwork(network, device, dtype)


def reachable(network: nn.Module) -> Any:  # noqa: ANN401 - as sampling.Network
    """Return a network that tensors of the CPU may be given, wherever it lies; gradients pass.

    Its weights are as they are; on a GPU it counts in bfloat16, as autocast has it.
    """
    device = next(network.parameters()).device
    if device.type == "cpu":
        return network
    return PlacedNetwork(network, device, torch.float32, torch.bfloat16)
