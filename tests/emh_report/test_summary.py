"""Means, intervals, categories, the subset, and differences over the same clips."""

import csv
import io
import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.emh_report.invented import STAMP, failed, row, rows

from cogportrait.bench.measures import BY_KEY, MEASURES, Better, measure_of, measures_of
from cogportrait.bench.published import HEADING, note, published, source
from cogportrait.bench.report import report_files
from cogportrait.bench.rows import ClipRow
from cogportrait.bench.store import Run
from cogportrait.bench.summary import EMH_CATEGORIES, in_subset, summarize
from cogportrait.bench.summary_files import scores_csv, summary_json
from cogportrait.metrics.aggregate import aggregate


def run_of(*scored: ClipRow, **whole: float) -> Run:
    return Run(Path("r"), STAMP, scored, whole)


def test_means_are_over_defined_clips_and_the_others_are_counted() -> None:
    summary = summarize({"a": run_of(*rows(), failed("lost", "no face found"))})
    told = summary.runs[0]
    blinks = told.every.scores["blink_f1"]
    assert (blinks.n, blinks.undefined) == (5, 1)
    known = [r.scores["au_f1"] for r in rows()]
    assert told.every.scores["au_f1"] == aggregate(known)
    assert told.every.clips == 6
    assert told.failed == (("lost", "no face found"),)
    assert told.warned == (("fear_2", "the real clip is dark | see\nthere"),)


def test_what_is_not_known_of_a_clip_that_failed_is_empty() -> None:
    lost = replace(failed("lost", "no face"), size_px=(0, 0))
    runs = {"a": run_of(row("x", au_f1=0.5), lost)}
    scored, line = csv.DictReader(io.StringIO(scores_csv(runs)))
    keys = ("seconds", "fps", "width_px", "height_px", "face_px", "frames")
    assert [line[key] for key in keys] == [""] * 6
    assert [scored[key] for key in keys] == ["2", "25", "640", "480", "130", "50"]


def test_a_measure_that_some_rows_lack_is_undefined_there() -> None:
    summary = summarize({"a": run_of(row("x", au_f1=0.5), row("y", ssim=0.7))})
    scores = summary.runs[0].every.scores
    assert [m.key for m in summary.measures] == ["au_f1", "ssim"]
    assert (scores["au_f1"].n, scores["au_f1"].undefined) == (1, 1)
    assert math.isnan(scores["au_f1"].low)  # of one clip there is no interval


def test_emh_has_all_twelve_categories_also_empty_ones() -> None:
    told = summarize({"a": run_of(*rows())}).runs[0]
    assert [part.name for part in told.categories] == list(EMH_CATEGORIES)
    by_name = {part.name: part for part in told.categories}
    assert by_name["fear"].clips == 2
    assert by_name["disgust"].clips == 0
    assert math.isnan(by_name["disgust"].scores["au_f1"].mean)
    assert by_name["happiness"].scores["blink_f1"].undefined == 1


def test_other_protocols_have_the_categories_of_their_clips() -> None:
    scored = (row("a", "zebra", ssim=0.5), row("b", "", ssim=0.5), row("c", "fear", ssim=0.5))
    told = summarize({"a": Run(Path("r"), replace(STAMP, protocol="score"), scored, {})}).runs[0]
    assert [part.name for part in told.categories] == ["fear", "zebra", ""]


@pytest.mark.parametrize(
    ("change", "belongs"),
    [
        ({}, True), ({"frontal": "no"}, False), ({"frontal": ""}, False),
        ({"face_px": 119.9}, False), ({"face_px": 120.0}, True), ({"face_px": math.nan}, False),
        ({"fps": 15.0}, False), ({"fps": 24000 / 1001}, True), ({"fps": math.nan}, False),
    ],
)  # fmt: skip
def test_the_subset_is_what_is_known_to_be_fit(change: dict[str, object], belongs: bool) -> None:
    assert in_subset(replace(row("a"), **change)) is belongs  # type: ignore[arg-type]


def test_the_subset_has_its_own_means() -> None:
    told = summarize({"a": run_of(*rows())}).runs[0]
    assert told.subset.clips == 4  # without a small face and one from the side
    assert told.subset.scores["au_f1"].n == 4


def test_differences_are_over_the_clips_of_both() -> None:
    first = run_of(*rows())
    other = run_of(*rows(0.25)[:4], failed("joy_3", "lost"), row("more", au_f1=0.0))
    summary = summarize({"first": first, "other": other})
    (paired,) = summary.paired
    assert (paired.name, paired.clips) == ("other", 4)
    a = paired.scores["au_f1"]
    assert a.n == 4
    for value in (a.mean, a.low, a.high):  # every clip is off by as much: no width at all
        assert value == pytest.approx(-0.25)
    assert (paired.scores["blink_f1"].n, paired.scores["blink_f1"].undefined) == (3, 1)
    assert "do not have the same clips" in summary.cautions[0]


def test_a_clip_that_failed_is_not_one_that_both_have() -> None:
    first = run_of(*rows())
    other = run_of(*rows()[:-1], failed(rows()[-1].name, "lost"))
    summary = summarize({"first": first, "other": other})
    n = len(rows())
    assert f"{n - 1} in both, 0 in other alone, 1 in first alone" in summary.cautions[0]
    _, files = report_files({"first": first, "other": other})
    told = f"first: {n} clips scored, 0 failed, other: {n - 1} clips scored, 1 failed"
    for name in ("report.html", "report.md"):
        assert told in files[name].decode()


def test_a_report_says_where_scores_begin_and_what_gt_is() -> None:
    for mode, refine, told in (("gt", "3", True), ("gt", "0", False), ("label", "3", False)):
        stamp = replace(STAMP, mode=mode, options={"refine": refine})
        _, files = report_files({"a": Run(Path("r"), stamp, tuple(rows()), {})})
        for name in ("report.html", "report.md"):
            text = files[name].decode()
            assert "Scores do not begin at 0" in text
            assert ("corrected against it" in text) is told


