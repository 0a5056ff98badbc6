"""Angular errors of gaze and head, in degrees; lower is better.

**Gaze**: the angle between the two directions in which an eye looks, in the head's frame, mean over
both eyes and over frames in which neither lid is closed beyond ``SHUT`` (a hidden eye has no gaze
to be seen). **Head**: the angle of the one rotation that takes one head into the other. Both are
standard (e.g. Zhang et al. 2015; Huynh 2009).

References
----------
Zhang, X. et al. (2015). Appearance-based gaze estimation in the wild. CVPR.
Huynh, D. (2009). Metrics for 3D rotations: comparison and analysis. J. Math. Imaging Vis. 35.
"""

from typing import Final

import numpy as np

from cogportrait.face.pose import rotation
from cogportrait.facs.channels import AU_INDEX, SIDES, au_channel
from cogportrait.metrics.pairs import check_pair
from cogportrait.metrics.scored import Floats
from cogportrait.types import ControlSequence

SHUT: Final = 0.6


def gaze_error_deg(real: ControlSequence, generated: ControlSequence) -> float:
    """Return the mean angular error of gaze, degrees; NaN if an eye is never seen in both.

    Raises
    ------
    MetricError
        The sequences differ in length.
    """
    check_pair(real.gaze_deg, generated.gaze_deg)
    a, b = (_directions(c.gaze_deg.astype(np.float64)) for c in (real, generated))
    between = np.rad2deg(np.arctan2(np.linalg.norm(np.cross(a, b), axis=-1), (a * b).sum(-1)))
    lids = [AU_INDEX[au_channel(43, side)] for side in SIDES]
    seen = (real.aus[:, lids] < SHUT) & (generated.aus[:, lids] < SHUT)
    return float(between[seen].mean()) if seen.any() else float("nan")


def head_error_deg(real: ControlSequence, generated: ControlSequence) -> float:
    """Return the mean angular error of the head, degrees."""
    check_pair(real.head_deg, generated.head_deg)
    one, other = (rotation(c.head_deg.astype(np.float64)) for c in (real, generated))
    turn = np.swapaxes(one, -1, -2) @ other
    # From the skew part and the trace: exact for small angles too, where the arc cosine is not.
    skew = np.stack([
        turn[:, 2, 1] - turn[:, 1, 2], turn[:, 0, 2] - turn[:, 2, 0], turn[:, 1, 0] - turn[:, 0, 1],
    ], -1)  # fmt: skip
    trace = np.trace(turn, axis1=-2, axis2=-1)
    return float(np.rad2deg(np.arctan2(np.linalg.norm(skew, axis=-1), trace - 1)).mean())


def _directions(gaze_deg: Floats) -> Floats:
    """Return unit vectors [..., 3] (toward subject's left, up, ahead) of yaw and pitch [..., 2]."""
    yaw, pitch = np.moveaxis(np.deg2rad(gaze_deg), -1, 0)
    return np.stack([np.sin(yaw) * np.cos(pitch), np.sin(pitch), np.cos(yaw) * np.cos(pitch)], -1)
