"""Many clips: rows, what fails, what goes on, and what ends in the middle."""

import errno
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from tests.emh.filmed import leftovers
from tests.emh.tasks import Broken, Deadly, Faceless, Fake, Seeing, many, rows_of
from tests.emh_report.invented import STAMP

from cogportrait.bench import runner
from cogportrait.bench.rows import ClipRow
from cogportrait.bench.runner import LONGEST_ERROR, core_shares, run_tasks
from cogportrait.bench.store import read_run
from cogportrait.bench.task import Task
from cogportrait.errors import InputError, OutputError

ROOT = Path(__file__).parents[2]
PATIENCE_S = 60.0


def ran(tasks: list[Task], folder: Path, workers: int = 1) -> list[ClipRow]:
    """Run tasks and return the rows that were told."""
    told: list[ClipRow] = []
    run_tasks(tasks, folder, STAMP, workers=workers, tell=told.append)
    return told


def times(folder: Path) -> dict[str, int]:
    return {file.name: file.stat().st_mtime_ns for file in (folder / "clips").iterdir()}


def test_there_is_a_row_of_every_clip(tmp_path: Path) -> None:
    told = ran([*many(3)], tmp_path / "run")
    run = read_run(tmp_path / "run")
    assert run.stamp == STAMP
    assert list(run.rows) == told
    assert [r.scores["au_f1"] for r in told] == [0, 0.01, 0.02]
    for one in told:
        assert run.curves(one.name) is not None
        assert run.video(one.name) is not None


def test_no_clip_at_all_is_an_empty_run(tmp_path: Path) -> None:
    assert ran([], tmp_path / "run", 4) == []
    assert read_run(tmp_path / "run").rows == ()


def test_what_fails_is_named_and_the_others_go_on(tmp_path: Path) -> None:
    tasks: list[Task] = [Fake("a"), Faceless("b"), Broken("c", category="joy", actor=""), Fake("d")]
    told = {row.name: row for row in ran(tasks, tmp_path)}
    assert [name for name, row in told.items() if row.error] == ["b", "c"]
    assert told["b"].error == "no face"  # its name stands before it wherever it is told
    assert (told["b"].category, told["b"].actor) == ("fear", "M01")
    assert (told["c"].category, told["c"].actor) == ("joy", "")
    error = told["c"].error
    assert error.startswith("unexpected RuntimeError: first line second ")
    assert error.isprintable()
    assert len(error) <= LONGEST_ERROR + len("unexpected RuntimeError: ")
    assert told["b"].scores == {}
    run = read_run(tmp_path)
    assert {row.name: row.error for row in run.rows} == {n: r.error for n, r in told.items()}
    for name in "bc":  # nothing half done is left
        assert run.curves(name) is None
        assert run.video(name) is None
        assert not (tmp_path / "controls" / f"{name}.json").exists()


def test_what_is_done_stays_and_what_failed_is_tried_again(tmp_path: Path) -> None:
    ran([Fake("a", 1), Faceless("b", 2)], tmp_path)
    before = times(tmp_path)
    told = ran([Fake("a", 7), Fake("b", 2), Fake("c", 3)], tmp_path)
    after = times(tmp_path)
    assert [(r.name, r.error, r.scores["au_f1"]) for r in told] == [
        ("a", "", 0.01), ("b", "", 0.02), ("c", "", 0.03),
    ]  # fmt: skip
    assert [after[name] for name in ("a.json", "a.npz")] == [
        before[name] for name in ("a.json", "a.npz")
    ]
    assert after["b.json"] > before["b.json"]


def test_a_clip_of_other_files_is_scored_again(tmp_path: Path) -> None:
    file = tmp_path / "video.mp4"
    file.write_bytes(b"one")
    folder = tmp_path / "run"
    ran([Fake("a", 1, sources=(file,)), Fake("b", 2)], folder)
    before = times(folder)
    told = ran([Fake("a", 7, sources=(file,)), Fake("b", 8)], folder)
    assert [r.scores["au_f1"] for r in told] == [0.01, 0.02]
    assert times(folder) == before
    file.write_bytes(b"two")
    told = ran([Fake("a", 7, sources=(file,)), Fake("b", 8)], folder)
    assert {r.name: r.scores["au_f1"] for r in told} == {"a": 0.07, "b": 0.02}
    told = ran([Fake("a", 9), Fake("b", 8)], folder)  # of no file at all any more
    assert {r.name: r.scores["au_f1"] for r in told} == {"a": 0.09, "b": 0.02}


