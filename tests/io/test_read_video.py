"""What is read from videos, and what is no video."""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image
from tests.io.clips import flat, noise, write

from cogportrait.errors import MediaError
from cogportrait.io.reader import read_video
from cogportrait.types import Frame


def test_a_rotated_video_is_read_upright(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    frame = flat((0, 0, 255))
    frame[:24, :32] = (255, 0, 0)  # top left
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        stream.set_display_rotation(-90)  # clockwise a quarter, as phones note it
        for _ in range(3):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        container.mux(stream.encode(None))
    video = read_video(path)
    assert video.size_px == (48, 64)
    upright = next(iter(video))
    assert upright.shape == (64, 48, 3)
    assert upright[8, 40, 0] > 200  # the mark is now top right
    assert upright[8, 8, 2] > 200


def test_a_varying_rate_is_made_constant(tmp_path: Path) -> None:
    path = tmp_path / "a.mkv"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25, options={"bf": "0"})
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for number in (0, 1, 2, 6, 7, 8, 9):  # three are missing
            frame = av.VideoFrame.from_ndarray(flat((25 * number, 0, 0)), format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, 25)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    reds = [int(f[24, 32, 0]) for f in read_video(path)]
    assert len(reds) == 10
    assert np.abs(np.array(reds) - 25 * np.array([0, 1, 2, 2, 2, 2, 6, 7, 8, 9])).max() <= 4


def test_a_video_can_be_iterated_again(tmp_path: Path) -> None:
    video = read_video(write(tmp_path / "a.mp4", [noise(i) for i in range(5)]))
    assert video.n_frames == 5
    assert all(np.array_equal(a, b) for a, b in zip(video, video, strict=True))


def test_quick_colors_are_nearly_the_exact_ones(tmp_path: Path) -> None:
    path = write(tmp_path / "a.mp4", [flat((40 * i, 120, 200 - 30 * i)) for i in range(5)])
    exact, quick = (list(read_video(path, quick=way)) for way in (False, True))
    assert len(quick) == 5
    for a, b in zip(exact, quick, strict=True):
        assert np.abs(a.astype(int) - b).max() <= 4


@pytest.mark.parametrize("content", [b"", b"no video", bytes(range(256)) * 40])
def test_what_is_no_video_is_refused_in_one_line(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(content)
    with pytest.raises(MediaError) as caught:
        read_video(path)
    assert "\n" not in str(caught.value)


def test_a_picture_or_a_sound_is_no_video(tmp_path: Path, write_wav: Callable[..., Path]) -> None:
    Image.new("RGB", (8, 8)).save(tmp_path / "a.png")
    with pytest.raises(MediaError, match="still picture"):
        read_video(tmp_path / "a.png")
    with pytest.raises(MediaError, match="without a picture track"):
        read_video(write_wav(np.zeros(1600)))
    with pytest.raises(MediaError, match="no such file"):
        read_video(tmp_path / "no.mp4")


def test_a_truncated_video_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "a.mp4", [noise(i) for i in range(60)])
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 3])
    with pytest.raises(MediaError, match="truncated"):
        read_video(path)


def gray(number: int) -> Frame:
    return flat((number, number, number))


def level(frame: Frame) -> int:
    return round(float(frame.mean()))


def test_frames_are_given_at_the_times_asked_for(tmp_path: Path) -> None:
    video = read_video(write(tmp_path / "a.mp4", [gray(8 * i) for i in range(25)], fps=50))
    found = [level(frame) for frame in video.at(i / 25 for i in range(100))]
    assert found == pytest.approx([16 * i for i in range(13)], abs=3)  # every other one, evenly
    twice = [level(frame) for frame in video.at([0.03, 0.03, 0.479, 0.499, 0.5])]
    assert twice == pytest.approx([8, 8, 184, 192], abs=3)  # it ends at 0.5 s
    assert list(video.at([])) == []


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.webm", "a.gif"])
def test_a_late_part_is_the_same_as_one_come_by_decoding(tmp_path: Path, name: str) -> None:
    frames = [gray(i % 250) for i in range(240)]
    video = read_video(write(tmp_path / name, frames, fps=20))
    late = [level(frame) for frame in video.at(8 + i / 20 for i in range(20))]
    everything = [level(frame) for frame in video]
    assert late == everything[160:180]


def test_time_counts_from_the_first_frame(tmp_path: Path) -> None:
    path = tmp_path / "a.mkv"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25, options={"bf": "0"})
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for number in range(200):
            frame = av.VideoFrame.from_ndarray(gray(number), format="rgb24")
            frame.pts, frame.time_base = number + 50, Fraction(1, 25)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    video = read_video(path)
    assert video.first_s == pytest.approx(2.0)
    found = [level(frame) for frame in video.at([0.0, 1.0, 7.0])]
    assert found == pytest.approx([0, 25, 175], abs=3)
    assert level(next(video.at([7.0]))) == pytest.approx(175, abs=3)


def test_a_part_of_a_video_that_is_corrupt_on_the_way(tmp_path: Path) -> None:
    path = write(tmp_path / "a.mkv", [noise(i) for i in range(60)])
    content = bytearray(path.read_bytes())
    content[len(content) // 2 :] = bytes(len(content) - len(content) // 2)
    path.write_bytes(content)
    seen = []
    try:
        seen = list(read_video(path).at(i / 25 for i in range(60)))
    except MediaError as error:
        assert "the video is corrupt after" in str(error)
    assert len(seen) < 60
