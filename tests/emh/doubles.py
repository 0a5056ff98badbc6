"""A standard measure that counts and remembers what it is told."""

from dataclasses import dataclass, field

import numpy as np

from cogportrait.metrics.standard.measure import ClipStart, FramePair, Scope, found


@dataclass
class Counting:
    """Its number is how bright the generated frames of a clip, or of all clips, are in the mean."""

    scope: Scope
    source: str = "nowhere"
    begun: list[ClipStart] = field(default_factory=list)
    pairs: list[int] = field(default_factory=list)  # frames of each clip
    faces: int = 0  # generated ones
    levels: list[float] = field(default_factory=list)
    sizes: set[tuple[int, ...]] = field(default_factory=set)

    def begin(self, clip: ClipStart) -> None:
        self.begun.append(clip)
        self.pairs.append(0)
        if self.scope is Scope.CLIP:
            self.levels.clear()

    def update(self, pair: FramePair) -> None:
        self.pairs[-1] += 1
        self.faces += found(pair.generated_px)
        self.levels.append(float(pair.generated.mean()))
        self.sizes |= {pair.real.shape, pair.generated.shape}

    def compute(self) -> float:
        return float(np.mean(self.levels)) if self.levels else float("nan")
