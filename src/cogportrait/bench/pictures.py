"""Measures of pictures: a few frames of each clip for those that need no more, or all frames.

SSIM, PSNR, BRISQUE, LPIPS and identity look at ``SAMPLED`` frames spread over the clip; FID, FVD,
Sync-C and DSL-FIQA at every frame, which takes long and is done where it is asked for. Generated
frames are compared at the real clip's size and frame times.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np

from cogportrait.bench.reading import resized
from cogportrait.face.landmarker import track_stills
from cogportrait.io.audio import has_sound, read_audio
from cogportrait.io.reader import read_video
from cogportrait.metrics.picture_quality import picture_quality
from cogportrait.metrics.standard.catalog import open_measures
from cogportrait.metrics.standard.files import Given
from cogportrait.metrics.standard.measure import (
    ClipStart,
    FramePair,
    Measure,
    MeasureName,
    Missing,
    Scope,
)
from cogportrait.types import AudioClip, FloatArray, Frame, Portrait

SAMPLED: Final = 8  # frames of a clip
OF_SOME: Final = (
    MeasureName.LPIPS, MeasureName.ARCFACE, MeasureName.DLIB, MeasureName.BRISQUE,
)  # fmt: skip
OF_ALL: Final = (
    MeasureName.FID, MeasureName.FVD, MeasureName.SYNC_C, MeasureName.DSL_FIQA,
)  # fmt: skip
KEYS: Final[Mapping[MeasureName, str]] = {
    MeasureName.FID: "fid", MeasureName.FVD: "fvd", MeasureName.LPIPS: "lpips",
    MeasureName.SYNC_C: "sync_c", MeasureName.ARCFACE: "id_sim_arcface",
    MeasureName.DLIB: "id_sim_dlib", MeasureName.BRISQUE: "brisque",
    MeasureName.DSL_FIQA: "dsl_fiqa",
}  # fmt: skip
_CHUNK: Final = 16  # frames that are tracked at once


@dataclass(frozen=True, slots=True)
class Films:
    """A real clip and the generated one, as they are compared."""

    name: str
    real: Path
    generated: Path
    fps: float  # of the real one
    seconds: float  # that both have
    size_px: tuple[int, int]  # of the real one
    portrait: Portrait
    sound: Path | None = None


@dataclass(frozen=True, slots=True)
class Weights:
    """Where networks are looked for besides the libraries' own places."""

    folder: Path | None = None

    def of(self, names: Sequence[MeasureName]) -> dict[MeasureName, Given]:
        """Return what is said of each measure's file."""
        return {name: Given(folder=self.folder) for name in names}


@cache
def opened(weights: Weights) -> tuple[dict[MeasureName, Measure], tuple[Missing, ...]]:
    """Return the measures of some frames that can be had, and what is missing for the others."""
    return open_measures(OF_SOME, weights.of(OF_SOME))


def picture_scores(films: Films, weights: Weights) -> dict[str, float]:
    """Return the measures of some frames of a clip, by their keys; those missing are left out."""
    times = (np.arange(SAMPLED) + 0.5) / SAMPLED * films.seconds
    times = np.floor(times * films.fps) / films.fps
    pairs = list(_frames(films, times.tolist()))
    quality = picture_quality(pairs)
    scores = {"ssim": quality.ssim, "psnr": quality.psnr_db}
    measures, _ = opened(weights)
    if not measures:
        return scores
    start = _start(films, None)
    for measure in measures.values():
        measure.begin(start)
    for pair in _tracked(pairs):
        for measure in measures.values():
            measure.update(pair)
    scores.update({KEYS[name]: measure.compute() for name, measure in measures.items()})
    return scores


def score_whole(
    every: Iterator[Films], measures: Mapping[MeasureName, Measure]
) -> Iterator[tuple[str, dict[str, float]]]:
    """Show all frames of clips to measures; yield each clip's name and scores of its own.

    When all clips are through, measures of the run have their number (``compute``).
    """
    for films in every:
        speech = None
        if films.sound is not None and has_sound(films.sound):
            speech = read_audio(films.sound, first_s=films.seconds)
        start = _start(films, speech)
        for measure in measures.values():
            measure.begin(start)
        times = np.arange(round(films.seconds * films.fps)) / films.fps
        for first in range(0, len(times), _CHUNK):
            part = list(_frames(films, times[first : first + _CHUNK].tolist()))
            for pair in _tracked(part):
                for measure in measures.values():
                    measure.update(pair)
        yield (
            films.name,
            {KEYS[name]: m.compute() for name, m in measures.items() if m.scope is Scope.CLIP},
        )


def _start(films: Films, speech: AudioClip | None) -> ClipStart:
    portrait = films.portrait
    return ClipStart(films.name, films.fps, portrait.image, portrait.landmarks_px, speech)


def _frames(films: Films, times_s: Sequence[float]) -> Iterator[tuple[Frame, Frame]]:
    real, generated = read_video(films.real), read_video(films.generated)
    for one, other in zip(real.at(times_s), generated.at(times_s), strict=False):
        yield one, resized(other, films.size_px)


def _tracked(pairs: Sequence[tuple[Frame, Frame]]) -> Iterator[FramePair]:
    """Yield frames with their landmarks, NaN where there is no face."""
    if not pairs:
        return
    real = _points([pair[0] for pair in pairs])
    generated = _points([pair[1] for pair in pairs])
    for (one, other), a, b in zip(pairs, real, generated, strict=True):
        yield FramePair(one, other, a, b)


def _points(frames: Sequence[Frame]) -> FloatArray:
    return track_stills(list(frames)).landmarks_px
