"""A generated clip against the real one."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.emh.filmed import CLOSING, FRAMES, LOOKING, SIDE_PX, black_in, film, scaled

from cogportrait.bench.reading import Reading, read_clip
from cogportrait.bench.score import Scored, score_pair
from cogportrait.errors import MetricError
from cogportrait.face.features import Neutral
from cogportrait.metrics.scored import SCORED
from cogportrait.types import Frame

PERFECT = {
    "au_f1": 1, "au_f1_frame": 1, "au_temp": 1, "au_temp_strict": 1, "gaze_error_deg": 0,
    "head_error_deg": 0, "gaze_ccc": 1, "closure_ccc": 1, "head_ccc": 1, "blink_f1": 1,
    "eye_lmd": 0,
}  # fmt: skip


def column(scored: Scored, name: str, *, of: str = "real") -> np.ndarray:
    return getattr(scored.curves, of)[:, SCORED.index(name)]


@pytest.fixture(scope="module")
def same(reading: Reading, neutral: Neutral) -> Scored:
    return score_pair(reading, reading, neutral)


def test_a_clip_is_perfect_against_itself(same: Scored) -> None:
    assert {key: same.scores[key] for key in PERFECT} == pytest.approx(PERFECT, abs=1e-6)
    assert same.scores["border_flicker"] < 0.2
    assert same.scores["color_shift"] < 1
    assert same.scores.keys() - PERFECT.keys() == {"border_flicker", "color_shift", "coverage"}
    assert same.scores["coverage"] == 1
    assert same.warnings == ()
    assert same.curves.found.all()
    np.testing.assert_array_equal(same.curves.real, same.curves.generated)


def test_curves_show_what_the_face_did(same: Scored) -> None:
    lid, look, turn = (column(same, name) for name in ("AU43_L", "61", "51"))
    assert CLOSING.start <= lid.argmax() < CLOSING.stop
    assert lid.max() > 0.6
    assert look[LOOKING].mean() > 8 > look[: LOOKING.start - 1].max()
    assert turn[-3:].mean() == pytest.approx(12, abs=3)


@pytest.mark.parametrize("fps", [12.5, 50.0])
def test_another_rate_is_compared_at_the_times_of_the_real_clip(
    tmp_path: Path, frames: list[Frame], reading: Reading, neutral: Neutral, fps: float
) -> None:
    at = np.arange(round(FRAMES * fps / 25)) * 25 / fps
    other = read_clip(film(tmp_path / "other.mp4", [frames[int(i)] for i in at], fps))
    scored = score_pair(reading, other, neutral)
    assert (other.fps, len(scored.curves.real)) == (fps, FRAMES)
    assert scored.warnings == ()
    for name, apart in (("51", 3.0), ("61", 4.0)):
        ours, theirs = column(scored, name), column(scored, name, of="generated")
        assert np.abs(ours - theirs).mean() < apart
    ours, theirs = column(scored, "AU43_L"), column(scored, "AU43_L", of="generated")
    assert abs(int(ours.argmax()) - int(theirs.argmax())) <= 2
    assert scored.scores["au_f1"] > 0.7
    assert scored.scores["eye_lmd"] < 0.03


def test_what_is_longer_in_one_is_left_out_and_told(
    reading: Reading, neutral: Neutral
) -> None:  # fmt: skip
    shorter = replace(reading, name="short", rows=reading.rows[:19])
    for pair, coverage in (((reading, shorter), 19 / FRAMES), ((shorter, reading), 1)):
        scored = score_pair(*pair, neutral)
        assert len(scored.curves.real) == 19
        (told,) = scored.warnings
        assert told.endswith("the first 0.76 s are compared")
        assert "1.04 s" in told
        assert scored.scores["coverage"] == pytest.approx(coverage)
    # Little less than a quarter of a second is not worth a word.
    assert score_pair(reading, replace(reading, rows=reading.rows[:21]), neutral).warnings == ()


def test_frames_without_a_face_are_left_out(
    tmp_path: Path, frames: list[Frame], reading: Reading, neutral: Neutral
) -> None:
    lost = read_clip(film(tmp_path / "lost.mp4", black_in(frames, 2, 3, 24)))
    for pair, which in (((reading, lost), "generated"), ((lost, reading), "real")):
        scored = score_pair(*pair, neutral)
        assert np.flatnonzero(~scored.curves.found).tolist() == [2, 3, 24]
        assert scored.warnings == (f"no face in 3 of {FRAMES} frames of the {which} clip",)
        assert scored.scores["au_f1"] > 0.7
        assert scored.scores["eye_lmd"] < 0.03
        assert scored.scores["head_error_deg"] < 2
        assert all(np.isfinite(value) for value in scored.scores.values())


def test_no_frame_in_which_both_have_a_face_is_told(reading: Reading, neutral: Neutral) -> None:
    rows = reading.rows
    gone = np.full_like(rows.iod_px, np.nan)
    gone[:13] = rows.iod_px[:13]
    first = replace(reading, rows=replace(rows, iod_px=gone))
    gone = np.full_like(rows.iod_px, np.nan)
    gone[13:] = rows.iod_px[13:]
    second = replace(reading, name="late", rows=replace(rows, iod_px=gone))
    message = r"^generated clip late: expected a face in 70% of the 13 frames .* found one in 0: no"
    with pytest.raises(MetricError, match=message):
        score_pair(first, second, neutral)


def test_a_clip_that_loses_its_face_or_ends_early_is_not_scored_by_its_good_frames(
    reading: Reading, neutral: Neutral
) -> None:
    rows = reading.rows
    gone = rows.iod_px.copy()
    gone[FRAMES // 2 :] = np.nan
    lost = replace(reading, name="lost", rows=replace(rows, iod_px=gone))
    early = replace(reading, name="early", rows=rows[:6])
    for clip, told in (
        (lost, "found one in 13: no face is seen in 13 of its 26 frames; make it again"),
        (early, r"found one in 6: it ends after 0\.24 of 1\.04 s; make it again"),
    ):
        with pytest.raises(MetricError, match=told):
            score_pair(reading, clip, neutral)
    # What the real clip does not show, nobody has to.
    assert score_pair(lost, reading, neutral).scores["coverage"] == 1


@pytest.mark.parametrize("side_px", [240, 400])
def test_another_size_is_the_same_picture(
    tmp_path: Path, frames: list[Frame], reading: Reading, neutral: Neutral, side_px: int
) -> None:
    other = film(tmp_path / "size.mp4", [scaled(f, side_px, side_px) for f in frames])
    scored = score_pair(reading, read_clip(other, size_px=(SIDE_PX, SIDE_PX)), neutral)
    assert scored.scores["eye_lmd"] < 0.02
    assert scored.scores["head_error_deg"] < 1.5
    assert scored.scores["gaze_error_deg"] < 3
    assert scored.scores["blink_f1"] == 1
    assert scored.scores["color_shift"] < 1.5


def test_a_face_that_does_nothing_scores_as_one(
    tmp_path: Path, frames: list[Frame], reading: Reading, neutral: Neutral
) -> None:
    other = read_clip(film(tmp_path / "still.mp4", frames[:1] * FRAMES))
    scores = score_pair(reading, other, neutral).scores
    assert scores["au_f1"] < 0.3
    assert scores["blink_f1"] == 0
    assert scores["head_error_deg"] > 1.5
    assert scores["head_ccc"] == pytest.approx(0, abs=0.2)
    back = score_pair(other, reading, neutral).scores
    assert np.isnan([back["gaze_ccc"], back["head_ccc"], back["closure_ccc"]]).all()


def test_two_frames_are_enough(reading: Reading, neutral: Neutral) -> None:
    short = replace(reading, rows=reading.rows[:2])
    scores = score_pair(short, short, neutral).scores
    assert scores["head_error_deg"] == pytest.approx(0, abs=1e-6)
    assert np.isnan(scores["blink_f1"])
    gone = short.rows.iod_px.copy()
    gone[1] = np.nan
    one = replace(short, rows=replace(short.rows, iod_px=gone))
    assert score_pair(one, short, neutral).scores["eye_lmd"] == pytest.approx(0, abs=1e-6)


def test_a_clip_shorter_than_two_real_frames_is_told(reading: Reading, neutral: Neutral) -> None:
    short = replace(reading, rows=reading.rows[np.arange(3)], fps=100.0)
    wanted = r"^generated clip .*: expected a clip as long as the real one, .* got 0\.03 s"
    with pytest.raises(MetricError, match=wanted):
        score_pair(reading, short, neutral)
