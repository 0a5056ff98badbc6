"""A portrait drawn by tiny random networks: what is laid back, where, and from which folder."""

import json
import math
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from tests.emh.filmed import close_up, shown
from torch import Tensor

from cogportrait.errors import InputError, ModelError
from cogportrait.face import landmarks as lm
from cogportrait.face.view import view_of
from cogportrait.pipeline import keypoints
from cogportrait.renderers.dit.checkpoint import (
    CODEC,
    TRANSFORMER,
    open_checkpoint,
    save_checkpoint,
)
from cogportrait.renderers.dit.codec import FrameCodec
from cogportrait.renderers.dit.conditioning import Hint
from cogportrait.renderers.dit.flow import Schedule
from cogportrait.renderers.dit.guidance import Guidance, Guided
from cogportrait.renderers.dit.laying import Lay, laid
from cogportrait.renderers.dit.model import Conditions
from cogportrait.renderers.dit.renderer import DitRenderer
from cogportrait.renderers.dit.sampling import Sampling
from cogportrait.renderers.dit.sizes import Size, build
from cogportrait.renderers.dit.windows import Windows
from cogportrait.renderers.warp import WarpRenderer
from cogportrait.types import Frame, KeypointSequence, Portrait

FRAMES = 11
HOW = Sampling(Schedule(2, 1), Guidance(Guided.FIXED, fixed=1), windows=Windows(6, 2))
SMALL = Size(2, 16, 48, 1, in_channels=4, out_channels=4, reference_channels=5, hint_channels=4,
             pose_channels=192, text_dim=64, audio_dim=64)  # fmt: skip


@pytest.fixture(scope="module")
def portrait() -> Portrait:
    return close_up()


@pytest.fixture(scope="module")
def codec() -> FrameCodec:
    torch.manual_seed(0)
    return FrameCodec(4, 8).eval()


def motion(portrait: Portrait) -> Iterator[KeypointSequence]:
    return keypoints(portrait, shown().rows(0, FRAMES))


def warped(portrait: Portrait) -> list[Frame]:
    return list(WarpRenderer().render(portrait, motion(portrait)))


class Echo:
    """Predicts that the data is the hint."""

    def __call__(self, latents: Tensor, timestep: Tensor, given: Conditions) -> Tensor:
        assert given.hint is not None
        return (latents - given.hint) / (timestep.view(-1, 1, 1, 1, 1) / 1000)


class Telling(FrameCodec):
    """A codec without loss, for pictures of one level a block."""

    def encode(self, frames: Tensor) -> Tensor:
        return torch.nn.functional.pixel_unshuffle(frames.transpose(1, 2), 8).transpose(1, 2)

    def decode(self, latents: Tensor) -> Tensor:
        return torch.nn.functional.pixel_shuffle(latents.transpose(1, 2), 8).transpose(1, 2)

    @property
    def channels(self) -> int:
        return 192


def test_a_network_that_draws_the_hint_changes_nothing(portrait: Portrait) -> None:
    exact = Telling(4, 8).eval()
    drawn = list(DitRenderer(Echo(), exact, HOW).render(portrait, motion(portrait)))
    expected = warped(portrait)
    assert len(drawn) == FRAMES
    for one, other in zip(drawn, expected, strict=True):
        assert one.shape == portrait.image.shape
        assert np.abs(one.astype(int) - other).max() <= 2


class Seeing:
    """Keeps what hints it is shown, and predicts nothing."""

    def __init__(self) -> None:
        self.hints: list[Tensor | None] = []

    def __call__(self, latents: Tensor, timestep: Tensor, given: Conditions) -> Tensor:
        self.hints.append(given.hint)
        return torch.zeros_like(latents)


