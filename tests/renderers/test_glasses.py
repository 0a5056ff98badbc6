"""A glasses frame is found where one is drawn, and stays while brows and cheeks move."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from tests.renderers.motions import both, controls

from cogportrait.face import landmarks as lm
from cogportrait.face.rig import map_to_keypoints
from cogportrait.renderers.warp import WarpRenderer
from cogportrait.renderers.warp.glasses import find_frame
from cogportrait.renderers.warp.rims import without_rims
from cogportrait.types import KeypointSequence, Portrait


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


def keypoints(portrait: Portrait, *frames: dict[str, float]) -> list[KeypointSequence]:
    return [map_to_keypoints(portrait, controls(*frames))]


def test_bare_faces_wear_no_glasses(closeup: Portrait) -> None:
    assert find_frame(closeup) is None


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


def test_the_frame_laid_back_on_gives_the_photograph(bespectacled: Portrait) -> None:
    bare, frame = without_rims(bespectacled)
    assert frame is not None
    on = rims(bespectacled).round().astype(int)
    changed = np.abs(bare.image.astype(int) - bespectacled.image).max(-1)
    assert np.mean(changed[on[:, 1], on[:, 0]] > 10) > 0.95
    (still,) = WarpRenderer().render(bespectacled, keypoints(bespectacled, {}))
    np.testing.assert_array_equal(still, bespectacled.image)


def test_hinges_go_with_the_frame_and_leave_nothing_on_the_skin(bespectacled: Portrait) -> None:
    lines, image = find_frame(bespectacled), bespectacled.image.copy()
    assert lines is not None
    iod = float(lm.interocular_px(bespectacled.landmarks_px))
    color = bespectacled.image[tuple(rims(bespectacled)[10].round().astype(int)[::-1])]
    ends: list[tuple[int, int]] = []
    for hinge, end in lines[3:]:
        way = iod * (end - hinge) / np.linalg.norm(end - hinge)
        start, stop, seen = ((hinge + k * way).round().astype(int) for k in (0.0, 0.13, 0.12))
        cv2.line(image, start.tolist(), stop.tolist(), color.tolist(), round(0.09 * iod))
        ends.append((int(seen[1]), int(seen[0])))
    bare, frame = without_rims(replace(bespectacled, image=image))
    assert frame is not None
    for at in ends:
        assert bare.image[at].mean() > image[at].mean() + 10


def test_the_frame_stays_while_brows_and_cheeks_move(bespectacled: Portrait) -> None:
    moves = keypoints(
        bespectacled, both("AU01", 1.0) | both("AU02", 1.0), both("AU06", 1.0), both("AU04", 1.0)
    )
    h, w = bespectacled.image.shape[:2]
    on = np.zeros((h, w), np.uint8)
    for x, y in rims(bespectacled).round().astype(int):
        on[y, x] = 1
    iod = float(lm.interocular_px(bespectacled.landmarks_px))
    on = cv2.dilate(on, np.ones((round(0.03 * iod),) * 2, np.uint8))
    brow = np.zeros((h, w), np.uint8)
    for side in (0, 1):
        hull = bespectacled.landmarks_px[[*lm.BROW_UPPER[side], *lm.BROW_LOWER[side]], :2]
        cv2.fillConvexPoly(brow, cv2.convexHull(hull.round().astype(np.int32)), 1)
    for k, frame in enumerate(WarpRenderer().render(bespectacled, moves)):
        moved = np.abs(frame.astype(int) - bespectacled.image).mean(-1)
        assert np.quantile(moved[on > 0], 0.95) < 8, k
        if k != 1:
            assert moved[brow > 0].mean() > 8, k


def test_a_bare_face_is_left_as_it_is(closeup: Portrait) -> None:
    bare, frame = without_rims(closeup)
    assert frame is None
    assert bare is closeup
