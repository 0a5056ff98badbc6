"""From speech sounds to mouth action units.

Each sound has a target for every mouth AU and a dominance over it that is 1 within the sound and
falls off exponentially before and after; the curve is the dominance-weighted mean of the targets
(Cohen & Massaro 1993, "Modeling coarticulation in synthetic visual speech", eq. 1-4). Rounding
has a long reach forward, so lips round for "stew" during the "s". Contacts of the lips (p, b, m)
are not averaged: they are reached whatever the neighbors are.
"""

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, fields
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cogportrait.errors import InputError
from cogportrait.facs.channels import AU_INDEX
from cogportrait.speech.curves import limit_rate, smooth_step
from cogportrait.speech.phones import SILENCE
from cogportrait.types import ControlSequence, FloatArray, Interval, Phone, SpeechTimeline


@dataclass(frozen=True, slots=True)
class Viseme:
    """Target of one speech sound, AU intensities 0..1 at full loudness."""

    part: float = 0.0  # AU25 lips part
    jaw: float = 0.0  # AU26 jaw drop
    stretch: float = 0.0  # AU27 mouth stretch
    upper: float = 0.0  # AU10 upper lip raiser
    pucker: float = 0.0  # AU18 lip pucker
    funnel: float = 0.0  # AU22 lip funneler
    spread: float = 0.0  # AU20 lip stretcher, both sides
    tuck: float = 0.0  # AU28 lip suck: lower lip under the teeth
    chin: float = 0.0  # AU17 chin raiser
    tighten: float = 0.0  # AU23 lip tightener


# Openings are those at full loudness. Targets follow the viseme classes of MPEG-4 FA (ISO/IEC
# 14496-2, annex C) and the openings and roundings of American English vowels in Montgomery &
# Jackson 1983; see docs/speech.md.
VISEMES: Final[Mapping[str, Viseme]] = {
    "AA": Viseme(part=0.95, jaw=0.80, stretch=0.12),
    "AE": Viseme(part=0.95, jaw=0.68, spread=0.22, upper=0.10),
    "AH": Viseme(part=0.78, jaw=0.54),
    "AO": Viseme(part=0.82, jaw=0.62, pucker=0.18, funnel=0.40),
    "EH": Viseme(part=0.82, jaw=0.50, spread=0.22, upper=0.06),
    "ER": Viseme(part=0.58, jaw=0.32, pucker=0.18, funnel=0.32),
    "IH": Viseme(part=0.66, jaw=0.32, spread=0.22),
    "IY": Viseme(part=0.58, jaw=0.21, spread=0.42, upper=0.06),
    "UH": Viseme(part=0.55, jaw=0.32, pucker=0.38, funnel=0.30),
    "UW": Viseme(part=0.44, jaw=0.21, pucker=0.68, funnel=0.35),
    "OW": Viseme(part=0.66, jaw=0.48, pucker=0.42, funnel=0.45),
    "P": Viseme(chin=0.12, tighten=0.10),
    "B": Viseme(chin=0.10, tighten=0.06),
    "M": Viseme(chin=0.06, tighten=0.04),
    "F": Viseme(part=0.16, jaw=0.03, tuck=0.42, upper=0.12),
    "V": Viseme(part=0.16, jaw=0.03, tuck=0.36, upper=0.10),
    "W": Viseme(part=0.18, jaw=0.08, pucker=0.72, funnel=0.32),
    "TH": Viseme(part=0.26, jaw=0.14),
    "DH": Viseme(part=0.26, jaw=0.14),
    "S": Viseme(part=0.24, jaw=0.03, spread=0.22),
    "Z": Viseme(part=0.24, jaw=0.03, spread=0.20),
    "SH": Viseme(part=0.28, jaw=0.04, pucker=0.25, funnel=0.52),
    "ZH": Viseme(part=0.28, jaw=0.04, pucker=0.25, funnel=0.52),
    "CH": Viseme(part=0.26, jaw=0.04, pucker=0.25, funnel=0.48),
    "JH": Viseme(part=0.26, jaw=0.04, pucker=0.22, funnel=0.45),
    "T": Viseme(part=0.22, jaw=0.06, spread=0.06),
    "D": Viseme(part=0.22, jaw=0.07, spread=0.06),
    "N": Viseme(part=0.20, jaw=0.08),
    "L": Viseme(part=0.30, jaw=0.16),
    "R": Viseme(part=0.24, jaw=0.10, pucker=0.22, funnel=0.36),
    "K": Viseme(part=0.25, jaw=0.14),
    "G": Viseme(part=0.25, jaw=0.14),
    "NG": Viseme(part=0.24, jaw=0.14),
    "HH": Viseme(part=0.30, jaw=0.18),
    "Y": Viseme(part=0.28, jaw=0.09, spread=0.30),
    SILENCE: Viseme(),
}
DIPHTHONGS: Final[Mapping[str, tuple[str, str]]] = {
    "AW": ("AA", "UW"),
    "AY": ("AA", "IY"),
    "EY": ("EH", "IY"),
    "OY": ("AO", "IY"),
    "OW": ("OW", "UW"),
}
_ONSET_SHARE: Final = 0.6  # of a diphthong belongs to its first vowel
BILABIALS: Final = frozenset(("P", "B", "M"))
_ROUNDED: Final = frozenset(("W", "UW", "UH", "OW", "AO", "SH", "ZH", "CH", "JH", "R", "ER"))
_LIP_BOUND: Final = frozenset(("F", "V", "W", "S", "Z", "SH", "ZH", "CH", "JH"))
VOWEL_TARGETS: Final = frozenset(("AA", "AE", "AH", "AO", "EH", "ER", "IH", "IY", "UH", "UW", "OW"))

