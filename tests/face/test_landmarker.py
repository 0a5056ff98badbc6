"""Faces are found wherever they are; a picture that cannot be animated is refused in one line."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from skimage import data

from cogportrait.errors import FaceError
from cogportrait.face import fitness, landmarker
from cogportrait.face import landmarks as lm
from cogportrait.face.detector import detect_faces
from cogportrait.face.fitness import MIN_FACE_PX
from cogportrait.face.landmarker import (
    BLENDSHAPE_INDEX,
    track_portrait,
    track_video,
)
from cogportrait.face.spotter import with_missed
from cogportrait.types import Frame, Portrait

BLINK = {"left": BLENDSHAPE_INDEX["eyeBlinkLeft"], "right": BLENDSHAPE_INDEX["eyeBlinkRight"]}
GRAY = 140
Finder = Callable[[Portrait], None]


def on_canvas(width: int, height: int, *faces: tuple[Frame, int, int]) -> Frame:
    """Return a gray picture with smaller ones pasted in at (x, y)."""
    canvas = np.full((height, width, 3), GRAY, np.uint8)
    for face, x, y in faces:
        canvas[y : y + face.shape[0], x : x + face.shape[1]] = face
    return canvas


def head(astronaut: Frame, size: int) -> Frame:
    """Return the astronaut's head, square."""
    part = np.ascontiguousarray(astronaut[25:225, 124:324])
    return np.asarray(cv2.resize(part, (size, size), interpolation=cv2.INTER_AREA), np.uint8)


def two_heads(astronaut: Frame) -> Frame:
    """Return a picture whose larger face is on the right."""
    return on_canvas(800, 400, (head(astronaut, 280), 60, 60), (head(astronaut, 380), 410, 10))


def nose(portrait: Portrait) -> tuple[float, float]:
    x, y, _ = portrait.landmarks_px[lm.NOSE_TIP]
    return float(x), float(y)


def refused(image: Frame, face: int | None = None) -> str:
    with pytest.raises(FaceError) as caught:
        track_portrait(image, face=face, name="photo.jpg")
    message = str(caught.value)
    assert message.startswith("photo.jpg: ")
    assert "\n" not in message
    return message


def test_a_portrait_is_tracked_without_a_warning(portrait: Portrait) -> None:
    assert portrait.warnings == ()
    assert portrait.landmarks_px.shape == (478, 3)
    x, y = nose(portrait)
    assert 215 < x < 235
    assert 120 < y < 140


def test_equal_pixels_give_equal_points(portrait: Portrait, astronaut: Frame) -> None:
    again = track_portrait(astronaut.copy())
    np.testing.assert_array_equal(again.landmarks_px, portrait.landmarks_px)
    np.testing.assert_array_equal(again.blendshapes, portrait.blendshapes)


def test_points_count_from_the_center_of_the_first_pixel(
    portrait: Portrait, astronaut: Frame
) -> None:
    mirrored = track_portrait(np.ascontiguousarray(astronaut[:, ::-1]))
    x, _ = nose(mirrored)
    assert x == pytest.approx(astronaut.shape[1] - 1 - nose(portrait)[0], abs=1.5)


def test_a_picture_without_a_face_is_refused() -> None:
    assert "no face found" in refused(np.full((300, 300, 3), GRAY, np.uint8))


def test_of_several_faces_the_largest_is_taken_and_named(astronaut: Frame) -> None:
    chosen = track_portrait(two_heads(astronaut), name="pair.png")
    assert nose(chosen)[0] > 500
    (warning,) = chosen.warnings
    assert "2 faces found" in warning
    assert "--face" in warning
    assert "\n" not in warning


def test_another_face_can_be_chosen_by_number(astronaut: Frame) -> None:
    chosen = track_portrait(two_heads(astronaut), face=2)
    assert nose(chosen)[0] < 300
    assert chosen.warnings == ()


@pytest.mark.parametrize("number", [0, 3, -1])
def test_a_face_number_out_of_range_is_refused(astronaut: Frame, number: int) -> None:
    assert f"from 1 to 2, got {number}" in refused(two_heads(astronaut), number)


