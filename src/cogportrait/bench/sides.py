"""The real clip or the generated one, read so that messages say which."""

from pathlib import Path

from cogportrait.bench.reading import Reading, read_clip
from cogportrait.errors import FaceError, MediaError
from cogportrait.io.atomic import resolved
from cogportrait.io.reader import read_video


def read_side(side: str, path: Path, *, like: Reading | None = None) -> Reading:
    """Follow the face in a clip; see :func:`cogportrait.bench.reading.read_clip`.

    Parameters
    ----------
    side
        "real" or "generated".
    like : Reading or None
        The real clip, whose size and reference of skin the generated one is read with.

    Raises
    ------
    FaceError
        No frame has a face.
    MediaError
        The video cannot be read, or has no more than one frame.
    """
    try:
        if like is None:
            return read_clip(path)
        return read_clip(path, size_px=like.size_px, reference=like.rows.reference)
    except (FaceError, MediaError) as error:
        raise type(error)(_told(side, path, error)) from error


def check_sides(real: Path, generated: Path) -> None:
    """Raise :class:`MediaError` unless the first frames of both clips can be read; name all."""
    said: list[str] = []
    for side, path in (("real", real), ("generated", generated)):
        try:
            read_video(path, quick=True)
        except MediaError as error:
            said.append(_told(side, path, error))
    if said:
        raise MediaError("; ".join(said))


def _told(side: str, path: Path, error: Exception) -> str:
    text = str(error)
    for name in (resolved(path), path, path.name):
        text = text.removeprefix(f"{name}: ")
    return f"{side} clip {path}: {text}"
