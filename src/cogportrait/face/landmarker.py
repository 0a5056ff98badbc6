"""Faces in pictures and videos: 478 points, 52 blendshapes and the head matrix of one face.

Missing faces are NaN, never invented.
"""

from collections.abc import Iterable
from typing import Final

import numpy as np

from cogportrait.errors import FaceError
from cogportrait.face.detector import (
    MAX_FACES,
    Face,
    detect_faces,
    face_middle,
    face_size,
    nearest_face,
    open_detector,
    window_around,
)
from cogportrait.face.fitness import MIN_FACE_PX, check_fit
from cogportrait.face.follower import open_follower
from cogportrait.face.spotter import with_missed
from cogportrait.types import N_BLENDSHAPES, N_LANDMARKS, FaceTrack, Frame, Portrait

BLENDSHAPES: Final[tuple[str, ...]] = (
    "_neutral", "browDownLeft", "browDownRight", "browInnerUp", "browOuterUpLeft",
    "browOuterUpRight", "cheekPuff", "cheekSquintLeft", "cheekSquintRight", "eyeBlinkLeft",
    "eyeBlinkRight", "eyeLookDownLeft", "eyeLookDownRight", "eyeLookInLeft", "eyeLookInRight",
    "eyeLookOutLeft", "eyeLookOutRight", "eyeLookUpLeft", "eyeLookUpRight", "eyeSquintLeft",
    "eyeSquintRight", "eyeWideLeft", "eyeWideRight", "jawForward", "jawLeft", "jawOpen",
    "jawRight", "mouthClose", "mouthDimpleLeft", "mouthDimpleRight", "mouthFrownLeft",
    "mouthFrownRight", "mouthFunnel", "mouthLeft", "mouthLowerDownLeft", "mouthLowerDownRight",
    "mouthPressLeft", "mouthPressRight", "mouthPucker", "mouthRight", "mouthRollLower",
    "mouthRollUpper", "mouthShrugLower", "mouthShrugUpper", "mouthSmileLeft", "mouthSmileRight",
    "mouthStretchLeft", "mouthStretchRight", "mouthUpperUpLeft", "mouthUpperUpRight",
    "noseSneerLeft", "noseSneerRight",
)  # fmt: skip
BLENDSHAPE_INDEX: Final[dict[str, int]] = {name: i for i, name in enumerate(BLENDSHAPES)}
_BLINKS: Final = (BLENDSHAPE_INDEX["eyeBlinkLeft"], BLENDSHAPE_INDEX["eyeBlinkRight"])


def _centered(image: Frame, face: Face) -> Face:
    """Return a face with the head matrix that is read when it lies in the middle of the picture.

    MediaPipe's matrix is relative to a camera that looks at the picture's middle: one and the same
    face reads up to ten degrees differently in another place of a picture.
    """
    with open_detector(video=False, faces=MAX_FACES) as detector:
        seen = detector.still(image, window_around(face, 1.1))
    if not seen:
        return face
    return face[0], face[1], nearest_face(seen, face_middle(face))[2]


def _position(face: Face) -> str:
    x, y = face_middle(face)
    return f"at ({x:.0f}, {y:.0f}), {face_size(face):.0f} px wide"


def track_portrait(
    image: Frame, *, face: int | None = None, name: str = "portrait", to_draw: bool = True
) -> Portrait:
    """Find the face in a picture.

    Parameters
    ----------
    image : array, shape [H, W, 3]
        sRGB.
    face : int or None
        Which face, counted from 1 = the largest; None takes the largest and says so in
        ``Portrait.warnings`` when there are several.
    name : str
        What messages call the picture, usually its file name.
    to_draw : bool
        Whether it must be fit to be animated, and not only measured.

    Raises
    ------
    FaceError
        No face, or no such face; to draw, also one that :func:`check_fit` refuses.
    """
    faces = with_missed(image, detect_faces(image), MIN_FACE_PX)
    if not faces:
        raise FaceError(
            f"{name}: no face found; use a picture in which both eyes are visible and the face "
            f"is at least {MIN_FACE_PX} px wide"
        )
    if face is not None and not 1 <= face <= len(faces):
        raise FaceError(f"{name}: expected a face number from 1 to {len(faces)}, got {face}")
    chosen = _centered(image, faces[(face or 1) - 1])
    warnings: list[str] = []
    if face is None and len(faces) > 1:
        rest = "; ".join(f"{i} {_position(f)}" for i, f in enumerate(faces[1:], 2))
        warnings.append(
            f"{name}: {len(faces)} faces found, took face 1 {_position(chosen)} "
            f"(others: {rest}); choose with --face N"
        )
    points, shapes, matrix = chosen
    if to_draw:
        warnings += check_fit(image, chosen, shapes[list(_BLINKS)], name)
    return Portrait(image, points, shapes, matrix, name, tuple(warnings))


def track_video(
    frames: Iterable[Frame], fps: float, *, face: int | None = None, smooth: bool = True
) -> FaceTrack:
    """Follow one face through a video.

    A face too small to be seen in the whole frame is searched for in parts of it, in the first
    frame and once in every second without a face, and then followed in a window around it.

    Parameters
    ----------
    frames : iterable of arrays, shape [H, W, 3]
        sRGB, read once and not kept.
    fps : float
        Frame rate.
    face : int or None
        Which face of each frame, counted from 1 = the largest.
    smooth : bool
        Let MediaPipe filter the points over time. That calms a drawing, and lags behind blinks.

    Returns
    -------
    FaceTrack
        Rows without a face are NaN and ``found`` is False there. The head matrix of a face
        followed in a window is that of a camera that looks at the window's middle.

    Raises
    ------
    FaceError
        `face` is less than 1.
    """
    if face is not None and face < 1:
        raise FaceError(f"expected a face number from 1, got {face}")
    rows: list[Face | None] = []
    size = (0, 0)
    with open_follower(fps, face or 1, smooth=smooth) as follower:
        for frame in frames:
            size = (frame.shape[1], frame.shape[0])
            rows.append(follower.follow(frame))
    return pack_track(rows, fps, size)


def track_stills(frames: Iterable[Frame]) -> FaceTrack:
    """Find the largest face in each of some pictures of one size, independently of each other.

    Returns
    -------
    FaceTrack
        At one frame per second; rows without a face are NaN.
    """
    size = (0, 0)
    rows: list[Face | None] = []
    with open_detector(video=False, faces=1) as detector:
        for frame in frames:
            size = (frame.shape[1], frame.shape[0])
            faces = detector.still(frame)
            rows.append(faces[0] if faces else None)
    return pack_track(rows, 1.0, size)


def pack_track(rows: list[Face | None], fps: float, size: tuple[int, int]) -> FaceTrack:
    """Return faces found frame by frame, None where there is none, as a track."""
    n = len(rows)
    landmarks = np.full((n, N_LANDMARKS, 3), np.nan, np.float32)
    shapes = np.full((n, N_BLENDSHAPES), np.nan, np.float32)
    matrices = np.full((n, 4, 4), np.nan, np.float32)
    for i, row in enumerate(rows):
        if row is not None:
            landmarks[i], shapes[i], matrices[i] = row
    found = np.array([row is not None for row in rows], np.bool_)
    return FaceTrack(fps, size, landmarks, shapes, matrices, found)
