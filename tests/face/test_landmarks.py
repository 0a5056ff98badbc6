"""Named landmarks: left is the mirror image of right, and the few measures made of them."""

import numpy as np
import pytest
from numpy.typing import NDArray

from cogportrait.face import landmarks as lm
from cogportrait.face.rig import rig_data
from cogportrait.types import Portrait

PAIRS = {
    "UPPER_LID": lm.UPPER_LID,
    "LOWER_LID": lm.LOWER_LID,
    "OUTER_CANTHUS": lm.OUTER_CANTHUS,
    "INNER_CANTHUS": lm.INNER_CANTHUS,
    "IRIS_CENTER": lm.IRIS_CENTER,
    "BROW_UPPER": lm.BROW_UPPER,
    "BROW_LOWER": lm.BROW_LOWER,
    "MOUTH_CORNER": lm.MOUTH_CORNER,
    **{f"EYE_RING_UPPER[{i}]": ring for i, ring in enumerate(zip(*lm.EYE_RING_UPPER, strict=True))},
    **{f"EYE_RING_LOWER[{i}]": ring for i, ring in enumerate(zip(*lm.EYE_RING_LOWER, strict=True))},
}
ACROSS = {
    "LIP_UPPER_OUTER": lm.LIP_UPPER_OUTER,
    "LIP_UPPER_INNER": lm.LIP_UPPER_INNER,
    "LIP_LOWER_INNER": lm.LIP_LOWER_INNER,
    "LIP_LOWER_OUTER": lm.LIP_LOWER_OUTER,
}


@pytest.mark.parametrize("name", PAIRS)
def test_left_is_the_mirror_image_of_right(name: str) -> None:
    left, right = (np.atleast_1d(side) for side in PAIRS[name])
    np.testing.assert_array_equal(rig_data().mirror[left], right)


@pytest.mark.parametrize("name", PAIRS)
def test_left_is_the_subjects_left(name: str, portrait: Portrait) -> None:
    left, right = (portrait.landmarks_px[np.atleast_1d(side), 0] for side in PAIRS[name])
    assert left.min() > right.max()


@pytest.mark.parametrize("name", ACROSS)
def test_lips_run_from_image_left_to_right_and_are_their_own_mirror_image(
    name: str, portrait: Portrait
) -> None:
    indices = ACROSS[name]
    np.testing.assert_array_equal(rig_data().mirror[indices], indices[::-1])
    assert (np.diff(portrait.landmarks_px[indices, 0]) > 0).all()


def test_the_oval_and_the_rigid_points_are_named_once() -> None:
    for indices in (lm.FACE_OVAL, lm.RIGID):
        assert len(set(indices.tolist())) == len(indices)
        assert 0 <= indices.min() <= indices.max() < 468


@pytest.mark.parametrize("name", ["UPPER_LID", "LOWER_LID"])
def test_margins_run_from_the_outer_to_the_inner_corner(name: str) -> None:
    for side, margin in enumerate(PAIRS[name]):
        assert margin[0] == lm.OUTER_CANTHUS[side]
        assert margin[-1] == lm.INNER_CANTHUS[side]


def eyes(opening: float) -> NDArray[np.float64]:
    """Return landmarks whose two eyes are 10 wide and `opening` high, 30 apart."""
    points = np.zeros((478, 3))
    for side, center in ((0, 15.0), (1, -15.0)):
        out = 5.0 if side == 0 else -5.0
        u = np.linspace(out, -out, 9)
        for margin, sign in ((lm.UPPER_LID[side], -1), (lm.LOWER_LID[side], 1)):
            points[margin, 0] = center + u
            points[margin[1:-1], 1] = sign * opening / 2
    return points


def test_measures_of_an_eye_made_by_hand() -> None:
    points = eyes(opening=3.0)
    np.testing.assert_allclose(lm.eye_width_px(points), [10, 10])
    np.testing.assert_allclose(lm.aperture_ratio(points), [0.3, 0.3])
    assert lm.interocular_px(points) == pytest.approx(30)


def test_measures_take_any_number_of_faces_and_keep_missing_ones_missing() -> None:
    points = np.stack([eyes(3.0), eyes(0.0), np.full((478, 3), np.nan)])
    np.testing.assert_allclose(lm.aperture_ratio(points)[:, 0], [0.3, 0.0, np.nan])
    np.testing.assert_allclose(lm.interocular_px(points), [30, 30, np.nan])
