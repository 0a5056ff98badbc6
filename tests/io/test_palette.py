"""GIF palettes keep small colored parts."""

import numpy as np
import pytest

from cogportrait.io.palette import PALETTE_SIZE, ColorCount, to_oklab


def test_few_colors_are_kept_exactly() -> None:
    colors = ColorCount()
    frame = np.zeros((8, 8, 3), np.uint8)
    frame[:4] = (200, 30, 60)
    colors.add(frame)
    assert sorted(map(tuple, colors.palette().tolist())) == [(0, 0, 0), (200, 30, 60)]


def test_a_small_red_part_keeps_its_color_beside_a_large_gradient() -> None:
    ramp = np.linspace(0, 255, 200)
    frame = np.stack(np.broadcast_arrays(ramp[None], ramp[:, None], 0.5 * ramp[None]), axis=2)
    frame = frame.astype(np.uint8)
    frame[90:98, 90:98] = (210, 40, 70)
    colors = ColorCount()
    for _ in range(3):
        colors.add(frame)
    palette = colors.palette().astype(int)
    assert palette.shape[0] <= PALETTE_SIZE
    assert np.abs(palette - (210, 40, 70)).sum(axis=1).min() <= 12


def test_oklab_has_white_at_one_and_gray_without_color() -> None:
    lab = to_oklab(np.array([[255.0, 255, 255], [0, 0, 0], [128, 128, 128]]))
    assert lab[0] == pytest.approx([1, 0, 0], abs=1e-3)
    assert lab[1] == pytest.approx([0, 0, 0], abs=1e-6)
    assert lab[2, 1:] == pytest.approx([0, 0], abs=1e-3)
