"""What a standard measure is asked, what it is told, and what stands where it has no number."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from cogportrait.types import AudioClip, Frame


class MeasureName(StrEnum):
    """The standard measures, as tables and reports call them."""

    FID = "FID"
    FVD = "FVD"
    LPIPS = "LPIPS"
    SYNC_C = "Sync-C"
    ARCFACE = "ID-Sim (ArcFace)"
    DLIB = "ID-Sim (dlib)"
    BRISQUE = "BRISQUE"
    DSL_FIQA = "DSL-FIQA"


class Scope(StrEnum):
    """What one number of a measure is about."""

    CLIP = "clip"  # the clip begun last
    RUN = "run"  # all clips since the measure was opened: it compares distributions


@dataclass(frozen=True, slots=True)
class Missing:
    """Why a measure has no number, and what gives it one."""

    measure: MeasureName
    lacks: str  # what is not there
    fix: str  # what to run, or to fetch and where to put it

    def __str__(self) -> str:
        """Return one line."""
        return f"{self.measure}: {self.lacks}; {self.fix}"


@dataclass(frozen=True, slots=True, eq=False)
class ClipStart:
    """What a measure is told of a clip before its frames."""

    name: str  # of the clip, as in tables
    fps: float  # of real and generated frames alike
    portrait: Frame  # [H, W, 3] the reference that was animated
    portrait_px: NDArray[np.floating[Any]]  # [478, >= 2] its landmarks
    speech: AudioClip | None = None  # what is said; None for a silent clip


@dataclass(frozen=True, slots=True, eq=False)
class FramePair:
    """A frame of the real clip and the generated one of the same time, with their landmarks.

    Landmarks are MediaPipe's, in the pixels of their own frame; NaN where no face is found.
    """

    real: Frame  # [H, W, 3]
    generated: Frame  # [H, W, 3]
    real_px: NDArray[np.floating[Any]]  # [478, >= 2]
    generated_px: NDArray[np.floating[Any]]  # [478, >= 2]


class Measure(Protocol):
    """A number that grows frame by frame; it keeps sums, not frames."""

    @property
    def scope(self) -> Scope:
        """What :meth:`compute` is about."""
        ...

    @property
    def source(self) -> str:
        """The files that the number depends on and their SHA-256, for a run's record."""
        ...

    def begin(self, clip: ClipStart) -> None:
        """Take up a clip; its frames follow in order, and all of them."""
        ...

    def update(self, pair: FramePair) -> None:
        """Take the next frame of the clip.

        Raises
        ------
        MetricError
            The measure needs frames of one size, and they are not.
        """
        ...

    def compute(self) -> float:
        """Return the number so far, of the clip or of the run; NaN where it is undefined."""
        ...


def found(points_px: NDArray[np.floating[Any]]) -> bool:
    """Return whether landmarks are those of a face: none is NaN."""
    return bool(np.isfinite(points_px).all())
