"""Footage to learn from: a face's square view of every frame of a clip, with what it follows.

Of each clip one file is kept: uint8 frames, keypoints in pixels of the view, the same clip as the
warp renderer draws it from the reference under the measured controls (the hint that a network may
be given), the sound of each frame, and what happens in words. :mod:`cogportrait.train.filming`
makes them.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from cogportrait.errors import ModelError, shown
from cogportrait.io.atomic import atomic_path
from cogportrait.types import FloatArray

FORMAT: Final = "cogportrait-footage/3"
AND: Final = "+"  # between the people of a mixed face


def is_of(person: str, people: Sequence[str]) -> bool:
    """Return whether somebody is one of some people, or mixed with one."""
    return not {person, *person.split(AND)}.isdisjoint(people)


def no_sound() -> NDArray[np.int16]:
    """Return the samples of a silent clip."""
    return np.zeros(0, np.int16)


@dataclass(frozen=True, slots=True)
class Origin:
    """What a file was made from."""

    format: str
    name: str
    person: str
    source_sha256: str
    fps: float
    reference: int  # number of the frame that stands for the portrait
    size_px: int
    caption: str = ""
    scene: str = ""  # what a drawn one shows: its request
    drawn: bool = False  # by the warp renderer: then no hint is kept, which would be the frames


@dataclass(frozen=True, slots=True, eq=False)
class Footage:
    """A clip in the view of its reference."""

    origin: Origin
    frames: NDArray[np.uint8]  # [T, S, S, 3] sRGB
    hints: NDArray[np.uint8]  # [T, S, S, 3] the reference, warped; [0, S, S, 3] of drawn ones
    points_px: FloatArray  # [T, 478, 2] in the view; NaN without a face
    inside: NDArray[np.bool_]  # [T] whether a frame is to be learnt: face there, and in the view
    sound: FloatArray  # [T, 4, 64] as renderers.dit.sound hears it; 0 without
    # [N] the sound itself, 16 kHz, for speech networks; empty without.
    samples: NDArray[np.int16] = field(default_factory=no_sound)

    def __len__(self) -> int:
        """Return the number of frames."""
        return len(self.inside)


@dataclass(frozen=True, slots=True)
class Pictures:
    """The frames, or the hints, of a file of footage, read when they are asked for."""

    path: Path
    name: str

    def __getitem__(self, rows: NDArray[np.intp]) -> NDArray[np.uint8]:
        """Return some of them, [n, S, S, 3]."""
        with safe_open(self.path, framework="np") as held:
            every = held.get_slice(self.name)
            return np.concatenate([every[int(row) : int(row) + 1] for row in rows])


def write_footage(folder: Path, footage: Footage) -> Path:
    """Write a clip's file into a folder; return its path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{footage.origin.name}.safetensors"
    content = save(
        {
            "frames": footage.frames,
            "hints": footage.hints,
            "points_px": footage.points_px,
            "inside": footage.inside.astype(np.uint8),
            "sound": footage.sound,
            "samples": footage.samples,
        },
        metadata={"origin": json.dumps(asdict(footage.origin))},
    )
    with atomic_path(path) as temporary:
        temporary.write_bytes(content)
    return path


def read_origin(path: Path) -> Origin:
    """Return what a file of footage was made from, without reading its pixels.

    Raises
    ------
    ModelError
        It is no such file.
    """
    try:
        with safe_open(path, framework="np") as held:
            return Origin(**json.loads((held.metadata() or {})["origin"]))
    except (SafetensorError, OSError, KeyError, TypeError, ValueError) as error:
        raise ModelError(
            f"{path}: expected a file of footage ({FORMAT}): {shown(str(error))}; prepare it again"
        ) from error


def read_footage(path: Path, *, pixels: bool = True) -> Footage:
    """Return the footage in a file; without `pixels` no frames and hints, see :class:`Pictures`.

    Raises
    ------
    ModelError
        It is no such file.
    """
    origin = read_origin(path)
    none = np.zeros((0, origin.size_px, origin.size_px, 3), np.uint8)
    with safe_open(path, framework="np") as held:
        return Footage(
            origin,
            held.get_tensor("frames") if pixels else none,
            held.get_tensor("hints") if pixels else none,
            held.get_tensor("points_px"),
            held.get_tensor("inside").astype(np.bool_),
            held.get_tensor("sound"),
            held.get_tensor("samples") if "samples" in held.keys() else no_sound(),  # noqa: SIM118
        )
