"""Measuring a rendered portrait gives back what was commanded, within bounds."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from skimage import data

from cogportrait.errors import FaceError
from cogportrait.face import landmarks as lm
from cogportrait.face.features import FaceRows, features, held_still, kept, rows_of, sizes_of
from cogportrait.face.inverse import shown_by_neutral
from cogportrait.face.iris import find_iris, fit_irises, iris_radius
from cogportrait.face.landmarker import track_portrait
from cogportrait.face.measure import Measurement, face_rows, measure
from cogportrait.face.neutral import estimate_neutral, neutral_of
from cogportrait.face.rig import map_to_keypoints
from cogportrait.face.skin import PLACES
from cogportrait.facs.channels import CHANNEL_INDEX, CHANNELS
from cogportrait.renderers.warp import WarpRenderer
from cogportrait.types import ControlSequence, Frame, Portrait

FPS = 25.0


@pytest.fixture(scope="module")
def portrait() -> Portrait:
    part = cv2.resize(data.astronaut()[:260, 90:350], (512, 512), interpolation=cv2.INTER_CUBIC)
    return track_portrait(np.asarray(part, np.uint8), name="close-up")


def rendered(portrait: Portrait, **channels: list[float]) -> list[Frame]:
    """Return frames in which channels take these values, after ten frames of rest."""
    n = 10 + max(len(values) for values in channels.values())
    matrix = np.zeros((n, len(CHANNELS)), np.float32)
    for stem, values in channels.items():
        names = [c for c in CHANNELS if c == stem or c[:-2] == stem]
        for name in names:
            matrix[10 : 10 + len(values), CHANNEL_INDEX[name]] = values
    motion = map_to_keypoints(portrait, ControlSequence.from_matrix(matrix, FPS))
    return list(WarpRenderer().render(portrait, [motion]))


def read(frames: list[Frame], *names: str) -> np.ndarray:
    """Return measured channels after the frames of rest, [T, C]."""
    seen = face_rows(frames, FPS)
    values = measure(seen, FPS, neutral=neutral_of(seen[:10])).controls.to_matrix()
    return values[10:, [CHANNEL_INDEX[name] for name in names]]


@pytest.fixture(scope="module")
def blinking(portrait: Portrait) -> list[Frame]:
    return rendered(portrait, AU43=[0.0, 0.5, 1.0, 1.0, 0.5, 0.0, 0.0])


def test_a_blink_is_seen_in_its_frames_and_nowhere_else(blinking: list[Frame]) -> None:
    lids = read(blinking, "AU43_L", "AU43_R")
    assert (lids[2:4] > 0.75).all()
    assert (lids[[0, 5, 6]] < 0.2).all()  # no filter over time lets it linger


def test_a_blink_is_no_step_toward_the_camera(blinking: list[Frame], rows: FaceRows) -> None:
    assert np.abs(read(blinking, "head_z")).max() < 0.2
    neutral = neutral_of(rows[:5])
    apart = rows.shape.copy()
    apart[:, kept().at([*lm.OUTER_CANTHUS]), 0] *= 1.1  # as tracked on shut eyes
    assert sizes_of(replace(rows, shape=apart), neutral) == pytest.approx(sizes_of(rows, neutral))
    larger = replace(rows, iod_px=rows.iod_px * 1.2)
    assert sizes_of(larger, neutral) == pytest.approx(1.2 * sizes_of(rows, neutral))


@pytest.mark.parametrize(("axis", "size"), [("yaw", 18.0), ("pitch", 12.0)])
def test_gaze_is_read_in_degrees_with_its_sign(portrait: Portrait, axis: str, size: float) -> None:
    frames = rendered(portrait, **{f"gaze_{axis}": [size] * 5 + [-size] * 5})
    seen = read(frames, f"gaze_{axis}_L", f"gaze_{axis}_R").mean(1)
    there, back = np.median(seen[:5]), np.median(seen[5:])
    assert there > 0.4 * size  # the tracker sees one direction smaller on this picture
    assert back < -0.4 * size
    assert there - back == pytest.approx(2 * size, rel=0.4)


def test_head_angles_and_translation_are_read(portrait: Portrait) -> None:
    turned = rendered(portrait, head_yaw=[12.0] * 4, head_roll=[-8.0] * 4)
    seen = np.median(read(turned, "head_yaw", "head_roll"), axis=0)
    np.testing.assert_allclose(seen, [12, -8], atol=2.5)
    shifted = rendered(portrait, head_x=[0.1] * 4, head_z=[0.4] * 4)
    seen = np.median(read(shifted, "head_x", "head_z"), axis=0)
    assert seen[0] == pytest.approx(0.1, abs=0.04)
    assert seen[1] == pytest.approx(0.4, abs=0.12)


@pytest.mark.parametrize("unit", ["AU01", "AU02", "AU12", "AU26"])
def test_action_units_rise_where_they_are_commanded(portrait: Portrait, unit: str) -> None:
    seen = read(rendered(portrait, **{unit: [1.0] * 4}),
                *[c for c in CHANNELS if c == unit or c[:-2] == unit])  # fmt: skip
    assert np.median(seen) > 0.4


def test_frames_without_a_face_are_bridged_and_told(blinking: list[Frame]) -> None:
    frames = [*blinking[:12], np.zeros_like(blinking[0]), *blinking[15:]]
    measured = measure(face_rows(frames, FPS), FPS)
    assert measured.found.tolist() == [i != 12 for i in range(len(frames))]
    assert np.isfinite(measured.controls.to_matrix()).all()


def test_no_face_at_all_is_an_error(blinking: list[Frame]) -> None:
    nothing = [np.zeros_like(blinking[0])] * 3
    with pytest.raises(FaceError, match="expected a face in at least one frame"):
        measure(face_rows(nothing, FPS), FPS)
    with pytest.raises(FaceError, match="at least one frame, got none"):
        face_rows([], FPS)


def test_scale_does_not_matter(blinking: list[Frame]) -> None:
    smaller = [np.asarray(cv2.resize(f, (384, 384)), np.uint8) for f in blinking]
    np.testing.assert_allclose(read(smaller, "AU43_L"), read(blinking, "AU43_L"), atol=0.25)


def test_equal_frames_give_equal_controls(blinking: list[Frame]) -> None:
    names = tuple(CHANNELS)
    np.testing.assert_array_equal(read(blinking, *names), read(blinking, *names))


@pytest.fixture(scope="module")
def rows(blinking: list[Frame]) -> FaceRows:
    return face_rows(blinking, FPS)


def test_the_mirror_image_has_mirrored_features(blinking: list[Frame], rows: FaceRows) -> None:
    flipped = face_rows([np.ascontiguousarray(f[:, ::-1]) for f in blinking], FPS)
    ours = features(rows, neutral_of(rows[:5]), mirrored=True)
    theirs = features(flipped, neutral_of(flipped[:5]))
    apart = np.abs(ours - theirs).mean(0)
    assert np.median(apart) < 0.15  # the tracker itself is not quite symmetric
    skin = 4 * len(PLACES)
    tracked = np.corrcoef(ours[:, :-skin].ravel(), theirs[:, :-skin].ravel())[0, 1]
    assert tracked > 0.95
    opened = [10, 11, 14, 15]  # what moves how under a shut lid is ambiguous
    followed = np.corrcoef(ours[opened, -skin:].ravel(), theirs[opened, -skin:].ravel())[0, 1]
    assert followed > 0.9


def test_the_calm_frames_are_the_neutral_ones(rows: FaceRows) -> None:
    neutral, rest = estimate_neutral(rows), neutral_of(rows[:10])
    assert np.abs(neutral.shape - rest.shape).max() < 0.02


def test_held_still_takes_head_motion_out(rows: FaceRows) -> None:
    neutral = neutral_of(rows[:5])
    turned = rows.shape[:3] @ np.array([[0.9, -0.436, 0], [0.436, 0.9, 0], [0, 0, 1]])
    back = held_still(1.3 * turned + 0.2, neutral)
    assert np.abs(back - rows.shape[:3]).max() < 0.02
    assert len(kept().landmarks) < 200


@pytest.mark.parametrize("yaw", [-20.0, 0.0, 20.0])
def test_an_iris_is_found_where_it_is_drawn(portrait: Portrait, yaw: float) -> None:
    """A sharp dark disc painted over the eye is found to a hundredth of the eye's width."""
    p = portrait.landmarks_px[:, :2].astype(np.float64)
    outer, inner = p[lm.OUTER_CANTHUS[0]], p[lm.INNER_CANTHUS[0]]
    width = float(np.linalg.norm(outer - inner))
    radius = iris_radius(portrait.landmarks_px, 0)
    image = portrait.image.copy()
    lids = np.concatenate([p[lm.UPPER_LID[0]], p[lm.LOWER_LID[0]][::-1]])
    cv2.fillPoly(image, [lids.round().astype(np.int32)], (225, 220, 218))
    place = (outer + inner) / 2 + [yaw / 20 * 0.12 * width, 0]
    disc = np.zeros(image.shape[:2], np.uint8)
    cv2.circle(disc, (place * 16).round().astype(int).tolist(), round(radius * width * 16), 255,
               -1, cv2.LINE_AA, 4)  # fmt: skip
    opening = np.zeros_like(disc)
    cv2.fillPoly(opening, [lids.round().astype(np.int32)], 255)
    share = (np.minimum(disc, opening) / 255)[..., None]
    image = (image * (1 - share) + 40 * share).astype(np.uint8)
    found = find_iris(image, portrait.landmarks_px, 0, radius)
    along = (outer - inner) / width
    wanted = float((place - (outer + inner) / 2) @ along) / width
    assert found[0] == pytest.approx(wanted, abs=0.05)


