"""Clips whose windows are coded when they are drawn: for codecs of several frames.

A video codec's latents depend on where a window begins, so they cannot be made before.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from cogportrait.renderers.dit.conditioning import Conditioner
from cogportrait.renderers.dit.encoders import AudioEncoder
from cogportrait.renderers.dit.model import Conditions
from cogportrait.train.footage import Footage, Pictures
from cogportrait.train.samples import NO_HOLE, Batch, mirrored_points
from cogportrait.train.watching import watched


@dataclass(frozen=True, slots=True, eq=False)
class PixelClip:
    """A clip of footage, and what codes its windows."""

    footage: Footage  # without its pixels
    pixels: Pictures
    hints: Pictures
    made: Conditioner
    text: tuple[Tensor, Tensor]  # [tokens, dim], as filmed and mirrored
    audio: AudioEncoder
    heard: Tensor | None  # of the whole clip's sound

    @property
    def name(self) -> str:
        """Of the clip."""
        return self.footage.origin.name

    @property
    def person(self) -> str:
        """Whose face it is."""
        return self.footage.origin.person

    @property
    def inside(self) -> NDArray[np.bool_]:
        """Which frames may be learnt, [T]."""
        return self.footage.inside

    def __len__(self) -> int:
        """Return the number of frames."""
        return len(self.footage)

    def frames(self, length: int) -> int:
        """Return how many frames a window of some latent frames has."""
        return self.made.frames(length)

    def window(self, frames: NDArray[np.intp], side: int = 0, *, own: float | None = None) -> Batch:
        """Return the window of some frames with all its conditions; see :class:`Clip`.

        Latents of several frames have no holes: a drawn clip is its own hint as a whole, or has
        none; what is filmed has the warped one.
        """
        clip, made, size = self.footage, self.made, self.footage.origin.size_px

        def pictures(held: Pictures, rows: NDArray[np.intp]) -> Tensor:
            some = held[rows]
            return made.latents(some[:, :, ::-1] if side else some)

        data = pictures(self.pixels, frames)
        points = clip.points_px[frames]
        points = mirrored_points(points, size) if side else points
        reference = pictures(self.pixels, np.array([clip.origin.reference]))[:, 0]
        hint = None
        if made.channels.hint:
            drawn = clip.origin.drawn
            whole = own is not None and own >= NO_HOLE
            kept = data if whole else torch.zeros_like(data)
            hint = kept if drawn else pictures(self.hints, frames)
        count = data.shape[1]
        ends = [made.frames(n) for n in range(count + 1)]
        # A window that takes every second frame hears what lies between them as well.
        past = [*frames.tolist(), int(frames[-1]) + 1]
        times = [(past[a], past[b]) for a, b in pairwise(ends)]
        sound = self.audio.tokens(self.heard, clip.origin.fps, times)
        eyes = watched(points, size, data.shape[-2:], made.codec.frames_of(count))
        given = Conditions(
            self.text[side][None], sound[None], made.pose(points, size)[None],
            made.reference(reference, count)[None], None if hint is None else hint[None],
        )  # fmt: skip
        return Batch(data[None], given, eyes[None])
