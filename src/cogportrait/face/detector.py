"""MediaPipe Face Landmarker: pixels to faces, in whole pictures and in windows of them.

The network runs on the CPU; equal pixels give equal points. MediaPipe is imported when a detector
is opened, because that takes most of a second.
"""

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np

from cogportrait.face.model_file import load_model
from cogportrait.face.native_log import native_notes_dropped
from cogportrait.types import FloatArray, Frame

if TYPE_CHECKING:
    from mediapipe import Image
    from mediapipe.tasks.python.vision.face_landmarker import FaceLandmarker, FaceLandmarkerResult

MAX_FACES: Final = 8
LEAST_WINDOW_PX: Final = 64

# Landmarks [478, 3] in pixels, blendshapes [52], head matrix [4, 4].
Face: TypeAlias = tuple[FloatArray, FloatArray, FloatArray]
Window: TypeAlias = tuple[int, int, int, int]  # x0, y0, x1, y1; may reach past the picture


class Detector:
    """The open network. It takes either stills or the frames of one video."""

    def __init__(self, network: "FaceLandmarker") -> None:
        self._network = network

    def still(self, image: Frame, window: Window | None = None) -> list[Face]:
        """Return the faces in a window of a picture, the largest first, in its pixels."""
        part, shift = cut(image, window)
        return _faces(self._network.detect(as_mediapipe(part)), part, shift)

    def next_frame(self, image: Frame, time_ms: int, window: Window | None = None) -> list[Face]:
        """Return the faces in the next frame of a video; `window` must stay the same."""
        part, shift = cut(image, window)
        return _faces(self._network.detect_for_video(as_mediapipe(part), time_ms), part, shift)


@contextmanager
def open_detector(*, video: bool, faces: int) -> Generator[Detector]:
    """Yield a detector that finds at most so many faces in a picture.

    Raises
    ------
    ModelError
        The model file is missing or not the one expected.
    """
    model = load_model()
    from mediapipe.tasks.python import BaseOptions
    from mediapipe.tasks.python.vision.core.vision_task_running_mode import VisionTaskRunningMode
    from mediapipe.tasks.python.vision.face_landmarker import (
        FaceLandmarker,
        FaceLandmarkerOptions,
    )

    options = FaceLandmarkerOptions(
        base_options=BaseOptions(model_asset_buffer=model),
        running_mode=VisionTaskRunningMode.VIDEO if video else VisionTaskRunningMode.IMAGE,
        num_faces=faces,
        output_face_blendshapes=True,
        output_facial_transformation_matrixes=True,
    )
    with native_notes_dropped():
        network = FaceLandmarker.create_from_options(options)
    try:
        yield Detector(network)
    finally:
        network.close()


def detect_faces(image: Frame) -> list[Face]:
    """Find faces in a still picture, the largest first.

    The detector sees faces that take up a fair part of the picture. If it finds none, it looks
    again at the picture with a border (a face that fills it) and at overlapping parts (a small
    one), the finest parts a quarter of the picture wide.
    """
    with open_detector(video=False, faces=MAX_FACES) as detector:
        for windows in _search(image.shape[1], image.shape[0]):
            found = [face for window in windows for face in detector.still(image, window)]
            if found:
                return distinct(found)
    return []


def face_size(face: Face) -> float:
    """Return the width of a face in pixels."""
    return float(np.ptp(face[0][:, 0]))


def face_middle(face: Face) -> FloatArray:
    """Return the mean landmark of a face, [2] in pixels."""
    return face[0][:, :2].mean(0)


def nearest_face(faces: list[Face], middle: FloatArray) -> Face:
    """Return the face whose middle is nearest to a place."""
    return min(faces, key=lambda face: float(np.linalg.norm(face_middle(face) - middle)))


def window_around(face: Face, half_faces: float) -> Window:
    """Return a square window in whose middle a face lies; `half_faces` is in face widths."""
    x, y = face_middle(face)
    half = max(half_faces * face_size(face), LEAST_WINDOW_PX)
    return round(x - half), round(y - half), round(x + half), round(y + half)


def _search(width: int, height: int) -> Iterator[list[Window]]:
    """Yield the windows of every round of the search."""
    yield [(0, 0, width, height)]
    pad = max(width, height) // 2
    yield [(-pad, -pad, width + pad, height + pad)]
    for parts in (2, 4):
        yield overlapping(width, height, max(max(width, height) // parts, LEAST_WINDOW_PX))


def overlapping(width: int, height: int, side: int) -> list[Window]:
    """Return square windows that cover a picture twice: each overlaps the next by half."""
    xs, ys = (range(0, max(n - side // 2, 1), max(side // 2, 1)) for n in (width, height))
    return [(x, y, x + side, y + side) for y in ys for x in xs]


def distinct(faces: list[Face]) -> list[Face]:
    """Return the faces, the largest first, each one once: windows overlap."""
    kept: list[Face] = []
    for face in sorted(faces, key=lambda f: -face_size(f)):
        middle = face_middle(face)
        if all(np.linalg.norm(middle - face_middle(k)) > 0.5 * face_size(k) for k in kept):
            kept.append(face)
    return kept


def cut(image: Frame, window: Window | None) -> tuple[Frame, FloatArray]:
    """Return a window of a picture, filled up at the borders, and where it lies."""
    height, width = image.shape[:2]
    x0, y0, x1, y1 = window or (0, 0, width, height)
    left, top, right, bottom = max(x0, 0), max(y0, 0), min(x1, width), min(y1, height)
    part = image[top:bottom, left:right]
    if (x0, y0, x1, y1) != (left, top, right, bottom):
        borders = ((top - y0, y1 - bottom), (left - x0, x1 - right), (0, 0))
        part = np.pad(part, borders, mode="edge")
    return np.ascontiguousarray(part, np.uint8), np.array([x0, y0, 0], np.float32)


def as_mediapipe(frame: Frame) -> "Image":
    """Return pixels as MediaPipe takes them."""
    from mediapipe import Image, ImageFormat

    return Image(image_format=ImageFormat.SRGB, data=frame)


def _faces(result: "FaceLandmarkerResult", part: Frame, shift: FloatArray) -> list[Face]:
    """Return all faces of a result, the largest first."""
    height, width = part.shape[:2]
    scale = np.array([width, height, width], np.float32)
    # MediaPipe counts from the top-left edge of the picture; pixel (0, 0) here is a centre.
    offset = np.array([0.5, 0.5, 0.0], np.float32)
    faces: list[Face] = []
    for points, shapes, matrix in zip(
        result.face_landmarks,
        result.face_blendshapes,
        result.facial_transformation_matrixes,
        strict=True,
    ):
        flat = [value for p in points for value in (p.x, p.y, p.z)]
        xyz = np.array(flat, np.float32).reshape(-1, 3) * scale - offset
        scores = np.array([s.score for s in shapes], np.float32)
        faces.append((xyz + shift, scores, np.asarray(matrix, np.float32)))
    return sorted(faces, key=lambda face: -face_size(face))
