"""Videos that no run's folder holds, beside the generated ones."""

from pathlib import Path

import pytest
from tests.emh_report.invented import row, run_folder, video

from cogportrait.bench.measures import measure_of
from cogportrait.bench.report_clips import Originals, show_clips, worst_cases
from cogportrait.bench.store import Run, read_run


@pytest.fixture
def run(tmp_path: Path) -> Run:
    scored = [row("a", au_f1=0.5), row("b", au_f1=0.4)]
    return read_run(run_folder(tmp_path / "run", scored, with_curves=False))


def sheets(run: Run, films: Originals) -> dict[str, str]:
    worst = worst_cases(run, [measure_of("au_f1")])
    return dict(show_clips({"one": run}, worst, films, lambda _: None).sheets)


def test_real_clips_are_found_by_name_wherever_they_are(run: Run, tmp_path: Path) -> None:
    for name in "ab":
        video(run.folder / "videos" / f"{name}.mp4", 60)
    video(tmp_path / "elsewhere" / "take 7.mp4", 200)
    alone = sheets(run, Originals())
    beside = sheets(run, Originals({"a": tmp_path / "elsewhere" / "take 7.mp4"}))
    assert alone.keys() == beside.keys() == {"a", "b"}
    assert beside["b"] == alone["b"]
    assert len(beside["a"]) > len(alone["a"])  # a row more


def test_videos_that_were_scored_where_they_are_are_shown(run: Run, tmp_path: Path) -> None:
    video(tmp_path / "theirs" / "a.mp4", 60)
    films = Originals({}, {"a": tmp_path / "theirs" / "a.mp4"})
    assert sheets(run, Originals()) == {}
    assert sheets(run, films).keys() == {"a"}
