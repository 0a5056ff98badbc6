"""``python -m bench.inverse``: see :mod:`bench.inverse`."""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

from bench.inverse.fit import as_bytes, fit
from bench.inverse.people import people_in, portraits_in
from bench.inverse.samples import VARIANTS, Sample, samples_of
from bench.inverse.score import score, table
from bench.stamp import stamp
from cogportrait.face.inverse import Inverse
from cogportrait.io.atomic import write_files
from cogportrait.types import Portrait

FOLDS = 4


def main(arguments: Sequence[str] | None = None) -> int:
    """Fit or score."""
    options = _options(arguments)
    portraits = list(portraits_in(options.portraits))
    print(stamp(), flush=True)
    if options.command == "score":
        samples = _sampled(portraits, 1, options.seed)
        print(_report([(s, None) for s in samples], "the shipped network"))
        return 0
    people = [*people_in(options.clips), *portraits]
    samples = _sampled(people, options.variants, options.seed)
    print(_cross_validated(samples, [p.name for p in people]), flush=True)
    net = fit(samples, options.seed)
    card = {
        "format": "cogportrait-inverse/1",
        "date": options.date,
        "faces": [p.name for p in people],
        "variants": options.variants,
        "frames": sum(len(s.rows) for s in samples),
        "seed": options.seed,
    }
    text = json.dumps(card, indent=1) + "\n"
    write_files(
        options.output, {"inverse.npz": as_bytes(net), "inverse_card.json": text.encode("utf-8")}
    )
    print(options.output)
    return 0


def _sampled(faces: list[Portrait], variants: int, seed: int) -> list[Sample]:
    samples: list[Sample] = []
    for number, face in enumerate(faces):
        print(f"{face.name} ...", flush=True)
        samples += samples_of(face, number, variants, seed)
    return samples


def _cross_validated(samples: list[Sample], names: list[str]) -> str:
    """Return the scores of faces left out, a quarter of them at a time."""
    read: list[tuple[Sample, Inverse | None]] = []
    for fold in range(FOLDS):
        out = set(names[fold::FOLDS])
        net = fit([s for s in samples if s.name not in out])
        read += [(s, net) for s in samples if s.name in out]
    return _report(read, "faces left out")


def _report(read: list[tuple[Sample, Inverse | None]], what: str) -> str:
    parts = [
        f"{kind}, {what}\n\n" + table(score([(s, n) for s, n in read if s.kind == kind]))
        for kind in ("random", "planned")
    ]
    return "\n\n".join(parts)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.inverse", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    fitting = commands.add_parser("fit", help="fit the network")
    fitting.add_argument("clips", type=Path, help="table of clips with columns file, use, person")
    fitting.add_argument("portraits", nargs="*", type=Path, help="pictures or folders of them")
    fitting.add_argument("-o", "--output", type=Path, required=True)
    fitting.add_argument("--variants", type=int, default=VARIANTS)
    fitting.add_argument("--date", required=True, help="for the card")
    scoring = commands.add_parser("score", help="score the shipped network")
    scoring.add_argument("portraits", nargs="*", type=Path, help="pictures or folders of them")
    for one in (fitting, scoring):
        one.add_argument("--seed", type=int, default=0)
    return parser.parse_args(arguments)


if __name__ == "__main__":
    raise SystemExit(main())
