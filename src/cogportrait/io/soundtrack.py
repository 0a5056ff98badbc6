"""The sound of a video being written: read, resampled and encoded as the frames come.

Nothing is held but a fraction of a second. The track is exactly as long as the picture: the rest
of a longer file is left out, a shorter one is followed by silence.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import Final, Self

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.container.output import OutputContainer

from cogportrait.io.audio import AVERAGED, check_numbers, no_samples, open_audio, resampled

TRACK_RATE_HZ: Final = 48_000  # plays everywhere, and the only rate opus has besides its divisors
_BLOCK: Final = 960  # samples handed over at a time, 20 ms


class Soundtrack:
    """Feeds one sound file into a container, up to a given time.

    Raises
    ------
    MediaError
        The file cannot be read, has no samples, or, while it is read, some that are no numbers.
    """

    def __init__(self, source: Path, container: OutputContainer, codec: str) -> None:
        with ExitStack() as stack:
            file, frames = stack.enter_context(open_audio(source))
            first = next(frames, None)
            if first is None:
                raise no_samples(file)
            channels = first.layout.nb_channels
            layout = "mono" if channels == 1 else "stereo"
            stream = container.add_stream(codec, rate=TRACK_RATE_HZ, layout=layout)
            if not isinstance(stream, av.AudioStream):
                raise TypeError(f"{codec} is no sound codec")
            stream.bit_rate = 96_000 if layout == "mono" else 160_000
            self._stream = stream
            self._layout = layout
            self._container = container
            resampler = AudioResampler(
                format="fltp", layout=layout, rate=TRACK_RATE_HZ, options=AVERAGED
            )
            self._blocks: Iterator[AudioFrame] | None = resampled(
                file, _checked(file, chain([first], frames)), resampler
            )
            self._fifo = av.AudioFifo()
            self._sent = 0
            self._resources = stack.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def advance(self, time_s: Fraction) -> None:
        """Encode whole blocks of sound up to `time_s`."""
        until = int(time_s * TRACK_RATE_HZ)
        while self._sent + _BLOCK <= until:
            self._send(_BLOCK)

    def finish(self, time_s: Fraction) -> None:
        """Encode the rest of the sound up to `time_s` exactly, then flush the encoder."""
        until = round(time_s * TRACK_RATE_HZ)
        while self._sent < until:
            self._send(min(_BLOCK, until - self._sent))
        self._container.mux(self._stream.encode(None))

    def close(self) -> None:
        """Close the sound file."""
        self._resources.close()

    def _send(self, count: int) -> None:
        frame = self._take(count)
        frame.pts = self._sent
        frame.sample_rate = TRACK_RATE_HZ
        frame.time_base = Fraction(1, TRACK_RATE_HZ)
        self._container.mux(self._stream.encode(frame))
        self._sent += count

    def _take(self, count: int) -> AudioFrame:
        """Return `count` samples of the source, or silence after its end."""
        while self._blocks is not None and self._fifo.samples < count:
            block = next(self._blocks, None)
            if block is None:
                self._blocks = None
            else:
                block.pts = None
                self._fifo.write(block)
        got = self._fifo.read(count, partial=True)
        channels = 1 if self._layout == "mono" else 2
        sound = np.zeros((channels, count), np.float32)
        if got is not None:
            sound[:, : got.samples] = got.to_ndarray()
        return AudioFrame.from_ndarray(sound, format="fltp", layout=self._layout)


def _checked(file: Path, frames: Iterator[AudioFrame]) -> Iterator[AudioFrame]:
    """Pass frames on; an encoder given samples that are no numbers would blame the video."""
    for frame in frames:
        check_numbers(file, frame)
        yield frame
