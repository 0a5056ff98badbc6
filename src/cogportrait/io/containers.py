"""H.264 and VP9 videos with sound, written frame by frame.

Colors: sRGB frames are converted to BT.709 limited range and tagged so, which every player reads
the same way; a flat color comes back within 2/255.
"""

from collections.abc import Generator, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Final

import av
import numpy as np
from av.container.output import OutputContainer
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Colorspace, Interpolation, VideoReformatter
from av.video.stream import VideoStream

from cogportrait.errors import InputError
from cogportrait.io.atomic import atomic_path
from cogportrait.io.soundtrack import Soundtrack
from cogportrait.types import Frame

X264_PRESETS: Final = (
    "ultrafast",
    "superfast",
    "veryfast",
    "faster",
    "fast",
    "medium",
    "slow",
    "slower",
    "veryslow",
)
# As many on every machine, since pictures depend on it: x264 takes 1.5 for each core by itself.
ENCODER_THREADS: Final = 4
_BT709: Final = 1  # ITU-T H.273: primaries, transfer and matrix 1
_LIMITED: Final = 1
_SCALER: Final = Interpolation.BICUBIC | Interpolation.ACCURATE_RND
CONTAINERS: Final = {
    ".mp4": ("mp4", "libx264", "aac"),
    ".m4v": ("mp4", "libx264", "aac"),
    ".mov": ("mov", "libx264", "aac"),
    ".mkv": ("matroska", "libx264", "aac"),
    ".webm": ("webm", "libvpx-vp9", "libopus"),
}


@dataclass(frozen=True, slots=True)
class VideoOptions:
    """Quality and speed of the encoder."""

    crf: int = 17  # H.264 constant rate factor, 0 lossless .. 51; 17 is visually lossless
    preset: str = "veryfast"  # x264 speed, one of X264_PRESETS
    webm_crf: int = 24  # VP9 constant quality, 0..63
    webm_speed: int = 5  # libvpx cpu-used in "realtime" mode, 0 slow .. 9 fast

    def __post_init__(self) -> None:
        if self.preset not in X264_PRESETS:
            raise InputError(
                f"preset: expected one of {' '.join(X264_PRESETS)}, got {self.preset!r}"
            )
        for name, top in (("crf", 51), ("webm_crf", 63), ("webm_speed", 9)):
            if not 0 <= getattr(self, name) <= top:
                raise InputError(f"{name}: expected 0 to {top}, got {getattr(self, name)}")


class ContainerSink:
    """An mp4, mov, mkv or webm file being written."""

    def __init__(
        self,
        container: OutputContainer,
        stream: VideoStream,
        sound: Soundtrack | None,
        rate: Fraction,
    ) -> None:
        self._container = container
        self._stream = stream
        self._sound = sound
        self._rate = rate
        self._scaler = VideoReformatter()
        self._count = 0

    def write(self, frame: Frame) -> None:
        """Encode one frame and the sound that goes with it."""
        picture = self._scaler.reformat(
            VideoFrame.from_ndarray(pad_to_even(frame), format="rgb24"),
            format="yuv420p",
            dst_colorspace=Colorspace.ITU709,
            src_color_range=ColorRange.JPEG,
            dst_color_range=ColorRange.MPEG,
            interpolation=_SCALER,
        )
        picture.pts = self._count
        picture.time_base = 1 / self._rate
        self._count += 1
        self._container.mux(self._stream.encode(picture))
        if self._sound is not None:
            self._sound.advance(self._count / self._rate)

    def finish(self) -> Iterator[None]:
        """Flush the encoders and write the index; yields after each packet."""
        for packet in self._stream.encode_lazy(None):
            self._container.mux(packet)
            yield
        if self._sound is not None:
            self._sound.finish(self._count / self._rate)
        self._container.close()


@contextmanager
def open_container(
    path: Path,
    rate: Fraction,
    size_px: tuple[int, int],
    *,
    audio: Path | None,
    options: VideoOptions,
) -> Generator[ContainerSink]:
    """Yield what writes `path`; it has that name when the block succeeds."""
    container_name, video_codec, audio_codec = CONTAINERS[path.suffix.lower()]
    # Without "bitexact" Matroska files hold a random number, so that no two are equal.
    flags: dict[str, str] = {"fflags": "+bitexact"}
    if container_name in ("mp4", "mov"):
        flags["movflags"] = "+faststart"
    with (
        atomic_path(path) as temporary,
        av.open(str(temporary), "w", format=container_name, options=flags) as container,
    ):
        stream = _open_stream(container, video_codec, rate, size_px, options)
        sound = Soundtrack(audio, container, audio_codec) if audio is not None else None
        with sound or nullcontext():
            yield ContainerSink(container, stream, sound, rate)


def _open_stream(
    container: OutputContainer,
    codec: str,
    rate: Fraction,
    size_px: tuple[int, int],
    options: VideoOptions,
) -> VideoStream:
    choices = (
        {"crf": str(options.crf), "preset": options.preset} | steady_instructions()
        if codec == "libx264"
        else {
            "crf": str(options.webm_crf),
            "b": "0",  # constant quality
            "deadline": "realtime",  # "good": 3 x slower, same PSNR, 3/4 the size
            "cpu-used": str(options.webm_speed),
            "row-mt": "1",
        }
    )
    stream = container.add_stream(codec, rate=rate, options=choices)
    if not isinstance(stream, VideoStream):
        raise TypeError(f"{codec} is no video codec")
    width, height = size_px
    stream.width, stream.height = width + width % 2, height + height % 2
    stream.pix_fmt = "yuv420p"
    context = stream.codec_context
    context.thread_count = ENCODER_THREADS
    context.time_base = 1 / rate
    context.colorspace = context.color_primaries = context.color_trc = _BT709
    context.color_range = _LIMITED
    return stream


def steady_instructions(cpu_file: Path = Path("/proc/cpuinfo")) -> dict[str, str]:
    """Return the options that keep x264 from using AVX-512.

    With it, about 6 of 1,000 equal small videos with sound differed in a packet or two on a busy
    machine (AMD and Intel, libx264 of PyAV 18.1, one thread or more); without it 0 of 5,000.
    Where the CPU has no AVX-512, x264 must not be told to use AVX2 either.
    """
    has_avx512 = cpu_file.is_file() and " avx512f" in cpu_file.read_text(errors="replace")
    return {"x264-params": "asm=AVX2"} if has_avx512 else {}


def pad_to_even(frame: Frame) -> Frame:
    """Return `frame` with its last row and column repeated where a side is odd."""
    height, width = frame.shape[:2]
    if height % 2 == 0 and width % 2 == 0:
        return frame
    return np.pad(frame, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
