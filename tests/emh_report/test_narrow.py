"""The page on a phone: what is wide scrolls by itself, and nothing makes the page wider."""

import re
from pathlib import Path

from tests.emh_report.invented import failed, rows, run_folder, video

from cogportrait.bench.report import report_files
from cogportrait.bench.store import read_run

SCROLLS = re.compile(r"\.(\w+)\{[^}]*overflow(?:-x)?:auto")


def page(folder: Path) -> str:
    scored = [*rows(), failed("lost", "no face")]
    runs = {name: run_folder(folder / name, scored) for name in ("a", "b")}
    for name in ("joy_2", "joy_3"):
        video(runs["a"] / "videos" / f"{name}.mp4", 90)
    _, files = report_files({name: read_run(run) for name, run in runs.items()})
    return files["report.html"].decode()


def test_what_is_wide_scrolls_by_itself(tmp_path: Path) -> None:
    text = page(tmp_path)
    style = text.split("<style>")[1].split("</style>")[0]
    scrolling = {*SCROLLS.findall(style)}
    before = re.findall(r'<div class="(\w+)"><table', text)
    assert len(before) == text.count("<table") > 5
    assert {*before} <= scrolling
    assert re.search(r"figure\{[^}]*overflow-x:auto", style)  # pictures
    assert re.search(r"main\{[^}]*overflow-wrap:anywhere", style)  # names and paths


def test_columns_are_no_wider_than_the_page(tmp_path: Path) -> None:
    text = page(tmp_path)
    assert '<div class="cases">' in text
    least = re.findall(r"minmax\(((?:[^(),]|\([^)]*\))+),", text)
    assert len(least) >= 3
    assert all(one == "0" or re.fullmatch(r"min\(\d+px,100%\)", one) for one in least)
