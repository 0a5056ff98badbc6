"""Person and background taken apart: what lies behind the head, and the person without it.

A photographed pixel is ``C = P + (1 - alpha) B``: light of the person, already weighted by the
opacity, over the background. ``B`` is painted from what is surely background; then ``P`` follows
from the photograph, so that the two laid over each other give it back bit for bit.
"""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from cogportrait.renderers.warp.sampling import (
    Floats,
    blur,
    blur_widely,
    inside_distance,
    nearest,
    remap,
    resize,
    smoothstep,
)
from cogportrait.types import Frame

_FILL_PX: Final = 320  # longest side at which the hole behind the person is closed
_SWEEPS: Final = 24  # relaxation rounds per level of the pyramid
_CARRIED: Final = 6.0  # margins into the hole up to which the background is carried on
_LOOKED_AT: Final = 4.0  # px at that size: how far around a place its color is taken from
_SOFT_PX: Final = 4.0  # at that size: blur of what is carried far
_FINE: Final = 3.0  # share of a margin, inverse, up to which detail is texture
WIDEST_WISP: Final = 0.6  # margins: thicker things beside the person are no hair
_BAND: Final = 64  # rows that are laid apart at once: what large pictures need fits into caches
_GLOW: Final = 0.25  # margins: how far under the person the glow around hair is carried on
_TRANSPARENT: Final = 8  # opacity of 255 up to which a place is seen as background
_APART: Final = 45.0  # levels of 255 between hair and background from which opacity can be read


@dataclass(frozen=True, slots=True, eq=False)
class Layers:
    """A picture as layers. ``person + (1 - opacity) still`` is the picture, bit for bit."""

    person: Frame  # [H, W, 4] color times opacity, and opacity
    still: Frame  # [H, W, 3] what shows beside a person who has not moved
    filled: Frame  # [H, W, 3] the same with wisps of hair and all their glow painted over


def take_apart(
    image: Frame,
    alpha: Floats,
    beside: NDArray[np.bool_],
    margin_px: int,
    solid: Floats | float = 0.0,
) -> Layers:
    """Return the layers of a picture.

    Parameters
    ----------
    image : Frame, shape [H, W, 3]
        The photograph.
    alpha : Floats, shape [h, w]
        The person's opacity, rather too large than too small; at the picture's size, or at a
        smaller one, at which opacity and background are then worked out.
    beside : array of bool, shape [h, w]
        What is surely background.
    margin_px : int
        How far around the person hair and its glow may reach, at that size.
    solid : Floats, shape [h, w], or float
        Opacity that is not read any lower from the colors.
    """
    height, width = alpha.shape
    small = (
        image if alpha.shape == image.shape[:2] else resize(image, width, height, cv2.INTER_AREA)
    )
    painted, fade, opacity = _read(small, alpha, beside, margin_px)
    opacity = np.maximum(opacity, np.rint(255 * np.asarray(solid)).astype(np.uint8))
    glow = _glow(small, _filled(small, painted, fade), opacity, _GLOW * margin_px)
    if small is not image:
        height, width = image.shape[:2]
        painted = resize(painted, width, height, cv2.INTER_CUBIC)
        fade = resize(fade, width, height, cv2.INTER_LINEAR)
        opacity = resize(opacity, width, height, cv2.INTER_LINEAR)
        glow = resize(glow, width, height, cv2.INTER_LINEAR)
    person = np.empty((*image.shape[:2], 4), np.uint8)
    still, filled = np.empty_like(image), np.empty_like(image)
    for top in range(0, len(image), _BAND):
        rows = slice(top, top + _BAND)
        filled[rows] = _filled(image[rows], painted[rows], fade[rows])
        person[rows], still[rows] = _laid_apart(
            image[rows], filled[rows] + glow[rows], opacity[rows]
        )
    return Layers(person, still, filled)


def _read(
    image: Frame, alpha: Floats, beside: NDArray[np.bool_], margin_px: int
) -> tuple[Frame, Floats, NDArray[np.uint8]]:
    """Return the painted background [h, w, 3], its share [h, w], and the opacity [h, w]."""
    color = image.astype(np.float32)
    odd = _odd(color, beside, margin_px)
    painted = fill_background(image, beside & ~odd, margin_px)
    # Loose hair and sharp shadows fade out toward the hole instead of ending at its edge.
    fade = blur((odd | ~beside).astype(np.float32), margin_px / 4)
    fade *= 1 - smoothstep(inside_distance(beside) / (1.5 * margin_px))
    fade[~beside] = 1
    back = _filled(image, painted, fade).astype(np.float32)
    restless = _restlessness(color, beside, margin_px)
    fine, hair = _read_opacity(color, alpha, back, restless, margin_px)
    near = smoothstep(blur_widely((alpha > 0.3).astype(np.float32), margin_px / 2) * 4)
    wisps = hair * near * _wisps(color, back, restless)
    return painted, fade, np.rint(np.maximum(fine, wisps) * 255).astype(np.uint8)


