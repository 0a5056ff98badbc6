"""The diffusion renderer: the face is drawn in a square view of the portrait and laid back into it.

The rest of the picture comes from the warp renderer, which also gives the hint: the view of its
frames. Laid back is either what was drawn (``Lay.FACE``) or, so that the portrait keeps its
resolution, only how it differs from the hint (``Lay.DIFFERENCE``). Both end softly at the outline
of the face.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import tee
from typing import Final, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from cogportrait.face.drawing import draw_keypoints
from cogportrait.face.view import View, view_of
from cogportrait.renderers.dit.codec import FrameCodec
from cogportrait.renderers.dit.fold import as_frames, as_pictures, beside, folded
from cogportrait.renderers.dit.guidance import eye_map
from cogportrait.renderers.dit.laying import Lay, laid
from cogportrait.renderers.dit.model import Conditions
from cogportrait.renderers.dit.sampling import Network, Sampling, Scene, sample
from cogportrait.renderers.dit.sound import hear, silence
from cogportrait.renderers.dit.windows import Window
from cogportrait.renderers.dit.words import embed_words
from cogportrait.renderers.warp import WarpRenderer
from cogportrait.types import AudioClip, FloatArray, Frame, KeypointSequence, Portrait

VIEW_PX: Final = 128


@dataclass(frozen=True, slots=True, eq=False)
class _Row:
    """A frame on its way."""

    points_px: FloatArray  # [478, 2] in the picture
    warped: Frame  # the whole picture
    hint: Tensor  # [C, h, w] latents of its view


@dataclass(frozen=True, slots=True)
class DitRenderer:
    """Draws a portrait with a transformer and a codec of single frames."""

    network: Network
    codec: FrameCodec
    how: Sampling = field(default_factory=Sampling)
    text: str = ""  # what the face does, in words
    sound: Tensor | None = None  # [T, tokens, audio_dim] of each frame; None is silence
    hint: bool = True  # whether the network is shown the warped portrait
    lay: Lay = Lay.DIFFERENCE
    text_dim: int = 64
    audio_dim: int = 64

    def following(self, words: str, sound: AudioClip | None, fps: float, frames: int) -> Self:
        """Return this renderer for one video; see :class:`~cogportrait.renderers.protocol`."""
        heard = None if sound is None else hear(sound, fps, frames)
        return replace(self, text=words, sound=heard)

    def render(
        self, portrait: Portrait, motion: Iterable[KeypointSequence], *, seed: int = 0
    ) -> Iterator[Frame]:
        """Yield one frame per row of `motion`, at the portrait's size.

        Raises
        ------
        InputError
            There is no row.
        """
        view = view_of(portrait.landmarks_px, VIEW_PX)
        for rows, frames in self._drawn(portrait, motion, view, seed):
            for row, face in zip(rows, frames, strict=True):
                yield laid(row.warped, face, view, row.points_px, self.lay)

    def _drawn(
        self, portrait: Portrait, motion: Iterable[KeypointSequence], view: View, seed: int
    ) -> Iterator[tuple[list[_Row], NDArray[np.uint8]]]:
        """Yield rows of the video with what was drawn of their views."""
        reference = self._latents(view.cut(portrait.image)[None])[0]
        waiting: list[_Row] = []

        def scenes() -> Iterator[Scene]:
            for window in self.how.windows.of(self._rows(portrait, motion, view)):
                new = window.frames if not waiting else window.frames[self._shared(waiting) :]
                waiting.extend(new)
                yield self._scene(window, reference, view)

        for latents in sample(self.network, scenes(), self.codec.channels, self.how, seed=seed):
            count = latents.shape[2]
            rows, waiting[:count] = waiting[:count], []
            yield rows, as_frames(self.codec.decode(latents)[0])

    def _shared(self, waiting: list[_Row]) -> int:
        """Return how many rows of a window are those of the one before that still wait."""
        return min(len(waiting), self.how.windows.overlap)

    def _rows(
        self, portrait: Portrait, motion: Iterable[KeypointSequence], view: View
    ) -> Iterator[_Row]:
        told, shown = tee(motion)
        frames = WarpRenderer().render(portrait, shown)
        for piece in told:
            for points in piece.points_px:
                warped = next(frames)
                yield _Row(points[:, :2], warped, self._latents(view.cut(warped)[None])[0])

    @torch.no_grad()
    def _latents(self, frames: NDArray[np.uint8]) -> Tensor:
        """Return the latents [T, C, h, w] of views [T, S, S, 3]."""
        return self.codec.encode(as_pictures(frames)[:, :, None])[:, :, 0]

    def _scene(self, window: Window[_Row], reference: Tensor, view: View) -> Scene:
        points = np.stack([view.placed(row.points_px) for row in window.frames])
        n, grid = len(points), (reference.shape[-2], reference.shape[-1])
        placed = View(0, 0, view.size_px, view.size_px)
        pose = folded(draw_keypoints(points.astype(np.float32), placed), self.codec.spatial)
        hint = torch.stack([row.hint for row in window.frames], dim=1)
        given = Conditions(
            embed_words(self.text, self.text_dim)[None],
            self._heard(window.start, n)[None],
            pose[None],
            beside(reference, n)[None],
            (hint if self.hint else torch.zeros_like(hint))[None],
        )
        maps = eye_map(points.astype(np.float32), (view.size_px, view.size_px), grid)
        return Scene(window.start, window.last, given, maps)

    def _heard(self, start: int, count: int) -> Tensor:
        """Return the sound of some frames, [count, tokens, audio_dim]; none behind its end."""
        out = silence(count, self.audio_dim)
        if self.sound is not None:
            held = self.sound[start : start + count]
            out = torch.cat([held, held.new_zeros(count - len(held), *held.shape[1:])])
        return out
