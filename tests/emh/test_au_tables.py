"""Action units of OpenFace's and Py-Feat's tables in place of our own reading."""

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.emh.filmed import FEW, FPS

from cogportrait.apps import bench_running
from cogportrait.bench.au_names import AuSource
from cogportrait.bench.au_tables import UNITS, read_au_table
from cogportrait.bench.pairs import Pair
from cogportrait.bench.store import read_run
from cogportrait.errors import InputError
from cogportrait.facs.channels import AU_INDEX
from cogportrait.io.openface import write_openface
from cogportrait.types import ControlSequence

Run = Callable[..., Any]
FEAT = ("frame", *(f"AU{unit:02d}" for unit in UNITS))
OPEN = ("frame", "success", *(f"AU{45 if u == 43 else u:02d}_r" for u in UNITS))


@pytest.fixture(autouse=True)
def _few_measures(no_networks: None) -> None:
    """Tests of pictures look at the others."""


def table(file: Path, names: Sequence[str], rows: Sequence[Sequence[object]]) -> Path:
    lines = [",".join(names), *(",".join(map(str, row)) for row in rows)]
    file.write_text("\n".join(lines) + "\n")
    return file


def test_openface_intensities_keep_their_thresholds(tmp_path: Path) -> None:
    rows = [(k + 1, 1, *([value] * len(UNITS))) for k, value in enumerate((0, 0.5, 1, 3, 5.2))]
    read = read_au_table(table(tmp_path / "a.csv", OPEN, rows), AuSource.OPENFACE, 5)
    assert read.found.all()
    assert read.values[:, UNITS.index(4)] == pytest.approx([0, 0.1, 0.2, 0.6, 1])
    assert read.values[:, UNITS.index(43)] == pytest.approx([0, 0.2, 0.4, 0.7, 1])


def test_a_likelihood_of_a_half_is_the_threshold(tmp_path: Path) -> None:
    rows = [(k, *([value] * len(UNITS))) for k, value in enumerate((0, 0.25, 0.5, 0.75, 1))]
    read = read_au_table(table(tmp_path / "a.csv", FEAT, rows), AuSource.PYFEAT, 5)
    assert read.values[:, UNITS.index(1)] == pytest.approx([0, 0.1, 0.2, 0.6, 1])
    assert read.values[:, UNITS.index(43)] == pytest.approx([0, 0.2, 0.4, 0.7, 1])


@pytest.mark.parametrize(
    ("source", "names", "value", "told"),
    [
        (AuSource.OPENFACE, OPEN, 55, "expected 0 to 5, as OpenFace gives, got 55"),
        (AuSource.OPENFACE, OPEN, -3.5, "expected 0 to 5, as OpenFace gives, got -3.5"),
        (AuSource.PYFEAT, FEAT, 1.5, "expected 0 to 1, as Py-Feat gives, got 1.5"),
    ],
)
def test_numbers_on_another_scale_are_told(
    tmp_path: Path, source: AuSource, names: tuple[str, ...], value: float, told: str
) -> None:
    head = (1,) if source is AuSource.OPENFACE else ()
    first = 1 if source is AuSource.OPENFACE else 0
    rows = [(k + first, *head, *([number] * len(UNITS))) for k, number in enumerate((0, value))]
    with pytest.raises(InputError, match=re.escape(f"row 3, AU01{'_r' if head else ''}: {told}")):
        read_au_table(table(tmp_path / "a.csv", names, rows), source, 2)


@pytest.mark.parametrize(
    ("source", "names", "lost"),
    [(AuSource.OPENFACE, OPEN, (2, 0)), (AuSource.PYFEAT, FEAT, (1, "nan"))],
)
def test_frames_without_a_face_are_bridged_and_told(
    tmp_path: Path, source: AuSource, names: tuple[str, ...], lost: tuple[int, object]
) -> None:
    head = len(names) - len(UNITS)
    cells = ["" if source is AuSource.PYFEAT else 5.0] * len(UNITS)
    first = lost[0] - 1
    rows: list[Sequence[object]] = [
        (first, *([1] * (head - 1)), *([1.0] * len(UNITS))),
        (*lost[:head], *cells),
        (first + 2, *([1] * (head - 1)), *([0.0] * len(UNITS))),
    ]
    read = read_au_table(table(tmp_path / "a.csv", names, rows), source, 3)
    assert read.found.tolist() == [True, False, True]
    assert read.values[1] == pytest.approx(read.values[[0, 2]].mean(0))


