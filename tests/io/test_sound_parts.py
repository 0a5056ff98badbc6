"""A part of a sound is in step with the times that it is asked for by."""

import wave
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.io.clips import flat, write

from cogportrait.errors import MediaError
from cogportrait.io.sound_parts import write_sound_part


def samples(path: Path) -> NDArray[np.float64]:
    with wave.open(str(path)) as file:
        assert file.getframerate() == 48_000
        raw = np.frombuffer(file.readframes(file.getnframes()), "<i2")
        return raw.reshape(-1, file.getnchannels()) / 32767


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize(("first_s", "seconds", "long_s"), [
    (0.0, 1.0, 1.0), (0.7, 0.5, 0.5), (1.123, 0.4, 0.4), (1.8, 1.0, 0.2), (-0.3, 1.0, 1.0),
])  # fmt: skip
def test_a_part_is_cut_to_the_sample(
    tmp_path: Path,
    write_wav: Callable[..., Path],
    channels: int,
    first_s: float,
    seconds: float,
    long_s: float,
) -> None:
    ramp = np.linspace(-0.9, 0.9, 96_000)  # 2 s: a sample tells its time
    source = write_wav(np.stack([ramp] * channels, axis=1), 48_000)
    target = tmp_path / "part.wav"
    assert write_sound_part(source, target, first_s=first_s, seconds=seconds)
    found = samples(target)
    assert found.shape == (round(long_s * 48_000), channels)
    silence = round(max(-first_s, 0) * 48_000)
    assert not found[:silence].any()
    times = first_s + np.arange(silence, len(found)) / 48_000
    assert found[silence:, 0] == pytest.approx(times * 0.9 - 0.9, abs=2e-4)


def test_other_rates_and_formats_are_in_step(
    tmp_path: Path, write_wav: Callable[..., Path]
) -> None:
    beep = np.zeros(32_000)
    beep[16_000:16_800] = np.sin(np.arange(800) * 0.5)
    sound = write_wav(beep)
    video = write(tmp_path / "v.mkv", [flat((0, 0, 0))] * 50, audio=sound)
    for source in (sound, video):
        assert write_sound_part(source, tmp_path / "p.wav", first_s=0.9, seconds=0.5)
        first = np.flatnonzero(np.abs(samples(tmp_path / "p.wav")[:, 0]) > 0.3)[0]
        assert first / 48_000 == pytest.approx(0.1, abs=0.005)


def test_where_there_is_no_sound_there_is_no_part(
    tmp_path: Path, write_wav: Callable[..., Path]
) -> None:
    target = tmp_path / "part.wav"
    silent = write(tmp_path / "v.mp4", [flat((0, 0, 0))] * 5)
    short = write_wav(np.zeros(1600))
    assert not write_sound_part(silent, target, first_s=0, seconds=1)
    assert not write_sound_part(short, target, first_s=5, seconds=1)
    assert not target.exists()
    (tmp_path / "x.mp4").write_text("no video")
    with pytest.raises(MediaError, match="corrupt file"):
        write_sound_part(tmp_path / "x.mp4", target, first_s=0, seconds=1)
