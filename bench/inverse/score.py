"""How far readings are from what was commanded."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bench.inverse.samples import Sample
from bench.inverse.sequences import FPS
from cogportrait.face.inverse import Inverse
from cogportrait.face.measure import measure
from cogportrait.facs.channels import CHANNEL_INDEX, CHANNELS

# What is asked of measured renderings: correlation, and mean absolute error where one is given.
BOUNDS: Final[Mapping[str, tuple[float, float | None]]] = {
    "AU43": (0.95, 0.1), "gaze_yaw": (0.95, 3.0), "gaze_pitch": (0.95, 3.0),
    "head_yaw": (0.95, 2.0), "head_pitch": (0.95, 2.0), "head_roll": (0.95, 2.0),
    "AU01": (0.85, None), "AU02": (0.85, None), "AU04": (0.85, None), "AU05": (0.85, None),
    "AU07": (0.85, None), "AU06": (0.85, None), "AU12": (0.85, None), "AU25": (0.85, None),
    "AU26": (0.85, None),
}  # fmt: skip
LEAST_SPREAD: Final = {"AU": 0.04, "gaze": 2.0, "head": 1.0}  # else there is nothing to follow
SHUT: Final = 0.6


@dataclass(frozen=True, slots=True)
class Row:
    """One channel over all sequences."""

    channel: str
    correlations: tuple[float, ...]  # per sequence and side in which the channel moves
    pooled: float  # over all frames of all sequences
    error: float  # mean absolute


def score(samples: Iterable[tuple[Sample, Inverse | None]]) -> list[Row]:
    """Return one row per channel; both sides count as one channel.

    With each sample goes the network that reads it; None is the shipped one.
    """
    pairs = [
        (measure(sample.rows, FPS, net=net).controls.to_matrix(), sample.commanded)
        for sample, net in samples
    ]
    return [_row(stem, pairs) for stem in BOUNDS]


def _row(stem: str, pairs: list[tuple[NDArray[np.float32], NDArray[np.float32]]]) -> Row:
    names = [name for name in CHANNELS if name == stem or name[:-2] == stem]
    least = next(v for k, v in LEAST_SPREAD.items() if stem.startswith(k))
    found: list[float] = []
    read: list[NDArray[np.float32]] = []
    told: list[NDArray[np.float32]] = []
    for measured, commanded in pairs:
        for name in names:
            a, b = measured[:, CHANNEL_INDEX[name]], commanded[:, CHANNEL_INDEX[name]]
            if stem.startswith("gaze"):  # behind a lid nothing is seen
                lid = commanded[:, [CHANNEL_INDEX["AU43_L"], CHANNEL_INDEX["AU43_R"]]].max(1)
                a, b = a[lid < SHUT], b[lid < SHUT]
            read.append(a)
            told.append(b)
            if len(b) and b.std() > least:
                found.append(float(np.corrcoef(a, b)[0, 1]) if a.std() > 0 else 0.0)
    a, b = np.concatenate(read), np.concatenate(told)
    return Row(stem, tuple(found), float(np.corrcoef(a, b)[0, 1]), float(np.abs(a - b).mean()))


def table(rows: Iterable[Row]) -> str:
    """Return the rows as Markdown."""
    lines = [
        "| channel | n | correlation: median | lowest tenth | all frames together "
        "| mean absolute error | asked |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        asked, most = BOUNDS[row.channel]
        values = np.array(row.correlations) if row.correlations else np.array([np.nan])
        limit = f">= {asked}" + ("" if most is None else f", <= {most:g}")
        lines.append(
            f"| {row.channel} | {len(row.correlations)} | {np.nanmedian(values):.3f} "
            f"| {np.nanquantile(values, 0.1):.3f} | {row.pooled:.3f} | {row.error:.3f} | {limit} |"
        )
    return "\n".join(lines)
