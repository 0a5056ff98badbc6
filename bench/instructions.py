"""Instructions in words against the events that they should become.

``python -m bench.instructions [-v]`` plans every line of ``bench/annotations/instructions.tsv`` and
scores the events that come from the words: kind, side, direction, count and order. The expected
events were written before anything was tuned; one half of the lines is not tuned on.

An expected line is groups in order, ``>`` between them, ``+`` within, such as
``kind:direction/side*count``; ``-`` means that nothing should happen.
"""

import argparse
import csv
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cogportrait.agents.instruction_looks import ON_THE_WAY
from cogportrait.agents.planner import plan_events
from cogportrait.types import Brief, EventKind, PlannedEvent

TABLE: Final = Path(__file__).parent / "annotations" / "instructions.tsv"
SECONDS: Final = 10.0
_TOKEN: Final = re.compile(r"([a-z]+)(?::([a-z-]+))?(?:/([LR]))?(?:\*(\d+))?$")
_Test = Callable[[PlannedEvent], bool]


def _unit(*names: str, least: float = 0.1) -> _Test:
    return lambda e: e.kind is EventKind.EXPRESSION and max(e.value(n) for n in names) >= least


_KINDS: Final[dict[str, _Test]] = {
    "widen": _unit("AU05"),
    "squint": _unit("AU07"),
    "brows": _unit("AU01", "AU02"),
    "frown": _unit("AU04"),
    "smile": _unit("AU12", "AU14"),
    "press": _unit("AU24", "AU23"),
    "purse": _unit("AU18"),
    "sneer": _unit("AU10"),
    "mouthdown": _unit("AU15"),
    "mouth": _unit("AU25", "AU26", "AU27"),
    "surprise": _unit("AU05", "AU01"),
    "blink": lambda e: e.kind is EventKind.BLINK,
    "wink": lambda e: e.kind is EventKind.WINK
    or (e.kind is EventKind.CLOSURE and e.side in ("L", "R")),
    "close": lambda e: e.kind is EventKind.CLOSURE and e.value("closure") >= 0.8,
    "droop": lambda e: e.kind is EventKind.CLOSURE or e.value("AU43") > 0,
    "look": lambda e: e.kind is EventKind.GAZE,
    "head": lambda e: e.kind in (EventKind.HEAD, EventKind.PULSE),
    "nod": lambda e: e.kind is EventKind.NOD,
    "shake": lambda e: e.kind is EventKind.SHAKE,
    "laugh": lambda e: e.kind is EventKind.LAUGH,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wanted:
    """One expected event."""

    kind: str
    direction: str
    side: str
    count: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """One instruction."""

    wanted: int
    right: int
    extra: int
    left_out: tuple[str, ...]


def parse(text: str) -> list[list[Wanted]]:
    """Return the groups of an expected line."""
    groups: list[list[Wanted]] = []
    for group in text.split(">"):
        tokens = [word.strip() for word in group.split("+")]
        found: list[Wanted] = []
        for word in tokens:
            if word == "-":
                continue
            match = _TOKEN.match(word)
            if match is None or match[1] not in _KINDS:
                raise ValueError(f"expected kind:direction/side*count, got {word!r}")
            found.append(Wanted(match[1], match[2] or "", match[3] or "", int(match[4] or 1)))
        groups.append(found)
    return groups


def judge(text: str, expected: str) -> Outcome:
    """Return how many of the expected events an instruction becomes, in order."""
    # Before it is fitted to frames, which leaves out looks that go nowhere.
    made = plan_events(Brief("neutral", SECONDS, instruction=text))
    events = [
        e for e in made.events
        if e.origin == "instruction" and not e.reason.startswith(ON_THE_WAY)
    ]  # fmt: skip
    left = sorted(events, key=lambda e: e.start_s)
    wanted = right = 0
    earliest = -1.0
    for group in parse(expected):
        starts: list[float] = []
        for one in group:
            wanted += 1
            taken = _take(one, left, earliest)
            if taken:
                right += 1
                starts.append(min(e.start_s for e in taken))
        if starts:
            earliest = max(starts)
    return Outcome(wanted, right, len(left), made.not_understood)


def _take(one: Wanted, left: list[PlannedEvent], earliest: float) -> list[PlannedEvent]:
    """Take the events that are `one` out of `left` and return them; none if there are too few."""
    fits = [e for e in left if e.start_s > earliest + 1e-6 and _is(one, e)]
    if one.kind in ("nod", "shake"):
        fits = [e for e in fits if one.count == 1 or round(e.cycles) == one.count][:1]
    elif len(fits) < one.count:
        return []
    taken = fits[: max(one.count, 1)]
    for event in taken:
        left.remove(event)
    return taken


def _is(one: Wanted, event: PlannedEvent) -> bool:
    if not _KINDS[one.kind](event):
        return False
    if one.side and event.side != one.side:
        return False
    return not one.direction or one.direction in _directions(event)


def _directions(event: PlannedEvent) -> set[str]:
    """Return all that a movement of eyes or head can be called."""
    out: set[str] = set()
    stem = "gaze" if event.kind is EventKind.GAZE else "head"
    yaw, pitch = event.value(f"{stem}_yaw"), event.value(f"{stem}_pitch")
    sideways = "left" if yaw > 0 else "right"
    upward = "up" if pitch > 0 else "down"
    if abs(yaw) >= 4:
        out |= {"side"}
        if abs(pitch) < abs(yaw):
            out.add(sideways)
    if abs(pitch) >= 4 and abs(yaw) < 2 * abs(pitch):
        out.add(upward)
        if abs(yaw) >= 4:
            out.add(f"{upward}-{sideways}")
    if abs(yaw) < 4 and abs(pitch) < 4:
        out.add("ahead")
    roll, near = event.value("head_roll"), event.value("head_z")
    if abs(roll) >= 2:
        out.add("tilt-left" if roll > 0 else "tilt-right")
    if abs(near) >= 0.02:
        out.add("near" if near > 0 else "far")
    return out


def main(arguments: Sequence[str] | None = None) -> int:
    """Score the table and print it."""
    parser = argparse.ArgumentParser(prog="python -m bench.instructions", description=__doc__)
    parser.add_argument("-v", "--verbose", action="store_true", help="print every line that fails")
    parser.add_argument("--half", choices=("tuned", "held_out"), help="one half alone")
    options = parser.parse_args(arguments)
    totals: dict[str, list[int]] = {}
    with TABLE.open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream, delimiter="\t"))
    for row in rows:
        if options.half not in (None, row["half"]):
            continue
        one = judge(row["instruction"], row["expected"])
        total = totals.setdefault(row["half"], [0, 0, 0, 0])
        whole = one.right == one.wanted and one.extra == 0
        for i, value in enumerate((one.wanted, one.right, one.extra, int(whole))):
            total[i] += value
        # What fails on the half that is kept for the end is not looked at.
        if options.verbose and not whole and row["half"] == "tuned":
            print(f"{one.right}/{one.wanted} +{one.extra} {row['instruction']} "
                  f"[{row['expected']}] left out: {one.left_out}")  # fmt: skip
    print("| half | expected events | right | share | extra events | lines all right |")
    print("|---|---|---|---|---|---|")
    for half, (wanted, right, extra, whole) in totals.items():
        count = sum(row["half"] == half for row in rows)
        print(f"| {half} | {wanted} | {right} | {right / wanted:.3f} | {extra} | {whole}/{count} |")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
