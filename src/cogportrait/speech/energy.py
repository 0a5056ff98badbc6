"""Loudness, activity and pauses of a recording, from its energy alone.

Everything is computed every 10 ms, piece by piece, so memory does not grow with the length beyond
the envelope itself (100 values a second).
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, sosfilt

from cogportrait.spans import runs
from cogportrait.types import AudioClip, FloatArray, Interval

ENVELOPE_HZ: Final = 100.0
MIN_PAUSE_S: Final = 0.15  # shorter silences are stops (p, t, k), not pauses
SILENCE_DBFS: Final = -70.0  # quieter than this is silence whatever the recording
LOUDNESS_EXPONENT: Final = 0.6  # loudness grows as sound pressure to the 0.6 (Stevens 1955)

_WINDOW_S: Final = 0.025
_VOICE_WINDOW_S: Final = 0.04  # holds two periods of a 60 Hz voice
_PITCH_HZ: Final = (60.0, 400.0)
_HIGH_PASS_HZ: Final = 70.0  # below the voice: rumble, mains hum
_ABOVE_FLOOR_DB: Final = 8.0  # speech stands out of the background by this
_VOICE_ABOVE_FLOOR_DB: Final = 3.0  # a sound with a pitch need not stand out as much
_BELOW_PEAK_DB: Final = 35.0  # weak fricatives are about this far under the loudest vowels
_STEADY_DB: Final = 8.0  # sound that varies less than this has no syllables
_VOICED: Final = 0.5  # normalized autocorrelation of a voiced frame
_CLICK_S: Final = 0.05  # a burst this short between silences is no speech
_BLOCK_FRAMES: Final = 500
_BLOCK_SAMPLES: Final = 1 << 18


@dataclass(frozen=True, slots=True, eq=False)
class Energy:
    """What the energy of a recording tells, every 1 / ``ENVELOPE_HZ`` seconds."""

    level_db: FloatArray  # [N] dB re full scale, -120 where digital silence
    voicing: FloatArray  # [N] 0..1 periodicity in the range of voice pitch
    loudness: FloatArray  # [N] 0..1, 1 = the clip's loud vowels
    active: NDArray[np.bool_]  # [N] sound that stands out
    pauses: tuple[Interval, ...]


def measure_energy(audio: AudioClip) -> Energy:
    """Return loudness, activity and pauses of `audio`.

    A steady noise is background: it is not loud and not active. A steady tone or vowel is.
    """
    level_db, voicing = _levels(audio)
    audible = level_db > SILENCE_DBFS
    if not audible.any():
        nothing = np.zeros_like(level_db)
        still = nothing.astype(np.bool_)
        return Energy(level_db, voicing, nothing, still, _pauses(still, audio.duration_s))
    voiced = audible & (voicing > _VOICED)
    peak_db = float(np.percentile(level_db[voiced if voiced.any() else audible], 95))
    floor_db = float(np.percentile(level_db, 5))
    if peak_db - floor_db < _STEADY_DB:  # no syllables: a held vowel, or background noise
        floor_db = SILENCE_DBFS if voiced.mean() > 0.5 else peak_db
    weakest_db = max(peak_db - _BELOW_PEAK_DB, SILENCE_DBFS)
    loud = level_db > max(floor_db + _ABOVE_FLOOR_DB, weakest_db)
    pitched = voiced & (level_db > max(floor_db + _VOICE_ABOVE_FLOOR_DB, weakest_db))
    active = _without_clicks(loud | pitched)
    excess = np.maximum(10 ** (level_db / 10) - 10 ** (floor_db / 10), 0.0)
    top = max(10 ** (peak_db / 10) - 10 ** (floor_db / 10), 10 ** (SILENCE_DBFS / 10))
    loudness = np.minimum((excess / top) ** (LOUDNESS_EXPONENT / 2), 1.0)
    return Energy(
        level_db=level_db,
        voicing=voicing,
        loudness=np.where(active, loudness, 0.0).astype(np.float32),
        active=active,
        pauses=_pauses(active, audio.duration_s),
    )


def _levels(audio: AudioClip) -> tuple[FloatArray, FloatArray]:
    """Return level in dB and voicing of frames centred on multiples of 1 / ``ENVELOPE_HZ``."""
    rate = audio.rate_hz
    hop = rate / ENVELOPE_HZ
    count = int(np.ceil(audio.samples.shape[0] / hop))
    span = round(_VOICE_WINDOW_S * rate)
    padded = _high_passed(audio, span)
    level_db = np.empty(count, np.float32)
    voicing = np.empty(count, np.float32)
    for start in range(0, count, _BLOCK_FRAMES):
        numbers = np.arange(start, min(start + _BLOCK_FRAMES, count))
        starts = np.round(numbers * hop).astype(np.int64)
        frames = padded[starts[:, None] + np.arange(span)]
        level_db[numbers] = _level_db(frames, round(_WINDOW_S * rate))
        voicing[numbers] = _voicing(frames, rate)
    return level_db, voicing


def _high_passed(audio: AudioClip, margin: int) -> FloatArray:
    """Return the samples without rumble, half a `margin` of zeros before and one after them."""
    sections = np.asarray(butter(2, _HIGH_PASS_HZ, "highpass", fs=audio.rate_hz, output="sos"))
    state = np.zeros((sections.shape[0], 2))
    count = audio.samples.shape[0]
    padded = np.zeros(margin // 2 + count + margin, np.float32)
    for start in range(0, count, _BLOCK_SAMPLES):
        block = audio.samples[start : start + _BLOCK_SAMPLES]
        clean, state = sosfilt(sections, block, zi=state)
        padded[margin // 2 + start :][: block.shape[0]] = clean
    return padded


def _level_db(frames: FloatArray, width: int) -> FloatArray:
    """Return the level of the middle `width` samples of each frame."""
    first = (frames.shape[1] - width) // 2
    window = np.hanning(width).astype(np.float32)
    middle = frames[:, first : first + width]
    power = (middle**2 @ window) / window.sum()
    return 10 * np.log10(np.maximum(power, 1e-12)).astype(np.float32)


def _voicing(frames: FloatArray, rate: int) -> FloatArray:
    """Return the largest normalized autocorrelation at the lags of voice pitch (Boersma 1993)."""
    width = frames.shape[1]
    window = np.hanning(width).astype(np.float32)
    size = 1 << (2 * width - 1).bit_length()
    first, last = (int(rate / hz) for hz in reversed(_PITCH_HZ))

    def autocorrelation(x: FloatArray) -> NDArray[np.float64]:
        return np.fft.irfft(np.abs(np.fft.rfft(x, size)) ** 2, size)[..., :width]

    own = autocorrelation(window)
    found = autocorrelation((frames - frames.mean(axis=1, keepdims=True)) * window)
    found = found / np.maximum(found[:, :1], 1e-9) / np.maximum(own / own[0], 1e-3)
    return np.clip(found[:, first : last + 1].max(axis=1), 0.0, 1.0).astype(np.float32)


def _without_clicks(active: NDArray[np.bool_]) -> NDArray[np.bool_]:
    kept = active.copy()
    for start, end in runs(active):
        if (end - start) / ENVELOPE_HZ <= _CLICK_S:
            kept[start:end] = False
    return kept


def _pauses(active: NDArray[np.bool_], duration_s: float) -> tuple[Interval, ...]:
    """Return the silences of at least ``MIN_PAUSE_S``; frame i stands for i +- half a frame."""
    found: list[Interval] = []
    for start, end in runs(~active):
        start_s = max(0.0, (start - 0.5) / ENVELOPE_HZ)
        end_s = duration_s if end == active.shape[0] else (end - 0.5) / ENVELOPE_HZ
        if end_s - start_s >= MIN_PAUSE_S - 1e-9:
            found.append(Interval(start_s, end_s))
    return tuple(found)
