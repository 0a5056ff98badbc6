"""LPIPS, the learned perceptual distance of a generated frame from the real one; lower is better.

Both frames pass through AlexNet; the features of its five rectified layers are scaled to unit
length at every place, their squared differences weighted by learned weights per channel, averaged
over places and summed over layers. Mean over frames. 0 for equal frames. Version 0.1 with AlexNet,
on frames as they are (no resizing), which have to be of one size.

Reference implementation: the package ``lpips`` 0.1.4 (``net="alex"``), and torchmetrics' copy of
it, which carries the learned weights; AlexNet's are torchvision's.

References
----------
Zhang, R. et al. (2018). The unreasonable effectiveness of deep features as a perceptual metric.
CVPR.
"""

from collections.abc import Callable
from typing import Final

from cogportrait.errors import MetricError
from cogportrait.metrics.picture_quality import check_frames
from cogportrait.metrics.standard import published
from cogportrait.metrics.standard.files import Given, find, lacking
from cogportrait.metrics.standard.measure import (
    ClipStart,
    FramePair,
    MeasureName,
    Missing,
    Scope,
)
from cogportrait.types import Frame

Distance = Callable[[Frame, Frame], float]
LEAST_PX: Final = 63  # frames smaller than this leave nothing of AlexNet's last layer


class Lpips:
    """LPIPS of a clip. `distance` is that of two frames, `source` says by which weights."""

    scope = Scope.CLIP

    def __init__(self, distance: Distance, source: str) -> None:
        self.source = source
        self._distance = distance
        self._total, self._count = 0.0, 0

    def begin(self, clip: ClipStart) -> None:
        """Take up a clip."""
        self._total, self._count = 0.0, 0

    def update(self, pair: FramePair) -> None:
        """Take a frame of both; they have to be of one size."""
        check_frames(pair.real, pair.generated)
        if min(pair.real.shape[:2]) < LEAST_PX:
            raise MetricError(
                f"LPIPS: expected frames of at least {LEAST_PX} px each way, got "
                f"{list(pair.real.shape[:2])}"
            )
        self._total += self._distance(pair.real, pair.generated)
        self._count += 1

    def compute(self) -> float:
        """Return the mean over the clip's frames; NaN for none."""
        return self._total / self._count if self._count else float("nan")


def open_lpips(given: Given) -> Lpips | Missing:
    """Return LPIPS, or what is missing for it; `given` is about AlexNet.

    Raises
    ------
    ModelError
        A file of weights is not the published one.
    """
    gone = lacking(MeasureName.LPIPS, "torch")
    if gone is not None:
        return gone
    heads = find(MeasureName.LPIPS, published.LPIPS_HEADS, Given(folder=given.folder))
    if isinstance(heads, Missing):
        return heads
    backbone = find(MeasureName.LPIPS, published.ALEXNET, given)
    if isinstance(backbone, Missing):
        return backbone
    from cogportrait.metrics.standard.alexnet import perceptual_distance

    return Lpips(perceptual_distance(backbone, heads), f"{backbone}, heads {heads}")
