"""What is commanded is what an independent look at the pixels finds."""

from dataclasses import replace

import numpy as np
import pytest
from tests.renderers.conftest import See
from tests.renderers.motions import both, controls

from bench.fidelity.readings import (
    PixelTracker,
    aperture,
    eye_width,
    head_angles_deg,
    iris_offset,
    iris_roundness,
    mouth_opening,
    stack,
)
from cogportrait.face.landmarker import BLENDSHAPE_INDEX
from cogportrait.face.rig import map_to_keypoints
from cogportrait.renderers.warp.field import with_gain
from cogportrait.renderers.warp.scene import Scene, draw_frames

BLINK = [BLENDSHAPE_INDEX["eyeBlinkLeft"], BLENDSHAPE_INDEX["eyeBlinkRight"]]


def test_a_commanded_blink_is_seen(see: See) -> None:
    seen = see({}, both("AU43", 1.0))
    opening = aperture(seen.points)
    assert (opening[1] < 0.3 * opening[0]).all()
    assert (seen.blendshapes[1, BLINK] > seen.blendshapes[0, BLINK] + 0.35).all()


@pytest.mark.parametrize("turn", [{"head_yaw": -18.0}, {"head_yaw": 18.0}, {"head_pitch": -14.0}])
def test_turned_eyes_close_as_well(scene: Scene, turn: dict[str, float]) -> None:
    # Skin can turn farther than the landmarks: true turns raise the gain up to here.
    far = replace(scene, pose=with_gain(scene.pose, (1.9, 1.5)))
    rows = controls(turn, turn | both("AU43", 1.0))
    frames = list(draw_frames(far, map_to_keypoints(scene.portrait, rows)))
    with PixelTracker(scene.portrait.landmarks_px[:468, :2].mean(0).astype(np.float64)) as tracker:
        opening = aperture(stack([tracker.read(frame) for frame in frames]).points)
    assert (opening[1] < 0.3 * opening[0]).all()


def test_the_lids_close_step_by_step(see: See) -> None:
    seen = see(*(both("AU43", step) for step in np.linspace(0, 1, 6)))
    assert (np.diff(aperture(seen.points), axis=0) < 0.005).all()


@pytest.mark.parametrize(("closing", "side"), [("AU43_L", 0), ("AU43_R", 1)])
def test_one_eye_closes_while_the_other_stays(see: See, closing: str, side: int) -> None:
    opening = aperture(see({}, {closing: 1.0}).points)
    share = opening[1] / opening[0]
    assert share[side] < 0.45
    assert share[1 - side] > 0.75


@pytest.mark.parametrize(("channel", "axis"), [("gaze_yaw", 0), ("gaze_pitch", 1)])
def test_gaze_is_seen_in_both_eyes_with_its_sign(see: See, channel: str, axis: int) -> None:
    seen = see(both(channel, -15.0), {}, both(channel, 15.0))
    offset = iris_offset(seen.points)[..., axis]
    assert (np.diff(offset, axis=0) > 0.015).all()


@pytest.mark.parametrize(("side", "channel"), [(0, "gaze_yaw_L"), (1, "gaze_yaw_R")])
def test_each_eye_follows_its_own_gaze(see: See, side: int, channel: str) -> None:
    seen = see({channel: -20.0}, {channel: 20.0})
    moved = np.diff(iris_offset(seen.points)[..., 0], axis=0)[0]
    assert moved[side] > 0.08
    assert moved[side] > 2 * abs(moved[1 - side])


def test_irises_stay_round_when_the_eyes_turn(see: See) -> None:
    seen = see({}, both("gaze_yaw", 25.0), both("gaze_yaw", -25.0), both("gaze_pitch", 15.0))
    roundness = iris_roundness(seen.points)
    assert (roundness[1:] > 0.92 * roundness[0]).all()


@pytest.mark.parametrize(
    ("channel", "axis", "reach"), [("head_yaw", 0, 20), ("head_pitch", 1, 15), ("head_roll", 2, 15)]
)
def test_head_turns_are_seen_with_their_sign_and_about_their_size(
    see: See, channel: str, axis: int, reach: int
) -> None:
    steps = np.linspace(-reach, reach, 5)
    seen = see(*({channel: float(step)} for step in steps))
    angles = head_angles_deg(seen.rotation, seen.rotation[2])
    assert (np.diff(angles[:, axis]) > 0).all()
    assert 0.75 < np.polyfit(steps, angles[:, axis], 1)[0] < 1.25
    assert np.abs(np.delete(angles, axis, axis=1)).max() < 0.25 * reach


@pytest.mark.parametrize(("channel", "axis", "sign"), [("head_x", 0, 1), ("head_y", 1, -1)])
def test_the_head_shifts_where_it_is_told(see: See, channel: str, axis: int, sign: int) -> None:
    seen = see({}, {channel: 0.2})
    shift = (seen.points[1] - seen.points[0]).mean(0) / np.linalg.norm(
        seen.points[0, [263, 362]].mean(0) - seen.points[0, [33, 133]].mean(0)
    )
    assert shift[axis] * sign == pytest.approx(0.2, abs=0.06)
    assert abs(shift[1 - axis]) < 0.03


def test_a_head_that_comes_nearer_is_seen_larger(see: See) -> None:
    width = eye_width(see({}, {"head_z": 1.0}).points).mean(-1)
    assert width[1] / width[0] == pytest.approx(10 / 9, abs=0.03)


@pytest.mark.parametrize("channel", ["AU25", "AU26", "AU27"])
def test_lips_open(see: See, channel: str) -> None:
    opening = mouth_opening(see({}, {channel: 0.5}, {channel: 1.0}, neutralize=1.0).points)
    assert opening[0] < opening[1] < opening[2]
    assert opening[2] > opening[0] + 0.08


def test_a_photographed_smile_closes_when_neutralized(see: See) -> None:
    photographed = mouth_opening(see({}).points)[0]
    neutral = mouth_opening(see({}, neutralize=1.0).points)[0]
    assert photographed > 0.12
    assert neutral < 0.5 * photographed


RESPONSES = {
    "AU01": "browInnerUp",
    "AU02": "browOuterUp{}",
    "AU04": "browDown{}",
    "AU12": "mouthSmile{}",
    "AU26": "jawOpen",
}


@pytest.mark.parametrize("action", RESPONSES)
def test_muscles_are_seen_as_their_blendshapes(see: See, action: str) -> None:
    command = {action: 1.0} if action == "AU26" else both(action, 1.0)
    seen = see({}, command, neutralize=1.0)
    names = {RESPONSES[action].format(side) for side in ("Left", "Right")}
    for name in names:
        before, after = seen.blendshapes[:, BLENDSHAPE_INDEX[name]]
        assert after > before + 0.03, name
