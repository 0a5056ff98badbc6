"""What commands say: progress and warnings on stderr, the result on stdout, one line an error."""

import json
import os
import re
import sys
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NoReturn, TypeVar, cast

import typer
from typer.core import TyperGroup

from cogportrait.errors import CogPortraitError, MissingExtra, OutputError, plain

EXIT_FAILED: Final = 1
EXIT_MISUSED: Final = 2  # options that the command does not know or cannot read
INTERRUPTED: Final = "error: interrupted; unfinished files were removed"
EXIT_INTERRUPTED: Final = 130  # 128 + SIGINT, as shells count
LOG_EVERY_S: Final = 60.0  # a log gets a line of progress no more often
DEBIAN_PACKAGES: Final = "libgl1 libegl1 libgles2 libglib2.0-0"
_MISSING_LIBRARY: Final = re.compile(r"(lib[\w.+-]+\.so[.\d]*): cannot open shared object file")

# UsageError of the click that typer carries, which has no public name.
_Misuse = cast("type[Exception]", typer.BadParameter.__mro__[1])
JsonValue = None | bool | int | float | str | list[str] | dict[str, int] | dict[str, list[float]]
Advance = Callable[[int], None]  # number of steps done
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Console:
    """How one command talks."""

    quiet: bool = False  # no progress, no warnings
    as_json: bool = False  # the result as one JSON object
    said: list[str] = field(default_factory=list[str])  # warnings, also those not printed

    def warn(self, *lines: str) -> None:
        """Print warnings, one line each, and keep them for the JSON result."""
        told = [plain(line) for line in lines]  # which may quote files and models
        self.said.extend(told)
        if not self.quiet:
            for line in told:
                typer.echo(f"warning: {line}", err=True)

    def note(self, *lines: str) -> None:
        """Print what a person may like to know to stderr; a JSON result holds it in its own way."""
        if not (self.quiet or self.as_json):
            for line in lines:
                typer.echo(plain(line), err=True)

    def result(self, path: object, record: Mapping[str, JsonValue]) -> None:
        """Print where the result is; with ``--json`` all that is known about it."""
        if self.as_json:
            known = record.get("warnings")
            every = [*(known if isinstance(known, list) else []), *self.said]
            if every:
                record = {**record, "warnings": list(dict.fromkeys(every))}
            text = json.dumps({"path": str(path), **record}, ensure_ascii=False)
            say(text.encode("utf-8", "backslashreplace").decode())  # names may be no UTF-8
        else:
            say(str(path))

    @contextmanager
    def progress(self, what: str, total: int | None) -> Generator[Advance]:
        """Show a bar on a terminal, elsewhere a line a minute. Yield what moves it."""
        if self.quiet:
            yield lambda done: None
            return
        if not sys.stderr.isatty():
            yield logged(what, total)
            return
        from rich.console import Console as RichConsole
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

        columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        console = RichConsole(stderr=True)
        with Progress("{task.description}", *columns, console=console, transient=True) as bar:
            task = bar.add_task(what, total=total)
            yield lambda done: bar.update(task, completed=done)


def logged(what: str, total: int | None, clock: Callable[[], float] = time.monotonic) -> Advance:
    """Tell a log, once in a minute at most, how far something is."""
    start = told = clock()

    def advance(done: int) -> None:
        nonlocal told
        now = clock()
        if now - told >= LOG_EVERY_S:
            told = now
            far = done if total is None else f"{done} of {total}"
            typer.echo(f"{plain(what)}: {far} after {now - start:.0f} s", err=True)

    return advance


def counted(things: Iterable[_T], advance: Advance) -> Iterator[_T]:
    """Pass things on and move a bar."""
    for done, thing in enumerate(things, 1):
        yield thing
        advance(done)


def say(text: str) -> None:
    """Print to stdout.

    Raises
    ------
    OutputError
        It takes no more, as a full disk.
    """
    try:
        typer.echo(text)
    except OSError as error:  # a broken pipe goes on to typer, which ends the run
        raise _unprinted(error) from error


class OneLineErrors(TyperGroup):
    """A group of commands whose expected failures are one line and an exit code."""

    def parse_args(self, ctx: typer.Context, args: list[str]) -> list[str]:  # type: ignore[override]
        """Read the arguments; ``--help`` and ``--version`` print here."""
        try:
            return super().parse_args(ctx, args)
        except _Misuse as error:
            _misused(error)
        except OutputError as error:
            _fail(str(error))
        except OSError as error:
            _fail(str(_unprinted(error)))

    def invoke(self, ctx: typer.Context) -> object:  # type: ignore[override]
        """Run the command."""
        try:
            return super().invoke(ctx)
        except _Misuse as error:
            _misused(error)
        except CogPortraitError as error:
            message = str(error)
        except KeyboardInterrupt:
            typer.echo(INTERRUPTED, err=True)
            raise typer.Exit(EXIT_INTERRUPTED) from None
        except (ImportError, OSError) as error:
            missing = missing_library(error)
            if missing is None and isinstance(error, OSError):
                missing = _unprinted(error)  # the help of a command
            if missing is None:
                raise
            message = str(missing)
        _fail(message)


def _misused(error: Exception) -> NoReturn:
    """End with one line that names the command whose help says more; a bare group prints its help.

    Raises
    ------
    NoArgsIsHelpError
        Nothing was given.
    """
    if type(error).__name__ == "NoArgsIsHelpError":
        raise error
    ctx = cast("typer.Context | None", getattr(error, "ctx", None))
    message = cast("Callable[[], str]", getattr(error, "format_message"))()  # noqa: B009
    command = "cogportrait" if ctx is None else ctx.command_path
    message = message.removeprefix("Invalid value: ").replace(": Value error, ", ": ").rstrip(".")
    _fail(f"{message}; see {command} --help", EXIT_MISUSED)


def _fail(message: str, code: int = EXIT_FAILED) -> NoReturn:
    typer.echo("error: " + plain(" ".join(message.split())), err=True)
    raise typer.Exit(code)


def _unprinted(error: OSError) -> OutputError:
    """Return the error of a standard output that takes no more.

    Raises
    ------
    OSError
        It is another error: one of a file, or of a reader that has had enough.
    """
    if error.filename is not None or isinstance(error, BrokenPipeError):
        raise error
    with Path(os.devnull).open("w") as nowhere:
        os.dup2(nowhere.fileno(), 1)  # else the interpreter tries again when it ends
    return OutputError(f"standard output: cannot be written: {error.strerror}")


def missing_library(error: ImportError | OSError) -> MissingExtra | None:
    """Return the error that names the Debian packages, if a system library was not found."""
    found = _MISSING_LIBRARY.search(str(error))
    if found is None:
        return None
    return MissingExtra(
        f"the system library {found[1]} is missing; on Debian or Ubuntu: "
        f"apt-get install {DEBIAN_PACKAGES}"
    )
