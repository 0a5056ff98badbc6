"""Boundary cases: movements at the edge of what a face does, each at its most extreme moment.

Training shows them seldom, so a network draws them worst: one brow alone, winks, a head far to the
side, gaze far out, eyes that stay shut. Stage 1 compiles them, so that they stay possible. Those
that a network is judged by are other movements, of portraits that it was not refined with. Our
definition.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from cogportrait.agents.describe import caption
from cogportrait.face.landmarker import track_portrait
from cogportrait.face.view import View, view_of
from cogportrait.facs.channels import AU_CHANNELS, CHANNELS, GAZE_CHANNELS, HEAD_CHANNELS
from cogportrait.pipeline import brief_of, compile_brief, keypoints, load_portrait
from cogportrait.renderers.dit.conditioning import Conditioner, Hint, hinted
from cogportrait.renderers.dit.encoders import Encoders
from cogportrait.renderers.dit.model import Conditions
from cogportrait.renderers.warp import WarpRenderer
from cogportrait.request import Request
from cogportrait.train.filming import FINER
from cogportrait.train.samples import mirrored_points, mirrored_words
from cogportrait.train.watching import watched
from cogportrait.types import ControlSequence, FloatArray, Frame

CASES: Final = (
    "Raises the left brow.",
    "Winks with the right eye.",
    "Looks far to the right.",
    "Looks far up.",
    "Closes the eyes for two seconds.",
    "Turns the head far to the left.",
    "Tilts the head to the right and frowns.",
)
HELD_CASES: Final = (
    "Raises the right brow.",
    "Winks with the left eye.",
    "Looks far to the left.",
    "Looks far down.",
    "Squints and raises the left brow.",
    "Turns the head far to the right.",
    "Tilts the head to the left and closes the eyes.",
)
STILL: Final = "Does not blink."  # else a blink would be the most extreme moment of many
SECONDS: Final = 3.0
# What counts as much as a full action unit when the most extreme moment is looked for.
GAZE_UNIT_DEG: Final = 15.0
HEAD_UNIT_DEG: Final = 20.0
SHIFT_UNIT_IOD: Final = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Boundary:
    """A window to be drawn, and what it should show."""

    portrait: str
    case: str
    seed: int
    given: Conditions  # of a batch of one
    eyes: Tensor  # [1, 2, L, h, w] see :mod:`watching`
    reference: Frame  # [S, S, 3] the view of the portrait as photographed
    points_px: FloatArray  # [L, 478, 2] in the view
    controls: ControlSequence  # L rows, deviations from the portrait's neutral
    warped: NDArray[np.uint8]  # [T, S, S, 3] the same, as the warp renderer draws it
    words: str  # what happens
    hint: Hint = Hint.WHOLE  # what a network sees of the warped portrait

    @property
    def name(self) -> str:
        """Of its files."""
        words = "".join(c if c.isalnum() else "-" for c in self.case.lower()).strip("-")
        return f"{self.portrait}_{words}_{self.seed}"

    @property
    def identity(self) -> str:
        """What tells it from a window of other pixels, other keypoints or another hint."""
        digest = hashlib.sha256(self.reference.tobytes())
        digest.update(self.points_px.tobytes())
        return f"{digest.hexdigest()} {self.hint}"

    def seeing(self, hint: Hint) -> "Boundary":
        """Return it with what a network is to see of a whole hint."""
        return replace(self, given=hinted(self.given, hint, self.eyes[0, 0].numpy()), hint=hint)

    def mirrored(self, made: Conditioner, encoders: Encoders) -> tuple[Conditions, Tensor]:
        """Return what its mirror image is made from, and where the eyes are in it."""
        drawn = (
            mirrored_points(self.points_px, len(self.reference)),
            self.reference[:, ::-1].copy(),
            self.warped[:, :, ::-1].copy(),
        )
        given, eyes = _given(drawn, mirrored_words(self.words), made, encoders)
        return hinted(given, self.hint, eyes[0, 0].numpy()), eyes


def boundaries(
    pictures: Sequence[Path],
    cases: Sequence[str],
    made: Conditioner,
    size_px: int,
    length: int,
    encoders: Encoders | None = None,
) -> Iterator[Boundary]:
    """Yield the windows of some cases of some portraits.

    Parameters
    ----------
    pictures
        Portraits.
    cases
        Instructions.
    made : Conditioner
        Of the transformer and its codec.
    size_px : int
        Of the view.
    length : int
        Latent frames of a window.
    encoders : Encoders or None
        Of words and sound; None: those of the small transformer.

    Raises
    ------
    CogPortraitError
        A picture cannot be read or animated.
    """
    for picture in pictures:
        portrait = load_portrait(picture)
        view = view_of(portrait.landmarks_px, size_px)
        finer = View(view.left, view.top, view.side_px, size_px * FINER).cut(portrait.image)
        fine = track_portrait(finer, name=picture.name, to_draw=False)
        small = view_of(fine.landmarks_px, size_px)
        for number, case in enumerate(cases):
            request = Request(instruction=f"{case} {STILL}", duration_s=SECONDS, seed=number)
            controls = compile_brief(brief_of(request), request, fine).controls
            frames = made.frames(length)
            start = _extreme(controls, frames)
            rows = controls.rows(start, start + frames)
            motion = list(keypoints(fine, rows, neutralize=1.0))
            warped = np.stack(
                [small.cut(frame) for frame in WarpRenderer().render(fine, motion, seed=0)]
            )
            points = small.placed(np.concatenate([p.points_px for p in motion])[..., :2])
            points = points.astype(np.float32)
            reference = small.cut(fine.image)
            drawn, words = (points, reference, warped), caption(controls)
            given, eyes = _given(drawn, words, made, encoders or Encoders())
            yield Boundary(
                picture.stem, case, number, given, eyes, reference, points, rows, warped, words
            )


def _given(
    drawn: tuple[FloatArray, Frame, NDArray[np.uint8]],
    words: str,
    made: Conditioner,
    encoders: Encoders,
) -> tuple[Conditions, Tensor]:
    """Return what a window is made from, and where its eyes are."""
    points, reference, warped = drawn
    size = len(reference)
    hint = made.latents(warped)
    count = hint.shape[1]
    ends = [made.frames(n) for n in range(count + 1)]
    given = Conditions(
        encoders.text(words)[None],
        encoders.audio.tokens(None, Request().fps, [*pairwise(ends)])[None],
        made.pose(points, size)[None],
        made.reference(made.latents(reference[None])[:, 0], count)[None],
        hint[None] if made.channels.hint else None,
    )
    return given, watched(points, size, hint.shape[-2:], made.codec.frames_of(count))[None]


def _extreme(controls: ControlSequence, length: int) -> int:
    """Return the first frame of the window around the moment farthest from rest."""
    n_au, n_gaze, n_head = len(AU_CHANNELS), len(GAZE_CHANNELS), len(HEAD_CHANNELS)
    counts = (n_au, n_gaze, n_head, len(CHANNELS) - n_au - n_gaze - n_head)
    units = np.repeat((1.0, GAZE_UNIT_DEG, HEAD_UNIT_DEG, SHIFT_UNIT_IOD), counts)
    far = np.abs(controls.to_matrix() / units).sum(1)
    held = np.convolve(far, np.ones(length), "valid")
    return int(held.argmax())
