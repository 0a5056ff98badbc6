"""Controls corrected by what their drawing reads as."""

from collections.abc import Callable, Iterable, Iterator

import numpy as np
import pytest
from tests.emh.filmed import FPS

from cogportrait.bench.reading import Reading
from cogportrait.bench.refine import Search, refined
from cogportrait.errors import FaceError
from cogportrait.face.features import Neutral
from cogportrait.face.measure import face_rows, measure
from cogportrait.facs.channels import CHANNEL_INDEX, CHANNELS, MOUTH_CHANNELS
from cogportrait.io.controls import CHANNEL_RANGES
from cogportrait.pipeline import keypoints
from cogportrait.renderers.warp import WarpRenderer
from cogportrait.types import ControlSequence, Frame, KeypointSequence, Portrait

FRAMES = 60
LID, YAW, MOUTH = (CHANNEL_INDEX[n] for n in ("AU43_L", "head_yaw", MOUTH_CHANNELS[0]))
EVERY = np.ones(FRAMES, np.bool_)
Matrix = np.ndarray


@pytest.fixture
def wanted() -> Matrix:
    """Return slow courses in the middle of each channel's range."""
    low, high = np.array([CHANNEL_RANGES[name] for name in CHANNELS]).T
    wave = np.sin(np.linspace(0, 2 * np.pi, FRAMES))[:, None]
    return (low + high) / 2 + 0.1 * (high - low) * wave


def errors(search: Search, wanted: Matrix, reads: Callable[[Matrix], Matrix], times: int) -> Matrix:
    """Return the mean error of each channel as it was tried, [times, K]."""
    out: list[Matrix] = []
    for _ in range(times):
        seen = reads(search.tried)
        out.append(np.abs(wanted - seen).mean(0))
        search.saw(seen, EVERY)
    return np.array(out)


def best_of(search: Search) -> Matrix:
    return search._best


def test_what_reads_too_little_is_drawn_more(wanted: Matrix) -> None:
    tried = errors(Search(wanted, FPS), wanted, lambda x: 0.7 * x, 4)
    driven = [i for i, name in enumerate(CHANNELS) if name not in MOUTH_CHANNELS]
    assert (tried[3, driven] < 0.2 * tried[0, driven] + 1e-9).all()


def test_the_mouth_is_left_as_it_was_measured(wanted: Matrix) -> None:
    search = Search(wanted, FPS)
    errors(search, wanted, lambda x: 0.7 * x, 3)
    columns = [CHANNEL_INDEX[name] for name in MOUTH_CHANNELS]
    np.testing.assert_array_equal(search.tried[:, columns], wanted[:, columns])


def test_what_made_a_channel_worse_goes_back(wanted: Matrix) -> None:
    """One reads the other way round, one as it should."""

    def reads(x: Matrix) -> Matrix:
        seen = 0.7 * x
        seen[:, YAW] = 2 * wanted[:, YAW] + 10 - x[:, YAW]
        return seen

    search, best = Search(wanted, FPS), np.full(wanted.shape[1], np.inf)
    steps: list[float] = []
    for _ in range(5):
        seen = reads(search.tried)
        error = np.abs(wanted - seen).mean(0)
        search.saw(seen, EVERY)
        best = np.minimum(best, error)
        kept = np.abs(wanted - reads(best_of(search))).mean(0)
        np.testing.assert_allclose(kept, best, atol=1e-9)
        steps.append(np.abs(search.tried - wanted)[:, YAW].max())
    np.testing.assert_array_equal(best_of(search)[:, YAW], wanted[:, YAW])
    assert steps == pytest.approx([8, 4, 2, 1, 0.5])  # by half as much each time
    assert best[LID] < 0.1 * np.abs(0.3 * wanted[:, LID]).mean()


def test_a_face_that_is_lost_is_no_improvement(wanted: Matrix) -> None:
    search = Search(wanted, FPS)
    search.saw(wanted - 0.1, EVERY)
    half = EVERY.copy()
    half[:40] = False
    search.saw(wanted - 0.15, half)  # worse where it is seen at all
    np.testing.assert_array_equal(best_of(search), wanted)
    search.saw(wanted, ~EVERY)
    np.testing.assert_array_equal(best_of(search), wanted)


def test_controls_stay_legal(wanted: Matrix) -> None:
    search = Search(wanted, FPS)
    low, high = np.array([CHANNEL_RANGES[name] for name in CHANNELS]).T
    for sign in (1, -1, 1, -1):
        search.saw(wanted - sign * 100 * (high - low), EVERY)
        assert (search.tried >= low).all()
        assert (search.tried <= high).all()


def test_noise_is_not_corrected_but_a_blink_is(wanted: Matrix) -> None:
    search = Search(wanted, FPS)
    seen = wanted.copy()
    seen[30, [LID, YAW]] -= [0.2, 5]  # one frame
    search.saw(seen, EVERY)
    np.testing.assert_array_equal(search.tried[:, YAW], wanted[:, YAW])
    assert search.tried[30, LID] == pytest.approx(wanted[30, LID] + 0.8 * 0.2)


def test_no_time_returns_what_was_measured(
    face: Portrait, reading: Reading, neutral: Neutral
) -> None:
    measured = measure(reading.rows, FPS, neutral=neutral)
    same = refined(face, measured, WarpRenderer(), 0)
    np.testing.assert_array_equal(same.to_matrix(), measured.controls.to_matrix())
    assert same.fps == FPS


def test_one_time_brings_the_drawing_nearer(
    face: Portrait, reading: Reading, neutral: Neutral
) -> None:
    measured = measure(reading.rows[:10], FPS, neutral=neutral)
    target = measured.controls.to_matrix()
    driven = [i for i, name in enumerate(CHANNELS) if name not in MOUTH_CHANNELS]

    low, high = np.array([CHANNEL_RANGES[name] for name in CHANNELS]).T

    def error(controls: ControlSequence) -> float:
        frames = WarpRenderer().render(face, keypoints(face, controls), seed=0)
        seen = measure(face_rows(frames, FPS), FPS, neutral=neutral).controls.to_matrix()
        return float((np.abs(seen - target) / (high - low))[:, driven].mean())

    better = refined(face, measured, WarpRenderer(), 1)
    assert error(better) <= error(measured.controls)
    values = better.to_matrix()
    assert (values >= low).all()
    assert (values <= high).all()


class _Nothing:
    """Draws no face."""

    def render(
        self, portrait: Portrait, motion: Iterable[KeypointSequence], *, seed: int
    ) -> Iterator[Frame]:
        for piece in motion:
            yield from (np.zeros_like(portrait.image) for _ in range(len(piece)))


def test_a_drawing_without_a_face_is_told(
    face: Portrait, reading: Reading, neutral: Neutral
) -> None:
    measured = measure(reading.rows[:3], FPS, neutral=neutral)
    with pytest.raises(FaceError, match="expected a face in at least one frame, got none"):
        refined(face, measured, _Nothing(), 1)
