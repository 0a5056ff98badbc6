"""Frames of a real clip above those of generated ones, as one small JPEG."""

import math
from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from cogportrait.errors import MediaError
from cogportrait.face.detector import detect_faces, face_middle, face_size
from cogportrait.io.reader import read_video
from cogportrait.types import Frame

MOMENTS: Final = 3
SUFFIXES: Final = (".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".gif")
_TILE_PX: Final = 232  # height; less where many runs stand below each other
_SHEET_PX: Final = 900  # about the greatest height of a sheet
_BAR_PX: Final = 20
_QUALITY: Final = 78


Region = tuple[float, float, float, float]  # left, top, right, bottom; shares of a picture
WHOLE: Final[Region] = (0.0, 0.0, 1.0, 1.0)
_AROUND: Final = 1.8  # side of what is shown / width of the face


@dataclass(frozen=True, slots=True)
class Strip:
    """A row of a sheet."""

    name: str
    color: str  # of its edge, #rrggbb
    frames: Mapping[float, Frame]  # by time, seconds


def frames_at(video: Path, times_s: Iterable[float]) -> dict[float, Frame]:
    """Return the frames of a video nearest to some times; the last one for times after its end.

    Raises
    ------
    MediaError
        The video cannot be read.
    """
    reader = read_video(video, quick=True)
    due = sorted((max(0, round(time * reader.fps)), time) for time in times_s)
    found: dict[float, Frame] = {}
    last: Frame | None = None
    for number, frame in enumerate(reader):
        last = frame
        while due and due[0][0] == number:
            found[due.pop(0)[1]] = frame
        if not due:
            break
    if last is None:
        raise MediaError(f"{video}: expected a video, got one without frames")
    return {**found, **{time: last for _, time in due}}


def face_region(frames: Iterable[Frame]) -> Region:
    """Return the square of pictures of one size that holds the largest face of all; else all."""
    boxes: list[tuple[float, float, float, float]] = []
    size = (1, 1)
    for frame in frames:
        size = frame.shape[1], frame.shape[0]
        if faces := detect_faces(frame):
            (x, y), half = face_middle(faces[0]), _AROUND * face_size(faces[0]) / 2
            boxes.append((float(x - half), float(y - half), float(x + half), float(y + half)))
    if not boxes:
        return WHOLE
    low, high = np.min(boxes, 0)[:2], np.max(boxes, 0)[2:]
    side = min(float((high - low).max()), *size)
    corner = [min(max((a + b - side) / 2, 0.0), n - side)
              for a, b, n in zip(low, high, size, strict=True)]  # fmt: skip
    (x, y), (w, h) = corner, size
    return x / w, y / h, (x + side) / w, (y + side) / h


def real_video(folder: Path, name: str) -> Path | None:
    """Return the video called `name` in a folder, or in one right below it; None without one."""
    for suffix in SUFFIXES:
        if (file := folder / f"{name}{suffix}").is_file():
            return file
    try:
        below = sorted(path for path in folder.iterdir() if path.is_dir())
    except OSError:
        return None
    files = (path / f"{name}{suffix}" for path in below for suffix in SUFFIXES)
    return next((file for file in files if file.is_file()), None)


def sheet(strips: Sequence[Strip], times_s: Sequence[float], region: Region = WHOLE) -> str:
    """Return a row of frames a strip, a column a time, as a JPEG in a ``data:`` address.

    Parameters
    ----------
    strips
        Pictures that may differ in size, and are of the same view.
    times_s
        Keys of `Strip.frames`.
    region
        What of each picture is shown.
    """
    height = max(96, min(_TILE_PX, _SHEET_PX // len(strips)))
    shape = next(frame.shape for strip in strips for frame in strip.frames.values())
    ratio = (region[2] - region[0]) * shape[1] / ((region[3] - region[1]) * shape[0])
    width = math.ceil(height * min(max(ratio, 0.4), 2.5))
    gap = 4
    size = (len(times_s) * (width + gap) + 8, len(strips) * (height + gap) + _BAR_PX)
    picture = Image.new("RGB", size, (24, 27, 31))
    draw = ImageDraw.Draw(picture)
    font = ImageFont.load_default(13)
    for k, time in enumerate(times_s):
        x = 8 + k * (width + gap)
        draw.text((x + 2, _BAR_PX // 2), f"{time:.2f} s", (235, 235, 235), font, anchor="lm")
        for row, strip in enumerate(strips):
            y = _BAR_PX + row * (height + gap)
            draw.rectangle((0, y, 5, y + height - 1), strip.color)
            if time in strip.frames:
                tile = Image.fromarray(strip.frames[time])
                (w, h), (x0, y0, x1, y1) = tile.size, region
                box = (x0 * w, y0 * h, x1 * w, y1 * h)
                tile = tile.resize((width, height), Image.Resampling.LANCZOS, box)
                picture.paste(tile, (x, y))
    for row, strip in enumerate(strips):
        _tag(draw, strip.name, (8, _BAR_PX + row * (height + gap)), font)
    buffer = BytesIO()
    picture.save(buffer, "JPEG", quality=_QUALITY, optimize=True)
    return f"data:image/jpeg;base64,{b64encode(buffer.getvalue()).decode()}"


def _tag(
    draw: ImageDraw.ImageDraw,
    name: str,
    at: tuple[int, int],
    font: ImageFont.FreeTypeFont | ImageFont.ImageFont,
) -> None:
    x, y = at
    right = x + draw.textlength(name, font) + 10
    draw.rectangle((x, y, right, y + 19), (24, 27, 31))
    draw.text((x + 5, y + 10), name, (255, 255, 255), font, anchor="lm")
