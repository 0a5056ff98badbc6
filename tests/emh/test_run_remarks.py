"""What runs keep beside their scores, and how the commands tell what works."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.emh.filmed import listing

from cogportrait.bench.hdtf import SOURCE
from cogportrait.bench.manifest import read_manifest, write_manifest
from cogportrait.bench.remarks import OTHERWISE, read_remarks

Run = Callable[..., Any]
LABEL = ("--mode", "label", "--renderer", "naive")


@pytest.fixture(autouse=True)
def _few_measures(no_networks: None) -> None:
    """Tests of pictures look at the others."""


def cautions(folder: Path) -> tuple[str, ...]:
    found = read_remarks(folder)
    assert found is not None
    return found.cautions


def test_reasons_are_in_the_report_also_of_a_quiet_run(
    run: Run, short: Path, tmp_path: Path
) -> None:
    out, empty = tmp_path / "run", tmp_path / "weights"
    empty.mkdir()
    said = run("bench", "score", "--real", short, "--generated", short, "-o", out, "-q",
               "--measure", "fid", "--weights", empty)  # fmt: skip
    assert said.exit_code == 0, said.output
    assert said.stderr == ""
    (reason,) = [
        one["reason"] for one in json.loads((out / "summary.json").read_text())["missing"]
        if one["measure"] == "fid"
    ]  # fmt: skip
    assert "--measure" not in reason  # it was asked for
    found = read_remarks(out)
    assert found is not None
    assert found.missing["fid"] == reason
    for name in ("report.md", "report.html"):
        text = (out / name).read_text()
        assert "Measures without a number" in text
        assert "1 clip scored" in text
        assert "By category" not in text
    header, _ = (out / "scores.csv").read_text().splitlines()
    assert {"lpips", "sync_c", "id_sim_arcface"} <= set(header.split(","))
    assert "fid" not in header.split(",")  # it is of no single clip


def test_clips_of_hdtf_are_told_by_their_manifest(run: Run, short: Path, tmp_path: Path) -> None:
    data = listing(tmp_path, short)
    out = tmp_path / "run"
    assert run("bench", "hdtf", "--data", data, "-o", out, *LABEL).exit_code == 0
    assert cautions(out) == (OTHERWISE,)
    assert "prepared otherwise than HDTF" in (out / "report.md").read_text()
    known = tmp_path / "hdtf.jsonl"
    write_manifest(known, replace(read_manifest(data), source=SOURCE))
    assert run("bench", "hdtf", "--data", known, "-o", tmp_path / "h", *LABEL).exit_code == 0
    assert cautions(tmp_path / "h") == ()


def test_a_missing_split_names_the_file_and_what_makes_splits(
    run: Run, short: Path, tmp_path: Path
) -> None:
    data = listing(tmp_path, short)
    said = run("bench", "emh", "--data", data, "-o", tmp_path / "run", "--split", "test")
    assert said.stderr == (
        f"error: {data}: expected clips of the split 'test', got none; `cogportrait bench split` "
        "writes a manifest with splits\n"
    )


def test_what_help_offers_works(run: Run) -> None:
    words = " ".join(run("bench", "ablate", "--help").stdout.split())
    assert "<inverted|inverted-prose|label>" in words
    assert "gt" not in words.replace("length", "").split()
    assert "gt:" not in words
    words = " ".join(run("bench", "hdtf", "--help").stdout.split())
    assert "`bench hdtf-prepare` writes one" in words
    assert "`bench build`" not in words
    assert "in label mode there are none, and it is ignored" in words
