"""The transformer: it is Wan's where it has nothing new to say, and hears what it is given."""

import math
from dataclasses import fields, replace
from pathlib import Path

import pytest
import torch
from diffusers.models.transformers.transformer_wan import WanTransformer3DModel
from safetensors.torch import save_file
from torch import Tensor

from cogportrait.errors import InputError, ModelError
from cogportrait.renderers.dit.model import (
    MOST_FACTOR_LOG,
    STEPS,
    CogPortraitTransformer3DModel,
    Conditions,
    around,
)
from cogportrait.renderers.dit.sizes import SIZES, Size, build
from cogportrait.renderers.dit.wan import load_wan

SMALL = Size(
    2, 24, 64, 2, in_channels=4, out_channels=4, reference_channels=5, hint_channels=4,
    pose_channels=6, text_dim=16, audio_dim=10,
)  # fmt: skip
L, H, W = 3, 6, 4


def drawn(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def conditions(batch: int = 2, seed: int = 1) -> Conditions:
    return Conditions(
        drawn(batch, 7, 16, seed=seed),
        drawn(batch, L, 3, 10, seed=seed + 1),
        drawn(batch, 6, L, H, W, seed=seed + 2),
        drawn(batch, 5, L, H, W, seed=seed + 3),
        drawn(batch, 4, L, H, W, seed=seed + 4),
    )


@pytest.fixture
def network() -> CogPortraitTransformer3DModel:
    torch.manual_seed(0)
    return build(SMALL).eval()


@pytest.fixture
def trained(network: CogPortraitTransformer3DModel) -> CogPortraitTransformer3DModel:
    """Return one whose silent layers speak."""
    with torch.no_grad():
        for parameter in network.parameters():
            if not parameter.any():
                parameter.normal_(0, 0.2)
    return network


@pytest.fixture(scope="module")
def wan() -> WanTransformer3DModel:
    torch.manual_seed(3)
    return WanTransformer3DModel(
        num_attention_heads=2, attention_head_dim=24, ffn_dim=64, num_layers=2, in_channels=4,
        out_channels=4, text_dim=16,
    ).eval()  # fmt: skip


@torch.no_grad()
def test_with_wans_weights_it_does_what_wan_does(
    network: CogPortraitTransformer3DModel, wan: WanTransformer3DModel, tmp_path: Path
) -> None:
    wan.save_pretrained(tmp_path / "transformer")
    report = load_wan(network, tmp_path)
    x, text, t = drawn(2, 4, L, H, W), drawn(2, 7, 16, seed=5), torch.tensor([100.0, 900.0])
    expected = wan(x, t, text).sample
    torch.testing.assert_close(network(x, t, Conditions(text)), expected)
    # New layers are silent, and channels beside the noisy latents weigh nothing.
    torch.testing.assert_close(network(x, t, replace(conditions(), text=text)), expected)
    assert report.widened == ("patch_embedding.weight",)
    assert report.unused == ()
    parts = {name.split(".")[0] for name in report.new if "audio" not in name}
    assert parts == {"pose_embedding"}
    assert len(report.loaded) == len(wan.state_dict()) - 1
    assert report.lines()[0].startswith(f"{len(report.loaded)} tensors loaded, 1 widened")


@torch.no_grad()
def test_image_to_video_has_its_mask_before_the_reference(tmp_path: Path) -> None:
    """Ours has it behind, so its channels are brought into our order."""
    torch.manual_seed(3)
    wan = WanTransformer3DModel(
        num_attention_heads=2, attention_head_dim=24, ffn_dim=64, num_layers=1, in_channels=12,
        out_channels=4, text_dim=16,
    ).eval()  # fmt: skip
    wan.save_pretrained(tmp_path)
    network = build(replace(SMALL, num_layers=1, reference_channels=8, hint_channels=0)).eval()
    assert load_wan(network, tmp_path).widened == ()
    noisy, reference, mask = (drawn(1, 4, L, H, W, seed=k) for k in range(3))
    text, t = drawn(1, 7, 16, seed=5), torch.tensor([500.0])
    expected = wan(torch.cat([noisy, mask, reference], 1), t, text).sample
    given = Conditions(text, reference=torch.cat([reference, mask], 1))
    torch.testing.assert_close(network(noisy, t, given), expected)


def test_weights_of_another_size_are_one_line_and_change_nothing(
    network: CogPortraitTransformer3DModel, tmp_path: Path
) -> None:
    other = WanTransformer3DModel(
        num_attention_heads=2, attention_head_dim=32, ffn_dim=64, num_layers=1, in_channels=4,
        out_channels=4, text_dim=16,
    )  # fmt: skip
    other.save_pretrained(tmp_path)
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    with pytest.raises(ModelError, match=r"expected the shape \[.*it is of another size of Wan"):
        load_wan(network, tmp_path)
    for name, tensor in network.state_dict().items():
        torch.testing.assert_close(tensor, before[name], atol=0, rtol=0)


def test_a_wan_that_is_not_whole_is_told_and_changes_nothing(
    network: CogPortraitTransformer3DModel, wan: WanTransformer3DModel, tmp_path: Path
) -> None:
    """As a folder of several files of which one was not fetched."""
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    held = {n: t.contiguous() for n, t in wan.state_dict().items()}
    for lost in ("blocks.1.attn2.to_k.weight", "proj_out.bias"):
        save_file({n: t for n, t in held.items() if n != lost}, tmp_path / "one.safetensors")
        with pytest.raises(ModelError, match=f"1 of its tensors are missing such as {lost}; a fil"):
            load_wan(network, tmp_path)
    save_file(held, tmp_path / "one.safetensors")
    save_file(held, tmp_path / "two.safetensors")
    with pytest.raises(ModelError, match=r"expected one transformer, found .* in two files"):
        load_wan(network, tmp_path)
    (tmp_path / "two.safetensors").unlink()
    lost = held["proj_out.bias"] * float("nan")
    save_file({**held, "proj_out.bias": lost}, tmp_path / "one.safetensors")
    with pytest.raises(ModelError, match=r"proj_out.bias: expected numbers, found NaN"):
        load_wan(network, tmp_path)
    more = {n.replace("blocks.1", "blocks.2"): t.clone() for n, t in held.items()}
    save_file({**held, **more}, tmp_path / "one.safetensors")
    with pytest.raises(ModelError, match=r"as many blocks as the network's 2, .*blocks\.2"):
        load_wan(network, tmp_path)
    for name, tensor in network.state_dict().items():
        torch.testing.assert_close(tensor, before[name], atol=0, rtol=0)


def test_files_that_are_none_are_told(
    network: CogPortraitTransformer3DModel, wan: WanTransformer3DModel, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match="expected a folder with safetensors files, found none"):
        load_wan(network, tmp_path)
    wan.save_pretrained(tmp_path)
    file = tmp_path / "diffusion_pytorch_model.safetensors"
    file.write_bytes(file.read_bytes()[:-100])
    with pytest.raises(ModelError, match=r"cannot be read: .*; fetch it again"):
        load_wan(network, tmp_path)


@torch.no_grad()
def test_all_that_is_given_is_heard(trained: CogPortraitTransformer3DModel) -> None:
    x, t, given = drawn(2, 4, L, H, W), torch.tensor([300.0, 700.0]), conditions()
    whole = trained(x, t, given)
    assert whole.shape == x.shape
    for name in ("text", "audio", "pose", "reference", "hint"):
        changed = trained(x, t, replace(given, **{name: getattr(given, name).flip(-1)}))
        assert (changed - whole).abs().max() > 1e-3, name
    assert (trained(x, t + 100, given) - whole).abs().max() > 1e-3


@torch.no_grad()
def test_a_frame_hears_its_own_sound(trained: CogPortraitTransformer3DModel) -> None:
    """Before tokens are mixed again, sound of one frame changes that frame alone."""
    one = trained.blocks[0]
    tokens, heard = drawn(1, L * 6, 48), drawn(L, 3, 48, seed=2)
    given = (drawn(1, 7, 48, seed=3), drawn(1, 6, 48, seed=4), trained.rope(drawn(1, 4, L, H, W)))
    before = one(tokens, *given, heard, L)
    other = heard.clone()
    other[1] += 1
    change = (one(tokens, *given, other, L) - before).abs().reshape(L, 6, 48).amax((1, 2))
    assert change[0] == change[2] == 0
    assert change[1] > 1e-3


@torch.no_grad()
def test_clips_of_a_batch_do_not_touch_each_other(trained: CogPortraitTransformer3DModel) -> None:
    x, t, given = drawn(2, 4, L, H, W), torch.tensor([300.0, 700.0]), conditions()
    both = trained(x, t, given)
    alone = Conditions(*(getattr(given, field.name)[1:] for field in fields(given)))
    torch.testing.assert_close(trained(x[1:], t[1:], alone), both[1:])


@torch.no_grad()
def test_places_in_time_and_space_are_told_apart(trained: CogPortraitTransformer3DModel) -> None:
    """Equal latents everywhere give other velocities where the order of frames is turned round."""
    x, given = drawn(1, 4, L, H, W), Conditions(drawn(1, 7, 16))
    t = torch.tensor([500.0])
    there = trained(x, t, given)
    for axis in (2, 3, 4):
        turned = trained(x.flip(axis), t, given).flip(axis)
        assert (turned - there).abs().max() > 1e-3


def test_new_parts_learn_and_checkpointing_changes_no_gradient(
    trained: CogPortraitTransformer3DModel,
) -> None:
    x, t, given = drawn(2, 4, L, H, W), torch.tensor([300.0, 700.0]), conditions()

    def gradients() -> dict[str, Tensor]:
        trained.zero_grad()
        trained(x, t, given).square().mean().backward()
        return {n: p.grad.clone() for n, p in trained.named_parameters() if p.grad is not None}

    plain = gradients()
    assert set(plain) == {name for name, _ in trained.named_parameters()}
    trained.enable_gradient_checkpointing()
    for name, gradient in gradients().items():
        torch.testing.assert_close(gradient, plain[name])


@torch.no_grad()
def test_it_comes_back_from_disk(trained: CogPortraitTransformer3DModel, tmp_path: Path) -> None:
    trained.save_pretrained(tmp_path)
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "config.json",
        "diffusion_pytorch_model.safetensors",
    ]
    back = CogPortraitTransformer3DModel.from_pretrained(tmp_path)
    x, t, given = drawn(2, 4, L, H, W), torch.tensor([300.0, 700.0]), conditions()
    torch.testing.assert_close(back(x, t, given), trained(x, t, given), atol=0, rtol=0)


