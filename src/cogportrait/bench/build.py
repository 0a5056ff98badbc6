"""Clips of a folder, with or without a table of them, and what is measured of each."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Final

import numpy as np

from cogportrait.behavior.labels import resolve_label
from cogportrait.bench.clips import SPLITS, EmhClip
from cogportrait.bench.store import is_run
from cogportrait.errors import InputError, LabelError, shown
from cogportrait.face.clips import cells_of, read_rows, speaking_of, words_of
from cogportrait.face.landmarker import track_video
from cogportrait.face.landmarks import N_FACE
from cogportrait.face.pose import head_angles_deg
from cogportrait.io.atomic import resolved
from cogportrait.io.reader import VideoReader, read_video
from cogportrait.types import FloatArray

VIDEOS: Final = (".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".mpg", ".mpeg", ".wmv", ".gif")
LOOKS_HZ: Final = 2.0  # frames a second in which the face is looked for
FRONTAL_YAW_DEG: Final = 25.0  # a head within both is frontal
FRONTAL_PITCH_DEG: Final = 20.0


@dataclass(frozen=True, slots=True)
class Source:
    """A file that is to become a clip, and what is known of it beforehand."""

    path: Path
    category: str | None = None
    also: tuple[str, ...] = ()
    actor: str | None = None
    speaking: bool | None = None
    instruction: str | None = None
    audio: Path | None = None
    licence: str = ""
    split: str | None = None
    line: int = 0  # of the table


@dataclass(frozen=True, slots=True)
class Seen:
    """What tracking some frames of a clip says of its face."""

    frames: int  # that were looked at
    found: int  # of them with a face
    face_px: float | None  # side of the square that holds the face, median
    frontal: float  # share of the frames looked at with a head within the bounds


def sources_in(
    folder: Path,
    passed: Callable[[Path], None] = lambda _: None,
    shut: Callable[[str], None] | None = None,
) -> list[Source]:
    """Return the videos of a folder and the folders in it, in the order of their paths.

    The category is the name of the folder that a video is in, where that is a label or another
    word for one. Hidden files and folders are passed over, and so are folders of runs.

    Parameters
    ----------
    folder : Path
        Where they lie.
    passed : callable
        Told each folder of a run.
    shut : callable or None
        Told, in a line, each folder in it that cannot be read; None refuses them.

    Raises
    ------
    InputError
        It is no folder, cannot be read, or there are no videos.
    """
    found = [
        Source(path, _label(path.absolute().parent.name))
        for path in videos_in(folder, passed, shut)
    ]
    if not found:
        endings = " ".join(VIDEOS)
        raise InputError(f"{folder}: expected a folder with videos ({endings}), found none in it")
    return found


def videos_in(
    folder: Path,
    passed: Callable[[Path], None] = lambda _: None,
    shut: Callable[[str], None] | None = None,
) -> list[Path]:
    """Return the videos of a folder and the folders in it by their endings, sorted.

    Links to folders are followed, each folder is looked into once. Folders of runs, whose videos
    are drawn, are passed over and told; so are, to `shut`, folders in it that cannot be read.

    Raises
    ------
    InputError
        It is no folder, or cannot be read; without `shut`, or one in it cannot.
    """
    if not folder.is_dir():
        got = "a file" if folder.exists() else "nothing of that name"
        raise InputError(f"{folder}: expected a folder of videos, got {got}; check the path")

    def refuse(error: OSError) -> None:
        line = f"{error.filename}: cannot be read: {error.strerror}"
        if shut is None or Path(error.filename) == folder:
            raise InputError(line) from error
        shut(line)

    found: list[Path] = []
    been: set[Path] = set()
    for here, folders, files in os.walk(folder, onerror=refuse, followlinks=True):
        if (own := resolved(Path(here))) in been:
            folders.clear()
            continue
        been.add(own)
        folders.sort()
        if is_run(Path(here)):
            passed(Path(here))
            folders.clear()
            continue
        folders[:] = [name for name in folders if not name.startswith(".")]
        found += [
            Path(here) / name
            for name in files
            if not name.startswith(".") and Path(name).suffix.lower() in VIDEOS
        ]
    return sorted(found)


def sources_of(table: Path, folder: Path) -> list[Source]:
    """Return the clips of a table whose files lie in a folder.

    Parameters
    ----------
    table : Path
        UTF-8 with a header; ``.csv`` separated by commas, anything else by tabs. Column ``file``
        is needed; ``labels`` (separated by ``;``, the first that is one of ours is the category),
        ``person`` or ``actor``, ``speaking`` (yes, no or -), ``instruction``, ``audio``,
        ``licence`` and ``split`` are read where they are there, others passed over.
    folder : Path
        What ``file`` and ``audio`` start from.

    Raises
    ------
    InputError
        The file is no such table, or a row of it is incomplete, or names the file of another;
        whether the videos are there is
        not asked.
    """
    delimiter = "," if table.suffix.lower() == ".csv" else "\t"
    header, rows = read_rows(table, delimiter)
    if "file" not in header:
        kind = "commas" if delimiter == "," else "tabs"
        raise InputError(
            f"{table}: expected a column called file, cells separated by {kind}, got none"
        )
    if not rows:
        raise InputError(f"{table}: expected a row for each clip, got only the header; add rows")
    sources = [_of_row(table, folder, header, line, row) for line, row in rows]
    first: dict[Path, Source] = {}
    for source in sources:
        earlier = first.setdefault(resolved(source.path), source)
        if earlier is not source:
            raise InputError(
                f"{table}: row {source.line}: names {shown(source.path.name)}, as row "
                f"{earlier.line} does; leave one out"
            )
    return sources


def _of_row(
    table: Path, folder: Path, header: Sequence[str], line: int, row: Sequence[str]
) -> Source:
    cells = cells_of(table, header, line, row)
    category, also = _labels(words_of(cells.get("labels", "")))
    split = _cell(cells, "split")
    if split is not None and split not in SPLITS:
        raise InputError(
            f"{table}: row {line}: split: expected train, test or -, got {shown(split)}"
        )
    audio = _cell(cells, "audio")
    return Source(
        path=folder / cells["file"].strip(),
        category=category,
        also=also,
        actor=_cell(cells, "actor") or _cell(cells, "person"),
        speaking=speaking_of(table, line, cells.get("speaking", "")),
        instruction=_cell(cells, "instruction"),
        audio=None if audio is None else folder / audio,
        licence=_cell(cells, "licence") or "",
        split=split,
        line=line,
    )


def _cell(cells: Mapping[str, str], name: str) -> str | None:
    """Return what a cell says; None where it is empty, ``-`` or not there."""
    text = cells.get(name, "").strip()
    return None if text in ("", "-") else text


def _labels(words: Sequence[str]) -> tuple[str | None, tuple[str, ...]]:
    """Return the first of some words that is a label, and the others, labels as we call them."""
    known = [_label(word) for word in words]
    first = next((i for i, label in enumerate(known) if label is not None), None)
    rest = [known[i] or word for i, word in enumerate(words) if i != first]
    category = None if first is None else known[first]
    return category, tuple(dict.fromkeys(word for word in rest if word != category))


def _label(word: str) -> str | None:
    try:
        return resolve_label(word)
    except LabelError:
        return None


def measured(source: Source, clip: str, *, quick: bool = False) -> EmhClip:
    """Return the clip of a file with what its frames say: length, rate, size, and its face.

    Parameters
    ----------
    source : Source
        The file; its sound, if it has one of its own, is not looked at.
    clip : str
        What the manifest is to call it: its path there.
    quick : bool
        Take the length as the file claims it, and look for no face.

    Raises
    ------
    MediaError
        The video cannot be read, or is corrupt further on.
    """
    video = read_video(source.path, quick=True)
    made = EmhClip(
        clip=clip,
        seconds=_round_s(video.duration_s),
        fps=round(video.fps, 3),
        size=video.size_px,
        category=source.category,
        also=source.also,
        actor=source.actor,
        speaking=source.speaking,
        instruction=source.instruction,
        licence=source.licence,
        split=source.split,
    )
    if quick:
        claimed = np.isfinite(video.duration_s)
        return made if claimed else replace(made, seconds=_round_s(_counted_s(video)))
    seen, seconds = look(video)
    return replace(
        made,
        seconds=_round_s(seconds),
        face_px=None if seen.face_px is None else round(seen.face_px, 1),
        frontal=round(seen.frontal, 3),
    )


def _round_s(seconds: float) -> float:
    return max(round(seconds, 3), 0.001)  # never nothing


def _counted_s(video: VideoReader) -> float:
    """Return how long a video is whose file does not say it, in seconds."""
    return sum(1 for _ in video) / video.fps


def look(video: VideoReader) -> tuple[Seen, float]:
    """Return what some frames of a video, two a second, say of its face, and its length in seconds.

    The length is what the file claims, unless its frames are over before or go on.

    Raises
    ------
    MediaError
        The video is corrupt further on.
    """
    step_s = max(round(video.fps / LOOKS_HZ), 1) / video.fps
    track = track_video(video.at(step_s * i for i in count()), 1 / step_s, smooth=False)
    faces, heads = track.landmarks_px[track.found], track.head_matrix[track.found]
    most_s = len(track) * step_s
    claimed = most_s - 2 * step_s < video.duration_s < most_s + step_s  # not if it is NaN
    return seen_in(faces, heads, len(track)), video.duration_s if claimed else most_s


def seen_in(landmarks_px: FloatArray, head_matrix: FloatArray, frames: int) -> Seen:
    """Return what the faces found in some frames say.

    Parameters
    ----------
    landmarks_px : array, shape [N, 478, 3]
        Of the frames with a face.
    head_matrix : array, shape [N, 4, 4]
        Of the same.
    frames : int
        How many were looked at; one without a face is not frontal.
    """
    if len(landmarks_px) == 0:
        return Seen(frames, 0, None, 0.0)
    sides = np.ptp(landmarks_px[:, :N_FACE, :2], axis=1).max(axis=1)
    angles = np.abs(head_angles_deg(head_matrix))
    ahead = (angles[:, 0] <= FRONTAL_YAW_DEG) & (angles[:, 1] <= FRONTAL_PITCH_DEG)
    return Seen(frames, len(sides), float(np.median(sides)), float(ahead.sum()) / frames)
