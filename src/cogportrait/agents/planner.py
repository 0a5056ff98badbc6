"""The planner: what happens when, from a label, an instruction and speech.

The built-in reasoner: offline, deterministic, seeded. It draws from the priors of the label, in the
order that the literature gives, and writes the reason and the source on every event.
"""

import zlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

import numpy as np

from cogportrait.agents import drowsy, emotions, states
from cogportrait.agents.blinks import plan_blinks
from cogportrait.agents.instruction_sides import choose_sides
from cogportrait.agents.instructions import Reading, apply_reading, read_instruction
from cogportrait.agents.setting import Scene, Setting, sway
from cogportrait.agents.speech_cues import give_way, speech_events
from cogportrait.behavior.labels import LABELS, priors, resolve_label
from cogportrait.errors import PlanError, shown
from cogportrait.types import Brief, EventKind, EventPlan, Interval, PlannedEvent

DURATION_S: Final = (0.5, 600.0)
FPS: Final = (10.0, 120.0)
INTENSITY: Final = (0.25, 1.5)
LONGEST_INSTRUCTION: Final = 5000  # characters

SCENES: Final[Mapping[str, Callable[[Setting], Scene]]] = MappingProxyType(
    {
        "neutral": states.neutral,
        "happiness": emotions.happiness,
        "sadness": emotions.sadness,
        "anger": emotions.anger,
        "fear": emotions.fear,
        "disgust": emotions.disgust,
        "surprise": emotions.surprise,
        "laughter": states.laughter,
        "cognitive_effort": states.cognitive_effort,
        "low_arousal_negative": states.low_arousal_negative,
        "social_engagement": states.social_engagement,
        "evasive_response": states.evasive_response,
        "drowsiness": drowsy.drowsiness,
    }
)


def check_brief(brief: Brief) -> None:
    """Raise unless the brief can be planned.

    Raises
    ------
    LabelError
        The label is not one of `LABELS`.
    PlanError
        Duration, frame rate or intensity is out of range, or the instruction is too long.
    """
    check_instruction(brief.instruction)
    if brief.label not in LABELS:
        resolve_label(brief.label)  # raises with the nearest names when it is none
        raise PlanError(f"label {brief.label!r}: expected a canonical name (see resolve_label)")
    for name, value, (low, high), unit in (
        ("duration", brief.duration_s, DURATION_S, "s"),
        ("fps", brief.fps, FPS, "frames per second"),
        ("intensity", brief.intensity, INTENSITY, ""),
    ):
        if not low <= value <= high:
            raise PlanError(f"{name}: expected {low:g} to {high:g} {unit}, got {value}".strip())


def check_instruction(instruction: object) -> None:
    """Raise :class:`PlanError` unless `instruction` is a text of bearable length."""
    if not isinstance(instruction, str):
        raise PlanError(f"instruction: expected a text, got {shown(instruction)}")
    if len(instruction) > LONGEST_INSTRUCTION:
        raise PlanError(
            f"instruction: expected at most {LONGEST_INSTRUCTION} characters, "
            f"got {len(instruction)}; shorten it"
        )


def stream(brief: Brief, part: str) -> np.random.Generator:
    """Return the random numbers of one part of the plan: by seed and label, one part one stream."""
    key = (abs(brief.seed), int(brief.seed < 0), zlib.crc32(brief.label.encode()))
    return np.random.default_rng([*key, zlib.crc32(part.encode())])


def _setting(brief: Brief, part: str) -> Setting:
    return Setting(
        priors=priors(brief.label),
        duration_s=brief.duration_s,
        fps=brief.fps,
        speaking=brief.speaking,
        intensity=brief.intensity,
        rng=stream(brief, part),
    )


def _inside(events: list[PlannedEvent], duration_s: float) -> tuple[PlannedEvent, ...]:
    inside = [e for e in events if 0.0 <= e.start_s < duration_s]
    return tuple(sorted(inside, key=lambda e: (e.start_s, e.kind)))


