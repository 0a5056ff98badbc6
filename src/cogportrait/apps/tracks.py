"""``cogportrait track`` and ``cogportrait rig fit``: faces in pictures and videos to numbers."""

from collections.abc import Iterable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Final

import numpy as np

from cogportrait.apps.console import Advance, Console
from cogportrait.errors import FaceError, InputError
from cogportrait.face.landmarker import BLENDSHAPES, track_video
from cogportrait.io.atomic import check_distinct, check_output, write_bytes
from cogportrait.io.images import check_media_file
from cogportrait.io.reader import read_video
from cogportrait.pipeline import load_portrait
from cogportrait.types import FaceTrack, Frame, Portrait

FORMAT: Final = "cogportrait-track/1"
PICTURES: Final = frozenset((".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".bmp"))


def run_track(media: Path, output: Path, *, face: int | None, console: Console) -> None:
    """Write the track of a picture or video and say where it is."""
    check_distinct((media,), (output,))
    check_output(output, ".npz")
    if media.suffix.lower() in PICTURES:
        portrait = load_portrait(media, face=face)
        console.warn(*portrait.warnings)
        track = still_track(portrait)
    else:
        track = _follow(media, face, console)
    write_track(track, output)
    console.result(
        output, {"frames": len(track), "found": int(track.found.sum()), "fps": track.fps}
    )


def _follow(media: Path, face: int | None, console: Console) -> FaceTrack:
    video = read_video(media)
    with console.progress("tracking", video.n_frames) as advance:
        track = track_video(_counted(video, advance), video.fps, face=face)
    seen = int(track.found.sum())
    if seen == 0:
        which = "" if face in (None, 1) else f" number {face}"
        raise FaceError(f"{media.name}: no face{which} found in any of {len(track)} frames")
    if seen < len(track):
        console.warn(f"{media.name}: no face in {len(track) - seen} of {len(track)} frames")
    return track


def _counted(frames: Iterable[Frame], advance: Advance) -> Iterator[Frame]:
    for done, frame in enumerate(frames, 1):
        yield frame
        advance(done)


def still_track(portrait: Portrait) -> FaceTrack:
    """Return the track of a picture: one frame, at 1 frame per second."""
    height, width = portrait.image.shape[:2]
    return FaceTrack(
        fps=1.0,
        size_px=(width, height),
        landmarks_px=portrait.landmarks_px[None],
        blendshapes=portrait.blendshapes[None],
        head_matrix=portrait.head_matrix[None],
        found=np.ones(1, np.bool_),
    )


def write_track(track: FaceTrack, path: Path) -> None:
    """Write a track as compressed NumPy arrays, whole or not at all."""
    buffer = BytesIO()
    np.savez_compressed(
        buffer,
        format=np.array(FORMAT),
        fps=np.array(track.fps),
        size_px=np.array(track.size_px),
        landmarks_px=track.landmarks_px,
        blendshapes=track.blendshapes,
        blendshape_names=np.array(BLENDSHAPES),
        head_matrix=track.head_matrix,
        found=track.found,
    )
    write_bytes(path, buffer.getvalue())


def run_rig_fit(clips: Path, output: Path, *, day: str, console: Console) -> None:
    """Fit the rig and say where it is."""
    check_media_file(clips, "a table of clips")
    try:
        clips.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise InputError(f"{clips}: expected a table in UTF-8, got a binary file") from error
    from cogportrait.face.rig_fit import fit_rig

    def follow(path: Path) -> FaceTrack:
        return _follow(path, None, console)

    fit_rig(clips, output, date=day, track=follow)
    console.result(output, {})
