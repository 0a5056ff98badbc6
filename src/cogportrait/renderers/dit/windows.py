"""Long videos in windows that overlap, with memory that does not grow.

Every window is drawn for itself, from the reference portrait and its own conditions. What it shares
with the window before is tied to it while noise is taken away: the first of the shared frames
wholly, the last hardly, so there is no seam. A window knows the one before by these few frames
alone, and the portrait by itself, so faults do not add up over many windows. Noise belongs to a
frame of the video and not to a window.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final, Generic, TypeVar

import numpy as np
import torch
from torch import Tensor

from cogportrait.errors import InputError
from cogportrait.renderers.dit.flow import Anchor, noisy

LENGTH: Final = 8
OVERLAP: Final = 2
_Item = TypeVar("_Item")
_STREAM: Final = 0x00D17  # of seeds, so that noise is no other part's random numbers


@dataclass(frozen=True, slots=True)
class Window(Generic[_Item]):
    """Frames drawn at once."""

    start: int  # number of the first one
    frames: list[_Item]
    last: bool


@dataclass(frozen=True, slots=True)
class Windows:
    """Latent frames drawn at once, and how many of them two windows share."""

    length: int = LENGTH
    overlap: int = OVERLAP

    def __post_init__(self) -> None:
        if not 0 <= self.overlap < self.length:
            raise InputError(
                f"overlap: expected fewer than the window's {self.length} frames and no fewer than "
                f"0, got {self.overlap}"
            )

    def of(self, frames: Iterable[_Item]) -> Iterator["Window[_Item]"]:
        """Yield the windows of a stream of frames, holding no more than one of them.

        Raises
        ------
        InputError
            There is no frame.
        """
        stream = iter(frames)
        held = list(islice(stream, self.length))
        if not held:
            raise InputError("frames: expected 1 or more, got none")
        start = 0
        while True:
            more = list(islice(stream, self.length - self.overlap))
            yield Window(start, held, last=not more)
            if not more:
                return
            start += self.length - self.overlap
            held = held[self.length - self.overlap :] + more

    def ties(self) -> Tensor:
        """Return how much each shared frame is the window's before, [overlap], 1 to almost 0."""
        return torch.linspace(1, 0, self.overlap + 1)[:-1] if self.overlap else torch.zeros(0)


def frame_noise(seed: int, first: int, count: int, shape: tuple[int, int, int]) -> Tensor:
    """Return the noise of latent frames `first` and on, [1, C, count, h, w], for `shape` C, h, w.

    The same for a frame in whatever window it is.
    """
    frames = [
        np.random.default_rng([_STREAM, seed, first + i]).standard_normal(shape, np.float32)
        for i in range(count)
    ]
    return torch.from_numpy(np.stack(frames, axis=1)[None])


def tied(before: Tensor | None, noise: Tensor, windows: Windows) -> Anchor:
    """Return what ties the first frames of a window to the last ones of the window before.

    Parameters
    ----------
    before : Tensor or None, shape [1, C, overlap, h, w]
        Data of the shared frames, None in the first window.
    noise : Tensor, shape [1, C, length, h, w]
        That the window starts from.
    """
    n = windows.overlap
    if before is None or not n:
        return lambda x, sigma: x
    ties = windows.ties().to(noise)[None, None, :, None, None]

    def anchor(x: Tensor, sigma: float) -> Tensor:
        known = noisy(before, noise[:, :, :n], sigma)
        start = ties * known + (1 - ties) * x[:, :, :n]
        return torch.cat([start, x[:, :, n:]], dim=2)

    return anchor
