"""Planned events -> action units over time.

Overlapping movements of one action unit are joined as ``1 - (1 - a)(1 - b)``: never above 1, never
below the larger, and smooth where both are.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cogportrait.behavior.kinematics import (
    Curve,
    blink_pulse,
    expression_pulse,
    recorded,
    rise,
    smooth_noise,
)
from cogportrait.facs.channels import AU_CHANNELS, AU_INDEX, SIDES, au_columns
from cogportrait.types import TOLD, EventKind, EventPlan, PlannedEvent, Target

# How deep the notes of a laugh cut into an action unit: mouths beat, cheeks and lids tremble.
_BEAT_DEPTH: Final = {
    "AU25": 0.35, "AU26": 0.6, "AU12": 0.08, "AU06": 0.12, "AU07": 0.1, "AU43": 0.12,
}  # fmt: skip
# Closure at which the lid raiser has given way: AU5 and AU43 never both exceed 1 of 5
# (coupling.AU5_AU43), whatever their amplitudes.
_CLOSURE_WITHOUT_AU5: Final = 0.25
_LIFE_DEPTH: Final = 0.08  # a held expression is never quite still
_LIFE_KNOT_S: Final = 1.0
_SAG: Final = 0.14  # a held expression relaxes a little before it is let go
_SAG_FROM_S: Final = 0.6
_LID_DEPTH: Final = 0.12  # heavy lids sink and are lifted again
_LID_KNOT_S: Final = 0.7
_ASYMMETRY_SD: Final = 0.03  # of 1; the smile index of normal faces is 91 +- 5 % (OSC99)


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """The times at which curves are drawn."""

    n: int
    rate_hz: float

    def span(self, start_s: float, end_s: float) -> tuple[slice, Curve]:
        """Return the rows from `start_s` to `end_s` and their times since `start_s`."""
        first = min(max(int(np.ceil(start_s * self.rate_hz - 1e-6)), 0), self.n)
        last = min(max(int(np.ceil(end_s * self.rate_hz - 1e-6)) + 1, first), self.n)
        return slice(first, last), np.arange(first, last) / self.rate_hz - start_s


def _columns(channel: str, side: str) -> tuple[int, ...]:
    both = au_columns(int(channel[2:]))
    if side == "both" or len(both) == 1:
        return both
    return (both[0 if side == "L" else 1],)


def _join(track: NDArray[np.float32], rows: slice, column: int, curve: Curve) -> None:
    part = track[rows, column]
    track[rows, column] = part + curve - part * curve


def _shape(event: PlannedEvent, target: Target, t: Curve) -> Curve:
    """Return the course of one target, 0..value."""
    if event.sustain:
        curve = rise(t, event.onset_s)
    elif event.shape:
        curve = recorded(t, event.onset_s + event.hold_s + event.offset_s, event.shape)
    else:
        curve = expression_pulse(t, event.onset_s, event.hold_s, event.offset_s)
        if event.hold_s > _SAG_FROM_S:
            curve = curve * (1 - _SAG * rise(t - event.onset_s, event.hold_s))
    if event.kind is EventKind.LAUGH:
        depth = _BEAT_DEPTH.get(target.channel, 0.0)
        curve = curve * (1 - depth * (1 + np.cos(2 * np.pi * event.rate_hz * t)) / 2)
    return target.value * curve


def _draw_expression(track: NDArray[np.float32], event: PlannedEvent, grid: Grid) -> None:
    for target in event.targets:
        if not target.channel.startswith("AU"):
            continue
        start = event.start_s + target.delay_s
        length = event.onset_s + event.hold_s + event.offset_s
        end = grid.n / grid.rate_hz if event.sustain else start + length
        rows, t = grid.span(start, end)
        curve = _shape(event, target, t)
        for column in _columns(target.channel, event.side):
            _join(track, rows, column, curve)


def _draw_lids(lids: NDArray[np.float32], event: PlannedEvent, grid: Grid) -> None:
    """Add one blink, wink or closure to `lids` [n, 2]."""
    end = grid.n / grid.rate_hz if event.sustain else event.end_s
    rows, t = grid.span(event.start_s, end)
    if event.shape and not event.sustain:
        curve = recorded(t, event.onset_s + event.hold_s + event.offset_s, event.shape)
    elif event.kind is EventKind.CLOSURE:
        curve = (
            rise(t, event.onset_s)
            if event.sustain
            else expression_pulse(t, event.onset_s, event.hold_s, event.offset_s)
        )
    else:
        curve = blink_pulse(t, event.onset_s, event.hold_s, event.offset_s)
    for i, side in enumerate(SIDES):
        own = event.side in ("both", side)
        _join(lids, rows, i, curve * event.value("closure" if own else "other_closure"))


def _enliven(track: NDArray[np.float32], grid: Grid, rng: np.random.Generator) -> None:
    """Let held expressions waver a little, and make the two sides slightly unequal."""
    waver = smooth_noise(rng, grid.n, grid.rate_hz, _LIFE_KNOT_S, columns=3)
    factor = (1 + _LIFE_DEPTH * np.clip(waver, -2, 2)).astype(np.float32)
    tilt = np.clip(rng.standard_normal(3), -1.5, 1.5) * _ASYMMETRY_SD
    for name, column in AU_INDEX.items():
        number = int(name[2:4])
        if number == 43:
            continue
        group = 0 if number < 5 else 1 if number < 8 else 2
        sign = {"L": 1.0, "R": -1.0}.get(name[-1], 0.0) if "_" in name else 0.0
        track[:, column] *= factor[:, group] * np.float32(1 + sign * tilt[group])
    np.clip(track, 0.0, 1.0, out=track)


def draw_face(plan: EventPlan, grid: Grid, rng: np.random.Generator) -> NDArray[np.float32]:
    """Return all action units [n, K], 0..1, columns as in ``facs.channels.AU_CHANNELS``."""
    track = np.zeros((grid.n, len(AU_CHANNELS)), np.float32)
    told = np.zeros_like(track)  # point by point: life is in it already
    for event in plan.of_kind(EventKind.EXPRESSION, EventKind.LAUGH):
        _draw_expression(told if event.prototype == TOLD else track, event, grid)
    _enliven(track, grid, rng)
    told = np.clip(told, 0.0, 1.0)  # splines overshoot a little
    track += told - track * told
    lids = np.zeros((grid.n, 2), np.float32)
    droop = track[:, list(au_columns(43))]  # expressions may carry AU43 as well
    for event in plan.of_kind(EventKind.CLOSURE):
        _draw_lids(droop, event, grid)
    waver = smooth_noise(rng, grid.n, grid.rate_hz, _LID_KNOT_S).astype(np.float32)
    depth = np.where(told[:, list(au_columns(43))] > 0, 0, np.float32(_LID_DEPTH))
    droop *= 1 + depth * np.clip(waver, -2, 2) * (1 - droop)  # shut lids stay shut
    for event in plan.of_kind(EventKind.BLINK, EventKind.WINK):
        _draw_lids(lids, event, grid)
    for i in range(len(SIDES)):
        raiser = au_columns(5)[i]
        closure = np.clip(1 - (1 - droop[:, i]) * (1 - lids[:, i]), 0, 1)
        # The levator is silent while the lids come down, in a blink as in a droop.
        track[:, raiser] *= 1 - np.clip(closure / _CLOSURE_WITHOUT_AU5, 0, 1)
        track[:, au_columns(43)[i]] = closure
    return track
