"""Eyes as geometry: eyeball size, gaze, and where lid margins go.

Lengths come from the picture itself: the visible iris is 11.7 mm across in adults (Rüfer,
Schröder & Erb 2005, Cornea 24:259: 11.71 ± 0.42 mm), so its radius gives pixels per millimetre.
The eyeball is a sphere of 12 mm radius whose iris lies 10.4 mm in front of its centre
(sqrt(12² − 5.85²)); refraction is ignored.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cogportrait.face import landmarks as lm

IRIS_RADIUS_MM: Final = 5.85
EYE_RADIUS_MM: Final = 12.0
IRIS_DEPTH_MM: Final = 10.4
EYE_CENTER_MM: Final = (1.2, -2.0, 6.0)  # temporal, down, back of the middle of the corners
# Lid excursions as shares of the open aperture, our definitions (docs/assumptions.md).
AU5_RAISE: Final = 0.34  # upper lid at full AU5: about 3 mm of 9.7 mm (physiology section 6)
AU5_LOWER: Final = 0.05
AU6_LOWER: Final = 0.60
AU7_LOWER: Final = 0.48
AU7_UPPER: Final = 0.16
BLINK_LOWER: Final = 0.02  # the lower lid meets the upper one
# Lids follow the eye: mm of lid per degree of gaze (BF88, READ06; physiology section 3).
MM_PER_DEG: Final = EYE_RADIUS_MM * np.pi / 180
UPPER_GAIN_DOWN: Final = 1.0
UPPER_GAIN_UP: Final = 0.8
LOWER_GAIN_DOWN: Final = 0.6
LOWER_GAIN_UP: Final = 0.7
# The cornea stands out of the eyeball and carries the lids along sideways: share of
# the opening by which they part wider where it goes and close where it came from. Our definition.
CORNEA_BULGE: Final = 0.1
CORNEA_WIDTH_MM: Final = 5.0  # standard deviation of the bump on a lid
# During a blink the eye turns down and toward the nose (COL85, RIG87), never up (no Bell's).
BLINK_DOWN_DEG: Final = 1.5
BLINK_NASAL_DEG: Final = 1.0

_Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class EyeRest:
    """One eye as photographed; picture plane, pixels."""

    side: int  # 0 left, 1 right
    origin: _Array  # [2] midpoint of the corners
    across: _Array  # [2] unit vector along the corners, toward the image's right
    down: _Array  # [2] unit vector across the opening
    width: float  # between the corners
    upper: _Array  # [9, 2] margin points, outer to inner corner
    lower: _Array  # [9, 2]
    iris: _Array  # [2] centre
    iris_radius: float
    gaze_deg: _Array  # [2] yaw, pitch away from the camera
    axes: _Array  # [2, 2] unit vectors in the picture along which yaw + and pitch + move the iris

    @property
    def px_per_mm(self) -> float:
        """Pixels per millimetre at this eye."""
        return self.iris_radius / IRIS_RADIUS_MM


def eye_rest(points: NDArray[np.floating], side: int, turn: _Array | None = None) -> EyeRest:
    """Return the geometry of one eye.

    Parameters
    ----------
    points : array, shape [478, >=2]
        Landmarks in pixels.
    side : int
        0 left, 1 right.
    turn : array, shape [3, 3], or None
        Rotation of the head in the picture (``pose.head_rotation``); None = frontal.
    """
    p = np.asarray(points, np.float64)[:, :2]
    outer, inner = p[lm.OUTER_CANTHUS[side]], p[lm.INNER_CANTHUS[side]]
    a, b = (inner, outer) if side == 0 else (outer, inner)  # image left to right
    width = float(np.linalg.norm(b - a))
    across = (b - a) / width
    down = np.array([-across[1], across[0]])
    ring = p[lm.IRIS_RING[side]]
    iris = p[lm.IRIS_CENTER[side]]
    radius = float(np.linalg.norm(ring - iris, axis=1).mean())
    origin = (a + b) / 2
    mm = radius / IRIS_RADIUS_MM
    facing = np.eye(3) if turn is None else turn
    # Eyes turn about the head's axes, not along the line of the corners, which is tilted.
    axes = np.stack([facing[:2, 0], -facing[:2, 1]])
    axes /= np.linalg.norm(axes, axis=1, keepdims=True)
    ahead = _camera_offset(side, facing) * mm
    off = axes @ (iris - origin - ahead) / (mm * IRIS_DEPTH_MM)
    gaze = np.rad2deg(np.arcsin(np.clip(off, -0.9, 0.9)))
    return EyeRest(
        side, origin, across, down, width, p[lm.UPPER_LID[side]], p[lm.LOWER_LID[side]],
        iris, radius, gaze, axes,
    )  # fmt: skip


def _camera_offset(side: int, turn: _Array) -> _Array:
    """Return where an iris that looks at the camera lies, [2] mm from the middle of the corners.

    It is the projection of the eyeball's centre: temporal of, above and behind the corners.
    Medians over 30 eyes of photographed people who look at the camera (docs/rig.md).
    """
    temporal = EYE_CENTER_MM[0] * (1.0 if side == 0 else -1.0)
    return (turn @ np.array([temporal, EYE_CENTER_MM[1], EYE_CENTER_MM[2]]))[:2]


def eye_coordinates(rest: EyeRest, points: NDArray[np.floating]) -> tuple[_Array, _Array]:
    """Return ``u``, ``v`` in eye widths of points [..., >=2] px."""
    rel = np.asarray(points, np.float64)[..., :2] - rest.origin
    return rel @ rest.across / rest.width, rel @ rest.down / rest.width


def iris_shift_px(eye: EyeRest, gaze_deg: _Array) -> _Array:
    """Return the displacement of the iris centre, [T, 2] px, for gaze deviations [T, 2] degrees."""
    reach = eye.px_per_mm * IRIS_DEPTH_MM
    rest = np.sin(np.deg2rad(eye.gaze_deg))
    now = np.sin(np.deg2rad(np.clip(eye.gaze_deg + gaze_deg, -60, 60)))
    delta = (now - rest) * reach
    return delta @ eye.axes


def blink_gaze_deg(gaze_deg: _Array, closure: _Array) -> _Array:
    """Return gaze [T, 2, 2] with the small turn down and to the nose that goes with closure [T, 2].

    Bell's upturn is left out: it belongs to long closures only, behind lids that hide it.
    """
    out = np.array(gaze_deg, np.float64)
    amount = np.clip((closure - 0.2) / 0.8, 0, 1)
    out[..., 1] -= BLINK_DOWN_DEG * amount
    out[:, 0, 0] -= BLINK_NASAL_DEG * amount[:, 0]  # the left eye's nose side is its right
    out[:, 1, 0] += BLINK_NASAL_DEG * amount[:, 1]
    return out


@dataclass(frozen=True, slots=True, eq=False)
class LidState:
    """What drives the margins of one eye, each [T]."""

    closure: _Array
    au5: _Array
    au6: _Array
    au7: _Array
    pitch_deg: _Array
    iris_px: _Array  # displacement of the iris centre along the corners, pixels


def _lower_at_upper(eye: EyeRest) -> _Array:
    """Return [9, 9] that reads the lower margin, given at its own points, below the upper ones."""
    u_upper, u_lower = ((p - eye.origin) @ eye.across for p in (eye.upper, eye.lower))
    order = np.argsort(u_lower)
    unit = np.eye(len(u_lower))
    return np.stack([np.interp(u_upper, u_lower[order], unit[i][order]) for i in range(9)], axis=1)


def _opening(eye: EyeRest, below: _Array) -> _Array:
    """Return the rest opening at each point of the upper margin, [9] px."""
    v_upper, v_lower = ((p - eye.origin) @ eye.down for p in (eye.upper, eye.lower))
    return np.maximum(below @ v_lower - v_upper, 0.0)


def _below_lid(eye: EyeRest) -> float:
    """Return how much of the iris the lower lid hides, px, 0 where it hides none."""
    u, v = (float((eye.iris - eye.origin) @ axis) for axis in (eye.across, eye.down))
    along, margin = ((eye.lower - eye.origin) @ axis for axis in (eye.across, eye.down))
    order = np.argsort(along)
    return max(v + eye.iris_radius - float(np.interp(u, along[order], margin[order])), 0.0)


def _cornea_moved(eye: EyeRest, iris_px: _Array) -> _Array:
    """Return where the cornea now lifts the lids minus where it did, [T, 9], -1..1."""
    along = (eye.upper - eye.origin) @ eye.across
    rest = float((eye.iris - eye.origin) @ eye.across)
    width = CORNEA_WIDTH_MM * eye.px_per_mm

    def bump(center: _Array) -> _Array:
        return np.exp(-0.5 * ((along - center) / width) ** 2)

    return bump(rest + iris_px[:, None]) - bump(np.array(rest))


def lid_margins(eye: EyeRest, state: LidState) -> tuple[_Array, _Array]:
    """Return the upper and lower margin points, two arrays [T, 9, 2] px.

    Gaze comes first, then AU5, AU6 and AU7, then closure, which brings the margins together
    exactly: at closure 1 both lie on one curve.
    """
    below = _lower_at_upper(eye)
    opening = _opening(eye, below)
    tall = max(float(opening.max()), 1e-6)
    share = opening / tall
    mm = eye.px_per_mm * MM_PER_DEG
    up, down = np.maximum(state.pitch_deg, 0), np.maximum(-state.pitch_deg, 0)
    upper_gaze = mm * (UPPER_GAIN_DOWN * down - UPPER_GAIN_UP * up)
    lower_gaze = mm * (LOWER_GAIN_DOWN * down - LOWER_GAIN_UP * up)
    # A lid cannot rise past the eyeball's top: upgaze stops opening at 20 degrees (MAS09).
    upper_gaze = np.maximum(upper_gaze, -mm * UPPER_GAIN_UP * 20)
    upper = upper_gaze + tall * (AU7_UPPER * state.au7 - AU5_RAISE * state.au5)
    raised = 1 - np.exp(-(AU7_LOWER * state.au7 + AU6_LOWER * state.au6))
    # Of a face whose smile is taken off the lower lid comes down to the iris and not below it.
    raised = np.maximum(raised, -_below_lid(eye) / tall)
    lower = lower_gaze - tall * (raised - AU5_LOWER * state.au5)
    # Widest in the middle, nothing at the corners. A lid that comes down keeps its arch, or it
    # would lie below the corners and hook up to them; the lower lid of AU7 goes straight, so its
    # profile is flatter than the opening's.
    bulge = CORNEA_BULGE * tall * _cornea_moved(eye, state.iris_px) * np.sqrt(share)
    y_upper = upper[:, None] * np.where(upper[:, None] > 0, share, np.sqrt(share)) - bulge
    y_lower = lower[:, None] * share**0.7 + 0.5 * bulge
    gap = np.maximum(opening + y_lower @ below.T - y_upper, 0.02 * opening)
    y_upper = opening + y_lower @ below.T - gap
    c = np.clip(state.closure, 0, 1)[:, None]
    y_lower = y_lower - BLINK_LOWER * c * np.minimum(gap, opening)
    y_upper = y_upper + c * (opening + y_lower @ below.T - y_upper)
    top = eye.upper + y_upper[..., None] * eye.down
    bottom = eye.lower + y_lower[..., None] * eye.down
    return top, bottom
