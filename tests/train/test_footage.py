"""Footage: views that stay, keypoints in them, hints that move as the clip does."""

from pathlib import Path

import numpy as np
import pytest
from tests.emh.filmed import CLOSING, FRAMES, close_up, drawn, film, shown

from cogportrait.errors import ModelError
from cogportrait.face import landmarks as lm
from cogportrait.face.view import View, view_of
from cogportrait.train import filming
from cogportrait.train.footage import Footage, read_footage, read_origin, write_footage
from cogportrait.train.looks import Look

SIZE = 96


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    frames = drawn(close_up(), shown())
    return film(tmp_path_factory.mktemp("footage") / "joy.mp4", frames)


@pytest.fixture(scope="module")
def made(clip: Path) -> Footage:
    return filming.film(clip, SIZE, person="astronaut")


def test_a_view_holds_the_face(made: Footage) -> None:
    assert made.frames.shape == made.hints.shape == (FRAMES, SIZE, SIZE, 3)
    assert made.points_px.shape == (FRAMES, 478, 2)
    assert made.inside.all()
    oval = made.points_px[made.origin.reference, lm.FACE_OVAL]
    low, high = oval.min(0), oval.max(0)
    assert (high - low).max() == pytest.approx(SIZE / 1.34, abs=1)
    assert (low + high) / 2 == pytest.approx([(SIZE - 1) / 2] * 2, abs=0.7)


def test_keypoints_lie_where_the_pixels_are(made: Footage) -> None:
    """The dark pixels of an open eye have their middle at the iris."""
    for side in (0, 1):
        x, y = made.points_px[0, lm.IRIS_CENTER[side]]
        eye = made.frames[0, round(y) - 2 : round(y) + 3, round(x) - 6 : round(x) + 7].mean(2)
        dark = np.maximum(eye.mean() - eye, 0).sum(0)
        middle = (dark * np.arange(len(dark))).sum() / dark.sum() + round(x) - 6
        assert middle == pytest.approx(x, abs=1.5)


def test_hints_show_the_reference_doing_what_the_clip_does(made: Footage) -> None:
    x, y = np.rint(made.points_px[made.origin.reference, lm.IRIS_CENTER[0]]).astype(int)
    box = np.s_[CLOSING.start - 3 : CLOSING.stop + 3, y - 2 : y + 3, x - 3 : x + 4]
    light, hinted = (frames[box].mean((1, 2, 3)) for frames in (made.frames, made.hints))
    assert np.ptp(light) > 20
    assert np.corrcoef(light, hinted)[0, 1] > 0.9


def test_footage_comes_back_from_disk(made: Footage, tmp_path: Path) -> None:
    path = write_footage(tmp_path, made)
    assert read_origin(path) == made.origin
    back = read_footage(path)
    for name in ("frames", "hints", "points_px", "inside", "sound"):
        np.testing.assert_array_equal(getattr(back, name), getattr(made, name))
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(ModelError, match=r"expected a file of footage .* prepare it again"):
        read_origin(path)


def test_a_view_past_the_border_goes_on_with_its_edge() -> None:
    picture = np.zeros((40, 30, 3), np.uint8)
    picture[:, :5] = 200
    seen = View(-10, 5, 20, 20).cut(picture)
    assert seen.shape == (20, 20, 3)
    assert (seen[:, :14] == 200).all()
    assert (seen[:, 16:] == 0).all()


@pytest.mark.parametrize("size", [10, 40, 160])
def test_points_and_pixels_of_a_view_agree(size: int) -> None:
    """A blob in the picture is in the view where its middle is placed."""
    ys, xs = np.mgrid[0:120, 0:120]
    middle = np.array([52.3, 67.8])
    blob = np.exp(-((xs - middle[0]) ** 2 + (ys - middle[1]) ** 2) / (2 * 6.0**2))
    view = View(30, 40, 40, size)
    seen = view.cut((255 * blob[..., None].repeat(3, 2)).astype(np.uint8))[..., 0].astype(float)
    found = [(seen.sum(axis) * np.arange(size)).sum() / seen.sum() for axis in (0, 1)]
    assert found == pytest.approx(view.placed(middle), abs=0.03 * size)


def test_the_view_of_a_portrait_is_that_of_its_oval() -> None:
    portrait = close_up()
    view = view_of(portrait.landmarks_px, 128)
    placed = view.placed(portrait.landmarks_px[lm.FACE_OVAL, :2])
    assert placed.min() > 8
    assert placed.max() < 119


def test_a_filmed_clip_in_another_look_keeps_what_it_says(made: Footage) -> None:
    """Frames, hints and keypoints move together; the caption stays."""
    look = Look(wider=1.1, moved=(0.05, 0.0))
    other = filming.looking_otherwise(made, look, "joy_look00")
    assert (other.origin.name, other.origin.person) == ("joy_look00", made.origin.person)
    assert other.origin.caption == made.origin.caption
    assert other.origin.scene != made.origin.scene
    dense = np.linalg.norm(np.diff(other.points_px[0, [33, 263]], axis=0))
    assert dense == pytest.approx(
        1.1 * np.linalg.norm(np.diff(made.points_px[0, [33, 263]], axis=0)), rel=0.02
    )
    for name in ("frames", "hints"):
        seen, before = getattr(other, name), getattr(made, name)
        assert seen.shape == before.shape
        assert np.abs(seen.astype(int) - before.astype(int)).mean() > 2


def test_a_face_that_the_picture_cuts_off_is_not_learnt(tmp_path: Path) -> None:
    frames = drawn(close_up(), shown())
    chin = int(close_up().landmarks_px[152, 1])
    cut = film(tmp_path / "cut.mp4", [frame[: 2 * ((chin - 20) // 2)] for frame in frames])
    assert not filming.film(cut, SIZE).inside.any()
