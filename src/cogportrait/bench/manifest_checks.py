"""What is wrong with an EMH manifest: every problem, by line and field, not the first alone."""

import math
import os
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path, PurePosixPath
from typing import Final, TypeVar

from cogportrait.behavior.labels import resolve_label
from cogportrait.bench.clips import FORMAT, SPLITS, Emh, EmhClip, record_of
from cogportrait.bench.manifest_files import Numbered, file_problems, header_problems
from cogportrait.bench.manifest_problems import Problem
from cogportrait.errors import InputError, LabelError, shown
from cogportrait.io.atomic import LONGEST_NAME, resolved
from cogportrait.io.documents import (
    FPS,
    JsonValue,
    NotJsonError,
    brief,
    listed,
    parse_json,
    read_text,
)
from cogportrait.io.images import MAX_SIDE_PX

MAX_BYTES: Final = 64 * 2**20  # some 200,000 clips
LONGEST_TEXT: Final = 5000  # characters, as instructions may have
LONGEST_CLIP_S: Final = 24 * 3600.0
_HEAD_KEYS: Final = ("format", "name", "licence", "source", "tracker")
_CLIP_KEYS: Final = tuple(one.name for one in fields(EmhClip))
_BUILD: Final = "make a manifest with `cogportrait bench build`"
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found in a manifest."""

    emh: Emh | None  # None where there are problems
    problems: tuple[Problem, ...]  # by line


class _Unlike(ValueError):  # noqa: N818 - reads as what it says
    """A value that is not what its key holds; the message says what is expected."""


def check_manifest(path: str | os.PathLike[str], *, check_files: bool = False) -> Verdict:
    """Return the clips of a manifest, or everything that is wrong with it.

    A file whose first line is no head of a manifest is looked at no further.

    Parameters
    ----------
    path
        The manifest.
    check_files
        Whether the files that it names have to be there, to be videos and sounds, and to be what
        it says of them; also those of lines in which something else is wrong.

    Raises
    ------
    InputError
        The file is missing, too large, or no text.
    """
    found = _read(*_opened(path))
    problems = list(found.problems)
    if check_files and found.head is not None:
        problems += file_problems(found.head, found.clips)
    return _verdict(found, problems)


def is_manifest(path: str | os.PathLike[str]) -> bool:
    """Return whether a file begins with the head of a manifest, whatever is wrong below."""
    try:
        text, folder = _opened(path)
    except InputError:
        return False
    lines = _numbered(text)
    return bool(lines) and _read_head(lines[0], folder, []) is not None


def check_headers(path: str | os.PathLike[str], names: Container[str]) -> tuple[Problem, ...]:
    """Return where a manifest says otherwise than the headers of its videos, by line.

    Parameters
    ----------
    path
        A manifest in which nothing else is wrong.
    names
        Of the clips that are looked at. Those that are not there, or are no videos, are passed
        over: whoever uses them will tell.

    Raises
    ------
    InputError
        The file is missing, too large, or no text.
    """
    found = _read(*_opened(path))
    wanted = [(line, clip) for line, clip in found.clips if clip.name in names]
    return () if found.head is None else tuple(header_problems(found.head, wanted))


def check_lines(text: str, folder: Path) -> Verdict:
    """Return the clips in the text of a manifest that lies in `folder`, or all that is wrong."""
    found = _read(text, folder)
    return _verdict(found, found.problems)


@dataclass(frozen=True, slots=True)
class _Found:
    """What could be read of a manifest."""

    head: Emh | None  # without clips; None where it is no manifest
    clips: Sequence[Numbered]  # a field that could not be read is empty
    problems: Sequence[Problem]


def _opened(path: str | os.PathLike[str]) -> tuple[str, Path]:
    """Return the text of a manifest, and the folder that its paths start from."""
    file = Path(path)
    text = read_text(file, "an EMH manifest", MAX_BYTES, InputError, _BUILD)
    return text, resolved(file).parent


def _verdict(found: _Found, problems: Sequence[Problem]) -> Verdict:
    if problems or found.head is None:
        return Verdict(None, tuple(sorted(problems, key=lambda one: one.line or 0)))
    return Verdict(replace(found.head, clips=tuple(clip for _, clip in found.clips)), ())


def _read(text: str, folder: Path) -> _Found:
    """Return what can be read of the text of a manifest, and all that cannot."""
    lines = _numbered(text)
    if not lines:
        return _Found(None, (), [Problem(1, "", "the head of a manifest", "nothing")])
    problems: list[Problem] = []
    head = _read_head(lines[0], folder, problems)
    if head is None:
        return _Found(None, (), problems)
    clips: list[Numbered] = []
    for number, line in lines[1:]:
        row = _row(number, line, _CLIP_KEYS, problems)
        if row is not None:
            clips.append((number, _read_clip(row)))
    if not clips and not problems:
        problems.append(Problem(lines[0][0] + 1, "", "a line for each clip", "none", _BUILD))
    problems += _clashes(clips)
    return _Found(head, clips, problems)


def faults(clip: EmhClip) -> list[str]:
    """Return what of a clip no manifest can hold, one line each, without the number of a line."""
    problems: list[Problem] = []
    _read_clip(_Row(0, record_of(clip), problems))
    return [str(replace(problem, line=None)) for problem in problems]


def _numbered(text: str) -> list[tuple[int, str]]:
    """Return the lines that are not empty, each with its number."""
    lines = enumerate(text.split("\n"), 1)  # JSON texts may hold other separators of lines
    return [(number, line) for number, line in lines if line.strip()]


class _Row:
    """The object of one line; what is wrong with it goes into a list."""

    def __init__(self, line: int, record: Mapping[str, JsonValue], problems: list[Problem]) -> None:
        self.line = line
        self.record = record
        self._problems = problems

    def take(self, key: str, read: Callable[[JsonValue], _T], default: _T) -> _T:
        """Return a value; where it cannot be read, note that and return the default."""
        value = self.record.get(key)
        try:
            return read(value)
        except _Unlike as expected:
            got = listed(value) if key == "size" else brief(value)
            self._problems.append(Problem(self.line, key, str(expected), got))
            return default


def _row(number: int, line: str, keys: Sequence[str], problems: list[Problem]) -> _Row | None:
    """Return the object of a line; None, and a problem, where there is none."""
    try:
        record = parse_json(line, one_line=True)
    except NotJsonError as error:
        problems.append(Problem(number, "", "a JSON object", f"a line that is none: {error}"))
        return None
    if not isinstance(record, Mapping):
        problems.append(Problem(number, "", "a JSON object", brief(record)))
        return None
    for key in record:
        if key not in keys:
            problems.append(Problem(number, shown(key), f"one of {', '.join(keys)}", "another key"))
    return _Row(number, record, problems)


def _read_head(line: tuple[int, str], folder: Path, problems: list[Problem]) -> Emh | None:
    """Return the head without clips; None where the line says of no format that is known."""
    row = _row(*line, _HEAD_KEYS, found := [])
    if row is None or row.record.get("format") != FORMAT:
        got = found[0].got if row is None else brief(row.record.get("format"))
        wanted = f'the head of a manifest, {{"format": "{FORMAT}", ...}}'
        problems.append(Problem(line[0], "" if row is None else "format", wanted, got))
        return None
    problems += found
    head = _Row(row.line, row.record, problems)
    return Emh(
        name=head.take("name", _named, ""),
        clips=(),
        licence=head.take("licence", _text_or_none, None) or "",
        source=head.take("source", _text_or_none, None) or "",
        tracker=head.take("tracker", _text_or_none, None),
        folder=folder,
    )


def _read_clip(row: _Row) -> EmhClip:
    return EmhClip(
        clip=row.take("clip", _path, ""),
        seconds=row.take("seconds", _between(0, LONGEST_CLIP_S, "a positive number"), 0.0),
        fps=row.take("fps", _between(*FPS, f"a number from {FPS[0]:g} to {FPS[1]:g}"), 0.0),
        size=row.take("size", _size, (0, 0)),
        category=row.take("category", _or_none(_label), None),
        also=row.take("also", _texts, ()),
        actor=row.take("actor", _or_none(_named), None),
        speaking=row.take("speaking", _yes_or_no, None),
        instruction=row.take("instruction", _or_none(_words), None),
        audio=row.take("audio", _or_none(_path), None),
        licence=row.take("licence", _text_or_none, None) or "",
        split=row.take("split", _split, None),
        face_px=row.take(
            "face_px", _or_none(_between(0, MAX_SIDE_PX, "a positive number or null")), None
        ),
        frontal=row.take("frontal", _or_none(_share), None),
    )


def _or_none(read: Callable[[JsonValue], _T]) -> Callable[[JsonValue], _T | None]:
    return lambda value: None if value is None else read(value)


def _named(value: JsonValue) -> str:
    text = _text_or_none(value)
    if text is None or not text.strip():
        raise _Unlike("a text that is not empty")
    return text


def _text_or_none(value: JsonValue) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str):
        raise _Unlike("a text")
    if len(value) > LONGEST_TEXT or not value.isprintable():
        raise _Unlike(f"a plain text on one line of at most {LONGEST_TEXT} characters")
    return value


def _words(value: JsonValue) -> str:
    """Return an instruction, which may have lines."""
    if not isinstance(value, str):
        raise _Unlike("a text or null")
    if len(value) > LONGEST_TEXT or not "".join(value.split()).isprintable():
        raise _Unlike(f"a text of at most {LONGEST_TEXT} characters, without control characters")
    return value


def _texts(value: JsonValue) -> tuple[str, ...]:
    if value is None:
        return ()
    if not isinstance(value, Sequence) or isinstance(value, str):
        raise _Unlike("a list of texts")
    return tuple(_named(one) for one in value)


def _path(value: JsonValue) -> str:
    if not isinstance(value, str) or not value.strip():
        raise _Unlike("the path of a file")
    if not value.isprintable() or "://" in value:
        raise _Unlike("the path of a file, without control characters and no address")
    parts = PurePosixPath(value).parts
    if ".." in parts:
        raise _Unlike("a path without ..; name one in the manifest's folder, or an absolute one")
    if not PurePosixPath(value).name or value.endswith("/"):
        raise _Unlike("the path of a file, not of a folder")
    if max(len(os.fsencode(part)) for part in parts) > LONGEST_NAME:
        raise _Unlike(f"names of at most {LONGEST_NAME} bytes")
    return value


def _label(value: JsonValue) -> str:
    try:
        return resolve_label(value if isinstance(value, str) else "")
    except LabelError as error:
        raise _Unlike("null or a label that `cogportrait labels` lists") from error


def _yes_or_no(value: JsonValue) -> bool | None:
    if value is None or isinstance(value, bool):
        return value
    raise _Unlike("true, false or null")


def _split(value: JsonValue) -> str | None:
    if value is None or (isinstance(value, str) and value in SPLITS):
        return value
    raise _Unlike("train, test or null")


def _size(value: JsonValue) -> tuple[int, int]:
    if isinstance(value, Sequence) and not isinstance(value, str) and len(value) == 2:
        width, height = value
        if type(width) is int and type(height) is int and _sides(width, height):
            return width, height
    raise _Unlike(f"[width, height] in whole pixels, each 1 to {MAX_SIDE_PX}")


def _sides(width: int, height: int) -> bool:
    return 1 <= width <= MAX_SIDE_PX and 1 <= height <= MAX_SIDE_PX


def _share(value: JsonValue) -> float:
    number = _number(value)
    if not 0 <= number <= 1:
        raise _Unlike("a share from 0 to 1, or null")
    return number


def _between(low: float, high: float, wanted: str) -> Callable[[JsonValue], float]:
    """Return what reads a number above 0, or from `low` on, to `high`."""

    def read(value: JsonValue) -> float:
        number = _number(value)
        if not (low <= number <= high and number > 0):
            raise _Unlike(f"at most {high:g}" if number > high else wanted)
        return number

    return read


def _number(value: JsonValue) -> float:
    """Return a number; NaN for what is none, or is not finite."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return math.nan
    try:
        number = float(value)
    except OverflowError:  # whole numbers have no largest
        return math.inf
    return number


def _clashes(clips: Iterable[Numbered]) -> Iterable[Problem]:
    """Yield what is wrong with a clip because of an earlier one."""
    names: dict[str, int] = {}
    sides: dict[str, tuple[str, int]] = {}
    for line, clip in clips:
        if clip.clip:
            first = names.setdefault(clip.name, line)
            if first != line:
                wanted = f"another name than that of line {first}: results are named by it"
                yield Problem(line, "clip", wanted, shown(clip.name))
        if clip.actor is not None and clip.split is not None:
            side, first = sides.setdefault(clip.actor, (clip.split, line))
            if side != clip.split:
                wanted = f"{side}, where {shown(clip.actor)} is on line {first}"
                yield Problem(line, "split", wanted, clip.split)
