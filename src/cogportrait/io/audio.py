"""Sound files: any common format in, 16 kHz mono samples out.

Reads whatever FFmpeg's demuxers know (wav, mp3, m4a, flac, ogg, the sound track of a video).
"""

import math
import os
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.container.input import InputContainer
from av.error import FFmpegError
from numpy.typing import NDArray

from cogportrait.errors import MediaError
from cogportrait.io.images import check_media_file
from cogportrait.types import AudioClip, FloatArray

SPEECH_RATE_HZ: Final = 16_000  # what speech models are trained on
AVERAGED: Final = {"rematrix_maxval": "1.0"}  # mixing down keeps samples within -1..1
LOUDEST: Final = 1000.0  # of full scale: floating-point sound beyond it is no sound
MAX_DURATION_S: Final = 3600.0


def read_audio(path: str | os.PathLike[str], *, first_s: float | None = None) -> AudioClip:
    """Return the sound of `path` as 16 kHz mono.

    Parameters
    ----------
    path
        Any common sound file, or a video with a sound track (its first one is read).
    first_s
        Only so much of its beginning; None is all of it.

    Returns
    -------
    AudioClip
        Channels are averaged; samples within -1..1 (scaled down as a whole when they exceed it).

    Raises
    ------
    MediaError
        Missing, corrupt, without a sound track, without samples, or over an hour long.
    """
    parts: list[FloatArray] = []
    count = 0
    wanted = math.inf if first_s is None else math.ceil(first_s * SPEECH_RATE_HZ)
    with open_audio(path) as (file, frames):
        resampler = AudioResampler(
            format="flt", layout="mono", rate=SPEECH_RATE_HZ, options=AVERAGED
        )
        for frame in resampled(file, frames, resampler):
            part = np.asarray(frame.to_ndarray(), dtype=np.float32).reshape(-1)
            parts.append(part)
            count += part.shape[0]
            if count > MAX_DURATION_S * SPEECH_RATE_HZ:
                raise MediaError(
                    f"{file}: expected at most {MAX_DURATION_S:.0f} s of sound, got more; cut it"
                )
            if count >= wanted:
                break
    if count == 0:
        raise no_samples(file)
    samples = np.concatenate(parts)[: None if first_s is None else int(wanted)]
    _check_finite(file, samples)
    peak = float(np.abs(samples).max())
    return AudioClip(samples / np.float32(peak) if peak > 1 else samples, SPEECH_RATE_HZ)


def audio_duration_s(path: str | os.PathLike[str], *, first_s: float | None = None) -> float:
    """Return the length of the sound in `path` in seconds, counted by decoding it.

    Parameters
    ----------
    path
        Any common sound file.
    first_s
        Only so much of its beginning is looked at, and counted; None is all of it.

    Raises
    ------
    MediaError
        As :func:`read_audio`; a sound of any length will do.
    """
    seconds = 0.0
    most = math.inf if first_s is None else first_s
    with open_audio(path) as (file, frames):
        for frame in frames:
            check_numbers(file, frame)
            seconds += frame.samples / frame.sample_rate
            if seconds >= most:
                break
    if seconds == 0:
        raise no_samples(file)
    return min(seconds, most)


@contextmanager
def open_audio(path: str | os.PathLike[str]) -> Generator[tuple[Path, Iterator[AudioFrame]]]:
    """Open `path` and yield it with an iterator over its decoded sound, a little at a time.

    Raises
    ------
    MediaError
        The file cannot be read or has no sound track.
    """
    file = check_media_file(path, "a sound file")
    with _open(file) as container:
        if not _has_track(container):
            raise MediaError(
                f"{file}: expected a sound track, got a file without one; name another file"
            )
        yield file, _decoded(container, file)


def has_sound(path: str | os.PathLike[str]) -> bool:
    """Return whether a file has a sound track that can be decoded.

    Raises
    ------
    MediaError
        The file cannot be read.
    """
    with _open(check_media_file(path, "a sound file")) as container:
        return _has_track(container)


def _open(file: Path) -> InputContainer:
    try:
        return av.open(str(file), "r")
    except (FFmpegError, OSError, ValueError) as error:
        raise MediaError(
            f"{file}: expected a sound file (wav, mp3, m4a, flac, ogg), got something else or a "
            "corrupt file; convert it to wav"
        ) from error


def _has_track(container: InputContainer) -> bool:
    tracks = container.streams.audio
    return bool(tracks) and bool(getattr(tracks[0], "codec_context", None))


def resampled(
    file: Path, frames: Iterator[AudioFrame], resampler: AudioResampler
) -> Iterator[AudioFrame]:
    """Yield `frames` of `file` in the format of `resampler`, its tail included."""
    try:
        for frame in frames:
            frame.pts = None  # gaps in time stamps are not played as silence
            yield from resampler.resample(frame)
        yield from resampler.resample(None)
    except (FFmpegError, ValueError) as error:
        raise MediaError(
            f"{file}: the sound changes its rate or channels, or has impossible ones ({error}); "
            "convert it to wav"
        ) from error


def _decoded(container: InputContainer, file: Path) -> Iterator[AudioFrame]:
    """Decode the first sound track; damaged packets are skipped unless they are the rule."""
    stream = container.streams.audio[0]
    good = bad = 0
    try:
        for packet in container.demux(stream):
            try:
                frames = packet.decode()
            except FFmpegError:
                bad += 1
                continue
            for frame in frames:
                if frame.samples:
                    good += 1
                    yield frame
    except FFmpegError as error:
        raise MediaError(
            f"{file}: the sound is corrupt after {good} blocks; convert it to wav"
        ) from error
    if bad > good:
        raise MediaError(
            f"{file}: the sound is corrupt ({bad} of {good + bad} blocks); convert it to wav"
        )


def check_numbers(file: Path, frame: AudioFrame) -> None:
    """Raise :class:`MediaError` if a frame of `file` holds samples that are no numbers."""
    if frame.format.name.startswith(("flt", "dbl")):
        _check_finite(file, frame.to_ndarray())


def _check_finite(file: Path, samples: NDArray[np.generic]) -> None:
    if not np.isfinite(samples).all():
        raise MediaError(f"{file}: the sound holds samples that are no numbers; export it again")
    loudest = float(np.abs(samples).max(initial=0.0))
    if loudest > LOUDEST:
        raise MediaError(
            f"{file}: expected samples from -1 to 1, got {loudest:.3g}; export it again"
        )


def no_samples(file: Path) -> MediaError:
    """Return the error of a sound file in which there is no sound."""
    return MediaError(f"{file}: expected sound, got a file with zero samples; record it again")
