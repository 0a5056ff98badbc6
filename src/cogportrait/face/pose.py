"""Head pose: angles, rotation matrices and the signs that go with them.

Two frames are used. *Camera* (MediaPipe's head matrix): x right in the image, y up, z toward the
camera. *Image* (landmarks): x right, y down, z away from the camera. Angles follow
``facs.channels``: yaw + toward the subject's left (image right), pitch + up, roll + toward the
subject's left shoulder (the top of the head moves to the image's right).
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

CAMERA_TO_IMAGE: Final = np.diag([1.0, -1.0, -1.0])


def rotation(head_deg: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return the rotation, image frame, of head angles.

    Parameters
    ----------
    head_deg : array, shape [..., 3]
        Yaw, pitch, roll in degrees.

    Returns
    -------
    array, shape [..., 3, 3]
        ``R = R_yaw R_pitch R_roll``; a column vector of the face is turned by ``R @ v``.
    """
    yaw, pitch, roll = np.moveaxis(np.deg2rad(np.asarray(head_deg, np.float64)), -1, 0)
    one, zero = np.ones_like(yaw), np.zeros_like(yaw)

    def stack(rows: list[list[NDArray[np.float64]]]) -> NDArray[np.float64]:
        return np.stack([np.stack(row, -1) for row in rows], -2)

    cy, sy, cp, sp, cr, sr = (f(a) for a in (yaw, pitch, roll) for f in (np.cos, np.sin))
    # The nose points to -z. Yaw + carries it to +x, pitch + to -y, roll + carries -y to +x.
    r_yaw = stack([[cy, zero, -sy], [zero, one, zero], [sy, zero, cy]])
    r_pitch = stack([[one, zero, zero], [zero, cp, sp], [zero, -sp, cp]])
    r_roll = stack([[cr, -sr, zero], [sr, cr, zero], [zero, zero, one]])
    return r_yaw @ r_pitch @ r_roll


def angles_deg(rotation_image: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return yaw, pitch, roll in degrees, [..., 3]: the inverse of :func:`rotation`."""
    R = np.asarray(rotation_image, np.float64)
    nose = -R[..., :, 2]
    yaw = np.arctan2(nose[..., 0], -nose[..., 2])
    pitch = np.arcsin(np.clip(-nose[..., 1], -1, 1))
    roll = np.arctan2(R[..., 1, 0], R[..., 1, 1])
    return np.rad2deg(np.stack([yaw, pitch, roll], -1))


def head_rotation(head_matrix: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return the rotation, image frame, in a MediaPipe head matrix, [..., 4, 4] -> [..., 3, 3]."""
    linear = np.asarray(head_matrix, np.float64)[..., :3, :3]
    scale = np.linalg.norm(linear, axis=-2, keepdims=True)
    return CAMERA_TO_IMAGE @ (linear / scale) @ CAMERA_TO_IMAGE


def head_angles_deg(head_matrix: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return yaw, pitch, roll in degrees of a MediaPipe head matrix, [..., 4, 4] -> [..., 3]."""
    return angles_deg(head_rotation(head_matrix))
