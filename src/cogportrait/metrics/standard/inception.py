"""The Inception network that FID is defined with, its first 2048 features.

Inception-v3 as TensorFlow's graph of 2015-12-05 has it: average pools that leave their padding out,
and a maximum pool in the last block. Names are those of the published tensors.

References
----------
Szegedy, C. et al. (2016). Rethinking the Inception architecture for computer vision. CVPR.
"""

from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from cogportrait.metrics.scored import Floats
from cogportrait.metrics.standard.files import Found
from cogportrait.metrics.standard.tensors import fill, load_tensors

SIDE_PX: Final = 299
CLASSES: Final = 1008  # of the layer that follows; its tensors are in the file


@dataclass(frozen=True, slots=True)
class _Conv:
    """A convolution with batch norm and rectifier; padded to keep the size unless it strides."""

    name: str
    outputs: int
    kernel: int | tuple[int, int] = 1
    stride: int = 1


class _Pool(Protocol):
    def __call__(self, x: Tensor, /) -> Tensor: ...


_Step = _Conv | _Pool | tuple[_Conv, ...]  # several at once: their outputs are joined
_Path = tuple[_Step, ...]


def _average(x: Tensor) -> Tensor:
    return nn.functional.avg_pool2d(x, 3, 1, padding=1, count_include_pad=False)


def _maximum(x: Tensor) -> Tensor:
    return nn.functional.max_pool2d(x, 3, 1, padding=1)


def _shrink(x: Tensor) -> Tensor:
    return nn.functional.max_pool2d(x, 3, 2)


def _block_a(pool: int) -> tuple[_Path, ...]:
    return (
        (_Conv("branch1x1", 64),),
        (_Conv("branch5x5_1", 48), _Conv("branch5x5_2", 64, 5)),
        (_Conv("branch3x3dbl_1", 64), _Conv("branch3x3dbl_2", 96, 3),
         _Conv("branch3x3dbl_3", 96, 3)),
        (_average, _Conv("branch_pool", pool)),
    )  # fmt: skip


def _block_b() -> tuple[_Path, ...]:
    return (
        (_Conv("branch3x3", 384, 3, 2),),
        (_Conv("branch3x3dbl_1", 64), _Conv("branch3x3dbl_2", 96, 3),
         _Conv("branch3x3dbl_3", 96, 3, 2)),
        (_shrink,),
    )  # fmt: skip


def _block_c(width: int) -> tuple[_Path, ...]:
    wide, high = (1, 7), (7, 1)
    return (
        (_Conv("branch1x1", 192),),
        (_Conv("branch7x7_1", width), _Conv("branch7x7_2", width, wide),
         _Conv("branch7x7_3", 192, high)),
        (_Conv("branch7x7dbl_1", width), _Conv("branch7x7dbl_2", width, high),
         _Conv("branch7x7dbl_3", width, wide), _Conv("branch7x7dbl_4", width, high),
         _Conv("branch7x7dbl_5", 192, wide)),
        (_average, _Conv("branch_pool", 192)),
    )  # fmt: skip


def _block_d() -> tuple[_Path, ...]:
    return (
        (_Conv("branch3x3_1", 192), _Conv("branch3x3_2", 320, 3, 2)),
        (_Conv("branch7x7x3_1", 192), _Conv("branch7x7x3_2", 192, (1, 7)),
         _Conv("branch7x7x3_3", 192, (7, 1)), _Conv("branch7x7x3_4", 192, 3, 2)),
        (_shrink,),
    )  # fmt: skip


def _block_e(pool: _Pool) -> tuple[_Path, ...]:
    def fork(name: str) -> tuple[_Conv, _Conv]:
        return _Conv(f"{name}a", 384, (1, 3)), _Conv(f"{name}b", 384, (3, 1))

    return (
        (_Conv("branch1x1", 320),),
        (_Conv("branch3x3_1", 384), fork("branch3x3_2")),
        (_Conv("branch3x3dbl_1", 448), _Conv("branch3x3dbl_2", 384, 3), fork("branch3x3dbl_3")),
        (pool, _Conv("branch_pool", 192)),
    )


