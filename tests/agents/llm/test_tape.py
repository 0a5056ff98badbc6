"""Replies on file: what is no record is refused at once."""

import os
from pathlib import Path

import pytest

from cogportrait.agents.llm.tape import Player, Recorder
from cogportrait.errors import InputError, OutputError


def test_pipes_devices_and_folders_are_no_records(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for path, what in ((pipe, "pipe"), (Path("/dev/zero"), "device"), (tmp_path, "a folder")):
        with pytest.raises(InputError, match=what):
            Player(path)


def test_what_cannot_be_read_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"cannot be read: No such file or directory$"):
        Player(tmp_path / "missing.jsonl")
    (tmp_path / "b.jsonl").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match=r"cannot be read: it is no text$"):
        Player(tmp_path / "b.jsonl")
    (tmp_path / "c.jsonl").write_text('{"format": "other"}\n')
    with pytest.raises(InputError, match="line 1: expected a reply"):
        Player(tmp_path / "c.jsonl")


@pytest.mark.parametrize("content", ['{"label": "joy"}\n', "notes\n", "\n\nnotes", "\0\1\2"])
def test_replies_are_not_added_to_a_file_that_holds_something_else(
    tmp_path: Path, content: str
) -> None:
    path = tmp_path / "mine.txt"
    path.write_text(content)
    with pytest.raises(OutputError, match=r"line \d: expected a reply.* choose|holds something"):
        Recorder(path)
    assert path.read_text() == content


@pytest.mark.parametrize(
    "there", ["", '{"format": "cogportrait-replies/1", "key": "k", "reply": 1}']
)
def test_replies_are_added_to_a_record_each_on_its_line(tmp_path: Path, there: str) -> None:
    path = tmp_path / "r.jsonl"
    path.write_text(there)  # without the end of a line, as editors leave it
    recorder = Recorder(path)
    assert path.read_text() == there
    odd = {"said": "one\u2028two\x85three\ud800"}
    recorder.add("a", "planner", "test", odd)
    recorder.add("b", "critic", "test", 3)
    played = Player(path)
    assert (played.reply("a", "planner"), played.reply("b", "critic")) == (odd, 3)
    assert not there or played.reply("k", "composer") == 1


def test_a_record_needs_a_folder_and_is_no_device(tmp_path: Path) -> None:
    for path, said in (
        (tmp_path / "gone" / "r.jsonl", "does not exist; create it first"),
        (tmp_path, "got a folder"),
        (Path("/dev/null"), "is a device or pipe"),
    ):
        with pytest.raises(OutputError, match=said):
            Recorder(path)
