"""What a photograph shows between parted lips: teeth, or a dark hole.

It is kept as a plate in the mouth's own coordinates (:mod:`cogportrait.renderers.warp.mouth`),
fixed to the skull; teeth are carried on upward, where a lip that rises uncovers more of them.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from cogportrait.renderers.warp.inside import TOOTH_LENGTH
from cogportrait.renderers.warp.sampling import Floats, blur, inside_distance, remap
from cogportrait.types import Frame

LIP_RIM: Final = 0.014  # mouth widths above the lower lip that its blurred edge takes
TEETH_APART: Final = 0.05  # mouth widths: a narrower gap shows no teeth to carry on
TEETH_FADE: Final = 0.015  # mouth widths over which photographed teeth go over into painted ones
HOLE_FADE: Final = 0.07  # and a photographed hole into the painted one
GUM_BLUR: Final = 0.06  # mouth widths along which gums take the teeth's color
PLATE_U: Final = 0.62
PLATE_V: Final = 0.50
_GUM_REACH: Final = 0.14  # mouth widths of teeth and gums above what the photograph shows
LEAST_TOOTH: Final = 0.60  # of a tooth's brightness in this light: darker is no tooth


def photographed_inside(
    image: Frame,
    axes: tuple[Floats, Floats, Floats, float],
    edges: tuple[Floats, Floats],
    colors: tuple[Floats | None, Floats] | None,
) -> tuple[Floats, Floats]:
    """Return what the photograph shows between the lips' edges, and where it does.

    `colors` are those of its teeth, if any are seen, and of its lips; None where lips are closed
    or too little is seen between them.
    """
    origin, across, down, width = axes
    cols = int(np.clip(2 * PLATE_U * width, 64, 1024))
    mouth_width = cols / (2 * PLATE_U)
    rows = int(np.clip(2 * PLATE_V * width, 52, 826))
    u, v = np.meshgrid(np.linspace(-PLATE_U, PLATE_U, cols), np.linspace(-PLATE_V, PLATE_V, rows))
    xy = origin + width * (u[..., None] * across + v[..., None] * down)
    plate = remap(image, xy[..., 0], xy[..., 1]).astype(np.float32)
    if colors is None:
        return plate, np.zeros(plate.shape[:2], np.float32)
    top, bottom = (np.interp(u, *edge.T) for edge in edges)
    inside = (v > top + 0.004) & (v < bottom - LIP_RIM) & (np.abs(u) < 0.5)
    above = (v <= top + 0.004) & (v > top - _GUM_REACH) & (np.abs(u) < 0.46)
    above &= bottom - top > TEETH_APART
    teeth, lips = colors
    if teeth is not None:
        far = np.linalg.norm(plate - teeth, axis=-1)
        teeth_like = inside & (far < np.linalg.norm(plate - lips, axis=-1))
        inside &= np.arange(rows)[:, None] < _even_edge(teeth_like, mouth_width)
        # Only columns of teeth stay and go on upward; dark corners would look like gaps.
        light = np.where(inside, plate.mean(-1), 0).sum(0) / np.maximum(inside.sum(0), 1)
        bright = blur(light[None], 0.02 * cols)[0] > LEAST_TOOTH * teeth.mean()
        inside, above = inside & bright, above & bright
    plate = _extend_upward(plate, inside)
    # A lip that rises uncovers more of the same teeth and gums, not a hole.
    inside |= above
    distance = inside_distance(inside)
    fade = TEETH_FADE if teeth is not None else HOLE_FADE
    return plate, np.clip(distance / max(2.0, fade * mouth_width), 0, 1).astype(np.float32)


def tooth_row(known: Floats) -> float:
    """Return the share of a mouth's width over which the photograph shows its inside."""
    across = np.linspace(-PLATE_U, PLATE_U, known.shape[1])
    return float((known.max(0) > 0.5)[np.abs(across) < 0.4].mean())


def _even_edge(inside: NDArray[np.bool_], mouth_width: float) -> Floats:
    """Return the row down to which each column shows upper teeth, [cols].

    An even line: what hangs out below it is a lower tooth or the lip.
    """
    rows, cols = inside.shape
    some = np.flatnonzero(inside.any(0))
    if not some.size:
        return np.zeros(cols)
    last = rows - inside[::-1].argmax(0)
    line = np.interp(np.arange(cols), some, last[some])
    line = ndimage.percentile_filter(line, 40, max(3, round(0.12 * mouth_width)))
    return ndimage.gaussian_filter1d(line.astype(np.float64), 0.03 * mouth_width)


def _extend_upward(plate: Floats, inside: NDArray[np.bool_]) -> Floats:
    """Return the plate with every column's topmost seen colours carried up, reddening to gums."""
    rows, cols = inside.shape
    skip = max(2, round(0.012 * cols))
    tall = inside.sum(0)
    # The lip's shadow at the top is left out, as far as something remains.
    first = inside.argmax(0) + np.minimum(skip, tall // 3)
    first = np.where(tall > 0, first, rows - 1)
    last = np.where(tall > 0, inside.argmax(0) + tall * 9 // 20, rows - 1)
    y = np.arange(rows)[:, None]
    # Teeth are mirrored about the edge, so that their texture goes on, but no lip with them.
    source = np.where(y < first, np.minimum(2 * first - y, np.maximum(last, first)), y)
    grown = np.take_along_axis(plate, source[..., None].repeat(3, 2), axis=0)
    mouth_width = cols / (2 * PLATE_U)
    covered = np.maximum(TOOTH_LENGTH * mouth_width - tall, 0.04 * mouth_width)
    up = np.clip((first - y - 0.5 * covered) / (0.5 * covered), 0, 1)[..., None]
    # Gums know nothing of the gaps between teeth.
    wide = ndimage.gaussian_filter1d(grown, GUM_BLUR * mouth_width, axis=1, mode="nearest")
    gum = wide * np.array([0.92, 0.66, 0.64])
    return blur((grown + up * (gum - grown)).astype(np.float32), 0.8)