def _filled(image: Frame, painted: Frame, fade: Floats) -> Frame:
    """Return a picture [h, w, 3] with a share [h, w] of the painted background laid over it."""
    color = image.astype(np.float32)
    return np.rint(color + fade[..., None] * (painted - color)).astype(np.uint8)


def _glow(image: Frame, filled: Frame, opacity: NDArray[np.uint8], px: float) -> Floats:
    """Return how what is seen beside hair differs from the background, [H, W, 3] levels.

    It is carried on under the person for some `px`, so that what a small motion uncovers goes on
    as it is beside it, and not as a bright line.
    """
    known = (opacity < _TRANSPARENT).astype(np.float32)
    differs = (image.astype(np.float32) - filled) * known[..., None]
    near = blur(known, px)
    return blur(differs, px) / np.maximum(near, 0.05)[..., None]


def _laid_apart(
    image: Frame, back: Floats, opacity: NDArray[np.uint8]
) -> tuple[NDArray[np.uint8], Frame]:
    """Return the person [h, w, 4] and what shows beside one who has not moved."""
    color = image.astype(np.float32)
    # The person's light is neither less than none nor more than the opacity lets through.
    absent = np.maximum(255 - opacity.astype(np.float32), 1e-3)[..., None] / 255
    most = np.minimum(np.floor(color / absent), 255)
    least = np.clip(np.ceil((color - opacity[..., None]) / absent), 0, 255)
    still = np.clip(back, least, np.maximum(most, least)).astype(np.uint8)
    through = shown_through(still, 255 - opacity)
    return np.dstack([image - through, opacity]), still


def shown_through(background: Frame, share: NDArray[np.uint8]) -> Frame:
    """Return the background [h, w, 3] weighted by a share [h, w] of 255."""
    weight = cv2.merge((share, share, share))
    return np.asarray(cv2.multiply(background, weight, scale=1 / 255), np.uint8)


def _restlessness(color: Floats, beside: NDArray[np.bool_], margin_px: int) -> Floats:
    """Return how much the background varies around every place, [H, W] levels of 255."""
    known = beside.astype(np.float32)
    rough = ((color - blur_widely(color, margin_px)) ** 2).mean(-1) * known
    far = 3 * margin_px
    return np.sqrt(blur_widely(rough, far) / np.maximum(blur_widely(known, far), 1e-3))


def _odd(color: Floats, beside: NDArray[np.bool_], margin_px: int) -> NDArray[np.bool_]:
    """Return where next to the person something stands out from the background, [H, W]."""
    known = beside.astype(np.float32)
    weight = blur_widely(known, margin_px)[..., None]
    broad = blur_widely(color * known[..., None], margin_px) / np.maximum(weight, 1e-3)
    strong = np.abs(color - broad).max(-1) * known
    far = 4 * margin_px
    usual = blur_widely(strong, far) / np.maximum(blur_widely(known, far), 1e-3)
    within = inside_distance(beside) < 3 * margin_px
    odd = (beside & within & (strong > 2.5 * usual + 14)).astype(np.uint8)
    # Hair is thin; what is wide is something that stands behind the person, a wall or a bridge.
    size = round(WIDEST_WISP * margin_px) | 1
    wide = cv2.morphologyEx(odd, cv2.MORPH_OPEN, np.ones((size, size), np.uint8))
    wide = cv2.dilate(wide, np.ones((size, size), np.uint8))
    odd = cv2.bitwise_and(odd, cv2.subtract(np.ones_like(odd), np.asarray(wide, np.uint8)))
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (margin_px // 4 * 2 + 1,) * 2)
    return (np.asarray(cv2.dilate(odd, kernel)) > 0) & beside


def _wisps(color: Floats, back: Floats, restless: Floats) -> Floats:
    """Return the opacity that single hairs must have at least, [H, W]."""
    dark = 1 - color / np.maximum(back, 1)
    bright = (color - back) / np.maximum(255 - back, 1)
    least = np.clip(np.maximum(dark, bright).max(-1), 0, 1)
    apart = np.abs(color - back).max(-1)
    return least * smoothstep(apart / (5 * restless + 8) - 0.5)


def _read_opacity(
    color: Floats, alpha: Floats, back: Floats, restless: Floats, margin_px: int
) -> tuple[Floats, Floats]:
    """Return the opacity at the outline, read from colors between hair and background.

    And 1 where a color lies between the two, 0 where it is neither's.

    The hair's color comes from inside the outline. Where it differs too little from the
    background, or the background is too restless to tell, the given opacity stays.
    """
    inside = (alpha > 0.98).astype(np.uint8)
    inside = cv2.erode(inside, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (margin_px | 1,) * 2))
    far = 1.5 * margin_px
    weight = blur_widely(inside.astype(np.float32), far)
    front = blur_widely(color * inside[..., None], far)
    front /= np.maximum(weight, 1e-6)[..., None]
    apart = front - back
    length2 = (apart**2).sum(-1)
    read = ((color - back) * apart).sum(-1) / np.maximum(length2, 1)
    doubt = 3 * (_APART**2 + (6 * restless) ** 2)
    sure = length2 / (length2 + doubt) * np.clip(20 * weight, 0, 1)
    aside = np.sqrt((((color - back) - read[..., None] * apart) ** 2).sum(-1))
    hair = smoothstep(read * 4) * (1 - smoothstep(aside / np.sqrt(length2 + 1) * 4 - 1))
    rim = blur(np.asarray(inside == 0, np.float32) * (alpha > 0), margin_px / 4)
    read = np.clip(read * 1.15 - 0.05, 0, 1)
    return np.clip(alpha + sure * rim * (np.minimum(read, alpha) - alpha), 0, 1), hair


