"""Courses told point by point, in FACS notation, as "AU4L: 0% at 0.2 s, 45% at 0.6 s".

One sentence a channel; between its points a course goes monotonously (PCHIP), and before the first
and after the last it stays. What is told this way is the instruction's throughout: the label has no
say in it. ``notation_writing`` writes it.

    AU4L: 0% at 0.2 s, 45% at 0.6 s.      an action unit of the left side; AU4: of both
    AU45: 90% at 1.3 s for 0.25 s.        blinks: how far, when lids are lowest, how long
    AU46R: 100% at 2 s.                   winks
    Gaze: 12 left 3 up at 1.2 s, ahead at 2 s.
    Head: 4 left 3 down 2 tilted right at 1.2 s, straight at 2 s.
    Shift: 0.12 left 0.05 up 0.1 nearer at 1.2 s, none at 2 s.
    Nothing else.                         the label does nothing of its own

Gaze is a direction in space, in degrees from the camera, reached by a saccade at that time; a head
is at its pose then, and shifted by so many interocular distances. Left and right are the subject's
own. What cannot be read, and sizes that no face has, are reported.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cogportrait.behavior.reach import DOWN_REACH_DEG, UP_REACH_DEG, YAW_REACH_DEG
from cogportrait.facs.channels import AU_CHANNELS, HEAD_CHANNELS, SHIFT_CHANNELS
from cogportrait.facs.limits import (
    HEAD_SHIFT_HARD_IOD,
    PORTRAIT_DOWN_DEG,
    PORTRAIT_ROLL_DEG,
    PORTRAIT_UP_DEG,
    PORTRAIT_YAW_DEG,
)
from cogportrait.types import TOLD, EventKind, PlannedEvent, Target

COURSE_HZ: Final = 50.0  # at which courses are kept
BLINK_S: Final = 0.27  # of which no length is told
LONGEST_BLINK_S: Final = 0.9  # what lasts longer is no blink
BLINK_GAP_S: Final = 0.09  # least time between two
BLINK_PHASES: Final = (0.35, 0.1)  # shares of its length: closing, closed
ALL: Final = "all"  # among what is told: nothing else moves

_Course = NDArray[np.float64]
_Pose = tuple[float, float, float]  # yaw, pitch, roll; or x, y, z

_HEAD: Final = (
    r"au ?0?\d{1,2}(?:_?[lr])?(?:\+0?\d{1,2}(?:_?[lr])?)*|gaze|head"
    r"|(?<!\bgaze )(?<!\beye )(?<!\beyes )(?:head )?shift"  # of gaze is no shift of the head
)
_SENTENCE: Final = re.compile(
    rf"(?:(?:^|(?<=\n))[ \t]*(?:[-*•]|\d+[.)])[ \t]+)?\b({_HEAD}) ?: *(.+?)[ ,]*"
    rf"(?:[.;](?=\s|$|[a-z])|\n|$|(?=\s(?:(?:{_HEAD}) ?:|(?:and )?nothing else\b)))",
    re.IGNORECASE,
)
_NOTHING: Final = re.compile(
    r"\b(?:and )?nothing else(?: moves| happens)?(?:,? please)? *(?:[.;!]|\n|$)", re.IGNORECASE
)
_UNIT: Final = re.compile(r"0?(\d{1,2})_?([lr]?)")
_AT: Final = r" at (\d+(?:\.\d+)?) ?s(?:ec(?:onds?)?)?"
_LEVEL: Final = re.compile(rf"(\d+(?:\.\d+)?) ?%{_AT}", re.IGNORECASE)
_BLINK: Final = re.compile(
    rf"(\d+(?:\.\d+)?) ?%{_AT}(?: for (\d+(?:\.\d+)?) ?s(?:ec(?:onds?)?)?)?", re.IGNORECASE
)
_WAY: Final = (
    r"\d+(?:\.\d+)?(?: ?(?:°|deg(?:rees?)?))? (?:to the )?(?:tilted )?(?:left|right|up|down)"
)
_POSE: Final = re.compile(rf"(straight|ahead|{_WAY}(?: (?:and )?{_WAY})*){_AT}", re.IGNORECASE)
_NEARER, _FARTHER = ("nearer", "closer", "forward"), ("farther", "further", "back")
_STEP: Final = (
    r"\d+(?:\.\d+)?(?: ?(?:iod|(?:eye|interocular)[- ]distances?))? "
    rf"(?:(?:to the )?(?:left|right)|up|down|(?:{'|'.join((*_NEARER, *_FARTHER))})(?:wards?|s)?)"
)
_SHIFT: Final = re.compile(rf"(none|{_STEP}(?: (?:and )?{_STEP})*){_AT}", re.IGNORECASE)
# What is told by numbers; without any, a sentence behind a colon is an everyday one.
_LEVELS_SAID: Final = re.compile(r"%|\d at \d", re.IGNORECASE)
_POSES_SAID: Final = re.compile(rf"(?:straight|ahead|{_WAY}){_AT}", re.IGNORECASE)
_SHIFTS_SAID: Final = re.compile(rf"(?:none|{_STEP}){_AT}", re.IGNORECASE)
_SIZE: Final = re.compile(
    r"(\d+(?:\.\d+)?)[^\d]*?(tilted )?\b"
    rf"(left|right|up|down|{'|'.join((*_NEARER, *_FARTHER))})",
    re.IGNORECASE,
)
_AUS: Final = frozenset(name.partition("_")[0] for name in AU_CHANNELS)
_SIDED: Final = frozenset(name.partition("_")[0] for name in AU_CHANNELS if "_" in name)
_SIGNS: Final = {
    "left": 1.0, "right": -1.0, "up": 1.0, "down": -1.0,
    **dict.fromkeys(_NEARER, 1.0), **dict.fromkeys(_FARTHER, -1.0),
}  # fmt: skip
_AXES: Final = {"head": HEAD_CHANNELS, "shift": SHIFT_CHANNELS}
# How far they go, yaw, pitch and roll; a look goes as far as head and eyes together. A shift has
# the critic's own bounds: a portrait shows more of it (``cautions.DRAWABLE``).
_LOW: Final = {
    "head": (-PORTRAIT_YAW_DEG, -PORTRAIT_DOWN_DEG, -PORTRAIT_ROLL_DEG),
    "gaze": (-YAW_REACH_DEG - PORTRAIT_YAW_DEG, -DOWN_REACH_DEG - PORTRAIT_DOWN_DEG, 0.0),
    "shift": (-HEAD_SHIFT_HARD_IOD,) * 3,
}
_HIGH: Final = {
    "head": (PORTRAIT_YAW_DEG, PORTRAIT_UP_DEG, PORTRAIT_ROLL_DEG),
    "gaze": (YAW_REACH_DEG + PORTRAIT_YAW_DEG, UP_REACH_DEG + PORTRAIT_UP_DEG, 0.0),
    "shift": (HEAD_SHIFT_HARD_IOD,) * 3,
}


@dataclass(frozen=True, slots=True)
class Notation:
    """What of a text is told point by point."""

    events: tuple[PlannedEvent, ...] = ()
    told: frozenset[str] = frozenset()  # AUs, "blink", "gaze", "head", "shift", or ``ALL``
    rest: str = ""  # of the text
    not_understood: tuple[str, ...] = ()  # points, and channels


@dataclass(frozen=True, slots=True)
class _Level:
    value: float
    at_s: float
    side: str  # "both", "L" or "R"


@dataclass(frozen=True, slots=True)
class _Blink:
    depth: float
    at_s: float
    lasts_s: float
    side: str


class _Told:
    """The points of all sentences, by what they tell of."""

    def __init__(self) -> None:
        self.levels: dict[str, list[_Level]] = {}  # by action unit
        self.blinks: list[_Blink] = []
        self.poses: dict[str, list[tuple[_Pose, float]]] = {}  # of gaze, head and shift
        self.unknown: list[str] = []


def read_notation(text: str, duration_s: float) -> Notation:
    """Return the courses that a text tells point by point, and the rest of the text.

    Parameters
    ----------
    text : str
        An instruction.
    duration_s : float
        Length of the clip. Points after its end are not understood.
    """
    told, names, rest = _collected(text, duration_s)
    events = [e for name, points in told.levels.items() for e in _levels(name, points, duration_s)]
    events += _blinks(told, duration_s)
    for name, poses in told.poses.items():
        events += _looks(poses) if name == "gaze" else _moves(name, poses, duration_s)
    return Notation(tuple(events), names, rest, tuple(told.unknown))


def tells_points(text: str) -> bool:
    """Return whether something is told point by point, of a clip of whatever length."""
    return bool(_collected(text, math.inf)[1])


def _collected(text: str, duration_s: float) -> tuple[_Told, frozenset[str], str]:
    """Return the points of a text, what they tell of, and the rest of the text."""
    told = _Told()

    def take(match: re.Match[str]) -> str:
        name = match[1].lower().replace(" ", "").replace("headshift", "shift")
        numbers = _POSES_SAID if name in ("gaze", "head") else _LEVELS_SAID
        if not (_SHIFTS_SAID if name == "shift" else numbers).search(match[2]):
            return match[0]
        _take(told, name, match[2], duration_s)
        return "\n"

    rest = _SENTENCE.sub(take, text)
    names = {*told.levels, *told.poses, *(["blink"] if told.blinks else [])}
    if names:
        rest, n = _NOTHING.subn(" ", rest)
        names |= {ALL} if n else set()
    return told, frozenset(names), rest.strip()


def _take(told: _Told, head: str, points: str, duration_s: float) -> None:
    """Add what a sentence tells."""
    parts = [part.strip() for part in points.split(",") if part.strip()]
    if head in _LOW:
        read = _read(told, parts, _SHIFT if head == "shift" else _POSE, duration_s)
        poses = [(pose, float(m[2])) for m in read if (pose := _pose(told, m, head)) is not None]
        if poses:
            told.poses.setdefault(head, []).extend(poses)
        return
    units = [_UNIT.fullmatch(unit) for unit in head.removeprefix("au").split("+")]
    for unit in units:
        number, side = (int(unit[1]), unit[2].upper()) if unit else (0, "")
        name = f"AU{number:02d}"
        if (number == 45 and not side) or (number == 46 and side):
            _take_blinks(told, parts, side, duration_s)
        elif name in _AUS and (not side or name in _SIDED):
            read = _read(told, parts, _LEVEL, duration_s)
            levels = [_Level(_share(told, m), float(m[2]), side or "both") for m in read]
            if levels:
                told.levels.setdefault(name, []).extend(levels)
        else:
            told.unknown.append(f"{head}: {points}")


def _take_blinks(told: _Told, parts: Sequence[str], side: str, duration_s: float) -> None:
    for m in _read(told, parts, _BLINK, duration_s):
        length = float(m[3]) if m[3] else BLINK_S
        if length > LONGEST_BLINK_S:
            told.unknown.append(f"{m[0]} ({LONGEST_BLINK_S:g} s; AU43 tells of longer ones)")
            length = LONGEST_BLINK_S
        told.blinks.append(_Blink(_share(told, m), float(m[2]), length, side or "both"))


def _read(
    told: _Told, parts: Sequence[str], pattern: re.Pattern[str], duration_s: float
) -> list[re.Match[str]]:
    """Return the points that are understood, and note the others."""
    matches = [(part, pattern.fullmatch(part)) for part in parts]
    good = [m for _, m in matches if m and float(m[2]) <= duration_s + 0.05]
    told.unknown += [part for part, m in matches if m not in good]
    return good


def _share(told: _Told, match: re.Match[str]) -> float:
    percent = float(match[1])
    if percent > 100:
        told.unknown.append(f"{match[0]} (100 of {percent:g}%)")
    return min(percent, 100.0) / 100


def _pose(told: _Told, match: re.Match[str], head: str) -> _Pose | None:
    """Return a pose or shift, None of one that contradicts itself or that eyes do not have."""
    pose: dict[int, float] = {}
    for size, tilted, said in _SIZE.findall(match[1]):
        way = said.lower()
        flat = 0 if way in ("left", "right") else 1
        axis = 2 if tilted or way in (*_NEARER, *_FARTHER) else flat
        if axis in pose or (axis == 2 and head == "gaze") or (tilted and way in ("up", "down")):
            told.unknown.append(match[0])
            return None
        pose[axis] = float(size) * _SIGNS[way]
    asked = np.array([pose.get(axis, 0.0) for axis in range(3)])
    kept = np.clip(asked, _LOW[head], _HIGH[head])
    if (kept != asked).any():
        words = " and ".join(f"{abs(k):g} of {abs(a):g}" for k, a in zip(kept, asked, strict=True)
                             if k != a)  # fmt: skip
        unit = "eye distances" if head == "shift" else "degrees"
        told.unknown.append(f"{match[0]} ({words} {unit})")
    first, second, third = (float(v) for v in kept)
    return first, second, third


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
    kind: EventKind, name: str, values: _Course, duration_s: float, side: str, words: str
) -> list[PlannedEvent]:
    """Return the event of one channel that goes by a course; none if it stays at 0."""
    at = int(np.abs(values).argmax())
    peak = float(values[at])
    if abs(peak) < 1e-3:
        return []
    apex = at / max(len(values) - 1, 1) * duration_s
    return [
        PlannedEvent(
            kind, 0.0, apex, 0.0, duration_s - apex, (Target(name, peak),), side,
            origin="instruction", reason=f"asked: {words}", prototype=TOLD,
            shape=tuple(float(v) for v in values / peak),
        )
    ]  # fmt: skip


def _levels(name: str, points: Sequence[_Level], duration_s: float) -> list[PlannedEvent]:
    """Return the courses of an action unit; what is told of one side goes before that of both."""
    both = [p for p in points if p.side == "both"]
    one = [p for p in points if p.side != "both"]
    out: list[PlannedEvent] = []
    for side in ("L", "R") if one else ("both",):
        own = [(p.value, p.at_s) for p in (*both, *one) if p.side in ("both", side)]
        if own:
            words = name if side == "both" else f"{name}_{side}"
            values = course(own, duration_s)
            out += _told(EventKind.EXPRESSION, name, values, duration_s, side, words)
    return out


def _looks(poses: Sequence[tuple[_Pose, float]]) -> list[PlannedEvent]:
    last = {round(at, 3): pose for pose, at in poses}
    return [
        PlannedEvent(
            EventKind.GAZE, at, 0.05, 0.0, 0.0,
            (Target("gaze_yaw", pose[0]), Target("gaze_pitch", pose[1])),
            origin="instruction", reason=f"asked: gaze at {at:g} s", prototype=TOLD,
        )
        for at, pose in sorted(last.items())
    ]  # fmt: skip


def _moves(
    what: str, poses: Sequence[tuple[_Pose, float]], duration_s: float
) -> list[PlannedEvent]:
    """Return the courses of a head that turns or shifts, one an axis."""
    out: list[PlannedEvent] = []
    for axis, name in enumerate(_AXES[what]):
        values = course([(pose[axis], at) for pose, at in poses], duration_s)
        out += _told(EventKind.PULSE, name, values, duration_s, "both", name)
    return out


def _blinks(told: _Told, duration_s: float) -> list[PlannedEvent]:
    """Return the blinks and winks that there is room for, in order, and note the others."""
    out: list[PlannedEvent] = []
    free_s = 0.0
    for blink in sorted(told.blinks, key=lambda b: b.at_s):
        closing, closed = (share * blink.lasts_s for share in BLINK_PHASES)
        start = blink.at_s - closing
        if start < free_s or start + blink.lasts_s > duration_s:
            told.unknown.append(f"blink at {blink.at_s:g} s (no room for it)")
            continue
        kind = EventKind.BLINK if blink.side == "both" else EventKind.WINK
        out.append(
            PlannedEvent(
                kind, start, closing, closed, blink.lasts_s - closing - closed,
                (Target("closure", blink.depth),), blink.side, origin="instruction",
                reason=f"asked: blink at {blink.at_s:g} s", prototype=TOLD,
            )
        )  # fmt: skip
        free_s = start + blink.lasts_s + BLINK_GAP_S
    return out
