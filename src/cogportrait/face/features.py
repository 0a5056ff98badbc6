"""What measuring keeps of a tracked face: some landmarks, held still, and the tracker's scores.

Per frame that is about 2 kB, so a long video is measured as it comes. From it, and from a
person's neutral face, come the features that :mod:`cogportrait.face.inverse` reads controls from.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cogportrait.face import landmarks as lm
from cogportrait.face.landmarker import BLENDSHAPE_INDEX
from cogportrait.face.pose import head_rotation
from cogportrait.face.rig import head_pivot, rig_data
from cogportrait.types import N_BLENDSHAPES, FaceTrack

_Array = NDArray[np.float64]

_CHEEKS_AND_CHIN: Final = (
    330, 280, 347, 346, 352, 425, 266, 101, 50, 118, 117, 123, 205, 36, 152, 175, 199, 200, 18,
    148, 377, 176, 400, 171, 396, 98, 327, 129, 358, 9, 8, 151, 108, 337,
)  # fmt: skip
# Scales that bring features to about one; what a network learns does not depend on them.
_PER_IOD: Final = 20.0
_PER_SCORE: Final = 3.0
_PER_RATIO: Final = 2.0
_FLIP: Final = np.array([-1.0, 1.0, 1.0])
_MIDDLE: Final = slice(2, 7)  # of the nine points of a lid's margin


@dataclass(frozen=True, slots=True)
class _Kept:
    """Which landmarks are kept, and where some of them are among these."""

    landmarks: NDArray[np.intp]  # [N]
    place: dict[int, int]
    rigid: NDArray[np.intp]
    mirror: NDArray[np.intp]  # [N]

    def at(self, landmarks: Sequence[int] | NDArray[np.intp]) -> list[int]:
        """Return where landmarks are among the kept ones."""
        return [self.place[int(i)] for i in landmarks]


@cache
def kept() -> _Kept:
    """Return the landmarks that are kept: eyes, brows, lips, cheeks, chin and what is rigid."""
    rings = (*lm.EYE_RING_UPPER, *lm.EYE_RING_LOWER)
    parts = [
        lm.RIGID, *lm.UPPER_LID, *lm.LOWER_LID, *lm.IRIS_RING, np.array(lm.IRIS_CENTER),
        *lm.BROW_UPPER, *lm.BROW_LOWER, *lm.LIP_UPPER, *lm.LIP_LOWER,
        *(ring for side in rings for ring in side), np.array(_CHEEKS_AND_CHIN),
    ]  # fmt: skip
    wanted = {int(i) for part in parts for i in part}
    mirror = rig_data().mirror
    landmarks = np.array(sorted(wanted | {int(mirror[i]) for i in wanted}), np.intp)
    place = {int(landmark): i for i, landmark in enumerate(landmarks)}
    return _Kept(
        landmarks,
        place,
        np.array([place[int(i)] for i in lm.RIGID], np.intp),
        np.array([place[int(mirror[i])] for i in landmarks], np.intp),
    )


@cache
def _score_mirror() -> NDArray[np.intp]:
    order = np.arange(N_BLENDSHAPES)
    for name, i in BLENDSHAPE_INDEX.items():
        if name.endswith("Left"):
            j = BLENDSHAPE_INDEX[name.removesuffix("Left") + "Right"]
            order[i], order[j] = j, i
    return order


@dataclass(frozen=True, slots=True, eq=False)
class FaceRows:
    """The frames of one face, NaN where it was not seen."""

    shape: NDArray[np.float32]  # [T, N, 3] head-fixed, interocular distances
    turn: NDArray[np.float32]  # [T, 3, 3] head rotation in the image
    pivot_px: NDArray[np.float32]  # [T, 3] what head rotations leave in place
    iod_px: NDArray[np.float32]  # [T] interocular distance
    scores: NDArray[np.float32]  # [T, 52] blendshapes

    def __len__(self) -> int:
        """Return the number of frames."""
        return len(self.iod_px)

    def __getitem__(self, rows: slice | NDArray[np.bool_] | NDArray[np.intp]) -> "FaceRows":
        """Return some of the frames."""
        return FaceRows(
            self.shape[rows], self.turn[rows], self.pivot_px[rows], self.iod_px[rows],
            self.scores[rows],
        )  # fmt: skip

    @property
    def found(self) -> NDArray[np.bool_]:
        """Whether there was a face, [T]."""
        return np.isfinite(self.iod_px)


def rows_of(track: FaceTrack) -> FaceRows:
    """Return what is kept of a track."""
    points = track.landmarks_px.astype(np.float64)
    turn = head_rotation(track.head_matrix)
    iod = lm.interocular_px(points)
    shape = (points[:, kept().landmarks] @ turn) / iod[:, None, None]
    eyes = kept().at([*lm.OUTER_CANTHUS, *lm.INNER_CANTHUS])
    shape -= shape[:, eyes].mean(1, keepdims=True)
    pivot = [head_pivot(p, t) for p, t in zip(points, turn, strict=True)]
    arrays = (shape, turn, np.array(pivot).reshape(-1, 3), iod, track.blendshapes)
    return FaceRows(*(np.asarray(a, np.float32) for a in arrays))


def joined(parts: Sequence[FaceRows]) -> FaceRows:
    """Return the frames of all parts, in order."""
    return FaceRows(
        np.concatenate([p.shape for p in parts]), np.concatenate([p.turn for p in parts]),
        np.concatenate([p.pivot_px for p in parts]), np.concatenate([p.iod_px for p in parts]),
        np.concatenate([p.scores for p in parts]),
    )  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Neutral:
    """A person's face at rest, as the tracker sees it."""

    shape: _Array  # [N, 3] head-fixed, interocular distances
    scores: _Array  # [52]
    turn: _Array  # [3, 3] how the head is held
    pivot_px: _Array  # [3]
    iod_px: float


