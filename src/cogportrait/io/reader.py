"""Reading videos frame by frame, upright and at a constant rate."""

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Final

import av
import numpy as np
from av.container.input import InputContainer
from av.error import FFmpegError
from av.stream import Stream
from av.video.frame import VideoFrame
from av.video.reformatter import Colorspace, Interpolation

from cogportrait.errors import MediaError
from cogportrait.io.images import check_media_file, check_size
from cogportrait.types import Frame

_SCALER: Final = Interpolation.BICUBIC | Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INT
_QUICK: Final = Interpolation.FAST_BILINEAR  # 0.2 instead of 2.1 ms at 512 px, 1 of 255 darker
_HD_HEIGHT: Final = 720  # untagged video this high is BT.709, below it BT.601, as players assume
_MAX_RATE: Final = Fraction(240)
_MAX_GAP_S: Final = 2.0  # a longer hole in the time stamps is an edit, not a held frame
_STAMP_S: Final = 0.001  # time stamps of Matroska files are whole milliseconds
_SEEK_FROM_S: Final = 5.0  # nearer to the beginning, decoding from there costs no more


@dataclass(frozen=True, slots=True)
class VideoReader:
    """A video that can be iterated, any number of times; each pass decodes anew.

    Iterating yields ``Frame`` arrays ([H, W, 3] sRGB uint8), upright, one every ``1 / fps``
    seconds: a file with a varying rate has frames repeated or left out to keep time.
    """

    path: Path
    rate: Fraction  # frames per second, exact
    size_px: tuple[int, int]  # width, height, rotation applied
    duration_s: float  # as the file claims; NaN when it does not
    quick: bool = False  # colors off by some levels, many times faster: to look at, not to show
    first_s: float = 0.0  # time stamp of the first frame, as the file's sound counts time

    @property
    def fps(self) -> float:
        """Frames per second."""
        return float(self.rate)

    @property
    def n_frames(self) -> int | None:
        """Number of frames as the file claims; the iterator may give a few more or fewer."""
        return round(self.duration_s * self.rate) if np.isfinite(self.duration_s) else None

    def __iter__(self) -> Iterator[Frame]:
        """Decode from the start.

        Raises
        ------
        MediaError
            The file is corrupt further on.
        """
        with _open(self.path) as container:
            previous: Frame | None = None
            due = 0  # number of the frame to be yielded next
            for frame, start_s in _timed(container, self.path):
                slot = due if start_s is None else round(start_s * self.rate)
                picture = _upright_rgb(frame, _QUICK if self.quick else _SCALER)
                if previous is not None and picture.shape != previous.shape:
                    raise MediaError(
                        f"{self.path}: the frame size changes at frame {due}; re-encode the video"
                    )
                while previous is not None and due < slot:
                    yield previous  # held until the next one
                    due += 1
                if slot >= due:
                    yield picture
                    due = slot + 1
                previous = picture
            if due == 0:
                raise _no_video(self.path)

    def at(self, times_s: Iterable[float]) -> Iterator[Frame]:
        """Yield the frame that is shown at each of some times, up to the end of the video.

        What lies before the first of them is skipped where the file can be, and frames that are
        not asked for are decoded but not converted.

        Parameters
        ----------
        times_s
            Seconds since the first frame by the file's own time stamps, none less than the one
            before.

        Raises
        ------
        MediaError
            The file is corrupt on the way, or the frame size changes.
        """
        wanted = iter(times_s)
        time_s = next(wanted, None)
        if time_s is None:
            return
        with _open(self.path) as container:
            stamped = _stamped_from(container, self, time_s)
            shown, coming = next(stamped, None), next(stamped, None)
            picture: Frame | None = None
            while shown is not None and time_s is not None:
                until_s = shown[1] + 1 / self.fps if coming is None else coming[1]
                if time_s > until_s - _STAMP_S:
                    shown, coming, picture = coming, next(stamped, None), None
                    continue
                if picture is None:
                    picture = self._converted(shown[0])
                yield picture
                time_s = next(wanted, None)

    def _converted(self, frame: VideoFrame) -> Frame:
        picture = _upright_rgb(frame, _QUICK if self.quick else _SCALER)
        if picture.shape[1::-1] != self.size_px:
            raise MediaError(f"{self.path}: the frame size changes; re-encode the video")
        return picture


def read_video(path: str | os.PathLike[str], *, quick: bool = False) -> VideoReader:
    """Open a video and return what iterates over its frames.

    Parameters
    ----------
    path
        mp4, mov, webm, mkv, avi, gif ...; its first picture track is read.
    quick
        Colors may be off by some levels: for frames that are measured and not shown.

    Raises
    ------
    MediaError
        Missing, empty, corrupt, without a picture track, a still picture, or too large a frame
        (see :mod:`cogportrait.io.images`).
    """
    file = check_media_file(path, "a video")
    with _open(file) as container:
        stream = container.streams.video[0]
        if any(entry.pos + entry.size > file.stat().st_size for entry in stream.index_entries):
            raise MediaError(f"{file}: the video is truncated; copy it again")
        check_size(file, stream.width, stream.height)
        first = next(iter(_timed(container, file)), None)
        if first is None:
            raise _no_video(file)
        height, width = _upright_rgb(first[0], _QUICK).shape[:2]
        seconds = float("nan")
        if stream.duration is not None and stream.time_base is not None:
            seconds = float(stream.duration * stream.time_base)
        elif container.duration is not None:
            seconds = container.duration / av.time_base
        first_s = 0.0
        if first[0].pts is not None and first[0].time_base is not None:
            first_s = float(first[0].pts * first[0].time_base)
        rate = _rate(container, seconds)
        return VideoReader(file, rate, (width, height), seconds, quick, first_s)


