"""The benchmark of segmentation counts as its docstring says."""

import math

import numpy as np
import pytest

from bench.segmentation import cohen_kappa, match_events, ours, score
from cogportrait.io.gaze_tables import GazeRecording


def test_equal_codings_agree_perfectly_and_opposite_ones_not_at_all() -> None:
    a = np.array([True, False, True, False, False])
    assert cohen_kappa(a, a) == pytest.approx(1)
    assert cohen_kappa(a, ~a) < 0
    assert math.isnan(cohen_kappa(a & False, a & False))


def test_kappa_of_a_textbook_table() -> None:
    a = np.repeat([True, True, False, False], [20, 5, 10, 15])
    b = np.repeat([True, False, True, False], [20, 5, 10, 15])
    assert cohen_kappa(a, b) == pytest.approx(0.4)


def test_events_are_paired_one_to_one_best_overlap_first() -> None:
    assert match_events([(0, 10), (20, 30)], [(1, 10), (9, 12), (21, 29)]) == (2, 1, 0)
    assert match_events([(0, 10)], []) == (0, 0, 1)
    assert match_events([(0, 10), (11, 20)], [(0, 20)]) == (1, 0, 1)


def test_a_coding_scored_against_itself_is_perfect() -> None:
    rng = np.random.default_rng(0)
    gaze = np.repeat(rng.normal(0, 8, (8, 2)), 200, axis=0) + rng.normal(0, 0.01, (1600, 2))
    recording = GazeRecording("a", 500.0, gaze, None)
    coded = GazeRecording("a", 500.0, gaze, ours(recording))
    for tally in score([coded], ours).values():
        assert (tally.f1, tally.kappa) == (1, pytest.approx(1))
        assert tally.hits > 0
