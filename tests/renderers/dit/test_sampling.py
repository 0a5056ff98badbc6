"""Guided sampling in windows: what the network is asked, how often, and for how long videos."""

from collections.abc import Iterator

import numpy as np
import pytest
import torch
from torch import Tensor

from cogportrait.errors import InputError
from cogportrait.renderers.dit.flow import Schedule
from cogportrait.renderers.dit.guidance import Guidance, Guided, Shares, Weights
from cogportrait.renderers.dit.model import Conditions
from cogportrait.renderers.dit.sampling import Calls, Sampling, Scene, sample
from cogportrait.renderers.dit.windows import Windows, frame_noise

C, H, W = 2, 4, 4
MAP = np.exp(-np.linspace(0, 8, H * W, dtype=np.float32)).reshape(H, W)


class Toward:
    """A network whose data is the pose, where it has one, and 0 without."""

    def __init__(self) -> None:
        self.asked: list[tuple[float, bool, bool, bool]] = []

    def __call__(self, latents: Tensor, timestep: Tensor, given: Conditions) -> Tensor:
        assert given.pose is not None
        assert given.audio is not None
        sigma = float(timestep[0]) / 1000
        told = (bool(given.pose.any()), bool(given.audio.any()), bool(given.text.any()))
        self.asked.append((sigma, *told))
        return (latents - given.pose) / sigma


class Level(Toward):
    """A network whose velocity is the pose, whatever the noise."""

    def __call__(self, latents: Tensor, timestep: Tensor, given: Conditions) -> Tensor:
        assert given.pose is not None
        return given.pose


def conditions(frames: list[int]) -> Conditions:
    n = len(frames)
    level = torch.tensor(frames, dtype=torch.float32).add(1).view(1, 1, n, 1, 1)
    return Conditions(torch.ones(1, 3, 5), torch.ones(1, n, 2, 5), level.expand(1, C, n, H, W))


def scenes(count: int, windows: Windows) -> Iterator[Scene]:
    for window in windows.of(range(count)):
        maps: Weights = np.stack([MAP] * len(window.frames))
        yield Scene(window.start, window.last, conditions(window.frames), maps)


def drawn(count: int, how: Sampling, network: Toward, calls: Calls | None = None) -> Tensor:
    pieces = list(sample(network, scenes(count, how.windows), C, how, seed=0, calls=calls))
    return torch.cat(pieces, dim=2)


@pytest.mark.parametrize("count", [1, 5, 8, 9, 20, 41])
def test_every_frame_is_drawn_once_and_as_it_is_told(count: int) -> None:
    how = Sampling(Schedule(3, 1), Guidance(Guided.FIXED, fixed=1), windows=Windows(8, 2))
    found = drawn(count, how, Toward())
    assert found.shape == (1, C, count, H, W)
    wanted = conditions(list(range(count))).pose
    torch.testing.assert_close(found, wanted, atol=1e-4, rtol=1e-4)


def test_equal_seeds_are_equal_and_others_are_not() -> None:
    how = Sampling(Schedule(2, 1), Guidance(Guided.FIXED, fixed=1))

    def still(latents: Tensor, timestep: Tensor, given: Conditions) -> Tensor:
        return torch.zeros_like(latents)

    def run(seed: int) -> Tensor:
        return torch.cat(list(sample(still, scenes(10, how.windows), C, how, seed=seed)), dim=2)

    torch.testing.assert_close(run(3), run(3), atol=0, rtol=0)
    torch.testing.assert_close(run(3), frame_noise(3, 0, 10, (C, H, W)))
    assert not torch.equal(run(3), run(4))


