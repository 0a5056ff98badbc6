"""What runs go on from: files of tensors, read and checked; and steps that went wrong, told."""

import math
import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor
from torch.distributed.tensor import DTensor

from cogportrait.errors import ModelError, shown
from cogportrait.io.atomic import remove_leftovers

MOMENTS: Final = ("exp_avg", "exp_avg_sq")  # of AdamW, as PyTorch calls them
_TEMPORARY: Final = re.compile(r"\.tmp[A-Za-z0-9]{6}")  # as safetensors calls what it writes


def read_state(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Return a file's tensors and what it says of them.

    Raises
    ------
    ModelError
        It cannot be read.
    """
    try:
        with safe_open(path, framework="pt") as held:
            tensors = {name: held.get_tensor(name) for name in held.keys()}  # noqa: SIM118
            return tensors, dict(held.metadata() or {})
    except (SafetensorError, OSError) as error:
        raise ModelError(
            f"{path}: expected the state of a run, got a file that cannot be read: "
            f"{shown(str(error))}"
        ) from error


def fitting(held: Mapping[str, Tensor], name: str, like: Tensor) -> Tensor:
    """Return a tensor of a state if it can stand for another.

    Raises
    ------
    ValueError
        There is none of that name, or it is of another shape.
    """
    if name not in held:
        raise ValueError(f"{name} is missing")
    if held[name].shape != like.shape:
        raise ValueError(f"{name} is {list(held[name].shape)} and not {list(like.shape)}")
    return held[name]


def moments(
    held: Mapping[str, Tensor],
    own: Mapping[str, Tensor],
    place: Callable[[Tensor, Tensor], Tensor] = lambda tensor, _: tensor,
) -> dict[int, dict[str, Tensor]]:
    """Return AdamW's state of parameters, by their number, put where they are by `place`.

    Raises ValueError as :func:`fitting` does.
    """
    return {
        k: {
            "step": fitting(held, f"adam.step.{name}", torch.zeros(())),
            **{m: place(fitting(held, f"adam.{m}.{name}", p), p) for m in MOMENTS},
        }
        for k, (name, p) in enumerate(own.items())
        if f"adam.step.{name}" in held
    }


def check_step(number: int, loss: float, gradient: float) -> None:
    """Raise :class:`ModelError` if a step's loss or the norm of its gradients is no number."""
    if not (math.isfinite(loss) and math.isfinite(gradient)):
        what = "loss" if not math.isfinite(loss) else "gradient"
        raise ModelError(
            f"step {number}: the {what} is {loss if what == 'loss' else gradient}: the run has "
            "diverged; what was saved before is kept; take a smaller rate"
        )


def norm_of(found: Tensor | float | None) -> float:
    """Return a norm as clipping tells it, 0 where none is told; every process has to ask."""
    if isinstance(found, DTensor):
        found = found.full_tensor()
    return 0.0 if found is None else float(torch.as_tensor(found).detach())


def clear(folder: Path, parts: Iterable[str]) -> None:
    """Remove half-written files that a killed run has left in its folder, and in these of its."""
    for place in (folder, *(folder / part for part in parts)):
        if not place.is_dir() or place.is_symlink():
            continue
        remove_leftovers(place)
        for file in [f for f in place.iterdir() if _TEMPORARY.fullmatch(f.name)]:
            with suppress(OSError):
                file.unlink()
