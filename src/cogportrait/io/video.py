"""Writing videos: frames go to the encoder as they are made, in a thread of its own.

>>> with VideoWriter("out.mp4", fps=25, size_px=(512, 512), audio="speech.wav") as video:
...     for frame in frames:
...         video.write(frame)

The file appears under its name only when the block ends without an error.
"""

import math
import os
import queue
import sys
import threading
from collections.abc import Collection, Iterator
from contextlib import AbstractContextManager, ExitStack, suppress
from fractions import Fraction
from numbers import Integral, Real
from pathlib import Path
from types import TracebackType
from typing import Final, Protocol, Self

import numpy as np
from av.error import FFmpegError

from cogportrait.errors import InputError, OutputError, shown
from cogportrait.io.atomic import (
    check_distinct,
    check_name,
    check_output,
    output_error,
    resolved,
    terminate_as_exception,
)
from cogportrait.io.containers import CONTAINERS, VideoOptions, open_container
from cogportrait.io.gif import check_gif_rate, open_gif
from cogportrait.io.pngs import PngSequence, open_pngs
from cogportrait.types import Frame, check_array

MIN_FPS: Final = 1.0
MAX_FPS: Final = 240.0
SUFFIXES: Final = (*CONTAINERS, ".gif", ".png")
_QUEUED_FRAMES: Final = 4  # rendering may run this far ahead of encoding
_POLL_S: Final = 0.1


