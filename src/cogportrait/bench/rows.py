"""What a benchmark says of one clip, and what it was run with.

A run's folder holds one row per clip, so that a run that was ended goes on where it was:

    DIR/run.json                what it was run with (:class:`Stamp`)
    DIR/clips/NAME.json         the row of a clip (:class:`ClipRow`)
    DIR/clips/NAME.npz          its curves (:class:`Curves`)
    DIR/controls/NAME.json      what was drawn
    DIR/videos/NAME.mp4         the generated clip
    DIR/real/NAME.mp4           the real one, if it was kept: the same frames
    DIR/whole.json              measures of the whole run and of no single clip, as FID
    DIR/remarks.json            measures that could not be had and why, and cautions
    DIR/summary.json, scores.csv, report.md, report.html
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cogportrait.errors import MetricError
from cogportrait.metrics.scored import SCORED
from cogportrait.types import check_array


@dataclass(frozen=True, slots=True)
class ClipRow:
    """A clip that was scored, or why it was not."""

    name: str  # of the clip, without folder and ending; one of each in a run
    category: str  # label of the 12, neutral, or "" where none is known
    actor: str  # pseudonym, or ""
    seconds: float
    fps: float
    size_px: tuple[int, int]  # width, height of the real clip
    face_px: float  # side of the square that holds the face in the real clip, median
    frames: int  # that were compared
    scores: Mapping[str, float]  # measure -> score; NaN where it is undefined
    error: str = ""  # one line; a clip with one has no scores
    warnings: tuple[str, ...] = ()
    frontal: str = ""  # "yes", "no", or "" where nobody knows: whether the real face looks ahead
    sources: str = ""  # SHA-256 over those of the files it was made of; "": nobody knows


@dataclass(frozen=True, slots=True, eq=False)
class Curves:
    """The scored channels of a real clip and of the generated one, frame by frame."""

    fps: float
    real: NDArray[np.float32]  # [T, K] columns as in metrics.scored.SCORED: 0..1, or degrees
    generated: NDArray[np.float32]  # [T, K]
    found: NDArray[np.bool_]  # [T] whether both have a face

    def __post_init__(self) -> None:
        """Raise :class:`MetricError` for arrays that do not belong together."""
        shape = (len(self.real), len(SCORED))
        check_array("real", self.real, shape, error=MetricError)
        check_array("generated", self.generated, shape, error=MetricError)
        check_array("found", self.found, shape[:1], error=MetricError)


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a run was made with; a run goes on only with an equal stamp."""

    protocol: str  # "emh", "hdtf" or "score"
    mode: str  # "gt", "inverted", "inverted-prose", "label", or "" where videos were given
    renderer: str  # "warp", "dit", "still", "naive", or ""
    seed: int
    data: str  # SHA-256 of the manifest
    options: Mapping[str, str]
    tracker: str  # "mediapipe 1.2.3 face_landmarker 64184e22…"
    versions: Mapping[str, str]  # package -> version, this one among them
