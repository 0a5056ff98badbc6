"""What speech asks of eyes and head: blinks at pauses, looks at turns, beats on loud syllables."""

from typing import Final

import numpy as np

from cogportrait.agents.attention import Manners, look_away
from cogportrait.agents.setting import Setting, expression, look, nod, pulse
from cogportrait.facs.limits import constant
from cogportrait.types import EventKind, Interval, PlannedEvent, SpeechTimeline

_LONG_UTTERANCE_S: Final = 2.0
_TURN_PAUSE_S: Final = 0.35  # silences at least this long end an utterance
_START_AVERTED: Final = constant("gaze.turn_rule").parts["long_utterance_starts_averted"]
_END_LOOKING: Final = constant("gaze.turn_rule").parts["ends_looking"]
_BEAT_GAP_S: Final = 0.7
_LOUD: Final = 0.55
# Labels whose own gaze or stillness is their signature: turn-taking must not take it from them.
_OWN_GAZE: Final = frozenset(
    {"anger", "sadness", "fear", "disgust", "surprise", "laughter", "cognitive_effort",
     "low_arousal_negative", "evasive_response", "drowsiness"}
)  # fmt: skip
_BEAT_SIZE: Final = {
    "neutral": 1.0, "happiness": 1.2, "anger": 1.4, "social_engagement": 1.2, "surprise": 1.0,
    "fear": 0.6, "disgust": 0.7, "laughter": 0.6, "cognitive_effort": 0.6, "evasive_response": 0.6,
    "sadness": 0.4, "low_arousal_negative": 0.25, "drowsiness": 0.25,
}  # fmt: skip


def utterances(speech: SpeechTimeline, duration_s: float) -> list[Interval]:
    """Return the stretches of speech between pauses of at least 0.35 s, inside the clip."""
    found: list[Interval] = []
    start = 0.0
    for pause in [p for p in speech.pauses if p.duration_s >= _TURN_PAUSE_S]:
        if pause.start_s - start > 0.2:
            found.append(Interval(start, min(pause.start_s, duration_s)))
        start = max(start, pause.end_s)
    end = min(speech.duration_s, duration_s)
    if end - start > 0.2:
        found.append(Interval(start, end))
    return [u for u in found if u.start_s < duration_s]


def loud_moments(speech: SpeechTimeline, duration_s: float) -> list[tuple[float, float]]:
    """Return the times (seconds) and heights (0..1) of loudness peaks, at least 0.7 s apart."""
    level = speech.loudness
    if level.size < 3:
        return []
    top = (level[1:-1] > level[:-2]) & (level[1:-1] >= level[2:]) & (level[1:-1] >= _LOUD)
    rows = np.flatnonzero(top) + 1
    gap = max(1, round(_BEAT_GAP_S * speech.loudness_hz))
    near = np.zeros(level.size, np.bool_)
    chosen: list[int] = []
    for row in rows[np.argsort(-level[rows], kind="stable")].tolist():  # the loudest first
        if not near[row]:
            chosen.append(row)
            near[max(row - gap + 1, 0) : row + gap] = True
    moments = [(row / speech.loudness_hz, float(level[row])) for row in sorted(chosen)]
    return [(t, height) for t, height in moments if t < duration_s - 0.3]


def _turn_looks(setting: Setting, said: list[Interval]) -> list[PlannedEvent]:
    """Return looks away at the start of long utterances and back at their end (KEN67)."""
    manners = Manners(
        1.0, 1.0, setting.draw("aversion.amplitude"), side=0.55, up=0.25, down=0.2,
        reason="looks away while starting to speak", source="KEN67",
    )  # fmt: skip
    events: list[PlannedEvent] = []
    for utterance in said:
        if utterance.duration_s < _LONG_UTTERANCE_S:
            continue
        if setting.chance(_START_AVERTED):
            start = max(utterance.start_s + setting.between(-0.15, 0.2), 0.15)
            held = min(setting.between(0.7, 1.6), 0.5 * utterance.duration_s)
            events += look_away(setting, start, held, manners)
            events.append(look(start + held, 0.0, 0.0, "looks back", "KEN67"))
        if setting.chance(_END_LOOKING):
            back = utterance.end_s - setting.between(0.3, 0.7)
            events.append(look(back, 0.0, 0.0, "looks at the listener at the end", "KEN67"))
    return events


def _beats(setting: Setting, speech: SpeechTimeline) -> list[PlannedEvent]:
    """Return small brow raises and head beats on loud syllables."""
    size = _BEAT_SIZE[setting.priors.label] * setting.posture
    events: list[PlannedEvent] = []
    for t, height in loud_moments(speech, setting.duration_s):
        start = max(t - 0.12, 0.05)
        if setting.chance(0.35):
            amount = 0.28 * size * height
            events.append(
                expression(setting, start, (0.16, 0.15, 0.25), {1: 0.8 * amount, 2: amount},
                           "raises the brows on a stressed word", source="BAV")
            )  # fmt: skip
        if setting.chance(0.5):
            angles = {"pitch": -4.0 * size * height, "yaw": setting.sign() * size}
            phases = (0.16, 0.05, 0.28)
            events.append(pulse(start, phases, angles, "beats with the head on a stressed word"))
    return events


def speech_events(setting: Setting, speech: SpeechTimeline) -> list[PlannedEvent]:
    """Return what the speech adds: the portrait's own when speaking, else the partner's."""
    said = utterances(speech, setting.duration_s)
    if not setting.speaking:
        return [
            nod(setting, u.end_s + setting.between(0.1, 0.5), 5.0 * setting.posture, 2.0, 2.0,
                "nods at the end of the partner's phrase")
            for u in said
            if u.end_s < setting.duration_s - 1.2 and setting.chance(_listener_nods(setting))
        ]  # fmt: skip
    looks = [] if setting.priors.label in _OWN_GAZE else _turn_looks(setting, said)
    return looks + _beats(setting, speech)


def _listener_nods(setting: Setting) -> float:
    return {"social_engagement": 0.7, "happiness": 0.5, "neutral": 0.3}.get(
        setting.priors.label, 0.1
    )


def give_way(own: list[PlannedEvent], added: list[PlannedEvent]) -> list[PlannedEvent]:
    """Return the label's events without the looks that collide with those of speech."""
    looks = np.asarray(sorted(e.start_s for e in added if e.kind is EventKind.GAZE))
    if not looks.size:
        return own
    kept: list[PlannedEvent] = []
    for event in own:
        if event.kind is EventKind.GAZE and np.abs(looks - event.start_s).min() < 0.7:
            continue
        kept.append(event)
    return kept
