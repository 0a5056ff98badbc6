"""What is read: pixels to landmarks by an independent pass of the tracker, landmarks to figures.

Sides are the subject's: MediaPipe's 33/133/159/145 and iris 468 belong to the right eye, 263/362/
386/374 and iris 473 to the left one. Eye axis order (left, right). Image mode, so that each frame
is read for itself.
"""

from dataclasses import dataclass
from typing import Self

import mediapipe as mp
import numpy as np
from mediapipe.tasks.python import BaseOptions, vision
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from cogportrait.face.model_file import load_model
from cogportrait.face.native_log import native_notes_dropped
from cogportrait.types import N_BLENDSHAPES, N_LANDMARKS, Frame

Array = NDArray[np.float64]

CORNERS = ((263, 362), (33, 133))  # outer, inner
LID_PAIRS = (
    ((386, 374), (385, 380), (387, 373)),
    ((159, 145), (158, 153), (160, 144)),
)
IRIS = ((473, (474, 475, 476, 477)), (468, (469, 470, 471, 472)))
LOWER_LID = ((249, 390, 373, 374, 380, 381, 382), (7, 163, 144, 145, 153, 154, 155))
LIDS = (
    (466, 388, 387, 386, 385, 384, 398, *LOWER_LID[0]),
    (246, 161, 160, 159, 158, 157, 173, *LOWER_LID[1]),
)
BROW_INNER = ((336, 296, 285, 295), (107, 66, 55, 65))
BROW_OUTER = ((293, 300, 283, 276), (63, 70, 53, 46))
BROW = (
    (336, 296, 334, 293, 300, 285, 295, 282, 283, 276),
    (107, 66, 105, 63, 70, 55, 65, 52, 53, 46),
)
CHEEK = ((280, 330, 425, 347, 346), (50, 101, 205, 118, 117))
LIPS = (
    61, 185, 40, 39, 37, 0, 267, 269, 270, 409, 291, 146, 91, 181, 84, 17, 314, 405, 321, 375,
    78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308, 95, 88, 178, 87, 14, 317, 402, 318, 324,
)  # fmt: skip
STILL = (6, 168, 197, 195, 5, 4, 1, 2, 33, 133, 362, 263, 127, 356, 234, 454, 10)
LIP_GAP = ((13, 14), (82, 87), (312, 317))
MOUTH_WIDTH = (78, 308)


@dataclass(frozen=True, slots=True, eq=False)
class Readings:
    """What the tracker saw in a run of frames; NaN where it saw no face."""

    points: Array  # [T, 478, 2] pixels
    blendshapes: Array  # [T, 52]
    rotation: Array  # [T, 3, 3] head -> camera; x image right, y up, z toward the camera

    def __getitem__(self, rows: slice) -> "Readings":
        """Return some of the frames."""
        return Readings(self.points[rows], self.blendshapes[rows], self.rotation[rows])


