"""Frames of the warp renderer: exact where nothing moves, lazy, and never dependent on the past."""

from collections.abc import Iterator

import cv2
import numpy as np
import pytest
from tests.renderers.conftest import Draw
from tests.renderers.motions import FPS, LIVELY, both, controls

from cogportrait.face.rig import map_to_keypoints
from cogportrait.renderers.warp import WarpRenderer, grid, renderer
from cogportrait.renderers.warp import scene as drawing
from cogportrait.renderers.warp.field import POSE_ITERATIONS, invert
from cogportrait.renderers.warp.sampling import inside_distance, remap, scaled_down
from cogportrait.renderers.warp.scene import BATCH, Scene, build_scene, draw_frames
from cogportrait.types import ControlSequence, Frame, KeypointSequence, Portrait

FACE_ONLY = {
    "lids": both("AU43", 1.0),
    "gaze": both("gaze_yaw", -20.0),
    "brows": both("AU01", 1.0) | both("AU02", 1.0),
    "smile": both("AU12", 1.0),
    "jaw": {"AU26": 1.0},
}


def difference(a: Frame, b: Frame) -> np.ndarray:
    return np.abs(a.astype(np.int16) - b.astype(np.int16)).max(-1)


def psnr(a: Frame, b: Frame) -> float:
    error = float(((a.astype(np.float64) - b.astype(np.float64)) ** 2).mean())
    return np.inf if error == 0 else float(10 * np.log10(255**2 / error))


def test_zero_controls_give_the_picture_bit_for_bit(portrait: Portrait, draw: Draw) -> None:
    motion = map_to_keypoints(portrait, ControlSequence.zeros(2, FPS))
    for frame in WarpRenderer().render(portrait, [motion]):
        np.testing.assert_array_equal(frame, portrait.image)


def test_a_still_face_does_not_flicker_after_a_movement(scene: Scene, draw: Draw) -> None:
    first, _, again = draw({}, LIVELY, {})
    np.testing.assert_array_equal(first, scene.portrait.image)
    np.testing.assert_array_equal(again, scene.portrait.image)


@pytest.mark.parametrize("name", FACE_ONLY)
def test_the_border_stays_when_only_the_face_moves(scene: Scene, draw: Draw, name: str) -> None:
    (frame,) = draw(FACE_ONLY[name])
    picture = scene.portrait.image
    assert difference(frame, picture).max() > 20
    for edge in (np.s_[:8], np.s_[-8:], np.s_[:, :8], np.s_[:, -8:]):
        np.testing.assert_array_equal(frame[edge], picture[edge])


def test_lids_and_gaze_change_nothing_but_the_eyes(scene: Scene, draw: Draw) -> None:
    (frame,) = draw(both("AU43", 1.0) | both("gaze_pitch", 10.0))
    changed = difference(frame, scene.portrait.image) > 0
    near = np.zeros(changed.shape, np.uint8)
    for eye in scene.eyes:
        x, y = eye.rest.origin.round().astype(int)
        cv2.circle(near, (int(x), int(y)), round(1.2 * eye.rest.width), 1, -1)
    assert not changed[near == 0].any()


def test_equal_motion_gives_equal_frames(closeup: Portrait) -> None:
    motion = map_to_keypoints(closeup, controls(LIVELY))
    first, second = (next(WarpRenderer().render(closeup, [motion], seed=seed)) for seed in (0, 7))
    np.testing.assert_array_equal(first, second)


def test_a_frame_does_not_depend_on_its_neighbors(scene: Scene, draw: Draw) -> None:
    rows = [LIVELY, both("AU43", 0.5), {"head_yaw": 9.0}] * 9 + [LIVELY]  # more than one batch
    assert len(rows) > BATCH
    motion = map_to_keypoints(scene.portrait, controls(*rows))
    frames = list(draw_frames(scene, motion))
    assert len(frames) == len(rows)
    (alone,) = draw(LIVELY)
    for i in (0, 3, len(rows) - 1):
        assert difference(frames[i], alone).max() <= 1


def test_frames_have_the_size_of_the_picture(scene: Scene, draw: Draw) -> None:
    (frame,) = draw(LIVELY)
    assert frame.shape == scene.portrait.image.shape
    assert frame.dtype == np.uint8


def test_the_picture_itself_is_never_written_to(closeup: Portrait, draw: Draw) -> None:
    before = closeup.image.copy()
    for frame in draw({}, LIVELY):
        frame[...] = 0
    np.testing.assert_array_equal(closeup.image, before)


