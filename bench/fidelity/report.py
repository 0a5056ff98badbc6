"""Thresholds, pass shares, tables."""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bench.fidelity.measures import Figures
from bench.fidelity.portrait import PortraitResult
from bench.fidelity.probes import FACE_AUS
from bench.fidelity.speech import SpeechResult
from bench.stamp import Stamp


@dataclass(frozen=True, slots=True)
class Criterion:
    """A figure, the range in which it passes, and the share of portraits that must pass."""

    figure: str
    text: str
    least: float = -math.inf
    most: float = math.inf
    share: float = 1.0

    def passes(self, value: float) -> bool:
        """Return whether a value is in range; NaN is not."""
        return self.least <= value <= self.most

    @property
    def bound(self) -> str:
        """Return the range in words."""
        if math.isinf(self.most):
            return f">= {self.least:g}"
        if math.isinf(self.least):
            return f"<= {self.most:g}"
        return f"{self.least:g} .. {self.most:g}"


def _criteria() -> tuple[Criterion, ...]:
    rows = [
        Criterion("lids.spearman", "aperture falls with AU43", most=-0.98, share=0.95),
        Criterion("lids.closed_ratio", "aperture closed / open", most=0.15, share=0.90),
        Criterion("lids.closed_ratio_mean", "the same, mean of both eyes", most=0.15, share=0.90),
        Criterion("lids.blink", "blink blendshape when closed", least=0.6, share=0.85),
        Criterion("lids.blink_mean", "the same, mean of both eyes", least=0.6, share=0.85),
        Criterion("lids.other_eye", "other eye's aperture changes by", most=0.10),
        Criterion("lids.other_eye_pixels", "other eye's pixels change / own", most=0.10),
    ]
    for axis in ("yaw", "pitch"):
        stem = f"gaze.{axis}"
        rows += [
            Criterion(f"{stem}_spearman", f"gaze {axis}, both eyes", least=0.98),
            Criterion(f"{stem}_balance", f"gaze {axis}, smaller / larger direction", least=0.8),
            Criterion(f"{stem}_balance_pooled", f"gaze {axis}, both eyes together", least=0.8),
            Criterion(f"{stem}_balance_pixels", f"gaze {axis}, directions, pixels", least=0.8),
            Criterion(
                f"{stem}_balance_pooled_pixels", f"gaze {axis}, both eyes, pixels", least=0.8
            ),
            Criterion(f"{stem}_one_eye_spearman", f"gaze {axis}, one eye", least=0.98),
            Criterion(f"{stem}_one_eye_leak", f"gaze {axis}, other eye moves along", most=0.2),
            Criterion(f"{stem}_one_eye_leak_pixels", f"gaze {axis}, other eye, pixels", most=0.1),
        ]
    rows.append(Criterion("gaze.roundness", "iris as round as at rest", least=0.8))
    for number in FACE_AUS:
        stem = f"face.AU{number:02d}"
        rows += [
            Criterion(f"{stem}_spearman", f"AU{number} response", least=0.95),
            Criterion(f"{stem}_other_signal", f"AU{number}, other side, distance", most=0.15),
            Criterion(f"{stem}_other_side", f"AU{number}, other side, landmarks", most=0.15),
            Criterion(f"{stem}_other_side_pixels", f"AU{number}, other side, pixels", most=0.15),
            Criterion(f"{stem}_mouth", f"AU{number}, mouth, landmarks", most=0.15),
            Criterion(f"{stem}_mouth_pixels", f"AU{number}, mouth, pixels", most=0.15),
        ]
    for axis in ("yaw", "pitch", "roll"):
        rows += [
            Criterion(f"head.{axis}_slope", f"head {axis}, tracked / commanded", 0.85, 1.15),
            Criterion(f"head.{axis}_spearman", f"head {axis}, rank", least=0.99),
        ]
    rows += [
        Criterion("turned.closed_ratio_mean", "closed / open, head turned", most=0.25, share=0.90),
        Criterion("still.border_psnr_db", "border, head still, dB", least=45),
        Criterion("still.flicker_zeros", "temporal difference, zeros", most=0.5),
        Criterion("still.flicker_neutral", "temporal difference, neutral", most=0.5),
    ]
    return tuple(rows)


