"""What measuring keeps of a tracked face: some landmarks, held still, and the tracker's scores.

Per frame that is some 3 kB, so a long video is measured as it comes. From it, and from a
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
from cogportrait.face.pose import angles_deg, head_rotation
from cogportrait.face.rig import rig_data
from cogportrait.face.skin import PLACES, Reference
from cogportrait.types import N_BLENDSHAPES, FaceTrack

_Array = NDArray[np.float64]

_CHEEK: Final = ((330, 280, 347, 346), (101, 50, 118, 117))
_MOUTH_AND_NOSE: Final = (
    lm.LIP_UPPER[0][3:8], lm.LIP_LOWER[0][3:8], lm.LIP_UPPER[3][3:8], lm.LIP_LOWER[3][3:8],
    np.array([152, 175, 199]), np.array([18, 200]), np.array([4, 1]),
)  # fmt: skip
# Scales that bring features to about one; what a network learns hardly depends on them.
_PER_IOD: Final = 20.0
_PER_SCORE: Final = 3.0
_PER_RATIO: Final = 2.0
_PER_WIDTH: Final = 10.0
_PER_DEG: Final = 20.0
_WIDEST: Final = 1.2  # share of the resting aperture
_CANTHI: Final = (*lm.OUTER_CANTHUS, *lm.INNER_CANTHUS)
_CORNERS: Final = np.searchsorted(lm.EYE_REGION, _CANTHI)
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
    """Return the landmarks that are kept: what the features are made of, and what is rigid."""
    rings = (*lm.EYE_RING_UPPER, *lm.EYE_RING_LOWER)
    single = [*lm.IRIS_CENTER, *lm.MOUTH_CORNER, *_CHEEK[0], *_CHEEK[1]]
    parts = [
        lm.RIGID, *lm.UPPER_LID, *lm.LOWER_LID, *lm.BROW_UPPER, *lm.BROW_LOWER,
        *(ring for side in rings for ring in side), *_MOUTH_AND_NOSE, np.array(single),
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
    eyes_px: NDArray[np.float32]  # [T, M, 3] landmarks of lids, irises, brows: lm.EYE_REGION
    iod_px: NDArray[np.float32]  # [T] interocular distance
    scores: NDArray[np.float32]  # [T, 52] blendshapes
    # Iris in the pixels minus the tracker's in the picture, right and down in eye widths, and how
    # well it was found. Zero where no pixels were looked at.
    seen_iris: NDArray[np.float32]  # [T, 2, 3]
    # What :func:`skin_motion` says of the frames against the reference; zero without pixels.
    skin: NDArray[np.float32]  # [T, 2, P, 2]
    reference: Reference | None  # None where no pixels or no face was looked at

    def __len__(self) -> int:
        """Return the number of frames."""
        return len(self.iod_px)

    def __getitem__(self, rows: slice | NDArray[np.bool_] | NDArray[np.intp]) -> "FaceRows":
        """Return some of the frames."""
        return FaceRows(
            self.shape[rows], self.turn[rows], self.eyes_px[rows], self.iod_px[rows],
            self.scores[rows], self.seen_iris[rows], self.skin[rows], self.reference,
        )  # fmt: skip

    @property
    def found(self) -> NDArray[np.bool_]:
        """Whether there was a face, [T]."""
        return np.isfinite(self.iod_px)


@dataclass(frozen=True, slots=True, eq=False)
class Pixels:
    """What was seen in the pixels of T frames, NaN where there is no face; see FaceRows."""

    seen_iris: NDArray[np.floating]  # [T, 2, 3]
    skin: NDArray[np.floating]  # [T, 2, P, 2]
    reference: Reference | None


def rows_of(track: FaceTrack, pixels: Pixels | None = None) -> FaceRows:
    """Return what is kept of a track and of what was seen in its pixels."""
    points = track.landmarks_px.astype(np.float64)
    turn = head_rotation(track.head_matrix)
    iod = lm.interocular_px(points)
    shape = (points[:, kept().landmarks] @ turn) / iod[:, None, None]
    eyes = kept().at([*lm.OUTER_CANTHUS, *lm.INNER_CANTHUS])
    shape -= shape[:, eyes].mean(1, keepdims=True)
    if pixels is None:
        n = len(track)
        pixels = Pixels(np.zeros((n, 2, 3)), np.zeros((n, 2, len(PLACES), 2)), None)
    arrays = (
        shape, turn, points[:, lm.EYE_REGION], iod, track.blendshapes,
        pixels.seen_iris, pixels.skin,
    )  # fmt: skip
    kept_arrays = tuple(np.asarray(a, np.float32) for a in arrays)
    return FaceRows(*kept_arrays, reference=pixels.reference)


def joined(parts: Sequence[FaceRows]) -> FaceRows:
    """Return the frames of all parts of one video, in order."""
    return FaceRows(
        np.concatenate([p.shape for p in parts]), np.concatenate([p.turn for p in parts]),
        np.concatenate([p.eyes_px for p in parts]), np.concatenate([p.iod_px for p in parts]),
        np.concatenate([p.scores for p in parts]), np.concatenate([p.seen_iris for p in parts]),
        np.concatenate([p.skin for p in parts]), parts[-1].reference,
    )  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Neutral:
    """A person's face at rest, as the tracker sees it."""

    shape: _Array  # [N, 3] head-fixed, interocular distances
    scores: _Array  # [52]
    turn: _Array  # [3, 3] how the head is held
    middle_px: _Array  # [3] of the four corners of the eyes
    iod_px: float
    seen_iris: _Array  # [2, 3]
    skin: _Array  # [2, P, 2] against the reference
    reference: Reference | None


