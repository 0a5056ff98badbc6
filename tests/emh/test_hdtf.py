"""HDTF's annotations as they are published, and clips cut by them."""

import shutil
import wave
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from cogportrait.bench.hdtf import (
    HdtfClip,
    HdtfVideo,
    Window,
    file_of,
    find_videos,
    read_annotations,
)
from cogportrait.bench.hdtf_cut import (
    annotated_window,
    check_length,
    cut_clip,
    square_around,
    window_of,
)
from cogportrait.errors import InputError, MediaError
from cogportrait.io.audio import read_audio
from cogportrait.io.reader import read_video
from cogportrait.io.video import VideoWriter

TABLES = {
    "RD_video_url.txt": "\ufeffRadio11 https://youtu.be/x\nRadio24 https://youtu.be/y\n",
    "RD_resolution.txt": "Radio11.mp4 720\nRadio24.mp4 720\n",
    "RD_annotion_time.txt": "Radio11.mp4 00:30-01:00 01:30-02:30 \n\n",
    "RD_crop_wh.txt": "Radio11_0.mp4 412 599 0 599\nRadio11_1 557 478 0 478\n",
    "RD_crop_ratio.txt": "Radio11_0.mp4 1.2\n",
    "WDA_annotion_time.txt": "Amy0.mp4.mp4 1:00:05-1:00:07.5\nAmy1 00:10-00:12\n",
    "WDA_resolution.txt": "Amy0 0\n",
}


def annotations(folder: Path, **replaced: str) -> Path:
    for name, text in (TABLES | {f"{key}.txt": text for key, text in replaced.items()}).items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def test_annotations_are_read_as_they_are_published(tmp_path: Path) -> None:
    radio, amy, other = read_annotations(annotations(tmp_path))
    assert radio == HdtfVideo(
        "RD", "Radio11", 720, "https://youtu.be/x",
        (HdtfClip("Radio11_0", 30, 60, Window(412, 0, 599), 1.2),
         HdtfClip("Radio11_1", 90, 150, Window(557, 0, 478), None)),
    )  # fmt: skip
    assert amy.clips == (HdtfClip("Amy0_0", 3605, 3607.5, None, None),)
    assert (amy.height_px, other.height_px) == (0, 0)
    assert [one.actor for one in (radio, amy, other)] == ["Radio11", "Amy", "Amy"]


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        ("RD_annotion_time", "Radio11.mp4 00:30", "row 1: expected times mm:ss-mm:ss, got '00:30'"),
        (
            "RD_annotion_time",
            "\nRadio11.mp4 01:00-00:30",
            "row 2: expected an end after the start, got '01:00-00:30', which ends before it "
            "begins; mend the times$",
        ),
        ("RD_annotion_time", "Radio11.mp4 00:30-00:30", "got '00:30-00:30', which ends when it"),
        ("RD_annotion_time", "a 00:01-00:02\na.mp4 00:01-00:02", "row 2: expected each name once"),
        ("RD_annotion_time", "../a 00:01-00:02", "row 1: expected the name of a video"),
        ("RD_annotion_time", ".mp4 00:01-00:02", "row 1: expected the name of a video"),
        ("RD_annotion_time", "Amy0 00:01-00:02", "expected each video once, got 'Amy0' in two"),
        ("RD_resolution", "Radio11.mp4 720p", "row 1: expected the height of a picture"),
        ("RD_crop_wh", "Radio11_0.mp4 1 2 3", "row 1: expected x, width, y, height in pixels"),
        ("RD_crop_wh", "Radio11_0.mp4 1 -2 3 -2", "row 1: expected x, width, y, height"),
        ("RD_crop_wh", "Radio11_0.mp4 1 20 3 21", "row 1: expected a square window, got 20 x 21"),
        ("RD_crop_wh", "Radio11_0.mp4 1 0 3 0", "row 1: expected a square window"),
        ("RD_crop_ratio", "Radio11_0.mp4 wide", "row 1: expected a zoom from 0.1 to 10"),
        ("RD_crop_ratio", "Radio11_0.mp4 nan", "row 1: expected a zoom from 0.1 to 10"),
    ],
)
def test_a_row_that_cannot_be_read(tmp_path: Path, file: str, text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_annotations(annotations(tmp_path, **{file: text}))


def test_a_folder_without_annotations(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"such as RD_annotion_time.txt, found none"):
        read_annotations(tmp_path)
    with pytest.raises(InputError, match="got nothing of that name"):
        read_annotations(tmp_path / "gone")
    (tmp_path / "WRA_annotation_time.txt").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="got a binary file"):
        read_annotations(tmp_path)


