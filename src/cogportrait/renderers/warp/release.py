"""Photographed folds: what a smile that is let go takes with it.

Warping brings the corners of a smiling mouth back, but the folds between cheek and lip and the
wrinkles under the eyes are in the photograph: a face without its smile would still be smirking.
Here the shading along those folds is measured as what differs from the skin around them, and is
taken off by as much as the portrait's own smile is (negative action units: deviations from the
photograph). Widths are our own, judged by eye on smiling people.
"""

from typing import Final

import cv2
import numpy as np

from cogportrait.face import landmarks as lm
from cogportrait.face.rig import calibrate, portrait_frame
from cogportrait.facs.channels import AU_INDEX, SIDES, au_channel
from cogportrait.renderers.warp.creases import Crease, fold_paths, over_colors, skin_share
from cogportrait.renderers.warp.sampling import Floats, blur, nearest
from cogportrait.types import Portrait

# Per unit: how far beside its line a fold is taken off, and from how far the skin is that it
# becomes like, interocular distances.
_FOLDS: Final = {12: (0.085, 0.16), 6: (0.06, 0.12)}
GRAIN: Final = 0.007  # interocular distances: pores and hairs are finer, and stay
MOST: Final = (-0.4, 1.2)  # light taken off and put on at most, shares
OFF_LIPS: Final = 0.03  # interocular distances around lips, eyes and nose, left alone
_NOSE: Final = (168, 358, 327, 2, 98, 129)  # its outline from the root, wing to wing
FULL_SMILE: Final = 0.8  # of AU12 or AU6: less takes folds off in part
SKIN_WITHIN: Final = (0.6, 1.0)  # natural logarithms: a thick beard is darker, and stays
MOST_OFF: Final = 0.9  # share of a fold that goes with a smile let go in full


def build_releases(portrait: Portrait) -> tuple[Crease, ...]:
    """Return the photographed folds of a smiling portrait; none for other portraits."""
    zero = calibrate(portrait).aus
    out: list[Crease] = []
    for number, reach in _FOLDS.items():
        for side in SIDES:
            name = au_channel(number, side)
            if zero[AU_INDEX[name]] > 0:
                pattern = _pattern(portrait, name, reach)
                if pattern is not None:
                    out.append(pattern)
    return tuple(out)


def _pattern(portrait: Portrait, name: str, reach: tuple[float, float]) -> Crease | None:
    """Return the light that takes a channel's photographed folds off, at all of its smile."""
    _, _, iod = portrait_frame(portrait)
    paths = fold_paths(portrait, name)
    near, wide = reach[0] * iod, reach[1] * iod
    h, w = portrait.image.shape[:2]
    low = np.min([p.min(0) for p in paths], axis=0) - 3 * wide
    high = np.max([p.max(0) for p in paths], axis=0) + 3 * wide
    x0, y0 = max(0, int(low[0])), max(0, int(low[1]))
    x1, y1 = min(w, int(high[0]) + 1), min(h, int(high[1]) + 1)
    if x1 - x0 < 4 or y1 - y0 < 4:
        return None
    box = (slice(y0, y1), slice(x0, x1))
    line = np.zeros((y1 - y0, x1 - x0), np.uint8)
    for path in paths:
        cv2.polylines(line, [np.round(path - (x0, y0)).astype(np.int32)], False, 1)
    fold = np.exp(-0.5 * (nearest(line > 0)[0] / near) ** 2).astype(np.float32)
    skin = skin_share(portrait, box, iod, SKIN_WITHIN) * _off_features(portrait, box, iod)
    light = np.log(np.maximum(portrait.image[box].astype(np.float32), 4.0))
    around = _mean_of(light, skin * (1 - 0.95 * fold), wide)
    here = _mean_of(light, skin + 1e-3, max(GRAIN * iod, 0.6))
    off = (fold * skin)[..., None] * (around - here)
    amount = float(calibrate(portrait).aus[AU_INDEX[name]])
    pattern = np.clip(np.exp(MOST_OFF * off) - 1, *MOST) / max(amount, FULL_SMILE)
    return Crease(AU_INDEX[name], box, over_colors(pattern), photographed=True)


def _mean_of(values: Floats, weight: Floats, sigma: float) -> Floats:
    """Return the mean of `values` [h, w, C] around each place, by `weight` [h, w]."""
    total = blur(weight[..., None].astype(np.float32), sigma).reshape(*weight.shape, 1)
    return blur((values * weight[..., None]).astype(np.float32), sigma) / np.maximum(total, 1e-4)


def _off_features(portrait: Portrait, box: tuple[slice, slice], iod: float) -> Floats:
    """Return 0 on lips and eyes and 1 away from them, [h, w]."""
    p = portrait.landmarks_px[:, :2].astype(np.float64) - (box[1].start, box[0].start)
    mask = np.zeros((box[0].stop - box[0].start, box[1].stop - box[1].start), np.uint8)
    lips = (*lm.LIP_UPPER_OUTER, *lm.LIP_LOWER_OUTER[::-1])
    eyes = [(*lm.UPPER_LID[s], *lm.LOWER_LID[s][::-1]) for s in (0, 1)]
    for outline in (lips, *eyes, _NOSE):
        cv2.fillPoly(mask, [np.round(p[list(outline)]).astype(np.int32)], 1)
    away = nearest(mask > 0)[0] if mask.any() else np.full(mask.shape, np.inf)
    return np.clip(away / (OFF_LIPS * iod), 0, 1).astype(np.float32)