CRITERIA = _criteria()
SPEECH_CRITERIA = (
    Criterion("speech.vowel_r", "mouth opening against vowel energy, r", least=0.6),
    Criterion("speech.closed_share", "lips closed on p b m", least=0.85),
)


@dataclass(frozen=True, slots=True)
class Row:
    """How one criterion came out."""

    criterion: Criterion
    values: tuple[float, ...]

    @property
    def passed(self) -> int:
        """Return how many values are in range."""
        return sum(self.criterion.passes(v) for v in self.values)

    @property
    def met(self) -> bool:
        """Return whether enough values are in range."""
        return bool(self.values) and self.passed >= self.criterion.share * len(self.values) - 1e-9

    def cells(self, names: Sequence[str]) -> list[str]:
        """Return the row of the table; `names` are those of the values."""
        finite = [v for v in self.values if math.isfinite(v)]
        low, mid, high = np.percentile(finite, (0, 50, 100)) if finite else (math.nan,) * 3
        failed = [
            name for name, v in zip(names, self.values, strict=True) if not self.criterion.passes(v)
        ]
        shown = ", ".join(failed[:4]) + (" ..." if len(failed) > 4 else "")
        return [
            "yes" if self.met else "NO",
            self.criterion.text,
            self.criterion.bound,
            f"{self.passed}/{len(self.values)} (>= {self.criterion.share:.0%})",
            f"{low:.3f} / {mid:.3f} / {high:.3f}",
            shown,
        ]


HEADER = ["met", "criterion", "bound", "passed", "min / median / max", "failed on"]


def rows_of(criteria: Sequence[Criterion], results: Sequence[Figures]) -> list[Row]:
    """Return one row a criterion that was measured."""
    measured = [c for c in criteria if results and all(c.figure in r for r in results)]
    return [Row(c, tuple(r[c.figure] for r in results)) for c in measured]


def table(rows: Sequence[Row], names: Sequence[str]) -> str:
    """Return a Markdown table, columns aligned."""
    cells = [HEADER] + [row.cells(names) for row in rows]
    widths = [max(len(line[i]) for line in cells) for i in range(len(HEADER))]
    lines = [" | ".join(c.ljust(w) for c, w in zip(line, widths, strict=True)) for line in cells]
    lines.insert(1, "-|-".join("-" * w for w in widths))
    return "\n".join(f"| {line} |".replace("-| ", "-|").rstrip() for line in lines)


def markdown(
    portraits: Sequence[PortraitResult], speech: Sequence[SpeechResult], stamp: Stamp, seed: int
) -> str:
    """Return the whole report."""
    rows = rows_of(CRITERIA, [p.figures for p in portraits])
    parts = [
        "# Control fidelity",
        *stamp.lines(),
        f"{len(portraits)} portraits, seed {seed}; "
        f"{sum(row.met for row in rows)} of {len(rows)} criteria met.",
        table(rows, [p.name for p in portraits]),
    ]
    if speech:
        spoken = rows_of(SPEECH_CRITERIA, [s.figures for s in speech])
        total = sum(s.closures for s in speech)
        closed = sum(s.closures * s.figures["speech.closed_share"] for s in speech if s.closures)
        parts += [
            "## Speech",
            table(spoken, [f"{s.name} ({s.portrait})" for s in speech]),
            f"All recordings together: lips closed on {closed:.0f} of {total} p b m.",
        ]
    return "\n\n".join(parts) + "\n"


def as_json(
    portraits: Sequence[PortraitResult], speech: Sequence[SpeechResult], stamp: Stamp, seed: int
) -> str:
    """Return the same results for machines."""
    content = {
        "stamp": stamp.as_dict(),
        "seed": seed,
        "portraits": [
            {"name": p.name, "size_px": p.size_px, "face_px": p.face_px, "figures": p.figures}
            for p in portraits
        ],
        "speech": [
            {"name": s.name, "portrait": s.portrait, "closures": s.closures, "figures": s.figures}
            for s in speech
        ],
    }
    return json.dumps(content, indent=1) + "\n"


def write(folder: Path, report: str, content: str) -> None:
    """Write both forms of the report."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "fidelity.md").write_text(report, encoding="utf-8")
    (folder / "fidelity.json").write_text(content, encoding="utf-8")
