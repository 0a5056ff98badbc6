"""A real, very small model on this machine: its plans mean little, what leaves is possible."""

from pathlib import Path

import pytest

from cogportrait.agents.llm.local import local_server, model_file
from cogportrait.agents.llm.settings import LlmSettings
from cogportrait.agents.loop import compile_brief
from cogportrait.agents.reasoning import LOCAL_TOKENS, ReasonerName, Reasoning, open_reasoner
from cogportrait.errors import InputError, ReasonerError
from cogportrait.types import Brief

pytest.importorskip("xllamacpp")
BRIEF = Brief("drowsiness", 3.0, instruction="The eyes close slowly.")


def test_a_real_model_plans_and_the_critic_carries(tmp_path: Path) -> None:
    record = tmp_path / "r.jsonl"
    settings = LlmSettings(
        "small", short=True, reply_tokens=LOCAL_TOKENS, timeout_s=280, record=record
    )
    wanted = Reasoning(ReasonerName.LOCAL, settings, fallback=True)
    with open_reasoner(wanted) as reasoner:
        made = compile_brief(BRIEF, reasoner)
    assert not made.critique.hard
    assert len(made.controls) == 75
    first = record.read_text("utf-8").splitlines()[0]
    assert '"role": "planner"' in first, "the model itself has planned"


def test_a_file_that_is_no_model_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "m.gguf"
    for content in (None, b"", b"GIF89a"):
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(InputError, match=r"m\.gguf"):
            model_file(str(path))


def test_a_broken_model_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "m.gguf"
    path.write_bytes(b"GGUF" + bytes(64))
    with (
        pytest.raises(ReasonerError, match="cannot be served"),
        local_server(model_file(str(path))),
    ):
        pass
