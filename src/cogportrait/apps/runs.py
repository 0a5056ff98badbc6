"""What ``animate``, ``plan`` and ``render`` do: check, track, run, write the files beside it."""

from dataclasses import dataclass
from pathlib import Path

from cogportrait.agents.loop import compile_brief
from cogportrait.apps.console import Console, JsonValue, native_messages_hidden
from cogportrait.apps.options import RendererName
from cogportrait.apps.sheet import SheetFrames
from cogportrait.apps.trace import write_trace
from cogportrait.io.atomic import check_distinct, check_output
from cogportrait.io.controls import read_controls, write_controls
from cogportrait.io.plots import contact_sheet, plot_controls
from cogportrait.io.video import carries_sound, check_video_output
from cogportrait.pipeline import (
    Rendered,
    Request,
    Setting,
    animation_setting,
    brief_of,
    load_portrait,
    render,
)
from cogportrait.renderers.protocol import Renderer
from cogportrait.renderers.warp import WarpRenderer
from cogportrait.types import Brief, CompiledBrief, ControlSequence, Frame, Portrait


@dataclass(frozen=True, slots=True)
class SideFiles:
    """What is written besides the video; None is not written."""

    controls: Path | None = None
    trace: Path | None = None
    sheet: Path | None = None
    plot: Path | None = None

    def check(self) -> None:
        """Raise :class:`OutputError` if one of them cannot be written."""
        for path in self.paths():
            if path is not None:
                check_output(path)

    def paths(self) -> tuple[Path | None, ...]:
        """Return where they go."""
        return (self.controls, self.trace, self.sheet, self.plot)

    def record(self) -> dict[str, JsonValue]:
        """Return their names for the JSON result."""
        names = ("controls", "trace", "sheet", "plot")
        return {n: str(p) for n, p in zip(names, self.paths(), strict=True) if p is not None}


@dataclass(frozen=True, slots=True)
class Drawing:
    """What draws, and what is written and said meanwhile."""

    renderer: RendererName
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
    read = (None if isinstance(picture, Portrait) else picture, request.audio)
    check_distinct(read, (output, *files.paths()))
    check_video_output(output)
    files.check()
    brief = brief_of(request)
    portrait = picture if isinstance(picture, Portrait) else open_portrait(picture, face, console)
    if request.audio is not None and not carries_sound(output):
        console.warn(f"{output}: this format holds no sound; use mp4 or webm")
    compiled = compile_brief(brief)
    warn_not_understood(compiled, console)
    video = _draw(portrait, compiled.controls, output, animation_setting(request), drawing)
    _write_side_files(files, brief, compiled)
    about: dict[str, JsonValue] = {"label": brief.label, "seed": brief.seed}
    console.result(output, _about(video) | about | files.record())


def run_plan(
    request: Request,
    files: SideFiles,
    *,
    portrait: Path | None,
    face: int | None,
    console: Console,
) -> None:
    """Plan, write the controls, and say where they are."""
    check_distinct((portrait, request.audio), files.paths())
    files.check()
    brief = brief_of(request)
    if portrait is not None:
        open_portrait(portrait, face, console)
    compiled = compile_brief(brief)
    warn_not_understood(compiled, console)
    _write_side_files(files, brief, compiled)
    n = len(compiled.controls)
    about: dict[str, JsonValue] = {
        "frames": n,
        "fps": brief.fps,
        "duration_s": n / brief.fps,
        "label": brief.label,
        "seed": brief.seed,
    }
    console.result(files.controls, about | files.record())


def run_render(
    picture: Path,
    curves: Path,
    output: Path,
    drawing: Drawing,
    setting: Setting,
) -> None:
    """Draw a controls file and say where the video is."""
    check_distinct((picture, curves, setting.audio), (output, *drawing.files.paths()))
    check_video_output(output)
    drawing.files.check()
    controls = read_controls(curves)
    portrait = open_portrait(picture, setting.face, drawing.console)
    video = _draw(portrait, controls, output, setting, drawing)
    drawing.console.result(output, _about(video) | drawing.files.record())


def open_portrait(path: Path, face: int | None, console: Console) -> Portrait:
    """Return the tracked portrait; its warnings are printed."""
    with native_messages_hidden():
        portrait = load_portrait(path, face=face)
    console.warn(*portrait.warnings)
    return portrait


def warn_not_understood(compiled: CompiledBrief, console: Console) -> None:
    """Say which words of the instruction were not read."""
    if compiled.plan.not_understood:
        words = ", ".join(repr(word) for word in compiled.plan.not_understood)
        console.warn(f"instruction: not understood, left out: {words}")


def make_renderer(name: RendererName) -> Renderer:
    """Return what draws."""
    match name:
        case RendererName.WARP:
            return WarpRenderer()


def _draw(
    portrait: Portrait,
    controls: ControlSequence,
    output: Path,
    setting: Setting,
    drawing: Drawing,
) -> Rendered:
    tiles = SheetFrames(portrait, controls)
    with drawing.console.progress("rendering", len(controls)) as advance:

        def watch(number: int, _total: int, frame: Frame) -> None:
            advance(number + 1)
            if drawing.files.sheet is not None:
                tiles.offer(number, frame)

        renderer = make_renderer(drawing.renderer)
        video = render(portrait, controls, output, setting=setting, renderer=renderer, watch=watch)
    if drawing.files.sheet is not None:
        contact_sheet(tiles.kept, drawing.files.sheet)
    return video


def _write_side_files(files: SideFiles, brief: Brief, compiled: CompiledBrief) -> None:
    if files.controls is not None:
        meta = {
            "label": brief.label,
            "instruction": brief.instruction,
            "seed": brief.seed,
            "intensity": brief.intensity,
            "speaking": brief.speaking,
        }
        write_controls(files.controls, compiled.controls, meta=meta)
    if files.trace is not None:
        write_trace(files.trace, brief, compiled)
    if files.plot is not None:
        heard = brief.speech
        plot_controls(
            compiled.controls,
            files.plot,
            title=f"{brief.label}, seed {brief.seed}",
            phones=heard.phones if heard else (),
            pauses=heard.pauses if heard else (),
        )


def _about(video: Rendered) -> dict[str, JsonValue]:
    return {
        "frames": video.n_frames,
        "fps": video.fps,
        "duration_s": video.n_frames / video.fps,
        "warnings": list(video.portrait.warnings),
    }
