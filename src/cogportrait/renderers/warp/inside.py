"""The inside of a mouth that no photograph shows: its colours and how it is painted.

Coordinates are those of :mod:`cogportrait.renderers.warp.mouth`, mouth widths. Colours are those of
real mouths in the light of the picture, and follow its palette: a drawing without colour gets an
inside without colour, a sepia print one in sepia, and nothing is darker or lighter than the face's
own darkest and lightest places.
"""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from cogportrait.face import landmarks as lm
from cogportrait.renderers.warp.sampling import Floats, lay, per_channel, remap
from cogportrait.types import Frame

# Our definition: colours of 255 under a fully lit face.
CAVITY: Final = (46.0, 19.0, 18.0)
TOOTH: Final = (232.0, 223.0, 206.0)
TONGUE: Final = (158.0, 80.0, 78.0)
GUM: Final = (176.0, 100.0, 98.0)
TOOTH_MEAN: Final = float(np.mean(TOOTH))
USUAL_SKIN: Final = (1.20, 0.97, 0.83)  # channels over their mean, under neutral light
FULL_SKIN: Final = 190.0  # mean of light skin, and of the white of an eye, in full light
FULL_WHITE: Final = 205.0
# Colours of a face differ from its own curve of tones by this much, 0..255 root mean square: 0 to 1
# in black-and-white and sepia pictures, 6.4 to 19 in 15 photographs, 8 and more in paintings.
TINTED_UP_TO: Final = 1.5
COLORED_FROM: Final = 4.0
TONES: Final = 24
# Upper teeth from the middle outward, as broad as a viewer in front sees them (crowns of 8.5, 6.5
# and 7.5 mm in a mouth of 52 to 63 mm; the row turns away behind the canines), mouth widths.
TOOTH_EDGES: Final = (0.0, 0.145, 0.255, 0.355, 0.430, 0.480, 0.515)
TOOTH_RISE: Final = (0.0, 0.012, 0.004, 0.018, 0.024, 0.030)  # of each tooth's edge, mouth widths
TOOTH_LENGTH: Final = 0.175  # mouth widths to the gums
TOOTH_CORNER: Final = 0.015  # by which an edge is rounded off beside the next tooth
TONGUE_HEIGHT: Final = 0.52  # of the gap, in the middle of the mouth
TONGUE_ROUND: Final = 1.1  # by which it falls toward the corners
TONGUE_SHARE: Final = 0.92
_SKIN: Final = [50, 280, 152, 199, 205, 425]


@dataclass(frozen=True, slots=True, eq=False)
class InsideColors:
    """Colours of a mouth's inside in one picture, [3] each, 0..255."""

    cavity: Floats
    tooth: Floats
    tongue: Floats
    gum: Floats


def lip_color(image: Frame, p: Floats) -> Floats:
    """Return the colour of the lower lip, [3]."""
    middle = (p[lm.LIP_LOWER_INNER[3:8]] + p[lm.LIP_LOWER_OUTER[3:8]]) / 2
    lips = remap(image, middle[None, :, 0], middle[None, :, 1])[0].astype(np.float64)
    return np.median(lips, axis=0)


def inside_colors(image: Frame, points: Floats) -> InsideColors:
    """Return the colours for a picture [H, W, 3] with landmarks [478, 2] px."""
    pixels = _face_pixels(image, points)
    light = _light(image, points)
    return InsideColors(
        *(_in_palette(np.array(c) * light, pixels) for c in (CAVITY, TOOTH, TONGUE, GUM))
    )


def _face_pixels(image: Frame, points: Floats) -> Floats:
    """Return the face's pixels [N, 3], sorted from dark to light."""
    mask = np.zeros(image.shape[:2], np.uint8)
    oval = cv2.convexHull(points[lm.FACE_OVAL].round().astype(np.int32))
    cv2.fillConvexPoly(mask, oval, 1)
    pixels = image[mask > 0].astype(np.float64)
    return pixels[np.argsort(pixels.mean(1), kind="stable")]