def with_discs(portrait: Portrait, off: float, size: float) -> np.ndarray:
    """Return the picture with sharp irises painted `off` eye widths beside the tracked ones."""
    image = portrait.image.copy()
    p = portrait.landmarks_px[:, :2].astype(np.float64)
    for side in (0, 1):
        outer, inner = p[lm.OUTER_CANTHUS[side]], p[lm.INNER_CANTHUS[side]]
        width = float(np.linalg.norm(outer - inner))
        lids = np.concatenate([p[lm.UPPER_LID[side]], p[lm.LOWER_LID[side]][::-1]])
        opening, disc = np.zeros(image.shape[:2], np.uint8), np.zeros(image.shape[:2], np.uint8)
        cv2.fillPoly(opening, [lids.round().astype(np.int32)], 255)
        radius = size * iris_radius(portrait.landmarks_px, side) * width
        place = p[lm.IRIS_CENTER[side]] + [off * width, 0]
        cv2.circle(disc, (place * 16).round().astype(int).tolist(), round(radius * 16), 255, -1,
                   cv2.LINE_AA, 4)  # fmt: skip
        image[opening > 0] = (225, 220, 218)
        share = (np.minimum(disc, opening) / 255)[..., None]
        image = (image * (1 - share) + 40 * share).astype(np.uint8)
    return image


