"""The commands of ``cogportrait library``."""

from pathlib import Path
from typing import Annotated

import typer

from cogportrait.apps import options as opt
from cogportrait.apps.console import Console
from cogportrait.apps.once import Commands
from cogportrait.apps.option_values import folder_named, library_named

library_app = Commands(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Libraries of recorded movements: prototypes.",
)
_SHIPPED = Path("shipped")  # behavior.library.files.SHIPPED, which would bring NumPy into --help
_Library = Annotated[
    Path,
    typer.Argument(
        metavar="LIBRARY",
        parser=library_named,
        help="Folder or library.parquet of a library; shipped: the one in the package.",
        show_default=False,
    ),
]
_Folder = Annotated[
    Path,
    typer.Option(
        "--output", "-o", metavar="DIR", parser=folder_named,
        help="Folder for library.parquet.", show_default=False,
    ),
]  # fmt: skip


@library_app.command("build")
def library_build(
    output: _Folder,
    clips: Annotated[
        Path | None,
        typer.Argument(
            metavar="CLIPS.tsv",
            help="Table of clips with columns file, use, person, and labels, speaking and licence "
            "if known; rows with use = numbers count, one is enough. It may be left out with "
            "--recordings.",
            show_default=False,
        ),
    ] = None,
    recordings: Annotated[
        Path | None,
        typer.Option(
            metavar="R.tsv",
            help="Table of recordings without pixels with columns file and licence, and person, "
            "labels, speaking and rate_hz if known: Live Link Face, OpenFace, eye trackers.",
            show_default=False,
        ),
    ] = None,
    quiet: opt.Quiet = False,
    as_json: opt.Json = False,
) -> None:
    """Cut clips, recordings without pixels, or both into prototypes."""
    if clips is None and recordings is None:
        raise typer.BadParameter("give a table of clips, --recordings, or both")
    from cogportrait.apps.libraries import run_library_build

    run_library_build(clips, recordings, output, Console(quiet, as_json))


@library_app.command("stats")
def library_stats(library: _Library = _SHIPPED, as_json: opt.Json = False) -> None:
    """Count the prototypes by kind and label, of the shipped library if none is named."""
    from cogportrait.apps.libraries import run_library_stats

    run_library_stats(library, Console(as_json=as_json))


@library_app.command("show")
def library_show(
    library: _Library,
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME",
            help="Of a prototype, or a kind, as `stats` lists them.",
            show_default=False,
        ),
    ],
    as_json: opt.Json = False,
) -> None:
    """Print a prototype, or a line for each of one kind.

    Of a prototype all that is known, and its curves; of a kind names, seconds, amplitudes, sides,
    directions and people.
    """
    from cogportrait.apps.libraries import run_library_show

    run_library_show(library, name, Console(as_json=as_json))


@library_app.command("merge")
def library_merge(
    libraries: Annotated[
        list[Path],
        typer.Argument(
            metavar="LIBRARY",
            parser=library_named,
            help="Folders or files library.parquet of libraries, shipped for the one in the "
            "package; one is enough.",
            show_default=False,
        ),
    ],
    output: _Folder,
    without: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PERSON",
            help="Leave a person out, as one who no longer agrees; may be given several times.",
            show_default=False,
        ),
    ] = None,
    quiet: opt.Quiet = False,
    as_json: opt.Json = False,
) -> None:
    """Merge libraries, or leave somebody out; what they share is kept once.

    Of two movements of one name the later gets another name. The output is none of the inputs.
    """
    from cogportrait.apps.libraries import run_library_merge

    run_library_merge(libraries, output, Console(quiet, as_json), without=without or ())
