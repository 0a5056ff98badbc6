"""Recordings to prototypes: events are cut out, judged, and kept once."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cogportrait.behavior.library.prototype import CHANNELS_OF, GAZE_PAIR, Prototype
from cogportrait.behavior.segment.events import segment
from cogportrait.behavior.segment.eye_movements import EyeMovement, eye_movements
from cogportrait.behavior.segment.face_event import EventType, FaceEvent, direction_of
from cogportrait.facs.channels import CHANNEL_INDEX
from cogportrait.facs.limits import channel_limits
from cogportrait.spans import runs
from cogportrait.types import ControlSequence

_Array = NDArray[np.float64]

LEAST_QUALITY: Final = 0.25
LONGEST_S: Final = 8.0
SHORTEST_FRAMES: Final = 3
# What tells a recording of an event from noise, beyond the segmenter's own thresholds.
FIXATION_RATE_HZ: Final = 50.0  # fixations of eye trackers are kept at this rate
_SACCADE_DEG: Final = (0.5, 40.0)
_FIXATION_S: Final = (0.1, 3.0)
# At video rates a shift of gaze is but a step, and a fixation is the tracker's noise.
_NOT_FROM_VIDEO: Final = frozenset((EventType.GAZE_SHIFT, EventType.FIXATION))
_SLACK: Final = 1e-3
ALIKE: Final = 0.03  # of the amplitude: mean difference up to which two prototypes are one


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a recording comes from."""

    person: str
    source: str
    licence: str
    labels: tuple[str, ...] = ()
    speaking: bool | None = None


def cut_controls(
    controls: ControlSequence, origin: Origin, found: NDArray[np.bool_] | None = None
) -> list[Prototype]:
    """Return the prototypes in measured controls."""
    values = controls.to_matrix().astype(np.float64)
    out: list[Prototype] = []
    for event in segment(controls, found):
        if event.kind not in _NOT_FROM_VIDEO and event.quality >= LEAST_QUALITY:
            one = _cut(values, controls.fps, event, origin)
            if one is not None:
                out.append(one)
    return distinct(out)


def _cut(values: _Array, fps: float, event: FaceEvent, origin: Origin) -> Prototype | None:
    first, last = int(event.onset_s * fps), int(np.ceil(event.offset_s * fps))
    last = min(last, len(values) - 1)
    if not last - first + 1 >= SHORTEST_FRAMES or (last - first) / fps > LONGEST_S:
        return None
    if first == 0 or last == len(values) - 1:
        return None  # it began before the recording or goes on after it
    channels = CHANNELS_OF[event.kind]
    part = np.stack([_column(values[first : last + 1], name) for name in channels], axis=1)
    if not _possible(part, channels):
        return None
    return Prototype(
        event.kind, fps, channels, (part - part[0]).astype(np.float32), event.amplitude,
        event.apex_s - first / fps, event.side, event.direction, origin.labels, origin.speaking,
        origin.person, event.quality, f"{origin.source} {event.onset_s:.2f} s", origin.licence,
    )  # fmt: skip


def _possible(part: _Array, channels: tuple[str, ...]) -> bool:
    """Return whether a face can do that; beyond it the tracker has slipped, or its zero is off."""
    for column, name in zip(part.T, channels, strict=True):
        low, high = channel_limits(f"{name}_L" if name in GAZE_PAIR else name).hard
        if column.min() < low - _SLACK or column.max() > high + _SLACK:
            return False
        if name in GAZE_PAIR and np.ptp(column) > max(-low, high):
            return False
    return True


def _column(values: _Array, name: str) -> _Array:
    if name in GAZE_PAIR:
        return values[:, [CHANNEL_INDEX[f"{name}_{side}"] for side in "LR"]].mean(1)
    return values[:, CHANNEL_INDEX[name]]


def cut_gaze(gaze_deg: NDArray[np.floating], rate_hz: float, origin: Origin) -> list[Prototype]:
    """Return the saccades and fixations in a recording of an eye tracker, [T, 2] degrees."""
    gaze = np.asarray(gaze_deg, np.float64)
    codes = eye_movements(gaze, rate_hz)
    out = [
        one for span in runs(codes == EyeMovement.SACCADE)
        if (one := _saccade(gaze, rate_hz, span, origin)) is not None
    ]  # fmt: skip
    out += [
        one for span in runs(codes == EyeMovement.FIXATION)
        if (one := _fixation(gaze, rate_hz, span, origin)) is not None
    ]  # fmt: skip
    return distinct(out)


def _saccade(
    gaze: _Array, rate_hz: float, span: tuple[int, int], origin: Origin
) -> Prototype | None:
    first, last = span  # `last` is the first sample after
    part = gaze[first : last + 1]
    if len(part) < SHORTEST_FRAMES or not np.isfinite(part).all():
        return None
    way = part[-1] - part[0]
    size = float(np.hypot(*way))
    if not _SACCADE_DEG[0] <= size <= _SACCADE_DEG[1]:
        return None
    along = (part - part[0]) @ way / size**2
    if along.min() < -0.1 or along.max() > 1.25:  # a lid or the tracker's slip
        return None
    apex = float(np.argmax(np.hypot(*np.diff(part, axis=0).T))) / rate_hz
    return Prototype(
        EventType.GAZE_SHIFT, rate_hz, GAZE_PAIR, (part - part[0]).astype(np.float32), size, apex,
        direction=direction_of(*way), labels=origin.labels, speaking=origin.speaking,
        person=origin.person, source=f"{origin.source} {first / rate_hz:.2f} s",
        licence=origin.licence,
    )  # fmt: skip


def _fixation(
    gaze: _Array, rate_hz: float, span: tuple[int, int], origin: Origin
) -> Prototype | None:
    first, last = span
    length = (last - first) / rate_hz
    part = gaze[first:last]
    if not _FIXATION_S[0] <= length <= _FIXATION_S[1] or not np.isfinite(part).all():
        return None
    step = max(1, round(rate_hz / FIXATION_RATE_HZ))
    kept = part[: len(part) // step * step].reshape(-1, step, 2).mean(1)
    if len(kept) < SHORTEST_FRAMES:
        return None
    return Prototype(
        EventType.FIXATION, rate_hz / step, GAZE_PAIR, (kept - kept[0]).astype(np.float32),
        float(np.hypot(*kept.std(0))), length / 2, labels=origin.labels,
        speaking=origin.speaking, person=origin.person,
        source=f"{origin.source} {first / rate_hz:.2f} s", licence=origin.licence,
    )  # fmt: skip


def distinct(prototypes: Iterable[Prototype]) -> list[Prototype]:
    """Return prototypes each once: recordings are passed on under several names.

    Of two movements that go by one name the later gets another.
    """
    kept: list[Prototype] = []
    names: dict[str, Prototype] = {}
    seen: dict[tuple[str, int, tuple[str, ...]], list[Prototype]] = {}
    for one in prototypes:
        near = seen.setdefault((one.kind, len(one.values), one.channels), [])
        if any(_same(one, other) for other in near):
            continue
        if (namesake := names.get(one.id)) is not None:
            if one.person == namesake.person and np.array_equal(one.values, namesake.values):
                continue
            one = replace(one, id="")  # noqa: PLW2901 - named by its curve
            if one.id in names:
                continue
        names[one.id] = one
        near.append(one)
        kept.append(one)
    return kept


def _same(one: Prototype, other: Prototype) -> bool:
    apart = float(np.abs(one.values - other.values).mean())
    return apart < ALIKE * float(np.abs(one.values).max()) and one.person != ""
