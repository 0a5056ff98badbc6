"""Clips without a face, and with faces smaller than those that are animated: told."""

from collections.abc import Iterable
from typing import Final

from cogportrait.bench.clips import EmhClip
from cogportrait.face.fitness import MIN_FACE_PX

BRIEF_S: Final = 0.5  # clips that are shorter are not told of
FEW: Final = 3  # clips that a warning names


def small_face(face_px: float, seconds: float) -> tuple[str, ...]:
    """Return the warning of a clip's row, if its face is small.

    Parameters
    ----------
    face_px
        Side of the square that holds the face.
    seconds
        Length of the clip.
    """
    if not _is_small(face_px, seconds):
        return ()
    return (
        f"expected a face of {MIN_FACE_PX} px or more in the real clip, got {int(face_px)} px: "
        "eyes are measured roughly, and animate draws none as small; use a larger picture",
    )


def faceless(clips: Iterable[EmhClip]) -> list[str]:
    """Return a warning of each clip that was looked at and in which no face was found."""
    looked_at = [clip for clip in clips if clip.frontal is not None]
    return [f"{clip.clip}: no face found" for clip in looked_at if not clip.face_px]


def small_faces(clips: Iterable[EmhClip]) -> list[str]:
    """Return a warning of the clips of a manifest whose face is small, if there are any."""
    small = [
        f"{clip.clip} ({int(clip.face_px)} px)"
        for clip in clips
        if clip.face_px is not None and _is_small(clip.face_px, clip.seconds)
    ]
    if not small:
        return []
    n = len(small)
    more = f" and {n - FEW} more" if n > FEW else ""
    return [
        f"{n} clip{'s' * (n != 1)} with a face under {MIN_FACE_PX} px: "
        f"{', '.join(small[:FEW])}{more}; `animate` draws none as small, and eyes are measured "
        "roughly: use larger pictures"
    ]


def _is_small(face_px: float, seconds: float) -> bool:
    return face_px < MIN_FACE_PX and seconds >= BRIEF_S
