"""How footage is made: of clips of real faces, and of portraits that the warp renderer moves.

A clip's view stays where the face of its reference frame is, as a portrait's does when it is drawn,
so that motion of the head is motion in the view. What is drawn has keypoints without error, and no
end of faces and movements; what is filmed has what warping cannot show.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import astuple
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
from cogportrait.train.scenes import Look
from cogportrait.types import AudioClip, ControlSequence, FloatArray, Frame

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
    inside = _inside(points, size_px)
    return Footage(
        origin, frames, hints, points.astype(np.float32), inside, sound.numpy(), samples
    )  # fmt: skip


def draw(
    picture: Path, request: Request, size_px: int, *, name: str, person: str, look: Look
) -> Footage:
    """Return the footage of a portrait under a compiled request, as the warp renderer draws it.

    Its first frame is the portrait as photographed: the reference, which is not learnt. All of
    them are in the light and shape of `look`.

    Raises
    ------
    CogPortraitError
        The picture cannot be read or animated, or the request cannot be compiled.
    """
    portrait = load_portrait(picture)
    view = view_of(portrait.landmarks_px, size_px)
    fine = track_portrait(_finer(view).cut(portrait.image), name=picture.name, to_draw=False)
    brief = brief_of(request)
    controls = compile_brief(brief, request, fine).controls
    small = view_of(fine.landmarks_px, size_px)
    motion = list(keypoints(fine, controls, neutralize=1.0))
    frames = [small.cut(fine.image)]
    frames += [small.cut(frame) for frame in WarpRenderer().render(fine, motion, seed=0)]
    points = np.concatenate([fine.landmarks_px[None], *(piece.points_px for piece in motion)])
    shown, placed = looking(np.stack(frames), small.placed(points[..., :2]), look)
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
        scene_of(request, look), drawn=True,
    )  # fmt: skip
    return Footage(
        origin, shown, np.zeros((0, size_px, size_px, 3), np.uint8),
        placed.astype(np.float32), inside, sound.numpy(), samples,
    )  # fmt: skip


def _whole(sound: AudioClip) -> NDArray[np.int16]:
    """Return samples as whole numbers of 16 bits."""
    return np.rint(sound.samples.clip(-1, 1) * 32767).astype(np.int16)


def looking(
    frames: NDArray[np.uint8], points_px: NDArray[np.floating], look: Look
) -> tuple[NDArray[np.uint8], NDArray[np.floating]]:
    """Return frames [T, S, S, 3] and their keypoints [T, N, 2] in another light and shape."""
    if look == Look():
        return frames, points_px
    size = frames.shape[1]
    middle = (size - 1) / 2
    widen = np.array([[look.wider, 0.0, middle * (1 - look.wider)], [0.0, 1.0, 0.0]])
    shape = (size, size)
    wide = np.stack([
        cv2.warpAffine(f, widen, shape, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101)
        for f in frames
    ])  # fmt: skip
    lit = wide * np.float32(look.gain) + np.array(look.shift, np.float32)
    placed = points_px.copy()
    placed[..., 0] = middle + look.wider * (placed[..., 0] - middle)
    return np.rint(lit.clip(0, 255)).astype(np.uint8), placed


def scene_of(request: Request, look: Look) -> str:
    """Return what a drawn clip shows, as its file remembers it."""
    audio = "" if request.audio is None else Path(request.audio).name
    asked = (request.label, request.instruction, request.duration_s, request.fps, audio)
    return json.dumps([*asked, request.seed, request.intensity, *astuple(look)])


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
