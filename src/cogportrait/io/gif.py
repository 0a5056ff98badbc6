"""Animated GIF with one palette for the whole clip.

The palette can only be known at the end, so frames pass through a lossless temporary video;
memory stays flat however long the clip.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import av
import numpy as np
from av import error
from av.filter.context import FilterContext
from av.filter.graph import Graph
from av.stream import Stream
from av.video.format import VideoFormat
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from numpy.typing import NDArray

from cogportrait.errors import OutputError
from cogportrait.io.atomic import atomic_folder, atomic_path
from cogportrait.io.palette import ColorCount
from cogportrait.types import Frame

MAX_GIF_FPS: Final = 50  # delays are whole 1/100 s, and browsers slow anything under 2/100 down
# Ordered dither: error diffusion shimmers over parts of the picture that do not move.
_PALETTE_USE: Final = "dither=bayer:bayer_scale=4:diff_mode=rectangle"


class GifSink:
    """A GIF being written."""

    def __init__(self, path: Path, rate: Fraction, size_px: tuple[int, int]) -> None:
        if rate > MAX_GIF_FPS:
            raise OutputError(
                f"{path}: a GIF plays at most {MAX_GIF_FPS} frames a second, got {float(rate):g}; "
                "write mp4 or lower fps"
            )
        self._path = path
        self._rate = rate
        self._size_px = size_px
        self._count = 0
        self._colors = ColorCount()
        self._resources = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            self._temporary = stack.enter_context(atomic_path(self._path))
            folder = stack.enter_context(atomic_folder(self._path))
            self._lossless = folder / "frames.mkv"
            self._container = stack.enter_context(av.open(str(self._lossless), "w"))
            self._stream = _video_stream(self._container.add_stream("ffv1", rate=self._rate))
            self._stream.width, self._stream.height = self._size_px
            self._stream.pix_fmt = "bgr0"
            self._stream.codec_context.time_base = 1 / self._rate
            self._resources = stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._resources.__exit__(kind, error, trace)

    def write(self, frame: Frame) -> None:
        """Keep one frame and count its colors."""
        self._colors.add(frame)
        picture = VideoFrame.from_ndarray(frame, format="rgb24").reformat(format="bgr0")
        picture.pts = self._count
        picture.time_base = 1 / self._rate
        self._count += 1
        self._container.mux(self._stream.encode(picture))

    def finish(self) -> Iterator[None]:
        """Choose the palette and write the GIF; yields after each frame."""
        self._container.mux(self._stream.encode(None))
        self._container.close()
        palette = _palette_frame(self._colors.palette())
        with (
            av.open(str(self._lossless)) as source,
            av.open(str(self._temporary), "w", format="gif", options={"loop": "0"}) as out,
        ):
            stream = _video_stream(out.add_stream("gif", rate=self._rate))
            stream.width, stream.height = self._size_px
            stream.pix_fmt = "pal8"
            stream.codec_context.time_base = 1 / self._rate
            indexed = _indexed(source.decode(video=0), palette, self._size_px, self._rate)
            for number, frame in enumerate(indexed):
                frame.pts, frame.time_base = number, 1 / self._rate
                out.mux(stream.encode(frame))
                yield
            out.mux(stream.encode(None))


def _indexed(
    frames: Iterator[VideoFrame], palette: VideoFrame, size_px: tuple[int, int], rate: Fraction
) -> Iterator[VideoFrame]:
    """Yield `frames` in the colors of `palette`."""
    graph = Graph()
    frames_in = _buffer(graph, size_px, rate)
    palette_in = _buffer(graph, (palette.width, palette.height), rate)
    use = graph.add("paletteuse", _PALETTE_USE)
    frames_in.link_to(use, 0, 0)
    palette_in.link_to(use, 0, 1)
    use.link_to(graph.add("buffersink"))
    graph.configure()
    palette.pts, palette.time_base = 0, 1 / rate
    graph.vpush(palette, at=1)
    graph.vpush(None, at=1)
    for number, frame in enumerate(frames):
        picture = frame.reformat(format="bgra")
        picture.pts, picture.time_base = number, 1 / rate
        graph.vpush(picture, at=0)
        yield from _ready(graph)
    graph.vpush(None, at=0)
    yield from _ready(graph)


def _palette_frame(colors: NDArray[np.uint8]) -> VideoFrame:
    """Return a palette as the 16 x 16 picture that FFmpeg wants, its last entry transparent."""
    entries = np.zeros((256, 4), np.uint8)
    entries[: colors.shape[0], :3] = colors[:, ::-1]
    entries[:255, 3] = 255
    return VideoFrame.from_ndarray(entries.reshape(16, 16, 4), format="bgra")


def _ready(graph: Graph) -> Iterator[VideoFrame]:
    """Yield what the filters have finished."""
    while True:
        try:
            frame = graph.vpull()
        except (error.BlockingIOError, error.EOFError):
            return
        yield frame


def _buffer(graph: Graph, size_px: tuple[int, int], rate: Fraction) -> FilterContext:
    width, height = size_px
    return graph.add_buffer(
        width=width, height=height, format=VideoFormat("bgra"), time_base=1 / rate
    )


def _video_stream(stream: Stream) -> VideoStream:
    if not isinstance(stream, VideoStream):
        raise TypeError(f"expected a video stream, got {type(stream).__name__}")
    return stream
