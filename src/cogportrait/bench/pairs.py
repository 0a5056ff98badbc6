"""Anybody's videos against the real ones, by name."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from cogportrait.bench.au_names import AuSource
from cogportrait.bench.au_tables import read_au_table, table_of
from cogportrait.bench.build import VIDEOS, videos_in
from cogportrait.bench.pictures import Films, Weights, picture_scores
from cogportrait.bench.reading import Reading
from cogportrait.bench.reenact import Done, about, reference
from cogportrait.bench.score import compare
from cogportrait.bench.sides import read_side
from cogportrait.errors import FaceError, InputError
from cogportrait.face.features import Neutral
from cogportrait.face.landmarker import track_portrait
from cogportrait.face.measure import Measurement, face_rows, measure
from cogportrait.face.neutral import estimate_neutral
from cogportrait.io.images import read_image
from cogportrait.types import Portrait

PICTURES: Final = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff")
SHAPE: Final = 0.02  # difference of width over height from which pictures are not the same resized


@dataclass(frozen=True, slots=True)
class Pair:
    """A real clip and the generated one of the same name; one may be missing."""

    name: str
    real: Path | None
    generated: Path | None
    portrait: Path | None = None  # what the generated one was made from
    weights: Weights = field(default_factory=Weights)
    category: str = ""
    actor: str = ""
    portraits: Path | None = None  # the folder that is to hold the portrait
    au: AuSource = AuSource.MEDIAPIPE  # tables of others lie beside the videos

    @property
    def sources(self) -> tuple[Path, ...]:
        """What the score hangs on: both videos, the portrait, and tables of action units."""
        videos = [file for file in (self.real, self.generated) if file is not None]
        tables = [] if self.au is AuSource.MEDIAPIPE else [table_of(file) for file in videos]
        return (*videos, *([] if self.portrait is None else [self.portrait]), *tables)

    @property
    def details(self) -> tuple[str, ...]:
        """Nothing else."""
        return ()

    def run(self, folder: Path) -> Done:
        """Score the generated clip against the real one.

        Raises
        ------
        InputError
            One of both is missing, or the portrait, or a table of action units that is asked for,
            or their pictures have other shapes.
        FaceError
            A clip or the portrait holds no face.
        """
        if self.real is None or self.generated is None:
            which, other = ("real", "generated") if self.real is None else ("generated", "real")
            raise InputError(f"there is a {other} clip of this name and no {which} one")
        given = self._given()
        real = read_side("real", self.real)
        drawn = read_side("generated", self.generated, like=real)
        self._check_shape(real, drawn)
        neutral = given or estimate_neutral(real.rows)
        scored = compare(
            (real, self._measured(self.real, real, neutral)),
            (
                replace(drawn, name=str(self.generated)),  # as messages call it
                self._measured(self.generated, drawn, neutral),
            ),
        )
        n = len(scored.curves.real)
        films = Films(
            self.name, self.real, self.generated, real.fps, n / real.fps, real.size_px,
            self._portrait(self.real, real),
        )  # fmt: skip
        row = about(self.name, real)
        row = replace(
            row, category=self.category, actor=self.actor, frames=n,
            scores={**scored.scores, **picture_scores(films, self.weights)},
            warnings=(*row.warnings, *scored.warnings),
        )  # fmt: skip
        return Done(row, scored.curves)

    def _measured(self, video: Path, read: Reading, neutral: Neutral) -> Measurement:
        found = measure(read.rows, read.fps, neutral=neutral)
        if self.au is AuSource.MEDIAPIPE:
            return found
        table = read_au_table(table_of(video), self.au, len(read.rows))
        controls = table.put_into(found.controls)
        return replace(found, controls=controls, found=found.found & table.found)

    def _check_shape(self, real: Reading, drawn: Reading) -> None:
        (w, h), (v, g) = real.size_px, drawn.size_px
        if abs(v / g / (w / h) - 1) > SHAPE:
            raise InputError(
                f"generated clip {self.generated}: expected the shape of the real clip "
                f"{self.real}, {w} x {h}, got {v} x {g}; crop the real clips as the generated ones "
                "were"
            )

    def _portrait(self, video: Path, real: Reading) -> Portrait:
        """Return what identity is compared with."""
        if self.portrait is None:
            return reference(video, real)[0]
        return track_portrait(read_image(self.portrait), name=self.portrait.name, to_draw=False)

    def _given(self) -> Neutral | None:
        """Return the neutral face of the portrait; None without one."""
        if self.portrait is None:
            if self.portraits is not None:
                raise InputError(
                    f"{self.portraits}: expected a picture of each clip, found none of this name; "
                    "add one"
                )
            return None
        rows = face_rows([read_image(self.portrait)], 1.0)
        if not rows.found.any():
            raise FaceError(
                f"portrait {self.portrait}: no face found; use a picture in which both eyes are "
                "visible, or leave portraits out"
            )
        return estimate_neutral(rows)


def pair_up(
    real: Path, generated: Path, portraits: Path | None = None, weights: Weights | None = None
) -> tuple[Pair, ...]:
    """Return the pairs of two folders, or of two videos, by name.

    Raises
    ------
    InputError
        One is a folder and the other is not, there is no video, two have one name, or a folder of
        portraits has none of any clip. One portrait is everybody's.
    """
    if real.is_dir() != generated.is_dir():
        raise InputError(
            f"{real}, {generated}: expected two folders or two videos, got one of each"
        )
    where = weights or Weights()
    if not real.is_dir():
        shown = _pictures(portraits, [real.stem])
        return (Pair(real.stem, real, generated, shown.get(real.stem), where),)
    one, other = _named(real, VIDEOS), _named(generated, VIDEOS)
    for folder, found in ((real, one), (generated, other)):
        if not found:
            inside = "; those in folders inside it are not looked at" if deeper(folder) else ""
            raise InputError(f"{folder}: expected videos ({' '.join(VIDEOS)}), found none{inside}")
    shown = _pictures(portraits, sorted({*one} & {*other}))
    theirs = portraits if portraits is not None and portraits.is_dir() else None
    return tuple(
        Pair(n, one.get(n), other.get(n), shown.get(n), where, portraits=theirs)
        for n in sorted({*one, *other})
    )


def deeper(folder: Path) -> list[Path]:
    """Return the videos in the folders of a folder, which have no part in pairs."""
    with suppress(InputError):  # it cannot be read
        return [path for path in videos_in(folder) if path.parent != folder]
    return []


def _pictures(portraits: Path | None, names: Sequence[str]) -> dict[str, Path]:
    """Return the portrait of each clip, none if none are given."""
    if portraits is None:
        return {}
    if not portraits.is_dir():
        return dict.fromkeys(names, portraits)
    found = _named(portraits, PICTURES)
    if names and not any(name in found for name in names):
        more = f" and {len(names) - 3} more" if len(names) > 3 else ""
        raise InputError(
            f"{portraits}: expected a picture of each clip, found none of "
            f"{', '.join(names[:3])}{more}"
        )
    return found


def _named(folder: Path, endings: tuple[str, ...]) -> dict[str, Path]:
    """Return the files in a folder by their name without ending."""
    try:
        files = sorted(folder.iterdir())
    except OSError as error:
        raise InputError(f"{folder}: cannot be read: {error.strerror}") from error
    out: dict[str, Path] = {}
    for file in files:
        if file.suffix.lower() not in endings or file.name.startswith(".") or not file.is_file():
            continue
        if file.stem in out:
            raise InputError(f"{file}: {out[file.stem].name} has the same name; rename one of both")
        out[file.stem] = file
    return out
