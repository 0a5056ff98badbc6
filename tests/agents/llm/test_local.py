"""A real, very small model on this machine: its plans mean little, what leaves is possible."""

import time
from pathlib import Path

import pytest

from cogportrait.agents.llm import local
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
        "small", short=True, reply_tokens=LOCAL_TOKENS, timeout_s=560, total_s=600, record=record
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


def _serves(code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "served_by_double.py").write_text(f"import signal, sys, time\n{code}")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr(local, "SERVED", "served_by_double")


def test_a_server_that_hears_nothing_is_ended_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = """if True:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        print("http://127.0.0.1:9/v1", flush=True)
        time.sleep(60)
    """
    _serves(code, tmp_path, monkeypatch)
    with local_server(tmp_path / "m.gguf") as address:
        assert address == "http://127.0.0.1:9/v1"
        began = time.monotonic()
    assert time.monotonic() - began < 5


def test_a_server_that_gets_stuck_is_started_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = """if True:
        from pathlib import Path
        tries = Path(sys.argv[1]).with_name("tries")
        before = tries.read_text() if tries.exists() else ""
        tries.write_text(before + "x")
        if before != "x":
            time.sleep(60)
        print("http://127.0.0.1:9/v1", flush=True)
        sys.stdin.read()
    """
    _serves(code, tmp_path, monkeypatch)
    monkeypatch.setattr(local, "STUCK_S", 1.5)
    with local_server(tmp_path / "m.gguf"):
        assert (tmp_path / "tries").read_text() == "xx"
    with (
        pytest.raises(ReasonerError, match="does not start"),
        local_server(tmp_path / "m.gguf"),
    ):
        pass
    assert (tmp_path / "tries").read_text() == "xxxxx"
