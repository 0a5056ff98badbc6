"""The skin of the lids: how it gives way, what is painted where it unfolds.

Above the upper margin the lash band that the photograph shows moves with the margin, unstretched;
what emerges above it is painted lid skin, in the colours around the eye; above the fold nothing
moves. Below, the lower lid's skin gives way smoothly.
"""

from typing import Final

import cv2
import numpy as np

from cogportrait.renderers.warp.eye_layer import (
    EyeLayer,
    EyeMotion,
    curve_grid,
    unfolded_height,
)
from cogportrait.renderers.warp.eye_plates import along
from cogportrait.renderers.warp.lashes import comb, hang, hanging
from cogportrait.renderers.warp.sampling import (
    Floats,
    along_axes,
    lay,
    remap,
    remap_at,
    rise,
    smoothstep,
    without_opacity,
)
from cogportrait.types import Frame

LASH_BAND: Final = 0.055  # eye widths at the margin that never stretch
LOWER_BAND: Final = 0.035
RIM_COVER: Final = 0.6
RIM_LIGHT: Final = 0.97
LOWER_REACH: Final = 0.34  # eye widths below the margin over which the lower lid gives way
LOWER_STRETCH: Final = 3.2  # or this many times as far as it rises: skin no more than doubles
WIDEN_REACH: Final = 0.22
LINE_ABOVE: Final = 0.012  # eye widths: the lash line above the margin of an eye still open
# Shut lids' seam: how far it lies below the open eye's lower margin and ends below the outer
# corner; how far its dark reaches above and below (to 1/e), all in eye widths; how dark it is, and
# the line inside it. From closed eyes of clips and drawn ones of 39 people (docs/renderer.md).
SINKS: Final = 0.8  # closure from which lids go down to it
SEAM_LOW: Final = 0.06
SEAM_CORNER: Final = 0.10
SEAM_FROM: Final = 0.30  # eye widths from the inner corner over which it comes down and darkens
WING_BELOW: Final = 0.12  # eye widths below the seam's outer end that liner is taken off, too
WING_SOFT: Final = 0.07  # eye widths over which it fades in beyond the corner of an open eye
SEAM_OUT: Final = 0.68  # eye widths from the middle at which it ends
SEAM_OPEN: Final = 0.50  # and where while the eye is open a crack
SEAM_TAPER: Final = 0.30  # eye widths over which it fades toward that end then
SHADE_ABOVE: Final = 0.070
SHADE_BELOW: Final = 0.100
SHADE: Final = 0.66
CORE: Final = 0.45
CORE_HALF: Final = 0.024


def draw_skin(
    layer: EyeLayer,
    motion: EyeMotion,
    image: Frame,
    s: Floats,
    uv: tuple[Floats, Floats],
    lids: tuple[Floats, Floats, Floats, Floats, Floats, Floats],
) -> Floats:
    """Return the skin of an eye region, [h, w, 3] float 0..255, as if no eye were open.

    Parameters
    ----------
    layer, motion
        The eye.
    image : array, shape [H, W, 3 or more]
        The portrait.
    s : array, shape [h, w, 2]
        Where each pixel's skin comes from without lid motion, px.
    uv : two arrays, shape [h, w]
        Eye coordinates of the pixels.
    lids : six arrays, shape [h, w]
        Upper margin, lower margin, how far each came down, the fold's height above the upper
        margin, and how far below the margins they meet, at each pixel's ``u``, eye widths.
    """
    u, v = uv
    upper, lower, rise, drop, fold, sunk = lids
    over = upper - v  # distance above the upper margin
    under = v - lower
    closing = np.maximum(rise, 0)
    # The lash band rides the margin; above it the skin gives way up to beyond the fold.
    reach = fold + closing + np.float32(0.08 - LASH_BAND)
    shift_close = closing * (1 - smoothstep((over - np.float32(LASH_BAND)) / reach))
    widen = np.minimum(rise, 0) * (
        1 - smoothstep((over - np.float32(LASH_BAND)) / np.float32(WIDEN_REACH))
    )
    shift_up = np.where(rise > 0, shift_close, widen)
    reach = np.float32(max(LOWER_REACH, LOWER_STRETCH * -float(drop.min())))
    shift_low = drop * (1 - smoothstep((under - np.float32(LOWER_BAND)) / reach))
    middle = (upper + lower) / 2
    shift = np.where(v < middle, shift_up, shift_low)
    down = (layer.rest.down * layer.rest.width).astype(np.float32)
    at = s - shift[..., None] * down
    color = without_opacity(remap_at(image, at, cv2.INTER_CUBIC)).astype(np.float32)
    if float(closing.max()) > 0.01:
        comb(layer.lashes, color, _photographed(layer, at), hanging(closed_share(layer, closing)))
        _clear_lashes(layer, motion, color, at, uv, (over, sunk, closing))
        _paint_lid(layer, motion, color, s, uv, (over, fold, closing, sunk))
        _paint_lower_rim(layer, motion, color, u, under)
        _paint_lash_line(layer, motion, color, u, (over, sunk))
    return color


