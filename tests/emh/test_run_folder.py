"""Folders that are somebody else's are refused, and nothing in them is touched."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from tests.emh.tasks import Broken, Faceless, Fake, rows_of
from tests.emh_report.invented import STAMP

from cogportrait.bench.rows import ClipRow
from cogportrait.bench.runner import run_tasks
from cogportrait.bench.store import is_run, read_run, read_stamp, write_whole
from cogportrait.bench.task import Task
from cogportrait.errors import OutputError


def ran(folder: Path, *tasks: Task, **more: object) -> list[ClipRow]:
    """Run tasks and return the rows that were told."""
    told: list[ClipRow] = []
    stamp = replace(STAMP, **more)  # type: ignore[arg-type]
    run_tasks(tasks, folder, stamp, tell=told.append)
    return told


def numbers(rows: list[ClipRow]) -> dict[str, int]:
    return {row.name: round(100 * row.scores["au_f1"]) for row in rows}


def held(folder: Path) -> dict[str, bytes]:
    """Return all that there is, by its path."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


@pytest.mark.parametrize("part", ["videos/a.mp4", "controls/a.json", "clips/notes.txt"])
def test_a_folder_that_holds_what_is_of_no_run_is_refused(tmp_path: Path, part: str) -> None:
    (tmp_path / part).parent.mkdir()
    (tmp_path / part).write_text("mine")
    name = part.split("/", maxsplit=1)[0]
    with pytest.raises(OutputError, match=rf"holds {name} and no run\.json; name another folder"):
        ran(tmp_path, Fake("a"))
    assert held(tmp_path) == {part: b"mine"}
    assert [path.name for path in tmp_path.iterdir()] == [name]  # nothing is made


def test_measures_of_no_run_are_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "whole.json").write_text("mine")
    with pytest.raises(OutputError, match=r"holds whole\.json and no run\.json"):
        ran(tmp_path, Fake("a"))


def inside(run: Path, _outside: Path) -> Path:
    return run / "videos" / "a.mp4"


def deeper(run: Path, _outside: Path) -> Path:
    return run / "mine" / "a.mp4"


def linked_into(run: Path, outside: Path) -> Path:
    link = outside / "link.mp4"
    link.symlink_to(run / "videos" / "a.mp4")
    return link


def linked_out_of(run: Path, outside: Path) -> Path:
    link = run / "videos" / "b.mp4"
    link.symlink_to(outside / "a.mp4")
    return link


def by_a_linked_folder(run: Path, outside: Path) -> Path:
    (outside / "folder").symlink_to(run)
    return outside / "folder" / "videos" / "a.mp4"


@pytest.mark.parametrize("source", [inside, deeper, linked_into, linked_out_of, by_a_linked_folder])
@pytest.mark.parametrize("again", [True, False])
def test_what_is_to_be_scored_may_not_lie_in_the_runs_folder(
    tmp_path: Path, source: Callable[[Path, Path], Path], *, again: bool
) -> None:
    run, outside = tmp_path / "run", tmp_path / "outside"
    if again:
        ran(run, Fake("other"))
    for place in (run / "videos", run / "mine", outside):
        place.mkdir(parents=True, exist_ok=True)
        (place / "a.mp4").write_text("mine")
    file = source(run, outside)
    before = held(tmp_path)
    with pytest.raises(OutputError) as refused:
        ran(run, Fake("other"), Fake("a", sources=(file,)))
    assert str(refused.value).startswith(f"{file}: is to be scored and lies in the run's folder")
    assert held(tmp_path) == before


def test_videos_of_a_run_that_lie_elsewhere_are_the_runs(tmp_path: Path) -> None:
    elsewhere = tmp_path / "disk"
    elsewhere.mkdir()
    (elsewhere / "a.mp4").write_text("mine")
    run = tmp_path / "run"
    run.mkdir()
    (run / "videos").symlink_to(elsewhere)
    with pytest.raises(OutputError, match=r"a\.mp4: is to be scored and lies in the run's folder"):
        ran(run, Fake("a", sources=(elsewhere / "a.mp4",)))
    assert held(elsewhere) == {"a.mp4": b"mine"}


