"""The clips of a benchmark, and what is known of each: the values of an EMH manifest."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path, PurePosixPath
from typing import Final

from cogportrait.behavior.labels import LABELS
from cogportrait.io.documents import JsonValue

FORMAT: Final = "cogportrait-emh/1"
TRAIN: Final = "train"
TEST: Final = "test"
SPLITS: Final = (TRAIN, TEST)
EMH_CATEGORIES: Final = LABELS[1:]  # the 12; neutral may be there as well


@dataclass(frozen=True, slots=True)
class EmhClip:
    """One clip, and what is known of it; the fields are the keys of its line."""

    clip: str  # path from the manifest's folder, or an absolute one
    seconds: float
    fps: float
    size: tuple[int, int]  # width, height in pixels, upright
    category: str | None = None  # a label of the 12, neutral, or None: not known
    also: tuple[str, ...] = ()  # what else it is said to show, labels or not
    actor: str | None = None  # pseudonym; None: not known
    speaking: bool | None = None  # None: not known
    instruction: str | None = None  # what happens, in words and in order
    audio: str | None = None  # path as of `clip`; None: the clip's own sound
    licence: str = ""
    split: str | None = None  # "train", "test", or None
    face_px: float | None = None  # side of the square that holds the face, median of frames
    frontal: float | None = None  # 0..1, share of frames with a head within 25, 20 degrees

    @property
    def name(self) -> str:
        """What results are named by: the file's name without its ending, one of each."""
        return PurePosixPath(self.clip).stem


@dataclass(frozen=True, slots=True)
class Emh:
    """The clips of a benchmark."""

    name: str
    clips: tuple[EmhClip, ...]
    licence: str = ""
    source: str = ""  # where the clips come from
    tracker: str | None = None  # what `face_px` and `frontal` were measured with
    folder: Path = field(default=Path(), compare=False)  # that paths start from

    def path_of(self, clip: EmhClip) -> Path:
        """Return where the file of a clip is."""
        return self.folder / clip.clip

    def sound_of(self, clip: EmhClip) -> Path:
        """Return where the sound of a clip is: a file of its own, or the clip itself."""
        return self.folder / (clip.clip if clip.audio is None else clip.audio)

    def notes(self) -> list[str]:
        """Return what a user should know, one line each."""
        absolute = [clip.clip for clip in self.clips if Path(clip.clip).is_absolute()]
        absolute += [c.audio for c in self.clips if c.audio and Path(c.audio).is_absolute()]
        if not absolute:
            return []
        return [
            f"{len(absolute)} path{'s are' if len(absolute) > 1 else ' is'} absolute, such as "
            f"{absolute[0]}: the manifest is of use on this machine alone"
        ]


def by_category(clips: Iterable[EmhClip]) -> Mapping[str | None, list[EmhClip]]:
    """Return the clips of each category there is, in the order of labels; unknown ones last."""
    found: dict[str | None, list[EmhClip]] = {label: [] for label in (*EMH_CATEGORIES, LABELS[0])}
    found[None] = []
    for clip in clips:
        found[clip.category].append(clip)
    return {label: of for label, of in found.items() if of}


def record_of(clip: EmhClip) -> dict[str, JsonValue]:
    """Return a clip as the object of its line in a manifest."""
    return {one.name: _plain(getattr(clip, one.name)) for one in fields(clip)}


def _plain(value: JsonValue) -> JsonValue:
    """Return a value as JSON has it; whole numbers lose their point, as other programs write."""
    if isinstance(value, float) and math.isfinite(value) and value.is_integer():
        return int(value)
    return list(value) if isinstance(value, tuple) else value