def test_the_hint_is_the_warped_view_or_what_lies_around_the_eyes_or_nothing(
    portrait: Portrait,
) -> None:
    def seen(hint: Hint) -> Tensor | None:
        network = Seeing()
        renderer = DitRenderer(network, Telling(4, 8).eval(), HOW, hint=hint)
        list(renderer.render(portrait, motion(portrait)))
        return network.hints[0]

    whole, around = seen(Hint.WHOLE), seen(Hint.AROUND)
    assert whole is not None
    assert around is not None
    hole = (around == 0).all(1)[0]  # [L, h, w]
    assert (whole != 0).any(1).all()
    torch.testing.assert_close(around, whole * ~hole)
    view = view_of(portrait.landmarks_px, 128)
    points = np.concatenate([piece.points_px for piece in motion(portrait)])[: len(hole)]
    placed = view.placed(points[..., :2])
    for frame, eyes in zip(hole, placed[:, [468, 473]], strict=True):
        for x, y in eyes:  # both irises
            assert frame[int(y) // 8, int(x) // 8]
    assert 0.02 < float(hole.float().mean()) < 0.3
    assert seen(Hint.NONE) is None


def test_the_face_laid_back_is_that_drawn_and_the_border_is_the_portraits(
    portrait: Portrait,
) -> None:
    exact = Telling(4, 8).eval()
    drawn = list(DitRenderer(Echo(), exact, HOW, lay=Lay.FACE).render(portrait, motion(portrait)))
    expected = warped(portrait)
    for one, other in zip(drawn, expected, strict=True):
        difference = np.abs(one.astype(int) - other)
        assert difference[:12].max() == difference[-12:].max() == 0
        assert difference.mean() < 6  # 128 px of a face of 320


def test_equal_seeds_draw_equal_frames(portrait: Portrait, codec: FrameCodec) -> None:
    torch.manual_seed(1)
    renderer = DitRenderer(build(SMALL).eval(), codec, HOW)

    def run(seed: int) -> np.ndarray:
        return np.stack(list(renderer.render(portrait, motion(portrait), seed=seed)))

    one = run(5)
    np.testing.assert_array_equal(one, run(5))
    assert (one != run(6)).any()


def test_a_checkpoint_comes_back_and_its_faults_are_told(
    portrait: Portrait, codec: FrameCodec, tmp_path: Path
) -> None:
    torch.manual_seed(1)
    network = build(SMALL).eval()
    save_checkpoint(tmp_path, network, codec, torch.float32)
    back = open_checkpoint(tmp_path, HOW)
    x = torch.zeros(1, 4, 2, 4, 4)
    given = Conditions(torch.ones(1, 3, 64))
    with torch.no_grad():
        torch.testing.assert_close(
            back.network(x, torch.tensor([500.0]), given), network(x, torch.tensor([500.0]), given)
        )
    assert len(list(replace(back, how=HOW).render(portrait, motion(portrait)))) == FRAMES
    with pytest.raises(InputError, match="expected a folder with a checkpoint, found none"):
        open_checkpoint(tmp_path / "none")
    file = tmp_path / TRANSFORMER / "diffusion_pytorch_model.safetensors"
    whole = file.read_bytes()
    file.write_bytes(whole[:-100])
    with pytest.raises(ModelError, match=r"got one that cannot be read: .*; fetch or train it"):
        open_checkpoint(tmp_path)
    file.write_bytes(whole)
    config = tmp_path / TRANSFORMER / "config.json"
    told = json.loads(config.read_text())
    config.write_text(json.dumps(told | {"num_layers": 2}))
    with pytest.raises(ModelError, match="are missing, unknown or of another shape, such as"):
        open_checkpoint(tmp_path)
    for change, fault in (
        ({"patch_size": [1, 2]}, "patch_size: expected three numbers"),
        ({"attention_head_dim": 45}, "attention_head_dim: expected an even number"),
        ({"eps": "x"}, "got one that cannot be read"),
        ({"eps": math.nan}, "eps: expected more than 0 and less than 1"),
        ({"num_layers": 0}, "num_layers: expected 1 or more, got 0"),
        ({"rope_max_seq_len": 3}, "rope_max_seq_len: expected 8 or more, for 128 px and 8 latent"),
        ({"base_deviation": -1.0}, "base_deviation: expected 0 or more"),
        ({"_class_name": "WanTransformer3DModel"}, "is of 'WanTransformer3DModel' and not of"),
    ):
        config.write_text(json.dumps(told | change))
        with pytest.raises(ModelError, match=fault):
            open_checkpoint(tmp_path)
    config.write_text(json.dumps(told))
    (tmp_path / CODEC / "config.json").unlink()
    with pytest.raises(ModelError, match=r"codec.config\.json: expected a file of the checkpoint"):
        open_checkpoint(tmp_path)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"length": "8"}, "length: expected a whole number of 1 to 1024, got '8'"),
        ({"length": 2.5}, "length: expected a whole number of 1 to 1024, got 2.5"),
        ({"scale": "x"}, "scale: expected 1 to 20, got 'x'"),
        ({"words": 5}, "words: expected a folder or null, got 5"),
        ({"view_px": 0}, "view_px: expected a whole number of 1 to 4096, got 0"),
        ({"view_px": 130}, "view_px: expected a multiple of 16, got 130"),
    ],
)
def test_what_a_checkpoint_cannot_say_is_told(
    codec: FrameCodec, tmp_path: Path, change: dict[str, object], fault: str
) -> None:
    save_checkpoint(tmp_path, build(SMALL), codec)
    path = tmp_path / "cogportrait.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(ModelError, match=re.escape(fault)) as told:
        open_checkpoint(tmp_path)
    assert "cogportrait.json" in str(told.value)