def _with_speech(brief: Brief, events: list[PlannedEvent]) -> list[PlannedEvent]:
    if brief.speech is None:
        return events
    added = [
        replace(e, origin="speech") for e in speech_events(_setting(brief, "speech"), brief.speech)
    ]
    return give_way(events, added) + added


def _with_instruction(
    brief: Brief, events: list[PlannedEvent], reading: Reading
) -> list[PlannedEvent]:
    """Return the events of label and instruction; what goes to either side goes to one."""
    joined = apply_reading(events, reading)
    if not reading.free:
        return joined
    first = len(joined) - len(reading.events)
    looks = [e for e in events if e.kind is EventKind.GAZE]
    seeded = float(stream(brief, "side").choice((-1.0, 1.0)))
    return choose_sides(joined, {first + i for i in reading.free}, looks, seeded)


def plan_events(brief: Brief) -> EventPlan:
    """Return what happens during the clip.

    Parameters
    ----------
    brief : Brief
        With a canonical label. The same brief gives the same plan; another seed gives another.

    Returns
    -------
    EventPlan
        Ordered by start, not yet fitted to frames (``behavior.compose.fit_to_frames``).

    Raises
    ------
    LabelError, PlanError
        See `check_brief`.
    """
    check_brief(brief)
    scene = SCENES[brief.label](_setting(brief, "scene"))
    pauses = brief.speech.pauses if brief.speech is not None else ()
    reading = read_instruction(brief.instruction, brief.duration_s, brief.intensity)
    events = _with_instruction(brief, _with_speech(brief, list(scene.events)), reading)
    if reading.may_blink:
        events += plan_blinks(_setting(brief, "blinks"), sorted(events, key=lambda e: e.start_s),
                              _no_blink(scene, reading), pauses)  # fmt: skip
    return EventPlan(
        label=brief.label,
        duration_s=brief.duration_s,
        events=_inside(events, brief.duration_s),
        speaking=brief.speaking,
        may_blink=reading.may_blink,
        not_understood=reading.not_understood,
        intensity=brief.intensity,
        withheld=reading.withheld,
    )


def _no_blink(scene: Scene, reading: Reading) -> tuple[Interval, ...]:
    return scene.no_blink + shut_or_winking(reading) + reading.no_blink


def shut_or_winking(reading: Reading) -> tuple[Interval, ...]:
    """Return when the instruction itself moves the lids, or shuts one eye, so that no blink may."""
    own = (EventKind.WINK, EventKind.BLINK)
    still = [e for e in reading.events if e.kind in own or _one_eyed(e)]
    return tuple(
        Interval(e.start_s - 0.2, np.inf if e.sustain else e.end_s + 0.2) for e in still
    )  # fmt: skip


def _one_eyed(event: PlannedEvent) -> bool:
    return event.kind is EventKind.CLOSURE and event.side != "both"


def with_life(brief: Brief, plan: EventPlan) -> EventPlan:
    """Return a plan made elsewhere with what every living face does besides.

    Blinks at the label's rate where the plan lets them, the gestures of speech where it leaves
    room, and the sway of a held head.
    """
    events = _with_speech(brief, list(plan.events))
    if not plan.of_kind(EventKind.SWAY):
        events.append(replace(sway(_setting(brief, "sway")), origin="life"))
    if plan.may_blink:
        own = (EventKind.WINK, EventKind.BLINK, EventKind.CLOSURE)
        shut = tuple(Interval(e.start_s - 0.2, e.end_s + 0.2) for e in plan.of_kind(*own))
        pauses = brief.speech.pauses if brief.speech is not None else ()
        ordered = sorted(events, key=lambda e: e.start_s)
        blinks = plan_blinks(_setting(brief, "blinks"), ordered, shut, pauses)
        events += [replace(e, origin="life") for e in blinks]
    return replace(plan, events=_inside(events, brief.duration_s))
