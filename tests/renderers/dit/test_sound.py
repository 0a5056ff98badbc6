"""What a frame hears: its own time's loudness and speech sounds, and nothing behind the end."""

import numpy as np
import pytest
import torch

from cogportrait.renderers.dit.sound import BANDS, DIM, SYMBOLS, TOKENS, hear, silence
from cogportrait.types import AudioClip

RATE = 16_000


def tone(seconds: float, hz: float, start: float = 0.0, stop: float = 9.0) -> AudioClip:
    t = np.arange(round(seconds * RATE)) / RATE
    wave = 0.5 * np.sin(2 * np.pi * hz * t) * ((t >= start) & (t < stop))
    return AudioClip(wave.astype(np.float32), RATE)


def test_a_token_holds_bands_and_sounds() -> None:
    assert len(SYMBOLS) == len(set(SYMBOLS)) == 40
    assert hear(tone(1.0, 440), 25.0, 25).shape == (25, TOKENS, DIM)
    assert silence(3).shape == (3, TOKENS, DIM)
    assert (silence(3) == 0).all()


def test_a_frame_hears_its_own_time() -> None:
    """A tone from 0.4 to 0.6 s is loud in frames 10 to 14 of 25 a second."""
    tokens = hear(tone(1.0, 440, 0.4, 0.6), 25.0, 25)
    loud = tokens[:, :, :BANDS].max(2).values.mean(1)
    heard = torch.nonzero(loud > loud.max() - 0.5).flatten().tolist()
    assert heard == [10, 11, 12, 13, 14]


@pytest.mark.parametrize("hz", [200.0, 1000.0, 4000.0])
def test_higher_tones_are_in_higher_bands(hz: float) -> None:
    bands = hear(tone(0.5, hz), 25.0, 12)[3:9, :, :BANDS].mean((0, 1))
    mel = [2595 * np.log10(1 + f / 700) for f in (60.0, 7600.0, hz)]
    expected = (mel[2] - mel[0]) / (mel[1] - mel[0]) * (BANDS + 1) - 1
    assert int(bands.argmax()) == pytest.approx(expected, abs=1)


def test_behind_its_end_there_is_nothing() -> None:
    tokens = hear(tone(0.5, 440), 10.0, 10)
    assert (tokens[5:] == 0).all()
    assert (tokens[:5, :, :BANDS] != 0).any()


def test_levels_do_not_depend_on_the_frame_rate() -> None:
    clip = tone(1.0, 700, 0.3, 0.7)
    slow, fast = hear(clip, 25.0, 25), hear(clip, 50.0, 50)
    pairs = fast.reshape(25, 8, DIM)[:, ::2, :BANDS]
    assert float((pairs - slow[:, :, :BANDS]).abs().mean()) < 0.15
