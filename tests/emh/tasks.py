"""Clips that nobody filmed, for runs that start processes: tasks have to be found by name there."""

import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from tests.emh_report.invented import FPS, STAMP, curves, row

from cogportrait.bench.reenact import Done
from cogportrait.bench.rows import ClipRow
from cogportrait.bench.runner import run_tasks
from cogportrait.errors import FaceError
from cogportrait.io.atomic import atomic_path, write_text
from cogportrait.io.controls import write_controls
from cogportrait.types import ControlSequence

VIDEO = b"".join(b"\0\0\0\x08" + kind for kind in (b"ftyp", b"moov", b"mdat"))  # of no frame


@dataclass(frozen=True, slots=True)
class Fake:
    """A clip whose score is its number."""

    name: str
    number: int = 0
    category: str = "fear"
    actor: str = "M01"
    seconds: float = 0.0  # that it takes
    sources: tuple[Path, ...] = ()
    details: tuple[str, ...] = ()

    def run(self, folder: Path) -> Done:
        (folder / f"started_{self.name}").touch()
        with atomic_path(folder / "videos" / f"{self.name}.mp4") as file:
            file.write_bytes(VIDEO)
            time.sleep(self.seconds)
        write_controls(folder / "controls" / f"{self.name}.json", ControlSequence.zeros(2, FPS))
        return Done(row(self.name, self.category, au_f1=self.number / 100), curves())


@dataclass(frozen=True, slots=True)
class Faceless(Fake):
    """One that cannot be scored."""

    def run(self, folder: Path) -> Done:
        Fake.run(self, folder)
        raise FaceError(f"{self.name}: no face")


@dataclass(frozen=True, slots=True)
class Broken(Fake):
    """One with which something unforeseen happens."""

    def run(self, folder: Path) -> Done:
        raise RuntimeError("first line\nsecond \x1b[31m line" + "!" * 400)


@dataclass(frozen=True, slots=True)
class Deadly(Fake):
    """One whose process ends, as for want of memory."""

    def run(self, folder: Path) -> Done:
        while len(list((folder / "clips").glob("[a-z]*.json"))) < self.number:
            time.sleep(0.02)
        os._exit(9)


@dataclass(frozen=True, slots=True)
class Seeing(Fake):
    """One that takes longer than a process to start, and leaves a list of the cores it sees."""

    def run(self, folder: Path) -> Done:
        cores = " ".join(map(str, sorted(os.sched_getaffinity(0))))
        write_text(folder / f"{os.getpid()}.cores", cores)
        while len(list(folder.glob("*.cores"))) < self.number:
            time.sleep(0.02)
        return Fake.run(self, folder)


def many(count: int = 6, seconds: float = 0.0) -> list[Fake]:
    return [Fake(f"clip_{i}", i, seconds=seconds) for i in range(count)]


def rows_of(folder: Path) -> dict[str, str]:
    """Return what the rows of a run say, by name."""
    files = (folder / "clips").glob("[a-z]*.json")
    return {file.stem: file.read_text() for file in sorted(files)}


def main() -> None:
    """Run slow tasks into a folder: ``FOLDER JOBS SECONDS``; of Ctrl-C the exit code is 130."""
    folder, jobs, seconds = sys.argv[1:]
    told: list[ClipRow] = []
    try:
        run_tasks(
            many(seconds=float(seconds)), Path(folder), STAMP, workers=int(jobs), tell=told.append
        )
    except KeyboardInterrupt:
        sys.exit(130)