class VideoWriter:
    """Writes one video file, or a sequence of PNG files, frame by frame.

    Parameters
    ----------
    path
        The name decides the format. ``.mp4 .m4v .mov .mkv``: H.264 (yuv420p, BT.709, limited
        range) with AAC sound; ``.webm``: VP9 with Opus; ``.gif``: one palette for the whole clip;
        a name such as ``f%04d.png``, or a folder (a name without suffix): PNG files from number
        0. GIF and PNG hold no sound; `audio` is then not read.
    fps
        Frames per second, 1 to 240 (GIF: to 50). 29.97, 23.976 and 59.94 mean their exact
        fractions.
    size_px
        Width and height of the frames. H.264 and VP9 need even sizes: an odd one is filled up
        with a copy of the last column or row.
    audio
        Sound file to put under the picture, cut or filled with silence to its length.
    options
        Quality and speed of the encoder.

    Raises
    ------
    InputError
        `fps` or `size_px` is impossible, or a frame has another size.
    MediaError
        The sound file cannot be read.
    OutputError
        The file cannot be written.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        fps: float | Fraction,
        size_px: tuple[int, int],
        audio: str | os.PathLike[str] | None = None,
        options: VideoOptions | None = None,
    ) -> None:
        if not _is_size(size_px):
            raise InputError(
                f"{path}: expected a frame size (width, height) in whole pixels, "
                f"got {shown(size_px)}"
            )
        self.path = Path(path)
        self.rate = exact_rate(fps)
        self.size_px = size_px
        self.frames_written = 0
        self._audio = None if audio is None else Path(audio)
        self._options = options or VideoOptions()
        self._queue: queue.Queue[Frame | None] = queue.Queue(_QUEUED_FRAMES)
        self._error: BaseException | None = None
        self._abandoned = threading.Event()
        self._resources = ExitStack()
        self._sink: FrameSink | None = None
        self._worker: threading.Thread | None = None

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            stack.enter_context(terminate_as_exception())
            sink = open_sink(
                self.path, self.rate, self.size_px, audio=self._audio, options=self._options
            )
            self._sink = stack.enter_context(sink)
            self._resources = stack.pop_all()
        try:
            worker = threading.Thread(target=self._encode, name="video-encoder", daemon=True)
            worker.start()
            self._worker = worker
        except BaseException:  # Ctrl-C here would go past __exit__
            self._abandon()
            self._resources.__exit__(*sys.exc_info())
            raise
        return self

    def write(self, frame: Frame) -> None:
        """Append one frame ([H, W, 3] sRGB uint8); it is copied, so its memory may be reused.

        Waits when the encoder is behind.
        """
        width, height = self.size_px
        check_array(f"frame {self.frames_written}", frame, (height, width, 3), finite=False)
        if frame.dtype != np.uint8:
            raise InputError(f"frame {self.frames_written}: expected uint8, got {frame.dtype}")
        if self._worker is None:
            raise InputError(f"{self.path}: frames are written inside a `with` block")
        self._put(np.array(frame, order="C"))
        self.frames_written += 1

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if kind is None:
                self._drain()
        except BaseException:
            self._abandon()
            self._resources.__exit__(*sys.exc_info())  # removes what is temporary
            raise
        if kind is not None:
            self._abandon()
        self._resources.__exit__(kind, error, trace)  # without an error: gives the file its name

    def _drain(self) -> None:
        """Wait until everything is encoded."""
        self._put(None)
        if self._worker is not None:
            self._worker.join()
        self._raise_error()
        if self.frames_written == 0:
            raise OutputError(f"{self.path}: no frames were given, so no video is written")

    def _put(self, item: Frame | None) -> None:
        while True:
            self._raise_error()
            try:
                self._queue.put(item, timeout=_POLL_S)
            except queue.Full:
                continue
            return

    def _raise_error(self) -> None:
        if isinstance(self._error, (FFmpegError, OSError)):
            reason = OSError(self._error.errno or 0, self._error.strerror or str(self._error))
            raise output_error(resolved(self.path), reason) from self._error
        if self._error is not None:
            raise self._error

    def _abandon(self) -> None:
        self._abandoned.set()
        with suppress(queue.Empty):  # the worker takes frames out meanwhile
            while True:
                self._queue.get_nowait()
        if self._worker is not None and self._worker.is_alive():
            self._queue.put(None)
            self._worker.join()

    def _encode(self) -> None:
        """Run in the worker thread: feed the sink until the end or until abandoned."""
        sink = self._sink
        try:
            while sink is not None:
                frame = self._queue.get()
                if self._abandoned.is_set():
                    return
                if frame is None:
                    for _ in sink.finish():
                        if self._abandoned.is_set():
                            return
                    return
                sink.write(frame)
        except BaseException as error:
            self._error = error


def _is_size(size_px: object) -> bool:
    if not isinstance(size_px, tuple | list):
        return False
    return len(size_px) == 2 and all(isinstance(n, Integral) and int(n) > 0 for n in size_px)


class FrameSink(Protocol):
    """Takes frames in order."""

    def write(self, frame: Frame) -> None:
        """Encode one frame."""
        ...

    def finish(self) -> Iterator[None]:
        """Encode what is still queued inside; yields often, so that it can be given up."""
        ...


def open_sink(
    path: Path,
    rate: Fraction,
    size_px: tuple[int, int],
    *,
    audio: Path | None,
    options: VideoOptions,
) -> AbstractContextManager[FrameSink]:
    """Return what opens the sink that the name of `path` asks for.

    Everything is under temporary names until the context is left without an error.

    Raises
    ------
    OutputError
        No format goes with that name, or the format cannot hold `rate`.
    """
    suffix = _format(path)
    if suffix == ".png":
        return open_pngs(path)
    if suffix == ".gif":
        return open_gif(path, rate, size_px)
    return open_container(path, rate, size_px, audio=audio, options=options)


def _format(path: Path) -> str:
    """Return the suffix, in lower case, that says how `path` is written; a folder is ``.png``."""
    suffix = path.suffix.lower()
    if suffix in SUFFIXES:
        return suffix
    if not suffix or path.is_dir():
        return ".png"
    raise OutputError(
        f"{path}: expected a name ending in {' '.join(SUFFIXES)} or a folder, got {suffix}"
    )


def check_video_output(
    path: str | os.PathLike[str],
    *,
    fps: float | None = None,
    inputs: Collection[str | os.PathLike[str] | None] = (),
    others: Collection[str | os.PathLike[str] | None] = (),
) -> Path:
    """Return `path` if a video can be written there and destroys nothing; nothing is created.

    Parameters
    ----------
    path
        Where the video is to go.
    fps
        Frames per second, if known.
    inputs
        Files that are read meanwhile.
    others
        Files that are written besides it.

    Raises
    ------
    OutputError
        No format goes with the name or with `fps`, the folder is missing or not writable,
        something that is no regular file is in the way, or an input, another output or a
        stranger's file would be replaced.
    """
    target = Path(path)
    if target.name or not os.fspath(path):  # "." and "/" are folders without one
        check_name(path)
    if _format(target) != ".png":
        check_distinct(inputs, (target, *others))
        check_output(target)
        if _format(target) == ".gif" and fps is not None:
            check_gif_rate(target, exact_rate(fps))
        return target
    check_distinct(inputs, others)
    sequence = PngSequence.at(target)
    for role, files in (("an input", inputs), ("another output", others)):
        for file in files:
            if file is not None and sequence.claims(Path(file)):
                raise OutputError(
                    f"{file}: is {role} of this run and has the name of a frame of {path}; "
                    "choose another name"
                )
    sequence.check()
    return target


def carries_sound(path: str | os.PathLike[str]) -> bool:
    """Return whether the format that the name of `path` asks for can hold sound."""
    return Path(path).suffix.lower() in CONTAINERS


def exact_rate(fps: float | Fraction) -> Fraction:
    """Return `fps` as an exact fraction; 29.97 means 30000/1001, and so on.

    Raises
    ------
    InputError
        `fps` is no number within 1..240.
    """
    value = float(fps) if isinstance(fps, Real) else math.nan
    if not MIN_FPS <= value <= MAX_FPS:
        raise InputError(
            f"fps: expected {MIN_FPS:.0f} to {MAX_FPS:.0f} frames a second, got {shown(fps)}"
        )
    if isinstance(fps, Fraction):
        return fps
    for whole in (24, 30, 48, 60, 120):
        ntsc = Fraction(whole * 1000, 1001)
        if value != whole and abs(value - ntsc) < 0.006:
            return ntsc
    return Fraction(value).limit_denominator(1001)
