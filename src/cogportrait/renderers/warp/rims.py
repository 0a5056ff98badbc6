"""A glasses frame as a layer of its own: skin moves behind it, and it only turns with the head.

The frame is cut out around the lines that :mod:`cogportrait.renderers.warp.glasses` finds, the skin
behind it is filled in from both its sides, and every frame of the video gets it laid back on.
"""

from dataclasses import dataclass, replace
from typing import Final, cast

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from cogportrait.face import landmarks as lm
from cogportrait.face.rig import portrait_frame
from cogportrait.renderers.warp.backdrop import membrane, shown_through
from cogportrait.renderers.warp.glasses import TEMPLE, find_frame
from cogportrait.renderers.warp.sampling import Floats, blur, remap, smoothstep
from cogportrait.types import Frame, Portrait

# Lengths are interocular distances.
CORE: Final = 0.008  # within it of a lower rim or the bridge there is surely frame
LOWER: Final = 0.05  # below a rim's middle from which no brow can be mistaken for it
LIKELY: Final = 0.03  # within it there is likely frame,
WITHIN: Final = 0.24  # and beyond it of any line there is none
BROW: Final = 0.02  # thickness of a brow's upper edge, which no frame covers
BROW_FROM: Final = 0.06  # nearer a line, a brow may well lie behind the frame
BESIDE: Final = 0.10  # how far beyond the rims the frame is looked for: hair is as dark as it is
HINGE: Final = 0.14  # how far beyond its hinge an arm may be as thick as the rim,
HINGE_HALF: Final = 0.09  # and half its height there
HINGE_DARK: Final = 1.35  # brightness over the frame's, up to which it belongs to it
AROUND: Final = 0.012  # of the frame's edge, taken along: its own light and shadow
INSIDE: Final = 0.06  # farther inside a lens lie reflections that touch its rim
BIT: Final = 0.02  # share of the whole below which a patch apart is a reflection
CLOSED: Final = 0.95  # share of directions in which a rim that is cut out whole is met
RAYS: Final = 96
ARM: Final = 0.30  # how far along an arm from its hinge it is drawn out in turns
ARM_HALF: Final = 0.05  # half the height of the band around an arm
_ROUNDS: Final = 4  # of grabCut; colors no longer change after them
CUT_PX: Final = 900.0  # longer side at which the frame is told from what surrounds it
SHADE: Final = 0.02  # around a brow where its hair still darkens the skin
BROW_ENDS_PX: Final = 5.0  # of the filled picture, within which a brow fades out under the frame
FILL_PX: Final = 480.0  # longer side at which the skin behind the frame is filled in


@dataclass(frozen=True, slots=True, eq=False)
class Rims:
    """The frame's light, already weighted by its opacity, and where it belongs."""

    light: NDArray[np.uint8]  # [h, w, 4] color times opacity, and opacity
    x0: int
    y0: int
    hinges: Floats  # [2, 2] px where the arms begin, left and right
    outward: Floats  # [2, 2] px from there, one interocular distance along each arm


def along_arms(rims: Rims, at: Floats) -> Floats:
    """Return how far places [..., 2] px lie along the arms: 0 on the frame, 1 where they end."""
    far: list[Floats] = []
    for hinge, way in zip(rims.hinges, rims.outward, strict=True):
        far.append((at - hinge) @ way / float(way @ way))
    return np.maximum(*far) / np.float32(ARM)


