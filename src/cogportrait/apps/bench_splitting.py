"""``cogportrait bench split``: a train and a test side that no actor shares."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from cogportrait.apps.console import Console
from cogportrait.bench.clips import Emh
from cogportrait.bench.manifest import check_manifest_output, read_manifest, rebased, write_manifest
from cogportrait.bench.splits import Part, parts, split_by_actor, whole
from cogportrait.io.atomic import check_distinct, resolved


def run_bench_split(
    manifest: Path, output: Path, console: Console, *, test: float, seed: int
) -> None:
    """Write the clips of a manifest with a split each, and say what was reached."""
    check_manifest_output(output)
    check_distinct([manifest], [output])
    divided = split_by_actor(read_manifest(manifest), test, seed)
    write_manifest(output, rebased(divided, resolved(output).parent))
    found = parts(divided)
    console.note(*_table(found, whole(divided)))
    console.result(output, _record(divided, found))


def _table(found: Sequence[Part], everything: Part) -> Iterator[str]:
    """Yield what is on the test side, Markdown."""
    yield "| category | test clips | share | test actors |"
    yield "|---|---|---|---|"
    for part in found:
        yield _line("not known" if part.category is None else part.category, part)
    yield _line("all", everything)


def _line(name: str, part: Part) -> str:
    clips, actors = f"{part.test_clips} of {part.clips}", f"{part.test_actors} of {part.actors}"
    return f"| {name} | {clips} | {part.share:.0%} | {actors} |"


def _record(emh: Emh, found: Sequence[Part]) -> dict[str, int | float | dict[str, list[float]]]:
    everything = whole(emh)
    return {
        "clips": everything.clips,
        "test_clips": everything.test_clips,
        "actors": everything.actors,
        "test_actors": everything.test_actors,
        "share": round(everything.share, 4),
        "categories": {
            part.category or "not known": [float(part.test_clips), float(part.clips)]
            for part in found
        },
    }
