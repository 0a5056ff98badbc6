"""Movement of the pixels themselves, by optical flow.

The tracker sees a face as a whole: when one brow really moves, it also moves its guess of the
mouth by some. Flow is blind to faces, so it tells what was drawn from what was guessed.
"""

from collections.abc import Sequence

import cv2
import numpy as np

from bench.fidelity.readings import Array
from cogportrait.types import Frame

MARGIN_IOD = 0.04  # regions grow by this much beyond their landmarks


def region_mask(points: Array, region: Sequence[int], shape: tuple[int, int], iod: float) -> Array:
    """Return the weights [H, W] of the hull of some landmarks, slightly grown."""
    mask = np.zeros(shape, np.uint8)
    hull = cv2.convexHull(points[list(region)].astype(np.float32))
    cv2.fillConvexPoly(mask, np.asarray(hull, np.float32).astype(np.int32), 1)
    size = 2 * max(1, round(MARGIN_IOD * iod)) + 1
    grown = cv2.dilate(mask, np.ones((size, size), np.uint8))
    return np.asarray(grown, np.float64)


def flow_px(still: Frame, moved: Frame) -> Array:
    """Return the length of the movement at each pixel, [H, W]."""
    gray = [cv2.cvtColor(image, cv2.COLOR_RGB2GRAY) for image in (still, moved)]
    way = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    field = np.zeros((*still.shape[:2], 2), np.float32)
    return np.linalg.norm(np.asarray(way.calc(gray[0], gray[1], field), np.float64), axis=-1)


def mean_over(field: Array, mask: Array) -> float:
    """Return the mean of a field over a mask."""
    return float((field * mask).sum() / max(mask.sum(), 1))
