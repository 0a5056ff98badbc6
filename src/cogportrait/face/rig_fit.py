"""Fitting the rig's linear basis on recordings.

For every landmark the displacement from a clip's own neutral face, in a head-fixed frame and in
interocular distances, is regressed on the action units that the tracker reads. It is a ridge
regression toward an anatomical template (:mod:`cogportrait.face.templates`) instead of toward
zero: where recordings are rich they decide, where they are silent the template stands. The ridge
grows without bound outside a channel's anatomical mask, so that a channel moves only what its
muscle moves, and mirrored copies of all frames make the basis symmetric.
"""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from cogportrait.errors import InputError
from cogportrait.face import landmarks as lm
from cogportrait.face.clips import LEAST_CLIPS, Clip
from cogportrait.face.landmarker import BLENDSHAPE_INDEX
from cogportrait.face.pose import head_rotation
from cogportrait.face.templates import FIXED, all_masks, all_templates, keep_lips_together
from cogportrait.facs.channels import AU_CHANNELS
from cogportrait.types import FaceTrack

_Array = NDArray[np.float64]

# Channel -> blendshapes whose mean is taken as its activation. No entry: the template stands.
_SOURCES: Final[dict[str, tuple[str, ...]]] = {
    "AU01": ("browInnerUp",),
    "AU02": ("browOuterUp*",),
    "AU04": ("browDown*",),
    "AU07": ("eyeSquint*",),
    "AU10": ("mouthUpperUpLeft", "mouthUpperUpRight"),
    "AU12": ("mouthSmile*",),
    "AU14": ("mouthDimple*",),
    "AU15": ("mouthFrown*",),
    "AU17": ("mouthShrugLower",),
    "AU18": ("mouthPucker",),
    "AU20": ("mouthStretch*",),
    "AU22": ("mouthFunnel",),
    "AU24": ("mouthPressLeft", "mouthPressRight"),
    "AU25": ("mouthLowerDownLeft", "mouthLowerDownRight"),
    "AU26": ("jawOpen",),
    "AU28": ("mouthRollLower", "mouthRollUpper"),
}
# What also moves landmarks but is not part of the basis; regressed out, then dropped.
_NUISANCE: Final = (
    "eyeBlinkLeft", "eyeBlinkRight", "eyeLookDownLeft", "eyeLookDownRight", "eyeLookUpLeft",
    "eyeLookUpRight", "jawLeft", "jawRight", "mouthLeft", "mouthRight", "mouthClose",
)  # fmt: skip
_LIPS: Final = (lm.LIP_UPPER_OUTER, lm.LIP_UPPER_INNER, lm.LIP_LOWER_INNER, lm.LIP_LOWER_OUTER)
MIN_FACE_PX: Final = 100.0  # smaller faces give noisy landmarks
MAX_YAW_DEG: Final = 25.0
RIDGE: Final = 0.02  # per frame of the (person-weighted) data; chosen by leave-one-clip-out R2


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """One clip, ready for regression."""

    person: str
    shape: _Array  # [478, 3] neutral face, head-fixed, interocular distances
    displacement: _Array  # [T, 478, 3] interocular distances
    activation: _Array  # [T, 52] blendshapes above the clip's neutral


@dataclass(frozen=True, slots=True, eq=False)
class Rig:
    """The fitted basis."""

    shape: _Array  # [478, 3] symmetric mean face, interocular distances, origin between the eyes
    mirror: NDArray[np.intp]  # [478]
    basis: _Array  # [K, 478, 3] displacement at full intensity, rows as AU_CHANNELS
    card: dict[str, object]


def _align(points: _Array, target: _Array) -> _Array:
    """Return `points` [478, 3] moved onto `target` by the similarity of the rigid landmarks."""
    a, b = points[lm.RIGID], target[lm.RIGID]
    ca, cb = a.mean(0), b.mean(0)
    u, s, vt = np.linalg.svd((a - ca).T @ (b - cb))
    d = np.diag([1.0, 1.0, np.sign(np.linalg.det(u @ vt))])
    scale = np.trace(np.diag(s) @ d) / ((a - ca) ** 2).sum()
    return scale * (points - ca) @ (u @ d @ vt) + cb


def head_fixed(points: _Array, head_matrix: _Array) -> _Array:
    """Return landmarks in the head's own frame.

    Parameters
    ----------
    points : array, shape [478, 3]
        Image pixels.
    head_matrix : array, shape [4, 4]
        MediaPipe's.

    Returns
    -------
    array, shape [478, 3]
        Interocular distances; origin between the eyes, x subject's left, y down, z away.
    """
    turned = points @ head_rotation(head_matrix)  # R^T p, for row vectors
    eyes = turned[[*lm.OUTER_CANTHUS, *lm.INNER_CANTHUS]].mean(0)
    return (turned - eyes) / float(lm.interocular_px(points))


