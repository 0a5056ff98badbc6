"""A network draws the same wherever it is held, and nearly so in half the numbers."""

import pytest
import torch
from torch import Tensor

from cogportrait.renderers.dit.model import CogPortraitTransformer3DModel, Conditions
from cogportrait.renderers.dit.placing import PlacedNetwork, Placing, Precision, placed
from cogportrait.renderers.dit.sizes import Size, build

SMALL = Size(2, 16, 48, 2, in_channels=4, out_channels=4, reference_channels=5, hint_channels=4,
             pose_channels=12, text_dim=64, audio_dim=64)  # fmt: skip


def network() -> CogPortraitTransformer3DModel:
    torch.manual_seed(0)
    made = build(SMALL)
    for parameter in made.parameters():
        torch.nn.init.normal_(parameter, std=0.05)
    return made.eval()


def asked() -> tuple[Tensor, Tensor, Conditions]:
    draw = torch.Generator().manual_seed(1)

    def some(*shape: int) -> Tensor:
        return torch.randn(shape, generator=draw)

    given = Conditions(
        some(1, 3, 64), some(1, 2, 4, 64), some(1, 12, 2, 4, 4), some(1, 5, 2, 4, 4),
        some(1, 4, 2, 4, 4),
    )  # fmt: skip
    return some(1, 4, 2, 4, 4), torch.tensor([600.0]), given


@torch.no_grad()
def test_one_block_at_a_time_gives_the_same() -> None:
    whole = network()(*asked())
    held = placed(network(), Placing("cpu", offload=True))
    torch.testing.assert_close(held(*asked()), whole, atol=0, rtol=0)


@torch.no_grad()
def test_half_the_numbers_give_nearly_the_same() -> None:
    whole = network()(*asked())
    placing = Placing("cpu", precision=Precision.BF16)
    half = placed(network().to(placing.dtype()), placing)
    assert isinstance(half, PlacedNetwork)
    found = half(*asked())
    assert found.dtype is torch.float32
    assert not torch.equal(found, whole)
    assert float((found - whole).norm() / whole.norm()) < 0.03


@torch.no_grad()
def test_what_is_left_out_stays_out() -> None:
    x, timestep, given = asked()
    bare = Conditions(given.text)
    half = PlacedNetwork(network(), torch.device("cpu"), torch.float32)
    torch.testing.assert_close(half(x, timestep, bare), network()(x, timestep, bare))


@pytest.mark.parametrize(
    ("placing", "dtype"),
    [
        (Placing("cpu"), torch.float32),
        (Placing("cuda"), torch.bfloat16),
        (Placing("cuda", precision=Precision.FP32), torch.float32),
        (Placing("cpu", precision=Precision.BF16), torch.bfloat16),
    ],
)
def test_numbers_follow_the_device_unless_told(placing: Placing, dtype: torch.dtype) -> None:
    assert placing.dtype() is dtype