def _paint_lid(
    layer: EyeLayer,
    motion: EyeMotion,
    color: Floats,
    s: Floats,
    uv: tuple[Floats, Floats],
    lids: tuple[Floats, Floats, Floats, Floats],
) -> None:
    """Paint the unfolded skin between lash line and fold into `color`.

    While the lid is partly open the lash band rides along as photographed; as it shuts, lashes
    that pointed up are painted over too, for then they point down.
    """
    u, v = uv
    over, fold, closing, sunk = lids
    shut = rise((motion.closure - 0.45) / 0.45)
    start = np.float32(LASH_BAND) * (1 - shut) - sunk
    edge_low = np.clip((over - start) / np.float32(0.028), 0, 1)
    top = unfolded_height(layer.rest.side, u, fold + closing)
    edge_high = np.clip((top - over) / np.maximum(np.float32(0.32) * top, np.float32(0.06)), 0, 1)
    amount = np.clip(np.maximum(closing, closing.max() * np.float32(0.8)) / np.float32(0.07), 0, 1)
    share = smoothstep(edge_low) * smoothstep(edge_high) * amount * _corner_fade(layer, u)
    x0, y0 = layer.skin.corner
    skin = remap(layer.skin.lid, s[..., 0] - np.float32(x0), s[..., 1] - np.float32(y0)).astype(
        np.float32
    )
    skin += _grain_at(layer, u, v)
    lay(color, share, skin)


def _clear_lashes(
    layer: EyeLayer,
    motion: EyeMotion,
    color: Floats,
    at: Floats,
    uv: tuple[Floats, Floats],
    lids: tuple[Floats, Floats, Floats],
) -> None:
    """Take lashes off the skin above a shut lid and beside its outer corner: they went down."""
    u, v = uv
    over, sunk, closing = lids
    shut = lashes_down(layer, closing)
    if shut <= 0:
        return
    outer = u if layer.rest.side == 0 else -u
    met = rise((motion.closure - 0.45) / 0.45)  # of an eye still open the lash band stays
    seam = np.float32(LASH_BAND) * (1 - met) - sunk
    # Beyond the outer corner the wing of a line lies lower than the margin's end; while the eye is
    # still open, what is dark below it is the lower lid's.
    past = smoothstep((outer - np.float32(0.36)) / np.float32(0.18))
    seam -= np.float32(WING_BELOW) * past * met
    soft = np.float32(0.03) + np.float32(WING_SOFT) * past
    x0, y0 = layer.skin.corner
    bare = remap(
        layer.skin.bare, at[..., 0] - np.float32(x0), at[..., 1] - np.float32(y0),
        border=cv2.BORDER_CONSTANT,
    ).astype(np.float32)  # fmt: skip
    share = bare[..., 3] / np.float32(255) * np.clip((over - seam) / soft, 0, 1)
    share *= np.clip((np.float32(0.45) + outer) / np.float32(0.15), 0, 1)
    share *= shut
    lay(color, share, without_opacity(bare) + _grain_at(layer, u, v))


def lashes_down(layer: EyeLayer, closing: Floats) -> np.float32:
    """Return 0 where lashes stand as photographed, 1 where the lid has taken them all down.

    A lid that follows the eye's downward look takes them along as a closing one does.
    """
    return rise((closed_share(layer, closing) - 0.08) / 0.37)


def closed_share(layer: EyeLayer, closing: Floats) -> float:
    """Return how far the lid came down: 0 as photographed, 1 shut."""
    return float(closing.max()) / max(float((layer.lower - layer.upper).max()), 1e-3)


def hang_lashes(
    layer: EyeLayer, motion: EyeMotion, color: Floats, uv: tuple[Floats, Floats], closing: Floats
) -> None:
    """Hang the lashes on the lid that came down, or on the seam of shut ones, into `color`."""
    share = closed_share(layer, closing)
    if share <= 0:
        return
    grid = curve_grid().astype(np.float32)
    lowered = motion.upper - layer.upper + seam_below(layer, motion, grid)
    hang(layer.lashes, color, uv, lowered, share, hanging(share))


def _photographed(layer: EyeLayer, at: Floats) -> tuple[Floats, Floats]:
    """Return the eye coordinates of places `at` [h, w, 2] in the photograph, px."""
    rest = layer.rest
    return along_axes(at, rest.origin, (rest.across / rest.width, rest.down / rest.width))


