"""Anatomical templates and masks: what each action unit's muscle moves, before any data.

A template is a sum of Gaussian bumps on the mean face: an anchor (landmarks), a displacement at
full intensity (interocular distances; x subject's left, y down, z away from the camera) and a
radius. It is the prior that the fit (:mod:`cogportrait.face.rig_fit`) pulls toward where
recordings say little, and its support is the mask outside which a channel may not move anything.
Amplitudes are our own, from the excursions in docs/rig.md.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cogportrait.face import landmarks as lm
from cogportrait.facs.channels import AU_CHANNELS

Vector = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Bump:
    """One Gaussian bump of displacement."""

    anchors: tuple[int, ...]  # landmark indices; distance is to the nearest one
    shift: Vector  # at full intensity, interocular distances
    radius: float  # standard deviation, interocular distances
    above: bool = False  # also carries what lies above the anchors (forehead skin)


_BROW_IN: Final = (336, 296, 285, 295)
_BROW_OUT: Final = (334, 293, 300, 282, 283, 276)
_BROW: Final = (336, 296, 334, 293, 300, 285, 295, 282, 283, 276)
_CHEEK: Final = (330, 280, 347, 346, 352, 425, 266)
# Without the corners.
_LIP_UP: Final = tuple(int(i) for ring in lm.LIP_UPPER for i in ring[1:-1])
_LIP_LOW: Final = tuple(int(i) for ring in lm.LIP_LOWER for i in ring[1:-1])
_LIP_UP_MID: Final = (39, 37, 0, 267, 269, 81, 82, 13, 312, 311)
_LIP_LOW_MID: Final = (181, 84, 17, 314, 405, 178, 87, 14, 317, 402)
_CHIN: Final = (152, 175, 199, 200, 18, 148, 377, 171, 396, 208, 428)
_JAW: Final = (152, 175, 199, 200, 18, 148, 377, 176, 400, 171, 396, 32, 262, 194, 418)
_MOUTH_ALL: Final = (*_LIP_UP, *_LIP_LOW, 61, 291, 78, 308)

# The subject's left side (image right), or both for channels of the whole face.
TEMPLATES: Final[dict[str, tuple[Bump, ...]]] = {
    "AU01_L": (Bump(_BROW_IN, (0.0, -0.13, -0.01), 0.16, above=True),),
    "AU02_L": (Bump(_BROW_OUT, (0.0, -0.13, 0.0), 0.16, above=True),),
    "AU04_L": (
        Bump(_BROW, (-0.020, 0.075, -0.005), 0.15, above=True),
        Bump((285, 336, 295), (-0.030, 0.02, -0.01), 0.12),
    ),
    "AU05_L": (Bump(_BROW, (0.0, -0.006, 0.0), 0.12),),
    "AU06_L": (Bump(_CHEEK, (0.01, -0.105, -0.02), 0.17), Bump((340, 265), (0.0, -0.03, 0), 0.12)),
    "AU07_L": (Bump((254, 253, 252, 339, 450, 449, 448), (0.0, -0.03, 0.0), 0.10),),
    "AU43_L": (),
    "AU10": (
        Bump(_LIP_UP_MID, (0.0, -0.070, -0.01), 0.12),
        Bump((358, 129, 327, 98), (0.0, -0.035, 0.0), 0.11),
    ),
    "AU12_L": (
        Bump((291, 308, 409, 375, 306), (0.120, -0.115, 0.05), 0.15),
        Bump(_CHEEK, (0.015, -0.045, -0.015), 0.18),
    ),
    "AU14_L": (Bump((291, 308, 306), (0.055, -0.015, 0.035), 0.11),),
    "AU15_L": (Bump((291, 308, 375, 321), (0.015, 0.095, 0.01), 0.13),),
    "AU17": (
        Bump(_CHIN, (0.0, -0.055, -0.015), 0.15),
        Bump(_LIP_LOW_MID, (0, -0.045, -0.02), 0.09),
    ),
    "AU18": (
        Bump((291, 308, 409, 375), (-0.130, 0.0, -0.05), 0.12),
        Bump((61, 78, 185, 146), (0.130, 0.0, -0.05), 0.12),
        Bump((0, 13, 14, 17), (0.0, 0.0, -0.07), 0.12),
    ),
    "AU20_L": (Bump((291, 308, 375), (0.130, 0.02, 0.05), 0.15),),
    "AU22": (
        Bump((291, 308), (-0.075, 0.0, -0.04), 0.12),
        Bump((61, 78), (0.075, 0.0, -0.04), 0.12),
        Bump(_LIP_UP_MID, (0.0, -0.035, -0.06), 0.09),
        Bump(_LIP_LOW_MID, (0.0, 0.045, -0.06), 0.09),
    ),
    "AU23": (
        Bump((0, 37, 267), (0.0, 0.025, 0.01), 0.07),
        Bump((17, 84, 314), (0, -0.03, 0.01), 0.07),
    ),
    "AU24": (
        Bump((0, 37, 267, 39, 269), (0.0, 0.022, 0.012), 0.07),
        Bump((17, 84, 314, 181, 405), (0.0, -0.030, 0.012), 0.07),
    ),
    "AU25": (
        Bump(_LIP_LOW, (0.0, 0.065, 0.0), 0.07),
        Bump(_LIP_UP_MID, (0.0, -0.020, 0.0), 0.07),
    ),
    "AU26": (Bump(_JAW, (0.0, 0.42, 0.08), 0.24),),
    "AU27": (
        Bump(_JAW, (0.0, 0.62, 0.12), 0.24),
    ),
    "AU28": (
        Bump((0, 37, 267, 39, 269), (0.0, 0.045, 0.03), 0.07),
        Bump((17, 84, 314, 181, 405), (0.0, -0.055, 0.03), 0.07),
    ),
}  # fmt: skip
# Lips that only move apart where they are lips: each lip belongs to one of these sets.
_UPPER_ONLY: Final = {"AU10"}
_LOWER_ONLY: Final = {"AU17"}
_JAW_CHANNELS: Final = {"AU26", "AU27"}
# These pull at the corners of lips that stay together: only AU25 and the jaw part them.
_CORNER_PULLS: Final = ("AU12", "AU14", "AU15", "AU20")
_SMILE_CURVE: Final = 1.7  # exponent of a smiling lip line's rise toward the corner, 1 is a V
_CORNER_DROP: Final = 0.42  # of the lower lip's middle, by which the corners follow the jaw
_MASK_RADIUS: Final = 0.10  # interocular distances beyond the bumps over which a mask fades
# These never follow an expression basis: lids and irises are drawn from their own geometry.
FIXED: Final[tuple[int, ...]] = tuple(
    sorted(
        {int(i) for pair in (lm.UPPER_LID, lm.LOWER_LID, lm.IRIS_RING) for ix in pair for i in ix}
        | set(lm.IRIS_CENTER)
    )
)


def _distance(shape: NDArray[np.float64], anchors: tuple[int, ...]) -> NDArray[np.float64]:
    diff = shape[:, None, :2] - shape[None, list(anchors), :2]
    return np.linalg.norm(diff, axis=-1).min(-1)


def _above_distance(shape: NDArray[np.float64], bump: Bump) -> NDArray[np.float64]:
    """Distance in which the way up counts a third: forehead skin slides with the brow."""
    diff = shape[:, None, :2] - shape[None, list(bump.anchors), :2]
    up = diff[..., 1] < 0
    diff[..., 1] = np.where(up, diff[..., 1] / 3, diff[..., 1])
    return np.linalg.norm(diff, axis=-1).min(-1)


def _bumps(channel: str) -> Iterator[tuple[Bump, float]]:
    """Yield a channel's bumps and the sign of x that mirrors them to its side."""
    if channel.endswith("_R"):
        yield from ((b, -1.0) for b in TEMPLATES[channel[:-1] + "L"])
    else:
        yield from ((b, 1.0) for b in TEMPLATES[channel])


