"""Lids and irises as geometry: what closes, what follows what, what stays."""

from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from tests.face.faces import SIDES, mean_face, sweep

from cogportrait.face import eye_geometry as eg
from cogportrait.face import landmarks as lm
from cogportrait.face.eye_geometry import EyeRest, LidState, eye_rest, iris_shift_px, lid_margins
from cogportrait.face.rig import map_to_keypoints
from cogportrait.types import Portrait

Array = NDArray[np.float64]
MIDDLE = 4  # of the nine points of a margin


@pytest.fixture(params=["mean face", "photograph"], scope="module")
def face(request: pytest.FixtureRequest, portrait: Portrait) -> Portrait:
    return mean_face() if request.param == "mean face" else portrait


def eyes_of(face: Portrait) -> list[EyeRest]:
    return [eye_rest(face.landmarks_px, side) for side in SIDES]


def state(**driven: object) -> LidState:
    """Return lids driven by some of the fields, all others at rest."""
    arrays = {name: np.atleast_1d(np.asarray(value, float)) for name, value in driven.items()}
    n = max((len(a) for a in arrays.values()), default=1)
    rest = {f.name: np.zeros(n) for f in fields(LidState)}
    return LidState(**rest | {name: np.broadcast_to(a, n) for name, a in arrays.items()})


def gap(eye: EyeRest, lids: LidState) -> Array:
    """Return how far each point of the upper margin lies above the lower margin's line, [T, 9]."""
    upper, lower = lid_margins(eye, lids)
    return np.stack([distance_to_line(eye, a, b) for a, b in zip(upper, lower, strict=True)])


def distance_to_line(eye: EyeRest, points: Array, line: Array) -> Array:
    """Return how far `points` lie above the polyline through `line`, px."""
    order = np.argsort((line - eye.origin) @ eye.across)
    across = ((line - eye.origin) @ eye.across)[order]
    at = np.interp((points - eye.origin) @ eye.across, across, height(eye, line)[order])
    return height(eye, points) - at


def height(eye: EyeRest, points: Array) -> Array:
    """Return how far up points lie, px."""
    return -(points - eye.origin) @ eye.down


def test_lids_at_rest_are_those_of_the_picture(face: Portrait) -> None:
    for eye in eyes_of(face):
        upper, lower = lid_margins(eye, state())
        np.testing.assert_array_equal(upper[0], eye.upper)
        np.testing.assert_array_equal(lower[0], eye.lower)


def test_closure_brings_the_margins_together_exactly(face: Portrait) -> None:
    for eye in eyes_of(face):
        np.testing.assert_allclose(gap(eye, state(closure=1.0)), 0, atol=1e-9)


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1), st.floats(-40, 28), st.floats(-12, 12))
def test_closure_is_complete_whatever_else_the_lids_do(
    au5: float, au6: float, au7: float, pitch: float, iris: float
) -> None:
    eye = eye_rest(mean_face().landmarks_px, 0)
    lids = state(closure=[0, 0.5, 1], au5=au5, au6=au6, au7=au7, pitch_deg=pitch, iris_px=iris)
    opening = gap(eye, lids)
    assert (opening >= -1e-9).all()  # margins never cross
    np.testing.assert_allclose(opening[2], 0, atol=1e-9)
    np.testing.assert_allclose(opening[1], opening[0] / 2, atol=0.05 * eye.width)


def test_the_aperture_falls_monotonically_and_about_linearly(face: Portrait) -> None:
    closure = np.linspace(0, 1, 21)
    for eye in eyes_of(face):
        opening = gap(eye, state(closure=closure))[:, MIDDLE]
        assert (np.diff(opening) < 0).all()
        np.testing.assert_allclose(opening / opening[0], 1 - closure, atol=0.06)


def test_a_blink_is_made_by_the_upper_lid(face: Portrait) -> None:
    for eye in eyes_of(face):
        upper, lower = lid_margins(eye, state(closure=1.0))
        down = -height(eye, upper[0] - eye.upper + eye.origin)[MIDDLE]
        up = height(eye, lower[0] - eye.lower + eye.origin)[MIDDLE]
        assert 0 < up < 0.1 * down


@pytest.mark.parametrize("name", ["closure", "au5", "au6", "au7", "pitch_deg", "iris_px"])
def test_the_corners_never_move(name: str) -> None:
    eye = eye_rest(mean_face().landmarks_px, 1)
    upper, lower = lid_margins(eye, state(**{name: [-1.0, 0.5, 1.0]}))
    for margin, rest in ((upper, eye.upper), (lower, eye.lower)):
        np.testing.assert_allclose(margin[:, [0, -1]] - rest[[0, -1]], 0, atol=1e-9)


@pytest.mark.parametrize(
    ("pitch", "upper_gain", "lower_gain"),
    [(-10, eg.UPPER_GAIN_DOWN, eg.LOWER_GAIN_DOWN), (10, eg.UPPER_GAIN_UP, eg.LOWER_GAIN_UP)],
)
def test_lids_follow_the_gaze_with_the_stated_gains(
    face: Portrait, pitch: float, upper_gain: float, lower_gain: float
) -> None:
    for eye in eyes_of(face):
        upper, lower = lid_margins(eye, state(pitch_deg=pitch))
        along_ball = pitch * eg.MM_PER_DEG * eye.px_per_mm
        widest = int(np.argmax((eye.lower - eye.upper) @ eye.down))
        for margin, rest, gain in (
            (upper, eye.upper, upper_gain),
            (lower, eye.lower, lower_gain),
        ):
            rise = height(eye, margin[0]) - height(eye, rest)
            assert rise[widest] == pytest.approx(gain * along_ball)


