"""What a control sequence is like on the whole: rates, shares and levels, and the labels they fit.

Definitions are our own where no source is named. Signs and units are those of
:mod:`cogportrait.facs.channels`; "in the room" is eyes and head together, (0, 0) being the camera.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cogportrait.behavior.expectations import Expectation, expectations
from cogportrait.behavior.labels import LABELS
from cogportrait.behavior.segment.events import EventType, FaceEvent, segment
from cogportrait.behavior.segment.gaze_shifts import GazeLimits
from cogportrait.errors import ControlsError
from cogportrait.facs.channels import au_columns
from cogportrait.types import ControlSequence

_Array = NDArray[np.float64]

CLOSED: Final = 0.8  # closure of PERCLOS P80: lids cover 80 % of the eye
_BLINKS: Final = (EventType.BLINK, EventType.PARTIAL_BLINK, EventType.DOUBLE_BLINK)
_FREEDOM: Final = 3.0  # of the heavy-tailed likelihood: one odd feature does not rule a label out


@dataclass(frozen=True, slots=True, eq=False)
class Signature:
    """Statistics of one control sequence of T frames."""

    duration_s: float
    blink_rate_per_min: float  # complete, partial and double blinks; long closures do not count
    perclos: float  # share of frames in which the lids' mean closure is at least 0.8, 0..1
    resting_closure: float  # median of the lids' mean closure, 0..1
    au_mean: _Array  # [K] 0..1, columns as in facs.channels.AU_CHANNELS
    au_p90: _Array  # [K] 0..1, 90th percentile over frames
    aversion_share: float  # share of frames with open eyes 8 deg or more off the camera; NaN: none
    aversion_deg: tuple[float, float]  # mean yaw, pitch in the room of those frames; NaN: none
    gaze_shift_rate_hz: float  # shifts of the eyes in the head of 3 deg or more, each second
    laugh_share: float  # share of the time in a laugh, 0..1
    head_mean_deg: tuple[float, float, float]  # yaw, pitch, roll
    head_range_deg: tuple[float, float, float]  # 5th to 95th percentile of yaw, pitch, roll
    head_speed_deg_s: float  # mean length of the rate of (yaw, pitch, roll)

    def au(self, number: int) -> float:
        """Return the 90th percentile of an action unit's stronger side, 0..1."""
        return float(self.au_p90[list(au_columns(number))].max())


@dataclass(frozen=True, slots=True)
class Evidence:
    """How one feature of a signature fits one label."""

    feature: str  # name in ``behavior.expectations``
    measured: float
    expected: Expectation
    fit: float  # log likelihood up to a constant that all labels share; higher fits better


def measure_signature(
    controls: ControlSequence, events: Sequence[FaceEvent] | None = None
) -> Signature:
    """Return the statistics of controls.

    Parameters
    ----------
    controls : ControlSequence
        T frames, at least one.
    events : sequence of FaceEvent or None
        What ``segment`` found in them; None finds it here.

    Raises
    ------
    ControlsError
        There is no frame.
    """
    if len(controls) == 0:
        raise ControlsError("controls: expected at least one frame, got none")
    events = segment(controls) if events is None else events
    closure = controls.aus[:, list(au_columns(43))].mean(1).astype(np.float64)
    aus = controls.aus.astype(np.float64)
    share, away = _aversion(controls, closure < CLOSED)
    head = controls.head_deg.astype(np.float64)
    low, high = np.percentile(head, [5, 95], axis=0)
    blinks = sum(e.kind in _BLINKS for e in events)
    shifts = sum(e.kind is EventType.GAZE_SHIFT for e in events)
    return Signature(
        duration_s=controls.duration_s,
        blink_rate_per_min=60 * blinks / controls.duration_s,
        perclos=float((closure >= CLOSED).mean()),
        resting_closure=float(np.median(closure)),
        au_mean=aus.mean(0),
        au_p90=np.percentile(aus, 90, axis=0),
        aversion_share=share,
        aversion_deg=away,
        gaze_shift_rate_hz=shifts / controls.duration_s,
        laugh_share=_laugh_share(events, len(controls), controls.fps),
        head_mean_deg=_three(head.mean(0)),
        head_range_deg=_three(high - low),
        head_speed_deg_s=_speed(head, controls.fps),
    )


