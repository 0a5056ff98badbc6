"""Sounds made on the spot: vowels from formants, noise, silence."""

import numpy as np
from scipy.signal import lfilter

from cogportrait.types import AudioClip, FloatArray, Interval, Phone, SpeechTimeline

RATE_HZ = 16_000
FORMANTS_HZ = {  # Peterson & Barney 1952, men
    "AA": (730, 1090, 2440),
    "IY": (270, 2290, 3010),
    "UW": (300, 870, 2240),
}


def vowel(symbol: str, duration_s: float, peak: float = 0.3) -> FloatArray:
    """Return a vowel: pulses at 120 Hz through three resonances."""
    sound = np.zeros(round(duration_s * RATE_HZ))
    sound[:: RATE_HZ // 120] = 1.0
    for formant_hz, width_hz in zip(FORMANTS_HZ[symbol], (60, 90, 120), strict=True):
        radius = np.exp(-np.pi * width_hz / RATE_HZ)
        angle = 2 * np.pi * formant_hz / RATE_HZ
        sound = lfilter([1.0], [1, -2 * radius * np.cos(angle), radius**2], sound)
    return (peak * sound / np.abs(sound).max()).astype(np.float32)


def silence(duration_s: float) -> FloatArray:
    return np.zeros(round(duration_s * RATE_HZ), np.float32)


def noise(duration_s: float, level: float = 0.1, seed: int = 0) -> FloatArray:
    rng = np.random.default_rng(seed)
    return (level * rng.normal(size=round(duration_s * RATE_HZ))).astype(np.float32)


def clip(*parts: FloatArray) -> AudioClip:
    return AudioClip(np.concatenate(parts), RATE_HZ)


def babble(duration_s: float, seed: int = 0) -> FloatArray:
    """Return syllables: vowels of varying length and loudness with bursts and gaps between."""
    rng = np.random.default_rng(seed)
    parts: list[FloatArray] = []
    total_s = 0.0
    while total_s < duration_s:
        lengths_s = rng.uniform(0.08, 0.2), rng.uniform(0.03, 0.08)
        symbol = list(FORMANTS_HZ)[rng.integers(3)]
        parts += [vowel(symbol, lengths_s[0], rng.uniform(0.1, 0.4)), noise(lengths_s[1], 0.02)]
        total_s += sum(lengths_s)
        if rng.random() < 0.1:
            parts.append(silence(0.3))
            total_s += 0.3
    return np.concatenate(parts)[: round(duration_s * RATE_HZ)]


def timeline(*sounds: tuple[str, float], loudness: float = 1.0) -> SpeechTimeline:
    """Return a timeline of (symbol, seconds) one after the other; SIL of 0.15 s is a pause."""
    phones: list[Phone] = []
    pauses: list[Interval] = []
    levels: list[FloatArray] = []
    now_s = 0.0
    for symbol, length_s in sounds:
        phones.append(Phone(symbol, now_s, now_s + length_s))
        if symbol == "SIL" and length_s >= 0.15:
            pauses.append(Interval(now_s, now_s + length_s))
        level = 0.0 if symbol == "SIL" else loudness
        levels.append(np.full(round(length_s * 100), level, np.float32))
        now_s += length_s
    return SpeechTimeline(
        now_s, tuple(phones), tuple(pauses), np.concatenate(levels), 100.0, "pocketsphinx"
    )
