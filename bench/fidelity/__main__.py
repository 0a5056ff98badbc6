"""``python -m bench.fidelity``: see :mod:`bench.fidelity`."""

import argparse
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from bench.fidelity import report
from bench.fidelity.portrait import PortraitResult, load_portrait, measure_portrait
from bench.fidelity.probes import GROUPS
from bench.fidelity.speech import SpeechResult, measure_speech
from bench.stamp import stamp
from cogportrait.errors import CogPortraitError

PICTURES = {".jpg", ".jpeg", ".png", ".webp"}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print and write the report."""
    options = _options(arguments)
    portraits: list[PortraitResult] = []
    spoken: list[SpeechResult] = []
    wavs = sorted(options.speech.glob("*.wav")) if options.speech else []
    for i, path in enumerate(_pictures(options.portraits)):
        print(f"{path.stem} ...", file=sys.stderr, flush=True)
        try:
            portrait = load_portrait(path, options.height)
        except CogPortraitError as error:
            print(f"left out: {error}", file=sys.stderr)
            continue
        sheet = options.output / "sheets" / f"{path.stem}.png"
        portraits.append(measure_portrait(portrait, sheet, groups=options.only, seed=options.seed))
        if i < options.speech_portraits:
            for wav in wavs:
                print(f"{path.stem}, {wav.stem} ...", file=sys.stderr, flush=True)
                spoken.append(measure_speech(portrait, wav, seed=options.seed))
    machine = stamp()
    text = report.markdown(portraits, spoken, machine, options.seed)
    print(text)
    report.write(options.output, text, report.as_json(portraits, spoken, machine, options.seed))
    print(options.output / "fidelity.md")
    return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.fidelity", description=__doc__)
    parser.add_argument("portraits", nargs="*", type=Path, help="pictures or folders of them")
    parser.add_argument("-o", "--output", type=Path, default=Path("out/fidelity"))
    parser.add_argument("--height", type=int, help="resize all to this height in pixels")
    parser.add_argument("--no-astronaut", action="store_true", help="leave out the NASA portrait")
    parser.add_argument("--speech", type=Path, help="folder of wavs")
    parser.add_argument(
        "--speech-portraits", type=int, default=1, help="on how many portraits to play the wavs"
    )
    parser.add_argument(
        "--only",
        type=_groups,
        default=list(GROUPS),
        help=f"measure only some of {','.join(GROUPS)}",
    )
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    if not options.no_astronaut:
        options.portraits.insert(0, Path("astronaut"))
    return options


def _groups(text: str) -> list[str]:
    """Return the groups of a list such as ``lids,gaze``."""
    names = [name.strip() for name in text.split(",")]
    unknown = [name for name in names if name not in GROUPS]
    if unknown:
        raise argparse.ArgumentTypeError(
            f"expected some of {','.join(GROUPS)}, got {', '.join(map(repr, unknown))}"
        )
    return names


def _pictures(places: Iterable[Path]) -> Iterator[Path]:
    for place in places:
        if place.is_dir():
            yield from sorted(p for p in place.iterdir() if p.suffix.lower() in PICTURES)
        else:
            yield place


if __name__ == "__main__":
    sys.exit(main())
