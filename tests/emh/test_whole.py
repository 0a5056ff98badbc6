"""Measures that look at every frame of a run, when its clips are scored."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.emh.doubles import Counting
from tests.emh.filmed import FPS, SIDE_PX, black_in, film
from tests.emh_report.invented import STAMP, failed, row

from cogportrait.bench.store import make_folders, read_run, write_row, write_stamp
from cogportrait.bench.whole import Pairing, add_whole
from cogportrait.metrics.standard.measure import Measure, MeasureName, Scope
from cogportrait.types import Frame

FRAMES = 4


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a run of two clips that are scored and one that is not."""
    folder = tmp_path / "run"
    make_folders(folder)
    write_stamp(folder, STAMP)
    for name in ("a", "b"):
        shape = replace(row(name, au_f1=0.5), size_px=(SIDE_PX, SIDE_PX), frames=FRAMES, fps=FPS)
        write_row(folder, shape)
    write_row(folder, failed("c", "no face"))
    return folder


def pairings(clip: Path, *names: str) -> list[Pairing]:
    return [Pairing(name, clip, clip) for name in names]


@pytest.fixture
def measures() -> dict[MeasureName, Measure]:
    return {MeasureName.DSL_FIQA: Counting(Scope.CLIP), MeasureName.FID: Counting(Scope.RUN)}


def test_clips_and_the_run_get_their_numbers(
    folder: Path, clip: Path, measures: dict[MeasureName, Measure]
) -> None:
    told: list[str] = []
    add_whole(folder, pairings(clip, "a", "b", "c"), measures, told.append)
    assert told == ["a", "b"]  # the one that failed has nothing to show
    run = read_run(folder)
    assert run.whole.keys() == {"fid"}
    assert run.whole["fid"] == pytest.approx(measures[MeasureName.FID].compute())
    for name in ("a", "b"):
        of = run.row(name)
        assert of is not None
        assert of.scores.keys() == {"au_f1", "dsl_fiqa"}
        assert of.scores["au_f1"] == 0.5
        assert 50 < of.scores["dsl_fiqa"] < 200
    lost = run.row("c")
    assert lost is not None
    assert (lost.scores, lost.error) == ({}, "no face")
    counted = measures[MeasureName.FID]
    assert isinstance(counted, Counting)
    assert counted.pairs == [FRAMES, FRAMES]


def test_the_same_again_changes_nothing(
    folder: Path, clip: Path, measures: dict[MeasureName, Measure]
) -> None:
    add_whole(folder, pairings(clip, "a", "b"), measures)
    before = read_run(folder)
    again: dict[MeasureName, Measure] = {
        MeasureName.DSL_FIQA: Counting(Scope.CLIP), MeasureName.FID: Counting(Scope.RUN)
    }  # fmt: skip
    add_whole(folder, pairings(clip, "a", "b"), again)
    assert read_run(folder).whole == before.whole
    assert [r.scores for r in read_run(folder).rows] == [r.scores for r in before.rows]


def test_a_run_without_a_scored_clip_has_no_number(
    folder: Path, clip: Path, measures: dict[MeasureName, Measure]
) -> None:
    add_whole(folder, pairings(clip, "c"), measures)
    assert np.isnan(read_run(folder).whole["fid"])


def test_a_clip_that_begins_without_a_face_is_shown(
    tmp_path: Path, folder: Path, frames: list[Frame], measures: dict[MeasureName, Measure]
) -> None:
    late = film(tmp_path / "late.mp4", black_in(frames[:FRAMES], 0, 1))
    add_whole(folder, pairings(late, "a"), measures)
    counted = measures[MeasureName.FID]
    assert isinstance(counted, Counting)
    assert (counted.pairs, counted.faces) == ([FRAMES], FRAMES - 2)
    assert counted.begun[0].portrait.mean() > 50
