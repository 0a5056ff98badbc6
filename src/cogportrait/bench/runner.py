"""Many clips, one after another or several at once; what is done stays done.

A clip's row is written last, so a run that was ended, or killed, goes on with the clip that was in
hand. A clip that cannot be scored has a row that says why, and the others go on.
"""

import hashlib
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from multiprocessing.queues import SimpleQueue
from pathlib import Path
from types import FrameType
from typing import Final

from cogportrait.bench.losses import curves_fault, drawing_fault, draws
from cogportrait.bench.reenact import Done, failed, write_nothing
from cogportrait.bench.rows import ClipRow, Stamp
from cogportrait.bench.run_folder import PARTS, check_run
from cogportrait.bench.store import (
    make_folders,
    read_row,
    row_files,
    write_curves,
    write_row,
    write_stamp,
)
from cogportrait.bench.task import Task
from cogportrait.errors import CogPortraitError, InputError, OutputError, plain
from cogportrait.io.atomic import check_makeable, remove_leftovers, remove_unfinished
from cogportrait.io.manifest import sha256_of

LONGEST_ERROR: Final = 300  # characters of what somebody else's exception says
FEW: Final = 3  # clips that a warning names


def run_tasks(
    tasks: Sequence[Task],
    folder: Path,
    stamp: Stamp,
    *,
    workers: int = 1,
    tell: Callable[[ClipRow], None] = lambda _: None,
    warn: Callable[[str], None] = lambda _: None,
) -> None:
    """Score what has no score yet, or was scored of other files, and keep a row of each.

    What an earlier run left of clips that are not among the tasks is taken away, and so are the
    temporary files of one that was killed.

    Parameters
    ----------
    tasks
        Names are all different.
    folder
        Of the run; made if there is none.
    stamp
        What the run is made with. A folder with another stamp is refused, unless it is another
        in its data alone and some of the clips are the same.
    workers
        Processes.
    tell
        Called with each row, also of those that are there already.
    warn
        Called with a line for each clip whose row or other files are damaged or lost, and with
        one for what is taken away.

    Raises
    ------
    InputError
        Two tasks have one name, or a name cannot be a file's.
    OutputError
        The folder holds another run, or what is of none, or files that are to be scored; or it
        cannot be written; or a process was killed.
    """
    check_makeable(folder)
    check_run(tasks, folder, stamp)
    if (folder / "run.json").exists():
        for place in (folder, *(folder / part for part in PARTS)):
            remove_leftovers(place)
    make_folders(folder)
    write_stamp(folder, stamp)
    done = {task.name: _done(folder, task, stamp, warn) for task in tasks}
    forgotten = _forget(folder, {task.name for task in tasks}, warn)
    left = [task for task in tasks if done[task.name] is None]
    if forgotten or any((folder / "clips" / f"{task.name}.npz").exists() for task in left):
        _forget_whole(folder)
    for row in done.values():
        if row is not None:
            tell(row)
    for row in _rows(left, folder, min(workers, len(left))):
        if not row.error:
            _forget_whole(folder)
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
        remove_unfinished()  # of a file that was just begun, too
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
    row = replace(done.row, sources=_digest(task))
    write_row(folder, row)
    return row


def _failed(task: Task, message: str) -> ClipRow:
    row = failed(task.name, message.removeprefix(f"{plain(task.name)}: "))
    return replace(row, category=task.category, actor=task.actor)


def _done(folder: Path, task: Task, stamp: Stamp, warn: Callable[[str], None]) -> ClipRow | None:
    """Return the row of a clip that is scored; one that failed or is damaged is tried again.

    So is one whose curves, controls or video are lost or damaged.
    """
    file = folder / "clips" / f"{task.name}.json"
    if not file.exists():
        return None
    try:
        row = read_row(file)
    except InputError as error:
        warn(f"{error}; the clip is scored again")
        return None
    absent = [source for source in task.sources if not source.is_file()]
    if absent and not row.error:
        warn(f"{absent[0]}: is not there; what was scored of it before is kept")
        return row
    made_of = (row.category, row.actor, row.sources)
    same = made_of == (task.category, task.actor, _digest(task))
    if not same or row.error:
        return None
    fault = curves_fault(folder, task.name) or (draws(stamp) and drawing_fault(folder, task.name))
    if fault:
        warn(f"{fault}; the clip is scored again")
    return None if fault else row


def _digest(task: Task) -> str:
    """Return one digest of what a row is made of; what cannot be read counts as empty."""
    whole = hashlib.sha256()
    for file in task.sources:
        try:
            own = sha256_of(file) if file.is_file() else "-"
        except OSError:  # not ours to read: scoring says so
            own = "-"
        whole.update(own.encode())
    for detail in task.details:
        whole.update(f"{detail}\n".encode())
    return whole.hexdigest()


def _forget(folder: Path, names: set[str], warn: Callable[[str], None]) -> bool:
    """Take away what is there of other clips than these, rows first; return whether there was."""
    others = [f for f in row_files(folder) if f.name.removesuffix(".json") not in names]
    if others:
        gone = [file.name.removesuffix(".json") for file in others]
        more = f" and {len(gone) - FEW} more" if len(gone) > FEW else ""
        warn(
            f"{folder}: {len(gone)} row{'s' * (len(gone) != 1)} of clips that are not asked for "
            f"any more, with their results, removed: {', '.join(gone[:FEW])}{more}"
        )
    for file in others:
        file.unlink()
        write_nothing(folder, file.name.removesuffix(".json"))
    return bool(others)


def _forget_whole(folder: Path) -> None:
    """Take away measures of all clips together, which are other ones now."""
    (folder / "whole.json").unlink(missing_ok=True)
