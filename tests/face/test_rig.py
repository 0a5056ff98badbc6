"""Controls move the landmarks that they should, the way they should, and nothing else."""

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.face.faces import FPS, IOD_PX, SIDES, controls, mean_face, sweep

from cogportrait.face import landmarks as lm
from cogportrait.face.eye_geometry import eye_rest
from cogportrait.face.landmarker import BLENDSHAPE_INDEX
from cogportrait.face.pose import CAMERA_TO_IMAGE, rotation
from cogportrait.face.rig import (
    WIDEST_MOUTH,
    calibrate,
    head_pivot,
    map_to_keypoints,
    rig_card,
    rig_data,
)
from cogportrait.face.templates import FIXED
from cogportrait.facs.channels import AU_CHANNELS, CHANNELS, UPPER_CHANNELS
from cogportrait.types import ControlSequence, Portrait

Points = NDArray[np.float64]

BROWS = np.concatenate([*lm.BROW_UPPER, *lm.BROW_LOWER])
LIPS = np.concatenate(
    [lm.LIP_UPPER_OUTER, lm.LIP_UPPER_INNER, lm.LIP_LOWER_INNER, lm.LIP_LOWER_OUTER]
)
JAW = np.array([lm.CHIN, 148, 377, 176, 400, 172, 397])
EYES = np.array(FIXED)
SIDED = [name for name in AU_CHANNELS if name.endswith(("_L", "_R"))]
MID = [name for name in AU_CHANNELS if name not in SIDED]
BROW_AUS = [name for name in AU_CHANNELS if name[:4] in ("AU01", "AU02", "AU04", "AU05")]
MOUTH_AUS = [name for name in AU_CHANNELS if name not in UPPER_CHANNELS]
LEAST = 0.005  # interocular distances: half a pixel of a 100 px face


def moved(name: str, value: float = 1.0, portrait: Portrait | None = None) -> Points:
    """Return what one channel does to a face, [478, 3] in interocular distances."""
    face = portrait or mean_face()
    points = map_to_keypoints(face, controls({name: value})).face_px[0]
    return (points.astype(np.float64) - face.landmarks_px) / float(
        lm.interocular_px(face.landmarks_px)
    )


def size(displacement: Points) -> Points:
    return np.linalg.norm(displacement[..., :2], axis=-1)


def mirrored(displacement: Points) -> Points:
    return displacement[rig_data().mirror] * (-1, 1, 1)


def test_zero_controls_give_the_portrait_exactly(portrait: Portrait) -> None:
    for face in (portrait, mean_face()):
        still = map_to_keypoints(face, ControlSequence.zeros(3, FPS))
        np.testing.assert_array_equal(still.face_px, np.stack([face.landmarks_px] * 3))
        np.testing.assert_allclose(still.points_px[1], face.landmarks_px, atol=1e-3)
        assert not still.closure.any()


@pytest.mark.parametrize("name", AU_CHANNELS)
def test_every_channel_moves_something(name: str, portrait: Portrait) -> None:
    assert size(moved(name, portrait=portrait)).max() > 0.02


@pytest.mark.parametrize("name", SIDED)
def test_a_sided_channel_leaves_the_other_side_alone(name: str) -> None:
    x = rig_data().shape[:, 0]
    other = x < -0.12 if name.endswith("_L") else x > 0.12
    other[[470, 471, 469, 472, 475, 474, 476, 477]] = False  # irises: see the next test
    assert size(moved(name))[other].max() < 1e-4


@pytest.mark.parametrize("name", SIDED)
def test_a_sided_channel_leaves_the_other_eye_alone(name: str) -> None:
    side = 1 if name.endswith("_L") else 0
    eye = [lm.IRIS_CENTER[side], *lm.IRIS_RING[side], *lm.UPPER_LID[side], *lm.LOWER_LID[side]]
    assert size(moved(name))[eye].max() < 1e-4


@pytest.mark.parametrize("name", BROW_AUS)
def test_brow_channels_move_no_mouth_and_no_jaw(name: str) -> None:
    assert size(moved(name))[np.concatenate([LIPS, JAW])].max() < LEAST


@pytest.mark.parametrize("name", MOUTH_AUS)
def test_mouth_channels_move_no_brow_and_no_eye(name: str) -> None:
    assert size(moved(name))[np.concatenate([BROWS, EYES])].max() < LEAST


@pytest.mark.parametrize("name", [n for n in SIDED if n.endswith("_L")])
def test_left_and_right_are_mirror_images(name: str) -> None:
    left, right = moved(name), moved(f"{name[:-1]}R")
    np.testing.assert_allclose(mirrored(right), left, atol=2e-3)


