"""What ``animate``, ``plan`` and ``render`` do: check, track, run, write the files beside it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cogportrait.apps.cautions import (
    warn_about_format,
    warn_about_plan,
    warn_about_sound,
    warn_beyond_picture,
)
from cogportrait.apps.console import Console, JsonValue
from cogportrait.apps.drawing_options import DrawnBy
from cogportrait.apps.trace import write_trace
from cogportrait.errors import CogPortraitError
from cogportrait.io.atomic import check_distinct, check_output
from cogportrait.io.controls import read_controls, write_controls
from cogportrait.io.documents import JsonValue as RecordValue
from cogportrait.io.images import check_media_file
from cogportrait.io.manifest import write_manifest
from cogportrait.io.plots import plot_controls
from cogportrait.pipeline import (
    Rendered,
    animation_setting,
    brief_of,
    check_drawing,
    compile_brief,
    library_read,
    load_portrait,
    render,
    replies_read,
    replies_written,
)
from cogportrait.request import PathOrStr, Request, Setting
from cogportrait.types import Brief, CompiledBrief, ControlSequence, Frame, Portrait

if TYPE_CHECKING:
    from cogportrait.apps.sheet import SheetFrames

SUFFIXES: Final[Mapping[str, str]] = {
    "controls": ".json",
    "trace": ".json",
    "sheet": ".png",
    "plot": ".png",
    "manifest": ".json",
}


@dataclass(frozen=True, slots=True)
class SideFiles:
    """What is written besides the video; None is not written."""

    controls: Path | None = None
    trace: Path | None = None
    sheet: Path | None = None
    plot: Path | None = None
    manifest: Path | None = None

    def check(self) -> None:
        """Raise :class:`OutputError` if one of them cannot be written."""
        for name, path in self.named().items():
            check_output(path, SUFFIXES[name])

    def named(self) -> dict[str, Path]:
        """Return where those that are written go."""
        paths = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: path for name, path in paths.items() if path is not None}

    def paths(self) -> tuple[Path, ...]:
        """Return where they go."""
        return tuple(self.named().values())

    def record(self) -> dict[str, JsonValue]:
        """Return their names for the JSON result."""
        return {name: str(path) for name, path in self.named().items()}


@dataclass(frozen=True, slots=True)
class Face:
    """Whose face a plan is for; None is nobody's."""

    picture: Path | None = None
    number: int | None = None


@dataclass(frozen=True, slots=True)
class Drawing:
    """What draws, and what is written and said meanwhile."""

    renderer: DrawnBy
    files: SideFiles
    console: Console


def run_animate(
    picture: Path | Portrait,
    request: Request,
    output: Path,
    drawing: Drawing,
    *,
    face: int | None = None,
) -> None:
    """Plan, draw, write, and say where the video is."""
    files, console = drawing.files, drawing.console
    files.check()
    library = library_read(request)
    check_drawing(
        picture, output, library, *replies_read(request), fps=request.fps, audio=request.audio,
        others=(*files.paths(), replies_written(request)),
    )  # fmt: skip
    warn_about_format(output, request.audio, console)
    portrait = picture if isinstance(picture, Portrait) else open_portrait(picture, face, console)
    brief = brief_of(request)
    compiled = compile_brief(brief, request, portrait)
    warn_about_plan(compiled, console)
    warn_about_sound(request.audio, compiled.controls, output, console)
    video, tiles = _draw(portrait, compiled.controls, output, animation_setting(request), drawing)
    about = _about(video) | {"label": brief.label, "seed": brief.seed}
    shown = None if isinstance(picture, Portrait) else picture
    read = {
        "portrait": shown,
        "audio": request.audio,
        "library": library,
        **drawing.renderer.read(),
    }
    options = _options_of(request)
    options |= {"face": face} | drawing.renderer.told()
    wrote: dict[str, JsonValue] = {"video": str(output)} | files.record()
    _write_all(
        [output],
        *_planned(files, brief, compiled),
        (files.sheet, tiles.write),
        (
            files.manifest,
            _manifest(read, options, request.seed, wrote | about, compiled.trace["library"]),
        ),
    )
    console.result(output, about | files.record())


def run_plan(
    request: Request,
    files: SideFiles,
    shown_on: Face,
    console: Console,
) -> None:
    """Plan, write the controls, and say where they are."""
    files.check()
    portrait, library = shown_on.picture, library_read(request)
    check_distinct(
        (portrait, request.audio, library, *replies_read(request)),
        (*files.paths(), replies_written(request)),
    )
    for file, kind in ((portrait, "an image"), (request.audio, "a sound file")):
        if file is not None:
            check_media_file(file, kind)
    tracked = None if portrait is None else open_portrait(portrait, shown_on.number, console)
    brief = brief_of(request)
    compiled = compile_brief(brief, request, tracked)
    warn_about_plan(compiled, console)
    n = len(compiled.controls)
    about: dict[str, JsonValue] = {
        "frames": n,
        "fps": brief.fps,
        "duration_s": n / brief.fps,
        "label": brief.label,
        "seed": brief.seed,
        "warnings": [],
    }
    read = {"portrait": portrait, "audio": request.audio, "library": library}
    options = _options_of(request) | {"face": shown_on.number}
    wrote = files.record() | about
    _write_all(
        [],
        *_planned(files, brief, compiled),
        (files.manifest, _manifest(read, options, request.seed, wrote, compiled.trace["library"])),
    )
    console.result(files.controls, wrote)


