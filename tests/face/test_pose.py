"""Head angles: signs as in FACS, and rotation matrices that give them back."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cogportrait.face.pose import CAMERA_TO_IMAGE, angles_deg, head_angles_deg, rotation

NOSE = np.array([0.0, 0.0, -1.0])  # image frame: x right, y down, z away from the camera
CROWN = np.array([0.0, -1.0, 0.0])

Angles = tuple[float, float, float]
angles = st.tuples(
    st.floats(-85, 85, allow_subnormal=False),
    st.floats(-85, 85, allow_subnormal=False),
    st.floats(-170, 170, allow_subnormal=False),
)


def turned(yaw: float = 0.0, pitch: float = 0.0, roll: float = 0.0) -> np.ndarray:
    return rotation(np.array([yaw, pitch, roll]))


def test_the_nose_moves_to_the_image_right_with_positive_yaw() -> None:
    assert (turned(yaw=20) @ NOSE)[0] == pytest.approx(np.sin(np.deg2rad(20)))


def test_the_nose_moves_up_with_positive_pitch() -> None:
    assert (turned(pitch=20) @ NOSE)[1] == pytest.approx(-np.sin(np.deg2rad(20)))


def test_the_crown_moves_to_the_image_right_with_positive_roll() -> None:
    assert (turned(roll=20) @ CROWN)[0] == pytest.approx(np.sin(np.deg2rad(20)))


def test_no_angle_is_no_rotation() -> None:
    np.testing.assert_array_equal(turned(), np.eye(3))


@given(angles)
def test_angles_come_back_from_their_rotation(head: Angles) -> None:
    np.testing.assert_allclose(angles_deg(rotation(np.array(head))), head, atol=1e-6)


@given(angles)
def test_rotations_keep_lengths_and_handedness(head: Angles) -> None:
    R = rotation(np.array(head))
    np.testing.assert_allclose(R @ R.T, np.eye(3), atol=1e-12)
    assert np.linalg.det(R) == pytest.approx(1)


def test_many_heads_are_turned_at_once() -> None:
    heads = np.array([[10.0, -5.0, 3.0], [-20.0, 15.0, 0.0]])
    np.testing.assert_allclose(rotation(heads), np.stack([rotation(h) for h in heads]))
    np.testing.assert_allclose(angles_deg(rotation(heads[None])), heads[None], atol=1e-9)


@given(angles, st.floats(0.2, 5))
def test_angles_are_read_from_a_head_matrix_of_any_scale(head: Angles, scale: float) -> None:
    matrix = np.eye(4)
    matrix[:3, :3] = scale * CAMERA_TO_IMAGE @ rotation(np.array(head)) @ CAMERA_TO_IMAGE
    matrix[:3, 3] = (3.0, -2.0, -40.0)
    np.testing.assert_allclose(head_angles_deg(matrix), head, atol=1e-6)
