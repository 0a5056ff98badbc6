"""What scoring costs beside tracking, and how its memory grows.

``python -m bench.scoring REAL GENERATED`` scores the pairs of two folders (as ``cogportrait bench
score`` does) and, in turns with it, follows the face of both videos with a bare MediaPipe loop:
frames from OpenCV, ``detect_for_video`` with scores and matrix, one face, opening included. The
peak memory is that of a process that scores one pair, and the same with every frame several times.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Final

import cv2
import numpy as np

from bench.memory import peak_mib
from bench.stamp import stamp
from cogportrait.bench.pairs import Pair, pair_up
from cogportrait.face.detector import open_detector
from cogportrait.io.reader import read_video
from cogportrait.io.video import VideoWriter

LONGER: Final = 8  # times that a clip is played in the long one


def track(path: Path) -> int:
    """Follow one face with a bare loop; return the number of frames."""
    source = cv2.VideoCapture(str(path))
    fps = source.get(cv2.CAP_PROP_FPS)
    count = 0
    with open_detector(video=True, faces=1) as detector:
        while True:
            more, frame = source.read()
            if not more:
                source.release()
                return count
            count += 1
            seen = np.asarray(cv2.cvtColor(frame, cv2.COLOR_BGR2RGB), np.uint8)
            detector.next_frame(seen, round(count * 1000 / fps))


def main(argv: Sequence[str] | None = None) -> int:
    """Print ratios and peaks as Markdown."""
    parser = argparse.ArgumentParser(prog="python -m bench.scoring", description=__doc__)
    parser.add_argument("real", type=Path)
    parser.add_argument("generated", type=Path)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--peak", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args(argv)
    if options.peak:
        return _peak(options.real, options.generated)
    pairs = [pair for pair in pair_up(options.real, options.generated) if pair.real]
    pairs = [pair for pair in pairs if pair.generated]
    if not pairs:
        parser.error(f"{options.real}, {options.generated}: no name is in both")
    print(
        *stamp().lines(), "", "| clip | frames of both | tracking s | scoring s | ratio |", sep="\n"
    )
    print("|---|--:|--:|--:|--:|")
    with tempfile.TemporaryDirectory() as folder:
        _score(pairs[0], Path(folder))  # once for what is loaded at first use
        ratios = [_in_turns(pair, options.repeats, Path(folder)) for pair in pairs]
        print(f"\nMedian of {len(ratios)} clips: {median(ratios):.2f} (asked: at most 1.3).")
        _memory(pairs[0], Path(folder))
    return 0


def _in_turns(pair: Pair, repeats: int, folder: Path) -> float:
    both = [file for file in (pair.real, pair.generated) if file]
    tracking: list[float] = []
    scoring: list[float] = []
    frames = 0
    for _ in range(repeats):
        start = time.perf_counter()
        frames = sum(track(file) for file in both)
        middle = time.perf_counter()
        _score(pair, folder)
        tracking.append(middle - start)
        scoring.append(time.perf_counter() - middle)
    ratio = median(s / t for s, t in zip(scoring, tracking, strict=True))
    print(
        f"| {pair.name} | {frames} | {median(tracking):.1f} | {median(scoring):.1f} | {ratio:.2f} |"
    )
    return ratio


def _score(pair: Pair, folder: Path) -> None:
    pair.run(folder)


def _memory(pair: Pair, folder: Path) -> None:
    peaks: list[float] = []
    for times in (1, LONGER):
        files: list[str] = []
        for name, file in (("real", pair.real), ("generated", pair.generated)):
            if file is None:
                return
            files.append(str(_played(file, times, folder / f"{name}_{times}.mp4")))
        done = subprocess.run(
            [sys.executable, "-m", "bench.scoring", *files, "--peak"],
            check=True, capture_output=True, text=True, env=os.environ,
        )  # fmt: skip
        peaks.append(float(done.stdout))
    print(
        f"Peak memory of scoring {pair.name}: {peaks[0]:.0f} MiB, played {LONGER} times over: "
        f"{peaks[1]:.0f} MiB, {peaks[1] / peaks[0]:.2f} times."
    )


def _played(source: Path, times: int, out: Path) -> Path:
    """Write a clip so many times one after the other."""
    video = read_video(source)
    with VideoWriter(out, fps=video.fps, size_px=video.size_px) as writer:
        for _ in range(times):
            for frame in read_video(source):
                writer.write(frame)
    return out


def _peak(real: Path, generated: Path) -> int:
    with tempfile.TemporaryDirectory() as folder:
        Pair("clip", real, generated).run(Path(folder))
    print(peak_mib() or float("nan"))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
