"""One clip of a benchmark: the real one is read, drawn again from one of its frames, and scored.

The portrait is the clip's calmest frame, and all is measured against that face. What is drawn comes
from the real face's controls (gt), from these told in words and planned anew (inverted: point by
point, in FACS notation; inverted-prose: in everyday words), or from the label and the sound alone
(label).
"""

from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cogportrait.agents.ablation_names import Ablation
from cogportrait.agents.describe import describe
from cogportrait.agents.notation_writing import in_notation
from cogportrait.bench.face_sizes import small_face
from cogportrait.bench.pictures import Films, Weights, picture_scores
from cogportrait.bench.reading import Reading
from cogportrait.bench.refine import refined
from cogportrait.bench.rows import ClipRow, Curves
from cogportrait.bench.score import compare
from cogportrait.bench.sides import read_side
from cogportrait.errors import InputError
from cogportrait.face.features import FaceRows, Neutral
from cogportrait.face.landmarker import track_portrait
from cogportrait.face.measure import Measurement, measure
from cogportrait.face.neutral import calm_frames, estimated_from
from cogportrait.face.pose import angles_deg
from cogportrait.io.audio import has_sound
from cogportrait.io.controls import write_controls
from cogportrait.io.reader import read_video
from cogportrait.pipeline import brief_of, compile_brief, default_renderer, render
from cogportrait.renderers.protocol import FollowsMore, Renderer
from cogportrait.request import Request, Setting
from cogportrait.types import ControlSequence, Portrait

FRONTAL_DEG: Final = (25.0, 20.0)  # yaw, pitch within which a head looks ahead
FRONTAL_SHARE: Final = 0.8  # of the frames, from which a clip is frontal
LONGEST_TEXT: Final = 5000  # characters of an instruction


class Mode(StrEnum):
    """Where what is drawn comes from."""

    GT = "gt"
    INVERTED = "inverted"
    PROSE = "inverted-prose"
    LABEL = "label"


@dataclass(frozen=True, slots=True)
class How:
    """How every clip of a run is drawn."""

    mode: Mode
    renderer: Renderer
    seed: int = 0
    ablation: Ablation | None = None
    refine: int = 0  # times that controls are corrected by what their drawing reads as
    weights: Weights = field(default_factory=Weights)


@dataclass(frozen=True, slots=True)
class Reenactment:
    """A clip to be drawn again."""

    name: str
    video: Path
    how: How
    category: str = ""
    actor: str = ""
    speaking: bool | None = None
    sound: Path | None = None  # None: the clip's own

    @property
    def sources(self) -> tuple[Path, ...]:
        """What the score hangs on: the video, and the sound if it is another file."""
        return (self.video,) if self.sound is None else (self.video, self.sound)

    @property
    def details(self) -> tuple[str, ...]:
        """Whether somebody speaks, where that is planned for."""
        return ("speaking",) if self.speaking and self.how.mode is not Mode.GT else ()

    def run(self, folder: Path) -> "Done":
        """Draw the clip again and score it; see :func:`reenact`."""
        return reenact(self, folder)


@dataclass(frozen=True, slots=True, eq=False)
class Done:
    """What came of a clip."""

    row: ClipRow
    curves: Curves | None


def reenact(job: Reenactment, folder: Path) -> Done:
    """Draw a clip again into a run's folder, and score it.

    Raises
    ------
    CogPortraitError
        The clip cannot be read, holds no face, or cannot be drawn.
    """
    how = job.how
    if how.mode is Mode.LABEL:
        check_label(job)
    real = read_side("real", job.video)
    portrait, neutral = reference(job.video, real)
    measured = measure(real.rows, real.fps, neutral=neutral)
    controls, notes = _controls(job, portrait, measured)
    write_controls(
        folder / "controls" / f"{job.name}.json", controls, meta={"clip": job.name, **notes}
    )
    video = folder / "videos" / f"{job.name}.mp4"
    sound = job.sound or job.video
    setting = Setting(audio=sound if has_sound(sound) else None, seed=how.seed)
    render(portrait, controls, video, setting=setting, renderer=how.renderer)
    drawn = read_side("generated", video, like=real)
    scored = compare((real, measured), (drawn, measure(drawn.rows, drawn.fps, neutral=neutral)))
    n = len(scored.curves.real)
    films = Films(job.name, job.video, video, real.fps, n / real.fps, real.size_px, portrait)
    row = about(job.name, real)
    row = replace(
        row, category=job.category, actor=job.actor,
        frames=n, scores={**scored.scores, **picture_scores(films, how.weights)},
        warnings=(*row.warnings, *scored.warnings),
    )  # fmt: skip
    return Done(row, scored.curves)


