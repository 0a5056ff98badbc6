"""The commands of ``cogportrait report``."""

from pathlib import Path
from typing import Annotated

import typer

from cogportrait.apps import options as opt
from cogportrait.apps.console import Console
from cogportrait.apps.once import Commands
from cogportrait.apps.option_values import folder_named

report_app = Commands(
    no_args_is_help=True,
    rich_markup_mode=None,
)


@report_app.callback()
def _root() -> None:  # without it a single command would take the group's place
    """Set what comes out beside what is known."""


@report_app.command("realism")
def report_realism(
    output: Annotated[
        Path,
        typer.Option(
            "--output", "-o", metavar="DIR|FILE.html", parser=folder_named,
            help="Page to write; a .json goes beside it.",
        ),
    ] = Path("realism.html"),
    seconds: Annotated[
        float, typer.Option(metavar="S", help="Length of each recording, 20 to 600.")
    ] = 600.0,
    labels: Annotated[
        str | None,
        typer.Option(
            metavar="A,B,...", help="Labels, separated by commas; all without it.",
            show_default=False,
        ),
    ] = None,
    seed: opt.Seed = 0,
    clips: Annotated[
        Path | None,
        typer.Option(
            metavar="CLIPS.tsv",
            help="Table of clips with columns file, use, person, labels, to be measured and shown "
            "beside; rows with use = numbers count.",
            show_default=False,
        ),
    ] = None,
    quiet: opt.Quiet = False,
    as_json: opt.Json = False,
) -> None:  # fmt: skip
    """Play every label, measure what it does, and set it beside the priors, as a page of plots."""
    from cogportrait.apps.realism import Wanted, run_realism, wanted_labels

    wanted = Wanted(wanted_labels(labels), seconds, seed, clips)
    run_realism(wanted, output, Console(quiet, as_json))
