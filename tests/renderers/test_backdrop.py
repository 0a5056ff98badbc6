"""Person and background are taken apart, and the background goes on behind the person."""

import cv2
import numpy as np
import pytest

from cogportrait.renderers.warp.backdrop import (
    Layers,
    fill_background,
    membrane,
    shown_through,
    take_apart,
)
from cogportrait.renderers.warp.matte import person_matte, sure_background
from cogportrait.types import Portrait

MARGIN = 8


@pytest.fixture(scope="module")
def layers(closeup: Portrait) -> Layers:
    alpha = person_matte(closeup)
    return take_apart(closeup.image, alpha, sure_background(closeup, alpha, MARGIN), MARGIN)


def test_the_layers_laid_over_each_other_are_the_picture(closeup: Portrait, layers: Layers) -> None:
    opacity = np.ascontiguousarray(layers.person[..., 3])
    through = shown_through(layers.still, np.asarray(cv2.bitwise_not(opacity), np.uint8))
    together = cv2.add(np.ascontiguousarray(layers.person[..., :3]), through)
    np.testing.assert_array_equal(together, closeup.image)


def test_the_person_is_opaque_in_the_face_and_absent_in_the_corners(
    closeup: Portrait, layers: Layers
) -> None:
    x, y = closeup.landmarks_px[:468, :2].mean(0).round().astype(int)
    assert layers.person[y, x, 3] == 255
    assert layers.person[:40, :40, 3].max() < 8


def test_filling_keeps_the_pixels_of_the_background(closeup: Portrait) -> None:
    keep = sure_background(closeup, person_matte(closeup), MARGIN)
    filled = fill_background(closeup.image, keep, MARGIN)
    np.testing.assert_array_equal(filled[keep], closeup.image[keep])
    assert (filled == closeup.image).all(-1)[~keep].mean() < 0.1


def test_a_filled_person_is_gone() -> None:
    y, x = np.mgrid[:120, :160]
    image = np.stack([x, y, np.full_like(x, 90)], -1).astype(np.uint8)
    hole = np.hypot(x - 80, y - 60) < 30
    painted = image.copy()
    painted[hole] = (255, 0, 0)
    filled = fill_background(painted, ~hole, 4)
    difference = np.abs(filled.astype(int) - image)
    assert difference[~hole].max() == 0
    assert difference[hole].mean() < 12
    assert (filled[60, 80].astype(int) < 150).all()


def test_a_picture_without_background_is_left_as_it_is() -> None:
    image = np.full((40, 40, 3), 77, np.uint8)
    np.testing.assert_array_equal(fill_background(image, np.zeros((40, 40), np.bool_), 2), image)


def test_a_membrane_goes_straight_between_its_edges() -> None:
    ramp = np.repeat(np.arange(64, dtype=np.float32)[None, :, None], 48, axis=0).repeat(3, -1)
    keep = np.ones((48, 64), np.bool_)
    keep[12:36, 16:48] = False
    damaged = np.where(keep[..., None], ramp, np.float32(255))
    np.testing.assert_allclose(membrane(damaged, keep), ramp, atol=1.0)