PRESS: Final = 0.28  # AU24 at a lip closure, enough to close lips that rest apart
MAX_RATE: Final = 3.5  # AU (0..1) a second, 17.5 on the 0..5 scale: lips and jaw in speech
MAX_CLOSING_RATE: Final = 6.0  # into and out of p, b, m: 30 on the 0..5 scale, hard limit 40
_QUIET_VOWEL: Final = 0.30  # opening of a barely voiced vowel, of that of a loud one
_REACH_S: Final = 0.35  # dominance beyond this is nothing
# Fall-off of dominance before and after a sound.
_ANTICIPATION_S: Final = {"open": 0.045, "round": 0.110, "contact": 0.040}
_CARRYOVER_S: Final = {"open": 0.035, "round": 0.060, "contact": 0.035}
_CLOSED_SHARE: Final = 0.35  # of a p, b, m, either side of its middle, the lips touch
_CLOSED_HALF_S: Final = (0.022, 0.060)  # at least a frame at 25 fps, at most a held "mm"
_CLOSING_S: Final = 0.24  # lips close this slowly when speech stops
_OPENING_S: Final = 0.14  # and begin to open this long before it starts
_FOLLOWING: Final = 0.6  # share of the opening that goes with the momentary loudness
_SYLLABLE_S: Final = 0.09  # width of the window that keeps syllables and drops pitch and bursts
_GAP_EDGE_S: Final = 0.05  # phones rule this far into a gap between them
_ENERGY_PART: Final = 0.55  # AU25 and AU26 of the loudest sound when no phones are known
_ENERGY_JAW: Final = 0.40

_AU_OF: Final[Mapping[str, tuple[str, ...]]] = {
    "part": ("AU25",),
    "jaw": ("AU26",),
    "stretch": ("AU27",),
    "upper": ("AU10",),
    "pucker": ("AU18",),
    "funnel": ("AU22",),
    "spread": ("AU20_L", "AU20_R"),
    "tuck": ("AU28",),
    "chin": ("AU17",),
    "tighten": ("AU23",),
}
_GESTURE: Final[Mapping[str, str]] = {
    "part": "open",
    "jaw": "open",
    "stretch": "open",
    "upper": "open",
    "pucker": "round",
    "funnel": "round",
    "spread": "round",
    "tuck": "contact",
    "chin": "contact",
    "tighten": "contact",
}
_NAMES: Final = tuple(field.name for field in fields(Viseme))
_OPENING: Final = tuple(_NAMES.index(name) for name in ("part", "jaw", "stretch", "upper"))
_GESTURES: Final = ("open", "round", "contact")


