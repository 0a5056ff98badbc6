"""What every renderer can do."""

from collections.abc import Iterable, Iterator
from typing import Protocol, Self, runtime_checkable

from cogportrait.types import AudioClip, Frame, KeypointSequence, Portrait


class Renderer(Protocol):
    """Draws a portrait in motion. Implementations share no base class."""

    def render(
        self, portrait: Portrait, motion: Iterable[KeypointSequence], *, seed: int
    ) -> Iterator[Frame]:
        """Yield one RGB frame per row of `motion`, at the portrait's size.

        `motion` arrives in pieces, so that memory does not grow with length. Equal arguments give
        equal frames.
        """
        ...


@runtime_checkable
class FollowsMore(Protocol):
    """A renderer that follows more than keypoints."""

    def following(self, words: str, sound: AudioClip | None, fps: float, frames: int) -> Self:
        """Return this renderer for one video: what happens in it, in words, and its sound.

        Parameters
        ----------
        words : str
            As ``agents.describe.caption`` tells curves.
        sound : AudioClip or None
            16 kHz mono, from the first frame on.
        fps, frames
            Of the video.
        """
        ...
