"""What a renderer has to beat."""

from dataclasses import replace

import numpy as np
import pytest
from tests.emh.filmed import SIDE_PX, shown

from cogportrait.bench.baselines import NaiveWarpRenderer, StillRenderer
from cogportrait.face import landmarks as lm
from cogportrait.metrics.picture_quality import psnr_db
from cogportrait.pipeline import keypoints
from cogportrait.renderers.protocol import Renderer
from cogportrait.types import ControlSequence, Frame, KeypointSequence, Portrait

EDGE = 8  # pixels along the border
RENDERERS = (StillRenderer(), NaiveWarpRenderer())


@pytest.fixture(scope="module")
def motion(face: Portrait) -> list[KeypointSequence]:
    """Return the blink and the look aside."""
    return list(keypoints(face, shown().rows(6, 16)))


@pytest.fixture(scope="module")
def naive(face: Portrait, motion: list[KeypointSequence]) -> list[Frame]:
    return list(NaiveWarpRenderer().render(face, motion))


def moved(face: Portrait, *landmarks: int, by: tuple[float, float] = (0, 0)) -> KeypointSequence:
    """Return the portrait's own landmarks for a frame, some of them moved by pixels."""
    still = ControlSequence.from_matrix(0 * shown().to_matrix()[:1], 25.0)
    points = face.landmarks_px[None].astype(np.float32).copy()
    points[0, [*landmarks], :2] += by
    return replace(next(iter(keypoints(face, still))), points_px=points)


def one(face: Portrait, points: KeypointSequence) -> Frame:
    (frame,) = NaiveWarpRenderer().render(face, [points])
    return frame


def test_the_still_one_shows_the_portrait(face: Portrait, motion: list[KeypointSequence]) -> None:
    frames = list(StillRenderer().render(face, motion))
    assert len(frames) == 10
    for frame in frames:
        np.testing.assert_array_equal(frame, face.image)
    frames[0][:] = 0  # a caller may paint on what it is given
    assert face.image.any()
    assert frames[1].any()


def test_the_naive_one_gives_the_portrait_for_its_own_points(face: Portrait) -> None:
    frame = one(face, moved(face))
    inside = slice(EDGE, -EDGE)
    assert psnr_db(face.image[inside, inside], frame[inside, inside]) > 35
    assert psnr_db(face.image, frame) > 35


@pytest.mark.parametrize("by", [(4.0, 0.0), (0.0, -3.0)])
def test_the_naive_one_moves_what_it_is_told(face: Portrait, by: tuple[float, float]) -> None:
    """All of the nose, by whole pixels: the picture there is shifted by as much."""
    nose = [i for i in range(478) if i < 468 and near(face, i)]
    frame = one(face, moved(face, *nose, by=by))
    x, y = face.landmarks_px[4, :2].round().astype(int)
    half = 4
    there = frame[y + int(by[1]) - half : y + int(by[1]) + half + 1,
                  x + int(by[0]) - half : x + int(by[0]) + half + 1]  # fmt: skip
    patch = face.image[y - half : y + half + 1, x - half : x + half + 1]
    assert np.abs(there.astype(int) - patch).mean() < 2
    unmoved = face.image[y + int(by[1]) - half : y + int(by[1]) + half + 1,
                         x + int(by[0]) - half : x + int(by[0]) + half + 1]  # fmt: skip
    assert np.abs(there.astype(int) - unmoved).mean() > 5
    np.testing.assert_array_equal(frame[:EDGE], one(face, moved(face))[:EDGE])


def near(face: Portrait, landmark: int) -> bool:
    apart = face.landmarks_px[landmark, :2] - face.landmarks_px[4, :2]
    return bool(np.linalg.norm(apart) < 0.07 * SIDE_PX)


def test_the_naive_one_moves_lids_with_a_blink(face: Portrait, naive: list[Frame]) -> None:
    change = np.abs(naive[2].astype(int) - face.image).mean(-1)  # shut
    for side in (0, 1):
        x, y = face.landmarks_px[lm.IRIS_CENTER[side], :2].round().astype(int)
        assert change[y - 6 : y + 7, x - 8 : x + 9].mean() > 10
    assert change[:EDGE].max() <= 3


@pytest.mark.parametrize("renderer", RENDERERS, ids=["still", "naive"])
def test_frames_are_of_the_portrait_and_the_same_every_time(
    face: Portrait, motion: list[KeypointSequence], renderer: Renderer
) -> None:
    first = list(renderer.render(face, motion, seed=0))
    again = list(renderer.render(face, motion, seed=1))
    assert len(first) == sum(map(len, motion))
    for a, b in zip(first, again, strict=True):
        assert (a.shape, a.dtype) == (face.image.shape, np.uint8)
        np.testing.assert_array_equal(a, b)


def test_points_that_fold_over_or_meet_are_drawn_somehow(face: Portrait) -> None:
    points = moved(face)
    middle = points.points_px[0, 4, :2]
    meeting = replace(points, points_px=np.broadcast_to(points.points_px[:, 4:5], (1, 478, 3)))
    folded = points.points_px.copy()
    folded[0, :, 0] = 2 * middle[0] - folded[0, :, 0]
    for shown_points in (meeting, replace(points, points_px=folded)):
        frame = one(face, shown_points)
        assert frame.shape == face.image.shape
