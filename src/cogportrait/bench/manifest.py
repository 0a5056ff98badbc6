"""The EMH manifest, format ``cogportrait-emh/1``: which clips a benchmark is made of.

JSON Lines in UTF-8. The first line is about all of them, then there is one line a clip
(``docs/emh.md`` lists the keys):

    {"format": "cogportrait-emh/1", "name": "my clips", "licence": "CC BY 4.0"}
    {"clip": "joy/anna_1.mp4", "category": "happiness", "actor": "anna", "seconds": 4.2, ...}
"""

import json
import os
from dataclasses import replace
from pathlib import Path

from cogportrait.bench.clips import FORMAT, Emh, EmhClip, record_of
from cogportrait.bench.manifest_checks import check_lines, check_manifest, is_manifest
from cogportrait.errors import InputError, OutputError
from cogportrait.io.atomic import check_output, resolved, write_text
from cogportrait.io.documents import JsonValue

__all__ = [
    "Emh",
    "EmhClip",
    "check_manifest_output",
    "manifest_text",
    "path_from",
    "read_manifest",
    "rebased",
    "write_manifest",
]


def read_manifest(path: str | os.PathLike[str], *, check_files: bool = False) -> Emh:
    """Return the clips of a manifest.

    Parameters
    ----------
    path
        The manifest.
    check_files
        Whether the files that it names have to be there.

    Raises
    ------
    InputError
        It is none, or something in it is wrong: the first problem is told, and how many there are.
    """
    verdict = check_manifest(path, check_files=check_files)
    if verdict.emh is None:
        first, *more = verdict.problems
        rest = f"; {len(more)} more: `cogportrait bench validate` lists them" if more else ""
        raise InputError(f"{path}: {first}{rest}")
    return verdict.emh


def manifest_text(emh: Emh) -> str:
    """Return what a manifest holds; equal clips give equal texts."""
    head: dict[str, JsonValue] = {"format": FORMAT, "name": emh.name, "licence": emh.licence}
    if emh.source:
        head["source"] = emh.source
    if emh.tracker is not None:
        head["tracker"] = emh.tracker
    lines = [head, *(record_of(clip) for clip in emh.clips)]
    return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)


def write_manifest(path: str | os.PathLike[str], emh: Emh) -> None:
    """Write a manifest, whole or not at all; relative paths are taken as they are.

    Raises
    ------
    InputError
        It would be one that is refused when it is read.
    OutputError
        The file cannot be written.
    """
    text = manifest_text(emh)
    verdict = check_lines(text, resolved(path).parent)
    if verdict.problems:
        raise InputError(f"{path}: {verdict.problems[0]}; it is not written")
    write_text(path, text)


def check_manifest_output(path: str | os.PathLike[str]) -> None:
    """Raise unless a manifest can be written to `path`; an earlier one may be there.

    Raises
    ------
    OutputError
        The name is none of a manifest, nothing can be written there, or what is there is no
        manifest, and not empty.
    """
    file = check_output(path, ".jsonl")
    if file.exists() and file.stat().st_size and not is_manifest(file):
        raise OutputError(f"{path}: is there and is no manifest of clips: name another file")


def rebased(emh: Emh, folder: Path) -> Emh:
    """Return clips whose paths start from another folder: absolute where they are not in it."""
    if resolved(emh.folder) == resolved(folder):
        return emh

    def moved(path: str) -> str:
        return path if Path(path).is_absolute() else path_from(folder, emh.folder / path)

    clips = [
        replace(c, clip=moved(c.clip), audio=None if c.audio is None else moved(c.audio))
        for c in emh.clips
    ]
    return replace(emh, clips=tuple(clips), folder=folder)


def path_from(folder: Path, file: Path) -> str:
    """Return the path of a file as a manifest in `folder` has it: relative if it is in there."""
    base, named = resolved(folder), Path(os.path.abspath(file))  # noqa: PTH100 - links stay links
    for whole in (named, resolved(named.parent) / named.name):
        if whole.is_relative_to(base):
            return whole.relative_to(base).as_posix()
    return str(named)
