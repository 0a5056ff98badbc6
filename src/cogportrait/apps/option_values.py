"""What the words of the command line are turned into: names of files, one of two flags."""

from pathlib import Path
from typing import Final

import typer

from cogportrait.errors import InputError, OutputError, shown
from cogportrait.io.atomic import check_name, too_long

SEEDS: Final = "0 to 2^63 - 1"
_MOST_SEED: Final = 2**63 - 1


def folder_named(text: str | Path) -> Path:
    """Return the folder of an option; ``.`` is one, an empty text is none.

    Raises
    ------
    OutputError
        The text is empty, as of a shell variable that is not set; or no file can be called so.
    """
    path = _named(text, "folder")
    if too_long(path):
        check_name(path, "folder")
    return path


def video_named(text: str | Path) -> Path:
    """Return the file or folder of an option; an empty text is none, as of `folder_named`."""
    return _named(text, "file")


def controls_named(text: str | Path) -> Path:
    """Return a controls file; an empty text is none, not the folder one is in.

    Raises
    ------
    InputError
        The text is empty.
    """
    if not str(text).strip():
        raise InputError("controls: expected a file name, got ''; name one")
    return Path(text)


def library_named(text: str | Path) -> Path:
    """Return the folder or file of a library; an empty text is none, not the folder one is in.

    Raises
    ------
    InputError
        The text is empty.
    """
    if not str(text).strip():
        raise InputError("library: expected a folder or a file, got ''; name one")
    return Path(text)


def input_named(text: str | Path) -> Path:
    """Return a file or folder to read; an empty text is none, not the folder one is in.

    Raises
    ------
    InputError
        The text is empty, as of a shell variable that is not set; or no file can be called so.
    """
    if not str(text).strip():
        raise InputError("expected the name of a file or folder, got ''; name one, or . for this")
    if fault := too_long(text):
        raise InputError(fault)
    return Path(text)


def seed_number(text: str | int) -> int:
    """Return the seed of an option.

    Raises
    ------
    BadParameter
        It is no whole number, or none that every generator of random numbers takes.
    """
    try:
        seed = int(text)
    except ValueError:
        seed = -1
    if not 0 <= seed <= _MOST_SEED:
        raise typer.BadParameter(f"expected a whole number, {SEEDS}, got {shown(text)}")
    return seed


SEED: Final = typer.Option(
    help=f"Equal seeds give equal videos; {SEEDS}.", metavar="N", parser=seed_number
)
DRAWING_SEED: Final = typer.Option(
    help=f"For renderers that draw at random, {SEEDS}; warp does not.", metavar="N",
    parser=seed_number,
)  # fmt: skip
SCENE_SEED: Final = typer.Option(
    help=f"Chooses the scenes of pictures, {SEEDS}; equal seeds give equal footage.", metavar="N",
    parser=seed_number,
)  # fmt: skip
FIT_SEED: Final = typer.Option(
    help=f"For what a fit draws at random; {SEEDS}.", metavar="N", parser=seed_number
)
CLIPS_SEED: Final = typer.Option(
    help=f"Chooses clips where not all are tried, and what is dropped or moved; {SEEDS}.",
    metavar="N", parser=seed_number,
)  # fmt: skip


def _named(text: str | Path, kind: str) -> Path:
    if not str(text).strip():
        raise OutputError(f"output: expected a {kind} name, got ''; name one, or . for this folder")
    return Path(text)


def either(yes: str, is_yes: bool, no: str, is_no: bool) -> bool | None:
    """Return which of two opposite options was given; None if neither was.

    Raises
    ------
    BadParameter
        Both were.
    """
    if is_yes and is_no:
        raise typer.BadParameter(f"{yes} and {no} exclude each other; give one of them")
    return True if is_yes else False if is_no else None
