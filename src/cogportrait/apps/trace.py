"""``--trace``: what was asked, what was planned, what the critic said, how it came about."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Final

from cogportrait.io.atomic import write_text
from cogportrait.types import Brief, CompiledBrief
from cogportrait.version import __version__

FORMAT: Final = "cogportrait-trace/1"
# Of the trace in memory, what stands elsewhere in the file: in the brief, or on its own.
_ABOVE: Final = frozenset((
    "label", "seed", "duration_s", "fps", "instruction", "events", "not_understood",
))  # fmt: skip


def write_trace(path: Path, brief: Brief, compiled: CompiledBrief) -> None:
    """Write how a brief became curves, as JSON, whole or not at all."""
    record = {
        "format": FORMAT,
        "cogportrait": __version__,
        "brief": {
            "label": brief.label,
            "instruction": brief.instruction,
            "duration_s": brief.duration_s,
            "fps": brief.fps,
            "seed": brief.seed,
            "intensity": brief.intensity,
            "speaking": brief.speaking,
            "speech": brief.speech.source if brief.speech else None,
        },
        "rounds": compiled.rounds,
        "events": compiled.trace["events"],
        "not_understood": compiled.plan.not_understood,
        "violations": [asdict(violation) for violation in compiled.critique.violations],
        "trace": {name: value for name, value in compiled.trace.items() if name not in _ABOVE},
    }
    write_text(path, json.dumps(record, indent=1, ensure_ascii=False) + "\n")
