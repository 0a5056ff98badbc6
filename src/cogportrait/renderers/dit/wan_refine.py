"""The warp renderer's face, redrawn lightly by public text-to-video weights of Wan.

The face's view of every warped frame goes through Wan's codec, gets noise up to a level, the
strength, and is brought back by guided steps with what the face does as the prompt (SDEdit, Meng et
al. 2022). Little noise keeps pose, lids and gaze of the warp renderer and lets skin, hair and teeth
be redrawn. Long videos go in windows of frames that overlap; over the shared frames one fades into
the other. What was drawn is laid back into the warped picture as the other diffusion renderer does.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, Self

import numpy as np
import torch
from torch import Tensor

from cogportrait.errors import InputError, ModelError
from cogportrait.face.view import View, view_of
from cogportrait.renderers.dit.codec import WanCodec
from cogportrait.renderers.dit.flow import Schedule, Solver, noisy, solve
from cogportrait.renderers.dit.fold import as_frames, as_pictures
from cogportrait.renderers.dit.guidance import Guidance, eye_map, per_latent_frame
from cogportrait.renderers.dit.laying import Lay, laid
from cogportrait.renderers.dit.placing import Placing
from cogportrait.renderers.dit.wan_folder import (
    TEXT_TO_VIDEO,
    open_folder,
    within_memory,
)
from cogportrait.renderers.dit.wan_steps import (
    AREA_PX,
    Ask,
    check_windows,
    embedded,
    filled,
    guides,
    picture_size,
    shift_of,
    two_passes,
)
from cogportrait.renderers.dit.warped import WarpedView, warped_views
from cogportrait.renderers.dit.windows import Window, Windows, frame_noise
from cogportrait.types import AudioClip, Frame, KeypointSequence, Portrait

STRENGTH: Final = 0.3
STEPS: Final = 12
SHIFT: Final = 3.0  # Wan's at 480p, where a folder's scheduler tells none


@dataclass(frozen=True, slots=True)
class WanRefineRenderer:
    """Redraws warped faces with the components of a ``WanVideoToVideoPipeline``."""

    pipeline: Any  # of diffusers, opened by wan_folder
    device: torch.device
    strength: float = STRENGTH  # noise level, 0 (nothing but the codec) .. 1 (all is drawn anew)
    schedule: Schedule = field(default_factory=lambda: Schedule(STEPS, SHIFT, Solver.UNIPC))
    guidance: Guidance = field(default_factory=Guidance)
    windows: Windows = field(default_factory=lambda: Windows(81, 5))  # of frames
    area_px: int = AREA_PX  # of the view that is drawn, about
    lay: Lay = Lay.FACE
    text: str = ""  # what the face does, in words

    def __post_init__(self) -> None:
        if not 0 <= self.strength <= 1:
            raise InputError(f"strength: expected 0 to 1, got {self.strength:g}")
        check_windows(self.windows, self._codec.temporal, 1)

    def following(self, words: str, sound: AudioClip | None, fps: float, frames: int) -> Self:
        """Return this renderer for one video; see :class:`~cogportrait.renderers.protocol`.

        Sound is not followed.
        """
        return replace(self, text=words)

    def render(
        self, portrait: Portrait, motion: Iterable[KeypointSequence], *, seed: int = 0
    ) -> Iterator[Frame]:
        """Yield one frame per row of `motion`, at the portrait's size.

        Memory is that of two windows' rows and one window's latents, whatever the length.

        Raises
        ------
        InputError
            There is no row, or the area is too small.
        ModelError
            The GPU has too little memory.
        """
        unit = self._codec.spatial * int(self.pipeline.transformer.config.patch_size[-1])
        view = view_of(portrait.landmarks_px, picture_size((1, 1), self.area_px, unit)[0])
        with within_memory(), torch.no_grad():
            words = embedded(self.pipeline, self.text, self.device, both=guides(*self._levels()))
        before: Tensor | None = None
        shared = self.windows.overlap
        for window in self.windows.of(warped_views(portrait, motion, view)):
            with within_memory(), torch.no_grad():
                video = self._window(window, words, view, seed)
            if before is not None:
                ties = self.windows.ties().to(video)[:, None, None]
                video[:, :shared] += ties * (before - video[:, :shared])
            count = len(window.frames)
            done = count if window.last else count - shared
            before = video[:, done:count].clone()
            faces = as_frames(video[:, :done])
            del video
            for row, face in zip(window.frames, faces, strict=False):
                yield laid(row.warped, face, view, row.points_px, self.lay)
        self.pipeline.maybe_free_model_hooks()

    @property
    def _codec(self) -> WanCodec:
        return WanCodec(self.pipeline.vae)

    def _levels(self) -> tuple[Schedule, Guidance]:
        """Return schedule and guidance below the strength.

        The guidance's noise levels are shares of it: at the usual strengths all steps would lie
        where omega is `low`.
        """
        guidance = replace(
            self.guidance,
            ramp_from=self.guidance.ramp_from * self.strength,
            ramp_to=self.guidance.ramp_to * self.strength,
        )
        return replace(self.schedule, start=self.strength or 1.0), guidance

    def _window(
        self, window: Window[WarpedView], words: tuple[Tensor, Tensor | None], view: View, seed: int
    ) -> Tensor:
        """Return what is drawn of a window, [3, 1 + k temporal, S, S], -1..1."""
        rows = filled(window.frames, self._codec.temporal)
        seen = as_pictures(np.stack([row.seen for row in rows])).transpose(0, 1)[None]
        data = self._codec.encode(seen.to(self.device)).float()
        if self.strength == 0:
            return self._codec.decode(data)[0]
        channels, count, *grid = data.shape[1:]
        points = np.stack([view.placed(row.points_px) for row in rows]).astype(np.float32)
        maps = per_latent_frame(
            eye_map(points, (view.size_px, view.size_px), (grid[0], grid[1])),
            self._codec.frames_of(count),
        )
        first = window.start // self._codec.temporal
        noise = frame_noise(seed, first, count, (channels, grid[0], grid[1])).to(self.device)
        schedule, guidance = self._levels()
        predict = two_passes(self._network(words), maps, guidance)
        start = noisy(data, noise, self.strength)
        return self._codec.decode(solve(predict, start, schedule, lambda x, sigma: x))[0]

    def _network(self, words: tuple[Tensor, Tensor | None]) -> Ask:
        """Return what asks the transformer, with the words or with what is to be avoided."""
        transformer, dtype = self.pipeline.transformer, self.pipeline.transformer.dtype
        text, avoided = words

        def ask(x: Tensor, timestep: Tensor, conditioned: bool) -> Tensor:
            with transformer.cache_context("cond" if conditioned else "uncond"):
                return transformer(
                    hidden_states=x.to(dtype),
                    timestep=timestep,
                    encoder_hidden_states=text if conditioned else avoided,
                    return_dict=False,
                )[0]

        return ask


def open_wan_refine(
    folder: Path,
    guidance: Guidance | None = None,
    *,
    strength: float = STRENGTH,
    steps: int = STEPS,
    area_px: int = AREA_PX,
    placing: Placing | None = None,
) -> WanRefineRenderer:
    """Return a renderer of the weights in a folder.

    Raises
    ------
    InputError, ModelError
        As :func:`wan_folder.open_folder`; or the transformer takes more than noisy latents, as
        those of image-to-video do.
    """
    placing = placing or Placing()
    pipeline = open_folder(folder, TEXT_TO_VIDEO, placing)
    taken, made = int(pipeline.transformer.config.in_channels), WanCodec(pipeline.vae).channels
    if taken != made:
        raise ModelError(
            f"{folder}: expected a transformer of text-to-video that takes the codec's {made} "
            f"channels, got one of {taken}; fetch {TEXT_TO_VIDEO.public} and give its folder"
        )
    schedule = Schedule(steps, shift_of(pipeline, SHIFT), Solver.UNIPC)
    return WanRefineRenderer(
        pipeline, placing.place(), strength, schedule, guidance or Guidance(), area_px=area_px
    )