def test_a_file_that_is_locked_fails_its_own_clip_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "video.mp4"
    file.write_bytes(b"one")

    def refuse(_: Path) -> str:
        raise PermissionError(errno.EACCES, "Permission denied", str(file))

    monkeypatch.setattr(runner, "sha256_of", refuse)
    told = ran([Faceless("a", sources=(file,)), Fake("b", 2)], tmp_path / "run")
    assert {row.name: row.error for row in told} == {"a": "no face", "b": ""}


def test_clips_that_are_not_asked_for_any_more_are_forgotten(tmp_path: Path) -> None:
    ran([Fake("a", 1), Fake("b", 2)], tmp_path)
    ran([Fake("b", 2)], tmp_path)
    assert [row.name for row in read_run(tmp_path).rows] == ["b"]
    assert sorted(file.stem for file in tmp_path.glob("*/*.*")) == ["b", "b", "b", "b"]


def test_what_fails_again_loses_what_an_earlier_run_left(tmp_path: Path) -> None:
    ran([Faceless("a")], tmp_path)
    (tmp_path / "videos" / "a.mp4").write_text("of another run")
    ran([Broken("a")], tmp_path)
    assert read_run(tmp_path).video("a") is None


def test_another_run_in_the_folder_is_refused(tmp_path: Path) -> None:
    ran([Fake("a")], tmp_path)
    before = rows_of(tmp_path)
    other = replace(STAMP, seed=8, mode="label")
    with pytest.raises(
        OutputError,
        match=r"\(mode: 'gt' before, 'label' now; seed: '7' before, '8' now\); name another",
    ):
        run_tasks([Fake("b")], tmp_path, other)
    assert rows_of(tmp_path) == before
    assert read_run(tmp_path).stamp == STAMP


def test_clips_of_nobody_knows_what_are_refused(tmp_path: Path) -> None:
    ran([Fake("a")], tmp_path)
    (tmp_path / "run.json").unlink()
    with pytest.raises(OutputError, match=r"holds clips and no run\.json"):
        ran([Fake("a")], tmp_path)


def test_names_that_cannot_be_are_refused_before_anything_is_made(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="a is there twice"):
        ran([Fake("a"), Fake("b"), Fake("a")], tmp_path / "run")
    with pytest.raises(InputError, match="expected a name that a file can have"):
        ran([Fake("../a")], tmp_path / "run")
    assert list(tmp_path.iterdir()) == []


def test_two_workers_give_the_rows_of_one(tmp_path: Path) -> None:
    tasks: list[Task] = [*many(4), Faceless("b"), Broken("c")]
    one, two = tmp_path / "one", tmp_path / "two"
    ran(tasks, one)
    told = ran(tasks, two, workers=2)
    assert sorted(row.name for row in told) == sorted(task.name for task in tasks)
    assert rows_of(one) == rows_of(two)
    for part in ("videos", "controls", "clips"):
        files = [sorted(path.name for path in (run / part).iterdir()) for run in (one, two)]
        assert files[0] == files[1]


@pytest.mark.parametrize(
    ("cores", "workers", "shares"),
    [
        ({0, 2, 4, 5, 7}, 2, [{0, 4, 7}, {2, 5}]),
        ({3, 1}, 2, [{1}, {3}]),
        ({0, 1}, 3, [set(), set(), set()]),
    ],
)
def test_processes_share_the_cores_where_there_are_enough(
    monkeypatch: pytest.MonkeyPatch, cores: set[int], workers: int, shares: list[set[int]]
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: cores)
    assert core_shares(workers) == shares


@pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="one core cannot be shared")
def test_every_worker_sees_its_own_share_of_the_cores(tmp_path: Path) -> None:
    ran([Seeing("a", 2), Seeing("b", 2)], tmp_path, workers=2)
    seen = [set(file.read_text().split()) for file in tmp_path.glob("*.cores")]
    assert len(seen) == 2
    assert seen[0].isdisjoint(seen[1])
    assert len(seen[0] | seen[1]) == len(os.sched_getaffinity(0))


