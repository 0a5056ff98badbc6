"""Videos have the frames, colors, sound and length they should, or are not there."""

import os
import resource
import signal
import time
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image
from tests.io.clips import flat, names, noise, write

from cogportrait.errors import InputError, MediaError, OutputError
from cogportrait.io import video as video_module
from cogportrait.io.audio import audio_duration_s
from cogportrait.io.containers import VideoOptions, pad_to_even, steady_instructions
from cogportrait.io.reader import read_video
from cogportrait.io.video import VideoWriter, carries_sound, check_video_output, exact_rate
from cogportrait.types import Frame

COLORS = [
    (255, 0, 0),
    (0, 255, 0),
    (0, 0, 255),
    (255, 255, 255),
    (0, 0, 0),
    (128, 128, 128),
    (200, 150, 120),
    (30, 80, 160),
]


@pytest.mark.parametrize("name", ["a.mp4", "a.mov", "a.mkv", "a.webm", "a.gif"])
def test_flat_colors_and_the_frame_count_survive(tmp_path: Path, name: str) -> None:
    frames = [flat(COLORS[i % len(COLORS)]) for i in range(27)]
    video = read_video(write(tmp_path / name, frames))
    back = list(video)
    assert video.fps == pytest.approx(25)
    assert video.size_px == (64, 48)
    assert len(back) == 27
    for sent, got in zip(frames, back, strict=True):
        assert np.abs(sent.astype(int) - got[8:-8, 8:-8].mean((0, 1))).max() <= 2.5
    assert names(tmp_path) == [name]


def test_the_mp4_says_which_colors_it_means_and_starts_fast(tmp_path: Path) -> None:
    path = write(tmp_path / "a.mp4", [flat(COLORS[0])] * 3)
    with av.open(str(path)) as container:
        context = container.streams.video[0].codec_context
        assert (context.colorspace, context.color_primaries, context.color_trc) == (1, 1, 1)
        assert context.color_range == 1
        assert context.pix_fmt == "yuv420p"
        assert context.name == "h264"
    content = path.read_bytes()
    assert content.index(b"moov") < content.index(b"mdat")


@pytest.mark.parametrize("name", ["a.mp4", "a.webm"])
def test_odd_sizes_are_filled_up_by_one(tmp_path: Path, name: str) -> None:
    video = read_video(write(tmp_path / name, [flat(COLORS[6], (31, 17))] * 3))
    assert video.size_px == (32, 18)
    assert np.abs(next(iter(video)).astype(int) - COLORS[6]).max() <= 2
    padded = pad_to_even(noise(0, (3, 5)))
    assert padded.shape == (6, 4, 3)
    assert np.array_equal(padded[-1], padded[-2])


@pytest.mark.parametrize(
    ("fps", "exact"),
    [(29.97, Fraction(30000, 1001)), (23.976, Fraction(24000, 1001)), (12.5, Fraction(25, 2))],
)
def test_the_frame_rate_is_exact(tmp_path: Path, fps: float, exact: Fraction) -> None:
    assert exact_rate(fps) == exact
    video = read_video(write(tmp_path / "a.mp4", [flat(COLORS[0])] * 10, fps=fps))
    assert video.rate == exact
    assert video.duration_s == pytest.approx(10 / exact, abs=1e-3)


@pytest.mark.parametrize("fps", [0, -1, 0.5, 241, float("nan"), float("inf")])
def test_an_impossible_frame_rate_is_refused(fps: float) -> None:
    with pytest.raises(InputError, match="fps: expected 1 to 240"):
        exact_rate(fps)


@pytest.mark.parametrize("name", ["a.mp4", "a.webm"])
@pytest.mark.parametrize("sound_s", [0.4, 3.0])
def test_sound_is_as_long_as_the_picture(
    tmp_path: Path, write_wav: Callable[..., Path], name: str, sound_s: float
) -> None:
    t = np.arange(round(sound_s * 22_050)) / 22_050
    sound = write_wav(0.5 * np.sin(2 * np.pi * 330 * t), 22_050)
    path = write(tmp_path / name, [noise(i) for i in range(30)], audio=sound)
    assert len(list(read_video(path))) == 30
    assert audio_duration_s(path) == pytest.approx(30 / 25, abs=0.03)
    with av.open(str(path)) as container:
        assert container.streams.audio[0].codec_context.name in ("aac", "opus")


