"""Temporal flicker: how much pixels change from frame to frame, in 8-bit levels; lower is better.

Mean absolute difference of successive frames over a region in which nothing should move: by
default the outer border of the picture. Also of a whole clip, where it measures motion as well and
is only to be read beside the real clip's.
"""

from collections.abc import Iterable
from typing import Final

import numpy as np

from cogportrait.errors import MetricError
from cogportrait.types import Frame

BORDER: Final = 0.04  # of the shorter side


def border_flicker(frames: Iterable[Frame]) -> float:
    """Return the mean absolute difference of successive frames [H, W, 3] along the border.

    Frames are read once, one at a time. NaN for fewer than two.

    Raises
    ------
    MetricError
        A frame has another size than the first.
    """
    total, count = 0.0, 0
    before: Frame | None = None
    inside: tuple[slice, slice] | None = None
    for number, frame in enumerate(frames):
        if before is None or inside is None:
            h, w = frame.shape[:2]
            band = max(1, round(BORDER * min(h, w)))
            inside = slice(band, h - band), slice(band, w - band)
        elif frame.shape != before.shape:
            raise MetricError(
                f"frame {number}: expected {list(before.shape)}, got {list(frame.shape)}"
            )
        else:
            change = np.abs(frame.astype(np.int16) - before)
            rest = change.size - change[inside].size
            total += float((change.sum(dtype=np.int64) - change[inside].sum(dtype=np.int64)) / rest)
            count += 1
        before = frame
    return total / count if count else float("nan")
