"""Other lights and shapes of a face, and faces between two: pixels and keypoints stay together."""

from pathlib import Path

import numpy as np
import pytest
from tests.emh.filmed import close_up

from cogportrait.errors import InputError
from cogportrait.face.landmarker import track_portrait
from cogportrait.train.footage import is_of
from cogportrait.train.looks import Look, draw_look, looking, looks, mixed
from cogportrait.train.scenes import mixes, scenes

SIZE = 96
SHAPES = (
    Look(wider=1.08),
    Look(larger=0.92),
    Look(turned_deg=7.0),
    Look(moved=(0.03, -0.04)),
    Look(wider=0.93, larger=1.05, turned_deg=-6.0, moved=(-0.02, 0.02)),
)


@pytest.mark.parametrize("look", SHAPES)
def test_keypoints_go_where_their_pixels_go(look: Look) -> None:
    """Squares of a picture have their middles where they are placed."""
    frames = np.zeros((1, SIZE, SIZE, 3), np.uint8)
    middles = np.array([[[30.0, 30.0], [66.0, 58.0]]])
    for x, y in middles[0].astype(int):
        frames[0, y - 4 : y + 5, x - 4 : x + 5] = 200
    seen, placed = looking(frames, middles, look)
    for (x, y), near in zip(placed[0], (np.s_[:, :48], np.s_[:, 48:]), strict=True):
        red = seen[0, ..., 0][near].astype(float)
        ys, xs = np.mgrid[: red.shape[0], : red.shape[1]]
        left = near[1].start or 0
        assert (xs * red).sum() / red.sum() + left == pytest.approx(x, abs=0.15)
        assert (ys * red).sum() / red.sum() == pytest.approx(y, abs=0.15)
    assert np.abs(placed - middles).max() > 0.5


def test_light_is_that_of_the_look() -> None:
    gray = np.full((2, SIZE, SIZE, 3), 128, np.uint8)
    level = 128 / 255
    seen, _ = looking(gray, np.zeros((2, 1, 2)), Look(gamma=(2.0, 1.0, 0.5), gain=0.5))
    wanted = [255 * 0.5 * level**g for g in (2.0, 1.0, 0.5)]
    np.testing.assert_allclose(seen.reshape(-1, 3), np.tile(wanted, (2 * SIZE**2, 1)), atol=0.51)
    lower, _ = looking(gray, np.zeros((2, 1, 2)), Look(shift=(0.0, 10.0, -20.0)))
    assert lower[0, 0, 0].tolist() == [128, 138, 108]
    aside, _ = looking(gray, np.zeros((2, 1, 2)), Look(side=(0.25, 0.0)))
    assert aside[0, 50, [0, -1], 0].tolist() == [96, 160]
    assert (aside[0, 0] == aside[0, -1]).all()


def test_looks_are_others_each_time_and_the_same_again() -> None:
    found = list(looks("clip", 5, 0))
    assert len({*found}) == 5
    assert found == list(looks("clip", 5, 0))
    assert found != list(looks("other", 5, 0))
    assert draw_look(np.random.default_rng(1)) != Look()


def test_every_second_pair_of_scenes_of_a_portrait_looks_otherwise() -> None:
    """A label and a movement in the portrait's own light, then both in another."""
    found = [look for _, _, look in scenes("someone", 8, 0)]
    own = [look == Look() for look in found]
    assert own == [True, True, False, False] * 2
    assert found == [look for _, _, look in scenes("someone", 8, 0)]


def test_a_mixed_face_lies_between_two() -> None:
    """Its landmarks, found in the picture, are nearer to the middle than those of either."""
    one = close_up()
    squeezed = np.ascontiguousarray(one.image[:, ::-1] // 2 + 40)
    other = track_portrait(squeezed, name="mirrored", to_draw=False)
    seen = track_portrait(mixed(one, other, 0.5), name="mixed", to_draw=False)
    a, b, found = (p.landmarks_px[:, :2] for p in (one, other, seen))
    far = np.linalg.norm(a - b, axis=1).mean()
    assert far > 4
    assert np.linalg.norm(found - (a + b) / 2, axis=1).mean() < 0.4 * far / 2
    np.testing.assert_array_equal(mixed(one, other, 0.0), one.image)


def test_mixes_are_of_different_pictures() -> None:
    pictures = [Path(f"{name}.png") for name in "abc"]
    found = list(mixes(pictures, 9, 0))
    assert all(one != other for *_, (one, other), _ in found)
    assert len({name for name, *_ in found}) == 9
    assert found == list(mixes(pictures, 9, 0))
    with pytest.raises(InputError, match="expected two portraits or more, got 1"):
        list(mixes(pictures[:1], 1, 0))


def test_a_mixed_person_is_of_both() -> None:
    assert is_of("a+b", ["b"])
    assert is_of("a", ["a"])
    assert not is_of("a+b", ["c"])
    assert is_of("a+b", ["a+b"])
