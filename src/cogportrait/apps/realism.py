"""``cogportrait report realism``: labels played for minutes, measured, beside their priors."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from cogportrait.agents.casting import shipped_library
from cogportrait.agents.loop import compile_brief, curves_behind
from cogportrait.apps.console import Console
from cogportrait.apps.cutting import unfit
from cogportrait.apps.measuring import rows_of_video
from cogportrait.apps.realism_page import laws, page
from cogportrait.apps.realism_plots import Played
from cogportrait.apps.sources import checked_clips
from cogportrait.behavior.labels import LABELS, resolve_label
from cogportrait.behavior.library.prototype import Prototype
from cogportrait.behavior.realism.judge import Judged, fits, inside_of, judge
from cogportrait.behavior.realism.observe import observe
from cogportrait.behavior.realism.quantities import Value, measured
from cogportrait.behavior.realism.recorded import (
    Recorded,
    from_clips,
    from_library,
    recorded_saccades,
)
from cogportrait.errors import FaceError, InputError, OutputError, shown
from cogportrait.face.clips import Clip
from cogportrait.face.measure import measure
from cogportrait.io.atomic import (
    check_distinct,
    check_makeable,
    check_output,
    check_output_folder,
    write_files,
)
from cogportrait.io.documents import JsonValue, read_document
from cogportrait.types import Brief
from cogportrait.version import __version__

FORMAT: Final = "cogportrait-realism/1"
FPS: Final = 25.0
SECONDS: Final = (20.0, 600.0)  # less shows no distribution; more is not planned at once
STEADY_S: Final = 300.0  # from which rates and shares are more than chance
STEM: Final = "realism"
KEYS: Final = ("format", "version", "seed", "seconds", "fps", "labels")
MOST_READ: Final = 50_000_000  # bytes of a file that may be an earlier report


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a report is about."""

    labels: tuple[str, ...]
    seconds: float
    seed: int
    clips: Path | None = None


def wanted_labels(text: str | None) -> tuple[str, ...]:
    """Return the labels of a list separated by commas, in the usual order; all of None.

    Raises
    ------
    InputError, LabelError
        The list is empty, or one is no label.
    """
    if text is None:
        return LABELS
    words = [word for word in text.split(",") if word.strip()]
    if not words:
        raise InputError(f"labels: expected names separated by commas, got {shown(text)}")
    named = {resolve_label(word) for word in words}
    return tuple(label for label in LABELS if label in named)


def run_realism(wanted: Wanted, output: Path, console: Console) -> None:
    """Play, measure, write the page and its numbers, and say where they are."""
    if not SECONDS[0] <= wanted.seconds <= SECONDS[1]:
        raise InputError(
            f"seconds: expected {SECONDS[0]:g} to {SECONDS[1]:g}, got {shown(wanted.seconds)}"
        )
    folder, stem = _place(output)
    names = (f"{stem}.html", f"{stem}.json")
    check_makeable(check_output_folder(folder, *names))
    _check_replaceable(folder / names[1])
    clips = [] if wanted.clips is None else checked_clips(wanted.clips)
    check_distinct([wanted.clips] if wanted.clips else [], [folder / name for name in names])
    prototypes = shipped_library().prototypes
    people = _people(clips, prototypes, wanted.labels, console)
    jobs = [(label, speaking) for label in wanted.labels for speaking in (False, True)]
    played: list[Played] = []
    with console.progress("playing", len(jobs)) as advance:
        for label, speaking in jobs:
            played.append(play(label, wanted, speaking=speaking))
            advance(len(played))
    about = (
        f"cogportrait {__version__}, seed {wanted.seed}, {wanted.seconds:g} s listening and "
        f"{wanted.seconds:g} s speaking (planned without sound) per label, {FPS:g} fps, curves at "
        f"250 Hz; measured by the segmenter, not read from the plans"
    )
    if wanted.seconds < STEADY_S:
        said = f"{wanted.seconds:g} s are short: what is outside its range is mostly chance"
        advice = f"give {STEADY_S:g} s or more"
        about = f"{about}. {said}; {advice}"
        console.warn(f"{said}; {advice} with --seconds")
    text = page(played, people, recorded_saccades(prototypes), about)
    record = _record(wanted, played, people)
    contents = {names[0]: text.encode(), names[1]: (json.dumps(record, indent=1) + "\n").encode()}
    write_files(folder, contents)
    console.result(folder / names[0], _summary(played, folder / names[1]))


def _check_replaceable(numbers: Path) -> None:
    """Raise unless nothing is lost where the page's numbers go: they follow the page's name."""
    if not numbers.exists():
        return
    try:
        read_document(numbers, "a realism report", FORMAT, KEYS, MOST_READ)
    except InputError as error:
        raise OutputError(
            f"{numbers}: is there and is no realism report, and the page's numbers would replace "
            "it: name the page differently"
        ) from error


