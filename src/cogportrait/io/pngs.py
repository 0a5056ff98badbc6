"""A video as a sequence of PNG files."""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from cogportrait.errors import OutputError
from cogportrait.io.atomic import atomic_folder
from cogportrait.io.images import png_bytes
from cogportrait.types import Frame

DEFAULT_PATTERN: Final = "frame_%05d.png"
_NUMBER: Final = re.compile(r"%0?(\d*)d")


class PngSink:
    """PNG files being written: into a folder, or under a name such as ``f%04d.png``.

    Files appear together at the end. Earlier files of the same pattern are replaced, those with
    higher numbers removed, so the sequence is always one clip; anything else is left alone.
    """

    def __init__(self, path: Path) -> None:
        target = path.resolve()
        if target.suffix.lower() != ".png" or target.is_dir():
            self.folder, self._pattern = target, DEFAULT_PATTERN
        else:
            self.folder, self._pattern = target.parent, target.name
        if len(_NUMBER.findall(self._pattern)) != 1:
            raise OutputError(
                f"{path}: one PNG file cannot hold a video; name a folder, or number the files "
                f"({target.stem}%04d.png)"
            )
        if self.folder.exists() and not self.folder.is_dir():
            raise OutputError(f"{path}: expected a folder, got a file; choose another name")
        self._count = 0
        self._resources = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            beside = self.folder / "frames" if self.folder.is_dir() else self.folder
            self._temporary = stack.enter_context(atomic_folder(beside))
            self._resources = stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._resources:  # removes the temporary folder in any case
            if kind is None:
                self._commit()

    def write(self, frame: Frame) -> None:
        """Write one file."""
        (self._temporary / self._name(self._count)).write_bytes(png_bytes(frame, compress_level=1))
        self._count += 1

    def finish(self) -> Iterator[None]:
        """Do nothing: no frame is queued."""
        return iter(())

    def _name(self, number: int) -> str:
        found = _NUMBER.search(self._pattern)
        digits = int(found[1] or 1) if found else 1
        return _NUMBER.sub(f"{number:0{digits}d}", self._pattern)

    def _commit(self) -> None:
        self.folder.mkdir(exist_ok=True)
        for number in range(self._count):
            name = self._name(number)
            (self._temporary / name).replace(self.folder / name)
        before, after = _NUMBER.split(self._pattern)[::2]
        numbered = re.compile(re.escape(before) + r"(\d+)" + re.escape(after))
        for old in self.folder.iterdir():
            found = numbered.fullmatch(old.name)
            if found and int(found[1]) >= self._count and self._name(int(found[1])) == old.name:
                old.unlink()