def features(signature: Signature) -> dict[str, float]:
    """Return what labels are told apart by, by the names of ``behavior.expectations``."""
    aus = {f"AU{n:02d}": signature.au(n) for n in (1, 2, 4, 5, 6, 7, 10, 12)}
    share = signature.aversion_share
    lowered = 0.0 if share == 0.0 else share * signature.aversion_deg[1]  # NaN when all shut
    return {
        **aus,
        "AU14+24": (signature.au(14) + signature.au(24)) / 2,
        "resting closure": signature.resting_closure,
        "closed share": signature.perclos,
        "blinks a minute": signature.blink_rate_per_min,
        "averted share": share,
        "gaze pitch": lowered,
        "gaze shifts a second": signature.gaze_shift_rate_hz,
        "laugh share": signature.laugh_share,
        "head yaw": abs(signature.head_mean_deg[0]),
        "head pitch": signature.head_mean_deg[1],
        "head roll": abs(signature.head_mean_deg[2]),
    }


def label_evidence(
    signature: Signature, label: str, *, speaking: bool = False
) -> tuple[Evidence, ...]:
    """Return how each feature fits a label; features without a value are left out.

    The likelihood is Student's t with 3 degrees of freedom around the prior's mean. Blinks are
    counted in a short time, so the variance of a count is added to that of their rate.
    """
    wanted = expectations(label, speaking=speaking)
    out: list[Evidence] = []
    for name, value in features(signature).items():
        if np.isnan(value):
            continue
        expected = wanted[name]
        spread = expected.spread
        if name == "blinks a minute":
            spread = float(np.hypot(spread, np.sqrt(60 * expected.mean / signature.duration_s)))
        z = (value - expected.mean) / spread
        fit = -(_FREEDOM + 1) / 2 * np.log1p(z**2 / _FREEDOM) - np.log(spread)
        out.append(Evidence(name, value, expected, float(fit)))
    return tuple(out)


def label_scores(signature: Signature) -> dict[str, float]:
    """Return how well each label fits, best first; the scores are 0..1 and sum to 1.

    Features count as independent and labels as equally likely, so the scores are ranks with a
    measure of distance, not calibrated probabilities.
    """
    fits = np.array([sum(e.fit for e in label_evidence(signature, name)) for name in LABELS])
    scores = np.exp(fits - fits.max())
    scores /= scores.sum()
    order = np.argsort(-scores, kind="stable")
    return {LABELS[i]: float(scores[i]) for i in order}


def _three(values: _Array) -> tuple[float, float, float]:
    return float(values[0]), float(values[1]), float(values[2])


def _aversion(
    controls: ControlSequence, is_open: NDArray[np.bool_]
) -> tuple[float, tuple[float, float]]:
    """Return the share of open-eyed frames that look away, and where they look."""
    room = in_room(controls)[is_open]
    if len(room) == 0:
        return float("nan"), (float("nan"), float("nan"))
    away = np.hypot(*room.T) >= GazeLimits().away_deg
    if not away.any():
        return 0.0, (float("nan"), float("nan"))
    yaw, pitch = room[away].mean(0)
    return float(away.mean()), (float(yaw), float(pitch))


def in_room(controls: ControlSequence) -> _Array:
    """Return where the eyes look in the room, [T, 2] yaw and pitch, degrees."""
    eyes = controls.gaze_deg.astype(np.float64).mean(1)
    return np.asarray(eyes + controls.head_deg[:, :2], np.float64)


def _laugh_share(events: Sequence[FaceEvent], n_frames: int, fps: float) -> float:
    laughing = np.zeros(n_frames, np.bool_)
    for event in events:
        if event.kind is EventType.LAUGH:
            laughing[round(event.onset_s * fps) : round(event.offset_s * fps) + 1] = True
    return float(laughing.mean())


def _speed(head: _Array, fps: float) -> float:
    if len(head) < 2:
        return 0.0
    return float(np.linalg.norm(np.diff(head, axis=0), axis=1).mean() * fps)
