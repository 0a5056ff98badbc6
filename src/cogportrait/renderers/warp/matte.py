"""Person and background: an alpha matte, and the background filled in behind the head.

The matte starts from what the landmarks say (face, hair above it, neck and shoulders below),
is grown to the picture's edges by GrabCut (Rother, Kolmogorov & Blake 2004) and softened along
the picture's own contours by a guided filter (He, Sun & Tang 2010).
"""

from concurrent.futures import ThreadPoolExecutor
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from cogportrait.face import landmarks as lm
from cogportrait.renderers.warp.matte_seeds import (
    border_seeds,
    ellipse,
    mirror_seeds,
    seed_mask,
    side_seeds,
)
from cogportrait.renderers.warp.sampling import Floats
from cogportrait.types import Frame, Portrait

_WORK_PX: Final = 224  # longest side at which GrabCut runs
_GRABCUT_ROUNDS: Final = 3
CLEAR: Final = 0.02  # opacity below which a pixel is background
LEAST_SHOULDERS: Final = 0.5  # share of likely shoulders below which the matte has lost them
_PREAURICULAR: Final = (454, 234)  # left, right
# Where an ear may be, from the preauricular landmark: in half face widths and face heights.
EAR_OUT: Final = 0.18
EAR_DOWN: Final = 0.07
EAR_WIDE: Final = 0.38
EAR_TALL: Final = 0.26
EAR_COLOR: Final = 24.0  # distance in 8-bit CIELAB, lightness at 0.35, up to which it is skin
EAR_SHARE: Final = 0.85
EAR_WITHIN: Final = 0.75  # interocular distances from the preauricular landmark
ROOT_PX: Final = 3  # at the cut's size: so far around a thin piece lies its root
# Oval landmarks from the corner of the forehead down the temple to the ear, subject's left, right.
_TEMPLES: Final = ((332, 284, 251, 389, 356, 454), (103, 54, 21, 162, 127, 234))
TEMPLE_ABOVE: Final = 0.25  # face heights above the first, up to where hair is looked for
TEMPLE_MOST: Final = 0.30  # half face widths that hair beside the temple is wide, at most
TEMPLE_EAR: Final = 0.12  # half face widths of hair in front of the ear
TEMPLE_COLOR: Final = 65.0  # distance in 8-bit CIELAB up to which it may be the same hair
_LEAST_HAIR_PX: Final = 3
LOCK_COLOR: Final = 22.0  # distance in 8-bit CIELAB up to which a thin piece is like its root
_LEAST_SAMPLES: Final = 9

Mask = NDArray[np.uint8]


def person_matte(portrait: Portrait) -> tuple[Floats, Floats]:
    """Return the opacity of the person, and where it is surely no less, [H, W] 0..1 each."""
    image = portrait.image
    height, width = image.shape[:2]
    k = min(1.0, _WORK_PX / max(height, width))
    small = cv2.resize(image, (round(width * k), round(height * k)), interpolation=cv2.INTER_AREA)
    points = portrait.landmarks_px[:, :2].astype(np.float64) * k
    mask = seed_mask(points, *small.shape[:2])
    if not ((mask == cv2.GC_BGD) | (mask == cv2.GC_PR_BGD)).any():
        everywhere = np.ones((height, width), np.float32)
        return everywhere, everywhere
    smooth = np.asarray(cv2.bilateralFilter(small, 7, 30, 5), np.uint8)
    border_seeds(mask, smooth, points)
    mask, halves = _cuts(smooth, mask, points)
    grown = side_seeds(mask, halves, smooth, points)
    if mirror_seeds(mask, smooth, points) or grown:
        mask = _cut(smooth, mask)
    person = np.isin(mask, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.uint8)
    whole = _one_piece(person, points)
    person = whole | _locks(smooth, person, whole)
    person |= _ears(smooth, points, person)
    solid = temples(smooth, points, person)
    person |= solid
    radius = max(2, round(_WORK_PX / 80))
    soft = cv2.ximgproc.guidedFilter(small, person.astype(np.float32), radius, 60.0)
    alpha = cv2.resize(np.clip(soft, 0, 1), (width, height), interpolation=cv2.INTER_CUBIC)
    sure = cv2.resize(solid.astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR)
    # A generous matte: a fringe that moves along is less visible than hair that stays behind.
    alpha = np.maximum(np.clip((alpha - 0.08) / 0.72, 0, 1), sure)
    return alpha.astype(np.float32), np.asarray(sure, np.float32)


