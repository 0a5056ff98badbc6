"""SyncNet: mouths and sounds in one space, where those that belong together are near.

Names are those of the published tensors.

References
----------
Chung, J. S. & Zisserman, A. (2016). Out of time: automated lip sync in the wild. ACCV Workshops.
"""

from collections.abc import Callable
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from cogportrait.metrics.scored import Floats
from cogportrait.metrics.standard.files import Found
from cogportrait.metrics.standard.tensors import fill, load_tensors
from cogportrait.types import Frame

SIZE: Final = 1024  # of the shared space
FRAMES: Final = 5  # that a mouth is described by
STEPS: Final = 20  # of 10 ms, that the sound of as long is described by


class SyncNet(nn.Module):
    """The two streams."""

    def __init__(self) -> None:
        super().__init__()
        self.netcnnaud = nn.Sequential(
            *_flat(1, 64), nn.MaxPool2d(1, 1),
            *_flat(64, 192), nn.MaxPool2d(3, (1, 2)),
            *_flat(192, 384), *_flat(384, 256), *_flat(256, 256), nn.MaxPool2d(3, 2),
            *_flat(256, 512, (5, 4), 0),
        )  # fmt: skip
        self.netcnnlip = nn.Sequential(
            *_deep(3, 96, (5, 7, 7), 2, 0), nn.MaxPool3d((1, 3, 3), (1, 2, 2)),
            *_deep(96, 256, (1, 5, 5), 2, 1), nn.MaxPool3d((1, 3, 3), (1, 2, 2), (0, 1, 1)),
            *_deep(256, 256, (1, 3, 3), 1, 1), *_deep(256, 256, (1, 3, 3), 1, 1),
            *_deep(256, 256, (1, 3, 3), 1, 1), nn.MaxPool3d((1, 3, 3), (1, 2, 2)),
            *_deep(256, 512, (1, 6, 6), 1, 0),
        )  # fmt: skip
        self.netfcaud, self.netfclip = _shared(), _shared()

    def mouths(self, crops: Tensor) -> Tensor:
        """Return the places [N, 1024] of faces [N, 3, 5, 224, 224]: BGR, 0..255."""
        return self.netfclip(self.netcnnlip(crops).flatten(1))

    def sounds(self, coefficients: Tensor) -> Tensor:
        """Return the places [N, 1024] of sounds [N, 1, 13, 20]: cepstral coefficients."""
        return self.netfcaud(self.netcnnaud(coefficients).flatten(1))


def _flat(
    inputs: int, outputs: int, kernel: tuple[int, int] = (3, 3), padding: int = 1
) -> tuple[nn.Module, ...]:
    return nn.Conv2d(inputs, outputs, kernel, padding=padding), nn.BatchNorm2d(outputs), nn.ReLU()


def _deep(
    inputs: int, outputs: int, kernel: tuple[int, int, int], stride: int, padding: int
) -> tuple[nn.Module, ...]:
    conv = nn.Conv3d(inputs, outputs, kernel, (1, stride, stride), (0, padding, padding))
    return conv, nn.BatchNorm3d(outputs), nn.ReLU()


def _shared() -> nn.Sequential:
    return nn.Sequential(nn.Linear(512, 512), nn.BatchNorm1d(512), nn.ReLU(), nn.Linear(512, SIZE))


class Streams:
    """The network on arrays."""

    def __init__(self, network: SyncNet) -> None:
        self._network = network

    def mouths(self, crops: list[Frame]) -> Floats:
        """Return the places [N - 4, 1024] of every five successive crops [224, 224, 3] of N."""
        bgr = np.stack(crops)[..., ::-1].transpose(3, 0, 1, 2).astype(np.float32)  # [3, N, H, W]
        x = torch.from_numpy(bgr).unfold(1, FRAMES, 1).permute(1, 0, 4, 2, 3)
        return self._run(self._network.mouths, x)

    def sounds(self, windows: NDArray[np.floating]) -> Floats:
        """Return the places [N, 1024] of windows [N, 13, 20] of cepstral coefficients."""
        return self._run(
            self._network.sounds, torch.from_numpy(windows.astype(np.float32))[:, None]
        )

    def _run(self, stream: Callable[[Tensor], Tensor], x: Tensor) -> Floats:
        with torch.inference_mode():
            return stream(x).numpy().astype(np.float64)


def open_streams(file: Found) -> Streams:
    """Return the network of a file of weights.

    Raises
    ------
    ModelError
        The file does not hold this network.
    """
    network = SyncNet()
    fill(network, load_tensors(file), file)
    return Streams(network)
