"""A chin that sinks in front of the neck ends in an even line, and the head covers the neck."""

import numpy as np

from cogportrait.renderers.warp.field import POSE_ITERATIONS, invert
from cogportrait.renderers.warp.overlap import (
    AT_FOLD,
    TRUE_PX,
    Overlap,
    find_overlap,
    growth,
)
from cogportrait.renderers.warp.scene import Scene


def overlap_of(scene: Scene, pitch_deg: float) -> Overlap | None:
    delta = scene.pose.rotations(np.array([[0.0, pitch_deg, 0.0]]))[0]
    forward = scene.pose.displacement(delta, np.zeros(3))
    q = invert(scene.grid, forward, scene.nodes, POSE_ITERATIONS)
    return find_overlap(scene.grid, forward, q, scene.pose, lambda at: at)


def test_small_turns_overlap_nothing(scene: Scene) -> None:
    assert overlap_of(scene, -4.0) is None


def test_pixels_under_a_sunken_chin_come_from_the_head_where_it_reaches_them(scene: Scene) -> None:
    over = overlap_of(scene, -22.0)
    assert over is not None
    delta = scene.pose.rotations(np.array([[0.0, -22.0, 0.0]]))[0]
    forward = scene.pose.displacement(delta, np.zeros(3))
    moved = over.q + scene.grid.sample(forward, over.q[None])[0]
    at = np.stack([over.columns + scene.grid.x0, over.rows + scene.grid.y0], -1)
    error = np.abs(moved - at).max(-1)
    assert (error < TRUE_PX).mean() > 0.97
    assert 0.1 < over.face.mean() < 0.9
    assert over.rows[over.face].mean() < over.rows[~over.face].mean()  # the head above the neck


def test_the_edge_of_a_sunken_chin_is_no_staircase(scene: Scene) -> None:
    over = overlap_of(scene, -22.0)
    assert over is not None
    lowest = {c: over.rows[over.face & (over.columns == c)].max(initial=-1)
              for c in np.unique(over.columns[over.face])}  # fmt: skip
    middle = np.median(list(lowest))
    edge = np.array([r for c, r in sorted(lowest.items()) if abs(c - middle) < 25])
    steps = np.abs(np.diff(edge))
    assert steps.max() < 0.75 * scene.grid.step


def test_skin_that_folds_away_at_the_edge_is_left_out(scene: Scene) -> None:
    over = overlap_of(scene, -22.0)
    assert over is not None
    delta = scene.pose.rotations(np.array([[0.0, -22.0, 0.0]]))[0]
    forward = scene.pose.displacement(delta, np.zeros(3))
    grown = growth(forward, scene.grid.step)
    np.testing.assert_allclose(growth(np.zeros_like(forward), scene.grid.step), 1.0)
    assert grown.min() < AT_FOLD  # the chin does fold over
    of_face = scene.grid.sample(grown[..., None], over.q[over.face][None])[0]
    assert of_face.min() > AT_FOLD - 1e-3
