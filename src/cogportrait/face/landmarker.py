"""MediaPipe Face Landmarker: 478 points, 52 blendshapes and the head matrix of one face.

Missing faces are NaN, never invented. The network runs on the CPU; equal pixels give equal points.
"""

from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from typing import Final

import cv2
import numpy as np
from mediapipe import Image, ImageFormat
from mediapipe.tasks.python import BaseOptions
from mediapipe.tasks.python.vision.core.vision_task_running_mode import (
    VisionTaskRunningMode as RunningMode,
)
from mediapipe.tasks.python.vision.face_landmarker import (
    FaceLandmarker,
    FaceLandmarkerOptions,
    FaceLandmarkerResult,
)

from cogportrait.errors import FaceError
from cogportrait.face.landmarks import aperture_ratio
from cogportrait.face.model_file import load_model
from cogportrait.face.pose import head_angles_deg
from cogportrait.types import N_BLENDSHAPES, N_LANDMARKS, FaceTrack, FloatArray, Frame, Portrait

MIN_FACE_PX: Final = 64  # face width; below it a lid is under three pixels high
MAX_YAW_DEG: Final = 45.0  # beyond it the far eye's corner is out of sight
CLOSED_BLINK: Final = 0.55  # blink score of really closed eyes: 0.74 to 0.82 (docs/rig.md)
CLOSED_APERTURE: Final = 0.12  # lid distance / eye width; open ones measure 0.18 to 0.41
MAX_FACES: Final = 8

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

_Face = tuple[FloatArray, FloatArray, FloatArray]  # landmarks [478, 3], shapes [52], matrix [4, 4]


@contextmanager
def _landmarker(mode: RunningMode, faces: int) -> Generator[FaceLandmarker]:
    options = FaceLandmarkerOptions(
        base_options=BaseOptions(model_asset_buffer=load_model()),
        running_mode=mode,
        num_faces=faces,
        output_face_blendshapes=True,
        output_facial_transformation_matrixes=True,
    )
    landmarker = FaceLandmarker.create_from_options(options)
    try:
        yield landmarker
    finally:
        landmarker.close()


def _as_mp(frame: Frame) -> Image:
    return Image(image_format=ImageFormat.SRGB, data=np.ascontiguousarray(frame))


def _faces(result: FaceLandmarkerResult, width: int, height: int) -> list[_Face]:
    """Return all faces of a result, the largest first."""
    scale = np.array([width, height, width], np.float32)
    # MediaPipe counts from the top-left edge of the picture; pixel (0, 0) here is a centre.
    offset = np.array([0.5, 0.5, 0.0], np.float32)
    faces: list[_Face] = []
    for points, shapes, matrix in zip(
        result.face_landmarks,
        result.face_blendshapes,
        result.facial_transformation_matrixes,
        strict=True,
    ):
        xyz = np.array([[p.x, p.y, p.z] for p in points], np.float32) * scale - offset
        scores = np.array([s.score for s in shapes], np.float32)
        faces.append((xyz, scores, np.asarray(matrix, np.float32)))
    return sorted(faces, key=lambda face: -_face_size(face[0]))


def _face_size(points: FloatArray) -> float:
    """Return the width of a face in pixels."""
    return float(np.ptp(points[:, 0]))


def _detect_faces(image: Frame) -> list[_Face]:
    """Find faces in a still picture, the largest first.

    The detector sees faces that take up a fair part of the picture. If it finds none, it looks
    again at the picture with a border (a face that fills it) and at overlapping parts (a small
    one), the finest parts a quarter of the picture wide.
    """
    with _landmarker(RunningMode.IMAGE, MAX_FACES) as landmarker:
        for windows in _search(image.shape[1], image.shape[0]):
            found = [face for window in windows for face in _look(landmarker, image, window)]
            if found:
                return _distinct(found)
    return []


_Window = tuple[int, int, int, int]  # x0, y0, x1, y1; may reach past the picture


