"""What tests of standard measures share: clips, random networks, reference implementations."""

import importlib
import sys
import types
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from cogportrait.metrics.standard.measure import ClipStart, FramePair, Measure
from cogportrait.types import AudioClip, Frame, Portrait

# Beside the environment's packages and not among them: torch-fidelity brings a package "tests", and
# all of it at once needs torchvision. Its modules are imported one by one.
REFERENCES = Path(sys.prefix) / "references"


def reference(name: str) -> Any:
    """Return a module of torch-fidelity, which `make test` puts into ``REFERENCES``."""
    package = types.ModuleType("torch_fidelity")
    package.__path__ = [str(REFERENCES / "torch_fidelity")]
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "torch_fidelity", package)
        return importlib.import_module(f"torch_fidelity.{name}")


def frames(count: int, seed: int, size: tuple[int, int] = (72, 96)) -> list[Frame]:
    """Return smooth random frames."""
    import cv2

    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 256, (count, size[0] // 12, size[1] // 12, 3), np.uint8)
    return [np.asarray(cv2.resize(c, size[::-1], interpolation=cv2.INTER_CUBIC)) for c in coarse]


def no_face() -> np.ndarray:
    """Return landmarks of no face."""
    return np.full((478, 3), np.nan, np.float32)


def clip(
    portrait: Portrait, name: str = "clip", fps: float = 25.0, speech: AudioClip | None = None
) -> ClipStart:
    """Return the start of a clip of a portrait."""
    return ClipStart(name, fps, portrait.image, portrait.landmarks_px, speech)


def tell(
    measure: Measure, real: Sequence[Frame], generated: Sequence[Frame], portrait: Portrait
) -> float:
    """Return what a measure says of one clip without faces."""
    measure.begin(clip(portrait))
    for one, other in zip(real, generated, strict=True):
        measure.update(FramePair(one, other, no_face(), no_face()))
    return measure.compute()


def randomized(network: nn.Module, seed: int = 0) -> nn.Module:
    """Return a network with random weights that neither fade nor grow from layer to layer."""
    generator = torch.Generator().manual_seed(seed)
    for module in network.modules():
        if isinstance(module, (nn.Conv2d, nn.Conv3d, nn.Linear)):
            fan = module.weight[0].numel()
            module.weight.data.normal_(0, (2 / fan) ** 0.5, generator=generator)
            if module.bias is not None:
                module.bias.data.normal_(0, 0.1, generator=generator)
        if isinstance(module, nn.modules.batchnorm._BatchNorm):
            assert module.running_mean is not None
            assert module.running_var is not None
            module.running_mean.normal_(0, 0.1, generator=generator)
            module.running_var.uniform_(0.5, 1.5, generator=generator)
            module.weight.data.uniform_(0.8, 1.2, generator=generator)
            module.bias.data.normal_(0, 0.1, generator=generator)
    return network.eval()


def saved(network: nn.Module, path: Path) -> Path:
    """Write a network's tensors as PyTorch does and return the file."""
    torch.save(network.state_dict(), path)
    return path
