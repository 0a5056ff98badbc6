"""The sound of a video: what is wrong with it is said of the sound, before anything is drawn."""

import wave
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from cogportrait.io.audio import read_audio

RATE_HZ = 16_000
Fails = Callable[..., str]
Run = Callable[..., Any]


def wav(path: Path, n_samples: int) -> Path:
    samples = 0.4 * np.sin(2 * np.pi * 300 * np.arange(n_samples) / RATE_HZ)
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(RATE_HZ)
        sound.writeframes((samples * 32767).astype("<i2").tobytes())
    return path


def wav_without_numbers(path: Path) -> Path:
    """Write a second of fractions, one of which, near the end, is none."""
    samples = np.zeros((1, RATE_HZ), np.float32)
    samples[0, -2000] = np.nan
    with av.open(str(path), "w") as container:
        stream = container.add_stream("pcm_f32le", rate=RATE_HZ, layout="mono")
        frame = av.AudioFrame.from_ndarray(samples, format="flt", layout="mono")
        frame.sample_rate = RATE_HZ
        frame.time_base = Fraction(1, RATE_HZ)
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


@pytest.fixture
def second(curves: Callable[..., Path]) -> Path:
    """Return a controls file of one second."""
    return curves(fps=10, channels=["AU43_L"], values=[[0.0]] * 10)


def test_render_refuses_a_sound_without_samples(
    fails: Fails, picture: Path, second: Path, tmp_path: Path
) -> None:
    silent = wav(tmp_path / "none.wav", 0)
    message = fails("render", picture, second, "-o", tmp_path / "o.mp4", "--audio", silent)
    assert "none.wav: expected sound, got a file with zero samples" in message


@pytest.mark.parametrize("name", ["o.mp4", "o.webm"])
def test_render_blames_the_sound_for_samples_that_are_no_numbers(
    fails: Fails, picture: Path, second: Path, tmp_path: Path, name: str
) -> None:
    broken = wav_without_numbers(tmp_path / "nan.wav")
    message = fails("render", picture, second, "-o", tmp_path / name, "--audio", broken)
    assert "nan.wav: the sound holds samples that are no numbers" in message
    assert name not in message


def test_a_sound_that_ends_before_the_video_is_a_warning(
    run: Run, picture: Path, second: Path, tmp_path: Path
) -> None:
    short = wav(tmp_path / "short.wav", 4000)
    words = (picture, "-o", tmp_path / "o.mp4", "--audio", short)
    warning = f"warning: {short}: the sound lasts 0.25 s, the video 1.00 s; silence follows it\n"
    drawn = run("render", *words[:1], second, *words[1:])
    assert (drawn.exit_code, drawn.stderr) == (0, warning)
    animated = run("animate", *words, "-l", "joy", "--duration", "1", "--fps", "10")
    assert (animated.exit_code, animated.stderr) == (0, warning)
    assert run("render", *words[:1], second, *words[1:], "--quiet").stderr == ""


@pytest.mark.parametrize("n_samples", [int(0.95 * RATE_HZ), 3 * RATE_HZ])
def test_a_sound_as_long_as_the_video_or_longer_is_no_warning(
    run: Run, picture: Path, second: Path, tmp_path: Path, n_samples: int
) -> None:
    sound = wav(tmp_path / "long.wav", n_samples)
    result = run("render", picture, second, "-o", tmp_path / "o.mp4", "--audio", sound)
    assert (result.exit_code, result.stderr) == (0, "")
    assert read_audio(tmp_path / "o.mp4").duration_s == pytest.approx(1.0, abs=0.05)


def test_the_curves_of_an_animation_render_to_the_same_video(
    run: Run, picture: Path, tmp_path: Path
) -> None:
    sound = wav(tmp_path / "tone.wav", RATE_HZ)
    curves, animated, drawn = (tmp_path / name for name in ("c.json", "a.mp4", "r.mp4"))
    words = ("-l", "joy", "--audio", sound, "--fps", "12")
    run("animate", picture, *words, "-o", animated)
    assert run("plan", *words, "-o", curves).exit_code == 0
    result = run("render", picture, curves, "-o", drawn, "--audio", sound, "--neutralize")
    assert result.exit_code == 0, result.output
    assert drawn.read_bytes() == animated.read_bytes()
