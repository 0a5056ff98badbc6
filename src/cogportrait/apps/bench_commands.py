"""The commands of ``cogportrait bench``."""

from pathlib import Path
from typing import Annotated

import typer

from cogportrait.apps import options as opt
from cogportrait.apps.console import Console
from cogportrait.apps.once import Commands
from cogportrait.apps.option_values import folder_named

bench_app = Commands(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Benchmarks: generated faces against real ones.",
)


@bench_app.callback()
def _root() -> None:  # without it a single command would take the group's place
    """Benchmarks: generated faces against real ones."""


@bench_app.command("report")
def bench_report(
    runs: Annotated[
        list[Path],
        typer.Argument(
            metavar="RUN",
            help="Folders of runs; others are compared with the first, clip by clip.",
            show_default=False,
        ),
    ],
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", metavar="DIR", parser=folder_named,
            help="Folder for report.html, report.md, scores.csv and summary.json; without it the "
            "run's own, if there is one.",
            show_default=False,
        ),
    ] = None,
    real: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Real clips by the names of the run, to be shown beside the generated ones.",
            show_default=False,
        ),
    ] = None,
    quiet: opt.Quiet = False,
    as_json: opt.Json = False,
) -> None:  # fmt: skip
    """Set runs side by side, as a page of plots and tables."""
    from cogportrait.apps.bench_reporting import run_report

    run_report(runs, output, Console(quiet, as_json), real=real)
