"""The head as a surface: a face, hair like a ball, and both gentle enough for a turn."""

import numpy as np
import pytest

from cogportrait.face import landmarks as lm
from cogportrait.renderers.warp import relief
from cogportrait.renderers.warp.relief import LEAST_WIDTH, MOST_WIDTH
from cogportrait.renderers.warp.scene import Scene


def sampled(scene: Scene, field: np.ndarray, point: np.ndarray) -> float:
    return float(scene.grid.sample(field, point[None, None].astype(np.float32))[0, 0])


def test_hair_falls_back_like_a_ball_from_the_hairline_to_the_crown(scene: Scene) -> None:
    p = scene.portrait.landmarks_px[:, :2]
    top, up = p[lm.FOREHEAD_TOP], p[lm.FOREHEAD_TOP] - p[lm.CHIN]
    opacity = scene.layers.person[..., 3]
    steps = [top + up * k for k in np.linspace(0, 0.6, 61)]
    inside = [opacity[round(float(y)), round(float(x))] > 127 for x, y in steps if y > 1]
    crown = top + up * 0.6 / 60 * sum(inside)
    depth = scene.pose.surface.measured
    hairline, middle, end = (sampled(scene, depth, top + k * (crown - top)) for k in (0, 0.5, 1))
    assert hairline < 0.55 * hairline + 0.45 * end  # in front of the crown
    assert middle < 0.5 * (hairline + end)  # rounder than a cone
    assert abs(end) < 0.5 * abs(hairline)


def test_the_hairline_goes_with_the_forehead_and_the_crown_stays(scene: Scene) -> None:
    """A ball pitched up carries its front up; its outline stays where it was."""
    delta = scene.pose.rotations(np.array([[0.0, 15.0, 0.0]]))[0]
    still = np.zeros(3)
    field = scene.pose.displacement(delta, still)[..., 1]
    p = scene.portrait.landmarks_px[:, :2]
    top, up = p[lm.FOREHEAD_TOP], p[lm.FOREHEAD_TOP] - p[lm.CHIN]
    forehead, hair = (sampled(scene, field, top + k * up) for k in (-0.1, 0.12))
    assert forehead < 0
    assert hair < 0.6 * forehead
    outline = scene.pose.outline_place(delta, still)
    assert np.abs(outline - scene.nodes).max() < 0.02 * scene.pose.iod


@pytest.mark.parametrize("yaw", [-20.0, -8.0, 8.0, 20.0])
def test_a_turn_neither_folds_nor_tears_the_hair(scene: Scene, yaw: float) -> None:
    delta = scene.pose.rotations(np.array([[yaw, 0.0, 0.0]]))[0]
    field = scene.pose.displacement(delta, np.zeros(3))[..., 0]
    width = 1 + np.gradient(field, float(scene.grid.step), axis=1)
    inner = width[4:-4, 4:-4]
    assert inner.min() > 0.02
    assert np.quantile(inner, 0.99) < MOST_WIDTH + 0.35


@pytest.mark.parametrize("way", [(1.0, 0.0), (0.0, 1.0), (-0.6, 0.8)])
def test_a_step_is_made_gentle_along_the_turn_only(way: tuple[float, float]) -> None:
    y, x = np.mgrid[:60, :60].astype(float)
    along = (x - 30) * way[0] + (y - 30) * way[1]
    depth = -10.0 + 10.0 * np.tanh(along / 2)
    hair = np.zeros_like(depth)
    ahead = relief._gentle(depth, hair, way, 0.4, 14.0, 1)
    behind = relief._gentle(depth, hair, (-way[0], -way[1]), 0.4, 14.0, 1)
    inner = np.s_[13:-13, 13:-13]
    assert (ahead <= depth + 1.0)[inner].all()  # in front of the surface, but for the smoothing
    kept = np.sqrt(1 - (0.4 / relief.USUAL_GAIN) ** 2)
    for out, least in ((ahead, (kept - LEAST_WIDTH[1]) / 0.4), (behind, (MOST_WIDTH - kept) / 0.4)):
        dy, dx = np.gradient(out)
        slope = np.abs(dx * way[0] + dy * way[1])[18:-18, 18:-18]
        assert slope.max() < least * 1.15


def test_a_nose_draws_no_ridge_through_the_hair_beside_it() -> None:
    """Three peaks one above the other, and what a turn sideways makes of the hair beside them."""
    y, x = np.mgrid[:80, :80].astype(float)
    peaks = sum(np.exp(-((x - 40) ** 2 + (y - row) ** 2) / 18) for row in (25, 40, 55))
    depth = -20.0 * np.asarray(peaks)
    face = ((np.abs(x - 40) < 8) & (np.abs(y - 40) < 25)).astype(float)
    made = relief._gentle(depth, face, (1.0, 0.0), 0.4, 14.0, 1)
    everywhere = relief._gentle(depth, np.ones_like(face), (1.0, 0.0), 0.4, 14.0, 1)
    beside = np.s_[22:58, 50]
    assert np.ptp(made[beside]) < 0.45 * np.ptp(everywhere[beside])
    assert made[40, 40] == pytest.approx(everywhere[40, 40])


def test_turns_between_the_prepared_ones_are_between_them(scene: Scene) -> None:
    surface = scene.pose.surface
    half = np.pi / relief.DIRECTIONS
    between = surface.under(0.3 * np.array([np.cos(half), np.sin(half)]))
    ends = [surface.under(0.3 * np.array([np.cos(a), np.sin(a)])) for a in (0.0, 2 * half)]
    np.testing.assert_allclose(between, (ends[0] + ends[1]) / 2, atol=1e-3)
    around = surface.under(np.array([0.3, -1e-7]))
    np.testing.assert_allclose(around, ends[0], atol=1e-2)
