"""Sides, signs and units, pinned by pictures: the subject's left is on the right of the image."""

import numpy as np
import pytest

from cogportrait.face.rig import map_to_keypoints
from cogportrait.facs.channels import CHANNEL_INDEX, CHANNELS, GAZE_CHANNELS, HEAD_CHANNELS
from cogportrait.types import ControlSequence, FloatArray, KeypointSequence, Portrait

NOSE, FOREHEAD, CHIN = 1, 10, 152
LEFT_IRIS, RIGHT_IRIS = 473, 468
LEFT_BROW, RIGHT_BROW = 334, 105
LEFT_LID, RIGHT_LID = 386, 159


def commanded(portrait: Portrait, **values: float) -> KeypointSequence:
    """Return two frames: all zeros, then the values."""
    matrix = np.zeros((2, len(CHANNELS)), np.float32)
    for name, value in values.items():
        matrix[1, CHANNEL_INDEX[name]] = value
    return map_to_keypoints(portrait, ControlSequence.from_matrix(matrix, 25.0))


def moved(portrait: Portrait, point: int, **values: float) -> FloatArray:
    """Return how far a landmark moves, x right and y down in pixels."""
    points = commanded(portrait, **values).points_px
    return points[1, point, :2] - points[0, point, :2]


def test_zeros_are_the_portrait_as_photographed(portrait: Portrait) -> None:
    points = commanded(portrait).points_px
    np.testing.assert_allclose(points[0], portrait.landmarks_px, atol=0.5)


def test_the_subjects_left_is_on_the_right_of_the_image(portrait: Portrait) -> None:
    x = portrait.landmarks_px[:, 0]
    assert x[LEFT_IRIS] > x[RIGHT_IRIS]
    assert x[LEFT_BROW] > x[RIGHT_BROW]


def test_positive_yaw_turns_to_the_subjects_left(portrait: Portrait) -> None:
    assert moved(portrait, NOSE, head_yaw=15.0)[0] > 2


def test_positive_pitch_looks_up(portrait: Portrait) -> None:
    assert moved(portrait, NOSE, head_pitch=15.0)[1] < -2


def test_positive_roll_tilts_to_the_subjects_left_shoulder(portrait: Portrait) -> None:
    top = moved(portrait, FOREHEAD, head_roll=15.0)
    chin = moved(portrait, CHIN, head_roll=15.0)
    assert top[0] - chin[0] > 2


@pytest.mark.parametrize(("channel", "axis", "sign"), [("head_x", 0, 1), ("head_y", 1, -1)])
def test_head_shift_is_in_interocular_distances(
    portrait: Portrait, channel: str, axis: int, sign: int
) -> None:
    corners = portrait.landmarks_px[[263, 362, 33, 133]]
    iod = np.linalg.norm(corners[:2].mean(0) - corners[2:].mean(0))
    shift = moved(portrait, NOSE, **{channel: 0.5})
    assert shift[axis] * sign == pytest.approx(0.5 * iod, rel=0.1)


def test_head_toward_the_camera_grows(portrait: Portrait) -> None:
    points = commanded(portrait, head_z=0.5).points_px
    heights = np.linalg.norm(points[:, FOREHEAD] - points[:, CHIN], axis=-1)
    assert heights[1] > heights[0] * 1.02


@pytest.mark.parametrize(("side", "iris"), [("L", LEFT_IRIS), ("R", RIGHT_IRIS)])
def test_gaze_is_left_and_up_when_positive(portrait: Portrait, side: str, iris: int) -> None:
    assert moved(portrait, iris, **{f"gaze_yaw_{side}": 20.0})[0] > 0.5
    assert moved(portrait, iris, **{f"gaze_pitch_{side}": 15.0})[1] < -0.5


def test_one_eye_moves_without_the_other(portrait: Portrait) -> None:
    assert np.abs(moved(portrait, RIGHT_IRIS, gaze_yaw_L=20.0)).max() < 0.1


@pytest.mark.parametrize(
    ("side", "brow", "other"), [("L", LEFT_BROW, RIGHT_BROW), ("R", RIGHT_BROW, LEFT_BROW)]
)
def test_a_raised_brow_goes_up_on_its_own_side(
    portrait: Portrait, side: str, brow: int, other: int
) -> None:
    own = moved(portrait, brow, **{f"AU02_{side}": 1.0})
    along = moved(portrait, other, **{f"AU02_{side}": 1.0})
    assert own[1] < -1
    assert np.abs(along).max() <= 0.15 * np.abs(own).max()


@pytest.mark.parametrize(
    ("side", "lid", "other"), [("L", LEFT_LID, RIGHT_LID), ("R", RIGHT_LID, LEFT_LID)]
)
def test_a_closing_lid_goes_down_on_its_own_side(
    portrait: Portrait, side: str, lid: int, other: int
) -> None:
    assert moved(portrait, lid, **{f"AU43_{side}": 1.0})[1] > 1
    assert np.abs(moved(portrait, other, **{f"AU43_{side}": 1.0})).max() < 0.1


def test_matrix_columns_and_fields_agree() -> None:
    matrix = np.arange(2 * len(CHANNELS), dtype=np.float32).reshape(2, -1)
    controls = ControlSequence.from_matrix(matrix, 25.0)
    np.testing.assert_array_equal(controls.to_matrix(), matrix)
    np.testing.assert_array_equal(controls.au("AU43_R"), matrix[:, CHANNEL_INDEX["AU43_R"]])
    gaze = [controls.gaze_deg[0, eye, axis] for eye in (0, 1) for axis in (0, 1)]
    assert gaze == [matrix[0, CHANNEL_INDEX[name]] for name in GAZE_CHANNELS]
    head = [controls.head_deg[0, axis] for axis in range(3)]
    assert head == [matrix[0, CHANNEL_INDEX[name]] for name in HEAD_CHANNELS]
