"""What a label alone could reach."""

from pathlib import Path

import numpy as np
import pytest
from tests.emh_report.invented import STAMP, curves, row

from bench.ceiling import Clip, best_set, clips_of, main, scores
from cogportrait.bench.store import make_folders, write_curves, write_row, write_stamp
from cogportrait.metrics.scored import SCORED


def clip(actor: str, label: str, *channels: int) -> Clip:
    shows = np.zeros(6, np.bool_)
    shows[list(channels)] = True
    return Clip(f"{actor}_{label}", label, actor, shows)


def test_the_best_set_is_what_most_clips_show() -> None:
    clips = [clip("a", "fear", 0, 1), clip("b", "fear", 0, 1, 5), clip("c", "fear", 0, 1, 4)]
    assert best_set(clips).tolist() == [True, True, False, False, False, False]


def test_a_label_is_worth_what_its_clips_have_in_common() -> None:
    clips = [clip(a, "fear", 0, 1) for a in "abc"] + [clip(a, "joy", 2, 3) for a in "abc"]
    for_all, by_label = scores(clips)
    assert by_label == [1.0] * 6
    assert max(for_all) < 1


def test_an_actor_says_nothing_of_himself() -> None:
    clips = [clip("a", "fear", 0), clip("a", "joy", 0), clip("b", "fear", 3), clip("b", "joy", 3)]
    assert scores(clips) == ([0.0] * 4, [0.0] * 4)


@pytest.fixture
def run(tmp_path: Path) -> Path:
    make_folders(tmp_path)
    write_stamp(tmp_path, STAMP)
    for i, actor in enumerate("abc"):
        name = f"{actor}_1"
        write_row(tmp_path, row(name, "fear" if i else ""))
        write_curves(tmp_path, name, curves())
    return tmp_path


def test_a_run_is_read_and_a_table_printed(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = clips_of(run)
    assert [(c.name, c.label) for c in found] == [("b_1", "fear"), ("c_1", "fear")]
    assert [SCORED[k] for k in np.flatnonzero(found[0].shows)] == ["AU43_L"]
    assert main([str(run)]) == 1  # of one actor
    assert "two actors" in capsys.readouterr().err


def test_no_run_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path)]) == 1
    assert "expected the folder of a benchmark run" in capsys.readouterr().err
