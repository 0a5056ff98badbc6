"""HDTF's annotations: which parts of which videos are its clips, and where the face is in them.

Read as the data set publishes them (https://github.com/MRzzm/HDTF, CC BY 4.0), for each of its
parts RD, WDA and WRA, cells separated by spaces:

    RD_video_url.txt      name url
    RD_resolution.txt     name height of the picture that the windows were measured in
    RD_annotion_time.txt  name mm:ss-mm:ss for each clip; clip k is called name_k
    RD_crop_wh.txt        name_k x width y height of the window
    RD_crop_ratio.txt     name_k zoom of a window that is found by the face

Zhang et al., "Flow-guided one-shot talking face generation with a high-resolution audio-visual
dataset", CVPR 2021.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cogportrait.bench.build import VIDEOS, videos_in
from cogportrait.errors import InputError, shown

LICENCE: Final = "annotations CC BY 4.0 (MRzzm/HDTF); the footage is its owners'"
SOURCE: Final = "HDTF, https://github.com/MRzzm/HDTF"  # of manifests, and what tells them
MAX_BYTES: Final = 16 * 2**20
_TIMES: Final = ("annotion_time", "annotation_time")  # as published, and as it is spelled
_MADE: Final = ".mp4"  # that names have, lack, or have twice
_SPAN: Final = re.compile(r"([\d:.]+)-([\d:.]+)")
_CLOCK: Final = re.compile(r"(?:(\d{1,2}):)?(\d{1,3}):(\d{1,2}(?:\.\d{1,6})?)")
_NUMBERED: Final = re.compile(r"(?<=\D)\d{1,2}$")
_RADIO: Final = "RD"  # its videos are numbered, and each is of somebody else


@dataclass(frozen=True, slots=True)
class Window:
    """A square of a picture, in its pixels."""

    x: int
    y: int
    side: int


@dataclass(frozen=True, slots=True)
class HdtfClip:
    """One clip of the data set."""

    name: str  # of the video, and the number of the clip
    start_s: float
    end_s: float
    window: Window | None  # None: none is annotated
    zoom: float | None  # of a window that is found by the face; None: none is annotated


@dataclass(frozen=True, slots=True)
class HdtfVideo:
    """One video of the data set, and its clips in order."""

    part: str  # "RD", "WDA" or "WRA"
    name: str
    height_px: int  # of the picture that windows were measured in; 0: not known
    url: str
    clips: tuple[HdtfClip, ...]

    @property
    def actor(self) -> str:
        """Who is seen, as far as names tell: ``AmyKlobuchar0`` and ``AmyKlobuchar1`` are one."""
        return self.name if self.part == _RADIO else _NUMBERED.sub("", self.name)


def read_annotations(folder: Path) -> list[HdtfVideo]:
    """Return the videos of the data set, in the order of their parts and of the annotated times.

    Raises
    ------
    InputError
        The folder holds no such files, or a row of one cannot be read; the message names both.
    """
    if not folder.is_dir():
        got = "a file" if folder.exists() else "nothing of that name"
        raise InputError(f"{folder}: expected the folder of HDTF's annotations, got {got}")
    found: list[HdtfVideo] = []
    for times in _files(folder):
        part = times.name.split("_", maxsplit=1)[0]
        found += _videos(folder, part, times)
    if not found:
        raise _nothing_in(folder)
    names = [video.name for video in found]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise InputError(f"{folder}: expected each video once, got {shown(twice)} in two parts")
    return found


def _nothing_in(folder: Path) -> InputError:
    files = _files(folder)
    if files:
        return InputError(
            f"{files[0]}: expected a row for each video, such as 'Radio1.mp4 00:30-01:00', got an "
            "empty file; fetch it again"
        )
    return InputError(
        f"{folder}: expected HDTF's annotations, such as RD_{_TIMES[0]}.txt, found none"
    )


def _files(folder: Path) -> list[Path]:
    return sorted(p for ending in _TIMES for p in folder.glob(f"*_{ending}.txt"))


def _videos(folder: Path, part: str, times: Path) -> Iterator[HdtfVideo]:
    heights = {
        name: _height(where, cells)
        for name, (where, cells) in _rows(folder / f"{part}_resolution.txt").items()
    }
    windows = {
        name: _window(where, cells)
        for name, (where, cells) in _rows(folder / f"{part}_crop_wh.txt").items()
    }
    zooms = {
        name: _zoom(where, cells)
        for name, (where, cells) in _rows(folder / f"{part}_crop_ratio.txt").items()
    }
    urls = {
        name: " ".join(cells)
        for name, (_, cells) in _rows(folder / f"{part}_video_url.txt").items()
    }
    for name, (where, cells) in _rows(times).items():
        spans = [_span(where, cell) for cell in cells]
        clips = tuple(
            HdtfClip(f"{name}_{k}", *span, windows.get(f"{name}_{k}"), zooms.get(f"{name}_{k}"))
            for k, span in enumerate(spans)
        )
        yield HdtfVideo(part, name, heights.get(name, 0), urls.get(name, ""), clips)


def _rows(file: Path) -> Mapping[str, tuple[str, list[str]]]:
    """Return where a row is and its other cells, by the name in its first; {} without the file.

    Raises
    ------
    InputError
        The file is too large or no text, a name is none, or stands in two rows.
    """
    found: dict[str, tuple[str, list[str]]] = {}
    try:
        if not file.exists():
            return found
        if file.stat().st_size > MAX_BYTES:
            raise InputError(f"{file}: expected at most {MAX_BYTES >> 20} MiB, got more")
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise InputError(f"{file}: expected text in UTF-8, got a binary file") from error
    except OSError as error:
        raise InputError(f"{file}: cannot be read: {error.strerror}") from error
    for number, line in enumerate(lines, 1):
        cells = line.split()
        if not cells:
            continue
        name = cells[0]
        while name.lower().endswith(_MADE):
            name = name[: -len(_MADE)]
        where = f"{file}: row {number}"
        if not name or name.startswith(".") or "/" in name or not name.isprintable():
            raise InputError(f"{where}: expected the name of a video, got {shown(cells[0])}")
        if name in found:
            raise InputError(f"{where}: expected each name once, got {shown(name)} again")
        found[name] = where, cells[1:]
    return found


def _height(where: str, cells: list[str]) -> int:
    """Return a height in pixels; 0 is how the data set says that it is not known."""
    if len(cells) != 1 or not _whole(cells[0]):
        raise InputError(f"{where}: expected the height of a picture, got {_told(cells)}")
    return int(cells[0])


def _window(where: str, cells: list[str]) -> Window:
    """Return a window; the columns are least x, width, least y, height."""
    if len(cells) != 4 or not all(_whole(cell) for cell in cells):
        raise InputError(f"{where}: expected x, width, y, height in pixels, got {_told(cells)}")
    x, width, y, height = (int(cell) for cell in cells)
    if width != height or width == 0:
        raise InputError(f"{where}: expected a square window, got {width} x {height}")
    return Window(x, y, width)


def _zoom(where: str, cells: list[str]) -> float:
    try:
        zoom = float(cells[0]) if len(cells) == 1 else 0.0
    except ValueError:
        zoom = 0.0
    if not 0.1 <= zoom <= 10:
        raise InputError(f"{where}: expected a zoom from 0.1 to 10, got {_told(cells)}")
    return zoom


def _span(where: str, cell: str) -> tuple[float, float]:
    found = _SPAN.fullmatch(cell)
    start_s, end_s = (_clock(text) for text in found.groups()) if found else (None, None)
    if start_s is None or end_s is None:
        raise InputError(f"{where}: expected times mm:ss-mm:ss, got {shown(cell)}")
    if end_s <= start_s:
        how = "before" if end_s < start_s else "when"
        raise InputError(
            f"{where}: expected an end after the start, got {shown(cell)}, which ends {how} it "
            "begins; mend the times"
        )
    return start_s, end_s


def _clock(text: str) -> float | None:
    found = _CLOCK.fullmatch(text)
    if found is None:
        return None
    hours, minutes, seconds = (float(part or 0) for part in found.groups())
    return 3600 * hours + 60 * minutes + seconds


def _whole(cell: str) -> bool:
    return cell.isascii() and cell.isdigit() and len(cell) <= 5


def _told(cells: list[str]) -> str:
    return shown(" ".join(cells))


def find_videos(folder: Path) -> Mapping[str, Path]:
    """Return the videos of a folder, and of the folders in it, by name without ending.

    Of several files of one name the first by its ending counts, as in ``VIDEOS``.

    Raises
    ------
    InputError
        It is no folder, or cannot be read.
    """
    found: dict[str, Path] = {}
    for path in sorted(videos_in(folder), key=lambda p: VIDEOS.index(p.suffix.lower())):
        found.setdefault(path.stem, path)
    return found


def file_of(video: HdtfVideo, files: Mapping[str, Path]) -> Path | None:
    """Return the file of a video, called by its name or by its part and name, as RD_Radio1."""
    names = (video.name, f"{video.part}_{video.name}", f"{video.name}{_MADE}")
    return next((files[name] for name in names if name in files), None)
