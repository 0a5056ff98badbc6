"""What guidance, hint and refinement do to what the diffusion transformer draws.

``python -m bench.diffusion CHECKPOINT... --footage DIR --people A B --windows 64`` draws windows of
people that were not trained on, from the controls of the real clip, with each checkpoint, each way
of guidance, and with more and less of a hint, at the same seeds. Real windows, what the codec
leaves of them, and the warped hint are read in the same way. Everything is drawn and read in the
view alone, at its own size; faces are followed in pictures three times as large; "no face" counts
frames in which there is none.

Unless it says otherwise the hint has a hole where the eyes are, so that eyes are drawn from
keypoints: of filmed clips it is the reference as the warp renderer draws it, of drawn clips the
clip itself. A whole hint, as the renderer has it, is that of filmed clips alone. Correlation is
Pearson's over all frames of all windows: gaze of both eyes, closure of both lids. Intervals are
95 %, bootstrap over windows; differences are of the same windows. A checkpoint with adapters is
also drawn without them, in fewer ways.
"""

import argparse
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray

from bench.stamp import TORCH, stamp
from cogportrait.face import landmarks as lm
from cogportrait.face.measure import FaceRows, measure
from cogportrait.face.neutral import estimated_from
from cogportrait.facs.channels import AU_INDEX
from cogportrait.metrics.aggregate import Aggregate, aggregate
from cogportrait.metrics.au_f1 import au_f1, au_f1_frame
from cogportrait.metrics.au_temp import au_temp
from cogportrait.metrics.color_shift import color_shift, region_colors
from cogportrait.metrics.eye_lmd import eye_lmd
from cogportrait.metrics.scored import scored_values
from cogportrait.metrics.standard.dlib_identity import open_dlib
from cogportrait.metrics.standard.files import NOTHING
from cogportrait.metrics.standard.identity import IdentityOfClip
from cogportrait.metrics.standard.measure import ClipStart, FramePair
from cogportrait.renderers.dit.adapters import adapters_of
from cogportrait.renderers.dit.checkpoint import (
    CODEC,
    About,
    open_codec,
    open_transformer,
    read_about,
)
from cogportrait.renderers.dit.codec import Codec
from cogportrait.renderers.dit.conditioning import Hint, hinted
from cogportrait.renderers.dit.fold import as_frames
from cogportrait.renderers.dit.guidance import FIXED_SCALE, Guidance, Guided
from cogportrait.renderers.dit.sampling import Calls, Network, Sampling, Scene, sample
from cogportrait.train.footage import Footage, read_footage
from cogportrait.train.judging import MEASURED_FPS, followed, larger
from cogportrait.train.samples import Prepared, prepare, windows_of

CLOSURE: Final = [AU_INDEX["AU43_L"], AU_INDEX["AU43_R"]]
MEASURES: Final = (
    "Eye-LMD", "AU-F1", "AU-F1-frame", "AU-Temp", "colour shift", "ID-Sim (dlib)", "calls",
    "seconds",
)  # fmt: skip
COMPARED: Final = MEASURES[:-2]  # whose differences from fixed guidance are told
ALL: Final = "all windows"
FILMED: Final = "filmed: the hint is the reference, warped by the measured controls"
DRAWN: Final = "drawn: the hint is the clip itself"
BARE: Final = " without lora"
DRAWS: Final = 1000  # of windows, for the intervals of correlations


Table = NDArray[np.floating[Any]]


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """What is read of a window that was drawn."""

    values: dict[str, float]
    gaze: Table  # [n, 2]: wanted, seen
    closure: Table
    lost: int = 0  # frames in which no face was seen, though the real one was


@dataclass(slots=True)
class Column:
    """What one way of drawing did, window by window."""

    values: dict[str, list[float]] = field(default_factory=lambda: {m: [] for m in MEASURES})
    gaze: list[Table] = field(default_factory=list)
    closure: list[Table] = field(default_factory=list)
    lost: int = 0

    def add(self, found: Reading) -> None:
        """Take a window in."""
        for name, value in found.values.items():
            self.values[name].append(value)
        if len(found.gaze):
            self.gaze.append(found.gaze)
            self.closure.append(found.closure)
        self.lost += found.lost

    def correlations(self) -> tuple[float, float]:
        """Return those of gaze and closure."""
        return _correlation(self.gaze), _correlation(self.closure)