def hold_shoulders(portrait: Portrait, alpha: Floats) -> Floats:
    """Return the opacity [H, W] with all that lies below the jaw, where clothes were not found.

    Clothes of the background's color look like background to the cut; half of them would come
    loose from the other half. What is background there is carried along a little instead.
    """
    height, width = alpha.shape
    k = min(1.0, _WORK_PX / max(height, width))
    small = cv2.resize(alpha, (round(width * k), round(height * k)), interpolation=cv2.INTER_AREA)
    points = portrait.landmarks_px[:, :2].astype(np.float64) * k
    if _shoulders_found(small > 0.5, points) >= LEAST_SHOULDERS:
        return alpha
    return np.maximum(alpha, _below_jaw(portrait))


def _shoulders_found(person: NDArray[np.bool_], points: NDArray[np.float64]) -> float:
    """Return the share of where shoulders are likely that is person, on the worse side."""
    height, width = person.shape
    likely = seed_mask(points, height, width) == cv2.GC_PR_FGD
    y, x = np.mgrid[:height, :width]
    chin = points[lm.CHIN]
    tall = float(np.linalg.norm(points[lm.FOREHEAD_TOP] - chin))
    likely &= (y > chin[1] + 0.15 * tall) & (y < chin[1] + 0.8 * tall)
    shares = [
        float(person[side & likely].mean()) for side in (x < chin[0], x > chin[0])
        if (side & likely).any()
    ]  # fmt: skip
    return min(shares, default=1.0)


def _below_jaw(portrait: Portrait) -> Floats:
    """Return 1 from a little above the chin down, fading to 0 over a tenth of the face, [H, 1]."""
    p = portrait.landmarks_px.astype(np.float64)
    tall = float(np.linalg.norm(p[lm.FOREHEAD_TOP, :2] - p[lm.CHIN, :2]))
    y = np.arange(portrait.image.shape[0])[:, None]
    return np.clip((y - p[lm.CHIN, 1] + 0.28 * tall) / (0.10 * tall), 0, 1).astype(np.float32)


