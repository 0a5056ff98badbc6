"""What a model plans is compared with what the expert reads in the instruction."""

import json
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from typing import Any, get_args

import pytest
from tests.agents.llm.endpoint import (
    CAST,
    VERDICT,
    Behave,
    completion,
    role_of,
    send,
    serving,
    status,
)

from cogportrait.agents.checks_reading import SAYABLE
from cogportrait.agents.llm.schema import Channel
from cogportrait.agents.llm.settings import LlmSettings
from cogportrait.agents.loop import ROUNDS, compile_brief
from cogportrait.agents.reasoning import ReasonerName, Reasoning, open_reasoner
from cogportrait.apps.cautions import warn_about_plan
from cogportrait.apps.console import Console
from cogportrait.types import Brief, CompiledBrief, EventKind

BRIEF = Brief("neutral", 5.0, instruction="looks left, then smiles")


def move(kind: str, start_s: float, **moves: float) -> dict[str, Any]:
    channels = [{"channel": name, "value": value} for name, value in moves.items()]
    return {"kind": kind, "start_s": start_s, "hold_s": 0.8, "moves": channels, "why": "so"}


LOOK, SMILE = move("gaze", 0.5, gaze_yaw=18), move("expression", 2.0, AU12=0.6, AU06=0.4)
RIGHT = move("gaze", 0.5, gaze_yaw=-18)


def plans(*replies: list[dict[str, Any]], verdict: dict[str, Any] = VERDICT) -> Behave:
    """Return who plans one after the other of these, and then the last for ever."""
    left = list(replies)

    def behave(handler: BaseHTTPRequestHandler, body: dict[str, Any], _number: int) -> None:
        role = role_of(body)
        if role == "planner":
            events = left.pop(0) if len(left) > 1 else left[0]
            send(handler, completion({"reasoning": "a", "events": events}))
        else:
            send(handler, completion({"composer": CAST, "critic": verdict}[role]))

    return behave


def made(
    behave: Behave, brief: Brief = BRIEF, *, fallback: bool = False
) -> tuple[CompiledBrief, list[str]]:
    """Return what is compiled, and what the planner was asked each time."""
    with serving(behave) as endpoint:
        settings = LlmSettings("test", endpoint.url, timeout_s=20.0, retries=0)
        wanted = Reasoning(ReasonerName.LLM, settings, fallback=fallback)
        with open_reasoner(wanted) as reasoner:
            compiled = compile_brief(brief, reasoner)
        told = [
            json.dumps(b, ensure_ascii=False) for b in endpoint.asked if role_of(b) == "planner"
        ]
    return compiled, told


@pytest.fixture
def warned(capsys: pytest.CaptureFixture[str]) -> Callable[[CompiledBrief], str]:
    """Return a function that returns the warnings of a plan."""

    def warn(compiled: CompiledBrief) -> str:
        warn_about_plan(compiled, Console())
        return capsys.readouterr().err

    return warn


def test_a_plan_that_holds_what_is_asked_for_is_taken(
    warned: Callable[[CompiledBrief], str],
) -> None:
    compiled, told = made(plans([LOOK, SMILE]))
    assert len(told) == 1
    assert warned(compiled) == ""
    assert compiled.trace["instruction_compared"] == {"movements": 2, "not_understood": []}


def test_what_is_missing_is_told_to_the_planner_who_mends_it(
    warned: Callable[[CompiledBrief], str],
) -> None:
    compiled, told = made(plans([LOOK], [LOOK, SMILE]))
    assert len(told) == 2
    assert "'smiles' is not, or hardly, planned; meant is about AU12 0.65" in told[1]
    assert "'looks left' is" not in told[1]
    assert compiled.trace["ended"] == "accepted"
    assert warned(compiled) == ""


