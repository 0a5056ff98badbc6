"""A shift of gaze that cannot be is left out, and the others stay."""

import numpy as np

from cogportrait.agents.repair_gaze import redraw_gaze
from cogportrait.types import ControlSequence

RATE = 250.0


def test_only_the_shifts_of_a_time_are_deleted() -> None:
    controls = ControlSequence.zeros(1500, RATE)
    for start_s, yaw in ((1.0, 12.0), (3.0, -10.0), (5.0, 6.0)):
        controls.gaze_deg[round(start_s * RATE) :, :, 0] = yaw
    for without, expected in (((), (12, -10, 6)), (((2.9, 3.1),), (12, 12, 6))):
        yaw = redraw_gaze(controls, without).gaze_deg[:, 0, 0]
        places = [yaw[round(t * RATE)] for t in (2.0, 4.0, 5.8)]
        np.testing.assert_allclose(places, expected, atol=0.1)