def _in_palette(color: Floats, pixels: Floats) -> Floats:
    """Return `color` as a picture of this palette would show it, [3]."""
    luma = pixels.mean(1)
    bins = np.array_split(pixels - luma[:, None], TONES)
    tints = np.array([np.median(b, axis=0) for b in bins])
    at = np.array([np.median(b) for b in np.array_split(luma, TONES)])
    spread = np.concatenate([b - t for b, t in zip(bins, tints, strict=True)])
    off_curve = float(np.sqrt((spread**2).sum(1).mean()))
    colored = np.clip((off_curve - TINTED_UP_TO) / (COLORED_FROM - TINTED_UP_TO), 0, 1)
    darkest, lightest = np.quantile(luma, (0.005, 0.995))
    own = float(color.mean())
    shown = float(np.clip(own, darkest, lightest))
    tint = np.array([np.interp(shown, at, tints[:, k]) for k in range(3)])
    chroma = (color - own) * min(1.0, shown / max(own, 1.0))
    out = shown + colored * chroma + (1 - colored) * tint
    return np.clip(out, 0, 255).astype(np.float32)


def _light(image: Frame, p: Floats) -> Floats:
    """Return the light on the mouth, [3]: as bright as skin or eye whites say, with their cast.

    Dark skin in full light and light skin in dim light look alike; the white of the eye tells
    them apart, where it is not in the shade of the lids.
    """
    skin = np.median(_at(image, p[_SKIN]), axis=0)
    white = _eye_white(image, p)
    level = max(skin.mean() / FULL_SKIN, white.mean() / FULL_WHITE)
    level = float(np.clip(level, 0.25, 1.0)) ** 0.6
    cast = skin / max(skin.mean(), 1.0) / np.array(USUAL_SKIN)
    cast_white = white / max(white.mean(), 1.0) * TOOTH_MEAN / np.array(TOOTH)
    both = np.sqrt(np.clip(cast, 0.8, 1.2) * np.clip(cast_white, 0.85, 1.15))
    return level * both / both.mean()


def _at(image: Frame, points: Floats) -> Floats:
    return remap(image, points[None, :, 0], points[None, :, 1])[0].astype(np.float64)


def _eye_white(image: Frame, p: Floats) -> Floats:
    """Return the color of the lighter part of both eyes' whites, [3]; dark where none is seen."""
    seen: list[Floats] = []
    share = np.linspace(0.25, 0.75, 5)[:, None, None]
    for side in (0, 1):
        upper, lower = p[lm.UPPER_LID[side]], p[lm.LOWER_LID[side]]
        # Between lids and corners, closer than the lid points lie.
        at = (upper[None] * (1 - share) + lower[None] * share)[:, 1:-1].reshape(-1, 2)
        center = p[lm.IRIS_CENTER[side]]
        radius = np.linalg.norm(p[lm.IRIS_RING[side]] - center, axis=1).mean()
        clear = np.linalg.norm(at - center, axis=1) > 1.15 * radius
        if clear.any():
            seen.append(_at(image, at[clear]))
    if not seen:
        return np.zeros(3)
    whites = np.concatenate(seen)
    light = whites[whites.mean(1) >= np.quantile(whites.mean(1), 0.6)]
    return np.median(light, axis=0)


