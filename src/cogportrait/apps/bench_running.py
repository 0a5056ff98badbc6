"""``cogportrait bench emh | hdtf | score | ablate``: clips drawn again and scored, and a report."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from pathlib import Path
from typing import Final

from cogportrait.agents.ablation_names import Ablation
from cogportrait.apps.bench_reporting import check_report_folder, run_report
from cogportrait.apps.bench_validating import warn_of_headers
from cogportrait.apps.console import Console
from cogportrait.bench.au_names import AuSource
from cogportrait.bench.au_tables import table_of
from cogportrait.bench.baselines import NaiveWarpRenderer, StillRenderer
from cogportrait.bench.clips import Emh, EmhClip
from cogportrait.bench.hdtf import SOURCE
from cogportrait.bench.manifest import read_manifest
from cogportrait.bench.pairs import Pair, deeper, pair_up
from cogportrait.bench.pictures import Weights, opened
from cogportrait.bench.reenact import How, Mode, Reenactment, check_label
from cogportrait.bench.remarks import OTHERWISE, write_remarks
from cogportrait.bench.report_clips import Originals
from cogportrait.bench.rows import ClipRow, Stamp
from cogportrait.bench.run_folder import PLACES, check_run
from cogportrait.bench.runner import run_tasks
from cogportrait.bench.sides import check_sides
from cogportrait.bench.task import Task
from cogportrait.bench.whole import Pairing, add_whole
from cogportrait.errors import InputError, shown
from cogportrait.face.model_file import tracker_name
from cogportrait.io.atomic import check_makeable, check_output_folder, resolved
from cogportrait.io.manifest import sha256_of
from cogportrait.metrics.standard.catalog import open_measures
from cogportrait.metrics.standard.measure import Measure, MeasureName, Missing
from cogportrait.pipeline import default_renderer
from cogportrait.renderers.protocol import Renderer
from cogportrait.version import __version__

PACKAGES: Final = ("mediapipe", "numpy", "opencv-contrib-python", "scipy", "av")
FEW: Final = 3  # clips that failed, which one line holds
RENDERERS: Final = ("warp", "dit", "still", "naive")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a run of clips is made with."""

    mode: Mode
    renderer: str
    seed: int
    refine: int  # times that controls of the real face are corrected
    ablation: Ablation | None = None
    split: str | None = None
    jobs: int = 1
    weights: Weights = field(default_factory=Weights)
    measures: tuple[MeasureName, ...] = ()  # of all frames, after the clips


def renderer_named(name: str) -> Renderer:
    """Return what draws.

    Raises
    ------
    InputError
        There is no such renderer.
    """
    match name:
        case "warp":
            return default_renderer()
        case "dit":
            from cogportrait.bench.diffusion import DiffusionRenderer

            return DiffusionRenderer()
        case "still":
            return StillRenderer()
        case "naive":
            return NaiveWarpRenderer()
        case _:
            raise InputError(f"renderer: expected one of {', '.join(RENDERERS)}, got {shown(name)}")


def run_clips(protocol: str, data: Path, output: Path, wanted: Wanted, console: Console) -> None:
    """Draw the clips of a manifest again, score them, and write rows and report.

    Raises
    ------
    InputError
        The manifest cannot be used; or, when all is written, clips could not be scored.
    """
    _check_weights(wanted.weights)
    check_makeable(output)
    emh = read_manifest(data)
    tasks = _tasks(emh, wanted, data)
    stamp = _stamp(protocol, data, wanted)
    check_run(tasks, output, stamp)
    check_report_folder(output, [output])
    warn_of_headers(data, {task.name for task in tasks}, console)
    measures, missing = _measures(wanted.measures, wanted.weights, console)
    rows = _run(tasks, output, stamp, console, wanted.jobs)
    otherwise = protocol == "hdtf" and emh.source != SOURCE
    write_remarks(output, missing, [OTHERWISE] if otherwise else [])
    pairings = [
        Pairing(t.name, t.video, output / "videos" / f"{t.name}.mp4", t.sound) for t in tasks
    ]
    _whole(output, pairings, measures, console)
    _finish(rows, [output], output, console, Originals({t.name: t.video for t in tasks}))


@dataclass(frozen=True, slots=True)
class Given:
    """Videos of anybody and what they are compared with."""

    real: Path
    generated: Path
    portraits: Path | None = None
    jobs: int = 1
    weights: Weights = field(default_factory=Weights)
    measures: tuple[MeasureName, ...] = ()
    au: AuSource = AuSource.MEDIAPIPE