def _arch(u: Floats) -> Floats:
    """Return 1 in the middle of the eye, falling to 0 at its corners."""
    return np.maximum(1 - (u / np.float32(0.54)) ** 2, 0)


def seam_below(layer: EyeLayer, motion: EyeMotion, u: Floats) -> Floats:
    """Return how far below the margins' meeting line lids that shut show their seam, eye widths."""
    outer = u if layer.rest.side == 0 else -u
    corner = np.clip(0.5 + outer, 0, 1) * (1 - _arch(u))
    low = smoothstep((0.5 + outer) / np.float32(SEAM_FROM))
    shut = rise((motion.closure - SINKS) / (1 - SINKS))
    return shut * (np.float32(SEAM_LOW) * low + np.float32(SEAM_CORNER) * corner)


def _corner_fade(layer: EyeLayer, u: Floats) -> Floats:
    """Return 1 over the lid, 0 beyond the corners; it reaches further on the outer side."""
    outer = u if layer.rest.side == 0 else -u
    return smoothstep(np.clip((np.float32(0.58) - outer) / np.float32(0.26), 0, 1)) * smoothstep(
        np.clip((np.float32(0.57) + outer) / np.float32(0.22), 0, 1)
    )


def _paint_lower_rim(
    layer: EyeLayer, motion: EyeMotion, color: Floats, u: Floats, under: Floats
) -> None:
    """Cover the wet rim and the lash roots of the lower lid: the upper lid lies over them."""
    shut = rise((motion.closure - 0.6) / 0.35)
    if shut <= 0:
        return
    share = (
        shut
        * np.clip((under + np.float32(0.01)) / np.float32(0.01), 0, 1)
        * np.clip((np.float32(0.28) - under) / np.float32(0.18), 0, 1)
    )
    share *= _corner_fade(layer, u * np.float32(1.08))
    skin = along(layer.beneath, u) * np.float32(RIM_LIGHT)
    lay(color, np.float32(RIM_COVER) * share, skin)


def _grain_at(layer: EyeLayer, u: Floats, v: Floats) -> Floats:
    cols = layer.grain.shape[1]
    x = (u + np.float32(0.45)) * np.float32((cols - 1) / 0.90)
    y = v * np.float32(layer.rest.width)
    return remap(layer.grain, x, y, border=cv2.BORDER_REFLECT)


def _paint_lash_line(
    layer: EyeLayer, motion: EyeMotion, color: Floats, u: Floats, lid: tuple[Floats, Floats]
) -> None:
    """Draw the seam of lids that meet and the lashes that then point down, outward and longer."""
    outer = u if layer.rest.side == 0 else -u
    shown = rise((motion.closure - 0.30) / 0.40)
    if shown <= 0:
        return
    # The line sits on the margin while the eye is open a crack, and laps over the rim once shut.
    over, sunk = lid
    shut = rise((motion.closure - SINKS) / (1 - SINKS))
    depth = -over - sunk + np.float32(LINE_ABOVE) * (1 - shut)
    end = np.float32(SEAM_OPEN) + np.float32(SEAM_OUT - SEAM_OPEN) * shut
    taper = np.float32(SEAM_TAPER) + np.float32(0.16 - SEAM_TAPER) * shut
    inside = np.clip((end - outer) / taper, 0, 1)
    inside *= np.clip((np.float32(0.54) + outer) / np.float32(SEAM_FROM), 0, 1)
    below = depth > 0
    size = np.float32(0.55) + np.float32(0.45) * shut
    soft = np.where(below, np.float32(SHADE_BELOW), np.float32(SHADE_ABOVE)) * size
    soft = soft * (np.float32(0.80) + np.float32(0.35) * np.clip(outer + np.float32(0.3), 0, 1))
    phase = outer * np.float32(26) - depth * np.float32(14) * (outer + np.float32(0.2))
    strand = np.clip(np.cos(2 * np.pi * phase + 3 * np.sin(phase)), 0, 1)
    strand *= strand * strand
    # Toward the lid a soft shadow; toward the cheek it frays into lashes.
    fray = np.where(below, 1 - np.float32(0.4) * (1 - strand) * np.clip(depth / soft, 0, 1), 1)
    shade = np.float32(SHADE) * np.exp(-((depth / soft) ** 2)) * fray
    core = np.float32(CORE) * np.exp(-((depth / np.float32(CORE_HALF)) ** 2))
    share = shown * smoothstep(inside) * (1 - (1 - shade) * (1 - core))
    lay(color, share, layer.lash)
