"""Creases darken what muscles fold, and nothing at rest; lips part over an inside."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import ndimage
from tests.renderers.conftest import Draw
from tests.renderers.motions import both, controls

from cogportrait.face.rig import calibrate, map_to_keypoints
from cogportrait.facs.channels import AU_CHANNELS, AU_INDEX
from cogportrait.renderers.warp.creases import crease_picture, fold_paths
from cogportrait.renderers.warp.mouth import (
    FULL_ROW,
    MouthLayer,
    MouthMotion,
    draw_interior,
    mouth_motion,
)
from cogportrait.renderers.warp.release import build_releases
from cogportrait.renderers.warp.scene import Scene
from cogportrait.renderers.warp.teeth import tooth_row
from cogportrait.types import Portrait

CREASED = ("AU01", "AU02", "AU04", "AU06", "AU07", "AU12", "AU15")


def creased(scene: Scene, **aus: float) -> np.ndarray:
    values = np.zeros(len(AU_CHANNELS), np.float32)
    for name, value in aus.items():
        values[AU_INDEX[name]] = value
    return crease_picture(scene.layers.person, scene.creases, values)


def test_no_action_unit_gives_the_picture_itself(scene: Scene) -> None:
    assert creased(scene) is scene.layers.person
    assert creased(scene, AU01_L=0.01, AU26=1.0, AU43_L=1.0) is scene.layers.person


def test_a_smile_let_go_takes_its_photographed_folds_along(scene: Scene) -> None:
    off = creased(scene, AU12_L=-1.0, AU12_R=-1.0)
    picture = np.log(np.maximum(scene.layers.person[..., :3].astype(np.float64).mean(-1), 4))
    calm = np.log(np.maximum(off[..., :3].astype(np.float64).mean(-1), 4))
    for name in ("AU12_L", "AU12_R"):
        (path,) = fold_paths(scene.portrait, name)
        x, y = path[8:-6].round().astype(int).T
        depth = ndimage.gaussian_filter(picture, 30)[y, x] - picture[y, x]
        left = ndimage.gaussian_filter(calm, 30)[y, x] - calm[y, x]
        assert left.mean() < 0.5 * depth.mean()
    lips = np.round(scene.portrait.landmarks_px[[13, 14, 0, 17], :2]).astype(int)
    np.testing.assert_array_equal(off[lips[:, 1], lips[:, 0]][:, :3],
                                  scene.layers.person[lips[:, 1], lips[:, 0]][:, :3])  # fmt: skip


def test_a_face_without_a_smile_has_no_folds_to_take_off(closeup: Portrait) -> None:
    points = closeup.landmarks_px.copy()
    points[[61, 291], 1] = points[[13, 14], 1].mean() + 3.0  # corners below the middle
    unread = replace(closeup, blendshapes=np.zeros_like(closeup.blendshapes))
    assert len(build_releases(closeup)) == 4
    assert len(build_releases(unread)) == 2  # its corners are up: AU12, and no cheeks
    assert build_releases(replace(unread, landmarks_px=points)) == ()


def test_the_smile_asked_of_a_smiling_portrait_is_its_own(scene: Scene) -> None:
    own = calibrate(scene.portrait).aus
    smile = {name: float(own[AU_INDEX[name]]) for name in ("AU12_L", "AU12_R", "AU06_L", "AU06_R")}
    motion = map_to_keypoints(scene.portrait, controls(smile), neutralize=1.0)
    picture = crease_picture(scene.layers.person, scene.creases, motion.aus[0])
    assert picture is scene.layers.person  # neither folds on folds nor folds taken off


@pytest.mark.parametrize("side", ["L", "R"])
@pytest.mark.parametrize("name", CREASED)
def test_creases_darken_their_own_side_and_deepen(scene: Scene, name: str, side: str) -> None:
    half, full = (creased(scene, **{f"{name}_{side}": value}) for value in (0.5, 1.0))
    change = full[..., :3].astype(int) - scene.layers.person[..., :3]
    weaker = half[..., :3].astype(int) - scene.layers.person[..., :3]
    assert change.min() < weaker.min() < 0
    assert change.min() > -80
    np.testing.assert_array_equal(full[..., 3], scene.layers.person[..., 3])
    _, x = np.nonzero(np.abs(change).max(-1) > 2)
    nose = scene.portrait.landmarks_px[1, 0]
    assert ((x > nose - 12) if side == "L" else (x < nose + 12)).mean() > 0.95


def test_the_photographed_mouth_is_shown_until_lips_move(scene: Scene) -> None:
    still, little, opened = map_to_keypoints(
        scene.portrait, controls({}, {"AU26": 0.02}, {"AU26": 0.6})
    ).face_px
    assert mouth_motion(scene.mouth, still).active == 0
    assert 0 < mouth_motion(scene.mouth, little).active < 1
    assert mouth_motion(scene.mouth, opened).active == 1


def test_lips_never_cross(scene: Scene) -> None:
    pressed = {"AU24": 1.0, "AU23": 1.0, "AU28": 1.0, "AU17": 1.0}
    face = map_to_keypoints(scene.portrait, controls(pressed), neutralize=1.0).face_px[0]
    motion = mouth_motion(scene.mouth, face)
    assert (motion.lower - motion.upper >= 0).all()
    assert motion.left < -0.3 < 0.3 < motion.right


def test_a_dropped_jaw_shows_a_dark_inside_under_the_teeth(scene: Scene, draw: Draw) -> None:
    (frame,) = draw({"AU27": 1.0}, neutralize=1.0)
    points = map_to_keypoints(scene.portrait, controls({"AU27": 1.0}), neutralize=1.0).points_px[0]
    top, bottom = points[13, :2], points[14, :2]
    column = np.linspace(top, bottom, 40).round().astype(int)
    light = frame[column[:, 1], column[:, 0]].mean(-1)
    assert light[20:36].max() < 110
    lip = frame[round(float(points[17, 1])) - 4, round(float(points[17, 0]))].mean()
    assert light[20:36].mean() < 0.7 * lip


def test_pulling_both_corners_up_widens_the_mouth_evenly(scene: Scene) -> None:
    rest, smile = map_to_keypoints(
        scene.portrait, controls({}, both("AU12", 0.6)), neutralize=1.0
    ).face_px
    before, after = (mouth_motion(scene.mouth, face) for face in (rest, smile))
    assert after.right - before.right == pytest.approx(before.left - after.left, rel=0.35)
    assert after.right > before.right


def test_a_strip_of_photographed_teeth_gives_way_to_painted_ones(scene: Scene) -> None:
    faces = map_to_keypoints(
        scene.portrait, controls({}, {"AU25": 0.1}, {"AU25": 0.8, "AU26": 0.7})
    ).face_px
    motions = [mouth_motion(scene.mouth, face) for face in faces]
    thin = replace(
        scene.mouth, plate_until=1.15 * float(np.max(motions[0].lower - motions[0].upper))
    )
    h, w = scene.portrait.image.shape[:2]
    q = np.stack(np.meshgrid(np.arange(w), np.arange(h)), -1).astype(np.float32)

    def inside(layer: MouthLayer, motion: MouthMotion) -> np.ndarray:
        color = np.full((h, w, 3), 120, np.float32)
        draw_interior(layer, motion, color, q)
        return color

    np.testing.assert_array_equal(inside(thin, motions[1]), inside(scene.mouth, motions[1]))
    bare = replace(scene.mouth, plate_known=np.zeros_like(scene.mouth.plate_known))
    np.testing.assert_allclose(inside(thin, motions[2]), inside(bare, motions[2]), atol=1e-3)
    assert np.abs(inside(scene.mouth, motions[2]) - inside(bare, motions[2])).max() > 20
    close = replace(scene.mouth, plate_until=4 * float(np.max(motions[1].lower - motions[1].upper)))
    np.testing.assert_allclose(inside(close, motions[1]), inside(bare, motions[1]), atol=1e-3)


def test_a_row_of_teeth_is_told_from_some_in_the_middle() -> None:
    known = np.zeros((40, 201), np.float32)
    known[10:20] = 1
    assert tooth_row(known) == 1.0
    known[:, :70] = known[:, 131:] = 0
    assert 0.3 < tooth_row(known) < FULL_ROW
