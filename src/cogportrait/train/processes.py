"""Accelerate as training sets it up: precision, patience, and sharding without rounded inputs."""

import os
from datetime import timedelta
from typing import Any, Final

import torch
from accelerate import Accelerator
from accelerate.utils import InitProcessGroupKwargs
from torch.distributed.fsdp import MixedPrecisionPolicy

from cogportrait.errors import InputError, shown

PATIENCE: Final = timedelta(hours=2)  # with a process that draws a sheet while the others wait


def open_accelerator(precision: str = "auto") -> Accelerator:
    """Return accelerate's view of this process.

    Parameters
    ----------
    precision : str
        ``fp32``; ``bf16``, by autocast; ``auto``, which is bf16 on a GPU and otherwise what
        ``accelerate launch`` says.

    Raises
    ------
    InputError
        Several processes were started, and each would be alone.
    """
    told = {"fp32": "no", "bf16": "bf16"}.get(precision)
    if told is None and torch.cuda.is_available():
        told = "bf16"
    opened = Accelerator(
        cpu=not torch.accelerator.is_available(),  # else several processes are not seen there
        mixed_precision=told,
        gradient_accumulation_steps=1,  # ours: see Recipe.micro
        kwargs_handlers=[InitProcessGroupKwargs(timeout=PATIENCE)],
    )
    started = os.environ.get("WORLD_SIZE", "1")
    if started != str(opened.num_processes):
        raise InputError(
            f"processes: expected the {shown(started)} that were started (WORLD_SIZE), accelerate "
            f"sees {opened.num_processes}; start them with torchrun or accelerate launch"
        )
    plugin: Any = getattr(opened.state, "fsdp_plugin", None)
    if plugin is not None:
        # Autocast has bf16 already. Casting what comes in as well would round noise levels, which
        # are told in thousands, to multiples of four, and rotary positions.
        plugin.mixed_precision_policy = MixedPrecisionPolicy(cast_forward_inputs=False)
    return opened