def run_score(given: Given, output: Path, console: Console) -> None:
    """Score anybody's videos against the real ones of the same names."""
    real, generated, portraits = given.real, given.generated, given.portraits
    for path in (real, generated, portraits):
        if path is not None and not path.exists():
            raise InputError(f"{path}: is not there; check the path")
    _check_weights(given.weights)
    check_makeable(output)
    found = pair_up(real, generated, portraits, given.weights)
    pairs = tuple(replace(pair, au=given.au) for pair in found)
    _check_tables(given, pairs)
    if not real.is_dir():
        check_sides(real, generated)
    stamp = _stamp_of(given)
    check_run(pairs, output, stamp)
    check_report_folder(output, [output])
    for folder in (real, generated):
        if folder.is_dir() and (others := deeper(folder)):
            console.warn(
                f"{folder}: {len(others)} video{'s' if len(others) > 1 else ''} in folders inside "
                f"it, such as {others[0]}, are not scored; move them into it"
            )
    measures, missing = _measures(given.measures, given.weights, console)
    rows = _run(pairs, output, stamp, console, given.jobs)
    write_remarks(output, missing)
    pairings = [
        Pairing(p.name, p.real, p.generated)
        for p in pairs
        if p.real is not None and p.generated is not None
    ]
    _whole(output, pairings, measures, console)
    films = Originals(
        {p.name: p.real for p in pairs if p.real is not None},
        {p.name: p.generated for p in pairs if p.generated is not None},
    )
    _finish(rows, [output], output, console, films)


def _check_tables(given: Given, pairs: Sequence[Pair]) -> None:
    """Raise :class:`InputError` if no clip of a side has its table of action units."""
    if given.au is AuSource.MEDIAPIPE:
        return
    for side, videos in (
        (given.real, [pair.real for pair in pairs if pair.real is not None]),
        (given.generated, [pair.generated for pair in pairs if pair.generated is not None]),
    ):
        if not any(table_of(video).is_file() for video in videos):
            raise InputError(
                f"{side}: --au {given.au} expects a table beside each video, such as "
                f"{table_of(videos[0]).name}, found none; docs/emh.md says how they are made"
            )


def _stamp_of(given: Given) -> Stamp:
    paths = (given.real, given.generated, given.portraits)
    places = ["" if path is None else str(resolved(path)) for path in paths]
    options = {**dict(zip(PLACES, places, strict=True)), "measures": _pictured(given.weights)}
    tracker = tracker_name()
    if given.au is not AuSource.MEDIAPIPE:
        tracker += f"; action units of tables ({given.au})"
    return Stamp("score", "", "", 0, "", options, tracker, _versions())


def run_ablate(data: Path, output: Path, wanted: Wanted, console: Console) -> None:
    """Draw clips with all of Stage 1 and without one part after the other, and compare."""
    if wanted.mode is Mode.GT:
        raise InputError("mode: expected one in which Stage 1 plans, got gt; try --mode inverted")
    check_makeable(check_output_folder(output))
    emh = read_manifest(data)
    runs: list[tuple[Path, tuple[Reenactment, ...], Stamp]] = []
    for ablation in (None, *Ablation):
        how = Wanted(
            wanted.mode, wanted.renderer, wanted.seed, wanted.refine, ablation, wanted.split
        )
        folder = output / ("full" if ablation is None else ablation.value)
        runs.append((folder, _tasks(emh, how, data), _stamp("emh", data, how)))
    for folder, tasks, stamp in runs:
        check_run(tasks, folder, stamp)
    check_report_folder(output, [folder for folder, *_ in runs])
    warn_of_headers(data, {task.name for task in runs[0][1]}, console)
    output.mkdir(exist_ok=True)
    rows: list[ClipRow] = []
    for folder, tasks, stamp in runs:
        rows += _run(tasks, folder, stamp, console, wanted.jobs)
        write_remarks(folder, opened(wanted.weights)[1])
    films = Originals({clip.name: emh.path_of(clip) for clip in emh.clips})
    _finish(rows, [folder for folder, *_ in runs], output, console, films)


