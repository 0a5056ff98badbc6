"""One of two processes that share a network out: ``python -m tests.train.sharded FOLDER``.

Accelerate shards on GPUs alone, so PyTorch's own sharding stands in for it, on CPUs.
"""

import sys
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist
from tests.train.made import prepared
from tests.train.test_loop import RECIPE, network
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import fully_shard
from torch.distributed.tensor import DTensor

from cogportrait.train.loop import Trainer, run


class Sharing:
    """What the trainer asks of accelerate."""

    device = torch.device("cpu")
    num_processes = 2

    def __init__(self) -> None:
        self.process_index = dist.get_rank()
        self.is_main_process = self.process_index == 0

    def prepare(self, *things: Any) -> Any:
        return things

    def backward(self, loss: torch.Tensor) -> None:
        loss.backward()

    def clip_grad_norm_(self, parameters: Any, most: float) -> None:
        torch.nn.utils.clip_grad_norm_(parameters, most)

    def gather(self, tensor: torch.Tensor) -> torch.Tensor:
        parts = [torch.empty_like(tensor) for _ in range(2)]
        dist.all_gather(parts, tensor)
        return torch.cat(parts)


def main() -> None:
    dist.init_process_group("gloo")
    mesh = init_device_mesh("cpu", (2,))
    folder = Path(sys.argv[1])
    for steps in (3, RECIPE.steps):  # ended once, and gone on with
        model: Any = network()
        clips = prepared()  # its codec is as random as the seed of the network leaves it
        for block in model.blocks:
            fully_shard(block, mesh=mesh)
        fully_shard(model, mesh=mesh)
        trainer = Trainer(model, RECIPE, Sharing())  # type: ignore[arg-type]
        if not isinstance(next(iter(trainer.ema.values())), DTensor):
            sys.exit("expected a sharded network")
        trainer.resume(folder)
        while trainer.progress.step < steps and steps != RECIPE.steps:
            trainer.step(clips)
        if steps == RECIPE.steps:
            run(trainer, clips, [], folder)
        else:
            trainer.save(folder)
        dist.barrier()
    dist.destroy_process_group()


if __name__ == "__main__":
    main()
