"""The person is told from the background, and the background is filled in behind the person."""

import numpy as np
import pytest

from cogportrait.face import landmarks as lm
from cogportrait.renderers.warp.matte import fill_background, person_matte
from cogportrait.renderers.warp.scene import Scene
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


def test_filling_keeps_the_pixels_of_the_background(closeup: Portrait, alpha: np.ndarray) -> None:
    filled = fill_background(closeup.image, alpha, 4)
    np.testing.assert_array_equal(filled[:60, :60], closeup.image[:60, :60])
    kept = (filled == closeup.image).all(-1)
    assert kept[alpha < 0.02].mean() > 0.6
    assert kept[alpha > 0.9].mean() < 0.05


def test_a_filled_person_is_gone() -> None:
    y, x = np.mgrid[:120, :160]
    image = np.stack([x, y, np.full_like(x, 90)], -1).astype(np.uint8)
    alpha = (np.hypot(x - 80, y - 60) < 30).astype(np.float32)
    painted = image.copy()
    painted[alpha > 0] = (255, 0, 0)
    filled = fill_background(painted, alpha, 2)
    difference = np.abs(filled.astype(int) - image)
    assert difference[alpha == 0].mean() < 1
    assert difference[alpha > 0].mean() < 12
    assert (filled[60, 80].astype(int) < 150).all()


def test_a_picture_without_background_is_left_as_it_is() -> None:
    image = np.full((40, 40, 3), 77, np.uint8)
    np.testing.assert_array_equal(fill_background(image, np.ones((40, 40), np.float32), 2), image)


def test_a_face_that_fills_the_picture_is_all_person(closeup: Portrait) -> None:
    x0, y0 = closeup.landmarks_px[lm.NOSE_TIP, :2].astype(int) - 40
    tight = Portrait(
        np.ascontiguousarray(closeup.image[y0 : y0 + 80, x0 : x0 + 80]),
        closeup.landmarks_px - np.float32([x0, y0, 0]),
        closeup.blendshapes,
        closeup.head_matrix,
    )
    assert person_matte(tight).min() == 1


def test_the_scene_carries_the_matte_beside_the_picture(scene: Scene, alpha: np.ndarray) -> None:
    np.testing.assert_array_equal(scene.layered[..., :3], scene.portrait.image)
    np.testing.assert_array_equal(scene.layered[..., 3], (alpha * 255).round())