def test_lora_starts_as_the_network(trained: CogPortraitTransformer3DModel) -> None:
    from peft import LoraConfig

    x, t, given = drawn(2, 4, L, H, W), torch.tensor([300.0, 700.0]), conditions()
    with torch.no_grad():
        before = trained(x, t, given)
        trained.add_adapter(LoraConfig(r=2, target_modules=["to_q", "to_k", "to_v", "to_out.0"]))
        torch.testing.assert_close(trained(x, t, given), before)
    learning = [name for name, p in trained.named_parameters() if p.requires_grad]
    assert learning
    assert all("lora" in name for name in learning)


def test_what_is_left_out_is_zeros_and_reference_and_hint_stay() -> None:
    given = conditions()
    assert given.only(keypoints=True, audio=True, text=True).pose is given.pose
    left = given.only(keypoints=False, audio=True, text=False)
    assert left.audio is given.audio
    assert left.reference is given.reference
    assert left.hint is given.hint
    for part in (left.pose, left.text):
        assert part is not None
        assert not part.any()
    bare = Conditions(given.text).only(keypoints=False, audio=False, text=True)
    assert bare.pose is bare.audio is bare.hint is None


def test_sizes_are_wans() -> None:
    assert (SIZES["wan-1.3b"].num_layers, SIZES["wan-1.3b"].ffn_dim) == (30, 8960)
    assert (SIZES["wan-14b"].num_attention_heads, SIZES["wan-14b"].num_layers) == (40, 40)
    with torch.device("meta"):
        counts = {name: sum(p.numel() for p in build(name).parameters()) for name in SIZES}
    assert 5e6 < counts["tiny"] < 12e6
    assert 1.4e9 < counts["wan-1.3b"] < 2.0e9  # 1.4 of Wan, and audio attention
    assert 14e9 < counts["wan-14b"] < 20e9
    with pytest.raises(
        InputError, match=r"size: expected one of wan-1.3b, wan-14b, tiny, got huge"
    ):
        build("huge")


