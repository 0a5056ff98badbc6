"""Faces to render: portraits, and a calm frame of every person in a table of clips."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from bench.fidelity.portrait import load_portrait
from cogportrait.errors import CogPortraitError
from cogportrait.face.clips import read_clips
from cogportrait.face.landmarker import track_portrait, track_video
from cogportrait.face.landmarks import aperture_ratio
from cogportrait.face.pose import head_angles_deg
from cogportrait.io.reader import read_video
from cogportrait.types import FaceTrack, Frame, Portrait

SIZE_PX = 512  # longer side at which faces are rendered
FRONTAL_DEG = 12.0
AROUND = 1.7  # face widths from the face's middle that are kept of a frame
_CALMEST = 5  # frames that are tried
_PICTURES = (".jpg", ".jpeg", ".png", ".webp")


def portraits_in(paths: Iterable[Path]) -> Iterator[Portrait]:
    """Yield the NASA portrait and the faces in pictures or folders of them."""
    files = [Path("astronaut")]
    for path in paths:
        inside = sorted(path.iterdir()) if path.is_dir() else [path]
        files += [file for file in inside if file.suffix.lower() in _PICTURES]
    for file in files:
        try:
            portrait = load_portrait(file, None)
            yield scaled(portrait.image, file.stem)
        except CogPortraitError as error:
            print(f"left out: {error}")


def people_in(table: Path) -> Iterator[Portrait]:
    """Yield one calm, frontal, open-eyed frame of each person whose numbers may be used."""
    seen: set[str] = set()
    for clip in read_clips(table):
        if clip.person in seen:
            continue
        video = read_video(clip.path)
        frames = list(video)
        for frame in _calm(frames, track_video(frames, video.fps, smooth=False)):
            try:
                yield scaled(frame, clip.person)
            except CogPortraitError as error:
                print(f"{clip.name}: {error}")
                continue
            seen.add(clip.person)
            break


def _calm(frames: list[Frame], track: FaceTrack) -> Iterator[Frame]:
    found = np.flatnonzero(track.found)
    if len(found) == 0:
        return
    scores = track.blendshapes[found].sum(1)
    turned = np.abs(head_angles_deg(track.head_matrix[found].astype(np.float64)))[:, :2].max(1)
    opened = aperture_ratio(track.landmarks_px[found]).min(1)
    cost = scores + (turned > FRONTAL_DEG) * (turned - FRONTAL_DEG) - 4 * opened
    for i in np.argsort(cost, kind="stable")[:_CALMEST]:
        yield _around(frames[int(found[i])], track.landmarks_px[found[i]])


def _around(frame: Frame, points: NDArray[np.floating]) -> Frame:
    """Return the part of a frame around a face."""
    center, wide = points[:, :2].mean(0), float(np.ptp(points[:, 0]))
    h, w = frame.shape[:2]
    x0, y0 = np.clip(np.floor(center - AROUND * wide), 0, (w, h)).astype(int)
    x1, y1 = np.clip(np.ceil(center + AROUND * wide), 0, (w, h)).astype(int)
    return frame[y0:y1, x0:x1]


def scaled(image: Frame, name: str, size_px: float = SIZE_PX, stretch: float = 1.0) -> Portrait:
    """Return a picture tracked at a size; `stretch` makes it wider."""
    k = min(size_px / max(image.shape[:2]), 1.6)
    way = cv2.INTER_AREA if k < 1 else cv2.INTER_CUBIC
    sized = cv2.resize(image, None, fx=k * stretch, fy=k, interpolation=way)
    return track_portrait(np.ascontiguousarray(sized, np.uint8), name=name)
