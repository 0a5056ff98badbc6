"""The person is told from the background."""

import cv2
import numpy as np
import pytest

from cogportrait.face import landmarks as lm
from cogportrait.renderers.warp.matte import head_outline, person_matte, sure_background
from cogportrait.types import Portrait


@pytest.fixture(scope="module")
def alpha(closeup: Portrait) -> np.ndarray:
    return person_matte(closeup)


def test_the_matte_is_one_on_the_face(closeup: Portrait, alpha: np.ndarray) -> None:
    assert alpha.shape == closeup.image.shape[:2]
    center = closeup.landmarks_px[lm.FACE_OVAL, :2].mean(0)
    inner = center + 0.9 * (closeup.landmarks_px[:468, :2] - center)
    x, y = inner.round().astype(int).T
    np.testing.assert_allclose(alpha[y, x], 1, atol=0.01)


def test_the_matte_is_zero_in_the_far_corners_of_the_background(alpha: np.ndarray) -> None:
    assert alpha[:60, :60].max() < 0.02
    assert alpha[:60, -60:].max() < 0.02


def test_the_matte_covers_hair_and_chest(closeup: Portrait, alpha: np.ndarray) -> None:
    top, chin = closeup.landmarks_px[[lm.FOREHEAD_TOP, lm.CHIN], :2]
    x, y = (top + 0.15 * (top - chin)).round().astype(int)
    assert alpha[y, x] > 0.95
    assert alpha[-20:, 200:300].min() > 0.95


def test_the_matte_is_the_same_every_time(closeup: Portrait, alpha: np.ndarray) -> None:
    np.testing.assert_array_equal(person_matte(closeup), alpha)


def test_a_face_that_fills_the_picture_is_all_person(closeup: Portrait) -> None:
    x0, y0 = closeup.landmarks_px[lm.NOSE_TIP, :2].astype(int) - 40
    tight = Portrait(
        np.ascontiguousarray(closeup.image[y0 : y0 + 80, x0 : x0 + 80]),
        closeup.landmarks_px - np.float32([x0, y0, 0]),
        closeup.blendshapes,
        closeup.head_matrix,
    )
    assert person_matte(tight).min() == 1


def test_sure_background_keeps_away_from_the_person(closeup: Portrait, alpha: np.ndarray) -> None:
    beside = sure_background(closeup, alpha, 8)
    assert beside[:60, :60].all()
    assert alpha[beside].max() < 0.02
    cross = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
    near = cv2.dilate((alpha >= 0.02).astype(np.uint8), cross) > 0
    assert not (beside & near).any()


def test_the_outline_of_the_head_leaves_out_thin_things(closeup: Portrait) -> None:
    points = closeup.landmarks_px[lm.FACE_OVAL, :2]
    center, half = points.mean(0), np.ptp(points, axis=0) / 2
    head = np.zeros(closeup.image.shape[:2], np.uint8)
    middle = (round(float(center[0])), round(float(center[1])))
    cv2.ellipse(head, middle, (round(half[0] * 1.2), round(half[1] * 1.3)), 0, 0, 360, 255, -1)
    edge = round(float(center[0] + half[0] * 1.2))
    ear = head.copy()
    cv2.rectangle(ear, (edge - 3, middle[1] - 4), (edge + 12, middle[1] + 4), 255, -1)
    outline = head_outline(closeup, ear)
    assert outline[middle[1], middle[0]] == 255
    assert outline[middle[1], edge + 10] < 30