def _rate(container: InputContainer, seconds: float) -> Fraction:
    stream = container.streams.video[0]
    rate = stream.average_rate or stream.guessed_rate or Fraction(25)
    if container.format.name == "gif" and seconds > 0:  # its delays vary: 3, 3, 4 hundredths
        container.seek(0)
        count = sum(1 for packet in container.demux(stream) if packet.size)
        rate = Fraction(count / seconds).limit_denominator(1001)
    return min(Fraction(rate), _MAX_RATE) if rate > 0 else Fraction(25)


def _open(file: Path) -> InputContainer:
    try:
        container = av.open(str(file), "r")
    except (FFmpegError, OSError, ValueError) as error:
        raise MediaError(
            f"{file}: expected a video (mp4, mov, webm, mkv, gif), got something else or "
            "one that is damaged or cut off; copy or download it again"
        ) from error
    names = container.format.name.split(",")
    still = any(name.endswith("_pipe") or name == "image2" for name in names)
    if still or not container.streams.video or not _decodable(container.streams.video[0]):
        container.close()
        kind = "a still picture" if still else "a file without a picture track that can be decoded"
        raise MediaError(f"{file}: expected a video, got {kind}; name another file")
    stream = container.streams.video[0]
    stream.thread_type = "AUTO"
    return container


def _decodable(stream: Stream) -> bool:
    """Return whether a codec is known; damaged headers name none."""
    return bool(getattr(stream, "codec_context", None))


def _timed(container: InputContainer, file: Path) -> Iterator[tuple[VideoFrame, float | None]]:
    """Yield decoded frames with their time since the first, holes in the time stamps closed."""
    shift_s: float | None = None
    last_s = 0.0
    count = 0
    try:
        for frame in container.decode(video=0):
            count += 1
            if frame.pts is None or frame.time_base is None:
                yield frame, None
                continue
            at_s = float(frame.pts * frame.time_base)
            if shift_s is None:
                shift_s = at_s
            elif not -_MAX_GAP_S < at_s - shift_s - last_s < _MAX_GAP_S:
                shift_s = at_s - last_s
            last_s = at_s - shift_s
            yield frame, last_s
    except (FFmpegError, OSError) as error:
        raise MediaError(
            f"{file}: the video is corrupt after frame {count}; copy or encode it again"
        ) from error


def _stamped_from(
    container: InputContainer, video: VideoReader, start_s: float
) -> Iterator[tuple[VideoFrame, float]]:
    """Yield frames with their time since the first, from one at or before `start_s` on."""
    stream = container.streams.video[0]
    found = _stamped(container, video)
    if start_s > _SEEK_FROM_S and stream.time_base is not None:
        with suppress(FFmpegError):
            container.seek(int((video.first_s + start_s) / stream.time_base), stream=stream)
        first = next(found, None)
        stamped = first is not None and first[0].pts is not None
        if first is not None and stamped and first[1] <= start_s + _STAMP_S:
            yield first
            yield from found
            return
        container.seek(0)  # it cannot be skipped so far
        found = _stamped(container, video)
    yield from found


def _stamped(container: InputContainer, video: VideoReader) -> Iterator[tuple[VideoFrame, float]]:
    """Yield decoded frames with their time since the first, as the file has it."""
    last_s = -1 / video.fps
    try:
        for frame in container.decode(video=0):
            if frame.pts is None or frame.time_base is None:
                last_s += 1 / video.fps
            else:
                last_s = float(frame.pts * frame.time_base) - video.first_s
            yield frame, last_s
    except (FFmpegError, OSError) as error:
        raise MediaError(
            f"{video.path}: the video is corrupt after {max(last_s, 0):.2f} s; "
            "copy or encode it again"
        ) from error


def _upright_rgb(frame: VideoFrame, scaler: Interpolation) -> Frame:
    """Convert to sRGB and turn upright; pixels are taken as square."""
    untagged = frame.colorspace not in (1, 4, 5, 6, 7, 9, 10)  # H.273 matrices that are named
    matrix = Colorspace.ITU709 if frame.height >= _HD_HEIGHT else Colorspace.ITU601
    rgb = frame.reformat(
        format="rgb24",
        src_colorspace=matrix if untagged else None,
        interpolation=scaler,
    ).to_ndarray()
    turns = round(frame.rotation / 90) % 4  # counterclockwise
    return np.ascontiguousarray(np.rot90(rgb, turns)).astype(np.uint8, copy=False)


def _no_video(file: Path) -> MediaError:
    return MediaError(f"{file}: expected a video, got one without frames; re-encode it")