@torch.no_grad()
def test_a_head_sees_neighbors_beyond_a_token_once_it_is_trained() -> None:
    torch.manual_seed(0)
    bare = build(SMALL).eval()
    network = build(replace(SMALL, head_width=8)).eval()
    network.load_state_dict(bare.state_dict(), strict=False)
    x, t, given = drawn(1, 4, L, H, W), torch.tensor([500.0]), conditions(1)
    torch.testing.assert_close(network(x, t, given), bare(x, t, given))  # silent as it is made
    assert network.head is not None
    network.head.down.weight.normal_()
    assert given.hint is not None
    assert given.reference is not None
    assert given.pose is not None
    beside = torch.cat([x, given.reference, given.hint, given.pose], 1)
    before, _ = network.head(x, beside, drawn(1, 48))
    for channel in (x.shape[1], beside.shape[1] - 1):  # of the reference, of the keypoints
        other = beside.clone()
        other[:, channel, :, 2, 2] += 1  # the first cell of a token
        seen = (network.head(x, other, drawn(1, 48))[0] - before).abs().amax((0, 1, 2)) > 0
        assert seen[0:5, 0:4].all()  # two cells each way
        assert not seen[5].any()
    moved = replace(given, pose=given.pose + 1)
    assert not torch.equal(network(x, t, moved), network(x, t, given))
    alone = replace(given, pose=None)
    zeros = replace(given, pose=torch.zeros_like(given.pose))
    torch.testing.assert_close(network(x, t, alone), network(x, t, zeros))