def run_render(
    picture: Path,
    curves: Path,
    output: Path,
    drawing: Drawing,
    setting: Setting,
) -> None:
    """Draw a controls file and say where the video is."""
    files = drawing.files
    files.check()
    check_drawing(picture, output, curves, audio=setting.audio, others=files.paths())
    controls = read_controls(curves)
    check_drawing(picture, output, fps=controls.fps)
    warn_about_format(output, setting.audio, drawing.console)
    warn_about_sound(setting.audio, controls, output, drawing.console)
    warn_beyond_picture(controls, drawing.console)
    portrait = open_portrait(picture, setting.face, drawing.console)
    video, tiles = _draw(portrait, controls, output, setting, drawing)
    about = _about(video)
    read = {"portrait": picture, "controls": curves, "audio": setting.audio,
            **drawing.renderer.read()}  # fmt: skip
    options: dict[str, JsonValue] = {
        "face": setting.face,
        "neutralize": setting.neutralize,
        **drawing.renderer.told(),
    }
    wrote: dict[str, JsonValue] = {"video": str(output)} | files.record()
    _write_all(
        [output],
        (files.sheet, tiles.write),
        (files.manifest, _manifest(read, options, setting.seed, wrote | about)),
    )
    drawing.console.result(output, about | files.record())


def open_portrait(path: Path, face: int | None, console: Console) -> Portrait:
    """Return the tracked portrait; its warnings are printed."""
    portrait = load_portrait(path, face=face)
    console.warn(*portrait.warnings)
    return portrait


def _draw(
    portrait: Portrait,
    controls: ControlSequence,
    output: Path,
    setting: Setting,
    drawing: Drawing,
) -> "tuple[Rendered, SheetFrames]":
    from cogportrait.apps.sheet import SheetFrames

    renderer = drawing.renderer.open()
    tiles = SheetFrames(portrait, controls)
    with drawing.console.progress("rendering", len(controls)) as advance:

        def watch(number: int, _total: int, frame: Frame) -> None:
            advance(number + 1)
            if drawing.files.sheet is not None:
                tiles.offer(number, frame)

        video = render(portrait, controls, output, setting=setting, renderer=renderer, watch=watch)
    return video, tiles


_Step = tuple[Path | None, Callable[[Path], None]]  # what is written, and how; None is not


def _write_all(done: list[Path], *steps: _Step) -> None:
    """Write files one after the other; an error names those that are there already."""
    for path, write in steps:
        if path is None:
            continue
        try:
            write(path)
        except CogPortraitError as error:
            if not done:
                raise
            there = ", ".join(map(str, done))
            raise type(error)(f"{error} (already written and complete: {there})") from error
        done.append(path)


def _planned(files: SideFiles, brief: Brief, compiled: CompiledBrief) -> tuple[_Step, ...]:
    """Return how what Stage 1 made is written."""
    meta = {
        "label": brief.label,
        "instruction": brief.instruction,
        "seed": brief.seed,
        "intensity": brief.intensity,
        "speaking": brief.speaking,
    }
    heard = brief.speech

    def plot(path: Path) -> None:
        plot_controls(
            compiled.controls,
            path,
            title=f"{brief.label}, seed {brief.seed}",
            phones=heard.phones if heard else (),
            pauses=heard.pauses if heard else (),
        )

    return (
        (files.controls, lambda path: write_controls(path, compiled.controls, meta=meta)),
        (files.trace, lambda path: write_trace(path, brief, compiled)),
        (files.plot, plot),
    )


def _options_of(request: Request) -> dict[str, JsonValue]:
    """Return what was asked, as JSON values."""
    thought = request.reasoning
    return {
        "label": request.label,
        "instruction": request.instruction,
        "duration_s": request.duration_s,
        "fps": request.fps,
        "intensity": request.intensity,
        "speaking": request.speaking,
        "reasoner": thought.reasoner.value,
        "ablation": None if request.ablation is None else request.ablation.value,
        "model": None if thought.llm is None else thought.llm.model,
    }


def _manifest(
    read: Mapping[str, PathOrStr | None],
    options: Mapping[str, JsonValue],
    seed: int,
    results: Mapping[str, JsonValue],
    library: RecordValue = None,  # whose movements were played, as in the trace
) -> Callable[[Path], None]:
    """Return what writes the record of a run."""
    inputs = {role: path for role, path in read.items() if path is not None}
    told: dict[str, RecordValue] = {**results, **({} if library is None else {"library": library})}
    return lambda path: write_manifest(
        path, inputs=inputs, options=options, seed=seed, results=told
    )


def _about(video: Rendered) -> dict[str, JsonValue]:
    return {
        "frames": video.n_frames,
        "fps": video.fps,
        "duration_s": video.n_frames / video.fps,
        "warnings": list(video.portrait.warnings),
    }
