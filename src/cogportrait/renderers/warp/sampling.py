"""Typed doors to OpenCV's resampling, so that the rest of the renderer speaks in arrays."""

from dataclasses import replace
from typing import Any, TypeVar, cast

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from cogportrait.types import Portrait

Floats = NDArray[np.floating[Any]]  # float32 where speed matters, float64 in set-up
Scalar = TypeVar("Scalar", bound=np.generic)


def remap(
    source: NDArray[Scalar],
    x: Floats,
    y: Floats,
    mode: int = cv2.INTER_LINEAR,
    *,
    border: int = cv2.BORDER_REPLICATE,
) -> NDArray[Scalar]:
    """Return `source` [H, W, C] at pixel positions `x`, `y` [h, w], [h, w, C]."""
    x, y = np.asarray(x, np.float32), np.asarray(y, np.float32)
    out = cv2.remap(cast(Any, source), x, y, mode, borderMode=border)
    return cast("NDArray[Scalar]", out)


def remap_at(
    source: NDArray[Scalar],
    at: Floats,
    mode: int = cv2.INTER_LINEAR,
    *,
    border: int = cv2.BORDER_REPLICATE,
) -> NDArray[Scalar]:
    """Return `source` [H, W, C] at pixel positions `at` [h, w, 2] (x, y), [h, w, C].

    The same as :func:`remap`, without taking the positions apart.
    """
    places = cast(Any, np.asarray(at, np.float32))
    out = cv2.remap(cast(Any, source), places, cast(Any, None), mode, borderMode=border)
    return cast("NDArray[Scalar]", out)


def along_axes(at: Floats, origin: Floats, axes: tuple[Floats, Floats]) -> tuple[Floats, Floats]:
    """Return coordinates of pixel positions `at` [h, w, 2] along two axes [2], [h, w] each."""
    matrix = np.stack(axes)
    u, v = split(affine(at, matrix, -(matrix @ origin)))
    return u, v


def affine(at: Floats, matrix: Floats, shift: Floats) -> Floats:
    """Return ``matrix @ x + shift`` for vectors `at` [h, w, 2], single precision."""
    both = np.empty((2, 3))
    both[:, :2], both[:, 2] = matrix, shift
    return np.asarray(cv2.transform(cast(Any, np.asarray(at, np.float32)), both), np.float32)


def split(fields: Floats) -> tuple[Floats, ...]:
    """Return the channels of `fields` [h, w, C], each [h, w] of its own."""
    return cast("tuple[Floats, ...]", cv2.split(cast(Any, fields)))


def merged(x: Floats, y: Floats) -> Floats:
    """Return vectors [h, w, 2] of their parts [h, w]."""
    return cast("Floats", cv2.merge((cast(Any, x), cast(Any, y))))


def per_channel(share: Floats) -> Floats:
    """Return `share` [h, w] for every channel, [h, w, 3]; NumPy's own broadcasting is slow."""
    one = cast(Any, np.asarray(share, np.float32))
    return cast("Floats", cv2.merge((one, one, one)))


def without_opacity(color: NDArray[Scalar]) -> NDArray[Scalar]:
    """Return the first three channels of `color` [h, w, 3 or 4], beside each other in memory."""
    if color.shape[-1] == 3:
        return color
    return cast("NDArray[Scalar]", cv2.cvtColor(cast(Any, color), cv2.COLOR_RGBA2RGB))


def lay(color: Floats, share: Floats, over: Floats) -> None:
    """Lay `over`, [h, w, 3] or a colour [3], on `color` [h, w, 3] where `share` [h, w] says."""
    if over.ndim == 1:
        over = np.tile(np.asarray(over, np.float32), (color.shape[1], 1))
    color += per_channel(share) * (over - color)


def resize(source: NDArray[Scalar], width: int, height: int, mode: int) -> NDArray[Scalar]:
    """Return `source` [H, W, C] at another size."""
    out = cv2.resize(cast(Any, source), (width, height), interpolation=mode)
    return cast("NDArray[Scalar]", out)


