"""Boundary cases: movements at the edge of what a face does, each at its most extreme moment.

Training shows them seldom, so a network draws them worst: one brow alone, winks, a head far to the
side, gaze far out, eyes that stay shut. Stage 1 compiles them, so that they stay possible. Those
that a network is judged by are other movements, of portraits that it was not refined with. Our
definition.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch
from torch import Tensor

from cogportrait.agents.describe import caption
from cogportrait.face.drawing import draw_keypoints
from cogportrait.face.landmarker import track_portrait
from cogportrait.face.view import View, view_of
from cogportrait.facs.channels import AU_CHANNELS, GAZE_CHANNELS
from cogportrait.pipeline import brief_of, compile_brief, keypoints, load_portrait
from cogportrait.renderers.dit.codec import Codec
from cogportrait.renderers.dit.fold import as_pictures, beside, folded
from cogportrait.renderers.dit.guidance import eye_map
from cogportrait.renderers.dit.model import Conditions
from cogportrait.renderers.dit.sound import silence
from cogportrait.renderers.dit.words import embed_words
from cogportrait.renderers.warp import WarpRenderer
from cogportrait.request import Request
from cogportrait.train.filming import FINER
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
# What counts as much as a full action unit when the most extreme moment is looked for, degrees.
GAZE_UNIT_DEG: Final = 15.0
HEAD_UNIT_DEG: Final = 20.0


@dataclass(frozen=True, slots=True, eq=False)
class Boundary:
    """A window to be drawn, and what it should show."""

    portrait: str
    case: str
    seed: int
    given: Conditions  # of a batch of one; the hint is there
    eyes: Tensor  # [1, 1, L, h, w]
    reference: Frame  # [S, S, 3] the view of the portrait as photographed
    points_px: FloatArray  # [L, 478, 2] in the view
    controls: ControlSequence  # L rows, deviations from the portrait's neutral

    @property
    def name(self) -> str:
        """Of its files."""
        words = "".join(c if c.isalnum() else "-" for c in self.case.lower()).strip("-")
        return f"{self.portrait}_{words}_{self.seed}"


def boundaries(
    pictures: Sequence[Path], cases: Sequence[str], codec: Codec, size_px: int, length: int
) -> Iterator[Boundary]:
    """Yield the windows of some cases of some portraits.

    Parameters
    ----------
    pictures
        Portraits.
    cases
        Instructions.
    codec : Codec
        Of single frames.
    size_px : int
        Of the view.
    length : int
        Frames of a window.

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
            start = _extreme(controls, length)
            rows = controls.rows(start, start + length)
            motion = list(keypoints(fine, rows, neutralize=1.0))
            warped = np.stack(
                [small.cut(frame) for frame in WarpRenderer().render(fine, motion, seed=0)]
            )
            points = small.placed(np.concatenate([p.points_px for p in motion])[..., :2])
            points = points.astype(np.float32)
            reference = small.cut(fine.image)
            given, eyes = _given(points, reference, warped, caption(controls), codec)
            yield Boundary(picture.stem, case, number, given, eyes, reference, points, rows)


@torch.no_grad()
def _given(
    points: FloatArray, reference: Frame, warped: np.ndarray, words: str, codec: Codec
) -> tuple[Conditions, Tensor]:
    size, n = len(reference), len(points)
    latents = codec.encode(as_pictures(np.concatenate([reference[None], warped]))[:, :, None])
    latents = latents[:, :, 0]
    grid = (latents.shape[-2], latents.shape[-1])
    given = Conditions(
        embed_words(words)[None],
        silence(n)[None],
        folded(draw_keypoints(points, View(0, 0, size, size)), codec.spatial)[None],
        beside(latents[0], n)[None],
        latents[1:].transpose(0, 1)[None],
    )
    return given, torch.from_numpy(eye_map(points, (size, size), grid))[None, None]


def _extreme(controls: ControlSequence, length: int) -> int:
    """Return the first frame of the window around the moment farthest from rest."""
    n_au, n_gaze = len(AU_CHANNELS), len(GAZE_CHANNELS)
    units = np.ones(controls.to_matrix().shape[1])
    units[n_au : n_au + n_gaze] = GAZE_UNIT_DEG
    units[n_au + n_gaze :] = HEAD_UNIT_DEG
    far = np.abs(controls.to_matrix() / units).sum(1)
    held = np.convolve(far, np.ones(length), "valid")
    return int(held.argmax())