def eye_middle_px(eyes_px: NDArray[np.floating]) -> _Array:
    """Return the middle of the four corners of the eyes, [T, M, 3] (FaceRows.eyes_px) -> [T, 3]."""
    return np.asarray(eyes_px, np.float64)[:, _CORNERS].mean(1)


def held_still(shape: NDArray[np.floating], neutral: Neutral) -> _Array:
    """Return shapes [T, N, 3] moved onto the neutral face by what expressions hardly move."""
    p = np.asarray(shape, np.float64)
    turn, scale = _onto(p[:, kept().rigid], neutral.shape[kept().rigid])
    center, goal = p[:, kept().rigid].mean(1, keepdims=True), neutral.shape[kept().rigid].mean(0)
    return scale[:, None, None] * ((p - center) @ turn) + goal


def sizes_of(rows: FaceRows, neutral: Neutral) -> _Array:
    """Return how large faces are in the picture over the neutral one, [T].

    By what expressions hardly move, without the corners of the eyes: as tracked they go apart when
    the lids close, and the interocular distance with them.
    """
    still = [i for i in kept().rigid if i not in kept().at(_CANTHI)]
    _, scale = _onto(rows.shape[:, still].astype(np.float64), neutral.shape[still])
    return rows.iod_px / neutral.iod_px / scale


def _onto(points: _Array, goal: _Array) -> tuple[_Array, _Array]:
    """Return the turns [T, 3, 3] and scales [T] that bring points [T, N, 3] onto `goal` [N, 3]."""
    a, b = points - points.mean(1, keepdims=True), goal - goal.mean(0)
    u, s, vt = np.linalg.svd(np.einsum("tni,nj->tij", a, b))
    sign = np.ones((len(points), 3))
    sign[:, 2] = np.sign(np.linalg.det(u @ vt))
    turn = np.einsum("tij,tj,tjk->tik", u, sign, vt)
    return turn, (s * sign).sum(1) / (a**2).sum((1, 2))


