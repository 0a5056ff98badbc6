"""A person's neutral face, estimated from whatever frames there are.

No expression is known to be absent, so the calmest frames are taken: those in which the tracker's
scores of lids, brows, cheeks and mouth add up to least while the head is toward the camera and the
eyes are as they are most of the time. See ``docs/measure.md``.
"""

from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cogportrait.errors import FaceError
from cogportrait.face import landmarks as lm
from cogportrait.face.features import FaceRows, Neutral, eye_middle_px, held_still, kept
from cogportrait.face.landmarker import BLENDSHAPE_INDEX
from cogportrait.face.pose import angles_deg
from cogportrait.face.skin import skin_motion

CALM_SHARE: Final = 0.10  # of all frames; 0.15 in the rig's fit, where clips are long
LEAST_FRAMES: Final = 5
# What costs as much as these: the tracker's scores summed, eye widths of the irises and degrees of
# the head away from where they are most of the time, degrees of the head away from the camera.
# Set on 17 people.
SCORES: Final = 0.5
IRIS_WIDTHS: Final = 0.12
FRONTAL_DEG: Final = 8.0
HEAD_DEG: Final = 12.0
AHEAD: Final = np.array([0.0, -0.07])  # eye widths: irises that look ahead lie 2 mm above corners
AHEAD_WIDTHS: Final = 0.20
ASIDE_WIDTHS: Final = 0.10  # sideways, beyond which eyes look away: some 16 degrees
NEAR_HEAD_DEG: Final = 3.0
NEAR_IRIS: Final = 0.03  # eye widths within which gaze counts as the same
_SOME: Final = 600  # frames among which the usual pose is looked for
_LOOKS: Final = [i for name, i in BLENDSHAPE_INDEX.items() if name.startswith("eyeLook")]

_Array = NDArray[np.float64]


def calm_frames(rows: FaceRows) -> NDArray[np.intp]:
    """Return the numbers of the frames that are neutral most likely.

    Little expression, the head about toward the camera, head and eyes held as they are most of the
    time.
    """
    seen = np.flatnonzero(rows.found)
    some = rows[seen]
    if len(seen) == 0:
        return seen
    energy = np.delete(some.scores.astype(np.float64), _LOOKS, axis=1).sum(1)
    head = angles_deg(some.turn.astype(np.float64))
    iris = _iris(some)
    cost = energy / SCORES
    cost = cost + np.linalg.norm(iris - _usual(iris, NEAR_IRIS), axis=1) / IRIS_WIDTHS
    cost = cost + np.linalg.norm(iris - AHEAD, axis=1) / AHEAD_WIDTHS
    cost = cost + np.linalg.norm(head, axis=1) / FRONTAL_DEG
    cost = cost + np.linalg.norm(head - _usual(head, NEAR_HEAD_DEG), axis=1) / HEAD_DEG
    count = min(len(seen), max(LEAST_FRAMES, round(CALM_SHARE * len(seen))))
    return seen[np.argsort(cost, kind="stable")[:count]]


def _iris(rows: FaceRows) -> _Array:
    """Return the mean offset of both irises from the middle of their corners, [T, 2] eye widths."""
    return _offset(rows.shape.astype(np.float64), rows.seen_iris)


def _offset(points: _Array, seen_iris: NDArray[np.floating]) -> _Array:
    out: list[_Array] = []
    shape = points[..., :2]
    for side in (0, 1):
        corners = kept().at([lm.OUTER_CANTHUS[side], lm.INNER_CANTHUS[side]])
        width = np.linalg.norm(shape[:, corners[0]] - shape[:, corners[1]], axis=1)[:, None]
        iris = shape[:, kept().place[lm.IRIS_CENTER[side]]]
        out.append((iris - shape[:, corners].mean(1)) / width + seen_iris[:, side, :2])
    return np.mean(out, axis=0)


def looks_aside(neutral: Neutral) -> bool:
    """Return whether the eyes of a neutral face are turned to a side, and all gaze is off by it."""
    offset = _offset(neutral.shape[None], neutral.seen_iris[None])[0, 0]
    return bool(abs(offset - AHEAD[0]) > ASIDE_WIDTHS)


def _usual(values: _Array, near: float) -> _Array:
    """Return where most of some points [T, N] lie: the middle of the densest ball."""
    some = values[:: max(1, len(values) // _SOME)]
    apart = np.linalg.norm(some[:, None] - some[None], axis=-1)
    center = some[int((apart < near).sum(1).argmax())]
    return np.median(some[np.linalg.norm(some - center, axis=1) < near], axis=0)


def estimate_neutral(rows: FaceRows) -> Neutral:
    """Return the neutral face of the person in some frames.

    Raises
    ------
    FaceError
        No frame has a face.
    """
    calm = calm_frames(rows)
    if len(calm) == 0:
        raise FaceError("measuring: expected a face in at least one frame, got none")
    return estimated_from(rows[calm])


def estimated_from(calm: FaceRows) -> Neutral:
    """Return the median of frames that are neutral, with the head held in each as in all."""
    first = neutral_of(calm)
    return replace(first, shape=np.median(held_still(calm.shape, first), axis=0))


def neutral_of(rows: FaceRows) -> Neutral:
    """Return the median of frames that are all neutral."""
    u, _, vt = np.linalg.svd(rows.turn.astype(np.float64).mean(0))
    return Neutral(
        np.median(rows.shape.astype(np.float64), axis=0),
        np.median(rows.scores.astype(np.float64), axis=0),
        u @ vt,
        np.median(eye_middle_px(rows.eyes_px), axis=0),
        float(np.median(rows.iod_px)),
        np.median(rows.seen_iris.astype(np.float64), axis=0),
        np.median(rows.skin.astype(np.float64), axis=0),
        rows.reference,
    )


def against(neutral: Neutral, rows: FaceRows) -> Neutral:
    """Return a neutral face whose skin is measured against the reference of these frames.

    That of another picture of the person is compared with the reference anew. Where one of both
    had no pixels, the skin of the calmest of these frames is taken.
    """
    if neutral.reference is rows.reference:
        return neutral
    if neutral.reference is None or rows.reference is None:
        skin = neutral_of(rows[calm_frames(rows)]).skin
    else:
        skin = neutral.skin + skin_motion(rows.reference, [neutral.reference.crop])[0]
    return replace(neutral, skin=skin, reference=rows.reference)
