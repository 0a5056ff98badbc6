"""Every value that crosses a package border.

All are frozen; arrays are checked once, on construction. Conventions (time, pixels, sides, signs)
are those of :mod:`cogportrait.facs.channels`; further:

Time in seconds; frame ``i`` of a sequence is at ``i / fps``. Pixel (0, 0) is the centre of the
top-left pixel, x right, y down. Depth (``z`` of landmarks) is in the same pixels, smaller = nearer
to the camera, as MediaPipe gives it. Eye axis order is (left, right), angle order (yaw, pitch).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from numbers import Real
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from cogportrait.errors import ControlsError, InputError, shown
from cogportrait.facs.channels import AU_CHANNELS, AU_INDEX, CHANNELS

FloatArray = NDArray[np.float32]
Frame = NDArray[np.uint8]  # [H, W, 3] sRGB

N_LANDMARKS = 478  # MediaPipe face mesh 0..467, right iris 468..472, left iris 473..477
N_BLENDSHAPES = 52  # MediaPipe order: _neutral, then 51 ARKit names


def check_array(
    name: str,
    array: NDArray[Any],
    shape: Sequence[int | None],
    *,
    error: type[InputError] = InputError,
    finite: bool = True,
) -> None:
    """Raise `error` unless `array` has `shape` (``None`` = any length) and finite numbers."""
    kind = getattr(array, "dtype", None)
    if not isinstance(array, np.ndarray) or array.dtype.kind not in "biuf":  # pyright: ignore[reportUnnecessaryIsInstance]
        got = f"a {type(array).__name__}" if kind is None else f"one of {kind}"
        raise error(f"{name}: expected an array of numbers, got {got}")
    ok = array.ndim == len(shape) and all(
        want is None or want == got for want, got in zip(shape, array.shape, strict=True)
    )
    if not ok:
        want = "[" + ", ".join("any" if s is None else str(s) for s in shape) + "]"
        raise error(f"{name}: expected an array of shape {want}, got {list(array.shape)}")
    if finite and not np.isfinite(array).all():
        where = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
        raise error(f"{name}: expected finite numbers, got {array[where]} at index {list(where)}")


@dataclass(frozen=True, slots=True, eq=False)
class ControlSequence:
    """What the face does, frame by frame, whoever's face it is and whatever draws it.

    All values are deviations from the portrait as photographed, so zeros show the portrait.
    """

    fps: float  # frames per second
    aus: FloatArray  # [T, K] 0..1, columns as in facs.channels.AU_CHANNELS
    gaze_deg: FloatArray  # [T, 2, 2] eye (left, right) x (yaw, pitch), relative to the head
    head_deg: FloatArray  # [T, 3] yaw, pitch, roll
    head_shift_iod: FloatArray  # [T, 3] x, y, z in interocular distances

    def __post_init__(self) -> None:
        if not (isinstance(self.fps, Real) and 0 < self.fps < math.inf):
            raise ControlsError(f"fps: expected a positive number, got {shown(self.fps)}")
        check_array("aus", self.aus, (None, len(AU_CHANNELS)), error=ControlsError)
        n = len(self)
        check_array("gaze_deg", self.gaze_deg, (n, 2, 2), error=ControlsError)
        check_array("head_deg", self.head_deg, (n, 3), error=ControlsError)
        check_array("head_shift_iod", self.head_shift_iod, (n, 3), error=ControlsError)

    def __len__(self) -> int:
        """Return the number of frames."""
        return int(self.aus.shape[0])

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return len(self) / self.fps

    @classmethod
    def zeros(cls, n_frames: int, fps: float) -> "ControlSequence":
        """Return `n_frames` of the portrait as photographed."""
        return cls(
            fps=fps,
            aus=np.zeros((n_frames, len(AU_CHANNELS)), np.float32),
            gaze_deg=np.zeros((n_frames, 2, 2), np.float32),
            head_deg=np.zeros((n_frames, 3), np.float32),
            head_shift_iod=np.zeros((n_frames, 3), np.float32),
        )

    @classmethod
    def from_matrix(cls, values: NDArray[np.floating[Any]], fps: float) -> "ControlSequence":
        """Build from [T, len(CHANNELS)], columns as in ``facs.channels.CHANNELS``."""
        check_array("controls", values, (None, len(CHANNELS)), error=ControlsError)
        v = values.astype(np.float32)
        k = len(AU_CHANNELS)
        return cls(
            fps=fps,
            aus=v[:, :k],
            gaze_deg=v[:, k : k + 4].reshape(-1, 2, 2),
            head_deg=v[:, k + 4 : k + 7],
            head_shift_iod=v[:, k + 7 : k + 10],
        )

    def to_matrix(self) -> FloatArray:
        """Return [T, len(CHANNELS)], columns as in ``facs.channels.CHANNELS``."""
        n = len(self)
        parts = [self.aus, self.gaze_deg.reshape(n, 4), self.head_deg, self.head_shift_iod]
        return np.concatenate(parts, axis=1)

    def rows(self, start: int, stop: int) -> "ControlSequence":
        """Return frames ``start:stop``."""
        s = slice(start, stop)
        return ControlSequence(
            self.fps, self.aus[s], self.gaze_deg[s], self.head_deg[s], self.head_shift_iod[s]
        )

    def au(self, name: str) -> FloatArray:
        """Return one AU channel, [T], by name (``AU01_L``)."""
        return self.aus[:, AU_INDEX[name]]


@dataclass(frozen=True, slots=True)
class Interval:
    """A stretch of time."""

    start_s: float
    end_s: float

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return self.end_s - self.start_s


@dataclass(frozen=True, slots=True)
class Phone:
    """One decoded speech sound (ARPAbet, without stress; ``SIL`` for silence)."""

    symbol: str
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True, eq=False)
class AudioClip:
    """Mono sound, decoded and resampled."""

    samples: FloatArray  # [N] -1..1
    rate_hz: int

    def __post_init__(self) -> None:
        check_array("samples", self.samples, (None,))

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return self.samples.shape[0] / self.rate_hz


@dataclass(frozen=True, slots=True, eq=False)
class SpeechTimeline:
    """What was said when, as far as the face needs it."""

    duration_s: float
    phones: tuple[Phone, ...]  # in order, not overlapping; empty when none were found
    pauses: tuple[Interval, ...]  # silences of at least 0.15 s, in order
    loudness: FloatArray  # [N] 0..1 speech energy envelope, 1 = the clip's loud vowels
    loudness_hz: float  # rate of `loudness`
    source: str  # "pocketsphinx" or "energy"


@dataclass(frozen=True, slots=True, eq=False)
class FaceTrack:
    """One face followed through a video; frames where it was not seen are NaN."""

    fps: float
    size_px: tuple[int, int]  # width, height
    landmarks_px: FloatArray  # [T, 478, 3]
    blendshapes: FloatArray  # [T, 52] 0..1, MediaPipe order
    head_matrix: FloatArray  # [T, 4, 4] canonical face (cm) -> camera
    found: NDArray[np.bool_]  # [T]

    def __len__(self) -> int:
        """Return the number of frames."""
        return int(self.landmarks_px.shape[0])


@dataclass(frozen=True, slots=True, eq=False)
class Portrait:
    """A picture of a face, tracked once."""

    image: Frame  # [H, W, 3] sRGB
    landmarks_px: FloatArray  # [478, 3]
    blendshapes: FloatArray  # [52] 0..1, MediaPipe order
    head_matrix: FloatArray  # [4, 4] canonical face (cm) -> camera
    name: str = "portrait"
    warnings: tuple[str, ...] = ()  # what a user should know, one line each

    def __post_init__(self) -> None:
        check_array("image", self.image, (None, None, 3))
        check_array("landmarks_px", self.landmarks_px, (N_LANDMARKS, 3))
        check_array("blendshapes", self.blendshapes, (N_BLENDSHAPES,))
        check_array("head_matrix", self.head_matrix, (4, 4))


@dataclass(frozen=True, slots=True, eq=False)
class KeypointSequence:
    """Landmarks of one portrait in motion: what a renderer draws."""

    fps: float
    points_px: FloatArray  # [T, 478, 3] in the picture, head motion included
    face_px: FloatArray  # [T, 478, 3] the same faces held in the portrait's own head pose
    gaze_deg: FloatArray  # [T, 2, 2] deviation from the photographed gaze
    closure: FloatArray  # [T, 2] lid closure (left, right), 0 as photographed .. 1 closed
    aus: FloatArray  # [T, K] action units from the photograph on (renderers shade wrinkles by them)
    head_deg: FloatArray  # [T, 3] deviation from the photographed pose
    head_shift_iod: FloatArray  # [T, 3]

    def __len__(self) -> int:
        """Return the number of frames."""
        return int(self.points_px.shape[0])


@dataclass(frozen=True, slots=True)
class Brief:
    """What the user asks for, before any planning."""

    label: str  # canonical name
    duration_s: float
    fps: float = 25.0
    seed: int = 0
    instruction: str = ""  # at most 5000 characters
    intensity: float = 1.0  # 0.25..1.5, scales expression amplitudes
    speaking: bool = False
    speech: SpeechTimeline | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Violation:
    """One finding of the critic."""

    check: str  # name in the table of checks
    severity: str  # "hard" or "soft"
    channel: str  # channel or event it concerns
    start_s: float
    end_s: float
    measured: float
    bound: float
    message: str  # one line, with units
    seen_in: str = ""  # "frames", "curves" (240 Hz or more), "frames and curves" or "plan"


@dataclass(frozen=True, slots=True)
class Critique:
    """What the critic found in one control sequence."""

    violations: tuple[Violation, ...]

    @property
    def hard(self) -> tuple[Violation, ...]:
        """The violations that must not leave Stage 1."""
        return tuple(v for v in self.violations if v.severity == "hard")


class EventKind(StrEnum):
    """What sort of movement a planned event is; it decides how targets and phases are read."""

    EXPRESSION = "expression"  # AUs rise (onset), stay (hold) and fall (offset)
    LAUGH = "laugh"  # AUs beat at `rate_hz` inside the same three phases
    BLINK = "blink"  # closing, closed, opening; target "closure" 0..1
    CLOSURE = "closure"  # long closure or droop of both lids; same phases, slow
    WINK = "wink"  # a blink of one side
    GAZE = "gaze"  # saccade to a direction in space, kept until the next one
    DRIFT = "drift"  # slow eye movement of a sleepy person, for onset + hold + offset
    HEAD = "head"  # move to a pose in `onset_s`, kept until the next one
    PULSE = "pulse"  # head goes by the targets and comes back
    NOD = "nod"  # `cycles` of pitch at `rate_hz`, target is peak to peak
    SHAKE = "shake"  # the same in yaw
    SWAY = "sway"  # the small motion of a head that is held; targets are rms


@dataclass(frozen=True, slots=True)
class Target:
    """Where one channel, or both sides of one action unit, goes during an event."""

    channel: str  # "AU01", "closure", "gaze_yaw", "head_pitch" ...: facs channels without side
    value: float  # 0..1, degrees, or interocular distances
    delay_s: float = 0.0  # how much later than the event this channel starts


@dataclass(frozen=True, slots=True)
class Casting:
    """How a recorded movement plays an event, and why this one."""

    person: str  # pseudonym of who was recorded
    time_factor: float  # how much longer it is played than recorded
    gain: float  # how much larger
    mirrored: bool  # played for the other side, or the other direction
    reasons: tuple[str, ...]


TOLD: Final = "told"
"""Instead of a prototype's name: the instruction itself says how the event goes, point by point."""


