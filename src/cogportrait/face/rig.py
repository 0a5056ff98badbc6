"""The mapping layer: controls of anybody -> 478 landmarks of *this* portrait.

A linear basis moves brows, cheeks, nose and mouth; lids and irises come from the geometry of
:mod:`cogportrait.face.eye_geometry`; the head turns rigidly in 3-D about a point between the ears.
Zero controls give the portrait as photographed.
"""

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cogportrait.face import landmarks as lm
from cogportrait.face.eye_geometry import (
    EyeRest,
    LidState,
    blink_gaze_deg,
    eye_rest,
    iris_shift_px,
    lid_margins,
)
from cogportrait.face.landmarker import BLENDSHAPE_INDEX
from cogportrait.face.pose import head_angles_deg, head_rotation, rotation
from cogportrait.facs.channels import AU_CHANNELS, AU_INDEX, SIDES, au_channel
from cogportrait.types import ControlSequence, FloatArray, KeypointSequence, Portrait

# Where the head turns: between the ears, a little behind and below them (atlanto-occipital joint),
# in interocular distances from the middle of the two preauricular landmarks. Our definition.
EARS: Final = (454, 234)
PIVOT_IOD: Final = np.array([0.0, 0.35, 0.40])  # down and back; how far back: docs/rig.md
CAMERA_DISTANCE_IOD: Final = 10.0  # weak perspective of head_z: a face seen from about 0.63 m
# What neutralizing takes off for a photographed smile, per unit of the tracker's reading: AU12
# and, for the eyes' part in it, AU6. By eye on three smiling portraits (docs/rig.md).
SMILE_RELEASE: Final = 1.4
CHEEK_RELEASE: Final = 0.4
# More of it, where corners would still be higher than this above the middle of the lips.
CALM_CORNERS: Final = -0.04  # interocular distances; recorded neutral faces -0.006, smirks above
CALM_SMIRK: Final = -0.015  # the same where no smile is read, but corners are up
SMIRK: Final = 0.02  # interocular distances above the middle from which that counts in full
MORE_RELEASE: Final = 0.4  # of AU12 at most
# A smile with parted lips bares the upper teeth: the upper lip goes up with the corners, as AU10
# raises it. Recorded with the smile read as 0.65 to 0.84: six of six parted smiles 0.31 to 0.76 of
# AU10, one with closed lips 0.01; jaw open, two 0.42, one 0.10. Our choice, by the median.
BARED: Final = 0.55  # of AU10 for a full smile
BARED_PARTED: Final = 0.3  # AU25 and AU26 together, from which all of it
WIDEST_MOUTH: Final = 0.36  # interocular distances between the inner lips
SEAL_OVERLAP: Final = 0.035  # interocular distances by which sealed lips press on each other


@dataclass(frozen=True, slots=True, eq=False)
class RigData:
    """The fitted basis that ships with the package."""

    shape: NDArray[np.float64]  # [478, 3] mean face, head-fixed, interocular distances
    mirror: NDArray[np.intp]  # [478]
    basis: NDArray[np.float64]  # [K, 478, 3] at full intensity


@cache
def rig_data() -> RigData:
    """Return the shipped basis (``rig_data/rig.npz``; its card is ``rig_card.json``)."""
    path = files("cogportrait.face") / "rig_data" / "rig.npz"
    with path.open("rb") as stream, np.load(stream, allow_pickle=False) as z:
        return RigData(
            z["shape"].astype(np.float64),
            z["mirror"].astype(np.intp),
            z["basis"].astype(np.float64),
        )


@cache
def rig_card() -> dict[str, object]:
    """Return what the basis was fitted on."""
    text = (files("cogportrait.face") / "rig_data" / "rig_card.json").read_text(encoding="utf-8")
    return json.loads(text)


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """A portrait's own zero: what it shows already, measured from its landmarks."""

    gaze_deg: NDArray[np.float64]  # [2, 2] eye x (yaw, pitch) away from the camera
    head_deg: NDArray[np.float64]  # [3]
    aus: NDArray[np.float64]  # [K] smile and parted lips to take off, multiples of full intensity


