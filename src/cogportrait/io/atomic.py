"""Files that are either complete or not there.

A result is written under a temporary name in its own folder and renamed at the end, so a failed
or interrupted run leaves the old file, or none, never half of one. Exceptions, Ctrl-C and SIGTERM
all remove the temporary file.
"""

import atexit
import errno
import os
import re
import shutil
import signal
import sys
import threading
from collections.abc import Generator, Iterable, Mapping
from contextlib import ExitStack, contextmanager, suppress
from functools import cache
from pathlib import Path
from types import FrameType
from typing import Final
from uuid import uuid4

from cogportrait.ending import end_with
from cogportrait.errors import OutputError

LONGEST_NAME: Final = 200  # bytes: file systems allow 255, temporary names need some
_MOST_NAME: Final = 255  # bytes that file systems allow
_MOST_PATH: Final = 4095  # bytes that Linux allows in a path
TEMPORARY_MARK = ".part"
_TEMPORARY: Final = re.compile(  # see `temporary_name`
    rf"\..{{1,80}}\.[0-9a-f]{{10}}{re.escape(TEMPORARY_MARK)}(\.[^.]{{1,19}})?", re.DOTALL
)
_ENDING: Final = (signal.SIGTERM, signal.SIGHUP)
_DISK_ERRNOS = frozenset(
    {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG, errno.EIO, errno.ENAMETOOLONG}
)


