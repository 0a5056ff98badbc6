"""What a run's report says beside its scores: measures it could not have, and cautions.

``DIR/remarks.json`` lies in a run's folder (:mod:`cogportrait.bench.rows`), so that a report that
is made later, or elsewhere, still says what to install or fetch.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cogportrait.bench.measures import ABSENT, MEASURES, Measure
from cogportrait.errors import InputError, plain
from cogportrait.io.atomic import write_text
from cogportrait.io.documents import JsonValue, read_document
from cogportrait.metrics.standard.measure import Missing

FORMAT: Final = "cogportrait-bench-remarks/1"
FILE: Final = "remarks.json"
MAX_BYTES: Final = 2**20
OTHERWISE: Final = (
    "clips prepared otherwise than HDTF's: the manifest is not one of `bench hdtf-prepare`, and "
    "what is measured does not stand beside figures of HDTF"
)
UNKNOWN: Final = "it is not known whether its clips were prepared as HDTF's by `bench hdtf-prepare`"
UNSCORED: Final = "no clip could be scored; the clips that failed say why"
_KEYS: Final[Mapping[str, str]] = {m.name: m.key for m in MEASURES}
_NEEDS: Final = "docs/metrics.md says what it needs"


@dataclass(frozen=True, slots=True)
class Remarks:
    """What is to be said of a run."""

    missing: Mapping[str, str]  # key of a measure that was asked for -> what it lacks; what to do
    cautions: tuple[str, ...]


def write_remarks(folder: Path, missing: Iterable[Missing], cautions: Sequence[str] = ()) -> None:
    """Write ``remarks.json`` into the folder of a run; one that is there is replaced."""
    reasons: dict[str, JsonValue] = {
        _KEYS[one.measure.value]: f"{one.lacks}; {one.fix}" for one in missing
    }
    record: dict[str, JsonValue] = {
        "format": FORMAT, "missing": reasons, "cautions": list(cautions),
    }  # fmt: skip
    write_text(folder / FILE, json.dumps(record, indent=1, allow_nan=False) + "\n")


def read_remarks(folder: Path) -> Remarks | None:
    """Return the remarks of a run; None if it has none.

    Raises
    ------
    InputError
        The file is damaged.
    """
    file = folder / FILE
    if not file.exists():
        return None
    keys = ("format", "missing", "cautions")
    document = read_document(file, "remarks of a run", FORMAT, keys, MAX_BYTES)
    missing, cautions = document.get("missing"), document.get("cautions")
    if not isinstance(missing, Mapping) or not isinstance(cautions, list | tuple):
        raise InputError(f"{file}: expected missing and cautions, got other things")
    reasons = {str(key): plain(str(line)) for key, line in missing.items()}
    return Remarks(reasons, tuple(plain(str(line)) for line in cautions))


def reason_of(m: Measure, remarks: Remarks | None, *, scored: bool = True) -> str:
    """Return why a run has no number of a measure, and what gives it one.

    Parameters
    ----------
    m
        A standard measure; of a run without a scored clip, any.
    scored
        Whether the run has scored a clip, or had none to score.
    """
    if remarks is not None and m.key in remarks.missing:
        return remarks.missing[m.key]
    option = ABSENT.get(m.key, "")
    if not scored:
        return f"{UNSCORED}; it is asked for with `--measure {option}`" if option else UNSCORED
    if option:
        return f"not asked for; run it with `--measure {option}`, {_NEEDS}"
    return f"not measured; {_NEEDS}"