class PixelTracker:
    """Face Landmarker in image mode, made once and closed explicitly."""

    def __init__(self, near: Array) -> None:
        """Track the face whose centre is nearest to `near`, [2] in pixels."""
        self._near = near
        options = vision.FaceLandmarkerOptions(
            base_options=BaseOptions(model_asset_buffer=load_model()),
            running_mode=vision.RunningMode.IMAGE,
            num_faces=3,
            output_face_blendshapes=True,
            output_facial_transformation_matrixes=True,
        )
        with native_notes_dropped():
            self._landmarker = vision.FaceLandmarker.create_from_options(options)

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Free the network."""
        self._landmarker.close()

    def read(self, frame: Frame) -> tuple[Array, Array, Array]:
        """Return points [478, 2], blendshapes [52] and rotation [3, 3]; NaN without a face."""
        image = mp.Image(image_format=mp.ImageFormat.SRGB, data=np.ascontiguousarray(frame))
        result = self._landmarker.detect(image)
        faces = [
            np.array([[p.x, p.y] for p in face]) * (frame.shape[1], frame.shape[0])
            for face in result.face_landmarks
        ]
        if not faces:
            empty = ((N_LANDMARKS, 2), (N_BLENDSHAPES,), (3, 3))
            points, shapes, rotation = (np.full(shape, np.nan) for shape in empty)
            return points, shapes, rotation
        i = int(np.argmin([np.linalg.norm(face.mean(0) - self._near) for face in faces]))
        shapes = np.array([s.score for s in result.face_blendshapes[i]])
        matrix = np.asarray(result.facial_transformation_matrixes[i], np.float64)
        return faces[i], shapes, matrix[:3, :3] / np.cbrt(np.linalg.det(matrix[:3, :3]))


def stack(rows: list[tuple[Array, Array, Array]]) -> Readings:
    """Collect the rows of :meth:`PixelTracker.read`."""
    points, shapes, rotation = zip(*rows, strict=True)
    return Readings(np.stack(points), np.stack(shapes), np.stack(rotation))


def _distance(points: Array, a: int, b: int) -> Array:
    return np.linalg.norm(points[:, a] - points[:, b], axis=-1)


def eye_width(points: Array) -> Array:
    """Return the distance of the corners of each eye in pixels, [T, 2]."""
    return np.stack([_distance(points, outer, inner) for outer, inner in CORNERS], -1)


def aperture(points: Array) -> Array:
    """Return lid distance / eye width of each eye, mean of three lid pairs, [T, 2]."""
    gaps = [np.mean([_distance(points, *pair) for pair in pairs], axis=0) for pairs in LID_PAIRS]
    return np.stack(gaps, -1) / eye_width(points)


def interocular(points: Array) -> Array:
    """Return the distance between the midpoints of the eyes in pixels, [T]."""
    left, right = (points[:, list(pair)].mean(1) for pair in CORNERS)
    return np.linalg.norm(left - right, axis=-1)


def iris_offset(points: Array) -> Array:
    """Return the iris centre from the middle of the eye's corners / eye width.

    Returns
    -------
    array, shape [T, 2, 2]
        Eye x (toward the subject's left, up), along and across the line through the corners.
    """
    out: list[Array] = []
    for (outer, inner), (centre, _), sign in zip(CORNERS, IRIS, (1, -1), strict=True):
        along = sign * (points[:, outer] - points[:, inner])
        width = np.linalg.norm(along, axis=-1, keepdims=True)
        along = along / width
        up = np.stack([along[:, 1], -along[:, 0]], -1)
        shift = (points[:, centre] - (points[:, outer] + points[:, inner]) / 2) / width
        out.append(np.stack([(shift * along).sum(-1), (shift * up).sum(-1)], -1))
    return np.stack(out, 1)


def iris_roundness(points: Array) -> Array:
    """Return the smaller / the larger of the two diameters of each iris, [T, 2]."""
    out: list[Array] = []
    for _, (a, b, c, d) in IRIS:
        extents = np.stack([_distance(points, a, c), _distance(points, b, d)])
        out.append(extents.min(0) / extents.max(0))
    return np.stack(out, -1)


def head_fixed(points: Array, rest: Array) -> Array:
    """Return the points in the head's own frame.

    A similarity over points that expressions hardly move takes each frame onto `rest` [478, 2];
    then x points to the subject's left, y up, unit = interocular distance of `rest`.
    """
    target = rest[list(STILL)]
    target_mean = target.mean(0)
    moved = np.empty_like(points)
    for i, frame in enumerate(points):
        source = frame[list(STILL)]
        mean = source.mean(0)
        a, b = (
            (source - mean).view(np.complex128)[:, 0],
            (target - target_mean).view(np.complex128)[:, 0],
        )
        turn = np.vdot(a, b) / np.vdot(a, a)
        moved[i] = ((frame - mean).view(np.complex128) * turn).view(np.float64) + target_mean
    left, right = (rest[list(pair)].mean(0) for pair in CORNERS)
    size = float(np.linalg.norm(left - right))
    x = (left - right) / size
    y = np.array([x[1], -x[0]])
    centred = moved - (left + right) / 2
    return np.stack([centred @ x, centred @ y], -1) / size


def head_angles_deg(rotation: Array, rest: Array) -> Array:
    """Return yaw, pitch, roll of the turn from `rest` [3, 3], as a rotation vector in degrees.

    Yaw + toward the subject's left (image right), pitch + up, roll + top of the head toward the
    image right. Camera axes are x image right, y up, z toward the camera, so that yaw turns about
    y, pitch about -x and roll about -z. The axes are those of the head at rest.
    """
    out = np.full((len(rotation), 3), np.nan)
    seen = np.isfinite(rotation).all((1, 2))
    turn = Rotation.from_matrix(rest.T @ rotation[seen]).as_rotvec(degrees=True)
    out[seen] = np.stack([turn[:, 1], -turn[:, 0], -turn[:, 2]], -1)
    return out


def mouth_opening(points: Array) -> Array:
    """Return the gap between the lips / inner mouth width, mean of three pairs, [T]."""
    gap = np.mean([_distance(points, a, b) for a, b in LIP_GAP], axis=0)
    return gap / _distance(points, *MOUTH_WIDTH)
