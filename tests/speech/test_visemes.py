"""Lips close on p b m, round on w u o, open on vowels and rest in silence."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.speech.sounds import babble, clip, timeline

from cogportrait.errors import InputError
from cogportrait.facs.channels import AU_CHANNELS, MOUTH_CHANNELS
from cogportrait.speech import VOWELS, analyze_speech, mouth_controls
from cogportrait.speech.visemes import (
    BILABIALS,
    DIPHTHONGS,
    MAX_CLOSING_RATE,
    VISEMES,
    split_diphthongs,
)
from cogportrait.types import ControlSequence, FloatArray, Phone

ARPABET = sorted(set(VISEMES) | set(DIPHTHONGS))
FPS = 25.0


def middle(controls: ControlSequence, start_s: float, end_s: float, name: str) -> float:
    """Return a channel in the middle of a sound."""
    return float(controls.au(name)[round((start_s + end_s) / 2 * controls.fps)])


def opening(controls: ControlSequence) -> FloatArray:
    return (controls.au("AU25") + controls.au("AU26")) / 2


def sampled(controls: ControlSequence) -> FloatArray:
    """Return the opening as a 25 fps video shows it."""
    count = int(controls.duration_s * FPS)
    return opening(controls)[np.round(np.arange(count) / FPS * controls.fps).astype(int)]


@pytest.mark.parametrize("symbol", sorted(BILABIALS))
@pytest.mark.parametrize("neighbor", sorted(VOWELS))
@pytest.mark.parametrize("length_s", [0.04, 0.08])
def test_lips_close_on_p_b_m_whatever_is_beside(
    symbol: str, neighbor: str, length_s: float
) -> None:
    controls = mouth_controls(timeline((neighbor, 0.12), (symbol, length_s), (neighbor, 0.12)))
    span = (0.12, 0.12 + length_s)
    for channel in ("AU25", "AU26", "AU27", "AU10"):
        assert middle(controls, *span, channel) == 0
    assert middle(controls, *span, "AU24") > 0.1
    assert opening(controls).max() > 0.2


@pytest.mark.parametrize("shift_s", np.linspace(0, 0.04, 5).tolist())
def test_a_closure_falls_on_a_video_frame(shift_s: float) -> None:
    controls = mouth_controls(timeline(("AA", 0.3 + shift_s), ("B", 0.05), ("AA", 0.3)))
    frame = round((0.325 + shift_s) * FPS)
    assert sampled(controls)[frame - 1 : frame + 2].min() == 0


@pytest.mark.parametrize("symbol", ["W", "UW", "OW", "AO"])
def test_lips_round_on_w_u_o(symbol: str) -> None:
    rounded = mouth_controls(timeline(("SIL", 0.2), (symbol, 0.2), ("SIL", 0.2)))
    spread = mouth_controls(timeline(("SIL", 0.2), ("IY", 0.2), ("SIL", 0.2)))
    total = [middle(rounded, 0.2, 0.4, name) for name in ("AU18", "AU22")]
    assert sum(total) > 0.4
    assert middle(spread, 0.2, 0.4, "AU18") < 0.1
    assert middle(spread, 0.2, 0.4, "AU20_L") > middle(rounded, 0.2, 0.4, "AU20_L") + 0.1


def test_rounding_starts_before_the_rounded_vowel() -> None:
    stew = mouth_controls(timeline(("S", 0.1), ("T", 0.08), ("UW", 0.15)))
    steel = mouth_controls(timeline(("S", 0.1), ("T", 0.08), ("IY", 0.15)))
    assert middle(stew, 0.0, 0.1, "AU18") > middle(steel, 0.0, 0.1, "AU18") + 0.05
    assert middle(stew, 0.1, 0.18, "AU18") > 0.15


@pytest.mark.parametrize("symbol", sorted(VOWELS - {"UW"}))
def test_vowels_open_the_mouth_more_than_consonants_do(symbol: str) -> None:
    vowel = mouth_controls(timeline(("T", 0.1), (symbol, 0.2), ("T", 0.1)))
    consonant = mouth_controls(timeline(("T", 0.1), ("S", 0.2), ("T", 0.1)))
    peak = float(opening(vowel).max())
    assert peak > 1.4 * middle(consonant, 0.1, 0.3, "AU25") / 2
    assert peak > 0.2


def test_louder_vowels_open_wider() -> None:
    peaks = [
        opening(mouth_controls(timeline(("T", 0.1), ("AA", 0.3), ("T", 0.1), loudness=x))).max()
        for x in (0.1, 0.4, 1.0)
    ]
    assert peaks[0] < 0.6 * peaks[1] < 0.6 * peaks[2]


def test_f_and_v_tuck_the_lower_lip() -> None:
    for symbol in ("F", "V"):
        controls = mouth_controls(timeline(("AA", 0.2), (symbol, 0.1), ("AA", 0.2)))
        assert middle(controls, 0.2, 0.3, "AU28") > 0.15
        assert middle(controls, 0.2, 0.3, "AU26") < 0.35
        assert middle(controls, 0.0, 0.15, "AU28") < 0.08


def test_s_and_sh_show_teeth_with_a_closed_jaw() -> None:
    for symbol in ("S", "Z", "SH", "CH"):
        controls = mouth_controls(timeline(("AA", 0.2), (symbol, 0.12), ("AA", 0.2)))
        assert 0.1 < middle(controls, 0.2, 0.32, "AU25") < 0.5
        assert middle(controls, 0.2, 0.32, "AU26") < 0.25


def test_silence_closes_the_lips_gently_and_keeps_them_still() -> None:
    controls = mouth_controls(timeline(("AA", 0.4), ("SIL", 1.0), ("AA", 0.4)))
    curve = opening(controls)
    still = curve[round(0.7 * 240) : round(1.2 * 240)]
    assert (still == 0).all()
    assert curve[round(0.45 * 240)] > 0.05  # not snapped shut
    assert controls.aus[round(0.7 * 240) : round(1.2 * 240)].max() == 0
    assert (curve[round(1.37 * 240) : round(1.4 * 240)] > 0).all()  # opens a little ahead


@pytest.mark.parametrize("symbol", ARPABET)
def test_every_sound_has_a_shape_and_uses_mouth_channels_only(symbol: str) -> None:
    controls = mouth_controls(timeline(("T", 0.1), (symbol, 0.15), ("T", 0.1)))
    moving = {name for i, name in enumerate(AU_CHANNELS) if controls.aus[:, i].any()}
    assert moving <= set(MOUTH_CHANNELS)
    assert not controls.gaze_deg.any()
    assert not controls.head_deg.any()
    assert controls.aus.min() >= 0
    assert controls.aus.max() <= 1


@settings(max_examples=30)
@given(
    sounds=st.lists(
        st.tuples(st.sampled_from(ARPABET), st.floats(0.03, 0.4)), min_size=1, max_size=40
    ),
    strength=st.sampled_from([0.5, 1.0, 2.0]),
    rate_hz=st.sampled_from([60.0, 240.0]),
)
def test_no_channel_moves_faster_than_lips_can(
    sounds: list[tuple[str, float]], strength: float, rate_hz: float
) -> None:
    controls = mouth_controls(timeline(*sounds), rate_hz, strength=strength)
    rates = np.abs(np.diff(controls.aus, axis=0)) * rate_hz
    assert rates.max(initial=0) <= MAX_CLOSING_RATE + 1e-2
    assert MAX_CLOSING_RATE * 5 <= 40  # AU units 0..5 a second


def test_the_opening_follows_the_energy_of_speech() -> None:
    speech = analyze_speech(clip(babble(6.0)))
    controls = mouth_controls(speech, speech.loudness_hz)
    count = min(len(controls), speech.loudness.shape[0])
    correlation = np.corrcoef(opening(controls)[:count], speech.loudness[:count])[0, 1]
    assert correlation > 0.6


def test_the_number_of_rows_is_the_rounded_duration() -> None:
    assert len(mouth_controls(timeline(("AA", 0.5)), 240)) == 120
    assert len(mouth_controls(timeline(("AA", 0.5)), 29.97)) == 15


def test_strength_scales_all_but_the_closures() -> None:
    sounds = timeline(("AA", 0.3), ("B", 0.08), ("AA", 0.3))
    weak, strong = (mouth_controls(sounds, strength=x) for x in (0.5, 1.0))
    assert opening(weak).max() == pytest.approx(0.5 * opening(strong).max(), rel=0.05)
    assert middle(weak, 0.3, 0.38, "AU24") == middle(strong, 0.3, 0.38, "AU24")
    assert not mouth_controls(sounds, strength=0).to_matrix().any()


def test_diphthongs_are_two_vowels() -> None:
    first, second = split_diphthongs([Phone("AY", 1.0, 1.2)])
    assert (first.symbol, second.symbol) == ("AA", "IY")
    assert first.end_s == second.start_s
    assert split_diphthongs([Phone("??", 0.0, 1.0)]) == ()


@pytest.mark.parametrize(("rate_hz", "strength"), [(5, 1), (2000, 1), (240, -0.1), (240, 2.5)])
def test_impossible_wishes_are_refused(rate_hz: float, strength: float) -> None:
    with pytest.raises(InputError):
        mouth_controls(timeline(("AA", 0.5)), rate_hz, strength=strength)
