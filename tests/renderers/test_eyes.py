"""The layers of an eye: what lies behind the lids is whole, and lids cover it."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from tests.renderers.conftest import Draw
from tests.renderers.motions import both, controls

from cogportrait.face.rig import map_to_keypoints
from cogportrait.renderers.warp.eye import eye_motion
from cogportrait.renderers.warp.eye_layer import EyeLayer, build_eye, curve_grid
from cogportrait.renderers.warp.eye_plates import lid_shadow, white_of_other
from cogportrait.renderers.warp.lids import lashes_down
from cogportrait.renderers.warp.scene import Scene
from cogportrait.types import Portrait


@pytest.fixture(params=[0, 1], ids=["left", "right"])
def eye(scene: Scene, request: pytest.FixtureRequest) -> EyeLayer:
    return scene.eyes[request.param]


def iris_of(eye: EyeLayer) -> tuple[np.ndarray, np.ndarray]:
    """Return the colours of the iris picture and the distance from its center in radii."""
    n = eye.plates.iris.shape[0]
    y, x = np.mgrid[:n, :n] / (n - 1) * 2 - 1
    return eye.plates.iris[..., :3], np.hypot(x, y)


def test_the_iris_is_completed_to_a_whole_disk(eye: EyeLayer) -> None:
    assert np.isfinite(eye.plates.iris).all()
    assert eye.plates.iris[..., :3].min() >= -1
    assert eye.plates.iris[..., :3].max() <= 300
    _, r = iris_of(eye)
    opacity = eye.plates.iris[..., 3]
    np.testing.assert_allclose(opacity[r < 0.65], 1)
    np.testing.assert_allclose(opacity[r > 0.85], 0)


def test_the_hidden_upper_part_of_the_iris_looks_like_the_rest(eye: EyeLayer) -> None:
    color, r = iris_of(eye)
    n = len(color)
    ring = (r > 0.35) & (r < 0.6)
    top, bottom = (color[: n // 3][ring[: n // 3]], color[-n // 3 :][ring[-n // 3 :]])
    assert 0.6 < top.mean() / bottom.mean() < 1.6


def test_the_sclera_is_brighter_than_the_iris(eye: EyeLayer) -> None:
    color, r = iris_of(eye)
    iris = color[(r > 0.3) & (r < 0.55)].mean()
    rows, cols = eye.plates.sclera.shape[:2]
    middle = eye.plates.sclera[rows // 3 : -rows // 3, cols // 5 : -cols // 5]
    assert np.median(middle.mean(-1)) > 1.2 * iris


def test_plates_are_finite_and_highlights_only_add_light(eye: EyeLayer) -> None:
    assert np.isfinite(eye.plates.sclera).all()
    assert np.isfinite(eye.plates.glint).all()
    assert eye.plates.glint.min() >= 0


def test_the_upper_lid_shades_the_eyeball_right_below_it() -> None:
    shade = lid_shadow(np.array([0.0, 0.05, 0.5], np.float32))
    assert 0.5 < shade[0] < shade[1] < shade[2] <= 1


def test_margins_at_rest_run_through_the_landmarks(scene: Scene, eye: EyeLayer) -> None:
    motion = eye_motion(eye, scene.portrait.landmarks_px, 0.0)
    assert motion.active == 0
    np.testing.assert_allclose(motion.upper, eye.upper, atol=1e-6)
    np.testing.assert_allclose(motion.flat, 1, atol=0.15)


def test_closed_margins_are_one_curve(scene: Scene, eye: EyeLayer) -> None:
    face = map_to_keypoints(scene.portrait, controls(both("AU43", 1.0))).face_px[0]
    motion = eye_motion(eye, face, 1.0)
    assert motion.active == 1
    np.testing.assert_allclose(motion.upper, motion.lower, atol=0.02)


def test_lids_meet_at_the_outer_corner_first(scene: Scene, eye: EyeLayer) -> None:
    face = map_to_keypoints(scene.portrait, controls(both("AU43", 0.85))).face_px[0]
    motion = eye_motion(eye, face, 0.85)
    outer = curve_grid() if eye.rest.side == 0 else -curve_grid()
    left = (motion.lower - motion.upper) / np.maximum(eye.lower - eye.upper, 1e-3)
    beside, middle = (left[np.abs(outer - u) < 0.04].mean() for u in (0.38, 0.0))
    assert 0 <= beside < 0.7 * middle


def eye_pixels(scene: Scene, frame: np.ndarray, side: int) -> np.ndarray:
    """Return the pixels in which the photograph shows the middle of an eye."""
    rest = scene.eyes[side].rest
    t = np.linspace(0.2, 0.8, 9)[:, None, None]
    points = (1 - t) * rest.upper[2:7] + t * rest.lower[2:7]
    x, y = points.reshape(-1, 2).round().astype(int).T
    return frame[y, x].astype(float)


def skin_pixels(portrait: Portrait) -> np.ndarray:
    x, y = portrait.landmarks_px[[50, 280, 205, 425], :2].round().astype(int).T
    return portrait.image[y, x].astype(float)


def test_closed_lids_show_skin_and_neither_iris_nor_sclera(scene: Scene, draw: Draw) -> None:
    opened, shut = draw({}, both("AU43", 1.0))
    skin = skin_pixels(scene.portrait).mean(0)
    for side in (0, 1):
        before, after = (np.median(eye_pixels(scene, f, side), axis=0) for f in (opened, shut))
        assert np.abs(after - skin).mean() < 0.6 * np.abs(before - skin).mean()
        assert after[0] > after[2]  # skin is warmer than eyes are


@pytest.mark.parametrize("yaw", [-25.0, 25.0])
def test_sclera_appears_where_the_iris_was(scene: Scene, draw: Draw, yaw: float) -> None:
    still, turned = draw({}, both("gaze_yaw", yaw))
    for side in (0, 1):
        rest = scene.eyes[side].rest
        behind = rest.iris - np.sign(yaw) * 0.75 * rest.iris_radius * rest.across
        x, y = behind.round().astype(int)
        patch = np.s_[y - 1 : y + 2, x - 1 : x + 2]
        assert turned[patch].mean() > still[patch].mean() + 15


def test_the_iris_is_covered_and_not_squashed_by_a_half_closed_lid(
    scene: Scene, draw: Draw
) -> None:
    still, half = draw({}, both("AU43", 0.45))
    for side in (0, 1):
        rest = scene.eyes[side].rest
        x, y = (rest.iris + 0.45 * rest.iris_radius * rest.down).round().astype(int)
        patch = np.s_[y - 1 : y + 2, x - 2 : x + 3]
        assert abs(half[patch].mean() - still[patch].mean()) < 30


def test_a_lid_that_follows_the_eye_down_takes_its_lashes_along(eye: EyeLayer) -> None:
    opening = float((eye.lower - eye.upper).max())
    assert lashes_down(eye, np.zeros((1, 4), np.float32)) == 0
    assert lashes_down(eye, np.full((1, 4), 0.7 * opening, np.float32)) == 1


def test_liner_beside_the_eye_is_taken_for_no_skin_and_hair_past_it_is_left(
    closeup: Portrait,
) -> None:
    """A dark wing drawn on the skin is hidden by skin; a dark strand above and below is not."""
    plain = build_eye(closeup, 0)
    rest, width = plain.rest, plain.rest.width

    def place(u: float, v: float) -> tuple[int, int]:
        x, y = (rest.origin + width * (u * rest.across + v * rest.down)).round().astype(int)
        return int(x), int(y)

    def seen(image: np.ndarray, at: tuple[int, int]) -> np.ndarray:
        skin = build_eye(replace(closeup, image=image), 0).skin
        return skin.bare[at[1] - skin.corner[1], at[0] - skin.corner[0]].astype(int)

    thick = max(2, round(0.06 * width))
    wing, strand = closeup.image.copy(), closeup.image.copy()
    cv2.line(wing, place(0.48, -0.02), place(0.70, -0.14), (20, 15, 15), thick)
    cv2.line(strand, place(0.66, -0.6), place(0.66, 0.6), (20, 15, 15), 2 * thick)
    at = place(0.58, -0.075)
    brow = place(0.2, -0.22)
    skin = closeup.image[brow[1], brow[0]].astype(int)
    *color, opacity = seen(wing, at)
    assert opacity > 150
    assert np.mean(color) > 0.6 * np.mean(skin)
    assert seen(strand, place(0.66, 0.0))[3] < 60


def test_a_shadow_beside_the_nose_goes_on_over_a_shut_lid(closeup: Portrait) -> None:
    """A lid has the light around it toward its corners: no pale disc in a dark socket."""
    rest = build_eye(closeup, 0).rest
    y, x = np.mgrid[: closeup.image.shape[0], : closeup.image.shape[1]]
    along = (np.stack([x, y], -1) - rest.origin) @ rest.across / rest.width
    dim = 1 - 0.5 / (1 + np.exp((along + 0.5) / 0.05))  # the left eye's inner corner is at -0.5
    shaded = replace(closeup, image=(closeup.image * dim[..., None]).astype(np.uint8))

    def light(portrait: Portrait, u: float) -> float:
        eye = build_eye(portrait, 0)
        at = rest.origin + rest.width * (u * rest.across - 0.05 * rest.down)
        x, y = (at - eye.skin.corner).round().astype(int)
        return float(eye.skin.lid[y, x].mean())

    near, far = (light(shaded, u) / light(closeup, u) for u in (-0.46, 0.3))
    assert near < 0.85
    assert far > 0.93


def test_white_that_hair_hides_is_taken_from_the_other_eye(eye: EyeLayer) -> None:
    brown = replace(eye.plates, sclera=0.4 * eye.plates.sclera, seen=0.5)
    taken = white_of_other(brown, eye.plates)
    assert taken.sclera.mean() > 1.5 * brown.sclera.mean()
    own = eye.plates.sclera
    mirrored = own[:, -6] / own[:, 5]
    np.testing.assert_allclose(taken.sclera[:, 5] / taken.sclera[:, -6], mirrored, rtol=1e-3)
    assert white_of_other(replace(brown, seen=0.9), eye.plates).sclera is brown.sclera
    assert white_of_other(replace(eye.plates, seen=0.5), eye.plates).sclera is eye.plates.sclera
    assert white_of_other(brown, replace(eye.plates, seen=0.5)) is brown