@pytest.mark.parametrize("text", ["", "\n \n", "\ufeff"])
def test_annotations_without_a_row_are_named_as_empty(tmp_path: Path, text: str) -> None:
    file = tmp_path / "RD_annotion_time.txt"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as told:
        read_annotations(tmp_path)
    assert str(told.value) == (
        f"{file}: expected a row for each video, such as 'Radio1.mp4 00:30-01:00', got an empty "
        "file; fetch it again"
    )


def test_videos_are_found_by_either_name(tmp_path: Path) -> None:
    (tmp_path / "RD").mkdir()
    for name in ("RD/Radio11.webm", "Radio11.mp4", "WDA_Amy0.mkv", "Amy1.mp4.mp4"):
        (tmp_path / name).touch()
    radio, amy, other = read_annotations(annotations(tmp_path))
    files = find_videos(tmp_path)
    assert file_of(radio, files) == tmp_path / "Radio11.mp4"
    assert file_of(amy, files) == tmp_path / "WDA_Amy0.mkv"
    assert file_of(other, files) == tmp_path / "Amy1.mp4.mp4"
    assert file_of(radio, {}) is None


def window(given: Window | None, height: int, size: tuple[int, int]) -> Window | None:
    clip = HdtfClip("a_0", 0, 1, given, None)
    return annotated_window(HdtfVideo("RD", "a", height, "", (clip,)), clip, size)


def test_a_clip_that_failed_is_named_once(
    run: Callable[..., Any], flashing: Path, tmp_path: Path
) -> None:
    made, videos, out = (tmp_path / name for name in ("annotations", "videos", "out"))
    for folder in (made, videos):
        folder.mkdir()
    for name, text in (
        ("annotion_time", "Radio1.mp4 00:01-00:02"),
        ("crop_wh", "Radio1_0.mp4 60 36 0 36"),
        ("resolution", "Radio1.mp4 48"),
    ):
        (made / f"RD_{name}.txt").write_text(text)
    shutil.copy(flashing, videos / "Radio1.mp4")
    said = run("bench", "hdtf-prepare", made, videos, "-o", out, "--quick")
    assert said.exit_code == 1
    told = (
        "Radio1_0: RD_crop_wh.txt: expected a window in the picture of 80 x 48 px, got one that "
        "leaves it, x 60 to 96 and y 0 to 36, and no zoom is annotated; mend the window, or add a "
        "zoom to RD_crop_ratio.txt"
    )
    assert said.stderr.splitlines() == [
        f"warning: failed: {told}", f"error: {out}: no clip could be made: {told}",
    ]  # fmt: skip


def test_windows_are_scaled_to_the_video_at_hand() -> None:
    given = Window(412, 10, 600)
    assert window(given, 720, (1280, 720)) == given
    assert window(given, 720, (1920, 1080)) == Window(618, 15, 900)
    assert window(given, 720, (640, 360)) == Window(206, 5, 300)
    assert window(Window(0, 1, 720), 720, (1280, 720)) is None  # the annotation contradicts itself
    assert window(given, 0, (1280, 720)) is None
    assert window(None, 720, (1280, 720)) is None
    assert window(given, 720, (960, 720)) is None  # a picture of another shape
    assert window(given, 720, (1010, 720)) == Window(410, 10, 600)  # rounding


@pytest.mark.parametrize(
    ("given", "height", "message"),
    [
        (Window(60, 0, 36), 48, "a window in the picture of 80 x 48 px, got one that leaves it, "
         "x 60 to 96 and y 0 to 36"),
        (Window(600, 0, 360), 480, "a window in the picture of 80 x 48 px, got one that leaves "
         "it, x 60 to 96 and y 0 to 36"),  # as large as it is in the picture at hand
        (Window(0, 20, 30), 48, "a window in the annotated height of 48 px, got one that leaves "
         "it, x 0 to 30 and y 20 to 50"),
        (Window(0, 0, 30), 0, "the height of the picture that it was measured in, got none"),
    ],
)  # fmt: skip
def test_a_window_that_does_not_fit_is_told_where_no_zoom_is_annotated(
    flashing: Path, given: Window, height: int, message: str
) -> None:
    clip = HdtfClip("Radio1_0", 0, 1, given, None)
    with pytest.raises(InputError) as told:
        window_of(HdtfVideo("RD", "Radio1", height, "", (clip,)), clip, read_video(flashing))
    assert str(told.value) == (
        f"RD_crop_wh.txt: expected {message}, and no zoom is annotated; mend the window, or add a "
        "zoom to RD_crop_ratio.txt"
    )


@given(
    st.integers(1, 2000), st.integers(0, 3000), st.integers(0, 2000), st.integers(1, 2200),
    st.tuples(st.integers(1, 4000), st.integers(1, 2200)),
)  # fmt: skip
def test_a_window_lies_in_the_picture(
    side: int, x: int, y: int, height: int, size: tuple[int, int]
) -> None:
    found = window(Window(x, y, side), height, size)
    if found is not None:
        assert found.side >= 1
        assert 0 <= found.x <= size[0] - found.side
        assert 0 <= found.y <= size[1] - found.side


