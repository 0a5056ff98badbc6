"""Measures that look at every frame of every clip, after the clips of a run are scored."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from cogportrait.bench.pictures import KEYS, Films, score_whole
from cogportrait.bench.store import read_row, write_row, write_whole
from cogportrait.errors import FaceError
from cogportrait.face.landmarker import track_portrait
from cogportrait.io.reader import read_video
from cogportrait.metrics.standard.measure import Measure, MeasureName, Scope
from cogportrait.types import Portrait


@dataclass(frozen=True, slots=True)
class Pairing:
    """Where the two videos of a clip are."""

    name: str
    real: Path
    generated: Path
    sound: Path | None = None


def add_whole(
    folder: Path,
    pairings: Sequence[Pairing],
    measures: Mapping[MeasureName, Measure],
    tell: Callable[[str], None] = lambda _: None,
) -> None:
    """Add scores to the rows of a run, and write those of the whole run.

    Clips without a score are left out.

    Raises
    ------
    MediaError, FaceError
        A clip that was scored cannot be read again, or has no face any more.
    """
    for name, scores in score_whole(_films(folder, pairings), measures):
        row = read_row(folder / "clips" / f"{name}.json")
        write_row(folder, replace(row, scores={**row.scores, **scores}))
        tell(name)
    whole = {
        KEYS[name]: measure.compute()
        for name, measure in measures.items()
        if measure.scope is Scope.RUN
    }
    write_whole(folder, whole)


def _films(folder: Path, pairings: Sequence[Pairing]) -> Iterator[Films]:
    for one in pairings:
        row = read_row(folder / "clips" / f"{one.name}.json")
        if row.error:
            continue
        seconds = row.frames / row.fps
        yield Films(
            one.name, one.real, one.generated, row.fps, seconds, row.size_px, _portrait(one),
            one.sound or one.real,
        )  # fmt: skip


def _portrait(one: Pairing) -> Portrait:
    """Return the first frame of the real clip in which there is a face."""
    for frame in read_video(one.real):
        with suppress(FaceError):
            return track_portrait(frame, name=one.name, to_draw=False)
    raise FaceError(f"{one.real}: expected a frame with a face that can be told, got none")
