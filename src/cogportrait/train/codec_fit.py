"""The small codec fitted to frames: principal components first, then what convolutions add.

``cogportrait.renderers.dit.codec.FrameCodec`` is what is fitted. The loss is the squared error,
eyes weighing more, with a little noise on the latents, since a transformer's are never exact.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from cogportrait.face import landmarks as lm
from cogportrait.renderers.dit.codec import BLOCK, FrameCodec
from cogportrait.renderers.dit.fold import as_pictures
from cogportrait.train.footage import Footage

EYES_WEIGH: Final = 4.0  # of pixels around the eyes, beside 1 of others
EYE_BOX: Final = 0.35  # eye distances around the eye region's points
NOISE: Final = 0.05  # of the latents' deviation
PATCHES: Final = 60_000  # that principal components are taken of


@dataclass(frozen=True, slots=True)
class Fit:
    """How many steps, and how fast."""

    steps: int  # 0: principal components alone
    batch: int = 8
    rate: float = 1e-3
    seed: int = 0
    channels: int = 16
    width: int = 32


def fit_codec(
    clips: Sequence[Footage],
    fit: Fit,
    tell: Callable[[int, float], None] = lambda _step, _db: None,
    start: FrameCodec | None = None,
) -> FrameCodec:
    """Return a codec fitted to the frames of clips.

    Parameters
    ----------
    clips
        Footage of one size.
    fit : Fit
        The rate falls to 0 over the steps (half a cosine).
    tell
        Called now and then with the number of steps and the PSNR of a batch, dB.
    start
        A codec to go on with.
    """
    torch.manual_seed(fit.seed)
    rng = np.random.default_rng(fit.seed)
    codec = start if start is not None else _principal(clips, fit, rng)
    codec.train()
    optimizer = torch.optim.AdamW(codec.parameters(), fit.rate, weight_decay=1e-4)
    spread = torch.ones(1, codec.channels, 1, 1)
    for step, (frames, weights) in enumerate(_batches(clips, fit.batch, rng)):
        if step == fit.steps:
            break
        for group in optimizer.param_groups:
            group["lr"] = fit.rate * 0.5 * (1 + math.cos(math.pi * step / fit.steps))
        z = codec.raw(frames)
        spread = 0.95 * spread + 0.05 * z.detach().std((0, 2, 3), keepdim=True)
        drawn = codec.drawn(z + NOISE * spread * torch.randn_like(z))
        error = (drawn - frames).square()
        loss = (error * weights).mean() + 0.1 * _edges(drawn, frames)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(codec.parameters(), 1.0)
        optimizer.step()
        if step % 50 == 0:
            tell(step, float(-10 * torch.log10(error.detach().mean() / 4)))
    return normalized(codec.eval(), clips)


def normalized(codec: FrameCodec, clips: Sequence[Footage]) -> FrameCodec:
    """Return the codec with what its latents of some frames are brought to.

    Channels differ in what they are of a picture: one, how bright a block is, has most of its
    energy. Divided by their deviations all would be as loud, and a transformer as exact in the
    finest grain as in the brightness of blocks, which shows; left as they are, eyes would drown.
    Ours lies between: they are divided by sqrt(deviation x mean deviation), so that their mean
    variance is 1.
    """
    with torch.no_grad():
        some = [codec.raw(as_pictures(c.frames[:: max(1, len(c) // 20)])) for c in clips]
    z = torch.cat([part.transpose(0, 1).flatten(1) for part in some], dim=1)
    deviation = z.std(1)
    divisor = (deviation * deviation.mean()).sqrt()
    out = FrameCodec(
        codec.channels, int(codec.config["width"]), tuple(z.mean(1).tolist()),
        tuple(divisor.tolist()),
    )  # fmt: skip
    out.load_state_dict(codec.state_dict())
    return out.eval()


@torch.no_grad()
def psnr_db(codec: FrameCodec, frames: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Return the PSNR of each frame [N, H, W, 3] after both ways, in whole levels, dB."""
    out: list[float] = []
    for frame in frames:
        x = as_pictures(frame[None])
        back = codec.decode(codec.encode(x[:, :, None]))[:, :, 0].clamp(-1, 1)
        levels = ((back + 1) * 127.5).round() - (x + 1) * 127.5
        out.append(float(20 * torch.log10(255 / levels.square().mean().sqrt())))
    return np.array(out)