class ConvNorm(nn.Module):
    """A convolution without bias, batch norm, rectifier."""

    def __init__(self, inputs: int, layer: _Conv, *, padded: bool = True) -> None:
        super().__init__()
        high, wide = layer.kernel if isinstance(layer.kernel, tuple) else (layer.kernel,) * 2
        pad = (high // 2, wide // 2) if padded and layer.stride == 1 else (0, 0)
        self.conv = nn.Conv2d(inputs, layer.outputs, (high, wide), layer.stride, pad, bias=False)
        self.bn = nn.BatchNorm2d(layer.outputs, eps=0.001)

    def forward(self, x: Tensor) -> Tensor:
        """Return the layer's output."""
        return nn.functional.relu(self.bn(self.conv(x)))


class Mixed(nn.Module):
    """Paths side by side from the same input, their outputs joined."""

    def __init__(self, inputs: int, paths: tuple[_Path, ...]) -> None:
        super().__init__()
        self._paths = paths
        self.outputs = 0
        for path in paths:
            width = inputs
            for step in path:
                layers = step if isinstance(step, tuple) else (step,)
                convs = [layer for layer in layers if isinstance(layer, _Conv)]
                for layer in convs:
                    self.add_module(layer.name, ConvNorm(width, layer))
                width = sum(layer.outputs for layer in convs) or width
            self.outputs += width

    def forward(self, x: Tensor) -> Tensor:
        """Return the joined outputs."""
        out: list[Tensor] = []
        for path in self._paths:
            y = x
            for step in path:
                y = self._step(step, y)
            out.append(y)
        return torch.cat(out, 1)

    def _step(self, step: _Step, x: Tensor) -> Tensor:
        if isinstance(step, _Conv):
            return self.get_submodule(step.name)(x)
        if isinstance(step, tuple):
            return torch.cat([self._step(layer, x) for layer in step], 1)
        return step(x)


class Inception(nn.Module):
    """8-bit frames [N, 3, H, W] in, 2048 features [N, 2048] out."""

    def __init__(self) -> None:
        super().__init__()
        self.Conv2d_1a_3x3 = ConvNorm(3, _Conv("", 32, 3, 2))
        self.Conv2d_2a_3x3 = ConvNorm(32, _Conv("", 32, 3), padded=False)
        self.Conv2d_2b_3x3 = ConvNorm(32, _Conv("", 64, 3))
        self.Conv2d_3b_1x1 = ConvNorm(64, _Conv("", 80))
        self.Conv2d_4a_3x3 = ConvNorm(80, _Conv("", 192, 3), padded=False)
        blocks = {
            "Mixed_5b": _block_a(32), "Mixed_5c": _block_a(64), "Mixed_5d": _block_a(64),
            "Mixed_6a": _block_b(), "Mixed_6b": _block_c(128), "Mixed_6c": _block_c(160),
            "Mixed_6d": _block_c(160), "Mixed_6e": _block_c(192), "Mixed_7a": _block_d(),
            "Mixed_7b": _block_e(_average), "Mixed_7c": _block_e(_maximum),
        }  # fmt: skip
        width = 192
        self._blocks = tuple(blocks)
        for name, paths in blocks.items():
            block = Mixed(width, paths)
            self.add_module(name, block)
            width = block.outputs
        self.fc = nn.Linear(width, CLASSES)  # not run

    def forward(self, frames: Tensor) -> Tensor:
        """Return the features of frames."""
        x = (resize_as_tensorflow_1(frames.float(), SIDE_PX) - 128) / 128
        x = self.Conv2d_2b_3x3(self.Conv2d_2a_3x3(self.Conv2d_1a_3x3(x)))
        x = _shrink(self.Conv2d_4a_3x3(self.Conv2d_3b_1x1(_shrink(x))))
        for name in self._blocks:
            x = self.get_submodule(name)(x)
        return x.mean((2, 3))


def resize_as_tensorflow_1(x: Tensor, side: int) -> Tensor:
    """Return [N, C, H, W] resized to `side` each way, bilinear, as TensorFlow 1 resizes.

    Output pixel i takes its value at i x size / side: corners, not middles, of pixels are aligned.
    """
    rows, columns = (_weights(size, side, x) for size in x.shape[2:])
    return rows @ x @ columns.T


def _weights(size: int, side: int, like: Tensor) -> Tensor:
    at = torch.arange(side, dtype=torch.float32) * (size / side)
    low = at.floor().long().clamp(max=size - 1)
    high = (low + 1).clamp(max=size - 1)
    out = torch.zeros(side, size)
    row = torch.arange(side)
    out[row, low] += 1 - (at - low)
    out[row, high] += at - low
    return out.to(like)


class _Describer:
    def __init__(self, network: Inception) -> None:
        self._network = network

    def __call__(self, frames: NDArray[np.uint8]) -> Floats:
        with torch.inference_mode():
            features = self._network(torch.from_numpy(frames).permute(0, 3, 1, 2))
        return features.numpy().astype(np.float64)


def inception_features(file: Found) -> _Describer:
    """Return what describes frames [N, H, W, 3] by the network in a file of weights.

    Raises
    ------
    ModelError
        The file does not hold this network.
    """
    network = Inception()
    fill(network, load_tensors(file), file)
    return _Describer(network)
