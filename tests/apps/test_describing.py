"""``describe``: what it prints, and what it refuses."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cogportrait.facs.channels import AU_INDEX
from cogportrait.io.controls import read_controls, write_controls
from cogportrait.pipeline import plan
from cogportrait.request import Request
from cogportrait.types import ControlSequence

Run = Callable[..., Any]
Fails = Callable[..., str]


def test_a_planned_file_is_described(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "c.json"
    write_controls(file, plan(Request("anger", duration_s=4.0, seed=3)).controls)
    result = run("describe", file)
    assert result.exit_code == 0, result.output
    text, besides, guess, *_ = result.stdout.splitlines()
    assert "furrows the eyebrows" in text
    assert besides.startswith("besides: ")
    assert guess.startswith("anger ")
    record = json.loads(run("describe", file, "--json").stdout)
    assert record["text"] == text
    assert record["label"] == "anger"
    assert len(record["guesses"]) == 13


def test_everything_is_said_point_by_point_and_planned_again(run: Run, tmp_path: Path) -> None:
    file, again = tmp_path / "c.json", tmp_path / "again.json"
    first = plan(Request("anger", duration_s=4.0, seed=3)).controls
    write_controls(file, first)
    text = run("describe", file, "--notation").stdout.strip()
    assert text.startswith("AU4: 0% at 0 s, ")
    assert text.endswith(" Nothing else.")
    assert json.loads(run("describe", file, "--notation", "--json").stdout)["text"] == text
    said = run("plan", "--instruction", text, "--duration", "4", "-o", again)
    assert said.exit_code == 0, said.output
    assert "not understood" not in said.output
    brow = AU_INDEX["AU04_L"]
    drawn = read_controls(again).aus[:, brow]
    assert np.abs(drawn - first.aus[:, brow]).max() < 0.15
    assert np.abs(drawn - first.aus[:, brow]).mean() < 0.03


def test_it_can_be_told_to_be_quiet_as_its_siblings_can(run: Run, tmp_path: Path) -> None:
    write_controls(tmp_path / "c.json", plan(Request("joy", duration_s=4.0)).controls)
    loud, quiet = (run("describe", tmp_path / "c.json", *words) for words in ((), ("-q",)))
    assert quiet.exit_code == 0
    assert quiet.stdout == loud.stdout


def test_frames_without_a_face_are_left_out(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "c.json"
    write_controls(file, ControlSequence.zeros(100, 25.0), meta={"missing_frames": [[10, 20]]})
    assert run("describe", file).exit_code == 0


def test_a_guess_on_a_recording_is_told_with_a_caution(run: Run, tmp_path: Path) -> None:
    measured, planned = tmp_path / "m.json", tmp_path / "p.json"
    write_controls(measured, ControlSequence.zeros(100, 25.0), meta={"measured_from": "v.mp4"})
    write_controls(planned, ControlSequence.zeros(100, 25.0))
    assert "caution: guesses on recordings are not validated" in run("describe", measured).stdout
    assert "not validated" in json.loads(run("describe", measured, "--json").stdout)["caution"]
    assert "caution" not in run("describe", planned).stdout
    assert "caution" not in run("describe", planned, "--json").stdout


def test_a_clip_of_two_frames_has_no_blink_rate(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "c.json"
    write_controls(file, ControlSequence.zeros(2, 25.0))
    said = run("describe", file).stdout
    assert "besides: no blinks in 0.08 s" in said
    assert "a minute" not in said
    signature = json.loads(run("describe", file, "--json").stdout)["signature"]
    assert signature["blink_rate_per_min"] is None


def test_an_empty_name_is_no_folder(fails: Fails) -> None:
    assert "controls: expected a file name, got ''" in fails("describe", "")


@pytest.mark.parametrize(
    ("missing", "message"),
    [
        ([[0, 99]], "no face in any of 100 frames"),
        ([[5, 100]], "missing_frames"),
        ([[7, 5]], "missing_frames"),
        (["ab"], "missing_frames"),
        (3, "missing_frames"),
    ],
)
def test_gaps_that_cannot_be(fails: Fails, tmp_path: Path, missing: Any, message: str) -> None:
    file = tmp_path / "c.json"
    write_controls(file, ControlSequence.zeros(100, 25.0), meta={"missing_frames": missing})
    assert message in fails("describe", file)


def test_files_that_are_no_controls(fails: Fails, tmp_path: Path) -> None:
    assert "no such file" in fails("describe", tmp_path / "none.json")
    (tmp_path / "c.json").write_text("{", encoding="utf-8")
    assert "c.json" in fails("describe", tmp_path / "c.json")
