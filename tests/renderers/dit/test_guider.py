"""The guider inside diffusers' own modular Wan pipeline, with tiny random networks."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from diffusers.models.autoencoders.autoencoder_kl_wan import AutoencoderKLWan
from diffusers.models.transformers.transformer_wan import WanTransformer3DModel
from diffusers.modular_pipelines.wan.modular_blocks_wan import WanBlocks
from diffusers.schedulers.scheduling_unipc_multistep import UniPCMultistepScheduler
from torch import Tensor

from cogportrait.errors import InputError
from cogportrait.renderers.dit.guidance import Guidance, Guided
from cogportrait.renderers.dit.guider import DynamicGuider

STEPS = 8
COND, UNCOND = torch.full((1, 4, 2, 3, 3), 2.0), torch.full((1, 4, 2, 3, 3), 1.0)


def at(guider: DynamicGuider, timestep: float) -> DynamicGuider:
    guider.set_state(0, STEPS, torch.tensor(timestep))
    return guider


def test_it_guides_by_noise_level_and_place() -> None:
    maps = np.zeros((2, 3, 3), np.float32)
    maps[:, 1, 1] = 1
    guider = DynamicGuider(Guidance(high=5, low=1, ramp_from=0.9, ramp_to=0.5), maps)
    early = at(guider, 1000.0).forward(COND, UNCOND).pred
    assert early[0, 0, 0, 1, 1] == 6  # 1 + 5 * (2 - 1)
    assert early[0, 0, 0, 0, 0] == 2  # the condition alone
    assert at(guider, 700.0).forward(COND, UNCOND).pred[0, 0, 0, 1, 1] == pytest.approx(4)


def test_late_steps_need_one_prediction() -> None:
    guider = DynamicGuider(Guidance(Guided.TEMPORAL, low=1, ramp_to=0.5))
    assert at(guider, 900.0).num_conditions == 2
    assert at(guider, 400.0).num_conditions == 1
    torch.testing.assert_close(guider.forward(COND, None).pred, COND)


def test_fixed_guidance_has_its_own_scale() -> None:
    """Also where the scale at much noise, which it does not have, is 1."""
    guider = at(DynamicGuider(Guidance(Guided.FIXED, high=1, fixed=3.5)), 500.0)
    assert guider.num_conditions == 2
    torch.testing.assert_close(guider.forward(COND, UNCOND).pred, torch.full_like(COND, 4.5))


def test_it_is_saved_and_comes_back(tmp_path: Path) -> None:
    maps = np.ones((2, 3, 3), np.float32)
    guidance = Guidance(high=5, low=2, ramp_from=0.8, ramp_to=0.3, floor=0.1)
    DynamicGuider(guidance, maps).save_pretrained(tmp_path)
    back = DynamicGuider.from_pretrained(tmp_path)
    back.maps = maps
    expected = at(DynamicGuider(guidance, maps), 600.0).forward(COND, UNCOND).pred
    torch.testing.assert_close(at(back, 600.0).forward(COND, UNCOND).pred, expected)
    assert float(expected[0, 0, 0, 0, 0]) > 3


def test_maps_of_another_grid_are_told() -> None:
    guider = at(DynamicGuider(Guidance(), np.ones((2, 4, 3), np.float32)), 1000.0)
    with pytest.raises(InputError, match=r"maps: expected \[2, 3, 3\] .*, got \[2, 4, 3\]"):
        guider.forward(COND, UNCOND)


def pipeline(guider: DynamicGuider) -> tuple[Any, list[float]]:
    """Return a pipeline of tiny networks, and the timesteps that its transformer is asked for."""
    torch.manual_seed(0)
    transformer = WanTransformer3DModel(
        num_attention_heads=2, attention_head_dim=12, in_channels=16, out_channels=16,
        text_dim=32, ffn_dim=32, num_layers=2, rope_max_seq_len=32,
    ).eval()  # fmt: skip
    vae = AutoencoderKLWan(
        base_dim=3, z_dim=16, dim_mult=[1, 1, 1, 1], num_res_blocks=1,
        temperal_downsample=[False, True, True],
    ).eval()  # fmt: skip
    blocks = WanBlocks()
    blocks.sub_blocks.pop("text_encoder")
    made = blocks.init_pipeline()
    scheduler = UniPCMultistepScheduler(prediction_type="flow_prediction", use_flow_sigmas=True)
    made.update_components(vae=vae, transformer=transformer, scheduler=scheduler, guider=guider)
    asked: list[float] = []

    def note(_module: object, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        asked.append(float(kwargs["timestep"].max()))

    transformer.register_forward_pre_hook(note, with_kwargs=True)
    return made, asked


def drawn(guider: DynamicGuider) -> tuple[Tensor, list[float]]:
    made, asked = pipeline(guider)
    prompt = torch.randn(1, 4, 32, generator=torch.Generator().manual_seed(1))
    video = made(
        prompt_embeds=prompt, negative_prompt_embeds=torch.zeros_like(prompt), height=16, width=16,
        num_frames=5, num_inference_steps=STEPS, output="videos", output_type="pt",
        generator=torch.Generator().manual_seed(2),
    )  # fmt: skip
    return torch.as_tensor(video[0]), asked


@pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::UserWarning")
def test_diffusers_pipeline_asks_it_and_asks_the_network_less_often() -> None:
    fixed, often = drawn(DynamicGuider(Guidance(Guided.FIXED, fixed=3.5)))
    dynamic, seldom = drawn(DynamicGuider(Guidance(Guided.TEMPORAL, low=1, ramp_to=0.6)))
    assert len(often) == 2 * STEPS
    assert len(seldom) == STEPS + sum(t > 600 for t in seldom) // 2
    assert len(seldom) < len(often)
    assert not torch.allclose(fixed, dynamic)