@pytest.mark.parametrize(
    ("events", "check"),
    [
        ([], "instruction_planned: 'looks left'"),
        ([RIGHT, SMILE], "instruction_planned_way: 'looks left' is planned the other way"),
        ([SMILE | {"start_s": 0.3}, LOOK | {"start_s": 2.5}],
         "instruction_planned_order: 'smiles' is planned at "),
    ],
)  # fmt: skip
def test_what_is_not_met_in_the_end_is_a_warning(
    warned: Callable[[CompiledBrief], str], events: list[dict[str, Any]], check: str
) -> None:
    # Each round is another plan, as equal ones end the loop; the model itself is content.
    rounds = [[*events, move("expression", 3.0 + i / 4, AU01=0.3)] for i in range(5)]
    compiled, told = made(plans(*rounds))
    assert len(told) == compiled.rounds == ROUNDS
    assert all(check in text for text in told[1:])
    assert not compiled.critique.hard
    assert f"warning: critic: {check}" in warned(compiled)


def test_the_best_round_is_kept(warned: Callable[[CompiledBrief], str]) -> None:
    shift = [[LOOK, move("expression", 3.0, AU01=0.3)], [], [move("expression", 3.0, AU01=0.4)]]
    compiled, _ = made(plans(*shift))
    said = warned(compiled)
    assert "'smiles'" in said
    assert "'looks left'" not in said


def test_words_that_the_expert_does_not_know_are_not_held_against_a_model(
    warned: Callable[[CompiledBrief], str],
) -> None:
    brief = Brief("neutral", 5.0, instruction="smiles, xyzzy plugh")
    compiled, told = made(plans([SMILE]), brief)
    assert len(told) == 1
    assert warned(compiled) == ""
    compiled, told = made(plans([LOOK]), Brief("neutral", 5.0, instruction="xyzzy plugh"))
    assert len(told) == 1
    assert "the model planned nothing that it says was instructed" in warned(compiled)


def test_blinks_that_every_face_has_are_not_those_that_were_asked_for() -> None:
    brief = Brief("neutral", 12.0, instruction="blinks twice")
    compiled, told = made(plans([LOOK]), brief)
    assert compiled.plan.of_kind(EventKind.BLINK)
    assert "'blinks twice' is not, or hardly, planned" in told[1]


def test_who_takes_over_is_not_compared_with_himself() -> None:
    compiled, _ = made(status(500), fallback=True)
    own = compile_brief(BRIEF)
    assert (compiled.controls.to_matrix() == own.controls.to_matrix()).all()


def test_a_plan_of_a_model_whose_composer_fails_is_still_compared() -> None:
    def torn(handler: BaseHTTPRequestHandler, body: dict[str, Any], _number: int) -> None:
        if role_of(body) == "planner":
            send(handler, completion({"reasoning": "a", "events": [RIGHT]}))
        else:
            send(handler, b"", 400)

    compiled, _ = made(torn, fallback=True)
    rounds = compiled.trace["rounds"]
    assert isinstance(rounds, list)
    assert "the other way" in json.dumps(rounds[0])
    assert {"looks left", "smiles"} <= {
        e.reason.removeprefix("asked: ") for e in compiled.plan.events
    }


def test_what_can_be_asked_for_is_what_a_reply_may_name() -> None:
    assert set(get_args(Channel)) == set(SAYABLE)


def test_the_expert_takes_over_from_a_plan_that_is_still_not_what_was_asked_for(
    warned: Callable[[CompiledBrief], str],
) -> None:
    rounds = [[RIGHT, move("expression", 3.0 + i / 4, AU01=0.3)] for i in range(5)]
    compiled, told = made(plans(*rounds), fallback=True)
    assert len(told) == ROUNDS
    own = compile_brief(BRIEF)
    assert (compiled.controls.to_matrix() == own.controls.to_matrix()).all()
    (line,) = warned(compiled).splitlines()
    assert "the expert planned instead: the model's plan is still not what was asked for" in line
    assert "'looks left' is planned the other way" in line


def test_a_critic_of_a_model_that_never_accepts_is_told_of(
    warned: Callable[[CompiledBrief], str],
) -> None:
    rounds = [[LOOK, SMILE, move("expression", 4.0 + i / 8, AU01=0.3)] for i in range(5)]
    never = VERDICT | {"accepted": False, "send_to": "planner", "findings": ["too\nlively", "so"]}
    compiled, _ = made(plans(*rounds, verdict=never))
    (line,) = warned(compiled).splitlines()
    assert f"the model's critic did not accept in {ROUNDS} rounds: too lively" in line
