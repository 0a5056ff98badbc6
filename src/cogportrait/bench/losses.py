"""Files of scored clips that are lost or damaged, which the row of a clip does not tell of."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from cogportrait.bench.rows import Stamp
from cogportrait.bench.store import Run, read_curves
from cogportrait.errors import InputError

_BOXES: Final = frozenset({b"ftyp", b"moov", b"mdat"})  # ISO/IEC 14496-12; what all of ours have
_HEADER: Final = 8  # bytes of a box: its length and its kind
_FEW: Final = 3  # clips that are told one by one though all have lost their videos


def curves_fault(folder: Path, name: str) -> str:
    """Return what is wrong with the curves of a scored clip in a run's folder; else nothing."""
    file = folder / "clips" / f"{name}.npz"
    if not file.exists():
        return f"{file}: is not there"
    try:
        read_curves(file)
    except InputError as error:
        return str(error)
    return ""


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


def draws(stamp: Stamp) -> bool:
    """Return whether a run keeps videos of its own."""
    return stamp.protocol != "score"


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
    videos = {n: video_fault(run.folder, n) for n in scored} if draws(run.stamp) else {}
    part = "ablate" if run.stamp.options.get("ablation") else run.stamp.protocol
    fix = f"`cogportrait bench {part}` as it was run for {run.folder}"
    if len(scored) > _FEW and not any(
        (run.folder / "videos" / f"{n}.mp4").exists() for n in videos
    ):
        if videos:
            yield (
                f"{run.folder / 'videos'}: none of {len(scored)} generated videos is there, from "
                f"that of {scored[0]} to that of {scored[-1]}; {fix} draws them again"
            )
        videos = {}
    for name in scored:
        curves, video = curves_fault(run.folder, name), videos.get(name, "")
        if curves and (run.folder / "clips" / f"{name}.npz").exists():
            damaged.append(name)
        found = [f"shown without curves: {curves}"] if curves else []
        found += [f"generated video: {video}"] if video else []
        if found:
            yield f"{name}: {'; '.join(found)}; {fix} scores the clip again"


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
