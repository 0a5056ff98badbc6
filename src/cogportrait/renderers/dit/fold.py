"""Drawn keypoints and references as channels beside latents."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional


def folded(drawings: NDArray[np.uint8], block: int) -> Tensor:
    """Return drawings [T, H, W, 3] as channels [3 * block^2, T, H / block, W / block], 0..1.

    Every pixel of a block is a channel of its own, so nothing of a line's place is lost.
    """
    x = torch.from_numpy(np.ascontiguousarray(drawings)).permute(0, 3, 1, 2).float() / 255
    return functional.pixel_unshuffle(x, block).transpose(0, 1)


def beside(reference: Tensor, frames: int, mask: int = 1) -> Tensor:
    """Return the channels of a reference [C, h, w] for every frame, [C + mask, frames, h, w].

    The last ones are the mask: 1, since the reference is known for every frame; where a network is
    to do without one, both are 0.
    """
    known = torch.ones_like(reference[:1]).expand(mask, -1, -1)
    return torch.cat([reference, known])[:, None].expand(-1, frames, -1, -1)


def as_pictures(frames: NDArray[np.uint8]) -> Tensor:
    """Return pictures [N, 3, H, W], -1..1, of frames [N, H, W, 3]."""
    return torch.from_numpy(np.ascontiguousarray(frames)).permute(0, 3, 1, 2).float() / 127.5 - 1


def as_frames(video: Tensor) -> NDArray[np.uint8]:
    """Return frames [T, H, W, 3] of a video [3, T, H, W], -1..1; what lies beyond is cut."""
    levels = ((video.clamp(-1, 1) + 1) * 127.5).round().to(torch.uint8)
    return levels.permute(1, 2, 3, 0).contiguous().cpu().numpy()