def check_label(job: Reenactment) -> None:
    """Raise :class:`InputError` for a clip without a category, which is drawn from its label."""
    if not job.category:
        raise InputError(
            f"{job.name}: expected a category to draw its label, got none; give its `category` in "
            "the manifest"
        )


def reference(video: Path, real: Reading) -> tuple[Portrait, Neutral]:
    """Return the calmest frame of a clip as a portrait, and its face as the neutral one.

    The first of the calmest where several are as calm.
    """
    number = int(calm_frames(real.rows)[0])
    frame = next(islice(read_video(video), number, None))
    portrait = track_portrait(frame, name=f"{video.name}, frame {number}", to_draw=False)
    return portrait, estimated_from(real.rows[np.array([number])])


def about(name: str, real: Reading) -> ClipRow:
    """Return the row of a clip before it is scored."""
    seen = real.rows[real.found]
    head = np.abs(angles_deg(seen.turn.astype(np.float64)))[:, :2]
    ahead = float((head < FRONTAL_DEG).all(1).mean())
    seconds, face_px = len(real.rows) / real.fps, _face_px(seen)
    return ClipRow(
        name=name, category="", actor="", seconds=seconds, fps=real.fps, size_px=real.size_px,
        face_px=face_px, frames=len(real.rows), scores={}, warnings=small_face(face_px, seconds),
        frontal="yes" if ahead >= FRONTAL_SHARE else "no",
    )  # fmt: skip


def _face_px(seen: FaceRows) -> float:
    """Return the side of the square that holds the face, the median of frames, pixels."""
    turned = np.einsum("tnk,tjk->tnj", seen.shape.astype(np.float64), seen.turn.astype(np.float64))
    sides = np.ptp(turned[..., :2], axis=1).max(axis=1) * seen.iod_px
    return float(np.median(sides))


def _controls(
    job: Reenactment, portrait: Portrait, measured: Measurement
) -> tuple[ControlSequence, dict[str, str]]:
    """Return what is drawn, and what a controls file says of it."""
    how = job.how
    text = ""
    if how.mode is not Mode.LABEL:
        # What diffusion draws is slow, and differs by chance: its controls are the warp's.
        quick = default_renderer() if isinstance(how.renderer, FollowsMore) else how.renderer
        controls = refined(portrait, measured, quick, how.refine)
        if how.mode is Mode.GT:
            return controls, {"from": "measured"}
        text = _told(how.mode, controls, measured.found)
    request = _request(job, measured.controls, text)
    compiled = compile_brief(brief_of(request), request, portrait)
    return compiled.controls, {"from": how.mode.value, "label": request.label, "instruction": text}


def _told(mode: Mode, controls: ControlSequence, found: NDArray[np.bool_]) -> str:
    """Return controls in words that Stage 1 reads."""
    if mode is Mode.PROSE:
        return describe(controls, found).text[:LONGEST_TEXT]
    return in_notation(controls, found, LONGEST_TEXT)


def _request(job: Reenactment, real: ControlSequence, text: str) -> Request:
    sound = job.sound or job.video
    speaks = bool(job.speaking) and has_sound(sound)
    return Request(
        label=job.category or "neutral", instruction=text, duration_s=real.duration_s,
        fps=real.fps, seed=job.how.seed, audio=sound if speaks else None,
        speaking=bool(job.speaking), ablation=job.how.ablation,
    )  # fmt: skip


def failed(name: str, message: str) -> ClipRow:
    """Return the row of a clip that could not be scored."""
    nan = float("nan")
    return ClipRow(name, "", "", nan, nan, (0, 0), nan, 0, {}, error=message)


def write_nothing(folder: Path, name: str) -> None:
    """Take away what an earlier run left of a clip."""
    for part, ending in (("controls", "json"), ("videos", "mp4"), ("clips", "npz")):
        (folder / part / f"{name}.{ending}").unlink(missing_ok=True)
