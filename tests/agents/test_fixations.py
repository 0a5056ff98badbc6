"""Where gaze stays: the same spans as by the plain definition, in time that grows with length."""

import time

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import median_filter

from cogportrait.agents.notation_writing import (
    LONGEST_SACCADE_FRAMES,
    SHORTEST_FRAMES,
    fixations,
)


def defined(gaze: np.ndarray, finest: float) -> list[tuple[int, int, int]]:
    """Return the fixations as they are defined, with the median of all rows so far each time."""
    smooth = median_filter(gaze, size=(3, 1), mode="nearest")
    spans: list[tuple[int, int, int]] = []
    left, first, i = 0, 0, 1
    while i < len(smooth):
        away = np.linalg.norm(smooth[i] - np.median(smooth[first:i], axis=0))
        if away <= finest or i - first < SHORTEST_FRAMES:
            i += 1
            continue
        settled = i
        while settled + 1 < min(len(smooth), i + LONGEST_SACCADE_FRAMES) and (
            np.linalg.norm(smooth[settled + 1] - smooth[settled]) > finest
        ):
            settled += 1
        spans.append((left, first, i))
        left, first, i = i, settled, settled + 1
    return [*spans, (left, first, len(smooth))]


_degrees = st.one_of(
    st.sampled_from([-3.0, -1.0, -0.0, 0.0, 1.0, 1.5, 3.0]),  # equal ones, and ones at the bound
    st.floats(-40, 40),
    st.floats(-1e-3, 1e-3),
)
_held = st.tuples(st.tuples(_degrees, _degrees), st.integers(1, 12))


@settings(max_examples=300, deadline=None)
@given(st.lists(_held, min_size=1, max_size=15), st.sampled_from([0.0, 0.5, 1.5, 3.0]),
       st.integers(0, 2**32 - 1), st.sampled_from([0.0, 0.4, 2.0]))  # fmt: skip
def test_spans_are_those_of_the_definition(
    held: list[tuple[tuple[float, float], int]], finest: float, seed: int, noise: float
) -> None:
    gaze = np.repeat([goal for goal, _ in held], [frames for _, frames in held], axis=0)
    gaze = gaze + noise * np.random.default_rng(seed).standard_normal(gaze.shape)
    assert fixations(gaze, finest) == defined(gaze, finest)


def test_a_clip_of_many_minutes_in_which_gaze_stays_takes_time_with_its_length() -> None:
    gaze = np.random.default_rng(0).normal(0, 0.2, (45_000, 2))  # half an hour
    before = time.process_time()
    assert fixations(gaze, 3.0) == [(0, 0, 45_000)]
    assert time.process_time() - before < 5  # 0.2 s; with the square of it 20 s
