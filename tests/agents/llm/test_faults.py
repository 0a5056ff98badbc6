"""An endpoint that fails: bounded time, one clear line or the expert, never a wrong sequence."""

import gzip
import json
import time
from dataclasses import replace
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from tests.agents.llm.endpoint import (
    PLAN,
    Behave,
    completion,
    drip,
    hang,
    huge,
    role_of,
    send,
    serving,
    status,
    well,
)

from cogportrait.agents.llm.settings import LlmSettings
from cogportrait.agents.loop import compile_brief
from cogportrait.agents.reasoning import ReasonerName, Reasoning, open_reasoner
from cogportrait.errors import PlanError, ReasonerError
from cogportrait.types import Brief, CompiledBrief, EventPlan

BRIEF = Brief("fear", 2.0)


def says(content: object, **headers: str) -> Behave:
    def reply(handler: BaseHTTPRequestHandler, _body: dict[str, Any], _number: int) -> None:
        body = content if isinstance(content, bytes) else completion(content)
        send(handler, body, **headers)

    return reply


def torn(handler: BaseHTTPRequestHandler, _body: dict[str, Any], _number: int) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "5000")
    handler.end_headers()
    handler.wfile.write(completion(PLAN)[:100])
    handler.close_connection = True


def gone(handler: BaseHTTPRequestHandler, _body: dict[str, Any], _number: int) -> None:
    handler.close_connection = True


def event(**changes: object) -> dict[str, Any]:
    return PLAN | {"events": [PLAN["events"][0] | changes]}


FAULTS: dict[str, tuple[Behave, str]] = {
    "hang": (hang, "no reply within 0.5 s"),
    "slow drip": (drip, "no reply within 0.5 s"),
    "429": (status(429), "says 429"),
    "500": (status(500), "says 500"),
    "401": (status(401), "says 401"),
    "404": (status(404), "says 404"),
    "302": (status(302), "says 302: it sends on to another address; give that one as --base-url"),
    "cut off": (torn, "the endpoint's answer is cut off"),
    "hung up": (gone, "no connection to http://127"),
    "truncated body": (says(completion(PLAN)[:80]), "planner"),
    "truncated reply": (says('{"reasoning": "a", "events": [{"ki'), "not in the form asked for"),
    "no json at all": (says(b"<html>hello</html>"), "planner"),
    "empty body": (says(b""), "planner"),
    "wrong schema": (says({"plan": "smile"}), "not in the form asked for"),
    "wrong types": (says(event(start_s="soon")), "not in the form asked for"),
    "unknown kind": (says(event(kind="explode")), "not in the form asked for"),
    "negative time": (says(event(start_s=-1)), "not in the form asked for"),
    "NaN": (says(b'{"choices": [NaN]}'), "planner"),
    "a million events": (
        says(PLAN | {"events": PLAN["events"][:1] * 9000}), "not in the form asked for"
    ),
    "50 MB": (huge, "more than 2 MiB"),
    "packed": (says(gzip.compress(b"x" * 10**6), Content_Encoding="gzip"), "MiB|packs"),
}  # fmt: skip


def asked(
    url: str, *, fallback: bool, retries: int = 1, brief: Brief = BRIEF, timeout_s: float = 0.5
) -> CompiledBrief:
    settings = LlmSettings("test", url, timeout_s=timeout_s, total_s=4.0, retries=retries)
    wanted = Reasoning(ReasonerName.LLM, settings, fallback=fallback)
    with open_reasoner(wanted) as reasoner:
        return compile_brief(brief, reasoner)


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_one_clear_line_in_bounded_time(name: str) -> None:
    behave, said = FAULTS[name]
    start = time.monotonic()
    with serving(behave) as endpoint, pytest.raises(ReasonerError, match=said) as caught:
        patience_s = 0.5 if "within 0.5 s" in said else 3.0  # a busy machine answers late
        retries = int(name in ("hang", "500"))
        asked(endpoint.url, fallback=False, retries=retries, timeout_s=patience_s)
    assert time.monotonic() - start < 6
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith("planner: ")