def _place(output: Path) -> tuple[Path, str]:
    """Return the folder and the stem: ``DIR`` holds realism.html, ``FILE.html`` is itself."""
    if output.suffix.lower() == ".html" and not output.is_dir():
        check_output(output, ".html")
        return output.parent, output.stem
    if output.suffix and not output.is_dir():
        check_output(output, ".html")
    return output, STEM


def play(label: str, wanted: Wanted, *, speaking: bool) -> Played:
    """Return a label played for so long, and judged."""
    brief = Brief(label, wanted.seconds, FPS, wanted.seed, speaking=speaking)
    compiled = compile_brief(brief)
    seen = observe(compiled.controls, curves_behind(compiled, brief))
    judged = judge(seen, label, speaking=speaking)
    return Played(label, speaking, seen, judged, fits(seen.signature, speaking=speaking))


def _people(
    clips: Sequence[Clip],
    prototypes: Sequence[Prototype],
    labels: Sequence[str],
    console: Console,
) -> dict[str, dict[str, Recorded]]:
    """Return what recordings show, by label: of clips where there are such, else of the library."""
    seen: dict[str, list[Mapping[str, Value]]] = {label: [] for label in labels}
    for clip in clips:
        of = set(clip.labels) & set(labels)
        for values in _measured(clip, console) if of else ():
            for label in of:
                seen[label].append(values)
    return {
        label: {**from_library(prototypes, label), **from_clips(found)}
        for label, found in seen.items()
    }


def _measured(clip: Clip, console: Console) -> Iterator[Mapping[str, Value]]:
    """Yield the quantities of a clip, unless it shows too little of a face."""
    try:
        rows, fps = rows_of_video(clip.path, None, console)
    except FaceError as error:
        console.warn(f"left out: {error}")
        return
    if poor := unfit(rows, fps):
        console.warn(f"left out: {clip.name}: {poor}")
        return
    found = measure(rows, fps)
    yield measured(observe(found.controls, found=found.found))


def _number(value: float) -> float | None:
    return float(f"{value:.6g}") if np.isfinite(value) else None


def _quantity(q: Judged, recorded: Recorded | None) -> dict[str, JsonValue]:
    record: dict[str, JsonValue] = {
        "name": q.name, "unit": q.unit, "value": _number(q.value), "n": q.n, "inside": q.inside,
        "range": None, "recorded": None,
    }  # fmt: skip
    if q.expected is not None:
        e = q.expected
        record["range"] = {
            "low": _number(e.low), "high": _number(e.high), "mean": _number(e.mean),
            "rule": str(e.rule), "prior": e.prior, "how": e.how, "source": e.source,
            "published": e.published, "own": e.own,
        }  # fmt: skip
    if recorded is not None:
        record["recorded"] = {
            "median": _number(recorded.median), "min": _number(recorded.least),
            "max": _number(recorded.greatest), "n": recorded.n, "source": recorded.source,
        }  # fmt: skip
    return record


def _record(
    wanted: Wanted, played: Sequence[Played], people: Mapping[str, Mapping[str, Recorded]]
) -> dict[str, JsonValue]:
    labels: list[JsonValue] = []
    for one in played:
        good, known = inside_of(one.judged)
        own_good, own_known = inside_of(one.judged, own=True)
        of = people.get(one.label, {})
        labels.append({
            "label": one.label, "manner": "speaking" if one.speaking else "listening",
            "inside": good, "judged": known, "own_inside": own_good, "own_judged": own_known,
            "nearest": one.nearest, "fits": {k: _number(v) for k, v in one.fits.items()},
            "laws": {name: [_number(a), _number(b)] for name, (a, b) in laws(one).items()},
            "quantities": [_quantity(q, of.get(q.name)) for q in one.judged],
        })  # fmt: skip
    return {
        "format": FORMAT, "version": __version__, "seed": wanted.seed, "seconds": wanted.seconds,
        "fps": FPS, "labels": labels,
    }  # fmt: skip


def _summary(played: Sequence[Played], numbers: Path) -> dict[str, float | str | list[str]]:
    counts = [inside_of(p.judged) for p in played]
    shares = [good / known for good, known in counts if known]
    return {
        "numbers": str(numbers),
        "inside": sum(good for good, _ in counts),
        "judged": sum(known for _, known in counts),
        "least_share": round(min(shares), 4) if shares else 0.0,
        "nearest_to_another": [f"{p.label} {'speaking' if p.speaking else 'listening'}: {p.nearest}"
                               for p in played if p.nearest != p.label],
    }  # fmt: skip
