"""Lashes come off the photograph, and hang on the lid that moves."""

from dataclasses import replace
from itertools import pairwise

import cv2
import numpy as np
import pytest

from cogportrait.renderers.warp.eye_layer import EyeLayer, build_eye, curve_grid
from cogportrait.renderers.warp.lashes import comb, hang
from cogportrait.renderers.warp.sampling import remap
from cogportrait.types import Portrait

ROOTS = np.arange(-0.30, 0.41, 0.07)  # of drawn lashes, outward of the middle, eye widths
LENGTH = 0.15


@pytest.fixture(scope="module", params=[0, 1], ids=["left", "right"])
def made_up(closeup: Portrait, request: pytest.FixtureRequest) -> EyeLayer:
    """Return an eye with drawn lashes, which lean outward, and a level crease over them."""
    eye = build_eye(closeup, request.param)
    image = closeup.image.copy()
    for root in ROOTS:
        u = outward(eye, root)
        v = margin(eye, u)
        tip = (outward(eye, root + 0.4 * LENGTH * max(root, 0)), v - LENGTH)
        cv2.line(image, *(place(eye, *at) for at in ((u, v), tip)), (25, 20, 18), 1, cv2.LINE_AA)
    arch = [place(eye, u, margin(eye, u) - 0.24) for u in np.linspace(-0.4, 0.4, 40)]
    cv2.polylines(image, [np.array(arch)], False, (70, 50, 40), 1, cv2.LINE_AA)
    return build_eye(replace(closeup, image=image), request.param)


def outward(eye: EyeLayer, u: float) -> float:
    return u if eye.rest.side == 0 else -u


def margin(eye: EyeLayer, u: float) -> float:
    return float(np.interp(u, curve_grid(), eye.upper))


def place(eye: EyeLayer, u: float, v: float) -> tuple[int, int]:
    rest = eye.rest
    x, y = rest.origin + rest.width * (u * rest.across + v * rest.down)
    return round(float(x)), round(float(y))


def grid() -> tuple[np.ndarray, np.ndarray]:
    u, v = np.meshgrid(np.linspace(-0.6, 0.6, 241), np.linspace(-0.6, 0.5, 221))
    return u.astype(np.float32), v.astype(np.float32)


def hung(eye: EyeLayer, lowered: float, closing: float) -> tuple[np.ndarray, np.ndarray]:
    """Return what lashes leave of white, [h, w], and heights above the margin that came down."""
    u, v = grid()
    color = np.full((*u.shape, 3), 255, np.float32)
    down = np.full(len(curve_grid()), lowered)
    hang(eye.lashes, color, (u, v), down, closing, np.float32(1))
    over = np.interp(u, curve_grid(), eye.upper) + lowered - v
    return color[..., 0] / 255, over


def test_lashes_are_found_and_the_crease_is_not(made_up: EyeLayer) -> None:
    light, over = hung(made_up, 0.0, 0.0)
    u, _ = grid()
    inside = (np.abs(u) < 0.3) & (np.abs(over - 0.24) < 0.02)
    assert light[inside].mean() > 0.97, "the crease stays on the lid"
    found = 0
    for root in ROOTS:
        near = (np.abs(u - outward(made_up, root * 1.15)) < 0.04) & (np.abs(over - 0.08) < 0.02)
        found += int(light[near].min() < 0.75)
    assert found >= len(ROOTS) - 2


def test_an_eye_at_rest_looks_as_photographed(made_up: EyeLayer, closeup: Portrait) -> None:
    """What is combed off and hung on again is where it was."""
    rest = made_up.rest
    u, v = grid()
    xy = rest.origin + rest.width * (u[..., None] * rest.across + v[..., None] * rest.down)
    photo = remap(closeup.image, xy[..., 0], xy[..., 1])[..., :3].astype(np.float32)
    eye = build_eye(closeup, rest.side)
    color = photo.copy()
    comb(eye.lashes, color, (u, v), np.float32(1))
    hang(eye.lashes, color, (u, v), np.zeros(len(curve_grid())), 0.0, np.float32(1))
    assert np.abs(color - photo).mean() < 2.0


def test_combed_skin_has_no_lashes(made_up: EyeLayer) -> None:
    u, v = grid()
    color = np.full((*u.shape, 3), 30, np.float32)  # as dark as lashes
    comb(made_up.lashes, color, (u, v), np.float32(1))
    over = np.interp(u, curve_grid(), made_up.upper) - v
    dark = hung(made_up, 0.0, 0.0)[0] < 0.6
    assert dark.sum() > 50
    assert np.median(color[dark & (over > 0.05)]) > 80


@pytest.mark.parametrize("lowered", [0.0, 0.1])
def test_lashes_of_a_shut_lid_hang_below_its_margin(made_up: EyeLayer, lowered: float) -> None:
    raised, over = hung(made_up, lowered, 0.0)
    shut, _ = hung(made_up, lowered, 1.0)
    taken = [float((1 - light)[side].sum()) for light in (raised, shut)
             for side in (over > 0.03, over < -0.03)]  # fmt: skip
    assert taken[0] > 20
    assert taken[1] < 0.02 * taken[0]
    assert taken[3] > 0.4 * taken[0]
    assert taken[2] < 0.02 * taken[3]


def test_the_turn_from_raised_to_hanging_has_no_jump(made_up: EyeLayer) -> None:
    steps = [hung(made_up, 0.1, c)[0] for c in np.linspace(0.3, 0.9, 61)]
    assert max(float(np.abs(b - a).mean()) for a, b in pairwise(steps)) < 0.003


def test_no_lash_hangs_beside_the_outer_corner(made_up: EyeLayer) -> None:
    """Lashes of the corner that lean far out would be a row of specks on the temple."""
    light = np.full_like(made_up.lashes.light, 0.3)
    eye = replace(made_up, lashes=replace(made_up.lashes, light=light))
    outer = grid()[0] if eye.rest.side == 0 else -grid()[0]
    beside, middle = (
        (1 - hung(eye, 0.1, 1.0)[0])[np.abs(outer - u) < 0.03].sum() for u in (0.57, 0.1)
    )
    assert beside < 0.13 * middle
