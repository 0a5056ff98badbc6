"""The training loop: one process, or several with accelerate.

A step's windows, noise and noise levels follow from the seed and the step's number, so nothing of
chance has to be kept: a run that was ended goes on as if it had not been. Several processes take
the windows of one step in turn and average gradients, so they do what one does with all of them.
"""

import json
import math
import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import torch
from accelerate import Accelerator
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.distributed.tensor import DTensor, distribute_tensor

from cogportrait.errors import InputError, ModelError, shown
from cogportrait.io.atomic import atomic_path, write_text
from cogportrait.train.matching import draw_sigmas, velocity_error
from cogportrait.train.recipe import Recipe, other_keys
from cogportrait.train.samples import Batch, Clip, Left, changed, draw_batch
from cogportrait.train.state import check_step, fitting, moments, norm_of, read_state

STATE: Final = "state.safetensors"
LOG: Final = "log.jsonl"
NETWORK: Final = "network"
EMA: Final = "ema"
LOWEST_RATE: Final = 0.1  # of the rate, at the end
MOST_GRADIENT: Final = 1.0
VALID_STREAM: Final = 1 << 20  # seeds of what is not trained on


@dataclass(slots=True)
class Progress:
    """What a run has done."""

    step: int = 0
    loss: float = math.nan  # mean of the last steps
    held_out: float = math.nan
    seconds: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class _Share:
    """What a step trains on."""

    batch: Batch
    sigmas: Tensor  # [B]
    noise: Tensor  # shaped as the data


