"""Where eyes and head go, as sentences: directions in the room and poses with their angles."""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cogportrait.agents.sayings import LATEST_S, NEAR_END_S, Saying, outermost
from cogportrait.behavior.segment.events import EventType, FaceEvent
from cogportrait.behavior.segment.face_event import direction_of
from cogportrait.behavior.signature import in_room
from cogportrait.types import ControlSequence

# Our definitions (docs/assumptions.md).
LEAST_LOOK_DEG: Final = 6.0  # smaller shifts of gaze are routine
AT_CAMERA_DEG: Final = 3.0  # within it a look is at the camera
_HALF_TURN_S: Final = 0.35  # half of the 0.7 s in which the reader's heads turn
LEAST_POSE_DEG: Final = 4.0  # a head held so far off its place in the portrait has a pose
_SLOW_S: Final = 0.43  # from 0.2 to 0.8 of the way; the reader takes 0.3 s, and 0.57 s "slowly"
_SLOWLY: Final = 1.9  # factor of "slowly" (instruction_words.SPEEDS)
_SAME_S: Final = 0.05  # the head is in no two poses at once
_REST_DEG: Final = 2.0  # poses no further apart than this are the same
_JERK_REST_S: Final = 0.3  # a head that has jerked up stays so before it returns
_BACK_S: Final = 0.5  # the reader leaves out a way back so near to the next movement
_FIRST_FRAMES: Final = 64  # that are looked at first for where a way begins
_AXIS_OF: Final = {"turns": 0, "lowers": 1, "lifts": 1, "jerks": 1, "tilts": 2}  # by verb
_Array = NDArray[np.float64]
_AXES: Final[Mapping[EventType, int]] = {
    EventType.HEAD_TURN: 0,
    EventType.HEAD_DROP: 1,
    EventType.TILT: 2,
}
_WAYS: Final = (("left", "right"), ("up", "down"), ("left", "right"))  # positive, negative


@dataclass(frozen=True, slots=True)
class _Pose:
    """Where the head is about one axis, from the middle of one movement to that of the next."""

    start_s: float
    end_s: float
    angle_deg: float
    event: FaceEvent | None  # the way out that it is; None: the pose that is held most
    slow: bool = False  # the way there is


def _toward(yaw_deg: float, pitch_deg: float) -> str:
    """Return a direction in words: "up and to the left"."""
    way = direction_of(yaw_deg, pitch_deg)
    upward, _, sideways = way.partition("-")
    if sideways:
        return f"{upward} and to the {sideways}"
    return f"to the {way}" if way in ("left", "right") else way


def _degrees(angle_deg: float) -> str:
    size = max(round(angle_deg), 1)
    return f"{size} degree{'s' if size > 1 else ''}"


def say_looks(controls: ControlSequence, events: Sequence[FaceEvent]) -> list[Saying]:
    """Return the sentences for shifts of gaze of 6 degrees and more, by where they lead.

    What is named is the direction in the room in the middle of what follows, so that a head
    which comes along later is counted in.
    """
    shifts = [e for e in events if e.kind is EventType.GAZE_SHIFT]
    room, fps = in_room(controls), controls.fps
    ends = [e.onset_s for e in shifts[1:]] + [controls.duration_s]
    out: list[Saying] = []
    for shift, end_s in zip(shifts, ends, strict=False):  # without shifts there is one end
        if shift.amplitude < LEAST_LOOK_DEG or shift.onset_s >= controls.duration_s - LATEST_S:
            continue
        first = round(shift.offset_s * fps)
        yaw, pitch = np.median(room[first : max(round(end_s * fps), first) + 1], axis=0)
        size = float(np.hypot(yaw, pitch))
        where = f"{_degrees(size)} {_toward(yaw, pitch)}"
        if size < AT_CAMERA_DEG:
            where = "at the camera"
        out.append(Saying("gaze", shift.onset_s, None, f"looks {where}", shift))
    return out