@torch.no_grad()
@pytest.mark.parametrize("sigma", [1.0, 0.7, 0.2, 0.01])
def test_what_follows_from_the_reference_is_right_on_average(sigma: float) -> None:
    """A silent network has the least squared error of all that see the noisy data and the base."""
    deviation, count = 0.5, 200_000
    base, part, noise = (drawn(count, seed=k) for k in range(3))
    data = base + deviation * part
    x, level = (1 - sigma) * data + sigma * noise, torch.tensor(sigma)
    error = noise - data - around(x, base, torch.zeros(count), level, deviation)
    square = (1 - sigma) ** 2 * deviation**2 + sigma**2
    assert float(error.square().mean()) == pytest.approx(deviation**2 / square, rel=0.02)
    for known in (x, base):
        assert abs(float((error * known).mean())) < 0.01
    unit = around(x, base, torch.ones(count), level, deviation) - around(
        x, base, torch.zeros(count), level, deviation
    )
    assert float(unit.mean()) == pytest.approx(float(error.std()), rel=0.02)


@torch.no_grad()
def test_a_silent_network_around_a_base_ends_in_it() -> None:
    """In the hint where there is one, else in the reference, else in nothing."""
    network = build(replace(SMALL, base_deviation=0.5)).eval()
    for parameter in network.proj_out.parameters():
        parameter.zero_()
    x, t, given = drawn(1, 4, L, H, W), torch.tensor([1000.0]), conditions(1)
    assert given.hint is not None
    assert given.reference is not None
    hint = given.hint.clone()
    hint[..., :2] = 0
    found = x - network(x, t, replace(given, hint=hint))
    torch.testing.assert_close(found[..., 2:], hint[..., 2:])
    torch.testing.assert_close(found[..., :2], given.reference[:, :4, ..., :2])
    torch.testing.assert_close(network(x, t, Conditions(given.text)), x)


def test_a_head_says_of_each_latent_how_far_it_is_from_its_base() -> None:
    """Where it says little, the hint is drawn, whatever the transformer predicts."""
    torch.manual_seed(0)
    network = build(replace(SMALL, head_width=8, base_deviation=0.5)).eval()
    plain = build(replace(SMALL, base_deviation=0.5)).eval()
    plain.load_state_dict(network.state_dict(), strict=False)
    x, t, given = drawn(1, 4, L, H, W), torch.tensor([600.0]), conditions(1)
    assert network.head is not None
    assert given.hint is not None
    with torch.no_grad():
        torch.testing.assert_close(network(x, t, given), plain(x, t, given))  # as it is made
        before = network(x, t, given)
        network.head.down.bias[4:] = -100.0
        after = network(x, t, given)
        network.head.down.bias[4:] = 0.0
    near = around(x, given.hint, torch.zeros_like(x), t / STEPS, 0.5 * math.exp(-MOST_FACTOR_LOG))
    assert float((after - near).abs().max()) < 0.15  # a twentieth of what it adds is left
    assert float((before - near).abs().max()) > 0.5
    network(x, t, given).square().sum().backward()
    assert network.head.down.weight.grad is not None
    assert (network.head.down.weight.grad[4:].abs().amax((1, 2, 3, 4)) > 0).all()  # it is learnt
