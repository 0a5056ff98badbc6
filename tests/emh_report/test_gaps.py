"""What a report does without: undefined measures, few clips, no categories, nothing to stamp."""

import csv
import io
import json
import math
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.emh_report.invented import STAMP, complete, failed, row, rows, run_folder

from cogportrait.bench.measures import ABSENT, BY_KEY, MEASURES, OF_RUNS, RADAR
from cogportrait.bench.remarks import OTHERWISE, UNKNOWN, UNSCORED, read_remarks, write_remarks
from cogportrait.bench.report import report_files
from cogportrait.bench.report_plots import (
    categories_figure,
    categories_there,
    radar_figure,
    radar_measures,
    values_figure,
)
from cogportrait.bench.report_tables import lacks_table, measures_table, stamp_table
from cogportrait.bench.rows import ClipRow, Stamp
from cogportrait.bench.store import Run, read_run, write_whole
from cogportrait.bench.summary import summarize
from cogportrait.errors import InputError
from cogportrait.io.figures import svg_of
from cogportrait.metrics.aggregate import LEAST, aggregate
from cogportrait.metrics.standard.measure import MeasureName, Missing

SCORE = Stamp("score", "", "", 0, "", {"real": "a", "portraits": ""}, "tracker", {"numpy": "2"})
FETCH = "fetch weights-inception.pth from its release"


def run_of(*scored: ClipRow, stamp: Stamp = STAMP, **whole: float) -> Run:
    return Run(Path("nowhere"), stamp, scored, whole)


def texts(svg: str) -> list[str]:
    return [t.strip() for t in re.findall(r"<text[^>]*>([^<]*)</text>", svg)]


def test_axes_of_the_radar_chart_stay_where_they_are() -> None:
    both = row("a", au_f1=0.5, gaze_ccc=0.9, ssim=0.5, psnr=20.0, blink_f1=0.5)
    without = row("a", au_f1=0.5, gaze_ccc=0.9, ssim=0.5, psnr=20.0, blink_f1=math.nan)
    places: list[list[tuple[float, float, str]]] = []
    for one in (both, without):
        summary = summarize({"r": run_of(one)})
        figure = radar_figure(summary)
        (axes,) = figure.axes
        named = [t for t in axes.texts if t.get_fontweight() == "bold"]
        places.append([(*t.get_position(), t.get_text().strip()) for t in named])
        assert len(axes.lines[0].get_xdata()) == len(RADAR) + 1
    assert places[0] == places[1]
    assert [name for *_, name in places[0]] == [m.name for m in RADAR]
    there = radar_measures(summarize({"r": run_of(without)}))
    assert [m.key for m in there] == ["au_f1", "ssim", "psnr"]
    at = np.asarray(radar_figure(summarize({"r": run_of(without)})).axes[0].lines[0].get_ydata())
    blinks = [m.key for m in RADAR].index("blink_f1")
    assert np.isnan(at[blinks])  # a gap, and nothing else in its place


def test_few_clips_have_no_interval() -> None:
    for n in (1, 2, LEAST - 1, LEAST):
        found = aggregate([0.1 * i for i in range(n)])
        assert (found.bounds is None) == (n < LEAST)
    runs = {"r": run_of(*rows()[:2])}
    summary = summarize(runs)
    grid = measures_table(summary, "All clips")
    by_name = {cells[0]: cells for cells in grid.rows}
    assert by_name["AU-F1 ↑*"][2:] == ("", "2")
    record = json.loads(report_files(runs)[1]["summary.json"])
    told = record["runs"][0]["all"]["scores"]["au_f1"]
    assert (told["low"], told["high"], told["n"]) == (None, None, 2)
    known = {"r": {m.key: np.array([0.8, 0.9]) for m in summary.measures}}
    svg = svg_of(values_figure(summary, summary.measures[:1], known), "v")
    assert any(text.endswith("(n = 2)") for text in texts(svg))


@pytest.mark.parametrize("value", [0.0, math.nan])
def test_axes_without_a_range_are_those_of_the_scale(value: float) -> None:
    summary = summarize({"r": run_of(*(row(f"c{i}", au_f1=value) for i in range(6)))})
    shown = np.array([] if math.isnan(value) else [value] * 6)
    axes = values_figure(summary, summary.measures, {"r": {"au_f1": shown}}).axes[0]
    low, high = axes.get_xlim()
    assert -0.1 < low <= 0
    assert 1 <= high < 1.1
    assert categories_figure(summary, summary.measures).axes[0].get_ylim() == (0, 1)


def test_categories_without_a_clip_are_not_drawn() -> None:
    summary = summarize({"r": run_of(*rows())})
    assert len(categories_there(summary)) == 2
    assert len(summary.runs[0].categories) == 12
    axes = categories_figure(summary, summary.measures[:1]).axes[0]
    low, high = axes.get_xlim()
    widest = max(patch.get_width() for patch in axes.patches)  # pyright: ignore[reportAttributeAccessIssue]
    assert len(axes.patches) == 2
    assert widest < 0.15 * (high - low)


def test_without_categories_there_are_no_charts_of_them() -> None:
    scored = [replace(one, category="") for one in rows()]
    for protocol in ("emh", "score"):
        stamp = replace(STAMP, protocol=protocol)
        _, files = report_files({"r": run_of(*scored, stamp=stamp)})
        assert b"By category" not in files["report.html"]
        assert b"By category" not in files["report.md"]


def test_stamps_say_only_what_there_is() -> None:
    _, files = report_files({"r": run_of(rows()[0], stamp=SCORE)})
    for name in ("report.html", "report.md"):
        text = files[name].decode()
        assert "1 clip scored" in text
        assert "seed" not in text
        assert "data ;" not in text
        assert "SHA-256" not in text
        assert "option portraits" not in text
        assert "option real" in text
    assert "<b>1</b>clip scored" in files["report.html"].decode()
    table = stamp_table(summarize({"r": run_of(rows()[0]), "s": run_of(stamp=SCORE)}))
    by_name = {cells[0]: cells for cells in table.rows}
    assert by_name["seed"] == ("seed", "7", "–")