WHERE: dict[str, tuple[Behave, str]] = {
    "wrong schema": (says({"plan": "smile"}), "reasoning: Field required"),
    "wrong type": (says(event(start_s="soon")), r"events\.0\.start_s: .*got 'soon'"),
    "NaN": (says(event(rise_s=float("nan"))), r"events\.0\.rise_s: .*finite number, got nan"),
    "plain text": (says("I would smile."), "the whole: Invalid JSON: .*got 'I would smile.'"),
    "truncated": (says(completion(PLAN)[:80]), r"answer is no JSON \(line 1, column"),
    "HTML": (says(b"<html>hello</html>"), "no JSON .*got '<html>hello</html>'"),
    "no choices": (
        says(completion(PLAN).replace(b'"choices": [{', b'"choices": [], "x": [{')),
        "no chat completion with a reply in it",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", WHERE)
def test_a_fault_says_where_it_is(name: str) -> None:
    behave, said = WHERE[name]
    with serving(behave) as endpoint, pytest.raises(ReasonerError, match=said):
        asked(endpoint.url, fallback=False, retries=0, timeout_s=3.0)


def test_a_run_without_a_reply_leaves_no_record(tmp_path: Path) -> None:
    record = tmp_path / "r.jsonl"
    with serving(FAULTS["401"][0]) as endpoint:
        settings = LlmSettings("test", endpoint.url, timeout_s=3.0, retries=0, record=record)
        with (
            open_reasoner(Reasoning(ReasonerName.LLM, settings)) as reasoner,
            pytest.raises(ReasonerError),
        ):
            compile_brief(BRIEF, reasoner)
    assert not record.exists()


def test_no_endpoint_is_asked_that_was_not_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    wanted = Reasoning(ReasonerName.LLM, LlmSettings("test"))
    with pytest.raises(ReasonerError, match="expected the address"), open_reasoner(wanted):
        pass


@pytest.mark.parametrize("name", ["hang", "500", "wrong schema", "50 MB"])
def test_the_expert_takes_over_where_that_is_asked_for(name: str) -> None:
    behave, _ = FAULTS[name]
    with serving(behave) as endpoint:
        made = asked(endpoint.url, fallback=True, retries=0)
    own = compile_brief(BRIEF)
    assert (made.controls.to_matrix() == own.controls.to_matrix()).all()
    assert made.trace["reasoner"] == "expert instead of llm: test"
    assert "failure" in str(made.trace["rounds"])


def test_what_only_a_model_may_understand_is_left_out_by_who_takes_over() -> None:
    brief = replace(BRIEF, instruction="xyzzy plugh")
    with serving(FAULTS["500"][0]) as endpoint:
        made = asked(endpoint.url, fallback=True, retries=0, brief=brief)
    assert made.plan.not_understood == ("xyzzy", "plugh")
    with serving(well) as endpoint:
        assert not asked(endpoint.url, fallback=False, brief=brief).critique.hard


def test_a_failure_that_passes_is_asked_again() -> None:
    def at_last(handler: BaseHTTPRequestHandler, body: dict[str, Any], number: int) -> None:
        (status(503) if number == 1 else well)(handler, body, number)

    with serving(at_last) as endpoint:
        made = asked(endpoint.url, fallback=False)
    assert [role_of(body) for body in endpoint.asked[:2]] == ["planner", "planner"]
    assert not made.critique.hard


def test_a_failure_that_does_not_pass_is_not_asked_again() -> None:
    with serving(status(401)) as endpoint, pytest.raises(ReasonerError):
        asked(endpoint.url, fallback=False)
    assert len(endpoint.asked) == 1


def test_nobody_listens() -> None:
    with pytest.raises(ReasonerError, match="no connection"):
        asked("http://127.0.0.1:9/v1", fallback=False, timeout_s=3.0)  # a busy machine is slow


def test_calls_and_tokens_are_bounded() -> None:
    with serving(well) as endpoint:
        for budget, said in (({"max_calls": 1}, "all 1 requests"), ({"max_tokens": 200}, "tok")):
            settings = LlmSettings("test", endpoint.url, **budget)  # type: ignore[arg-type]
            wanted = Reasoning(ReasonerName.LLM, settings)
            with open_reasoner(wanted) as reasoner, pytest.raises(ReasonerError, match=said):
                compile_brief(BRIEF, reasoner)


ESCAPES = "\x1b[31m\r\n\x07\u202e" + "long " * 400
LOUD: dict[str, Behave] = {
    "a field": says(json.dumps(PLAN | {ESCAPES: 1})),
    "a value": says(json.dumps(event(kind=ESCAPES))),
    "a text": says(ESCAPES),
    "a status": lambda handler, _body, _number: send(
        handler, json.dumps({"error": {"message": ESCAPES}}).encode(), 418
    ),
    "no JSON": lambda handler, _body, _number: send(handler, ESCAPES.encode(), 400),
    "no completion": lambda handler, _body, _number: send(
        handler, json.dumps({"choices": [{"message": ESCAPES}], ESCAPES: 1}).encode()
    ),
}


@pytest.mark.parametrize("name", LOUD)
def test_what_an_endpoint_says_is_quoted_short_and_plain(name: str) -> None:
    with serving(LOUD[name]) as endpoint, pytest.raises(ReasonerError) as caught:
        asked(endpoint.url, fallback=False, retries=0, timeout_s=5.0)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 500


def test_a_reason_that_a_model_gives_is_plain() -> None:
    with serving(says(event(why="looks \x1b[2J away\x07"))) as endpoint:
        reply = asked_plan(endpoint.url)
    assert {e.reason for e in reply.events if e.reason.startswith("looks")} == {
        r"looks \x1b[2J away\x07"
    }


def asked_plan(url: str) -> EventPlan:
    settings = LlmSettings("test", url, timeout_s=5.0, retries=0)
    with open_reasoner(Reasoning(ReasonerName.LLM, settings)) as reasoner:
        return reasoner.plan(BRIEF, ())


def test_the_key_is_not_repeated_when_an_endpoint_repeats_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COGPORTRAIT_API_KEY", "very-secret")

    def echo(handler: BaseHTTPRequestHandler, _body: dict[str, Any], _number: int) -> None:
        sent = {"error": {"message": f"wrong key: {handler.headers['authorization']}"}}
        send(handler, json.dumps(sent).encode(), 401)

    with serving(echo) as endpoint, pytest.raises(ReasonerError, match="wrong key") as caught:
        asked(endpoint.url, fallback=False, retries=0, timeout_s=5.0)
    assert "very-secret" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    ["http://me:hunter2@127.0.0.1:9/v1", "https://hunter2@host/v1", "me:hunter2@host",
     "http://host/v1?key=hunter2", "http://host/v1#hunter2", "ftp://me:hunter2@host"],
)  # fmt: skip
def test_an_address_with_a_secret_in_it_is_refused_and_not_repeated(
    monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    with pytest.raises(PlanError, match=r"base_url: .* COGPORTRAIT_API_KEY") as caught:
        LlmSettings("test", url)
    assert "hunter2" not in str(caught.value)
    monkeypatch.setenv("OPENAI_BASE_URL", url)
    wanted = Reasoning(ReasonerName.LLM, LlmSettings("test"))
    with pytest.raises(PlanError, match="OPENAI_BASE_URL: ") as caught, open_reasoner(wanted):
        pass
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    "url", ["http://", "http://:80", "http://host:port/v1", "http://[::1", "http://a b/v1",
            "http://host:99999", "http://host/\x1b[2J"],
)  # fmt: skip
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(PlanError, match="base_url: expected an address such as"):
        LlmSettings("test", url)
