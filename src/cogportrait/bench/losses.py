"""Files of scored clips that are lost or damaged, which the row of a clip does not tell of."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cogportrait.bench.rows import Stamp
from cogportrait.bench.store import Run, read_curves
from cogportrait.errors import InputError
from cogportrait.io.controls import read_controls

_BOXES: Final = frozenset({b"ftyp", b"moov", b"mdat"})  # ISO/IEC 14496-12; what all of ours have
_HEADER: Final = 8  # bytes of a box: its length and its kind
_FEW: Final = 3  # clips that are told one by one though all have lost their videos


def curves_fault(folder: Path, name: str) -> str:
    """Return what is wrong with the curves of a scored clip in a run's folder; else nothing."""
    return _fault(folder / "clips" / f"{name}.npz", read_curves)


def video_fault(folder: Path, name: str) -> str:
    """Return what is wrong with the generated video of a clip in a run's folder; else nothing.

    Its boxes are counted and no frame is read: what is cut off, or was written over, is found.
    """
    file = folder / "videos" / f"{name}.mp4"
    if not file.is_file():
        return f"{file}: is not there"
    try:
        return "" if _is_whole(file) else f"{file}: damaged: cut off, or no video"
    except OSError as error:
        return f"{file}: cannot be read: {error.strerror}"


def controls_fault(folder: Path, name: str) -> str:
    """Return what is wrong with the controls that a clip was drawn of; else nothing."""
    return _fault(folder / "controls" / f"{name}.json", read_controls)


def drawing_fault(folder: Path, name: str) -> str:
    """Return what is wrong with the controls or the video of a clip; else nothing."""
    return controls_fault(folder, name) or video_fault(folder, name)


def draws(stamp: Stamp) -> bool:
    """Return whether a run keeps videos of its own."""
    return stamp.protocol != "score"


@dataclass(frozen=True, slots=True)
class _Kind:
    """Files that a run which draws keeps, one a clip."""

    folder: str
    ending: str
    one: str
    many: str
    fault: Callable[[Path, str], str]


_KINDS: Final = (
    _Kind("controls", ".json", "controls", "files of controls", controls_fault),
    _Kind("videos", ".mp4", "generated video", "generated videos", video_fault),
)


def losses(runs: Iterable[Run]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return a line for each clip with files that are lost or damaged, and what mends it.

    Returns
    -------
    lines
    damaged
        Clips with curves that are there and cannot be read.
    """
    lines: list[str] = []
    damaged: list[str] = []
    for run in runs:
        lines.extend(_lines(run, damaged))
    return tuple(lines), tuple(damaged)


def _lines(run: Run, damaged: list[str]) -> Iterator[str]:
    scored = [row.name for row in run.rows if not row.error]
    part = "ablate" if run.stamp.options.get("ablation") else run.stamp.protocol
    fix = f"`cogportrait bench {part}` as it was run for {run.folder}"
    kept: list[_Kind] = []
    for kind in _KINDS if draws(run.stamp) else ():
        place = run.folder / kind.folder
        any_there = any((place / f"{name}{kind.ending}").exists() for name in scored)
        if len(scored) > _FEW and not any_there:
            yield (
                f"{place}: none of {len(scored)} {kind.many} is there, from that of {scored[0]} "
                f"to that of {scored[-1]}; {fix} draws them again"
            )
        else:
            kept.append(kind)
    for name in scored:
        curves = curves_fault(run.folder, name)
        if curves and (run.folder / "clips" / f"{name}.npz").exists():
            damaged.append(name)
        found = [f"shown without curves: {curves}"] if curves else []
        for kind in kept:
            if fault := kind.fault(run.folder, name):
                found.append(f"{kind.one}: {fault}")
        if found:
            yield f"{name}: {'; '.join(found)}; {fix} scores the clip again"


def _fault(file: Path, read: Callable[[Path], object]) -> str:
    if not file.is_file():
        return f"{file}: is not there"
    try:
        read(file)
    except InputError as error:
        return str(error)
    return ""


def _is_whole(file: Path) -> bool:
    """Return whether the boxes of an MP4 file fill it, and those are there that it cannot lack."""
    size, at = file.stat().st_size, 0
    found: set[bytes] = set()
    with file.open("rb") as video:
        while at < size:
            video.seek(at)
            header = video.read(2 * _HEADER)
            length = int.from_bytes(header[:4])
            if length == 1:  # of more than 4 GiB
                length = int.from_bytes(header[_HEADER:])
            if length < _HEADER or at + length > size:
                return False
            found.add(header[4:_HEADER])
            at += length
    return found >= _BOXES