def test_both_sides_get_what_the_table_says(tmp_path: Path) -> None:
    rows = [(k, 0.75, *([0.0] * (len(UNITS) - 1))) for k in range(4)]
    read = read_au_table(table(tmp_path / "a.csv", FEAT, rows), AuSource.PYFEAT, 4)
    before = ControlSequence.zeros(4, FPS)
    before.aus[:, AU_INDEX["AU12_L"]] = 0.3
    after = read.put_into(before)
    assert after.aus[:, [AU_INDEX["AU01_L"], AU_INDEX["AU01_R"]]] == pytest.approx(0.6)
    assert after.aus[:, AU_INDEX["AU12_L"]] == pytest.approx(0.3)  # is not scored
    assert before.aus[:, AU_INDEX["AU01_L"]] == pytest.approx(0)


def values(numbers: Sequence[int]) -> list[Sequence[object]]:
    return [(k, *([0.1] * len(UNITS))) for k in numbers]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (values([0, 1, 1, 2]), "row 4: expected a frame after 1, got 1; keep one face, in order"),
        (values(range(12)), r"rows of frames 0 to 9, .* got one of frame 10; let Py-Feat read"),
        (values([0, 3, 6, 9]), r"for each of the video's 10 frames, got 4; let Py-Feat read every"),
        ([(0.5, *([0] * 7)), (1, *([0] * 7))], "frame: expected whole numbers, got others"),
        ([(k, *([""] * 7)) for k in range(10)], "a frame with a face, got none in 10 rows"),
        ([(k, "x", *([0] * 6)) for k in range(10)], "row 2, AU01: expected a number, got 'x'"),
    ],
)
def test_tables_of_something_else_are_told(
    tmp_path: Path, rows: Sequence[Sequence[object]], said: str
) -> None:
    with pytest.raises(InputError, match=rf"^{tmp_path}/a\.csv: .*{said}"):
        read_au_table(table(tmp_path / "a.csv", FEAT, rows), AuSource.PYFEAT, 10)


def test_a_table_of_the_other_program_is_told(tmp_path: Path) -> None:
    file = table(tmp_path / "a.csv", FEAT, values(range(10)))
    with pytest.raises(
        InputError,
        match="separated by commas, got one without AU01_r, AU02_r, ",
    ):
        read_au_table(file, AuSource.OPENFACE, 10)


def acted(unit: str) -> ControlSequence:
    """Return controls of the short clip in which a unit rises."""
    controls = ControlSequence.zeros(FEW, FPS)
    for side in "LR":
        controls.aus[4:12, AU_INDEX[f"{unit}_{side}"]] = 0.6
    return controls


def test_scores_are_those_of_the_tables(tmp_path: Path, short: Path, run: Run) -> None:
    real, generated, out = (tmp_path / name for name in ("real", "generated", "run"))
    for folder, unit in ((real, "AU04"), (generated, "AU01")):
        folder.mkdir()
        (folder / "a.mp4").write_bytes(short.read_bytes())
        write_openface(acted(unit), None, folder / "a.csv")
    said = run("bench", "score", "--real", real, "--generated", generated, "-o", out,
               "--au", "openface-csv")  # fmt: skip
    assert said.exit_code == 0, said.output
    (row,) = read_run(out).rows
    # Gaze and head are read, and equal; of the units each side has another one.
    assert row.scores["au_f1"] < 1
    assert row.scores["gaze_error_deg"] == 0
    assert read_run(out).stamp.tracker.endswith("; action units of tables (openface-csv)")
    write_openface(acted("AU04"), None, generated / "a.csv")
    said = run("bench", "score", "--real", real, "--generated", generated, "-o", out,
               "--au", "openface-csv")  # fmt: skip
    (row,) = read_run(out).rows
    assert row.scores["au_f1"] == 1
    seen = np.ones(FEW, np.bool_)
    seen[:6] = False
    write_openface(acted("AU04"), seen, generated / "a.csv")
    said = run("bench", "score", "--real", real, "--generated", generated, "-o", out,
               "--au", "openface-csv")  # fmt: skip
    assert said.exit_code == 1
    assert f"no face is seen in 6 of its {FEW} frames" in said.stderr


def test_a_lost_table_is_named(
    tmp_path: Path, short: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bench_running, "run_report", lambda *_, **__: None)
    words = ("bench", "score", "--real", short, "--generated", short, "--au", "pyfeat")
    said = run(*words, "-o", tmp_path / "run")
    assert said.exit_code == 1
    name = f"{short.stem}.csv"
    assert said.stderr.splitlines()[-1] == (
        f"error: {short}: --au pyfeat expects a table beside each video, such as {name}, found "
        "none; docs/emh.md says how they are made"
    )
    assert not (tmp_path / "run").exists()
    with pytest.raises(
        InputError,
        match=rf"{name}: is not there; --au pyfeat wants the table of Py-Feat",
    ):
        Pair("a", short, short, au=AuSource.PYFEAT).run(tmp_path)
