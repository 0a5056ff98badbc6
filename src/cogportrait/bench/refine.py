"""Controls corrected by what their drawing reads as: analysis by synthesis.

Measuring has cross-talk: an opened mouth is read as a raised head as well. Drawn, both are there,
and the drawn mouth is read as more of it. So what was measured is drawn, measured again, and the
controls are changed by what is missing or too much, slowly changing parts of it alone, since the
rest is the tracker's noise. The real clip and the portrait are looked at, and no score.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from cogportrait.face.measure import Measurement, face_rows, measure
from cogportrait.facs.channels import CHANNELS, MOUTH_CHANNELS, SIDES, au_channel
from cogportrait.io.controls import CHANNEL_RANGES
from cogportrait.pipeline import keypoints
from cogportrait.renderers.protocol import Renderer
from cogportrait.types import ControlSequence, Portrait

STEP: Final = 0.8  # of a difference that is corrected at once
SMOOTH_S: Final = 0.2  # over which differences are medians
_MOUTH: Final = [CHANNELS.index(name) for name in MOUTH_CHANNELS]
_LIDS: Final = [CHANNELS.index(au_channel(43, side)) for side in SIDES]

_Array = NDArray[np.float64]


def refined(
    portrait: Portrait, measured: Measurement, renderer: Renderer, times: int
) -> ControlSequence:
    """Return measured controls, corrected `times` times.

    A channel whose correction made it worse goes back, and is corrected by half as much next.

    Parameters
    ----------
    portrait : Portrait
        What is drawn; its face is the neutral one of `measured`.
    measured : Measurement
        Of the real clip.
    renderer : Renderer
        What draws.
    times : int
        0 returns what was measured.
    """
    target = measured.controls
    search = Search(target.to_matrix().astype(np.float64), target.fps)
    for _ in range(times):
        controls = ControlSequence.from_matrix(search.tried.astype(np.float32), target.fps)
        frames = renderer.render(portrait, keypoints(portrait, controls), seed=0)
        reference = measured.neutral.reference
        rows = face_rows(frames, target.fps, reference=reference)
        seen = measure(rows, target.fps, neutral=measured.neutral)
        search.saw(seen.controls.to_matrix(), measured.found & rows.found)
    return ControlSequence.from_matrix(search.tried.astype(np.float32), target.fps)


class Search:
    """Controls that are tried, channel by channel: what was best so far, and what comes next."""

    def __init__(self, wanted: _Array, fps: float) -> None:
        self.tried = wanted  # [T, K] to be drawn next
        self._wanted = wanted
        self._frames = max(1, round(SMOOTH_S * fps)) | 1
        self._best = wanted
        self._lacks = np.zeros_like(wanted)
        self._error = np.full(wanted.shape[1], np.inf)
        self._step = np.full(wanted.shape[1], STEP)

    def saw(self, seen: NDArray[np.floating], both: NDArray[np.bool_]) -> None:
        """Take what the drawing of `tried` was measured as, [T, K], and try anew.

        `both` [T] are the frames in which the real and the drawn face were found; the others say
        nothing.
        """
        if not both.any():
            return
        lacks = (self._wanted - seen) * both[:, None]
        error = np.abs(lacks[both]).mean(0)
        better = error < self._error
        self._best = np.where(better, self.tried, self._best)
        self._lacks = np.where(better, lacks, self._lacks)
        self._error = np.minimum(error, self._error)
        self._step = np.where(better, self._step, self._step / 2)
        slow = ndimage.median_filter(self._lacks, size=(self._frames, 1), mode="nearest")
        slow[:, _LIDS] = self._lacks[:, _LIDS]  # a blink lasts for some frames only
        slow[:, _MOUTH] = 0
        low, high = np.array([CHANNEL_RANGES[name] for name in CHANNELS]).T
        self.tried = (self._best + self._step * slow).clip(low, high)