def test_sound_is_in_step_with_the_picture(tmp_path: Path, write_wav: Callable[..., Path]) -> None:
    samples = np.zeros(48_000)
    samples[24_000:24_480] = 0.9  # a click at 0.5 s
    sound = write_wav(samples, 48_000)
    path = write(tmp_path / "a.mp4", [flat(COLORS[0])] * 25, audio=sound)
    with av.open(str(path)) as container:
        blocks = [(float(f.time or 0), f.to_ndarray()[0]) for f in container.decode(audio=0)]
    track = np.concatenate([block for _, block in blocks])
    assert blocks[0][0] + np.argmax(np.abs(track) > 0.4) / 48_000 == pytest.approx(0.5, abs=0.005)


def test_a_bad_sound_file_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "sound.wav").write_bytes(b"no sound")
    with pytest.raises(MediaError, match="expected a sound file"):
        write(tmp_path / "a.mp4", [flat(COLORS[0])], audio=tmp_path / "sound.wav")
    assert names(tmp_path) == ["sound.wav"]


def test_a_folder_or_a_pattern_gives_png_files(tmp_path: Path) -> None:
    frames = [noise(i, (9, 7)) for i in range(12)]
    write(tmp_path / "seq", frames)
    assert names(tmp_path / "seq") == [f"frame_{i:05d}.png" for i in range(12)]
    with Image.open(tmp_path / "seq" / "frame_00007.png") as image:
        assert np.array_equal(np.asarray(image), frames[7])
    (tmp_path / "b").mkdir()
    write(tmp_path / "b" / "f%03d.png", frames)
    assert names(tmp_path / "b") == [f"f{i:03d}.png" for i in range(12)]


def test_a_shorter_sequence_replaces_a_longer_one_and_nothing_else(tmp_path: Path) -> None:
    write(tmp_path / "f%03d.png", [noise(i, (8, 8)) for i in range(5)])
    (tmp_path / "f1000x.png").write_text("mine")
    write(tmp_path / "f%03d.png", [noise(i, (8, 8)) for i in range(2)])
    assert names(tmp_path) == ["f000.png", "f001.png", "f1000x.png"]


def test_one_png_cannot_hold_a_video(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="cannot hold a video"):
        write(tmp_path / "a.png", [flat(COLORS[0])])


def test_an_unknown_suffix_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"expected a name ending in \.mp4"):
        write(tmp_path / "a.avi", [flat(COLORS[0])])
    with pytest.raises(OutputError, match="does not exist"):
        check_video_output(tmp_path / "no" / "a.mp4")
    assert check_video_output(tmp_path / "a.gif") == tmp_path / "a.gif"
    assert names(tmp_path) == []


def test_a_gif_says_how_fast_it_can_be(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="at most 50 frames a second"):
        write(tmp_path / "a.gif", [flat(COLORS[0])], fps=60)
    assert carries_sound("a.webm")
    assert not carries_sound("a.gif")


@pytest.mark.parametrize("name", ["a.mp4", "a.webm", "a.gif", "seq", "f%03d.png"])
@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_an_interrupted_writer_leaves_nothing(
    tmp_path: Path, name: str, error: type[BaseException]
) -> None:
    with pytest.raises(error), VideoWriter(tmp_path / name, fps=25, size_px=(64, 48)) as video:
        for i in range(8):
            video.write(noise(i))
        raise error
    assert names(tmp_path) == []


def test_an_interrupted_writer_keeps_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(b"old")
    with pytest.raises(SystemExit), VideoWriter(path, fps=25, size_px=(64, 48)) as video:
        video.write(noise(0))
        os.kill(os.getpid(), signal.SIGTERM)
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["a.mp4"]
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


@pytest.mark.parametrize("name", ["a.mp4", "a.gif", "seq"])
def test_a_full_disk_is_one_line_and_leaves_nothing(tmp_path: Path, name: str) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (6000, before[1]))
    try:
        with pytest.raises(OutputError) as caught:
            write(tmp_path / name, [noise(i) for i in range(60)])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert "\n" not in str(caught.value)
    assert names(tmp_path) == []


