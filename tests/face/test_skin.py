"""Patches of skin are followed by their texture: shifts come back, light and pose do not count."""

import cv2
import numpy as np
import pytest
from skimage import data

from cogportrait.face import landmarks as lm
from cogportrait.face import measure as measuring
from cogportrait.face.landmarker import track_portrait
from cogportrait.face.measure import face_rows, measure
from cogportrait.face.neutral import against, neutral_of
from cogportrait.face.rig import map_to_keypoints
from cogportrait.face.skin import (
    PLACES,
    Crop,
    Reference,
    crop_of,
    reference_of,
    skin_motion,
    tone_of,
    toned,
    unturned,
)
from cogportrait.facs.channels import CHANNEL_INDEX, CHANNELS
from cogportrait.renderers.warp import WarpRenderer
from cogportrait.types import ControlSequence, Frame, Portrait

FPS = 25.0
BROW, OUTER_BROW, CHEEK = (
    PLACES.index(name) for name in ("brow_inner", "brow_outer", "cheek_middle")
)


@pytest.fixture(scope="module")
def portrait() -> Portrait:
    part = cv2.resize(data.astronaut()[:260, 90:350], (512, 512), interpolation=cv2.INTER_CUBIC)
    return track_portrait(np.asarray(part, np.uint8), name="close-up")


@pytest.fixture(scope="module")
def reference(portrait: Portrait) -> Reference:
    return reference_of(crop_of(portrait.image, portrait.landmarks_px))


def seen(reference: Reference, image: Frame, points: np.ndarray) -> np.ndarray:
    """Return the motion of the patches in one picture, [2, P, 2]."""
    return skin_motion(reference, [crop_of(image, points)])[0]


def rendered(portrait: Portrait, frames: int = 6, **channels: float) -> list[Frame]:
    """Return frames in which channels go from rest to a value."""
    matrix = np.zeros((frames, len(CHANNELS)), np.float32)
    for stem, value in channels.items():
        for name in (c for c in CHANNELS if c == stem or c[:-2] == stem):
            matrix[:, CHANNEL_INDEX[name]] = np.linspace(0, value, frames)
    motion = map_to_keypoints(portrait, ControlSequence.from_matrix(matrix, FPS))
    return list(WarpRenderer().render(portrait, [motion]))


@pytest.mark.parametrize("shift_px", [(0.0, -5.0), (3.0, 2.0)])
def test_a_shifted_brow_is_read_and_nothing_else(
    portrait: Portrait, reference: Reference, shift_px: tuple[float, float]
) -> None:
    """The brow moves by some pixels, softly; the tracker's points are told nothing of it."""
    points = portrait.landmarks_px.astype(np.float64)
    iod = float(lm.interocular_px(points))
    x0, y0 = points[[336, 285], :2].mean(0)  # the left brow's inner end
    y, x = np.mgrid[: portrait.image.shape[0], : portrait.image.shape[1]].astype(np.float32)
    away = np.hypot(x - x0, y - y0) / iod
    bump = (1 / (1 + np.exp((away - 0.3) / 0.04))).astype(np.float32)
    size_px = float(np.hypot(*shift_px))
    dx, dy = (np.float32(v) for v in shift_px)
    image = cv2.remap(portrait.image, x - dx * bump, y - dy * bump, cv2.INTER_CUBIC)
    motion = seen(reference, np.asarray(image, np.uint8), points)
    np.testing.assert_allclose(motion[0, BROW] * iod, shift_px, atol=0.2 * size_px)
    np.testing.assert_allclose(motion[:, CHEEK] * iod, 0, atol=0.15 * size_px)
    np.testing.assert_allclose(motion[1, OUTER_BROW] * iod, 0, atol=0.15 * size_px)


def test_the_reference_itself_has_not_moved(portrait: Portrait, reference: Reference) -> None:
    motion = seen(reference, portrait.image, portrait.landmarks_px)
    assert motion.shape == (2, len(PLACES), 2)
    np.testing.assert_allclose(motion, 0, atol=0.004)


def test_light_does_not_move_skin(portrait: Portrait, reference: Reference) -> None:
    dim = (portrait.image * 0.7 + 12).astype(np.uint8)
    motion = seen(reference, dim, portrait.landmarks_px)
    np.testing.assert_allclose(motion, 0, atol=0.03)  # of a face 1.2 wide


def test_size_and_tilt_of_the_picture_do_not_move_skin(
    portrait: Portrait, reference: Reference
) -> None:
    turn = cv2.getRotationMatrix2D((256, 256), 15, 0.7)
    image = cv2.warpAffine(portrait.image, turn, (512, 512), flags=cv2.INTER_AREA)
    points = portrait.landmarks_px.astype(np.float64).copy()
    points[:, :2] = points[:, :2] @ turn[:, :2].T + turn[:, 2]
    points[:, 2] *= 0.7
    motion = seen(reference, np.asarray(image, np.uint8), points)
    np.testing.assert_allclose(motion, 0, atol=0.015)


