"""The CPU renderer: one warped picture with layered eyes and mouth, frame after frame."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from cogportrait.renderers.warp.scene import build_scene, draw_frames
from cogportrait.renderers.warp.turning import with_true_turns
from cogportrait.types import Frame, KeypointSequence, Portrait


@dataclass(frozen=True, slots=True)
class WarpRenderer:
    """Draws any portrait on a CPU, streaming; see ``renderers.protocol.Renderer``."""

    true_turns: bool = True  # fit the head's depth to this portrait by the tracker

    def render(
        self, portrait: Portrait, motion: Iterable[KeypointSequence], *, seed: int = 0
    ) -> Iterator[Frame]:
        """Yield one frame per row of `motion`. Nothing here is random: `seed` changes nothing."""
        scene = build_scene(portrait)
        if self.true_turns:
            scene = with_true_turns(scene)
        for piece in motion:
            yield from draw_frames(scene, piece)