def test_several_workers_take_the_longest_clip_first(tmp_path: Path) -> None:
    tasks: list[Task] = []
    for i, size in enumerate((10, 5, 20_000, 0, 300)):
        file = tmp_path / f"{i}.mp4"
        file.write_bytes(b"x" * size)
        tasks.append(Fake(f"clip_{size}", sources=(file,), seconds=0.3))
    run = tmp_path / "run"
    ran(tasks, run, workers=2)
    begun = {f.name: f.stat().st_mtime_ns for f in run.glob("started_*")}
    assert set(sorted(begun, key=lambda name: begun[name])[:2]) == {
        "started_clip_20000",
        "started_clip_300",
    }


def test_a_worker_that_dies_is_one_error_and_done_rows_are_kept(tmp_path: Path) -> None:
    tasks: list[Task] = [*many(3), Deadly("deadly", 3), Fake("later")]
    with pytest.raises(OutputError, match=r"a process was killed.* fewer --jobs: what is done is"):
        ran(tasks, tmp_path, workers=2)
    rows = rows_of(tmp_path)
    assert {"clip_0", "clip_1", "clip_2"} <= rows.keys()
    assert "deadly" not in rows
    before = times(tmp_path)
    told = ran([*many(3), Fake("deadly"), Fake("later")], tmp_path, workers=1)
    assert [row.error for row in told] == [""] * 5
    assert {name: time for name, time in times(tmp_path).items() if name in before} == before


def started(folder: Path, jobs: int, seconds: float) -> subprocess.Popen[str]:
    """Start a run of slow clips in another process."""
    code = (  # a job in the background of a shell is born deaf to Ctrl-C
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "from tests.emh.tasks import main; main()"
    )
    return subprocess.Popen(
        [sys.executable, "-c", code, str(folder), str(jobs), str(seconds)],
        cwd=ROOT, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip


def wait_until(true: Callable[[], object]) -> None:
    until = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < until, "waited too long"
        time.sleep(0.02)


def begun(folder: Path) -> set[str]:
    return {path.name.removeprefix("started_") for path in folder.glob("started_*")}


def children_of(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


def held_by(folder: Path) -> list[int]:
    """Return the processes that were told of a folder or have a file in it open."""
    out: list[int] = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            links = [str(link.readlink()) for link in (process / "fd").iterdir()]
            words = (process / "cmdline").read_bytes() + (process / "environ").read_bytes()
        except OSError:
            continue
        if str(folder).encode() in words or any(str(folder) in link for link in links):
            out.append(int(process.name))
    return out


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_run_that_is_killed_loses_what_was_in_hand_alone(
    tmp_path: Path, jobs: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "run"
    monkeypatch.setenv("RUN_OF", str(folder))  # its processes are known by it
    with started(folder, jobs, 0.4) as process:
        wait_until(lambda: len(rows_of(folder)) >= 1 and len(begun(folder)) > jobs)
        process.kill()
    if Path("/proc/self").exists():  # and no process goes on without it
        monkeypatch.delenv("RUN_OF")
        wait_until(lambda: not held_by(folder))
    done, begun_before = rows_of(folder), begun(folder)
    assert 1 <= len(done) < 6
    assert len(begun_before) <= len(done) + jobs
    before = times(folder)
    ran([*many()], folder)
    assert {name: at for name, at in times(folder).items() if name in before} == before
    ran([*many()], tmp_path / "whole")
    assert rows_of(folder) == rows_of(tmp_path / "whole")
    assert read_run(folder).rows == read_run(tmp_path / "whole").rows


def test_ctrl_c_while_processes_start_is_heard_once(tmp_path: Path) -> None:
    """A terminal sends it to all of them."""
    folder = tmp_path / "run"
    with started(folder, 2, 0.2) as process:
        wait_until(lambda: len(children_of(process.pid)) >= 3)  # two and the one that tidies up
        os.killpg(process.pid, signal.SIGINT)
        _, said = process.communicate(timeout=PATIENCE_S)
    assert (process.returncode, said) == (130, "")
    assert leftovers(folder) == []


@pytest.mark.parametrize("jobs", [1, 2])
def test_ctrl_c_ends_a_run_at_once_and_leaves_no_half_files(tmp_path: Path, jobs: int) -> None:
    folder = tmp_path / "run"
    with started(folder, jobs, 1.0) as process:
        wait_until(lambda: len(begun(folder)) >= jobs)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 130
    assert said == ""
    assert leftovers(folder) == []
    assert len(begun(folder)) <= jobs  # what waited was not begun
    assert len(ran([*many()], folder)) == 6
