"""The diffusion renderer: the face is drawn in a square view of the portrait and laid back into it.

The rest of the picture comes from the warp renderer, which also gives the hint: the view of its
frames. Laid back is either what was drawn (``Lay.FACE``) or, so that the portrait keeps its
resolution, only how it differs from the hint (``Lay.DIFFERENCE``). Both end softly at the outline
of the face.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import tee
from typing import Final, Self

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from cogportrait.errors import InputError
from cogportrait.face import landmarks as lm
from cogportrait.face.drawing import draw_keypoints
from cogportrait.face.view import View, view_of
from cogportrait.renderers.dit.codec import FrameCodec
from cogportrait.renderers.dit.fold import as_frames, as_pictures, beside, folded
from cogportrait.renderers.dit.guidance import eye_map
from cogportrait.renderers.dit.model import Conditions
from cogportrait.renderers.dit.sampling import Network, Sampling, Scene, sample
from cogportrait.renderers.dit.sound import hear, silence
from cogportrait.renderers.dit.windows import Window
from cogportrait.renderers.dit.words import embed_words
from cogportrait.renderers.warp import WarpRenderer
from cogportrait.types import AudioClip, FloatArray, Frame, KeypointSequence, Portrait

VIEW_PX: Final = 128
EDGE_SHARE: Final = 0.06  # of the view's side, over which what is laid back fades


class Lay(StrEnum):
    """What is laid back into the portrait."""

    DIFFERENCE = "difference"
    FACE = "face"


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
                yield self._laid(row, face, view)

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

    def _laid(self, row: _Row, face: Frame, view: View) -> Frame:
        """Return the picture with a drawn view in it."""
        mask = _mask(row.points_px, view)
        drawn = _enlarged(face, view)
        if self.lay is Lay.DIFFERENCE:
            drawn = _part(row.warped, view) + drawn - _enlarged(view.cut(row.warped), view)
        return _put(row.warped, drawn, mask, view)


def _enlarged(frame: Frame, view: View) -> NDArray[np.float32]:
    """Return a view at the size that it has in the picture, [side, side, 3]."""
    side = (view.side_px, view.side_px)
    how = cv2.INTER_CUBIC if view.side_px >= view.size_px else cv2.INTER_AREA
    return np.asarray(cv2.resize(frame.astype(np.float32), side, interpolation=how), np.float32)


def _mask(points_px: FloatArray, view: View) -> NDArray[np.float32]:
    """Return where the face is in the view, [side, side, 1], soft at its outline."""
    corner = np.array([view.left, view.top])
    oval = np.rint(points_px[lm.FACE_OVAL] - corner).astype(np.int32)
    mask = np.zeros((view.side_px, view.side_px), np.float32)
    cv2.fillConvexPoly(mask, cv2.convexHull(oval), 1.0)
    edge = max(1, round(EDGE_SHARE * view.side_px))
    border = np.ones_like(mask)
    border[:edge] = border[-edge:] = border[:, :edge] = border[:, -edge:] = 0
    inner = cv2.erode(mask * border, np.ones((edge, edge), np.uint8), borderValue=0.0)
    return np.asarray(cv2.GaussianBlur(inner, (0, 0), edge / 3), np.float32)[..., None]


def _span(view: View, shape: tuple[int, ...]) -> tuple[slice, slice, slice, slice]:
    """Return the rows and columns of a picture in a view, and where they are in the view."""
    y0, y1 = max(0, view.top), min(shape[0], view.top + view.side_px)
    x0, x1 = max(0, view.left), min(shape[1], view.left + view.side_px)
    if y1 <= y0 or x1 <= x0:
        raise InputError("portrait: expected the face inside the picture, it lies beside it")
    inside = slice(y0 - view.top, y1 - view.top), slice(x0 - view.left, x1 - view.left)
    return slice(y0, y1), slice(x0, x1), *inside


def _part(picture: Frame, view: View) -> NDArray[np.float32]:
    """Return the view of a picture at its own size; past the border it is 0."""
    out = np.zeros((view.side_px, view.side_px, 3), np.float32)
    rows, columns, v, u = _span(view, picture.shape)
    out[v, u] = picture[rows, columns]
    return out


def _put(
    picture: Frame, drawn: NDArray[np.float32], mask: NDArray[np.float32], view: View
) -> Frame:
    out = picture.copy()
    rows, columns, v, u = _span(view, picture.shape)
    there, m = picture[rows, columns].astype(np.float32), mask[v, u]
    mixed = there + m * (drawn[v, u] - there)
    out[rows, columns] = np.rint(mixed.clip(0, 255)).astype(np.uint8)
    return out
