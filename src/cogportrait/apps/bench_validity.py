"""``cogportrait bench validity``: whether the scores measure what they say."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from cogportrait.apps.bench_running import measured_with
from cogportrait.apps.bench_validating import warn_of_headers
from cogportrait.apps.console import Console
from cogportrait.apps.earlier import check_earlier
from cogportrait.bench.clips import Emh, EmhClip
from cogportrait.bench.manifest import read_manifest
from cogportrait.bench.perturbations import Seen
from cogportrait.bench.perturbed_frames import frames_of
from cogportrait.bench.validity import (
    Film,
    Scores,
    Validity,
    control_scores,
    pixel_scores,
    seen_of,
)
from cogportrait.bench.validity_cases import Case
from cogportrait.bench.validity_page import FORMAT, KEYS, validity_json, validity_page
from cogportrait.bench.validity_plots import validity_png
from cogportrait.errors import CogPortraitError, InputError
from cogportrait.io.atomic import check_distinct, check_makeable, check_output_folder, write_files
from cogportrait.io.documents import read_document

FILES: Final = ("validity.md", "validity.json", "validity.png")
_MOST_READ: Final = 50_000_000  # bytes of a file that may be an earlier one of numbers
LEAST_FPS: Final = 24.0  # below it a blink has too few frames to be perturbed


@dataclass(frozen=True, slots=True)
class Tried:
    """Which clips the ruler is tried with."""

    clips: int | None = None  # at most so many, by chance; None: all
    seconds: float = 6.0  # of each, from its beginning
    seed: int = 0


def run_bench_validity(data: Path, output: Path, tried: Tried, console: Console) -> None:
    """Perturb clips, score them against themselves, and write page, numbers and curves.

    Raises
    ------
    InputError
        There are fewer than two clips that can be read.
    """
    check_output_folder(output, *FILES)
    numbers = output / FILES[1]
    check_earlier(
        output, FILES,
        lambda: read_document(numbers, "scores of perturbed clips", FORMAT, KEYS, _MOST_READ),
        "page of validity",
    )  # fmt: skip
    check_distinct([data], [output / name for name in FILES])
    check_makeable(output)
    emh = read_manifest(data)
    chosen = chosen_clips(emh, tried)
    warn_of_headers(data, {clip.name for clip in chosen}, console)
    with console.progress("perturbing", 2 * len(chosen)) as advance:
        films, seens = _read(emh, chosen, tried, console)
        advance(len(chosen))
        scores: dict[Case, list[Scores]] = defaultdict(list)
        for i, seen in enumerate(seens):
            film = _film(emh, films[i], tried)
            every = control_scores(seen, seens[(i + 1) % len(seens)], seed=tried.seed)
            for case, one in {**every, **pixel_scores(film, seen, seed=tried.seed)}.items():
                scores[case].append(one)
            advance(len(chosen) + i + 1)
    found = Validity(
        tuple(clip.name for clip in films), sum(len(seen) for seen in seens), tried.seed,
        {case: tuple(every) for case, every in scores.items()},
    )  # fmt: skip
    stamp = {"seconds": f"{tried.seconds:g}", **measured_with()}
    contents = (
        validity_page(found, stamp).encode(), validity_json(found, stamp).encode(),
        validity_png(found),
    )  # fmt: skip
    write_files(output, dict(zip(FILES, contents, strict=True)))
    asked = [f for f in found.findings() if f.fine is not None]
    met = sum(f.fine is True for f in asked)
    console.result(
        output / FILES[0],
        {"clips": len(films), "frames": found.frames, "met": met, "asked": len(asked)},
    )


def chosen_clips(emh: Emh, tried: Tried) -> list[EmhClip]:
    """Return clips of a rate that shows blinks, and no more than asked for, in their order.

    Raises
    ------
    InputError
        There are fewer than two: another clip is what falls are compared with.
    """
    fit = [c for c in emh.clips if c.fps >= LEAST_FPS - 0.5 and c.seconds >= min(2, tried.seconds)]
    if len(fit) < 2:
        raise InputError(
            f"{emh.name}: expected two clips or more of at least {LEAST_FPS:g} frames a second and "
            f"2 s, got {len(fit)}"
        )
    if tried.clips is None or tried.clips >= len(fit):
        return fit
    some = np.random.default_rng(tried.seed).choice(len(fit), tried.clips, replace=False)
    return [fit[i] for i in sorted(some)]


def _read(
    emh: Emh, clips: Sequence[EmhClip], tried: Tried, console: Console
) -> tuple[list[EmhClip], list[Seen]]:
    """Return the clips that can be read, and their readings; say which cannot."""
    kept: list[EmhClip] = []
    seens: list[Seen] = []
    for clip in clips:
        try:
            seens.append(seen_of(_film(emh, clip, tried)))
        except CogPortraitError as error:
            console.warn(f"{clip.name}: left out: {error}")
            continue
        kept.append(clip)
    if len(kept) < 2:
        raise InputError(f"{emh.name}: expected two clips or more with a face, got {len(kept)}")
    return kept, seens


def _film(emh: Emh, clip: EmhClip, tried: Tried) -> Film:
    frames, rate = frames_of(emh.path_of(clip), tried.seconds)
    return Film(clip.name, frames, rate)
