"""Everything that can be wrong with what a user gives: one line, exit 1, nothing left behind."""

import errno
import os
import struct
import wave
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from skimage import data

from cogportrait.types import Frame

Fails = Callable[..., str]
Run = Callable[..., Any]
Save = Callable[[Frame, str], Path]

SIDE_FILES = [
    ("--controls-out", ".json"),
    ("--trace", ".json"),
    ("--manifest", ".json"),
    ("--sheet", ".png"),
    ("--plot", ".png"),
]
EMOTION = ("--label", "happiness", "--duration", "0.5")


def test_a_picture_without_a_face(fails: Fails, save: Save, tmp_path: Path) -> None:
    path = save(data.coffee(), "coffee.png")
    assert "coffee.png: no face" in fails("animate", path, *EMOTION, "-o", tmp_path / "o.mp4")


def test_a_face_that_is_too_small(
    fails: Fails, save: Save, astronaut: Frame, tmp_path: Path
) -> None:
    tiny = np.asarray(Image.fromarray(astronaut).resize((180, 180), Image.Resampling.LANCZOS))
    scene = np.full((512, 512, 3), 128, np.uint8)
    scene[100:280, 100:280] = tiny
    message = fails("animate", save(scene, "far.png"), *EMOTION, "-o", tmp_path / "o.mp4")
    assert "far.png" in message
    assert "64 px" in message


def test_closed_eyes(fails: Fails, tmp_path: Path, closed_eyes: Path) -> None:
    message = fails("animate", closed_eyes, *EMOTION, "-o", tmp_path / "o.mp4")
    assert "open eyes" in message
    assert "cannot be shown" in message


def test_closed_eyes_can_be_measured(run: Run, tmp_path: Path, closed_eyes: Path) -> None:
    result = run("track", closed_eyes, "-o", tmp_path / "t.npz")
    assert result.exit_code == 0, result.output


def test_a_face_number_that_is_not_there(fails: Fails, picture: Path, tmp_path: Path) -> None:
    message = fails("animate", picture, *EMOTION, "--face", 3, "-o", tmp_path / "o.mp4")
    assert "face number from 1 to 1, got 3" in message


@pytest.mark.parametrize(
    ("name", "content"),
    [("empty.png", b""), ("text.jpg", b"not a picture"), ("cut.png", None)],
)
def test_an_image_that_cannot_be_read(
    fails: Fails, picture: Path, tmp_path: Path, name: str, content: bytes | None
) -> None:
    path = tmp_path / name
    path.write_bytes(picture.read_bytes()[:5000] if content is None else content)
    assert name in fails("animate", path, *EMOTION, "-o", tmp_path / "o.mp4")


def test_a_missing_image(fails: Fails, tmp_path: Path) -> None:
    message = fails("animate", tmp_path / "gone.png", *EMOTION, "-o", tmp_path / "o.mp4")
    assert "no such file" in message


def test_an_image_bomb(fails: Fails, tmp_path: Path) -> None:
    path = tmp_path / "bomb.png"
    path.write_bytes(png_that_claims(20_000, 20_000))
    message = fails("animate", path, *EMOTION, "-o", tmp_path / "o.mp4")
    assert "20000 x 20000" in message or "400 megapixels" in message


