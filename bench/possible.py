"""Whether anything impossible leaves Stage 1.

``python -m bench.possible [--briefs 1000] [--plans 3000] [--courses 500] [--first 0]`` compiles
random briefs of 60 to 120 s, most of them with instructions that close eyes; random plans as a
hostile language model may send them: extreme times and sizes, up to 120 events, clips of 6 to 70 s;
and courses told point by point that no face could follow. What comes out is criticized anew.
Prints how many needed what, and every one with a hard finding; returns 1 if there is one.
"""

import argparse
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, Final, get_args

import numpy as np

from cogportrait.agents.critic import criticize
from cogportrait.agents.llm.schema import Channel, EventReply, Kind, PlanReply
from cogportrait.agents.loop import compile_brief, compile_plan
from cogportrait.behavior.labels import LABELS
from cogportrait.errors import CogPortraitError
from cogportrait.types import Brief, CompiledBrief

SHUT: Final = (
    "closes the eyes", "Eyes closed throughout.", "The eyes gradually close over three seconds.",
    "Keeps both eyes shut for the whole clip except for one glance to the right.",
    "Simultaneously raises the eyebrows and opens the mouth, and afterwards closes both eyes.",
    "Shuts the right eye, keeping the left open.", "closes her left eye", "eyes half closed",
    "closes the eyes for 30 seconds, then opens them", "closes the eyes at 20 s", "squints",
    "closes the eyes and keeps them closed, then looks up at 50 s", "eyes wide open",
    "without blinking", "winks with the left eye, then closes the eyes", "blinks 40 times",
    "closes the eyes slowly, opens them, closes them again", "falls asleep",
)  # fmt: skip
OTHERS: Final = (
    "looks left quickly, then smiles and nods twice", "shakes the head fast",
    "yawns, then smirks and raises one eyebrow", "rolls her eyes twice, then laughs",
    "turns the head 30 degrees to the left", "surprised, then angry", "frowns for 40 seconds",
    "raises the eyebrows until the end", "looks down, then away", "tilts the head to the right",
)  # fmt: skip
COURSES: Final = (
    *(f"AU{n}{side}" for n in (1, 2, 4, 5, 6, 7, 12, 43) for side in ("", "L", "R")),
    "AU17", "AU25", "AU26", "AU27", "AU45", "AU46L", "AU46R", "Gaze", "Head", "Gaze", "Head",
    "Shift", "Shift",
)  # fmt: skip
FPS: Final = (10.0, 23.976, 25.0, 30.0, 60.0)


def random_brief(rng: np.random.Generator) -> Brief:
    """Return a brief of 60 to 120 s; seven in ten close the eyes in some way."""
    said = [str(rng.choice(SHUT))] if rng.random() < 0.7 else []
    said += [str(rng.choice(OTHERS))] if rng.random() < 0.5 else []
    rng.shuffle(said)
    return Brief(
        str(rng.choice(LABELS)), float(rng.uniform(60, 120)), float(rng.choice(FPS)),
        int(rng.integers(2**31)), ". Then ".join(said), float(rng.choice((0.25, 1.0, 1.5))),
        bool(rng.random() < 0.5),
    )  # fmt: skip


def _value(rng: np.random.Generator) -> float:
    some = (0.0, 90.0, -90.0, 1.0, -1.0, 0.5, 1e-9, rng.uniform(-90, 90), rng.random())
    return float(rng.choice(some))


def _seconds(rng: np.random.Generator, duration_s: float) -> float:
    some = (0.0, 0.0, duration_s - 0.001, 600.0, 1e-6, rng.uniform(0, duration_s),
            rng.uniform(0, 0.05), rng.uniform(0, 1))  # fmt: skip
    return float(rng.choice(some))


def random_event(rng: np.random.Generator, duration_s: float) -> EventReply:
    """Return an event with extreme times and sizes."""
    moves: Any = [
        {"channel": str(rng.choice(get_args(Channel))), "value": _value(rng)}
        for _ in range(int(rng.integers(1, 11)))
    ]
    start_s = rng.uniform(0, duration_s) if rng.random() < 0.8 else _seconds(rng, duration_s)
    return EventReply(
        kind=rng.choice(get_args(Kind)), start_s=float(start_s), rise_s=_seconds(rng, duration_s),
        hold_s=_seconds(rng, duration_s), fall_s=_seconds(rng, duration_s),
        side=rng.choice(("both", "L", "R")), moves=moves, cycles=float(rng.uniform(0, 20)),
        instructed=bool(rng.random() < 0.3),
    )  # fmt: skip


def compiled_brief(rng: np.random.Generator) -> CompiledBrief:
    """Return what comes of a random brief."""
    return compile_brief(random_brief(rng))