def without_rims(portrait: Portrait) -> tuple[Portrait, Rims | None]:
    """Return the portrait without the frame of its glasses, and that frame.

    Laid back on with nothing moved, the frame gives the photograph to the bit. A portrait on which
    no frame is found, or none that can be cut out all around both eyes (thin or shining rims),
    comes back as it is, with None.
    """
    lines = find_frame(portrait)
    if lines is None:
        return portrait, None
    share = _opacity(portrait, lines)
    if min(_closed(share, rim) for rim in lines[:2]) < CLOSED:
        return portrait, None
    share = np.maximum(share, _hinges(portrait.image, lines, share))
    rows, cols = np.flatnonzero(share.any(1)), np.flatnonzero(share.any(0))
    _, _, iod = portrait_frame(portrait)
    margin = round(0.25 * iod)
    h, w = share.shape
    x0, y0 = max(int(cols[0]) - margin, 0), max(int(rows[0]) - margin, 0)
    box = (
        slice(y0, min(int(rows[-1]) + margin, h)),
        slice(x0, min(int(cols[-1]) + margin, w)),
    )
    part, alpha = portrait.image[box], share[box]
    filled = _behind(part, alpha > 0, _brows(portrait)[box])
    behind = np.where((alpha > 0)[..., None], filled, part)
    # Where the photograph is darker than what shines through, the frame is less transparent.
    darker = 1 - (part / np.maximum(behind, 1)).min(-1)
    shown = np.maximum(np.where(alpha > 0, np.maximum(alpha, darker), 0), _arms(lines, share)[box])
    opacity = np.ceil(255 * shown).astype(np.uint8)
    through = shown_through(behind, 255 - opacity)
    light = np.dstack([part - np.minimum(through, part), opacity])
    bare = portrait.image.copy()
    bare[box] = behind
    hinges = np.array([arm[0] for arm in lines[3:]], np.float32)
    ends = np.array([arm[1] for arm in lines[3:]], np.float32)
    outward = (ends - hinges) * np.float32(iod) / np.linalg.norm(ends - hinges, axis=1)[:, None]
    return replace(portrait, image=bare), Rims(light, x0, y0, hinges, outward)


def _hinges(image: Frame, lines: tuple[Floats, ...], share: Floats) -> Floats:
    """Return the opacity [H, W] of what the cut left of the frame where its arms begin.

    It is as dark as the frame and touches it. Left on the skin, it would tear off in turns.
    """
    iod = float(np.linalg.norm(lines[3][1] - lines[3][0])) / TEMPLE
    luma = blur(image.astype(np.float32), 0.004 * iod).mean(-1)
    dark = luma < HINGE_DARK * float(np.median(luma[share > 0.5]))
    near = np.zeros(share.shape, np.uint8)
    for hinge, end in lines[3:]:
        out = (end - hinge) / TEMPLE
        ends = [tuple(np.round(hinge + k * out).astype(int).tolist()) for k in (HINGE_HALF, HINGE)]
        cv2.line(near, ends[0], ends[1], 1, max(1, round(2 * HINGE_HALF * iod)))
    labels, n = cast(
        "tuple[NDArray[np.int32], int]", ndimage.label((near > 0) & (dark | (share > 0.5)))
    )
    touching = np.unique(labels[(share > 0.5) & (near > 0)])
    found = np.isin(labels, touching[touching > 0]) & (share < 0.5) if n else near > 2
    reach = 2 * max(1, round(AROUND * iod)) + 1
    grown = cv2.dilate(found.astype(np.float32), np.ones((reach, reach), np.uint8))
    grown = np.asarray(grown, np.float32) * near
    return np.clip(1.25 * blur(grown, max(0.6, 0.4 * AROUND * iod)) - 0.1, 0, 1)


def _arms(lines: tuple[Floats, ...], share: Floats) -> Floats:
    """Return the opacity [H, W] of bands over the arms: what lies there is drawn out with them.

    The frame stands off the temples in a turn, and its arms reach back to them.
    """
    out = np.zeros(share.shape, np.float32)
    for hinge, end in lines[3:]:
        iod = float(np.linalg.norm(end - hinge)) / TEMPLE
        way = (end - hinge) / np.linalg.norm(end - hinge)
        far = hinge + ARM * iod * way
        band = np.zeros(share.shape, np.float32)
        ends = [tuple(np.round(at).astype(int).tolist()) for at in (hinge, far)]
        cv2.line(band, ends[0], ends[1], 1.0, max(1, round(2 * ARM_HALF * iod)))
        band = blur(band, 0.5 * ARM_HALF * iod)
        y, x = np.mgrid[: share.shape[0], : share.shape[1]]
        along = ((x - hinge[0]) * way[0] + (y - hinge[1]) * way[1]) / (ARM * iod)
        band *= smoothstep((1.0 - along) / 0.3) * (along > -0.2)
        out = np.maximum(out, band.astype(np.float32))
    return out


