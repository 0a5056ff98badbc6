"""What the landmarks, the picture's sides and the face's two halves say of person and background.

GrabCut labels, given to the cuts of ``matte.py``.
"""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from cogportrait.face import landmarks as lm
from cogportrait.renderers.warp.sampling import remap
from cogportrait.types import Frame

_THINNEST_HAIR: Final = 0.08  # face widths: what the mirrored half adds is wider
BESIDE_PX: Final = 6  # at the cut's size: how far around a piece its background is looked at
UNLIKE: Final = 45.0  # distance in 8-bit CIELAB from which hair surely differs from it
BORDER_PX: Final = 3  # at the cut's size: the strip at the picture's side
CROWN: Final = 0.17  # face heights above the forehead: hair
BORDER_FREE: Final = 1.1  # half face widths from the face's middle: nearer, hair is likely
BORDER_COLOR: Final = 24.0  # distance in 8-bit CIELAB from which something is not the crown's hair
BORDER_LAST: Final = 0.8  # half face widths above the chin: whose color is looked for below it
BORDER_ALIKE: Final = 16.0  # and up to which it is like what lies beside it at the border
_LEAST_ADDED: Final = 0.01  # of the person: less is not worth another cut
_ALIKE: Final = 26.0  # mean absolute difference of 255 up to which two colours look alike,
_ALIKE_ABOVE: Final = 34.0  # and above the nose, where it can hardly be anything but hair
_LEAST_SAMPLES: Final = 9


def ellipse(
    mask: NDArray[np.uint8], center: NDArray[np.float64], axes: tuple[float, float], value: int
) -> None:
    """Fill an upright ellipse of `mask` with a value."""
    cv2.ellipse(
        mask, (round(center[0]), round(center[1])), (round(axes[0]), round(axes[1])), 0, 0, 360,
        value, -1,
    )  # fmt: skip


def seed_mask(points: NDArray[np.float64], height: int, width: int) -> NDArray[np.uint8]:
    """Return GrabCut labels from landmarks [478, 2] in a picture of the given size."""
    oval = points[lm.FACE_OVAL]
    chin, top = points[lm.CHIN], points[lm.FOREHEAD_TOP]
    center = oval.mean(0)
    half = float(np.ptp(oval[:, 0])) / 2
    tall = float(np.linalg.norm(top - chin))
    mask = np.full((height, width), cv2.GC_PR_BGD, np.uint8)
    # Probably the person: hair around the head, shoulders below.
    ellipse(mask, center - [0, 0.15 * tall], (1.55 * half, 0.85 * tall), cv2.GC_PR_FGD)
    shoulder = np.array([
        [chin[0] - 1.0 * half, chin[1] - 0.1 * tall], [chin[0] + 1.0 * half, chin[1] - 0.1 * tall],
        [chin[0] + 2.6 * half, chin[1] + 0.8 * tall], [chin[0] + 2.9 * half, height + tall],
        [chin[0] - 2.9 * half, height + tall], [chin[0] - 2.6 * half, chin[1] + 0.8 * tall],
    ])  # fmt: skip
    cv2.fillPoly(mask, [shoulder.round().astype(np.int32)], int(cv2.GC_PR_FGD))
    # Surely background: the corners above the shoulders, far from the head.
    yy, xx = np.mgrid[:height, :width]
    far = np.hypot((xx - center[0]) / (2.3 * half), (yy - center[1]) / (1.25 * tall)) > 1
    mask[far & (yy < chin[1] - 0.1 * tall)] = cv2.GC_BGD
    # Surely the person: the face itself, the crown, the neck and the chest.
    cv2.fillConvexPoly(
        mask, cv2.convexHull(oval.astype(np.float32)).astype(np.int32), int(cv2.GC_FGD)
    )
    ellipse(mask, top, (0.70 * half, 0.20 * tall), cv2.GC_FGD)
    neck = np.array([
        [chin[0] - 0.5 * half, chin[1] - 0.1 * tall], [chin[0] + 0.5 * half, chin[1] - 0.1 * tall],
        [chin[0] + 0.9 * half, height + tall], [chin[0] - 0.9 * half, height + tall],
    ])  # fmt: skip
    cv2.fillPoly(mask, [neck.round().astype(np.int32)], int(cv2.GC_FGD))
    return mask