def test_an_interrupt_during_the_last_step_is_quick(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def endless(_: object) -> Iterator[None]:
        os.kill(os.getpid(), signal.SIGTERM)
        while True:
            time.sleep(0.01)
            yield

    monkeypatch.setattr("cogportrait.io.gif.GifSink.finish", endless)
    with pytest.raises(SystemExit):
        write(tmp_path / "a.gif", [noise(i) for i in range(3)])
    assert names(tmp_path) == []


def test_encoding_runs_beside_rendering(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class SlowSink:
        def __enter__(self) -> "SlowSink":
            return self

        def __exit__(self, *_: object) -> None: ...

        def write(self, frame: Frame) -> None:
            time.sleep(0.02)

        def finish(self) -> Iterator[None]:
            return iter(())

    monkeypatch.setattr(video_module, "open_sink", lambda *_, **__: SlowSink())
    start = time.perf_counter()
    with VideoWriter(tmp_path / "a.mp4", fps=25, size_px=(8, 8)) as video:
        for i in range(10):
            time.sleep(0.02)
            video.write(noise(i, (8, 8)))
    assert time.perf_counter() - start < 0.33  # one after the other it would be 0.4


def test_an_error_of_the_encoder_reaches_the_renderer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("encoder broke")

    monkeypatch.setattr("cogportrait.io.containers.ContainerSink.write", fail)
    with pytest.raises(RuntimeError, match="encoder broke"):
        write(tmp_path / "a.mp4", [noise(i) for i in range(50)])
    assert names(tmp_path) == []


def test_frames_of_another_size_or_kind_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="frame 1: expected an array of shape"):
        write(tmp_path / "a.mp4", [noise(0), noise(1, (32, 32))])
    with pytest.raises(InputError, match="expected uint8"):
        write(tmp_path / "a.mp4", [noise(0).astype(np.float32)])  # type: ignore[list-item]
    assert names(tmp_path) == []


def test_a_video_without_frames_is_refused(tmp_path: Path) -> None:
    with (
        pytest.raises(OutputError, match="no frames"),
        VideoWriter(tmp_path / "a.mp4", fps=25, size_px=(8, 8)),
    ):
        pass
    assert names(tmp_path) == []


def test_frames_may_share_one_buffer(tmp_path: Path) -> None:
    buffer = np.empty((48, 64, 3), np.uint8)
    with VideoWriter(tmp_path / "seq", fps=25, size_px=(64, 48)) as video:
        for color in COLORS:
            buffer[:] = color
            video.write(buffer)
    with Image.open(tmp_path / "seq" / "frame_00002.png") as image:
        assert image.getpixel((5, 5)) == COLORS[2]


def test_options_are_checked() -> None:
    with pytest.raises(InputError, match="preset: expected one of"):
        VideoOptions(preset="warp")
    with pytest.raises(InputError, match="crf: expected 0 to 51"):
        VideoOptions(crf=52)


@pytest.mark.parametrize("name", ["a.mp4", "a.mov", "a.mkv", "a.webm", "a.gif", "a%d.png"])
def test_equal_frames_and_sound_give_equal_bytes(
    tmp_path: Path, write_wav: Callable[..., Path], name: str
) -> None:
    sound = write_wav(0.3 * np.sin(np.arange(8000) / 8))
    frames = [noise(i) for i in range(9)]
    made: list[list[bytes]] = []
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        write(tmp_path / folder / name, frames, audio=sound)
        made.append([path.read_bytes() for path in sorted((tmp_path / folder).iterdir())])
        time.sleep(1.1 if folder == "one" else 0)  # time stamps count whole seconds
    assert made[0] == made[1]


@pytest.mark.parametrize(("flags", "told"), [("fpu avx2 avx512f", True), ("fpu avx2", False)])
def test_x264_is_kept_from_avx512_where_the_cpu_has_it(
    tmp_path: Path, flags: str, told: bool
) -> None:
    (tmp_path / "cpuinfo").write_text(f"processor : 0\nflags : {flags}\n")
    assert bool(steady_instructions(tmp_path / "cpuinfo")) == told
    assert not steady_instructions(tmp_path / "missing")


def test_a_gif_that_is_too_fast_is_refused_before_anything_is_drawn(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="at most 50 frames a second"):
        check_video_output(tmp_path / "a.gif", fps=60)


@pytest.mark.parametrize("fps", ["25", None, 1j])
def test_a_frame_rate_that_is_no_number_is_refused(fps: object) -> None:
    with pytest.raises(InputError, match="fps: expected 1 to 240"):
        exact_rate(fps)  # type: ignore[arg-type]