def _closed(share: Floats, rim: Floats) -> float:
    """Return the share of directions from a rim's middle in which there is frame."""
    middle = rim.mean(0)
    turn = np.linspace(0, 2 * np.pi, RAYS, endpoint=False)
    far = np.linspace(0, 1.5 * np.linalg.norm(rim - middle, axis=1).max(), RAYS)
    x = middle[0] + far[:, None] * np.cos(turn)
    y = middle[1] + far[:, None] * np.sin(turn)
    return float((remap(share, x, y) > 0.5).any(0).mean())


def _brows(portrait: Portrait) -> Floats:
    """Return a mask [H, W] of the brows, with the shade beside their hair."""
    _, _, iod = portrait_frame(portrait)
    brows = np.zeros(portrait.image.shape[:2], np.float32)
    for side in (0, 1):
        around = portrait.landmarks_px[[*lm.BROW_UPPER[side], *lm.BROW_LOWER[side]], :2]
        hull = cv2.convexHull(around.round().astype(np.int32))
        cv2.fillConvexPoly(brows, hull, 1)
        cv2.polylines(brows, [hull], True, 1, round(2 * SHADE * iod))
    return brows


def _behind(part: Frame, hidden: NDArray[np.bool_], brows: Floats) -> Frame:
    """Return `part` [h, w, 3] with what is `hidden` relaxed between its surroundings.

    A brow that touches the frame ends at it, and does not darken the skin that is filled in.
    """
    scale = min(1.0, FILL_PX / max(part.shape[:2]))
    size = (max(2, round(part.shape[1] * scale)), max(2, round(part.shape[0] * scale)))
    small = np.asarray(cv2.resize(part, size, interpolation=cv2.INTER_AREA), np.float32)
    cover = np.asarray(cv2.resize(hidden.astype(np.float32), size, interpolation=cv2.INTER_AREA))
    hair = np.asarray(cv2.resize(brows, size, interpolation=cv2.INTER_AREA)) > 0
    known = cover == 0
    skin, all_of_it = membrane(small, known & ~hair), membrane(small, known)
    away = cv2.distanceTransform((~(hair & known)).astype(np.uint8), cv2.DIST_L2, 5)
    share = 1 - smoothstep(np.asarray(away, np.float32) / max(BROW_ENDS_PX, 1e-3))
    filled = skin + share[..., None] * (all_of_it - skin)
    full = cv2.resize(filled, part.shape[1::-1], interpolation=cv2.INTER_LINEAR)
    return np.asarray(full).round().clip(0, 255).astype(np.uint8)


