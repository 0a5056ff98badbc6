"""The person is told from the background."""

import cv2
import numpy as np
import pytest

from cogportrait.face import landmarks as lm
from cogportrait.renderers.warp import matte
from cogportrait.renderers.warp.matte import (
    _cuts,
    head_outline,
    hold_shoulders,
    person_matte,
    sure_background,
    temples,
)
from cogportrait.renderers.warp.matte_seeds import (
    border_seeds,
    ellipse,
    mirror_seeds,
    seed_mask,
    side_seeds,
)
from cogportrait.types import Portrait


@pytest.fixture(scope="module")
def alpha(closeup: Portrait) -> np.ndarray:
    return person_matte(closeup)[0]


def test_the_matte_is_one_on_the_face(closeup: Portrait, alpha: np.ndarray) -> None:
    assert alpha.shape == closeup.image.shape[:2]
    center = closeup.landmarks_px[lm.FACE_OVAL, :2].mean(0)
    inner = center + 0.9 * (closeup.landmarks_px[:468, :2] - center)
    x, y = inner.round().astype(int).T
    np.testing.assert_allclose(alpha[y, x], 1, atol=0.01)


def test_the_matte_is_zero_in_the_far_corners_of_the_background(alpha: np.ndarray) -> None:
    assert alpha[:60, :60].max() < 0.02
    assert alpha[:60, -60:].max() < 0.02


def test_the_matte_covers_hair_and_chest(closeup: Portrait, alpha: np.ndarray) -> None:
    top, chin = closeup.landmarks_px[[lm.FOREHEAD_TOP, lm.CHIN], :2]
    x, y = (top + 0.15 * (top - chin)).round().astype(int)
    assert alpha[y, x] > 0.95
    assert alpha[-20:, 200:300].min() > 0.95


def test_the_matte_is_the_same_every_time(closeup: Portrait, alpha: np.ndarray) -> None:
    np.testing.assert_array_equal(person_matte(closeup)[0], alpha)


def test_a_face_that_fills_the_picture_is_all_person(closeup: Portrait) -> None:
    x0, y0 = closeup.landmarks_px[lm.NOSE_TIP, :2].astype(int) - 40
    tight = Portrait(
        np.ascontiguousarray(closeup.image[y0 : y0 + 80, x0 : x0 + 80]),
        closeup.landmarks_px - np.float32([x0, y0, 0]),
        closeup.blendshapes,
        closeup.head_matrix,
    )
    assert person_matte(tight)[0].min() == 1


@pytest.mark.parametrize(("color", "is_hair"), [((70, 45, 30), True), ((240, 240, 235), False)])
def test_hair_goes_on_beside_the_temples_unless_it_is_unlike(
    closeup: Portrait, color: tuple[int, int, int], *, is_hair: bool
) -> None:
    points = closeup.landmarks_px[:, :2].astype(np.float64)
    oval = cv2.convexHull(points[lm.FACE_OVAL].astype(np.float32)).astype(np.int32)
    person = np.zeros(closeup.image.shape[:2], np.uint8)
    top, chin = points[lm.FOREHEAD_TOP], points[lm.CHIN]
    half = float(np.ptp(points[lm.FACE_OVAL, 0])) / 2
    ellipse(person, top, (1.2 * half, 0.4 * float(np.linalg.norm(top - chin))), 1)  # hair above
    image = np.full_like(closeup.image, color)
    person[int(points[54, 1]) :] = 0  # the cut lost it from here on
    image[person > 0] = (60, 40, 30)
    cv2.fillConvexPoly(person, oval, 1)
    found = (temples(image, points, person) > 0) & (person == 0)
    beside = [found[:, : int(chin[0])].sum(), found[:, int(chin[0]) :].sum()]
    assert (min(beside) > 0.002 * half**2) if is_hair else max(beside) == 0
    assert not found[int(points[454, 1]) + 3 :].any()  # no lower than the ears


def test_sure_background_keeps_a_distance_from_hair(closeup: Portrait, alpha: np.ndarray) -> None:
    beside = sure_background(closeup, alpha, 12)
    assert beside[:60, :60].all()
    assert not (beside & (alpha > 0.02)).any()
    top = closeup.landmarks_px[lm.FOREHEAD_TOP, :2].round().astype(int)
    empty = alpha[: top[1]] < 0.02
    near = np.asarray(cv2.erode(empty.astype(np.uint8), np.ones((9, 9), np.uint8))) == 0
    assert not (beside[: top[1]] & near)[12:, 12:-12].any()


