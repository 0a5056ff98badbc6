"""Where weights are looked for, and whether they are the published ones.

The one place that reads files of weights. A file is looked for under the name its authors publish
it by: the path that the user gives, the user's folder of weights, :data:`CACHE`, the caches of the
libraries that use it, and the package that carries it. Whatever the place, its bytes must have the
published SHA-256, so that a number under a standard name is that number; only a file that the user
names and vouches for (``vouched``) may be another one. What was hashed is what is loaded.
"""

import hashlib
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from cogportrait.errors import ModelError
from cogportrait.metrics.standard.measure import MeasureName, Missing

CACHE: Final = "~/.cache/cogportrait/metrics"
TORCH_CACHE: Final = "~/.cache/torch/hub/checkpoints"  # of torch.hub, torchvision, torch-fidelity
INSTALL: Final = "run: pip install 'cogportrait[bench]'"


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A file of weights that somebody publishes."""

    name: str  # as published
    sha256: tuple[str, ...]  # of the published files; 8 digits where only these are published
    publisher: str  # where users get it
    aliases: tuple[str, ...] = ()  # other names of the same bytes
    folders: tuple[str, ...] = ()  # where libraries keep it; "~" is the home folder
    packages: tuple[tuple[str, str], ...] = ()  # that carry it, and the file inside them
    install: str = ""  # the command that installs such a package


@dataclass(frozen=True, slots=True)
class Given:
    """What the user says about files of weights."""

    path: Path | None = None  # the file itself
    folder: Path | None = None  # of weights, under their published names
    vouched: bool = False  # `path` is taken whatever its SHA-256


NOTHING: Final = Given()


@dataclass(frozen=True, slots=True)
class Found:
    """A file of weights and what is in it."""

    path: Path
    sha256: str
    content: bytes = field(repr=False)

    def __str__(self) -> str:
        """Return its name and SHA-256, for a run's record."""
        return f"{self.path.name} {self.sha256}"


def find(measure: MeasureName, file: ModelFile, given: Given = NOTHING) -> Found | Missing:
    """Return a published file from where it is, or what is missing.

    Raises
    ------
    ModelError
        The path given is no file, or the first file found is not the published one.
    """
    if given.path is not None and not given.path.is_file():
        raise ModelError(f"{given.path}: no such file; expected {file.name} for {measure}")
    for place in _places(file, given):
        if place.is_file():
            return _read(file, place, vouched=given.vouched and place == given.path)
    into = CACHE if given.folder is None else str(given.folder)
    fix = f"fetch it from {file.publisher} (SHA-256 {file.sha256[0][:8]}…) into {into}"
    return Missing(measure, f"{file.name} is not there", file.install or fix)


def lacking(measure: MeasureName, *packages: str) -> Missing | None:
    """Return what is missing if one of `packages` (as imported) is not installed."""
    for package in packages:
        if find_spec(package) is None:
            return Missing(measure, f"the package {package} is not installed", INSTALL)
    return None


def _places(file: ModelFile, given: Given) -> list[Path]:
    if given.path is not None:
        return [given.path]
    own = [] if given.folder is None else [given.folder]
    folders = [Path(folder).expanduser() for folder in (CACHE, *file.folders)]
    places = [f / name for f in (*own, *folders) for name in (file.name, *file.aliases)]
    for package, inside in file.packages:
        spec = find_spec(package)
        if spec is not None and spec.origin is not None:
            places.append(Path(spec.origin).parent / inside)
    return places


def _read(file: ModelFile, place: Path, *, vouched: bool) -> Found:
    try:
        content = place.read_bytes()
    except OSError as error:
        raise ModelError(f"{place}: cannot be read: {error.strerror}") from error
    digest = hashlib.sha256(content).hexdigest()
    if not vouched and not any(digest.startswith(known) for known in file.sha256):
        raise ModelError(
            f"{place}: expected {file.name} with SHA-256 {file.sha256[0][:12]}…, got "
            f"{digest[:12]}…; put the published file in its place ({file.publisher}), or take it "
            f"away: {file.name} is then looked for elsewhere, or its measure left out"
        )
    return Found(place, digest, content)