def fill_background(image: Frame, keep: NDArray[np.bool_], margin_px: int) -> Frame:
    """Return the picture with everything but `keep` [H, W] painted over.

    Near its border the hole shows what is beside it carried on (Telea 2004), with the fine texture
    of the background mirrored; further in a membrane (Laplace's equation) stretched over it.
    """
    height, width = keep.shape
    k = min(1.0, _FILL_PX / max(height, width))
    size = (max(1, round(width * k)), max(1, round(height * k)))
    small_keep = resize(keep.astype(np.float32), *size, cv2.INTER_AREA) > 0.999
    if not small_keep.any():
        return image
    small = resize(image, *size, cv2.INTER_AREA)
    smooth = membrane(small.astype(np.float32), small_keep)
    on = cv2.inpaint(small, (~small_keep).astype(np.uint8), _LOOKED_AT, cv2.INPAINT_TELEA)
    on = on.astype(np.float32)
    away = inside_distance(~small_keep)[..., None] / (margin_px * k)
    on += smoothstep(away / 2) * (blur(on, _SOFT_PX) - on)
    smooth += (1 - smoothstep(away / _CARRIED - 0.3)) * (on - smooth)
    filled = resize(smooth, width, height, cv2.INTER_CUBIC) + _texture(image, keep, margin_px)
    filled = np.where(keep[..., None], image, np.clip(filled, 0, 255))
    return np.rint(filled).astype(np.uint8)


def _texture(image: Frame, keep: NDArray[np.bool_], margin_px: int) -> Floats:
    """Return the fine texture of what is kept, mirrored into the hole, [H, W, 3] levels."""
    height, width = keep.shape
    away, row, col = nearest(keep)
    y, x = np.mgrid[:height, :width].astype(np.float32)
    toward = blur_widely(np.stack([col - x, row - y], -1).astype(np.float32), margin_px)
    length = np.hypot(toward[..., 0], toward[..., 1])
    agreed = length / np.maximum(blur_widely(away.astype(np.float32), margin_px), 1e-3)
    toward *= (2 * away / np.maximum(length, 1e-3))[..., None]
    mx, my = x + toward[..., 0], y + toward[..., 1]
    known = keep.astype(np.float32)
    # What would be mirrored from beyond the picture's border fades out before it is reached.
    inner = np.minimum(np.minimum(x, width - 1 - x), np.minimum(y, height - 1 - y)) / margin_px
    sure = blur(known, margin_px / 4) * np.clip(inner, 0, 1)
    valid = remap(sure, mx, my, border=cv2.BORDER_CONSTANT)
    share = smoothstep(valid * 2 - 0.8) * smoothstep(3 * agreed - 1.8)
    share *= 1 - smoothstep(away / (_CARRIED * margin_px))
    color = image.astype(np.float32) * known[..., None]
    weight = np.maximum(blur(known, margin_px / _FINE), 1e-3)[..., None]
    fine = (color - blur(color, margin_px / _FINE) / weight * known[..., None]) * sure[..., None]
    return share[..., None] * remap(fine, mx, my)


def membrane(image: Floats, keep: NDArray[np.bool_]) -> Floats:
    """Return `image` [h, w, 3] with its unknown places relaxed between the known ones."""
    levels = [(image * keep[..., None], keep.astype(np.float32))]
    while min(levels[-1][1].shape) > 4:
        color, weight = levels[-1]
        size = ((color.shape[1] + 1) // 2, (color.shape[0] + 1) // 2)
        levels.append((resize(color, *size, cv2.INTER_AREA), resize(weight, *size, cv2.INTER_AREA)))
    color, weight = levels[-1]
    out = np.full_like(color, 0) + color.sum((0, 1)) / max(float(weight.sum()), 1e-6)
    cross = np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]], np.float32) / 4
    for color, weight in levels[::-1]:
        h, w = weight.shape
        out = resize(out, w, h, cv2.INTER_LINEAR)
        known = (weight > 0.5)[..., None]
        given = color / np.maximum(weight, 1e-6)[..., None]
        for _ in range(_SWEEPS):
            out = np.where(known, given, out)
            out = np.asarray(cv2.filter2D(out, -1, cross, borderType=cv2.BORDER_REPLICATE))
        out = np.where(known, given, out)
    return out