def test_weights_that_are_no_numbers_are_told(codec: FrameCodec, tmp_path: Path) -> None:
    save_checkpoint(tmp_path, build(SMALL), codec, torch.float32)
    file = tmp_path / TRANSFORMER / "diffusion_pytorch_model.safetensors"
    held = load_file(file)
    name = "proj_out.bias"
    save_file({**held, name: held[name] * math.nan}, file, metadata={"format": "pt"})
    with pytest.raises(ModelError, match=f"1 tensors hold NaN or infinity, such as '{name}'"):
        open_checkpoint(tmp_path)
    save_file({**held, name: held[name].to(torch.int8)}, file, metadata={"format": "pt"})
    with pytest.raises(ModelError, match=f"{name} holds I8 and not floating-point numbers"):
        open_checkpoint(tmp_path)
    with pytest.raises(ValueError, match="latents_std: expected numbers above 0"):
        FrameCodec(4, 8, (0.0,) * 4, (0.0,) * 4)


class Lossy(Telling):
    """A codec that draws everything darker than it is."""

    def decode(self, latents: Tensor) -> Tensor:
        return super().decode(latents) - 0.4


def test_what_the_codec_loses_does_not_show_where_the_face_is_as_the_hint(
    portrait: Portrait,
) -> None:
    drawn = list(DitRenderer(Echo(), Lossy(4, 8).eval(), HOW).render(portrait, motion(portrait)))
    for one, other in zip(drawn, warped(portrait), strict=True):
        assert np.abs(one.astype(int) - other).max() <= 2


def test_what_is_drawn_otherwise_is_laid_back_as_it_is(portrait: Portrait) -> None:
    view = view_of(portrait.landmarks_px, 128)
    cut = view.cut(portrait.image).astype(int)
    coded = (cut - 9).clip(0, 255).astype(np.uint8)
    at = portrait.landmarks_px
    middle = tuple(np.rint(at[lm.FACE_OVAL].mean(0)[:2]).astype(int))[::-1]

    def change(face: np.ndarray, seen: np.ndarray | None) -> np.ndarray:
        face = face.clip(0, 255).astype(np.uint8)
        out = laid(portrait.image, face, view, at, Lay.DIFFERENCE, seen)
        return out[middle].astype(int) - portrait.image[middle]

    assert np.abs(change(cut - 9, coded)).max() <= 1
    far = cut + np.where(cut < 128, 100, -100)
    np.testing.assert_allclose(change(far, coded), change(far, None), atol=1)
    assert np.abs(change(far, coded)).min() > 50
