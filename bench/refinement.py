"""What refinements did to held-out boundary cases, side by side.

``python -m bench.refinement RUN...`` reads ``held_out_before.csv`` and ``held_out_after.csv`` of
folders that ``cogportrait refine`` filled, and prints how often samples got better, and how errors
changed, over all and case by case. A sample is better if its errors, in units of their thresholds,
add up to less than those of the sample of the same seed before; equal ones count half. Samples of a
case on a portrait are alike, so intervals (95 %, bootstrap) are over these, not over samples.
"""

import argparse
import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from bench.stamp import TORCH, stamp
from cogportrait.apps.refining import AFTER, BEFORE, ERRORS
from cogportrait.errors import CogPortraitError, InputError
from cogportrait.metrics.aggregate import Aggregate, aggregate
from cogportrait.train.judging import Judged, read_table

DIGITS: Final = {"win rate": 3, "au": 4, "gaze_deg": 2, "head_deg": 2, "identity": 4}

Pair = tuple[Judged, Judged]


def pairs_of(run: Path) -> list[Pair]:
    """Return the held-out samples of a run before and after.

    Raises
    ------
    InputError
        There are none, or they are not of the same cases.
    """
    before, after = read_table(run / BEFORE), read_table(run / AFTER)
    if not before or [s.sample for s in before] != [s.sample for s in after]:
        raise InputError(f"{run}: expected the same held-out samples before and after")
    return list(zip(before, after, strict=True))


def changes(pairs: Sequence[Pair]) -> dict[str, list[float]]:
    """Return, of each case on each portrait, the win rate and the mean change of each error."""
    cases: dict[tuple[str, str], list[Pair]] = {}
    for pair in pairs:
        cases.setdefault((pair[0].portrait, pair[0].case), []).append(pair)
    out: dict[str, list[float]] = {name: [] for name in DIGITS}
    for some in cases.values():
        out["win rate"].append(float(np.mean([_won(*pair) for pair in some])))
        for name in ERRORS:
            found = [
                getattr(after.errors, name) - getattr(before.errors, name) for before, after in some
            ]
            known = [value for value in found if math.isfinite(value)]
            out[name].append(float(np.mean(known)) if known else math.nan)
    return out


def table(runs: dict[str, list[Pair]]) -> Iterator[str]:
    """Yield the lines of a table: runs, each over all cases and case by case."""
    yield f"| | n | {' | '.join(DIGITS)} |"
    yield "|---|--:" + "|--:" * len(DIGITS) + "|"
    for name, pairs in runs.items():
        yield _line(f"**{name}**", pairs)
        for case in dict.fromkeys(before.case for before, _ in pairs):
            yield _line(case, [pair for pair in pairs if pair[0].case == case])


def _line(name: str, pairs: Sequence[Pair]) -> str:
    found = {key: aggregate(values) for key, values in changes(pairs).items()}
    cells = [_told(found[key], digits, key) for key, digits in DIGITS.items()]
    return f"| {name} | {len(pairs)} | {' | '.join(cells)} |"


def _won(before: Judged, after: Judged) -> float:
    if after.total == before.total:
        return 0.5
    return float(after.total < before.total)


def _told(found: Aggregate, digits: int, name: str) -> str:
    if not found.n:
        return ""
    sign = "" if name == "win rate" else "+"
    told = f"{found.mean:{sign}.{digits}f}"
    if found.bounds is None:
        return told
    low, high = found.bounds
    return f"{told} ({low:{sign}.{digits}f} to {high:{sign}.{digits}f})"


def main(argv: Sequence[str] | None = None) -> int:
    """Print the table as Markdown."""
    parser = argparse.ArgumentParser(prog="python -m bench.refinement", description=__doc__)
    parser.add_argument("runs", type=Path, nargs="+", metavar="RUN")
    options = parser.parse_args(argv)
    try:
        runs = {str(run): pairs_of(run) for run in options.runs}
    except CogPortraitError as error:
        parser.error(str(error))
    print("\n".join([*stamp(*TORCH).lines(), "", *table(runs)]))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
