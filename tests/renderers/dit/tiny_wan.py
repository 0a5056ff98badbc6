"""Tiny random networks of Wan's own classes, saved as diffusers saves a pipeline.

Sizes as in diffusers' own tests; the tokenizer knows a word a letter, and is made here.
"""

import string
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from diffusers import (
    AutoencoderKLWan,
    UniPCMultistepScheduler,
    WanAnimatePipeline,
    WanAnimateTransformer3DModel,
    WanPipeline,
    WanTransformer3DModel,
)
from tests.emh.filmed import close_up
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import (
    CLIPImageProcessorPil,
    CLIPVisionConfig,
    CLIPVisionModel,
    T5TokenizerFast,
    UMT5Config,
    UMT5EncoderModel,
)

from cogportrait.types import Portrait

FACE_PX = 16
CHANNELS = 4
SHIFT = 5.0


def tokenizer() -> Any:
    letters = ["<pad>", "</s>", "<unk>", *string.ascii_letters, *string.digits, "▁", ".", ","]
    made = Tokenizer(models.Unigram([(letter, -1.0) for letter in letters], unk_id=2))
    made.pre_tokenizer = pre_tokenizers.Metaspace()
    made.decoder = decoders.Metaspace()
    vocab = [(letter, -1.0) for letter in letters]
    return T5TokenizerFast(vocab=vocab, tokenizer_object=made, extra_ids=0)


def vae() -> AutoencoderKLWan:
    torch.manual_seed(0)
    return AutoencoderKLWan(
        base_dim=3, z_dim=CHANNELS, dim_mult=[1, 1, 1, 1], num_res_blocks=1,
        temperal_downsample=[False, True, True], latents_mean=[0.1, -0.2, 0.0, 0.3],
        latents_std=[0.5, 0.8, 1.1, 0.6],
    )  # fmt: skip


def text_encoder() -> UMT5EncoderModel:
    torch.manual_seed(1)
    return UMT5EncoderModel(
        UMT5Config(vocab_size=80, d_model=16, d_kv=8, d_ff=16, num_layers=1, num_heads=2)
    )


def scheduler() -> UniPCMultistepScheduler:
    return UniPCMultistepScheduler(
        prediction_type="flow_prediction", use_flow_sigmas=True, flow_shift=SHIFT
    )


def save_animate(folder: Path) -> Path:
    """Write what ``--renderer wan-animate`` opens."""
    torch.manual_seed(2)
    transformer = WanAnimateTransformer3DModel(
        num_attention_heads=2, attention_head_dim=12, in_channels=2 * CHANNELS + 4,
        latent_channels=CHANNELS, out_channels=CHANNELS, text_dim=16, freq_dim=32, ffn_dim=32,
        num_layers=2, image_dim=4, added_kv_proj_dim=24, rope_max_seq_len=32,
        motion_encoder_channel_sizes={"4": 16, "8": 16, "16": 16}, motion_encoder_size=FACE_PX,
        motion_style_dim=8, motion_dim=4, motion_encoder_dim=16, face_encoder_hidden_dim=16,
        face_encoder_num_heads=2, inject_face_latents_blocks=1,
    )  # fmt: skip
    torch.manual_seed(3)
    image_encoder = CLIPVisionModel(
        CLIPVisionConfig(
            hidden_size=4, projection_dim=4, num_hidden_layers=2, num_attention_heads=2,
            image_size=4, intermediate_size=16, patch_size=1,
        )
    )  # fmt: skip
    WanAnimatePipeline(
        tokenizer=tokenizer(), text_encoder=text_encoder(), vae=vae(), scheduler=scheduler(),
        image_processor=CLIPImageProcessorPil(crop_size=4, size=4), image_encoder=image_encoder,
        transformer=transformer,
    ).save_pretrained(folder)  # fmt: skip
    return folder


def save_text_to_video(folder: Path) -> Path:
    """Write what ``--renderer wan-refine`` opens."""
    torch.manual_seed(4)
    transformer = WanTransformer3DModel(
        num_attention_heads=2, attention_head_dim=12, in_channels=CHANNELS, out_channels=CHANNELS,
        text_dim=16, freq_dim=32, ffn_dim=32, num_layers=2, rope_max_seq_len=32,
    )  # fmt: skip
    WanPipeline(
        tokenizer=tokenizer(), text_encoder=text_encoder(), vae=vae(), scheduler=scheduler(),
        transformer=transformer,
    ).save_pretrained(folder)  # fmt: skip
    return folder


class Counted:
    """How often a network is asked; remove the hook when done."""

    def __init__(self, network: torch.nn.Module) -> None:
        self.calls: list[dict[str, Any]] = []
        self.hook = network.register_forward_pre_hook(self._note, with_kwargs=True)

    def _note(self, module: Any, args: Any, given: dict[str, Any]) -> None:
        self.calls.append(given)


def small_portrait(side: int = 96) -> Portrait:
    """Return the close-up of the tests, smaller: the warp renderer takes most of their time."""
    whole = close_up()
    k = side / whole.image.shape[0]
    image = cv2.resize(whole.image, (side, side), interpolation=cv2.INTER_AREA)
    points = whole.landmarks_px * k
    points[:, :2] += 0.5 * k - 0.5
    return replace(whole, image=np.asarray(image, np.uint8), landmarks_px=points)


@contextmanager
def one_thread() -> Generator[None, None, None]:
    """Let torch use one thread: with networks so small, sharing the work is most of it."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
