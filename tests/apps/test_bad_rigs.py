"""What can be wrong with the clips of a rig: one line, exit 1, nothing tracked in vain."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cogportrait.apps import tracks

Fails = Callable[..., str]
Run = Callable[..., Any]


def test_a_rig_without_clips(fails: Fails, tmp_path: Path) -> None:
    assert "no such file" in fails("rig", "fit", tmp_path / "clips.tsv", "-o", tmp_path / "rig")


def test_a_rig_table_that_is_no_text(fails: Fails, picture: Path, tmp_path: Path) -> None:
    assert "expected a table in UTF-8" in fails("rig", "fit", picture, "-o", tmp_path / "rig")


@pytest.fixture
def clips(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a table of clips that are there, and let nothing be tracked."""

    def refuse(*_: object) -> None:
        raise AssertionError("a clip was tracked")

    monkeypatch.setattr(tracks, "_follow", refuse)
    rows = [f"{i}.mp4\tnumbers\tx" for i in range(3)]
    for i in range(3):
        (tmp_path / f"{i}.mp4").write_bytes(b"clip")
    path = tmp_path / "clips.tsv"
    path.write_text("\n".join(["file\tuse\tperson", *rows]), encoding="utf-8")
    return path


def test_where_a_rig_cannot_go_is_said_before_a_clip_is_tracked(
    fails: Fails, clips: Path, tmp_path: Path
) -> None:
    taken = tmp_path / "taken"
    taken.write_bytes(b"mine")
    occupied = tmp_path / "occupied"
    (occupied / "rig.npz").mkdir(parents=True)
    for output, message in (
        (taken, "expected a folder, got a file"),
        ("", "expected a folder name"),
        ("-", "standard output"),
        (tmp_path / "gone" / "rig", "does not exist"),
        (taken / "rig", "is not a folder"),
        (occupied, "expected a file name, got a folder"),
    ):
        assert message in fails("rig", "fit", clips, "-o", output)
    assert taken.read_bytes() == b"mine"


def test_a_rig_into_a_folder_that_is_not_writable(
    fails: Fails, clips: Path, unwritable: Path
) -> None:
    assert "not writable" in fails("rig", "fit", clips, "-o", unwritable / "rig")
    assert "not writable" in fails("rig", "fit", clips, "-o", unwritable)


def test_a_rig_does_not_replace_its_table(fails: Fails, clips: Path, tmp_path: Path) -> None:
    table = clips.rename(tmp_path / "rig_card.json")
    assert "is an input of this run" in fails("rig", "fit", table, "-o", tmp_path)


@pytest.mark.parametrize("day", ["", "yesterday", "2026-02-30", "20260102", "2026-W01-1"])
def test_a_day_that_is_no_date(fails: Fails, clips: Path, tmp_path: Path, day: str) -> None:
    message = fails("rig", "fit", clips, "-o", tmp_path / "rig", "--date", day)
    assert "--date: expected an ISO date" in message


def test_a_clip_that_is_not_there_is_said_before_another_is_tracked(
    fails: Fails, clips: Path, tmp_path: Path
) -> None:
    (tmp_path / "2.mp4").unlink()
    message = fails("rig", "fit", clips, "-o", tmp_path / "rig")
    assert "2.mp4: expected a clip, but there is no such file" in message


def test_a_rig_table_with_a_broken_row(fails: Fails, clips: Path, tmp_path: Path) -> None:
    with clips.open("a", encoding="utf-8") as stream:
        stream.write("\n" + "x" * 300_000 + "\tnumbers\tx\n")
    assert "clips.tsv: row 5: expected cells" in fails("rig", "fit", clips, "-o", tmp_path / "rig")
