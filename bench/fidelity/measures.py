"""Figures of one portrait: what was commanded against what the tracker read.

Where a figure exists for two eyes, sides or directions, the worse one is reported, unless its name
says mean or pooled. A frame in which
no face was found makes the figure NaN, and NaN never passes.
"""

from collections.abc import Callable, Mapping

import numpy as np

from bench.fidelity import readings as r
from bench.fidelity.flow import flow_px, mean_over, region_mask
from bench.fidelity.probes import FACE_AUS, HEAD_STEPS, PITCH_STEPS, TURNS, YAW_STEPS
from bench.fidelity.readings import Array, Readings
from cogportrait.face.iris import find_iris, iris_radius
from cogportrait.face.landmarker import BLENDSHAPES
from cogportrait.metrics.control_fidelity import slope, spearman
from cogportrait.types import Frame

Figures = dict[str, float]
SIDES = ("L", "R")
SIDE_WORDS = ("Left", "Right")


def _shape(reading: Readings, name: str) -> Array:
    return reading.blendshapes[:, BLENDSHAPES.index(name)]


def lids(seen: Mapping[str, Readings]) -> Figures:
    """Return how the eyes close, both and each alone."""
    both = seen["AU43_both"]
    steps = np.linspace(0, 1, len(both.points))
    aperture = r.aperture(both.points)
    blink = [_shape(both, f"eyeBlink{word}")[-1] for word in SIDE_WORDS]
    other: list[float] = []
    for i, side in enumerate(SIDES):
        alone = r.aperture(seen[f"AU43_{side}"].points)[:, 1 - i]
        other.append(float(np.abs(alone / alone[0] - 1).max()))
    return {
        "lids.spearman": max(spearman(steps, aperture[:, i]) for i in range(2)),
        "lids.closed_ratio": float(np.max(aperture[-1] / aperture[0])),
        "lids.closed_ratio_mean": float(np.mean(aperture[-1] / aperture[0])),
        "lids.blink": float(np.min(blink)),
        "lids.blink_mean": float(np.mean(blink)),
        "lids.other_eye": float(np.max(other)),
    }


def turned(seen: Mapping[str, Readings]) -> Figures:
    """Return how far the eyes close while the head is turned, in the worst of the poses."""
    ratios: list[float] = []
    for name in TURNS:
        aperture = r.aperture(seen[name].points)
        ratios.append(float(np.mean(aperture[-1] / aperture[0])))
    return {"turned.closed_ratio_mean": float(np.max(ratios))}