def test_measures_without_a_number_are_told_everywhere(tmp_path: Path) -> None:
    folder = run_folder(tmp_path / "r", rows(), with_curves=False)
    write_remarks(folder, [Missing(MeasureName.FID, "weights-inception.pth is not there", FETCH)])
    _, files = report_files({"r": read_run(folder)})
    reason = f"weights-inception.pth is not there; {FETCH}"
    for name in ("report.html", "report.md"):
        text = files[name].decode()
        assert "Measures without a number" in text
        assert reason in text
        assert "--measure sync-c" in text  # which nobody asked for
    assert "| FID ↓ | – |  | 0 |" in files["report.md"].decode()
    record = json.loads(files["summary.json"])
    told = {one["measure"]: (one["runs"], one["reason"]) for one in record["missing"]}
    assert told["fid"] == (["r"], reason)
    assert told.keys() == ABSENT.keys()
    assert record["runs"][0]["all"]["scores"]["fid"]["mean"] is None
    assert record["measures"]["fid"]["name"] == "FID"
    (first, *_) = csv.DictReader(io.StringIO(files["scores.csv"].decode()))
    assert {key: first[key] for key in ABSENT.keys() - OF_RUNS} == dict.fromkeys(
        ABSENT.keys() - OF_RUNS, ""
    )


def test_measures_that_one_run_has_are_missed_of_the_other(tmp_path: Path) -> None:
    folder = run_folder(tmp_path / "a", [row("x", lpips=0.25, au_f1=0.5)], with_curves=False)
    write_whole(folder, {"fid": 31.0})
    summary = summarize({"a": read_run(folder), "b": run_of(row("x", au_f1=0.5))})
    lacks = {one.measure.key: one.runs for one in summary.lacks}
    assert (lacks["fid"], lacks["lpips"], lacks["fvd"]) == (("b",), ("b",), ("a", "b"))
    assert not {"fid", "lpips"} & {m.key for m in summary.absent}
    grid = measures_table(summary, "All clips")
    keys = [cells[0] for cells in grid.rows]
    assert len(keys) == len(set(keys))


def test_a_run_without_a_clip_lacks_nothing() -> None:
    assert summarize({"r": run_of()}).lacks == ()


def test_a_run_in_which_all_clips_failed_lacks_every_measure(tmp_path: Path) -> None:
    folder = run_folder(tmp_path / "r", [failed("a", "no face"), failed("b", "no face")])
    write_remarks(folder, [Missing(MeasureName.LPIPS, "weights-alex.pth is not there", FETCH)])
    write_whole(folder, {"fid": math.nan})  # which was asked for
    _, files = report_files({"r": read_run(folder)})
    record = json.loads(files["summary.json"])
    told = {one["measure"]: one["reason"] for one in record["missing"]}
    assert told.keys() == {m.key for m in MEASURES} - {"id_sim"}
    assert told["au_f1"] == told["ssim"] == told["brisque"] == UNSCORED
    assert told["lpips"] == f"weights-alex.pth is not there; {FETCH}"
    assert told["fid"] == f"{UNSCORED}; it is asked for with `--measure fid`"
    for name in ("report.html", "report.md"):
        text = files[name].decode()
        assert "Measures without a number" in text
        assert "AU-F1, AU-F1-frame, AU-Temp" in text
        assert UNSCORED in text
        assert "weights-alex.pth is not there" in text
    assert "| AU-F1 ↑\\* | – |  | 0 |" in files["report.md"].decode()
    assert "| FID ↓ | – |  |  |" in files["report.md"].decode()


def test_where_all_clips_of_one_run_failed_the_other_lacks_nothing_of_its_own() -> None:
    runs = {"a": run_of(row("x", au_f1=0.5)), "b": run_of(failed("x", "no face"))}
    lacks = {one.measure.key: (one.runs, one.reason) for one in summarize(runs).lacks}
    assert lacks["au_f1"] == (("b",), UNSCORED)
    assert lacks["ssim"] == (("b",), UNSCORED)
    table = lacks_table(summarize(runs))
    assert {cells[1] for cells in table.rows} == {"a", "b"}


def test_names_of_standard_measures_are_those_of_the_table() -> None:
    assert {BY_KEY[key].name for key in ABSENT} == {name.value for name in MeasureName}


def test_clips_that_are_not_hdtfs_are_cautioned_of(tmp_path: Path) -> None:
    stamp = replace(STAMP, protocol="hdtf")
    folder = run_folder(tmp_path / "r", rows(), stamp=stamp, with_curves=False)
    assert summarize({"r": read_run(folder)}).cautions == (f"r: {UNKNOWN}",)
    write_remarks(folder, [], [OTHERWISE])
    complete(folder, rows())
    summary, files = report_files({"r": read_run(folder)})
    assert summary.cautions == (f"r: {OTHERWISE}",)
    for name in ("report.html", "report.md"):
        assert "clips prepared otherwise than HDTF" in files[name].decode()
    write_remarks(folder, [])
    assert summarize({"r": read_run(folder)}).cautions == ()


def test_damaged_remarks_are_named(tmp_path: Path) -> None:
    assert read_remarks(tmp_path) is None
    file = tmp_path / "remarks.json"
    for text in ("{", '{"format": "other"}', '{"format": "cogportrait-bench-remarks/1"}'):
        file.write_text(text)
        with pytest.raises(InputError, match=r"remarks\.json"):
            read_remarks(tmp_path)
