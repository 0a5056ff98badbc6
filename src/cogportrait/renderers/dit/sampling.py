"""Videos from conditions: windows one after the other, each by guided steps from noise to data.

Memory is that of a window, whatever the length.
"""

import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final, Protocol

import torch
from torch import Tensor

from cogportrait.errors import InputError
from cogportrait.renderers.dit.flow import Predict, Schedule, solve
from cogportrait.renderers.dit.guidance import Guidance, Shares, Weights, coefficients, weight
from cogportrait.renderers.dit.model import STEPS, Conditions
from cogportrait.renderers.dit.windows import Windows, frame_noise, tied

# What each prediction of :func:`guidance.coefficients` is given: keypoints, audio, text.
_GIVEN: Final = ((False, False, False), (True, False, False), (True, True, False), (True,) * 3)
ALL: Final = len(_GIVEN) - 1


class Network(Protocol):
    """What predicts a velocity."""

    def __call__(self, latents: Tensor, timestep: Tensor, given: Conditions) -> Tensor:
        """Return the velocity [B, C, L, h, w]."""
        ...


@dataclass(frozen=True, slots=True)
class Sampling:
    """How a video is drawn."""

    schedule: Schedule = field(default_factory=Schedule)
    guidance: Guidance = field(default_factory=Guidance)
    shares: Shares = field(default_factory=Shares)
    windows: Windows = field(default_factory=Windows)
    # Every how many steps predictions with conditions left out are made anew; between, how they
    # differ from that with all is kept from the last time. 1: at every step.
    renew: int = 1

    def __post_init__(self) -> None:
        if self.renew < 1:
            raise InputError(f"renew: expected 1 or more steps, got {self.renew}")


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """The L latent frames of a window, and what they are made from."""

    start: int  # number of the first one in the video
    last: bool  # whether no window follows
    given: Conditions  # of a batch of one
    maps: Weights  # [L, h, w] where the eyes are; see guidance.eye_map


@dataclass(slots=True)
class Calls:
    """How often a network was asked."""

    count: int = 0


def predictor(network: Network, scene: Scene, how: Sampling, calls: Calls | None = None) -> Predict:
    """Return what predicts the guided velocity, asking the network no more often than needed."""
    gaps: dict[int, Tensor] = {}  # of each prediction from that with all conditions
    steps = itertools.count()

    def ask(x: Tensor, sigma: float, k: int) -> Tensor:
        keypoints, audio, text = _GIVEN[k]
        kept = scene.given.only(keypoints=keypoints, audio=audio, text=text)
        if calls is not None:
            calls.count += 1
        return network(x, torch.full((len(x),), STEPS * sigma, device=x.device), kept)

    def predict(x: Tensor, sigma: float) -> Tensor:
        found = weight(sigma, scene.maps, how.guidance)
        counts = coefficients(how.shares.weights(found))
        wanted = [k for k, count in enumerate(counts) if count is not None]
        known = () if next(steps) % how.renew == 0 or ALL not in wanted else tuple(gaps)
        parts = {k: ask(x, sigma, k) for k in wanted if k not in known}
        if ALL in parts:
            gaps.update({k: parts[k] - parts[ALL] for k in parts if k != ALL})
            parts.update({k: parts[ALL] + gaps[k] for k in wanted if k not in parts})
        total = torch.zeros_like(x)
        for k in wanted:
            part = parts[k]
            total = total + part * torch.as_tensor(counts[k], dtype=part.dtype, device=part.device)
        return total

    return predict


Carry = Callable[[Tensor], Tensor]


def sample(
    network: Network,
    scenes: Iterable[Scene],
    channels: int,
    how: Sampling,
    *,
    seed: int,
    calls: Calls | None = None,
) -> Iterator[Tensor]:
    """Yield the latents of a video piece by piece, [1, C, n, h, w], each frame once.

    Of a codec of single frames; for others see :func:`draw_windows`, whose parameters these are.
    """
    shared = how.windows.overlap
    for scene, data in draw_windows(network, scenes, channels, how, seed=seed, calls=calls):
        kept = 0 if scene.last else shared
        yield data[:, :, : data.shape[2] - kept]


@torch.no_grad()
def draw_windows(  # noqa: PLR0913 - as `sample`, and what is carried on
    network: Network,
    scenes: Iterable[Scene],
    channels: int,
    how: Sampling,
    *,
    seed: int,
    calls: Calls | None = None,
    carry: Carry | None = None,
) -> Iterator[tuple[Scene, Tensor]]:
    """Yield each window with its latents, [1, C, L, h, w].

    Parameters
    ----------
    network : Network
        In evaluation mode.
    scenes : iterable of Scene
        One a window, made when it is asked for.
    channels : int
        C of the latents.
    how : Sampling
        Schedule, guidance and windows.
    seed : int
        Equal seeds give equal latents.
    calls : Calls or None
        Counts.
    carry : callable or None
        Makes of a window's latents those that the next one is tied to at its start,
        [1, C, overlap, h, w]; None takes its last ones, as a codec of single frames has them.
    """
    shared = how.windows.overlap
    before: Tensor | None = None
    for scene in scenes:
        count, *size = scene.maps.shape
        noise = frame_noise(seed, scene.start, count, (channels, size[0], size[1]))
        noise = noise.to(scene.given.text)
        predict = predictor(network, scene, how, calls)
        data = solve(predict, noise, how.schedule, tied(before, noise, how.windows))
        yield scene, data
        if not scene.last:
            before = data[:, :, count - shared :] if carry is None else carry(data)