@pytest.mark.parametrize("size", [400, 512, 800])
def test_a_face_that_is_small_beside_another_is_found_and_can_be_chosen(
    astronaut: Frame, size: int
) -> None:
    large = head(astronaut, size)
    scene = on_canvas(512 + size, max(512, size), (astronaut, 0, 0), (large, 512, 0))
    chosen = track_portrait(scene, name="pair.png")
    assert nose(chosen)[0] > 512
    (warning,) = chosen.warnings
    assert "2 faces found" in warning
    other = track_portrait(scene, face=2)
    assert nose(other) == pytest.approx(nose(track_portrait(astronaut)), abs=1.5)


def test_what_is_no_other_face_is_not_found(astronaut: Frame) -> None:
    found = detect_faces(astronaut)
    scene = on_canvas(1024, 512, (astronaut, 0, 0), (data.coffee()[:400, :500], 520, 50))
    assert len(with_missed(astronaut, found, MIN_FACE_PX)) == 1
    assert len(with_missed(scene, found, MIN_FACE_PX)) == 1
    assert with_missed(scene, [], MIN_FACE_PX) == []


@pytest.mark.parametrize("turned", ["turned by 180 degrees", "mirrored top to bottom"])
def test_a_face_upside_down_is_refused(astronaut: Frame, turned: str) -> None:
    image = astronaut[::-1, ::-1] if "180" in turned else astronaut[::-1]
    message = refused(np.ascontiguousarray(image))
    assert "expected an upright face, got one that is upside down; turn the picture" in message


@pytest.mark.parametrize("quarters", [1, 3])
def test_a_face_that_lies_on_its_side_is_refused(astronaut: Frame, quarters: int) -> None:
    message = refused(np.ascontiguousarray(np.rot90(astronaut, quarters)))
    assert "expected an upright face, got one tilted by " in message


@pytest.mark.parametrize(("deg", "said"), [(18.0, False), (-33.0, True)])
def test_a_tilted_head_is_taken_and_said_from_25_degrees_on(
    astronaut: Frame, deg: float, said: bool
) -> None:
    turn = cv2.getRotationMatrix2D((224, 130), deg, 1.0)
    image = np.asarray(cv2.warpAffine(astronaut, turn, (512, 512)), np.uint8)
    assert any("the head is tilted by" in w for w in track_portrait(image).warnings) == said


def test_half_a_face_is_refused(portrait: Portrait, astronaut: Frame) -> None:
    middle = round(nose(portrait)[0])
    message = refused(np.ascontiguousarray(astronaut[:, :middle]))
    assert "an eye reaches out of the picture; use a picture with room" in message


@pytest.mark.parametrize(("share", "said"), [(0.68, "the mouth reaches out"), (0.9, "of the face")])
def test_a_face_cut_off_below_is_taken_with_a_warning(
    portrait: Portrait, seen: Finder, share: float, said: str
) -> None:
    y = portrait.landmarks_px[: lm.N_FACE, 1]
    y0, y1 = int(y.min()), int(y.max())
    seen(portrait)
    cut = np.ascontiguousarray(portrait.image[: y0 + round(share * (y1 - y0))])
    (warning,) = track_portrait(cut, name="close.png").warnings
    assert warning.startswith("close.png: ")
    assert said in warning
    assert "out of the picture" in warning


def test_eyes_that_are_practically_shut_count_as_closed(portrait: Portrait, seen: Finder) -> None:
    shut = with_closed(portrait, "left", "right")
    for score, refuses in ((0.5, True), (0.4, False)):
        shapes = shut.blendshapes.copy()
        shapes[list(BLINK.values())] = score
        seen(Portrait(portrait.image, shut.landmarks_px, shapes, portrait.head_matrix))
        if refuses:
            assert "expected open eyes" in refused(portrait.image)
        else:
            assert track_portrait(portrait.image).warnings == ()