def random_courses(rng: np.random.Generator, duration_s: float) -> str:
    """Return courses told point by point (``agents.notation``), wilder than any face goes."""
    lines: list[str] = []
    for name in rng.choice(COURSES, int(rng.integers(1, 9)), replace=False):
        many = int(rng.choice((1, 3, 10, 60)))
        # Some all over the clip, some within a moment.
        room = duration_s if rng.random() < 0.6 else rng.uniform(0.05, 1.0)
        points = [f"{_point(rng, str(name))} at {rng.uniform(0, room):.2f} s" for _ in range(many)]
        lines.append(f"{name}: {', '.join(points)}.")
    return " ".join([*lines, *(["Nothing else."] if rng.random() < 0.5 else [])])[:5000]


def _point(rng: np.random.Generator, name: str) -> str:
    if name == "Shift":
        return _place(rng)
    if name not in ("Gaze", "Head"):
        return f"{rng.choice((0, 1, 20, 50, 100, 400))}%"
    ways = [("left", "right"), ("up", "down"), ("tilted left", "tilted right")]
    said = [
        f"{rng.choice((1, 5, 20, 45, 90))} {rng.choice(way)}"
        for way in ways[: 2 if name == "Gaze" else 3]
        if rng.random() < 0.7
    ]
    return " ".join(said) or "ahead"


def _place(rng: np.random.Generator) -> str:
    ways = [("left", "right"), ("up", "down"), ("nearer", "farther")]
    said = [
        f"{rng.choice((0.01, 0.1, 0.3, 0.5, 0.6, 9))} {rng.choice(way)}"
        for way in ways
        if rng.random() < 0.7
    ]
    return " ".join(said) or "none"


def compiled_courses(rng: np.random.Generator) -> CompiledBrief:
    """Return what comes of random courses."""
    seconds = float(rng.choice((0.5, 2.0, 6.0, 30.0)))
    fps, seed = float(rng.choice(FPS)), int(rng.integers(2**31))
    text = random_courses(rng, seconds)
    return compile_brief(Brief(str(rng.choice(LABELS)), seconds, fps, seed, text))


def compiled_plan(rng: np.random.Generator) -> CompiledBrief:
    """Return what comes of a random plan."""
    seconds = float(rng.choice((6.0, 6.0, 6.0, 6.0, 6.0, 6.0, 6.0, 6.0, 20.0, 70.0)))
    many = int(rng.choice((1, 3, 10, 30, 120)))
    events = [random_event(rng, seconds) for _ in range(many)]
    label = str(rng.choice(LABELS))
    brief = Brief(label, seconds, float(rng.choice(FPS)), int(rng.integers(2**31)))
    reply = PlanReply(reasoning="", events=events, may_blink=bool(rng.random() < 0.8))
    return compile_plan(brief, reply.plan(label, seconds, speaking=False))


def sweep(
    make: Callable[[np.random.Generator], CompiledBrief], numbers: Sequence[int]
) -> tuple[Counter[str], list[str]]:
    """Return what was needed, counted, and the hard findings that are left, one line each."""
    counts, left = Counter[str](), list[str]()
    for i in numbers:
        try:
            made = make(np.random.default_rng([i, len(make.__name__)]))
        except CogPortraitError as error:
            counts["refused"] += 1
            left.append(f"{i}: refused: {error}")
            continue
        hard = [*made.critique.hard, *criticize(made.controls, made.plan).hard]
        left += [f"{i}: {v.message}" for v in hard]
        repairs = made.trace["repairs"]
        said = [str(r) for r in repairs] if isinstance(repairs, list) else []
        counts[f"{made.rounds} rounds"] += 1
        counts["repaired"] += bool(said)
        counts["events left out"] += any(" left out" in line for line in said)
        counts["all left out"] += any(line.startswith("plan: all") for line in said)
    return counts, left


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the counts and what is left; return 0 if nothing is."""
    parser = argparse.ArgumentParser(description="Whether anything impossible leaves Stage 1.")
    parser.add_argument("--briefs", type=int, default=1000)
    parser.add_argument("--plans", type=int, default=3000)
    parser.add_argument("--courses", type=int, default=500)
    parser.add_argument("--first", type=int, default=0)
    options = parser.parse_args(arguments)
    bad = 0
    for name, make, n in (
        ("briefs", compiled_brief, options.briefs), ("plans", compiled_plan, options.plans),
        ("courses", compiled_courses, options.courses),
    ):  # fmt: skip
        counts, left = sweep(make, range(options.first, options.first + n))
        print(f"{n} {name}: {dict(counts)}; impossible: {len(left)}")
        print(*left, sep="\n")
        bad += len(left)
    return int(bad > 0)


if __name__ == "__main__":
    raise SystemExit(main())