@dataclass(frozen=True, slots=True, eq=False)
class Face:
    """Frames of a view, as they are followed."""

    large: list[NDArray[np.uint8]]
    rows: FaceRows
    points: list[NDArray[np.floating[Any]] | None]

    def array(self) -> NDArray[np.floating[Any]]:
        """Return the landmarks [T, 478, 2], NaN without a face."""
        nothing = np.full((478, 2), np.nan)
        return np.stack([nothing if p is None else p[:, :2] for p in self.points])


def follow(frames: NDArray[np.uint8]) -> Face:
    """Return the face in frames of a view."""
    rows, points = followed(frames)
    return Face([larger(frame) for frame in frames], rows, points)


class Reader:
    """Reads windows of one clip against its real frames and its reference."""

    def __init__(self, clip: Footage) -> None:
        self.still = follow(clip.frames[clip.origin.reference][None])
        self.name = clip.origin.name
        opened = open_dlib(NOTHING)
        self.identity = opened if isinstance(opened, IdentityOfClip) else None

    def read(self, real: Face, frames: NDArray[np.uint8]) -> Reading:
        """Read a window."""
        seen = follow(frames)
        region = lm.EYE_REGION
        values = {
            "Eye-LMD": eye_lmd(real.array()[:, region], seen.array()[:, region]),
            "colour shift": self._color(seen),
            "ID-Sim (dlib)": self._identity(seen),
        }
        both = real.rows.found & seen.rows.found
        lost = int((real.rows.found & ~seen.rows.found).sum())
        gaze = closure = np.zeros((0, 2))
        scores = {"AU-F1": float("nan"), "AU-F1-frame": float("nan"), "AU-Temp": float("nan")}
        if both.any() and self.still.rows.found.all():
            neutral = estimated_from(self.still.rows)
            wanted, found = (
                measure(face.rows, MEASURED_FPS, neutral=neutral).controls for face in (real, seen)
            )
            pairs = [(wanted.gaze_deg, found.gaze_deg), (wanted.aus, found.aus)]
            (ga, gb), (ca, cb) = [(a[both], b[both]) for a, b in pairs]
            gaze = np.stack([ga.ravel(), gb.ravel()], 1)
            closure = np.stack([ca[:, CLOSURE].ravel(), cb[:, CLOSURE].ravel()], 1)
            pair = scored_values(wanted)[both], scored_values(found)[both]
            scores = {
                "AU-F1": au_f1(*pair, MEASURED_FPS),
                "AU-F1-frame": au_f1_frame(*pair, MEASURED_FPS),
                "AU-Temp": au_temp(*pair, MEASURED_FPS),
            }
        return Reading(values | scores, gaze, closure, lost)

    def _color(self, seen: Face) -> float:
        first = self.still.points[0]
        if first is None:
            return float("nan")
        reference = region_colors(self.still.large[0], first)
        there = [(f, p) for f, p in zip(seen.large, seen.points, strict=True) if p is not None]
        if not there:
            return float("nan")
        return color_shift(reference, np.stack([region_colors(f, p) for f, p in there]))

    def _identity(self, seen: Face) -> float:
        first = self.still.points[0]
        if self.identity is None or first is None:
            return float("nan")
        self.identity.begin(ClipStart(self.name, MEASURED_FPS, self.still.large[0], first))
        for frame, points in zip(seen.large, seen.points, strict=True):
            if points is not None:
                self.identity.update(FramePair(frame, frame, points, points))
        return self.identity.compute()


