"""What each ablation changes in default clips, and in which direction.

``python -m bench.ablations [--seeds 2] [--seconds 30]`` compiles every label, listening and
speaking, whole and without each part, and prints for each: in how many clips any value differs,
hard findings a clip, in how many clips there is one, the share of recorded events, and semantic
findings a clip.
"""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cogportrait.agents.ablation_names import Ablation
from cogportrait.agents.casting import TEMPLATE
from cogportrait.agents.loop import compile_brief
from cogportrait.behavior.labels import LABELS
from cogportrait.types import Brief, CompiledBrief


@dataclass(slots=True)
class Row:
    """Sums over clips."""

    clips: int = 0
    changed: int = 0
    hard: int = 0
    faulty: int = 0  # clips with a hard finding
    recorded: int = 0
    events: int = 0
    semantic: int = 0

    def add(self, whole: CompiledBrief, made: CompiledBrief) -> None:
        """Add one clip and the same without ablation."""
        a, b = whole.controls.to_matrix(), made.controls.to_matrix()
        self.clips += 1
        self.changed += not np.array_equal(a, b)
        self.hard += len(made.critique.hard)
        self.faulty += bool(made.critique.hard)
        self.events += len(made.plan.events)
        self.recorded += sum(e.prototype not in ("", TEMPLATE) for e in made.plan.events)
        findings = made.trace["semantic_findings"]
        self.semantic += len(findings) if isinstance(findings, list) else 0


def measure(
    seeds: int, seconds: float, labels: Sequence[str] = LABELS
) -> dict[Ablation | None, Row]:
    """Return what comes out whole (None) and without each part."""
    rows: dict[Ablation | None, Row] = {part: Row() for part in (None, *Ablation)}
    for label in labels:
        for seed in range(seeds):
            for speaking in (False, True):
                brief = Brief(label, seconds, 25.0, seed, speaking=speaking)
                whole = compile_brief(brief)
                for part, row in rows.items():
                    row.add(whole, whole if part is None else compile_brief(brief, ablation=part))
    return rows


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; return 0."""
    parser = argparse.ArgumentParser(description="What each ablation changes.")
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=30.0)
    options = parser.parse_args(arguments)
    print(
        "| | clips changed | hard findings a clip | clips with one | recorded | semantic a clip |"
    )
    print("|---|---|---|---|---|---|")
    for part, row in measure(options.seeds, options.seconds).items():
        share = row.recorded / max(row.events, 1)
        print(
            f"| {part or 'whole'} | {row.changed} of {row.clips} | {row.hard / row.clips:.2f} | "
            f"{row.faulty} | {share:.2f} | {row.semantic / row.clips:.2f} |"
        )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
