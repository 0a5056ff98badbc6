"""The command line. Each command reads its options, calls the library, says where the result is.

Heavy libraries are imported by the command that needs them, so that ``--help`` is quick.
"""

import signal
from datetime import date
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import typer

from cogportrait.apps import options as opt
from cogportrait.apps.bench_run_commands import bench_app
from cogportrait.apps.console import INTERRUPTED, Console, OneLineErrors, say
from cogportrait.apps.library_commands import library_app
from cogportrait.apps.once import Commands
from cogportrait.apps.option_values import either, folder_named
from cogportrait.apps.reporting import report_app
from cogportrait.apps.train_commands import add_training
from cogportrait.ending import end_with
from cogportrait.version import __version__

if TYPE_CHECKING:
    from cogportrait.agents.reasoning import Reasoning
    from cogportrait.apps.drawing_options import DrawnBy

ENDING = (signal.SIGTERM, signal.SIGHUP)

app = Commands(
    cls=OneLineErrors,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["--help", "-h"]},
    help="Portraits whose eyes mean something: give a face and a word, get a video.",
)
rig_app = Commands(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="The rig: how the landmarks of a face follow its muscles.",
)
app.add_typer(rig_app, name="rig")
app.add_typer(library_app, name="library")
app.add_typer(report_app, name="report")
app.add_typer(bench_app, name="bench")


def main() -> None:
    """Run the command line; SIGTERM and SIGHUP end it as Ctrl-C does, with one line.

    Whoever presses Ctrl-C again while files are put away waits that moment.
    """
    command = typer.main.get_command(app)
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _interrupt)
    for number in ENDING:
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _leave)
    try:
        command(prog_name="cogportrait")
    except SystemExit as ended:
        if ended.code in [128 + number for number in ENDING]:
            typer.echo(INTERRUPTED, err=True)
        raise


def _interrupt(_signum: int, _frame: FrameType | None) -> None:
    _hear_no_more()
    end_with(KeyboardInterrupt())


def _hear_no_more() -> None:
    for number in (signal.SIGINT, *ENDING):
        signal.signal(number, signal.SIG_IGN)


def _leave(signum: int, _frame: FrameType | None) -> None:
    _hear_no_more()
    # As in io.atomic.terminate_as_exception, which would bring PyAV and more into ``--help``.
    end_with(SystemExit(128 + signum))


def _version(wanted: bool) -> None:
    if wanted:
        say(__version__)
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    """Portraits whose eyes mean something: give a face and a word, get a video."""


@app.command()
@opt.takes_request
@opt.takes_reasoning
@opt.takes_drawing
def animate(
    portrait: opt.PortraitArgument,
    output: opt.Output,
    request: "opt.MakeRequest",
    reasoning: "Reasoning",
    renderer: "DrawnBy",
    ablate: opt.Ablate = None,
    face: opt.Face = None,
    controls_out: opt.ControlsOut = None,
    trace: opt.Trace = None,
    sheet: opt.Sheet = None,
    plot: opt.Plot = None,
    manifest: opt.Manifest = None,
    quiet: opt.Quiet = False,
    as_json: opt.Json = False,
) -> None:
    """Give a portrait a state of mind and write the video."""
    from cogportrait.apps.runs import Drawing, SideFiles, run_animate

    files = SideFiles(controls_out, trace, sheet, plot, manifest)
    drawing = Drawing(renderer, files, Console(quiet, as_json))
    asked = request(reasoning, opt.ablation(ablate))
    run_animate(portrait, asked, output, drawing, face=face)


@app.command()
@opt.takes_request
@opt.takes_reasoning
def plan(
    output: opt.ControlsOutput,
    request: "opt.MakeRequest",
    reasoning: "Reasoning",
    ablate: opt.Ablate = None,
    portrait: Annotated[
        Path | None,
        typer.Option(help="Check that this portrait can show it.", show_default=False),
    ] = None,
    face: opt.Face = None,
    trace: opt.Trace = None,
    plot: opt.Plot = None,
    manifest: opt.Manifest = None,
    quiet: opt.Quiet = False,
    as_json: opt.Json = False,
) -> None:
    """Write the control curves alone: what a face would do, whoever's it is."""
    from cogportrait.apps.runs import Face, SideFiles, run_plan

    if face is not None and portrait is None:
        raise typer.BadParameter("--face says which face of a portrait; give --portrait")
    files = SideFiles(controls=output, trace=trace, plot=plot, manifest=manifest)
    asked = request(reasoning, opt.ablation(ablate))
    run_plan(asked, files, Face(portrait, face), Console(quiet, as_json))


@app.command()
@opt.takes_drawing
def render(
    portrait: opt.PortraitArgument,
    controls: Annotated[
        Path,
        typer.Argument(
            metavar="C.json",
            help="Controls file; deviations from the portrait as photographed.",
            show_default=False,
        ),
    ],
    output: opt.Output,
    renderer: "DrawnBy",
    audio: opt.SoundTrack = None,
    seed: opt.DrawingSeed = 0,
    face: opt.Face = None,
    neutralize: opt.Neutralize = False,
    as_photographed: opt.AsPhotographed = False,
    sheet: opt.Sheet = None,
    manifest: opt.Manifest = None,
    quiet: opt.Quiet = False,
    as_json: opt.Json = False,
) -> None:
    """Draw control curves on a portrait."""
    from cogportrait.apps.runs import Drawing, SideFiles, run_render
    from cogportrait.request import Setting

    calm = either("--neutralize", neutralize, "--as-photographed", as_photographed)
    files = SideFiles(sheet=sheet, manifest=manifest)
    run_render(
        portrait,
        controls,
        output,
        Drawing(renderer, files, Console(quiet, as_json)),
        Setting(face=face, neutralize=float(bool(calm)), audio=audio, seed=seed),
    )


