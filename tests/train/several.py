"""One of several processes that train together: ``python -m tests.train.several FOLDER``."""

import sys
from pathlib import Path

from tests.train.made import prepared
from tests.train.test_loop import RECIPE, network

from cogportrait.train.loop import Trainer, run
from cogportrait.train.processes import open_accelerator


def main() -> None:
    accelerator = open_accelerator()
    if accelerator.num_processes != 2:
        sys.exit(f"expected two processes, got {accelerator.num_processes}")
    run(Trainer(network(), RECIPE, accelerator), prepared(), [], Path(sys.argv[1]))
    accelerator.end_training()


if __name__ == "__main__":
    main()
