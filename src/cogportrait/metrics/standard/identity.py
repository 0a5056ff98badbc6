"""Identity of a clip: how near its faces' embeddings are to the portrait's."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cogportrait.metrics.scored import Floats
from cogportrait.metrics.standard.measure import ClipStart, FramePair, Scope, found
from cogportrait.types import Frame

# A frame [H, W, 3] and the landmarks [478, >= 2] of the face in it -> its embedding [D].
Embed = Callable[[Frame, NDArray[np.floating[Any]]], Floats]


def cosine(a: Floats, b: Floats) -> float:
    """Return the cosine similarity of two embeddings [D], -1..1; NaN if either is 0."""
    lengths = float(np.linalg.norm(a) * np.linalg.norm(b))
    return float(a @ b) / lengths if lengths > 0 else float("nan")


class IdentityOfClip:
    """Mean cosine similarity of a clip's generated faces and the portrait's."""

    scope = Scope.CLIP

    def __init__(self, embed: Embed, source: str) -> None:
        self.source = source
        self._embed = embed
        self._portrait: Floats | None = None  # None for a portrait without a face
        self._total, self._count = 0.0, 0

    def begin(self, clip: ClipStart) -> None:
        """Take up a clip and its portrait."""
        known = found(clip.portrait_px)
        self._portrait = self._embed(clip.portrait, clip.portrait_px) if known else None
        self._total, self._count = 0.0, 0

    def update(self, pair: FramePair) -> None:
        """Take a frame; the real one is not looked at."""
        if self._portrait is None or not found(pair.generated_px):
            return
        near = cosine(self._portrait, self._embed(pair.generated, pair.generated_px))
        if np.isfinite(near):
            self._total += near
            self._count += 1

    def compute(self) -> float:
        """Return the mean over frames with a face; NaN for none."""
        return self._total / self._count if self._count else float("nan")
