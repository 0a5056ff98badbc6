"""Pixels to controls: the inverse of the rig.

A face is tracked frame by frame without filtering over time, its irises and the motion of the skin
around the eyes are looked for in the pixels, and a small network reads action units and gaze from
how all that differs from the person's neutral face. Head angles and translation are those of the
tracker's head matrix. Channels, units and signs are the ones that controls are commanded in, so
measuring a rendered sequence gives back what was rendered. How well is in ``docs/measure.md``.
"""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cogportrait.errors import FaceError
from cogportrait.face import landmarks as lm
from cogportrait.face.detector import Face
from cogportrait.face.features import (
    FaceRows,
    Neutral,
    Pixels,
    eye_middle_px,
    features,
    joined,
    kept,
    rows_of,
    sizes_of,
)
from cogportrait.face.follower import open_follower
from cogportrait.face.inverse import HELD_HEAD_DEG, Inverse, inverse, read_controls_of
from cogportrait.face.iris import find_iris, iris_radius
from cogportrait.face.landmarker import pack_track
from cogportrait.face.neutral import against, calm_frames, estimate_neutral
from cogportrait.face.pose import angles_deg
from cogportrait.face.rig import CAMERA_DISTANCE_IOD, EARS, PIVOT_IOD
from cogportrait.face.skin import (
    PLACES,
    Crop,
    Reference,
    crop_of,
    reference_of,
    skin_motion,
    tone_of,
    toned,
)
from cogportrait.facs.channels import AU_INDEX, SIDES, au_channel
from cogportrait.types import ControlSequence, FloatArray, Frame

SHUT: Final = 0.6  # closure from which an iris is not seen
# What controls may hold; beyond it the tracker has slipped.
GAZE_DEG: Final = 55.0
HEAD_DEG: Final = 89.0
SHIFT_IOD: Final = 1.99
RADIUS_MEMORY: Final = 0.95  # per frame: a lid changes the iris's seen size for some frames
BATCH: Final = 32  # frames that are reduced together; the calmest of the first is the reference

_Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Measurement:
    """Controls measured from a video."""

    controls: ControlSequence  # frames without a face are bridged from their neighbours
    found: NDArray[np.bool_]  # [T] whether there was a face
    neutral: Neutral  # the face that all is measured against


@dataclass(frozen=True, slots=True, eq=False)
class _Look:
    """What is seen in the pixels of one frame."""

    iris: NDArray[np.float32]  # [2, 3] iris in the pixels minus the tracker's, and its score
    crop: Crop


def _look(frame: Frame, points: NDArray[np.float32], radius: list[float | None]) -> _Look:
    return _Look(_seen_iris(frame, points, radius), crop_of(frame, points))


class _Tone:
    """Brings crops to the gray levels of another video's reference, all by what its first need."""

    def __init__(self) -> None:
        self._known = False
        self._tone: tuple[float, float] | None = None

    def matched(self, reference: Reference, crops: list[Crop | None]) -> list[Crop | None]:
        if not self._known and any(crop is not None for crop in crops):
            self._tone, self._known = tone_of(reference, crops), True
        tone = self._tone
        if tone is None:
            return crops
        return [None if crop is None else toned(crop, tone) for crop in crops]


def face_rows(
    frames: Iterable[Frame],
    fps: float,
    *,
    face: int | None = None,
    watch: Callable[[Frame, FloatArray | None], None] | None = None,
    reference: Reference | None = None,
) -> FaceRows:
    """Follow one face through a video and keep what measuring needs, some 3 kB a frame.

    Parameters
    ----------
    frames : iterable of arrays, shape [H, W, 3]
        sRGB, read once and not kept.
    fps : float
        Frame rate.
    face : int or None
        Which face of each frame, counted from 1 = the largest.
    watch : callable or None
        Called with each frame and its landmarks [478, 3] px, None where there is no face.
    reference : Reference or None
        The frame of the same person that the motion of skin is measured against, from another
        reading in pixels of this size; None takes the calmest of the first frames. Two clips that
        are compared need the same one: another reference reads a little differently.
    """
    parts: list[Future[FaceRows]] = []
    seen: list[Face | None] = []
    looks: list[Future[_Look] | None] = []
    radius: list[float | None] = [None, None]
    tone = None if reference is None else _Tone()
    with (
        open_follower(fps, face or 1, smooth=False) as follower,
        ThreadPoolExecutor(1) as beside,
        ThreadPoolExecutor(1) as after,
    ):

        def reduce() -> None:
            first = parts[-1].result().reference if parts else reference
            parts.append(after.submit(_reduced, seen.copy(), looks.copy(), fps, first, tone))
            seen.clear()
            looks.clear()

        for frame in _read_ahead(frames):
            one = follower.follow(frame)
            seen.append(one)
            if watch is not None:
                watch(frame, None if one is None else one[0])
            looks.append(None if one is None else beside.submit(_look, frame, one[0], radius))
            if len(seen) == BATCH:
                reduce()
        if seen or not parts:
            if not seen:
                raise FaceError("measuring: expected at least one frame, got none")
            reduce()
    return joined([part.result() for part in parts])