def scaled_down(portrait: Portrait, longest_px: int) -> tuple[Portrait, float]:
    """Return a portrait, none of whose sides is longer than `longest_px`, and its scale, <= 1."""
    height, width = portrait.image.shape[:2]
    k = longest_px / max(height, width)
    if k >= 1:
        return portrait, 1.0
    image = resize(portrait.image, round(width * k), round(height * k), cv2.INTER_AREA)
    off = np.array([0.5, 0.5, 0], np.float32)  # pixel (0, 0) is a centre
    points = (portrait.landmarks_px + off) * np.float32(k) - off
    return replace(portrait, image=image, landmarks_px=points), k


def blur(source: NDArray[Scalar], sigma: float) -> NDArray[Scalar]:
    """Return `source` [H, W, C] under a Gaussian of `sigma` pixels, edges held."""
    out = cv2.GaussianBlur(cast(Any, source), (0, 0), sigma, borderType=cv2.BORDER_REPLICATE)
    return cast("NDArray[Scalar]", out)


def blur_widely(source: NDArray[Scalar], sigma: float) -> NDArray[Scalar]:
    """Return :func:`blur`, worked out on a smaller picture where `sigma` is many pixels."""
    h, w = source.shape[:2]
    k = min(1.0, 4 / sigma)
    if min(h, w) * k < 4:
        return blur(source, sigma)
    small = resize(source, round(w * k), round(h * k), cv2.INTER_AREA)
    return resize(blur(small, sigma * k), w, h, cv2.INTER_LINEAR)


def inside_distance(mask: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Return the distance in pixels of every place in `mask` [h, w] from its outside."""
    out = cv2.distanceTransform(mask.astype(np.uint8), cv2.DIST_L2, 3)
    return cast("NDArray[np.float32]", out)


def nearest(mask: NDArray[np.bool_]) -> tuple[Floats, NDArray[np.intp], NDArray[np.intp]]:
    """Return distance, row and column of the nearest place in `mask` [h, w], [h, w] each."""
    out = ndimage.distance_transform_edt(~mask, return_indices=True)
    distance, (row, col) = cast("tuple[Floats, NDArray[np.intp]]", out)
    return distance, row, col


def longer_side(vectors: Floats) -> Floats:
    """Return the larger of the absolute values of vectors [..., 2]."""
    return np.maximum(np.abs(vectors[..., 0]), np.abs(vectors[..., 1]))


def smoothstep(x: Floats) -> Floats:
    """Return 0 below 0, 1 above 1, and a smooth rise between."""
    t = np.clip(x, 0, 1)
    return t * t * (3 - 2 * t)


def rise(x: float) -> np.float32:
    """Return :func:`smoothstep` of one number, single precision."""
    t = min(max(x, 0.0), 1.0)
    return np.float32(t * t * (3 - 2 * t))


def monotone_curve(x: Floats, y: Floats, at: Floats) -> Floats:
    """Return the monotone cubic (PCHIP, Fritsch & Butland 1984) through points, at places `at`.

    The same as ``scipy.interpolate.PchipInterpolator``, whose making takes 8 % of a frame's time.
    `x` [N >= 3] ascends, places outside it take the end's value.
    """
    h = np.diff(x)
    rise = np.diff(y) / h
    before, after = rise[:-1], rise[1:]
    w1, w2 = 2 * h[1:] + h[:-1], h[1:] + 2 * h[:-1]
    slope = np.zeros(len(x))
    same = before * after > 0
    mean = w1 / np.where(same, before, 1) + w2 / np.where(same, after, 1)
    slope[1:-1] = np.where(same, (w1 + w2) / np.where(same, mean, 1), 0)
    for end, (h0, h1, r0, r1) in (
        (0, (h[0], h[1], rise[0], rise[1])),
        (-1, (h[-1], h[-2], rise[-1], rise[-2])),
    ):
        d = ((2 * h0 + h1) * r0 - h0 * r1) / (h0 + h1)
        if d * r0 <= 0:
            d = 0.0
        elif r0 * r1 < 0 and abs(d) > 3 * abs(r0):
            d = 3 * r0
        slope[end] = d
    i = np.clip(np.searchsorted(x, at, side="right") - 1, 0, len(h) - 1)
    t = np.clip((at - x[i]) / h[i], 0, 1)
    u = 1 - t
    ends = y[i] * (1 + 2 * t) * u**2 + y[i + 1] * (1 + 2 * u) * t**2
    return ends + h[i] * t * u * (slope[i] * u - slope[i + 1] * t)