@pytest.mark.parametrize("name", MID)
def test_channels_of_the_whole_face_are_symmetric(name: str) -> None:
    displacement = moved(name)
    np.testing.assert_allclose(mirrored(displacement), displacement, atol=2e-3)


DIRECTIONS = {  # landmarks, axis (0 to the subject's left, 1 down), sign
    "AU01_L": (lm.BROW_UPPER[0][:2], 1, -1),
    "AU02_L": (lm.BROW_UPPER[0][2:], 1, -1),
    "AU04_L": (lm.BROW_LOWER[0][:3], 1, 1),
    "AU06_L": ([330, 280], 1, -1),
    "AU10": ([0, 13], 1, -1),
    "AU12_L": ([291], 1, -1),
    "AU14_L": ([291], 0, 1),
    "AU15_L": ([291], 1, 1),
    "AU17": ([lm.CHIN], 1, -1),
    "AU18": ([291], 0, -1),
    "AU20_L": ([291], 0, 1),
    "AU22": ([291], 0, -1),
    "AU26": ([lm.CHIN, 14, 17], 1, 1),
    "AU27": ([lm.CHIN, 14, 17], 1, 1),
}


@pytest.mark.parametrize("name", DIRECTIONS)
def test_muscles_pull_the_right_way(name: str) -> None:
    points, axis, sign = DIRECTIONS[name]
    assert (moved(name)[points, axis] * sign > 0.02).all()


@pytest.mark.parametrize("name", ["AU22", "AU25", "AU26", "AU27"])
def test_lips_part(name: str) -> None:
    assert moved(name)[14, 1] - moved(name)[13, 1] > 0.02


@pytest.mark.parametrize("name", ["AU23", "AU24", "AU28"])
def test_lips_get_thinner_when_tightened(name: str) -> None:
    displacement = moved(name)
    assert displacement[0, 1] > 0.01  # upper lip's edge down
    assert displacement[17, 1] < -0.01


def test_the_map_is_linear_outside_eyes_and_jaw() -> None:
    names = ("AU01_L", "AU12_R", "AU17")
    rng = np.random.default_rng(3)
    a, b = (dict(zip(names, rng.uniform(0, 1, 3), strict=True)) for _ in range(2))
    both = {name: 0.3 * a[name] + 0.6 * b[name] for name in names}
    face = mean_face()
    out = map_to_keypoints(face, controls(a, b, both)).face_px - face.landmarks_px
    np.testing.assert_allclose(out[2], 0.3 * out[0] + 0.6 * out[1], atol=2e-3)


def test_the_mouth_opens_monotonically_and_never_wider_than_skin_allows() -> None:
    steps = np.linspace(0, 1, 11)
    wide = [{"AU25": s, "AU26": s, "AU27": s} for s in steps]
    face = map_to_keypoints(mean_face(), controls(*wide)).face_px
    gap = (face[:, 14, 1] - face[:, 13, 1]) / float(lm.interocular_px(mean_face().landmarks_px))
    assert (np.diff(gap) > 0).all()
    assert gap[-1] - gap[0] < WIDEST_MOUTH + 0.02


def random_controls(n: int) -> ControlSequence:
    values = np.random.default_rng(0).uniform(0, 0.7, (n, len(CHANNELS)))
    return ControlSequence.from_matrix(values, FPS)


def test_a_map_in_pieces_equals_the_map_at_once(portrait: Portrait) -> None:
    whole = random_controls(11)
    at_once = map_to_keypoints(portrait, whole, neutralize=0.5)
    pieces = [
        map_to_keypoints(portrait, whole.rows(a, b), neutralize=0.5)
        for a, b in ((0, 4), (4, 5), (5, 11))
    ]
    for field in ("points_px", "face_px", "gaze_deg", "closure", "aus", "head_deg"):
        joined = np.concatenate([getattr(piece, field) for piece in pieces])
        np.testing.assert_allclose(joined, getattr(at_once, field), atol=1e-3, err_msg=field)


def test_closure_and_gaze_reach_the_lids_and_the_iris(portrait: Portrait) -> None:
    out = map_to_keypoints(portrait, controls({}, {"AU43_L": 1.0}, {"gaze_yaw_R": 20.0}))
    eye = eye_rest(portrait.landmarks_px, 0)
    closed = out.face_px[1].astype(np.float64)
    upper, lower = closed[lm.UPPER_LID[0], :2], closed[lm.LOWER_LID[0], :2]
    order = np.argsort(lower @ eye.across)
    line = np.interp(upper @ eye.across, (lower @ eye.across)[order], (lower @ eye.down)[order])
    np.testing.assert_allclose(upper @ eye.down, line, atol=1e-2)
    still = [*lm.UPPER_LID[1], *lm.LOWER_LID[1]]
    np.testing.assert_array_equal(out.face_px[1, still], out.face_px[0, still])
    iris = out.face_px[:, list(lm.IRIS_CENTER), 0]
    assert iris[2, 1] - iris[0, 1] > 1
    assert iris[2, 0] == pytest.approx(iris[0, 0], abs=1e-3)


