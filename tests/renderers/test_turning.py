"""Depth is fitted to the portrait, within bounds, and only where the tracker can say something."""

from dataclasses import replace
from itertools import pairwise

import cv2
import numpy as np
import pytest
from tests.renderers.motions import controls

from cogportrait.face.landmarker import track_stills
from cogportrait.face.pose import head_angles_deg
from cogportrait.face.rig import map_to_keypoints
from cogportrait.renderers.warp import turning
from cogportrait.renderers.warp.scene import Scene, draw_frames
from cogportrait.renderers.warp.turning import GAIN_RANGE, with_true_turns
from cogportrait.types import FaceTrack


@pytest.fixture(scope="module")
def fitted(scene: Scene) -> Scene:
    return with_true_turns(scene)


def slopes(scene: Scene) -> np.ndarray:
    """Return tracked over commanded yaw and pitch."""
    rows = ({"head_yaw": 15.0}, {"head_yaw": -15.0}, {"head_pitch": 12.0}, {"head_pitch": -12.0})
    motion = map_to_keypoints(scene.portrait, controls(*rows))
    track = track_stills(draw_frames(scene, motion))
    yaw, pitch, _ = head_angles_deg(track.head_matrix).T
    return np.array([(yaw[0] - yaw[1]) / 30, (pitch[2] - pitch[3]) / 24])


def test_turns_are_seen_nearer_to_what_was_commanded(scene: Scene, fitted: Scene) -> None:
    before, after = (np.abs(slopes(s) - 1) for s in (scene, fitted))
    assert (after < np.maximum(before, 0.15)).all()


def test_the_gain_stays_in_bounds_and_is_the_same_every_time(scene: Scene, fitted: Scene) -> None:
    assert all(GAIN_RANGE[0] <= gain <= GAIN_RANGE[1] for gain in fitted.pose.gain)
    assert with_true_turns(scene).pose.gain == fitted.pose.gain


def test_expressions_and_shifts_are_drawn_as_before(scene: Scene, fitted: Scene) -> None:
    motion = map_to_keypoints(scene.portrait, controls({}, {"AU12_L": 0.7, "head_x": 0.1}))
    for a, b in zip(draw_frames(scene, motion), draw_frames(fitted, motion), strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_face_that_the_tracker_loses_keeps_the_usual_depth(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(frames: object) -> FaceTrack:
        track = track_stills(frames)  # type: ignore[arg-type]
        return replace(track, found=np.zeros_like(track.found))

    monkeypatch.setattr(turning, "track_stills", lost)
    assert with_true_turns(scene).pose.gain == scene.pose.gain


@pytest.mark.parametrize(
    ("seen", "changed"), [(1.0, 0), (0.97, 0), (0.9, 1), (0.7, 1), (1.3, -1), (0.1, 1)]
)
def test_only_what_is_read_amiss_is_corrected(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, seen: float, changed: int
) -> None:
    monkeypatch.setattr(turning, "_slopes", lambda _: np.array([seen, 1.0]))
    yaw, pitch = with_true_turns(scene).pose.gain
    assert np.sign(yaw - scene.pose.gain[0]) == changed
    assert yaw <= GAIN_RANGE[1]
    assert pitch == scene.pose.gain[1]


def test_one_of_the_two_views_is_enough(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter([None, np.array([0.8, 1.2])])
    monkeypatch.setattr(turning, "_slopes", lambda _: next(answers))
    yaw, pitch = with_true_turns(scene).pose.gain
    assert yaw > scene.pose.gain[0]
    assert pitch < scene.pose.gain[1]


def test_what_lies_behind_a_head_that_starts_to_move_comes_little_by_little(scene: Scene) -> None:
    # A filled background that has nothing of the photographed one shows how fast it comes.
    size = 2 * 2 * scene.grid.step + 1
    near = cv2.dilate(scene.layers.person[..., 3], np.ones((size, size), np.uint8)) > 0
    filled = np.where(near[..., None], 255 - scene.layers.filled, scene.layers.filled)
    strange = replace(scene, layers=replace(scene.layers, filled=filled))
    rows = [{"head_roll": 0.1 * i} for i in range(20)]
    motion = map_to_keypoints(scene.portrait, controls(*rows))
    frames = [frame.astype(np.float32).mean(-1) for frame in draw_frames(strange, motion)]
    seen = [cv2.blur(frame, (8, 8)) for frame in frames]
    steps = [float(np.abs(b - a).max()) for a, b in pairwise(seen)]
    assert max(steps) < 2 * np.median(steps)