@given(st.integers(0, 200), st.floats(0.1, 10), st.tuples(st.integers(2, 300), st.integers(2, 300)))
def test_the_square_around_faces_lies_in_the_picture(
    seed: int, zoom: float, size: tuple[int, int]
) -> None:
    points = np.random.default_rng(seed).uniform(-20, 320, (3, 478, 3)).astype(np.float32)
    found = square_around(points, zoom, size)
    assert 1 <= found.side <= min(size)
    assert 0 <= found.x <= size[0] - found.side
    assert 0 <= found.y <= size[1] - found.side


def test_the_square_around_faces_is_in_their_middle() -> None:
    points = np.full((2, 478, 3), 50, np.float32)
    points[0, 0, :2], points[1, 1, :2] = (40, 50), (60, 54)
    assert square_around(points, 2.0, (200, 200)) == Window(30, 32, 40)


FLASHES_S = (6.0, 8.0)


@pytest.fixture(scope="module")
def flashing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a video of 10 s at 50 frames a second that flashes and beeps at the same times."""
    folder = tmp_path_factory.mktemp("flashing")
    sound: NDArray[np.float64] = np.zeros(16_000 * 10)
    for at_s in FLASHES_S:
        first = round(at_s * 16_000)
        sound[first : first + 1600] = np.sin(np.arange(1600) * 0.4)
    with wave.open(str(folder / "s.wav"), "wb") as file:
        file.setparams((1, 2, 16_000, 0, "NONE", ""))
        file.writeframes((sound * 30_000).astype("<i2").tobytes())

    def frames() -> Iterator[NDArray[np.uint8]]:
        for number in range(500):
            frame = np.full((48, 80, 3), 20, np.uint8)
            frame[:, 40:] = 60
            if any(at_s <= number / 50 < at_s + 0.1 for at_s in FLASHES_S):
                frame[:] = 230
            yield frame

    path = folder / "v.mp4"
    with VideoWriter(path, fps=50, size_px=(80, 48), audio=folder / "s.wav") as video:
        for frame in frames():
            video.write(frame)
    return path


def test_a_clip_has_its_size_its_rate_and_its_sound(flashing: Path, tmp_path: Path) -> None:
    clip = HdtfClip("v_0", 5.5, 9.0, None, None)
    target = tmp_path / "v_0.mp4"
    assert cut_clip(read_video(flashing), clip, Window(32, 0, 48), target)
    assert list(tmp_path.iterdir()) == [target]
    made = read_video(target)
    assert (made.size_px, made.fps, made.duration_s) == ((512, 512), 25.0, 3.52)  # whole frames
    frames = list(made)
    bright = np.array([frame[256, 300, 0] > 150 for frame in frames])
    assert len(frames) == 88
    starts = np.flatnonzero(np.diff(bright.astype(int)) == 1) + 1
    assert (starts / 25 + 5.5 - FLASHES_S).tolist() == pytest.approx([0, 0], abs=0.041)
    assert abs(int(frames[0][256, 20, 0]) - 20) < 8  # the dark half ends 8 of 48 columns in
    assert abs(int(frames[0][256, 120, 0]) - 60) < 8
    loud = np.abs(read_audio(target).samples) > 0.2
    for at_s in FLASHES_S:
        first = np.flatnonzero(loud & (np.arange(len(loud)) > (at_s - 6) * 16_000))[0]
        assert first / 16_000 + 5.5 == pytest.approx(at_s, abs=0.01)


def test_a_clip_without_sound_has_none(tmp_path: Path) -> None:
    source, target = tmp_path / "v.mp4", tmp_path / "c.mp4"
    with VideoWriter(source, fps=25, size_px=(32, 32)) as video:
        for number in range(30):
            video.write(np.full((32, 32, 3), number, np.uint8))
    clip = HdtfClip("c", 0, 1, None, None)
    assert not cut_clip(read_video(source), clip, Window(0, 0, 32), target)
    assert read_video(target).duration_s == 1.0


def test_a_video_that_ends_before_its_clip_is_refused(flashing: Path, tmp_path: Path) -> None:
    clip = HdtfClip("v_1", 7.0, 15.0, None, None)
    video = read_video(flashing)
    with pytest.raises(MediaError, match=r"v_1 to go on to 15 s, got a video that ends at 10.0 s"):
        check_length(video, clip)
    with pytest.raises(MediaError, match=r"v_1 to go on to 15 s, got a video that ends at 10.0 s"):
        cut_clip(video, clip, Window(0, 0, 48), tmp_path / "v_1.mp4")
    assert list(tmp_path.iterdir()) == []
    check_length(video, HdtfClip("v_2", 7.0, 10.9, None, None))  # annotated ends are rounded
