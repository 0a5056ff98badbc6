"""The folder of a run: written file by file as clips are done, and read again.

Layout as in :mod:`cogportrait.bench.rows`. Files are written whole or not at all; NaN is null, as
JSON has none. A damaged file is an error that names it, never a clip less.
"""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Final
from zipfile import ZipFile

import numpy as np

from cogportrait.bench.rows import ClipRow, Curves, Stamp
from cogportrait.errors import InputError, MetricError, OutputError, plain, shown
from cogportrait.io.atomic import LONGEST_NAME, check_makeable, write_bytes, write_text
from cogportrait.io.documents import (
    JsonValue,
    NotJsonError,
    brief,
    item,
    parse_json,
    read_document,
    read_text,
)
from cogportrait.metrics.scored import SCORED

STAMP_FORMAT: Final = "cogportrait-bench-run/1"
ROW_FORMAT: Final = "cogportrait-bench-row/1"
_ROW_FORMATS: Final = ROW_FORMAT.rstrip("0123456789")  # of any version
WHOLE_FORMAT: Final = "cogportrait-bench-whole/1"
CURVES_FORMAT: Final = "cogportrait-bench-curves/1"
MAX_BYTES: Final = 16 * 2**20  # of a document, or of a clip's curves before they are unpacked
MAX_UNPACKED: Final = 256 * 2**20  # three hours of curves
_ENDING: Final = 6  # characters after a clip's name: ".json"
FRONTAL: Final = ("yes", "no", "")
_LOST: Final = "the run cannot go on without it: restore the file, or name another folder"

