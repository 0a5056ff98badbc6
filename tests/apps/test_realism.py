"""``report realism``: the page, the numbers beside it, and what it refuses."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cogportrait.apps import realism
from cogportrait.pipeline import plan, render
from cogportrait.request import Request
from cogportrait.types import Portrait

Run = Callable[..., Any]
Fails = Callable[..., str]
SHORT = ("--seconds", "30", "--labels", "neutral,sleepy", "--seed", "3")


def test_a_page_and_its_numbers(run: Run, tmp_path: Path) -> None:
    page = tmp_path / "r.html"
    result = run("report", "realism", "-o", page, *SHORT)
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines() == [str(page)]
    text = page.read_text("utf-8")
    assert text.index("<svg") < text.index("<table")  # plots first
    assert not re.search(r'(?:src|href)="(?!#|data:)', text.replace("xlink:href", "href"))
    assert "url(http" not in text
    assert "<script" not in text
    record = json.loads((tmp_path / "r.json").read_text("utf-8"))
    assert record["format"] == "cogportrait-realism/1"
    assert [(p["label"], p["manner"]) for p in record["labels"]] == [
        ("neutral", "listening"), ("neutral", "speaking"),
        ("drowsiness", "listening"), ("drowsiness", "speaking"),
    ]  # fmt: skip
    for one in record["labels"]:
        assert one["inside"] == sum(q["inside"] is True for q in one["quantities"])
        assert one["judged"] == sum(q["inside"] is not None for q in one["quantities"])
        assert len(one["fits"]) == 13
    total = {q["name"]: q for q in record["labels"][2]["quantities"]}["blink total"]
    assert total["range"]["source"] == "PRIOR"
    assert total["range"]["published"] is False
    assert total["recorded"]["source"] == "library"


def test_equal_seeds_give_equal_reports_in_a_folder(run: Run, tmp_path: Path) -> None:
    texts = []
    for name in ("a", "b", "b"):  # an earlier report may be replaced
        words = ("--seconds", "20", "--labels", "anger", "--json")
        result = run("report", "realism", "-o", tmp_path / name, *words)
        assert result.exit_code == 0, result.output
        record = json.loads(result.stdout)
        assert record["path"] == str(tmp_path / name / "realism.html")
        assert record["numbers"] == str(tmp_path / name / "realism.json")
        texts.append((tmp_path / name / "realism.html").read_bytes())
    assert texts[0] == texts[1]
    short = "20 s are short: what is outside its range is mostly chance; give 300 s or more"
    assert short in texts[0].decode()
    assert record["warnings"] == [f"{short} with --seconds"]


def test_clips_of_a_label_stand_beside_it(run: Run, portrait: Portrait, tmp_path: Path) -> None:
    moving = plan(Request("surprise", duration_s=3.0, seed=2)).controls
    render(portrait, moving, tmp_path / "c.mp4")
    rows = ["file\tuse\tperson\tlabels", "c.mp4\tnumbers\ta\tamazed"]
    (tmp_path / "clips.tsv").write_text("\n".join(rows), encoding="utf-8")
    words = ("--seconds", "20", "--labels", "surprise,anger", "--clips", tmp_path / "clips.tsv")
    result = run("report", "realism", "-o", tmp_path / "r.html", *words)
    assert result.exit_code == 0, result.output
    record = json.loads((tmp_path / "r.json").read_text("utf-8"))
    found = {
        p["label"]: {q["name"]: q["recorded"] for q in p["quantities"]} for p in record["labels"]
    }
    assert found["surprise"]["AU05"]["source"] == "clips"
    assert found["surprise"]["AU05"]["n"] == 1
    assert found["surprise"]["AU05"]["median"] > 1
    assert found["anger"]["AU05"] is None  # nobody was recorded so: left empty


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--seconds", "5"), "seconds: expected 20 to 600"),
        (("--seconds", "601"), "seconds: expected 20 to 600"),
        (("--seconds", "nan"), "seconds: expected 20 to 600"),
        (("--labels", "sleepy,happyish"), "unknown label 'happyish'"),
        (("--labels", " , "), "labels: expected names"),
        (("--clips", "no.tsv"), "no.tsv"),
    ],
)
def test_wrong_words_are_one_line(
    fails: Fails, tmp_path: Path, words: tuple[str, str], message: str
) -> None:
    assert message in fails("report", "realism", "-o", tmp_path / "r.html", *words)


def test_outputs_that_cannot_be(fails: Fails, tmp_path: Path) -> None:
    assert ".html" in fails("report", "realism", "-o", tmp_path / "r.pdf", *SHORT)
    assert "does not exist" in fails("report", "realism", "-o", tmp_path / "no" / "r.html", *SHORT)
    (tmp_path / "r.json").mkdir()
    assert "r.json" in fails("report", "realism", "-o", tmp_path / "r.html", *SHORT)
    (tmp_path / "c.json").write_text('{"format": "cogportrait-controls/1"}')
    assert "no realism report" in fails("report", "realism", "-o", tmp_path / "c.html", *SHORT)
    assert (tmp_path / "c.json").read_text() == '{"format": "cogportrait-controls/1"}'
    assert list(tmp_path.glob(".*")) == []  # what was made to try is gone
    (tmp_path / "file").write_text("")
    assert "folder" in fails("report", "realism", "-o", tmp_path / "file", *SHORT)


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="there is no /proc")
@pytest.mark.parametrize("output", ["/proc/x", "/proc", "/proc/x.html"])
def test_a_folder_that_takes_nothing_is_refused_before_work(
    fails: Fails, monkeypatch: pytest.MonkeyPatch, output: str
) -> None:
    """Rights do not tell: whoever may do all may write into /proc by them."""
    monkeypatch.setattr(realism, "play", None)
    assert "cannot be written" in fails("report", "realism", "-o", output, *SHORT)


def test_clips_with_wrong_labels_are_refused_before_work(fails: Fails, tmp_path: Path) -> None:
    table = tmp_path / "clips.tsv"
    rows = [f"c{i}.mp4\tnumbers\tp{i}\tsleepyish-thing" for i in range(3)]
    table.write_text("\n".join(["file\tuse\tperson\tlabels", *rows]), encoding="utf-8")
    for i in range(3):
        (tmp_path / f"c{i}.mp4").write_bytes(b"x")
    words = ("-o", tmp_path / "r.html", "--clips", table, *SHORT)
    assert "unknown label" in fails("report", "realism", *words)


def test_a_page_in_the_folder_one_is_in(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    words = ("report", "realism", "--labels", "neutral", "--seconds", "20")
    named = run(*words, "-o", "rep.html")
    assert named.exit_code == 0, named.output
    assert named.stdout == "rep.html\n"
    bare = run(*words)
    assert bare.exit_code == 0, bare.output
    assert bare.stdout == "realism.html\n"
    assert run(*words, "-o", ".").exit_code == 0
    there = ["realism.html", "realism.json", "rep.html", "rep.json"]
    assert sorted(path.name for path in tmp_path.iterdir()) == there


def test_an_empty_name_is_no_folder(fails: Fails) -> None:
    assert "expected a folder name, got ''" in fails("report", "realism", "-o", "", *SHORT)