def _tasks(emh: Emh, wanted: Wanted, data: Path) -> tuple[Reenactment, ...]:
    how = How(
        wanted.mode, renderer_named(wanted.renderer), wanted.seed, wanted.ablation,
        _refined(wanted), wanted.weights,
    )  # fmt: skip
    clips = [c for c in emh.clips if wanted.split is None or c.split == wanted.split]
    if not clips:
        of = "" if wanted.split is None else f" of the split {shown(wanted.split)}"
        raise InputError(
            f"{data}: expected clips{of}, got none; `cogportrait bench split` writes a manifest "
            "with splits"
        )
    tasks = tuple(_task(emh, clip, how) for clip in clips)
    if wanted.mode is Mode.LABEL and not any(task.category for task in tasks):
        if len(tasks) == 1:  # in vain: none can be drawn
            check_label(tasks[0])
        more = ", …" if len(tasks) > 3 else ""
        raise InputError(
            f"{data}: expected a category of clips to draw their labels, got one for none of "
            f"{len(tasks)} clips ({', '.join(task.name for task in tasks[:3])}{more}); give each "
            "its `category` in the manifest"
        )
    return tasks


def _refined(wanted: Wanted) -> int:
    """Return how often the real face's controls are corrected, where they are drawn or told."""
    return 0 if wanted.mode is Mode.LABEL else wanted.refine


def _task(emh: Emh, clip: EmhClip, how: How) -> Reenactment:
    sound = None if clip.audio is None else emh.sound_of(clip)
    return Reenactment(
        clip.name, emh.path_of(clip), how, clip.category or "", clip.actor or "", clip.speaking,
        sound,
    )  # fmt: skip


def _stamp(protocol: str, data: Path, wanted: Wanted) -> Stamp:
    options = {
        "refine": str(_refined(wanted)),
        "ablation": "" if wanted.ablation is None else wanted.ablation.value,
        "split": wanted.split or "",
        "measures": _pictured(wanted.weights),
    }
    return Stamp(
        protocol, wanted.mode.value, wanted.renderer, wanted.seed, sha256_of(data), options,
        tracker_name(), _versions(),
    )  # fmt: skip


def _pictured(weights: Weights) -> str:
    """Return which measures of pictures there are: rows with other ones do not compare."""
    return ", ".join(opened(weights)[0])


def measured_with() -> dict[str, str]:
    """Return the tracker and the versions of what measures, by name."""
    return {"tracker": tracker_name(), **_versions()}


def _versions() -> Mapping[str, str]:
    return {"cogportrait": __version__, **{name: version(name) for name in PACKAGES}}


def _run(
    tasks: Sequence[Task], folder: Path, stamp: Stamp, console: Console, jobs: int
) -> list[ClipRow]:
    rows: list[ClipRow] = []
    with console.progress(folder.name, len(tasks)) as advance:

        def tell(row: ClipRow) -> None:
            rows.append(row)
            advance(len(rows))

        run_tasks(tasks, folder, stamp, workers=jobs, tell=tell, warn=console.warn)
    return rows


def _check_weights(weights: Weights) -> None:
    folder = weights.folder
    if folder is not None and not folder.is_dir():
        got = "a file" if folder.exists() else "nothing of that name"
        raise InputError(
            f"{folder}: expected the folder of weights (--weights), got {got}; check the path"
        )


def _measures(
    names: Sequence[MeasureName], weights: Weights, console: Console
) -> tuple[Mapping[MeasureName, Measure], tuple[Missing, ...]]:
    """Open the measures of all frames; say what is missing for others, and for those of some."""
    _, missing = opened(weights)
    measures, more = open_measures(names, weights.of(names))
    console.note(*(str(one) for one in (*missing, *more)))
    return measures, (*missing, *more)


def _whole(
    folder: Path,
    pairings: Sequence[Pairing],
    measures: Mapping[MeasureName, Measure],
    console: Console,
) -> None:
    if not measures:
        return
    done = 0
    with console.progress("all frames", len(pairings)) as advance:

        def tell(_: str) -> None:
            nonlocal done
            done += 1
            advance(done)

        add_whole(folder, pairings, measures, tell)


def _finish(
    rows: Sequence[ClipRow],
    folders: Sequence[Path],
    output: Path,
    console: Console,
    films: Originals,
) -> None:
    """Write the report; raise if clips could not be scored."""
    bad = sorted((row for row in rows if row.error), key=lambda row: row.name)  # as in the report
    said: list[str] = []
    if bad:
        lines = [f"{row.name}: {row.error}" for row in bad]
        if len(lines) > FEW:
            console.warn(*(f"not scored: {line}" for line in lines))
        more = f"; and {len(bad) - FEW} more, in the report" if len(bad) > FEW else ""
        said.append(
            f"{len(bad)} of {len(rows)} clips could not be scored: {'; '.join(lines[:FEW])}{more}"
        )
    try:
        run_report(folders, output, console, films=films)
    except InputError as error:
        raise InputError("; ".join([*said, str(error)])) from error
    if said:
        raise InputError(said[0])