class Trainer:
    """A network that is trained, its running mean, and its optimizer."""

    def __init__(self, network: nn.Module, recipe: Recipe, accelerator: Accelerator) -> None:
        if recipe.batch % accelerator.num_processes:
            raise InputError(
                f"batch: expected a multiple of {accelerator.num_processes} processes, got "
                f"{recipe.batch}"
            )
        self.recipe = recipe
        self.accelerator = accelerator
        trained = [p for p in network.parameters() if p.requires_grad]
        optimizer = torch.optim.AdamW(
            trained, recipe.rate, betas=(0.9, 0.99), weight_decay=recipe.weight_decay
        )
        self.bare = network
        self.network, self.optimizer = accelerator.prepare(network, optimizer)
        self.ema = {n: p.detach().clone() for n, p in network.named_parameters() if p.requires_grad}
        self.progress = Progress()
        self.data = ""  # what tells footage and codec from others

    def step(self, clips: Sequence[Clip]) -> float:
        """Do one step; return its loss.

        Raises
        ------
        ModelError
            The loss, or the norm of its gradients, is no number; weights are as before.
        """
        recipe, number = self.recipe, self.progress.step
        for group in self.optimizer.param_groups:
            group["lr"] = rate_at(number, recipe)
        share = self._drawn(clips, recipe.left, number)
        count = len(share.sigmas)
        found: list[Tensor] = []
        for rows in self._rows(count):
            whole = rows.stop >= count
            with nullcontext() if whole else self.accelerator.no_sync(self.network):
                errors = self._errors(share, rows)
                self.accelerator.backward(errors.sum() / count)
            found.append(errors.detach())
        norm = self.accelerator.clip_grad_norm_(self.network.parameters(), MOST_GRADIENT)
        everywhere = torch.as_tensor(self.accelerator.gather(torch.cat(found)))
        loss = float(everywhere.mean())
        check_step(number + 1, loss, norm_of(norm))
        self.optimizer.step()
        self.optimizer.zero_grad()
        self._average()
        self.progress.step = number + 1
        return loss

    @torch.no_grad()
    def error(self, clips: Sequence[Clip], count: int = 16) -> float:
        """Return the mean error on clips that are not trained on, always at the same windows."""
        total: list[Tensor] = []
        for k in range(math.ceil(count / self.recipe.batch)):
            share = self._drawn(clips, Left(0, 0, 0, 0, 0.5, 0, 1), VALID_STREAM + k, own=False)
            total += [self._errors(share, rows) for rows in self._rows(len(share.sigmas))]
        return float(torch.cat(total).mean())

    def late(self, seconds: float, most: float) -> bool:
        """Return whether time is over, for one process and so for all of them."""
        over = seconds > most
        if self.accelerator.num_processes == 1 or math.isinf(most):
            return over
        told = torch.tensor(float(over), device=self.accelerator.device)
        return bool(torch.as_tensor(self.accelerator.reduce(told, "sum")) > 0)

    def _rows(self, count: int) -> list[slice]:
        """Return which windows of a share go through the network at once."""
        size = self.recipe.micro or count
        return [slice(start, start + size) for start in range(0, count, size)]

    def _drawn(
        self, clips: Sequence[Clip], left: Left, number: int, *, own: bool = True
    ) -> "_Share":
        """Return a step's windows, this process's share of them if `own`."""
        recipe, processes = self.recipe, self.accelerator.num_processes
        mine = slice(self.accelerator.process_index if own else 0, None, processes if own else 1)
        batch = draw_batch(clips, recipe.batch, recipe.length, left, (recipe.seed, number), mine)
        generator = torch.Generator().manual_seed(recipe.seed * 1_000_003 + number)
        sigmas = draw_sigmas(recipe.batch, generator)
        noise = torch.randn((recipe.batch, *batch.data.shape[1:]), generator=generator)
        return _Share(batch, sigmas[mine], noise[mine])

    def _errors(self, share: "_Share", rows: slice) -> Tensor:
        """Return the errors of some windows of a share."""
        device = self.accelerator.device
        batch = changed(share.batch, lambda t: t[rows].to(device))
        sigmas, noise = share.sigmas[rows].to(device), share.noise[rows].to(device)
        return velocity_error(self.network, batch, sigmas, noise)

    @torch.no_grad()
    def _average(self) -> None:
        # Early on the mean follows quickly, else it would remember random weights for long.
        keep = min(self.recipe.ema, (1 + self.progress.step) / (10 + self.progress.step))
        for name, parameter in self.bare.named_parameters():
            if name in self.ema:
                self.ema[name].lerp_(parameter.detach(), 1 - keep)

    def save(self, folder: Path) -> None:
        """Write weights, running mean and the optimizer's state; replaces what was there.

        Every process has to call it: parts of a sharded network are put together.
        """
        held: dict[str, Tensor] = {}
        main = self.accelerator.is_main_process

        def keep(name: str, tensor: Tensor) -> None:  # a sharded one is put together by all
            found = whole(tensor)
            if main:
                held[name] = found

        state = self.optimizer.state_dict()["state"]
        for k, (name, parameter) in enumerate(self._trained()):
            keep(f"{NETWORK}.{name}", parameter)
            keep(f"{EMA}.{name}", self.ema[name])
            for part, value in state.get(k, {}).items():
                keep(f"adam.{part}.{name}", torch.as_tensor(value))
        if not main:
            return
        folder.mkdir(parents=True, exist_ok=True)
        about = {
            "progress": json.dumps(asdict(self.progress)), "recipe": self.recipe.identity(),
            "data": self.data,
        }  # fmt: skip
        held = {n: t.contiguous().clone() for n, t in held.items()}
        with atomic_path(folder / STATE) as temporary:
            save_file(held, temporary, metadata=about)

    def resume(self, folder: Path) -> bool:
        """Go on from a folder; return whether there was something.

        Raises
        ------
        ModelError
            The file is damaged, or of another network.
        InputError
            It is of another recipe.
        """
        path = folder / STATE
        if not path.exists():
            return False
        held, about = read_state(path)
        if (other := about.get("recipe", "")) != self.recipe.identity():
            raise InputError(
                f"{path}: holds a run of another recipe (other: "
                f"{other_keys(other, self.recipe.identity())}); name another folder, or go on with "
                "its own"
            )
        if about.get("data") != self.data:
            raise InputError(
                f"{path}: holds a run on other footage or with another codec: files of the same "
                "names have changed since; name another folder"
            )
        own = dict(self._trained())
        try:
            progress = _progress(about["progress"], self.recipe.steps)
            kept = {
                name: (fitting(held, f"{NETWORK}.{name}", p), fitting(held, f"{EMA}.{name}", p))
                for name, p in own.items()
            }
            state = self.optimizer.state_dict()
            state["state"] = moments(held, own, placed)
        except (LookupError, ValueError, TypeError, OverflowError) as error:
            raise ModelError(
                f"{path}: is damaged, or of another network: {shown(str(error))}"
            ) from error
        lost = [n for n, pair in kept.items() if not torch.isfinite(torch.stack(pair)).all()]
        if lost:
            raise ModelError(f"{path}: expected numbers, found NaN or infinity in {lost[0]}")
        with torch.no_grad():
            for name, (weights, mean) in kept.items():
                own[name].copy_(placed(weights, own[name]))
                self.ema[name].copy_(placed(mean, own[name]))
        self.optimizer.load_state_dict(state)
        self.progress = progress
        self._forget(folder)
        return True

    def _forget(self, folder: Path) -> None:
        """Take lines out of a log that were written of steps after the state that is gone on."""
        path = folder / LOG
        if self.accelerator.is_main_process and path.is_file():
            lines = path.read_text(encoding="utf-8").splitlines()
            kept = [line for line in lines if _step_of(line) <= self.progress.step]
            if kept != lines:
                write_text(path, "".join(f"{line}\n" for line in kept))

    def _trained(self) -> list[tuple[str, Tensor]]:
        return [(n, p) for n, p in self.bare.named_parameters() if p.requires_grad]


