"""The bench's own figures, on points whose answer is known."""

import numpy as np
import pytest

from bench.fidelity import measures, readings, report
from cogportrait.types import Portrait


def frames(portrait: Portrait, n: int = 1) -> np.ndarray:
    return np.repeat(portrait.landmarks_px[None, :, :2].astype(np.float64), n, axis=0)


def test_aperture_scales_with_the_lid_distance(portrait: Portrait) -> None:
    points = frames(portrait, 2)
    for pairs in readings.LID_PAIRS:
        for upper, lower in pairs:
            points[1, upper] = points[1, lower] + 0.5 * (points[1, upper] - points[1, lower])
    aperture = readings.aperture(points)
    np.testing.assert_allclose(aperture[1] / aperture[0], 0.5)


def test_iris_offset_counts_left_and_up_as_positive(portrait: Portrait) -> None:
    points = frames(portrait, 2)
    for centre, _ in readings.IRIS:
        points[1, centre] += (3.0, -2.0)
    shift = (
        np.diff(readings.iris_offset(points), axis=0)[0] * readings.eye_width(points)[0][:, None]
    )
    assert (shift > 0).all()
    np.testing.assert_allclose(np.linalg.norm(shift, axis=-1), np.hypot(3, 2))


def test_head_fixed_undoes_a_similarity(portrait: Portrait) -> None:
    rest = frames(portrait)[0]
    angle = np.deg2rad(12)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    moved = 1.3 * rest @ turn.T + (20, -7)
    fixed = readings.head_fixed(np.stack([rest, moved]), rest)
    np.testing.assert_allclose(fixed[1], fixed[0], atol=1e-9)


@pytest.mark.parametrize(("axis", "vector"), [(0, (0, 1, 0)), (1, (-1, 0, 0)), (2, (0, 0, -1))])
def test_head_angles_have_the_signs_of_the_channels(
    axis: int, vector: tuple[float, float, float]
) -> None:
    from scipy.spatial.transform import Rotation

    rest = Rotation.from_euler("xyz", (5, -8, 3), degrees=True).as_matrix()
    turned = rest @ Rotation.from_rotvec(np.multiply(vector, 15), degrees=True).as_matrix()
    angles = readings.head_angles_deg(turned[None], rest)[0]
    np.testing.assert_allclose(angles, 15 * np.eye(3)[axis], atol=1e-9)


def test_spearman_of_a_missing_value_is_missing() -> None:
    steps = np.arange(5.0)
    assert measures.spearman(steps, steps**3) == pytest.approx(1)
    assert measures.spearman(steps, -steps) == pytest.approx(-1)
    assert measures.spearman(steps, np.zeros(5)) == 0
    assert np.isnan(measures.spearman(steps, np.array([0, 1, np.nan, 3, 4])))


def test_a_missing_value_never_passes() -> None:
    criterion = report.Criterion("x", "x", least=0.5)
    row = report.Row(criterion, (0.6, float("nan")))
    assert row.passed == 1
    assert not row.met


def test_a_share_is_enough() -> None:
    criterion = report.Criterion("x", "x", most=0.15, share=0.9)
    assert report.Row(criterion, (0.1,) * 9 + (0.3,)).met
    assert not report.Row(criterion, (0.1,) * 8 + (0.3,) * 2).met
