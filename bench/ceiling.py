"""What AU-F1 a label alone could reach on the clips of a run, whoever draws it.

``python -m bench.ceiling RUN`` reads the real curves in the folder of a benchmark run. From a label
nobody can know what one clip shows, so the best that can be said is one set of channels a label, or
one set for all. Such sets are chosen on the clips of the other actors: each channel that is active
in at least so many of them as gives the best mean AU-F1 there. What they score on the left-out
actor's clips is what knowing the label is worth; the set of the clip itself scores 1.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cogportrait.bench.store import read_run
from cogportrait.errors import CogPortraitError
from cogportrait.metrics.aggregate import aggregate
from cogportrait.metrics.au_f1 import f1
from cogportrait.metrics.scored import SCORED, active

SHARES: Final = np.arange(0.1, 1.0, 0.05)  # of clips, from which a channel is in a set
LEAST: Final = 2  # clips of other actors from which a label has a set of its own

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Clip:
    """What a real clip shows."""

    name: str
    label: str
    actor: str
    shows: Mask  # [K] channels that are active


def clips_of(folder: Path) -> list[Clip]:
    """Return the scored clips of a run that have a label and show something."""
    run = read_run(folder)
    out: list[Clip] = []
    for row in run.rows:
        curves = run.curves(row.name)
        if curves is None or not row.category:
            continue
        shows = active(curves.real[curves.found].astype(np.float64), curves.fps)
        if shows.any():
            out.append(Clip(row.name, row.category, row.actor or row.name, shows))
    return out


def best_set(clips: Sequence[Clip]) -> Mask:
    """Return the set of channels with the best mean AU-F1 on clips, by how many show each."""
    often = np.mean([clip.shows for clip in clips], axis=0)
    sets = [often >= share for share in SHARES]
    return sets[int(np.argmax([_mean(one, clips) for one in sets]))]


def _mean(one: Mask, clips: Sequence[Clip]) -> float:
    return float(np.mean([f1(clip.shows, one) for clip in clips]))


def scores(clips: Sequence[Clip]) -> tuple[list[float], list[float]]:
    """Return the AU-F1 of each clip by one set for all, and by one a label.

    Labels of which too few other actors are filmed have the set for all.
    """
    for_all: list[float] = []
    by_label: list[float] = []
    for clip in clips:
        others = [c for c in clips if c.actor != clip.actor]
        if not others:
            continue
        own = [c for c in others if c.label == clip.label]
        for_all.append(f1(clip.shows, best_set(others)))
        by_label.append(f1(clip.shows, best_set(own if len(own) >= LEAST else others)))
    return for_all, by_label


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; exit code 1 if the run cannot be read."""
    parser = argparse.ArgumentParser(description="AU-F1 that a label alone could reach")
    parser.add_argument("run", type=Path, help="folder of a benchmark run")
    try:
        clips = clips_of(parser.parse_args(arguments).run)
    except CogPortraitError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    for_all, by_label = scores(clips)
    if not for_all:
        print("error: expected labelled clips of two actors at least", file=sys.stderr)
        return 1
    shown = float(np.mean([clip.shows.sum() for clip in clips]))
    print(f"{len(clips)} clips show {shown:.1f} of {len(SCORED)} channels each, on average")
    for name, values in (("one set for all", for_all), ("one set a label", by_label)):
        mean = aggregate(values)
        print(f"{name}: AU-F1 {mean.mean:.3f} [{mean.low:.3f}, {mean.high:.3f}], n {mean.n}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
