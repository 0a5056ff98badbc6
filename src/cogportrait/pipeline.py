"""The whole way, from a portrait and a word to a video, on one screen a step.

``plan`` is Stage 1 alone, ``render`` Stage 2 alone, ``animate`` both. Frames are mapped, drawn and
encoded in small pieces, so memory does not grow with the length of the video.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Final

from cogportrait.agents.loop import compile_brief
from cogportrait.agents.planner import DURATION_S, FPS, INTENSITY
from cogportrait.behavior.labels import resolve_label
from cogportrait.errors import PlanError
from cogportrait.face.landmarker import track_portrait
from cogportrait.face.rig import map_to_keypoints
from cogportrait.io.audio import read_audio
from cogportrait.io.controls import read_controls
from cogportrait.io.images import read_image
from cogportrait.io.video import VideoWriter, check_video_output
from cogportrait.renderers.protocol import Renderer
from cogportrait.renderers.warp import WarpRenderer
from cogportrait.speech import analyze_speech
from cogportrait.types import (
    Brief,
    CompiledBrief,
    ControlSequence,
    Frame,
    KeypointSequence,
    Portrait,
)

CHUNK_FRAMES: Final = 50  # mapped at once: 2 s at 25 fps, 1 MB
DEFAULT_DURATION_S: Final = 6.0

PathOrStr = str | PathLike[str]
FrameWatcher = Callable[[int, int, Frame], None]  # frame number, number of frames, pixels


@dataclass(frozen=True, slots=True)
class Request:
    """What somebody asks for, before anything is read or planned."""

    label: str = "neutral"  # a label or an alias of one
    instruction: str = ""  # what happens, in words; in order
    audio: Path | None = None  # speech for the mouth; sets the duration unless one is given
    duration_s: float | None = None  # 0.5..600
    fps: float = 25.0  # 10..120
    seed: int = 0
    intensity: float = 1.0  # 0.25..1.5
    speaking: bool | None = None  # None: whether there is audio

    def __post_init__(self) -> None:
        check_range("duration", self.duration_s, DURATION_S, "seconds")
        check_range("fps", self.fps, FPS, "frames per second")
        check_range("intensity", self.intensity, INTENSITY, "times the usual amplitude")


@dataclass(frozen=True, slots=True)
class Setting:
    """How a video is drawn."""

    face: int | None = None  # which face of the picture, from 1 = the largest; None: the largest
    neutralize: float = 0.0  # 0: zeros show the photographed face; 1: its neutral
    audio: Path | None = None  # sound track
    seed: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Rendered:
    """A video that was written."""

    path: Path
    portrait: Portrait
    n_frames: int
    fps: float


@dataclass(frozen=True, slots=True, eq=False)
class Animated:
    """A video that was written, and the plan behind it."""

    video: Rendered
    compiled: CompiledBrief


def check_range(name: str, value: float | None, bounds: tuple[float, float], unit: str) -> None:
    """Raise :class:`PlanError` unless `value` is None or within `bounds`."""
    if value is not None and not bounds[0] <= value <= bounds[1]:
        raise PlanError(f"{name}: expected {bounds[0]:g} to {bounds[1]:g} {unit}, got {value:g}")


def animate(
    portrait: Portrait | PathOrStr,
    request: Request | str,
    output: PathOrStr,
    *,
    face: int | None = None,
    renderer: Renderer | None = None,
    watch: FrameWatcher | None = None,
) -> Animated:
    """Give a portrait a state of mind and write the video.

    Parameters
    ----------
    portrait : Portrait or path
        A picture of a face.
    request : Request or str
        What to show; a text is short for ``Request(label=text)``.
    output : path
        Its ending picks the format: mp4, webm, gif, or a numbered PNG.
    face : int or None
        Which face of the picture, from 1 = the largest.
    renderer : Renderer or None
        What draws; None is the warp renderer.
    watch : callable or None
        Called with each frame's number, the number of frames, and the pixels.

    Returns
    -------
    Animated
        Where the video is, and the plan behind it.

    Raises
    ------
    CogPortraitError
        Something in the request cannot be used; no file is left behind.
    """
    wanted = as_request(request)
    check_video_output(output)
    brief = brief_of(wanted)
    if not isinstance(portrait, Portrait):
        portrait = load_portrait(portrait, face=face)
    compiled = compile_brief(brief)
    setting = animation_setting(wanted)
    video = render(
        portrait, compiled.controls, output, setting=setting, renderer=renderer, watch=watch
    )
    return Animated(video, compiled)


def plan(request: Request | str) -> CompiledBrief:
    """Compile a request into control curves: Stage 1 alone.

    Returns
    -------
    CompiledBrief
        Controls, plan, critique and trace; without hard violations.

    Raises
    ------
    InputError
        No such label, an impossible request, or audio that cannot be used.
    """
    return compile_brief(brief_of(as_request(request)))


def render(
    portrait: Portrait | PathOrStr,
    controls: ControlSequence | PathOrStr,
    output: PathOrStr,
    *,
    setting: Setting | None = None,
    renderer: Renderer | None = None,
    watch: FrameWatcher | None = None,
) -> Rendered:
    """Draw control curves on a portrait: Stage 2 alone.

    Parameters
    ----------
    portrait : Portrait or path
        A picture of a face.
    controls : ControlSequence or path
        Curves, or a file of format ``cogportrait-controls/1``.
    output : path
        Its ending picks the format.
    setting : Setting or None
        Which face, which zero, which sound, which seed.
    renderer : Renderer or None
        What draws; None is the warp renderer.
    watch : callable or None
        Called with each frame's number, the number of frames, and the pixels.
    """
    how = setting or Setting()
    path = check_video_output(output)
    if not isinstance(controls, ControlSequence):
        controls = read_controls(controls)
    if not isinstance(portrait, Portrait):
        portrait = load_portrait(portrait, face=how.face)
    motion = keypoints(portrait, controls, neutralize=how.neutralize)
    frames = (renderer or WarpRenderer()).render(portrait, motion, seed=how.seed)
    height, width = portrait.image.shape[:2]
    with VideoWriter(path, fps=controls.fps, size_px=(width, height), audio=how.audio) as writer:
        for i, frame in enumerate(frames):
            writer.write(frame)
            if watch is not None:
                watch(i, len(controls), frame)
    return Rendered(path, portrait, writer.frames_written, controls.fps)


def load_portrait(path: PathOrStr, *, face: int | None = None) -> Portrait:
    """Read a picture and find the face in it."""
    return track_portrait(read_image(path), face=face, name=Path(path).name)


def keypoints(
    portrait: Portrait, controls: ControlSequence, *, neutralize: float = 0.0
) -> Iterator[KeypointSequence]:
    """Yield the landmarks of a portrait under `controls`, some frames at a time."""
    for start in range(0, len(controls), CHUNK_FRAMES):
        rows = controls.rows(start, start + CHUNK_FRAMES)
        yield map_to_keypoints(portrait, rows, neutralize=neutralize)


def animation_setting(request: Request) -> Setting:
    """Return how an animation is drawn: from the portrait's own neutral, with the audio."""
    return Setting(neutralize=1.0, audio=request.audio, seed=request.seed)


def as_request(request: Request | str) -> Request:
    """Return the request that a bare label stands for."""
    return Request(label=request) if isinstance(request, str) else request


def brief_of(request: Request) -> Brief:
    """Return the brief of a request: its label resolved, its audio heard."""
    label = resolve_label(request.label)
    speech = None
    duration_s = request.duration_s
    if request.audio is not None:
        speech = analyze_speech(read_audio(request.audio))
        if duration_s is None:
            duration_s = speech.duration_s
            check_range(f"{request.audio}: duration", duration_s, DURATION_S, "seconds")
    if duration_s is None:
        duration_s = DEFAULT_DURATION_S
    return Brief(
        label=label,
        duration_s=duration_s,
        fps=request.fps,
        seed=request.seed,
        instruction=request.instruction,
        intensity=request.intensity,
        speaking=request.audio is not None if request.speaking is None else request.speaking,
        speech=speech,
    )
