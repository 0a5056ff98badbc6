"""Many clips, one after another or several at once; what is done stays done.

A clip's row is written last, so a run that was ended, or killed, goes on with the clip that was in
hand. A clip that cannot be scored has a row that says why, and the others go on.
"""

import hashlib
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from multiprocessing.queues import SimpleQueue
from pathlib import Path
from types import FrameType
from typing import Final, Protocol

from cogportrait.bench.reenact import Done, failed, write_nothing
from cogportrait.bench.rows import ClipRow, Stamp
from cogportrait.bench.store import (
    check_clip_name,
    make_folders,
    read_row,
    read_stamp,
    row_files,
    write_curves,
    write_row,
    write_stamp,
)
from cogportrait.errors import CogPortraitError, InputError, OutputError, plain
from cogportrait.io.manifest import sha256_of

LONGEST_ERROR: Final = 300  # characters of what somebody else's exception says


class Task(Protocol):
    """A clip to be scored."""

    @property
    def name(self) -> str:
        """What its results are named by."""
        ...

    @property
    def category(self) -> str:
        """A label, or ""."""
        ...

    @property
    def actor(self) -> str:
        """A pseudonym, or ""."""
        ...

    @property
    def sources(self) -> tuple[Path, ...]:
        """The files that it is made of: with others, the clip is scored again."""
        ...

    def run(self, folder: Path) -> Done:
        """Score the clip; what is drawn goes into the run's folder."""
        ...


def run_tasks(
    tasks: Sequence[Task],
    folder: Path,
    stamp: Stamp,
    *,
    workers: int = 1,
    tell: Callable[[ClipRow], None] = lambda _: None,
) -> None:
    """Score what has no score yet, or was scored of other files, and keep a row of each.

    What an earlier run left of clips that are not among the tasks is taken away.

    Parameters
    ----------
    tasks
        Names are all different.
    folder
        Of the run; made if there is none.
    stamp
        What the run is made with. A folder with another stamp is refused.
    workers
        Processes.
    tell
        Called with each row, also of those that are there already.

    Raises
    ------
    InputError
        Two tasks have one name, or a name cannot be a file's.
    OutputError
        The folder holds another run, or cannot be written; or a process was killed.
    """
    _check_names(tasks)
    make_folders(folder)
    _check_stamp(folder, stamp)
    _forget(folder, {task.name for task in tasks})
    left: list[Task] = []
    for task in tasks:
        row = _done(folder, task)
        if row is None:
            left.append(task)
        else:
            tell(row)
    for row in _rows(left, folder, min(workers, len(left))):
        tell(row)


def _rows(tasks: Sequence[Task], folder: Path, workers: int) -> Iterator[ClipRow]:
    if workers < 2:
        for task in tasks:
            yield _one(task, folder)
        return
    context = multiprocessing.get_context("spawn")
    shares = context.SimpleQueue()
    for share in core_shares(workers):
        shares.put(share)
    with ProcessPoolExecutor(workers, context, _begin, (shares,)) as pool:
        try:
            # The longest first, so that no process ends long before another.
            longest_first = sorted(tasks, key=_size, reverse=True)
            for done in as_completed(_submitted(pool, longest_first, folder)):
                yield done.result()
        except BrokenProcessPool as error:
            raise OutputError(
                f"{folder}: a process was killed, perhaps for want of memory; run the same command "
                "again with fewer --jobs: what is done is kept"
            ) from error
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            for child in multiprocessing.active_children():
                child.terminate()
            raise


def _submitted(
    pool: ProcessPoolExecutor, tasks: Sequence[Task], folder: Path
) -> list[Future[ClipRow]]:
    """Hand tasks to the pool, whose processes start with the first, deaf to Ctrl-C.

    What is heard meanwhile is heard afterwards: a process that is left half started would say so.
    Blocking the signal keeps it from the processes, and from this thread, but not from threads of
    libraries, for which Python would interrupt this one.
    """
    heard: list[int] = []

    def hear(signum: int, _frame: FrameType | None) -> None:
        heard.append(signum)

    main = threading.current_thread() is threading.main_thread()
    handler = signal.signal(signal.SIGINT, hear) if main else None
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        return [pool.submit(_in_worker, task, folder) for task in tasks]
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        if main:
            signal.signal(signal.SIGINT, handler)
        if heard:
            signal.raise_signal(signal.SIGINT)