def _pose(axis: int, angle_deg: float) -> str:
    """Return a pose of the head about one axis in words."""
    way = _WAYS[axis][0 if angle_deg >= 0 else 1]
    size = _degrees(abs(angle_deg))
    if axis == 1:
        return f"{'lifts' if way == 'up' else 'lowers'} the head {size}"
    return f"{'turns' if axis == 0 else 'tilts'} the head {size} to the {way}"


def say_head(controls: ControlSequence, events: Sequence[FaceEvent]) -> list[Saying]:
    """Return the sayings for turns, tilts, drops and jerks of the head, by start.

    Nods and shakes are no poses, but their times matter: see `_let_return`.
    """
    told = outermost(events)
    out: list[Saying] = []
    for kind, axis in _AXES.items():
        angle = controls.head_deg[:, axis].astype(np.float64)
        poses = _poses(angle, [e for e in told if e.kind is kind], controls.fps)
        out += _say_poses(poses, axis, controls.duration_s)
    for jerk in (e for e in told if e.kind is EventType.HEAD_JERK):
        if jerk.onset_s < controls.duration_s - LATEST_S:
            end_s = jerk.offset_s + _JERK_REST_S
            out.append(Saying("head", jerk.onset_s, end_s, "jerks upright", jerk))
    swings = [e.onset_s for e in told if e.kind in (EventType.NOD, EventType.SHAKE)]
    return _let_return(sorted(out, key=lambda s: s.start_s), swings)


def _poses(angle: _Array, events: Sequence[FaceEvent], fps: float) -> list[_Pose]:
    """Return the poses that a head takes about one axis [T], in order.

    Events are ways out of the pose that is held most; each lasts while the head is more than half
    of the way out. In between the head is in the pose that is held most.
    """
    held, end = _held(angle), len(angle)
    rel = angle - held
    out: list[_Pose] = []
    at = 0
    for event in sorted(events, key=lambda e: e.apex_s):
        first, stop, apex = _out_of(rel, event, fps)
        first = max(first, at)
        if stop <= first:
            continue  # it is the way into the pose that is held most
        if first > at:
            out.append(_Pose(at / fps, first / fps, held, None))
        slow = _rise_s(rel, apex, fps) >= _SLOW_S
        out.append(_Pose(first / fps, stop / fps, float(angle[apex]), event, slow))
        at = stop
    if at < end:
        out.append(_Pose(at / fps, end / fps, held, None))
    return _from_rest(out, angle, held, fps)


