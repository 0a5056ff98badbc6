"""A clip that was scored and whose files are lost or damaged is scored again."""

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.emh.tasks import Fake
from tests.emh_report.invented import STAMP

from cogportrait.bench.losses import losses
from cogportrait.bench.rows import ClipRow
from cogportrait.bench.runner import run_tasks
from cogportrait.bench.store import read_run


def ran(folder: Path, *tasks: Fake) -> tuple[dict[str, int], list[str]]:
    """Run tasks; return the number of each clip and what was warned of."""
    told: list[ClipRow] = []
    warned: list[str] = []
    run_tasks(tasks, folder, STAMP, tell=told.append, warn=warned.append)
    return {row.name: round(100 * row.scores["au_f1"]) for row in told}, warned


def halved(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


@pytest.mark.parametrize("part", ["clips/a.npz", "videos/a.mp4"])
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
