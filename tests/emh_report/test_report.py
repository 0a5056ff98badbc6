"""The page and its companions: well-formed, alone, escaped, and of the summary's numbers."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.emh_report.invented import (
    SCRIPT,
    STAMP,
    curves,
    failed,
    row,
    rows,
    run_folder,
    video,
)
from typer.testing import CliRunner

from cogportrait.apps.cli import app
from cogportrait.bench import report_clips
from cogportrait.bench.measures import measure_of
from cogportrait.bench.published import HEADING
from cogportrait.bench.report_clips import Originals, every_row, show_clips, worst_cases
from cogportrait.bench.report_curves import Drawn, curves_svg, differing_frames
from cogportrait.bench.report_frames import WHOLE, Strip, face_region, frames_at, real_video, sheet
from cogportrait.bench.store import read_run
from cogportrait.errors import InputError, MediaError
from cogportrait.metrics.scored import SCORED
from cogportrait.types import Frame

VOID = {"meta", "img", "br", "input", "link", "hr"}
FILES = ["report.html", "report.md", "scores.csv", "summary.json"]


class Page(HTMLParser):
    """Reads a page and holds it to be well-formed."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.tables: list[list[list[str]]] = []
        self.words = ""
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)
        match tag:
            case "table":
                self.tables.append([])
            case "tr":
                self.tables[-1].append([])
            case "td" | "th":
                self.tables[-1][-1].append("")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words += data
        if self.open and self.open[-1] in ("td", "a") and "td" in self.open:
            self.tables[-1][-1][-1] += data


