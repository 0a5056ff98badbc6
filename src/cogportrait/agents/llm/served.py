"""A process that serves a model by llama.cpp until its standard input ends.

Of its own, since the server is at times still waiting for itself when it starts or ends, deaf to
every signal: a process can be killed. It prints the server's address, or "!" and what is wrong.
"""

import faulthandler
import importlib
import os
import sys
from pathlib import Path
from typing import Any, Final

CONTEXT: Final = 4096  # tokens
THREADS: Final = 2
START_S: Final = 600.0  # in which a model is loaded, or its process ends by itself


def serve(path: Path) -> None:
    """Serve a model on a free port of this machine."""
    faulthandler.dump_traceback_later(START_S, exit=True)
    xllamacpp: Any = importlib.import_module("xllamacpp")  # has no types
    parameters: Any = xllamacpp.CommonParams()
    parameters.model.path = str(path)
    parameters.n_ctx, parameters.n_parallel = CONTEXT, 1
    parameters.hostnames, parameters.port = ["127.0.0.1"], 0
    parameters.cpuparams.n_threads = THREADS
    parameters.model_alias = [path.name]
    parameters.verbosity = -1
    parameters.sampling.seed, parameters.sampling.temp = 0, 0.0
    try:
        server: Any = xllamacpp.Server(parameters)
    except (RuntimeError, ValueError) as error:
        _say(f"!{error}")
        return
    faulthandler.cancel_dump_traceback_later()
    _say(f"{server.listening_address}/v1")
    sys.stdin.read()
    os._exit(0)  # the server's own way to end may wait for ever


def _say(text: str) -> None:
    sys.stdout.write(" ".join(text.split()) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