_STAMP_KEYS: Final = (
    "format", "protocol", "mode", "renderer", "seed", "data", "options", "tracker", "versions",
)  # fmt: skip
_ROW_KEYS: Final = (
    "format", "name", "category", "actor", "seconds", "fps", "size_px", "face_px", "frames",
    "scores", "error", "warnings", "frontal", "sources",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Run:
    """A run as it lies in its folder; curves and videos stay there until they are wanted."""

    folder: Path
    stamp: Stamp
    rows: tuple[ClipRow, ...]  # by name
    whole: Mapping[str, float]  # measure -> score of all clips together; NaN where undefined

    def row(self, name: str) -> ClipRow | None:
        """Return the row of a clip."""
        return next((row for row in self.rows if row.name == name), None)

    def curves(self, name: str) -> Curves | None:
        """Return the curves of a clip, None if it has none.

        Raises
        ------
        InputError
            The file is damaged.
        """
        file = self.folder / "clips" / f"{check_clip_name(name)}.npz"
        return read_curves(file) if file.exists() else None

    def video(self, name: str, kind: str = "videos") -> Path | None:
        """Return the generated clip, or of kind ``real`` the real one; None if it is not there."""
        file = self.folder / kind / f"{check_clip_name(name)}.mp4"
        return file if file.is_file() else None


def check_clip_name(name: str) -> str:
    """Return `name` if files can be called so.

    Raises
    ------
    InputError
        It is empty, hidden, too long, has a folder in it or what cannot be printed.
    """
    fine = name and name == Path(name).name and "\\" not in name and not name.startswith(".")
    if not fine or not name.isprintable():
        raise InputError(
            f"clip: expected a name that a file can have, without folders, got {shown(name)}"
        )
    if len(name.encode()) + _ENDING > LONGEST_NAME:
        raise InputError(
            f"clip {plain(name[:40])}…: expected a name of at most {LONGEST_NAME - _ENDING} bytes, "
            f"got {len(name.encode())}; choose a shorter one"
        )
    return name


def make_folders(folder: Path) -> None:
    """Make the folder of a run and those in it.

    Raises
    ------
    OutputError
        Something is in the way, or nothing can be written there.
    """
    check_makeable(folder)
    try:
        for name in ("clips", "controls", "videos"):
            (folder / name).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{folder}: cannot be made: {error.strerror}") from error


def is_run(folder: Path) -> bool:
    """Return whether a folder is that of a run."""
    file = folder / "run.json"
    if not file.is_file():
        return False
    try:
        document = parse_json(read_text(file, "the stamp of a run", MAX_BYTES))
    except (InputError, NotJsonError):
        return False
    return isinstance(document, Mapping) and document.get("format") == STAMP_FORMAT


def write_stamp(folder: Path, stamp: Stamp) -> None:
    """Write ``run.json``."""
    record: dict[str, JsonValue] = {
        "format": STAMP_FORMAT, "protocol": stamp.protocol, "mode": stamp.mode,
        "renderer": stamp.renderer, "seed": stamp.seed, "data": stamp.data,
        "options": dict(stamp.options), "tracker": stamp.tracker, "versions": dict(stamp.versions),
    }  # fmt: skip
    _write(folder / "run.json", record)


def write_row(folder: Path, row: ClipRow) -> None:
    """Write ``clips/NAME.json``."""
    record: dict[str, JsonValue] = {
        "format": ROW_FORMAT, "name": row.name, "category": row.category, "actor": row.actor,
        "seconds": _or_null(row.seconds), "fps": _or_null(row.fps), "size_px": [*row.size_px],
        "face_px": _or_null(row.face_px), "frames": row.frames, "scores": _scores(row.scores),
        "error": row.error, "warnings": [*row.warnings], "frontal": row.frontal,
        "sources": row.sources,
    }  # fmt: skip
    _write(folder / "clips" / f"{check_clip_name(row.name)}.json", record)


def write_whole(folder: Path, scores: Mapping[str, float]) -> None:
    """Write ``whole.json``."""
    _write(folder / "whole.json", {"format": WHOLE_FORMAT, "scores": _scores(scores)})


def write_curves(folder: Path, name: str, curves: Curves) -> None:
    """Write ``clips/NAME.npz``."""
    buffer = BytesIO()
    np.savez_compressed(
        buffer, format=np.array(CURVES_FORMAT), fps=np.array(curves.fps), real=curves.real,
        generated=curves.generated, found=curves.found, channels=np.array(SCORED),
    )  # fmt: skip
    write_bytes(folder / "clips" / f"{check_clip_name(name)}.npz", buffer.getvalue())


def read_run(folder: Path) -> Run:
    """Return the run in a folder.

    Raises
    ------
    InputError
        There is none, or one of its files is damaged.
    """
    if not (folder / "run.json").is_file():
        what = "a file" if folder.exists() else "nothing of that name"
        what = "a folder without run.json" if folder.is_dir() else what
        raise InputError(
            f"{folder}: expected the folder of a benchmark run, got {what}; name one that "
            "`cogportrait bench emh`, `hdtf` or `score` wrote, or one in that of `ablate`"
        )
    whole: Mapping[str, float] = {}
    if (file := folder / "whole.json").exists():
        keys = ("format", "scores")
        document = read_document(file, "measures of a run", WHOLE_FORMAT, keys, MAX_BYTES)
        whole = _Record(file, document).scores("scores")
    rows = tuple(read_row(file) for file in row_files(folder))
    return Run(folder, read_stamp(folder), rows, whole)


def row_files(folder: Path) -> Iterator[Path]:
    """Yield the files of a run's rows, by name."""
    try:
        files = sorted((folder / "clips").glob("*.json"))
    except OSError as error:
        raise InputError(f"{folder / 'clips'}: cannot be read: {error.strerror}") from error
    return (file for file in files if not file.name.startswith("."))


def is_row(file: Path) -> bool:
    """Return whether a file is a row that a run has written, or what is left of one.

    A row that is whole says so by its format, one that is cut off by how it begins; one that holds
    nothing any more is known by the curves of its clip beside it.
    """
    try:
        text = read_text(file, "the row of a clip", MAX_BYTES)
        if text.startswith(_row_begins()):
            return True
        document = parse_json(text)
    except (InputError, NotJsonError):
        return file.is_file() and _has_curves(file)
    if isinstance(document, Mapping) and document:
        return str(document.get("format")).startswith(_ROW_FORMATS)
    return not document and _has_curves(file)


def _row_begins() -> str:
    """Return what the text of every row begins with; see :func:`write_row`."""
    return json.dumps({"format": ROW_FORMAT}, indent=1).removesuffix("\n}")


def _has_curves(row: Path) -> bool:
    try:
        read_curves(row.with_suffix(".npz"))
    except InputError:
        return False
    return True


def read_stamp(folder: Path) -> Stamp:
    """Return what a run was made with.

    Raises
    ------
    InputError
        ``run.json`` is missing or damaged.
    """
    file = folder / "run.json"
    what = "the stamp of a run"
    try:
        of = _Record(file, read_document(file, what, STAMP_FORMAT, _STAMP_KEYS, MAX_BYTES))
        return Stamp(
            of.text("protocol"), of.text("mode"), of.text("renderer"), of.whole("seed"),
            of.text("data"), of.texts("options"), of.text("tracker"), of.texts("versions"),
        )  # fmt: skip
    except InputError as error:
        raise InputError(f"{error}; {_LOST}") from error


def read_row(file: Path) -> ClipRow:
    """Return the row of a clip.

    Raises
    ------
    InputError
        The file is damaged, or belongs to another clip.
    """
    of = _Record(file, read_document(file, "the row of a clip", ROW_FORMAT, _ROW_KEYS, MAX_BYTES))
    name = of.text("name")
    if name != file.name.removesuffix(".json"):
        raise InputError(f"{file}: name: expected that of the file, got {shown(name)}")
    width, height = of.pair("size_px")
    frontal = of.text("frontal") if "frontal" in of.values else ""
    if frontal not in FRONTAL:
        raise InputError(f'{file}: frontal: expected "yes", "no" or "", got {shown(frontal)}')
    return ClipRow(
        check_clip_name(name), of.text("category"), of.text("actor"), of.number("seconds"),
        of.number("fps"), (width, height), of.number("face_px"), of.whole("frames"),
        of.scores("scores"), of.text("error"), of.list_of_texts("warnings"), frontal,
        of.text("sources") if "sources" in of.values else "",
    )  # fmt: skip


def read_curves(file: Path) -> Curves:
    """Return the curves of a clip.

    Raises
    ------
    InputError
        The file is damaged or holds something else.
    """
    try:
        if file.stat().st_size > MAX_BYTES or _unpacked(file) > MAX_UNPACKED:
            raise InputError(f"{file}: expected the curves of a clip, got too large a file")
        with np.load(file, allow_pickle=False) as z:
            if str(z["format"]) != CURVES_FORMAT or tuple(z["channels"].tolist()) != SCORED:
                raise InputError(f"{file}: expected {CURVES_FORMAT} of today's channels")
            real, generated, found, fps = z["real"], z["generated"], z["found"], float(z["fps"])
    except InputError:
        raise
    except Exception as error:  # zipfile, zlib and numpy have a dozen kinds for damaged bytes
        raise InputError(f"{file}: damaged: {plain(str(error)) or type(error).__name__}") from error
    try:
        if not 0 < fps < math.inf:
            raise MetricError(f"fps: expected a positive number, got {fps:g}")
        kinds = real.astype(np.float32), generated.astype(np.float32), found.astype(np.bool_)
        return Curves(fps, *kinds)
    except (MetricError, ValueError) as error:
        raise InputError(f"{file}: {error}") from error


def _unpacked(file: Path) -> int:
    """Return how many bytes the arrays of a file claim."""
    with ZipFile(file) as z:
        return sum(entry.file_size for entry in z.infolist())


def _write(file: Path, record: Mapping[str, JsonValue]) -> None:
    try:
        text = json.dumps(record, indent=1, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise InputError(f"{file}: holds what is no JSON value: {error}") from error
    write_text(file, text + "\n")


def _or_null(value: float) -> float | None:
    """Return a number as JSON has it: NaN is null, and infinity is refused by the writer."""
    return None if math.isnan(value) else float(value)


def _scores(scores: Mapping[str, float]) -> dict[str, JsonValue]:
    return {key: _or_null(value) for key, value in scores.items()}


@dataclass(frozen=True, slots=True)
class _Record:
    """A document that is read key by key; what is not as expected is told with file and key."""

    file: Path
    values: Mapping[str, JsonValue]

    def _wrong(self, key: str, expected: str) -> InputError:
        return InputError(
            f"{self.file}: {key}: expected {expected}, got {brief(self.values.get(key))}"
        )

    def text(self, key: str) -> str:
        value = self.values.get(key)
        if not isinstance(value, str):
            raise self._wrong(key, "a text")
        return value

    def whole(self, key: str) -> int:
        value = self.values.get(key)
        if not isinstance(value, int) or isinstance(value, bool):
            raise self._wrong(key, "a whole number")
        return value

    def number(self, key: str) -> float:
        """Return a number; null is NaN."""
        if key not in self.values:
            raise self._wrong(key, "a number or null")
        return self._number(key, self.values[key])

    def _number(self, key: str, value: JsonValue) -> float:
        if value is None:
            return math.nan
        if isinstance(value, int | float) and not isinstance(value, bool):
            try:
                if math.isfinite(value):
                    return float(value)
            except OverflowError:
                pass
        raise InputError(f"{self.file}: {key}: expected a finite number or null, got {item(value)}")

    def scores(self, key: str) -> Mapping[str, float]:
        found = self.values.get(key)
        if not isinstance(found, Mapping):
            raise self._wrong(key, "an object of numbers")
        scores = {name: self._number(f"{key}.{name}", value) for name, value in found.items()}
        return scores

    def texts(self, key: str) -> Mapping[str, str]:
        found = self.values.get(key)
        if not isinstance(found, Mapping):
            raise self._wrong(key, "an object of texts")
        texts = {name: value for name, value in found.items() if isinstance(value, str)}
        if len(texts) < len(found):
            raise self._wrong(key, "an object of texts")
        return texts

    def list_of_texts(self, key: str) -> tuple[str, ...]:
        found = self.values.get(key)
        if not isinstance(found, Sequence) or isinstance(found, str):
            raise self._wrong(key, "a list of texts")
        texts = tuple(value for value in found if isinstance(value, str))
        if len(texts) < len(found):
            raise self._wrong(key, "a list of texts")
        return texts

    def pair(self, key: str) -> tuple[int, int]:
        found = self.values.get(key)
        if isinstance(found, Sequence) and not isinstance(found, str) and len(found) == 2:
            numbers = [n for n in found if isinstance(n, int) and not isinstance(n, bool)]
            if len(numbers) == 2:
                return numbers[0], numbers[1]
        raise self._wrong(key, "two whole numbers")
