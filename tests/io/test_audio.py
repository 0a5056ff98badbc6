"""Any common sound file becomes 16 kHz mono."""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from cogportrait.errors import MediaError
from cogportrait.io.audio import audio_duration_s, read_audio
from cogportrait.io.video import VideoWriter

RATE_HZ = 48_000


def tone(duration_s: float, rate_hz: int = RATE_HZ, hz: float = 440.0) -> np.ndarray:
    return 0.5 * np.sin(2 * np.pi * hz * np.arange(round(duration_s * rate_hz)) / rate_hz)


def encode(path: Path, codec: str, samples: np.ndarray) -> Path:
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=RATE_HZ, layout="mono")
        frame = av.AudioFrame.from_ndarray(
            samples[None].astype(np.float32), format="fltp", layout="mono"
        )
        frame.sample_rate = RATE_HZ
        frame.time_base = Fraction(1, RATE_HZ)
        fifo = av.AudioFifo()
        fifo.write(frame)
        for part in fifo.read_many(960):
            container.mux(stream.encode(part))
        container.mux(stream.encode(None))
    return path


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        ("a.mp3", "libmp3lame"),
        ("a.m4a", "aac"),
        ("a.flac", "flac"),
        ("a.ogg", "libopus"),
        ("a.wav", "pcm_s16le"),
    ],
)
def test_common_formats_are_read(tmp_path: Path, name: str, codec: str) -> None:
    clip = read_audio(encode(tmp_path / name, codec, tone(1.0)))
    assert clip.rate_hz == 16_000
    assert clip.samples.dtype == np.float32
    assert clip.duration_s == pytest.approx(1.0, abs=0.06)
    middle = clip.samples[4000:12_000]
    peak_hz = np.argmax(np.abs(np.fft.rfft(middle))) * 16_000 / middle.size
    assert peak_hz == pytest.approx(440, abs=4)
    assert np.sqrt(np.mean(middle**2)) == pytest.approx(0.5 / np.sqrt(2), rel=0.05)


def test_channels_are_averaged(write_wav: Callable[..., Path]) -> None:
    left = tone(0.5, 16_000)
    clip = read_audio(write_wav(np.stack([left, left], axis=1)))
    assert np.abs(clip.samples).max() == pytest.approx(0.5, abs=0.02)


def test_the_sound_track_of_a_video_is_read(tmp_path: Path, write_wav: Callable[..., Path]) -> None:
    path = tmp_path / "a.mp4"
    sound = write_wav(tone(1.0, 16_000))
    with VideoWriter(path, fps=25, size_px=(32, 32), audio=sound) as video:
        for _ in range(25):
            video.write(np.zeros((32, 32, 3), np.uint8))
    assert read_audio(path).duration_s == pytest.approx(1.0, abs=0.03)


def test_the_duration_is_counted(write_wav: Callable[..., Path]) -> None:
    assert audio_duration_s(write_wav(tone(0.73, 8000), 8000)) == pytest.approx(0.73)


def test_sound_without_samples_is_refused(write_wav: Callable[..., Path]) -> None:
    path = write_wav(np.zeros(0))
    for read in (read_audio, audio_duration_s):
        with pytest.raises(MediaError, match=r"zero samples|corrupt"):
            read(path)


def test_a_file_without_a_sound_track_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    with VideoWriter(path, fps=25, size_px=(32, 32)) as video:
        video.write(np.zeros((32, 32, 3), np.uint8))
    with pytest.raises(MediaError, match="without one"):
        read_audio(path)


@pytest.mark.parametrize("content", [b"", b"no sound at all", bytes(range(256)) * 40])
def test_what_is_no_sound_is_refused_in_one_line(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(content)
    with pytest.raises(MediaError) as caught:
        read_audio(path)
    assert "\n" not in str(caught.value)


def test_a_missing_file_or_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="no such file"):
        read_audio(tmp_path / "no.wav")
    with pytest.raises(MediaError, match="got a folder"):
        read_audio(tmp_path)


def test_samples_that_are_no_numbers_are_refused(tmp_path: Path) -> None:
    samples = tone(0.5)
    samples[100] = np.nan
    path = encode(tmp_path / "a.wav", "pcm_f32le", samples)
    for read in (read_audio, audio_duration_s):
        with pytest.raises(MediaError, match="no numbers"):
            read(path)


def test_absurdly_loud_samples_are_refused(tmp_path: Path) -> None:
    path = encode(tmp_path / "a.wav", "pcm_f32le", 1e20 * tone(0.5))
    for read in (read_audio, audio_duration_s):
        with pytest.raises(MediaError, match="expected samples from -1 to 1, got"):
            read(path)


def test_a_video_refuses_a_sound_without_samples_or_numbers(
    tmp_path: Path, write_wav: Callable[..., Path]
) -> None:
    samples = tone(0.5)
    samples[20_000] = np.nan
    broken = encode(tmp_path / "nan.wav", "pcm_f32le", samples)
    for sound, wrong in ((broken, "no numbers"), (write_wav(np.zeros(0)), "zero samples")):
        with (
            pytest.raises(MediaError, match=wrong),
            VideoWriter(tmp_path / "o.mp4", fps=25, size_px=(32, 32), audio=sound) as video,
        ):
            for _ in range(25):
                video.write(np.zeros((32, 32, 3), np.uint8))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["nan.wav", "sound.wav"]


def test_only_what_is_heard_is_counted_if_asked(write_wav: Callable[..., Path]) -> None:
    path = write_wav(tone(0.73, 8000), 8000)
    assert audio_duration_s(path, first_s=0.25) == 0.25
    assert audio_duration_s(path, first_s=2.0) == pytest.approx(0.73)


@pytest.mark.parametrize("rate_hz", [0, 2**31])
def test_an_impossible_rate_is_refused_in_one_line(
    write_wav: Callable[..., Path], rate_hz: int
) -> None:
    path = write_wav(tone(0.2, 16_000))
    content = bytearray(path.read_bytes())
    content[24:28] = rate_hz.to_bytes(4, "little")
    path.write_bytes(content)
    with pytest.raises(MediaError) as caught:
        read_audio(path)
    assert "\n" not in str(caught.value)


def test_only_the_beginning_of_a_sound_is_read_if_asked(write_wav: Callable[..., Path]) -> None:
    path = write_wav(0.5 * np.sin(np.arange(48_000) / 9))
    whole, begun = read_audio(path), read_audio(path, first_s=0.25)
    assert begun.samples.shape == (4000,)
    np.testing.assert_array_equal(begun.samples, whole.samples[:4000])