def run(*words: object) -> Any:
    return CliRunner().invoke(app, [str(word) for word in words], prog_name="cogportrait")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Return a folder with two runs and their report; of one clip there are videos."""
    base = tmp_path_factory.mktemp("runs")
    lost = failed("lost", "no face found in <b>any</b> of 50 frames")
    run_folder(base / "first", [*rows(), lost, row("mad", "fear", au_f1=0.1, odd=3.0)])
    run_folder(base / "a$b_", rows(0.2), stamp=replace(STAMP, mode="label", seed=8))
    video(base / "first/videos/mad.mp4", 200)
    video(base / "real/mad.mp4", 90)
    video(base / "first/videos/joy_3.mp4", 120)
    (base / "first/videos/fear_1.mp4").write_bytes(b"broken")
    result = run(
        "bench", "report", base / "first", base / "a$b_", "-o", base / "out", "--real",
        base / "real", "--json",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    record = json.loads(result.stdout)
    assert record["path"] == str(base / "out/report.html")
    assert (record["clips"], record["failed"]) == (13, 1)
    assert record["runs"] == ["first", "a$b_"]
    yield base


@pytest.fixture(scope="module")
def text(made: Path) -> str:
    return (made / "out/report.html").read_text("utf-8")


@pytest.fixture(scope="module")
def page(text: str) -> Page:
    return Page(text)


def test_all_files_are_there(made: Path) -> None:
    assert sorted(path.name for path in (made / "out").iterdir()) == FILES


def test_the_page_loads_nothing(text: str, page: Page) -> None:
    for tag, attributes in page.tags:
        for name, value in attributes.items():
            if name in ("src", "href", "xlink:href", "data", "action", "srcset"):
                assert (value or "").startswith(("#", "data:image/")), (tag, name, value)
        assert tag not in ("link", "iframe", "object", "embed", "base")
    assert "@import" not in text
    assert not re.search(r"url\((?!#)", text)


def test_plots_come_before_tables_of_numbers(text: str) -> None:
    assert text.index("<svg") < text.index("<table")
    assert text.index("Every measure") < text.index("By category") < text.index("<h2>Tables")


def test_links_lead_somewhere(page: Page) -> None:
    names = [a["id"] for _, a in page.tags if a.get("id")]
    assert len(names) == len(set(names))
    for _, attributes in page.tags:
        for link in (attributes.get("href"), attributes.get("xlink:href")):
            if link and link.startswith("#"):
                assert link[1:] in names


def test_names_are_texts_and_never_markup(text: str, page: Page) -> None:
    assert text.count("<script>") == 1  # ours, which sorts
    assert "alert(" in page.words
    assert "alert(" not in text[text.index("<script>") :]
    assert "<b>any</b>" not in text
    for handler in ("onclick", "onload", "onerror"):
        assert not any(handler in attributes for _, attributes in page.tags)


def test_numbers_of_the_page_are_those_of_the_summary(made: Path, page: Page) -> None:
    record = json.loads((made / "out/summary.json").read_text("utf-8"))
    every = [t for t in page.tables if t[0][:1] == [""] or len(t) > 1]
    found = next(t for t in every if any(cells[0].startswith("AU-F1 ↑*") for cells in t[1:])
                 and len(t[1]) == 7)  # fmt: skip
    checked = 0
    for cells in found[1:]:
        m = next(measure_of(k) for k in record["measures"]
                 if cells[0].startswith(measure_of(k).title))  # fmt: skip
        for k, told in enumerate(record["runs"]):
            a = told["all"]["scores"][m.key]
            mean, interval, n = cells[1 + 3 * k : 4 + 3 * k]
            assert mean == ("–" if a["mean"] is None else m.shown(a["mean"]))
            wanted = "" if a["low"] is None else f"{m.shown(a['low'])} … {m.shown(a['high'])}"
            assert interval == wanted
            assert n.split(" ")[0] == str(a["n"])
            checked += 1
    assert checked == 2 * len(record["measures"])
    markdown = (made / "out/report.md").read_text("utf-8")
    first = record["runs"][0]["all"]["scores"]["au_f1"]
    assert f"| AU-F1 ↑\\* | {first['mean']:.3f} |" in markdown


def test_the_paper_stands_apart(text: str, page: Page) -> None:
    assert HEADING.capitalize() in page.words
    box = text[text.index('<div class="paper">') :]
    assert "HunyuanPortrait" not in text[: text.index('<div class="paper">')]
    assert "HunyuanPortrait" in box
    for table in page.tables:
        first = {cells[0] for cells in table}
        assert not ({"first", "a$b_"} & first and "HunyuanPortrait" in first)
    sortable = re.findall(r"<table[^>]*sort[^>]*>.*?</table>", text, re.DOTALL)
    assert sortable
    assert not any("HunyuanPortrait" in table for table in sortable)


def test_failures_warnings_and_stamps_are_listed(page: Page) -> None:
    for words in (
        "no face found in <b>any</b> of 50 frames", "the real clip is dark | see\\nthere",
        STAMP.data, STAMP.tracker, "option size", "a$b_ and first do not have the same clips",
        "fear_1.mp4",
    ):  # fmt: skip
        assert words in page.words


def test_unknown_measures_are_shown(page: Page) -> None:
    assert any(cells[0] == "odd" for table in page.tables for cells in table)


def test_clips_fold_their_curves(text: str, page: Page) -> None:
    folded = [a for tag, a in page.tags if tag == "details" and (a.get("id") or "")[:5] == "clip-"]
    assert len(folded) == 7
    assert not any("open" in attributes for attributes in folded)
    assert text.count('class="curves"') == 6  # one clip kept none
    assert "No curves were kept." in page.words


def test_frames_of_the_worst_stand_on_the_page_once(text: str) -> None:
    assert text.count("data:image/jpeg;base64,") == 2  # a broken video is a remark
    assert text.count('alt="frames of mad"') == 1


def test_markdown_has_no_markup_of_names(made: Path) -> None:
    text = (made / "out/report.md").read_text("utf-8")
    assert "<script" not in text
    assert "<b>" not in text
    assert "dark \\| see" in text
    for table in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE):
        widths = {len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()}
        assert len(widths) == 1


def test_equal_runs_give_equal_reports_that_replace_each_other(tmp_path: Path) -> None:
    scored = [row("a", au_f1=0.5, odd=1.0), row("b", au_f1=0.25)]
    folder = run_folder(tmp_path / "r", scored, stamp=replace(STAMP, protocol="score"))
    texts: list[bytes] = []
    for _ in range(2):
        result = run("bench", "report", folder, "-o", tmp_path / "again", "-q")
        assert result.exit_code == 0, result.output
        assert result.stdout == f"{tmp_path / 'again/report.html'}\n"
        texts.append((tmp_path / "again/report.html").read_bytes())
    assert texts[0] == texts[1]
    page = Page(texts[0].decode())
    assert "Differences from" not in page.words  # there is nothing to compare with
    assert HEADING.capitalize() not in page.words  # the paper has no such table


def refused(*words: object) -> str:
    result = run("bench", "report", *words)
    assert result.exit_code == 1, result.output
    assert isinstance(result.exception, SystemExit)
    assert len(result.stderr.splitlines()) == 1
    return result.stderr


def test_what_cannot_be_is_one_line(made: Path, tmp_path: Path) -> None:
    first = made / "first"
    assert "expected the folder of a benchmark run" in refused(tmp_path, "-o", tmp_path / "o")
    assert "is given twice" in refused(first, f"{first}/", "-o", tmp_path / "o")
    assert "give one with -o" in refused(first, made / "a$b_")
    assert "keeps its results; name another folder" in refused(first, "-o", first / "clips")
    assert not (first / "clips/report.html").exists()
    assert "at most 8" in refused(*[first] * 9, "-o", tmp_path / "o")
    assert "expected a folder of real clips" in refused(
        first, "-o", tmp_path / "o", "--real", tmp_path / "no"
    )
    (tmp_path / "o").mkdir()
    (tmp_path / "o/report.md").write_text("mine")
    assert "is of no earlier report" in refused(first, "-o", tmp_path / "o")
    assert (tmp_path / "o/report.md").read_text() == "mine"
    assert "expected a folder name, got ''" in refused(first, "-o", "")


def test_damaged_files_are_named_and_nothing_is_written(tmp_path: Path) -> None:
    folder = run_folder(tmp_path / "r", rows())
    (folder / "clips/joy_1.json").write_text("{")
    assert "joy_1.json: not JSON" in refused(folder, "-o", tmp_path / "o")
    assert not (tmp_path / "o").exists()


def test_a_run_in_which_all_failed_has_a_report_in_its_own_folder(tmp_path: Path) -> None:
    folder = run_folder(tmp_path / "r", [failed(name, "no face") for name in ("a", "b")])
    result = run("bench", "report", folder)
    assert result.exit_code == 0, result.output
    page = Page((folder / "report.html").read_text("utf-8"))
    assert "No clip has a score." in page.words
    assert "no face" in page.words
    assert json.loads((folder / "summary.json").read_text())["runs"][0]["all"]["clips"] == 0


def test_folders_of_one_name_are_told_apart(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    runs = [run_folder(tmp_path / x / "r", rows()[:1], with_curves=False) for x in ("a", "b")]
    result = run("bench", "report", *runs, "-o", tmp_path / "o", "--json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["runs"] == ["a/r", "b/r"]


def test_the_worst_are_the_worst_and_never_perfect(tmp_path: Path) -> None:
    scored = [row("a", au_f1=1.0, eye_lmd=0.01), row("b", au_f1=0.5, eye_lmd=0.3),
              row("c", au_f1=0.4), row("d", au_f1=float("nan"), odd=9.0)]  # fmt: skip
    of = read_run(run_folder(tmp_path, scored, with_curves=False))
    found = worst_cases(of, [measure_of(k) for k in ("au_f1", "eye_lmd", "ssim", "odd")])
    assert [(w.measure.key, [name for name, _ in w.cases]) for w in found] == [
        ("au_f1", ["c", "b"]), ("eye_lmd", ["b", "a"]),
    ]  # fmt: skip
    perfect = read_run(run_folder(tmp_path / "p", [row("a", au_f1=1.0)], with_curves=False))
    assert worst_cases(perfect, [measure_of("au_f1")]) == ()


def test_of_very_many_clips_some_are_drawn_the_worst_among_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report_clips, "MOST_CLIPS", 5)
    scored = [row(f"c{i:02d}", ("anger", "fear")[i % 2], au_f1=i / 20) for i in range(20)]
    runs = {"a": read_run(run_folder(tmp_path, scored, with_curves=False))}
    worst = worst_cases(runs["a"], [measure_of("au_f1")])
    shown = show_clips(runs, worst, Originals(), lambda _: None)
    assert len(shown.names) == 5
    assert {"c00", "c01"} <= set(shown.names)
    kinds = [every_row(runs)[name].category for name in shown.names]
    assert kinds == sorted(kinds)
    assert set(kinds) == {"anger", "fear"}


def test_moments_are_where_curves_differ_most_and_apart() -> None:
    one = curves("AU43_L", 0.8, 60)
    assert all(10 <= frame < 24 for frame in differing_frames(one, 1))
    three = differing_frames(one, 3)
    assert three == sorted(three)
    assert min(np.diff(three)) > 5
    unseen = replace(one, found=np.zeros(60, np.bool_))
    assert differing_frames(unseen, 3) == []


def test_curves_keep_their_peaks_and_break_where_no_face_is() -> None:
    svg = curves_svg([Drawn("#0072b2", curves()), Drawn("#d55e00", curves("62", 25.0))], SCRIPT)
    assert "<script" not in svg
    assert svg.count("<g ") == svg.count("</g>") == 12
    assert ">25°</text>" in svg  # the axis grows with what is drawn
    lids = svg[svg.index("lids closed") : svg.index("gaze, + subject")]
    (real,) = re.findall(r'<path class="r" d="([^"]*)"', lids[: lids.index('class="g"')])[:1]
    assert real.count("M") == 2
    assert "NaN" not in svg
    assert len(svg) < 20_000


def test_curves_of_one_frame_can_be_drawn() -> None:
    one = curves(frames=25)
    short = replace(one, real=one.real[:1], generated=one.generated[:1], found=one.found[:1])
    assert "<path" in curves_svg([Drawn("#0072b2", short)], "one")
    assert len(SCORED) == one.real.shape[1]


def test_frames_are_those_of_the_times(tmp_path: Path) -> None:
    video(tmp_path / "a.mp4", 90, 10)
    found = frames_at(tmp_path / "a.mp4", [0.0, 0.2, 0.2, 9.0])
    assert sorted(found) == [0.0, 0.2, 9.0]
    assert abs(int(found[9.0].mean()) - 90) < 12
    (tmp_path / "b.mp4").write_bytes(b"x")
    with pytest.raises(MediaError, match=r"b\.mp4"):
        frames_at(tmp_path / "b.mp4", [0.0])


def test_real_clips_are_found_by_name_also_one_folder_down(tmp_path: Path) -> None:
    (tmp_path / "M003").mkdir()
    (tmp_path / "M003/x.mp4").write_bytes(b"")
    (tmp_path / "y.webm").write_bytes(b"")
    assert real_video(tmp_path, "x") == tmp_path / "M003/x.mp4"
    assert real_video(tmp_path, "y") == tmp_path / "y.webm"
    assert real_video(tmp_path, "z") is None
    assert real_video(tmp_path / "no", "x") is None


def test_a_sheet_of_pictures_of_two_sizes(tmp_path: Path) -> None:
    small, large = (np.zeros((h, 2 * h, 3), np.uint8) for h in (30, 90))
    address = sheet([Strip("a", "#123456", {0.0: small}), Strip("b", "#ffffff", {1.0: large})],
                    [0.0, 1.0], (0.25, 0.0, 0.75, 1.0))  # fmt: skip
    assert address.startswith("data:image/jpeg;base64,/9j/")


def test_the_square_around_a_face(astronaut: Frame) -> None:
    x0, y0, x1, y1 = face_region([astronaut])
    assert (x1 - x0) == pytest.approx(y1 - y0)
    assert 0 <= x0 < 0.44 < x1 <= 1  # where her face is
    assert 0 <= y0 < 0.22 < y1 <= 1
    assert x1 - x0 < 0.7
    assert face_region([np.zeros((40, 60, 3), np.uint8)]) == WHOLE


def test_more_runs_than_colors_are_refused() -> None:
    from cogportrait.bench.report import report_files

    with pytest.raises(InputError, match="expected 1 to 8, got 0"):
        report_files({})
