"""The whole way, from a portrait and a word to a video, on one screen a step.

``plan`` is Stage 1 alone, ``render`` Stage 2 alone, ``animate`` both. Frames are mapped, drawn and
encoded in small pieces, so memory does not grow with the length of the video. Heavy libraries are
imported by the step that needs them, so that what cannot be done is refused at once.
"""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cogportrait.agents.planner import DURATION_S
from cogportrait.behavior.labels import resolve_label
from cogportrait.errors import InputError, shown
from cogportrait.face.rig import map_to_keypoints
from cogportrait.io.atomic import check_distinct
from cogportrait.io.audio import read_audio
from cogportrait.io.controls import as_filed, check_ranges, read_controls
from cogportrait.io.images import check_media_file, read_image
from cogportrait.io.video import VideoWriter, check_video_output
from cogportrait.renderers.protocol import FollowsMore, Renderer
from cogportrait.request import (
    PathOrStr,
    Request,
    Setting,
    as_request,
    check_face,
    check_path,
    check_range,
)
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

FrameWatcher = Callable[[int, int, Frame], None]  # frame number, number of frames, pixels


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
        Which face of the picture, from 1 = the largest; a `Portrait` is one already.
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
    check_face(face)
    if face is not None and isinstance(portrait, Portrait):
        raise InputError(f"face: expected None with a portrait that is tracked, got {shown(face)}")
    check_objects(renderer, watch)
    check_drawing(
        portrait, output, library_read(wanted), *replies_read(wanted), fps=wanted.fps,
        audio=wanted.audio, others=(replies_written(wanted),),
    )  # fmt: skip
    if not isinstance(portrait, Portrait):
        portrait = load_portrait(portrait, face=face)
    compiled = compile_brief(brief_of(wanted), wanted, portrait)
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
    ReasonerError
        A language model was to plan, and could not.
    """
    wanted = as_request(request)
    check_distinct(
        (library_read(wanted), wanted.audio, *replies_read(wanted)), (replies_written(wanted),)
    )
    return compile_brief(brief_of(wanted), wanted)


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

    They are drawn as a controls file holds them: curves, and a file of them, give one and the same
    video.

    Parameters
    ----------
    portrait : Portrait or path
        A picture of a face.
    controls : ControlSequence or path
        Curves, or a file of format ``cogportrait-controls/1``.
    output : path
        Its ending picks the format.
    setting : Setting or None
        Which face, which zero, which sound; the seed is for renderers that draw at random.
    renderer : Renderer or None
        What draws; None is the warp renderer.
    watch : callable or None
        Called with each frame's number, the number of frames, and the pixels.
    """
    how = Setting() if setting is None else setting
    if not isinstance(how, Setting):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise InputError(f"setting: expected a Setting, got {shown(setting)}")
    read: tuple[PathOrStr, ...] = ()
    if not isinstance(controls, ControlSequence):
        check_path("controls", controls)
        read = (controls,)
        controls = read_controls(controls)
    check_ranges(controls)
    check_objects(renderer, watch)
    check_drawing(portrait, output, *read, fps=controls.fps, audio=how.audio)
    if not isinstance(portrait, Portrait):
        portrait = load_portrait(portrait, face=how.face)
    motion = keypoints(portrait, as_filed(controls), neutralize=how.neutralize)
    drawn_by = _following(renderer or default_renderer(), controls, how.audio)
    frames = drawn_by.render(portrait, motion, seed=how.seed)
    height, width = portrait.image.shape[:2]
    with VideoWriter(output, fps=controls.fps, size_px=(width, height), audio=how.audio) as writer:
        for i, frame in enumerate(frames):
            writer.write(frame)
            if watch is not None:
                watch(i, len(controls), frame)
    return Rendered(writer.path, portrait, writer.frames_written, controls.fps)


def load_portrait(path: PathOrStr, *, face: int | None = None, to_draw: bool = True) -> Portrait:
    """Read a picture and find the face in it.

    Without `to_draw` it is only measured: closed eyes, small and turned faces are all right.

    Raises
    ------
    InputError
        No picture, no such face, or one that cannot be animated.
    """
    check_path("portrait", path)
    check_face(face)
    image = read_image(path)
    from cogportrait.face.landmarker import track_portrait

    return track_portrait(image, face=face, name=Path(path).name, to_draw=to_draw)