@app.command()
def track(
    media: Annotated[
        Path,
        typer.Argument(metavar="MEDIA", help="A picture or a video.", show_default=False),
    ],
    output: Annotated[
        Path,
        typer.Option("--output", "-o", metavar="T.npz", help="Track to write.", show_default=False),
    ],
    face: opt.Face = None,
    quiet: opt.Quiet = False,
    as_json: opt.Json = False,
) -> None:
    """Follow the face in a picture or video and write its landmarks."""
    from cogportrait.apps.tracks import run_track

    run_track(media, output, face=face, console=Console(quiet, as_json))


@app.command()
def measure(
    video: Annotated[
        Path,
        typer.Argument(metavar="VIDEO", help="A video with a face in it.", show_default=False),
    ],
    output: opt.ControlsOutput,
    face: opt.Face = None,
    neutral: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Picture or video of the same person at rest; without it the calmest frames are.",
            show_default=False,
        ),
    ] = None,
    csv: Annotated[
        Path | None,
        typer.Option(metavar="F.csv", help="Write an OpenFace-2-style table.", show_default=False),
    ] = None,
    plot: opt.Plot = None,
    quiet: opt.Quiet = False,
    as_json: opt.Json = False,
) -> None:
    """Read the controls off a face in a video: the inverse of render."""
    from cogportrait.apps.measuring import Wanted, run_measure

    wanted = Wanted(output, csv, plot)
    run_measure(video, wanted, Console(quiet, as_json), face=face, neutral=neutral)


@app.command("export")
def export_controls(
    controls: opt.ControlsArgument,
    to: Annotated[
        opt.ExchangeFormat,
        typer.Option(help="What to write; see docs/files.md.", show_default=False),
    ],
    output: opt.ExchangeOutput,
    quiet: opt.Quiet = False,
    as_json: opt.Json = False,
) -> None:
    """Write control curves as Live Link Face, OpenFace, ARKit or FACS files."""
    from cogportrait.apps.exchange import run_export

    run_export(controls, to, output, Console(quiet, as_json))


@app.command("import")
def import_controls(
    recording: Annotated[
        Path,
        typer.Argument(metavar="F", help="File of another program.", show_default=False),
    ],
    from_: Annotated[
        opt.ExchangeFormat,
        typer.Option("--from", help="What it is; see docs/files.md.", show_default=False),
    ],
    output: opt.ControlsOutput,
    fps: Annotated[
        float | None,
        typer.Option(
            metavar="F",
            help="Frames a second, where the file's own times are wrong.",
            show_default=False,
        ),
    ] = None,
    quiet: opt.Quiet = False,
    as_json: opt.Json = False,
) -> None:
    """Read control curves from such files: the inverse of export."""
    from cogportrait.apps.exchange import run_import

    run_import(recording, from_, output, Console(quiet, as_json), fps=fps)


@app.command("describe")
def describe_controls(
    controls: opt.ControlsArgument,
    notation: Annotated[
        bool,
        typer.Option(
            "--notation",
            help="Say everything point by point, in FACS notation; plan reads it almost without "
            "loss.",
        ),
    ] = False,
    quiet: opt.Quiet = False,
    as_json: opt.Json = False,
) -> None:
    """Say in words what control curves do, and guess their label: the inverse of plan."""
    from cogportrait.apps.describing import print_description

    print_description(controls, Console(quiet, as_json), notation=notation)


@app.command()
def labels(as_json: opt.Json = False) -> None:
    """List the labels, what they look like, and the everyday words for them."""
    from cogportrait.apps.listing import print_labels

    print_labels(as_json=as_json)


@app.command()
def demo(
    output: Annotated[
        Path,
        typer.Option(
            "--output",
            "-o",
            metavar="DIR",
            parser=folder_named,
            help="Folder for the results, in one that is there.",
        ),
    ] = Path("cogportrait-demo"),
    seed: opt.Seed = 0,
    quiet: opt.Quiet = False,
    as_json: opt.Json = False,
) -> None:
    """Animate the NASA portrait for three labels: videos, contact sheets, plots."""
    from cogportrait.apps.demo import run_demo

    run_demo(output, seed=seed, console=Console(quiet, as_json))


add_training(app)


@rig_app.command("fit")
def rig_fit(
    clips: Annotated[
        Path,
        typer.Argument(
            metavar="CLIPS.tsv",
            help="Table of clips with columns file, use, person; rows with use = numbers count, "
            "three at least.",
            show_default=False,
        ),
    ],
    output: Annotated[
        Path,
        typer.Option(
            "--output",
            "-o",
            metavar="DIR",
            parser=folder_named,
            help="Folder for rig.npz and its card.",
        ),
    ],
    day: Annotated[
        str | None,
        typer.Option("--date", help="Date for the card; today without it.", show_default=False),
    ] = None,
    quiet: opt.Quiet = False,
) -> None:
    """Learn from clips how the landmarks of a face follow its muscles."""
    from cogportrait.apps.tracks import run_rig_fit

    run_rig_fit(
        clips, output, day=date.today().isoformat() if day is None else day, console=Console(quiet)
    )


if __name__ == "__main__":
    main()