def test_a_face_under_64_pixels_is_refused(astronaut: Frame) -> None:
    half = cv2.resize(astronaut, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    message = refused(np.asarray(half, np.uint8))
    assert f"at least {MIN_FACE_PX} px wide" in message


def test_a_face_that_fills_the_picture_is_found(portrait: Portrait, astronaut: Frame) -> None:
    points = portrait.landmarks_px[:468, :2]
    (x0, y0), (x1, y1) = points.min(0).astype(int), points.max(0).astype(int)
    tight = track_portrait(np.ascontiguousarray(astronaut[y0:y1, x0:x1]))
    distance = np.linalg.norm(tight.landmarks_px[:468, :2] + (x0, y0) - points, axis=-1)
    assert distance.mean() < 1.5


def test_a_small_face_in_a_big_picture_is_found(portrait: Portrait, astronaut: Frame) -> None:
    found = track_portrait(on_canvas(1800, 1800, (astronaut, 300, 1200)))
    distance = np.linalg.norm(
        found.landmarks_px[:, :2] - (300, 1200) - portrait.landmarks_px[:, :2], axis=-1
    )
    assert distance.mean() < 2
    assert found.warnings == ()


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> Finder:
    """Return a function that makes the network see the landmarks of a given portrait."""

    def see(face: Portrait) -> None:
        one = (face.landmarks_px.copy(), face.blendshapes.copy(), face.head_matrix.copy())
        monkeypatch.setattr(landmarker, "detect_faces", lambda _image: [one])

    return see


@pytest.mark.parametrize(("yaw", "pitch"), [(52.0, 0.0), (-48.0, 5.0)])
def test_a_profile_is_refused(
    portrait: Portrait, seen: Finder, monkeypatch: pytest.MonkeyPatch, yaw: float, pitch: float
) -> None:
    seen(portrait)
    monkeypatch.setattr(fitness, "head_angles_deg", lambda _: np.array([yaw, pitch, 0.0]))
    assert f"at most 45 degrees, got {abs(yaw):.0f}" in refused(portrait.image)


def test_a_half_turned_head_is_taken_with_a_warning(
    portrait: Portrait, seen: Finder, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen(portrait)
    monkeypatch.setattr(fitness, "head_angles_deg", lambda _: np.array([-33.0, 4.0, 0.0]))
    (warning,) = track_portrait(portrait.image).warnings
    assert "-33" in warning


def with_closed(portrait: Portrait, *sides: str) -> Portrait:
    """Return the portrait with lids together, as landmarks and blink scores show them."""
    points, shapes = portrait.landmarks_px.copy(), portrait.blendshapes.copy()
    for side in sides:
        i = ("left", "right").index(side)
        points[lm.UPPER_LID[i]] = points[lm.LOWER_LID[i]]
        shapes[BLINK[side]] = 0.78
    return Portrait(portrait.image, points, shapes, portrait.head_matrix)


def test_closed_eyes_are_refused_with_what_cannot_be_shown(
    portrait: Portrait, seen: Finder
) -> None:
    seen(with_closed(portrait, "left", "right"))
    message = refused(portrait.image)
    assert "open eyes" in message
    assert "gaze, blinks and lids cannot be shown" in message


@pytest.mark.parametrize("side", ["left", "right"])
def test_one_closed_eye_is_a_warning_that_names_the_side(
    portrait: Portrait, seen: Finder, side: str
) -> None:
    seen(with_closed(portrait, side))
    (warning,) = track_portrait(portrait.image).warnings
    assert f"the {side} eye is closed" in warning


def test_narrow_eyes_are_not_taken_for_closed_ones(portrait: Portrait, seen: Finder) -> None:
    shapes = portrait.blendshapes.copy()
    shapes[list(BLINK.values())] = 0.7  # lids measured apart
    seen(Portrait(portrait.image, portrait.landmarks_px, shapes, portrait.head_matrix))
    assert track_portrait(portrait.image).warnings == ()


def test_video_frames_without_a_face_are_missing(astronaut: Frame) -> None:
    blank = np.full_like(astronaut, GRAY)
    track = track_video([astronaut, blank, astronaut], fps=25.0)
    assert track.found.tolist() == [True, False, True]
    assert track.size_px == (512, 512)
    for values in (track.landmarks_px, track.blendshapes, track.head_matrix):
        assert np.isnan(values[1]).all()
        assert np.isfinite(values[[0, 2]]).all()


def test_the_second_face_of_a_video_can_be_followed(astronaut: Frame) -> None:
    frames = [two_heads(astronaut)] * 2
    first, second = (track_video(frames, 25.0, face=n) for n in (1, 2))
    assert (first.landmarks_px[:, lm.NOSE_TIP, 0] > 500).all()
    assert (second.landmarks_px[:, lm.NOSE_TIP, 0] < 300).all()


def test_a_video_without_frames_is_an_empty_track() -> None:
    assert len(track_video([], fps=25.0)) == 0
