"""What is warned of beside a plan."""

from dataclasses import replace

import pytest

from cogportrait.agents.loop import compile_brief
from cogportrait.apps.cautions import warn_about_plan
from cogportrait.apps.console import Console
from cogportrait.types import Brief, CompiledBrief


@pytest.fixture(scope="module")
def planned() -> CompiledBrief:
    return compile_brief(Brief("neutral", 3.0, instruction="looks left"))


def by_model(compiled: CompiledBrief) -> CompiledBrief:
    return replace(compiled, trace={**compiled.trace, "reasoner": "llm"})


def test_a_model_that_passes_over_the_instruction_is_warned_of(
    planned: CompiledBrief, capsys: pytest.CaptureFixture[str]
) -> None:
    events = tuple(replace(event, origin="label") for event in planned.plan.events)
    passed_over = replace(planned, plan=replace(planned.plan, events=events))
    warn_about_plan(by_model(passed_over), Console(quiet=False, as_json=False))
    (line,) = capsys.readouterr().err.splitlines()
    assert "instruction: the model planned nothing" in line


def test_one_that_follows_it_is_not(
    planned: CompiledBrief, capsys: pytest.CaptureFixture[str]
) -> None:
    warn_about_plan(by_model(planned), Console(quiet=False, as_json=False))
    warn_about_plan(planned, Console(quiet=False, as_json=False))
    assert capsys.readouterr().err == ""


def test_what_is_made_smaller_is_not_called_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    text = "looks 39 degrees to the right, then xyzzy"
    made = compile_brief(Brief("neutral", 4.0, instruction=text))
    warn_about_plan(made, Console(quiet=False, as_json=False))
    said = capsys.readouterr().err
    assert "instruction: made smaller: 'looks 39 degrees to the right (38 of 39 degrees)'" in said
    assert "instruction: left out: 'xyzzy'" in said


def test_a_blank_instruction_is_said_to_be_none(capsys: pytest.CaptureFixture[str]) -> None:
    for text, said in (
        (" \n ", "warning: instruction: is blank, so the label alone is played"),
        ("", ""),
    ):
        made = compile_brief(Brief("neutral", 2.0, instruction=text))
        warn_about_plan(made, Console(quiet=False, as_json=False))
        assert capsys.readouterr().err.strip() == said
