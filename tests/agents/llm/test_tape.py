"""Replies on file: what is no record is refused at once."""

import os
from pathlib import Path

import pytest

from cogportrait.agents.llm.tape import Player
from cogportrait.errors import InputError


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
