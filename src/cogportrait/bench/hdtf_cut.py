"""Clips cut out of HDTF's videos: the annotated time, the window of the face, 512 x 512 at 25 fps.

The data set prescribes two ways to the window (https://github.com/MRzzm/HDTF). Where one is
annotated, it is taken, scaled from the annotated height to that of the video at hand. Where none
is, or it does not fit, the faces found in the clip are put into one square, which is enlarged by
the annotated zoom.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from cogportrait.bench.build import LOOKS_HZ
from cogportrait.bench.hdtf import HdtfClip, HdtfVideo, Window
from cogportrait.errors import FaceError, InputError, MediaError
from cogportrait.face.landmarker import track_video
from cogportrait.face.landmarks import N_FACE
from cogportrait.io.atomic import atomic_folder
from cogportrait.io.reader import VideoReader
from cogportrait.io.sound_parts import write_sound_part
from cogportrait.io.video import VideoWriter
from cogportrait.types import FloatArray, Frame

SIDE_PX: Final = 512  # of a clip, as the data set prescribes
FPS: Final = 25.0
SHORT_S: Final = 1.0  # that a video may end before an annotated end: these are whole seconds
BEYOND: Final = 0.005  # share of the height that a window may reach out of a picture by rounding


def annotated_window(video: HdtfVideo, clip: HdtfClip, size_px: tuple[int, int]) -> Window | None:
    """Return the annotated window in a picture of another size; None where it does not fit.

    Parameters
    ----------
    size_px
        Width and height of the video at hand.
    """
    given, (width, height) = clip.window, size_px
    if given is None or not 0 < given.y + given.side <= video.height_px:
        return None
    found = _scaled(given, height / video.height_px)
    slack = max(BEYOND * height, 1)
    if found.side < 1 or max(found.x - width, found.y - height) + found.side > slack:
        return None
    side = min(found.side, width, height)
    return Window(min(found.x, width - side), min(found.y, height - side), side)


def _scaled(window: Window, scale: float) -> Window:
    return Window(*(round(px * scale) for px in (window.x, window.y, window.side)))


def face_window(video: VideoReader, clip: HdtfClip, zoom: float) -> Window:
    """Return the square around the faces in a clip, enlarged.

    Raises
    ------
    FaceError
        No face is found in it.
    MediaError
        The video is corrupt further on.
    """
    n = max(round((clip.end_s - clip.start_s) * LOOKS_HZ), 1)
    times = (clip.start_s + i / LOOKS_HZ for i in range(n))
    track = track_video(video.at(times), LOOKS_HZ, smooth=False)
    if not track.found.any():
        raise FaceError(f"{video.path}: no face found from {clip.start_s:g} to {clip.end_s:g} s")
    return square_around(track.landmarks_px[track.found], zoom, video.size_px)


def square_around(landmarks_px: FloatArray, zoom: float, size_px: tuple[int, int]) -> Window:
    """Return the square that holds all faces, [N, 478, 3], enlarged, moved into the picture."""
    points = landmarks_px[:, :N_FACE, :2].reshape(-1, 2)
    low, high = points.min(axis=0), points.max(axis=0)
    side = min(round(float((high - low).max()) * zoom), *size_px)
    corner = (low + high + 1 - side) / 2  # a point is the middle of a pixel
    x, y = (
        int(np.clip(round(float(at)), 0, of - side)) for at, of in zip(corner, size_px, strict=True)
    )
    return Window(x, y, side)


def cut_clip(video: VideoReader, clip: HdtfClip, window: Window, target: Path) -> bool:
    """Write a clip and say whether it has sound; the file is complete or not there.

    Raises
    ------
    MediaError
        The video is corrupt, or ends before the clip does.
    OutputError
        The file cannot be written.
    """
    seconds = clip.end_s - clip.start_s
    with atomic_folder(target) as temporary:
        sound = temporary / "sound.wav"
        has_sound = write_sound_part(
            video.path, sound, first_s=video.first_s + clip.start_s, seconds=seconds
        )
        with VideoWriter(
            target, fps=FPS, size_px=(SIDE_PX, SIDE_PX), audio=sound if has_sound else None
        ) as out:
            for frame in _frames(video, clip):
                out.write(_cropped(frame, window))
            got_s = out.frames_written / FPS
            if got_s < least_s(clip):
                raise _too_short(video, clip, clip.start_s + got_s)
    return has_sound


def least_s(clip: HdtfClip) -> float:
    """Return how much of a clip has to be there, in seconds: all but a second, at least half."""
    seconds = clip.end_s - clip.start_s
    return max(seconds - SHORT_S, seconds / 2)


def check_length(video: VideoReader, clip: HdtfClip) -> None:
    """Raise :class:`MediaError` if a video says that it ends before a clip does."""
    if video.duration_s < clip.start_s + least_s(clip):  # False for NaN
        raise _too_short(video, clip, video.duration_s)


def _too_short(video: VideoReader, clip: HdtfClip, ends_s: float) -> MediaError:
    return MediaError(
        f"{video.path}: expected {clip.name} to go on to {clip.end_s:g} s, got a video that ends "
        f"at {ends_s:.1f} s; fetch it again"
    )


def _frames(video: VideoReader, clip: HdtfClip) -> Iterator[Frame]:
    n = round((clip.end_s - clip.start_s) * FPS)
    return video.at(clip.start_s + i / FPS for i in range(n))


def _cropped(frame: Frame, window: Window) -> Frame:
    """Return a window of a frame at the size of a clip."""
    part = frame[window.y : window.y + window.side, window.x : window.x + window.side]
    way = cv2.INTER_AREA if window.side > SIDE_PX else cv2.INTER_CUBIC
    return cv2.resize(part, (SIDE_PX, SIDE_PX), interpolation=way).astype(np.uint8, copy=False)


def window_of(video: HdtfVideo, clip: HdtfClip, file: VideoReader) -> tuple[Window, bool]:
    """Return the window of a clip, and whether it is the annotated one.

    Raises
    ------
    InputError
        None is annotated that fits, and no zoom either.
    FaceError
        No face is found in the clip.
    MediaError
        The video is corrupt further on.
    """
    annotated = annotated_window(video, clip, file.size_px)
    if annotated is not None:
        return annotated, True
    if clip.zoom is None:
        raise _no_window(video, clip, file.size_px)
    return face_window(file, clip, clip.zoom), False


def _no_window(video: HdtfVideo, clip: HdtfClip, size_px: tuple[int, int]) -> InputError:
    """Return why a clip without a zoom has no window; the name of the clip is not in it."""
    window, (width, height) = clip.window, size_px
    zoom = f"{video.part}_crop_ratio.txt"
    if window is None:
        return InputError(f"expected an annotated window or zoom, got neither; add one to {zoom}")
    if video.height_px == 0:
        wanted, got = "the height of the picture that it was measured in", "none"
    elif window.y + window.side > video.height_px:
        wanted = f"a window in the annotated height of {video.height_px} px"
        got = f"one that leaves it, {_told(window)}"
    else:
        wanted = f"a window in the picture of {width} x {height} px"
        got = f"one that leaves it, {_told(_scaled(window, height / video.height_px))}"
    return InputError(
        f"{video.part}_crop_wh.txt: expected {wanted}, got {got}, and no zoom is annotated; mend "
        f"the window, or add a zoom to {zoom}"
    )


def _told(window: Window) -> str:
    x, y, side = window.x, window.y, window.side
    return f"x {x} to {x + side} and y {y} to {y + side}"
