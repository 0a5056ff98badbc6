"""KTO by hand, and its direction."""

import math

import pytest
import torch

from cogportrait.errors import InputError
from cogportrait.train.kto import Baseline, Kto, kto_loss

BATCH = Kto(beta=10, desirable=1, undesirable=2, baseline=Baseline.BATCH)


def sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x))


def test_a_case_by_hand() -> None:
    """Gains 0.1, -0.05, 0.2: baseline 0.25 / 3; the second is bad."""
    errors, reference = torch.tensor([0.4, 0.55, 0.3]), torch.tensor([0.5, 0.5, 0.5])
    found = kto_loss(errors, reference, torch.tensor([True, False, True]), BATCH)
    z = 0.25 / 3
    expected = (
        (1 - sigmoid(10 * (0.1 - z)))
        + 2 * (1 - sigmoid(-10 * (-0.05 - z)))
        + (1 - sigmoid(10 * (0.2 - z)))
    ) / 3
    assert float(found.loss) == pytest.approx(expected, rel=1e-5)
    assert found.baseline == pytest.approx(z)
    assert found.gains.tolist() == pytest.approx([0.1, -0.05, 0.2])


def test_at_the_start_every_sample_counts_half() -> None:
    errors = torch.full((4,), 0.3)
    for how in (Kto(), Kto(baseline=Baseline.BATCH)):
        found = kto_loss(errors, errors, torch.tensor([True, False, True, False]), how)
        assert float(found.loss) == pytest.approx(0.5)


def test_good_samples_are_learned_and_bad_ones_unlearned() -> None:
    errors = torch.tensor([0.3, 0.3], requires_grad=True)
    kto_loss(errors, torch.full((2,), 0.3), torch.tensor([True, False]), BATCH).loss.backward()
    assert errors.grad is not None
    assert errors.grad[0] > 0 > errors.grad[1]
    assert errors.grad[1] == pytest.approx(-2 * float(errors.grad[0]))


def test_the_reference_point_has_no_gradient_and_is_never_below_zero() -> None:
    errors = torch.tensor([0.6, 0.7], requires_grad=True)
    found = kto_loss(errors, torch.full((2,), 0.3), torch.tensor([True, True]), BATCH)
    assert found.baseline == 0
    found.loss.backward()
    by_hand = [10 * sigmoid(10 * g) * (1 - sigmoid(10 * g)) / 2 for g in (-0.3, -0.4)]
    assert errors.grad is not None
    assert errors.grad.tolist() == pytest.approx(by_hand, rel=1e-4)


def test_one_sample_a_step_has_a_running_reference_point() -> None:
    how = Kto(beta=10, memory=0.9)
    one = torch.tensor([0.2])
    first = kto_loss(one, torch.tensor([0.3]), torch.tensor([True]), how)
    assert float(first.loss) == pytest.approx(0.5)  # nothing is known yet
    later = kto_loss(one, torch.tensor([0.3]), torch.tensor([True]), how, before=0.0)
    assert later.baseline == pytest.approx(0.01)
    assert float(later.loss) == pytest.approx(1 - sigmoid(10 * 0.09), rel=1e-5)
    with pytest.raises(InputError, match="baseline: expected two samples or more"):
        kto_loss(one, one, torch.tensor([True]), BATCH)


def test_bad_weights_are_told() -> None:
    with pytest.raises(InputError, match="beta, desirable, undesirable: expected more than 0"):
        Kto(beta=0)
    with pytest.raises(InputError, match="memory: expected 0 to 1, got 1"):
        Kto(memory=1)
