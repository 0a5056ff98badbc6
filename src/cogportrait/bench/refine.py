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
    controls = target
    for _ in range(times):
        frames = renderer.render(portrait, keypoints(portrait, controls), seed=0)
        rows = face_rows(frames, target.fps)
        seen = measure(rows, target.fps, neutral=measured.neutral)
        controls = corrected(target, controls, seen, measured.found & rows.found)
    return controls


def corrected(
    target: ControlSequence,
    controls: ControlSequence,
    seen: Measurement,
    both: NDArray[np.bool_],
) -> ControlSequence:
    """Return controls changed by what their drawing lacks of `target`, within legal ranges."""
    wanted, now = (c.to_matrix().astype(np.float64) for c in (target, controls))
    lacks = (wanted - seen.controls.to_matrix()) * both[:, None]
    frames = max(1, round(SMOOTH_S * target.fps)) | 1
    slow = ndimage.median_filter(lacks, size=(frames, 1), mode="nearest")
    slow[:, _LIDS] = lacks[:, _LIDS]  # a blink lasts for some frames only
    slow[:, _MOUTH] = 0
    out = now + STEP * slow
    low, high = np.array([CHANNEL_RANGES[name] for name in CHANNELS]).T
    return ControlSequence.from_matrix(out.clip(low, high).astype(np.float32), target.fps)