def _size(task: Task) -> int:
    """Return the size of a clip's files, in bytes; 0 for those that are not there."""
    return sum(file.stat().st_size for file in task.sources if file.is_file())


def core_shares(workers: int) -> list[set[int]]:
    """Return the cores of each of some processes; empty sets where there are not enough.

    Libraries start as many threads as they see cores, and those of one process would be in the way
    of another's.
    """
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    if workers > len(cores):
        return [set()] * workers
    return [set(cores[start::workers]) for start in range(workers)]


def _begin(shares: "SimpleQueue[set[int]]") -> None:
    """Take a share of the cores; leave Ctrl-C to the parent; end on SIGTERM with files put away."""
    if share := shares.get():
        os.sched_setaffinity(0, share)
    import cv2

    cv2.setNumThreads(1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _leave)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """End when the parent has: killed, it could not say so, and the pool would wait for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGTERM)


def _in_worker(task: Task, folder: Path) -> ClipRow:
    try:
        return _one(task, folder)
    except SystemExit:  # told to end; the pool would take it for a result and go on with the next
        os._exit(128 + signal.SIGTERM)


def _leave(signum: int, _frame: FrameType | None) -> None:
    signal.signal(signum, signal.SIG_IGN)
    raise SystemExit(128 + signum)


def _one(task: Task, folder: Path) -> ClipRow:
    write_nothing(folder, task.name)
    try:
        done = task.run(folder)
    except CogPortraitError as error:
        done = Done(_failed(task, str(error)), None)
    except Exception as error:
        text = plain(" ".join(str(error).split()))[:LONGEST_ERROR]
        done = Done(_failed(task, f"unexpected {type(error).__name__}: {text}"), None)
    if done.curves is None:
        write_nothing(folder, task.name)
    else:
        write_curves(folder, task.name, done.curves)
    row = replace(done.row, sources=_digest(task.sources))
    write_row(folder, row)
    return row


def _failed(task: Task, message: str) -> ClipRow:
    row = failed(task.name, message)
    return replace(row, category=task.category, actor=task.actor)


def _done(folder: Path, task: Task) -> ClipRow | None:
    """Return the row of a clip that is scored; one that failed is tried again."""
    file = folder / "clips" / f"{task.name}.json"
    if not file.exists():
        return None
    row = read_row(file)
    return None if row.error or row.sources != _digest(task.sources) else row


def _digest(files: Iterable[Path]) -> str:
    """Return one digest of the contents of files; one that is not there counts as empty."""
    whole = hashlib.sha256()
    for file in files:
        whole.update((sha256_of(file) if file.is_file() else "-").encode())
    return whole.hexdigest()


def _forget(folder: Path, names: set[str]) -> None:
    """Take away what is there of other clips than these, rows first."""
    for file in [*row_files(folder)]:
        if (name := file.name.removesuffix(".json")) not in names:
            file.unlink()
            write_nothing(folder, name)


def _check_names(tasks: Sequence[Task]) -> None:
    seen: set[str] = set()
    for task in tasks:
        check_clip_name(task.name)
        if task.name in seen:
            raise InputError(f"clips: {task.name} is there twice; results are named by clips")
        seen.add(task.name)


def _check_stamp(folder: Path, stamp: Stamp) -> None:
    if not (folder / "run.json").exists():
        if any((folder / "clips").iterdir()):
            raise OutputError(f"{folder}: holds clips and no run.json; name another folder")
        write_stamp(folder, stamp)
        return
    before = read_stamp(folder)
    if before != stamp:
        old, new = _parts(before), _parts(stamp)
        names = [key for key in {**old, **new} if old.get(key) != new.get(key)]
        raise OutputError(
            f"{folder}: holds a run with other settings ({', '.join(names)}); name another folder"
        )


def _parts(stamp: Stamp) -> dict[str, str]:
    """Return what a run is made with, by names that can be told."""
    parts = {"protocol": stamp.protocol, "mode": stamp.mode, "renderer": stamp.renderer}
    more = {"seed": str(stamp.seed), "data": stamp.data, "tracker": stamp.tracker}
    versions = {f"version of {name}": value for name, value in stamp.versions.items()}
    return {**parts, **more, **stamp.options, **versions}