def test_clips_may_come_and_go(tmp_path: Path) -> None:
    ran(tmp_path, Fake("a", 1), Fake("b", 2), data="one")
    write_whole(tmp_path, {"fid": 3.0})
    before = rows_of(tmp_path)
    told = ran(tmp_path, Fake("b", 7), Fake("c", 3), data="two")
    assert numbers(told) == {"b": 2, "c": 3}
    assert rows_of(tmp_path)["b"] == before["b"]
    assert read_stamp(tmp_path).data == "two"
    assert read_run(tmp_path).whole == {}  # which was of other clips
    write_whole(tmp_path, {"fid": 4.0})
    ran(tmp_path, Fake("b", 7), Fake("c", 3), Broken("d"), data="three")
    assert read_run(tmp_path).whole == {"fid": 4.0}  # of the same ones


def test_data_that_have_no_clip_in_common_are_another_run(tmp_path: Path) -> None:
    ran(tmp_path, Fake("a", 1), data="one")
    before = held(tmp_path)
    with pytest.raises(OutputError, match=r"other settings \(data: has none of its clips\)"):
        ran(tmp_path, Fake("b", 2), data="two")
    assert held(tmp_path) == before


@pytest.mark.parametrize(
    "changed", [{"category": "joy"}, {"details": ("speaking",)}, {"sources": (Path(__file__),)}]
)
def test_a_clip_of_which_something_else_is_said_is_scored_again(
    tmp_path: Path, changed: dict[str, object]
) -> None:
    ran(tmp_path, Fake("a", 1), Fake("b", 2))
    write_whole(tmp_path, {"fid": 3.0})
    again = replace(Fake("a", 7), **changed)  # type: ignore[arg-type]
    told = ran(tmp_path, again, Fake("b", 8), data="two")
    assert numbers(told) == {"a": 7, "b": 2}
    assert read_run(tmp_path).whole == {}
    assert numbers(ran(tmp_path, replace(again, number=9), Fake("b", 8))) == {"a": 7, "b": 2}


def test_an_actor_of_another_name_is_another_row(tmp_path: Path) -> None:
    ran(tmp_path, Fake("a", 1), Fake("b", 2))
    told = ran(tmp_path, Fake("a", 7, actor="anna"), Fake("b", 8))
    assert numbers(told) == {"a": 7, "b": 2}


@pytest.mark.parametrize("text", ["{\n no JSON", "", "[]", "{}", "\xff\xfe"])
def test_a_damaged_row_is_made_again(tmp_path: Path, text: str) -> None:
    ran(tmp_path, Fake("a", 1), Fake("b", 2))
    row = tmp_path / "clips" / "a.json"
    row.write_bytes(text.encode("latin-1"))
    warned: list[str] = []
    told: list[ClipRow] = []
    run_tasks([Fake("a", 7), Fake("b", 8)], tmp_path, STAMP, tell=told.append, warn=warned.append)
    assert numbers(told) == {"a": 7, "b": 2}
    (line,) = warned
    assert line.startswith(f"{row}: ")
    assert line.endswith("; the clip is scored again")


@pytest.mark.parametrize("name", ["a", "notes"])
@pytest.mark.parametrize(
    "text", ['{"mine": 1}', '["mine"]', "7", '{"format": "other/1"}', "{ my notes", ""]
)
def test_what_is_no_row_is_neither_taken_away_nor_written_over(
    tmp_path: Path, name: str, text: str
) -> None:
    ran(tmp_path, Fake("b", 2), Faceless("a"))
    foreign = tmp_path / "clips" / f"{name}.json"
    foreign.write_text(text)
    before = held(tmp_path)
    with pytest.raises(OutputError, match=rf"{name}\.json: expected the row of a clip, got a file"):
        ran(tmp_path, Fake("a", 7), Fake("b", 8), Fake("c", 9))
    assert held(tmp_path) == before


