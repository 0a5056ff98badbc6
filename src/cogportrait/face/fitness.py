"""Whether a face in a picture can be animated: what is refused, and what is warned of.

Each bound lies between what was seen to go wrong and 14 portraits and the first frames of 55 clips,
which all pass but for two whose eyes are closed.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from cogportrait.errors import FaceError
from cogportrait.face import landmarks as lm
from cogportrait.face.detector import Face, face_size
from cogportrait.face.pose import head_angles_deg
from cogportrait.face.spotter import is_upside_down
from cogportrait.types import FloatArray, Frame

MIN_FACE_PX: Final = 64  # face width; below it a lid is under three pixels high
MAX_YAW_DEG: Final = 45.0  # beyond it the far eye's corner is out of sight
MAX_ROLL_DEG: Final = 45.0  # beyond it the picture lies on its side
NOTED_DEG: Final = 25.0  # of yaw, pitch and roll; faces are drawn less well beyond
CLOSED_BLINK: Final = 0.55  # blink score of really closed eyes: 0.74 to 0.82 (docs/rig.md)
CLOSED_APERTURE: Final = 0.12  # lid distance / eye width; open ones measure 0.18 to 0.41
# Eyes practically shut: 0.06 and 0.07 with scores of 0.54; lowered lids are 0.10 and more.
SHUT_BLINK: Final = 0.45
SHUT_APERTURE: Final = 0.08
# How far landmarks of lips and lids, and others, may lie out of the picture, in face widths.
MAX_OUT: Final = 0.02
NOTED_OUT: Final = 0.05
_EYES: Final = np.concatenate([*lm.UPPER_LID, *lm.LOWER_LID])
_MOUTH: Final = np.concatenate([lm.LIP_UPPER_OUTER, lm.LIP_LOWER_OUTER])


def check_fit(image: Frame, face: Face, blink: FloatArray, name: str) -> list[str]:
    """Return what to warn of when a face is animated.

    Parameters
    ----------
    image : array, shape [H, W, 3]
        The picture it is in.
    face : Face
        Its landmarks, blendshapes and head matrix.
    blink : array, shape [2]
        Blink scores of the left and the right eye.
    name : str
        What messages call the picture.

    Raises
    ------
    FaceError
        It is under 64 px wide, upside down, turned or tilted by over 45 degrees, an eye is out of
        the picture, or both eyes are closed.
    """
    points, _, matrix = face
    size = face_size(face)
    if size < MIN_FACE_PX:
        raise FaceError(
            f"{name}: expected a face at least {MIN_FACE_PX} px wide, got {size:.0f} px; "
            "use a larger picture or crop"
        )
    yaw, pitch, roll = head_angles_deg(matrix).tolist()
    if abs(roll) > MAX_ROLL_DEG or is_upside_down(image, face):
        sideways = abs(roll) > MAX_ROLL_DEG
        got = f"one tilted by {roll:+.0f} degrees" if sideways else "one that is upside down"
        raise FaceError(f"{name}: expected an upright face, got {got}; turn the picture")
    if abs(yaw) > MAX_YAW_DEG:
        raise FaceError(
            f"{name}: expected a head turned by at most {MAX_YAW_DEG:.0f} degrees, got "
            f"{abs(yaw):.0f}; use a picture that shows both eyes"
        )
    cut = _check_inside(points, image.shape[1], image.shape[0], name)
    return cut + _check_eyes(points, blink, name) + _check_pose((yaw, pitch, roll), name)


def _check_inside(points: FloatArray, width: int, height: int, name: str) -> list[str]:
    """Check how far the face reaches out of the picture."""
    xy = points[: lm.N_FACE, :2]
    far = np.array([width - 1, height - 1], np.float32)
    out = np.maximum(-xy, xy - far).max(1) / float(np.ptp(xy[:, 0]))  # face widths
    if out[_EYES].max() > MAX_OUT:
        raise FaceError(
            f"{name}: expected a face with both eyes, got one that is cut off: an eye reaches out "
            "of the picture; use a picture with room around the face"
        )
    if out[_MOUTH].max() > MAX_OUT:
        return [
            f"{name}: the mouth reaches out of the picture, and tears where it is pulled in; use "
            "a picture with room around the face"
        ]
    if out.max() <= NOTED_OUT:
        return []
    share = 100 * float((out > 0).mean())
    return [f"{name}: {share:.0f} % of the face is out of the picture; what is cut off is made up"]


def _check_eyes(points: FloatArray, blink: FloatArray, name: str) -> list[str]:
    aperture = lm.aperture_ratio(points)
    closed = _together(aperture, blink)
    if closed.all():
        raise FaceError(
            f"{name}: expected open eyes, got closed ones (lid distance {aperture.max():.2f} of "
            "the eye width); gaze, blinks and lids cannot be shown: use a picture with open eyes"
        )
    return [
        f"{name}: the {side} eye is closed; it stays closed and shows no gaze"
        for side, shut in zip(("left", "right"), closed, strict=True)
        if shut
    ]


def _together(aperture: NDArray[np.float64], blink: FloatArray) -> NDArray[np.bool_]:
    """Return which eyes count as closed."""
    closed = (blink > CLOSED_BLINK) & (aperture < CLOSED_APERTURE)
    return closed | ((blink > SHUT_BLINK) & (aperture < SHUT_APERTURE))


def _check_pose(head_deg: tuple[float, float, float], name: str) -> list[str]:
    yaw, pitch, roll = head_deg
    noted: list[str] = []
    if abs(yaw) > NOTED_DEG or abs(pitch) > NOTED_DEG:
        noted.append(
            f"{name}: the head is turned by {yaw:+.0f} and raised by {pitch:+.0f} degrees; "
            "the far side is drawn less well than in a frontal picture"
        )
    if abs(roll) > NOTED_DEG:
        noted.append(
            f"{name}: the head is tilted by {roll:+.0f} degrees; it is drawn less well than an "
            "upright one, turn the picture"
        )
    return noted
