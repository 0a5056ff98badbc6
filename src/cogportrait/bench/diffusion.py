"""The diffusion renderer in a run of clips: its networks are opened in the process that draws."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Self

from cogportrait.types import AudioClip, Frame, KeypointSequence, Portrait

if TYPE_CHECKING:
    from cogportrait.renderers.dit.guidance import Guided
    from cogportrait.renderers.dit.renderer import DitRenderer


@dataclass(frozen=True, slots=True)
class _Video:
    """What :meth:`DiffusionRenderer.following` was told."""

    words: str
    sound: AudioClip | None
    fps: float
    frames: int


@dataclass(frozen=True, slots=True)
class DiffusionRenderer:
    """Names a checkpoint, None for that of the package; small enough to be sent to a process."""

    checkpoint: Path | None = None
    guidance: "Guided | None" = None
    video: _Video | None = None

    def following(self, words: str, sound: AudioClip | None, fps: float, frames: int) -> Self:
        """Return this renderer for one video; see :mod:`cogportrait.renderers.protocol`."""
        return replace(self, video=_Video(words, sound, fps, frames))

    def render(
        self, portrait: Portrait, motion: Iterable[KeypointSequence], *, seed: int = 0
    ) -> Iterator[Frame]:
        """Yield one frame per row of `motion`, at the portrait's size."""
        renderer = _opened(self.checkpoint, self.guidance)
        if self.video is not None:
            told = self.video
            renderer = renderer.following(told.words, told.sound, told.fps, told.frames)
        yield from renderer.render(portrait, motion, seed=seed)


@cache
def _opened(checkpoint: Path | None, guidance: "Guided | None") -> "DitRenderer":
    from cogportrait.renderers.dit.checkpoint import SHIPPED, open_checkpoint, read_about

    how = read_about(checkpoint or SHIPPED).how()
    if guidance is not None:
        how = replace(how, guidance=replace(how.guidance, by=guidance))
    return open_checkpoint(checkpoint, how)
