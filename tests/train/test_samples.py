"""What a step looks at follows from the seed and its number."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from tests.train.made import SIZE, codec, footage, prepared
from torch import Tensor

from cogportrait.errors import InputError
from cogportrait.face.drawing import draw_keypoints
from cogportrait.face.view import View
from cogportrait.renderers.dit.conditioning import HOLE
from cogportrait.renderers.dit.fold import as_pictures, folded
from cogportrait.train.samples import (
    NO_HOLE,
    Batch,
    Left,
    Prepared,
    draw_batch,
    mirrored_words,
    prepare,
    windows_of,
)

ALL = Left(0, 0, 0, 0, 0, 0, 0)


@pytest.fixture(scope="module")
def clips() -> list[Prepared]:
    return prepared()


def parts(batch: Batch) -> dict[str, Tensor]:
    given = batch.given
    assert given.pose is not None
    assert given.audio is not None
    assert given.reference is not None
    assert given.hint is not None
    return {"data": batch.data, "text": given.text, "audio": given.audio, "pose": given.pose,
            "reference": given.reference, "hint": given.hint, "eyes": batch.eyes}  # fmt: skip


def test_equal_steps_are_equal_and_others_are_not(clips: list[Prepared]) -> None:
    one, same = (parts(draw_batch(clips, 3, 5, Left(), (1, 7))) for _ in range(2))
    for name, tensor in one.items():
        torch.testing.assert_close(tensor, same[name], atol=0, rtol=0)
    other = parts(draw_batch(clips, 3, 5, Left(), (1, 8)))
    assert not torch.equal(one["data"], other["data"])


def test_some_rows_of_a_step_are_those_of_the_whole(clips: list[Prepared]) -> None:
    whole = parts(draw_batch(clips, 4, 5, Left(), (1, 7)))
    for name, tensor in parts(draw_batch(clips, 4, 5, Left(), (1, 7), slice(1, None, 2))).items():
        torch.testing.assert_close(tensor, whole[name][1::2], atol=0, rtol=0)


def test_a_mirrored_clip_is_told_the_other_way_round() -> None:
    told = "Looks far left, then to the right; leftover light."
    assert mirrored_words(told) == "Looks far right, then to the left; leftover light."
    clip = footage("a")
    clip = replace(clip, origin=replace(clip.origin, caption="looks to the left"))
    other = replace(clip, origin=replace(clip.origin, caption="looks to the right"))
    one, two = (prepare(c, codec()) for c in (clip, other))
    rows = np.arange(3)
    torch.testing.assert_close(one.window(rows, 1).given.text, two.window(rows, 0).given.text)
    assert not torch.equal(one.window(rows, 0).given.text, two.window(rows, 0).given.text)


def test_shapes_are_those_of_the_network(clips: list[Prepared]) -> None:
    found = {n: tuple(t.shape) for n, t in parts(draw_batch(clips, 3, 5, ALL, (0, 0))).items()}
    n = SIZE // 8
    assert found == {
        "data": (3, 4, 5, n, n), "text": (3, 48, 64), "audio": (3, 5, 4, 64),
        "pose": (3, 192, 5, n, n), "reference": (3, 5, 5, n, n), "hint": (3, 4, 5, n, n),
        "eyes": (3, 2, 5, n, n),
    }  # fmt: skip


def test_pictures_poses_and_hints_of_a_window_belong_together(clips: list[Prepared]) -> None:
    clip, frames = clips[1], np.array([2, 4, 6])
    found = parts(clip.window(frames))
    torch.testing.assert_close(found["data"][0].transpose(0, 1), clip.latents[0][frames])
    torch.testing.assert_close(found["hint"][0].transpose(0, 1), clip.hints[0][frames])
    drawn = draw_keypoints(clip.points_px[0][frames], View(0, 0, SIZE, SIZE))
    torch.testing.assert_close(found["pose"][0], folded(drawn, 8))
    torch.testing.assert_close(found["reference"][0, :4, 2], clip.latents[0][0])
    assert (found["reference"][0, 4] == 1).all()


@pytest.mark.parametrize("side", [0, 1])
def test_a_clip_is_its_own_hint_but_for_a_hole_where_the_eyes_are(side: int) -> None:
    clip, frames = prepared(1)[0], np.arange(3, 6)
    wide, narrow, whole = (clip.window(frames, side, own=own) for own in (0.1, 0.5, NO_HOLE))
    for batch, own in ((wide, 0.1), (narrow, 0.5)):
        assert batch.given.hint is not None
        eyes = batch.eyes[:, :1].expand_as(batch.data) > own
        assert (batch.given.hint[eyes] == 0).all()
        torch.testing.assert_close(batch.given.hint[~eyes], batch.data[~eyes])
        assert 0 < float(eyes.float().mean()) < 1
    assert wide.given.hint is not None
    assert narrow.given.hint is not None
    assert (wide.given.hint == 0).sum() > (narrow.given.hint == 0).sum()
    torch.testing.assert_close(whole.given.hint, whole.data)
    drawn = replace(clip, drawn=True)
    usual = clip.window(frames, side, own=HOLE).given.hint
    torch.testing.assert_close(drawn.window(frames, side).given.hint, usual)


def test_holes_are_of_many_sizes_and_as_often_as_asked(clips: list[Prepared]) -> None:
    def shares(eyes: float) -> list[float]:
        batch = parts(draw_batch(clips, 100, 3, replace(ALL, eyes=eyes), (0, 0)))
        return [float(share) for share in (batch["hint"] == 0).flatten(1).float().mean(1)]

    assert max(shares(0.0)) == 0
    assert np.mean([share > 0 for share in shares(0.7)]) == pytest.approx(0.7, abs=0.12)
    assert len({round(share, 4) for share in shares(1.0)}) > 5


def test_a_mirrored_window_is_mirrored_in_all(clips: list[Prepared]) -> None:
    clip = clips[0]
    left, right = clip.points_px
    np.testing.assert_allclose(right[:, 473, 0], SIZE - 1 - left[:, 468, 0], atol=1e-4)
    np.testing.assert_allclose(right[:, 263, 0], SIZE - 1 - left[:, 33, 0], atol=1e-4)
    frames = np.arange(3)
    plain, mirrored = parts(clip.window(frames, 0)), parts(clip.window(frames, 1))
    torch.testing.assert_close(mirrored["eyes"], plain["eyes"].flip(-1), atol=1e-4, rtol=1e-3)


def test_a_window_does_not_reach_into_frames_without_a_face() -> None:
    clip = prepared(1)[0]
    clip.inside[6] = False
    assert windows_of(clip, 4, 1).tolist() == [0, 1, 2, 7, 8, 9, 10]
    assert windows_of(clip, 4, 2).tolist() == [7]
    assert windows_of(clip, 20, 1).tolist() == []
    with pytest.raises(InputError, match="footage: expected 20 frames in a row with a face"):
        draw_batch([clip], 2, 20, ALL, (0, 0))


def test_conditions_are_left_out_as_often_as_asked(clips: list[Prepared]) -> None:
    def share(name: str, left: Left) -> float:
        batch = parts(draw_batch(clips, 200, 3, left, (0, 0)))
        return float((batch[name].flatten(1) == 0).all(1).float().mean())

    assert share("pose", ALL) == share("hint", ALL) == share("reference", ALL) == 0
    assert share("hint", Left(0, 0, 0, 0, 0.5, 0)) == pytest.approx(0.5, abs=0.1)
    assert share("pose", Left(0.3, 0, 0, 0, 0, 0)) == pytest.approx(0.3, abs=0.1)
    # Hint and reference stay where guidance goes away from: they have a chance of their own.
    assert share("hint", Left(1, 1, 1, 1, 0, 0)) == 0
    assert share("reference", Left(1, 1, 1, 1, 1, 0)) == 0
    assert share("reference", Left(0, 0, 0, 0, 0, 1)) == 1


def test_levels_become_minus_one_to_one() -> None:
    pictures = footage().frames
    x = as_pictures(pictures)
    assert x.shape == (14, 3, SIZE, SIZE)
    np.testing.assert_allclose((x[3, :, 4, 5].numpy() + 1) * 127.5, pictures[3, 4, 5], atol=1e-4)
