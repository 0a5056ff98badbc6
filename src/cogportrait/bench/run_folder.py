"""Whether a folder can be that of a run: a new one, or one in which the same run was before.

A run writes over and takes away what has the names of its results, so none of it may be anybody
else's: neither what lies in the folder already, nor the videos that are to be scored.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

from cogportrait.bench.rows import Stamp
from cogportrait.bench.store import check_clip_name, is_row, read_stamp, row_files
from cogportrait.bench.task import Task
from cogportrait.errors import InputError, OutputError, shown
from cogportrait.io.atomic import resolved

PARTS: Final = ("clips", "controls", "videos")
FILES: Final = ("whole.json", "remarks.json")
REPORT: Final = ("report.html", "report.md", "scores.csv", "summary.json")
PLACES: Final = ("real", "generated", "portraits")  # options that are paths


def check_run(tasks: Sequence[Task], folder: Path, stamp: Stamp) -> None:
    """Raise unless some clips can be scored into a folder; nothing is made.

    Parameters
    ----------
    tasks
        Names are all different.
    folder
        Of the run; there or not.
    stamp
        What the run is made with; manifests may differ in some of their clips.

    Raises
    ------
    InputError
        Two tasks have one name, or a name cannot be a file's; or ``run.json`` is damaged.
    OutputError
        The folder holds another run, or what is of none, or files that are to be scored.
    """
    names = _names(tasks)
    _check_sources(folder, (file for task in tasks for file in task.sources))
    _check_own(folder)
    if (folder / "run.json").exists():
        _check_same(folder, stamp, names)
    else:
        _check_empty(folder)


def _names(tasks: Sequence[Task]) -> set[str]:
    seen: set[str] = set()
    for task in tasks:
        check_clip_name(task.name)
        if task.name in seen:
            raise InputError(f"clips: {task.name} is there twice; results are named by clips")
        seen.add(task.name)
    return seen


def _check_sources(folder: Path, files: Iterable[Path]) -> None:
    """Raise for a file in the run's folder, by its own path or by where links lead."""
    places = {resolved(folder), *(resolved(folder / part) for part in PARTS)}
    for file in files:
        ways = (resolved(file), resolved(file.parent) / file.name)
        if any(way.is_relative_to(place) for way in ways for place in places):
            raise OutputError(
                f"{file}: is to be scored and lies in the run's folder {folder}, in which files "
                "are written over; name another folder"
            )


def _check_empty(folder: Path) -> None:
    for part in PARTS:
        place = folder / part
        try:
            held = place.is_dir() and any(place.iterdir())
        except OSError as error:
            raise OutputError(f"{place}: cannot be read: {error.strerror}") from error
        if held:
            raise OutputError(f"{folder}: holds {part} and no run.json; name another folder")
    for name in FILES:
        if (folder / name).exists():
            raise OutputError(f"{folder}: holds {name} and no run.json; name another folder")


def _check_own(folder: Path) -> None:
    """Raise for a link among what a run writes: it would write outside its folder."""
    for name in (*PARTS, *FILES, "run.json", *REPORT):
        if (folder / name).is_symlink():
            raise OutputError(
                f"{folder / name}: is a link, and a run writes in its own folder alone; remove the "
                "link, or name another folder"
            )


def _check_same(folder: Path, stamp: Stamp, names: set[str]) -> None:
    before = read_stamp(folder)
    old, new = _parts(before), _parts(stamp)
    different = [
        f"{key}: {shown(old.get(key, ''))} before, {shown(new.get(key, ''))} now"
        for key in {**old, **new}
        if old.get(key) != new.get(key)
    ]
    rows = {file.name.removesuffix(".json") for file in row_files(folder)}
    if before.data != stamp.data and rows and names.isdisjoint(rows):
        different.append("data: has none of its clips")
    if different:
        raise OutputError(
            f"{folder}: holds a run with other settings ({'; '.join(different)}); name another "
            f"folder{_instead(before, old, new)}"
        )
    for file in row_files(folder):
        if not is_row(file):
            raise OutputError(
                f"{file}: expected the row of a clip, got a file that no run has written, and runs "
                "take away what is none of their clips; move it, or name another folder"
            )


def _instead(before: Stamp, old: Mapping[str, str], new: Mapping[str, str]) -> str:
    """Return what spares drawing all again, where only measures are others."""
    others = [key for key in {**old, **new} if old.get(key) != new.get(key)]
    if others != ["measures"] or before.protocol == "score":
        return ""
    return "; `cogportrait bench score` with --generated RUN/videos adds measures to what is drawn"


def _parts(stamp: Stamp) -> dict[str, str]:
    """Return what all rows of a run are made with, by names that can be told.

    The data are not among them: each row knows what it was made of.
    """
    parts = {"protocol": stamp.protocol, "mode": stamp.mode, "renderer": stamp.renderer}
    more = {"seed": str(stamp.seed), "tracker": stamp.tracker}
    versions = {f"version of {name}": value for name, value in stamp.versions.items()}
    options = dict(stamp.options)
    if stamp.protocol == "score":
        for key in PLACES:
            if options.get(key):
                options[key] = str(resolved(options[key]))
    return {**parts, **more, **options, **versions}
