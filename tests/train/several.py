"""One of several processes that train together: ``python -m tests.train.several FOLDER``."""

import sys
from pathlib import Path

from accelerate import Accelerator
from tests.train.made import prepared
from tests.train.test_loop import RECIPE, network

from cogportrait.train.loop import Trainer, run


def main() -> None:
    accelerator = Accelerator(cpu=True)
    if accelerator.num_processes != 2:
        sys.exit(f"expected two processes, got {accelerator.num_processes}")
    run(Trainer(network(), RECIPE, accelerator), prepared(), [], Path(sys.argv[1]))
    accelerator.end_training()


if __name__ == "__main__":
    main()
