"""Controls to words and back: how many told events are found again.

``python -m bench.inversion [-v]`` plans each label with several seeds and the first lines of the
tuning half of ``bench/annotations/instructions.tsv``, describes the controls, plans the description
as an instruction of the neutral label with another seed, and segments both. Prints which share of
the told events is found again, and how often the guessed label is the planned one.

An event is found again if the same segmenter finds one of the same kind whose onset is within half
a second, one to one, those of the same side and direction first. Our definition.
"""

import argparse
import csv
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from bench.instructions import TABLE
from cogportrait.agents.describe import Description, describe
from cogportrait.agents.loop import compile_brief
from cogportrait.behavior.labels import LABELS
from cogportrait.behavior.segment.events import FaceEvent
from cogportrait.types import Brief

SECONDS: Final = 6.0
SEEDS: Final = 4
LINES: Final = 20
NEAR_S: Final = 0.5  # between the onsets of an event and the one found again
TOGETHER_S: Final = 0.1  # onsets so near have no order
ALIKE: Final = 1.5  # factor between amplitudes that counts as about the same
AGAIN_SEED: Final = 1000  # added to the seed of the second plan


@dataclass(frozen=True, slots=True)
class Found:
    """One told event and what became of it."""

    event: FaceEvent
    again: FaceEvent | None
    in_order: bool

    @property
    def right(self) -> bool:
        """Whether kind, side, direction and order are right."""
        other = self.again
        same = other is not None and (self.event.side, self.event.direction) == (
            other.side, other.direction)  # fmt: skip
        return same and self.in_order

    @property
    def alike(self) -> bool:
        """Whether it is about as large."""
        if self.again is None:
            return False
        ratio = self.again.amplitude / max(self.event.amplitude, 1e-6)
        return 1 / ALIKE <= ratio <= ALIKE


@dataclass(frozen=True, slots=True)
class Case:
    """One round trip."""

    name: str
    label: str  # planned; "" where an instruction and no label is
    guesses: tuple[str, ...]
    found: tuple[Found, ...]
    extra: int  # events that a description of the second plan tells, and that are none of these
    unread: tuple[str, ...]
    text: str


def find_again(told: Sequence[FaceEvent], again: Sequence[FaceEvent]) -> list[Found]:
    """Return what became of each told event, by onset."""
    told = sorted(told, key=lambda e: e.onset_s)
    pairs = sorted(
        (not _same_way(one, other), abs(one.onset_s - other.onset_s), i, j)
        for i, one in enumerate(told)
        for j, other in enumerate(again)
        if one.kind is other.kind and abs(one.onset_s - other.onset_s) <= NEAR_S
    )
    partner: dict[int, int] = {}
    for _, _, i, j in pairs:
        if i not in partner and j not in partner.values():
            partner[i] = j
    out: list[Found] = []
    latest = 0.0
    for i, one in enumerate(told):
        other = again[partner[i]] if i in partner else None
        in_order = other is not None and other.onset_s >= latest - TOGETHER_S
        latest = max(latest, other.onset_s) if other is not None and in_order else latest
        out.append(Found(one, other, in_order))
    return out


def _same_way(one: FaceEvent, other: FaceEvent) -> bool:
    return (one.side, one.direction) == (other.side, other.direction)


def round_trip(name: str, brief: Brief, *, labelled: bool) -> Case:
    """Plan, describe, plan the description, and compare."""
    description = describe(compile_brief(brief).controls)
    second = compile_brief(
        Brief("neutral", brief.duration_s, brief.fps, brief.seed + AGAIN_SEED, description.text)
    )
    again = describe(second.controls)
    found = find_again(_told(description), again.events)
    taken = [f.again for f in found]
    return Case(
        name, brief.label if labelled else "", tuple(g.label for g in description.guesses),
        tuple(found), sum(e not in taken for e in _told(again)), second.plan.not_understood,
        description.text,
    )  # fmt: skip


def _told(description: Description) -> list[FaceEvent]:
    """Return the events that a description tells, each once."""
    return list(dict.fromkeys(s.event for s in description.told if s.event is not None))


def cases(seeds: Sequence[int], lines: int) -> Iterator[Case]:
    """Yield the round trips of all labels, then of instructions."""
    for label in LABELS:
        for seed in seeds:
            yield round_trip(f"{label} {seed}", Brief(label, SECONDS, seed=seed), labelled=True)
    with TABLE.open(newline="", encoding="utf-8") as stream:
        rows = [r for r in csv.DictReader(stream, delimiter="\t") if r["half"] == "tuned"]
    for row in rows[:lines]:
        brief = Brief("neutral", SECONDS, instruction=row["instruction"])
        yield round_trip(row["instruction"], brief, labelled=False)


def _table(title: str, groups: dict[str, list[Found]]) -> None:
    print(f"| {title} | told | kind | all right | of about the same size |")
    print("|---|---|---|---|---|")
    for name, found in groups.items():
        n = len(found)
        again = [f for f in found if f.again is not None]
        counts = (len(again), sum(f.right for f in found))
        kind, right = (c / n if n else float("nan") for c in counts)
        alike = sum(f.alike for f in again) / len(again) if again else float("nan")
        print(f"| {name} | {n} | {kind:.3f} | {right:.3f} | {alike:.3f} |")
    print()


def report(done: Sequence[Case]) -> None:
    """Print the tables."""
    groups: dict[str, list[Found]] = {"labels": [], "instructions": []}
    kinds: dict[str, list[Found]] = defaultdict(list)
    for case in done:
        groups["labels" if case.label else "instructions"] += case.found
        for one in case.found:
            kinds[str(one.event.kind)].append(one)
    _table("planned from", {**groups, "all": [f for case in done for f in case.found]})
    _table("kind", dict(sorted(kinds.items(), key=lambda pair: -len(pair[1]))))
    labelled = [case for case in done if case.label]
    first = sum(case.guesses[0] == case.label for case in labelled)
    three = sum(case.label in case.guesses[:3] for case in labelled)
    print(f"label guessed: {first} of {len(labelled)}, among the first three: {three}")
    print(f"told of the second plan alone: {sum(case.extra for case in done)}")
    print(
        f"texts with words that were not read: {sum(bool(c.unread) for c in done)} of {len(done)}"
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Score round trips and print them."""
    parser = argparse.ArgumentParser(prog="python -m bench.inversion", description=__doc__)
    parser.add_argument("-v", "--verbose", action="store_true", help="print every event not found")
    parser.add_argument("--first-seed", type=int, default=0, help="of the four seeds of a label")
    parser.add_argument("--lines", type=int, default=LINES, help="instructions to plan")
    options = parser.parse_args(arguments)
    seeds = range(options.first_seed, options.first_seed + SEEDS)
    done = list(cases(seeds, options.lines))
    if options.verbose:
        for case in done:
            lost = [f for f in case.found if not f.right]
            if lost:
                print(f"{case.name}: {case.text}")
            for one in lost:
                print(f"    {one.event}\n      again: {one.again} in order: {one.in_order}")
    report(done)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
