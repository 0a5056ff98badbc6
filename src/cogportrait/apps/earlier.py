"""Files that results would replace: those of an earlier result may be, anybody else's may not."""

from collections.abc import Callable, Sequence
from pathlib import Path

from cogportrait.errors import InputError, OutputError


def check_earlier(
    folder: Path, names: Sequence[str], read: Callable[[], object], what: str
) -> None:
    """Raise unless a folder has none of some files, or those that an earlier run has written.

    Parameters
    ----------
    names
        Of the files that are to be written.
    read
        Raises :class:`InputError` unless the file that tells is that of an earlier result.
    what
        The result, for the message: "report".

    Raises
    ------
    OutputError
        Files of these names are there and are somebody else's.
    """
    there = [name for name in names if (folder / name).exists()]
    if not there:
        return
    try:
        read()
    except InputError as error:
        raise OutputError(
            f"{folder / there[0]}: is there and is of no earlier {what}: name another folder"
        ) from error
