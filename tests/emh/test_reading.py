"""A clip read once: what is kept of it."""

import gc
import weakref
from pathlib import Path

import numpy as np
import pytest
from tests.emh.filmed import FPS, FRAMES, SIDE_PX, black_in, film, scaled

from cogportrait.bench import reading as module
from cogportrait.bench.reading import COLORED, Reading, read_clip, resized
from cogportrait.errors import FaceError, MediaError
from cogportrait.metrics.color_shift import color_shift
from cogportrait.types import Frame


def test_a_clip_is_read_frame_by_frame(reading: Reading) -> None:
    assert (reading.name, reading.fps, reading.size_px) == ("joy", FPS, (SIDE_PX, SIDE_PX))
    assert len(reading.rows) == len(reading.found) == FRAMES
    assert reading.found.all()


def test_colors_are_those_of_the_face_and_of_what_is_behind(
    reading: Reading, frames: list[Frame]
) -> None:
    assert reading.colors.shape == (-(-FRAMES // COLORED), 2, 3)
    assert np.isfinite(reading.colors).all()
    assert color_shift(reading.colors[0], reading.colors) < 2  # one take: nothing but movement
    face, behind = reading.colors.mean(0)
    assert face[1] > behind[1]  # skin is redder than what is behind it
    assert 40 < face[0] < 90


def test_the_border_of_a_clip_that_stands_still_does_not_flicker(
    tmp_path: Path, frames: list[Frame]
) -> None:
    lossless = [frames[0]] * 4
    assert read_clip(film(tmp_path / "still.mp4", lossless)).border < 0.2  # an encoder's noise
    flat = [f.copy() for f in lossless]
    for frame in flat:
        frame[:24], frame[-24:], frame[:, :24], frame[:, -24:] = 0, 0, 0, 0
    assert read_clip(film(tmp_path / "framed.mp4", flat)).border == 0
    for i, frame in enumerate(flat):
        frame[:24], frame[-24:], frame[:, :24], frame[:, -24:] = [40 * (i % 2)] * 4
    assert read_clip(film(tmp_path / "restless.mp4", flat)).border == pytest.approx(40, abs=3)


def test_frames_are_brought_to_the_size_asked_for(clip: Path, reading: Reading) -> None:
    larger = read_clip(clip, size_px=(480, 480))
    assert larger.size_px == (SIDE_PX, SIDE_PX)  # as filmed
    ratio = np.median(larger.rows.iod_px / reading.rows.iod_px)
    assert ratio == pytest.approx(1.5, rel=0.02)
    np.testing.assert_allclose(larger.rows.eyes_px / 1.5, reading.rows.eyes_px, atol=6)


@pytest.mark.parametrize("size_px", [(64, 48), (65, 48), (64, 47), (63, 49), (65, 49), (63, 47)])
def test_a_size_one_pixel_off_is_cut_or_padded(size_px: tuple[int, int]) -> None:
    frame = np.random.default_rng(0).integers(0, 255, (48, 64, 3), np.uint8)
    out = resized(frame, size_px)
    assert (out.shape, out.dtype, out.flags.c_contiguous) == (
        (size_px[1], size_px[0], 3), np.uint8, True,
    )  # fmt: skip
    w, h = min(64, size_px[0]), min(48, size_px[1])
    np.testing.assert_array_equal(out[:h, :w], frame[:h, :w])  # not resampled
    if size_px[0] > 64:
        np.testing.assert_array_equal(out[:h, 64], frame[:h, 63])
    if size_px[1] > 48:
        np.testing.assert_array_equal(out[48, :w], frame[47, :w])


@pytest.mark.parametrize("size_px", [(32, 24), (128, 96), (66, 48)])
def test_another_size_is_resampled(size_px: tuple[int, int]) -> None:
    frame = np.full((48, 64, 3), (10, 120, 240), np.uint8)
    out = resized(frame, size_px)
    assert out.shape == (size_px[1], size_px[0], 3)
    assert (out == (10, 120, 240)).all()


def test_an_odd_size_that_the_encoder_filled_up_is_read_as_it_was(
    tmp_path: Path, frames: list[Frame]
) -> None:
    odd = [np.ascontiguousarray(f[:-1, :-1]) for f in frames[:3]]
    file = film(tmp_path / "odd.mp4", odd)
    seen = read_clip(file, size_px=(SIDE_PX - 1, SIDE_PX - 1))
    whole = read_clip(film(tmp_path / "even.mp4", frames[:3]))
    assert seen.size_px == (SIDE_PX, SIDE_PX)
    np.testing.assert_allclose(seen.rows.eyes_px, whole.rows.eyes_px, atol=2)


def test_frames_without_a_face_are_told(tmp_path: Path, frames: list[Frame]) -> None:
    seen = read_clip(film(tmp_path / "cut.mp4", black_in(frames[:12], 0, 5, 6)))
    assert np.flatnonzero(~seen.found).tolist() == [0, 5, 6]
    assert len(seen.colors) == 1  # of the frames 0, 5 and 10 that colors are looked at


def test_no_face_is_told(tmp_path: Path, frames: list[Frame]) -> None:
    file = film(tmp_path / "nobody.mp4", [np.zeros_like(frames[0])] * 3)
    with pytest.raises(FaceError) as told:
        read_clip(file)
    assert str(told.value) == (
        "nobody.mp4: expected a face, found none in any of 3 frames; use a clip in which both "
        "eyes are visible, or leave it out"
    )


def test_one_frame_is_no_video(tmp_path: Path, frames: list[Frame]) -> None:
    with pytest.raises(MediaError) as told:
        read_clip(film(tmp_path / "one.mp4", frames[:1]))
    assert str(told.value) == (
        "one.mp4: expected a clip of 2 frames or more, got 1; use a longer one, or leave it out"
    )


def test_what_is_no_video_is_told(tmp_path: Path) -> None:
    (tmp_path / "text.mp4").write_text("no video")
    with pytest.raises(MediaError, match=r"text\.mp4"):
        read_clip(tmp_path / "text.mp4")


def test_every_frame_is_counted_and_none_is_kept(
    clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[weakref.ref[Frame]] = []
    most = 0

    def watched(frame: Frame, size_px: tuple[int, int]) -> Frame:
        nonlocal most
        out = resized(frame, size_px).copy()
        seen.append(weakref.ref(out))
        most = max(most, sum(one() is not None for one in seen))
        return out

    monkeypatch.setattr(module, "resized", watched)
    count: list[int] = []
    kept = read_clip(clip, seen=lambda: count.append(1))
    gc.collect()
    assert len(count) == len(seen) == FRAMES
    assert sum(one() is not None for one in seen) == 0
    assert kept.rows.shape[0].nbytes + kept.rows.eyes_px[0].nbytes < 4000


def test_a_longer_clip_keeps_no_more_of_a_frame(
    tmp_path: Path, frames: list[Frame], reading: Reading
) -> None:
    twice = read_clip(film(tmp_path / "twice.mp4", [scaled(f, 200, 200) for f in frames * 2]))

    def of_a_frame(one: Reading) -> float:
        arrays = (getattr(one.rows, name) for name in one.rows.__slots__ if name != "reference")
        return (sum(a.nbytes for a in arrays) + one.colors.nbytes) / len(one.rows)

    assert of_a_frame(twice) <= of_a_frame(reading) < 5000