def _search(width: int, height: int) -> Iterator[list[_Window]]:
    """Yield the windows of every round of the search."""
    yield [(0, 0, width, height)]
    pad = max(width, height) // 2
    yield [(-pad, -pad, width + pad, height + pad)]
    for parts in (2, 4):
        side = max(max(width, height) // parts, MIN_FACE_PX)
        xs, ys = (range(0, max(n - side // 2, 1), max(side // 2, 1)) for n in (width, height))
        yield [(x, y, x + side, y + side) for y in ys for x in xs]


def _look(landmarker: FaceLandmarker, image: Frame, window: _Window) -> list[_Face]:
    """Return the faces in a window of the picture, in the picture's pixels."""
    x0, y0, x1, y1 = window
    height, width = image.shape[:2]
    left, top, right, bottom = max(x0, 0), max(y0, 0), min(x1, width), min(y1, height)
    part = image[top:bottom, left:right]
    if (x0, y0, x1, y1) != (left, top, right, bottom):
        part = cv2.copyMakeBorder(
            part, top - y0, y1 - bottom, left - x0, x1 - right, cv2.BORDER_REPLICATE
        )
    found = _faces(landmarker.detect(_as_mp(np.asarray(part, np.uint8))), x1 - x0, y1 - y0)
    shift = np.array([x0, y0, 0], np.float32)
    return [(points + shift, shapes, matrix) for points, shapes, matrix in found]


def _distinct(faces: list[_Face]) -> list[_Face]:
    """Return the faces, the largest first, each one once: windows overlap."""
    kept: list[_Face] = []
    for face in sorted(faces, key=lambda f: -_face_size(f[0])):
        middle = face[0][:, :2].mean(0)
        if all(np.linalg.norm(middle - k[0][:, :2].mean(0)) > 0.5 * _face_size(k[0]) for k in kept):
            kept.append(face)
    return kept


def _centered(image: Frame, face: _Face) -> _Face:
    """Return a face with the head matrix that is read when it lies in the middle of the picture.

    MediaPipe's matrix is relative to a camera that looks at the picture's middle: one and the same
    face reads up to ten degrees differently in another place of a picture.
    """
    points, shapes, _ = face
    x, y = points[:, :2].mean(0)
    half = max(1.1 * _face_size(points), MIN_FACE_PX)
    window = (round(x - half), round(y - half), round(x + half), round(y + half))
    with _landmarker(RunningMode.IMAGE, MAX_FACES) as landmarker:
        seen = _look(landmarker, image, window)
    if not seen:
        return face
    nearest = min(seen, key=lambda f: float(np.linalg.norm(f[0][:, :2].mean(0) - (x, y))))
    return points, shapes, nearest[2]


def _position(face: _Face) -> str:
    x, y = face[0][:, :2].mean(0)
    return f"at ({x:.0f}, {y:.0f}), {_face_size(face[0]):.0f} px wide"


def track_portrait(image: Frame, *, face: int | None = None, name: str = "portrait") -> Portrait:
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

    Raises
    ------
    FaceError
        No face, no such face, a face under 64 px, turned by over 45 degrees, or with closed eyes.
    """
    faces = _detect_faces(image)
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
    warnings += _check_face(chosen, name)
    points, shapes, matrix = chosen
    return Portrait(image, points, shapes, matrix, name, tuple(warnings))


def _check_face(face: _Face, name: str) -> list[str]:
    points, shapes, matrix = face
    size = _face_size(points)
    if size < MIN_FACE_PX:
        raise FaceError(
            f"{name}: expected a face at least {MIN_FACE_PX} px wide, got {size:.0f} px; "
            "use a larger picture or crop"
        )
    yaw, pitch, _ = head_angles_deg(matrix)
    if abs(yaw) > MAX_YAW_DEG:
        raise FaceError(
            f"{name}: expected a head turned by at most {MAX_YAW_DEG:.0f} degrees, got "
            f"{abs(yaw):.0f}; use a picture that shows both eyes"
        )
    return _check_eyes(points, shapes, name) + _check_pose(float(yaw), float(pitch), name)


def _check_eyes(points: FloatArray, shapes: FloatArray, name: str) -> list[str]:
    blink = shapes[[BLENDSHAPE_INDEX["eyeBlinkLeft"], BLENDSHAPE_INDEX["eyeBlinkRight"]]]
    aperture = aperture_ratio(points)
    closed = (blink > CLOSED_BLINK) & (aperture < CLOSED_APERTURE)
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


def _check_pose(yaw: float, pitch: float, name: str) -> list[str]:
    if abs(yaw) > 25 or abs(pitch) > 25:
        return [
            f"{name}: the head is turned by {yaw:+.0f} and raised by {pitch:+.0f} degrees; "
            "the far side is drawn less well than in a frontal picture"
        ]
    return []


def track_video(frames: Iterable[Frame], fps: float, *, face: int | None = None) -> FaceTrack:
    """Follow one face through a video.

    Parameters
    ----------
    frames : iterable of arrays, shape [H, W, 3]
        sRGB, read once and not kept.
    fps : float
        Frame rate.
    face : int or None
        Which face of each frame, counted from 1 = the largest.

    Returns
    -------
    FaceTrack
        Rows without a face are NaN and ``found`` is False there.
    """
    wanted = face or 1
    rows: list[_Face | None] = []
    size = (0, 0)
    with _landmarker(RunningMode.VIDEO, wanted) as landmarker:
        for i, frame in enumerate(frames):
            size = (frame.shape[1], frame.shape[0])
            result = landmarker.detect_for_video(_as_mp(frame), round(i * 1000 / fps))
            faces = _faces(result, *size)
            rows.append(faces[wanted - 1] if len(faces) >= wanted else None)
    return _pack(rows, fps, size)


def track_stills(frames: Iterable[Frame]) -> FaceTrack:
    """Find the largest face in each of some pictures of one size, independently of each other.

    Returns
    -------
    FaceTrack
        At one frame per second; rows without a face are NaN.
    """
    size = (0, 0)
    rows: list[_Face | None] = []
    with _landmarker(RunningMode.IMAGE, 1) as landmarker:
        for frame in frames:
            size = (frame.shape[1], frame.shape[0])
            faces = _faces(landmarker.detect(_as_mp(frame)), *size)
            rows.append(faces[0] if faces else None)
    return _pack(rows, 1.0, size)


def _pack(rows: list[_Face | None], fps: float, size: tuple[int, int]) -> FaceTrack:
    n = len(rows)
    landmarks = np.full((n, N_LANDMARKS, 3), np.nan, np.float32)
    shapes = np.full((n, N_BLENDSHAPES), np.nan, np.float32)
    matrices = np.full((n, 4, 4), np.nan, np.float32)
    for i, row in enumerate(rows):
        if row is not None:
            landmarks[i], shapes[i], matrices[i] = row
    found = np.array([row is not None for row in rows], np.bool_)
    return FaceTrack(fps, size, landmarks, shapes, matrices, found)
