"""Indices of the MediaPipe face mesh, named. "Left" is the subject's left (image right)."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

_Index = NDArray[np.intp]


def _ix(*values: int) -> _Index:
    return np.array(values, np.intp)


# Lid margins from the outer to the inner corner; both corners included.
UPPER_LID: Final[tuple[_Index, _Index]] = (
    _ix(263, 466, 388, 387, 386, 385, 384, 398, 362),
    _ix(33, 246, 161, 160, 159, 158, 157, 173, 133),
)
LOWER_LID: Final[tuple[_Index, _Index]] = (
    _ix(263, 249, 390, 373, 374, 380, 381, 382, 362),
    _ix(33, 7, 163, 144, 145, 153, 154, 155, 133),
)
# Rings around the eye: just outside the margin, the fold, and the bone.
EYE_RING_UPPER: Final[tuple[tuple[_Index, ...], tuple[_Index, ...]]] = (
    (
        _ix(359, 467, 260, 259, 257, 258, 286, 414, 463),
        _ix(446, 342, 445, 444, 443, 442, 441, 413, 464),
    ),
    (
        _ix(130, 247, 30, 29, 27, 28, 56, 190, 243),
        _ix(226, 113, 225, 224, 223, 222, 221, 189, 244),
    ),
)
EYE_RING_LOWER: Final[tuple[tuple[_Index, ...], tuple[_Index, ...]]] = (
    (
        _ix(359, 255, 339, 254, 253, 252, 256, 341, 463),
        _ix(446, 261, 448, 449, 450, 451, 452, 453, 464),
    ),
    (
        _ix(130, 25, 110, 24, 23, 22, 26, 112, 243),
        _ix(226, 31, 228, 229, 230, 231, 232, 233, 244),
    ),
)
OUTER_CANTHUS: Final = (263, 33)
INNER_CANTHUS: Final = (362, 133)
IRIS_CENTER: Final = (473, 468)
IRIS_RING: Final = (_ix(474, 475, 476, 477), _ix(469, 470, 471, 472))

# Brows from the inner end outward.
BROW_UPPER: Final = (_ix(336, 296, 334, 293, 300), _ix(107, 66, 105, 63, 70))
BROW_LOWER: Final = (_ix(285, 295, 282, 283, 276), _ix(55, 65, 52, 53, 46))

# Lid contours, irises and brows: what is compared of eyes (docs/metrics.md), in ascending order.
EYE_REGION: Final = np.unique(
    np.concatenate([*UPPER_LID, *LOWER_LID, *BROW_UPPER, *BROW_LOWER, _ix(*IRIS_CENTER)])
)

# Lips from the subject's right corner to the left one (image left to right), corners included.
LIP_UPPER_OUTER: Final = _ix(61, 185, 40, 39, 37, 0, 267, 269, 270, 409, 291)
LIP_UPPER_INNER: Final = _ix(78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308)
LIP_LOWER_INNER: Final = _ix(78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308)
LIP_LOWER_OUTER: Final = _ix(61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291)
# The red of each lip from its inner edge to its outer one, the same way: inner edge, two rings
# between, outer edge.
LIP_UPPER: Final[tuple[_Index, ...]] = (
    LIP_UPPER_INNER,
    _ix(62, 183, 42, 41, 38, 12, 268, 271, 272, 407, 292),
    _ix(76, 184, 74, 73, 72, 11, 302, 303, 304, 408, 306),
    LIP_UPPER_OUTER,
)
LIP_LOWER: Final[tuple[_Index, ...]] = (
    LIP_LOWER_INNER,
    _ix(62, 96, 89, 179, 86, 15, 316, 403, 319, 325, 292),
    _ix(76, 77, 90, 180, 85, 16, 315, 404, 320, 307, 306),
    LIP_LOWER_OUTER,
)
MOUTH_CORNER: Final = (291, 61)

N_FACE: Final = 468  # points of the face; the others are the irises
CHIN: Final = 152
NOSE_TIP: Final = 1
NOSE_BASE: Final = 2
FOREHEAD_TOP: Final = 10
FACE_OVAL: Final = _ix(
    10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377,
    152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
)  # fmt: skip
# Points that expressions hardly move: they tell head motion from facial motion.
RIGID: Final = _ix(
    6, 168, 197, 195, 5, 4, 1, 19, 94, 2, 122, 351, 196, 419, 3, 248,
    33, 263, 133, 362, 127, 356, 234, 454, 93, 323, 132, 361, 10, 338, 109,
)  # fmt: skip


def eye_width_px(points: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return the distance between the corners of each eye (left, right), [..., 478, >=2] -> [..., 2]."""  # noqa: E501
    p = np.asarray(points, np.float64)
    out = [
        np.linalg.norm(p[..., o, :2] - p[..., i, :2], axis=-1)
        for o, i in zip(OUTER_CANTHUS, INNER_CANTHUS, strict=True)
    ]
    return np.stack(out, -1)


def aperture_ratio(points: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return lid distance / eye width of each eye (left, right), [..., 478, >=2] -> [..., 2].

    The lid distance is the mean over the five middle pairs of margin points.
    """
    p = np.asarray(points, np.float64)
    out = [
        np.linalg.norm(p[..., u[2:7], :2] - p[..., w[2:7], :2], axis=-1).mean(-1)
        for u, w in zip(UPPER_LID, LOWER_LID, strict=True)
    ]
    return np.stack(out, -1) / eye_width_px(p)


def interocular_px(points: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return the interocular distance: between the midpoints of the two eyes, in 3-D pixels.

    The unit of head translation. Our definition: midpoints of the corners, not iris centres, so
    that gaze does not change it.
    """
    p = np.asarray(points, np.float64)
    mid = [
        (p[..., o, :] + p[..., i, :]) / 2 for o, i in zip(OUTER_CANTHUS, INNER_CANTHUS, strict=True)
    ]
    return np.linalg.norm(mid[0] - mid[1], axis=-1)
