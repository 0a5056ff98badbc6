"""A portrait drawn by the public weights of Wan-Animate: the whole picture, not the face alone.

Wan-Animate (Cheng et al. 2025) is shown three things: the portrait, a video of a face that tells
the expression, and a video of drawn poses. The face video is the warp renderer's, cropped around
the face frame by frame; the poses are our drawn keypoints. Its own pipeline of diffusers prepares
them; steps and guidance are ours. Without conditions, in guidance, means as there: pose and
portrait stay, the face video is black, and the words are what is to be avoided.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, Self

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from cogportrait.face.drawing import draw_placed
from cogportrait.face.view import view_of
from cogportrait.renderers.dit.codec import WanCodec
from cogportrait.renderers.dit.flow import Schedule, Solver, solve
from cogportrait.renderers.dit.fold import as_frames, as_pictures
from cogportrait.renderers.dit.guidance import Guidance, Weights, eye_map, per_latent_frame
from cogportrait.renderers.dit.placing import Placing
from cogportrait.renderers.dit.wan_folder import ANIMATE, open_folder, within_memory
from cogportrait.renderers.dit.wan_steps import (
    AREA_PX,
    Ask,
    check_windows,
    embedded,
    filled,
    guides,
    picture_size,
    placed,
    scaled,
    shift_of,
    two_passes,
)
from cogportrait.renderers.dit.warped import warped_frames
from cogportrait.renderers.dit.windows import Window, Windows, frame_noise
from cogportrait.types import AudioClip, FloatArray, Frame, KeypointSequence, Portrait

STEPS: Final = 20  # as its pipeline has it
SHIFT: Final = 5.0  # its authors', where a folder's scheduler tells none


class Pose(StrEnum):
    """What the pose video shows."""

    KEYPOINTS = "keypoints"  # our drawing of lids, irises, brows, lips and outline
    NONE = "none"  # nothing, so that face video and portrait alone count


@dataclass(frozen=True, slots=True, eq=False)
class _Row:
    """A frame on its way."""

    points_px: FloatArray  # [478, 2] in the portrait
    face: Frame  # [S, S, 3] as the motion encoder takes it


@dataclass(frozen=True, slots=True, eq=False)
class _Given:
    """What does not change over a video."""

    portrait: Portrait
    size: tuple[int, int]  # that is drawn
    text: Tensor  # [1, 512, D]
    avoided: Tensor | None
    seen: Tensor  # [1, N, D'] of the portrait, by the image encoder
    reference: Tensor  # [1, 4 + C, 1, h, w] latents of the portrait with their mask
    seed: int


@dataclass(frozen=True, slots=True)
class WanAnimateRenderer:
    """Draws a portrait with the components of a ``WanAnimatePipeline``."""

    pipeline: Any  # of diffusers, opened by wan_folder
    device: torch.device
    schedule: Schedule = field(default_factory=lambda: Schedule(STEPS, SHIFT, Solver.UNIPC))
    guidance: Guidance = field(default_factory=Guidance)
    segments: Windows = field(default_factory=lambda: Windows(77, 1))  # of frames; 1 or 5 shared
    area_px: int = AREA_PX  # that is drawn, about
    pose: Pose = Pose.KEYPOINTS
    text: str = ""  # what the face does, in words

    def __post_init__(self) -> None:
        check_windows(self.segments, self._codec.temporal, 1)

    def following(self, words: str, sound: AudioClip | None, fps: float, frames: int) -> Self:
        """Return this renderer for one video; see :class:`~cogportrait.renderers.protocol`.

        Sound is not followed.
        """
        return replace(self, text=words)

    def render(
        self, portrait: Portrait, motion: Iterable[KeypointSequence], *, seed: int = 0
    ) -> Iterator[Frame]:
        """Yield one frame per row of `motion`, at the portrait's size.

        Memory is that of two segments' rows and one segment's latents, whatever the length.

        Raises
        ------
        InputError
            There is no row, or the area is too small.
        ModelError
            The GPU has too little memory.
        """
        given = self._given(portrait, seed)
        before: Tensor | None = None
        shared = self.segments.overlap
        for segment in self.segments.of(self._rows(portrait, motion)):
            with within_memory(), torch.no_grad():
                video = self._codec.decode(self._latents(segment, given, before)[:, :, 1:])
            count = len(segment.frames)  # the rest fills the last latent frame
            before = video[:, :, count - shared : count].clone()
            drawn = as_frames(video[0, :, shared if segment.start else 0 : count])
            del video
            for frame in drawn:
                yield scaled(frame, portrait.image.shape[:2])
        self.pipeline.maybe_free_model_hooks()

    @property
    def _codec(self) -> WanCodec:
        return WanCodec(self.pipeline.vae)

    def _rows(self, portrait: Portrait, motion: Iterable[KeypointSequence]) -> Iterator[_Row]:
        side = int(self.pipeline.transformer.config.motion_encoder_size)
        for points, warped in warped_frames(portrait, motion):
            yield _Row(points, view_of(points, side).cut(warped))

    def _given(self, portrait: Portrait, seed: int) -> _Given:
        """Return what all segments share."""
        pipeline = self.pipeline
        unit = self._codec.spatial * int(pipeline.transformer.config.patch_size[-1])
        height, width = picture_size(portrait.image.shape[:2], self.area_px, unit)
        picture = Image.fromarray(scaled(portrait.image, (height, width)))
        with within_memory(), torch.no_grad():
            text, avoided = embedded(
                pipeline, self.text, self.device, both=guides(self.schedule, self.guidance)
            )
            seen = pipeline.encode_image(picture, self.device).to(pipeline.transformer.dtype)
            pixels = pipeline.vae_image_processor.preprocess(picture, height, width)
            reference = pipeline.prepare_reference_image_latents(
                pixels.to(self.device), device=self.device
            )
        return _Given(portrait, (height, width), text, avoided, seen, reference, seed)

    def _latents(self, segment: Window[_Row], given: _Given, before: Tensor | None) -> Tensor:
        """Return the latents [1, C, 1 + L, h, w] of a segment, those of the portrait first."""
        points = placed(
            np.stack([row.points_px for row in filled(segment.frames, self._codec.temporal)]),
            given.portrait.image.shape[:2], given.size,
        )  # fmt: skip
        ask = self._network(segment, given, before, points)
        maps = self._maps(points, given)
        first = segment.start // self._codec.temporal
        latent = (self._codec.channels, *maps.shape[1:])
        # The portrait's own latent frame is number 0 of every segment, the video's follow.
        noise = torch.cat(
            [
                frame_noise(given.seed, 0, 1, latent),
                frame_noise(given.seed, 1 + first, len(maps) - 1, latent),
            ],
            dim=2,
        ).to(self.device)
        predict = two_passes(ask, maps, self.guidance)
        return solve(predict, noise, self.schedule, lambda x, sigma: x)

    def _maps(self, points: FloatArray, given: _Given) -> Weights:
        """Return where the eyes are, [1 + L, h, w]: in the portrait, and in each latent frame."""
        grid = given.reference.shape[-2], given.reference.shape[-1]
        old = given.portrait.image.shape[:2]
        still = placed(given.portrait.landmarks_px[None, :, :2], old, given.size)
        frames = self._codec.frames_of(1 + (len(points) - 1) // self._codec.temporal)
        moving = per_latent_frame(eye_map(points, given.size, grid), frames)
        return np.concatenate([eye_map(still, given.size, grid), moving])

    def _network(
        self, segment: Window[_Row], given: _Given, before: Tensor | None, points: FloatArray
    ) -> Ask:
        """Return what asks the transformer about a segment, with the face video or without."""
        pipeline, device = self.pipeline, self.device
        transformer, dtype = pipeline.transformer, pipeline.transformer.dtype
        rows = filled(segment.frames, self._codec.temporal)
        faces = as_pictures(np.stack([row.face for row in rows])).transpose(0, 1)[None]
        faces = faces.to(device, dtype)
        drawn = as_pictures(self._poses(points, given)).transpose(0, 1)[None]
        poses = pipeline.prepare_pose_latents(drawn, device=device).to(dtype)
        known = pipeline.prepare_prev_segment_cond_latents(
            before, segment_frame_length=len(rows), start_frame=segment.start,
            height=given.size[0], width=given.size[1],
            prev_segment_cond_frames=self.segments.overlap, device=device,
        )  # fmt: skip
        beside = torch.cat([given.reference, known], dim=2)

        def ask(x: Tensor, timestep: Tensor, conditioned: bool) -> Tensor:
            with transformer.cache_context("cond" if conditioned else "uncond"):
                return transformer(
                    hidden_states=torch.cat([x, beside], dim=1).to(dtype),
                    timestep=timestep,
                    encoder_hidden_states=given.text if conditioned else given.avoided,
                    encoder_hidden_states_image=given.seen,
                    pose_hidden_states=poses,
                    face_pixel_values=faces if conditioned else torch.full_like(faces, -1),
                    return_dict=False,
                )[0]

        return ask

    def _poses(self, points: FloatArray, given: _Given) -> NDArray[np.uint8]:
        if self.pose is Pose.NONE:
            return np.zeros((len(points), *given.size, 3), np.uint8)
        scale = given.size[0] / given.portrait.image.shape[0]
        side = view_of(given.portrait.landmarks_px, 1).side_px * scale
        return draw_placed(points, given.size, side)


def open_wan_animate(
    folder: Path,
    guidance: Guidance | None = None,
    *,
    steps: int = STEPS,
    area_px: int = AREA_PX,
    placing: Placing | None = None,
) -> WanAnimateRenderer:
    """Return a renderer of the weights in a folder; raises as :func:`wan_folder.open_folder`."""
    placing = placing or Placing()
    pipeline = open_folder(folder, ANIMATE, placing)
    schedule = Schedule(steps, shift_of(pipeline, SHIFT), Solver.UNIPC)
    return WanAnimateRenderer(
        pipeline, placing.place(), schedule, guidance or Guidance(), area_px=area_px
    )
