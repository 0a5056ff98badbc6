"""A mouth's inside in the colours of its picture; teeth that are seen stay where they are."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from tests.renderers.conftest import Draw
from tests.renderers.motions import both, controls

from cogportrait.face import landmarks as lm
from cogportrait.face.rig import map_to_keypoints
from cogportrait.renderers.warp.field import EXPRESSION_ITERATIONS, invert
from cogportrait.renderers.warp.inside import inside_colors, paint_inside
from cogportrait.renderers.warp.mouth import build_mouth
from cogportrait.renderers.warp.scene import Scene
from cogportrait.types import Frame, Portrait


def gray(image: Frame) -> Frame:
    return np.asarray(cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB))


def sepia(image: Frame) -> Frame:
    toned = gray(image)[..., :1] * np.array([1.05, 0.92, 0.72])
    return np.clip(toned, 0, 255).astype(np.uint8)


def points(portrait: Portrait) -> np.ndarray:
    return portrait.landmarks_px.astype(np.float64)[:, :2]


def test_teeth_are_the_lightest_and_the_cavity_is_the_darkest(closeup: Portrait) -> None:
    colors = inside_colors(closeup.image, points(closeup))
    light = [c.mean() for c in (colors.cavity, colors.tongue, colors.gum, colors.tooth)]
    assert light == sorted(light)
    assert colors.tongue[0] > colors.tongue[1:].max()
    assert np.ptp(colors.tooth) < 0.25 * colors.tooth.mean()


def test_a_picture_without_colour_gets_an_inside_without_colour(closeup: Portrait) -> None:
    colors = inside_colors(gray(closeup.image), points(closeup))
    for color in (colors.cavity, colors.tongue, colors.gum, colors.tooth):
        assert np.ptp(color) < 1


def test_a_sepia_print_gets_a_sepia_inside(closeup: Portrait) -> None:
    colors = inside_colors(sepia(closeup.image), points(closeup))
    assert colors.tongue[0] > colors.tongue[1] > colors.tongue[2]
    np.testing.assert_allclose(colors.tongue[1] / colors.tongue[0], 0.92 / 1.05, atol=0.05)


def test_the_inside_is_no_darker_than_the_picture_gets(closeup: Portrait) -> None:
    pale = (200 + closeup.image * 0.2).astype(np.uint8)
    assert inside_colors(pale, points(closeup)).cavity.mean() > 195


def test_painted_teeth_end_where_they_should_and_do_not_follow_the_lip(closeup: Portrait) -> None:
    colors = inside_colors(closeup.image, points(closeup))
    u, v = np.meshgrid(np.float32([0.07]), np.linspace(-0.1, 0.4, 101, dtype=np.float32))
    for top in (-0.05, 0.0):
        lips = np.full_like(u, top), np.full_like(u, 0.35)
        column = paint_inside(colors, (u, v), lips, center=0.0, jaw=0.0, hang=0.06)[:, 0].mean(-1)
        bright = v[column > 0.5 * colors.tooth.mean(), 0]
        assert bright.max() == pytest.approx(0.055, abs=0.02)


def test_seen_teeth_stay_with_the_skull_when_the_jaw_drops(scene: Scene, draw: Draw) -> None:
    """The close-up smiles with teeth; dropping the jaw must neither move nor double them."""
    still, opened = draw({}, {"AU26": 0.8})
    p = scene.portrait.landmarks_px
    top, bottom = p[13, :2], p[14, :2]
    at = (top + (bottom - top) * np.array([[0.35], [0.5], [0.65]])).round().astype(int)
    before, after = (f[at[:, 1], at[:, 0]].astype(float) for f in (still, opened))
    assert np.abs(before - after).mean() < 25
    moved = map_to_keypoints(scene.portrait, controls({"AU26": 0.8})).points_px[0]
    below = np.linspace(bottom, moved[14, :2], 30)[8:26].round().astype(int)
    assert opened[below[:, 1], below[:, 0]].mean(-1).max() < 0.6 * before.mean()


@pytest.mark.parametrize("wide", [{"AU27": 1.0, "AU25": 1.0}, {"AU26": 1.0, "AU25": 1.0}])
def test_lips_do_not_fold_when_the_mouth_opens_wide(scene: Scene, wide: dict[str, float]) -> None:
    face = map_to_keypoints(scene.portrait, controls(wide), neutralize=1.0).face_px
    shift = (face - scene.portrait.landmarks_px)[..., :2]
    upper, _ = scene.expression.displacement(shift)
    slope_y, slope_x = np.gradient(upper[0], np.float32(scene.grid.step), axis=(0, 1))
    area = (1 + slope_x[..., 0]) * (1 + slope_y[..., 1]) - slope_x[..., 1] * slope_y[..., 0]
    assert area.min() > 0.2
    lip = np.concatenate([scene.portrait.landmarks_px[r[2:-2], :2] for r in lm.LIP_UPPER])
    back = invert(scene.grid, upper[0], scene.nodes, EXPRESSION_ITERATIONS)
    off = back + scene.grid.sample(upper[0], back) - scene.nodes
    near = scene.grid.sample(np.abs(off), lip.astype(np.float32))
    assert near.max() < 1.5


@pytest.mark.parametrize("unit", ["AU12", "AU15", "AU20", "AU14"])
def test_pulling_the_corners_does_not_part_the_lips(scene: Scene, unit: str) -> None:
    rest, pulled = map_to_keypoints(scene.portrait, controls({}, both(unit, 1.0))).face_px
    gap = [f[lm.LIP_LOWER_INNER, 1] - f[lm.LIP_UPPER_INNER, 1] for f in (rest, pulled)]
    iod = float(lm.interocular_px(scene.portrait.landmarks_px))
    assert np.abs(gap[1] - gap[0]).max() < 0.02 * iod


def test_a_dark_hole_below_the_tracked_edge_belongs_to_the_mouth(closeup: Portrait) -> None:
    p = points(closeup)
    inner, outer = p[lm.LIP_LOWER_INNER[2:-2]], p[lm.LIP_LOWER_OUTER[2:-2]]
    image = closeup.image.copy()
    edge = np.concatenate([inner, (0.65 * inner + 0.35 * outer)[::-1]])
    cv2.fillPoly(image, [edge.round().astype(np.int32)], (24, 12, 12))
    layer = build_mouth(replace(closeup, image=image))
    thick = np.linalg.norm(outer - inner, axis=1).mean() / layer.width
    assert layer.inset[1][3:8].mean() == pytest.approx(0.35 * thick, rel=0.3)
    assert np.abs(build_mouth(closeup).inset[1][3:8]).max() < 0.1 * thick
