"""``cogportrait bench build``: a manifest of the clips in a folder."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from cogportrait.apps.console import Console, counted
from cogportrait.bench.build import Source, measured, sources_in, sources_of, videos_in
from cogportrait.bench.clips import Emh, EmhClip
from cogportrait.bench.face_sizes import faceless, small_faces
from cogportrait.bench.manifest import check_manifest_output, path_from, write_manifest
from cogportrait.bench.manifest_checks import faults
from cogportrait.errors import CogPortraitError, InputError, shown
from cogportrait.face.model_file import tracker_name
from cogportrait.io.atomic import check_distinct, resolved
from cogportrait.io.images import check_media_file


@dataclass(frozen=True, slots=True)
class About:
    """What the head of a manifest says."""

    name: str = ""
    licence: str = ""
    source: str = ""


def run_bench_build(
    folder: Path, output: Path, table: Path | None, about: About, console: Console, *, quick: bool
) -> None:
    """Measure the clips of a folder and write their manifest; what cannot be read is left out.

    Raises
    ------
    InputError
        The folder or the table cannot be used; or, when the manifest is written, clips were left
        out.
    """
    check_manifest_output(output)
    left: list[str] = []
    shut: list[str] = []  # folders that cannot be read
    sources = _sources(folder, table, console, shut)
    check_distinct([table, *(s.path for s in sources)], [output])
    distinct = _distinct(sources, left)
    base = resolved(output).parent
    clips: list[EmhClip] = []
    with console.progress("measuring", len(distinct)) as advance:
        for source in counted(distinct, advance):
            try:
                clips.append(_clip(source, base, quick=quick))
            except CogPortraitError as error:
                left.append(f"{source.path}: {_reason(error, source.path)}")
    if not clips:
        raise InputError(f"{folder}: expected clips that can be read, got none; {left[0]}")
    clips = [replace(clip, licence=clip.licence or about.licence) for clip in clips]
    tracker = None if quick else tracker_name()
    name = about.name or output.stem
    emh = Emh(name, tuple(clips), about.licence, about.source, tracker, base)
    write_manifest(output, emh)
    _tell(output, emh, [*shut, *left], console)
    if left or shut:
        lost = [f"{len(left)} of {len(sources)} clips"] if left else []
        lost += [f"{len(shut)} folder{'s' * (len(shut) != 1)} in it"] if shut else []
        raise InputError(
            f"{folder}: {' and '.join(lost)} left out, the others are in {output}: "
            f"{[*shut, *left][0]}"
        )


def _sources(folder: Path, table: Path | None, console: Console, shut: list[str]) -> list[Source]:
    """Return what is to be measured; say which videos of the folder a table does not name.

    Folders that cannot be read are noted in `shut`.
    """

    def passed(run: Path) -> None:
        console.warn(f"{run}: holds a run of the benchmark: its videos are drawn, and passed over")

    if table is None:
        return sources_in(folder, passed, shut.append)
    check_media_file(table, "a table of clips")
    there = videos_in(folder, passed, shut.append)
    sources = sources_of(table, folder)
    named = {resolved(source.path) for source in sources}
    others = [path for path in there if resolved(path) not in named]
    if others:
        console.warn(
            f"{table}: does not name {len(others)} of {len(there)} videos in {folder}, such as "
            f"{others[0].name}: left out"
        )
    return sources


def _distinct(sources: Sequence[Source], left: list[str]) -> list[Source]:
    """Return the clips whose name nobody before them has; note the others."""
    first: dict[str, Source] = {}
    for source in sources:
        earlier = first.setdefault(source.path.stem, source)
        if earlier is not source:
            left.append(
                f"{source.path}: has the name of {earlier.path}, and results are named by it; "
                "rename one"
            )
    return list(first.values())


def _clip(source: Source, base: Path, *, quick: bool) -> EmhClip:
    """Return a clip as a manifest can hold it.

    Raises
    ------
    MediaError
        The video cannot be read, or its sound is not there.
    InputError
        Something that a table says of it can be in no manifest.
    """
    made = measured(source, path_from(base, source.path), quick=quick)
    if source.audio is not None:
        check_media_file(source.audio, "a sound file")
        made = replace(made, audio=path_from(base, source.audio))
    found = faults(made)
    if found:
        where = f"row {source.line}: " if source.line else ""
        raise InputError(f"{where}{found[0]}")
    return made


def _reason(error: CogPortraitError, path: Path) -> str:
    """Return what a message says without the name of the file."""
    return str(error).removeprefix(f"{resolved(path)}: ").removeprefix(f"{path}: ")


def _tell(output: Path, emh: Emh, left: Sequence[str], console: Console) -> None:
    """Say where the manifest is, what is in it, and what is not."""
    console.warn(*(f"left out: {line}" for line in left))
    console.warn(*faceless(emh.clips))
    console.warn(*small_faces(emh.clips), *emh.notes())
    unknown = [clip for clip in emh.clips if clip.category is None and clip.also]
    if unknown:
        words = ", ".join(shown(word) for word in dict.fromkeys(w for c in unknown for w in c.also))
        console.warn(
            f"{unknown[0].clip}: none of its labels is known"
            f"{f', and so of {len(unknown) - 1} more' if len(unknown) > 1 else ''}: {words}; they "
            "have no category (cogportrait labels lists all)"
        )
    categories = Counter(clip.category or "not known" for clip in emh.clips)
    actors = {clip.actor for clip in emh.clips if clip.actor is not None}
    record = {"clips": len(emh.clips), "actors": len(actors), "left_out": list(left)}
    console.result(output, {**record, "categories": dict(sorted(categories.items()))})
