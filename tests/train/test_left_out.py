"""Clips that are not there are left out of footage, and the others are made."""

from pathlib import Path

import pytest
from tests.train.made import footage
from typer.testing import CliRunner

from cogportrait.apps.cli import app
from cogportrait.train import filming


def test_clips_that_are_missing_are_left_out_of_footage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filming, "film", lambda *_, **__: footage("there"))
    (tmp_path / "there.mp4").write_text("filmed")
    (tmp_path / "empty.mp4").touch()
    table, out = tmp_path / "t.tsv", tmp_path / "out"
    rows = [f"{name}.mp4\tnumbers\t{name}" for name in ("gone", "empty", "there")]
    table.write_text("\n".join(["file\tuse\tperson", *rows]) + "\n")
    said = CliRunner().invoke(app, ["footage", str(table), "-o", str(out)])
    assert said.exit_code == 1
    one, two, error = said.stderr.splitlines()
    assert one.startswith("warning: gone: left out: ")
    assert "gone.mp4: expected a clip, but there is no such file" in one
    assert two.startswith("warning: empty: left out: ")
    assert "2 of 3 could not be made, the first: " in error
    assert [file.name for file in out.iterdir()] == ["there.safetensors"]