def test_paired_intervals_are_those_of_the_differences() -> None:
    rng = np.random.default_rng(1)
    base, gain = rng.uniform(0, 1, 40), rng.normal(0.1, 0.02, 40)
    runs = {
        "a": run_of(*(row(f"c{i}", au_f1=float(v)) for i, v in enumerate(base))),
        "b": run_of(*(row(f"c{i}", au_f1=float(v)) for i, v in enumerate(base + gain))),
    }
    paired = summarize(runs).paired[0].scores["au_f1"]
    assert paired.mean == pytest.approx(gain.mean())
    assert 0.08 < paired.low < paired.high < 0.12


def test_runs_of_other_data_or_trackers_are_cautioned_of() -> None:
    other = Run(Path("r"), replace(STAMP, data="f" * 64, tracker="another"), tuple(rows()), {})
    cautions = summarize({"a": run_of(*rows()), "b": other}).cautions
    assert cautions == ("b has another data than a", "b has another tracker than a")
    assert summarize({"a": run_of(*rows()), "b": run_of(*rows())}).cautions == ()


def test_measures_of_the_whole_run_have_no_interval() -> None:
    told = summarize({"a": run_of(*rows(), fid=31.0, fvd=math.nan)}).runs[0]
    assert told.whole == ("fid", "fvd")
    assert told.every.scores["fid"].mean == 31.0
    assert math.isnan(told.every.scores["fid"].low)
    assert told.every.scores["fvd"].n == 0


def test_a_run_without_a_clip_has_a_summary() -> None:
    summary = summarize({"a": run_of(), "b": run_of(failed("x", "no face"))})
    assert summary.measures == ()
    assert [told.every.clips for told in summary.runs] == [0, 0]
    json.loads(summary_json(summary))


def test_unknown_measures_stand_under_their_own_name_after_the_known() -> None:
    found = measures_of(["zeta", "eye_lmd", "alpha<b>", "au_f1"])
    assert [m.key for m in found] == ["au_f1", "eye_lmd", "alpha<b>", "zeta"]
    assert measure_of("zeta").better is Better.UNKNOWN
    assert measure_of("zeta").title == "zeta"
    assert math.isnan(measure_of("zeta").badness(0.5))


@pytest.mark.parametrize("measure", MEASURES, ids=lambda m: m.key)
def test_every_measure_has_a_scale_that_goes_its_way(measure: object) -> None:
    m = BY_KEY[getattr(measure, "key")]  # noqa: B009
    assert m.better is not Better.UNKNOWN
    assert (m.rim > m.hub) == (m.better is Better.HIGHER)
    assert m.outward(m.rim) == 1.0
    assert m.outward(m.hub) == 0.0
    assert m.outward(2 * m.rim - m.hub) == 1.0
    assert m.badness(m.hub) > m.badness(m.rim)
    assert m.shown(math.nan) == "–"
    assert m.shown(-1e-9) == m.shown(0.0)


def test_csv_has_one_line_a_clip() -> None:
    runs = {"a": run_of(*rows(), failed("lost", 'no "face", found')), "b": run_of(*rows())}
    lines = list(csv.DictReader(io.StringIO(scores_csv(runs))))
    assert len(lines) == 13
    assert lines[0]["au_f1"] == "0.9"
    assert next(line for line in lines if line["name"] == "joy_1")["blink_f1"] == ""
    lost = next(line for line in lines if line["name"] == "lost")
    assert (lost["error"], lost["au_f1"], lost["face_px"]) == ('no "face", found', "", "")
    assert [line["run"] for line in lines].count("b") == 6


def test_json_says_what_the_summary_says() -> None:
    summary = summarize({"a": run_of(*rows()), "b": run_of(*rows(0.1))})
    record = json.loads(summary_json(summary))
    assert record["format"] == "cogportrait-bench-summary/1"
    assert record["measures"]["eye_lmd"] == {
        "name": "Eye-LMD", "better": "lower", "unit": "", "ours": True,
    }  # fmt: skip
    told = record["runs"][1]["all"]["scores"]["au_f1"]
    assert told["mean"] == pytest.approx(summary.runs[1].every.scores["au_f1"].mean, rel=1e-5)
    assert record["paired"][0]["less"] == "a"
    assert record["paired"][0]["differences"]["au_f1"]["mean"] == pytest.approx(-0.1)
    assert record["runs"][0]["stamp"]["seed"] == 7
    empty = record["runs"][0]["categories"][4]
    assert (empty["name"], empty["scores"]["au_f1"]["mean"]) == ("disgust", None)


def test_the_papers_tables_are_as_printed() -> None:
    emh, ablations = published("emh")
    (hdtf,) = published("hdtf")
    assert published("score") == ()
    assert [len(table.rows) for table in (emh, ablations, hdtf)] == [11, 8, 9]
    for table in (emh, ablations, hdtf):
        assert all(len(r.values) == len(table.columns) == len(table.measures) for r in table.rows)
        assert all(math.isfinite(float(v)) for r in table.rows for v in r.values)
    full = emh.rows[-1]
    assert full.values == ("34.20", "0.5184", "0.9129", "0.0145", "0.9017", "0.7397")
    assert full.values == ablations.rows[-1].values
    assert hdtf.rows[-1].values == ("16.68", "32.90", "0.0633", "7.15", "0.9214", "0.0107")
    assert emh.columns[0] == "BRISQUE ↓"
    assert "2605.28056" in source()
    assert "CC BY 4.0" in source()
    assert note()
    assert HEADING == "reported by the paper, other data"
