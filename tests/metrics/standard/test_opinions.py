"""BRISQUE against the package's own numbers, DSL-FIQA from a table."""

from pathlib import Path

import numpy as np
import pytest
from tests.metrics.standard.golden_brisque import SCORES, picture
from tests.metrics.standard.references import clip, no_face, tell

from cogportrait.errors import InputError, ModelError
from cogportrait.metrics.standard.brisque import Brisque, brisque, open_brisque
from cogportrait.metrics.standard.catalog import open_measure
from cogportrait.metrics.standard.dsl_fiqa import DslFiqa, open_dsl_fiqa
from cogportrait.metrics.standard.files import Given
from cogportrait.metrics.standard.measure import FramePair, MeasureName
from cogportrait.types import Frame, Portrait


def _brisque() -> Brisque:
    opened = open_brisque(Given())
    assert isinstance(opened, Brisque)
    return opened


@pytest.mark.parametrize("given", SCORES)
def test_brisque_is_what_the_reference_implementation_says(
    given: tuple[float, float], portrait: Portrait
) -> None:
    frame = picture(*given)
    assert tell(_brisque(), [frame], [frame], portrait) == pytest.approx(SCORES[given], abs=1e-6)


def test_brisque_is_a_mean_over_frames(portrait: Portrait) -> None:
    given = list(SCORES)[:2]
    two = [picture(*g) for g in given]
    expected = np.mean([SCORES[g] for g in given])
    assert tell(_brisque(), two, two, portrait) == pytest.approx(expected, abs=1e-6)
    assert np.isnan(tell(_brisque(), [], [], portrait))


def test_a_frame_without_texture_is_left_out(astronaut: Frame, portrait: Portrait) -> None:
    flat, other = np.full_like(astronaut, 90), picture(0.0, 8.0)
    found = tell(_brisque(), [flat, other], [flat, other], portrait)
    assert found == pytest.approx(SCORES[0.0, 8.0], abs=1e-6)
    assert np.isnan(tell(_brisque(), [flat], [flat], portrait))


def test_a_regression_is_read_from_text_and_from_nothing_else(tmp_path: Path) -> None:
    place = tmp_path / "svm.txt"
    place.write_text(
        "svm_type epsilon_svr\nkernel_type rbf\ngamma 0.5\nnr_class 2\ntotal_sv 2\nrho -3\nSV\n"
        "2 1:0.5 36:-1 \n-1 2:0.25 \n"
    )
    opened = open_brisque(Given(path=place, vouched=True))
    assert isinstance(opened, Brisque)
    x = np.zeros(36)
    expected = 2 * np.exp(-0.5 * 1.25) - np.exp(-0.5 * 0.0625) + 3
    assert opened._regression.predict(x) == pytest.approx(expected)
    for content, message in (
        (b"\x80\x04pickle", "expected a model of LIBSVM"),
        (b"svm_type c_svc\nkernel_type rbf\nSV\n1 1:1", "expected epsilon_svr rbf, got c_svc rbf"),
        (b"svm_type epsilon_svr\nkernel_type rbf\ngamma 1\nrho 0\nSV\n1 99:1", "of LIBSVM"),
    ):
        place.write_bytes(content)
        with pytest.raises(ModelError, match=message):
            open_brisque(Given(path=place, vouched=True))


def test_brisque_of_the_portrait_is_that_of_a_photograph(portrait: Portrait) -> None:
    opened = _brisque()
    assert brisque(portrait.image, opened._regression) == pytest.approx(10.795, abs=0.1)


def _table(folder: Path, rows: str) -> Path:
    place = folder / "prediction.csv"
    place.write_text(f"Name,Predict\n{rows}")
    return place


def test_dsl_fiqa_is_the_mean_of_a_clips_rows(portrait: Portrait, tmp_path: Path) -> None:
    place = _table(tmp_path, "a_b_000000,0.5\na_b_000001,0.7\nother_000000,0.1\n")
    measure = open_measure(MeasureName.DSL_FIQA, Given(path=place))
    assert isinstance(measure, DslFiqa)
    for name, expected in (("a_b", 0.6), ("other", 0.1)):
        measure.begin(clip(portrait, name))
        measure.update(FramePair(portrait.image, portrait.image, no_face(), no_face()))
        assert measure.compute() == pytest.approx(expected)
    measure.begin(clip(portrait, "unknown"))
    assert np.isnan(measure.compute())
    assert isinstance(open_dsl_fiqa(Given(folder=tmp_path)), DslFiqa)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("smile,0.5\nsmile_1,0.5\n", "row 2: expected a frame named CLIP_NUMBER"),
        ("smile_1,0.5\nsmile_2,good\n", "row 3, Predict: expected a number, got 'good'"),
    ],
)
def test_a_table_of_something_else_is_refused(tmp_path: Path, rows: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        open_dsl_fiqa(Given(path=_table(tmp_path, rows)))


def test_a_table_without_scores_is_refused(tmp_path: Path) -> None:
    place = tmp_path / "other.csv"
    place.write_text("Name,Score\na_1,1\na_2,2\n")
    with pytest.raises(InputError, match="Predict is missing"):
        open_dsl_fiqa(Given(path=place))