@dataclass(frozen=True, slots=True)
class PlannedEvent:
    """One movement: when, how, how much, and why."""

    kind: EventKind
    start_s: float
    onset_s: float  # rise, closing, or movement time
    hold_s: float  # apex, or time closed
    offset_s: float  # fall, or opening
    targets: tuple[Target, ...]
    side: str = "both"  # "both", or the subject's own "L" or "R"
    rate_hz: float = 0.0  # of nods, shakes, laughs, drifts
    cycles: float = 0.0  # of nods and shakes
    sustain: bool = False  # after the hold, stay so until the end
    origin: str = "label"  # "label", "speech" or "instruction"; "life", added to others' plans
    reason: str = ""  # one clause, for people
    source: str = "PRIOR"  # keys of facs.limits.sources(), separated by spaces
    prototype: str = ""  # name of the recorded movement it is drawn with; "" is a template
    shape: tuple[float, ...] = ()  # its course over the whole event: 0..1..0, of saccades 0..1
    casting: Casting | None = None  # of a recorded movement

    @property
    def end_s(self) -> float:
        """When the event's own phases are over."""
        late = max((t.delay_s for t in self.targets), default=0.0)
        return self.start_s + late + self.onset_s + self.hold_s + self.offset_s

    def value(self, channel: str, default: float = 0.0) -> float:
        """Return the target of one channel."""
        return next((t.value for t in self.targets if t.channel == channel), default)