def test_irises_are_fitted_to_the_pixels(portrait: Portrait) -> None:
    """Smaller ones beside the tracked ones are found; a blank eye keeps the tracker's."""
    beside = fit_irises(with_discs(portrait, 0.035, 0.92), portrait.landmarks_px)
    np.testing.assert_allclose(beside[:, 0], 0.035, atol=0.02)
    same = fit_irises(with_discs(portrait, 0.0, 1.0), portrait.landmarks_px)
    np.testing.assert_allclose(same[:, 0], 0, atol=0.02)
    assert beside[0, 2] == beside[1, 2] <= same[0, 2] == same[1, 2]
    blank = np.full_like(portrait.image, 190)
    np.testing.assert_array_equal(fit_irises(blank, portrait.landmarks_px), [[0, 0, 1], [0, 0, 1]])


def test_rows_of_a_track_without_pixels_have_no_iris(portrait: Portrait) -> None:
    from cogportrait.apps.tracks import still_track

    rows = rows_of(still_track(portrait))
    np.testing.assert_array_equal(rows.seen_iris, 0)
    assert isinstance(measure(rows, FPS), Measurement)


def test_what_reads_below_nothing_is_what_the_neutral_face_shows() -> None:
    frown, raised = np.full(100, -0.02), np.zeros(100)
    frown[:20] = -0.6  # the neutral face frowns, these frames do not
    shown = shown_by_neutral(np.column_stack([frown, raised]))
    np.testing.assert_allclose(shown, [0.5, 0.0], atol=1e-6)
    assert (shown_by_neutral(np.full((5, 2), -0.6)) == 0).all()  # too few to tell


def test_a_frown_held_nearly_all_the_time_is_read_as_one(portrait: Portrait) -> None:
    frames = rendered(portrait, AU04=[0.8] * 60)
    seen = face_rows(frames, FPS)
    frown = measure(seen, FPS).controls.to_matrix()[:, CHANNEL_INDEX["AU04_L"]]
    assert np.median(frown[12:]) - np.median(frown[:8]) > 0.3
    assert frown[:8].max() < 0.25