def check_drawing(
    portrait: Portrait | PathOrStr,
    output: PathOrStr,
    *read: PathOrStr | None,  # what else is read
    fps: float | None = None,
    audio: PathOrStr | None = None,
    others: Collection[PathOrStr | None] = (),  # what else is written
) -> None:
    """Raise unless the inputs are there, the output can be written, and nothing is destroyed.

    Quick: nothing is decoded.
    """
    check_path("output", output)
    if not isinstance(portrait, Portrait):
        check_path("portrait", portrait)
        read = (portrait, *read)
    check_video_output(output, fps=fps, inputs=(*read, audio), others=others)
    if not isinstance(portrait, Portrait):
        check_media_file(portrait, "an image")
    if audio is not None:
        check_media_file(audio, "a sound file")


def library_read(request: Request) -> Path | None:
    """Return the file of the library that a request names, if it names one.

    Raises
    ------
    InputError
        There is no such file.
    """
    if request.library is None:
        return None
    from cogportrait.behavior.library.files import library_file

    return library_file(request.library)


def replies_read(request: Request) -> tuple[PathOrStr, ...]:
    """Return the files that a language model's replies come from: a record, or the model."""
    thought = request.reasoning
    replay = None if thought.llm is None else thought.llm.replay
    return tuple(path for path in (replay, thought.model_file) if path)


def replies_written(request: Request) -> Path | None:
    """Return the file that a language model's replies are added to, if they are.

    Raises
    ------
    OutputError
        It cannot be written, or holds something else.
    """
    llm = request.reasoning.llm
    if llm is None or llm.record is None:
        return None
    from cogportrait.agents.llm.tape import check_record

    return check_record(llm.record)


def check_objects(renderer: object, watch: object) -> None:
    """Raise :class:`InputError` unless `renderer` can draw and `watch` be called; or None."""
    if renderer is not None and not callable(getattr(renderer, "render", None)):
        raise InputError(f"renderer: expected an object with `render`, got {shown(renderer)}")
    if watch is not None and not callable(watch):
        raise InputError(f"watch: expected a function, got {shown(watch)}")


def default_renderer() -> Renderer:
    """Return the warp renderer."""
    from cogportrait.renderers.warp import WarpRenderer

    return WarpRenderer()


def _following(renderer: Renderer, controls: ControlSequence, audio: PathOrStr | None) -> Renderer:
    """Return a renderer that knows the words and the sound of a video, if it follows them."""
    if not isinstance(renderer, FollowsMore):
        return renderer
    from cogportrait.agents.describe import caption

    sound = None if audio is None else read_audio(audio, first_s=controls.duration_s)
    return renderer.following(caption(controls), sound, controls.fps, len(controls))


def compile_brief(
    brief: Brief, request: Request | None = None, portrait: Portrait | None = None
) -> CompiledBrief:
    """Plan, compose and criticize: see :func:`cogportrait.agents.loop.compile_brief`.

    Of `request` only who plans, with which library, and what is left out, is looked at.
    """
    from cogportrait.agents.loop import compile_brief
    from cogportrait.agents.reasoning import open_reasoner

    how = request or Request()
    library = None
    if how.library is not None:
        from cogportrait.behavior.library.files import open_library

        library = open_library(how.library)
    with open_reasoner(how.reasoning, portrait, library) as reasoner:
        return compile_brief(brief, reasoner, how.ablation)


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


def brief_of(request: Request) -> Brief:
    """Return the brief of a request: its label resolved, its audio heard."""
    label = resolve_label(request.label)
    speech = None
    duration_s = request.duration_s
    if request.audio is not None:
        from cogportrait.speech import analyze_speech

        clip = read_audio(request.audio, first_s=duration_s)
        if duration_s is None:
            duration_s = clip.duration_s
            longest = f"seconds of sound (or give a duration, up to {DURATION_S[1]:g} s)"
            check_range(f"{request.audio}: duration", duration_s, DURATION_S, longest)
        speech = analyze_speech(clip)  # the slow part
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
