"""What the critic measures on, computed once: steps of gaze, moves of the head, blinks apart."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_dilation, grey_opening

from cogportrait.behavior.kinematics import Curve, saccade_line_s
from cogportrait.facs.channels import au_columns
from cogportrait.facs.limits import constant
from cogportrait.spans import Run, runs
from cogportrait.types import TOLD, ControlSequence, EventKind, EventPlan, PlannedEvent

Mask = NDArray[np.bool_]

_GLIDE_DEG_S: Final = constant("check.glide.speed").number
_DRIFT_DEG_S: Final = constant("drowsy.sem.velocity_max").number
_DURATION_FACTOR: Final = constant("check.saccade.duration_factor").parts
SHUT: Final = 0.8  # lids that hide the eye (PERCLOS P80)
_BLINK_WINDOW_S: Final = 0.6  # narrower closures are blinks, wider ones are held (AU43E > 0.5 s)
_TOLD_DOWN: Final = 0.05  # closure from which a lid that is told by itself is down
_PASSING_S: Final = 0.2  # lids held less long than that come and go as a blink does
_DROWSY_WINDOW_S: Final = 1.1  # a drowsy blink may take 1 s (blink.hard.total_max_drowsy)


@dataclass(frozen=True, eq=False)  # no slots: the measurements are cached
class Evidence:
    """One control sequence under the critic's eyes; intervals are between neighbouring rows."""

    controls: ControlSequence
    plan: EventPlan | None = None

    @property
    def step_s(self) -> float:
        """Time between rows."""
        return 1.0 / self.controls.fps

    @property
    def drowsy(self) -> bool:
        """True when the plan's label is drowsiness."""
        return self.plan is not None and self.plan.label == "drowsiness"

    @cached_property
    def eye_deg(self) -> Curve:
        """Return the mean of both eyes in the head [n, 2]."""
        return self.controls.gaze_deg.astype(np.float64).mean(axis=1)

    @cached_property
    def head_deg(self) -> Curve:
        """Return head yaw, pitch, roll [n, 3]."""
        return self.controls.head_deg.astype(np.float64)

    @cached_property
    def space_deg(self) -> Curve:
        """Return the direction of gaze in space [n, 2]."""
        return self.eye_deg + self.head_deg[:, :2]

    @cached_property
    def gaze_speed(self) -> Curve:
        """Return the speed of gaze in space in each interval [n - 1], deg/s."""
        return np.hypot(*np.diff(self.space_deg, axis=0).T) / self.step_s

    @cached_property
    def closure(self) -> Curve:
        """Return AU43, left and right [n, 2]."""
        return self.controls.aus[:, list(au_columns(43))].astype(np.float64)

    @cached_property
    def held_closure(self) -> Curve:
        """Return AU43 without blinks [n, 2]: a grey opening takes away what is too narrow."""
        window = _DROWSY_WINDOW_S if self.drowsy else _BLINK_WINDOW_S
        size = max(3, round(window * self.controls.fps))
        return grey_opening(self.closure, size=(size, 1), mode="nearest")

    @cached_property
    def blink(self) -> Curve:
        """Return the blink part of the closure [n, 2], 0..1 of the way from droop to shut."""
        room = np.maximum(1 - self.held_closure, 0.05)
        return (self.closure - self.held_closure) / room

    @cached_property
    def hidden(self) -> Mask:
        """Return the intervals during which both eyes are covered [n - 1]."""
        shut: Mask = self.closure.min(axis=1) > SHUT
        return shut[1:] & shut[:-1]

    def during(self, *kinds: EventKind, margin_s: float = 0.0) -> Mask:
        """Return the rows that lie inside planned events of these kinds [n]."""
        events = self.plan.of_kind(*kinds) if self.plan is not None else ()
        return self._inside(events, margin_s)

    @cached_property
    def one_eyed(self) -> Mask:
        """Return the rows in which one eye was asked to close without the other [n]."""
        events = self.plan.of_kind(EventKind.WINK, EventKind.CLOSURE) if self.plan else ()
        one = [e for e in events if e.kind is EventKind.WINK or e.side != "both"]
        return self._inside(one, 0.1) | self._told_lids

    @cached_property
    def _told_lids(self) -> Mask:
        """Return the rows in which an instruction lowers one lid point by point [n]."""
        mask = np.zeros(len(self.controls), np.bool_)
        at = np.arange(len(mask)) * self.step_s
        for event in self.plan.of_kind(EventKind.EXPRESSION) if self.plan is not None else ():
            depth = event.value("AU43")
            if event.prototype == TOLD and event.side != "both" and depth and event.shape:
                times = np.linspace(event.start_s, event.end_s, len(event.shape))
                mask |= depth * np.interp(at, times, event.shape) > _TOLD_DOWN
        near = max(1, round(0.1 / self.step_s))
        return np.asarray(binary_dilation(mask, iterations=near), np.bool_)

    @cached_property
    def drifting(self) -> Mask:
        """Return the intervals in which slow eye movements are planned [n - 1]."""
        return self.during(EventKind.DRIFT)[1:]

    @cached_property
    def shifts(self) -> list[Run]:
        """Return the runs of intervals in which gaze moves in space: saccades, and glides."""
        limit = np.where(self.drifting, _DRIFT_DEG_S, _GLIDE_DEG_S)
        return [r for r in runs(self.gaze_speed > limit) if not self.hidden[r[0] : r[1]].all()]

    def intervals_allowed(self, size_deg: float, severity: str) -> int:
        """Return how many intervals a saccade of this size may touch."""
        line = float(saccade_line_s(size_deg))
        return int(np.ceil(_DURATION_FACTOR[severity] * line / self.step_s)) + 1

    def shift_size(self, run: Run) -> float:
        """Return how far gaze went in a run of intervals, degrees."""
        return float(np.hypot(*(self.space_deg[run[1]] - self.space_deg[run[0]])))

    def shift_reach(self, run: Run) -> float:
        """Return how far gaze was from where it began in a run of intervals, degrees."""
        away = self.space_deg[run[0] : run[1] + 1] - self.space_deg[run[0]]
        return float(np.hypot(*away.T).max())

    @cached_property
    def saccades(self) -> Mask:
        """Return the intervals of proper saccades [n - 1], one interval wider on both sides."""
        mask = np.zeros(max(len(self.controls) - 1, 0), np.bool_)
        for run in self.shifts:
            if run[1] - run[0] <= self.intervals_allowed(self.shift_size(run), "hard"):
                mask[run[0] : run[1]] = True
        return np.asarray(binary_dilation(mask), np.bool_) if mask.any() else mask

    @cached_property
    def blink_runs(self) -> list[Run]:
        """Return the rows of each blink of either lid: blink part above a tenth.

        Planned closures are none, however short: they are slow on purpose (AU43, not AU45), and
        a blink that runs into one cannot be told from it.
        """
        part = self.blink.max(axis=1)
        planned = self.in_closures
        return [
            (a, b) for a, b in runs(part > 0.1) if part[a:b].max() >= 0.2 and not planned[a:b].any()
        ]

    @cached_property
    def in_closures(self) -> Mask:
        """Return the rows in which a plan keeps the lids down, or moves them slowly [n]."""
        if self.plan is None:
            return np.zeros(len(self.controls), np.bool_)
        closures = self.plan.of_kind(EventKind.CLOSURE)
        # A droop that lasts is none of them: blinks go on over it, and the opening keeps it.
        shut = [e for e in closures if e.value("closure") > 0.6 or e.hold_s < _PASSING_S]
        return self._inside(shut, 0.0)

    def _inside(self, events: Sequence[PlannedEvent], margin_s: float) -> Mask:
        mask = np.zeros(len(self.controls), np.bool_)
        for event in events:
            first = int((event.start_s - margin_s) * self.controls.fps)
            last = int(np.ceil((event.end_s + margin_s) * self.controls.fps)) + 1
            mask[max(first, 0) : len(mask) if event.sustain else max(last, 0)] = True
        return mask