def posed(name: str, value: float) -> tuple[Points, Points]:
    """Return the mean face and the same after a head channel moved it."""
    face = mean_face()
    points = map_to_keypoints(face, controls({name: value})).points_px[0]
    return face.landmarks_px.astype(np.float64), points.astype(np.float64)


@pytest.mark.parametrize(("name", "axis", "sign"), [("head_yaw", 0, 1), ("head_pitch", 1, -1)])
def test_the_nose_goes_where_the_head_turns(name: str, axis: int, sign: int) -> None:
    rest, points = posed(name, 15.0)
    assert (points - rest)[lm.NOSE_TIP, axis] * sign > 0.15 * IOD_PX


def test_the_crown_goes_to_the_image_right_with_positive_roll() -> None:
    rest, points = posed("head_roll", 15.0)
    assert (points - rest)[lm.FOREHEAD_TOP, 0] > 0.2 * IOD_PX


def test_turning_the_head_keeps_its_shape_and_its_pivot() -> None:
    face = mean_face()
    angles = {"head_yaw": 20.0, "head_pitch": -12.0, "head_roll": 8.0}
    points = map_to_keypoints(face, controls(angles)).points_px[0].astype(np.float64)
    pivot = head_pivot(face.landmarks_px, np.eye(3))
    turn = rotation(np.array(list(angles.values())))
    expected = (face.landmarks_px - pivot) @ turn.T + pivot
    np.testing.assert_allclose(points, expected, atol=1e-2)


@pytest.mark.parametrize(("name", "axis", "sign"), [("head_x", 0, 1), ("head_y", 1, -1)])
def test_the_head_shifts_by_interocular_distances(name: str, axis: int, sign: int) -> None:
    rest, points = posed(name, 0.5)
    expected = np.zeros(3)
    expected[axis] = sign * 0.5 * IOD_PX
    np.testing.assert_allclose(points - rest, np.tile(expected, (478, 1)), atol=0.05)


def test_a_head_that_comes_nearer_gets_larger() -> None:
    rest, points = posed("head_z", 1.0)
    assert np.ptp(points[:, 0]) / np.ptp(rest[:, 0]) == pytest.approx(10 / 9, rel=1e-3)


def turned(portrait: Portrait, yaw: float) -> Portrait:
    """Return a portrait photographed with its head turned."""
    turn = rotation(np.array([yaw, 0.0, 0.0]))
    points = map_to_keypoints(portrait, controls({"head_yaw": yaw})).points_px[0]
    matrix = np.eye(4)
    matrix[:3, :3] = CAMERA_TO_IMAGE @ turn @ CAMERA_TO_IMAGE
    return Portrait(portrait.image, points, portrait.blendshapes, matrix.astype(np.float32))


def test_expressions_turn_with_the_head_of_the_photograph() -> None:
    face = turned(mean_face(), 30.0)
    displacement = moved("AU20_L", portrait=face)[291]
    straight = moved("AU20_L")[291] @ rotation(np.array([30.0, 0.0, 0.0])).T
    np.testing.assert_allclose(displacement, straight, atol=2e-3)


def test_a_calm_face_that_looks_at_the_camera_has_nothing_to_neutralize() -> None:
    face = mean_face()
    zero = calibrate(face)
    np.testing.assert_allclose(zero.gaze_deg, 0, atol=0.1)
    np.testing.assert_allclose(zero.head_deg, 0, atol=1e-6)
    assert not zero.aus.any()
    still = map_to_keypoints(face, ControlSequence.zeros(1, FPS), neutralize=1.0)
    np.testing.assert_allclose(still.face_px[0], face.landmarks_px, atol=1e-3)


@pytest.mark.parametrize("gaze", [(18.0, 0.0), (-15.0, 8.0), (0.0, -14.0)])
def test_neutralizing_brings_an_averted_gaze_back(gaze: tuple[float, float]) -> None:
    face = mean_face(gaze)
    np.testing.assert_allclose(calibrate(face).gaze_deg, [gaze, gaze], atol=0.1)
    still = map_to_keypoints(face, ControlSequence.zeros(1, FPS), neutralize=1.0).face_px[0]
    for side in SIDES:
        np.testing.assert_allclose(eye_rest(still, side).gaze_deg, 0, atol=0.5)


