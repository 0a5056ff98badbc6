"""The basis comes from recordings where they speak and from anatomy where they are silent."""

import json
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from cogportrait.errors import InputError
from cogportrait.face import rig_fit
from cogportrait.face.clips import Clip
from cogportrait.face.landmarker import BLENDSHAPE_INDEX
from cogportrait.face.pose import CAMERA_TO_IMAGE, rotation
from cogportrait.face.rig import rig_data
from cogportrait.face.rig_fit import (
    Sample,
    fit_rig,
    fit_samples,
    head_fixed,
    make_sample,
    rig_files,
)
from cogportrait.face.templates import FIXED, all_masks, all_templates
from cogportrait.facs.channels import AU_CHANNELS, AU_INDEX
from cogportrait.io.atomic import write_files
from cogportrait.types import N_BLENDSHAPES, FaceTrack

Array = NDArray[np.float64]

SHAPE, MIRROR = rig_data().shape, rig_data().mirror
TEMPLATES, MASKS = all_templates(SHAPE, MIRROR), all_masks(SHAPE, MIRROR)
PLANTED = {"AU02_L": 1.6, "AU02_R": 1.6, "AU12_L": 0.5, "AU12_R": 0.5, "AU26": 1.4}


def planted() -> Array:
    """Return a basis whose brows, corners and jaw move otherwise than the templates say."""
    basis = TEMPLATES.copy()
    for name, gain in PLANTED.items():
        basis[AU_INDEX[name]] *= gain
    return basis


def synthetic(seed: int, *, frames: int = 150, noise: float = 0.002) -> Sample:
    """Return a clip in which faces move by the planted basis."""
    rng = np.random.default_rng(seed)
    activation = rng.uniform(0, 1, (frames, N_BLENDSHAPES))
    intensity = rig_fit.design(activation)[:, : len(AU_CHANNELS)]
    displacement = np.tensordot(intensity, planted(), axes=(1, 0))
    displacement += rng.normal(0, noise, displacement.shape)
    return Sample(f"person {seed}", SHAPE, displacement, activation)


@pytest.fixture(scope="module")
def fitted() -> rig_fit.Rig:
    samples = [synthetic(seed) for seed in range(3)]
    return fit_samples(samples, [f"clip{i}.mp4" for i in range(3)], date="2026-01-02")


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_basis_is_recovered(fitted: rig_fit.Rig, name: str) -> None:
    k = AU_INDEX[name]
    inside = MASKS[k] > 0.5
    wrong = np.linalg.norm(TEMPLATES[k] - planted()[k], axis=-1)[inside]
    left = np.linalg.norm(fitted.basis[k] - planted()[k], axis=-1)[inside]
    assert left.mean() < 0.2 * wrong.mean()


def test_channels_without_a_reading_stay_at_their_template(fitted: rig_fit.Rig) -> None:
    for name in fitted.card["template_only_channels"]:
        k = AU_INDEX[name]
        np.testing.assert_allclose(fitted.basis[k], TEMPLATES[k], atol=2e-3)


def test_lids_and_irises_are_left_to_the_geometry_of_the_eye(fitted: rig_fit.Rig) -> None:
    assert not fitted.basis[:, list(FIXED)].any()


def test_recordings_cannot_move_what_lies_outside_a_channels_mask() -> None:
    def dragging(seed: int) -> Sample:
        s = synthetic(seed)
        jaw = s.activation[:, BLENDSHAPE_INDEX["browInnerUp"], None, None] * (0.0, 0.3, 0.0)
        return Sample(s.person, s.shape, s.displacement + jaw, s.activation)

    basis = rig_fit.solve([dragging(i) for i in range(3)], SHAPE, MIRROR)
    for name in ("AU01_L", "AU01_R"):
        outside = MASKS[AU_INDEX[name]] < 0.003
        assert outside.sum() > 100
        assert np.abs(basis[AU_INDEX[name]][outside]).max() < 0.01


