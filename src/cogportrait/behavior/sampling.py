"""From the fine time grid of the plan to the frames of the video.

The fine grid is the smallest whole multiple of the frame rate at or above 240 Hz, so that sampling
is taking every m-th row: exact, without any filter. Nothing is smoothed after sampling: a filter of
three frames turns a saccade into a glide (physiology, section 8). What must be seen in a frame, the
closed lid of a blink, is moved to one beforehand.
"""

from dataclasses import replace
from math import ceil
from typing import Final

import numpy as np

from cogportrait.behavior.kinematics import PLAN_RATE_HZ, blink_pulse
from cogportrait.facs.limits import constant
from cogportrait.types import ControlSequence, EventKind, EventPlan, PlannedEvent

_VISIBLE_S: Final = constant("blink.visible_time_min").number
_MOST_S: Final = {
    who: constant(f"blink.hard.total_max_{who}").number / 1000 for who in ("alert", "drowsy")
}
_LEAST_ROOM_S: Final = 0.005  # that a lengthened blink leaves below its bound
VISIBLE_CLOSURE: Final = 0.1  # a lid lower than this is seen to have moved (blink.min_frames)
_GAP_FRAMES: Final = 2  # open frames between two blinks, or they read as one


def fine_steps(fps: float) -> int:
    """Return how many rows of the plan make one frame."""
    return max(1, ceil(PLAN_RATE_HZ / fps - 1e-9))


def sample(fine: ControlSequence, steps: int) -> ControlSequence:
    """Return every `steps`-th row of `fine`."""
    return ControlSequence(
        fps=fine.fps / steps,
        aus=np.ascontiguousarray(fine.aus[::steps]),
        gaze_deg=np.ascontiguousarray(fine.gaze_deg[::steps]),
        head_deg=np.ascontiguousarray(fine.head_deg[::steps]),
        head_shift_iod=np.ascontiguousarray(fine.head_shift_iod[::steps]),
    )


def blink_frames_min(fps: float) -> int:
    """Return in how many frames a blink must show: 3, 4, 7 at 25, 30, 60 fps (blink.min_frames)."""
    return ceil(_VISIBLE_S * fps - 0.01)


def blink_most_s(blink: PlannedEvent, label: str) -> float:
    """Return how long a blink may take: longer where sleepy, or asked for by an instruction."""
    slow = label == "drowsiness" or blink.origin == "instruction"
    return _MOST_S["drowsy" if slow else "alert"]


def visible_frames(blink: PlannedEvent, fps: float) -> int:
    """Return in how many frames a blink whose lids meet exactly on a frame shows."""
    peak = max(blink.value("closure", 1.0), 0.2)
    length = blink.onset_s + blink.hold_s + blink.offset_s
    reach = ceil(length * fps) + 1
    t = np.arange(-reach, reach + 1) / fps + blink.onset_s
    closure = peak * blink_pulse(t, blink.onset_s, blink.hold_s, blink.offset_s)
    return int((closure > VISIBLE_CLOSURE * 1.1).sum())


def lengthen_until_seen(blink: PlannedEvent, fps: float, most_s: float) -> PlannedEvent:
    """Return the blink with a longer opening if it would show in too few frames.

    It lasts no longer than `most_s` for that.
    """
    need = blink_frames_min(fps)
    room = most_s - _LEAST_ROOM_S - blink.onset_s - blink.hold_s
    while visible_frames(blink, fps) < need and blink.offset_s + 0.01 < min(0.41, room):
        blink = replace(blink, offset_s=blink.offset_s + 0.01)
    return blink


def snap_blinks(plan: EventPlan, fps: float) -> EventPlan:
    """Return the plan with each blink moved by at most half a frame, so that the lids meet on one.

    A blink that would then run into the one before it, or off the clip, is left out.
    """
    kept: list[PlannedEvent] = []
    last_s = 0.0
    for event in plan.events:
        if event.kind not in (EventKind.BLINK, EventKind.WINK):
            kept.append(event)
            continue
        frame = round((event.start_s + event.onset_s) * fps)
        blink = lengthen_until_seen(event, fps, blink_most_s(event, plan.label))
        blink = replace(blink, start_s=frame / fps - blink.onset_s)
        gap = _GAP_FRAMES / fps if last_s > 0 else 0.0
        if blink.start_s < last_s + gap - 1e-9 or blink.end_s > plan.duration_s - 1 / fps:
            continue
        last_s = blink.end_s
        kept.append(blink)
    return replace(plan, events=tuple(sorted(kept, key=lambda e: e.start_s)))
