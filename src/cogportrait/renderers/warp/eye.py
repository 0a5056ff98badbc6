"""One eye, layered: a still eyeball under lids whose skin slides over it.

A pixel of the frame is first carried to the portrait's own pose (``q``); everything here is a
function of its eye coordinates there. Above the upper margin the strip of lid that the photograph
shows moves with the margin, unstretched, lashes and all; what emerges above it from under the fold
is synthesized lid skin; what lies above the fold stays. Below, the lower lid's skin gives way
smoothly. Between the margins the eyeball shows.
"""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from cogportrait.face import landmarks as lm
from cogportrait.face.eye_geometry import EyeRest, eye_coordinates
from cogportrait.renderers.warp.eye_layer import EyeLayer, EyeMotion, curve_grid
from cogportrait.renderers.warp.eye_plates import IRIS_EXTENT, U_HALF, V_HALF, along, lid_shadow
from cogportrait.renderers.warp.lids import draw_skin, hang_lashes, seam_below
from cogportrait.renderers.warp.sampling import (
    Floats,
    along_axes,
    lay,
    per_channel,
    remap,
    remap_at,
    rise,
    smoothstep,
    split,
    without_opacity,
)
from cogportrait.renderers.warp.veil import Veil, veil_at
from cogportrait.types import Frame

GLINT_FOLLOW: Final = 0.5  # of the iris: the cornea's centre lies half as far out (5.6 of 10.4 mm)
ACTIVE_FROM: Final = 0.002  # motion, eye widths, below which the photograph is shown
ACTIVE_FULL: Final = 0.020
SLIT: Final = 0.075
SLIT_LIGHT: Final = 0.35  # down to this share of its light
MEET_FROM: Final = 0.65  # closure from which lids meet at the outer corner, as they do first,
MEET_U: Final = 0.15  # outward of this, eye widths,
MEET_OVER: Final = 0.45  # and in full this much farther out
VEIL_SHUT: Final = 0.05  # eye widths that a lid has come down when the eye behind hair is covered


def eye_motion(layer: EyeLayer, face_px: NDArray[np.floating], closure: float) -> EyeMotion:
    """Return the motion of one eye from landmarks [478, 3] in the portrait's own pose."""
    rest, side = layer.rest, layer.rest.side
    _, v_up = eye_coordinates(rest, face_px[lm.UPPER_LID[side]])
    _, v_low = eye_coordinates(rest, face_px[lm.LOWER_LID[side]])
    upper = layer.curve @ v_up
    lower = np.maximum(layer.curve_lower @ v_low, upper)
    upper += _met_at_corner(side, closure) * (lower - upper)
    iris = np.array(eye_coordinates(rest, face_px[lm.IRIS_CENTER[side]])) + layer.seat
    ring = np.stack(eye_coordinates(rest, face_px[lm.IRIS_RING[side]]), -1)
    flat = np.ptp(ring, axis=0) / max(2 * layer.tracked_radius / rest.width, 1e-6)
    still = np.array(
        [(rest.iris - rest.origin) @ rest.across, (rest.iris - rest.origin) @ rest.down]
    )
    moved = max(
        float(np.abs(upper - layer.upper).max()),
        float(np.abs(lower - layer.lower).max()),
        float(np.hypot(*(iris - still / rest.width))),
    )
    active = float(np.clip((moved - ACTIVE_FROM) / (ACTIVE_FULL - ACTIVE_FROM), 0, 1))
    return EyeMotion(upper, lower, iris, flat, closure, active)


def _met_at_corner(side: int, closure: float) -> Floats:
    """Return how far lids have met beside the outer corner before they do elsewhere, [SAMPLES]."""
    outer = curve_grid() if side == 0 else -curve_grid()
    return rise((closure - MEET_FROM) / (1 - MEET_FROM)) * smoothstep((outer - MEET_U) / MEET_OVER)


def eye_box(layer: EyeLayer, points_px: NDArray[np.floating]) -> tuple[int, int, int, int]:
    """Return the region x0, y0, x1, y1 of a frame that the layer may touch."""
    side = layer.rest.side
    corners = points_px[[lm.OUTER_CANTHUS[side], lm.INNER_CANTHUS[side]], :2].astype(np.float64)
    cx, cy = corners.mean(0)
    w = float(np.linalg.norm(corners[0] - corners[1])) * 1.08
    return round(cx - 0.80 * w), round(cy - 0.66 * w), round(cx + 0.80 * w), round(cy + 0.60 * w)