def test_a_glance_of_a_few_degrees_is_left_as_it_is() -> None:
    face = mean_face((3.0, -2.0))
    still = map_to_keypoints(face, ControlSequence.zeros(1, FPS), neutralize=1.0)
    np.testing.assert_allclose(still.face_px[0], face.landmarks_px, atol=1e-3)


def smiling(smile: float = 0.7) -> Portrait:
    """Return the mean face with a smile that shows teeth, as the network reads it."""
    face = mean_face()
    commanded = {"AU12_L": smile, "AU12_R": smile, "AU25": 0.6}
    points = map_to_keypoints(face, controls(commanded)).face_px[0]
    shapes = face.blendshapes.copy()
    for name in ("mouthSmileLeft", "mouthSmileRight"):
        shapes[BLENDSHAPE_INDEX[name]] = smile
    return Portrait(face.image, points, shapes, face.head_matrix)


def lip_gap(points: Points) -> float:
    return float((points[[82, 13, 312], 1] - points[[87, 14, 317], 1]).mean()) / -IOD_PX


def mouth_width(points: Points) -> float:
    return float(np.linalg.norm(np.diff(points[list(lm.MOUTH_CORNER), :2], axis=0))) / IOD_PX


def test_neutralizing_lets_a_photographed_smile_go() -> None:
    face = smiling()
    half, full = (
        map_to_keypoints(face, ControlSequence.zeros(1, FPS), neutralize=share).face_px[0]
        for share in (0.5, 1.0)
    )
    calm = mean_face().landmarks_px
    wide = mouth_width(face.landmarks_px) - mouth_width(calm)
    assert wide > 0.1
    assert mouth_width(full) - mouth_width(calm) < 0.35 * wide
    assert mouth_width(full) < mouth_width(half) < mouth_width(face.landmarks_px)


def test_neutralizing_closes_parted_lips(portrait: Portrait) -> None:
    for face in (smiling(), portrait):
        closed = map_to_keypoints(face, ControlSequence.zeros(1, FPS), neutralize=1.0).face_px[0]
        assert lip_gap(face.landmarks_px) > 0.05
        # Sealed lips press on each other: their inner edges cross by SEAL_OVERLAP.
        assert -0.06 < lip_gap(closed) < 0.0


def test_a_smile_can_be_commanded_on_a_neutralized_one() -> None:
    calm, again = map_to_keypoints(
        smiling(), sweep(["AU12_L", "AU12_R"], np.array([0.0, 0.7])), neutralize=1.0
    ).face_px
    assert mouth_width(again) > mouth_width(calm) + 0.1


def test_the_card_tells_what_the_basis_was_fitted_on() -> None:
    card = rig_card()
    clips, people, frames = card["clips"], card["people"], card["frames"]
    assert isinstance(clips, list)
    assert isinstance(people, int)
    assert isinstance(frames, int)
    assert 3 <= people <= len(clips)
    assert frames >= 20 * len(clips)
    for name in ("r2_fit_median", "r2_held_out_median"):
        value = card[name]
        assert isinstance(value, float)
        assert 0.3 < value < 1
    assert set(card["template_only_channels"]) < set(AU_CHANNELS)


def test_the_shipped_basis_fits_the_channels_and_is_symmetric() -> None:
    data = rig_data()
    assert data.basis.shape == (len(AU_CHANNELS), 478, 3)
    np.testing.assert_array_equal(data.mirror[data.mirror], np.arange(478))
    np.testing.assert_allclose(mirrored(data.shape), data.shape, atol=1e-6)
    assert not data.basis[:, EYES].any()


def upper_lip_rise(**aus: float) -> float:
    """Return by how much the middle of the upper lip goes up, interocular distances."""
    face = mean_face()
    moved_face = map_to_keypoints(face, controls(aus)).face_px[0]
    return float(face.landmarks_px[13, 1] - moved_face[13, 1]) / IOD_PX


def test_a_smile_bares_the_upper_teeth_once_lips_part() -> None:
    smile = {"AU12_L": 0.8, "AU12_R": 0.8}
    assert abs(upper_lip_rise(**smile)) < 0.005
    parted = upper_lip_rise(AU25=0.4)
    assert 0.03 < upper_lip_rise(**smile, AU25=0.4) - parted < 0.09
    assert abs(upper_lip_rise(AU12_L=0.8, AU25=0.4) - parted) < 0.005  # a smirk does not
    raised = upper_lip_rise(**smile, AU25=0.4, AU10=1.0)
    assert raised == pytest.approx(upper_lip_rise(AU25=0.4, AU10=1.0), abs=0.005)  # not twice
