"""The last resort: make any control sequence possible, channel by channel.

For what the plan cannot mend, and for curves that come from elsewhere. Only channels with a hard
violation are touched; what is valid comes out as it went in, so repairing twice is repairing once.
Each channel group goes through three stages, each tried only when the one before was not enough:
re-time (spread a jump, re-draw saccades and blinks), shrink, delete.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter1d

from cogportrait.agents.checks_face import (
    PAIRED_AUS,
    RATED_AUS,
    asymmetry,
    au_exclusive,
    au_range,
    au_rate,
    head_kinematics,
    head_range,
    one_sided_rows,
)
from cogportrait.agents.checks_gaze import (
    conjugacy,
    eye_range,
    fixation_gap,
    saccade_duration,
    saccade_step,
    vergence,
)
from cogportrait.agents.checks_head_eye import head_eye_order, vor
from cogportrait.agents.checks_lids import blink_shape, lid_main_sequence, lids_alike
from cogportrait.agents.evidence import Evidence
from cogportrait.agents.repair_gaze import redraw_gaze
from cogportrait.agents.repair_order import eyes_with_head
from cogportrait.behavior.kinematics import blink_pulse
from cogportrait.facs.channels import au_columns
from cogportrait.facs.limits import AU_RATE_HARD_S, AU_SCALE, channel_limits, constant
from cogportrait.types import ControlSequence, EventPlan, Violation

FloatArray = NDArray[np.float32]
Check = Callable[[Evidence], list[Violation]]

_GAZE_CHECKS: Final[tuple[Check, ...]] = (
    eye_range, saccade_duration, saccade_step, fixation_gap, vor, conjugacy, vergence,
    head_eye_order,
)  # fmt: skip
_HEAD_CHECKS: Final[tuple[Check, ...]] = (head_range, head_kinematics)
_LID_CHECKS: Final[tuple[Check, ...]] = (blink_shape, lid_main_sequence, lids_alike)
_AU_CHECKS: Final[tuple[Check, ...]] = (au_rate, au_exclusive, asymmetry)
_EXCLUSIVE: Final = constant("check.au_exclusive").parts["hard"] / AU_SCALE
_ASYMMETRY: Final = constant("check.asymmetry").parts["hard"] / AU_SCALE
BLINK_S: Final = (0.08, 0.02, 0.17)
_SPREADS_S: Final = (0.15, 0.3, 0.6, 1.2, 2.4)
_NEAR_S: Final = 0.1  # around a finding, in which shifts of gaze are deleted
_ROUNDS: Final = 5  # of deleting them


@dataclass(frozen=True, slots=True, eq=False)
class Repaired:
    """A possible control sequence, and what was done to it."""

    controls: ControlSequence
    actions: tuple[str, ...]  # one line per repair, in order


def hard(
    checks: tuple[Check, ...], controls: ControlSequence, plan: EventPlan | None
) -> list[Violation]:
    """Return the hard findings of some checks."""
    evidence = Evidence(controls, plan)
    return [v for check in checks for v in check(evidence) if v.severity == "hard"]


def _clip(controls: ControlSequence, plan: EventPlan | None) -> ControlSequence:
    if not hard((au_range,), controls, plan):
        return controls
    return replace(controls, aus=np.clip(controls.aus, 0.0, 1.0))


def _mean_of_sides(aus: FloatArray, number: int, rows: NDArray[np.bool_] | slice) -> None:
    left, right = au_columns(number)
    mean = (aus[rows, left] + aus[rows, right]) / 2
    aus[rows, left] = mean
    aus[rows, right] = mean


def _redrawn_blinks(controls: ControlSequence, plan: EventPlan | None) -> ControlSequence:
    """Return the lids with each impossible blink replaced by an ordinary one at the same peak."""
    evidence = Evidence(controls, plan)
    aus = controls.aus.copy()
    bad = [
        v for v in (*blink_shape(evidence), *lid_main_sequence(evidence)) if v.severity == "hard"
    ]
    times = np.arange(len(controls)) / controls.fps
    last_end = -1.0
    for v in sorted(bad, key=lambda v: v.start_s):
        first, last = round(v.start_s * controls.fps), round(v.end_s * controls.fps)
        rows = slice(max(first - 1, 0), last + 1)
        held = evidence.held_closure.max(axis=1)
        peak = rows.start + int(evidence.blink.max(axis=1)[rows].argmax())
        depth = float(evidence.blink.max(axis=1)[peak])
        for column in au_columns(43):
            aus[rows, column] = held[rows]
        start = peak / controls.fps - BLINK_S[0]
        if start < last_end + 0.1:
            continue  # no room for two: the second is left out
        pulse = depth * blink_pulse(times - start, *BLINK_S)
        last_end = start + sum(BLINK_S)
        for column in au_columns(43):
            aus[:, column] = np.maximum(aus[:, column], held + (1 - held) * pulse)
    return replace(controls, aus=np.clip(aus, 0, 1))


def _without_bad_blinks(controls: ControlSequence, plan: EventPlan | None) -> ControlSequence:
    """Return the sequence with the lids held where a blink is still impossible."""
    for _ in range(_ROUNDS):
        bad = hard(_LID_CHECKS, controls, plan)
        if not bad:
            break
        held = Evidence(controls, plan).held_closure.min(axis=1)
        aus = controls.aus.copy()
        for v in bad:
            first = int((v.start_s - _NEAR_S) * controls.fps)
            rows = slice(max(first, 0), int((v.end_s + _NEAR_S) * controls.fps) + 2)
            aus[rows, list(au_columns(43))] = held[rows, None]
        controls = replace(controls, aus=aus)
    return controls


def _repair_lids(controls: ControlSequence, plan: EventPlan | None) -> tuple[ControlSequence, str]:
    evidence = Evidence(controls, plan)
    if any(v.severity == "hard" for v in lids_alike(evidence)):
        aus = controls.aus.copy()
        _mean_of_sides(aus, 43, ~one_sided_rows(evidence, 43))
        controls = replace(controls, aus=aus)
    if hard(_LID_CHECKS, controls, plan):
        controls = _redrawn_blinks(controls, plan)
    if not hard(_LID_CHECKS, controls, plan):
        return controls, "lids: blinks redrawn"
    fewer = _without_bad_blinks(controls, plan)
    if not hard(_LID_CHECKS, fewer, plan):
        return fewer, "lids: some blinks deleted"
    aus = controls.aus.copy()
    columns = list(au_columns(43))
    aus[:, columns] = Evidence(controls, plan).held_closure.min(axis=1)[:, None]
    controls = replace(controls, aus=aus)
    if hard(_LID_CHECKS, controls, plan):
        aus = aus.copy()
        aus[:, columns] = 0.0
        controls = replace(controls, aus=aus)
    return controls, "lids: blinks deleted"


def _slowed(track: FloatArray, rate_hz: float, seconds: float) -> FloatArray:
    """Return a track [n] whose jumps are spread over `seconds`: no faster than range / seconds."""
    size = max(3, round(seconds * rate_hz) | 1)
    return np.asarray(uniform_filter1d(track.astype(np.float64), size, mode="nearest"), np.float32)


def _repair_aus(controls: ControlSequence, plan: EventPlan | None) -> tuple[ControlSequence, str]:
    evidence = Evidence(controls, plan)
    aus = controls.aus.copy()
    if any(v.severity == "hard" for v in asymmetry(evidence)):
        for number in PAIRED_AUS:
            left, right = au_columns(number)
            wide = np.abs(aus[:, left] - aus[:, right]) > _ASYMMETRY
            if (wide & ~one_sided_rows(evidence, number)).any():
                _mean_of_sides(aus, number, ~one_sided_rows(evidence, number))
    if any(v.severity == "hard" for v in au_exclusive(evidence)):
        for side, column in enumerate(au_columns(5)):
            room = 1 - np.clip(evidence.held_closure[:, side] / _EXCLUSIVE, 0, 1)
            aus[:, column] *= room.astype(np.float32)
    return _slow_aus(replace(controls, aus=aus), plan), "action units: slowed or balanced"


def _slow_aus(controls: ControlSequence, plan: EventPlan | None) -> ControlSequence:
    """Return the sequence with too fast action units spread in time, or left out if none helps."""
    for seconds in (1.1 / AU_RATE_HARD_S, *_SPREADS_S[1:]):
        bad = {v.channel for v in hard((au_rate,), controls, plan)}
        if not bad:
            break
        aus = controls.aus.copy()
        for number in RATED_AUS:
            for side, column in zip("LR", au_columns(number), strict=True):
                if f"AU{number:02d}_{side}" in bad:
                    aus[:, column] = _slowed(aus[:, column], controls.fps, seconds)
        controls = replace(controls, aus=aus)
    left = {v.channel for v in hard((*_AU_CHECKS,), controls, plan)}
    if not left:
        return controls
    aus = controls.aus.copy()
    for number in PAIRED_AUS:
        if any(name.startswith(f"AU{number:02d}") for name in left):
            aus[:, list(au_columns(number))] = 0.0
    return replace(controls, aus=aus)


def _scaled_to_range(values: FloatArray, channels: tuple[str, ...]) -> FloatArray:
    out = values.copy()
    for axis, channel in enumerate(channels):
        low, high = channel_limits(channel).soft
        most = max(values[:, axis].max() / high, values[:, axis].min() / low, 0.0)
        hard_low, hard_high = channel_limits(channel).hard
        if values[:, axis].max() > hard_high or values[:, axis].min() < hard_low:
            out[:, axis] = values[:, axis] / most
    return out


def _with_head(controls: ControlSequence, head: FloatArray, shift: FloatArray) -> ControlSequence:
    """Return the sequence with another head, gaze kept where it was in space."""
    turned = (controls.head_deg - head)[:, None, :2]
    gaze = (controls.gaze_deg + turned).astype(np.float32)
    return replace(controls, head_deg=head, head_shift_iod=shift, gaze_deg=gaze)


def _repair_head(controls: ControlSequence, plan: EventPlan | None) -> tuple[ControlSequence, str]:
    names = ("head_yaw", "head_pitch", "head_roll"), ("head_x", "head_y", "head_z")
    head = _scaled_to_range(controls.head_deg, names[0])
    shift = _scaled_to_range(controls.head_shift_iod, names[1])
    controls = _with_head(controls, head, shift)
    for seconds in _SPREADS_S:
        bad = {v.channel for v in hard(_HEAD_CHECKS, controls, plan)}
        if not bad:
            return controls, "head: scaled or slowed"
        tracks = np.concatenate([controls.head_deg, controls.head_shift_iod], axis=1)
        for axis, channel in enumerate((*names[0], *names[1])):
            if channel in bad:  # three passes of a box are nearly a Gaussian: no corners are left
                for _ in range(3):
                    tracks[:, axis] = _slowed(tracks[:, axis], controls.fps, seconds)
        controls = _with_head(controls, tracks[:, :3].copy(), tracks[:, 3:].copy())
    zeros = np.zeros_like(controls.head_deg)
    if hard(_HEAD_CHECKS, controls, plan):
        return _with_head(controls, zeros, zeros.copy()), "head: motion deleted"
    return controls, "head: scaled or slowed"


def _without_shifts(controls: ControlSequence, plan: EventPlan | None) -> ControlSequence | None:
    """Return the sequence without the shifts of gaze that are found fault with; None: no use."""
    times: list[tuple[float, float]] = []
    redrawn = redraw_gaze(controls)
    for _ in range(_ROUNDS):
        bad = hard(_GAZE_CHECKS, redrawn, plan)
        if not bad:
            return redrawn
        times += [(v.start_s - _NEAR_S, v.end_s + _NEAR_S) for v in bad]
        redrawn = redraw_gaze(controls, times)
    return None


def _repair_gaze(controls: ControlSequence, plan: EventPlan | None) -> tuple[ControlSequence, str]:
    retimed = eyes_with_head(controls, plan)
    if not hard(_GAZE_CHECKS, retimed, plan):
        return retimed, "gaze: saccades re-timed to the head"
    redrawn = redraw_gaze(controls)
    if not hard(_GAZE_CHECKS, redrawn, plan):
        return redrawn, "gaze: redrawn as saccades and fixations"
    redrawn = eyes_with_head(redrawn, plan)
    if not hard(_GAZE_CHECKS, redrawn, plan):
        return redrawn, "gaze: redrawn as saccades and fixations, re-timed to the head"
    fewer = _without_shifts(controls, plan)
    if fewer is not None:
        return fewer, "gaze: redrawn, some shifts deleted"
    held = -controls.head_deg[:, None, :2].repeat(2, axis=1)
    still = replace(controls, gaze_deg=np.ascontiguousarray(held, np.float32))
    if not hard(_GAZE_CHECKS, still, plan):
        return still, "gaze: shifts deleted, held on the partner"
    zeros = np.zeros_like(controls.head_deg)
    rest = replace(still, head_deg=zeros, gaze_deg=np.zeros_like(controls.gaze_deg))
    return rest, "gaze and head: motion deleted"


def repair(controls: ControlSequence, plan: EventPlan | None = None) -> Repaired:
    """Return a sequence without hard violations of shape, range and speed.

    Parameters
    ----------
    controls : ControlSequence
        Any finite curves.
    plan : EventPlan, optional
        Excuses what was asked for, as in the critic.

    Returns
    -------
    Repaired
        The very same object in `controls` when nothing was wrong.
    """
    actions: list[str] = []
    clipped = _clip(controls, plan)
    if clipped is not controls:
        actions.append("action units: clipped to 0..1")
    controls = clipped
    for checks, mend in (
        (_LID_CHECKS, _repair_lids),
        (_AU_CHECKS, _repair_aus),
        (_HEAD_CHECKS, _repair_head),
        (_GAZE_CHECKS, _repair_gaze),
    ):
        if hard(checks, controls, plan):
            controls, action = mend(controls, plan)
            actions.append(action)
    return Repaired(controls, tuple(actions))
