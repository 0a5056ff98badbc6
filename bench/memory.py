"""The peak memory of a process, as the kernel counts it for that process alone.

``getrusage`` does not say it: on Linux ``ru_maxrss`` survives ``exec``, so a child starts with the
peak of the process that started it. ``VmHWM`` belongs to the address space, which ``exec`` makes
anew.
"""

import re
from pathlib import Path
from typing import Final

STATUS: Final = Path("/proc/self/status")
_PEAK: Final = re.compile(r"^VmHWM:\s*(\d+) kB$", re.MULTILINE)


def peak_mib(status: Path = STATUS) -> float | None:
    """Return the peak resident memory of this process so far; None where it is not known."""
    try:
        found = _PEAK.search(status.read_text(encoding="utf-8"))
    except OSError:  # not Linux
        return None
    return int(found[1]) / 1024 if found else None
