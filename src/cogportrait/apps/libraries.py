"""``cogportrait library``: prototypes from clips and recordings, and what is in them.

What a library is made of is judged before anything heavy is loaded.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path

from cogportrait.apps.console import Console, JsonValue, say
from cogportrait.apps.sources import checked_clips, read_recordings
from cogportrait.behavior.library.files import (
    FILE_NAME,
    library_bytes,
    library_file,
    read_library,
)
from cogportrait.behavior.library.prototype import Prototype
from cogportrait.behavior.segment.face_event import EventType
from cogportrait.errors import InputError, shown
from cogportrait.io.atomic import check_distinct, check_output_folder, write_files


def run_library_build(
    clips: Path | None, recordings: Path | None, output: Path, console: Console
) -> None:
    """Measure clips, read recordings, either or both, and write the library."""
    check_output_folder(output, FILE_NAME)
    sources = [] if recordings is None else read_recordings(recordings, console)
    least = 1 if recordings is None else 0
    wanted = [] if clips is None else checked_clips(clips, least)
    read = [clips, recordings, *(c.path for c in wanted), *(r.path for r in sources)]
    check_distinct(read, [output / FILE_NAME])
    from cogportrait.apps.cutting import from_clip, from_recording
    from cogportrait.behavior.library.cut import distinct

    found: list[Prototype] = []
    for clip in wanted:
        found += from_clip(clip, console)
    for recording in sources:
        found += from_recording(recording, console)
    kept = distinct(found)
    if not kept:
        tables = " and ".join(str(table) for table in (clips, recordings) if table is not None)
        raise InputError(f"{tables}: expected events in what they name, found none")
    write_files(output, {FILE_NAME: library_bytes(kept)})
    console.result(output / FILE_NAME, _summary(kept))


def run_library_merge(
    inputs: Sequence[Path], output: Path, console: Console, *, without: Collection[str] = ()
) -> None:
    """Write one library of several, without some people.

    Raises
    ------
    InputError
        One is no library, or one of `without` is not in them.
    OutputError
        The output is one of the inputs, or cannot be written.
    """
    check_distinct([library_file(path) for path in inputs], [output / FILE_NAME])
    check_output_folder(output, FILE_NAME)
    everything = [p for path in inputs for p in read_library(path)]
    people = {p.person for p in everything}
    for person in without:
        if person not in people:
            raise InputError(
                f"--without: expected a person of {', '.join(map(str, inputs))}, got "
                f"{shown(person)}; `library show` names them"
            )
    from cogportrait.behavior.library.cut import distinct

    kept = distinct(p for p in everything if p.person not in without)
    if not kept:
        left = f"; without {', '.join(map(shown, without))} nobody is left" if without else ""
        raise InputError(
            f"{', '.join(map(str, inputs))}: expected prototypes to merge, got none{left}"
        )
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
    """Print a prototype, or a line for each of one kind: JSON objects where these are wanted."""
    kept = read_library(path)
    for p in kept:
        if p.id == name:
            curves = {name: _column(p, i) for i, name in enumerate(p.channels)}
            whole = _record(p) | {"values": curves}
            console.result(path, whole) if console.as_json else say("\n".join(_lines(p)))
            return
    some = [p for p in kept if p.kind == name]
    if not some:
        kinds = ", ".join(sorted({str(p.kind) for p in kept}))
        of = f"the name of a prototype or one of {kinds}" if kept else "prototypes"
        got = shown(name) if kept else "an empty library"
        raise InputError(f"{path}: expected {of}, got {got}")
    for p in some:
        if console.as_json:
            console.result(path, _record(p))
            continue
        way = p.direction or "-"
        say(f"{p.id}  {p.duration_s:.2f} s  {p.amplitude:.2f}  {p.side}  {way}  {p.person}")


def _column(p: Prototype, i: int) -> list[float]:
    return [round(float(value), 5) for value in p.values[:, i]]


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
        text = ", ".join(value) if isinstance(value, list) else value
        yield f"{key}: {'-' if text is None or text == '' else text}"
    for name, column in zip(p.channels, p.values.T, strict=True):
        yield f"{name}: {' '.join(f'{v:.3g}' for v in column)}"


def _summary(kept: Sequence[Prototype]) -> dict[str, JsonValue]:
    kinds = Counter(str(p.kind) for p in kept)
    return {
        "prototypes": len(kept), "kinds": len(kinds), "people": len({p.person for p in kept}),
        "by_kind": dict(sorted(kinds.items())),
    }  # fmt: skip
