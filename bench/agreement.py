"""How far two published readers of one video agree, as a yardstick for any third.

``python -m bench.agreement news_all.csv`` takes a table of py-feat (MIT; its ``news_sample``: 52
MediaPipe blendshapes and 20 action units by py-feat's own network, frame by frame, of 20 filmed
people) and correlates each action unit with the blendshape that stands for it, mean of both sides,
within every clip. Neither is the truth. Clips in which one of both hardly moves are left out and
counted.
"""

import argparse
import csv
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cogportrait.metrics.aggregate import aggregate

# Action unit -> blendshape, as the two public tables from ARKit's shapes to FACS have it.
PAIRS: Final[Mapping[str, tuple[str, ...]]] = {
    "AU01": ("browInnerUp",),
    "AU02": ("browOuterUpLeft", "browOuterUpRight"),
    "AU04": ("browDownLeft", "browDownRight"),
    "AU05": ("eyeWideLeft", "eyeWideRight"),
    "AU06": ("cheekSquintLeft", "cheekSquintRight"),
    "AU07": ("eyeSquintLeft", "eyeSquintRight"),
    "AU12": ("mouthSmileLeft", "mouthSmileRight"),
    "AU26": ("jawOpen",),
    "AU43": ("eyeBlinkLeft", "eyeBlinkRight"),
}
MOVES: Final = 0.02  # standard deviation over a clip, of 0..1, from which a column moves

Floats = NDArray[np.float64]


def read_clips(table: Path) -> dict[str, dict[str, Floats]]:
    """Return the columns that are compared, [T] each, by clip."""
    rows: dict[str, list[dict[str, str]]] = defaultdict(list)
    with table.open(newline="", encoding="utf-8") as stream:
        for row in csv.DictReader(stream):
            rows[row["clip"]].append(row)
    names = {name for unit, shapes in PAIRS.items() for name in (unit, *shapes)}
    return {
        clip: {name: np.array([float(row[name] or "nan") for row in every]) for name in names}
        for clip, every in rows.items()
    }


def agreements(clips: Mapping[str, Mapping[str, Floats]], unit: str) -> list[float]:
    """Return Pearson's correlation of a unit with its blendshape in every clip, NaN if still."""
    out: list[float] = []
    for columns in clips.values():
        one = columns[unit]
        other = np.mean([columns[name] for name in PAIRS[unit]], axis=0)
        known = np.isfinite(one) & np.isfinite(other)
        one, other = one[known], other[known]
        still = len(one) < 3 or one.std() < MOVES or other.std() < MOVES
        out.append(float("nan") if still else float(np.corrcoef(one, other)[0, 1]))
    return out


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m bench.agreement", description=__doc__)
    parser.add_argument("table", type=Path, help="news_all.csv")
    clips = read_clips(parser.parse_args(arguments).table)
    frames = sum(len(columns["AU01"]) for columns in clips.values())
    print(f"{len(clips)} clips, {frames} frames\n")
    print("| unit | blendshape | correlation, mean [95 %] | median | clips that move |")
    print("|---|---|---|---|---|")
    for unit, shapes in PAIRS.items():
        values = agreements(clips, unit)
        a = aggregate(values)
        known = [v for v in values if np.isfinite(v)]
        median = f"{np.median(known):.2f}" if known else "–"
        name = shapes[0].removesuffix("Left")
        print(f"| {unit} | {name} | {a.mean:.2f} [{a.low:.2f}, {a.high:.2f}] | {median} | {a.n} |")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