def test_one_sided_recordings_give_a_symmetric_basis() -> None:
    def one_sided(seed: int) -> Sample:
        s = synthetic(seed)
        return Sample(s.person, s.shape, s.displacement * (SHAPE[:, :1] > 0), s.activation)

    basis = rig_fit.solve([one_sided(i) for i in range(3)], SHAPE, MIRROR)
    for name in ("AU02", "AU12"):
        left, right = (basis[AU_INDEX[f"{name}_{side}"]] for side in "LR")
        np.testing.assert_allclose(right[MIRROR] * (-1, 1, 1), left, atol=1e-9)


@pytest.mark.parametrize("name", AU_CHANNELS)
def test_templates_and_masks_are_symmetric(name: str) -> None:
    other = name[:-1] + {"L": "R", "R": "L"}[name[-1]] if name[-2] == "_" else name
    a, b = AU_INDEX[name], AU_INDEX[other]
    np.testing.assert_allclose(TEMPLATES[b][MIRROR] * (-1, 1, 1), TEMPLATES[a], atol=1e-6)
    np.testing.assert_allclose(MASKS[b][MIRROR], MASKS[a], atol=1e-6)


@pytest.mark.parametrize("name", AU_CHANNELS)
def test_a_template_moves_what_its_mask_allows(name: str) -> None:
    k = AU_INDEX[name]
    assert MASKS[k].min() >= 0
    assert MASKS[k].max() <= 1
    large = np.linalg.norm(TEMPLATES[k], axis=-1) > 0.05
    assert (MASKS[k][large] > 0).all()
    assert not TEMPLATES[k][list(FIXED)].any()
    assert not MASKS[k][list(FIXED)].any()


def test_the_mean_face_is_symmetric_and_its_mirror_is_an_involution(fitted: rig_fit.Rig) -> None:
    np.testing.assert_array_equal(fitted.mirror[fitted.mirror], np.arange(478))
    np.testing.assert_allclose(fitted.shape[fitted.mirror] * (-1, 1, 1), fitted.shape, atol=1e-9)


def test_the_card_states_clips_people_frames_fit_and_date(fitted: rig_fit.Rig) -> None:
    card = fitted.card
    assert card["format"] == "cogportrait-rig/1"
    assert card["date"] == "2026-01-02"
    assert card["clips"] == ["clip0.mp4", "clip1.mp4", "clip2.mp4"]
    assert card["people"] == 3
    assert card["frames"] == 3 * 150
    for name in ("r2_fit_median", "r2_held_out_median"):
        assert 0.95 < float(str(card[name])) <= 1


def test_clips_of_one_person_count_as_one_person() -> None:
    samples = [
        Sample("same", s.shape, s.displacement, s.activation) for s in map(synthetic, range(3))
    ]
    assert fit_samples(samples, ["a", "b", "c"], date="2026-01-02").card["people"] == 1


def test_two_clips_are_too_few() -> None:
    with pytest.raises(InputError, match="at least 3 usable clips, got 2"):
        fit_samples([synthetic(0), synthetic(1)], ["a", "b"], date="2026-01-02")


def test_a_saved_rig_is_read_back(fitted: rig_fit.Rig, tmp_path: Path) -> None:
    folder = tmp_path / "rig"
    write_files(folder, rig_files(fitted))
    assert sorted(path.name for path in folder.iterdir()) == ["rig.npz", "rig_card.json"]
    with np.load(folder / "rig.npz", allow_pickle=False) as z:
        np.testing.assert_allclose(z["basis"], fitted.basis, atol=1e-3)
        np.testing.assert_allclose(z["shape"], fitted.shape, atol=1e-6)
        np.testing.assert_array_equal(z["mirror"], fitted.mirror)
    assert json.loads((folder / "rig_card.json").read_text(encoding="utf-8")) == fitted.card


