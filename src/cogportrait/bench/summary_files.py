"""A summary as JSON, and the scores of all clips as CSV."""

import csv
import json
import math
from collections.abc import Mapping
from io import StringIO
from typing import Final

from cogportrait.bench.measures import ABSENT, OF_RUNS, measures_of
from cogportrait.bench.rows import ClipRow, Stamp
from cogportrait.bench.store import Run
from cogportrait.bench.summary import Paired, Part, RunSummary, Summary
from cogportrait.io.documents import JsonValue
from cogportrait.metrics.aggregate import Aggregate
from cogportrait.version import __version__

FORMAT: Final = "cogportrait-bench-summary/1"
KEYS: Final = ("format", "version", "measures", "missing", "runs", "paired", "cautions")
_FACTS: Final = (
    "run", "name", "category", "actor", "seconds", "fps", "width_px", "height_px", "face_px",
    "frontal", "frames", "error", "warnings",
)  # fmt: skip


def summary_json(summary: Summary) -> str:
    """Return the summary as a JSON document; what is undefined is null."""
    record: dict[str, JsonValue] = {
        "format": FORMAT,
        "version": __version__,
        "measures": {
            m.key: {"name": m.name, "better": str(m.better), "unit": m.unit, "ours": m.ours}
            for m in (*summary.measures, *summary.absent)
        },
        "missing": [
            {"measure": one.measure.key, "runs": list(one.runs), "reason": one.reason}
            for one in summary.lacks
        ],
        "runs": [_run(run) for run in summary.runs],
        "paired": [_paired(one, summary.runs[0].name) for one in summary.paired],
        "cautions": list(summary.cautions),
    }
    return json.dumps(record, indent=1, allow_nan=False) + "\n"


def scores_csv(runs: Mapping[str, Run]) -> str:
    """Return one line a clip and run: facts, then measures; what is undefined is empty.

    Standard measures have their column also where no clip has a number of them.
    """
    rows = [(name, row) for name, run in runs.items() for row in run.rows]
    found = {key for _, row in rows for key in row.scores}
    keys = [m.key for m in measures_of(found | (ABSENT.keys() - OF_RUNS))]
    out = StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow([*_FACTS, *keys])
    for name, row in rows:
        scores = [_plain(row.scores.get(key, math.nan)) for key in keys]
        table.writerow([name, *_facts(row), *scores])
    return out.getvalue()


def _facts(row: ClipRow) -> list[str]:
    size = (_counted(side) for side in row.size_px)
    numbers = [_plain(row.seconds), _plain(row.fps), *size, _plain(row.face_px)]
    return [
        row.name, row.category, row.actor, *numbers, row.frontal, _counted(row.frames),
        row.error, " | ".join(row.warnings),
    ]  # fmt: skip


def _counted(number: int) -> str:
    """Return a number of pixels or frames; a clip that failed has none that is known."""
    return str(number) if number else ""


def _plain(value: float) -> str:
    return f"{value:.6g}" if math.isfinite(value) else ""


def _known(value: float) -> float | None:
    return float(f"{value:.6g}") if math.isfinite(value) else None


def _aggregate(a: Aggregate) -> dict[str, JsonValue]:
    low, high = a.bounds or (math.nan, math.nan)
    return {
        "mean": _known(a.mean), "low": _known(low), "high": _known(high), "n": a.n,
        "undefined": a.undefined,
    }  # fmt: skip


def _scores(scores: Mapping[str, Aggregate]) -> dict[str, JsonValue]:
    return {key: _aggregate(a) for key, a in scores.items()}


def _part(part: Part) -> dict[str, JsonValue]:
    return {"name": part.name, "clips": part.clips, "scores": _scores(part.scores)}


def _run(run: RunSummary) -> dict[str, JsonValue]:
    return {
        "name": run.name,
        "stamp": _stamp(run.stamp),
        "all": _part(run.every),
        "categories": [_part(part) for part in run.categories],
        "subset": _part(run.subset),
        "of_the_whole_run": list(run.whole),
        "failed": [{"clip": clip, "error": line} for clip, line in run.failed],
        "warned": [{"clip": clip, "warning": line} for clip, line in run.warned],
    }


def _stamp(stamp: Stamp) -> dict[str, JsonValue]:
    return {
        "protocol": stamp.protocol, "mode": stamp.mode, "renderer": stamp.renderer,
        "seed": stamp.seed, "data": stamp.data, "options": dict(stamp.options),
        "tracker": stamp.tracker, "versions": dict(stamp.versions),
    }  # fmt: skip


def _paired(one: Paired, first: str) -> dict[str, JsonValue]:
    return {
        "run": one.name, "less": first, "clips": one.clips, "differences": _scores(one.scores),
    }  # fmt: skip
