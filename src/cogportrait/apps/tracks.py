"""``cogportrait track`` and ``cogportrait rig fit``: faces in pictures and videos to numbers."""

from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Final

import numpy as np

from cogportrait.apps.console import Console, counted
from cogportrait.errors import FaceError, InputError, shown
from cogportrait.face.clips import LEAST_CLIPS, read_clips
from cogportrait.face.landmarker import BLENDSHAPES, track_video
from cogportrait.io.atomic import (
    check_distinct,
    check_output,
    check_output_folder,
    write_bytes,
    write_files,
)
from cogportrait.io.images import check_media_file
from cogportrait.io.reader import read_video
from cogportrait.pipeline import load_portrait
from cogportrait.types import FaceTrack, Portrait

FORMAT: Final = "cogportrait-track/1"
RIG_FILES: Final = ("rig.npz", "rig_card.json")
PICTURES: Final = frozenset((".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".bmp"))


def run_track(media: Path, output: Path, *, face: int | None, console: Console) -> None:
    """Write the track of a picture or video and say where it is."""
    check_distinct((media,), (output,))
    check_output(output, ".npz")
    if media.suffix.lower() in PICTURES:
        portrait = load_portrait(media, face=face, to_draw=False)
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
        track = track_video(counted(video, advance), video.fps, face=face)
    seen = int(track.found.sum())
    if seen == 0:
        which = "" if face in (None, 1) else f" number {face}"
        raise FaceError(f"{media.name}: no face{which} found in any of {len(track)} frames")
    if seen < len(track):
        console.warn(f"{media.name}: no face in {len(track) - seen} of {len(track)} frames")
    return track


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


def run_rig_fit(table: Path, output: Path, *, day: str, console: Console) -> None:
    """Fit the rig and say where it is; everything given is judged before a clip is tracked."""
    files = [output / name for name in RIG_FILES]
    check_distinct((table,), files)
    check_output_folder(output, *RIG_FILES)
    check_day(day)
    check_media_file(table, "a table of clips")
    clips = read_clips(table, least=LEAST_CLIPS)
    for clip in clips:
        check_media_file(clip.path, "a clip")
    check_distinct((clip.path for clip in clips), files)
    from cogportrait.face.rig_fit import fit_rig, rig_files

    def follow(path: Path) -> FaceTrack:
        return _follow(path, None, console)

    write_files(output, rig_files(fit_rig(clips, date=day, track=follow)))
    console.result(output, {})


def check_day(day: str) -> None:
    """Raise :class:`InputError` unless `day` is a date such as 2026-01-31."""
    try:
        if date.fromisoformat(day).isoformat() == day:
            return
    except ValueError:
        pass
    raise InputError(f"--date: expected an ISO date such as 2026-01-31, got {shown(day)}")