def test_the_upper_lid_stops_rising_at_twenty_degrees_of_upgaze() -> None:
    eye = eye_rest(mean_face().landmarks_px, 0)
    upper, _ = lid_margins(eye, state(pitch_deg=[15, 20, 28]))
    rise = height(eye, upper)[:, MIDDLE]
    assert rise[1] > rise[0]
    assert rise[2] == pytest.approx(rise[1])


def test_looking_down_covers_the_eye_partly_and_leaves_it_open(face: Portrait) -> None:
    for eye in eyes_of(face):
        opening = gap(eye, state(pitch_deg=[0, -10, -20, -40])).max(1)
        assert (np.diff(opening) <= 0).all()
        assert opening[-1] > 0


def test_the_upper_lid_raiser_opens_the_eye(face: Portrait) -> None:
    for eye in eyes_of(face):
        opening = gap(eye, state(au5=[0, 0.5, 1])).max(1)
        assert (np.diff(opening) > 0).all()
        assert opening[-1] / opening[0] == pytest.approx(1 + eg.AU5_RAISE + eg.AU5_LOWER, abs=0.03)


@pytest.mark.parametrize("name", ["au6", "au7"])
def test_the_eye_ring_muscles_narrow_the_eye_from_below(face: Portrait, name: str) -> None:
    for eye in eyes_of(face):
        lids = state(**{name: [0, 0.5, 1]})
        opening = gap(eye, lids).max(1)
        assert (np.diff(opening) < 0).all()
        assert opening[-1] > 0.3 * opening[0]
        upper, lower = (height(eye, m)[:, MIDDLE] for m in lid_margins(eye, lids))
        assert lower[-1] - lower[0] > upper[0] - upper[-1]


def test_a_lid_relaxed_from_a_smile_comes_down_to_the_iris_and_not_below_it(face: Portrait) -> None:
    for eye in eyes_of(face):
        rest, relaxed = (lid_margins(eye, state(au6=a, au7=a))[1][0] for a in (0.0, -1.0))
        u = (eye.iris - eye.origin) @ eye.across
        iris = float((eye.iris - eye.origin) @ eye.down) + eye.iris_radius
        low, was = _height_at(eye, relaxed, u), _height_at(eye, rest, u)
        assert low >= was - 1e-6
        assert low <= max(iris, was) + 0.02 * eye.width


def _height_at(eye: EyeRest, margin: Array, u: float) -> float:
    along, down = ((margin - eye.origin) @ axis for axis in (eye.across, eye.down))
    order = np.argsort(along)
    return float(np.interp(u, along[order], down[order]))


def test_the_iris_moves_to_the_image_right_with_yaw_and_up_with_pitch(face: Portrait) -> None:
    for eye in eyes_of(face):
        right, up = iris_shift_px(eye, np.array([[15.0, 0.0], [0.0, 15.0]]))
        assert right[0] > 0.08 * eye.width
        assert abs(right[1]) < 0.2 * right[0]
        assert up[1] < -0.08 * eye.width
        assert abs(up[0]) < 0.2 * -up[1]


def test_the_iris_goes_as_far_as_a_ball_takes_it() -> None:
    eye = eye_rest(mean_face().landmarks_px, 0)
    moved = iris_shift_px(eye, np.array([[30.0, 0.0]]))[0] @ eye.across
    assert moved == pytest.approx(eye.px_per_mm * eg.IRIS_DEPTH_MM * 0.5, rel=0.02)


@given(st.floats(-30, 30), st.floats(-25, 25))
def test_gaze_is_read_back_from_a_moved_iris(yaw: float, pitch: float) -> None:
    for side in SIDES:
        np.testing.assert_allclose(
            eye_rest(mean_face((yaw, pitch)).landmarks_px, side).gaze_deg, (yaw, pitch), atol=0.1
        )


def test_the_iris_gets_narrower_as_the_eye_turns_away() -> None:
    face = mean_face()
    moved = map_to_keypoints(face, sweep(["gaze_yaw_L", "gaze_yaw_R"], np.array([0.0, 30.0])))
    for side in SIDES:
        across, down = np.moveaxis(np.ptp(moved.face_px[:, lm.IRIS_RING[side], :2], axis=1), -1, 0)
        assert across[1] / across[0] == pytest.approx(np.cos(np.deg2rad(30)), abs=0.01)
        assert down[1] / down[0] == pytest.approx(1, abs=0.01)


def test_blinking_eyes_turn_down_and_to_the_nose() -> None:
    gaze = eg.blink_gaze_deg(np.zeros((2, 2, 2)), np.array([[0.0, 0.0], [1.0, 1.0]]))
    np.testing.assert_array_equal(gaze[0], 0)
    np.testing.assert_allclose(gaze[1, :, 1], -eg.BLINK_DOWN_DEG)
    np.testing.assert_allclose(gaze[1, :, 0], [-eg.BLINK_NASAL_DEG, eg.BLINK_NASAL_DEG])
