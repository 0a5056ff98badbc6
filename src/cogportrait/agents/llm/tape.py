"""Replies on file: what was asked and answered, so that a run can be repeated without a model.

JSON Lines, format ``cogportrait-replies/1``, one line a reply. A reply is found again by who was
asked and by the text of the question; pictures do not count, since plots differ between versions of
the library that draws them.
"""

import hashlib
import json
import os
import stat
from collections import deque
from pathlib import Path
from typing import Final

from cogportrait.errors import InputError, OutputError, ReasonerError
from cogportrait.io.atomic import check_output
from cogportrait.types import JsonValue

FORMAT: Final = "cogportrait-replies/1"
MOST_BYTES: Final = 64 * 2**20


def question_key(role: str, system: str, text: str) -> str:
    """Return what a question is found by: 64 hexadecimal digits."""
    return hashlib.sha256(json.dumps([role, system, text]).encode()).hexdigest()


def check_record(path: str | os.PathLike[str]) -> Path:
    """Return the resolved `path` if replies can be added there; nothing is created.

    Raises
    ------
    OutputError
        No file can be written there, or one is there that is no record of replies.
    """
    target = check_output(path)
    if target.exists():
        try:
            Player(target)
            with target.open("a", encoding="utf-8"):
                pass
        except InputError as error:
            raise OutputError(
                f"{path}: replies would be added to a file that holds something else; choose "
                f"another name ({str(error).removeprefix(f'{target}: ')})"
            ) from error
        except OSError as error:
            raise OutputError(f"{path}: cannot be written: {error.strerror}") from error
    return target


class Recorder:
    """Adds replies to a file, each as soon as it is there; without a reply there is no file.

    Raises
    ------
    OutputError
        See :func:`check_record`.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._path = check_record(path)

    def add(self, key: str, role: str, model: str, reply: JsonValue) -> None:
        """Add one reply, on a line of its own.

        Raises
        ------
        OutputError
            The file cannot be written any more, as on a full disk.
        """
        row = {"format": FORMAT, "key": key, "role": role, "model": model, "reply": reply}
        line = json.dumps(row, ensure_ascii=False, allow_nan=False)
        try:
            with self._path.open("ab+") as file:
                if end := file.seek(0, os.SEEK_END):
                    file.seek(end - 1)
                    line = line if file.read(1) == b"\n" else f"\n{line}"  # of an editor
                file.write(f"{line}\n".encode("utf-8", "backslashreplace"))
        except OSError as error:
            raise OutputError(f"{self._path}: cannot be written: {error.strerror}") from error


class Player:
    """Gives recorded replies back, each once, in the order in which they came.

    Raises
    ------
    InputError
        The file cannot be read, or is none of ours.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._path = Path(path)
        self._replies: dict[str, deque[JsonValue]] = {}
        try:
            found = self._path.stat()
            if not stat.S_ISREG(found.st_mode):
                what = "a folder" if stat.S_ISDIR(found.st_mode) else "a device or pipe"
                raise InputError(f"{self._path}: expected a file of --record, got {what}")
            if found.st_size > MOST_BYTES:
                raise InputError(f"{self._path}: larger than {MOST_BYTES >> 20} MiB")
            lines = self._path.read_text("utf-8").split("\n")  # replies may hold others
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is no text"
            raise InputError(f"{self._path}: cannot be read: {reason}") from error
        for number, line in enumerate(lines, 1):
            if line.strip():
                self._take(number, line)

    def _take(self, number: int, line: str) -> None:
        try:
            row = json.loads(line)
            if row["format"] != FORMAT:
                raise ValueError(row["format"])
            self._replies.setdefault(str(row["key"]), deque()).append(row["reply"])
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise InputError(
                f"{self._path}: line {number}: expected a reply of format {FORMAT}, "
                f"written by --record"
            ) from error

    def reply(self, key: str, role: str) -> JsonValue:
        """Return the next reply to a question.

        Raises
        ------
        ReasonerError
            There is none.
        """
        waiting = self._replies.get(key)
        if not waiting:
            raise ReasonerError(
                f"{self._path}: no recorded reply to this question to the {role}; brief, seed, "
                "prompts or version are not those of the recording; record it again"
            )
        return waiting.popleft()
