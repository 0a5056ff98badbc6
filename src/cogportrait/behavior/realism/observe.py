"""What a planned face did, measured on its frames and on the curves behind them.

Nothing is read from the plan. Blinks, saccades and fixations are measured on the curves (240 Hz and
more), levels, looks and head movements on the frames, as in a video.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cogportrait.behavior.realism.blinks import BLINKS, Blinks, blinks_in
from cogportrait.behavior.realism.saccades import Saccades, saccades_in
from cogportrait.behavior.segment.events import segment
from cogportrait.behavior.segment.eye_movements import MIN_RATE_HZ
from cogportrait.behavior.segment.face_event import EventType, FaceEvent
from cogportrait.behavior.segment.gaze_shifts import GazeLimits, aversions
from cogportrait.behavior.segment.lids import lid_events
from cogportrait.behavior.signature import CLOSED, Signature, in_room, measure_signature
from cogportrait.facs.channels import au_columns
from cogportrait.types import ControlSequence

_Array = NDArray[np.float64]

PARTNER: Final = (0.0, 0.0)  # the camera: where yaw and pitch are zero
WITHIN_DEG: Final = GazeLimits().away_deg  # of the partner: gaze that is not averted
BLINK_EDGE_S: Final = 0.05  # before and after a blink, that still count as the blink


@dataclass(frozen=True, slots=True, eq=False)
class Observed:
    """Measurements of one recording: T frames, C samples of the curves."""

    duration_s: float
    fps: float
    signature: Signature
    events: tuple[FaceEvent, ...]  # in the frames
    looks_away: tuple[FaceEvent, ...]  # from the partner, in the frames
    room_deg: _Array  # [T, 2] gaze in the room
    is_open: NDArray[np.bool_]  # [T] closure below 0.8
    closure: _Array  # [T] mean of both lids
    head_deg: _Array  # [T, 3]
    curves: "Curves | None"  # None: recordings at the rate of a video


@dataclass(frozen=True, slots=True, eq=False)
class Curves:
    """What only curves show."""

    blinks: Blinks
    saccades: Saccades
    fixations_s: _Array  # [F] times between saccades
    fixations_deg: _Array  # [F, 2] where in the room
    closures: tuple[FaceEvent, ...]  # long closures
    slow_closed: float  # share of time at a closure of 0.8 or more, blinks left out (P80)
    head_peak_deg_s: tuple[float, float, float]  # yaw, pitch, roll


def observe(
    frames: ControlSequence,
    curves: ControlSequence | None = None,
    found: NDArray[np.bool_] | None = None,
) -> Observed:
    """Return the measurements of a face.

    Parameters
    ----------
    frames : ControlSequence
        T frames at the rate of a video.
    curves : ControlSequence or None
        The same face at 240 samples a second or more, if there are such curves.
    found : array of bool, shape [T], or None
        Frames in which a face was seen.

    Raises
    ------
    ControlsError
        There is no frame.
    """
    events = segment(frames, found)
    room = in_room(frames)
    closure = _closure(frames)
    return Observed(
        duration_s=frames.duration_s if found is None else float(found.sum()) / frames.fps,
        fps=frames.fps,
        signature=measure_signature(frames, events),
        events=tuple(events),
        looks_away=_away(room, frames.fps),
        room_deg=room,
        is_open=closure < CLOSED,
        closure=closure,
        head_deg=frames.head_deg.astype(np.float64),
        curves=None if curves is None or curves.fps < MIN_RATE_HZ else _curves(curves),
    )


def _closure(controls: ControlSequence) -> _Array:
    return controls.aus[:, list(au_columns(43))].mean(1).astype(np.float64)


def _away(room: _Array, fps: float) -> tuple[FaceEvent, ...]:
    found = aversions(room, fps, home=PARTNER)
    return tuple(e for e in found if e.kind is EventType.AVERSION)


def _curves(curves: ControlSequence) -> Curves:
    rate = curves.fps
    lids = curves.aus[:, list(au_columns(43))].astype(np.float64)
    closure = lids.mean(1)
    events = lid_events(lids, rate)
    room = in_room(curves)
    saccades = saccades_in(room, rate)
    length, where = _fixations(room, rate, saccades)
    speed = np.abs(np.diff(curves.head_deg.astype(np.float64), axis=0)) * rate
    peak = speed.max(0, initial=0.0)
    return Curves(
        blinks=blinks_in(closure, rate, events),
        saccades=saccades,
        fixations_s=length,
        fixations_deg=where,
        closures=tuple(e for e in events if e.kind is EventType.LONG_CLOSURE),
        slow_closed=_slow_closed(closure, rate, events),
        head_peak_deg_s=(float(peak[0]), float(peak[1]), float(peak[2])),
    )


def _fixations(room: _Array, rate: float, saccades: Saccades) -> tuple[_Array, _Array]:
    """Return the lengths of the times between saccades and where gaze is meanwhile."""
    starts = np.rint(saccades.end_s[:-1] * rate).astype(int)
    stops = np.rint(saccades.onset_s[1:] * rate).astype(int)
    where = [room[a : b + 1].mean(0) for a, b in zip(starts, stops, strict=True)]
    return (stops - starts) / rate, np.asarray(where, np.float64).reshape(-1, 2)


def _slow_closed(closure: _Array, rate: float, events: Sequence[FaceEvent]) -> float:
    """Return the share of time with shut lids outside blinks (drowsy.perclos.definition)."""
    shut = closure >= CLOSED
    for event in events:
        if event.kind in BLINKS:
            first = max(round((event.onset_s - BLINK_EDGE_S) * rate), 0)
            shut[first : round((event.offset_s + BLINK_EDGE_S) * rate) + 1] = False
    return float(shut.mean())