def mouth_controls(
    timeline: SpeechTimeline, rate_hz: float = 240.0, *, strength: float = 1.0
) -> ControlSequence:
    """Return what the mouth does while `timeline` is spoken.

    Parameters
    ----------
    timeline
        What is said when.
    rate_hz
        Rows a second.
    strength
        Scales every movement, 0..2; 1 is conversational. Lip closures stay closures.

    Returns
    -------
    ControlSequence
        ``round(duration * rate_hz)`` rows in which only mouth AUs (10, 17, 18, 20, 22 to 28) are
        other than zero; no channel moves faster than ``MAX_CLOSING_RATE``.

    Raises
    ------
    InputError
        `strength` or `rate_hz` is out of range.
    """
    if not 0 <= strength <= 2:
        raise InputError(f"strength: expected 0 to 2, got {strength:g}")
    if not 10 <= rate_hz <= 1000:
        raise InputError(f"rate_hz: expected 10 to 1000, got {rate_hz:g}")
    controls = ControlSequence.zeros(max(1, round(timeline.duration_s * rate_hz)), rate_hz)
    times_s = np.arange(len(controls)) / rate_hz
    loudness = _loudness_at(timeline, times_s)
    phones = split_diphthongs(timeline.phones)
    followed = _at_syllable_pace(loudness, rate_hz)
    curves = _from_energy(followed)
    if phones:
        known = _known(phones, timeline.pauses, times_s)
        curves += known * (_blend(phones, timeline, times_s, followed) - curves)
    curves *= _speaking(timeline, times_s)[:, None] * strength
    np.minimum(curves, 1.0, out=curves)
    curves = limit_rate(curves, MAX_RATE, rate_hz)
    closed, press = _closures(phones, times_s)
    curves[:, _OPENING] *= (1 - closed)[:, None]
    curves = limit_rate(curves, MAX_CLOSING_RATE, rate_hz)
    for index, name in enumerate(_NAMES):
        for channel in _AU_OF[name]:
            controls.aus[:, AU_INDEX[channel]] = curves[:, index]
    if strength > 0:
        controls.aus[:, AU_INDEX["AU24"]] = limit_rate(press[:, None], MAX_RATE, rate_hz)[:, 0]
    return controls


def split_diphthongs(phones: Sequence[Phone]) -> tuple[Phone, ...]:
    """Return `phones` with each diphthong as its two vowels; unknown symbols left out."""
    out: list[Phone] = []
    for phone in phones:
        if phone.symbol in DIPHTHONGS:
            first, second = DIPHTHONGS[phone.symbol]
            middle_s = phone.start_s + _ONSET_SHARE * (phone.end_s - phone.start_s)
            out += [Phone(first, phone.start_s, middle_s), Phone(second, middle_s, phone.end_s)]
        elif phone.symbol in VISEMES:
            out.append(phone)
    return tuple(out)


def _loudness_at(timeline: SpeechTimeline, times_s: NDArray[np.float64]) -> FloatArray:
    if timeline.loudness.shape[0] == 0:
        return np.zeros(times_s.shape[0], np.float32)
    known_s = np.arange(timeline.loudness.shape[0]) / timeline.loudness_hz
    return np.interp(times_s, known_s, timeline.loudness).astype(np.float32)


def _blend(
    phones: Sequence[Phone],
    timeline: SpeechTimeline,
    times_s: NDArray[np.float64],
    followed: FloatArray,
) -> FloatArray:
    """Return [N, viseme fields]: the dominance-weighted mean of the targets.

    The opening also follows the loudness within and across sounds, as mouths do (Chandrasekaran
    et al. 2009, "The natural statistics of audiovisual speech").
    """
    weighted = np.zeros((times_s.shape[0], len(_NAMES)), np.float32)
    total = np.full((times_s.shape[0], len(_GESTURES)), 1e-6, np.float32)
    columns = np.array([_GESTURES.index(_GESTURE[name]) for name in _NAMES])
    for phone in phones:
        first, last = np.searchsorted(times_s, (phone.start_s - _REACH_S, phone.end_s + _REACH_S))
        window = slice(int(first), int(last))
        dominance = np.stack(
            [_dominance(phone, gesture, times_s[window]) for gesture in _GESTURES], axis=1
        ).astype(np.float32)
        weighted[window] += dominance[:, columns] * _target(phone, timeline)
        total[window] += dominance
    curves = weighted / total[:, columns]
    curves[:, _OPENING] *= (1 - _FOLLOWING + _FOLLOWING * followed)[:, None]
    return curves


def _dominance(phone: Phone, gesture: str, times_s: NDArray[np.float64]) -> NDArray[np.floating]:
    """Return how much `phone` rules a gesture at `times_s`: exp(-distance / fall-off)."""
    strength = _dominance_peak(phone.symbol, gesture)
    core_s = 0.25 * (phone.end_s - phone.start_s)  # distance counts from the middle half
    before = np.maximum(phone.start_s + core_s - times_s, 0) / _ANTICIPATION_S[gesture]
    after = np.maximum(times_s - phone.end_s + core_s, 0) / _CARRYOVER_S[gesture]
    return strength * np.exp(-before - after)


def _dominance_peak(symbol: str, gesture: str) -> float:
    """Return the dominance of a sound over a gesture at its middle: what it cannot do without."""
    match gesture:
        case "open":
            if symbol in VOWEL_TARGETS or symbol in _LIP_BOUND or symbol in BILABIALS:
                return 1.0
            return 0.35 if symbol == "HH" else 0.7
        case "round":
            if symbol in _ROUNDED:
                return 1.0
            return 0.6 if symbol in VOWEL_TARGETS or symbol in ("Y", "S", "Z") else 0.2
        case _:
            return 1.0