def gaze(seen: Mapping[str, Readings]) -> Figures:
    """Return how the irises follow, both and each alone."""
    figures: Figures = {}
    for axis, (name, steps) in enumerate((("yaw", YAW_STEPS), ("pitch", PITCH_STEPS))):
        both = r.iris_offset(seen[f"gaze_{name}_both"].points)[:, :, axis]
        zero = both[len(steps) // 2]
        sizes = np.stack([both[-1] - zero, zero - both[0]])
        figures[f"gaze.{name}_spearman"] = min(spearman(steps, both[:, i]) for i in range(2))
        figures[f"gaze.{name}_balance"] = float(np.min(sizes.min(0) / sizes.max(0)))
        pooled = sizes.mean(1)  # both eyes together: one turns out while the other turns in
        figures[f"gaze.{name}_balance_pooled"] = float(pooled.min() / pooled.max())
        figures[f"gaze.{name}_travel"] = float(sizes.mean())
        ranks: list[float] = []
        leaks: list[float] = []
        for i, side in enumerate(SIDES):
            alone = r.iris_offset(seen[f"gaze_{name}_{side}"].points)[:, :, axis]
            ranks.append(spearman(steps, alone[:, i]))
            leaks.append(float(np.ptp(alone[:, 1 - i]) / np.ptp(alone[:, i])))
        figures[f"gaze.{name}_one_eye_spearman"] = float(np.min(ranks))
        figures[f"gaze.{name}_one_eye_leak"] = float(np.max(leaks))
    roundness = r.iris_roundness(seen["gaze_yaw_both"].points)
    figures["gaze.roundness"] = float(np.min(roundness / roundness[len(YAW_STEPS) // 2]))
    return figures


def _height(rows: tuple[tuple[int, ...], tuple[int, ...]], i: int, fixed: Array) -> Array:
    return fixed[:, list(rows[i]), 1].mean(1)


def _frown(i: int, fixed: Array) -> Array:
    inner = fixed[:, list(r.BROW_INNER[i]), 0].mean(1)
    return -np.abs(inner) - _height(r.BROW, i, fixed)


# For each action unit: blendshapes that should rise, and a landmark signal that should rise.
_SHAPES: dict[int, tuple[str, ...]] = {
    1: ("browInnerUp",),
    2: ("browOuterUp{}",),
    4: ("browDown{}",),
    5: ("eyeWide{}",),
    6: ("cheekSquint{}", "eyeSquint{}"),
    7: ("eyeSquint{}",),
}
_SIGNALS: dict[int, Callable[[int, Readings, Array], Array]] = {
    1: lambda i, _, fixed: _height(r.BROW_INNER, i, fixed),
    2: lambda i, _, fixed: _height(r.BROW_OUTER, i, fixed),
    4: lambda i, _, fixed: _frown(i, fixed),
    5: lambda i, seen, _: r.aperture(seen.points)[:, i],
    6: lambda i, _, fixed: _height(r.CHEEK, i, fixed) + _height(r.LOWER_LID, i, fixed),
    7: lambda i, seen, _: -r.aperture(seen.points)[:, i],
}
_REGIONS = {
    1: r.BROW_INNER,
    2: r.BROW_OUTER,
    4: r.BROW,
    5: r.LIDS,
    6: tuple((*cheek, *lid) for cheek, lid in zip(r.CHEEK, r.LOWER_LID, strict=True)),
    7: r.LIDS,
}


def _moved(fixed: Array, region: tuple[int, ...]) -> float:
    """Return the mean displacement of a region over the sweep, in interocular distances.

    A straight line is fitted to each coordinate over all steps, so that the tracker's jitter, a
    few hundredths of an interocular distance on small faces, does not count as movement.
    """
    steps = np.linspace(-0.5, 0.5, len(fixed))
    slope = np.einsum("t,tpc->pc", steps, fixed[:, list(region)]) / (steps**2).sum()
    return float(np.linalg.norm(slope, axis=-1).mean())


def _range(signal: Array) -> float:
    """Return how far a signal goes over the sweep, by a straight line through it."""
    steps = np.linspace(-0.5, 0.5, len(signal))
    return float(abs((steps * signal).sum() / (steps**2).sum()))


def face_units(seen: Mapping[str, Readings], rest: Array) -> Figures:
    """Return how brows, lids and cheeks follow, one side at a time, and what moves along."""
    figures: Figures = {}
    for number in FACE_AUS:
        ranks: list[float] = []
        other: list[float] = []
        mouth: list[float] = []
        own: list[float] = []
        across: list[float] = []
        for i, side in enumerate(SIDES):
            reading = seen[f"AU{number:02d}_{side}"]
            fixed = r.head_fixed(reading.points, rest)
            steps = np.linspace(0, 1, len(fixed))
            signals = [_SIGNALS[number](i, reading, fixed)]
            signals += [_shape(reading, name.format(SIDE_WORDS[i])) for name in _SHAPES[number]]
            ranks.append(float(np.max([spearman(steps, signal) for signal in signals])))
            opposite = _SIGNALS[number](1 - i, reading, fixed)
            across.append(_range(opposite) / max(_range(signals[0]), 1e-6))
            own.append(_moved(fixed, _REGIONS[number][i]))
            other.append(_moved(fixed, _REGIONS[number][1 - i]) / own[-1])
            mouth.append(_moved(fixed, r.LIPS) / own[-1])
        stem = f"face.AU{number:02d}"
        figures[f"{stem}_spearman"] = float(np.min(ranks))
        figures[f"{stem}_other_signal"] = float(np.max(across))
        figures[f"{stem}_other_side"] = float(np.max(other))
        figures[f"{stem}_mouth"] = float(np.max(mouth))
        figures[f"{stem}_moved_iod"] = float(np.min(own))
    return figures


def other_eye_pixels(stem: str, ends: Mapping[str, tuple[Frame, Frame]], rest: Array) -> float:
    """Return how much the pixels of the other eye change when one moves / those of its own."""
    iod = float(r.interocular(rest[None])[0])
    shares: list[float] = []
    for i, side in enumerate(SIDES):
        still, moved = ends[f"{stem}_{side}"]
        change = np.abs(still.astype(np.float64) - moved).mean(-1)
        shape = (change.shape[0], change.shape[1])
        own, other = (
            mean_over(change, region_mask(rest, r.LIDS[j], shape, iod)) for j in (i, 1 - i)
        )
        shares.append(other / own if own else float("nan"))
    return float(np.max(shares))


def gaze_pixels(
    swept: Mapping[str, Readings],
    ends: Mapping[str, tuple[Frame, Frame]],
    still: Frame,
    rest: Array,
) -> Figures:
    """Return how equally far the irises go both ways, as found in the pixels.

    The tracker's irises move less than drawn ones and stop before the corners; a dark disc of the
    iris's size is looked for around them (``cogportrait.face.iris``).
    """
    figures: Figures = {}
    for axis, name in enumerate(("yaw", "pitch")):
        sizes = np.zeros((2, 2))  # direction, eye
        for i, side in enumerate(SIDES):
            first, last = ends[f"gaze_{name}_{side}"]
            points = swept[f"gaze_{name}_{side}"].points
            radius = iris_radius(rest, i)
            a, zero, b = (
                float(find_iris(frame, at, i, radius)[axis])
                for frame, at in ((first, points[0]), (still, rest), (last, points[-1]))
            )
            sizes[:, i] = abs(b - zero), abs(zero - a)
        pooled = sizes.mean(1)
        figures[f"gaze.{name}_balance_pixels"] = float(np.min(sizes.min(0) / sizes.max(0)))
        figures[f"gaze.{name}_balance_pooled_pixels"] = float(pooled.min() / pooled.max())
        figures[f"gaze.{name}_travel_pixels"] = float(sizes.mean())
    return figures


def face_pixels(ends: Mapping[str, tuple[Frame, Frame]], rest: Array) -> Figures:
    """Return what moves along in the pixels when one side of a unit goes from 0 to 1."""
    figures: Figures = {}
    iod = float(r.interocular(rest[None])[0])
    for number in FACE_AUS:
        other: list[float] = []
        mouth: list[float] = []
        for i, side in enumerate(SIDES):
            still, moved = ends[f"AU{number:02d}_{side}"]
            length = flow_px(still, moved)
            shape = (length.shape[0], length.shape[1])
            regions = (_REGIONS[number][i], _REGIONS[number][1 - i], r.LIPS)
            masks = (region_mask(rest, region, shape, iod) for region in regions)
            own, across, lips = (mean_over(length, mask) for mask in masks)
            other.append(across / own if own else float("nan"))
            mouth.append(lips / own if own else float("nan"))
        stem = f"face.AU{number:02d}"
        figures[f"{stem}_other_side_pixels"] = float(np.max(other))
        figures[f"{stem}_mouth_pixels"] = float(np.max(mouth))
    return figures


def head(seen: Mapping[str, Readings], rest: Array) -> Figures:
    """Return how the head turns."""
    figures: Figures = {}
    for axis, (channel, steps) in enumerate(HEAD_STEPS.items()):
        angle = r.head_angles_deg(seen[channel].rotation, rest)[:, axis]
        stem = f"head.{channel.removeprefix('head_')}"
        figures[f"{stem}_slope"] = slope(steps, angle)
        figures[f"{stem}_spearman"] = spearman(steps, angle)
    return figures
