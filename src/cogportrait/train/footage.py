"""Footage to learn from: a face's square view of every frame of a clip, with its keypoints.

A clip's view stays where the face of its reference frame is, as a portrait's does when it is drawn,
so that motion of the head is motion in the view. Of each clip one file is kept: uint8 frames,
keypoints in pixels of the view, and the same clip as the warp renderer draws it from the reference
under the measured controls (the hint that a network may be given).
"""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from cogportrait.errors import InputError, ModelError, shown
from cogportrait.face import landmarks as lm
from cogportrait.face.landmarker import track_portrait
from cogportrait.face.measure import face_rows, measure
from cogportrait.face.neutral import calm_frames, estimated_from
from cogportrait.face.view import View, view_of
from cogportrait.io.atomic import atomic_path
from cogportrait.io.manifest import sha256_of
from cogportrait.io.reader import read_video
from cogportrait.pipeline import keypoints
from cogportrait.renderers.warp import WarpRenderer
from cogportrait.types import ControlSequence, FloatArray, Frame

FORMAT: Final = "cogportrait-footage/1"
FINER: Final = 2  # times the view's size, at which hints are drawn
MARGIN: Final = 0.02  # of a view's side, by which a face may leave it


@dataclass(frozen=True, slots=True)
class Origin:
    """What a file was made from."""

    format: str
    name: str
    person: str
    source_sha256: str
    fps: float
    reference: int  # number of the frame that stands for the portrait
    size_px: int


@dataclass(frozen=True, slots=True, eq=False)
class Footage:
    """A clip in the view of its reference."""

    origin: Origin
    frames: NDArray[np.uint8]  # [T, S, S, 3] sRGB
    hints: NDArray[np.uint8]  # [T, S, S, 3] the reference, warped
    points_px: FloatArray  # [T, 478, 2] in the view; NaN without a face
    inside: NDArray[np.bool_]  # [T] whether the face is there and in the view

    def __len__(self) -> int:
        """Return the number of frames."""
        return len(self.frames)


def film(video: Path, size_px: int, *, person: str = "") -> Footage:
    """Return the footage of a clip.

    Raises
    ------
    CogPortraitError
        The clip cannot be read, or holds no face.
    """
    source = read_video(video)
    seen: list[FloatArray | None] = []
    rows = face_rows(source, source.fps, watch=lambda _, points: seen.append(points))
    number = int(calm_frames(rows)[0])
    calm = seen[number]
    if calm is None:
        raise InputError(f"{video}: expected a face in frame {number}, got none")
    neutral = estimated_from(rows[np.array([number])])
    view = view_of(calm, size_px)
    missing = np.full((lm.N_FACE + 10, 2), np.nan)
    points = np.stack([missing if p is None else view.placed(p[:, :2]) for p in seen])
    oval = points[:, lm.FACE_OVAL]
    slack = MARGIN * size_px
    inside = np.asarray(((oval > -slack) & (oval < size_px + slack)).all((1, 2)), np.bool_)
    frames = np.stack([view.cut(frame) for frame in read_video(video)])[: len(points)]
    controls = measure(rows, source.fps, neutral=neutral).controls
    still = next(islice(read_video(video), number, None))
    hints = np.stack(list(_warped(still, view, controls, video.name)))
    origin = Origin(
        FORMAT, video.stem, person or video.stem, sha256_of(video), source.fps, number, size_px
    )
    return Footage(origin, frames, hints, points.astype(np.float32), inside)


def _warped(still: Frame, view: View, controls: ControlSequence, name: str) -> Iterator[Frame]:
    """Yield the reference as the warp renderer draws it, in the view."""
    fine = View(view.left, view.top, view.side_px, view.size_px * FINER).cut(still)
    portrait = track_portrait(fine, name=name, to_draw=False)
    for frame in WarpRenderer().render(portrait, keypoints(portrait, controls), seed=0):
        size = (view.size_px, view.size_px)
        yield np.asarray(cv2.resize(frame, size, interpolation=cv2.INTER_AREA), np.uint8)


def write_footage(folder: Path, footage: Footage) -> Path:
    """Write a clip's file into a folder; return its path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{footage.origin.name}.safetensors"
    content = save(
        {
            "frames": footage.frames,
            "hints": footage.hints,
            "points_px": footage.points_px,
            "inside": footage.inside.astype(np.uint8),
        },
        metadata={"origin": json.dumps(asdict(footage.origin))},
    )
    with atomic_path(path) as temporary:
        temporary.write_bytes(content)
    return path


def read_origin(path: Path) -> Origin:
    """Return what a file of footage was made from, without reading its pixels.

    Raises
    ------
    ModelError
        It is no such file.
    """
    try:
        with safe_open(path, framework="np") as held:
            return Origin(**json.loads((held.metadata() or {})["origin"]))
    except (SafetensorError, OSError, KeyError, TypeError, ValueError) as error:
        raise ModelError(
            f"{path}: expected a file of footage ({FORMAT}): {shown(str(error))}; prepare it again"
        ) from error


def read_footage(path: Path) -> Footage:
    """Return the footage in a file.

    Raises
    ------
    ModelError
        It is no such file.
    """
    origin = read_origin(path)
    with safe_open(path, framework="np") as held:
        return Footage(
            origin,
            held.get_tensor("frames"),
            held.get_tensor("hints"),
            held.get_tensor("points_px"),
            held.get_tensor("inside").astype(np.bool_),
        )