def _target(phone: Phone, timeline: SpeechTimeline) -> FloatArray:
    """Return the target of a sound, the opening of a vowel scaled by how loud it is."""
    target = np.array(astuple(VISEMES[phone.symbol]), np.float32)
    if phone.symbol in VOWEL_TARGETS and timeline.loudness.shape[0]:
        first = int(phone.start_s * timeline.loudness_hz)
        last = max(first + 1, int(np.ceil(phone.end_s * timeline.loudness_hz)))
        loudness = timeline.loudness[first:last]
        level = float(loudness.mean()) if loudness.shape[0] else 0.0
        target[list(_OPENING)] *= _QUIET_VOWEL + (1 - _QUIET_VOWEL) * level
    return target


def _at_syllable_pace(loudness: FloatArray, rate_hz: float) -> FloatArray:
    """Return the loudness without what is faster than syllables, about 8 Hz."""
    width = max(1, round(_SYLLABLE_S * rate_hz))
    kernel = np.hanning(width + 2)[1:-1]
    return np.convolve(loudness, kernel / kernel.sum())[width // 2 :][: loudness.shape[0]].astype(
        np.float32
    )


def _from_energy(followed: FloatArray) -> FloatArray:
    """Return lips and jaw that follow the loudness, [N, viseme fields]."""
    curves = np.zeros((followed.shape[0], len(_NAMES)), np.float32)
    curves[:, _NAMES.index("part")] = _ENERGY_PART * followed
    curves[:, _NAMES.index("jaw")] = _ENERGY_JAW * followed
    return curves


def _known(
    phones: Sequence[Phone], pauses: Sequence[Interval], times_s: NDArray[np.float64]
) -> FloatArray:
    """Return [N, 1] how far phones are known: 0 where there is other sound (breath, laughter)."""
    known = np.zeros(times_s.shape[0], np.float32)
    for stretch in (*phones, *pauses):
        first, last = np.searchsorted(
            times_s, (stretch.start_s - _GAP_EDGE_S, stretch.end_s + _GAP_EDGE_S)
        )
        known[first:last] = 1.0
    rate_hz = 1 / (times_s[1] - times_s[0]) if times_s.shape[0] > 1 else 1.0
    width = max(1, round(2 * _GAP_EDGE_S * rate_hz))
    padded = np.pad(known, width, mode="edge")
    smooth = np.convolve(padded, np.ones(width) / width, "same")[width : width + known.shape[0]]
    return smooth[:, None].astype(np.float32)


def _speaking(timeline: SpeechTimeline, times_s: NDArray[np.float64]) -> FloatArray:
    """Return 1 while speaking, 0 in pauses; lips close gently and open a little before speech."""
    gate = np.ones(times_s.shape[0])
    for pause in timeline.pauses:
        length_s = pause.duration_s
        first, last = np.searchsorted(times_s, (pause.start_s, pause.end_s))
        window = slice(int(first), int(last))
        closing_s = min(_CLOSING_S, 0.5 * length_s)
        opening_s = min(_OPENING_S, 0.3 * length_s)
        at_start = pause.start_s <= 1e-6
        at_end = pause.end_s >= timeline.duration_s - 1e-6
        since = times_s[window] - pause.start_s
        until = pause.end_s - times_s[window]
        closing = 1.0 if at_start else smooth_step(since / closing_s)
        opening = 1.0 if at_end else smooth_step(until / opening_s)
        depth = 1.0 if at_start or at_end else min(1.0, max(0.0, (length_s - 0.10) / 0.15))
        gate[window] = 1 - depth * closing * opening
    return gate.astype(np.float32)


def _closures(
    phones: Sequence[Phone], times_s: NDArray[np.float64]
) -> tuple[FloatArray, FloatArray]:
    """Return where lips touch for p, b, m (1, else 0), and AU24 there."""
    closed = np.zeros(times_s.shape[0], np.float32)
    press = np.zeros(times_s.shape[0], np.float32)
    for phone in phones:
        if phone.symbol not in BILABIALS:
            continue
        middle_s = (phone.start_s + phone.end_s) / 2
        length_s = phone.end_s - phone.start_s
        half_s = float(np.clip(_CLOSED_SHARE * length_s, *_CLOSED_HALF_S))
        first, last = np.searchsorted(times_s, (middle_s - half_s, middle_s + half_s))
        closed[first:last] = 1.0
        spread_s = half_s + 0.03
        first, last = np.searchsorted(times_s, (middle_s - spread_s, middle_s + spread_s))
        near = 1 - np.abs(times_s[first:last] - middle_s) / spread_s
        press[first:last] = np.maximum(press[first:last], PRESS * smooth_step(2 * near))
    return closed, press
