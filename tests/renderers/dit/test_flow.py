"""Straight paths between noise and data, and what follows them."""

import pytest
import torch
from torch import Tensor

from cogportrait.errors import InputError
from cogportrait.renderers.dit.flow import (
    Schedule,
    Solver,
    data_at_end,
    noise_at_start,
    noisy,
    shifted,
    solve,
    velocity,
)

DATA, NOISE = torch.randn((2, 1, 3, 2, 4, 4), generator=torch.Generator().manual_seed(0)).double()


def free(x: Tensor, _: float) -> Tensor:
    return x


@pytest.mark.parametrize("sigma", [0.0, 0.3, 1.0])
def test_the_ends_of_a_path_come_back_from_any_point_of_it(sigma: float) -> None:
    x, v = noisy(DATA, NOISE, sigma), velocity(DATA, NOISE)
    torch.testing.assert_close(data_at_end(x, v, sigma), DATA)
    torch.testing.assert_close(noise_at_start(x, v, sigma), NOISE)


def test_velocity_is_the_derivative_by_the_noise_level() -> None:
    h = 1e-6
    slope = (noisy(DATA, NOISE, 0.4 + h) - noisy(DATA, NOISE, 0.4 - h)) / (2 * h)
    torch.testing.assert_close(slope, velocity(DATA, NOISE), atol=1e-6, rtol=1e-6)


@pytest.mark.parametrize("shift", [1.0, 3.0, 5.0])
def test_noise_levels_fall_from_one_to_zero(shift: float) -> None:
    sigmas = Schedule(7, shift).sigmas()
    assert len(sigmas) == 8
    assert (sigmas[0], sigmas[-1]) == (1, 0)
    assert sigmas == sorted(sigmas, reverse=True)


@pytest.mark.parametrize("start", [1e-4, 0.3, 0.99])
def test_noise_levels_may_begin_below_one(start: float) -> None:
    sigmas = Schedule(5, 3.0, start=start).sigmas()
    assert sigmas[0] == pytest.approx(start, rel=1e-9)
    assert sigmas[-1] == 0
    assert sigmas == sorted(sigmas, reverse=True)
    with pytest.raises(InputError, match="start: expected a noise level above 0, up to 1, got 0"):
        Schedule(start=0)


@pytest.mark.parametrize("start", [1e-4, 0.3, 0.99])
@pytest.mark.parametrize("solver", list(Solver))
def test_a_path_is_followed_from_its_middle(solver: Solver, start: float) -> None:
    """Also where several levels lie within a thousandth."""
    begun = noisy(DATA, NOISE, start)
    schedule = Schedule(6, 3, solver, start=start)
    found = solve(lambda x, s: velocity(DATA, NOISE), begun, schedule, free)
    torch.testing.assert_close(found.double(), DATA, atol=1e-5, rtol=1e-5)


def test_a_shift_spends_steps_at_noise() -> None:
    assert shifted(0.5, 1.0) == 0.5
    assert shifted(0.5, 3.0) == pytest.approx(0.75)
    # Esser et al. 2024, eq. 23, at the levels of four steps with a shift of 5.
    assert Schedule(4, 5).sigmas() == pytest.approx([1, 0.9375, 0.8333, 0.625, 0], abs=1e-4)


@pytest.mark.parametrize("solver", list(Solver))
@pytest.mark.parametrize("steps", [1, 4, 9])
def test_a_straight_path_is_followed_to_its_end(solver: Solver, steps: int) -> None:
    found = solve(lambda x, s: velocity(DATA, NOISE), NOISE, Schedule(steps, 3, solver), free)
    torch.testing.assert_close(found.double(), DATA, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize(("solver", "within"), [(Solver.EULER, 0.03), (Solver.UNIPC, 0.003)])
def test_gaussian_data_is_reached_as_the_closed_form_says(solver: Solver, within: float) -> None:
    """Data N(m, s^2): the marginal velocity and its flow are known."""
    mean, std = 0.7, 0.5

    def marginal(x: Tensor, sigma: float) -> Tensor:
        variance = (1 - sigma) ** 2 * std**2 + sigma**2
        lies = (x - (1 - sigma) * mean) / variance
        return -mean + lies * (sigma - (1 - sigma) * std**2)

    noise = torch.randn(4000, generator=torch.Generator().manual_seed(1)).double()
    found = solve(marginal, noise[None], Schedule(40, 1, solver), free)[0]
    torch.testing.assert_close(found.double(), mean + std * noise, atol=within * 4, rtol=0)


def test_what_is_known_holds_at_every_step_and_at_the_end() -> None:
    levels: list[float] = []

    def anchor(x: Tensor, sigma: float) -> Tensor:
        levels.append(sigma)
        return torch.cat([noisy(DATA, NOISE, sigma)[:, :, :1], x[:, :, 1:]], dim=2)

    found = solve(lambda x, s: torch.zeros_like(x), NOISE, Schedule(3, 1), anchor)
    torch.testing.assert_close(found[:, :, :1], DATA[:, :, :1])
    torch.testing.assert_close(found[:, :, 1:], NOISE[:, :, 1:])
    assert levels == pytest.approx([1, 2 / 3, 1 / 3, 0])


@pytest.mark.parametrize(
    ("steps", "shift", "message"),
    [(0, 3, "steps: expected 1 to 1000, got 0"), (5, 0, "shift: expected 0.1 to 20, got 0")],
)
def test_bad_schedules_are_told(steps: int, shift: float, message: str) -> None:
    with pytest.raises(InputError, match=message):
        Schedule(steps, shift)