def test_dynamic_guidance_asks_less_often_than_fixed() -> None:
    steps, fixed, both = 12, Calls(), Calls()
    schedule = Schedule(steps, 1)
    drawn(8, Sampling(schedule, Guidance(Guided.FIXED)), Toward(), fixed)
    drawn(8, Sampling(schedule, Guidance(Guided.BOTH)), Toward(), both)
    assert fixed.count == 2 * steps
    above = sum(sigma > 0.75 for sigma in schedule.sigmas()[:-1])
    assert both.count == steps + above
    assert both.count <= 0.75 * fixed.count
    usual, plain = Calls(), Calls()
    drawn(8, Sampling(), Toward(), usual)
    drawn(8, Sampling(guidance=Guidance(Guided.FIXED)), Toward(), plain)
    assert (usual.count, plain.count) == (18, 24)


def test_what_is_made_without_conditions_may_be_renewed_less_often() -> None:
    """Of the network here it is always as far from the rest, so nothing changes but the number."""
    often, seldom = Calls(), Calls()
    guidance = Guidance(Guided.FIXED)
    one = drawn(8, Sampling(Schedule(6, 1), guidance), Level(), often)
    other = drawn(8, Sampling(Schedule(6, 1), guidance, renew=3), Level(), seldom)
    torch.testing.assert_close(one, other)
    assert (often.count, seldom.count) == (12, 8)
    with pytest.raises(InputError, match="renew: expected 1 or more"):
        Sampling(renew=0)


class Fading(Toward):
    """A network whose velocity is the pose at pure noise, and less of it as the noise goes."""

    def __call__(self, latents: Tensor, timestep: Tensor, given: Conditions) -> Tensor:
        assert given.pose is not None
        return given.pose * float(timestep[0]) / 1000


def test_what_is_not_renewed_is_what_it_was_at_the_step_before() -> None:
    pose = conditions([0]).pose
    for renew, late in ((1, 0.5), (2, 1.0)):  # how far a prediction without is away at step two
        how = Sampling(Schedule(2, 1), Guidance(Guided.FIXED, fixed=3), renew=renew)
        noise = frame_noise(0, 0, 1, (C, H, W))
        expected = noise - 0.5 * pose * (1 + 2 * 1) - 0.5 * pose * (0.5 + 2 * late)
        torch.testing.assert_close(drawn(1, how, Fading()), expected, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("steps", [6, 12, 24])
def test_which_steps_are_guided_depends_on_the_noise_and_not_on_their_number(steps: int) -> None:
    network = Toward()
    drawn(1, Sampling(Schedule(steps, 3), Guidance(Guided.TEMPORAL, ramp_to=0.75)), network)
    guided = {sigma for sigma, *told in network.asked if told == [False] * 3}
    every = {sigma for sigma, *_ in network.asked}
    assert len(every) == steps
    assert guided == {sigma for sigma in every if sigma > 0.75} != every


def test_guidance_is_strong_between_the_eyes_and_absent_far_away() -> None:
    how = Sampling(Schedule(1, 1), Guidance(Guided.BOTH, high=3))
    found = drawn(1, how, Toward())[0, 0, 0]
    # One step from noise x ends in x - v; guided, in the data of the pose and w - 1 times more.
    noise = frame_noise(0, 0, 1, (C, H, W))[0, 0, 0]
    expected = noise - (noise + (1 + 2 * torch.from_numpy(MAP)) * -1.0)
    torch.testing.assert_close(found, expected, atol=1e-4, rtol=1e-4)


def test_conditions_are_added_in_turn_where_their_shares_differ() -> None:
    network = Toward()
    how = Sampling(Schedule(1, 1), Guidance(Guided.FIXED, fixed=3), Shares(1, 0.5, 0))
    drawn(1, how, network)
    assert network.asked == [
        (1.0, False, False, False),
        (1.0, True, False, False),
        (1.0, True, True, False),
        (1.0, True, True, True),
    ]
    network = Toward()
    drawn(1, Sampling(Schedule(1, 1), Guidance(Guided.FIXED, fixed=3)), network)
    assert [told for _, *told in network.asked] == [[False] * 3, [True] * 3]
