"""How footage is made: of clips of real faces, and of portraits that the warp renderer moves.

A clip's view stays where the face of its reference frame is, as a portrait's does when it is drawn,
so that motion of the head is motion in the view. What is drawn has keypoints without error, and no
end of faces and movements; what is filmed has what warping cannot show.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple, dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from cogportrait.agents.describe import caption
from cogportrait.errors import InputError
from cogportrait.face import landmarks as lm
from cogportrait.face.landmarker import track_portrait
from cogportrait.face.measure import face_rows, measure
from cogportrait.face.neutral import calm_frames, estimated_from
from cogportrait.face.view import View, view_of
from cogportrait.io.audio import has_sound, read_audio
from cogportrait.io.manifest import sha256_of
from cogportrait.io.reader import read_video
from cogportrait.pipeline import brief_of, compile_brief, keypoints, load_portrait
from cogportrait.renderers.dit.sound import hear, silence
from cogportrait.renderers.warp import WarpRenderer
from cogportrait.request import Request
from cogportrait.train.footage import FORMAT, Footage, Origin, no_sound
from cogportrait.train.looks import Look, looking, mixed
from cogportrait.types import AudioClip, ControlSequence, FloatArray, Frame, Portrait

FINER: Final = 2  # times the view's size, at which hints are drawn
MARGIN: Final = 0.02  # of a view's side, by which a face may leave it


def film(video: Path, size_px: int, *, person: str = "") -> Footage:
    """Return the footage of a clip.

    Parameters
    ----------
    video : Path
        A clip with one face, and its sound.
    size_px : int
        Of the view.
    person : str
        A pseudonym; the clip's name without one.

    Raises
    ------
    CogPortraitError
        The clip cannot be read, or holds no face.
    """
    source = read_video(video)
    seen: list[FloatArray | None] = []
    rows = face_rows(source, source.fps, watch=lambda _, points: seen.append(points))
    number = int(calm_frames(rows)[0])
    calm = seen[number]
    if calm is None:
        raise InputError(f"{video}: expected a face in frame {number}, got none")
    neutral = estimated_from(rows[np.array([number])])
    view = view_of(calm, size_px)
    missing = np.full((lm.N_FACE + 10, 2), np.nan)
    points = np.stack([missing if p is None else view.placed(p[:, :2]) for p in seen])
    frames = np.stack([view.cut(frame) for frame in read_video(video)])[: len(points)]
    measured = measure(rows, source.fps, neutral=neutral)
    still = next(islice(read_video(video), number, None))
    hints = np.stack(list(_warped(still, view, measured.controls, video.name)))
    sound, samples = silence(len(points)), no_sound()
    if has_sound(video):
        heard = read_audio(video)
        sound, samples = hear(heard, source.fps, len(points)), _whole(heard)
    origin = Origin(
        FORMAT, video.stem, person or video.stem, sha256_of(video), source.fps, number, size_px,
        caption(measured.controls, rows.found),
    )  # fmt: skip
    inside = _inside(points, size_px) & _inside_picture(seen, still)
    return Footage(
        origin, frames, hints, points.astype(np.float32), inside, sound.numpy(), samples
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Mix:
    """A face between those of two pictures."""

    picture: Path
    other: Path
    share: float  # of the other, 0..1


def draw(
    shown: Path | Mix, request: Request, size_px: int, *, name: str, person: str, look: Look
) -> Footage:
    """Return the footage of a portrait under a compiled request, as the warp renderer draws it.

    Shown is a picture, or a face between two. The first frame is the portrait as photographed, or
    as mixed: the reference, which is not learnt. All frames are in the light and shape of `look`.

    Raises
    ------
    CogPortraitError
        The picture cannot be read or animated, or the request cannot be compiled.
    """
    picture = shown.picture if isinstance(shown, Mix) else shown
    fine = _fine(picture, size_px)
    if isinstance(shown, Mix):
        between = mixed(fine, _fine(shown.other, size_px), shown.share)
        fine = track_portrait(between, name=name, to_draw=False)
    brief = brief_of(request)
    controls = compile_brief(brief, request, fine).controls
    small = view_of(fine.landmarks_px, size_px)
    motion = list(keypoints(fine, controls, neutralize=1.0))
    frames = [small.cut(fine.image)]
    frames += [small.cut(frame) for frame in WarpRenderer().render(fine, motion, seed=0)]
    points = np.concatenate([fine.landmarks_px[None], *(piece.points_px for piece in motion)])
    seen, placed = looking(np.stack(frames), small.placed(points[..., :2]), look)
    inside = _inside(placed, size_px)
    inside[0] = False
    sound, samples = silence(len(frames)), no_sound()
    if request.audio is not None:
        heard = read_audio(request.audio, first_s=brief.duration_s)
        sound[1:] = hear(heard, brief.fps, len(frames) - 1)
        first = np.zeros(round(heard.rate_hz / brief.fps), np.int16)  # of the portrait
        samples = np.concatenate([first, _whole(heard)])
    origin = Origin(
        FORMAT, name, person, sha256_of(picture), brief.fps, 0, size_px, caption(controls),
        scene_of(request, look, shown), drawn=True,
    )  # fmt: skip
    return Footage(
        origin, seen, np.zeros((0, size_px, size_px, 3), np.uint8),
        placed.astype(np.float32), inside, sound.numpy(), samples,
    )  # fmt: skip


def _inside_picture(seen: Sequence[FloatArray | None], picture: Frame) -> NDArray[np.bool_]:
    """Return in which frames the whole face is in the picture, [T]: past its border is none."""
    h, w = picture.shape[:2]
    inside = np.zeros(len(seen), np.bool_)
    for k, points in enumerate(seen):
        if points is not None:
            oval = points[lm.FACE_OVAL, :2]
            slack = MARGIN * np.ptp(oval, axis=0).max()
            inside[k] = bool(((oval > -slack) & (oval < np.array([w, h]) + slack)).all())
    return inside


def _fine(picture: Path, size_px: int) -> Portrait:
    """Return the face of a picture, cut finer than the view."""
    portrait = load_portrait(picture)
    view = view_of(portrait.landmarks_px, size_px)
    return track_portrait(_finer(view).cut(portrait.image), name=picture.name, to_draw=False)


def _whole(sound: AudioClip) -> NDArray[np.int16]:
    """Return samples as whole numbers of 16 bits."""
    return np.rint(sound.samples.clip(-1, 1) * 32767).astype(np.int16)


def looking_otherwise(footage: Footage, look: Look, name: str) -> Footage:
    """Return a filmed clip in another light and shape."""
    size = footage.origin.size_px
    frames, placed = looking(footage.frames, footage.points_px, look)
    hints, _ = looking(footage.hints, footage.points_px, look)
    origin = replace(footage.origin, name=name, scene=json.dumps(astuple(look)))
    return replace(
        footage, origin=origin, frames=frames, hints=hints, points_px=placed.astype(np.float32),
        inside=footage.inside & _inside(placed, size),
    )  # fmt: skip


def scene_of(request: Request, look: Look, shown: Path | Mix) -> str:
    """Return what a drawn clip shows, as its file remembers it."""
    audio = "" if request.audio is None else Path(request.audio).name
    asked = (request.label, request.instruction, request.duration_s, request.fps, audio)
    other = (sha256_of(shown.other), shown.share) if isinstance(shown, Mix) else ()
    return json.dumps([*asked, request.seed, request.intensity, *astuple(look), *other])


def _inside(points_px: NDArray[np.floating], size_px: int) -> NDArray[np.bool_]:
    """Return in which frames the face is there and in the view, [T]."""
    oval = points_px[:, lm.FACE_OVAL]
    slack = MARGIN * size_px
    return np.asarray(((oval > -slack) & (oval < size_px + slack)).all((1, 2)), np.bool_)


def _finer(view: View) -> View:
    return View(view.left, view.top, view.side_px, view.size_px * FINER)


def _warped(still: Frame, view: View, controls: ControlSequence, name: str) -> Iterator[Frame]:
    """Yield the reference as the warp renderer draws it, in the view."""
    portrait = track_portrait(_finer(view).cut(still), name=name, to_draw=False)
    drawn: Iterable[Frame] = WarpRenderer().render(portrait, keypoints(portrait, controls), seed=0)
    for frame in drawn:
        size = (view.size_px, view.size_px)
        yield np.asarray(cv2.resize(frame, size, interpolation=cv2.INTER_AREA), np.uint8)
