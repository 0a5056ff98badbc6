"""A glasses frame is found where one is drawn, and stays while brows and cheeks move."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from tests.renderers.motions import both, controls

from cogportrait.face import landmarks as lm
from cogportrait.face.rig import map_to_keypoints
from cogportrait.renderers.warp.field import expression_field
from cogportrait.renderers.warp.glasses import find_frame, skin_freedom
from cogportrait.renderers.warp.grid import head_grid
from cogportrait.types import Portrait


@pytest.fixture(scope="module", params=[(30, 28, 32), (96, 64, 40)], ids=["black", "brown"])
def bespectacled(closeup: Portrait, request: pytest.FixtureRequest) -> Portrait:
    """Return the close-up with dark round glasses drawn on."""
    image = closeup.image.copy()
    p = closeup.landmarks_px[:, :2].astype(np.float64)
    iod = float(lm.interocular_px(closeup.landmarks_px))
    thick = round(0.06 * iod)
    centers = [p[[lm.OUTER_CANTHUS[k], lm.INNER_CANTHUS[k]]].mean(0) for k in (0, 1)]
    inner: list[tuple[int, int]] = []
    for center, sign in zip(centers, (-1, 1), strict=True):
        middle = tuple(int(x) for x in (center + np.array([0, 0.05 * iod])).round())
        cv2.circle(image, middle, round(0.36 * iod), request.param, thick, cv2.LINE_AA)
        inner.append((middle[0] + sign * round(0.36 * iod), middle[1] - round(0.05 * iod)))
    cv2.line(image, inner[0], inner[1], request.param, thick, cv2.LINE_AA)
    return replace(closeup, image=image)


def rims(portrait: Portrait) -> np.ndarray:
    """Return places on the lower and outer rims, where no brow is, [N, 2] px."""
    p = portrait.landmarks_px[:, :2].astype(np.float64)
    iod = float(lm.interocular_px(portrait.landmarks_px))
    angle = np.linspace(0.1, np.pi - 0.1, 20)
    around = 0.36 * iod * np.stack([np.cos(angle), np.sin(angle)], -1) + [0, 0.05 * iod]
    eyes = [p[[lm.OUTER_CANTHUS[k], lm.INNER_CANTHUS[k]]].mean(0) for k in (0, 1)]
    return np.concatenate([eye + around for eye in eyes])


def test_bare_faces_wear_no_glasses(closeup: Portrait) -> None:
    assert find_frame(closeup) is None
    np.testing.assert_array_equal(skin_freedom(closeup, rims(closeup)), 1)


def test_a_bare_face_without_colour_wears_none(closeup: Portrait) -> None:
    light = cv2.cvtColor(closeup.image, cv2.COLOR_RGB2GRAY)
    assert find_frame(replace(closeup, image=np.dstack([light] * 3))) is None


def test_dark_rims_across_the_nose_are_found(bespectacled: Portrait) -> None:
    lines = find_frame(bespectacled)
    assert lines is not None
    iod = float(lm.interocular_px(bespectacled.landmarks_px))
    found = np.concatenate(lines[:2])
    apart = np.linalg.norm(rims(bespectacled)[:, None] - found[None], axis=-1).min(1)
    assert np.quantile(apart, 0.9) < 0.06 * iod


def test_the_frame_stays_while_brows_and_cheeks_move(bespectacled: Portrait) -> None:
    grid = head_grid(bespectacled)
    field = expression_field(bespectacled, grid)
    free = expression_field(
        replace(bespectacled, image=np.full_like(bespectacled.image, 128)), grid
    )
    moves = controls(both("AU01", 1.0) | both("AU02", 1.0), both("AU06", 1.0), both("AU04", 1.0))
    shift = (map_to_keypoints(bespectacled, moves).face_px - bespectacled.landmarks_px)[..., :2]
    at = rims(bespectacled).astype(np.float32)
    iod = float(lm.interocular_px(bespectacled.landmarks_px))
    brow = bespectacled.landmarks_px[[334, 105, 336, 107], :2]
    for k, (held, loose) in enumerate(
        zip(field.displacement(shift)[0], free.displacement(shift)[0], strict=True)
    ):
        assert np.abs(grid.sample(held, at)).max() < 0.015 * iod, k
        slope_y, slope_x = np.gradient(held, np.float32(grid.step), axis=(0, 1))
        area = (1 + slope_x[..., 0]) * (1 + slope_y[..., 1]) - slope_x[..., 1] * slope_y[..., 0]
        assert area.min() > 0.05, k
        if k != 1:
            lifted = np.abs(grid.sample(held, brow)[:, 1]), np.abs(grid.sample(loose, brow)[:, 1])
            assert lifted[0].mean() > 0.15 * lifted[1].mean()