@dataclass(frozen=True, slots=True)
class EventPlan:
    """What will happen, before any curve is drawn; ordered by start."""

    label: str
    duration_s: float
    events: tuple[PlannedEvent, ...]
    speaking: bool = False
    may_blink: bool = True  # an instruction can forbid it
    not_understood: tuple[str, ...] = ()  # words of the instruction that were not read
    intensity: float = 1.0  # 0.25..1.5, what expressions were scaled by
    # What the instruction takes from the label or forbids it: AUs by name, "gaze", "head", "blink".
    withheld: frozenset[str] = frozenset()

    def of_kind(self, *kinds: EventKind) -> tuple[PlannedEvent, ...]:
        """Return the events of these kinds, in order."""
        return tuple(e for e in self.events if e.kind in kinds)

    def end_of(self, event: PlannedEvent) -> float:
        """Return when an event of this plan is over: one that is sustained, with the clip."""
        return max(self.duration_s, event.start_s) if event.sustain else event.end_s


# A value of a JSON document.
JsonValue: TypeAlias = "dict[str, JsonValue] | list[JsonValue] | str | float | int | bool | None"


@dataclass(frozen=True, slots=True, eq=False)
class CompiledBrief:
    """What Stage 1 hands to Stage 2, with its reasons."""

    controls: ControlSequence  # at the brief's fps, exactly round(duration * fps) frames
    plan: EventPlan
    critique: Critique  # of `controls` and `plan` as they are; it has no hard violation
    rounds: int  # how often the plan was drawn
    trace: dict[str, JsonValue]  # why each event is there, what the critic said, what was repaired
