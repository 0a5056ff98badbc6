"""Courses told point by point, in FACS notation, as "AU4L: 0% at 0.2 s, 45% at 0.6 s".

One sentence a channel; between its points a course goes monotonously (PCHIP), and before the first
and after the last it stays. What is told this way is the instruction's throughout: the label has no
say in it. ``notation_writing`` writes it.

    AU4L: 0% at 0.2 s, 45% at 0.6 s.      an action unit of the left side; AU4: of both
    AU45: 90% at 1.3 s for 0.25 s.        blinks: how far, when lids are lowest, how long
    AU46R: 100% at 2 s.                   winks
    Gaze: 12 left 3 up at 1.2 s, ahead at 2 s.
    Head: 4 left 3 down 2 tilted right at 1.2 s, straight at 2 s.
    Nothing else.                         the label does nothing of its own

Gaze is a direction in space, in degrees from the camera, reached by a saccade at that time; a head
is at its pose then. Left and right are the subject's own.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cogportrait.facs.channels import AU_CHANNELS
from cogportrait.types import TOLD, EventKind, PlannedEvent, Target

COURSE_HZ: Final = 50.0  # at which courses are kept
BLINK_S: Final = 0.27  # of which no length is told
BLINK_PHASES: Final = (0.35, 0.1)  # shares of its length: closing, closed
LARGEST_DEG: Final = 90.0
ALL: Final = "all"  # among what is told: nothing else moves

_SENTENCE: Final = re.compile(
    r"\b(au ?\d{1,2}[lr]?|gaze|head) ?: *(.+?) *(?:[.;](?=\s|$)|\n|$)", re.IGNORECASE
)
_NOTHING: Final = re.compile(r"\bnothing else(?: moves| happens)? *(?:[.;]|\n|$)", re.IGNORECASE)
_AT: Final = r" at (\d+(?:\.\d+)?) ?s(?:ec(?:onds?)?)?"
_LEVEL: Final = re.compile(rf"(\d+(?:\.\d+)?) ?%{_AT}", re.IGNORECASE)
_BLINK: Final = re.compile(
    rf"(\d+(?:\.\d+)?) ?%{_AT}(?: for (\d+(?:\.\d+)?) ?s(?:ec(?:onds?)?)?)?", re.IGNORECASE
)
_WAY: Final = r"\d+(?:\.\d+)? (?:degrees )?(?:tilted )?(?:left|right|up|down)"
_POSE: Final = re.compile(rf"(straight|ahead|{_WAY}(?: (?:and )?{_WAY})*){_AT}", re.IGNORECASE)
_ANGLE: Final = re.compile(
    r"(\d+(?:\.\d+)?) (?:degrees )?(tilted )?(left|right|up|down)", re.IGNORECASE
)
_Course = NDArray[np.float64]

_AUS: Final = frozenset(name.partition("_")[0] for name in AU_CHANNELS)
_SIDED: Final = frozenset(name.partition("_")[0] for name in AU_CHANNELS if "_" in name)
_SIGNS: Final = {"left": 1.0, "right": -1.0, "up": 1.0, "down": -1.0}


@dataclass(frozen=True, slots=True)
class Notation:
    """What of a text is told point by point."""

    events: tuple[PlannedEvent, ...] = ()
    told: frozenset[str] = frozenset()  # AUs by name, "blink", "gaze", "head", or ``ALL``
    rest: str = ""  # of the text
    not_understood: tuple[str, ...] = ()  # points, and channels


def read_notation(text: str, duration_s: float) -> Notation:
    """Return the courses that a text tells point by point, and the rest of the text.

    Sentences of which no point is understood are left in the text.

    Parameters
    ----------
    text : str
        An instruction.
    duration_s : float
        Length of the clip. Points after its end are not understood.
    """
    told: set[str] = set()
    events: list[PlannedEvent] = []
    unknown: list[str] = []

    def take(match: re.Match[str]) -> str:
        read = _sentence(match[1].lower().replace(" ", ""), match[2], duration_s)
        if read is None:
            return match[0]
        made, name, bad = read
        events.extend(made)
        told.add(name)
        unknown.extend(bad)
        return " "

    rest = _SENTENCE.sub(take, text)
    if told or not rest.strip():
        rest, n = _NOTHING.subn(" ", rest)
        told |= {ALL} if n else set()
    return Notation(tuple(events), frozenset(told), rest.strip(), tuple(unknown))


def _sentence(
    head: str, points: str, duration_s: float
) -> tuple[list[PlannedEvent], str, list[str]] | None:
    """Return the events of a sentence, what it tells of, and the points that are none."""
    parts = [part.strip() for part in points.split(",")]
    if head in ("gaze", "head"):
        read, bad = _read(parts, _POSE, duration_s)
        poses = [(_pose(m[1]), float(m[2])) for m in read]
        make = _looks if head == "gaze" else _turns
        return (make(poses, duration_s, head), head, bad) if poses else None
    number, side = re.fullmatch(r"au(\d+)([lr]?)", head).groups()  # type: ignore[union-attr]
    side = side.upper() or "both"
    if int(number) in (45, 46):
        read, bad = _read(parts, _BLINK, duration_s)
        if int(number) == 46 and side == "both":
            return None
        wink = side if int(number) == 46 else "both"
        return ([_blink(m, wink, head) for m in read], "blink", bad) if read else None
    name = f"AU{int(number):02d}"
    if name not in _AUS or (side != "both" and name not in _SIDED):
        return None
    read, bad = _read(parts, _LEVEL, duration_s)
    if not read:
        return None
    levels = [(min(float(m[1]), 100.0) / 100, float(m[2])) for m in read]
    return _levels(levels, duration_s, name, side, head), name, bad


def _read(
    parts: Sequence[str], pattern: re.Pattern[str], duration_s: float
) -> tuple[list[re.Match[str]], list[str]]:
    """Return the points that are understood, in order of time, and the others."""
    matches = [(part, pattern.fullmatch(part)) for part in parts]
    good = [m for _, m in matches if m and float(m[2]) <= duration_s + 0.05]
    bad = [part for part, m in matches if m is None or m not in good]
    return sorted(good, key=lambda m: float(m[2])), bad


def _pose(words: str) -> dict[str, float]:
    """Return the angles of a pose by axis: yaw, pitch, roll."""
    pose = {"yaw": 0.0, "pitch": 0.0, "roll": 0.0}
    for size, tilted, way in _ANGLE.findall(words):
        axis = "roll" if tilted else "yaw" if way.lower() in ("left", "right") else "pitch"
        pose[axis] = min(float(size), LARGEST_DEG) * _SIGNS[way.lower()]
    return pose


def course(points: Sequence[tuple[float, float]], duration_s: float) -> _Course:
    """Return a course through points (value, s), at ``COURSE_HZ`` from 0 to the end of the clip."""
    last = {round(t, 4): v for v, t in points}  # of two at one time the later counts
    times, values = np.array(sorted(last)), np.array([last[t] for t in sorted(last)])
    at = np.linspace(0.0, duration_s, max(2, round(duration_s * COURSE_HZ) + 1))
    if len(times) == 1:
        return np.full(at.shape, values[0])
    # A request is read before anything heavy is loaded.
    from scipy.interpolate import PchipInterpolator

    inside = np.clip(at, times[0], times[-1])
    return np.asarray(PchipInterpolator(times, values)(inside), np.float64)


def _told(
    kind: EventKind, name: str, values: _Course,
    duration_s: float, side: str, words: str,
) -> list[PlannedEvent]:  # fmt: skip
    """Return the event of one channel that goes by a course; none if it stays at 0."""
    most = float(np.abs(values).max())
    if most < 1e-3:
        return []
    apex = float(np.abs(values).argmax()) / max(len(values) - 1, 1) * duration_s
    return [
        PlannedEvent(
            kind, 0.0, apex, 0.0, duration_s - apex, (Target(name, most),), side,
            origin="instruction", reason=f"asked: {words}", prototype=TOLD,
            shape=tuple(float(v) for v in values / most),
        )
    ]  # fmt: skip


def _levels(
    levels: Sequence[tuple[float, float]], duration_s: float, name: str, side: str, words: str
) -> list[PlannedEvent]:
    values = course(levels, duration_s)
    return _told(EventKind.EXPRESSION, name, values, duration_s, side, words)


def _looks(
    poses: Sequence[tuple[dict[str, float], float]], _duration_s: float, words: str
) -> list[PlannedEvent]:
    return [
        PlannedEvent(
            EventKind.GAZE, at, 0.05, 0.0, 0.0,
            (Target("gaze_yaw", pose["yaw"]), Target("gaze_pitch", pose["pitch"])),
            origin="instruction", reason=f"asked: {words} at {at:g} s", prototype=TOLD,
        )
        for pose, at in poses
    ]  # fmt: skip


def _turns(
    poses: Sequence[tuple[dict[str, float], float]], duration_s: float, words: str
) -> list[PlannedEvent]:
    out: list[PlannedEvent] = []
    for axis in ("yaw", "pitch", "roll"):
        values = course([(pose[axis], at) for pose, at in poses], duration_s)
        name = f"head_{axis}"
        out += _told(EventKind.PULSE, name, values, duration_s, "both", f"{words} {axis}")
    return out


def _blink(match: re.Match[str], side: str, words: str) -> PlannedEvent:
    length = float(match[3]) if match[3] else BLINK_S
    closing, closed = (share * length for share in BLINK_PHASES)
    at = float(match[2])
    return PlannedEvent(
        EventKind.BLINK if side == "both" else EventKind.WINK, max(at - closing, 0.0), closing,
        closed, length - closing - closed, (Target("closure", min(float(match[1]), 100.0) / 100),),
        side, origin="instruction", reason=f"asked: {words} at {at:g} s", prototype=TOLD,
    )  # fmt: skip
