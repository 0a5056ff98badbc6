"""The commands of ``cogportrait bench``."""

from pathlib import Path
from typing import Annotated

import typer

from cogportrait.apps import options as opt
from cogportrait.apps.console import Console
from cogportrait.apps.once import Commands
from cogportrait.apps.option_values import SEEDS, folder_named, input_named, seed_number

bench_app = Commands(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Benchmarks: generated faces against real ones, and the clips they are made of.",
)
_Manifest = Annotated[
    Path,
    typer.Argument(
        metavar="EMH.jsonl",
        parser=input_named,
        help="Manifest of clips; see docs/emh.md.",
        show_default=False,
    ),
]
_ManifestOut = Annotated[
    Path,
    typer.Option(
        "--output", "-o", metavar="EMH.jsonl", help="Manifest to write.", show_default=False
    ),
]
_Unseen = Annotated[
    bool, typer.Option("--quick", help="Do not look for faces: their size stays unknown.")
]


@bench_app.command("build")
def bench_build(
    folder: Annotated[
        Path,
        typer.Argument(
            metavar="FOLDER",
            parser=input_named,
            help="Folder of videos, with folders in it; one that is called by a label or a word "
            "for one gives its videos their category.",
            show_default=False,
        ),
    ],
    output: _ManifestOut,
    table: Annotated[
        Path | None,
        typer.Option(
            metavar="CLIPS.tsv",
            parser=input_named,
            help="Table of the clips (.tsv, or .csv with commas) with a column file, and labels, "
            "person, speaking, instruction, audio, licence and split if known; its rows count, "
            "and the names of folders do not.",
            show_default=False,
        ),
    ] = None,
    quick: _Unseen = False,
    name: Annotated[
        str,
        typer.Option(
            metavar="TEXT", help="Name of the benchmark; else the file's.", show_default=False
        ),
    ] = "",
    licence: Annotated[
        str,
        typer.Option(
            metavar="TEXT",
            help="Licence of the clips that a table says none of.",
            show_default=False,
        ),
    ] = "",
    quiet: opt.Quiet = False,
    as_json: opt.Json = False,
) -> None:
    """Write a manifest of the clips in a folder, with their lengths, rates, sizes and faces.

    What cannot be read is named and left out, and the exit code is then 1.
    """
    from cogportrait.apps.bench_building import About, run_bench_build

    about = About(name, licence)
    run_bench_build(folder, output, table, about, Console(quiet, as_json), quick=quick)


@bench_app.command("validate")
def bench_validate(
    manifest: _Manifest,
    without_files: Annotated[
        bool,
        typer.Option("--without-files", help="Do not look at the videos and sounds that it names."),
    ] = False,
    quiet: opt.Quiet = False,
    as_json: opt.Json = False,
) -> None:
    """Print everything that is wrong with a manifest, a line each; the exit code is then 1."""
    from cogportrait.apps.bench_validating import run_bench_validate

    run_bench_validate(manifest, Console(quiet, as_json), check_files=not without_files)


@bench_app.command("split")
def bench_split(
    manifest: _Manifest,
    output: _ManifestOut,
    test: Annotated[
        float, typer.Option(metavar="X", help="Share of the clips that is to be tested on.")
    ] = 0.3,
    seed: Annotated[
        int,
        typer.Option(
            metavar="N", help=f"Chooses among equally good splits; {SEEDS}.", parser=seed_number
        ),
    ] = 0,
    quiet: opt.Quiet = False,
    as_json: opt.Json = False,
) -> None:
    """Divide clips into train and test: no actor on both sides, every category alike."""
    from cogportrait.apps.bench_splitting import run_bench_split

    run_bench_split(manifest, output, Console(quiet, as_json), test=test, seed=seed)


@bench_app.command("stats")
def bench_stats(
    manifest: _Manifest,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", metavar="DIR", parser=folder_named, show_default=False,
            help="Folder for statistics.png and statistics.md; without it the table is printed.",
        ),
    ] = None,
    quiet: opt.Quiet = False,
    as_json: opt.Json = False,
) -> None:  # fmt: skip
    """Count videos and actors by category, and draw lengths, sizes of faces and categories."""
    from cogportrait.apps.bench_counting import run_bench_stats

    run_bench_stats(manifest, output, Console(quiet, as_json))


@bench_app.command("hdtf-prepare")
def bench_hdtf_prepare(
    annotations: Annotated[
        Path,
        typer.Argument(
            metavar="ANNOTATIONS",
            parser=input_named,
            help="Folder HDTF_dataset of https://github.com/MRzzm/HDTF.",
            show_default=False,
        ),
    ],
    videos: Annotated[
        Path,
        typer.Argument(
            metavar="VIDEOS",
            parser=input_named,
            help="Folder of the videos, called as in the annotations (Radio1.mp4, RD_Radio1.mkv).",
            show_default=False,
        ),
    ],
    output: Annotated[
        Path,
        typer.Option(
            "--output", "-o", metavar="DIR", parser=folder_named, show_default=False,
            help="Folder for the clips and hdtf.jsonl; clips that are there are left.",
        ),
    ],
    quick: _Unseen = False,
    quiet: opt.Quiet = False,
    as_json: opt.Json = False,
) -> None:  # fmt: skip
    """Cut HDTF's clips out of its videos: 512 x 512 pixels, 25 frames a second, with sound.

    Videos that are missing or corrupt are named and the exit code is then 1; what is there is done.
    """
    from cogportrait.apps.bench_hdtf import run_hdtf_prepare

    run_hdtf_prepare(annotations, videos, output, Console(quiet, as_json), quick=quick)


@bench_app.command("report")
def bench_report(
    runs: Annotated[
        list[Path],
        typer.Argument(
            metavar="RUN",
            parser=input_named,
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
            parser=input_named,
            help="Real clips by the names of the run, to be shown beside the generated ones.",
            show_default=False,
        ),
    ] = None,
    quiet: opt.Quiet = False,
    as_json: opt.Json = False,
) -> None:  # fmt: skip
    """Set runs side by side, as a page of plots and tables."""
    from cogportrait.apps.bench_reporting import run_report
    from cogportrait.bench.report_clips import Originals

    run_report(runs, output, Console(quiet, as_json), films=Originals(real))