@contextmanager
def atomic_path(path: str | os.PathLike[str]) -> Generator[Path]:
    """Yield a temporary file name beside `path`; rename it to `path` when the block succeeds.

    The file exists and is empty when the block starts, so an unwritable folder is found before
    any work is done. A symbolic link is followed: its target is what is replaced.

    Raises
    ------
    OutputError
        The folder is missing or not writable, the target is no regular file, or the disk is full.
    """
    target = check_output(path)
    temporary = temporary_name(target)
    _removed_at_exit().add(temporary)
    try:
        os.close(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
    except OSError as error:
        raise output_error(target, error) from error
    with terminate_as_exception():
        try:
            yield temporary
            temporary.replace(target)
        except OSError as error:
            if error.errno in _DISK_ERRNOS or error.filename == os.fspath(temporary):
                raise output_error(target, error) from error
            raise
        finally:
            temporary.unlink(missing_ok=True)
            _removed_at_exit().discard(temporary)


@cache
def _removed_at_exit() -> set[Path]:
    """Return the temporary files to remove when the interpreter ends.

    Ctrl-C can come between two instructions, after a file was made and before anything is there
    that would remove it.
    """
    files: set[Path] = set()
    owner = os.getpid()

    def remove() -> None:
        for file in files if os.getpid() == owner else ():  # a fork has not made them
            with suppress(OSError):
                file.unlink(missing_ok=True)

    atexit.register(remove)
    return files


def remove_unfinished() -> None:
    """Remove this process's temporary files, for one that ends without Python's own ending."""
    for file in _removed_at_exit():
        with suppress(OSError):
            file.unlink(missing_ok=True)


@contextmanager
def atomic_folder(path: str | os.PathLike[str]) -> Generator[Path]:
    """Yield a new temporary folder beside `path`; the block moves or renames what it wants kept.

    What is still in the temporary folder when the block ends is removed.

    Raises
    ------
    OutputError
        The parent folder is missing or not writable, or the disk is full.
    """
    target = resolved(path)
    check_parent(target)
    temporary = temporary_name(target)
    try:
        temporary.mkdir()
    except OSError as error:
        raise output_error(target, error) from error
    with terminate_as_exception():
        try:
            yield temporary
        except OSError as error:
            if error.errno in _DISK_ERRNOS:
                raise output_error(target, error) from error
            raise
        finally:
            shutil.rmtree(temporary, ignore_errors=True)


def write_bytes(path: str | os.PathLike[str], content: bytes) -> None:
    """Write `content` to `path`, whole or not at all."""
    with atomic_path(path) as temporary:
        temporary.write_bytes(content)


def write_text(path: str | os.PathLike[str], content: str) -> None:
    """Write `content` to `path` as UTF-8, whole or not at all.

    Names that are no UTF-8 hold lone surrogates; these are written as escapes, as in JSON.
    """
    write_bytes(path, content.encode("utf-8", "backslashreplace"))


def write_files(folder: str | os.PathLike[str], contents: Mapping[str, bytes]) -> None:
    """Write files by name into `folder`, which is made if needed: all of them or none.

    Raises
    ------
    OutputError
        See :func:`check_output_folder`; or the disk is full.
    """
    target = check_output_folder(folder, *contents)
    made = not target.exists()
    try:
        target.mkdir(exist_ok=True)
    except OSError as error:
        raise output_error(target, error) from error
    try:
        with ExitStack() as stack:  # renames all at its end, none if anything fails before
            for name, content in contents.items():
                stack.enter_context(atomic_path(target / name)).write_bytes(content)
    except BaseException:
        if made:
            with suppress(OSError):  # something else has come into it
                target.rmdir()
        raise


def check_output(path: str | os.PathLike[str], *suffixes: str) -> Path:
    """Return the resolved `path` if a file can be made there; nothing is created.

    Raises
    ------
    OutputError
        The name ends in none of `suffixes` (if any are given), the folder is missing or not
        writable, or something that is no regular file is in the way.
    """
    check_name(path)
    named = Path(path)
    if suffixes and named.suffix.lower() not in suffixes:
        raise OutputError(
            f"{path}: expected a name ending in {' '.join(suffixes)}, got "
            f"{named.suffix or 'none'}; write to "
            f"{named.parent / (named.stem + suffixes[0])}"
        )
    target = resolved(path)
    if not os.path.lexists(target.parent):
        _check_link(path, target)
    check_parent(target)
    if target.is_dir():
        raise OutputError(f"{target}: expected a file name, got a folder; add a file name")
    if target.exists() and not target.is_file():
        raise OutputError(f"{target}: is a device or pipe, not a file; choose another name")
    return target


def check_output_folder(path: str | os.PathLike[str], *names: str) -> Path:
    """Return the resolved `path` if it is, or can become, a folder that takes files `names`.

    Nothing is created.

    Raises
    ------
    OutputError
        A file is in the way, or the folder, or the one that is to hold it, is missing or not
        writable; or the path is a link to nothing.
    """
    check_name(path, "folder")
    target = resolved(path)
    _check_link(path, target)
    if os.path.lexists(target) and not target.is_dir():
        what = "file" if target.is_file() else "device or pipe"
        raise OutputError(f"{path}: expected a folder, got a {what}; choose another name")
    if not os.path.lexists(target):
        check_parent(target)
    else:
        for name in names:
            check_output(target / name)
    return target


def _check_link(path: str | os.PathLike[str], target: Path) -> None:
    """Raise :class:`OutputError` for a link to nothing: a disk may be missing that it leads to."""
    # What has too long a name is no link, and is told of as that.
    if os.path.lexists(path) and not os.path.lexists(target):
        raise OutputError(
            f"{path}: is a link to {target}, and there is nothing; make that first, or name "
            "another place"
        )


def check_makeable(folder: Path) -> None:
    """Raise :class:`OutputError` unless something can be made in a folder, or the folder itself.

    A temporary folder is made and removed: rights alone do not tell of ``/proc``, nor of disks
    that can only be read.
    """
    check_name(folder, "folder")
    _check_link(folder, resolved(folder))
    with atomic_folder(folder / "probe" if folder.is_dir() else folder):
        pass


def resolved(path: str | os.PathLike[str]) -> Path:
    """Return the absolute path with links followed, in a circle only once round."""
    return Path(os.path.realpath(path))


def check_name(path: str | os.PathLike[str], kind: str = "file") -> None:
    """Raise :class:`OutputError` if `path` is empty or too long, or its last part is for a file.

    ``.`` and ``/`` have no last part, and are folders.
    """
    name = Path(path).name
    if kind == "folder" and not name and os.fspath(path):
        return
    if name == "-":
        raise OutputError(f"-: standard output cannot take a result; name a {kind}")
    if not name:
        raise OutputError(f"output: expected a {kind} name, got {os.fspath(path)!r}; name a {kind}")
    if len(os.fsencode(name)) > LONGEST_NAME:
        raise OutputError(
            f"{name[:40]}…: expected a {kind} name of at most {LONGEST_NAME} bytes, got "
            f"{len(os.fsencode(name))}; choose a shorter one"
        )
    if fault := too_long(path):  # further up
        raise OutputError(fault)


def too_long(path: str | os.PathLike[str]) -> str:
    """Return what is wrong with a path that no file can have for its length; else nothing."""
    whole = os.fsencode(path)
    for name in whole.split(os.fsencode(os.sep)):
        if len(name) > _MOST_NAME:
            return (
                f"{os.fsdecode(name)[:40]}…: expected a name of at most {_MOST_NAME} bytes, got "
                f"{len(name)}; check the path"
            )
    if len(whole) > _MOST_PATH:
        return (
            f"{os.fsdecode(whole)[:40]}…: expected a path of at most {_MOST_PATH} bytes, got "
            f"{len(whole)}; check the path"
        )
    return ""


def check_distinct(
    inputs: Iterable[str | os.PathLike[str] | None],
    outputs: Iterable[str | os.PathLike[str] | None],
) -> None:
    """Raise :class:`OutputError` if writing one file would destroy an input or another output."""
    read = [resolved(path) for path in inputs if path is not None]
    written: list[Path] = []
    for path in outputs:
        if path is None:
            continue
        check_name(path)
        target = resolved(path)
        if any(_same(target, other) for other in read):
            raise OutputError(f"{path}: is an input of this run; choose another name to write to")
        if any(_same(target, other) for other in written):
            raise OutputError(f"{path}: is named for two outputs of this run; choose another name")
        written.append(target)


def _same(one: Path, other: Path) -> bool:
    """Return whether two resolved paths are one file, also by hard links or without case."""
    try:
        return one == other or one.samefile(other)
    except OSError:  # one of them is not there
        return False


def temporary_name(target: Path) -> Path:
    """Return an unused hidden name beside `target`, with the same suffix."""
    stem = target.stem[:80]
    return target.with_name(f".{stem}.{uuid4().hex[:10]}{TEMPORARY_MARK}{target.suffix[:20]}")


def remove_leftovers(folder: Path) -> None:
    """Remove what killed runs have left in a folder under temporary names, and nothing else.

    Nobody else may be writing into the folder.
    """
    with suppress(OSError):
        for file in [file for file in folder.iterdir() if _TEMPORARY.fullmatch(file.name)]:
            with suppress(OSError):
                if file.is_dir() and not file.is_symlink():
                    shutil.rmtree(file)
                else:
                    file.unlink()


def output_error(target: Path, error: OSError) -> OutputError:
    """Return the one-line :class:`OutputError` that stands for `error` while writing `target`."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        reason = "the disk is full; free some space or write to another disk"
    elif error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        reason = f"the folder {target.parent} is not writable; choose another or change its rights"
    elif error.errno == errno.EFBIG:
        reason = "the largest size of a file here is reached; raise the limit (ulimit -f)"
    else:
        reason = error.strerror or str(error) or type(error).__name__
        reason += "; write to another folder"
    return OutputError(f"{target}: cannot be written: {reason}")


def check_parent(target: Path) -> None:
    """Raise :class:`OutputError` unless the folder that is to hold `target` can be written to."""
    parent = target.parent
    try:
        if not parent.exists():
            raise OutputError(f"{target}: the folder {parent} does not exist; create it first")
        if not parent.is_dir():
            raise OutputError(f"{target}: {parent} is not a folder; choose another path")
    except OSError as error:
        raise output_error(target, error) from error
    if not os.access(parent, os.W_OK | os.X_OK):
        raise output_error(target, PermissionError(errno.EACCES, "Permission denied"))


@contextmanager
def terminate_as_exception() -> Generator[None]:
    """Turn SIGTERM and SIGHUP into ``SystemExit(128 + signal)`` inside the block: clean-up runs.

    Only in the main thread and only where nobody else handles them; the old behavior is restored
    afterwards.
    """
    main = threading.current_thread() is threading.main_thread()
    mine = [s for s in _ENDING if main and signal.getsignal(s) is signal.SIG_DFL]

    def leave(signum: int, _frame: FrameType | None) -> None:
        end_with(SystemExit(128 + signum))

    for number in mine:
        signal.signal(number, leave)
    others = sys.unraisablehook
    try:
        yield
    finally:
        sys.unraisablehook = others
        for number in mine:
            signal.signal(number, signal.SIG_DFL)
