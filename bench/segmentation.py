"""``python -m bench.segmentation FOLDER``: eye movements against hand-coded recordings.

For every recording with codes, saccades and fixations are scored as events (one to one, any
overlap, largest first; F1) and as samples (Cohen's kappa of "is a saccade" and "is a fixation";
samples coded as undefined are left out). REMoDNaV (Dar, Wagner & Hanke 2021), a published
detector, is scored on the same files in the same run where it is installed
(``pip install remodnav``). Every second recording was used to set our thresholds; the others are
reported apart.
"""

import argparse
import logging
import sys
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.stamp import stamp
from cogportrait.behavior.segment.eye_movements import EyeMovement, eye_movements
from cogportrait.io.gaze_tables import GazeRecording, read_gaze_table
from cogportrait.spans import runs

UNDEFINED = 6  # code of samples that the coders left open
Labels = NDArray[np.int8]
Detector = Callable[[GazeRecording], Labels]
KINDS = {"saccade": EyeMovement.SACCADE, "fixation": EyeMovement.FIXATION}


@dataclass(slots=True)
class Tally:
    """Counts over recordings for one kind of event."""

    hits: int = 0
    extra: int = 0
    missed: int = 0
    coded: list[NDArray[np.bool_]] = field(default_factory=list)
    found: list[NDArray[np.bool_]] = field(default_factory=list)

    def add(
        self, coded: NDArray[np.bool_], found: NDArray[np.bool_], use: NDArray[np.bool_]
    ) -> None:
        """Count one recording; masks [T]."""
        hits, extra, missed = match_events(runs(coded), runs(found))
        self.hits += hits
        self.extra += extra
        self.missed += missed
        self.coded.append(coded[use])
        self.found.append(found[use])

    @property
    def f1(self) -> float:
        """Event F1."""
        whole = 2 * self.hits + self.extra + self.missed
        return 2 * self.hits / whole if whole else float("nan")

    @property
    def kappa(self) -> float:
        """Cohen's kappa over all samples."""
        return cohen_kappa(np.concatenate(self.coded), np.concatenate(self.found))


def match_events(
    coded: Sequence[tuple[int, int]], found: Sequence[tuple[int, int]]
) -> tuple[int, int, int]:
    """Return hits, extra and missed events; pairs overlap and are taken best overlap first."""
    pairs = [
        ((min(b, d) - max(a, c)) / (max(b, d) - min(a, c)), i, k)
        for i, (a, b) in enumerate(coded)
        for k, (c, d) in enumerate(found)
        if min(b, d) > max(a, c)
    ]
    left, right = set[int](), set[int]()
    for _, i, k in sorted(pairs, reverse=True):
        if i not in left and k not in right:
            left.add(i)
            right.add(k)
    return len(left), len(found) - len(left), len(coded) - len(left)


def cohen_kappa(a: NDArray[np.bool_], b: NDArray[np.bool_]) -> float:
    """Return the agreement of two codings beyond chance (Cohen 1960); NaN where chance is all."""
    agreed = float((a == b).mean())
    chance = float(a.mean() * b.mean() + (1 - a.mean()) * (1 - b.mean()))
    return (agreed - chance) / (1 - chance) if chance < 1 else float("nan")


def ours(recording: GazeRecording) -> Labels:
    """Label a recording with the detector of this package."""
    return eye_movements(recording.gaze_deg, recording.rate_hz)


def remodnav(recording: GazeRecording) -> Labels:
    """Label a recording with REMoDNaV at its own settings."""
    from remodnav.clf import EyegazeClassifier  # pyright: ignore[reportMissingImports]

    gaze, rate = recording.gaze_deg, recording.rate_hz
    seen = np.isfinite(gaze).all(1)
    window = max(1, int(0.03 * rate))  # its smoothing needs whole windows at both ends
    whole = np.flatnonzero(np.convolve(seen, np.ones(window), "valid") == window)
    first, last = int(whole[0]), int(whole[-1]) + window
    samples = np.rec.fromarrays(list(gaze[first:last].T), dtype=[("x", float), ("y", float)])
    classifier = EyegazeClassifier(px2deg=1.0, sampling_rate=rate)
    codes = {"FIXA": 1, "SACC": 2, "ISAC": 2, "PURS": 4}
    labels = np.zeros(len(gaze), np.int8)
    for event in classifier(classifier.preproc(samples)):
        start, stop = (first + round(event[key] * rate) for key in ("start_time", "end_time"))
        labels[start:stop] = codes.get(str(event["label"]), EyeMovement.OSCILLATION)
    return labels


def score(recordings: Sequence[GazeRecording], detector: Detector) -> dict[str, Tally]:
    """Return the tallies of a detector, by kind of event."""
    tallies = {kind: Tally() for kind in KINDS}
    for recording in recordings:
        if recording.codes is None:
            continue
        labels, use = detector(recording), recording.codes != UNDEFINED
        for kind, code in KINDS.items():
            tallies[kind].add(recording.codes == code, labels == code, use)
    return tallies


def main(arguments: Sequence[str] | None = None) -> int:
    """Score and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.segmentation", description=__doc__)
    parser.add_argument("folder", type=Path, help="folder of hand-coded recordings, searched whole")
    folder = parser.parse_args(arguments).folder
    files = sorted(p for p in folder.rglob("*") if p.suffix in (".csv", ".npy"))
    recordings = [r for r in map(read_gaze_table, files) if r.codes is not None]
    if not recordings:
        print(f"{folder}: no hand-coded recordings (.csv, .npy) found", file=sys.stderr)
        return 1
    detectors: dict[str, Detector] = {"cogportrait": ours}
    if find_spec("remodnav"):
        detectors["REMoDNaV"] = remodnav
    print(*stamp().lines(), sep="\n")
    print("\n| recordings | detector | event | F1 | hits, extra, missed | kappa |")
    print("|---|---|---|---|---|---|")
    logging.disable(logging.CRITICAL)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name, part in (("all", recordings), ("not used for thresholds", recordings[1::2])):
            for detector, label in detectors.items():
                for kind, t in score(part, label).items():
                    print(
                        f"| {name}, {len(part)} | {detector} | {kind} | {t.f1:.3f} | "
                        f"{t.hits}, {t.extra}, {t.missed} | {t.kappa:.3f} |"
                    )
    if "REMoDNaV" not in detectors:
        print("\nREMoDNaV is left out: pip install remodnav")
    return 0


if __name__ == "__main__":
    sys.exit(main())
