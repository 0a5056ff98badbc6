"""A picture taken apart into person and background, and laid together again."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from cogportrait.renderers.warp import backdrop
from cogportrait.renderers.warp.backdrop import (
    Layers,
    fill_background,
    membrane,
    shown_through,
    take_apart,
)
from cogportrait.renderers.warp.scene import Scene
from cogportrait.types import Frame

MARGIN = 6


def together(layers: Layers) -> Frame:
    """Return person over still background."""
    absent = np.ascontiguousarray(255 - layers.person[..., 3])
    return layers.person[..., :3] + shown_through(layers.still, absent)


def disc() -> tuple[Frame, NDArray[np.floating], Frame]:
    """Return a soft red disc over a slope of color, its opacity, and the slope."""
    y, x = np.mgrid[:120, :160]
    slope = np.stack([x, y, np.full_like(x, 90)], -1).astype(np.float32)
    alpha = np.clip((32 - np.hypot(x - 80, y - 60)) / 4, 0, 1).astype(np.float32)
    image = alpha[..., None] * np.float32([220, 20, 20]) + (1 - alpha[..., None]) * slope
    return image.round().astype(np.uint8), alpha, slope.astype(np.uint8)


def beside_of(alpha: NDArray[np.floating]) -> NDArray[np.bool_]:
    y, x = np.mgrid[:120, :160]
    return (alpha == 0) & (np.hypot(x - 80, y - 60) > 32 + MARGIN)


@given(st.integers(0, 2**32 - 1))
def test_layers_of_any_picture_give_it_back_bit_for_bit(seed: int) -> None:
    rng = np.random.default_rng(seed)
    image = rng.integers(0, 256, (40, 48, 3), np.uint8)
    alpha = np.clip(rng.uniform(-0.5, 1.5, (40, 48)), 0, 1).astype(np.float32)
    layers = take_apart(image, alpha, alpha == 0, 4)
    np.testing.assert_array_equal(together(layers), image)


def test_layers_of_a_portrait_give_it_back_bit_for_bit(scene: Scene) -> None:
    np.testing.assert_array_equal(together(scene.layers), scene.portrait.image)


@given(st.integers(0, 2**32 - 1))
def test_so_do_layers_that_are_worked_out_at_a_smaller_size(seed: int) -> None:
    rng = np.random.default_rng(seed)
    image = rng.integers(0, 256, (150, 96, 3), np.uint8)
    alpha = np.clip(rng.uniform(-0.5, 1.5, (50, 32)), 0, 1).astype(np.float32)
    layers = take_apart(image, alpha, alpha == 0, 4)
    assert layers.person.shape == (150, 96, 4)
    np.testing.assert_array_equal(together(layers), image)


def test_what_is_worked_out_at_a_smaller_size_is_about_the_same() -> None:
    image, alpha, _ = disc()
    large = cv2.resize(image, None, fx=4, fy=4, interpolation=cv2.INTER_CUBIC)
    small = take_apart(image, alpha, beside_of(alpha), MARGIN)
    layers = take_apart(np.asarray(large, np.uint8), alpha, beside_of(alpha), MARGIN)
    for one, other in ((small.filled, layers.filled), (small.person, layers.person)):
        shrunk = cv2.resize(other, (160, 120), interpolation=cv2.INTER_AREA)
        assert np.abs(shrunk.astype(int) - one).mean() < 2
    far = np.s_[:40, :40]  # nothing of the person: the photograph to the bit
    np.testing.assert_array_equal(layers.filled[far], large[far])


def test_sure_background_stays_and_the_person_is_gone() -> None:
    image, alpha, slope = disc()
    beside = beside_of(alpha)
    layers = take_apart(image, alpha, beside, MARGIN)
    np.testing.assert_array_equal(layers.filled[beside], image[beside])
    difference = np.abs(layers.filled.astype(int) - slope)
    assert difference.mean() < 4
    assert difference[60, 80].max() < 25


def test_the_rim_of_a_person_carries_no_background_along() -> None:
    """Light at the rim, divided by the opacity, is the person's color and not a mixture."""
    image, alpha, _ = disc()
    layers = take_apart(image, np.clip(alpha * 1.4, 0, 1), beside_of(alpha), MARGIN)
    opacity = layers.person[..., 3].astype(float)
    rim = (alpha > 0.4) & (alpha < 0.8)
    color = layers.person[..., :3][rim] / opacity[rim][:, None] * 255
    mixed = image[rim].astype(float)
    wrong, before = (np.abs(c - [220, 20, 20]).mean() for c in (color, mixed))
    assert wrong < 0.5 * before


