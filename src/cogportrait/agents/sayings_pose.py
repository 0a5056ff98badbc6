"""Where eyes and head go, as sentences: directions in the room and poses with their angles."""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cogportrait.agents.sayings import LATEST_S, NEAR_END_S, Saying, during, outermost, seconds
from cogportrait.behavior.segment.events import EventType, FaceEvent
from cogportrait.behavior.segment.face_event import direction_of
from cogportrait.behavior.signature import in_room
from cogportrait.types import ControlSequence

# Our definitions (docs/assumptions.md).
LEAST_LOOK_DEG: Final = 6.0  # smaller shifts of gaze are routine
AT_CAMERA_DEG: Final = 3.0  # within it a look is at the camera
_HALF_TURN_S: Final = 0.35  # half of the 0.7 s in which the reader's heads turn
LEAST_POSE_DEG: Final = 4.0  # a head held so far off its place in the portrait has a pose
_AXES: Final[Mapping[EventType, int]] = {
    EventType.HEAD_TURN: 0,
    EventType.HEAD_DROP: 1,
    EventType.TILT: 2,
}
_WAYS: Final = (("left", "right"), ("up", "down"), ("left", "right"))  # positive, negative


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
        out.append(Saying(shift.onset_s, f"at {seconds(shift.onset_s)} s looks {where}", shift))
    return out


def _pose(axis: int, angle_deg: float) -> str:
    """Return a pose of the head about one axis in words."""
    way = _WAYS[axis][0 if angle_deg >= 0 else 1]
    size = _degrees(abs(angle_deg))
    if axis == 1:
        return f"{'lifts' if way == 'up' else 'lowers'} the head {size}"
    return f"{'turns' if axis == 0 else 'tilts'} the head {size} to the {way}"


def say_head(controls: ControlSequence, events: Sequence[FaceEvent]) -> list[Saying]:
    """Return the sentences for turns, tilts, drops and jerks of the head."""
    told = outermost(events)
    out: list[Saying] = []
    for kind, axis in _AXES.items():
        out += _axis(controls, [e for e in told if e.kind is kind], axis)
    for jerk in (e for e in told if e.kind is EventType.HEAD_JERK):
        if jerk.onset_s < controls.duration_s - LATEST_S:
            text = f"at {seconds(jerk.onset_s)} s jerks upright"
            out.append(Saying(jerk.onset_s, text, jerk))
    return out


def _leaves_rest(angle_deg: NDArray[np.float64], held_deg: float, fps: float) -> float:
    """Return when a head leaves the portrait's pose for the one that it holds most, seconds."""
    halfway = int(np.argmax(np.abs(angle_deg) >= abs(held_deg) / 2))
    return max(halfway / fps - _HALF_TURN_S, 0.0)


def _axis(controls: ControlSequence, events: Sequence[FaceEvent], axis: int) -> list[Saying]:
    """Return what the head does about one axis: the pose it keeps, and the ways out of it.

    Events are ways out of the pose that is held most. Where that pose is the portrait's own, a way
    out is told with its time; else it is told as a change to a pose, and another one back.
    """
    angle = controls.head_deg[:, axis].astype(np.float64)
    held, length = float(np.median(angle)), controls.duration_s
    own = abs(held) < LEAST_POSE_DEG
    out: list[Saying] = []
    begins = _leaves_rest(angle, held, controls.fps)
    if not own and not (events and events[0].onset_s <= begins + NEAR_END_S):
        out.append(Saying(begins, f"at {seconds(begins)} s {_pose(axis, held)}"))
    for event in events:
        start, end = event.onset_s, event.offset_s
        top = float(angle[min(round(event.apex_s * controls.fps), len(angle) - 1)])
        if start >= length - LATEST_S:
            continue
        if own:
            out.append(Saying(start, f"{during(start, end, length)} {_pose(axis, top)}", event))
            continue
        if abs(top) >= LEAST_POSE_DEG or start > NEAR_END_S:
            out.append(Saying(start, f"at {seconds(start)} s {_pose(axis, top)}", event))
        if end < length - LATEST_S:
            back = (start + end) / 2 if start <= NEAR_END_S else (event.apex_s + end) / 2
            said = event if start <= NEAR_END_S and abs(top) < LEAST_POSE_DEG else None
            out.append(Saying(back, f"at {seconds(back)} s {_pose(axis, held)}", said))
    return out