def make_sample(track: FaceTrack, person: str) -> Sample | None:
    """Return a clip's displacements from its neutral, or None if too little of it is usable."""
    width = np.ptp(track.landmarks_px[..., 0], axis=1)
    use = track.found & (width >= MIN_FACE_PX)
    if use.sum() < 20:
        return None
    points = track.landmarks_px[use].astype(np.float64)
    matrices = track.head_matrix[use].astype(np.float64)
    shapes = track.blendshapes[use].astype(np.float64)
    yaw = np.rad2deg(np.arctan2(matrices[:, 0, 2], matrices[:, 2, 2]))
    frontal = np.abs(yaw) <= MAX_YAW_DEG
    if frontal.sum() < 20:
        return None
    local = np.stack(
        [head_fixed(p, m) for p, m in zip(points[frontal], matrices[frontal], strict=True)]
    )
    shapes = shapes[frontal]
    gaze = [i for name, i in BLENDSHAPE_INDEX.items() if name.startswith("eyeLook")]
    energy = np.delete(shapes, gaze, axis=1).sum(1)
    calm = energy <= np.quantile(energy, 0.15)
    neutral = np.median(local[calm], axis=0)
    aligned = np.stack([_align(p, neutral) for p in local])
    neutral = np.median(aligned[calm], axis=0)
    activation = shapes - np.median(shapes[calm], axis=0)
    return Sample(person, neutral, aligned - neutral, activation)


def mean_shape(samples: Iterable[Sample]) -> tuple[_Array, NDArray[np.intp]]:
    """Return the symmetric mean face [478, 3] and the mirror index [478]."""
    shape = np.mean([s.shape for s in samples], axis=0)
    flipped = shape * np.array([-1.0, 1.0, 1.0])
    distance = np.linalg.norm(shape[:, None] - flipped[None], axis=-1)
    # Known pairs are told apart by index: lids and lips nearly touch, irises follow the gaze.
    mirror = np.zeros(len(shape), np.intp)
    mirror[:468] = linear_sum_assignment(distance[:468, :468])[1]
    pairs = [
        (lm.IRIS_CENTER[0], lm.IRIS_CENTER[1]), (474, 471), (475, 470), (476, 469), (477, 472),
        *zip(*lm.UPPER_LID, strict=True), *zip(*lm.LOWER_LID, strict=True),
    ]  # fmt: skip
    pairs += [(int(a), int(b)) for ix in _LIPS for a, b in zip(ix, ix[::-1], strict=True)]
    for left, right in pairs:
        mirror[left], mirror[right] = right, left
    if not np.array_equal(mirror[mirror], np.arange(len(mirror))):
        raise InputError(
            "rig fit: the mean face is too asymmetric to mirror; use more frontal clips"
        )
    return (shape + flipped[mirror]) / 2, mirror


def _activation(shapes: _Array, channel: str) -> _Array | None:
    base, _, side = channel.partition("_")
    names = _SOURCES.get(base)
    if names is None:
        return None
    full = {"L": "Left", "R": "Right", "": ""}[side]
    columns = [BLENDSHAPE_INDEX[n.replace("*", full)] for n in names]
    return shapes[:, columns].mean(1)


def design(shapes: _Array) -> _Array:
    """Return the regressors [T, K + nuisance] of blendshape rows [T, 52]."""
    columns = [_activation(shapes, c) for c in AU_CHANNELS]
    zero = np.zeros(len(shapes))
    known = [zero if c is None else c for c in columns]
    nuisance = [shapes[:, BLENDSHAPE_INDEX[n]] for n in _NUISANCE]
    # One reading serves both sides of AU1: each side carries it on its own half by its mask.
    return np.stack([*known, *nuisance], axis=1)


def _mirror_shapes(shapes: _Array) -> _Array:
    order = list(range(shapes.shape[1]))
    for name, i in BLENDSHAPE_INDEX.items():
        if name.endswith("Left"):
            j = BLENDSHAPE_INDEX[name[:-4] + "Right"]
            order[i], order[j] = j, i
    return shapes[:, order]


