"""Making a head turn as far as it is told: the relief is scaled until the tracker agrees.

A single picture does not show how deep a head is. Landmark depth is a guess that is right on
average and off by up to a quarter on a given face, so one small turn each way is drawn, tracked,
and the depth corrected by what the tracker missed or had too much.
"""

from dataclasses import replace
from typing import Final

import cv2
import numpy as np

from cogportrait.face.landmarker import track_stills
from cogportrait.face.pose import angles_deg, head_rotation
from cogportrait.face.rig import map_to_keypoints
from cogportrait.renderers.warp.field import TURN_GAIN, with_gain
from cogportrait.renderers.warp.sampling import resize
from cogportrait.renderers.warp.scene import Scene, draw_frames
from cogportrait.types import ControlSequence, Frame

TRIAL_DEG: Final = (17.0, 12.0)  # yaw, pitch of the trial turns
GAIN_RANGE: Final = (0.65, 1.50)  # a correction beyond it would fold the face
TRACKED_PX: Final = 448  # longer side at which trial frames are tracked


def with_true_turns(scene: Scene) -> Scene:
    """Return the scene with its depth scaled so that the tracker reads the commanded angles.

    A portrait on which the tracker loses the face keeps the usual scale.
    """
    controls = ControlSequence.zeros(4, 25.0)
    controls.head_deg[:2, 0] = TRIAL_DEG[0], -TRIAL_DEG[0]
    controls.head_deg[2:, 1] = TRIAL_DEG[1], -TRIAL_DEG[1]
    keypoints = map_to_keypoints(scene.portrait, controls)
    track = track_stills(_head(scene, frame) for frame in draw_frames(scene, keypoints))
    if not track.found.all():
        return scene
    rest = head_rotation(scene.portrait.head_matrix)
    turned = angles_deg(rest.T @ head_rotation(track.head_matrix))
    slopes = np.array([turned[0, 0] - turned[1, 0], turned[2, 1] - turned[3, 1]])
    slopes /= 2 * np.array(TRIAL_DEG)
    gain = np.array(TURN_GAIN) / np.clip(slopes, 0.5, 2.0)
    yaw, pitch = (float(g) for g in np.clip(gain, *GAIN_RANGE))
    return replace(scene, pose=with_gain(scene.pose, (yaw, pitch)))


def _head(scene: Scene, frame: Frame) -> Frame:
    """Return the part of a frame that holds the head, no larger than the tracker needs."""
    grid = scene.grid
    part = frame[grid.y0 : grid.y0 + grid.height, grid.x0 : grid.x0 + grid.width]
    height, width = part.shape[:2]
    scale = min(1.0, TRACKED_PX / max(height, width))
    return resize(part, round(width * scale), round(height * scale), cv2.INTER_AREA)
