"""What is asked is judged at the door, in one line, whatever its type."""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import cogportrait
from cogportrait import CogPortraitError, Portrait, Request, Setting, pipeline, speech
from cogportrait.agents.llm.settings import LlmSettings
from cogportrait.agents.loop import compile_brief
from cogportrait.agents.reasoning import ReasonerName, Reasoning
from cogportrait.errors import (
    ControlsError,
    InputError,
    InstructionError,
    LabelError,
    OutputError,
    PlanError,
    shown,
)
from cogportrait.io.video import VideoWriter
from cogportrait.types import AudioClip, Brief, ControlSequence, SpeechTimeline


def one_line(error: BaseException) -> str:
    message = str(error)
    assert "\n" not in message
    assert len(message) < 300
    return message


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"fps": "25"}, "fps: expected 10 to 120 frames per second, got '25'"),
        ({"fps": None}, "fps: expected 10 to 120 frames per second, got None"),
        ({"fps": True}, "fps: expected"),
        ({"fps": 10**400}, "fps: expected"),
        ({"duration_s": "6"}, "duration: expected 0.5 to 600 seconds, got '6'"),
        ({"intensity": [1]}, "intensity: expected"),
        ({"seed": None}, "seed: expected a whole number, got None"),
        ({"seed": 1.5}, "seed: expected a whole number, got 1.5"),
        ({"seed": "x" * 5000}, "seed: expected a whole number"),
        ({"instruction": None}, "instruction: expected a text, got None"),
        ({"instruction": b"blink"}, "instruction: expected a text"),
        ({"speaking": "yes"}, "speaking: expected True, False or None, got 'yes'"),
        ({"speaking": 1}, "speaking: expected True, False or None, got 1"),
        ({"speaking": np.zeros((2, 2))}, "speaking: expected True, False or None, got array"),
        ({"audio": 3}, "audio: expected a path, got 3"),
        ({"audio": b"a.wav"}, "audio: expected a path, got b'a.wav'"),
        ({"audio": "a\0b"}, "audio: expected a path"),
        ({"instruction": "xyzzy plugh"}, "instruction: nothing in 'xyzzy plugh' is understood"),
        ({"instruction": "does not xyzzy"}, "instruction: nothing in"),
        ({"instruction": "..."}, "instruction: nothing in '...' is understood"),
        ({"label": None}, "label: expected a word such as 'joy', got None"),
        ({"label": 7}, "label: expected a word such as 'joy', got 7"),
        ({"label": "joy " * 1300}, "label: expected a word, got 5200 characters"),
    ],
)
def test_a_request_of_the_wrong_type(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError) as caught:
        Request(**({"label": "joy"} | wrong))
    assert one_line(caught.value).startswith(message)


def test_what_is_understood_in_part_is_no_error() -> None:
    for text in ("blinks xyzzily", "without blinking", "doesn't smile", "drowsy", "looks bored",
                 "keeps her head still", "not looking at the camera", " "):  # fmt: skip
        assert Request("joy", instruction=text).instruction == text
    with pytest.raises(InstructionError):
        compile_brief(Brief("neutral", 2.0, instruction="xyzzy"))


def test_a_language_model_is_given_any_text() -> None:
    for thought in (
        Reasoning(ReasonerName.LLM, LlmSettings("some")), Reasoning(ReasonerName.LOCAL)
    ):  # fmt: skip
        assert Request("joy", "xyzzy plugh", reasoning=thought).instruction == "xyzzy plugh"


@pytest.mark.parametrize("number", [np.float32(30), np.int64(30), Fraction(30), 30])
def test_any_kind_of_number_will_do(number: Any) -> None:
    assert Request("joy", fps=number, duration_s=number, seed=np.int64(4)).fps == 30


@pytest.mark.parametrize(
    "wrong",
    [{"face": 0}, {"face": "1"}, {"neutralize": 2}, {"neutralize": None}, {"seed": None}],
)
def test_a_setting_of_the_wrong_type(wrong: dict[str, Any]) -> None:
    with pytest.raises(PlanError) as caught:
        Setting(**wrong)
    assert one_line(caught.value).startswith(f"{next(iter(wrong))}: expected")


Call = Callable[[Portrait, Path], object]
CALLS: dict[str, Call] = {
    "request": lambda p, o: cogportrait.animate(p, 3, o),  # type: ignore[arg-type]
    "label": lambda p, o: cogportrait.plan(Request(label=[])),  # type: ignore[arg-type]
    "portrait": lambda p, o: cogportrait.animate(3, "joy", o),  # type: ignore[arg-type]
    "output": lambda p, o: cogportrait.animate(p, "joy", None),  # type: ignore[arg-type]
    "face": lambda p, o: cogportrait.animate(p, "joy", o, face="a"),  # type: ignore[arg-type]
    "renderer": lambda p, o: cogportrait.animate(p, "joy", o, renderer=1),  # type: ignore[arg-type]
    "controls": lambda p, o: cogportrait.render(p, 5, o),  # type: ignore[arg-type]
    "watch": lambda p, o: cogportrait.animate(p, "joy", o, watch=1),  # type: ignore[arg-type]
    "setting": lambda p, o: cogportrait.render(p, "c.json", o, setting={}),  # type: ignore[arg-type]
}


@pytest.mark.parametrize("name", CALLS)
def test_an_argument_of_the_wrong_type(name: str, portrait: Portrait, tmp_path: Path) -> None:
    with pytest.raises(CogPortraitError) as caught:
        CALLS[name](portrait, tmp_path / "o.mp4")
    assert one_line(caught.value).startswith(f"{name}: expected")
    assert list(tmp_path.iterdir()) == []


