"""How skin, lids and irises move, read from the pixels.

The tracker's brows, lids and cheeks are drawn toward a mean face, and move too little and together.
Here they are followed by their own texture. One frame of the video is the reference. Every other
frame is drawn as if the head were held as there: each place of the reference's face, with the depth
that the landmarks around it have, is turned as the rigid landmarks turned, and the gray value there
is taken. What then still moves is expression, or gaze. It is read by dense inverse search optical
flow (Kroeger et al. 2016, doi:10.1007/978-3-319-46493-0_29, as in OpenCV), which compares patches
less their mean, so that light does not matter much, and averaged over the places of ``PATCHES`` and
over the smaller ones of ``FINE``. All frames are compared with the same reference: whatever face is
taken for the neutral one later, its motion is subtracted.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from cogportrait.face import landmarks as lm
from cogportrait.face.rig import rig_data
from cogportrait.types import Frame

PX_PER_IOD: Final = 80.0  # of the pictures that are compared: about a face of 200 px
_CROP: Final = (224, 176)  # width and height of what is kept of a frame
_CROP_EYES: Final = (112.0, 81.0)  # where the middle of the eyes lies in it
_WINDOW: Final = (176, 132)  # width and height of the part that is compared
_WINDOW_CORNER: Final = (24.0, 15.0)  # where that part begins in the reference's crop
_GRID_PX: Final = 8  # between places whose depth is known; in between it is linear
_DEPTH_PX: Final = 7.0  # standard deviation of the weights that landmarks around a place have
_PATCH_PX: Final = 13  # side of the squares over which motion is averaged, 0.16 interocular
_FINE_PX: Final = 5  # the same for what is small
SAME_TONE: Final = 4.0  # of 255: what expressions and noise make of a face's gray levels
_STRIDE_PX: Final = 6  # between patches of the optical flow, which are 8 px wide
# Places of the right side (image left): the mean of these landmarks. Left ones are their mirror.
PATCHES: Final[dict[str, tuple[int, ...]]] = {
    "brow_inner": (107, 55), "brow_second": (66, 65), "brow_middle": (105, 52),
    "brow_fourth": (63, 53), "brow_outer": (70, 46), "forehead_inner": (108,),
    "forehead_middle": (69, 104), "forehead_outer": (103, 68), "glabella": (9, 107, 55, 8),
    "fold_inner": (221, 56), "fold_middle": (222, 223, 28), "fold_outer": (224, 225, 29),
    "upper_lid": (27, 159, 28), "lower_lid_inner": (232, 22, 26), "lower_lid": (23, 230, 145),
    "lower_lid_outer": (24, 110, 229), "under_lid": (230, 229, 119), "cheek_inner": (121, 47, 100),
    "cheek_middle": (118, 101), "cheek_outer": (117, 50), "crow_foot": (226, 35, 31),
    "temple": (143, 156, 139), "nose_side": (198, 217, 126), "outer_corner": (33,),
    "inner_corner": (133,), "nose_wing": (129, 203),
}  # fmt: skip
FINE: Final[dict[str, tuple[int, ...]]] = {
    "iris": (468,), "upper_margin_outer": (161, 160), "upper_margin": (159,),
    "upper_margin_inner": (158, 157), "lower_margin_outer": (163, 144), "lower_margin": (145,),
    "lower_margin_inner": (153, 154),
}  # fmt: skip
PLACES: Final = (*PATCHES, *FINE)
_STILL: Final = [6, 197, 195, 122, 351, 196, 419]  # the bridge of the nose

_Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Crop:
    """A face upright, of one size, in gray: what is kept of a frame for some time."""

    gray: NDArray[np.uint8]  # [176, 224]
    to_crop: _Array  # [2, 3] map of the frame's pixels to the crop's
    points: _Array  # [478, 3] landmarks in the frame's pixels


@dataclass(frozen=True, slots=True, eq=False)
class Reference:
    """The frame that all others are compared with."""

    crop: Crop
    window: NDArray[np.uint8]  # [132, 176] the part that is compared
    surface: _Array  # [h, w, 3] the face below a grid over the window, in the frame's pixels
    places: NDArray[np.float32]  # [2, P, 2] ``PLACES`` in the window, px
    still: NDArray[np.float32]  # [N, 2] places of the nose's bridge in the window, px


def crop_of(frame: Frame, points: NDArray[np.floating]) -> Crop:
    """Return the upright gray picture of a face with landmarks [478, 3] in a frame."""
    p = np.asarray(points, np.float64)
    scale = PX_PER_IOD / max(float(lm.interocular_px(p)), 1e-6)
    ends = [p[[o, i], :2].mean(0) for o, i in zip(lm.OUTER_CANTHUS, lm.INNER_CANTHUS, strict=True)]
    along = ends[0] - ends[1]
    c, s = scale * along / max(float(np.hypot(*along)), 1e-6)
    turn = np.array([[c, s], [-s, c]])
    to_crop = np.column_stack([turn, _CROP_EYES - turn @ (ends[0] + ends[1]) / 2])
    part, corner = _part(frame, to_crop)
    if scale < 0.6:  # else the crop would skip pixels
        part = np.asarray(cv2.blur(part, (round(0.8 / scale),) * 2), np.uint8)
    from_part = np.column_stack([turn, to_crop[:, 2] + turn @ corner])
    gray = cv2.warpAffine(
        part, from_part, _CROP, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return Crop(np.asarray(gray, np.uint8), to_crop, p)


def _part(frame: Frame, to_crop: _Array) -> tuple[NDArray[np.uint8], _Array]:
    """Return the part of a frame that a crop shows, in gray, and where it begins."""
    height, width = frame.shape[:2]
    rim = np.array([[0, 0], [_CROP[0], 0], [0, _CROP[1]], _CROP], np.float64)
    seen = (rim - to_crop[:, 2]) @ np.linalg.inv(to_crop[:, :2]).T
    x0, y0 = np.clip(np.floor(seen.min(0)) - 2, 0, (width - 2, height - 2)).astype(int)
    x1, y1 = np.clip(np.ceil(seen.max(0)) + 2, (x0 + 2, y0 + 2), (width, height)).astype(int)
    part = cv2.cvtColor(np.ascontiguousarray(frame[y0:y1, x0:x1]), cv2.COLOR_RGB2GRAY)
    return np.asarray(part, np.uint8), np.array([x0, y0], np.float64)


@cache
def _landmarks_of_places() -> tuple[list[list[int]], list[list[int]]]:
    right = [list(points) for points in (*PATCHES.values(), *FINE.values())]
    return [[int(rig_data().mirror[i]) for i in points] for points in right], right


def reference_of(crop: Crop) -> Reference:
    """Return what is needed to compare other frames with this one."""
    corner = np.array(_WINDOW_CORNER)
    at = _mapped(crop.points[:, :2], crop.to_crop) - corner
    places = np.array([[at[i].mean(0) for i in side] for side in _landmarks_of_places()])
    x0, y0 = (int(v) for v in _WINDOW_CORNER)
    window = np.ascontiguousarray(crop.gray[y0 : y0 + _WINDOW[1], x0 : x0 + _WINDOW[0]])
    return Reference(
        crop, window, _surface(crop, at), places.astype(np.float32), at[_STILL].astype(np.float32)
    )


def _surface(crop: Crop, at: _Array) -> _Array:
    """Return the face below a grid, [h, w, 3], from landmarks at [478, 2] in the window."""
    xs, ys = (np.arange(0, size + _GRID_PX, _GRID_PX, dtype=np.float64) for size in _WINDOW)
    grid = np.stack(np.meshgrid(xs, ys), axis=-1)
    apart = ((grid[:, :, None] - at) ** 2).sum(-1)
    weights = np.exp((apart.min(-1, keepdims=True) - apart) / (2 * _DEPTH_PX**2))
    depth = weights @ crop.points[:, 2] / weights.sum(-1)
    back = np.linalg.inv(crop.to_crop[:, :2]).T
    flat = (grid + np.array(_WINDOW_CORNER) - crop.to_crop[:, 2]) @ back
    return np.concatenate([flat, depth[..., None]], axis=-1)


def skin_motion(reference: Reference, crops: Sequence[Crop | None]) -> NDArray[np.float32]:
    """Return how places of the face have moved since the reference.

    Returns
    -------
    array, shape [T, 2, P, 2]
        Side (left, right) by place, as in ``PLACES``: motion to the image's right and down with
        the head held as in the reference, in interocular distances, less that of the nose's
        bridge. NaN where there is no crop.
    """
    flow = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST)
    flow.setFinestScale(0)
    flow.setPatchStride(_STRIDE_PX)
    out = np.full((len(crops), 2, len(PLACES), 2), np.nan, np.float32)
    wide, fine = np.split(reference.places, [len(PATCHES)], axis=1)
    for i, crop in enumerate(crops):
        if crop is not None:
            moved = np.zeros((*reference.window.shape, 2), np.float32)
            flow.calc(reference.window, unturned(reference, crop), moved)
            soft, sharp = (
                np.asarray(cv2.blur(moved, (size, size)), np.float32)
                for size in (_PATCH_PX, _FINE_PX)
            )
            drift = _sampled(soft, reference.still).mean(0)
            seen = np.concatenate([_sampled(soft, wide), _sampled(sharp, fine)], axis=1)
            out[i] = (seen - drift) / PX_PER_IOD
    return out


def tone_of(reference: Reference, crops: Sequence[Crop | None]) -> tuple[float, float] | None:
    """Return what brings crops to the gray levels of a reference of another video.

    Flow compares patches less their mean, but not less their contrast: the same face in other light
    would seem to move. One gain and one offset a video, by the crop that is most like the
    reference.

    Returns
    -------
    pair of float or None
        Gain and offset; None if that changes less than ``SAME_TONE`` levels.
    """
    want = reference.window.astype(np.float64)
    best, tone = 0.0, (1.0, 0.0)
    for crop in crops:
        if crop is None:
            continue
        got = unturned(reference, crop).astype(np.float64)
        spread = float(got.std() * want.std())
        alike = float(((got - got.mean()) * (want - want.mean())).mean()) / max(spread, 1e-6)
        if alike > best:
            gain = float(want.std() / got.std())
            best, tone = alike, (gain, float(want.mean() - gain * got.mean()))
    change = max(abs(tone[0] * level + tone[1] - level) for level in (64, 192))
    return None if change < SAME_TONE else tone


def toned(crop: Crop, tone: tuple[float, float]) -> Crop:
    """Return a crop whose gray levels are times a gain, plus an offset."""
    gain, offset = tone
    gray = (crop.gray.astype(np.float32) * gain + offset).round().clip(0, 255).astype(np.uint8)
    return replace(crop, gray=gray)


def unturned(reference: Reference, crop: Crop) -> NDArray[np.uint8]:
    """Return a face drawn with the head held as in the reference, [132, 176]."""
    before, now = reference.crop.points[lm.RIGID], crop.points[lm.RIGID]
    a, b = before - before.mean(0), now - now.mean(0)
    u, s, vt = np.linalg.svd(a.T @ b)
    sign = np.array([1.0, 1.0, np.sign(np.linalg.det(u @ vt))])
    turn = ((s * sign).sum() / (a**2).sum()) * (u * sign) @ vt
    there = (reference.surface - before.mean(0)) @ turn + now.mean(0)
    coarse = _mapped(there[..., :2], crop.to_crop).astype(np.float32)
    shrink = np.array([[1 / _GRID_PX, 0, 0], [0, 1 / _GRID_PX, 0]])
    fine = cv2.warpAffine(
        coarse, shrink, _WINDOW, flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )  # fmt: skip
    x, y = np.ascontiguousarray(fine[..., 0]), np.ascontiguousarray(fine[..., 1])
    drawn = cv2.remap(crop.gray, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(drawn, np.uint8)


def _sampled(picture: NDArray[np.float32], places: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the values [..., C] of a picture [H, W, C] at places [..., 2], x and y in px."""
    flat = np.ascontiguousarray(places.reshape(1, -1, 2))
    found = cv2.remap(
        picture, flat[..., 0], flat[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(found, np.float32).reshape(*places.shape[:-1], picture.shape[2])


def _mapped(points: _Array, turn: _Array) -> _Array:
    return points @ turn[:, :2].T + turn[:, 2]
