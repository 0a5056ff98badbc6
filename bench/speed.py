"""Speed: the whole of ``animate`` after tracking against a floor, side by side in one run.

The floor is what any warping renderer must do: one full-frame cubic ``cv2.remap`` and one x264
frame, with the same encoder settings, for as many frames of the same size. Also the time of a plan
and the peak memory of a long clip against a short one. ``python -m bench.speed -o DIR``.
"""

import argparse
import json
import math
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter, process_time

import cv2
import numpy as np

from bench.fidelity.portrait import load_portrait
from bench.memory import peak_mib
from bench.stamp import stamp
from cogportrait.io.video import VideoWriter
from cogportrait.pipeline import Request, animate, plan
from cogportrait.types import Portrait

FPS = 25.0
HEIGHT_PX = 512
CLIP_S = 10.0
LONG_S = 300.0
LABEL = "social_engagement"
FLOOR_BOUND = 2.5  # times the floor
PLAN_BOUND_MS = 60.0
MEMORY_BOUND = 1.2


def timed(run: Callable[[], object]) -> tuple[float, float]:
    """Return the seconds a call takes, and the processor seconds of all its threads."""
    start, start_cpu = perf_counter(), process_time()
    run()
    return perf_counter() - start, process_time() - start_cpu


def floor(portrait: Portrait, folder: Path) -> None:
    """Remap and encode the portrait as many times as a clip has frames."""
    height, width = portrait.image.shape[:2]
    y, x = np.mgrid[:height, :width].astype(np.float32)
    with VideoWriter(folder / "floor.mp4", fps=FPS, size_px=(width, height)) as writer:
        for i in range(round(CLIP_S * FPS)):
            moved = x + np.float32(2.0 * np.sin(i / 5))
            frame = cv2.remap(portrait.image, moved, y, cv2.INTER_CUBIC)
            writer.write(np.asarray(frame, np.uint8))


def whole(portrait: Portrait, folder: Path, seed: int) -> None:
    """Plan, map, render and encode a clip."""
    request = Request(label=LABEL, duration_s=CLIP_S, fps=FPS, seed=seed)
    animate(portrait, request, folder / "whole.mp4")


def peak_memory_mib(duration_s: float, picture: Path) -> float:
    """Return the peak resident memory of one animation in a process of its own."""
    command = [sys.executable, "-m", "bench.speed", str(picture), "--measure-memory"]
    done = subprocess.run([*command, str(duration_s)], check=True, capture_output=True, text=True)
    return float(done.stdout.strip().splitlines()[-1])


def _animate_for_memory(picture: Path, duration_s: float) -> None:
    portrait = load_portrait(picture, HEIGHT_PX)
    with tempfile.TemporaryDirectory() as name:
        request = Request(label=LABEL, duration_s=duration_s, fps=FPS)
        animate(portrait, request, Path(name) / "clip.mp4")
    print(peak_mib())


def measure(picture: Path, repeats: int, *, memory: bool) -> dict[str, float]:
    """Return all figures, times as medians of alternating repeats."""
    portrait = load_portrait(picture, HEIGHT_PX)
    floors: list[tuple[float, float]] = []
    wholes: list[tuple[float, float]] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        whole(portrait, folder, seed=99)  # warm-up: imports, fonts, caches
        for seed in range(repeats):
            floors.append(timed(partial(floor, portrait, folder)))
            wholes.append(timed(partial(whole, portrait, folder, seed)))
    plans = [
        timed(partial(plan, Request(label=LABEL, duration_s=CLIP_S, seed=seed)))
        for seed in range(20)
    ]
    (floor_s, floor_cpu_s), (animate_s, animate_cpu_s) = _medians(floors), _medians(wholes)
    figures = {
        "floor_s": floor_s,
        "animate_s": animate_s,
        "floor_cpu_s": floor_cpu_s,
        "animate_cpu_s": animate_cpu_s,
        "animate_over_floor": animate_s / floor_s,
        "animate_over_floor_cpu": animate_cpu_s / floor_cpu_s,
        "real_time_factor": CLIP_S / animate_s,
        "plan_ms": 1000 * _medians(plans)[0],
    }
    if memory:
        short, long = (peak_memory_mib(s, picture) for s in (CLIP_S, LONG_S))
        figures |= {"memory_10s_mib": short, "memory_300s_mib": long, "memory_ratio": long / short}
    return figures


def _medians(runs: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Return the median of the seconds and of the processor seconds."""
    return median(run[0] for run in runs), median(run[1] for run in runs)


def report(figures: dict[str, float]) -> str:
    """Return the figures against their bounds, as Markdown."""
    rows = [
        ("animate / floor", "animate_over_floor", 0.0, FLOOR_BOUND),
        ("times real time at 25 fps", "real_time_factor", 1.0, math.inf),
        ("plan for 10 s, ms", "plan_ms", 0.0, PLAN_BOUND_MS),
        ("peak memory, 300 s / 10 s", "memory_ratio", 0.0, MEMORY_BOUND),
    ]
    lines = ["| met | figure | value | bound |", "|---|---|---|---|"]
    for text, name, least, most in rows:
        if name in figures:
            met = "yes" if least <= figures[name] <= most else "NO"
            bound = f"<= {most:g}" if math.isfinite(most) else f">= {least:g}"
            lines.append(f"| {met} | {text} | {figures[name]:.2f} | {bound} |")
    others = ", ".join(f"{name} {value:.2f}" for name, value in figures.items())
    return "\n".join([*lines, "", others])


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print and write the report."""
    parser = argparse.ArgumentParser(prog="python -m bench.speed", description=__doc__)
    parser.add_argument("portrait", nargs="?", type=Path, default=Path("astronaut"))
    parser.add_argument("-o", "--output", type=Path, default=Path("out/speed"))
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--no-memory", action="store_true", help="leave out the long clip")
    parser.add_argument("--measure-memory", type=float, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.measure_memory:
        _animate_for_memory(options.portrait, options.measure_memory)
        return 0
    if not options.no_memory and peak_mib() is None:
        parser.error("this system does not tell the peak memory of a process; add --no-memory")
    figures = measure(options.portrait, options.repeats, memory=not options.no_memory)
    machine = stamp()
    head = f"# Speed\n\n{HEIGHT_PX} px, {CLIP_S:g} s at {FPS:g} fps, median of {options.repeats}"
    text = "\n\n".join([head, *machine.lines(), report(figures)]) + "\n"
    print(text)
    options.output.mkdir(parents=True, exist_ok=True)
    (options.output / "speed.md").write_text(text, encoding="utf-8")
    record = {"stamp": machine.as_dict(), "repeats": options.repeats, "figures": figures}
    (options.output / "speed.json").write_text(json.dumps(record, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
