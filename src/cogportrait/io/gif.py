"""Animated GIF with one palette for the whole clip.

The palette can only be known at the end, so frames pass through a lossless temporary video;
memory stays flat however long the clip.
"""

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Final

import av
import numpy as np
from av import error
from av.container.output import OutputContainer
from av.filter.context import FilterContext
from av.filter.graph import Graph
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
    """A GIF being written: frames go to `lossless`, and in the end from there to `result`."""

    def __init__(self, lossless: OutputContainer, stream: VideoStream, result: Path) -> None:
        self._lossless = lossless
        self._stream = stream
        self._result = result
        self._count = 0
        self._colors = ColorCount()

    def write(self, frame: Frame) -> None:
        """Keep one frame and count its colors."""
        self._colors.add(frame)
        picture = VideoFrame.from_ndarray(frame, format="rgb24").reformat(format="bgr0")
        picture.pts = self._count
        picture.time_base = self._stream.codec_context.time_base
        self._count += 1
        self._lossless.mux(self._stream.encode(picture))

    def finish(self) -> Iterator[None]:
        """Choose the palette and write the GIF; yields after each frame."""
        self._lossless.mux(self._stream.encode(None))
        self._lossless.close()
        rate = 1 / Fraction(self._stream.codec_context.time_base or 1)
        size_px = self._stream.width, self._stream.height
        palette = _palette_frame(self._colors.palette())
        with (
            av.open(self._lossless.name) as source,
            av.open(str(self._result), "w", format="gif", options={"loop": "0"}) as out,
        ):
            stream = _add_stream(out, "gif", "pal8", rate, size_px)
            for number, frame in enumerate(
                _indexed(source.decode(video=0), palette, size_px, rate)
            ):
                frame.pts, frame.time_base = number, 1 / rate
                out.mux(stream.encode(frame))
                yield
            out.mux(stream.encode(None))


@contextmanager
def open_gif(path: Path, rate: Fraction, size_px: tuple[int, int]) -> Generator[GifSink]:
    """Yield what writes `path`; it has that name when the block succeeds.

    Raises
    ------
    OutputError
        More frames a second than a GIF can play, or the file cannot be written.
    """
    check_gif_rate(path, rate)
    with (
        atomic_path(path) as temporary,
        atomic_folder(path) as folder,
        av.open(str(folder / "frames.mkv"), "w") as lossless,
    ):
        stream = _add_stream(lossless, "ffv1", "bgr0", rate, size_px)
        yield GifSink(lossless, stream, temporary)


def check_gif_rate(path: Path, rate: Fraction) -> None:
    """Raise :class:`OutputError` if `rate` is more than a GIF can play."""
    if rate > MAX_GIF_FPS:
        raise OutputError(
            f"{path}: a GIF plays at most {MAX_GIF_FPS} frames a second, got {float(rate):g}; "
            "write mp4 or lower fps"
        )


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


def _add_stream(
    container: OutputContainer, codec: str, pixels: str, rate: Fraction, size_px: tuple[int, int]
) -> VideoStream:
    stream = container.add_stream(codec, rate=rate)
    if not isinstance(stream, VideoStream):
        raise TypeError(f"{codec} is no video codec")
    stream.width, stream.height = size_px
    stream.pix_fmt = pixels
    stream.codec_context.time_base = 1 / rate
    return stream