def _side_fade(shape: NDArray[np.float64], channel: str) -> NDArray[np.float64]:
    """1 on the channel's side, 0 on the other, smooth across 0.12 interocular at the midline."""
    if channel[-2:] not in ("_L", "_R"):
        return np.ones(len(shape))
    sign = 1.0 if channel.endswith("_L") else -1.0
    return np.clip(0.5 + sign * shape[:, 0] / 0.24, 0, 1)


def _lip_gate(channel: str) -> NDArray[np.float64]:
    gate = np.ones(478)
    if channel in _UPPER_ONLY:
        gate[list(_LIP_LOW)] = 0
    if channel in _LOWER_ONLY:
        gate[list(_LIP_UP)] = 0
    return gate


def template(
    shape: NDArray[np.float64], mirror: NDArray[np.intp], channel: str
) -> NDArray[np.float64]:
    """Return the displacement of every landmark at full intensity of `channel`.

    Parameters
    ----------
    shape : array, shape [478, 3]
        Mean face, head-fixed, interocular distances, origin between the eyes.
    mirror : array of int, shape [478]
        The mirror image of each landmark.
    channel : str
        A name of ``facs.channels.AU_CHANNELS``.

    Returns
    -------
    array, shape [478, 3]
        Interocular distances.
    """
    out = np.zeros((len(shape), 3))
    for bump, sign in _bumps(channel):
        anchors = bump.anchors if sign > 0 else tuple(int(mirror[i]) for i in bump.anchors)
        placed = Bump(anchors, bump.shift, bump.radius, bump.above)
        d = _above_distance(shape, placed) if bump.above else _distance(shape, anchors)
        weight = np.exp(-0.5 * (d / bump.radius) ** 2)
        out += weight[:, None] * np.array(bump.shift) * np.array([sign, 1, 1])
    out *= (_side_fade(shape, channel) * _lip_gate(channel))[:, None]
    if channel in ("AU25", "AU22"):
        out = _part_lips(out)
    if channel in _JAW_CHANNELS:
        _drop_lips(out)
    keep_lips_together(shape, out, channel)
    out[list(FIXED)] = 0
    return out


