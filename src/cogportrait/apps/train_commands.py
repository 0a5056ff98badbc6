"""The commands that make footage, and train on it."""

from pathlib import Path
from typing import Annotated

import typer

from cogportrait.apps import options as opt
from cogportrait.apps.console import Console
from cogportrait.apps.once import Commands
from cogportrait.apps.option_values import FIT_SEED, SCENE_SEED, folder_named, input_named

_Footage = Annotated[
    Path,
    typer.Argument(
        metavar="FOOTAGE", parser=input_named, help="Folder of footage.", show_default=False
    ),
]


def add_training(app: Commands) -> None:
    """Add the commands to the program."""
    app.command()(footage)
    app.command()(codec)
    app.command()(train)
    app.command()(refine)


def footage(
    output: Annotated[
        Path,
        typer.Option(
            "--output", "-o", metavar="FOOTAGE", parser=folder_named,
            help="Folder for a file a clip; what is there already is kept.", show_default=False,
        ),
    ],
    clips: Annotated[
        Path | None,
        typer.Argument(
            metavar="CLIPS.tsv", parser=input_named,
            help="Table of clips with columns file, use, person; rows with use = numbers count.",
            show_default=False,
        ),
    ] = None,
    portraits: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", parser=input_named,
            help="Folder of pictures that the warp renderer moves.", show_default=False,
        ),
    ] = None,
    each: Annotated[
        int, typer.Option(min=1, max=1000, metavar="N", help="Scenes of a picture.")
    ] = 6,
    mixed: Annotated[
        int,
        typer.Option(min=0, max=100_000, metavar="N", help="Scenes of faces between two pictures."),
    ] = 0,
    looks: Annotated[
        int,
        typer.Option(
            min=0, max=1000, metavar="N", help="Versions of a clip in another light and shape."
        ),
    ] = 0,
    speech: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", parser=input_named,
            help="Folder of sounds that every third of them speaks.", show_default=False,
        ),
    ] = None,
    size: Annotated[int, typer.Option(metavar="PX", help="Side of the square view.")] = 128,
    seed: Annotated[int, SCENE_SEED] = 0,
    quiet: opt.Quiet = False,
    as_json: opt.Json = False,
) -> None:  # fmt: skip
    """Cut faces from clips, with keypoints, sound and words, for training."""
    from cogportrait.apps.training import Drawn, run_footage

    drawn = Drawn(portraits, each, mixed, speech, seed)
    run_footage(clips, looks, drawn, output, size, Console(quiet, as_json))


def codec(
    held: _Footage,
    output: Annotated[
        Path,
        typer.Option(
            "--output", "-o", metavar="DIR", parser=folder_named, help="New folder for the codec.",
            show_default=False,
        ),
    ],
    steps: Annotated[
        int, typer.Option(metavar="N", help="Steps; 0 is principal components alone.")
    ] = 4000,
    held_out: Annotated[
        list[str] | None,
        typer.Option(
            "--held-out", metavar="PERSON", help="Who is not learnt but measured; may be repeated.",
            show_default=False,
        ),
    ] = None,
    seed: Annotated[int, FIT_SEED] = 0,
    quiet: opt.Quiet = False,
    as_json: opt.Json = False,
) -> None:  # fmt: skip
    """Fit the small codec, pixels to latents, to footage."""
    from cogportrait.apps.training import Fitting, run_codec

    fitting = Fitting(steps, tuple(held_out or ()), seed)
    run_codec(held, output, fitting, Console(quiet, as_json))


def train(
    config: Annotated[
        Path,
        typer.Option(
            metavar="R.toml", parser=input_named,
            help="Recipe, such as recipes/tiny.toml; see docs/diffusion.md.",
            show_default=False,
        ),
    ],
    output: Annotated[
        Path,
        typer.Option(
            "--output", "-o", metavar="RUN", parser=folder_named,
            help="Folder of the run; an unfinished one of the same recipe is gone on with.",
            show_default=False,
        ),
    ],
    seconds: Annotated[
        float | None,
        typer.Option(
            metavar="S", min=1, help="Stop after so long, as if it were ended.", show_default=False
        ),
    ] = None,
    quiet: opt.Quiet = False,
    as_json: opt.Json = False,
) -> None:  # fmt: skip
    """Train the diffusion transformer; run with accelerate launch for several processes."""
    from cogportrait.apps.training import run_train

    run_train(config, output, seconds, Console(quiet, as_json))


def refine(
    config: Annotated[
        Path,
        typer.Option(
            metavar="R.toml", parser=input_named,
            help="Recipe, such as recipes/kto.toml; see docs/diffusion.md.",
            show_default=False,
        ),
    ],
    output: Annotated[
        Path,
        typer.Option(
            "--output", "-o", metavar="RUN", parser=folder_named,
            help="Folder of the run; an unfinished one of the same recipe is gone on with.",
            show_default=False,
        ),
    ],
    draw_only: Annotated[
        bool,
        typer.Option(
            "--draw-only", help="Draw and judge samples, and stop: a person may fill judged.csv."
        ),
    ] = False,
    quiet: opt.Quiet = False,
    as_json: opt.Json = False,
) -> None:  # fmt: skip
    """Refine a checkpoint on boundary cases: draw, judge, learn from good and bad (KTO)."""
    from cogportrait.apps.refining import run_refine

    run_refine(config, output, Console(quiet, as_json), draw_only=draw_only)
