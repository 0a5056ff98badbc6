"""The trial of the ruler as Markdown tables and as JSON."""

import json
import math
from collections.abc import Mapping, Sequence
from typing import Final

from cogportrait.bench.measures import BY_KEY
from cogportrait.bench.validity import MOVED, STAYED, Finding, Validity
from cogportrait.bench.validity_cases import (
    INVARIANT,
    LEVELS,
    ORDERED,
    SCORES,
    SENSITIVE,
    Case,
    Family,
    Ought,
)
from cogportrait.io.documents import JsonValue
from cogportrait.metrics.aggregate import LEAST, Aggregate

FORMAT: Final = "cogportrait-validity/1"
KEYS: Final = ("format", "stamp", "seed", "clips", "frames", "cases", "findings")
_NAMES: Final = [BY_KEY[key].title for key in SCORES]


def validity_page(found: Validity, stamp: Mapping[str, str]) -> str:
    """Return what every score did, as a page of Markdown."""
    told = "; ".join(f"{name} {value}" for name, value in stamp.items())
    lines = [
        "# Validity of the scores", "",
        f"{len(found.clips)} clips, {found.frames} frames, seed {found.seed}; {told}.", "",
        "Each clip against itself, perturbed. A cell is the mean over clips with its 95 % bootstrap"
        f" interval, of {LEAST} clips and more, and the number of clips where the score is defined"
        " if it is not so for all;"
        " below `falls`, how far the mean is from perfect as a share of how far another clip is"
        " (0 perfect, 1 as bad as somebody else's face; Eye-LMD: as a face held still).", "",
        "## Sensitivity: what ought to make scores fall", "", *_table(found, SENSITIVE), "",
        "### As a share of another clip's fall", "", *_falls(found, SENSITIVE), "",
        "## Invariance: what ought to leave scores alone", "", *_table(found, INVARIANT), "",
        "### As a share of another clip's fall", "", *_falls(found, INVARIANT), "",
        "## Findings", "", *_verdicts(found.findings()), "",
    ]  # fmt: skip
    return "\n".join(lines)


def _head(first: str) -> list[str]:
    return [f"| {first} | {' | '.join(_NAMES)} |", f"|---|{'---|' * len(SCORES)}"]


def _cases(found: Validity, families: Sequence[Family]) -> list[Case]:
    every = [Case(family, level) for family in families for level in LEVELS[family]]
    return [case for case in every if case in found.scores]


def _table(found: Validity, families: Sequence[Family]) -> list[str]:
    lines = _head("perturbation")
    for case in _cases(found, families):
        cells = [_cell(found.of(case, key), key, len(found.clips)) for key in SCORES]
        lines.append(f"| {case.name} | {' | '.join(cells)} |")
    return lines


def _cell(a: Aggregate, key: str, clips: int) -> str:
    if not a.n:
        return "–"
    shown = BY_KEY[key].shown
    few = f" n {a.n}" if a.n < clips else ""
    interval = "" if a.bounds is None else f" [{', '.join(shown(bound) for bound in a.bounds)}]"
    return f"{shown(a.mean)}{interval}{few}"


def _falls(found: Validity, families: Sequence[Family]) -> list[str]:
    lines = _head("falls")
    for case in _cases(found, families):
        falls = [found.fall(case, key) for key in SCORES]
        cells = ["–" if math.isnan(fall) else f"{fall:.2f}" for fall in falls]
        lines.append(f"| {case.name} | {' | '.join(cells)} |")
    return lines


def _verdicts(findings: Sequence[Finding]) -> list[str]:
    """Return the pairs of score and family that are not as they ought to be, and how many are."""
    asked = [f for f in findings if f.fine is not None and f.family is not Family.SAME]
    bad = [f for f in asked if f.fine is False]
    lines = [
        f"{len(asked) - len(bad)} of {len(asked)} expectations are met. To *move* is to fall, at "
        f"the strongest level, by at least {MOVED:.2f} of what another clip falls by, and not to "
        "rise from one level to the next before it is at chance; to *stay* is to fall by at most "
        f"{STAYED:.2f} of it.", "",
    ]  # fmt: skip
    if not bad:
        return lines
    lines += ["| perturbation | score | ought to | falls by | monotone |", "|---|---|---|---|---|"]
    for f in bad:
        monotone = {None: "–", True: "yes", False: "no"}[f.monotone]
        lines.append(
            f"| {f.family.value} | {BY_KEY[f.key].name} | {f.ought.value} | {f.share:.2f} "
            f"| {monotone} |"
        )
    return lines


def validity_json(found: Validity, stamp: Mapping[str, str]) -> str:
    """Return all scores of all clips, their means and the findings as a JSON document."""
    record: dict[str, JsonValue] = {
        "format": FORMAT,
        "stamp": dict(stamp),
        "seed": found.seed,
        "clips": list(found.clips),
        "frames": found.frames,
        "cases": [_case(found, case) for case in found.scores],
        "findings": [
            {
                "family": f.family.value, "score": f.key, "ought": f.ought.value,
                "fall": _plain(f.share), "monotone": f.monotone, "fine": f.fine,
            }
            for f in found.findings() if f.ought is not Ought.FREE
        ],
    }  # fmt: skip
    return json.dumps(record, indent=1, allow_nan=False) + "\n"


def _case(found: Validity, case: Case) -> dict[str, JsonValue]:
    scores: dict[str, JsonValue] = {}
    for key in SCORES:
        a = found.of(case, key)
        low, high = a.bounds or (math.nan, math.nan)
        scores[key] = {
            "mean": _plain(a.mean), "low": _plain(low), "high": _plain(high), "n": a.n,
            "fall": _plain(found.fall(case, key)),
            "clips": [_plain(one[key]) for one in found.scores[case]],
        }  # fmt: skip
    graded = case.family in ORDERED
    return {
        "family": case.family.value, "level": case.level, "ordered": graded, "scores": scores,
    }  # fmt: skip


def _plain(value: float) -> float | None:
    return round(value, 6) if math.isfinite(value) else None
