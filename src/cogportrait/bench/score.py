"""A generated clip against the real one.

Both are measured against one neutral face: that of the portrait the clip was generated from, or
that of the real clip. Generated frames are brought to the real picture's size before they are
tracked, and curves to the real clip's frame times; what is longer in one of both is left out.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cogportrait.bench.reading import Reading
from cogportrait.bench.rows import Curves
from cogportrait.errors import MetricError
from cogportrait.face.features import Neutral
from cogportrait.face.measure import Measurement, measure
from cogportrait.facs.channels import AU_INDEX, SIDES, au_channel
from cogportrait.metrics.angles import SHUT, gaze_error_deg, head_error_deg
from cogportrait.metrics.au_f1 import au_f1, au_f1_frame
from cogportrait.metrics.au_temp import au_temp, au_temp_strict
from cogportrait.metrics.blink_f1 import blink_f1, blinks_s
from cogportrait.metrics.color_shift import color_shift
from cogportrait.metrics.concordance import ccc
from cogportrait.metrics.eye_lmd import eye_lmd
from cogportrait.metrics.scored import scored_values
from cogportrait.types import ControlSequence

LONGER_S: Final = 0.25  # difference in length that is told
LOST: Final = 0.02  # share of frames without a face that is told
COVERED: Final = 0.7  # least share of the real face's frames that a clip must have a face in
MOVED_DEG: Final = 2.0  # standard deviation from which a course of angles can be concordant
MOVED_AU: Final = 0.05  # and one of lids
_SHUT_COLUMNS: Final = [AU_INDEX[au_channel(43, side)] for side in SIDES]


@dataclass(frozen=True, slots=True, eq=False)
class Scored:
    """What came of a comparison."""

    scores: Mapping[str, float]
    curves: Curves
    warnings: tuple[str, ...]


def score_pair(real: Reading, generated: Reading, neutral: Neutral) -> Scored:
    """Return every measure of eyes and head, and colors, of a generated clip.

    Parameters
    ----------
    real, generated : Reading
        Tracked in pictures of one size.
    neutral : Neutral
        The face that both are measured against.

    Raises
    ------
    MetricError
        There is no frame in which both have a face.
    """
    one = measure(real.rows, real.fps, neutral=neutral)
    other = measure(generated.rows, generated.fps, neutral=neutral)
    return compare((real, one), (generated, other))


def compare(real: tuple[Reading, Measurement], generated: tuple[Reading, Measurement]) -> Scored:
    """Return every measure of clips that are measured already; see :func:`score_pair`."""
    a, b = real[0], generated[0]
    n = min(len(a.rows), int(np.floor(len(b.rows) * a.fps / b.fps + 1e-6)))
    if n < 2:
        raise MetricError(
            f"generated clip {b.name}: expected a clip as long as the real one, "
            f"{len(a.rows) / a.fps:.2f} s, got {len(b.rows) / b.fps:.2f} s"
        )
    at = _places(n, a.fps, b.fps, len(b.rows))
    seen = generated[1].found
    both = real[1].found[:n] & seen[np.floor(at).astype(int)] & seen[np.ceil(at).astype(int)]
    coverage = _coverage(real, generated, both)
    mine = real[1].controls.rows(0, n)
    theirs = ControlSequence.from_matrix(
        _at(generated[1].controls.to_matrix(), at).astype(np.float32), a.fps
    )
    scores = _scores(mine, theirs, both)
    scores["coverage"] = coverage
    scores["eye_lmd"] = eye_lmd(a.rows.eyes_px[:n], _at(b.rows.eyes_px, at))
    scores["border_flicker"] = b.border
    reference = a.colors.mean(0) if len(a.colors) else np.full((2, 3), np.nan)
    scores["color_shift"] = color_shift(reference, b.colors)
    curves = Curves(
        a.fps, scored_values(mine).astype(np.float32), scored_values(theirs).astype(np.float32),
        both,
    )  # fmt: skip
    return Scored(scores, curves, tuple(_warnings(real, generated, n)))


def _coverage(
    real: tuple[Reading, Measurement],
    generated: tuple[Reading, Measurement],
    both: NDArray[np.bool_],
) -> float:
    """Return in which share of the real face's frames the generated clip has one, 0..1.

    Frames after the end of a clip that is shorter have none. Other frames have no scores, so a
    clip without a face in many of them would be scored by those it is good in.

    Raises
    ------
    MetricError
        The share is below :data:`COVERED`.
    """
    wanted, seen = int(real[1].found.sum()), generated[1].found
    share = int(both.sum()) / wanted if wanted else 0.0
    if share < COVERED:
        seconds = [len(clip.rows) / clip.fps for clip in (real[0], generated[0])]
        lost = int((~seen).sum())
        why = (
            f"no face is seen in {lost} of its {len(seen)} frames"
            if lost
            else f"it ends after {seconds[1]:.2f} of {seconds[0]:.2f} s"
        )
        raise MetricError(
            f"generated clip {generated[0].name}: expected a face in {COVERED:.0%} of the {wanted} "
            f"frames in which the real clip has one, found one in {int(both.sum())}: {why}; make "
            "it again, or leave it out"
        )
    return share


def _scores(
    real: ControlSequence, generated: ControlSequence, both: NDArray[np.bool_]
) -> dict[str, float]:
    """Return the measures of controls, of the frames in which both have a face."""
    fps, a, b = real.fps, scored_values(real)[both], scored_values(generated)[both]
    one, other = (_some(c, both) for c in (real, generated))
    gaze = [_gaze(c) for c in (one, other)]
    open_eyes = _open(one) & _open(other)
    lids = [c.aus[:, _SHUT_COLUMNS].astype(np.float64) for c in (one, other)]
    heads = [c.head_deg.astype(np.float64) for c in (one, other)]
    return {
        "au_f1": au_f1(a, b, fps),
        "au_f1_frame": au_f1_frame(a, b, fps),
        "au_temp": au_temp(a, b, fps),
        "au_temp_strict": au_temp_strict(a, b, fps),
        "gaze_error_deg": gaze_error_deg(one, other),
        "head_error_deg": head_error_deg(one, other),
        "gaze_ccc": _concordance(gaze[0][open_eyes], gaze[1][open_eyes], MOVED_DEG),
        "closure_ccc": _concordance(lids[0], lids[1], MOVED_AU),
        "head_ccc": _concordance(heads[0], heads[1], MOVED_DEG),
        "blink_f1": blink_f1(blinks_s(one), blinks_s(other)),
    }


def _concordance(real: NDArray[np.float64], generated: NDArray[np.float64], moved: float) -> float:
    """Return the mean concordance of the columns [T, K] that move in the real clip.

    Courses that stay where they are hold noise alone, which nothing agrees with.
    """
    known = [
        ccc(real[:, k], generated[:, k])
        for k in range(real.shape[1])
        if len(real) > 1 and real[:, k].std() >= moved
    ]
    return float(np.mean(known)) if known else float("nan")


def _gaze(controls: ControlSequence) -> NDArray[np.float64]:
    """Return the gaze of both eyes together, yaw and pitch, [T, 2] degrees."""
    return controls.gaze_deg.astype(np.float64).mean(1)


def _open(controls: ControlSequence) -> NDArray[np.bool_]:
    return np.asarray((controls.aus[:, _SHUT_COLUMNS] < SHUT).all(1), np.bool_)


def _some(controls: ControlSequence, frames: NDArray[np.bool_]) -> ControlSequence:
    return ControlSequence.from_matrix(controls.to_matrix()[frames], controls.fps)


def _places(n: int, fps: float, other_fps: float, others: int) -> NDArray[np.float64]:
    """Return where in the other clip n frame times lie, in its frames."""
    return np.minimum(np.arange(n) * (other_fps / fps), others - 1)


def _at(values: NDArray[np.floating], at: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return values [T, ...] at places between frames."""
    before = np.floor(at).astype(int)
    after = np.minimum(before + 1, len(values) - 1)
    share = (at - before).reshape(-1, *[1] * (values.ndim - 1))
    first, second = values[before].astype(np.float64), values[after].astype(np.float64)
    # Not 0 * NaN where a place is a frame.
    return np.where(share > 0, first + share * (second - first), first)


def _warnings(
    real: tuple[Reading, Measurement], generated: tuple[Reading, Measurement], n: int
) -> list[str]:
    out: list[str] = []
    lengths = [len(clip.rows) / clip.fps for clip, _ in (real, generated)]
    if abs(lengths[0] - lengths[1]) > LONGER_S:
        out.append(
            f"real {lengths[0]:.2f} s, generated {lengths[1]:.2f} s: the first "
            f"{n / real[0].fps:.2f} s are compared"
        )
    for which, found in (("real", real[1].found), ("generated", generated[1].found)):
        lost = int((~found).sum())
        if lost > LOST * len(found):
            out.append(f"no face in {lost} of {len(found)} frames of the {which} clip")
    return out