def paint_inside(
    colors: InsideColors,
    uv: tuple[Floats, Floats],
    lips: tuple[Floats, Floats],
    *,
    center: float,
    jaw: float,
    hang: float,
) -> Floats:
    """Return what shows between lips that were closed in the photograph.

    Parameters
    ----------
    colors : InsideColors
        Of the picture.
    uv : two arrays [h, w]
        Mouth coordinates: along and across, downward.
    lips : two arrays [h, w]
        Where the upper lip ends and the lower one begins, v.
    center : float
        u of the middle of the mouth.
    jaw : float
        How far the lower lip went down, mouth widths.
    hang : float
        v down to which the upper front teeth reach. Upper teeth are fixed to the skull.

    Returns
    -------
    array [h, w, 3]
        0..255.
    """
    u, v = uv
    upper, _ = lips
    along = np.abs(u - np.float32(center))
    across = np.clip(along / np.float32(0.5), 0, 1)
    color = np.broadcast_to(colors.cavity, (*u.shape, 3)).copy()
    _paint_tongue(colors, color, (across, v), lips, jaw)
    _paint_teeth(colors, color, along, np.float32(hang) - v)
    # Lips and cheeks shade the inside: darkest along the upper lip and toward the corners.
    depth = np.clip((v - upper) / np.float32(0.05), 0, 1)
    color *= per_channel((0.76 + 0.24 * depth) * (1 - 0.45 * across**2))
    return color


def _paint_tongue(
    colors: InsideColors,
    color: Floats,
    at: tuple[Floats, Floats],
    lips: tuple[Floats, Floats],
    jaw: float,
) -> None:
    """Lay the tongue behind the lower lip: a mound with a furrow along it, lit from the front."""
    across, v = at
    gap = np.maximum(lips[1] - lips[0], 1e-3)
    height = (lips[1] - v) / gap  # 0 at the lower lip, 1 at the upper one
    top = np.float32(TONGUE_HEIGHT) * (1 - np.float32(TONGUE_ROUND) * across**2)
    top -= np.float32(0.05) * np.exp(-((across / np.float32(0.12)) ** 2))
    mound = np.clip((top - height) / np.float32(0.22), 0, 1)
    mound = mound * mound * (3 - 2 * mound)
    # Its tip lies forward in the light; its back, the furrow and the floor before it are in shade.
    light = 1 - np.float32(0.55) * np.clip(height / np.maximum(top, 0.05), 0, 1) ** 1.5
    light *= 1 - np.float32(0.16) * np.exp(-((across / np.float32(0.07)) ** 2))
    light *= np.float32(0.70) + np.float32(0.30) * np.clip(height / np.float32(0.10), 0, 1)
    share = np.float32(TONGUE_SHARE * min(max((jaw - 0.06) / 0.2, 0.0), 1.0)) * mound
    lay(color, share, per_channel(light) * np.tile(colors.tongue, (color.shape[1], 1)))


def _paint_teeth(colors: InsideColors, color: Floats, along: Floats, above: Floats) -> None:
    """Paint the upper row; `above` says how far a place lies above the front teeth's edge."""
    edges = np.array(TOOTH_EDGES, np.float32)
    index = np.clip(np.searchsorted(edges, along, side="right") - 1, 0, len(edges) - 2)
    width = np.diff(edges)[index]
    side = np.abs(2 * (along - edges[index]) / width - 1)  # 0 in a tooth's middle, 1 beside it
    # The midline is a gap as well, but the row's curve lifts the side teeth.
    curve = np.float32(0.10) * along**2
    rise = np.array(TOOTH_RISE, np.float32)[index] + np.float32(TOOTH_CORNER) * side**6
    inside = above - rise - curve
    share = np.clip(inside / np.float32(0.014), 0, 1)
    share *= np.clip((edges[-1] - along) / np.float32(0.06), 0, 1)
    gap = np.clip((side - 0.80) / 0.20, 0, 1) ** 2
    shade = 1 - 0.06 * side**2 - 0.20 * gap * np.clip(1.2 - inside / 0.12, 0.25, 1)
    shade *= 0.93 + 0.07 * np.clip(inside / 0.03, 0, 1)  # the cutting edge lets light through
    gum = np.clip((inside - TOOTH_LENGTH + 0.03 * side**2) / 0.02, 0, 1)
    tooth = np.broadcast_to(colors.tooth, color.shape).copy()
    lay(tooth, gum, colors.gum)
    lay(color, share, tooth * per_channel(shade))
