"""Blinks found in clips against blinks that were annotated by eye.

``python -m bench.blinks CLIPS_FOLDER`` measures every clip of ``bench/annotations/blinks.tsv`` and
reports hits, extra and missed blinks, event F1 and the error of the closed frame. The table gives
first and last frame in which a lid is seen to be lower than before, from enlarged film strips;
``ignore`` marks the ends of clips, motion blur and gaps of the tracker.
"""

import argparse
import csv
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from bench.stamp import stamp
from cogportrait.behavior.segment.events import EventType, FaceEvent, segment
from cogportrait.face.measure import face_rows, measure
from cogportrait.io.reader import read_video

TABLE: Final = Path(__file__).parent / "annotations" / "blinks.tsv"
BLINKS: Final = (EventType.BLINK, EventType.PARTIAL_BLINK, EventType.DOUBLE_BLINK)
SLACK_FRAMES: Final = 1  # by which an apex may lie outside what was annotated


@dataclass(slots=True)
class Clip:
    """What was annotated in one clip: spans of frames, both ends included."""

    blinks: list[tuple[int, int]] = field(default_factory=list)
    ignored: list[tuple[int, int]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Score:
    """Blinks of one clip."""

    hits: int
    extra: int
    missed: int

    @property
    def f1(self) -> float:
        """Event F1; NaN where there is nothing."""
        total = 2 * self.hits + self.extra + self.missed
        return 2 * self.hits / total if total else float("nan")


def read_annotations(table: Path = TABLE) -> dict[str, Clip]:
    """Return what was annotated, by clip."""
    clips: dict[str, Clip] = defaultdict(Clip)
    with table.open(newline="", encoding="utf-8") as stream:
        for row in csv.DictReader(stream, delimiter="\t"):
            span = int(row["first_frame"]), int(row["last_frame"])
            clip = clips[row["clip"]]
            if row["kind"] in ("blink", "partial"):
                clip.blinks.append(span)
            elif row["kind"] in ("ignore", "long_closure"):
                clip.ignored.append(span)
    return dict(clips)


def score(clip: Clip, events: Sequence[FaceEvent], fps: float) -> Score:
    """Return hits, extra and missed blinks; one found blink pairs with one annotated at most."""
    apexes = [event.apex_s * fps for event in events if event.kind in BLINKS]
    apexes = [a for a in apexes if not any(_within(a, span) for span in clip.ignored)]
    left = list(clip.blinks)
    hits = 0
    for apex in apexes:
        pair = next((span for span in left if _within(apex, span)), None)
        if pair is not None:
            left.remove(pair)
            hits += 1
    return Score(hits, len(apexes) - hits, len(left))


def _within(frame: float, span: tuple[int, int]) -> bool:
    return span[0] - SLACK_FRAMES <= frame <= span[1] + SLACK_FRAMES


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure the clips and print the table."""
    parser = argparse.ArgumentParser(prog="python -m bench.blinks", description=__doc__)
    parser.add_argument("clips", type=Path, help="folder of the clips")
    folder = parser.parse_args(arguments).clips
    print(f"{stamp()}\n\n| clip | hits | extra | missed | F1 |\n|---|---|---|---|---|")
    total = [0, 0, 0]
    for name, clip in read_annotations().items():
        video = read_video(folder / name)
        measured = measure(face_rows(video, video.fps), video.fps)
        one = score(clip, segment(measured.controls, measured.found), video.fps)
        print(f"| {name} | {one.hits} | {one.extra} | {one.missed} | {one.f1:.3f} |", flush=True)
        total = [a + b for a, b in zip(total, (one.hits, one.extra, one.missed), strict=True)]
    every = Score(*total)
    print(f"| all | {every.hits} | {every.extra} | {every.missed} | {every.f1:.3f} |")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
