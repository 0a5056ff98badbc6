"""What a result was measured on, so that two results can be compared."""

import os
import platform
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

PACKAGES = (
    "cogportrait",
    "mediapipe",
    "opencv-contrib-python",
    "numpy",
    "scipy",
    "av",
    "pocketsphinx",
)
TORCH = ("torch", "diffusers")  # of the extra "dit"


@dataclass(frozen=True, slots=True)
class Stamp:
    """Machine, versions and time of a measurement."""

    utc: str
    processor: str
    cores: int
    memory_gib: float
    system: str
    python: str
    versions: dict[str, str]

    def lines(self) -> list[str]:
        """Return the stamp as Markdown lines."""
        packages = ", ".join(f"{name} {number}" for name, number in self.versions.items())
        return [
            f"{self.utc} on {self.processor}, {self.cores} cores, {self.memory_gib:.0f} GiB, "
            f"{self.system}, Python {self.python}; {packages}",
        ]

    def as_dict(self) -> dict[str, object]:
        """Return the stamp for a JSON file."""
        return asdict(self)


def stamp(*more: str) -> Stamp:
    """Describe this machine and the installed versions, of `more` packages too."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return Stamp(
        utc=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        processor=_processor(),
        cores=len(os.sched_getaffinity(0)),
        memory_gib=round(memory, 1),
        system=f"{platform.system()} {platform.machine()}",
        python=platform.python_version(),
        versions={name: version(name) for name in (*PACKAGES, *more)},
    )


def _processor() -> str:
    table = Path("/proc/cpuinfo")
    lines = table.read_text().splitlines() if table.is_file() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or "unknown processor"
