"""Measures of pictures, of some frames of a clip or of all of them."""

from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from tests.emh.doubles import Counting
from tests.emh.filmed import FPS, FRAMES, SIDE_PX, black_in, film, scaled

from cogportrait.bench import pictures
from cogportrait.bench.pictures import (
    KEYS,
    OF_ALL,
    OF_SOME,
    SAMPLED,
    Films,
    Weights,
    picture_scores,
    score_whole,
)
from cogportrait.metrics.standard.measure import MeasureName, Scope
from cogportrait.types import Frame, Portrait


@pytest.fixture
def films(clip: Path, face: Portrait) -> Films:
    """Return the clip beside itself."""
    return Films("joy", clip, clip, FPS, FRAMES / FPS, (SIDE_PX, SIDE_PX), face)


@pytest.fixture
def counting(monkeypatch: pytest.MonkeyPatch) -> Counting:
    """Return what stands for all measures of some frames."""
    one = Counting(Scope.CLIP)
    monkeypatch.setattr(pictures, "opened", lambda _: ({MeasureName.LPIPS: one}, ()))
    return one


def test_every_measure_has_a_key_and_a_place() -> None:
    assert {*OF_SOME, *OF_ALL} == {*MeasureName} == {*KEYS}
    assert not {*OF_SOME} & {*OF_ALL}
    assert len({*KEYS.values()}) == len(KEYS)


def test_equal_videos_are_equal(films: Films) -> None:
    scores = picture_scores(films, Weights())
    assert scores["ssim"] == 1
    assert scores["psnr"] == 100
    assert ("id_sim_dlib" in scores) == (find_spec("_dlib_pybind11") is not None)
    assert ("brisque" in scores) == (find_spec("brisque") is not None)
    assert scores.get("id_sim_dlib", 1) > 0.9  # the portrait's own face
    assert np.isfinite(list(scores.values())).all()
    assert not {"fid", "fvd", "sync_c", "dsl_fiqa"} & scores.keys()


def test_without_networks_there_are_the_others(films: Films, no_networks: None) -> None:
    assert picture_scores(films, Weights()).keys() == {"ssim", "psnr"}


def test_some_frames_are_looked_at(films: Films, counting: Counting, face: Portrait) -> None:
    scores = picture_scores(films, Weights())
    assert scores.keys() == {"ssim", "psnr", "lpips"}
    assert counting.pairs == [SAMPLED]
    assert counting.faces == SAMPLED
    (start,) = counting.begun
    assert (start.name, start.fps, start.speech) == ("joy", FPS, None)
    assert start.portrait is face.image
    first = replace(films, seconds=3 / FPS)
    picture_scores(first, Weights())
    assert counting.pairs[1:] == [SAMPLED]  # some of three frames more than once


def test_frames_of_another_size_and_rate_are_those_of_the_same_time(
    tmp_path: Path, films: Films, frames: list[Frame], counting: Counting
) -> None:
    half = [scaled(f, 240, 240) for f in frames[::2]]
    other = film(tmp_path / "other.mp4", half, FPS / 2)
    scores = picture_scores(replace(films, generated=other), Weights())
    assert counting.sizes == {(SIDE_PX, SIDE_PX, 3)}
    assert counting.pairs == [SAMPLED]
    assert scores["ssim"] > 0.85
    late = film(tmp_path / "late.mp4", [scaled(frames[0], 240, 240)] * 13, FPS / 2)
    assert picture_scores(replace(films, generated=late), Weights())["psnr"] < scores["psnr"]


def test_frames_without_a_face_are_told_so(
    tmp_path: Path, films: Films, frames: list[Frame], counting: Counting
) -> None:
    black = film(tmp_path / "black.mp4", black_in(frames, *range(13)))
    picture_scores(replace(films, generated=black), Weights())
    assert counting.pairs == [SAMPLED]
    assert counting.faces == SAMPLED // 2


def test_all_frames_of_every_clip_are_shown(
    tmp_path: Path, films: Films, frames: list[Frame], sound: Path
) -> None:
    said = film(tmp_path / "said.mp4", frames[:20], audio=sound)
    every = [films, replace(films, name="b", real=said, seconds=20 / FPS, sound=said)]
    of_clip, of_run = Counting(Scope.CLIP), Counting(Scope.RUN)
    scores = dict(score_whole(iter(every), {MeasureName.SYNC_C: of_clip, MeasureName.FID: of_run}))
    assert of_clip.pairs == of_run.pairs == [FRAMES, 20]
    assert [start.name for start in of_run.begun] == ["joy", "b"]
    assert of_run.begun[0].speech is None
    heard = of_run.begun[1].speech
    assert heard is not None
    assert heard.duration_s == pytest.approx(20 / FPS, abs=0.1)
    assert {name: [*kept] for name, kept in scores.items()} == {"joy": ["sync_c"], "b": ["sync_c"]}
    assert scores["b"]["sync_c"] == of_clip.compute()
    assert len(of_run.levels) == FRAMES + 20