def _held(angle: _Array) -> float:
    """Return the pose about one axis [T] that is held most: where most frames are near it."""
    some = angle[:: max(1, len(angle) // 500)]
    near = np.abs(some[:, None] - some[None]) < _REST_DEG
    return float(np.median(some[near[near.sum(1).argmax()]]))


def _out_of(rel: _Array, event: FaceEvent, fps: float) -> tuple[int, int, int]:
    """Return the frames in which a way out [T] is more than half out (first, stop), and its apex.

    Stop is not after first where it leads no further than the pose that is held most.
    """
    first, last = round(event.onset_s * fps), round(event.offset_s * fps)
    sign = 1.0 if event.direction in ("left", "up") else -1.0
    apex = first + int((rel[first : last + 1] * sign).argmax())
    if rel[apex] * sign < _REST_DEG:
        return 0, 0, apex
    half = rel[apex] * sign / 2
    start = _last_below(rel, apex, half, sign) + 1
    # From the end a way is the same, with its frames counted the other way round.
    stop = len(rel) - 1 - _last_below(rel[::-1], len(rel) - 1 - apex, half, sign)
    return start, stop, apex


def _rise_s(rel: _Array, apex: int, fps: float) -> float:
    """Return how long the last way to the apex [T] takes from 0.2 to 0.8 of it."""
    low = _last_below(rel, apex, 0.2, rel[apex])
    return float(_last_below(rel, apex, 0.8, rel[apex]) - low) / fps if low >= 0 else 0.0


def _last_below(rel: _Array, stop: int, level: float, unit: float) -> int:
    """Return the last frame before `stop` with ``rel / unit`` below `level`; -1: there is none.

    It looks at few frames first: it is asked once for each event of a clip.
    """
    size = _FIRST_FRAMES
    while stop > 0:
        first = max(stop - size, 0)
        below = np.flatnonzero(rel[first:stop] / unit < level)
        if len(below):
            return first + int(below[-1])
        stop, size = first, 2 * size
    return -1


def _from_rest(poses: list[_Pose], angle: _Array, held: float, fps: float) -> list[_Pose]:
    """Return poses in which the first one, when held, begins as the head leaves the portrait's."""
    if poses and poses[0].event is None:
        begins = int(np.argmax(np.abs(angle) >= abs(held) / 2)) / fps
        poses[0] = replace(poses[0], start_s=min(begins, poses[0].end_s))
    return poses


def _say_poses(poses: Sequence[_Pose], axis: int, duration_s: float) -> list[Saying]:
    """Return the sayings of poses about one axis.

    A pose near the portrait's own is where the head returns to by itself: its event is told by the
    pose that follows. Of two that would begin at the same time the longer one is told.
    """
    out: list[Saying] = []
    lasted = 0.0  # the last one that is told
    waiting: FaceEvent | None = None
    for pose in poses:
        if abs(pose.angle_deg) < (LEAST_POSE_DEG if pose.event is None else _REST_DEG):
            waiting = pose.event
            continue
        half = _HALF_TURN_S * (_SLOWLY if pose.slow else 1.0)
        start = max(pose.start_s - half, 0.0)
        if start >= duration_s - LATEST_S:
            break
        length = pose.end_s - pose.start_s
        if out and start - out[-1].start_s < _SAME_S:
            if length < lasted:
                continue
            out.pop()
        lasted = length
        # The reader leaves a gap of 0.08 s before a movement ends.
        end = pose.end_s if pose.end_s >= duration_s - NEAR_END_S else pose.end_s - 0.27
        words = _pose(axis, pose.angle_deg) + (" slowly" if pose.slow else "")
        out.append(Saying("head", start, max(end, start + 0.3), words, pose.event or waiting))
        waiting = None
    return out


def _let_return(sayings: Sequence[Saying], swings_s: Sequence[float]) -> list[Saying]:
    """Return the sayings with such ends that the reader brings the head back after each.

    It leaves the way back out when another movement of the head begins within half a second. If
    that one is about the same axis it takes over, else the end is put off until it has begun.
    """
    starts = sorted([(s.start_s, _AXIS_OF[s.words.split()[0]]) for s in sayings]
                    + [(t, -1) for t in swings_s])  # fmt: skip
    settled = _settled([t for t, _ in starts])
    out: list[Saying] = []
    for saying in sayings:
        axis = _AXIS_OF[saying.words.split()[0]]
        end = saying.start_s if saying.end_s is None else saying.end_s
        later = bisect_right(starts, saying.start_s, key=lambda pair: pair[0])
        next_to = _next_to(starts, later, end)
        taken = next((starts[i][0] for i in next_to if starts[i][1] == axis), None)
        if taken is not None:
            out.append(replace(saying, end_s=taken + 0.05))
            continue
        out.append(replace(saying, end_s=settled[next_to[0]] if next_to else end))
    return out


def _next_to(starts: Sequence[tuple[float, int]], first: int, end_s: float) -> range:
    """Return which starts, from the first on, are so near to an end that none leads back."""
    low = bisect_left(starts, True, first, key=lambda pair: pair[0] - end_s >= -0.1)
    high = bisect_left(starts, True, low, key=lambda pair: pair[0] - end_s >= _BACK_S)
    return range(low, high)


def _settled(starts_s: Sequence[float]) -> list[float]:
    """Return the end that is put off to each start, and from there to others, in turn."""
    starts = [(t, -1) for t in starts_s]
    out = [t + 0.12 for t in starts_s]
    for i in range(len(out) - 1, -1, -1):
        following = _next_to(starts, i + 1, out[i])
        if following:
            out[i] = out[following[0]]
    return out
