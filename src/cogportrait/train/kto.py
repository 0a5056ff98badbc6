"""KTO for flow matching: learning from single samples that are good or bad.

Kahneman-Tversky optimization (Ethayarajh et al. 2024) needs no pairs. Diffusion-KTO (Li et al.
2024) puts the squared error of the prediction in place of the log-probability; here it is the
error of the velocity (our choice: as is done for DPO on flows, with one beta for all noise levels).
With e the error of the network and e_ref that of the network as it was before (LoRA off), on the
same data, noise and noise level:

    g     = e_ref - e                             how much better it has become on the sample
    z     = max(0, mean of g)                     the reference point, without gradient
    value = sigma(sign beta (g - z))              sign +1 for good samples, -1 for bad ones
    loss  = mean of lambda (1 - value)            lambda by good and bad

With one sample a step, and g above 0, z would be g itself and no sample would count; so z is a
running mean over steps (or that of the batch, with two samples or more).
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import torch
from torch import Tensor

from cogportrait.errors import InputError

MOST_BETA: Final = 1e6
MOST_WEIGHT: Final = 1e3


class Baseline(StrEnum):
    """Where the reference point comes from."""

    RUNNING = "running"
    BATCH = "batch"


@dataclass(frozen=True, slots=True)
class Kto:
    """How preferences are weighed."""

    beta: float = 50.0
    desirable: float = 1.0  # lambda of good samples
    undesirable: float = 1.0  # of bad ones
    baseline: Baseline = Baseline.RUNNING
    memory: float = 0.95  # of the running mean

    def __post_init__(self) -> None:
        if not (
            0 < self.beta <= MOST_BETA
            and 0 <= self.desirable <= MOST_WEIGHT
            and 0 <= self.undesirable <= MOST_WEIGHT
        ):
            raise InputError(
                f"beta, desirable, undesirable: expected more than 0, to {MOST_BETA:.0f}, and 0 to "
                f"{MOST_WEIGHT:.0f}, got {self.beta}, {self.desirable}, {self.undesirable}"
            )
        if not 0 <= self.memory < 1:
            raise InputError(f"memory: expected 0 to 1, got {self.memory}")


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """The loss of a step, and what it was made of."""

    loss: Tensor  # scalar
    gains: Tensor  # [B] g, without gradient
    baseline: float  # z
    running: float  # the mean that the next step's is made from; below 0 where z is 0


def baseline_of(gains: Tensor, how: Kto, before: float | None = None) -> float:
    """Return the running mean of gains [B], or theirs alone, that z is made from.

    Raises
    ------
    InputError
        The baseline is to be the batch's, and there is one sample.
    """
    if how.baseline is Baseline.BATCH and len(gains) < 2:
        raise InputError(
            "baseline: expected two samples or more with that of the batch, got one; take running"
        )
    here = float(gains.detach().mean())
    if how.baseline is Baseline.RUNNING and before is not None:
        return how.memory * before + (1 - how.memory) * here
    return here


def kto_loss(
    errors: Tensor,
    reference: Tensor,
    good: Tensor,
    how: Kto,
    before: float | None = None,
    mean: float | None = None,
) -> Judged:
    """Return the loss of a batch.

    Parameters
    ----------
    errors, reference : Tensor, shape [B]
        Errors of the velocity, of the network and of its reference.
    good : Tensor of bool, shape [B]
        Whether a sample is desirable.
    how : Kto
        Weights.
    before : float or None
        The running baseline of the steps before, None at first.
    mean : float or None
        What z is made from, where these are only some of a batch: see :func:`baseline_of`.

    Raises
    ------
    InputError
        The baseline is to be the batch's, and there is one sample.
    """
    gains = reference.detach() - errors
    if mean is None:
        mean = baseline_of(gains, how, before)
    baseline = max(0.0, mean)
    sign = torch.where(good, 1.0, -1.0).to(errors)
    weights = torch.where(good, how.desirable, how.undesirable).to(errors)
    value = torch.sigmoid(sign * how.beta * (gains - baseline))
    return Judged((weights * (1 - value)).mean(), gains.detach(), baseline, mean)