def test_a_turned_head_is_turned_back(portrait: Portrait) -> None:
    frames = rendered(portrait, head_yaw=12.0, head_pitch=6.0)
    rows = [track_portrait(frame, to_draw=False) for frame in (frames[0], frames[-1])]
    first, last = (crop_of(p.image, p.landmarks_px) for p in rows)
    reference = reference_of(first)
    plain = Crop(last.gray, last.to_crop, last.points)
    unheld = last.gray[15 : 15 + 132, 24 : 24 + 176]  # what the window shows without turning
    apart = np.abs(unturned(reference, plain).astype(float) - reference.window).mean()
    assert apart < 0.7 * np.abs(unheld.astype(float) - reference.window).mean()


def test_brows_and_cheeks_move_as_they_are_drawn(portrait: Portrait) -> None:
    raised = face_rows(rendered(portrait, AU01=1.0, AU02=1.0), FPS).skin
    assert (raised[-1, :, BROW, 1] - raised[0, :, BROW, 1] < -0.05).all()  # up
    lowered = face_rows(rendered(portrait, AU04=1.0), FPS).skin
    assert (lowered[-1, :, BROW, 1] - lowered[0, :, BROW, 1] > 0.02).all()  # down
    inward = (lowered[-1] - lowered[0])[:, BROW, 0]
    assert inward[0] < -0.01  # the left one to the image's left
    assert inward[1] > 0.01


@pytest.fixture(scope="module")
def brows(portrait: Portrait) -> list[Frame]:
    return rendered(portrait, 10, AU01=0.8, AU02=0.8)


def test_frames_without_a_face_have_no_motion(
    brows: list[Frame], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the first frames that are reduced together have none to refer to."""
    monkeypatch.setattr(measuring, "BATCH", 3)
    black = np.zeros_like(brows[0])
    rows = face_rows([black] * 3 + brows[:4] + [black] + brows[5:], FPS)
    assert rows.found.tolist() == [False] * 3 + [True] * 4 + [False] + [True] * 5
    np.testing.assert_array_equal(np.isfinite(rows.skin).all((1, 2, 3)), rows.found)
    assert rows.reference is not None
    assert np.isfinite(measure(rows, FPS).controls.to_matrix()).all()


def test_no_face_at_all_has_no_reference(brows: list[Frame]) -> None:
    rows = face_rows([np.zeros_like(brows[0])] * 2, FPS)
    assert rows.reference is None
    assert np.isnan(rows.skin).all()


def test_a_neutral_face_of_another_video_is_compared_anew(brows: list[Frame]) -> None:
    rows = face_rows(brows[::-1], FPS)  # its reference may be any frame
    other = neutral_of(face_rows(brows[:1], FPS))
    np.testing.assert_array_equal(other.skin, pytest.approx(0, abs=0.004))
    ours = against(other, rows)
    assert ours.reference is rows.reference
    np.testing.assert_allclose(ours.skin[..., 1], rows.skin[-1, ..., 1], atol=0.03)
    assert against(ours, rows) is ours


def test_other_light_is_brought_to_the_reference_and_is_no_motion(
    portrait: Portrait, reference: Reference
) -> None:
    points = portrait.landmarks_px
    dark = crop_of((portrait.image * 0.6).astype(np.uint8), points)
    assert tone_of(reference, [crop_of(portrait.image, points), None]) is None
    tone = tone_of(reference, [None, dark])
    assert tone is not None
    assert tone[0] == pytest.approx(1 / 0.6, rel=0.02)
    before, after = (
        float(np.abs(skin_motion(reference, [crop])).max()) for crop in (dark, toned(dark, tone))
    )
    assert after < 0.004 < before


def test_a_clip_read_by_its_own_reference_reads_the_same(portrait: Portrait) -> None:
    frames = rendered(portrait, AU04=0.8)
    first = face_rows(frames, FPS)
    again = face_rows(frames, FPS, reference=first.reference)
    assert again.reference is first.reference
    np.testing.assert_array_equal(again.skin, first.skin)


def test_a_copy_in_other_light_reads_alike_by_the_same_reference(portrait: Portrait) -> None:
    frames = rendered(portrait, AU04=0.8, gaze_yaw_L=12.0, gaze_yaw_R=12.0)
    dark = [(frame * 0.7).astype(np.uint8) for frame in frames]
    first = face_rows(frames, FPS)
    copy = face_rows(dark, FPS, reference=first.reference)
    assert np.abs(copy.skin - first.skin).max() < 0.02
