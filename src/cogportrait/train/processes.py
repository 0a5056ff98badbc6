"""Accelerate as training sets it up: precision, patience, and sharding without rounded inputs."""

from datetime import timedelta
from typing import Any, Final

import torch
from accelerate import Accelerator
from accelerate.utils import InitProcessGroupKwargs
from torch.distributed.fsdp import MixedPrecisionPolicy

PATIENCE: Final = timedelta(hours=2)  # with a process that draws a sheet while the others wait


def open_accelerator(precision: str = "auto") -> Accelerator:
    """Return accelerate's view of this process.

    Parameters
    ----------
    precision : str
        ``fp32``; ``bf16``, by autocast; ``auto``, which is bf16 on a GPU and otherwise what
        ``accelerate launch`` says.
    """
    told = {"fp32": "no", "bf16": "bf16"}.get(precision)
    if told is None and torch.cuda.is_available():
        told = "bf16"
    opened = Accelerator(
        mixed_precision=told,
        gradient_accumulation_steps=1,  # ours: see Recipe.micro
        kwargs_handlers=[InitProcessGroupKwargs(timeout=PATIENCE)],
    )
    plugin: Any = getattr(opened.state, "fsdp_plugin", None)
    if plugin is not None:
        # Autocast has bf16 already. Casting what comes in as well would round noise levels, which
        # are told in thousands, to multiples of four, and rotary positions.
        plugin.mixed_precision_policy = MixedPrecisionPolicy(cast_forward_inputs=False)
    return opened
