"""Making a head turn as far as it is told: the relief is scaled until the tracker agrees.

A single picture does not show how deep a head is. Landmark depth is a guess that is right on
average and off by up to a quarter on a given face, so one small turn each way is drawn, tracked,
and the depth corrected by what the tracker missed or had too much.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from cogportrait.face.landmarker import track_stills
from cogportrait.face.pose import angles_deg, head_rotation
from cogportrait.face.rig import map_to_keypoints
from cogportrait.renderers.warp.field import TURN_GAIN, with_gain
from cogportrait.renderers.warp.sampling import resize
from cogportrait.renderers.warp.scene import Scene, draw_frames
from cogportrait.types import ControlSequence, Frame

TRIAL_DEG: Final = (17.0, 12.0)  # yaw, pitch of the trial turns
GAIN_RANGE: Final = (0.65, 1.90)  # a correction beyond it would fold the face
GOOD: Final = (0.96, 1.06)  # tracked over commanded that is left alone
# The angle read grows with less than the gain: with its power of 0.6 to 1 on five portraits.
OVERDO: Final = 1.4
TRACKED_PX: Final = 448  # longer side at which trial frames are tracked


def with_true_turns(scene: Scene) -> Scene:
    """Return the scene with its depth scaled so that the tracker reads the commanded angles.

    The tracker takes a picture's middle for the camera's axis, so a face beside it reads
    differently in the whole frame and cut out; the mean of both is taken. A portrait on which the
    tracker loses the face keeps the usual scale.
    """
    controls = ControlSequence.zeros(4, 25.0)
    controls.head_deg[:2, 0] = TRIAL_DEG[0], -TRIAL_DEG[0]
    controls.head_deg[2:, 1] = TRIAL_DEG[1], -TRIAL_DEG[1]
    frames = list(draw_frames(scene, map_to_keypoints(scene.portrait, controls)))
    views = [[view(scene, frame) for frame in frames] for view in (_head, _whole)]
    with ThreadPoolExecutor() as pool:
        slopes = [s for s in pool.map(_slopes, views) if s is not None]
    if not slopes:
        return scene
    seen = np.clip(np.mean(slopes, axis=0), 0.5, 2.0)
    gain = np.array(TURN_GAIN) * (np.clip(seen, *GOOD) / seen) ** OVERDO
    yaw, pitch = (float(g) for g in np.clip(gain, *GAIN_RANGE))
    return replace(scene, pose=with_gain(scene.pose, (yaw, pitch)))


def _slopes(frames: list[Frame]) -> NDArray[np.float64] | None:
    """Return tracked over commanded yaw and pitch; None where the tracker loses the face."""
    track = track_stills(frames)
    if not track.found.all():
        return None
    turn = head_rotation(track.head_matrix)
    yaw = angles_deg(turn[1].T @ turn[0])[0]
    pitch = angles_deg(turn[3].T @ turn[2])[1]
    return np.array([yaw, pitch]) / (2 * np.array(TRIAL_DEG))


def _whole(scene: Scene, frame: Frame) -> Frame:
    """Return a frame no larger than the tracker needs for its face."""
    height, width = frame.shape[:2]
    scale = min(1.0, TRACKED_PX / max(scene.grid.height, scene.grid.width))
    return resize(frame, round(width * scale), round(height * scale), cv2.INTER_AREA)


def _head(scene: Scene, frame: Frame) -> Frame:
    """Return the part of a frame that holds the head, no larger than the tracker needs."""
    grid = scene.grid
    part = frame[grid.y0 : grid.y0 + grid.height, grid.x0 : grid.x0 + grid.width]
    height, width = part.shape[:2]
    scale = min(1.0, TRACKED_PX / max(height, width))
    return resize(part, round(width * scale), round(height * scale), cv2.INTER_AREA)