def png_that_claims(width: int, height: int) -> bytes:
    """Return a tiny PNG file whose header promises many pixels."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        checked = kind + body
        return struct.pack(">I", len(body)) + checked + struct.pack(">I", zlib.crc32(checked))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 1000))
        + chunk(b"IEND", b"")
    )


def test_audio_without_samples(fails: Fails, picture: Path, tmp_path: Path) -> None:
    path = tmp_path / "silent.wav"
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(16_000)
    message = fails("animate", picture, *EMOTION, "--audio", path, "-o", tmp_path / "o.mp4")
    assert "silent.wav" in message


def test_audio_that_is_no_audio(fails: Fails, picture: Path, tmp_path: Path) -> None:
    path = tmp_path / "noise.wav"
    path.write_bytes(b"RIFF....")
    assert "noise.wav" in fails("plan", "-l", "joy", "--audio", path, "-o", tmp_path / "c.json")


@pytest.mark.parametrize(
    ("replaced", "hint"),
    [
        ({"values": [[float("nan"), 0, 0]]}, "row 0, channel AU43_L"),
        ({"values": [[0, 1.5, 0]]}, "channel AU43_R: expected 0 to 1, got 1.5"),
        ({"values": [[0, 0, 90]]}, "channel gaze_yaw_L"),
        ({"values": [[0, 0]]}, "row 0: expected 3 numbers"),
        ({"values": []}, "at least one row"),
        ({"channels": ["AU43_L", "AU43_R", "AU99_L"]}, "unknown channel"),
        ({"fps": 0}, "fps"),
        ({"format": "other/1"}, "format"),
    ],
)
def test_controls_that_are_wrong(
    fails: Fails,
    picture: Path,
    curves: Callable[..., Path],
    tmp_path: Path,
    replaced: dict[str, Any],
    hint: str,
) -> None:
    message = fails("render", picture, curves(**replaced), "-o", tmp_path / "o.mp4")
    assert hint in message


def test_an_unknown_label_gets_the_nearest(fails: Fails, picture: Path, tmp_path: Path) -> None:
    message = fails("animate", picture, "-l", "drowsyness", "-o", tmp_path / "o.mp4")
    assert "unknown label 'drowsyness'" in message
    assert "drowsiness" in message


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--duration", 0.1),
        ("--duration", 601),
        ("--duration", "nan"),
        ("--fps", 5),
        ("--fps", 500),
        ("--intensity", 3),
        ("--intensity", 0),
    ],
)
def test_options_out_of_range(
    fails: Fails, picture: Path, tmp_path: Path, option: str, value: object
) -> None:
    output = tmp_path / "o.mp4"
    message = fails("animate", picture, "-l", "joy", option, value, "-o", output)
    assert message.startswith(f"error: {option.removeprefix('--')}: expected ")


@pytest.mark.parametrize("name", ["o.xyz", "o.png", "missing/o.mp4"])
def test_an_output_that_cannot_be(fails: Fails, picture: Path, tmp_path: Path, name: str) -> None:
    assert Path(name).name in fails("animate", picture, *EMOTION, "-o", tmp_path / name)


def test_an_unwritable_folder(fails: Fails, picture: Path, unwritable: Path) -> None:
    assert "not writable" in fails("animate", picture, *EMOTION, "-o", unwritable / "o.mp4")


@pytest.mark.parametrize(("option", "suffix"), SIDE_FILES)
def test_a_side_file_that_cannot_be(
    fails: Fails, picture: Path, tmp_path: Path, option: str, suffix: str
) -> None:
    side = tmp_path / "missing" / f"x{suffix}"
    message = fails("animate", picture, *EMOTION, "-o", tmp_path / "o.mp4", option, side)
    assert "does not exist" in message


@pytest.mark.parametrize(("option", "suffix"), SIDE_FILES)
@pytest.mark.parametrize("name", ["x.txt", "x"])
def test_a_side_file_with_another_suffix(
    fails: Fails, tmp_path: Path, option: str, suffix: str, name: str
) -> None:
    words = ("animate", tmp_path / "gone.png", *EMOTION, "-o", tmp_path / "o.mp4")
    message = fails(*words, option, tmp_path / name)
    assert f"expected a name ending in {suffix}, got" in message
    assert "write to " in message
    assert message.rstrip().endswith(f"/x{suffix}")


def test_a_plan_or_a_track_with_another_suffix(fails: Fails, tmp_path: Path) -> None:
    assert "ending in .json, got .mp4" in fails("plan", "-l", "joy", "-o", tmp_path / "p.mp4")
    gone = tmp_path / "gone.png"
    assert "ending in .npz, got .txt" in fails("track", gone, "-o", tmp_path / "t.txt")


@pytest.mark.parametrize("side", ["controls-out", "trace", "plot", "sheet", "manifest"])
def test_what_is_written_already_is_named_when_the_disk_is_full(
    run: Any, picture: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, side: str
) -> None:
    writes = Path.write_bytes
    last = tmp_path / f"last{dict(SIDE_FILES)['--' + side]}"

    def full(self: Path, content: bytes) -> int:
        if self.name.startswith(".last"):
            raise OSError(errno.ENOSPC, "No space left on device")
        return writes(self, content)

    monkeypatch.setattr(Path, "write_bytes", full)
    video = tmp_path / "o.mp4"
    result = run("animate", picture, *EMOTION, "--fps", 10, "-o", video, f"--{side}", last)
    assert result.exit_code == 1
    (error,) = result.stderr.splitlines()
    assert "last" in error
    assert "the disk is full" in error
    assert f"already written and complete: {video}" in error
    assert [path.name for path in tmp_path.iterdir()] == ["o.mp4"]


def test_a_sequence_does_not_touch_other_files(
    fails: Fails, run: Any, picture: Path, tmp_path: Path
) -> None:
    photo = tmp_path / "img0001.png"
    photo.write_bytes(picture.read_bytes())
    words = ("animate", photo, *EMOTION, "--fps", 10, "-o")
    assert "is an input of this run" in fails(*words, tmp_path / "img%04d.png")
    words = ("animate", picture, *EMOTION, "--fps", 10, "-o")
    assert "img0001.png: would be replaced" in fails(*words, tmp_path / "img%04d.png")
    assert photo.read_bytes() == picture.read_bytes()
    for _ in range(2):  # again, over its own files
        assert run(*words, tmp_path / "frames").exit_code == 0
    assert len(list((tmp_path / "frames").iterdir())) == 5
    sheet = tmp_path / "frames" / "frame_00002.png"
    assert "is another output" in fails(*words, tmp_path / "frames", "--sheet", sheet)


def test_a_gif_that_is_too_fast(fails: Fails, tmp_path: Path) -> None:
    words = ("animate", tmp_path / "gone.png", *EMOTION, "--fps", 60)
    assert "at most 50 frames a second" in fails(*words, "-o", tmp_path / "o.gif")


@pytest.mark.parametrize("option", ["--label", "--instruction"])
def test_long_texts_are_not_repeated(fails: Fails, tmp_path: Path, option: str) -> None:
    message = fails("plan", option, "x" * 6000, "-o", tmp_path / "c.json")
    assert "6000" in message
    assert len(message) < 200


def test_a_video_without_a_face(fails: Fails, tmp_path: Path) -> None:
    from cogportrait.io.video import VideoWriter

    path = tmp_path / "gray.mp4"
    with VideoWriter(path, fps=10, size_px=(128, 128)) as writer:
        for _ in range(3):
            writer.write(np.full((128, 128, 3), 128, np.uint8))
    assert "no face" in fails("track", path, "-o", tmp_path / "t.npz")


@pytest.mark.parametrize("kind", ["circle", "pipe", "folder"])
def test_what_is_no_file_is_not_read(
    fails: Fails, picture: Path, tmp_path: Path, kind: str
) -> None:
    path = tmp_path / "x"
    match kind:
        case "circle":
            path.symlink_to(path)
        case "pipe":
            os.mkfifo(path)  # reading it would wait forever
        case _:
            path.mkdir()
    output = tmp_path / "o.mp4"
    fails("animate", path, *EMOTION, "-o", output)
    fails("animate", picture, *EMOTION, "--audio", path, "-o", output)
    fails("render", picture, path, "-o", output)
    fails("track", path, "-o", tmp_path / "t.npz")
    fails("rig", "fit", path, "-o", tmp_path / "rig")


def test_an_output_that_is_no_file(fails: Fails, picture: Path, tmp_path: Path) -> None:
    (tmp_path / "circle").symlink_to(tmp_path / "circle")
    words = ("animate", picture, *EMOTION, "-o")
    assert "expected a folder" in fails(*words, tmp_path / "circle")
    assert "standard output" in fails(*words, "-")


def test_paths_that_are_too_long(fails: Fails, picture: Path, tmp_path: Path) -> None:
    long = "x" * 5000
    output = tmp_path / "o.mp4"
    for words in (
        ("animate", f"{long}.png", *EMOTION, "-o", output),
        ("animate", picture, *EMOTION, "-o", f"{tmp_path}/{long}/o.mp4"),
        ("animate", picture, *EMOTION, "-o", output, "--trace", f"{tmp_path}/{long}.json"),
        ("plan", "-l", "joy", "--audio", f"{long}.wav", "-o", tmp_path / "c.json"),
        ("render", picture, f"{long}.json", "-o", output),
        ("track", f"{long}.mp4", "-o", tmp_path / "t.npz"),
        ("rig", "fit", f"{long}.tsv", "-o", tmp_path / "rig"),
        ("demo", "-o", f"{tmp_path}/{long}"),
    ):
        assert len(fails(*words)) < 700


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("[" * 100_000, "nested too deeply"),
        (f'{{"fps": {"9" * 5000}}}', "a number of thousands of digits"),
    ],
)
def test_json_that_is_too_much(
    fails: Fails, picture: Path, tmp_path: Path, text: str, hint: str
) -> None:
    path = tmp_path / "c.json"
    path.write_text(text)
    assert hint in fails("render", picture, path, "-o", tmp_path / "o.mp4")


@pytest.mark.parametrize("command", ["plan", "animate"])
def test_an_instruction_of_which_nothing_is_understood(
    command: str, fails: Fails, tmp_path: Path, picture: Path
) -> None:
    to = ("-o", tmp_path / "o.json") if command == "plan" else (picture, "-o", tmp_path / "o.mp4")
    files = ("--trace", tmp_path / "t.json", "--manifest", tmp_path / "m.json")
    message = fails(command, *to, "--instruction", "xyzzy plugh", *files)
    assert "instruction: nothing in 'xyzzy plugh' is understood" in message
    assert "looks down, then smiles" in message


def test_words_that_are_left_out_are_a_warning(run: Run, tmp_path: Path) -> None:
    told = ("--instruction", "blinks xyzzily", "--duration", "2")
    result = run("plan", "-o", tmp_path / "o.json", *told)
    assert result.exit_code == 0, result.output
    assert result.stderr == "warning: instruction: left out: 'xyzzily'\n"


def test_a_password_in_an_address_is_refused_and_repeated_nowhere(
    fails: Fails, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ("plan", "-l", "joy", "-o", tmp_path / "c.json", "--trace", tmp_path / "t.json",
             "--record", tmp_path / "r.jsonl", "--reasoner", "llm", "--model", "m")  # fmt: skip
    address = "http://me:hunter2@127.0.0.1:9/v1"
    said = fails(*words, "--base-url", address)
    assert "base_url: expected an address without a name, password" in said
    assert "hunter2" not in said
    monkeypatch.setenv("OPENAI_BASE_URL", address)
    said = fails(*words, "--portrait", "gone.png")
    assert "OPENAI_BASE_URL: expected an address without a name" in said
    assert "hunter2" not in said


def test_control_characters_of_names_are_said_as_escapes(run: Run, tmp_path: Path) -> None:
    result = run("describe", tmp_path / "a\x1b[2J\nb.json")
    assert result.exit_code == 1
    assert result.stderr.count("\n") == 1
    assert r"a\x1b[2J\nb.json" in result.stderr


def test_a_picture_is_no_damaged_library(fails: Fails, picture: Path) -> None:
    said = fails("library", "stats", picture)
    assert "expected a library in Parquet, got another kind of file" in said
    assert "magic" not in said
