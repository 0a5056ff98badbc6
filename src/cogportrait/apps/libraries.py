"""``cogportrait library``: prototypes from clips and recordings, and what is in them."""

import csv
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from cogportrait.apps.console import Console, JsonValue, say
from cogportrait.apps.measuring import rows_of_video
from cogportrait.behavior.labels import resolve_label
from cogportrait.behavior.library.cut import Origin, cut_controls, cut_gaze, distinct
from cogportrait.behavior.library.files import FILE_NAME, library_bytes, read_library
from cogportrait.behavior.library.prototype import Prototype
from cogportrait.behavior.segment.face_event import EventType
from cogportrait.errors import CogPortraitError, FaceError, InputError
from cogportrait.face.clips import Clip, read_clips
from cogportrait.face.features import FaceRows
from cogportrait.face.measure import measure
from cogportrait.io.atomic import check_output_folder, write_files
from cogportrait.io.gaze_tables import read_gaze_table
from cogportrait.io.images import check_media_file
from cogportrait.io.livelink import read_livelink
from cogportrait.io.openface import read_openface

LEAST_FPS: Final = 19.0  # below it a blink is a frame or two
LEAST_FACE_IOD_PX: Final = 40.0
LEAST_SEEN: Final = 0.7  # share of frames with a face
# Licences under which what is derived may be passed on: all but those of the GPL family, unless the
# same data are in the public domain elsewhere.
_COPYLEFT: Final = ("GPL",)
_PUBLIC: Final = ("PDDL", "CC0")


def run_library_build(clips: Path, recordings: Path | None, output: Path, console: Console) -> None:
    """Measure clips, read recordings, and write the library."""
    check_output_folder(output, FILE_NAME)
    check_media_file(clips, "a table of clips")
    wanted = read_clips(clips)
    for clip in wanted:
        check_media_file(clip.path, "a clip")
    sources = [] if recordings is None else list(_recordings(recordings))
    found: list[Prototype] = []
    for clip in wanted:
        found += _from_clip(clip, console)
    for path, licence in sources:
        found += _from_recording(path, licence, console)
    kept = distinct(found)
    if not kept:
        raise InputError(f"{clips}: expected events in the clips, found none")
    write_files(output, {FILE_NAME: library_bytes(kept)})
    console.result(output / FILE_NAME, _summary(kept))


def _from_clip(clip: Clip, console: Console) -> list[Prototype]:
    try:
        rows, fps = rows_of_video(clip.path, None, console)
    except FaceError as error:
        console.warn(f"left out: {error}")
        return []
    if poor := unfit(rows, fps):
        console.warn(f"left out: {clip.name}: {poor}")
        return []
    measured = measure(rows, fps)
    labels = tuple(dict.fromkeys(resolve_label(word) for word in clip.labels))
    origin = Origin(clip.person, clip.name, clip.licence, labels)
    return cut_controls(measured.controls, origin, measured.found)


def unfit(rows: FaceRows, fps: float) -> str:
    """Return why a clip says too little to be counted; empty if it does not."""
    iod, seen = float(np.nanmedian(rows.iod_px)), float(rows.found.mean())
    if fps < LEAST_FPS:
        return f"{fps:g} frames a second"
    if iod < LEAST_FACE_IOD_PX:
        return f"eyes {iod:.0f} px apart"
    return f"a face in {seen:.0%} of its frames" if seen < LEAST_SEEN else ""


def _recordings(table: Path) -> Iterator[tuple[Path, str]]:
    """Yield the files of a table of recordings whose licence lets derived numbers be passed on."""
    try:
        with table.open(newline="", encoding="utf-8-sig") as stream:
            rows = list(csv.DictReader(stream, delimiter="\t"))
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(
            f"{table}: expected a table separated by tabs, got another file"
        ) from error
    except OSError as error:
        raise InputError(f"{table}: cannot be read: {error.strerror}") from error
    if not rows or not {"file", "licence"} <= set(rows[0]):
        raise InputError(f"{table}: expected the columns file and licence separated by tabs")
    for row in rows:
        licence = row["licence"] or ""
        closed = any(word in licence for word in _COPYLEFT)
        if closed and not any(word in licence for word in _PUBLIC):
            continue
        path = _place(table.parent, (row["file"] or "").split(" (")[0])
        for file in sorted(path.iterdir()) if path.is_dir() else [path]:
            if file.is_file():
                yield file, licence


def _place(folder: Path, name: str) -> Path:
    inner = folder / "recordings" / name
    return inner if inner.exists() else folder / name


