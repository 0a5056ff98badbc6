"""The diffusion renderer: the face is drawn in a square view of the portrait and laid back into it.

The rest of the picture comes from the warp renderer, which also gives the hint: the view of its
frames. Laid back is either what was drawn (``Lay.FACE``) or, so that the portrait keeps its
resolution, only how it differs from the hint (``Lay.DIFFERENCE``). Both end softly at the outline
of the face.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import chain, count, pairwise
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from cogportrait.errors import InputError
from cogportrait.face.view import View, view_of
from cogportrait.renderers.dit.codec import Codec
from cogportrait.renderers.dit.conditioning import COLORS, Channels, Conditioner, Hint, hinted
from cogportrait.renderers.dit.encoders import Encoders
from cogportrait.renderers.dit.fold import as_frames
from cogportrait.renderers.dit.guidance import Weights
from cogportrait.renderers.dit.laying import Lay, laid
from cogportrait.renderers.dit.model import Conditions
from cogportrait.renderers.dit.sampling import Network, Sampling, Scene, draw_windows
from cogportrait.renderers.dit.sound import DIM as SOUND_DIM
from cogportrait.renderers.dit.warped import WarpedView, warped_views
from cogportrait.renderers.dit.windows import Windows
from cogportrait.renderers.dit.words import DIM as WORDS_DIM
from cogportrait.types import AudioClip, Frame, KeypointSequence, Portrait

VIEW_PX: Final = 128


@dataclass(frozen=True, slots=True)
class DitRenderer:
    """Draws a portrait with a transformer and a codec."""

    network: Network
    codec: Codec
    how: Sampling = field(default_factory=Sampling)
    channels: Channels | None = None  # of the network; None: those of the small one
    text: str = ""  # what the face does, in words
    sound: AudioClip | None = None
    lay: Lay = Lay.DIFFERENCE
    view_px: int = VIEW_PX
    encoders: Encoders = field(default_factory=Encoders)
    hint: Hint = Hint.WHOLE  # what is seen of the warped portrait

    def following(self, words: str, sound: AudioClip | None, fps: float, frames: int) -> Self:
        """Return this renderer for one video; see :mod:`cogportrait.renderers.protocol`."""
        return replace(self, text=words, sound=sound)

    def render(
        self, portrait: Portrait, motion: Iterable[KeypointSequence], *, seed: int = 0
    ) -> Iterator[Frame]:
        """Yield one frame per row of `motion`, at the portrait's size.

        Raises
        ------
        InputError
            There is no row.
        """
        view = view_of(portrait.landmarks_px, self.view_px)
        for rows, frames, coded in self._drawn(portrait, motion, view, seed):
            for k, (row, face) in enumerate(zip(rows, frames, strict=True)):
                seen = None if coded is None else coded[k]
                yield laid(row.warped, face, view, row.points_px, self.lay, seen)

    def _drawn(
        self, portrait: Portrait, motion: Iterable[KeypointSequence], view: View, seed: int
    ) -> Iterator[tuple[list[WarpedView], NDArray[np.uint8], NDArray[np.uint8] | None]]:
        """Yield rows of the video with what was drawn of their views, and their coded hints."""
        made = Conditioner(self.codec, self.channels or _small(self.codec))
        latents = self.how.windows
        shared = made.frames(latents.overlap)
        windows = Windows(made.frames(latents.length), shared)
        reference = made.latents(view.cut(portrait.image)[None])[:, 0]
        pieces = iter(motion)
        first = next(pieces, None)
        if first is None:
            raise InputError("frames: expected 1 or more, got none")
        words = self.encoders.text(self.text)
        heard = None
        if self.sound is not None:
            heard = self.encoders.audio.heard(self.sound, first.fps)
        waiting: list[tuple[list[WarpedView], Tensor | None]] = []

        def scenes() -> Iterator[Scene]:
            for number, window in enumerate(
                windows.of(warped_views(portrait, chain([first], pieces), view))
            ):
                rows = window.frames
                total = next(n for n in count(1) if made.frames(n) >= len(rows))
                rows = rows + rows[-1:] * (made.frames(total) - len(rows))
                start = number * (latents.length - latents.overlap)
                ahead = [made.frames(n) for n in range(total + 1)]
                times = [(window.start + a, window.start + b) for a, b in pairwise(ahead)]
                sound = self.encoders.audio.tokens(heard, first.fps, times)
                given, maps = self._given(made, rows, reference, view, (words, sound))
                waiting.append((window.frames, given.hint))
                none = self.hint is Hint.NONE
                given = replace(given, hint=None) if none else hinted(given, self.hint, maps)
                yield Scene(start, window.last, given, maps)

        def carry(data: Tensor) -> Tensor:
            return self.codec.encode(self.codec.decode(data)[:, :, -shared:])

        whole = made.frames(2) == 2  # a latent frame is one frame
        drawn = draw_windows(
            self.network, scenes(), self.codec.channels, self.how, seed=seed,
            carry=None if whole or not shared else carry,
        )  # fmt: skip
        for scene, data in drawn:
            rows, hint = waiting.pop(0)
            kept = len(rows) - (0 if scene.last else shared)

            def decoded(latents: Tensor, kept: int = kept) -> NDArray[np.uint8]:
                needed = latents[:, :, :kept] if whole else latents
                return as_frames(self.codec.decode(needed)[0])[:kept]

            yield rows[:kept], decoded(data), None if hint is None else decoded(hint)

    def _given(
        self,
        made: Conditioner,
        rows: list[WarpedView],
        reference: Tensor,
        view: View,
        heard: tuple[Tensor, Tensor],
    ) -> tuple[Conditions, Weights]:
        """Return what a window is made from, with the whole hint, and where its eyes are."""
        points = np.stack([view.placed(row.points_px) for row in rows]).astype(np.float32)
        pose = made.pose(points, view.size_px)
        eyes = made.eyes(points, view.size_px, reference.shape[-2:])
        hint = None
        if made.channels.hint:
            hint = made.latents(np.stack([row.seen for row in rows]))[None]
        words, sound = heard
        given = Conditions(
            words[None], sound[None], pose[None],
            made.reference(reference, pose.shape[1])[None], hint,
        )  # fmt: skip
        return given, eyes


def _small(codec: Codec) -> Channels:
    """Return the channels of a small transformer with a codec of single frames."""
    n = codec.channels
    return Channels(n, n + 1, n, COLORS * codec.spatial**2, WORDS_DIM, SOUND_DIM)