def whole(tensor: Tensor) -> Tensor:
    """Return a tensor on the CPU; parts of one that is sharded over processes put together."""
    if isinstance(tensor, DTensor):
        tensor = tensor.full_tensor()
    return tensor.detach().cpu()


def placed(tensor: Tensor, like: Tensor) -> Tensor:
    """Return a tensor where another one is, sharded as it is."""
    tensor = tensor.to(like.device)
    if isinstance(like, DTensor):
        return distribute_tensor(tensor, like.device_mesh, like.placements)
    return tensor


def rate_at(step: int, recipe: Recipe) -> float:
    """Return the learning rate of a step: a rise, then half a cosine."""
    if step < recipe.warmup:
        return recipe.rate * (step + 1) / recipe.warmup
    share = min(1.0, (step - recipe.warmup) / max(1, recipe.steps - recipe.warmup))
    low = LOWEST_RATE
    return recipe.rate * (low + (1 - low) * 0.5 * (1 + math.cos(math.pi * share)))


def run(
    trainer: Trainer,
    clips: Sequence[Clip],
    held_out: Sequence[Clip],
    folder: Path,
    *,
    tell: Callable[[Progress], None] = lambda _: None,
    most_seconds: float = math.inf,
) -> Progress:
    """Train to the recipe's last step, or for a while; save now and then, and at the end."""
    begun, before = time.monotonic(), trainer.progress.seconds
    losses: list[float] = []
    every = trainer.recipe.save_every
    while trainer.progress.step < trainer.recipe.steps:
        losses.append(trainer.step(clips))
        trainer.progress.seconds = before + time.monotonic() - begun
        late = trainer.late(time.monotonic() - begun, most_seconds)
        last = trainer.progress.step == trainer.recipe.steps
        if trainer.progress.step % every == 0 or late or last:
            trainer.progress.loss = sum(losses) / len(losses)
            losses.clear()
            if held_out:
                trainer.progress.held_out = trainer.error(held_out)
            _log(folder, trainer)
            trainer.save(folder)
            tell(trainer.progress)
        if late:
            break
    trainer.save(folder)
    return trainer.progress


def _log(folder: Path, trainer: Trainer) -> None:
    """Add a line to the log of a run; what is not known is null."""
    if not trainer.accelerator.is_main_process:
        return
    path = folder / LOG
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    folder.mkdir(parents=True, exist_ok=True)
    write_text(path, before + json.dumps(told(trainer.progress)) + "\n")


def told(progress: Progress) -> dict[str, float | None]:
    """Return progress for a log; what is not known is None."""
    return {k: v if math.isfinite(v) else None for k, v in asdict(progress).items()}


def _progress(text: str, steps: int) -> Progress:
    """Return progress as a state holds it; raises KeyError, ValueError and TypeError."""
    held = json.loads(text)
    step = held["step"]
    if type(step) is not int or not 0 <= step <= steps:
        raise ValueError(f"its step is {step!r}, of {steps}")
    rest = {name: float(held[name]) for name in ("loss", "held_out", "seconds")}
    if not math.isfinite(rest["seconds"]):
        raise ValueError(f"its seconds are {rest['seconds']}")
    return Progress(step, **rest)


def _step_of(line: str) -> float:
    """Return the step of a line of a log; of a damaged one more than there are."""
    try:
        return int(json.loads(line)["step"])
    except (ValueError, LookupError, TypeError, OverflowError):
        return math.inf
