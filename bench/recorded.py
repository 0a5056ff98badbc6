"""Which share of planned movements is played by recordings.

``python -m bench.recorded [--seconds 10 30] [--seeds 3]`` compiles every label, listening and
speaking, without instruction and sound, and counts the events whose trace names a prototype of the
library. Prints a table by kind and a total for each length; sways, laughs and drifts have no
recordings and count as templates.
"""

import argparse
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from cogportrait.agents.casting import TEMPLATE
from cogportrait.agents.loop import compile_brief
from cogportrait.behavior.labels import LABELS
from cogportrait.types import Brief, EventPlan


@dataclass(slots=True)
class Tally:
    """Events by kind."""

    planned: Counter[str] = field(default_factory=Counter[str])
    recorded: Counter[str] = field(default_factory=Counter[str])

    def add(self, plan: EventPlan) -> None:
        """Count the events of one plan."""
        for event in plan.events:
            self.planned[str(event.kind)] += 1
            self.recorded[str(event.kind)] += event.prototype not in ("", TEMPLATE)

    @property
    def share(self) -> float:
        """Recorded of all, 0..1; NaN without an event."""
        total = self.planned.total()
        return self.recorded.total() / total if total else float("nan")


def count(seconds: float, seeds: Iterable[int], labels: Sequence[str] = LABELS) -> Tally:
    """Return what plays the default plans of these labels."""
    tally = Tally()
    for label in labels:
        for seed in seeds:
            for speaking in (False, True):
                brief = Brief(label, seconds, 25.0, seed=seed, speaking=speaking)
                tally.add(compile_brief(brief).plan)
    return tally


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the tables; return 0."""
    parser = argparse.ArgumentParser(description="Which share of movements recordings play.")
    parser.add_argument("--seconds", type=float, nargs="+", default=[10.0, 30.0])
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args(arguments)
    for seconds in options.seconds:
        tally = count(seconds, range(options.seeds))
        print(f"| {seconds:g} s | planned | recorded | share |\n|---|---|---|---|")
        for kind, n in tally.planned.most_common():
            print(f"| {kind} | {n} | {tally.recorded[kind]} | {tally.recorded[kind] / n:.3f} |")
        print(f"| all | {tally.planned.total()} | {tally.recorded.total()} | {tally.share:.3f} |\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