def recorded(seed: int, frames: int = 60) -> FaceTrack:
    """Return the track of a head that turns and opens its mouth, as the tracker would give it."""
    rng = np.random.default_rng(seed)
    jaw = np.clip(np.sin(np.linspace(0, 9, frames)) * 0.8, 0, 1)
    shapes = np.full((frames, N_BLENDSHAPES), 0.02)
    shapes[:, BLENDSHAPE_INDEX["jawOpen"]] += jaw
    local = SHAPE + jaw[:, None, None] * planted()[AU_INDEX["AU26"]]
    angles = np.cumsum(rng.normal(0, 1.5, (frames, 3)), axis=0).clip(-15, 15)
    turns = rotation(angles)
    matrix = np.tile(np.eye(4), (frames, 1, 1))
    matrix[:, :3, :3] = CAMERA_TO_IMAGE @ turns @ CAMERA_TO_IMAGE
    points = 90.0 * np.einsum("tij,tnj->tni", turns, local) + (320, 240, 0)
    found = np.ones(frames, np.bool_)
    found[::9] = False
    points[~found], shapes[~found], matrix[~found] = np.nan, np.nan, np.nan
    arrays = (a.astype(np.float32) for a in (points, shapes, matrix))
    return FaceTrack(25.0, (640, 480), *arrays, found)


def test_head_motion_is_taken_out_of_a_recording() -> None:
    track = recorded(1)
    sample = make_sample(track, "somebody")
    assert sample is not None
    assert len(sample.displacement) == int(track.found.sum())
    jaw = sample.activation[:, BLENDSHAPE_INDEX["jawOpen"], None, None]
    expected = jaw * planted()[AU_INDEX["AU26"]]
    np.testing.assert_allclose(sample.displacement, expected, atol=0.02)
    np.testing.assert_allclose(sample.shape - sample.shape[1], SHAPE - SHAPE[1], atol=0.02)


def test_head_fixed_points_do_not_depend_on_pose_place_or_size() -> None:
    turn = rotation(np.array([20.0, -10.0, 5.0]))
    matrix = np.eye(4)
    matrix[:3, :3] = CAMERA_TO_IMAGE @ turn @ CAMERA_TO_IMAGE
    points = 123.0 * SHAPE @ turn.T + (50, 60, 7)
    straight = head_fixed(SHAPE, np.eye(4))
    np.testing.assert_allclose(head_fixed(points, matrix), straight, atol=1e-9)


def test_a_clip_with_too_few_faces_gives_no_sample() -> None:
    track = recorded(1)
    track.found[5:] = False
    assert make_sample(track, "somebody") is None
    small = recorded(2)
    small.landmarks_px[...] *= 0.3
    assert make_sample(small, "somebody") is None


def test_clips_become_a_rig() -> None:
    clips = [Clip(f"{i}.mp4", Path("clips") / f"{i}.mp4", f"person {i % 2}") for i in range(4)]
    asked: list[Path] = []

    def track(path: Path) -> FaceTrack:
        asked.append(path)
        return recorded(len(asked))

    rig = fit_rig(clips, date="2026-01-02", track=track)
    assert asked == [clip.path for clip in clips]
    assert rig.card["clips"] == ["0.mp4", "1.mp4", "2.mp4", "3.mp4"]
    assert rig.card["people"] == 2
    jaw = rig.basis[AU_INDEX["AU26"]]
    np.testing.assert_allclose(jaw, planted()[AU_INDEX["AU26"]], atol=0.12)


def test_clips_with_too_few_faces_do_not_count() -> None:
    clips = [Clip(name, Path(name), name) for name in "abcd"]

    def track(path: Path) -> FaceTrack:
        return recorded(0, frames=60 if path.name in "ab" else 5)

    with pytest.raises(InputError, match="at least 3 usable clips, got 2"):
        fit_rig(clips, date="2026-01-02", track=track)
