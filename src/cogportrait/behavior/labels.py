"""The thirteen labels, how people call them, and what is known of each.

`neutral` plus the 12 categories of the EMH benchmark. The priors come from
``facs/physiology.json`` (``docs/assumptions.md`` says which are measured and which are chosen).
"""

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Final

from cogportrait.errors import LabelError
from cogportrait.facs.limits import AU_SCALE, Quantity, document, quantity

LABELS: Final[tuple[str, ...]] = (
    "neutral",
    "happiness",
    "sadness",
    "anger",
    "fear",
    "disgust",
    "surprise",
    "laughter",
    "cognitive_effort",
    "low_arousal_negative",
    "social_engagement",
    "evasive_response",
    "drowsiness",
)

DESCRIPTIONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "neutral": "at ease: blinks, small looks around, a head that is never quite still",
        "happiness": "a felt smile that reaches the eyes, small nods, a tilted head",
        "sadness": "inner brows up, mouth corners down, gaze and head sinking",
        "anger": "lowered brows and tight lids over a hard stare, head forward and down",
        "fear": "startled: wide eyes, raised and knitted brows, a freeze, then scanning",
        "disgust": "raised upper lip, narrowed eyes, head and gaze turned away",
        "surprise": "brows and upper lids shoot up, jaw drops, gaze stays on the event",
        "laughter": "bouts of laughing: cheeks up, eyes squeezed, head bouncing",
        "cognitive_effort": "thinking: gaze goes up or aside and stays, few blinks, then many",
        "low_arousal_negative": "gloomy or bored: heavy lids, gaze down, head sinking, motionless",
        "social_engagement": "an attentive partner: eye contact, brow flash, light smile, nods",
        "evasive_response": "looks away and turns away, with quick side glances back",
        "drowsiness": "drooping lids, long blinks, slow closures, a head that nods off",
    }
)

ALIASES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "neutral": ("calm", "none", "rest", "idle", "relaxed", "normal", "baseline", "at ease"),
        "happiness": ("happy", "joy", "joyful", "smile", "smiling", "cheerful", "glad", "pleased",
                      "delighted", "content", "amused"),
        "sadness": ("sad", "sorrow", "unhappy", "grief", "crying", "tearful", "hurt", "upset"),
        "anger": ("angry", "mad", "furious", "rage", "annoyed", "irritated", "hostile", "glare"),
        "fear": ("afraid", "scared", "fearful", "frightened", "terrified", "anxious", "panic",
                 "startled"),
        "disgust": ("disgusted", "revolted", "repulsed", "nauseated", "yuck"),
        "surprise": ("surprised", "astonished", "amazed", "shocked", "wow", "astonishment"),
        "laughter": ("laugh", "laughing", "giggle", "giggling", "chuckle", "lol", "hilarity"),
        "cognitive_effort": ("thinking", "think", "thoughtful", "pondering", "concentrating",
                             "concentration", "focused", "remembering", "puzzled", "confused",
                             "cognitive load", "mental effort", "effort", "contemplating"),
        "low_arousal_negative": ("bored", "boredom", "gloomy", "gloom", "depressed", "listless",
                                 "apathetic", "apathy", "weary", "melancholy", "dull",
                                 "low arousal", "low mood", "resigned"),
        "social_engagement": ("engaged", "attentive", "listening", "interested", "friendly",
                              "social", "engagement", "rapport", "curious", "polite"),
        "evasive_response": ("evasive", "shifty", "avoidant", "dodging", "avoiding", "embarrassed",
                             "embarrassment", "guilty", "nervous", "shy", "ashamed"),
        "drowsiness": ("drowsy", "sleepy", "tired", "sleepiness", "fatigue", "fatigued",
                       "nodding off", "dozing", "exhausted", "sleep"),
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class LabelPriors:
    """What is expected of one label; every `Quantity` says its unit, source and how sure it is."""

    label: str
    blink_rate_listening: Quantity  # 1/min
    blink_rate_speaking: Quantity  # 1/min
    blink_total: Quantity  # ms
    aus: Mapping[int, Quantity]  # by FACS number, intensity 0..5
    others: Mapping[str, Quantity]  # everything else, by the name in the data file
    order: str  # what comes before what, in words
    cooccurrence: str
    evidence: str

    def blink_rate(self, *, speaking: bool) -> Quantity:
        """Return the blink rate while speaking or listening, 1/min."""
        return self.blink_rate_speaking if speaking else self.blink_rate_listening

    def au(self, number: int) -> float:
        """Return the mean intensity of an action unit, 0..1; 0 when the label has none."""
        found = self.aus.get(number)
        return found.number / AU_SCALE if found else 0.0

    def other(self, name: str) -> Quantity:
        """Return another prior, falling back on the neutral one.

        Raises
        ------
        KeyError
            Neither this label nor `neutral` has it.
        """
        if name in self.others:
            return self.others[name]
        if self.label == "neutral":
            raise KeyError(name)
        return priors("neutral").other(name)


_COMMON: Final = ("blink_rate.listening", "blink_rate.speaking", "blink_total")
_AU_PRIOR: Final = re.compile(r"AU(\d+)\.intensity")


@cache
def priors(label: str) -> LabelPriors:
    """Return what the data file says about one canonical label.

    Raises
    ------
    KeyError
        Not one of `LABELS`; see `resolve_label`.
    """
    entry = document()["labels"][label]
    found = {name: quantity(name, e) for name, e in entry["priors"].items()}
    aus = {int(m[1]): q for name, q in found.items() if (m := _AU_PRIOR.fullmatch(name))}
    others = {k: q for k, q in found.items() if k not in _COMMON and not _AU_PRIOR.fullmatch(k)}
    return LabelPriors(
        label=label,
        blink_rate_listening=found["blink_rate.listening"],
        blink_rate_speaking=found["blink_rate.speaking"],
        blink_total=found["blink_total"],
        aus=MappingProxyType(aus),
        others=MappingProxyType(others),
        order=entry["order"],
        cooccurrence=entry["cooccurrence"],
        evidence=entry["evidence_notes"],
    )


def wording(label: str) -> str:
    """Return a label as people write it: ``wording("cognitive_effort")``."""
    return label.replace("_", " ")


def _normal(text: str) -> str:
    return re.sub(r"[\s\-_]+", "_", text.strip().casefold())


@cache
def _names() -> Mapping[str, str]:
    table = {label: label for label in LABELS}
    for label, names in ALIASES.items():
        table |= {_normal(name): label for name in names}
    return MappingProxyType(table)


def label_words() -> tuple[str, ...]:
    """Return every word that `resolve_label` knows, lower-case, ``_`` for spaces."""
    return tuple(_names())


def resolve_label(text: str) -> str:
    """Return the canonical label that `text` means: ``resolve_label("Thinking")``.

    Case, spaces, hyphens and underscores do not matter; everyday names are understood.

    Raises
    ------
    LabelError
        No such label; the message gives the nearest names.
    """
    wanted = _normal(text)
    table = _names()
    if wanted in table:
        return table[wanted]
    near = difflib.get_close_matches(wanted, list(table), n=3, cutoff=0.6)
    if near:
        hint = ", ".join(
            n if n == table[n] else f"{n.replace('_', ' ')} (= {table[n]})" for n in near
        )
        raise LabelError(f"unknown label {text!r}; nearest: {hint}")
    raise LabelError(f"unknown label {text!r}; expected one of: {', '.join(LABELS)}")
