"""A part of a file's sound as a file of its own, in step with the part of the picture it goes with.

Read and written a little at a time, whatever the length.
"""

import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler

from cogportrait.io.audio import AVERAGED, has_sound, open_audio, resampled
from cogportrait.io.soundtrack import TRACK_RATE_HZ

_BYTES: Final = 2  # of a sample


def write_sound_part(source: Path, target: Path, *, first_s: float, seconds: float) -> bool:
    """Write a part of the sound of a file as a wav file of 48 kHz, and say whether there is any.

    Parameters
    ----------
    source : Path
        A sound file, or a video with sound.
    target : Path
        The wav file; as a temporary one, since it is there while it grows.
    first_s : float
        Where the part begins, by the file's own time stamps; what lies before the beginning of the
        sound is silence.
    seconds : float
        How long it is; where the sound ends earlier, so does the part.

    Returns
    -------
    bool
        False, and no file, where the source has no sound, or it ends before the part begins.

    Raises
    ------
    MediaError
        The file cannot be read.
    """
    if not has_sound(source):
        return False
    with open_audio(source) as (file, frames):
        near = _near(frames, first_s, seconds)
        head = next(near, None)
        if head is None:
            return False
        frame, at_s = head
        channels = min(frame.layout.nb_channels, 2)
        layout = "mono" if channels == 1 else "stereo"
        resampler = AudioResampler("s16", layout, TRACK_RATE_HZ, None, options=AVERAGED)
        blocks = resampled(file, _then(frame, near), resampler)
        with wave.open(str(target), "wb") as out:
            out.setparams((channels, _BYTES, TRACK_RATE_HZ, 0, "NONE", ""))
            _write(out, blocks, round((at_s - first_s) * TRACK_RATE_HZ), seconds)
    return True


def _near(
    frames: Iterator[AudioFrame], first_s: float, seconds: float
) -> Iterator[tuple[AudioFrame, float]]:
    """Yield the frames that a part needs, each with its time."""
    at_s = 0.0
    for frame in frames:
        if frame.pts is not None and frame.time_base is not None:
            at_s = float(frame.pts * frame.time_base)
        if at_s >= first_s + seconds:
            return
        ends_s = at_s + frame.samples / frame.sample_rate
        if ends_s > first_s:
            yield frame, at_s
        at_s = ends_s


def _then(first: AudioFrame, rest: Iterator[tuple[AudioFrame, float]]) -> Iterator[AudioFrame]:
    yield first
    for frame, _ in rest:
        yield frame


def _write(out: wave.Wave_write, blocks: Iterator[AudioFrame], late: int, seconds: float) -> None:
    """Write samples; the first of them belongs `late` samples after the beginning, or before it."""
    channels = out.getnchannels()
    left = round(seconds * TRACK_RATE_HZ)
    silence = min(max(late, 0), left)
    out.writeframes(bytes(silence * channels * _BYTES))
    left -= silence
    early = max(-late, 0)
    for block in blocks:
        samples = block.to_ndarray().reshape(-1, channels)
        part = samples[early : early + left].astype("<i2")
        early -= min(early, len(samples))
        out.writeframes(part.tobytes())
        left -= len(part)
        if left == 0:
            return