def chosen(clips: Sequence[Prepared], length: int, count: int) -> Iterator[tuple[int, int]]:
    """Yield clips and first frames: of all people in turn, their clips in turn, spread over each.

    Clips without a window are left out.
    """
    of_person: dict[str, list[int]] = {}
    for k, clip in enumerate(clips):
        if len(windows_of(clip, length, 1)):
            of_person.setdefault(clip.person, []).append(k)
    people = list(of_person.values())
    each = -(-count // max(1, len(people)))
    for k in range(count if people else 0):
        held, turn = people[k % len(people)], k // len(people)
        which, again = held[turn % len(held)], turn // len(held)
        starts = windows_of(clips[which], length, 1)
        times = -(-each // len(held))  # that this clip is taken, at most
        yield which, int(starts[round((again + 0.5) / times * (len(starts) - 1))])


@dataclass(frozen=True, slots=True)
class Way:
    """How a column is drawn."""

    name: str
    checkpoint: str
    how: Sampling
    hint: Hint = Hint.AROUND


def ways(scales: Mapping[str, float], brief: Collection[str] = ()) -> list[Way]:
    """Return what is compared of each checkpoint, by the scale of guidance that it says.

    All but fixed guidance make predictions without conditions at every second step, unless it is
    said; "early steps" guides the first six of twelve alone, down to no guidance.

    Of `brief` ones only fixed guidance, and what is drawn by default with and without a hole.
    """
    out: list[Way] = []
    plain = Sampling(guidance=Guidance(Guided.FIXED, fixed=1.0))
    for n, scale in scales.items():
        own = About(scale=scale).how()
        told = "" if scale == FIXED_SCALE else f", scale {scale:g}"
        out.append(Way(f"{n}, fixed", n, Sampling(guidance=Guidance(Guided.FIXED))))
        if n in brief:
            out += [
                Way(f"{n}, both{told}", n, own),
                Way(f"{n}, both{told}, whole hint", n, own, Hint.WHOLE),
            ]
            continue
        out += [Way(f"{n}, {g}", n, About().how(g)) for g in Guided if g is not Guided.FIXED]
        if told:
            out.append(Way(f"{n}, both{told}", n, own))
        fixed = Sampling(guidance=Guidance(Guided.FIXED), renew=own.renew)
        out += [
            Way(f"{n}, fixed, renewed every 2nd step", n, fixed),
            Way(f"{n}, both{told}, renewed at every step", n, replace(own, renew=1)),
            Way(f"{n}, both{told}, early steps", n, Sampling(guidance=Guidance().scaled(scale))),
            Way(f"{n}, none", n, plain),
            Way(f"{n}, both{told}, whole hint", n, own, Hint.WHOLE),
            Way(f"{n}, both{told}, no hint", n, own, Hint.NONE),
        ]
    return out


@torch.no_grad()
def main(argv: Sequence[str] | None = None) -> int:
    """Print tables as Markdown."""
    parser = argparse.ArgumentParser(prog="python -m bench.diffusion", description=__doc__)
    parser.add_argument("checkpoints", type=Path, nargs="+")
    parser.add_argument("--footage", type=Path, required=True)
    parser.add_argument("--people", nargs="+", required=True)
    parser.add_argument("--windows", type=int, default=64)
    parser.add_argument("--length", type=int, default=8)
    options = parser.parse_args(argv)
    codec = open_codec(options.checkpoints[0] / CODEC)
    names = [path.parent.name or path.name for path in options.checkpoints]
    networks: dict[str, Network] = {}
    scales: dict[str, float] = {}
    for name, path in zip(names, options.checkpoints, strict=True):
        networks[name], scales[name] = open_transformer(path), read_about(path).scale
        if adapters_of(path) is not None:
            networks[f"{name}{BARE}"] = open_transformer(path, adapted=False)
            scales[f"{name}{BARE}"] = scales[name]
    films = [read_footage(path) for path in sorted(options.footage.glob("*.safetensors"))]
    films = [film for film in films if film.origin.person in options.people]
    clips = [prepare(film, codec) for film in films]
    brief = [name for name in networks if name.endswith(BARE)]
    size = options.length, options.windows
    groups = run(films, clips, codec, networks, ways(scales, brief), size)
    print("\n".join(stamp(*TORCH).lines()))
    print(f"\n{options.windows} windows of {options.length} frames, {len(films)} clips")
    for group, columns in groups.items():
        if any(column.values["Eye-LMD"] for column in columns.values()):
            print(f"\n{group}\n")
            print("\n".join(tables(columns)))
    return 0


def run(
    films: Sequence[Footage],
    clips: Sequence[Prepared],
    codec: Codec,
    networks: Mapping[str, Network],
    how: Sequence[Way],
    size: tuple[int, int],
) -> dict[str, dict[str, Column]]:
    """Return the columns by name, of all windows and of those filmed and drawn."""
    length, count = size
    names = ("codec", "hint", *(way.name for way in how))
    groups = {group: {name: Column() for name in names} for group in (ALL, FILMED, DRAWN)}
    readers = [Reader(film) for film in films]
    for number, (which, start) in enumerate(chosen(clips, length, count)):
        film, clip, reader = films[which], clips[which], readers[which]
        frames = start + np.arange(length)
        real = follow(film.frames[frames])
        batch = clip.window(frames)

        def add(name: str, found: Reading, *, drawn: bool = film.origin.drawn) -> None:
            for group in (ALL, DRAWN if drawn else FILMED):
                groups[group][name].add(found)

        add("codec", reader.read(real, as_frames(codec.decode(batch.data)[0])))
        if len(film.hints):
            add("hint", reader.read(real, film.hints[frames]))
        for way in how:
            if film.origin.drawn and way.hint is Hint.WHOLE:
                continue  # it is the clip itself
            eyes = batch.eyes[0, 0].numpy()
            scene = Scene(0, True, hinted(batch.given, way.hint, eyes), eyes)
            calls, begun = Calls(), time.perf_counter()
            drawn = sample(
                networks[way.checkpoint], [scene], codec.channels, way.how, seed=number,
                calls=calls,
            )  # fmt: skip
            pictures = as_frames(codec.decode(next(iter(drawn)))[0])
            spent = {"seconds": time.perf_counter() - begun, "calls": float(calls.count)}
            found = reader.read(real, pictures)
            add(way.name, replace(found, values=found.values | spent))
    return groups


def tables(columns: dict[str, Column]) -> Iterator[str]:
    """Yield two tables: means, and differences from fixed guidance."""
    yield f"| | {' | '.join(MEASURES)} | gaze r | closure r | no face | n |"
    yield "|---" + "|--:" * (len(MEASURES) + 4) + "|"
    for name, column in columns.items():
        cells = [_told(aggregate(column.values[m])) if column.values[m] else "" for m in MEASURES]
        cells += [_correlated(column.gaze), _correlated(column.closure), str(column.lost)]
        n = len(column.values["Eye-LMD"])
        yield f"| {name} | {' | '.join(cells)} | {n} |"
    yield ""
    yield f"| difference from fixed | {' | '.join(COMPARED)} |"
    yield "|---" + "|--:" * len(COMPARED) + "|"
    for name, column in columns.items():
        fixed = columns.get(f"{name.split(',')[0]}, {Guided.FIXED}")
        same = fixed is not None and len(fixed.values["Eye-LMD"]) == len(column.values["Eye-LMD"])
        if fixed is None or fixed is column or not same:
            continue
        cells = [
            _told(aggregate(list(np.subtract(column.values[m], fixed.values[m])))) for m in COMPARED
        ]
        yield f"| {name} | {' | '.join(cells)} |"


def _told(found: Aggregate) -> str:
    return f"{found.mean:.4f} ({found.low:.4f} to {found.high:.4f})"


def _correlated(parts: Sequence[NDArray[np.floating[Any]]]) -> str:
    rng = np.random.default_rng(0)
    draws = rng.integers(len(parts), size=(DRAWS, len(parts))) if parts else []
    found = [_correlation([parts[k] for k in draw]) for draw in draws]
    known = [value for value in found if np.isfinite(value)]
    low, high = np.percentile(known, [2.5, 97.5]) if known else (np.nan, np.nan)
    return f"{_correlation(parts):.3f} ({low:.3f} to {high:.3f})"


def _correlation(parts: Sequence[NDArray[np.floating[Any]]]) -> float:
    if not parts:
        return float("nan")
    a, b = np.concatenate(parts).astype(np.float64).T
    if not (a.std() > 0 and b.std() > 0):
        return float("nan")
    return float(np.corrcoef(a, b)[0, 1])


if __name__ == "__main__":
    raise SystemExit(main())