def test_arrays_of_the_wrong_type() -> None:
    zeros = ControlSequence.zeros(2, 25.0)
    parts = (zeros.gaze_deg, zeros.head_deg, zeros.head_shift_iod)
    with pytest.raises(ControlsError, match="fps: expected a positive number, got '25'"):
        ControlSequence("25", zeros.aus, *parts)  # type: ignore[arg-type]
    with pytest.raises(ControlsError, match="aus: expected an array of numbers, got a list"):
        ControlSequence(25.0, zeros.aus.tolist(), *parts)  # type: ignore[arg-type]
    with pytest.raises(ControlsError, match="aus: expected an array of numbers, got one of"):
        ControlSequence(25.0, zeros.aus.astype(str), *parts)  # type: ignore[arg-type]


def test_a_writer_of_the_wrong_type(tmp_path: Path) -> None:
    for size in ((8.5, 8), "8x8", (8,), None):
        with pytest.raises(InputError, match="expected a frame size"):
            VideoWriter(tmp_path / "o.mp4", fps=25, size_px=size)  # type: ignore[arg-type]


def test_no_input_is_overwritten_from_python_either(portrait: Portrait, tmp_path: Path) -> None:
    curves = tmp_path / "c.mp4"
    sound = tmp_path / "s.mp4"
    sound.write_bytes(b"sound")
    with pytest.raises(OutputError, match="is an input"):
        cogportrait.animate(portrait, Request("joy", audio=sound), sound)
    curves.hardlink_to(sound)
    with pytest.raises(OutputError, match="is an input"):
        cogportrait.animate(portrait, Request("joy", audio=sound), curves)
    assert sound.read_bytes() == b"sound"


def test_long_values_are_shortened() -> None:
    assert shown("a\nb") == "'a\\nb'"
    assert len(shown("x" * 5000)) == 60
    with pytest.raises(LabelError) as caught:
        cogportrait.plan("z" * 5000)
    one_line(caught.value)


HEAVY = ("mediapipe", "scipy", "matplotlib", "cv2", "pocketsphinx", "skimage")


@pytest.mark.parametrize(
    "words",
    [
        ["animate", "gone.png", "-l", "jooy", "-o", "o.mp4"],
        ["animate", "gone.png", "-l", "joy", "-o", "o.mp4"],
        ["animate", "gone.png", "-l", "joy", "-o", "o.xyz"],
        ["animate", "gone.png", "-l", "joy", "-o", "o.mp4", "--fps", "3"],
        ["animate", "gone.png", "-l", "joy", "-o", "o.mp4", "--sheet", "s.txt"],
        ["plan", "-l", "joy", "-o", "c.json", "--audio", "gone.wav"],
        ["plan", "--instruction", "xyzzy plugh", "-o", "c.json", "--trace", "t.json"],
        ["render", "gone.png", "gone.json", "-o", "o.mp4"],
        ["track", "gone.mp4", "-o", "t.npz"],
        ["rig", "fit", "gone.tsv", "-o", "rig"],
        ["plan", "-l", "joy", "-o", "c.json", "--library", "gone"],
        ["animate", "gone.png", "-l", "joy", "-o", "o.mp4", "--library", "gone"],
        ["library", "build", "gone.tsv", "-o", "l"],
        ["library", "build", "--recordings", "gone.tsv", "-o", "l"],
        ["library", "merge", "gone", "-o", "l"],
        ["library", "stats", "gone"],
        ["import", "gone.csv", "--from", "livelink", "-o", "c.json"],
    ],
)
def test_a_refused_command_loads_nothing_heavy(words: list[str], tmp_path: Path) -> None:
    code = (
        "import sys; from cogportrait.apps.cli import app\n"
        "try: app(sys.argv[1:])\n"
        f"finally: print([name for name in {HEAVY} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *words], check=False, capture_output=True, text=True,
        cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    assert done.stderr.startswith("error: ")
    assert done.stdout == "[]\n"


def test_the_package_runs_as_a_module(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "cogportrait", "--version"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    assert done.stdout == f"{cogportrait.__version__}\n"


def test_controls_out_of_range_are_not_drawn_from_python_either(
    portrait: Portrait, tmp_path: Path
) -> None:
    zeros = ControlSequence.zeros(2, 25.0)
    wild = replace(zeros, head_deg=zeros.head_deg + np.float32(500))
    with pytest.raises(ControlsError, match="head_yaw: expected -90 to 90, got 500"):
        cogportrait.render(portrait, wild, tmp_path / "o.mp4")
    assert list(tmp_path.iterdir()) == []


def test_a_sound_that_is_too_long_is_refused_before_it_is_recognized(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rate = 16_000

    def silence(_path: object, *, first_s: float | None = None) -> AudioClip:
        return AudioClip(np.zeros(int((first_s or 700) * rate), np.float32), rate)

    heard: list[float] = []

    def recognize(clip: AudioClip) -> SpeechTimeline:
        heard.append(clip.duration_s)
        return SpeechTimeline(clip.duration_s, (), (), np.zeros(1, np.float32), 1.0, "energy")

    monkeypatch.setattr(pipeline, "read_audio", silence)
    monkeypatch.setattr(speech, "analyze_speech", recognize)
    with pytest.raises(
        InputError, match=r"duration: expected 0\.5 to 600 seconds of sound .*, got 700"
    ):
        pipeline.brief_of(Request("joy", audio="long.wav"))
    assert heard == []
    pipeline.brief_of(Request("joy", audio="long.wav", duration_s=2.0))
    assert heard == [2.0]


def test_a_tracked_portrait_has_no_other_faces(portrait: Portrait, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="face: expected None with a portrait that is tracked"):
        cogportrait.animate(portrait, "joy", tmp_path / "o.mp4", face=7)
