"""What is said when: sounds, pauses and loudness of a recording."""

from itertools import pairwise

import numpy as np
import pytest
from tests.speech.sounds import RATE_HZ, babble, clip, noise, silence, vowel

from cogportrait.errors import MediaError
from cogportrait.speech import analyze_speech, mouth_controls
from cogportrait.speech.analyze import outside
from cogportrait.speech.energy import ENVELOPE_HZ, measure_energy
from cogportrait.speech.phones import CHUNK_S, chunks
from cogportrait.types import AudioClip, Interval, Phone


def test_pauses_are_where_the_silence_is() -> None:
    audio = clip(silence(0.4), vowel("AA", 0.5), silence(0.3), vowel("IY", 0.4), silence(0.5))
    pauses = analyze_speech(audio).pauses
    assert [p.start_s for p in pauses] == pytest.approx([0.0, 0.9, 1.6], abs=0.04)
    assert [p.end_s for p in pauses] == pytest.approx([0.4, 1.2, 2.1], abs=0.04)


def test_short_silences_are_no_pauses() -> None:
    audio = clip(vowel("AA", 0.3), silence(0.1), vowel("AA", 0.3))
    assert analyze_speech(audio).pauses == ()


def test_loudness_follows_the_vowels() -> None:
    audio = clip(vowel("AA", 0.4, 0.4), silence(0.2), vowel("AA", 0.4, 0.1), silence(0.2))
    timeline = analyze_speech(audio)
    loudness = timeline.loudness
    assert timeline.loudness_hz == ENVELOPE_HZ
    assert loudness.shape == (120,)
    assert loudness[10:30].mean() == pytest.approx(1.0, abs=0.15)
    assert 0.3 < loudness[70:90].mean() < 0.6  # a quarter of the pressure: 0.25 ** 0.6 = 0.44
    assert loudness[46:56].max() == 0


def test_phones_are_in_order_without_stress_and_outside_pauses() -> None:
    timeline = analyze_speech(clip(silence(0.3), babble(4.0), silence(0.5)))
    assert timeline.phones
    for before, after in pairwise(timeline.phones):
        assert before.end_s <= after.start_s + 1e-6
    for phone in timeline.phones:
        assert phone.symbol.isalpha()
        assert 0 <= phone.start_s < phone.end_s <= timeline.duration_s + 1e-6
        if phone.symbol != "SIL":
            middle_s = (phone.start_s + phone.end_s) / 2
            assert not any(p.start_s < middle_s < p.end_s for p in timeline.pauses)


def test_equal_recordings_give_equal_timelines() -> None:
    audio = clip(babble(2.0))
    first, second = analyze_speech(audio), analyze_speech(audio)
    assert first.phones == second.phones
    assert np.array_equal(first.loudness, second.loudness)


def test_digital_silence_is_one_pause_without_sounds_and_a_still_mouth() -> None:
    timeline = analyze_speech(clip(silence(2.0)))
    assert timeline.phones == ()
    assert timeline.pauses == (Interval(0.0, 2.0),)
    assert timeline.source == "energy"
    assert not mouth_controls(timeline).to_matrix().any()


@pytest.mark.parametrize("level", [0.3, 0.01, 0.0002])
def test_steady_noise_is_background_and_the_mouth_stays_still(level: float) -> None:
    timeline = analyze_speech(clip(noise(2.0, level)))
    assert timeline.phones == ()
    assert timeline.source == "energy"
    assert not mouth_controls(timeline).to_matrix().any()


def test_music_falls_back_on_energy_and_moves_the_mouth() -> None:
    t = np.arange(2 * RATE_HZ) / RATE_HZ
    chord = sum(np.sign(np.sin(2 * np.pi * hz * t)) for hz in (220, 277, 330))
    beat = np.clip(np.sin(2 * np.pi * 2 * t), 0, 1)
    timeline = analyze_speech(AudioClip((0.1 * chord * beat).astype(np.float32), RATE_HZ))
    assert timeline.source == "energy"
    assert timeline.phones == ()
    opening = mouth_controls(timeline, 100.0).au("AU25")
    assert opening.max() > 0.3
    assert np.corrcoef(opening, timeline.loudness[: opening.shape[0]])[0, 1] > 0.8


@pytest.mark.parametrize("gain", [0.01, 0.1, 1.0])
def test_quiet_recordings_are_heard_too(gain: float) -> None:
    audio = clip(babble(2.0) * np.float32(gain))
    timeline = analyze_speech(audio)
    assert timeline.loudness.max() == 1.0
    assert timeline.source == "pocketsphinx"


def test_a_click_is_no_speech() -> None:
    sound = silence(1.0)
    sound[8000:8100] = 0.9
    assert analyze_speech(clip(sound)).pauses == (Interval(0.0, 1.0),)


@pytest.mark.parametrize("count", [1, 100, 3000])
def test_very_short_recordings_are_taken(count: int) -> None:
    timeline = analyze_speech(AudioClip(noise(1.0)[:count], RATE_HZ))
    assert len(mouth_controls(timeline)) == max(1, round(240 * count / RATE_HZ))


def test_long_recordings_are_cut_at_quiet_places() -> None:
    audio = clip(*(part for i in range(9) for part in (vowel("AA", 3.0), silence(0.4))))
    energy = measure_energy(audio)
    ranges = chunks(audio, energy.level_db)
    assert ranges[0][0] == 0
    assert ranges[-1][1] == audio.samples.shape[0]
    for (_, end), (start, _) in pairwise(ranges):
        assert end == start
        assert energy.level_db[round(end / RATE_HZ * ENVELOPE_HZ)] < -60
    assert max(end - start for start, end in ranges) <= CHUNK_S * RATE_HZ


def test_sounds_are_cut_by_pauses() -> None:
    phones = [Phone("AA", 0.0, 0.5), Phone("B", 0.5, 0.6), Phone("IY", 0.6, 1.2)]
    kept = outside(phones, [Interval(0.4, 0.65), Interval(0.9, 2.0)])
    assert [p.symbol for p in kept] == ["AA", "IY"]
    assert [(p.start_s, p.end_s) for p in kept] == [(0.0, 0.4), (0.65, 0.9)]


def test_what_cannot_be_analyzed_is_refused() -> None:
    with pytest.raises(MediaError, match="16000 samples a second"):
        analyze_speech(AudioClip(np.zeros(100, np.float32), 44_100))
    with pytest.raises(MediaError, match="got none"):
        analyze_speech(AudioClip(np.zeros(0, np.float32), RATE_HZ))
