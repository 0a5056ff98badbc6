"""``cogportrait bench hdtf-prepare``: HDTF's clips from the user's copies of its videos."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from cogportrait.apps.console import Console
from cogportrait.bench.build import Source, measured
from cogportrait.bench.clips import Emh, EmhClip
from cogportrait.bench.face_sizes import faceless
from cogportrait.bench.hdtf import (
    LICENCE,
    SOURCE,
    HdtfClip,
    HdtfVideo,
    file_of,
    find_videos,
    read_annotations,
)
from cogportrait.bench.hdtf_cut import check_length, cut_clip, window_of
from cogportrait.bench.manifest import check_manifest_output, write_manifest
from cogportrait.errors import InputError
from cogportrait.face.model_file import tracker_name
from cogportrait.io.atomic import check_output_folder, output_error, remove_leftovers, resolved
from cogportrait.io.reader import VideoReader, read_video

MANIFEST: Final = "hdtf.jsonl"
CLIPS: Final = "clips"


@dataclass(slots=True)
class _Tally:
    """What became of the clips."""

    clips: list[EmhClip] = field(default_factory=list[EmhClip])
    made: int = 0
    kept: int = 0  # that were there
    by_face: list[str] = field(default_factory=list[str])  # whose window was found by the face
    silent: list[str] = field(default_factory=list[str])
    missing: list[str] = field(default_factory=list[str])  # videos
    failed: list[str] = field(default_factory=list[str])  # clips, and why
    unannotated: list[str] = field(default_factory=list[str])  # clips without window and zoom


def run_hdtf_prepare(
    annotations: Path, videos: Path, output: Path, console: Console, *, quick: bool
) -> None:
    """Cut what is not there yet, and write the manifest of all that is.

    Raises
    ------
    InputError
        The annotations or the folder of videos cannot be used; or, when the manifest is written,
        videos are missing or clips could not be cut.
    """
    check_output_folder(output, MANIFEST)
    if (output / MANIFEST).exists():
        check_manifest_output(output / MANIFEST)
    annotated = read_annotations(annotations)
    files = find_videos(videos)
    if not any(file_of(video, files) for video in annotated):
        raise InputError(
            f"{videos}: expected videos of HDTF called as {annotations} calls them, such as "
            f"{annotated[0].name}.mp4, found none"
        )
    folder = resolved(output) / CLIPS
    remove_leftovers(folder)
    tally = _Tally()
    with console.progress("cutting", sum(len(video.clips) for video in annotated)) as advance:
        done = 0
        for video in annotated:
            _prepare(video, file_of(video, files), folder, tally, quick=quick)
            done += len(video.clips)
            advance(done)
    _finish(output, tally, console, quick=quick)


def _prepare(
    video: HdtfVideo, file: Path | None, folder: Path, tally: _Tally, *, quick: bool
) -> None:
    """Make the clips of one video that are not there, and measure all that are."""
    there = [clip for clip in video.clips if _target(folder, clip).exists()]
    absent = [clip for clip in video.clips if clip not in there]
    tally.kept += len(there)
    wanted = [clip for clip in absent if clip.window is not None or clip.zoom is not None]
    tally.unannotated += [clip.name for clip in absent if clip not in wanted]
    if wanted and file is None:
        tally.missing.append(video.name)
    elif wanted and file is not None:
        there += _cut_all(video, wanted, file, folder, tally)
    for clip in video.clips:
        if clip in there:
            target = _target(folder, clip)
            source = Source(target, actor=video.actor, speaking=True, licence=LICENCE)
            try:
                tally.clips.append(measured(source, f"{CLIPS}/{target.name}", quick=quick))
            except InputError as error:
                tally.failed.append(f"{clip.name}: {error}; or delete it, and it is made again")


def _target(folder: Path, clip: HdtfClip) -> Path:
    return folder / f"{clip.name}.mp4"


def _cut_all(
    video: HdtfVideo, wanted: Sequence[HdtfClip], file: Path, folder: Path, tally: _Tally
) -> list[HdtfClip]:
    """Cut clips of one video, and return those that could be."""
    again = f"; fetch it again from {video.url}" if video.url else ""
    try:
        reader = read_video(file)
    except InputError as error:
        tally.failed += [f"{clip.name}: {error}{again}" for clip in wanted]
        return []
    made: list[HdtfClip] = []
    for clip in wanted:
        try:
            _cut(video, clip, reader, _target(folder, clip), tally)
        except InputError as error:
            tally.failed.append(f"{clip.name}: {error}")
        else:
            made.append(clip)
    return made


def _cut(
    video: HdtfVideo, clip: HdtfClip, reader: VideoReader, target: Path, tally: _Tally
) -> None:
    check_length(reader, clip)
    window, annotated = window_of(video, clip, replace(reader, quick=True))
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise output_error(target, error) from error
    has_sound = cut_clip(reader, clip, window, target)
    tally.made += 1
    if not annotated:
        tally.by_face.append(clip.name)
    if not has_sound:
        tally.silent.append(clip.name)


def _finish(output: Path, tally: _Tally, console: Console, *, quick: bool) -> None:
    """Write the manifest and say what is in it, and what is not."""
    _warn(tally, console)
    console.warn(*faceless(tally.clips))
    if not tally.clips:
        why = tally.failed[0] if tally.failed else "none has an annotated window or zoom"
        raise InputError(f"{output}: no clip could be made: {why}")
    tracker = None if quick else tracker_name()
    emh = Emh("HDTF", tuple(tally.clips), LICENCE, SOURCE, tracker, output)
    write_manifest(output / MANIFEST, emh)
    console.result(
        output / MANIFEST,
        {
            "clips": len(tally.clips), "made": tally.made, "kept": tally.kept,
            "by_face": tally.by_face, "missing": tally.missing, "failed": tally.failed,
        },
    )  # fmt: skip
    lost = [f"{_some(len(tally.missing), 'video')} missing"] if tally.missing else []
    lost += [f"{_some(len(tally.failed), 'clip')} failed"] if tally.failed else []
    if lost:
        first = f": {tally.failed[0]}" if tally.failed else f": {tally.missing[0]}"
        raise InputError(f"{output}: what could be made is there; {', '.join(lost)}{first}")


def _some(count: int, what: str) -> str:
    return f"{count} {what}{'s' * (count != 1)}"


def _warn(tally: _Tally, console: Console) -> None:
    said: Sequence[tuple[str, str, list[str]]] = (
        ("video", "missing", tally.missing),
        ("clip", "without an annotated window and zoom, left out as in HDTF", tally.unannotated),
        ("clip", "with a window found by the face, since none is annotated that fits",
         tally.by_face),
        ("clip", "without sound", tally.silent),
    )  # fmt: skip
    for what, how, names in said:
        if names:
            console.warn(f"{_some(len(names), what)} {how}: {', '.join(names)}")
    console.warn(*(f"failed: {line}" for line in tally.failed))
