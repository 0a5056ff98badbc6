"""Flow matching: noise levels, and how wrong a velocity is."""

from typing import Final

import torch
from torch import Tensor

from cogportrait.renderers.dit.flow import noisy, shifted, velocity
from cogportrait.renderers.dit.model import STEPS
from cogportrait.renderers.dit.sampling import Network
from cogportrait.train.samples import Batch
from cogportrait.train.watching import EYES, IRISES

EYES_WEIGH: Final = 6.0  # of the middle between the eyes, beside 1 far from them
IRISES_WEIGH: Final = 20.0  # of an iris, on top of that
SHIFT: Final = 2.0  # of noise levels: small latents need more noise to be hidden


def draw_sigmas(count: int, generator: torch.Generator, shift: float = SHIFT) -> Tensor:
    """Return noise levels [count], logit-normal (Esser et al. 2024) and shifted."""
    normal = torch.randn(count, generator=generator)
    return shifted(torch.sigmoid(normal), shift)


def velocity_error(network: Network, batch: Batch, sigmas: Tensor, noise: Tensor) -> Tensor:
    """Return the squared error of the velocity of each window, [B]; eyes weigh more, irises most.

    Parameters
    ----------
    network : Network
        Predicts the velocity.
    batch : Batch
        B windows.
    sigmas : Tensor, shape [B]
        Noise levels.
    noise : Tensor
        Shaped as the data.
    """
    at = sigmas.view(-1, 1, 1, 1, 1)
    x = noisy(batch.data, noise, at)
    predicted = network(x, STEPS * sigmas, batch.given)
    between, irises = batch.eyes[:, EYES, None], batch.eyes[:, IRISES, None]
    weights = 1 + (EYES_WEIGH - 1) * between + IRISES_WEIGH * irises
    error = (predicted - velocity(batch.data, noise)).square().mean(1, keepdim=True)
    return (error * weights).sum((1, 2, 3, 4)) / weights.sum((1, 2, 3, 4))