def border_seeds(mask: NDArray[np.uint8], image: Frame, points: NDArray[np.float64]) -> None:
    """Take out of `mask` what is background because it reaches the picture's side unlike hair.

    Water or a wall beside a face that looks over its shoulder is else as likely a shoulder as the
    shoulder: the cut's first guess of the person is full of it.
    """
    lab = cv2.cvtColor(image, cv2.COLOR_RGB2LAB).astype(np.float32)
    y, x = np.mgrid[: mask.shape[0], : mask.shape[1]]
    chin, half = points[lm.CHIN], float(np.ptp(points[lm.FACE_OVAL, 0])) / 2
    col, row = (points[lm.FOREHEAD_TOP] + CROWN * (points[lm.FOREHEAD_TOP] - chin)).astype(int)
    row, col = np.clip(row, 0, len(mask) - 1), np.clip(col, 0, mask.shape[1] - 1)
    crown = cv2.boxFilter(lab, -1, (7, 7))[row, col]
    off = x - float(points[lm.FACE_OVAL, 0].mean())
    free = (np.abs(off) > BORDER_FREE * half) & (y < chin[1]) & (mask != cv2.GC_FGD)
    free &= np.linalg.norm(lab - crown, axis=-1) > BORDER_COLOR
    wide = mask.shape[1]
    for strip in (slice(0, BORDER_PX), slice(wide - BORDER_PX, wide)):
        side = free & ((off < 0) == (strip.start == 0))
        like = np.linalg.norm(lab - lab[:, strip].mean(1, keepdims=True), axis=-1) < BORDER_ALIKE
        found = _touching(side & like, strip)
        last = found & (y > chin[1] - BORDER_LAST * half)
        if last.sum() >= _LEAST_SAMPLES:  # the same goes on below the chin
            on = np.linalg.norm(lab - lab[last].mean(0), axis=-1) < BORDER_ALIKE
            on &= (np.abs(off) > BORDER_FREE * half) & ((off < 0) == (strip.start == 0))
            found |= _touching(found | (on & (mask != cv2.GC_FGD) & (y >= chin[1])), strip)
        mask[found] = cv2.GC_PR_BGD
        edge = np.zeros_like(side)
        edge[:, strip] = side[:, strip]
        mask[edge] = cv2.GC_BGD


def _touching(mask: NDArray[np.bool_], strip: slice) -> NDArray[np.bool_]:
    """Return the pieces of `mask` [h, w] that reach some columns."""
    _, label = cv2.connectedComponents(mask.astype(np.uint8))
    found = np.unique(label[:, strip])
    return np.isin(label, found[found > 0])


def side_seeds(
    mask: NDArray[np.uint8], halves: NDArray[np.uint8], image: Frame, points: NDArray[np.float64]
) -> bool:
    """Add to `mask` hair that is found where only one side of the picture is looked at.

    Dark hair before a background that is dark on one side and bright on the other is background
    to a cut that knows one palette for both; `halves` are the labels of both sides, each cut by
    itself. Returns whether there was enough of it to cut again.
    """
    person, found = (np.isin(a, (cv2.GC_FGD, cv2.GC_PR_FGD)) for a in (mask, halves))
    y = np.arange(mask.shape[0])[:, None]
    add = found & ~person & (mask == cv2.GC_PR_BGD) & (y < points[lm.NOSE_TIP, 1])
    add &= _thick(add | person, points)
    add = _unlike_beside(add, person | add, image)
    mask[add] = cv2.GC_FGD
    return bool(add.sum() > _LEAST_ADDED * person.sum())


def _unlike_beside(
    pieces: NDArray[np.bool_], person: NDArray[np.bool_], image: Frame
) -> NDArray[np.bool_]:
    """Return the pieces that differ in color from the background right beside them, [h, w]."""
    lab = cv2.cvtColor(image, cv2.COLOR_RGB2LAB).astype(np.float32)
    count, label = cv2.connectedComponents(pieces.astype(np.uint8))
    kept = np.zeros_like(pieces)
    ring = np.ones((2 * BESIDE_PX + 1,) * 2, np.uint8)
    for i in range(1, count):
        piece = label == i
        beside = (cv2.dilate(piece.astype(np.uint8), ring) > 0) & ~person
        if beside.sum() >= _LEAST_SAMPLES:
            apart = lab[piece].mean(0) - lab[beside].mean(0)
            if np.linalg.norm(apart) > UNLIKE:
                kept |= piece
    return kept


def _thick(mask: NDArray[np.bool_], points: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return `mask` without what is thinner than hair is: a railing or a branch, [h, w]."""
    size = max(3, round(_THINNEST_HAIR * float(np.ptp(points[lm.FACE_OVAL, 0]))) | 1)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    return np.asarray(cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_OPEN, kernel)) > 0


def mirror_seeds(mask: NDArray[np.uint8], image: Frame, points: NDArray[np.float64]) -> bool:
    """Add what looks like the person's other half: hair is much the same on both sides.

    A background pixel whose mirror image about the face's axis is person, of like colour, becomes
    person, unless what it adds is thin: a railing or a bridge behind the head is, hair is not.
    Returns whether there was enough of it to cut again.
    """
    h, w = mask.shape
    top, chin = points[lm.FOREHEAD_TOP], points[lm.CHIN]
    axis = (chin - top) / np.linalg.norm(chin - top)
    normal = np.array([axis[1], -axis[0]])
    yy, xx = np.mgrid[:h, :w].astype(np.float32)
    off = (xx - top[0]) * normal[0] + (yy - top[1]) * normal[1]
    mx, my = (
        (xx - 2 * off * normal[0]).astype(np.float32),
        (yy - 2 * off * normal[1]).astype(np.float32),
    )
    person = np.isin(mask, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.float32)
    other = remap(person, mx, my, border=cv2.BORDER_CONSTANT)
    color = remap(image, mx, my)
    above = yy < points[lm.NOSE_TIP, 1]
    most = np.where(above, _ALIKE_ABOVE, _ALIKE)
    alike = np.abs(color.astype(np.float32) - image).mean(-1) < most
    reach = np.abs(off) < 1.0 * np.ptp(points[lm.FACE_OVAL, 0])
    add = (other > 0.5) & alike & reach & (mask == cv2.GC_PR_BGD) & (yy < chin[1])
    add &= _thick(add | (person > 0), points)
    mask[add] = cv2.GC_FGD
    return bool(add.sum() > _LEAST_ADDED * person.sum())
