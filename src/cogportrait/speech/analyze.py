"""From a recording to what the face needs of it: sounds, pauses, loudness."""

from bisect import bisect_right
from collections.abc import Sequence
from typing import Final

import numpy as np

from cogportrait.errors import MediaError
from cogportrait.speech.energy import ENVELOPE_HZ, Energy, measure_energy
from cogportrait.speech.phones import SILENCE, decode_phones, speech_phones
from cogportrait.types import AudioClip, Interval, Phone, SpeechTimeline

VOWELS: Final = frozenset(
    ("AA", "AE", "AH", "AO", "AW", "AY", "EH", "ER", "EY", "IH", "IY", "OW", "OY", "UH", "UW")
)
_MIN_PHONE_S: Final = 0.02  # what is left of a sound cut by a pause must be at least this long
_MAX_PHONE_S: Final = 0.8  # longer is a search that got lost, not a sound
_MIN_COVERAGE: Final = 0.25  # of the active time; with fewer sounds found it is not speech


def analyze_speech(audio: AudioClip) -> SpeechTimeline:
    """Return what is said when in `audio`.

    Parameters
    ----------
    audio
        16 kHz mono, of any length.

    Returns
    -------
    SpeechTimeline
        ``source`` is "pocketsphinx", or "energy" when no speech sounds were found (music, noise,
        silence); `phones` is then empty and the loudness envelope must serve.

    Raises
    ------
    MediaError
        There are no samples, or they are not at 16 kHz.
    """
    if audio.rate_hz != 16_000:
        raise MediaError(f"sound: expected 16000 samples a second, got {audio.rate_hz}; resample")
    if audio.samples.shape[0] == 0:
        raise MediaError("sound: expected samples, got none; record it again")
    energy = measure_energy(audio)
    phones: tuple[Phone, ...] = ()
    if energy.active.any():
        phones = outside(decode_phones(audio, energy.level_db), energy.pauses)
        if not _is_speech(phones, energy):
            phones = ()
    return SpeechTimeline(
        duration_s=audio.duration_s,
        phones=with_silences(phones, energy.pauses) if phones else (),
        pauses=energy.pauses,
        loudness=energy.loudness,
        loudness_hz=ENVELOPE_HZ,
        source="pocketsphinx" if phones else "energy",
    )


def outside(phones: Sequence[Phone], pauses: Sequence[Interval]) -> tuple[Phone, ...]:
    """Return the speech sounds of `phones` with what lies within `pauses` cut off."""
    ends = [pause.end_s for pause in pauses]
    kept: list[Phone] = []
    for phone in speech_phones(phones):
        start_s, end_s = phone.start_s, phone.end_s
        for pause in pauses[bisect_right(ends, start_s) :]:
            if pause.start_s >= end_s:
                break
            if pause.start_s <= start_s:
                start_s = pause.end_s
            else:
                end_s = pause.start_s
        if _MIN_PHONE_S <= end_s - start_s <= _MAX_PHONE_S:
            kept.append(Phone(phone.symbol, start_s, end_s))
    return tuple(kept)


def with_silences(phones: Sequence[Phone], pauses: Sequence[Interval]) -> tuple[Phone, ...]:
    """Return `phones` and a silence for each pause, in order of time."""
    silences = [Phone(SILENCE, pause.start_s, pause.end_s) for pause in pauses]
    return tuple(sorted((*phones, *silences), key=lambda phone: (phone.start_s, phone.end_s)))


def _is_speech(phones: Sequence[Phone], energy: Energy) -> bool:
    """Return whether there are vowels and sounds fill enough of what is not silent."""
    spoken_s = sum(phone.end_s - phone.start_s for phone in phones)
    active_s = float(np.count_nonzero(energy.active)) / ENVELOPE_HZ
    return any(p.symbol in VOWELS for p in phones) and spoken_s >= _MIN_COVERAGE * active_s