def head_pivot(points: NDArray[np.floating], turn: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the point [3] px that head rotations leave in place, for a portrait's landmarks."""
    p = np.asarray(points, np.float64)
    iod = float(lm.interocular_px(p))
    return p[list(EARS)].mean(0) + iod * turn @ PIVOT_IOD


def pose_points(
    points: NDArray[np.float64], portrait: Portrait, head_deg: FloatArray, shift_iod: FloatArray
) -> NDArray[np.float64]:
    """Return points [T, N, 3] px moved by head rotation [T, 3] degrees and translation [T, 3].

    Rotations are relative to the photographed pose and about the portrait's own head axes.
    Toward the camera is drawn as a change of size about the pivot (weak perspective at a distance
    of ten interocular distances, about 0.63 m).
    """
    turn, pivot, iod = portrait_frame(portrait)
    delta = turn @ rotation(head_deg) @ turn.T
    moved = np.einsum("tij,tnj->tni", delta, points - pivot)
    scale = 1.0 / (1.0 - np.clip(shift_iod[:, 2], -8, 8) / CAMERA_DISTANCE_IOD)
    offset = shift_iod[:, :2] * np.array([iod, -iod])
    moved *= scale[:, None, None]
    moved += pivot
    moved[..., :2] += offset[:, None]
    return moved


def portrait_frame(
    portrait: Portrait,
) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
    """Return the portrait's head rotation [3, 3], pivot [3] px, and interocular distance px."""
    turn = head_rotation(portrait.head_matrix)
    return (
        turn,
        head_pivot(portrait.landmarks_px, turn),
        float(lm.interocular_px(portrait.landmarks_px)),
    )


def map_to_keypoints(
    portrait: Portrait, controls: ControlSequence, *, neutralize: float = 0.0
) -> KeypointSequence:
    """Return the landmarks of `portrait` under `controls`.

    Parameters
    ----------
    portrait : Portrait
        The face to move.
    controls : ControlSequence
        T frames; deviations from the portrait as photographed.
    neutralize : float
        0 keeps the portrait as photographed as the zero. 1 makes a calm face that looks at the
        camera the zero: an averted gaze is brought back, a smile let go, parted lips closed.

    Returns
    -------
    KeypointSequence
        T frames; constant work per frame, so long sequences are mapped in pieces.
    """
    gaze = np.asarray(controls.gaze_deg, np.float64)
    aus = controls.aus.astype(np.float64)
    zero = calibrate(portrait)
    gaze = gaze - neutralize * _averted_deg(zero)
    aus = aus - neutralize * zero.aus
    turn, _, iod = portrait_frame(portrait)
    asked = aus
    aus = _with_bared_teeth(aus, zero.aus)
    local = _displaced(aus)
    face = portrait.landmarks_px.astype(np.float64) + iod * local @ turn.T
    closure = np.stack([controls.au(au_channel(43, s)) for s in SIDES], axis=1).astype(np.float64)
    moved_gaze = blink_gaze_deg(gaze, closure)
    for side in (0, 1):
        eye = eye_rest(portrait.landmarks_px, side, turn)
        _place_eye(face, eye, aus, moved_gaze[:, side])
    posed = pose_points(face, portrait, controls.head_deg, controls.head_shift_iod)
    return KeypointSequence(
        fps=controls.fps,
        points_px=posed.astype(np.float32),
        face_px=face.astype(np.float32),
        gaze_deg=moved_gaze.astype(np.float32),
        closure=closure.astype(np.float32),
        aus=asked.astype(np.float32),
        head_deg=controls.head_deg,
        head_shift_iod=controls.head_shift_iod,
    )


def _with_bared_teeth(aus: NDArray[np.float64], shown: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return action units [T, K] with the upper lip's part in smiles, from what is `shown` [K]."""

    def raised(total: NDArray[np.float64]) -> NDArray[np.float64]:
        smile = np.minimum(total[:, AU_INDEX["AU12_L"]], total[:, AU_INDEX["AU12_R"]])
        parted = total[:, AU_INDEX["AU25"]] + total[:, AU_INDEX["AU26"]]
        bared = BARED * np.clip(smile, 0, 1) * np.clip(parted / BARED_PARTED, 0, 1)
        return np.maximum(bared, np.clip(total[:, AU_INDEX["AU10"]], 0, None))

    column = AU_INDEX["AU10"]
    out = aus.copy()
    change = raised(aus + shown) - raised(shown[None])
    sinks = np.minimum(aus[:, column], 0)  # below what is shown, nothing is bared
    out[:, column] = change + sinks
    return out


def _within_jaw(aus: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return action units [T, K] whose AU25, 26 and 27 open the mouth no wider than skin allows.

    Together they saturate at ``WIDEST_MOUTH``: beyond it the chin would fold over the neck.
    """
    names = ("AU25", "AU26", "AU27")
    columns = [AU_INDEX[name] for name in names]
    opens = np.array([float(_lip_gap(rig_data().basis[i])) for i in columns])
    wide = np.maximum(aus[:, columns], 0) @ opens
    share = np.tanh(wide / WIDEST_MOUTH) * WIDEST_MOUTH / np.maximum(wide, 1e-9)
    out = aus.copy()
    out[:, columns] = np.where(
        out[:, columns] > 0, out[:, columns] * np.where(wide > 1e-9, share, 1.0)[:, None],
        out[:, columns],
    )  # fmt: skip
    return out


def _place_eye(
    face: NDArray[np.float64],
    eye: EyeRest,
    aus: NDArray[np.float64],
    gaze_deg: NDArray[np.float64],
) -> None:
    """Write lid and iris points of one eye into `face` [T, 478, 3], from action units [T, K]."""

    def au(number: int) -> NDArray[np.float64]:
        return aus[:, AU_INDEX[au_channel(number, SIDES[eye.side])]]

    shift = iris_shift_px(eye, gaze_deg)
    state = LidState(au(43), au(5), au(6), au(7), gaze_deg[:, 1], shift @ eye.across)
    upper, lower = lid_margins(eye, state)
    face[:, lm.UPPER_LID[eye.side][1:-1], :2] = upper[:, 1:-1]
    face[:, lm.LOWER_LID[eye.side][1:-1], :2] = lower[:, 1:-1]
    rest = np.cos(np.deg2rad(eye.gaze_deg))
    now = np.cos(np.deg2rad(np.clip(eye.gaze_deg + gaze_deg, -60, 60)))
    flat = now / rest  # [T, 2] foreshortening across and down
    ring = face[:, lm.IRIS_RING[eye.side], :2] - eye.iris
    axes = np.stack([eye.across, eye.down])
    ring = ((ring @ axes.T) * flat[:, None]) @ axes
    center = eye.iris + shift
    face[:, lm.IRIS_RING[eye.side], :2] = center[:, None] + ring
    face[:, lm.IRIS_CENTER[eye.side], :2] = center


def _averted_deg(zero: Calibration) -> NDArray[np.float64]:
    """Return the yaw and pitch by which a portrait looks past the camera, [2] degrees.

    The mean of both eyes (their difference is measurement noise), ignored below 9 degrees, the
    spread of readings on faces that do look at the camera, and counted in full from 12.
    """
    mean = zero.gaze_deg.mean(0)
    size = float(np.hypot(*mean))
    return mean * np.clip((size - 9.0) / 3.0, 0, 1)


def calibrate(portrait: Portrait) -> Calibration:
    """Return what the portrait shows already: averted gaze, head pose, smile, parted lips."""
    turn, _, iod = portrait_frame(portrait)
    p = portrait.landmarks_px.astype(np.float64)
    gaze = np.stack([eye_rest(p, side, turn).gaze_deg for side in (0, 1)])
    aus = np.zeros(len(AU_CHANNELS))
    for side, name in zip(SIDES, ("mouthSmileLeft", "mouthSmileRight"), strict=True):
        smile = float(portrait.blendshapes[BLENDSHAPE_INDEX[name]])
        smile *= float(np.clip((smile - 0.2) / 0.15, 0, 1))
        aus[AU_INDEX[au_channel(12, side)]] = SMILE_RELEASE * smile
        aus[AU_INDEX[au_channel(6, side)]] = CHEEK_RELEASE * smile
    # The lips' gap in multiples of what AU25 opens, after the smile's own share is taken off.
    basis = rig_data().basis
    gap = _lip_gap(p) / iod - _lip_gap(basis.transpose(1, 2, 0)) @ aus
    smile = float(np.clip(min(aus[AU_INDEX["AU12_L"]], aus[AU_INDEX["AU12_R"]]), 0, 1))
    gap -= min(BARED * smile * float(_lip_gap(basis[AU_INDEX["AU10"]])), max(float(gap), 0.0))
    opens = float(_lip_gap(basis[AU_INDEX["AU25"]]))
    aus[AU_INDEX["AU25"]] = (
        float(gap + SEAL_OVERLAP) / opens * float(np.clip((gap - 0.02) / 0.02, 0, 1))
    )
    shown = (p @ turn) / iod
    smirk = max(smile, float(np.clip(_corner_rise(shown) / SMIRK, 0, 1)))
    if smirk > 0:
        calm = shown + _displaced(_with_bared_teeth(-aus[None], aus))[0]
        left = _corner_rise(calm) - (CALM_CORNERS if smile > 0 else CALM_SMIRK)
        one = _corner_rise(basis[AU_INDEX["AU12_L"]] + basis[AU_INDEX["AU12_R"]])
        more = float(np.clip(left / one, 0, MORE_RELEASE)) * smirk
        for side in SIDES:
            aus[AU_INDEX[au_channel(12, side)]] += more
    return Calibration(gaze, head_angles_deg(portrait.head_matrix), aus)


def _displaced(aus: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return by how much action units [T, K] move landmarks, [T, 478, 3], head-fixed."""
    return np.tensordot(_within_jaw(aus), rig_data().basis, axes=(1, 0))


def _corner_rise(points: NDArray[np.float64]) -> float:
    """Return how much higher the corners of the mouth are than its middle, head-fixed [478, 3]."""
    middle = [lm.LIP_UPPER_INNER[5], lm.LIP_LOWER_INNER[5]]
    return float(points[middle, 1].mean() - points[list(lm.MOUTH_CORNER), 1].mean())


def _lip_gap(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the mean opening between the middle of the inner lips, [478, >=2, ...] -> [...]."""
    return (points[lm.LIP_LOWER_INNER[3:8], 1] - points[lm.LIP_UPPER_INNER[3:8], 1]).mean(0)