def _opacity(portrait: Portrait, lines: tuple[Floats, ...]) -> Floats:
    """Return the frame's opacity, [H, W] 0..1.

    GrabCut (Rother et al. 2004) in CIELAB, seeded with the lower rims and the bridge, which no
    brow touches, against brows, eyes and everything that is not near a line.
    """
    _, _, iod = portrait_frame(portrait)
    h, w = portrait.image.shape[:2]
    rims = np.concatenate(lines[:2])
    left, top = np.floor(rims.min(0) - BESIDE * iod - (0, WITHIN * iod)).astype(int)
    right, bottom = np.ceil(rims.max(0) + (BESIDE + WITHIN) * iod).astype(int)
    right -= round(WITHIN * iod)
    box = (slice(max(top, 0), min(bottom, h)), slice(max(left, 0), min(right, w)))
    part = portrait.image[box]
    k = min(1.0, CUT_PX / max(part.shape[:2]))
    size = (max(2, round(part.shape[1] * k)), max(2, round(part.shape[0] * k)))
    small = cv2.cvtColor(cv2.resize(part, size, interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2LAB)
    origin = np.array([box[1].start, box[0].start])
    frame = _cut(
        np.asarray(small, np.uint8),
        tuple((line - origin) * k for line in lines),
        (portrait.landmarks_px[:, :2].astype(np.float64) - origin) * k,
        k * iod,
    )
    reach = 2 * max(1, round(AROUND * k * iod)) + 1
    grown = cv2.dilate(frame.astype(np.uint8), np.ones((reach, reach), np.uint8))
    soft = cv2.resize(grown.astype(np.float32), part.shape[1::-1], interpolation=cv2.INTER_LINEAR)
    out = np.zeros((h, w), np.float32)
    sigma = max(0.6, 0.4 * AROUND * iod)
    out[box] = np.clip(1.25 * blur(np.asarray(soft, np.float32), sigma) - 0.1, 0, 1)
    return out


def _cut(
    picture: Frame, lines: tuple[Floats, ...], points: Floats, iod: float
) -> NDArray[np.bool_]:
    """Return where the frame is, [h, w]."""
    h, w = picture.shape[:2]
    down = points[lm.CHIN] - points[lm.FOREHEAD_TOP]
    down /= np.linalg.norm(down)
    lower: list[Floats] = [lines[2][1:2]]
    for rim in lines[:2]:
        low = (rim - rim.mean(0)) @ down > LOWER * iod
        lower += [rim[k : k + 2] for k in np.flatnonzero(low[:-1] & low[1:])]
    surely = _distance((h, w), lower) / iod
    near = _distance((h, w), list(lines)) / iod
    mask = np.full((h, w), cv2.GC_BGD, np.uint8)
    mask[near < WITHIN] = cv2.GC_PR_BGD
    mask[surely < LIKELY] = cv2.GC_PR_FGD
    mask[surely < CORE] = cv2.GC_FGD
    middle = float(lines[2][1, 0])
    for side in (0, 1):
        brow = sorted(points[list(lm.BROW_UPPER[side])], key=lambda at: abs(at[0] - middle))
        drawn = np.array(brow[:3]).round().astype(np.int32)  # its tail often ends in the frame
        edge = np.zeros((h, w), np.uint8)
        cv2.polylines(edge, [drawn[:, None]], False, 1, max(1, round(BROW * iod)))
        mask[(edge > 0) & (near > BROW_FROM)] = cv2.GC_BGD
        lids = [*lm.UPPER_LID[side], *reversed(lm.LOWER_LID[side])]
        cv2.fillPoly(mask, [points[lids].round().astype(np.int32)[:, None]], cv2.GC_BGD)
    cv2.setRNGSeed(0)  # grabCut starts from clusters drawn at random
    cv2.grabCut(
        picture, mask, (0, 0, w, h), np.zeros((1, 65)), np.zeros((1, 65)), _ROUNDS,
        cv2.GC_INIT_WITH_MASK,
    )  # fmt: skip
    lens = np.zeros((h, w), np.uint8)
    for rim in lines[:2]:
        cv2.fillPoly(lens, [rim.round().astype(np.int32)[:, None]], 1)
    frame = np.isin(mask, (cv2.GC_FGD, cv2.GC_PR_FGD)) & ((lens == 0) | (near < INSIDE))
    labels, n = cast("tuple[NDArray[np.int32], int]", ndimage.label(frame, np.ones((3, 3))))
    sizes = np.bincount(labels.ravel(), minlength=n + 1)
    sizes[0] = 0
    return np.isin(labels, np.flatnonzero(sizes > BIT * sizes.sum()))


def _distance(shape: tuple[int, int], lines: list[Floats]) -> Floats:
    """Return the distance in pixels from any of `lines` [N, 2], [h, w]."""
    away = np.full(shape, 255, np.uint8)
    for line in lines:
        cv2.polylines(away, [line.round().astype(np.int32)[:, None]], False, 0, 1)
    return np.asarray(cv2.distanceTransform(away, cv2.DIST_L2, 5), np.float32)


def plane_near(nodes: Floats, moved: Floats, on: NDArray[np.bool_]) -> Floats:
    """Return the affine map nearest to `moved` [rows, cols, 2] px where `on`, at every node."""
    center = nodes[on].mean(0)
    design = np.concatenate([nodes - center, np.ones_like(nodes[..., :1])], -1)
    if on.sum() < 6 or not moved[on].any():
        return np.zeros_like(moved)
    solved = np.linalg.lstsq(design[on], moved[on], rcond=None)[0]
    return np.asarray(design @ solved, np.float32)