def _from_recording(path: Path, licence: str, console: Console) -> list[Prototype]:
    """Return the prototypes in a recording of any kind that is read; else none."""
    person = f"{path.parent.name}/{path.stem}"
    try:
        kind = _kind(path)
        if kind == "livelink":
            origin = Origin(path.stem.split("_")[0], path.name, licence)
            return cut_controls(read_livelink(path), origin)
        if kind == "openface":
            controls, found = read_openface(path)
            return cut_controls(controls, Origin(person, path.name, licence), found)
        if kind == "gaze":
            recording = read_gaze_table(path)
            origin = Origin(_viewer(path), path.name, licence)
            return cut_gaze(recording.gaze_deg, recording.rate_hz, origin)
    except CogPortraitError as error:
        console.warn(f"left out: {error}")
    return []


def _viewer(path: Path) -> str:
    """Return the pseudonym in a file name: ``dots_TH20_trial1``, ``lookAtPoint_EL_S1``, ``p1_t2``."""  # noqa: E501
    parts = path.stem.split("_")
    if parts[0] in ("dots", "img", "video"):
        return f"andersson_{parts[1]}"
    return f"{path.parent.name}_{parts[-1] if path.suffix == '.npy' else parts[0]}"


def _kind(path: Path) -> str:
    if path.suffix.lower() == ".npy":
        return "gaze" if "lookAt" in path.name else ""
    with path.open("rb") as stream:
        head = stream.readline(4096).decode("utf-8", "replace")
    if "BlendShapeCount" in head:
        return "livelink"
    if "pose_Rx" in head:
        return "openface"
    if "x_px" in head or "GazePos2dx" in head:
        return "gaze"
    return ""


def run_library_merge(inputs: Sequence[Path], output: Path, console: Console) -> None:
    """Write one library of several."""
    check_output_folder(output, FILE_NAME)
    kept = distinct(p for path in inputs for p in read_library(path))
    write_files(output, {FILE_NAME: library_bytes(kept)})
    console.result(output / FILE_NAME, _summary(kept))


def run_library_stats(path: Path, console: Console) -> None:
    """Print how many prototypes there are of each kind and label."""
    kept = read_library(path)
    if console.as_json:
        console.result(path, _summary(kept))
        return
    say("\n".join(coverage(kept)))


def coverage(prototypes: Sequence[Prototype]) -> Iterator[str]:
    """Yield a table of kinds by labels, Markdown."""
    labels = sorted({label for p in prototypes for label in p.labels})
    counts = Counter((p.kind, label) for p in prototypes for label in p.labels or ("",))
    people = {kind: len({p.person for p in prototypes if p.kind == kind}) for kind in EventType}
    yield f"| kind | all | people | no label | {' | '.join(labels)} |"
    yield "|---" * (len(labels) + 4) + "|"
    total = Counter(p.kind for p in prototypes)
    for kind in EventType:
        cells = [str(counts[kind, label] or "") for label in ("", *labels)]
        yield f"| {kind} | {total[kind]} | {people[kind]} | {' | '.join(cells)} |"
    everybody = len({p.person for p in prototypes})
    yield f"| all | {len(prototypes)} | {everybody} |" + " |" * (len(labels) + 1)


def run_library_show(path: Path, name: str, console: Console) -> None:
    """Print a prototype, or the names of those of one kind."""
    kept = read_library(path)
    for p in kept:
        if p.id == name:
            console.result(path, _record(p)) if console.as_json else say("\n".join(_lines(p)))
            return
    some = [p for p in kept if p.kind == name]
    if not some:
        kinds = ", ".join(sorted({str(p.kind) for p in kept}))
        raise InputError(f"{path}: expected the name of a prototype or one of {kinds}, got {name}")
    for p in some:
        say(f"{p.id}  {p.duration_s:.2f} s  {p.amplitude:.2f}  {p.side}  {p.direction}  {p.person}")


def _record(p: Prototype) -> dict[str, JsonValue]:
    return {
        "id": p.id, "kind": str(p.kind), "side": p.side, "direction": p.direction,
        "amplitude": round(p.amplitude, 4), "duration_s": round(p.duration_s, 4),
        "apex_s": round(p.apex_s, 4), "rate_hz": p.rate_hz, "labels": list(p.labels),
        "speaking": p.speaking, "person": p.person, "quality": round(p.quality, 3),
        "source": p.source, "licence": p.licence, "channels": list(p.channels),
    }  # fmt: skip


def _lines(p: Prototype) -> Iterable[str]:
    for key, value in _record(p).items():
        yield f"{key}: {', '.join(value) if isinstance(value, list) else value}"
    for name, column in zip(p.channels, p.values.T, strict=True):
        yield f"{name}: {' '.join(f'{v:.3g}' for v in column)}"


def _summary(kept: Sequence[Prototype]) -> dict[str, JsonValue]:
    kinds = Counter(str(p.kind) for p in kept)
    return {
        "prototypes": len(kept), "kinds": len(kinds), "people": len({p.person for p in kept}),
        "by_kind": [f"{kind} {n}" for kind, n in sorted(kinds.items())],
    }  # fmt: skip
