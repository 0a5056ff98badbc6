"""No run destroys what it reads, or one result by another."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import cogportrait
from cogportrait import Request
from cogportrait.agents.llm.settings import LlmSettings
from cogportrait.agents.reasoning import ReasonerName, Reasoning
from cogportrait.errors import OutputError
from cogportrait.io.atomic import check_distinct, check_name

Run = Callable[..., Any]


def test_an_output_may_not_be_an_input(tmp_path: Path) -> None:
    photo = tmp_path / "me.png"
    photo.write_bytes(b"photo")
    with pytest.raises(OutputError, match="is an input of this run"):
        check_distinct((photo,), (tmp_path / "." / "me.png",))
    assert photo.read_bytes() == b"photo"


def test_two_outputs_may_not_share_a_name(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="two outputs"):
        check_distinct((), (tmp_path / "a.json", None, tmp_path / "a.json"))


def test_different_names_pass(tmp_path: Path) -> None:
    check_distinct((tmp_path / "in.png", None), (tmp_path / "out.mp4", None))


@pytest.mark.parametrize("name", ["", "."])
def test_an_empty_name_is_refused(name: str) -> None:
    with pytest.raises(OutputError, match="expected a file name"):
        check_name(name)


def test_a_name_too_long_for_a_file_is_one_line() -> None:
    with pytest.raises(OutputError, match="at most") as caught:
        check_name("n" * 300 + ".mp4")
    assert "\n" not in str(caught.value)


MODEL = ("--reasoner", "llm", "--model", "m", "--base-url", "http://127.0.0.1:9/v1")


@pytest.mark.parametrize("other", ["-o", "--trace", "--manifest", "--plot", "--library", "--audio"])
def test_a_record_of_replies_is_no_other_file_of_the_run(
    run: Run, tmp_path: Path, other: str
) -> None:
    clash = tmp_path / ("f.png" if other == "--plot" else "f.json")
    words = ["plan", "-l", "joy", *MODEL, "--record", clash, other, clash]
    if other in ("--library", "--audio"):
        clash.touch()
    if other != "-o":
        words += ["-o", tmp_path / "c.json"]
    result = run(*words)
    assert result.exit_code == 1
    assert result.stderr.startswith(f"error: {clash}: is ")
    assert "choose another name" in result.stderr
    assert [path for path in tmp_path.iterdir() if path.stat().st_size] == []


def test_a_record_of_replies_is_judged_before_a_picture_is_looked_at(
    run: Run, tmp_path: Path
) -> None:
    notes = tmp_path / "notes.txt"
    notes.write_text("mine\n")
    for words in (("animate", "gone.png", "-o", tmp_path / "v.mp4"),
                  ("plan", "--portrait", "gone.png", "-o", tmp_path / "c.json")):  # fmt: skip
        result = run(*words, "-l", "joy", *MODEL, "--record", notes)
        assert result.exit_code == 1
        assert f"{notes}: replies would be added to a file that holds something" in result.stderr
    frames = tmp_path / "frames"
    record = frames / "frame_00001.png"
    frames.mkdir()
    result = run("animate", "gone.png", "-l", "joy", *MODEL, "-o", frames, "--record", record)
    assert "is another output of this run and has the name of a frame" in result.stderr
    assert notes.read_text() == "mine\n"


def test_a_record_that_is_played_is_not_written(run: Run, tmp_path: Path) -> None:
    played = tmp_path / "r.json"
    played.write_text('{"format": "cogportrait-replies/1", "key": "k", "reply": 1}\n')
    before = played.read_text()
    result = run("plan", "-l", "joy", "--reasoner", "llm", "--replay", played, "-o", played)
    assert result.stderr == (
        f"error: {played}: is an input of this run; choose another name to write to\n"
    )
    assert played.read_text() == before


def test_from_python_too(tmp_path: Path) -> None:
    clash = tmp_path / "f.mp4"
    llm = LlmSettings("m", "http://127.0.0.1:9/v1", record=clash)
    request = Request("joy", reasoning=Reasoning(ReasonerName.LLM, llm))
    with pytest.raises(OutputError, match="is named for two outputs"):
        cogportrait.animate(tmp_path / "gone.png", request, clash)