def test_what_somebody_wrote_over_a_row_stays(tmp_path: Path) -> None:
    ran(tmp_path, Fake("a", 1))
    (tmp_path / "clips" / "a.json").write_text('{"mine": 1}')
    before = held(tmp_path)
    with pytest.raises(OutputError, match=r"a\.json: expected the row of a clip"):
        ran(tmp_path, Fake("a", 7))
    assert held(tmp_path) == before


def test_a_folder_called_as_a_row_is_refused(tmp_path: Path) -> None:
    ran(tmp_path, Fake("a", 1))
    (tmp_path / "clips" / "notes.json").mkdir()
    with pytest.raises(OutputError, match=r"notes\.json: expected the row of a clip"):
        ran(tmp_path, Fake("a", 7))


def test_what_is_left_of_a_row_is_made_again_or_taken_away(tmp_path: Path) -> None:
    ran(tmp_path, Fake("a", 1), Fake("b", 2), Faceless("c"), Faceless("d"), Faceless("e"))
    for name in "acd":  # without their curves two of them
        row = tmp_path / "clips" / f"{name}.json"
        row.write_text(row.read_text()[:60])
    row = tmp_path / "clips" / "e.json"  # of another version
    row.write_text(row.read_text().replace("-row/1", "-row/2"))
    assert numbers(ran(tmp_path, Fake("b", 7), Fake("c", 3))) == {"b": 2, "c": 3}
    assert list(rows_of(tmp_path)) == ["b", "c"]


def test_places_are_the_same_however_they_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "link").symlink_to(tmp_path / "real")
    run = tmp_path / "run"
    for real in ("real", str(tmp_path / "real"), "./x/../real", "link"):
        options = {"real": real, "generated": "g", "portraits": ""}
        assert numbers(ran(run, Fake("a", 1), protocol="score", options=options)) == {"a": 1}
    with pytest.raises(OutputError, match=r"other settings \(real: "):
        ran(run, Fake("a"), protocol="score", options={**options, "real": "other"})


def test_a_run_is_known_by_its_stamp(tmp_path: Path) -> None:
    assert not is_run(tmp_path)
    for text in ("{", "[]", '{"format": "another"}'):
        (tmp_path / "run.json").write_text(text)
        assert not is_run(tmp_path)
    (tmp_path / "run.json").unlink()
    ran(tmp_path, Faceless("a"))
    assert is_run(tmp_path)


@pytest.mark.parametrize("name", ["videos", "report.html", "remarks.json"])
def test_a_link_in_the_folder_of_a_run_is_refused(tmp_path: Path, name: str) -> None:
    run, outside = tmp_path / "run", tmp_path / "outside"
    run_tasks([Fake("a")], run, STAMP)
    outside.mkdir()
    if (run / name).is_dir():
        shutil.rmtree(run / name)
    (run / name).symlink_to(outside)
    with pytest.raises(OutputError, match=f"{name}: is a link, and a run writes in its own folder"):
        run_tasks([Fake("a"), Fake("b")], run, STAMP)
    assert list(outside.iterdir()) == []


def test_remarks_of_somebody_else_are_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "remarks.json").write_text("mine")
    with pytest.raises(OutputError, match=r"holds remarks\.json and no run\.json; name another"):
        run_tasks([Fake("a")], tmp_path, STAMP)
    assert (tmp_path / "remarks.json").read_text() == "mine"


def test_a_row_whose_video_is_not_there_any_more_is_kept(tmp_path: Path) -> None:
    video, run, warned = tmp_path / "a.mp4", tmp_path / "run", list[str]()
    video.write_text("filmed")
    task = Fake("a", 7, sources=(video,))
    run_tasks([task], run, STAMP)
    before = (run / "clips" / "a.json").read_text()
    video.unlink()
    run_tasks([task], run, STAMP, warn=warned.append)
    assert (run / "clips" / "a.json").read_text() == before
    assert warned == [f"{video}: is not there; what was scored of it before is kept"]
