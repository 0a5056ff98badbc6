"""What every renderer can do."""

from collections.abc import Iterable, Iterator
from typing import Protocol

from cogportrait.types import Frame, KeypointSequence, Portrait


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
