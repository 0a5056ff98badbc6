"""The commands of ``cogportrait bench`` that draw and score."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cogportrait.apps import options as opt
from cogportrait.apps.bench_commands import bench_app
from cogportrait.apps.console import Console
from cogportrait.apps.option_values import CLIPS_SEED, folder_named, input_named
from cogportrait.bench.au_names import AuSource

if TYPE_CHECKING:
    from cogportrait.metrics.standard.measure import MeasureName


class ModeOption(StrEnum):
    """Where what is drawn comes from."""

    GT = "gt"
    INVERTED = "inverted"
    PROSE = "inverted-prose"
    LABEL = "label"


class BenchRenderer(StrEnum):
    """What draws; still and naive are there to be beaten."""

    WARP = "warp"
    DIT = "dit"
    STILL = "still"
    NAIVE = "naive"


class FramesOption(StrEnum):
    """Measures of every frame."""

    FID = "fid"
    FVD = "fvd"
    SYNC_C = "sync-c"
    DSL_FIQA = "dsl-fiqa"


class SplitOption(StrEnum):
    """A side of a split."""

    TRAIN = "train"
    TEST = "test"


_Data = Annotated[
    Path,
    typer.Option(
        "--data", metavar="EMH.jsonl", parser=input_named,
        help="Manifest of clips: `bench build` writes one of a folder.", show_default=False,
    ),
]  # fmt: skip
_Cut = Annotated[
    Path,
    typer.Option(
        "--data", metavar="HDTF.jsonl", parser=input_named,
        help="Manifest of HDTF's clips: `bench hdtf-prepare` writes one. Of another one the report "
        "says so.",
        show_default=False,
    ),
]  # fmt: skip
_Folder = Annotated[
    Path,
    typer.Option(
        "--output", "-o", metavar="DIR", parser=folder_named,
        help="Folder of the run. The same command goes on where it was ended.",
        show_default=False,
    ),
]  # fmt: skip
_Mode = Annotated[
    ModeOption,
    typer.Option(
        help="gt: the real face's controls; inverted: these told point by point and planned anew, "
        "as neutral where no category is known; inverted-prose: told in everyday words; label: the "
        "category and the sound alone."
    ),
]
_Planned = Annotated[
    ModeOption,
    typer.Option(
        metavar="<inverted|inverted-prose|label>",  # gt has no Stage 1, and is refused
        help="inverted: the real face's controls told point by point and planned anew; "
        "inverted-prose: told in everyday words; label: the category and the sound alone.",
    ),
]
_Renderer = Annotated[
    BenchRenderer,
    typer.Option(help="What draws; still and naive are baselines."),
]
_Jobs = Annotated[
    int, typer.Option(min=1, max=64, metavar="N", help="Clips that are worked on at once.")
]
_Refine = Annotated[
    int,
    typer.Option(
        min=0, max=8, metavar="N",
        help="Times that the real face's controls are corrected by what their drawing is "
        "measured as; in label mode there are none, and it is ignored.",
    ),
]  # fmt: skip
_Measures = Annotated[
    list[FramesOption] | None,
    typer.Option(
        "--measure", help="Also a measure that looks at every frame; may be repeated.",
        show_default=False,
    ),
]  # fmt: skip
_Weights = Annotated[
    Path | None,
    typer.Option(
        metavar="DIR", parser=folder_named,
        help="Folder of weights for standard measures, under their published names "
        "(docs/metrics.md).",
        show_default=False,
    ),
]  # fmt: skip
_Split = Annotated[
    SplitOption | None,
    typer.Option(help="Clips of this side of the split alone.", show_default=False),
]


def _run(
    protocol: str,
    data: Path,
    output: Path,
    mode: ModeOption,
    renderer: BenchRenderer,
    *,
    jobs: int,
    refine: int,
    split: SplitOption | None,
    seed: int,
    measures: list[FramesOption] | None,
    weights: Path | None,
    console: Console,
) -> None:
    from cogportrait.apps.bench_running import Wanted, run_clips
    from cogportrait.bench.pictures import Weights
    from cogportrait.bench.reenact import Mode

    side = None if split is None else split.value
    wanted = Wanted(
        Mode(mode.value), renderer.value, seed, refine, None, side, jobs, Weights(weights),
        _names(measures),
    )  # fmt: skip
    run_clips(protocol, data, output, wanted, console)


def _names(measures: list[FramesOption] | None) -> "tuple[MeasureName, ...]":
    from cogportrait.bench.pictures import KEYS

    asked = {option.value.replace("-", "_") for option in measures or ()}
    return tuple(name for name, key in KEYS.items() if key in asked)


@bench_app.command("emh")
def bench_emh(
    data: _Data,
    output: _Folder,
    mode: _Mode = ModeOption.GT,
    renderer: _Renderer = BenchRenderer.WARP,
    jobs: _Jobs = 1,
    refine: _Refine = 3,
    split: _Split = None,
    seed: opt.Seed = 0,
    measure: _Measures = None,
    weights: _Weights = None,
    quiet: opt.Quiet = False,
    as_json: opt.Json = False,
) -> None:
    """Draw every clip again from its calmest frame, score it against the real one, and report.

    A clip that cannot be scored is named in the report, and the exit code is then 1.
    """
    _run(
        "emh", data, output, mode, renderer, jobs=jobs, refine=refine, split=split, seed=seed,
        measures=measure, weights=weights, console=Console(quiet, as_json),
    )  # fmt: skip


@bench_app.command("hdtf")
def bench_hdtf(
    data: _Cut,
    output: _Folder,
    mode: _Mode = ModeOption.GT,
    renderer: _Renderer = BenchRenderer.WARP,
    jobs: _Jobs = 1,
    refine: _Refine = 3,
    seed: opt.Seed = 0,
    measure: _Measures = None,
    weights: _Weights = None,
    quiet: opt.Quiet = False,
    as_json: opt.Json = False,
) -> None:
    """Do the same with clips that `bench hdtf-prepare` has cut, beside the paper's HDTF table."""
    _run(
        "hdtf", data, output, mode, renderer, jobs=jobs, refine=refine, split=None, seed=seed,
        measures=measure, weights=weights, console=Console(quiet, as_json),
    )  # fmt: skip


