"""What a run that is started again does with files that are lost, damaged, half, or too many."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from tests.emh.tasks import Fake
from tests.emh_report.invented import STAMP

from cogportrait.bench.losses import losses
from cogportrait.bench.rows import ClipRow
from cogportrait.bench.runner import run_tasks
from cogportrait.bench.store import read_run
from cogportrait.errors import OutputError
from cogportrait.io.atomic import temporary_name


def ran(folder: Path, *tasks: Fake) -> tuple[dict[str, int], list[str]]:
    """Run tasks; return the number of each clip and what was warned of."""
    told: list[ClipRow] = []
    warned: list[str] = []
    run_tasks(tasks, folder, STAMP, tell=told.append, warn=warned.append)
    return {row.name: round(100 * row.scores["au_f1"]) for row in told}, warned


def halved(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


@pytest.mark.parametrize("part", ["clips/a.npz", "controls/a.json", "videos/a.mp4"])
@pytest.mark.parametrize("spoil", [Path.unlink, halved])
def test_the_same_run_scores_the_clip_again(
    tmp_path: Path, part: str, spoil: Callable[[Path], None]
) -> None:
    ran(tmp_path, Fake("a", 1), Fake("b", 2))
    spoil(tmp_path / part)
    numbers, warned = ran(tmp_path, Fake("a", 7), Fake("b", 8))
    assert numbers == {"b": 2, "a": 7}
    (line,) = warned
    assert line.startswith(f"{tmp_path / part}: ")
    assert line.endswith("; the clip is scored again")
    assert losses([read_run(tmp_path)]) == ((), ())
    assert ran(tmp_path, Fake("a", 9), Fake("b", 9)) == ({"a": 7, "b": 2}, [])


def test_what_a_killed_run_left_under_temporary_names_is_removed(tmp_path: Path) -> None:
    ran(tmp_path, Fake("a", 1), Fake("b", 2))
    ours = [
        temporary_name(tmp_path / path)
        for path in ("videos/a.mp4", "clips/a.json", "controls/b.json", "clips/b.npz",
                     "report.html", "videos/" + "x" * 150 + ".mp4", "videos/a.b.mp4")
    ]  # fmt: skip
    theirs = [
        tmp_path / "videos" / name
        for name in (".a.part.mp4", ".a.0123456789.mp4", "a.0123456789.part.mp4", ".notes",
                     ".a.012345678.part.mp4", ".a.0123456789.part.tar.gz", ".a.ABCDEF0123.part.mp4")
    ]  # fmt: skip
    for file in (*ours, *theirs):
        file.write_text("half")
    temporary_name(tmp_path / "probe").mkdir()
    ran(tmp_path, Fake("a", 1), Fake("b", 2))
    assert [file for file in ours if file.exists()] == []
    assert [file for file in theirs if not file.exists()] == []
    assert list(tmp_path.glob(".probe*")) == []


def test_temporary_files_of_another_run_stay(tmp_path: Path) -> None:
    ran(tmp_path, Fake("a", 1))
    file = temporary_name(tmp_path / "videos" / "a.mp4")
    file.write_text("half")
    with pytest.raises(OutputError, match="holds a run with other settings"):
        run_tasks([Fake("a")], tmp_path, replace(STAMP, seed=99))
    assert file.exists()


def test_what_is_removed_since_it_is_asked_for_no_more_is_one_line(tmp_path: Path) -> None:
    ran(tmp_path, *(Fake(name, 1) for name in "abcdef"))
    _, warned = ran(tmp_path, *(Fake(name, 1) for name in "abcde"))
    what = "of clips that are not asked for any more, with their results, removed:"
    assert warned == [f"{tmp_path}: 1 row {what} f"]
    _, warned = ran(tmp_path, Fake("b", 1))
    assert warned == [f"{tmp_path}: 4 rows {what} a, c, d and 1 more"]
    assert ran(tmp_path, Fake("b", 1)) == ({"b": 1}, [])