def features(rows: FaceRows, neutral: Neutral, *, mirrored: bool = False) -> NDArray[np.float32]:
    """Return the features of frames that have a face, [T, F], about one each where it moves.

    With `mirrored` they are those of the mirror image, so that one network serves both sides.
    They are few and chosen: all landmarks at once tell people apart better than expressions.
    """
    shape, rest = held_still(rows.shape, neutral), neutral.shape
    scores, calm = rows.scores.astype(np.float64), neutral.scores
    seen, usual = rows.seen_iris.astype(np.float64), neutral.seen_iris
    skin = rows.skin.astype(np.float64) - neutral.skin
    angles = angles_deg(neutral.turn.T @ rows.turn.astype(np.float64))
    if mirrored:
        shape, rest = shape[:, kept().mirror] * _FLIP, rest[kept().mirror] * _FLIP
        scores, calm = scores[:, _score_mirror()], calm[_score_mirror()]
        seen, usual = seen[:, ::-1] * _FLIP, usual[::-1] * _FLIP
        skin = skin[:, ::-1] * _FLIP[:2]
        angles = angles * np.array([-1, 1, -1])
    moved = _Moved(shape, rest)
    columns = [*_side(moved, seen[:, 0] - usual[0], 0), *_side(moved, seen[:, 1] - usual[1], 1)]
    columns += [moved.up(points) for points in _MOUTH_AND_NOSE]
    columns += [seen[:, 0, 2], seen[:, 1, 2], *(angles / _PER_DEG).T]
    # The first score is that of no expression, which is always 0.
    columns += [*(_PER_SCORE * (scores - calm)[:, 1:]).T]
    columns += [*(_PER_IOD * skin).reshape(len(skin), -1).T]
    return np.column_stack(columns).astype(np.float32)


@dataclass(frozen=True, slots=True)
class _Moved:
    """Faces held still [T, N, 3] against the neutral one [N, 3]."""

    shape: _Array
    rest: _Array

    def up(self, points: Sequence[int] | NDArray[np.intp]) -> _Array:
        """Return how far points have moved up, [T]."""
        at = kept().at(points)
        return -_PER_IOD * (self.shape[:, at, 1] - self.rest[at, 1]).mean(1)

    def left(self, points: Sequence[int] | NDArray[np.intp]) -> _Array:
        """Return how far points have moved to the subject's left, [T]."""
        at = kept().at(points)
        return _PER_IOD * (self.shape[:, at, 0] - self.rest[at, 0]).mean(1)


def _side(moved: _Moved, seen: _Array, side: int) -> list[_Array]:
    """Return the features of one side's brow, eye, cheek and mouth corner, [T] each."""
    brow = list(zip(lm.BROW_UPPER[side], lm.BROW_LOWER[side], strict=True))
    out = [moved.up(pair) for pair in brow] + [moved.left(brow[0]), moved.left(brow[2])]
    lids = [lids[side][_MIDDLE] for lids in (lm.UPPER_LID, lm.LOWER_LID)]
    rings = [ring[_MIDDLE] for around in (lm.EYE_RING_UPPER, lm.EYE_RING_LOWER)
             for ring in around[side]]  # fmt: skip
    out += [moved.up(points) for points in (*lids, *rings)]
    upper, lower = (kept().at(points) for points in lids)
    share = _gap(moved.shape, upper, lower) / _gap(moved.rest, upper, lower)
    out += [_PER_RATIO * share, _PER_RATIO * np.minimum(share, _WIDEST) ** 2]
    corners = kept().at([lm.OUTER_CANTHUS[side], lm.INNER_CANTHUS[side]])
    iris = kept().place[lm.IRIS_CENTER[side]]

    def offset(of: _Array) -> _Array:
        return of[..., iris, :2] - of[..., corners, :2].mean(-2)

    width = np.linalg.norm(moved.rest[corners[0], :2] - moved.rest[corners[1], :2])
    tracked = (offset(moved.shape) - offset(moved.rest)) / width
    out += [*(_PER_WIDTH * tracked.T), *(_PER_WIDTH * (tracked + seen[:, :2]).T)]
    corner = [lm.MOUTH_CORNER[side]]
    return [*out, moved.up(_CHEEK[side]), moved.left(corner), moved.up(corner)]


def _gap(of: _Array, upper: list[int], lower: list[int]) -> _Array:
    return np.linalg.norm(of[..., upper, :2] - of[..., lower, :2], axis=-1).mean(-1)
