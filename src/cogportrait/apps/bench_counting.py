"""``cogportrait bench stats``: what a benchmark is made of, as a table and as a figure."""

from pathlib import Path

from cogportrait.apps.console import Console, JsonValue, say
from cogportrait.apps.earlier import check_earlier
from cogportrait.bench.manifest import read_manifest
from cogportrait.bench.statistics import TABLE_HEAD, Statistics, statistics_of, table_lines
from cogportrait.errors import InputError
from cogportrait.io.atomic import check_distinct, check_output_folder, write_files
from cogportrait.io.documents import read_text

FILES = ("statistics.png", "statistics.md")
_MOST_READ = 2**20  # bytes of a file that may be an earlier table


def run_bench_stats(manifest: Path, output: Path | None, console: Console) -> None:
    """Print the table of categories; with a folder, write it and the figure there."""
    if output is not None:
        check_output_folder(output, *FILES)
        check_earlier(output, FILES, lambda: _read_table(output / FILES[1]), "statistics")
        check_distinct([manifest], [output / name for name in FILES])
    found = statistics_of(read_manifest(manifest))
    table = list(table_lines(found))
    if output is not None:
        from cogportrait.bench.statistics_figure import statistics_png

        text = "\n".join(table) + "\n"
        contents = (statistics_png(found), text.encode("utf-8", "backslashreplace"))
        write_files(output, dict(zip(FILES, contents, strict=True)))
        console.note(*table)
    if output is not None or console.as_json:
        console.result(manifest if output is None else output, _record(found))
    else:
        say("\n".join(table))


def _read_table(file: Path) -> None:
    """Raise :class:`InputError` unless a file begins as every table of categories does."""
    text = read_text(file, "a table of statistics", _MOST_READ, InputError)
    if not text.startswith("\n".join(TABLE_HEAD)):
        raise InputError(f"{file}: expected a table of statistics, got something else")


def _record(found: Statistics) -> dict[str, JsonValue]:
    return {
        "clips": found.total.clips,
        "actors": found.total.actors,
        "seconds": round(found.total.seconds, 2),
        "videos": {row.category or "not known": row.clips for row in found.rows},
        "actors_by_category": {row.category or "not known": row.actors for row in found.rows},
        "lengths": {bucket.name: bucket.clips for bucket in found.lengths},
        "faces_px": {bucket.name: bucket.clips for bucket in found.faces},
        "faces_unmeasured": found.unmeasured,
        "frontal": None if found.frontal != found.frontal else round(found.frontal, 3),
    }