def eye_weights(points_px: NDArray[np.floating], size: int) -> NDArray[np.float32]:
    """Return what the pixels of a view [size, size] weigh, given its keypoints [478, 2]."""
    out = np.ones((size, size), np.float32)
    iod = float(np.linalg.norm(points_px[lm.IRIS_CENTER[0]] - points_px[lm.IRIS_CENTER[1]]))
    eyes = points_px[lm.EYE_REGION]
    if not np.isfinite(iod) or not np.isfinite(eyes).all():
        return out
    low = np.floor(eyes.min(0) - EYE_BOX * iod).astype(int).clip(0, size)
    high = np.ceil(eyes.max(0) + EYE_BOX * iod).astype(int).clip(0, size)
    out[low[1] : high[1], low[0] : high[0]] = EYES_WEIGH
    return out


def _batches(
    clips: Sequence[Footage], count: int, rng: np.random.Generator
) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield pictures [N, 3, S, S] and their weights [N, 1, S, S], for ever."""
    chances = np.sqrt([len(clip) for clip in clips])
    chances /= chances.sum()
    while True:
        pictures: list[NDArray[np.uint8]] = []
        weights: list[NDArray[np.float32]] = []
        for k in rng.choice(len(clips), count, p=chances):
            clip = clips[k]
            t = int(rng.integers(len(clip)))
            picture, weight = clip.frames[t], eye_weights(clip.points_px[t], len(clip.frames[t]))
            if rng.random() < 0.5:
                picture, weight = picture[:, ::-1], weight[:, ::-1]
            pictures.append(picture)
            weights.append(weight)
        x = _toned(as_pictures(np.stack(pictures)), rng)
        w = torch.from_numpy(np.stack(weights))[:, None]
        yield x, w / w.mean()


def _toned(x: Tensor, rng: np.random.Generator) -> Tensor:
    """Return pictures in other light: contrast, brightness and a tint, at random."""
    n = len(x)
    gain = torch.from_numpy(rng.uniform(0.6, 1.15, (n, 1, 1, 1)).astype(np.float32))
    tint = torch.from_numpy(rng.uniform(-0.12, 0.12, (n, 3, 1, 1)).astype(np.float32))
    shift = torch.from_numpy(rng.uniform(-0.2, 0.15, (n, 1, 1, 1)).astype(np.float32))
    return (x * gain + tint + shift).clamp(-1, 1)


def _edges(a: Tensor, b: Tensor) -> Tensor:
    """Return the mean absolute difference of the pictures' differences of neighbors."""
    d = a - b
    return d.diff(dim=-1).abs().mean() + d.diff(dim=-2).abs().mean()


def _principal(clips: Sequence[Footage], fit: Fit, rng: np.random.Generator) -> FrameCodec:
    """Return a codec that is its linear part alone: principal components of blocks of pixels."""
    each = max(1, PATCHES // len(clips) // 16)
    blocks: list[Tensor] = []
    for clip in clips:
        some = np.sort(rng.integers(0, len(clip), min(len(clip), each)))
        folded = functional.unfold(_toned(as_pictures(clip.frames[some]), rng), BLOCK, stride=BLOCK)
        cells = torch.from_numpy(rng.integers(0, folded.shape[-1], 16))
        blocks.append(folded[:, :, cells].transpose(1, 2).flatten(0, 1))
    x = torch.cat(blocks)
    mean = x.mean(0)
    basis = torch.linalg.eigh(torch.cov((x - mean).T)).eigenvectors.flip(1)[:, : fit.channels]
    codec = FrameCodec(fit.channels, fit.width)
    filters = basis.T.reshape(fit.channels, 3, BLOCK, BLOCK)
    with torch.no_grad():
        codec.linear_in.weight.copy_(filters)
        codec.linear_in.bias.copy_(-(basis.T @ mean))  # pyright: ignore[reportOptionalMemberAccess]
        codec.linear_out.weight.copy_(filters)
        codec.linear_out.bias.copy_(mean.reshape(3, -1).mean(1))  # pyright: ignore[reportOptionalMemberAccess]
        for last in (codec.encoder[-1], codec.decoder[-2]):
            for parameter in last.parameters():
                parameter.zero_()
    return codec