@pytest.fixture
def prepared(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> Portrait:
    """Return the portrait of a scene that need not be built again."""
    monkeypatch.setattr(renderer, "build_scene", lambda _: scene)
    return scene.portrait


def test_motion_is_pulled_piece_by_piece(prepared: Portrait) -> None:
    pulled: list[int] = []

    def motion() -> Iterator[KeypointSequence]:
        for i in range(100):
            pulled.append(i)
            yield map_to_keypoints(prepared, ControlSequence.zeros(3, FPS))

    frames = WarpRenderer().render(prepared, motion())
    assert pulled == []
    next(frames)
    assert pulled == [0]
    for _ in range(3):
        next(frames)
    assert pulled == [0, 1]


def test_no_motion_gives_no_frames(prepared: Portrait) -> None:
    empty = map_to_keypoints(prepared, ControlSequence.zeros(0, FPS))
    assert list(WarpRenderer().render(prepared, [empty])) == []


def resized(portrait: Portrait, size: int) -> Portrait:
    k = size / portrait.image.shape[0]
    image = cv2.resize(portrait.image, (size, size), interpolation=cv2.INTER_AREA)
    points = (portrait.landmarks_px + np.float32([0.5, 0.5, 0])) * np.float32(k)
    points -= np.float32([0.5, 0.5, 0])
    return Portrait(np.asarray(image, np.uint8), points, portrait.blendshapes, portrait.head_matrix)


def recolored(portrait: Portrait, image: np.ndarray) -> Portrait:
    frame = np.clip(np.rint(image), 0, 255).astype(np.uint8)
    return Portrait(frame, portrait.landmarks_px, portrait.blendshapes, portrait.head_matrix)


def gray(portrait: Portrait) -> Portrait:
    return recolored(portrait, np.repeat(portrait.image.mean(-1, keepdims=True), 3, axis=-1))


VARIANTS = {
    "gray": gray,
    "dark": lambda p: recolored(p, p.image * 0.08),
    "bright": lambda p: recolored(p, p.image * 0.3 + 180),
    "200 px": lambda p: resized(p, 200),
    "2000 px": lambda p: resized(p, 2000),
}


@pytest.mark.parametrize("name", VARIANTS)
def test_any_picture_is_drawn(closeup: Portrait, name: str) -> None:
    portrait = VARIANTS[name](closeup)
    scene = build_scene(portrait)
    still, lively = draw_frames(scene, map_to_keypoints(portrait, controls({}, LIVELY)))
    np.testing.assert_array_equal(still, portrait.image)
    assert lively.shape == portrait.image.shape
    assert difference(lively, portrait.image).max() > 5


def test_a_gray_picture_stays_nearly_gray(closeup: Portrait) -> None:
    portrait = gray(closeup)
    motion = map_to_keypoints(portrait, controls(both("AU43", 1.0) | both("gaze_yaw", 20.0)))
    (frame,) = draw_frames(build_scene(portrait), motion)
    assert np.ptp(frame.astype(np.int16), axis=-1).max() <= 2


def test_a_face_at_the_edge_of_the_picture_is_drawn(closeup: Portrait) -> None:
    points = closeup.landmarks_px[:468, :2]
    (x0, y0), (x1, y1) = points.min(0).astype(int), points.max(0).astype(int)
    moved = closeup.landmarks_px - np.float32([x0, y0, 0])
    tight = Portrait(
        np.ascontiguousarray(closeup.image[y0:y1, x0:x1]), moved, closeup.blendshapes,
        closeup.head_matrix,
    )  # fmt: skip
    motion = map_to_keypoints(tight, controls({}, LIVELY))
    still, lively = draw_frames(build_scene(tight), motion)
    np.testing.assert_array_equal(still, tight.image)
    assert difference(lively, tight.image).max() > 20


def test_the_background_far_from_a_turning_head_stays(scene: Scene, draw: Draw) -> None:
    """Neither swims nor is painted over: bit for bit the photograph."""
    still = scene.portrait.image
    for row in ({"head_yaw": 20.0}, {"head_pitch": -15.0}, {"head_roll": 15.0}, {"head_x": 0.3}):
        (frame,) = draw(row)
        same = (frame == still).all(-1)
        assert same[:60, :60].all()
        assert same[:60, -60:].all()


@pytest.mark.parametrize("yaw", [-20.0, 20.0])
def test_hair_that_turns_past_the_outline_is_hidden(
    scene: Scene, draw: Draw, monkeypatch: pytest.MonkeyPatch, yaw: float
) -> None:
    """A rim on the far side is taken away, nothing further in; background shows instead."""
    (hidden,) = draw({"head_yaw": yaw})
    monkeypatch.setattr(drawing, "HIDDEN_PX", 1e9)
    (shown,) = draw({"head_yaw": yaw})
    away = difference(hidden, shown) > 30
    assert away.sum() > 50
    deep = inside_distance(scene.outline > 127) > 0.2 * scene.pose.iod
    assert not (away & deep).any()
    assert np.flatnonzero(away.any(0)).mean() * np.sign(yaw) > 256 * np.sign(yaw)
    back = scene.layers.filled
    assert difference(hidden, back)[away].mean() < 0.6 * difference(shown, back)[away].mean()


def test_what_is_hidden_is_hidden_whole(scene: Scene) -> None:
    """Where the head's edge follows the head by half or more, no ghost of it stays behind."""
    delta = scene.pose.rotations(np.array([[-20.0, 10.0, 0.0]]))[0]
    still = np.zeros(3)
    q = invert(scene.grid, scene.pose.displacement(delta, still), scene.nodes, POSE_ITERATIONS)
    turned = drawing.Turned(delta, still, q, None)
    cells = (slice(0, scene.grid.rows), slice(0, scene.grid.cols))
    step = scene.grid.step
    opaque = np.full((scene.grid.rows * step, scene.grid.cols * step, 4), 255, np.uint8)
    drawing._hide_behind(scene, opaque, turned, cells)
    p = scene.pose.outline_place(delta, still)
    p += scene.grid.sample(scene.pose.surface.jutting, q)[..., None] * (q - p)
    far = np.hypot(*np.moveaxis(q - p, -1, 0)) > 2 * drawing.HIDDEN_PX
    follows = scene.grid.sample(scene.pose.follow[..., 0], q)
    outside = remap(cv2.dilate(scene.outline, np.ones((9, 9))), p[..., 0], p[..., 1]) == 0
    gone = far & outside & (follows > 0.55) & (follows < 0.95)
    assert gone.sum() > 20
    alpha = opaque[step // 2 :: step, step // 2 :: step, 3]
    assert np.quantile(alpha[gone], 0.9) < 10


def test_a_head_drawn_in_bands_is_the_same(
    scene: Scene, draw: Draw, monkeypatch: pytest.MonkeyPatch
) -> None:
    turned = LIVELY | {"head_yaw": 14.0, "head_roll": 6.0}
    (whole,) = draw(turned)
    monkeypatch.setattr(grid, "BAND_PX", 30_000)
    cells = slice(0, scene.grid.rows), slice(0, scene.grid.cols)
    bands = list(scene.grid.bands(cells))
    assert len(bands) > 3
    rows = [inner[0] for inner, _ in bands]
    assert [r.start for r in rows[1:]] == [r.stop for r in rows[:-1]]
    (banded,) = draw(turned)
    assert difference(whole, scene.portrait.image).max() > 50
    assert difference(whole, banded).max() <= 2
    assert difference(whole, banded).mean() < 0.01


def test_a_large_picture_moves_as_a_small_one_does(
    scene: Scene, draw: Draw, monkeypatch: pytest.MonkeyPatch
) -> None:
    turned = {"head_yaw": 10.0} | both("AU43", 0.5)
    (frame,) = draw(turned)
    monkeypatch.setattr(drawing, "CUT_PX", 320)
    coarse = build_scene(scene.portrait)
    motion = map_to_keypoints(coarse.portrait, controls(turned))
    (other,) = draw_frames(coarse, motion)
    assert psnr(frame, other) > 32
    still = map_to_keypoints(coarse.portrait, controls({}))
    np.testing.assert_array_equal(next(iter(draw_frames(coarse, still))), coarse.portrait.image)


def test_a_portrait_that_is_small_enough_is_not_scaled_down(closeup: Portrait) -> None:
    assert scaled_down(closeup, 512) == (closeup, 1.0)
    small, k = scaled_down(closeup, 256)
    assert k == 0.5
    assert small.image.shape == (256, 256, 3)
    middle = (closeup.landmarks_px[:, :2] + 0.5) / 2 - 0.5
    np.testing.assert_allclose(small.landmarks_px[:, :2], middle, atol=1e-3)
