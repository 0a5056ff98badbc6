"""MediaPipe's face detector alone: where faces may be, and how much like faces they look.

It is the first stage of the landmarker (BlazeFace) and comes with its model file. The landmarker
does not give its scores away, and misses a face that is small beside another; alone it takes some
milliseconds a window, so that a picture can be looked through in many.
"""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Final
from zipfile import ZipFile

import numpy as np

from cogportrait.face.detector import (
    LEAST_WINDOW_PX,
    Face,
    Window,
    as_mediapipe,
    cut,
    distinct,
    face_middle,
    face_size,
    nearest_face,
    open_detector,
    overlapping,
    window_around,
)
from cogportrait.face.model_file import load_model
from cogportrait.face.native_log import native_notes_dropped
from cogportrait.types import FloatArray, Frame

if TYPE_CHECKING:
    from mediapipe.tasks.python.vision.face_detector import FaceDetector

# Scores of 0..1, on 14 portraits and the first frames of 55 clips: faces the right way up 0.89 to
# 0.96, upside down 0.28 to 0.81; elsewhere in them up to 0.55, in odder pictures up to 0.70.
LIKELY: Final = 0.8
CLEARLY: Final = 0.1  # how much more a turned face must look like one
NARROWEST: Final = 1.5  # widths of a known face; a face of a fifth of its width is seen in such
MOST_PARTS: Final = 6  # windows are no narrower than this part of the picture


@dataclass(frozen=True, slots=True, eq=False)
class Spot:
    """Where there may be a face."""

    score: float  # 0..1
    middle: FloatArray  # [2] pixels
    width_px: float


class Spotter:
    """The open network."""

    def __init__(self, network: "FaceDetector") -> None:
        self._network = network

    def spots(self, image: Frame, window: Window | None = None) -> list[Spot]:
        """Return what looks like a face in a window of a picture, the likeliest first."""
        part, shift = cut(image, window)
        found: list[Spot] = []
        for seen in self._network.detect(as_mediapipe(part)).detections:
            box, score = seen.bounding_box, seen.categories[0].score or 0.0
            x, y = box.origin_x + box.width / 2, box.origin_y + box.height / 2
            middle = np.array([x, y], np.float32) + shift[:2]
            found.append(Spot(score, middle, float(box.width)))
        return sorted(found, key=lambda spot: -spot.score)


@contextmanager
def open_spotter() -> Generator[Spotter]:
    """Yield a spotter; no other network may be opened before it is closed.

    Raises
    ------
    ModelError
        The model file is missing or not the one expected.
    """
    with ZipFile(BytesIO(load_model())) as models:
        model = models.read("face_detector.tflite")
    from mediapipe.tasks.python import BaseOptions
    from mediapipe.tasks.python.vision.face_detector import FaceDetector, FaceDetectorOptions

    options = FaceDetectorOptions(
        base_options=BaseOptions(model_asset_buffer=model), min_detection_confidence=0.05
    )
    with native_notes_dropped():  # it writes some when it is made, used and closed
        network = FaceDetector.create_from_options(options)
        try:
            yield Spotter(network)
        finally:
            network.close()


def is_upside_down(image: Frame, face: Face) -> bool:
    """Return whether a face looks clearly more like one when the picture is turned by 180 degrees.

    The landmarker puts the points of an upright face on one that is upside down.
    """
    part, _ = cut(image, window_around(face, 1.1))
    with open_spotter() as spotter:
        upright, turned = (
            max((spot.score for spot in spotter.spots(view)), default=0.0)
            for view in (part, part[::-1, ::-1])
        )
    return turned > LIKELY and turned > upright + CLEARLY


def with_missed(image: Frame, faces: list[Face], least_px: float) -> list[Face]:
    """Return the faces of a picture, the largest first, with those beside the found ones.

    Parameters
    ----------
    image : array, shape [H, W, 3]
        sRGB.
    faces : list of Face
        Those found in the whole picture, the largest first.
    least_px : float
        Narrower ones are not looked for.
    """
    if not faces:
        return faces
    height, width = image.shape[:2]
    side = max(NARROWEST * face_size(faces[0]), max(width, height) / MOST_PARTS, LEAST_WINDOW_PX)
    with open_spotter() as spotter:
        spots = [
            spot
            for window in overlapping(width, height, int(side))
            for spot in spotter.spots(image, window)
            if spot.score > LIKELY and not any(_covers(face, spot) for face in faces)
        ]
    if not spots:
        return faces
    missed: list[Face] = []
    with open_detector(video=False, faces=1) as detector:
        for spot in sorted(spots, key=lambda spot: -spot.score):
            if not any(_covers(face, spot) for face in missed):
                missed += _look_at(detector.still(image, _window_of(spot)), spot, least_px)
    return distinct(faces + missed)


def _covers(face: Face, spot: Spot) -> bool:
    return float(np.linalg.norm(face_middle(face) - spot.middle)) < 0.7 * face_size(face)


def _window_of(spot: Spot) -> Window:
    (x, y), half = spot.middle, max(1.1 * spot.width_px, LEAST_WINDOW_PX)
    return round(x - half), round(y - half), round(x + half), round(y + half)


def _look_at(seen: list[Face], spot: Spot, least_px: float) -> list[Face]:
    """Return the face that the landmarker sees in a spot, if it does and it is wide enough."""
    if not seen:
        return []
    face = nearest_face(seen, spot.middle)
    return [face] if _covers(face, spot) and face_size(face) >= least_px else []
