"""Events of brows, lids and mouth in controls: raises, flashes, frowns, squints, smiles, laughs."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, sosfiltfilt

from cogportrait.behavior.segment.face_event import (
    EventType,
    FaceEvent,
    excursions,
    noise,
    stands_out,
)
from cogportrait.facs.channels import AU_INDEX

_Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class UnitLimits:
    """Thresholds; intensity 0.2 is FACS level A to B, 0.4 B to C."""

    least: float = 0.2
    smile: float = 0.25
    flash_s: float = 0.5  # a brow flash, onset to offset: 0.2 to 0.4 s (physiology section 6)
    feet_s: float = 6.0
    one_sided: float = 0.2  # by which one side is ahead of the other
    lowpass_hz: float = 6.0  # brows move no faster (physiology section 8)
    laugh_smile: float = 0.35
    laugh_cheek: float = 0.25
    laugh_open: float = 0.15
    laugh_hz: tuple[float, float] = (3.0, 6.5)  # notes come every 0.21 s (PRO91)
    laugh_beat: float = 0.02  # RMS of the mouth's opening within that band


_KINDS = (
    (EventType.FROWN, (4,)),
    (EventType.SQUINT, (7,)),
    (EventType.WIDENING, (5,)),
)


def unit_events(
    aus: NDArray[np.floating], fps: float, limits: UnitLimits = UnitLimits()
) -> list[FaceEvent]:
    """Return the events of action units [T, K], columns as in ``facs.channels.AU_CHANNELS``."""
    raw = np.asarray(aus, np.float64)  # once: there may be thousands of smiles
    values = _calmed(raw, fps, limits)
    out: list[FaceEvent] = []
    for one in _found(_pair(values, (1, 2)), fps, limits.least, limits):
        short = one.duration_s <= limits.flash_s
        out.append(_as(one, EventType.BROW_FLASH if short else EventType.BROW_RAISE))
    for kind, numbers in _KINDS:
        found = _found(_pair(values, numbers), fps, limits.least, limits)
        out += [_as(one, kind) for one in found]
    for one in _found(_pair(values, (12,)), fps, limits.smile, limits):
        laughs = _laughs(raw, one, fps, limits)
        out.append(_as(one, EventType.LAUGH if laughs else EventType.SMILE))
    return sorted(out, key=lambda e: e.onset_s)


def _calmed(values: _Array, fps: float, limits: UnitLimits) -> _Array:
    if fps <= 2.5 * limits.lowpass_hz or len(values) < 16:
        return values
    filtered = butter(2, limits.lowpass_hz, fs=fps, output="sos")
    return np.asarray(sosfiltfilt(filtered, values, axis=0, padlen=min(15, len(values) - 1)))


def _pair(values: _Array, numbers: tuple[int, ...]) -> _Array:
    """Return both sides of the strongest of some action units, [T, 2]."""
    sides = [
        np.max([values[:, AU_INDEX[f"AU{n:02d}_{side}"]] for n in numbers], axis=0) for side in "LR"
    ]
    return np.stack(sides, axis=1)


def _found(pair: _Array, fps: float, least: float, limits: UnitLimits) -> list[FaceEvent]:
    """Return the excursions of a pair of sides [T, 2], with the side where one is ahead."""
    mean, rough = pair.mean(1), max(noise(pair.mean(1)), 0.01)
    strong = np.maximum(mean, pair.max(1) * 0.75)  # one-sided movements count as well
    out: list[FaceEvent] = []
    for one in excursions(strong, least, longest=limits.feet_s * fps):
        left, right = pair[one.apex]
        side = "both"
        if abs(left - right) > limits.one_sided and min(left, right) < 0.5 * max(left, right):
            side = "L" if left > right else "R"
        out.append(
            FaceEvent(
                EventType.SQUINT, one.onset / fps, one.apex / fps, one.offset / fps,
                float(np.clip(pair[one.apex].max(), 0, 1)), side=side,
                quality=stands_out(one.height, rough),
            )
        )  # fmt: skip
    return out


def _as(one: FaceEvent, kind: EventType) -> FaceEvent:
    return FaceEvent(
        kind, one.onset_s, one.apex_s, one.offset_s, one.amplitude, one.side, one.direction,
        one.quality,
    )  # fmt: skip


def _laughs(aus: _Array, smile: FaceEvent, fps: float, limits: UnitLimits) -> bool:
    """Return whether a smile is a laugh: cheeks up, mouth open, and both shake in notes."""
    first, last = round(smile.onset_s * fps), round(smile.offset_s * fps) + 1
    part = aus[first:last]

    def mean(*names: str) -> _Array:
        return np.mean([part[:, AU_INDEX[name]] for name in names], axis=0)

    opened = np.max([part[:, AU_INDEX[n]] for n in ("AU25", "AU26", "AU27")], axis=0)
    strong = mean("AU12_L", "AU12_R").max() >= limits.laugh_smile
    strong &= mean("AU06_L", "AU06_R").max() >= limits.laugh_cheek
    if not strong or opened.max() < limits.laugh_open or len(part) < fps:
        return False
    low, high = limits.laugh_hz[0], min(limits.laugh_hz[1], 0.45 * fps)
    band = butter(2, (low, high), "bandpass", fs=fps, output="sos")
    beat = sosfiltfilt(band, opened, padlen=min(15, len(opened) - 1))
    return bool(np.sqrt(np.mean(beat**2)) >= limits.laugh_beat)
