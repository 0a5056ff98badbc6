"""Frames, keypoints, sound and words as a transformer takes them, whatever codec it draws with.

With a codec of single frames a latent frame is one frame; drawn keypoints are folded, so that every
pixel is a channel. With a video codec a latent frame stands for several; drawn keypoints are coded
as frames are. Training and drawing use this alike.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from cogportrait.errors import ModelError
from cogportrait.face.drawing import draw_keypoints
from cogportrait.face.view import View
from cogportrait.renderers.dit.codec import Codec
from cogportrait.renderers.dit.fold import as_pictures, beside, folded
from cogportrait.renderers.dit.guidance import Weights, eye_map, per_latent_frame
from cogportrait.renderers.dit.model import Conditions
from cogportrait.types import FloatArray

COLORS: Final = 3
# Of the Gaussian between the eyes: where it is more, a hint may have a hole, so that eyes come from
# keypoints and the rest is taken over.
HOLE: Final = 0.4


@dataclass(frozen=True, slots=True)
class Channels:
    """How many channels a transformer takes of what, and how wide its tokens come in."""

    latents: int
    reference: int  # with the mask
    hint: int  # 0 for none
    pose: int
    text: int
    audio: int

    @classmethod
    def of(cls, network: Any) -> Self:  # noqa: ANN401 - any with a configuration of ours
        """Return those of a transformer."""
        c = network.config
        return cls(
            c["in_channels"], c["reference_channels"], c["hint_channels"], c["pose_channels"],
            c["text_dim"], c["audio_dim"],
        )  # fmt: skip


class Hint(StrEnum):
    """What a network sees of the portrait as the warp renderer draws it."""

    WHOLE = "whole"
    AROUND = "around"  # but for the eyes, which it then draws from keypoints
    NONE = "none"


def around_eyes(hint: Tensor, eyes: Weights, most: float = HOLE) -> Tensor:
    """Return a hint [..., C, L, h, w] with 0 where the Gaussian between the eyes is above `most`.

    `eyes`, shape [L, h, w], is that of :func:`guidance.eye_map`.
    """
    return hint * torch.from_numpy(eyes <= most).to(hint)


def hinted(given: Conditions, hint: Hint, eyes: Weights) -> Conditions:
    """Return conditions of windows with what is to be seen of their hint, if they have one.

    `eyes`, shape [L, h, w], is that of :func:`guidance.eye_map`.
    """
    if given.hint is None or hint is Hint.WHOLE:
        return given
    if hint is Hint.NONE:
        return replace(given, hint=torch.zeros_like(given.hint))
    return replace(given, hint=around_eyes(given.hint, eyes))


class Conditioner:
    """Makes latents and conditions of windows for one transformer and one codec.

    Raises
    ------
    ModelError
        They do not fit.
    """

    def __init__(self, codec: Codec, channels: Channels) -> None:
        if channels.latents != codec.channels:
            raise ModelError(
                f"codec: expected {channels.latents} channels, as the transformer has, got "
                f"{codec.channels}"
            )
        self.codec = codec
        self.channels = channels
        self.folds = channels.pose == COLORS * codec.spatial**2
        if not self.folds and channels.pose != codec.channels:
            raise ModelError(
                f"pose_channels: expected {COLORS * codec.spatial**2} (folded pixels) or "
                f"{codec.channels} (latents), got {channels.pose}"
            )
        if self.folds and codec.frames_of(2) != [1, 1]:
            raise ModelError(
                f"pose_channels: expected {codec.channels} with a codec of several frames, got "
                f"{channels.pose}"
            )

    def frames(self, latents: int) -> int:
        """Return how many frames some latent ones stand for."""
        return sum(self.codec.frames_of(latents)) if latents else 0

    @torch.no_grad()
    def latents(self, frames: NDArray[np.uint8]) -> Tensor:
        """Return the latents [C, L, h, w] of frames [T, S, S, 3] in a row."""
        return self.codec.encode(as_pictures(frames).transpose(0, 1)[None])[0]

    def pose(self, points_px: FloatArray, size_px: int) -> Tensor:
        """Return the channels [pose, L, h, w] of keypoints [T, 478, 2] in a view."""
        drawings = draw_keypoints(points_px, View(0, 0, size_px, size_px))
        return folded(drawings, self.codec.spatial) if self.folds else self.latents(drawings)

    def reference(self, latent: Tensor, count: int) -> Tensor:
        """Return the channels [reference, count, h, w] of a portrait's latents [C, h, w]."""
        return beside(latent, count, self.channels.reference - self.channels.latents)

    def eyes(self, points_px: FloatArray, size_px: int, grid: Sequence[int]) -> Weights:
        """Return where the eyes are in each latent frame, [L, h, w]."""
        maps = eye_map(points_px, (size_px, size_px), (grid[0], grid[1]))
        count, left = 0, len(maps)
        while left > 0:
            count += 1
            left = len(maps) - self.frames(count)
        return per_latent_frame(maps, self.codec.frames_of(count))
