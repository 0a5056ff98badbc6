"""Flow matching on straight paths: noise to data.

Lipman et al. 2023 and Liu et al. 2023 (rectified flow): x = (1 - sigma) data + sigma noise, with
noise level sigma = 1 - t, where flow time t is 0 for noise and 1 for data. The velocity is the
derivative by sigma, noise - data, which is what Wan's networks predict; that by t is its negative.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Any, Final, TypeVar

import numpy as np
from torch import Tensor

from cogportrait.errors import InputError

MOST_STEPS: Final = 1000

_Level = TypeVar("_Level", float, Tensor)


def noisy(data: Tensor, noise: Tensor, sigma: Tensor | float) -> Tensor:
    """Return the point of the path at a noise level, 0 (data) .. 1 (noise)."""
    return (1 - sigma) * data + sigma * noise


def velocity(data: Tensor, noise: Tensor) -> Tensor:
    """Return the derivative of the path by sigma; the same everywhere on it."""
    return noise - data


def data_at_end(x: Tensor, v: Tensor, sigma: Tensor | float) -> Tensor:
    """Return the data that a straight path through `x` with velocity `v` ends in."""
    return x - sigma * v


def noise_at_start(x: Tensor, v: Tensor, sigma: Tensor | float) -> Tensor:
    """Return the noise that a straight path through `x` with velocity `v` began with."""
    return x + (1 - sigma) * v


class Solver(StrEnum):
    """What follows the velocity from noise to data."""

    EULER = "euler"
    UNIPC = "unipc"  # Zhao et al. 2023, of diffusers


@dataclass(frozen=True, slots=True)
class Schedule:
    """The noise levels that sampling stops at."""

    steps: int = 12
    shift: float = 3.0  # above 1, more of the steps are at much noise (Esser et al. 2024, eq. 23)
    solver: Solver = Solver.EULER
    start: float = 1.0  # the first noise level; less than 1 where there is something to begin with

    def __post_init__(self) -> None:
        if not 1 <= self.steps <= MOST_STEPS:
            raise InputError(f"steps: expected 1 to {MOST_STEPS}, got {self.steps}")
        if not 0.1 <= self.shift <= 20:
            raise InputError(f"shift: expected 0.1 to 20, got {self.shift:g}")
        if not 0 < self.start <= 1:
            raise InputError(f"start: expected a noise level above 0, up to 1, got {self.start:g}")

    def sigmas(self) -> list[float]:
        """Return `steps` + 1 noise levels from `start` to 0."""
        # What the shift brings to `start`; of 1 that is 1, which division would miss by a rounding.
        first = 1.0 if self.start == 1 else shifted(self.start, 1 / self.shift)
        return [shifted(first * (1 - i / self.steps), self.shift) for i in range(self.steps + 1)]


def shifted(sigma: _Level, shift: float) -> _Level:
    """Return shift sigma / (1 + (shift - 1) sigma)."""
    return shift * sigma / (1 + (shift - 1) * sigma)


Predict = Callable[[Tensor, float], Tensor]  # latents and noise level to velocity
Anchor = Callable[[Tensor, float], Tensor]  # latents brought to what is known of them


def solve(predict: Predict, noise: Tensor, schedule: Schedule, anchor: Anchor) -> Tensor:
    """Follow the velocity from noise to data; return the data, shaped as `noise`.

    `noise` is of the level that the schedule starts at: noise alone at 1, else data with noise.
    `anchor` is applied before every step, and at the end with noise level 0.
    """
    if schedule.solver is Solver.UNIPC:
        return _unipc(predict, noise, schedule, anchor)
    sigmas = schedule.sigmas()
    x = noise
    for here, there in pairwise(sigmas):
        x = anchor(x, here)
        x = x + (there - here) * predict(x, here)
    return anchor(x, 0.0)


def _unipc(predict: Predict, noise: Tensor, schedule: Schedule, anchor: Anchor) -> Tensor:
    from diffusers.schedulers.scheduling_unipc_multistep import UniPCMultistepScheduler

    sampler = UniPCMultistepScheduler(
        prediction_type="flow_prediction",
        use_flow_sigmas=True,
        flow_shift=schedule.shift if schedule.start == 1 else 1.0,
    )
    if schedule.start == 1:
        sampler.set_timesteps(schedule.steps)
    else:
        levels: Any = np.array(schedule.sigmas()[:-1])  # it calls an array a list
        sampler.set_timesteps(sigmas=levels)
    x = noise
    sampler.set_begin_index(0)  # else it looks for the timestep, and several levels may share one
    for timestep, sigma in zip(sampler.timesteps, sampler.sigmas, strict=False):
        x = anchor(x, float(sigma))
        x = sampler.step(predict(x, float(sigma)), timestep, x, return_dict=False)[0]
    return anchor(x, 0.0)