def _drop_lips(out: NDArray[np.float64]) -> None:
    """Let the lips follow the jaw: the lower lip in full, the corners partly, the upper lip not."""
    drop = float(out[17, 1])
    for low, high in zip(lm.LIP_LOWER, lm.LIP_UPPER, strict=True):
        side = np.abs(np.linspace(-1, 1, len(low)))
        out[low, 1] = drop * (1 - (1 - _CORNER_DROP) * side**2.5)
        out[high, 1] = drop * _CORNER_DROP * side**5


def keep_lips_together(shape: NDArray[np.float64], out: NDArray[np.float64], channel: str) -> None:
    """Let both lips of a channel that pulls at their corners follow one line, in place.

    The inner edges move alike, the rings behind them ever more as they did before. A smile raises
    that line in a curve: summed over both sides, what recordings say is a V.

    Parameters
    ----------
    shape : array, shape [478, 3]
        Mean face, interocular distances.
    out : array, shape [478, 3]
        Displacement at full intensity, interocular distances.
    channel : str
        Channels that do not pull at the corners are left alone.
    """
    if not channel.startswith(_CORNER_PULLS):
        return
    up, low = lm.LIP_UPPER[0], lm.LIP_LOWER[0]
    line = (out[up] + out[low]) / 2
    if channel.startswith("AU12"):
        corner = -1 if channel.endswith("_L") else 0
        side = np.clip(shape[up, 0] / shape[up[corner], 0], 0, 1)
        line[:, 1] = line[corner, 1] * side**_SMILE_CURVE
    change = line - out[up], line - out[low]
    for rings, moved in zip((lm.LIP_UPPER, lm.LIP_LOWER), change, strict=True):
        for k, ring in enumerate(rings[:-1]):
            out[ring[1:-1]] += moved[1:-1] * (1 - k / (len(rings) - 1))


def _part_lips(out: NDArray[np.float64]) -> NDArray[np.float64]:
    """Keep the upper lip from following the lower one down, and the other way round."""
    up, low = list(_LIP_UP), list(_LIP_LOW)
    out[up, 1] = np.minimum(out[up, 1], 0)
    out[low, 1] = np.maximum(out[low, 1], 0)
    return out


def mask(shape: NDArray[np.float64], mirror: NDArray[np.intp], channel: str) -> NDArray[np.float64]:
    """Return where `channel` may move anything, [478], 1 inside, fading to 0 outside."""
    reach = np.zeros(len(shape))
    for bump, sign in _bumps(channel):
        anchors = bump.anchors if sign > 0 else tuple(int(mirror[i]) for i in bump.anchors)
        placed = Bump(anchors, bump.shift, bump.radius, bump.above)
        d = _above_distance(shape, placed) if bump.above else _distance(shape, anchors)
        beyond = np.maximum(d - 1.2 * bump.radius, 0)
        reach = np.maximum(reach, np.exp(-0.5 * (beyond / _MASK_RADIUS) ** 2))
    reach *= _side_fade(shape, channel) * _lip_gate(channel)
    reach[list(FIXED)] = 0
    return reach


def all_templates(shape: NDArray[np.float64], mirror: NDArray[np.intp]) -> NDArray[np.float64]:
    """Return [K, 478, 3] for all of ``AU_CHANNELS``."""
    return np.stack([template(shape, mirror, name) for name in AU_CHANNELS])


def all_masks(shape: NDArray[np.float64], mirror: NDArray[np.intp]) -> NDArray[np.float64]:
    """Return [K, 478] for all of ``AU_CHANNELS``."""
    return np.stack([mask(shape, mirror, name) for name in AU_CHANNELS])
