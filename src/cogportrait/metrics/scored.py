"""The channels that are scored, and when one is active. Our definition.

The EMH set: action units 1, 2, 4, 5, 6, 7 and 43 of either side, gaze (FACS 61 to 64) and head
(FACS 51 to 56). A gaze or head angle is two channels, one each way, so that a look to the left and
one to the right are not the same. Values are relative to the reference portrait.

>>> SCORED[:2], SCORED[-6:]
(('AU01_L', 'AU01_R'), ('51', '52', '53', '54', '55', '56'))
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from cogportrait.facs.channels import AU_INDEX, UPPER_CHANNELS
from cogportrait.spans import runs
from cogportrait.types import ControlSequence

Floats = NDArray[np.float64]

# FACS: gaze left, right, up, down; head turned left, right, up, down, tilted left, right.
GAZE_CODES: Final = ("61", "62", "63", "64")
HEAD_CODES: Final = ("51", "52", "53", "54", "55", "56")
SCORED: Final[tuple[str, ...]] = (*UPPER_CHANNELS, *GAZE_CODES, *HEAD_CODES)
CLOSURES: Final = tuple(name for name in UPPER_CHANNELS if name.startswith("AU43"))

# From where a channel is active, and for how many frames in a row at 25 fps (our choice: FACS
# intensity A, "trace", is 1 of 5; a blink keeps a lid down for two frames).
AU_ACTIVE: Final = 0.2
CLOSURE_ACTIVE: Final = 0.4
GAZE_ACTIVE_DEG: Final = 6.0
HEAD_ACTIVE_DEG: Final = 6.0
LASTING_S: Final = 3 / 25
CLOSURE_LASTING_S: Final = 2 / 25


def thresholds() -> Floats:
    """Return from where each of ``SCORED`` is active, [K]: 0..1, or degrees."""
    units = [CLOSURE_ACTIVE if name in CLOSURES else AU_ACTIVE for name in UPPER_CHANNELS]
    return np.array(
        [*units, *([GAZE_ACTIVE_DEG] * len(GAZE_CODES)), *([HEAD_ACTIVE_DEG] * len(HEAD_CODES))]
    )


def scored_values(controls: ControlSequence) -> Floats:
    """Return the scored channels of controls, [T, K]: 0..1, or degrees one way, never negative.

    Gaze is the mean of both eyes.
    """
    units = controls.aus[:, [AU_INDEX[name] for name in UPPER_CHANNELS]]
    yaw, pitch = np.moveaxis(controls.gaze_deg.astype(np.float64).mean(1), -1, 0)
    ways = [yaw, -yaw, pitch, -pitch]
    for angle in controls.head_deg.astype(np.float64).T:
        ways += [angle, -angle]
    return np.column_stack([units.astype(np.float64), np.maximum(np.stack(ways, 1), 0)])


def active_frames(values: Floats, fps: float) -> NDArray[np.bool_]:
    """Return where channels [T, K] are active, [T, K]: over their threshold for long enough.

    Lengths are in whole frames, rounded, at least one.
    """
    over = values >= thresholds()
    out = np.zeros_like(over)
    for k, name in enumerate(SCORED):
        least = CLOSURE_LASTING_S if name in CLOSURES else LASTING_S
        frames = max(1, round(least * fps))
        for first, stop in runs(over[:, k]):
            if stop - first >= frames:
                out[first:stop, k] = True
    return out


def active(values: Floats, fps: float) -> NDArray[np.bool_]:
    """Return which channels [K] are active anywhere in a clip [T, K]."""
    return np.asarray(active_frames(values, fps).any(0), np.bool_)
