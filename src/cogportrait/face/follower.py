"""One face followed through a video, also one too small to be found in a whole frame."""

from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from typing import Final

import numpy as np

from cogportrait.face.detector import (
    MAX_FACES,
    Detector,
    Face,
    Window,
    detect_faces,
    face_middle,
    face_size,
    nearest_face,
    open_detector,
    window_around,
)
from cogportrait.types import Frame

# Of a second of video without a face one frame is searched in parts: that takes up to a second.
SEARCH_EVERY_S: Final = 1.0
# Half the side of the window around a small face, in face widths: room to move for some frames.
# The detector sees a face that fills a quarter of a window's width well.
HALF_WINDOW: Final = 2.0
LEAST_MARGIN: Final = 0.25  # face widths between face and border; closer, the window is moved
# MediaPipe filters the points of a video in which one face is looked for: a blink then comes back
# over half a second (docs/measure.md). Between frames so far apart its filter keeps nothing.
APART_MS: Final = 1_000_000
ALONE: Final = 2  # faces looked for where it is to be known that there is only one
MOST_MOVED: Final = 1.0  # face widths from one frame to the next; farther away is somebody else
ZOOM: Final = 1.5  # a face that grew or shrank by more gets a new window


@contextmanager
def open_follower(fps: float, wanted: int, *, smooth: bool = True) -> Generator["Follower"]:
    """Yield what follows the face number `wanted`, counted from 1 = the largest.

    `smooth` lets MediaPipe filter points over time, as it does where it looks for one face only.
    """
    with open_detector(video=True, faces=wanted) as whole, ExitStack() as resources:
        if smooth:
            yield Follower(fps, wanted, whole, None, resources)
            return
        with open_detector(video=False, faces=max(wanted, ALONE)) as anew:
            yield Follower(fps, wanted, whole, anew, resources)


class Follower:
    """Looks where the face was, else in the whole frame, else now and then in parts of it."""

    def __init__(
        self,
        fps: float,
        wanted: int,
        whole: Detector,
        anew: Detector | None,
        resources: ExitStack,
    ) -> None:
        self._fps = fps
        self._wanted = wanted
        self._whole = whole
        self._anew = anew  # takes each frame for itself; None where points are smoothed
        self._alone = False  # whether the last frame taken for itself had one face
        self._resources = resources  # holds the detector of the window
        self._near: tuple[Detector, Window] | None = None  # where a small face is followed
        self._last: Face | None = None
        self._searched_s: float | None = None
        self._count = 0

    def follow(self, frame: Frame) -> Face | None:
        """Return the face in the next frame, None where it is not seen."""
        time_s = self._count / self._fps
        self._count += 1
        # Not 0, which the filter takes for no time at all.
        time_ms = round(time_s * 1000) if self._anew is None else self._count * APART_MS
        face = self._in_window(frame, time_ms)
        if face is None:
            face = self._in_frame(frame, time_ms)
        due = self._searched_s is None or time_s - self._searched_s >= SEARCH_EVERY_S
        if face is None and due:
            self._searched_s = time_s
            face = self._in_parts(frame)
        self._last = face
        return face

    def _in_window(self, frame: Frame, time_ms: int) -> Face | None:
        if self._near is None or self._last is None:
            return None
        detector, window = self._near
        found = detector.next_frame(frame, time_ms, window)
        face = _same_face(found, self._last)
        if face is None:
            return self._nearby(frame, self._last)
        if not _fits(face, window):
            self._watch(face, len(found))
        return face

    def _nearby(self, frame: Frame, last: Face) -> Face | None:
        """Detect anew around the last place: from one frame to the next a face can be too fast."""
        self._leave_window()
        with open_detector(video=False, faces=MAX_FACES) as detector:
            for half in (HALF_WINDOW, 2 * HALF_WINDOW):
                found = detector.still(frame, window_around(last, half))
                face = _same_face(found, last)
                if face is not None:
                    self._watch(face, len(found))
                    return face
        return None

    def _in_frame(self, frame: Frame, time_ms: int) -> Face | None:
        if self._anew is None:
            return self._numbered(self._whole.next_frame(frame, time_ms))
        if self._last is None:
            return self._numbered(self._found_anew(self._anew, frame))
        # Two of one size take turns as the largest: the face is the one that is where it was.
        if self._alone:
            face = _same_face(self._whole.next_frame(frame, time_ms), self._last)
            if face is not None:
                return face
        found = self._found_anew(self._anew, frame)
        return _same_face(found, self._last) or self._numbered(found)

    def _found_anew(self, anew: Detector, frame: Frame) -> list[Face]:
        """Return the faces in a frame; one that is alone is followed from the next frame on."""
        found = anew.still(frame)
        self._alone = self._wanted == len(found) == 1
        return found

    def _numbered(self, found: list[Face]) -> Face | None:
        return found[self._wanted - 1] if len(found) >= self._wanted else None

    def _in_parts(self, frame: Frame) -> Face | None:
        found = detect_faces(frame)
        if len(found) < self._wanted:
            return None
        face = found[self._wanted - 1]
        self._watch(face, len(found))
        return face

    def _watch(self, face: Face, most: int) -> None:
        """Follow a face in a window from the next frame on."""
        self._leave_window()
        detector = self._resources.enter_context(open_detector(video=True, faces=most))
        self._near = detector, window_around(face, HALF_WINDOW)

    def _leave_window(self) -> None:
        self._resources.close()
        self._near = None


def _same_face(found: list[Face], last: Face) -> Face | None:
    """Return the face that can be the last one, moved; None if all are somewhere else."""
    if not found:
        return None
    face = nearest_face(found, face_middle(last))
    moved = np.linalg.norm(face_middle(face) - face_middle(last))
    return face if moved <= MOST_MOVED * face_size(last) else None


def _fits(face: Face, window: Window) -> bool:
    """Return whether a face lies well inside a window, at about the size it was made for."""
    x0, y0, x1, y1 = window
    size = face_size(face)
    low, high = face[0][:, :2].min(0), face[0][:, :2].max(0)
    margin = min(low[0] - x0, low[1] - y0, x1 - high[0], y1 - high[1])
    zoom = (x1 - x0) / (2 * HALF_WINDOW * size)
    return margin >= LEAST_MARGIN * size and 1 / ZOOM <= zoom <= ZOOM