def draw_eye(layer: EyeLayer, motion: EyeMotion, image: Frame, q: Floats, s: Floats) -> Floats:
    """Return the eye region of a frame, [h, w, 3] float 0..255.

    Parameters
    ----------
    layer, motion
        The eye.
    image : array, shape [H, W, 3 or more]
        The portrait; channels beyond the third are not looked at.
    q : array, shape [h, w, 2]
        Where each pixel lies in the portrait's own pose, px.
    s : array, shape [h, w, 2]
        Where its skin comes from in the photograph without lid motion, px.
    """
    rest = layer.rest
    u, v = along_axes(q, rest.origin, (rest.across / rest.width, rest.down / rest.width))
    table = np.stack([
        motion.upper, motion.lower, motion.upper - layer.upper, motion.lower - layer.lower,
    ], -1)[None].astype(np.float32)  # fmt: skip
    upper, lower, fallen, drop = split(along(table, u))
    sinking = seam_below(layer, motion, curve_grid().astype(np.float32))
    fold, sunk = split(along(np.stack([layer.fold, sinking], -1)[None].astype(np.float32), u))
    skin = draw_skin(layer, motion, image, s, (u, v), (upper, lower, fallen, drop, fold, sunk))
    aperture = _aperture(upper + sunk, lower + sunk, v, rest.width)
    if float(aperture.max()) > 0.002:
        ball = _eyeball(layer, motion, u, v, upper)
        # Between lids that nearly meet it is dark: lashes hang before it.
        slit = np.clip((lower - upper) / np.float32(SLIT), np.float32(SLIT_LIGHT), 1)
        closing = np.clip(fallen / np.float32(SLIT), 0, 1)
        ball *= per_channel(1 - closing * (1 - slit))
        lay(skin, aperture, ball)
    hang_lashes(layer, motion, skin, (u, v), np.maximum(fallen, 0))
    if layer.veil.hangs:
        shut = (1 - aperture) * np.clip(fallen / np.float32(VEIL_SHUT), 0, 1)
        _hang_veil(layer.veil, image, skin, (u, v, s), shut)
    return skin


def _hang_veil(
    veil: Veil, image: Frame, color: Floats, at: tuple[Floats, Floats, Floats], shut: Floats
) -> None:
    """Lay what hangs in front of the eye over it, as photographed; where `shut`, bridged."""
    u, v, s = at
    hair = without_opacity(remap_at(image, s, cv2.INTER_CUBIC)).astype(np.float32)
    bridged = veil_at(veil.bridged, u, v)
    lay(hair, shut * bridged[..., 3], without_opacity(bridged))
    lay(color, veil_at(veil.opacity, u, v), hair)


def _aperture(upper: Floats, lower: Floats, v: Floats, width: float) -> Floats:
    """Return how much of the eyeball each pixel shows: 1 between the margins, soft at them."""
    edge = np.float32(max(width * 0.75, 1.0))  # the margins blend over 4/3 px
    top = np.clip((v - upper) * edge + 0.5, 0, 1)
    bottom = np.clip((lower - v) * edge + 0.5, 0, 1)
    # A slit under a pixel high would glimmer: it closes.
    slit = np.clip((lower - upper) * edge * 1.4 - 0.35, 0, 1)
    return top * bottom * slit


def _eyeball(layer: EyeLayer, motion: EyeMotion, u: Floats, v: Floats, upper: Floats) -> Floats:
    plates, rest = layer.plates, layer.rest
    ball = _plate(plates.sclera, u, v)
    radius = np.float32(rest.iris_radius / rest.width)
    n = plates.iris.shape[0]
    scale = np.float32((n - 1) / (2 * IRIS_EXTENT))
    x = (u - np.float32(motion.iris[0])) / (radius * np.float32(motion.flat[0]))
    y = (v - np.float32(motion.iris[1])) / (radius * np.float32(motion.flat[1]))
    iris = remap(
        plates.iris, (x + np.float32(IRIS_EXTENT)) * scale, (y + np.float32(IRIS_EXTENT)) * scale,
        border=cv2.BORDER_CONSTANT,
    )  # fmt: skip
    lay(ball, iris[..., 3] * _caruncle(rest, u), without_opacity(iris))
    ball *= per_channel(lid_shadow(v - upper))
    still = np.array(
        [(rest.iris - rest.origin) @ rest.across, (rest.iris - rest.origin) @ rest.down]
    )
    go = GLINT_FOLLOW * (motion.iris - still / rest.width)
    ball += _plate(plates.glint, u - np.float32(go[0]), v - np.float32(go[1]))
    return np.clip(ball, 0, 255)


def _caruncle(rest: EyeRest, u: Floats) -> Floats:
    """Return 0 in the inner corner, where pink tissue covers the eyeball, 1 elsewhere."""
    inner = -u if rest.side == 0 else u  # the inner corner lies at +0.5 of this
    return 1 - smoothstep((inner - np.float32(0.38)) / np.float32(0.08))


def _plate(plate: Floats, u: Floats, v: Floats) -> Floats:
    rows, cols = plate.shape[:2]
    x = (u + np.float32(U_HALF)) * np.float32((cols - 1) / (2 * U_HALF))
    y = (v + np.float32(V_HALF)) * np.float32((rows - 1) / (2 * V_HALF))
    return remap(plate, x, y)
