"""A small network learns two clips by heart, and draws what keypoints say: also swapped ones."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from accelerate import Accelerator
from numpy.typing import NDArray
from tests.train.made import footage

from cogportrait.face import landmarks as lm
from cogportrait.renderers.dit.codec import FrameCodec
from cogportrait.renderers.dit.fold import as_frames
from cogportrait.renderers.dit.guidance import Guidance
from cogportrait.renderers.dit.model import CogPortraitTransformer3DModel, Conditions
from cogportrait.renderers.dit.sampling import Sampling, Scene, sample
from cogportrait.renderers.dit.sizes import Size, build
from cogportrait.train.codec_fit import Fit, fit_codec
from cogportrait.train.loop import Trainer
from cogportrait.train.recipe import Recipe
from cogportrait.train.samples import Left, Prepared, prepare

# Silent, since their sound is another in every frame, and could be learnt instead of keypoints.
FILMS = tuple(
    replace(film, sound=np.zeros_like(film.sound))
    for film in (footage("a", 14, 0, face=0), footage("b", 14, 1, face=0))
)
STEPS = 400
SIZE = Size(3, 32, 256, 3, in_channels=8, out_channels=8, reference_channels=9, hint_channels=8,
            pose_channels=192, text_dim=64, audio_dim=64)  # fmt: skip
RECIPE = Recipe(
    Path("f"), Path("c"), steps=STEPS, batch=8, length=4, rate=3e-3, warmup=30, ema=0.99,
    left=Left(0, 0, 0, 0, 1, 0),
)  # fmt: skip

Learnt = tuple[FrameCodec, list[Prepared], CogPortraitTransformer3DModel, list[float]]


@pytest.fixture(scope="module")
def learnt() -> Learnt:
    codec = fit_codec(FILMS, Fit(150, channels=8, width=16))
    clips = [prepare(film, codec) for film in FILMS]
    torch.manual_seed(0)
    network = build(SIZE)
    trainer = Trainer(network, RECIPE, Accelerator(cpu=True))
    losses = [trainer.step(clips) for _ in range(STEPS)]
    return codec, clips, network.eval(), losses


def test_the_loss_falls_twenty_times(learnt: Learnt) -> None:
    losses = learnt[-1]
    assert np.mean(losses[:5]) > 20 * np.mean(losses[-40:])


@pytest.mark.parametrize("frames", [(0, 1, 2, 3), (9, 8, 7, 6), (2, 12, 2, 12)])
@pytest.mark.parametrize("swapped", [False, True])
def test_samples_follow_keypoints(learnt: Learnt, swapped: bool, frames: tuple[int, ...]) -> None:
    """The bright irises of one clip's face are where its keypoints, or the other's, are."""
    codec, clips, network, _ = learnt
    rows = np.array(frames)
    own, led = clips[0].window(rows).given, clips[1 if swapped else 0].window(rows)
    scene = Scene(
        0, True, Conditions(own.text, own.audio, led.given.pose, own.reference),
        led.eyes[0, 0].numpy(),
    )  # fmt: skip
    how = Sampling(guidance=Guidance(low=1.0, high=1.0))
    drawn = next(iter(sample(network, [scene], 8, how, seed=0)))
    pictures = as_frames(codec.decode(drawn)[0])
    wanted = FILMS[1 if swapped else 0].points_px[rows][:, lm.IRIS_CENTER]
    assert np.abs(_irises(pictures) - wanted[..., 0]).max() < 1.5


def _irises(pictures: NDArray[np.uint8]) -> NDArray[np.floating]:
    """Return x of the bright spots left and right of their common middle, [T, 2]: right first."""
    bright = (pictures[..., 0].astype(float) - 150).clip(0).sum(1)
    xs = np.arange(bright.shape[1])
    out: list[list[float]] = []
    for row in bright:
        middle = (row * xs).sum() / row.sum()
        halves = [row * (xs > middle), row * (xs < middle)]
        out.append([float((half * xs).sum() / half.sum()) for half in halves])
    return np.array(out)
