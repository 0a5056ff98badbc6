"""``cogportrait bench report``: runs side by side, as a page of plots."""

from collections.abc import Sequence
from pathlib import Path

from cogportrait.apps.console import Console
from cogportrait.bench.report import MOST_RUNS, NAMES, report_files
from cogportrait.bench.report_clips import Originals
from cogportrait.bench.report_known import is_ours
from cogportrait.bench.run_folder import PARTS
from cogportrait.bench.store import Run, read_run
from cogportrait.errors import InputError, OutputError
from cogportrait.io.atomic import check_makeable, check_output_folder, resolved, write_files


def run_report(
    folders: Sequence[Path],
    output: Path | None,
    console: Console,
    *,
    films: Originals | None = None,
) -> None:
    """Read the runs, draw and write the report, and say where it is.

    Without `output` the report of a single run goes into the run's own folder.

    Raises
    ------
    InputError
        The runs cannot be read; or, when all is written, curves are left out that are damaged.
    OutputError
        The report cannot be written.
    """
    if len(folders) > MOST_RUNS:
        raise InputError(f"runs: expected at most {MOST_RUNS} side by side, got {len(folders)}")
    if output is None:
        if len(folders) > 1:
            raise OutputError("runs: several have no folder in common; give one with -o")
        output = folders[0]
    real = films.real if films is not None else None
    if isinstance(real, Path) and not real.is_dir():
        raise InputError(f"{real}: expected a folder of real clips, got none; check the path")
    runs = {name: read_run(folder) for name, folder in named(folders).items()}
    folder = check_report_folder(output, folders)
    check_makeable(folder)
    with console.progress("drawing", None) as advance:
        summary, contents = report_files(runs, films=films, advance=advance)
    write_files(folder, contents)
    console.warn(*summary.cautions)
    console.result(output / NAMES[0], _told(runs, output))
    if summary.damaged:
        n = len(summary.damaged)
        more = f" and {n - 3} more" if n > 3 else ""
        raise InputError(
            f"{output / NAMES[0]}: is written without {n} file{'s' * (n != 1)} of curves that "
            f"cannot be read: {', '.join(summary.damaged[:3])}{more}"
        )


def named(folders: Sequence[Path]) -> dict[str, Path]:
    """Return folders by a name of each: its own, with as many above as tell them apart.

    Raises
    ------
    InputError
        One is given twice.
    """
    paths = [resolved(folder) for folder in folders]
    for i, path in enumerate(paths):
        if path in paths[:i]:
            raise InputError(f"{folders[i]}: is given twice; leave one out")
    parts = 1
    while len({path.parts[-parts:] for path in paths}) < len(paths):
        parts += 1
    names = ["/".join(path.parts[-parts:]) for path in paths]
    return dict(zip(names, folders, strict=True))


def check_report_folder(output: Path, folders: Sequence[Path]) -> Path:
    """Return the resolved folder if the report of some runs can be written there.

    Nothing is made.

    Raises
    ------
    OutputError
        Something is in the way that is no earlier report, or the folder is another run's.
    """
    folder = check_output_folder(output, *NAMES)
    for name in NAMES:
        file = folder / name
        if file.exists() and not is_ours(file):
            raise OutputError(
                f"{file}: is there and is of no earlier report: name another folder, or move it"
            )
    if folder.name in PARTS and (folder.parent / "run.json").exists():
        raise OutputError(
            f"{output}: is where the run {output.parent} keeps its results; name another folder"
        )
    if (folder / "run.json").exists() and folder not in map(resolved, folders):
        raise OutputError(
            f"{output}: holds another run, whose report is there; name another folder"
        )
    return folder


def _told(runs: dict[str, Run], output: Path) -> dict[str, float | str | list[str]]:
    rows = [row for run in runs.values() for row in run.rows]
    return {
        "runs": [*runs],
        "clips": sum(not row.error for row in rows),
        "failed": sum(bool(row.error) for row in rows),
        "errors": [f"{row.name}: {row.error}" for row in rows if row.error],
        "summary": str(output / NAMES[-1]),
    }
