"""Displacement fields: splines that are exact on planes, and inverses that lead back."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from cogportrait.face import landmarks as lm
from cogportrait.renderers.warp import field as wf
from cogportrait.renderers.warp.field import interpolation_weights, invert, shown_deg
from cogportrait.renderers.warp.grid import Grid
from cogportrait.renderers.warp.scene import Scene

Array = NDArray[np.floating]
GRID = Grid(x0=10, y0=20, step=4, cols=50, rows=60)
STILL = np.zeros(3)


@given(st.lists(st.floats(-2, 2), min_size=6, max_size=6))
def test_thin_plate_weights_reproduce_affine_maps(numbers: list[float]) -> None:
    rng = np.random.default_rng(1)
    points, at = rng.uniform(-1, 1, (30, 2)), rng.uniform(-1.5, 1.5, (50, 2))
    matrix, shift = np.reshape(numbers[:4], (2, 2)), np.array(numbers[4:])
    values = interpolation_weights(points, at) @ (points @ matrix + shift)
    np.testing.assert_allclose(values, at @ matrix + shift, atol=1e-8)


def test_thin_plate_weights_pass_near_every_point() -> None:
    rng = np.random.default_rng(2)
    points, values = rng.uniform(-1, 1, (30, 2)), rng.normal(0, 1, 30)
    exact = interpolation_weights(points, points, smooth=0.0)
    np.testing.assert_allclose(exact @ values, values, atol=1e-8)


def test_a_field_is_sampled_at_its_nodes_and_between_them() -> None:
    nodes = GRID.nodes()
    plane = np.stack([2 * nodes[..., 0] + nodes[..., 1], nodes[..., 0]], -1).astype(np.float32)
    between = nodes[:-1, :-1] + np.float32(1.3)
    expected = np.stack([2 * between[..., 0] + between[..., 1], between[..., 0]], -1)
    np.testing.assert_allclose(GRID.sample(plane, nodes), plane, atol=0.2)
    np.testing.assert_allclose(GRID.sample(plane, between), expected, atol=0.3)


def test_some_cells_are_upsampled_to_their_own_pixels() -> None:
    whole, part = GRID.upsample(GRID.nodes()), GRID.upsample(GRID.nodes()[1:4, 2:5])
    step = GRID.step
    assert part.shape == (3 * step, 3 * step, 2)
    inside = slice(step // 2, -(step // 2))
    expected = whole[step : 4 * step, 2 * step : 5 * step]
    np.testing.assert_allclose(part[inside, inside], expected[inside, inside], atol=1e-3)


def test_upsampled_node_positions_are_pixel_positions_inside() -> None:
    at = GRID.upsample(GRID.nodes())
    assert at.shape == (GRID.height, GRID.width, 2)
    x, y = np.meshgrid(np.arange(10, 10 + GRID.width), np.arange(20, 20 + GRID.height))
    inner = np.s_[GRID.step : -GRID.step, GRID.step : -GRID.step]
    np.testing.assert_allclose(at[inner], np.stack([x, y], -1)[inner], atol=1e-3)


def posed(scene: Scene, head: tuple[float, float, float], shift: Array) -> Array:
    """Return the pose field of one frame."""
    delta = scene.pose.rotations(np.array([head], float))[0]
    return scene.pose.displacement(delta, shift)


def bump(height: float, width: float) -> Array:
    """Return a field that pushes aside and down in the middle of the grid."""
    nodes = GRID.nodes()
    middle = np.array([10 + GRID.width / 2, 20 + GRID.height / 2], np.float32)
    weight = np.exp(-0.5 * ((nodes - middle) ** 2).sum(-1) / width**2)
    return (weight[..., None] * np.array([height, 0.6 * height])).astype(np.float32)


@pytest.mark.parametrize(("height", "width"), [(8.0, 20.0), (-12.0, 25.0), (16.0, 40.0)])
def test_a_strong_smooth_field_is_inverted(height: float, width: float) -> None:
    forward = bump(height, width)
    source = invert(GRID, forward, GRID.nodes(), 6)
    error = np.abs(source + GRID.sample(forward, source) - GRID.nodes()).max(-1)
    assert error.max() < 0.05


def test_no_displacement_is_inverted_to_itself() -> None:
    nodes = GRID.nodes()
    assert invert(GRID, np.zeros_like(nodes), nodes, 3) is nodes


@pytest.mark.parametrize(
    "head",
    [
        (12, 0, 0),
        (-12, 8, 0),
        (20, 0, 0),
        (-20, 0, 0),
        (0, 15, 0),
        (0, -15, 10),
        (-20, 10, 0),
        (20, 10, 0),
        (20, -12, 5),
    ],
)
def test_head_turns_are_inverted(scene: Scene, head: tuple[float, float, float]) -> None:
    forward = posed(scene, head, np.array([0.1, 0.05, 0.3]))
    source = invert(scene.grid, forward, scene.nodes, wf.POSE_ITERATIONS)
    error = np.abs(source + scene.grid.sample(forward, source) - scene.nodes).max(-1)
    assert np.quantile(error, 0.9) < 0.1  # a remapping table has steps of 1/32 cell
    assert error[on_face(scene)].max() < wf.CLOSE * scene.grid.step + 0.1


@pytest.mark.parametrize("depth", [1.0, 1.5])
def test_a_deep_face_is_inverted_in_diagonal_turns(scene: Scene, depth: float) -> None:
    """With too few rounds noses tore: of a face 1.5 times as deep nodes were 80 px off."""
    gain = (1.22 * depth, 1.08 * depth)
    deep = replace(scene, pose=wf.with_gain(scene.pose, gain))
    for head in ((-20, 10, 0), (20, 10, 0), (-20, -10, 0), (15, 12, 0)):
        forward = posed(deep, head, np.zeros(3))
        source = invert(deep.grid, forward, deep.nodes, wf.POSE_ITERATIONS)
        error = np.abs(source + deep.grid.sample(forward, source) - deep.nodes).max(-1)
        assert error[on_face(scene)].max() < 0.15 * scene.grid.step


def on_face(scene: Scene) -> NDArray[np.bool_]:
    """Return which nodes lie on the photographed face, [rows, cols]."""
    oval = scene.portrait.landmarks_px[lm.FACE_OVAL, :2].round().astype(np.int32)
    face = cv2.fillPoly(np.zeros(scene.portrait.image.shape[:2], np.uint8), [oval], 1)
    x, y = np.moveaxis(scene.nodes, -1, 0).round().astype(int)
    return face[y.clip(0, face.shape[0] - 1), x.clip(0, face.shape[1] - 1)] > 0


def jacobian(field: Array, step: int) -> Array:
    dy, dx = np.gradient(field, float(step), axis=(0, 1))
    return (1 + dx[..., 0]) * (1 + dy[..., 1]) - dx[..., 1] * dy[..., 0]


@pytest.mark.parametrize("head", [(20, 0, 0), (-20, 0, 0), (0, 15, 0), (0, -15, 0), (0, 0, 15)])
def test_head_turns_do_not_fold_the_face(scene: Scene, head: tuple[float, float, float]) -> None:
    forward = posed(scene, head, STILL)
    assert jacobian(forward, scene.grid.step)[on_face(scene)].min() > 0.05


def at(scene: Scene, field: Array, landmark: int) -> Array:
    point = scene.portrait.landmarks_px[landmark, :2]
    return scene.grid.sample(field, point[None, None].astype(np.float32))[0, 0]


def test_turning_moves_the_nose_and_leaves_shoulders_and_corners(scene: Scene) -> None:
    forward = posed(scene, (15.0, 0, 0), STILL)
    iod = scene.pose.iod
    assert at(scene, forward, lm.NOSE_TIP)[0] > 0.2 * iod
    assert np.abs(forward[-1]).max() < 0.01 * iod
    assert np.abs(forward[0, [0, -1]]).max() < 0.01 * iod


def test_the_whole_head_shifts_together(scene: Scene) -> None:
    forward = posed(scene, (0, 0, 0), np.array([0.2, 0.1, 0.0]))
    iod = scene.pose.iod
    for landmark in (lm.NOSE_TIP, lm.FOREHEAD_TOP, 33, 263):
        np.testing.assert_allclose(
            at(scene, forward, landmark), [0.2 * iod, -0.1 * iod], atol=0.02 * iod
        )


def test_expressions_follow_the_landmarks_and_stay_on_the_face(scene: Scene) -> None:
    shift = np.zeros((1, 478, 2), np.float32)
    brow = lm.BROW_UPPER[0]
    shift[0, brow, 1] = -8.0
    upper, lower = (field[0] for field in scene.expression.displacement(shift))
    inner = [at(scene, upper, int(i))[1] for i in brow[:3]]
    assert min(inner) < -4
    assert max(inner) < -1
    assert np.abs(at(scene, upper, lm.MOUTH_CORNER[1])).max() < 0.5
    for field in (upper, lower):
        assert not field[[0, -1]].any()
        assert not field[:, [0, -1]].any()


def test_each_lip_has_a_field_of_its_own(scene: Scene) -> None:
    shift = np.zeros((1, 478, 2), np.float32)
    shift[0, np.concatenate([lm.LIP_LOWER_INNER[1:-1], lm.LIP_LOWER_OUTER[1:-1]]), 1] = 12.0
    upper, lower = (field[0] for field in scene.expression.displacement(shift))
    assert at(scene, lower, 17)[1] > 5
    assert abs(at(scene, upper, 0)[1]) < 1


def test_expression_fields_are_linear_and_batched(scene: Scene) -> None:
    rng = np.random.default_rng(4)
    shifts = rng.normal(0, 2, (3, 478, 2)).astype(np.float32)
    shifts[2] = 0.5 * shifts[0] - shifts[1]
    for k in (0, 1):
        fields = scene.expression.displacement(shifts)[k]
        alone = scene.expression.displacement(shifts[1:2])[k][0]
        np.testing.assert_allclose(fields[1], alone, atol=1e-3)
        np.testing.assert_allclose(fields[2], 0.5 * fields[0] - fields[1], atol=1e-2)


def test_a_head_moves_as_told_within_what_a_picture_shows_and_is_held_back_beyond() -> None:
    within = np.array([[22.0, -15.0, 30.0], [-20.0, 14.0, -30.0]])
    np.testing.assert_allclose(shown_deg(within), within)
    far = shown_deg(np.array([[40.0, -25.0, 0.0], [90.0, -60.0, 0.0], [-40.0, 25.0, 0.0]]))
    assert (np.abs(far[:, :2]) > (22, 15)).all()
    assert (np.abs(far[:, :2]) <= (28, 19)).all()
    np.testing.assert_allclose(far[2], -far[0])
    swept = shown_deg(np.stack([np.linspace(-60, 60, 241)] * 2 + [np.zeros(241)], 1))
    assert (np.diff(swept[:, :2], axis=0) > 0).all()
