"""A video as a sequence of PNG files.

Every file carries a seal: a text chunk with the digest of all the rest. Files of an earlier run
are known by it and replaced; anybody else's, and ours once they were edited, are never touched.
"""

import hashlib
import os
import re
import zlib
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from cogportrait.errors import OutputError
from cogportrait.io.atomic import atomic_folder, check_parent, resolved
from cogportrait.io.images import png_bytes
from cogportrait.types import Frame

DEFAULT_PATTERN: Final = "frame_%05d.png"
_NUMBER: Final = re.compile(r"%0?(\d*)d")
_MOST_DIGITS: Final = 12
_END_BYTES: Final = 12  # the last chunk of a PNG file, IEND, is empty
_SEAL: Final = b"Software\0CogPortrait "


@dataclass(frozen=True, slots=True)
class PngSequence:
    """Where the files of a sequence go."""

    folder: Path
    pattern: str  # their name, with one %04d or the like in it

    @classmethod
    def at(cls, path: Path) -> Self:
        """Return the sequence that `path`, a folder or a numbered name, stands for.

        Raises
        ------
        OutputError
            One PNG file is named, or a file is where the folder should be.
        """
        target = resolved(path)
        if target.suffix.lower() != ".png" or target.is_dir():
            sequence = cls(target, DEFAULT_PATTERN)
        else:
            sequence = cls(target.parent, target.name)
        numbers: list[str] = _NUMBER.findall(sequence.pattern)
        if len(numbers) != 1 or int(numbers[0] or 1) > _MOST_DIGITS:
            raise OutputError(
                f"{path}: one PNG file cannot hold a video; name a folder, or number the files "
                f"({target.stem.partition('%')[0]}%04d.png)"
            )
        if os.path.lexists(sequence.folder) and not sequence.folder.is_dir():
            what = "file" if sequence.folder.is_file() else "device or pipe"
            raise OutputError(f"{path}: expected a folder, got a {what}; choose another name")
        return sequence

    @property
    def beside(self) -> Path:
        """Return the path beside which temporary files are made."""
        return self.folder / self.pattern if self.folder.is_dir() else self.folder

    def name(self, number: int) -> str:
        """Return the file name of one frame."""
        found = _NUMBER.search(self.pattern)
        digits = int(found[1] or 1) if found else 1
        return _NUMBER.sub(f"{number:0{digits}d}", self.pattern)

    def number(self, name: str) -> int | None:
        """Return which frame has this file name; None for a file that is not of the sequence."""
        before, after = _NUMBER.split(self.pattern)[::2]
        found = re.fullmatch(f"{re.escape(before)}([0-9]+){re.escape(after)}", name)
        number = int(found[1]) if found else None
        return number if number is not None and self.name(number) == name else None

    def claims(self, path: Path) -> bool:
        """Return whether a file is, or would be, a frame of the sequence."""
        target = resolved(path)
        return target.parent == self.folder and self.number(target.name) is not None

    def files(self) -> dict[int, Path]:
        """Return what has the name of a frame, whoever made it, by number."""
        there = self.folder.iterdir() if self.folder.is_dir() else ()
        named = ((self.number(path.name), path) for path in there)
        return {number: path for number, path in named if number is not None}

    def check(self) -> None:
        """Raise :class:`OutputError` unless the sequence can be written and destroys nothing."""
        check_parent(self.beside)
        for path in self.files().values():
            if not is_ours(path):
                raise OutputError(
                    f"{path}: would be replaced, but is not (or no longer) as an earlier run "
                    "wrote it; choose another folder or name, or move it away"
                )


class PngSink:
    """PNG files being written, under their later names in a temporary folder."""

    def __init__(self, sequence: PngSequence, temporary: Path) -> None:
        self._sequence = sequence
        self._temporary = temporary
        self._count = 0

    def write(self, frame: Frame) -> None:
        """Write one file."""
        content = sealed(png_bytes(frame, compress_level=1))
        (self._temporary / self._sequence.name(self._count)).write_bytes(content)
        self._count += 1

    def finish(self) -> Iterator[None]:
        """Do nothing: no frame is queued."""
        return iter(())

    def commit(self) -> None:
        """Move the files to where they belong, and remove those of a longer earlier sequence."""
        self._sequence.check()  # again: files may have come since the start
        self._sequence.folder.mkdir(exist_ok=True)
        for number in range(self._count):
            name = self._sequence.name(number)
            (self._temporary / name).replace(self._sequence.folder / name)
        for number, path in self._sequence.files().items():
            if number >= self._count:
                path.unlink()


@contextmanager
def open_pngs(path: Path) -> Generator[PngSink]:
    """Yield what writes PNG files into a folder, or under a name such as ``f%04d.png``.

    They appear together when the block succeeds. The files of an earlier run with the same names
    are replaced, those with higher numbers removed, so that the sequence is always one clip.

    Raises
    ------
    OutputError
        A file has the name of a frame but is not from an earlier run.
    """
    sequence = PngSequence.at(path)
    sequence.check()
    with atomic_folder(sequence.beside) as temporary:
        sink = PngSink(sequence, temporary)
        yield sink
        sink.commit()


def sealed(png: bytes) -> bytes:
    """Return a PNG file with the seal before its last chunk."""
    body, end = png[:-_END_BYTES], png[-_END_BYTES:]
    return body + _seal(body) + end


def is_ours(path: Path) -> bool:
    """Return whether a file is as an earlier run wrote it; a link or a folder is not."""
    if path.is_symlink() or not path.is_file():
        return False
    try:
        content = path.read_bytes()
    except OSError:
        return False
    body = content[: -_END_BYTES - len(_seal(b""))]
    return content[len(body) : -_END_BYTES] == _seal(body)


def _seal(body: bytes) -> bytes:
    """Return the text chunk that vouches for everything before it."""
    text = b"tEXt" + _SEAL + hashlib.sha256(body).hexdigest().encode()
    length, check = (n.to_bytes(4, "big") for n in (len(text) - 4, zlib.crc32(text)))
    return length + text + check
