"""What refinements did, from the tables that they leave."""

from dataclasses import replace
from pathlib import Path

import pytest

from bench.refinement import changes, main, pairs_of
from cogportrait.apps.refining import AFTER, BEFORE
from cogportrait.train.judging import By, Errors, Judged, write_table


def judged(case: str, seed: int, au: float) -> Judged:
    return Judged(f"p_{case}_{seed}", "p", case, seed, Errors(au, 2.0, 1.0, 0.05))


def run(folder: Path, after: list[float]) -> Path:
    """Two cases of two samples, which had errors of 0.1."""
    folder.mkdir()
    keys = [("wink", 1), ("wink", 2), ("brow", 1), ("brow", 2)]
    write_table(folder / BEFORE, [judged(*key, 0.1) for key in keys], By.MEDIAN)
    some = [judged(*key, au) for key, au in zip(keys, after, strict=True)]
    write_table(folder / AFTER, some, By.MEDIAN)
    return folder


def test_wins_and_changes_are_of_cases(tmp_path: Path) -> None:
    pairs = pairs_of(run(tmp_path / "a", [0.08, 0.1, 0.14, 0.12]))
    found = changes(pairs)
    assert found["win rate"] == [0.75, 0.0]  # one better and one equal; none better
    assert found["au"] == pytest.approx([-0.01, 0.03])
    assert found["gaze_deg"] == [0.0, 0.0]


def test_a_face_that_is_lost_is_a_loss_without_a_number() -> None:
    seen = judged("wink", 1, 0.1)
    nan = float("nan")
    lost = replace(seen, errors=Errors(nan, nan, nan, nan))
    found = changes([(seen, lost)])
    assert found["win rate"] == [0.0]
    assert str(found["au"]) == "[nan]"


def test_the_table_has_runs_and_cases(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(run(tmp_path / "a", [0.08, 0.1, 0.14, 0.12]))]) == 0
    told = capsys.readouterr().out.splitlines()
    assert told[-3].startswith(f"| **{tmp_path / 'a'}** | 4 | 0.375 | +0.0100 | +0.00 |")
    assert told[-2].startswith("| wink | 2 | 0.750 | -0.0100 |")
    assert told[-1].startswith("| brow | 2 | 0.000 | +0.0300 |")


def test_other_samples_before_and_after_are_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = run(tmp_path / "a", [0.1] * 4)
    write_table(folder / AFTER, [judged("wink", 1, 0.1)], By.MEDIAN)
    with pytest.raises(SystemExit):
        main([str(folder)])
    assert "expected the same held-out samples before and after" in capsys.readouterr().err
