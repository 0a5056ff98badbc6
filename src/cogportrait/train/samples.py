"""What a step of training looks at: windows of footage, in latents, with their conditions.

Which clips and frames a step takes, and what it leaves out, follows from the seed and the number of
the step alone, so a run that is gone on with takes the same as one that was never ended.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from cogportrait.errors import InputError
from cogportrait.face import landmarks as lm
from cogportrait.face.drawing import draw_keypoints
from cogportrait.face.view import View
from cogportrait.renderers.dit.codec import Codec
from cogportrait.renderers.dit.conditioning import HOLE, around_eyes
from cogportrait.renderers.dit.fold import as_pictures, beside, folded
from cogportrait.renderers.dit.guidance import Weights
from cogportrait.renderers.dit.model import Conditions
from cogportrait.renderers.dit.words import DIM as TEXT_DIM
from cogportrait.renderers.dit.words import embed_words
from cogportrait.train.footage import Footage
from cogportrait.train.watching import EYES, watched
from cogportrait.types import FloatArray

ENCODED: Final = 32  # frames at once
# Of the Gaussian between the eyes: from where on the hint of a step has a hole.
HOLES: Final = (0.05, 0.5)
NO_HOLE: Final = 2.0  # the Gaussian is never more than 1
_SIDES: Final = re.compile(r"\b(left|right)\b")
STEPS_WIDE: Final = (1, 1, 1, 2)  # frames of the clip from one of a window to the next, at random


@dataclass(frozen=True, slots=True, eq=False)
class Coded:
    """A clip's latents, as filmed and mirrored."""

    latents: tuple[Tensor, Tensor]  # [T, C, h, w]
    hints: tuple[Tensor, Tensor]  # the same, of the warped reference; T is 0 if they are not coded


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """A clip in latents, as filmed and mirrored: index 0 and 1 of what has two."""

    name: str
    person: str
    latents: tuple[Tensor, Tensor]  # [T, C, h, w]
    hints: tuple[Tensor, Tensor]  # the same, of the warped reference
    points_px: tuple[NDArray[np.float32], NDArray[np.float32]]  # [T, 478, 2] in the view
    inside: NDArray[np.bool_]  # [T]
    reference: int
    size_px: int
    text: tuple[Tensor, Tensor]  # [tokens, dim]
    sound: Tensor  # [T, tokens, dim]
    drawn: bool = False  # by the warp renderer: then the hint is the clip itself

    def __len__(self) -> int:
        """Return the number of frames."""
        return len(self.inside)

    def frames(self, length: int) -> int:
        """Return how many frames a window of some latent frames has: as many."""
        return length

    def window(
        self, frames: NDArray[np.intp], side: int = 0, *, own: float | None = None
    ) -> "Batch":
        """Return the window of some frames with all its conditions; see :class:`Clip`."""
        latents = self.latents[side]
        points = self.points_px[side][frames]
        grid = (latents.shape[-2], latents.shape[-1])
        view = View(0, 0, self.size_px, self.size_px)
        pose = folded(draw_keypoints(points, view), self.size_px // grid[0])
        eyes = watched(points, self.size_px, grid)
        rows = torch.from_numpy(frames)
        given = Conditions(
            self.text[side][None],
            self.sound[rows][None],
            pose[None],
            beside(latents[self.reference], len(frames))[None],
            self._hint(rows, eyes[EYES].numpy(), side, own),
        )
        data = latents[rows].transpose(0, 1)[None]
        return Batch(data, given, eyes[None])

    def _hint(self, rows: Tensor, eyes: Weights, side: int, own: float | None) -> Tensor:
        """Return the hint of some frames, [1, C, L, h, w]."""
        if own is None and not self.drawn:
            return self.hints[side][rows].transpose(0, 1)[None]
        whole = self.latents[side][rows].transpose(0, 1)[None]
        return around_eyes(whole, eyes, HOLE if own is None else own)


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Windows of one length."""

    data: Tensor  # [B, C, L, h, w]
    given: Conditions
    eyes: Tensor  # [B, 2, L, h, w] the Gaussian between the eyes, and those at the irises, 0..1


class Clip(Protocol):
    """What windows are drawn from."""

    @property
    def name(self) -> str:
        """Of the clip."""
        ...

    @property
    def person(self) -> str:
        """Whose face it is."""
        ...

    @property
    def inside(self) -> NDArray[np.bool_]:
        """Which frames may be learnt, [T]."""
        ...

    def __len__(self) -> int:
        """Return the number of frames."""
        ...

    def frames(self, length: int) -> int:
        """Return how many frames a window of some latent frames has."""
        ...

    def window(self, frames: NDArray[np.intp], side: int = 0, *, own: float | None = None) -> Batch:
        """Return the window of some frames with all its conditions.

        `side` 1 is mirrored. The hint is the reference as the warp renderer draws it; or, with
        `own`, the clip's own frames but where the Gaussian between the eyes is more than that. A
        drawn clip always is its own hint, and has a hole of the usual size without `own`.
        """
        ...


@dataclass(frozen=True, slots=True)
class Left:
    """How often a condition is left out of a window, so that it can be done without."""

    all: float = 0.1
    keypoints: float = 0.05
    audio: float = 0.1
    text: float = 0.1
    hint: float = 0.5
    reference: float = 0.02
    eyes: float = 0.5  # of a hint that is the clip itself: a hole, of some size, around them


@torch.no_grad()
def prepare(clip: Footage, codec: Codec, coded: Coded | None = None) -> Prepared:
    """Return a clip's latents and conditions, its caption in hashed words.

    `coded` are its latents, if they are known.
    """
    size = clip.origin.size_px
    mirrored = mirrored_points(clip.points_px, size)
    coded = code(clip, codec) if coded is None else coded
    return Prepared(
        clip.origin.name,
        clip.origin.person,
        coded.latents,
        coded.latents if clip.origin.drawn else coded.hints,
        (clip.points_px, mirrored),
        clip.inside,
        clip.origin.reference,
        size,
        (
            embed_words(clip.origin.caption, TEXT_DIM),
            embed_words(mirrored_words(clip.origin.caption), TEXT_DIM),
        ),
        torch.from_numpy(clip.sound),
        clip.origin.drawn,
    )


@torch.no_grad()
def code(clip: Footage, codec: Codec, *, hints_too: bool = True) -> Coded:
    """Return a clip's latents, and those of its warped hints if they are asked for.

    Of a drawn one the hints are its own frames, and none are kept.
    """
    latents = _encoded(clip.frames, codec), _encoded(clip.frames[:, :, ::-1], codec)
    hints = latents[0][:0], latents[1][:0]
    if hints_too and not clip.origin.drawn:
        hints = _encoded(clip.hints, codec), _encoded(clip.hints[:, :, ::-1], codec)
    return Coded(latents, hints)


def _encoded(frames: NDArray[np.uint8], codec: Codec) -> Tensor:
    parts = [
        codec.encode(as_pictures(frames[i : i + ENCODED])[:, :, None])[:, :, 0]
        for i in range(0, len(frames), ENCODED)
    ]
    return torch.cat(parts)


def _mirror() -> NDArray[np.intp]:
    """Return the index of each landmark's counterpart on the other side."""
    from cogportrait.face.rig import rig_data

    whole = np.arange(lm.N_FACE + 10)
    whole[: len(rig_data().mirror)] = rig_data().mirror
    return whole


def windows_of(clip: Clip, length: int, wide: int) -> NDArray[np.intp]:
    """Return the first frames of the windows, of some latent frames, that are all in the view."""
    reach = (clip.frames(length) - 1) * wide + 1
    if len(clip) < reach:
        return np.zeros(0, np.intp)
    outside = np.concatenate([[0], np.cumsum(~clip.inside)])
    return np.flatnonzero(outside[reach:] == outside[:-reach])


def draw_batch(
    clips: Sequence[Clip],
    count: int,
    length: int,
    left: Left,
    seed: tuple[int, int],
    rows: slice = slice(None),
) -> Batch:
    """Return windows for one step.

    Parameters
    ----------
    clips
        Clips of one size.
    count, length : int
        Windows, and latent frames of each.
    left : Left
        What is left out, how often.
    seed : (int, int)
        Of the run, and the number of the step.
    rows : slice
        Which of the windows are made: those of one process among several.

    Raises
    ------
    InputError
        No clip has a window of that length.
    """
    rng = np.random.default_rng([0xBA7C4, *seed])
    usable = [clip for clip in clips if len(windows_of(clip, length, 1))]
    if not usable:
        frames = clips[0].frames(length) if clips else length
        raise InputError(f"footage: expected {frames} frames in a row with a face, found none")
    chances = np.sqrt([clip.inside.sum() for clip in usable])
    chosen = rng.choice(len(usable), count, p=chances / chances.sum())
    choices = [_choice(usable[k], length, left, rng) for k in chosen]
    return stacked([choice.window() for choice in choices[rows]])


def rows_of(batch: Batch, rows: slice) -> Batch:
    """Return some windows of a batch."""
    return changed(batch, lambda t: t[rows])


def changed(batch: Batch, change: Callable[[Tensor], Tensor]) -> Batch:
    """Return a batch whose tensors were changed, each alike."""

    def maybe(tensor: Tensor | None) -> Tensor | None:
        return None if tensor is None else change(tensor)

    given = batch.given
    return Batch(
        change(batch.data),
        Conditions(
            change(given.text), maybe(given.audio), maybe(given.pose), maybe(given.reference),
            maybe(given.hint),
        ),
        change(batch.eyes),
    )  # fmt: skip


def stacked(batches: Sequence[Batch]) -> Batch:
    """Return several batches as one."""

    def joined(parts: Sequence[Tensor | None]) -> Tensor | None:
        held = [part for part in parts if part is not None]
        return torch.cat(held) if held else None

    text = torch.cat([b.given.text for b in batches])
    given = Conditions(
        text,
        joined([b.given.audio for b in batches]),
        joined([b.given.pose for b in batches]),
        joined([b.given.reference for b in batches]),
        joined([b.given.hint for b in batches]),
    )
    return Batch(torch.cat([b.data for b in batches]), given, torch.cat([b.eyes for b in batches]))


@dataclass(frozen=True, slots=True, eq=False)
class _Choice:
    """A window of a step, before it is made."""

    clip: Clip
    frames: NDArray[np.intp]
    side: int
    out: tuple[bool, ...]  # what is left out: all, keypoints, audio, text, hint, reference
    own: float  # see Clip.window

    def window(self) -> Batch:
        """Return it."""
        everything, keypoints, audio, text, hint, reference = self.out
        batch = self.clip.window(self.frames, self.side, own=self.own)
        given = batch.given.only(
            keypoints=not (everything or keypoints),
            audio=not (everything or audio),
            text=not (everything or text),
        )
        zeros = torch.zeros_like
        return Batch(
            batch.data,
            Conditions(
                given.text, given.audio, given.pose,
                zeros(given.reference) if reference and given.reference is not None
                else given.reference,
                zeros(given.hint) if hint and given.hint is not None else given.hint,
            ),
            batch.eyes,
        )  # fmt: skip


def _choice(clip: Clip, length: int, left: Left, rng: np.random.Generator) -> _Choice:
    wide = int(rng.choice(STEPS_WIDE))
    starts = windows_of(clip, length, wide)
    if not len(starts):
        wide, starts = 1, windows_of(clip, length, 1)
    frames = int(rng.choice(starts)) + wide * np.arange(clip.frames(length))
    side = int(rng.random() < 0.5)
    out = rng.random(7) < (
        left.all, left.keypoints, left.audio, left.text, left.hint, left.reference, left.eyes
    )  # fmt: skip
    *others, eyes = (bool(v) for v in out)
    own = float(rng.uniform(*HOLES)) if eyes else NO_HOLE
    return _Choice(clip, frames, side, tuple(others), own)


def mirrored_words(text: str) -> str:
    """Return a caption with its sides changed, as a mirrored clip shows them."""
    other = {"left": "right", "right": "left"}
    return _SIDES.sub(lambda found: other[found[0]], text)


def mirrored_points(points_px: FloatArray, size_px: int) -> FloatArray:
    """Return keypoints [T, 478, 2] of a view that is mirrored, each under its own name."""
    out = points_px.copy()
    out[..., 0] = size_px - 1 - out[..., 0]
    return out[:, _mirror()]