def test_clothes_that_the_cut_has_lost_count_as_person(
    closeup: Portrait, alpha: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    below = int(closeup.landmarks_px[lm.CHIN, 1]) + 2
    assert alpha[below : below + 20].min() < 0.5
    np.testing.assert_array_equal(hold_shoulders(closeup, alpha), alpha)
    monkeypatch.setattr(matte, "LEAST_SHOULDERS", 1.1)
    held = hold_shoulders(closeup, alpha)
    assert held[below:].min() == 1
    above = int(closeup.landmarks_px[lm.NOSE_TIP, 1])
    np.testing.assert_array_equal(held[:above], alpha[:above])


def test_thin_things_behind_the_head_are_no_mirrored_hair() -> None:
    """A bar as dark as the hair on one side does not grow on the other side, hair does."""
    image = np.full((224, 224, 3), 220, np.uint8)
    points = np.zeros((478, 2))
    points[lm.FACE_OVAL] = [(112 + 40 * np.cos(a), 110 + 50 * np.sin(a))
                            for a in np.linspace(0, 2 * np.pi, len(lm.FACE_OVAL))]  # fmt: skip
    points[lm.FOREHEAD_TOP], points[lm.CHIN] = (112, 60), (112, 160)
    image[60:64, 40:184] = 30  # the bar
    image[80:120, 55:169] = 30  # hair
    mask = np.full((224, 224), cv2.GC_PR_BGD, np.uint8)
    mask[60:64, 112:184] = mask[80:120, 72:169] = cv2.GC_PR_FGD  # the cut saw one side only
    mirror_seeds(mask, image, points)
    assert (mask[85:115, 56:71] == cv2.GC_FGD).all()
    assert (mask[60:64, 41:105] == cv2.GC_PR_BGD).all()


def test_the_outline_of_a_head_has_no_ears() -> None:
    """A disc with a small bump on either side loses the bumps and nothing else."""
    y, x = np.mgrid[:200, :200]
    head = np.hypot(x - 100, y - 90) < 60
    ears = np.hypot(np.abs(x - 100) - 62, y - 90) < 12
    opacity = ((head | ears) * 255).astype(np.uint8)
    points = np.zeros((478, 3), np.float32)
    points[lm.CHIN] = (100, 160, 0)
    for pair, at in ((lm.OUTER_CANTHUS, 35), (lm.INNER_CANTHUS, 15)):
        points[list(pair)] = [(100 + at, 80, 0), (100 - at, 80, 0)]
    points[454, :2], points[234, :2] = (158, 95), (42, 95)
    portrait = Portrait(
        np.zeros((200, 200, 3), np.uint8), points, np.zeros(52, np.float32), np.eye(4)
    )
    outline = head_outline(portrait, opacity)
    assert (outline[ears & ~head] > 128).mean() < 0.35
    assert (outline[np.hypot(x - 100, y - 90) < 52] > 128).all()
    assert not outline[opacity == 0].any()


@pytest.mark.parametrize(
    ("background", "kept"), [((190, 190, 70), True), ((60, 70, 90), True), ((208, 150, 120), False)]
)
def test_ears_belong_to_the_person_unless_the_background_looks_like_skin(
    closeup: Portrait, background: tuple[int, int, int], kept: bool
) -> None:
    points = closeup.landmarks_px[:, :2].astype(np.float64) * 224 / 512
    skin = (208, 150, 120)
    image = np.full((224, 224, 3), background, np.uint8)
    face = np.zeros((224, 224), np.uint8)
    hull = cv2.convexHull(points[lm.FACE_OVAL].astype(np.float32)).astype(np.int32)
    cv2.fillConvexPoly(face, hull, 1)
    half = np.ptp(points[lm.FACE_OVAL, 0]) / 2
    ear = np.zeros((224, 224), np.uint8)
    for side, outward in ((454, 1), (234, -1)):
        x, y = (points[side] + [outward * 0.12 * half, 0.1 * half]).round().astype(int)
        cv2.ellipse(ear, (int(x), int(y)), (int(0.2 * half), int(0.4 * half)), 0, 0, 360, 1, -1)
    image[(face | ear) > 0] = skin
    found = matte._ears(image, points, face) > 0
    beside = (ear > 0) & (face == 0)
    assert found[beside].mean() > 0.8 if kept else not found.any()
    assert not (found & (ear == 0) & (face == 0)).sum() > 0.2 * beside.sum()


@pytest.mark.parametrize(("color", "kept"), [((32, 28, 26), True), ((150, 170, 200), False)])
def test_a_lock_of_hair_stays_with_the_head_and_a_bar_behind_it_does_not(
    color: tuple[int, int, int], kept: bool
) -> None:
    image = np.full((100, 120, 3), 220, np.uint8)
    image[20:80, 40:80] = (30, 26, 24)
    image[50:54, 80:110] = color
    whole = np.zeros((100, 120), np.uint8)
    whole[20:80, 40:80] = 1
    cut = whole.copy()
    cut[50:54, 80:110] = 1
    locks = matte._locks(image, cut, whole)
    assert (locks[50:54, 80:110] == kept).all()
    assert not locks[whole > 0].any()


def test_a_lock_away_from_the_ears_belongs_to_the_outline(closeup: Portrait) -> None:
    points, iod = closeup.landmarks_px, float(lm.interocular_px(closeup.landmarks_px))
    opacity = np.zeros((512, 512), np.uint8)
    hull = cv2.convexHull(points[lm.FACE_OVAL, :2]).astype(np.int32)
    cv2.fillConvexPoly(opacity, hull, 255)
    x, y = (points[234, :2] - [1.2 * iod, 0.9 * iod]).round().astype(int)
    opacity[y : y + 5, x : int(points[lm.FOREHEAD_TOP, 0])] = 255
    outline = head_outline(closeup, opacity)
    assert (outline[y : y + 5, x : x + 5] == 255).all()


def test_dark_hair_is_found_where_only_the_other_side_is_as_dark(closeup: Portrait) -> None:
    size = 224
    points = closeup.landmarks_px[:, :2].astype(np.float64) * size / closeup.image.shape[0]
    oval = points[lm.FACE_OVAL]
    image = np.full((size, size, 3), 230, np.uint8)
    image[:, round(oval[:, 0].mean()) :] = 24  # the background: bright and dark
    hair = np.zeros((size, size), np.uint8)
    middle, wide = points[lm.FOREHEAD_TOP], float(np.ptp(oval[:, 0]))
    cv2.ellipse(
        hair, middle.round().astype(int).tolist(), (round(0.6 * wide), round(0.4 * wide)),
        0, 180, 360, 1, -1,
    )  # fmt: skip
    image[hair > 0] = 26
    cv2.fillConvexPoly(image, cv2.convexHull(oval.round().astype(np.int32)), (150, 110, 90))
    seeds = seed_mask(points, size, size)
    lost = np.where(seeds == cv2.GC_FGD, cv2.GC_FGD, cv2.GC_PR_BGD).astype(np.uint8)
    grown = lost.copy()
    assert side_seeds(grown, _cuts(image, seeds, points)[1], image, points)
    added = (grown == cv2.GC_FGD) & (lost != cv2.GC_FGD)
    bright = np.arange(size)[None] < round(oval[:, 0].mean()) - 4
    missing = (hair > 0) & (lost != cv2.GC_FGD) & bright
    assert added[missing].mean() > 0.9
    assert added[(hair == 0) & bright].mean() < 0.02
    assert added[(hair == 0) & ~bright].mean() < 0.02


@pytest.mark.parametrize(("water", "taken_out"), [((120, 150, 170), True), ((30, 27, 25), False)])
def test_what_reaches_the_side_unlike_hair_is_background(
    closeup: Portrait, water: tuple[int, int, int], taken_out: bool
) -> None:
    """A face at the side of a picture whose left third is water, which goes on below the chin."""
    size = 224
    points = closeup.landmarks_px[:, :2].astype(np.float64) * size / closeup.image.shape[0]
    image = np.full((size, size, 3), 230, np.uint8)
    image[:, :60] = water
    cv2.fillConvexPoly(
        image, cv2.convexHull(points[lm.FACE_OVAL].round().astype(np.int32)), (180, 140, 120)
    )
    top, chin = points[lm.FOREHEAD_TOP], points[lm.CHIN]
    crown = (top + 0.17 * (top - chin)).round().astype(int).tolist()
    cv2.circle(image, crown, 12, (30, 27, 25), -1)
    seeds = np.full((size, size), cv2.GC_PR_FGD, np.uint8)
    border_seeds(seeds, image, points)
    free = int(points[lm.FACE_OVAL, 0].mean() - 0.55 * np.ptp(points[lm.FACE_OVAL, 0]))
    assert free > 10
    part = seeds[:, : min(free - 1, 60)]
    assert (part != cv2.GC_PR_FGD).all() == taken_out
    assert (seeds[: int(chin[1]) - 1, 0] == cv2.GC_BGD).all() == taken_out
    assert (seeds[:, free + 2 : size - free] == cv2.GC_PR_FGD).all()
