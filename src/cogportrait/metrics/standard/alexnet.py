"""The network that LPIPS is defined with: AlexNet's rectified layers and learned weights on them.

References
----------
Krizhevsky, A. (2014). One weird trick for parallelizing convolutional neural networks.
arXiv:1404.5997 (the AlexNet that torchvision publishes).
"""

from typing import Final

import numpy as np
import torch
from torch import Tensor, nn

from cogportrait.metrics.standard.files import Found
from cogportrait.metrics.standard.tensors import fill, load_tensors
from cogportrait.types import Frame

WIDTHS: Final = (64, 192, 384, 256, 256)  # channels of the rectified layers
RECTIFIED: Final = (1, 4, 7, 9, 11)  # where they are
# Of LPIPS 0.1, for samples of -1..1: what ImageNet's means and deviations are there.
SHIFT: Final = (-0.030, -0.088, -0.188)
SCALE: Final = (0.458, 0.448, 0.450)
EPSILON: Final = 1e-10


class AlexNet(nn.Module):
    """Scaled frames [N, 3, H, W] in, the five rectified layers out."""

    def __init__(self) -> None:
        super().__init__()
        a, b, c, d, e = WIDTHS
        self.features = nn.Sequential(
            nn.Conv2d(3, a, 11, 4, 2), nn.ReLU(), nn.MaxPool2d(3, 2),
            nn.Conv2d(a, b, 5, padding=2), nn.ReLU(), nn.MaxPool2d(3, 2),
            nn.Conv2d(b, c, 3, padding=1), nn.ReLU(),
            nn.Conv2d(c, d, 3, padding=1), nn.ReLU(),
            nn.Conv2d(d, e, 3, padding=1), nn.ReLU(),
        )  # fmt: skip

    def forward(self, x: Tensor) -> list[Tensor]:
        """Return the rectified layers."""
        out: list[Tensor] = []
        for number, layer in enumerate(self.features):
            x = layer(x)
            if number in RECTIFIED:
                out.append(x)
        return out


class Heads(nn.Module):
    """The learned weights per channel of each layer, and their sum over layers."""

    def __init__(self) -> None:
        super().__init__()
        for number, width in enumerate(WIDTHS):
            # Named as published: a dropout, which is not run, comes before the weights.
            head = nn.ModuleDict({
                "model": nn.Sequential(nn.Identity(), nn.Conv2d(width, 1, 1, bias=False))
            })  # fmt: skip
            self.add_module(f"lin{number}", head)

    def forward(self, differences: list[Tensor]) -> Tensor:
        """Return the distance [N] of differences [N, C, H, W] of each layer."""
        total = torch.zeros(len(differences[0]))
        for number, difference in enumerate(differences):
            weight = self.get_parameter(f"lin{number}.model.1.weight")
            total = total + nn.functional.conv2d(difference, weight).mean((1, 2, 3))
        return total


class _Distance:
    def __init__(self, network: AlexNet, heads: Heads) -> None:
        self._network, self._heads = network, heads
        self._shift, self._scale = (torch.tensor(v)[None, :, None, None] for v in (SHIFT, SCALE))

    def __call__(self, real: Frame, generated: Frame) -> float:
        with torch.inference_mode():
            x = torch.from_numpy(np.stack([real, generated])).permute(0, 3, 1, 2).float()
            layers = self._network((x / 127.5 - 1 - self._shift) / self._scale)
            differences: list[Tensor] = []
            for layer in layers:
                length = layer.square().sum(1, keepdim=True).sqrt()
                a, b = layer / (length + EPSILON)
                differences.append((a - b).square()[None])
            return float(self._heads(differences)[0])


def perceptual_distance(backbone: Found, heads: Found) -> _Distance:
    """Return what measures the distance of two frames of one size.

    Raises
    ------
    ModelError
        A file does not hold this network.
    """
    network, learned = AlexNet(), Heads()
    tensors = load_tensors(backbone)
    fill(network, {n: t for n, t in tensors.items() if n.startswith("features.")}, backbone)
    fill(learned, load_tensors(heads), heads)
    return _Distance(network, learned)