def _cut(image: Frame, labels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return labels [h, w] as GrabCut makes them; as given where they hold no background or all."""
    background = np.isin(labels, (cv2.GC_BGD, cv2.GC_PR_BGD))
    if not background.any() or background.all():
        return labels
    cv2.setRNGSeed(0)  # its color clusters start at random, each thread with its own numbers
    out, models = labels.copy(), (np.zeros((1, 65)), np.zeros((1, 65)))
    cv2.grabCut(image, out, (0, 0, 1, 1), *models, _GRABCUT_ROUNDS, cv2.GC_INIT_WITH_MASK)
    return out


def _cuts(
    image: Frame, seeds: NDArray[np.uint8], points: NDArray[np.float64]
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Return the labels of the whole picture, and those of both sides, each cut by itself."""
    middle = int(np.clip(round(float(points[lm.FACE_OVAL, 0].mean())), 0, seeds.shape[1]))
    sides = slice(None), slice(0, middle), slice(middle, None)
    images, labels = ([np.ascontiguousarray(a[:, s]) for s in sides] for a in (image, seeds))
    with ThreadPoolExecutor() as pool:
        whole, *halves = pool.map(_cut, images, labels)
    return whole, np.hstack(halves)


def _one_piece(person: NDArray[np.uint8], points: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Keep the piece that holds the face, close its holes, smooth its outline."""
    # Bars and branches behind the head are thinner than a ninth of the face.
    size = max(5, round(0.11 * float(np.ptp(points[lm.FACE_OVAL, 0]))) | 1)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (5, 5))
    closed = cv2.morphologyEx(person, cv2.MORPH_CLOSE, kernel)
    wide = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    opened = np.asarray(cv2.morphologyEx(closed, cv2.MORPH_OPEN, wide), np.uint8)
    count, labels = cv2.connectedComponents(opened)
    nose = points[lm.NOSE_TIP].round().astype(int)
    h, w = person.shape
    at = labels[int(np.clip(nose[1], 0, h - 1)), int(np.clip(nose[0], 0, w - 1))]
    piece = (labels == at).astype(np.uint8) if count > 1 and at > 0 else opened
    holes, hole_labels = cv2.connectedComponents(1 - piece)
    for i in range(1, holes):
        hole = hole_labels == i
        rows, cols = np.flatnonzero(hole.any(1)), np.flatnonzero(hole.any(0))
        if rows[0] > 0 and rows[-1] < h - 1 and cols[0] > 0 and cols[-1] < w - 1:
            piece[hole] = 1
    return piece


def _locks(image: Frame, cut: Mask, whole: Mask) -> Mask:
    """Return 1 on thin pieces that the cut found and that are hair beside the `whole`, [h, w].

    A lock of hair has the color of the person right where it leaves the head.
    """
    lab = cv2.cvtColor(image, cv2.COLOR_RGB2LAB).astype(np.float32)
    count, label, stats, _ = cv2.connectedComponentsWithStats((cut & (1 - whole)).astype(np.uint8))
    locks = np.zeros_like(whole)
    for i in range(1, count):
        piece = label == i
        if stats[i, cv2.CC_STAT_AREA] < _LEAST_SAMPLES:
            continue
        around = cv2.dilate(piece.astype(np.uint8), np.ones((2 * ROOT_PX + 1,) * 2, np.uint8))
        root = np.asarray(around, np.uint8) & whole
        if root.sum() < _LEAST_SAMPLES:
            continue
        off = np.linalg.norm(np.median(lab[piece], axis=0) - np.median(lab[root > 0], axis=0))
        if off < LOCK_COLOR:
            locks[piece] = 1
    return locks


def temples(image: Frame, points: NDArray[np.float64], person: Mask) -> Mask:
    """Return 1 beside the temples, [h, w], where hair goes on from the hair above to the ear.

    Short hair there is thin, and before a background of its color it is background to any cut: a
    turning head would leave it behind. It lies between the face and a line from the outline of the
    hair above down to the ear, and is not quite unlike that hair.
    """
    lab = cv2.cvtColor(image, cv2.COLOR_RGB2LAB).astype(np.float32)
    up = points[lm.FOREHEAD_TOP] - points[lm.CHIN]
    right = np.array([-up[1], up[0]]) / np.linalg.norm(up)  # of the picture, for an upright head
    half = float(np.ptp(points[lm.FACE_OVAL] @ right)) / 2
    out = np.zeros_like(person)
    for line, outward in zip(_TEMPLES, (right, -right), strict=True):
        above, *edge = points[list(line)]
        best = (0.0, np.zeros(3))  # how wide the hair is, and its color
        for height in np.linspace(0, TEMPLE_ABOVE, 7):
            start = above + height * up
            places = start + np.arange(0.0, half)[:, None] * outward
            x, y = places.round().astype(int).T
            inside = (x >= 0) & (y >= 0) & (x < person.shape[1]) & (y < person.shape[0])
            x, y = x[inside], y[inside]
            hair = int(np.argmin(np.append(person[y, x] > 0, False)))
            wide = min(float((start + hair * outward - edge[0]) @ outward), TEMPLE_MOST * half)
            if hair >= _LEAST_HAIR_PX and wide > best[0]:
                best = wide, np.median(lab[y[hair // 2 : hair], x[hair // 2 : hair]], axis=0)
        wide, color = best
        if wide <= 0:
            continue
        width = np.linspace(wide, min(wide, TEMPLE_EAR * half), len(edge))[:, None]
        shape = np.concatenate([edge, (edge + width * outward)[::-1]])
        beside = np.zeros_like(person)
        cv2.fillPoly(beside, [shape.round().astype(np.int32)], 1)
        out |= beside & (np.linalg.norm(lab - color, axis=-1) < TEMPLE_COLOR).astype(np.uint8)
    return out


def _ears(image: Frame, points: NDArray[np.float64], person: NDArray[np.uint8]) -> Mask:
    """Return 1 on ears, [h, w]: skin beside the face, which GrabCut takes for a warm background.

    An ear lies beside the preauricular landmark, is as tall as from brow to nose, is colored like
    the cheek, less like the background around it, and hangs together with the face.
    """
    lab = cv2.cvtColor(image, cv2.COLOR_RGB2LAB).astype(np.float32)
    oval = points[lm.FACE_OVAL]
    face = np.zeros(image.shape[:2], np.uint8)
    cv2.fillConvexPoly(face, cv2.convexHull(oval.astype(np.float32)).astype(np.int32), 1)
    half = float(np.ptp(oval[:, 0])) / 2
    tall = float(np.linalg.norm(points[lm.FOREHEAD_TOP] - points[lm.CHIN]))

    def disk(center: NDArray[np.float64], wide: float, high: float) -> NDArray[np.bool_]:
        mask = np.zeros_like(face)
        ellipse(mask, center, (wide * half, high * tall), 1)
        return mask > 0

    ears = np.zeros_like(face)
    for side, outward in zip(_PREAURICULAR, (1.0, -1.0), strict=True):
        center = points[side] + [outward * EAR_OUT * half, EAR_DOWN * tall]
        where = disk(center, EAR_WIDE, EAR_TALL) & (face == 0)
        around = disk(center, 1.6 * EAR_WIDE, 1.6 * EAR_TALL) & ~where & (face == 0) & (person == 0)
        cheek = disk(points[side] - [outward * 0.3 * half, 0], 0.2, 0.2) & (face > 0)
        if where.any() and cheek.sum() >= _LEAST_SAMPLES:
            alike = _colored_like(lab, lab[cheek], lab[around]) & where
            found = _joined_to(alike, face) & where
            # A background of the skin's color fills all of where an ear may be: no ear.
            if found.sum() < EAR_SHARE * where.sum():
                ears |= found.astype(np.uint8)
    return ears


def _colored_like(lab: Floats, skin: Floats, other: Floats) -> NDArray[np.bool_]:
    """Return where colors [h, w, 3] are like those of `skin` [N, 3] and less like `other`."""
    weight = np.array([0.35, 1.0, 1.0], np.float32)  # shade changes more than hue
    off = np.linalg.norm((lab - np.median(skin, axis=0)) * weight, axis=-1)
    alike = off < EAR_COLOR
    if len(other) >= _LEAST_SAMPLES:
        alike &= off < 0.6 * np.linalg.norm((lab - np.median(other, axis=0)) * weight, axis=-1)
    return alike


def _joined_to(alike: NDArray[np.bool_], face: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Return the part of `alike` that hangs together with the face, small gaps closed."""
    whole = (alike | (face > 0)).astype(np.uint8)
    whole = cv2.morphologyEx(whole, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    whole = cv2.morphologyEx(whole, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    _, labels = cv2.connectedComponents(whole)
    inside = labels[(face > 0) & (whole > 0)]
    return labels == np.bincount(inside).argmax() if len(inside) else np.zeros_like(alike)


def head_outline(portrait: Portrait, opacity: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the opacity [H, W] without ears: what shows of the head when it is turned away."""
    points = portrait.landmarks_px[:, :2].astype(np.float64)
    iod = float(lm.interocular_px(portrait.landmarks_px))
    height, width = opacity.shape
    k = min(1.0, 12 / iod)
    small = cv2.resize(opacity, (round(width * k), round(height * k)), interpolation=cv2.INTER_AREA)
    size = round(2 * 0.55 * iod * k) | 1
    wide = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    opened = cv2.morphologyEx(
        small, cv2.MORPH_OPEN, wide, borderType=cv2.BORDER_CONSTANT, borderValue=255
    )
    opened = cv2.resize(opened, (width, height), interpolation=cv2.INTER_CUBIC).astype(np.float32)
    y = np.arange(height)[:, None]
    below = np.clip((y - points[lm.CHIN, 1]) / (0.3 * iod) + 1, 0, 1) * 255
    x = np.arange(width)[None]
    ears = np.zeros((height, width), np.bool_)
    for side in _PREAURICULAR:
        ears |= np.hypot(x - points[side, 0], y - points[side, 1]) < EAR_WITHIN * iod
    # A lock of hair further off is no ear and goes on being seen.
    kept = np.where(ears, np.maximum(opened, below), 255)
    return np.minimum(opacity, kept).round().astype(np.uint8)


def sure_background(portrait: Portrait, alpha: Floats, margin_px: int) -> NDArray[np.bool_]:
    """Return what is surely background, [H, W]: `margin_px` away from head and hair.

    Below the mouth a fifth of it will do: collars and shoulders have no wisps, and what lies next
    to them, clothes often, is what should show beside a neck that bends.
    """
    empty = (alpha < CLEAR).astype(np.uint8)

    def away(px: int) -> NDArray[np.uint8]:
        kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * px + 1,) * 2)
        cut = cv2.erode(empty, kernel, borderType=cv2.BORDER_CONSTANT, borderValue=1)
        return np.asarray(cut, np.uint8)

    mouth = portrait.landmarks_px[list(lm.MOUTH_CORNER), 1].mean()
    below = np.arange(len(alpha))[:, None] > mouth
    return np.where(below, away(max(1, margin_px // 5)), away(margin_px)) > 0