def _normal_equations(samples: list[Sample], mirror: NDArray[np.intp]) -> tuple[_Array, _Array]:
    """Return X'X [M, M] and X'Y [M, 478*3], every clip with equal weight, mirrored copies added."""
    flip = np.array([-1.0, 1.0, 1.0])
    xtx, xty = 0.0, 0.0
    for s in samples:
        for shapes, y in (
            (s.activation, s.displacement),
            (_mirror_shapes(s.activation), s.displacement[:, mirror] * flip),
        ):
            x = design(shapes)
            xtx = xtx + x.T @ x / len(x)
            xty = xty + x.T @ y.reshape(len(y), -1) / len(x)
    return np.asarray(xtx), np.asarray(xty)


def solve(samples: list[Sample], shape: _Array, mirror: NDArray[np.intp]) -> _Array:
    """Return the basis [K, 478, 3] fitted on `samples`."""
    masks, prior = all_masks(shape, mirror), all_templates(shape, mirror)
    xtx, xty = _normal_equations(samples, mirror)
    k, m = len(AU_CHANNELS), xtx.shape[0]
    xty = xty.reshape(m, len(shape), 3)
    basis = np.zeros((k, len(shape), 3))
    for point in range(len(shape)):
        if point in FIXED:
            continue
        penalty = np.full(m, RIDGE * len(samples) * 2)
        penalty[:k] /= np.maximum(masks[:, point], 1e-3) ** 2
        penalty[k:] *= 0.05
        target = np.zeros((m, 3))
        target[:k] = prior[:, point]
        w = np.linalg.solve(xtx + np.diag(penalty), xty[:, point] + penalty[:, None] * target)
        basis[:, point] = w[:k]
    for channel, moved in zip(AU_CHANNELS, basis, strict=True):
        keep_lips_together(shape, moved, channel)
    return basis


def explained(basis: _Array, sample: Sample) -> float:
    """Return R2 of the basis on one clip, over all landmarks but lids and irises."""
    free = [i for i in range(478) if i not in FIXED]
    x = design(sample.activation)[:, : len(AU_CHANNELS)]
    y = sample.displacement[:, free]
    fit = np.tensordot(x, basis[:, free], axes=(1, 0))
    return float(1 - ((y - fit) ** 2).sum() / (y**2).sum())


def fit_samples(samples: list[Sample], names: list[str], *, date: str) -> Rig:
    """Return the rig fitted on `samples`, with its card (leave-one-clip-out R2 included)."""
    if len(samples) < LEAST_CLIPS:
        raise InputError(
            f"rig fit: expected at least {LEAST_CLIPS} usable clips, got {len(samples)}"
        )
    shape, mirror = mean_shape(samples)
    basis = solve(samples, shape, mirror)
    held_out = [
        explained(solve(samples[:i] + samples[i + 1 :], shape, mirror), s)
        for i, s in enumerate(samples)
    ]
    silent = [c for c in AU_CHANNELS if _activation(np.zeros((1, 52)), c) is None]
    card: dict[str, object] = {
        "format": "cogportrait-rig/1",
        "date": date,
        "clips": names,
        "people": len({s.person for s in samples}),
        "frames": int(sum(len(s.displacement) for s in samples)),
        "r2_fit_median": float(np.median([explained(basis, s) for s in samples])),
        "r2_held_out_median": float(np.median(held_out)),
        "ridge": RIDGE,
        "template_only_channels": silent,
    }
    return Rig(shape, mirror, basis, card)


def rig_files(rig: Rig) -> dict[str, bytes]:
    """Return the files of a rig by name: ``rig.npz`` (float16 basis) and ``rig_card.json``."""
    basis = BytesIO()
    np.savez_compressed(
        basis,
        shape=rig.shape.astype(np.float32),
        mirror=rig.mirror.astype(np.int16),
        basis=rig.basis.astype(np.float16),
    )
    card = json.dumps(rig.card, indent=1) + "\n"
    return {"rig.npz": basis.getvalue(), "rig_card.json": card.encode("utf-8")}


def fit_rig(clips: Iterable[Clip], *, date: str, track: Callable[[Path], FaceTrack]) -> Rig:
    """Return the rig fitted on recordings.

    Parameters
    ----------
    clips : iterable of Clip
        See :func:`cogportrait.face.clips.read_clips`.
    date : str
        ISO date for the card.
    track : function
        Path of a clip -> its track.

    Raises
    ------
    InputError
        Fewer than three clips are usable.
    """
    samples: list[Sample] = []
    names: list[str] = []
    for clip in clips:
        sample = make_sample(track(clip.path), clip.person)
        if sample is not None:
            samples.append(sample)
            names.append(clip.name)
    return fit_samples(samples, names, date=date)
