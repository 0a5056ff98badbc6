"""Windows of long videos: all frames once, noise of a frame, no seams."""

from collections.abc import Iterator
from itertools import pairwise

import pytest
import torch

from cogportrait.errors import InputError
from cogportrait.renderers.dit.flow import noisy
from cogportrait.renderers.dit.windows import Windows, frame_noise, tied


@pytest.mark.parametrize("frames", [1, 2, 7, 8, 9, 14, 15, 100])
@pytest.mark.parametrize(("length", "overlap"), [(8, 2), (8, 0), (5, 4), (1, 0)])
def test_windows_overlap_and_their_new_frames_are_the_video(
    frames: int, length: int, overlap: int
) -> None:
    found = list(Windows(length, overlap).of(range(frames)))
    new = [f for w in found for f in w.frames[: len(w.frames) - (0 if w.last else overlap)]]
    assert new == list(range(frames))
    assert [w.last for w in found] == [False] * (len(found) - 1) + [True]
    assert all(w.frames[0] == w.start for w in found)
    assert all(len(w.frames) == length for w in found[:-1])
    for one, after in pairwise(found):
        assert one.frames[length - overlap :] == after.frames[:overlap]
        assert len(after.frames) > overlap


def test_windows_of_a_long_video_are_made_one_by_one() -> None:
    asked: list[int] = []

    def stream() -> Iterator[int]:
        for frame in range(10**12):
            asked.append(frame)
            yield frame

    windows = Windows(8, 2).of(stream())
    assert [next(windows).start for _ in range(3)] == [0, 6, 12]
    assert len(asked) <= 12 + 8 + 8


def test_noise_belongs_to_a_frame_of_the_video() -> None:
    one, other = frame_noise(3, 0, 8, (4, 2, 2)), frame_noise(3, 6, 8, (4, 2, 2))
    assert one.shape == (1, 4, 8, 2, 2)
    torch.testing.assert_close(one[:, :, 6:], other[:, :, :2], atol=0, rtol=0)
    assert not torch.equal(one[:, :, 0], one[:, :, 1])
    assert not torch.equal(one, frame_noise(4, 0, 8, (4, 2, 2)))
    assert frame_noise(0, 0, 40, (16, 8, 8)).std() == pytest.approx(1, abs=0.02)


def test_the_first_frame_of_a_window_is_the_one_before_and_the_last_shared_hardly() -> None:
    windows = Windows(6, 3)
    noise, x = frame_noise(0, 0, 6, (2, 2, 2)), frame_noise(1, 0, 6, (2, 2, 2))
    before = frame_noise(2, 0, 3, (2, 2, 2))
    for sigma in (1.0, 0.4, 0.0):
        out = tied(before, noise, windows)(x, sigma)
        known = noisy(before, noise[:, :, :3], sigma)
        torch.testing.assert_close(out[:, :, 0], known[:, :, 0])
        torch.testing.assert_close(out[:, :, 1], (2 * known[:, :, 1] + x[:, :, 1]) / 3)
        torch.testing.assert_close(out[:, :, 2], (known[:, :, 2] + 2 * x[:, :, 2]) / 3)
        torch.testing.assert_close(out[:, :, 3:], x[:, :, 3:], atol=0, rtol=0)


def test_the_first_window_is_free() -> None:
    x = frame_noise(0, 0, 6, (2, 2, 2))
    assert tied(None, x, Windows(6, 3))(x, 0.5) is x


def test_bad_windows_are_told() -> None:
    with pytest.raises(InputError, match="overlap: expected fewer than the window's 4 frames"):
        Windows(4, 4)
    with pytest.raises(InputError, match="frames: expected 1 or more, got none"):
        next(Windows().of([]))
