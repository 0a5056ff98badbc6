"""What training looks at most."""

import numpy as np
import torch
from tests.train.made import footage

from cogportrait.face import landmarks as lm
from cogportrait.train.watching import EYES, IRIS_IOD, IRISES, iris_map, watched

SIDE, CELLS = 128, (16, 16)


def face() -> np.ndarray:
    """Return keypoints with irises at (41, 60) and (85, 60), eyes 44 px apart."""
    points = np.zeros((2, 478, 2), np.float32)
    for (outer, inner), iris, x, out in zip(
        zip(lm.OUTER_CANTHUS, lm.INNER_CANTHUS, strict=True), lm.IRIS_CENTER, (85, 41), (1, -1),
        strict=True,
    ):  # fmt: skip
        points[:, outer], points[:, inner] = (x + 9 * out, 60), (x - 9 * out, 60)
        points[:, iris] = x, 60
    return points


def test_irises_are_where_they_look_and_as_wide_as_the_eyes_are_apart() -> None:
    points = face()
    found = iris_map(points, SIDE, (SIDE, SIDE))[0]
    assert found[60, 41] == found[60, 85] == 1
    width = IRIS_IOD * 44
    np.testing.assert_allclose(found[60, 41 + 5], np.exp(-0.5 * (5 / width) ** 2), rtol=1e-5)
    np.testing.assert_allclose(found[60 + 5, 85], np.exp(-0.5 * (5 / width) ** 2), rtol=1e-5)
    assert found[60, 63] < 1e-3  # between the eyes
    points[:, lm.IRIS_CENTER[1], 0] += 4
    moved = iris_map(points, SIDE, (SIDE, SIDE))[0]
    assert moved[60].argmax() in {45, 85}
    assert moved[60, 41] < 1


def test_a_latent_frame_has_the_mean_of_its_frames() -> None:
    points = footage("a", 5).points_px
    each = watched(points, SIDE, CELLS)
    both = watched(points, SIDE, CELLS, [1, 4])
    assert each.shape == (2, 5, *CELLS)
    assert both.shape == (2, 2, *CELLS)
    torch.testing.assert_close(both[:, 1], each[:, 1:].mean(1))
    assert float(each[IRISES].mean()) < float(each[EYES].mean())