def test_a_single_hair_next_to_the_outline_belongs_to_the_person() -> None:
    image, alpha, _ = disc()
    image[60, 112:116] = (200, 25, 30)
    layers = take_apart(image, alpha, beside_of(alpha), MARGIN)
    assert layers.person[60, 113, 3] > 60
    assert layers.person[70, 116, 3] < 20


def test_loose_hair_is_not_mirrored_into_the_hole() -> None:
    image, alpha, _ = disc()
    clean = take_apart(image, alpha, beside_of(alpha), MARGIN).filled
    image[58:62, 119:126] = 0
    layers = take_apart(image, alpha, beside_of(alpha), MARGIN)
    hole = np.hypot(*np.mgrid[-60:60, -80:80]) < 32 + MARGIN - 1
    np.testing.assert_array_equal(layers.still[60, 122], 0)  # but stays as long as nothing moves
    assert np.abs(layers.filled.astype(int) - clean)[hole].max() < 20


def test_a_pattern_goes_on_into_the_hole() -> None:
    y, x = np.mgrid[:120, :160]
    stripes = np.repeat((128 + 60 * np.sin(y / 3.0))[..., None], 3, -1).astype(np.uint8)
    keep = x > 80
    filled = fill_background(stripes, keep, MARGIN)
    np.testing.assert_array_equal(filled[:, 81:], stripes[:, 81:])
    assert np.abs(filled.astype(int) - stripes)[10:-10, 74:80].mean() < 10
    assert filled[:, 10].std() < 15  # far inside it is smooth


@pytest.mark.parametrize("shape", [(40, 40), (5, 90), (3, 3)])
def test_a_picture_without_background_is_left_as_it_is(shape: tuple[int, int]) -> None:
    image = np.full((*shape, 3), 77, np.uint8)
    layers = take_apart(image, np.ones(shape, np.float32), np.zeros(shape, np.bool_), 2)
    np.testing.assert_array_equal(layers.person[..., :3], image)
    np.testing.assert_array_equal(layers.person[..., 3], 255)


def test_a_membrane_keeps_what_is_known_and_lies_between() -> None:
    y, x = np.mgrid[:48, :64]
    plane = np.stack([x, y, x + y], -1).astype(np.float32)
    known = np.hypot(x - 32, y - 24) > 12
    relaxed = membrane(plane, known)
    np.testing.assert_array_equal(relaxed[known], plane[known])
    assert np.abs(relaxed - plane).max() < 3  # a plane solves Laplace's equation


def test_a_beam_beside_the_person_is_background_and_a_strand_of_hair_is_not() -> None:
    y, x = np.mgrid[:160, :240]
    beside = np.hypot(x - 60, y - 80) > 44
    color = 150 + np.random.default_rng(0).normal(0, 2, (160, 240, 3)).astype(np.float32)
    beam, strand = np.s_[70:90, 100:130], np.s_[30:32, 60:120]
    color[beam] = color[strand] = 20
    odd = backdrop._odd(color, beside, 10)
    assert not odd[70:90, 106:118].any()
    assert odd[30:32, 80:110].all()


def test_a_hole_that_reaches_the_border_is_filled_without_an_edge() -> None:
    """Above the hole lies no picture to mirror; the fill passes over to the membrane softly."""
    y, x = np.mgrid[:160, :200]
    slope = np.dstack([60 + x * 0.6, 90 + y * 0.5, 120 + 0.4 * (x + y)])
    image = np.clip(slope + (60 * np.sin(x / 9))[..., None], 0, 255).astype(np.uint8)
    keep = np.hypot(x - 100, y - 60) > 66
    filled = fill_background(image, keep, 8).astype(float)
    hole = cv2.erode((~keep).astype(np.uint8), np.ones((5, 5))) > 0
    assert (np.abs(np.diff(filled, axis=1)).max(-1) * hole[:, 1:]).max() < 30
    assert (np.abs(np.diff(filled, axis=0)).max(-1) * hole[1:]).max() < 15
