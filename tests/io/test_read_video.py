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
