"""A prototype: one recorded movement with all that is known about it."""

import hashlib
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cogportrait.behavior.segment.face_event import EventType
from cogportrait.errors import InputError, shown
from cogportrait.facs.channels import CHANNELS
from cogportrait.types import check_array

# Of both eyes together, as recordings of eye trackers have it.
GAZE_PAIR: Final = ("gaze_yaw", "gaze_pitch")
_LIDS: Final = ("AU43_L", "AU43_R")
_HEAD: Final = ("head_yaw", "head_pitch", "head_roll")
_SMILE: Final = ("AU12_L", "AU12_R", "AU06_L", "AU06_R", "AU25", "AU26")
_BROWS: Final = ("AU01_L", "AU01_R", "AU02_L", "AU02_R")

# Which channels a prototype of each kind holds.
CHANNELS_OF: Final[dict[EventType, tuple[str, ...]]] = {
    EventType.BLINK: _LIDS,
    EventType.PARTIAL_BLINK: _LIDS,
    EventType.DOUBLE_BLINK: _LIDS,
    EventType.LONG_CLOSURE: _LIDS,
    EventType.DROOP: _LIDS,
    EventType.WINK: _LIDS,
    EventType.GAZE_SHIFT: GAZE_PAIR,
    EventType.FIXATION: GAZE_PAIR,
    EventType.AVERSION: (*GAZE_PAIR, *_HEAD),
    EventType.RETURN: (*GAZE_PAIR, *_HEAD),
    EventType.DRIFT: GAZE_PAIR,
    EventType.BROW_RAISE: _BROWS,
    EventType.BROW_FLASH: _BROWS,
    EventType.FROWN: ("AU04_L", "AU04_R"),
    EventType.SQUINT: ("AU07_L", "AU07_R"),
    EventType.WIDENING: ("AU05_L", "AU05_R"),
    EventType.SMILE: _SMILE,
    EventType.LAUGH: (*_SMILE, "AU07_L", "AU07_R"),
    EventType.HEAD_TURN: _HEAD,
    EventType.NOD: _HEAD,
    EventType.SHAKE: _HEAD,
    EventType.TILT: _HEAD,
    EventType.HEAD_DROP: _HEAD,
    EventType.HEAD_JERK: _HEAD,
}
HIGHEST_RATE_HZ: Final = 5000.0  # eye trackers reach 2000
LARGEST: Final = 1000.0  # amplitude, degrees
_ROUNDING: Final = 1e-4  # what single precision in files may change
_KNOWN: Final = frozenset((*CHANNELS, *GAZE_PAIR))


@dataclass(frozen=True, slots=True, eq=False)
class Prototype:
    """One recorded movement, from onset to offset.

    Raises
    ------
    InputError
        An array has another shape, a channel is unknown, or a number is NaN or out of range.
    """

    kind: EventType
    rate_hz: float  # of `values`, as recorded
    channels: tuple[str, ...]
    values: NDArray[np.float32]  # [T, C] deviations from the first row; 0..1 or degrees
    amplitude: float  # as the event measured it: 0..1 or degrees
    apex_s: float  # after the onset
    side: str = "both"
    direction: str = ""
    labels: tuple[str, ...] = ()  # what the recording shows
    speaking: bool | None = None  # None: not known
    person: str = ""  # pseudonym
    quality: float = 1.0  # 0..1
    source: str = ""  # recording, and where in it
    licence: str = ""
    id: str = field(default="")

    def __post_init__(self) -> None:
        check_array("values", self.values, (None, len(self.channels)))
        if len(self.values) < 2:
            raise InputError(f"prototype: expected at least 2 rows, got {len(self.values)}")
        unknown = sorted(set(self.channels) - _KNOWN)
        if unknown:
            raise InputError(f"prototype: unknown channel {unknown[0]}")
        _check_number("rate_hz", self.rate_hz, 1.0, HIGHEST_RATE_HZ)
        _check_number("amplitude", self.amplitude, 0.0, LARGEST)
        _check_number("apex_s", self.apex_s, 0.0, self.duration_s + 1 / self.rate_hz)
        _check_number("quality", self.quality, 0.0, 1.0)
        if not self.id:
            object.__setattr__(self, "id", self._fingerprint())

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return (len(self.values) - 1) / self.rate_hz

    def _fingerprint(self) -> str:
        """Return a short name that says the kind and changes with the curve."""
        digest = hashlib.sha256(self.values.round(3).tobytes())
        digest.update(f"{self.kind} {self.rate_hz:g} {self.channels} {self.person}".encode())
        return f"{self.kind}-{digest.hexdigest()[:10]}"


def _check_number(name: str, value: float, low: float, high: float) -> None:
    if not low - _ROUNDING <= value <= high + _ROUNDING:
        raise InputError(f"{name}: expected {low:g} to {high:g}, got {shown(value)}")
