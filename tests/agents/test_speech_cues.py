import numpy as np
from tests.agents.signals import random_speech

from cogportrait.agents.loop import compile_brief
from cogportrait.agents.speech_cues import loud_moments, utterances
from cogportrait.types import Brief, EventKind, Interval, SpeechTimeline


def timeline(pauses: tuple[Interval, ...], duration_s: float = 8.0) -> SpeechTimeline:
    t = np.arange(int(duration_s * 100)) / 100
    loud = np.clip(np.sin(2 * np.pi * t) ** 8, 0, 1).astype(np.float32)
    return SpeechTimeline(duration_s, (), pauses, loud, 100.0, "energy")


def test_utterances_are_what_lies_between_long_pauses() -> None:
    speech = timeline((Interval(0.0, 0.5), Interval(2.0, 2.2), Interval(4.0, 5.0)))
    spans = [(u.start_s, u.end_s) for u in utterances(speech, 6.0)]
    assert spans == [(0.5, 4.0), (5.0, 6.0)]


def test_loud_moments_are_the_peaks_and_keep_their_distance() -> None:
    times = [t for t, _ in loud_moments(timeline(()), 8.0)]
    assert len(times) >= 6
    assert np.diff(times).min() >= 0.69


def test_silence_has_no_loud_moments() -> None:
    quiet = SpeechTimeline(3.0, (), (), np.zeros(300, np.float32), 100.0, "energy")
    assert loud_moments(quiet, 3.0) == []
    assert loud_moments(SpeechTimeline(3.0, (), (), np.zeros(0, np.float32), 100.0, "x"), 3.0) == []


def _events(label: str, speech: SpeechTimeline, *, speaking: bool) -> list[str]:
    reasons: list[str] = []
    for seed in range(8):
        brief = Brief(label, 8.0, seed=seed, speaking=speaking, speech=speech)
        reasons += [e.reason for e in compile_brief(brief).plan.events]
    return reasons


def test_long_utterances_start_averted_and_end_looking() -> None:
    speech = timeline((Interval(4.0, 5.0),))
    reasons = _events("neutral", speech, speaking=True)
    assert sum("while starting to speak" in r for r in reasons) >= 6
    assert sum("listener at the end" in r for r in reasons) >= 4


def test_turn_taking_does_not_take_the_stare_from_anger() -> None:
    reasons = _events("anger", timeline((Interval(4.0, 5.0),)), speaking=True)
    assert not any("while starting to speak" in r for r in reasons)


def test_a_listener_nods_when_the_partner_pauses() -> None:
    speech = timeline((Interval(2.5, 3.2), Interval(5.5, 6.2)))
    reasons = _events("social_engagement", speech, speaking=False)
    assert sum("partner's phrase" in r for r in reasons) >= 6


def test_ten_minutes_of_speech_are_planned_and_possible() -> None:
    speech = random_speech(np.random.default_rng(3), 600.0)
    compiled = compile_brief(
        Brief("social_engagement", 600.0, seed=1, speaking=True, speech=speech)
    )
    assert not compiled.critique.hard
    beats = [e for e in compiled.plan.of_kind(EventKind.PULSE) if e.origin == "speech"]
    assert len(beats) > 100