@bench_app.command("score")
def bench_score(
    real: Annotated[
        Path,
        typer.Option(
            metavar="PATH", parser=input_named, help="A folder of real clips, or one clip.",
            show_default=False,
        ),
    ],
    generated: Annotated[
        Path,
        typer.Option(
            metavar="PATH", parser=input_named,
            help="Generated clips of the same names, or one clip; of any method.",
            show_default=False,
        ),
    ],
    output: _Folder,
    portraits: Annotated[
        Path | None,
        typer.Option(
            metavar="PATH", parser=input_named,
            help="Pictures of the same names that they were made from, or one: the neutral faces. "
            "Without them the calmest frames of the real clips are.",
            show_default=False,
        ),
    ] = None,
    au: Annotated[
        AuSource,
        typer.Option(
            help="Where action units are from: our own reading; or tables of OpenFace or Py-Feat "
            "beside the videos (NAME.csv). Gaze, head and landmarks are always our own reading.",
        ),
    ] = AuSource.MEDIAPIPE,
    jobs: _Jobs = 1,
    measure: _Measures = None,
    weights: _Weights = None,
    quiet: opt.Quiet = False,
    as_json: opt.Json = False,
) -> None:  # fmt: skip
    """Score anybody's videos against the real ones."""
    from cogportrait.apps.bench_running import Given, run_score
    from cogportrait.bench.pictures import Weights

    given = Given(real, generated, portraits, jobs, Weights(weights), _names(measure), au)
    run_score(given, output, Console(quiet, as_json))


@bench_app.command("ablate")
def bench_ablate(
    data: _Data,
    output: _Folder,
    mode: _Planned = ModeOption.LABEL,
    renderer: _Renderer = BenchRenderer.WARP,
    jobs: _Jobs = 1,
    refine: _Refine = 3,
    split: _Split = None,
    seed: opt.Seed = 0,
    quiet: opt.Quiet = False,
    as_json: opt.Json = False,
) -> None:
    """Draw clips with all of Stage 1, then without one part after the other, and compare.

    From labels, as the paper does, or from what is told of the real clips.
    """
    from cogportrait.apps.bench_running import Wanted, run_ablate
    from cogportrait.bench.reenact import Mode

    side = None if split is None else split.value
    wanted = Wanted(Mode(mode.value), renderer.value, seed, refine, None, side, jobs)
    run_ablate(data, output, wanted, Console(quiet, as_json))


@bench_app.command("validity")
def bench_validity(
    data: _Data,
    output: Annotated[
        Path,
        typer.Option(
            "--output", "-o", metavar="DIR", parser=folder_named,
            help="Folder for validity.md, validity.json and validity.png.", show_default=False,
        ),
    ],
    clips: Annotated[
        int | None,
        typer.Option(
            min=2, metavar="N", help="At most so many clips, by chance; else all.",
            show_default=False,
        ),
    ] = None,
    seconds: Annotated[
        float,
        typer.Option(min=2, max=60, metavar="S", help="Seconds of each, from its beginning."),
    ] = 6.0,
    seed: Annotated[int, CLIPS_SEED] = 0,
    quiet: opt.Quiet = False,
    as_json: opt.Json = False,
) -> None:  # fmt: skip
    """Try the ruler: score clips against themselves, perturbed in ways that ought to show or not.

    Delays, strength, dropped blinks, sides, order and another clip ought to make scores fall;
    resolution, compression, light and blur ought not to. docs/validity.md has what came of it.
    """
    from cogportrait.apps.bench_validity import Tried, run_bench_validity

    run_bench_validity(data, output, Tried(clips, seconds, seed), Console(quiet, as_json))