def held_still(shape: NDArray[np.floating], neutral: Neutral) -> _Array:
    """Return shapes [T, N, 3] moved onto the neutral face by what expressions hardly move."""
    p = np.asarray(shape, np.float64)
    a, b = p[:, kept().rigid], neutral.shape[kept().rigid]
    ca, cb = a.mean(1, keepdims=True), b.mean(0)
    u, s, vt = np.linalg.svd(np.einsum("tni,nj->tij", a - ca, b - cb))
    sign = np.ones((len(p), 3))
    sign[:, 2] = np.sign(np.linalg.det(u @ vt))
    turn = np.einsum("tij,tj,tjk->tik", u, sign, vt)
    scale = (s * sign).sum(1) / ((a - ca) ** 2).sum((1, 2))
    return scale[:, None, None] * ((p - ca) @ turn) + cb


def features(rows: FaceRows, neutral: Neutral, *, mirrored: bool = False) -> NDArray[np.float32]:
    """Return the features of frames that have a face, [T, F].

    With `mirrored` they are those of the mirror image, so that one network serves both sides.
    """
    shape, rest = held_still(rows.shape, neutral), neutral.shape
    scores, calm = rows.scores.astype(np.float64), neutral.scores
    if mirrored:
        shape, rest = shape[:, kept().mirror] * _FLIP, rest[kept().mirror] * _FLIP
        scores, calm = scores[:, _score_mirror()], calm[_score_mirror()]
    moved = (shape - rest)[..., :2].reshape(len(shape), -1)
    eyes = [_eye(shape, rest, side) for side in (0, 1)]
    parts = (
        _PER_IOD * moved, _PER_SCORE * (scores - calm), scores, _PER_RATIO * np.concatenate(eyes, 1)
    )  # fmt: skip
    return np.concatenate(parts, axis=1).astype(np.float32)


def _eye(shape: _Array, rest: _Array, side: int) -> _Array:
    """Return opening and iris of one eye against the neutral face, [T, 5]."""
    upper, lower = (kept().at(lids[side][_MIDDLE]) for lids in (lm.UPPER_LID, lm.LOWER_LID))
    corners = kept().at([lm.OUTER_CANTHUS[side], lm.INNER_CANTHUS[side]])
    iris, ring = kept().place[lm.IRIS_CENTER[side]], kept().at(lm.IRIS_RING[side])

    def gap(of: _Array) -> _Array:
        return np.linalg.norm(of[..., upper, :2] - of[..., lower, :2], axis=-1).mean(-1)

    def offset(of: _Array) -> _Array:
        return of[..., iris, :2] - of[..., corners, :2].mean(-2)

    width = float(np.linalg.norm(rest[corners[0], :2] - rest[corners[1], :2]))
    radius = float(np.linalg.norm(rest[ring, :2] - rest[iris, :2], axis=-1).mean())
    share = gap(shape) / gap(rest)
    return np.column_stack(
        [
            share, (gap(shape) - gap(rest)) / width, np.minimum(share, 1.2) ** 2,
            (offset(shape) - offset(rest)) / radius,
        ]
    )  # fmt: skip
