"""The files that an EMH manifest names: whether they are there, can be read, and are as it says.

Videos are opened and their first frames decoded, sounds are opened: what is damaged further on is
found out where it is used.
"""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from cogportrait.bench.clips import Emh, EmhClip
from cogportrait.bench.manifest_problems import Problem
from cogportrait.errors import MediaError
from cogportrait.io.atomic import resolved
from cogportrait.io.audio import has_sound
from cogportrait.io.reader import VideoReader, read_video

OFF_S: Final = 0.5  # by which files with sound say another length than pictures have, or
OFF: Final = 0.02  # as a share of it
OFF_RATE: Final = 0.01  # 29.97 and 30 are one, 24 and 25 are not
_EXPECTED: Final = "expected "
_GOT: Final = ", got "

Numbered = tuple[int, EmhClip]  # line of the manifest, and what it says


def file_problems(emh: Emh, clips: Iterable[Numbered]) -> Iterator[Problem]:
    """Yield all that is wrong with the files of clips, and what is said of them otherwise.

    Parameters
    ----------
    emh
        Of the folder that paths start from.
    clips
        A field that could not be read is empty, or zero, and is not compared.
    """
    for line, clip in clips:
        if clip.clip:
            yield from _video_problems(line, clip, emh.path_of(clip))
        if clip.audio is not None:
            yield from _sound_problems(line, emh.sound_of(clip))


def header_problems(emh: Emh, clips: Iterable[Numbered]) -> Iterator[Problem]:
    """Yield what is said of clips and is not what their files say; others are passed over."""
    for line, clip in clips:
        try:
            video = read_video(emh.path_of(clip), quick=True)
        except MediaError:
            continue
        yield from _unlike_header(line, clip, video)


def _video_problems(line: int, clip: EmhClip, path: Path) -> Iterator[Problem]:
    if state := _state(path):
        yield _not_there(line, "clip", state, path)
        return
    try:
        video = read_video(path, quick=True)
    except MediaError as error:
        yield _unreadable(line, "clip", "a video that can be read", error, path)
        return
    yield from _unlike_header(line, clip, video)


def _sound_problems(line: int, path: Path) -> Iterator[Problem]:
    if state := _state(path):
        yield _not_there(line, "audio", state, path)
        return
    try:
        if not has_sound(path):
            got = f"a file without one at {path}"
            yield Problem(line, "audio", "a sound track", got, "name another file")
    except MediaError as error:
        yield _unreadable(line, "audio", "a sound that can be read", error, path)


def _unlike_header(line: int, clip: EmhClip, video: VideoReader) -> Iterator[Problem]:
    """Yield what is said of a clip and is not what its file says of itself."""
    long_s = video.duration_s
    off_s = abs(clip.seconds - long_s)  # NaN where the file says no length
    if clip.seconds and off_s > max(OFF_S, OFF * long_s):
        yield _unlike(line, "seconds", f"{long_s:.3f}", f"{clip.seconds:g}")
    if clip.fps and abs(clip.fps - video.fps) > OFF_RATE * video.fps:
        yield _unlike(line, "fps", f"{round(video.fps, 3):g}", f"{clip.fps:g}")
    if any(clip.size) and clip.size != video.size_px:
        yield _unlike(line, "size", f"{[*video.size_px]}", f"{[*clip.size]}")


def _unlike(line: int, key: str, found: str, said: str) -> Problem:
    return Problem(line, key, f"{found} as the file says", said)


def _not_there(line: int, key: str, state: str, path: Path) -> Problem:
    fix = "put the file there, or mend the path"
    return Problem(line, key, "a file that can be read", f"{state} at {path}", fix)


def _unreadable(line: int, key: str, wanted: str, error: MediaError, path: Path) -> Problem:
    """Return the problem of a file that a reader refuses, in the reader's words."""
    told = str(error.args[0]).removeprefix(f"{resolved(path)}: ")
    reason, _, fix = told.partition("; ")
    if reason.startswith(_EXPECTED) and _GOT in reason:
        wanted, _, reason = reason.removeprefix(_EXPECTED).partition(_GOT)
    return Problem(line, key, wanted, f"{reason} at {path}", fix)


def _state(path: Path) -> str:
    """Return what is at a path instead of a file that can be read; "" if one is."""
    try:
        if not path.exists():
            return "nothing"
        if not path.is_file():
            return "a folder" if path.is_dir() else "a device or pipe"
        if path.stat().st_size == 0:
            return "an empty file"
    except OSError as error:
        return error.strerror or "an error"
    return "" if os.access(path, os.R_OK) else "a file without the right to read it"