def _reduced(
    seen: list[Face | None],
    looks: list[Future[_Look] | None],
    fps: float,
    reference: Reference | None,
    tone: "_Tone | None" = None,
) -> FaceRows:
    """Return what is kept of some frames; without a reference the calmest of them is taken."""
    found = [None if look is None else look.result() for look in looks]
    blank = np.full((2, 3), np.nan, np.float32)
    irises = np.stack([blank if one is None else one.iris for one in found])
    crops = [None if one is None else one.crop for one in found]
    nothing = np.full((len(seen), 2, len(PLACES), 2), np.nan, np.float32)
    track = pack_track(seen, fps, (0, 0))
    if reference is None and track.found.any():
        calm = crops[int(calm_frames(rows_of(track, Pixels(irises, nothing, None)))[0])]
        reference = None if calm is None else reference_of(calm)
    elif reference is not None and tone is not None:
        crops = tone.matched(reference, crops)
    skin = nothing if reference is None else skin_motion(reference, crops)
    return rows_of(track, Pixels(irises, skin, reference))


def _read_ahead(frames: Iterable[Frame]) -> Iterator[Frame]:
    """Yield frames, each read while the one before is worked on."""
    source = iter(frames)
    with ThreadPoolExecutor(1) as reader:
        following = reader.submit(next, source, None)
        while (frame := following.result()) is not None:
            following = reader.submit(next, source, None)
            yield frame


def _seen_iris(
    frame: Frame, points: NDArray[np.float32], radius: list[float | None]
) -> NDArray[np.float32]:
    """Return iris in the pixels minus the tracker's, and its score, [2, 3]; `radius` goes along."""
    out = np.zeros((2, 3), np.float32)
    for side in (0, 1):
        now, before = iris_radius(points, side), radius[side]
        kept = now if before is None else RADIUS_MEMORY * before + (1 - RADIUS_MEMORY) * now
        radius[side] = kept
        found = find_iris(frame, points, side, kept)
        out[side, :2] = found[:2] - _tracked_iris(points, side)
        out[side, 2] = found[2]
    return out


def _tracked_iris(points: NDArray[np.floating], side: int) -> _Array:
    """Return the tracker's iris from the middle of the corners, right and down, eye widths, [2]."""
    p = np.asarray(points, np.float64)[:, :2]
    outer, inner = p[lm.OUTER_CANTHUS[side]], p[lm.INNER_CANTHUS[side]]
    a, b = (inner, outer) if side == 0 else (outer, inner)
    width = max(float(np.hypot(*(b - a))), 1e-6)
    along = (b - a) / width
    off = (p[lm.IRIS_CENTER[side]] - (a + b) / 2) / width
    return np.array([off @ along, off @ np.array([-along[1], along[0]])])


def measure(
    rows: FaceRows, fps: float, *, neutral: Neutral | None = None, net: Inverse | None = None
) -> Measurement:
    """Return the controls of a face.

    Parameters
    ----------
    rows : FaceRows
        T frames, from :func:`face_rows`.
    fps : float
        Frame rate.
    neutral : Neutral or None
        The person at rest; None estimates it from these frames.
    net : Inverse or None
        Another network than the shipped one.

    Raises
    ------
    FaceError
        No frame has a face.
    """
    found, known = rows.found, neutral is not None
    if not found.any():
        raise FaceError("measuring: expected a face in at least one frame, got none")
    neutral = estimate_neutral(rows) if neutral is None else against(neutral, rows)
    seen = rows[found]
    sides = features(seen, neutral), features(seen, neutral, mirrored=True)
    head = angles_deg(neutral.turn.T @ seen.turn.astype(np.float64))
    ahead = None if known else np.abs(head).max(1) < HELD_HEAD_DEG
    aus, gaze = read_controls_of(*sides, net or inverse(), ahead=ahead)
    _bridge_shut(gaze, aus)
    moved = _translation(seen, neutral)
    parts = [
        aus, gaze.reshape(-1, 4).clip(-GAZE_DEG, GAZE_DEG), head.clip(-HEAD_DEG, HEAD_DEG),
        moved.clip(-SHIFT_IOD, SHIFT_IOD),
    ]  # fmt: skip
    values = np.concatenate([np.asarray(part, np.float64) for part in parts], axis=1)
    controls = ControlSequence.from_matrix(_bridged(values, found).astype(np.float32), fps)
    return Measurement(controls, found, neutral)


def _translation(seen: FaceRows, neutral: Neutral) -> _Array:
    """Return head_x, head_y, head_z of frames that have a face, [T, 3] interocular distances.

    What brings the eyes to where they are seen once the head is turned about its pivot: the pivot
    itself lies where nothing is seen, and seen in each frame anew it would jump with its noise.
    """
    size = sizes_of(seen, neutral)
    ears = neutral.shape[kept().at(EARS)].mean(0)
    arm = neutral.iod_px * neutral.turn @ (ears + PIVOT_IOD)  # from between the eyes to the pivot
    turn = seen.turn.astype(np.float64) @ neutral.turn.T
    shift = eye_middle_px(seen.eyes_px) - neutral.middle_px - arm + size[:, None] * (turn @ arm)
    x, y, _ = shift.T / neutral.iod_px
    return np.column_stack([x, -y, CAMERA_DISTANCE_IOD * (1 - 1 / size)])


def _bridge_shut(gaze: _Array, aus: _Array) -> None:
    """Hold gaze [T, 2, 2] through closed lids [T, K] on a line between before and after."""
    for side in (0, 1):
        shut = aus[:, AU_INDEX[au_channel(43, SIDES[side])]] > SHUT
        if shut.any() and not shut.all():
            at = np.arange(len(shut))
            for axis in (0, 1):
                gaze[shut, side, axis] = np.interp(at[shut], at[~shut], gaze[~shut, side, axis])


def _bridged(values: _Array, found: NDArray[np.bool_]) -> _Array:
    """Return `values` of the found frames at all frames, on lines over those without a face."""
    if found.all():
        return values
    at = np.arange(len(found))
    return np.stack([np.interp(at, at[found], column) for column in values.T], axis=1)
