"""A language model plans, chooses and judges; whatever it says, what leaves is possible."""

import json
from dataclasses import replace
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from tests.agents.llm.endpoint import CAST, PLAN, VERDICT, completion, role_of, send, serving, well

from cogportrait.agents.llm.settings import LlmSettings, Replies
from cogportrait.agents.loop import ROUNDS, compile_brief
from cogportrait.agents.reasoning import ReasonerName, Reasoning, open_reasoner
from cogportrait.errors import InputError, PlanError, ReasonerError
from cogportrait.types import Brief, CompiledBrief, EventKind, Portrait

BRIEF = Brief("drowsiness", 4.0, instruction="The head sinks.")


def compiled(
    settings: LlmSettings, portrait: Portrait | None = None, brief: Brief = BRIEF
) -> CompiledBrief:
    with open_reasoner(Reasoning(ReasonerName.LLM, settings), portrait) as reasoner:
        return compile_brief(brief, reasoner)


def rounds(made: CompiledBrief) -> list[dict[str, Any]]:
    history = made.trace["rounds"]
    assert isinstance(history, list)
    return history  # type: ignore[return-value]


def test_a_plan_is_asked_for_and_drawn() -> None:
    with serving(well) as endpoint:
        made = compiled(LlmSettings("test", endpoint.url))
    assert [role_of(body) for body in endpoint.asked] == ["planner", "composer", "critic"]
    assert len(made.controls) == 100
    assert not made.critique.hard
    assert made.plan.of_kind(EventKind.CLOSURE)[0].reason == "lids droop"
    assert made.controls.head_deg[-1, 1] < -5
    notes = rounds(made)[0]["asked"]
    assert [n["role"] for n in notes] == ["planner", "composer", "critic"]
    assert notes[0]["reply"]["reasoning"] == PLAN["reasoning"]
    assert made.trace["reasoner"] == "llm: test"


def test_life_that_the_model_leaves_out_is_added() -> None:
    brief = replace(BRIEF, duration_s=20.0)
    with serving(well) as endpoint:
        made = compiled(LlmSettings("test", endpoint.url), brief=brief)
    assert "blink" not in {event["kind"] for event in PLAN["events"]}
    assert made.plan.of_kind(EventKind.BLINK)
    assert made.plan.of_kind(EventKind.SWAY)


def test_the_label_the_instruction_and_the_recordings_are_told() -> None:
    with serving(well) as endpoint:
        compiled(LlmSettings("test", endpoint.url))
    planner, composer, _ = (json.dumps(body) for body in endpoint.asked)
    assert "drowsiness" in planner
    assert "The head sinks." in planner
    assert "Event 1: " in composer or "Event 2: " in composer
    assert "size" in composer


def test_the_critic_sends_a_plan_back_and_says_why() -> None:
    def strict(handler: BaseHTTPRequestHandler, body: dict[str, Any], number: int) -> None:
        refused = VERDICT | {"accepted": False, "findings": ["at 2 s: the head hardly sinks"]}
        role = role_of(body)
        if role == "planner" and number > 1:
            assert "the head hardly sinks" in json.dumps(body)
        send(handler, completion({"planner": PLAN, "composer": CAST, "critic": refused}[role]))

    with serving(strict) as endpoint:
        made = compiled(LlmSettings("test", endpoint.url))
    history = rounds(made)
    assert 1 < len([b for b in endpoint.asked if role_of(b) == "planner"]) <= ROUNDS
    assert history[0]["sent_to"] == "planner"
    assert history[0]["semantic_findings"] == ["at 2 s: the head hardly sinks"]
    assert not made.critique.hard


def test_a_model_with_eyes_is_shown_pictures(portrait: Portrait) -> None:
    with serving(well) as endpoint:
        compiled(LlmSettings("test", endpoint.url, vision=True), portrait)
    shown = [json.dumps(body).count("data:image/png") for body in endpoint.asked]
    assert shown == [1, 0, 3]


@pytest.mark.parametrize("replies", [Replies.SCHEMA, Replies.PROMPT])
def test_the_form_of_replies_is_asked_for_as_set(replies: Replies) -> None:
    with serving(well) as endpoint:
        compiled(LlmSettings("test", endpoint.url, replies=replies))
    forms = ["json_schema" in json.dumps(b.get("response_format", {})) for b in endpoint.asked]
    assert forms == [replies is Replies.SCHEMA] * 3


def test_the_key_comes_from_the_environment_and_is_written_nowhere(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("COGPORTRAIT_API_KEY", "very-secret")
    record = tmp_path / "r.jsonl"
    with serving(well) as endpoint:
        made = compiled(LlmSettings("test", endpoint.url, record=record))
    assert "very-secret" in json.dumps(endpoint.headers)
    assert "very-secret" not in record.read_text("utf-8") + json.dumps(made.trace)


def test_a_recorded_run_is_repeated_without_a_model(tmp_path: Path) -> None:
    record = tmp_path / "r.jsonl"
    with serving(well) as endpoint:
        first = compiled(LlmSettings("test", endpoint.url, record=record))
    again = compiled(LlmSettings("test", replay=record))
    assert (again.controls.to_matrix() == first.controls.to_matrix()).all()
    other = replace(BRIEF, label="anger")
    wanted = Reasoning(ReasonerName.LLM, LlmSettings("test", replay=record))
    with (
        open_reasoner(wanted) as reasoner,
        pytest.raises(ReasonerError, match="no recorded reply to this question to the planner"),
    ):
        compile_brief(other, reasoner)


@pytest.mark.parametrize("content", ["", "no json\n", '{"format": "other"}\n', "\xff"])
def test_a_file_that_is_no_recording_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "r.jsonl"
    path.write_text(content, "latin-1")
    wanted = Reasoning(ReasonerName.LLM, LlmSettings("test", replay=path))
    with pytest.raises((InputError, ReasonerError)) as caught, open_reasoner(wanted) as reasoner:
        compile_brief(BRIEF, reasoner)
    assert "\n" not in str(caught.value)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize(
    "bad",
    [{"model": ""}, {"base_url": "ftp://x"}, {"timeout_s": 0}, {"timeout_s": float("nan")},
     {"retries": -1}, {"max_calls": 0}, {"max_tokens": 1}, {"record": "a", "replay": "b"}],
)  # fmt: skip
def test_settings_are_checked(bad: dict[str, Any]) -> None:
    with pytest.raises(PlanError, match=next(iter(bad))):
        LlmSettings(**({"model": "test"} | bad))
